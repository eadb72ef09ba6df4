//! Moves the borders of a good clustering to better places, all at once.
//!
//! A Lloyd step moves a border only as far as its neighbours let it, and not at all where the move is smaller than a point. A dynamic
//! program over a few places around each border moves borders together.

use super::points::Points;
use crate::engine::{Cancelled, Progress};

/// Places on either side of a border.
const STEPS: usize = 6;

/// Improves intervals, given by where each ends (the last at the last point); their number stays.
///
/// # Errors
/// When cancelled.
pub fn polish(points: &Points, mut ends: Vec<usize>, progress: &dyn Progress) -> Result<Vec<usize>, Cancelled> {
    // Steps of a part of the smaller interval beside a border; ever smaller ones.
    for part in [16, 64, 256] {
        for _ in 0..4 {
            progress.check()?;
            let next = moved(points, &ends, part);
            if next == ends {
                break;
            }
            ends = next;
        }
    }
    Ok(ends)
}

/// One round: every border may move by up to [`STEPS`] steps.
fn moved(points: &Points, ends: &[usize], part: usize) -> Vec<usize> {
    let places = |index: usize| -> Vec<usize> {
        let end = ends[index];
        let start = if index == 0 { 0 } else { ends[index - 1] };
        let Some(next) = ends.get(index + 1) else { return vec![end] };
        let step = ((end - start).min(next - end) / part).max(1);
        let moves = (0..=2 * STEPS).filter_map(|offset| (end + offset * step).checked_sub(STEPS * step));
        moves.filter(|&place| place > 0 && place < points.len()).collect()
    };
    let mut before = vec![(0, 0.0)];
    let mut rows: Vec<(Vec<usize>, Vec<u8>)> = Vec::with_capacity(ends.len());
    for index in 0..ends.len() {
        let places = places(index);
        let mut choices = Vec::with_capacity(places.len());
        let mut row = Vec::with_capacity(places.len());
        for &end in &places {
            let (mut least, mut choice) = (f64::INFINITY, 0);
            for (candidate, &(start, cost)) in before.iter().enumerate() {
                if start < end {
                    let cost: f64 = cost + points.cost(start, end);
                    if cost < least {
                        (least, choice) = (cost, candidate);
                    }
                }
            }
            row.push((end, least));
            choices.push(choice as u8);
        }
        rows.push((places, choices));
        before = row;
    }
    let mut choice = 0;
    let mut next: Vec<usize> = rows
        .iter()
        .rev()
        .map(|(places, choices)| {
            let place = places[choice];
            choice = usize::from(choices[choice]);
            place
        })
        .collect();
    next.reverse();
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::quantize::optimal::Table;
    use crate::engine::rng::Rng;

    fn sse(points: &Points, ends: &[usize]) -> f64 {
        let mut from = 0;
        ends.iter().map(|&to| points.cost(std::mem::replace(&mut from, to), to)).sum()
    }

    #[test]
    fn the_optimum_over_groups_comes_within_a_thousandth_of_the_optimum() {
        let mut rng = Rng::new(4);
        let values: Vec<f32> = (0..20_000).map(|_| rng.normal() as f32).collect();
        let points = Points::of_values(&values);
        for k in [2, 16, 64] {
            let coarse = Table::solve(&points, &points.groups(8 * k), k, &Silent).unwrap().intervals(k);
            let polished = polish(&points, coarse.clone(), &Silent).unwrap();
            assert_eq!(polished.len(), k);
            assert!(polished.is_sorted() && polished.last() == Some(&points.len()));
            let all: Vec<usize> = (1..=points.len()).collect();
            let optimum = sse(&points, &Table::solve(&points, &all, k, &Silent).unwrap().intervals(k));
            let (before, after) = (sse(&points, &coarse), sse(&points, &polished));
            assert!(after <= before && after <= 1.001 * optimum, "k = {k}: {before} {after} {optimum}");
        }
    }

    #[test]
    fn as_many_intervals_as_points_stay_as_they_are() {
        let points = Points::of_values(&[1.0, 2.0, 4.0, 8.0]);
        assert_eq!(polish(&points, vec![1, 2, 3, 4], &Silent).unwrap(), [1, 2, 3, 4]);
        assert_eq!(polish(&points, vec![4], &Silent).unwrap(), [4]);
    }
}
