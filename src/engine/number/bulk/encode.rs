//! Float32 to codes in arithmetic without branches, rounded once to nearest even.

#[cfg(target_arch = "x86_64")]
mod wide;

use super::CodeWord;
use crate::engine::number::{FloatFormat, IntegerFormat, Overflow};
use crate::engine::simd::multiversion;

/// Mantissa bits of float32.
pub(super) const MANTISSA_BITS: u32 = 23;
/// Bias of float32.
pub(super) const BIAS: i32 = 127;

/// 2^`exponent` as a float32, for exponents of normal numbers.
pub(super) fn power(exponent: i32) -> u32 {
    ((exponent + BIAS) as u32) << MANTISSA_BITS
}

/// Whether 2^`exponent` is a normal float32.
pub(super) fn is_normal(exponent: i32) -> bool {
    (1 - BIAS..=BIAS).contains(&exponent)
}

/// A float format as integer arithmetic on the bits of float32.
#[derive(Clone, Copy)]
pub(super) struct FloatPlan {
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

impl FloatPlan {
    /// `None` for formats outside the plan: unsigned ones, and those that reach below the normal numbers of float32.
    pub fn new(float: FloatFormat, overflow: Overflow) -> Option<Self> {
        let least = 1 - float.bias;
        let step = least - float.mantissa_bits as i32;
        let magic_exponent = step + MANTISSA_BITS as i32;
        let planned = float.signed
            && float.subnormals
            && float.exponent_bits > 0
            && float.mantissa_bits < MANTISSA_BITS
            && is_normal(least)
            && is_normal(magic_exponent)
            // Infinity must lie beyond the top, as it does in float32.
            && float.top() < power_code(float, BIAS + 1);
        planned.then(|| Self {
            min_normal: power(least),
            rebias: ((BIAS - float.bias) as u32) << MANTISSA_BITS,
            cut: MANTISSA_BITS - float.mantissa_bits,
            magic: f32::from_bits(power(magic_exponent)),
            top: float.top() as u32,
            beyond: [false, true].map(|negative| float.overflow_code(negative, overflow) as u32),
            nan: float.nan_code().unwrap_or(0) as u32,
            sign_shift: float.bits() - 1,
            unsigned_zero: float.has_unsigned_zero(),
        })
    }

    #[inline(always)]
    fn encode(self, x: f32) -> u32 {
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
#[derive(Clone, Copy)]
pub(super) struct IntegerPlan {
    low: f32,
    high: f32,
    mask: u32,
}

impl IntegerPlan {
    /// `None` for encodings whose codes are not the number modulo a power of two, and where overflow wraps.
    pub fn new(integer: IntegerFormat, overflow: Overflow) -> Option<Self> {
        let (low, high) = integer.range();
        let mask = ((1_u64 << integer.bits) - 1) as u32;
        (integer.is_modular() && overflow != Overflow::Wrap).then_some(Self {
            low: low as f32,
            high: high as f32,
            mask,
        })
    }

    #[inline(always)]
    fn encode(self, x: f32) -> u32 {
        /// 1.5·2^23: adding it to a number below 2^22 rounds that to a whole number in hardware, ties to even.
        const MAGIC: f32 = 12_582_912.0;
        // Clamping first is the same as clamping last, since the ends are whole numbers. NaN is told apart by itself.
        let clamped = if x > self.low { x } else { self.low };
        let clamped = if clamped < self.high { clamped } else { self.high };
        let code = (clamped + MAGIC).to_bits().wrapping_sub(MAGIC.to_bits()) & self.mask;
        if x.is_nan() { 0 } else { code }
    }
}

/// The codes of a float format.
pub(super) fn floats<C: CodeWord>(plan: FloatPlan, values: &[f32], codes: &mut [C]) {
    #[cfg(target_arch = "x86_64")]
    if wide::encode(plan, values, codes) {
        return;
    }
    narrow_floats(plan, values, codes);
}

multiversion! {
    /// [`floats`] on any processor.
    fn narrow_floats<C: CodeWord>(plan: FloatPlan, values: &[f32], codes: &mut [C]) {
        for (code, &value) in codes.iter_mut().zip(values) {
            *code = C::truncate(plan.encode(value));
        }
    }
}

multiversion! {
    /// The codes of an integer format.
    pub(super) fn integers<C: CodeWord>(plan: IntegerPlan, values: &[f32], codes: &mut [C]) {
        for (code, &value) in codes.iter_mut().zip(values) {
            *code = C::truncate(plan.encode(value));
        }
    }
}
