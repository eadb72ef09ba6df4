//! The error that a grid makes on binned weights, fast enough to try hundreds of grids within a frame.

use super::Derivation;
use crate::engine::number::Rounding;
use crate::engine::simd::multiversion;
use crate::engine::tensor::Bin;

/// The two parts of a linear quantizer's squared error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loss {
    /// Of weights beyond the outermost levels.
    pub clipping: f64,
    /// Of weights between them.
    pub rounding: f64,
}

impl Loss {
    /// Both together: the SSE.
    pub fn total(self) -> f64 {
        self.clipping + self.rounding
    }
}

/// Running sums over bins sorted by value. A bin counts with its exact sums, and lies where its mean lies.
pub struct Spread {
    means: Vec<f64>,
    /// Weights, their sum and the sum of their squares before each bin.
    before: Vec<[f64; 3]>,
    /// The bins themselves, where they are few.
    few: Vec<Four>,
}

/// Four bins side by side, the last ones filled up with bins without weights.
#[derive(Clone, Copy, Default)]
struct Four {
    mean: [f64; 4],
    count: [f64; 4],
    sum: [f64; 4],
    squares: [f64; 4],
}

impl Four {
    fn of(bins: &[Bin]) -> Self {
        let mut four = Self::default();
        for (lane, bin) in bins.iter().enumerate() {
            (four.mean[lane], four.count[lane]) = (bin.sum / bin.count as f64, bin.count as f64);
            (four.sum[lane], four.squares[lane]) = (bin.sum, bin.sum_squares);
        }
        four
    }
}

multiversion! {
    /// Squared error of clipped and of rounded bins, for levels that are `scale` apart from `first` to `last` in units of it.
    fn loss_of_fours(bins: &[Four], scale: f64, first: f64, last: f64) -> [f64; 2] {
        let per_step = 1.0 / scale;
        let (mut clipping, mut rounding) = ([0.0; 4], [0.0; 4]);
        for four in bins {
            for lane in 0..4 {
                let step = four.mean[lane] * per_step;
                let level = step.round_ties_even().max(first).min(last) * scale;
                let error = four.squares[lane] - 2.0 * level * four.sum[lane] + level * level * four.count[lane];
                let error = error.max(0.0);
                let beyond = step < first || step > last;
                clipping[lane] += if beyond { error } else { 0.0 };
                rounding[lane] += if beyond { 0.0 } else { error };
            }
        }
        [clipping, rounding].map(|lanes| lanes.iter().sum())
    }
}

/// With more levels and more bins than this, weights between levels are taken to be evenly spread: an error of S²/12 each.
const MANY_LEVELS: i64 = 1 << 9;
const MANY_BINS: usize = 1 << 12;

/// Up to this many bins are looked at one by one.
const FEW_BINS: usize = 128;

impl Spread {
    /// The running sums of bins.
    pub fn new(bins: &[Bin]) -> Self {
        let mut before = Vec::with_capacity(bins.len() + 1);
        let mut sums = [0.0; 3];
        before.push(sums);
        for bin in bins {
            sums = [sums[0] + bin.count as f64, sums[1] + bin.sum, sums[2] + bin.sum_squares];
            before.push(sums);
        }
        let few = if bins.len() <= FEW_BINS { bins.chunks(4).map(Four::of).collect() } else { Vec::new() };
        Self { means: bins.iter().map(|bin| bin.sum / bin.count as f64).collect(), before, few }
    }

    /// Number of weights.
    pub fn count(&self) -> f64 {
        self.before[self.means.len()][0]
    }

    /// Mean; 0 without weights.
    pub fn mean(&self) -> f64 {
        let [count, sum, _] = self.before[self.means.len()];
        if count > 0.0 { sum / count } else { 0.0 }
    }

    /// Standard deviation of the population.
    pub fn std(&self) -> f64 {
        let [count, _, squares] = self.before[self.means.len()];
        if count > 0.0 { (squares / count - self.mean().powi(2)).max(0.0).sqrt() } else { 0.0 }
    }

    /// Mean distance from the mean, which is the scale of a Laplace distribution.
    pub fn mean_deviation(&self) -> f64 {
        let (mean, whole) = (self.mean(), self.before[self.means.len()]);
        let [below, sum_below, _] = self.before[self.means.partition_point(|&value| value < mean)];
        let [above, sum_above] = [whole[0] - below, whole[1] - sum_below];
        if whole[0] > 0.0 { (mean * below - sum_below + sum_above - mean * above).max(0.0) / whole[0] } else { 0.0 }
    }

    /// Σ (x − a)(x − b) over a run of bins.
    fn product(&self, from: usize, to: usize, a: f64, b: f64) -> f64 {
        let [count, sum, squares] = std::array::from_fn(|index| self.before[to][index] - self.before[from][index]);
        squares - (a + b) * sum + a * b * count
    }

    fn squares(&self, from: usize, to: usize, level: f64) -> f64 {
        self.product(from, to, level, level).max(0.0)
    }

    /// The first bin at or after `from` whose mean is above `value`, or not below it where `inclusive`. Nearby bins are found first.
    fn find(&self, from: usize, value: f64, inclusive: bool) -> usize {
        let before = |mean: f64| if inclusive { mean < value } else { mean <= value };
        let (mut low, mut step) = (from, 1);
        while low + step <= self.means.len() && before(self.means[low + step - 1]) {
            low += step;
            step *= 2;
        }
        let high = (low + step).min(self.means.len());
        low + self.means[low..high].partition_point(|&mean| before(mean))
    }

    /// The squared error under a grid. Stochastic rounding counts with its expectation.
    pub fn loss(&self, grid: &Derivation, rounding: Rounding) -> Loss {
        if self.means.len() <= FEW_BINS && is_nearest(rounding) {
            return self.loss_of_few(grid);
        }
        let scale = f64::from(grid.scale);
        let level = |code: i64| scale * (code - i64::from(grid.zero_point)) as f64;
        let (first, last) = (i64::from(grid.q_min), i64::from(grid.q_max));
        let (inside, outside) = (self.find(0, level(first), true), self.find(0, level(last), false));
        let clipping =
            self.squares(0, inside, level(first)) + self.squares(outside.max(inside), self.means.len(), level(last));
        if outside <= inside {
            return Loss { clipping, rounding: 0.0 };
        }
        if last - first >= MANY_LEVELS && self.means.len() > MANY_BINS {
            let count = self.before[outside][0] - self.before[inside][0];
            return Loss { clipping, rounding: count * scale * scale * even_error(rounding) };
        }
        let mut error = 0.0;
        let mut from = inside;
        // Straight to the code of the first bin, and from bin to bin over codes without weights.
        while from < outside {
            let below = ((self.means[from] / scale).floor() as i64 + i64::from(grid.zero_point)).clamp(first, last);
            let above = (below + 1).min(last);
            let end = self.find(from, level(above), true).min(outside).max(from + 1);
            error += self.cell(from..end, [level(below), level(above)], below - i64::from(grid.zero_point), rounding);
            from = end;
        }
        Loss { clipping, rounding: error }
    }

    /// The same bin by bin, for rounding to nearest: the bins of a small group are fewer than the levels.
    fn loss_of_few(&self, grid: &Derivation) -> Loss {
        let [first, last] = [grid.q_min, grid.q_max].map(|code| f64::from(code - grid.zero_point));
        let [clipping, rounding] = loss_of_fours(&self.few, f64::from(grid.scale), first, last);
        Loss { clipping, rounding }
    }

    /// The error of the bins between two neighbouring levels.
    fn cell(&self, bins: std::ops::Range<usize>, [low, high]: [f64; 2], step: i64, rounding: Rounding) -> f64 {
        let split = |at: usize| self.squares(bins.start, at, low) + self.squares(at, bins.end, high);
        let all_up = self.find(bins.start, low, false).min(bins.end);
        match rounding {
            Rounding::NearestEven | Rounding::NearestAway => {
                split(self.find(bins.start, f64::midpoint(low, high), false).min(bins.end))
            }
            Rounding::Down => split(bins.end),
            Rounding::Up => split(all_up),
            Rounding::TowardZero => split(if step >= 0 { bins.end } else { all_up }),
            Rounding::Odd => split(if step % 2 == 0 { all_up } else { bins.end }),
            // Up with probability (x − low) / S: the expected square is (x − low)(high − x).
            Rounding::Stochastic { .. } => (-self.product(bins.start, bins.end, low, high)).max(0.0),
        }
    }
}

fn is_nearest(rounding: Rounding) -> bool {
    matches!(rounding, Rounding::NearestEven | Rounding::NearestAway)
}

/// Mean square of the rounding error of evenly spread weights, in units of S².
fn even_error(rounding: Rounding) -> f64 {
    match rounding {
        Rounding::NearestEven | Rounding::NearestAway => 1.0 / 12.0,
        Rounding::Stochastic { .. } => 1.0 / 6.0,
        Rounding::TowardZero | Rounding::Up | Rounding::Down | Rounding::Odd => 1.0 / 3.0,
    }
}
