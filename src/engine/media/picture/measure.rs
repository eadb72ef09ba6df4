//! How wrong a reduced picture is.

use rayon::prelude::*;

use super::space::difference;
use super::{Picture, Reduced, Rgb, Space, ssim};
use crate::engine::{Cancelled, Progress};

/// Errors of a picture against its original.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// Mean squared error of the stored values, over all pixels and the three channels.
    pub mse: f64,
    /// The same a channel: red, green, blue.
    pub channels: [f64; 3],
    /// Structural similarity of the luma, 1 for equal pictures.
    pub ssim: f64,
    /// Mean colour difference ΔEOK: Euclidean distance in Oklab, times 100.
    pub difference: f64,
    /// Largest difference of a channel, 0…255.
    pub max_error: u8,
    /// Pixels whose colour is another one.
    pub changed: u64,
}

impl Measures {
    /// Peak signal-to-noise ratio in dB, 10 log₁₀ (255² / MSE); infinite for equal pictures.
    pub fn psnr(&self) -> f64 {
        psnr(self.mse)
    }
}

pub(super) fn psnr(mse: f64) -> f64 {
    10.0 * (255.0 * 255.0 / mse).log10()
}

/// Sums over some pixels.
#[derive(Clone, Copy, Default)]
struct Sums {
    squares: [u64; 3],
    difference: f64,
    max_error: u8,
    changed: u64,
}

/// Measures a reduced picture against its original, which has its size.
///
/// # Errors
/// When cancelled.
pub fn measure(picture: &Picture, reduced: &Reduced, progress: &dyn Progress) -> Result<Measures, Cancelled> {
    let seen: Vec<[f32; 3]> = reduced.palette.iter().map(|&colour| Space::Oklab.of(colour)).collect();
    let parts: Vec<Sums> = picture
        .pixels
        .par_chunks(1 << 16)
        .zip(reduced.indices.par_chunks(1 << 16))
        .map(|(pixels, indices)| {
            progress.check()?;
            let mut sums = Sums::default();
            let mut last = (None, 0.0);
            for (&pixel, &index) in pixels.iter().zip(indices) {
                let given = reduced.palette[usize::from(index)];
                if last.0 != Some((pixel, index)) {
                    last = (Some((pixel, index)), difference(Space::Oklab.of(pixel), seen[usize::from(index)]));
                }
                sums.difference += f64::from(last.1);
                sums.changed += u64::from(pixel != given);
                for (sum, (a, b)) in sums.squares.iter_mut().zip(pixel.into_iter().zip(given)) {
                    let off = a.abs_diff(b);
                    *sum += u64::from(off) * u64::from(off);
                    sums.max_error = sums.max_error.max(off);
                }
            }
            Ok(sums)
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut all = Sums::default();
    for part in parts {
        all.squares.iter_mut().zip(part.squares).for_each(|(all, part)| *all += part);
        all.difference += part.difference;
        all.max_error = all.max_error.max(part.max_error);
        all.changed += part.changed;
    }
    let count = picture.pixels.len() as f64;
    let channels = all.squares.map(|sum| sum as f64 / count);
    Ok(Measures {
        mse: channels.iter().sum::<f64>() / 3.0,
        channels,
        ssim: ssim::of_luma(picture, reduced, progress)?,
        difference: all.difference / count,
        max_error: all.max_error,
        changed: all.changed,
    })
}

/// Pixels by value, for each channel.
pub type Histogram = [[u64; 256]; 3];

/// The histograms of the channels before and after.
pub fn histograms(picture: &Picture, reduced: &Reduced) -> (Histogram, Histogram) {
    let mut before = [[0; 256]; 3];
    picture.pixels.iter().for_each(|&pixel| count(&mut before, pixel, 1));
    let mut after = [[0; 256]; 3];
    reduced.palette.iter().zip(&reduced.counts).for_each(|(&colour, &pixels)| count(&mut after, colour, pixels));
    (before, after)
}

fn count(histogram: &mut Histogram, colour: Rgb, pixels: u64) {
    histogram.iter_mut().zip(colour).for_each(|(channel, value)| channel[usize::from(value)] += pixels);
}
