//! Where the cards of the tensor page lie, by the width of the canvas.

use egui::{Rect, pos2, vec2};

use crate::app::theme::{GAP, TILE};

/// Height of the card with the controls.
const CONTROLS: f32 = 72.0;
/// Height of the size card without its rows, and of a row.
const SIZE: (f32, f32) = (92.0, 18.6);
/// Lowest useful heights where the page scrolls.
const LEAST: (f32, f32) = (230.0, 200.0);

/// The rectangles of the cards.
pub struct Areas {
    /// The tensor table; folded into the controls where there is no room.
    pub table: Option<Rect>,
    /// The controls; in a presentation they are gone.
    pub controls: Option<Rect>,
    /// The histogram.
    pub histogram: Rect,
    /// Maps, error histogram or numbers.
    pub detail: Rect,
    /// Whether the detail card has room for the inspector.
    pub inspector: bool,
    /// Metric tiles, in reading order.
    pub tiles: Vec<Rect>,
    /// Error by bits.
    pub curve: Option<Rect>,
    /// The size ledger.
    pub size: Option<Rect>,
    /// Whether the table is folded into the controls for want of room.
    pub folded: bool,
    /// Height of everything.
    pub height: f32,
}

impl Areas {
    /// Lays the cards out on a canvas; a table of one tensor would be an empty column.
    /// The size card has `parts` parts to tell.
    pub fn new(canvas: Rect, presenting: bool, with_table: bool, parts: usize) -> Self {
        let size = SIZE.0 + SIZE.1 * (parts.clamp(2, 5) + 1) as f32;
        match canvas.width() {
            _ if presenting => Self::presentation(canvas),
            width if width >= 1500.0 => Self::wide(canvas, with_table.then_some(460.0), (420.0, size), 8, true),
            width if width >= 1000.0 => Self::wide(canvas, with_table.then_some(356.0), (276.0, size), 4, false),
            _ => Self::narrow(canvas),
        }
    }

    /// Table, main column, side column.
    fn wide(canvas: Rect, table: Option<f32>, (side, size): (f32, f32), tiles: usize, inspector: bool) -> Self {
        let height = canvas.height().max(CONTROLS + LEAST.0 + LEAST.1 + 2.0 * GAP);
        let canvas = Rect::from_min_size(canvas.min, vec2(canvas.width(), height));
        let left = canvas.left() + table.map_or(0.0, |table| table + GAP);
        let table = table.map(|table| Rect::from_min_size(canvas.min, vec2(table, height)));
        let controls = Rect::from_min_max(pos2(left, canvas.top()), pos2(canvas.right(), canvas.top() + CONTROLS));
        let top = controls.bottom() + GAP;
        let side_left = canvas.right() - side;
        let main = Rect::from_min_max(pos2(left, top), pos2(side_left - GAP, canvas.bottom()));
        // The histogram answers the question; it takes three fifths.
        let split = main.top() + ((main.height() - GAP) * 0.6).round();
        let rows = tiles / 2;
        let width = (side - GAP) / 2.0;
        let tile = |index: usize| {
            let (row, column) = ((index / 2) as f32, (index % 2) as f32);
            let at = pos2(side_left + column * (width + GAP), top + row * (TILE + GAP));
            Rect::from_min_size(at, vec2(width, TILE))
        };
        let below = top + rows as f32 * (TILE + GAP);
        let size = Rect::from_min_max(pos2(side_left, canvas.bottom() - size), canvas.max);
        Self {
            table,
            controls: Some(controls),
            histogram: Rect::from_min_max(main.min, pos2(main.right(), split)),
            detail: Rect::from_min_max(pos2(main.left(), split + GAP), main.max),
            inspector,
            tiles: (0..tiles).map(tile).collect(),
            curve: Some(Rect::from_min_max(pos2(side_left, below), pos2(canvas.right(), size.top() - GAP))),
            size: Some(size),
            folded: false,
            height,
        }
    }

    /// One column: controls and histogram fit the first screen, the rest is scrolled to.
    fn narrow(canvas: Rect) -> Self {
        let (left, width) = (canvas.left(), canvas.width());
        let controls_height = 84.0;
        let row = |top: f32, height: f32| Rect::from_min_size(pos2(left, top), vec2(width, height));
        let controls = row(canvas.top(), controls_height);
        let first_screen = (canvas.height() - controls_height - GAP).max(LEAST.0);
        let histogram = row(controls.bottom() + GAP, first_screen);
        let columns = 4;
        let tile_width = (width - GAP * (columns - 1) as f32) / columns as f32;
        let tiles_top = histogram.bottom() + GAP;
        let tile = |index: usize| {
            let at = pos2(left + index as f32 * (tile_width + GAP), tiles_top);
            Rect::from_min_size(at, vec2(tile_width, TILE))
        };
        let detail = row(tiles_top + TILE + GAP, 250.0);
        let half = (width - GAP) / 2.0;
        let below = detail.bottom() + GAP;
        let curve = Rect::from_min_size(pos2(left, below), vec2(half, 210.0));
        let size = Rect::from_min_size(pos2(left + half + GAP, below), vec2(half, 210.0));
        Self {
            table: None,
            controls: Some(controls),
            histogram,
            detail,
            inspector: false,
            tiles: (0..columns).map(tile).collect(),
            curve: Some(curve),
            size: Some(size),
            folded: true,
            height: curve.bottom() - canvas.top(),
        }
    }

    /// The histogram, the number that matters, and the size.
    fn presentation(canvas: Rect) -> Self {
        let side = 232.0;
        let side_left = canvas.right() - side;
        let main = Rect::from_min_max(canvas.min, pos2(side_left - GAP, canvas.bottom()));
        let split = main.top() + ((main.height() - GAP) * 0.54).round();
        let tile = |index: usize| {
            let at = pos2(side_left, canvas.top() + index as f32 * (TILE + GAP));
            Rect::from_min_size(at, vec2(side, TILE))
        };
        let below = canvas.top() + 2.0 * (TILE + GAP);
        Self {
            table: None,
            controls: None,
            histogram: Rect::from_min_max(main.min, pos2(main.right(), split)),
            detail: Rect::from_min_max(pos2(main.left(), split + GAP), main.max),
            inspector: false,
            tiles: (0..2).map(tile).collect(),
            curve: None,
            size: Some(Rect::from_min_max(pos2(side_left, below), canvas.max)),
            folded: false,
            height: canvas.height(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_card_lies_on_another_or_leaves_the_page() {
        for (width, height, presenting, with_table) in [
            (1192.0, 578.0, false, true),
            (1192.0, 578.0, false, false),
            (1832.0, 938.0, false, true),
            (785.0, 380.0, false, true),
            (740.0, 340.0, false, true),
            (853.0, 398.0, true, true),
        ] {
            let canvas = Rect::from_min_size(pos2(10.0, 20.0), vec2(width, height));
            let areas = Areas::new(canvas, presenting, with_table, 4);
            let mut cards = vec![areas.histogram, areas.detail];
            cards.extend([areas.table, areas.controls, areas.curve, areas.size].into_iter().flatten());
            cards.extend(&areas.tiles);
            let page = Rect::from_min_size(canvas.min, vec2(width, areas.height)).expand(0.01);
            for (index, card) in cards.iter().enumerate() {
                assert!(page.contains_rect(*card), "{width}×{height}: {card:?} leaves {page:?}");
                assert!(card.width() > 100.0 && card.height() > 50.0, "{width}×{height}: {card:?} is too small");
                for other in &cards[..index] {
                    assert!(!card.shrink(0.5).intersects(*other), "{width}×{height}: {card:?} on {other:?}");
                }
            }
        }
    }
}
