//! Writing a model: one tensor at a time into a temporary file, read back and compared, then renamed into its place.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::blob::reason;
use super::error::{Error, clean, label, printable};
use super::layout::{self, Layout, Notes, Part};
use super::write_npz::NpzWriter;
use super::write_safetensors::SafetensorsWriter;
use crate::engine::quantize::{QuantizeError, Quantized, Scheme};
use crate::engine::tensor::Tensor;
use crate::engine::{Cancelled, Progress};

/// What shall be written.
#[derive(Default)]
pub struct Export<'a> {
    /// In the order of the file.
    pub tensors: Vec<ExportTensor<'a>>,
    /// How quantized tensors are laid out.
    pub layout: Layout,
    /// Free text that came with the source and goes on with it.
    pub metadata: Vec<(String, String)>,
}

/// One tensor on its way out.
pub enum ExportTensor<'a> {
    /// Keeps its name, its dtype and its bytes.
    Plain(Tensor),
    /// Is quantized when its turn comes, so that only one tensor's codes are in memory at a time.
    Quantized {
        /// The weights.
        tensor: Tensor,
        /// The quantizer.
        scheme: Scheme,
        /// Applies it; called once.
        quantize: Box<Quantize<'a>>,
    },
}

/// Delivers the codes of a tensor that is about to be written.
pub type Quantize<'a> = dyn Fn(&Tensor, &dyn Progress) -> Result<Arc<Quantized>, QuantizeError> + Send + 'a;

impl ExportTensor<'_> {
    /// A tensor whose codes are already there.
    pub fn ready(tensor: Tensor, quantized: Arc<Quantized>) -> Self {
        let scheme = quantized.scheme.clone();
        Self::Quantized { tensor, scheme, quantize: Box::new(move |_, _| Ok(Arc::clone(&quantized))) }
    }

    /// The tensor as it came.
    pub fn tensor(&self) -> &Tensor {
        match self {
            Self::Plain(tensor) | Self::Quantized { tensor, .. } => tensor,
        }
    }
}

/// What has been written and read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Length of the file.
    pub file_bytes: u64,
    /// Tensors in the file, parts of quantized ones counted each.
    pub tensors: usize,
}

/// Extensions that [`save`] writes.
pub const WRITABLE: [&str; 2] = ["safetensors", "npz"];

/// Writes a file of the format that the extension of `path` names.
///
/// The new file takes its name only after it has been read back and every tensor's name, dtype, shape and bytes have been found
/// as they were written; until then, and after an error or a cancel, whatever was at `path` stays as it was.
///
/// # Errors
/// A path that cannot be written, an extension that is not [`WRITABLE`], two tensors that would get one name, a tensor that
/// cannot be read or quantized, a difference on reading back, or [`Error::Cancelled`].
pub fn save(path: &Path, export: &Export<'_>, progress: &dyn Progress) -> Result<Saved, Error> {
    let target = label(path);
    let fail = |problem: String| Error::new(&target, problem);
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let format = match extension.as_deref() {
        Some("safetensors") => Format::Safetensors,
        Some("npz") => Format::Npz,
        _ => return Err(fail(format!("cannot write this extension, expected one of .{}", WRITABLE.join(", .")))),
    };
    if path.is_dir() {
        return Err(fail("is a folder, not a file".to_owned()));
    }
    let file = temporary(path).map_err(|error| fail(format!("cannot be written: {}", reason(&error))))?;
    let elements: u64 = export.tensors.iter().map(|tensor| tensor.tensor().count() as u64).sum();
    // Quantizing and writing a tensor is one half of the work, reading it back the other.
    let meter = Meter { progress, total: 2 * elements.max(1) };

    let written = write(&target, &file, format, export, &meter)?;
    file.as_file().sync_all().map_err(|error| fail(format!("cannot be written: {}", reason(&error))))?;
    verify(&target, file.path(), &written, &meter)?;
    let file = file.persist(path).map_err(|error| fail(format!("cannot be replaced: {}", reason(&error.error))))?;
    let file_bytes = file.metadata().map_err(|error| fail(reason(&error)))?.len();
    Ok(Saved { file_bytes, tensors: written.len() })
}

#[derive(Clone, Copy)]
enum Format {
    Safetensors,
    Npz,
}

/// A file beside the one that it will become, so that renaming it is one step; it vanishes when it is dropped.
fn temporary(path: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".quantscope-").suffix(".part");
    #[cfg(unix)]
    {
        // Temporary files are private by default; a saved file has the permissions that the user's mask leaves.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    builder.tempfile_in(folder)
}

/// What a part of the file must be when it is read back.
struct Written {
    name: String,
    part: Part,
    hash: u64,
    /// Elements of the tensor that this part completes; its share of the progress.
    elements: u64,
}

fn write(
    target: &str,
    file: &NamedTempFile,
    format: Format,
    export: &Export<'_>,
    meter: &Meter<'_>,
) -> Result<Vec<Written>, Error> {
    let fail = |problem: String| Error::new(target, problem);
    let unwritable = |error: std::io::Error| fail(format!("cannot be written: {}", reason(&error)));
    let out = BufWriter::with_capacity(1 << 20, file.as_file());
    let mut notes = Notes::new(export.layout, &export.metadata);
    let mut writer = match format {
        Format::Safetensors => Writer::Safetensors(SafetensorsWriter::new(out, export).map_err(unwritable)?),
        Format::Npz => Writer::Npz(Box::new(NpzWriter::new(out))),
    };
    let mut names = HashSet::new();
    let mut written = Vec::new();
    let mut done = 0;
    for item in &export.tensors {
        let tensor = item.tensor();
        let place = |problem: String| fail(format!("tensor `{}`: {problem}", printable(&tensor.name)));
        let elements = tensor.count() as u64;
        meter.tick(done)?;
        let parts = match item {
            ExportTensor::Plain(tensor) => {
                vec![layout::plain(tensor).map_err(|error| place(error.to_string()))?]
            }
            ExportTensor::Quantized { tensor, scheme, quantize } => {
                let span = Span { meter, start: done, length: elements };
                let quantized = quantize(tensor, &span).map_err(|error| match error {
                    QuantizeError::Cancelled(cancelled) => cancelled.into(),
                    QuantizeError::Unfit(problem) => place(problem),
                })?;
                if quantized.scheme != *scheme || quantized.shape != tensor.shape {
                    return Err(place(format!("was quantized as {} where {scheme} was meant", quantized.scheme)));
                }
                notes.add(tensor, &quantized);
                layout::parts(tensor, &quantized, export.layout)
            }
        };
        let last = parts.len() - 1;
        for (index, part) in parts.into_iter().enumerate() {
            let name = clean(&part.name);
            if !names.insert(name.clone()) {
                return Err(fail(format!("two tensors would be called `{}`", printable(&name))));
            }
            writer.add(&part, &mut notes, &mut || meter.tick(done).map_err(std::io::Error::other)).map_err(
                |error| {
                    // The only error of another kind that passes through the writer is the meter's.
                    match error.downcast::<Cancelled>() {
                        Ok(cancelled) => cancelled.into(),
                        Err(error) => unwritable(error),
                    }
                },
            )?;
            let hash = hash(&part.bytes);
            let part = Part { bytes: layout::nothing(), ..part };
            written.push(Written { name, part, hash, elements: if index == last { elements } else { 0 } });
        }
        done += elements;
    }
    let mut out = match writer {
        Writer::Safetensors(writer) => writer.finish(&notes),
        Writer::Npz(writer) => writer.finish(&notes),
    }
    .map_err(unwritable)?;
    out.flush().map_err(unwritable)?;
    Ok(written)
}

enum Writer<'f> {
    Safetensors(SafetensorsWriter<BufWriter<&'f File>>),
    Npz(Box<NpzWriter<BufWriter<&'f File>>>),
}

impl Writer<'_> {
    /// Adds one tensor; `tick` is called every few megabytes and may end the work.
    fn add(&mut self, part: &Part, notes: &mut Notes, tick: &mut Tick<'_>) -> std::io::Result<()> {
        match self {
            Self::Safetensors(writer) => writer.add(part, tick),
            Self::Npz(writer) => writer.add(part, notes, tick),
        }
    }
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

/// Opens what was written as anybody would, and compares every tensor.
fn verify(target: &str, path: &Path, written: &[Written], meter: &Meter<'_>) -> Result<(), Error> {
    let fail = |problem: String| Error::new(target, format!("was not saved, reading it back failed: {problem}"));
    let problem_of = |error: Error| match error {
        Error::File { problem, .. } => fail(problem),
        cancelled => cancelled,
    };
    let model = super::open(path).map_err(problem_of)?;
    if model.tensors.len() != written.len() {
        return Err(fail(format!("{} tensors where {} were written", model.tensors.len(), written.len())));
    }
    let mut done = meter.total / 2;
    for (found, expected) in model.tensors.iter().zip(written) {
        meter.tick(done)?;
        let place = |problem: &str| fail(format!("tensor `{}`: {problem}", printable(&expected.name)));
        if found.name != expected.name || found.dtype != expected.part.dtype || found.shape != expected.part.shape {
            let (part, name) = (&expected.part, printable(&found.name));
            let was = format!("{} {:?}", part.dtype, part.shape);
            return Err(place(&format!("`{name}` {} {:?} where {was} was written", found.dtype, found.shape)));
        }
        let bytes = found.stored().map_err(|error| place(&error.to_string()))?;
        if hash(&bytes) != expected.hash {
            return Err(place("other bytes than were written"));
        }
        done += expected.elements;
    }
    Ok(meter.tick(meter.total)?)
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

/// The part of the bar that one tensor's quantizer fills.
struct Span<'a> {
    meter: &'a Meter<'a>,
    start: u64,
    length: u64,
}

impl Progress for Span<'_> {
    fn tick(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        let share = done.min(total) as f64 / total.max(1) as f64;
        self.meter.tick(self.start + (share * self.length as f64) as u64)
    }
}
