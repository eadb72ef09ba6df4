//! Double rounding: a number through several formats, what each stage makes of it, and how often the end is wrong.

use egui::{Align2, Rect, RichText, Sense, Ui, pos2, vec2};

use super::{columns, edit};
use crate::app::context::PageContext;
use crate::app::pages::numbers::controls;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::rounding;
use crate::app::view::value_line::{self, LineScale};
use crate::app::view::{format, format_words, numerals};
use crate::app::widgets::badge::{Tone, tag};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::value_line::ValueLine;
use crate::engine::number::path::{PathStep, counter_example, follow, measure};
use crate::engine::number::{Format, Input, Number, find};

/// Ways that libraries take.
const WAYS: [(&str, &[&str]); 4] = [
    ("FP32 → FP16", &["fp32", "fp16"]),
    ("FP32 → BF16 → E4M3FN", &["fp32", "bf16", "e4m3fn"]),
    ("FP32 → FP16 → E4M3FN", &["fp32", "fp16", "e4m3fn"]),
    ("E4M3FN → E2M1", &["e4m3fn", "e2m1fn"]),
];

/// Numbers that are tried to measure how often a way is wrong.
const TRIED: u64 = 1_000_000;

/// Values beside which a counter-example is looked for.
const SEARCHED: u32 = 4096;

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, rest: Rect, ui: &mut Ui) {
    let [left, right] = columns(rest, 0.64);
    way_card(ctx, left, ui);
    let split = right.top() + (right.height() * 0.56).round();
    verdict_card(ctx, Rect::from_min_max(right.min, pos2(right.right(), split - GAP)), ui);
    measured_card(ctx, Rect::from_min_max(pos2(right.left(), split), right.max), ui);
}

fn way_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (path, number) = (numbers.lab.path.clone(), numbers.value.number(numbers.format));
    let found = follow(&numbers.lab.stages(), &number);
    let mut changed = path.clone();
    let look = PlotLook::of(ctx.presenting);
    let card = Card::new("The way").subtitle("nearest, ties to even at every stage").trailing(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        if changed.len() < 4 && button::small(ui, "+", "Add a stage").clicked() {
            let last = changed.last().copied();
            changed.extend(last);
        }
        if changed.len() > 1 && button::small(ui, "−", "Remove the last stage").clicked() {
            changed.pop();
        }
        for (index, format) in changed.iter_mut().enumerate().rev() {
            controls::more_ui(ui, &format!("Stage {}", index + 1), format, false);
            if index > 0 {
                ui.label(RichText::new("→").font(theme::body()));
            }
        }
    });
    card.show(ui, rect, |ui| {
        let Some(found) = &found else { return };
        figure::table_area(ui, "The way", || rounding::path_table(found));
        ui.spacing_mut().item_spacing.y = 0.0;
        let height = (ui.available_height() / found.steps.len() as f32).floor();
        for (index, step) in found.steps.iter().enumerate() {
            step_ui(ctx, ui, index, step, height, &look);
        }
    });
    if changed != path {
        let words: Vec<String> = changed.iter().map(|format| format_words::title(*format)).collect();
        edit(ctx, format!("Way {}", words.join(" → ")), None, move |lab| lab.path.clone_from(&changed));
    }
}

/// One stage: what comes in, what is stored, and why, over the line of its values.
fn step_ui(ctx: &mut PageContext<'_>, ui: &mut Ui, index: usize, step: &PathStep, height: f32, look: &PlotLook) {
    let tokens = tokens(ui);
    let (band, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    if index > 0 {
        ui.painter().hline(band.x_range(), band.top(), (theme::HAIRLINE, tokens.grid));
    }
    let format = step.stage.format;
    let title = format!("{}  {}", index + 1, format_words::title(format));
    let y = band.top() + 16.0;
    ui.painter().text(pos2(band.left(), y), Align2::LEFT_CENTER, title, theme::title(), tokens.text);
    let input = rounding::number_text(&step.input);
    let stored = numerals::short(step.rounded.value);
    let words = format!("{input}  →  {stored}");
    let drawn = ui.painter().text(
        pos2(band.left() + 110.0, y),
        Align2::LEFT_CENTER,
        words,
        theme::semibold(14.0),
        tokens.accent,
    );
    let why = step.rounded.reason.map_or("beyond the range", |reason| reason.words());
    let at = pos2(drawn.right() + 14.0, y);
    ui.painter().text(at, Align2::LEFT_CENTER, why, look.caption.clone(), tokens.muted);
    let Some((low, high)) = value_line::around(format, step.rounded.code, 2) else { return };
    let ticks = |axis: &value_line::LineAxis, most: usize| value_line::ticks(format, axis, most);
    let interval = step.interval.as_ref().map(|interval| {
        let end = |bound: &Option<crate::engine::number::Bound>, far: f64| {
            bound.as_ref().map_or(far, |bound| bound.value.to_f64())
        };
        (end(&interval.low, low), end(&interval.high, high))
    });
    let place = Rect::from_min_max(pos2(band.left(), band.top() + 28.0), band.max);
    let name = format!("Stage {}", index + 1);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt(&name).max_rect(place));
    let line = ValueLine {
        name: &name,
        scale: LineScale::Linear,
        knee: 1.0,
        range: (low, high),
        ticks: &ticks,
        zone: None,
        interval,
        intervals: None,
        stored: rounding::finite(step.rounded.value),
        typed: step.input.rational().map(|input| input.to_f64()),
        caption: "",
        key: step.rounded.code ^ (index as u64) << 60,
        look: look.clone(),
    };
    line.show(&mut child, place.height().min(64.0), &mut ctx.state.numbers.stages[index.min(3)]);
}

fn verdict_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (stages, number) = (numbers.lab.stages(), numbers.value.number(numbers.format));
    let found = follow(&stages, &number);
    let mut search = false;
    card::card(ui, rect, "The end of the way", "", |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        if let (Some(found), Some(last)) = (&found, stages.last()) {
            let wrong = found.is_wrong();
            if wrong {
                tag(ui, "wrong", Tone::Error);
            } else {
                tag(ui, "right", Tone::Good);
            }
            let words = rounding::verdict(found, last.format);
            ui.add(egui::Label::new(RichText::new(words).font(theme::regular(16.0)).color(tokens(ui).text)).wrap());
        }
        search = button::filled(ui, "Find a counter-example").clicked();
        if ctx.state.numbers.none_found.as_ref() == Some(&stages) {
            let words = format!("None found beside {} values around 1", format::count(u64::from(2 * SEARCHED)));
            ui.label(RichText::new(words).font(theme::small()).color(tokens(ui).good));
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
            for (words, names) in WAYS {
                if button::plain(ui, words).clicked() {
                    let path: Vec<Format> = names.iter().filter_map(|name| find(name)).map(|row| row.format).collect();
                    edit(ctx, format!("Way {words}"), None, move |lab| lab.path.clone_from(&path));
                }
            }
        });
    });
    if search {
        ctx.state.numbers.search = Some(stages);
    }
    take_counter_example(ctx);
}

/// Looks for the counter-example that was asked for, and takes it where it is found.
fn take_counter_example(ctx: &mut PageContext<'_>) {
    let Some(stages) = ctx.state.numbers.search.clone() else { return };
    let found = ctx.derive("numbers/counter-example", "Looking for a counter-example", stages, |stages, handle| {
        let found = counter_example(stages, SEARCHED, || handle.is_cancelled());
        Ok(found.map(|found| found.number))
    });
    let Some(found) = found.filter(|found| !found.stale) else { return };
    let searched = ctx.state.numbers.search.take();
    match found.value.as_ref() {
        Some(exact) => {
            ctx.state.numbers.none_found = None;
            let number = Number::from(exact);
            let text = exact.to_decimal().unwrap_or_else(|| exact.to_fraction());
            let what = format!("Counter-example {}", rounding::number_text(&number));
            let input = Input::Number { text, number };
            ctx.edit(what, None, move |setup| setup.numbers.value = input.clone());
        }
        None => ctx.state.numbers.none_found = searched,
    }
}

fn measured_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let stages = ctx.setup().numbers.lab.stages();
    let seed = ctx.setup().numbers.lab.seed;
    let derived =
        ctx.derive("numbers/double", "How often the way is wrong", (stages, seed), |(stages, seed), handle| {
            Ok(measure(stages, (1.0, 2.0), TRIED, *seed, || handle.is_cancelled()))
        });
    card::card(ui, rect, "How often it is wrong", "uniform numbers from 1 to 2, measured", |ui| {
        let tokens = tokens(ui);
        match derived {
            Some(derived) => {
                let share = crate::app::view::format::significant(derived.value.share() * 100.0, 3);
                let stale = if derived.stale { theme::STALE } else { 1.0 };
                let color = tokens.accent.gamma_multiply(stale);
                ui.label(RichText::new(format!("{share} %")).font(theme::display()).color(color));
                let words = rounding::measured(*derived.value);
                ui.add(egui::Label::new(RichText::new(words).font(theme::small()).color(tokens.muted)).wrap());
            }
            None => card::nothing(ui, "Measuring"),
        }
    });
}
