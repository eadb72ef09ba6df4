//! The context menu of every picture: copy its data, save it as CSV, SVG or PNG.
//!
//! A widget notes where it starts painting ([`record`]) and ends with [`menu`]; the menu of a page comes with the widget. What is
//! chosen waits in the window's memory until the shell takes it ([`take`]): a widget needs no more than its `Ui`.

use std::sync::Arc;

use egui::{Id, LayerId, Rect, Response, Sense, Ui};

use crate::app::figure::svg::{self, Picture};
use crate::app::theme;
use crate::app::view::figure::Table;

/// How a table becomes text.
type Writer = fn(&Table) -> String;

/// Where a picture's painting starts.
#[derive(Clone, Copy)]
pub struct Recording {
    layer: LayerId,
    start: usize,
}

/// What a person wants of a picture or a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Text on the clipboard.
    Copy {
        /// What is said: `Copied the data of SQNR by bits`.
        what: String,
        /// The text.
        text: String,
    },
    /// A file with this text.
    SaveText {
        /// The picture's title.
        title: String,
        /// `csv`, `svg`, `md`, `tex`.
        extension: &'static str,
        /// The content.
        text: String,
    },
    /// A file with these bytes.
    SaveBytes {
        /// What is in it.
        title: String,
        /// The ending of its name.
        extension: &'static str,
        /// The content.
        bytes: Arc<Vec<u8>>,
    },
    /// A PNG file of this part of the window, once the menu has gone.
    SavePng {
        /// The picture's title.
        title: String,
        /// The part, in points.
        rect: Rect,
    },
}

fn outbox() -> Id {
    Id::unique("wishes for figures")
}

/// What was wished since the shell last asked.
pub fn take(ctx: &egui::Context) -> Vec<Wish> {
    ctx.data_mut(|data| data.remove_temp::<Vec<Wish>>(outbox())).unwrap_or_default()
}

/// Asks for a file with this text.
pub fn save_text(ui: &Ui, title: &str, extension: &'static str, text: String) {
    wish(ui, Wish::SaveText { title: title.to_owned(), extension, text });
}

/// Asks for a file with these bytes.
pub fn save_bytes(ui: &Ui, title: &str, extension: &'static str, bytes: Arc<Vec<u8>>) {
    wish(ui, Wish::SaveBytes { title: title.to_owned(), extension, bytes });
}

fn wish(ui: &Ui, wish: Wish) {
    ui.data_mut(|data| data.get_temp_mut_or_default::<Vec<Wish>>(outbox()).push(wish));
    ui.request_repaint();
}

/// Notes where the painting of a picture starts.
pub fn record(ui: &Ui) -> Recording {
    let layer = ui.layer_id();
    let start = ui.ctx().graphics(|graphics| graphics.get(layer).map_or(0, |list| list.next_idx().0));
    Recording { layer, start }
}

/// The menu of a picture that was painted into `rect` since `recording`; `table` gives the numbers behind it.
pub fn menu(ui: &Ui, response: &Response, recording: Recording, rect: Rect, title: &str, table: impl Fn() -> Table) {
    menu_with_pictures(ui, response, recording, rect, title, table, Vec::new);
}

/// The menu of a picture that shows textures: `pictures` gives their pixels.
pub fn menu_with_pictures(
    ui: &Ui,
    response: &Response,
    recording: Recording,
    rect: Rect,
    title: &str,
    table: impl Fn() -> Table,
    pictures: impl Fn() -> Vec<Picture>,
) {
    debug_assert_eq!(ui.layer_id(), recording.layer, "recorded and offered in one layer");
    response.context_menu(|ui| {
        if ui.button("Copy data").clicked() {
            let table = table();
            wish(ui, Wish::Copy { what: format!("the data of {}", table.title), text: table.tsv() });
            ui.close();
        }
        ui.separator();
        if ui.button("Save CSV…").clicked() {
            let table = table();
            wish(ui, Wish::SaveText { text: table.csv(), title: table.title, extension: "csv" });
            ui.close();
        }
        if ui.button("Save SVG…").clicked() {
            let text = drawing(ui, recording, rect, title, &pictures());
            wish(ui, Wish::SaveText { title: title.to_owned(), extension: "svg", text });
            ui.close();
        }
        if ui.button("Save PNG…").clicked() {
            wish(ui, Wish::SavePng { title: title.to_owned(), rect });
            ui.close();
        }
    });
}

/// The menu of a table: its text for a spreadsheet, a README and a paper.
pub fn table_menu(response: &Response, table: impl Fn() -> Table) {
    response.context_menu(|ui| {
        let copies: [(&str, Writer); 3] =
            [("Copy data", Table::tsv), ("Copy as Markdown", Table::markdown), ("Copy as LaTeX", Table::latex)];
        for (name, write) in copies {
            if ui.button(name).clicked() {
                let table = table();
                wish(ui, Wish::Copy { what: format!("the table {}", table.title), text: write(&table) });
                ui.close();
            }
        }
        ui.separator();
        let files: [(&str, &'static str, Writer); 3] = [
            ("Save CSV…", "csv", Table::csv),
            ("Save Markdown…", "md", Table::markdown),
            ("Save LaTeX…", "tex", Table::latex),
        ];
        for (name, extension, write) in files {
            if ui.button(name).clicked() {
                let table = table();
                wish(ui, Wish::SaveText { text: write(&table), title: table.title, extension });
                ui.close();
            }
        }
    });
}

/// [`table_menu`] of the space that is left, for a table whose rows take no clicks; before the rows are drawn.
pub fn table_area(ui: &Ui, title: &str, table: impl Fn() -> Table) {
    let response = ui.interact(ui.max_rect(), ui.scope_id().with(("table", title)), Sense::CLICK);
    table_menu(&response, table);
}

/// What was painted into `rect` since the recording started, as SVG.
fn drawing(ui: &Ui, recording: Recording, rect: Rect, title: &str, pictures: &[Picture]) -> String {
    // Asked for before the graphics are locked.
    let card = theme::tokens(ui.ctx()).card;
    ui.ctx().graphics(|graphics| {
        let shapes =
            graphics.get(recording.layer).into_iter().flat_map(|list| list.all_entries()).skip(recording.start);
        svg::document(shapes, rect, card, title, pictures)
    })
}
