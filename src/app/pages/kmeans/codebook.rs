//! The codebook page: k-means on one tensor, half-step by half-step.

mod bytes;
mod controls;
mod error;
mod layout;
mod line;
mod matrices;

use egui::{Rect, Ui, vec2};

pub use bytes::SizeView;
pub use error::ErrorView;

use super::lesson::Lesson;
use super::parts;
use crate::app::context::PageContext;
use crate::app::view::course as words;
use crate::app::widgets::card;
use crate::app::widgets::focus::letter;
use layout::Areas;

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let canvas = ui.max_rect();
    let lesson = match Lesson::of(ctx) {
        Ok(lesson) => lesson,
        Err(reason) => {
            ctx.state.kmeans.said.clear();
            return card::plain(ui, canvas, "no lesson", |ui| card::nothing(ui, &reason));
        }
    };
    ctx.state.kmeans.said = words::status(&lesson.course, lesson.index);
    if let Some(part) = &lesson.part {
        ctx.state.kmeans.said.insert(0, part.words());
    }
    if lesson.stale {
        ctx.state.kmeans.said.push("updating".to_owned());
    }
    if let Some(index) = parts::keyed(ui, lesson.index, lesson.course.moments.len() - 1) {
        lesson.go(ctx, index);
    }
    if letter(ui, egui::Key::W) {
        lesson.start_anew(ctx);
    }
    let rows = lesson.cells.as_ref().map(|_| lesson.matrix.0.max(lesson.moment().clusters.len().min(8)));
    let extras = controls::has_extras(&lesson);
    let areas = Areas::new(canvas, ctx.presenting, rows, extras);
    if areas.height <= canvas.height() {
        return cards(ctx, &lesson, &areas, ui);
    }
    egui::ScrollArea::vertical().id_salt("codebook page").auto_shrink(false).show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), areas.height), egui::Sense::hover());
        let page = Rect::from_min_size(rect.min, vec2(rect.width(), canvas.height()));
        cards(ctx, &lesson, &Areas::new(page, ctx.presenting, rows, extras), ui);
    });
}

fn cards(ctx: &mut PageContext<'_>, lesson: &Lesson, areas: &Areas, ui: &mut Ui) {
    if let Some(rect) = areas.controls {
        controls::ui(ctx, lesson, rect, ui);
    }
    if let Some(rect) = areas.matrices {
        matrices::ui(ctx, lesson, rect, ui);
    }
    line::ui(ctx, lesson, areas.line, ui);
    if let Some(rect) = areas.book {
        matrices::book_card(ctx, lesson, rect, ui);
    }
    if let Some(rect) = areas.error {
        error::ui(ctx, lesson, rect, ui);
    }
    bytes::ui(ctx, lesson, areas.bytes, ui);
}
