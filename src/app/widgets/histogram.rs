//! The honest histogram: weights in bars, levels as stems at their exact value and count, the code strip under the axis.

use egui::{Align2, CursorIcon, Key, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::figure;
use super::plot::{self, PlotLook};
use crate::app::theme::{self, Tokens};
use crate::app::view::axis::{Axis, Spacing};
use crate::app::view::format;
use crate::app::view::histogram::{CodeCell, HistogramView, Window};
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
    /// The central part and all of it, for a revision.
    defaults: Option<(u64, [Window; 2])>,
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

impl Histogram<'_> {
    /// Room for the labels of the counts: no count is longer than that of all weights.
    fn left(&self, ui: &Ui) -> f32 {
        let longest = format::count(10_u64.pow(self.summary.moments.count.max(1).ilog10()));
        let font = self.look.caption.clone();
        (ui.painter().layout_no_wrap(longest, font, egui::Color32::PLACEHOLDER).size().x + 10.0).max(LEFT)
    }

    /// Draws the histogram into the space that is left, and answers to the pointer and the keys.
    pub fn show(self, ui: &mut Ui, state: &mut HistogramState) -> HistogramResponse {
        let tokens = theme::tokens(ui.ctx());
        let recording = figure::record(ui);
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        if state.tensor != Some(self.tensor) {
            *state = HistogramState { tensor: Some(self.tensor), ..HistogramState::default() };
        }
        let legend_height = self.look.caption.size + 11.0;
        let foot = STRIP + self.look.caption.size + 12.0;
        let plot = Rect::from_min_max(rect.min + vec2(self.left(ui), legend_height), rect.max - vec2(2.0, foot));
        if plot.width() < 40.0 || plot.height() < 30.0 {
            return HistogramResponse { response, hovered_level: None };
        }

        self.navigate(ui, &response, plot, state);
        let window = self.window(state);
        let key = (self.tensor, self.revision, window, plot.width());
        if state.drawn.as_ref().is_none_or(|(drawn, _)| *drawn != key) {
            state.drawn = Some((key, self.compute(window, plot.width())));
        }
        let Some((_, drawn)) = &state.drawn else { return HistogramResponse { response, hovered_level: None } };

        let x = Axis::linear(window.low, window.high, plot.left(), plot.right());
        let y = Axis::counts(drawn.view.most, self.spacing, plot.bottom(), plot.top());
        let hovered =
            response.hover_pos().filter(|at| plot.expand2(vec2(0.0, foot)).contains(*at) && !response.dragged());
        let hovered_level = hovered.and_then(|at| self.level_at(x.value(at.x)));
        let canvas = Canvas { ui, plot, x, y, look: &self.look, tokens };
        canvas.axes();
        self.clip_region(&canvas, drawn);
        canvas.bars(&drawn.view);
        canvas.boundaries(&drawn.view);
        canvas.stems(&drawn.view, hovered_level);
        canvas.strip(&drawn.view, self.levels.codes.len(), self.code_offset, hovered_level);
        canvas.legend(&drawn.view, rect.left_top() + vec2(0.0, legend_height / 2.0 - 3.5));

        plot::describe(&response, || drawn.view.summary());
        plot::take_focus(ui, &response);
        figure::menu(ui, &response, recording, rect, "Histogram", || drawn.view.table(self.levels, self.code_offset));
        let response = match hovered {
            Some(at) => self.readout(response, &drawn.view, x.value(at.x), hovered_level),
            None => response,
        };
        if outside_button(ui, plot, drawn.view.outside, state.show_all, state.window.is_some(), &self.look) {
            state.show_all = drawn.view.outside > 0;
            state.window = None;
            ui.ctx().request_repaint();
        }
        HistogramResponse { response, hovered_level }
    }

    fn window(&self, state: &mut HistogramState) -> Window {
        let defaults = match state.defaults {
            Some((revision, windows)) if revision == self.revision => windows,
            _ => [Window::central(self.summary, self.levels), Window::all(self.summary, self.levels)],
        };
        state.defaults = Some((self.revision, defaults));
        state.window.unwrap_or(defaults[usize::from(state.show_all)])
    }

    fn compute(&self, window: Window, points: f32) -> Drawn {
        let view = HistogramView::new(self.summary, self.levels, window, points);
        let clipped = self.clip.map(|clip| crate::app::view::histogram::clipped(self.summary, clip));
        Drawn { view, clipped }
    }

    /// Scroll zooms about the pointer, drag pans, double click resets; with the keys, arrows and plus and minus do the same.
    fn navigate(&self, ui: &Ui, response: &Response, plot: Rect, state: &mut HistogramState) {
        if response.double_clicked() {
            state.reset();
            return;
        }
        let window = self.window(state);
        let per_point = window.width() / f64::from(plot.width());
        if response.dragged() && response.drag_delta().x != 0.0 {
            state.window = Some(window.moved(-f64::from(response.drag_delta().x) * per_point));
        }
        if let Some(at) = response.hover_pos() {
            // The wheel is taken here, so that a page that scrolls stays where it is.
            let (scroll, pinch) = ui.input_mut(|input| {
                let scroll = std::mem::replace(&mut input.smooth_scroll_delta, Vec2::ZERO);
                (scroll.y, input.zoom_delta())
            });
            let factor = (-scroll / 300.0).exp() / pinch;
            if factor != 1.0 {
                let center = window.low + f64::from(at.x - plot.left()) * per_point;
                state.window = Some(window.zoomed(center, f64::from(factor)));
            }
        }
        if response.has_focus() {
            let middle = f64::midpoint(window.low, window.high);
            let pressed = |key| ui.input(|input| input.key_pressed(key));
            let steps: [(Key, Window); 4] = [
                (Key::ArrowLeft, window.moved(-window.width() / 10.0)),
                (Key::ArrowRight, window.moved(window.width() / 10.0)),
                (Key::Plus, window.zoomed(middle, 0.8)),
                (Key::Minus, window.zoomed(middle, 1.25)),
            ];
            if let Some((_, window)) = steps.into_iter().find(|(key, _)| pressed(*key)) {
                state.window = Some(window);
            }
            if pressed(Key::Home) {
                state.reset();
            }
        }
        if response.dragged() {
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        }
    }

    fn level_at(&self, value: f64) -> Option<usize> {
        let level = self.levels.boundaries.partition_point(|boundary| f64::from(*boundary) <= value);
        (level < self.levels.values.len()).then_some(level)
    }

    /// What lies beyond the range of the codes, with its count.
    fn clip_region(&self, canvas: &Canvas<'_>, drawn: &Drawn) {
        let (Some((low, high)), Some([below, above])) = (self.clip, drawn.clipped) else { return };
        let (plot, x) = (canvas.plot, canvas.x);
        let edge = |value: f64| x.pixel(value).map(|at| at.clamp(plot.left(), plot.right()));
        let (Some(low), Some(high)) = (edge(low), edge(high)) else { return };
        for (left, right, count) in [(plot.left(), low, below), (high, plot.right(), above)] {
            if count == 0 || right - left < 0.5 {
                continue;
            }
            let region = Rect::from_x_y_ranges(left..=right, plot.y_range());
            let painter = canvas.ui.painter();
            painter.rect_filled(region, 0.0, canvas.tokens.warn_soft);
            let text = format!("{} clipped", format::count(count));
            let galley = painter.layout_no_wrap(text, self.look.caption.clone(), canvas.tokens.warn);
            let left = (region.center().x - galley.size().x / 2.0).clamp(plot.left(), plot.right() - galley.size().x);
            painter.galley(pos2(left, plot.top() + 18.0), galley, canvas.tokens.warn);
        }
    }

    /// Level, code, count and interval under the pointer, exactly.
    fn readout(&self, response: Response, view: &HistogramView, value: f64, level: Option<usize>) -> Response {
        response.on_hover_ui_at_pointer(|ui| {
            ui.set_max_width(360.0);
            let line = |ui: &mut Ui, text: String, strong: bool| {
                let font = if strong { self.look.strong.clone() } else { self.look.caption.clone() };
                ui.label(egui::RichText::new(text).font(font));
            };
            if let Some(level) = level {
                line(ui, level_words(self.levels, level, self.code_offset), true);
                line(ui, interval_words(self.levels, level), false);
            }
            if let Some(bar) = view.bar_at(value) {
                let decimals = ticks::decimals(view.bar_width);
                let [low, high] = [bar.low, bar.high].map(|edge| format::fixed(edge, decimals));
                line(ui, format!("{} weights in {low} … {high}", format::count(bar.count)), false);
            }
        })
    }
}

fn level_words(levels: &Levels, level: usize, code_offset: i32) -> String {
    let code = format::fixed(f64::from(i32::from(levels.codes[level]) + code_offset), 0);
    let value = format::significant(levels.values[level].into(), 6);
    let count = levels.counts[level];
    let count = if count == 0 { "unused".to_owned() } else { format!("{} weights", format::count(count)) };
    format!("level {value}, code {code}, {count}")
}

fn interval_words(levels: &Levels, level: usize) -> String {
    let end = |boundary: Option<&f32>, infinite: &str| {
        boundary.map_or_else(|| infinite.to_owned(), |value| format::significant((*value).into(), 4))
    };
    let low = end(level.checked_sub(1).and_then(|below| levels.boundaries.get(below)), "−∞");
    format!("takes {low} … {}", end(levels.boundaries.get(level), "∞"))
}

/// "65 outside", which shows all when it is clicked, and the way back.
fn outside_button(ui: &Ui, plot: Rect, outside: u64, all: bool, moved: bool, look: &PlotLook) -> bool {
    let text = match (outside, all || moved) {
        (0, false) => return false,
        (0, true) => "Reset view".to_owned(),
        (outside, _) => format!("{} outside", format::count(outside)),
    };
    let tokens = theme::tokens(ui.ctx());
    let painter = ui.painter();
    let galley = painter.layout_no_wrap(text.clone(), look.caption.clone(), tokens.muted);
    let place = Rect::from_min_size(pos2(plot.right() - galley.size().x - 4.0, plot.top()), galley.size());
    let response = ui.interact(place.expand(5.0), ui.scope_id().with("outside"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, text.clone()));
    painter.rect_filled(place.expand2(vec2(3.0, 0.0)), theme::RADIUS_BAR, tokens.card);
    let color = if response.hovered() { tokens.text } else { tokens.muted };
    painter.galley_with_override_text_color(place.min, galley, color);
    if response.hovered() {
        painter.hline(place.x_range(), place.bottom(), (theme::HAIRLINE, color));
    }
    theme::focus_ring(ui, &response, place);
    let hint = if outside > 0 { "Fit all weights and levels" } else { "Back to the central part" };
    response.on_hover_text(hint).on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// Where and how one histogram is drawn.
struct Canvas<'a> {
    ui: &'a Ui,
    plot: Rect,
    x: Axis,
    y: Axis,
    look: &'a PlotLook,
    tokens: &'a Tokens,
}

impl Canvas<'_> {
    fn axes(&self) {
        let painter = self.ui.painter();
        let counts = ticks::fitting(&self.y, self.look.caption.size * 1.5);
        plot::y_axis(painter, self.plot, &self.y, &counts, self.look, self.tokens);
        let values = ticks::linear(self.x.low, self.x.high, (self.plot.width() / 54.0).clamp(2.0, 12.0) as usize);
        plot::x_labels(painter, self.plot.bottom() + STRIP + 8.0, &self.x, &values, self.look, self.tokens);
    }

    fn bars(&self, view: &HistogramView) {
        let painter = self.ui.painter().with_clip_rect(self.plot.expand(1.0));
        let base = self.plot.bottom();
        let edge = |value: f64| painter.round_to_pixel_center(self.x.pixel(value).unwrap_or(base));
        let top = |count: u64| self.y.pixel(count as f64).unwrap_or(base).min(base);
        let tops: Vec<[f32; 3]> = view.bars.iter().map(|bar| [edge(bar.low), edge(bar.high), top(bar.count)]).collect();
        let outline = Stroke::new(theme::HAIRLINE * self.look.line, self.tokens.real);
        plot::steps(&painter, &tops, base, self.tokens.real_soft, outline);
        self.ui.painter().hline(self.plot.x_range(), base, (theme::AXIS, self.tokens.axis));
    }

    fn boundaries(&self, view: &HistogramView) {
        if self.are_boundaries_dense(view) {
            return;
        }
        let stroke = Stroke::new(theme::BOUNDARY_LINE * self.look.line, self.tokens.axis);
        for x in view.boundaries.iter().filter_map(|value| self.x.pixel(*value)) {
            plot::dashed_vertical(
                self.ui.painter(),
                x,
                self.plot.top(),
                self.plot.bottom(),
                stroke,
                theme::BOUNDARY_DASH,
            );
        }
    }

    fn are_boundaries_dense(&self, view: &HistogramView) -> bool {
        self.plot.width() < view.boundaries.len() as f32 * LEAST_BOUNDARY_GAP
    }

    fn stems(&self, view: &HistogramView, hovered: Option<usize>) {
        // A dot on the outermost level must not be cut in half.
        let painter = self.ui.painter().with_clip_rect(self.plot.expand(7.0));
        let room = self.plot.width() / view.stems.len().max(1) as f32;
        let width = (room * 0.4).clamp(1.0, theme::STEM * self.look.line);
        let radius = (room * 0.35).clamp(1.6, 4.5 * self.look.line);
        for stem in &view.stems {
            let Some(x) = self.x.pixel(stem.value.into()) else { continue };
            let is_hovered = hovered == Some(stem.index);
            let radius = if is_hovered { radius.max(3.0) + 1.5 } else { radius };
            match self.y.pixel(stem.count as f64).filter(|_| stem.count > 0) {
                Some(top) => {
                    painter.vline(x, top..=self.plot.bottom(), (width, self.tokens.accent));
                    let ring = Stroke::new(if radius > 2.5 { 1.0 } else { 0.0 }, self.tokens.card);
                    painter.circle(pos2(x, top), radius, self.tokens.accent, ring);
                }
                // Unused: a hollow dot on the axis.
                None => {
                    let stroke = Stroke::new((radius * 0.4).clamp(0.8, 1.6), self.tokens.accent);
                    painter.circle(pos2(x, self.plot.bottom()), radius * 0.85, self.tokens.card, stroke);
                }
            }
        }
    }

    /// One cell for each decision interval, with its code where that fits.
    fn strip(&self, view: &HistogramView, levels: usize, code_offset: i32, hovered: Option<usize>) {
        if view.cells.is_empty() {
            return;
        }
        let painter = self.ui.painter();
        let top = self.plot.bottom() + 4.0;
        // Twelve points at a desk: two digits fit where a cell is as wide as the strip is high.
        let font = theme::cell((self.look.caption.size * 0.96).min(14.0));
        // On whole pixels: the seams between narrow cells would show as stripes.
        let snap = |at: f32| (at * painter.pixels_per_point()).round() / painter.pixels_per_point();
        let place = |cell: &CodeCell| {
            let (left, right) = (snap(self.x.pixel(cell.low)?), snap(self.x.pixel(cell.high)?));
            let gap = if right - left > 4.0 { 1.0 } else { 0.0 };
            Some(Rect::from_min_max(pos2(left, top), pos2(right - gap, top + STRIP)))
        };
        let text = |cell: &CodeCell| (i32::from(cell.code) + code_offset).to_string().replace('-', "\u{2212}");
        let fits = |cell: &CodeCell| {
            let needed = font.size * 0.6 * text(cell).chars().count() as f32 - 0.5;
            place(cell).is_some_and(|place| place.width() >= needed)
        };
        // A single number at the end of an empty strip would say nothing.
        let numbered = view.cells.iter().filter(|cell| fits(cell)).count() * 2 > view.cells.len();
        for cell in &view.cells {
            let Some(place) = place(cell) else { continue };
            let pair = self.tokens.level(cell.index, levels);
            painter.rect_filled(place, 0.0, pair.fill);
            if numbered && fits(cell) {
                painter.text(place.center(), Align2::CENTER_CENTER, text(cell), font.clone(), pair.text);
            }
            if hovered == Some(cell.index) {
                painter.rect_stroke(place, 0.0, (2.0, self.tokens.text), egui::StrokeKind::Inside);
            }
        }
        let label = pos2(self.plot.left() - 8.0, top + STRIP / 2.0);
        painter.text(label, Align2::RIGHT_CENTER, "code", self.look.caption.clone(), self.tokens.muted);
    }

    fn legend(&self, view: &HistogramView, start: egui::Pos2) {
        let (painter, tokens) = (self.ui.painter().with_clip_rect(self.ui.clip_rect()), self.tokens);
        let mut left = start;
        // An entry that does not fit is left out whole: half a word explains nothing.
        let add = |left: &mut egui::Pos2, icon: &dyn Fn(egui::Pos2), width: f32, text: &str| {
            let galley = painter.layout_no_wrap(text.to_owned(), self.look.caption.clone(), tokens.muted);
            let start = left.x + width + 6.0;
            if start + galley.size().x <= self.plot.right() + 2.0 {
                icon(*left);
                left.x = start + galley.size().x + 16.0;
                painter.galley(pos2(start, left.y - galley.size().y / 2.0), galley, tokens.muted);
            }
        };
        let swatch = |at: egui::Pos2| {
            let rect = Rect::from_center_size(at + vec2(5.5, 0.0), vec2(11.0, 9.0));
            painter.rect(rect, 0.0, tokens.real_soft, (theme::HAIRLINE, tokens.real), egui::StrokeKind::Inside);
        };
        add(&mut left, &swatch, 11.0, &format!("weights per {}", format::significant(view.bar_width, 3)));
        if view.levels == 0 {
            return;
        }
        let stem = |at: egui::Pos2| {
            painter.vline(at.x + 4.0, at.y - 3.0..=at.y + 6.0, (theme::STEM, tokens.accent));
            painter.circle_filled(at + vec2(4.0, -3.0), 3.5, tokens.accent);
        };
        let stems = view.thinned().unwrap_or_else(|| "weights on each level".to_owned());
        add(&mut left, &stem, 8.0, &stems);
        if view.unused > 0 {
            let hollow = |at: egui::Pos2| {
                painter.circle(at + vec2(4.0, 0.0), 3.6, tokens.card, Stroke::new(1.6, tokens.accent));
            };
            add(&mut left, &hollow, 8.0, &format!("{} unused", format::count(view.unused as u64)));
        }
        if !view.boundaries.is_empty() && !self.are_boundaries_dense(view) {
            let dashes = |at: egui::Pos2| {
                let path = [at, at + vec2(16.0, 0.0)];
                painter.extend(Shape::dashed_line(&path, Stroke::new(theme::BOUNDARY_LINE, tokens.axis), 4.0, 3.0));
            };
            add(&mut left, &dashes, 16.0, "decision boundary");
        }
    }
}
