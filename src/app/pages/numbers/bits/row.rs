//! The bits of a code as a row, with what each bit is worth below it.

use egui::Ui;

use crate::app::pages::numbers::formulas::hue;
use crate::app::theme::tokens;
use crate::app::view::numerals;
use crate::app::widgets::bit_row::{BitField, BitRow, BitRowResponse};
use crate::app::widgets::plot::PlotLook;
use crate::engine::number::derive::{self, Role};
use crate::engine::number::{Format, Value};

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
    /// Whether the weights stand below; below a negative posit stand the bits of its two's complement, which are those that count.
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
        let weights = if self.weights { below(format, code) } else { Vec::new() };
        BitRow {
            name: self.name,
            fields: &fields,
            code,
            weights: &weights,
            widest: self.widest,
            editable: self.editable,
            caption: PlotLook::of(self.presenting).caption,
        }
        .show(ui)
    }
}

/// What stands below each bit, the top one first.
fn below(format: Format, code: u64) -> Vec<String> {
    if let Format::Posit(posit) = format
        && posit.is_negative(code)
    {
        let magnitude = posit.magnitude(code);
        return (0..posit.bits).rev().map(|place| (magnitude >> place & 1).to_string()).collect();
    }
    derive::bits(format, code).iter().map(weight).collect()
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
