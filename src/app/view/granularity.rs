//! One quantizer with one scale for all weights, one a channel, one a group; and k-means beside it.

use std::sync::Arc;

use crate::engine::measure::ErrorReport;
use crate::engine::quantize::{self, Decoder, Fitted, Linear, Per, QuantizeError, Quantizer, Scheme, SchemeError};
use crate::engine::tensor::{Summary, Values};
use crate::engine::{Cancelled, Progress};

/// Weights that can have an outlier: of more, a copy for every step of a drag would take too long.
pub const OUTLIER_LIMIT: usize = 1 << 20;

/// The weights with an outlier: the one of the largest magnitude is replaced. Gives its place, too.
pub fn with_outlier(values: &Values, outlier: Option<f32>) -> (Values, Option<usize>) {
    let place = largest(values);
    match (place, outlier) {
        (Some(at), Some(outlier)) if values.len() <= OUTLIER_LIMIT => {
            let mut changed = values.to_vec();
            changed[at] = outlier;
            (changed.into(), place)
        }
        _ => (values.clone(), place),
    }
}

/// The weights of a page with their outlier, summarised once.
#[derive(Clone, Debug)]
pub struct Weights {
    /// The weights; the one of the largest magnitude is the outlier where there is one.
    pub values: Values,
    /// Their moments and fine histogram.
    pub summary: Arc<Summary>,
}

impl Weights {
    /// The weights with an outlier; without one, as they are.
    pub fn new(values: &Values, summary: &Arc<Summary>, outlier: Option<f32>) -> Self {
        let (changed, _) = with_outlier(values, outlier);
        let summary = match outlier {
            Some(_) if values.len() <= OUTLIER_LIMIT => Arc::new(Summary::of_group(changed.iter().copied())),
            _ => Arc::clone(summary),
        };
        Self { values: changed, summary }
    }

    /// The weights in these ranges of places.
    pub fn part(&self, runs: impl Iterator<Item = std::ops::Range<usize>>) -> Self {
        let values: Vec<f32> = runs.flat_map(|run| self.values[run].iter().copied()).collect();
        Self { summary: Arc::new(Summary::of_group(values.iter().copied())), values: values.into() }
    }

    /// Smallest and largest finite weight; 0 where there is none.
    pub fn extent(&self) -> [f32; 2] {
        [self.summary.moments.min, self.summary.moments.max]
    }
}

/// The place of the finite weight of the largest magnitude.
pub fn largest(values: &[f32]) -> Option<usize> {
    let finite = values.iter().enumerate().filter(|(_, value)| value.is_finite());
    finite.max_by(|left, right| left.1.abs().total_cmp(&right.1.abs())).map(|(place, _)| place)
}

/// Every weight there and back.
#[derive(Clone, Debug)]
pub struct Cells {
    /// q, or the index of the centroid.
    pub codes: Vec<i32>,
    /// Place of the reconstruction among the levels of its group, from 0.
    pub ranks: Vec<usize>,
    /// What comes back.
    pub restored: Vec<f32>,
    /// Errors over all weights.
    pub report: ErrorReport,
    /// S of every group; empty for k-means.
    pub scales: Vec<f32>,
    /// Z of every group; empty where it is always 0.
    pub zero_points: Vec<i32>,
    /// The group of every weight.
    pub groups: Vec<usize>,
}

/// Rows and columns of the part of a matrix that a page shows cell by cell.
pub const SIDE: usize = 8;

/// The upper left part of a matrix, at most `side` × `side`: the places of its weights, and how many columns it has.
pub fn corner((rows, columns): (usize, usize), side: usize) -> (Vec<usize>, usize) {
    let shown = columns.min(side);
    ((0..rows.min(side)).flat_map(|row| (0..shown).map(move |column| row * columns + column)).collect(), shown)
}

impl Cells {
    /// Quantizes the weights and takes those at `places` apart.
    ///
    /// # Errors
    /// Cancelled; or, as text, why the scheme does not fit.
    pub fn of(
        values: &[f32],
        shape: &[usize],
        scheme: &Scheme,
        places: &[usize],
        progress: &dyn Progress,
    ) -> Result<Result<Self, String>, Cancelled> {
        let Fitted { quantized, report } = match quantize::quantize(values, shape, scheme, None, progress) {
            Ok(fitted) => fitted,
            Err(QuantizeError::Cancelled(cancelled)) => return Err(cancelled),
            Err(error @ QuantizeError::Unfit(_)) => return Ok(Err(error.to_string())),
        };
        let offset = match quantized.decoder {
            Decoder::Affine { code_min, .. } => code_min,
            _ => 0,
        };
        let (scales, zero_points) = match &quantized.decoder {
            Decoder::Affine { scale, zero_point, .. } => (scale.clone(), zero_point.clone()),
            _ => (Vec::new(), Vec::new()),
        };
        Ok(Ok(Self {
            codes: places.iter().map(|&index| i32::from(quantized.codes.get(index)) + offset).collect(),
            ranks: places.iter().map(|&index| usize::from(quantized.codes.get(index))).collect(),
            restored: places.iter().map(|&index| quantized.value(index)).collect(),
            report,
            scales,
            zero_points,
            groups: places.iter().map(|&index| quantized.partition.group_of(index)).collect(),
        }))
    }
}

/// A linear quantizer beside k-means of as many bits.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The linear one.
    pub linear: Result<Cells, String>,
    /// The global optimum of k-means.
    pub kmeans: Result<Cells, String>,
}

impl Beside {
    /// Quantizes the weights both ways.
    ///
    /// # Errors
    /// Cancelled.
    pub fn of(
        values: &[f32],
        shape: &[usize],
        linear: &Linear,
        places: &[usize],
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let kmeans = match format!("kmeans:bits={}", linear.bits).parse() {
            Ok(kmeans) => Cells::of(values, shape, &kmeans, places, progress)?,
            Err(error) => Err(SchemeError::to_string(&error)),
        };
        let linear = Scheme::from(Quantizer::Linear(linear.clone()));
        Ok(Self { linear: Cells::of(values, shape, &linear, places, progress)?, kmeans })
    }
}

/// One way to share scales.
#[derive(Clone, Debug)]
pub struct Sharing {
    /// Which weights share.
    pub per: Per,
    /// The result, or why this shape does not allow it.
    pub cells: Result<Cells, String>,
}

/// One scale for all, one a row, one a group of `group` weights.
///
/// # Errors
/// Cancelled.
pub fn sharings(
    values: &[f32],
    shape: &[usize],
    linear: &Linear,
    group: usize,
    places: &[usize],
    progress: &dyn Progress,
) -> Result<Vec<Sharing>, Cancelled> {
    let of = |per: Per| {
        let scheme = Scheme::from(Quantizer::Linear(Linear { per, ..linear.clone() }));
        let cells = Cells::of(values, shape, &scheme, places, progress)?;
        Ok(Sharing { per, cells })
    };
    [Per::Tensor, Per::Channel(0), Per::Group(group)].into_iter().map(of).collect()
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

    #[test]
    fn two_bits_linear_and_by_k_means() {
        let beside = Beside::of(&W, &[4, 4], &affine::plain(2), &corner((4, 4), SIDE).0, &Silent).unwrap();
        let (linear, kmeans) = (beside.linear.unwrap(), beside.kmeans.unwrap());
        assert_eq!(linear.codes, [1, -2, 0, -1, -1, -1, -2, 1, -2, 1, -1, -2, 1, -1, 0, 0]);
        assert!((linear.report.sse - 0.745_422).abs() < 1e-5);
        assert!((kmeans.report.sse - 0.0932).abs() < 1e-6);
        assert_eq!(kmeans.codes[..4], [3, 0, 2, 1]);
    }

    #[test]
    fn sharing_by_row_and_by_group() {
        let settings = affine::parse("linear:bits=2,range=restricted").unwrap();
        let all = sharings(&W, &[4, 4], &settings, 2, &corner((4, 4), SIDE).0, &Silent).unwrap();
        let sse: Vec<f64> = all.iter().map(|sharing| sharing.cells.as_ref().unwrap().report.sse).collect();
        assert!((sse[0] - 5.2192).abs() < 1e-4 && (sse[1] - 4.3245).abs() < 1e-4 && sse[2] < sse[1], "{sse:?}");
        let scales: Vec<usize> = all.iter().map(|sharing| sharing.cells.as_ref().unwrap().scales.len()).collect();
        assert_eq!(scales, [1, 4, 8]);
    }

    #[test]
    fn the_outlier_takes_the_place_of_the_largest_weight() {
        let weights = Values::from(W.to_vec());
        let (values, place) = with_outlier(&weights, Some(10.0));
        assert_eq!((values[7], place), (10.0, Some(7)));
        assert_eq!(*with_outlier(&weights, None).0, W);
        assert_eq!(with_outlier(&Vec::new().into(), Some(1.0)).1, None);
        let weights = Weights::new(&weights, &Arc::default(), Some(10.0));
        assert_eq!(weights.extent(), [-1.08, 10.0]);
    }
}
