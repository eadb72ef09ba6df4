//! The view Integers: one pattern under every encoding, the circle that it lies on, and what a sum does at its seam.

use egui::{Align, Align2, Layout, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use super::bits::{CodeBits, fitting_formula};
use super::formulas::main_line;
use super::{controls, scrolled};
use crate::app::context::PageContext;
use crate::app::setup::numbers::Integers;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::{code_table, numerals};
use crate::app::widgets::badge::{Tone, tag};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field;
use crate::app::widgets::figure;
use crate::app::widgets::formula::{Part, formula};
use crate::app::widgets::number_circle::NumberCircle;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::tabs::chips;
use crate::engine::number::{Format, IntegerEncoding, IntegerFormat, add, derive};

/// Height of the card with the readings: title, bits, five rows.
const READINGS: f32 = 322.0;
/// Least height of the card with the sum.
const SUM: f32 = 150.0;

struct Areas {
    controls: Option<Rect>,
    readings: Rect,
    sum: Rect,
    circle: Rect,
    height: f32,
}

impl Areas {
    fn new(canvas: Rect, presenting: bool) -> Self {
        let with_controls = if presenting { 0.0 } else { controls::HEIGHT + GAP };
        let top = canvas.top() + with_controls;
        let controls = (!presenting).then(|| Rect::from_min_size(canvas.min, vec2(canvas.width(), controls::HEIGHT)));
        if canvas.width() >= 1000.0 || presenting {
            let share = if presenting { 0.6 } else { 0.62 };
            let height = canvas.height().max(with_controls + READINGS + GAP + SUM.min(canvas.height()));
            let height = if presenting { canvas.height().max(READINGS + GAP + 60.0) } else { height };
            let split = canvas.left() + (canvas.width() * share).round();
            let bottom = canvas.top() + height;
            let readings = Rect::from_min_max(pos2(canvas.left(), top), pos2(split - GAP, top + READINGS));
            return Self {
                controls,
                readings,
                sum: Rect::from_min_max(pos2(canvas.left(), readings.bottom() + GAP), pos2(split - GAP, bottom)),
                circle: Rect::from_min_max(pos2(split, top), pos2(canvas.right(), bottom)),
                height,
            };
        }
        let row = |top: f32, height: f32| Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
        let readings = row(top, READINGS);
        let sum = row(readings.bottom() + GAP, SUM);
        let circle = row(sum.bottom() + GAP, 420.0);
        Self { controls, readings, sum, circle, height: circle.bottom() - canvas.top() }
    }
}

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (canvas, presenting) = (ui.max_rect(), ctx.presenting);
    let height = Areas::new(canvas, presenting).height;
    scrolled(ui, "integers", height, |ui, page| {
        let areas = Areas::new(Rect::from_min_size(page.min, vec2(page.width(), canvas.height())), presenting);
        if let Some(rect) = areas.controls {
            controls::card_ui(ctx, rect, false, ui, widths_ui);
        }
        readings_card(ctx, areas.readings, ui);
        sum_card(ctx, areas.sum, ui);
        circle_card(ctx, areas.circle, ui);
    });
}

fn integers(ctx: &PageContext<'_>) -> Integers {
    ctx.setup().numbers.integers
}

fn edit(ctx: &mut PageContext<'_>, what: String, gesture: Option<u64>, changed: Integers) {
    ctx.edit(what, gesture, move |setup| setup.numbers.integers = changed);
}

/// Width, and the lecture's patterns.
fn widths_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let before = integers(ctx);
    let mut bits = before.bits;
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.label(RichText::new("Width").font(theme::control()).color(tokens(ui).muted));
    if chips(ui, "Width", &mut bits, &[(4, "4 bits", ""), (8, "8 bits", ""), (16, "16 bits", "")]).changed() {
        let code = before.code & (u64::MAX >> (64 - bits));
        edit(ctx, format!("Width {} → {bits}", before.bits), None, Integers { bits, code, ..before });
    }
    ui.add_space(12.0);
    ui.label(RichText::new("Lecture").font(theme::control()).color(tokens(ui).muted));
    for (pattern, addend) in
        [(0b0011_0001_u64, 1), (0b1011_0001, 1), (0b1100_1111, 1), (0b1000_0000, -1), (0b0111_1111, 1)]
    {
        let text = format!("{pattern:08b}");
        if button::plain(ui, &text).clicked() {
            edit(ctx, format!("Pattern {text}"), None, Integers { bits: 8, code: pattern, addend, ..before });
        }
    }
}

fn readings_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let Integers { bits, code, .. } = integers(ctx);
    let presenting = ctx.presenting;
    let subtitle = format!("{bits} bits, five ways to read them");
    card::card(ui, rect, "One pattern", &subtitle, |ui| {
        let tokens = tokens(ui);
        ui.spacing_mut().item_spacing.y = 2.0;
        let format = Format::Integer(IntegerFormat::signed(bits));
        let row = CodeBits { name: "Pattern", format, code, widest: 42.0, editable: true, weights: true, presenting };
        let row = row.show(ui);
        let gesture = ctx.state.gestures.of(&row.response);
        let stepped = code.wrapping_add_signed(row.step.into()) & format.last_code();
        let chosen = row.code.or((stepped != code).then_some(stepped));
        if let Some(chosen) = chosen {
            let width = bits as usize;
            let what = format!("Pattern {code:0width$b} → {chosen:0width$b}");
            edit(ctx, what, gesture, Integers { code: chosen, ..integers(ctx) });
        }
        let rows = derive::readings(bits, code);
        figure::table_area(ui, "One pattern", || code_table::reading_table(bits, code));
        let height = (ui.available_height() / rows.len() as f32).clamp(30.0, 40.0);
        for reading in rows {
            let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), height - 2.0), egui::Sense::hover());
            ui.painter().hline(line.x_range(), line.top(), (theme::HAIRLINE, tokens.grid));
            let title = reading.format.encoding.title();
            ui.painter().text(line.left_center(), Align2::LEFT_CENTER, title, theme::body(), tokens.text);
            let derivation = derive::decode(Format::Integer(reading.format), code);
            let place = Rect::from_min_max(pos2(line.left() + 138.0, line.top()), line.max);
            let mut child = ui.new_child(UiBuilder::new().id_salt(title).max_rect(place));
            fitting_formula(&mut child, place, 17.0, &main_line(tokens, &derivation));
        }
    });
}

fn sum_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let before = integers(ctx);
    let Integers { bits, code, addend, signed } = before;
    let format = if signed { IntegerFormat::signed(bits) } else { IntegerFormat::unsigned(bits) };
    let sum = add(format, code, addend);
    let mut typed = Addend(addend);
    let mut changed = false;
    let title = "Add";
    let subtitle = if signed { "two's complement" } else { "unsigned" };
    let card = Card::new(title).subtitle(subtitle).trailing(|ui| {
        for (text, name, by) in [("+", "One more", 1), ("−", "One less", -1)] {
            if button::small(ui, text, name).clicked() {
                typed.0 = (addend + by).clamp(-Addend::MOST, Addend::MOST);
                changed = true;
            }
        }
        let field = ui.allocate_ui_with_layout(vec2(96.0, theme::CONTROL), Layout::top_down(Align::Min), |ui| {
            value_field(ui, "Added", &mut typed, 92.0, Addend::parse)
        });
        changed |= field.inner.changed();
    });
    card.show(ui, rect, |ui| {
        let tokens = tokens(ui);
        let number = |value: i128| numerals::screen(&value.to_string());
        let sign = if sum.addend < 0 { "  −  " } else { "  +  " };
        ui.spacing_mut().item_spacing.y = 4.0;
        formula(
            ui,
            20.0,
            &[
                Part::Number(number(sum.left), tokens.accent),
                Part::Symbol(sign.to_owned()),
                Part::Number(number(sum.addend.abs()), tokens.real),
                Part::Symbol("  =  ".to_owned()),
                Part::Result(number(sum.exact)),
            ],
        );
        let width = bits as usize;
        let line = |ui: &mut Ui, words: &str, code: u64, value: i128, tone: Tone| {
            ui.horizontal(|ui| {
                tag(ui, words, tone);
                formula(ui, 17.0, &[Part::Symbol(format!("{code:0width$b}  =  ")), Part::Result(number(value))]);
            });
        };
        if sum.overflows {
            line(ui, "wraps to", sum.wrapped, sum.wrapped_value, Tone::Error);
            line(ui, "saturates at", sum.saturated, sum.saturated_value, Tone::Warn);
        } else {
            line(ui, "within the range", sum.wrapped, sum.wrapped_value, Tone::Good);
        }
    });
    if changed && typed.0 != addend {
        let what = format!("Added {} → {}", numerals::screen(&addend.to_string()), typed);
        edit(ctx, what, None, Integers { addend: typed.0, ..before });
    }
}

/// What is added, as its field shows it.
#[derive(Clone, Copy, PartialEq)]
struct Addend(i64);

impl Addend {
    const MOST: i64 = 1 << 16;

    fn parse(text: &str) -> Result<Self, String> {
        let number = text.trim().replace('−', "-").parse().ok().filter(|number: &i64| number.abs() <= Self::MOST);
        number.map(Self).ok_or_else(|| format!("a whole number from −{0} to {0}", Self::MOST))
    }
}

impl std::fmt::Display for Addend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&numerals::screen(&self.0.to_string()))
    }
}

fn circle_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let before = integers(ctx);
    let Integers { bits, code, addend, signed } = before;
    let encoding = if signed { IntegerEncoding::TwosComplement } else { IntegerEncoding::Unsigned };
    let format = IntegerFormat { bits, encoding };
    let mut chosen_reading = signed;
    let card = Card::new("Around the circle").trailing(|ui| {
        segmented(ui, "Reading", &mut chosen_reading, &[(true, "Signed"), (false, "Unsigned")]);
    });
    let look = PlotLook::of(ctx.presenting);
    let answer = card.show(ui, rect, |ui| {
        let reading = |code: u64| numerals::screen(&format.integer(code).to_string());
        let seam = if signed { (1 << (bits - 1)) - 1 } else { (1_u64 << bits) - 1 };
        NumberCircle { name: "Number circle", bits, code, reading: &reading, seam, walk: addend, look }.show(ui)
    });
    if chosen_reading != signed {
        let words = if chosen_reading { "signed" } else { "unsigned" };
        edit(ctx, format!("Read as {words}"), None, Integers { signed: chosen_reading, ..before });
    }
    let gesture = ctx.state.gestures.of(&answer.response);
    if let Some(chosen) = answer.chosen {
        let text = |code: u64| numerals::screen(&format.integer(code).to_string());
        edit(ctx, format!("Integer {} → {}", text(code), text(chosen)), gesture, Integers { code: chosen, ..before });
    }
}
