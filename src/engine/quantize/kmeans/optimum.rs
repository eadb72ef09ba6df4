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
