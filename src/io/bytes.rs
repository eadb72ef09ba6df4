//! Mapped files: their bytes, and float32 tensors that lie in them.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use super::Error;
use crate::engine::tensor::{SourceError, Values};

/// A file mapped for reading.
#[derive(Debug)]
pub struct MappedFile {
    path: PathBuf,
    file: File,
    map: Mmap,
}

impl MappedFile {
    /// Maps a file. An empty one is refused.
    pub fn open(path: &Path) -> Result<Arc<Self>, Error> {
        let file = File::open(path).map_err(|error| Error::system(path, "opening", &error))?;
        let length = file.metadata().map_err(|error| Error::system(path, "opening", &error))?.len();
        if length == 0 {
            return Err(Error::new(path, "is empty"));
        }
        // SAFETY: the mapping is read-only. Another program may still cut the file short, so its length is compared before each
        // read (`Self::check`); a change of the bytes changes values, never lengths or offsets, which were copied out on opening.
        let map = unsafe { Mmap::map(&file) }.map_err(|error| Error::system(path, "mapping", &error))?;
        Ok(Arc::new(Self { path: path.to_owned(), file, map }))
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Whether the file still is as long as its mapping; reading beyond its end would kill the program.
    fn check(&self) -> Result<(), SourceError> {
        let length = self.file.metadata().map(|metadata| metadata.len()).unwrap_or(0);
        if length < self.map.len() as u64 {
            let was = self.map.len();
            return Err(SourceError(format!(
                "{}: has been cut short to {length} B since it was opened with {was} B; open it again",
                self.path.display()
            )));
        }
        Ok(())
    }

    /// The bytes of a range that was checked on opening.
    pub fn range(&self, range: &Range<usize>) -> Result<&[u8], SourceError> {
        self.check()?;
        self.map.get(range.clone()).ok_or_else(|| {
            SourceError(format!("{}: bytes {}..{} lie outside the file", self.path.display(), range.start, range.end))
        })
    }

    /// The range as float32 without a copy, where the machine and the alignment allow it.
    pub fn floats(self: &Arc<Self>, range: &Range<usize>) -> Result<Option<Values>, SourceError> {
        let bytes = self.range(range)?;
        if cfg!(target_endian = "big") || bytemuck::try_cast_slice::<u8, f32>(bytes).is_err() {
            return Ok(None);
        }
        Ok(Some(Values::new(MappedFloats { file: Arc::clone(self), range: range.clone() })))
    }
}

/// A tensor that lies in a mapped file as float32.
struct MappedFloats {
    file: Arc<MappedFile>,
    range: Range<usize>,
}

impl AsRef<[f32]> for MappedFloats {
    fn as_ref(&self) -> &[f32] {
        // Alignment and range were checked when this was made, and the mapping does not move.
        bytemuck::try_cast_slice(&self.file.map[self.range.clone()]).unwrap_or(&[])
    }
}
