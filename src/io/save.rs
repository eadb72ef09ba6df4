//! Writing a model: one tensor at a time into a temporary file, read back and compared, then renamed into its place.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::io::{BufWriter, Write};
use std::path::Path;

use super::atomic;
use super::error::{Error, clean, printable, reason};
use super::layout::{self, Layout, Notes, Part};
use super::write_npz::NpzWriter;
use super::write_qsz::QszWriter;
use super::write_safetensors::SafetensorsWriter;
use crate::engine::quantize::Quantized;
use crate::engine::tensor::{Dtype, Source, Tensor, Values};
use crate::engine::{Cancelled, Progress};

/// The file formats that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// `.safetensors`
    Safetensors,
    /// `.npz`
    Npz,
    /// `.qsz`, this program's own container of packed tensors.
    Qsz,
}

impl FileFormat {
    /// Every format with its ending.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Safetensors, "safetensors"), (Self::Npz, "npz"), (Self::Qsz, "qsz")];

    /// The format of an ending or name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, ending)| ending.eq_ignore_ascii_case(name)).map(|(format, _)| format)
    }

    /// The format that a path's ending names.
    ///
    /// # Errors
    /// An ending that names none.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
        Self::named(&ending).ok_or_else(|| {
            Error::new(path, "the ending names no format that can be written, expected .safetensors, .npz or .qsz")
        })
    }
}

/// One tensor of an export.
pub struct TensorExport<'a> {
    /// The tensor.
    pub tensor: &'a Tensor,
    /// What is written of it.
    pub content: Content<'a>,
}

/// What is written of a tensor.
pub enum Content<'a> {
    /// Its stored bytes, under its name and dtype.
    AsItIs,
    /// What this returns when the tensor's turn comes, so that only one tensor's codes are in memory at a time; called once.
    Quantized(Box<Quantize<'a>>),
}

/// Delivers the codes of a tensor that is about to be written, or says why there are none.
pub type Quantize<'a> = dyn Fn() -> Result<Result<Quantized, String>, Cancelled> + 'a;

/// What has been written and read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Length of the file.
    pub file_bytes: u64,
    /// Arrays in the file, the parts of quantized tensors counted each.
    pub arrays: usize,
}

/// Writes tensors, in this order.
///
/// The new file takes its name only after it has been read back and every array's name, dtype, shape and bytes have been found
/// as they were written; until then, and after an error or a cancel, whatever was at `path` stays as it was.
///
/// # Errors
/// A path that cannot be written, two arrays that would get one name, a tensor that cannot be read or quantized, or a
/// difference on reading back.
pub fn save(
    path: &Path,
    format: FileFormat,
    layout: Layout,
    tensors: &[TensorExport<'_>],
    progress: &dyn Progress,
) -> Result<Result<Saved, Error>, Cancelled> {
    let elements: u64 = tensors.iter().map(|export| export.tensor.count() as u64).sum();
    // Quantizing and writing is one half of the work, reading back the other.
    let meter = Meter { progress, total: 2 * elements.max(1) };
    let plan = Plan { path, format, layout, tensors, meter };
    let mut file_bytes = 0;
    let written = atomic::write(
        path,
        |out| plan.write(out),
        |temporary, written| {
            let length = std::fs::metadata(temporary).map_err(|error| plan.fail(reason(&error)))?.len();
            file_bytes = length;
            plan.verify(temporary, written)
        },
    );
    match written {
        Ok(written) => Ok(Ok(Saved { file_bytes, arrays: written.len() })),
        Err(Stop::Failed(error)) => Ok(Err(error)),
        Err(Stop::Cancelled(cancelled)) => Err(cancelled),
    }
}

/// Why nothing was written.
enum Stop {
    Cancelled(Cancelled),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Cancelled> for Stop {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

/// One call of [`save`].
struct Plan<'a> {
    path: &'a Path,
    format: FileFormat,
    layout: Layout,
    tensors: &'a [TensorExport<'a>],
    meter: Meter<'a>,
}

/// What an array must be when it is read back.
struct Written {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    hash: u64,
}

impl Plan<'_> {
    fn fail(&self, problem: impl Into<String>) -> Error {
        Error::new(self.path, problem)
    }

    /// An error of the writer; the meter's cancel travels through it as an error of kind "other".
    fn stop(&self, error: std::io::Error) -> Stop {
        match error.downcast::<Cancelled>() {
            Ok(cancelled) => cancelled.into(),
            Err(error) => self.fail(format!("cannot be written: {}", reason(&error))).into(),
        }
    }

    fn write(&self, out: &mut BufWriter<&File>) -> Result<Vec<Written>, Stop> {
        let stop = |error| self.stop(error);
        let mut notes = Notes::new(self.layout);
        let mut writer = match self.format {
            FileFormat::Safetensors => {
                Writer::Safetensors(SafetensorsWriter::new(out, self.layout, self.tensors).map_err(stop)?)
            }
            FileFormat::Npz => Writer::Npz(Box::new(NpzWriter::new(out))),
            FileFormat::Qsz => Writer::Qsz(QszWriter::new(out).map_err(stop)?),
        };
        let (mut names, mut written) = (HashSet::new(), Vec::new());
        let mut done = 0;
        for export in self.tensors {
            self.meter.tick(done)?;
            let mut unique = |name: String| {
                if names.insert(name.clone()) {
                    Ok(name)
                } else {
                    Err(self.fail(format!("two arrays would be called `{}`", printable(&name))))
                }
            };
            let mut tick = || self.meter.tick(done).map_err(std::io::Error::other);
            if let (Writer::Qsz(writer), Content::Quantized(quantize), Layout::Codes) =
                (&mut writer, &export.content, self.layout)
            {
                let quantized = self.quantized(export.tensor, quantize)?;
                let name = unique(clean(&export.tensor.name))?;
                writer.add_packed(export.tensor, &quantized, &mut tick).map_err(stop)?;
                let restored = Values::from(quantized.reconstruct());
                let bytes = restored.stored().map_err(|error| self.fail(error.to_string()))?;
                let shape = quantized.shape.clone();
                written.push(Written { name, dtype: Dtype::F32, shape, hash: hash(&bytes) });
                done += export.tensor.count() as u64;
                continue;
            }
            for part in self.parts(export, &mut notes)? {
                let name = unique(clean(&part.name))?;
                let added = match &mut writer {
                    Writer::Safetensors(writer) => writer.add(&part, &mut tick),
                    Writer::Npz(writer) => writer.add(&part, &mut notes, &mut tick),
                    Writer::Qsz(writer) => writer.add(&part, &mut tick),
                };
                added.map_err(stop)?;
                let hash = hash(&part.bytes);
                written.push(Written { name, dtype: part.dtype, shape: part.shape, hash });
            }
            done += export.tensor.count() as u64;
        }
        match writer {
            Writer::Safetensors(writer) => writer.finish(&notes),
            Writer::Npz(writer) => writer.finish(&notes),
            Writer::Qsz(writer) => writer.finish(),
        }
        .map_err(stop)?;
        Ok(written)
    }

    /// The arrays that stand for a tensor.
    fn parts(&self, export: &TensorExport<'_>, notes: &mut Notes) -> Result<Vec<Part>, Stop> {
        let tensor = export.tensor;
        let place = |problem: String| self.fail(format!("tensor `{}`: {problem}", printable(&tensor.name)));
        let Content::Quantized(quantize) = &export.content else {
            return Ok(vec![layout::plain(tensor).map_err(|error| place(error.to_string()))?]);
        };
        let quantized = self.quantized(tensor, quantize)?;
        notes.add(tensor, &quantized);
        Ok(layout::parts(tensor, &quantized, self.layout))
    }

    /// The codes of a tensor.
    fn quantized(&self, tensor: &Tensor, quantize: &Quantize<'_>) -> Result<Quantized, Stop> {
        let place = |problem: String| self.fail(format!("tensor `{}`: {problem}", printable(&tensor.name)));
        let quantized = quantize()?.map_err(place)?;
        if quantized.shape != tensor.shape {
            return Err(place(format!("codes of shape {:?} for one of {:?}", quantized.shape, tensor.shape)).into());
        }
        Ok(quantized)
    }

    /// Opens what was written as anybody would, and compares every array.
    fn verify(&self, temporary: &Path, written: &[Written]) -> Result<(), Stop> {
        let fail = |problem: &str| self.fail(format!("was not saved, reading it back failed: {problem}"));
        let model = super::open(temporary).map_err(|error| fail(error.problem()))?;
        if model.tensors.len() != written.len() {
            return Err(fail(&format!("{} arrays where {} were written", model.tensors.len(), written.len())).into());
        }
        let half = self.meter.total / 2;
        for (index, (found, expected)) in model.tensors.iter().zip(written).enumerate() {
            self.meter.tick(half + half * index as u64 / written.len() as u64)?;
            let place = |problem: &str| fail(&format!("array `{}`: {problem}", printable(&expected.name)));
            if found.name != expected.name || found.dtype != expected.dtype || found.shape != expected.shape {
                let found = format!("found `{}` {} {:?}", printable(&found.name), found.dtype, found.shape);
                let problem = format!("{found} where {} {:?} was written", expected.dtype, expected.shape);
                return Err(place(&problem).into());
            }
            let bytes = found.stored().map_err(|error| place(&error.to_string()))?;
            if hash(&bytes) != expected.hash {
                return Err(place("other bytes than were written").into());
            }
        }
        Ok(self.meter.tick(self.meter.total)?)
    }
}

enum Writer<'a, 'f> {
    Safetensors(SafetensorsWriter<&'a mut BufWriter<&'f File>>),
    Npz(Box<NpzWriter<&'a mut BufWriter<&'f File>>>),
    Qsz(QszWriter<&'a mut BufWriter<&'f File>>),
}

/// Asked now and then whether to go on.
pub(super) type Tick<'a> = dyn FnMut() -> std::io::Result<()> + 'a;

/// Writes bytes in pieces, with a tick before each.
pub(super) fn write_all(out: &mut impl Write, bytes: &[u8], tick: &mut Tick<'_>) -> std::io::Result<()> {
    const PIECE: usize = 8 << 20;
    bytes.chunks(PIECE).try_for_each(|piece| {
        tick()?;
        out.write_all(piece)
    })
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// The whole work as one bar.
struct Meter<'a> {
    progress: &'a dyn Progress,
    total: u64,
}

impl Meter<'_> {
    fn tick(&self, done: u64) -> Result<(), Cancelled> {
        self.progress.tick(done.min(self.total), self.total)
    }
}
