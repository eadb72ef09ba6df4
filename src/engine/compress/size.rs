//! The size of a network whose weights are packed in different ways.

use crate::engine::coding::{Layout, Ledger, Part};
use crate::engine::network::Network;
use crate::engine::quantize::{Quantized, Storage};

/// What every byte of a network's trained parameters is for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkSize {
    /// Parts of all layers, parts of one name taken together, then everything that stays float32.
    pub ledger: Ledger,
    /// Bytes in all: whole bytes a layer.
    pub bytes: u64,
}

impl NetworkSize {
    /// All trained parameters as float32.
    pub fn float(network: &Network) -> Self {
        let mut size = Self::default();
        let (mut weights, mut others) = (0, 0);
        for parameter in network.parameters.iter().filter(|parameter| parameter.trained) {
            let count = parameter.values.len() as u64;
            if parameter.is_weight() { weights += count } else { others += count }
        }
        size.add_part("floats", 32 * weights);
        size.add_others(others);
        size
    }

    /// Weights packed, one of `layers` a weight in the network's order; the rest as float32.
    pub fn packed(network: &Network, layers: &[Quantized], huffman: bool) -> Self {
        let mut size = Self::default();
        for quantized in layers {
            let storage = Storage { huffman, ..quantized.scheme.storage };
            size.add(Layout::with_storage(quantized, storage).ledger());
        }
        size.add_others_of(network);
        size
    }

    /// How many times smaller than that.
    pub fn ratio(&self, float: u64) -> f64 {
        float as f64 / self.bytes.max(1) as f64
    }

    fn add(&mut self, ledger: Ledger) {
        self.bytes += ledger.bytes();
        for part in ledger.parts {
            self.add_bits(part.name, part.bits);
        }
    }

    /// Everything of a network that is no weight, as float32.
    pub(super) fn add_others_of(&mut self, network: &Network) {
        let others = network.parameters.iter().filter(|parameter| parameter.trained && !parameter.is_weight());
        self.add_others(others.map(|parameter| parameter.values.len() as u64).sum());
    }

    /// Bits of one kind, whole bytes.
    pub(super) fn add_part(&mut self, name: &'static str, bits: u64) {
        self.bytes += bits / 8;
        self.add_bits(name, bits);
    }

    fn add_others(&mut self, count: u64) {
        if count > 0 {
            self.add_part("biases, float32", 32 * count);
        }
    }

    fn add_bits(&mut self, name: &'static str, bits: u64) {
        match self.ledger.parts.iter_mut().find(|part| part.name == name) {
            Some(part) => part.bits += bits,
            None => self.ledger.parts.push(Part { name, arithmetic: String::new(), bits }),
        }
    }
}
