//! Where on the way through a network values are rounded to a grid.

use super::super::fold::readers;
use super::super::graph::{Network, NetworkError, Op, Source};

/// What becomes of a node's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It is rounded to a grid of its own.
    Point,
    /// It stays in the accumulator: the rectifier that follows is fused, and its output is what is rounded.
    Fused {
        /// The rectifier.
        into: usize,
    },
    /// It is the rectifier of a fused pair.
    Rectifies {
        /// The layer before it.
        of: usize,
    },
    /// It keeps the grid of its input: its values are values of the input, or 0.
    Keeps,
    /// It holds the class scores, which are compared and never rounded.
    Scores,
}

impl Role {
    /// Whether there is a grid for this output alone.
    pub fn has_grid(self) -> bool {
        matches!(self, Self::Point | Self::Rectifies { .. })
    }
}

/// The roles of all nodes of a network without batch normalization.
///
/// # Errors
/// A batch normalization that has not been folded, by its name.
pub(super) fn roles(network: &Network) -> Result<Vec<Role>, NetworkError> {
    let last = network.nodes.len().saturating_sub(1);
    let mut roles: Vec<Role> = Vec::with_capacity(network.nodes.len());
    for (place, node) in network.nodes.iter().enumerate() {
        roles.push(match node.op {
            Op::Conv2d { .. } | Op::Linear { .. } | Op::Add => match rectifier(network, place) {
                Some(into) => Role::Fused { into },
                None if place == last && node.op != Op::Add => Role::Scores,
                None => Role::Point,
            },
            Op::Relu | Op::Relu6 => match node.inputs[0] {
                Source::Node(before) if roles[before] == (Role::Fused { into: place }) => {
                    Role::Rectifies { of: before }
                }
                // The code of 6 need not be on the grid of the input.
                _ if node.op == Op::Relu6 => Role::Point,
                _ => Role::Keeps,
            },
            Op::MaxPool { .. } | Op::Flatten => Role::Keeps,
            Op::AvgPool { .. } | Op::Concat => Role::Point,
            Op::Foreign(_) => {
                let reason = network.check_layered().err().unwrap_or_default();
                return Err(NetworkError { node: node.name.clone(), reason });
            }
            Op::BatchNorm { .. } => {
                let reason = "batch normalization has to be folded before activations are quantized".to_owned();
                return Err(NetworkError { node: node.name.clone(), reason });
            }
        });
    }
    Ok(roles)
}

/// The rectifier that is the only one to read a node.
fn rectifier(network: &Network, place: usize) -> Option<usize> {
    let is_it = |node: &super::super::graph::Node| {
        matches!(node.op, Op::Relu | Op::Relu6) && node.inputs[0] == Source::Node(place)
    };
    (readers(network, place) == 1).then(|| network.nodes.iter().position(is_it)).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::super::{fold, zoo};
    use super::*;

    #[test]
    fn grids_lie_after_the_rectifiers() {
        let of = |name: &str| {
            let network = fold(&zoo::find(name).unwrap().network().unwrap()).unwrap();
            let roles = roles(&network).unwrap();
            let grids = network.nodes.iter().zip(&roles).filter(|(_, role)| role.has_grid());
            (grids.map(|(node, _)| node.name.clone()).collect::<Vec<_>>(), *roles.last().unwrap())
        };
        assert_eq!(of("lenet-300-100"), (vec!["relu1".to_owned(), "relu2".to_owned()], Role::Scores));
        assert_eq!(of("lenet-5").0, ["conv1", "conv2", "relu1"]);
        assert_eq!(of("vgg-small").0, ["relu1", "relu2", "relu3", "relu4", "relu5", "relu6", "mean"]);
        let unfolded = zoo::find("vgg-small").unwrap().network().unwrap();
        assert!(roles(&unfolded).unwrap_err().to_string().contains("node bn1"));
    }
}
