//! Everything that knows egui: the window around a [`session::Session`].
//!
//! A frame goes: take in dialogs and jobs → draw, collecting requests → carry the requests out. Pages read a
//! [`context::PageContext`] and never change the session themselves.

mod album;
mod board;
pub mod command;
pub mod context;
mod curves;
pub mod derived;
mod describe;
mod dialogs;
pub mod document;
pub mod examples;
pub mod export;
pub mod figure;
pub mod fonts;
pub mod history;
pub mod icons;
pub mod library;
pub mod memo;
mod noise;
pub mod pages;
mod palettes;
mod pictures;
pub mod results;
pub mod run;
mod saving;
pub mod screenshot;
pub mod session;
pub mod settings;
pub mod setup;
mod shell;
pub mod signals;
pub mod state;
pub mod study;
pub mod theme;
pub mod training;
pub mod view;
pub mod widgets;

use std::path::PathBuf;
use std::sync::Arc;

use album::Album;
use command::Command;
use context::Request;
use dialogs::{Answer, FileDialog, Opening, Purpose};
use figure::files::{Figure, Photograph};
use screenshot::Screenshot;
use session::{Action, Session, Severity};
use settings::{Settings, ThemeChoice};
use setup::{Edit, Setup};
use shell::Shell;
use state::UiState;

use crate::io::Nameless;
use crate::jobs::Jobs;

/// How the window starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Files to open, beside the first example where there is none.
    pub files: Vec<PathBuf>,
    /// What the elements of npy files are whose type is not saved; asked for where it is missing.
    pub nameless: Nameless,
    /// The page to show, by its catalogue name.
    pub page: Option<&'static str>,
    /// The setting to show on that page, as its chip writes it; for most pages a scheme.
    pub setting: Option<String>,
    /// Whether to start in presentation mode.
    pub present: bool,
    /// A theme for this run; it is not saved.
    pub theme: Option<ThemeChoice>,
    /// A zoom for this run; it is not saved.
    pub zoom: Option<f32>,
    /// A tensor to select once the first file is open, by name.
    pub tensor: Option<String>,
    /// Take a picture of the window when everything has settled, and leave.
    pub screenshot: Option<Screenshot>,
    /// Run jobs at once instead of on threads: for tests.
    pub inline_jobs: bool,
}

/// The window's application.
pub struct App {
    session: Session,
    settings: Settings,
    state: UiState,
    shell: Shell,
    requests: Vec<Request>,
    file_dialog: Option<FileDialog>,
    /// Whether paths are typed rather than asked for by the system: in tests.
    without_dialogs: bool,
    photograph: Option<Photograph>,
    album: Option<Album>,
    /// When open files were last looked at, in seconds of the window's clock.
    looked_at: Option<f64>,
    figure: Option<Figure>,
    wanted_tensor: Option<String>,
    screenshot: Option<Screenshot>,
    /// Whether theme and zoom were given for this run only, so that leaving must not save them.
    temporary: bool,
    zoom: f32,
}

impl App {
    /// The application on its first example, or on the files that were asked for.
    ///
    /// # Errors
    /// If the operating system refuses threads.
    pub fn new(
        cc: &eframe::CreationContext<'_>,
        options: Options,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let ctx = &cc.egui_ctx;
        fonts::install(ctx);
        theme::apply(ctx);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let jobs = if options.inline_jobs {
            Jobs::inline()?
        } else {
            let waker = ctx.clone();
            Jobs::new(Arc::new(move || waker.request_repaint()))?
        };
        let stored = cc.storage.filter(|_| options.screenshot.is_none());
        let mut settings: Settings =
            stored.and_then(|storage| eframe::get_value(storage, eframe::APP_KEY)).unwrap_or_default();
        if let Some(theme) = options.theme {
            settings.theme = theme;
        }
        let first = examples::first();
        let scheme = first.scheme().ok_or("the first example has a scheme")?;
        let page = options.page.unwrap_or(first.page);
        let mut setup = Setup::new(scheme);
        if let Some(text) = &options.setting {
            pages::link(page).set(&mut setup, text)?;
        }
        let mut session = Session::new(jobs, setup, page);
        session.nameless = options.nameless;
        if options.files.is_empty() {
            session.open_first(first);
        }
        for file in options.files {
            // On a page of networks a file is what it would be if it were dropped there.
            session.act(if pages::is_of_networks(page) { Action::Drop(file) } else { Action::OpenFile(file) });
        }
        session.advance();
        let mut shell = Shell::default();
        shell.presenting = options.present;
        let mut app = Self {
            session,
            zoom: options.zoom.unwrap_or(settings.zoom),
            temporary: options.theme.is_some() || options.zoom.is_some() || options.screenshot.is_some(),
            settings,
            state: UiState::default(),
            shell,
            requests: Vec::new(),
            file_dialog: None,
            without_dialogs: options.inline_jobs,
            photograph: None,
            album: None,
            looked_at: None,
            figure: None,
            wanted_tensor: options.tensor,
            screenshot: options.screenshot,
        };
        app.apply_theme(ctx);
        ctx.set_zoom_factor(app.zoom);
        Ok(app)
    }

    /// The state behind the window, for tests.
    pub fn session(&self) -> &Session {
        &self.session
    }

    fn apply_theme(&mut self, ctx: &egui::Context) {
        let choice = match (self.settings.theme, self.shell.presenting) {
            // A projector washes dark grey out: light unless chosen otherwise.
            (ThemeChoice::System, true) => ThemeChoice::Light,
            (choice, _) => choice,
        };
        ctx.set_theme(choice.preference());
    }

    fn apply_zoom(&self, ctx: &egui::Context) {
        let zoom = if self.shell.presenting {
            let pixels = ctx.content_rect().height() * ctx.pixels_per_point();
            let native = ctx.native_pixels_per_point().unwrap_or(1.0);
            (pixels / shell::PRESENT_HEIGHT / native).clamp(0.5, 8.0)
        } else {
            self.zoom
        };
        if (ctx.zoom_factor() - zoom).abs() > 0.001 {
            ctx.set_zoom_factor(zoom);
        }
    }

    fn set_zoom(&mut self, zoom: f32) {
        self.zoom = ((zoom * 10.0).round() / 10.0).clamp(0.5, 3.0);
        self.settings.zoom = self.zoom;
        self.session.last_action = format!("Zoom {} %", (self.zoom * 100.0).round());
    }

    fn carry_out(&mut self, ctx: &egui::Context) {
        for request in std::mem::take(&mut self.requests) {
            match request {
                Request::Act(action) => self.session.act(action),
                Request::Compute(task) => self.session.compute(task),
                Request::Run(command) => self.run(command, ctx),
                Request::Copy { what, text } => self.copy(ctx, &what, text),
                Request::SaveFigure(path) => self.save_figure(path),
                Request::SaveFigures(folder) => self.album = Some(Album::new(folder)),
                Request::Export(scope) => self.shell.ask_export(&self.session, &self.settings, scope),
            }
        }
    }

    fn copy(&mut self, ctx: &egui::Context, what: &str, text: String) {
        ctx.copy_text(text);
        self.session.last_action = format!("Copied {what}");
    }

    /// Runs a named command.
    pub fn run(&mut self, command: Command, ctx: &egui::Context) {
        match command {
            Command::Open => self.ask_for(Opening::Weights, ctx),
            Command::OpenPath => self.shell.ask_path(Opening::Weights, String::new()),
            Command::OpenNetwork => self.ask_for(Opening::Network, ctx),
            Command::OpenData => self.ask_for(Opening::Data, ctx),
            Command::OpenDataFolder => self.ask_for(Opening::Folder, ctx),
            Command::OpenPalette => self.ask_for(Opening::Palette, ctx),
            Command::Export => self.shell.ask_export(&self.session, &self.settings, export::Scope::Tensor),
            Command::SaveFigures => self.ask_for_folder(ctx),
            Command::Reload => {
                if let Some(id) = self.session.active {
                    self.session.act(Action::Reload(id));
                }
            }
            Command::CloseDocument => {
                if let Some(id) = self.session.active {
                    self.session.act(Action::CloseDocument(id));
                }
            }
            Command::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            Command::Undo => self.session.act(Action::Undo),
            Command::Redo => self.session.act(Action::Redo),
            // The clipboard's text comes as an event of the next frame.
            Command::Paste => ctx.send_viewport_cmd(egui::ViewportCommand::RequestPaste),
            Command::CopyScheme => {
                let text = pages::link(self.session.page).get(self.session.setup());
                self.copy(ctx, "the scheme", text);
            }
            Command::CopyCommandLine => {
                if let Some(line) = export::command_line(&self.session) {
                    self.copy(ctx, "the command line", line);
                }
            }
            Command::ResetScheme => {
                let link = pages::link(self.session.page);
                self.session.act(Action::Edit(Edit::new("Reset", None, move |setup| link.reset(setup))));
            }
            Command::Pin => self.session.act(Action::Pin),
            Command::Palette => self.shell.toggle_palette(),
            Command::Present => self.toggle_present(ctx),
            Command::Fullscreen => {
                let full = ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
                ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(!full));
            }
            Command::ZoomIn => self.set_zoom(self.zoom + 0.1),
            Command::ZoomOut => self.set_zoom(self.zoom - 0.1),
            Command::ZoomReset => self.set_zoom(1.0),
            Command::ThemeSystem => self.settings.theme = ThemeChoice::System,
            Command::ThemeLight => self.settings.theme = ThemeChoice::Light,
            Command::ThemeDark => self.settings.theme = ThemeChoice::Dark,
            Command::ToggleLogCounts => self.settings.log_counts = !self.settings.log_counts,
            Command::NextSeed => self.session.act(Action::NextSeed),
            Command::NextDocument => self.next_document(),
            Command::NextTensor => self.step_tensor(1),
            Command::PreviousTensor => self.step_tensor(-1),
            Command::Shortcuts => self.shell.dialog = Some(shell::Dialog::Shortcuts),
            Command::About => self.shell.dialog = Some(shell::Dialog::About),
            Command::ResetSettings => {
                self.settings = Settings::default();
                self.zoom = 1.0;
                self.session.last_action = "Settings reset".to_owned();
            }
        }
    }

    fn toggle_present(&mut self, ctx: &egui::Context) {
        self.shell.presenting = !self.shell.presenting;
        self.apply_theme(ctx);
    }

    fn next_document(&mut self) {
        let documents = &self.session.documents;
        let position = documents.iter().position(|document| Some(document.id) == self.session.active);
        if let Some(next) = position.and_then(|position| documents.get((position + 1) % documents.len())) {
            let id = next.id;
            self.session.act(Action::SelectDocument(id));
        }
    }

    fn step_tensor(&mut self, step: isize) {
        if let Some(tensor) = self.state.tensor.neighbour(&self.session, step) {
            self.session.act(Action::SelectTensor(tensor));
        }
    }

    fn ask_for(&mut self, what: Opening, ctx: &egui::Context) {
        if self.file_dialog.is_some() {
            self.shell.ask_path(what, "The system's file dialog is open already".to_owned());
            return;
        }
        if !self.show_dialog(Purpose::Open(what), "", ctx) {
            self.shell.ask_path(what, shell::NO_DIALOG.to_owned());
        }
    }

    fn poll_file_dialog(&mut self) {
        let Some((purpose, answer)) =
            self.file_dialog.as_ref().and_then(|dialog| Some((dialog.purpose, dialog.poll()?)))
        else {
            return;
        };
        self.file_dialog = None;
        match (purpose, answer) {
            (Purpose::Open(what), Answer::Files(files)) => {
                files.into_iter().for_each(|file| self.session.act(what.action(file)))
            }
            (Purpose::Open(what), Answer::Impossible) => self.shell.ask_path(what, shell::NO_DIALOG.to_owned()),
            (Purpose::SaveFigure, Answer::Files(files)) => files.into_iter().for_each(|path| self.save_figure(path)),
            (Purpose::SaveFigure, Answer::Impossible) => self.ask_figure_path(shell::NO_SAVE_DIALOG),
            (Purpose::SaveFigures, Answer::Files(folders)) => {
                folders.first().into_iter().for_each(|parent| self.save_figures_in(parent));
            }
            (Purpose::SaveFigures, Answer::Impossible) => self.ask_folder_path(shell::NO_SAVE_DIALOG),
            (Purpose::Save, Answer::Files(files)) => self.shell.set_export_path(files.into_iter().next()),
            (Purpose::Save, Answer::Impossible) => self.shell.note_no_dialog(),
            (_, Answer::Cancelled) => {}
        }
    }

    /// One question at a time; a picture of the window cannot wait for an answer.
    fn ask_what_files_hold(&mut self, ctx: &egui::Context) {
        if self.shell.is_asking() {
            return;
        }
        let Some(file) = self.session.questions.pop_front() else { return };
        match &mut self.screenshot {
            Some(screenshot) => screenshot.fail(ctx, file.problem),
            None => self.shell.ask_nameless(file),
        }
        ctx.request_repaint();
    }

    /// Once a second while the window is looked at, and so at once when it comes to the front again.
    fn look_for_changed_files(&mut self, ctx: &egui::Context) {
        let now = ctx.input(|input| input.time);
        if self.looked_at.is_none_or(|then| now - then >= 1.0) {
            self.looked_at = Some(now);
            self.session.look_for_changed_files();
        }
    }

    fn take_dropped_files(&mut self, ctx: &egui::Context) {
        let dropped: Vec<PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        for path in dropped {
            self.session.act(Action::Drop(path));
        }
    }

    /// Text that is pasted while no field takes it.
    fn take_pasted_text(&mut self, ctx: &egui::Context) {
        let text = ctx.input(|input| {
            let text = |event: &egui::Event| match event {
                egui::Event::Paste(text) => Some(text.clone()),
                _ => None,
            };
            input.events.iter().find_map(text)
        });
        if let Some(text) = text
            && !self.shell.is_asking()
            && !ctx.text_edit_focused()
        {
            self.session.act(Action::Paste(text));
        }
    }

    fn select_wanted_tensor(&mut self) {
        let Some(name) = &self.wanted_tensor else { return };
        let Some(document) = self.session.document() else { return };
        if let Some(tensor) = document.model.tensors.iter().position(|tensor| tensor.name == *name) {
            self.wanted_tensor = None;
            self.session.act(Action::SelectTensor(tensor));
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.poll_file_dialog();
        self.look_for_changed_files(ctx);
        self.carry_out(ctx);
        self.session.advance();
        self.select_wanted_tensor();
        for path in std::mem::take(&mut self.session.opened) {
            self.settings.remember(&path);
        }
        self.apply_theme(ctx);
        self.apply_zoom(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.take_dropped_files(&ctx);
        self.take_pasted_text(&ctx);
        if !self.shell.is_asking()
            && let Some(command) = Command::pressed(&ctx)
            && shell::is_possible(command, &self.session)
        {
            self.requests.push(Request::Run(command));
        }
        self.shell.ui(&self.session, &mut self.settings, &mut self.state, &mut self.requests, ui);
        for notice in std::mem::take(&mut self.session.notices) {
            if let Some(screenshot) = self.screenshot.as_mut().filter(|_| notice.severity == Severity::Error) {
                screenshot.fail(&ctx, notice.detail.clone());
            }
            self.shell.notify(notice, &ctx);
        }
        self.ask_what_files_hold(&ctx);
        if let Some(name) = self.shell.take_choose_path()
            && !self.show_dialog(Purpose::Save, &name, &ctx)
        {
            self.shell.note_no_dialog();
        }
        self.take_wishes(&ctx);
        self.shell.toasts_ui(&mut self.requests, ui);
        if !self.requests.is_empty() {
            ctx.request_repaint();
        }
        let settled = self.session.is_settled() && self.requests.is_empty();
        if let Some(screenshot) = &mut self.screenshot {
            match self.wanted_tensor.take_if(|_| settled) {
                Some(name) => screenshot.fail(&ctx, format!("--tensor {name}: the file has no such tensor")),
                None => screenshot.advance(&ctx, settled),
            }
        }
    }

    fn raw_input_hook(&mut self, _ctx: &egui::Context, input: &mut egui::RawInput) {
        // Where the pointer happens to be is not what a picture shows.
        if self.screenshot.is_some() {
            input.events.retain(|event| {
                !matches!(
                    event,
                    egui::Event::PointerMoved(_) | egui::Event::MouseMoved(_) | egui::Event::PointerButton { .. }
                )
            });
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        if !self.temporary {
            eframe::set_value(storage, eframe::APP_KEY, &self.settings);
        }
    }

    fn persist_egui_memory(&self) -> bool {
        // Scroll positions and collapsed menus are not worth finding again; preferences are saved above.
        false
    }
}
