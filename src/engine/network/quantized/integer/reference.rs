//! The same network by the explained path of [`crate::engine::integer`]: one product after the other, every step of rescaling in 128
//! bits. Slow, and written from the network rather than from the stages.

use super::super::super::data::Dataset;
use super::super::super::graph::{Op, Source};
use super::super::super::infer::windows;
use super::super::IntegerScheme;
use super::super::calibration::Prepared;
use super::super::roles::Role;
use super::build::{codes, geometry, requantization, score_factors};
use crate::engine::Silent;
use crate::engine::integer::{Activation, Convolution, Grid, Layer, Matrix, Operand, PadCode};

/// Codes of every node that has some, \[images\]\[channels · height · width\], and the class scores.
pub fn run(prepared: &Prepared, scheme: &IntegerScheme, data: &Dataset, places: &[usize]) -> (Vec<Vec<i32>>, Vec<i64>) {
    let network = &prepared.network;
    let grids = prepared.grids(&scheme.activation_linear());
    let shapes = network.shapes().unwrap();
    let images = places.len();
    let byte = |byte: &u8| {
        let value = (f32::from(*byte) / 255.0 - prepared.normalization.mean) / prepared.normalization.deviation;
        grids.input.quantize(value)
    };
    let input: Vec<i32> = places.iter().flat_map(|place| data.picture(*place).iter().map(byte)).collect();
    let mut all: Vec<Vec<i32>> = Vec::new();
    let mut scores = Vec::new();
    for (place, node) in network.nodes.iter().enumerate() {
        let taken = |index: usize| match node.inputs[index] {
            Source::Input => (&input, grids.input, network.input),
            Source::Node(before) => match prepared.roles[before] {
                Role::Fused { into } => (&all[before], grids.outputs[into].unwrap(), shapes[before]),
                _ => (&all[before], grids.outputs[before].unwrap(), shapes[before]),
            },
        };
        let (codes_in, grid_in, [channels, height, width]) = taken(0);
        let (grid, activation) = match prepared.roles[place] {
            Role::Fused { into } => {
                let six = network.nodes[into].op == Op::Relu6;
                (grids.outputs[into].unwrap(), if six { Activation::Relu6 } else { Activation::Relu })
            }
            _ => (grids.outputs[place].unwrap_or(Grid::new(1.0, 0, -128, 127).unwrap()), Activation::None),
        };
        let ends = activation.clamp(&grid);
        let rescaled = |sum: i64, real: f64| requantization(real, &grid, ends).unwrap().code(sum);
        let out: Vec<i32> = match &node.op {
            Op::Conv2d { .. } | Op::Linear { .. } => {
                let layer = codes(network, node, &scheme.weight_scheme(), &Silent).unwrap();
                let q_max = (1 << (scheme.weights - 1)) - 1;
                let row = |scale: &f32| Grid::new(*scale, 0, -q_max, q_max).unwrap();
                let of_weights: Vec<Grid> = layer.scales.iter().map(row).collect();
                let whole: Vec<i32> = layer.codes.iter().map(|code| i32::from(*code)).collect();
                let matrix = Matrix::new(of_weights.len(), layer.depth, whole).unwrap();
                let weights = Operand::new("W", matrix, of_weights).unwrap();
                let bias = network.part(node, "bias").map(|(_, bias)| bias.values.clone()).unwrap_or_default();
                let explained = Layer { activation, ..Layer::new(weights, grid).with_bias(bias) };
                let rows = layer.scales.len();
                let (codes, sums) = match geometry(&node.op) {
                    Some(geometry) => {
                        let convolution = Convolution { layer: explained, geometry, pad: PadCode::ZeroPoint };
                        let shape = [images, channels, height, width];
                        let convolved = convolution.run(codes_in, shape, grid_in).unwrap();
                        (convolved.codes(), convolved.accumulators())
                    }
                    None => {
                        let columns = Matrix::new(images, layer.depth, codes_in.clone()).unwrap().transposed();
                        let inputs = Operand::new("X", columns, vec![grid_in]).unwrap();
                        let product = explained.run(&inputs).unwrap();
                        let codes = product.codes().transposed().values().to_vec();
                        (codes, product.accumulator.transposed().values().to_vec())
                    }
                };
                if prepared.roles[place] == Role::Scores {
                    let factors = score_factors(&layer.scales);
                    scores = sums.iter().enumerate().map(|(at, sum)| sum * factors[at % rows]).collect();
                    Vec::new()
                } else {
                    codes
                }
            }
            Op::MaxPool { kernel, stride, padding, ceil } | Op::AvgPool { kernel, stride, padding, ceil } => {
                let count =
                    |axis: usize, size| windows(size, kernel[axis], stride[axis], padding[axis], 1, *ceil).unwrap();
                let mut out = Vec::new();
                for plane in codes_in.chunks_exact(height * width) {
                    for y in 0..count(0, height) {
                        for x in 0..count(1, width) {
                            let mut inside = Vec::new();
                            for tap in 0..kernel[0] * kernel[1] {
                                let row = (y * stride[0] + tap / kernel[1]).checked_sub(padding[0]);
                                let column = (x * stride[1] + tap % kernel[1]).checked_sub(padding[1]);
                                if let (Some(row), Some(column)) = (row, column)
                                    && row < height
                                    && column < width
                                {
                                    inside.push(plane[row * width + column]);
                                }
                            }
                            out.push(if let Op::MaxPool { .. } = node.op {
                                *inside.iter().max().unwrap()
                            } else {
                                let sum = inside.iter().map(|code| i64::from(code - grid_in.zero_point)).sum();
                                let real = f64::from(grid_in.scale) / (f64::from(grid.scale) * inside.len() as f64);
                                rescaled(sum, real)
                            });
                        }
                    }
                }
                out
            }
            Op::Relu => codes_in.iter().map(|code| *code.max(&grid_in.zero_point)).collect(),
            Op::Relu6 if matches!(prepared.roles[place], Role::Rectifies { .. }) => codes_in.clone(),
            // These have one rounding of a sum of real products; in double precision that is the same code unless the sum lies
            // within 2⁻²⁹ of the middle between two.
            Op::Relu6 => {
                let (low, high) = Activation::Relu6.clamp(&grid);
                codes_in.iter().map(|code| real_sum(&[(*code, grid_in)], &grid).clamp(low, high)).collect()
            }
            Op::Add => {
                let (second, grid_second, _) = taken(1);
                let pairs = codes_in.iter().zip(second);
                let sum =
                    |(a, b): (&i32, &i32)| real_sum(&[(*a, grid_in), (*b, grid_second)], &grid).clamp(ends.0, ends.1);
                pairs.map(sum).collect()
            }
            Op::Concat => {
                let (second, grid_second, shape) = taken(1);
                let sizes = [channels * height * width, shape.iter().product()];
                let parts = [(codes_in, grid_in), (second, grid_second)];
                let image = |image: usize| {
                    let parts = parts.iter().zip(sizes).flat_map(move |((codes, from), size)| {
                        codes[image * size..(image + 1) * size].iter().map(move |code| (*code, *from))
                    });
                    parts.map(|term| real_sum(&[term], &grid).clamp(ends.0, ends.1)).collect::<Vec<_>>()
                };
                (0..images).flat_map(image).collect()
            }
            Op::Flatten => codes_in.clone(),
            Op::BatchNorm { .. } | Op::Foreign(_) => unreachable!("the network was prepared"),
        };
        all.push(out);
    }
    if scores.is_empty() {
        scores = all.last().unwrap().iter().map(|code| i64::from(*code)).collect();
    }
    (all, scores)
}

fn real_sum(terms: &[(i32, Grid)], grid: &Grid) -> i32 {
    let real: f64 = terms
        .iter()
        .map(|(code, from)| f64::from(from.scale) / f64::from(grid.scale) * f64::from(code - from.zero_point))
        .sum();
    (real + 0.5).floor() as i32 + grid.zero_point
}
