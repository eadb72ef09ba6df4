//! How many values a node may give out, from what it takes: the inference crate allocates them without asking.

use super::survey::Node;

/// What is known of a value: its shape, and the numbers of a short one.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub shape: Vec<usize>,
    pub numbers: Option<Vec<f64>>,
}

impl Known {
    fn count(&self) -> f64 {
        self.shape.iter().map(|size| *size as f64).product()
    }
}

/// Operators whose output is as large as some of their inputs say, and which.
const ASKING: [(&str, &[usize]); 16] = [
    ("Expand", &[1]),
    ("ConstantOfShape", &[0]),
    ("Tile", &[1]),
    ("Resize", &[1, 2, 3]),
    ("Upsample", &[1]),
    ("Pad", &[1]),
    ("OneHot", &[1]),
    ("Range", &[0, 1, 2]),
    ("DFT", &[1]),
    ("STFT", &[1, 3]),
    ("TopK", &[1]),
    ("Slice", &[1, 2, 3, 4]),
    ("Split", &[1]),
    ("Reshape", &[1]),
    ("Compress", &[1]),
    ("NonMaxSuppression", &[1]),
];

/// Operators whose output has a shape that follows from the values they take.
const COUNTING: [&str; 4] = ["NonZero", "Compress", "Unique", "NonMaxSuppression"];

/// Operators in the graphs of an `If` that give no more than they take.
const HARMLESS: [&str; 9] =
    ["Identity", "Constant", "Shape", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"];

/// Why the size of what a node gives out cannot be known beforehand. `depends` says whether an input depends on the picture.
pub(super) fn unbounded(node: &Node, depends: impl Fn(usize) -> bool) -> Option<String> {
    let asks = ASKING.iter().filter(|(operator, _)| node.is(operator)).flat_map(|(_, inputs)| *inputs);
    if asks.into_iter().any(|input| depends(*input)) {
        return Some("gives as many values as the picture says".to_owned());
    }
    if COUNTING.iter().any(|operator| node.is(operator)) && depends(0) {
        return Some("gives more values for one picture than for another".to_owned());
    }
    if node.operator.contains("Sequence") && node.operator != "ReverseSequence" {
        return Some("makes lists of tensors, expected tensors alone".to_owned());
    }
    if node.is("If") && depends(0) {
        return Some("chooses by what is in the picture".to_owned());
    }
    if node.has_bodies && !(node.is("If") && node.inside.iter().all(|operator| HARMLESS.contains(&operator.as_str()))) {
        return Some("computes with a graph of its own, expected operators alone".to_owned());
    }
    None
}

/// Values that a node gives out at most, over all its outputs; infinite where what it asks for is not known.
pub(super) fn most(node: &Node, inputs: &[Option<Known>]) -> f64 {
    let input = |place: usize| inputs.get(place).and_then(Option::as_ref);
    let count = |place: usize| input(place).map_or(0.0, Known::count);
    let shape = |place: usize| input(place).map_or(&[][..], |known| &known.shape);
    let size = |place: usize, axis: usize| shape(place).get(axis).map_or(1.0, |size| *size as f64);
    let numbers = |place: usize| input(place).and_then(|known| known.numbers.as_deref());
    let product = |numbers: &[f64]| numbers.iter().map(|number| number.abs().max(1.0)).product::<f64>();
    let last = |place: usize| shape(place).last().map_or(1.0, |size| *size as f64).max(1.0);
    match node.operator.as_str() {
        "Expand" => numbers(1).map_or(f64::INFINITY, |sizes| {
            let sizes: Vec<usize> = sizes.iter().map(|size| size.abs() as usize).collect();
            broadcast([shape(0), &sizes].into_iter())
        }),
        "ConstantOfShape" => numbers(0).map_or(f64::INFINITY, product),
        "Tile" => numbers(1).map_or(f64::INFINITY, |repeats| count(0) * product(repeats)),
        "Range" => match (numbers(0), numbers(1), numbers(2)) {
            (Some(&[start]), Some(&[limit]), Some(&[step])) if step != 0.0 => ((limit - start) / step).abs() + 1.0,
            _ => f64::INFINITY,
        },
        "OneHot" => {
            numbers(1).map_or(f64::INFINITY, |depth| count(0) * depth.iter().fold(1.0_f64, |most, n| most.max(n.abs())))
        }
        "RandomNormal" | "RandomUniform" => {
            node.integers("shape").iter().map(|size| size.unsigned_abs().max(1) as f64).product()
        }
        "Multinomial" => size(0, 0) * node.integer("sample_size").unwrap_or(1).unsigned_abs() as f64,
        "Pad" => {
            let attribute: Vec<f64> = node.integers("pads").iter().map(|pad| *pad as f64).collect();
            let pads = numbers(1).or((!attribute.is_empty()).then_some(&attribute[..]));
            // Axes may be named, and then the numbers are theirs.
            pads.map_or(f64::INFINITY, |pads| {
                let widest = pads.iter().fold(0.0, |most: f64, pad| most.max(pad.abs()));
                let padded = |axis: usize| {
                    let rank = shape(0).len();
                    let named = pads.len() != 2 * rank;
                    let own = if named { 2.0 * widest } else { pads[axis].abs() + pads[axis + rank].abs() };
                    size(0, axis) + own
                };
                (0..shape(0).len()).map(padded).product()
            })
        }
        "Resize" | "Upsample" => {
            let sizes = numbers(3).filter(|sizes| !sizes.is_empty());
            let scales = if node.operator == "Upsample" { numbers(1) } else { numbers(2) };
            match (sizes, scales.filter(|scales| !scales.is_empty())) {
                (Some(sizes), Some(scales)) => count(0) * product(scales).max(product(sizes)),
                (Some(sizes), None) if sizes.len() == shape(0).len() => product(sizes),
                // Named axes leave the others as they are.
                (Some(sizes), None) => count(0) * product(sizes),
                (None, Some(scales)) => count(0) * product(scales),
                (None, None) => f64::INFINITY,
            }
        }
        "Conv" | "ConvInteger" | "MaxPool" | "AveragePool" => {
            let channels = if node.operator.starts_with("Conv") { size(1, 0) } else { size(0, 1) };
            let pads = node.integers("pads");
            let axes = shape(0).len().saturating_sub(2);
            let along = |axis: usize| {
                let pads: f64 =
                    [axis, axis + axes].iter().filter_map(|place| pads.get(*place)).map(|pad| *pad as f64).sum();
                let stride =
                    node.integers("strides").get(axis).map_or(1.0, |stride| stride.unsigned_abs().max(1) as f64);
                // Padding by `auto_pad` and rounding up give one window more at most.
                (size(0, axis + 2) + pads.max(0.0)) / stride + 1.0
            };
            size(0, 0) * channels * (0..axes).map(along).product::<f64>()
        }
        "ConvTranspose" => {
            let channels = size(1, 1) * node.integer("group").unwrap_or(1).unsigned_abs() as f64;
            let axes = shape(0).len().saturating_sub(2);
            let of = |name: &str, axis: usize, usual: f64| {
                node.integers(name).get(axis).map_or(usual, |number| number.unsigned_abs() as f64)
            };
            let along = |axis: usize| {
                size(0, axis + 2) * of("strides", axis, 1.0)
                    + of("dilations", axis, 1.0) * size(1, axis + 2)
                    + of("output_padding", axis, 0.0)
                    + of("output_shape", axis, 0.0)
            };
            // The products with the whole kernel lie side by side before they are added up.
            let kernel: f64 = (0..axes).map(|axis| size(1, axis + 2)).product();
            size(0, 0) * channels * (0..axes).map(along).product::<f64>()
                + channels * kernel * count(0) / size(0, 1).max(1.0)
        }
        "MatMulNBits" => count(0) / last(0) * node.integer("N").unwrap_or(1).unsigned_abs() as f64,
        "MatMul" | "MatMulInteger" => {
            let outer = |place: usize| &shape(place)[..shape(place).len().saturating_sub(2)];
            let rows = if shape(0).len() > 1 { size(0, shape(0).len() - 2) } else { 1.0 };
            let columns = if shape(1).len() > 1 { last(1) } else { 1.0 };
            broadcast([outer(0), outer(1)].into_iter()) * rows * columns
        }
        "Gemm" => {
            let side = |place: usize, name: &str, first: usize| {
                let is_turned = node.integer(name).unwrap_or(0) != 0;
                size(place, if is_turned { 1 - first } else { first })
            };
            side(0, "transA", 0) * side(1, "transB", 1)
        }
        "Einsum" => einsum(node.text("equation"), inputs),
        "Gather" => {
            let axis = node.integer("axis").unwrap_or(0);
            let axis = if axis < 0 { axis + shape(0).len() as i64 } else { axis };
            count(0) / size(0, usize::try_from(axis).unwrap_or(0)).max(1.0) * count(1)
        }
        "GatherND" => {
            let (depth, batch) = (last(1) as usize, node.integer("batch_dims").unwrap_or(0).max(0) as usize);
            let slice: f64 = shape(0).iter().skip(depth.saturating_add(batch)).map(|size| *size as f64).product();
            count(1) / last(1) * slice
        }
        "GatherElements" => count(1),
        "GridSample" => size(0, 0) * size(0, 1) * count(1) / last(1),
        "NonZero" => count(0) * shape(0).len().max(1) as f64,
        // Each box is chosen once a class, as three numbers.
        "NonMaxSuppression" => 3.0 * count(1),
        "TopK" => 2.0 * count(0),
        "LSTM" | "GRU" | "RNN" | "DynamicQuantizeLSTM" => 4.0 * size(0, 0) * size(0, 1) * size(2, 0) * size(2, 2),
        "Attention" | "MultiHeadAttention" | "GroupQueryAttention" => {
            // Every query meets every key, once a head; keys may come with the queries, or from before.
            let rows = |place: usize| count(place) / last(place);
            let heads = node.integer("num_heads").or(node.integer("q_num_heads")).unwrap_or(1).unsigned_abs().max(1);
            let keys: f64 = (0..inputs.len()).map(rows).sum();
            let given: f64 = (0..inputs.len()).map(count).sum();
            given + heads as f64 * rows(0) * keys / size(0, 0).max(1.0)
        }
        "DFT" => {
            2.0 * count(0) * numbers(1).map_or(1.0, |length| length.iter().fold(1.0_f64, |most, n| most.max(n.abs())))
        }
        "STFT" => {
            let frame = numbers(3).map_or(count(2), |length| length.iter().fold(1.0_f64, |most, n| most.max(n.abs())));
            2.0 * count(0) * frame.max(1.0)
        }
        "BatchNormalization" | "LayerNormalization" | "SkipLayerNormalization" | "Dropout" => 4.0 * count(0),
        // Lists of several, and what broadcasts.
        "Concat" => inputs.iter().flatten().map(Known::count).sum(),
        _ => broadcast(inputs.iter().flatten().map(|known| known.shape.as_slice())),
    }
}

/// Values of what some shapes broadcast to; where they do not, as many as they have together.
fn broadcast<'a>(shapes: impl Iterator<Item = &'a [usize]> + Clone) -> f64 {
    let rank = shapes.clone().map(<[usize]>::len).max().unwrap_or(0);
    let mut product = 1.0;
    for back in 1..=rank {
        let mut sizes = shapes.clone().filter_map(|shape| shape.len().checked_sub(back).map(|axis| shape[axis]));
        let widest = sizes.clone().max().unwrap_or(1);
        if sizes.any(|size| size != 1 && size != widest) {
            return shapes.map(|shape| shape.iter().map(|size| *size as f64).product::<f64>()).sum();
        }
        product *= widest as f64;
    }
    product
}

/// The product of the sizes of all letters: what is summed over is in no intermediate value that is larger.
fn einsum(equation: &str, inputs: &[Option<Known>]) -> f64 {
    let all = || inputs.iter().flatten().map(Known::count).product::<f64>();
    let given = equation.split("->").next().unwrap_or_default();
    let terms: Vec<Vec<char>> =
        given.split(',').map(|term| term.chars().filter(|c| !c.is_whitespace()).collect()).collect();
    let mut sizes = std::collections::BTreeMap::new();
    for (term, known) in terms.iter().zip(inputs) {
        let Some(known) = known.as_ref().filter(|known| known.shape.len() == term.len()) else { return all() };
        for (letter, size) in term.iter().zip(&known.shape) {
            let widest = sizes.entry(*letter).or_insert(1.0_f64);
            *widest = widest.max(*size as f64);
        }
    }
    sizes.values().product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::onnx::classifier::survey::Attribute;

    fn node(operator: &str, attributes: &[(&str, &[i64])]) -> Node {
        let attribute = |(name, integers): &(&str, &[i64])| {
            let integer = integers.first().copied().unwrap_or(0);
            ((*name).to_owned(), Attribute { integer, integers: integers.to_vec(), text: String::new() })
        };
        Node {
            operator: operator.to_owned(),
            attributes: attributes.iter().map(attribute).collect(),
            ..Node::default()
        }
    }

    fn known(shape: &[usize], numbers: &[f64]) -> Option<Known> {
        Some(Known { shape: shape.to_vec(), numbers: (!numbers.is_empty()).then(|| numbers.to_vec()) })
    }

    #[test]
    fn sizes_follow_from_what_is_taken() {
        let sizes = |shape: &[usize]| known(shape, &[]);
        for (operator, attributes, inputs, expected) in [
            ("Relu", vec![], vec![sizes(&[2, 3, 4])], 24.0),
            ("Add", vec![], vec![sizes(&[2, 1, 4]), sizes(&[3, 1])], 24.0),
            ("Reshape", vec![], vec![sizes(&[2, 3, 4]), known(&[2], &[6.0, 4.0])], 26.0),
            ("Expand", vec![], vec![sizes(&[3, 1]), known(&[2], &[1.0, 1e6])], 3e6),
            ("Expand", vec![], vec![sizes(&[3, 1]), sizes(&[2])], f64::INFINITY),
            ("Tile", vec![], vec![sizes(&[10, 10]), known(&[2], &[1000.0, 1000.0])], 1e8),
            ("Range", vec![], vec![known(&[], &[0.0]), known(&[], &[1e9]), known(&[], &[1.0])], 1e9 + 1.0),
            ("ConstantOfShape", vec![], vec![known(&[2], &[5.0, 7.0])], 35.0),
            ("OneHot", vec![], vec![sizes(&[4]), known(&[], &[1000.0])], 4000.0),
            ("Pad", vec![], vec![sizes(&[2, 3]), known(&[4], &[0.0, 1.0, 0.0, 2.0])], 12.0),
            ("Resize", vec![], vec![sizes(&[1, 1, 4, 4]), None, known(&[4], &[1.0, 1.0, 8.0, 8.0])], 1024.0),
            ("Resize", vec![], vec![sizes(&[1, 1, 4, 4]), None, None, known(&[4], &[1.0, 1.0, 9.0, 9.0])], 81.0),
            ("MatMul", vec![], vec![sizes(&[8, 5, 6]), sizes(&[6, 7])], 280.0),
            ("Gemm", vec![("transB", &[1][..])], vec![sizes(&[2, 6]), sizes(&[9, 6])], 18.0),
            ("Conv", vec![("pads", &[1, 1, 1, 1])], vec![sizes(&[1, 3, 8, 8]), sizes(&[16, 3, 3, 3])], 16.0 * 121.0),
            ("Conv", vec![("strides", &[16, 16])], vec![sizes(&[1, 3, 32, 32]), sizes(&[8, 3, 16, 16])], 72.0),
            ("Gather", vec![], vec![sizes(&[10, 4]), sizes(&[100])], 400.0),
            ("Concat", vec![], vec![sizes(&[2, 3]), sizes(&[4, 3])], 18.0),
        ] {
            assert_eq!(most(&node(operator, &attributes), &inputs), expected, "{operator} of {inputs:?}");
        }
        assert_eq!(einsum("bij, bjk -> bik", &[sizes(&[2, 3, 4]), sizes(&[2, 4, 5])]), 120.0);
        assert_eq!(einsum("ij,ij->ij", &[sizes(&[9, 1]), sizes(&[1, 7])]), 63.0);
        assert_eq!(einsum("...", &[sizes(&[2, 3]), sizes(&[4])]), 24.0);
    }

    #[test]
    fn what_the_picture_decides_has_no_bound() {
        let says =
            |operator: &str, depends: &[usize]| unbounded(&node(operator, &[]), |input| depends.contains(&input));
        assert!(says("Expand", &[0]).is_none());
        assert!(says("Expand", &[1]).is_some_and(|reason| reason.contains("as many values as the picture says")));
        assert!(says("NonZero", &[0]).is_some());
        let with_graphs = |operator: &str, inside: &[&str]| Node {
            has_bodies: true,
            inside: inside.iter().map(|&operator| operator.to_owned()).collect(),
            ..node(operator, &[])
        };
        assert!(unbounded(&with_graphs("If", &["Squeeze", "Identity"]), |_| false).is_none());
        assert!(unbounded(&with_graphs("If", &["Identity"]), |input| input == 0).is_some());
        assert!(unbounded(&with_graphs("If", &["Tile"]), |_| false).is_some());
        assert!(unbounded(&with_graphs("Loop", &["Identity"]), |_| false).is_some());
    }
}
