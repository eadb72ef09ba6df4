//! Writing npz: stored members, as `numpy.savez` does, and the notes as a text array.

use std::io::{Result, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::layout::{Notes, Part};
use super::npz::META;
use super::save::{Tick, write_all};
use crate::engine::tensor::Dtype;

pub(super) struct NpzWriter<W: Write + Seek> {
    zip: ZipWriter<W>,
}

impl<W: Write + Seek> NpzWriter<W> {
    /// An archive without members.
    pub fn new(out: W) -> Self {
        Self { zip: ZipWriter::new(out) }
    }

    /// Adds a member. A dtype that npy cannot name becomes unsigned integers of the same width (below 8 bits: the packed bytes
    /// in one axis), and a note.
    pub fn add(&mut self, part: &Part, notes: &mut Notes, tick: &mut Tick<'_>) -> Result<()> {
        let shape = shape_text(&part.shape);
        let (descr, shape) = match descr(part.dtype) {
            Some(descr) => (descr, shape),
            None => {
                notes.add_plain(part);
                match part.dtype.bits() {
                    16 => ("<u2", shape),
                    8 => ("|u1", shape),
                    _ => ("|u1", shape_text(&[part.bytes.len()])),
                }
            }
        };
        self.member(&part.name, &header(descr, &shape), &part.bytes, tick)
    }

    /// Adds the notes and ends the archive.
    pub fn finish(mut self, notes: &Notes) -> Result<W> {
        let notes = notes.to_json(true)?;
        let codes: Vec<u8> = notes.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect();
        self.member(META, &header(&format!("<U{}", codes.len() / 4), "()"), &codes, &mut || Ok(()))?;
        Ok(self.zip.finish()?)
    }

    fn member(&mut self, name: &str, header: &[u8], data: &[u8], tick: &mut Tick<'_>) -> Result<()> {
        // From here on zip needs its 64-bit fields, and wants to know before; the header is far shorter than what is left.
        let large = data.len() >= 0xFFFF_0000;
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(large);
        self.zip.start_file(format!("{name}.npy"), options)?;
        self.zip.write_all(header)?;
        write_all(&mut self.zip, data, tick)
    }
}

/// NumPy's name of a dtype that it has.
fn descr(dtype: Dtype) -> Option<&'static str> {
    Some(match dtype {
        Dtype::F64 => "<f8",
        Dtype::F32 => "<f4",
        Dtype::F16 => "<f2",
        Dtype::I64 => "<i8",
        Dtype::I32 => "<i4",
        Dtype::I16 => "<i2",
        Dtype::I8 => "|i1",
        Dtype::U64 => "<u8",
        Dtype::U32 => "<u4",
        Dtype::U16 => "<u2",
        Dtype::U8 => "|u1",
        Dtype::Bool => "|b1",
        _ => return None,
    })
}

/// A Python tuple.
fn shape_text(shape: &[usize]) -> String {
    let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
    if let [only] = axes.as_slice() { format!("({only},)") } else { format!("({})", axes.join(", ")) }
}

/// An npy header, padded so that the data starts at a multiple of 64. Version 2.0 where 1.0 has no room.
fn header(descr: &str, shape: &str) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let wide = text.len() + 64 > usize::from(u16::MAX);
    let fixed = if wide { 12 } else { 10 };
    let length = (fixed + text.len() + 1).next_multiple_of(64) - fixed;
    let mut header = b"\x93NUMPY".to_vec();
    if wide {
        header.extend([2, 0]);
        header.extend((length as u32).to_le_bytes());
    } else {
        header.extend([1, 0]);
        header.extend((length as u16).to_le_bytes());
    }
    header.extend(format!("{text:<width$}\n", width = length - 1).bytes());
    header
}
