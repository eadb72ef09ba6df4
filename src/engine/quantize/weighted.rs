//! Codebooks whose errors count by an importance given for each weight.

use rayon::prelude::*;

use super::fitting::{GroupFit, Parameters, gather};
use super::kmeans::{self, Effort};
use super::points::Points;
use super::{Partition, QuantizeError, Quantizer};
use crate::engine::{Progress, Silent};

/// Fits every group's codebook so that Σ importance · (weight − centroid)² is least.
///
/// # Errors
/// An importance that does not fit the weights or the quantizer, or cancelled.
pub fn fit(
    quantizer: &Quantizer,
    values: &[f32],
    importance: &[f32],
    partition: &Partition,
    progress: &dyn Progress,
) -> Result<Parameters, QuantizeError> {
    let Quantizer::KMeans(kmeans) = quantizer else {
        let name = quantizer.family().name;
        return Err(QuantizeError::Unfit(format!("importance weighs the errors of a codebook; {name} has none")));
    };
    if importance.len() != values.len() {
        let (found, expected) = (importance.len(), values.len());
        return Err(QuantizeError::Unfit(format!("importance has {found} entries where there are {expected} weights")));
    }
    if let Some(index) = importance.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        let found = importance[index];
        return Err(QuantizeError::Unfit(format!(
            "importance {index} is {found}; expected a finite number of 0 or more"
        )));
    }
    let group = |group: usize| {
        progress.tick(group as u64, 2 * partition.groups() as u64)?;
        let pairs = partition.runs_of(group).flatten().map(|index| (values[index], importance[index]));
        let fitted = kmeans::fit(&Points::weighted(pairs), true, kmeans, Effort::Job, &Silent)?;
        Ok(GroupFit::of(fitted))
    };
    let fits = (0..partition.groups()).into_par_iter().map(group).collect::<Result<Vec<_>, QuantizeError>>()?;
    gather(quantizer, fits)
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Scheme, quantize, quantize_with};
    use super::*;

    fn weighted(values: &[f32], importance: &[f32], text: &str) -> Result<Vec<f32>, String> {
        let scheme: Scheme = text.parse().unwrap();
        let options = Options { importance: Some(importance), ..Options::default() };
        let fitted = quantize_with(values, &[values.len()], &scheme, &options, &Silent);
        fitted.map(|fitted| fitted.quantized.reconstruct()).map_err(|error| error.to_string())
    }

    #[test]
    fn centroids_are_weighted_means() {
        let values = [0.0, 1.0, 10.0, 12.0];
        assert_eq!(weighted(&values, &[3.0, 1.0, 1.0, 1.0], "kmeans:bits=1").unwrap(), [0.25, 0.25, 11.0, 11.0]);
        // What does not count pulls nothing, but still gets a level.
        assert_eq!(weighted(&values, &[1.0, 1.0, 1.0, 0.0], "kmeans:k=3").unwrap(), [0.0, 1.0, 10.0, 10.0]);
    }

    #[test]
    fn equal_importance_changes_nothing() {
        let values: Vec<f32> = (0..300_u16).map(|i| (f32::from(i) * 0.7).sin()).collect();
        for text in
            ["kmeans:bits=3", "kmeans:bits=3,zero=pinned", "kmeans:bits=3,init=density", "kmeans:bits=2,per=group:50"]
        {
            let plain =
                quantize(&values, &[300], &text.parse().unwrap(), None, &Silent).unwrap().quantized.reconstruct();
            let found = weighted(&values, &[0.5; 300], text).unwrap();
            assert!(found.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-6), "{text}");
        }
    }

    #[test]
    fn an_importance_that_does_not_fit_is_refused() {
        assert!(weighted(&[1.0, 2.0], &[1.0], "kmeans:bits=1").unwrap_err().contains("1 entries where there are 2"));
        assert!(weighted(&[1.0, 2.0], &[1.0, -1.0], "kmeans:bits=1").unwrap_err().contains("importance 1 is -1"));
        assert!(weighted(&[1.0, 2.0], &[1.0, 1.0], "linear:bits=2").unwrap_err().contains("linear has none"));
    }
}
