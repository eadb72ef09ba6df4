//! Codebooks with a centroid that is held at 0, so that pruned weights stay 0.
//!
//! A point at 0 that outweighs all weights together keeps its cluster's mean at 0 (to 2^−26 of the mean of the others in it), so that
//! the dynamic program and Lloyd find the constrained optimum without knowing of the constraint. The centroids are then taken from
//! the weights alone, and the one of that cluster is exactly 0.

use super::kmeans::{Codebook, EXACT_K, Effort, GROUPS, by_density, exact, lloyd_method, means, rounded, settled};
use super::points::Points;
use super::{Init, KMeans, lloyd, optimal};
use crate::engine::{Cancelled, Progress};

/// Fits a codebook of which one centroid is 0. Starts are drawn from the weights other than 0, with one centroid less.
///
/// # Errors
/// When cancelled.
pub fn fit(
    points: &Points,
    distinct: bool,
    scheme: &KMeans,
    effort: Effort,
    progress: &dyn Progress,
) -> Result<Codebook, Cancelled> {
    let k = scheme.k as usize;
    let others = points.without_zero();
    if distinct && others.len() < k {
        let mut values = others.values().to_vec();
        values.insert(values.partition_point(|&value| value < 0.0), 0.0);
        let method = format!("k-means: 0 pinned, {} distinct values, lossless", values.len());
        return Ok(Codebook { centroids: rounded(&values), method });
    }
    let (heavy, zero) = points.with_heavy_zero();
    let start = |init| {
        let mut start = lloyd::start(&others, k - 1, init, scheme.seed);
        start.insert(start.partition_point(|&centroid| centroid < 0.0), 0.0);
        start
    };
    let stored = |centroids: &[f64]| rounded(&settle(points, &heavy, zero, centroids));
    if scheme.init != Init::Optimal {
        let run = lloyd::run_watched(&heavy, start(scheme.init), effort.steps(k), progress)?;
        let method = format!("{}, 0 pinned", lloyd_method(scheme, &run));
        return Ok(Codebook { centroids: stored(&run.centroids), method });
    }
    if k > EXACT_K {
        let run = by_density(&heavy, k, effort, progress)?;
        let method = format!("k-means: 0 pinned, approximate above {EXACT_K} centroids, by density, then Lloyd");
        return Ok(Codebook { centroids: stored(&run.centroids), method });
    }
    if let Some(intervals) = exact(&heavy, distinct, k, effort, progress)? {
        let method = "k-means: exact optimum, 0 pinned".to_owned();
        return Ok(Codebook { centroids: stored(&means(&heavy, &intervals)), method });
    }
    let groups = heavy.groups(GROUPS);
    let run = settled(&heavy, optimal::intervals(&heavy, &groups, k, effort.budget(), progress)?, effort, progress)?;
    let method =
        format!("k-means: optimum over {} groups with 0 pinned, then Lloyd, {} steps", groups.len(), run.steps);
    Ok(Codebook { centroids: stored(&run.centroids), method })
}

/// The centroids by the weights alone, the one that holds the heavy point at exactly 0.
fn settle(points: &Points, heavy: &Points, zero: usize, centroids: &[f64]) -> Vec<f64> {
    let inserted = heavy.len() - points.len();
    let own = |index: usize| if index > zero { index - inserted } else { index };
    let mut from = 0;
    let settle = |(&centroid, to): (&f64, usize)| {
        let first = std::mem::replace(&mut from, to);
        if (first..to).contains(&zero) {
            0.0
        } else if to > first {
            points.mean(own(first), own(to))
        } else {
            centroid
        }
    };
    centroids.iter().zip(lloyd::intervals(heavy, centroids)).map(settle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::quantize::{Quantizer, Scheme};
    use proptest::prelude::*;

    fn settings(text: &str) -> KMeans {
        match text.parse::<Scheme>().unwrap().quantizer {
            Some(Quantizer::KMeans(kmeans)) => kmeans,
            other => panic!("{other:?}"),
        }
    }

    fn book(values: &[f32], text: &str) -> Codebook {
        fit(&Points::of_values(values), true, &settings(text), Effort::Job, &Silent).unwrap()
    }

    /// Σ (weight − nearest centroid)².
    fn sse(values: &[f32], centroids: &[f32]) -> f64 {
        let nearest = |value: f32| {
            let distances = centroids.iter().map(|centroid| (f64::from(value) - f64::from(*centroid)).powi(2));
            distances.fold(f64::INFINITY, f64::min)
        };
        values.iter().map(|&value| nearest(value)).sum()
    }

    /// The least SSE of any partition of sorted values into k intervals one of which is charged about 0 (and may be empty).
    fn brute(sorted: &[f64], k: usize, pinned: bool) -> f64 {
        let cost = |part: &[f64], level: f64| part.iter().map(|value| (value - level).powi(2)).sum::<f64>();
        if sorted.is_empty() {
            return if pinned && k == 0 { f64::INFINITY } else { 0.0 };
        }
        if k == 0 {
            return f64::INFINITY;
        }
        let mut least = f64::INFINITY;
        for end in 1..=sorted.len() {
            let (head, tail) = sorted.split_at(end);
            let mean = head.iter().sum::<f64>() / head.len() as f64;
            least = least.min(cost(head, mean) + brute(tail, k - 1, pinned));
            if pinned {
                least = least.min(cost(head, 0.0) + brute(tail, k - 1, false));
            }
        }
        // A zero that nothing uses still takes one of the k; `pinned` has not been used up here.
        if pinned { least.min(brute(sorted, k - 1, false)) } else { least }
    }

    #[test]
    fn the_zero_of_the_lectures_matrix_is_held() {
        let values =
            [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49];
        for text in [
            "kmeans:bits=2,zero=pinned",
            "kmeans:bits=2,zero=pinned,init=linear",
            "kmeans:bits=2,zero=pinned,init=kmeans++",
        ] {
            let found = book(&values, text);
            assert!(found.centroids.contains(&0.0), "{found:?}");
            assert_eq!(found.centroids.len(), 4);
        }
        // The free optimum has its centroid at 0 as well, to seven digits.
        assert!((sse(&values, &book(&values, "kmeans:bits=2,zero=pinned").centroids) - 0.0932).abs() < 1e-6);
    }

    #[test]
    fn few_values_are_kept_beside_the_zero() {
        assert_eq!(book(&[1.0, -2.0, 1.0], "kmeans:k=3,zero=pinned").centroids, [-2.0, 0.0, 1.0]);
        assert_eq!(book(&[], "kmeans:bits=2,zero=pinned").centroids, [0.0]);
        assert_eq!(book(&[0.0; 5], "kmeans:bits=2,zero=pinned").centroids, [0.0]);
    }

    #[test]
    fn wide_books_keep_their_zero() {
        let values: Vec<f32> = (1..3000_u16).map(|i| (f32::from(i) * 0.37).sin() * f32::from(i)).collect();
        for text in ["kmeans:k=400,zero=pinned", "kmeans:k=300,zero=pinned,init=forgy", "kmeans:bits=8,zero=pinned"] {
            let found = book(&values, text);
            assert!(
                found.centroids.contains(&0.0) && found.centroids.windows(2).all(|pair| pair[0] < pair[1]),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_constrained_optimum_is_found(
            values in prop::collection::vec((-40_i8..60).prop_map(|step| f32::from(step) / 16.0), 1..9),
            k in 2_usize..5,
        ) {
            let found = book(&values, &format!("kmeans:k={k},zero=pinned"));
            prop_assert!(found.centroids.contains(&0.0) && found.centroids.len() <= k);
            let mut sorted: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let (found, expected) = (sse(&values, &found.centroids), brute(&sorted, k, true));
            prop_assert!((found - expected).abs() < 1e-5, "{} instead of {}", found, expected);
        }
    }
}
