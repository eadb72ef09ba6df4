//! A shard through the network, forward and backward.

use super::Activations;
use super::graph::{Network, Node, Op, Source};
use super::ops::{conv, join, linear, norm, pointwise, pool};

/// How batch normalization gets its moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// From the running mean and variance.
    Evaluate,
    /// From the shard itself.
    Train,
}

/// What a forward pass leaves behind for the backward pass.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// The output of every node.
    pub outputs: Vec<Activations>,
    /// The moments of every batch normalization that used the shard's own, by node.
    pub moments: Vec<Option<norm::Moments>>,
}

/// A gradient for every parameter, in the network's order; empty for parameters that are not trained.
pub type Gradients = Vec<Vec<f32>>;

/// Runs a shard `[channels, images, height, width]` and keeps every output. `watch` sees, and may change, each output before the
/// next node takes it: that is where activations are quantized.
pub fn forward(network: &Network, input: &Activations, mode: Mode, watch: impl FnMut(usize, &mut Activations)) -> Tape {
    let mut tape = Tape::default();
    tape.go_on(network, input, mode, network.nodes.len(), watch);
    tape
}

impl Tape {
    /// Runs the nodes from where the tape ends to before `end`, as [`forward`] does.
    pub fn go_on(
        &mut self,
        network: &Network,
        input: &Activations,
        mode: Mode,
        end: usize,
        mut watch: impl FnMut(usize, &mut Activations),
    ) {
        for (place, node) in network.nodes.iter().enumerate().take(end).skip(self.outputs.len()) {
            let (mut output, moments) =
                run(network, node, mode, |index| taken(node.inputs[index], input, &self.outputs));
            watch(place, &mut output);
            self.outputs.push(output);
            self.moments.push(moments);
        }
    }

    /// Goes back to the first `nodes` nodes.
    pub fn rewind(&mut self, nodes: usize) {
        self.outputs.truncate(nodes);
        self.moments.truncate(nodes);
    }

    /// The class scores, `[classes, images, 1, 1]`.
    pub fn scores(&self) -> &Activations {
        self.outputs.last().unwrap_or_else(|| unreachable!("a network has at least one node"))
    }
}

fn taken<'a>(source: Source, input: &'a Activations, outputs: &'a [Activations]) -> &'a Activations {
    match source {
        Source::Input => input,
        Source::Node(place) => &outputs[place],
    }
}

/// A parameter's values; shapes were checked when the network was made, so a missing one is optional.
fn values<'a>(network: &'a Network, node: &Node, part: &str) -> Option<&'a [f32]> {
    network.part(node, part).map(|(_, parameter)| parameter.values.as_slice())
}

fn run<'a>(
    network: &Network,
    node: &Node,
    mode: Mode,
    input: impl Fn(usize) -> &'a Activations,
) -> (Activations, Option<norm::Moments>) {
    let part = |name: &str| values(network, node, name);
    let weight = || part("weight").unwrap_or_default();
    let output = match node.op {
        Op::Conv2d { out, .. } => conv::forward(convolution(&node.op), input(0), weight(), part("bias"), out),
        Op::Linear { out, .. } => linear::forward(input(0), weight(), part("bias"), out),
        Op::BatchNorm { epsilon, .. } => {
            let moments = match mode {
                Mode::Train => norm::moments(input(0)),
                Mode::Evaluate => norm::Moments {
                    mean: part("running_mean").unwrap_or_default().to_vec(),
                    variance: part("running_var").unwrap_or_default().to_vec(),
                },
            };
            let output = norm::forward(input(0), &moments, weight(), part("bias").unwrap_or_default(), epsilon);
            return (output, Some(moments));
        }
        Op::Relu => pointwise::rectify(input(0), f32::INFINITY),
        Op::Relu6 => pointwise::rectify(input(0), 6.0),
        Op::MaxPool { .. } => pool::max(window(&node.op), input(0)),
        Op::AvgPool { .. } => pool::mean(window(&node.op), input(0)),
        Op::Flatten => pointwise::flatten(input(0)),
        Op::Add => join::add(input(0), input(1)),
        Op::Concat => join::concat(input(0), input(1)),
        Op::Foreign(ref graph) => graph.forward(input(0), &network.parameters),
    };
    (output, None)
}

fn convolution(op: &Op) -> conv::Geometry {
    match *op {
        Op::Conv2d { kernel, stride, padding, dilation, groups, .. } => {
            conv::Geometry { kernel, stride, padding, dilation, groups }
        }
        _ => unreachable!("only convolutions have this geometry"),
    }
}

fn window(op: &Op) -> pool::Geometry {
    match *op {
        Op::MaxPool { kernel, stride, padding, ceil } | Op::AvgPool { kernel, stride, padding, ceil } => {
            pool::Geometry { kernel, stride, padding, ceil }
        }
        _ => unreachable!("only pools have this geometry"),
    }
}

/// Gradients of all trained parameters, from the gradient of the loss by the class scores. The shard ran in [`Mode::Train`].
pub fn backward(network: &Network, input: &Activations, tape: &Tape, above: Activations) -> Gradients {
    let size = |parameter: &super::Parameter| if parameter.trained { parameter.values.len() } else { 0 };
    let mut gradients: Gradients = network.parameters.iter().map(|parameter| vec![0.0; size(parameter)]).collect();
    let mut above_of: Vec<Option<Activations>> = vec![None; network.nodes.len()];
    if let Some(last) = above_of.last_mut() {
        *last = Some(above);
    }
    for (place, node) in network.nodes.iter().enumerate().rev() {
        let Some(above) = above_of[place].take() else { continue };
        let below = back(network, place, &above, input, tape, &mut gradients);
        for (source, below) in node.inputs.iter().zip(below) {
            if let (Source::Node(earlier), Some(below)) = (source, below) {
                match &mut above_of[*earlier] {
                    Some(sum) => *sum += &below,
                    none => *none = Some(below),
                }
            }
        }
    }
    gradients
}

/// The gradients of one node's inputs; those of its parameters are added to `gradients`.
fn back(
    network: &Network,
    place: usize,
    above: &Activations,
    input: &Activations,
    tape: &Tape,
    gradients: &mut Gradients,
) -> [Option<Activations>; 2] {
    let node = &network.nodes[place];
    let from = |index: usize| taken(node.inputs[index], input, &tape.outputs);
    let weight = network.part(node, "weight");
    let bias = network.part(node, "bias").map(|(index, _)| index);
    let with_input = node.inputs[0] != Source::Input;
    let mut own = |index: Option<usize>| index.map(|index| std::mem::take(&mut gradients[index]));
    let mut weight_gradient = own(weight.map(|(index, _)| index)).unwrap_or_default();
    let mut bias_gradient = own(bias);
    let weights = weight.map_or(&[][..], |(_, parameter)| &parameter.values);
    let one = |below| [Some(below), None];
    let below = match &node.op {
        op @ Op::Conv2d { .. } => {
            let both = (&mut weight_gradient[..], bias_gradient.as_deref_mut());
            [conv::backward(convolution(op), from(0), weights, above, both, with_input), None]
        }
        Op::Linear { .. } => {
            let bias = bias_gradient.as_deref_mut();
            [linear::backward(from(0), weights, above, &mut weight_gradient, bias, with_input), None]
        }
        Op::BatchNorm { epsilon, .. } => match &tape.moments[place] {
            Some(moments) => {
                let both = (&mut weight_gradient[..], bias_gradient.as_deref_mut().unwrap_or_default());
                one(norm::backward(from(0), moments, weights, *epsilon, above, both))
            }
            None => [None, None],
        },
        Op::Relu => one(pointwise::rectify_backward(&tape.outputs[place], above, f32::INFINITY)),
        Op::Relu6 => one(pointwise::rectify_backward(&tape.outputs[place], above, 6.0)),
        op @ Op::MaxPool { .. } => one(pool::max_backward(window(op), from(0), above)),
        op @ Op::AvgPool { .. } => one(pool::mean_backward(window(op), from(0), above)),
        Op::Flatten => one(pointwise::unflatten(above, from(0).dim())),
        Op::Add => [Some(above.clone()), Some(above.clone())],
        Op::Concat => join::split(above, from(0).dim().0).map(Some),
        Op::Foreign(_) => [None, None],
    };
    if let Some((index, _)) = weight {
        gradients[index] = weight_gradient;
    }
    if let (Some(index), Some(gradient)) = (bias, bias_gradient) {
        gradients[index] = gradient;
    }
    below
}
