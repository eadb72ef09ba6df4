//! Reading safetensors: `u64 length | JSON header | data`, decoded when looked at.
//!
//! The header is checked here rather than by the `safetensors` crate, whose errors name neither the numbers nor, mostly, the
//! tensor; the tests hold this reader and the writer against that crate.

use super::blob::Blob;
use super::error::{Error, clean, printable, size};
use super::header::{Entry, Header};
use super::stored::Stored;
use crate::engine::tensor::{Dtype, Model, Tensor};

/// The largest header that is read: that of the `safetensors` crate.
const LARGEST_HEADER: u64 = 100_000_000;

/// The names of the dtypes in headers.
pub(super) const DTYPES: [(&str, Dtype); 21] = [
    ("F64", Dtype::F64),
    ("F32", Dtype::F32),
    ("F16", Dtype::F16),
    ("BF16", Dtype::BF16),
    ("F8_E4M3", Dtype::F8E4M3Fn),
    ("F8_E5M2", Dtype::F8E5M2),
    ("F8_E4M3FNUZ", Dtype::F8E4M3Fnuz),
    ("F8_E5M2FNUZ", Dtype::F8E5M2Fnuz),
    ("F8_E8M0", Dtype::F8E8M0),
    ("F6_E2M3", Dtype::F6E2M3),
    ("F6_E3M2", Dtype::F6E3M2),
    ("F4", Dtype::F4E2M1),
    ("I64", Dtype::I64),
    ("I32", Dtype::I32),
    ("I16", Dtype::I16),
    ("I8", Dtype::I8),
    ("U64", Dtype::U64),
    ("U32", Dtype::U32),
    ("U16", Dtype::U16),
    ("U8", Dtype::U8),
    ("BOOL", Dtype::Bool),
];

/// Complex numbers are no weights to quantize: such a tensor is left out, the others open, and the metadata says so.
const COMPLEX: (&str, u64) = ("C64", 64);

/// Whether these bytes look like safetensors: a length, then a JSON object.
pub(super) fn is_it(bytes: &[u8]) -> bool {
    bytes.get(8) == Some(&b'{')
}

/// Opens a file. The tensors are in the order of their data; nothing but the header is read.
pub(super) fn open(blob: &Blob, name: String) -> Result<Model, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    let length = header_length(&blob.start(8)?, blob.length()).map_err(fail)?;
    let data_start = 8 + length;
    let header = header(&blob.start(data_start)?[8..]).map_err(fail)?;
    let mut metadata: Vec<_> = header.metadata.iter().map(|(key, text)| (clean(key), text.clone())).collect();
    let available = blob.length() - data_start as u64;

    let mut entries: Vec<_> = header.entries.iter().collect();
    entries.sort_by_key(|(_, entry)| entry.data_offsets);
    let mut tensors = Vec::with_capacity(entries.len());
    let mut end_before = 0;
    for (key, entry) in entries {
        let place = |problem: String| fail(format!("tensor `{}`: {problem}", printable(key)));
        let (start, end) = check(entry, end_before, available).map_err(place)?;
        end_before = end;
        let Some(dtype) = dtype(&entry.dtype) else {
            metadata.push(("skipped".to_owned(), format!("`{}`: complex numbers (C64) cannot be shown", clean(key))));
            continue;
        };
        // Offsets within the file fit into usize, but where the tensor is empty one other size may be anything.
        let shape: Result<Vec<usize>, _> = entry.shape.iter().map(|&axis| usize::try_from(axis)).collect();
        let shape = shape.map_err(|_| place(format!("an axis of {:?} is too long for this machine", entry.shape)))?;
        let range = data_start + start as usize..data_start + end as usize;
        tensors.push(Tensor::new(clean(key), shape, dtype, Stored { blob: blob.clone(), range, dtype }));
    }
    if end_before < available {
        let extra = size(available - end_before);
        return Err(fail(format!(
            "{extra} after the last tensor belong to none; the header must cover all of the data"
        )));
    }
    Ok(Model { name, tensors, metadata })
}

/// What the first bytes claim as the length of the header, held against the length of the file.
fn header_length(start: &[u8], file_length: u64) -> Result<usize, String> {
    let Some(length) = start.first_chunk::<8>() else {
        return Err(format!(
            "truncated: {} bytes, where safetensors starts with 8 bytes of header length",
            start.len()
        ));
    };
    let (length, rest) = (u64::from_le_bytes(*length), file_length - 8);
    if length > rest {
        return Err(format!("header claims {}, file has {} after its length field", size(length), size(rest)));
    }
    if length > LARGEST_HEADER {
        return Err(format!("header of {} is over the limit of {}", size(length), size(LARGEST_HEADER)));
    }
    Ok(length as usize)
}

fn header(text: &[u8]) -> Result<Header, String> {
    let text = std::str::from_utf8(text).map_err(|error| format!("header is not UTF-8: {error}"))?;
    serde_json::from_str(text).map_err(|error| format!("header: {error}"))
}

/// Whether shape, dtype and offsets agree with each other, with the tensor before and with the file; the offsets.
fn check(entry: &Entry, end_before: u64, available: u64) -> Result<(u64, u64), String> {
    let Entry { dtype: name, shape, data_offsets: (start, end) } = entry;
    let bits = match dtype(name) {
        Some(dtype) => u64::from(dtype.bits()),
        None if name == COMPLEX.0 => COMPLEX.1,
        None => {
            let known = DTYPES.map(|(name, _)| name).join(", ");
            return Err(format!("unknown dtype `{}`, expected one of {known}", printable(name)));
        }
    };
    let shown = shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let shown = printable(&shown);
    let overflow = || format!("the shape [{shown}] of {name} overflows 64 bits");
    // Multiplied without the zeros too: a shape such as [0, 2^63, 2] must not overflow whoever multiplies in another order.
    let of_others = shape.iter().filter(|&&axis| axis != 0).try_fold(bits, |product, &axis| product.checked_mul(axis));
    let of_others = of_others.ok_or_else(overflow)?;
    let total = if shape.contains(&0) { 0 } else { of_others };
    if total % 8 != 0 {
        return Err(format!("the shape [{shown}] of {name} needs {total} bits, which is no whole number of bytes"));
    }
    if start > end {
        return Err(format!("offsets {start}..{end} run backwards"));
    }
    if *end > available {
        return Err(format!("offsets {start}..{end} reach beyond the {available} bytes of data in the file"));
    }
    if *start < end_before {
        return Err(format!("offsets {start}..{end} overlap the tensor before, which ends at {end_before}"));
    }
    if *start > end_before {
        return Err(format!("offsets {start}..{end} leave a gap: the tensor before ends at {end_before}"));
    }
    if end - start != total / 8 {
        let found = end - start;
        return Err(format!(
            "offsets {start}..{end} hold {found} bytes, the shape [{shown}] of {name} needs {}",
            total / 8
        ));
    }
    Ok((*start, *end))
}

pub(super) fn dtype(name: &str) -> Option<Dtype> {
    DTYPES.iter().find(|(known, _)| *known == name).map(|&(_, dtype)| dtype)
}
