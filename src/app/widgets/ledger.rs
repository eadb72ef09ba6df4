//! The size ledger: the original's bar, the packed bar at the same scale, and every part with its bytes.

use egui::{Align2, Color32, Painter, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::figure;
use super::plot::{self, PlotLook};
use crate::app::theme::{self, Tokens};
use crate::app::view::format;
use crate::app::view::ledger::{Kind, LedgerView};

/// Height of a bar.
const BAR: f32 = 12.0;
/// From the top of one bar to the next.
const BAR_STEP: f32 = 17.0;

/// Draws the bars and as many rows as there are, across the width that is left. The card's title carries the ratio.
pub fn ledger(ui: &mut Ui, view: &LedgerView, look: &PlotLook) -> Response {
    let tokens = theme::tokens(ui.ctx());
    let row = look.caption.size + 6.0;
    let height = 2.0 * BAR_STEP + 6.0 + row * (view.rows.len() + 1) as f32;
    let recording = figure::record(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    plot::describe(&response, || view.summary());
    let painter = ui.painter();
    bars(painter, rect, view, look, tokens);

    let mut y = rect.top() + 2.0 * BAR_STEP + 6.0 + row / 2.0;
    let mut line = |text: &str, size: &str, swatch: &dyn Fn(Rect)| {
        swatch(Rect::from_center_size(pos2(rect.left() + 5.0, y), vec2(10.0, 10.0)));
        let number = painter.layout_no_wrap(size.to_owned(), look.mono.clone(), tokens.text);
        let room = rect.width() - 18.0 - number.size().x - 8.0;
        let label = theme::truncated(ui, text, look.caption.clone(), tokens.text, room);
        painter.galley(pos2(rect.left() + 18.0, y - label.size().y / 2.0), label, tokens.text);
        painter.galley(pos2(rect.right() - number.size().x, y - number.size().y / 2.0), number, tokens.text);
        y += row;
    };
    line(&view.original, &format::bytes_exact(view.original_bytes), &|place| {
        painter.rect_filled(place, theme::RADIUS_BAR, tokens.real_soft);
    });
    for part in &view.rows {
        line(&part.text, &part.size, &|place| swatch(painter, place, part.kind, tokens));
    }
    figure::menu(ui, &response, recording, rect, "Size", || view.table());
    response
}

fn bars(painter: &Painter, rect: Rect, view: &LedgerView, look: &PlotLook, tokens: &Tokens) {
    let most = view.original_bytes.max(view.bytes).max(1) as f32;
    let scale = rect.width() / most;
    let bar = |step: f32, width: f32| Rect::from_min_size(rect.min + vec2(0.0, step), vec2(width.max(1.0), BAR));
    painter.rect_filled(bar(0.0, view.original_bytes as f32 * scale), theme::RADIUS_BAR, tokens.real_soft);

    let packed = bar(BAR_STEP, view.bytes as f32 * scale);
    let mut left = packed.left();
    for part in &view.rows {
        let width = part.bits as f32 / 8.0 * scale;
        let piece = Rect::from_min_size(pos2(left, packed.top()), vec2(width, BAR));
        left += width;
        // A hairline for what is too small to have an area.
        if width >= 3.0 {
            swatch(painter, piece, part.kind, tokens);
        } else {
            painter.rect_filled(piece.with_max_x(piece.left() + width.max(0.5)), 0.0, color(part.kind, tokens));
        }
    }
    let words = format!("{} packed", format::bytes_exact(view.bytes));
    let galley = painter.layout_no_wrap(words, look.caption.clone(), tokens.muted);
    let beside = packed.right() + 8.0;
    if beside + galley.size().x <= rect.right() {
        painter.galley(pos2(beside, packed.center().y - galley.size().y / 2.0), galley, tokens.muted);
    } else if view.bytes > view.original_bytes {
        let words = format!("{} larger", format::bytes_exact(view.bytes - view.original_bytes));
        let right = pos2(rect.right(), rect.top() + BAR / 2.0);
        painter.text(right, Align2::RIGHT_CENTER, words, look.caption.clone(), tokens.warn);
    }
}

fn color(kind: Kind, tokens: &Tokens) -> Color32 {
    match kind {
        Kind::Codes | Kind::Parameters => tokens.accent,
        Kind::Indices => tokens.clusters[5].fill,
        Kind::Rest => tokens.clusters[7].fill,
    }
}

/// Codes are full, parameters outlined: told apart without colour.
fn swatch(painter: &Painter, place: Rect, kind: Kind, tokens: &Tokens) {
    match kind {
        Kind::Parameters => {
            let stroke = Stroke::new(theme::HAIRLINE, tokens.accent);
            painter.rect(place, theme::RADIUS_BAR, tokens.accent_soft, stroke, StrokeKind::Inside);
        }
        _ => drop(painter.rect_filled(place, theme::RADIUS_BAR, color(kind, tokens))),
    }
}
