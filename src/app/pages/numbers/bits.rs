//! The view Bits: the bits of a number, how they become its value, and the same value in a second format.

mod areas;
mod beside;
mod row;

use egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use self::areas::Areas;
pub use self::beside::take_value;
pub use self::row::CodeBits;
use super::formulas::{field_line, main_line};
use super::{controls, custom, scrolled, side, spacing};
use crate::app::context::PageContext;
use crate::app::theme::{self, tokens};
use crate::app::view::stored::{Loss, Stored};
use crate::app::view::{format_words, numerals};
use crate::app::widgets::badge::{Tone, tag};
use crate::app::widgets::bit_row::BitRowResponse;
use crate::app::widgets::button;
use crate::app::widgets::card::Card;
use crate::app::widgets::copy_text::copy_text;
use crate::app::widgets::formula::formula;
use crate::engine::number::derive::{self, Role};
use crate::engine::number::{Class, Format, Overflow, Rounding, Value};

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let canvas = ui.max_rect();
    let height = Areas::new(canvas, ctx.presenting).height;
    let presenting = ctx.presenting;
    scrolled(ui, "bits", height, |ui, page| {
        let areas = Areas::new(Rect::from_min_size(page.min, vec2(page.width(), canvas.height())), presenting);
        if presenting {
            controls::low_card_ui(ctx, areas.controls, ui);
            main_card(ctx, areas.main, ui);
            beside::line_ui(ctx, areas.beside, ui);
            return;
        }
        controls::card_ui(ctx, areas.controls, Some(controls::value_ui), ui, controls::formats_ui);
        main_card(ctx, areas.main, ui);
        beside::card_ui(ctx, areas.beside, ui);
        if let Some(rects) = areas.charts {
            spacing::two_cards(ctx, rects, ui);
        }
        if let Some(rect) = areas.map {
            side::map_card(ctx, rect, ui);
        }
        if let Some(rect) = areas.classes {
            side::tabs_card(ctx, rect, areas.notations.is_some(), ui);
        }
        if let Some(rect) = areas.notations {
            side::notations_card(ctx, rect, ui);
        }
        if let Some(rect) = areas.sheet {
            let format = ctx.setup().numbers.format;
            custom::sheet_card(ctx, format, rect, ui);
        }
    });
}

fn main_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (format, code, value) = (numbers.format, numbers.code(), &numbers.value);
    let number = value.number(format);
    let (title, mut layout) = (format_words::title(format), format_words::layout(format));
    if let Format::Posit(posit) = format
        && posit.is_negative(code)
    {
        layout.push_str("; below, the two's complement: what the bits of a negative posit stand for");
    }
    let hex = numerals::hex(code, format.bits());
    let mut copied = false;
    let presenting = ctx.presenting;
    let card = Card::new(&title).subtitle(&layout).trailing(|ui| {
        let font = theme::cell(15.0);
        copied = copy_text(ui, "Copy the code", &hex, font, tokens(ui).text).clicked();
        tag(ui, class_name(format.class(code)), class_tone(format.class(code)));
    });
    card.show(ui, rect, |ui| {
        let tokens = tokens(ui);
        ui.spacing_mut().item_spacing.y = 2.0;
        let name = format!("Bits of {title}");
        let bits = CodeBits { name: &name, format, code, widest: 42.0, editable: true, weights: true, presenting };
        let row = bits.show(ui);
        let gesture = ctx.state.gestures.of(&row.response);
        if let Some(code) = row.code {
            controls::set_code(ctx, code, gesture);
        }
        if row.step != 0 {
            controls::step(ctx, row.step);
        }
        let derivation = derive::decode(format, code);
        field_sums(ctx, ui, &row, format, code, &derivation);
        let strip = strip(ui, 42.0);
        let parts = main_line(tokens, &derivation);
        fitting_formula(ui, strip.shrink2(vec2(14.0, 0.0)), 21.0, &parts);
        if ui.available_height() >= theme::HIT {
            neighbours_ui(ctx, ui, format, code);
        }
        if ui.available_height() < 16.0 {
            return;
        }
        stored_ui(ctx, ui, &Stored::new(format, &number, Rounding::NearestEven, Overflow::Default));
    });
    if copied {
        ctx.copy("the code", hex);
    }
}

/// The name of a class on screen.
pub fn class_name(class: Class) -> &'static str {
    match class {
        Class::Infinite => "infinity",
        Class::Nan => "NaN",
        other => other.name(),
    }
}

/// How a class is meant.
pub fn class_tone(class: Class) -> Tone {
    match class {
        Class::Normal => Tone::Good,
        Class::Subnormal | Class::Infinite => Tone::Warn,
        Class::Nan => Tone::Error,
        Class::Zero => Tone::Neutral,
    }
}

/// The inset band of a formula.
pub fn strip(ui: &mut Ui, height: f32) -> Rect {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
    ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, tokens(ui).inset);
    rect
}

/// A formula at the left of a rectangle, centred in its height, as large as fits up to `size`.
pub fn fitting_formula(ui: &mut Ui, rect: Rect, size: f32, parts: &[crate::app::widgets::formula::Part]) {
    let width = crate::app::widgets::formula::width(ui, size, parts);
    let size = if width > rect.width() { (size * rect.width() / width).max(12.0) } else { size };
    let layout = Layout::left_to_right(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    child.set_clip_rect(rect.expand(4.0).intersect(ui.clip_rect()));
    formula(&mut child, size, parts);
}

/// Under each field its sum, with steppers at its sides where it is wide enough.
fn field_sums(
    ctx: &mut PageContext<'_>,
    ui: &mut Ui,
    row: &BitRowResponse,
    format: Format,
    code: u64,
    derivation: &derive::Derivation,
) {
    let tokens = tokens(ui);
    let bits = derive::bits(format, code);
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 25.0), egui::Sense::hover());
    let total = format.bits();
    for field in derive::fields(format, code) {
        let first = (total - field.low - field.width) as usize;
        let cells = &row.cells[first..first + field.width as usize];
        let left = cells.iter().map(|cell| cell.left()).fold(f32::INFINITY, f32::min);
        let right = cells.iter().map(|cell| cell.right()).fold(f32::NEG_INFINITY, f32::max);
        let mut parts = field_line(tokens, field.role, &bits, derivation);
        let wide = right - left >= 84.0 && !matches!(format, Format::Posit(_));
        let place = Rect::from_min_max(pos2(left, line.top()), pos2(right, line.bottom()));
        if wide && field.role != Role::Sign {
            let button_at = |x: f32| Rect::from_min_size(pos2(x, line.top() + 1.0), vec2(theme::HIT, theme::HIT));
            for (x, sign, words) in [(left, -1_i64, "less"), (right - theme::HIT, 1, "more")] {
                let name = format!("One {} {words}", field.role.name());
                let builder = UiBuilder::new().id_salt((field.role.name(), sign)).max_rect(button_at(x));
                let mut child = ui.new_child(builder);
                let text = if sign < 0 { "−" } else { "+" };
                if button::small(&mut child, text, &name).clicked() {
                    let mask = u64::MAX >> (64 - field.width);
                    let moved = field.value.wrapping_add_signed(sign) & mask;
                    controls::set_code(ctx, code & !(mask << field.low) | moved << field.low, None);
                }
            }
        }
        if parts.is_empty() {
            continue;
        }
        let room = if wide { place.width() - 2.0 * theme::HIT - 8.0 } else { place.width() + 40.0 };
        let mut width = crate::app::widgets::formula::width(ui, 15.0, &parts);
        if wide && width * 12.0 / 15.0 > room {
            // Between the steppers there is room for what comes out alone.
            parts.drain(..parts.len() - 1);
            width = crate::app::widgets::formula::width(ui, 15.0, &parts);
        }
        let size = if width > room { (15.0 * room / width).max(12.0) } else { 15.0 };
        let width = width * size / 15.0;
        let at = Rect::from_center_size(place.center(), vec2(width, line.height()));
        let layout = Layout::left_to_right(Align::Center);
        let builder = UiBuilder::new().id_salt(("sum", field.role.name())).max_rect(at).layout(layout);
        formula(&mut ui.new_child(builder), size, &parts);
    }
}

/// Previous and next value, the step between them, the sign turned.
fn neighbours_ui(ctx: &mut PageContext<'_>, ui: &mut Ui, format: Format, code: u64) {
    let around = derive::around(format, code, Rounding::NearestEven, false);
    let (mut step, mut negate) = (0, false);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.set_height(theme::HIT);
        let caption = |ui: &mut Ui, text: &str| {
            ui.label(RichText::new(text).font(theme::small()).color(tokens(ui).muted));
        };
        match &around {
            Some(around) => {
                for (words, neighbour, sign) in [("previous", &around.previous, -1), ("next", &around.next, 1)] {
                    let Some(neighbour) = neighbour else { continue };
                    caption(ui, words);
                    let text = numerals::short(neighbour.value);
                    let name = format!("{} value {text}", if sign < 0 { "Previous" } else { "Next" });
                    if button::link(ui, &text, &name).clicked() {
                        step = sign;
                    }
                    ui.add_space(8.0);
                }
                if let Some(ulp) = &around.ulp {
                    caption(ui, "step");
                    let exponent = ulp.log2().unwrap_or(0);
                    let figure = crate::app::view::stored::figure(ulp);
                    let power = numerals::power(exponent);
                    let short = exponent.abs() < 40 && figure != "1";
                    let text = if short { format!("{power} = {figure}") } else { power };
                    ui.label(RichText::new(text).font(theme::small_semibold()));
                }
            }
            None => caption(ui, "no number, so no neighbours"),
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            negate = button::link(ui, "negate", "Negate").clicked()
        });
    });
    if step != 0 {
        controls::step(ctx, step);
    }
    if negate && let Some(code) = negated(format, code) {
        controls::set_code(ctx, code, None);
    }
}

/// The code of the negative value; at the end of an asymmetric range the nearest there is.
fn negated(format: Format, code: u64) -> Option<u64> {
    match format {
        Format::Float(float) if float.signed => Some(code ^ 1 << (float.bits() - 1)),
        _ => {
            let Value::Finite(value) = format.value(code) else { return None };
            let negative = crate::engine::number::Dyadic { negative: !value.negative, ..value };
            let number = crate::engine::number::Number::from(Value::Finite(negative));
            Some(format.encode_number(&number, Rounding::NearestEven, Overflow::Saturate))
        }
    }
}

/// Typed and stored side by side, with the error.
fn stored_ui(ctx: &mut PageContext<'_>, ui: &mut Ui, stored: &Stored) {
    let tokens = tokens(ui);
    let typed = match &ctx.setup().numbers.value {
        crate::engine::number::Input::Number { text, .. } => numerals::screen(text),
        crate::engine::number::Input::Code(_) => String::new(),
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let small = |ui: &mut Ui, text: &str, color| ui.label(RichText::new(text).font(theme::small()).color(color));
        let strong = |ui: &mut Ui, text: &str, color| {
            ui.label(RichText::new(text).font(theme::small_semibold()).color(color));
        };
        if typed.is_empty() {
            small(ui, "set by its bits", tokens.muted);
            return;
        }
        small(ui, "typed", tokens.muted);
        let short: String =
            if typed.chars().count() > 24 { typed.chars().take(22).chain(['…']).collect() } else { typed };
        strong(ui, &short, tokens.real);
        ui.add_space(6.0);
        small(ui, "stored", tokens.muted);
        strong(ui, &stored.text, tokens.accent);
        ui.add_space(6.0);
        match &stored.error {
            Some(error) => {
                small(ui, "error", tokens.muted);
                strong(ui, error, tokens.text);
                for more in [&stored.relative, &stored.ulps].into_iter().flatten() {
                    small(ui, &format!("· {more}"), tokens.muted);
                }
            }
            None => {
                let color = if stored.loss == Loss::None { tokens.good } else { tokens.warn };
                small(ui, &stored.why, color);
            }
        }
    });
}
