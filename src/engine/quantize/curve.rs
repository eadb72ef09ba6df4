//! Error against size at every width, from the summary.

use super::encode::{Encoder, Nearest};
use super::fitting::Parameters;
use super::preview::{preview, with_parameters};
use super::{CurvePoint, Decoder, Init, Partition, Preview, Quantizer, Scheme, kmeans};
use crate::engine::coding::Layout;
use crate::engine::tensor::Summary;

/// Widths of a curve.
const WIDTHS: std::ops::RangeInclusive<u32> = 1..=8;

/// The points of a scheme at 1 to 8 bits. Widths that it refuses are left out; empty where the weights do not share one set of
/// parameters.
pub fn curve(summary: &Summary, shape: &[usize], scheme: &Scheme) -> Vec<CurvePoint> {
    let count = shape.iter().product();
    let point = |bits: u32, preview: Preview| {
        let ledger = Layout::new(count, bits, &preview.decoder).ledger();
        let bits_per_weight = ledger.bits() as f64 / (count as f64).max(1.0);
        CurvePoint { bits, bits_per_weight, report: preview.report }
    };
    if let Some(Quantizer::KMeans(kmeans)) = &scheme.quantizer
        && scheme.is_plain()
        && kmeans.init == Init::Optimal
        && !kmeans.pinned
        && Partition::new(kmeans.per, shape).is_ok_and(|partition| partition.groups() == 1)
    {
        let points = super::points::Points::of(summary);
        let sizes: Vec<usize> = WIDTHS.map(|bits| 1 << bits).collect();
        let books = kmeans::fit_many(&points, summary.distinct, &sizes);
        return WIDTHS.zip(books).map(|(bits, book)| point(bits, of_book(summary, book))).collect();
    }
    let at = |bits: u32| Some(point(bits, preview(summary, shape, &scheme.with_bits(bits).ok()?)?));
    WIDTHS.filter_map(at).collect()
}

fn of_book(summary: &Summary, fitted: kmeans::Codebook) -> Preview {
    let book = if fitted.centroids.is_empty() { vec![0.0] } else { fitted.centroids };
    let encoders = vec![Encoder::Nearest(Nearest::new(&book))];
    with_parameters(
        summary,
        Parameters { decoder: Decoder::Codebook { books: vec![book] }, encoders, method: fitted.method },
        0.0,
    )
}
