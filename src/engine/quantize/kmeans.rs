//! Fitting a codebook by one-dimensional k-means.

use super::points::Points;
use super::polish::polish;
use super::{Init, KMeans, lloyd, optimal, optimal::Table, penalized, pinned};
use crate::engine::{Cancelled, Progress, Silent};

/// Largest k that is solved by dynamic programming.
pub const EXACT_K: usize = 256;

/// Runs of points that the dynamic program sees where the points themselves are too many.
pub(super) const GROUPS: usize = 1_024;

/// How much time a fit may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// A frame: a few milliseconds.
    Frame,
    /// A job: about a second.
    Job,
}

impl Effort {
    /// Interval costs that a search for the optimum may look at.
    pub(super) fn budget(self) -> f64 {
        match self {
            Self::Frame => 2e6,
            Self::Job => 4e8,
        }
    }

    /// Steps that Lloyd may take with k centroids.
    pub(super) fn steps(self, k: usize) -> usize {
        match self {
            Self::Frame => (lloyd::STEPS * EXACT_K / k.max(EXACT_K)).max(1),
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
        let start = lloyd::start(points, k, scheme.init, scheme.seed);
        let run = lloyd::run_watched(points, start, effort.steps(k), progress)?;
        let method = lloyd_method(scheme, &run);
        return Ok(Codebook { centroids: rounded(&run.centroids), method });
    }
    if k > EXACT_K {
        let run = by_density(points, k, effort, progress)?;
        let method = format!("k-means: approximate above {EXACT_K} centroids, by density, then Lloyd");
        return Ok(Codebook { centroids: rounded(&run.centroids), method });
    }
    if let Some(intervals) = exact(points, distinct, k, effort, progress)? {
        let centroids = means(points, &intervals);
        return Ok(Codebook { centroids: rounded(&centroids), method: "k-means: exact optimum".to_owned() });
    }
    let groups = points.groups(GROUPS);
    refined(points, optimal::intervals(points, &groups, k, effort.budget(), progress)?, groups.len(), effort, progress)
}

/// The best k intervals over all points; `None` where a point is a bin of several weights, or where there are too many for the time.
pub(super) fn exact(
    points: &Points,
    distinct: bool,
    k: usize,
    effort: Effort,
    progress: &dyn Progress,
) -> Result<Option<Vec<usize>>, Cancelled> {
    if !distinct {
        return Ok(None);
    }
    let ends: Vec<usize> = (1..=points.len()).collect();
    if let Some(intervals) = penalized::intervals(points, &ends, k, effort.budget(), progress)? {
        return Ok(Some(intervals));
    }
    let count = points.len() as f64;
    let work = k as f64 * count * count.log2().max(1.0);
    if work > effort.budget() {
        return Ok(None);
    }
    Ok(Some(Table::solve(points, &ends, k, progress)?.intervals(k)))
}

/// Codebooks of all the given sizes from one dynamic program, near enough to the optimum for a plot.
pub fn fit_many(points: &Points, distinct: bool, sizes: &[usize]) -> Vec<Codebook> {
    let largest = sizes.iter().copied().max().unwrap_or(0);
    let groups = points.groups(GROUPS);
    let Ok(table) = Table::solve(points, &groups, largest, &Silent) else { return Vec::new() };
    let of_size = |&size: &usize| {
        if distinct && points.len() <= size {
            Ok(Codebook { centroids: rounded(points.values()), method: "k-means: lossless".to_owned() })
        } else {
            refined(points, table.intervals(size), groups.len(), Effort::Frame, &Silent)
        }
    };
    sizes.iter().map(of_size).collect::<Result<_, Cancelled>>().unwrap_or_default()
}

/// The optimum over groups, moved on over the points.
fn refined(
    points: &Points,
    intervals: Vec<usize>,
    groups: usize,
    effort: Effort,
    progress: &dyn Progress,
) -> Result<Codebook, Cancelled> {
    let run = settled(points, intervals, effort, progress)?;
    let method = format!("k-means: optimum over {groups} groups, then Lloyd, {} steps", run.steps);
    Ok(Codebook { centroids: rounded(&run.centroids), method })
}

/// Intervals that are near the optimum, moved on until nothing moves.
pub(super) fn settled(
    points: &Points,
    intervals: Vec<usize>,
    effort: Effort,
    progress: &dyn Progress,
) -> Result<lloyd::Run, Cancelled> {
    let k = intervals.len();
    let intervals = polish(points, intervals, progress)?;
    lloyd::run_watched(points, means(points, &intervals), effort.steps(k), progress)
}

/// Many centroids: as dense as is best for ever more of them, then moved on.
pub(super) fn by_density(
    points: &Points,
    k: usize,
    effort: Effort,
    progress: &dyn Progress,
) -> Result<lloyd::Run, Cancelled> {
    let mut intervals = points.groups(k);
    // Rounding may leave a last point to a group of its own.
    while intervals.len() > k {
        intervals.remove(intervals.len() - 2);
    }
    match effort {
        Effort::Frame => lloyd::run_watched(points, means(points, &intervals), effort.steps(k), progress),
        Effort::Job => settled(points, intervals, effort, progress),
    }
}

/// The mean of each interval.
pub(super) fn means(points: &Points, ends: &[usize]) -> Vec<f64> {
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
