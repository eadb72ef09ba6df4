//! The weights themselves: read-only float32, shared, owned by whoever holds the bytes.

use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;

/// A flat, row-major, read-only array of float32, cheap to clone.
///
/// The memory may be a `Vec` or bytes read from a file; the engine does not care which. Every computation of the engine is on float32
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

/// A read-only run of bytes, cheap to clone; the memory may be a `Vec` or what a reader holds of a file.
#[derive(Clone)]
pub struct Bytes(Arc<dyn AsRef<[u8]> + Send + Sync>);

impl Bytes {
    /// Wraps memory that can be seen as bytes.
    pub fn new(memory: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self(Arc::new(memory))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({})", self.len())
    }
}

/// The bytes of a tensor could not be read when they were needed; names the file and the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);

/// What a reader keeps of the file that a tensor lies in, for a writer of the same format that carries everything else over.
pub type Origin = Arc<dyn Any + Send + Sync>;

/// Where a tensor's values come from: memory, a file, a generator.
pub trait Source: Send + Sync {
    /// The values in row-major order, decoded to float32. May be slow; call it from a job.
    fn read(&self) -> Result<Values, SourceError>;

    /// The elements as the tensor's dtype stores them: row-major, little-endian, those below 8 bits packed lowest bit first.
    /// What a writer copies. The default serves float32 tensors; every other source has its own.
    fn stored(&self) -> Result<Bytes, SourceError> {
        let values = self.read()?;
        Ok(Bytes::new(values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()))
    }

    /// The file that the tensor lies in and its place there, for whoever knows the type; `None` where nothing was kept.
    fn origin(&self) -> Option<Origin> {
        None
    }
}

impl<S: Source> Source for Arc<S> {
    fn read(&self) -> Result<Values, SourceError> {
        S::read(self)
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        S::stored(self)
    }

    fn origin(&self) -> Option<Origin> {
        S::origin(self)
    }
}

impl Source for Values {
    fn read(&self) -> Result<Values, SourceError> {
        Ok(self.clone())
    }
}
