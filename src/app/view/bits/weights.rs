//! One layer's weights three times: continuous after pruning and retraining, discrete once they are shared, and after the shared values
//! learnt.

use super::super::chart::{AxisSpec, Chart, Kind, Series, Tone};
use super::super::format;
use super::{percent, short};
use crate::engine::compress::bits::Stages;
use crate::engine::network::{Evaluation, Network};

/// Which of the three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Moment {
    /// Pruned and retrained.
    #[default]
    Continuous,
    /// Shared.
    Discrete,
    /// Shared and tuned.
    Retrained,
}

/// Counts of the weights of a layer that pruning left.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerStages {
    /// The layer.
    pub name: String,
    /// Weights in all.
    pub weights: u64,
    /// Weights that were left.
    pub kept: u64,
    /// The histogram ends at plus and minus this: it holds 99.9 % of them.
    pub limit: f64,
    /// Width of a bin of the continuous weights.
    pub bin: f64,
    /// Middle and count of every bin.
    pub continuous: Vec<(f64, u64)>,
    /// Value and count of every centroid that is used.
    pub discrete: Vec<(f64, u64)>,
    /// The same centroids after they learnt.
    pub retrained: Vec<(f64, u64)>,
    /// Share of right answers of the network at the three moments.
    pub accuracy: [Option<f64>; 3],
}

/// Bins of the continuous weights.
const BINS: usize = 80;

impl LayerStages {
    /// Of every layer with weights.
    pub fn of(stages: &Stages) -> Vec<Self> {
        let moments = [&stages.pruned, &stages.shared, &stages.tuned];
        let accuracy = moments.map(|(_, evaluation): &(Network, Evaluation)| evaluation.accuracy());
        let weights = moments.map(|(network, _)| network.parameters.iter().filter(|parameter| parameter.is_weight()));
        let [pruned, shared, tuned] = weights;
        let layers = pruned.zip(shared).zip(tuned);
        layers
            .map(|((pruned, shared), tuned)| {
                Self::new(short(&pruned.name), [&pruned.values, &shared.values, &tuned.values], accuracy)
            })
            .collect()
    }

    fn new(name: &str, [pruned, shared, tuned]: [&[f32]; 3], accuracy: [Option<f64>; 3]) -> Self {
        let mut magnitudes: Vec<f32> = pruned.iter().map(|value| value.abs()).filter(|value| *value > 0.0).collect();
        magnitudes.sort_unstable_by(f32::total_cmp);
        let kept = magnitudes.len();
        let place = (kept as f64 * 0.999) as usize;
        let limit = magnitudes.get(place.min(kept.saturating_sub(1))).map_or(1.0, |limit| f64::from(*limit));
        let bin = 2.0 * limit / BINS as f64;
        let mut counts = [0_u64; BINS];
        for value in pruned.iter().filter(|value| **value != 0.0) {
            let place = (f64::from(*value) + limit) / bin;
            if (0.0..BINS as f64).contains(&place) {
                counts[place as usize] += 1;
            }
        }
        let middle = |place: usize| (place as f64 + 0.5) * bin - limit;
        Self {
            name: name.to_owned(),
            weights: pruned.len() as u64,
            kept: kept as u64,
            limit,
            bin,
            continuous: counts.into_iter().enumerate().map(|(place, count)| (middle(place), count)).collect(),
            discrete: levels(shared),
            retrained: levels(tuned),
            accuracy,
        }
    }

    /// `16,464 of 235,200 weights left, 15 values; 98.05 % right`.
    pub fn words(&self, moment: Moment) -> String {
        let (kept, all) = (format::count(self.kept), format::count(self.weights));
        let (levels, place) = match moment {
            Moment::Continuous => (String::new(), 0),
            Moment::Discrete => (format!(", {} values", self.discrete.len()), 1),
            Moment::Retrained => (format!(", {} values", self.retrained.len()), 2),
        };
        let accuracy = self.accuracy[place].map_or_else(String::new, |share| format!("; {} right", percent(share)));
        format!("{kept} of {all} weights left{levels}{accuracy}")
    }

    /// The weights at a moment; after retraining the values before stand behind.
    pub fn chart(&self, moment: Moment) -> Chart {
        let points = |levels: &[(f64, u64)]| -> Vec<(f64, f64)> {
            levels.iter().map(|(value, count)| (*value, *count as f64)).collect()
        };
        let edge = self.limit * 1.05;
        let chart = Chart::new(
            format!("Weights of {}", self.name),
            AxisSpec::new("weight; zeros are not drawn").between(-edge, edge),
            AxisSpec::new(match moment {
                Moment::Continuous => format!("weights in each {}", format::significant(self.bin, 2)),
                _ => "weights at each value".to_owned(),
            })
            .from_zero(),
        );
        match moment {
            Moment::Continuous => {
                let bars = Series::new("continuous", Kind::Bars(self.bin), points(&self.continuous));
                chart.with(bars.tone(Tone::Real))
            }
            Moment::Discrete => {
                chart.with(Series::new("discrete", Kind::Stems, points(&self.discrete)).tone(Tone::Accent))
            }
            Moment::Retrained => chart
                .with(Series::new("before", Kind::Stems, points(&self.discrete)).tone(Tone::Muted))
                .with(Series::new("after retraining", Kind::Stems, points(&self.retrained)).tone(Tone::Accent)),
        }
    }
}

/// Distinct values other than 0 with their counts.
fn levels(values: &[f32]) -> Vec<(f64, u64)> {
    let mut sorted: Vec<f32> = values.iter().copied().filter(|value| *value != 0.0).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    sorted.chunk_by(|a, b| a == b).map(|run| (f64::from(run[0]), run.len() as u64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_left_out_and_levels_are_counted() {
        let pruned = [0.0, 0.5, -0.5, 0.4, 0.0, -0.1];
        let (shared, tuned) = ([0.0, 0.5, -0.5, 0.5, 0.0, -0.5], [0.0, 0.45, -0.3, 0.45, 0.0, -0.3]);
        let layer = LayerStages::new("ip1", [&pruned, &shared, &tuned], [Some(0.98), Some(0.9), None]);
        assert_eq!((layer.weights, layer.kept, layer.limit), (6, 4, 0.5));
        assert_eq!(layer.discrete, [(-0.5, 2), (0.5, 2)]);
        assert_eq!(layer.retrained.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 2]);
        // The largest lies on the edge of the last bin and beyond it.
        assert_eq!(layer.continuous.iter().map(|(_, count)| count).sum::<u64>(), 3);
        assert_eq!(layer.words(Moment::Discrete), "4 of 6 weights left, 2 values; 90.00 % right");
        let chart = layer.chart(Moment::Retrained);
        let names: Vec<&str> = chart.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, ["before", "after retraining"]);
        assert!(matches!(layer.chart(Moment::Continuous).series[0].kind, Kind::Bars(_)));
    }
}
