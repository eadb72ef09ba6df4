//! int8 weights times int8 or uint8 inputs, int32 sums.

use super::blocked::{Kernel, Packed, Source, multiply};
use super::tile::{self, Tile, Version};
use super::windows::Windows;
use super::{COLS, plane};
use crate::engine::integer::{Geometry, IntegerError, Interval, Shape4};

/// Codes of the right operand.
#[derive(Clone, Copy, Debug)]
pub enum ByteInput<'a> {
    /// −128…127.
    Signed(&'a [i8]),
    /// 0…255.
    Unsigned(&'a [u8]),
}

impl<'a> ByteInput<'a> {
    /// The bytes and what turns them into 0…255: flipping the highest bit adds 128 to a signed code.
    fn biased(self) -> (&'a [u8], u8) {
        match self {
            Self::Signed(codes) => (bytemuck::cast_slice(codes), 0x80),
            Self::Unsigned(codes) => (codes, 0),
        }
    }

    /// Number of codes.
    pub fn len(self) -> usize {
        self.biased().0.len()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Smallest and largest code.
    fn range(self) -> (i64, i64) {
        match self {
            Self::Signed(_) => (-128, 127),
            Self::Unsigned(_) => (0, 255),
        }
    }
}

/// Weights \[rows × depth\], packed for products. For a convolution the depth is channels of a group × kernel height × kernel width, as
/// [`crate::engine::integer::Convolution`] unrolls them.
#[derive(Clone, Debug)]
pub struct Weights {
    packed: Packed<[i8; 4]>,
    depth: usize,
    taps: usize,
    codes: Vec<i8>,
    /// Sum of the negative and sum of the positive weights, row by row.
    sums: Vec<[i64; 2]>,
    version: Version,
}

struct Bytes;

impl Kernel for Bytes {
    type Left = [i8; 4];
    type Right = [u8; 4];
    type Sum = i32;

    fn tile(version: Version, left: &[[i8; 4]], right: &[[u8; 4]], tile: &mut Tile<i32>) {
        tile::bytes(version, left, right, tile);
    }

    fn add(sum: i32, more: i32) -> i32 {
        sum.wrapping_add(more)
    }
}

impl Weights {
    /// Packs the weights of a fully connected layer.
    ///
    /// # Errors
    /// A number of codes that is not rows · depth.
    pub fn new(rows: usize, depth: usize, codes: &[i8]) -> Result<Self, IntegerError> {
        Self::with_taps(rows, depth, 1, codes)
    }

    /// Packs the weights of a convolution whose kernel has `taps` cells.
    ///
    /// # Errors
    /// A number of codes that is not rows · depth; a depth that is no multiple of the taps.
    pub fn for_kernel(rows: usize, depth: usize, geometry: &Geometry, codes: &[i8]) -> Result<Self, IntegerError> {
        Self::with_taps(rows, depth, geometry.kernel[0] * geometry.kernel[1], codes)
    }

    fn with_taps(rows: usize, depth: usize, taps: usize, codes: &[i8]) -> Result<Self, IntegerError> {
        if rows.checked_mul(depth) != Some(codes.len()) || taps == 0 || !depth.is_multiple_of(taps) {
            return Err(IntegerError::Shape(format!(
                "{} weights are not {rows} × {depth}, or {depth} is no multiple of {taps} taps",
                codes.len()
            )));
        }
        // Four channels of one tap are a step; a tap's last step is filled up with zeros.
        let (channels, quads) = (depth / taps, (depth / taps).div_ceil(4));
        let quad = |row: usize, step: usize| {
            let (tap, first) = (step / quads, step % quads * 4);
            std::array::from_fn(|k| {
                let channel = first + k;
                if channel < channels { codes[row * depth + channel * taps + tap] } else { 0 }
            })
        };
        let packed = Packed::new(rows, taps * quads, quad);
        let signed_sums = |row: usize| {
            codes[row * depth..(row + 1) * depth].iter().fold([0, 0], |[negative, positive], &weight| {
                let weight = i64::from(weight);
                [negative + weight.min(0), positive + weight.max(0)]
            })
        };
        let sums = (0..rows).map(signed_sums).collect();
        Ok(Self { packed, depth, taps, codes: codes.to_vec(), sums, version: Version::best() })
    }

    /// start\[row\] + Σ w · x for every row and column; X is \[depth × cols\]. `start` holds q_bias, an empty one is zero.
    ///
    /// # Errors
    /// Shapes that do not match; a row whose sum could leave int32 for some input of this type.
    pub fn multiply(&self, input: ByteInput<'_>, cols: usize, start: &[i32]) -> Result<Vec<i32>, IntegerError> {
        if self.depth.checked_mul(cols) != Some(input.len()) || self.taps != 1 {
            return Err(IntegerError::Shape(format!(
                "W is {} × {}, X has {} codes in {cols} columns; expected {} × {cols}",
                self.packed.rows(),
                self.depth,
                input.len(),
                self.depth
            )));
        }
        let (bytes, flip) = input.biased();
        let mut out = self.started(input, start, cols)?;
        let source = Columns { bytes, flip, rows: self.depth, cols };
        multiply::<Bytes, _>(self.version, &self.packed, &source, cols, &mut out);
        Ok(out)
    }

    /// The convolution of images \[images, channels, height, width\]: \[images, rows, height, width\] of start\[row\] + Σ w · x. Cells of the
    /// border hold `pad`, which is Z_X.
    ///
    /// # Errors
    /// Shapes that do not match; a pad beyond the input's type; a row whose sum could leave int32 for some input of this type.
    pub fn convolve(
        &self,
        input: ByteInput<'_>,
        shape: Shape4,
        geometry: &Geometry,
        pad: i32,
        start: &[i32],
    ) -> Result<Vec<i32>, IntegerError> {
        let [images, channels, height, width] = shape;
        let rows = self.packed.rows();
        let output = geometry.check(shape, rows, self.depth)?;
        if input.len() != shape.iter().product::<usize>() || self.taps != geometry.kernel[0] * geometry.kernel[1] {
            return Err(IntegerError::Shape(format!("the input has {} codes; its shape is {shape:?}", input.len())));
        }
        let (low, high) = input.range();
        if !(low..=high).contains(&i64::from(pad)) {
            return Err(IntegerError::Scale(format!("the border's code {pad} is not within {low} to {high}")));
        }
        let (bytes, flip) = input.biased();
        let plane = output[0] * output[1];
        if rows / geometry.groups < plane::FEW_ROWS {
            let mut out = self.checked(input, start, plane, images)?;
            let code = |byte: u8| i32::from(byte ^ flip) + low as i32;
            let whole: Vec<i32> = bytes.iter().map(|&byte| code(byte)).collect();
            plane::convolve(&self.codes, self.depth, &whole, shape, geometry, output, pad, &mut out);
            return Ok(out);
        }
        let pad = (pad - low as i32) as u8;
        let per_group = channels / geometry.groups;
        let quads = per_group.div_ceil(4);
        let image = interleaved(bytes, flip, images * geometry.groups, per_group, height * width, pad);
        let mut out = Vec::with_capacity(images * rows * plane);
        for image_number in 0..images {
            for group in 0..geometry.groups {
                let source = Windows {
                    image: &image[image_number * geometry.groups * quads * height * width..],
                    channels: geometry.groups * quads,
                    group: group * quads..(group + 1) * quads,
                    size: [height, width],
                    output,
                    geometry: *geometry,
                    pad: [pad; 4],
                };
                let of_group = group * (rows / geometry.groups)..(group + 1) * (rows / geometry.groups);
                let part = if geometry.groups == 1 { None } else { Some(self.part(of_group.clone())?) };
                let weights = part.as_ref().unwrap_or(self);
                let start = if start.is_empty() { start } else { start.get(of_group).unwrap_or(start) };
                let mut sums = weights.started(input, start, plane)?;
                multiply::<Bytes, _>(self.version, &weights.packed, &source, plane, &mut sums);
                out.append(&mut sums);
            }
        }
        Ok(out)
    }

    /// Some of the rows.
    fn part(&self, rows: std::ops::Range<usize>) -> Result<Self, IntegerError> {
        let codes = &self.codes[rows.start * self.depth..rows.end * self.depth];
        Self::with_taps(rows.len(), self.depth, self.taps, codes)
    }

    /// The sums' first values for codes that are biased to 0…255: start − 128 Σ w for signed input.
    fn started(&self, input: ByteInput<'_>, start: &[i32], cols: usize) -> Result<Vec<i32>, IntegerError> {
        let mut out = self.checked(input, start, cols, 1)?;
        let low = input.range().0;
        for (out, [negative, positive]) in out.chunks_mut(cols.max(1)).zip(&self.sums) {
            // Wraps at most on the way: the finished sums fit.
            let bias = (low * (negative + positive)) as i32;
            out.iter_mut().for_each(|sum| *sum = sum.wrapping_add(bias));
        }
        Ok(out)
    }

    /// `start` in every column of `images` images, after checking that no sum can leave int32.
    fn checked(
        &self,
        input: ByteInput<'_>,
        start: &[i32],
        cols: usize,
        images: usize,
    ) -> Result<Vec<i32>, IntegerError> {
        let rows = self.packed.rows();
        if !start.is_empty() && start.len() != rows {
            return Err(IntegerError::Shape(format!("{} first sums for {rows} rows", start.len())));
        }
        let (low, high) = input.range();
        let mut out = Vec::with_capacity(images * rows * cols);
        for (row, &[negative, positive]) in self.sums.iter().enumerate() {
            let first = start.get(row).copied().unwrap_or(0);
            // Each product is largest where the input is at one end, smallest where it is at the other.
            let at = |sum: i64| i128::from(i64::from(first) + sum);
            let reach =
                Interval { low: at(positive * low + negative * high), high: at(positive * high + negative * low) };
            if !reach.fits_i32() {
                let sum = if reach.high > i128::from(i32::MAX) { reach.high } else { reach.low };
                return Err(IntegerError::Overflow { row, col: 0, sum: sum as i64 });
            }
            out.extend(std::iter::repeat_n(first, cols));
        }
        for _ in 1..images {
            out.extend_from_within(..rows * cols);
        }
        Ok(out)
    }
}

/// A matrix of bytes, four rows of which are one step.
struct Columns<'a> {
    bytes: &'a [u8],
    flip: u8,
    rows: usize,
    cols: usize,
}

impl Source<[u8; 4]> for Columns<'_> {
    type Panel = (usize, usize);

    fn panel(&self, first: usize, count: usize) -> (usize, usize) {
        (first, count)
    }

    fn fill(&self, &(first, count): &(usize, usize), step: usize, out: &mut [[u8; 4]; COLS]) {
        let mut rows = [[self.flip; COLS]; 4];
        for (k, row) in rows.iter_mut().enumerate().take(self.rows - 4 * step) {
            let start = (4 * step + k) * self.cols + first;
            row[..count].copy_from_slice(&self.bytes[start..start + count]);
        }
        quads(&rows, self.flip, out);
    }
}

/// Four rows column by column, with their bits flipped.
fn quads<const N: usize>(rows: &[[u8; N]; 4], flip: u8, out: &mut [[u8; 4]; N]) {
    for (col, out) in out.iter_mut().enumerate() {
        *out = std::array::from_fn(|row| rows[row][col] ^ flip);
    }
}

/// Channels four by four, each four a plane of quads; missing channels hold the pad, whose weight is zero.
fn interleaved(bytes: &[u8], flip: u8, groups: usize, channels: usize, plane: usize, pad: u8) -> Vec<[u8; 4]> {
    const CHUNK: usize = 64;
    let mut out = Vec::with_capacity(groups * channels.div_ceil(4) * plane);
    let mut chunk = [[0; 4]; CHUNK];
    for group in 0..groups {
        for first in (0..channels).step_by(4) {
            for start in (0..plane).step_by(CHUNK) {
                let count = (plane - start).min(CHUNK);
                let mut rows = [[pad ^ flip; CHUNK]; 4];
                for (k, row) in rows.iter_mut().enumerate().take(channels - first) {
                    let start = (group * channels + first + k) * plane + start;
                    row[..count].copy_from_slice(&bytes[start..start + count]);
                }
                quads(&rows, flip, &mut chunk);
                out.extend_from_slice(&chunk[..count]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    fn bytes(rng: &mut Rng, count: usize) -> Vec<i8> {
        (0..count).map(|_| rng.bits() as i8).collect()
    }

    #[test]
    fn products_of_every_shape_and_version_are_the_plain_sums() {
        let mut rng = Rng::new(3);
        for (rows, depth, cols) in
            [(1, 1, 1), (3, 5, 7), (8, 4, 48), (9, 130, 100), (20, 700, 50), (5, 3, 800), (0, 3, 4), (4, 0, 3)]
        {
            let (w, x) = (bytes(&mut rng, rows * depth), bytes(&mut rng, depth * cols));
            let start: Vec<i32> = (0..rows).map(|row| row as i32 * 1000 - 500).collect();
            let unsigned: Vec<u8> = x.iter().map(|&code| code as u8).collect();
            let plain = |code: &dyn Fn(usize) -> i32| -> Vec<i32> {
                (0..rows * cols)
                    .map(|at| {
                        let (row, col) = (at / cols, at % cols);
                        start[row]
                            + (0..depth).map(|k| i32::from(w[row * depth + k]) * code(k * cols + col)).sum::<i32>()
                    })
                    .collect()
            };
            for version in Version::available() {
                let mut weights = Weights::new(rows, depth, &w).unwrap();
                weights.version = version;
                let signed = weights.multiply(ByteInput::Signed(&x), cols, &start).unwrap();
                assert_eq!(signed, plain(&|at| i32::from(x[at])), "{version:?} {rows} × {depth} × {cols}");
                let result = weights.multiply(ByteInput::Unsigned(&unsigned), cols, &start).unwrap();
                assert_eq!(result, plain(&|at| i32::from(unsigned[at])), "{version:?} {rows} × {depth} × {cols}");
            }
        }
    }

    #[test]
    fn sums_that_could_leave_int32_are_refused() {
        let weights = Weights::new(1, 70_000, &vec![-128; 70_000]).unwrap();
        let refused = weights.multiply(ByteInput::Unsigned(&vec![0; 70_000]), 1, &[]).unwrap_err();
        assert_eq!(refused, IntegerError::Overflow { row: 0, col: 0, sum: -128 * 255 * 70_000 });
        let fits = Weights::new(1, 2, &[127, -128]).unwrap();
        assert!(fits.multiply(ByteInput::Signed(&[1, 1]), 1, &[i32::MAX]).is_err());
        assert_eq!(fits.multiply(ByteInput::Signed(&[1, 1]), 1, &[5]).unwrap(), [4]);
        assert!(fits.multiply(ByteInput::Signed(&[1, 1, 1]), 1, &[]).is_err());
        assert!(Weights::new(2, 2, &[0; 3]).is_err());
    }
}
