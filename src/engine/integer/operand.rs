//! One factor of an integer product: codes and the grids that give them meaning.

use super::{Grid, IntegerError, Matrix};
use crate::engine::quantize::{Linear, Per};

/// A matrix of codes with one grid for all rows, or one a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    codes: Matrix<i32>,
    grids: Vec<Grid>,
}

impl Operand {
    /// Codes with their grids.
    ///
    /// # Errors
    /// A number of grids that is neither 1 nor the number of rows; a code beyond its grid (`what` names the matrix in the message);
    /// grids whose codes differ in width.
    pub fn new(what: &'static str, codes: Matrix<i32>, grids: Vec<Grid>) -> Result<Self, IntegerError> {
        if grids.is_empty() || (grids.len() != 1 && grids.len() != codes.rows()) {
            return Err(IntegerError::Shape(format!(
                "{what} has {} rows and {} scales; expected one scale, or one a row",
                codes.rows(),
                grids.len()
            )));
        }
        if grids.iter().any(|grid| (grid.q_min, grid.q_max) != (grids[0].q_min, grids[0].q_max)) {
            return Err(IntegerError::Shape(format!("the rows of {what} have codes of different widths")));
        }
        let operand = Self { codes, grids };
        for row in 0..operand.codes.rows() {
            let Grid { q_min, q_max, .. } = *operand.grid(row);
            for (col, &code) in operand.codes.row(row).iter().enumerate() {
                if !(q_min..=q_max).contains(&code) {
                    return Err(IntegerError::Code { what, row, col, code, q_min, q_max });
                }
            }
        }
        Ok(operand)
    }

    /// Quantizes a matrix: one grid for all, or one a row with `per=channel`.
    ///
    /// # Errors
    /// NaN or an infinity; groups, or channels along another axis: their scales differ within one sum and cannot be taken out of it.
    pub fn quantize(what: &'static str, real: &Matrix<f32>, linear: &Linear) -> Result<Self, IntegerError> {
        if let Some(index) = real.values().iter().position(|value| !value.is_finite()) {
            let (row, col) = (index / real.cols(), index % real.cols());
            return Err(IntegerError::NotFinite(format!("{what} ({row}, {col})")));
        }
        let grids = match linear.per {
            Per::Tensor => vec![Grid::of(linear, real.values())],
            Per::Channel(0) => (0..real.rows()).map(|row| Grid::of(linear, real.row(row))).collect(),
            Per::Channel(_) | Per::Group(_) => {
                return Err(IntegerError::Shape(format!(
                    "the scales of {what} differ within one sum, so that they cannot be taken out of it; use per=tensor or per=channel"
                )));
            }
        };
        let grid = |row: usize| if grids.len() == 1 { &grids[0] } else { &grids[row] };
        let codes = Matrix::from_fn(real.rows(), real.cols(), |row, col| grid(row).quantize(real[(row, col)]));
        Ok(Self { codes, grids })
    }

    /// q.
    pub fn codes(&self) -> &Matrix<i32> {
        &self.codes
    }

    /// One grid, or one a row.
    pub fn grids(&self) -> &[Grid] {
        &self.grids
    }

    /// The grid of a row.
    pub fn grid(&self, row: usize) -> &Grid {
        if self.grids.len() == 1 { &self.grids[0] } else { &self.grids[row] }
    }

    /// S(q − Z), cell by cell.
    pub fn dequantized(&self) -> Matrix<f32> {
        Matrix::from_fn(self.codes.rows(), self.codes.cols(), |row, col| {
            self.grid(row).dequantize(self.codes[(row, col)])
        })
    }
}
