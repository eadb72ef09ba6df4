//! Which values a quantized signal may have.

use super::SignalError;
use crate::engine::Progress;
use crate::engine::quantize::{QuantizeError, Quantizer, Scheme, SchemeError, quantize};

/// Where evenly spaced levels lie within ±A.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Grid {
    /// From −A to A, both included: S = 2A / (L − 1). With an odd number of levels one is 0.
    #[default]
    Inclusive,
    /// Mid-rise: S = 2A / L, levels at odd multiples of S / 2; 0 is a boundary.
    MidRise,
    /// Mid-tread: S = 2A / L, levels at multiples of S from −⌊L / 2⌋ on; 0 is a level. With an even number of levels the one at A is
    /// missing, as in two's complement.
    MidTread,
}

/// How the levels are spread.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Law {
    /// Evenly.
    #[default]
    Uniform,
    /// Evenly after compression by ln(1 + μ|x|) / ln(1 + μ) (ITU-T G.711, as the smooth curve): μ = 255.
    Mu,
    /// Evenly after compression by the A-law (ITU-T G.711, as the smooth curve): A = 87.6.
    A,
    /// Where the squared error of this signal is least (Lloyd 1957, Max 1960): k-means of its samples, exact up to 256 levels.
    LloydMax,
}

/// μ of North America and Japan.
const MU: f64 = 255.0;
/// A of Europe.
const A: f64 = 87.6;

/// Sorted levels and the boundaries between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// Ascending.
    pub values: Vec<f64>,
    /// One fewer: a sample on a boundary goes to the upper level.
    pub boundaries: Vec<f64>,
    /// Distance of neighbours where all are as far apart.
    pub step: Option<f64>,
}

impl Grid {
    /// The levels of ±`full_scale`, and their distance.
    fn place(self, count: usize, full_scale: f64) -> (Vec<f64>, f64) {
        let levels = count as f64;
        let step = match self {
            Self::Inclusive => 2.0 * full_scale / (levels - 1.0),
            Self::MidRise | Self::MidTread => 2.0 * full_scale / levels,
        };
        let value = |index: usize| match self {
            Self::Inclusive | Self::MidRise => (index as f64 - (levels - 1.0) / 2.0) * step,
            Self::MidTread => (index as f64 - (count / 2) as f64) * step,
        };
        ((0..count).map(value).collect(), step)
    }
}

impl Law {
    /// The curve before the even levels: −1…1 to −1…1, odd.
    pub fn compress(self, x: f64) -> f64 {
        let magnitude = x.abs();
        let compressed = match self {
            Self::Uniform | Self::LloydMax => magnitude,
            Self::Mu => (MU * magnitude).ln_1p() / MU.ln_1p(),
            Self::A if magnitude < 1.0 / A => A * magnitude / (1.0 + A.ln()),
            Self::A => (1.0 + (A * magnitude).ln()) / (1.0 + A.ln()),
        };
        compressed.copysign(x)
    }

    /// The inverse of [`Self::compress`].
    pub fn expand(self, y: f64) -> f64 {
        let magnitude = y.abs();
        let expanded = match self {
            Self::Uniform | Self::LloydMax => magnitude,
            Self::Mu => (magnitude * MU.ln_1p()).exp_m1() / MU,
            Self::A if magnitude < 1.0 / (1.0 + A.ln()) => magnitude * (1.0 + A.ln()) / A,
            Self::A => (magnitude * (1.0 + A.ln()) - 1.0).exp() / A,
        };
        expanded.copysign(y)
    }
}

impl Levels {
    /// `count` levels (2…65,536) for a signal of ±`full_scale`; k-means looks at the samples, other laws do not.
    ///
    /// # Errors
    /// Another number of levels, a full scale that is not above 0; cancelled.
    pub fn new(
        law: Law,
        grid: Grid,
        count: usize,
        full_scale: f64,
        samples: &[f64],
        progress: &dyn Progress,
    ) -> Result<Self, SignalError> {
        if !(2..=65_536).contains(&count) {
            return Err(SignalError::Unfit(format!("a signal has 2 to 65,536 levels, not {count}")));
        }
        if !(full_scale.is_finite() && full_scale > 0.0) {
            return Err(SignalError::Unfit(format!("full scale is above 0, not {full_scale}")));
        }
        let middle = |pair: &[f64]| f64::midpoint(pair[0], pair[1]);
        if law == Law::LloydMax {
            let values = lloyd_max(samples, count, progress)?;
            let boundaries = values.windows(2).map(middle).collect();
            return Ok(Self { values, boundaries, step: None });
        }
        let (even, step) = grid.place(count, full_scale);
        let boundaries: Vec<f64> = even.windows(2).map(middle).collect();
        if law == Law::Uniform {
            return Ok(Self { values: even, boundaries, step: Some(step) });
        }
        let expand = |value: &f64| full_scale * law.expand(value / full_scale);
        let [values, boundaries] = [even, boundaries].map(|places| places.iter().map(expand).collect());
        Ok(Self { values, boundaries, step: None })
    }

    /// The place of a sample's level.
    pub fn index(&self, sample: f64) -> usize {
        self.boundaries.partition_point(|&boundary| boundary <= sample)
    }

    /// Whether a sample is farther beyond the outer levels than half their distance to the next ones.
    pub fn clips(&self, sample: f64) -> bool {
        let [first, second, ..] = self.values[..] else { return false };
        let [.., before, last] = self.values[..] else { return false };
        // What rounding leaves of half a step is no clipping.
        let slack = 1e-9 * (last - first);
        sample < first - (second - first) / 2.0 - slack || sample > last + (last - before) / 2.0 + slack
    }
}

/// Levels with the least squared error; fewer where the signal has fewer values.
fn lloyd_max(samples: &[f64], count: usize, progress: &dyn Progress) -> Result<Vec<f64>, SignalError> {
    let narrow: Vec<f32> = samples.iter().map(|&sample| sample as f32).collect();
    let quantizer: Quantizer =
        format!("kmeans:k={count}").parse().map_err(|error: SchemeError| SignalError::Unfit(error.to_string()))?;
    let fitted = quantize(&narrow, &[narrow.len()], &Scheme::from(quantizer), None, progress);
    let decoder = fitted.map_err(|error| match error {
        QuantizeError::Unfit(reason) => SignalError::Unfit(reason),
        QuantizeError::Cancelled(cancelled) => cancelled.into(),
    })?;
    let decoder = decoder.quantized.decoder;
    Ok(decoder.table(0).into_iter().map(f64::from).collect())
}
