//! Matrix products in float32 on one thread, by the `matrixmultiply` crate.

/// A matrix in memory: where it starts, and how far it is from row to row and from column to column.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a> Matrix<'a> {
    /// A row-major matrix.
    ///
    /// # Panics
    /// If there are fewer values than rows × columns.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert!(values.len() >= rows * columns, "{} values for {rows}×{columns}", values.len());
        Self { values, rows, columns, row_step: columns, column_step: 1 }
    }

    /// The values in memory order.
    pub fn values(self) -> &'a [f32] {
        self.values
    }

    /// The transpose, without moving anything.
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, row_step: self.column_step, column_step: self.row_step, ..self }
    }
}

/// `out` = a · b, or `out` += a · b where `add`; `out` is row-major.
///
/// # Panics
/// If the sizes do not fit.
pub fn matmul(out: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, add: bool) {
    let (rows, inner, columns) = (a.rows, a.columns, b.columns);
    assert_eq!(inner, b.rows, "inner sizes differ");
    assert_eq!(out.len(), rows * columns, "the result has another size");
    if out.is_empty() {
        return;
    }
    if inner == 0 {
        if !add {
            out.fill(0.0);
        }
        return;
    }
    let beta = if add { 1.0 } else { 0.0 };
    // SAFETY: `Matrix` holds at least rows × columns values at the given steps (its constructor checks, transposing keeps it), `out`
    // was just checked, and it cannot overlap `a` or `b`, for it is borrowed mutably.
    unsafe {
        matrixmultiply::sgemm(
            rows,
            inner,
            columns,
            1.0,
            a.values.as_ptr(),
            a.row_step as isize,
            a.column_step as isize,
            b.values.as_ptr(),
            b.row_step as isize,
            b.column_step as isize,
            beta,
            out.as_mut_ptr(),
            columns as isize,
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn products_are_those_of_the_definition() {
        let mut rng = Rng::new(3);
        for (rows, inner, columns) in [(1, 1, 1), (3, 5, 7), (20, 25, 90), (50, 33, 17), (4, 0, 3)] {
            let draw = |count: usize, rng: &mut Rng| (0..count).map(|_| rng.normal() as f32).collect::<Vec<_>>();
            let (a, b) = (draw(rows * inner, &mut rng), draw(inner * columns, &mut rng));
            let a_turned: Vec<f32> = (0..inner * rows).map(|i| a[i % rows * inner + i / rows]).collect();
            let mut out = vec![1.0; rows * columns];
            for (name, left) in
                [("plain", Matrix::new(&a, rows, inner)), ("turned", Matrix::new(&a_turned, inner, rows).transposed())]
            {
                for add in [false, true] {
                    let before = out.clone();
                    matmul(&mut out, left, Matrix::new(&b, inner, columns), add);
                    for (index, found) in out.iter().enumerate() {
                        let (row, column) = (index / columns, index % columns);
                        let product: f32 = (0..inner).map(|k| a[row * inner + k] * b[k * columns + column]).sum();
                        let expected = product + if add { before[index] } else { 0.0 };
                        assert!(
                            (found - expected).abs() < 1e-3,
                            "{name}, {rows}×{inner}×{columns}: {found} {expected}"
                        );
                    }
                }
            }
        }
    }
}
