//! From bins to a codebook, and how it came about.

use super::lloyd::{lloyd, start};
use super::optimum::{MOST_POINTS, Table, polished, work};
use super::points::Points;
use crate::engine::quantize::{Init, KMeans};
use crate::engine::tensor::Bin;

/// Largest k that is solved to the optimum.
const MOST_EXACT: usize = 256;
/// Groups of bins that the dynamic programme takes where the bins are too many.
const GROUPS: usize = 512;
/// Steps after which Lloyd's algorithm is stopped.
const MOST_STEPS: usize = 300;

/// Centroids for weights in bins.
pub(super) struct Book {
    /// Ascending; at most k, fewer where there are fewer distinct weights or a start left centroids without weights.
    pub(super) centroids: Vec<f32>,
    /// How they came about.
    pub(super) method: String,
}

/// What may be spent on the optimum, in evaluated costs (some 3 ns each).
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort(pub(super) u64);

impl Effort {
    /// Answers within a frame.
    pub(super) const FRAME: Self = Self(1 << 21);
    /// Answers for eight widths within a blink.
    pub(super) const CURVE: Self = Self(1 << 26);
    /// Answers within a second.
    pub(super) const SECOND: Self = Self(1 << 28);
}

/// Fits a codebook to bins; `distinct` says that every bin holds one value.
pub(super) fn book(bins: &[Bin], distinct: bool, kmeans: &KMeans, effort: Effort) -> Book {
    let k = kmeans.k as usize;
    if bins.is_empty() {
        return Book { centroids: vec![0.0], method: "no finite weight".to_owned() };
    }
    if bins.len() <= k {
        let method =
            if distinct { "lossless: a centroid for every distinct weight" } else { "a centroid for every bin" };
        return Book { centroids: bins.iter().map(Bin::mean).collect(), method: method.to_owned() };
    }
    let points = Points::of(bins);
    let (cuts, method) = match kmeans.init {
        Init::Optimal if k <= MOST_EXACT && affordable(bins, distinct, k, effort) => {
            let method =
                if distinct { "exact optimum".to_owned() } else { format!("optimum over {} bins", bins.len()) };
            (Table::new(&points, k).cuts(k), method)
        }
        Init::Optimal if k <= MOST_EXACT => {
            let (groups, firsts) = points.grouped(GROUPS.max(2 * k));
            (
                refined(&points, &Table::new(&groups, k), &firsts, k),
                format!("optimum over {} bins, refined", bins.len()),
            )
        }
        init => {
            let arrival = lloyd(&points, start(&points, k, init, kmeans.seed), MOST_STEPS);
            let how =
                if init == Init::Optimal { "approximation: Lloyd from a density^⅓".to_owned() } else { from(kmeans) };
            let stopped = if arrival.converged { "" } else { ", stopped" };
            (arrival.cuts, format!("{how} start, {} steps{stopped}", arrival.steps))
        }
    };
    Book { centroids: centroids(bins, &cuts), method }
}

/// Whether to take every bin for itself: bins of several values are not worth more than an answer within a frame.
fn affordable(bins: &[Bin], distinct: bool, k: usize, effort: Effort) -> bool {
    let most = if distinct { effort.0 } else { Effort::FRAME.0 };
    bins.len() <= MOST_POINTS && work(bins.len(), k) <= most
}

fn from(kmeans: &KMeans) -> String {
    let name = kmeans.init.name();
    if kmeans.init.is_random() {
        format!("Lloyd from a {name} (seed {})", kmeans.seed)
    } else {
        format!("Lloyd from a {name}")
    }
}

/// Codebooks for several k at once, from one table.
pub(super) fn books(bins: &[Bin], distinct: bool, ks: &[usize], effort: Effort) -> Vec<Vec<f32>> {
    let most = ks.iter().copied().max().unwrap_or(0).min(MOST_EXACT);
    let exact = affordable(bins, distinct, most, effort);
    if bins.is_empty() {
        return ks.iter().map(|_| vec![0.0]).collect();
    }
    let points = Points::of(bins);
    let (groups, firsts) = if exact { (points.clone(), Vec::new()) } else { points.grouped(GROUPS) };
    let table = Table::new(&groups, most);
    ks.iter()
        .map(|&k| match (bins.len() <= k, exact) {
            (true, _) => bins.iter().map(Bin::mean).collect(),
            (false, true) => centroids(bins, &table.cuts(k)),
            (false, false) => centroids(bins, &refined(&points, &table, &firsts, k)),
        })
        .collect()
}

/// The optimum over groups of points, improved over the points: first the cuts together, then by Lloyd steps.
fn refined(points: &Points, table: &Table, firsts: &[usize], k: usize) -> Vec<usize> {
    let cuts = polished(points, table.cuts(k).into_iter().map(|cut| firsts[cut]).collect());
    let means = cuts.windows(2).map(|pair| points.mean(pair[0], pair[1])).collect();
    lloyd(points, means, MOST_STEPS).cuts
}

/// The means of the clusters as float32, from the exact sums of the bins.
fn centroids(bins: &[Bin], cuts: &[usize]) -> Vec<f32> {
    let mean = |pair: &[usize]| {
        let bins = &bins[pair[0]..pair[1]];
        if let [bin] = bins {
            return bin.mean();
        }
        // From the first bin on, so that nothing is lost where the weights lie far from 0.
        let base = f64::from(bins[0].low);
        let count = bins.iter().map(|bin| bin.count as f64).sum::<f64>();
        let sum = bins.iter().map(|bin| bin.sum - base * bin.count as f64).sum::<f64>();
        (base + sum / count) as f32 + 0.0
    };
    let mut centroids: Vec<f32> = cuts.windows(2).map(mean).collect();
    // Clusters narrower than float32 can tell apart share a centroid.
    centroids.dedup();
    centroids
}
