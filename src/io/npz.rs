//! Reading npz: a zip archive of npy members, stored or deflated, inflated when looked at.
//!
//! Nothing is ever extracted to disk, so a member's path cannot escape; it is only a name. What an archive can make this program
//! allocate is bounded: a member's inflated size must be what its npy header says, no member may claim more than deflate can
//! reach from its compressed bytes, members may not share bytes, and all together are bounded.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Read;

use serde::Deserialize;

use super::archive::{Archive, check_archive, open_archive, zip_problem};
use super::blob::Blob;
use super::decode::decode;
use super::error::{Error, clean, printable};
use super::nameless::Nameless;
use super::npy::{self, Element, Layout, Refusal};
use crate::engine::tensor::{Bytes, Dtype, Model, Source, SourceError, Tensor, Values};

/// First bytes of an archive, and of an empty one.
pub(super) const MAGICS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The name of the 0-d text array in which a writer leaves its notes.
pub(super) const META: &str = "meta_json";

/// The longest text array that is read, in bytes.
const LONGEST_TEXT: u64 = 64 << 20;

/// Opens an archive. Every member's npy header is read, no data.
pub(super) fn open(blob: &Blob, name: String, nameless: Nameless) -> Result<Model, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    let mut archive = open_archive(blob).map_err(fail)?;
    check_archive(&mut archive, blob.length()).map_err(fail)?;
    let mut members = Vec::new();
    let mut metadata = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(|error| fail(zip_problem(&error)))?;
        let path = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let Some(stem) = path.strip_suffix(".npy") else {
            metadata.push(("skipped".to_owned(), format!("`{}`: not an npy member", clean(&path))));
            continue;
        };
        let place = |problem: String| fail(format!("member `{}`: {problem}", printable(&path)));
        let layout = member_layout(&mut archive, index, nameless);
        let layout = layout.map_err(|refusal| place(refusal.problem).asking(refusal.question))?;
        match layout.element {
            Element::Number(dtype) => members.push((clean(stem), index, layout, dtype)),
            Element::Text(_) if layout.shape.is_empty() && layout.data_bytes <= LONGEST_TEXT => {
                let data = inflate(&mut archive, index, &layout).map_err(place)?;
                metadata.push((clean(stem), text(&data, layout.big_endian).map_err(place)?));
            }
            Element::Text(_) => metadata.push(("skipped".to_owned(), format!("`{}`: an array of text", clean(stem)))),
        }
    }
    if members.is_empty() && !archive.is_empty() && metadata.iter().all(|(key, _)| key == "skipped") {
        return Err(fail("is a zip archive without any .npy member, so it is no npz".to_owned()));
    }
    let notes = metadata.iter().find(|(key, _)| key == META).map(|(_, text)| text.as_str());
    let notes = notes.and_then(|text| serde_json::from_str::<Notes>(text).ok()).unwrap_or_default();
    let (mut tensors, mut names) = (Vec::with_capacity(members.len()), HashSet::new());
    for (name, index, layout, dtype) in members {
        if !names.insert(name.clone()) {
            return Err(fail(format!("member `{}.npy` occurs twice", printable(&name))));
        }
        let (dtype, shape) = notes.restore(&name, &layout).unwrap_or((dtype, layout.shape.clone()));
        let (blob, archive, label) = (blob.clone(), archive.clone(), printable(&name));
        let count = shape.iter().product();
        let member = Member { blob, archive, index, layout, dtype, count, name: label };
        tensors.push(Tensor::new(name, shape, dtype, member));
    }
    Ok(Model { name, tensors, metadata })
}

/// Reads a member's header and holds it against the size that the archive states.
fn member_layout(archive: &mut Archive, index: usize, nameless: Nameless) -> Result<Layout, Refusal> {
    let mut member = archive.by_index(index).map_err(|error| zip_problem(&error))?;
    let stated = member.size();
    let mut start = Vec::new();
    // The fixed part of a header is 12 bytes at most.
    let longest = npy::LONGEST_HEADER as u64 + 12;
    member.by_ref().take(longest).read_to_end(&mut start).map_err(|error| format!("cannot be inflated: {error}"))?;
    let layout = npy::parse(&start, nameless)?;
    npy::check_length(&layout, stated.saturating_sub(layout.data_start as u64))?;
    Ok(layout)
}

/// The data of a member, checked against its length and its checksum.
fn inflate(archive: &mut Archive, index: usize, layout: &Layout) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("cannot be inflated: {error}");
    let mut member = archive.by_index(index).map_err(|error| zip_problem(&error))?;
    let header = std::io::copy(&mut member.by_ref().take(layout.data_start as u64), &mut std::io::sink());
    header.map_err(failed)?;
    // Not allocated by the claim: the vector grows with what is really there.
    let mut data = Vec::new();
    member.by_ref().take(layout.data_bytes).read_to_end(&mut data).map_err(failed)?;
    // Reading on to the end is what makes the archive compare the checksum.
    let rest = std::io::copy(&mut member.by_ref().take(1), &mut std::io::sink()).map_err(failed)?;
    npy::check_length(layout, data.len() as u64 + rest)?;
    Ok(data)
}

/// A NumPy string: characters of four bytes, padded with zeros.
fn text(data: &[u8], big_endian: bool) -> Result<String, String> {
    let read = if big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
    let codes = data.as_chunks::<4>().0.iter().map(|&bytes| read(bytes));
    let text: Option<String> = codes.map(char::from_u32).collect();
    let text = text.ok_or("text with a code that is no Unicode character")?;
    Ok(text.trim_end_matches('\0').to_owned())
}

/// What this program's npz writer notes about tensors of dtypes that npy lacks; any other text is passed over.
#[derive(Debug, Default, Deserialize)]
struct Notes {
    #[serde(default)]
    plain: std::collections::HashMap<String, Note>,
}

#[derive(Debug, Deserialize)]
struct Note {
    dtype: String,
    shape: Vec<usize>,
}

impl Notes {
    /// Dtype and shape of a tensor that was stored as unsigned integers for want of a better type.
    fn restore(&self, name: &str, layout: &Layout) -> Option<(Dtype, Vec<usize>)> {
        let note = self.plain.get(name)?;
        let dtype = Dtype::ALL.into_iter().find(|dtype| dtype.name() == note.dtype)?;
        let unsigned = matches!(layout.element, Element::Number(Dtype::U8 | Dtype::U16));
        let count = note.shape.iter().try_fold(1_u64, |count, &axis| count.checked_mul(axis as u64))?;
        let fits = count.checked_mul(u64::from(dtype.bits()))?.div_ceil(8) == layout.data_bytes;
        (unsigned && fits && !layout.fortran).then(|| (dtype, note.shape.clone()))
    }
}

/// One array of an archive.
struct Member {
    blob: Blob,
    archive: Archive,
    index: usize,
    layout: Layout,
    dtype: Dtype,
    count: usize,
    name: String,
}

impl Source for Member {
    fn read(&self) -> Result<Values, SourceError> {
        Ok(Values::from(decode(self.dtype, &self.stored()?, self.count)))
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        let data = self.blob.unchanged(|| {
            let data = inflate(&mut self.archive.clone(), self.index, &self.layout);
            data.map_err(|problem| {
                let damaged = self.blob.fault(&format!("member `{}.npy`: {problem}", self.name));
                self.blob.check().err().unwrap_or(damaged)
            })
        })?;
        Ok(Bytes::new(self.layout.canonical(Cow::Owned(data), self.dtype).into_owned()))
    }
}
