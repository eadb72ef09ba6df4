//! Everything that can be told about k-means on one set of weights: the run half-step by half-step, the optimum beside it, where
//! random starts end, and what other numbers of centroids would give.

use super::kmeans::{self, EXACT_K, Effort};
use super::points::Points;
use super::stepwise::{Empty, Moment, Walk};
use super::{Init, KMeans, Per, lloyd};
use crate::engine::tensor::Summary;
use crate::engine::{Cancelled, Progress};

/// Updates after which a course that still moves is stopped: as many as keep the record of all centroids within some 100 MB.
fn most_updates(k: usize) -> usize {
    (1_000_000 / k.max(1)).clamp(16, 2_000)
}

/// Numbers of centroids that [`Course::by_k`] lists.
pub const SIZES: usize = 8;

/// Steps of Lloyd for each random start.
const START_STEPS: usize = 150;

/// Steps of Lloyd that all random starts together may take, in centroids times steps: about a tenth of a second.
const STARTS_BUDGET: usize = 4_000_000;

/// Where the centroids begin.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Number of centroids.
    pub k: usize,
    /// How they are placed.
    pub init: Init,
    /// Seed of random starts.
    pub seed: u64,
    /// Centroids placed by hand, in the place of `init`.
    pub placed: Option<Vec<f64>>,
    /// Whether one centroid is held at 0.
    pub pinned: bool,
    /// What happens to a centroid without weights.
    pub empty: Empty,
}

/// A run of Lloyd's algorithm with what it is judged by.
#[derive(Clone, Debug)]
pub struct Course {
    /// The weights, sorted.
    pub points: Points,
    /// Every half-step, the placing of the centroids first.
    pub moments: Vec<Moment>,
    /// Whether the last update moved nothing.
    pub converged: bool,
    /// The least SSE that as many centroids can have.
    pub optimum: f64,
    /// Whether that is exact: every weight was looked at, and not groups of them.
    pub exact: bool,
    /// Whether there are too many centroids for an exact optimum: then it is the best that is known.
    pub approximate: bool,
    /// The least SSE of 1, 2, … 8 centroids.
    pub by_k: Vec<f64>,
}

/// Where some of the random starts end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ending {
    /// The SSE.
    pub sse: f64,
    /// How many of the starts end there.
    pub starts: usize,
    /// The first seed that does.
    pub seed: u64,
}

impl Course {
    /// Runs from the plan's start to the end. `distinct` says that every point is one distinct weight, not a bin of several.
    ///
    /// # Errors
    /// When cancelled.
    pub fn run(points: Points, distinct: bool, plan: &Plan, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let best = optimal(&points, distinct, plan, progress)?;
        let start = plan.placed.clone().unwrap_or_else(|| start(&points, plan, &best));
        let moments = Walk::new(&points, &start, plan.pinned.then_some(0.0), plan.empty).run(most_updates(start.len()));
        let still = |moment: &Moment| moment.clusters.iter().all(|cluster| cluster.shift == 0.0);
        let sizes: Vec<usize> = (1..=SIZES).collect();
        let books = kmeans::fit_many(&points, distinct, &sizes);
        let by_k = books.iter().map(|book| lloyd::sse(&points, &wide(&book.centroids))).collect();
        let optimum = lloyd::sse(&points, &best);
        let converged = moments.last().is_some_and(still);
        let approximate = plan.k > EXACT_K && plan.k < points.len();
        Ok(Self { converged, moments, optimum, exact: distinct, approximate, by_k, points })
    }

    /// The moment after so many half-steps; the last one beyond the end.
    pub fn at(&self, half_steps: Option<usize>) -> (usize, &Moment) {
        let last = self.moments.len() - 1;
        let index = half_steps.map_or(last, |step| step.min(last));
        (index, &self.moments[index])
    }

    /// Whether an SSE is the optimum's, to what float32 centroids can tell.
    pub fn is_optimal(&self, sse: f64) -> bool {
        sse <= self.optimum * (1.0 + 1e-6) + 1e-12
    }
}

/// The summary of those weights of a tensor that share a codebook.
///
/// # Errors
/// When cancelled.
pub fn summary_of(values: &[f32], places: &[usize], progress: &dyn Progress) -> Result<Summary, Cancelled> {
    progress.check()?;
    Ok(Summary::of_group(places.iter().map(|&place| values[place])))
}

/// How many weights each of k centroids has where Lloyd from a linear start ends; ascending by centroid.
pub fn cluster_sizes(values: &[f32], k: usize) -> Vec<u64> {
    let points = Points::of_values(values);
    let run = lloyd::run(&points, lloyd::start(&points, k, Init::Linear, 0), lloyd::STEPS);
    let mut from = 0;
    let size = |to: usize| points.weight(std::mem::replace(&mut from, to), to) as u64;
    lloyd::intervals(&points, &run.centroids).into_iter().map(size).collect()
}

fn wide(centroids: &[f32]) -> Vec<f64> {
    centroids.iter().map(|&centroid| f64::from(centroid)).collect()
}

fn optimal(points: &Points, distinct: bool, plan: &Plan, progress: &dyn Progress) -> Result<Vec<f64>, Cancelled> {
    let k = plan.k.max(1);
    if k == 1 && !plan.pinned {
        return Ok(vec![points.mean(0, points.len())]);
    }
    let settings = KMeans { k: k as u32, init: Init::Optimal, seed: plan.seed, pinned: plan.pinned, per: Per::Tensor };
    Ok(wide(&kmeans::fit(points, distinct, &settings, Effort::Job, progress)?.centroids))
}

/// Where the plan's centroids begin; with a pinned one, the others are placed by the weights other than 0.
fn start(points: &Points, plan: &Plan, best: &[f64]) -> Vec<f64> {
    match plan.init {
        Init::Optimal => best.to_vec(),
        init if plan.pinned => {
            let mut start = lloyd::start(&points.without_zero(), plan.k.saturating_sub(1).max(1), init, plan.seed);
            start.truncate(plan.k.saturating_sub(1));
            start.push(0.0);
            start
        }
        init => lloyd::start(points, plan.k, init, plan.seed),
    }
}

/// Where Lloyd ends from the random starts of the seeds 0, 1, 2, …, at most `most` of them (fewer for many centroids); the best
/// ending first.
///
/// # Errors
/// When cancelled.
pub fn endings(
    points: &Points,
    k: usize,
    init: Init,
    most: u64,
    progress: &dyn Progress,
) -> Result<Vec<Ending>, Cancelled> {
    let seeds = most.min((STARTS_BUDGET / (k.max(1) * START_STEPS)) as u64).max(8);
    let mut endings: Vec<Ending> = Vec::new();
    for seed in 0..seeds {
        progress.tick(seed, seeds)?;
        let run = lloyd::run(points, lloyd::start(points, k, init, seed), START_STEPS);
        let sse = lloyd::sse(points, &run.centroids);
        // Ends that agree to four digits are told as one.
        let same = |ending: &&mut Ending| (ending.sse - sse).abs() <= 5e-5 * ending.sse.max(sse);
        match endings.iter_mut().find(same) {
            Some(ending) => ending.starts += 1,
            None => endings.push(Ending { sse, starts: 1, seed }),
        }
    }
    endings.sort_by(|left, right| left.sse.total_cmp(&right.sse));
    Ok(endings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;

    const MATRIX: [f32; 16] =
        [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49];

    #[test]
    fn the_lectures_clusters_have_four_five_three_and_four_weights() {
        assert_eq!(cluster_sizes(&MATRIX, 4), [4, 5, 3, 4]);
    }

    fn plan(init: Init) -> Plan {
        Plan { k: 4, init, seed: 0, placed: None, pinned: false, empty: Empty::Stays }
    }

    fn course(plan: &Plan) -> Course {
        Course::run(Points::of_values(&MATRIX), true, plan, &Silent).unwrap()
    }

    #[test]
    fn the_linear_start_reaches_the_optimum() {
        let course = course(&plan(Init::Linear));
        assert!(course.converged && course.exact);
        assert!((course.optimum - 0.0932).abs() < 5e-6);
        assert!((course.at(Some(0)).1.sse - 0.7761).abs() < 1e-3, "{}", course.at(Some(0)).1.sse);
        assert!(course.is_optimal(course.at(None).1.sse));
        assert_eq!(course.at(Some(99)).0, course.moments.len() - 1);
        for (found, expected) in course.by_k.iter().zip([22.3276, 2.7440, 0.5218, 0.0932, 0.0491, 0.0246]) {
            assert!((found - expected).abs() < 5e-5, "{found} instead of {expected}");
        }
        assert!((course.by_k[7] - 0.0076).abs() < 5e-5);
    }

    #[test]
    fn starts_at_the_optimum_by_hand_and_with_a_pin() {
        let best = course(&plan(Init::Optimal));
        assert!(best.is_optimal(best.at(Some(0)).1.sse));
        let hand = course(&Plan { placed: Some(vec![2.0, -1.0]), ..plan(Init::Linear) });
        assert_eq!(hand.at(Some(0)).1.centroids(), [-1.0, 2.0]);
        let pinned = course(&Plan { pinned: true, ..plan(Init::Linear) });
        assert!(pinned.at(None).1.clusters.iter().any(|cluster| cluster.pinned && cluster.centroid == 0.0));
        assert_eq!(pinned.at(None).1.clusters.len(), 4);
        let one = course(&Plan { k: 1, ..plan(Init::Optimal) });
        assert!((one.optimum - 22.3276).abs() < 5e-5);
    }

    #[test]
    fn random_starts_end_where_the_lecture_says() {
        let endings = endings(&Points::of_values(&MATRIX), 4, Init::Forgy, 500, &Silent).unwrap();
        assert_eq!(endings.iter().map(|ending| ending.starts).sum::<usize>(), 500);
        assert!((endings[0].sse - 0.0932).abs() < 5e-5);
        let share = endings[0].starts as f64 / 500.0;
        assert!((0.3..0.5).contains(&share), "about 40 %: {share}");
        let stuck = endings.iter().find(|ending| (ending.sse - 2.271).abs() < 1e-3).expect("the trap of the lecture");
        let from = Plan { seed: stuck.seed, ..plan(Init::Forgy) };
        assert!((course(&from).at(None).1.sse - stuck.sse).abs() < 1e-9);
    }

    #[test]
    fn no_weights_make_no_trouble() {
        let nothing = Course::run(Points::of_values(&[]), true, &plan(Init::Linear), &Silent).unwrap();
        assert_eq!(nothing.at(None).1.sse, 0.0);
        assert!(endings(&Points::of_values(&[]), 4, Init::Forgy, 8, &Silent).unwrap()[0].sse == 0.0);
    }
}
