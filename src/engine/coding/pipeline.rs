//! A compression pipeline over a tensor or a model: every stage's bytes, and a row of the paper's tables for every layer.

use super::{LayerRow, Ledger, Stage, stages};
use crate::engine::quantize::{Options, QuantizeError, Scheme, quantize_with};
use crate::engine::tensor::Tensor;
use crate::engine::{Cancelled, Progress, Silent};

/// What a pipeline leaves.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    /// The stages over all layers; parts of one name are taken together.
    pub stages: Vec<Stage>,
    /// One row a layer.
    pub layers: Vec<LayerRow>,
    /// Layers that could not be compressed, with the reason.
    pub refused: Vec<(String, String)>,
}

impl Pipeline {
    /// Runs the stages of a scheme over tensors, one after the other. `threshold` is the magnitude below which a share of the whole model
    /// is pruned, where the scheme asks for one.
    ///
    /// # Errors
    /// When cancelled.
    pub fn run(
        tensors: &[Tensor],
        scheme: &Scheme,
        threshold: Option<f32>,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let total = tensors.len() as u64;
        let mut pipeline = Self::default();
        for (done, tensor) in tensors.iter().enumerate() {
            progress.tick(done as u64, total)?;
            let values = match tensor.values() {
                Ok(values) => values,
                Err(error) => {
                    pipeline.refused.push((tensor.name.clone(), error.to_string()));
                    continue;
                }
            };
            let options = Options { threshold, ..Options::default() };
            let quantized = match quantize_with(&values, &tensor.shape, scheme, &options, &Silent) {
                Ok(fitted) => fitted.quantized,
                Err(QuantizeError::Cancelled(cancelled)) => return Err(cancelled),
                Err(error) => {
                    pipeline.refused.push((tensor.name.clone(), error.to_string()));
                    continue;
                }
            };
            let pruned = || {
                let alone = Scheme { quantizer: None, storage: Default::default(), ..scheme.clone() };
                quantize_with(&values, &tensor.shape, &alone, &options, &Silent).ok().map(|fitted| fitted.quantized)
            };
            add(&mut pipeline.stages, stages(&quantized, pruned));
            pipeline.layers.push(LayerRow::of(&tensor.name, &quantized));
        }
        Ok(pipeline)
    }

    /// All layers taken together.
    pub fn total(&self) -> LayerRow {
        LayerRow::total(&self.layers)
    }
}

/// Adds the stages of one more layer: sizes of the same stage and part sum up.
fn add(sum: &mut Vec<Stage>, stages: Vec<Stage>) {
    for stage in stages {
        match sum.iter_mut().find(|other| other.name == stage.name) {
            None => sum.push(stage),
            Some(other) => {
                other.bytes += stage.bytes;
                merge(&mut other.ledger, stage.ledger);
            }
        }
    }
}

fn merge(sum: &mut Ledger, ledger: Ledger) {
    for part in ledger.parts {
        match sum.parts.iter_mut().find(|other| other.name == part.name) {
            // The arithmetic of one layer says nothing about the sum.
            Some(other) => {
                other.bits += part.bits;
                other.arithmetic.clear();
            }
            None => sum.parts.push(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::quantize::Shares;
    use crate::engine::tensor::examples;

    fn run(text: &str) -> Pipeline {
        let model = (examples::find("synthetic").unwrap().make)();
        let (tensors, scheme) = (&model.tensors[..2], text.parse().unwrap());
        let threshold = Shares::default().threshold(tensors, &scheme, &Silent).unwrap();
        Pipeline::run(tensors, &scheme, threshold, &Silent).unwrap()
    }

    #[test]
    fn stages_of_layers_sum_up() {
        let pipeline = run("prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=4|huffman");
        let names: Vec<&str> = pipeline.stages.iter().map(|stage| stage.name).collect();
        assert_eq!(names, ["float32", "pruned", "codebook", "huffman"]);
        assert_eq!(pipeline.stages[0].bytes, 2 * 4 * 65_536);
        assert!(pipeline.stages.windows(2).all(|pair| pair[1].bytes < pair[0].bytes));
        let total = pipeline.total();
        assert_eq!(total.bytes, (pipeline.stages[2].bytes, pipeline.stages[3].bytes));
        for stage in &pipeline.stages {
            assert_eq!(stage.ledger.bits(), stage.bytes * 8, "{}", stage.name);
        }
    }

    #[test]
    fn a_global_share_is_one_of_the_model() {
        let pipeline = run("prune:share=0.5,scope=global|kmeans:bits=2,zero=pinned|sparse:index=4");
        // A code that means 0 is not stored either, so a little less than the share may be left.
        let shares: Vec<f64> = pipeline.layers.iter().filter_map(LayerRow::kept_share).collect();
        assert!(pipeline.total().kept_share().unwrap() <= 0.5);
        assert!(
            (shares[0] - shares[1]).abs() > 1e-2,
            "one threshold leaves layers of different spread differently: {shares:?}"
        );
    }
}
