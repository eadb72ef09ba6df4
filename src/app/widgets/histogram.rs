//! The honest histogram: weights in bars, levels as stems at their exact value and count, the code strip under the axis.

use egui::{Align2, CursorIcon, Key, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::plot::{self, PlotLook};
use crate::app::theme::{self, Tokens, colormap};
use crate::app::view::axis::{Axis, LOG_FLOOR, Spacing};
use crate::app::view::format;
use crate::app::view::histogram::{HistogramView, Window};
use crate::app::view::ticks;
use crate::engine::quantize::Levels;
use crate::engine::tensor::Summary;

/// Height of the code strip.
const STRIP: f32 = 16.0;
/// Room for the labels of the counts.
const LEFT: f32 = 52.0;
/// Boundaries closer than this would be a grey area; the strip shows them well enough.
const LEAST_BOUNDARY_GAP: f32 = 5.0;

/// What a histogram is drawn of.
pub struct Histogram<'a> {
    /// Bins and moments of the tensor.
    pub summary: &'a Summary,
    /// The levels and their counts; empty ones while there is no fit.
    pub levels: &'a Levels,
    /// Identifies the tensor: another one resets the view.
    pub tensor: u64,
    /// Identifies levels and counts: another one draws anew and keeps the view.
    pub revision: u64,
    /// Linear or logarithmic counts.
    pub spacing: Spacing,
    /// Added to a code where it is shown: `code_min` of a linear scheme, else 0.
    pub code_offset: i32,
    /// The range beyond which the scheme clips, where it does.
    pub clip: Option<(f64, f64)>,
    /// Sizes.
    pub look: PlotLook,
}

/// What the eye has chosen, and what was drawn last.
#[derive(Default)]
pub struct HistogramState {
    tensor: Option<u64>,
    window: Option<Window>,
    show_all: bool,
    drawn: Option<(DrawnKey, Drawn)>,
}

/// What a drawing depends on.
type DrawnKey = (u64, u64, Window, f32);

struct Drawn {
    view: HistogramView,
    clipped: Option<[u64; 2]>,
}

/// What happened to a histogram.
pub struct HistogramResponse {
    /// Of the whole plot.
    pub response: Response,
    /// The level whose decision interval is under the pointer, as its index among the levels.
    pub hovered_level: Option<usize>,
}

impl HistogramState {
    /// Shows the central part again.
    pub fn reset(&mut self) {
        self.window = None;
        self.show_all = false;
    }

    /// The part of the number line in view, where the user has chosen one.
    pub fn window(&self) -> Option<Window> {
        self.window
    }
}
