//! Where zero ends: the threshold on the weights, and the error of every threshold.

use egui::{Rect, Ui, pos2};

use super::Given;
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{column_in, figure};
use crate::app::session::Action;
use crate::app::view::signs::charts;
use crate::app::view::{cells, format};
use crate::app::widgets::card::Card;
use crate::app::widgets::chart::chart;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::quantize::{Quantizer, Scales, Ternary, Threshold};

/// The rules of the papers.
const RULES: [(Threshold, &str, &str); 4] = [
    (Threshold::Twn, "0.7 mean |W|", "Ternary weight networks"),
    (Threshold::Optimal, "Optimal", "The least squared error of all thresholds"),
    (Threshold::AbsMean, "mean |W| / 2", "BitNet b1.58: the scale is mean |W|"),
    (Threshold::Share(0.05), "0.05 max |W|", "Trained ternary quantization"),
];

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, given: &Given, rect: Rect, ui: &mut Ui) {
    let (study, ternary, presenting) = (&given.study.value, &given.ternary, ctx.presenting);
    let threshold = study.threshold(ternary);
    let point = study.at(ternary.scales, threshold);
    let mut options: Vec<(Threshold, String, &str)> =
        RULES.map(|(rule, name, hint)| (rule, name.to_owned(), hint)).to_vec();
    if !options.iter().any(|(option, ..)| *option == ternary.threshold) {
        options.push((ternary.threshold, "By hand".to_owned(), "Drag the line, or choose a rule"));
    }
    let mut edited = ternary.clone();
    let mut moved = None;
    let look = PlotLook::of(presenting);
    let mut beside = ctx.state.signs.beside;
    Card::new(if presenting { "" } else { "Where zero ends" })
        .trailing(|ui| {
            if presenting {
                beside.ui(ui);
            } else {
                segmented(ui, "Scales", &mut edited.scales, &[(Scales::One, "One scale"), (Scales::Two, "Two")]);
                select(ui, "Rule of the threshold", &mut edited.threshold, &options);
            }
        })
        .show(ui, rect, |ui| {
            // Where the exact pass is there it has the word: the optimum of two scales has a threshold for each sign.
            let exact = given.current.as_ref().filter(|current| !current.stale);
            let exact = exact.and_then(|current| current.value.as_ref().as_ref()).map(|corner| corner.report.sse);
            ui.horizontal(|ui| {
                figure(ui, "Δ", &format::significant(threshold, 4), 16.0);
                figure(
                    ui,
                    "zeros",
                    &format!("{} of {}", format::count(point.zeros), format::count(study.all.count())),
                    16.0,
                );
                figure(ui, "SSE", &cells::sse(exact.unwrap_or(point.sse)), 16.0);
                if !presenting {
                    figure(ui, "least", &cells::sse(study.best(ternary.scales).sse), 16.0);
                }
            });
            let rest = ui.available_rect_before_wrap();
            let split = rest.top() + (rest.height() * 0.45).round();
            let top = Rect::from_min_max(rest.min, pos2(rest.right(), split - 4.0));
            let bottom = Rect::from_min_max(pos2(rest.left(), split), rest.max);
            let mut upper = column_in(ui, "weights by magnitude", top);
            let weights = chart(&mut upper, &charts::histogram(study, threshold), &look);
            let mut lower = column_in(ui, "error by threshold", bottom);
            let errors = chart(&mut lower, &charts::errors(study, ternary.scales, threshold), &look);
            moved = weights.moved.or(errors.moved);
        });
    ctx.state.signs.beside = beside;
    if let Some(moved) = moved {
        let gesture = ctx.state.gestures.of(&moved.response);
        let threshold = Threshold::Fixed(moved.x.max(0.0) as f32);
        set(ctx, Ternary { threshold, ..ternary.clone() }, gesture);
    } else if edited != *ternary {
        set(ctx, edited, None);
    }
}

fn set(ctx: &mut PageContext<'_>, ternary: Ternary, gesture: Option<u64>) {
    let scheme = ctx.scheme().with_quantizer(Quantizer::Ternary(ternary));
    ctx.act(Action::SetScheme { scheme, gesture });
}
