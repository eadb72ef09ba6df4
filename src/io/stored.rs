//! Elements that lie in a file just as [`Source::stored`] wants them.

use super::blob::Blob;
use super::decode::decode_from;
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
        if self.range.end as u64 > self.blob.length() {
            return Err(self.blob.fault(&format!("bytes {}..{} are beyond its end", self.range.start, self.range.end)));
        }
        let count = (self.range.len() as u64 * 8 / u64::from(self.dtype.bits())) as usize;
        let fill = |start, buffer: &mut [u8]| self.blob.fill(self.range.start + start, buffer);
        Ok(Values::from(self.blob.unchanged(|| decode_from(self.dtype, count, fill))?))
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        Ok(Bytes::new(self.blob.bytes(self.range.clone())?))
    }
}
