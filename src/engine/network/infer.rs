//! Shapes of outputs and parameters, from the nodes alone. Nodes may come from a file: sizes are multiplied with care, and nothing is made
//! of them before they were found to be such as a computer holds.

use std::collections::HashSet;

use super::graph::{Network, NetworkError, Node, Op, Parameter, Shape, Source};

/// Output sizes along one axis: ⌊(n + 2p − d (k − 1) − 1) / s⌋ + 1, or rounded up where incomplete windows count, as long as the last
/// window begins inside the picture (PyTorch's rule).
pub fn windows(
    size: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
    ceil: bool,
) -> Option<usize> {
    let reach = dilation.checked_mul(kernel.checked_sub(1)?)?.checked_add(1)?;
    let room = padded(size, padding)?.checked_sub(reach)?;
    let steps = if ceil { room.div_ceil(stride) } else { room / stride };
    let last_inside = !ceil || steps == 0 || steps * stride < size + padding;
    Some(if last_inside { steps + 1 } else { steps })
}

/// A size with padding at both ends.
fn padded(size: usize, padding: usize) -> Option<usize> {
    padding.checked_mul(2)?.checked_add(size)
}

/// The product of sizes; `None` where it is beyond any memory.
fn product(sizes: &[usize]) -> Option<usize> {
    sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size))
}

/// The shapes of all outputs.
pub fn shapes(network: &Network) -> Result<Vec<Shape>, NetworkError> {
    let mut shapes: Vec<Shape> = Vec::with_capacity(network.nodes.len());
    for (place, node) in network.nodes.iter().enumerate() {
        let wrong = |reason: String| NetworkError { node: node.name.clone(), reason };
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for source in &node.inputs {
            inputs.push(match *source {
                Source::Input => network.input,
                Source::Node(earlier) if earlier < place => shapes[earlier],
                Source::Node(later) => return Err(wrong(format!("takes node {later}, which does not run before it"))),
            });
        }
        let expected = if matches!(node.op, Op::Add | Op::Concat) { 2 } else { 1 };
        if inputs.len() != expected {
            return Err(wrong(format!("{} inputs where {expected} belong", inputs.len())));
        }
        shapes.push(output(&node.op, &inputs).map_err(wrong)?);
    }
    if shapes.is_empty() {
        return Err(NetworkError { node: "none".to_owned(), reason: "a network has at least one node".to_owned() });
    }
    Ok(shapes)
}

fn output(op: &Op, inputs: &[Shape]) -> Result<Shape, String> {
    let [channels, height, width] = inputs[0];
    let window = |kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2], dilation: [usize; 2], ceil: bool| {
        if stride.contains(&0) || kernel.contains(&0) || dilation.contains(&0) {
            return Err("kernel, stride and dilation are at least 1".to_owned());
        }
        let along = |axis: usize, size: usize| {
            windows(size, kernel[axis], stride[axis], padding[axis], dilation[axis], ceil)
                .ok_or_else(|| format!("a {}×{} kernel does not fit {height}×{width}", kernel[0], kernel[1]))
        };
        Ok([along(0, height)?, along(1, width)?])
    };
    match *op {
        Op::Conv2d { out, kernel, stride, padding, dilation, groups, .. } => {
            if groups == 0 || channels % groups != 0 || out % groups != 0 || out == 0 {
                return Err(format!("{groups} groups do not divide {channels} input and {out} output channels"));
            }
            let [height, width] = window(kernel, stride, padding, dilation, false)?;
            Ok([out, height, width])
        }
        Op::Linear { out, .. } if height == 1 && width == 1 && out > 0 => Ok([out, 1, 1]),
        Op::Linear { .. } => Err(format!("a fully connected layer takes features, not {channels}×{height}×{width}")),
        Op::MaxPool { kernel, stride, padding, ceil } | Op::AvgPool { kernel, stride, padding, ceil } => {
            if padding[0] > kernel[0] / 2 || padding[1] > kernel[1] / 2 {
                return Err("padding of a pool is at most half its kernel".to_owned());
            }
            let [height, width] = window(kernel, stride, padding, [1, 1], ceil)?;
            Ok([channels, height, width])
        }
        Op::Flatten => match product(&[channels, height, width]) {
            Some(features) => Ok([features, 1, 1]),
            None => Err(format!("{channels}×{height}×{width} are more features than can be counted")),
        },
        Op::BatchNorm { .. } | Op::Relu | Op::Relu6 => Ok(inputs[0]),
        Op::Add if inputs[0] == inputs[1] => Ok(inputs[0]),
        Op::Add => Err(format!("adds {:?} to {:?}", inputs[1], inputs[0])),
        Op::Concat if inputs[0][1..] == inputs[1][1..] => match channels.checked_add(inputs[1][0]) {
            Some(channels) => Ok([channels, height, width]),
            None => Err(format!("joins {:?} to {:?}: more channels than can be counted", inputs[1], inputs[0])),
        },
        Op::Concat => Err(format!("joins {:?} to {:?}: height and width differ", inputs[1], inputs[0])),
        Op::Foreign(ref graph) => Ok([graph.classes(), 1, 1]),
    }
}

/// Values of the pictures and all outputs for one picture, at most: 128 MiB, VGG-16 on 224×224 pictures has 100. The windows of a
/// convolution as columns are held to the same.
const MOST_VALUES: usize = 1 << 25;

/// Values of one parameter, at most: 4 GiB.
const MOST_WEIGHTS: usize = 1 << 30;

/// Classes that an answer can name.
const MOST_CLASSES: usize = 1 << 16;

/// Whether outputs of these shapes can be computed, and whether the last are class scores.
fn check_sizes(network: &Network, shapes: &[Shape]) -> Result<(), NetworkError> {
    let wrong = |node: &str, reason: String| NetworkError { node: node.to_owned(), reason };
    let [channels, height, width] = network.input;
    let mut total = match product(&network.input) {
        Some(values) if (1..=MOST_VALUES).contains(&values) => values,
        _ => {
            let expected = format!("pictures of {channels}×{height}×{width}, expected 1 to {MOST_VALUES} values");
            return Err(wrong("input", expected));
        }
    };
    for (node, shape) in network.nodes.iter().zip(shapes) {
        let [channels, height, width] = *shape;
        let too_much = |what: &str| {
            let reason =
                format!("its output of {channels}×{height}×{width} {what} {MOST_VALUES} values for one picture");
            wrong(&node.name, reason)
        };
        total = product(shape)
            .and_then(|values| total.checked_add(values))
            .filter(|total| *total <= MOST_VALUES)
            .ok_or_else(|| too_much("and those before it have more than"))?;
        let worked = worked(&node.op, input_of(network, shapes, node), *shape);
        if worked.is_none_or(|values| values > MOST_VALUES) {
            return Err(too_much("is computed by way of more than"));
        }
    }
    if let (Some(node), Some([classes, height, width])) = (network.nodes.last(), shapes.last()) {
        if (*height, *width) != (1, 1) {
            let reason = format!("gives {classes}×{height}×{width}, but the last node gives class scores: N×1×1");
            return Err(wrong(&node.name, reason));
        }
        if !(1..=MOST_CLASSES).contains(classes) {
            return Err(wrong(&node.name, format!("gives {classes} class scores, expected 1 to {MOST_CLASSES}")));
        }
    }
    Ok(())
}

/// Values on the way to an output: the input with its padding, or the windows as columns; `None` where they cannot be counted.
fn worked(op: &Op, [channels, height, width]: Shape, [_, out_height, out_width]: Shape) -> Option<usize> {
    let around = |padding: [usize; 2]| product(&[channels, padded(height, padding[0])?, padded(width, padding[1])?]);
    match *op {
        Op::Conv2d { kernel, padding, groups, .. } => {
            let columns = product(&[channels / groups.max(1), kernel[0], kernel[1], out_height, out_width])?;
            Some(columns.max(around(padding)?))
        }
        Op::MaxPool { padding, .. } | Op::AvgPool { padding, .. } => around(padding),
        _ => Some(0),
    }
}

/// The shape of what a node takes first.
fn input_of(network: &Network, shapes: &[Shape], node: &Node) -> Shape {
    match node.inputs[0] {
        Source::Input => network.input,
        Source::Node(earlier) => shapes[earlier],
    }
}

/// A parameter that a node needs, without its values.
pub struct Need {
    /// `conv1.weight`.
    pub name: String,
    /// Sizes of the axes.
    pub shape: Vec<usize>,
    count: usize,
    value: f32,
    trained: bool,
}

impl Need {
    /// The parameter before any training: 0, or what makes batch normalization the identity.
    pub fn at_rest(self) -> Parameter {
        let values = vec![self.value; self.count];
        self.with(values)
    }

    /// The parameter with these values.
    pub fn with(self, values: Vec<f32>) -> Parameter {
        Parameter { name: self.name, shape: self.shape, values, trained: self.trained }
    }
}

/// The parameters that the nodes need, node by node. Nothing is allocated for their values.
///
/// # Errors
/// Nodes that do not fit together, sizes beyond what a computer holds, a last node that gives no class scores, and nodes of one name.
pub fn needs(network: &Network) -> Result<Vec<Need>, NetworkError> {
    let shapes = shapes(network)?;
    check_sizes(network, &shapes)?;
    let (mut needs, mut names) = (Vec::new(), HashSet::new());
    for node in &network.nodes {
        let wrong = |reason: String| NetworkError { node: node.name.clone(), reason };
        for need in needs_of(node, input_of(network, &shapes, node)).map_err(wrong)? {
            if !names.insert(need.name.clone()) {
                return Err(wrong("an earlier node has this name, and parameters are found by it".to_owned()));
            }
            needs.push(need);
        }
    }
    Ok(needs)
}

fn needs_of(node: &Node, [channels, ..]: Shape) -> Result<Vec<Need>, String> {
    let array = |part: &str, shape: Vec<usize>, value: f32, trained: bool| {
        let count = product(&shape).filter(|count| *count <= MOST_WEIGHTS);
        let count = count.ok_or_else(|| format!("its {part} {shape:?} has more than {MOST_WEIGHTS} values"))?;
        Ok(Need { name: format!("{}.{part}", node.name), shape, count, value, trained })
    };
    let mut needs = match node.op {
        Op::Conv2d { out, kernel: [height, width], groups, .. } => {
            vec![array("weight", vec![out, channels / groups, height, width], 0.0, true)]
        }
        Op::Linear { out, .. } => vec![array("weight", vec![out, channels], 0.0, true)],
        Op::BatchNorm { .. } => vec![
            array("weight", vec![channels], 1.0, true),
            array("bias", vec![channels], 0.0, true),
            array("running_mean", vec![channels], 0.0, false),
            array("running_var", vec![channels], 1.0, false),
        ],
        _ => Vec::new(),
    };
    if let Op::Conv2d { out, bias: true, .. } | Op::Linear { out, bias: true } = node.op {
        needs.push(array("bias", vec![out], 0.0, true));
    }
    needs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_counted_as_pytorch_does() {
        // size, kernel, stride, padding, dilation, ceil → windows
        let cases = [
            ((28, 5, 1, 0, 1, false), Some(24)),
            ((24, 2, 2, 0, 1, false), Some(12)),
            ((7, 3, 2, 0, 1, false), Some(3)),
            ((8, 3, 2, 0, 1, false), Some(3)),
            ((8, 3, 2, 0, 1, true), Some(4)),
            ((28, 3, 1, 1, 1, false), Some(28)),
            ((28, 3, 1, 2, 2, false), Some(28)),
            ((5, 2, 2, 1, 1, true), Some(3)),
            ((3, 4, 1, 0, 1, false), None),
        ];
        for ((size, kernel, stride, padding, dilation, ceil), expected) in cases {
            assert_eq!(windows(size, kernel, stride, padding, dilation, ceil), expected, "{size} by {kernel}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let node = |name: &str, op, inputs: &[Source]| Node { name: name.to_owned(), op, inputs: inputs.to_vec() };
        let cases = [
            (vec![node("fc", Op::Linear { out: 3, bias: true }, &[Source::Input])], "node fc: a fully connected layer"),
            (vec![node("sum", Op::Add, &[Source::Input])], "node sum: 1 inputs where 2 belong"),
            (vec![node("relu", Op::Relu, &[Source::Node(0)])], "node relu: takes node 0"),
            (Vec::new(), "node none: a network has"),
            (
                vec![node("relu", Op::Relu, &[Source::Input])],
                "node relu: gives 1×4×4, but the last node gives class scores",
            ),
            (
                vec![
                    node("flatten", Op::Flatten, &[Source::Input]),
                    node("fc", Op::Linear { out: 3, bias: true }, &[Source::Node(0)]),
                    node("fc", Op::Linear { out: 3, bias: true }, &[Source::Node(1)]),
                ],
                "node fc: an earlier node has this name",
            ),
        ];
        for (nodes, expected) in cases {
            let error = Network::new("test", [1, 4, 4], nodes).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn sizes_beyond_any_computer_are_refused_by_their_node() {
        let conv = |out: usize, kernel: usize, stride: usize, padding: usize, dilation: usize| Op::Conv2d {
            out,
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 2],
            dilation: [dilation; 2],
            groups: 1,
            bias: true,
        };
        let pool = |kernel: usize, padding: usize| Op::AvgPool {
            kernel: [kernel; 2],
            stride: [kernel; 2],
            padding: [padding; 2],
            ceil: false,
        };
        let flat = Op::Flatten;
        let linear = |out: usize| Op::Linear { out, bias: false };
        // Pictures, operations one after the other, what is said.
        let cases = [
            (
                [1, 1 << 33, 1 << 33],
                vec![flat.clone(), linear(2)],
                "node n0: 1×8589934592×8589934592 are more features",
            ),
            ([1, 1 << 33, 1 << 33], vec![conv(2, 1, 1, 0, 1)], "node input: pictures of"),
            ([0, 4, 4], vec![flat.clone(), linear(2)], "node input: pictures of 0×4×4"),
            ([1, 4, 4], vec![flat.clone(), linear(10_000_000_000_000)], "node n1: its output of 10000000000000×1×1"),
            ([1, 4, 4], vec![flat.clone(), linear(1 << 62)], "node n1: its output"),
            ([1, 4, 4], vec![flat.clone(), linear(1 << 24), linear(1 << 15)], "node n2: its weight"),
            ([1, 4, 4], vec![flat.clone(), linear((1 << 16) + 1)], "node n1: gives 65537 class scores"),
            ([1, 4, 4], vec![conv(2, 1, 1, 1 << 62, 1)], "node n0: its output"),
            ([1, 4, 4], vec![conv(2, 1, 1, 1 << 63, 1)], "node n0: a 1×1 kernel"),
            ([1, 4, 4], vec![conv(2, 1, 1 << 41, 1 << 40, 1)], "node n0: its output of 2×2×2 is computed by way of"),
            ([1, 4, 4], vec![conv(2, 2, 1, 0, usize::MAX)], "node n0: a 2×2 kernel"),
            ([1, 4000, 4000], vec![conv(1, 2000, 1, 0, 1)], "node n0: its output of 1×2001×2001 is computed by way of"),
            ([1, 4, 4], vec![pool(usize::MAX, usize::MAX / 2)], "node n0: a 18446744073709551615×"),
            ([1, 4, 4], vec![pool(2, 1 << 63)], "node n0: padding of a pool"),
        ];
        for (input, ops, expected) in cases {
            let node = |(place, op): (usize, Op)| Node {
                name: format!("n{place}"),
                op,
                inputs: vec![Source::of(place.checked_sub(1))],
            };
            let nodes: Vec<Node> = ops.into_iter().enumerate().map(node).collect();
            let error = Network::new("test", input, nodes).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}, expected {expected}");
        }
        // Doubled often enough, the sum of all outputs overflows before any of them does.
        let mut nodes = vec![Node { name: "flatten".to_owned(), op: Op::Flatten, inputs: vec![Source::Input] }];
        for place in 0..70 {
            let inputs = vec![Source::Node(place); 2];
            nodes.push(Node { name: format!("twice{place}"), op: Op::Concat, inputs });
        }
        let error = Network::new("test", [1, 4, 4], nodes).unwrap_err().to_string();
        assert!(error.starts_with("node twice59: joins"), "{error}");
    }
}
