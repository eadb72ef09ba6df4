//! int8 weights times int8 or uint8 inputs, int32 sums.

use super::COLS;
use super::blocked::{Kernel, Packed, Source, multiply};
use super::plane::{self, Direct};
use super::tile::{self, Tile, Version};
use super::windows::Windows;
use crate::engine::integer::{Geometry, IntegerError, Shape4};

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
    /// Group by group.
    packed: Vec<Packed<[i8; 4]>>,
    /// The weights as numbers, where a convolution goes plane by plane instead.
    plain: Option<Vec<i32>>,
    rows: usize,
    depth: usize,
    taps: usize,
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
        Self::pack(rows, depth, 1, 1, codes)
    }

    /// Packs the weights of a convolution.
    ///
    /// # Errors
    /// A number of codes that is not rows · depth; rows that do not divide into the groups, a depth that is no multiple of the taps.
    pub fn for_kernel(rows: usize, depth: usize, geometry: &Geometry, codes: &[i8]) -> Result<Self, IntegerError> {
        Self::pack(rows, depth, geometry.kernel[0] * geometry.kernel[1], geometry.groups, codes)
    }

    fn pack(rows: usize, depth: usize, taps: usize, groups: usize, codes: &[i8]) -> Result<Self, IntegerError> {
        let divides = taps > 0 && groups > 0 && depth.is_multiple_of(taps) && rows.is_multiple_of(groups);
        if rows.checked_mul(depth) != Some(codes.len()) || !divides {
            return Err(IntegerError::Shape(format!(
                "{} weights are not {rows} rows of {depth} in {groups} groups, with {taps} taps",
                codes.len()
            )));
        }
        // Four channels of one tap are a step; a tap's last step is filled up with zeros.
        let (channels, quads, part) = (depth / taps, (depth / taps).div_ceil(4), rows / groups);
        let pack = |group: usize| {
            Packed::new(part, taps * quads, |row, step| {
                let (tap, first) = (step / quads, step % quads * 4);
                std::array::from_fn(|k| {
                    let channel = first + k;
                    let row = (group * part + row) * depth;
                    if channel < channels { codes[row + channel * taps + tap] } else { 0 }
                })
            })
        };
        let signed_sums = |row: usize| {
            codes[row * depth..(row + 1) * depth].iter().fold([0, 0], |[negative, positive], &weight| {
                let weight = i64::from(weight);
                [negative + weight.min(0), positive + weight.max(0)]
            })
        };
        let few = part < plane::FEW_ROWS && groups > 1;
        Ok(Self {
            packed: (0..groups).map(pack).collect(),
            plain: few.then(|| codes.iter().map(|&code| i32::from(code)).collect()),
            rows,
            depth,
            taps,
            sums: (0..rows).map(signed_sums).collect(),
            version: Version::best(),
        })
    }

    /// Whether no sum leaves int32, whatever the codes of an input of that type; `start` as for [`Self::multiply`].
    ///
    /// # Errors
    /// The first row whose sum could, or another number of first sums than rows.
    pub fn check_sums(&self, signed: bool, start: &[i32]) -> Result<(), IntegerError> {
        let input = if signed { ByteInput::Signed(&[]) } else { ByteInput::Unsigned(&[]) };
        self.first_sums(input, start, false).map(drop)
    }

    /// start\[row\] + Σ w · x for every row and column; X is \[depth × cols\]. `start` holds q_bias, an empty one is zero.
    ///
    /// # Errors
    /// Shapes that do not match; a row whose sum could leave int32 for some input of this type.
    pub fn multiply(&self, input: ByteInput<'_>, cols: usize, start: &[i32]) -> Result<Vec<i32>, IntegerError> {
        if self.depth.checked_mul(cols) != Some(input.len()) || self.taps != 1 || self.packed.len() != 1 {
            return Err(IntegerError::Shape(format!(
                "W is {} × {}, X has {} codes in {cols} columns; expected {} × {cols}",
                self.rows,
                self.depth,
                input.len(),
                self.depth
            )));
        }
        let (bytes, flip) = input.biased();
        let mut out = repeated(&self.first_sums(input, start, true)?, cols, 1);
        let source = Columns { bytes, flip, rows: self.depth, cols };
        multiply::<Bytes, _>(self.version, &self.packed[0], &source, cols, &mut out);
        Ok(out)
    }

    /// The convolution of images \[images, channels, height, width\]: \[images, rows, height, width\] of start\[row\] + Σ w · x. Cells of the
    /// border hold `pad`, which is Z_X.
    ///
    /// # Errors
    /// Shapes that do not match, or weights that were packed for another kernel; a pad beyond the input's type; a row whose sum could
    /// leave int32 for some input of this type.
    pub fn convolve(
        &self,
        input: ByteInput<'_>,
        shape: Shape4,
        geometry: &Geometry,
        pad: i32,
        start: &[i32],
    ) -> Result<Vec<i32>, IntegerError> {
        let [images, channels, height, width] = shape;
        let output = geometry.check(shape, self.rows, self.depth)?;
        let fits = self.taps == geometry.kernel[0] * geometry.kernel[1] && self.packed.len() == geometry.groups;
        if input.len() != shape.iter().product::<usize>() || !fits {
            return Err(IntegerError::Shape(format!("the input has {} codes; its shape is {shape:?}", input.len())));
        }
        let (low, high) = input.range();
        if !(low..=high).contains(&i64::from(pad)) {
            return Err(IntegerError::Scale(format!("the border's code {pad} is not within {low} to {high}")));
        }
        let (bytes, flip) = input.biased();
        let (low, plane) = (low as i32, output[0] * output[1]);
        if let Some(weights) = &self.plain {
            let mut out = repeated(&self.first_sums(input, start, false)?, plane, images);
            let direct = Direct { weights, depth: self.depth, shape, geometry, output, pad };
            direct.convolve(bytes, |byte| i32::from(byte ^ flip) + low, &mut out);
            return Ok(out);
        }
        let mut out = repeated(&self.first_sums(input, start, true)?, plane, images);
        let pad = (pad - low) as u8;
        let per_group = channels / geometry.groups;
        let image = interleaved(bytes, flip, images * geometry.groups, per_group, height * width, pad);
        let (part, group) = (self.rows / geometry.groups * plane, per_group.div_ceil(4) * height * width);
        if part * group > 0 {
            for ((out, planes), packed) in out.chunks_mut(part).zip(image.chunks(group)).zip(self.packed.iter().cycle())
            {
                let (size, geometry, pad) = ([height, width], *geometry, [pad; 4]);
                let source = Windows { planes, size, output_width: output[1], geometry, pad };
                multiply::<Bytes, _>(self.version, packed, &source, plane, out);
            }
        }
        Ok(out)
    }

    /// Every row's first sum, after checking that no sum can leave int32: `start`, and where codes are biased to 0…255 what takes the
    /// bias back, −128 Σ w for signed input.
    fn first_sums(&self, input: ByteInput<'_>, start: &[i32], biased: bool) -> Result<Vec<i32>, IntegerError> {
        if !start.is_empty() && start.len() != self.rows {
            return Err(IntegerError::Shape(format!("{} first sums for {} rows", start.len(), self.rows)));
        }
        let (low, high) = input.range();
        let first = |(row, &[negative, positive]): (usize, &[i64; 2])| {
            let first = i64::from(start.get(row).copied().unwrap_or(0));
            // Each product is largest where the input is at one end, smallest where it is at the other.
            let ends = [first + positive * low + negative * high, first + positive * high + negative * low];
            if let Some(&sum) = ends.iter().find(|&&sum| i32::try_from(sum).is_err()) {
                return Err(IntegerError::Overflow { row, col: 0, sum });
            }
            let bias = if biased { low * (negative + positive) } else { 0 };
            // It may wrap on the way: the finished sums fit.
            Ok((first + bias) as i32)
        };
        self.sums.iter().enumerate().map(first).collect()
    }
}

/// Every row's value in all its columns, for all images.
fn repeated(rows: &[i32], cols: usize, images: usize) -> Vec<i32> {
    let mut out = Vec::with_capacity(images * rows.len() * cols);
    for _ in 0..images {
        rows.iter().for_each(|&row| out.extend(std::iter::repeat_n(row, cols)));
    }
    out
}

/// A matrix of bytes, four rows of which are one step.
struct Columns<'a> {
    bytes: &'a [u8],
    flip: u8,
    rows: usize,
    cols: usize,
}

impl Source<[u8; 4]> for Columns<'_> {
    fn pack(&self, first: usize, count: usize, steps: std::ops::Range<usize>, out: &mut [[[u8; 4]; COLS]]) {
        let mut rows = [[self.flip; COLS]; 4];
        for (step, out) in steps.zip(out) {
            for (k, row) in rows.iter_mut().enumerate() {
                if 4 * step + k < self.rows {
                    let start = (4 * step + k) * self.cols + first;
                    row[..count].copy_from_slice(&self.bytes[start..start + count]);
                } else {
                    row.fill(self.flip);
                }
            }
            quads(&rows, self.flip, out);
        }
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
