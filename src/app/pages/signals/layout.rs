//! Where the cards lie.

use egui::{Rect, pos2, vec2};

use crate::app::theme::{GAP, TILE};

/// Height of a row of controls with its gap.
const ROW: f32 = 34.0;

/// Height of the card with controls around its rows.
const AROUND: f32 = 22.0;

/// The page's cards. At 1500 and more everything has a card of its own; below, tabs share one.
pub struct Areas {
    pub controls: Option<Rect>,
    pub wave: Rect,
    pub error: Rect,
    /// Metric tiles, row by row.
    pub tiles: Vec<Rect>,
    /// The card with tabs, or the rule where the others have cards of their own.
    pub side: Rect,
    /// Histogram of the errors, spectrum, SQNR by bits.
    pub others: Option<[Rect; 3]>,
    /// Height that the page needs.
    pub height: f32,
}

fn column(left: f32, right: f32, top: f32, bottom: f32) -> Rect {
    Rect::from_min_max(pos2(left, top), pos2(right, bottom))
}

/// The upper `share` of a rectangle and the rest.
fn split(rect: Rect, share: f32) -> [Rect; 2] {
    let at = rect.top() + (rect.height() * share).round();
    [rect.with_max_y(at - GAP / 2.0), rect.with_min_y(at + GAP / 2.0)]
}

impl Areas {
    pub fn new(canvas: Rect, presenting: bool) -> Self {
        let (left, right, width) = (canvas.left(), canvas.right(), canvas.width());
        if presenting {
            let middle = left + (width * 0.62).round();
            let [wave, error] = split(canvas.with_max_x(middle - GAP), 0.6);
            let side = canvas.with_min_x(middle);
            return Self {
                controls: None,
                wave,
                error,
                tiles: Vec::new(),
                side,
                others: None,
                height: canvas.height(),
            };
        }
        // Where the slider of the levels shares its row with others it has its scale above them.
        let below = if width < 1000.0 { 12.0 } else { 0.0 };
        let controls = Rect::from_min_size(canvas.min, vec2(width, 2.0 * ROW + AROUND + below));
        let top = controls.bottom() + GAP;
        let tiles = |left: f32, width: f32, top: f32, columns: usize| -> Vec<Rect> {
            let each = (width - GAP * (columns - 1) as f32) / columns as f32;
            let tile = |place: usize| {
                let (across, down) = ((place % columns) as f32, (place / columns) as f32);
                Rect::from_min_size(pos2(left + across * (each + GAP), top + down * (TILE + GAP)), vec2(each, TILE))
            };
            (0..4).map(tile).collect()
        };
        if width < 1000.0 {
            // Signal and error are in view at once: side by side where there is no height for both.
            let low = canvas.bottom() - top < 216.0 + GAP + 190.0;
            let (wave, error) = if low {
                let bottom = (top + 216.0).max(canvas.bottom());
                let middle = left + ((width - GAP) * 0.64).round();
                (column(left, middle, top, bottom), column(middle + GAP, right, top, bottom))
            } else {
                let wave = column(left, right, top, canvas.bottom() - GAP - 190.0);
                (wave, column(left, right, wave.bottom() + GAP, wave.bottom() + GAP + 190.0))
            };
            let row = error.bottom() + GAP;
            let below = row + TILE + GAP;
            return Self {
                controls: Some(controls),
                wave,
                error,
                tiles: tiles(left, width, row, 4),
                side: column(left, right, below, below + 380.0),
                others: None,
                height: below + 380.0 - canvas.top(),
            };
        }
        let bottom = canvas.bottom().max(top + 470.0);
        let height = bottom - canvas.top();
        let below = top + 2.0 * (TILE + GAP);
        if width < 1500.0 {
            let edge = right - (width * 0.36).round().clamp(380.0, 480.0);
            let [wave, error] = split(column(left, edge - GAP, top, bottom), 0.66);
            return Self {
                controls: Some(controls),
                wave,
                error,
                tiles: tiles(edge, right - edge, top, 2),
                side: column(edge, right, below, bottom),
                others: None,
                height,
            };
        }
        let third = (width * 0.255).round();
        let (middle, last) = (right - 2.0 * third - GAP, right - third);
        let [wave, error] = split(column(left, middle - GAP, top, bottom), 0.66);
        let [side, errors] = split(column(middle, middle + third, below, bottom), 0.58);
        let [spectrum, curve] = split(column(last, right, top, bottom), 0.5);
        Self {
            controls: Some(controls),
            wave,
            error,
            tiles: tiles(middle, third, top, 2),
            side,
            others: Some([errors, spectrum, curve]),
            height,
        }
    }
}
