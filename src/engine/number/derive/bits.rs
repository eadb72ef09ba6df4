//! The row of bits: what each bit is, and what it is worth.

use crate::engine::number::float::mask;
use crate::engine::number::{Class, Dyadic, Format, IntegerEncoding};

/// What a bit belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The sign.
    Sign,
    /// The run of equal bits of a posit, with the bit that ends it.
    Regime,
    /// The exponent field.
    Exponent,
    /// The mantissa, or the fraction of a posit.
    Mantissa,
    /// Digits before the binary point: of integers and fixed point.
    Integer,
    /// Digits after the binary point of fixed point.
    Fraction,
    /// The place in a table.
    Index,
}

impl Role {
    /// One letter for bit rows.
    pub fn letter(self) -> char {
        match self {
            Self::Sign => 'S',
            Self::Regime => 'R',
            Self::Exponent => 'E',
            Self::Mantissa => 'M',
            Self::Integer => 'I',
            Self::Fraction => 'F',
            Self::Index => 'T',
        }
    }

    /// The name of the field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Regime => "regime",
            Self::Exponent => "exponent",
            Self::Mantissa => "mantissa",
            Self::Integer => "integer",
            Self::Fraction => "fraction",
            Self::Index => "index",
        }
    }
}

/// Neighbouring bits with one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Their role.
    pub role: Role,
    /// Index of the lowest bit; 0 is the lowest of the code.
    pub low: u32,
    /// Number of bits, 1….
    pub width: u32,
    /// The bits as an unsigned number.
    pub value: u64,
}

/// One bit of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bit {
    /// Place in the code; 0 is the lowest.
    pub index: u32,
    /// Whether it is 1.
    pub set: bool,
    /// What it belongs to.
    pub role: Role,
    /// What it stands for inside its field, set or not: 2^j in an exponent field, 2^−k at place k of a mantissa, ±2^j in integers.
    /// `None` for signs, regimes and table indices, which are no sums.
    pub weight: Option<Dyadic>,
    /// What it adds to the value, sign included, if it is set: only where the value is a sum over bits (mantissas of finite floats and
    /// posits, integers, fixed point).
    pub worth: Option<Dyadic>,
}

/// The fields of a code, the top one first. Those of a posit depend on the code; their values are those of its magnitude
/// ([`PositFormat::magnitude`](crate::engine::number::PositFormat::magnitude)), in the places where the code has them.
pub fn fields(format: Format, code: u64) -> Vec<Field> {
    let widths: Vec<(Role, u32)> = match format {
        Format::Float(float) => vec![
            (Role::Sign, u32::from(float.signed)),
            (Role::Exponent, float.exponent_bits),
            (Role::Mantissa, float.mantissa_bits),
        ],
        Format::Integer(integer) => {
            let sign = u32::from(integer.encoding == IntegerEncoding::SignMagnitude);
            vec![(Role::Sign, sign), (Role::Integer, integer.bits - sign)]
        }
        Format::Fixed(fixed) => {
            let sign = u32::from(fixed.integer.encoding == IntegerEncoding::SignMagnitude);
            let digits = fixed.integer.bits - sign;
            let fraction = fixed.fraction_bits.clamp(0, digits as i32) as u32;
            vec![(Role::Sign, sign), (Role::Integer, digits - fraction), (Role::Fraction, fraction)]
        }
        Format::Posit(posit) => match posit.parts(code) {
            Some(parts) => vec![
                (Role::Sign, 1),
                (Role::Regime, parts.regime_bits),
                (Role::Exponent, parts.exponent_bits),
                (Role::Mantissa, parts.fraction_bits),
            ],
            None => vec![(Role::Sign, 1), (Role::Regime, posit.bits - 1)],
        },
        Format::Table(table) => vec![(Role::Index, table.bits())],
    };
    let shown = match format {
        // The sign stays what the code says; the rest is the magnitude.
        Format::Posit(posit) => posit.magnitude(code) | code & posit.nar(),
        _ => code,
    };
    let mut low = format.bits();
    let placed = widths.into_iter().filter(|&(_, width)| width > 0).map(|(role, width)| {
        low -= width;
        Field { role, low, width, value: shown >> low & mask(width) }
    });
    placed.collect()
}

/// The bits of a code, the top one first.
pub fn bits(format: Format, code: u64) -> Vec<Bit> {
    let power = |negative: bool, exponent: i32| Dyadic { negative, significand: 1, exponent };
    let finite = matches!(format.class(code), Class::Zero | Class::Subnormal | Class::Normal);
    let mut row = Vec::new();
    for field in fields(format, code) {
        for place in (0..field.width).rev() {
            let index = field.low + place;
            let (weight, worth) = match (format, field.role) {
                (_, Role::Sign | Role::Regime | Role::Index) => (None, None),
                (_, Role::Exponent) => (Some(power(false, place as i32)), None),
                (Format::Float(_) | Format::Posit(_), _) => {
                    let below = place as i32 - field.width as i32;
                    let worth = match super::decode(format, code) {
                        super::Derivation::Float(steps) if finite => {
                            Some(power(steps.negative, steps.exponent + below))
                        }
                        // The bits of a negative posit are those of its two's complement: no sum.
                        super::Derivation::Posit(steps) if !steps.negative => {
                            steps.parts.map(|_| power(false, steps.exponent + below))
                        }
                        _ => None,
                    };
                    (Some(power(false, below)), worth)
                }
                (Format::Integer(integer), _) => {
                    let weight = super::integer::weight(integer, index);
                    let negate = integer.encoding == IntegerEncoding::SignMagnitude && integer.integer(code) < 0;
                    (Some(weight), Some(Dyadic { negative: weight.negative != negate, ..weight }))
                }
                (Format::Fixed(fixed), _) => {
                    let weight = super::integer::weight(fixed.integer, index);
                    let weight = Dyadic { exponent: weight.exponent - fixed.fraction_bits, ..weight };
                    let negate =
                        fixed.integer.encoding == IntegerEncoding::SignMagnitude && fixed.integer.integer(code) < 0;
                    (Some(weight), Some(Dyadic { negative: weight.negative != negate, ..weight }))
                }
                (Format::Table(_), _) => (None, None),
            };
            row.push(Bit { index, set: code >> index & 1 == 1, role: field.role, weight, worth });
        }
    }
    row
}
