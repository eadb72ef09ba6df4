//! A matrix of up to 8×8 as cells of text; hover and selection are shared with its neighbours by index.

use egui::{Align2, Key, Rect, Response, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::figure;
use super::plot::{self, PlotLook};
use crate::app::theme::{self, Pair, Tokens};
use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;

/// The background of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fill {
    /// White.
    Plain,
    /// The colour of a level by rank among so many.
    Level(usize, usize),
    /// White, underlined with the colour of a level by rank among so many.
    Underline(usize, usize),
    /// The diverging colour of a share −1…1 of the limit.
    Signed(f32),
    /// In the row or the column that a result is computed from.
    Soft,
    /// The result that is looked at, or the step at work.
    Accent,
    /// Clipped, or beyond its border.
    Warn,
    /// White with pale text: switched off, or nothing there.
    Faint,
}

/// A matrix with what stands above and below it.
pub struct Matrix<'a> {
    /// `Weights W`.
    pub title: &'a str,
    /// What it is made of: `32-bit float`.
    pub kind: &'a str,
    /// What it costs: `16 × 32 bit = 64 B`.
    pub cost: &'a str,
    /// Number of columns.
    pub columns: usize,
    /// Cells, row by row.
    pub cells: &'a [(String, Fill)],
    /// Outlined: the cell that is selected or hovered in a linked matrix.
    pub linked: Option<usize>,
    /// Size of a cell.
    pub cell: Vec2,
    /// Sizes.
    pub look: PlotLook,
}

/// What stands around the cells.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Head {
    /// A line for the title, one for the kind, one for the cost, so that matrices of a row line up.
    Lines,
    /// Title and kind share a line; the cost has one where there is any.
    Compact,
    /// Title and kind stand at the left of the cells, in so much room.
    Beside(f32),
}

/// What happened to a matrix.
pub struct MatrixResponse {
    /// Of the cells.
    pub response: Response,
    /// The cell under the pointer.
    pub hovered: Option<usize>,
    /// The cell that was chosen by click or key.
    pub selected: Option<usize>,
}

impl Matrix<'_> {
    /// Draws the matrix; it takes as much room as its cells need.
    pub fn show(self, ui: &mut Ui) -> MatrixResponse {
        self.show_with(ui, Head::Lines)
    }

    /// Draws the matrix with title and kind on one line, for where height is scarce.
    pub fn show_compact(self, ui: &mut Ui) -> MatrixResponse {
        self.show_with(ui, Head::Compact)
    }

    /// Draws a row with title and kind at its left, in so much room: for rows that a lecture hall reads.
    pub fn show_beside(self, ui: &mut Ui, room: f32) -> MatrixResponse {
        self.show_with(ui, Head::Beside(room))
    }

    /// Height of a compact matrix without its cells.
    pub fn compact_height(look: &PlotLook, with_cost: bool) -> f32 {
        let line = look.caption.size + 5.0;
        line + 4.0 + if with_cost { line + 5.0 } else { 1.0 }
    }

    fn show_with(self, ui: &mut Ui, head: Head) -> MatrixResponse {
        let tokens = theme::tokens(ui.ctx());
        let line = self.look.caption.size + 5.0;
        let rows = self.cells.len().div_ceil(self.columns.max(1));
        let size = vec2(self.cell.x * self.columns as f32, self.cell.y * rows as f32);
        let recording = figure::record(ui);
        let (above, all) = match head {
            Head::Lines => {
                // In a lecture hall, where every line counts, an empty one is left out.
                let heads = if self.kind.is_empty() && self.look.line > 1.0 { 1.0 } else { 2.0 };
                (heads * line + 2.0, (heads + 1.0) * line + 8.0)
            }
            Head::Compact => (line + 3.0, Self::compact_height(&self.look, !self.cost.is_empty())),
            Head::Beside(_) => (0.0, 2.0),
        };
        let before = if let Head::Beside(room) = head { room } else { 0.0 };
        let (rect, _) = ui.allocate_exact_size(size + vec2(before, all), Sense::hover());
        let grid = Rect::from_min_size(rect.min + vec2(before, above), size);
        let response = ui.interact(grid, ui.scope_id().with(("matrix", self.title)), Sense::click());
        let label = || self.summary(rows);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, label()));

        let painter = ui.painter();
        let text = |y: f32, text: &str, font, color| {
            painter.text(pos2(rect.left(), y), Align2::LEFT_CENTER, text, font, color)
        };
        match head {
            Head::Lines => {
                text(rect.top() + line / 2.0, self.title, theme::title(), tokens.text);
                text(rect.top() + line * 1.5, self.kind, self.look.caption.clone(), tokens.muted);
            }
            Head::Compact => {
                let font = theme::semibold(self.look.caption.size + 1.5);
                let end = text(rect.top() + line / 2.0, self.title, font, tokens.text).right();
                let room = grid.right() - end - 8.0;
                let kind = painter.layout_no_wrap(self.kind.to_owned(), self.look.caption.clone(), tokens.muted);
                // A narrow matrix has room for its name alone.
                if kind.size().x <= room {
                    let at = pos2(end + 8.0, rect.top() + line / 2.0 - kind.size().y / 2.0);
                    painter.galley(at, kind, tokens.muted);
                }
            }
            Head::Beside(_) => {
                let font = theme::semibold(self.look.caption.size + 1.5);
                let half = if self.kind.is_empty() { 0.0 } else { line / 2.0 };
                text(grid.center().y - half, self.title, font, tokens.text);
                text(grid.center().y + half, self.kind, self.look.caption.clone(), tokens.muted);
            }
        }
        text(grid.bottom() + line / 2.0 + 5.0, self.cost, self.look.caption.clone(), tokens.muted);

        for (index, (text, fill)) in self.cells.iter().enumerate() {
            self.paint_cell(ui, self.place(grid, index), text, *fill, tokens);
        }
        painter.rect_stroke(grid, 0.0, (theme::HAIRLINE, tokens.axis), StrokeKind::Outside);
        let at = |pointer: egui::Pos2| {
            let cell = (pointer - grid.min) / self.cell;
            let index = cell.y as usize * self.columns + cell.x as usize;
            (grid.contains(pointer) && (cell.x as usize) < self.columns && index < self.cells.len()).then_some(index)
        };
        let hovered = response.hover_pos().and_then(at);
        let clicked = response.interact_pointer_pos().filter(|_| response.clicked()).and_then(at);
        for index in [hovered, self.linked].into_iter().flatten().filter(|index| *index < self.cells.len()) {
            let place = self.place(grid, index).expand(1.0);
            painter.rect_stroke(
                place,
                theme::RADIUS_BAR,
                (theme::SELECTED_LINE * self.look.line, tokens.text),
                StrokeKind::Middle,
            );
        }
        let focused = plot::take_focus(ui, &response);
        figure::menu(ui, &response, recording, rect, self.title, || self.table());
        let selected = clicked.or_else(|| self.linked.filter(|_| focused).and_then(|index| self.step(ui, index)));
        MatrixResponse { response, hovered, selected }
    }

    fn place(&self, grid: Rect, index: usize) -> Rect {
        let corner = vec2((index % self.columns) as f32, (index / self.columns) as f32) * self.cell;
        Rect::from_min_size(grid.min + corner, self.cell)
    }

    /// The cell that an arrow key leads to.
    fn step(&self, ui: &Ui, index: usize) -> Option<usize> {
        let (columns, column) = (self.columns, index % self.columns);
        let moves = [
            (Key::ArrowLeft, index.checked_sub(1).filter(|_| column > 0)),
            (Key::ArrowRight, Some(index + 1).filter(|_| column + 1 < columns)),
            (Key::ArrowUp, index.checked_sub(columns)),
            (Key::ArrowDown, Some(index + columns)),
        ];
        let pressed = moves.into_iter().find(|(key, _)| ui.input(|input| input.key_pressed(*key)));
        pressed.and_then(|(_, target)| target).filter(|target| *target < self.cells.len())
    }

    fn paint_cell(&self, ui: &Ui, place: Rect, text: &str, fill: Fill, tokens: &Tokens) {
        let painter = ui.painter();
        let Pair { fill: background, text: color } = match fill {
            Fill::Plain | Fill::Underline(..) => Pair { fill: tokens.card, text: tokens.text },
            Fill::Soft => Pair { fill: tokens.accent_soft, text: tokens.text },
            Fill::Accent => Pair { fill: tokens.accent, text: tokens.on_accent },
            Fill::Warn => Pair { fill: tokens.warn_soft, text: tokens.warn },
            Fill::Faint => Pair { fill: tokens.inset, text: tokens.muted },
            Fill::Level(rank, levels) => tokens.level(rank, levels),
            Fill::Signed(share) => {
                let fill = tokens.diverging(share);
                Pair { fill, text: theme::text_on(fill) }
            }
        };
        painter.rect_filled(place, 0.0, background);
        // The rule between cells is a pixel of card, of hair where the cells are white themselves.
        let is_white =
            matches!(fill, Fill::Plain | Fill::Underline(..) | Fill::Soft | Fill::Accent | Fill::Warn | Fill::Faint);
        let rule = if is_white { tokens.hair } else { tokens.card };
        painter.rect_stroke(place, 0.0, (theme::HAIRLINE, rule), StrokeKind::Inside);
        // As large as the longest text of the matrix allows, so that all cells are of one size.
        let longest = self.cells.iter().map(|(text, _)| text.chars().count()).max().unwrap_or(1).max(1);
        // As large as the width allows, and no higher than the cell with its underline.
        let fits = ((place.width() - 8.0) / (longest as f32 * 0.61)).min(place.height() * 0.62);
        let font = theme::cell(fits.clamp(9.0, 17.0));
        painter.text(place.center(), Align2::CENTER_CENTER, text, font, color);
        if let Fill::Underline(rank, levels) = fill {
            let line =
                Rect::from_center_size(pos2(place.center().x, place.bottom() - 5.0), vec2(place.width() - 8.0, 3.0));
            painter.rect_filled(line, 1.0, tokens.level(rank, levels).fill);
        }
    }

    /// The cells as they stand, a row a row.
    fn table(&self) -> Table {
        let number =
            |text: &str| format::ascii(text).parse().map_or_else(|_| Cell::Text(text.to_owned()), Cell::Number);
        let columns = (0..self.columns).map(|column| column.to_string()).collect();
        let rows = self.cells.chunks(self.columns.max(1));
        let rows = rows.map(|row| row.iter().map(|(text, _)| number(text)).collect()).collect();
        Table { title: self.title.to_owned(), columns, rows }
    }

    fn summary(&self, rows: usize) -> String {
        let cells: Vec<&str> = self.cells.iter().map(|(text, _)| text.as_str()).collect();
        let rows_of_text: Vec<String> = cells.chunks(self.columns.max(1)).map(|row| row.join(" ")).collect();
        format!("{}, {rows} × {}: {}", self.title, self.columns, rows_of_text.join("; "))
    }
}
