//! A scheme's effect from the summary alone, within a frame.

use super::encode::Encoder;
use super::fitting::{GroupView, Parameters, fit_groups};
use super::kmeans::Effort;
use super::levels::levels_of;
use super::prune::{is_pruned, pruned_summary};
use super::{Partition, Preview, Scheme, Scope, pruned};
use crate::engine::Silent;
use crate::engine::measure::{ErrorHistogram, ErrorReport, ErrorSums};
use crate::engine::tensor::{Bin, Summary};

/// Bars of a preview's error histogram.
const ERROR_BARS: usize = 81;

/// Fits a scheme to the bins of a summary.
///
/// `None` where the weights do not share one set of parameters, where nothing quantizes, where the share to prune is global and
/// `threshold`, its magnitude, is not known, or where the scheme is refused: then only the exact pass can tell.
/// The result is exact where every bin is one distinct value, and otherwise right to a small part of a bin's width.
pub fn preview(summary: &Summary, shape: &[usize], scheme: &Scheme) -> Option<Preview> {
    preview_with(summary, shape, scheme, None)
}

/// [`preview`], with the magnitude below which a global share prunes.
pub fn preview_with(summary: &Summary, shape: &[usize], scheme: &Scheme, threshold: Option<f32>) -> Option<Preview> {
    let partition = Partition::new(scheme.per(), shape).ok()?;
    if partition.groups() != 1 {
        return None;
    }
    let quantizer = scheme.quantizer.as_ref()?;
    let Some(prune) = scheme.prune else {
        let parameters = fit_groups(quantizer, std::iter::once(GroupView::of(summary)), Effort::Frame, &Silent).ok()?;
        return Some(with_parameters(summary, parameters, 0.0));
    };
    let threshold = match prune.scope {
        Scope::Global => threshold?,
        Scope::Tensor => prune.threshold_of(summary),
    };
    let kept = pruned_summary(summary, threshold);
    let mut parameters = fit_groups(quantizer, std::iter::once(GroupView::of(&kept)), Effort::Frame, &Silent).ok()?;
    parameters.method = format!("{}; {}", pruned::method(threshold), parameters.method);
    Some(with_parameters(summary, parameters, threshold))
}

/// The effect of parameters that are already known on weights of which those below a threshold are pruned.
pub(super) fn with_parameters(summary: &Summary, parameters: Parameters, threshold: f32) -> Preview {
    let Parameters { decoder, encoders, method } = parameters;
    let mut levels = levels_of(&decoder, 0);
    if let Encoder::Rounded(rounded) = &encoders[0] {
        levels.rounded(rounded.rounding(), rounded.affine().scale);
    }
    if let Encoder::Cast(cast) = &encoders[0] {
        levels.rounded_by(cast.rounding(), |_, code| cast.is_odd(code));
    }
    let table = decoder.table(0);
    let rank: Vec<Option<usize>> = table
        .iter()
        .map(|value| levels.values.binary_search_by(|level| level.total_cmp(&(value + 0.0))).ok())
        .collect();
    let assigned = assign(&summary.bins, &encoders[0], threshold);
    let mut sums = ErrorSums::default();
    let (mut sse, mut largest, mut lost) = (0.0, 0.0_f64, 0);
    for (bin, &code) in summary.bins.iter().zip(&assigned) {
        let level = f64::from(table[usize::from(code)]);
        // A cast may send finite weights to infinity or NaN; such pairs are in no sum, as in the exact pass.
        if !level.is_finite() {
            lost += bin.count;
            continue;
        }
        if let Some(rank) = rank[usize::from(code)] {
            levels.counts[rank] += bin.count;
        }
        sums.add_weighted(bin.sum / bin.count as f64, level, bin.count);
        sse += (bin.sum_squares - 2.0 * level * bin.sum + level * level * bin.count as f64).max(0.0);
        largest = largest.max((f64::from(bin.low) - level).abs()).max((f64::from(bin.high) - level).abs());
    }
    let distinct = levels.counts.iter().filter(|&&count| count > 0).count() as u64;
    let sse = if summary.distinct { None } else { Some(sse) };
    let sums = sse.map_or(sums, |sse| sums.with_errors(sse, largest));
    let not_finite = summary.moments.nan + summary.moments.infinite;
    let report = ErrorReport { excluded: not_finite + lost, ..sums.report(distinct) };
    let mut errors = ErrorHistogram::about_zero(report.max_error, ERROR_BARS);
    for (bin, &code) in summary.bins.iter().zip(&assigned) {
        errors.add(bin.sum / bin.count as f64 - f64::from(table[usize::from(code)]), bin.count);
    }
    // Where chance rounds, a bin's weights part; one code for all of them is but the likeliest.
    let exact = summary.distinct && !encoders[0].is_stochastic();
    Preview { decoder, levels, report, errors, method, threshold, exact }
}

/// The code of every bin by its mean.
fn assign(bins: &[Bin], encoder: &Encoder, threshold: f32) -> Vec<u16> {
    let mean = |bin: &Bin| (bin.sum / bin.count as f64) as f32;
    let kept = |value: f32| if is_pruned(value, threshold) { 0.0 } else { value };
    let means: Vec<f32> = bins.iter().map(|bin| kept(mean(bin))).collect();
    let mut codes = vec![0_u16; bins.len()];
    encoder.encode(&means, &mut codes);
    codes
}
