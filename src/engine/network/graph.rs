//! A network as plain data: which layer takes what from where, and the parameters.

use serde::{Deserialize, Serialize};

/// What a node does. Sizes are `[height, width]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
pub enum Op {
    /// Two-dimensional cross-correlation, as every framework calls convolution.
    Conv2d {
        /// Output channels.
        out: usize,
        /// Size of the kernel.
        kernel: [usize; 2],
        /// Step from window to window.
        stride: [usize; 2],
        /// Zeros around the input.
        padding: [usize; 2],
        /// Step from weight to weight.
        dilation: [usize; 2],
        /// Groups of channels that do not see each other.
        groups: usize,
        /// Whether a bias is added.
        bias: bool,
    },
    /// A fully connected layer: y = W x + b.
    Linear {
        /// Output features.
        out: usize,
        /// Whether a bias is added.
        bias: bool,
    },
    /// Batch normalization (Ioffe and Szegedy 2015): γ (x − μ) / √(σ² + ε) + β.
    BatchNorm {
        /// ε.
        epsilon: f32,
        /// Share of the new batch in the running mean and variance.
        momentum: f32,
    },
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// The largest of each window; padding counts as −∞.
    MaxPool {
        /// Size of the window.
        kernel: [usize; 2],
        /// Step from window to window.
        stride: [usize; 2],
        /// Padding.
        padding: [usize; 2],
        /// Whether a last, incomplete window counts (Caffe) or not.
        ceil: bool,
    },
    /// The mean of each window, over what lies inside the picture.
    AvgPool {
        /// Size of the window.
        kernel: [usize; 2],
        /// Step from window to window.
        stride: [usize; 2],
        /// Padding.
        padding: [usize; 2],
        /// Whether a last, incomplete window counts or not.
        ceil: bool,
    },
    /// Channels and pixels become features, channel by channel.
    Flatten,
    /// The sum of two inputs of one shape.
    Add,
    /// Two inputs behind each other along the channels.
    Concat,
    /// A graph that another engine runs, from the pictures to the class scores; the network's only node. Its weights are the network's
    /// parameters, and its file is its description: it has no other.
    #[serde(skip)]
    Foreign(super::foreign::Foreign),
}

/// Where a node takes an input from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The pictures.
    Input,
    /// An earlier node, by its place.
    Node(usize),
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its name; parameters are `NAME.weight`, `NAME.bias` and so on.
    pub name: String,
    /// What it does.
    #[serde(flatten)]
    pub op: Op,
    /// Where it takes its inputs from.
    pub inputs: Vec<Source>,
}

/// A named array of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// `conv1.weight`.
    pub name: String,
    /// Sizes of the axes.
    pub shape: Vec<usize>,
    /// Values in row-major order.
    pub values: Vec<f32>,
    /// Whether training changes it by its gradient (running means and variances follow the batches instead).
    pub trained: bool,
}

/// A feed-forward network: nodes in the order in which they run, the last one gives the class scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// What reports call it.
    pub name: String,
    /// Channels, height and width of a picture.
    pub input: [usize; 3],
    /// Layers, each after its inputs.
    pub nodes: Vec<Node>,
    /// Parameters, node by node.
    pub parameters: Vec<Parameter>,
}

/// Why nodes do not make a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("node {node}: {reason}")]
pub struct NetworkError {
    /// The node's name.
    pub node: String,
    /// What is wrong, and what was expected.
    pub reason: String,
}

/// Channels, height, width.
pub type Shape = [usize; 3];

impl Source {
    /// The node before that.
    pub fn of(previous: Option<usize>) -> Self {
        previous.map_or(Self::Input, Self::Node)
    }
}

impl Network {
    /// A network with all parameters at zero (batch normalization at the identity), its shapes checked.
    ///
    /// # Errors
    /// A node whose inputs do not fit or whose sizes no computer holds, a last node that gives no class scores, by its name.
    pub fn new(name: impl Into<String>, input: Shape, nodes: Vec<Node>) -> Result<Self, NetworkError> {
        let mut network = Self { name: name.into(), input, nodes, parameters: Vec::new() };
        network.parameters = super::infer::needs(&network)?.into_iter().map(super::infer::Need::at_rest).collect();
        Ok(network)
    }

    /// The shapes of all nodes' outputs.
    ///
    /// # Errors
    /// A node whose inputs do not fit, by its name.
    pub fn shapes(&self) -> Result<Vec<Shape>, NetworkError> {
        super::infer::shapes(self)
    }

    /// Number of classes: the features of the last node.
    pub fn classes(&self) -> usize {
        self.shapes().ok().and_then(|shapes| shapes.last().map(|shape| shape[0])).unwrap_or(0)
    }

    /// The parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// A node's parameter, by the part of its name after the point.
    pub(super) fn part(&self, node: &Node, part: &str) -> Option<(usize, &Parameter)> {
        let is_it = |parameter: &Parameter| {
            parameter.name.strip_prefix(node.name.as_str()).and_then(|rest| rest.strip_prefix('.')) == Some(part)
        };
        self.parameters.iter().enumerate().find(|(_, parameter)| is_it(parameter))
    }

    /// Number of weights: trained values of parameters with two or more axes.
    pub fn weights(&self) -> usize {
        self.parameters.iter().filter(|parameter| parameter.is_weight()).map(|parameter| parameter.values.len()).sum()
    }

    /// Multiply-accumulate operations for one picture.
    pub fn macs(&self) -> u64 {
        let Ok(shapes) = self.shapes() else { return 0 };
        let of = |(node, shape): (&Node, &Shape)| {
            let Some((_, weight)) = self.part(node, "weight").filter(|(_, weight)| weight.is_weight()) else {
                return 0;
            };
            (weight.values.len() * shape[1] * shape[2]) as u64
        };
        self.nodes.iter().zip(&shapes).map(of).sum()
    }
}

impl Parameter {
    /// Whether a quantizer of weights takes it: trained, with two or more axes.
    pub fn is_weight(&self) -> bool {
        self.trained && self.shape.len() >= 2
    }
}
