//! The bits of a code as a row, with what each bit is worth below it.

use egui::Ui;

use crate::app::pages::numbers::formulas::hue;
use crate::app::theme::{Tokens, tokens};
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
        self.row(tokens, |row| row.show(ui))
    }

    /// How high the row is in that much room.
    pub fn height(&self, tokens: &Tokens, room: f32) -> f32 {
        self.row(tokens, |row| row.height(room))
    }

    fn row<R>(&self, tokens: &Tokens, then: impl FnOnce(BitRow<'_>) -> R) -> R {
        let (format, code) = (self.format, self.code);
        let fields: Vec<BitField<'_>> = derive::fields(format, code)
            .iter()
            .map(|field| BitField { name: field.role.name(), hue: hue(tokens, field.role), bits: field.width })
            .collect();
        let weights = if self.weights { below(format, code) } else { Vec::new() };
        then(BitRow {
            name: self.name,
            fields: &fields,
            code,
            weights: &weights,
            widest: self.widest,
            editable: self.editable,
            caption: PlotLook::of(self.presenting).caption,
        })
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
        // The top bit of one's complement: −(2ⁿ − 1) steps of the lowest bit.
        (_, Some(weight)) if !weight.significand.is_power_of_two() => numerals::short_sum(weight),
        (_, Some(weight)) if (0..8).contains(&weight.exponent) => numerals::exact(Value::Finite(weight)),
        (_, Some(weight)) => {
            format!("{}{}", if weight.negative { "−" } else { "" }, numerals::power(weight.exponent.into()))
        }
        (_, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::named;

    #[test]
    fn what_stands_below_the_bits() {
        let below = |name: &str| below(named(name).unwrap().format, 0).join(" ");
        assert_eq!(below("int4"), "−8 4 2 1");
        assert_eq!(below("oc4"), "−7 4 2 1");
        assert_eq!(below("sm4"), "± 4 2 1");
        assert_eq!(below("fixed4.2"), "−2 1 2⁻¹ 2⁻²");
        assert_eq!(below("ocfixed4.2"), "−1.75 1 2⁻¹ 2⁻²");
        assert!(below("oc64").starts_with("1−2⁶³ 2⁶²"), "{}", below("oc64"));
    }
}
