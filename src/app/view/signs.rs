//! One and two bits: a tensor through sign, α·sign and ternary, the steps from sign to four centroids, the error of every threshold.

pub mod charts;
pub mod costs;
pub mod losses;
pub mod published;
pub mod steps;

use crate::engine::measure::ErrorReport;
use crate::engine::quantize::signs::{Magnitudes, ThresholdPoint, best_of_two_scales, two_scales};
use crate::engine::quantize::{Fitted, QuantizeError, Quantizer, Scales, Scheme, Ternary, Threshold, quantize};
use crate::engine::{Cancelled, Progress};

/// The lecture's ladder: schemes of one to two bits on one tensor, from sign to four centroids.
pub const LADDER: [(&str, &str); 9] = [
    ("sign", "binary:scale=none"),
    ("α · sign", "binary"),
    ("symmetric", "linear:bits=2,range=restricted"),
    ("symmetric, per channel", "linear:bits=2,range=restricted,per=channel"),
    ("ternary, TWN", "ternary"),
    ("ternary, optimal", "ternary:threshold=optimal"),
    ("asymmetric", "linear:bits=2"),
    ("k-means, k = 3", "kmeans:k=3"),
    ("k-means, k = 4", "kmeans:bits=2"),
];

/// The matrices that do not depend on the setting.
const FIXED: [(&str, &str); 3] =
    [("Sign", "binary:scale=none"), ("α · sign", "binary"), ("Ternary, optimal", "ternary:threshold=optimal")];

/// Most thresholds of a curve.
const POINTS: usize = 400;
/// Bars of the histogram of magnitudes.
const BARS: usize = 60;

/// One rung: a scheme and its errors; `None` where the scheme does not fit the tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// What it is called.
    pub name: &'static str,
    /// The scheme.
    pub scheme: Scheme,
    /// Over all weights.
    pub report: Option<ErrorReport>,
}

/// Everything that the page shows of one tensor, whatever the threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The ladder.
    pub rungs: Vec<Rung>,
    /// The corner of the tensor through sign, α·sign and the optimal ternary quantizer.
    pub corners: Vec<Corner>,
    /// Magnitudes of all weights.
    pub all: Magnitudes,
    /// Of those above 0, and of the others.
    signs: [Magnitudes; 2],
    /// Where the axes of magnitudes end: few weights lie beyond.
    pub end: f64,
    /// Every threshold with one scale, and with two.
    curves: [Vec<ThresholdPoint>; 2],
    /// The best threshold with one scale, and with two.
    best: [ThresholdPoint; 2],
    /// Weights in equal bars of magnitude up to `end`.
    pub bars: Vec<u64>,
}

/// A corner of a quantized tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Corner {
    /// Above its matrix.
    pub title: &'static str,
    /// q of each shown weight: −1, 0 or 1.
    pub signs: Vec<i8>,
    /// Its reconstruction.
    pub values: Vec<f32>,
    /// Lowest and highest level; the scales.
    pub levels: [f32; 2],
    /// Over all weights.
    pub report: ErrorReport,
}

/// A scheme on a tensor; `None` where it does not fit.
fn fit(values: &[f32], shape: &[usize], scheme: &Scheme, progress: &dyn Progress) -> Result<Option<Fitted>, Cancelled> {
    match quantize(values, shape, scheme, None, progress) {
        Ok(fitted) => Ok(Some(fitted)),
        Err(QuantizeError::Cancelled(cancelled)) => Err(cancelled),
        Err(QuantizeError::Unfit(_)) => Ok(None),
    }
}

fn constant(text: &str) -> Scheme {
    text.parse().expect("the page's schemes are constants, held by a test")
}

impl Corner {
    /// Quantizes all weights; `places` are the flat indices of the weights that the matrix shows.
    ///
    /// # Errors
    /// When cancelled.
    pub fn new(
        title: &'static str,
        scheme: &Scheme,
        (values, shape): (&[f32], &[usize]),
        places: &[usize],
        progress: &dyn Progress,
    ) -> Result<Option<Self>, Cancelled> {
        let Some(fitted) = fit(values, shape, scheme, progress)? else { return Ok(None) };
        let shown: Vec<f32> = places.iter().map(|&place| fitted.quantized.value(place)).collect();
        let table = fitted.quantized.decoder.table(0);
        let sign = |value: &f32| if *value > 0.0 { 1 } else { -i8::from(*value < 0.0) };
        Ok(Some(Self {
            title,
            signs: shown.iter().map(sign).collect(),
            values: shown,
            levels: [table.first().copied().unwrap_or(0.0), table.last().copied().unwrap_or(0.0)],
            report: fitted.report,
        }))
    }

    /// The corner of the ternary scheme that is set.
    ///
    /// # Errors
    /// When cancelled.
    pub fn of(
        ternary: &Ternary,
        tensor: (&[f32], &[usize]),
        places: &[usize],
        progress: &dyn Progress,
    ) -> Result<Option<Self>, Cancelled> {
        let title = match ternary.threshold {
            Threshold::Twn => "Ternary, TWN",
            Threshold::Optimal => "Ternary, as set",
            Threshold::AbsMean => "Ternary, BitNet",
            Threshold::Share(_) => "Ternary, TTQ's Δ",
            Threshold::Fixed(_) => "Ternary, by hand",
        };
        Self::new(title, &Quantizer::Ternary(ternary.clone()).into(), tensor, places, progress)
    }
}

impl Study {
    /// Quantizes all weights by every scheme of the page; `places` are the flat indices of the weights that matrices show.
    ///
    /// # Errors
    /// When cancelled.
    pub fn new(values: &[f32], shape: &[usize], places: &[usize], progress: &dyn Progress) -> Result<Self, Cancelled> {
        let mut rungs = Vec::new();
        for (name, text) in LADDER {
            let scheme = constant(text);
            let report = fit(values, shape, &scheme, progress)?.map(|fitted| fitted.report);
            rungs.push(Rung { name, scheme, report });
        }
        let mut corners = Vec::new();
        for (title, text) in FIXED {
            corners.extend(Corner::new(title, &constant(text), (values, shape), places, progress)?);
        }
        let (all, signs) = (Magnitudes::of(values), Magnitudes::by_sign(values));
        progress.check()?;
        let best = [all.best(), best_of_two_scales(&all, &signs)];
        // An outlier must not squeeze everything else into the first bar.
        let central = all.quantile(0.999) * 1.1;
        let end = if central > 0.6 * all.largest() { all.largest() } else { central };
        let steps = all.steps(end, POINTS);
        let curves = [
            steps.iter().map(|&step| all.at(step)).collect(),
            steps.iter().map(|&step| two_scales(&signs, step)).collect(),
        ];
        let bars = all.histogram(end, BARS.min(2 * all.count() as usize).max(8));
        Ok(Self { rungs, corners, all, signs, end, curves, best, bars })
    }

    /// The curve for so many scales.
    pub fn curve(&self, scales: Scales) -> &[ThresholdPoint] {
        &self.curves[usize::from(scales == Scales::Two)]
    }

    /// The best threshold for so many scales, one threshold for both signs.
    pub fn best(&self, scales: Scales) -> ThresholdPoint {
        self.best[usize::from(scales == Scales::Two)]
    }

    /// What a threshold gives with so many scales.
    pub fn at(&self, scales: Scales, threshold: f64) -> ThresholdPoint {
        match scales {
            Scales::One => self.all.at(threshold),
            Scales::Two => two_scales(&self.signs, threshold),
        }
    }

    /// The magnitude Δ of a ternary scheme on these weights.
    pub fn threshold(&self, ternary: &Ternary) -> f64 {
        match ternary.threshold {
            Threshold::Twn => 0.7 * self.all.mean(),
            Threshold::AbsMean => self.all.mean() / 2.0,
            Threshold::Share(share) => f64::from(share) * self.all.largest(),
            Threshold::Fixed(threshold) => f64::from(threshold),
            Threshold::Optimal => self.best(ternary.scales).threshold,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::engine::Silent;

    pub(crate) const MATRIX: [f32; 16] =
        [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49];

    pub(crate) fn study() -> Study {
        let places: Vec<usize> = (0..16).collect();
        Study::new(&MATRIX, &[4, 4], &places, &Silent).unwrap()
    }

    pub(crate) fn ternary(text: &str) -> Ternary {
        let Some(Quantizer::Ternary(ternary)) = constant(text).quantizer else { panic!("{text}") };
        ternary
    }

    fn corner(text: &str) -> Corner {
        let places: Vec<usize> = (0..16).collect();
        Corner::of(&ternary(text), (&MATRIX, &[4, 4]), &places, &Silent).unwrap().unwrap()
    }

    #[test]
    fn the_ladder_falls_from_sign_to_four_centroids() {
        let study = study();
        let sse: Vec<f64> = study.rungs.iter().map(|rung| rung.report.unwrap().sse).collect();
        for (found, expected) in sse.iter().zip([9.2832, 9.245_175, 5.219, 4.325, 2.0932, 2.0932, 0.745, 0.522, 0.093])
        {
            assert!((found - expected).abs() < 6e-4, "{found} instead of {expected}");
        }
        assert_eq!(study.corners.iter().map(|corner| corner.title).collect::<Vec<_>>(), FIXED.map(|(title, _)| title));
        assert_eq!(study.corners[1].levels, [-1.048_75, 1.048_75]);
        assert_eq!(study.bars.iter().sum::<u64>(), 16);
    }

    #[test]
    fn the_threshold_is_where_its_rule_has_it() {
        let study = study();
        for (text, expected) in [
            ("ternary", 0.734_125),
            ("ternary:threshold=absmean", 0.524_375),
            ("ternary:threshold=max:0.05", 0.106),
            ("ternary:threshold=max:0.05,scales=two", 0.106),
            ("ternary:threshold=1", 1.0),
            ("ternary:threshold=optimal", study.best(Scales::One).threshold),
        ] {
            let (ternary, corner) = (ternary(text), corner(text));
            let found = study.threshold(&ternary);
            assert!((found - expected).abs() < 1e-6, "{text}: {found}");
            // BitNet's scale is mean |W|, not the one with the least error.
            if !text.contains("absmean") {
                let point = study.at(ternary.scales, found);
                assert!((point.sse - corner.report.sse).abs() < 1e-5, "{text}: {point:?} {}", corner.report.sse);
            }
        }
        assert_eq!(corner("ternary").signs, [1, -1, 1, 0, 0, 0, -1, 1, -1, 1, 0, -1, 1, 0, 1, 1]);
    }

    #[test]
    fn outliers_and_empty_tensors_have_axes() {
        let mut values: Vec<f32> = (0..4000).map(|place| (place % 100) as f32 / 100.0).collect();
        values[7] = 500.0;
        let study = Study::new(&values, &[4000], &[0, 1], &Silent).unwrap();
        assert!(study.end < 2.0 && study.curve(Scales::One).len() <= POINTS, "{}", study.end);
        let empty = Study::new(&[], &[0], &[], &Silent).unwrap();
        assert_eq!((empty.end, empty.bars.iter().sum::<u64>()), (0.0, 0));
        // A vector has no channels: that rung is left out, the others stand.
        assert!(study.rungs.iter().filter(|rung| rung.report.is_some()).count() >= 8);
    }
}
