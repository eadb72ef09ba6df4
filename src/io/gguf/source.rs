//! Getting at the elements of a tensor in a GGUF file.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::File;
use crate::engine::tensor::ggml::{Coding, Ggml};
use crate::engine::tensor::{Bytes, Dtype, Origin, Source, SourceError, Values};
use crate::io::blob::Blob;
use crate::io::stored::Stored;

/// Blocks that one task decodes.
const TASK: usize = 256;

/// One tensor's place in its file.
pub(in crate::io) struct Place {
    pub blob: Blob,
    pub file: Arc<File>,
    /// Its bytes.
    pub range: Range<usize>,
    /// Its type, or the number of one that is not known.
    pub kind: Result<&'static Ggml, u32>,
    /// What messages call it.
    pub label: String,
}

/// A shared place, so that a writer can find it again.
pub(super) struct Shared(Arc<Place>);

impl Place {
    pub(super) fn as_source(self: Arc<Self>) -> Shared {
        Shared(self)
    }

    /// Its bytes as they are.
    pub(super) fn bytes(&self) -> Stored {
        Stored { blob: self.blob.clone(), range: self.range.clone(), dtype: Dtype::U8 }
    }
}

impl Source for Shared {
    fn read(&self) -> Result<Values, SourceError> {
        let Place { blob, range, kind, label, .. } = &*self.0;
        let refuse = |what: String| Err(blob.fault(&format!("tensor `{label}`: {what}")));
        match kind {
            Ok(Ggml { coding: Coding::Plain(dtype), .. }) => {
                Stored { blob: blob.clone(), range: range.clone(), dtype: *dtype }.read()
            }
            Ok(Ggml { coding: Coding::Block(decode), weights, bytes, .. }) => {
                let stored = blob.bytes(range.clone())?;
                let mut values = vec![0.0_f32; range.len() / bytes * weights];
                values.par_chunks_mut(weights * TASK).zip(stored.par_chunks(bytes * TASK)).for_each(
                    |(values, stored)| {
                        for (values, block) in values.chunks_exact_mut(*weights).zip(stored.chunks_exact(*bytes)) {
                            decode(block, values);
                        }
                    },
                );
                Ok(Values::from(values))
            }
            Ok(kind) => refuse(format!("{} is not decoded yet", kind.name)),
            Err(number) => refuse(format!("type {number} is not known")),
        }
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        if let Ok(Ggml { coding: Coding::Plain(_), .. }) = self.0.kind {
            return Ok(Bytes::new(self.0.blob.bytes(self.0.range.clone())?));
        }
        let values = self.read()?;
        Ok(Bytes::new(values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()))
    }

    fn origin(&self) -> Option<Origin> {
        Some(Arc::clone(&self.0) as Origin)
    }
}
