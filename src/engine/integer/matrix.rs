//! A small dense matrix, row by row.

use super::IntegerError;

/// `rows × cols` values, row-major.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Matrix<T> {
    rows: usize,
    cols: usize,
    data: Vec<T>,
}

impl<T> Matrix<T> {
    /// The matrix of row-major values.
    ///
    /// # Errors
    /// Where the number of values is not `rows · cols`.
    pub fn new(rows: usize, cols: usize, data: Vec<T>) -> Result<Self, IntegerError> {
        if rows.checked_mul(cols) == Some(data.len()) {
            return Ok(Self { rows, cols, data });
        }
        Err(IntegerError::Shape(format!("a {rows} × {cols} matrix does not have {} values", data.len())))
    }

    /// The matrix whose cell (row, col) is `value(row, col)`.
    pub fn from_fn(rows: usize, cols: usize, mut value: impl FnMut(usize, usize) -> T) -> Self {
        let data =
            (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col))).map(|(row, col)| value(row, col)).collect();
        Self { rows, cols, data }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// All values, row by row.
    pub fn values(&self) -> &[T] {
        &self.data
    }

    /// One row.
    ///
    /// # Panics
    /// Beyond the last row.
    pub fn row(&self, row: usize) -> &[T] {
        &self.data[row * self.cols..(row + 1) * self.cols]
    }

    /// One column, from the top.
    pub fn column(&self, col: usize) -> impl Iterator<Item = &T> {
        self.data.iter().skip(col).step_by(self.cols.max(1)).take(self.rows)
    }

    /// The same cells through a function.
    pub fn map<U>(&self, value: impl FnMut(&T) -> U) -> Matrix<U> {
        Matrix { rows: self.rows, cols: self.cols, data: self.data.iter().map(value).collect() }
    }
}

impl<T: Clone> Matrix<T> {
    /// Rows and columns exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self::from_fn(self.cols, self.rows, |row, col| self[(col, row)].clone())
    }
}

impl<T> std::ops::Index<(usize, usize)> for Matrix<T> {
    type Output = T;

    fn index(&self, (row, col): (usize, usize)) -> &T {
        assert!(col < self.cols, "column {col} of {}", self.cols);
        &self.data[row * self.cols + col]
    }
}

impl<T> std::ops::IndexMut<(usize, usize)> for Matrix<T> {
    fn index_mut(&mut self, (row, col): (usize, usize)) -> &mut T {
        assert!(col < self.cols, "column {col} of {}", self.cols);
        &mut self.data[row * self.cols + col]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_rows_and_columns() {
        let matrix = Matrix::new(2, 3, vec![1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(matrix.row(1), [4, 5, 6]);
        assert_eq!(matrix.column(2).copied().collect::<Vec<_>>(), [3, 6]);
        assert_eq!(matrix.transposed().row(2), [3, 6]);
        assert_eq!(matrix[(1, 0)], 4);
        assert!(Matrix::new(2, 3, vec![0; 5]).unwrap_err().to_string().contains("2 × 3"));
    }
}
