//! The picture by every palette side by side, with how far its pixels are off, on axes that all share.

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::Given;
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::column_in;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::format;
use crate::app::view::palettes::{errors, most};
use crate::app::view::picture::short_name;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::plot::PlotLook;

/// Narrowest card.
const LEAST: f32 = 170.0;
/// Height of the histogram of errors, and the least of the picture above it.
const ERRORS: f32 = 76.0;
const PICTURE: f32 = 80.0;

/// Draws the cards.
pub(super) fn ui(ctx: &mut PageContext<'_>, given: &Given, rect: Rect, ui: &mut Ui) {
    let count = ctx.setup().palettes.compared.len();
    let picture = given.study.subject.as_ref().and_then(|subject| subject.picture.as_ref().ok());
    let (Some(found), Some(picture)) = (given.study.found.as_ref().filter(|_| count > 0), picture) else {
        let why = if count > 0 { "Reducing the picture every way" } else { "No palette is compared: add one above" };
        return card::plain(ui, rect, "waiting", |ui| card::nothing(ui, why));
    };
    let (presenting, look) = (ctx.presenting, PlotLook::of(ctx.presenting));
    let fitting = ((rect.width() + GAP) / (LEAST + GAP)).max(1.0) as usize;
    let across = if count <= fitting && !presenting { count } else { count.div_ceil(2).min(3) };
    let lines = count.div_ceil(across);
    let width = ((rect.width() - GAP * (across - 1) as f32) / across as f32).floor();
    let height = ((rect.height() - GAP * (lines - 1) as f32) / lines as f32).floor();
    let most = most(&found.value);
    // What all have in common tells none from another.
    let alike = found.value.windows(2).all(|pair| pair[0].reduced.recipe.colours == pair[1].reduced.recipe.colours);
    let mut tiles = std::mem::take(&mut ctx.state.palettes.tiles);
    for (place, one) in found.value.iter().enumerate() {
        let corner = vec2((place % across) as f32 * (width + GAP), (place / across) as f32 * (height + GAP));
        let card = Rect::from_min_size(rect.min + corner, vec2(width, height));
        let title = format!("{} {}", place + 1, short_name(&one.reduced.recipe, !alike));
        Card::new(&title).show(ui, card, |ui| {
            let area = ui.max_rect();
            let with_errors = !presenting && area.height() >= PICTURE + ERRORS;
            let foot = if with_errors { ERRORS } else { 0.0 };
            let upper = Rect::from_min_max(area.min, pos2(area.right(), area.bottom() - foot - 4.0));
            let words = format!("{} dB", format::decibels(Some(one.measures.psnr())));
            let response = tiles.show(ui, upper, place, picture, one);
            response.on_hover_text(format!("{}; scroll to zoom, drag to move all", one.reduced.recipe));
            let tokens = tokens(ui);
            let galley = ui.painter().layout_no_wrap(words, look.strong.clone(), tokens.on_ink_bar);
            let size = galley.size() + vec2(12.0, 6.0);
            let tag = Rect::from_min_size(upper.right_bottom() - size - vec2(4.0, 4.0), size);
            ui.painter().rect_filled(tag, theme::RADIUS_BIT, tokens.ink_bar);
            ui.painter().galley(
                Align2::CENTER_CENTER.anchor_size(tag.center(), galley.size()).min,
                galley,
                tokens.on_ink_bar,
            );
            if with_errors {
                let lower = Rect::from_min_max(pos2(area.left(), area.bottom() - foot), area.max);
                let mut lower = column_in(ui, "errors", lower);
                chart(&mut lower, &errors(one, place, most), &look);
            }
        });
    }
    ctx.state.palettes.tiles = tiles;
}
