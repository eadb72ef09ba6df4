//! A number line: weights as dots or bars, the region of every centroid as a strip under the axis, centroids as diamonds to drag.

use egui::accesskit::Action;
use egui::{Color32, Id, Key, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::figure;
use super::focus::{lock_arrows, steps};
use super::plot::{self, PlotLook};
use crate::app::theme::{self, Tokens};
use crate::app::view::axis::Axis;
use crate::app::view::figure::{Cell, Table};
use crate::app::view::histogram::Bar;
use crate::app::view::{number_line as view, ticks};

/// More centroids than this are drawn as stems without handles.
pub const MOST_HANDLES: usize = 16;

/// More centroids than this are ticks on the axis, this high.
const MOST_STEMS: usize = 256;
const TICK: f32 = 12.0;

/// Radius of a weight's dot.
const DOT: f32 = 5.0;
/// Half the diagonal of a diamond.
const DIAMOND: f32 = 10.0;
/// Height of the strip of regions.
const STRIP: f32 = 6.0;

/// What lies on the line.
pub enum Weights<'a> {
    /// Every weight, with the rank of its centroid once it has chosen one.
    Dots(&'a [(f64, Option<usize>)]),
    /// How many weights lie where.
    Bars(&'a [Bar]),
}

/// A centroid.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Where it is.
    pub value: f64,
    /// Where it started, if it moved.
    pub start: Option<f64>,
    /// Its value as text.
    pub label: String,
    /// Whether it can be moved.
    pub movable: bool,
}

/// A number line that is being described.
pub struct NumberLine<'a> {
    /// Both ends.
    pub window: (f64, f64),
    /// The weights.
    pub weights: Weights<'a>,
    /// The centroids, ascending.
    pub centroids: &'a [Place],
    /// The weight that is selected or hovered elsewhere.
    pub linked: Option<usize>,
    /// Whether weights can be moved.
    pub editable: bool,
    /// Room under the axis for what the caller draws there.
    pub below: f32,
    /// Sizes.
    pub look: PlotLook,
}

/// What was moved, and to where.
pub struct Moved {
    /// Its index.
    pub index: usize,
    /// The new value.
    pub value: f64,
}

/// What happened to a number line.
pub struct LineResponse {
    /// A centroid that was moved.
    pub centroid: Option<Moved>,
    /// A weight that was moved.
    pub weight: Option<Moved>,
    /// What is being dragged: it tells which undo step a move belongs to.
    pub dragged: Option<Response>,
    /// The weight under the pointer.
    pub hovered: Option<usize>,
    /// The weight that was clicked.
    pub selected: Option<usize>,
    /// The horizontal axis.
    axis: Axis,
}

impl NumberLine<'_> {
    /// Draws the line over the available space.
    pub fn show(self, ui: &mut Ui) -> LineResponse {
        self.show_over(ui, |_, _, _| ())
    }

    /// The same with what `below` draws into the room under the axis, which belongs to the picture.
    pub fn show_over(self, ui: &mut Ui, below: impl FnOnce(&Ui, &Axis, Rect)) -> LineResponse {
        let tokens = theme::tokens(ui.ctx());
        let recording = figure::record(ui);
        let (rect, whole) = ui.allocate_exact_size(ui.available_size(), Sense::CLICK);
        plot::describe(&whole, || self.summary());
        let line = self.look.caption.size + 6.0;
        let axis_y = rect.bottom() - self.below - line - STRIP - 6.0;
        let axis = Axis::linear(self.window.0, self.window.1, rect.left() + 12.0, rect.right() - 12.0);
        let diamonds_y = rect.top() + 22.0 + DIAMOND;
        let room = Rect::from_min_max(pos2(rect.left(), diamonds_y + DIAMOND + 4.0), pos2(rect.right(), axis_y));
        self.paint_axis(ui, rect, &axis, axis_y, tokens);
        let dots = match self.weights {
            Weights::Dots(dots) => self.paint_dots(ui, dots, &axis, room, tokens),
            Weights::Bars(bars) => {
                paint_bars(ui.painter(), bars, &axis, room, tokens);
                Vec::new()
            }
        };
        self.paint_centroids(ui, &axis, diamonds_y, axis_y, tokens);
        below(ui, &axis, Rect::from_min_max(pos2(rect.left(), rect.bottom() - self.below), rect.max));
        figure::menu(ui, &whole, recording, rect, "Number line", || self.table());

        let mut moved =
            LineResponse { centroid: None, weight: None, dragged: None, hovered: None, selected: None, axis };
        self.take_weights(ui, &dots, &mut moved);
        if self.centroids.len() <= MOST_HANDLES {
            for index in 0..self.centroids.len() {
                self.take_centroid(ui, index, diamonds_y, &mut moved);
            }
        }
        moved
    }

    fn paint_axis(&self, ui: &Ui, rect: Rect, axis: &Axis, y: f32, tokens: &Tokens) {
        let painter = ui.painter();
        let most = ((rect.width() / 60.0) as usize).clamp(2, 12);
        let marks = ticks::linear(self.window.0, self.window.1, most);
        for value in &marks.values {
            if let Some(x) = axis.pixel(*value) {
                painter.vline(x, y - 4.0..=y, (theme::AXIS, tokens.axis));
            }
        }
        painter.hline(rect.x_range().shrink(4.0), y, (1.5, tokens.axis));
        let values: Vec<f64> = self.centroids.iter().map(|centroid| centroid.value).collect();
        let halves: Vec<f32> =
            values.windows(2).filter_map(|pair| axis.pixel(f64::midpoint(pair[0], pair[1]))).collect();
        let mut left = rect.left() + 4.0;
        let ends = halves.iter().copied().chain(std::iter::once(rect.right() - 4.0));
        for (rank, right) in ends.enumerate().take(values.len()) {
            let right = right.clamp(left, rect.right() - 4.0);
            let strip = Rect::from_min_max(pos2(left, y + 2.0), pos2(right, y + 2.0 + STRIP));
            painter.rect_filled(strip, 0.0, tokens.level(rank, values.len()).fill);
            left = right;
        }
        if values.len() <= MOST_HANDLES {
            let stroke = Stroke::new(theme::BOUNDARY_LINE * self.look.line, tokens.axis);
            for x in halves {
                plot::dashed_vertical(painter, x, rect.top() + 20.0, y + 2.0 + STRIP, stroke, theme::BOUNDARY_DASH);
            }
        }
        plot::x_labels(painter, y + STRIP + 6.0, axis, &marks, &self.look, tokens);
    }

    /// Draws the dots and says where they are.
    fn paint_dots(
        &self,
        ui: &Ui,
        dots: &[(f64, Option<usize>)],
        axis: &Axis,
        room: Rect,
        tokens: &Tokens,
    ) -> Vec<Option<Pos2>> {
        let painter = ui.painter();
        let places: Vec<f32> = dots.iter().map(|(value, _)| axis.pixel(*value).unwrap_or(f32::NAN)).collect();
        // Where there is much room, the dots are larger.
        let radius = DOT * self.look.line * (room.height() / 120.0).clamp(1.0, 1.7);
        let heights = view::stack(&places, 2.0 * radius);
        let most = heights.iter().copied().max().unwrap_or(0);
        // Stacks shrink together where they would grow into the diamonds.
        let step = ((room.height() - 2.0 * radius) / most.max(1) as f32).min(2.0 * radius + 2.0);
        let mut centers = Vec::with_capacity(dots.len());
        for ((&x, &height), (_, owner)) in places.iter().zip(&heights).zip(dots) {
            let center = pos2(x, room.bottom() - radius - 3.0 - height as f32 * step);
            centers.push(x.is_finite().then_some(center));
            if !x.is_finite() {
                continue;
            }
            match owner {
                Some(rank) => {
                    let fill = tokens.level(*rank, self.centroids.len()).fill;
                    painter.circle(center, radius, fill, Stroke::new(theme::MARKER_RING / 2.0, tokens.card));
                }
                // A weight that has not chosen yet is an outline in the colour of real values.
                None => drop(painter.circle(center, radius - 1.0, tokens.card, Stroke::new(2.0, tokens.real))),
            }
        }
        if let Some(center) = self.linked.and_then(|index| centers.get(index).copied().flatten()) {
            painter.circle_stroke(center, radius + 2.5, Stroke::new(theme::SELECTED_LINE, tokens.text));
        }
        centers
    }

    fn paint_centroids(&self, ui: &Ui, axis: &Axis, y: f32, base: f32, tokens: &Tokens) {
        let painter = ui.painter();
        let number = self.centroids.len();
        let with_handles = number <= MOST_HANDLES;
        let font = theme::semibold(if self.look.line > 1.0 { 18.0 } else { 15.0 });
        let mut labels = Vec::new();
        let mut drawn = f32::NEG_INFINITY;
        for (rank, centroid) in self.centroids.iter().enumerate() {
            let Some(x) = axis.pixel(centroid.value) else { continue };
            let fill = tokens.level(rank, number).fill;
            let mark = if number <= tokens.clusters.len() { tokens.clusters[rank].mark } else { tokens.accent };
            let stem = theme::STEM * self.look.line * if with_handles { 1.0 } else { 0.6 };
            // Very many would hide the weights: they are ticks on the axis, one a pixel.
            let top = match number {
                _ if with_handles => y,
                _ if number <= MOST_STEMS => y + DIAMOND,
                _ => base - TICK,
            };
            if number > MOST_STEMS && (x - drawn).abs() < 1.0 {
                continue;
            }
            drawn = x;
            painter.vline(x, top..=base, (stem, mark));
            if !with_handles {
                continue;
            }
            if let Some(start) = centroid.start.and_then(|start| axis.pixel(start)) {
                painter.line_segment([pos2(start, y), pos2(x, y)], (2.0 * self.look.line, mark));
                painter.circle(pos2(start, y), 4.0, tokens.card, Stroke::new(2.0, mark));
            }
            labels.push((x, painter.layout_no_wrap(centroid.label.clone(), font.clone(), tokens.text)));
            diamond(painter, pos2(x, y), fill, tokens.text);
        }
        let extents: Vec<(f32, f32)> =
            labels.iter().map(|(x, galley)| (x - galley.size().x / 2.0, x + galley.size().x / 2.0)).collect();
        let written = view::without_overlap(&extents, 5.0);
        for ((x, galley), _) in labels.into_iter().zip(written).filter(|(_, written)| *written) {
            let at = pos2(x - galley.size().x / 2.0, y - DIAMOND - 4.0 - galley.size().y);
            painter.galley(at, galley, tokens.text);
        }
    }

    fn take_weights(&self, ui: &Ui, dots: &[Option<Pos2>], moved: &mut LineResponse) {
        let Weights::Dots(weights) = self.weights else { return };
        let sense = if self.editable { Sense::CLICK | Sense::DRAG } else { Sense::CLICK };
        for (index, center) in dots.iter().enumerate() {
            let Some(center) = center else { continue };
            let hit = Rect::from_center_size(*center, vec2(2.0, 2.0) * (DOT + 2.0));
            let response = ui.interact(hit, self.id(ui, "weight", index), sense);
            response
                .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Weight {index} on the number line")));
            if response.hovered() {
                moved.hovered = Some(index);
                ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
            }
            if response.clicked() || response.drag_started() {
                moved.selected = Some(index);
            }
            if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
                let value = view::rounded(moved.axis.value(pointer.x), self.window);
                let value = value.clamp(self.window.0, self.window.1);
                if value != weights[index].0 {
                    moved.weight = Some(Moved { index, value });
                }
            }
            if response.drag_started() || response.dragged() {
                moved.dragged = Some(response);
            }
        }
    }

    fn take_centroid(&self, ui: &Ui, index: usize, y: f32, moved: &mut LineResponse) {
        let centroid = &self.centroids[index];
        let Some(x) = moved.axis.pixel(centroid.value) else { return };
        let hit = Rect::from_center_size(pos2(x, y), vec2(theme::HIT, theme::HIT));
        let sense = if centroid.movable { Sense::drag() } else { Sense::hover() };
        let response = ui.interact(hit, self.id(ui, "centroid", index), sense);
        let name = format!("Centroid {index}");
        response.widget_info(|| WidgetInfo::slider(centroid.movable, centroid.value, &name));
        if !centroid.movable {
            return;
        }
        ui.accesskit_node_builder(response.id, |node| {
            node.add_action(Action::Increment);
            node.add_action(Action::Decrement);
        });
        if response.drag_started() {
            response.request_focus();
        }
        let mut value = centroid.value;
        if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
            value = view::rounded(moved.axis.value(pointer.x), self.window);
        }
        if response.has_focus() {
            lock_arrows(ui, &response, true, false);
            let far = if ui.input(|input| input.modifiers.shift) { 10.0 } else { 1.0 };
            value += f64::from(steps(ui, Key::ArrowLeft, Key::ArrowRight)) * view::key_step(self.window) * far;
            let radius = DIAMOND + 2.0 * theme::FOCUS_LINE;
            let color = theme::tokens(ui.ctx()).focus;
            ui.painter().circle_stroke(pos2(x, y), radius, Stroke::new(theme::FOCUS_LINE, color));
        }
        let (up, down) = ui.input(|input| {
            let asked = |action| input.num_accesskit_action_requests(response.id, action) as i32;
            (asked(Action::Increment), asked(Action::Decrement))
        });
        value += f64::from(up - down) * view::key_step(self.window);
        if value != centroid.value {
            let others: Vec<f64> = self.centroids.iter().map(|centroid| centroid.value).collect();
            let value = view::between_neighbours(&others, index, value, self.window);
            if value != centroid.value {
                moved.centroid = Some(Moved { index, value });
            }
        }
        if response.drag_started() || response.dragged() {
            moved.dragged = Some(response.clone());
        }
        response.on_hover_and_drag_cursor(egui::CursorIcon::ResizeHorizontal);
    }

    fn id(&self, ui: &Ui, what: &str, index: usize) -> Id {
        ui.scope_id().with((what, index))
    }

    /// The weights, each or by bars, and the centroids.
    fn table(&self) -> Table {
        let mut table = Table::new("Number line", &["of", "value", "to", "centroid", "count"]);
        let of = |what: &str| Cell::Text(what.to_owned());
        let index = |rank: usize| Cell::count(rank as u64);
        match self.weights {
            Weights::Dots(dots) => table.rows.extend(dots.iter().map(|(value, owner)| {
                vec![
                    of("weight"),
                    Cell::Number(*value),
                    Cell::Empty,
                    owner.map_or(Cell::Empty, index),
                    Cell::Number(1.0),
                ]
            })),
            Weights::Bars(bars) => table.rows.extend(bars.iter().map(|bar| {
                let count = Cell::count(bar.count);
                vec![of("weights"), Cell::Number(bar.low), Cell::Number(bar.high), Cell::Empty, count]
            })),
        }
        table.rows.extend(self.centroids.iter().enumerate().map(|(rank, centroid)| {
            vec![of("centroid"), Cell::Number(centroid.value), Cell::Empty, index(rank), Cell::Empty]
        }));
        table
    }

    fn summary(&self) -> String {
        let weights = match self.weights {
            Weights::Dots(dots) => dots.len() as u64,
            Weights::Bars(bars) => bars.iter().map(|bar| bar.count).sum(),
        };
        let shown = self.centroids.iter().take(MOST_HANDLES).map(|centroid| centroid.label.as_str());
        let list: Vec<&str> = shown.collect();
        let more = if self.centroids.len() > MOST_HANDLES { ", …" } else { "" };
        format!("Number line of {weights} weights, {} centroids: {}{more}", self.centroids.len(), list.join(", "))
    }
}

fn diamond(painter: &Painter, center: Pos2, fill: Color32, outline: Color32) {
    let at = |x: f32, y: f32| center + vec2(x, y) * DIAMOND;
    let points = vec![at(0.0, -1.0), at(1.0, 0.0), at(0.0, 1.0), at(-1.0, 0.0)];
    painter.add(Shape::convex_polygon(points, fill, Stroke::new(2.0, outline)));
}

/// Weights per bar, the square root as height, so that a tail shows beside a peak without the noise of a logarithm.
fn paint_bars(painter: &Painter, bars: &[Bar], axis: &Axis, room: Rect, tokens: &Tokens) {
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1) as f32;
    let tops: Vec<[f32; 3]> = bars
        .iter()
        .filter_map(|bar| {
            let height = (bar.count as f32 / most).sqrt() * room.height();
            Some([axis.pixel(bar.low)?, axis.pixel(bar.high)?, room.bottom() - height])
        })
        .collect();
    plot::steps(painter, &tops, room.bottom(), tokens.real_soft, Stroke::new(theme::HAIRLINE, tokens.real));
}
