//! From a network with measured activations to stages on codes.

use super::super::super::graph::{Network, Node, Op, Shape, Source};
use super::super::super::ops::pool;
use super::super::IntegerScheme;
use super::super::calibration::{Grids, Prepared, unfit};
use super::super::roles::Role;
use super::sums::Sum;
use super::{End, IntegerNetwork, Kind, Stage};
use crate::engine::Progress;
use crate::engine::integer::kernel::{Rescale, Weights};
use crate::engine::integer::{
    Activation, Bias, BiasWidth, Geometry, Grid, IntegerError, Multiplier, Recipe, Requantization,
};
use crate::engine::quantize::{self, Codes, Decoder, QuantizeError, Scheme};

/// Everything that the integers of a layer follow from.
pub(in super::super) struct LayerCodes {
    /// q_W, \[outputs × depth\].
    pub codes: Vec<i8>,
    /// S_W of every output channel; Z_W is 0.
    pub scales: Vec<f32>,
    /// Inputs of an output.
    pub depth: usize,
}

impl IntegerNetwork {
    /// Weights and biases as integers, multipliers in fixed point.
    ///
    /// # Errors
    /// A layer whose sums could leave int32, whose bias does not fit it or whose multiplier is out of reach, by its name; or cancelled.
    pub fn new(prepared: &Prepared, scheme: &IntegerScheme, progress: &dyn Progress) -> Result<Self, QuantizeError> {
        let network = &prepared.network;
        let grids = prepared.grids(&scheme.activation_linear());
        let weights = scheme.weight_scheme();
        let shapes = network.shapes().map_err(unfit)?;
        let mut builder =
            Builder { network, shapes, roles: &prepared.roles, grids, weights, stages: Vec::new(), found: Vec::new() };
        for place in 0..network.nodes.len() {
            progress.check()?;
            let named = |error: IntegerError| unfit(format!("layer {}: {error}", network.nodes[place].name));
            let found = builder.node(place, progress)?.map_err(named)?;
            builder.found.push(found);
        }
        let table = std::array::from_fn(|byte| {
            let normalization = prepared.normalization;
            let value = (byte as f32 / 255.0 - normalization.mean) / normalization.deviation;
            builder.grids.input.quantize(value) as i8
        });
        let rescaled = |stage: &Stage| match stage.kind {
            Kind::Largest(_) | Kind::Rectify { .. } => 0,
            _ => stage.to.iter().product::<usize>() as u64,
        };
        Ok(Self {
            name: network.name.clone(),
            input: network.input,
            classes: network.classes(),
            table: Box::new(table),
            rescaled: builder.stages.iter().map(rescaled).sum(),
            stages: builder.stages,
        })
    }
}

struct Builder<'a> {
    network: &'a Network,
    shapes: Vec<Shape>,
    roles: &'a [Role],
    grids: Grids,
    weights: Scheme,
    stages: Vec<Stage>,
    /// Where each node's codes are found, as [`Stage::sources`] counts.
    found: Vec<usize>,
}

impl Builder<'_> {
    /// Adds the stage of a node, where it needs one, and says where its codes are found.
    fn node(&mut self, place: usize, progress: &dyn Progress) -> Result<Result<usize, IntegerError>, QuantizeError> {
        let node = &self.network.nodes[place];
        let layer = match node.op {
            Op::Conv2d { .. } | Op::Linear { .. } => Some(codes(self.network, node, &self.weights, progress)?),
            _ => None,
        };
        Ok(self.kind(place, layer).map(|kind| match kind {
            None => self.source(node.inputs[0]),
            Some(kind) => {
                let name = match self.roles[place] {
                    Role::Fused { into } => self.network.nodes[into].name.clone(),
                    _ => node.name.clone(),
                };
                let sources = node.inputs.iter().map(|source| self.source(*source)).collect();
                let from = self.shape(node.inputs[0]);
                self.stages.push(Stage { name, sources, from, to: self.shapes[place], kind });
                self.stages.len()
            }
        }))
    }

    fn source(&self, source: Source) -> usize {
        match source {
            Source::Input => 0,
            Source::Node(place) => self.found[place],
        }
    }

    fn shape(&self, source: Source) -> Shape {
        match source {
            Source::Input => self.network.input,
            Source::Node(place) => self.shapes[place],
        }
    }

    /// The grid of what a node takes.
    fn grid(&self, source: Source) -> Grid {
        let grid = self.grids.of(source, self.roles);
        grid.unwrap_or_else(|| unreachable!("only class scores have no grid, and nothing reads them"))
    }

    /// The grid that a node's output is rounded to, with the smallest and largest code after a fused rectifier.
    fn output(&self, place: usize) -> Option<(Grid, (i32, i32))> {
        let (at, activation) = match self.roles[place] {
            Role::Scores => return None,
            Role::Fused { into } if self.network.nodes[into].op == Op::Relu6 => (into, Activation::Relu6),
            Role::Fused { into } => (into, Activation::Relu),
            _ => (place, Activation::None),
        };
        self.grids.outputs[at].map(|grid| (grid, activation.clamp(&grid)))
    }

    /// What a node does; `None` where its codes are those of its input.
    fn kind(&self, place: usize, layer: Option<LayerCodes>) -> Result<Option<Kind>, IntegerError> {
        let node = &self.network.nodes[place];
        let input = self.grid(node.inputs[0]);
        let sum = |inputs: &[Grid]| {
            let (grid, ends) = self.output(place).unwrap_or((input, (input.q_min, input.q_max)));
            Sum::new(inputs, &grid, ends)
        };
        Ok(Some(match (&node.op, layer) {
            (Op::Conv2d { .. } | Op::Linear { .. }, Some(layer)) => self.products(place, &layer, &input)?,
            (Op::MaxPool { kernel, stride, padding, ceil }, _) => {
                let (kernel, stride, padding, ceil) = (*kernel, *stride, *padding, *ceil);
                Kind::Largest(pool::Geometry { kernel, stride, padding, ceil })
            }
            (Op::AvgPool { kernel, stride, padding, ceil }, _) => {
                let (kernel, stride, padding, ceil) = (*kernel, *stride, *padding, *ceil);
                let (grid, ends) = self.output(place).unwrap_or((input, (input.q_min, input.q_max)));
                let by_count = (1..=kernel[0] * kernel[1])
                    .map(|count| {
                        let real = f64::from(input.scale) / (f64::from(grid.scale) * count as f64);
                        Ok(Rescale::new(requantization(real, &grid, ends)?))
                    })
                    .collect::<Result<_, IntegerError>>()?;
                let geometry = pool::Geometry { kernel, stride, padding, ceil };
                Kind::Mean { geometry, zero_point: input.zero_point, by_count }
            }
            (Op::Relu | Op::Relu6, _) => match self.roles[place] {
                Role::Rectifies { .. } => return Ok(None),
                Role::Keeps => Kind::Rectify { zero_point: input.zero_point as i8 },
                // A rectifier on a grid of its own: zero and six are the ends of its codes.
                _ => {
                    let grid = self.grids.outputs[place].unwrap_or(input);
                    Kind::Sum(Sum::new(&[input], &grid, Activation::Relu6.clamp(&grid))?)
                }
            },
            (Op::Add, _) => Kind::Sum(sum(&[input, self.grid(node.inputs[1])])?),
            (Op::Concat, _) => Kind::Join(vec![sum(&[input])?, sum(&[self.grid(node.inputs[1])])?]),
            _ => return Ok(None),
        }))
    }

    fn products(&self, place: usize, layer: &LayerCodes, input: &Grid) -> Result<Kind, IntegerError> {
        let node = &self.network.nodes[place];
        let rows = layer.scales.len();
        let geometry = geometry(&node.op);
        let weights = match &geometry {
            Some(geometry) => Weights::for_kernel(rows, layer.depth, geometry, &layer.codes)?,
            None => Weights::new(rows, layer.depth, &layer.codes)?,
        };
        let start = start(self.network, node, layer, input)?;
        weights.check_sums(true, &start)?;
        let end = match self.output(place) {
            Some((grid, ends)) => {
                let stage = |scale: &f32| {
                    let real = f64::from(*scale) * f64::from(input.scale) / f64::from(grid.scale);
                    Ok(Rescale::new(requantization(real, &grid, ends)?))
                };
                End::Codes(layer.scales.iter().map(stage).collect::<Result<_, IntegerError>>()?)
            }
            None => End::Scores(score_factors(&layer.scales)),
        };
        Ok(Kind::Products { weights, start, geometry, pad: input.zero_point, end })
    }
}

/// q_bias = q_b − Z_X Σ q_W of every output channel.
///
/// # Errors
/// A bias beyond int32, or with the sum of the weights.
pub(super) fn start(
    network: &Network,
    node: &Node,
    layer: &LayerCodes,
    input: &Grid,
) -> Result<Vec<i32>, IntegerError> {
    let biases = biases(network, node, layer, input)?;
    let whole = |(row, bias): (usize, &Bias)| {
        let codes = &layer.codes[row * layer.depth..(row + 1) * layer.depth];
        let sum: i64 = codes.iter().map(|code| i64::from(*code)).sum();
        let start = i64::from(bias.code) - i64::from(input.zero_point) * sum;
        i32::try_from(start).map_err(|_| IntegerError::Overflow { row, col: 0, sum: start })
    };
    biases.iter().enumerate().map(whole).collect()
}

/// The bias of every output channel in units of S_W S_X; 0 where there is none.
///
/// # Errors
/// A bias beyond int32.
pub(in super::super) fn biases(
    network: &Network,
    node: &Node,
    layer: &LayerCodes,
    input: &Grid,
) -> Result<Vec<Bias>, IntegerError> {
    let scales: Vec<f64> = layer.scales.iter().map(|scale| f64::from(*scale) * f64::from(input.scale)).collect();
    let none = || vec![0.0; scales.len()];
    let bias = network.part(node, "bias").map_or_else(none, |(_, bias)| bias.values.clone());
    Bias::quantize(&bias, &scales, BiasWidth::Int32)
}

/// M in fixed point, rounded once.
pub(super) fn requantization(real: f64, grid: &Grid, (low, high): (i32, i32)) -> Result<Requantization, IntegerError> {
    let multiplier = Multiplier::new(real, 32)?;
    Ok(Requantization { recipe: Recipe::Single, multiplier, zero_point: grid.zero_point, low, high })
}

/// What sums of channels with different scales are multiplied by before they are compared: S_W / max S_W in 30 bits.
pub(super) fn score_factors(scales: &[f32]) -> Vec<i64> {
    let largest = scales.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    scales.iter().map(|scale| (f64::from(*scale) / f64::from(largest) * f64::from(1 << 30)).round() as i64).collect()
}

/// The geometry of a convolution as the integer kernels take it; `None` for a fully connected layer.
pub(super) fn geometry(op: &Op) -> Option<Geometry> {
    match *op {
        Op::Conv2d { kernel, stride, padding: [top, left], dilation, groups, .. } => {
            Some(Geometry { kernel, stride, padding: [top, left, top, left], dilation, groups })
        }
        _ => None,
    }
}

/// Quantizes the weights of a layer.
///
/// # Errors
/// A scheme that does not fit; or cancelled.
pub(in super::super) fn codes(
    network: &Network,
    node: &Node,
    scheme: &Scheme,
    progress: &dyn Progress,
) -> Result<LayerCodes, QuantizeError> {
    let (_, weight) = network.part(node, "weight").unwrap_or_else(|| unreachable!("layers have weights"));
    let fitted =
        quantize::quantize(&weight.values, &weight.shape, scheme, None, progress).map_err(|error| match error {
            QuantizeError::Unfit(reason) => unfit(format!("layer {}: {reason}", node.name)),
            cancelled @ QuantizeError::Cancelled(_) => cancelled,
        })?;
    let rows = weight.shape[0];
    let (Codes::Narrow(codes), Decoder::Affine { scale, code_min, .. }) =
        (fitted.quantized.codes, fitted.quantized.decoder)
    else {
        unreachable!("an integer scheme gives linear codes of up to 8 bits")
    };
    Ok(LayerCodes {
        codes: codes.iter().map(|code| (i32::from(*code) + code_min) as i8).collect(),
        scales: if scale.len() == rows { scale } else { vec![scale[0]; rows] },
        depth: weight.values.len() / rows.max(1),
    })
}
