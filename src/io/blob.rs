//! The bytes of an input file: read piece by piece where they are needed, or in memory.
//!
//! Files are not mapped: a mapped file that another program shortens turns reads beyond its new end into SIGBUS, and one that is
//! written in place changes values that the compiler may take for constant. Positioned reads into memory of our own have neither
//! fault, and a tensor that is in use takes as much memory either way.

use std::borrow::Cow;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::error::{Error, label, reason, size};
use super::inputs;
use crate::engine::tensor::SourceError;

/// An input file, cheap to clone. What was opened stays open: replacing the file by renaming, as this program and most others
/// save, leaves it readable as it was. One that is written in place is refused from then on, for what its header said may no
/// longer hold.
#[derive(Clone)]
pub(super) struct Blob(Arc<Inner>);

struct Inner {
    label: String,
    kind: Kind,
}

enum Kind {
    File { file: File, opened: Stamp },
    Owned(Vec<u8>),
}

/// What differs once a file has been written to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(data: &Metadata) -> Self {
        Self { length: data.len(), modified: data.modified().ok() }
    }
}

impl Blob {
    /// Opens a file; nothing is read yet.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let label = label(path);
        let fault = |error: io::Error| Error::labelled(&label, reason(&error));
        // Asked before it is opened: opening a pipe would wait for somebody to write into it.
        let information = std::fs::metadata(path).map_err(fault)?;
        if information.is_dir() {
            return Err(Error::labelled(&label, "is a folder, not a file"));
        }
        if !information.is_file() {
            // A pipe or a device has no length; it would block or never end.
            return Err(Error::labelled(&label, "is no regular file"));
        }
        let file = File::open(path).map_err(fault)?;
        let opened = Stamp::of(&file.metadata().map_err(fault)?);
        inputs::note(path);
        Ok(Self(Arc::new(Inner { label, kind: Kind::File { file, opened } })))
    }

    /// A file that is already in memory.
    pub fn from_vec(label: String, bytes: Vec<u8>) -> Self {
        Self(Arc::new(Inner { label, kind: Kind::Owned(bytes) }))
    }

    /// The name in messages.
    pub fn label(&self) -> &str {
        &self.0.label
    }

    /// Its length at opening, in bytes.
    pub fn length(&self) -> u64 {
        match &self.0.kind {
            Kind::File { opened, .. } => opened.length,
            Kind::Owned(bytes) => bytes.len() as u64,
        }
    }

    /// Whether both are the same opened file.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether the file is still what it was.
    pub fn check(&self) -> Result<(), SourceError> {
        let Kind::File { file, opened } = &self.0.kind else { return Ok(()) };
        let now = Stamp::of(&file.metadata().map_err(|error| self.fault(&reason(&error)))?);
        let what = match now.length.cmp(&opened.length) {
            _ if now == *opened => return Ok(()),
            std::cmp::Ordering::Equal => "was written to".to_owned(),
            order => {
                let verb = if order.is_lt() { "has shrunk" } else { "has grown" };
                format!("{verb} from {} to {}", size(opened.length), size(now.length))
            }
        };
        Err(self.fault(&format!("{what} since it was opened; reload it")))
    }

    /// Fills a buffer with the bytes from `start` on. For pieces of a whole that [`Blob::unchanged`] guards.
    pub fn fill(&self, start: usize, buffer: &mut [u8]) -> Result<(), SourceError> {
        match &self.0.kind {
            Kind::File { file, .. } => read_exact_at(file, buffer, start as u64).map_err(|error| {
                // An end that comes too soon is explained by the change that made it.
                self.check().err().unwrap_or_else(|| self.fault(&reason(&error)))
            }),
            Kind::Owned(bytes) => {
                let end = start.checked_add(buffer.len());
                let bytes = end.and_then(|end| bytes.get(start..end));
                buffer.copy_from_slice(bytes.ok_or_else(|| self.fault("ends too soon"))?);
                Ok(())
            }
        }
    }

    /// What `work` makes of the file, refused if the file was written to since it was opened, or while `work` read it.
    pub fn unchanged<T>(&self, work: impl FnOnce() -> Result<T, SourceError>) -> Result<T, SourceError> {
        self.check()?;
        let result = work()?;
        self.check()?;
        Ok(result)
    }

    /// Some of the bytes.
    pub fn bytes(&self, range: Range<usize>) -> Result<Vec<u8>, SourceError> {
        // Held against the length before anything is allocated.
        if range.start > range.end || range.end as u64 > self.length() {
            return Err(self.fault(&format!("bytes {}..{} are beyond its end", range.start, range.end)));
        }
        self.unchanged(|| {
            let mut bytes = vec![0; range.len()];
            self.fill(range.start, &mut bytes)?;
            Ok(bytes)
        })
    }

    /// The first bytes: so many, or all where the file is shorter.
    pub fn start(&self, most: usize) -> Result<Cow<'_, [u8]>, Error> {
        let end = self.length().min(most as u64) as usize;
        match &self.0.kind {
            Kind::Owned(bytes) => Ok(Cow::Borrowed(&bytes[..end])),
            Kind::File { .. } => self.bytes(0..end).map(Cow::Owned).map_err(|error| self.refused(&error)),
        }
    }

    /// All bytes, for formats whose parts lie anywhere in the file.
    pub fn all(&self) -> Result<Cow<'_, [u8]>, Error> {
        self.start(usize::MAX)
    }

    /// Reads from the beginning on.
    pub fn reader(&self) -> Reader {
        Reader(BufReader::new(Place { blob: self.clone(), at: 0 }))
    }

    /// A read error that names this file.
    pub fn fault(&self, problem: &str) -> SourceError {
        SourceError(format!("{}: {problem}", self.label()))
    }

    /// What a read error says, without the file's name.
    pub fn problem(&self, error: &SourceError) -> String {
        let problem = error.0.strip_prefix(self.label()).and_then(|rest| rest.strip_prefix(": "));
        problem.unwrap_or(&error.0).to_owned()
    }

    /// The same as an error of opening, which names the file by itself.
    pub fn refused(&self, error: &SourceError) -> Error {
        Error::labelled(self.label(), self.problem(error))
    }
}

/// A buffered reader of a [`Blob`].
pub(super) struct Reader(BufReader<Place>);

/// A place in a [`Blob`].
#[derive(Clone)]
struct Place {
    blob: Blob,
    at: u64,
}

impl Clone for Reader {
    fn clone(&self) -> Self {
        let place = self.0.get_ref();
        let at = place.at - self.0.buffer().len() as u64;
        Self(BufReader::new(Place { blob: place.blob.clone(), at }))
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl Read for Place {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.blob.length().saturating_sub(self.at);
        let length = left.min(buffer.len() as u64) as usize;
        if length > 0 {
            self.blob.fill(self.at as usize, &mut buffer[..length]).map_err(io::Error::other)?;
        }
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Place {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(step) => self.blob.length().checked_add_signed(step),
            SeekFrom::Current(step) => self.at.checked_add_signed(step),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, start)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut start: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt as _;
    while !buffer.is_empty() {
        match file.seek_read(buffer, start) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = &mut buffer[read..];
                start += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf, Blob) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        let blob = Blob::open(&path).unwrap();
        (folder, path, blob)
    }

    #[test]
    fn a_file_and_its_bytes_in_memory_read_alike() {
        let bytes: Vec<u8> = (0..=255).collect();
        let (_folder, _, on_disk) = file(&bytes);
        for blob in [on_disk, Blob::from_vec("memory".to_owned(), bytes.clone())] {
            assert_eq!(blob.length(), 256);
            assert_eq!(*blob.all().unwrap(), bytes[..]);
            assert_eq!(*blob.start(5).unwrap(), bytes[..5]);
            assert_eq!(blob.bytes(100..200).unwrap(), &bytes[100..200]);
            assert!(blob.bytes(100..257).unwrap_err().to_string().contains("bytes 100..257 are beyond its end"));
            let mut reader = blob.reader();
            assert_eq!(reader.seek(SeekFrom::End(-6)).unwrap(), 250);
            let mut rest = Vec::new();
            assert_eq!(reader.read_to_end(&mut rest).unwrap(), 6);
            assert_eq!(rest, &bytes[250..]);
            reader.seek(SeekFrom::Start(17)).unwrap();
            reader.read_exact(&mut [0; 3]).unwrap();
            let mut next = [0];
            reader.clone().read_exact(&mut next).unwrap();
            assert_eq!(next, [20], "a clone goes on where the reader is");
            assert_eq!(reader.seek(SeekFrom::Start(1000)).unwrap(), 1000);
            assert_eq!(reader.read(&mut [0; 4]).unwrap(), 0);
            assert!(reader.seek(SeekFrom::Current(-1001)).is_err());
        }
    }

    #[test]
    fn a_file_that_was_written_in_place_is_refused() {
        let cases: [(u64, &str); 3] = [
            (10, "file: has shrunk from 100 bytes to 10 bytes since it was opened; reload it"),
            (200, "file: has grown from 100 bytes to 200 bytes since it was opened; reload it"),
            (100, "file: was written to since it was opened; reload it"),
        ];
        for (length, expected) in cases {
            let (_folder, path, blob) = file(&[7; 100]);
            let handle = File::options().write(true).open(&path).unwrap();
            handle.set_len(length).unwrap();
            handle.set_modified(SystemTime::UNIX_EPOCH).unwrap();
            for error in [blob.bytes(0..5).unwrap_err(), blob.bytes(90..100).unwrap_err()] {
                assert!(error.to_string().ends_with(expected), "{error}");
            }
        }
    }

    #[test]
    fn a_change_while_it_is_read_is_noticed() {
        let (_folder, path, blob) = file(&[7; 100]);
        let found = blob.unchanged(|| {
            File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
            Ok(())
        });
        assert!(found.unwrap_err().to_string().contains("has shrunk"));
        let mut rest = [0; 50];
        assert!(blob.fill(20, &mut rest).unwrap_err().to_string().contains("has shrunk"));
    }

    #[test]
    fn a_file_that_was_replaced_stays_readable() {
        let (_folder, path, blob) = file(&[7; 100]);
        let other = path.with_extension("new");
        std::fs::write(&other, [8; 3]).unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(blob.bytes(0..100).unwrap(), [7; 100]);
    }
}
