//! The number format in which a scale is kept.

use half::{bf16, f16};

/// What a scale is rounded to before it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ScaleFormat {
    /// float32.
    #[default]
    F32,
    /// float16, to nearest.
    F16,
    /// bfloat16, to nearest.
    Bf16,
    /// A power of two in one byte, 2^(e − 127), rounded up so that the range stays covered (the scale format of the OCP MX types).
    E8m0,
    /// A power of two, rounded up, kept as float32: multiplying by it is a shift.
    Pow2,
}

impl ScaleFormat {
    /// Every format, the default first.
    pub const ALL: [Self; 5] = [Self::F32, Self::F16, Self::Bf16, Self::E8m0, Self::Pow2];

    /// The name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::E8m0 => "e8m0",
            Self::Pow2 => "pow2",
        }
    }

    /// Bits of a stored scale.
    pub fn bits(self) -> u32 {
        match self {
            Self::F32 | Self::Pow2 => 32,
            Self::F16 | Self::Bf16 => 16,
            Self::E8m0 => 8,
        }
    }

    /// The value that is kept for a positive scale: never 0 and never infinite, so that tiny and huge ranges keep their codes.
    pub fn rounded(self, scale: f64) -> f32 {
        match self {
            Self::F32 => (scale as f32).clamp(f32::MIN_POSITIVE, f32::MAX),
            Self::F16 => f16::from_f64(scale).clamp(f16::MIN_POSITIVE_SUBNORMAL, f16::MAX).to_f32(),
            Self::Bf16 => bf16::from_f64(scale).clamp(bf16::MIN_POSITIVE, bf16::MAX).to_f32(),
            Self::E8m0 => power_of_two(scale, -127),
            Self::Pow2 => power_of_two(scale, -126),
        }
    }

    /// The stored bits of a scale that [`Self::rounded`] gave.
    pub fn code(self, scale: f32) -> u32 {
        match self {
            Self::F32 | Self::Pow2 => scale.to_bits(),
            Self::F16 => u32::from(f16::from_f32(scale).to_bits()),
            Self::Bf16 => u32::from(bf16::from_f32(scale).to_bits()),
            Self::E8m0 => (f64::from(scale).log2() + 127.0).round() as u32,
        }
    }

    /// The scale of stored bits.
    pub fn value(self, code: u32) -> f32 {
        match self {
            Self::F32 | Self::Pow2 => f32::from_bits(code),
            Self::F16 => f16::from_bits(code as u16).to_f32(),
            Self::Bf16 => bf16::from_bits(code as u16).to_f32(),
            Self::E8m0 => (f64::from(code) - 127.0).exp2() as f32,
        }
    }
}

/// The smallest power of two that is not below `scale`, from 2^`least` to 2^127.
fn power_of_two(scale: f64, least: i32) -> f32 {
    let floor = scale.log2().floor().clamp(-1100.0, 1100.0) as i32;
    // Logarithms are inexact next to powers of two: compare.
    let exponent = (floor - 1..=floor + 2).find(|&exponent| f64::from(exponent).exp2() >= scale).unwrap_or(floor + 1);
    f64::from(exponent.clamp(least, 127)).exp2() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_cover_the_range() {
        for (scale, expected) in [
            (1.0, 1.0),
            (1.000_000_1, 2.0),
            (0.3, 0.5),
            (0.25, 0.25),
            (1e-40, 2_f32.powi(-126)),
            (1e39, 2_f32.powi(127)),
        ] {
            assert_eq!(ScaleFormat::Pow2.rounded(scale), expected, "{scale}");
        }
        assert_eq!(ScaleFormat::E8m0.rounded(1e-40), 2_f32.powi(-126) / 2.0);
    }

    #[test]
    fn stored_bits_read_back() {
        for format in ScaleFormat::ALL {
            for scale in [1.066_666_7, 0.0123, 1e-40, 3e38, 1e-6, 70_000.0] {
                let kept = format.rounded(scale);
                assert!(kept > 0.0 && kept.is_finite(), "{} {scale}", format.name());
                let code = format.code(kept);
                assert!(u64::from(code) < 1 << format.bits(), "{} {scale}", format.name());
                assert_eq!(format.value(code), kept, "{} {scale}", format.name());
            }
        }
        assert_eq!(ScaleFormat::E8m0.code(1.0), 127);
        assert_eq!(ScaleFormat::F16.rounded(1.066_666_7), 1.066_406_2);
    }
}
