//! What the plots, maps and tables do when they are clicked, scrolled and read aloud.

mod gallery;
mod maps;
mod plots;
mod table;

use egui::{Modifiers, Vec2};
use egui_kittest::Harness;
use quantscope::app::{fonts, theme};
use quantscope::engine::Silent;
use quantscope::engine::quantize::{self, Fitted, Levels};
use quantscope::engine::tensor::Summary;

/// A harness with the program's fonts and colours.
fn harness<'a, State: 'a>(
    size: Vec2,
    ui: impl FnMut(&mut egui::Ui, &mut State) + 'a,
    state: State,
) -> Harness<'a, State> {
    Harness::builder()
        .with_size(size)
        .with_context_setup(|ctx| {
            fonts::install(ctx);
            theme::apply(ctx);
        })
        .with_max_steps(64)
        // Short enough for a double click.
        .with_step_dt(0.05)
        .build_ui_state(ui, state)
}

/// Bell-like, and the same on every machine.
fn bell(count: usize) -> Vec<f32> {
    let wave = |index: f64| (index * 0.7).sin() + (index * 1.3).sin() + (index * 2.1).sin();
    (0..count).map(|index| (wave(index as f64) / 3.0) as f32).collect()
}

fn fit(values: &[f32], shape: &[usize], scheme: &str) -> (Summary, Fitted, Levels) {
    let summary = Summary::of(values, &Silent).unwrap();
    let fitted = quantize::quantize(values, shape, &scheme.parse().unwrap(), Some(&summary), &Silent).unwrap();
    let levels = quantize::levels(&fitted.quantized, 0);
    (summary, fitted, levels)
}

/// A press and a release of the primary button.
fn click<State>(harness: &mut Harness<'_, State>, at: egui::Pos2) {
    harness.hover_at(at);
    for pressed in [true, false] {
        let button = egui::PointerButton::Primary;
        harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
    }
    harness.run();
}
