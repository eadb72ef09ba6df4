//! Everything a library decides when it stores a number in a format.

use super::{Class, Format, Kind, Number, Overflow, Rational, Rounding, Value};

/// What an incoming infinity becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InfinityRule {
    /// The same as a finite value beyond the range.
    #[default]
    AsOverflow,
    /// An infinity where the format has one, else NaN, else the largest value.
    Keep,
    /// NaN where the format has one, else the largest value.
    Nan,
    /// The largest value.
    Saturate,
    /// Zero.
    Zero,
}

impl InfinityRule {
    /// Every rule, the default first.
    pub const ALL: [Self; 5] = [Self::AsOverflow, Self::Keep, Self::Nan, Self::Saturate, Self::Zero];

    /// The name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsOverflow => "overflow",
            Self::Keep => "keep",
            Self::Nan => "nan",
            Self::Saturate => "saturate",
            Self::Zero => "zero",
        }
    }
}

/// What an incoming NaN becomes where the format has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NanRule {
    /// +0.
    #[default]
    Zero,
    /// −0, +0 where there is none.
    MinusZero,
    /// The largest value.
    Largest,
    /// It is refused.
    Refuse,
}

impl NanRule {
    /// Every rule, the default first.
    pub const ALL: [Self; 4] = [Self::Zero, Self::MinusZero, Self::Largest, Self::Refuse];

    /// The name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::MinusZero => "minus-zero",
            Self::Largest => "largest",
            Self::Refuse => "refuse",
        }
    }
}

/// What becomes of numbers below the smallest normal one of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Subnormals {
    /// They round like all others.
    #[default]
    Keep,
    /// They are zero before they are rounded, even if they would round up to the smallest normal number.
    FlushBefore,
    /// They are zero if they are still below it after rounding.
    FlushAfter,
}

impl Subnormals {
    /// Every choice, the default first.
    pub const ALL: [Self; 3] = [Self::Keep, Self::FlushBefore, Self::FlushAfter];

    /// The name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::FlushBefore => "flush-before",
            Self::FlushAfter => "flush-after",
        }
    }
}

/// What a scale, which has neither zero nor sign, makes of a number that it cannot reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ScaleRule {
    /// The smallest value.
    #[default]
    Smallest,
    /// NaN.
    Nan,
    /// The value of the magnitude, without the sign; the smallest value for 0.
    Magnitude,
}

impl ScaleRule {
    /// Every rule, the default first.
    pub const ALL: [Self; 3] = [Self::Smallest, Self::Nan, Self::Magnitude];

    /// The name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smallest => "smallest",
            Self::Nan => "nan",
            Self::Magnitude => "magnitude",
        }
    }
}

/// How numbers are stored in a format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Between two neighbours.
    pub rounding: Rounding,
    /// Beyond the largest value.
    pub overflow: Overflow,
    /// Infinities.
    pub infinity: InfinityRule,
    /// NaN, where the format has none.
    pub nan: NanRule,
    /// Below the smallest normal value.
    pub subnormals: Subnormals,
    /// Zero, in a scale.
    pub scale_zero: ScaleRule,
    /// Negative numbers, in a scale.
    pub scale_negative: ScaleRule,
    /// Numbers below the smallest value, in a scale; `Magnitude` is the smallest here.
    pub scale_underflow: ScaleRule,
    /// A format that numbers pass through first, rounded to nearest even and without saturating.
    pub via: Option<Format>,
}

/// Why a number is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub &'static str);

impl Policy {
    /// The policy with these two, everything else by default.
    pub fn new(rounding: Rounding, overflow: Overflow) -> Self {
        Self { rounding, overflow, ..Self::default() }
    }

    /// The code of a number.
    ///
    /// # Errors
    /// NaN, where the format has none and the policy refuses it.
    pub fn encode(&self, format: Format, number: &Number) -> Result<u64, Refused> {
        let number = match self.via {
            Some(via) => &Number::from(via.value(via.encode_number(number, Rounding::NearestEven, Overflow::Default))),
            None => number,
        };
        match number {
            Number::Nan => self.nan(format),
            Number::Infinite { negative } => Ok(self.infinite(format, *negative)),
            Number::Finite { negative, .. } => {
                let exact = number.rational().unwrap_or_else(Rational::zero);
                Ok(self.scale(format, &exact).unwrap_or_else(|| self.finite(format, number, &exact, *negative)))
            }
        }
    }

    /// The code of a double.
    ///
    /// # Errors
    /// See [`Policy::encode`].
    pub fn encode_f64(&self, format: Format, x: f64) -> Result<u64, Refused> {
        let x = match self.via {
            Some(via) => via.decode(via.encode(x, Rounding::NearestEven, Overflow::Default)),
            None => x,
        };
        let scale = matches!(format, Format::Float(float) if float.kind == Kind::Scale);
        if x.is_finite() && self.subnormals == Subnormals::Keep && !scale {
            return Ok(format.encode(x, self.rounding, self.overflow));
        }
        Self { via: None, ..*self }.encode(format, &Number::from(x))
    }

    /// The same policy for element `index` of an array; see [`Rounding::at`].
    #[must_use]
    pub fn at(self, index: u64) -> Self {
        Self { rounding: self.rounding.at(index), ..self }
    }

    fn finite(&self, format: Format, number: &Number, exact: &Rational, negative: bool) -> u64 {
        let zero = if negative { -0.0 } else { 0.0 };
        let zero = || format.encode(zero, Rounding::NearestEven, Overflow::Default);
        if self.subnormals == Subnormals::FlushBefore
            && let Format::Float(_) = format
            && format.properties().min_normal.is_some_and(|normal| exact.abs() < Rational::from(normal))
        {
            return zero();
        }
        let code = format.encode_number(number, self.rounding, self.overflow);
        let flushed = self.subnormals == Subnormals::FlushAfter && format.class(code) == Class::Subnormal;
        if flushed { zero() } else { code }
    }

    /// What becomes of a number out of a scale's reach; `None` for other formats, and for numbers within it.
    fn scale(&self, format: Format, exact: &Rational) -> Option<u64> {
        let Format::Float(float) = format else { return None };
        if float.kind != Kind::Scale {
            return None;
        }
        let apply = |rule: ScaleRule, magnitude: &Rational| match rule {
            ScaleRule::Nan => float.nan_code(),
            ScaleRule::Smallest => Some(0),
            ScaleRule::Magnitude => self
                .scale(format, magnitude)
                .or_else(|| Some(format.encode_rational(magnitude, self.rounding, self.overflow))),
        };
        if exact.is_zero() {
            // Zero has no magnitude that would fit either.
            return apply(if self.scale_zero == ScaleRule::Nan { ScaleRule::Nan } else { ScaleRule::Smallest }, exact);
        }
        if exact.is_negative() {
            return apply(self.scale_negative, &exact.abs());
        }
        let below = format.value_at(0).is_some_and(|smallest| *exact < smallest);
        (below && self.scale_underflow == ScaleRule::Nan).then(|| float.nan_code()).flatten()
    }

    fn infinite(&self, format: Format, negative: bool) -> u64 {
        let infinity = if negative { f64::NEG_INFINITY } else { f64::INFINITY };
        let by = |overflow: Overflow| format.encode(infinity, self.rounding, overflow);
        let (has_infinity, has_nan) =
            (format.refusal(Overflow::Infinity).is_none(), format.refusal(Overflow::Nan).is_none());
        match self.infinity {
            InfinityRule::AsOverflow => by(self.overflow),
            InfinityRule::Keep if has_infinity => by(Overflow::Infinity),
            InfinityRule::Keep | InfinityRule::Nan if has_nan => by(Overflow::Nan),
            InfinityRule::Keep | InfinityRule::Nan | InfinityRule::Saturate => by(Overflow::Saturate),
            InfinityRule::Zero => format.encode(0.0, Rounding::NearestEven, Overflow::Default),
        }
    }

    fn nan(&self, format: Format) -> Result<u64, Refused> {
        let canonical = format.encode(f64::NAN, Rounding::NearestEven, Overflow::Default);
        if format.value(canonical) == Value::Nan {
            return Ok(canonical);
        }
        let by = |x: f64| Ok(format.encode(x, Rounding::NearestEven, Overflow::Saturate));
        match self.nan {
            NanRule::Zero => by(0.0),
            NanRule::MinusZero => by(-0.0),
            NanRule::Largest => by(f64::INFINITY),
            NanRule::Refuse => Err(Refused("the format has no NaN, and the policy refuses it")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    fn format(name: &str) -> Format {
        find(name).unwrap().format
    }

    #[test]
    fn subnormals_are_flushed_before_or_after_rounding() {
        let code =
            |subnormals, x: f64| Policy { subnormals, ..Policy::default() }.encode_f64(format("e4m3fn"), x).unwrap();
        // 2^−6 is the smallest normal number, code 8; 0.0156 rounds up to it.
        for (x, keep, before, after) in
            [(0.015_6, 8, 0, 8), (0.01, 5, 0, 0), (-0.01, 0x85, 0x80, 0x80), (0.015_625, 8, 8, 8)]
        {
            let found = Subnormals::ALL.map(|subnormals| code(subnormals, x));
            assert_eq!(found, [keep, before, after], "{x}");
        }
    }

    #[test]
    fn specials_follow_their_rules() {
        let infinities = |name, overflow| {
            InfinityRule::ALL.map(|infinity| {
                Policy { infinity, overflow, ..Policy::default() }.encode_f64(format(name), f64::NEG_INFINITY).unwrap()
            })
        };
        assert_eq!(infinities("e5m2", Overflow::Saturate), [0xfb, 0xfc, 0x7e, 0xfb, 0]);
        assert_eq!(infinities("e4m3fn", Overflow::Default), [0xfe, 0x7f, 0x7f, 0xfe, 0]);
        assert_eq!(infinities("e2m1fn", Overflow::Default), [0xf, 0xf, 0xf, 0xf, 0]);
        let nans =
            |name| NanRule::ALL.map(|nan| Policy { nan, ..Policy::default() }.encode_f64(format(name), f64::NAN).ok());
        assert_eq!(nans("e2m1fn"), [Some(0), Some(8), Some(7), None]);
        assert_eq!(nans("e4m3fn"), [Some(0x7f); 4]);
        assert_eq!(nans("uint4"), [Some(0), Some(0), Some(15), None]);
    }

    #[test]
    fn a_format_on_the_way_rounds_first() {
        let policy = Policy { via: Some(format("fp32")), ..Policy::default() };
        let number: Number = "0x1.1000000001p0".parse().unwrap();
        assert_eq!(policy.encode(format("e4m3fn"), &number).unwrap(), 0x38);
        assert_eq!(Policy::default().encode(format("e4m3fn"), &number).unwrap(), 0x39);
        assert_eq!(policy.encode_f64(format("e4m3fn"), f64::NAN).unwrap(), 0x7f);
    }
}
