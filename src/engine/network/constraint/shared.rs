//! Centroid fine-tuning: weights that share a centroid move together (Han et al. 2016, section 3.3).

use super::Constraint;
use crate::engine::quantize::fine_tune::{Reduce, reduced_gradients};
use crate::engine::quantize::{Decoder, Quantized, Quantizer};

/// Which centroid a weight has stays as it is; the gradients of a centroid's weights become one, and all of them take its step.
///
/// An optimizer that treats every weight alike (SGD, Adam) then keeps equal weights equal to the bit, so the weights are the codebook.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The centroid of every weight; the codebooks of groups are behind each other.
    slots: Vec<u16>,
    /// Of every centroid: whether it is held at 0.
    pinned: Vec<bool>,
    reduce: Reduce,
}

impl Shared {
    /// The sharing of weights that were quantized by a codebook; a centroid that the scheme pins at 0 stays there. `None` for another
    /// quantizer, or for more than 65,536 centroids in all.
    pub fn of(quantized: &Quantized, reduce: Reduce) -> Option<Self> {
        let Decoder::Codebook { books } = &quantized.decoder else { return None };
        let holds_zero = matches!(&quantized.scheme.quantizer, Some(Quantizer::KMeans(kmeans)) if kmeans.pinned);
        let mut first = Vec::with_capacity(books.len());
        let mut pinned = Vec::new();
        for book in books {
            first.push(pinned.len());
            pinned.extend(book.iter().map(|centroid| holds_zero && *centroid == 0.0));
        }
        if pinned.len() > 1 << 16 {
            return None;
        }
        let mut slots = vec![0; quantized.codes.len()];
        for (group, run) in quantized.partition.runs() {
            for place in run {
                slots[place] = (first[group] + usize::from(quantized.codes.get(place))) as u16;
            }
        }
        Some(Self { slots, pinned, reduce })
    }
}

impl Constraint for Shared {
    fn gradient(&mut self, _latent: &[f32], gradient: &mut [f32]) {
        let mut reduced = reduced_gradients(self.slots.iter().copied(), self.pinned.len(), gradient, self.reduce);
        for (reduced, pinned) in reduced.iter_mut().zip(&self.pinned) {
            if *pinned {
                *reduced = 0.0;
            }
        }
        for (gradient, slot) in gradient.iter_mut().zip(&self.slots) {
            *gradient = reduced[usize::from(*slot)] as f32;
        }
    }
}
