//! The global optimum of one-dimensional k-means by dynamic programming.
//!
//! An optimal clustering of sorted points consists of intervals. With D\[j\]\[i\] the least cost of the first i points in j intervals,
//! D\[j\]\[i\] = min over s of D\[j−1\]\[s\] + cost(s, i), and the best s never moves left as i grows (the cost is concave Monge), so each
//! layer is solved by divide and conquer in O(n log n) (Wang and Song 2011; Grønlund et al. 2017).

use super::penalized;
use super::points::Points;
use crate::engine::{Cancelled, Progress};

/// The best splits of the first points into every number of intervals up to k.
pub struct Table {
    /// `splits[j][i]`: where the last of j + 1 intervals over the first i points begins.
    splits: Vec<Vec<u32>>,
    ends: Vec<usize>,
}

/// What lies before the edge of a run.
#[derive(Clone, Copy, Default)]
pub(super) struct Edge {
    count: f64,
    sum: f64,
}

impl Edge {
    /// The edges of runs of points that end at `ends`, the first before all points.
    ///
    /// The least SSE is the largest Σ S²/N over the intervals, with N weights of sum S about the center: their difference is the sum of
    /// squares, which no split changes.
    pub fn of(points: &Points, ends: &[usize]) -> Vec<Self> {
        let before = |end: usize| Self { count: points.weight(0, end), sum: points.offset(0, end) };
        std::iter::once(0).chain(ends.iter().copied()).map(before).collect()
    }

    /// S²/N between an earlier edge and this one.
    #[inline]
    pub fn gain(self, start: Self) -> f64 {
        let (count, sum) = (self.count - start.count, self.sum - start.sum);
        if count > 0.0 { sum * sum / count } else { 0.0 }
    }
}

/// The best `k` intervals (fewer where there are fewer runs): where each ends, as point indices. Points are taken in runs that end at
/// `ends` and are never parted. `budget` is how many interval costs the quicker of the ways may look at before the other is taken.
///
/// # Errors
/// When cancelled.
pub fn intervals(
    points: &Points,
    ends: &[usize],
    k: usize,
    budget: f64,
    progress: &dyn Progress,
) -> Result<Vec<usize>, Cancelled> {
    match penalized::intervals(points, ends, k, budget, progress)? {
        Some(intervals) => Ok(intervals),
        None => Ok(Table::solve(points, ends, k, progress)?.intervals(k)),
    }
}

impl Table {
    /// Solves for every number of intervals up to `k`. Points are taken in runs that end at `ends` and are never parted.
    ///
    /// # Errors
    /// When cancelled.
    pub fn solve(points: &Points, ends: &[usize], k: usize, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let runs = ends.len();
        let edges = Edge::of(points, ends);
        let mut gains: Vec<f64> = edges.iter().map(|edge| edge.gain(Edge::default())).collect();
        let mut splits = vec![vec![0_u32; runs + 1]];
        for layer in 1..k.min(runs) {
            progress.tick(layer as u64, k.min(runs) as u64)?;
            let mut next = vec![f64::NEG_INFINITY; runs + 1];
            let mut best = vec![0_u32; runs + 1];
            let fewer = &splits[layer - 1];
            // With j + 1 intervals at least j + 1 runs are needed, so that none is empty.
            let mut open = vec![(layer + 1, runs, layer, runs - 1)];
            while let Some((low, high, from, to)) = open.pop() {
                if low > high {
                    continue;
                }
                let middle = usize::midpoint(low, high);
                let edge = edges[middle];
                // Neither does the last interval begin earlier when there is one more.
                let first = from.max(fewer[middle] as usize);
                let candidates = first..=to.min(middle - 1);
                let (mut most, mut at) = (f64::NEG_INFINITY, first);
                for (split, (before, start)) in (first..).zip(gains[candidates.clone()].iter().zip(&edges[candidates]))
                {
                    let gain = before + edge.gain(*start);
                    if gain > most {
                        (most, at) = (gain, split);
                    }
                }
                next[middle] = most;
                best[middle] = at as u32;
                open.push((low, middle - 1, from, at));
                open.push((middle + 1, high, at, to));
            }
            gains = next;
            splits.push(best);
        }
        Ok(Self { splits, ends: ends.to_vec() })
    }

    /// The best `k` intervals (fewer where there are fewer runs): where each ends, as point indices.
    pub fn intervals(&self, k: usize) -> Vec<usize> {
        let mut run = self.ends.len();
        let mut intervals = Vec::new();
        for layer in (0..k.min(self.splits.len())).rev() {
            if run == 0 {
                break;
            }
            intervals.push(self.ends[run - 1]);
            run = self.splits[layer][run] as usize;
        }
        intervals.reverse();
        intervals
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Init, lloyd};
    use super::*;
    use crate::engine::Silent;
    use proptest::prelude::*;

    fn sse(points: &Points, k: usize) -> f64 {
        let ends: Vec<usize> = (1..=points.len()).collect();
        let mut from = 0;
        let table = Table::solve(points, &ends, k, &Silent).unwrap();
        table.intervals(k).iter().map(|&to| points.cost(std::mem::replace(&mut from, to), to)).sum()
    }

    /// The least SSE of every partition of sorted values into at most k intervals.
    fn brute(sorted: &[f64], k: usize) -> f64 {
        match (sorted.is_empty(), k) {
            (true, _) => 0.0,
            (false, 0) => f64::INFINITY,
            _ => (1..=sorted.len())
                .map(|end| {
                    let (head, tail) = sorted.split_at(end);
                    let mean = head.iter().sum::<f64>() / head.len() as f64;
                    head.iter().map(|value| (value - mean).powi(2)).sum::<f64>() + brute(tail, k - 1)
                })
                .fold(f64::INFINITY, f64::min),
        }
    }

    #[test]
    fn the_lectures_list_by_number_of_centroids() {
        let values =
            [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49];
        let points = Points::of_values(&values);
        for (k, expected) in
            [(1, 22.3276), (2, 2.7440), (3, 0.5218), (4, 0.0932), (5, 0.0491), (6, 0.0246), (8, 0.0076)]
        {
            assert!((sse(&points, k) - expected).abs() < 5e-5, "k = {k}: {}", sse(&points, k));
        }
    }

    proptest! {
        #[test]
        fn no_partition_is_better_and_no_start_of_lloyd_either(
            values in prop::collection::vec((-99_i8..99).prop_map(|step| f32::from(step) / 16.0), 1..12),
            k in 1_usize..6,
            seed: u64,
        ) {
            let points = Points::of_values(&values);
            let mut sorted: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let optimum = sse(&points, k);
            let expected = brute(&sorted, k);
            prop_assert!((optimum - expected).abs() < 1e-9, "{} instead of {}", optimum, expected);
            for init in [Init::Linear, Init::Density, Init::Forgy, Init::PlusPlus] {
                let run = lloyd::run(&points, lloyd::start(&points, k, init, seed), 1000);
                prop_assert!(optimum <= lloyd::sse(&points, &run.centroids) + 1e-9, "{:?}", init);
            }
        }
    }
}
