//! A code to its value, step by step.

use super::integer::{self, IntegerSteps, Term};
use crate::engine::number::float::mask;
use crate::engine::number::{
    Class, Dyadic, FixedFormat, FloatFormat, Format, PositFormat, PositParts, TableFormat, Value,
};

/// How a code becomes its value, by the family of the format.
#[derive(Clone, Debug, PartialEq)]
pub enum Derivation {
    /// (−1)^s · 2^exponent · (leading + fraction).
    Float(FloatSteps),
    /// A sum of weighted bits.
    Integer(IntegerSteps),
    /// A sum of weighted bits; and an integer times a power of two.
    Fixed(FixedSteps),
    /// (−1)^s · 2^(regime·2^es + e) · (1 + fraction).
    Posit(PositSteps),
    /// The value at a place of a list.
    Table(TableSteps),
}

/// The steps of a binary float: value = (−1)^s · (leading + fraction) · 2^exponent, where the class is zero, subnormal or normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloatSteps {
    /// The format.
    pub format: FloatFormat,
    /// Zero, subnormal, normal, infinite or NaN: the exponent field decides, with the codes that the kind sets apart.
    pub class: Class,
    /// Whether the sign bit is 1.
    pub negative: bool,
    /// The exponent field E.
    pub exponent_field: u64,
    /// The mantissa field as a whole number.
    pub mantissa_field: u64,
    /// The implicit bit: 1, or 0 for zero and subnormals.
    pub leading: u64,
    /// mantissa field / 2^M.
    pub fraction: Dyadic,
    /// leading + fraction.
    pub significand: Dyadic,
    /// The exponent field that counts: 1 for zero and subnormals, else E.
    pub effective_field: u64,
    /// effective field − bias.
    pub exponent: i32,
    /// The value.
    pub value: Value,
}

/// The steps of fixed point, in both ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedSteps {
    /// The format.
    pub format: FixedFormat,
    /// The code as an integer, the sum of its weighted bits: times 2^−fraction_bits each term is the weight of its bit.
    pub integer: IntegerSteps,
    /// The weights of the bits with the binary point in its place, the top one first.
    pub weights: Vec<FixedTerm>,
    /// 2^−fraction_bits.
    pub scale: Dyadic,
    /// integer · scale.
    pub value: Dyadic,
}

/// One summand of a fixed-point number.
pub type FixedTerm = (Term, Dyadic);

/// The steps of a posit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositSteps {
    /// The format.
    pub format: PositFormat,
    /// Whether the value is negative: the bits were complemented before they were taken apart.
    pub negative: bool,
    /// The code whose fields are read.
    pub magnitude: u64,
    /// The fields; `None` for 0 and NaR.
    pub parts: Option<PositParts>,
    /// 2^(2^es): what one more regime bit multiplies by; the exponent of two.
    pub regime_weight: i32,
    /// regime · 2^es + e; 0 where there are no parts.
    pub exponent: i32,
    /// f, at least 0 and below 1.
    pub fraction: Dyadic,
    /// The value; NaR is NaN.
    pub value: Value,
}

/// The step of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TableSteps {
    /// The table.
    pub format: TableFormat,
    /// The place.
    pub index: u64,
    /// The value there; NaN beyond the end of the list.
    pub value: Value,
}

/// How a code becomes its value. Bits above the width of the format are ignored.
pub fn decode(format: Format, code: u64) -> Derivation {
    let code = code & format.last_code();
    match format {
        Format::Float(float) => Derivation::Float(float_steps(float, code)),
        Format::Integer(format) => Derivation::Integer(integer::steps(format, code)),
        Format::Fixed(fixed) => Derivation::Fixed(fixed_steps(fixed, code)),
        Format::Posit(posit) => Derivation::Posit(posit_steps(posit, code)),
        Format::Table(table) => Derivation::Table(TableSteps { format: table, index: code, value: table.value(code) }),
    }
}

fn float_steps(format: FloatFormat, code: u64) -> FloatSteps {
    let class = format.class(code);
    let mantissa_bits = format.mantissa_bits;
    let exponent_field = code >> mantissa_bits & mask(format.exponent_bits);
    let mantissa_field = code & mask(mantissa_bits);
    let reduced = matches!(class, Class::Zero | Class::Subnormal);
    let leading = u64::from(!reduced);
    let effective_field = if reduced && format.has_subnormals() { 1 } else { exponent_field };
    let of = |significand: u64| Dyadic { negative: false, significand, exponent: -(mantissa_bits as i32) };
    FloatSteps {
        format,
        class,
        negative: format.is_negative(code),
        exponent_field,
        mantissa_field,
        leading,
        fraction: of(mantissa_field),
        significand: of(leading << mantissa_bits | mantissa_field),
        effective_field,
        exponent: effective_field as i32 - format.bias,
        value: format.value(code),
    }
}

fn fixed_steps(format: FixedFormat, code: u64) -> FixedSteps {
    let integer = integer::steps(format.integer, code);
    let weight = |term: &Term| {
        let weight = integer::weight(format.integer, term.index);
        (*term, Dyadic { exponent: weight.exponent - format.fraction_bits, ..weight })
    };
    let Value::Finite(value) = format.value(code) else { unreachable!("every fixed-point code is a number") };
    FixedSteps {
        format,
        weights: integer.terms.iter().map(weight).collect(),
        scale: Dyadic { negative: false, significand: 1, exponent: -format.fraction_bits },
        integer,
        value,
    }
}

fn posit_steps(format: PositFormat, code: u64) -> PositSteps {
    let parts = format.parts(code);
    let regime_weight = 1 << format.exponent_bits;
    let (fraction, bits) = parts.map_or((0, 0), |parts| (parts.fraction, parts.fraction_bits));
    PositSteps {
        format,
        negative: format.is_negative(code),
        magnitude: format.magnitude(code),
        parts,
        regime_weight,
        exponent: parts.map_or(0, |parts| parts.regime * regime_weight + parts.exponent as i32),
        fraction: Dyadic { negative: false, significand: fraction, exponent: -(bits as i32) },
        value: format.value(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::{IntegerFormat, find};

    fn float(name: &str, code: u64) -> FloatSteps {
        let Derivation::Float(steps) = decode(find(name).unwrap().format, code) else { panic!("{name} is a float") };
        steps
    }

    #[test]
    fn the_lectures_floats_step_by_step() {
        // 0.265625 = (1 + 0.0625) · 2^(125 − 127).
        let steps = float("fp32", 0x3e88_0000);
        assert_eq!((steps.exponent_field, steps.exponent, steps.leading), (125, -2, 1));
        assert_eq!((steps.fraction.to_f64(), steps.significand.to_f64()), (0.0625, 1.0625));
        assert_eq!(steps.value.to_f64(), 0.265625);
        // −7 = −(1 + 0.75) · 2^(17 − 15).
        let steps = float("fp16", 0xc700);
        assert!(steps.negative);
        assert_eq!((steps.exponent_field, steps.exponent, steps.fraction.to_f64()), (17, 2, 0.75));
        // 2.5 = (1 + 0.25) · 2^(128 − 127).
        let steps = float("bf16", 0x4020);
        assert_eq!((steps.exponent_field, steps.exponent, steps.fraction.to_f64()), (128, 1, 0.25));
        // The slide's E1M2: 0001 = 0.25 · 2^(1 − 0), 0111 = (1 + 0.75) · 2^(1 − 0).
        let (small, large) = (float("e1m2", 1), float("e1m2", 7));
        assert_eq!((small.leading, small.fraction.to_f64(), small.effective_field, small.exponent), (0, 0.25, 1, 1));
        assert_eq!((small.class, small.value.to_f64()), (Class::Subnormal, 0.5));
        assert_eq!((large.leading, large.fraction.to_f64(), large.exponent, large.value.to_f64()), (1, 0.75, 1, 3.5));
        // E2M1 0111 is 6, not the slide's 1.
        assert_eq!(float("e2m1fn", 7).value.to_f64(), 6.0);
    }

    #[test]
    fn steps_multiply_to_the_value_for_every_code() {
        for name in ["e4m3fn", "e5m2", "e4m3b11fnuz", "e2m1fn", "e3m0", "e8m0"] {
            let format = find(name).unwrap().format;
            for code in 0..=format.last_code() {
                let steps = float(name, code);
                if let Value::Finite(value) = steps.value {
                    let product = steps.significand.to_f64() * 2_f64.powi(steps.exponent);
                    assert_eq!(if steps.negative { -product } else { product }, value.to_f64(), "{name} {code:#x}");
                }
            }
        }
    }

    #[test]
    fn fixed_point_both_ways() {
        let format = Format::Fixed(FixedFormat { integer: IntegerFormat::signed(8), fraction_bits: 4 });
        let Derivation::Fixed(steps) = decode(format, 0b0011_0001) else { panic!("fixed point") };
        assert_eq!((steps.integer.value, steps.scale.to_f64(), steps.value.to_f64()), (49, 0.0625, 3.0625));
        let weights: Vec<f64> = steps.weights.iter().map(|(_, weight)| weight.to_f64()).collect();
        assert_eq!(weights, [-8.0, 4.0, 2.0, 1.0, 0.5, 0.25, 0.125, 0.0625]);
        let sum: f64 = steps.weights.iter().filter(|(term, _)| term.set).map(|(_, weight)| weight.to_f64()).sum();
        assert_eq!(sum, 3.0625);
    }

    #[test]
    fn a_posit_taken_apart() {
        let format = Format::Posit(PositFormat { bits: 8, exponent_bits: 2 });
        // 0 110 01 01: run of two ones, k = 1, e = 1, f = 1/4.
        let Derivation::Posit(steps) = decode(format, 0b0110_0101) else { panic!("a posit") };
        let parts = steps.parts.unwrap();
        assert_eq!((parts.run, parts.regime_bits, parts.regime, parts.exponent), (2, 3, 1, 1));
        assert_eq!((parts.fraction_bits, steps.fraction.to_f64()), (2, 0.25));
        assert_eq!((steps.exponent, steps.value.to_f64()), (5, 40.0));
    }
}
