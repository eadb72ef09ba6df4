//! Networks of this program as ONNX models, byte by byte, and the pieces that such a file is made of.

use quantscope::engine::network::{Network, Node, Op, Source};

/// A number on the wire.
pub fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

pub fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

pub fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

pub fn text(field: u64, content: &str) -> Vec<u8> {
    bytes(field, content.as_bytes())
}

/// A graph's field with integers as an attribute; one alone is a number.
pub fn integers(name: &str, values: &[i64]) -> Vec<u8> {
    let list: Vec<u8> = values.iter().flat_map(|value| number(8, *value as u64)).collect();
    bytes(5, &[text(1, name), list, number(20, 7)].concat())
}

/// An attribute that is one integer.
pub fn integer(name: &str, value: i64) -> Vec<u8> {
    bytes(5, &[text(1, name), number(3, value as u64), number(20, 2)].concat())
}

/// An attribute that is text.
pub fn word(name: &str, value: &str) -> Vec<u8> {
    bytes(5, &[text(1, name), text(4, value), number(20, 3)].concat())
}

/// A named node of an operator, `Operator` or `domain/Operator`.
pub fn node(operator: &str, name: &str, inputs: &[&str], outputs: &[&str], attributes: &[Vec<u8>]) -> Vec<u8> {
    let (domain, operator) = operator.split_once('/').unwrap_or(("", operator));
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| text(1, input)).collect();
    let outputs: Vec<u8> = outputs.iter().flat_map(|output| text(2, output)).collect();
    let name = if name.is_empty() { Vec::new() } else { text(3, name) };
    bytes(1, &[inputs, outputs, name, text(4, operator), text(7, domain), attributes.concat()].concat())
}

/// A float tensor among the initializers.
pub fn floats(name: &str, shape: &[usize], values: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, 1, shape, bytes(9, &data))
}

/// An int64 tensor among the initializers.
pub fn sizes(name: &str, values: &[i64]) -> Vec<u8> {
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, 7, &[values.len()], bytes(9, &data))
}

/// An int8 tensor among the initializers.
pub fn codes(name: &str, shape: &[usize], values: &[i8]) -> Vec<u8> {
    let data: Vec<u8> = values.iter().map(|value| *value as u8).collect();
    tensor(name, 3, shape, bytes(9, &data))
}

/// A float tensor whose data is another file, from its beginning on.
pub fn elsewhere(name: &str, shape: &[usize], location: &str) -> Vec<u8> {
    let count: usize = shape.iter().product();
    let entry = |key: &str, value: &str| bytes(13, &[text(1, key), text(2, value)].concat());
    let entries = [entry("location", location), entry("offset", "0"), entry("length", &(4 * count).to_string())];
    tensor(name, 1, shape, [entries.concat(), number(14, 1)].concat())
}

fn tensor(name: &str, kind: u64, shape: &[usize], data: Vec<u8>) -> Vec<u8> {
    let dims: Vec<u8> = shape.iter().flat_map(|axis| number(1, *axis as u64)).collect();
    bytes(5, &[dims, number(2, kind), text(8, name), data].concat())
}

/// An input (`field` 11) or an output (12) of that type; sizes that are 0 are open.
pub fn end(field: u64, name: &str, kind: u64, shape: &[u64]) -> Vec<u8> {
    let axis = |size: &u64| bytes(1, &if *size == 0 { text(2, "N") } else { number(1, *size) });
    let axes: Vec<u8> = shape.iter().flat_map(axis).collect();
    let kind = bytes(1, &[number(1, kind), bytes(2, &axes)].concat());
    bytes(field, &[text(1, name), bytes(2, &kind)].concat())
}

/// A model of that version of the operators, from the fields of its graph.
pub fn model(opset: u64, graph: &[Vec<u8>]) -> Vec<u8> {
    let own = bytes(8, &[text(1, ""), number(2, opset)].concat());
    let contrib = bytes(8, &[text(1, "com.microsoft"), number(2, 1)].concat());
    [number(1, 8), bytes(7, &graph.concat()), own, contrib].concat()
}

/// A network of this program as ONNX, for pictures `x` and class scores `y`, with a dynamic batch.
pub fn export(network: &Network) -> Vec<u8> {
    let output = |place: usize| if place + 1 == network.nodes.len() { "y".to_owned() } else { format!("v{place}") };
    let mut graph = vec![];
    for (place, layer) in network.nodes.iter().enumerate() {
        let inputs: Vec<String> = layer
            .inputs
            .iter()
            .map(|source| match source {
                Source::Input => "x".to_owned(),
                Source::Node(place) => output(*place),
            })
            .collect();
        graph.push(layer_of(network, layer, inputs, &output(place)));
    }
    for parameter in &network.parameters {
        graph.push(floats(&parameter.name, &parameter.shape, &parameter.values));
    }
    let [channels, height, width] = network.input.map(|size| size as u64);
    graph.push(end(11, "x", 1, &[0, channels, height, width]));
    graph.push(end(12, "y", 1, &[0, network.classes() as u64]));
    model(17, &graph)
}

fn layer_of(network: &Network, layer: &Node, mut inputs: Vec<String>, output: &str) -> Vec<u8> {
    let part = |part: &str| {
        let name = format!("{}.{part}", layer.name);
        network.parameter(&name).is_some().then_some(name)
    };
    let pair = |sizes: [usize; 2]| sizes.map(|size| size as i64).to_vec();
    let around = |[top, left]: [usize; 2]| [top, left, top, left].map(|size| size as i64).to_vec();
    let window = |kernel, stride, padding, ceil| {
        vec![
            integers("kernel_shape", &pair(kernel)),
            integers("strides", &pair(stride)),
            integers("pads", &around(padding)),
            integer("ceil_mode", i64::from(ceil)),
        ]
    };
    let (operator, attributes) = match layer.op {
        Op::Conv2d { stride, padding, dilation, groups, .. } => {
            inputs.extend(["weight", "bias"].into_iter().filter_map(part));
            let attributes = vec![
                integers("strides", &pair(stride)),
                integers("pads", &around(padding)),
                integers("dilations", &pair(dilation)),
                integer("group", groups as i64),
            ];
            ("Conv", attributes)
        }
        Op::Linear { .. } => {
            inputs.extend(["weight", "bias"].into_iter().filter_map(part));
            ("Gemm", vec![integer("transB", 1)])
        }
        Op::BatchNorm { .. } => {
            inputs.extend(["weight", "bias", "running_mean", "running_var"].into_iter().filter_map(part));
            ("BatchNormalization", Vec::new())
        }
        Op::Relu => ("Relu", Vec::new()),
        Op::MaxPool { kernel, stride, padding, ceil } => ("MaxPool", window(kernel, stride, padding, ceil)),
        Op::AvgPool { kernel, stride, padding, ceil } => ("AveragePool", window(kernel, stride, padding, ceil)),
        Op::Flatten => ("Flatten", Vec::new()),
        Op::Add => ("Add", Vec::new()),
        Op::Concat => ("Concat", vec![integer("axis", 1)]),
        Op::Relu6 | Op::Foreign(_) => panic!("no built-in network has this"),
    };
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    node(operator, &layer.name, &inputs, &[output], &attributes)
}
