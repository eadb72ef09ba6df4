//! Tensors that need no file: the lecture's matrices and seeded synthetic weights.

use super::{Model, Tensor};
use crate::engine::rng::Rng;

/// One built-in model.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Stable name for scripts and sessions.
    pub id: &'static str,
    /// The name on screen.
    pub title: &'static str,
    /// What it shows, in one line.
    pub summary: &'static str,
    /// Makes it; takes milliseconds.
    pub make: fn() -> Model,
}

/// Every built-in model, in the order of the menu; the first is what an empty start shows.
pub const EXAMPLES: &[Example] = &[
    Example {
        id: "lecture-4x4",
        title: "Lecture: 4×4 weights",
        summary: "The matrix that the lecture quantizes by k-means and linearly",
        make: lecture_4x4,
    },
    Example {
        id: "lab-kmeans",
        title: "Lab: 5×5 for k-means",
        summary: "The dummy tensor of the lab's k-means exercise",
        make: lab_kmeans,
    },
    Example {
        id: "lab-linear",
        title: "Lab: 5×5 for linear",
        summary: "The test tensor of the lab's linear exercise, range −0.25 to 0.75",
        make: lab_linear,
    },
    Example {
        id: "all-positive",
        title: "All positive: 5 to 6",
        summary: "A 4×4 matrix far from 0, where minimum and maximum are not enough for a zero point",
        make: all_positive,
    },
    Example {
        id: "synthetic",
        title: "Synthetic weights",
        summary: "Gaussian, Laplace, pruned, uniform and Gaussian with outliers, 65,536 weights each",
        make: || synthetic(DEFAULT_SEED),
    },
];

/// The seed of the example `synthetic`.
pub const DEFAULT_SEED: u64 = 0;

/// Rows and columns of each synthetic tensor.
const SIDE: usize = 256;

/// The example with this id.
pub fn find(id: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.id == id)
}

fn lecture_4x4() -> Model {
    #[rustfmt::skip]
    let weights = vec![
         2.09, -0.98,  1.48,  0.09,
         0.05, -0.14, -1.08,  2.12,
        -0.91,  1.92,  0.0,  -1.03,
         1.87,  0.0,   1.53,  1.49,
    ];
    one_tensor("Lecture: 4×4 weights", vec![4, 4], weights)
}

fn lab_kmeans() -> Model {
    #[rustfmt::skip]
    let weights = vec![
        -0.3747,  0.0874,  0.3200, -0.4868,  0.4404,
        -0.0402,  0.2322, -0.2024, -0.4986,  0.1814,
         0.3102, -0.3942, -0.2030,  0.0883, -0.4741,
        -0.1592, -0.0777, -0.3946, -0.2128,  0.2675,
         0.0611, -0.1933, -0.4350,  0.2928, -0.1087,
    ];
    one_tensor("Lab: 5×5 for k-means", vec![5, 5], weights)
}

fn lab_linear() -> Model {
    #[rustfmt::skip]
    let weights = vec![
         0.0523,  0.6364, -0.0968, -0.0020,  0.1940,
         0.7500,  0.5507,  0.6188, -0.1734,  0.4677,
        -0.0669,  0.3836,  0.4297,  0.6267, -0.0695,
         0.1536, -0.0038,  0.6075,  0.6817,  0.0601,
         0.6446, -0.2500,  0.5376, -0.2226,  0.2333,
    ];
    one_tensor("Lab: 5×5 for linear", vec![5, 5], weights)
}

fn all_positive() -> Model {
    #[rustfmt::skip]
    let weights = vec![
        5.00, 5.31, 5.47, 5.62,
        5.12, 5.90, 6.00, 5.28,
        5.55, 5.07, 5.74, 5.83,
        5.40, 5.69, 5.21, 5.96,
    ];
    one_tensor("All positive: 5 to 6", vec![4, 4], weights)
}

fn one_tensor(name: &str, shape: Vec<usize>, weights: Vec<f32>) -> Model {
    let tensor = Tensor::in_memory("weight", shape, weights);
    Model { name: name.to_owned(), tensors: vec![tensor], metadata: Vec::new() }
}

/// One weight of a distribution.
type Draw = fn(&mut Rng) -> f64;

/// Five tensors of 256×256 weights whose distributions stand for what trained layers look like.
///
/// The same seed gives the same bits on every machine, as far as its `ln`, `cos` and `sqrt` agree; the name and the metadata show it.
pub fn synthetic(seed: u64) -> Model {
    let distributions: [(&str, Draw); 5] = [
        ("gaussian", |random| 0.05 * random.normal()),
        ("laplace", |random| 0.035 * random.laplace()),
        ("bimodal_pruned", pruned),
        ("uniform", |random| 0.1 * (2.0 * random.uniform() - 1.0)),
        ("gaussian_outliers", with_outliers),
    ];
    let tensor = |(index, (name, draw)): (usize, (&str, Draw))| {
        // Each tensor has a stream of its own, so that a change of one leaves the others as they are.
        let mut random = Rng::new(seed.wrapping_add((index as u64 + 1) << 32));
        let weights = (0..SIDE * SIDE).map(|_| draw(&mut random) as f32).collect();
        Tensor::in_memory(name, vec![SIDE, SIDE], weights)
    };
    Model {
        name: format!("Synthetic weights (seed {seed})"),
        tensors: distributions.into_iter().enumerate().map(tensor).collect(),
        metadata: vec![("seed".to_owned(), seed.to_string())],
    }
}

/// What fine-tuning leaves of a pruned layer: 60 % exact zeros, and two bells on either side of the threshold.
fn pruned(random: &mut Rng) -> f64 {
    if random.uniform() < 0.6 {
        return 0.0;
    }
    let magnitude = (0.06 + 0.02 * random.normal()).abs().max(0.01);
    if random.uniform() < 0.5 { -magnitude } else { magnitude }
}

/// One weight in a thousand is drawn thirty times as wide.
fn with_outliers(random: &mut Rng) -> f64 {
    let width = if random.uniform() < 0.001 { 1.5 } else { 0.05 };
    width * random.normal()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean, standard deviation and kurtosis (3 for a Gaussian).
    fn moments(weights: &[f32]) -> (f64, f64, f64) {
        let count = weights.len() as f64;
        let mean = weights.iter().map(|&w| f64::from(w)).sum::<f64>() / count;
        let central = |power| weights.iter().map(|&w| (f64::from(w) - mean).powi(power)).sum::<f64>() / count;
        (mean, central(2).sqrt(), central(4) / central(2).powi(2))
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        // Name, standard deviation, kurtosis and how far the latter may be off in 65,536 draws.
        let expected = [
            ("gaussian", 0.05, 3.0, 0.1),
            ("laplace", 0.035 * 2_f64.sqrt(), 6.0, 0.6),
            // Second and fourth moments of the mixture, with E m² = 0.06² + 0.02².
            ("bimodal_pruned", (0.4 * 0.004_f64).sqrt(), 3.6, 0.5),
            ("uniform", 0.1 / 3_f64.sqrt(), 1.8, 0.05),
        ];
        for seed in [DEFAULT_SEED, 1, 0xDEAD_BEEF] {
            let model = synthetic(seed);
            for (name, std, kurtosis, slack) in expected {
                let values = model.tensor(name).unwrap().values().unwrap();
                let (mean, found_std, found_kurtosis) = moments(&values);
                // Six standard errors of the mean.
                assert!(mean.abs() < 6.0 * std / 256.0, "{name}, seed {seed}: mean {mean}");
                assert!((found_std / std - 1.0).abs() < 0.03, "{name}, seed {seed}: std {found_std}");
                assert!((found_kurtosis - kurtosis).abs() < slack, "{name}, seed {seed}: kurtosis {found_kurtosis}");
            }
        }
    }

    #[test]
    fn outliers_are_few_and_far() {
        let model = synthetic(DEFAULT_SEED);
        let values = model.tensor("gaussian_outliers").unwrap().values().unwrap();
        let far = values.iter().filter(|w| w.abs() > 0.3).count();
        assert!((20..120).contains(&far), "{far} weights beyond six standard deviations");
        let zeros = model.tensor("bimodal_pruned").unwrap().values().unwrap().iter().filter(|&&w| w == 0.0).count();
        assert!((zeros as f64 / 65_536.0 - 0.6).abs() < 0.01, "{zeros} zeros");
    }

    #[test]
    fn a_seed_is_reproducible_and_matters() {
        let weights = |seed| synthetic(seed).tensor("laplace").unwrap().values().unwrap().to_vec();
        assert_eq!(weights(7), weights(7));
        assert_ne!(weights(7), weights(8));
        assert_eq!(synthetic(7).metadata, [("seed".to_owned(), "7".to_owned())]);
    }

    #[test]
    fn every_example_is_whole() {
        for example in EXAMPLES {
            let model = (example.make)();
            assert_eq!(find(example.id).map(|found| found.title), Some(example.title));
            for tensor in &model.tensors {
                assert_eq!(tensor.values().unwrap().len(), tensor.count(), "{}", example.id);
                assert_eq!(tensor.stored().unwrap().len() as u64, tensor.bytes(), "{}", example.id);
            }
        }
    }
}
