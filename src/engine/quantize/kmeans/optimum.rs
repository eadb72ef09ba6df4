//! The global optimum of one-dimensional k-means by dynamic programming.
//!
//! Clusters of an optimum are runs of the sorted points. The best split of the first j points into c clusters ends with a run that
//! starts at a place which never moves left as j grows (the cost is Monge), so that a row of the table takes O(n log n) by divide
//! and conquer (Wang and Song 2011, Grønlund et al. 2017).

use super::points::Points;

/// Best splits of all points into 1…k clusters.
pub(super) struct Table {
    /// `starts[c][j]`: where the last of c + 2 clusters of the first j + 1 points starts.
    starts: Vec<Vec<u16>>,
    points: usize,
}

/// How many costs the table evaluates, about.
pub(super) fn work(points: usize, k: usize) -> u64 {
    let (n, k) = (points as u64, k.min(points) as u64);
    n * k * u64::from(n.max(2).ilog2())
}

/// Most points that a table takes.
pub(super) const MOST_POINTS: usize = 1 << 16;

impl Table {
    /// Fills the table. There must be 1…[`MOST_POINTS`] points; no more clusters than points are made.
    pub(super) fn new(points: &Points, k: usize) -> Self {
        let n = points.len();
        // Maximizes Σ S²/N, which is the total sum of squares less the squared error.
        let mut best: Vec<f64> = (1..=n).map(|end| points.sums[end] * points.sums[end] / points.counts[end]).collect();
        let mut starts = Vec::new();
        for clusters in 2..=k.min(n) {
            let mut row = Row { points, before: &best, gains: vec![f64::NEG_INFINITY; n], starts: vec![0; n] };
            row.fill(clusters - 1, n, clusters - 1, n);
            let Row { gains, starts: row_starts, .. } = row;
            best = gains;
            starts.push(row_starts);
        }
        Self { starts, points: n }
    }

    /// The starts of the best `k` clusters, then the end.
    pub(super) fn cuts(&self, k: usize) -> Vec<usize> {
        let mut cuts = vec![self.points];
        let mut end = self.points;
        for clusters in (2..=k.min(self.points)).rev() {
            end = usize::from(self.starts[clusters - 2][end - 1]);
            cuts.push(end);
        }
        cuts.push(0);
        cuts.reverse();
        cuts
    }
}

struct Row<'a> {
    points: &'a Points,
    before: &'a [f64],
    gains: Vec<f64>,
    starts: Vec<u16>,
}

impl Row<'_> {
    /// Fills entries `first..end`, whose last clusters start in `low..=high`.
    fn fill(&mut self, first: usize, end: usize, low: usize, high: usize) {
        if first >= end {
            return;
        }
        let last = first + (end - first) / 2;
        let (sum, count) = (self.points.sums[last + 1], self.points.counts[last + 1]);
        let (mut gain, mut start) = (f64::NEG_INFINITY, low);
        for candidate in low..=high.min(last) {
            let (part, size) = (sum - self.points.sums[candidate], count - self.points.counts[candidate]);
            let total = self.before[candidate - 1] + part * part / size;
            if total > gain {
                (gain, start) = (total, candidate);
            }
        }
        self.gains[last] = gain;
        self.starts[last] = start as u16;
        self.fill(first, last, low, start);
        self.fill(last + 1, end, start, high);
    }
}

/// Moves all cuts at once to the best of a few places around each, ever closer, by a dynamic programme over those places.
///
/// Lloyd steps move a cut only as far as its neighbours let it; cuts that lie a little off all along take them very long.
pub(super) fn polished(points: &Points, mut cuts: Vec<usize>) -> Vec<usize> {
    for part in [4, 16, 64] {
        for _ in 0..4 {
            let next = shifted(points, &cuts, part);
            if next == cuts {
                break;
            }
            cuts = next;
        }
    }
    cuts
}

/// One round: every cut may move by up to 6 steps of a `part` of its smaller neighbouring cluster.
fn shifted(points: &Points, cuts: &[usize], part: usize) -> Vec<usize> {
    const STEPS: usize = 6;
    let places = |index: usize| -> Vec<usize> {
        let cut = cuts[index];
        if index == 0 || index + 1 == cuts.len() {
            return vec![cut];
        }
        let step = ((cut - cuts[index - 1]).min(cuts[index + 1] - cut) / part).max(1);
        let places = (0..=2 * STEPS).filter_map(|offset| (cut + offset * step).checked_sub(STEPS * step));
        places.filter(|&place| place > 0 && place < points.len()).collect()
    };
    let mut before = (places(0), vec![0.0]);
    let mut rows: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for index in 1..cuts.len() {
        let ends = places(index);
        let (mut gains, mut choices) = (Vec::with_capacity(ends.len()), Vec::with_capacity(ends.len()));
        for &end in &ends {
            let (mut gain, mut choice) = (f64::NEG_INFINITY, 0);
            for (candidate, (&start, earlier)) in before.0.iter().zip(&before.1).enumerate() {
                if start < end {
                    let (sum, count) =
                        (points.sums[end] - points.sums[start], points.counts[end] - points.counts[start]);
                    let total = earlier + sum * sum / count;
                    if total > gain {
                        (gain, choice) = (total, candidate);
                    }
                }
            }
            gains.push(gain);
            choices.push(choice);
        }
        rows.push((std::mem::replace(&mut before.0, ends), choices));
        before.1 = gains;
    }
    let mut next = vec![points.len()];
    let mut choice = 0;
    for (starts, choices) in rows.iter().rev() {
        choice = choices[choice];
        next.push(starts[choice]);
    }
    next.reverse();
    next
}
