//! The page of signals: a wave, its samples on a few levels, the error, and the rule of 6 dB a bit.

mod controls;
mod draw;
mod layout;
mod side;
mod wave;

use egui::{Rect, Ui};

use super::Link;
use super::linear::parts::scrolled;
use crate::app::context::PageContext;
use crate::app::document::DocumentId;
use crate::app::memo::Memo;
use crate::app::session::Session;
use crate::app::setup::Signals;
use crate::app::setup::signals::Wave;
use crate::app::signals::{self, Study};
use crate::app::state::UiState;
use crate::app::view::chart::Chart;
use crate::app::view::format;
use crate::app::widgets::card;
use layout::Areas;
use side::Tab;

/// The page's setting as text.
pub const LINK: Link = Link {
    text: |setup| setup.signals.text(),
    parse: |setup, text| {
        setup.signals = Signals::parse(text)?;
        Ok(())
    },
    defaults: |setup| setup.signals = Signals::default(),
    // As many as the code of a level needs.
    bits: |setup| Some(setup.signals.levels.next_power_of_two().ilog2()),
    take_bits: |setup, bits| {
        setup.signals.levels = 1 << bits;
        true
    },
};

/// What the eye needs of this page.
#[derive(Default)]
pub struct SignalsPage {
    tab: Tab,
    /// Seconds in view; none is what suits the signal.
    window: Option<f64>,
    /// Where the view starts, in seconds.
    start: f64,
    /// The recording that was shown without being asked for.
    seen: Option<DocumentId>,
    /// Where the pointer was while drawing.
    pen: Option<(f64, f64)>,
    /// The point that keys move.
    point: usize,
    charts: Charts,
    said: Vec<String>,
}

/// Charts by what they were made from: the answer, and the window or the bits.
#[derive(Default)]
struct Charts {
    wave: Memo<(u64, [u64; 2], bool), [Chart; 2]>,
    errors: Memo<u64, Chart>,
    spectrum: Memo<u64, Option<Chart>>,
    curve: Memo<(usize, u64), Chart>,
}

/// What the status bar says.
pub fn status(_session: &Session, state: &UiState) -> Vec<String> {
    state.signals.said.clone()
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let study = signals::study(ctx);
    show_a_new_recording(ctx, &study);
    ctx.state.signals.said = said(&study);
    let canvas = ui.max_rect();
    let presenting = ctx.presenting;
    let height = Areas::new(canvas, presenting).height;
    scrolled(ui, "signals page", presenting, height, |ui, rect| {
        let first = Rect::from_min_size(rect.min, egui::vec2(rect.width(), canvas.height()));
        all(ctx, &study, &Areas::new(first, presenting), ui);
    });
}

/// Sound that has just been opened is what a person wants to see.
fn show_a_new_recording(ctx: &mut PageContext<'_>, study: &Study) {
    let Some(id) = study.recording.filter(|id| ctx.state.signals.seen != Some(*id)) else { return };
    ctx.state.signals.seen = Some(id);
    ctx.state.signals.start = 0.0;
    let Some(document) = ctx.document() else { return };
    let rate = crate::engine::media::signal::Recording::rate_of(&document.model);
    if ctx.setup().signals.wave != Wave::Recording {
        let (what, rate) = (format!("Signal {}", document.model.name), rate.unwrap_or(48_000.0));
        ctx.edit(what, None, move |setup| {
            setup.signals.wave = Wave::Recording;
            setup.signals.rate = rate;
        });
    }
}

fn said(study: &Study) -> Vec<String> {
    let mut pieces = vec![study.name.clone()];
    let Some(derived) = &study.answer else { return pieces };
    let Ok(answer) = &*derived.value else { return pieces };
    let samples = format::count(answer.samples.len() as u64);
    let rate = format::number(answer.rate);
    pieces.push(format!("{rate} samples a second"));
    pieces.push(match (derived.stale, answer.base.left_out) {
        (true, _) => "updating".to_owned(),
        (false, 0) => format!("exact, all {samples} samples"),
        (false, more) => format!("first {samples} samples, {} more in the file", format::count(more as u64)),
    });
    pieces
}

fn all(ctx: &mut PageContext<'_>, study: &Study, areas: &Areas, ui: &mut Ui) {
    if let Some(rect) = areas.controls {
        controls::ui(ctx, study, rect, ui);
    }
    let failure = match &study.answer {
        None => "Reading the signal".to_owned(),
        Some(derived) => match &*derived.value {
            Ok(answer) => {
                wave::ui(ctx, study, answer, derived.stale, areas, ui);
                return side::ui(ctx, study, answer, derived.stale, areas, ui);
            }
            Err(reason) => reason.clone(),
        },
    };
    card::card(ui, areas.wave, "Signal", "", |ui| card::nothing(ui, &failure));
}
