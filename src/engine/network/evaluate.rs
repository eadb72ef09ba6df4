//! Accuracy, measured.

use rayon::prelude::*;

use super::data::{Dataset, DatasetError, Normalization};
use super::foreign::{in_turn, scores};
use super::graph::Network;
use super::loss::cross_entropy;
use super::ops::flat;
use super::{Activations, SHARD};
use crate::engine::quantize::QuantizeError;
use crate::engine::{Cancelled, Progress};

/// The answers of a network to a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The class that the network chose for every picture.
    pub answers: Vec<u16>,
    /// Pictures whose class it chose.
    pub correct: usize,
}

/// Answers, and how sure the network was of the right ones: accuracy saturates where the loss still moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The answers.
    pub evaluation: Evaluation,
    /// Mean cross-entropy of the pictures, in nats; 0 without pictures.
    pub loss: f64,
}

/// A range that holds the true accuracy with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end, a share.
    pub low: f64,
    /// Upper end, a share.
    pub high: f64,
}

impl Evaluation {
    /// Answers against the labels.
    pub fn new(answers: Vec<u16>, labels: &[u16]) -> Self {
        let correct = answers.iter().zip(labels).filter(|(answer, label)| answer == label).count();
        Self { answers, correct }
    }

    /// Number of pictures.
    pub fn total(&self) -> usize {
        self.answers.len()
    }

    /// Share of correct answers; `None` without pictures.
    pub fn accuracy(&self) -> Option<f64> {
        (self.total() > 0).then(|| self.correct as f64 / self.total() as f64)
    }

    /// The Wilson score interval at 95 % (Wilson 1927); it treats the pictures as a sample of all that there could be.
    pub fn interval(&self) -> Option<Interval> {
        const Z: f64 = 1.959_963_984_540_054;
        let (share, count) = (self.accuracy()?, self.total() as f64);
        let middle = (share + Z * Z / (2.0 * count)) / (1.0 + Z * Z / count);
        let reach = Z / (1.0 + Z * Z / count) * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt();
        Some(Interval { low: (middle - reach).max(0.0), high: (middle + reach).min(1.0) })
    }
}

/// Whether a data set fits a network.
///
/// # Errors
/// What differs: the size of the pictures or the number of classes.
pub fn check(network: &Network, data: &Dataset) -> Result<(), DatasetError> {
    let input = if network.takes(data.shape) { data.shape } else { network.input };
    check_sizes(&network.name, input, network.classes(), data)
}

/// [`check`] for a network that is known by the sizes of its input and output.
pub(super) fn check_sizes(name: &str, input: [usize; 3], classes: usize, data: &Dataset) -> Result<(), DatasetError> {
    if input != data.shape {
        let ([a, b, c], [d, e, f]) = (input, data.shape);
        return Err(DatasetError(format!("{name} takes pictures of {a}×{b}×{c}; {} has {d}×{e}×{f}", data.name)));
    }
    if classes < data.classes.len() {
        let count = data.classes.len();
        return Err(DatasetError(format!("{name} tells {classes} classes apart; {} has {count}", data.name)));
    }
    Ok(())
}

/// The class of the largest score of every image; the first of equals; a NaN is never chosen over a number.
pub fn winners(scores: &Activations) -> Vec<u16> {
    let (classes, images, ..) = scores.dim();
    let values = flat(scores);
    let best = |image: usize| {
        let mut best = 0;
        for class in 1..classes {
            let (score, leader) = (values[class * images + image], values[best * images + image]);
            if score > leader || leader.is_nan() && !score.is_nan() {
                best = class;
            }
        }
        best as u16
    };
    (0..images).map(best).collect()
}

/// Whether every image has a score that is a number: a class of largest score says nothing without.
///
/// # Errors
/// What is wrong where one has none.
pub(super) fn check_scores(scores: &Activations) -> Result<(), String> {
    let (classes, images, ..) = scores.dim();
    let values = flat(scores);
    let is_silent = |image: usize| (0..classes).all(|class| values[class * images + image].is_nan());
    match (0..images).any(is_silent) {
        true => Err("pictures get no score that is a number: weights are NaN, or the sums overflow".to_owned()),
        false => Ok(()),
    }
}

/// Runs all pictures through the network.
///
/// # Errors
/// A data set that does not fit ([`check`]); a network whose scores are no numbers; `Ok(Err)` when cancelled.
pub fn evaluate(
    network: &Network,
    data: &Dataset,
    normalization: Normalization,
    progress: &dyn Progress,
) -> Result<Result<Evaluation, Cancelled>, DatasetError> {
    let answers = each_shard(network, data, normalization, progress, |scores, _| winners(scores))?;
    Ok(answers.map(|answers| Evaluation::new(answers.concat(), &data.labels)))
}

/// Runs all pictures through the network and takes the loss along.
///
/// # Errors
/// As [`evaluate`].
pub fn score(
    network: &Network,
    data: &Dataset,
    normalization: Normalization,
    progress: &dyn Progress,
) -> Result<Result<Scored, Cancelled>, DatasetError> {
    let shards = each_shard(network, data, normalization, progress, |scores, places| {
        let labels: Vec<u16> = places.iter().map(|place| data.labels[*place]).collect();
        let (loss, _) = cross_entropy(scores, &labels, places.len());
        (winners(scores), loss)
    })?;
    Ok(shards.map(|shards| {
        // Summed in the order of the pictures: the number of threads changes nothing.
        let loss = shards.iter().map(|(_, loss)| loss).sum::<f64>() / data.len().max(1) as f64;
        let answers = shards.into_iter().flat_map(|(answers, _)| answers).collect();
        Scored { evaluation: Evaluation::new(answers, &data.labels), loss }
    }))
}

/// What is made of the scores of every shard of the pictures, in order.
///
/// # Errors
/// As [`evaluate`]; and where a foreign graph does not run.
fn each_shard<T: Send>(
    network: &Network,
    data: &Dataset,
    normalization: Normalization,
    progress: &dyn Progress,
    of: impl Fn(&Activations, &[usize]) -> T + Sync,
) -> Result<Result<Vec<T>, Cancelled>, DatasetError> {
    check(network, data)?;
    let of = |places: &[usize]| {
        let scores = scores(network, &data.shard(places, normalization))?;
        check_scores(&scores)?;
        Ok(of(&scores, places))
    };
    let results: Result<Vec<Result<T, String>>, Cancelled> =
        if network.is_foreign() { in_turn(data, progress, of) } else { shards(data, progress, of) };
    let failed = |reason: String| DatasetError(format!("{}: {reason}", network.name));
    match results {
        Ok(results) => Ok(Ok(results.into_iter().collect::<Result<_, String>>().map_err(failed)?)),
        Err(cancelled) => Ok(Err(cancelled)),
    }
}

/// Runs all pictures, shard by shard, through anything that answers.
///
/// # Errors
/// What an answer failed by; or cancelled.
pub fn answers(
    data: &Dataset,
    progress: &dyn Progress,
    answer: impl Fn(&[usize]) -> Result<Vec<u16>, QuantizeError> + Sync,
) -> Result<Evaluation, QuantizeError> {
    let answers: Vec<Vec<u16>> = shards(data, progress, answer)?.into_iter().collect::<Result<_, _>>()?;
    Ok(Evaluation::new(answers.concat(), &data.labels))
}

/// What every shard of the pictures gives, in order.
pub(super) fn shards<T: Send>(
    data: &Dataset,
    progress: &dyn Progress,
    of: impl Fn(&[usize]) -> T + Sync,
) -> Result<Vec<T>, Cancelled> {
    let done = std::sync::atomic::AtomicU64::new(0);
    let places: Vec<usize> = (0..data.len()).collect();
    places
        .par_chunks(SHARD)
        .map(|places| {
            progress.check()?;
            let result = of(places);
            let so_far = done.fetch_add(places.len() as u64, std::sync::atomic::Ordering::Relaxed);
            progress.tick(so_far + places.len() as u64, data.len() as u64)?;
            Ok(result)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_are_no_numbers_are_told_and_their_loss_is_none() {
        use super::super::digits::{Split, draw};
        use super::super::{initialize, zoo};
        let mut network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        initialize(&mut network, 1);
        let data = draw(Split::Test, 0, 8);
        let run = |network: &Network| evaluate(network, &data, Normalization::default(), &crate::engine::Silent);
        assert!(run(&network).is_ok());
        network.parameters[0].values[0] = f32::NAN;
        let error = run(&network).unwrap_err().to_string();
        assert!(error.contains("no score that is a number"), "{error}");
        let scores = Activations::from_elem((3, 1, 1, 1), f32::NAN);
        assert!(cross_entropy(&scores, &[1], 1).0.is_nan());
    }

    #[test]
    fn the_interval_is_wilsons() {
        let of = |correct: usize, total: usize| {
            let labels = vec![0; total];
            let answers = (0..total).map(|index| u16::from(index >= correct)).collect();
            Evaluation::new(answers, &labels).interval()
        };
        // 81 of 263 (Newcombe 1998, table I, method 3): 0.2553 … 0.3662.
        let interval = of(81, 263).unwrap();
        assert!((interval.low - 0.2553).abs() < 5e-5 && (interval.high - 0.3662).abs() < 5e-5, "{interval:?}");
        let interval = of(0, 20).unwrap();
        assert!(interval.low < 1e-12 && (interval.high - 0.1611).abs() < 5e-5, "{interval:?}");
        assert_eq!(of(0, 0), None);
    }

    #[test]
    fn the_largest_score_wins_and_nan_never() {
        let scores = Activations::from_shape_vec((3, 2, 1, 1), vec![f32::NAN, 1.0, 0.5, 1.0, 0.7, f32::NAN]).unwrap();
        assert_eq!(winners(&scores), [2, 0]);
    }
}
