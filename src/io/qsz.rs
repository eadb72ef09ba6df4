//! Reading `.qsz`, this program's own container of packed tensors.
//!
//! Little-endian. Version 1:
//!
//! | bytes | content |
//! | --- | --- |
//! | 0…3 | `QSZ` and 0x1A |
//! | 4…7 | version, u32 |
//! | 8… | the tensors' payloads, back to back, in the order of the index |
//! | `index` … | the index, JSON in UTF-8 |
//! | last 32 | `index` u64 · length of the index u64 · CRC-32 of the index · CRC-32 of the first 8 bytes and the 20 before this one · 0x1A and `END.QSZ` |
//!
//! The index is `{"program", "tensors": [{"name", "shape", "dtype", "bytes", "crc32", "packed"}]}`. `bytes` and `crc32` are of the payload.
//! Without `packed` the payload is the tensor as its dtype (a name of safetensors) stores it, row-major. With it, `dtype` is what the
//! weights were before, and the payload is what [`crate::engine::coding::Layout`] writes for
//! `packed: {"scheme", "books", "entries", "ledger"}`: the scheme's text; the number of centroids of each group's codebook as runs
//! `[groups, centroids]`; the stored entries of a sparse payload; what the payload's bits are for, `[part, bits]`, for people to read.
//!
//! Every byte is covered by a checksum or compared with what must stand there; all are checked at opening. A packed tensor is decoded when
//! it is looked at, and reads as float32. What it decodes to may not be larger than [`ROOM`] and [`GROWTH`] times the file.

use std::collections::HashSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::blob::Blob;
use super::error::{Error, clean, printable, size};
use super::safetensors::dtype;
use super::stored::Stored;
use crate::engine::coding;
use crate::engine::tensor::{Dtype, Model, Packing, Source, SourceError, Tensor, Values};

/// First bytes of a file.
pub(super) const MAGIC: &[u8; 4] = b"QSZ\x1A";

/// The version that is written, and the only one that is read.
pub(super) const VERSION: u32 = 1;

/// Bytes before the first payload.
pub(super) const START: usize = 8;

/// Bytes after the index.
pub(super) const FOOTER: usize = 32;

/// The last bytes of a file.
pub(super) const END: &[u8; 8] = b"\x1AEND.QSZ";

/// What a packed tensor may decode to in any case: 1 GiB of float32.
const ROOM: u64 = 1 << 30;

/// How many times the file's length it may be beyond that: Huffman-coded fillers of 8 bits are 256 weights in 2 bits.
const GROWTH: u64 = 4096;

/// The index.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Index {
    pub program: String,
    pub tensors: Vec<Entry>,
}

/// One tensor of the index.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub name: String,
    pub shape: Vec<u64>,
    pub dtype: String,
    pub bytes: u64,
    pub crc32: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packed: Option<Packed>,
}

/// What a payload needs to be decoded.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Packed {
    pub scheme: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub books: Vec<(u64, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<u64>,
    pub ledger: Vec<(String, u64)>,
}

/// Opens a container and holds every byte against its checksum.
pub(super) fn open(blob: &Blob, name: String) -> Result<Model, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    blob.check().map_err(|error| blob.refused(&error))?;
    let (index, end) = index(blob).map_err(fail)?;
    let (mut tensors, mut names) = (Vec::new(), HashSet::new());
    let mut start = START as u64;
    for entry in index.tensors {
        let shown = clean(&entry.name);
        let place = |problem: String| fail(format!("tensor `{}`: {problem}", printable(&shown)));
        if !names.insert(shown.clone()) {
            return Err(place("occurs twice".to_owned()));
        }
        let stop = start.checked_add(entry.bytes).filter(|stop| *stop <= end as u64);
        let stop = stop.ok_or_else(|| {
            place(format!("claims {} from byte {start} on, the payloads end at byte {end}", size(entry.bytes)))
        })?;
        let range = start as usize..stop as usize;
        let (found, expected) = (checksum(blob, range.clone()).map_err(place)?, entry.crc32);
        if found != expected {
            return Err(place(format!(
                "damaged somewhere in bytes {start}..{stop}: their checksum is {found:08x} where {expected:08x} was recorded"
            )));
        }
        tensors.push(tensor(blob, shown.clone(), entry, range).map_err(place)?);
        start = stop;
    }
    if start != end as u64 {
        return Err(fail(format!("bytes {start}..{end} belong to no tensor")));
    }
    blob.check().map_err(|error| blob.refused(&error))?;
    Ok(Model { name, tensors, metadata: vec![("program".to_owned(), clean(&index.program))] })
}

/// The index and where it begins, once everything but the payloads has been checked.
fn index(blob: &Blob) -> Result<(Index, usize), String> {
    let length = blob.length() as usize;
    let read = |range: Range<usize>| blob.bytes(range).map_err(|error| blob.problem(&error));
    let head = read(0..length.min(START))?;
    if !head.starts_with(MAGIC) {
        return Err("damaged at bytes 0..4: a .qsz file begins with `QSZ` and 0x1A".to_owned());
    }
    if length < START + FOOTER {
        return Err(format!("truncated: {length} bytes, where a .qsz file has at least {}", START + FOOTER));
    }
    let footer = length - FOOTER;
    let last = read(footer..length)?;
    let u32_at =
        |bytes: &[u8], place: usize| u32::from_le_bytes(bytes[place..place + 4].try_into().expect("four bytes"));
    let u64_at = |place: usize| u64::from_le_bytes(last[place..place + 8].try_into().expect("eight bytes"));
    if &last[FOOTER - 8..] != END {
        return Err(format!("truncated or damaged at bytes {}..{length}: the closing mark is not there", length - 8));
    }
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&head);
    hasher.update(&last[..20]);
    if hasher.finalize() != u32_at(&last, 20) {
        return Err(format!("damaged in bytes 0..{START} or {footer}..{length}: their checksum is another"));
    }
    if u32_at(&head, 4) != VERSION {
        return Err(format!("is of version {}, this program reads version {VERSION}", u32_at(&head, 4)));
    }
    let (start, claimed) = (u64_at(0), u64_at(8));
    let fits = start >= START as u64 && start.checked_add(claimed) == Some(footer as u64);
    if !fits {
        return Err(format!(
            "the index claims {} from byte {start} on, and should end at byte {footer}",
            size(claimed)
        ));
    }
    let text = read(start as usize..footer)?;
    let (found, expected) = (crc32fast::hash(&text), u32_at(&last, 16));
    if found != expected {
        return Err(format!(
            "damaged somewhere in bytes {start}..{footer}, the index: their checksum is {found:08x} where {expected:08x} was recorded"
        ));
    }
    let index = serde_json::from_slice(&text).map_err(|error| printable(&format!("index at byte {start}: {error}")))?;
    Ok((index, start as usize))
}

/// The checksum of some of the file, read in pieces.
fn checksum(blob: &Blob, range: Range<usize>) -> Result<u32, String> {
    const PIECE: usize = 1 << 20;
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; PIECE.min(range.len())];
    for start in range.clone().step_by(PIECE) {
        let piece = &mut buffer[..PIECE.min(range.end - start)];
        blob.fill(start, piece).map_err(|error| blob.problem(&error))?;
        hasher.update(piece);
    }
    Ok(hasher.finalize())
}

fn tensor(blob: &Blob, name: String, entry: Entry, range: Range<usize>) -> Result<Tensor, String> {
    let kind = dtype(&entry.dtype).ok_or_else(|| format!("unknown dtype `{}`", printable(&entry.dtype)))?;
    let shown = printable(&format!("{:?}", entry.shape));
    let overflow = || format!("the shape {shown} overflows 64 bits");
    // Multiplied without the zeros too, so that nobody who multiplies in another order overflows.
    let of_others =
        entry.shape.iter().filter(|axis| **axis != 0).try_fold(64_u64, |product, axis| product.checked_mul(*axis));
    of_others.ok_or_else(overflow)?;
    let shape: Vec<usize> =
        entry.shape.iter().map(|&axis| usize::try_from(axis)).collect::<Result<_, _>>().map_err(|_| overflow())?;
    let count: u64 = entry.shape.iter().product();
    let Some(packed) = entry.packed else {
        let (bits, bytes) = (count * u64::from(kind.bits()), range.len() as u64);
        if bits != bytes * 8 {
            return Err(format!("{bytes} bytes where the shape {shown} of {} needs {bits} bits", kind.name()));
        }
        return Ok(Tensor::new(name, shape, kind, Stored { blob: blob.clone(), range, dtype: kind }));
    };
    let most = ROOM.saturating_add(GROWTH.saturating_mul(blob.length()));
    if count * 4 > most {
        return Err(format!(
            "the shape {shown} decodes to {}, over the limit of {} for a file of this size",
            size(count * 4),
            size(most)
        ));
    }
    let bits = range.len() as u64 * 8;
    let counted = packed.ledger.iter().try_fold(0_u64, |sum, (_, bits)| sum.checked_add(*bits));
    if counted != Some(bits) {
        return Err(format!("the ledger does not add up to the {bits} bits of its payload"));
    }
    let scheme = packed.scheme.parse().map_err(|error| printable(&format!("scheme: {error}")))?;
    let header =
        coding::Header { scheme, shape: shape.clone(), books: books(&packed.books, bits)?, entries: packed.entries };
    let parts = packed.ledger.into_iter().map(|(part, bits)| (clean(&part), bits)).collect();
    let packing = Packing { scheme: header.scheme.to_string(), parts, bytes: range.len() as u64, dtype: kind };
    let source = PackedTensor { blob: blob.clone(), range, header, name: printable(&name) };
    Ok(Tensor::new(name, shape, Dtype::F32, source).with_packing(packing))
}

/// The runs written out, once it is known that the payload has room for so many centroids.
fn books(runs: &[(u64, u32)], bits: u64) -> Result<Vec<u32>, String> {
    let cost = |&(groups, centroids): &(u64, u32)| groups.checked_mul(u64::from(centroids.max(1)))?.checked_mul(32);
    let total = runs.iter().try_fold(0_u64, |sum, run| sum.checked_add(cost(run)?));
    if total.is_none_or(|total| total > bits) {
        return Err(format!("more centroids than the {bits} bits of its payload hold"));
    }
    Ok(runs.iter().flat_map(|&(groups, centroids)| std::iter::repeat_n(centroids, groups as usize)).collect())
}

/// A payload that is decoded when it is looked at.
struct PackedTensor {
    blob: Blob,
    range: Range<usize>,
    header: coding::Header,
    name: String,
}

impl Source for PackedTensor {
    fn read(&self) -> Result<Values, SourceError> {
        let bytes = self.blob.bytes(self.range.clone())?;
        let quantized = self.header.read(&bytes).map_err(|error| {
            let byte = self.range.start as u64 + error.byte;
            self.blob.fault(&format!("tensor `{}`: {} at byte {byte}", self.name, error.problem))
        })?;
        Ok(Values::from(quantized.reconstruct()))
    }
}
