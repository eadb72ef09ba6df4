//! Writing npz: stored members, as `numpy.savez` does, and the notes as a text array.

use std::io::{Result, Seek, Write};
use std::mem::ManuallyDrop;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::arrays::ArrayWriter;
use super::layout::{Notes, Part};
use super::writer::{Tick, write_all};
use crate::io::npz::META;
use crate::io::write_npy::{descr, header, shape_text};

pub(super) struct NpzWriter<W: Write + Seek> {
    /// Leaked where writing failed: the crate would try to end the archive, and tell the terminal that it cannot.
    zip: ManuallyDrop<ZipWriter<W>>,
}

impl<W: Write + Seek> NpzWriter<W> {
    /// An archive without members.
    pub fn new(out: W) -> Self {
        Self { zip: ManuallyDrop::new(ZipWriter::new(out)) }
    }

    fn member(&mut self, name: &str, header: &[u8], data: &[u8], tick: &mut Tick<'_>) -> Result<()> {
        // From here on zip needs its 64-bit fields, and wants to know before; the header is far shorter than what is left.
        let large = data.len() >= 0xFFFF_0000;
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(large);
        self.zip.start_file(format!("{name}.npy"), options)?;
        self.zip.write_all(header)?;
        write_all(&mut *self.zip, data, tick)
    }
}

impl<W: Write + Seek> ArrayWriter for NpzWriter<W> {
    /// Adds a member. A dtype that npy cannot name becomes unsigned integers of the same width (below 8 bits: the packed bytes
    /// in one axis), and a note.
    fn add(&mut self, part: &Part, notes: &mut Notes, tick: &mut Tick<'_>) -> Result<()> {
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
    fn finish(mut self, notes: &Notes) -> Result<()> {
        let notes = notes.to_json()?;
        let codes: Vec<u8> = notes.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect();
        self.member(META, &header(&format!("<U{}", codes.len() / 4), "()"), &codes, &mut || Ok(()))?;
        ManuallyDrop::into_inner(self.zip).finish()?;
        Ok(())
    }
}
