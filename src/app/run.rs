//! Opening the window.

use super::{App, Options};

/// The program's identity: the storage folder and the desktop entry carry it.
pub const APP_ID: &str = "quantscope";

/// Size of the window at first, in points.
const SIZE: [f32; 2] = [1280.0, 720.0];

/// Smallest window: below this the page scrolls both ways.
const LEAST: [f32; 2] = [480.0, 320.0];

/// Opens the window and returns when it has been closed. `size` is the window's size in pixels.
///
/// # Errors
/// No display or no OpenGL, as one line; or a picture that could not be taken.
pub fn run(options: Options, size: Option<[f32; 2]>) -> Result<(), String> {
    let verdict = options.screenshot.as_ref().map(super::screenshot::Screenshot::verdict);
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("Quantscope")
        .with_app_id(APP_ID)
        .with_inner_size(size.unwrap_or(SIZE))
        .with_min_inner_size(LEAST);
    if let Ok(icon) = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon-256.png")) {
        viewport = viewport.with_icon(icon);
    }
    // A picture has the size that was asked for, not that of the last window: what is kept of that is looked for where nothing is.
    let scratch = options.screenshot.as_ref().and_then(|_| tempfile::tempdir().ok());
    let native = eframe::NativeOptions {
        viewport,
        // Named, because the default changes with the features that other crates turn on.
        renderer: eframe::Renderer::Glow,
        persist_window: options.screenshot.is_none(),
        persistence_path: scratch.as_ref().map(|scratch| scratch.path().join("window.ron")),
        system_font_fallback: false,
        dithering: options.screenshot.is_none(),
        ..Default::default()
    };
    eframe::run_native(APP_ID, native, Box::new(|cc| Ok(Box::new(App::new(cc, options)?)))).map_err(|error| {
        let reason = error.to_string();
        // The window library puts a place in its source code before its reason.
        let reason = reason.rsplit_once(".rs:").map_or(reason.as_str(), |(_, rest)| {
            rest.trim_start_matches(|character: char| character.is_ascii_digit() || ": ".contains(character))
        });
        let reason = reason.trim_end_matches('.');
        format!("no window could be opened: {reason}; on a machine without a display run under xvfb-run")
    })?;
    match verdict {
        Some(verdict) => verdict
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take()
            .unwrap_or_else(|| Err("the window was closed before the picture was taken".to_owned())),
        None => Ok(()),
    }
}
