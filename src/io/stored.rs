//! Elements that lie in a file just as [`Source::stored`] wants them.

use super::blob::Blob;
use super::decode::decode;
use crate::engine::tensor::{Bytes, Dtype, Source, SourceError, Values};

/// One tensor's bytes: row-major, little-endian, packed.
pub(super) struct Stored {
    /// The file.
    pub blob: Blob,
    /// Where in it.
    pub range: std::ops::Range<usize>,
    /// What the bytes are.
    pub dtype: Dtype,
}

impl Source for Stored {
    fn read(&self) -> Result<Values, SourceError> {
        let region = self.blob.region(self.range.clone())?;
        if self.dtype == Dtype::F32
            && let Some(values) = region.as_floats()
        {
            return Ok(values);
        }
        let count = (self.range.len() as u64 * 8 / u64::from(self.dtype.bits())) as usize;
        Ok(Values::from(decode(self.dtype, region.as_ref(), count)))
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        Ok(self.blob.region(self.range.clone())?.into_bytes())
    }
}
