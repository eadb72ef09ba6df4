//! Lloyd's algorithm on sorted points, and its starts.
//!
//! A step assigns every point to the nearest centroid (the lower one if two are equally near) and moves every centroid to the mean
//! of its points. A centroid without points stays where it is; one that is still without points at the end is left out.

use super::points::Points;
use super::random::Random;
use crate::engine::quantize::Init;

/// Where Lloyd's algorithm arrived.
pub(super) struct Arrival {
    /// Starts of the clusters, then the end; empty clusters are left out.
    pub(super) cuts: Vec<usize>,
    /// Steps taken until nothing moved any more.
    pub(super) steps: usize,
    /// Whether it arrived, rather than run out of steps.
    pub(super) converged: bool,
}

/// Steps until nothing moves, `most` at most.
pub(super) fn lloyd(points: &Points, mut centroids: Vec<f64>, most: usize) -> Arrival {
    let n = points.len();
    let mut cuts = assign(points, &centroids);
    let (mut steps, mut converged) = (0, false);
    while steps < most && !converged {
        for (cluster, centroid) in centroids.iter_mut().enumerate() {
            if cuts[cluster] < cuts[cluster + 1] {
                *centroid = points.mean(cuts[cluster], cuts[cluster + 1]);
            }
        }
        let next = assign(points, &centroids);
        converged = next == cuts;
        cuts = next;
        steps += 1;
    }
    cuts.dedup();
    if cuts.is_empty() {
        cuts = vec![0, n];
    }
    Arrival { cuts, steps, converged }
}

/// Starts of the points of each centroid, then the end.
fn assign(points: &Points, centroids: &[f64]) -> Vec<usize> {
    let mut cuts = Vec::with_capacity(centroids.len() + 1);
    cuts.push(0);
    let mut from = 0;
    for pair in centroids.windows(2) {
        let middle = (pair[0] + pair[1]) / 2.0;
        from += points.places[from..].partition_point(|&place| place <= middle);
        cuts.push(from);
    }
    cuts.push(points.len());
    cuts
}

/// The centroids that Lloyd's algorithm starts from, ascending, measured from the points' center.
pub(super) fn start(points: &Points, k: usize, init: Init, seed: u64) -> Vec<f64> {
    let n = points.len();
    let mut random = Random::new(seed);
    let total = points.counts[n];
    let at_rank = |rank: f64| points.places[(points.counts.partition_point(|&before| before <= rank) - 1).min(n - 1)];
    let mut centroids: Vec<f64> = match init {
        Init::Linear => {
            let (first, last) = (points.places[0], points.places[n - 1]);
            (0..k).map(|index| first + (last - first) * index as f64 / (k - 1).max(1) as f64).collect()
        }
        Init::Density => (0..k).map(|index| at_rank((index as f64 + 0.5) / k as f64 * total)).collect(),
        Init::Forgy => (0..k).map(|_| at_rank((random.unit() * total).floor())).collect(),
        Init::PlusPlus => plus_plus(points, k, &mut random),
        Init::Optimal => by_density(points, k),
    };
    centroids.sort_unstable_by(f64::total_cmp);
    centroids
}

/// Where an optimal fine quantizer has its levels: in the middle of equal shares of density^(1/3).
fn by_density(points: &Points, k: usize) -> Vec<f64> {
    points.grouped(k).0.places
}

/// k-means++: every next centroid is a weight drawn with a probability that grows with its squared distance from those before.
fn plus_plus(points: &Points, k: usize, random: &mut Random) -> Vec<f64> {
    /// Points that share a partial sum, so that neither drawing nor updating walks over all points.
    const RUN: usize = 256;
    let n = points.len();
    let count = |index: usize| points.counts[index + 1] - points.counts[index];
    let first = (random.unit() * points.counts[n]).floor();
    let mut chosen = vec![points.places[points.counts.partition_point(|&before| before <= first) - 1]];
    let mut squares: Vec<f64> = points.places.iter().map(|place| (place - chosen[0]).powi(2)).collect();
    let weigh = |squares: &[f64], run: usize| {
        (run * RUN..n.min((run + 1) * RUN)).map(|index| squares[index] * count(index)).sum::<f64>()
    };
    let mut runs: Vec<f64> = (0..n.div_ceil(RUN)).map(|run| weigh(&squares, run)).collect();
    while chosen.len() < k {
        let total: f64 = runs.iter().sum();
        if total <= 0.0 {
            break;
        }
        let mut left = random.unit() * total;
        let run = runs.iter().position(|&weight| {
            left -= weight;
            left < 0.0
        });
        let run = run.unwrap_or(runs.len() - 1);
        left += runs[run];
        let range = run * RUN..n.min((run + 1) * RUN);
        let last = range.end - 1;
        let pick = range.clone().find(|&index| {
            left -= squares[index] * count(index);
            left < 0.0
        });
        let place = points.places[pick.unwrap_or(last)];
        chosen.push(place);
        // Only points nearer to the new centroid than to its neighbours change: a run to either side.
        let middle = points.places.partition_point(|&other| other < place);
        let nearer = |index: &usize| (points.places[*index] - place).powi(2) < squares[*index];
        let low = middle - (0..middle).rev().take_while(nearer).count();
        let high = middle + (middle..n).take_while(nearer).count();
        for (square, point) in squares[low..high].iter_mut().zip(&points.places[low..high]) {
            *square = (point - place).powi(2);
        }
        for (run, weight) in runs.iter_mut().enumerate().take(high.div_ceil(RUN)).skip(low / RUN) {
            *weight = weigh(&squares, run);
        }
    }
    chosen
}
