//! Dithering: the error of a pixel is hidden in a pattern, or handed on to pixels that are still to come.

use rayon::prelude::*;

use super::blue_noise;
use super::map::Sites;
use super::space::squared;
use super::{Picture, Space};
use crate::engine::{Cancelled, Progress};

/// A part of the error: columns ahead, rows down, how much.
type Share = (i32, usize, f32);

/// How the error is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dither {
    /// Not at all: every pixel takes the nearest colour.
    #[default]
    None,
    /// A regular pattern of that side (Bayer 1973): 2, 4, 8 or 16.
    Bayer(u8),
    /// A pattern without visible structure.
    BlueNoise,
    /// To four neighbours (Floyd and Steinberg 1976).
    FloydSteinberg,
    /// Six eighths of it to six neighbours (Atkinson): more contrast, less in lights and shadows.
    Atkinson,
    /// To ten neighbours on three rows (Sierra 1989).
    Sierra,
}

impl Dither {
    /// Every kind with its name in text.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::None, "none"),
        (Self::Bayer(2), "bayer:2"),
        (Self::Bayer(4), "bayer:4"),
        (Self::Bayer(8), "bayer:8"),
        (Self::Bayer(16), "bayer:16"),
        (Self::BlueNoise, "blue-noise"),
        (Self::FloydSteinberg, "floyd-steinberg"),
        (Self::Atkinson, "atkinson"),
        (Self::Sierra, "sierra"),
    ];

    /// Its name in text.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(dither, _)| *dither == self).map_or("none", |(_, name)| name)
    }

    /// Where the error goes: columns ahead, rows down, and sixteenths, eighths or thirty-seconds as the second value says.
    fn kernel(self) -> Option<(&'static [Share], f32)> {
        match self {
            Self::FloydSteinberg => Some((&[(1, 0, 7.0), (-1, 1, 3.0), (0, 1, 5.0), (1, 1, 1.0)], 16.0)),
            Self::Atkinson => {
                let six: &[Share] = &[(1, 0, 1.0), (2, 0, 1.0), (-1, 1, 1.0), (0, 1, 1.0), (1, 1, 1.0), (0, 2, 1.0)];
                Some((six, 8.0))
            }
            Self::Sierra => {
                let ten: &[Share] = &[
                    (1, 0, 5.0),
                    (2, 0, 3.0),
                    (-2, 1, 2.0),
                    (-1, 1, 4.0),
                    (0, 1, 5.0),
                    (1, 1, 4.0),
                    (2, 1, 2.0),
                    (-1, 2, 2.0),
                    (0, 2, 3.0),
                    (1, 2, 2.0),
                ];
                Some((ten, 32.0))
            }
            Self::None | Self::Bayer(_) | Self::BlueNoise => None,
        }
    }
}

/// Bayer's matrix of that side, a power of two: every rank 0…side² − 1 once, row by row.
pub fn bayer(side: usize) -> Vec<u16> {
    let rank = |at: usize| {
        let (mut x, mut y, mut rank) = (at % side, at / side, 0);
        let mut size = side;
        while size > 1 {
            // The lowest bits of the place are the highest of the rank.
            rank = rank << 2 | ((x ^ y) & 1) << 1 | (y & 1);
            (x, y, size) = (x >> 1, y >> 1, size >> 1);
        }
        rank as u16
    };
    (0..side * side).map(rank).collect()
}

/// Maps a picture to a palette with dithering of that `amount`, 0 (none) to 1.
///
/// An ordered pattern moves a pixel along the space's grey axis by up to ± half of the mean distance between neighbouring palette colours.
/// Error diffusion works on the space's coordinates, in rows that run forth and back; what a pixel is
/// owed is at most that mean distance long, and what it becomes is clipped to the space's range.
///
/// # Errors
/// When cancelled.
pub(super) fn dithered(
    picture: &Picture,
    space: Space,
    palette: Vec<[f32; 3]>,
    dither: Dither,
    amount: f32,
    progress: &dyn Progress,
) -> Result<Vec<u16>, Cancelled> {
    let finder = Finder::new(palette);
    match (dither.kernel(), dither) {
        (Some((kernel, parts)), _) => {
            let kernel: Vec<Share> = kernel.iter().map(|&(x, y, share)| (x, y, share / parts * amount)).collect();
            diffuse(picture, space, &finder, &kernel, progress)
        }
        (None, Dither::Bayer(side)) => {
            ordered(picture, space, &finder, (&bayer(usize::from(side)), usize::from(side)), amount, progress)
        }
        _ => ordered(picture, space, &finder, (blue_noise::ranks(), blue_noise::SIDE), amount, progress),
    }
}

/// A palette whose last answer is tried first.
struct Finder {
    sites: Sites,
    /// Nothing else is nearer to a point that is nearer to an entry than this, squared.
    sure: Vec<f32>,
    /// Mean distance of an entry to its nearest other one.
    spread: f32,
}

impl Finder {
    fn new(palette: Vec<[f32; 3]>) -> Self {
        let sites = Sites::new(palette);
        let gaps = sites.gaps();
        let finite: Vec<f32> = gaps.iter().copied().filter(|gap| gap.is_finite()).collect();
        let spread = finite.iter().sum::<f32>() / finite.len().max(1) as f32;
        Self { sites, sure: gaps.iter().map(|gap| gap * gap * (0.25 - 1e-5)).collect(), spread }
    }

    fn nearest(&self, at: [f32; 3], last: u16) -> u16 {
        let place = usize::from(last);
        if squared(at, self.sites.at()[place]) < self.sure[place] { last } else { self.sites.nearest(at).index as u16 }
    }
}

fn ordered(
    picture: &Picture,
    space: Space,
    finder: &Finder,
    (ranks, side): (&[u16], usize),
    amount: f32,
    progress: &dyn Progress,
) -> Result<Vec<u16>, Cancelled> {
    // A step of that length along the grey axis.
    let grey = match space {
        Space::Srgb | Space::Linear => [finder.spread / 3.0_f32.sqrt(); 3],
        Space::Oklab => [finder.spread, 0.0, 0.0],
    };
    let mut indices = vec![0; picture.pixels.len()];
    let rows = indices.par_chunks_mut(picture.width).zip(picture.pixels.par_chunks(picture.width));
    rows.enumerate().try_for_each(|(y, (indices, pixels))| {
        progress.check()?;
        let mut last = 0;
        for (x, (index, &pixel)) in indices.iter_mut().zip(pixels).enumerate() {
            let rank = f32::from(ranks[y % side * side + x % side]);
            let offset = amount * ((rank + 0.5) / (side * side) as f32 - 0.5);
            let at = space.of(pixel);
            last = finder.nearest(std::array::from_fn(|axis| at[axis] + offset * grey[axis]), last);
            *index = last;
        }
        Ok(())
    })?;
    Ok(indices)
}

/// Columns beyond both edges, where errors may go and are lost.
const EDGE: usize = 2;

fn diffuse(
    picture: &Picture,
    space: Space,
    finder: &Finder,
    kernel: &[Share],
    progress: &dyn Progress,
) -> Result<Vec<u16>, Cancelled> {
    let range = space.range();
    let width = picture.width;
    let mut rows = [(); 3].map(|()| vec![[0.0_f32; 3]; width + 2 * EDGE]);
    let mut indices = vec![0; picture.pixels.len()];
    let mut last = 0;
    for (y, (indices, pixels)) in indices.chunks_exact_mut(width).zip(picture.pixels.chunks_exact(width)).enumerate() {
        if y % 64 == 0 {
            progress.tick(y as u64, picture.height as u64)?;
        }
        let backwards = y % 2 == 1;
        for step in 0..width {
            let x = if backwards { width - 1 - step } else { step };
            let (at, owed) = (space.of(pixels[x]), rows[0][x + EDGE]);
            // Errors that no palette colour can pay back would add up and burst out as specks.
            let length = squared(owed, [0.0; 3]).sqrt();
            let kept = if length > finder.spread { finder.spread / length } else { 1.0 };
            let wanted: [f32; 3] =
                std::array::from_fn(|axis| (at[axis] + kept * owed[axis]).clamp(range[axis][0], range[axis][1]));
            last = finder.nearest(wanted, last);
            indices[x] = last;
            let given = finder.sites.at()[usize::from(last)];
            for &(ahead, down, share) in kernel {
                let ahead = if backwards { -ahead } else { ahead };
                let cell = &mut rows[down][(x + EDGE).wrapping_add_signed(ahead as isize)];
                for axis in 0..3 {
                    cell[axis] += share * (wanted[axis] - given[axis]);
                }
            }
        }
        rows.rotate_left(1);
        rows[2].fill([0.0; 3]);
    }
    Ok(indices)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;

    #[test]
    fn the_printed_matrices() {
        assert_eq!(bayer(2), [0, 2, 3, 1]);
        assert_eq!(bayer(4), [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]);
        let mut ranks = bayer(16);
        ranks.sort_unstable();
        assert!(ranks.iter().enumerate().all(|(place, &rank)| place == usize::from(rank)));
    }

    #[test]
    fn a_grey_keeps_its_mean_and_no_amount_is_no_dithering() {
        let grey = |level: u8| Picture::new(64, 64, vec![[level; 3]; 64 * 64]);
        let palette = || vec![[0.0; 3], [255.0; 3]];
        for (dither, name) in Dither::ALL.into_iter().skip(1) {
            let lit = |level: u8, amount: f32| {
                let indices = dithered(&grey(level), Space::Srgb, palette(), dither, amount, &Silent).unwrap();
                indices.iter().map(|&index| f64::from(index)).sum::<f64>() / 4096.0
            };
            assert_eq!((lit(100, 0.0), lit(200, 0.0)), (0.0, 1.0), "{name}");
            // Atkinson drops a quarter of the error; a pattern of four thresholds has five greys.
            let within = match dither {
                Dither::Atkinson => 0.16,
                Dither::Bayer(2) => 0.13,
                _ => 0.04,
            };
            for level in [51, 102, 153, 204] {
                let expected = f64::from(level) / 255.0;
                assert!((lit(level, 1.0) - expected).abs() < within, "{name} {level}: {}", lit(level, 1.0));
            }
        }
    }
}
