//! An integer layer as its page shows it: operands, product, the terms that are switched on, and what float would give.

use super::affine::whole;
use super::format;
use crate::app::setup::Matmul;
use crate::app::setup::linear::affine;
use crate::engine::integer::{
    AccumulatorUse, Bias, BiasWidth, Grid, IntegerError, Interval, Layer, Matrix, Multiplier, Operand, Product, Recipe,
    Requantization, Rescaled, float_product,
};
use crate::engine::quantize::{Linear, Per, Range, Zero};

/// Everything that the page shows.
#[derive(Clone, Debug)]
pub struct MatmulView {
    /// q_W with its grids.
    pub weights: Operand,
    /// q_X with its grid.
    pub inputs: Operand,
    /// S_Y and Z_Y.
    pub output: Grid,
    /// The last stage of every output channel.
    pub stages: Vec<Requantization>,
    /// The product with all its terms.
    pub product: Product,
    /// q_b of every channel; empty without a bias.
    pub bias: Vec<i64>,
    /// From accumulator to code with the terms that are switched on.
    pub shown: Matrix<Rescaled>,
    /// W·X + b in double precision.
    pub float: Matrix<f64>,
    /// The shown result minus the float one.
    pub difference: Matrix<f64>,
}

/// The quantizer of inputs and outputs, and of weights that are not symmetric.
fn asymmetric(bits: u8, zero: Zero) -> Linear {
    Linear { zero, ..affine::plain(u32::from(bits)) }
}

/// The quantizer of the weights: the lab's, with the restricted scale and all codes.
fn of_weights(setup: &Matmul) -> Linear {
    let per = if setup.per_channel { Per::Channel(0) } else { Per::Tensor };
    let range = if setup.symmetric { Range::FullClamped } else { Range::Affine };
    Linear { range, per, ..asymmetric(setup.bits, setup.zero) }
}

impl MatmulView {
    /// Runs the layer of the setup.
    ///
    /// # Errors
    /// What the engine refuses: numbers that are not finite, a multiplier or a sum out of reach.
    pub fn new(setup: &Matmul) -> Result<Self, IntegerError> {
        let real = &setup.layer;
        let bias: &[f32] = if setup.bias { &real.bias } else { &[] };
        let weights = Operand::quantize("W", &real.weights, &of_weights(setup))?;
        let linear = asymmetric(setup.bits, setup.zero);
        let inputs = Operand::quantize("X", &real.inputs, &linear)?;
        let float = float_product(&real.weights, &real.inputs, bias)?;
        let narrow: Vec<f32> = float.values().iter().map(|value| *value as f32).collect();
        let output = Grid::of(&linear, &narrow);
        let mut layer = Layer::new(weights, output).with_bias(bias.to_vec());
        layer.bias_width = setup.bias_width;
        layer.recipe = setup.recipe;
        layer.multiplier_bits = setup.multiplier_bits;
        let product = layer.run(&inputs)?;
        let stages = layer.requantizations(inputs.grids()[0].scale)?;
        let q_b: Vec<i64> = product.bias.iter().map(|bias| i64::from(bias.code)).collect();
        let shown = Matrix::from_fn(float.rows(), float.cols(), |row, col| {
            let sum = product.terms.sum(row, col, setup.terms) + q_b.get(row).copied().unwrap_or(0);
            stages[row].apply(sum)
        });
        let difference = Matrix::from_fn(float.rows(), float.cols(), |row, col| {
            f64::from(output.dequantize(shown[(row, col)].code)) - float[(row, col)]
        });
        Ok(Self { weights: layer.weights, inputs, output, stages, product, bias: q_b, shown, float, difference })
    }

    /// The largest magnitude and the mean square of the difference.
    pub fn errors(&self) -> (f64, f64) {
        let values = self.difference.values();
        let worst = values.iter().fold(0.0_f64, |worst, value| worst.max(value.abs()));
        let squares: f64 = values.iter().map(|value| value * value).sum();
        (worst, squares / values.len().max(1) as f64)
    }

    /// How M₀ of each width would do: its relative error, and how many outputs get another code than by M itself.
    pub fn widths(&self) -> Vec<Width> {
        let exact = |row: usize, acc: i64| {
            let stage = &self.stages[row];
            let scaled = (acc as f64 * stage.multiplier.real).round() + f64::from(stage.zero_point);
            scaled.clamp(f64::from(stage.low), f64::from(stage.high)) as i32
        };
        let width = |bits: u32| {
            let mut worst = 0.0_f64;
            let mut changed = 0;
            for row in 0..self.shown.rows() {
                let Ok(stage) = self.stages[row].with_bits(bits) else { continue };
                worst = worst.max(stage.multiplier.relative_error().abs());
                let accumulators = (0..self.shown.cols()).map(|col| self.shown[(row, col)].accumulator);
                changed += accumulators.filter(|&acc| stage.code(acc) != exact(row, acc)).count();
            }
            Width { bits, worst, changed, outputs: self.shown.values().len() }
        };
        Multiplier::WIDTHS.into_iter().map(width).collect()
    }

    /// The biases in both widths, channel by channel.
    ///
    /// # Errors
    /// A bias that does not fit.
    pub fn biases(&self, real: &[f32]) -> Result<Vec<[Bias; 2]>, IntegerError> {
        let input = f64::from(self.inputs.grids()[0].scale);
        let scales: Vec<f64> = (0..real.len()).map(|row| f64::from(self.weights.grid(row).scale) * input).collect();
        let wide = Bias::quantize(real, &scales, BiasWidth::Int32)?;
        let narrow = Bias::quantize(real, &scales, BiasWidth::Int8)?;
        Ok(wide.into_iter().zip(narrow).map(|(wide, narrow)| [wide, narrow]).collect())
    }

    /// The products of one output as text: `1·0 + (−1)·1 + …`.
    pub fn products(&self, row: usize, col: usize) -> String {
        let bracket = |value: i32| if value < 0 { format!("({})", whole(value)) } else { value.to_string() };
        let inputs: Vec<i32> = self.inputs.codes().column(col).copied().collect();
        let pairs = self.weights.codes().row(row).iter().zip(inputs);
        pairs.map(|(w, x)| format!("{}·{}", bracket(*w), bracket(x))).collect::<Vec<_>>().join(" + ")
    }

    /// From the accumulator to the code as text: `−2 × 0.1503 = −0.3005 → 0, + 0 = 0`.
    pub fn rescaling(&self, row: usize, col: usize) -> String {
        let cell = self.shown[(row, col)];
        let stage = &self.stages[row];
        let clamp = if cell.clamped() { format!(", clamped to {}", whole(cell.code)) } else { String::new() };
        let zero = whole(stage.zero_point);
        let zero = zero.strip_prefix('\u{2212}').map_or(format!("+ {zero}"), |rest| format!("− {rest}"));
        format!(
            "{} × {} = {} → {} {zero} = {}{clamp}",
            whole(cell.accumulator),
            format::number(stage.multiplier.real),
            format::number(cell.exact),
            whole(cell.scaled),
            whole(cell.shifted),
        )
    }
}

/// What M₀ of one width does to the outputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Width {
    /// Bits of M₀.
    pub bits: u32,
    /// Largest relative error of a stored M.
    pub worst: f64,
    /// Outputs that get another code.
    pub changed: usize,
    /// All outputs.
    pub outputs: usize,
}

/// One accumulator through one multiplier: rounded twice, once, in float.
///
/// # Errors
/// A multiplier that is not positive or out of reach.
pub fn trial(accumulator: i32, real: f64, bits: u32) -> Result<[Rescaled; 3], IntegerError> {
    let order = [Recipe::Double, Recipe::Single, Recipe::Float];
    let multiplier = Multiplier::new(real, bits)?;
    Ok(order.map(|recipe| {
        let stage = Requantization { recipe, multiplier, zero_point: 0, low: i32::MIN, high: i32::MAX };
        stage.apply(i64::from(accumulator))
    }))
}

/// A row of the picture of the accumulator: what, from, to, bits.
pub fn ranges(usage: &AccumulatorUse) -> [(&'static str, Interval, u32); 3] {
    [
        ("any W, any X of these widths", usage.by_width, usage.by_width.bits()),
        ("these weights, any X", usage.by_weights, usage.by_weights.bits()),
        ("this product, every partial sum", usage.found, usage.found.bits()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labs_layer_with_every_intermediate() {
        let view = MatmulView::new(&Matmul::default()).unwrap();
        assert_eq!(view.weights.codes().row(0), [1, -1, 0, 1, 0, -1, -1, -1]);
        let first: Vec<i32> = view.inputs.codes().column(0).copied().collect();
        assert_eq!(first, [0, 1, 1, -1, 1, 1, -1, -1]);
        assert_eq!(view.bias, [3, -2, 3, 1, 3, 2, -2, -2]);
        assert_eq!(view.product.q_bias, [-1, 0, -3, -1, -3, 0, 2, -4]);
        let acc: Vec<i64> = view.shown.column(0).map(|cell| cell.accumulator).collect();
        assert_eq!(acc, [-2, -2, -1, -2, -4, 2, 3, -6]);
        let codes: Vec<i32> = view.shown.column(0).map(|cell| cell.code).collect();
        assert_eq!(codes, [0, -1, 0, -1, -1, 0, 1, -2]);
        let second: Vec<i32> = view.shown.column(1).map(|cell| cell.code).collect();
        assert_eq!(second, [0, 0, -1, 0, 0, 0, 0, -1]);
        let (worst, mse) = view.errors();
        assert!((worst - 0.5404).abs() < 1e-3 && (mse - 0.0651).abs() < 1e-3, "{worst} {mse}");
        assert_eq!(view.rescaling(1, 0), "−2 × 0.2637 = −0.5273 → −1 + 0 = −1");
        assert!(view.products(0, 0).starts_with("1·0 + (−1)·1 + 0·1"));
    }

    #[test]
    fn a_term_that_is_switched_off_is_missing_from_the_sum() {
        let all = MatmulView::new(&Matmul { symmetric: false, ..Matmul::default() }).unwrap();
        let none = MatmulView::new(&Matmul { symmetric: false, terms: [false; 4], ..Matmul::default() }).unwrap();
        for row in 0..8 {
            let terms: i64 = all.product.terms.at(row, 0).iter().sum();
            assert_eq!(all.shown[(row, 0)].accumulator, none.shown[(row, 0)].accumulator + terms);
            assert_eq!(all.shown[(row, 0)].accumulator, all.product.accumulator[(row, 0)]);
        }
    }

    #[test]
    fn rounding_twice_is_told_from_rounding_once() {
        let [double, single, float] = trial(12_345, 0.25, 32).unwrap();
        assert_eq!((double.high, double.scaled, single.scaled, float.scaled), (Some(6173), 3087, 3086, 3086));
        assert!(trial(1, -1.0, 32).is_err());
    }

    #[test]
    fn narrow_multipliers_err_more() {
        let view = MatmulView::new(&Matmul { bits: 8, ..Matmul::default() }).unwrap();
        let widths = view.widths();
        assert!(widths[0].worst < widths[1].worst && widths[1].worst < widths[2].worst, "{widths:?}");
        assert!(widths[0].changed == 0 && widths[2].worst > 1e-4, "{widths:?}");
    }
}
