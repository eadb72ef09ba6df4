//! The fast path against the explained one, and against fake quantization.

use super::super::super::digits::{Split, draw};
use super::super::super::graph::{Network, Node, Op, Source};
use super::super::super::{initialize, zoo};
use super::super::calibration::Prepared;
use super::super::{IntegerScheme, TOLERANCE, agreement};
use super::*;
use crate::engine::Silent;

fn built_in(name: &str) -> Network {
    let mut network = zoo::find(name).unwrap().network().unwrap();
    initialize(&mut network, 5);
    network
}

/// Every operation there is: grouped, dilated and strided convolutions, both rectifiers fused and alone, windows that hang over the
/// edge, a residual sum and a junction.
fn every_operation() -> Network {
    let node = |name: &str, op, inputs: &[Source]| Node { name: name.to_owned(), op, inputs: inputs.to_vec() };
    let at = Source::Node;
    let conv = |out, size, stride, padding, dilation, groups| Op::Conv2d {
        out,
        kernel: [size; 2],
        stride: [stride; 2],
        padding: [padding; 2],
        dilation: [dilation; 2],
        groups,
        bias: true,
    };
    let pool = |kernel, stride, padding| ([kernel; 2], [stride; 2], [padding; 2]);
    let (kernel, stride, padding) = pool(3, 2, 1);
    let nodes = vec![
        node("conv1", conv(8, 3, 2, 1, 1, 1), &[Source::Input]),
        node("relu1", Op::Relu, &[at(0)]),
        node("max", Op::MaxPool { kernel, stride, padding, ceil: true }, &[at(1)]),
        node("conv2", conv(8, 3, 1, 2, 2, 4), &[at(2)]),
        node("relu2", Op::Relu6, &[at(3)]),
        node("sum", Op::Add, &[at(4), at(2)]),
        node("relu3", Op::Relu, &[at(5)]),
        node("conv3", conv(8, 3, 1, 1, 1, 8), &[at(6)]),
        node("join", Op::Concat, &[at(7), at(6)]),
        node("alone", Op::Relu, &[at(8)]),
        node("six", Op::Relu6, &[at(9)]),
        node("mean", Op::AvgPool { kernel, stride, padding, ceil: true }, &[at(10)]),
        node("flatten", Op::Flatten, &[at(11)]),
        node("fc", Op::Linear { out: 10, bias: false }, &[at(12)]),
    ];
    let mut network = Network::new("every operation", [1, 28, 28], nodes).unwrap();
    initialize(&mut network, 2);
    network
}

#[test]
fn the_fast_path_is_the_explained_path() {
    let data = draw(Split::Test, 1, 40);
    let cases = [
        ("lenet-300-100", built_in("lenet-300-100"), 3, &["w8a8", "w3a1,per=tensor"][..]),
        ("lenet-5", built_in("lenet-5"), 1, &["w8a8"]),
        ("vgg-small", built_in("vgg-small"), 1, &["w8a8,clip=percentile:99"]),
        ("every operation", every_operation(), 35, &["w8a8", "w4a4,clip=mse,per=tensor", "w2a8,clip=kl"]),
    ];
    for (name, network, images, schemes) in cases {
        let prepared = Prepared::quietly(&network, &draw(Split::Train, 0, 32));
        let places: Vec<usize> = (2..2 + images).collect();
        for text in schemes {
            let scheme: IntegerScheme = text.parse().unwrap();
            let fast = IntegerNetwork::new(&prepared, &scheme, &Silent).unwrap();
            let values = fast.run(&data, &places).unwrap();
            let (nodes, scores) = super::reference::run(&prepared, &scheme, &data, &places);
            for (stage, codes) in fast.stages.iter().zip(&values.codes[1..]).filter(|(_, codes)| !codes.is_empty()) {
                let place = prepared.network.nodes.iter().position(|node| node.name == stage.name).unwrap();
                let found: Vec<i32> = codes.iter().map(|code| i32::from(*code)).collect();
                assert_eq!(found, nodes[place], "{name}, {text}, {}", stage.name);
            }
            assert_eq!(values.scores, scores, "{name}, {text}");
        }
    }
}

#[test]
fn codes_agree_with_fake_quantization_but_for_ties_at_any_width() {
    let data = draw(Split::Test, 1, 48);
    for network in [built_in("lenet-300-100"), built_in("lenet-5"), built_in("vgg-small"), every_operation()] {
        let prepared = Prepared::quietly(&network, &draw(Split::Train, 0, 64));
        for text in ["w8a8", "w4a8,per=tensor", "w4a4", "w8a4,clip=mse", "w2a2", "w2a2,clip=mse,per=tensor"] {
            for layer in agreement(&prepared, &text.parse().unwrap(), &data, &Silent).unwrap() {
                let (name, apart) = (&layer.name, layer.apart as f64 / layer.codes as f64);
                assert!(
                    layer.codes > 0 && layer.further == 0,
                    "{} {text} {name}: {} by more",
                    network.name,
                    layer.further
                );
                assert!(apart < 1e-3, "{} {text} {name}: {apart} by one step", network.name);
                let from = layer.from_middle;
                assert!(from <= TOLERANCE, "{} {text} {name}: {from} from the middle", network.name);
            }
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let network = built_in("lenet-5");
    let prepared = Prepared::quietly(&network, &draw(Split::Train, 0, 32));
    let integer = IntegerNetwork::new(&prepared, &IntegerScheme::default(), &Silent).unwrap();
    let data = draw(Split::Test, 1, 100);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| integer.evaluate(&data, &Silent).unwrap())
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let refused = |stir: &dyn Fn(&mut Network)| {
        let mut network = built_in("lenet-300-100");
        stir(&mut network);
        let prepared = Prepared::quietly(&network, &draw(Split::Train, 0, 32));
        IntegerNetwork::new(&prepared, &IntegerScheme::default(), &Silent).unwrap_err().to_string()
    };
    let set = |network: &mut Network, name: &str, factor: f32, value: f32| {
        let parameter = network.parameters.iter_mut().find(|parameter| parameter.name == name).unwrap();
        parameter.values.iter_mut().for_each(|x| *x = *x * factor + value);
    };
    // Weights near 0 beside a bias of 1: in units of S_W S_X the bias is beyond int32.
    let bias = refused(&|network| {
        set(network, "ip1.weight", 1e-8, 0.0);
        set(network, "ip1.bias", 1.0, 1.0);
    });
    assert!(bias.contains("layer ip1") && bias.contains("does not fit int32"), "{bias}");
    // A bias that fits by itself, but not with the products.
    let sum = refused(&|network| {
        set(network, "ip1.weight", 0.0, 1.0 / 127.0);
        let (w, x) = (1.0 / 127.0 / 127.0, 1.0 / 255.0);
        set(network, "ip1.bias", 0.0, (2.0_f64.powi(31) - 2.0e6) as f32 * (w * x) as f32);
    });
    assert!(sum.contains("layer ip1") && sum.contains("int32 accumulator"), "{sum}");
    let network = built_in("lenet-300-100");
    let prepared = Prepared::quietly(&network, &draw(Split::Train, 0, 32));
    let integer = IntegerNetwork::new(&prepared, &IntegerScheme::default(), &Silent).unwrap();
    let wide = super::super::super::Dataset::new("wide", [1, 28, 30], vec![0; 840], vec![0], vec!["0".to_owned()]);
    let error = integer.evaluate(&wide.unwrap(), &Silent).unwrap_err().to_string();
    assert!(error.contains("28×28") && error.contains("28×30"), "{error}");
}
