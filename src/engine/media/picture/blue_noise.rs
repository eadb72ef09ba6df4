//! A threshold texture whose noise has no low frequencies, by the void-and-cluster method (Ulichney 1993).

use std::sync::OnceLock;

use crate::engine::rng::Rng;

/// Side of the texture, which repeats in both directions.
pub const SIDE: usize = 64;
const COUNT: usize = SIDE * SIDE;

/// Standard deviation of the Gaussian that measures crowding, in pixels; Ulichney's choice.
const SIGMA: f64 = 1.5;

/// Every rank 0…4,095 once, row by row: the order in which pixels light up as a grey gets lighter. Made at first use, always the same.
pub fn ranks() -> &'static [u16] {
    static RANKS: OnceLock<Vec<u16>> = OnceLock::new();
    RANKS.get_or_init(make)
}

/// Pixels that are on, and how crowded each place is by them.
struct Pattern {
    on: Vec<bool>,
    crowding: Vec<f32>,
    kernel: Vec<f32>,
}

impl Pattern {
    fn set(&mut self, at: usize, on: bool) {
        self.on[at] = on;
        let sign = if on { 1.0 } else { -1.0 };
        let (row, column) = (at / SIDE, at % SIDE);
        for (y, line) in self.crowding.chunks_exact_mut(SIDE).enumerate() {
            let weights = &self.kernel[(y + SIDE - row) % SIDE * SIDE..][..SIDE];
            let (front, back) = line.split_at_mut(column);
            back.iter_mut().zip(weights).for_each(|(cell, weight)| *cell += sign * weight);
            front.iter_mut().zip(&weights[SIDE - column..]).for_each(|(cell, weight)| *cell += sign * weight);
        }
    }

    /// The most crowded pixel that is on.
    fn cluster(&self) -> usize {
        let on = (0..COUNT).filter(|&at| self.on[at]);
        on.max_by(|&a, &b| self.crowding[a].total_cmp(&self.crowding[b])).unwrap_or(0)
    }

    /// The least crowded pixel that is off.
    fn void(&self) -> usize {
        let off = (0..COUNT).filter(|&at| !self.on[at]);
        off.min_by(|&a, &b| self.crowding[a].total_cmp(&self.crowding[b])).unwrap_or(0)
    }
}

fn make() -> Vec<u16> {
    let far = |at: usize| at.min(SIDE - at) as f64;
    let weight = |at: usize| {
        let (x, y) = (far(at % SIDE), far(at / SIDE));
        (-(x * x + y * y) / (2.0 * SIGMA * SIGMA)).exp() as f32
    };
    let kernel = (0..COUNT).map(weight).collect();
    let mut pattern = Pattern { on: vec![false; COUNT], crowding: vec![0.0; COUNT], kernel };
    let mut rng = Rng::new(64);
    let mut ones = 0;
    while ones < COUNT / 10 {
        let at = rng.below(COUNT as u64) as usize;
        if !pattern.on[at] {
            pattern.set(at, true);
            ones += 1;
        }
    }
    // The tightest cluster moves to the largest void until it would come back.
    loop {
        let from = pattern.cluster();
        pattern.set(from, false);
        let to = pattern.void();
        pattern.set(to, true);
        if from == to {
            break;
        }
    }
    let mut ranks = vec![0; COUNT];
    let start = Pattern { on: pattern.on.clone(), crowding: pattern.crowding.clone(), kernel: pattern.kernel.clone() };
    for rank in (0..ones).rev() {
        let at = pattern.cluster();
        pattern.set(at, false);
        ranks[at] = rank as u16;
    }
    // On a torus the tightest cluster of what is off is the largest void of what is on, so one rule serves up to the last pixel.
    pattern = start;
    for rank in ones..COUNT {
        let at = pattern.void();
        pattern.set(at, true);
        ranks[at] = rank as u16;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rank_is_there_once_and_neighbours_differ() {
        let ranks = ranks();
        let mut sorted = ranks.to_vec();
        sorted.sort_unstable();
        assert!(sorted.iter().enumerate().all(|(place, &rank)| place == usize::from(rank)));
        // White noise would have a mean difference of a third between neighbours; blue noise keeps them further apart.
        let differences: f64 = (0..COUNT)
            .map(|at| {
                let right = at / SIDE * SIDE + (at + 1) % SIDE;
                f64::from(ranks[at].abs_diff(ranks[right])) / COUNT as f64
            })
            .sum();
        assert!(differences / COUNT as f64 > 0.38, "{}", differences / COUNT as f64);
        // At every level about as many pixels are on in each quarter.
        for level in [COUNT / 16, COUNT / 4, COUNT / 2] {
            let quarter = |right: bool, below: bool| {
                let inside = |&at: &usize| (at % SIDE >= SIDE / 2) == right && (at / SIDE >= SIDE / 2) == below;
                (0..COUNT).filter(inside).filter(|&at| usize::from(ranks[at]) < level).count()
            };
            for count in [quarter(false, false), quarter(false, true), quarter(true, false), quarter(true, true)] {
                assert!(count.abs_diff(level / 4) <= level / 40 + 4, "{count} of {level}");
            }
        }
    }
}
