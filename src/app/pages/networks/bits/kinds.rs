//! Accuracy by bits for kinds of layers, the weights of a layer at three moments, and what others published.

use std::sync::Arc;

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::work::{self, KindsNews};
use super::{Told, areas, measure_ui};
use crate::app::board::Phase;
use crate::app::context::PageContext;
use crate::app::study::{Outcome, quick_words};
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::bits::kinds as view;
use crate::app::view::bits::weights::{LayerStages, Moment};
use crate::app::view::figure::Table;
use crate::app::view::published_bits::{ALEXNET_BITS, JACOB_BITS};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::figure;
use crate::app::widgets::grid::grid;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::compress::bits::SweepNews;
use crate::engine::network::Subject;

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, shared: &Arc<Outcome<Subject>>, rest: Rect, ui: &mut Ui) {
    let refused = work::kinds(ctx, shared);
    let of = shared.as_ref().as_ref().map(quick_words).unwrap_or_default();
    let told = ctx.state.networks.bits.kinds.read(&ctx.setup().network.choice);
    if ctx.presenting {
        let split = rest.top() + ((rest.height() - GAP) * 0.58).round();
        curves_ui(ctx, &told, (refused.as_deref(), &of), Rect::from_min_max(rest.min, pos2(rest.right(), split)), ui);
        return weights_ui(ctx, &told, Rect::from_min_max(pos2(rest.left(), split + GAP), rest.max), ui);
    }
    let [upper, lower, side] = areas(rest, 0.56, [300.0, 250.0]);
    curves_ui(ctx, &told, (refused.as_deref(), &of), upper, ui);
    weights_ui(ctx, &told, lower, ui);
    let alexnet = 62.0 + 24.0 * (ALEXNET_BITS.len() + 1) as f32;
    let (above, below) = if side.width() > 600.0 {
        let middle = side.left() + (side.width() * 0.5).round();
        (
            Rect::from_min_max(side.min, pos2(middle - GAP / 2.0, side.bottom())),
            Rect::from_min_max(pos2(middle + GAP / 2.0, side.top()), side.max),
        )
    } else {
        let split = side.top() + alexnet;
        (
            Rect::from_min_max(side.min, pos2(side.right(), split)),
            Rect::from_min_max(pos2(side.left(), split + GAP), side.max),
        )
    };
    alexnet_ui(above, ui);
    jacob_ui(ctx, below, ui);
}

/// Points of both kinds, before and after pruning.
fn curves_ui(
    ctx: &mut PageContext<'_>,
    told: &Told<KindsNews>,
    (refused, of): (Option<&str>, &str),
    rect: Rect,
    ui: &mut Ui,
) {
    let news: Vec<SweepNews> = told
        .news
        .iter()
        .filter_map(|news| match news {
            KindsNews::Sweep(news) => Some(news.clone()),
            KindsNews::Weights(_) => None,
        })
        .collect();
    let count = view::progress(&news);
    let state = told.pruned_state(ctx.scheme(), &ctx.setup().network.recipe);
    let subtitle = match (refused, count, view::fewest(&news)) {
        (Some(reason), ..) => reason.to_owned(),
        (None, 0, _) if told.phase == Phase::Running => format!("measuring on the first {of}"),
        (None, 0, _) => "AlexNet as published; nothing measured here yet".to_owned(),
        (None, _, _) if told.phase == Phase::Running => {
            format!("{count} points so far; the pruned network is retrained first")
        }
        (None, _, Some(fewest)) => format!("{state}{fewest}"),
        (None, ..) => format!("{state}{of}, the other kind stays float32"),
    };
    let (bits, look) = (ctx.scheme().bits(), PlotLook::of(ctx.presenting));
    let mut alone = ctx.state.networks.bits.alone && count > 0;
    let drawn = view::chart(&news, bits, !alone);
    let mut card = Card::new("Accuracy by bits").subtitle(&subtitle);
    if ctx.presenting {
        card = card.trailing(|ui| measure_ui(ctx, ui));
    } else if count > 0 {
        card = card.trailing(|ui| {
            segmented(ui, "Published curves", &mut alone, &[(false, "With AlexNet"), (true, "Alone")]);
        });
    }
    card.show(ui, rect, |ui| {
        chart(ui, &drawn, &look);
    });
    ctx.state.networks.bits.alone = alone;
}

/// One layer's weights.
fn weights_ui(ctx: &mut PageContext<'_>, told: &Told<KindsNews>, rect: Rect, ui: &mut Ui) {
    let layers = told.news.iter().find_map(|news| match news {
        KindsNews::Weights(layers) => Some(Arc::clone(layers)),
        KindsNews::Sweep(_) => None,
    });
    let Some(layers) = layers else {
        let why = match told.phase {
            Phase::Running => "Comes after the curves",
            _ => "Measure shows one layer's weights continuous, discrete, and after retraining",
        };
        return Card::new("Weights").show(ui, rect, |ui| card::nothing(ui, why));
    };
    let page = &mut ctx.state.networks.bits;
    page.layer = page.layer.min(layers.len().saturating_sub(1));
    let Some(layer) = layers.get(page.layer) else { return };
    let (subtitle, drawn) = (layer.words(page.moment), layer.chart(page.moment));
    let look = PlotLook::of(ctx.presenting);
    Card::new("Weights")
        .subtitle(&subtitle)
        .trailing(|ui| chooser_ui(ui, &layers, &mut page.layer, &mut page.moment))
        .show(ui, rect, |ui| {
            chart(ui, &drawn, &look);
        });
}

fn chooser_ui(ui: &mut Ui, layers: &[LayerStages], layer: &mut usize, moment: &mut Moment) {
    let options =
        [(Moment::Continuous, "Continuous"), (Moment::Discrete, "Discrete"), (Moment::Retrained, "Retrained")];
    segmented(ui, "Moment", moment, &options);
    let names: Vec<(usize, String, &str)> =
        layers.iter().enumerate().map(|(place, layer)| (place, layer.name.clone(), "")).collect();
    select(ui, "Layer", layer, &names);
}

/// Table 6 of Deep Compression.
fn alexnet_ui(rect: Rect, ui: &mut Ui) {
    Card::new("AlexNet on ImageNet").subtitle("errors in %, published 2016").or_shorter("published 2016").show(
        ui,
        rect,
        |ui| {
            let tokens = tokens(ui.ctx());
            let head = ["Conv / FC", "Top-1 error", "Top-5 error", "Rise, points"];
            let title = "AlexNet on ImageNet, errors by bits, published by Han et al. 2016";
            figure::table_area(ui, title, || Table::read(title, head, ALEXNET_BITS.iter().map(|row| row.cells())));
            let head = head.map(str::to_owned);
            let rows = std::iter::once((true, head)).chain(ALEXNET_BITS.iter().map(|row| (false, row.cells())));
            ui.spacing_mut().item_spacing.y = 0.0;
            for (is_head, cells) in rows {
                let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), egui::Sense::hover());
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, cells.join(", ")));
                let ends = [0.21, 0.45, 0.69, 1.0];
                for (cell, end) in cells.iter().zip(ends) {
                    let (font, color) = if is_head {
                        (theme::small(), tokens.muted)
                    } else {
                        (egui::FontId::monospace(12.5), tokens.text)
                    };
                    let at = pos2(line.left() + line.width() * end, line.center().y);
                    ui.painter().text(at, Align2::RIGHT_CENTER, cell, font, color);
                }
                ui.painter().hline(line.x_range(), line.bottom(), (theme::HAIRLINE, tokens.grid));
            }
        },
    );
}

/// One published table of weight bits by activation bits.
pub(super) fn published_ui(ctx: &PageContext<'_>, table: usize, rect: Rect, ui: &mut Ui) {
    let shown = JACOB_BITS[table.min(JACOB_BITS.len() - 1)];
    let (caption, look) = (format!("published 2018: {}", shown.title), PlotLook::of(ctx.presenting));
    Card::new("Jacob et al.").subtitle(&caption).show(ui, rect, |ui| {
        grid(ui, &shown.grid(), &look);
    });
}

/// Weight bits by activation bits, as published, one task at a time.
fn jacob_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let look = PlotLook::of(ctx.presenting);
    let table = &mut ctx.state.networks.bits.table;
    let shown = JACOB_BITS[(*table).min(JACOB_BITS.len() - 1)];
    Card::new("Weights × activations")
        .trailing(|ui| {
            segmented(ui, "Task", table, &[(0, "Face"), (1, "Age")]);
        })
        .show(ui, rect, |ui| {
            let caption =
                egui::RichText::new(format!("Jacob et al., published 2018: {}", shown.title)).font(theme::small());
            ui.add(egui::Label::new(caption.color(tokens(ui.ctx()).muted)).wrap());
            grid(ui, &shown.grid(), &look);
        });
}
