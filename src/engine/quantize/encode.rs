//! From weights to codes: the kernels that every fitted quantizer ends in.

use super::cast::CastEncoder;
use crate::engine::number::CodeWord;
use crate::engine::simd::multiversion;

/// Codes of either width.
pub trait Code: CodeWord + Default + Send + Sync + 'static {
    /// A code from an index below 65,536.
    fn of(index: u32) -> Self;
    /// The code as an index.
    fn index(self) -> usize;
}

impl Code for u8 {
    fn of(index: u32) -> Self {
        index as Self
    }

    fn index(self) -> usize {
        usize::from(self)
    }
}

impl Code for u16 {
    fn of(index: u32) -> Self {
        index as Self
    }

    fn index(self) -> usize {
        usize::from(self)
    }
}

/// How a group's weights become codes.
#[derive(Clone, Debug)]
pub enum Encoder {
    /// To the nearest of sorted levels.
    Nearest(Nearest),
    /// By division and rounding.
    Affine(Affine),
    /// By rounding to a number format.
    Cast(CastEncoder),
}

/// Sorted levels with the boundaries between them; a weight on a boundary goes to the lower level.
#[derive(Clone, Debug)]
pub struct Nearest {
    boundaries: Vec<f32>,
    /// The level nearest to zero: what NaN becomes.
    nan: u32,
    lookup: Option<Lookup>,
}

/// Cells of equal width with the number of boundaries before each; none holds more than one boundary.
#[derive(Clone, Debug)]
struct Lookup {
    low: f32,
    scale: f32,
    before: Vec<u16>,
}

/// Cells of a lookup: its table should stay in the first-level cache.
const CELLS: usize = 1 << 13;

/// Up to this many boundaries are compared one by one, eight weights at a time.
const COMPARED: usize = 15;

/// Rounding to a multiple of the scale, in float32 as ONNX does: round-half-even(x / S) + Z, clamped.
#[derive(Clone, Copy, Debug)]
pub struct Affine {
    /// S.
    pub scale: f32,
    /// Z.
    pub zero_point: i32,
    /// Smallest q.
    pub code_min: i32,
    /// Largest q.
    pub code_max: i32,
}

/// The largest float32 not above the middle of two levels: a weight is nearer to the lower level, or as near, where it is not above.
pub fn boundary(low: f32, high: f32) -> f32 {
    let middle = f64::midpoint(f64::from(low), f64::from(high));
    let rounded = middle as f32;
    if f64::from(rounded) > middle { rounded.next_down() } else { rounded }
}

impl Nearest {
    /// The encoder of strictly ascending levels.
    pub fn new(levels: &[f32]) -> Self {
        let boundaries = levels.windows(2).map(|pair| boundary(pair[0], pair[1])).collect();
        let by_magnitude = |left: &&f32, right: &&f32| left.abs().total_cmp(&right.abs());
        let nearest = levels.iter().min_by(by_magnitude);
        let nan = nearest.and_then(|level| levels.iter().position(|other| other == level)).unwrap_or(0);
        Self::with_boundaries(boundaries, nan as u32)
    }

    /// The encoder of levels with given boundaries: a weight goes to the level whose number is the number of boundaries below it.
    pub fn with_boundaries(boundaries: Vec<f32>, nan: u32) -> Self {
        let lookup = if boundaries.len() > COMPARED { Lookup::new(&boundaries) } else { None };
        Self { boundaries, nan, lookup }
    }

    /// Boundaries, ascending.
    pub fn boundaries(&self) -> &[f32] {
        &self.boundaries
    }

    /// The level of one weight.
    pub fn level(&self, value: f32) -> u32 {
        if value.is_nan() { self.nan } else { self.boundaries.partition_point(|&boundary| boundary < value) as u32 }
    }

    fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        match &self.lookup {
            Some(lookup) => lookup.encode(&self.boundaries, values, codes),
            None if self.boundaries.len() <= COMPARED => {
                let mut narrow = [0_u8; 4096];
                for (values, codes) in values.chunks(4096).zip(codes.chunks_mut(4096)) {
                    compare(values, &self.boundaries, &mut narrow);
                    for (code, &level) in codes.iter_mut().zip(&narrow) {
                        *code = C::of(u32::from(level));
                    }
                }
            }
            None => {
                for (code, &value) in codes.iter_mut().zip(values) {
                    *code = C::of(self.level(value));
                }
            }
        }
        if self.nan != 0 && has_nan(values) {
            for (code, _) in codes.iter_mut().zip(values).filter(|(_, value)| value.is_nan()) {
                *code = C::of(self.nan);
            }
        }
    }
}

multiversion! {
    /// Counts, for each weight, the boundaries below it.
    fn compare(values: &[f32], boundaries: &[f32], levels: &mut [u8]) {
        const LANES: usize = 32;
        let (blocks, rest) = values.as_chunks::<LANES>();
        let (out, out_rest) = levels.as_chunks_mut::<LANES>();
        for (block, out) in blocks.iter().zip(out.iter_mut()) {
            let mut counts = [0_i32; LANES];
            for &boundary in boundaries {
                for index in 0..LANES {
                    counts[index] += i32::from(block[index] > boundary);
                }
            }
            for index in 0..LANES {
                out[index] = counts[index] as u8;
            }
        }
        let tail = if blocks.len() < out.len() { &mut out[blocks.len()][..] } else { out_rest };
        for (level, &value) in tail.iter_mut().zip(rest) {
            *level = boundaries.iter().filter(|&&boundary| value > boundary).count() as u8;
        }
    }
}

multiversion! {
    fn has_nan(values: &[f32]) -> bool {
        values.chunks(1024).any(|block| block.iter().fold(false, |any, value| any | value.is_nan()))
    }
}

impl Lookup {
    /// The table, or `None` where two boundaries share a cell.
    fn new(boundaries: &[f32]) -> Option<Self> {
        let (&low, &high) = (boundaries.first()?, boundaries.last()?);
        let scale = (CELLS as f64 / (f64::from(high) - f64::from(low))) as f32;
        if !(scale.is_finite() && scale > 0.0) {
            return None;
        }
        let mut lookup = Self { low, scale, before: vec![0; CELLS + 2] };
        let mut last = None;
        for &boundary in boundaries {
            let cell = lookup.cell(boundary);
            if last.replace(cell) == Some(cell) {
                return None;
            }
            lookup.before[cell + 1] += 1;
        }
        for cell in 1..lookup.before.len() {
            lookup.before[cell] += lookup.before[cell - 1];
        }
        Some(lookup)
    }

    /// The cell of a weight. The same float32 operations for weights and boundaries, each of them monotone: a boundary in an
    /// earlier cell lies below the weight, one in a later cell above it.
    #[inline(always)]
    fn cell(&self, value: f32) -> usize {
        let place = (value - self.low) * self.scale;
        // NaN and everything below go to cell 0, everything above to the last.
        let place = if place > 0.0 { place } else { 0.0 };
        let place = if place < CELLS as f32 { place } else { CELLS as f32 };
        place as usize
    }

    fn encode<C: Code>(&self, boundaries: &[f32], values: &[f32], codes: &mut [C]) {
        const BLOCK: usize = 256;
        let mut cells = [0_u32; BLOCK];
        // One more entry, so that the level after the last boundary has something to be compared with.
        let mut ends = boundaries.to_vec();
        ends.push(f32::INFINITY);
        for (values, codes) in values.chunks(BLOCK).zip(codes.chunks_mut(BLOCK)) {
            self.cells(values, &mut cells);
            for ((code, &value), &cell) in codes.iter_mut().zip(values).zip(&cells) {
                let level = usize::from(self.before[cell as usize]);
                *code = C::of(level as u32 + u32::from(value > ends[level]));
            }
        }
    }

    fn cells(&self, values: &[f32], cells: &mut [u32]) {
        cells_of(values, self.low, self.scale, cells);
    }
}

multiversion! {
    /// [`Lookup::cell`] of many weights.
    fn cells_of(values: &[f32], low: f32, scale: f32, cells: &mut [u32]) {
        for (cell, &value) in cells.iter_mut().zip(values) {
            let place = (value - low) * scale;
            let place = if place > 0.0 { place } else { 0.0 };
            let place = if place < CELLS as f32 { place } else { CELLS as f32 };
            *cell = place as u32;
        }
    }
}

impl Affine {
    /// q of one weight.
    pub fn code(&self, value: f32) -> i32 {
        let low = (self.code_min - self.zero_point) as f32;
        let high = (self.code_max - self.zero_point) as f32;
        let rounded = (value / self.scale).round_ties_even();
        let rounded = if rounded < low { low } else { rounded };
        let rounded = if rounded > high { high } else { rounded };
        // NaN becomes 0 and so Z, the code of zero.
        rounded as i32 + self.zero_point
    }

    /// The reconstruction of many codes: scale · (q − Z) in float32.
    pub fn decode<C: Code>(&self, codes: &[C], values: &mut [f32]) {
        let shift = self.code_min - self.zero_point;
        for (value, code) in values.iter_mut().zip(codes) {
            *value = self.scale * (code.index() as i32 + shift) as f32;
        }
    }

    fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        let mut indices = [0_u32; 1024];
        for (values, codes) in values.chunks(1024).zip(codes.chunks_mut(1024)) {
            affine(values, *self, &mut indices);
            for (code, &index) in codes.iter_mut().zip(&indices) {
                *code = C::of(index);
            }
        }
    }
}

multiversion! {
    /// [`Affine::code`] − code_min of many weights.
    fn affine(values: &[f32], encoder: Affine, indices: &mut [u32]) {
        let low = (encoder.code_min - encoder.zero_point) as f32;
        let high = (encoder.code_max - encoder.zero_point) as f32;
        let shift = encoder.zero_point - encoder.code_min;
        for (index, &value) in indices.iter_mut().zip(values) {
            let rounded = (value / encoder.scale).round_ties_even();
            let rounded = if rounded < low { low } else { rounded };
            let rounded = if rounded > high { high } else { rounded };
            *index = (rounded as i32 + shift) as u32;
        }
    }
}

impl Encoder {
    /// Codes of a run of weights.
    pub fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        match self {
            Self::Nearest(nearest) => nearest.encode(values, codes),
            Self::Affine(affine) => affine.encode(values, codes),
            Self::Cast(cast) => cast.encode(values, codes),
        }
    }

    /// The code of one weight.
    pub fn code(&self, value: f32) -> u16 {
        match self {
            Self::Nearest(nearest) => nearest.level(value) as u16,
            Self::Affine(affine) => (affine.code(value) - affine.code_min) as u16,
            Self::Cast(cast) => cast.code(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    /// Weights on, beside and between the boundaries, and every special value.
    fn hard_values(boundaries: &[f32]) -> Vec<f32> {
        let mut rng = Rng::new(5);
        let mut values: Vec<f32> = (0..3000).map(|_| (rng.normal() * 2.0) as f32).collect();
        values.extend(boundaries.iter().flat_map(|b| [b.next_down(), *b, b.next_up()]));
        values.extend([
            0.0,
            -0.0,
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            f32::MIN,
            f32::MIN_POSITIVE,
            1e-45,
        ]);
        values
    }

    #[test]
    fn every_way_to_the_nearest_level_gives_the_same_code() {
        for levels in [1, 2, 3, 16, 17, 256, 1000] {
            let mut rng = Rng::new(levels);
            let mut sorted: Vec<f32> = (0..levels).map(|_| rng.normal() as f32).collect();
            sorted.sort_unstable_by(f32::total_cmp);
            sorted.dedup();
            let encoder = Nearest::new(&sorted);
            let values = hard_values(encoder.boundaries());
            let mut codes = vec![0_u16; values.len()];
            encoder.encode(&values, &mut codes);
            for (&value, &code) in values.iter().zip(&codes) {
                assert_eq!(u32::from(code), encoder.level(value), "{levels} levels, {value}");
                if value.is_finite() {
                    let error = |level: f32| (f64::from(value) - f64::from(level)).abs();
                    let least = sorted.iter().map(|&level| error(level)).fold(f64::INFINITY, f64::min);
                    assert_eq!(error(sorted[usize::from(code)]), least, "{value} is not on its nearest level");
                }
            }
        }
    }

    #[test]
    fn a_weight_in_the_middle_goes_down() {
        let encoder = Nearest::new(&[0.0, 1.0, 3.0]);
        assert_eq!([0.5, 0.500_001, 2.0, 2.1].map(|value| encoder.level(value)), [0, 1, 1, 2]);
    }

    #[test]
    fn affine_codes_are_the_scalar_rule() {
        for (scale, zero_point, code_min, code_max) in
            [(0.1, 0, -127, 127), (3.2 / 3.0, -1, -2, 1), (0.02, 17, 0, 255), (1e-4, 0, -32768, 32767)]
        {
            let encoder = Affine { scale, zero_point, code_min, code_max };
            let values = hard_values(
                &(code_min.max(-300)..code_max.min(300)).map(|q| (q as f32 + 0.5) * scale).collect::<Vec<_>>(),
            );
            let mut codes = vec![0_u16; values.len()];
            encoder.encode(&values, &mut codes);
            for (&value, &code) in values.iter().zip(&codes) {
                let expected = if value.is_nan() {
                    zero_point
                } else {
                    let q = f64::from((value / scale).round_ties_even()) + f64::from(zero_point);
                    q.clamp(f64::from(code_min), f64::from(code_max)) as i32
                };
                assert_eq!(i32::from(code) + code_min, expected, "{value} / {scale}");
                assert_eq!(encoder.code(value), expected);
            }
        }
    }
}
