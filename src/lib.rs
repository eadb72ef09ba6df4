//! Quantscope: a program for *seeing* quantization.
//!
//! - [`engine`] is the science: number formats, tensors, quantizers, coding, measurement. It knows no window and no file.
//! - [`io`] reads and writes every file format; its errors say where and why.
//! - [`jobs`] runs long work beside the window: progress, cancel, latest wins.
//! - [`app`] is everything that knows egui: pages, widgets, commands, theme.
//! - [`cli`] is the headless side: the same engine calls that the pages make.
//!
//! Imports go one way: `app`, `cli` → `jobs`, `io` → `engine`. `tests/house.rs` holds that line.

pub mod app;
pub mod cli;
pub mod engine;
pub mod io;
pub mod jobs;

use std::ffi::OsString;
use std::process::ExitCode;

use app::Options;
use app::screenshot::Screenshot;
use app::settings::ThemeChoice;
use cli::{Outcome, ScreenshotArgs, Theme, WindowArgs};

/// Runs the program on its arguments (its own name first): the window, or a headless command.
pub fn start(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let (options, size) = match cli::run(arguments) {
        Outcome::Done(code) => return code,
        Outcome::Window(args) => (window(args), None),
        Outcome::Screenshot(args) => {
            let size = args.size.map(|size| [size.width as f32, size.height as f32]);
            (screenshot(args), size)
        }
    };
    let options = match options {
        Ok(options) => options,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::from(2);
        }
    };
    match app::run::run(options, size) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn window(args: WindowArgs) -> Result<Options, String> {
    Ok(Options {
        files: args.files,
        page: args.page.as_deref().map(page).transpose()?,
        scheme: args.scheme.as_deref().map(scheme).transpose()?,
        present: args.present,
        theme: args.theme.map(theme),
        ..Options::default()
    })
}

fn screenshot(args: ScreenshotArgs) -> Result<Options, String> {
    if let Some(zoom) = args.zoom.filter(|zoom| !(0.5..=4.0).contains(zoom)) {
        return Err(format!("--zoom {zoom}: expected 0.5 to 4"));
    }
    Ok(Options {
        files: args.files,
        page: Some(page(&args.page)?),
        scheme: args.scheme.as_deref().map(scheme).transpose()?,
        present: args.present,
        theme: Some(args.theme.map_or(ThemeChoice::Light, theme)),
        zoom: args.zoom.or(Some(1.0)),
        tensor: args.tensor,
        screenshot: Some(Screenshot::new(args.out)),
        ..Options::default()
    })
}

fn page(name: &str) -> Result<&'static str, String> {
    app::pages::find(name).map(|page| page.name).ok_or_else(|| {
        let names: Vec<&str> = app::pages::PAGES.iter().map(|page| page.name).collect();
        format!("--page {name}: there is no such page in this version; expected one of {}", names.join(", "))
    })
}

fn scheme(text: &str) -> Result<engine::quantize::Scheme, String> {
    text.parse().map_err(|error: engine::quantize::SchemeError| format!("--scheme {text}: {error}"))
}

fn theme(theme: Theme) -> ThemeChoice {
    match theme {
        Theme::Light => ThemeChoice::Light,
        Theme::Dark => ThemeChoice::Dark,
    }
}
