//! Gradients against differences: every layer, in one network that uses them all.

use super::graph::{Network, Node, Op, Source};
use super::run::{Mode, backward, forward};
use super::{Activations, cross_entropy, initialize};
use crate::engine::rng::Rng;

fn node(name: &str, op: Op, inputs: &[usize]) -> Node {
    let inputs =
        if inputs.is_empty() { vec![Source::Input] } else { inputs.iter().map(|place| Source::Node(*place)).collect() };
    Node { name: name.to_owned(), op, inputs }
}

fn conv(out: usize, kernel: usize, stride: usize, padding: usize, dilation: usize, groups: usize, bias: bool) -> Op {
    Op::Conv2d {
        out,
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [padding; 2],
        dilation: [dilation; 2],
        groups,
        bias,
    }
}

/// Convolutions with and without groups, stride, dilation and bias; both pools; both rectifiers; sum and join; batch normalization.
fn everything() -> Network {
    let norm = Op::BatchNorm { epsilon: 1e-5, momentum: 0.1 };
    let max = Op::MaxPool { kernel: [2; 2], stride: [2; 2], padding: [0; 2], ceil: false };
    let mean = Op::AvgPool { kernel: [3; 2], stride: [2; 2], padding: [1; 2], ceil: false };
    let nodes = vec![
        node("conv1", conv(4, 3, 1, 1, 1, 1, true), &[]),
        node("bn1", norm, &[0]),
        node("relu1", Op::Relu, &[1]),
        node("conv2", conv(4, 3, 1, 2, 2, 4, false), &[2]),
        node("add", Op::Add, &[2, 3]),
        node("pool1", max, &[4]),
        node("conv3", conv(6, 3, 2, 1, 1, 2, true), &[5]),
        node("pool2", mean, &[5]),
        node("concat", Op::Concat, &[6, 7]),
        node("relu6", Op::Relu6, &[8]),
        node("flatten", Op::Flatten, &[9]),
        node("fc", Op::Linear { out: 3, bias: true }, &[10]),
    ];
    Network::new("everything", [2, 8, 8], nodes).expect("the shapes fit")
}

fn loss(network: &Network, input: &Activations, labels: &[u16]) -> f64 {
    let tape = forward(network, input, Mode::Train, |_, _| {});
    cross_entropy(tape.scores(), labels, labels.len()).0 / labels.len() as f64
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    let mut network = everything();
    initialize(&mut network, 11);
    let mut rng = Rng::new(12);
    let labels = [0, 2, 1, 1, 0];
    let input = Activations::from_shape_fn((2, labels.len(), 8, 8), |_| rng.normal() as f32);
    let tape = forward(&network, &input, Mode::Train, |_, _| {});
    let (_, above) = cross_entropy(tape.scores(), &labels, labels.len());
    let gradients = backward(&network, &input, &tape, above);
    let step = 1e-3_f32;
    for (index, gradient) in gradients.iter().enumerate() {
        let name = network.parameters[index].name.clone();
        assert_eq!(gradient.is_empty(), !network.parameters[index].trained, "{name}");
        if gradient.is_empty() {
            continue;
        }
        // One direction a parameter: a random one, so that every entry counts.
        let direction: Vec<f32> = gradient.iter().map(|_| if rng.bits() & 1 == 0 { 1.0 } else { -1.0 }).collect();
        let slope: f64 = gradient.iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
        let length = (gradient.len() as f32).sqrt();
        let mut moved = |sign: f32| {
            let before = network.parameters[index].values.clone();
            let pairs = network.parameters[index].values.iter_mut().zip(&direction);
            pairs.for_each(|(value, d)| *value += sign * step / length * d);
            let loss = loss(&network, &input, &labels);
            network.parameters[index].values = before;
            loss
        };
        let difference = (moved(1.0) - moved(-1.0)) / (2.0 * f64::from(step / length));
        if name == "conv1.bias" {
            // Batch normalization takes away what a bias adds.
            assert!(slope.abs() < 1e-3 && difference.abs() < 1e-3, "{name}: gradient {slope}, difference {difference}");
            continue;
        }
        assert!(slope.abs() > 0.01, "{name}: a gradient of {slope} would show nothing");
        let tolerance = 0.02 * slope.abs().max(difference.abs()) + 1e-3;
        assert!((slope - difference).abs() < tolerance, "{name}: gradient {slope}, difference {difference}");
    }
}

#[test]
fn the_order_of_threads_changes_nothing() {
    use super::data::{Dataset, Normalization};
    let mut network = everything();
    initialize(&mut network, 1);
    let mut rng = Rng::new(2);
    let pixels: Vec<u8> = (0..2 * 64 * 100).map(|_| rng.below(256) as u8).collect();
    let labels: Vec<u16> = (0..100).map(|_| rng.below(3) as u16).collect();
    let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
    let data = Dataset::new("noise", [2, 8, 8], pixels, labels, classes).expect("it fits");
    let places: Vec<usize> = (0..100).collect();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| super::train::gradients_of(&network, &data, &places, Normalization::default()).gradients)
    };
    assert_eq!(with(1), with(3));
}
