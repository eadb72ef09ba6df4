//! Truncated singular value decomposition: a matrix as a product of two thin ones (Denton et al. 2014), which the paper compares with.

use crate::engine::{Cancelled, Progress};

/// A matrix as orthogonal rows in descending length, and how the matrix is put together from them.
#[derive(Clone, Debug)]
pub struct Decomposition {
    /// Rows of the matrix that was decomposed.
    pub rows: usize,
    /// Its columns.
    pub columns: usize,
    /// Whether the transpose was decomposed, which has fewer rows.
    turned: bool,
    /// Orthogonal vectors, the longest first: σ v.
    parts: Vec<Vec<f64>>,
    /// For each part, the share that every row has of it: u.
    shares: Vec<Vec<f64>>,
}

/// Sweeps after which what is left is rounding.
const SWEEPS: usize = 30;

/// Cosine below which two vectors count as orthogonal.
const ORTHOGONAL: f64 = 1e-9;

impl Decomposition {
    /// Decomposes a row-major matrix by rotating pairs of rows until all are orthogonal (Hestenes 1958).
    ///
    /// # Errors
    /// When cancelled.
    pub fn new(values: &[f32], rows: usize, columns: usize, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let turned = rows > columns;
        let (count, length) = if turned { (columns, rows) } else { (rows, columns) };
        let at = |row: usize, column: usize| {
            f64::from(if turned { values[column * columns + row] } else { values[row * columns + column] })
        };
        let mut parts: Vec<Vec<f64>> =
            (0..count).map(|row| (0..length).map(|column| at(row, column)).collect()).collect();
        let unit = |row: usize| (0..count).map(|column| f64::from(u8::from(row == column))).collect();
        let mut shares: Vec<Vec<f64>> = (0..count).map(unit).collect();
        for _ in 0..SWEEPS {
            let mut norms: Vec<f64> = parts.iter().map(|part| dot(part, part)).collect();
            let mut rotated = false;
            for first in 0..count {
                progress.check()?;
                for second in first + 1..count {
                    let (a, b) = (norms[first], norms[second]);
                    let product = dot(&parts[first], &parts[second]);
                    if product.abs() <= ORTHOGONAL * (a * b).sqrt() {
                        continue;
                    }
                    rotated = true;
                    let zeta = (b - a) / (2.0 * product);
                    let tangent = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
                    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
                    rotate(&mut parts, first, second, cosine, cosine * tangent);
                    rotate(&mut shares, first, second, cosine, cosine * tangent);
                    norms[first] = a - tangent * product;
                    norms[second] = b + tangent * product;
                }
            }
            if !rotated {
                break;
            }
        }
        let mut order: Vec<usize> = (0..count).collect();
        let norms: Vec<f64> = parts.iter().map(|part| dot(part, part)).collect();
        order.sort_by(|a, b| norms[*b].total_cmp(&norms[*a]));
        let take = |from: &mut Vec<Vec<f64>>| order.iter().map(|place| std::mem::take(&mut from[*place])).collect();
        Ok(Self { rows, columns, turned, parts: take(&mut parts), shares: take(&mut shares) })
    }

    /// The largest rank.
    pub fn full(&self) -> usize {
        self.parts.len()
    }

    /// The nearest matrix of that rank, row-major.
    pub fn truncated(&self, rank: usize) -> Vec<f32> {
        let mut values = vec![0.0_f64; self.rows * self.columns];
        for (part, shares) in self.parts.iter().zip(&self.shares).take(rank) {
            for (row, share) in shares.iter().enumerate() {
                for (column, value) in part.iter().enumerate() {
                    let place = if self.turned { column * self.columns + row } else { row * self.columns + column };
                    values[place] += share * value;
                }
            }
        }
        values.into_iter().map(|value| value as f32).collect()
    }

    /// Numbers that two thin matrices of that rank hold.
    pub fn stored(&self, rank: usize) -> usize {
        rank * (self.rows + self.columns)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Turns two vectors into their rotation in the plane that they span.
fn rotate(vectors: &mut [Vec<f64>], first: usize, second: usize, cosine: f64, sine: f64) {
    let (left, right) = vectors.split_at_mut(second);
    for (a, b) in left[first].iter_mut().zip(&mut right[0]) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::rng::Rng;

    #[test]
    fn the_singular_values_are_known() {
        // [3 0; 4 5]: σ² are 45 and 5.
        let found = Decomposition::new(&[3.0, 0.0, 4.0, 5.0], 2, 2, &Silent).unwrap();
        let squares: Vec<f64> = found.parts.iter().map(|part| dot(part, part)).collect();
        assert!((squares[0] - 45.0).abs() < 1e-9 && (squares[1] - 5.0).abs() < 1e-9, "{squares:?}");
    }

    #[test]
    fn full_rank_gives_the_matrix_and_less_loses_the_shortest_parts() {
        let mut rng = Rng::new(1);
        for (rows, columns) in [(7, 12), (12, 7), (5, 5), (1, 4)] {
            let values: Vec<f32> = (0..rows * columns).map(|_| rng.normal() as f32).collect();
            let found = Decomposition::new(&values, rows, columns, &Silent).unwrap();
            let error = |rank: usize| {
                let pairs = values.iter().zip(found.truncated(rank));
                pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
            };
            assert!(error(found.full()) < 1e-9, "{rows}×{columns}");
            for rank in 0..found.full() {
                // Eckart and Young: the error is what the parts left out amount to.
                let left_out: f64 = found.parts[rank..].iter().map(|part| dot(part, part)).sum();
                assert!((error(rank) - left_out).abs() < 1e-4 * left_out.max(1.0), "{rows}×{columns}, rank {rank}");
            }
            assert_eq!(found.stored(2), 2 * (rows + columns));
        }
    }
}
