//! An integer convolution as its page shows it, beside the same layer in float, step by step.

use super::affine::whole;
use super::format;
use crate::app::setup::Convolution as Setup;
use crate::app::setup::linear::affine;
use crate::app::setup::linear::convolution::SIDE;
use crate::engine::integer::{
    Activation, Convolution, Convolved, Folded, Geometry, Grid, IntegerError, Layer, Matrix, Multiplier, Operand,
    PadCode, Shape4, Tap, float_convolution,
};
use crate::engine::quantize::{Linear, Range};

/// Everything that the page shows.
#[derive(Clone, Debug)]
pub struct ConvolutionView {
    /// S_X and Z_X.
    pub input: Grid,
    /// q_X, [`SIDE`] × [`SIDE`].
    pub codes: Vec<i32>,
    /// The layer with its kernel, folded where a normalization follows.
    pub layer: Convolution,
    /// What the folding did; `None` without a normalization.
    pub folded: Option<Folded>,
    /// Rows and columns of the output.
    pub size: [usize; 2],
    /// The result with the border that is set.
    pub shown: Convolved,
    /// The result with Z_X in the border.
    pub right: Convolved,
    /// Float: after the convolution, after the normalization, after the activation.
    pub float: [Vec<f64>; 3],
    /// The shown result minus float, in real numbers.
    pub difference: Vec<f64>,
    /// Whether an output's window reaches into the border.
    pub border: Vec<bool>,
}

/// Two decimals without a leading zero, for narrow cells: `.27`, `−1.03`; what rounds to 0 is `0`.
pub fn bare(value: f64) -> String {
    let text = format::fixed(value, 2);
    match text.as_str() {
        "0.00" => "0".to_owned(),
        _ => text.replacen("0.", ".", usize::from(value.abs() < 0.995)),
    }
}

/// [`bare`] with as many decimals as fit into so many characters, the sign counted: `−1.0` and `.27` within four.
pub fn bare_within(value: f64, characters: usize) -> String {
    let text = bare(value);
    let more = text.chars().count().saturating_sub(characters);
    match more {
        0 => text,
        _ if value.abs() < 0.995 => text,
        1 => format::fixed(value, 1),
        _ => format::fixed(value, 0),
    }
}

/// The shape of the picture.
const SHAPE: Shape4 = [1, 1, SIDE, SIDE];

impl ConvolutionView {
    /// Runs the convolution of the setup.
    ///
    /// # Errors
    /// What the engine refuses: a kernel larger than the padded picture, numbers that are not finite.
    pub fn new(setup: &Setup) -> Result<Self, IntegerError> {
        let geometry = Geometry {
            stride: [setup.stride; 2],
            dilation: [setup.dilation; 2],
            ..Geometry::square(3).padded(setup.padding)
        };
        let kernel = Matrix::new(1, 9, setup.weights.clone())?;
        let bits = u32::from(setup.bits);
        let asymmetric = affine::plain(bits);
        let symmetric = Linear { range: Range::Restricted, ..asymmetric.clone() };
        let norm = setup.batch_norm();
        let folded = if setup.normalized { Some(norm.fold(&kernel, &[])?) } else { None };
        let (weights, bias) = match &folded {
            Some(folded) => (folded.weights.clone(), folded.bias.clone()),
            None => (kernel.clone(), Vec::new()),
        };
        if let Some(index) = setup.picture.iter().position(|value| !value.is_finite()) {
            return Err(IntegerError::NotFinite(format!("X ({}, {})", index / SIDE, index % SIDE)));
        }
        let raw = float_convolution(&kernel, &[], &setup.picture, SHAPE, &geometry)?;
        let factors = if setup.normalized { Some(norm.factors()?[0]) } else { None };
        let normed: Vec<f64> = raw
            .iter()
            .map(|value| match factors {
                Some(factor) => (value - f64::from(norm.mean[0])) * factor + f64::from(norm.beta[0]),
                None => *value,
            })
            .collect();
        let active: Vec<f64> = normed.iter().map(|value| setup.activation.apply(*value)).collect();
        let narrow: Vec<f32> = active.iter().map(|value| *value as f32).collect();
        // The output's range is taken after the activation: Z_Y = q_min, and the clamp does the ReLU.
        let output = Grid::of(&asymmetric, &narrow);
        let input = Grid::of(&asymmetric, &setup.picture);
        let codes: Vec<i32> = setup.picture.iter().map(|value| input.quantize(*value)).collect();
        let operand = Operand::quantize("W", &weights, &symmetric)?;
        let mut layer = Layer::new(operand, output).with_bias(bias);
        layer.activation = setup.activation;
        let right = Convolution { layer, geometry, pad: PadCode::ZeroPoint };
        let size = geometry.output(SIDE, SIDE)?;
        let with_zero_point = right.run(&codes, SHAPE, input)?;
        let layer = Convolution { pad: setup.pad, ..right };
        let shown = layer.run(&codes, SHAPE, input)?;
        let difference = shown.real().iter().zip(&active).map(|(real, float)| f64::from(*real) - float).collect();
        let border = (0..size[0] * size[1])
            .map(|cell| {
                let output = [cell / size[1], cell % size[1]];
                let outside = |tap| geometry.source([SIDE, SIDE], output, tap).is_none();
                (0..9).any(|tap| outside([tap / 3, tap % 3]))
            })
            .collect();
        Ok(Self {
            input,
            codes,
            layer,
            folded,
            size,
            shown,
            right: with_zero_point,
            float: [raw, normed, active],
            difference,
            border,
        })
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// The products of one output.
    pub fn taps(&self, cell: usize) -> Vec<Tap> {
        self.layer.taps(&self.codes, SHAPE, &self.input, [0, 0, cell / self.size[1], cell % self.size[1]])
    }

    /// Row and column in the padded picture of every tap of an output's window.
    pub fn window(&self, cell: usize) -> Vec<[usize; 2]> {
        let Geometry { stride, dilation, .. } = self.layer.geometry;
        let (y, x) = (cell / self.size[1] * stride[0], cell % self.size[1] * stride[1]);
        (0..9).map(|tap| [y + tap / 3 * dilation[0], x + tap % 3 * dilation[1]]).collect()
    }

    /// The code in the border.
    pub fn pad(&self) -> i32 {
        self.layer.pad_code(&self.input)
    }

    /// The products as text: `−7·(−5) + 0·3 + …`.
    pub fn products(&self, cell: usize) -> String {
        let bracket = |value: i32| if value < 0 { format!("({})", whole(value)) } else { value.to_string() };
        let product = |tap: &Tap| format!("{}·{}", bracket(tap.weight), bracket(tap.input));
        self.taps(cell).iter().map(product).collect::<Vec<_>>().join(" + ")
    }

    /// Largest |difference| of outputs whose window reaches into the border, and of the others.
    pub fn worst(&self) -> [f64; 2] {
        let worst = |border: bool| {
            let of = self.difference.iter().zip(&self.border).filter(|(_, is)| **is == border);
            of.fold(0.0_f64, |worst, (value, _)| worst.max(value.abs()))
        };
        [worst(true), worst(false)]
    }

    /// q of the float result after the activation, cell by cell: what the integers should end with.
    pub fn reference(&self) -> Vec<i32> {
        self.float[2].iter().map(|value| self.layer.layer.output.quantize(*value as f32)).collect()
    }

    /// Outputs with the reference's code, and the largest difference in codes.
    pub fn agreement(&self) -> (usize, i32) {
        let pairs = self.reference().into_iter().zip(self.shown.codes());
        pairs.fold((0, 0), |(equal, worst), (left, right)| {
            (equal + usize::from(left == right), worst.max((left - right).abs()))
        })
    }

    /// M as M₀ and n.
    pub fn multiplier(&self) -> Option<Multiplier> {
        let stages = self.layer.layer.requantizations(self.input.scale).ok()?;
        stages.first().map(|stage| stage.multiplier)
    }

    /// What the final clamp lets through.
    pub fn clamp(&self) -> (i32, i32) {
        self.layer.layer.activation.clamp(&self.layer.layer.output)
    }

    /// Whether the clamp of the output's own codes does the activation by itself.
    pub fn clamp_is_free(&self) -> bool {
        let output = &self.layer.layer.output;
        self.layer.layer.activation != Activation::None && self.clamp() == (output.q_min, output.q_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_border_of_zero_codes_errs_where_windows_reach_it_and_nowhere_else() {
        let right = ConvolutionView::new(&Setup { bits: 8, ..Setup::default() }).unwrap();
        let wrong = ConvolutionView::new(&Setup { bits: 8, pad: PadCode::Zero, ..Setup::default() }).unwrap();
        assert!(right.worst()[0] < 0.02, "{:?}", right.worst());
        assert!(wrong.worst()[0] > 0.2 && (wrong.worst()[1] - right.worst()[1]).abs() < 1e-9, "{:?}", wrong.worst());
        assert_eq!(right.pad(), right.input.zero_point);
        assert_eq!(wrong.pad(), 0);
    }

    #[test]
    fn folding_and_clamping_end_where_three_float_steps_end() {
        let view = ConvolutionView::new(&Setup { bits: 8, ..Setup::default() }).unwrap();
        let (equal, worst) = view.agreement();
        assert!(worst <= 2 && equal * 2 > view.outputs(), "{equal} equal, {worst} off");
        assert!(view.clamp_is_free(), "with Z_Y = q_min the clamp is the ReLU");
        let folded = view.folded.as_ref().unwrap();
        let twice =
            float_convolution(&folded.weights, &folded.bias, &Setup::default().picture, SHAPE, &view.layer.geometry);
        for (folded, stepwise) in twice.unwrap().iter().zip(&view.float[1]) {
            assert!((folded - stepwise).abs() < 1e-6);
        }
    }

    #[test]
    fn narrow_cells_lose_their_leading_zero_only() {
        let narrow = [0.274, -0.041, -1.031, 1.02, -10.04, 123.4].map(|value| bare_within(value, 4));
        assert_eq!(narrow, [".27", "−.04", "−1.0", "1.02", "−10", "123"]);
        let texts = [0.274, -0.041, 0.001, -1.031, 10.04, 0.996].map(bare);
        assert_eq!(texts, [".27", "−.04", "0", "−1.03", "10.04", "1.00"]);
    }

    #[test]
    fn windows_follow_stride_and_dilation() {
        let view = ConvolutionView::new(&Setup { stride: 2, dilation: 2, padding: 2, ..Setup::default() }).unwrap();
        assert_eq!(view.size, [3, 3]);
        assert_eq!(view.window(4)[0], [2, 2]);
        assert_eq!(view.window(4)[8], [6, 6]);
        let sum: i64 = view.taps(4).iter().map(|tap| i64::from(tap.weight) * i64::from(tap.input)).sum();
        assert_eq!(view.shown.groups[0].terms.products[(0, 4)], sum);
    }

    #[test]
    fn a_kernel_that_does_not_fit_is_refused() {
        let error = ConvolutionView::new(&Setup { picture: vec![f32::NAN; 36], ..Setup::default() }).unwrap_err();
        assert!(error.to_string().contains("X (0, 0)"), "{error}");
    }
}
