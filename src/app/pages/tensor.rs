//! The tensor page: what a scheme does to one tensor.

mod controls;
mod layout;
mod main_cards;
mod side_cards;
mod status;

use egui::{Rect, Ui, vec2};

use crate::app::context::PageContext;
use crate::app::session::Session;
use crate::app::widgets::card;
use crate::app::widgets::heat_map::HeatState;
use crate::app::widgets::histogram::HistogramState;
use crate::app::widgets::tensor_table::TableState;

pub use controls::{bits_ui, family_ui, per_options, per_words, tensor_choice};
use layout::Areas;
pub use side_cards::{curve_ui, table_card};
pub use status::status;

/// What the second main card shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Original, reconstruction and error as maps.
    #[default]
    Maps,
    /// The distribution of the errors.
    Errors,
    /// Every number.
    Numbers,
}

/// What the eye needs of this page.
#[derive(Default)]
pub struct TensorPage {
    /// The table of tensors, shared with the model page.
    pub table: TableState,
    histogram: HistogramState,
    maps: HeatState,
    detail: Detail,
    cards: side_cards::Cache,
    linked: Option<usize>,
}

impl TensorPage {
    /// The tensor `step` rows below the selected one in the table's order.
    pub fn neighbour(&self, session: &Session, step: isize) -> Option<usize> {
        let selected = session.document()?.tensor;
        self.table.order().step(selected, step)
    }
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let canvas = ui.max_rect();
    let with_table = ctx.document().is_some_and(|document| document.model.tensors.len() > 1);
    let parts = ctx.analysis().map_or(2, |(analysis, _)| analysis.ledger.parts.len());
    let areas = Areas::new(canvas, ctx.presenting, with_table, parts);
    if areas.height > canvas.height() {
        egui::ScrollArea::vertical().id_salt("tensor page").auto_shrink(false).show(ui, |ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), areas.height), egui::Sense::hover());
            let page = Rect::from_min_size(rect.min, vec2(rect.width(), canvas.height()));
            let areas = Areas::new(page, ctx.presenting, with_table, parts);
            cards(ctx, &areas, ui);
        });
    } else {
        cards(ctx, &areas, ui);
    }
}

fn cards(ctx: &mut PageContext<'_>, areas: &Areas, ui: &mut Ui) {
    if let Some(table) = areas.table {
        side_cards::table_ui(ctx, table, ui);
    }
    if let Some(rect) = areas.controls {
        controls::ui(ctx, rect, areas.folded, ui);
    }
    if ctx.tensor().is_none() {
        let rest = areas.histogram;
        card::plain(ui, rest, "nothing", |ui| card::nothing(ui, "This file holds no tensors"));
        return;
    }
    main_cards::histogram_ui(ctx, areas.histogram, ui);
    main_cards::detail_ui(ctx, areas.detail, areas.inspector, ui);
    side_cards::tiles_ui(ctx, areas, ui);
    if let Some(rect) = areas.curve {
        side_cards::curve_ui(ctx, rect, ui);
    }
    if let Some(rect) = areas.size {
        side_cards::size_ui(ctx, rect, ui);
    }
}
