//! Formats that are lists of named arrays: a quantized tensor becomes several.

use std::collections::HashSet;

use super::compressed;
use super::format::Layout;
use super::layout::{self, Notes, Part};
use super::writer::{Refusal, Tick, Writer, Written};
use crate::engine::quantize::Quantized;
use crate::engine::tensor::Tensor;
use crate::io::atomic::Companion;
use crate::io::error::printable;

/// A file of named arrays that is being written.
pub(super) trait ArrayWriter {
    /// Appends an array; what the format cannot say of it goes into the notes.
    fn add(&mut self, part: &Part, notes: &mut Notes, tick: &mut Tick<'_>) -> std::io::Result<()>;

    /// What an array is when it is read back.
    fn expected(&self, part: &Part) -> Written {
        Written::new(part.name.clone(), part.dtype, part.shape.clone(), &part.bytes)
    }

    /// Ends the file with its notes.
    fn finish(self, notes: &Notes) -> std::io::Result<()>;
}

/// The generic layouts in such a file.
pub(super) struct Arrays<W> {
    writer: W,
    layout: Layout,
    notes: Notes,
    /// Names that are taken: an archive would refuse the second with words of its own.
    names: HashSet<String>,
}

impl<W: ArrayWriter> Arrays<W> {
    /// Nothing written yet.
    pub fn new(writer: W, layout: Layout) -> Self {
        Self { writer, layout, notes: Notes::new(layout), names: HashSet::new() }
    }

    fn add(&mut self, parts: Vec<Part>, tick: &mut Tick<'_>) -> Result<Vec<Written>, Refusal> {
        let mut written = Vec::new();
        for part in parts {
            if !self.names.insert(part.name.clone()) {
                return Err(format!("two arrays would be called `{}`", printable(&part.name)).into());
            }
            self.writer.add(&part, &mut self.notes, tick)?;
            written.push(self.writer.expected(&part));
        }
        Ok(written)
    }
}

impl<W: ArrayWriter> Writer for Arrays<W> {
    fn plain(&mut self, tensor: &Tensor, tick: &mut Tick<'_>) -> Result<Vec<Written>, Refusal> {
        self.add(vec![layout::plain(tensor)?], tick)
    }

    fn quantized(
        &mut self,
        tensor: &Tensor,
        quantized: &Quantized,
        tick: &mut Tick<'_>,
    ) -> Result<Vec<Written>, Refusal> {
        let parts = match self.layout {
            Layout::CompressedTensors => compressed::parts(tensor, quantized)?,
            layout => layout::parts(tensor, quantized, layout),
        };
        self.notes.add(tensor, quantized);
        self.add(parts, tick)
    }

    fn finish(self: Box<Self>, _tick: &mut Tick<'_>) -> std::io::Result<Option<Companion>> {
        self.writer.finish(&self.notes).map(|()| None)
    }
}
