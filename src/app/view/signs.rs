//! One and two bits: the steps from sign to four centroids on one tensor, the error of every threshold, the product of signs.

use super::chart::{Across, AxisSpec, Chart, Kind, Mark, Series, Tone};
use super::ticks::Ticks;
use crate::engine::measure::ErrorReport;
use crate::engine::quantize::{
    Magnitudes, QuantizeError, Quantizer, Scheme, Ternary, Threshold, ThresholdPoint, quantize,
};
use crate::engine::{Cancelled, Progress};

/// The lecture's ladder: schemes of one to two bits on one tensor, from sign to four centroids.
pub const LADDER: [(&str, &str); 9] = [
    ("sign", "binary:scale=none"),
    ("α·sign", "binary"),
    ("symmetric 2 bit", "linear:bits=2,range=restricted"),
    ("… per channel", "linear:bits=2,range=restricted,per=channel"),
    ("ternary (TWN)", "ternary"),
    ("ternary, optimal", "ternary:threshold=optimal"),
    ("asymmetric 2 bit", "linear:bits=2"),
    ("k-means, k = 3", "kmeans:k=3"),
    ("k-means, k = 4", "kmeans:bits=2"),
];

/// One rung: a scheme and its errors; `None` where the scheme does not fit the tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// Below its bar.
    pub name: &'static str,
    /// The scheme.
    pub text: &'static str,
    /// Over all weights.
    pub report: Option<ErrorReport>,
}

/// Everything that the page shows of one tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The ladder.
    pub rungs: Vec<Rung>,
    /// Magnitudes of the weights, for every threshold.
    pub magnitudes: Magnitudes,
    /// The corner of the tensor through sign, α·sign, TWN, the current scheme and the optimum.
    pub corners: Vec<Corner>,
}

/// A corner of a quantized tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Corner {
    /// Above its matrix.
    pub title: &'static str,
    /// Scheme that made it.
    pub text: String,
    /// q of each shown weight: −1, 0 or 1.
    pub signs: Vec<i8>,
    /// Its reconstruction.
    pub values: Vec<f32>,
    /// Scale of the positive level.
    pub scale: f32,
    /// Over all weights.
    pub report: ErrorReport,
}

impl Study {
    /// Quantizes all weights by every scheme; `places` are the flat indices of the weights that matrices show.
    ///
    /// # Errors
    /// When cancelled.
    pub fn new(
        values: &[f32],
        shape: &[usize],
        ternary: &Ternary,
        places: &[usize],
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let fit = |text: &str| -> Result<Option<_>, Cancelled> {
            let Ok(scheme) = text.parse::<Scheme>() else { return Ok(None) };
            match quantize(values, shape, &scheme, None, progress) {
                Ok(fitted) => Ok(Some(fitted)),
                Err(QuantizeError::Cancelled(cancelled)) => Err(cancelled),
                Err(_) => Ok(None),
            }
        };
        let mut rungs = Vec::new();
        for (name, text) in LADDER {
            let report = fit(text)?.map(|fitted| fitted.report);
            rungs.push(Rung { name, text, report });
        }
        let current = Quantizer::Ternary(ternary.clone()).to_string();
        let mut corners = Vec::new();
        for (title, text) in [
            ("Sign", "binary:scale=none"),
            ("α · sign", "binary"),
            ("Ternary", current.as_str()),
            ("Ternary, optimal", "ternary:threshold=optimal"),
        ] {
            let Some(fitted) = fit(text)? else { continue };
            let shown: Vec<f32> = places.iter().map(|&place| fitted.quantized.value(place)).collect();
            let sign = |value: &f32| if *value > 0.0 { 1 } else { -i8::from(*value < 0.0) };
            corners.push(Corner {
                title,
                text: text.to_owned(),
                signs: shown.iter().map(sign).collect(),
                scale: fitted.quantized.decoder.table(0).last().copied().unwrap_or(0.0),
                values: shown,
                report: fitted.report,
            });
        }
        Ok(Self { rungs, magnitudes: Magnitudes::of(values), corners })
    }
}

/// The magnitude Δ of a ternary scheme on these weights; for the optimum, the best of the curve.
pub fn threshold_of(ternary: &Ternary, magnitudes: &Magnitudes, curve: &[ThresholdPoint]) -> f64 {
    match ternary.threshold {
        Threshold::Twn => 0.7 * magnitudes.mean(),
        Threshold::AbsMean => magnitudes.mean() / 2.0,
        Threshold::Share(share) => f64::from(share) * magnitudes.largest(),
        Threshold::Fixed(threshold) => f64::from(threshold),
        Threshold::Optimal => best(curve).map_or(0.0, |point| point.threshold),
    }
}

/// The point with the least error.
pub fn best(curve: &[ThresholdPoint]) -> Option<ThresholdPoint> {
    curve.iter().copied().min_by(|left, right| left.sse.total_cmp(&right.sse))
}

/// SSE by threshold, with the current one as a handle.
pub fn threshold_chart(curve: &[ThresholdPoint], mean: f64, threshold: f64) -> Chart {
    let last = curve.last().map_or(1.0, |point| point.threshold);
    let line = Series::new("SSE", Kind::Line, curve.iter().map(|point| (point.threshold, point.sse)));
    let mut chart =
        Chart::new("SSE by threshold", AxisSpec::new("Δ").between(0.0, last), AxisSpec::new("SSE").from_zero())
            .with(line.tone(Tone::Accent).main())
            .mark_x(0.7 * mean, "0.7 mean |W|", Tone::Muted);
    if let Some(best) = best(curve) {
        chart = chart.mark_x(best.threshold, "best", Tone::Good);
    }
    chart.marks.push(Mark {
        across: Across::X,
        value: threshold,
        text: "Δ".to_owned(),
        tone: Tone::Accent,
        handle: Some("Threshold".to_owned()),
    });
    chart
}

/// The ladder as bars, logarithmic where it spans decades.
pub fn ladder_chart(rungs: &[Rung]) -> Chart {
    let shown: Vec<&Rung> = rungs.iter().filter(|rung| rung.report.is_some()).collect();
    let bars =
        shown.iter().enumerate().map(|(place, rung)| (place as f64, rung.report.map_or(0.0, |report| report.sse)));
    let ticks = Ticks {
        values: (0..shown.len()).map(|place| place as f64).collect(),
        labels: shown.iter().map(|rung| rung.name.to_owned()).collect(),
    };
    let notes = shown.iter().map(|rung| format!("{}: {}", rung.name, rung.text)).collect();
    Chart::new(
        "SSE, from sign to four centroids",
        AxisSpec::new("").between(-0.5, shown.len() as f64 - 0.5).with_ticks(ticks),
        AxisSpec::new("SSE").from_zero(),
    )
    .with(Series::new("SSE", Kind::Bars(0.7), bars).tone(Tone::Accent).with_notes(notes))
}

/// Results of others on ImageNet, top-1 in %: what a network loses when all its weights (and activations) have one or two bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PublishedSigns {
    /// Network and method.
    pub name: &'static str,
    /// Weights, activations in bits.
    pub bits: &'static str,
    /// In float.
    pub float: f64,
    /// With few bits.
    pub few: f64,
}

/// XNOR-Net (Rastegari et al. 2016) table 1, TWN (Li et al. 2016), TTQ (Zhu et al. 2017).
pub const PUBLISHED: [PublishedSigns; 7] = [
    PublishedSigns { name: "AlexNet, BinaryConnect", bits: "1, 32", float: 56.6, few: 35.4 },
    PublishedSigns { name: "AlexNet, BWN", bits: "1, 32", float: 56.6, few: 56.8 },
    PublishedSigns { name: "AlexNet, BNN", bits: "1, 1", float: 56.6, few: 27.9 },
    PublishedSigns { name: "AlexNet, XNOR-Net", bits: "1, 1", float: 56.6, few: 44.2 },
    PublishedSigns { name: "ResNet-18, TWN", bits: "2, 32", float: 65.4, few: 61.8 },
    PublishedSigns { name: "AlexNet, TTQ", bits: "2, 32", float: 57.2, few: 57.5 },
    PublishedSigns { name: "ResNet-18B, TTQ", bits: "2, 32", float: 69.6, few: 66.6 },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;

    const MATRIX: [f32; 16] =
        [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49];

    fn study(text: &str) -> (Study, Ternary) {
        let Ok(Quantizer::Ternary(ternary)) = text.parse() else { panic!("{text}") };
        let places: Vec<usize> = (0..16).collect();
        (Study::new(&MATRIX, &[4, 4], &ternary, &places, &Silent).unwrap(), ternary)
    }

    #[test]
    fn the_ladder_falls_from_sign_to_four_centroids() {
        let (study, _) = study("ternary");
        let sse: Vec<f64> = study.rungs.iter().map(|rung| rung.report.unwrap().sse).collect();
        for (found, expected) in sse.iter().zip([9.283, 9.245, 5.219, 4.325, 2.093, 2.09, 0.745, 0.522, 0.093]) {
            assert!((found - expected).abs() < 5e-3, "{found} instead of {expected}");
        }
        let chart = ladder_chart(&study.rungs);
        assert_eq!(chart.series[0].points.len(), 9);
        let one_row: Vec<usize> = vec![0];
        let Ok(Quantizer::Ternary(ternary)) = "ternary".parse() else { panic!() };
        // Without weights nothing falls over.
        assert!(Study::new(&[1.0], &[1], &ternary, &one_row, &Silent).unwrap().corners.len() == 4);
    }

    #[test]
    fn the_threshold_is_where_its_rule_has_it() {
        for (text, expected) in [
            ("ternary", 0.734_125),
            ("ternary:threshold=absmean", 0.524_375),
            ("ternary:threshold=max:0.05", 0.106),
            ("ternary:threshold=1", 1.0),
        ] {
            let (study, ternary) = study(text);
            let curve = study.magnitudes.curve(400);
            let found = threshold_of(&ternary, &study.magnitudes, &curve);
            assert!((found - expected).abs() < 1e-6, "{text}: {found}");
            let point = study.magnitudes.at(found);
            let ternary = &study.corners[2];
            if !text.contains("absmean") {
                assert!((point.sse - ternary.report.sse).abs() < 1e-5, "{text}: {point:?}");
            }
        }
        let (study, _) = study("ternary");
        let best = best(&study.magnitudes.curve(400)).unwrap();
        assert!((best.sse - study.corners[3].report.sse).abs() < 1e-5);
    }
}
