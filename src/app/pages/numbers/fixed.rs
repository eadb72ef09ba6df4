//! The view Fixed point: an integer with a binary point that moves, and the product of two of them.

use egui::{Align2, CursorIcon, Key, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::bits::{CodeBits, fitting_formula, strip};
use super::formulas::{main_line, weights_line};
use super::{controls, scrolled};
use crate::app::context::PageContext;
use crate::app::setup::numbers::Fixed;
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::{code_table, numerals, stored};
use crate::app::widgets::bit_row::BitRowResponse;
use crate::app::widgets::button;
use crate::app::widgets::card;
use crate::app::widgets::figure;
use crate::app::widgets::formula::Part;
use crate::app::widgets::tabs::chips;
use crate::engine::number::derive::{self, Derivation};
use crate::engine::number::{FixedFormat, Format, IntegerFormat, Value, multiply};

/// Height of the card with the bits.
const MAIN: f32 = 266.0;
/// Least height of the card with the product.
const PRODUCT: f32 = 208.0;

struct Areas {
    controls: Option<Rect>,
    main: Rect,
    product: Rect,
    places: Rect,
    height: f32,
}

impl Areas {
    fn new(canvas: Rect, presenting: bool) -> Self {
        let with_controls = if presenting { 0.0 } else { controls::HEIGHT + GAP };
        let top = canvas.top() + with_controls;
        let controls = (!presenting).then(|| Rect::from_min_size(canvas.min, vec2(canvas.width(), controls::HEIGHT)));
        let height = canvas.height().max(with_controls + MAIN + GAP + PRODUCT);
        let narrow = canvas.width() < 1000.0 && !presenting;
        let side = if narrow { 0.0 } else { (canvas.width() * 0.32).round() };
        let split = canvas.right() - side;
        let right = if narrow { canvas.right() } else { split - GAP };
        let main = Rect::from_min_max(pos2(canvas.left(), top), pos2(right, top + MAIN));
        let bottom = canvas.top() + height;
        let product = Rect::from_min_max(pos2(canvas.left(), main.bottom() + GAP), pos2(right, bottom));
        if narrow {
            let places = Rect::from_min_size(pos2(canvas.left(), bottom + GAP), vec2(canvas.width(), 330.0));
            return Self { controls, main, product, places, height: places.bottom() - canvas.top() };
        }
        let places = Rect::from_min_max(pos2(split, top), pos2(canvas.right(), bottom));
        Self { controls, main, product, places, height }
    }
}

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (canvas, presenting) = (ui.max_rect(), ctx.presenting);
    let height = Areas::new(canvas, presenting).height;
    scrolled(ui, "fixed", height, |ui, page| {
        let areas = Areas::new(Rect::from_min_size(page.min, vec2(page.width(), canvas.height())), presenting);
        if let Some(rect) = areas.controls {
            controls::card_ui(ctx, rect, false, ui, widths_ui);
        }
        main_card(ctx, areas.main, ui);
        product_card(ctx, areas.product, ui);
        places_card(ctx, areas.places, ui);
    });
}

fn fixed(ctx: &PageContext<'_>) -> Fixed {
    ctx.setup().numbers.fixed
}

fn edit(ctx: &mut PageContext<'_>, what: String, gesture: Option<u64>, changed: Fixed) {
    ctx.edit(what, gesture, move |setup| setup.numbers.fixed = changed);
}

fn value_text(format: FixedFormat, code: u64) -> String {
    numerals::short(format.value(code))
}

fn widths_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let before = fixed(ctx);
    let mut bits = before.format.integer.bits;
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.label(RichText::new("Width").font(theme::control()).color(tokens(ui).muted));
    if chips(ui, "Width", &mut bits, &[(4, "4 bits", ""), (8, "8 bits", ""), (16, "16 bits", "")]).changed() {
        let mask = u64::MAX >> (64 - bits);
        let fraction_bits = before.format.fraction_bits.min(bits as i32);
        let format = FixedFormat { integer: IntegerFormat::signed(bits), fraction_bits };
        let changed = Fixed { format, code: before.code & mask, other: before.other & mask };
        edit(ctx, format!("Width {} → {bits}", before.format.integer.bits), None, changed);
    }
    ui.add_space(12.0);
    let mut moved = before.format.fraction_bits;
    if button::plain(ui, "Point left").clicked() {
        moved += 1;
    }
    if button::plain(ui, "Point right").clicked() {
        moved -= 1;
    }
    move_point(ctx, moved, None);
    ui.add_space(12.0);
    let format = before.format;
    let names = format!(
        "fixed<{},{}> · ARM {} · TI {}",
        format.integer.bits,
        format.fraction_bits,
        format.arm_name(),
        format.ti_name()
    );
    ui.label(RichText::new(names).font(theme::control()).color(tokens(ui).muted));
}

fn move_point(ctx: &mut PageContext<'_>, fraction_bits: i32, gesture: Option<u64>) {
    let before = fixed(ctx);
    let target = fraction_bits.clamp(0, before.format.integer.bits as i32);
    if target != before.format.fraction_bits {
        let format = FixedFormat { fraction_bits: target, ..before.format };
        let what = format!("Fraction bits {} → {target}", before.format.fraction_bits);
        edit(ctx, what, gesture, Fixed { format, ..before });
    }
}

fn main_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let Fixed { format, code, .. } = fixed(ctx);
    let presenting = ctx.presenting;
    let (low, high) = format.integer.range();
    let end = |integer: i128| value_text(format, format.integer.code(integer));
    let step = stored::figure(&crate::engine::number::Rational::power_of_two((-format.fraction_bits).into()));
    let title = format!("fixed<{},{}>", format.integer.bits, format.fraction_bits);
    let subtitle = format!("{} to {}, step {step}", end(low), end(high));
    card::card(ui, rect, &title, &subtitle, |ui| {
        let tokens = tokens(ui);
        ui.spacing_mut().item_spacing.y = 4.0;
        let shown = Format::Fixed(format);
        let name = "Bits";
        let row = CodeBits { name, format: shown, code, widest: 42.0, editable: true, weights: true, presenting };
        let row = row.show(ui);
        take_bits(ctx, &row, false);
        point_ui(ctx, ui, &row);
        if let Derivation::Fixed(steps) = derive::decode(shown, code) {
            for (words, parts) in [
                ("by weights", weights_line(tokens, &steps)),
                ("as an integer", main_line(tokens, &Derivation::Fixed(steps.clone()))),
            ] {
                let band = strip(ui, 48.0);
                let caption = pos2(band.left() + 12.0, band.center().y);
                ui.painter().text(caption, Align2::LEFT_CENTER, words, theme::small(), tokens.muted);
                let place = Rect::from_min_max(pos2(band.left() + 112.0, band.top()), band.max - vec2(12.0, 0.0));
                fitting_formula(ui, place, 20.0, &parts);
            }
        }
    });
}

/// Takes what was done to a row of bits.
fn take_bits(ctx: &mut PageContext<'_>, row: &BitRowResponse, second: bool) {
    let before = fixed(ctx);
    let now = if second { before.other } else { before.code };
    let gesture = ctx.state.gestures.of(&row.response);
    let last = Format::Fixed(before.format).last_code();
    let stepped = now.wrapping_add_signed(row.step.into()) & last;
    if let Some(code) = row.code.or((stepped != now).then_some(stepped)) {
        let what = format!("Value {} → {}", value_text(before.format, now), value_text(before.format, code));
        let changed = if second { Fixed { other: code, ..before } } else { Fixed { code, ..before } };
        edit(ctx, what, gesture, changed);
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
        cell => (cells[cell - 1].right() + cells[cell].left()) / 2.0,
    };
    let before_point = cells.len() as i32 - format.fraction_bits;
    let x = gap_after(before_point.clamp(0, cells.len() as i32) as usize);
    let center = pos2(x, last.bottom() - 4.0);
    let handle = Rect::from_center_size(pos2(x, last.center().y), vec2(20.0, last.height()));
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
        let nearest = (0..=cells.len())
            .min_by(|&a, &b| (gap_after(a) - pointer.x).abs().total_cmp(&(gap_after(b) - pointer.x).abs()));
        if let Some(place) = nearest {
            move_point(ctx, cells.len() as i32 - place as i32, gesture);
        }
    }
    if response.has_focus() {
        crate::app::widgets::lock_arrows_of(ui, &response, true, false);
        let moved = crate::app::widgets::steps_of(ui, Key::ArrowLeft, Key::ArrowRight);
        move_point(ctx, format.fraction_bits - moved, None);
    }
    response.on_hover_cursor(CursorIcon::ResizeHorizontal).on_hover_text("Drag the point, or use ← and →");
}

fn product_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let Fixed { format, code, other } = fixed(ctx);
    let product = multiply(format, code, other);
    let presenting = ctx.presenting;
    let subtitle = format!("{} × {}", value_text(format, code), value_text(format, other));
    card::card(ui, rect, "Product", &subtitle, |ui| {
        let tokens = tokens(ui);
        ui.spacing_mut().item_spacing.y = 2.0;
        let shown = Format::Fixed(format);
        let row = CodeBits {
            name: "Second factor",
            format: shown,
            code: other,
            widest: 30.0,
            editable: true,
            weights: false,
            presenting,
        };
        let row = row.show(ui);
        take_bits(ctx, &row, true);
        let integer = |value: i128| numerals::screen(&value.to_string());
        let symbol = |text: String| Part::Symbol(text);
        let fraction = format.fraction_bits;
        let exact = stored::figure(&product.exact);
        let multiplied = vec![
            Part::Number(integer(product.integers.0), tokens.integer.mark),
            symbol("  ×  ".to_owned()),
            Part::Number(integer(product.integers.1), tokens.integer.mark),
            symbol("  =  ".to_owned()),
            Part::Number(integer(product.raw), tokens.integer.mark),
            symbol(format!("  with {} fraction bits:  ", product.raw_fraction_bits)),
            Part::Result(exact),
        ];
        let back = vec![
            Part::Number(integer(product.raw), tokens.integer.mark),
            symbol("  ×  2".to_owned()),
            Part::Exponent(numerals::screen(&(-fraction).to_string())),
            symbol("  →  ".to_owned()),
            Part::Number(numerals::screen(&product.shifted.to_string()), tokens.integer.mark),
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
}

/// The same integer with the point at every place.
fn places_card(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let Fixed { format, code, .. } = fixed(ctx);
    let integer = numerals::screen(&format.integer.integer(code).to_string());
    let subtitle = format!("{integer} × 2⁻ⁿ");
    let mut chosen = None;
    card::card(ui, rect, "The point moves, the bits stay", &subtitle, |ui| {
        let tokens = tokens(ui);
        ui.spacing_mut().item_spacing.y = 0.0;
        let bits = format.integer.bits as usize;
        let height = (ui.available_height() / (bits + 1) as f32).clamp(24.0, 44.0);
        egui::ScrollArea::vertical().id_salt("places").auto_shrink(false).show(ui, |ui| {
            for fraction in 0..=bits as i32 {
                let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
                let at = FixedFormat { fraction_bits: fraction, ..format };
                let value = match at.value(code) {
                    Value::Finite(_) => value_text(at, code),
                    _ => String::new(),
                };
                let digits = format!("{code:0bits$b}");
                let (whole, rest) = digits.split_at(bits - fraction as usize);
                let words = format!("{fraction} fraction bits: {value}");
                let on = fraction == format.fraction_bits;
                response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, on, &words));
                if on {
                    ui.painter().rect_filled(line, theme::RADIUS_BIT, tokens.select);
                    let bar = Rect::from_min_size(line.min, vec2(4.0, line.height()));
                    ui.painter().rect_filled(bar, theme::RADIUS_BAR, tokens.accent);
                } else if response.hovered() {
                    ui.painter().rect_filled(line, theme::RADIUS_BIT, tokens.hover);
                }
                let font = if on { theme::cell(14.0) } else { theme::mono() };
                let y = line.center().y;
                let painter = ui.painter();
                let left = pos2(line.left() + 12.0, y);
                painter.text(left, Align2::LEFT_CENTER, format!("{whole}.{rest}"), font.clone(), tokens.text);
                painter.text(pos2(line.right() - 8.0, y), Align2::RIGHT_CENTER, value, font, tokens.text);
                theme::focus_ring(ui, &response, line.shrink(2.0));
                figure::table_menu(&response, || code_table::place_table(format, code));
                if response.clicked() {
                    chosen = Some(fraction);
                }
            }
        });
    });
    if let Some(fraction) = chosen {
        move_point(ctx, fraction, None);
    }
}
