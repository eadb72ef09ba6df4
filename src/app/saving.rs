//! Figures on their way to files: what was chosen in their menus, where they go, and the dialogs that ask for it.

use std::path::PathBuf;

use super::album::{self, Album};
use super::dialogs::{FileDialog, Purpose};
use super::figure::files::{Content, Figure, Photograph};
use super::session::Action;
use super::widgets::{self, figure::Wish};
use super::{App, shell};

impl App {
    /// Shows a dialog of the system; `false` where there is none, or one is open already.
    pub(super) fn show_dialog(&mut self, purpose: Purpose, file_name: &str, ctx: &egui::Context) -> bool {
        if self.file_dialog.is_some() || self.without_dialogs {
            return false;
        }
        self.file_dialog = FileDialog::show(purpose, self.settings.directory.as_deref(), file_name, ctx).ok();
        self.file_dialog.is_some()
    }

    /// Takes the folder in which the figures of the page shall have one of their own.
    pub(super) fn save_figures_in(&mut self, parent: &std::path::Path) {
        self.album = Some(Album::new(album::new_folder(parent, self.session.page)));
    }

    /// Carries out what was chosen in the menus of pictures and tables.
    pub(super) fn take_wishes(&mut self, ctx: &egui::Context) {
        for wish in widgets::figure::take(ctx) {
            match wish {
                Wish::Copy { what, text } => self.copy(ctx, &what, text),
                Wish::SaveText { title, extension, text } => {
                    self.ask_for_figure(Figure { title, extension, content: Content::Text(text) }, ctx);
                }
                Wish::SaveBytes { title, extension, bytes } => {
                    self.ask_for_figure(Figure { title, extension, content: Content::Bytes(bytes) }, ctx);
                }
                Wish::SavePng { title, rect } => self.photograph = Some(Photograph::new(title, rect)),
            }
        }
        if let Some(figure) = self.photograph.as_mut().and_then(|photograph| photograph.advance(ctx)) {
            self.photograph = None;
            self.ask_for_figure(figure, ctx);
        }
        if let Some((folder, files)) = self.album.as_mut().and_then(|album| album.advance(ctx)) {
            self.album = None;
            self.session.act(Action::SaveFigures(files, folder));
        }
    }

    /// Asks for the folder of all figures of the page.
    pub(super) fn ask_for_folder(&mut self, ctx: &egui::Context) {
        if !self.show_dialog(Purpose::SaveFigures, "", ctx) {
            self.ask_folder_path(shell::NO_SAVE_DIALOG);
        }
    }

    pub(super) fn ask_folder_path(&mut self, reason: &str) {
        let parent = self.settings.directory.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default();
        self.shell.ask_figure_folder(&album::new_folder(&parent, self.session.page), reason);
    }

    fn ask_for_figure(&mut self, figure: Figure, ctx: &egui::Context) {
        let name = figure.file_name();
        self.figure = Some(figure);
        if !self.show_dialog(Purpose::SaveFigure, &name, ctx) {
            self.ask_figure_path(shell::NO_SAVE_DIALOG);
        }
    }

    pub(super) fn ask_figure_path(&mut self, reason: &str) {
        let Some(figure) = &self.figure else { return };
        let folder = self.settings.directory.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default();
        self.shell.ask_figure_path(&folder.join(figure.file_name()), reason);
    }

    pub(super) fn save_figure(&mut self, path: PathBuf) {
        if let Some(figure) = self.figure.take() {
            let path = figure.with_extension(path);
            self.session.act(Action::SaveFigure(figure, path));
        }
    }
}
