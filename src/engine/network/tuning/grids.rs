//! Gradients over the grids of small number formats: what becomes 0, what does not fit.

use crate::engine::number::{self, Overflow, Rounding};

/// The formats that gradients are held against, by catalogue name.
pub const GRIDS: [&str; 3] = ["e4m3fn", "e5m2", "e2m1fn"];

/// Octaves that are counted, by the exponent of the magnitude: 2^−40 up to below 2^24.
const LOWEST: i32 = -40;
const COUNT: usize = 64;

/// How many magnitudes lie in every octave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Octaves {
    /// `counts[i]` magnitudes from 2^(lowest + i) up to below twice that; those beyond an end are counted there.
    pub counts: Vec<u64>,
    /// The exponent of the first octave.
    pub lowest: i32,
    /// Values that are 0.
    pub zeros: u64,
}

impl Octaves {
    /// Counts values.
    pub fn of(values: &[f32]) -> Self {
        let (mut counts, mut zeros) = (vec![0; COUNT], 0);
        for value in values {
            if *value == 0.0 {
                zeros += 1;
            } else {
                let exponent = value.abs().log2().floor() as i32;
                counts[(exponent - LOWEST).clamp(0, COUNT as i32 - 1) as usize] += 1;
            }
        }
        Self { counts, lowest: LOWEST, zeros }
    }
}

/// What a format does to values that are multiplied by a power of two first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// All values.
    pub total: u64,
    /// Those that are 0 already.
    pub zeros: u64,
    /// Others that round to 0.
    pub flushed: u64,
    /// Those beyond the largest finite value after rounding.
    pub saturated: u64,
}

/// Rounds values · 2^`exponent` to the nearest value of the format of that catalogue name, ties to even. `None` for a name that there is not.
pub fn shares(values: &[f32], format: &str, exponent: i32) -> Option<Shares> {
    let (flushed, saturated) = limits(format)?;
    let scale = f64::from(exponent).exp2();
    let mut shares = Shares { total: values.len() as u64, ..Shares::default() };
    for value in values {
        let magnitude = f64::from(value.abs()) * scale;
        shares.zeros += u64::from(magnitude == 0.0);
        shares.flushed += u64::from(magnitude > 0.0 && magnitude <= flushed);
        shares.saturated += u64::from(magnitude >= saturated);
    }
    Some(shares)
}

/// The largest magnitude that rounds to 0 in the format of that catalogue name, and the smallest that rounds beyond its largest finite value:
/// ties go to the even code, which is 0 at the bottom; at the top the half step above the maximum decides.
pub fn limits(format: &str) -> Option<(f64, f64)> {
    let format = number::find(format)?.format;
    let code = format.encode(f64::MAX, Rounding::NearestEven, Overflow::Saturate);
    let largest = format.decode(code);
    let half = largest + (largest - format.decode(code - 1)) / 2.0;
    // An even largest code takes the tie to itself.
    let saturated = if code.is_multiple_of(2) { half.next_up() } else { half };
    Some((format.decode(1) / 2.0, saturated))
}
