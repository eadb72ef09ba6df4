//! The global optimum of one-dimensional k-means by dynamic programming.
//!
//! An optimal clustering of sorted points consists of intervals. With D\[j\]\[i\] the least cost of the first i points in j intervals,
//! D\[j\]\[i\] = min over s of D\[j−1\]\[s\] + cost(s, i), and the best s never moves left as i grows (the cost is concave Monge), so each
//! layer is solved by divide and conquer in O(n log n) (Wang and Song 2011; Grønlund et al. 2017).

use super::points::Points;
use crate::engine::{Cancelled, Progress};

/// The best splits of the first points into every number of intervals up to k.
pub struct Table {
    /// `splits[j][i]`: where the last of j + 1 intervals over the first i points begins.
    splits: Vec<Vec<u32>>,
    ends: Vec<usize>,
}

impl Table {
    /// Solves for every number of intervals up to `k`. Points are taken in runs that end at `ends` and are never parted.
    ///
    /// # Errors
    /// When cancelled.
    pub fn solve(points: &Points, ends: &[usize], k: usize, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let runs = ends.len();
        let edge = |run: usize| if run == 0 { 0 } else { ends[run - 1] };
        let mut costs: Vec<f64> = (0..=runs).map(|run| points.cost(0, edge(run))).collect();
        let mut splits = vec![vec![0_u32; runs + 1]];
        for layer in 1..k.min(runs) {
            progress.tick(layer as u64, k.min(runs) as u64)?;
            let mut next = vec![f64::INFINITY; runs + 1];
            let mut best = vec![0_u32; runs + 1];
            // With j + 1 intervals at least j + 1 runs are needed, so that none is empty.
            let mut open = vec![(layer + 1, runs, layer, runs - 1)];
            while let Some((low, high, from, to)) = open.pop() {
                if low > high {
                    continue;
                }
                let middle = usize::midpoint(low, high);
                let (mut least, mut at) = (f64::INFINITY, from);
                let splits = from..=to.min(middle - 1);
                for (split, before) in splits.clone().zip(&costs[splits]) {
                    let cost = before + points.cost(edge(split), edge(middle));
                    if cost < least {
                        (least, at) = (cost, split);
                    }
                }
                next[middle] = least;
                best[middle] = at as u32;
                open.push((low, middle - 1, from, at));
                open.push((middle + 1, high, at, to));
            }
            costs = next;
            splits.push(best);
        }
        Ok(Self { splits, ends: ends.to_vec() })
    }

    /// Number of runs of points.
    pub fn runs(&self) -> usize {
        self.ends.len()
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
