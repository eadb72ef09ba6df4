//! The nearest palette colour: exact, and quick because most colours have few candidates.

use rayon::prelude::*;

use super::space::squared;
use super::{Picture, Rgb, Space};
use crate::engine::simd::multiversion;
use crate::engine::{Cancelled, Progress};

/// Points that are compared at a time.
const LANES: usize = 8;

/// Bits a channel of a cell with one list of candidates.
const BITS: u32 = 5;
const BELOW: u32 = 8 - BITS;
const CELLS: usize = 1 << (3 * BITS);

/// Points in a space, to be searched for the nearest.
#[derive(Clone, Debug, Default)]
pub(super) struct Sites {
    at: Vec<[f32; 3]>,
    /// Coordinates axis by axis, filled up to whole lanes with what is nearest to nothing.
    lanes: [Vec<f32>; 3],
}

/// The nearest point and how far the two nearest are, squared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearest {
    pub index: u32,
    pub first: f32,
    pub second: f32,
}

impl Sites {
    pub fn new(at: Vec<[f32; 3]>) -> Self {
        let length = at.len().next_multiple_of(LANES);
        let lanes = std::array::from_fn(|axis| {
            let mut lane: Vec<f32> = at.iter().map(|at| at[axis]).collect();
            lane.resize(length, 1e18);
            lane
        });
        Self { at, lanes }
    }

    pub fn at(&self) -> &[[f32; 3]] {
        &self.at
    }

    /// Of equally near ones the first.
    pub fn nearest(&self, to: [f32; 3]) -> Nearest {
        search(&self.lanes[0], &self.lanes[1], &self.lanes[2], to)
    }

    /// The distance of each point to its nearest other one, not squared; infinite for a single point.
    pub fn gaps(&self) -> Vec<f32> {
        let gap = |&at: &[f32; 3]| {
            let found = self.nearest(at);
            if self.at.len() > 1 { found.second.sqrt() } else { f32::INFINITY }
        };
        self.at.par_iter().map(gap).collect()
    }
}

multiversion! {
    fn search(xs: &[f32], ys: &[f32], zs: &[f32], to: [f32; 3]) -> Nearest {
        let mut first = [f32::INFINITY; LANES];
        let mut second = [f32::INFINITY; LANES];
        let mut index = [0_u32; LANES];
        let chunks = xs.as_chunks::<LANES>().0.iter().zip(ys.as_chunks::<LANES>().0).zip(zs.as_chunks::<LANES>().0);
        for (step, ((x, y), z)) in chunks.enumerate() {
            for lane in 0..LANES {
                let (dx, dy, dz) = (x[lane] - to[0], y[lane] - to[1], z[lane] - to[2]);
                let far = dx * dx + dy * dy + dz * dz;
                let closer = far < first[lane];
                let other = if closer { first[lane] } else { far };
                second[lane] = if other < second[lane] { other } else { second[lane] };
                first[lane] = if closer { far } else { first[lane] };
                index[lane] = if closer { step as u32 } else { index[lane] };
            }
        }
        let mut best = Nearest { index: index[0] * LANES as u32, first: first[0], second: second[0] };
        for lane in 1..LANES {
            let at = index[lane] * LANES as u32 + lane as u32;
            if first[lane] < best.first || (first[lane] == best.first && at < best.index) {
                best = Nearest { index: at, first: first[lane], second: best.first.min(second[lane]) };
            } else {
                best.second = best.second.min(first[lane]);
            }
        }
        best
    }
}

/// A palette with, for every cell of 8 × 8 × 8 stored colours that occurs, the entries that may be nearest to one of them.
pub(super) struct Mapper {
    space: Space,
    sites: Sites,
    /// Start of each cell's candidates; those of the next cell start at its end.
    starts: Vec<u32>,
    candidates: Vec<u16>,
}

#[inline]
fn cell_of([r, g, b]: Rgb) -> usize {
    let [r, g, b] = [r, g, b].map(|value| usize::from(value >> BELOW));
    (r << (2 * BITS)) | (g << BITS) | b
}

/// The cells in which some of these colours lie.
pub(super) fn occupied(colours: &[Rgb]) -> Vec<bool> {
    let mut cells = vec![false; CELLS];
    colours.iter().for_each(|&colour| cells[cell_of(colour)] = true);
    cells
}

impl Mapper {
    /// For colours of the `occupied` cells.
    pub fn new(space: Space, at: Vec<[f32; 3]>, occupied: &[bool]) -> Self {
        let lists: Vec<Vec<u16>> = occupied
            .par_iter()
            .enumerate()
            .with_min_len(256)
            .map(|(cell, occupied)| if *occupied { candidates(space, cell, &at) } else { Vec::new() })
            .collect();
        let mut starts = Vec::with_capacity(CELLS + 1);
        let mut all = Vec::new();
        starts.push(0);
        for list in lists {
            all.extend(list);
            starts.push(all.len() as u32);
        }
        Self { space, sites: Sites::new(at), starts, candidates: all }
    }

    /// The nearest palette entry of a colour, of equally near ones the first.
    #[inline]
    pub fn index(&self, colour: Rgb) -> u16 {
        let cell = cell_of(colour);
        let list = &self.candidates[self.starts[cell] as usize..self.starts[cell + 1] as usize];
        if let &[only] = list {
            return only;
        }
        let at = self.space.of(colour);
        let mut best = (f32::INFINITY, 0);
        for &candidate in list {
            let far = squared(at, self.sites.at[usize::from(candidate)]);
            if far < best.0 {
                best = (far, candidate);
            }
        }
        best.1
    }

    /// The nearest palette entry of every pixel.
    pub fn map(&self, picture: &Picture, progress: &dyn Progress) -> Result<Vec<u16>, Cancelled> {
        let mut indices = vec![0; picture.pixels.len()];
        indices.par_chunks_mut(1 << 16).zip(picture.pixels.par_chunks(1 << 16)).try_for_each(|(indices, pixels)| {
            progress.check()?;
            let mut last = (pixels[0], self.index(pixels[0]));
            for (index, &pixel) in indices.iter_mut().zip(pixels) {
                if pixel != last.0 {
                    last = (pixel, self.index(pixel));
                }
                *index = last.1;
            }
            Ok(())
        })?;
        Ok(indices)
    }

    /// The means of the pixels that are nearest to each entry, in the space, and how many they are: one exact Lloyd step.
    pub fn means(&self, picture: &Picture, progress: &dyn Progress) -> Result<Vec<([f64; 3], u64)>, Cancelled> {
        let count = self.sites.at.len();
        let part = picture.pixels.len().div_ceil(4 * rayon::current_num_threads()).max(1 << 16);
        let sums = picture
            .pixels
            .par_chunks(part)
            .map(|pixels| {
                progress.check()?;
                let mut sums = vec![([0.0_f64; 3], 0_u64); count];
                let mut stored = vec![([0_u64; 3], 0_u64); if self.space == Space::Srgb { count } else { 0 }];
                let mut last = (pixels[0], self.index(pixels[0]));
                for &pixel in pixels {
                    if pixel != last.0 {
                        last = (pixel, self.index(pixel));
                    }
                    // Whole numbers add up faster, and without rounding.
                    if self.space == Space::Srgb {
                        let (sum, count) = &mut stored[usize::from(last.1)];
                        *count += 1;
                        sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u64::from(value));
                    } else {
                        let (sum, count) = &mut sums[usize::from(last.1)];
                        *count += 1;
                        sum.iter_mut().zip(self.space.of(pixel)).for_each(|(sum, value)| *sum += f64::from(value));
                    }
                }
                for (sum, (stored, count)) in sums.iter_mut().zip(stored) {
                    *sum = (stored.map(|sum| sum as f64), count);
                }
                Ok(sums)
            })
            .try_reduce_with(|mut left, right| {
                for ((sum, count), (other, more)) in left.iter_mut().zip(right) {
                    sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
                    *count += more;
                }
                Ok(left)
            });
        let sums = sums.unwrap_or_else(|| Ok(Vec::new()))?;
        Ok(sums.into_iter().map(|(sum, count)| (sum.map(|sum| sum / count.max(1) as f64), count)).collect())
    }
}

/// The entries that may be nearest to a colour of that cell: those whose least distance to the cell's box is not above the least of all
/// largest distances.
fn candidates(space: Space, cell: usize, palette: &[[f32; 3]]) -> Vec<u16> {
    let low: Rgb = std::array::from_fn(|axis| ((cell >> ((2 - axis as u32) * BITS)) << BELOW) as u8);
    let high = low.map(|value| value | ((1 << BELOW) - 1));
    let bounds = space.bounds(low, high);
    let far = |site: &[f32; 3]| {
        let (mut least, mut most) = (0.0, 0.0);
        for (value, [low, high]) in site.iter().zip(bounds) {
            let outside = (low - value).max(value - high).max(0.0);
            let corner = (value - low).abs().max((high - value).abs());
            least += outside * outside;
            most += corner * corner;
        }
        (least, most)
    };
    let limit = palette.iter().map(|site| far(site).1).fold(f32::INFINITY, f32::min) * (1.0 + 1e-6);
    (0..palette.len()).filter(|&index| far(&palette[index]).0 <= limit).map(|index| index as u16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::rng::Rng;

    #[test]
    fn candidates_never_miss_the_nearest() {
        let mut rng = Rng::new(5);
        let mut colour = || [rng.below(256) as u8, rng.below(256) as u8, rng.below(256) as u8];
        for (space, count) in Space::ALL.into_iter().flat_map(|(space, _)| [(space, 3), (space, 37), (space, 256)]) {
            let palette: Vec<[f32; 3]> = (0..count).map(|_| space.of(colour())).collect();
            let pixels: Vec<Rgb> = (0..3000).map(|_| colour()).collect();
            let picture = Picture::new(3000, 1, pixels);
            let mapper = Mapper::new(space, palette.clone(), &occupied(&picture.pixels));
            let found = mapper.map(&picture, &Silent).unwrap();
            let sites = Sites::new(palette.clone());
            for (&pixel, index) in picture.pixels.iter().zip(found) {
                let at = space.of(pixel);
                let mut plain = (f32::INFINITY, 0);
                for (place, &site) in palette.iter().enumerate() {
                    let far = squared(site, at);
                    if far < plain.0 {
                        plain = (far, place);
                    }
                }
                assert_eq!(usize::from(index), plain.1, "{space:?} {count}");
                assert_eq!(sites.nearest(at).index as usize, plain.1);
            }
        }
    }
}
