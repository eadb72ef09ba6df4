//! A table whose cells are coloured by their number, with the number in them: layers by bits, weight bits by activation bits.

use egui::{Align2, Key, Rect, Response, Sense, StrokeKind, Ui, pos2, vec2};

use super::plot::{self, PlotLook};
use super::{figure, focus};
use crate::app::theme::{self, tokens};
use crate::app::view::grid::Grid;

/// Cells never grow beyond this.
const LARGEST: [f32; 2] = [92.0, 52.0];

/// What happened to a grid.
pub struct GridResponse {
    /// Of all of it.
    pub response: Response,
    /// The cell that was clicked, or chosen by Enter.
    pub clicked: Option<usize>,
}

/// Draws the grid into the space that is left; arrow keys walk over the cells. A right click offers its numbers and its picture.
pub fn grid(ui: &mut Ui, view: &Grid, look: &PlotLook) -> GridResponse {
    let tokens = tokens(ui);
    let recording = figure::record(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
    let (rows, columns) = (view.rows.len().max(1), view.columns.len().max(1));
    let width = |text: &str| {
        ui.painter().layout_no_wrap(text.to_owned(), look.caption.clone(), egui::Color32::PLACEHOLDER).size().x
    };
    let names = view.rows.iter().map(|row| width(row)).fold(width(&view.row_name), f32::max);
    let side = (names + 12.0).min(rect.width() * 0.4);
    let line = look.caption.size + 6.0;
    let (head, foot) = (2.0 * line, line + 4.0);
    let cell = vec2(
        ((rect.width() - side) / columns as f32).min(LARGEST[0]).floor().max(12.0),
        ((rect.height() - head - foot) / rows as f32).min(LARGEST[1]).floor().max(12.0),
    );
    let corner = rect.min + vec2(side, head);
    let area = Rect::from_min_size(corner, vec2(cell.x * columns as f32, cell.y * rows as f32));
    let place = |index: usize| {
        let (row, column) = (index / columns, index % columns);
        Rect::from_min_size(corner + vec2(column as f32 * cell.x, row as f32 * cell.y), cell)
    };
    let painter = ui.painter();
    let caption = |at, align, text: &str| painter.text(at, align, text, look.caption.clone(), tokens.muted);
    caption(pos2(area.center().x, rect.top()), Align2::CENTER_TOP, &view.column_name);
    caption(pos2(area.left() - 10.0, corner.y - 4.0), Align2::RIGHT_BOTTOM, &view.row_name);
    for (column, name) in view.columns.iter().enumerate() {
        caption(place(column).center_top() - vec2(0.0, 4.0), Align2::CENTER_BOTTOM, name);
    }
    for (row, name) in view.rows.iter().enumerate() {
        let galley = theme::truncated_middle(ui, name, look.caption.clone(), tokens.text, side - 10.0);
        let at = place(row * columns).left_center() - vec2(10.0 + galley.size().x, galley.size().y / 2.0);
        painter.galley(at, galley, tokens.text);
    }
    let font = theme::cell(look.caption.size.max(12.0));
    for index in 0..rows * columns {
        let Some(entry) = view.cell(index) else {
            painter.rect_filled(place(index).shrink(0.5), 0.0, tokens.inset);
            continue;
        };
        painter.rect_filled(place(index).shrink(0.5), 0.0, theme::sequential(entry.share));
        let color = theme::on_sequential(entry.share);
        let galley = painter.layout_no_wrap(entry.text.clone(), font.clone(), color);
        if galley.size().x <= cell.x - 2.0 && galley.size().y <= cell.y {
            painter.galley(place(index).center() - galley.size() / 2.0, galley, color);
        }
    }
    painter.rect_stroke(area, 0.0, (theme::HAIRLINE, tokens.axis), StrokeKind::Outside);
    for index in &view.marked {
        let ring = place(*index).shrink(1.0);
        painter.rect_stroke(ring, theme::RADIUS_BAR, (4.0, tokens.card), StrokeKind::Middle);
        painter.rect_stroke(ring, theme::RADIUS_BAR, (2.0, tokens.text), StrokeKind::Middle);
    }
    let unit = theme::truncated(ui, &view.unit, look.caption.clone(), tokens.muted, rect.right() - area.left());
    painter.galley(pos2(area.left(), area.bottom() + 5.0), unit, tokens.muted);

    let focused = plot::take_focus(ui, &response);
    let cursor = focused.then(|| walk(ui, &response, [rows, columns]));
    let pointed = response.hover_pos().filter(|at| area.contains(*at)).map(|at| {
        let offset = at - corner;
        let along = |offset: f32, step: f32, count: usize| ((offset / step) as usize).min(count - 1);
        along(offset.y, cell.y, rows) * columns + along(offset.x, cell.x, columns)
    });
    let words = |index: usize| view.cell(index).map_or("Not measured yet", |cell| cell.words.as_str());
    plot::describe(&response, || match cursor {
        Some(index) => format!("{}; at {}", view.summary(), words(index)),
        None => view.summary(),
    });
    figure::menu(ui, &response, recording, rect, &view.title, || view.table());
    if let Some(index) = pointed.or(cursor) {
        let stroke = (theme::SELECTED_LINE, tokens.text);
        ui.painter().rect_stroke(place(index), theme::RADIUS_BAR, stroke, StrokeKind::Middle);
    }
    let entered = cursor.filter(|_| focus::pressed(ui, Key::Enter) || focus::pressed(ui, Key::Space));
    let clicked = pointed.filter(|_| response.clicked()).or(entered);
    let response = match pointed {
        Some(index) => response.on_hover_text_at_pointer(words(index)),
        None => response,
    };
    GridResponse { response, clicked }
}

/// The cell that the keys have come to.
fn walk(ui: &Ui, response: &Response, [rows, columns]: [usize; 2]) -> usize {
    let id = response.id.with("cursor");
    let (row, column) = ui.data(|data| data.get_temp::<(usize, usize)>(id)).unwrap_or_default();
    let step = |at: usize, less: Key, more: Key, count: usize| {
        (at as i64 + i64::from(focus::steps(ui, less, more))).clamp(0, count as i64 - 1) as usize
    };
    let row = step(row, Key::ArrowUp, Key::ArrowDown, rows);
    let column = step(column, Key::ArrowLeft, Key::ArrowRight, columns);
    ui.data_mut(|data| data.insert_temp(id, (row, column)));
    row * columns + column
}
