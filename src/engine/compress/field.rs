//! Every kind of quantizer on one tensor at all its widths, and which of them no other beats.

use rayon::prelude::*;

use crate::engine::coding::{Layout, Ledger};
use crate::engine::measure::ErrorReport;
use crate::engine::quantize::{QuantizeError, Quantized, Scheme, quantize};
use crate::engine::tensor::Summary;
use crate::engine::{Cancelled, Progress};

/// What a scheme makes of one tensor: error and size.
#[derive(Clone, Debug, PartialEq)]
pub struct Rated {
    /// The scheme.
    pub scheme: Scheme,
    /// Errors over all weights.
    pub report: ErrorReport,
    /// Every bit of the packed tensor.
    pub ledger: Ledger,
    /// Number of weights.
    pub weights: u64,
}

/// A scheme with a width in its place: `{b}`, and the widths that stand there.
type Series = (&'static str, std::ops::RangeInclusive<u32>);

/// Schemes at all their widths.
const WIDTHS: &[Series] = &[
    ("kmeans:bits={b}", 1..=8),
    ("kmeans:bits={b}|huffman", 2..=8),
    ("kmeans:bits={b},per=channel", 1..=5),
    ("linear:bits={b}", 1..=8),
    ("linear:bits={b}|huffman", 2..=8),
    ("linear:bits={b},clip=mse", 2..=8),
    ("linear:bits={b},per=channel", 2..=8),
    ("linear:bits={b},range=restricted", 2..=8),
    ("linear:bits={b},range=restricted,per=channel", 2..=8),
    ("linear:bits={b},range=restricted,scale=f16,per=group:32", 2..=8),
    ("prune:share=0.5|kmeans:bits={b},zero=pinned|sparse:index=3|huffman", 2..=5),
];

/// Schemes of one width.
const SINGLE: &[&str] = &[
    "binary",
    "binary:per=channel",
    "ternary",
    "ternary:threshold=optimal",
    "ternary:threshold=optimal,scales=two",
    "ternary:threshold=optimal,per=channel",
    "float:e2m1fn,scale=absmax",
    "float:e2m1fn,scale=absmax,per=channel",
    "float:e2m1fn,scale=absmax,per=group:32",
    "float:e2m3fn,scale=absmax",
    "float:e3m2fn,scale=absmax",
    "float:e4m3fn,scale=absmax",
    "float:e5m2,scale=absmax",
    "float:fp16",
    "float:bf16",
    "gguf:q4_0",
    "gguf:q4_1",
    "gguf:q5_0",
    "gguf:q5_1",
    "gguf:q8_0",
];

/// Every scheme that a tensor is tried with, in the order of the families.
pub fn every_scheme() -> Vec<Scheme> {
    let widths =
        WIDTHS.iter().flat_map(|(text, widths)| widths.clone().map(move |bits| text.replace("{b}", &bits.to_string())));
    let parse = |text: String| text.parse().expect("the table's schemes are constants, held by a test");
    widths.chain(SINGLE.iter().map(|text| (*text).to_owned())).map(parse).collect()
}

impl Rated {
    /// Rates what a scheme made.
    pub fn of(quantized: &Quantized, report: ErrorReport) -> Self {
        let weights = quantized.shape.iter().product::<usize>() as u64;
        Self { scheme: quantized.scheme.clone(), report, ledger: Layout::of(quantized).ledger(), weights }
    }

    /// Bits per weight with everything counted; `None` without weights.
    pub fn bits_per_weight(&self) -> Option<f64> {
        (self.weights > 0).then(|| self.ledger.bits() as f64 / self.weights as f64)
    }

    /// How many times smaller than float32; `None` without weights.
    pub fn ratio(&self) -> Option<f64> {
        self.bits_per_weight().filter(|bits| *bits > 0.0).map(|bits| 32.0 / bits)
    }
}

/// Every scheme of [`every_scheme`] that fits a tensor, rated.
///
/// # Errors
/// When cancelled.
pub fn field(
    values: &[f32],
    shape: &[usize],
    summary: &Summary,
    progress: &dyn Progress,
) -> Result<Vec<Rated>, Cancelled> {
    let schemes = every_scheme();
    let mut rated = Vec::with_capacity(schemes.len());
    let total = schemes.len() as u64;
    // As many at a time as keep every core busy without holding many copies of the codes.
    for (done, some) in schemes.chunks(4).enumerate() {
        progress.tick(4 * done as u64, total)?;
        let part: Vec<Option<Rated>> = some
            .par_iter()
            .map(|scheme| match quantize(values, shape, scheme, Some(summary), &Heard(progress)) {
                Ok(fitted) => Ok(Some(Rated::of(&fitted.quantized, fitted.report))),
                Err(QuantizeError::Cancelled(cancelled)) => Err(cancelled),
                Err(QuantizeError::Unfit(_)) => Ok(None),
            })
            .collect::<Result<_, Cancelled>>()?;
        rated.extend(part.into_iter().flatten());
    }
    progress.tick(total, total)?;
    Ok(rated)
}

/// Hears that nobody waits any more; what is done so far is told by whoever counts the schemes.
struct Heard<'a>(&'a dyn Progress);

impl Progress for Heard<'_> {
    fn tick(&self, _: u64, _: u64) -> Result<(), Cancelled> {
        self.0.check()
    }

    fn check(&self) -> Result<(), Cancelled> {
        self.0.check()
    }
}

/// The Pareto front: the places of the points `(cost, gain)` that no other of at most the same cost equals or beats in gain, by
/// ascending cost. Points that are not numbers are never on it.
pub fn front(points: &[(f64, f64)]) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..points.len()).filter(|place| !points[*place].0.is_nan() && !points[*place].1.is_nan()).collect();
    order.sort_by(|a, b| {
        let (left, right) = (points[*a], points[*b]);
        left.0.total_cmp(&right.0).then(right.1.total_cmp(&left.1))
    });
    let mut best = f64::NEG_INFINITY;
    order.retain(|place| {
        let better = points[*place].1 > best;
        best = best.max(points[*place].1);
        better
    });
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::Silent;
    use crate::engine::tensor::examples;

    #[test]
    fn every_scheme_is_written_as_it_reads() {
        let schemes = every_scheme();
        for (place, scheme) in schemes.iter().enumerate() {
            assert_eq!(scheme.to_string().parse::<Scheme>().unwrap(), *scheme);
            assert!(!schemes[..place].contains(scheme), "{scheme} stands twice");
        }
    }

    #[test]
    fn the_lectures_matrix_under_every_scheme() {
        let model = (examples::find("lecture-4x4").unwrap().make)();
        let values = model.tensors[0].values().unwrap();
        let summary = Summary::of(&values, &Silent).unwrap();
        let rated = field(&values, &[4, 4], &summary, &Silent).unwrap();
        let of = |text: &str| rated.iter().find(|rated| rated.scheme.to_string() == text).unwrap();
        assert!((of("kmeans:bits=2").report.sse - 0.0932).abs() < 1e-4);
        assert_eq!(of("kmeans:bits=2").bits_per_weight(), Some(10.0));
        assert_eq!(of("kmeans:bits=2").ratio(), Some(3.2));
        assert!((of("ternary").report.sse - 2.0932).abs() < 1e-4);
        // Blocks of 32 do not fit rows of 4.
        assert!(rated.iter().all(|rated| !rated.scheme.to_string().starts_with("gguf")));
        assert!(rated.len() > 60, "{}", rated.len());
    }

    #[test]
    fn nothing_and_nonsense_have_no_front() {
        assert_eq!(front(&[]), [0_usize; 0]);
        assert_eq!(front(&[(f64::NAN, 1.0), (1.0, f64::NAN)]), [0_usize; 0]);
        assert_eq!(front(&[(2.0, 5.0), (1.0, 5.0), (3.0, f64::INFINITY), (1.0, 4.0)]), [1, 2]);
    }

    proptest! {
        #[test]
        fn nobody_beats_the_front(points in prop::collection::vec((0_i8..9, 0_i8..9), 0..24)) {
            let points: Vec<(f64, f64)> = points.into_iter().map(|(cost, gain)| (cost.into(), gain.into())).collect();
            let found = front(&points);
            let beats = |a: (f64, f64), b: (f64, f64)| a.0 <= b.0 && a.1 >= b.1 && a != b;
            for (place, point) in points.iter().enumerate() {
                let beaten = points.iter().any(|other| beats(*other, *point));
                let on = found.iter().any(|front| points[*front] == *point);
                prop_assert_eq!(on, !beaten, "{} {:?}", place, point);
            }
        }
    }
}
