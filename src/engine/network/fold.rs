//! Batch normalization folded into the layers before it (Jacob et al. 2018, section 3.2), for a whole network.

use super::graph::{Network, NetworkError, Node, Op, Parameter, Source};
use crate::engine::integer::{BatchNorm, Matrix};

/// The same function without batch normalization. One that follows a convolution or a fully connected layer that nothing else reads
/// becomes that layer's weights and bias, w' = w·γ/√(σ² + ε), b' = (b − μ)·γ/√(σ² + ε) + β; any other becomes a 1×1 convolution, channel by
/// channel. Layers keep their names.
///
/// # Errors
/// A normalization that cannot be folded, by its name: σ² + ε not positive, or a parameter that is not finite.
pub fn fold(network: &Network) -> Result<Network, NetworkError> {
    let shapes = network.shapes()?;
    let mut nodes: Vec<Node> = Vec::with_capacity(network.nodes.len());
    // Where each old output is found among the new nodes, and which layer took which normalization in.
    let mut places: Vec<usize> = Vec::with_capacity(network.nodes.len());
    let mut taken: Vec<(usize, &Node)> = Vec::new();
    for (node, shape) in network.nodes.iter().zip(&shapes) {
        let moved = |source: &Source| match *source {
            Source::Input => Source::Input,
            Source::Node(place) => Source::Node(places[place]),
        };
        if let (Op::BatchNorm { .. }, Source::Node(before)) = (&node.op, node.inputs[0])
            && readers(network, before) == 1
            && let Op::Conv2d { bias, .. } | Op::Linear { bias, .. } = &mut nodes[places[before]].op
            && taken.iter().all(|(place, _)| *place != places[before])
        {
            *bias = true;
            taken.push((places[before], node));
            places.push(places[before]);
            continue;
        }
        let mut node_now = Node { inputs: node.inputs.iter().map(moved).collect(), ..node.clone() };
        if let Op::BatchNorm { .. } = node.op {
            node_now.op = Op::Conv2d {
                out: shape[0],
                kernel: [1; 2],
                stride: [1; 2],
                padding: [0; 2],
                dilation: [1; 2],
                groups: shape[0],
                bias: true,
            };
            taken.push((nodes.len(), node));
        }
        places.push(nodes.len());
        nodes.push(node_now);
    }
    let mut folded = Network::new(network.name.clone(), network.input, nodes)?;
    for parameter in &mut folded.parameters {
        if let Some(own) = network.parameter(&parameter.name).filter(|own| own.shape == parameter.shape) {
            parameter.values.clone_from(&own.values);
        }
    }
    for (place, norm) in taken {
        take_in(network, norm, &mut folded, place)?;
    }
    Ok(folded)
}

/// How many inputs take the output of a node.
pub(super) fn readers(network: &Network, place: usize) -> usize {
    network.nodes.iter().flat_map(|node| &node.inputs).filter(|source| **source == Source::Node(place)).count()
}

/// Puts one normalization into the weights and the bias of a layer.
fn take_in(network: &Network, norm: &Node, folded: &mut Network, place: usize) -> Result<(), NetworkError> {
    let wrong = |reason: String| NetworkError { node: norm.name.clone(), reason };
    let Op::BatchNorm { epsilon, .. } = norm.op else { return Ok(()) };
    let part = |name: &str| network.part(norm, name).map(|(_, part)| part.values.clone()).unwrap_or_default();
    let numbers = BatchNorm {
        gamma: part("weight"),
        beta: part("bias"),
        mean: part("running_mean"),
        variance: part("running_var"),
        epsilon,
    };
    let layer = folded.nodes[place].clone();
    // A normalization that stands alone scales an identity.
    let alone = layer.name == norm.name;
    let own = |part: &str| folded.part(&layer, part).map(|(index, found)| (index, found.clone()));
    let (Some((weight_at, weight)), Some((bias_at, bias))) = (own("weight"), own("bias")) else { return Ok(()) };
    let rows = weight.shape[0];
    let depth = weight.values.len() / rows.max(1);
    let values = if alone { vec![1.0; rows * depth] } else { weight.values };
    let before = if alone { Vec::new() } else { bias.values };
    let matrix = Matrix::new(rows, depth, values).map_err(|error| wrong(error.to_string()))?;
    let result = numbers.fold(&matrix, &before).map_err(|error| wrong(error.to_string()))?;
    let set = |parameter: &mut Parameter, values: Vec<f32>| parameter.values = values;
    set(&mut folded.parameters[weight_at], result.weights.values().to_vec());
    set(&mut folded.parameters[bias_at], result.bias);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Activations, Mode, forward, initialize, zoo};
    use super::*;
    use crate::engine::rng::Rng;

    /// Normalizations with numbers of their own, as after training.
    fn stir(network: &mut Network) {
        let mut rng = Rng::new(9);
        let norms: Vec<String> = network
            .nodes
            .iter()
            .filter(|node| matches!(node.op, Op::BatchNorm { .. }))
            .map(|node| format!("{}.", node.name))
            .collect();
        for parameter in &mut network.parameters {
            let is_norm = norms.iter().any(|name| parameter.name.starts_with(name.as_str()));
            for value in parameter.values.iter_mut().filter(|_| is_norm) {
                *value += 0.3 * rng.normal() as f32;
                if parameter.name.ends_with("running_var") {
                    *value = value.abs() + 0.1;
                }
            }
        }
    }

    fn largest_difference(before: &Network, after: &Network) -> f32 {
        let mut rng = Rng::new(4);
        let [channels, height, width] = before.input;
        let input = Activations::from_shape_simple_fn((channels, 6, height, width), || rng.uniform() as f32);
        let scores = |network| forward(network, &input, Mode::Evaluate, |_, _| {}).scores().clone();
        let (before, after) = (scores(before), scores(after));
        let scale = before.iter().fold(0.0_f32, |most, score| most.max(score.abs()));
        before.iter().zip(&after).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / scale
    }

    #[test]
    fn the_folded_network_is_the_same_function() {
        let mut network = zoo::find("vgg-small").unwrap().network().unwrap();
        initialize(&mut network, 1);
        stir(&mut network);
        let folded = fold(&network).unwrap();
        assert!(folded.nodes.iter().all(|node| !matches!(node.op, Op::BatchNorm { .. })));
        assert_eq!(folded.nodes.len(), network.nodes.len() - 6);
        assert_eq!(folded.weights(), network.weights());
        assert!(folded.parameter("conv3.bias").is_some());
        let difference = largest_difference(&network, &folded);
        assert!(difference < 1e-5, "{difference}");
    }

    #[test]
    fn a_normalization_that_stands_alone_becomes_a_convolution() {
        let node = |name: &str, op, inputs: &[Source]| Node { name: name.to_owned(), op, inputs: inputs.to_vec() };
        let norm = || Op::BatchNorm { epsilon: 1e-5, momentum: 0.1 };
        let conv = |out| Op::Conv2d {
            out,
            kernel: [3; 2],
            stride: [1; 2],
            padding: [1; 2],
            dilation: [1; 2],
            groups: 1,
            bias: false,
        };
        // The first normalization has no layer before it; the output of `conv` is read twice; two follow each other at the end.
        let nodes = vec![
            node("bn0", norm(), &[Source::Input]),
            node("conv", conv(2), &[Source::Node(0)]),
            node("bn1", norm(), &[Source::Node(1)]),
            node("sum", Op::Add, &[Source::Node(1), Source::Node(2)]),
            node("flatten", Op::Flatten, &[Source::Node(3)]),
            node("fc", Op::Linear { out: 3, bias: true }, &[Source::Node(4)]),
            node("bn2", norm(), &[Source::Node(5)]),
            node("bn3", norm(), &[Source::Node(6)]),
        ];
        let mut network = Network::new("test", [2, 4, 4], nodes).unwrap();
        initialize(&mut network, 3);
        stir(&mut network);
        let folded = fold(&network).unwrap();
        let names: Vec<&str> = folded.nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["bn0", "conv", "bn1", "sum", "flatten", "fc", "bn3"]);
        let difference = largest_difference(&network, &folded);
        assert!(difference < 1e-5, "{difference}");
    }

    #[test]
    fn what_cannot_be_folded_is_named() {
        let mut network = zoo::find("vgg-small").unwrap().network().unwrap();
        let variance = network.parameters.iter_mut().find(|parameter| parameter.name == "bn2.running_var").unwrap();
        variance.values[3] = -1.0;
        let error = fold(&network).unwrap_err().to_string();
        assert!(error.contains("node bn2") && error.contains("channel 3"), "{error}");
    }
}
