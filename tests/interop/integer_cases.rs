//! Cases of integer arithmetic as one JSON document on stdout, for `check_linear.py` to hold against onnxruntime.
//!
//! `cargo run --release --example integer_cases > cases.json`

use quantscope::engine::Silent;
use quantscope::engine::integer::kernel::{ByteInput, Weights};
use quantscope::engine::integer::{
    Activation, Convolution, Geometry, Grid, Layer, Matrix, Operand, PadCode, Recipe, float_convolution, float_product,
};
use quantscope::engine::quantize::{Decoder, Linear, Quantizer, quantize};
use quantscope::engine::rng::Rng;
use serde_json::{Value, json};

fn linear(text: &str) -> Linear {
    match text.parse() {
        Ok(Quantizer::Linear(linear)) => linear,
        other => panic!("{text}: {other:?}"),
    }
}

fn normal(rng: &mut Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| rng.normal() as f32).collect()
}

/// `quantize` against QuantizeLinear and DequantizeLinear, ties and infinities included.
fn quantizing(rng: &mut Rng) -> Vec<Value> {
    let schemes = [
        "linear:bits=8",
        "linear:bits=8,signed=false",
        "linear:bits=8,range=full",
        "linear:bits=8,range=restricted,clip=-1.5..1.5",
        "linear:bits=8,range=full-half,per=channel",
        "linear:bits=8,per=channel:1",
        "linear:bits=8,signed=false,clip=mse,per=channel",
        "linear:bits=8,clip=percentile:99",
        "linear:bits=8,scale=pow2",
        "linear:bits=8,scale=f16,per=group:5",
        "linear:bits=16",
        "linear:bits=16,signed=false,per=channel",
    ];
    let mut cases = Vec::new();
    for text in schemes {
        let shape = [6, 10];
        let mut values = normal(rng, 60);
        // On a grid of powers of two the quotients of round scales fall on ties.
        values.iter_mut().step_by(2).for_each(|value| *value = (*value * 64.0).round() / 64.0 + 1.0 / 128.0);
        // Left out of the fit; they saturate.
        (values[7], values[23]) = (f32::INFINITY, f32::NEG_INFINITY);
        let quantized = quantize(&values, &shape, &text.parse().unwrap(), None, &Silent).unwrap().quantized;
        let Decoder::Affine { scale, zero_point, code_min, code_max, .. } = &quantized.decoder else {
            panic!("{text}")
        };
        let codes: Vec<i32> = (0..60).map(|index| i32::from(quantized.codes.get(index)) + code_min).collect();
        let groups: Vec<usize> = (0..60).map(|index| quantized.partition.group_of(index)).collect();
        let bits: Vec<u32> = values.iter().map(|value| value.to_bits()).collect();
        let restored: Vec<u32> = quantized.reconstruct().iter().map(|value| value.to_bits()).collect();
        let scale: Vec<u32> = scale.iter().map(|value| value.to_bits()).collect();
        let narrow = [*code_min, *code_max];
        cases.push(json!({
            "scheme": text, "shape": shape, "values": bits, "scale": scale, "zero_point": zero_point, "group": groups,
            "bits": quantized.bits, "codes": codes, "range": narrow, "restored": restored,
        }));
    }
    cases
}

/// A grid for codes of eight bits.
fn grid(scale: f32, zero_point: i32, signed: bool) -> Grid {
    let (low, high) = if signed { (-128, 127) } else { (0, 255) };
    Grid::new(scale, zero_point, low, high).unwrap()
}

fn codes(rng: &mut Rng, count: usize, grid: &Grid) -> Vec<i32> {
    (0..count).map(|_| grid.q_min + rng.below((grid.q_max - grid.q_min + 1) as u64) as i32).collect()
}

/// The fast kernel's sums for inputs of either type, Z_X in the start values; `None` where Z_W is not 0.
fn fast(
    weights: &Operand,
    input: &[i32],
    x: &Grid,
    run: impl Fn(&[i8], ByteInput<'_>, &[i32]) -> Vec<i32>,
) -> Option<Vec<i32>> {
    if weights.grids().iter().any(|grid| grid.zero_point != 0) {
        return None;
    }
    let bytes: Vec<i8> = weights.codes().values().iter().map(|&code| code as i8).collect();
    let start: Vec<i32> =
        (0..weights.codes().rows()).map(|row| -x.zero_point * weights.codes().row(row).iter().sum::<i32>()).collect();
    let signed: Vec<i8> = input.iter().map(|&code| code as i8).collect();
    let unsigned: Vec<u8> = input.iter().map(|&code| code as u8).collect();
    let input = if x.q_min < 0 { ByteInput::Signed(&signed) } else { ByteInput::Unsigned(&unsigned) };
    Some(run(&bytes, input, &start))
}

/// MatMulInteger and QLinearMatMul.
fn products(rng: &mut Rng) -> Vec<Value> {
    let mut cases = Vec::new();
    for (signed, x_zero, w_zero, per_channel) in [
        (true, -3, 0, false),
        (false, 17, 0, true),
        (false, 128, 5, false),
        (true, 90, -100, false),
        (false, 0, 0, false),
    ] {
        let (rows, depth, cols) = (9, 37, 6);
        let x_grid = grid(0.021, x_zero, signed);
        let w_grids: Vec<Grid> =
            (0..if per_channel { rows } else { 1 }).map(|row| grid(0.004 + 0.001 * row as f32, w_zero, true)).collect();
        let w_codes = Matrix::new(rows, depth, codes(rng, rows * depth, &w_grids[0])).unwrap();
        let x_codes = Matrix::new(depth, cols, codes(rng, depth * cols, &x_grid)).unwrap();
        let weights = Operand::new("W", w_codes, w_grids).unwrap();
        let inputs = Operand::new("X", x_codes, vec![x_grid]).unwrap();
        let float = float_product(&weights.dequantized(), &inputs.dequantized(), &[]).unwrap();
        let float: Vec<f32> = float.values().iter().map(|value| *value as f32).collect();
        let output = Grid::of(&linear(if signed { "linear:bits=8" } else { "linear:bits=8,signed=false" }), &float);
        let layer = Layer::new(weights.clone(), output);
        let product = layer.run(&inputs).unwrap();
        let kernel = fast(&weights, inputs.codes().values(), &x_grid, |bytes, input, start| {
            Weights::new(rows, depth, bytes).unwrap().multiply(input, cols, start).unwrap()
        });
        let recipes: serde_json::Map<String, Value> = Recipe::ALL
            .iter()
            .map(|&recipe| {
                let codes = Layer { recipe, ..layer.clone() }.run(&inputs).unwrap().codes();
                (recipe.name().to_owned(), json!(codes.values()))
            })
            .collect();
        cases.push(json!({
            "rows": rows, "depth": depth, "cols": cols, "signed": signed,
            "w": weights.codes().values(), "x": inputs.codes().values(),
            "w_scale": weights.grids().iter().map(|grid| grid.scale.to_bits()).collect::<Vec<_>>(),
            "w_zero": w_zero, "x_scale": x_grid.scale.to_bits(), "x_zero": x_zero,
            "y_scale": output.scale.to_bits(), "y_zero": output.zero_point,
            "accumulator": product.accumulator.values(), "kernel": kernel, "y": recipes,
        }));
    }
    cases
}

/// ConvInteger and QLinearConv with a bias, per channel, with and without a fused ReLU.
fn convolutions(rng: &mut Rng) -> Vec<Value> {
    let plain = Geometry::square(3);
    let geometries = [
        (plain.padded(1), 5, 8),
        (Geometry { stride: [2, 1], padding: [1, 0, 2, 1], ..plain }, 3, 4),
        (Geometry { dilation: [2, 2], padding: [2, 2, 2, 2], ..plain }, 4, 4),
        (Geometry { groups: 2, kernel: [2, 3], ..plain.padded(1) }, 6, 8),
        (Geometry { groups: 6, ..plain.padded(1) }, 6, 6),
        (Geometry::square(1), 7, 5),
    ];
    let mut cases = Vec::new();
    for (number, (geometry, channels, outputs)) in geometries.into_iter().enumerate() {
        let signed = number % 2 == 1;
        let shape = [2, channels, 9, 8];
        let depth = channels / geometry.groups * geometry.kernel[0] * geometry.kernel[1];
        let (w, x, bias) = (normal(rng, outputs * depth), normal(rng, shape.iter().product()), normal(rng, outputs));
        let w = Matrix::new(outputs, depth, w).unwrap();
        let activation = if number % 3 == 0 { Activation::Relu } else { Activation::None };
        let float = float_convolution(&w, &bias, &x, shape, &geometry).unwrap();
        let float: Vec<f32> = float.iter().map(|value| activation.apply(*value) as f32).collect();
        let activations = linear(if signed { "linear:bits=8" } else { "linear:bits=8,signed=false" });
        let (x_grid, output) = (Grid::of(&activations, &x), Grid::of(&activations, &float));
        let weights = Operand::quantize("W", &w, &linear("linear:bits=8,range=restricted,per=channel")).unwrap();
        let input: Vec<i32> = x.iter().map(|&value| x_grid.quantize(value)).collect();
        let layer = Layer { activation, ..Layer::new(weights.clone(), output).with_bias(bias) };
        let run = |recipe| {
            let convolution =
                Convolution { layer: Layer { recipe, ..layer.clone() }, geometry, pad: PadCode::ZeroPoint };
            convolution.run(&input, shape, x_grid).unwrap()
        };
        let result = run(Recipe::Single);
        let without =
            Convolution { layer: Layer { bias: Vec::new(), ..layer.clone() }, geometry, pad: PadCode::ZeroPoint };
        let sums = without.run(&input, shape, x_grid).unwrap().accumulators();
        let kernel = fast(&weights, &input, &x_grid, |bytes, input, start| {
            let packed = Weights::for_kernel(outputs, depth, &geometry, bytes).unwrap();
            packed.convolve(input, shape, &geometry, x_grid.zero_point, start).unwrap()
        });
        let recipes: serde_json::Map<String, Value> =
            Recipe::ALL.iter().map(|&recipe| (recipe.name().to_owned(), json!(run(recipe).codes()))).collect();
        let bias_codes: Vec<i32> = layer.quantized_bias(x_grid.scale).unwrap().iter().map(|bias| bias.code).collect();
        cases.push(json!({
            "shape": shape, "out_shape": result.shape, "signed": signed,
            "w_shape": [outputs, channels / geometry.groups, geometry.kernel[0], geometry.kernel[1]],
            "strides": geometry.stride, "pads": geometry.padding, "dilations": geometry.dilation, "group": geometry.groups,
            "w": weights.codes().values(), "x": input, "bias": bias_codes,
            "w_scale": weights.grids().iter().map(|grid| grid.scale.to_bits()).collect::<Vec<_>>(),
            "x_scale": x_grid.scale.to_bits(), "x_zero": x_grid.zero_point,
            "y_scale": output.scale.to_bits(), "y_zero": output.zero_point,
            "accumulator": sums, "kernel": kernel, "y": recipes,
        }));
    }
    cases
}

fn main() {
    let mut rng = Rng::new(20);
    let document = json!({
        "quantize": quantizing(&mut rng), "products": products(&mut rng), "convolutions": convolutions(&mut rng),
    });
    println!("{document}");
}
