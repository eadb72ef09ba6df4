//! Where the cards lie.

use egui::{Rect, pos2};

use crate::app::theme::{GAP, TILE};

/// Height of the card with the controls.
const CONTROLS: f32 = 90.0;

/// The page's cards. At 1500 and more everything has a card of its own; below, tabs share one.
pub struct Areas {
    pub controls: Option<Rect>,
    pub picture: Rect,
    /// Metric tiles, row by row.
    pub tiles: Vec<Rect>,
    /// The card with tabs, or the colour space where the others have cards of their own.
    pub space: Rect,
    /// Size, curve, histograms.
    pub others: Option<[Rect; 3]>,
    /// Height that the page needs.
    pub height: f32,
}

impl Areas {
    pub fn new(canvas: Rect, presenting: bool) -> Self {
        let (left, right) = (canvas.left(), canvas.right());
        if presenting {
            let split = left + ((right - left) * 0.62).round();
            return Self {
                controls: None,
                picture: Rect::from_min_max(canvas.min, pos2(split - GAP, canvas.bottom())),
                tiles: Vec::new(),
                space: Rect::from_min_max(pos2(split, canvas.top()), canvas.max),
                others: None,
                height: canvas.height(),
            };
        }
        let controls = Rect::from_min_max(canvas.min, pos2(right, canvas.top() + CONTROLS));
        let top = controls.bottom() + GAP;
        let width = canvas.width();
        let tiles = |left: f32, width: f32, top: f32, columns: usize| -> Vec<Rect> {
            let each = (width - GAP * (columns - 1) as f32) / columns as f32;
            let tile = |place: usize| {
                let corner =
                    pos2(left + (place % columns) as f32 * (each + GAP), top + (place / columns) as f32 * (TILE + GAP));
                Rect::from_min_size(corner, egui::vec2(each, TILE))
            };
            (0..4).map(tile).collect()
        };
        let column =
            |left: f32, right: f32, top: f32, bottom: f32| Rect::from_min_max(pos2(left, top), pos2(right, bottom));
        if width < 1000.0 {
            let picture = column(left, right, top, (top + 380.0).max(canvas.bottom()));
            let row = picture.bottom() + GAP;
            let below = row + TILE + GAP;
            return Self {
                controls: Some(controls),
                picture,
                tiles: tiles(left, width, row, 4),
                space: column(left, right, below, below + 360.0),
                others: None,
                height: below + 360.0 - canvas.top(),
            };
        }
        let bottom = canvas.bottom().max(top + 460.0);
        let height = bottom - canvas.top();
        if width < 1500.0 {
            let side = right - (width * 0.34).round().clamp(360.0, 440.0);
            let below = top + 2.0 * (TILE + GAP);
            return Self {
                controls: Some(controls),
                picture: column(left, side - GAP, top, bottom),
                tiles: tiles(side, right - side, top, 2),
                space: column(side, right, below, bottom),
                others: None,
                height,
            };
        }
        let third = (width * 0.235).round();
        let (middle, last) = (right - 2.0 * third - GAP, right - third);
        let below = top + 2.0 * (TILE + GAP);
        let split = below + ((bottom - below) * 0.60).round();
        let half = top + ((bottom - top) * 0.5).round();
        Self {
            controls: Some(controls),
            picture: column(left, middle - GAP, top, bottom),
            tiles: tiles(middle, third, top, 2),
            space: column(middle, middle + third, below, split),
            others: Some([
                column(middle, middle + third, split + GAP, bottom),
                column(last, right, top, half),
                column(last, right, half + GAP, bottom),
            ]),
            height,
        }
    }
}
