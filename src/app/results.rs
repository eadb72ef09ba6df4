//! What was computed, and what it was computed from. Nothing here is saved; everything can be made again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::document::TensorKey;
use crate::engine::coding::{Layout, Ledger, estimated};
use crate::engine::measure::{ErrorHistogram, ErrorReport};
use crate::engine::quantize::{
    self, CurvePoint, Decoder, Levels, Options, Partition, QuantizeError, Quantized, Quantizer, Scheme,
};
use crate::engine::tensor::{Summary, Tensor, Values};
use crate::engine::{Cancelled, Progress};

/// Bars of the error histogram.
const ERROR_BARS: usize = 81;

/// Tensors whose values and summaries are kept; an LRU of this many.
const KEPT: usize = 4;

/// Weights that all but the newest of them may have together, 128 MiB: a tensor that is large takes no multiple of its size.
const KEPT_WEIGHTS: usize = 1 << 25;

/// A tensor that is ready for the sliders.
#[derive(Clone)]
pub struct Loaded {
    /// Which one.
    pub key: TensorKey,
    /// Sizes of the axes.
    pub shape: Vec<usize>,
    /// Its weights.
    pub values: Values,
    /// Made once.
    pub summary: Arc<Summary>,
}

impl Loaded {
    /// Reads and summarises a tensor.
    ///
    /// # Errors
    /// A file that cannot be read any more, as one line; or cancelled.
    pub fn read(key: TensorKey, tensor: &Tensor, progress: &dyn Progress) -> Result<Result<Self, String>, Cancelled> {
        match tensor.values() {
            Ok(values) => {
                let summary = Arc::new(Summary::of(&values, progress)?);
                Ok(Ok(Self { key, shape: tensor.shape.clone(), values, summary }))
            }
            Err(error) => Ok(Err(error.to_string())),
        }
    }
}

/// A scheme's effect on a tensor, as the pages show it.
#[derive(Clone)]
pub struct Analysis {
    /// The tensor.
    pub key: TensorKey,
    /// The scheme.
    pub scheme: Scheme,
    /// Bits of a code.
    pub bits: u32,
    /// How codes become values.
    pub decoder: Decoder,
    /// Which weights share parameters.
    pub partition: Partition,
    /// The levels of the first group, or of the only one.
    pub levels: Levels,
    /// Errors over all weights.
    pub report: ErrorReport,
    /// Distribution of the errors.
    pub errors: ErrorHistogram,
    /// What every bit of the packed tensor is for.
    pub ledger: Ledger,
    /// How the parameters came about.
    pub method: String,
    /// Magnitude below which a preview prunes; the codes tell once there are any.
    threshold: f32,
    /// The codes, once the exact pass has been; `None` for a preview from the summary.
    pub quantized: Option<Arc<Quantized>>,
    /// The weights of the group that `levels` belongs to, where there are several groups.
    pub group_summary: Option<Arc<Summary>>,
    /// Different for every analysis, for what is cached by number.
    pub revision: u64,
}

/// Counts analyses.
static REVISION: AtomicU64 = AtomicU64::new(1);

fn next_revision() -> u64 {
    REVISION.fetch_add(1, Ordering::Relaxed)
}

impl Analysis {
    /// The answer from the summary, within a frame; `None` where only the exact pass can tell.
    ///
    /// `threshold` is the magnitude below which a share of the whole model lies, as far as it is known. The size of sparse and
    /// Huffman-coded storage is estimated.
    pub fn preview(loaded: &Loaded, scheme: &Scheme, threshold: Option<f32>) -> Option<Self> {
        let preview = quantize::preview_with(&loaded.summary, &loaded.shape, scheme, threshold)?;
        let bits = scheme.bits()?;
        Some(Self {
            key: loaded.key,
            scheme: scheme.clone(),
            bits,
            partition: Partition::new(scheme.per(), &loaded.shape).ok()?,
            ledger: estimated(&preview.levels, loaded.values.len(), bits, &preview.decoder, scheme.storage),
            decoder: preview.decoder,
            levels: preview.levels,
            report: preview.report,
            errors: preview.errors,
            method: preview.method,
            threshold: preview.threshold,
            quantized: None,
            group_summary: None,
            revision: next_revision(),
        })
    }

    /// The exact pass over all weights; `threshold` as in [`Self::preview`], exact.
    ///
    /// # Errors
    /// A scheme that this tensor does not fit, as one line; or cancelled.
    pub fn exact(
        loaded: &Loaded,
        scheme: &Scheme,
        threshold: Option<f32>,
        progress: &dyn Progress,
    ) -> Result<Result<Self, String>, Cancelled> {
        let options = Options { summary: Some(&loaded.summary), threshold, ..Options::default() };
        let fitted = quantize::quantize_with(&loaded.values, &loaded.shape, scheme, &options, progress);
        let fitted = match fitted {
            Ok(fitted) => fitted,
            Err(QuantizeError::Cancelled(cancelled)) => return Err(cancelled),
            Err(QuantizeError::Unfit(reason)) => return Ok(Err(reason)),
        };
        let errors =
            quantize::error_histogram(&loaded.values, &fitted.quantized, &fitted.report, ERROR_BARS, progress)?;
        let quantized = fitted.quantized;
        let group_summary = (quantized.partition.groups() > 1).then(|| group_summary(loaded, &quantized.partition, 0));
        Ok(Ok(Self {
            key: loaded.key,
            group_summary,
            scheme: scheme.clone(),
            bits: quantized.bits,
            decoder: quantized.decoder.clone(),
            partition: quantized.partition.clone(),
            levels: quantize::levels(&quantized, 0),
            report: fitted.report,
            errors,
            ledger: Layout::of(&quantized).ledger(),
            method: quantized.method.clone(),
            threshold: 0.0,
            quantized: Some(Arc::new(quantized)),
            revision: next_revision(),
        }))
    }

    /// Whether every number comes from all weights, not from the summary's bins.
    pub fn is_exact(&self) -> bool {
        self.quantized.is_some()
    }

    /// The reconstruction of a weight: by its code where there are codes, else by the nearest level.
    pub fn reconstruction(&self, index: usize, value: f32) -> f32 {
        match &self.quantized {
            Some(quantized) => quantized.value(index),
            None => {
                let value = if quantize::prune::is_pruned(value, self.threshold) { 0.0 } else { value };
                let rank = self.levels.boundaries.partition_point(|&boundary| boundary < value);
                self.levels.values.get(rank).copied().unwrap_or(value)
            }
        }
    }

    /// The range beyond which weights saturate, where the scheme covers less than all weights.
    pub fn clip(&self) -> Option<(f64, f64)> {
        let Some(Quantizer::Linear(_)) = self.scheme.quantizer else { return None };
        let [low, second, .., last, high] = self.levels.values.as_slice() else { return None };
        // A weight within half a step of the outermost level is rounded, not clipped.
        let wide = |value: &f32| f64::from(*value);
        let (below, above) = ((wide(second) - wide(low)) / 2.0, (wide(high) - wide(last)) / 2.0);
        Some((wide(low) - below, wide(high) + above))
    }

    /// The same analysis showing the levels of another group.
    pub fn with_group(&self, loaded: &Loaded, group: usize) -> Option<Self> {
        let quantized = self.quantized.as_ref().filter(|_| group < self.partition.groups())?;
        Some(Self {
            levels: quantize::levels(quantized, group),
            group_summary: Some(group_summary(loaded, &self.partition, group)),
            revision: next_revision(),
            ..self.clone()
        })
    }

    /// Bits per weight, everything counted.
    pub fn bits_per_weight(&self) -> Option<f64> {
        let count = self.report.count + self.report.excluded;
        (count > 0).then(|| self.ledger.bits() as f64 / count as f64)
    }
}

/// The weights of one group.
fn group_summary(loaded: &Loaded, partition: &Partition, group: usize) -> Arc<Summary> {
    let weights = partition.runs_of(group).flat_map(|run| loaded.values[run].iter().copied());
    Arc::new(Summary::of_group(weights))
}

/// Error against size of one kind of quantizer at every width.
#[derive(Clone, Debug)]
pub struct Curve {
    /// The family's row name, e.g. `kmeans`.
    pub family: &'static str,
    /// The series' name on screen.
    pub title: String,
    /// One point a width.
    pub points: Vec<CurvePoint>,
}

/// The newest results, by what they were computed from.
#[derive(Default)]
pub struct Results {
    loaded: Vec<Arc<Loaded>>,
    failed: HashMap<TensorKey, String>,
    analysis: Option<Arc<Analysis>>,
    refused: Option<(TensorKey, Scheme, String)>,
    curves: HashMap<TensorKey, Arc<Vec<Curve>>>,
}

impl Results {
    /// The tensor's values and summary, if they are there.
    pub fn loaded(&self, key: TensorKey) -> Option<&Arc<Loaded>> {
        self.loaded.iter().find(|loaded| loaded.key == key)
    }

    /// Keeps a tensor that was read, and drops the one that was not asked for longest.
    pub fn keep_loaded(&mut self, loaded: Loaded) {
        self.failed.remove(&loaded.key);
        self.loaded.retain(|kept| kept.key != loaded.key);
        self.loaded.push(Arc::new(loaded));
        let older = |kept: &[Arc<Loaded>]| kept.iter().rev().skip(1).map(|loaded| loaded.values.len()).sum::<usize>();
        while self.loaded.len() > KEPT || older(&self.loaded) > KEPT_WEIGHTS {
            self.loaded.remove(0);
        }
    }

    /// Marks a tensor as the one asked for last.
    pub fn touch(&mut self, key: TensorKey) {
        if let Some(position) = self.loaded.iter().position(|loaded| loaded.key == key) {
            let loaded = self.loaded.remove(position);
            self.loaded.push(loaded);
        }
    }

    /// Why a tensor could not be read.
    pub fn failure(&self, key: TensorKey) -> Option<&str> {
        self.failed.get(&key).map(String::as_str)
    }

    /// Keeps why a tensor could not be read.
    pub fn keep_failure(&mut self, key: TensorKey, reason: String) {
        self.failed.insert(key, reason);
    }

    /// The newest analysis of a tensor; it may be of another scheme than the one asked for: then it is stale.
    pub fn analysis(&self, key: TensorKey) -> Option<&Arc<Analysis>> {
        self.analysis.as_ref().filter(|analysis| analysis.key == key)
    }

    /// Keeps an analysis as the newest.
    pub fn keep_analysis(&mut self, analysis: Analysis) {
        self.refused = None;
        self.analysis = Some(Arc::new(analysis));
    }

    /// Why a scheme does not fit a tensor.
    pub fn refusal(&self, key: TensorKey, scheme: &Scheme) -> Option<&str> {
        let (refused_key, refused_scheme, reason) = self.refused.as_ref()?;
        (*refused_key == key && refused_scheme == scheme).then_some(reason.as_str())
    }

    /// Keeps why a scheme does not fit a tensor.
    pub fn keep_refusal(&mut self, key: TensorKey, scheme: Scheme, reason: String) {
        self.refused = Some((key, scheme, reason));
    }

    /// The rate-distortion curves of a tensor.
    pub fn curves(&self, key: TensorKey) -> Option<&Arc<Vec<Curve>>> {
        self.curves.get(&key)
    }

    /// Keeps the curves of a tensor.
    pub fn keep_curves(&mut self, key: TensorKey, curves: Vec<Curve>) {
        self.curves.insert(key, Arc::new(curves));
    }

    /// Drops everything of a closed document.
    pub fn forget(&mut self, document: super::document::DocumentId) {
        self.loaded.retain(|loaded| loaded.key.document != document);
        self.failed.retain(|key, _| key.document != document);
        self.curves.retain(|key, _| key.document != document);
        self.analysis = self.analysis.take().filter(|analysis| analysis.key.document != document);
    }
}
