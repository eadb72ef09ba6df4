//! The graph in the inference crate: this is the only place that knows it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rten::{LoadError, Model, ModelOptions, NodeId, RunError, Value, ValueOrView};
use rten_tensor::TensorView;
use rten_tensor::prelude::*;

use super::survey::Survey;
use super::weights::Weight;
use crate::engine::network::{Activations, Parameter, Runner};
use crate::io::error::printable;

/// How a picture lies in the graph's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Channels, height, width.
    Planes,
    /// Height, width, channels.
    Pixels,
    /// Height and width alone.
    Plane,
    /// Features in a row, channel by channel.
    Row,
}

/// What the input of a graph is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input {
    pub order: Order,
    /// Channels, height, width.
    pub picture: [usize; 3],
    /// Pictures that are taken at once, where that is fixed.
    pub batch: Option<usize>,
}

/// A loaded graph.
pub(super) struct Graph {
    model: Model,
    input: (NodeId, Input),
    output: NodeId,
    weights: Vec<(NodeId, Weight)>,
    /// The end of every layer.
    ends: Vec<NodeId>,
    classes: usize,
}

impl Graph {
    /// Loads a rewritten model and runs it once on an empty picture.
    ///
    /// # Errors
    /// An operator that the crate does not have, or that does not run, by its node; an output that is no list of class scores.
    pub fn load(
        bytes: Vec<u8>,
        input: Input,
        survey: &Survey,
        weights: Vec<Weight>,
        parameters: &[Parameter],
    ) -> Result<Self, String> {
        let model = guarded(|| ModelOptions::with_all_ops().load(bytes).map_err(|error| refused(&error, survey)))?;
        let id = |name: &str| model.node_id(name).map_err(|_| format!("`{}` is not computed", printable(name)));
        let (taken, given) =
            (survey.inputs.iter().find(|end| weights.iter().all(|it| it.name != end.name)), survey.outputs.first());
        let name = |end: Option<&super::survey::End>| end.map_or(String::new(), |end| end.name.clone());
        let mut graph = Self {
            input: (id(&name(taken))?, input),
            output: id(&name(given))?,
            ends: weights.iter().map(|weight| id(&weight.end)).collect::<Result<_, _>>()?,
            weights: weights
                .into_iter()
                .map(|weight| Ok((id(&weight.name)?, weight)))
                .collect::<Result<_, String>>()?,
            model,
            classes: 0,
        };
        graph.classes = graph.probe(parameters)?;
        Ok(graph)
    }

    /// The number of class scores, and whether several pictures go together where the file leaves that open.
    fn probe(&mut self, parameters: &[Parameter]) -> Result<usize, String> {
        if self.input.1.batch.is_none() {
            // Two pictures show whether the scores are one row for each.
            if let Ok(classes) = self.row(2, parameters) {
                return Ok(classes);
            }
            self.input.1.batch = Some(1);
        }
        self.row(self.input.1.batch.unwrap_or(1), parameters)
    }

    fn row(&self, count: usize, parameters: &[Parameter]) -> Result<usize, String> {
        let size: usize = self.input.1.picture.iter().product();
        let values = self.run(&vec![0.0; count * size], count, parameters, &[self.output])?;
        let (shape, values) = floats(values.into_iter().next())?;
        let wide: Vec<usize> = shape.iter().copied().filter(|size| *size != 1).collect();
        let classes = values.len() / count.max(1);
        let is_rows = match (count, wide.as_slice()) {
            (1, [_]) => true,
            (_, [first, _]) => *first == count && shape[0] == count,
            _ => false,
        };
        if !is_rows || classes < 2 || classes > usize::from(u16::MAX) {
            return Err(format!(
                "gives {shape:?} for a batch of {count}, expected [pictures, classes] with 2 or more classes"
            ));
        }
        Ok(classes)
    }

    /// Runs pictures that lie behind each other in the graph's order.
    fn run(
        &self,
        pictures: &[f32],
        count: usize,
        parameters: &[Parameter],
        outputs: &[NodeId],
    ) -> Result<Vec<Value>, String> {
        let Input { order, picture: [channels, height, width], .. } = self.input.1;
        let shape = match order {
            Order::Planes => vec![count, channels, height, width],
            Order::Pixels => vec![count, height, width, channels],
            Order::Plane => vec![count, height, width],
            Order::Row => vec![count, channels * height * width],
        };
        let view = |shape: &[usize], values| {
            TensorView::try_from_data(shape, values).map_err(|error| format!("an input does not fit: {error}"))
        };
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> = vec![(self.input.0, view(&shape, pictures)?.into())];
        for ((id, weight), parameter) in self.weights.iter().zip(parameters) {
            let whole = view(&parameter.shape, parameter.values.as_slice())?;
            inputs.push((*id, weight.axes.as_ref().map_or(whole.clone(), |axes| whole.permuted(axes)).into()));
        }
        guarded(|| self.model.run(inputs, outputs, None).map_err(|error| failed(&error)))
    }

    /// What pictures `[channels, images, height, width]` give, batch by batch: `each` hears the first image, the number of images and
    /// the values.
    fn batches(
        &self,
        input: &Activations,
        parameters: &[Parameter],
        outputs: &[NodeId],
        mut each: impl FnMut(usize, usize, Vec<Value>) -> Result<(), String>,
    ) -> Result<(), String> {
        let images = input.dim().1;
        let order = if self.input.1.order == Order::Pixels { [1, 2, 3, 0] } else { [1, 0, 2, 3] };
        let pictures: Vec<f32> = input.view().permuted_axes(order).iter().copied().collect();
        let size = pictures.len() / images.max(1);
        let batch = self.input.1.batch.unwrap_or(images).max(1);
        for start in (0..images).step_by(batch) {
            let count = batch.min(images - start);
            let part = &pictures[start * size..(start + count) * size];
            let values = if self.input.1.batch.is_some() && count < batch {
                let mut whole = part.to_vec();
                whole.resize(batch * size, 0.0);
                self.run(&whole, batch, parameters, outputs)?
            } else {
                self.run(part, count, parameters, outputs)?
            };
            each(start, count, values)?;
        }
        Ok(())
    }
}

impl Runner for Graph {
    fn classes(&self) -> usize {
        self.classes
    }

    fn is_flat(&self) -> bool {
        self.input.1.order == Order::Row
    }

    fn scores(&self, input: &Activations, parameters: &[Parameter]) -> Result<Activations, String> {
        let mut scores = Activations::zeros((self.classes, input.dim().1, 1, 1));
        self.batches(input, parameters, &[self.output], |start, count, values| {
            let (shape, values) = floats(values.into_iter().next())?;
            let Some(rows) = values.get(..count * self.classes) else {
                return Err(format!("gives {shape:?} for {count} pictures of {} classes", self.classes));
            };
            for (image, row) in rows.chunks_exact(self.classes).enumerate() {
                row.iter().enumerate().for_each(|(class, score)| scores[[class, start + image, 0, 0]] = *score);
            }
            Ok(())
        })?;
        Ok(scores)
    }

    fn layers(&self, input: &Activations, parameters: &[Parameter]) -> Result<Vec<Vec<f32>>, String> {
        let mut layers = vec![Vec::new(); self.ends.len()];
        self.batches(input, parameters, &self.ends, |_, count, values| {
            for (layer, value) in layers.iter_mut().zip(values) {
                let (shape, mut values) = floats(Some(value))?;
                // A fixed batch is filled up with empty pictures.
                let batch = shape.first().copied().unwrap_or(1).max(1);
                values.truncate(values.len() / batch * count.min(batch));
                layer.extend(values);
            }
            Ok(())
        })?;
        Ok(layers)
    }
}

/// A value's shape and elements.
fn floats(value: Option<Value>) -> Result<(Vec<usize>, Vec<f32>), String> {
    match value {
        Some(Value::FloatTensor(tensor)) => Ok((tensor.shape().to_vec(), tensor.to_vec())),
        Some(other) => Err(format!("gives {}, expected float32", other.dtype())),
        None => Err("gives nothing".to_owned()),
    }
}

/// A panic within the crate is an error: files that no test has seen may find one.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("the graph cannot be run: {}", printable(said.unwrap_or("the inference crate gave up"))))
    })
}

/// Why a graph was not loaded.
fn refused(error: &LoadError, survey: &Survey) -> String {
    let said = printable(&error.to_string());
    let node = error.node().and_then(|name| survey.nodes.iter().find(|node| node.name == name));
    let Some(node) = node else { return format!("cannot be run: {said}") };
    let place = format!("node `{}` ({})", printable(&node.name), printable(&node.operator));
    if said.contains("operator not supported") {
        let domain = if node.domain.is_empty() { "ai.onnx" } else { &node.domain };
        return format!(
            "{place}: the operator, of the domain {}, is not among those that can be run",
            printable(domain)
        );
    }
    let reason = said.split_once(": ").map_or(said.as_str(), |(_, reason)| reason);
    format!("{place} cannot be run: {reason}")
}

/// Why a graph did not run.
fn failed(error: &RunError) -> String {
    let path = error.node_path();
    match path.last().copied().flatten() {
        Some(node) => format!("node `{}` does not run: {}", printable(node), printable(&error.to_string())),
        None => format!("does not run: {}", printable(&error.to_string())),
    }
}
