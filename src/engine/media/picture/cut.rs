//! Palettes by cutting: boxes of colours are halved until there are enough of them.

use super::points::Points;

/// A set of points, as a range of an order.
struct Part {
    start: usize,
    end: usize,
    /// What decides which part is cut next.
    rank: f64,
    /// Where it would be cut: points of the part that go to the first half. 0 where it cannot be cut.
    cut: usize,
}

/// Median cut (Heckbert 1982): the box with the most pixels is cut across its longest side, at its median pixel; the colours are the means of
/// the boxes. At most `count` colours, in the points' space.
pub fn median(points: &Points, count: usize) -> Vec<[f32; 3]> {
    let plan = |order: &mut [u32]| {
        let (low, high) = extent(points, order);
        let axis = (0..3).max_by(|&a, &b| (high[a] - low[a]).total_cmp(&(high[b] - low[b]))).unwrap_or(0);
        if high[axis] <= low[axis] {
            return (0.0, 0);
        }
        order.sort_unstable_by(|&a, &b| points.at[a as usize][axis].total_cmp(&points.at[b as usize][axis]));
        let total: u64 = order.iter().map(|&point| u64::from(points.weight[point as usize])).sum();
        let mut before = 0;
        let median = order.iter().position(|&point| {
            before += u64::from(points.weight[point as usize]);
            2 * before >= total
        });
        (total as f64, (median.unwrap_or(0) + 1).min(order.len() - 1))
    };
    means(points, &cut(points, count, plan))
}

/// Cuts that lower the squared error most: the part with the largest gain is cut across its principal axis, where the two halves have the
/// least sum of squares (Wan, Wong and Prusinkiewicz 1990; Wu 1991 along the channels). At most `count` means: where k-means starts.
pub fn variance(points: &Points, count: usize) -> Vec<[f32; 3]> {
    let plan = |order: &mut [u32]| {
        let (axis, spread) = principal(points, order);
        if spread <= 0.0 {
            return (0.0, 0);
        }
        let along = |point: u32| {
            let at = points.at[point as usize];
            (0..3).map(|k| axis[k] * f64::from(at[k])).sum::<f64>()
        };
        let mut keyed: Vec<(f32, u32)> = order.iter().map(|&point| (along(point) as f32, point)).collect();
        keyed.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut all = Sum::default();
        for (place, (_, point)) in order.iter_mut().zip(&keyed) {
            *place = *point;
            all.add(points, *point);
        }
        let (mut left, mut best) = (Sum::default(), (0.0, 0));
        for (place, &point) in order[..order.len() - 1].iter().enumerate() {
            left.add(points, point);
            let gain = left.square() + all.minus(&left).square();
            if gain > best.0 {
                best = (gain, place + 1);
            }
        }
        ((best.0 - all.square()).max(0.0), best.1)
    };
    means(points, &cut(points, count, plan))
}

/// Weighted sums of some points.
#[derive(Clone, Copy, Default)]
struct Sum {
    weight: f64,
    sum: [f64; 3],
}

impl Sum {
    fn add(&mut self, points: &Points, point: u32) {
        let weight = f64::from(points.weight[point as usize]);
        self.weight += weight;
        let at = points.at[point as usize];
        self.sum.iter_mut().zip(at).for_each(|(sum, value)| *sum += weight * f64::from(value));
    }

    fn minus(&self, other: &Self) -> Self {
        Self { weight: self.weight - other.weight, sum: std::array::from_fn(|k| self.sum[k] - other.sum[k]) }
    }

    /// Weight times the squared length of the mean: what taking the mean saves of the sum of squares.
    fn square(&self) -> f64 {
        if self.weight > 0.0 { self.sum.iter().map(|sum| sum * sum).sum::<f64>() / self.weight } else { 0.0 }
    }
}

/// Parts in the end, each as its points.
fn cut(points: &Points, count: usize, mut plan: impl FnMut(&mut [u32]) -> (f64, usize)) -> Vec<Vec<u32>> {
    let mut order: Vec<u32> = (0..points.len() as u32).collect();
    let mut planned = |order: &mut [u32], start: usize, end: usize| {
        let (rank, cut) = if end - start > 1 { plan(&mut order[start..end]) } else { (0.0, 0) };
        Part { start, end, rank, cut }
    };
    let mut parts = vec![planned(&mut order, 0, points.len())];
    while parts.len() < count {
        let best =
            parts.iter().enumerate().filter(|(_, part)| part.cut > 0).max_by(|a, b| a.1.rank.total_cmp(&b.1.rank));
        let Some((place, _)) = best else { break };
        let part = parts.swap_remove(place);
        let middle = part.start + part.cut;
        parts.push(planned(&mut order, part.start, middle));
        parts.push(planned(&mut order, middle, part.end));
    }
    parts.iter().map(|part| order[part.start..part.end].to_vec()).collect()
}

fn means(points: &Points, parts: &[Vec<u32>]) -> Vec<[f32; 3]> {
    let mean = |part: &Vec<u32>| {
        let mut sum = Sum::default();
        part.iter().for_each(|&point| sum.add(points, point));
        sum.sum.map(|value| (value / sum.weight) as f32)
    };
    parts.iter().map(mean).collect()
}

fn extent(points: &Points, order: &[u32]) -> ([f32; 3], [f32; 3]) {
    let (mut low, mut high) = ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]);
    for &point in order {
        for (axis, value) in points.at[point as usize].into_iter().enumerate() {
            low[axis] = low[axis].min(value);
            high[axis] = high[axis].max(value);
        }
    }
    (low, high)
}

/// The direction in which the points spread most, by power iteration on their covariance, and the weighted sum of squares about the mean.
fn principal(points: &Points, order: &[u32]) -> ([f64; 3], f64) {
    let mut sum = Sum::default();
    order.iter().for_each(|&point| sum.add(points, point));
    let mean = sum.sum.map(|value| value / sum.weight);
    let mut matrix = [[0.0; 3]; 3];
    for &point in order {
        let weight = f64::from(points.weight[point as usize]);
        let at = points.at[point as usize];
        let off: [f64; 3] = std::array::from_fn(|k| f64::from(at[k]) - mean[k]);
        for (row, &left) in matrix.iter_mut().zip(&off) {
            row.iter_mut().zip(off).for_each(|(cell, right)| *cell += weight * left * right);
        }
    }
    // The longest row is never orthogonal to the direction that is looked for.
    let length = |row: &[f64; 3]| row.iter().map(|value| value * value).sum::<f64>().sqrt();
    let mut axis = matrix.into_iter().max_by(|a, b| length(a).total_cmp(&length(b))).unwrap_or([1.0, 0.0, 0.0]);
    for _ in 0..12 {
        let size = length(&axis);
        if size == 0.0 {
            return ([1.0, 0.0, 0.0], 0.0);
        }
        axis = axis.map(|value| value / size);
        axis = std::array::from_fn(|k| (0..3).map(|j| matrix[k][j] * axis[j]).sum());
    }
    let size = length(&axis);
    (axis.map(|value| value / size), matrix[0][0] + matrix[1][1] + matrix[2][2])
}
