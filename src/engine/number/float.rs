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
