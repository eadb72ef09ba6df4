//! Structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004).

use rayon::prelude::*;

use super::{Picture, Reduced, Rgb};
use crate::engine::simd::multiversion;
use crate::engine::{Cancelled, Progress, Silent};

/// Side of the window and standard deviation of its Gaussian, as in the paper.
const WINDOW: usize = 11;
const SIGMA: f64 = 1.5;
/// (K₁ L)² and (K₂ L)² with the paper's K and L = 255.
const C1: f32 = 6.502_5;
const C2: f32 = 58.522_5;

/// Rows that one task does.
const BAND: usize = 32;

/// What is averaged under the window: both lumas, their squares, their product.
const PLANES: usize = 5;

/// Luma of a colour (ITU-R BT.601), 0…255.
fn luma([r, g, b]: Rgb) -> f32 {
    0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)
}

/// Mean structural similarity of the lumas of two pictures of one size; 1 for equal ones. The mean is over every place where the window of
/// 11 × 11 lies within the picture; in smaller pictures the window is as large as the shorter side.
pub fn ssim(a: &Picture, b: &Picture) -> f64 {
    let lumas = |picture: &Picture| picture.pixels.iter().map(|&pixel| luma(pixel)).collect::<Vec<f32>>();
    mean(&lumas(a), &lumas(b), a.width, &Silent).unwrap_or(f64::NAN)
}

/// The similarity of a reduced picture to its original.
pub(super) fn of_luma(picture: &Picture, reduced: &Reduced, progress: &dyn Progress) -> Result<f64, Cancelled> {
    let palette: Vec<f32> = reduced.palette.iter().map(|&colour| luma(colour)).collect();
    let a: Vec<f32> = picture.pixels.par_iter().map(|&pixel| luma(pixel)).collect();
    let b: Vec<f32> = reduced.indices.par_iter().map(|&index| palette[usize::from(index)]).collect();
    mean(&a, &b, picture.width, progress)
}

fn mean(a: &[f32], b: &[f32], width: usize, progress: &dyn Progress) -> Result<f64, Cancelled> {
    let height = a.len() / width;
    let side = WINDOW.min(width).min(height);
    let middle = (side - 1) as f64 / 2.0;
    let weight = |at: usize| (-(at as f64 - middle).powi(2) / (2.0 * SIGMA * SIGMA)).exp();
    let total: f64 = (0..side).map(weight).sum();
    let kernel: Vec<f32> = (0..side).map(|at| (weight(at) / total) as f32).collect();
    let (columns, rows) = (width - side + 1, height - side + 1);
    let bands: Vec<f64> = (0..rows.div_ceil(BAND))
        .into_par_iter()
        .map(|band| {
            progress.check()?;
            let first = band * BAND;
            let last = (first + BAND).min(rows);
            let taken = first * width..(last + side - 1) * width;
            Ok(band_sum(&a[taken.clone()], &b[taken], width, &kernel))
        })
        .collect::<Result<_, Cancelled>>()?;
    Ok(bands.iter().sum::<f64>() / (columns * rows) as f64)
}

multiversion! {
    /// The sum over all places of the window within some rows.
    fn band_sum(a: &[f32], b: &[f32], width: usize, kernel: &[f32]) -> f64 {
        let side = kernel.len();
        let columns = width - side + 1;
        // Each row averaged along itself, plane by plane.
        let mut blurred: Vec<[Vec<f32>; PLANES]> = Vec::new();
        let mut planes = [(); PLANES].map(|()| vec![0.0_f32; width]);
        for (a, b) in a.chunks_exact(width).zip(b.chunks_exact(width)) {
            planes[0].copy_from_slice(a);
            planes[1].copy_from_slice(b);
            for x in 0..width {
                planes[2][x] = a[x] * a[x];
                planes[3][x] = b[x] * b[x];
                planes[4][x] = a[x] * b[x];
            }
            blurred.push(std::array::from_fn(|plane| {
                let mut out = vec![0.0_f32; columns];
                for (at, &weight) in kernel.iter().enumerate() {
                    for (out, value) in out.iter_mut().zip(&planes[plane][at..at + columns]) {
                        *out += weight * value;
                    }
                }
                out
            }));
        }
        let mut sum = 0.0;
        let mut means = [(); PLANES].map(|()| vec![0.0_f32; columns]);
        for rows in blurred.windows(side) {
            for (plane, mean) in means.iter_mut().enumerate() {
                mean.fill(0.0);
                for (row, &weight) in rows.iter().zip(kernel) {
                    for (mean, value) in mean.iter_mut().zip(&row[plane]) {
                        *mean += weight * value;
                    }
                }
            }
            let mut row = 0.0_f32;
            let [first, second, squares, others, products] = &means;
            let pairs = first.iter().zip(second).zip(squares).zip(others).zip(products);
            for ((((&ma, &mb), a2), b2), ab) in pairs {
                let (va, vb) = ((a2 - ma * ma).max(0.0), (b2 - mb * mb).max(0.0));
                let both = ab - ma * mb;
                row += (2.0 * ma * mb + C1) * (2.0 * both + C2) / ((ma * ma + mb * mb + C1) * (va + vb + C2));
            }
            sum += f64::from(row);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pictures_are_1_and_noise_is_less() {
        for (width, height) in [(1, 1), (3, 20), (40, 33)] {
            let pixels: Vec<Rgb> = (0..width * height).map(|at| [(at * 37 % 251) as u8; 3]).collect();
            let picture = Picture::new(width, height, pixels);
            assert!((ssim(&picture, &picture) - 1.0).abs() < 1e-6, "{width} × {height}");
        }
        let ramp = Picture::new(32, 32, (0..1024).map(|at| [(at % 32 * 8) as u8; 3]).collect());
        let flat = Picture::new(32, 32, vec![[124; 3]; 1024]);
        let found = ssim(&ramp, &flat);
        assert!(found < 0.7 && found > 0.0, "{found}");
    }
}
