//! The view Bits: the bits of a number, how they become its value, and the same value in a second format.

use egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use super::formulas::{field_line, hue, main_line};
use super::{controls, scrolled, side};
use crate::app::context::PageContext;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::stored::{Loss, Stored};
use crate::app::view::value_line::{self, LineScale};
use crate::app::view::{format_words, numerals};
use crate::app::widgets::badge::{Tone, tag};
use crate::app::widgets::bit_row::{BitField, BitRow, BitRowResponse};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::copy_text::copy_text;
use crate::app::widgets::formula::formula;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::value_line::ValueLine;
use crate::engine::number::derive::{self, Role};
use crate::engine::number::{Class, Format, Overflow, Rounding, Value};

/// Where the cards go.
struct Areas {
    controls: Rect,
    main: Rect,
    beside: Rect,
    map: Option<Rect>,
    classes: Option<Rect>,
    notations: Option<Rect>,
    height: f32,
}

/// Height of the main card: title, bits, sums, formula, neighbours, error.
const MAIN: f32 = 262.0;
/// Least height of the card beside it.
const BESIDE: f32 = 212.0;
/// Width of the column with the map.
const SIDE: f32 = 388.0;

impl Areas {
    fn new(canvas: Rect, presenting: bool) -> Self {
        if presenting {
            return Self::presentation(canvas);
        }
        match canvas.width() {
            width if width >= 1500.0 => Self::columns(canvas, true),
            width if width >= 1000.0 => Self::columns(canvas, false),
            _ => Self::one_column(canvas),
        }
    }

    fn columns(canvas: Rect, wide: bool) -> Self {
        let height = canvas.height().max(controls::HEIGHT + MAIN + BESIDE + 2.0 * GAP);
        let canvas = Rect::from_min_size(canvas.min, vec2(canvas.width(), height));
        let notations = wide.then(|| Rect::from_min_max(pos2(canvas.right() - 420.0, canvas.top()), canvas.max));
        let right = notations.map_or(canvas.right(), |rect| rect.left() - GAP);
        let side_left = right - if wide { 460.0 } else { SIDE };
        let controls = Rect::from_min_size(canvas.min, vec2(side_left - GAP - canvas.left(), controls::HEIGHT));
        let main_top = controls.bottom() + GAP;
        // On a high window the two cards share what is left over.
        let extra = (height - controls::HEIGHT - MAIN - BESIDE - 2.0 * GAP).min(80.0);
        let main =
            Rect::from_min_size(pos2(canvas.left(), main_top), vec2(controls.width(), MAIN + (extra / 2.0).round()));
        let beside = Rect::from_min_max(pos2(canvas.left(), main.bottom() + GAP), pos2(main.right(), canvas.bottom()));
        let classes_height = 178.0;
        let split = canvas.bottom() - classes_height - GAP;
        Self {
            controls,
            main,
            beside,
            map: Some(Rect::from_min_max(pos2(side_left, canvas.top()), pos2(right, split))),
            classes: Some(Rect::from_min_max(pos2(side_left, split + GAP), pos2(right, canvas.bottom()))),
            notations,
            height,
        }
    }

    /// Everything below each other; map and classes share a row.
    fn one_column(canvas: Rect) -> Self {
        let row = |top: f32, height: f32| Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
        let controls = row(canvas.top(), controls::HEIGHT);
        let main = row(controls.bottom() + GAP, MAIN);
        let beside = row(main.bottom() + GAP, BESIDE);
        let top = beside.bottom() + GAP;
        let half = (canvas.width() - GAP) / 2.0;
        let side = |left: f32| Rect::from_min_size(pos2(left, top), vec2(half, 400.0));
        Self {
            controls,
            main,
            beside,
            map: Some(side(canvas.left())),
            classes: Some(side(canvas.left() + half + GAP)),
            notations: None,
            height: top + 400.0 - canvas.top(),
        }
    }

    /// The bits with their formula, and the second format in one line.
    fn presentation(canvas: Rect) -> Self {
        let row = |top: f32, height: f32| Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
        let controls = row(canvas.top(), controls::LOW);
        let beside_height = 84.0;
        let main_height = (canvas.height() - controls::LOW - beside_height - 2.0 * GAP).clamp(212.0, MAIN + 60.0);
        let main = row(controls.bottom() + GAP, main_height);
        let beside = row(main.bottom() + GAP, beside_height);
        let height = beside.bottom() - canvas.top();
        Self { controls, main, beside, map: None, classes: None, notations: None, height }
    }
}

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
            beside_line(ctx, areas.beside, ui);
            return;
        }
        controls::card_ui(ctx, areas.controls, true, ui, controls::formats_ui);
        main_card(ctx, areas.main, ui);
        beside_card(ctx, areas.beside, ui);
        if let Some(rect) = areas.map {
            side::map_card(ctx, rect, ui);
        }
        if let Some(rect) = areas.classes {
            side::tabs_card(ctx, rect, areas.notations.is_some(), ui);
        }
        if let Some(rect) = areas.notations {
            side::notations_card(ctx, rect, ui);
        }
    });
}

/// The bits of a code of a format, as a row in the colours of its fields.
pub struct CodeBits<'a> {
    /// The accessible name.
    pub name: &'a str,
    /// The format.
    pub format: Format,
    /// The code.
    pub code: u64,
    /// The widest cell.
    pub widest: f32,
    /// Whether the bits can be changed.
    pub editable: bool,
    /// Whether the weights stand below.
    pub weights: bool,
    /// Whether it is shown to a lecture hall.
    pub presenting: bool,
}

impl CodeBits<'_> {
    /// Draws the row.
    pub fn show(self, ui: &mut Ui) -> BitRowResponse {
        let tokens = tokens(ui);
        let (format, code) = (self.format, self.code);
        let fields: Vec<BitField<'_>> = derive::fields(format, code)
            .iter()
            .map(|field| BitField { name: field.role.name(), hue: hue(tokens, field.role), bits: field.width })
            .collect();
        let bits = if self.weights { derive::bits(format, code) } else { Vec::new() };
        let weights: Vec<String> = bits.iter().map(weight).collect();
        let caption = PlotLook::of(self.presenting).caption;
        BitRow {
            name: self.name,
            fields: &fields,
            code,
            weights: &weights,
            widest: self.widest,
            editable: self.editable,
            caption,
        }
        .show(ui)
    }
}

/// Bits that are only looked at.
fn second_bits(ui: &mut Ui, presenting: bool, name: &str, format: Format, code: u64, widest: f32) {
    CodeBits { name, format, code, widest, editable: false, weights: false, presenting }.show(ui);
}

fn weight(bit: &derive::Bit) -> String {
    match (bit.role, bit.weight) {
        (Role::Sign, _) => "±".to_owned(),
        (_, Some(weight)) if (0..8).contains(&weight.exponent) => numerals::exact(Value::Finite(weight)),
        (_, Some(weight)) => {
            format!("{}{}", if weight.negative { "−" } else { "" }, numerals::power(weight.exponent.into()))
        }
        (_, None) => String::new(),
    }
}

fn main_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (format, code, value) = (numbers.format, numbers.code(), &numbers.value);
    let number = value.number(format);
    let (title, layout) = (format_words::title(format), format_words::layout(format));
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
        let parts = field_line(tokens, field.role, &bits, derivation);
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
        let width = crate::app::widgets::formula::width(ui, 15.0, &parts);
        let room = if wide { place.width() - 2.0 * theme::HIT - 8.0 } else { place.width() + 40.0 };
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

fn beside_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
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
        let bits = beside.bits() as f32;
        let cell = if roomy { 34.0 } else { 30.0_f32 };
        let needed = bits * (cell + 3.0) + 20.0;
        // Wide formats take the line for themselves.
        let alone = needed > inner.width() - 300.0;
        ui.horizontal_top(|ui| {
            let width = if alone { inner.width() - 270.0 } else { needed };
            let size = vec2(width, 0.0);
            ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
                ui.set_width(width);
                let name = format!("Bits of {title} beside");
                second_bits(ui, presenting, &name, beside, stored.code, cell);
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

/// The second format in a presentation: its bits and what became of the value.
fn beside_line(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let numbers = &ctx.setup().numbers;
    let (beside, number) = (numbers.beside, numbers.value.number(numbers.format));
    let stored = Stored::new(beside, &number, Rounding::NearestEven, Overflow::Default);
    let title = format_words::title(beside);
    card::plain(ui, rect, "beside", |ui| {
        ui.horizontal(|ui| {
            let width = ui.available_width();
            ui.label(RichText::new(&title).font(theme::title()));
            ui.add_space(8.0);
            ui.allocate_ui_with_layout(vec2(width * 0.45, 0.0), Layout::top_down(Align::Min), |ui| {
                ui.set_width(width * 0.45);
                let name = format!("Bits of {title} beside");
                second_bits(ui, true, &name, beside, stored.code, 28.0);
            });
            ui.vertical(|ui| verdict_ui(ui, &stored));
        });
    });
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
fn lines_ui(
    ctx: &mut PageContext<'_>,
    ui: &mut Ui,
    format: Format,
    stored: &Stored,
    number: &crate::engine::number::Number,
) {
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
    let number = crate::engine::number::Number::from(value);
    let text = crate::engine::number::Dyadic::from_f64(value).map_or_else(|| value.to_string(), |v| v.to_decimal());
    let what = format!("Value {}", numerals::short_f64(value));
    let input = crate::engine::number::Input::Number { text, number };
    ctx.edit(what, None, move |setup| setup.numbers.value = input.clone());
}
