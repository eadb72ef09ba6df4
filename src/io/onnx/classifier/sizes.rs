//! Sizes that a graph asks for by numbers it stores: the inference crate would allocate what they say.

use super::survey::{Node, Survey};
use crate::engine::tensor::Source as _;
use crate::io::error::printable;
use crate::io::onnx::Parts;
use crate::io::onnx::dequantize::Stored;

/// Values that an operator may make out of nothing: 1 GiB of float32.
const MOST: f64 = (1 << 28) as f64;
/// No shape has more axes, and no list of paddings more numbers.
const LONGEST: usize = 32;

/// How an operator's input says how large its output is.
#[derive(Clone, Copy)]
enum Rule {
    /// The product of the numbers: sizes, or factors of a picture's sizes.
    Product,
    /// Each number by itself.
    Each,
}

/// Operators whose output is as large as a stored number says, and which of their inputs says it.
const ASKING: [(&str, usize, Rule); 9] = [
    ("Expand", 1, Rule::Product),
    ("ConstantOfShape", 0, Rule::Product),
    ("Tile", 1, Rule::Product),
    ("Resize", 2, Rule::Product),
    ("Resize", 3, Rule::Product),
    ("Upsample", 1, Rule::Product),
    ("Pad", 1, Rule::Each),
    ("OneHot", 1, Rule::Each),
    ("Range", 1, Rule::Each),
];

/// Whether no node asks for more than it may. Sizes that other nodes compute are not followed.
///
/// # Errors
/// The first node that does, by its name.
pub(super) fn check(parts: &Parts, survey: &Survey) -> Result<(), String> {
    let stored = Stored::of(&parts.contents);
    for node in &survey.nodes {
        for (_, input, rule) in ASKING.iter().filter(|(operator, ..)| node.is(operator)) {
            let Some(numbers) = node.inputs.get(*input).and_then(|name| numbers(parts, &stored, name)) else {
                continue;
            };
            let asked = match rule {
                Rule::Product => numbers.iter().map(|size| f64::from(size.abs().max(1.0))).product::<f64>(),
                Rule::Each => numbers.iter().map(|size| f64::from(size.abs())).fold(0.0, f64::max),
            };
            if asked > MOST {
                return Err(refusal(node, &numbers));
            }
        }
    }
    Ok(())
}

fn refusal(node: &Node, numbers: &[f32]) -> String {
    let shown: Vec<String> = numbers.iter().take(6).map(|size| f64::from(*size).to_string()).collect();
    let (name, operator) = (printable(&node.name), &node.operator);
    format!("node `{name}` ({operator}) asks for {} values, more than 1 GiB", shown.join("×"))
}

/// The numbers of a short stored tensor of this graph.
fn numbers(parts: &Parts, stored: &Stored<'_>, name: &str) -> Option<Vec<f32>> {
    let place = stored.find(name, 0)?;
    let (found, source) = (&parts.contents.tensors[place], &parts.sources[place]);
    let count = found.proto.shape.iter().try_fold(1_usize, |count, size| count.checked_mul(*size))?;
    if count > LONGEST {
        return None;
    }
    source.read().ok().map(|values| values.to_vec())
}
