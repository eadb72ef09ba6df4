//! Quantscope: a program for *seeing* quantization.
//!
//! - [`engine`] is the science: number formats, tensors, quantizers, coding, measurement. It knows no window and no file.
//! - [`io`] reads and writes every file format; its errors say where and why.
//! - [`jobs`] runs long work beside the window: progress, cancel, latest wins.
//! - [`builtin`] holds the networks and the picture that come with the program; [`sources`] finds networks and data sets by name or place.
//! - [`app`] is everything that knows egui: pages, widgets, commands, theme.
//! - [`cli`] is the headless side: the same engine calls that the pages make.
//!
//! Imports go one way: `app`, `cli` → `jobs`, `io` → `engine`. `tests/house.rs` holds that line.

pub mod app;
pub mod builtin;
pub mod cli;
pub mod engine;
pub mod io;
pub mod jobs;
pub mod sources;

use std::ffi::OsString;
use std::process::ExitCode;

use app::Options;
use app::screenshot::Screenshot;
use app::settings::ThemeChoice;
use app::setup::Setup;
use cli::{Outcome, ScreenshotArgs, Theme, WindowArgs};

/// Runs the program on its arguments (its own name first): the window, or a headless command.
pub fn start(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    io::clean_up_on_signals();
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
        nameless: args.npy_dtype.unwrap_or_default(),
        page: args.page.as_deref().map(page).transpose()?,
        setting: args.scheme.map(|text| setting(args.page.as_deref(), text)).transpose()?,
        present: args.present,
        theme: args.theme.map(theme),
        ..Options::default()
    })
}

fn screenshot(args: ScreenshotArgs) -> Result<Options, String> {
    if let Some(zoom) = args.zoom.filter(|zoom| !(0.5..=4.0).contains(zoom)) {
        return Err(format!("--zoom {zoom}: expected 0.5 to 4"));
    }
    io::check_png_place(&args.out).map_err(|error| error.to_string())?;
    Ok(Options {
        files: args.files,
        nameless: args.npy_dtype.unwrap_or_default(),
        page: Some(page(&args.page)?),
        setting: args.scheme.map(|text| setting(Some(&args.page), text)).transpose()?,
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

/// Checks a setting against the page that will show it.
fn setting(page: Option<&str>, text: String) -> Result<String, String> {
    let link = app::pages::link(page.unwrap_or_default());
    let first = app::examples::first().scheme().ok_or("the first example has a scheme")?;
    let mut setup = Setup::new(first);
    link.set(&mut setup, &text).map(|()| text.clone()).map_err(|error| format!("--scheme {text}: {error}"))
}

fn theme(theme: Theme) -> ThemeChoice {
    match theme {
        Theme::Light => ThemeChoice::Light,
        Theme::Dark => ThemeChoice::Dark,
    }
}
