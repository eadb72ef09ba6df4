//! Reading GGUF, versions 2 and 3: metadata and tensors of llama.cpp and its kin, decoded when looked at.
//!
//! `"GGUF" | version | number of tensors | number of keys | keys with values | tensors | data`, little-endian; sizes of axes are stored
//! fastest first. A tensor of a type whose blocks are not decoded is listed under its type's name.

mod cursor;
mod source;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use cursor::Cursor;
pub(super) use source::Place;

use super::blob::Blob;
use super::error::{Error, clean, printable, size};
use crate::engine::tensor::ggml::{self, Coding, Ggml};
use crate::engine::tensor::{Dtype, Model, Packing, SourceError, Tensor};

/// How a file begins.
pub(super) const MAGIC: &[u8] = b"GGUF";
/// Where data begins and every tensor in it, unless the file says otherwise.
pub(super) const ALIGNMENT: u64 = 32;
/// What is read of a file at first.
const FIRST_READ: usize = 1 << 20;
/// A tensor's sizes.
pub(super) const MOST_AXES: usize = 4;

/// The head of an open file, for a writer that carries its metadata over.
pub(super) struct File {
    blob: Blob,
    /// Keys with where their values lie, their types included.
    keys: Vec<(String, Range<usize>)>,
}

impl File {
    /// Keys with the bytes of their values, their types included.
    pub fn keys(&self) -> Result<Vec<(&str, Vec<u8>)>, SourceError> {
        self.keys.iter().map(|(key, range)| Ok((key.as_str(), self.blob.bytes(range.clone())?))).collect()
    }
}

/// A tensor as the head describes it.
struct Entry {
    name: String,
    shape: Vec<usize>,
    kind: Result<&'static Ggml, u32>,
    offset: u64,
    bytes: u64,
}

/// Opens a file; nothing but its head is read.
pub(super) fn open(blob: &Blob, name: String) -> Result<Model, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    let Head { version, file, shown, entries, data } = read_head(blob)?;
    let available = blob.length() - data as u64;
    let mut order: Vec<&Entry> = entries.iter().filter(|entry| entry.bytes > 0).collect();
    order.sort_by_key(|entry| entry.offset);
    let mut end_before = 0;
    for entry in order {
        let place = |problem: String| fail(format!("tensor `{}`: {problem}", printable(&entry.name)));
        let end = entry.offset.checked_add(entry.bytes).filter(|end| *end <= available).ok_or_else(|| {
            place(format!(
                "{} from byte {} of the data on, of which there are {}",
                size(entry.bytes),
                entry.offset,
                size(available)
            ))
        })?;
        if entry.offset < end_before {
            return Err(place(format!("begins at byte {} of the data, inside of the tensor before", entry.offset)));
        }
        end_before = end;
    }
    let file = Arc::new(file);
    let tensor = |entry: Entry| tensor(blob, &file, entry, data);
    let metadata = std::iter::once(("format".to_owned(), format!("GGUF version {version}"))).chain(shown).collect();
    Ok(Model { name, tensors: entries.into_iter().map(tensor).collect(), metadata })
}

/// The same file as it lies there, for comparing: every tensor as a run of bytes.
pub(super) fn open_raw(blob: &Blob) -> Result<Model, Error> {
    let mut model = open(blob, String::new())?;
    for tensor in &mut model.tensors {
        let Some(place) = tensor.origin().and_then(|origin| origin.downcast::<Place>().ok()) else { continue };
        *tensor = Tensor::new(tensor.name.clone(), vec![place.range.len()], Dtype::U8, place.bytes());
    }
    Ok(model)
}

struct Head {
    version: u32,
    file: File,
    shown: Vec<(String, String)>,
    entries: Vec<Entry>,
    /// Where the data begins.
    data: usize,
}

/// Reads as much of the file as its head turns out to need: that of a model with its vocabulary has megabytes.
fn read_head(blob: &Blob) -> Result<Head, Error> {
    let mut length = FIRST_READ;
    loop {
        let bytes = blob.start(length)?;
        let mut cursor = Cursor::new(&bytes, blob.length(), 4.min(bytes.len()));
        match head(blob, &mut cursor) {
            Err(_) if cursor.is_short() => length = length.saturating_mul(4),
            head => return head.map_err(|problem| Error::labelled(blob.label(), problem)),
        }
    }
}

fn head(blob: &Blob, cursor: &mut Cursor<'_>) -> Result<Head, String> {
    if blob.length() < 24 {
        return Err(format!("truncated: {} bytes, where GGUF has at least 24", blob.length()));
    }
    let version = cursor.u32()?;
    match version {
        2 | 3 => {}
        1 => return Err("is GGUF version 1, expected 2 or 3; llama.cpp's converter writes it anew".to_owned()),
        _ if matches!(version.swap_bytes(), 2 | 3) => {
            return Err("is a big-endian GGUF file, expected a little-endian one".to_owned());
        }
        _ => return Err(format!("is GGUF version {version}, expected 2 or 3")),
    }
    let tensors = cursor.count("tensors", 24)?;
    let keys = cursor.count("keys", 13)?;
    let (mut file, mut shown) = (File { blob: blob.clone(), keys: Vec::new() }, Vec::new());
    let (mut alignment, mut names) = (ALIGNMENT, HashSet::new());
    for _ in 0..keys {
        let key = cursor.text()?;
        let start = cursor.position();
        let place = |problem: String| format!("key `{}`: {problem}", printable(key));
        if !names.insert(key) {
            return Err(place("occurs twice".to_owned()));
        }
        let value = cursor.value().map_err(place)?;
        if key == "general.alignment" {
            alignment = aligned(value.kind, &value.shown).map_err(place)?;
        }
        file.keys.push((key.to_owned(), start..value.range.end));
        shown.push((clean(key), value.shown));
    }
    let (mut entries, mut names) = (Vec::new(), HashSet::new());
    for _ in 0..tensors {
        let name = cursor.text()?;
        let place = |problem: String| format!("tensor `{}`: {problem}", printable(name));
        let entry = entry(name, cursor, alignment).map_err(place)?;
        if !names.insert(entry.name.clone()) {
            return Err(place("occurs twice".to_owned()));
        }
        entries.push(entry);
    }
    // A file without data may end where its head ends.
    let data = (cursor.position() as u64).next_multiple_of(alignment).min(blob.length()) as usize;
    Ok(Head { version, file, shown, entries, data })
}

fn aligned(kind: u32, value: &str) -> Result<u64, String> {
    let number = value.parse::<u64>().ok().filter(|number| kind == 4 && number.is_power_of_two());
    number.ok_or_else(|| format!("{} is no alignment, expected a power of two as uint32", printable(value)))
}

fn entry(name: &str, cursor: &mut Cursor<'_>, alignment: u64) -> Result<Entry, String> {
    let axes = cursor.u32()? as usize;
    if axes > MOST_AXES {
        return Err(format!("{axes} axes, where GGUF has at most {MOST_AXES}"));
    }
    let dims: Vec<u64> = (0..axes).map(|_| cursor.u64()).collect::<Result<_, _>>()?;
    let (kind, offset) = (cursor.u32()?, cursor.u64()?);
    let shown = || printable(&format!("{:?}", dims.iter().rev().collect::<Vec<_>>()));
    let overflow = || format!("the shape {} overflows 64 bits", shown());
    // Multiplied without the zeros too, so that nobody who multiplies in another order overflows; 64 bits an element at most.
    let others = dims.iter().filter(|axis| **axis != 0).try_fold(64_u64, |product, axis| product.checked_mul(*axis));
    let count = if dims.contains(&0) { 0 } else { others.ok_or_else(overflow)? / 64 };
    others.ok_or_else(overflow)?;
    let shape: Vec<usize> =
        dims.iter().rev().map(|&axis| usize::try_from(axis)).collect::<Result<_, _>>().map_err(|_| overflow())?;
    if !offset.is_multiple_of(alignment) {
        return Err(format!("begins at byte {offset} of the data, expected a multiple of {alignment}"));
    }
    let kind = ggml::find(kind).ok_or(kind);
    let bytes = match kind {
        Ok(kind) => {
            let (row, block) = (dims.first().copied().unwrap_or(1), kind.weights as u64);
            if !row.is_multiple_of(block) {
                return Err(format!("rows of {row} where {} has blocks of {block}", kind.name));
            }
            count / block * kind.bytes as u64
        }
        Err(_) => 0,
    };
    Ok(Entry { name: clean(name), shape, kind, offset, bytes })
}

fn tensor(blob: &Blob, file: &Arc<File>, entry: Entry, data: usize) -> Tensor {
    let start = if entry.bytes == 0 { data } else { data + entry.offset as usize };
    let range = start..start + entry.bytes as usize;
    let label = printable(&entry.name);
    let (dtype, scheme) = match entry.kind {
        Ok(Ggml { coding: Coding::Plain(dtype), .. }) => (*dtype, None),
        Ok(Ggml { coding: Coding::Block(_), name, .. }) => (Dtype::F32, Some(format!("gguf:{}", name.to_lowercase()))),
        Ok(kind) => (Dtype::F32, Some(format!("GGUF {}, not decoded yet", kind.name))),
        Err(number) => (Dtype::F32, Some(format!("GGUF type {number}, not known"))),
    };
    let place = Place { blob: blob.clone(), file: Arc::clone(file), range, kind: entry.kind, label };
    let tensor = Tensor::new(entry.name, entry.shape, dtype, Arc::new(place).as_source());
    match scheme {
        Some(scheme) => {
            let parts = vec![("blocks".to_owned(), 8 * entry.bytes)];
            tensor.with_packing(Packing { scheme, parts, bytes: entry.bytes, dtype: Dtype::F32 })
        }
        None => tensor,
    }
}
