//! Symmetric against asymmetric ranges: which codes go unused, what is clipped, and what it costs.

use std::sync::Arc;

use super::affine::AffineMap;
use super::figure::{Cell, Table};
use crate::engine::measure::ErrorReport;
use crate::engine::quantize::linear::derive_summary;
use crate::engine::quantize::{self, Clip, Codes, Linear, Per, QuantizeError, Quantizer, Range, Scheme};
use crate::engine::tensor::{Summary, Values};
use crate::engine::{Cancelled, Progress};

/// One of the lecture's three pictures.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its name on the slide.
    pub title: &'static str,
    /// Both axes.
    pub map: AffineMap,
    /// Weights on each code, from q_min.
    pub counts: Vec<u64>,
    /// Weights beyond the range, below and above.
    pub clipped: [u64; 2],
    /// Errors over all weights.
    pub report: ErrorReport,
    /// The code of the width that the convention leaves out.
    pub unused_code: Option<i32>,
}

impl Picture {
    fn new(
        title: &'static str,
        values: &[f32],
        summary: &Summary,
        linear: &Linear,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let derivation = derive_summary(linear, summary);
        let [min, max] = [summary.moments.min, summary.moments.max].map(f64::from);
        let map = AffineMap::new(derivation, u32::from(linear.bits), min, max);
        let scheme = Scheme::from(Quantizer::Linear(linear.clone()));
        let (counts, report) = match quantize::quantize(values, &[values.len()], &scheme, Some(summary), progress) {
            Ok(fitted) => (counts(&fitted.quantized.codes, map.codes), fitted.report),
            Err(QuantizeError::Cancelled(cancelled)) => return Err(cancelled),
            // One grid fits every tensor; what is refused is a scheme that no control offers.
            Err(QuantizeError::Unfit(_)) => (vec![0; map.codes], ErrorReport::default()),
        };
        let clipped = map.clipped(summary);
        Ok(Self { title, map, counts, clipped, report, unused_code: derivation.unused_code() })
    }

    /// Codes that at least one weight has.
    pub fn used(&self) -> usize {
        self.counts.iter().filter(|count| **count > 0).count()
    }

    /// All codes of the width.
    pub fn of(&self) -> usize {
        self.map.codes + usize::from(self.unused_code.is_some())
    }
}

fn counts(codes: &Codes, count: usize) -> Vec<u64> {
    let mut counts = vec![0; count];
    for index in 0..codes.len() {
        if let Some(count) = counts.get_mut(usize::from(codes.get(index))) {
            *count += 1;
        }
    }
    counts
}

/// A convention of symmetric ranges.
#[derive(Clone, Debug)]
pub struct Convention {
    /// Which.
    pub range: Range,
    /// Its grid on the weights; `None` where the width does not allow it.
    pub picture: Option<Picture>,
}

/// The weights and what a ReLU leaves of them, each in the three pictures; the conventions on the weights.
#[derive(Clone, Debug)]
pub struct Symmetric {
    /// The weights: signed, unsigned, asymmetric.
    pub weights: [Picture; 3],
    /// The same after a ReLU.
    pub activations: [Picture; 3],
    /// Their values and summary.
    pub relu: (Values, Arc<Summary>),
    /// Every convention.
    pub conventions: Vec<Convention>,
}

/// The titles of the three pictures.
const TITLES: [&str; 3] = ["Symmetric signed", "Symmetric unsigned", "Asymmetric"];

impl Symmetric {
    /// A row for each convention; nothing of one that has no code at this width.
    pub fn table(&self) -> Table {
        let heads =
            ["convention", "S", "value of S", "q_min", "q_max", "codes used", "codes", "clipped", "SSE", "used by"];
        let mut table = Table::new("Restricted against full range", &heads);
        let text = |text: &str| Cell::Text(text.to_owned());
        table.rows = self
            .conventions
            .iter()
            .map(|Convention { range, picture }| {
                let mut row = vec![text(name(*range)), text(formula(*range))];
                match picture {
                    None => row.extend([const { Cell::Empty }; 7]),
                    Some(picture) => {
                        let derivation = &picture.map.derivation;
                        row.extend(
                            [f64::from(derivation.scale), derivation.q_min.into(), derivation.q_max.into()]
                                .map(Cell::Number),
                        );
                        let clipped = picture.clipped[0] + picture.clipped[1];
                        row.extend([picture.used() as u64, picture.of() as u64, clipped].map(Cell::count));
                        row.push(Cell::Number(picture.report.sse));
                    }
                }
                row.push(text(range.used_by()));
                row
            })
            .collect();
        table
    }

    /// Quantizes the weights, and max(0, weights), in all ways of that width; `linear` says which convention the first picture follows.
    ///
    /// # Errors
    /// Cancelled.
    pub fn new(
        values: &Values,
        summary: &Summary,
        linear: &Linear,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let plain = Linear { per: Per::Tensor, clip: Clip::MinMax, signed: true, ..linear.clone() };
        let range = if linear.range.is_symmetric() { linear.range } else { Range::Restricted };
        let relu: Values = values.iter().map(|value| value.max(0.0)).collect::<Vec<_>>().into();
        let relu_summary = Arc::new(Summary::of(&relu, progress)?);
        let three = |values: &[f32], summary: &Summary| -> Result<[Picture; 3], Cancelled> {
            // Unsigned codes with Z = 0: the asymmetric formula for a range that starts at 0.
            let clip = Clip::Fixed { low: 0.0, high: summary.moments.max.max(f32::MIN_POSITIVE) };
            let unsigned = Linear { range: Range::Affine, signed: false, clip, ..plain.clone() };
            let all = [Linear { range, ..plain.clone() }, unsigned, Linear { range: Range::Affine, ..plain.clone() }];
            let [first, second, third] =
                [0, 1, 2].map(|place| Picture::new(TITLES[place], values, summary, &all[place], progress));
            Ok([first?, second?, third?])
        };
        let convention = |range: Range| {
            let possible = plain.bits > 1 || !range.needs_two_bits();
            let linear = Linear { range, ..plain.clone() };
            let picture = possible.then(|| Picture::new("", values, summary, &linear, progress)).transpose()?;
            Ok(Convention { range, picture })
        };
        let conventions = Range::ALL.into_iter().filter(|range| range.is_symmetric());
        Ok(Self {
            weights: three(values, summary)?,
            activations: three(&relu, &relu_summary)?,
            relu: (relu, relu_summary),
            conventions: conventions.map(convention).collect::<Result<_, _>>()?,
        })
    }
}

/// How a convention divides |r|max, in symbols.
pub fn formula(range: Range) -> &'static str {
    match range {
        Range::Affine => "(r_max − r_min) / (q_max − q_min)",
        Range::Restricted | Range::FullClamped => "|r|max / (2^(N−1) − 1)",
        Range::Full => "|r|max / 2^(N−1)",
        Range::FullHalf => "|r|max / ((2^N − 1) / 2)",
    }
}

/// The name of a convention on screen.
pub fn name(range: Range) -> &'static str {
    match range {
        Range::Affine => "Asymmetric",
        Range::Restricted => "Restricted",
        Range::Full => "Full",
        Range::FullClamped => "Full, restricted scale",
        Range::FullHalf => "Full, half codes",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::setup::linear::affine;
    use crate::engine::Silent;

    #[rustfmt::skip]
    const W: [f32; 16] = [
         2.09, -0.98,  1.48,  0.09,
         0.05, -0.14, -1.08,  2.12,
        -0.91,  1.92,  0.0,  -1.03,
         1.87,  0.0,   1.53,  1.49,
    ];

    fn of(bits: u32) -> Symmetric {
        let values = Values::from(W.to_vec());
        let summary = Summary::of_group(W.iter().copied());
        Symmetric::new(&values, &summary, &affine::plain(bits), &Silent).unwrap()
    }

    #[test]
    fn every_convention_has_the_lectures_error() {
        let golden = [
            (2, [5.2192, 4.2228, 5.2192, 2.17582]),
            (3, [0.4892, 0.8043, 0.4892, 0.63654]),
            (4, [0.0836, 0.2028, 0.0836, 0.13572]),
            (8, [3.197e-4, 5.012e-4, 3.197e-4, 3.7652e-4]),
        ];
        for (bits, errors) in golden {
            let found: Vec<f64> =
                of(bits).conventions.iter().map(|convention| convention.picture.as_ref().unwrap().report.sse).collect();
            for (found, expected) in found.iter().zip(errors) {
                assert!((found - expected).abs() < expected * 2e-3, "{bits} bits: {found} is not {expected}");
            }
        }
    }

    #[test]
    fn after_a_relu_a_symmetric_range_wastes_half_its_codes() {
        let three = of(3).activations;
        assert_eq!(three[0].map.derivation.q_min, -3);
        assert!(three[0].counts[..3].iter().all(|count| *count == 0), "no activation is negative");
        assert!(three[1].report.sse < three[0].report.sse && three[2].report.sse < three[0].report.sse);
        assert_eq!(three[1].map.derivation.zero_point, 0);
    }

    #[test]
    fn restricted_leaves_a_code_out_and_full_clips() {
        let conventions = of(2).conventions;
        let picture = |range: Range| {
            let found = conventions.iter().find(|convention| convention.range == range);
            found.and_then(|convention| convention.picture.as_ref()).unwrap()
        };
        assert_eq!(picture(Range::Restricted).unused_code, Some(-2));
        assert_eq!((picture(Range::Restricted).used(), picture(Range::Restricted).of()), (3, 4));
        assert_eq!(picture(Range::Full).clipped, [0, 4]);
        assert!(of(1).conventions.iter().any(|convention| convention.picture.is_none()));
    }
}
