//! Where the cards of the view Bits go.

use egui::{Rect, pos2, vec2};

use crate::app::pages::numbers::controls;
use crate::app::theme::GAP;

/// The cards' rectangles; `None` for what has no room.
pub struct Areas {
    /// Views, formats, value.
    pub controls: Rect,
    /// The bits of the number.
    pub main: Rect,
    /// The same value in a second format.
    pub beside: Rect,
    /// Two charts of both formats.
    pub charts: Option<[Rect; 2]>,
    /// The map of all codes.
    pub map: Option<Rect>,
    /// Its classes.
    pub classes: Option<Rect>,
    /// The code in every notation.
    pub notations: Option<Rect>,
    /// The specification of the format.
    pub sheet: Option<Rect>,
    /// Of the whole page.
    pub height: f32,
}

/// Height of the main card: title, bits, sums, formula, neighbours, error.
const MAIN: f32 = 262.0;
/// Least height of the card beside it.
const BESIDE: f32 = 212.0;
/// Its height where charts follow.
const BESIDE_TALL: f32 = 250.0;
/// Least height of the charts.
const CHARTS: f32 = 200.0;
/// Width of the column with the map.
const SIDE: f32 = 388.0;
/// The same on a wide canvas.
const SIDE_WIDE: f32 = 460.0;
/// Height of the card with the classes.
const CLASSES: f32 = 178.0;
/// Height of the map on a wide canvas, where cells are as high as they may be.
const MAP_TALL: f32 = 654.0;
/// Height of the card with every notation.
const NOTATIONS: f32 = 436.0;
/// Least height of the specification.
const SHEET: f32 = 350.0;

impl Areas {
    /// The layout of a canvas.
    pub fn new(canvas: Rect, presenting: bool) -> Self {
        if presenting {
            return Self::presentation(canvas);
        }
        match canvas.width() {
            width if width >= 1500.0 => Self::columns(canvas, true),
            width if width >= 1000.0 => Self::columns(canvas, false),
            _ => Self::one_column(canvas),
        }
    }

    fn columns(canvas: Rect, wide: bool) -> Self {
        let height = canvas.height().max(controls::HEIGHT + MAIN + BESIDE + 2.0 * GAP);
        let canvas = Rect::from_min_size(canvas.min, vec2(canvas.width(), height));
        let last = wide.then(|| Rect::from_min_max(pos2(canvas.right() - 420.0, canvas.top()), canvas.max));
        let right = last.map_or(canvas.right(), |rect| rect.left() - GAP);
        let side_left = right - if wide { SIDE_WIDE } else { SIDE };
        let controls = Rect::from_min_size(canvas.min, vec2(side_left - GAP - canvas.left(), controls::HEIGHT));
        let main_top = controls.bottom() + GAP;
        let left_over = height - controls::HEIGHT - MAIN - BESIDE - 2.0 * GAP;
        let with_charts = left_over >= BESIDE_TALL - BESIDE + GAP + CHARTS;
        // On a higher window the two cards share what is left over, until there is room for charts.
        let extra = if with_charts { 0.0 } else { left_over.min(80.0) };
        let main =
            Rect::from_min_size(pos2(canvas.left(), main_top), vec2(controls.width(), MAIN + (extra / 2.0).round()));
        let below = Rect::from_min_max(pos2(canvas.left(), main.bottom() + GAP), pos2(main.right(), canvas.bottom()));
        let (beside, charts) = if with_charts {
            let [beside, charts] = stacked(below, BESIDE_TALL);
            let half = ((charts.width() - GAP) / 2.0).round();
            let chart = |left: f32| Rect::from_min_size(pos2(left, charts.top()), vec2(half, charts.height()));
            (beside, Some([chart(charts.left()), chart(charts.right() - half)]))
        } else {
            (below, None)
        };
        let side = Rect::from_min_max(pos2(side_left, canvas.top()), pos2(right, canvas.bottom()));
        let map_height = if wide { MAP_TALL } else { f32::INFINITY };
        let [map, classes] = stacked(side, map_height.min(side.height() - CLASSES - GAP));
        let (notations, sheet) = match last {
            Some(last) if last.height() >= NOTATIONS + GAP + SHEET => {
                let [notations, sheet] = stacked(last, NOTATIONS);
                (Some(notations), Some(sheet))
            }
            last => (last, None),
        };
        Self { controls, main, beside, charts, map: Some(map), classes: Some(classes), notations, sheet, height }
    }

    /// Everything below each other; map and classes share a row.
    fn one_column(canvas: Rect) -> Self {
        let row = |top: f32, height: f32| Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
        let controls = row(canvas.top(), controls::HEIGHT);
        let main = row(controls.bottom() + GAP, MAIN);
        let beside = row(main.bottom() + GAP, BESIDE);
        let top = beside.bottom() + GAP;
        let half = (canvas.width() - GAP) / 2.0;
        let side = |left: f32| Rect::from_min_size(pos2(left, top), vec2(half, 400.0));
        Self {
            controls,
            main,
            beside,
            charts: None,
            map: Some(side(canvas.left())),
            classes: Some(side(canvas.left() + half + GAP)),
            notations: None,
            sheet: None,
            height: top + 400.0 - canvas.top(),
        }
    }

    /// The bits with their formula, and the second format in one line.
    fn presentation(canvas: Rect) -> Self {
        let row = |top: f32, height: f32| Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
        let controls = row(canvas.top(), controls::LOW);
        let beside_height = 90.0;
        let main_height = (canvas.height() - controls::LOW - beside_height - 2.0 * GAP).clamp(206.0, MAIN + 60.0);
        let main = row(controls.bottom() + GAP, main_height);
        let beside = row(main.bottom() + GAP, beside_height);
        let height = beside.bottom() - canvas.top();
        Self { controls, main, beside, charts: None, map: None, classes: None, notations: None, sheet: None, height }
    }
}

/// A column cut in two at that height of its upper part.
fn stacked(column: Rect, height: f32) -> [Rect; 2] {
    let split = column.top() + height;
    [
        Rect::from_min_max(column.min, pos2(column.right(), split)),
        Rect::from_min_max(pos2(column.left(), split + GAP), column.max),
    ]
}
