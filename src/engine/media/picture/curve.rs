//! Error over the number of colours.

use super::measure::psnr;
use super::{Dither, Method, Picture, Recipe, reduce};
use crate::engine::{Cancelled, Progress};

/// The numbers of colours of a curve.
pub const CURVE_COLOURS: [usize; 9] = [2, 4, 8, 16, 32, 64, 128, 256, 4096];

/// The most pixels that a curve is computed from.
pub const SAMPLE: usize = 1 << 14;

/// The most pixels of a first look at a large picture, so that palette and errors are there within 50 ms.
pub const PREVIEW: usize = 1 << 16;

/// One point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Colours of the palette.
    pub colours: usize,
    /// Peak signal-to-noise ratio in dB of the stored values; infinite where every colour was kept.
    pub psnr: f64,
    /// Bits a pixel of the whole picture, indices and palette counted.
    pub bits: f64,
}

/// The curve of a method without dithering, from an even grid of at most [`SAMPLE`] pixels of a picture of `pixels` pixels.
///
/// # Errors
/// When cancelled.
pub fn curve(
    sample: &Picture,
    pixels: usize,
    method: &Method,
    recipe: &Recipe,
    progress: &dyn Progress,
) -> Result<Vec<CurvePoint>, Cancelled> {
    let mut points = Vec::new();
    for (place, &colours) in CURVE_COLOURS.iter().enumerate() {
        progress.tick(place as u64, CURVE_COLOURS.len() as u64)?;
        let at = Recipe { method: method.clone(), colours, space: recipe.space, dither: Dither::None, amount: 1.0 };
        let reduced = reduce(sample, &at, progress)?;
        let square = |(pixel, index): (&[u8; 3], &u16)| {
            let given = reduced.palette[usize::from(*index)];
            pixel.iter().zip(given).map(|(a, b)| u64::from(a.abs_diff(b)).pow(2)).sum::<u64>()
        };
        let sum: u64 = sample.pixels.iter().zip(&reduced.indices).map(square).sum();
        points.push(CurvePoint {
            colours,
            psnr: psnr(sum as f64 / (3 * sample.pixels.len()) as f64),
            bits: f64::from(reduced.index_bits()) + (24 * reduced.palette.len()) as f64 / pixels as f64,
        });
    }
    Ok(points)
}
