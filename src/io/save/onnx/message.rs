//! Protocol buffers that are put together from pieces: bytes made here, parts of the source file, parts of the spool.

use std::fs::File;
use std::io::{BufWriter, Read, Result, Seek, SeekFrom, Write};
use std::ops::Range;

pub(super) use crate::io::onnx::write::{bytes, number, text, varint};
use crate::io::save::writer::{Tick, write_all};

/// A message, or a part of one, whose length is known before it is written.
#[derive(Default)]
pub(super) struct Rope {
    pieces: Vec<Piece>,
    length: u64,
}

enum Piece {
    Bytes(Vec<u8>),
    Source(Range<usize>),
    Spool(Range<u64>),
}

impl Rope {
    pub fn of(bytes: Vec<u8>) -> Self {
        let mut rope = Self::default();
        rope.push(bytes);
        rope
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn push(&mut self, bytes: Vec<u8>) {
        self.length += bytes.len() as u64;
        self.pieces.push(Piece::Bytes(bytes));
    }

    /// Some of the source file's bytes.
    pub fn push_source(&mut self, range: Range<usize>) {
        self.length += range.len() as u64;
        match self.pieces.last_mut() {
            Some(Piece::Source(last)) if last.end == range.start => last.end = range.end,
            _ => self.pieces.push(Piece::Source(range)),
        }
    }

    /// Some of the spool's bytes.
    pub fn push_spool(&mut self, range: Range<u64>) {
        self.length += range.end - range.start;
        self.pieces.push(Piece::Spool(range));
    }

    /// Another part, behind this one.
    pub fn append(&mut self, other: Self) {
        self.length += other.length;
        self.pieces.extend(other.pieces);
    }

    /// A field that holds another message.
    pub fn field(&mut self, field: u64, content: Self) {
        self.push([varint(field << 3 | 2), varint(content.length)].concat());
        self.append(content);
    }

    /// Writes everything.
    pub fn write(self, source: &[u8], spool: Spool, out: &mut impl Write) -> Result<()> {
        let mut file = spool.out.into_inner().map_err(|error| error.into_error())?;
        for piece in self.pieces {
            match piece {
                Piece::Bytes(bytes) => out.write_all(&bytes)?,
                Piece::Source(range) => out.write_all(&source[range])?,
                Piece::Spool(range) => {
                    file.seek(SeekFrom::Start(range.start))?;
                    std::io::copy(&mut (&mut file).take(range.end - range.start), out)?;
                }
            }
        }
        Ok(())
    }
}

/// Data that waits in a file without a name until the lengths of all messages around it are known.
pub(super) struct Spool {
    out: BufWriter<File>,
    position: u64,
}

impl Spool {
    pub fn new() -> Result<Self> {
        Ok(Self { out: BufWriter::with_capacity(1 << 20, tempfile::tempfile()?), position: 0 })
    }

    /// Appends bytes; where they lie.
    pub fn append(&mut self, bytes: &[u8], tick: &mut Tick<'_>) -> Result<Range<u64>> {
        write_all(&mut self.out, bytes, tick)?;
        let start = self.position;
        self.position += bytes.len() as u64;
        Ok(start..self.position)
    }
}
