//! Bits of weights by bits of activations, measured, beside what others published.

use std::sync::Arc;

use egui::{Rect, Ui, pos2};

use super::kinds::published_ui;
use super::{SIDE, measure_ui, work};
use crate::app::board::Phase;
use crate::app::context::PageContext;
use crate::app::study::{Outcome, QUICK, quick_words};
use crate::app::theme::GAP;
use crate::app::view::bits::pairs;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::grid::grid;
use crate::app::widgets::plot::PlotLook;
use crate::engine::network::Subject;
use crate::engine::network::quantized::CALIBRATION;

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, shared: &Arc<Outcome<Subject>>, subject: &Subject, rest: Rect, ui: &mut Ui) {
    let refused = work::pairs(ctx, shared);
    if ctx.presenting {
        return pairs_ui(ctx, subject, refused.as_deref(), rest, ui);
    }
    let (main, side) = if rest.width() >= 1000.0 - 2.0 * GAP {
        let split = rest.right() - SIDE;
        (
            Rect::from_min_max(rest.min, pos2(split - GAP, rest.bottom())),
            Rect::from_min_max(pos2(split, rest.top()), rest.max),
        )
    } else {
        let split = rest.top() + ((rest.height() - GAP) * 0.6).round();
        (
            Rect::from_min_max(rest.min, pos2(rest.right(), split)),
            Rect::from_min_max(pos2(rest.left(), split + GAP), rest.max),
        )
    };
    pairs_ui(ctx, subject, refused.as_deref(), main, ui);
    let middle = side.top() + ((side.height() - GAP) * 0.5).round();
    published_ui(ctx, 0, Rect::from_min_max(side.min, pos2(side.right(), middle)), ui);
    published_ui(ctx, 1, Rect::from_min_max(pos2(side.left(), middle + GAP), side.max), ui);
}

fn pairs_ui(ctx: &mut PageContext<'_>, subject: &Subject, refused: Option<&str>, rect: Rect, ui: &mut Ui) {
    let told = ctx.state.networks.bits.pairs.read(&ctx.setup().network.choice);
    let float = subject.float_on(QUICK).accuracy().unwrap_or(f64::NAN);
    let drawn = pairs::grid(&told.news, float);
    let of = quick_words(subject);
    let subtitle = match (refused, told.news.len()) {
        (Some(reason), _) => reason.to_owned(),
        (None, 0) if told.phase == Phase::Running => format!("measuring on the first {of}"),
        (None, 0) => "nothing measured yet".to_owned(),
        (None, _) => format!(
            "{}all layers, {of}; activations linear, calibrated on up to {CALIBRATION} training pictures",
            told.state(ctx.scheme())
        ),
    };
    let (presenting, look) = (ctx.presenting, PlotLook::of(ctx.presenting));
    let trailing = |ui: &mut Ui| {
        if presenting {
            measure_ui(ctx, ui);
        }
    };
    Card::new("Accuracy").subtitle(&subtitle).or_shorter(&of).trailing(trailing).show(ui, rect, |ui| {
        if told.news.is_empty() && told.phase != Phase::Running {
            return card::nothing(ui, "Measure quantizes weights and activations, every width with every width");
        }
        grid(ui, &drawn, &look);
    });
}
