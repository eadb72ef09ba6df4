//! The global optimum of one-dimensional k-means for one k, by a price on every interval.
//!
//! With f(k) the largest Σ S²/N of k intervals, f(k) − λk is largest for ever fewer intervals as λ grows, and since f is concave (the cost
//! of an interval is Monge) every k that f does not pass on a straight line is the best for some λ (Aggarwal, Schieber and Tokuyama
//! 1994; Grønlund et al. 2017). One λ takes O(n log n) whatever k is, and a few are enough: k falls with λ^(−1/3), as the optimal
//! quantizers of any smooth density do (Panter and Dite 1951).

use super::optimal::Edge;
use super::points::Points;
use crate::engine::{Cancelled, Progress};

/// Interval costs that one price looks at for every run, about.
const COSTS: f64 = 8.0;

/// Numbers of intervals below this are quicker by the dynamic program.
const FEW: usize = 4;

/// Runs above which the price is first sought among fewer of them.
const COARSE: usize = 4_096;

/// Prices that are tried at most, and how many of them a search should have time for.
const PRICES: usize = 48;
const LEAST_PRICES: usize = 8;

/// The best `k` intervals over runs of points that end at `ends`: where each ends, as point indices. `None` where `k` is better looked for
/// by [`super::optimal::Table`]: few intervals, as many as there are runs, or none of the prices gives exactly `k` (many optima are
/// equally good, as on an even grid). No more prices are tried than `budget` interval costs are enough for.
///
/// # Errors
/// When cancelled.
pub fn intervals(
    points: &Points,
    ends: &[usize],
    k: usize,
    budget: f64,
    progress: &dyn Progress,
) -> Result<Option<Vec<usize>>, Cancelled> {
    let runs = ends.len();
    let prices = (budget / (COSTS * runs.max(1) as f64)) as usize;
    if k < FEW || k >= runs || prices < LEAST_PRICES {
        return Ok(None);
    }
    let prices = prices.min(PRICES);
    // What one interval more is worth where a uniform density is cut into k: the derivative of SST / k².
    let mut price = 2.0 * points.cost(0, points.len()) / (k as f64).powi(3);
    if runs > COARSE {
        // The last run belongs to them.
        let step = (runs / (COARSE / 2).max(8 * k)).max(1);
        let sparse: Vec<usize> = ends.iter().copied().skip((runs - 1) % step).step_by(step).collect();
        if let Some(found) = Search::new(Edge::of(points, &sparse), k).run(price, prices, progress)? {
            price = found.price;
        }
    }
    let found = Search::new(Edge::of(points, ends), k).run(price, prices, progress)?;
    Ok(found.map(|found| found.edges.iter().map(|&edge| ends[edge - 1]).collect()))
}

/// A price whose best number of intervals is the one that was asked for.
struct Found {
    price: f64,
    /// The edge at which each interval ends.
    edges: Vec<usize>,
}

/// A price that was tried, and how many intervals are best at it.
#[derive(Clone, Copy)]
struct Tried {
    price: f64,
    count: usize,
}

struct Search {
    edges: Vec<Edge>,
    k: usize,
    /// The largest Σ S²/N − price over everything before an edge.
    best: Vec<f64>,
    /// Where the last interval of that begins.
    start: Vec<u32>,
    /// How many intervals that has.
    count: Vec<u32>,
    /// Starts that are the best from an edge on: (start, edge), both ascending.
    leaders: Vec<(u32, u32)>,
}

impl Search {
    fn new(edges: Vec<Edge>, k: usize) -> Self {
        let size = edges.len();
        Self { edges, k, best: vec![0.0; size], start: vec![0; size], count: vec![0; size], leaders: Vec::new() }
    }

    /// Tries so many prices from this one on.
    fn run(mut self, mut price: f64, prices: usize, progress: &dyn Progress) -> Result<Option<Found>, Cancelled> {
        // Too cheap (more intervals than k) and too dear (fewer).
        let (mut cheap, mut dear): (Option<Tried>, Option<Tried>) = (None, None);
        for round in 0..prices {
            progress.check()?;
            if !(price.is_finite() && price > 0.0) {
                return Ok(None);
            }
            let count = self.solve(price);
            let tried = Tried { price, count };
            match count.cmp(&self.k) {
                std::cmp::Ordering::Equal => return Ok(Some(Found { price, edges: self.path() })),
                std::cmp::Ordering::Greater => cheap = Some(tried),
                std::cmp::Ordering::Less => dear = Some(tried),
            }
            price = match (cheap, dear) {
                (Some(cheap), Some(dear)) => {
                    if dear.price <= cheap.price * (1.0 + 1e-12) {
                        return Ok(None);
                    }
                    between(cheap, dear, self.k, round)
                }
                _ => price * (count as f64 / self.k as f64).powi(3),
            };
        }
        Ok(None)
    }

    /// Σ S²/N − price up to an edge, with the last interval from `start`.
    #[inline]
    fn value(&self, start: usize, edge: usize) -> f64 {
        self.best[start] + self.edges[edge].gain(self.edges[start])
    }

    /// Solves for a price: how many intervals are best.
    fn solve(&mut self, price: f64) -> usize {
        let last = self.edges.len() - 1;
        self.leaders.clear();
        self.leaders.push((0, 1));
        let mut head = 0;
        for edge in 1..=last {
            while self.leaders.get(head + 1).is_some_and(|&(_, from)| from as usize <= edge) {
                head += 1;
            }
            let start = self.leaders[head].0 as usize;
            self.best[edge] = self.value(start, edge) - price;
            self.start[edge] = start as u32;
            self.count[edge] = self.count[start] + 1;
            if edge < last {
                self.enter(edge, head, last);
            }
        }
        self.count[last] as usize
    }

    /// Lets `edge` be the start of what it is the best start for. A later start that is better once stays better (Monge).
    fn enter(&mut self, edge: usize, head: usize, last: usize) {
        while self.leaders.len() > head {
            let (rival, from) = self.leaders[self.leaders.len() - 1];
            let (rival, from) = (rival as usize, (from as usize).max(edge + 1));
            let better = |at: usize| self.value(edge, at) > self.value(rival, at);
            if better(from) {
                self.leaders.pop();
                continue;
            }
            if better(last) {
                // The change is near: ever longer steps, then halves.
                let (mut low, mut step) = (from, 1);
                while low + step < last && !better(low + step) {
                    low += step;
                    step *= 2;
                }
                let mut high = (low + step).min(last);
                while high - low > 1 {
                    let middle = usize::midpoint(low, high);
                    if better(middle) { high = middle } else { low = middle }
                }
                self.leaders.push((edge as u32, high as u32));
            }
            return;
        }
        self.leaders.push((edge as u32, edge as u32 + 1));
    }

    /// Where the intervals of the last solution end.
    fn path(&self) -> Vec<usize> {
        let mut edge = self.edges.len() - 1;
        let mut path = Vec::with_capacity(self.k);
        while edge > 0 {
            path.push(edge);
            edge = self.start[edge] as usize;
        }
        path.reverse();
        path
    }
}

/// The next price between two: where a power law through both meets k; the middle every third time, so that the bracket shrinks.
fn between(cheap: Tried, dear: Tried, k: usize, round: usize) -> f64 {
    let (low, high) = (cheap.price.ln(), dear.price.ln());
    let log = |count: usize| (count as f64).ln();
    let share = if round % 3 == 2 { 0.5 } else { (log(cheap.count) - log(k)) / (log(cheap.count) - log(dear.count)) };
    (low + (high - low) * share.clamp(0.02, 0.98)).exp()
}

#[cfg(test)]
mod tests {
    use super::super::optimal::Table;
    use super::*;
    use crate::engine::Silent;
    use crate::engine::rng::Rng;
    use proptest::prelude::*;

    fn sse(points: &Points, ends: &[usize]) -> f64 {
        let mut from = 0;
        ends.iter().map(|&to| points.cost(std::mem::replace(&mut from, to), to)).sum()
    }

    fn every(points: &Points) -> Vec<usize> {
        (1..=points.len()).collect()
    }

    #[test]
    fn it_is_the_optimum_of_the_dynamic_program() {
        let mut rng = Rng::new(8);
        let heavy = |rng: &mut Rng| (rng.normal() * (0.4 * rng.normal()).exp()) as f32;
        let values: Vec<f32> = (0..6_000).map(|_| heavy(&mut rng)).collect();
        let points = Points::of_values(&values);
        let table = Table::solve(&points, &every(&points), 256, &Silent).unwrap();
        for k in [4, 5, 8, 16, 31, 64, 128, 256] {
            let found = intervals(&points, &every(&points), k, f64::INFINITY, &Silent)
                .unwrap()
                .unwrap_or_else(|| panic!("k = {k}"));
            assert_eq!(found.len(), k);
            let (ours, best) = (sse(&points, &found), sse(&points, &table.intervals(k)));
            assert!((ours / best - 1.0).abs() < 1e-9, "k = {k}: {ours} {best}");
        }
    }

    #[test]
    fn what_a_price_cannot_single_out_is_left_to_the_dynamic_program() {
        // Cutting one of four even pairs is worth the same for each: no price gives 5, 6 or 7 of 8 points.
        let points = Points::of_values(&[0.0, 1.0, 10.0, 11.0, 20.0, 21.0, 30.0, 31.0]);
        for k in 5..8 {
            assert_eq!(intervals(&points, &every(&points), k, f64::INFINITY, &Silent).unwrap(), None, "k = {k}");
            let found = super::super::optimal::intervals(&points, &every(&points), k, f64::INFINITY, &Silent).unwrap();
            assert!((sse(&points, &found) - 0.5 * (8 - k) as f64).abs() < 1e-9, "k = {k}");
        }
        assert_eq!(intervals(&points, &every(&points), 4, f64::INFINITY, &Silent).unwrap(), Some(vec![2, 4, 6, 8]));
    }

    #[test]
    fn a_budget_that_is_too_small_for_a_search_starts_none() {
        let values: Vec<f32> = (0..1_000).map(|index| (index as f32).sqrt()).collect();
        let points = Points::of_values(&values);
        let within = |budget: f64| intervals(&points, &every(&points), 16, budget, &Silent).unwrap();
        assert_eq!(within(COSTS * 1_000.0), None);
        assert_eq!(within(1e9).map(|found| found.len()), Some(16));
    }

    proptest! {
        #[test]
        fn never_more_and_never_less_than_the_optimum(
            values in prop::collection::vec((-999_i16..999).prop_map(|step| f32::from(step) / 16.0), 6..60),
            k in 4_usize..12,
        ) {
            let points = Points::of_values(&values);
            if let Some(found) = intervals(&points, &every(&points), k, f64::INFINITY, &Silent).unwrap() {
                prop_assert_eq!(found.len(), k);
                let best = sse(&points, &Table::solve(&points, &every(&points), k, &Silent).unwrap().intervals(k));
                prop_assert!((sse(&points, &found) - best).abs() <= 1e-9 * (1.0 + best));
            }
        }
    }
}
