//! The model page: every tensor of a file with all its numbers, and what the file says about itself.

use egui::{Rect, RichText, ScrollArea, Ui, pos2};

use super::tensor::table_card;
use crate::app::context::PageContext;
use crate::app::theme::{self, tokens};
use crate::app::widgets::card;

/// Narrowest table beside the metadata.
const TABLE: f32 = 760.0;
/// Width of the metadata beside the table.
const BESIDE: f32 = 420.0;
/// Height of the metadata below the table.
const BELOW: f32 = 190.0;
/// Between cards.
const GAP: f32 = 12.0;
/// Characters of a value that are drawn; the rest is in the hover text, up to [`HOVERED`].
const SHOWN: usize = 160;
/// Characters of a value in the hover text.
const HOVERED: usize = 2000;

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let rect = ui.max_rect();
    // A built-in example says nothing about itself that is not on its tab.
    let told = ctx.document().is_some_and(|document| document.path().is_some() && !document.model.metadata.is_empty());
    if !told {
        table_card(ctx, rect, true, ui);
        return;
    }
    let (table, metadata) = split(rect);
    table_card(ctx, table, true, ui);
    metadata_card(ctx, metadata, ui);
}

/// The table, and the metadata beside it where the page is wide enough, else below.
fn split(rect: Rect) -> (Rect, Rect) {
    if rect.width() >= TABLE + GAP + BESIDE {
        let edge = rect.right() - BESIDE;
        let table = Rect::from_min_max(rect.min, pos2(edge - GAP, rect.bottom()));
        return (table, Rect::from_min_max(pos2(edge, rect.top()), rect.max));
    }
    let edge = rect.bottom() - BELOW.min(rect.height() * 0.4);
    let table = Rect::from_min_max(rect.min, pos2(rect.right(), edge - GAP));
    (table, Rect::from_min_max(pos2(rect.left(), edge), rect.max))
}

/// Keys and values of the file's head.
fn metadata_card(ctx: &PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let Some(document) = ctx.document() else { return };
    let entries = &document.model.metadata;
    let count = format!("{} {}", entries.len(), if entries.len() == 1 { "entry" } else { "entries" });
    card::card(ui, rect, "Metadata", &count, |ui| {
        let tokens = tokens(ui.ctx());
        let height = ui.spacing().interact_size.y;
        let column = (ui.available_width() * 0.42).min(230.0);
        ScrollArea::vertical().id_salt("metadata").auto_shrink(false).show_rows(
            ui,
            height,
            entries.len(),
            |ui, rows| {
                for (key, value) in &entries[rows] {
                    ui.horizontal(|ui| {
                        ui.set_height(height);
                        let cell = |ui: &mut Ui, width: f32, text: RichText| {
                            ui.scope(|ui| {
                                ui.set_width(width);
                                ui.add(egui::Label::new(text).truncate())
                            })
                            .inner
                        };
                        cell(ui, column, RichText::new(key).color(tokens.muted)).on_hover_text(key.as_str());
                        let rest = ui.available_width().max(40.0);
                        let line = cut(&value.replace('\n', " "), SHOWN);
                        cell(ui, rest, RichText::new(line).font(theme::mono())).on_hover_text(cut(value, HOVERED));
                    });
                }
            },
        );
    });
}

/// The first characters of a text.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
