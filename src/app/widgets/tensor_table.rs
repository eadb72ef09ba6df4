//! The tensors of a model: filter, sort, select; thousands of rows, of which only those in view are drawn.

use egui::{Align2, Color32, Key, Rect, Response, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2};

use super::{figure, sparkline};
use crate::app::theme::{self, Tokens};
use crate::app::view::format;
use crate::app::view::table::{Column, Order, Sort, TableRow, table};

/// Height of the heads.
const HEAD: f32 = 30.0;
/// Height of a one-line row of the wide table.
const WIDE_ROW: f32 = 30.0;
/// Left and right of a row's content.
const MARGIN: f32 = 16.0;
/// Size of a small histogram.
const SPARKLINE: egui::Vec2 = vec2(88.0, 20.0);

/// What the table is drawn of.
pub struct TensorTable<'a> {
    /// All rows in file order.
    pub rows: &'a [TableRow],
    /// Grows whenever a row changes.
    pub revision: u64,
    /// The selected row.
    pub selected: usize,
    /// The head of the metric column with its unit in the cells: `("SQNR 4 bit", "dB")`.
    pub metric: (&'a str, &'a str),
    /// All columns on one line instead of two-line rows.
    pub wide: bool,
}

/// What was typed, how it is sorted, and the order that follows.
#[derive(Default)]
pub struct TableState {
    /// What the filter field holds.
    pub filter: String,
    /// The column and direction of the sort.
    pub sort: Sort,
    order: Order,
    to_top: bool,
}

impl TableState {
    /// The rows in view, in order.
    pub fn order(&self) -> &Order {
        &self.order
    }
}

/// A place for a column in a row.
struct Slot {
    column: Column,
    left: f32,
    right: f32,
}

impl TensorTable<'_> {
    /// Draws the table into the space that is left; returns the row that was chosen by click or key.
    pub fn show(self, ui: &mut Ui, state: &mut TableState) -> Option<usize> {
        let tokens = theme::tokens(ui.ctx());
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        let field = filter_field(ui, &mut state.filter);
        state.order.update(self.revision, self.rows, &state.filter, state.sort);
        ui.add_space(6.0);

        let foot = 26.0;
        let (seen, least) = (ui.available_width(), if self.wide { WIDE_LEAST } else { 0.0 });
        let width = seen.max(least);
        let mut chosen = None;
        ScrollArea::horizontal().id_salt("columns").auto_shrink(false).show(ui, |ui| {
            ui.set_width(width);
            let slots = self.slots(ui.max_rect().left(), width, seen < least);
            self.heads(ui, &slots, state, tokens);
            let height = (ui.available_height() - foot).max(0.0);
            chosen = self.body(ui, &slots, state, height, &field, tokens);
            self.foot(ui, state, foot, tokens);
        });
        chosen
    }

    /// Places the columns: numbers to the right, the name takes what is left. `cut` says that not all are seen at once.
    fn slots(&self, left: f32, width: f32, cut: bool) -> Vec<Slot> {
        let (start, end) = (left + MARGIN, left + width - MARGIN);
        if !self.wide {
            let metric = end - 72.0;
            let histogram = metric - 8.0 - SPARKLINE.x;
            return vec![
                Slot { column: Column::Name, left: start, right: histogram - 10.0 },
                Slot { column: Column::File, left: histogram, right: histogram + SPARKLINE.x },
                Slot { column: Column::Metric, left: metric, right: end },
            ];
        }
        let fixed = |column: Column| match column {
            Column::Shape => 104.0,
            Column::Dtype | Column::Count | Column::Metric => 92.0,
            Column::Zeros => 58.0,
            _ => 82.0,
        };
        // What the page is about is in view, however much has to be scrolled for.
        let mut columns: Vec<Column> = Column::WIDE.into_iter().skip(1).chain([Column::Metric]).collect();
        if cut {
            columns.rotate_right(1);
        }
        let taken: f32 = columns.iter().map(|column| fixed(*column)).sum::<f32>() + SPARKLINE.x + 16.0;
        let mut at = end - taken;
        let mut slots = vec![Slot { column: Column::Name, left: start, right: at - 12.0 }];
        slots.push(Slot { column: Column::File, left: at, right: at + SPARKLINE.x });
        at += SPARKLINE.x + 16.0;
        for column in columns {
            // Words follow the numbers that were moved before them.
            let gap = if cut && column == Column::Metric { 20.0 } else { 8.0 };
            slots.push(Slot { column, left: at, right: at + fixed(column) - gap });
            at += fixed(column);
        }
        slots
    }

    fn title(&self, column: Column) -> &str {
        match column {
            Column::File => "Histogram",
            Column::Metric => self.metric.0,
            column => column.title(),
        }
    }

    fn heads(&self, ui: &mut Ui, slots: &[Slot], state: &mut TableState, tokens: &Tokens) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
        for slot in slots {
            let place = Rect::from_x_y_ranges(slot.left..=slot.right, rect.y_range());
            let is_sorted = state.sort.column == slot.column && slot.column != Column::File;
            let mut text = self.title(slot.column).to_owned();
            if is_sorted {
                text += if state.sort.descending { " ▼" } else { " ▲" };
            }
            let (font, color) =
                if is_sorted { (theme::small_semibold(), tokens.text) } else { (theme::small(), tokens.muted) };
            let galley = theme::truncated(ui, &text, font, color, place.width() + 8.0);
            let is_left = slot.column.is_text() || slot.column == Column::File;
            let left = if is_left { place.left() } else { place.right() - galley.size().x };
            let at = pos2(left, place.center().y - galley.size().y / 2.0);
            let title = Rect::from_min_size(at, galley.size()).expand2(vec2(6.0, 4.0));
            if slot.column != Column::File {
                let response = ui.interact(title, ui.scope_id().with(("head", slot.column)), Sense::click());
                response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, self.title(slot.column)));
                if response.hovered() {
                    ui.painter().rect_filled(title, theme::RADIUS_BIT, tokens.hover);
                }
                theme::focus_ring(ui, &response, title.shrink(2.0));
                if response.clicked() {
                    state.sort = state.sort.clicked(slot.column);
                    state.order.update(self.revision, self.rows, &state.filter, state.sort);
                    state.to_top = true;
                }
            }
            ui.painter().galley(at, galley, color);
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (theme::HAIRLINE, tokens.hair));
    }

    fn body(
        &self,
        ui: &mut Ui,
        slots: &[Slot],
        state: &mut TableState,
        height: f32,
        field: &Response,
        tokens: &Tokens,
    ) -> Option<usize> {
        let count = state.order.rows().len();
        // Two-line rows grow into free room, between what reads and what looks empty.
        let row_height = if self.wide { WIDE_ROW } else { (height / count.max(1) as f32).clamp(30.0, 54.0).floor() };
        let id = ui.scope_id().with("rows");
        let area = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), height));
        let list = ui.interact(area, id, Sense::focusable_noninteractive());
        list.widget_info(|| WidgetInfo::labeled(Role::List, true, format!("{} tensors", format::count(count as u64))));
        if count == 0 {
            ui.allocate_exact_size(area.size(), Sense::hover());
            let text = if state.filter.is_empty() {
                "No tensors".to_owned()
            } else {
                format!("No tensors match {}", state.filter.trim())
            };
            ui.painter().text(
                area.center_top() + vec2(0.0, 40.0),
                Align2::CENTER_CENTER,
                text,
                theme::body(),
                tokens.muted,
            );
            return None;
        }
        figure::table_area(ui, "Tensors", || {
            table(state.order.rows().iter().map(|row| &self.rows[*row]), self.metric.0)
        });
        let mut chosen = self.key(ui, state, &list, field, (height / row_height) as isize);
        let mut scroll = ScrollArea::vertical().id_salt("tensors").auto_shrink(false).max_height(height);
        // A new order is looked at from its start; a row that was reached by key has to be seen.
        let place = chosen.and_then(|chosen| state.order.rows().iter().position(|row| *row == chosen));
        if let Some(place) = place {
            scroll = scroll.vertical_scroll_offset(self.offset(ui, id, place, row_height, height));
        } else if std::mem::take(&mut state.to_top) {
            scroll = scroll.vertical_scroll_offset(0.0);
        }
        let output = scroll.show_rows(ui, row_height, count, |ui, shown| {
            for &row in &state.order.rows()[shown] {
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), row_height), Sense::CLICK);
                if self.row(ui, rect, &response, row, slots, tokens) {
                    chosen = Some(row);
                    ui.memory_mut(|memory| memory.request_focus(id));
                }
            }
        });
        ui.data_mut(|data| data.insert_temp(id, output.state.clamped_offset().y));
        if list.has_focus() {
            theme::focus_ring(ui, &list, area.shrink(2.0));
        }
        chosen
    }

    /// The scroll position nearest to the present one at which the row is in view.
    fn offset(&self, ui: &Ui, id: egui::Id, place: usize, row_height: f32, height: f32) -> f32 {
        let now: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(0.0);
        let top = place as f32 * row_height;
        now.clamp((top + row_height - height).max(0.0), top)
    }

    /// The row that a key leads to, from the list or from the filter field.
    fn key(&self, ui: &Ui, state: &TableState, list: &Response, field: &Response, page: isize) -> Option<usize> {
        if list.has_focus() {
            let filter = egui::EventFilter { vertical_arrows: true, ..Default::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(list.id, filter));
        } else if !field.has_focus() {
            return None;
        }
        let keys = [
            (Key::ArrowDown, 1),
            (Key::ArrowUp, -1),
            (Key::PageDown, page.max(1)),
            (Key::PageUp, -page.max(1)),
            (Key::Home, isize::MIN),
            (Key::End, isize::MAX),
        ];
        // Home and End belong to the text while it is edited.
        let keys = keys.into_iter().take(if list.has_focus() { 6 } else { 4 });
        let (_, by) = keys.into_iter().find(|(key, _)| ui.input(|input| input.key_pressed(*key)))?;
        state.order.step(self.selected, by)
    }

    /// Draws one row; whether it was clicked.
    fn row(&self, ui: &Ui, rect: Rect, response: &Response, row: usize, slots: &[Slot], tokens: &Tokens) -> bool {
        let tensor = &self.rows[row];
        let is_selected = row == self.selected;
        response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &tensor.name));
        // `WidgetInfo` knows toggled, which is what a check box is; a row is selected.
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(is_selected));
        let painter = ui.painter();
        if is_selected {
            painter.rect_filled(rect, 0.0, tokens.select);
            painter.rect_filled(rect.with_max_x(rect.left() + 4.0), 0.0, tokens.accent);
        } else if response.hovered() {
            painter.rect_filled(rect, 0.0, tokens.hover);
        }
        let rule = (rect.left() + MARGIN)..=(rect.right() - MARGIN);
        painter.hline(rule, rect.bottom() - 0.5, (theme::HAIRLINE, tokens.grid));
        for slot in slots {
            let place = Rect::from_x_y_ranges(slot.left..=slot.right, rect.y_range());
            match slot.column {
                Column::Name => self.name(ui, place, tensor, is_selected, tokens),
                Column::File => {
                    if let Some(bars) = &tensor.sparkline {
                        let height = SPARKLINE.y.min(place.height() - 8.0);
                        let place = Rect::from_center_size(place.center(), vec2(place.width(), height));
                        sparkline::paint(painter, place, bars, is_selected, tokens);
                    }
                }
                column => self.number(ui, place, tensor, column, tokens),
            }
        }
        response.clicked()
    }

    fn name(&self, ui: &Ui, place: Rect, tensor: &TableRow, is_selected: bool, tokens: &Tokens) {
        let font = if is_selected { theme::control_semibold() } else { theme::control() };
        let galley = theme::truncated_middle(ui, &tensor.name, font, tokens.text, place.width());
        let paint = |y: f32, galley: std::sync::Arc<egui::Galley>, color: Color32| {
            ui.painter().galley(pos2(place.left(), y), galley, color);
        };
        if self.wide {
            return paint(place.center().y - galley.size().y / 2.0, galley, tokens.text);
        }
        let mut second = tensor.shape.clone();
        if place.height() >= 42.0 && tensor.shape.contains('×') {
            second += &format!(" · {} weights", format::count(tensor.count));
        }
        let second = theme::truncated(ui, &second, egui::FontId::proportional(12.0), tokens.muted, place.width());
        // In the lowest rows the two lines take their ascenders and descenders from the space between them.
        let step = galley.size().y.min(place.height() / 2.0 - 0.5);
        let top = place.center().y - (step + second.size().y) / 2.0;
        let below = top + step;
        paint(top, galley, tokens.text);
        paint(below, second, tokens.muted);
    }

    fn number(&self, ui: &Ui, place: Rect, tensor: &TableRow, column: Column, tokens: &Tokens) {
        let painter = ui.painter();
        if column.is_text() {
            let galley = theme::truncated(ui, &tensor.cell(column), theme::small(), tokens.text, place.width());
            painter.galley(pos2(place.left(), place.center().y - galley.size().y / 2.0), galley, tokens.text);
            return;
        }
        let text = match (column, tensor.metric) {
            (Column::Metric, Some(metric)) => {
                let number = if self.metric.1.is_empty() { format::number(metric) } else { format::fixed(metric, 1) };
                if self.metric.1.is_empty() { number } else { format!("{number} {}", self.metric.1) }
            }
            _ => tensor.cell(column),
        };
        let right = pos2(place.right(), place.center().y);
        painter.text(right, Align2::RIGHT_CENTER, text, theme::mono(), tokens.text);
    }

    /// What is shown of how many, and in which order.
    fn foot(&self, ui: &mut Ui, state: &TableState, height: f32, tokens: &Tokens) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let (shown, all) = (state.order.rows().len(), self.rows.len());
        let bytes: u64 = state.order.rows().iter().map(|row| self.rows[*row].dtype.bytes(self.rows[*row].count)).sum();
        let count = |count: usize| format::count(count as u64);
        let shown = if shown == all {
            format!("{} {}", count(all), if all == 1 { "tensor" } else { "tensors" })
        } else {
            format!("{} of {}", count(shown), count(all))
        };
        let text = format!("{shown} · {}", format::bytes_short(bytes));
        let y = rect.center().y + 2.0;
        let painter = ui.painter();
        painter.text(pos2(rect.left() + MARGIN, y), Align2::LEFT_CENTER, text, theme::small(), tokens.muted);
        let words = state.sort.words(self.metric.0);
        painter.text(pos2(rect.right() - MARGIN, y), Align2::RIGHT_CENTER, words, theme::small(), tokens.muted);
    }
}

/// The narrowest wide table; on less room it scrolls sideways.
const WIDE_LEAST: f32 = 1160.0;

fn filter_field(ui: &mut Ui, filter: &mut String) -> Response {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::CONTROL), Sense::hover());
    let field = TextEdit::singleline(filter)
        .hint_text("Filter by name, shape, dtype…")
        .font(theme::control())
        .margin(egui::Margin::symmetric(10, 5))
        .desired_width(f32::INFINITY);
    ui.put(rect.shrink2(vec2(MARGIN - 4.0, 0.0)), field).accessible_name("Filter tensors")
}
