//! The rate-distortion curves that every tensor gets, from its summary.

use super::results::Curve;
use crate::engine::coding::Layout;
use crate::engine::quantize::{self, CastScale, CurvePoint, Init, Per, Quantizer, Range, Scheme, Zero};
use crate::engine::tensor::Summary;

/// A series of the plot: its identity, its words, and the schemes on it.
struct Series {
    family: &'static str,
    title: &'static str,
    points: Points,
}

enum Points {
    /// One scheme at 1 to 8 bits.
    Widths(&'static str),
    /// Schemes of fixed width.
    Fixed(&'static [&'static str]),
}

/// Formats of the float series.
const FLOATS: [&str; 3] = ["e2m1fn", "e2m3fn", "e4m3fn"];

/// Every series, in the order of the legend. Casts are scaled to the weights' largest magnitude, as in practice.
const SERIES: &[Series] = &[
    Series { family: "kmeans", title: "k-means", points: Points::Widths("kmeans:bits=4") },
    Series { family: "linear", title: "linear", points: Points::Widths("linear:bits=4") },
    Series { family: "symmetric", title: "symmetric", points: Points::Widths("linear:bits=4,range=restricted") },
    Series {
        family: "float",
        title: "float",
        points: Points::Fixed(&["float:e2m1fn,scale=absmax", "float:e2m3fn,scale=absmax", "float:e4m3fn,scale=absmax"]),
    },
];

/// All curves of a tensor. A series without points is left out.
pub fn of(summary: &Summary, shape: &[usize]) -> Vec<Curve> {
    let curve = |series: &Series| {
        let points = match series.points {
            Points::Widths(text) => quantize::curve(summary, shape, &scheme(text)),
            Points::Fixed(texts) => texts.iter().filter_map(|text| point(summary, shape, &scheme(text))).collect(),
        };
        (!points.is_empty()).then(|| Curve { family: series.family, title: series.title.to_owned(), points })
    };
    SERIES.iter().filter_map(curve).collect()
}

/// The series that a scheme lies on, by its family name; `None` where it lies on none.
pub fn series_of(scheme: &Scheme) -> Option<&'static str> {
    if scheme.per() != Per::Tensor || !scheme.is_plain() {
        return None;
    }
    match scheme.quantizer.as_ref()? {
        Quantizer::KMeans(kmeans) => {
            let optimal = kmeans.init == Init::Optimal && !kmeans.pinned;
            (optimal && kmeans.k.is_power_of_two()).then_some("kmeans")
        }
        Quantizer::Linear(linear) => {
            let plain = linear.zero == Zero::Extend
                && linear.clip == quantize::Clip::MinMax
                && linear.rounding == quantize::Rounding::default()
                && linear.scale == quantize::ScaleFormat::default();
            match linear.range {
                _ if !plain => None,
                Range::Affine => Some("linear"),
                Range::Restricted => Some("symmetric"),
                _ => None,
            }
        }
        Quantizer::Binary(_) | Quantizer::Ternary(_) => None,
        Quantizer::Cast(cast) => {
            (cast.scale == CastScale::AbsMax && FLOATS.contains(&cast.format.as_str())).then_some("float")
        }
        Quantizer::Ggml(_) => None,
    }
}

/// The scheme of a series at a width.
pub fn scheme_at(family: &str, bits: u32) -> Option<Scheme> {
    let series = SERIES.iter().find(|series| series.family == family)?;
    match series.points {
        Points::Widths(text) => scheme(text).with_bits(bits).ok(),
        Points::Fixed(texts) => texts.iter().map(|text| scheme(text)).find(|scheme| scheme.bits() == Some(bits)),
    }
}

fn point(summary: &Summary, shape: &[usize], scheme: &Scheme) -> Option<CurvePoint> {
    let preview = quantize::preview(summary, shape, scheme)?;
    let (bits, count) = (scheme.bits()?, shape.iter().product::<usize>());
    let ledger = Layout::new(count, bits, &preview.decoder).ledger();
    Some(CurvePoint { bits, bits_per_weight: ledger.bits() as f64 / count.max(1) as f64, report: preview.report })
}

fn scheme(text: &str) -> Scheme {
    text.parse().expect("the series' schemes are constants, held by a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemes_of_all_series_parse() {
        for series in SERIES {
            match series.points {
                Points::Widths(text) => assert_eq!(scheme(text).to_string(), text),
                Points::Fixed(texts) => texts.iter().for_each(|text| assert_eq!(scheme(text).to_string(), *text)),
            }
        }
    }

    #[test]
    fn a_point_of_a_series_lies_on_it() {
        for series in SERIES {
            let mut found = 0;
            for scheme in (1..=8).filter_map(|bits| scheme_at(series.family, bits)) {
                assert_eq!(series_of(&scheme), Some(series.family), "{scheme}");
                found += 1;
            }
            assert!(found >= 3, "{}", series.family);
        }
        assert_eq!(series_of(&scheme("linear:bits=4,per=channel")), None);
        assert_eq!(series_of(&scheme("kmeans:bits=4,init=linear")), None);
    }
}
