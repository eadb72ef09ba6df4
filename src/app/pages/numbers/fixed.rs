//! The view Fixed point: an integer with a binary point that moves, and the product of two of them.

mod format;
mod places;

use egui::{Align, Align2, CursorIcon, Key, Layout, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::bits::{CodeBits, fitting_formula, strip};
use super::formulas::{main_line, weights_line};
use super::{controls, scrolled};
use crate::app::context::PageContext;
use crate::app::setup::numbers::{DataView, Fixed};
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::{numerals, stored};
use crate::app::widgets::bit_row::BitRowResponse;
use crate::app::widgets::button;
use crate::app::widgets::card::Card;
use crate::app::widgets::formula::Part;
use crate::app::widgets::plot::PlotLook;
use crate::engine::number::derive::{self, Derivation};
use crate::engine::number::{FixedFormat, Format, IntegerEncoding, Rational, multiply};

/// Height of the card with the bits in one line, and of one with the names below.
const MAIN: f32 = 270.0;
/// Height of a line of large bits.
const LINE: f32 = 88.0;
/// Least height of the card with the product.
const PRODUCT: f32 = 204.0;
/// Height of a line of the second factor's bits.
const SECOND: f32 = 62.0;

/// How much more height the bits of both factors need than one line each.
#[derive(Clone, Copy, Default)]
struct Extra {
    main: f32,
    product: f32,
}

struct Areas {
    controls: Option<Rect>,
    main: Rect,
    product: Rect,
    places: Rect,
    height: f32,
}

impl Areas {
    fn new(canvas: Rect, presenting: bool, extra: Extra) -> Self {
        let with_controls = if presenting { 0.0 } else { controls::HEIGHT + GAP };
        let top = canvas.top() + with_controls;
        let controls = (!presenting).then(|| Rect::from_min_size(canvas.min, vec2(canvas.width(), controls::HEIGHT)));
        let (main_height, product_height) = (MAIN + extra.main, PRODUCT + extra.product);
        let height = canvas.height().max(with_controls + main_height + GAP + product_height);
        let right = canvas.left() + Self::first_column(canvas.width(), presenting);
        let main = Rect::from_min_max(pos2(canvas.left(), top), pos2(right, top + main_height));
        let bottom = canvas.top() + height;
        let product = Rect::from_min_max(pos2(canvas.left(), main.bottom() + GAP), pos2(right, bottom));
        if right >= canvas.right() {
            let places = Rect::from_min_size(pos2(canvas.left(), bottom + GAP), vec2(canvas.width(), 330.0));
            return Self { controls, main, product, places, height: places.bottom() - canvas.top() };
        }
        let places = Rect::from_min_max(pos2(right + GAP, top), pos2(canvas.right(), bottom));
        Self { controls, main, product, places, height }
    }

    /// Width of the column with the bits.
    fn first_column(width: f32, presenting: bool) -> f32 {
        let narrow = width < 1000.0 && !presenting;
        if narrow { width } else { width - (width * 0.32).round() - GAP }
    }
}

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (canvas, presenting) = (ui.max_rect(), ctx.presenting);
    let extra = extra_height(ctx, ui, canvas.width());
    let height = Areas::new(canvas, presenting, extra).height;
    scrolled(ui, "fixed", height, |ui, page| {
        let page = Rect::from_min_size(page.min, vec2(page.width(), canvas.height()));
        let areas = Areas::new(page, presenting, extra);
        if let Some(rect) = areas.controls {
            controls::card_ui(ctx, rect, Some(format::value_ui), ui, format::format_ui);
        }
        main_card(ctx, areas.main, ui);
        product_card(ctx, areas.product, ui);
        places::card_ui(ctx, areas.places, ui);
    });
}

fn extra_height(ctx: &PageContext<'_>, ui: &Ui, width: f32) -> Extra {
    let room = Areas::first_column(width, ctx.presenting) - 2.0 * theme::PADDING;
    let height = |second: bool| row(fixed(ctx), second, ctx.presenting).height(tokens(ui), room);
    Extra { main: (height(false) - LINE).max(0.0), product: (height(true) - SECOND).max(0.0) }
}

/// The bits of the first or the second factor.
fn row(fixed: Fixed, second: bool, presenting: bool) -> CodeBits<'static> {
    let format = Format::Fixed(fixed.format);
    if second {
        let (name, code) = ("Second factor", fixed.other);
        return CodeBits { name, format, code, widest: 30.0, editable: true, weights: false, presenting };
    }
    CodeBits { name: "Bits", format, code: fixed.code, widest: 42.0, editable: true, weights: true, presenting }
}

fn fixed(ctx: &PageContext<'_>) -> Fixed {
    ctx.setup().numbers.fixed
}

fn edit(ctx: &mut PageContext<'_>, what: String, gesture: Option<u64>, changed: Fixed) {
    ctx.edit(what, gesture, move |setup| setup.numbers.fixed = changed);
}

fn value_text(format: FixedFormat, code: u64) -> String {
    if format.integer.is_minus_zero(code) { "−0".to_owned() } else { numerals::short(format.value(code)) }
}

/// Shows another code of one of the factors.
fn set_code(ctx: &mut PageContext<'_>, code: u64, second: bool, gesture: Option<u64>) {
    let before = fixed(ctx);
    let now = if second { before.other } else { before.code };
    let what = format!("Value {} → {}", value_text(before.format, now), value_text(before.format, code));
    let changed = if second { Fixed { other: code, ..before } } else { Fixed { code, ..before } };
    edit(ctx, what, gesture, changed);
}

/// Shows the same bits in another format, and says which.
fn set_format(ctx: &mut PageContext<'_>, format: FixedFormat, gesture: Option<u64>) {
    let before = fixed(ctx);
    if format != before.format {
        let what = format!("{} → {}", lecture_name(before.format), lecture_name(format));
        edit(ctx, what, gesture, before.with_format(format));
    }
}

/// The lecture's name, with the encoding where it is not two's complement.
fn lecture_name(format: FixedFormat) -> String {
    let name = format!("fixed<{},{}>", format.integer.bits, numerals::screen(&format.fraction_bits.to_string()));
    match format.integer.encoding {
        IntegerEncoding::TwosComplement => name,
        other => format!("{name} {}", other.title()),
    }
}

/// Moves the binary point; never further than the formats go.
fn move_point(ctx: &mut PageContext<'_>, fraction_bits: i32, gesture: Option<u64>) {
    if let Ok(format) = (FixedFormat { fraction_bits, ..fixed(ctx).format }).check() {
        set_format(ctx, format, gesture);
    }
}

fn main_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let Fixed { format, code, .. } = fixed(ctx);
    let (low, high) = format.integer.range();
    let end = |integer: i128| value_text(format, format.integer.code(integer));
    let step = stored::figure(&Rational::power_of_two((-format.fraction_bits).into()));
    let title = lecture_name(format);
    let subtitle = format!("{} to {}, step {step}", end(low), end(high));
    let mut show_bits = false;
    let presenting = ctx.presenting;
    let card = Card::new(&title).subtitle(&subtitle).trailing(|ui| {
        if !presenting {
            show_bits = button::plain(ui, "Show its bits").clicked();
        }
    });
    card.show(ui, rect, |ui| {
        let tokens = tokens(ui);
        ui.spacing_mut().item_spacing.y = 4.0;
        let row = row(fixed(ctx), false, presenting).show(ui);
        take_bits(ctx, &row, false);
        point_ui(ctx, ui, &row);
        if let Derivation::Fixed(steps) = derive::decode(Format::Fixed(format), code) {
            for (words, parts) in [
                ("by weights", weights_line(tokens, &steps)),
                ("as an integer", main_line(tokens, &Derivation::Fixed(steps.clone()))),
            ] {
                let band = strip(ui, 44.0);
                let caption = pos2(band.left() + 12.0, band.center().y);
                ui.painter().text(caption, Align2::LEFT_CENTER, words, theme::small(), tokens.muted);
                let place = Rect::from_min_max(pos2(band.left() + 112.0, band.top()), band.max - vec2(12.0, 0.0));
                fitting_formula(ui, place, 20.0, &parts);
            }
        }
        let words = names_line(format);
        ui.label(RichText::new(words).font(PlotLook::of(presenting).caption).color(tokens.muted));
    });
    if show_bits {
        ctx.edit(format!("Shows the bits of {title}"), None, move |setup| {
            setup.numbers.set_format(Format::Fixed(format));
            setup.numbers.set_code(code);
            setup.numbers.view = DataView::Bits;
        });
    }
}

/// Both names, and what parts them.
fn names_line(format: FixedFormat) -> String {
    let (arm, ti) = (numerals::screen(&format.arm_name()), numerals::screen(&format.ti_name()));
    if format.integer.encoding == IntegerEncoding::Unsigned {
        return format!("{arm} for ARM and for TI: no sign bit to count");
    }
    format!("ARM {arm} counts the sign bit, TI {ti} does not")
}

/// Takes what was done to a row of bits.
fn take_bits(ctx: &mut PageContext<'_>, row: &BitRowResponse, second: bool) {
    let before = fixed(ctx);
    let now = if second { before.other } else { before.code };
    let gesture = ctx.state.gestures.of(&row.response);
    let last = Format::Fixed(before.format).last_code();
    let stepped = now.wrapping_add_signed(row.step.into()) & last;
    if let Some(code) = row.code.or((stepped != now).then_some(stepped)) {
        set_code(ctx, code, second, gesture);
    }
}

/// The binary point between the cells: it drags, and the arrow keys move it.
fn point_ui(ctx: &mut PageContext<'_>, ui: &mut Ui, row: &BitRowResponse) {
    let format = fixed(ctx).format;
    let cells = &row.cells;
    let Some(last) = cells.last() else { return };
    let gap_after = |cell: usize| match cell {
        0 => cells[0].left() - 4.0,
        cell if cell >= cells.len() => last.right() + 4.0,
        cell if cells[cell].top() > cells[cell - 1].top() => cells[cell - 1].right() + 4.0,
        cell => (cells[cell - 1].right() + cells[cell].left()) / 2.0,
    };
    let before_point = cells.len() as i32 - format.fraction_bits;
    let place = before_point.clamp(0, cells.len() as i32) as usize;
    let x = gap_after(place);
    // Bits of several lines: the point is at the end of the line of the bit before it.
    let beside = cells[place.saturating_sub(1)];
    let center = pos2(x, beside.bottom() - 4.0);
    let handle = Rect::from_center_size(pos2(x, beside.center().y), vec2(20.0, beside.height()));
    let response = ui.interact(handle, ui.scope_id().with("binary point"), Sense::click_and_drag());
    let tokens = tokens(ui);
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Binary point"));
    let radius = if response.hovered() || response.dragged() { 7.0 } else { 5.0 };
    ui.painter().circle(center, radius, tokens.text, (2.0, tokens.card));
    theme::focus_ring(ui, &response, Rect::from_center_size(center, vec2(12.0, 12.0)));
    let gesture = ctx.state.gestures.of(&response);
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        let distance = |place: usize| {
            let line = cells[place.saturating_sub(1)];
            (gap_after(place) - pointer.x).abs()
                + 100.0 * ((pointer.y - line.center().y).abs() - line.height() / 2.0).max(0.0)
        };
        let nearest = (0..=cells.len()).min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
        if let Some(place) = nearest {
            move_point(ctx, cells.len() as i32 - place as i32, gesture);
        }
    }
    if response.has_focus() {
        crate::app::widgets::lock_arrows_of(ui, &response, true, false);
        let moved = crate::app::widgets::steps_of(ui, Key::ArrowLeft, Key::ArrowRight);
        move_point(ctx, format.fraction_bits - moved, None);
    }
    // A point outside the bits is drawn at their end, with the steps from there.
    let outside = if before_point < 0 { -before_point } else { (before_point - cells.len() as i32).max(0) };
    if outside > 0 {
        let (align, words) = if before_point < 0 {
            (Align2::LEFT_BOTTOM, format!("the point, {outside} further left"))
        } else {
            (Align2::RIGHT_BOTTOM, format!("the point, {outside} further right"))
        };
        let at = pos2(center.x, last.bottom() + 22.0);
        let at = if before_point < 0 { at } else { pos2(at.x.max(180.0 + cells[0].left()), at.y) };
        ui.painter().text(at, align, words, theme::small_semibold(), tokens.text);
    }
    response.on_hover_cursor(CursorIcon::ResizeHorizontal).on_hover_text("Drag the point, or use ← and →");
}

fn product_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let Fixed { format, code, other } = fixed(ctx);
    let product = multiply(format, code, other);
    let presenting = ctx.presenting;
    let subtitle = format!("{} × {}", value_text(format, code), value_text(format, other));
    let (both, mut typed) = (fixed(ctx), None);
    let card = Card::new("Product").subtitle(&subtitle).trailing(|ui| {
        let size = vec2(controls::FIELD - 40.0, theme::CONTROL);
        ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            ui.set_width(size.x);
            typed = format::factor_ui(ui, both, true);
        });
    });
    card.show(ui, rect, |ui| {
        let tokens = tokens(ui);
        ui.spacing_mut().item_spacing.y = 2.0;
        let row = row(fixed(ctx), true, presenting).show(ui);
        take_bits(ctx, &row, true);
        let integer = |value: &dyn std::fmt::Display| numerals::screen(&value.to_string());
        let symbol = |text: String| Part::Symbol(text);
        let fraction = format.fraction_bits;
        let exact = stored::figure(&product.exact);
        let multiplied = vec![
            Part::Number(integer(&product.integers.0), tokens.integer.mark),
            symbol("  ×  ".to_owned()),
            Part::Number(integer(&product.integers.1), tokens.integer.mark),
            symbol("  =  ".to_owned()),
            Part::Number(integer(&product.raw), tokens.integer.mark),
            symbol(format!("  with {} fraction bits:  ", numerals::screen(&product.raw_fraction_bits.to_string()))),
            Part::Result(exact),
        ];
        let back = vec![
            Part::Number(integer(&product.raw), tokens.integer.mark),
            symbol("  ×  2".to_owned()),
            Part::Exponent(numerals::screen(&(-fraction).to_string())),
            symbol("  →  ".to_owned()),
            Part::Number(integer(&product.shifted), tokens.integer.mark),
            symbol(if product.saturated { "  beyond the range:  " } else { "  ×  step  =  " }.to_owned()),
            Part::Result(numerals::short(product.value)),
        ];
        for (words, parts) in [("multiply", multiplied), ("shift back", back)] {
            let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 38.0), Sense::hover());
            ui.painter().text(line.left_center(), Align2::LEFT_CENTER, words, theme::small(), tokens.muted);
            let place = Rect::from_min_max(pos2(line.left() + 84.0, line.top()), line.max);
            fitting_formula(ui, place, 18.0, &parts);
        }
    });
    if let Some(code) = typed {
        set_code(ctx, code, true, None);
    }
}
