//! The window around the pages: bars, rail, palette, dialogs, toasts, presentation mode.

mod dialogs;
mod export_dialog;
mod menus;
mod nameless_dialog;
mod palette;
mod present;
mod rail;
mod status_bar;
mod top_bar;

use std::path::PathBuf;

use egui::{Align2, CentralPanel, Color32, Frame, Panel, Ui};

pub use dialogs::Dialog;
pub use present::HEIGHT as PRESENT_HEIGHT;

use palette::Palette;

use super::command::Command;
use super::context::{PageContext, Request};
use super::dialogs::Opening;
use super::export::Scope;
use super::pages;
use super::session::{Action, Copy, FileQuestion, Notice, Session, Severity};
use super::settings::Settings;
use super::setup::Edit;
use super::state::UiState;
use super::theme::{self, tokens};
use super::widgets::scheme_chip::SchemeChip;
use super::widgets::toast::{Kind, Toasts};

/// What is said when a typed path takes the place of the system's dialog.
pub const NO_DIALOG: &str = "The system has no file dialog to show; type the path, or drop the file on the window";

/// The same where a figure or a table is saved.
pub const NO_SAVE_DIALOG: &str = "The system has no file dialog to show; type where the file shall go";

/// Narrower than this (in points), the rail loses its words.
const RAIL_WORDS: f32 = 1000.0;

/// What the shell remembers between frames.
#[derive(Default)]
pub struct Shell {
    /// Whether the page is shown to a lecture hall.
    pub presenting: bool,
    /// The open question, if there is one.
    pub dialog: Option<Dialog>,
    palette: Option<Palette>,
    chip: SchemeChip,
    toasts: Toasts,
    /// What the buttons on toasts do: the newest of each name.
    toast_actions: Vec<(&'static str, Request)>,
    choose_path: Option<String>,
}

/// Whether a command would do something now.
pub fn is_possible(command: Command, session: &Session) -> bool {
    match command {
        Command::Undo => session.setups.can_undo(),
        Command::Redo => session.setups.can_redo(),
        Command::Reload => session.document().is_some_and(|document| document.path().is_some()),
        Command::CloseDocument => session.active.is_some(),
        Command::Export | Command::CopyCommandLine | Command::Pin => session.key().is_some(),
        Command::NextTensor | Command::PreviousTensor => {
            session.document().is_some_and(|document| document.model.tensors.len() > 1)
        }
        Command::NextDocument => session.documents.len() > 1,
        Command::NextSeed => session.document().is_some_and(|document| document.seed().is_some()),
        _ => true,
    }
}

impl Shell {
    /// Whether a question or the palette takes the keys.
    pub fn is_asking(&self) -> bool {
        self.dialog.is_some() || self.palette.is_some()
    }

    /// Asks for a typed path to open.
    pub fn ask_path(&mut self, what: Opening, reason: String) {
        self.dialog = Some(Dialog::OpenPath { what, text: String::new(), reason });
    }

    /// Asks for a typed path of a figure or a table.
    pub fn ask_figure_path(&mut self, suggested: &std::path::Path, reason: &str) {
        self.dialog = Some(Dialog::SaveFigure { text: suggested.display().to_string(), reason: reason.to_owned() });
    }

    /// Asks for a typed path of a folder for all figures.
    pub fn ask_figure_folder(&mut self, suggested: &std::path::Path, reason: &str) {
        self.dialog = Some(Dialog::SaveFigures { text: suggested.display().to_string(), reason: reason.to_owned() });
    }

    /// Asks what the elements of a file are.
    pub fn ask_nameless(&mut self, file: FileQuestion) {
        self.dialog = Some(Dialog::nameless(file));
    }

    /// Asks what to export and where to.
    pub fn ask_export(&mut self, session: &Session, settings: &Settings, scope: Scope) {
        if session.key().is_some() {
            self.dialog = Some(Dialog::export(session, settings, scope));
        }
    }

    /// Takes the path that the system's dialog chose.
    pub fn set_export_path(&mut self, path: Option<PathBuf>) {
        if let (Some(Dialog::Export(draft)), Some(path)) = (&mut self.dialog, path) {
            draft.take_path(path.display().to_string());
        }
    }

    /// Says that the path has to be typed.
    pub fn note_no_dialog(&mut self) {
        self.toasts.push(Kind::Warn, "No file dialog", "The system has none to show; type the path instead");
    }

    /// Whether the system's dialog was asked for in this frame, with the suggested file name.
    pub fn take_choose_path(&mut self) -> Option<String> {
        self.choose_path.take()
    }

    /// Opens or closes the command palette.
    pub fn toggle_palette(&mut self) {
        self.palette = if self.palette.is_some() { None } else { Some(Palette::default()) };
    }

    /// Shows a message.
    pub fn notify(&mut self, notice: Notice, ctx: &egui::Context) {
        let kind = match notice.severity {
            Severity::Good => Kind::Good,
            Severity::Warn => Kind::Warn,
            Severity::Error => Kind::Error,
        };
        let action = notice.action.map(|(name, action)| (name, Request::Act(action)));
        let code = notice.copy.as_ref().filter(|_| action.is_none()).map(|copy| copy.text.clone());
        let copy =
            || notice.copy.map(|Copy { button, what, text }| (button, Request::Copy { what: what.into(), text }));
        match action.or_else(copy) {
            Some((name, request)) => {
                self.toasts.push_with_action(kind, notice.title, notice.detail, code, name);
                self.toast_actions.retain(|(other, _)| *other != name);
                self.toast_actions.push((name, request));
            }
            None => self.toasts.push(kind, notice.title, notice.detail),
        }
        ctx.request_repaint();
    }

    /// Draws the window.
    pub fn ui(
        &mut self,
        session: &Session,
        settings: &mut Settings,
        state: &mut UiState,
        requests: &mut Vec<Request>,
        ui: &mut Ui,
    ) {
        if self.presenting {
            present::ui(self, session, settings, state, requests, ui);
        } else {
            self.bars_and_page(session, settings, state, requests, ui);
        }
        self.digit_keys(session, requests, ui);
        if let Some(palette) = &mut self.palette
            && palette.ui(session, settings, requests, ui) == palette::Outcome::Close
        {
            self.palette = None;
        }
        self.dialog_ui(session, requests, ui);
        hovering_files_ui(ui);
    }

    fn bars_and_page(
        &mut self,
        session: &Session,
        settings: &mut Settings,
        state: &mut UiState,
        requests: &mut Vec<Request>,
        ui: &mut Ui,
    ) {
        let tokens = tokens(ui.ctx());
        let bar = Frame::new().fill(tokens.panel);
        Panel::top("top bar").exact_size(44.0).frame(bar).show_separator_line(false).resizable(false).show(ui, |ui| {
            top_bar::ui(self, session, settings, requests, ui);
        });
        Panel::bottom("status bar")
            .exact_size(26.0)
            .frame(bar)
            .show_separator_line(false)
            .resizable(false)
            .show(ui, |ui| status_bar::ui(session, state, requests, ui));
        let words = ui.available_width() >= RAIL_WORDS;
        let width = if words { rail::WIDTHS.0 } else { rail::WIDTHS.1 };
        Panel::left("rail").exact_size(width).frame(bar).show_separator_line(false).resizable(false).show(ui, |ui| {
            rail::ui(session, words, requests, ui);
        });
        Panel::top("page bar").exact_size(46.0).frame(bar).show_separator_line(false).resizable(false).show(ui, |ui| {
            rail::page_bar_ui(session, requests, ui);
        });
        page_ui(session, settings, state, false, requests, ui);
    }

    /// The chip with the current scheme: a click copies, a double click edits.
    fn chip_ui(&mut self, session: &Session, requests: &mut Vec<Request>, ui: &mut Ui) {
        let link = pages::link(session.page);
        let parse = |text: &str| {
            let mut setup = session.setup().clone();
            link.set(&mut setup, text).map(|()| text.to_owned())
        };
        let outcome = self.chip.ui(ui, &link.get(session.setup()), parse);
        if outcome.copied {
            requests.push(Request::Run(Command::CopyScheme));
        }
        if let Some(text) = outcome.edited {
            let edit = Edit::new(text.clone(), None, move |setup| {
                // The chip took the text only because it parses.
                let _ = link.set(setup, &text);
            });
            requests.push(Request::Act(Action::Edit(edit)));
        }
    }

    /// 1 to 8 set the bits, wherever the focus is, unless somebody types.
    fn digit_keys(&self, session: &Session, requests: &mut Vec<Request>, ui: &Ui) {
        if self.is_asking() || ui.ctx().text_edit_focused() {
            return;
        }
        let keys = [
            egui::Key::Num1,
            egui::Key::Num2,
            egui::Key::Num3,
            egui::Key::Num4,
            egui::Key::Num5,
            egui::Key::Num6,
            egui::Key::Num7,
            egui::Key::Num8,
        ];
        let link = pages::link(session.page);
        for (bits, key) in (1..).zip(keys) {
            if ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key))
                && (link.take_bits)(&mut session.setup().clone(), bits)
            {
                // Layers may have widths of their own: then there is no one width before.
                let what = match link.bits(session.setup()) {
                    Some(before) => format!("Bits {before} → {bits}"),
                    None => format!("Bits {bits}"),
                };
                let edit = Edit::new(what, None, move |setup| {
                    (link.take_bits)(setup, bits);
                });
                requests.push(Request::Act(Action::Edit(edit)));
            }
        }
    }

    fn dialog_ui(&mut self, session: &Session, requests: &mut Vec<Request>, ui: &Ui) {
        let Some(dialog) = &mut self.dialog else { return };
        match dialog.ui(session, requests, ui) {
            dialogs::Outcome::Open => {}
            dialogs::Outcome::Close => self.dialog = None,
            dialogs::Outcome::ChoosePath => {
                if let Dialog::Export(draft) = dialog {
                    self.choose_path = Some(super::session::file_name(std::path::Path::new(&draft.path)));
                }
            }
        }
    }

    /// Draws the messages and carries out what their buttons ask for.
    pub fn toasts_ui(&mut self, requests: &mut Vec<Request>, ui: &mut Ui) {
        if let Some(details) = self.toasts.ui(ui) {
            requests.push(Request::Copy { what: "the message".to_owned(), text: details });
        }
        if let Some(name) = self.toasts.take_action()
            && let Some(place) = self.toast_actions.iter().position(|(other, _)| *other == name)
        {
            requests.push(self.toast_actions.remove(place).1);
        }
    }
}

/// Draws the page in front, or what to do where nothing is open.
fn page_ui(
    session: &Session,
    settings: &mut Settings,
    state: &mut UiState,
    presenting: bool,
    requests: &mut Vec<Request>,
    ui: &mut Ui,
) {
    let canvas = Frame::new().fill(tokens(ui.ctx()).canvas).inner_margin(theme::GAP as i8);
    CentralPanel::default().frame(canvas).show(ui, |ui| {
        if let Some(page) = pages::find(session.page) {
            if page.needs_document && session.documents.is_empty() {
                empty_ui(session, settings, requests, ui);
                return;
            }
            (page.ui)(&mut PageContext { session, settings, state, presenting, requests }, ui);
        }
    });
}

fn empty_ui(session: &Session, settings: &Settings, requests: &mut Vec<Request>, ui: &mut Ui) {
    use super::widgets::empty_state::{Choice, empty_state};
    if !session.jobs().is_empty() {
        ui.centered_and_justified(|ui| ui.label("Opening…"));
        return;
    }
    let recent: Vec<String> = settings.recent.iter().map(|path| super::session::file_name(path)).collect();
    match empty_state(ui, &recent) {
        Some(Choice::Open) => requests.push(Request::Run(Command::Open)),
        Some(Choice::Example) => requests.push(Request::Act(Action::OpenExample(super::examples::first()))),
        Some(Choice::Recent(index)) => requests.push(Request::Act(Action::OpenFile(settings.recent[index].clone()))),
        None => {}
    }
}

/// While files hover over the window, it says what dropping them does.
fn hovering_files_ui(ui: &Ui) {
    let hovering = ui.input(|input| input.raw.hovered_files.len());
    if hovering == 0 {
        return;
    }
    let ctx = ui.ctx();
    let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("hovering files")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, Color32::from_black_alpha(160));
    let text = if hovering == 1 { "Drop to open".to_owned() } else { format!("Drop to open {hovering} files") };
    painter.text(rect.center(), Align2::CENTER_CENTER, text, theme::metric(), Color32::WHITE);
}
