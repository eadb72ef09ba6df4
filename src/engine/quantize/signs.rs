//! One and two bits: the sign of a weight, with or without a scale, and the sign with a zero between.
//!
//! Binary: BinaryConnect (Courbariaux et al. 2015) keeps sign(W), BWN and XNOR-Net (Rastegari et al. 2016) multiply it by α = mean |W|.
//! Ternary: TWN (Li et al. 2016), TTQ (Zhu et al. 2017) and BitNet b1.58 (Ma et al. 2024) differ in where zero ends and in the scales.

mod coin;
mod curve;
mod fit;
mod text;

pub use curve::{Magnitudes, ThresholdPoint, best_of_two_scales, two_scales};

pub(super) use coin::Coin;
pub(super) use fit::{Fit, of_bins, of_values};
pub(super) use text::{binary, settings_of_binary, settings_of_ternary, ternary};

use super::{Per, Quantizer};

/// What a binary or ternary quantizer makes of the weights of one group, weight by weight; `None` for another quantizer and where signs are
/// drawn. The same values as those of [`super::quantize`], without codes and reports: what every step of a training asks for.
pub fn levels_of(quantizer: &Quantizer, weights: &[f32]) -> Option<Vec<f32>> {
    if matches!(quantizer, Quantizer::Binary(Binary { stochastic: Some(_), .. })) {
        return None;
    }
    let Fit { scale: [below, above], threshold, .. } = of_values(quantizer, weights)?;
    let level = |weight: &f32| match threshold {
        // Both zeros are not below 0: their sign is +1.
        None => {
            if *weight < 0.0 {
                -below
            } else {
                above
            }
        }
        Some([_, positive]) if *weight > positive => above,
        Some([negative, _]) if *weight < -negative => -below,
        Some(_) => 0.0,
    };
    Some(weights.iter().map(level).collect())
}

/// Settings of a binary quantizer: q = sign(r), where sign(0) is +1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Binary {
    /// What the signs are multiplied by.
    pub scale: SignScale,
    /// Where the sign is drawn instead: P(+1) = clip((r + 1) / 2, 0, 1), the hard sigmoid of BinaryConnect; the seed of the draws.
    pub stochastic: Option<u64>,
    /// Which weights share a scale.
    pub per: Per,
}

/// The scale of the signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SignScale {
    /// α = mean |W|, which has the least squared error of all scales of sign(W).
    #[default]
    Mean,
    /// None: the weights become ±1.
    None,
}

/// Settings of a ternary quantizer: q = 0 where |r| ≤ Δ, else sign(r).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ternary {
    /// Where Δ is.
    pub threshold: Threshold,
    /// How many scales the weights share.
    pub scales: Scales,
    /// Which weights share them.
    pub per: Per,
}

/// Where zero ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Threshold {
    /// Δ = 0.7 · mean |W| (TWN).
    #[default]
    Twn,
    /// The Δ with the least squared error, found among all sorted magnitudes; with two scales, one Δ for each sign.
    Optimal,
    /// Δ = γ / 2 with γ = mean |W| as the scale: clip(round(W / γ), −1, 1) (BitNet b1.58).
    AbsMean,
    /// Δ = this share of the largest magnitude (TTQ: 0.05).
    Share(f32),
    /// Δ itself.
    Fixed(f32),
}

impl Eq for Threshold {}

impl std::hash::Hash for Threshold {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match *self {
            Self::Twn => 0_u8.hash(state),
            Self::Optimal => 1_u8.hash(state),
            Self::AbsMean => 2_u8.hash(state),
            Self::Share(share) => (3_u8, share.to_bits()).hash(state),
            Self::Fixed(threshold) => (4_u8, threshold.to_bits()).hash(state),
        }
    }
}

/// How many scales the weights of a group share. Each is the mean magnitude of the weights that it stands for, which has the least
/// squared error; TTQ starts there and learns on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scales {
    /// One for both signs.
    #[default]
    One,
    /// One for each sign (TTQ).
    Two,
}

#[cfg(test)]
mod tests;
