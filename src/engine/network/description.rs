//! A network as text: what a file records beside the parameters.

use serde::{Deserialize, Serialize};

use super::data::Normalization;
use super::graph::{Network, NetworkError, Node};
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
    /// Nodes that do not fit together; a parameter that is missing or has another shape.
    pub fn network(&self, model: &Model) -> Result<Network, NetworkError> {
        let mut network = Network::new(self.name.clone(), self.input, self.nodes.clone())?;
        for parameter in &mut network.parameters {
            let wrong = |reason: String| NetworkError { node: parameter.name.clone(), reason };
            let tensor = model
                .tensor(&parameter.name)
                .ok_or_else(|| wrong("the file has no such tensor, which the network needs".to_owned()))?;
            if tensor.shape != parameter.shape {
                let (found, expected) = (&tensor.shape, &parameter.shape);
                return Err(wrong(format!("has shape {found:?}, expected {expected:?}")));
            }
            let values = tensor.values().map_err(|error| wrong(error.to_string()))?;
            parameter.values = values.to_vec();
        }
        Ok(network)
    }
}
