//! The tree as it is taught: merge the two rarest until one is left (Huffman 1952), every merge a value.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A leaf or a merged pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// How often its symbols occur.
    pub count: u64,
    /// The symbol of a leaf.
    pub symbol: Option<u16>,
    /// The nodes below a merged pair: bit 0, bit 1.
    pub children: Option<(usize, usize)>,
    /// The pair that it became a part of; `None` at the root.
    pub parent: Option<usize>,
}

/// One step of building: the two rarest nodes become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The rarest; of several the one that has existed longest.
    pub left: usize,
    /// The second rarest.
    pub right: usize,
    /// What they become.
    pub parent: usize,
    /// Nodes that wait after this step, the rarest first.
    pub waiting: Vec<usize>,
}

/// A Huffman tree and how it came about. Symbols that do not occur are no part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Leaves by symbol, then pairs in the order of their making; the last one is the root.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// The tree of symbols 0, 1, … with these counts.
    pub fn of(counts: &[u64]) -> Self {
        let leaf = |(symbol, &count): (usize, &u64)| {
            (count > 0).then_some(Node { count, symbol: Some(symbol as u16), children: None, parent: None })
        };
        let mut nodes: Vec<Node> = counts.iter().enumerate().filter_map(leaf).collect();
        let mut waiting: BinaryHeap<Reverse<(u64, usize)>> =
            nodes.iter().enumerate().map(|(index, node)| Reverse((node.count, index))).collect();
        while let (Some(Reverse((first, left))), Some(Reverse((second, right)))) = (waiting.pop(), waiting.pop()) {
            let parent = nodes.len();
            let count = first.saturating_add(second);
            nodes.push(Node { count, symbol: None, children: Some((left, right)), parent: None });
            (nodes[left].parent, nodes[right].parent) = (Some(parent), Some(parent));
            waiting.push(Reverse((count, parent)));
            if waiting.len() == 1 {
                break;
            }
        }
        Self { nodes }
    }

    /// Number of leaves.
    pub fn leaves(&self) -> usize {
        self.nodes.iter().filter(|node| node.symbol.is_some()).count()
    }

    /// The steps that built it, in order.
    pub fn merges(&self) -> Vec<Merge> {
        let leaves = self.leaves();
        let mut waiting: Vec<usize> = (0..leaves).collect();
        let rarest = |&index: &usize| (self.nodes[index].count, index);
        waiting.sort_by_key(rarest);
        let mut merges = Vec::with_capacity(self.nodes.len() - leaves);
        for (parent, node) in self.nodes.iter().enumerate().skip(leaves) {
            let Some((left, right)) = node.children else { continue };
            waiting.retain(|&index| index != left && index != right);
            waiting.insert(waiting.partition_point(|index| rarest(index) < (node.count, parent)), parent);
            merges.push(Merge { left, right, parent, waiting: waiting.clone() });
        }
        merges
    }

    /// The length of every symbol's code: its depth. A single symbol has length 1, since a code of no bits cannot be counted.
    pub fn lengths(&self, symbols: usize) -> Vec<u8> {
        let mut depth = vec![0_u8; self.nodes.len()];
        let mut lengths = vec![0; symbols];
        for index in (0..self.nodes.len()).rev() {
            let node = &self.nodes[index];
            depth[index] = node.parent.map_or(0, |parent| depth[parent].saturating_add(1));
            if let Some(symbol) = node.symbol {
                lengths[usize::from(symbol)] = depth[index].max(1);
            }
        }
        lengths
    }
}
