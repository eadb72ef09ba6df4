//! Rate-distortion curves: error against bits per weight for widths of 1 to 8 bits.

use super::{CurvePoint, Decoder, Init, Preview, QuantizeError, Scheme, kmeans, preview, quantize};
use crate::engine::Progress;
use crate::engine::coding::Layout;
use crate::engine::measure::ErrorReport;
use crate::engine::tensor::Summary;

const WIDTHS: std::ops::RangeInclusive<u32> = 1..=8;

/// The family at every width that it has; a cast has its own width and is one point.
fn widths(family: &Scheme) -> Vec<(u32, Scheme)> {
    if let Scheme::Cast(_) = family {
        return family.bits().map(|bits| (bits, family.clone())).into_iter().collect();
    }
    WIDTHS.filter_map(|bits| Some((bits, family.with_bits(bits).ok()?))).collect()
}

fn point(bits: u32, count: u64, decoder: &Decoder, report: ErrorReport) -> CurvePoint {
    let stored = Layout::new(count as usize, bits, decoder).ledger().bits();
    let bits_per_weight = if count == 0 { 0.0 } else { stored as f64 / count as f64 };
    CurvePoint { bits, bits_per_weight, report }
}

/// The curve of a scheme whose parameters the whole tensor shares, from the bins; empty for other schemes. The width of `family`
/// is ignored; widths that it refuses are left out.
pub fn curve(summary: &Summary, shape: &[usize], family: &Scheme) -> Vec<CurvePoint> {
    let count = summary.moments.count;
    let of = |bits: u32, preview: Preview| point(bits, count, &preview.decoder, preview.report);
    match family {
        // One table of optima serves all widths.
        Scheme::KMeans(settings) if settings.init == Init::Optimal => {
            let shared = super::Partition::new(settings.per, shape).is_ok_and(|partition| partition.groups() == 1);
            let ks: Vec<usize> = WIDTHS.map(|bits| 1 << bits).filter(|_| shared).collect();
            WIDTHS.zip(kmeans::previews(summary, &ks)).map(|(bits, preview)| of(bits, preview)).collect()
        }
        _ => {
            let points = widths(family).into_iter();
            points.filter_map(|(bits, scheme)| Some(of(bits, preview(summary, shape, &scheme)?))).collect()
        }
    }
}

/// The curve of any scheme, fitted to all weights at every width.
///
/// # Errors
/// As [`quantize`].
pub fn curve_exact(
    values: &[f32],
    shape: &[usize],
    family: &Scheme,
    progress: &dyn Progress,
) -> Result<Vec<CurvePoint>, QuantizeError> {
    let shared = super::Partition::new(family.per(), shape).is_ok_and(|partition| partition.groups() == 1);
    let summary = if shared { Some(Summary::of(values, progress)?) } else { None };
    let exact = |(bits, scheme): (u32, Scheme)| {
        let fitted = quantize(values, shape, &scheme, summary.as_ref(), progress)?;
        Ok(point(bits, values.len() as u64, &fitted.quantized.decoder, fitted.report))
    };
    widths(family).into_iter().map(exact).collect()
}
