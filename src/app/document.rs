//! One open file or built-in example: its model, what is selected in it, and the statistics of its tensors.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use super::curves;
use super::results::Curve;
use crate::engine::quantize::Shares;
use crate::engine::tensor::{Model, Moments, Sparkline, Summary, Tensor};
use crate::engine::{Cancelled, Progress};
use crate::io::Nameless;

/// Bars of the small histogram in a table row.
const SPARKLINE_BARS: usize = 28;

/// Identifies an open document; never used twice in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentId(pub u64);

/// Where a document came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A built-in example, by its catalogue name.
    Example(String),
    /// A file.
    File(PathBuf),
    /// Numbers from the clipboard.
    Pasted,
}

/// Length and time of a file: what differs when it was saved again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// The file's present state; `None` where it cannot be asked, as while another program replaces it.
    pub fn of(path: &Path) -> Option<Self> {
        let data = std::fs::metadata(path).ok()?;
        Some(Self { length: data.len(), modified: data.modified().ok() })
    }
}

/// What the tensor table shows of one tensor.
#[derive(Clone, Debug)]
pub struct TensorStatistics {
    /// Counts and moments.
    pub moments: Moments,
    /// The small histogram.
    pub sparkline: Sparkline,
}

/// The statistics of a model's tensors, filled in by a job while the table already shows them.
#[derive(Clone)]
pub struct Statistics {
    tensors: Arc<[OnceLock<Result<TensorStatistics, String>>]>,
    curves: Arc<[OnceLock<Vec<Curve>>]>,
}

impl Statistics {
    fn empty(tensors: usize) -> Self {
        Self {
            tensors: (0..tensors).map(|_| OnceLock::new()).collect(),
            curves: (0..tensors).map(|_| OnceLock::new()).collect(),
        }
    }

    /// What is known of a tensor: `None` while the job has not reached it, an error if it could not be read.
    pub fn get(&self, tensor: usize) -> Option<&Result<TensorStatistics, String>> {
        self.tensors.get(tensor)?.get()
    }

    /// The rate-distortion curves of a tensor, once the job's second round has reached it.
    pub fn curves(&self, tensor: usize) -> Option<&[Curve]> {
        self.curves.get(tensor)?.get().map(Vec::as_slice)
    }

    /// Number of pieces that the job has finished: grows whenever a row of the table changes.
    pub fn finished(&self) -> usize {
        self.tensors.iter().filter(|slot| slot.get().is_some()).count()
            + self.curves.iter().filter(|slot| slot.get().is_some()).count()
    }

    /// Reads every tensor and fills in what is missing, first the statistics of all, then the curves; stops when cancelled.
    ///
    /// # Errors
    /// When cancelled.
    pub fn fill(&self, model: &Model, progress: &dyn Progress) -> Result<(), Cancelled> {
        let mut part = Part { progress, done: 0, total: 2 * model.count().max(1) };
        for (slot, tensor) in self.tensors.iter().zip(&model.tensors) {
            part.check()?;
            let statistics = match tensor.values() {
                Ok(values) => {
                    let summary = Summary::of(&values, &part)?;
                    Ok(TensorStatistics {
                        moments: summary.moments,
                        sparkline: Sparkline::of(&summary, SPARKLINE_BARS),
                    })
                }
                Err(error) => Err(error.to_string()),
            };
            // The slot may be full already: a second run of the job finds the first one's results.
            let _ = slot.set(statistics);
            part.done += tensor.count() as u64;
        }
        for (slot, tensor) in self.curves.iter().zip(&model.tensors) {
            part.check()?;
            if let Ok(values) = tensor.values() {
                let summary = Summary::of(&values, &part)?;
                let _ = slot.set(curves::of(&summary, &tensor.shape));
            }
            part.done += tensor.count() as u64;
        }
        Ok(())
    }
}

/// Progress of one tensor within the whole model.
struct Part<'a> {
    progress: &'a dyn Progress,
    done: u64,
    total: u64,
}

impl Progress for Part<'_> {
    fn tick(&self, done: u64, _total: u64) -> Result<(), Cancelled> {
        self.progress.tick(self.done + done, self.total)
    }

    fn check(&self) -> Result<(), Cancelled> {
        self.progress.tick(self.done, self.total)
    }
}

/// An open document.
pub struct Document {
    /// Which one.
    pub id: DocumentId,
    /// Where it came from.
    pub origin: Origin,
    /// Its tensors.
    pub model: Arc<Model>,
    /// Their statistics, as far as the job has come.
    pub statistics: Statistics,
    /// The tensor that the pages show.
    pub tensor: usize,
    /// The weight that the inspector shows, as a flat index into the tensor.
    pub weight: usize,
    /// Thresholds of shares of all its weights.
    pub shares: Arc<Shares>,
    /// The file's state when it was read; `None` for an example.
    pub stamp: Option<Stamp>,
    /// Its state since, if a change was told.
    pub told: Option<Stamp>,
    /// What its elements were taken for where it does not say.
    pub nameless: Nameless,
}

impl Document {
    /// A document on its largest float tensor with two or more axes, or on the first tensor.
    pub fn new(id: DocumentId, origin: Origin, model: Model) -> Self {
        let selection = model.default_selection();
        let tensor = selection.into_iter().next().unwrap_or(0);
        let statistics = Statistics::empty(model.tensors.len());
        let stamp = match &origin {
            Origin::File(path) => Stamp::of(path),
            Origin::Example(_) | Origin::Pasted => None,
        };
        let shares = Arc::default();
        let nameless = Nameless::default();
        Self { id, origin, model: Arc::new(model), statistics, tensor, weight: 0, shares, stamp, told: None, nameless }
    }

    /// The name on the tab.
    pub fn title(&self) -> &str {
        &self.model.name
    }

    /// The selected tensor; `None` where the model has none.
    pub fn selected(&self) -> Option<&crate::engine::tensor::Tensor> {
        self.model.tensors.get(self.tensor)
    }

    /// The tensors that a share of the whole model is a share of: those that a quantizer takes by default.
    pub fn weights(&self) -> Vec<Tensor> {
        self.model.default_selection().into_iter().map(|tensor| self.model.tensors[tensor].clone()).collect()
    }

    /// What results of the selected tensor are kept under.
    pub fn key(&self) -> TensorKey {
        TensorKey { document: self.id, tensor: self.tensor }
    }

    /// The seed of synthetic weights; `None` for everything else.
    pub fn seed(&self) -> Option<u64> {
        let seed = self.model.metadata.iter().find(|(key, _)| key == "seed");
        seed.filter(|_| matches!(self.origin, Origin::Example(_))).and_then(|(_, seed)| seed.parse().ok())
    }

    /// The state of a file that was written to since it was read; `None` where there was no change, or nobody can tell.
    pub fn changed(&self) -> Option<Stamp> {
        Stamp::of(self.path()?).filter(|now| Some(*now) != self.stamp)
    }

    /// How the command line names this document's input; an example has no file.
    pub fn path(&self) -> Option<&std::path::Path> {
        match &self.origin {
            Origin::File(path) => Some(path),
            Origin::Example(_) | Origin::Pasted => None,
        }
    }
}

/// Identifies one tensor of one open document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TensorKey {
    /// The document.
    pub document: DocumentId,
    /// The tensor's place in its model.
    pub tensor: usize,
}

impl TensorKey {
    /// A number of its own, for what is cached by number.
    pub fn id(self) -> u64 {
        self.document.0 << 32 | self.tensor as u64
    }
}
