//! The colours of a picture with how often they occur: what palettes are found from.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{Picture, Rgb, Space};
use crate::engine::{Cancelled, Progress};

/// More distinct colours than this are gathered in cells.
const MOST_DISTINCT: usize = 1 << 15;

/// Bits a channel of a cell.
const BITS: u32 = 6;
/// Bits a channel below a cell's.
const BELOW: u32 = 8 - BITS;
const CELLS: usize = 1 << (3 * BITS);

/// Pixels between two reports of progress.
const CHUNK: usize = 1 << 20;

/// Weighted colours in some space: every distinct colour of a picture, or where there are too many of them the mean of each cell of 4 × 4 × 4
/// colours that occurs.
#[derive(Clone, Debug)]
pub struct Points {
    /// The space of `at`.
    pub space: Space,
    /// Coordinates.
    pub at: Vec<[f32; 3]>,
    /// The same as stored colours; a mean is rounded.
    pub rgb: Vec<Rgb>,
    /// Pixels of each.
    pub weight: Vec<u32>,
    /// Whether each point is one colour.
    pub exact: bool,
    /// Distinct colours of the picture.
    pub distinct: usize,
}

/// Counts of one cell, and sums of the channels' lower bits.
#[derive(Clone, Copy, Default)]
struct Cell {
    count: u32,
    sums: [u32; 3],
}

#[inline]
fn cell_of([r, g, b]: Rgb) -> usize {
    let [r, g, b] = [r, g, b].map(|value| usize::from(value >> BELOW));
    (r << (2 * BITS)) | (g << BITS) | b
}

/// A colour as a number below 2²⁴.
#[inline]
fn code_of([r, g, b]: Rgb) -> usize {
    usize::from(r) << 16 | usize::from(g) << 8 | usize::from(b)
}

/// Every colour that occurs, as a set of bits.
fn present(pixels: &[Rgb]) -> Vec<u64> {
    let mut seen = vec![0_u64; 1 << 18];
    for &pixel in pixels {
        let code = code_of(pixel);
        seen[code >> 6] |= 1 << (code & 63);
    }
    seen
}

impl Points {
    /// The colours of a picture.
    ///
    /// # Errors
    /// When cancelled.
    pub fn of(picture: &Picture, space: Space, progress: &dyn Progress) -> Result<Self, Cancelled> {
        if picture.pixels.len() <= MOST_DISTINCT {
            return Ok(Self::of_few(picture, space));
        }
        let part = picture.pixels.len().div_ceil(rayon::current_num_threads()).max(CHUNK);
        let gathered: Vec<(Vec<u64>, Vec<Cell>)> = picture
            .pixels
            .par_chunks(part)
            .map(|pixels| {
                let mut cells = vec![Cell::default(); CELLS];
                for chunk in pixels.chunks(CHUNK) {
                    progress.check()?;
                    for &pixel in chunk {
                        let cell = &mut cells[cell_of(pixel)];
                        cell.count += 1;
                        for (sum, value) in cell.sums.iter_mut().zip(pixel) {
                            *sum += u32::from(value & ((1 << BELOW) - 1));
                        }
                    }
                }
                Ok((present(pixels), cells))
            })
            .collect::<Result<_, Cancelled>>()?;
        let mut parts = gathered.into_iter();
        let (mut seen, mut cells) = parts.next().expect("a picture has pixels");
        for (more, others) in parts {
            seen.iter_mut().zip(more).for_each(|(seen, more)| *seen |= more);
            for (cell, other) in cells.iter_mut().zip(others) {
                cell.count += other.count;
                cell.sums.iter_mut().zip(other.sums).for_each(|(sum, other)| *sum += other);
            }
        }
        let distinct = seen.iter().map(|word| word.count_ones() as usize).sum();
        if distinct <= MOST_DISTINCT {
            return Ok(Self::exactly(picture, space, &seen, distinct));
        }
        let mut points = Self::empty(space, distinct, false);
        for (place, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.count > 0) {
            let channel = |at: u32| {
                let base = ((place >> (at * BITS)) & ((1 << BITS) - 1)) << BELOW;
                base as f32 + cell.sums[2 - at as usize] as f32 / cell.count as f32
            };
            let mean = [channel(2), channel(1), channel(0)];
            let rgb = Space::Srgb.stored(mean);
            points.push(if space == Space::Srgb { mean } else { space.of(rgb) }, rgb, cell.count);
        }
        Ok(points)
    }

    /// The colours of a small picture, by sorting its pixels.
    fn of_few(picture: &Picture, space: Space) -> Self {
        let mut pixels = picture.pixels.clone();
        pixels.sort_unstable();
        let mut points = Self::empty(space, 0, true);
        for run in pixels.chunk_by(|a, b| a == b) {
            points.push(space.of(run[0]), run[0], run.len() as u32);
        }
        points.distinct = points.len();
        points
    }

    fn exactly(picture: &Picture, space: Space, seen: &[u64], distinct: usize) -> Self {
        let mut places = HashMap::with_capacity(distinct);
        let mut points = Self::empty(space, distinct, true);
        for (word, &bits) in seen.iter().enumerate() {
            for bit in (0..64).filter(|bit| bits >> bit & 1 == 1) {
                let code = word << 6 | bit;
                let rgb = [(code >> 16) as u8, (code >> 8) as u8, code as u8];
                places.insert(code, points.at.len());
                points.push(space.of(rgb), rgb, 0);
            }
        }
        let mut last = (usize::MAX, 0);
        for &pixel in &picture.pixels {
            let code = code_of(pixel);
            if code != last.0 {
                last = (code, places[&code]);
            }
            points.weight[last.1] += 1;
        }
        points
    }

    fn empty(space: Space, distinct: usize, exact: bool) -> Self {
        Self { space, at: Vec::new(), rgb: Vec::new(), weight: Vec::new(), exact, distinct }
    }

    fn push(&mut self, at: [f32; 3], rgb: Rgb, weight: u32) {
        self.at.push(at);
        self.rgb.push(rgb);
        self.weight.push(weight);
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;

    #[test]
    fn few_colours_are_kept_and_many_are_gathered() {
        let few = Picture::new(5, 1, vec![[9, 9, 9], [1, 2, 3], [9, 9, 9], [9, 9, 9], [1, 2, 3]]);
        let points = Points::of(&few, Space::Srgb, &Silent).unwrap();
        assert_eq!((points.rgb.as_slice(), points.weight.as_slice()), (&[[1, 2, 3], [9, 9, 9]][..], &[2, 3][..]));
        assert!(points.exact);
        // The same colours many times over are counted by another way.
        let over = few.pixels.iter().copied().cycle().take(5 << 14).collect();
        let counted = Points::of(&Picture::new(5 << 14, 1, over), Space::Srgb, &Silent).unwrap();
        assert_eq!((&counted.rgb, counted.weight[0], counted.exact), (&points.rgb, 2 << 14, true));
        let all = (0..1 << 18).map(|code: u32| [(code >> 12) as u8, (code >> 6) as u8, code as u8 & 0x3F]);
        let many = Picture::new(512, 512, all.map(|[r, g, b]| [r, g & 0x7F, b << 1]).collect());
        let points = Points::of(&many, Space::Srgb, &Silent).unwrap();
        assert!(!points.exact && points.distinct > MOST_DISTINCT);
        assert_eq!(points.weight.iter().map(|&count| count as usize).sum::<usize>(), 512 * 512);
        let sum = |at: usize| many.pixels.iter().map(|pixel| f64::from(pixel[at])).sum::<f64>();
        for axis in 0..3 {
            let gathered: f64 =
                points.at.iter().zip(&points.weight).map(|(at, &n)| f64::from(at[axis]) * f64::from(n)).sum();
            assert!((gathered - sum(axis)).abs() < 1.0, "means keep the sum of axis {axis}");
        }
    }
}
