//! Writing safetensors, one tensor at a time.
//!
//! The header stands before the data but is known only after it. So the room that it can need at most is left free, and what it
//! does not use is filled with spaces, which the format allows.

use std::io::{Error, Result, Seek, SeekFrom, Write};

use serde_json::{Value, json};

use super::arrays::ArrayWriter;
use super::compressed;
use super::format::Layout;
use super::layout::{Notes, Part, SUFFIXES};
use super::writer::{Tick, write_all};
use super::{Content, TensorExport};
use crate::engine::tensor::Dtype;
use crate::io::header::METADATA;
use crate::io::npz::META;
use crate::io::safetensors::DTYPES;

pub(super) struct SafetensorsWriter<W> {
    out: W,
    /// Length of the header with its padding, without its length field.
    room: u64,
    /// Bytes of data so far.
    offset: u64,
    entries: Vec<String>,
}

impl<W: Write + Seek> SafetensorsWriter<W> {
    /// Leaves room for the header of this export.
    pub fn new(mut out: W, layout: Layout, exports: &[TensorExport<'_>]) -> Result<Self> {
        let room = (longest_header(layout, exports)?.len() as u64).next_multiple_of(8);
        out.seek(SeekFrom::Start(8 + room))?;
        Ok(Self { out, room, offset: 0, entries: Vec::new() })
    }
}

impl<W: Write + Seek> ArrayWriter for SafetensorsWriter<W> {
    fn add(&mut self, part: &Part, _notes: &mut Notes, tick: &mut Tick<'_>) -> Result<()> {
        let end = self.offset + part.bytes.len() as u64;
        let shape = part.shape.iter().map(|&axis| axis as u64).collect::<Vec<_>>();
        self.entries.push(entry(&part.name, part.dtype, &shape, (self.offset, end)));
        self.offset = end;
        write_all(&mut self.out, &part.bytes, tick)
    }

    /// Fills the room with the header.
    fn finish(mut self, notes: &Notes) -> Result<()> {
        let header = header(&self.entries, notes)?;
        let padding = self.room.checked_sub(header.len() as u64);
        let padding = padding.ok_or_else(|| Error::other("the header has outgrown the room that was left for it"))?;
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&self.room.to_le_bytes())?;
        self.out.write_all(header.as_bytes())?;
        self.out.write_all(&vec![b' '; padding as usize])
    }
}

/// A header with the longest numbers in every place that is not yet known.
fn longest_header(layout: Layout, exports: &[TensorExport<'_>]) -> Result<String> {
    let offsets = (u64::MAX, u64::MAX);
    let mut notes = Notes::new(layout);
    let mut entries = Vec::new();
    for TensorExport { tensor, content } in exports {
        let shape = vec![u64::MAX; tensor.shape.len().max(2)];
        // No dtype has a longer name.
        entries.push(entry(&tensor.name, Dtype::F8E4M3Fnuz, &shape, offsets));
        if let Content::Quantized(_) = content {
            notes.reserve(tensor);
            let part = |suffix| entry(&format!("{}.{suffix}", tensor.name), Dtype::F8E4M3Fnuz, &shape, offsets);
            entries.extend(SUFFIXES.map(part));
            entries.extend(compressed::SUFFIXES.map(part));
        }
    }
    header(&entries, &notes)
}

/// `"name":{…}`
fn entry(name: &str, dtype: Dtype, shape: &[u64], offsets: (u64, u64)) -> String {
    let dtype = DTYPES.iter().find(|(_, known)| *known == dtype).map_or("", |(name, _)| name);
    let entry = json!({"dtype": dtype, "shape": shape, "data_offsets": [offsets.0, offsets.1]});
    format!("{}:{entry}", Value::from(name))
}

fn header(entries: &[String], notes: &Notes) -> Result<String> {
    let metadata = json!({ META: notes.to_json()? });
    let metadata = format!("{}:{metadata}", Value::from(METADATA));
    let members: Vec<&str> = std::iter::once(metadata.as_str()).chain(entries.iter().map(String::as_str)).collect();
    Ok(format!("{{{}}}", members.join(",")))
}
