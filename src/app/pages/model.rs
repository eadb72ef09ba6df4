//! The model page: every tensor of a file with all its numbers.

use egui::Ui;

use super::tensor::table_card;
use crate::app::context::PageContext;

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let rect = ui.max_rect();
    table_card(ctx, rect, true, ui);
}
