//! Classes by answers: one cell a pair, the count in it, the share of its row as its colour.

use egui::{Align2, Key, Rect, Response, Sense, StrokeKind, Ui, pos2, vec2};

use super::figure;
use super::plot::{self, PlotLook};
use crate::app::theme::{self, tokens};
use crate::app::view::accuracy::Confusion;

/// Draws the table into the space that is left, as large as squares allow; arrow keys walk over the cells.
pub fn confusion(ui: &mut Ui, table: &Confusion, look: &PlotLook) -> Response {
    let tokens = tokens(ui);
    let recording = figure::record(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
    let (rows, columns) = (table.classes.len().max(1), table.answers.len().max(1));
    let (head, foot) = (22.0, 20.0);
    let side = ((rect.width() - head) / columns as f32).min((rect.height() - head - foot) / rows as f32);
    // Whole points, as long as a cell is larger than one.
    let side = if side >= 4.0 { side.floor() } else { side.max(0.01) };
    let grid = Rect::from_min_size(rect.min + vec2(head, head), vec2(columns as f32, rows as f32) * side);
    let painter = ui.painter();
    let place = |cell: usize| {
        let corner = vec2((cell % columns) as f32, (cell / columns) as f32) * side;
        Rect::from_min_size(grid.min + corner, vec2(side, side))
    };
    // Of many classes every so-manieth is named.
    let each = (look.caption.size * 1.4 / side).ceil().max(1.0) as usize;
    let (color, font) = (tokens.muted, look.caption.clone());
    let room = (each as f32 * side).max(side);
    for (index, answer) in table.answers.iter().enumerate().step_by(each) {
        let galley = theme::truncated(ui, answer, font.clone(), color, room);
        let middle = grid.left() + (index as f32 + 0.5) * side;
        painter.galley(pos2(middle - galley.size().x / 2.0, grid.top() - 5.0 - galley.size().y), galley, color);
    }
    for (index, class) in table.classes.iter().enumerate().step_by(each) {
        let galley = theme::truncated(ui, class, font.clone(), color, head);
        let middle = grid.top() + (index as f32 + 0.5) * side;
        painter.galley(grid_left_of(grid, middle, galley.size()), galley, color);
    }
    let fits = side >= 22.0;
    let gap = if side >= 4.0 { 0.5 } else { 0.0 };
    painter.rect_filled(grid, 0.0, tokens.card);
    for (cell, count) in table.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let share = table.share(cell);
        // The root lets single errors show beside the diagonal.
        let shade = share.sqrt();
        let (fill, text) = (theme::sequential(shade), theme::on_sequential(shade));
        painter.rect_filled(place(cell).shrink(gap), 0.0, fill);
        if fits {
            let font = theme::cell(12.0);
            painter.text(place(cell).center(), Align2::CENTER_CENTER, count.to_string(), font, text);
        }
    }
    painter.rect_stroke(grid, 0.0, (theme::HAIRLINE, tokens.axis), StrokeKind::Outside);
    let caption = pos2(grid.center().x, grid.bottom() + 5.0);
    painter.text(caption, Align2::CENTER_TOP, "answer; rows are the class", look.caption.clone(), tokens.muted);

    let cursor = cursor(ui, &response, [rows, columns]);
    let pointed = response.hover_pos().filter(|at| grid.contains(*at)).map(|at| {
        let offset = (at - grid.min) / side;
        (offset.y as usize).min(rows - 1) * columns + (offset.x as usize).min(columns - 1)
    });
    let pointed = pointed.filter(|cell| *cell < table.counts.len());
    plot::describe(&response, || match cursor {
        Some(cell) => format!("{}; at {}", table.summary(), table.words(cell)),
        None => table.summary(),
    });
    figure::menu(ui, &response, recording, rect, "Classes by answers", || table.table());
    if let Some(cell) = pointed.or(cursor) {
        let stroke = (theme::SELECTED_LINE, tokens.text);
        ui.painter().rect_stroke(place(cell), theme::RADIUS_BAR, stroke, StrokeKind::Middle);
    }
    match pointed {
        Some(cell) => response.on_hover_text_at_pointer(table.words(cell)),
        None => response,
    }
}

/// Where a name at the left of the grid stands.
fn grid_left_of(grid: Rect, middle: f32, size: egui::Vec2) -> egui::Pos2 {
    pos2(grid.left() - 5.0 - size.x, middle - size.y / 2.0)
}

/// The cell that the keys have come to.
fn cursor(ui: &Ui, response: &Response, [rows, columns]: [usize; 2]) -> Option<usize> {
    if !plot::take_focus(ui, response) {
        return None;
    }
    let id = response.id.with("cursor");
    let (mut row, mut column) = ui.data(|data| data.get_temp::<(usize, usize)>(id)).unwrap_or_default();
    let pressed = |key| ui.input(|input| input.key_pressed(key));
    if pressed(Key::ArrowLeft) {
        column = column.saturating_sub(1);
    }
    if pressed(Key::ArrowRight) {
        column += 1;
    }
    if pressed(Key::ArrowUp) {
        row = row.saturating_sub(1);
    }
    if pressed(Key::ArrowDown) {
        row += 1;
    }
    // Another network may have fewer.
    (row, column) = (row.min(rows - 1), column.min(columns - 1));
    ui.data_mut(|data| data.insert_temp(id, (row, column)));
    Some(row * columns + column)
}
