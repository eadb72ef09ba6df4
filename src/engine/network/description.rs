//! A network as text: what a file records beside the parameters.

use serde::{Deserialize, Serialize};

use super::data::Normalization;
use super::graph::{Network, NetworkError, Node, Parameter};
use super::infer::{Need, needs};
use crate::engine::tensor::Model;

/// Everything about a network but its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// What reports call it.
    pub name: String,
    /// Channels, height and width of a picture.
    pub input: [usize; 3],
    /// What it takes of a byte.
    pub normalization: Normalization,
    /// Layers, each after its inputs.
    pub nodes: Vec<Node>,
}

impl Description {
    /// Of a network that takes bytes so.
    pub fn new(network: &Network, normalization: Normalization) -> Self {
        Self { name: network.name.clone(), input: network.input, normalization, nodes: network.nodes.clone() }
    }

    /// The network with the parameters of a model.
    ///
    /// # Errors
    /// A normalization that gives no numbers; nodes that do not fit together or have sizes that no computer holds; a last node that
    /// gives no class scores; a parameter that is missing or has another shape, before anything is allocated for it.
    pub fn network(&self, model: &Model) -> Result<Network, NetworkError> {
        let wrong = |reason: String| NetworkError { node: "input".to_owned(), reason };
        self.normalization.check().map_err(wrong)?;
        let (name, nodes) = (self.name.clone(), self.nodes.clone());
        let mut network = Network { name, input: self.input, nodes, parameters: Vec::new() };
        let needs = needs(&network)?.into_iter();
        network.parameters = needs.map(|need| parameter(need, model)).collect::<Result<_, _>>()?;
        Ok(network)
    }
}

/// The values that a model has for a parameter.
fn parameter(need: Need, model: &Model) -> Result<Parameter, NetworkError> {
    let wrong = |reason: String| NetworkError { node: need.name.clone(), reason };
    let tensor = model
        .tensor(&need.name)
        .ok_or_else(|| wrong("the file has no such tensor, which the network needs".to_owned()))?;
    if tensor.shape != need.shape {
        let (found, expected) = (&tensor.shape, &need.shape);
        return Err(wrong(format!("has shape {found:?}, expected {expected:?}")));
    }
    let values = tensor.values().map_err(|error| wrong(error.to_string()))?.to_vec();
    Ok(need.with(values))
}
