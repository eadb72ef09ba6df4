//! Integer arithmetic against the lecture: the lab's fully connected layer with every intermediate matrix, and convolutions.

use quantscope::engine::integer::{
    AccumulatorPolicy, Activation, BatchNorm, BiasWidth, Convolution, Geometry, Grid, Layer, Matrix, Operand, PadCode,
    RealLayer, Recipe, TERMS, When, float_convolution, float_product, lab_layer,
};
use quantscope::engine::quantize::{Linear, Quantizer};
use quantscope::engine::rng::Rng;

fn linear(text: &str) -> Linear {
    match text.parse().unwrap_or_else(|error| panic!("{text}: {error}")) {
        Quantizer::Linear(linear) => linear,
        other => panic!("{other} is not linear"),
    }
}

/// The lab's layer at some width: weights per channel with the restricted scale and all codes, inputs and outputs asymmetric.
struct Lab {
    layer: Layer,
    inputs: Operand,
    float: Matrix<f64>,
}

fn lab(bits: u32) -> Lab {
    let RealLayer { weights, inputs, bias } = lab_layer();
    let float = float_product(&weights, &inputs, &bias).unwrap();
    let outputs: Vec<f32> = float.values().iter().map(|value| *value as f32).collect();
    let activations = linear(&format!("linear:bits={bits},zero=lab"));
    let per_channel = linear(&format!("linear:bits={bits},range=full-clamped,per=channel"));
    let weights = Operand::quantize("W", &weights, &per_channel).unwrap();
    let inputs = Operand::quantize("X", &inputs, &activations).unwrap();
    let layer = Layer::new(weights, Grid::of(&activations, &outputs)).with_bias(bias);
    Lab { layer, inputs, float }
}

/// The lab prints one row a sample; here a column is a sample.
fn by_sample<T: Clone>(matrix: &Matrix<T>) -> Vec<T> {
    matrix.transposed().values().to_vec()
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance, "{found} instead of {expected}");
    }
}

#[test]
fn the_labs_layer_with_every_intermediate_matrix() {
    let Lab { layer, inputs, float } = lab(2);
    let input = inputs.grids()[0];
    close(&[f64::from(input.scale), f64::from(layer.output.scale)], &[0.281_600_0, 0.468_152_28], 5e-7);
    assert_eq!((input.zero_point, layer.output.zero_point), (-2, 0));
    let scales: Vec<f64> = layer.weights.grids().iter().map(|grid| f64::from(grid.scale)).collect();
    close(&scales, &[0.24982, 0.43835, 0.42504, 0.42427, 0.45331, 0.36866, 0.37675, 0.43349], 1e-6);
    #[rustfmt::skip]
    assert_eq!(layer.weights.codes().values(), [
        1, -1, 0, 1, 0, -1, -1, -1,
        1, -1, 0, 0, 0, 0, 0, 1,
        -1, -1, 0, -1, 0, 1, -1, 0,
        0, 0, 0, 0, 0, -1, 0, 0,
        0, 0, -1, 0, -1, 0, -1, 0,
        -1, 0, 1, -1, 0, 0, -1, 1,
        -1, 1, -1, 1, 1, 1, 0, 0,
        1, -1, -1, 1, 0, 0, 0, -1,
    ]);
    #[rustfmt::skip]
    assert_eq!(by_sample(inputs.codes()), [
        0, 1, 1, -1, 1, 1, -1, -1,
        -1, -1, -1, 1, 0, -2, -1, 0,
        0, 0, 0, -1, -1, 1, -2, -1,
        -1, -1, 0, -2, -2, -1, 0, 1,
    ]);
    close(&by_sample(&float)[..8], &[-0.0437, -0.5286, -0.1924, 0.0723, -0.7570, 0.2653, 0.2423, -0.9969], 5e-5);

    let product = layer.run(&inputs).unwrap();
    assert_eq!(product.bias.iter().map(|bias| bias.code).collect::<Vec<_>>(), [3, -2, 3, 1, 3, 2, -2, -2]);
    assert_eq!(product.q_bias, [-1, 0, -3, -1, -3, 0, 2, -4]);
    #[rustfmt::skip]
    assert_eq!(by_sample(&product.accumulator), [
        -2, -2, -1, -2, -4, 2, 3, -6,
        3, 0, -3, 1, -1, 0, 2, -2,
        0, -1, 1, -2, 0, 2, 1, -4,
        -3, 1, 0, 0, -1, 4, -3, -7,
    ]);
    let stages = layer.requantizations(input.scale).unwrap();
    let multipliers: Vec<f64> = stages.iter().map(|stage| stage.multiplier.real).collect();
    close(&multipliers, &[0.15027, 0.26367, 0.25567, 0.2552, 0.27267, 0.22175, 0.22662, 0.26075], 5e-6);
    #[rustfmt::skip]
    let expected = [
        0, -1, 0, -1, -1, 0, 1, -2,
        0, 0, -1, 0, 0, 0, 0, -1,
        0, 0, 0, -1, 0, 0, 0, -1,
        0, 0, 0, 0, 0, 1, -1, -2,
    ];
    for recipe in [Recipe::Single, Recipe::Float] {
        let product = Layer { recipe, ..layer.clone() }.run(&inputs).unwrap();
        assert_eq!(by_sample(&product.codes()), expected, "{}", recipe.name());
    }
    // Rounding twice does harm where accumulators are this small: −1 · 0.25567 → −0.511 → −1 → −0.5 → −1.
    let double = Layer { recipe: Recipe::Double, ..layer.clone() }.run(&inputs).unwrap();
    let cell = double.rescaled[(2, 0)];
    assert_eq!((cell.accumulator, cell.high, cell.code), (-1, Some(-1), -1));
    assert!(cell.exact > -0.256, "{}", cell.exact);
    assert!(product.accumulator_use.found.low >= product.accumulator_use.by_weights.low);
    assert!(product.accumulator_use.found.high <= product.accumulator_use.by_weights.high);
    assert_eq!(product.accumulator_use.width, 32);
}

#[test]
fn errors_of_the_labs_layer_by_width() {
    for (bits, input, zero, output, output_zero, largest, mse) in [
        (2, 0.281_600_0, -2, 0.468_152_28, 0, 0.5404, 0.0651),
        (4, 0.05632, -8, 0.09363, 3, 0.0606, 9.13e-4),
        (8, 0.003_312_94, -128, 0.005_507_67, 60, 0.00615, 5.75e-6),
    ] {
        let Lab { layer, inputs, float } = lab(bits);
        let grid = inputs.grids()[0];
        close(&[f64::from(grid.scale), f64::from(layer.output.scale)], &[input, output], 5e-6);
        assert_eq!((grid.zero_point, layer.output.zero_point), (zero, output_zero), "{bits} bits");
        let difference = layer.run(&inputs).unwrap().difference(&float);
        let worst = difference.values().iter().fold(0.0_f64, |worst, value| worst.max(value.abs()));
        let squares = difference.values().iter().map(|value| value * value).sum::<f64>() / 32.0;
        assert!((worst - largest).abs() < 0.01 * largest, "{bits} bits: {worst} instead of {largest}");
        assert!((squares - mse).abs() < 0.01 * mse, "{bits} bits: {squares} instead of {mse}");
    }
}

/// Codes drawn from a grid.
fn draw(rng: &mut Rng, rows: usize, cols: usize, grid: &Grid) -> Matrix<i32> {
    let span = (grid.q_max - grid.q_min + 1) as u64;
    Matrix::from_fn(rows, cols, |_, _| grid.q_min + rng.below(span) as i32)
}

#[test]
fn the_four_terms_are_the_sum_of_differences() {
    let mut rng = Rng::new(1);
    let grid = |zero, low, high| Grid::new(0.02, zero, low, high).unwrap();
    let weight_grids = vec![grid(3, -128, 127), grid(-100, -128, 127), grid(0, -128, 127)];
    let input_grid = grid(200, 0, 255);
    let weights = Operand::new("W", draw(&mut rng, 3, 7, &weight_grids[0]), weight_grids).unwrap();
    let inputs = Operand::new("X", draw(&mut rng, 7, 5, &input_grid), vec![input_grid]).unwrap();
    let product = Layer::new(weights.clone(), grid(0, -128, 127)).run(&inputs).unwrap();
    for row in 0..3 {
        for col in 0..5 {
            let zero = i64::from(weights.grid(row).zero_point);
            let expected: i64 = (0..7)
                .map(|k| (i64::from(weights.codes()[(row, k)]) - zero) * (i64::from(inputs.codes()[(k, col)]) - 200))
                .sum();
            assert_eq!(product.accumulator[(row, col)], expected);
            assert_eq!(product.terms.sum(row, col, [true; 4]), expected);
            let precomputed = TERMS.map(|term| term.when == When::Precomputed);
            assert_eq!(product.terms.sum(row, col, precomputed), product.q_bias[row]);
        }
    }
    let symmetric = product.terms.at(2, 0);
    assert_eq!((symmetric[1], symmetric[3]), (0, 0), "Z_W = 0 leaves two terms");
}

#[test]
fn sums_beyond_int32_are_refused_or_widened() {
    let wide = Grid::new(1e-4, 0, -32768, 32767).unwrap();
    let all = |rows, cols, code| Matrix::from_fn(rows, cols, |_, _| code);
    let weights = Operand::new("W", all(1, 3, -32768), vec![wide]).unwrap();
    let inputs = Operand::new("X", all(3, 1, -32768), vec![wide]).unwrap();
    let mut layer = Layer::new(weights, wide);
    let refused = layer.run(&inputs).unwrap_err().to_string();
    assert!(refused.contains("output (0, 0) reaches 2147483648"), "{refused}");
    layer.accumulator = AccumulatorPolicy::Widen;
    let product = layer.run(&inputs).unwrap();
    assert_eq!((product.accumulator[(0, 0)], product.accumulator_use.width), (3 << 30, 64));
    assert_eq!(product.accumulator_use.found.bits(), 33);
    assert_eq!(product.codes()[(0, 0)], 32767);
}

#[test]
fn operands_that_do_not_go_together_are_refused() {
    let Lab { layer, inputs, .. } = lab(4);
    let short = Operand::new("X", Matrix::from_fn(7, 4, |_, _| 0), inputs.grids().to_vec()).unwrap();
    let refusals = [
        (layer.run(&short).unwrap_err().to_string(), "8 × 8 and X is 7 × 4"),
        (layer.clone().with_bias(vec![0.0; 3]).run(&inputs).unwrap_err().to_string(), "3 biases for 8 outputs"),
        (layer.clone().with_bias(vec![f32::NAN; 8]).run(&inputs).unwrap_err().to_string(), "bias 0 is not a finite"),
        (Layer { multiplier_bits: 40, ..layer.clone() }.run(&inputs).unwrap_err().to_string(), "2 to 32 bits"),
        (
            Operand::new("X", Matrix::from_fn(1, 2, |_, col| 7 + col as i32), inputs.grids().to_vec())
                .unwrap_err()
                .to_string(),
            "X (0, 1) is 8; its codes are -8 to 7",
        ),
        (
            Operand::quantize("W", &Matrix::from_fn(2, 2, |_, _| f32::INFINITY), &linear("linear"))
                .unwrap_err()
                .to_string(),
            "W (0, 0) is not a finite",
        ),
        (
            Operand::quantize("W", &Matrix::from_fn(2, 2, |_, _| 1.0), &linear("linear:per=group:2"))
                .unwrap_err()
                .to_string(),
            "differ within one sum",
        ),
    ];
    for (message, hint) in refusals {
        assert!(message.contains(hint), "{message}");
    }
}

#[test]
fn an_int8_bias_shifts_whole_channels() {
    let Lab { layer, inputs, float } = lab(8);
    let mean_error = |width| {
        let product = Layer { bias_width: width, ..layer.clone() }.run(&inputs).unwrap();
        let offsets: f64 = product.bias.iter().map(|bias| bias.offset.abs()).sum();
        (offsets, product.difference(&float))
    };
    let (wide, _) = mean_error(BiasWidth::Int32);
    let (narrow, _) = mean_error(BiasWidth::Int8);
    assert!(narrow > 20.0 * wide, "{narrow} against {wide}");
}

/// A convolution computed straight from its definition.
fn by_definition(
    weights: &Operand,
    input: &[i32],
    [images, channels, height, width]: [usize; 4],
    zero: i32,
    geometry: &Geometry,
) -> Vec<i64> {
    let [out_height, out_width] = geometry.output(height, width).unwrap();
    let outputs = weights.codes().rows();
    let per_group = channels / geometry.groups;
    let mut result = Vec::new();
    for image in 0..images {
        for out in 0..outputs {
            let group = out / (outputs / geometry.groups);
            for y in 0..out_height {
                for x in 0..out_width {
                    let mut sum = 0;
                    for channel in 0..per_group {
                        for ky in 0..geometry.kernel[0] {
                            for kx in 0..geometry.kernel[1] {
                                let iy = (y * geometry.stride[0] + ky * geometry.dilation[0]) as i64
                                    - geometry.padding[0] as i64;
                                let ix = (x * geometry.stride[1] + kx * geometry.dilation[1]) as i64
                                    - geometry.padding[1] as i64;
                                if iy < 0 || ix < 0 || iy >= height as i64 || ix >= width as i64 {
                                    continue;
                                }
                                let place =
                                    ((image * channels + group * per_group + channel) * height + iy as usize) * width;
                                let weight = weights.codes()
                                    [(out, (channel * geometry.kernel[0] + ky) * geometry.kernel[1] + kx)];
                                let grid = weights.grid(out);
                                sum +=
                                    i64::from(weight - grid.zero_point) * i64::from(input[place + ix as usize] - zero);
                            }
                        }
                    }
                    result.push(sum);
                }
            }
        }
    }
    result
}

#[test]
fn convolutions_of_every_geometry_follow_the_definition() {
    let mut rng = Rng::new(5);
    let plain = Geometry::square(3);
    let geometries = [
        (plain, 2, 4),
        (plain.padded(1), 2, 4),
        (Geometry { stride: [2, 1], padding: [1, 0, 2, 1], ..plain }, 2, 4),
        (Geometry { dilation: [2, 1], padding: [2, 1, 2, 1], ..plain }, 2, 4),
        (Geometry { groups: 2, kernel: [2, 3], ..plain.padded(1) }, 4, 6),
        (Geometry { groups: 4, ..plain.padded(1) }, 4, 4),
        (Geometry::square(1), 3, 2),
    ];
    let grid = Grid::new(0.05, -20, -128, 127).unwrap();
    for (geometry, channels, outputs) in geometries {
        let shape = [2, channels, 6, 5];
        let depth = channels / geometry.groups * geometry.kernel[0] * geometry.kernel[1];
        let grids = (0..outputs).map(|out| Grid::new(0.01, out as i32 - 1, -128, 127).unwrap()).collect();
        let weights = Operand::new("W", draw(&mut rng, outputs, depth, &grid), grids).unwrap();
        let input = draw(&mut rng, 1, shape.iter().product(), &grid).values().to_vec();
        let convolution = Convolution { layer: Layer::new(weights.clone(), grid), geometry, pad: PadCode::ZeroPoint };
        let result = convolution.run(&input, shape, grid).unwrap();
        assert_eq!(result.accumulators(), by_definition(&weights, &input, shape, -20, &geometry), "{geometry:?}");
        let [images, outputs, height, width] = result.shape;
        let last = [images - 1, outputs - 1, height - 1, width - 1];
        let (group, row, col) = result.place(last);
        let products: i64 = convolution
            .taps(&input, shape, &grid, last)
            .iter()
            .map(|tap| i64::from(tap.weight) * i64::from(tap.input))
            .sum();
        assert_eq!(products, result.groups[group].terms.products[(row, col)], "{geometry:?}");
    }
}

#[test]
fn padding_with_the_code_zero_is_wrong_only_at_the_border() {
    let grid = Grid::new(0.05, -20, -128, 127).unwrap();
    let weight_grid = Grid::new(0.01, 0, -127, 127).unwrap();
    let weights = Operand::new("W", Matrix::from_fn(1, 9, |_, col| 10 + col as i32), vec![weight_grid]).unwrap();
    let input: Vec<i32> = (0..25).map(|index| index * 3 - 40).collect();
    let run = |pad| {
        let convolution =
            Convolution { layer: Layer::new(weights.clone(), grid), geometry: Geometry::square(3).padded(1), pad };
        convolution.run(&input, [1, 1, 5, 5], grid).unwrap().accumulators()
    };
    let (right, wrong) = (run(PadCode::ZeroPoint), run(PadCode::Zero));
    for (index, (right, wrong)) in right.iter().zip(&wrong).enumerate() {
        let (y, x) = (index / 5, index % 5);
        let inside = (1..4).contains(&y) && (1..4).contains(&x);
        assert_eq!(right == wrong, inside, "({y}, {x}): {right} and {wrong}");
    }
}

#[test]
fn folding_and_clamping_end_where_normalization_and_relu_end() {
    let mut rng = Rng::new(9);
    let mut real = |count: usize| (0..count).map(|_| rng.normal() as f32).collect::<Vec<_>>();
    let (shape, geometry) = ([1, 2, 6, 6], Geometry::square(3).padded(1));
    let weights = Matrix::new(3, 18, real(54)).unwrap();
    let input = real(72);
    let norm = BatchNorm {
        gamma: real(3),
        beta: real(3),
        mean: real(3),
        variance: real(3).iter().map(|value| value * value + 0.1).collect(),
        epsilon: 1e-5,
    };
    let plain = float_convolution(&weights, &[], &input, shape, &geometry).unwrap();
    let expected: Vec<f64> =
        plain.iter().enumerate().map(|(index, &value)| norm.apply(index / 36, value).unwrap().max(0.0)).collect();
    let folded = norm.fold(&weights, &[]).unwrap();
    let post_relu: Vec<f32> = expected.iter().map(|value| *value as f32).collect();
    let input_grid = Grid::of(&linear("linear:bits=8"), &input);
    let output_grid = Grid::of(&linear("linear:bits=8"), &post_relu);
    assert_eq!(output_grid.zero_point, output_grid.q_min, "after a ReLU the range begins at 0");
    let per_channel = linear("linear:bits=8,range=restricted,per=channel");
    let quantized = Operand::quantize("W", &folded.weights, &per_channel).unwrap();
    let codes: Vec<i32> = input.iter().map(|value| input_grid.quantize(*value)).collect();
    let layer = Layer { activation: Activation::Relu, ..Layer::new(quantized, output_grid).with_bias(folded.bias) };
    let convolution = Convolution { layer, geometry, pad: PadCode::ZeroPoint };
    let result = convolution.run(&codes, shape, input_grid).unwrap();
    let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(*value));
    for (found, expected) in result.real().iter().zip(&expected) {
        assert!((f64::from(*found) - expected).abs() < 0.02 * largest, "{found} instead of {expected}");
    }
    let without =
        Convolution { layer: Layer { activation: Activation::None, ..convolution.layer.clone() }, ..convolution };
    assert_eq!(without.run(&codes, shape, input_grid).unwrap().codes(), result.codes(), "the clamp is the ReLU");
}

#[test]
fn convolutions_that_do_not_fit_are_refused() {
    let grid = Grid::new(0.05, 0, -128, 127).unwrap();
    let weights = Operand::new("W", Matrix::from_fn(2, 9, |_, _| 1), vec![grid]).unwrap();
    let run = |geometry, shape: [usize; 4]| {
        let convolution = Convolution { layer: Layer::new(weights.clone(), grid), geometry, pad: PadCode::ZeroPoint };
        convolution.run(&[0; 25], shape, grid).map(|_| ()).unwrap_err().to_string()
    };
    let square = Geometry::square(3);
    for (message, hint) in [
        (run(square, [1, 1, 2, 5]), "reaches over 3 cells, the padded height is 2"),
        (run(square, [1, 1, 5, 6]), "needs 30"),
        (run(square, [1, 2, 5, 5]), "has 18 weights, not 9"),
        (run(Geometry { groups: 3, ..square }, [1, 1, 5, 5]), "do not divide into 3 groups"),
        (run(Geometry { stride: [0, 1], ..square }, [1, 1, 5, 5]), "at least 1"),
    ] {
        assert!(message.contains(hint), "{message}");
    }
}

#[test]
fn built_in_networks_answer_in_integers_as_fake_quantized() {
    use quantscope::builtin;
    use quantscope::engine::Silent;
    use quantscope::engine::network::digits::{Split, draw};
    use quantscope::engine::network::quantized::{
        FakeQuantized, IntegerNetwork, IntegerScheme, Prepared, TOLERANCE, agreement,
    };
    let (data, ranges) = (draw(Split::Test, 0, 96), draw(Split::Train, 0, 96));
    for name in builtin::names() {
        let (network, description) = builtin::network(name).unwrap();
        let prepared = Prepared::new(&network, description.normalization, &ranges, &Silent).unwrap();
        for text in ["w8a8", "w4a4", "w2a2"] {
            let scheme: IntegerScheme = text.parse().unwrap();
            for layer in agreement(&prepared, &scheme, &data, &Silent).unwrap() {
                let holds = layer.further == 0 && layer.from_middle <= TOLERANCE && layer.apart * 1000 <= layer.codes;
                assert!(holds, "{name} {text}: {layer:?}");
            }
            // From the first layer to the last, ties included.
            let integer = IntegerNetwork::new(&prepared, &scheme, &Silent).unwrap().evaluate(&data, &Silent).unwrap();
            let fake = FakeQuantized::of_integers(&prepared, &scheme, &Silent).unwrap();
            let fake = fake.evaluate(&data, &Silent).unwrap();
            let unlike = integer.answers.iter().zip(&fake.answers).filter(|(a, b)| a != b).count();
            assert!(unlike <= 2, "{name} {text}: {unlike} of 96 pictures");
        }
    }
}
