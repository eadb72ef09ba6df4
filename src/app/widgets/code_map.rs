//! All codes of a format of up to 8 bits at once, one cell a code, coloured by value or by class.

use egui::{Align2, Color32, Key, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use super::figure;
use super::focus::steps;
use super::plot::{self, PlotLook};
use crate::app::theme::{self, Tokens, tokens};
use crate::app::view::code_map::{self, CodeCell, MapColor};
use crate::engine::number::Class;

/// A map that is being described.
pub struct CodeMap<'a> {
    /// The accessible name.
    pub name: &'a str,
    /// One cell a code.
    pub cells: &'a [CodeCell],
    /// Cells in a row.
    pub columns: usize,
    /// What colours mean.
    pub color: MapColor,
    /// The code that is outlined.
    pub selected: u64,
    /// What stands at the ends of the colour scale.
    pub ends: (String, String),
    /// Sizes.
    pub look: PlotLook,
}

/// What happened to a map.
pub struct CodeMapResponse {
    /// Of the cells.
    pub response: Response,
    /// The code that was chosen by click, drag or key.
    pub chosen: Option<u64>,
}

/// The heads of rows and columns.
const HEAD: Vec2 = vec2(24.0, 20.0);
/// The colour scale under the cells.
const SCALE: f32 = 22.0;

impl CodeMap<'_> {
    /// Draws the map as large as the space that is left allows.
    pub fn show(self, ui: &mut Ui) -> CodeMapResponse {
        let tokens = tokens(ui);
        let recording = figure::record(ui);
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let rows = self.cells.len().div_ceil(self.columns).max(1);
        let room = rect.size() - HEAD - vec2(0.0, SCALE);
        let width = (room.x / self.columns as f32).floor().min(72.0);
        let height = (room.y / rows as f32).floor().min((width * 1.4).max(21.0)).max(1.0);
        let cell = vec2(width, height);
        let size = vec2(cell.x * self.columns as f32, cell.y * rows as f32);
        let left = rect.left() + ((rect.width() - HEAD.x - size.x) / 2.0).max(0.0).floor();
        let grid = Rect::from_min_size(pos2(left + HEAD.x, rect.top() + HEAD.y), size);
        self.paint_heads(ui, grid, cell, rows);
        self.paint_scale(ui, grid);
        // All cells hold their value, or only those that are no number like the others.
        let longest = self.cells.iter().map(|cell| cell.value.chars().count()).max().unwrap_or(0);
        let with_values = longest as f32 * 7.5 < cell.x - 6.0;
        for (code, content) in self.cells.iter().enumerate() {
            self.paint_cell(ui, place(grid, cell, self.columns, code), content, with_values);
        }
        if (self.selected as usize) < self.cells.len() {
            let outline = place(grid, cell, self.columns, self.selected as usize);
            let (inner, outer) = (Stroke::new(4.0, tokens.card), Stroke::new(2.0, tokens.text));
            ui.painter().rect_stroke(outline.expand(1.0), theme::RADIUS_BIT, inner, StrokeKind::Middle);
            ui.painter().rect_stroke(outline.expand(1.0), theme::RADIUS_BIT, outer, StrokeKind::Middle);
        }
        let at = |pointer: egui::Pos2| {
            let offset = (pointer - grid.min) / cell;
            let inside = grid.contains(pointer) && (offset.x as usize) < self.columns;
            let code = offset.y as usize * self.columns + offset.x as usize;
            (inside && code < self.cells.len()).then_some(code)
        };
        let focused = plot::take_focus(ui, &response);
        // The second button opens the menu and chooses nothing.
        let first_button = ui.input(|input| input.pointer.primary_down());
        let pressed = (response.is_pointer_button_down_on() && first_button) || response.clicked();
        let pointed = response.interact_pointer_pos().filter(|_| pressed).and_then(at);
        let chosen = pointed.or_else(|| self.step(ui, focused)).map(|code| code as u64);
        let text = |code: usize| format!("Code 0x{code:02X}: {}", self.cells[code].value);
        plot::describe(&response, || {
            let now = self.cells.get(self.selected as usize).map_or(String::new(), |_| text(self.selected as usize));
            format!("{}, {} codes. {now}", self.name, self.cells.len())
        });
        figure::menu(ui, &response, recording, rect, self.name, || code_map::table(self.name, self.cells));
        let response = match response.hover_pos().and_then(at) {
            Some(code) => {
                response.on_hover_text_at_pointer(format!("{}, {}", text(code), self.cells[code].class.name()))
            }
            None => response,
        };
        CodeMapResponse { response, chosen: chosen.filter(|code| *code != self.selected) }
    }

    /// Where the arrow keys lead.
    fn step(&self, ui: &Ui, focused: bool) -> Option<usize> {
        if !focused {
            return None;
        }
        let across = i64::from(steps(ui, Key::ArrowLeft, Key::ArrowRight));
        let down = i64::from(steps(ui, Key::ArrowUp, Key::ArrowDown));
        let target = self.selected as i64 + across + down * self.columns as i64;
        ((across, down) != (0, 0)).then_some(target.clamp(0, self.cells.len() as i64 - 1) as usize)
    }

    fn paint_heads(&self, ui: &Ui, grid: Rect, cell: Vec2, rows: usize) {
        let (color, font) = (tokens(ui).muted, theme::mono());
        for column in 0..self.columns {
            let at = pos2(grid.left() + (column as f32 + 0.5) * cell.x, grid.top() - 10.0);
            ui.painter().text(at, Align2::CENTER_CENTER, format!("{column:X}"), font.clone(), color);
        }
        for row in 0..rows {
            let at = pos2(grid.left() - 6.0, grid.top() + (row as f32 + 0.5) * cell.y);
            let head = if self.columns == 16 { format!("{row:X}_") } else { format!("{:X}", row * self.columns) };
            ui.painter().text(at, Align2::RIGHT_CENTER, head, font.clone(), color);
        }
    }

    /// The colours from the smallest to the largest magnitude, or the colours of the classes.
    fn paint_scale(&self, ui: &Ui, grid: Rect) {
        let (tokens, painter) = (tokens(ui), ui.painter());
        let y = grid.bottom() + 12.0;
        let text = |x: f32, align: Align2, text: &str| {
            painter.text(pos2(x, y), align, text, self.look.caption.clone(), tokens.muted).width()
        };
        match self.color {
            MapColor::Value => {
                let left = grid.left() + text(grid.left(), Align2::LEFT_CENTER, &self.ends.0) + 8.0;
                let right = grid.right() - text(grid.right(), Align2::RIGHT_CENTER, &self.ends.1) - 8.0;
                let steps = 64;
                let width = (right - left) / steps as f32;
                for step in 0..steps {
                    let from = pos2(left + step as f32 * width, y - 5.0);
                    let color = theme::sequential(step as f32 / (steps - 1) as f32);
                    painter.rect_filled(Rect::from_min_size(from, vec2(width + 0.5, 10.0)), 0.0, color);
                }
            }
            MapColor::Class => {
                let mut x = grid.left();
                for (class, words) in
                    [(Class::Subnormal, "subnormal"), (Class::Normal, "normal"), (Class::Infinite, "infinity")]
                {
                    if !self.cells.iter().any(|cell| cell.class == class) {
                        continue;
                    }
                    let swatch = Rect::from_min_size(pos2(x, y - 5.0), vec2(10.0, 10.0));
                    painter.rect_filled(swatch, theme::RADIUS_BAR, class_color(tokens, class));
                    x += 16.0 + text(x + 16.0, Align2::LEFT_CENTER, words) + 14.0;
                }
            }
        }
    }

    fn paint_cell(&self, ui: &Ui, place: Rect, content: &CodeCell, with_value: bool) {
        let (tokens, painter) = (tokens(ui), ui.painter());
        let inner = place.shrink(0.75);
        let fill = fill(tokens, self.color, content);
        painter.rect_filled(inner, 0.0, fill);
        if fill == tokens.card {
            painter.rect_stroke(inner, 0.0, (theme::HAIRLINE, tokens.axis), StrokeKind::Inside);
        }
        if content.class == Class::Nan {
            let strike = inner.shrink2(inner.size() * 0.22);
            painter.line_segment([strike.left_bottom(), strike.right_top()], Stroke::new(1.5, tokens.error));
        }
        let text_color = if fill == tokens.card { tokens.text } else { theme::text_on(fill) };
        let text = if with_value && content.class != Class::Nan { content.value.as_str() } else { content.mark };
        if !text.is_empty() && place.width() >= 18.0 {
            painter.text(inner.center(), Align2::CENTER_CENTER, text, theme::cell(12.0), text_color);
        }
    }
}

/// The colour of a cell.
fn fill(tokens: &Tokens, color: MapColor, content: &CodeCell) -> Color32 {
    match (color, content.class) {
        (_, Class::Zero | Class::Nan) => tokens.card,
        (MapColor::Value, Class::Infinite) => tokens.ink,
        (MapColor::Value, _) => theme::sequential(content.share),
        (MapColor::Class, class) => class_color(tokens, class),
    }
}

/// The colour of a class, in the map and in its legend; what is white there has a mark.
pub fn class_color(tokens: &Tokens, class: Class) -> Color32 {
    match class {
        Class::Zero | Class::Nan => tokens.card,
        Class::Subnormal => tokens.clusters[1].fill,
        Class::Normal => tokens.clusters[3].fill,
        Class::Infinite => tokens.clusters[2].fill,
    }
}

fn place(grid: Rect, cell: Vec2, columns: usize, code: usize) -> Rect {
    let corner = vec2((code % columns) as f32, (code / columns) as f32) * cell;
    Rect::from_min_size(grid.min + corner, cell)
}
