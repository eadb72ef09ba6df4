//! The wave with its stems, the error under it, and which part of the time is in view.

use std::sync::Arc;

use egui::{Rect, RichText, Ui, UiBuilder, pos2};

use super::{Areas, draw};
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::row_in;
use crate::app::setup::signals::{self, STRIDES, Wave};
use crate::app::signals::{Answer, Study, no_wav, wav};
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::view::signal::{error_chart, wave_chart};
use crate::app::widgets::button;
use crate::app::widgets::card::Card;
use crate::app::widgets::chart::chart;
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::select::select;

/// Parts of the time that can be in view, in seconds; 0 stands for all of it.
const WINDOWS: [(f64, &str); 7] =
    [(0.005, "5 ms"), (0.02, "20 ms"), (0.05, "50 ms"), (0.25, "250 ms"), (1.0, "1 s"), (4.0, "4 s"), (0.0, "All")];

/// Height of the row under the plot.
const FOOT: f32 = 34.0;

/// What is in view, in seconds from the start.
fn window(ctx: &PageContext<'_>, answer: &Answer) -> [f64; 2] {
    let whole = (answer.base.samples.len() as f64 / answer.base.rate).max(1e-3);
    let usual = match answer.setup.wave {
        Wave::Drawn | Wave::Chirp => 0.0,
        Wave::Speech => 0.25,
        Wave::Recording => 0.05,
        Wave::Sine | Wave::Sum | Wave::Triangle => 0.02,
    };
    let page = &ctx.state.signals;
    let length = match page.window.unwrap_or(usual) {
        0.0 => whole,
        length => length.min(whole),
    };
    let start = page.start.clamp(0.0, whole - length);
    [start, start + length]
}

/// Draws both cards.
pub fn ui(ctx: &mut PageContext<'_>, study: &Study, answer: &Answer, stale: bool, areas: &Areas, ui: &mut Ui) {
    let look = PlotLook::of(ctx.presenting);
    let window = window(ctx, answer);
    let presenting = ctx.presenting;
    let key = (answer.serial, window.map(f64::to_bits), presenting);
    let mut charts = std::mem::take(&mut ctx.state.signals.charts.wave);
    let [signal, error] = charts.get(&key, |_| [wave_chart(answer, window), error_chart(answer, window, presenting)]);
    let subtitle = if stale {
        "updating".to_owned()
    } else if ctx.setup().signals.wave == Wave::Drawn {
        "draw on the plot, or move points by the arrow keys".to_owned()
    } else {
        format!("{} samples a second, {} levels", format::number(answer.rate), answer.levels.values.len())
    };
    let title = study.name.clone();
    let card = Card::new(&title).subtitle(&subtitle);
    let card = if presenting { card } else { card.trailing(|ui| save_ui(ui, &study.name, answer)) };
    card.show(ui, areas.wave, |ui| {
        let room = ui.available_rect_before_wrap();
        let foot = if presenting { 0.0 } else { FOOT };
        let plot = room.with_max_y(room.bottom() - foot);
        let mut child = ui.new_child(UiBuilder::new().id_salt("wave").max_rect(plot));
        let drawn = chart(&mut child, signal, &look);
        if ctx.setup().signals.wave == Wave::Drawn
            && let Some(area) = drawn.area
        {
            draw::ui(ctx, area, ui);
        }
        if foot > 0.0 {
            let foot = Rect::from_min_max(pos2(room.left(), plot.bottom() + 6.0), room.max);
            let mut row = row_in(ui, "foot", foot);
            rate_ui(ctx, answer, &mut row);
            window_ui(ctx, answer, window, &mut row);
        }
    });
    let subtitle = match answer.levels.step {
        Some(step) => format!("sample − level, in steps of S = {}", format::number(step)),
        None => "sample − level".to_owned(),
    };
    Card::new("Error").subtitle(&subtitle).show(ui, areas.error, |ui| chart(ui, error, &look));
    ctx.state.signals.charts.wave = charts;
}

fn save_ui(ui: &mut Ui, name: &str, answer: &Answer) {
    const NAME: &str = "Save the quantized signal as a WAV file";
    if let Some(reason) = no_wav(answer) {
        let link = ui.add_enabled_ui(false, |ui| button::link(ui, "Save WAV", NAME)).inner;
        link.on_disabled_hover_text(reason);
    } else if button::link(ui, "Save WAV", NAME).clicked()
        && let Ok(bytes) = wav(answer)
    {
        let name = format!("{} {} levels", name.split('.').next().unwrap_or(""), answer.levels.values.len());
        figure::save_bytes(ui, &name, "wav", Arc::new(bytes));
    }
}

fn muted(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::control()).color(tokens(ui).muted));
}

/// Every n-th sample is kept: slider and field.
fn rate_ui(ctx: &mut PageContext<'_>, answer: &Answer, ui: &mut Ui) {
    let base = answer.base.rate;
    let setup = &ctx.setup().signals;
    let stride = setup.stride(base);
    let mut at = STRIDES.iter().position(|stop| *stop <= stride).unwrap_or(STRIDES.len() - 1);
    let before = at;
    muted(ui, if ui.available_width() < 500.0 { "Rate" } else { "Sampling rate" });
    ui.spacing_mut().slider_width = ((ui.available_width() - 330.0) / 2.0).clamp(60.0, 220.0);
    let slider = ui.add(egui::Slider::new(&mut at, 0..=STRIDES.len() - 1).show_value(false));
    slider.widget_info(|| egui::WidgetInfo::slider(true, at as f64, "Sampling rate"));
    let gesture = ctx.state.gestures.of(&slider);
    let mut rate = base / stride as f64;
    if at != before {
        rate = base / STRIDES[at] as f64;
    }
    let shown = rate;
    let response = value_field_over(ui, "Samples a second", &mut rate, 84.0, signals::rate);
    muted(ui, "Hz");
    let gesture = if response.changed() { None } else { gesture };
    if at != before || rate != shown {
        let kept = base / (base / rate).round().max(1.0);
        let what = format!("Sampling rate {} Hz", format::number(kept));
        ctx.edit(what, gesture, move |setup| setup.signals.rate = kept);
    }
}

/// Which part of the time is in view.
fn window_ui(ctx: &mut PageContext<'_>, answer: &Answer, [start, end]: [f64; 2], ui: &mut Ui) {
    let whole = answer.base.samples.len() as f64 / answer.base.rate;
    let length = end - start;
    let mut options: Vec<(f64, String, &str)> = WINDOWS
        .iter()
        .filter(|(seconds, _)| *seconds < whole)
        .map(|(seconds, name)| (*seconds, (*name).to_owned(), ""))
        .collect();
    let mut shown = if length >= whole { 0.0 } else { length };
    // The start is subtracted again: its dust is no other choice.
    shown = WINDOWS.iter().map(|(seconds, _)| *seconds).find(|seconds| (seconds - shown).abs() < 1e-9).unwrap_or(shown);
    if !options.iter().any(|(seconds, ..)| *seconds == shown) {
        options.push((shown, format!("{} ms", format::number(shown * 1e3)), ""));
    }
    ui.add_space(6.0);
    muted(ui, "In view");
    if select(ui, "Time in view", &mut shown, &options).changed() {
        ctx.state.signals.window = Some(shown);
    }
    if length < whole {
        muted(ui, "from");
        ui.spacing_mut().slider_width = (ui.available_width() - 8.0).clamp(40.0, 200.0);
        let slider = ui.add(egui::Slider::new(&mut ctx.state.signals.start, 0.0..=whole - length).show_value(false));
        slider.widget_info(|| egui::WidgetInfo::slider(true, start, "Start of the view"));
    }
}
