//! A run of a graph node by node before it is run whole: each node is asked beforehand how much it may give out, so that no file makes
//! the inference crate allocate what the machine does not have.

use std::collections::{HashMap, HashSet};

use rten::{Model, ModelOptions, NodeId, Value, ValueOrView};
use rten_tensor::prelude::*;

use super::growth::{Known, most, unbounded};
use super::run::{failed, guarded, refused};
use super::survey::{Node, Survey};
use crate::engine::tensor::Source as _;
use crate::io::error::printable;
use crate::io::onnx::Parts;
use crate::io::onnx::dequantize::Stored;

/// Values that may be in memory at once: 512 MiB of float32.
const MOST: f64 = (1 << 27) as f64;
/// The longest graph: the inference crate follows it by recursion.
const MOST_NODES: usize = 10_000;
/// Values whose numbers are kept: no shape has more axes, and no list of paddings more numbers.
const SHORT: usize = 32;

/// What a graph needed.
pub(super) struct Needs {
    /// Values that each node gave out at most, in the order of the nodes.
    nodes: Vec<f64>,
    /// Values that were in memory at once.
    peak: f64,
}

/// A graph that is about to be run.
pub(super) struct Rehearsal<'a> {
    model: Model,
    nodes: &'a [&'a Node],
    parts: &'a Parts,
    stored: Stored<'a>,
}

impl<'a> Rehearsal<'a> {
    /// Loads a graph as it is; `nodes` are those that are left in it.
    ///
    /// # Errors
    /// An operator that the crate does not have, by its node; too many nodes.
    pub fn new(bytes: Vec<u8>, survey: &'a Survey, nodes: &'a [&'a Node], parts: &'a Parts) -> Result<Self, String> {
        if nodes.len() > MOST_NODES {
            return Err(format!("has {} nodes, expected {MOST_NODES} at most", nodes.len()));
        }
        let model = guarded(|| {
            let mut options = ModelOptions::with_all_ops();
            // Optimizing computes what does not depend on the picture, at once.
            options.enable_optimization(false).prepack_weights(false);
            options.load(bytes).map_err(|error| refused(&error, survey))
        })?;
        Ok(Self { model, nodes, parts, stored: Stored::of(&parts.contents) })
    }

    /// Runs the graph on these inputs: the picture's name first, then those of the weights.
    ///
    /// # Errors
    /// A node that may give out more than [`MOST`] values, or whose size the picture decides; one that does not run.
    pub fn run(&self, inputs: Vec<(&str, ValueOrView<'_>)>) -> Result<Needs, String> {
        let mut pictures: HashSet<&str> = inputs.first().map(|(name, _)| *name).into_iter().collect();
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for name in self.nodes.iter().flat_map(|node| node.inputs.iter().chain(&node.captured)) {
            *uses.entry(name).or_default() += 1;
        }
        // Weights are in memory already, however many there are.
        let weights: HashSet<&str> = inputs.iter().skip(1).map(|(name, _)| *name).collect();
        let mut values: HashMap<&str, ValueOrView<'_>> = inputs.into_iter().collect();
        let mut needs = Needs { nodes: Vec::new(), peak: 0.0 };
        for node in self.order()? {
            let depends = |input: usize| node.inputs.get(input).is_some_and(|name| pictures.contains(name.as_str()));
            let place = || format!("node `{}` ({})", printable(&node.name), printable(&node.operator));
            if let Some(reason) = unbounded(node, depends) {
                return Err(format!("{} {reason}", place()));
            }
            let made = values.iter().filter(|(name, _)| !weights.contains(*name));
            let alive: f64 = made.map(|(_, value)| value.len() as f64).sum();
            let known: Vec<Option<Known>> = node.inputs.iter().map(|name| self.known(name, &values)).collect();
            let gives = most(node, &known);
            if alive + gives > MOST {
                let gives = if gives.is_finite() { format!("{gives:.1e}") } else { "any number of".to_owned() };
                return Err(format!("{} may give {gives} values, more than fit into 512 MiB", place()));
            }
            needs.nodes.push(gives);
            needs.peak = needs.peak.max(alive + gives);
            let given = self.step(node, &values)?;
            let made: f64 = given.iter().map(|(_, value)| value.len() as f64).sum();
            debug_assert!(made <= gives, "{} gave {made} values, expected {gives} at most", place());
            // The shape of a picture is the same for all of them.
            let is_known = node.is("Shape") || node.is("Size");
            if !is_known && node.inputs.iter().chain(&node.captured).any(|name| pictures.contains(name.as_str())) {
                pictures.extend(node.outputs.iter().map(String::as_str));
            }
            values.extend(given.into_iter().map(|(name, value)| (name, value.into())));
            for name in node.inputs.iter().chain(&node.captured) {
                if let Some(left) = uses.get_mut(name.as_str()) {
                    *left -= 1;
                    if *left == 0 {
                        values.remove(name.as_str());
                    }
                }
            }
        }
        Ok(needs)
    }

    /// The nodes, each after those whose values it takes; as a rule they lie so in the file.
    fn order(&self) -> Result<Vec<&'a Node>, String> {
        let places: HashMap<&str, usize> = self
            .nodes
            .iter()
            .enumerate()
            .flat_map(|(place, node)| node.outputs.iter().map(move |name| (name.as_str(), place)))
            .collect();
        let before = |node: &'a Node| {
            let names = node.inputs.iter().chain(&node.captured).filter(|name| !name.is_empty());
            names.filter_map(|name| places.get(name.as_str()).copied()).collect::<HashSet<usize>>()
        };
        let mut waiting: Vec<usize> = Vec::new();
        let mut followers: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (place, node) in self.nodes.iter().enumerate() {
            let before = before(node);
            before.iter().for_each(|first| followers[*first].push(place));
            waiting.push(before.len());
        }
        let mut ready: std::collections::BTreeSet<usize> =
            (0..self.nodes.len()).filter(|place| waiting[*place] == 0).collect();
        let mut order = Vec::new();
        while let Some(place) = ready.pop_first() {
            order.push(self.nodes[place]);
            for next in &followers[place] {
                waiting[*next] -= 1;
                if waiting[*next] == 0 {
                    ready.insert(*next);
                }
            }
        }
        if order.len() < self.nodes.len() {
            return Err("its nodes take each other's values in a circle".to_owned());
        }
        Ok(order)
    }

    /// What is known of a value: it was computed, or it is stored.
    fn known(&self, name: &str, values: &HashMap<&str, ValueOrView<'_>>) -> Option<Known> {
        if let Some(value) = values.get(name) {
            let numbers = match value.as_view() {
                rten::ValueView::FloatTensor(tensor) if tensor.len() <= SHORT => {
                    Some(tensor.iter().map(|number| f64::from(*number)).collect())
                }
                rten::ValueView::Int32Tensor(tensor) if tensor.len() <= SHORT => {
                    Some(tensor.iter().map(|number| f64::from(*number)).collect())
                }
                _ => None,
            };
            return Some(Known { shape: value.shape().to_vec(), numbers });
        }
        let place = self.stored.find(name, 0)?;
        let shape = self.parts.contents.tensors[place].proto.shape.clone();
        let is_short =
            shape.iter().try_fold(1_usize, |count, size| count.checked_mul(*size)).is_some_and(|n| n <= SHORT);
        let read = || self.parts.sources[place].read().ok();
        let numbers = if is_short { read() } else { None };
        Some(Known { shape, numbers: numbers.map(|values| values.iter().map(|number| f64::from(*number)).collect()) })
    }

    /// Runs one node on the values that it takes.
    fn step(&self, node: &'a Node, values: &HashMap<&str, ValueOrView<'_>>) -> Result<Vec<(&'a str, Value)>, String> {
        let id = |name: &str| self.model.node_id(name).map_err(|_| format!("`{}` is not computed", printable(name)));
        let names: HashSet<&str> = node.inputs.iter().chain(&node.captured).map(String::as_str).collect();
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> = Vec::new();
        for name in names {
            if let Some(value) = values.get(name) {
                inputs.push((id(name)?, value.as_view().into()));
            }
        }
        // An output that nobody takes has no place in the graph.
        let taken = |name: &&String| !name.is_empty() && self.model.find_node(name).is_some();
        let outputs: Vec<&str> = node.outputs.iter().filter(taken).map(String::as_str).collect();
        let ids: Vec<NodeId> = outputs.iter().map(|name| id(name)).collect::<Result<_, _>>()?;
        let given = guarded(|| self.model.run(inputs, &ids, None).map_err(|error| failed(&error)))?;
        Ok(outputs.into_iter().zip(given).collect())
    }
}

impl Needs {
    /// How many pictures may be run at once, where `self` is what one needed and `two` what two did; `None` where a node does not give
    /// out twice as much for two as for one.
    pub fn at_once(&self, two: &Self) -> Option<usize> {
        // What rounds up at the edges of a window, or does not depend on the picture.
        const SLACK: f64 = 64.0;
        let is_straight = self.nodes.iter().zip(&two.nodes).all(|(one, two)| *two <= 2.0 * one + SLACK);
        is_straight.then(|| (MOST / self.peak.max(1.0)) as usize)
    }
}
