//! The bits of a code as cells in the colours of their fields: a click toggles, a drag paints, keys move and set.

use egui::{Align2, Color32, FontId, Id, Key, Modifiers, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui};
use egui::{Vec2, WidgetInfo, pos2, vec2};

use super::figure;
use super::focus::{lock_arrows, steps};
use crate::app::theme::{self, Hue, tokens};
use crate::app::view::figure::{Cell, Table};

/// Space between cells.
const GAP: f32 = 3.0;
/// Space between fields.
const FIELD_GAP: f32 = 9.0;
/// The brackets with the names, above the cells.
const ABOVE: f32 = 22.0;
/// The weights below the cells.
const BELOW: f32 = 20.0;
/// Widths that a cell may have, largest first; the largest that fits is taken.
const WIDTHS: [f32; 8] = [42.0, 38.0, 34.0, 30.0, 28.0, 24.0, 22.0, 20.0];
/// Cells are this much higher than wide.
const HIGHER: f32 = 4.0;

/// Neighbouring bits that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct BitField<'a> {
    /// What stands above them: `exponent`. Where there is no room only its first letter does.
    pub name: &'a str,
    /// Their colour.
    pub hue: Hue,
    /// How many there are.
    pub bits: u32,
}

/// A row of bits.
pub struct BitRow<'a> {
    /// The accessible name of the whole row: `Bits of FP16`.
    pub name: &'a str,
    /// The fields, most significant first; the widths add up to that of the code. Empty fields are left out.
    pub fields: &'a [BitField<'a>],
    /// The code.
    pub code: u64,
    /// What each bit is worth, most significant first, below its cell; empty where nothing is to be said.
    pub weights: &'a [String],
    /// The widest cell that looks right here.
    pub widest: f32,
    /// Whether the bits can be changed.
    pub editable: bool,
    /// Of the weights.
    pub caption: FontId,
}

/// What happened to a row.
pub struct BitRowResponse {
    /// Of the row; its drag is the gesture that a painted code belongs to.
    pub response: Response,
    /// The code that was chosen, if it is another one.
    pub code: Option<u64>,
    /// How many codes up or down the keys ↑ and ↓ went.
    pub step: i32,
    /// Where the cells are, most significant first.
    pub cells: Vec<Rect>,
}

/// What a row remembers between frames.
#[derive(Clone, Copy, Default)]
struct Memory {
    /// The cell that has the keys.
    cursor: u32,
    /// The code that was shown last, and of how many bits.
    last: (u64, u32),
    /// The bits that the last change changed.
    changed: u64,
    /// What a drag paints, and the cell it was at.
    paint: Option<(bool, u32)>,
}

/// Where the cells go.
struct Places {
    cells: Vec<Rect>,
    size: Vec2,
}

impl BitRow<'_> {
    /// Width of the code.
    fn bits(&self) -> u32 {
        self.fields.iter().map(|field| field.bits).sum()
    }

    /// Draws the row; it takes as much room as its cells need.
    pub fn show(self, ui: &mut Ui) -> BitRowResponse {
        let bits = self.bits();
        let places = self.places(ui.available_width(), bits);
        let recording = figure::record(ui);
        let (rect, _) = ui.allocate_exact_size(places.size, Sense::hover());
        let cells: Vec<Rect> = places.cells.iter().map(|cell| cell.translate(rect.min.to_vec2())).collect();
        let id = ui.scope_id().with(("bits", self.name));
        let area = cells.iter().fold(Rect::NOTHING, |area, cell| area.union(*cell));
        let sense = if self.editable { Sense::drag() } else { Sense::hover() };
        let response = ui.interact(area, id, sense);
        let text = self.digits(bits);
        response.widget_info(|| WidgetInfo::labeled(Role::Group, ui.is_enabled(), format!("{}: {text}", self.name)));

        let mut memory: Memory = ui.data(|data| data.get_temp(id)).unwrap_or_default();
        memory.cursor = memory.cursor.min(bits.saturating_sub(1));
        let mut code = self.code;
        let mut step = 0;
        if self.editable {
            self.paint_by_pointer(&response, &cells, &mut memory, &mut code);
            self.toggle_by_reader(ui, id, &cells, &mut code);
            step = self.keys(ui, &response, &mut memory, &mut code);
        } else {
            self.name_cells(ui, id, &cells);
        }
        if memory.last.1 != bits {
            memory = Memory { cursor: memory.cursor, last: (code, bits), ..Memory::default() };
        } else if memory.last.0 != code {
            memory.changed = memory.last.0 ^ code;
            memory.last.0 = code;
        }
        ui.data_mut(|data| data.insert_temp(id, memory));

        self.paint(ui, &cells, code, memory, &response);
        figure::menu_over(ui, recording, rect, self.name, || self.table());
        BitRowResponse { response, code: (code != self.code).then_some(code), step, cells }
    }

    /// A row a bit, the most significant first.
    fn table(&self) -> Table {
        let mut table = Table::new(self.name, &["bit", "field", "value", "worth"]);
        let fields = self.fields.iter().flat_map(|field| std::iter::repeat_n(field.name, field.bits as usize));
        let bits = u64::from(self.bits());
        table.rows = (0..bits)
            .rev()
            .zip(fields)
            .enumerate()
            .map(|(index, (place, field))| {
                let worth = self.weights.get(index).map_or(Cell::Empty, |worth| Cell::read(worth));
                vec![Cell::count(place), Cell::Text(field.to_owned()), Cell::count(self.code >> place & 1), worth]
            })
            .collect();
        table
    }

    /// The bits as text, fields apart.
    fn digits(&self, bits: u32) -> String {
        let mut left = bits;
        let mut text = String::new();
        for field in self.fields.iter().filter(|field| field.bits > 0) {
            if !text.is_empty() {
                text.push(' ');
            }
            for _ in 0..field.bits {
                left -= 1;
                text.push(if self.code >> left & 1 == 1 { '1' } else { '0' });
            }
        }
        text
    }

    /// The largest cells that fit on one line; where not even the smallest do, lines of whole bytes.
    fn places(&self, room: f32, bits: u32) -> Places {
        let ends = self.ends();
        let length = |width: f32| {
            let gaps = ends.len().saturating_sub(1) as f32 * (FIELD_GAP - GAP);
            bits as f32 * (width + GAP) - GAP + gaps
        };
        let fitting = WIDTHS.into_iter().find(|&width| width <= self.widest && length(width) <= room);
        let smallest = WIDTHS[WIDTHS.len() - 1];
        let width = fitting.unwrap_or(smallest);
        let per_line = match fitting {
            Some(_) => bits.max(1),
            None => (((room - 2.0 * FIELD_GAP) / (smallest + GAP)) as u32 / 8 * 8).max(8),
        };
        let below = if self.weights.is_empty() { 6.0 } else { BELOW };
        let line = ABOVE + width + HIGHER + below;
        let (mut cells, mut x, mut most) = (Vec::with_capacity(bits as usize), 0.0_f32, 0.0_f32);
        for index in 0..bits {
            if index % per_line == 0 {
                x = 0.0;
            } else {
                x += if ends.contains(&index) { FIELD_GAP } else { GAP };
            }
            let top = (index / per_line) as f32 * line + ABOVE;
            cells.push(Rect::from_min_size(pos2(x, top), vec2(width, width + HIGHER)));
            x += width;
            most = most.max(x);
        }
        Places { cells, size: vec2(most, bits.div_ceil(per_line) as f32 * line) }
    }

    /// How high a row will be in that much room.
    pub fn height(&self, room: f32) -> f32 {
        self.places(room, self.bits()).size.y
    }

    /// The cell after each field.
    fn ends(&self) -> Vec<u32> {
        let present = self.fields.iter().filter(|field| field.bits > 0);
        present
            .scan(0, |end, field| {
                *end += field.bits;
                Some(*end)
            })
            .collect()
    }

    /// A press toggles the cell, and what is dragged over becomes the same.
    fn paint_by_pointer(&self, response: &Response, cells: &[Rect], memory: &mut Memory, code: &mut u64) {
        let at = response.interact_pointer_pos().and_then(|pointer| nearest(cells, pointer));
        let bit = |cell: u32| 1_u64 << (cells.len() as u32 - 1 - cell);
        if response.drag_started()
            && let Some(cell) = at
        {
            response.request_focus();
            memory.cursor = cell;
            memory.paint = Some((*code & bit(cell) == 0, cell));
        }
        if let (Some((ones, last)), Some(cell), true) = (memory.paint, at, response.dragged()) {
            for cell in last.min(cell)..=last.max(cell) {
                *code = if ones { *code | bit(cell) } else { *code & !bit(cell) };
            }
            memory.paint = Some((ones, cell));
            memory.cursor = cell;
        }
        if response.drag_stopped() {
            memory.paint = None;
        }
    }

    /// A screen reader presses single cells; the pointer is the row's.
    fn toggle_by_reader(&self, ui: &Ui, id: Id, cells: &[Rect], code: &mut u64) {
        for (index, cell) in cells.iter().enumerate() {
            let place = cells.len() - 1 - index;
            let button = ui.interact(*cell, id.with(index), Sense::CLICK);
            self.describe(ui, &button, place, *code >> place & 1 == 1);
            if button.clicked() && !ui.input(|input| input.pointer.any_released()) {
                *code ^= 1 << place;
            }
        }
    }

    fn name_cells(&self, ui: &Ui, id: Id, cells: &[Rect]) {
        for (index, cell) in cells.iter().enumerate() {
            let place = cells.len() - 1 - index;
            let label = ui.interact(*cell, id.with(index), Sense::hover());
            self.describe(ui, &label, place, self.code >> place & 1 == 1);
        }
    }

    fn describe(&self, ui: &Ui, cell: &Response, place: usize, on: bool) {
        let label = || format!("{}, bit {place}", self.name);
        cell.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), on, label()));
    }

    /// ← → Home End move, Space toggles, 0 and 1 set and go on, ↑ ↓ step through the codes.
    fn keys(&self, ui: &Ui, response: &Response, memory: &mut Memory, code: &mut u64) -> i32 {
        if !response.has_focus() {
            return 0;
        }
        lock_arrows(ui, response, true, true);
        let last = self.bits().saturating_sub(1);
        let moved = i64::from(memory.cursor) + i64::from(steps(ui, Key::ArrowLeft, Key::ArrowRight));
        memory.cursor = moved.clamp(0, i64::from(last)) as u32;
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Home) {
            memory.cursor = 0;
        }
        if pressed(Key::End) {
            memory.cursor = last;
        }
        if pressed(Key::Space) || pressed(Key::Enter) {
            *code ^= 1 << (last - memory.cursor);
        }
        for (key, one) in [(Key::Num0, false), (Key::Num1, true)] {
            if pressed(key) {
                let bit = 1 << (last - memory.cursor);
                *code = if one { *code | bit } else { *code & !bit };
                memory.cursor = (memory.cursor + 1).min(last);
            }
        }
        steps(ui, Key::ArrowDown, Key::ArrowUp)
    }

    fn paint(&self, ui: &Ui, cells: &[Rect], code: u64, memory: Memory, response: &Response) {
        let tokens = tokens(ui);
        let painter = ui.painter();
        let mut first = 0;
        for field in self.fields.iter().filter(|field| field.bits > 0) {
            let of_field = &cells[first..first + field.bits as usize];
            for (offset, cell) in of_field.iter().enumerate() {
                let place = cells.len() - 1 - (first + offset);
                let one = code >> place & 1 == 1;
                painter.rect_filled(*cell, theme::RADIUS_BIT, field.hue.fill);
                if self.editable && response.hover_pos().is_some_and(|pointer| cell.contains(pointer)) {
                    painter.rect_stroke(*cell, theme::RADIUS_BIT, (2.0, tokens.text), StrokeKind::Inside);
                }
                let digit = if one { "1" } else { "0" };
                let font = theme::cell((cell.width() * 0.54).clamp(13.0, 22.0));
                painter.text(cell.center(), Align2::CENTER_CENTER, digit, font, field.hue.text);
                if memory.changed >> place & 1 == 1 {
                    let y = cell.bottom() + 2.5;
                    painter.hline(cell.x_range(), y, Stroke::new(2.0, tokens.text));
                }
                if response.has_focus() && memory.cursor as usize == first + offset {
                    let ring = Stroke::new(theme::FOCUS_LINE, tokens.focus);
                    painter.rect_stroke(cell.expand(1.0), theme::RADIUS_BIT, ring, StrokeKind::Outside);
                }
            }
            bracket(ui, of_field, field.name, tokens.text, tokens.axis);
            self.paint_weights(ui, of_field, first, tokens.muted);
            first += field.bits as usize;
        }
    }

    /// What the bits are worth. Where not every label has room, every second or fourth has one, counted from the lowest bit.
    fn paint_weights(&self, ui: &Ui, cells: &[Rect], first: usize, color: Color32) {
        let Some(weights) = self.weights.get(first..first + cells.len()) else { return };
        let galleys: Vec<_> = weights
            .iter()
            .map(|weight| ui.painter().layout_no_wrap(weight.clone(), self.caption.clone(), color))
            .collect();
        let left = |place: usize| {
            // A long label at the start of a row stays inside it.
            (cells[place].center().x - galleys[place].size().x / 2.0).max(cells[0].left() - 8.0)
        };
        let shown =
            |stride: usize| (0..cells.len()).filter(move |place| (cells.len() - 1 - place).is_multiple_of(stride));
        let overlap =
            |a: usize, b: usize| cells[a].top() == cells[b].top() && left(a) + galleys[a].size().x + 4.0 > left(b);
        // The top bit may be long in one encoding only: it does not thin out the others.
        let fits = |stride: usize| {
            let places: Vec<usize> = shown(stride).filter(|place| *place > 0).collect();
            places.windows(2).all(|pair| !overlap(pair[0], pair[1]))
        };
        let stride = [1, 2, 4, 8].into_iter().find(|stride| fits(*stride)).unwrap_or(16);
        let mut last = None;
        for place in [0].into_iter().chain(shown(stride).filter(|place| *place > 0)) {
            if last.is_some_and(|last| overlap(last, place)) {
                continue;
            }
            last = Some(place);
            ui.painter().galley(pos2(left(place), cells[place].bottom() + 5.0), galleys[place].clone(), color);
        }
    }
}

/// The cell at the pointer, or the nearest one: a drag may leave the row.
fn nearest(cells: &[Rect], pointer: Pos2) -> Option<u32> {
    let distance = |cell: &Rect| cell.distance_sq_to_pos(pointer);
    let index = (0..cells.len()).min_by(|&a, &b| distance(&cells[a]).total_cmp(&distance(&cells[b])))?;
    Some(index as u32)
}

/// The name above a field, between the halves of a bracket where there is room; on each line that the field has.
fn bracket(ui: &Ui, cells: &[Rect], name: &str, color: Color32, rule: Color32) {
    let mut rest = cells;
    while let Some(first) = rest.first() {
        let on_line = rest.iter().take_while(|cell| cell.top() == first.top()).count();
        let (left, right) = (first.left(), rest[on_line - 1].right());
        rest = &rest[on_line..];
        let y = first.top() - 13.0;
        let font = theme::small_semibold();
        let full = ui.painter().layout_no_wrap(name.to_owned(), font.clone(), color);
        let galley = if full.size().x <= right - left + 12.0 {
            full
        } else {
            let letter = name.chars().next().map_or_else(String::new, |letter| letter.to_uppercase().collect());
            ui.painter().layout_no_wrap(letter, font, color)
        };
        let center = (left + right) / 2.0;
        let half = galley.size().x / 2.0;
        ui.painter().galley(pos2(center - half, y - galley.size().y / 2.0), galley, color);
        if center - half - 8.0 - left > 6.0 {
            let stroke = Stroke::new(theme::HAIRLINE, rule);
            for (from, to) in [(left, center - half - 8.0), (right, center + half + 8.0)] {
                ui.painter().line_segment([pos2(from, y), pos2(to, y)], stroke);
                ui.painter().line_segment([pos2(from, y), pos2(from, y + 6.0)], stroke);
            }
        }
    }
}
