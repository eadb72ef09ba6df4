//! The weights themselves: read-only float32, shared, owned by whoever holds the bytes.

use std::ops::Deref;
use std::sync::Arc;

/// A flat, row-major, read-only array of float32, cheap to clone.
///
/// The memory may be a `Vec` or a mapped file; the engine does not care which. Every computation of the engine is on float32
/// values: a source of another dtype is decoded (exactly for every format of up to 24 significant bits; float64 and wide
/// integers are rounded to nearest even).
#[derive(Clone)]
pub struct Values(Arc<dyn AsRef<[f32]> + Send + Sync>);

impl Values {
    /// Wraps memory that can be seen as float32.
    pub fn new(memory: impl AsRef<[f32]> + Send + Sync + 'static) -> Self {
        Self(Arc::new(memory))
    }
}

impl From<Vec<f32>> for Values {
    fn from(values: Vec<f32>) -> Self {
        Self::new(values)
    }
}

impl Deref for Values {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        (*self.0).as_ref()
    }
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Values({} × f32)", self.len())
    }
}

/// The bytes of a tensor could not be read when they were needed; names the file and the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);

/// Where a tensor's values come from: memory, a mapped file, a generator.
pub trait Source: Send + Sync {
    /// The values in row-major order, decoded to float32. May be slow; call it from a job.
    fn read(&self) -> Result<Values, SourceError>;

    /// The elements as they are stored, little-endian and in row-major order; `None` where there is no stored form to keep, and the
    /// float32 values are all there is.
    fn bytes(&self) -> Option<Result<Vec<u8>, SourceError>> {
        None
    }
}

impl Source for Values {
    fn read(&self) -> Result<Values, SourceError> {
        Ok(self.clone())
    }
}
