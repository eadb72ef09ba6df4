//! The view Integers: one pattern under every encoding, the circle that it lies on, and what a sum does at its seam.

use egui::{Align, Align2, Layout, Rect, Response, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::bits::{CodeBits, fitting_formula};
use super::formulas::main_line;
use super::{controls, scrolled};
use crate::app::context::PageContext;
use crate::app::setup::numbers::Integers;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::{code_table, integer, numerals};
use crate::app::widgets::badge::{Tone, tag};
use crate::app::widgets::button;
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::figure;
use crate::app::widgets::formula::Part;
use crate::app::widgets::number_circle::{NumberCircle, Walk};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::select::select;
use crate::app::widgets::tabs::chips;
use crate::engine::number::{Format, IntegerEncoding, MOST_ADDEND, add, derive};

/// Height of the card with the readings: title, bits in one line, five rows.
const READINGS: f32 = 322.0;
/// Height of a line of large bits.
const LINE: f32 = 88.0;
/// Least height of the card with the sum.
const SUM: f32 = 150.0;
/// Its height in a presentation.
const LOW_SUM: f32 = 104.0;

struct Areas {
    controls: Option<Rect>,
    readings: Rect,
    sum: Rect,
    circle: Rect,
    height: f32,
}

impl Areas {
    /// The layout where the bits need `extra` more height than one line of large cells.
    fn new(canvas: Rect, presenting: bool, extra: f32) -> Self {
        let readings_height = READINGS + extra;
        let with_controls = if presenting { 0.0 } else { controls::HEIGHT + GAP };
        let top = canvas.top() + with_controls;
        let controls = (!presenting).then(|| Rect::from_min_size(canvas.min, vec2(canvas.width(), controls::HEIGHT)));
        if canvas.width() >= 1000.0 || presenting {
            let share = share(presenting);
            let height = canvas.height().max(with_controls + readings_height + GAP + SUM.min(canvas.height()));
            // A hall sees all of it at once.
            let (height, readings_height) = match presenting {
                true => (canvas.height(), canvas.height() - GAP - LOW_SUM),
                false => (height, readings_height),
            };
            let split = canvas.left() + (canvas.width() * share).round();
            let bottom = canvas.top() + height;
            let readings = Rect::from_min_max(pos2(canvas.left(), top), pos2(split - GAP, top + readings_height));
            return Self {
                controls,
                readings,
                sum: Rect::from_min_max(pos2(canvas.left(), readings.bottom() + GAP), pos2(split - GAP, bottom)),
                circle: Rect::from_min_max(pos2(split, top), pos2(canvas.right(), bottom)),
                height,
            };
        }
        let row = |top: f32, height: f32| Rect::from_min_size(pos2(canvas.left(), top), vec2(canvas.width(), height));
        let readings = row(top, readings_height);
        let sum = row(readings.bottom() + GAP, SUM);
        let circle = row(sum.bottom() + GAP, 420.0);
        Self { controls, readings, sum, circle, height: circle.bottom() - canvas.top() }
    }
}

/// How much of the width the readings take, where the circle stands beside them.
fn share(presenting: bool) -> f32 {
    if presenting { 0.6 } else { 0.62 }
}

/// How much higher the bits are than one line of large cells.
fn extra_height(ctx: &PageContext<'_>, ui: &Ui, canvas: Rect) -> f32 {
    let beside = canvas.width() >= 1000.0 || ctx.presenting;
    let width = if beside { (canvas.width() * share(ctx.presenting)).round() - GAP } else { canvas.width() };
    let row = pattern(integers(ctx), ctx.presenting).height(tokens(ui), width - 2.0 * theme::PADDING);
    (row - LINE).max(0.0)
}

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (canvas, presenting) = (ui.max_rect(), ctx.presenting);
    let extra = extra_height(ctx, ui, canvas);
    let height = Areas::new(canvas, presenting, extra).height;
    scrolled(ui, "integers", height, |ui, page| {
        let page = Rect::from_min_size(page.min, vec2(page.width(), canvas.height()));
        let areas = Areas::new(page, presenting, extra);
        if let Some(rect) = areas.controls {
            controls::card_ui(ctx, rect, Some(value_ui), ui, widths_ui);
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

/// Shows another code of the same width.
fn set_code(ctx: &mut PageContext<'_>, code: u64, gesture: Option<u64>) {
    let before = integers(ctx);
    let text = |code: u64| integer::bits(before.bits, code);
    edit(ctx, format!("Pattern {} → {}", text(before.code), text(code)), gesture, Integers { code, ..before });
}

/// Reads the pattern in another encoding around the circle and in the sum.
fn set_encoding(ctx: &mut PageContext<'_>, encoding: IntegerEncoding) {
    let before = integers(ctx);
    edit(ctx, format!("Read as {}", encoding.title()), None, Integers { encoding, ..before });
}

/// The code as its field shows it: the integer that it reads as.
#[derive(Clone, Copy, PartialEq)]
struct Typed(Integers);

impl std::fmt::Display for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&integer::reading(self.0.format(), self.0.code))
    }
}

/// The field of the pattern: the integer in the encoding that is chosen, or the bits.
fn value_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let before = integers(ctx);
    let mut typed = Typed(before);
    let parse = |text: &str| {
        let code = integer::code_of(text, before.format())?;
        Ok(Typed(Integers { code, ..before }))
    };
    let response = value_field_over(ui, "Integer", &mut typed, ui.available_width(), parse);
    if response.changed() {
        let reading = |code| integer::reading(before.format(), code);
        let what = format!("Integer {} → {}", reading(before.code), reading(typed.0.code));
        edit(ctx, what, None, typed.0);
    }
    response.on_hover_text("A whole number in the encoding of the circle, 0b0011 or 0x3");
}

/// Width, and the lecture's patterns.
fn widths_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    ui.spacing_mut().item_spacing.x = 6.0;
    let before = integers(ctx);
    if let Some(bits) = width_ui(ui, before.bits) {
        edit(ctx, format!("Width {} → {bits}", before.bits), None, before.with_bits(bits));
    }
    ui.add_space(8.0);
    ui.label(RichText::new("Lecture").font(theme::control()).color(tokens(ui).muted));
    for (pattern, addend) in
        [(0b1011_0001_u64, 1), (0b1100_1111, 1), (0b0111_1111, 1), (0b1000_0000, -1), (0b0011_0001, 1)]
    {
        // On narrow windows the last ones are in the menu of examples only.
        if ui.available_width() < 90.0 {
            break;
        }
        let text = format!("{pattern:08b}");
        if button::plain(ui, &text).clicked() {
            edit(ctx, format!("Pattern {text}"), None, Integers { bits: 8, code: pattern, addend, ..before });
        }
    }
}

/// The width of an integer: a field for any, chips for the usual ones. The width that was chosen.
pub fn width_ui(ui: &mut Ui, before: u32) -> Option<u32> {
    ui.label(RichText::new("Bits").font(theme::control()).color(tokens(ui).muted));
    let mut bits = before;
    width_field(ui, &mut bits);
    let usual = [4, 8, 16, 32, 64].map(|bits: u32| (bits, bits.to_string()));
    let options = usual.each_ref().map(|(bits, text)| (*bits, text.as_str(), ""));
    chips(ui, "Usual widths", &mut bits, &options);
    (bits != before).then_some(bits)
}

/// The field of a width.
pub fn width_field(ui: &mut Ui, bits: &mut u32) -> Response {
    let parse = |text: &str| {
        let bits = text.trim().parse().ok().filter(|bits| (1..=64).contains(bits));
        bits.ok_or_else(|| "a width is 1 to 64 bits".to_owned())
    };
    value_field_over(ui, "Width", bits, 48.0, parse)
}

/// The row of bits, in the fields of the encoding that is chosen.
fn pattern(integers: Integers, presenting: bool) -> CodeBits<'static> {
    let format = Format::Integer(integers.format());
    let code = integers.code;
    CodeBits { name: "Pattern", format, code, widest: 42.0, editable: true, weights: true, presenting }
}

fn readings_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let before = integers(ctx);
    let Integers { bits, code, encoding, .. } = before;
    let subtitle = format!("{bits} bits, five ways to read them");
    let mut chosen = None;
    card::card(ui, rect, "One pattern", &subtitle, |ui| {
        let tokens = tokens(ui);
        ui.spacing_mut().item_spacing.y = 2.0;
        let row = pattern(before, ctx.presenting).show(ui);
        let gesture = ctx.state.gestures.of(&row.response);
        let last = Format::Integer(before.format()).last_code();
        let stepped = code.wrapping_add_signed(row.step.into()) & last;
        if let Some(code) = row.code.or((stepped != code).then_some(stepped)) {
            set_code(ctx, code, gesture);
        }
        let rows = derive::readings(bits, code);
        figure::table_area(ui, "One pattern", || code_table::reading_table(bits, code));
        let least = if ctx.presenting { 22.0 } else { 30.0 };
        let height = (ui.available_height() / rows.len() as f32).clamp(least, 40.0);
        for reading in rows {
            let size = vec2(ui.available_width(), height - 2.0);
            let (line, response) = ui.allocate_exact_size(size, Sense::click());
            let title = reading.format.encoding.title();
            let on = reading.format.encoding == encoding;
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, title));
            ui.painter().hline(line.x_range(), line.top(), (theme::HAIRLINE, tokens.grid));
            // The mark of the one that is chosen stands in the card's padding, so that nothing moves.
            let band = line.shrink2(vec2(0.0, 1.0)).expand2(vec2(10.0, 0.0));
            if on {
                let bar = Rect::from_min_size(band.min, vec2(4.0, band.height()));
                ui.painter().rect_filled(band, theme::RADIUS_BIT, tokens.select);
                ui.painter().rect_filled(bar, theme::RADIUS_BAR, tokens.accent);
            } else if response.hovered() {
                ui.painter().rect_filled(band, theme::RADIUS_BIT, tokens.hover);
            }
            let font = if on { theme::semibold(14.0) } else { theme::body() };
            ui.painter().text(line.left_center(), Align2::LEFT_CENTER, title, font, tokens.text);
            let derivation = derive::decode(Format::Integer(reading.format), code);
            let place = Rect::from_min_max(pos2(line.left() + 138.0, line.top()), line.max);
            let mut child = ui.new_child(UiBuilder::new().id_salt(title).max_rect(place));
            fitting_formula(&mut child, place, 17.0, &main_line(tokens, &derivation));
            theme::focus_ring(ui, &response, band.shrink(2.0));
            if response.clicked() {
                chosen = Some(reading.format.encoding);
            }
        }
    });
    if let Some(chosen) = chosen.filter(|chosen| *chosen != encoding) {
        set_encoding(ctx, chosen);
    }
}

fn sum_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let before = integers(ctx);
    let Integers { bits, code, addend, encoding } = before;
    let format = before.format();
    let sum = add(format, code, addend);
    let mut typed = Addend(addend);
    let (mut changed, presenting) = (false, ctx.presenting);
    let card = Card::new("Add").subtitle(encoding.title()).trailing(|ui| {
        for (text, name, by) in [("+", "One more", 1), ("−", "One less", -1)] {
            if button::small(ui, text, name).clicked() {
                typed.0 = (addend + by).clamp(-MOST_ADDEND, MOST_ADDEND);
                changed = true;
            }
        }
        let field = ui.allocate_ui_with_layout(vec2(96.0, theme::CONTROL), Layout::top_down(Align::Min), |ui| {
            value_field_over(ui, "Added", &mut typed, 92.0, Addend::parse)
        });
        changed |= field.inner.changed();
    });
    card.show(ui, rect, |ui| {
        let tokens = tokens(ui);
        let number = |value: i128| numerals::screen(&value.to_string());
        let sign = if sum.addend < 0 { "  −  " } else { "  +  " };
        ui.spacing_mut().item_spacing.y = 4.0;
        let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
        let parts = [
            Part::Number(integer::reading(format, code), tokens.accent),
            Part::Symbol(sign.to_owned()),
            Part::Number(number(sum.addend.abs()), tokens.real),
            Part::Symbol("  =  ".to_owned()),
            Part::Result(number(sum.exact)),
        ];
        fitting_formula(ui, line, 20.0, &parts);
        let line = |ui: &mut Ui, words: &str, code: u64, tone: Tone| {
            ui.horizontal(|ui| {
                tag(ui, words, tone);
                let parts = [
                    Part::Symbol(format!("{}  =  ", integer::bits(bits, code))),
                    Part::Result(integer::reading(format, code)),
                ];
                let (place, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::HIT), Sense::hover());
                fitting_formula(ui, place, 17.0, &parts);
            });
        };
        if sum.overflows && presenting {
            ui.horizontal(|ui| {
                for (words, code, tone) in
                    [("wraps to", sum.wrapped, Tone::Error), ("saturates at", sum.saturated, Tone::Warn)]
                {
                    tag(ui, words, tone);
                    ui.label(RichText::new(integer::reading(format, code)).font(theme::semibold(17.0)));
                    ui.add_space(10.0);
                }
            });
        } else if sum.overflows {
            line(ui, "wraps to", sum.wrapped, Tone::Error);
            line(ui, "saturates at", sum.saturated, Tone::Warn);
        } else {
            line(ui, "within the range", sum.wrapped, Tone::Good);
        }
    });
    if changed && typed.0 != addend {
        let what = format!("Added {} → {}", numerals::screen(&addend.to_string()), typed);
        edit(ctx, what, None, Integers { addend: typed.0, ..before });
    }
}

/// What is added, as its field shows it.
#[derive(Clone, Copy, PartialEq)]
struct Addend(i128);

impl Addend {
    fn parse(text: &str) -> Result<Self, String> {
        let number = text.trim().replace('−', "-").parse().ok();
        let number = number.filter(|number: &i128| number.unsigned_abs() <= MOST_ADDEND.unsigned_abs());
        number.map(Self).ok_or_else(|| "a whole number from −2⁶⁵ to 2⁶⁵".to_owned())
    }
}

impl std::fmt::Display for Addend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&numerals::screen(&self.0.to_string()))
    }
}

/// The way of the sum: along the codes, but in sign-magnitude, where half of them run backwards, straight to where it ends.
fn walk(integers: Integers) -> Walk {
    let wrapped = add(integers.format(), integers.code, integers.addend).wrapped;
    match integers.encoding {
        IntegerEncoding::SignMagnitude => Walk::Across(wrapped),
        // The carry that goes around is a step more.
        IntegerEncoding::OnesComplement => {
            let codes = 1_i128 << integers.bits;
            let forward = (i128::from(wrapped) - i128::from(integers.code)).rem_euclid(codes);
            let turns = if integers.addend.abs() >= codes { codes * integers.addend.signum() } else { 0 };
            let direct = if integers.addend < 0 && forward > 0 { forward - codes } else { forward };
            Walk::Along(if turns == 0 { direct } else { turns })
        }
        _ => Walk::Along(integers.addend),
    }
}

fn circle_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let before = integers(ctx);
    let Integers { bits, code, encoding, .. } = before;
    let format = before.format();
    let mut chosen_encoding = encoding;
    let card = Card::new("Around the circle").trailing(|ui| {
        let options = IntegerEncoding::ALL.map(|encoding| (encoding, encoding.title().to_owned(), ""));
        select(ui, "Reading", &mut chosen_encoding, &options);
    });
    let look = PlotLook::of(ctx.presenting);
    let answer = card.show(ui, rect, |ui| {
        let reading = |code: u64| integer::reading(format, code);
        let label = |code: u64| integer::label(format, code);
        let (seams, walk) = (integer::seams(format), walk(before));
        let name = "Number circle";
        NumberCircle { name, bits, code, reading: &reading, label: &label, seams: &seams, walk, look }.show(ui)
    });
    if chosen_encoding != encoding {
        set_encoding(ctx, chosen_encoding);
    }
    let gesture = ctx.state.gestures.of(&answer.response);
    if let Some(chosen) = answer.chosen {
        let text = |code: u64| integer::reading(format, code);
        edit(ctx, format!("Integer {} → {}", text(code), text(chosen)), gesture, Integers { code: chosen, ..before });
    }
}
