//! One parametric codec for every binary floating-point format.

use super::round::{Draw, Magnitude};
use super::{Class, Dyadic, Overflow, Rounding, Value};

/// What the outermost codes of a format mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// IEEE 754: an exponent of all ones is ±∞ (mantissa 0) or NaN.
    Ieee,
    /// NaN only where all bits but the sign are ones; no infinities.
    Fn,
    /// NaN only at the code of −0; no infinities, no −0. Signed formats only.
    Fnuz,
    /// Every code is a number.
    Finite,
    /// The extended formats of IEEE P3109: infinities at the outer codes, one NaN at the code of −0, no −0. Where there is no sign,
    /// NaN is at the code of all ones and infinity before it.
    Extended,
    /// A power of two: no sign, no mantissa, no zero; NaN where all bits are ones.
    Scale,
}

/// The parameters of a binary floating-point format; a code has a sign bit (if signed), then exponent, then mantissa field.
///
/// With sign s, exponent field e, mantissa field m and bias b a code is (−1)^s·2^(1−b)·m/2^M where e = 0 (zero and
/// subnormals), else (−1)^s·2^(e−b)·(1 + m/2^M), except for the codes that [`Kind`] sets apart.
///
/// Without subnormals the exponent field 0 is a binade like any other, (−1)^s·2^(0−b)·(1 + m/2^M), except that 0…0 is zero.
///
/// [`FloatFormat::check`] tells which combinations are formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FloatFormat {
    /// Whether there is a sign bit.
    pub signed: bool,
    /// Width of the exponent field, 0…15.
    pub exponent_bits: u32,
    /// Width of the mantissa field, 0…60.
    pub mantissa_bits: u32,
    /// What is subtracted from the exponent field.
    pub bias: i32,
    /// What the outermost codes mean.
    pub kind: Kind,
    /// Whether an exponent field of 0 means no implicit 1.
    pub subnormals: bool,
}

impl FloatFormat {
    /// binary64 of IEEE 754.
    pub const FP64: Self = Self::new(11, 52, 1023, Kind::Ieee);

    /// Most exponent bits.
    pub const MOST_EXPONENT_BITS: u32 = 15;
    /// Most mantissa bits.
    pub const MOST_MANTISSA_BITS: u32 = 60;
    /// Largest bias, and with a minus the smallest.
    pub const LARGEST_BIAS: i32 = 32_767;

    /// The format of these parameters with subnormals, signed unless it is a scale.
    pub const fn new(exponent_bits: u32, mantissa_bits: u32, bias: i32, kind: Kind) -> Self {
        Self { signed: !matches!(kind, Kind::Scale), exponent_bits, mantissa_bits, bias, kind, subnormals: true }
    }

    /// Whether the parameters make a format.
    ///
    /// # Errors
    /// Says which parameter is outside what is allowed.
    pub fn check(self) -> Result<Self, String> {
        let Self { signed, exponent_bits, mantissa_bits, bias, kind, subnormals } = self;
        if exponent_bits > Self::MOST_EXPONENT_BITS {
            return Err(format!("exponent bits are 0 to {}, not {exponent_bits}", Self::MOST_EXPONENT_BITS));
        }
        if mantissa_bits > Self::MOST_MANTISSA_BITS {
            return Err(format!("mantissa bits are 0 to {}, not {mantissa_bits}", Self::MOST_MANTISSA_BITS));
        }
        let bits = u32::from(signed) + exponent_bits + mantissa_bits;
        if bits > 64 {
            return Err(format!("a code has up to 64 bits, sign included, not {bits}"));
        }
        if exponent_bits + mantissa_bits == 0 {
            return Err("a format needs an exponent or a mantissa bit".to_owned());
        }
        if bias.unsigned_abs() > Self::LARGEST_BIAS as u32 {
            return Err(format!("the bias is −{0} to {0}, not {bias}", Self::LARGEST_BIAS));
        }
        if exponent_bits == 0 && (kind != Kind::Finite || !subnormals) {
            return Err("without exponent bits every code is a subnormal number: the kind is finite".to_owned());
        }
        match kind {
            Kind::Fnuz if !signed => Err("fnuz keeps NaN at the code of −0, so the format is signed".to_owned()),
            Kind::Scale if signed || mantissa_bits > 0 => Err("a scale has neither sign nor mantissa".to_owned()),
            Kind::Extended if bits < 3 => Err("an extended format has at least 3 bits".to_owned()),
            _ => Ok(self),
        }
    }

    /// The bias that is usual for that many exponent bits: 2^(E−1) − 1, and 2^(E−1) for [`Kind::Fnuz`] and [`Kind::Extended`].
    pub fn usual_bias(exponent_bits: u32, kind: Kind) -> i32 {
        let half = (1_i32 << exponent_bits.min(Self::MOST_EXPONENT_BITS)) / 2;
        half - i32::from(!matches!(kind, Kind::Fnuz | Kind::Extended) && half > 0)
    }

    /// Width of a code.
    pub fn bits(self) -> u32 {
        u32::from(self.signed) + self.magnitude_bits()
    }

    /// What a code means, exactly. Bits above the width of the format are ignored.
    pub fn value(self, code: u64) -> Value {
        let negative = self.is_negative(code);
        let magnitude = code & self.magnitude_mask();
        match self.class(code) {
            Class::Nan => return Value::Nan,
            Class::Infinite => return Value::Infinite { negative },
            Class::Zero | Class::Subnormal | Class::Normal => {}
        }
        Value::Finite(Dyadic { negative, ..self.magnitude_value(magnitude) })
    }

    /// The value that exponent and mantissa field spell, whatever the kind sets apart; also of the code one beyond the fields.
    pub(super) fn magnitude_value(self, magnitude: u64) -> Dyadic {
        let field = magnitude >> self.mantissa_bits;
        let mantissa = magnitude & mask(self.mantissa_bits);
        let (significand, exponent) = match (self.kind, field) {
            (Kind::Scale, _) => (1, field as i32 - self.bias),
            (_, 0) if self.has_subnormals() || magnitude == 0 => (mantissa, 1 - self.bias),
            _ => (mantissa | 1 << self.mantissa_bits, field as i32 - self.bias),
        };
        Dyadic { negative: false, significand, exponent: exponent - self.mantissa_bits as i32 }
    }

    /// What kind of value a code has.
    pub fn class(self, code: u64) -> Class {
        let magnitude = code & self.magnitude_mask();
        let all_ones = magnitude == self.magnitude_mask();
        let field = magnitude >> self.mantissa_bits;
        match self.kind {
            Kind::Ieee if magnitude > self.top() + 1 => Class::Nan,
            Kind::Ieee if magnitude == self.top() + 1 => Class::Infinite,
            Kind::Fn | Kind::Scale if all_ones => Class::Nan,
            Kind::Fnuz | Kind::Extended if magnitude == 0 && self.is_negative(code) => Class::Nan,
            Kind::Extended if !self.signed && all_ones => Class::Nan,
            Kind::Extended if magnitude == self.top() + 1 => Class::Infinite,
            Kind::Scale => Class::Normal,
            _ if magnitude == 0 => Class::Zero,
            _ if field == 0 && self.has_subnormals() => Class::Subnormal,
            _ => Class::Normal,
        }
    }

    /// The code of `x`, rounded once.
    ///
    /// NaN becomes the canonical NaN without its sign, or +0 where the format has none. Values beyond the largest finite one,
    /// infinities among them, follow `overflow`; a policy that the format cannot follow saturates
    /// ([`super::Format::refusal`] tells beforehand). Unsigned formats treat values below their smallest one as overflow at the
    /// lower end, where saturating gives the smallest. Scales have no zero: what is below the smallest value becomes the
    /// smallest, and 0 and negative values are overflow.
    pub fn encode(self, x: f64, rounding: Rounding, overflow: Overflow) -> u64 {
        match Self::FP64.value(x.to_bits()) {
            Value::Finite(value) => self.encode_magnitude(value.into(), value.negative, rounding, overflow),
            Value::Infinite { negative } => self.overflow_code(negative, overflow),
            Value::Nan => self.nan_code().unwrap_or(0),
        }
    }

    /// The code of ±magnitude, rounded once.
    pub(super) fn encode_magnitude(
        self,
        magnitude: Magnitude,
        negative: bool,
        rounding: Rounding,
        overflow: Overflow,
    ) -> u64 {
        if self.kind == Kind::Scale {
            if magnitude.is_zero() || negative {
                return self.overflow_code(true, overflow);
            }
            // The exponent is all that there is to count, and the code of 2^−bias is 0.
            let exponent = magnitude.log2();
            let odd = (exponent + i64::from(self.bias)) & 1 == 1;
            let steps = magnitude.round(exponent, rounding, false, !odd) as i64 - 1;
            let code = exponent + i64::from(self.bias) + steps;
            return self.finish(code.max(0) as u128, false, rounding, overflow);
        }
        if magnitude.is_zero() {
            return self.signed_code(0, negative);
        }
        if !self.has_subnormals() && magnitude.compare(self.magnitude_value(1)).is_lt() {
            let up = self.above_zero(magnitude, negative, rounding);
            return self.finish(u128::from(up), negative, rounding, overflow);
        }
        let least = i64::from(if self.has_subnormals() { 1 - self.bias } else { -self.bias });
        let exponent = magnitude.log2().max(least);
        let binades = (exponent - least) as u128;
        // Without a mantissa the code counts binades, and rounding to even looks at the code.
        let odd_offset = self.mantissa_bits == 0 && binades & 1 == 1;
        let quanta = magnitude.round(exponent - i64::from(self.mantissa_bits), rounding, negative, odd_offset);
        // The leading 1 of a normal number adds one to the exponent field, and so does the carry of rounding up to a power of two.
        // Without subnormals the field 0 has a leading 1 that must not count.
        let ordinal = (binades << self.mantissa_bits) + quanta;
        let counted = if self.has_subnormals() { 0 } else { 1 << self.mantissa_bits };
        self.finish(ordinal - counted, negative, rounding, overflow)
    }

    /// Without subnormals: whether a magnitude between 0 and the smallest value goes to the latter.
    fn above_zero(self, magnitude: Magnitude, negative: bool, rounding: Rounding) -> bool {
        let smallest = self.magnitude_value(1);
        let half = magnitude.compare(Dyadic { exponent: smallest.exponent - 1, ..smallest });
        let draw = rounding.random().map_or(Draw::NONE, |(bits, _)| {
            // In units so fine that the smallest value is a whole number of them.
            let fine = i64::from(smallest.exponent) - i64::from(bits);
            let units = magnitude.round(fine, Rounding::TowardZero, false, false);
            Draw((units / u128::from(smallest.significand)) as u64)
        });
        rounding.goes_up(false, half, false, negative, draw)
    }

    /// A rounded magnitude as a code, or the overflow that it is.
    fn finish(self, magnitude: u128, negative: bool, rounding: Rounding, overflow: Overflow) -> u64 {
        let beyond = if negative && !self.signed { magnitude > 0 } else { magnitude > u128::from(self.top()) };
        match (beyond, rounding.stays_inside(negative)) {
            (false, _) => self.signed_code(magnitude as u64, negative),
            (true, false) => self.overflow_code(negative, overflow),
            (true, true) => self.overflow_code(negative, Overflow::Saturate),
        }
    }

    /// Where the value beyond one end of the range goes.
    pub(super) fn overflow_code(self, negative: bool, overflow: Overflow) -> u64 {
        let saturated = if negative && !self.signed { 0 } else { self.signed_code(self.top(), negative) };
        let reaches_infinity = self.has_infinity() && (self.signed || !negative);
        let infinity = if reaches_infinity { self.signed_code(self.top() + 1, negative) } else { saturated };
        match overflow {
            Overflow::Default | Overflow::Infinity => infinity,
            Overflow::Saturate | Overflow::Wrap => saturated,
            Overflow::Nan => self.nan_code().unwrap_or(saturated),
        }
    }

    /// Whether some code is an infinity.
    pub fn has_infinity(self) -> bool {
        matches!(self.kind, Kind::Ieee | Kind::Extended)
    }

    /// The NaN that encoding produces: quiet and positive where there is a choice. `None` where no code is NaN.
    pub fn nan_code(self) -> Option<u64> {
        match self.kind {
            Kind::Ieee => (self.mantissa_bits > 0).then(|| (self.top() + 1) | 1 << (self.mantissa_bits - 1)),
            Kind::Fn | Kind::Scale => Some(self.magnitude_mask()),
            Kind::Extended if !self.signed => Some(self.magnitude_mask()),
            Kind::Fnuz | Kind::Extended => Some(1 << self.magnitude_bits()),
            Kind::Finite => None,
        }
    }

    /// Code of the largest finite value.
    pub fn top(self) -> u64 {
        match self.kind {
            Kind::Ieee => (mask(self.exponent_bits) << self.mantissa_bits) - 1,
            Kind::Fn | Kind::Scale => self.magnitude_mask() - 1,
            Kind::Extended => self.magnitude_mask() - if self.signed { 1 } else { 2 },
            Kind::Fnuz | Kind::Finite => self.magnitude_mask(),
        }
    }

    /// Whether the code that would be −0 is NaN.
    pub fn has_unsigned_zero(self) -> bool {
        matches!(self.kind, Kind::Fnuz | Kind::Extended)
    }

    /// Whether an exponent field of 0 means no implicit 1. Without a mantissa only zero has that field, and nothing differs.
    pub(super) fn has_subnormals(self) -> bool {
        self.subnormals || self.mantissa_bits == 0
    }

    fn magnitude_bits(self) -> u32 {
        self.exponent_bits + self.mantissa_bits
    }

    fn magnitude_mask(self) -> u64 {
        mask(self.magnitude_bits())
    }

    pub(super) fn is_negative(self, code: u64) -> bool {
        self.signed && code >> self.magnitude_bits() & 1 == 1
    }

    pub(super) fn signed_code(self, magnitude: u64, negative: bool) -> u64 {
        let no_minus = !self.signed || (self.has_unsigned_zero() && magnitude == 0);
        if negative && !no_minus { magnitude | 1 << self.magnitude_bits() } else { magnitude }
    }
}

/// The low `bits` bits, 0…64.
pub(super) fn mask(bits: u32) -> u64 {
    if bits == 0 { 0 } else { u64::MAX >> (64 - bits) }
}
