//! The same value in a second format: its bits, what became of it, and the lines of its values.

use egui::{Align, Layout, Rect, RichText, Ui, vec2};

use super::row::CodeBits;
use crate::app::context::PageContext;
use crate::app::pages::numbers::controls;
use crate::app::theme::{self, tokens};
use crate::app::view::stored::{Loss, Stored};
use crate::app::view::value_line::{self, LineScale};
use crate::app::view::{format_words, numerals};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::copy_text::copy_text;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::value_line::ValueLine;
use crate::engine::number::{Dyadic, Format, Input, Number, Overflow, Rounding};

/// The second format with its lines.
pub fn card_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (beside, number) = (numbers.beside, numbers.value.number(numbers.format));
    let stored = Stored::new(beside, &number, Rounding::NearestEven, Overflow::Default);
    let (title, layout) = (format_words::title(beside), format_words::layout(beside));
    let hex = numerals::hex(stored.code, beside.bits());
    let (mut copied, mut other) = (false, beside);
    let presenting = ctx.presenting;
    let subtitle = format!("the same value in {layout}");
    let card = Card::new(&title).subtitle(&subtitle).trailing(|ui| {
        copied = copy_text(ui, "Copy the second code", &hex, theme::cell(15.0), tokens(ui).text).clicked();
        controls::more_ui(ui, "Second format", &mut other, false);
    });
    card.show(ui, rect, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let inner = ui.max_rect();
        let roomy = inner.height() > 190.0;
        let width = beside.bits() as f32;
        let cell = if roomy { 34.0 } else { 30.0_f32 };
        let needed = width * (cell + 3.0) + 20.0;
        // Wide formats take the line for themselves.
        let alone = needed > inner.width() - 300.0;
        ui.horizontal_top(|ui| {
            let width = if alone { inner.width() - 270.0 } else { needed };
            let size = vec2(width, 0.0);
            ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
                ui.set_width(width);
                let name = format!("Bits of {title} beside");
                bits(ui, presenting, &name, beside, stored.code, cell);
            });
            ui.add_space(12.0);
            ui.vertical(|ui| verdict_ui(ui, &stored));
        });
        lines_ui(ctx, ui, beside, &stored, &number);
    });
    if copied {
        ctx.copy("the code", hex);
    }
    if other != beside {
        let what = format!("Second format {}", format_words::title(other));
        ctx.edit(what, None, move |setup| setup.numbers.beside = other);
    }
}

/// What the words beside the bits need in a presentation.
const VERDICT: f32 = 250.0;

/// The second format in a presentation: its bits and what became of the value.
pub fn line_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (beside, number) = (numbers.beside, numbers.value.number(numbers.format));
    let stored = Stored::new(beside, &number, Rounding::NearestEven, Overflow::Default);
    let title = format_words::title(beside);
    card::plain(ui, rect, "beside", |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(&title).font(theme::title()));
            ui.add_space(8.0);
            // All bits on one line, and as many words beside as there is room for.
            let width = (beside.bits() as f32 * 31.0 + 30.0).min(ui.available_width() - VERDICT);
            ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                ui.set_width(width);
                let name = format!("Bits of {title} beside");
                bits(ui, true, &name, beside, stored.code, 28.0);
            });
            ui.vertical(|ui| verdict_ui(ui, &stored));
        });
    });
}

/// Bits that are only looked at.
fn bits(ui: &mut Ui, presenting: bool, name: &str, format: Format, code: u64, widest: f32) {
    CodeBits { name, format, code, widest, editable: false, weights: false, presenting }.show(ui);
}

/// `stored 0.25  error −0.015625`, and why.
fn verdict_ui(ui: &mut Ui, stored: &Stored) {
    let tokens = tokens(ui);
    ui.add_space(16.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 7.0;
        let mut say = |text: &str, font, color| ui.label(RichText::new(text).font(font).color(color));
        say("stored", theme::regular(16.0), tokens.muted);
        say(&stored.text, theme::semibold(16.0), tokens.accent);
        if let Some(error) = &stored.error {
            say("error", theme::regular(16.0), tokens.muted);
            say(error, theme::semibold(16.0), tokens.text);
        }
    });
    let tone = if stored.loss == Loss::Lost { tokens.warn } else { tokens.muted };
    ui.label(RichText::new(&stored.why).font(theme::small()).color(tone));
}

/// The neighbourhood of the stored value, evenly; then every value by its logarithm.
fn lines_ui(ctx: &mut PageContext<'_>, ui: &mut Ui, format: Format, stored: &Stored, number: &Number) {
    let look = PlotLook::of(ctx.presenting);
    let typed = number.rational().map(|typed| typed.to_f64());
    let value = Some(stored.value.to_f64()).filter(|value| value.is_finite());
    let room = ui.available_height();
    let height = (room / 2.0).clamp(46.0, 72.0);
    let key = stored.code ^ u64::from(format.bits()) << 56 ^ (format.properties().distinct as u64) << 20;
    let ticks = |axis: &value_line::LineAxis, most: usize| value_line::ticks(format, axis, most);
    let mut chosen = None;
    if let Some((low, high)) = value_line::around(format, stored.code, 2) {
        let line = ValueLine {
            name: "Neighbourhood",
            scale: LineScale::Linear,
            knee: 1.0,
            range: (low, high),
            ticks: &ticks,
            zone: None,
            interval: value_line::interval(format, stored.code, (low, high)),
            intervals: None,
            stored: value,
            typed,
            caption: &format!("what becomes {}", stored.text),
            key,
            look: look.clone(),
        };
        let answer = line.show(ui, height, &mut ctx.state.numbers.near);
        chosen = answer.chosen.or(chosen);
        controls::step(ctx, answer.step);
    }
    let least = format.properties().min_subnormal.or(format.properties().min_normal);
    let positive = value.is_none_or(|value| value >= 0.0);
    if let (Some(least), true) = (least, positive && format.bits() <= 64) {
        let most = format.properties().max_finite.to_f64().min(f64::MAX);
        let least = least.to_f64().max(f64::MIN_POSITIVE);
        let zone = value_line::subnormal_end(format).map(|end| (least, end, "subnormal"));
        let caption =
            if zone.is_some() { "normal, all positive values, log₂" } else { "all positive values, log₂" };
        let line = ValueLine {
            name: "All values",
            scale: LineScale::Log,
            knee: 1.0,
            range: (least * 0.9, most * 1.1),
            ticks: &ticks,
            zone,
            interval: None,
            intervals: None,
            stored: value.filter(|value| *value > 0.0),
            typed: None,
            caption,
            key: key ^ stored.code,
            look,
        };
        let answer = line.show(ui, height, &mut ctx.state.numbers.all);
        chosen = answer.chosen.or(chosen);
        controls::step(ctx, answer.step);
    }
    if let Some(value) = chosen {
        take_value(ctx, value);
    }
}

/// Types a value that was clicked on.
pub fn take_value(ctx: &mut PageContext<'_>, value: f64) {
    let number = Number::from(value);
    let text = Dyadic::from_f64(value).map_or_else(|| value.to_string(), |v| v.to_decimal());
    let what = format!("Value {}", numerals::short_f64(value));
    let input = Input::Number { text, number };
    ctx.edit(what, None, move |setup| setup.numbers.value = input.clone());
}
