//! The built-in architectures.

use super::graph::{Network, NetworkError, Node, Op, Source};

/// One row of the table of architectures.
#[derive(Clone, Copy, Debug)]
pub struct Architecture {
    /// The name on the command line.
    pub name: &'static str,
    /// The name on screen.
    pub title: &'static str,
    /// What it is known for.
    pub summary: &'static str,
    /// Its layers.
    nodes: fn() -> Vec<Node>,
}

/// Every built-in architecture.
pub const ARCHITECTURES: &[Architecture] = &[
    Architecture {
        name: "lenet-300-100",
        title: "LeNet-300-100",
        summary: "Two hidden layers, 266,200 weights: the fully connected network of Deep Compression",
        nodes: lenet_300_100,
    },
    Architecture {
        name: "lenet-5",
        title: "LeNet-5",
        summary: "Two convolutions and two fully connected layers, 430,500 weights, as Caffe draws it",
        nodes: lenet_5,
    },
    Architecture {
        name: "vgg-small",
        title: "VGG-small",
        summary: "Six 3×3 convolutions with batch normalization",
        nodes: vgg_small,
    },
];

/// The architecture of that name.
pub fn find(name: &str) -> Option<&'static Architecture> {
    ARCHITECTURES.iter().find(|row| row.name == name)
}

impl Architecture {
    /// The network for 28×28 grey pictures and ten classes, with all weights at zero.
    ///
    /// # Errors
    /// Never for the rows of the table, which a test holds.
    pub fn network(&self) -> Result<Network, NetworkError> {
        Network::new(self.name, [1, 28, 28], (self.nodes)())
    }
}

/// Layers one after the other.
#[derive(Default)]
struct Chain(Vec<Node>);

impl Chain {
    fn then(mut self, name: impl Into<String>, op: Op) -> Self {
        let inputs = vec![Source::of(self.0.len().checked_sub(1))];
        self.0.push(Node { name: name.into(), op, inputs });
        self
    }

    fn linear(self, name: &str, out: usize) -> Self {
        self.then(name, Op::Linear { out, bias: true })
    }

    fn conv(self, name: &str, out: usize, size: usize, padding: usize, bias: bool) -> Self {
        let op = Op::Conv2d {
            out,
            kernel: [size; 2],
            stride: [1; 2],
            padding: [padding; 2],
            dilation: [1; 2],
            groups: 1,
            bias,
        };
        self.then(name, op)
    }

    fn relu(self, name: &str) -> Self {
        self.then(name, Op::Relu)
    }

    fn pool(self, name: &str) -> Self {
        self.then(name, Op::MaxPool { kernel: [2; 2], stride: [2; 2], padding: [0; 2], ceil: false })
    }

    /// A convolution with batch normalization and a rectifier.
    fn block(self, number: usize, out: usize) -> Self {
        self.conv(&format!("conv{number}"), out, 3, 1, false)
            .then(format!("bn{number}"), Op::BatchNorm { epsilon: 1e-5, momentum: 0.1 })
            .relu(&format!("relu{number}"))
    }
}

fn lenet_300_100() -> Vec<Node> {
    Chain::default()
        .then("flatten", Op::Flatten)
        .linear("ip1", 300)
        .relu("relu1")
        .linear("ip2", 100)
        .relu("relu2")
        .linear("ip3", 10)
        .0
}

fn lenet_5() -> Vec<Node> {
    Chain::default()
        .conv("conv1", 20, 5, 0, true)
        .pool("pool1")
        .conv("conv2", 50, 5, 0, true)
        .pool("pool2")
        .then("flatten", Op::Flatten)
        .linear("ip1", 500)
        .relu("relu1")
        .linear("ip2", 10)
        .0
}

fn vgg_small() -> Vec<Node> {
    let chain = Chain::default().block(1, 16).block(2, 16).pool("pool1").block(3, 32).block(4, 32).pool("pool2");
    let mean = Op::AvgPool { kernel: [7; 2], stride: [7; 2], padding: [0; 2], ceil: false };
    chain.block(5, 64).block(6, 64).then("mean", mean).then("flatten", Op::Flatten).linear("fc", 10).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_architectures_have_their_known_sizes() {
        let expected = [("lenet-300-100", 266_200, 266_200), ("lenet-5", 430_500, 2_293_000)];
        for (name, weights, macs) in expected {
            let network = find(name).unwrap().network().unwrap();
            assert_eq!((network.weights(), network.macs()), (weights, macs), "{name}");
        }
        for row in ARCHITECTURES {
            assert_eq!(row.network().unwrap().classes(), 10, "{}", row.name);
        }
    }
}
