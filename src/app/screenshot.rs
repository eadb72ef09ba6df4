//! The window as a PNG file: waits until every job has finished and the layout has settled, saves, closes.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::figure::png;

/// Frames without a change before the picture is taken.
const CALM_FRAMES: u32 = 4;

/// How the picture turned out, for the exit status.
pub type Verdict = Arc<Mutex<Option<Result<(), String>>>>;

/// A picture to take.
#[derive(Clone, Debug)]
pub struct Screenshot {
    path: PathBuf,
    calm_frames: u32,
    asked: bool,
    verdict: Verdict,
}

impl Screenshot {
    /// A picture that goes to `path`; the verdict can be read when the window has closed.
    pub fn new(path: PathBuf) -> Self {
        Self { path, calm_frames: 0, asked: false, verdict: Verdict::default() }
    }

    /// How the picture turned out: `None` while the window has not closed.
    pub fn verdict(&self) -> Verdict {
        Arc::clone(&self.verdict)
    }

    /// Gives up: what the picture should show is not there.
    pub fn fail(&mut self, ctx: &egui::Context, reason: String) {
        if !self.asked {
            self.asked = true;
            *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = Some(Err(reason));
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    /// Called every frame; `settled` says that nothing is being computed.
    pub fn advance(&mut self, ctx: &egui::Context, settled: bool) {
        if self.asked {
            return;
        }
        self.calm_frames = if settled { self.calm_frames + 1 } else { 0 };
        if self.calm_frames < CALM_FRAMES {
            ctx.request_repaint();
            return;
        }
        self.asked = true;
        let (path, verdict, closing) = (self.path.clone(), self.verdict(), ctx.clone());
        ctx.request_screenshot(move |image| {
            *verdict.lock().unwrap_or_else(PoisonError::into_inner) = Some(png::write(&image, &path));
            closing.send_viewport_cmd(egui::ViewportCommand::Close);
            closing.request_repaint();
        });
        ctx.request_repaint();
    }
}
