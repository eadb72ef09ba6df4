//! The four pictures of a training.

use egui::{Rect, Ui, UiBuilder, pos2, vec2};

use super::Shown;
use super::controls::run_ui;
use crate::app::context::PageContext;
use crate::app::study::QUICK;
use crate::app::theme::{self, tokens};
use crate::app::training::Phase;
use crate::app::view::figure::Table;
use crate::app::view::training as view;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::select::select;
use crate::engine::network::tuning::GRIDS;

/// Exponents of the scale that are offered.
const EXPONENTS: [i32; 7] = [0, 4, 8, 10, 12, 16, 20];
/// Height of a line under the gradients.
const LINE: f32 = 19.0;

/// What a card says before there is a training.
const NOTHING: &str = "Nothing trained yet: press Train";

/// Loss over the steps.
pub fn loss_ui(ctx: &mut PageContext<'_>, shown: &Shown<'_>, rect: Rect, ui: &mut Ui) {
    let place = shown.asked.map(|_| view::place(shown.log)).unwrap_or_default();
    let look = PlotLook::of(ctx.presenting);
    let stopped = matches!(shown.log.phase, Phase::Failed(_));
    let trailing = |ui: &mut Ui| {
        if ctx.presenting {
            run_ui(ctx, shown, shown.log, ui);
        }
    };
    let card = Card::new("Loss").subtitle(if stopped { "stopped" } else { &place }).trailing(trailing);
    card.show(ui, rect, |ui| match shown.log.told.is_empty() {
        true if shown.asked.is_none() => card::nothing(ui, NOTHING),
        true => card::nothing(ui, &place),
        false => {
            if stopped {
                let color = tokens(ui.ctx()).error;
                ui.label(egui::RichText::new(&place).font(theme::small()).color(color));
            }
            chart(ui, &view::loss(shown.log), &look);
        }
    });
}

/// Accuracy over the steps.
pub fn accuracy_ui(ctx: &mut PageContext<'_>, shown: &Shown<'_>, rect: Rect, ui: &mut Ui) {
    let float = shown.subject.float_on(QUICK);
    let outcome = match shown.asked {
        Some(_) => view::outcome(shown.log, &float, &shown.subject.float),
        None => String::new(),
    };
    let look = PlotLook::of(ctx.presenting);
    Card::new("Accuracy").subtitle(&outcome).show(ui, rect, |ui| {
        if shown.log.marks.is_empty() {
            return card::nothing(ui, if shown.asked.is_none() { NOTHING } else { &outcome });
        }
        chart(ui, &view::accuracy(shown.log, &float), &look);
    });
}

/// The weights of a layer.
pub fn weights_ui(ctx: &mut PageContext<'_>, shown: &Shown<'_>, rect: Rect, ui: &mut Ui) {
    let layers = view::layers(&shown.subject.network);
    let page = &mut ctx.state.networks.train;
    page.layer = page.layer.min(layers.len().saturating_sub(1));
    let options: Vec<(usize, String, &str)> =
        layers.into_iter().enumerate().map(|(place, name)| (place, name, "")).collect();
    let moved = shown.figures.map_or("", |figures| figures.moved.as_str()).to_owned();
    let look = PlotLook::of(ctx.presenting);
    let choose = |ui: &mut Ui| {
        select(ui, "Layer", &mut page.layer, &options);
    };
    Card::new("Weights").subtitle(&moved).trailing(choose).show(ui, rect, |ui| match shown.figures {
        Some(figures) => {
            chart(ui, &figures.weights, &look);
        }
        None => card::nothing(ui, "Weights move here while they are trained"),
    });
}

/// The gradients of a layer over the grids.
pub fn gradients_ui(ctx: &mut PageContext<'_>, shown: &Shown<'_>, rect: Rect, ui: &mut Ui) {
    let page = &mut ctx.state.networks.train;
    let scales: Vec<(i32, String, &str)> = EXPONENTS
        .iter()
        .map(|exponent| (*exponent, format!("× {}", scale_words(*exponent)), "The loss is multiplied by this first"))
        .collect();
    let grids: Vec<(usize, String, &str)> =
        (0..GRIDS.len()).map(|grid| (grid, view::grid_title(grid).to_owned(), "")).collect();
    let (grid, exponent) = (&mut page.grid, &mut page.exponent);
    let chosen = *grid;
    let subtitle = match shown.figures {
        Some(figures) if figures.octaves.is_some() => format!("of step {}", figures.step),
        _ => String::new(),
    };
    let choose = |ui: &mut Ui| {
        select(ui, "Loss scale", exponent, &scales);
        select(ui, "Grid", grid, &grids);
    };
    let look = PlotLook::of(ctx.presenting);
    Card::new("Gradients").subtitle(&subtitle).trailing(choose).show(ui, rect, |ui| {
        let drawn = shown.figures.and_then(|figures| Some((figures, figures.gradients(chosen)?)));
        let Some((figures, drawn)) = drawn else {
            return card::nothing(ui, "Gradients of a layer over the grids of FP8 and FP4");
        };
        let room = ui.available_rect_before_wrap();
        let scale = if ctx.presenting { 1.3 } else { 1.0 };
        let under = LINE * scale * (GRIDS.len() + 1) as f32;
        let above = Rect::from_min_max(room.min, pos2(room.right(), room.bottom() - under));
        chart(&mut ui.new_child(UiBuilder::new().max_rect(above)), &drawn, &look);
        let zeros = figures.zeros().map_or_else(String::new, |zeros| format!("{zeros} were 0 already"));
        let below = Rect::from_min_max(pos2(room.left(), above.bottom()), room.max);
        figure::table_area(
            &ui.new_child(UiBuilder::new().id_salt("grids").max_rect(below)),
            "Gradients on grids",
            || {
                let rows = (0..GRIDS.len()).filter_map(|grid| figures.grid_words(grid));
                Table::read("Gradients on grids", ["grid", "become 0", "too large"], rows)
            },
        );
        let head = [zeros.as_str(), "become 0", "too large"].map(str::to_owned);
        let rows = std::iter::once(head).chain((0..GRIDS.len()).filter_map(|grid| figures.grid_words(grid)));
        for (place, row) in rows.enumerate() {
            let top = above.bottom() + place as f32 * LINE * scale;
            let line = Rect::from_min_size(pos2(room.left(), top), vec2(room.width(), LINE * scale));
            row_ui(ui, line, &row, place.checked_sub(1) == Some(chosen), place == 0, &look);
        }
    });
}

/// A line of the table under the gradients.
fn row_ui(ui: &Ui, line: Rect, row: &[String; 3], strong: bool, head: bool, look: &PlotLook) {
    let tokens = tokens(ui.ctx());
    let response = ui.interact(line, ui.scope_id().with(("grid", row[0].as_str(), head)), egui::Sense::hover());
    response.widget_info(|| {
        let said = match head {
            true => row.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join(", "),
            false => format!("{}: {} become 0, {} too large", row[0], row[1], row[2]),
        };
        egui::WidgetInfo::labeled(egui::Role::Label, true, said)
    });
    let color = if head { tokens.muted } else { tokens.text };
    for (place, (cell, end)) in row.iter().zip([0.0, 0.66, 1.0]).enumerate() {
        let font = match (head, place, strong) {
            (true, ..) => look.caption.clone(),
            (false, 0, true) => look.strong.clone(),
            (false, 0, false) => look.caption.clone(),
            _ => look.mono.clone(),
        };
        let (x, align) = match place {
            0 => (line.left(), egui::Align2::LEFT_CENTER),
            _ => (line.left() + end * line.width(), egui::Align2::RIGHT_CENTER),
        };
        ui.painter().text(pos2(x, line.center().y), align, cell, font, color);
    }
    if head {
        ui.painter().hline(line.x_range(), line.bottom(), (theme::HAIRLINE, tokens.grid));
    }
}

/// `1`, `256`, `2^12`.
fn scale_words(exponent: i32) -> String {
    1_u64.checked_shl(exponent.unsigned_abs()).map_or_else(String::new, crate::app::view::format::count)
}
