//! Where the cards of the codebook page lie, by the width of the canvas.

use egui::{Rect, pos2, vec2};

use crate::app::theme::GAP;

/// The rectangles of the cards.
pub struct Areas {
    /// The controls; in a presentation they are gone.
    pub controls: Option<Rect>,
    /// The matrices of a small tensor.
    pub matrices: Option<Rect>,
    /// The number line.
    pub line: Rect,
    /// The codebook of a tensor that is not small.
    pub book: Option<Rect>,
    /// SSE by iteration, start and number.
    pub error: Option<Rect>,
    /// Bytes.
    pub bytes: Rect,
    /// Height of everything.
    pub height: f32,
}

impl Areas {
    /// Lays the cards out. `rows` is the number of rows of the matrices, `None` where the tensor is too large for them; `extras` says
    /// whether the controls have more than what always stands there.
    pub fn new(canvas: Rect, presenting: bool, rows: Option<usize>, extras: bool) -> Self {
        match canvas.width() {
            _ if presenting => Self::presentation(canvas, rows),
            width if width >= 1000.0 => Self::wide(canvas, rows, if width >= 1500.0 { 420.0 } else { 296.0 }),
            _ => Self::narrow(canvas, rows, extras),
        }
    }

    fn wide(canvas: Rect, rows: Option<usize>, side: f32) -> Self {
        let controls = 90.0;
        let least = 222.0;
        let row_height = if canvas.width() >= 1500.0 { 52.0 } else { 40.0 };
        // Up to four rows are as high as on the slide, more share the room.
        let upper = match rows {
            Some(rows) => 84.0 + row_height * rows.min(4) as f32 + 25.0 * rows.saturating_sub(4) as f32,
            None => (canvas.height() - controls - least - 2.0 * GAP).max(236.0),
        };
        let height = canvas.height().max(controls + upper + least + 2.0 * GAP);
        let row = |top: f32, height: f32| Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
        let controls = row(canvas.top(), controls);
        let upper = row(controls.bottom() + GAP, upper);
        let lower = row(upper.bottom() + GAP, canvas.top() + height - upper.bottom() - GAP);
        let bytes = lower.with_min_x(lower.right() - side);
        let error = lower.with_max_x(bytes.left() - GAP).with_min_x(bytes.left() - GAP - side);
        let left = lower.with_max_x(error.left() - GAP);
        let (matrices, line, book) = if rows.is_some() { (Some(upper), left, None) } else { (None, upper, Some(left)) };
        Self { controls: Some(controls), matrices, line, book, error: Some(error), bytes, height }
    }

    fn narrow(canvas: Rect, rows: Option<usize>, extras: bool) -> Self {
        let mut top = canvas.top();
        let mut row = |height: f32| {
            let rect = Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
            top = rect.bottom() + GAP;
            rect
        };
        let controls = row(if extras { 126.0 } else { 90.0 });
        let matrices = rows.map(|rows| row(92.0 + 34.0 * rows.min(4) as f32 + 25.0 * rows.saturating_sub(4) as f32));
        let line = row(if rows.is_some() { 226.0 } else { 250.0 });
        let book = rows.is_none().then(|| row(200.0));
        let lower = row(236.0);
        let half = (lower.width() - GAP) / 2.0;
        Self {
            controls: Some(controls),
            matrices,
            line,
            book,
            error: Some(lower.with_max_x(lower.left() + half)),
            bytes: lower.with_min_x(lower.right() - half),
            height: lower.bottom() - canvas.top(),
        }
    }

    /// The matrices, the number line, and what it saves.
    fn presentation(canvas: Rect, rows: Option<usize>) -> Self {
        let side = 206.0;
        let upper = if rows.is_some() { ((canvas.height() - GAP) * 0.575).round() } else { 0.0 };
        let upper = Rect::from_min_size(canvas.min, vec2(canvas.width(), upper));
        let top = if rows.is_some() { upper.bottom() + GAP } else { canvas.top() };
        let lower = Rect::from_min_max(pos2(canvas.left(), top), canvas.max);
        let bytes = lower.with_min_x(lower.right() - side);
        Self {
            controls: None,
            matrices: rows.map(|_| upper),
            line: lower.with_max_x(bytes.left() - GAP),
            book: None,
            error: None,
            bytes,
            height: canvas.height(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_card_lies_on_another_or_leaves_the_page() {
        for (width, height, presenting) in [
            (1180.0, 582.0, false),
            (1820.0, 942.0, false),
            (785.0, 380.0, false),
            (740.0, 340.0, false),
            (829.0, 374.0, true),
        ] {
            for rows in [Some(1), Some(4), Some(8), None] {
                let canvas = Rect::from_min_size(pos2(10.0, 20.0), vec2(width, height));
                let areas = Areas::new(canvas, presenting, rows, rows == Some(4));
                let mut cards = vec![areas.line, areas.bytes];
                cards.extend([areas.controls, areas.matrices, areas.book, areas.error].into_iter().flatten());
                let page = Rect::from_min_size(canvas.min, vec2(width, areas.height)).expand(0.01);
                for (index, card) in cards.iter().enumerate() {
                    assert!(page.contains_rect(*card), "{width}×{height}, {rows:?}: {card:?} leaves {page:?}");
                    assert!(card.width() > 150.0 && card.height() > 60.0, "{width}×{height}: {card:?} is too small");
                    for other in &cards[..index] {
                        assert!(!card.shrink(0.5).intersects(*other), "{width}×{height}: {card:?} on {other:?}");
                    }
                }
            }
        }
    }
}
