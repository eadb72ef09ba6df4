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
    let size = table.classes.len().max(1);
    let (head, foot) = (22.0, 20.0);
    let side = ((rect.width() - head) / size as f32).min((rect.height() - head - foot) / size as f32).floor().max(8.0);
    let grid = Rect::from_min_size(rect.min + vec2(head, head), vec2(side, side) * size as f32);
    let painter = ui.painter();
    let place = |cell: usize| {
        Rect::from_min_size(grid.min + vec2((cell % size) as f32, (cell / size) as f32) * side, vec2(side, side))
    };
    for (index, class) in table.classes.iter().enumerate() {
        let middle = (index as f32 + 0.5) * side;
        let (color, font) = (tokens.muted, look.caption.clone());
        painter.text(pos2(grid.left() + middle, grid.top() - 5.0), Align2::CENTER_BOTTOM, class, font.clone(), color);
        painter.text(pos2(grid.left() - 7.0, grid.top() + middle), Align2::RIGHT_CENTER, class, font, color);
    }
    let fits = side >= 22.0;
    for (cell, count) in table.counts.iter().enumerate() {
        let share = table.share(cell);
        // The root lets single errors show beside the diagonal.
        let shade = share.sqrt();
        let (fill, text) = if *count == 0 {
            (tokens.card, tokens.muted)
        } else {
            (theme::sequential(shade), theme::on_sequential(shade))
        };
        painter.rect_filled(place(cell).shrink(0.5), 0.0, fill);
        if fits && *count > 0 {
            let font = theme::cell(12.0);
            painter.text(place(cell).center(), Align2::CENTER_CENTER, count.to_string(), font, text);
        }
    }
    painter.rect_stroke(grid, 0.0, (theme::HAIRLINE, tokens.axis), StrokeKind::Outside);
    let caption = pos2(grid.center().x, grid.bottom() + 5.0);
    painter.text(caption, Align2::CENTER_TOP, "answer; rows are the class", look.caption.clone(), tokens.muted);

    let cursor = cursor(ui, &response, size);
    let pointed = response.hover_pos().filter(|at| grid.contains(*at)).map(|at| {
        let offset = (at - grid.min) / side;
        (offset.y as usize).min(size - 1) * size + (offset.x as usize).min(size - 1)
    });
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

/// The cell that the keys have come to.
fn cursor(ui: &Ui, response: &Response, size: usize) -> Option<usize> {
    if !plot::take_focus(ui, response) {
        return None;
    }
    let id = response.id.with("cursor");
    let last = size - 1;
    let (mut row, mut column) = ui.data(|data| data.get_temp::<(usize, usize)>(id)).unwrap_or_default();
    let pressed = |key| ui.input(|input| input.key_pressed(key));
    if pressed(Key::ArrowLeft) {
        column = column.saturating_sub(1);
    }
    if pressed(Key::ArrowRight) {
        column = (column + 1).min(last);
    }
    if pressed(Key::ArrowUp) {
        row = row.saturating_sub(1);
    }
    if pressed(Key::ArrowDown) {
        row = (row + 1).min(last);
    }
    ui.data_mut(|data| data.insert_temp(id, (row, column)));
    Some(row * size + column)
}
