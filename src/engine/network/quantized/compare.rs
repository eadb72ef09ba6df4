//! The same pictures in float32, fake-quantized and in integers alone.

use std::time::Instant;

use super::super::Activations;
use super::super::data::Dataset;
use super::super::evaluate::{Evaluation, evaluate};
use super::super::run::{Mode, forward};
use super::super::study::{Change, NOISE, Subject};
use super::calibration::{Prepared, unfit};
use super::cost::{Cost, Operations};
use super::noise::{LayerNoise, layer_noise};
use super::{FakeQuantized, IntegerNetwork, IntegerScheme};
use crate::engine::measure::Precision;
use crate::engine::quantize::QuantizeError;
use crate::engine::{Progress, Span};

/// One way to compute a network, on all pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its answers.
    pub evaluation: Evaluation,
    /// Wall-clock seconds for all of them, on the caller's threads.
    pub seconds: f64,
    /// Bytes of weights and biases as they are stored.
    pub parameters: u64,
    /// What one picture costs.
    pub operations: Operations,
    /// The same as energy, estimated.
    pub cost: Cost,
}

/// Three ways to compute a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// float32, batch normalization unfolded where there is one.
    pub float: Run,
    /// Quantized weights, biases and activations, computed in float32.
    pub fake: Run,
    /// Codes alone.
    pub integer: Run,
    /// Noise in the activations of every layer, fake-quantized against float32, on the first pictures.
    pub noise: Vec<LayerNoise>,
    /// Signal-to-quantization-noise ratio of the weights of every layer.
    pub weights: Vec<LayerNoise>,
}

impl Run {
    /// Seconds for one picture.
    pub fn seconds_each(&self) -> f64 {
        self.seconds / self.evaluation.total().max(1) as f64
    }
}

/// Runs the first `count` pictures of a subject three times. `prepared` is its network.
///
/// # Errors
/// What does not fit, by layer; or cancelled.
pub fn compare(
    subject: &Subject,
    prepared: &Prepared,
    scheme: &IntegerScheme,
    count: usize,
    progress: &dyn Progress,
) -> Result<Comparison, QuantizeError> {
    let data = &subject.data.first(count);
    let fake = FakeQuantized::of_integers(prepared, scheme, progress)?;
    let integer = IntegerNetwork::new(prepared, scheme, progress)?;
    let parts = |before: u64| Span { outer: progress, before, units: 1, total: 3 };
    let timed = |run: &dyn Fn() -> Result<Evaluation, QuantizeError>| {
        let started = Instant::now();
        Ok::<_, QuantizeError>((run()?, started.elapsed().as_secs_f64()))
    };
    let of_integer = timed(&|| integer.evaluate(data, &parts(0)))?;
    let of_fake = timed(&|| fake.evaluate(data, &parts(1)))?;
    let of_float = timed(&|| Ok(evaluate(&subject.network, data, subject.normalization, &parts(2)).map_err(unfit)??))?;
    let run = |(evaluation, seconds): (Evaluation, f64), parameters, operations: Operations, precision, bits| Run {
        evaluation,
        seconds,
        parameters,
        operations,
        cost: operations.cost(precision, parameters, bits),
    };
    let (whole, packed) = (fake.weights.float_bytes, fake.weights.bytes);
    let in_float = Operations::of(&prepared.network, 0);
    let in_integers = Operations::of(&prepared.network, integer.rescalings());
    let noise = layer_noise(
        (&prepared.network, |input: &Activations| forward(&prepared.network, input, Mode::Evaluate, |_, _| {})),
        (fake.network(), |input: &Activations| fake.run(input)),
        data.shards(NOISE, subject.normalization),
    );
    let weights = fake.weights.layers.iter().map(|layer| LayerNoise {
        name: layer.name.trim_end_matches(".weight").to_owned(),
        sqnr_db: layer.report.sqnr_db(),
    });
    Ok(Comparison {
        float: run(of_float, whole, in_float, Precision::Float32, 32),
        // The codes are stored, but what is computed with is their float32 value.
        fake: run(of_fake, packed, in_float, Precision::Float32, 32),
        integer: run(of_integer, packed, in_integers, Precision::Int8, u64::from(scheme.activations)),
        noise,
        weights: weights.collect(),
    })
}

impl Comparison {
    /// The pictures that two of the three put into different classes.
    pub fn mismatches(a: &Evaluation, b: &Evaluation) -> usize {
        a.answers.iter().zip(&b.answers).filter(|(a, b)| a != b).count()
    }

    /// The pictures that the integer network and float32 put into different classes, those that became wrong first.
    pub fn changes(&self, data: &Dataset) -> Vec<Change> {
        Change::between(&self.float.evaluation, &self.integer.evaluation, &data.labels)
    }
}
