//! A fully connected layer in integers, with every intermediate.

use super::accumulator::{AccumulatorUse, bound, bound_by_width, follow};
use super::{
    AccumulatorPolicy, Activation, Bias, BiasWidth, Grid, IntegerError, Interval, Matrix, Multiplier, Operand, Product,
    Recipe, Requantization, Terms,
};

/// Weights, bias and output grid of a layer, and how it computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// q_W, \[outputs × inputs\], one grid or one a row.
    pub weights: Operand,
    /// b in real numbers, one an output; empty for none.
    pub bias: Vec<f32>,
    /// In how many bits the bias is kept.
    pub bias_width: BiasWidth,
    /// S_Y and Z_Y.
    pub output: Grid,
    /// The activation fused into the last clamp.
    pub activation: Activation,
    /// How M is applied.
    pub recipe: Recipe,
    /// Bits of M₀.
    pub multiplier_bits: u32,
    /// What happens where int32 is too narrow.
    pub accumulator: AccumulatorPolicy,
}

impl Layer {
    /// A layer without bias or activation, rounded once with M₀ in 32 bits.
    pub fn new(weights: Operand, output: Grid) -> Self {
        Self {
            weights,
            bias: Vec::new(),
            bias_width: BiasWidth::default(),
            output,
            activation: Activation::default(),
            recipe: Recipe::default(),
            multiplier_bits: 32,
            accumulator: AccumulatorPolicy::default(),
        }
    }

    /// The same layer with a bias.
    #[must_use]
    pub fn with_bias(self, bias: Vec<f32>) -> Self {
        Self { bias, ..self }
    }

    /// S_W · S_X of every output channel for an input of scale `input`.
    pub fn accumulator_scales(&self, input: f32) -> Vec<f64> {
        let scale = |row: usize| f64::from(self.weights.grid(row).scale) * f64::from(input);
        (0..self.weights.codes().rows()).map(scale).collect()
    }

    /// The last stage of every output channel for an input of scale `input`; M = S_W S_X / S_Y.
    ///
    /// # Errors
    /// A multiplier out of reach.
    pub fn requantizations(&self, input: f32) -> Result<Vec<Requantization>, IntegerError> {
        let (low, high) = self.activation.clamp(&self.output);
        let stage = |scale: f64| {
            let multiplier = Multiplier::new(scale / f64::from(self.output.scale), self.multiplier_bits)?;
            Ok(Requantization { recipe: self.recipe, multiplier, zero_point: self.output.zero_point, low, high })
        };
        self.accumulator_scales(input).into_iter().map(stage).collect()
    }

    /// Runs the layer on q_X, \[inputs × batch\], with one grid.
    ///
    /// # Errors
    /// Shapes that do not match, a multiplier or bias out of reach, a sum beyond int32 where the policy refuses it.
    pub fn run(&self, inputs: &Operand) -> Result<Product, IntegerError> {
        let bias = self.quantized_bias(inputs.grids()[0].scale)?;
        self.run_with(inputs, bias)
    }

    /// [`Self::run`] with a bias that is already quantized.
    pub(super) fn run_with(&self, inputs: &Operand, bias: Vec<Bias>) -> Result<Product, IntegerError> {
        let (weights, codes) = (self.weights.codes(), inputs.codes());
        if weights.cols() != codes.rows() {
            return Err(IntegerError::Shape(format!(
                "W is {} × {} and X is {} × {}: the inner sizes {} and {} differ",
                weights.rows(),
                weights.cols(),
                codes.rows(),
                codes.cols(),
                weights.cols(),
                codes.rows()
            )));
        }
        let [input] = inputs.grids() else {
            return Err(IntegerError::Shape("the inputs of one sum need one scale; quantize X per tensor".to_owned()));
        };
        let stages = self.requantizations(input.scale)?;
        let terms = terms(&self.weights, inputs);
        let q_bias: Vec<i64> = (0..weights.rows())
            .map(|row| bias.get(row).map_or(0, |bias| i64::from(bias.code)) + terms.precomputed(row))
            .collect();
        let mut found: Option<Interval> = None;
        let mut accumulator = Matrix::from_fn(weights.rows(), codes.cols(), |_, _| 0_i64);
        for row in 0..weights.rows() {
            for col in 0..codes.cols() {
                let products =
                    weights.row(row).iter().zip(codes.column(col)).map(|(w, x)| i64::from(*w) * i64::from(*x));
                let run_time = -terms.weight_zero[row] * terms.input_sums[col];
                let (sum, interval) =
                    follow((row, col), q_bias[row], products.chain(std::iter::once(run_time)), self.accumulator)?;
                accumulator[(row, col)] = sum;
                found = Some(found.map_or(interval, |found| found.union(interval)));
            }
        }
        let found = found.unwrap_or(Interval::at(0));
        let by_weights = (0..weights.rows())
            .map(|row| bound(q_bias[row], weights.row(row), self.weights.grid(row), input))
            .reduce(Interval::union)
            .unwrap_or(Interval::at(0));
        let by_width = bound_by_width(weights.cols(), &self.weights.grids()[0], input);
        let width = if found.fits_i32() { 32 } else { 64 };
        let rescaled =
            Matrix::from_fn(weights.rows(), codes.cols(), |row, col| stages[row].apply(accumulator[(row, col)]));
        Ok(Product {
            terms,
            bias,
            q_bias,
            accumulator,
            accumulator_use: AccumulatorUse { by_width, by_weights, found, width },
            rescaled,
            grid: self.output,
        })
    }
}

fn terms(weights: &Operand, inputs: &Operand) -> Terms {
    let (w, x) = (weights.codes(), inputs.codes());
    let sum = |codes: &mut dyn Iterator<Item = &i32>| codes.map(|&code| i64::from(code)).sum::<i64>();
    let dot =
        |row: usize, col: usize| w.row(row).iter().zip(x.column(col)).map(|(w, x)| i64::from(*w) * i64::from(*x)).sum();
    Terms {
        products: Matrix::from_fn(w.rows(), x.cols(), dot),
        weight_zero: (0..w.rows()).map(|row| i64::from(weights.grid(row).zero_point)).collect(),
        input_sums: (0..x.cols()).map(|col| sum(&mut x.column(col))).collect(),
        input_zero: i64::from(inputs.grids()[0].zero_point),
        weight_sums: (0..w.rows()).map(|row| sum(&mut w.row(row).iter())).collect(),
        depth: w.cols(),
    }
}

/// W·X + b in double precision: what the integers are compared with. An empty `bias` adds nothing.
///
/// # Errors
/// Shapes that do not match.
pub fn float_product(weights: &Matrix<f32>, inputs: &Matrix<f32>, bias: &[f32]) -> Result<Matrix<f64>, IntegerError> {
    if weights.cols() != inputs.rows() || !(bias.is_empty() || bias.len() == weights.rows()) {
        return Err(IntegerError::Shape(format!(
            "W is {} × {}, X is {} × {}, b has {}: they do not go together",
            weights.rows(),
            weights.cols(),
            inputs.rows(),
            inputs.cols(),
            bias.len()
        )));
    }
    let dot = |row: usize, col: usize| {
        let sum: f64 =
            weights.row(row).iter().zip(inputs.column(col)).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
        sum + bias.get(row).map_or(0.0, |bias| f64::from(*bias))
    };
    Ok(Matrix::from_fn(weights.rows(), inputs.cols(), dot))
}
