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

/// Runs the program: the window, or a headless command.
pub fn start(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let _ = arguments;
    match app::run::run(app::Options::default(), None) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quantscope: {error}");
            ExitCode::FAILURE
        }
    }
}
