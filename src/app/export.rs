//! Taking the result away: what is written, where to, and the job that writes it and reads it back.

use std::path::{Path, PathBuf};

use super::session::{Session, file_name};
use super::settings::Settings;
use crate::engine::quantize::{self, QuantizeError, Scheme};
use crate::engine::tensor::Model;
use crate::engine::{Cancelled, Progress};
use crate::io;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The selected tensor.
    Tensor,
    /// Every tensor of the model: those that a quantizer takes by default as codes, the others as they are.
    Model,
}

pub use crate::io::Layout;

/// A decided export.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// Where to; the ending names the format.
    pub path: PathBuf,
    /// What is written.
    pub scope: Scope,
    /// Codes and parameters, or the reconstruction.
    pub layout: Layout,
}

/// A file that was written, read back and found equal.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Where it is.
    pub path: PathBuf,
    /// Tensors that were quantized.
    pub quantized: usize,
    /// Its size.
    pub file_bytes: u64,
}

impl Exported {
    /// For the toast.
    pub fn sentence(&self) -> String {
        let tensors = if self.quantized == 1 { "1 tensor quantized".to_owned() } else { format!("{} tensors quantized", self.quantized) };
        format!("{}, {} in {}", tensors, crate::app::view::format::bytes_exact(self.file_bytes), self.path.display())
    }
}
