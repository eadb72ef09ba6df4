//! The fields of the view Fixed point: the numbers, and the format with its names.

use egui::{RichText, Ui};

use super::{fixed, set_code, set_format};
use crate::app::context::PageContext;
use crate::app::pages::numbers::integers::{width_field, width_ui};
use crate::app::setup::numbers::Fixed;
use crate::app::theme::{self, tokens};
use crate::app::view::{integer, numerals};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::select::select;
use crate::engine::number::{FixedFormat, IntegerEncoding, IntegerFormat};

/// A code as its field shows it.
#[derive(Clone, Copy, PartialEq)]
struct Typed {
    format: FixedFormat,
    code: u64,
}

impl std::fmt::Display for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&numerals::exact(self.format.value(self.code)))
    }
}

/// A field for one of the factors: a number that is rounded to the nearest step, or the bits. The code that was typed.
pub fn factor_ui(ui: &mut Ui, fixed: Fixed, second: bool) -> Option<u64> {
    let format = fixed.format;
    let code = if second { fixed.other } else { fixed.code };
    let mut typed = Typed { format, code };
    let name = if second { "Second value" } else { "Fixed value" };
    let parse = |text: &str| integer::fixed_code_of(text, format).map(|code| Typed { format, code });
    let response = value_field_over(ui, name, &mut typed, ui.available_width(), parse);
    let chosen = response.changed().then_some(typed.code);
    response.on_hover_text("A number, which is rounded to the nearest step, 0b0011 or 0x3");
    chosen
}

/// The field of the number that is shown.
pub fn value_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    if let Some(code) = factor_ui(ui, fixed(ctx), false) {
        set_code(ctx, code, false, None);
    }
}

/// A name of the kind Qm.n as its field shows it.
#[derive(Clone, Copy, PartialEq)]
struct Name {
    format: FixedFormat,
    arm: bool,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&numerals::screen(&if self.arm { self.format.arm_name() } else { self.format.ti_name() }))
    }
}

/// Width, encoding, fraction bits, and the two names that people write.
pub fn format_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let before = fixed(ctx).format;
    let mut format = before;
    ui.spacing_mut().item_spacing.x = 6.0;
    let caption = |ui: &mut Ui, text: &str| {
        ui.label(RichText::new(text).font(theme::control()).color(tokens(ui).muted));
    };
    // The usual widths have chips where there is room for everything else, too.
    let roomy = ui.available_width() >= 900.0;
    if roomy {
        if let Some(bits) = width_ui(ui, before.integer.bits) {
            format = with_bits(before, bits);
        }
    } else {
        caption(ui, "Bits");
        let mut bits = before.integer.bits;
        if width_field(ui, &mut bits).changed() {
            format = with_bits(before, bits);
        }
    }
    ui.add_space(6.0);
    let options = IntegerEncoding::ALL.map(|encoding| (encoding, encoding.title().to_owned(), ""));
    select(ui, "Encoding", &mut format.integer.encoding, &options);
    ui.add_space(6.0);
    caption(ui, "Fraction");
    let parse = |text: &str| {
        let number = text.trim().replace('−', "-").parse().map_err(|_| "a whole number of bits".to_owned())?;
        FixedFormat { fraction_bits: number, ..before }.check().map(|format| format.fraction_bits)
    };
    value_field_over(ui, "Fraction bits", &mut format.fraction_bits, 52.0, parse);
    for (words, arm, hint) in [
        ("ARM", true, "Qm.n as ARM writes it: m counts the sign bit, so m + n is the width"),
        ("TI", false, "Qm.n as TI writes it: the sign bit is beside m, so the width is 1 + m + n"),
    ] {
        ui.add_space(6.0);
        caption(ui, words);
        let mut name = Name { format, arm };
        let parse = |text: &str| before.with_name(text, arm).map(|format| Name { format, arm });
        let response = value_field_over(ui, &format!("{words} name"), &mut name, 84.0, parse);
        if response.changed() {
            format = name.format;
        }
        response.on_hover_text(hint);
    }
    set_format(ctx, format, None);
}

/// Another width; the point stays where it was, but within the bits.
fn with_bits(before: FixedFormat, bits: u32) -> FixedFormat {
    let inside = (0..=before.integer.bits as i32).contains(&before.fraction_bits);
    let fraction_bits = if inside { before.fraction_bits.min(bits as i32) } else { before.fraction_bits };
    FixedFormat { integer: IntegerFormat { bits, ..before.integer }, fraction_bits }
}
