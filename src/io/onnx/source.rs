//! Getting at the elements of a tensor in an ONNX model.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::proto::{Coding, varints};
use crate::engine::tensor::{Bytes, Dtype, Origin, Source, SourceError, Values};
use crate::io::blob::Blob;
use crate::io::decode::decode;
use crate::io::stored::Stored;

/// One tensor's data.
pub(super) struct OnnxSource {
    pub data: Data,
    pub dtype: Dtype,
    pub count: usize,
    pub label: String,
    /// For a writer that carries the graph over.
    pub place: Arc<OnnxPlace>,
}

/// A model, as a writer needs it that carries its graph over.
pub(in crate::io) struct OnnxFile {
    pub blob: Blob,
    /// The outermost graph.
    pub graph: Range<usize>,
    /// The version of ONNX's own operators.
    pub opset: u64,
    /// Where files beside it lie.
    pub folder: Option<PathBuf>,
}

/// A tensor's place in a model.
pub(in crate::io) struct OnnxPlace {
    pub file: Arc<OnnxFile>,
    /// Its graph, numbered as they are read: one before those in it.
    pub graph: usize,
    /// Its name there.
    pub name: String,
    /// Whether it is the output of `DequantizeLinear`.
    pub computed: bool,
}

/// Where the elements are.
pub(super) enum Data {
    /// As they are, in a file.
    Stored(Blob, Range<usize>),
    /// In a typed field.
    Typed(Blob, Coding, Vec<Range<usize>>),
    /// Where they cannot be read, and why.
    Missing(String),
}

impl OnnxSource {
    /// The elements of a typed field, little-endian and packed.
    fn typed(&self, blob: &Blob, coding: Coding, pieces: &[Range<usize>]) -> Result<Vec<u8>, SourceError> {
        let joined = blob.unchanged(|| {
            let mut joined = vec![0; pieces.iter().map(Range::len).sum()];
            let mut rest = &mut joined[..];
            for piece in pieces {
                let (part, others) = rest.split_at_mut(piece.len());
                blob.fill(piece.start, part)?;
                rest = others;
            }
            Ok(joined)
        })?;
        let fault = |problem: String| blob.fault(&format!("tensor `{}`: {problem}", self.label));
        let needed = self.dtype.bytes(self.count as u64);
        let bytes = match coding {
            Coding::Plain => joined,
            Coding::Varint => {
                // Of a number below 8 bits each varint is one byte of several.
                let width = (self.dtype.bits() / 8).max(1) as usize;
                let numbers = varints(&joined).map_err(fault)?;
                numbers.iter().flat_map(|number| number.to_le_bytes().into_iter().take(width)).collect()
            }
        };
        if bytes.len() as u64 != needed {
            let found = bytes.len();
            return Err(fault(format!("{found} bytes of data where its shape needs {needed}")));
        }
        Ok(bytes)
    }
}

impl Source for OnnxSource {
    fn read(&self) -> Result<Values, SourceError> {
        match &self.data {
            Data::Stored(blob, range) if self.dtype.bits() >= 8 => {
                Stored { blob: blob.clone(), range: range.clone(), dtype: self.dtype }.read()
            }
            _ => Ok(Values::from(decode(self.dtype, &self.stored()?, self.count))),
        }
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        match &self.data {
            Data::Stored(blob, range) => Ok(Bytes::new(blob.bytes(range.clone())?)),
            Data::Typed(blob, coding, pieces) => Ok(Bytes::new(self.typed(blob, *coding, pieces)?)),
            Data::Missing(problem) => Err(SourceError(format!("tensor `{}`: {problem}", self.label))),
        }
    }

    fn origin(&self) -> Option<Origin> {
        Some(Arc::clone(&self.place) as Origin)
    }
}
