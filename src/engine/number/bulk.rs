//! Arrays through a format: the table of all values, and float32 slices to codes.

use std::sync::Arc;

use super::{FloatFormat, Format, IntegerFormat, Overflow, Rounding};

/// Where codes are stored: a byte for up to 8 bits, else two.
pub trait CodeWord: Copy {
    /// Bits that fit.
    const BITS: u32;

    /// The low bits of `code`.
    fn truncate(code: u32) -> Self;
}

impl CodeWord for u8 {
    const BITS: u32 = 8;

    fn truncate(code: u32) -> Self {
        code as Self
    }
}

impl CodeWord for u16 {
    const BITS: u32 = 16;

    fn truncate(code: u32) -> Self {
        code as Self
    }
}

/// The value of every code of a format of up to 16 bits, indexed by code; rounded to float32 where a custom format exceeds it.
///
/// # Panics
/// If the format has more than 16 bits.
pub fn decode_table(format: Format) -> Arc<[f32]> {
    assert!(format.bits() <= 16, "tables are for up to 16 bits");
    (0..=format.last_code()).map(|code| format.decode(code) as f32).collect()
}

/// The code of every value, rounded once to nearest even by the rules of [`Format::encode`].
///
/// # Panics
/// If the slices differ in length, or a code does not fit its word.
pub fn encode_slice<C: CodeWord>(format: Format, overflow: Overflow, values: &[f32], codes: &mut [C]) {
    assert_eq!(values.len(), codes.len(), "one code a value");
    assert!(format.bits() <= C::BITS, "codes of {} bits need a wider word", format.bits());
    match format {
        Format::Float(float) => match FastFloat::new(float, overflow) {
            Some(fast) => map(values, codes, |x| fast.encode(x)),
            None => map(values, codes, |x| float.encode(f64::from(x), Rounding::NearestEven, overflow) as u32),
        },
        Format::Integer(integer) if integer.is_modular() && overflow != Overflow::Wrap => {
            let fast = FastInteger::new(integer);
            map(values, codes, |x| fast.encode(x));
        }
        _ => map(values, codes, |x| format.encode(f64::from(x), Rounding::NearestEven, overflow) as u32),
    }
}

fn map<C: CodeWord>(values: &[f32], codes: &mut [C], encode: impl Fn(f32) -> u32) {
    for (code, &value) in codes.iter_mut().zip(values) {
        *code = C::truncate(encode(value));
    }
}

const F32_MANTISSA_BITS: u32 = 23;
const F32_BIAS: i32 = 127;

/// A float format as integer arithmetic on the bits of float32, without branches.
struct FastFloat {
    /// Bits of the smallest normal value, as a float32.
    min_normal: u32,
    /// What the exponent fields differ by, in place.
    rebias: u32,
    /// Mantissa bits that are cut off, 1…23.
    cut: u32,
    /// A power of two whose last place in float32 is one subnormal step: adding it rounds a subnormal in hardware.
    magic: f32,
    top: u32,
    /// Code of what lies beyond the top, for plus and minus.
    beyond: [u32; 2],
    nan: u32,
    sign_shift: u32,
    /// Whether −0 is +0.
    unsigned_zero: bool,
}

impl FastFloat {
    /// `None` for formats outside the plan: unsigned ones, and those that reach below the normal numbers of float32.
    fn new(float: FloatFormat, overflow: Overflow) -> Option<Self> {
        let least = 1 - float.bias;
        let step = least - float.mantissa_bits as i32;
        let magic_exponent = step + F32_MANTISSA_BITS as i32;
        let fits = |exponent: i32| (1 - F32_BIAS..=F32_BIAS).contains(&exponent);
        let planned = float.signed
            && float.subnormals
            && float.exponent_bits > 0
            && float.mantissa_bits < F32_MANTISSA_BITS
            && fits(least)
            // Infinity must lie beyond the top, as it does in float32.
            && float.top() < power_code(float, F32_BIAS + 1)
            && fits(magic_exponent);
        let power = |exponent: i32| ((exponent + F32_BIAS) as u32) << F32_MANTISSA_BITS;
        planned.then(|| Self {
            min_normal: power(least),
            rebias: ((F32_BIAS - float.bias) as u32) << F32_MANTISSA_BITS,
            cut: F32_MANTISSA_BITS - float.mantissa_bits,
            magic: f32::from_bits(power(magic_exponent)),
            top: float.top() as u32,
            beyond: [false, true].map(|negative| float.overflow_code(negative, overflow) as u32),
            nan: float.nan_code().unwrap_or(0) as u32,
            sign_shift: float.bits() - 1,
            unsigned_zero: float.has_unsigned_zero(),
        })
    }

    #[inline(always)]
    fn encode(&self, x: f32) -> u32 {
        let bits = x.to_bits();
        let (magnitude, sign) = (bits & 0x7fff_ffff, bits >> 31);
        // Normal: move the exponent over to the other bias, then round the mantissa; a carry runs into the exponent, as it should.
        let moved = magnitude.wrapping_sub(self.rebias);
        let odd = (moved >> self.cut) & 1;
        let normal = moved.wrapping_add((1 << (self.cut - 1)) - 1 + odd) >> self.cut;
        let subnormal = (f32::from_bits(magnitude) + self.magic).to_bits().wrapping_sub(self.magic.to_bits());
        let code = if magnitude < self.min_normal { subnormal } else { normal };
        let signless = self.unsigned_zero & (code == 0);
        let signed = code | if signless { 0 } else { sign << self.sign_shift };
        let beyond = if sign == 0 { self.beyond[0] } else { self.beyond[1] };
        let finite = if code > self.top { beyond } else { signed };
        if magnitude > f32::INFINITY.to_bits() { self.nan } else { finite }
    }
}

/// The magnitude code of 2^exponent, as if the exponent field went on.
fn power_code(float: FloatFormat, exponent: i32) -> u64 {
    u64::from((exponent + float.bias).unsigned_abs()) << float.mantissa_bits
}

/// An integer format of up to 16 bits in float32 arithmetic.
struct FastInteger {
    low: f32,
    high: f32,
    mask: u32,
}

impl FastInteger {
    fn new(integer: IntegerFormat) -> Self {
        let (low, high) = integer.range();
        Self { low: low as f32, high: high as f32, mask: super::float::mask(integer.bits) as u32 }
    }

    #[inline(always)]
    fn encode(&self, x: f32) -> u32 {
        /// 1.5·2^23: adding it to a number below 2^22 rounds that to a whole number in hardware, ties to even.
        const MAGIC: f32 = 12_582_912.0;
        // Clamping first is the same as clamping last, since the ends are whole numbers.
        let rounded = x.clamp(self.low, self.high) + MAGIC;
        let code = rounded.to_bits().wrapping_sub(MAGIC.to_bits()) & self.mask;
        if x.is_nan() { 0 } else { code }
    }
}
