//! float32 products: what the integer ones are compared with, and what networks train and run with.

use super::COLS;
use super::blocked::{Kernel, Packed, Source, multiply};
use super::plane::{self, Direct};
use super::tile::{self, Tile, Version};
use super::windows::Windows;
use crate::engine::integer::{Geometry, IntegerError, Shape4};

/// Weights \[rows × depth\], packed for products.
#[derive(Clone, Debug)]
pub struct FloatWeights {
    /// Group by group.
    packed: Vec<Packed<f32>>,
    /// The weights as they came, where a convolution goes plane by plane instead.
    plain: Option<Vec<f32>>,
    rows: usize,
    depth: usize,
    taps: usize,
    version: Version,
}

struct Floats;

impl Kernel for Floats {
    type Left = f32;
    type Right = f32;
    type Sum = f32;

    fn tile(version: Version, left: &[f32], right: &[f32], tile: &mut Tile<f32>) {
        tile::floats(version, left, right, tile);
    }

    fn add(sum: f32, more: f32) -> f32 {
        sum + more
    }
}

impl FloatWeights {
    /// Packs the weights of a fully connected layer, row by row.
    ///
    /// # Errors
    /// A number of weights that is not rows · depth.
    pub fn new(rows: usize, depth: usize, weights: &[f32]) -> Result<Self, IntegerError> {
        Self::pack(rows, depth, 1, 1, weights)
    }

    /// Packs the transpose: `weights` is \[depth × rows\], as the backward pass of a layer needs it.
    ///
    /// # Errors
    /// A number of weights that is not rows · depth.
    pub fn transposed(rows: usize, depth: usize, weights: &[f32]) -> Result<Self, IntegerError> {
        check(rows, depth, weights.len())?;
        let packed = vec![Packed::new(rows, depth, |row, step| weights[step * rows + row])];
        Ok(Self { packed, plain: None, rows, depth, taps: 1, version: Version::best() })
    }

    /// Packs the weights of a convolution, unrolled as [`crate::engine::integer::Convolution`] has them.
    ///
    /// # Errors
    /// A number of weights that is not rows · depth; rows that do not divide into the groups, a depth that is no multiple of the taps.
    pub fn for_kernel(rows: usize, depth: usize, geometry: &Geometry, weights: &[f32]) -> Result<Self, IntegerError> {
        Self::pack(rows, depth, geometry.kernel[0] * geometry.kernel[1], geometry.groups, weights)
    }

    fn pack(rows: usize, depth: usize, taps: usize, groups: usize, weights: &[f32]) -> Result<Self, IntegerError> {
        check(rows, depth, weights.len())?;
        if taps == 0 || groups == 0 || !depth.is_multiple_of(taps) || !rows.is_multiple_of(groups) {
            return Err(IntegerError::Shape(format!(
                "{rows} rows of {depth} weights do not divide into {groups} groups and {taps} taps"
            )));
        }
        let (channels, part) = (depth / taps, rows / groups);
        let pack = |group: usize| {
            Packed::new(part, depth, |row, step| {
                weights[(group * part + row) * depth + step % channels * taps + step / channels]
            })
        };
        let plain = (part < plane::FEW_ROWS && groups > 1).then(|| weights.to_vec());
        Ok(Self { packed: (0..groups).map(pack).collect(), plain, rows, depth, taps, version: Version::best() })
    }

    /// start\[row\] + W·X for X \[depth × cols\]; an empty `start` is zero.
    ///
    /// # Errors
    /// Shapes that do not match.
    pub fn multiply(&self, input: &[f32], cols: usize, start: &[f32]) -> Result<Vec<f32>, IntegerError> {
        if self.depth.checked_mul(cols) != Some(input.len()) || self.taps != 1 || self.packed.len() != 1 {
            return Err(IntegerError::Shape(format!(
                "W is {} × {}, X has {} values in {cols} columns",
                self.rows,
                self.depth,
                input.len()
            )));
        }
        let mut out = self.started(start, cols)?;
        multiply::<Floats, _>(self.version, &self.packed[0], &Columns { values: input, cols }, cols, &mut out);
        Ok(out)
    }

    /// The convolution of images \[images, channels, height, width\]: \[images, rows, height, width\], a border of 0.
    ///
    /// # Errors
    /// Shapes that do not match, or weights that were packed for another kernel.
    pub fn convolve(
        &self,
        input: &[f32],
        shape: Shape4,
        geometry: &Geometry,
        start: &[f32],
    ) -> Result<Vec<f32>, IntegerError> {
        let [images, channels, height, width] = shape;
        let output = geometry.check(shape, self.rows, self.depth)?;
        let fits = self.taps == geometry.kernel[0] * geometry.kernel[1] && self.packed.len() == geometry.groups;
        if input.len() != shape.iter().product::<usize>() || !fits {
            return Err(IntegerError::Shape(format!("the input has {} values; its shape is {shape:?}", input.len())));
        }
        let mut out = Vec::with_capacity(images * self.rows * output[0] * output[1]);
        for _ in 0..images {
            out.append(&mut self.started(start, output[0] * output[1])?);
        }
        if let Some(weights) = &self.plain {
            let direct = Direct { weights, depth: self.depth, shape, geometry, output, pad: 0.0 };
            direct.convolve(input, |value| value, &mut out);
            return Ok(out);
        }
        let (part, group) =
            (self.rows / geometry.groups * output[0] * output[1], channels / geometry.groups * height * width);
        if part * group > 0 {
            for ((out, planes), packed) in out.chunks_mut(part).zip(input.chunks(group)).zip(self.packed.iter().cycle())
            {
                let source =
                    Windows { planes, size: [height, width], output_width: output[1], geometry: *geometry, pad: 0.0 };
                multiply::<Floats, _>(self.version, packed, &source, output[0] * output[1], out);
            }
        }
        Ok(out)
    }

    fn started(&self, start: &[f32], cols: usize) -> Result<Vec<f32>, IntegerError> {
        if !start.is_empty() && start.len() != self.rows {
            return Err(IntegerError::Shape(format!("{} first sums for {} rows", start.len(), self.rows)));
        }
        Ok((0..self.rows).flat_map(|row| std::iter::repeat_n(start.get(row).copied().unwrap_or(0.0), cols)).collect())
    }
}

fn check(rows: usize, depth: usize, count: usize) -> Result<(), IntegerError> {
    if rows.checked_mul(depth) == Some(count) {
        return Ok(());
    }
    Err(IntegerError::Shape(format!("{count} weights are not {rows} × {depth}")))
}

/// A matrix of floats.
struct Columns<'a> {
    values: &'a [f32],
    cols: usize,
}

impl Source<f32> for Columns<'_> {
    fn pack(&self, first: usize, count: usize, steps: std::ops::Range<usize>, out: &mut [[f32; COLS]]) {
        for (step, out) in steps.zip(out) {
            let start = step * self.cols + first;
            out[..count].copy_from_slice(&self.values[start..start + count]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::integer::{Matrix, float_convolution, float_product};
    use crate::engine::rng::Rng;

    fn close(found: &[f32], expected: &[f64], what: &str) {
        assert_eq!(found.len(), expected.len(), "{what}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-4 * (1.0 + expected.abs()), "{what}: {found} {expected}");
        }
    }

    #[test]
    fn products_are_those_in_double_precision_and_alike_in_every_version() {
        let mut rng = Rng::new(3);
        let mut draw = |count: usize| (0..count).map(|_| rng.normal() as f32).collect::<Vec<_>>();
        for (rows, depth, cols) in [(1, 1, 1), (3, 5, 7), (9, 130, 100), (20, 300, 50), (5, 3, 800), (4, 0, 3)] {
            let (w, x, start) = (draw(rows * depth), draw(depth * cols), draw(rows));
            let exact = float_product(
                &Matrix::new(rows, depth, w.clone()).unwrap(),
                &Matrix::new(depth, cols, x.clone()).unwrap(),
                &start,
            );
            let mut weights = FloatWeights::new(rows, depth, &w).unwrap();
            let best = weights.multiply(&x, cols, &start).unwrap();
            close(&best, exact.unwrap().values(), "product");
            let transposed = Matrix::new(rows, depth, w).unwrap().transposed();
            let again = FloatWeights::transposed(rows, depth, transposed.values()).unwrap();
            assert_eq!(again.multiply(&x, cols, &start).unwrap(), best);
            for version in Version::available() {
                weights.version = version;
                assert_eq!(weights.multiply(&x, cols, &start).unwrap(), best, "{version:?}");
            }
        }
    }

    #[test]
    fn convolutions_are_those_in_double_precision() {
        let mut rng = Rng::new(4);
        let mut draw = |count: usize| (0..count).map(|_| rng.normal() as f32).collect::<Vec<_>>();
        for (geometry, channels, outputs) in [
            (Geometry::square(3).padded(1), 5, 9),
            (Geometry { kernel: [2, 3], stride: [1, 2], padding: [0, 2, 1, 1], dilation: [2, 1], groups: 2 }, 6, 4),
            (Geometry { groups: 4, ..Geometry::square(3).padded(1) }, 4, 4),
        ] {
            let shape = [2, channels, 7, 9];
            let depth = channels / geometry.groups * geometry.kernel[0] * geometry.kernel[1];
            let (w, x, start) = (draw(outputs * depth), draw(shape.iter().product()), draw(outputs));
            let matrix = Matrix::new(outputs, depth, w.clone()).unwrap();
            let exact = float_convolution(&matrix, &start, &x, shape, &geometry).unwrap();
            let weights = FloatWeights::for_kernel(outputs, depth, &geometry, &w).unwrap();
            close(&weights.convolve(&x, shape, &geometry, &start).unwrap(), &exact, "convolution");
            assert!(weights.multiply(&x, 1, &[]).is_err());
        }
    }
}
