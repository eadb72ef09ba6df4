//! The rate-distortion curves that every tensor gets, from its summary.

use super::results::{Analysis, Curve, Loaded};
use crate::engine::quantize::{self, CurvePoint, Scheme};

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
pub fn of(loaded: &Loaded) -> Vec<Curve> {
    let curve = |series: &Series| {
        let points = match series.points {
            Points::Widths(text) => quantize::curve(&loaded.summary, &loaded.shape, &scheme(text)),
            Points::Fixed(texts) => texts.iter().filter_map(|text| point(loaded, &scheme(text))).collect(),
        };
        (!points.is_empty()).then(|| Curve { family: series.family, title: series.title.to_owned(), points })
    };
    SERIES.iter().filter_map(curve).collect()
}

fn point(loaded: &Loaded, scheme: &Scheme) -> Option<CurvePoint> {
    let analysis = Analysis::preview(loaded, scheme)?;
    Some(CurvePoint { bits: analysis.bits, bits_per_weight: analysis.bits_per_weight()?, report: analysis.report })
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
}
