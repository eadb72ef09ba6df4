//! Rounding to a number format, with or without a scale.

use super::encode::Code;
use super::{Cast, CastScale, Overflow, QuantizeError};
use crate::engine::number::{self, Entry, Format};

/// How a group's weights become bit patterns: divided by the scale, then rounded once to nearest even.
#[derive(Clone, Copy, Debug)]
pub struct CastEncoder {
    format: Format,
    overflow: Overflow,
    scale: f32,
}

/// The catalogue row of a cast's format.
///
/// # Errors
/// A format that the catalogue lacks or that has more than 16 bits; a policy that it cannot follow.
pub fn entry(cast: &Cast) -> Result<&'static Entry, QuantizeError> {
    let entry = number::find(&cast.format)
        .filter(|entry| entry.format.bits() <= 16)
        .ok_or_else(|| QuantizeError::Unfit(format!("{} is no format of up to 16 bits", cast.format)))?;
    match entry.format.refusal(cast.overflow) {
        Some(reason) => Err(QuantizeError::Unfit(format!("{} {reason}", entry.title))),
        None => Ok(entry),
    }
}

/// The divisor of a group whose largest magnitude is `max_abs`: it takes that magnitude to the largest finite value of the format.
/// 1 without scaling, and for groups of zeros.
pub fn scale(cast: &Cast, entry: &Entry, max_abs: f32) -> f32 {
    let largest = entry.format.properties().max_finite.to_f64();
    let scale = (f64::from(max_abs) / largest) as f32;
    if cast.scale == CastScale::AbsMax && scale > 0.0 && scale.is_finite() { scale } else { 1.0 }
}

impl CastEncoder {
    /// The encoder of a group.
    pub fn new(cast: &Cast, entry: &Entry, scale: f32) -> Self {
        Self { format: entry.format, overflow: cast.overflow, scale }
    }

    /// The codes of many weights.
    pub fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        // Scaled blocks stay in the first-level cache.
        const BLOCK: usize = 1024;
        let mut scaled = [0.0_f32; BLOCK];
        for (values, codes) in values.chunks(BLOCK).zip(codes.chunks_mut(BLOCK)) {
            let scaled = &mut scaled[..values.len()];
            for (scaled, value) in scaled.iter_mut().zip(values) {
                *scaled = value / self.scale;
            }
            number::encode_slice(self.format, self.overflow, scaled, codes);
        }
    }

    /// The code of one weight.
    pub fn code(&self, value: f32) -> u16 {
        let mut code = [0_u16];
        number::encode_slice(self.format, self.overflow, &[value / self.scale], &mut code);
        code[0]
    }
}

/// How the values come about, in words for the status bar.
pub fn method(cast: &Cast, entry: &Entry) -> String {
    match cast.scale {
        CastScale::None => format!("cast to {}, nearest even", entry.title),
        CastScale::AbsMax => format!("cast to {}, nearest even, largest weight to largest value", entry.title),
    }
}
