//! Original, reconstruction and error side by side, weight by weight.

use std::hash::{DefaultHasher, Hash, Hasher};

use egui::{
    Align2, Color32, CursorIcon, Key, Rect, Response, Sense, Stroke, StrokeKind, TextureHandle, TextureOptions, Ui,
    Vec2, pos2, vec2,
};

use super::plot::{self, PlotLook};
use super::{color_bar, figure};
use crate::app::figure::svg::Picture;
use crate::app::theme::{self, Tokens};
use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;
use crate::app::view::heat::{Frame, HeatImage, Zoom, limit_words};

/// Between two maps.
const GAP: f32 = 13.0;
/// The colour bar with its labels.
const BAR: f32 = 54.0;
/// Width of the colour bar.
const BAR_WIDTH: f32 = 13.0;
/// Smallest cell, in points: smaller ones are noise unless asked for.
const LEAST_CELL: f32 = 3.0;
/// Largest cell, in points.
const MOST_CELL: f32 = 24.0;

/// What the maps are drawn of.
pub struct HeatMaps<'a> {
    /// Rows and columns.
    pub matrix: (usize, usize),
    /// The weights, row by row.
    pub original: &'a [f32],
    /// The reconstruction of a weight by its flat index; `None` while there is none.
    pub reconstruction: Option<&'a dyn Fn(usize) -> f32>,
    /// Identifies the tensor: another one resets the view.
    pub tensor: u64,
    /// Identifies the reconstruction: another one draws anew and keeps the view.
    pub revision: u64,
    /// The scale of original and reconstruction ends here.
    pub value_limit: f32,
    /// The scale of the error ends here.
    pub error_limit: f32,
    /// The selected weight as row and column.
    pub selected: (usize, usize),
    /// Sizes.
    pub look: PlotLook,
}

/// What the eye has chosen, and the textures that were made last.
#[derive(Default)]
pub struct HeatState {
    tensor: Option<u64>,
    zoom: Option<Zoom>,
    row: f32,
    column: f32,
    frame: Option<Frame>,
    overview: bool,
    maps: Option<(u64, Vec<Map>)>,
}

struct Map {
    texture: TextureHandle,
    clipped: usize,
    nan: Vec<(usize, usize)>,
}

/// What happened to the maps.
pub struct HeatResponse {
    /// Of all three.
    pub response: Response,
    /// The weight that was chosen by click or key, as row and column.
    pub selected: Option<(usize, usize)>,
    /// The weight under the pointer.
    pub hovered: Option<(usize, usize)>,
}

impl HeatState {
    /// What was in view last, in words: for the card's subtitle.
    pub fn words(&self, matrix: (usize, usize)) -> String {
        self.frame.map_or_else(String::new, |frame| frame.words(matrix))
    }

    /// The same with half the words, where there is little room.
    pub fn short_words(&self, matrix: (usize, usize)) -> String {
        self.frame.map_or_else(String::new, |frame| frame.short_words(matrix))
    }

    /// Shows the whole matrix as means of n×n, or goes back to single weights.
    pub fn toggle_overview(&mut self) {
        self.overview = !self.overview;
    }

    /// Whether means are shown instead of weights.
    pub fn is_overview(&self) -> bool {
        self.overview
    }

    /// Larger (positive) or smaller (negative) cells, by whole pixels.
    pub fn zoom_by(&mut self, pixels: i32) {
        if let Some(frame) = self.frame {
            let now = frame.zoom.pixels();
            self.zoom = Some(Zoom::Pixels(now.saturating_add_signed(pixels).max(1)));
            self.overview = false;
        }
    }
}

impl HeatMaps<'_> {
    /// Draws the maps into the space that is left, and answers to the pointer and the keys.
    pub fn show(self, ui: &mut Ui, state: &mut HeatState) -> HeatResponse {
        let recording = figure::record(ui);
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        if state.tensor != Some(self.tensor) {
            *state = HeatState { tensor: Some(self.tensor), overview: state.overview, ..HeatState::default() };
        }
        let caption = self.look.caption.size + 10.0;
        let side = ((rect.width() - BAR - 3.0 * GAP) / 3.0).max(0.0);
        let space = vec2(side, (rect.height() - caption).max(0.0));
        if space.x < 16.0 || space.y < 16.0 || self.matrix.0 == 0 || self.matrix.1 == 0 {
            return HeatResponse { response, selected: None, hovered: None };
        }
        let per_point = ui.ctx().pixels_per_point();
        let pixels = ((space.y * per_point) as usize, (space.x * per_point) as usize);
        let chosen = self.navigate(ui, &response, state, per_point);
        let frame = self.frame(state, pixels, per_point, chosen);
        self.textures(ui, state, frame);

        let texel = frame.zoom.pixels() as f32 / per_point;
        let (rows, columns) = frame.texels();
        let size = vec2(columns as f32, rows as f32) * texel;
        let snap = |at: f32| (at * per_point).round() / per_point;
        let places: [Rect; 3] = std::array::from_fn(|map| {
            let left = snap(rect.left() + map as f32 * (side + GAP));
            Rect::from_min_size(pos2(left, snap(rect.top())), size)
        });
        let cell_at = |at: egui::Pos2| {
            let place = places.iter().find(|place| place.contains(at))?;
            let cell = (at - place.min) / texel * frame.zoom.weights() as f32;
            let (row, column) = (frame.row + cell.y as usize, frame.column + cell.x as usize);
            (row < self.matrix.0 && column < self.matrix.1).then_some((row, column))
        };
        let hovered = response.hover_pos().and_then(cell_at);
        let clicked = response.interact_pointer_pos().filter(|_| response.clicked()).and_then(cell_at);
        let selected = clicked.or(chosen);

        let tokens = theme::tokens(ui.ctx());
        self.paint(ui, state, &frame, &places, selected.unwrap_or(self.selected), tokens, caption);
        let bar =
            Rect::from_min_size(pos2(places[2].left() + side + GAP, rect.top()), vec2(BAR_WIDTH, size.y.max(60.0)));
        color_bar::vertical(ui.painter(), bar, ["+max", "0", "−max"], &self.look, tokens);

        let row = rect.left()..=rect.right();
        overview_button(
            ui,
            Rect::from_x_y_ranges(row, places[0].bottom()..=places[0].bottom() + caption),
            state,
            &frame,
            &self,
        );
        plot::describe(&response, || self.summary(&frame));
        plot::take_focus(ui, &response);
        let pictures = || self.pictures(state, &frame, tokens);
        let table = || self.table(&frame);
        figure::menu_with_pictures(ui, &response, recording, rect, "Weight by weight", table, pictures);
        let response = match hovered.filter(|_| !response.dragged()) {
            Some(cell) => {
                ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
                response.on_hover_ui_at_pointer(|ui| self.readout(ui, state, cell))
            }
            None => response,
        };
        HeatResponse { response, selected, hovered }
    }

    /// Drag and scroll move the window, pinch and Ctrl with scroll change the cells; arrows move the selection, which is returned.
    fn navigate(&self, ui: &Ui, response: &Response, state: &mut HeatState, per_point: f32) -> Option<(usize, usize)> {
        let frame = state.frame?;
        let texel = frame.zoom.pixels() as f32 / per_point / frame.zoom.weights() as f32;
        let mut moved = -response.drag_delta();
        if response.hovered() {
            let (scroll, pinch) = ui.input_mut(|input| {
                let scroll = std::mem::replace(&mut input.smooth_scroll_delta, Vec2::ZERO);
                (scroll, input.zoom_delta())
            });
            moved -= scroll;
            if pinch != 1.0 {
                state.zoom_by(if pinch > 1.0 { 1 } else { -1 });
            }
        }
        state.row += moved.y / texel;
        state.column += moved.x / texel;
        if !response.has_focus() {
            return None;
        }
        let (rows, columns) = self.matrix;
        let (row, column) = self.selected;
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::Plus) {
            state.zoom_by(1);
        }
        if pressed(Key::Minus) {
            state.zoom_by(-1);
        }
        let moves = [
            (Key::ArrowUp, (row.saturating_sub(1), column)),
            (Key::ArrowDown, ((row + 1).min(rows - 1), column)),
            (Key::ArrowLeft, (row, column.saturating_sub(1))),
            (Key::ArrowRight, (row, (column + 1).min(columns - 1))),
            (Key::PageUp, (row.saturating_sub(frame.rows), column)),
            (Key::PageDown, ((row + frame.rows).min(rows - 1), column)),
            (Key::Home, (row, 0)),
            (Key::End, (row, columns - 1)),
        ];
        moves.into_iter().find(|(key, _)| pressed(*key)).map(|(_, cell)| cell)
    }

    /// The part in view after this frame's moves; a weight that was chosen by key is brought into view.
    fn frame(
        &self,
        state: &mut HeatState,
        pixels: (usize, usize),
        per_point: f32,
        chosen: Option<(usize, usize)>,
    ) -> Frame {
        let least = (LEAST_CELL * per_point).round().max(1.0) as u32;
        let most = (MOST_CELL * per_point).round().max(1.0) as u32;
        let fitting = || Zoom::fitting(self.matrix, pixels, least, most);
        let zoom =
            if state.overview { Zoom::overview(self.matrix, pixels) } else { state.zoom.unwrap_or_else(fitting) };
        // A cell larger than the map would leave nothing to see.
        let zoom = match zoom {
            Zoom::Pixels(size) => Zoom::Pixels(size.min(pixels.0.min(pixels.1) as u32).max(1)),
            overview => overview,
        };
        let whole = |at: f32| at.max(0.0).round() as usize;
        let mut frame = Frame::new(self.matrix, pixels, zoom, whole(state.row), whole(state.column));
        if let Some((row, column)) = chosen.filter(|_| frame.rows > 0 && frame.columns > 0) {
            frame = frame.revealing(row, column);
            (state.row, state.column) = (frame.row as f32, frame.column as f32);
        }
        // What was dragged beyond the edge does not have to be dragged back.
        let edge = |count: usize, shown: usize| (count - shown) as f32;
        state.row = state.row.clamp(0.0, edge(self.matrix.0, frame.rows));
        state.column = state.column.clamp(0.0, edge(self.matrix.1, frame.columns));
        state.frame = Some(frame);
        frame
    }

    /// Makes the textures where data, window, scale or theme have changed.
    fn textures(&self, ui: &Ui, state: &mut HeatState, frame: Frame) {
        let tokens = theme::tokens(ui.ctx());
        let mut hasher = DefaultHasher::new();
        let limits = (self.value_limit.to_bits(), self.error_limit.to_bits());
        (self.tensor, self.revision, frame, limits, tokens.dark, self.reconstruction.is_some()).hash(&mut hasher);
        let key = hasher.finish();
        if state.maps.as_ref().is_some_and(|(made, _)| *made == key) {
            return;
        }
        let old = state.maps.take().map(|(_, maps)| maps).unwrap_or_default();
        let mut old = old.into_iter().map(|map| map.texture);
        let maps = self.images(&frame, tokens).into_iter().map(|picture| {
            let texture = match old.next() {
                Some(mut texture) => {
                    texture.set(picture.image, TextureOptions::NEAREST);
                    texture
                }
                None => ui.ctx().load_texture("heat map", picture.image, TextureOptions::NEAREST),
            };
            Map { texture, clipped: picture.clipped, nan: picture.nan }
        });
        state.maps = Some((key, maps.collect()));
    }

    fn images(&self, frame: &Frame, tokens: &Tokens) -> Vec<HeatImage> {
        let stride = self.matrix.1;
        let color = |share: f32| tokens.diverging(share);
        let original = |index: usize| self.original[index];
        let image = |value: &dyn Fn(usize) -> f32, limit| frame.image(stride, value, limit, color, hole(tokens));
        let mut images = vec![image(&original, self.value_limit)];
        if let Some(reconstruction) = self.reconstruction {
            images.push(image(reconstruction, self.value_limit));
            images.push(image(&|index| original(index) - reconstruction(index), self.error_limit));
        }
        images
    }

    #[expect(clippy::too_many_arguments, reason = "one call; a struct for it would only name the same things twice")]
    fn paint(
        &self,
        ui: &Ui,
        state: &HeatState,
        frame: &Frame,
        places: &[Rect; 3],
        selected: (usize, usize),
        tokens: &Tokens,
        caption: f32,
    ) {
        let painter = ui.painter();
        let maps = state.maps.as_ref().map_or(&[][..], |(_, maps)| maps);
        let texel = places[0].width() / frame.texels().1.max(1) as f32;
        let limits = [self.value_limit, self.value_limit, self.error_limit];
        for (index, (place, name)) in places.iter().zip(["original", "reconstruction", "error"]).enumerate() {
            let Some(map) = maps.get(index) else {
                painter.rect_stroke(*place, 0.0, (theme::HAIRLINE, tokens.hair), StrokeKind::Outside);
                continue;
            };
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            painter.image(map.texture.id(), *place, whole, Color32::WHITE);
            painter.rect_stroke(*place, 0.0, (theme::HAIRLINE, tokens.axis), StrokeKind::Outside);
            for &(row, column) in map.nan.iter().filter(|_| texel >= 5.0) {
                let cell = Rect::from_min_size(place.min + vec2(column as f32, row as f32) * texel, Vec2::splat(texel));
                let stroke = Stroke::new(1.0, tokens.card);
                painter.line_segment([cell.left_top(), cell.right_bottom()], stroke);
                painter.line_segment([cell.right_top(), cell.left_bottom()], stroke);
            }
            if frame.contains(selected.0, selected.1) {
                let side = frame.zoom.weights();
                let offset =
                    vec2(((selected.1 - frame.column) / side) as f32, ((selected.0 - frame.row) / side) as f32);
                let cell = Rect::from_min_size(place.min + offset * texel, Vec2::splat(texel));
                ring(painter, cell, self.look.line, tokens);
            }
            let y = place.bottom() + caption / 2.0 + 1.0;
            let words = limit_words(limits[index], map.clipped, map.nan.len());
            let galley = painter.layout_no_wrap(words, self.look.caption.clone(), tokens.muted);
            let room = (places[1].left() - places[0].left()) - GAP;
            let right = place.left() + room.min(place.width().max(110.0));
            let name_width = painter
                .text(pos2(place.left(), y), Align2::LEFT_CENTER, name, self.look.caption.clone(), tokens.text)
                .right();
            // Where there is no room for the counts, they are in the hover text.
            let fits = |galley: &egui::Galley| name_width + 6.0 + galley.size().x <= right;
            let galley = if fits(&galley) {
                galley
            } else {
                painter.layout_no_wrap(limit_words(limits[index], 0, 0), self.look.caption.clone(), tokens.muted)
            };
            if fits(&galley) {
                painter.galley(pos2(right - galley.size().x, y - galley.size().y / 2.0), galley, tokens.muted);
            }
        }
    }

    /// The weight under the pointer, and what the maps clip.
    fn readout(&self, ui: &mut Ui, state: &HeatState, (row, column): (usize, usize)) {
        let index = row * self.matrix.1 + column;
        let value = self.original[index];
        let mut text = format!("[{row}, {column}]  {}", format::significant(value.into(), 4));
        if let Some(reconstruction) = self.reconstruction.map(|reconstruction| reconstruction(index)) {
            let error = format::significant(f64::from(value) - f64::from(reconstruction), 4);
            text += &format!(" → {}, error {error}", format::significant(reconstruction.into(), 4));
        }
        ui.label(egui::RichText::new(text).font(self.look.strong.clone()));
        let maps = state.maps.as_ref().map_or(&[][..], |(_, maps)| maps);
        for (name, limit, map) in [("original", self.value_limit, 0), ("error", self.error_limit, 2)] {
            if let Some(map) = maps.get(map).filter(|map| map.clipped > 0 || !map.nan.is_empty()) {
                let words = limit_words(limit, map.clipped, map.nan.len());
                ui.label(egui::RichText::new(format!("{name} {words}")).font(self.look.caption.clone()));
            }
        }
    }

    /// The pixels of the textures on screen.
    fn pictures(&self, state: &HeatState, frame: &Frame, tokens: &Tokens) -> Vec<Picture> {
        let maps = state.maps.iter().flat_map(|(_, maps)| maps);
        maps.zip(self.images(frame, tokens)).map(|(map, picture)| (map.texture.id(), picture.image)).collect()
    }

    /// The part in view, a row a cell; in the overview a cell is the mean of n×n weights.
    fn table(&self, frame: &Frame) -> Table {
        let side = frame.zoom.weights();
        let mut table = Table::new("Weight by weight", &["row", "column", "weight", "reconstruction", "error"]);
        for row in (frame.row..frame.row + frame.rows).step_by(side) {
            for column in (frame.column..frame.column + frame.columns).step_by(side) {
                let rows = row..(row + side).min(self.matrix.0);
                let columns = column..(column + side).min(self.matrix.1);
                let cells = rows.flat_map(|row| columns.clone().map(move |column| row * self.matrix.1 + column));
                let mean = |value: &dyn Fn(usize) -> f64| {
                    let (sum, count) =
                        cells.clone().fold((0.0, 0.0), |(sum, count), at| (sum + value(at), count + 1.0));
                    sum / count
                };
                let weight = mean(&|at| self.original[at].into());
                let reconstruction = self.reconstruction.map(|reconstruction| mean(&|at| reconstruction(at).into()));
                table.rows.push(vec![
                    Cell::count(row as u64),
                    Cell::count(column as u64),
                    Cell::Number(weight),
                    Cell::optional(reconstruction),
                    Cell::optional(reconstruction.map(|reconstruction| weight - reconstruction)),
                ]);
            }
        }
        table
    }

    fn summary(&self, frame: &Frame) -> String {
        let (row, column) = self.selected;
        format!("Weights, reconstruction and errors: {}; selected [{row}, {column}]", frame.words(self.matrix))
    }
}

/// "Whole", which shows the whole matrix as means, and the way back; right of the captions, under the colour bar.
fn overview_button(ui: &Ui, row: Rect, state: &mut HeatState, frame: &Frame, maps: &HeatMaps<'_>) {
    let shows_all = (frame.rows, frame.columns) == maps.matrix;
    if shows_all && !state.overview {
        return;
    }
    let tokens = theme::tokens(ui.ctx());
    let (text, hint) = if state.overview {
        ("Cells", "Back to one cell a weight")
    } else {
        ("Whole", "The whole matrix; a pixel is the mean of n×n weights")
    };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), maps.look.caption.clone(), tokens.text);
    let size = galley.size() + vec2(12.0, 4.0);
    let place = Rect::from_min_size(pos2(row.right() - size.x, row.center().y + 1.0 - size.y / 2.0), size);
    let hit = Rect::from_center_size(place.center(), place.size().max(Vec2::splat(theme::HIT)));
    let button = ui.interact(hit, ui.scope_id().with("overview"), Sense::click());
    button.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, state.overview, "Whole matrix"));
    let fill = if button.hovered() { tokens.hover } else { tokens.inset };
    let border = Stroke::new(theme::HAIRLINE, tokens.hair);
    ui.painter().rect(place, theme::RADIUS_BIT, fill, border, StrokeKind::Inside);
    ui.painter().galley(place.center() - galley.size() / 2.0, galley, tokens.text);
    theme::focus_ring(ui, &button, place);
    if button.clicked() {
        state.toggle_overview();
        ui.request_repaint();
    }
    button.on_hover_text(hint);
}

/// The colour of what is not a number: none of the map's.
fn hole(tokens: &Tokens) -> Color32 {
    tokens.axis
}

/// Two rings around the selected weight, seen on any colour; never smaller than the eye finds.
fn ring(painter: &egui::Painter, cell: Rect, line: f32, tokens: &Tokens) {
    let grow = ((9.0 - cell.width()) / 2.0).max(0.0);
    let inner = cell.expand(grow);
    painter.rect_stroke(inner, 2.0, (4.0 * line, tokens.card), StrokeKind::Outside);
    painter.rect_stroke(inner.expand(1.0), 2.0, (2.0 * line, tokens.text), StrokeKind::Outside);
}
