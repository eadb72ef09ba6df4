//! Fitting a codebook by one-dimensional k-means.

use super::points::Points;
use super::{Init, KMeans, lloyd, optimal::Table, pinned};
use crate::engine::{Cancelled, Progress, Silent};

/// Largest k that is solved by dynamic programming.
pub const EXACT_K: usize = 256;

/// Runs of points that the dynamic program sees where the points themselves are too many.
pub(super) const GROUPS: usize = 1_024;

/// The same for a job with many centroids, where a thousand runs are too coarse.
pub(super) const FINE_GROUPS: usize = 4_096;

/// How much time a fit may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// A frame: a few milliseconds.
    Frame,
    /// A job: about a second.
    Job,
}

impl Effort {
    /// Interval costs that the dynamic program may look at.
    pub(super) fn budget(self) -> f64 {
        match self {
            Self::Frame => 2e6,
            Self::Job => 4e8,
        }
    }

    /// Steps that Lloyd may take.
    pub(super) fn steps(self) -> usize {
        match self {
            Self::Frame => lloyd::FRAME_STEPS,
            Self::Job => lloyd::STEPS,
        }
    }
}

/// A fitted codebook.
#[derive(Clone, Debug, PartialEq)]
pub struct Codebook {
    /// Centroids, strictly ascending; at most k, and at most as many as there are distinct weights.
    pub centroids: Vec<f32>,
    /// How they were found, in words for the status bar.
    pub method: String,
}

/// Fits a codebook to points. `distinct` says that every point is one distinct weight, not a bin of several.
///
/// # Errors
/// When cancelled.
pub fn fit(
    points: &Points,
    distinct: bool,
    scheme: &KMeans,
    effort: Effort,
    progress: &dyn Progress,
) -> Result<Codebook, Cancelled> {
    if scheme.pinned {
        return pinned::fit(points, distinct, scheme, effort, progress);
    }
    let k = scheme.k as usize;
    if distinct && points.len() <= k {
        let centroids = rounded(points.values());
        let method = match centroids.len() {
            0 => "no finite weights".to_owned(),
            1 => "k-means: 1 distinct value, lossless".to_owned(),
            number => format!("k-means: {number} distinct values, lossless"),
        };
        return Ok(Codebook { centroids, method });
    }
    if scheme.init != Init::Optimal {
        let run = lloyd::run(points, lloyd::start(points, k, scheme.init, scheme.seed), effort.steps());
        let method = lloyd_method(scheme, &run);
        return Ok(Codebook { centroids: rounded(&run.centroids), method });
    }
    if k > EXACT_K {
        let run = lloyd::run(points, lloyd::start(points, k, Init::Density, 0), effort.steps());
        let method = format!("k-means: approximate above {EXACT_K} centroids, Lloyd from quantiles");
        return Ok(Codebook { centroids: rounded(&run.centroids), method });
    }
    let work = (k * points.len()) as f64 * (points.len() as f64).log2().max(1.0);
    if distinct && work <= effort.budget() {
        let ends: Vec<usize> = (1..=points.len()).collect();
        let table = Table::solve(points, &ends, k, progress)?;
        let centroids = means(points, &table.intervals(k));
        return Ok(Codebook { centroids: rounded(&centroids), method: "k-means: exact optimum".to_owned() });
    }
    let groups = if effort == Effort::Job && k > 64 { FINE_GROUPS } else { GROUPS };
    let table = Table::solve(points, &points.groups(groups), k, progress)?;
    Ok(refined(points, &table, k, effort))
}

/// Codebooks of all the given sizes from one dynamic program, near enough to the optimum for a plot.
pub fn fit_many(points: &Points, distinct: bool, sizes: &[usize]) -> Vec<Codebook> {
    let largest = sizes.iter().copied().max().unwrap_or(0);
    let Ok(table) = Table::solve(points, &points.groups(GROUPS), largest, &Silent) else { return Vec::new() };
    let of_size = |&size: &usize| {
        if distinct && points.len() <= size {
            Codebook { centroids: rounded(points.values()), method: "k-means: lossless".to_owned() }
        } else {
            refined(points, &table, size, Effort::Frame)
        }
    };
    sizes.iter().map(of_size).collect()
}

/// The optimum over groups, moved on by Lloyd over the points.
fn refined(points: &Points, table: &Table, k: usize, effort: Effort) -> Codebook {
    let run = lloyd::run(points, means(points, &table.intervals(k)), effort.steps());
    Codebook {
        centroids: rounded(&run.centroids),
        method: format!("k-means: optimum over {} groups, then Lloyd, {} steps", table.runs(), run.steps),
    }
}

fn means(points: &Points, ends: &[usize]) -> Vec<f64> {
    let mut from = 0;
    ends.iter()
        .map(|&to| {
            let mean = points.mean(from, to);
            from = to;
            mean
        })
        .collect()
}

/// Centroids as they are stored: float32, strictly ascending.
pub(super) fn rounded(centroids: &[f64]) -> Vec<f32> {
    let mut stored: Vec<f32> = centroids.iter().map(|&centroid| centroid as f32 + 0.0).collect();
    stored.dedup();
    stored
}

pub(super) fn lloyd_method(scheme: &KMeans, run: &lloyd::Run) -> String {
    let start = match scheme.init {
        Init::Linear => "a linear start".to_owned(),
        Init::Density => "quantiles".to_owned(),
        Init::Forgy => format!("random weights, seed {}", scheme.seed),
        Init::PlusPlus => format!("k-means++, seed {}", scheme.seed),
        Init::Optimal => "the optimum".to_owned(),
    };
    let end = if run.converged { "" } else { ", still moving" };
    let word = if run.steps == 1 { "step" } else { "steps" };
    format!("Lloyd from {start}, {} {word}{end}", run.steps)
}
