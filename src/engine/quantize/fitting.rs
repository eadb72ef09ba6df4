//! From a scheme and a group's weights to the group's encoder and parameters.

use super::cast::CastEncoder;
use super::encode::{Encoder, Nearest};
use super::kmeans::{self, Effort};
use super::points::Points;
use super::rounded::Rounded;
use super::{Decoder, QuantizeError, Quantizer, Rounding, Scales, SignScale, cast, linear, signs};
use crate::engine::Progress;
use crate::engine::number;
use crate::engine::tensor::{Bin, Moments, Summary};

/// The parameters of all groups and the encoders that go with them.
pub struct Parameters {
    /// How codes become values.
    pub decoder: Decoder,
    /// How weights become codes, group by group.
    pub encoders: Vec<Encoder>,
    /// How the parameters came about.
    pub method: String,
}

/// What a group's fit needs to know about its weights.
pub struct GroupView<'a> {
    /// Smallest finite weight.
    pub min: f32,
    /// Largest finite weight.
    pub max: f32,
    /// Bins or distinct values, made only where [`wants_bins`] says so.
    pub bins: &'a [Bin],
    /// Whether every bin is one distinct value.
    pub distinct: bool,
}

impl<'a> GroupView<'a> {
    /// The whole tensor, by its summary.
    pub fn of(summary: &'a Summary) -> Self {
        let Moments { min, max, .. } = summary.moments;
        Self { min, max, bins: &summary.bins, distinct: summary.distinct }
    }
}

/// Whether a fit needs the weights' distribution, and not only their extent.
pub fn wants_bins(quantizer: &Quantizer) -> bool {
    match quantizer {
        Quantizer::KMeans(_) | Quantizer::Binary(_) | Quantizer::Ternary(_) => true,
        Quantizer::Linear(linear) => linear.clip.wants_bins(),
        Quantizer::Cast(_) | Quantizer::Ggml(_) => false,
    }
}

/// Fits one group.
pub(super) struct GroupFit {
    encoder: Encoder,
    book: Vec<f32>,
    scale: f32,
    zero_point: i32,
    signs: Option<signs::Fit>,
    method: String,
}

impl GroupFit {
    /// The encoder of a codebook.
    pub fn of(fitted: kmeans::Codebook) -> Self {
        // Without finite weights there is nothing to fit; NaN and infinities still need a level to go to.
        let book = if fitted.centroids.is_empty() { vec![0.0] } else { fitted.centroids };
        let encoder = Encoder::Nearest(Nearest::new(&book));
        Self { encoder, book, scale: 1.0, zero_point: 0, signs: None, method: fitted.method }
    }

    fn of_signs(quantizer: &Quantizer, fit: signs::Fit) -> Self {
        let (encoder, method) = (fit.encoder(quantizer), fit.method.clone());
        Self { encoder, book: Vec::new(), scale: 1.0, zero_point: 0, signs: Some(fit), method }
    }
}

fn fit_group(
    quantizer: &Quantizer,
    view: &GroupView<'_>,
    effort: Effort,
    progress: &dyn Progress,
) -> Result<GroupFit, QuantizeError> {
    match quantizer {
        Quantizer::KMeans(kmeans) => {
            Ok(GroupFit::of(kmeans::fit(&Points::of_bins(view.bins), view.distinct, kmeans, effort, progress)?))
        }
        Quantizer::Linear(linear) => {
            let derived = linear::derive(linear, view);
            let encoder = match linear.rounding {
                Rounding::NearestEven => Encoder::Affine(derived.encoder()),
                rounding => Encoder::Rounded(Rounded::new(derived.encoder(), rounding)),
            };
            let method = linear::method(linear);
            let (scale, zero_point) = (derived.scale, derived.zero_point);
            Ok(GroupFit { encoder, book: Vec::new(), scale, zero_point, signs: None, method })
        }
        Quantizer::Cast(settings) => {
            let entry = cast::entry(settings)?;
            let scale = cast::scale(settings, &entry, view.min.abs().max(view.max.abs()));
            let encoder = Encoder::Cast(CastEncoder::new(settings, &entry, scale));
            let method = cast::method(settings, &entry);
            Ok(GroupFit { encoder, book: Vec::new(), scale, zero_point: 0, signs: None, method })
        }
        Quantizer::Binary(_) | Quantizer::Ternary(_) => {
            let fit = signs::of_bins(quantizer, view.bins, view.distinct);
            fit.map(|fit| GroupFit::of_signs(quantizer, fit))
                .ok_or_else(|| QuantizeError::Unfit(format!("{quantizer} has no signs")))
        }
        Quantizer::Ggml(_) => Err(out_of_order()),
    }
}

/// Fits every group and gathers the parameters. Groups are given one by one through `views`.
///
/// # Errors
/// A scheme that does not fit, or cancelled.
pub fn fit_groups<'a>(
    quantizer: &Quantizer,
    views: impl Iterator<Item = GroupView<'a>>,
    effort: Effort,
    progress: &dyn Progress,
) -> Result<Parameters, QuantizeError> {
    let mut fits = Vec::new();
    for view in views {
        fits.push(fit_group(quantizer, &view, effort, progress)?);
    }
    gather(quantizer, fits)
}

/// The fit of one group from all of its weights, for quantizers whose sums no summary holds; `None` for others.
pub fn fit_weights(quantizer: &Quantizer, values: &[f32]) -> Option<Result<Parameters, QuantizeError>> {
    let fit = signs::of_values(quantizer, values)?;
    Some(gather(quantizer, vec![GroupFit::of_signs(quantizer, fit)]))
}

/// [`fit_groups`] where each group's view has to be built from its weights.
///
/// # Errors
/// A scheme that does not fit, or cancelled.
pub fn fit_owned_groups(
    quantizer: &Quantizer,
    groups: usize,
    summary_of: impl Fn(usize) -> (Moments, Vec<Bin>) + Sync,
    progress: &dyn Progress,
) -> Result<Parameters, QuantizeError> {
    use rayon::prelude::*;
    let fit = |group: usize| {
        if group.is_multiple_of(64) {
            progress.tick(group as u64, 2 * groups as u64)?;
        }
        let (moments, bins) = summary_of(group);
        let view = GroupView { min: moments.min, max: moments.max, bins: &bins, distinct: true };
        fit_group(quantizer, &view, Effort::Job, &crate::engine::Silent)
    };
    let fits = (0..groups).into_par_iter().map(fit).collect::<Result<Vec<_>, _>>()?;
    gather(quantizer, fits)
}

/// A block type is not fitted to a distribution: [`super::ggml::fit`] takes the weights themselves.
fn out_of_order() -> QuantizeError {
    QuantizeError::Unfit("a block type is fitted to its weights in their order".to_owned())
}

pub(super) fn gather(quantizer: &Quantizer, fits: Vec<GroupFit>) -> Result<Parameters, QuantizeError> {
    let mut method = fits.first().map_or_else(|| "nothing to fit".to_owned(), |fit| fit.method.clone());
    if fits.len() > 1 {
        method = format!("{}, {} groups", method.split(',').next().unwrap_or_default(), fits.len());
    }
    let decoder = match quantizer {
        Quantizer::KMeans(_) => Decoder::Codebook { books: fits.iter().map(|fit| fit.book.clone()).collect() },
        Quantizer::Linear(linear) => {
            let (code_min, code_max) = linear.codes();
            let zero_points = || fits.iter().map(|fit| fit.zero_point).collect();
            Decoder::Affine {
                scale: fits.iter().map(|fit| fit.scale).collect(),
                zero_point: if linear.range.is_symmetric() { Vec::new() } else { zero_points() },
                code_min,
                code_max,
                stored: linear.scale,
            }
        }
        Quantizer::Cast(settings) => {
            let scaled = settings.scale != super::CastScale::None;
            Decoder::Table {
                values: number::decode_table(cast::entry(settings)?.format),
                scale: if scaled { fits.iter().map(|fit| fit.scale).collect() } else { Vec::new() },
            }
        }
        Quantizer::Binary(binary) => signs_of(&fits, u8::from(binary.scale == SignScale::Mean), false),
        Quantizer::Ternary(ternary) => signs_of(&fits, if ternary.scales == Scales::Two { 2 } else { 1 }, true),
        Quantizer::Ggml(_) => return Err(out_of_order()),
    };
    let encoders = fits.into_iter().map(|fit| fit.encoder).collect();
    Ok(Parameters { decoder, encoders, method })
}

fn signs_of(fits: &[GroupFit], scales: u8, zero: bool) -> Decoder {
    let signs = || fits.iter().filter_map(|fit| fit.signs.as_ref());
    let scale = signs().flat_map(|fit| fit.scale.into_iter().take(scales.into())).collect();
    let threshold = signs().filter_map(|fit| fit.threshold).flatten().collect();
    Decoder::Signs { scale, scales, zero, threshold }
}
