//! Writing npy: one array.

use std::io::{Error, Result, Write};

use super::arrays::ArrayWriter;
use super::layout::{Notes, Part};
use super::writer::{Tick, write_all};
use crate::io::write_npy::{descr, header, shape_text};

pub(super) struct NpyWriter<W> {
    out: W,
}

impl<W: Write> NpyWriter<W> {
    /// An empty file, for one array.
    pub fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> ArrayWriter for NpyWriter<W> {
    fn add(&mut self, part: &Part, _notes: &mut Notes, tick: &mut Tick<'_>) -> Result<()> {
        let descr = descr(part.dtype).ok_or_else(|| Error::other(format!("npy has no {}", part.dtype)))?;
        self.out.write_all(&header(descr, &shape_text(&part.shape)))?;
        write_all(&mut self.out, &part.bytes, tick)
    }

    fn finish(self, _notes: &Notes) -> Result<()> {
        Ok(())
    }
}
