//! What a format has to do to be written: take tensors one at a time, and end.

use std::fs::File;
use std::io::{BufWriter, Write};

use crate::engine::quantize::Quantized;
use crate::engine::tensor::{Dtype, SourceError, Tensor};
use crate::io::atomic::Companion;

/// Where a model is written: a file that has no name yet.
pub(super) type Out<'a, 'f> = &'a mut BufWriter<&'f File>;

/// A file that is being written, one tensor at a time.
pub(super) trait Writer {
    /// Appends a tensor as it is stored.
    ///
    /// Returns the arrays that have been written for it, as they must be when they are read back.
    fn plain(&mut self, tensor: &Tensor, tick: &mut Tick<'_>) -> Result<Vec<Written>, Refusal>;

    /// Appends a tensor that was quantized; the same.
    fn quantized(
        &mut self,
        tensor: &Tensor,
        quantized: &Quantized,
        tick: &mut Tick<'_>,
    ) -> Result<Vec<Written>, Refusal>;

    /// What the user should know about the file, sentence by sentence; asked before the end.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Writes what comes last; a second file that belongs to the first, where there is one.
    fn finish(self: Box<Self>, tick: &mut Tick<'_>) -> std::io::Result<Option<Companion>>;
}

/// Why a tensor was not written.
pub(super) enum Refusal {
    /// The file could not be written.
    Io(std::io::Error),
    /// The format cannot hold it, or it cannot be read; the reason.
    Unfit(String),
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self::Unfit(reason)
    }
}

impl From<SourceError> for Refusal {
    fn from(error: SourceError) -> Self {
        Self::Unfit(error.to_string())
    }
}

/// What an array must be when it is read back.
pub(super) struct Written {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    pub hash: u64,
}

impl Written {
    /// An array of these bytes.
    pub fn new(name: String, dtype: Dtype, shape: Vec<usize>, bytes: &[u8]) -> Self {
        Self { name, dtype, shape, hash: hash(bytes) }
    }

    /// A float32 array.
    pub fn floats(name: String, shape: Vec<usize>, values: &[f32]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::new(name, Dtype::F32, shape, &bytes)
    }
}

/// A fingerprint of bytes within one run of the program.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Asked now and then whether to go on.
pub(super) type Tick<'a> = dyn FnMut() -> std::io::Result<()> + 'a;

/// Writes bytes in pieces, with a tick before each.
pub(super) fn write_all(out: &mut impl Write, bytes: &[u8], tick: &mut Tick<'_>) -> std::io::Result<()> {
    const PIECE: usize = 8 << 20;
    bytes.chunks(PIECE).try_for_each(|piece| {
        tick()?;
        out.write_all(piece)
    })
}
