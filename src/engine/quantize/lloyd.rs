//! Lloyd's algorithm on sorted points: assign to the nearest centroid, move to the mean, until nothing moves.

use super::Init;
use super::points::Points;
use crate::engine::rng::Rng;

/// Steps after which a run that still moves is stopped; runs on real weights need a few hundred at k = 256.
pub const STEPS: usize = 2_000;

/// Steps that fit into a frame at k = 256.
pub const FRAME_STEPS: usize = 150;

/// Where Lloyd ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Ascending.
    pub centroids: Vec<f64>,
    /// Steps taken, the last of which moved nothing.
    pub steps: usize,
    /// Whether nothing moved in the end.
    pub converged: bool,
}

/// Starting centroids, ascending. Equal ones may occur; Lloyd parts them or keeps them empty.
pub fn start(points: &Points, k: usize, init: Init, seed: u64) -> Vec<f64> {
    let (values, mut rng) = (points.values(), Rng::new(seed));
    let (Some(&low), Some(&high)) = (values.first(), values.last()) else { return Vec::new() };
    let total = points.weight(0, points.len());
    let at_rank = |rank: f64| values[rank_of(points, rank)];
    let mut centroids: Vec<f64> = match init {
        Init::Linear | Init::Optimal => {
            let gaps = (k - 1).max(1) as f64;
            (0..k).map(|index| low + (high - low) * index as f64 / gaps).collect()
        }
        Init::Density => (0..k).map(|index| at_rank((index as f64 + 0.5) / k as f64 * total)).collect(),
        Init::Forgy => distinct_members(points, k, &mut rng),
        Init::PlusPlus => plus_plus(points, k, &mut rng),
    };
    centroids.sort_unstable_by(f64::total_cmp);
    centroids
}

/// The point that holds the weight of that rank.
fn rank_of(points: &Points, rank: f64) -> usize {
    let (mut low, mut high) = (0, points.len() - 1);
    while low < high {
        let middle = usize::midpoint(low, high);
        if points.weight(0, middle + 1) > rank { high = middle } else { low = middle + 1 }
    }
    low
}

/// k different points, each drawn with its number of weights as probability.
fn distinct_members(points: &Points, k: usize, rng: &mut Rng) -> Vec<f64> {
    if points.len() <= k {
        return points.values().to_vec();
    }
    let total = points.weight(0, points.len());
    let mut chosen = std::collections::BTreeSet::new();
    while chosen.len() < k {
        chosen.insert(rank_of(points, rng.uniform() * total));
    }
    chosen.into_iter().map(|index| points.values()[index]).collect()
}

/// Each next centroid is drawn with the squared distance to the nearest one so far as probability.
fn plus_plus(points: &Points, k: usize, rng: &mut Rng) -> Vec<f64> {
    let values = points.values();
    let total = points.weight(0, points.len());
    let mut centroids = vec![values[rank_of(points, rng.uniform() * total)]];
    let mut distance: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(index, value)| (value - centroids[0]).powi(2) * points.weight(index, index + 1))
        .collect();
    while centroids.len() < k {
        let sum: f64 = distance.iter().sum();
        if sum <= 0.0 {
            break;
        }
        let mut left = rng.uniform() * sum;
        let drawn = distance.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        let next = values[drawn.unwrap_or(values.len() - 1)];
        for (index, value) in values.iter().enumerate() {
            distance[index] = distance[index].min((value - next).powi(2) * points.weight(index, index + 1));
        }
        centroids.push(next);
    }
    centroids
}

/// Runs Lloyd from `centroids`. A weight halfway between two centroids goes to the lower one; a centroid that no weight chooses
/// stays where it is.
pub fn run(points: &Points, mut centroids: Vec<f64>, most: usize) -> Run {
    let mut steps = 0;
    let mut converged = points.is_empty();
    while !converged && steps < most {
        steps += 1;
        let ends = intervals(points, &centroids);
        let mut moved = false;
        let mut from = 0;
        for (centroid, &to) in centroids.iter_mut().zip(&ends) {
            if to > from {
                let mean = points.mean(from, to);
                moved |= mean != *centroid;
                *centroid = mean;
            }
            from = to;
        }
        converged = !moved;
    }
    centroids.dedup();
    Run { centroids, steps, converged }
}

/// Where each centroid's weights end, as point indices.
pub fn intervals(points: &Points, centroids: &[f64]) -> Vec<usize> {
    let halves = centroids.windows(2).map(|pair| points.above(f64::midpoint(pair[0], pair[1])));
    halves.chain(std::iter::once(points.len())).collect()
}

/// Σ (weight − its centroid)².
pub fn sse(points: &Points, centroids: &[f64]) -> f64 {
    let mut from = 0;
    let mut sse = 0.0;
    for (centroid, to) in centroids.iter().zip(intervals(points, centroids)) {
        sse += points.cost_at(from, to, *centroid);
        from = to;
    }
    sse
}
