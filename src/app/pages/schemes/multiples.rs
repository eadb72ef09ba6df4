//! The schemes side by side: weights with levels, and errors, on axes that all share.

use egui::{Rect, Ui, pos2, vec2};

use super::Given;
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::column_in;
use crate::app::theme::GAP;
use crate::app::view::format;
use crate::app::view::schemes::Shared;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::plot::PlotLook;

/// Narrowest card.
const LEAST: f32 = 180.0;

/// Draws the cards.
pub(super) fn ui(ctx: &mut PageContext<'_>, given: &Given, rect: Rect, ui: &mut Ui) {
    let count = given.compared.len();
    let Some(found) = given.found.as_ref().map(|found| &found.value).filter(|_| count > 0) else {
        let why = if count > 0 { "Quantizing all weights" } else { "No scheme is compared: add one above" };
        return card::plain(ui, rect, "waiting", |ui| card::nothing(ui, why));
    };
    let shared = Shared::of(&given.loaded.summary, found);
    let fitting = ((rect.width() + GAP) / (LEAST + GAP)).max(1.0) as usize;
    let across = if count <= fitting { count } else { count.div_ceil(2) };
    let lines = count.div_ceil(across);
    let width = ((rect.width() - GAP * (across - 1) as f32) / across as f32).floor();
    let height = ((rect.height() - GAP * (lines - 1) as f32) / lines as f32).floor();
    let look = PlotLook::of(ctx.presenting);
    for (place, (scheme, one)) in given.compared.iter().zip(found.iter()).enumerate() {
        let corner = vec2((place % across) as f32 * (width + GAP), (place / across) as f32 * (height + GAP));
        let card = Rect::from_min_size(rect.min + corner, vec2(width, height));
        let title = format!("{} {scheme}", place + 1);
        let groups = one.as_ref().ok().filter(|one| one.groups > 1);
        let subtitle = groups.map_or_else(String::new, |one| format!("1 of {}", format::count(one.groups as u64)));
        Card::new(&title).subtitle(&subtitle).show(ui, card, |ui| match one {
            Err(reason) => card::nothing(ui, reason),
            Ok(one) => {
                let area = ui.max_rect();
                let split = area.top() + (area.height() * 0.5).round();
                let top = Rect::from_min_max(area.min, pos2(area.right(), split - 2.0));
                let mut upper = column_in(ui, "weights", top);
                chart(&mut upper, &shared.weights(&given.loaded.summary, one, place), &look);
                let bottom = Rect::from_min_max(pos2(area.left(), split + 2.0), area.max);
                let mut lower = column_in(ui, "errors", bottom);
                chart(&mut lower, &shared.errors(one, place), &look);
            }
        });
    }
}
