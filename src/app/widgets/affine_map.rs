//! r = S(q − Z) as two parallel axes: weights above, codes below, a line from every code to the value that it stands for.

mod paint;

use egui::accesskit::{Action, ActionData};
use egui::{Key, Rect, Response, Sense, Ui, WidgetInfo, pos2};

use super::figure;
use super::focus::{lock_arrows, steps};
use super::plot::{self, PlotLook};
use crate::app::theme;
use crate::app::view::affine::AffineMap;
use crate::app::view::ticks;

/// What lies on the axis of r.
pub enum OnAxis<'a> {
    /// Every weight as a dot.
    Dots(&'a [f32]),
    /// Counts of evenly wide bars over the axis of the map.
    Bars(&'a [u64]),
}

/// The picture's data.
pub struct AffineMapView<'a> {
    /// Both axes.
    pub map: &'a AffineMap,
    /// The weights.
    pub weights: OnAxis<'a>,
    /// Weights beyond the range, below and above.
    pub clipped: [u64; 2],
    /// The weight that is inspected, with its value.
    pub selected: Option<f32>,
    /// A weight that can be dragged outward.
    pub outlier: Option<f32>,
    /// Where the keys have put the cursor on r.
    pub cursor: Option<f32>,
    /// Weights on each code from q_min: codes without any are hollow.
    pub counts: Option<&'a [u64]>,
    /// A code of the width that the range leaves out, below q_min: drawn crossed out.
    pub left_out: Option<i32>,
    /// Whether the picture is one of several: lower, without bits and without handles.
    pub compact: bool,
    /// Sizes.
    pub look: PlotLook,
}

/// What can be dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handle {
    /// The lower end of the range.
    Low,
    /// The upper end.
    High,
    /// The outlier.
    Outlier,
}

/// What happened.
pub struct MapResponse {
    /// Of the whole picture.
    pub response: Response,
    /// Each handle, and where it was dragged or stepped to.
    pub handles: Vec<(Handle, Option<f32>, Response)>,
    /// The cursor on r after keys and clicks.
    pub cursor: Option<f32>,
}

/// Height of the strip of regions under the axis of r.
const STRIP: f32 = 8.0;

/// Room that a code with its line and its number takes; of denser codes, every 2ⁿ-th has one.
const LABEL: f32 = 46.0;

/// Places in pixels.
struct Places {
    rect: Rect,
    /// Left and right end of the axis of r, and its height.
    left: f32,
    right: f32,
    r: f32,
    /// Place of the first code, distance of two codes, height of the axis of q.
    first: f32,
    step: f32,
    q: f32,
}

impl Places {
    fn new(rect: Rect, map: &AffineMap, look: &PlotLook, compact: bool, left_out: bool) -> Self {
        let letter = if compact { 26.0 } else { 40.0 };
        let (left, right) = (rect.left() + letter, rect.right() - 14.0);
        // Below the axis of q stand code, binary code and the word Z.
        let foot = 2.0 * (look.caption.size + 6.0) + 10.0;
        let q = if compact { rect.bottom() - look.caption.size - 16.0 } else { rect.bottom() - foot };
        let head = look.strong.size + 44.0;
        let r = (rect.top() + head + (q - rect.top() - head) * 0.18).min(q - 60.0);
        let r = if compact { (rect.top() + 40.0).min(q - 44.0) } else { r };
        let room = (right - left) * 0.74;
        // A code that is left out has its place before the first.
        let places = map.codes + usize::from(left_out);
        let step = (room / (places.max(2) - 1) as f32).min(110.0);
        let width = step * (places - 1) as f32;
        let first = (left + right - width) / 2.0 + if left_out { step } else { 0.0 };
        Self { rect, left, right, r, first, step, q }
    }

    fn x(&self, map: &AffineMap, value: f64) -> f32 {
        let share = map.share(value).clamp(-10.0, 11.0);
        self.left + share * (self.right - self.left)
    }

    fn value(&self, map: &AffineMap, x: f32) -> f64 {
        let share = f64::from((x - self.left) / (self.right - self.left));
        map.axis[0] + share * (map.axis[1] - map.axis[0])
    }

    fn code_x(&self, rank: usize) -> f32 {
        self.first + self.step * rank as f32
    }
}

impl AffineMapView<'_> {
    /// Draws the map over all available room.
    pub fn show(self, ui: &mut Ui) -> MapResponse {
        let rect = ui.available_rect_before_wrap();
        ui.advance_cursor_after_rect(rect);
        let tokens = theme::tokens(ui.ctx());
        let places = Places::new(rect, self.map, &self.look, self.compact, self.left_out.is_some());
        let recording = figure::record(ui);
        let response = ui.interact(rect, ui.scope_id().with("affine map"), Sense::click());
        plot::describe(&response, || self.map.summary());
        let handles = self.handles_ui(ui, &places);
        let cursor = self.move_cursor(ui, &response, &places);

        self.paint_range(ui, &places, tokens);
        self.paint_lines(ui, &places, tokens);
        self.paint_weights(ui, &places, tokens);
        self.paint_codes(ui, &places, tokens);
        for (handle, _, response) in &handles {
            self.paint_handle(ui, &places, *handle, response, tokens);
        }
        figure::menu(ui, &response, recording, rect, "Affine map", || self.map.table(self.counts));
        let pointed = response.hover_pos().filter(|at| (places.left..=places.right).contains(&at.x));
        let pointed = pointed.filter(|at| at.y < places.q - 20.0).map(|at| self.snap(&places, at.x));
        if let Some(value) = pointed.or(cursor) {
            self.paint_cursor(ui, &places, value, tokens);
        } else if let Some(value) = self.selected {
            self.paint_selected(ui, &places, value, tokens);
        }
        MapResponse { response, handles, cursor }
    }

    /// A round step of the axis, so that a dragged end has a short number.
    fn round_step(&self) -> f64 {
        ticks::nice_step((self.map.axis[1] - self.map.axis[0]) / 400.0)
    }

    fn snap(&self, places: &Places, x: f32) -> f32 {
        let value = places.value(self.map, x);
        // Zero is the value that everybody wants to point at.
        if (x - places.x(self.map, 0.0)).abs() < 5.0 {
            return 0.0;
        }
        self.rounded(value)
    }

    /// The value at the nearest round step.
    fn rounded(&self, value: f64) -> f32 {
        let step = self.round_step();
        let decimals = ticks::decimals(step) as i32;
        // Through decimals, so that 213 steps of 0.01 are 2.13 and not its neighbour.
        let power = 10_f64.powi(decimals);
        ((((value / step).round() * step) * power).round() / power) as f32
    }

    fn end(&self, handle: Handle) -> f32 {
        match handle {
            Handle::Low => self.map.derivation.r_min as f32,
            Handle::High => self.map.derivation.r_max as f32,
            Handle::Outlier => self.outlier.unwrap_or(0.0),
        }
    }

    fn handles_ui(&self, ui: &Ui, places: &Places) -> Vec<(Handle, Option<f32>, Response)> {
        let mut shown = vec![Handle::Low, Handle::High];
        if self.compact {
            shown.clear();
        } else if self.outlier.is_some() {
            shown.push(Handle::Outlier);
        }
        shown.into_iter().map(|handle| self.handle_ui(ui, places, handle)).collect()
    }

    fn handle_ui(&self, ui: &Ui, places: &Places, handle: Handle) -> (Handle, Option<f32>, Response) {
        let (name, height) = match handle {
            Handle::Low => ("Drag r_min", (26.0, 12.0)),
            Handle::High => ("Drag r_max", (26.0, 12.0)),
            Handle::Outlier => ("Drag the outlier", (22.0, 2.0)),
        };
        let now = self.end(handle);
        let x = places.x(self.map, f64::from(now));
        let hit = Rect::from_min_max(pos2(x - 12.0, places.r - height.0), pos2(x + 12.0, places.r + height.1));
        let response = ui.interact(hit, ui.scope_id().with(name), Sense::drag());
        let step = self.round_step();
        let mut to = None;
        if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
            to = Some(self.rounded(places.value(self.map, pointer.x)));
        }
        if response.drag_started() {
            response.request_focus();
        }
        if response.has_focus() {
            lock_arrows(ui, &response, true, false);
            let coarse = if ui.input(|input| input.modifiers.shift) { 10.0 } else { 1.0 };
            let pressed = steps(ui, Key::ArrowLeft, Key::ArrowRight);
            if pressed != 0 {
                to = Some(self.rounded(f64::from(now) + f64::from(pressed) * step * coarse));
            }
        }
        ui.input(|input| {
            for request in input.accesskit_action_requests(response.id, Action::SetValue) {
                if let Some(ActionData::NumericValue(value)) = request.data {
                    to = Some(value as f32);
                }
            }
        });
        response.widget_info(|| WidgetInfo::slider(true, f64::from(now), name));
        ui.accesskit_node_builder(response.id, |node| {
            node.set_numeric_value(f64::from(now));
            node.add_action(Action::SetValue);
        });
        let to = to.filter(|to| to.is_finite() && *to != now);
        let response = response.on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
        (handle, to, response)
    }

    fn move_cursor(&self, ui: &Ui, response: &Response, places: &Places) -> Option<f32> {
        let mut cursor = self.cursor;
        if response.clicked()
            && let Some(at) = response.interact_pointer_pos()
        {
            cursor = Some(self.snap(places, at.x));
        }
        if plot::take_focus(ui, response) {
            let step = self.round_step() * if ui.input(|input| input.modifiers.shift) { 10.0 } else { 1.0 };
            let pressed = steps(ui, Key::ArrowLeft, Key::ArrowRight);
            if pressed != 0 {
                let from = f64::from(cursor.unwrap_or(0.0)) + f64::from(pressed) * step;
                cursor = Some(self.rounded(from).clamp(self.map.axis[0] as f32, self.map.axis[1] as f32));
            }
            if ui.input(|input| input.key_pressed(Key::Home)) {
                cursor = Some(0.0);
            }
        }
        cursor
    }
}
