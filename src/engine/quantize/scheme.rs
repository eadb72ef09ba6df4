//! Every quantizer there is, as plain data.

use super::linear::ScaleFormat;
use super::{Binary, Ggml, Per, SchemeError, SignScale, Ternary, ggml};
use crate::engine::number::{Overflow, Rounding};

/// A quantizer and its settings: the stage of a [`super::Scheme`] that turns weights into codes.
///
/// The text form ([`std::fmt::Display`], [`std::str::FromStr`]) is one line such as `kmeans:bits=4,init=linear`; settings at their
/// defaults are left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Quantizer {
    /// A codebook fitted by one-dimensional k-means.
    KMeans(KMeans),
    /// Evenly spaced levels, r = S(q − Z).
    Linear(Linear),
    /// Rounding to a number format.
    Cast(Cast),
    /// The sign, q ∈ {−1, +1}.
    Binary(Binary),
    /// The sign with a zero between, q ∈ {−1, 0, +1}.
    Ternary(Ternary),
    /// A block type of llama.cpp.
    Ggml(Ggml),
}

/// Settings of a k-means codebook.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KMeans {
    /// Number of centroids, 2…65,536. Codes take ⌈log2 k⌉ bits.
    pub k: u32,
    /// How the centroids are found.
    pub init: Init,
    /// Seed of the random starts.
    pub seed: u64,
    /// Whether one centroid is 0 and stays there, so that pruned weights stay 0. It counts as one of the k.
    pub pinned: bool,
    /// Which weights share a codebook.
    pub per: Per,
}

/// The optimum, or the start of Lloyd's algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Init {
    /// The global optimum by dynamic programming; no start needed.
    #[default]
    Optimal,
    /// Lloyd from evenly spaced centroids between minimum and maximum (Deep Compression's choice).
    Linear,
    /// Lloyd from quantiles.
    Density,
    /// Lloyd from k random weights.
    Forgy,
    /// Lloyd from k-means++ (Arthur and Vassilvitskii 2007).
    PlusPlus,
}

/// Settings of a linear quantizer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Linear {
    /// Width of a code, 1…16.
    pub bits: u8,
    /// How S and Z follow from the range of the weights.
    pub range: Range,
    /// Signed codes −2^(N−1)…2^(N−1)−1, or unsigned 0…2^N−1.
    pub signed: bool,
    /// The range of the weights that the codes cover.
    pub clip: Clip,
    /// Whether the range is widened to hold 0.
    pub zero: Zero,
    /// How r / S becomes a whole number.
    pub rounding: Rounding,
    /// How S is stored.
    pub scale: ScaleFormat,
    /// Which weights share S and Z.
    pub per: Per,
}

/// How the scale follows from the range; the lecture's slides 50 to 59.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Range {
    /// Asymmetric: S = (r_max − r_min) / (q_max − q_min), Z = round(q_min − r_min / S).
    #[default]
    Affine,
    /// S = |r|max / (2^(N−1) − 1), codes −(2^(N−1) − 1)…2^(N−1) − 1, Z = 0 (TensorFlow, TensorRT).
    Restricted,
    /// S = |r|max / 2^(N−1), all codes, Z = 0 (PyTorch, ONNX).
    Full,
    /// Restricted scale, all codes, Z = 0 (the course's lab).
    FullClamped,
    /// S = |r|max / ((2^N − 1) / 2), all codes, Z = 0 (Distiller).
    FullHalf,
}

/// The range of weights that the codes cover.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Clip {
    /// From the smallest to the largest finite weight.
    #[default]
    MinMax,
    /// The central share of the weights, in percent: as many cut off at one end as at the other, or by magnitude where the range is
    /// symmetric.
    Percentile(f32),
    /// The range with the least squared error, clipping and rounding together.
    Mse,
    /// The range whose quantized histogram diverges least from the weights' (TensorRT's entropy calibration).
    Kl,
    /// A range set by hand; weights beyond it saturate.
    Fixed {
        /// Lower end.
        low: f32,
        /// Upper end.
        high: f32,
    },
}

impl Eq for Clip {}

impl Clip {
    /// Whether the range depends on more than the smallest and largest weight.
    pub fn wants_bins(self) -> bool {
        !matches!(self, Self::MinMax | Self::Fixed { .. })
    }
}

impl std::hash::Hash for Clip {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match *self {
            Self::MinMax => 0_u8.hash(state),
            Self::Fixed { low, high } => (1_u8, low.to_bits(), high.to_bits()).hash(state),
            Self::Percentile(percent) => (2_u8, percent.to_bits()).hash(state),
            Self::Mse => 3_u8.hash(state),
            Self::Kl => 4_u8.hash(state),
        }
    }
}

/// What an asymmetric range does about zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Zero {
    /// The range is widened to hold 0, so that Z is always a code (gemmlowp, ONNX).
    #[default]
    Extend,
    /// The lab's formula: Z is clamped into the codes, the range stays.
    Lab,
}

/// Settings of a cast to a number format.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cast {
    /// Canonical name of the format, e.g. `e4m3fn`, `int8` or `e5m9b15ieee`.
    pub format: String,
    /// What the weights are divided by first.
    pub scale: CastScale,
    /// Which of two neighbouring values a weight goes to.
    pub rounding: Rounding,
    /// What becomes of values beyond the largest finite one.
    pub overflow: Overflow,
    /// Which weights share a scale.
    pub per: Per,
}

/// The scale of a cast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CastScale {
    /// None: the weights go in as they are.
    #[default]
    None,
    /// The largest magnitude goes to the largest finite value of the format.
    AbsMax,
}

/// One row of the table of quantizer families.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// The stage's name in the text form.
    pub name: &'static str,
    /// The name on screen.
    pub title: &'static str,
    /// The family at its defaults, in text form: what its button selects first.
    pub example: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
}

/// Every family that is built, in the order of the controls.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "kmeans",
        title: "K-means",
        example: "kmeans:bits=4",
        summary: "A codebook of centroids fitted to the weights",
    },
    Family {
        name: "linear", title: "Linear", example: "linear:bits=4", summary: "Evenly spaced levels, r = S(q − Z)"
    },
    Family { name: "float", title: "Cast", example: "float:e4m3fn", summary: "Round to a number format" },
    Family { name: "binary", title: "Binary", example: "binary", summary: "The sign times one scale: 1 bit" },
    Family { name: "ternary", title: "Ternary", example: "ternary", summary: "−1, 0 or +1 times a scale: 2 bits" },
    Family { name: "gguf", title: "GGUF", example: "gguf:q4_0", summary: "Blocks of 32, as llama.cpp stores them" },
];

impl Quantizer {
    /// The family's row in [`FAMILIES`].
    pub fn family(&self) -> &'static Family {
        let index = match self {
            Self::KMeans(_) => 0,
            Self::Linear(_) => 1,
            Self::Cast(_) => 2,
            Self::Binary(_) => 3,
            Self::Ternary(_) => 4,
            Self::Ggml(_) => 5,
        };
        &FAMILIES[index]
    }

    /// Width of one code in bits; `None` for a cast to a format that the catalogue lacks.
    pub fn bits(&self) -> Option<u32> {
        match self {
            Self::KMeans(kmeans) => Some(kmeans.bits()),
            Self::Linear(linear) => Some(u32::from(linear.bits)),
            Self::Cast(cast) => crate::engine::number::named(&cast.format).ok().map(|named| named.format.bits()),
            Self::Binary(_) => Some(1),
            Self::Ternary(_) => Some(2),
            Self::Ggml(kind) => Some(kind.bits()),
        }
    }

    /// Whether another width would be another quantizer.
    pub fn has_fixed_width(&self) -> bool {
        matches!(self, Self::Cast(_) | Self::Binary(_) | Self::Ternary(_) | Self::Ggml(_))
    }

    /// Whether there is something for weights to share.
    pub fn has_parameters(&self) -> bool {
        !matches!(
            self,
            Self::Cast(Cast { scale: CastScale::None, .. })
                | Self::Binary(Binary { scale: SignScale::None, .. })
                | Self::Ggml(_)
        )
    }

    /// The same quantizer at another code width. A cast has the width of its format, signs have theirs: both are refused.
    pub fn with_bits(&self, bits: u32) -> Result<Self, SchemeError> {
        if !(1..=16).contains(&bits) {
            return Err(SchemeError::new(format!("bits is 1 to 16, not {bits}")));
        }
        match self {
            Self::KMeans(kmeans) => Ok(Self::KMeans(KMeans { k: 1 << bits, ..kmeans.clone() })),
            Self::Linear(linear) if bits == 1 && linear.range.needs_two_bits() => {
                Err(SchemeError::new(format!("range={} needs at least 2 bits", linear.range.name())))
            }
            Self::Linear(linear) => Ok(Self::Linear(Linear { bits: bits as u8, ..linear.clone() })),
            Self::Cast(_) => Err(SchemeError::new("a cast has the width of its format")),
            Self::Binary(_) if bits == 1 => Ok(self.clone()),
            Self::Ternary(_) if bits == 2 => Ok(self.clone()),
            Self::Binary(_) => Err(SchemeError::new(format!("binary has 1 bit, not {bits}"))),
            Self::Ternary(_) => Err(SchemeError::new(format!("ternary has 2 bits, not {bits}"))),
            Self::Ggml(kind) => Ok(Self::Ggml(kind.with_bits(bits)?)),
        }
    }

    /// Which weights share parameters.
    pub fn per(&self) -> Per {
        match self {
            Self::KMeans(kmeans) => kmeans.per,
            Self::Linear(linear) => linear.per,
            Self::Cast(cast) => cast.per,
            Self::Binary(binary) => binary.per,
            Self::Ternary(ternary) => ternary.per,
            Self::Ggml(_) => ggml::PER,
        }
    }

    /// The same quantizer with its parameters shared by other weights; a block type keeps its blocks.
    pub fn with_per(&self, per: Per) -> Self {
        let mut quantizer = self.clone();
        match &mut quantizer {
            Self::KMeans(kmeans) => kmeans.per = per,
            Self::Linear(linear) => linear.per = per,
            Self::Cast(cast) => cast.per = per,
            Self::Binary(binary) if binary.scale == SignScale::None => {}
            Self::Binary(binary) => binary.per = per,
            Self::Ternary(ternary) => ternary.per = per,
            Self::Ggml(_) => {}
        }
        quantizer
    }
}

impl KMeans {
    /// Width of a code: ⌈log2 k⌉.
    pub fn bits(&self) -> u32 {
        self.k.next_power_of_two().trailing_zeros()
    }
}

impl Linear {
    /// Smallest and largest code.
    pub fn codes(&self) -> (i32, i32) {
        let half = 1_i32 << (self.bits - 1);
        match (self.range, self.signed) {
            (Range::Restricted, true) => (1 - half, half - 1),
            (_, true) => (-half, half - 1),
            (_, false) => (0, 2 * half - 1),
        }
    }
}

impl Range {
    /// Every range with its name in the text form, the default first.
    pub const ALL: [Self; 5] = [Self::Affine, Self::Restricted, Self::Full, Self::FullClamped, Self::FullHalf];

    /// The name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Affine => "affine",
            Self::Restricted => "restricted",
            Self::Full => "full",
            Self::FullClamped => "full-clamped",
            Self::FullHalf => "full-half",
        }
    }

    /// Who uses it; the names are those of the lecture's slide 59, the lab and Distiller's documentation.
    pub fn used_by(self) -> &'static str {
        match self {
            Self::Affine => "gemmlowp, ONNX, TFLite activations",
            Self::Restricted => "TensorFlow, TensorRT, Intel DNNL",
            Self::Full => "PyTorch, ONNX",
            Self::FullClamped => "the course's lab",
            Self::FullHalf => "Distiller",
        }
    }

    /// Whether Z is always 0 and therefore not stored.
    pub fn is_symmetric(self) -> bool {
        self != Self::Affine
    }

    /// Whether one bit leaves no code but 0, or a scale of |r|max / 0.
    pub fn needs_two_bits(self) -> bool {
        matches!(self, Self::Restricted | Self::FullClamped)
    }
}

impl Init {
    /// Every start, the default first.
    pub const ALL: [Self; 5] = [Self::Optimal, Self::Linear, Self::Density, Self::Forgy, Self::PlusPlus];

    /// The name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::Linear => "linear",
            Self::Density => "density",
            Self::Forgy => "forgy",
            Self::PlusPlus => "kmeans++",
        }
    }

    /// Whether the result depends on the seed.
    pub fn is_random(self) -> bool {
        matches!(self, Self::Forgy | Self::PlusPlus)
    }
}
