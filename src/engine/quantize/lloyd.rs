//! Lloyd's algorithm on sorted points: assign to the nearest centroid, move to the mean, until nothing moves.

use super::Init;
use super::points::Points;
use crate::engine::rng::Rng;
use crate::engine::{Cancelled, Progress, Silent};

/// Steps after which a run that still moves is stopped; runs on real weights need a few hundred at k = 256. They fit into a frame there.
pub const STEPS: usize = 2_000;

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
    let (mut chosen, mut number) = (vec![false; points.len()], 0);
    // Where k comes near to the number of points, the last ones are hardly ever drawn.
    for _ in 0..(4 * k + 64).min(1 << 14) {
        if number == k {
            break;
        }
        number += usize::from(!std::mem::replace(&mut chosen[rank_of(points, rng.uniform() * total)], true));
    }
    // The same draws without replacement, all at once: the largest u^(1 / weight) (Efraimidis and Spirakis 2006).
    if number < k {
        let mut others: Vec<(f64, usize)> = (0..points.len())
            .filter(|&index| !chosen[index])
            .map(|index| ((1.0 - rng.uniform()).ln() / points.weight(index, index + 1), index))
            .collect();
        others.select_nth_unstable_by(k - number - 1, |left, right| right.0.total_cmp(&left.0));
        others[..k - number].iter().for_each(|&(_, index)| chosen[index] = true);
    }
    points.values().iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(value, _)| *value).collect()
}

/// Each next centroid is drawn with the squared distance to the nearest one so far as probability.
fn plus_plus(points: &Points, k: usize, rng: &mut Rng) -> Vec<f64> {
    /// Points that share a partial sum, so that neither drawing nor moving on walks over all points.
    const RUN: usize = 256;
    let values = points.values();
    let run_of = |run: usize| run * RUN..values.len().min((run + 1) * RUN);
    let total = points.weight(0, points.len());
    let mut centroids = vec![values[rank_of(points, rng.uniform() * total)]];
    let mut shares: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(index, value)| (value - centroids[0]).powi(2) * points.weight(index, index + 1))
        .collect();
    let mut sums: Vec<f64> = (0..values.len().div_ceil(RUN)).map(|run| shares[run_of(run)].iter().sum()).collect();
    while centroids.len() < k {
        let sum: f64 = sums.iter().sum();
        if sum <= 0.0 {
            break;
        }
        let mut left = rng.uniform() * sum;
        let mut reached = |share: &f64| {
            let before = left;
            left -= share;
            if left >= 0.0 {
                return false;
            }
            left = before;
            true
        };
        let run = sums.iter().position(&mut reached).unwrap_or(sums.len() - 1);
        let drawn = shares[run_of(run)].iter().position(&mut reached);
        let drawn = drawn.map_or(run_of(run).end - 1, |offset| run * RUN + offset);
        let next = values[drawn];
        // Only points nearer to the new centroid than to its neighbours change: a stretch on either side.
        let nearer = |&index: &usize| {
            let share = (values[index] - next).powi(2) * points.weight(index, index + 1);
            if share < shares[index] { Some(share) } else { None }
        };
        let below = (0..drawn).rev().map_while(|index| Some((index, nearer(&index)?)));
        let above = (drawn..values.len()).map_while(|index| Some((index, nearer(&index)?)));
        let changed: Vec<(usize, f64)> = below.chain(above).collect();
        let mut runs = changed
            .iter()
            .fold((run, run), |(first, last), &(index, _)| (first.min(index / RUN), last.max(index / RUN)));
        // A point that is drawn again (rounding may leave a share) changes nothing; its run would be drawn for ever.
        if changed.is_empty() {
            shares[drawn] = 0.0;
            runs = (run, run);
        }
        for (index, share) in changed {
            shares[index] = share;
        }
        for run in runs.0..=runs.1 {
            sums[run] = shares[run_of(run)].iter().sum();
        }
        centroids.push(next);
    }
    centroids
}

/// Runs Lloyd from `centroids`, ascending. A weight halfway between two centroids goes to the lower one; a centroid that no weight
/// chooses stays where it is.
pub fn run(points: &Points, centroids: Vec<f64>, most: usize) -> Run {
    match run_watched(points, centroids, most, &Silent) {
        Ok(run) => run,
        Err(Cancelled) => unreachable!("nobody cancels"),
    }
}

/// [`run`], which asks before every step whether to go on.
///
/// # Errors
/// When cancelled.
pub fn run_watched(
    points: &Points,
    mut centroids: Vec<f64>,
    most: usize,
    progress: &dyn Progress,
) -> Result<Run, Cancelled> {
    let mut steps = 0;
    let mut converged = points.is_empty();
    let mut ends = intervals(points, &centroids);
    while !converged && steps < most {
        progress.check()?;
        steps += 1;
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
        // A border moves little from one step to the next.
        for (end, pair) in ends.iter_mut().zip(centroids.windows(2)) {
            *end = points.above_near(f64::midpoint(pair[0], pair[1]), *end);
        }
    }
    centroids.dedup();
    Ok(Run { centroids, steps, converged })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn points(count: u16) -> Points {
        let values: Vec<f32> = (0..count).map(|index| (f32::from(index) * 0.37).sin() * f32::from(index)).collect();
        Points::of_values(&values)
    }

    /// Ascending or equal, of points, and as many as asked for.
    fn check_start(points: &Points, k: usize, init: Init) -> Vec<f64> {
        let start = start(points, k, init, 5);
        assert!(start.len() == k && start.is_sorted(), "{init:?}, k = {k}: {} centroids", start.len());
        start
    }

    #[test]
    fn random_starts_are_distinct_points_however_many() {
        let points = points(3000);
        for k in [1, 2, 256, 2990, points.len()] {
            for init in [Init::Forgy, Init::PlusPlus] {
                let start = check_start(&points, k, init);
                assert!(start.windows(2).all(|pair| pair[0] < pair[1]), "{init:?}, k = {k}");
                assert!(start.iter().all(|centroid| points.values().contains(centroid)), "{init:?}, k = {k}");
            }
        }
    }

    #[test]
    fn a_rare_point_is_drawn_in_the_end() {
        let mut values = vec![0.5; 1 << 20];
        values.extend([1.0, 2.0, 3.0]);
        let points = Points::of_values(&values);
        assert_eq!(check_start(&points, 3, Init::Forgy).len(), 3);
    }

    #[test]
    fn borders_are_found_from_any_hint() {
        let points = points(500);
        for value in [-1e9, -3.0, 0.0, 0.1, 77.7, 1e9].into_iter().chain(points.values()[..9].iter().copied()) {
            for hint in [0, 1, 7, 250, points.len() - 1, points.len(), points.len() + 9] {
                assert_eq!(points.above_near(value, hint), points.above(value), "{value} from {hint}");
            }
        }
    }

    #[test]
    fn a_run_of_many_centroids_can_be_cancelled() {
        /// Goes on for some steps.
        struct Impatient(std::sync::atomic::AtomicUsize);
        impl Progress for Impatient {
            fn tick(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
                self.check()
            }

            fn check(&self) -> Result<(), Cancelled> {
                let asked = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if asked < 3 { Ok(()) } else { Err(Cancelled) }
            }
        }
        let points = points(60_000);
        let start = start(&points, 4096, Init::Forgy, 0);
        let impatient = Impatient(0.into());
        assert_eq!(run_watched(&points, start, STEPS, &impatient), Err(Cancelled));
        assert_eq!(impatient.0.into_inner(), 4);
    }
}
