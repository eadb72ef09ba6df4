//! The questions that need more than a toast: a typed path, where to export to, the shortcuts, about.

use std::path::PathBuf;

use egui::{Align2, Frame, Id, Key, Modal, RichText, ScrollArea, Ui};

use super::export_dialog::{ExportDraft, export_ui};
use super::nameless_dialog::{NamelessDraft, nameless_ui};
use crate::app::command::COMMANDS;
use crate::app::context::Request;
use crate::app::dialogs::Opening;
use crate::app::export::{self, Scope};
use crate::app::session::{FileQuestion, Session};
use crate::app::settings::Settings;
use crate::app::theme::{self, tokens};
use crate::app::widgets::button;

/// An open question.
pub enum Dialog {
    /// A typed path to open, with why it is asked for.
    OpenPath {
        /// What is opened.
        what: Opening,
        /// What was typed so far.
        text: String,
        /// Why a path is asked for instead of the system's dialog; may be empty.
        reason: String,
    },
    /// A typed path for a figure or a table.
    SaveFigure {
        /// What was typed so far.
        text: String,
        /// Why a path is asked for instead of the system's dialog.
        reason: String,
    },
    /// A typed path of a folder for all figures of the page.
    SaveFigures {
        /// What was typed so far.
        text: String,
        /// Why a path is asked for instead of the system's dialog.
        reason: String,
    },
    /// What to export, how, and where to.
    Export(ExportDraft),
    /// What the elements of a file are.
    Nameless(NamelessDraft),
    /// The list of shortcuts.
    Shortcuts,
    /// Versions and licences.
    About,
}

/// Room around what is asked.
const MARGIN: f32 = 18.0;
/// Where a dialog begins, as a share of the window's height.
const UPPER_EDGE: f32 = 0.1;

/// What became of the dialog in this frame.
pub enum Outcome {
    /// Still open.
    Open,
    /// Closed.
    Close,
    /// The person wants the system's dialog to choose where to save.
    ChoosePath,
}

impl Dialog {
    /// The export question with a suggested path beside the document's file.
    pub fn export(session: &Session, settings: &Settings, scope: Scope) -> Self {
        Self::Export(ExportDraft::new(session, settings, scope))
    }

    /// The question what the elements of a file are.
    pub fn nameless(file: FileQuestion) -> Self {
        Self::Nameless(NamelessDraft::new(file))
    }

    /// Draws the dialog and sends what was decided.
    pub fn ui(&mut self, session: &Session, requests: &mut Vec<Request>, ui: &Ui) -> Outcome {
        let mut outcome = Outcome::Open;
        let frame = Frame::popup(ui.style()).inner_margin(MARGIN);
        // Held at its upper edge: what is chosen in it changes its height, and nothing must move away under the pointer.
        let (id, upper) = (Id::unique("dialog"), ui.ctx().content_rect().height() * UPPER_EDGE);
        let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, egui::vec2(0.0, upper));
        let modal = Modal::new(id).area(area).frame(frame).show(ui.ctx(), |ui| {
            ui.set_width(560.0_f32.min(ui.ctx().content_rect().width() - 80.0));
            ui.spacing_mut().item_spacing = egui::vec2(8.0, 10.0);
            match self {
                Self::OpenPath { what, text, reason } => open_path_ui(*what, text, reason, requests, ui),
                Self::SaveFigure { text, reason } => save_figure_ui(text, reason, requests, ui),
                Self::SaveFigures { text, reason } => save_figures_ui(text, reason, requests, ui),
                Self::Export(draft) => export_ui(draft, session, requests, ui),
                Self::Nameless(draft) => nameless_ui(draft, requests, ui),
                Self::Shortcuts => shortcuts_ui(ui),
                Self::About => about_ui(ui),
            }
        });
        if !matches!(modal.inner, Outcome::Open) {
            outcome = modal.inner;
        } else if modal.response.should_close() || modal.backdrop_response.clicked() {
            outcome = Outcome::Close;
        }
        if ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape)) {
            Outcome::Close
        } else {
            outcome
        }
    }
}

pub(super) fn heading(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::title()).color(tokens(ui.ctx()).text));
}

fn open_path_ui(what: Opening, text: &mut String, reason: &str, requests: &mut Vec<Request>, ui: &mut Ui) -> Outcome {
    heading(ui, if what == Opening::Weights { "Open by path" } else { what.title() });
    if !reason.is_empty() {
        ui.label(RichText::new(reason).color(tokens(ui.ctx()).muted));
    }
    let field = egui::TextEdit::singleline(text).hint_text(what.example()).desired_width(f32::INFINITY);
    let field = ui.add(field).accessible_name("Path");
    if text.is_empty() && ui.memory(|memory| memory.focused().is_none()) {
        field.request_focus();
    }
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let mut outcome = Outcome::Open;
    ui.horizontal(|ui| {
        let ready = !text.trim().is_empty();
        let open = ui
            .add_enabled_ui(ready, |ui| {
                button::filled(ui, if what == Opening::Folder { "Open folder" } else { "Open file" })
            })
            .inner;
        if (open.clicked() || entered) && ready {
            requests.push(Request::Act(what.action(expand(text))));
            outcome = Outcome::Close;
        }
        if button::plain(ui, "Cancel").clicked() {
            outcome = Outcome::Close;
        }
    });
    outcome
}

fn save_figure_ui(text: &mut String, reason: &str, requests: &mut Vec<Request>, ui: &mut Ui) -> Outcome {
    heading(ui, "Save figure");
    let tokens = tokens(ui.ctx());
    ui.label(RichText::new(reason).color(tokens.muted));
    let field = ui.add(egui::TextEdit::singleline(text).desired_width(f32::INFINITY)).accessible_name("File");
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let path = expand(text);
    let problem = export::problem_with_folder(&path);
    if let Some(problem) = &problem {
        ui.label(RichText::new(problem).color(tokens.error));
    } else if path.exists() {
        ui.label(RichText::new("This file exists and will be replaced").color(tokens.warn));
    }
    let mut outcome = Outcome::Open;
    ui.horizontal(|ui| {
        let save = ui.add_enabled_ui(problem.is_none(), |ui| button::filled(ui, "Save file")).inner;
        if (save.clicked() || entered) && problem.is_none() {
            requests.push(Request::SaveFigure(path));
            outcome = Outcome::Close;
        }
        if button::plain(ui, "Cancel").clicked() {
            outcome = Outcome::Close;
        }
    });
    outcome
}

fn save_figures_ui(text: &mut String, reason: &str, requests: &mut Vec<Request>, ui: &mut Ui) -> Outcome {
    heading(ui, "Save all figures of this page");
    let tokens = tokens(ui.ctx());
    ui.label("Every picture as PNG, SVG and CSV, every table as CSV, Markdown and LaTeX, into a new folder.");
    ui.label(RichText::new(reason).color(tokens.muted));
    let field = ui.add(egui::TextEdit::singleline(text).desired_width(f32::INFINITY)).accessible_name("Folder");
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let path = expand(text);
    let problem = export::problem_with_new_folder(&path);
    if let Some(problem) = &problem {
        ui.label(RichText::new(problem).color(tokens.error));
    }
    let mut outcome = Outcome::Open;
    ui.horizontal(|ui| {
        let save = ui.add_enabled_ui(problem.is_none(), |ui| button::filled(ui, "Save files")).inner;
        if (save.clicked() || entered) && problem.is_none() {
            requests.push(Request::SaveFigures(path));
            outcome = Outcome::Close;
        }
        if button::plain(ui, "Cancel").clicked() {
            outcome = Outcome::Close;
        }
    });
    outcome
}

/// A typed path may be quoted, or start with `~/`.
pub(super) fn expand(text: &str) -> PathBuf {
    let text = text.trim().trim_matches(['"', '\'']);
    match (text.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(text),
    }
}

/// Keys that are not commands: they belong to what has the focus.
const MORE_KEYS: [(&str, &str); 12] = [
    ("Bits of the code", "1 … 8"),
    ("Step, back, run to the end, reset", "S, B, G, H"),
    ("Another random start of k-means", "W"),
    ("Play or pause the window of a convolution", "P"),
    ("One bit less or more", "← →, on the slider"),
    ("Fewest or most bits", "Home End, on the slider"),
    ("Another tensor", "↑ ↓, in the table"),
    ("Another weight", "← → ↑ ↓, on a map"),
    ("Next or previous control", "Tab, Shift+Tab"),
    ("Zoom the histogram", "Scroll; double click to fit"),
    ("Next or previous scene of a presentation", "Page Down, Page Up"),
    ("Close what is open, leave the presentation", "Esc"),
];

fn shortcuts_ui(ui: &mut Ui) -> Outcome {
    heading(ui, "Keyboard shortcuts");
    let height = ui.ctx().content_rect().height() - 200.0;
    ScrollArea::vertical().max_height(height).show(ui, |ui| {
        egui::Grid::new("shortcuts").num_columns(2).spacing([32.0, 6.0]).show(ui, |ui| {
            for entry in COMMANDS.iter().filter(|entry| !entry.keys.is_empty()) {
                ui.label(entry.text);
                let keys: Vec<String> = entry.keys.iter().map(|keys| ui.ctx().format_shortcut(keys)).collect();
                ui.label(RichText::new(keys.join(" or ")).font(theme::mono()));
                ui.end_row();
            }
            for (what, keys) in MORE_KEYS {
                ui.label(what);
                ui.label(RichText::new(keys).font(theme::mono()));
                ui.end_row();
            }
        });
    });
    close_button(ui)
}

fn about_ui(ui: &mut Ui) -> Outcome {
    heading(ui, &format!("Quantscope {}", env!("CARGO_PKG_VERSION")));
    ui.label(env!("CARGO_PKG_DESCRIPTION"));
    let muted = tokens(ui.ctx()).muted;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let lines = [
        format!("egui {} · OpenGL by glow · {threads} threads", egui_version()),
        format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH),
        "Inter and JetBrains Mono under the SIL Open Font License 1.1".to_owned(),
    ];
    for line in lines {
        ui.label(RichText::new(line).color(muted));
    }
    close_button(ui)
}

/// The version of egui that the manifest asks for.
fn egui_version() -> &'static str {
    "0.37"
}

fn close_button(ui: &mut Ui) -> Outcome {
    if button::filled(ui, "Close").clicked() { Outcome::Close } else { Outcome::Open }
}
