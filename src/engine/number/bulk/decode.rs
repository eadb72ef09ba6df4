//! Codes to float32 in arithmetic without branches; exact wherever float32 has the value.

use super::CodeWord;
use super::encode::{BIAS, MANTISSA_BITS, is_normal, power};
use crate::engine::number::{Class, FloatFormat, IntegerFormat, Kind};
use crate::engine::simd::multiversion;

/// A float format as integer arithmetic on the bits of float32: exponent and mantissa move into place, and one exact multiplication by a
/// power of two moves the bias and normalizes what was subnormal.
#[derive(Clone, Copy)]
pub(super) struct FloatPlan {
    magnitude: u32,
    /// From a code's sign to that of float32.
    sign_shift: u32,
    /// From a code's mantissa to that of float32.
    shift: u32,
    scale: f32,
    /// The largest finite magnitude.
    top: u32,
    /// The magnitude that is infinite; one that no code has where there is none.
    infinite: u32,
    /// The code of −0 where that is NaN; one that no code has otherwise.
    nan: u32,
}

impl FloatPlan {
    /// `None` for formats outside the plan: unsigned ones, and those that need other exponents than float32 has.
    pub fn new(float: FloatFormat) -> Option<Self> {
        const NONE: u32 = u32::MAX;
        let scale = BIAS - float.bias;
        // An exponent field of all ones is no number in float32.
        let narrow = float.exponent_bits < 8 || (float.exponent_bits == 8 && float.kind == Kind::Ieee);
        let planned = float.signed
            && float.subnormals
            && float.exponent_bits > 0
            && narrow
            && float.mantissa_bits < MANTISSA_BITS
            && is_normal(scale);
        let (bits, top) = (float.bits(), float.top() as u32);
        let minus_zero = 1_u32 << (bits - 1);
        planned.then(|| Self {
            magnitude: minus_zero - 1,
            sign_shift: 32 - bits,
            shift: MANTISSA_BITS - float.mantissa_bits,
            scale: f32::from_bits(power(scale)),
            top,
            infinite: if float.has_infinity() { top + 1 } else { NONE },
            nan: if float.class(u64::from(minus_zero)) == Class::Nan { minus_zero } else { NONE },
        })
    }

    #[inline(always)]
    fn decode(self, code: u32) -> f32 {
        let magnitude = code & self.magnitude;
        let sign = (code << self.sign_shift) & 0x8000_0000;
        let finite = (f32::from_bits(magnitude << self.shift) * self.scale).to_bits();
        let special = if magnitude == self.infinite { f32::INFINITY.to_bits() | sign } else { f32::NAN.to_bits() };
        let bits = if magnitude > self.top { special } else { finite | sign };
        // Bits above the width are no part of the code.
        let code = magnitude | if sign == 0 { 0 } else { self.magnitude + 1 };
        f32::from_bits(if code == self.nan { f32::NAN.to_bits() } else { bits })
    }
}

/// A two's complement or unsigned integer format of up to 16 bits.
#[derive(Clone, Copy)]
pub(super) struct IntegerPlan {
    /// Bits above the width.
    unused: u32,
    signed: bool,
}

impl IntegerPlan {
    /// `None` for encodings whose codes are not the number modulo a power of two.
    pub fn new(integer: IntegerFormat) -> Option<Self> {
        integer.is_modular().then(|| Self { unused: 32 - integer.bits, signed: integer.range().0 < 0 })
    }

    #[inline(always)]
    fn decode(self, code: u32) -> f32 {
        let top = code << self.unused;
        let signed = (top as i32 >> self.unused) as f32;
        // Both are below 2^16, and exact.
        let unsigned = (top >> self.unused) as i32 as f32;
        if self.signed { signed } else { unsigned }
    }
}

multiversion! {
    /// The values of a float format.
    pub(super) fn floats<C: CodeWord>(plan: FloatPlan, codes: &[C], values: &mut [f32]) {
        for (value, &code) in values.iter_mut().zip(codes) {
            *value = plan.decode(code.widen());
        }
    }
}

multiversion! {
    /// The values of an integer format.
    pub(super) fn integers<C: CodeWord>(plan: IntegerPlan, codes: &[C], values: &mut [f32]) {
        for (value, &code) in values.iter_mut().zip(codes) {
            *value = plan.decode(code.widen());
        }
    }
}
