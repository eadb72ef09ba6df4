//! The range that the codes cover: minimum and maximum, a percentile, or the range with the least error or divergence.

use super::spread::Spread;
use super::{Derivation, derive_range};
use crate::engine::quantize::fitting::GroupView;
use crate::engine::quantize::{Clip, Linear, Range};
use crate::engine::tensor::Bin;

/// Lower and upper end of the range for a group's weights, before it is widened to hold 0 or made symmetric.
pub(super) fn choose(linear: &Linear, view: &GroupView<'_>) -> (f64, f64) {
    let whole = (f64::from(view.min), f64::from(view.max));
    match linear.clip {
        Clip::MinMax => whole,
        Clip::Fixed { low, high } => (f64::from(low), f64::from(high)),
        _ if view.bins.is_empty() || whole.0 == whole.1 => whole,
        Clip::Percentile(percent) => percentile(linear, view, f64::from(percent)),
        Clip::Mse => least_error(linear, &Spread::new(view.bins), whole),
        Clip::Kl => super::entropy::least_divergence(linear, view.bins, whole),
    }
}

/// The range that the central share of the weights fills: `percent` of the magnitudes for a symmetric range, else as much cut off at
/// one end as at the other.
fn percentile(linear: &Linear, view: &GroupView<'_>, percent: f64) -> (f64, f64) {
    let count: u64 = view.bins.iter().map(|bin| bin.count).sum();
    let cut = (100.0 - percent).max(0.0) * count as f64 / 100.0;
    if linear.range == Range::Affine {
        return (quantile(view.bins.iter(), cut / 2.0, false), quantile(view.bins.iter().rev(), cut / 2.0, true));
    }
    let mut bins = view.bins;
    let mut left = cut;
    // The bin furthest from 0 goes first, from either end.
    while let [first, .., last] = bins {
        let from_left = first.low.abs() > last.high.abs();
        let outermost = if from_left { first } else { last };
        if outermost.count as f64 > left {
            break;
        }
        left -= outermost.count as f64;
        bins = if from_left { &bins[1..] } else { &bins[..bins.len() - 1] };
    }
    let end = |bin: &Bin| bin.low.abs().max(bin.high.abs());
    let bound = bins.iter().take(1).chain(bins.last()).map(end).fold(0.0_f32, f32::max);
    (-f64::from(bound), f64::from(bound))
}

/// The value with `cut` weights before it, counted through the bins in their order; evenly spread within a bin.
fn quantile<'a>(bins: impl Iterator<Item = &'a Bin>, cut: f64, from_above: bool) -> f64 {
    let mut before = 0.0;
    let mut last = 0.0;
    for bin in bins {
        let (near, far) = if from_above { (bin.high, bin.low) } else { (bin.low, bin.high) };
        last = f64::from(far);
        if before + bin.count as f64 > cut {
            let share = ((cut - before) / bin.count as f64).max(0.0);
            return f64::from(near) + share * (f64::from(far) - f64::from(near));
        }
        before += bin.count as f64;
    }
    last
}

/// Candidates of the first pass over a range.
const SHARES: u32 = 64;

/// The range with the least squared error that a search finds: shares of the whole range first, then each end by itself in ever
/// smaller steps. Of equal errors the wider range wins.
pub(super) fn least_error(linear: &Linear, spread: &Spread, whole: (f64, f64)) -> (f64, f64) {
    let error = |range: (f64, f64)| spread.loss(&derive_range(linear, range.0, range.1), linear.rounding).total();
    let mut best = (whole, error(whole));
    let try_range = |best: &mut ((f64, f64), f64), range: (f64, f64)| {
        if range.0 < range.1 {
            let found = error(range);
            if found < best.1 {
                *best = (range, found);
            }
        }
    };
    for step in (1..SHARES).rev() {
        try_range(&mut best, shrunk(linear, whole, f64::from(step) / f64::from(SHARES)));
    }
    let width = whole.1 - whole.0;
    let mut reach = width / f64::from(SHARES) * if linear.range == Range::Affine { 8.0 } else { 1.0 };
    for _ in 0..4 {
        let centre = best.0;
        let steps = (-5..=5).filter(|step| *step != 0).map(|step| f64::from(step) / 5.0 * reach);
        if linear.range == Range::Affine {
            for step in steps.clone() {
                try_range(&mut best, ((centre.0 + step).max(whole.0), centre.1));
            }
            let low = best.0.0;
            for step in steps {
                try_range(&mut best, (low, (centre.1 + step).min(whole.1)));
            }
        } else {
            let (bound, largest) = (centre.0.abs().max(centre.1.abs()), whole.0.abs().max(whole.1.abs()));
            for step in steps {
                let bound = (bound + step).min(largest);
                try_range(&mut best, (-bound, bound));
            }
        }
        reach /= 4.0;
    }
    best.0
}

/// A share of the whole range: both ends drawn towards 0, or towards the middle where 0 is outside.
pub(super) fn shrunk(linear: &Linear, whole: (f64, f64), share: f64) -> (f64, f64) {
    if linear.range.is_symmetric() {
        let bound = whole.0.abs().max(whole.1.abs()) * share;
        return (-bound, bound);
    }
    let widened = if linear.zero == super::Zero::Extend { (whole.0.min(0.0), whole.1.max(0.0)) } else { whole };
    let centre = if widened.0 <= 0.0 && widened.1 >= 0.0 { 0.0 } else { f64::midpoint(widened.0, widened.1) };
    (centre + (widened.0 - centre) * share, centre + (widened.1 - centre) * share)
}

/// One point of a clip curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipPoint {
    /// How much of the range from minimum to maximum the codes cover, 0…1.
    pub share: f64,
    /// Lower end of the range.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Squared error, in its two parts.
    pub loss: super::Loss,
}

/// Error against the clip: the U that a lecturer draws.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipCurve {
    /// Points by ascending share; the last one clips nothing.
    pub points: Vec<ClipPoint>,
    /// The range with the least error that a search of both ends finds; its share is of the width.
    pub best: ClipPoint,
    /// What the distribution's formulas recommend, for comparison.
    pub analytic: super::Analytic,
    /// Number of weights, to turn squared errors into means.
    pub count: f64,
}

/// The clip curve of a group's weights, in `points` shares. `bins` are the group's, sorted; an empty group has no curve.
pub fn clip_curve(linear: &Linear, bins: &[Bin], points: usize) -> Option<ClipCurve> {
    let whole = (f64::from(bins.first()?.low), f64::from(bins.last()?.high));
    let spread = Spread::new(bins);
    let point = |share: f64, low: f64, high: f64| {
        let grid = derive_range(linear, low, high);
        ClipPoint { share, low: grid.r_min, high: grid.r_max, loss: spread.loss(&grid, linear.rounding) }
    };
    let of_share = |step: usize| {
        let share = step as f64 / points as f64;
        let (low, high) = shrunk(linear, whole, share);
        point(share, low, high)
    };
    let best = least_error(linear, &spread, whole);
    let covered: Derivation = derive_range(linear, best.0, best.1);
    let everything = derive_range(linear, whole.0, whole.1);
    let width = everything.r_max - everything.r_min;
    let share = if width > 0.0 { (covered.r_max - covered.r_min) / width } else { 1.0 };
    Some(ClipCurve {
        points: (1..=points).map(of_share).collect(),
        best: point(share, best.0, best.1),
        analytic: super::Analytic::of(&spread, u32::from(linear.bits)),
        count: spread.count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::quantize::linear::derive_from;
    use crate::engine::quantize::{Quantizer, Rounding, quantize};
    use crate::engine::rng::Rng;
    use crate::engine::tensor::Summary;

    fn linear(text: &str) -> Linear {
        let Ok(Quantizer::Linear(linear)) = text.parse() else { panic!("{text}") };
        linear
    }

    fn sse(values: &[f32], text: &str) -> f64 {
        quantize(values, &[values.len()], &text.parse().unwrap(), None, &Silent).unwrap().report.sse
    }

    /// Gaussian weights with a few outliers.
    fn weights(count: usize) -> Vec<f32> {
        let mut rng = Rng::new(4);
        (0..count).map(|index| (rng.normal() * if index % 97 == 0 { 6.0 } else { 1.0 }) as f32).collect()
    }

    #[test]
    fn percentiles_cut_both_ends_or_the_largest_magnitudes() {
        let values: Vec<f32> = (-50..150_i16).map(f32::from).collect();
        let range = |text: &str| {
            let derived = derive_from(&linear(text), &values);
            (derived.low, derived.high)
        };
        assert_eq!(range("linear:clip=percentile:90"), (-40.0, 139.0));
        assert_eq!(range("linear:clip=percentile:100"), (-50.0, 149.0));
        assert_eq!(range("linear:range=full,clip=percentile:90"), (-129.0, 129.0));
    }

    #[test]
    fn the_loss_is_what_quantizing_gives() {
        let values = weights(700);
        let bins = Summary::of_group(values.iter().copied()).bins;
        let spread = Spread::new(&bins);
        for rounding in Rounding::ALL {
            for range in ["affine", "restricted", "full", "full-half"] {
                for bits in [2, 3, 5, 9] {
                    let text = format!("linear:bits={bits},range={range},rounding={},clip=-2.3..1.9", rounding.name());
                    let found = spread
                        .loss(&derive_range(&linear(&text), f64::from(-2.3_f32), f64::from(1.9_f32)), rounding)
                        .total();
                    let expected = sse(&values, &text);
                    assert!((found - expected).abs() < 1e-6 * expected, "{text}: {found} instead of {expected}");
                }
            }
        }
    }

    #[test]
    fn the_searched_range_is_as_good_as_a_thousand_candidates() {
        let values = weights(1500);
        for text in
            ["linear:bits=3,range=restricted", "linear:bits=4,range=full", "linear:bits=4", "linear:bits=2,zero=lab"]
        {
            let found = sse(&values, &format!("{text},clip=mse"));
            let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            let candidates = (1..=1000).map(|step| largest * step as f32 / 1000.0);
            let best = candidates
                .map(|clip| sse(&values, &format!("{text},clip=-{clip}..{clip}")))
                .fold(f64::INFINITY, f64::min);
            assert!(found <= 1.002 * best, "{text}: {found} against {best}");
            assert!(found < sse(&values, text), "{text}");
        }
        let plain: Vec<f32> = (0..16_i16).map(f32::from).collect();
        assert_eq!(sse(&plain, "linear:bits=4,clip=mse"), 0.0, "nothing to gain where every weight has its level");
    }

    #[test]
    fn the_curve_has_its_lowest_point_at_the_best_clip() {
        let values = weights(3000);
        let bins = Summary::of_group(values.iter().copied()).bins;
        let scheme = linear("linear:bits=3,range=restricted");
        let curve = clip_curve(&scheme, &bins, 100).unwrap();
        let totals: Vec<f64> = curve.points.iter().map(|point| point.loss.total()).collect();
        let lowest = totals.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(curve.best.loss.total() <= lowest);
        assert!(totals[0] > 3.0 * lowest && totals[99] > 3.0 * lowest, "a U: {} {lowest} {}", totals[0], totals[99]);
        assert!(curve.points.windows(2).all(|pair| pair[0].loss.clipping >= pair[1].loss.clipping));
        assert_eq!(curve.points[99].loss.clipping, 0.0);
        assert!((curve.analytic.gaussian / curve.analytic.gaussian_scale - 2.15).abs() < 0.01);
        assert!(curve.best.share < 1.0 && curve.best.high > curve.analytic.gaussian_scale);
        assert_eq!(clip_curve(&scheme, &[], 10), None);
    }

    #[test]
    fn entropy_clips_outliers_and_leaves_even_weights_alone() {
        let bound = |values: &[f32], text: &str| derive_from(&linear(text), values).r_max;
        let mut outlier = weights(20_000).iter().map(|value| value.clamp(-4.0, 4.0)).collect::<Vec<_>>();
        outlier.push(40.0);
        let clipped = bound(&outlier, "linear:bits=8,range=restricted,clip=kl");
        assert!((2.0..12.0).contains(&clipped), "{clipped}");
        let even: Vec<f32> = (0..4096).map(|index| index as f32 / 2048.0 - 1.0).collect();
        assert!(bound(&even, "linear:bits=8,range=restricted,clip=kl") > 0.97);
        assert_eq!(bound(&even, "linear:bits=14,clip=kl"), 2047.0 / 2048.0, "more codes than bins: nothing to gain");
    }

    #[test]
    fn groups_without_spread_keep_their_range() {
        for text in ["linear:clip=mse", "linear:clip=kl", "linear:clip=percentile:90", "linear:range=full,clip=mse"] {
            for values in [&[][..], &[0.0; 4], &[2.0; 3], &[f32::NAN, f32::INFINITY], &[1.0, f32::NAN]] {
                let derived = derive_from(&linear(text), values);
                assert!(derived.scale > 0.0 && derived.scale.is_finite(), "{text} {values:?}");
            }
        }
    }

    #[test]
    fn ranges_that_somebody_typed_are_checked() {
        use super::super::{RangeError, derive_typed};
        let affine = linear("linear:bits=4");
        assert_eq!(derive_typed(&affine, 2.0, 1.0), Err(RangeError::Reversed(2.0, 1.0)));
        assert!(matches!(derive_typed(&affine, f64::NAN, 1.0), Err(RangeError::NotFinite("r_min", _))));
        assert_eq!(derive_typed(&affine, 0.0, 0.0), Err(RangeError::Empty(0.0)));
        assert_eq!(derive_typed(&linear("linear:zero=lab"), 3.0, 3.0), Err(RangeError::Empty(3.0)));
        assert_eq!(derive_typed(&affine, 3.0, 3.0).unwrap().r_min, 0.0, "widened to hold 0");
        assert_eq!(derive_typed(&affine, -1.08, 2.12).unwrap().zero_point, -3);
    }
}
