//! Files of PyTorch before 1.6, which `torch.save(…, _use_new_zipfile_serialization=False)` still writes: pickles, then storages.
//!
//! `magic | version | about the machine | the object | keys of the storages | for each key: u64 number of elements, elements`
//! (torch/serialization.py, `_legacy_save` and `_legacy_load`.)

use std::collections::HashMap;
use std::ops::Range;

use super::pickle::{Node, Pickle};
use super::tensors::dtype;
use crate::io::blob::Blob;
use crate::io::error::{Error, printable, size};

/// How such a file begins: a pickle of a magic number.
pub(in crate::io) const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
/// The version that follows the magic number.
const VERSION: u64 = 1001;
/// What is read of a file at first; more where its pickles are longer.
const FIRST_READ: usize = 1 << 20;
/// The most that is read for the pickles.
const LARGEST: usize = 256 << 20;

/// Bytes of an element of storages that hold no [`crate::engine::tensor::Dtype`], whose place has to be known to find the next.
const OTHERS: [(&str, u64); 7] = [
    ("ComplexFloatStorage", 8),
    ("ComplexDoubleStorage", 16),
    ("QInt8Storage", 1),
    ("QUInt8Storage", 1),
    ("QInt32Storage", 4),
    ("QUInt4x2Storage", 1),
    ("QUInt2x4Storage", 1),
];

/// What such a file holds.
pub(super) struct Legacy {
    /// The object that was saved.
    pub pickle: Pickle,
    /// Where the elements of each storage lie.
    pub storages: HashMap<String, Range<usize>>,
}

/// The pickles at the start of a file, and where they end.
struct Start {
    pickle: Pickle,
    keys: Vec<String>,
    end: usize,
}

/// Reads the pickles and finds the storages.
pub(super) fn read(blob: &Blob) -> Result<Legacy, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    let mut length = FIRST_READ;
    let start = loop {
        let bytes = blob.start(length.min(LARGEST))?;
        match start(&bytes) {
            Ok(start) => break start,
            // A pickle that ends too early may go on behind what was read.
            Err(_) if length < LARGEST && (bytes.len() as u64) < blob.length() => length *= 4,
            Err(problem) => return Err(fail(problem)),
        }
    };
    let widths = widths(&start.pickle);
    let mut storages = HashMap::new();
    let mut at = start.end;
    for key in start.keys {
        let place = |problem: String| fail(format!("storage `{}`: {problem}", printable(&key)));
        let kind = widths.get(key.as_str()).ok_or_else(|| place("no tensor says of what type it is".to_owned()))?;
        let width = kind.as_ref().map_err(|kind| place(format!("elements of {kind} are of unknown length")))?;
        let count = blob.bytes(at..at + 8).map_err(|error| place(error.to_string()))?;
        let count = u64::from_le_bytes(count.try_into().unwrap_or_default());
        let left = blob.length() - (at as u64 + 8);
        let bytes = count.checked_mul(*width).filter(|bytes| *bytes <= left);
        let bytes = bytes.ok_or_else(|| place(format!("claims {count} elements, the file has {} left", size(left))))?;
        let range = at + 8..at + 8 + bytes as usize;
        at = range.end;
        storages.insert(key, range);
    }
    Ok(Legacy { pickle: start.pickle, storages })
}

fn start(bytes: &[u8]) -> Result<Start, String> {
    let mut at = 0;
    let mut next = || {
        let pickle = Pickle::read(&bytes[at..]).map_err(|problem| format!("the pickle at byte {at}: {problem}"))?;
        at += pickle.end;
        Ok::<_, String>((pickle, at))
    };
    next()?;
    let (version, _) = next()?;
    if version.number(version.root) != Some(VERSION) {
        return Err(format!("its version is another than {VERSION}"));
    }
    let (machine, _) = next()?;
    if machine.entry("little_endian").is_some_and(|id| machine.nodes[id] == Node::Bool(false)) {
        return Err("its storages are big-endian, expected a file saved on a little-endian machine".to_owned());
    }
    let (pickle, _) = next()?;
    let (keys, end) = next()?;
    let list = keys.list(keys.root).ok_or("expected a list of storages")?;
    let names = list.iter().map(|&id| keys.text(id).map(str::to_owned)).collect::<Option<_>>();
    Ok(Start { pickle, keys: names.ok_or("expected the names of the storages")?, end })
}

/// Bytes of an element of each storage, or what kind it is where that is not known.
fn widths(pickle: &Pickle) -> HashMap<&str, Result<u64, String>> {
    let mut widths = HashMap::new();
    for node in &pickle.nodes {
        let Node::Persistent(place) = node else { continue };
        // ('storage', type, key, where it was, number of elements, which part of another it is)
        let Some([_, kind, key, ..]) = pickle.list(*place) else { continue };
        let (Some(kind), Some(key)) = (pickle.global(*kind), pickle.text(*key)) else { continue };
        let other = || OTHERS.iter().find(|(name, _)| kind.ends_with(name)).map(|(_, width)| *width);
        let width = dtype(kind).map(|dtype| u64::from(dtype.bits() / 8)).or_else(other);
        widths.insert(key, width.ok_or_else(|| printable(kind)));
    }
    widths
}
