//! What an integer layer computes on the way from q_W and q_X to q_Y.

use super::{AccumulatorUse, Bias, Grid, Interval, Matrix, Rescaled};

/// When a term can be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// With every input anew.
    RunTime,
    /// Once, when the weights and the input's grid are known.
    Precomputed,
}

/// A term of Σ (q_W − Z_W)(q_X − Z_X).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// In symbols.
    pub symbol: &'static str,
    /// When it can be computed.
    pub when: When,
    /// What it costs, in words.
    pub cost: &'static str,
}

/// The four terms, in the lecture's order; [`Terms::at`] gives their values in this order.
pub const TERMS: [Term; 4] = [
    Term { symbol: "Σ q_W q_X", when: When::RunTime, cost: "K multiplications an output" },
    Term { symbol: "− Z_W Σ q_X", when: When::RunTime, cost: "one sum a column of inputs; gone where Z_W = 0" },
    Term { symbol: "− Z_X Σ q_W", when: When::Precomputed, cost: "one sum a row of weights, in q_bias" },
    Term { symbol: "+ K Z_W Z_X", when: When::Precomputed, cost: "a constant; gone where Z_W = 0" },
];

/// The values of the four terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Σ q_W q_X, output by output.
    pub products: Matrix<i64>,
    /// Z_W, channel by channel.
    pub weight_zero: Vec<i64>,
    /// Σ q_X, column by column.
    pub input_sums: Vec<i64>,
    /// Z_X.
    pub input_zero: i64,
    /// Σ q_W, channel by channel.
    pub weight_sums: Vec<i64>,
    /// K.
    pub depth: usize,
}

impl Terms {
    /// −Z_X Σ q_W + K Z_W Z_X of one channel.
    pub fn precomputed(&self, row: usize) -> i64 {
        self.input_zero * (self.depth as i64 * self.weight_zero[row] - self.weight_sums[row])
    }

    /// The four terms of one output, signs included.
    pub fn at(&self, row: usize, col: usize) -> [i64; 4] {
        let (weight_zero, depth) = (self.weight_zero[row], self.depth as i64);
        [
            self.products[(row, col)],
            -weight_zero * self.input_sums[col],
            -self.input_zero * self.weight_sums[row],
            depth * weight_zero * self.input_zero,
        ]
    }

    /// The sum of those terms that are switched on.
    pub fn sum(&self, row: usize, col: usize, on: [bool; 4]) -> i64 {
        self.at(row, col).into_iter().zip(on).filter(|(_, on)| *on).map(|(term, _)| term).sum()
    }
}

/// An integer layer's output with everything on the way to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// The four terms.
    pub terms: Terms,
    /// The bias, channel by channel; empty where there is none.
    pub bias: Vec<Bias>,
    /// q_bias = q_b − Z_X Σ q_W + K Z_W Z_X, channel by channel: everything that is precomputed.
    pub q_bias: Vec<i64>,
    /// All terms and the bias, output by output.
    pub accumulator: Matrix<i64>,
    /// How much of the accumulator was used.
    pub accumulator_use: AccumulatorUse,
    /// From accumulator to code, output by output.
    pub rescaled: Matrix<Rescaled>,
    /// S_Y and Z_Y.
    pub grid: Grid,
}

impl Product {
    /// q_Y.
    pub fn codes(&self) -> Matrix<i32> {
        self.rescaled.map(|cell| cell.code)
    }

    /// S_Y (q_Y − Z_Y).
    pub fn real(&self) -> Matrix<f32> {
        self.rescaled.map(|cell| self.grid.dequantize(cell.code))
    }

    /// The result minus another one, such as the float layer's.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn difference(&self, reference: &Matrix<f64>) -> Matrix<f64> {
        assert_eq!((reference.rows(), reference.cols()), (self.rescaled.rows(), self.rescaled.cols()));
        let real = self.real();
        Matrix::from_fn(real.rows(), real.cols(), |row, col| f64::from(real[(row, col)]) - reference[(row, col)])
    }

    /// The smallest and largest final accumulator.
    pub fn sums(&self) -> Option<Interval> {
        self.accumulator.values().iter().map(|&sum| Interval::at(sum)).reduce(Interval::union)
    }
}
