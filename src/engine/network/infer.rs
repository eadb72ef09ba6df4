//! Shapes of outputs and parameters, from the nodes alone.

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
    let reach = dilation.checked_mul(kernel.checked_sub(1)?)? + 1;
    let room = (size + 2 * padding).checked_sub(reach)?;
    let steps = if ceil { room.div_ceil(stride) } else { room / stride };
    let last_inside = !ceil || steps == 0 || steps * stride < size + padding;
    Some(if last_inside { steps + 1 } else { steps })
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
            if padding[0] * 2 > kernel[0] || padding[1] * 2 > kernel[1] {
                return Err("padding of a pool is at most half its kernel".to_owned());
            }
            let [height, width] = window(kernel, stride, padding, [1, 1], ceil)?;
            Ok([channels, height, width])
        }
        Op::Flatten => Ok([channels * height * width, 1, 1]),
        Op::BatchNorm { .. } | Op::Relu | Op::Relu6 => Ok(inputs[0]),
        Op::Add if inputs[0] == inputs[1] => Ok(inputs[0]),
        Op::Add => Err(format!("adds {:?} to {:?}", inputs[1], inputs[0])),
        Op::Concat if inputs[0][1..] == inputs[1][1..] => Ok([channels + inputs[1][0], height, width]),
        Op::Concat => Err(format!("joins {:?} to {:?}: height and width differ", inputs[1], inputs[0])),
        Op::Foreign(ref graph) => Ok([graph.classes(), 1, 1]),
    }
}

/// The parameters that the nodes need, at zero.
pub fn parameters(network: &Network) -> Result<Vec<Parameter>, NetworkError> {
    let shapes = shapes(network)?;
    let mut parameters = Vec::new();
    for node in &network.nodes {
        let input = match node.inputs[0] {
            Source::Input => network.input,
            Source::Node(earlier) => shapes[earlier],
        };
        parameters.extend(parameters_of(node, input));
    }
    Ok(parameters)
}

fn parameters_of(node: &Node, [channels, ..]: Shape) -> Vec<Parameter> {
    let array = |part: &str, shape: Vec<usize>, value: f32, trained: bool| {
        let count = shape.iter().product();
        Parameter { name: format!("{}.{part}", node.name), shape, values: vec![value; count], trained }
    };
    let mut parameters = match node.op {
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
        parameters.push(array("bias", vec![out], 0.0, true));
    }
    parameters
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
        ];
        for (nodes, expected) in cases {
            let error = Network::new("test", [1, 4, 4], nodes).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
