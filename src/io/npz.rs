//! npz: a zip archive of npy files. Nothing is unpacked to the disk, so the members' names are only names.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::Error;
use super::npy::Header;
use crate::engine::tensor::{Model, Source, SourceError, Tensor, Values};

/// An archive that claims to unpack to more than this is refused.
const LARGEST: u64 = 64 << 30;

/// Deflate cannot shrink by more than this; an entry that claims more lies.
const DEFLATE_LIMIT: u64 = 1_100;

/// A member of an archive; it is unpacked when its values are asked for.
struct Member {
    path: PathBuf,
    index: usize,
    header: Header,
}

impl Member {
    fn data(&self) -> Result<Vec<u8>, SourceError> {
        let read = || -> Result<Vec<u8>, Error> {
            let mut archive = archive(&self.path)?;
            let name = format!("member {}", self.index);
            let damaged = |error: &dyn std::fmt::Display| Error::new(&self.path, format!("{name}: {error}"));
            let mut file = archive.by_index(self.index).map_err(|error| damaged(&error))?;
            let header = Header::read(&mut file).map_err(|what| damaged(&what))?;
            if header != self.header {
                return Err(damaged(&"has changed since it was opened"));
            }
            let mut bytes = Vec::new();
            let needed = header.data_bytes();
            // What was promised, and not a byte more, whatever the archive would unpack to.
            file.take(needed).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
            if bytes.len() as u64 != needed {
                return Err(damaged(&format!("is cut short: {needed} B expected, {} found", bytes.len())));
            }
            Ok(bytes)
        };
        read().map_err(|error| SourceError(error.to_string()))
    }
}

impl Source for Member {
    fn read(&self) -> Result<Values, SourceError> {
        Ok(self.header.values(&self.data()?).into())
    }

    fn bytes(&self) -> Option<Result<Vec<u8>, SourceError>> {
        Some(self.data().map(|bytes| self.header.stored(&bytes)))
    }
}

fn archive(path: &Path) -> Result<ZipArchive<BufReader<File>>, Error> {
    let file = File::open(path).map_err(|error| Error::system(path, "opening", &error))?;
    ZipArchive::new(BufReader::new(file))
        .map_err(|error| Error::new(path, format!("the zip archive is damaged: {error}")))
}

/// Opens an npz archive.
///
/// # Errors
/// A damaged archive, a member that is damaged, encrypted or claims more than its compressed bytes can hold, or no array at all.
/// Members that are not npy files, and arrays of text, are named in the metadata and left out.
pub fn open(path: &Path) -> Result<Model, Error> {
    let mut archive = archive(path)?;
    let mut model = Model::default();
    let mut total = 0_u64;
    for index in 0..archive.len() {
        let mut member = archive
            .by_index(index)
            .map_err(|error| Error::new(path, format!("member {index} cannot be read: {error}")))?;
        let name = shown_name(member.name_raw());
        if member.is_dir() {
            continue;
        }
        let (packed, unpacked) = (member.compressed_size(), member.size());
        total = total.saturating_add(unpacked);
        let claims = |what: &str| Error::new(path, format!("member {name} {what}"));
        if unpacked / DEFLATE_LIMIT > packed {
            return Err(claims(&format!(
                "claims {unpacked} B from {packed} compressed ones, more than deflate can hold"
            )));
        }
        if total > LARGEST {
            return Err(claims(&format!("brings the archive to {total} B unpacked; the limit is {LARGEST} B")));
        }
        let Some(tensor) = name.strip_suffix(".npy") else {
            model.metadata.push((name, "left out: not an npy array".to_owned()));
            continue;
        };
        if let Some(text) = text_scalar(tensor, &mut member) {
            model.metadata.push((tensor.to_owned(), text));
            continue;
        }
        drop(member);
        let mut member = archive
            .by_index(index)
            .map_err(|error| Error::new(path, format!("member {index} cannot be read: {error}")))?;
        let header = Header::read(&mut member).map_err(|what| Error::new(path, format!("member {name} {what}")))?;
        let needed = header.data_bytes();
        if needed > unpacked {
            let (shape, dtype) = (&header.shape, header.dtype);
            let what = format!("claims {dtype} of shape {shape:?}, {needed} B, but unpacks to {unpacked} B");
            return Err(Error::new(path, format!("member {name} {what}")));
        }
        let (shape, dtype, tensor) = (header.shape.clone(), header.dtype, tensor.to_owned());
        if model.tensor(&tensor).is_some() {
            return Err(Error::new(path, format!("two members are called {name}")));
        }
        model.tensors.push(Tensor::new(tensor, shape, dtype, Member { path: path.to_owned(), index, header }));
    }
    if model.tensors.is_empty() {
        return Err(Error::new(path, "holds no npy array; is it a zip archive of something else?"));
    }
    Ok(model)
}

/// The name as it is shown: what would lead out of a folder is harmless here but should not look like a path.
fn shown_name(raw: &[u8]) -> String {
    let name = String::from_utf8_lossy(raw);
    let parts = name.split(['/', '\\']).filter(|part| !["", ".", ".."].contains(part));
    parts.collect::<Vec<_>>().join("/")
}

/// The text of our own metadata member, a 0-d array of UTF-32 (`<U…`).
fn text_scalar(name: &str, member: &mut impl Read) -> Option<String> {
    if name != super::export::META_NAME {
        return None;
    }
    let mut bytes = Vec::new();
    member.take(1 << 24).read_to_end(&mut bytes).ok()?;
    let mut rest = bytes.as_slice();
    let header = npyz::NpyHeader::from_reader(&mut rest).ok()?;
    let npyz::DType::Plain(text) = header.dtype() else { return None };
    if text.type_char() != npyz::TypeChar::UnicodeStr {
        return None;
    }
    let (units, _) = rest.as_chunks::<4>();
    Some(units.iter().filter_map(|unit| char::from_u32(u32::from_le_bytes(*unit))).filter(|&c| c != '\0').collect())
}
