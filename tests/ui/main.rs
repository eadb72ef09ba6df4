//! The program's windows and widgets as their users work them: by label, by key, by what a screen reader reads.
//!
//! One binary, since each would link the whole program again.

mod app;
mod bits;
mod chart;
mod components;
mod compress;
mod data;
mod figures;
mod files;
mod integer_network;
mod kmeans;
mod linear;
mod networks;
mod numbers;
mod onnx_network;
mod pictures;
mod results;
mod signals;
mod signs;
mod sources;
mod train;
mod why;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui_kittest::Harness;
use quantscope::app::{App, Options};

/// The program in a window of 1280 × 720 points; its jobs run at once.
fn window(options: Options) -> Harness<'static, App> {
    window_of(options, [1280.0, 720.0])
}

/// The program in a window of that size, in points.
fn window_of(options: Options, size: [f32; 2]) -> Harness<'static, App> {
    let options = Options { inline_jobs: true, ..options };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(64)
        .build_eframe(move |cc| App::new(cc, options).expect("the application starts"));
    harness.run();
    harness
}

/// The scheme's text form.
fn scheme(harness: &Harness<'_, App>) -> String {
    harness.state().session().scheme().to_string()
}

/// A path dropped on the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// Drops a path on the window, and waits for what comes of it.
fn drop_path(harness: &mut Harness<'_, App>, path: &Path) {
    harness.input_mut().dropped_files.push(Arc::new(Dropped(path.to_owned())));
    harness.run_steps(12);
}
