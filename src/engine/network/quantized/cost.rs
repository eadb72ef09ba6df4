//! What a network costs for one picture: operations counted, energy estimated.

use super::super::graph::{Network, Op, Source};
use crate::engine::measure::{DRAM_32, Precision};

/// Energy of an int32 multiplication, in pJ, and of an int32 addition (Horowitz, ISSCC 2014, 45 nm, 0.9 V).
const RESCALING: f64 = 3.1 + 0.1;

/// How much there is to do for one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operations {
    /// Multiplications with an addition each.
    pub macs: u64,
    /// Sums that become codes: an int32 multiplication and an addition each.
    pub rescalings: u64,
    /// Activations that layers with weights read and write.
    pub activations: u64,
}

/// What that costs, estimated from the 45 nm table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Arithmetic, in pJ.
    pub arithmetic: f64,
    /// Weights, biases and activations, in bytes.
    pub bytes: u64,
    /// Moving each of these bytes once between DRAM and chip, in pJ.
    pub dram: f64,
}

impl Operations {
    /// Of a network for one picture; `rescalings` is 0 where it computes in float32.
    pub fn of(network: &Network, rescalings: u64) -> Self {
        let shapes = network.shapes().unwrap_or_default();
        let size = |source: Source| match source {
            Source::Input => network.input,
            Source::Node(place) => shapes[place],
        };
        let count = |shape: [usize; 3]| shape.iter().product::<usize>() as u64;
        let layers = network.nodes.iter().zip(&shapes);
        let layers = layers.filter(|(node, _)| matches!(node.op, Op::Conv2d { .. } | Op::Linear { .. }));
        let activations = layers.map(|(node, shape)| count(size(node.inputs[0])) + count(*shape)).sum();
        Self { macs: network.macs(), rescalings, activations }
    }

    /// In one precision, with parameters of so many bytes and activations of so many bits.
    pub fn cost(&self, precision: Precision, parameters: u64, activation_bits: u64) -> Cost {
        let bytes = parameters + (self.activations * activation_bits).div_ceil(8);
        let macs = self.macs as f64 * (precision.multiply() + precision.add());
        let arithmetic = macs + self.rescalings as f64 * RESCALING;
        Cost { arithmetic, bytes, dram: bytes as f64 / 4.0 * DRAM_32 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::zoo;
    use super::*;

    #[test]
    fn a_layer_reads_its_input_and_writes_its_output() {
        let network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        let work = Operations::of(&network, 410);
        assert_eq!((work.macs, work.activations), (266_200, 784 + 2 * 300 + 2 * 100 + 10));
        let integer = work.cost(Precision::Int8, 1000, 4);
        assert_eq!(integer.bytes, 1000 + 1594 / 2);
        assert!((integer.arithmetic - (266_200.0 * 0.3 + 410.0 * 3.2)).abs() < 1e-6);
        assert!((integer.dram - 1797.0 / 4.0 * 640.0).abs() < 1e-6);
    }
}
