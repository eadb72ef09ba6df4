//! Reading PyTorch's files: the zip archives of `torch.save` and of TorchScript, and the bare pickles of before; a pickle is read and
//! never run.
//!
//! `PREFIX/data.pkl` names the tensors, `PREFIX/data/KEY` holds their storages, as a rule uncompressed, so that a tensor is read from
//! its place. What a file can make this program allocate is bounded as for npz; a view that repeats elements may not grow beyond
//! [`LARGEST_REPEAT`].

mod legacy;
mod pickle;
mod tensors;

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;

pub(super) use legacy::MAGIC as LEGACY;
use pickle::Pickle;
use tensors::{View, find};
use zip::CompressionMethod;

use super::archive::{Archive, check_archive, open_archive, zip_problem};
use super::blob::Blob;
use super::decode::decode;
use super::error::{Error, clean, printable, size};
use super::names::Names;
use super::stored::Stored;
use crate::engine::tensor::{Bytes, Dtype, Model, Source, SourceError, Tensor, Values};

/// The largest pickle that is read.
const LARGEST_PICKLE: u64 = 256 << 20;
/// Elements that a view may make of fewer by repeating them.
const LARGEST_REPEAT: u64 = 1 << 20;

/// Whether a zip archive is PyTorch's: it has a `data.pkl`.
pub(super) fn is_it(blob: &Blob) -> bool {
    open_archive(blob).is_ok_and(|archive| pickle_of(&archive).is_some())
}

fn pickle_of(archive: &Archive) -> Option<String> {
    let mut names = archive.file_names().flatten();
    names.find(|name| *name == "data.pkl" || name.ends_with("/data.pkl")).map(|name| name.into_owned())
}

/// Opens an archive; nothing is read but its pickle.
pub(super) fn open(blob: &Blob, name: String) -> Result<Model, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    let mut archive = open_archive(blob).map_err(fail)?;
    check_archive(&mut archive, blob.length()).map_err(fail)?;
    let path = pickle_of(&archive).ok_or_else(|| fail("has no data.pkl, expected a PyTorch archive".to_owned()))?;
    let prefix = path.trim_end_matches("data.pkl").to_owned();
    let order = member(&mut archive, &format!("{prefix}byteorder"), 16).unwrap_or_default();
    if order.starts_with(b"big") {
        return Err(fail("its storages are big-endian, expected a file saved on a little-endian machine".to_owned()));
    }
    let place = |problem: String| fail(format!("member `{}`: {problem}", printable(&path)));
    let bytes = member(&mut archive, &path, LARGEST_PICKLE).map_err(place)?;
    let pickle = Pickle::read(&bytes).map_err(place)?;
    let is_script = archive.file_names().flatten().any(|name| name.starts_with(&format!("{prefix}code/")));
    let format = if is_script { "PyTorch, TorchScript archive" } else { "PyTorch archive" };
    model(blob, name, format, &pickle, |key| storage(blob, &mut archive, &format!("{prefix}data/{key}")))
}

/// Opens a file of PyTorch before 1.6; nothing is read but its pickles.
pub(super) fn open_legacy(blob: &Blob, name: String) -> Result<Model, Error> {
    let legacy::Legacy { pickle, storages } = legacy::read(blob)?;
    model(blob, name, "PyTorch file from before 1.6", &pickle, |key| {
        let range = storages.get(key).cloned();
        range.map(Storage::Plain).ok_or_else(|| format!("its storage `{}` is not in the file", printable(key)))
    })
}

/// The tensors that a pickle tells of; `place` says where a storage lies.
fn model(
    blob: &Blob,
    name: String,
    format: &str,
    pickle: &Pickle,
    mut place: impl FnMut(&str) -> Result<Storage, String>,
) -> Result<Model, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    let found = find(pickle);
    let mut metadata = vec![("format".to_owned(), format.to_owned())];
    let skipped = found.skipped.into_iter();
    metadata.extend(skipped.map(|(name, problem)| ("skipped".to_owned(), clean(&format!("`{name}`: {problem}")))));
    let (mut names, mut storages) = (Names::default(), HashMap::new());
    let mut tensors = Vec::new();
    for view in found.views {
        let about = |problem: String| fail(format!("tensor `{}`: {problem}", printable(&view.name)));
        let storage = match storages.get(&view.storage) {
            Some(storage) => Storage::clone(storage),
            None => {
                let storage = place(&view.storage).map_err(about)?;
                storages.insert(view.storage.clone(), storage.clone());
                storage
            }
        };
        let name = names.unique(clean(&view.name), |name, number| format!("{name} ({number})"));
        tensors.push(tensor(blob, name, &view, storage).map_err(about)?);
    }
    if tensors.is_empty() && metadata.len() == 1 {
        return Err(fail("holds no tensors that can be read".to_owned()));
    }
    Ok(Model { name, tensors, metadata })
}

/// The bytes of a small member.
fn member(archive: &mut Archive, path: &str, largest: u64) -> Result<Vec<u8>, String> {
    let mut entry = archive.by_name(path).map_err(|error| zip_problem(&error))?;
    if entry.size() > largest {
        return Err(format!("{}, the limit is {}", size(entry.size()), size(largest)));
    }
    // Not allocated by the claim: the vector grows with what is really there.
    let mut bytes = Vec::new();
    entry.by_ref().take(largest).read_to_end(&mut bytes).map_err(|error| format!("cannot be inflated: {error}"))?;
    Ok(bytes)
}

/// Where the elements of a storage are.
#[derive(Clone)]
enum Storage {
    /// As they are, in the file.
    Plain(Range<usize>),
    /// In a compressed member of so many bytes.
    Packed(Archive, usize, u64),
}

impl Storage {
    fn bytes(&self) -> u64 {
        match self {
            Self::Plain(range) => range.len() as u64,
            Self::Packed(.., bytes) => *bytes,
        }
    }
}

fn storage(blob: &Blob, archive: &mut Archive, path: &str) -> Result<Storage, String> {
    let shown = printable(path);
    let index = archive.index_for_name(path).ok_or_else(|| format!("its storage `{shown}` is not in the archive"))?;
    let entry = archive.by_index(index).map_err(|error| format!("`{shown}`: {}", zip_problem(&error)))?;
    let bytes = entry.size();
    if entry.compression() != CompressionMethod::Stored {
        drop(entry);
        return Ok(Storage::Packed(archive.clone(), index, bytes));
    }
    let start = entry.data_start().ok_or_else(|| format!("`{shown}`: its place in the archive is not known"))?;
    let end = start.checked_add(bytes).filter(|end| *end <= blob.length());
    let end = end.ok_or_else(|| format!("its storage `{shown}` reaches beyond the end of the file"))?;
    Ok(Storage::Plain(start as usize..end as usize))
}

fn tensor(blob: &Blob, name: String, view: &View, storage: Storage) -> Result<Tensor, String> {
    let View { dtype, offset, shape, strides, .. } = view;
    let (width, available) = (u64::from(dtype.bits() / 8), storage.bytes());
    let elements = available / width;
    let shown = printable(&format!("{shape:?}"));
    let overflow = || format!("the shape {shown} overflows 64 bits");
    // Multiplied without the zeros too, so that nobody who multiplies in another order overflows.
    let others = shape.iter().filter(|axis| **axis != 0).try_fold(64_u64, |product, axis| product.checked_mul(*axis));
    let count = others.ok_or_else(overflow)? / 64;
    let count = if shape.contains(&0) { 0 } else { count };
    let last = shape
        .iter()
        .zip(strides)
        .try_fold(*offset, |last, (axis, stride)| last.checked_add(axis.saturating_sub(1).checked_mul(*stride)?));
    if count > 0 && last.is_none_or(|last| last >= elements) {
        return Err(format!(
            "shape {shown} with strides {} from element {offset} on reaches beyond its storage of {elements} elements",
            printable(&format!("{strides:?}"))
        ));
    }
    if count > elements.max(LARGEST_REPEAT) {
        return Err(format!("shape {shown} repeats the {elements} elements of its storage {count} times in all"));
    }
    let shape: Vec<usize> = shape.iter().map(|&axis| axis as usize).collect();
    let mut dense = count;
    let contiguous = shape.iter().zip(strides).all(|(&axis, &stride)| {
        dense = dense.checked_div(axis as u64).unwrap_or(0);
        axis <= 1 || stride == dense
    });
    let label = printable(&name);
    if let (true, Storage::Plain(range)) = (contiguous, &storage) {
        let start = range.start + (offset.min(&elements) * width) as usize;
        let range = start..start + (count * width) as usize;
        return Ok(Tensor::new(name, shape, *dtype, Stored { blob: blob.clone(), range, dtype: *dtype }));
    }
    let strides = strides.iter().map(|&stride| stride as usize).collect();
    let source = Strided {
        blob: blob.clone(),
        storage,
        dtype: *dtype,
        offset: *offset as usize,
        shape: shape.clone(),
        strides,
        label,
    };
    Ok(Tensor::new(name, shape, *dtype, source))
}

/// Elements that lie in another order, or in a compressed storage.
struct Strided {
    blob: Blob,
    storage: Storage,
    dtype: Dtype,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
    label: String,
}

impl Strided {
    /// The storage's bytes.
    fn storage(&self) -> Result<Bytes, SourceError> {
        match &self.storage {
            Storage::Plain(range) => Ok(Bytes::new(self.blob.bytes(range.clone())?)),
            Storage::Packed(archive, index, expected) => {
                let fault = |problem: String| self.blob.fault(&format!("tensor `{}`: {problem}", self.label));
                let mut archive = archive.clone();
                let bytes = self.blob.unchanged(|| {
                    let mut entry = archive.by_index(*index).map_err(|error| fault(zip_problem(&error)))?;
                    let mut bytes = Vec::new();
                    let read = entry.by_ref().take(*expected + 1).read_to_end(&mut bytes);
                    read.map_err(|error| fault(format!("its storage cannot be inflated: {error}")))?;
                    Ok(bytes)
                })?;
                if bytes.len() as u64 != *expected {
                    return Err(fault(format!("its storage has {} bytes, expected {expected}", bytes.len())));
                }
                Ok(Bytes::new(bytes))
            }
        }
    }
}

impl Source for Strided {
    fn read(&self) -> Result<Values, SourceError> {
        let count = self.shape.iter().product();
        Ok(Values::from(decode(self.dtype, &self.stored()?, count)))
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        let storage = self.storage()?;
        let width = (self.dtype.bits() / 8) as usize;
        let count: usize = self.shape.iter().product();
        let mut bytes = Vec::with_capacity(count * width);
        let mut index = vec![0; self.shape.len()];
        let mut element = self.offset;
        for _ in 0..count {
            bytes.extend_from_slice(&storage[element * width..(element + 1) * width]);
            // The next index in row-major order, and where its element lies.
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                element += self.strides[axis];
                if index[axis] < self.shape[axis] {
                    break;
                }
                element -= self.strides[axis] * self.shape[axis];
                index[axis] = 0;
            }
        }
        Ok(Bytes::new(bytes))
    }
}
