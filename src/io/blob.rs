//! The bytes of an input file: mapped, or in memory.

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;

use super::error::{Error, label, reason, size};
use crate::engine::tensor::{Bytes, SourceError, Values};

/// An input file, cheap to clone.
///
/// A mapped file that another program shortens turns reads beyond its new end into SIGBUS, which no program can handle well. So
/// every [`Blob::region`] compares the file's length with the one at opening first and reports a change as an error. What
/// remains is a file that shrinks *while* its values are in use; replacing a file by renaming, as this program and most others
/// save, never does that.
#[derive(Clone)]
pub(super) struct Blob(Arc<Memory>);

struct Memory {
    label: String,
    kind: Kind,
}

enum Kind {
    Mapped { file: File, map: Mmap },
    Owned(Vec<u8>),
}

impl Blob {
    /// Maps a file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let label = label(path);
        let fault = |error: std::io::Error| Error::labelled(&label, reason(&error));
        let file = File::open(path).map_err(fault)?;
        let information = file.metadata().map_err(fault)?;
        if information.is_dir() {
            return Err(Error::labelled(&label, "is a folder, not a file"));
        }
        if !information.is_file() {
            // A pipe or a device has no length to map; it would block or never end.
            return Err(Error::labelled(&label, "is no regular file"));
        }
        let kind = if information.len() == 0 {
            Kind::Owned(Vec::new())
        } else {
            // SAFETY: the map is read-only and private to this value, and every bit pattern is a valid u8 or f32, so writes by
            // other programs can change values but break no invariant. Shortening is what `region` guards against.
            let map = unsafe { Mmap::map(&file) }.map_err(fault)?;
            Kind::Mapped { file, map }
        };
        Ok(Self(Arc::new(Memory { label, kind })))
    }

    /// A file that is already in memory.
    pub fn from_vec(label: String, bytes: Vec<u8>) -> Self {
        Self(Arc::new(Memory { label, kind: Kind::Owned(bytes) }))
    }

    /// The name in messages.
    pub fn label(&self) -> &str {
        &self.0.label
    }

    /// All bytes. Call [`Blob::check`] before a later use.
    pub fn all(&self) -> &[u8] {
        match &self.0.kind {
            Kind::Mapped { map, .. } => map,
            Kind::Owned(bytes) => bytes,
        }
    }

    /// Whether the file is still as long as it was.
    pub fn check(&self) -> Result<(), SourceError> {
        let Kind::Mapped { file, map } = &self.0.kind else { return Ok(()) };
        let now = file.metadata().map_err(|error| self.fault(&reason(&error)))?.len();
        if now < map.len() as u64 {
            let (now, then) = (size(now), size(map.len() as u64));
            return Err(self.fault(&format!("has shrunk from {then} to {now} since it was opened; open it again")));
        }
        Ok(())
    }

    /// Some of the bytes, after a [`Blob::check`].
    pub fn region(&self, range: Range<usize>) -> Result<Region, SourceError> {
        self.check()?;
        if self.all().get(range.clone()).is_none() {
            return Err(self.fault(&format!("bytes {}..{} are beyond its end", range.start, range.end)));
        }
        Ok(Region { blob: self.clone(), range })
    }

    /// A read error that names this file.
    pub fn fault(&self, problem: &str) -> SourceError {
        SourceError(format!("{}: {problem}", self.label()))
    }
}

impl AsRef<[u8]> for Blob {
    fn as_ref(&self) -> &[u8] {
        self.all()
    }
}

/// A part of a [`Blob`] that keeps it alive.
#[derive(Clone)]
pub(super) struct Region {
    blob: Blob,
    range: Range<usize>,
}

impl AsRef<[u8]> for Region {
    fn as_ref(&self) -> &[u8] {
        &self.blob.all()[self.range.clone()]
    }
}

/// A region that is aligned and a whole number of float32.
struct Floats(Region);

impl AsRef<[f32]> for Floats {
    fn as_ref(&self) -> &[f32] {
        bytemuck::cast_slice(self.0.as_ref())
    }
}

impl Region {
    /// The bytes for a writer.
    pub fn into_bytes(self) -> Bytes {
        Bytes::new(self)
    }

    /// The region seen as little-endian float32 without a copy; `None` where alignment, length or this machine's byte order
    /// are against it.
    pub fn as_floats(&self) -> Option<Values> {
        let fits = cfg!(target_endian = "little") && bytemuck::try_cast_slice::<u8, f32>(self.as_ref()).is_ok();
        fits.then(|| Values::new(Floats(self.clone())))
    }
}
