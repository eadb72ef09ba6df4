//! ONNX classifiers: they answer as the same network of this program does, and what is no classifier is refused by name and place.

use std::path::{Path, PathBuf};

use quantscope::builtin;
use quantscope::engine::Silent;
use quantscope::engine::network::digits::{Split, draw};
use quantscope::engine::network::quantized::Prepared;
use quantscope::engine::network::tuning::{Recipe, Tuning};
use quantscope::engine::network::{
    Activations, Dataset, Layers, Measured, Mode, Network, Normalization, Subject, forward,
};
use quantscope::engine::quantize::Scheme;
use quantscope::io::{self, FileFormat, Target, TensorExport};

use crate::network_file::*;
use crate::round_trip::{plain, quantized};

fn written(folder: &Path, bytes: &[u8]) -> PathBuf {
    let path = folder.join("net.onnx");
    std::fs::write(&path, bytes).unwrap();
    path
}

fn opened(bytes: &[u8]) -> Network {
    let folder = tempfile::tempdir().unwrap();
    io::open_network(&written(folder.path(), bytes)).unwrap_or_else(|error| panic!("{error}")).0
}

fn refused(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    io::open_network(&written(folder.path(), bytes)).expect_err("it is refused").to_string()
}

fn scores(network: &Network, input: &Activations) -> Activations {
    forward(network, input, Mode::Evaluate, |_, _| {}).scores().clone()
}

fn subject(network: &Network, data: &Dataset) -> Subject {
    Subject::new(network.clone(), Normalization::default(), data.clone(), &Silent).unwrap().unwrap()
}

fn measured(subject: &Subject, scheme: &str) -> Measured {
    subject.measure(&scheme.parse().unwrap(), Layers::All, usize::MAX, &Silent).unwrap()
}

#[test]
fn a_network_and_its_onnx_twin_answer_alike_in_float_and_quantized() {
    let data = draw(Split::Test, 0, 60);
    for name in builtin::names() {
        let (own, description) = builtin::network(name).unwrap();
        let twin = opened(&export(&own));
        assert_eq!((twin.input, twin.classes(), twin.weights()), (own.input, 10, own.weights()), "{name}");
        let input = data.shard(&[0, 1, 2, 3, 4, 5, 6], description.normalization);
        let (expected, found) = (scores(&own, &input), scores(&twin, &input));
        let worst = expected.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{name}: scores differ by {worst}");
        let (own, twin) = (subject(&own, &data), subject(&twin, &data));
        assert_eq!(own.float.correct, twin.float.correct, "{name}");
        for scheme in ["kmeans:bits=2", "linear:bits=3,per=channel"] {
            let (expected, found) = (measured(&own, scheme), measured(&twin, scheme));
            assert_eq!(expected.evaluation.correct, found.evaluation.correct, "{name}, {scheme}");
            assert_eq!(
                (expected.quantized.bytes, expected.quantized.float_bytes),
                (found.quantized.bytes, found.quantized.float_bytes)
            );
            for (expected, found) in expected.quantized.layers.iter().zip(&found.quantized.layers) {
                assert_eq!(expected.name, found.name, "{name}");
                assert_eq!(expected.report.sqnr_db(), found.report.sqnr_db(), "{name}, {scheme}: {}", found.name);
            }
            assert_eq!(expected.noise.len(), found.noise.len());
            for (expected, found) in expected.noise.iter().zip(&found.noise) {
                let (a, b) = (expected.sqnr_db.unwrap(), found.sqnr_db.unwrap());
                assert!(expected.name == found.name && (a - b).abs() < 0.01, "{name}: {} {a} dB, {b} dB", found.name);
            }
        }
    }
}

/// Writes the weights of a classifier by a scheme and opens what was written.
fn exported(classifier: &Path, scheme: &str) -> Network {
    let model = io::open(classifier).unwrap();
    let scheme: Scheme = scheme.parse().unwrap();
    let exports = model.tensors.iter().map(|tensor| match tensor.shape.len() {
        0 | 1 => plain(tensor),
        _ => quantized(tensor, &scheme),
    });
    let exports: Vec<TensorExport<'_>> = exports.collect();
    let path = classifier.with_file_name("quantized.onnx");
    io::save(&Target::new(&path, FileFormat::Onnx), &exports, &Silent).unwrap().unwrap();
    io::open_network(&path).unwrap_or_else(|error| panic!("{scheme}: {error}")).0
}

#[test]
fn what_is_exported_answers_as_what_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let (own, _) = builtin::network("lenet-5").unwrap();
    let path = written(folder.path(), &export(&own));
    let data = draw(Split::Test, 0, 40);
    let own = subject(&own, &data);
    // A table, one for each channel or group, codes cut to groups, codes with scales, and QDQ.
    for scheme in [
        "kmeans:bits=2",
        "kmeans:bits=8",
        "kmeans:bits=3,per=channel",
        "kmeans:bits=4,per=group:7",
        "binary:per=channel",
        "ternary",
        "float:e2m1fn",
        "linear:bits=4,per=channel",
    ] {
        let expected = measured(&own, scheme);
        let found = exported(&path, scheme);
        assert_eq!(found.weights(), own.network.weights(), "{scheme}");
        assert_eq!(subject(&found, &data).float.answers, expected.evaluation.answers, "{scheme}");
        for found in found.parameters.iter().filter(|parameter| parameter.is_weight()) {
            let expected = expected.quantized.network.parameter(&found.name).unwrap();
            let worst = found.values.iter().zip(&expected.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-6, "{scheme}: {} differs by {worst}", found.name);
        }
    }
}

/// Sixteen numbers from a pattern.
fn pattern(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|place| ((place * 7 + seed * 5) % 11) as f32 / 8.0 - 0.6).collect()
}

/// What a graph of `x` × W: 2 features to 3 classes gives for pictures of two bytes each.
fn row_scores(network: &Network) -> Vec<f32> {
    let input = Activations::from_shape_vec((1, 5, 1, 2), (0..10).map(|value| value as f32 / 10.0).collect()).unwrap();
    scores(network, &input).iter().copied().collect()
}

fn product(weights: impl Fn(usize, usize) -> f32) -> Vec<f32> {
    let x = |image: usize, feature: usize| (2 * image + feature) as f32 / 10.0;
    let score = |class: usize, image: usize| x(image, 0) * weights(0, class) + x(image, 1) * weights(1, class);
    (0..3).flat_map(|class| (0..5).map(move |image| (class, image))).map(|(class, image)| score(class, image)).collect()
}

#[test]
fn weights_are_found_however_a_layer_takes_them() {
    let values = pattern(6, 1);
    let ends = || [end(11, "x", 1, &[0, 2]), end(12, "y", 1, &[0, 3])].concat();
    let kinds: [(&str, Vec<Vec<u8>>); 6] = [
        ("MatMul", vec![node("MatMul", "fc", &["x", "w"], &["y"], &[]), floats("w", &[2, 3], &values)]),
        ("Gemm", vec![node("Gemm", "fc", &["x", "w"], &["y"], &[]), floats("w", &[2, 3], &values)]),
        (
            "Transpose",
            vec![
                node("Transpose", "", &["w"], &["t"], &[integers("perm", &[1, 0])]),
                node("Gemm", "fc", &["x", "t"], &["y"], &[integer("transB", 1)]),
                floats("w", &[2, 3], &values),
            ],
        ),
        (
            "Reshape",
            vec![
                node("Reshape", "", &["w", "shape"], &["r"], &[]),
                node("MatMul", "fc", &["x", "r"], &["y"], &[]),
                floats("w", &[2, 1, 3], &values),
                sizes("shape", &[2, -1]),
            ],
        ),
        (
            "Identity",
            vec![
                node("Identity", "", &["w"], &["i"], &[]),
                node("Dropout", "", &["x"], &["d"], &[]),
                node("MatMul", "fc", &["d", "i"], &["y"], &[]),
                floats("w", &[2, 3], &values),
            ],
        ),
        (
            "listed among the inputs",
            vec![
                node("MatMul", "fc", &["x", "w"], &["y"], &[]),
                floats("w", &[2, 3], &values),
                end(11, "w", 1, &[2, 3]),
            ],
        ),
    ];
    let expected = product(|feature, class| values[3 * feature + class]);
    for (kind, graph) in kinds {
        let mut network = opened(&model(17, &[graph.concat(), ends()]));
        let weight = &network.parameters[0];
        assert_eq!((weight.name.as_str(), weight.shape.as_slice()), ("fc.weight", &[3, 2][..]), "{kind}");
        let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        let found = row_scores(&network);
        assert!(near(&found, &expected), "{kind}: {found:?}, expected {expected:?}");
        // One weight alone, of class 2 from feature 0.
        network.parameters[0].values = vec![0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let found = row_scores(&network);
        let one = product(|feature, class| f32::from(u8::from(feature == 0 && class == 2)));
        assert!(near(&found, &one), "{kind}: {found:?}, expected {one:?}");
    }
}

#[test]
fn dequantized_weights_are_a_layer_and_the_others_count_as_they_are() {
    let graph = [
        node("DequantizeLinear", "", &["q", "s"], &["w"], &[integer("axis", 1)]),
        node("MatMul", "fc", &["x", "w"], &["m"], &[]),
        node("Add", "", &["m", "b"], &["y"], &[]),
        codes("q", &[2, 3], &[1, -2, 3, 4, 5, -6]),
        floats("s", &[3], &[0.5, 0.25, 0.125]),
        floats("b", &[1, 3], &[0.0, 0.0, 0.0]),
        end(11, "x", 1, &[0, 2]),
        end(12, "y", 1, &[0, 3]),
    ];
    let network = opened(&model(17, &graph));
    assert_eq!(network.parameters[0].values, [0.5, 2.0, -0.5, 1.25, 0.375, -0.75]);
    let others: Vec<(&str, usize)> =
        network.parameters[1..].iter().map(|other| (other.name.as_str(), other.shape.len())).collect();
    assert_eq!(others, [("b", 1)], "a bias of two axes is no layer");
    let expected = product(|feature, class| [[0.5, -0.5, 0.375], [2.0, 1.25, -0.75]][feature][class]);
    assert!(row_scores(&network).iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn pictures_may_lie_by_pixel_in_fixed_batches_with_data_beside_the_file() {
    // The mean of a channel of a 6×5 picture in three colours, by a 1×1 kernel for each class.
    let kernel = pattern(12, 3);
    let graph = |batch: u64| {
        vec![
            node("Transpose", "", &["x"], &["p"], &[integers("perm", &[0, 3, 1, 2])]),
            node("Conv", "mix", &["p", "k"], &["c"], &[word("auto_pad", "SAME_LOWER")]),
            node("GlobalAveragePool", "", &["c"], &["g"], &[]),
            node("Flatten", "", &["g"], &["f"], &[]),
            node("Softmax", "", &["f"], &["y"], &[integer("axis", 1)]),
            elsewhere("k", &[4, 3, 1, 1], "net.data"),
            end(11, "x", 1, &[batch, 6, 5, 3]),
            end(12, "y", 1, &[batch, 4]),
        ]
    };
    let folder = tempfile::tempdir().unwrap();
    let data: Vec<u8> = kernel.iter().flat_map(|value| value.to_le_bytes()).collect();
    std::fs::write(folder.path().join("net.data"), data).unwrap();
    let pixels: Vec<u8> = (0..7 * 90_usize).map(|place| (place * place % 253) as u8).collect();
    let classes = (0..4).map(|class| class.to_string()).collect();
    let data = Dataset::new("set", [3, 6, 5], pixels, vec![0, 1, 2, 3, 0, 1, 2], classes).unwrap();
    let answers = |batch: u64| {
        let (network, _) = io::open_network(&written(folder.path(), &model(17, &graph(batch)))).unwrap();
        assert_eq!((network.input, network.classes()), ([3, 6, 5], 4));
        let input = data.shard(&[0, 1, 2, 3, 4, 5, 6], Normalization::default());
        (scores(&network, &input), subject(&network, &data).float)
    };
    let (all, float) = answers(0);
    for batch in [1, 3, 7, 9] {
        let (found, same) = answers(batch);
        let worst = all.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-6 && same == float, "batches of {batch} differ by {worst}");
    }
    let mean = |image: usize, channel: usize| {
        let plane = &data.picture(image)[30 * channel..30 * (channel + 1)];
        plane.iter().map(|byte| f32::from(*byte) / 255.0).sum::<f32>() / 30.0
    };
    for image in 0..7 {
        let score =
            |class: usize| (0..3).map(|channel| kernel[3 * class + channel] * mean(image, channel)).sum::<f32>().exp();
        let sum: f32 = (0..4).map(score).sum();
        for class in 0..4 {
            let (found, expected) = (all[[class, image, 0, 0]], score(class) / sum);
            assert!((found - expected).abs() < 1e-5, "picture {image}, class {class}: {found}, expected {expected}");
        }
    }
}

#[test]
fn what_is_no_classifier_is_refused_by_place() {
    let weights = || floats("w", &[4, 3], &pattern(12, 2));
    let layer = |operator: &str, attributes: &[Vec<u8>]| {
        [node(operator, "fc", &["x", "w"], &["y"], attributes), weights()].concat()
    };
    let (x, y) = (end(11, "x", 1, &[0, 4]), end(12, "y", 1, &[0, 3]));
    let picture = |shape: &[u64]| end(11, "x", 1, shape);
    // What is wrong, the fields of the graph, what the refusal says.
    type Case<'a> = (&'a str, Vec<Vec<u8>>, &'a [&'a str]);
    let cases: Vec<Case<'_>> = vec![
        ("nothing in", vec![layer("MatMul", &[]), y.clone()], &["takes nothing, expected one input of pictures"]),
        (
            "two inputs",
            vec![layer("MatMul", &[]), x.clone(), end(11, "state", 1, &[2]), y.clone()],
            &["takes 2 inputs (`x`, `state`)"],
        ),
        (
            "two outputs",
            vec![layer("MatMul", &[]), x.clone(), y.clone(), end(12, "z", 1, &[2])],
            &["gives 2 outputs (`y`, `z`)", "class scores"],
        ),
        (
            "integers in",
            vec![layer("MatMul", &[]), end(11, "x", 7, &[0, 4]), y.clone()],
            &["input `x` is of int64, expected pictures in float32"],
        ),
        ("open sizes", vec![layer("MatMul", &[]), picture(&[0, 1, 0, 0]), y.clone()], &["?×1×?×?", "left open"]),
        ("five axes", vec![layer("MatMul", &[]), picture(&[0, 1, 2, 2, 2]), y.clone()], &["N×features"]),
        ("too large", vec![layer("MatMul", &[]), picture(&[0, 3, 1 << 20, 1 << 20]), y.clone()], &["64 MiB"]),
        (
            "unknown operator",
            vec![layer("Frobnicate", &[]), x.clone(), y.clone()],
            &["node `fc` (Frobnicate)", "not among those that can be run"],
        ),
        (
            "unknown domain",
            vec![layer("com.acme/MatMul", &[]), x.clone(), y.clone()],
            &["node `fc` (MatMul)", "of the domain com.acme"],
        ),
        ("wrong sizes", vec![layer("MatMul", &[]), picture(&[0, 5]), y.clone()], &["node `fc`"]),
        (
            "padding of another side",
            vec![
                node(
                    "AveragePool",
                    "pool",
                    &["x"],
                    &["y"],
                    &[integers("kernel_shape", &[2, 2]), word("auto_pad", "SAME_LOWER")],
                ),
                picture(&[0, 1, 4, 4]),
                y.clone(),
            ],
            &["node `pool` (AveragePool): auto_pad SAME_LOWER"],
        ),
        (
            "endless padding",
            vec![
                node(
                    "MaxPool",
                    "pool",
                    &["x"],
                    &["y"],
                    &[integers("kernel_shape", &[2, 2]), integers("pads", &[1 << 40; 4])],
                ),
                picture(&[0, 1, 4, 4]),
                y.clone(),
            ],
            &["node `pool` (MaxPool): pads has 1099511627776"],
        ),
        (
            "an endless picture",
            vec![
                node("Expand", "wide", &["x", "to"], &["y"], &[]),
                sizes("to", &[1 << 20, 1 << 20]),
                x.clone(),
                y.clone(),
            ],
            &["node `wide` (Expand) may give 1.1e12 values, more than fit into 512 MiB"],
        ),
        (
            "endless copies",
            vec![node("Tile", "more", &["x", "by"], &["y"], &[]), sizes("by", &[1, 1 << 40]), x.clone(), y.clone()],
            &["node `more` (Tile) may give 4.4e12 values"],
        ),
        (
            "sizes that are computed",
            vec![
                node("Concat", "both", &["side", "side"], &["to"], &[integer("axis", 0)]),
                node("Expand", "wide", &["one", "to"], &["z"], &[]),
                node("Add", "sum", &["x", "z"], &["y"], &[]),
                floats("one", &[1, 1], &[1.0]),
                sizes("side", &[1 << 16]),
                x.clone(),
                y.clone(),
            ],
            &["node `wide` (Expand) may give 4.3e9 values"],
        ),
        (
            "copies of copies",
            vec![
                node("Tile", "first", &["x", "by"], &["a"], &[]),
                node("Tile", "second", &["a", "by"], &["b"], &[]),
                node("Tile", "third", &["b", "by"], &["y"], &[]),
                sizes("by", &[1, 4096]),
                x.clone(),
                y.clone(),
            ],
            &["node `third` (Tile) may give 2.7e11 values"],
        ),
        (
            "sizes out of the picture",
            vec![
                node("Cast", "whole", &["x"], &["to"], &[integer("to", 7)]),
                node("ConstantOfShape", "wide", &["to"], &["y"], &[]),
                x.clone(),
                y.clone(),
            ],
            &["node `wide` (ConstantOfShape) gives as many values as the picture says"],
        ),
        (
            "nodes in a circle",
            vec![
                node("Add", "a", &["x", "v"], &["u"], &[]),
                node("Relu", "b", &["u"], &["v"], &[]),
                node("Relu", "c", &["v"], &["y"], &[]),
                x.clone(),
                y.clone(),
            ],
            &["its nodes take each other's values in a circle"],
        ),
        (
            "a picture out",
            vec![node("Relu", "relu", &["x"], &["y"], &[]), picture(&[0, 3, 4, 4]), end(12, "y", 1, &[0, 3, 4, 4])],
            &["gives [1, 3, 4, 4] for a batch of 1, expected [pictures, classes]"],
        ),
        (
            "one class",
            vec![
                node("ReduceMean", "mean", &["x"], &["y"], &[integers("axes", &[1])]),
                x.clone(),
                end(12, "y", 1, &[0, 1]),
            ],
            &["with 2 or more classes"],
        ),
        ("output that nothing computes", vec![layer("MatMul", &[]), x.clone(), end(12, "z", 1, &[0, 3])], &["z"]),
        (
            "data that is not there",
            vec![
                node("MatMul", "fc", &["x", "w"], &["y"], &[]),
                elsewhere("w", &[4, 3], "gone.data"),
                x.clone(),
                y.clone(),
            ],
            &["tensor `w`", "gone.data"],
        ),
    ];
    for (kind, graph, expected) in cases {
        let said = refused(&model(17, &graph));
        assert!(said.contains("net.onnx: "), "{kind}: {said}");
        for part in expected {
            assert!(said.contains(part), "{kind}: {said:?} lacks {part:?}");
        }
    }
}

#[test]
fn pictures_that_do_not_fit_are_refused_and_features_take_any_shape() {
    let network = opened(&model(
        17,
        &[
            node("MatMul", "fc", &["x", "w"], &["y"], &[]),
            floats("w", &[16, 3], &pattern(48, 1)),
            end(11, "x", 1, &[0, 16]),
            end(12, "y", 1, &[0, 3]),
        ],
    ));
    assert_eq!(network.input, [1, 4, 4], "sixteen features are a square picture");
    let data = |shape: [usize; 3], classes: usize| {
        let names = (0..classes).map(|class| class.to_string()).collect();
        Dataset::new("set", shape, vec![9; shape.iter().product()], vec![0], names).unwrap()
    };
    let new = |data| Subject::new(network.clone(), Normalization::default(), data, &Silent).map(drop);
    assert!(new(data([1, 2, 8], 3)).is_ok());
    assert!(new(data([1, 5, 4], 3)).unwrap_err().to_string().contains("takes pictures of 1×4×4; set has 1×5×4"));
    assert!(new(data([1, 4, 4], 4)).unwrap_err().to_string().contains("tells 3 classes apart; set has 4"));
}

#[test]
fn training_integers_and_our_own_file_are_refused_with_the_way_out() {
    let (own, description) = builtin::network("lenet-300-100").unwrap();
    let twin = opened(&export(&own));
    let data = draw(Split::Train, 0, 32);
    let trained =
        Tuning::new(twin.clone(), data.clone(), Normalization::default(), &Recipe::default(), |_| true, &Silent);
    let said = trained.err().expect("it cannot be trained").to_string();
    assert!(
        said.contains("a network from ONNX runs as the graph of its file") && said.contains("without fine-tuning"),
        "{said}"
    );
    let said = Prepared::new(&twin, Normalization::default(), &data, &Silent).unwrap_err().to_string();
    assert!(said.contains("to round activations or compute in integers, take a network of this program"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let said = io::save_network(&folder.path().join("n.safetensors"), &twin, &description).unwrap_err().to_string();
    assert!(said.contains("quantize net.onnx --out FILE.onnx"), "{said}");
}

#[test]
fn a_graph_may_be_deep_but_not_endless() {
    let chain = |length: usize| {
        let name = |place: usize| if place == 0 { "x".to_owned() } else { format!("v{place}") };
        let mut graph: Vec<Vec<u8>> =
            (0..length).map(|at| node("Relu", "", &[&name(at)], &[&name(at + 1)], &[])).collect();
        graph.push(node("MatMul", "fc", &[&name(length), "w"], &["y"], &[]));
        graph.extend([floats("w", &[2, 3], &pattern(6, 1)), end(11, "x", 1, &[0, 2]), end(12, "y", 1, &[0, 3])]);
        model(17, &graph)
    };
    assert_eq!(row_scores(&opened(&chain(9_999))), row_scores(&opened(&chain(1))));
    assert!(refused(&chain(10_000)).contains("has 10001 nodes, expected 10000 at most"));
}
