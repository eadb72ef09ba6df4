//! How much a network minds the bits of each of its layers.

use super::super::error::CompressError;
use super::front::{Choice, front};
use super::mixed::Mix;
use crate::engine::coding::Layout;
use crate::engine::network::{Scored, Subject, score};
use crate::engine::quantize::{Scheme, quantize};
use crate::engine::{Progress, Quiet, Span};

/// A layer with weights.
#[derive(Clone, Debug, PartialEq)]
pub struct SensitivityLayer {
    /// The weight's name.
    pub name: String,
    /// Number of weights.
    pub weights: u64,
}

/// One layer quantized, all others in float32.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The layer's place.
    pub layer: usize,
    /// Width of its codes.
    pub bits: u32,
    /// Bytes of its weights, packed.
    pub bytes: u64,
    /// Signal-to-noise ratio of its weights; `None` where it is undefined.
    pub sqnr_db: Option<f64>,
    /// The network's answers.
    pub scored: Scored,
}

/// What every width of every layer costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// The quantizer; its width does not count.
    pub scheme: Scheme,
    /// Layers with weights, in the network's order.
    pub layers: Vec<SensitivityLayer>,
    /// The widths that the quantizer can have, from few bits to many.
    pub widths: Vec<u32>,
    /// The float network on the same pictures.
    pub float: Scored,
    /// Layer after layer, each from few bits to many. Shorter while it is being measured.
    pub cells: Vec<Cell>,
    /// Bytes of everything that is no weight, as float32.
    pub others: u64,
}

/// Measures every layer at every width, one at a time, on the first `count` pictures; hears each cell as it is there.
///
/// # Errors
/// A quantizer that has none of these widths or does not fit a layer; or cancelled.
pub fn sensitivity(
    subject: &Subject,
    scheme: &Scheme,
    widths: std::ops::RangeInclusive<u32>,
    count: usize,
    progress: &dyn Progress,
    heard: &mut dyn FnMut(&Sensitivity, &Cell),
) -> Result<Sensitivity, CompressError> {
    let network = &subject.network;
    let schemes: Vec<(u32, Scheme)> = widths.filter_map(|bits| Some((bits, scheme.with_bits(bits).ok()?))).collect();
    if schemes.is_empty() {
        return Err(CompressError::Unfit(format!("{scheme}: this quantizer has one width")));
    }
    let weights: Vec<usize> =
        (0..network.parameters.len()).filter(|place| network.parameters[*place].is_weight()).collect();
    let others = network.parameters.iter().filter(|parameter| parameter.trained && !parameter.is_weight());
    let total = (weights.len() * schemes.len() + 1) as u64;
    let data = if count < subject.data.len() { &subject.data.first(count) } else { &subject.data };
    let scored = |network: &_, before: u64| {
        let span = Span { outer: progress, before, units: 1, total };
        let scored = score(network, data, subject.normalization, &span);
        Ok::<Scored, CompressError>(scored.map_err(|error| CompressError::Unfit(error.to_string()))??)
    };
    let mut result = Sensitivity {
        scheme: scheme.clone(),
        layers: weights
            .iter()
            .map(|place| &network.parameters[*place])
            .map(|weight| SensitivityLayer { name: weight.name.clone(), weights: weight.values.len() as u64 })
            .collect(),
        widths: schemes.iter().map(|(bits, _)| *bits).collect(),
        float: scored(network, 0)?,
        cells: Vec::new(),
        others: others.map(|parameter| 4 * parameter.values.len() as u64).sum(),
    };
    let mut tried = network.clone();
    for (layer, place) in weights.into_iter().enumerate() {
        let weight = &network.parameters[place];
        for (bits, scheme) in &schemes {
            progress.check()?;
            let fitted = quantize(&weight.values, &weight.shape, scheme, None, &Quiet(progress))?;
            tried.parameters[place].values = fitted.quantized.reconstruct();
            let cell = Cell {
                layer,
                bits: *bits,
                bytes: Layout::of(&fitted.quantized).ledger().bytes(),
                sqnr_db: fitted.report.sqnr_db(),
                scored: scored(&tried, result.cells.len() as u64 + 1)?,
            };
            heard(&result, &cell);
            result.cells.push(cell);
        }
        tried.parameters[place].values.clone_from(&weight.values);
    }
    Ok(result)
}

impl Sensitivity {
    /// The cell of a layer and a width, once it is measured.
    pub fn cell(&self, layer: usize, bits: u32) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.layer == layer && cell.bits == bits)
    }

    /// What quantizing that layer alone adds to the loss; below 0 where it happens to help.
    pub fn added_loss(&self, cell: &Cell) -> f64 {
        cell.scored.loss - self.float.loss
    }

    /// What it takes from the accuracy, in points.
    pub fn lost_points(&self, cell: &Cell) -> f64 {
        let accuracy = |scored: &Scored| scored.evaluation.accuracy().unwrap_or(f64::NAN);
        100.0 * (accuracy(&self.float) - accuracy(&cell.scored))
    }

    /// Bytes of the float network's trained parameters.
    pub fn float_bytes(&self) -> u64 {
        self.others + self.layers.iter().map(|layer| 4 * layer.weights).sum::<u64>()
    }

    /// One width for all layers, by the same measure; `None` where a layer was not measured at it.
    pub fn uniform(&self, bits: u32) -> Option<Mix> {
        let cells: Option<Vec<&Cell>> = (0..self.layers.len()).map(|layer| self.cell(layer, bits)).collect();
        let cells = cells?;
        Some(Mix {
            bits: vec![Some(bits); cells.len()],
            bytes: self.others + cells.iter().map(|cell| cell.bytes).sum::<u64>(),
            added_loss: cells.iter().map(|cell| self.added_loss(cell)).sum(),
        })
    }

    /// What may be measured to reach an accuracy, from small to large: [`Self::mixes`], and then what is larger than all of them. The
    /// estimates of a few pictures may say that less costs less; whoever asks for an accuracy needs what they leave out, down to float32.
    pub fn candidates(&self) -> Vec<Mix> {
        let mut all = self.mixes();
        let float = Mix { bits: vec![None; self.layers.len()], bytes: self.float_bytes(), added_loss: 0.0 };
        let mut larger: Vec<Mix> = self.widths.iter().filter_map(|bits| self.uniform(*bits)).chain([float]).collect();
        larger.sort_by_key(|mix| mix.bytes);
        for mix in larger {
            if all.last().is_none_or(|last| last.bytes < mix.bytes) {
                all.push(mix);
            }
        }
        all
    }

    /// The best widths for every size that there is, from the smallest network to the one of least loss. A layer may stay in float32. The
    /// loss that the layers add, each measured alone, is taken to add up; [`super::measure_mix`] says what is true.
    pub fn mixes(&self) -> Vec<Mix> {
        let choices: Vec<Vec<(Option<u32>, Choice)>> = (0..self.layers.len())
            .map(|layer| {
                let cells = self.cells.iter().filter(|cell| cell.layer == layer);
                let quantized =
                    cells.map(|cell| (Some(cell.bits), Choice { bytes: cell.bytes, cost: self.added_loss(cell) }));
                let float = (None, Choice { bytes: 4 * self.layers[layer].weights, cost: 0.0 });
                quantized.chain([float]).collect()
            })
            .collect();
        let plain: Vec<Vec<Choice>> =
            choices.iter().map(|choices| choices.iter().map(|(_, choice)| *choice).collect()).collect();
        front(&plain)
            .into_iter()
            .map(|allocation| Mix {
                bits: allocation.choices.iter().zip(&choices).map(|(place, choices)| choices[*place].0).collect(),
                bytes: allocation.bytes + self.others,
                added_loss: allocation.cost,
            })
            .collect()
    }
}
