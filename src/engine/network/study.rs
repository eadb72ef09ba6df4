//! What quantized weights cost a network in accuracy, measured on the same pictures before and after.

use std::borrow::Cow;
use std::collections::HashMap;

use rayon::prelude::*;

use super::data::{Dataset, DatasetError, Normalization};
use super::evaluate::{Evaluation, Interval, evaluate};
use super::foreign;
use super::graph::{Network, Parameter};
use super::quantized::{LayerNoise, layer_noise};
use super::run::{Mode, forward};
use super::siblings::evaluate_siblings;
use super::weights::{QuantizedWeights, quantize_summarized, summaries};
use super::{Activations, SHARD};
use crate::engine::quantize::{QuantizeError, Scheme};
use crate::engine::tensor::Summary;
use crate::engine::{Cancelled, Progress, Quiet, Span};

/// Which layers are quantized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layers {
    /// All with weights.
    #[default]
    All,
    /// Convolutions alone.
    Convolution,
    /// Fully connected layers alone.
    FullyConnected,
}

impl Layers {
    /// Whether a weight belongs: kernels have four axes, fully connected weights two.
    pub fn take(self, parameter: &Parameter) -> bool {
        match self {
            Self::All => true,
            Self::Convolution => parameter.shape.len() > 2,
            Self::FullyConnected => parameter.shape.len() == 2,
        }
    }

    /// The scheme for every weight of the network that belongs, in the network's order.
    pub fn schemes(self, network: &Network, scheme: &Scheme) -> Vec<Option<Scheme>> {
        let weights = network.parameters.iter().filter(|parameter| parameter.is_weight());
        weights.map(|parameter| self.take(parameter).then(|| scheme.clone())).collect()
    }
}

/// A network, the pictures it is measured on, and its answers in float32.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The network.
    pub network: Network,
    /// What it takes of a byte.
    pub normalization: Normalization,
    /// The pictures.
    pub data: Dataset,
    /// Its answers to all of them.
    pub float: Evaluation,
    /// What every quantizer asks of the weights first, once for all widths.
    summaries: Vec<Option<Summary>>,
}

/// Quantized weights and what they answered.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The weights, layer by layer.
    pub quantized: QuantizedWeights,
    /// The answers to the first pictures of the subject.
    pub evaluation: Evaluation,
    /// The noise in the activations of every layer, on the first [`NOISE`] pictures: what the quantized layers before it, and its own
    /// weights, leave.
    pub noise: Vec<LayerNoise>,
}

/// Pictures behind the noise of activations.
pub const NOISE: usize = 2 * SHARD;

/// Parameters that the networks of a sweep have together, at most, where one of them has fewer: 256 MiB.
const MOST_COPIES: usize = 1 << 26;

/// A picture that the float network and the quantized one put into different classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The picture's place.
    pub picture: usize,
    /// Its class.
    pub label: u16,
    /// The float network's answer.
    pub float: u16,
    /// The quantized network's answer.
    pub quantized: u16,
}

/// Accuracy at one width of code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WidthPoint {
    /// Width of a code.
    pub bits: u32,
    /// Share of right answers.
    pub accuracy: f64,
    /// Its 95 % interval.
    pub interval: Interval,
    /// How many times smaller the parameters are than in float32.
    pub ratio: f64,
}

impl Subject {
    /// Measures the float network once.
    ///
    /// # Errors
    /// Pictures that do not fit the network; `Ok(Err)` when cancelled.
    pub fn new(
        network: Network,
        normalization: Normalization,
        data: Dataset,
        progress: &dyn Progress,
    ) -> Result<Result<Self, Cancelled>, DatasetError> {
        let float = evaluate(&network, &data, normalization, progress)?;
        let both = float.and_then(|float| Ok((float, summaries(&network, &Quiet(progress))?)));
        Ok(both.map(|(float, summaries)| Self { network, normalization, data, float, summaries }))
    }

    /// Quantizes the layers and measures on the first `count` pictures.
    ///
    /// # Errors
    /// A scheme that does not fit a layer; or cancelled.
    pub fn measure(
        &self,
        scheme: &Scheme,
        layers: Layers,
        count: usize,
        progress: &dyn Progress,
    ) -> Result<Measured, QuantizeError> {
        self.measure_each(&layers.schemes(&self.network, scheme), count, progress)
    }

    /// Quantizes every layer by its own scheme, one a weight in the network's order (`None` leaves float32), and measures on the first
    /// `count` pictures.
    ///
    /// # Errors
    /// A scheme that does not fit its layer; or cancelled.
    pub fn measure_each(
        &self,
        schemes: &[Option<Scheme>],
        count: usize,
        progress: &dyn Progress,
    ) -> Result<Measured, QuantizeError> {
        let (quantized, evaluation) = self.answers(schemes, count, progress)?;
        let both = (&self.network, &quantized.network);
        let unfit = |error: DatasetError| QuantizeError::Unfit(error.to_string());
        if let Some(noise) = foreign::noise(both, &self.data, self.normalization, NOISE).map_err(unfit)? {
            return Ok(Measured { quantized, evaluation, noise });
        }
        let run = |network: &Network, input: &Activations| forward(network, input, Mode::Evaluate, |_, _| {});
        let noise = layer_noise(
            (&self.network, |input: &Activations| run(&self.network, input)),
            (&quantized.network, |input: &Activations| run(&quantized.network, input)),
            self.data.shards(NOISE, self.normalization),
        );
        Ok(Measured { quantized, evaluation, noise })
    }

    fn answers(
        &self,
        schemes: &[Option<Scheme>],
        count: usize,
        progress: &dyn Progress,
    ) -> Result<(QuantizedWeights, Evaluation), QuantizeError> {
        let quantized = self.quantized(schemes, &Quiet(progress))?;
        let evaluation = evaluate(&quantized.network, &self.first(count), self.normalization, progress)
            .map_err(|error| QuantizeError::Unfit(error.to_string()))??;
        Ok((quantized, evaluation))
    }

    /// Every weight by its own scheme, one a weight in the network's order.
    fn quantized(
        &self,
        schemes: &[Option<Scheme>],
        progress: &dyn Progress,
    ) -> Result<QuantizedWeights, QuantizeError> {
        let weights = self.network.parameters.iter().filter(|parameter| parameter.is_weight());
        let by_name: HashMap<&str, &Option<Scheme>> =
            weights.map(|parameter| parameter.name.as_str()).zip(schemes).collect();
        let scheme_of =
            |parameter: &Parameter| by_name.get(parameter.name.as_str()).and_then(|scheme| (*scheme).clone());
        quantize_summarized(&self.network, Some(&self.summaries), scheme_of, progress)
    }

    /// The first `count` pictures.
    fn first(&self, count: usize) -> Cow<'_, Dataset> {
        if count < self.data.len() { Cow::Owned(self.data.first(count)) } else { Cow::Borrowed(&self.data) }
    }

    /// The scheme at every width that it can have, measured on the first `count` pictures.
    ///
    /// # Errors
    /// As [`Subject::measure`].
    pub fn sweep(
        &self,
        scheme: &Scheme,
        layers: Layers,
        widths: std::ops::RangeInclusive<u32>,
        count: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<WidthPoint>, QuantizeError> {
        let schemes: Vec<(u32, Scheme)> =
            widths.filter_map(|bits| Some((bits, scheme.with_bits(bits).ok()?))).collect();
        let data = self.first(count);
        let values: usize = self.network.parameters.iter().map(|parameter| parameter.values.len()).sum();
        let (mut points, total) = (Vec::new(), schemes.len() as u64);
        for schemes in schemes.chunks((MOST_COPIES / values.max(1)).max(1)) {
            progress.tick(points.len() as u64, total)?;
            let quantize =
                |(_, scheme): &(u32, Scheme)| self.quantized(&layers.schemes(&self.network, scheme), &Quiet(progress));
            let quantized = schemes.par_iter().map(quantize).collect::<Result<Vec<_>, _>>()?;
            let networks: Vec<&Network> = quantized.iter().map(|quantized| &quantized.network).collect();
            let part = Span { outer: progress, before: points.len() as u64, units: schemes.len() as u64, total };
            let evaluations = evaluate_siblings(&networks, &data, self.normalization, &part)
                .map_err(|error| QuantizeError::Unfit(error.to_string()))??;
            for (((bits, _), quantized), evaluation) in schemes.iter().zip(&quantized).zip(&evaluations) {
                if let Some((accuracy, interval)) = evaluation.accuracy().zip(evaluation.interval()) {
                    points.push(WidthPoint { bits: *bits, accuracy, interval, ratio: quantized.ratio() });
                }
            }
        }
        Ok(points)
    }

    /// The float network's answers to the first `count` pictures.
    pub fn float_on(&self, count: usize) -> Evaluation {
        let count = count.min(self.data.len());
        Evaluation::new(self.float.answers[..count].to_vec(), &self.data.labels[..count])
    }

    /// The pictures whose class changed: first those that became wrong, then those that became right, then from wrong to wrong.
    pub fn changes(&self, evaluation: &Evaluation) -> Vec<Change> {
        Change::between(&self.float, evaluation, &self.data.labels)
    }
}

impl Change {
    /// The pictures that two evaluations of the same pictures put into different classes, in the order of [`Subject::changes`].
    pub fn between(float: &Evaluation, quantized: &Evaluation, labels: &[u16]) -> Vec<Self> {
        let answers = float.answers.iter().zip(&quantized.answers).zip(labels);
        let mut changes: Vec<Self> = answers
            .enumerate()
            .filter(|(_, ((float, quantized), _))| float != quantized)
            .map(|(picture, ((float, quantized), label))| Self {
                picture,
                label: *label,
                float: *float,
                quantized: *quantized,
            })
            .collect();
        changes.sort_by_key(Self::kind);
        changes
    }

    /// 0 became wrong, 1 became right, 2 stayed wrong.
    fn kind(&self) -> u8 {
        match (self.float == self.label, self.quantized == self.label) {
            (true, _) => 0,
            (_, true) => 1,
            _ => 2,
        }
    }

    /// Whether the float network had it right.
    pub fn became_wrong(&self) -> bool {
        self.kind() == 0
    }

    /// Whether the quantized network has it right.
    pub fn became_right(&self) -> bool {
        self.kind() == 1
    }
}

#[cfg(test)]
mod tests {
    use super::super::digits::{Split, draw};
    use super::super::{initialize, zoo};
    use super::*;
    use crate::engine::Silent;

    fn subject(name: &str) -> Subject {
        let mut network = zoo::find(name).unwrap().network().unwrap();
        initialize(&mut network, 4);
        let data = draw(Split::Test, 0, 120);
        Subject::new(network, Normalization::default(), data, &Silent).unwrap().unwrap()
    }

    #[test]
    fn only_the_chosen_layers_change() {
        let subject = subject("lenet-5");
        let scheme: Scheme = "kmeans:bits=2".parse().unwrap();
        let names = |layers| {
            let measured = subject.measure(&scheme, layers, 40, &Silent).unwrap();
            assert_eq!(measured.evaluation.total(), 40);
            measured.quantized.layers.iter().map(|layer| layer.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(Layers::Convolution), ["conv1.weight", "conv2.weight"]);
        assert_eq!(names(Layers::FullyConnected), ["ip1.weight", "ip2.weight"]);
        assert_eq!(names(Layers::All).len(), 4);
    }

    #[test]
    fn every_layer_may_have_a_scheme_of_its_own() {
        let subject = subject("lenet-300-100");
        let scheme = |text: &str| Some(text.parse::<Scheme>().unwrap());
        let schemes = [scheme("kmeans:bits=2"), None, scheme("linear:bits=5")];
        let measured = subject.measure_each(&schemes, 40, &Silent).unwrap();
        let found: Vec<String> = measured.quantized.layers.iter().map(|layer| layer.scheme.to_string()).collect();
        assert_eq!(found, ["kmeans:bits=2", "linear:bits=5"]);
        let ip2 = |network: &Network| network.parameter("ip2.weight").unwrap().values.clone();
        assert_eq!(ip2(&measured.quantized.network), ip2(&subject.network));
    }

    #[test]
    fn sixteen_bits_change_no_answer_and_one_bit_changes_some() {
        let subject = subject("lenet-300-100");
        let changes = |text: &str| {
            let measured = subject.measure(&text.parse().unwrap(), Layers::All, usize::MAX, &Silent).unwrap();
            (subject.changes(&measured.evaluation).len(), measured.quantized.ratio())
        };
        let (none, twice) = changes("linear:bits=16");
        assert_eq!(none, 0);
        assert!((1.9..2.0).contains(&twice), "{twice}");
        let (some, _) = changes("kmeans:bits=1");
        assert!(some > 0);
    }

    #[test]
    fn noise_goes_on_to_the_layers_behind() {
        let subject = subject("lenet-5");
        let noise = |text: &str, layers| subject.measure(&text.parse().unwrap(), layers, 40, &Silent).unwrap().noise;
        let behind = noise("linear:bits=4", Layers::FullyConnected);
        let names: Vec<&str> = behind.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(names, ["conv1", "conv2", "ip1", "ip2"]);
        assert_eq!(behind[0].sqnr_db, Some(f64::INFINITY));
        let [few, many] = ["linear:bits=2", "linear:bits=8"].map(|text| noise(text, Layers::All)[3].sqnr_db.unwrap());
        // Six bits more are some 36 dB.
        assert!((25.0..50.0).contains(&(many - few)), "{few} dB and {many} dB");
    }

    #[test]
    fn a_width_that_a_scheme_cannot_have_is_left_out() {
        let subject = subject("lenet-300-100");
        let scheme = "linear:range=restricted".parse().unwrap();
        let points = subject.sweep(&scheme, Layers::All, 1..=3, 30, &Silent).unwrap();
        assert_eq!(points.iter().map(|point| point.bits).collect::<Vec<_>>(), [2, 3]);
        assert!(points[0].ratio > points[1].ratio);
    }
}
