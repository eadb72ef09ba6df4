//! What the weights must be while a network is trained.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::engine::Progress;
use crate::engine::network::constraint::{
    Binary, Both, Constraint, Constraints, LearnedTernary, Mask, Shared, Signs, Straight, Ternary,
};
use crate::engine::network::graph::{Network, Parameter};
use crate::engine::quantize::fine_tune::Reduce;
use crate::engine::quantize::prune::{self, global_threshold};
use crate::engine::quantize::{self, Amount, KMeans, Prune, QuantizeError, Quantizer, Scheme, Scope};

/// What the passes see of the weights, and what may become of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Regime {
    /// Any value.
    #[default]
    Float,
    /// What a scheme makes of them: shared centroids that move (k-means), the nearest value straight through (linear, float), or
    /// weights that stay pruned.
    Scheme(Scheme),
    /// ±α, one α a filter: binary weight networks (Rastegari et al. 2016).
    Binary,
    /// −α, 0, α, one α a layer: ternary weight networks (Li et al. 2016).
    Ternary,
    /// −α, 0, β with both learned: trained ternary quantization (Zhu et al. 2017).
    LearnedTernary,
}

impl Regime {
    /// Bits of a weight, where every weight has the same and it can be set.
    pub fn bits(&self) -> Option<u32> {
        match self {
            Self::Scheme(scheme) => scheme.bits(),
            _ => None,
        }
    }

    /// Whether weights share centroids, whose indices stay.
    pub fn shares(&self) -> bool {
        matches!(self, Self::Scheme(Scheme { quantizer: Some(Quantizer::KMeans(_)), .. }))
    }

    /// Puts the weights at these places of the network where the regime wants them before the first step, and says what is kept of them
    /// from then on. A share that is pruned of all of them together is one of these places.
    ///
    /// # Errors
    /// A scheme that does not fit a layer, by the layer's name; or cancelled.
    pub(super) fn prepare(
        &self,
        network: &mut Network,
        taken: &[usize],
        progress: &dyn Progress,
    ) -> Result<Constraints, QuantizeError> {
        let regime = self.of(network, taken);
        let mut kept: Vec<Option<Box<dyn Constraint>>> = Vec::with_capacity(network.parameters.len());
        for (place, parameter) in network.parameters.iter_mut().enumerate() {
            kept.push(if taken.contains(&place) { regime.constraint(parameter, progress)? } else { None });
        }
        let mut kept = kept.into_iter();
        Ok(Constraints::of(network, |_| kept.next().flatten()))
    }

    /// The regime with its threshold where a share of all the weights together is pruned.
    fn of(&self, network: &Network, taken: &[usize]) -> Self {
        match self {
            Self::Scheme(Scheme {
                prune: Some(Prune { amount: Amount::Share(share), scope: Scope::Global }),
                quantizer,
                storage,
            }) => {
                let weights: Vec<&[f32]> =
                    taken.iter().map(|place| network.parameters[*place].values.as_slice()).collect();
                let threshold = global_threshold(*share, &weights, |values| Ok::<_, Infallible>(*values));
                let amount = Amount::Threshold(threshold.unwrap_or_else(|never| match never {}));
                let prune = Some(Prune { amount, scope: Scope::Tensor });
                Self::Scheme(Scheme { prune, quantizer: quantizer.clone(), storage: *storage })
            }
            other => other.clone(),
        }
    }

    fn constraint(
        &self,
        parameter: &mut Parameter,
        progress: &dyn Progress,
    ) -> Result<Option<Box<dyn Constraint>>, QuantizeError> {
        let filter = parameter.values.len() / parameter.shape.first().copied().unwrap_or(1).max(1);
        Ok(Some(match self {
            Self::Float => return Ok(None),
            Self::Binary => Box::new(Binary::new(filter)),
            Self::Ternary => Box::new(Ternary),
            Self::LearnedTernary => Box::new(LearnedTernary::of(&parameter.values)),
            Self::Scheme(scheme) => {
                let mask = scheme
                    .prune
                    .map(|prune| Mask::of(&prune::pruned(&parameter.values, prune.threshold(&parameter.values))));
                let scheme = &holding_zero(scheme);
                let fitted = quantize::quantize(&parameter.values, &parameter.shape, scheme, None, progress);
                let quantized = fitted.map_err(|error| named(error, &parameter.name))?.quantized;
                match &scheme.quantizer {
                    Some(Quantizer::KMeans(_)) => {
                        parameter.values = quantized.reconstruct();
                        let shared = Shared::of(&quantized, Reduce::Sum).ok_or_else(|| {
                            let name = &parameter.name;
                            QuantizeError::Unfit(format!("layer {name}: more than 65,536 centroids in all"))
                        })?;
                        Box::new(shared)
                    }
                    Some(quantizer) => {
                        let straight: Box<dyn Constraint> = match Signs::of(quantizer, &parameter.shape) {
                            Some(signs) => Box::new(signs),
                            None => {
                                let free = Scheme { prune: None, ..scheme.clone() };
                                Box::new(Straight::new(free, parameter.shape.clone()))
                            }
                        };
                        match mask {
                            None => straight,
                            Some(mask) => Box::new(Both(straight, Box::new(mask))),
                        }
                    }
                    None => {
                        parameter.values = quantized.reconstruct();
                        Box::new(Mask::of(&parameter.values))
                    }
                }
            }
        }))
    }
}

/// The scheme with a centroid held at 0 where it prunes: otherwise pruned weights would share a centroid that training moves.
fn holding_zero(scheme: &Scheme) -> Scheme {
    match &scheme.quantizer {
        Some(Quantizer::KMeans(kmeans)) if scheme.prune.is_some() => {
            let kmeans = KMeans { pinned: true, ..kmeans.clone() };
            Scheme { quantizer: Some(Quantizer::KMeans(kmeans)), ..scheme.clone() }
        }
        _ => scheme.clone(),
    }
}

fn named(error: QuantizeError, layer: &str) -> QuantizeError {
    match error {
        QuantizeError::Unfit(reason) => QuantizeError::Unfit(format!("layer {layer}: {reason}")),
        cancelled @ QuantizeError::Cancelled(_) => cancelled,
    }
}

impl fmt::Display for Regime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float => f.write_str("float32"),
            Self::Scheme(scheme) => write!(f, "{scheme}"),
            Self::Binary => f.write_str("bwn"),
            Self::Ternary => f.write_str("twn"),
            Self::LearnedTernary => f.write_str("ttq"),
        }
    }
}

impl FromStr for Regime {
    type Err = String;

    /// `float32`, `bwn`, `twn`, `ttq`, or the text of a scheme.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "float32" => Ok(Self::Float),
            "bwn" => Ok(Self::Binary),
            "twn" => Ok(Self::Ternary),
            "ttq" => Ok(Self::LearnedTernary),
            scheme => scheme.parse().map(Self::Scheme).map_err(|error: quantize::SchemeError| {
                format!("{error} (float32, bwn, twn and ttq are possible too)")
            }),
        }
    }
}
