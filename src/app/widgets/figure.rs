//! The context menu of every picture and every table: copy its data, save it as CSV, SVG or PNG; as CSV, Markdown or LaTeX.
//!
//! A widget notes where it starts painting ([`record`]) and ends with [`menu`]; what a page paints by hand goes into [`picture`] or
//! begins with [`table_area`]. What is chosen waits in the window's memory until the shell takes it ([`take`]): a widget needs no more than its `Ui`.

pub mod shown;

use std::sync::Arc;

use egui::{Id, LayerId, Popup, Rect, Response, Sense, SetOpenCommand, Ui};

use crate::app::figure::svg::{self, Picture};
use crate::app::theme;
use crate::app::view::figure::Table;
use shown::{Content, Kind};

/// How a table becomes text.
type Writer = fn(&Table) -> String;

/// Where a picture's painting starts.
#[derive(Clone, Copy)]
pub struct Recording {
    layer: LayerId,
    start: usize,
    /// Figures before it.
    before: usize,
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
    Recording { layer, start, before: shown::count(ui.ctx()) }
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
    let draw = |rect: Rect| drawing(ui, recording, rect, title, &pictures());
    shown::figure(ui, Kind::Picture, title, rect, || Content { table: table(), svg: Some(draw(rect)) });
    response.context_menu(|ui| picture_entries(ui, title, || rect, &table, draw));
}

/// What a picture offers.
fn picture_entries(
    ui: &mut Ui,
    title: &str,
    rect: impl Fn() -> Rect,
    table: &impl Fn() -> Table,
    draw: impl Fn(Rect) -> String,
) {
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
        let text = draw(rect());
        wish(ui, Wish::SaveText { title: title.to_owned(), extension: "svg", text });
        ui.close();
    }
    if ui.button("Save PNG…").clicked() {
        wish(ui, Wish::SavePng { title: title.to_owned(), rect: rect() });
        ui.close();
    }
}

/// All that `content` paints into the space of `ui`, as one picture with its menu; `table` gives the numbers behind it.
///
/// Figures inside `content` keep their own menus.
pub fn picture<R>(ui: &mut Ui, title: &str, table: impl Fn() -> Table, content: impl FnOnce(&mut Ui) -> R) -> R {
    let (recording, rect) = (record(ui), ui.available_rect_before_wrap());
    let inner = content(ui);
    menu_over(ui, recording, rect, title, table);
    inner
}

/// The menu of all that was painted into `rect` since `recording`, wherever it is clicked, also on what takes clicks of its own.
pub fn menu_over(ui: &Ui, recording: Recording, rect: Rect, title: &str, table: impl Fn() -> Table) {
    let part = || painted(ui, recording, rect);
    let draw = |part: Rect| drawing(ui, recording, part, title, &[]);
    popup(ui, recording.before, rect, title, |ui| picture_entries(ui, title, part, &table, draw));
    shown::figure(ui, Kind::Picture, title, rect, || Content { table: table(), svg: Some(draw(part())) });
}

/// The menu of the table that fills the space that is left, wherever it is clicked; before its rows are drawn.
pub fn table_area(ui: &Ui, title: &str, table: impl Fn() -> Table) {
    let rect = ui.available_rect_before_wrap();
    popup(ui, shown::count(ui.ctx()), rect, title, |ui| table_entries(ui, &table));
    shown::figure(ui, Kind::Table, title, rect, || Content { table: table(), svg: None });
}

/// A menu that comes by a click anywhere on `rect`, except on figures inside it: those after the first `before` of this pass.
fn popup(ui: &Ui, before: usize, rect: Rect, title: &str, entries: impl FnOnce(&mut Ui)) {
    let response = ui.interact(rect, ui.scope_id().with(("figure", title)), Sense::hover());
    let clicked = ui.input(|input| input.pointer.secondary_clicked()) && ui.rect_contains_pointer(rect);
    let at = ui.input(|input| input.pointer.interact_pos());
    let inside = clicked && !at.is_some_and(|at| shown::is_at(ui.ctx(), before, at));
    let open = (inside || response.secondary_clicked()).then_some(SetOpenCommand::Bool(true));
    Popup::menu(&response).open_memory(open).at_pointer_fixed().show(entries);
}

/// What a table offers.
fn table_entries(ui: &mut Ui, table: &impl Fn() -> Table) {
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
}

/// The part of `rect` that was painted on since the recording started.
fn painted(ui: &Ui, recording: Recording, rect: Rect) -> Rect {
    let bounds = ui.ctx().graphics(|graphics| {
        let shapes =
            graphics.get(recording.layer).into_iter().flat_map(|list| list.all_entries()).skip(recording.start);
        let seen = shapes.map(|clipped| clipped.shape.visual_bounding_rect().intersect(clipped.clip_rect));
        seen.filter(Rect::is_positive).fold(Rect::NOTHING, Rect::union)
    });
    let part = bounds.expand(2.0).intersect(rect);
    if part.is_positive() { part } else { rect }
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
