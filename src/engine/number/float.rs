//! One parametric codec for every binary floating-point format.

/// What the outermost codes of a format mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// IEEE 754: an exponent of all ones is ±∞ or NaN.
    Ieee,
    /// NaN only where all bits but the sign are ones; no infinities.
    Fn,
    /// NaN only at the code of −0; no infinities, no −0.
    Fnuz,
    /// Every code is a number.
    Finite,
    /// A power of two: no sign, no mantissa, no zero; NaN where all bits are ones.
    Scale,
}

/// The parameters of a binary floating-point format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FloatFormat {
    /// Whether there is a sign bit.
    pub signed: bool,
    /// Width of the exponent field.
    pub exponent_bits: u32,
    /// Width of the mantissa field.
    pub mantissa_bits: u32,
    /// What is subtracted from the exponent field.
    pub bias: i32,
    /// What the outermost codes mean.
    pub kind: Kind,
}

impl FloatFormat {
    /// The value of a code, by the formula of IEEE 754 with this format's parameters:
    /// (−1)^s · 2^(e − bias) · (1 + m/2^M), or (−1)^s · 2^(1 − bias) · m/2^M where e = 0.
    pub fn decode(self, code: u64) -> f64 {
        let mantissa_mask = (1_u64 << self.mantissa_bits) - 1;
        let exponent_mask = (1_u64 << self.exponent_bits) - 1;
        let mantissa = code & mantissa_mask;
        let exponent = (code >> self.mantissa_bits) & exponent_mask;
        let negative = self.signed && (code >> (self.mantissa_bits + self.exponent_bits)) & 1 == 1;
        let all_ones = exponent == exponent_mask && mantissa == mantissa_mask;
        let value = match self.kind {
            Kind::Ieee if exponent == exponent_mask => {
                if mantissa == 0 {
                    f64::INFINITY
                } else {
                    f64::NAN
                }
            }
            Kind::Fn | Kind::Scale if all_ones => f64::NAN,
            Kind::Fnuz if negative && exponent == 0 && mantissa == 0 => f64::NAN,
            Kind::Scale => scaled(1.0, exponent as i32 - self.bias),
            _ if exponent == 0 => scaled(mantissa as f64, 1 - self.bias - self.mantissa_bits as i32),
            _ => {
                let significand = (mantissa_mask + 1 + mantissa) as f64;
                scaled(significand, exponent as i32 - self.bias - self.mantissa_bits as i32)
            }
        };
        if negative { -value } else { value }
    }
}

/// value · 2^exponent, exact where the result is a float64: two steps keep the intermediate from overflowing.
fn scaled(value: f64, exponent: i32) -> f64 {
    let half = exponent / 2;
    value * f64::powi(2.0, half) * f64::powi(2.0, exponent - half)
}
