//! The graph in the inference crate: this is the only place that knows it.

use rten::{LoadError, Model, ModelOptions, NodeId, RunError, Value, ValueOrView};
use rten_tensor::TensorView;
use rten_tensor::prelude::*;

use super::rehearsal::Rehearsal;
use super::survey::{Node, Survey};
use super::weights::Weight;
use crate::engine::network::{Activations, Parameter, Runner, SHARD};
use crate::io::error::printable;
use crate::io::onnx::Parts;

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

/// Where a graph comes from.
pub(super) struct Source<'a> {
    pub survey: &'a Survey,
    /// The nodes that are left in it.
    pub nodes: &'a [&'a Node],
    pub parts: &'a Parts,
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
    /// Pictures that are run at once, where the file leaves that open.
    at_once: usize,
}

impl Graph {
    /// Loads a rewritten model and runs it on an empty picture, at first node by node.
    ///
    /// # Errors
    /// An operator that the crate does not have, or that does not run, by its node; an output that is no list of class scores.
    pub fn load(
        bytes: Vec<u8>,
        input: Input,
        source: &Source<'_>,
        weights: Vec<Weight>,
        parameters: &[Parameter],
    ) -> Result<Self, String> {
        let survey = source.survey;
        let (input, at_once) = rehearsed(bytes.clone(), input, source, &weights, parameters)?;
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
            at_once,
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
        let mut inputs = vec![(self.input.0, view(&self.input.1.shape(count), pictures)?)];
        for ((id, weight), parameter) in self.weights.iter().zip(parameters) {
            inputs.push((*id, taken(weight, parameter)?));
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
        let batch = self.input.1.batch.unwrap_or(images.min(self.at_once)).max(1);
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

impl Input {
    /// The shape of so many pictures.
    fn shape(&self, count: usize) -> Vec<usize> {
        let [channels, height, width] = self.picture;
        match self.order {
            Order::Planes => vec![count, channels, height, width],
            Order::Pixels => vec![count, height, width, channels],
            Order::Plane => vec![count, height, width],
            Order::Row => vec![count, channels * height * width],
        }
    }
}

fn view<'a>(shape: &[usize], values: &'a [f32]) -> Result<ValueOrView<'a>, String> {
    let view = TensorView::try_from_data(shape, values);
    view.map(Into::into).map_err(|error| format!("an input does not fit: {error}"))
}

/// A parameter as its layer takes it.
fn taken<'a>(weight: &Weight, parameter: &'a Parameter) -> Result<ValueOrView<'a>, String> {
    let whole = TensorView::try_from_data(parameter.shape.as_slice(), parameter.values.as_slice());
    let whole = whole.map_err(|error| format!("an input does not fit: {error}"))?;
    Ok(weight.axes.as_ref().map_or(whole.clone(), |axes| whole.permuted(axes)).into())
}

/// Runs a graph node by node on an empty picture: how many go together, where the file leaves that open, and may do so at once.
fn rehearsed(
    bytes: Vec<u8>,
    input: Input,
    source: &Source<'_>,
    weights: &[Weight],
    parameters: &[Parameter],
) -> Result<(Input, usize), String> {
    let rehearsal = Rehearsal::new(bytes, source.survey, source.nodes, source.parts)?;
    let given = |end: &&super::survey::End| weights.iter().all(|weight| weight.name != end.name);
    let picture = source.survey.inputs.iter().find(given).map_or("", |end| &end.name);
    let run = |count: usize| {
        let shape = input.shape(count);
        let pictures = vec![0.0; shape.iter().product()];
        let mut inputs = vec![(picture, view(&shape, &pictures)?)];
        for (weight, parameter) in weights.iter().zip(parameters) {
            inputs.push((weight.name.as_str(), taken(weight, parameter)?));
        }
        rehearsal.run(inputs)
    };
    if let Some(batch) = input.batch {
        return run(batch).map(|_| (input, batch));
    }
    let one = run(1)?;
    // A graph that runs with one picture alone, or makes more than twice as much of two, takes them one by one.
    Ok(match run(2).ok().and_then(|two| one.at_once(&two)) {
        Some(count) if run(count.clamp(1, SHARD)).is_ok() => (input, count.clamp(1, SHARD)),
        _ => (Input { batch: Some(1), ..input }, 1),
    })
}

/// A value's shape and elements.
fn floats(value: Option<Value>) -> Result<(Vec<usize>, Vec<f32>), String> {
    match value {
        Some(Value::FloatTensor(tensor)) => Ok((tensor.shape().to_vec(), tensor.to_vec())),
        Some(other) => Err(format!("gives {}, expected float32", other.dtype())),
        None => Err("gives nothing".to_owned()),
    }
}

/// A panic within the crate is an error: files that no test has seen may find one. The crate follows a graph by recursion, so that a deep
/// one needs a stack of its own.
pub(super) fn guarded<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    const STACK: usize = 64 << 20;
    let outcome = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.map(std::thread::ScopedJoinHandle::join)
    });
    outcome.map_err(|error| format!("the graph cannot be run: {error}"))?.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("the graph cannot be run: {}", printable(said.unwrap_or("the inference crate gave up"))))
    })
}

/// Why a graph was not loaded.
pub(super) fn refused(error: &LoadError, survey: &Survey) -> String {
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
pub(super) fn failed(error: &RunError) -> String {
    let path = error.node_path();
    match path.last().copied().flatten() {
        Some(node) => format!("node `{}` does not run: {}", printable(node), printable(&error.to_string())),
        None => format!("does not run: {}", printable(&error.to_string())),
    }
}
