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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::network::zoo;
    use crate::engine::tensor::Tensor;

    /// A built-in architecture's description, and its parameters as tensors.
    fn saved() -> (Description, Model) {
        let network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        let tensor = |found: &Parameter| Tensor::in_memory(&found.name, found.shape.clone(), found.values.clone());
        let tensors = network.parameters.iter().map(tensor).collect();
        (Description::new(&network, Normalization::default()), Model { tensors, ..Model::default() })
    }

    #[test]
    fn a_network_comes_back_from_its_description_and_its_tensors() {
        let (description, model) = saved();
        let text = serde_json::to_string(&description).unwrap();
        let read: Description = serde_json::from_str(&text).unwrap();
        assert_eq!(read, description);
        let network = read.network(&model).unwrap();
        assert_eq!(Description::new(&network, Normalization::default()), description);
        for (parameter, tensor) in network.parameters.iter().zip(&model.tensors) {
            assert_eq!((&parameter.name, &parameter.shape), (&tensor.name, &tensor.shape));
            assert_eq!(parameter.values, tensor.values().unwrap().to_vec());
        }
    }

    #[test]
    fn tensors_that_do_not_fit_are_named() {
        let refused = |change: &dyn Fn(&mut Description, &mut Model)| {
            let (mut description, mut model) = saved();
            change(&mut description, &mut model);
            description.network(&model).unwrap_err()
        };
        let missing = refused(&|_, model| drop(model.tensors.remove(0)));
        assert_eq!(missing.node, "ip1.weight");
        assert!(missing.reason.contains("no such tensor"), "{}", missing.reason);
        let shaped = refused(&|_, model| model.tensors[0] = Tensor::in_memory("ip1.weight", vec![2], vec![0.0; 2]));
        assert_eq!(shaped.reason, "has shape [2], expected [300, 784]");
        let wide = refused(&|description, _| description.input = [1, 1 << 20, 1 << 20]);
        assert!(wide.reason.contains("expected") || wide.reason.contains("no computer"), "{}", wide.reason);
        assert!(!refused(&|description, _| description.nodes.clear()).reason.is_empty());
    }
}
