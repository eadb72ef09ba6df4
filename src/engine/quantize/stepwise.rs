//! Lloyd's algorithm as it is explained: one half-step at a time, each a value that can be drawn and gone back to.
//!
//! "Assign" sends every weight to its nearest centroid (a weight halfway between two goes to the lower one); "update" moves every
//! centroid to the mean of its weights. [`super::lloyd::run`] is the same algorithm without the record, and ends at the same centroids
//! where [`Empty::Stays`].

use std::ops::Range;

use super::points::Points;

/// What an update does with a centroid that no weight chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Empty {
    /// It stays where it is, as in the quantizer.
    #[default]
    Stays,
    /// It moves to the weight that lies farthest from its own centroid; several move to the farthest, the second farthest, and so on.
    Farthest,
}

/// Which half-step led to a [`Moment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// None yet: centroids are placed, no weight has chosen.
    Start,
    /// Weights chose their centroids.
    Assigned,
    /// Centroids moved to the means.
    Updated,
}

/// A centroid and its weights at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Where the centroid is.
    pub centroid: f64,
    /// Its weights, as indices of the [`Points`]; those of the last assignment.
    pub points: Range<usize>,
    /// Number of its weights (the sum of their importance, where there is one).
    pub weight: f64,
    /// How far the last update moved it.
    pub shift: f64,
    /// Whether the last update had to give it a place because it had no weights.
    pub repaired: bool,
    /// Whether it is held in its place.
    pub pinned: bool,
}

/// One state of the algorithm.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// The half-step that led here.
    pub phase: Phase,
    /// Updates so far.
    pub iteration: usize,
    /// Ascending by centroid.
    pub clusters: Vec<Cluster>,
    /// Σ (weight − its centroid)² over the last assignment; at the start, as if the weights had chosen.
    pub sse: f64,
    /// Number of weights that the last assignment sent to another centroid than the one before it.
    pub changed: f64,
}

/// A run that stops after every half-step.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    points: &'a Points,
    empty: Empty,
    now: Moment,
}

impl<'a> Walk<'a> {
    /// Places centroids, in any order. `pinned` is held at its value: equal centroids count as one.
    pub fn new(points: &'a Points, centroids: &[f64], pinned: Option<f64>, empty: Empty) -> Self {
        let mut sorted = centroids.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let pin = pinned.and_then(|value| sorted.iter().position(|centroid| *centroid == value));
        let cluster = |(index, &centroid): (usize, &f64)| Cluster {
            centroid,
            points: 0..0,
            weight: 0.0,
            shift: 0.0,
            repaired: false,
            pinned: pin == Some(index),
        };
        let clusters: Vec<Cluster> = sorted.iter().enumerate().map(cluster).collect();
        let sse = super::lloyd::sse(points, &sorted);
        Self { points, empty, now: Moment { phase: Phase::Start, iteration: 0, clusters, sse, changed: 0.0 } }
    }

    /// The state now.
    pub fn now(&self) -> &Moment {
        &self.now
    }

    /// The other half-step, whichever is due. Returns whether anything changed: after an assignment, whether a weight went to another
    /// centroid; after an update, whether a centroid moved. An update that changes nothing is the end.
    pub fn step(&mut self) -> bool {
        match self.now.phase {
            Phase::Start | Phase::Updated => self.assign(),
            Phase::Assigned => self.update(),
        }
    }

    /// All moments from now to the end, or to the update of number `most`; the first is the one now.
    pub fn run(mut self, most: usize) -> Vec<Moment> {
        let mut moments = vec![self.now.clone()];
        while self.now.iteration < most {
            let changed = self.step();
            moments.push(self.now.clone());
            if !changed && self.now.phase == Phase::Updated {
                break;
            }
        }
        moments
    }

    fn assign(&mut self) -> bool {
        let centroids: Vec<f64> = self.now.clusters.iter().map(|cluster| cluster.centroid).collect();
        let ends = super::lloyd::intervals(self.points, &centroids);
        let first = self.now.phase == Phase::Start;
        let (mut from, mut stayed) = (0, 0.0);
        for (cluster, to) in self.now.clusters.iter_mut().zip(ends) {
            let kept = cluster.points.start.max(from)..cluster.points.end.min(to);
            if kept.start < kept.end {
                stayed += self.points.weight(kept.start, kept.end);
            }
            cluster.points = from..to;
            cluster.weight = self.points.weight(from, to);
            (cluster.shift, cluster.repaired) = (0.0, false);
            from = to;
        }
        self.now.changed = self.points.weight(0, self.points.len()) - stayed;
        self.now.phase = Phase::Assigned;
        self.now.sse = self.sse();
        first || self.now.changed > 0.0
    }

    fn update(&mut self) -> bool {
        let empty = |cluster: &Cluster| cluster.points.is_empty() && !cluster.pinned;
        let homeless = self.now.clusters.iter().filter(|cluster| empty(cluster)).count();
        let places = if self.empty == Empty::Farthest && homeless > 0 { self.farthest(homeless) } else { Vec::new() };
        let mut places = places.into_iter();
        let mut moved = false;
        for cluster in &mut self.now.clusters {
            let before = cluster.centroid;
            if cluster.pinned {
                continue;
            } else if !cluster.points.is_empty() {
                cluster.centroid = self.points.mean(cluster.points.start, cluster.points.end);
            } else if let Some(place) = places.next() {
                cluster.centroid = place;
                cluster.repaired = true;
            }
            cluster.shift = cluster.centroid - before;
            moved |= cluster.shift != 0.0;
        }
        self.now.clusters.sort_by(|left, right| left.centroid.total_cmp(&right.centroid));
        self.now.phase = Phase::Updated;
        self.now.iteration += 1;
        self.now.changed = 0.0;
        self.now.sse = self.sse();
        moved
    }

    fn sse(&self) -> f64 {
        let cost = |cluster: &Cluster| self.points.cost_at(cluster.points.start, cluster.points.end, cluster.centroid);
        self.now.clusters.iter().map(cost).sum()
    }

    /// The values of the points that lie farthest from their centroids, the farthest first; none that lies on its centroid.
    fn farthest(&self, number: usize) -> Vec<f64> {
        let values = self.points.values();
        let of_cluster = |cluster: &'_ Cluster| {
            let centroid = cluster.centroid;
            cluster.points.clone().map(move |index| ((values[index] - centroid).abs(), values[index]))
        };
        let mut distances: Vec<(f64, f64)> = self.now.clusters.iter().flat_map(of_cluster).collect();
        distances.retain(|(distance, _)| *distance > 0.0);
        distances.sort_by(|left, right| right.0.total_cmp(&left.0));
        distances.into_iter().take(number).map(|(_, value)| value).collect()
    }
}

impl Moment {
    /// The centroids, ascending.
    pub fn centroids(&self) -> Vec<f64> {
        self.clusters.iter().map(|cluster| cluster.centroid).collect()
    }

    /// The cluster that each weight belongs to by the last assignment; `None` before the first and where a weight is not finite.
    ///
    /// Exact where every point is one distinct weight; a weight of a bin is taken with its bin's mean.
    pub fn assignments(&self, points: &Points, values: &[f32]) -> Vec<Option<u16>> {
        let mut owner = vec![None; points.len()];
        for (index, cluster) in self.clusters.iter().enumerate() {
            owner[cluster.points.clone()].fill(Some(index as u16));
        }
        let owner_of = |value: f32| {
            let place = points.above(f64::from(value)).saturating_sub(1);
            owner.get(place).copied().flatten().filter(|_| value.is_finite())
        };
        values.iter().map(|&value| owner_of(value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::lloyd;
    use super::super::{Init, optimal::Table};
    use super::*;
    use proptest::prelude::*;

    /// The 4 × 4 matrix of the lecture (slide 28).
    const MATRIX: [f32; 16] =
        [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49];

    #[test]
    fn the_linear_start_of_the_lecture_takes_one_update() {
        let points = Points::of_values(&MATRIX);
        let start = lloyd::start(&points, 4, Init::Linear, 0);
        let expected = [-1.08, -1.08 + 3.2 / 3.0, -1.08 + 6.4 / 3.0, 2.12];
        assert!(start.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6), "{start:?}");
        let moments = Walk::new(&points, &start, None, Empty::Stays).run(10);
        let phases: Vec<Phase> = moments.iter().map(|moment| moment.phase).collect();
        assert_eq!(phases, [Phase::Start, Phase::Assigned, Phase::Updated, Phase::Assigned, Phase::Updated]);
        let after_one = &moments[2];
        for (found, expected) in after_one.centroids().iter().zip([-1.0, 0.0, 1.5, 2.0]) {
            assert!((found - expected).abs() < 1e-6, "{found}");
        }
        assert!((after_one.sse - 0.0932).abs() < 1e-6);
        assert_eq!((moments[1].changed, moments[3].changed), (16.0, 0.0));
        let codes: Vec<u16> = after_one.assignments(&points, &MATRIX).into_iter().flatten().collect();
        assert_eq!(codes, [3, 0, 2, 1, 1, 1, 0, 3, 0, 3, 1, 0, 3, 1, 2, 2]);
    }

    #[test]
    fn a_bad_start_is_stuck_where_the_lecture_says() {
        let points = Points::of_values(&MATRIX);
        let ends: Vec<usize> = (1..=points.len()).collect();
        let optimum = Table::solve(&points, &ends, 4, &crate::engine::Silent).unwrap();
        let centroids: Vec<f64> = optimum
            .intervals(4)
            .iter()
            .scan(0, |from, &to| Some(points.mean(std::mem::replace(from, to), to)))
            .collect();
        let best = lloyd::sse(&points, &centroids);
        let traps = [0.0932, 0.497, 0.505, 0.510, 0.511, 0.522, 2.271, 2.314];
        let mut optimal = 0;
        for seed in 0..500 {
            let start = lloyd::start(&points, 4, Init::Forgy, seed);
            let end = Walk::new(&points, &start, None, Empty::Stays).run(100).pop().unwrap();
            assert!(traps.iter().any(|trap| (end.sse - trap).abs() < 6e-4), "seed {seed}: {}", end.sse);
            assert!(end.sse >= best - 1e-9);
            optimal += usize::from(end.sse < best + 1e-6);
        }
        assert!((150..250).contains(&optimal), "{optimal} of 500 starts reach the optimum");
    }

    #[test]
    fn an_empty_centroid_goes_to_the_farthest_weight() {
        let points = Points::of_values(&[0.0, 1.0, 2.0, 10.0]);
        let mut walk = Walk::new(&points, &[1.0, 50.0, 60.0], None, Empty::Farthest);
        walk.step();
        assert_eq!(walk.now().clusters.iter().map(|cluster| cluster.weight).collect::<Vec<_>>(), [4.0, 0.0, 0.0]);
        walk.step();
        // All weights chose 1: the farthest is 10, then 0 and 2 tie and the lower comes first.
        assert_eq!(walk.now().centroids(), [0.0, 3.25, 10.0]);
        assert_eq!(walk.now().clusters.iter().map(|cluster| cluster.repaired).collect::<Vec<_>>(), [true, false, true]);
        let kept = Walk::new(&points, &[1.0, 50.0, 60.0], None, Empty::Stays).run(9).pop().unwrap();
        assert_eq!(kept.centroids(), [3.25, 50.0, 60.0]);
    }

    #[test]
    fn a_pinned_centroid_does_not_move() {
        let points = Points::of_values(&[0.1, 0.2, 0.9, 1.1]);
        let end = Walk::new(&points, &[0.8, 0.0], Some(0.0), Empty::Farthest).run(9).pop().unwrap();
        assert_eq!((end.clusters[0].centroid, end.clusters[0].pinned), (0.0, true));
        assert!((end.clusters[1].centroid - 1.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn a_walk_never_climbs_and_ends_where_lloyd_ends(
            values in prop::collection::vec(-3.0_f32..3.0, 1..60),
            starts in prop::collection::vec(-4.0_f64..4.0, 1..9),
        ) {
            let points = Points::of_values(&values);
            let moments = Walk::new(&points, &starts, None, Empty::Stays).run(1000);
            prop_assert!(moments.windows(2).all(|pair| pair[1].sse <= pair[0].sse + 1e-9));
            let mut sorted = starts.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let run = lloyd::run(&points, sorted, 1000);
            let mut ended = moments.last().unwrap().centroids();
            ended.dedup();
            prop_assert_eq!(ended, run.centroids);
            let repaired = Walk::new(&points, &starts, None, Empty::Farthest).run(1000);
            prop_assert!(repaired.windows(2).all(|pair| pair[1].sse <= pair[0].sse + 1e-9));
            prop_assert!(repaired.len() < 2000, "repairs come to an end");
        }
    }
}
