//! Protocol buffers that are put together from pieces: bytes made here, parts of files, parts of the spool.

use std::fs::File;
use std::io::{BufWriter, Error, Read, Result, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use crate::io::blob::Blob;
pub(super) use crate::io::onnx::write::{bytes, number, text, varint};
use crate::io::save::writer::{Tick, write_all};

/// A message, or a part of one, whose length is known before it is written.
#[derive(Clone, Default)]
pub(super) struct Rope {
    pieces: Vec<Piece>,
    length: u64,
}

#[derive(Clone)]
enum Piece {
    Bytes(Vec<u8>),
    Data(Data),
}

/// Bytes that stay where they are until they are written.
#[derive(Clone)]
pub(super) enum Data {
    /// Some of an input file's.
    File(Blob, Range<usize>),
    /// Some of the spool's.
    Spool(Range<u64>),
}

impl Data {
    pub fn length(&self) -> u64 {
        match self {
            Self::File(_, range) => range.len() as u64,
            Self::Spool(range) => range.end - range.start,
        }
    }
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

    /// Some of an input file's bytes.
    pub fn push_file(&mut self, file: &Blob, range: Range<usize>) {
        self.length += range.len() as u64;
        match self.pieces.last_mut() {
            Some(Piece::Data(Data::File(last, place))) if last.is(file) && place.end == range.start => {
                place.end = range.end;
            }
            _ => self.pieces.push(Piece::Data(Data::File(file.clone(), range))),
        }
    }

    pub fn push_data(&mut self, data: Data) {
        self.length += data.length();
        self.pieces.push(Piece::Data(data));
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

    /// Writes everything, a piece of a file at a time, with a tick before each.
    pub fn write(self, spool: &mut File, out: &mut impl Write, tick: &mut Tick<'_>) -> Result<()> {
        for piece in self.pieces {
            match piece {
                Piece::Bytes(bytes) => out.write_all(&bytes)?,
                Piece::Data(Data::Spool(range)) => {
                    spool.seek(SeekFrom::Start(range.start))?;
                    for start in range.clone().step_by(PIECE) {
                        tick()?;
                        let wanted = (range.end - start).min(PIECE as u64);
                        if std::io::copy(&mut (&mut *spool).take(wanted), out)? < wanted {
                            return Err(std::io::ErrorKind::UnexpectedEof.into());
                        }
                    }
                }
                Piece::Data(Data::File(file, range)) => copy(&file, range, out, tick)?,
            }
        }
        Ok(())
    }
}

/// Bytes that are copied at a time.
const PIECE: usize = 1 << 20;

fn copy(file: &Blob, range: Range<usize>, out: &mut impl Write, tick: &mut Tick<'_>) -> Result<()> {
    file.check().map_err(Error::other)?;
    let mut buffer = vec![0; PIECE.min(range.len())];
    for start in range.clone().step_by(PIECE) {
        tick()?;
        let buffer = &mut buffer[..PIECE.min(range.end - start)];
        file.fill(start, buffer).map_err(Error::other)?;
        out.write_all(buffer)?;
    }
    file.check().map_err(Error::other)
}

/// Data that waits in a file without a name until the lengths of all messages around it are known.
pub(super) struct Spool {
    out: BufWriter<File>,
    position: u64,
}

impl Spool {
    /// Nothing yet; in the folder of the file that is written, where there is room for as much.
    pub fn new(folder: &Path) -> Result<Self> {
        Ok(Self { out: BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(folder)?), position: 0 })
    }

    /// Appends bytes; where they lie.
    pub fn append(&mut self, bytes: &[u8], tick: &mut Tick<'_>) -> Result<Data> {
        write_all(&mut self.out, bytes, tick)?;
        let start = self.position;
        self.position += bytes.len() as u64;
        Ok(Data::Spool(start..self.position))
    }

    /// The whole of it.
    pub fn into_file(self) -> Result<File> {
        self.out.into_inner().map_err(|error| error.into_error())
    }
}
