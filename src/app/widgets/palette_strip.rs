//! The palette as a strip: a cell a colour, and above it a bar of the share of pixels that take it.

use egui::{Align2, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::figure;
use super::plot::{self, PlotLook};
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::view::picture::{self, hex};
use crate::engine::media::picture::Reduced;

/// Draws the strip into the space that is left; pointing at a cell reads it out.
pub fn palette_strip(ui: &mut Ui, reduced: &Reduced, look: &PlotLook) -> Response {
    let recording = figure::record(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::CLICK);
    let count = reduced.palette.len().max(1);
    let pixels: u64 = reduced.counts.iter().sum();
    let share = |index: usize| reduced.counts[index] as f64 / pixels.max(1) as f64;
    let words = |index: usize| {
        let counted = format::count(reduced.counts[index]);
        format!("{index}: {}, {} of the pixels ({counted})", hex(reduced.palette[index]), format::percent(share(index)))
    };
    let unused = reduced.counts.iter().filter(|&&count| count == 0).count();
    plot::describe(&response, || {
        let largest = (0..reduced.palette.len()).max_by_key(|&index| reduced.counts[index]).unwrap_or(0);
        format!("Palette: {count} colours, {unused} unused; most frequent {}", words(largest))
    });
    let (tokens, painter) = (tokens(ui), ui.painter());
    let largest = (0..reduced.palette.len()).map(share).fold(f64::MIN_POSITIVE, f64::max);
    let width = rect.width() / count as f32;
    let bars = (rect.height() * 0.42).max(8.0);
    let base = rect.top() + bars;
    let mut pointed = None;
    for index in 0..reduced.palette.len() {
        let left = rect.left() + width * index as f32;
        let gap = if width > 6.0 { 1.0 } else { 0.0 };
        let cell = Rect::from_min_max(pos2(left, base + 2.0), pos2(left + width - gap, rect.bottom()));
        let color = theme::pixel(reduced.palette[index]);
        painter.rect_filled(cell, 0.0, color);
        let height = (share(index) / largest) as f32 * (bars - 2.0);
        let bar = Rect::from_min_max(pos2(left, base - height), pos2(left + width - gap, base));
        painter.rect_filled(bar, 0.0, tokens.real_soft);
        painter.hline(bar.x_range(), bar.top(), Stroke::new(1.0, tokens.real));
        if width >= 38.0 {
            let text = format::percent(share(index));
            painter.text(cell.center(), Align2::CENTER_CENTER, text, look.caption.clone(), theme::text_on(color));
        }
        if response.hover_pos().is_some_and(|at| (left..left + width).contains(&at.x)) {
            painter.rect_stroke(cell, 0.0, Stroke::new(theme::SELECTED_LINE, tokens.text), StrokeKind::Inside);
            pointed = Some(index);
        }
    }
    painter.rect_stroke(
        Rect::from_min_size(pos2(rect.left(), base + 2.0), vec2(rect.width(), rect.bottom() - base - 2.0)),
        0.0,
        Stroke::new(theme::HAIRLINE, tokens.axis),
        StrokeKind::Outside,
    );
    figure::menu(ui, &response, recording, rect, "Palette", || picture::palette_table(reduced));
    match pointed {
        Some(index) => response.on_hover_text_at_pointer(words(index)),
        None => response,
    }
}
