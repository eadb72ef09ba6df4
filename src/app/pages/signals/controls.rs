//! Which signal, which levels, dither, and how many levels.

use egui::{Rect, RichText, Ui, UiBuilder, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::session::Action;
use crate::app::setup::Signals;
use crate::app::setup::signals::{
    DITHERS, GRIDS, LAWS, POINTS, WAVES, Wave, amplitude, hertz, levels, points, points_text,
};
use crate::app::signals::{Study, wave_name};
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::view::signal::law_words;
use crate::app::widgets::card;
use crate::app::widgets::count_slider::{LEVELS, count_slider};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::media::signal::{Dither, Grid, Law};

/// Width of the slider of the levels with its number.
const SLIDER: f32 = 402.0;

/// Draws the card.
pub fn ui(ctx: &mut PageContext<'_>, study: &Study, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        // Where there is little room the slider stands beside the first row alone; the second has the whole width.
        let narrow = inner.width() < 960.0;
        let width = SLIDER.min(inner.width() * if narrow { 0.42 } else { 0.36 });
        let right = Rect::from_min_max(pos2(inner.right() - width, inner.top()), inner.max);
        let right = if narrow { right.with_max_y(inner.top() + 46.0) } else { right };
        let left = inner.with_max_x(right.left() - 16.0);
        let mut rows = ui.new_child(UiBuilder::new().max_rect(left));
        rows.set_clip_rect(left.expand(4.0).intersect(ui.clip_rect()));
        rows.spacing_mut().item_spacing = vec2(8.0, 6.0);
        rows.horizontal(|ui| {
            wave_ui(ctx, study, ui);
            shape_ui(ctx, study, ui);
        });
        if narrow {
            let second = Rect::from_min_max(pos2(inner.left(), inner.top() + 46.0), inner.max);
            rows = ui.new_child(UiBuilder::new().id_salt("second row").max_rect(second));
            rows.spacing_mut().item_spacing = vec2(8.0, 6.0);
        }
        rows.horizontal(|ui| {
            law_ui(ctx, ui);
            grid_ui(ctx, ui);
            dither_ui(ctx, ui);
        });
        let mut child = ui.new_child(UiBuilder::new().id_salt("levels").max_rect(right));
        levels_ui(ctx, &mut child);
    });
}

/// Asks for another setting, with a sentence for the status bar.
fn change(ctx: &mut PageContext<'_>, what: String, gesture: Option<u64>, signals: Signals) {
    ctx.edit(what, gesture, move |setup| setup.signals = signals.clone());
}

fn label(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::control()).color(tokens(ui).muted));
}

fn wave_ui(ctx: &mut PageContext<'_>, study: &Study, ui: &mut Ui) {
    let setup = ctx.setup().signals.clone();
    let mut wave = setup.wave;
    let hint = |wave| match wave {
        Wave::Sine => "One frequency: what the rule of 6 dB a bit is about",
        Wave::Sum => "A frequency and its third and fifth: the start of a square wave",
        Wave::Triangle => "Every value is as frequent as any other: the error of S²/12",
        Wave::Chirp => "A sine whose frequency rises",
        Wave::Speech => "Pulses through two resonances, then noise: mostly quiet",
        Wave::Drawn => "Draw it on the plot",
        Wave::Recording => "The sound of the file in front",
    };
    // A recording is on offer where there is one.
    let offered = WAVES.iter().filter(|(one, _)| *one != Wave::Recording || study.recording.is_some() || *one == wave);
    let options: Vec<(Wave, String, &str)> =
        offered.map(|(wave, _)| (*wave, wave_name(*wave).to_owned(), hint(*wave))).collect();
    if select(ui, "Signal", &mut wave, &options).changed() {
        let mut next = Signals { wave, ..setup };
        if wave == Wave::Speech && next.rate < 8000.0 {
            next.rate = 8000.0;
        }
        change(ctx, format!("Signal {}", wave_name(wave).to_lowercase()), None, next);
    }
}

/// Frequency and amplitude, the points of a drawing, the channel of a recording.
fn shape_ui(ctx: &mut PageContext<'_>, study: &Study, ui: &mut Ui) {
    let setup = ctx.setup().signals.clone();
    let wide = ui.clip_rect().width() > 560.0;
    match setup.wave {
        Wave::Recording => {
            if let Some((names, shown)) = &study.channels {
                label(ui, "channel");
                let mut channel = *shown;
                let options: Vec<(usize, String, &str)> =
                    names.iter().enumerate().map(|(at, name)| (at, name.clone(), "")).collect();
                if select(ui, "Channel", &mut channel, &options).changed() {
                    ctx.act(Action::SelectTensor(channel));
                }
            }
        }
        Wave::Drawn => {
            label(ui, "values");
            let mut text = points_text(&setup.points);
            let room = (ui.clip_rect().right() - ui.cursor().left() - 8.0).clamp(120.0, 460.0);
            let parse = |text: &str| points(text).map(|_| text.trim().to_owned());
            let field = value_field_over(ui, "Values of the drawing", &mut text, room, parse);
            if field.changed()
                && let Ok(points) = points(&text)
            {
                change(ctx, format!("{} values", points.len()), None, Signals { points, ..setup });
            }
            field.on_hover_text(format!("2 to {POINTS} values, evenly over the time, as in 0/0.5/-1"));
        }
        wave => {
            let name = match wave {
                Wave::Speech => "pitch",
                Wave::Chirp => "from",
                Wave::Sum => "lowest",
                _ => "frequency",
            };
            label(ui, name);
            let pitch = wave == Wave::Speech;
            let range = if pitch { 50.0..=500.0 } else { 10.0..=4000.0 };
            let slide = if wide && wave != Wave::Chirp { Some((range, true)) } else { None };
            if let Some((frequency, gesture)) = number_ui(ctx, ui, "Frequency", setup.frequency, slide, hertz) {
                let what = format!("Frequency {} Hz", format::number(frequency));
                change(ctx, what, gesture, Signals { frequency, ..setup.clone() });
            }
            if wave == Wave::Chirp {
                label(ui, "to");
                if let Some((to, gesture)) = number_ui(ctx, ui, "Frequency at the end", setup.to, None, hertz) {
                    change(ctx, format!("To {} Hz", format::number(to)), gesture, Signals { to, ..setup.clone() });
                }
            }
            label(ui, "Hz");
            label(ui, if wide { "amplitude" } else { "peak" });
            let slide = wide.then_some((0.0..=1.5, false));
            if let Some((peak, gesture)) = number_ui(ctx, ui, "Amplitude", setup.amplitude, slide, amplitude) {
                let what = format!("Amplitude {}", format::number(peak));
                change(ctx, what, gesture, Signals { amplitude: peak, ..setup });
            }
        }
    }
}

/// A number by slider, where there is room for one, and by field; what it is changed to, and the drag that did it.
fn number_ui(
    ctx: &mut PageContext<'_>,
    ui: &mut Ui,
    name: &str,
    value: f64,
    slide: Option<(std::ops::RangeInclusive<f64>, bool)>,
    parse: fn(&str) -> Result<f64, String>,
) -> Option<(f64, Option<u64>)> {
    let mut changed = None;
    if let Some((range, logarithmic)) = slide {
        let step = if logarithmic { 0.1 } else { 0.01 };
        let mut at = value.clamp(*range.start(), *range.end());
        let before = at;
        let room = ui.clip_rect().width();
        ui.spacing_mut().slider_width = ((room - 520.0) / 2.0).clamp(50.0, 150.0);
        // Rounded after a change only: a slider with steps would move a typed number by itself.
        let slider = ui.add(egui::Slider::new(&mut at, range).logarithmic(logarithmic).show_value(false));
        slider.widget_info(|| egui::WidgetInfo::slider(true, at, name));
        let gesture = ctx.state.gestures.of(&slider);
        if at != before {
            changed = Some(((at / step).round() * step, gesture));
        }
    }
    // The dust of binary fractions is nobody's number.
    let shown = (value * 1e4).round() / 1e4;
    let mut typed = shown;
    let named = format!("{name}, typed");
    if value_field_over(ui, &named, &mut typed, 66.0, parse).changed() && typed != shown {
        changed = Some((typed, None));
    }
    changed.map(|(value, gesture)| ((value * 1e4).round() / 1e4, gesture))
}

fn law_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let setup = ctx.setup().signals.clone();
    let mut law = setup.law;
    let options = LAWS.map(|(law, _)| {
        let (title, hint) = law_words(law);
        (law, title.to_owned(), hint)
    });
    if select(ui, "Spread of the levels", &mut law, &options).changed() {
        // Dither is measured in steps, which only uniform levels have.
        let dither = if law == Law::Uniform { setup.dither } else { Dither::None };
        change(ctx, format!("Levels {}", law_words(law).0), None, Signals { law, dither, ..setup });
    }
}

fn grid_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let setup = ctx.setup().signals.clone();
    let mut grid = setup.grid;
    let options = [(Grid::Inclusive, "Ends ±A"), (Grid::MidRise, "Mid-rise"), (Grid::MidTread, "Mid-tread")];
    let enabled = setup.law != Law::LloydMax;
    let control = |ui: &mut Ui| segmented(ui, "Place of the levels", &mut grid, &options);
    let response = ui.add_enabled_ui(enabled, control).inner;
    if response.changed() {
        let name = GRIDS.iter().find(|(one, _)| *one == grid).map_or("", |(_, name)| *name);
        return change(ctx, format!("Levels {name}"), None, Signals { grid, ..setup });
    }
    if !enabled {
        response.on_disabled_hover_text("k-means puts the levels itself");
        return;
    }
    response.on_hover_text(match grid {
        Grid::Inclusive => "From −A to A, both included: S = 2A / (L − 1)",
        Grid::MidRise => "S = 2A / L, and 0 is a boundary between levels",
        Grid::MidTread => "S = 2A / L, and 0 is a level; the one at A is missing, as in two's complement",
    });
}

fn dither_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let setup = ctx.setup().signals.clone();
    let mut dither = setup.dither;
    let words = |dither| match dither {
        Dither::None => ("No dither", "Every sample goes to the nearest level"),
        Dither::Rectangular => ("Rectangular dither", "Noise of one step's width is added first: the mean error is 0"),
        Dither::Triangular => ("Triangular dither", "Two steps wide: the noise does not depend on the signal either"),
    };
    let options = DITHERS.map(|(dither, _)| (dither, words(dither).0.to_owned(), words(dither).1));
    let enabled = setup.law == Law::Uniform;
    let response = ui.add_enabled_ui(enabled, |ui| select(ui, "Dither", &mut dither, &options)).inner;
    if response.changed() {
        return change(ctx, words(dither).0.to_owned(), None, Signals { dither, ..setup });
    }
    if !enabled {
        response.on_disabled_hover_text("Dither is measured in steps; it needs evenly spaced levels");
    }
    let mut shaped = setup.shaped;
    let toggle = ui.checkbox(&mut shaped, "Noise shaping");
    if toggle.changed() {
        let what = if shaped { "Noise shaping on" } else { "Noise shaping off" };
        return change(ctx, what.to_owned(), None, Signals { shaped, ..setup });
    }
    toggle.on_hover_text("Each error is taken off the next sample: the noise moves to high frequencies");
}

fn levels_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let setup = ctx.setup().signals.clone();
    let mut count = setup.levels;
    let room = ui.max_rect();
    let field = Rect::from_min_size(pos2(room.right() - 62.0, room.top() + 8.0), vec2(62.0, theme::CONTROL));
    let mut child = ui.new_child(UiBuilder::new().max_rect(room.with_max_x(field.left() - 10.0)));
    let response = count_slider(&mut child, &LEVELS, &mut count, true);
    let gesture = ctx.state.gestures.of(&response);
    let mut child = ui.new_child(UiBuilder::new().id_salt("levels field").max_rect(field));
    value_field_over(&mut child, "Levels", &mut count, 62.0, levels);
    if count != setup.levels {
        change(ctx, format!("Levels {} → {count}", setup.levels), gesture, Signals { levels: count, ..setup });
    }
}
