//! Writing a model: one tensor at a time into a temporary file, read back and compared, then renamed into its place.

mod arrays;
mod c_header;
mod c_names;
mod compressed;
mod estimate;
mod flatbuffer;
mod format;
mod gguf;
mod grid;
mod layout;
mod npy;
mod npz;
mod onnx;
mod qsz;
mod safetensors;
mod tflite;
mod tflite_read;
mod writer;

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use arrays::Arrays;
use c_header::CHeaderWriter;
pub use estimate::{estimate, too_large, widest_estimate};
pub use format::{FileFormat, Layout, WRITABLE, Writable, endings};
use gguf::GgufWriter;
use npy::NpyWriter;
use npz::NpzWriter;
use onnx::OnnxWriter;
pub use onnx::has_graph;
use qsz::QszWriter;
use safetensors::SafetensorsWriter;
use tflite::TfliteWriter;
use writer::{Out, Refusal, Writer, Written, hash};

use super::atomic::{self, Companion};
use super::error::{Error, clean, printable, reason};
use crate::engine::quantize::{Quantized, Scheme};
use crate::engine::tensor::{Model, Tensor};
use crate::engine::{Cancelled, Progress};

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

/// Where to and as what.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The file.
    pub path: &'a Path,
    /// Its format.
    pub format: FileFormat,
    /// What it holds of quantized tensors.
    pub layout: Layout,
    /// Scales of the activations before and after the layer, from which a C header computes multipliers and shifts.
    pub activations: Option<(f32, f32)>,
    /// Whether an ONNX model keeps its data in a file beside it; above 2 GiB it always does.
    pub external_data: bool,
}

impl<'a> Target<'a> {
    /// A file in the usual layout of its format.
    pub fn new(path: &'a Path, format: FileFormat) -> Self {
        Self { path, format, layout: format.default_layout(), activations: None, external_data: false }
    }

    /// The same in another layout.
    pub fn with_layout(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    /// The file that is written beside it, where these choices say that there is one.
    pub fn second_file(&self) -> Option<PathBuf> {
        if self.layout == Layout::CompressedTensors {
            return Some(self.path.with_extension("quantization_config.json"));
        }
        (self.format == FileFormat::Onnx && self.external_data).then(|| onnx::data_beside(self.path))
    }
}

/// What has been written and read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Length of the file, and of the data beside it.
    pub file_bytes: u64,
    /// Arrays in the file, the parts of quantized tensors counted each.
    pub arrays: usize,
    /// A second file that belongs to it: the `quantization_config` of compressed-tensors.
    pub beside: Option<PathBuf>,
    /// The file beside an ONNX model that holds its data; counted in `file_bytes`.
    pub data: Option<PathBuf>,
    /// What the user should know about the file, sentence by sentence.
    pub notes: Vec<String>,
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
    target: &Target<'_>,
    tensors: &[TensorExport<'_>],
    progress: &dyn Progress,
) -> Result<Result<Saved, Error>, Cancelled> {
    let refusal = target.format.refuses(target.layout).or_else(|| {
        let one = target.format == FileFormat::Npy && tensors.len() != 1;
        one.then(|| format!("npy holds one array, not {}; write one tensor, or npz", tensors.len()))
    });
    if let Some(reason) = refusal {
        return Ok(Err(Error::new(target.path, reason)));
    }
    // Where links lead to: what belongs to the file lies beside it there.
    let end = match atomic::end_of(target.path) {
        Ok(end) => end,
        Err(error) => return Ok(Err(Error::new(target.path, format!("cannot be written: {}", reason(&error))))),
    };
    let target = &Target { path: &end, ..*target };
    // Before the work, not after it.
    if let Some(second) = target.second_file() {
        if let Err(error) = atomic::check_place(&second) {
            return Ok(Err(error));
        }
        if target.layout == Layout::CompressedTensors && !compressed::may_replace(&second) {
            let problem = "exists already and is no `quantization_config`; choose another name";
            return Ok(Err(Error::new(&second, problem)));
        }
    }
    let elements: u64 = tensors.iter().map(|export| export.tensor.count() as u64).sum();
    // Quantizing and writing is one half of the work, reading back the other.
    let meter = Meter { progress, total: 2 * elements.max(1) };
    let plan = Plan { target, tensors, meter, scheme: RefCell::new(None), notes: RefCell::default() };
    let (mut file_bytes, mut second) = (0, None);
    let written = atomic::write_both(
        target.path,
        |out| plan.write(out),
        |temporary, written, companion| {
            let length = |path: &Path| {
                std::fs::metadata(path).map(|found| found.len()).map_err(|error| plan.fail(reason(&error)))
            };
            file_bytes = length(temporary)?;
            if let Some(companion) = companion {
                if target.layout != Layout::CompressedTensors {
                    file_bytes += length(companion.temporary())?;
                }
                second = Some(companion.path().to_owned());
            }
            plan.verify(temporary, written, companion)
        },
    );
    match written {
        Ok(written) => {
            let (beside, data) =
                if target.layout == Layout::CompressedTensors { (second, None) } else { (None, second) };
            let mut notes = plan.notes.take();
            if let Some(path) = &data {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                notes.push(format!("the data of its tensors is in {} beside it; keep both together", printable(&name)));
            }
            Ok(Ok(Saved { file_bytes, arrays: written.len(), beside, data, notes }))
        }
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
    target: &'a Target<'a>,
    tensors: &'a [TensorExport<'a>],
    meter: Meter<'a>,
    /// The scheme of what has been quantized.
    scheme: RefCell<Option<Scheme>>,
    /// What the writer had to say.
    notes: RefCell<Vec<String>>,
}

impl Plan<'_> {
    fn fail(&self, problem: impl Into<String>) -> Error {
        Error::new(self.target.path, problem)
    }

    /// An error of the writer; the meter's cancel travels through it as an error of kind "other".
    fn stop(&self, error: std::io::Error) -> Stop {
        match error.downcast::<Cancelled>() {
            Ok(cancelled) => cancelled.into(),
            Err(error) => self.fail(format!("cannot be written: {}", reason(&error))).into(),
        }
    }

    fn write(&self, out: &mut BufWriter<&File>) -> Result<(Vec<Written>, Option<Companion>), Stop> {
        let stop = |error| self.stop(error);
        let mut writer = self.writer(out).map_err(stop)?;
        let (mut names, mut written) = (HashSet::new(), Vec::new());
        let mut done = 0;
        for TensorExport { tensor, content } in self.tensors {
            self.meter.tick(done)?;
            let mut tick = || self.meter.tick(done).map_err(std::io::Error::other);
            let arrays = match content {
                Content::AsItIs => writer.plain(tensor, &mut tick),
                Content::Quantized(quantize) => {
                    let quantized = self.quantized(tensor, quantize)?;
                    writer.quantized(tensor, &quantized, &mut tick)
                }
            };
            let arrays = arrays.map_err(|refusal| match refusal {
                Refusal::Io(error) => self.stop(error),
                Refusal::Unfit(reason) => self.fail(about(tensor, &reason)).into(),
            })?;
            for array in arrays {
                let name = clean(&array.name);
                if !names.insert(name.clone()) {
                    return Err(self.fail(format!("two arrays would be called `{}`", printable(&name))).into());
                }
                written.push(Written { name, ..array });
            }
            done += tensor.count() as u64;
        }
        self.notes.replace(writer.notes());
        let companion = writer.finish(&mut || self.meter.tick(done).map_err(std::io::Error::other)).map_err(stop)?;
        Ok((written, if companion.is_none() { self.config()? } else { companion }))
    }

    fn writer<'a>(&'a self, out: Out<'a, '_>) -> std::io::Result<Box<dyn Writer + 'a>> {
        let Target { path, format, layout, activations, external_data } = *self.target;
        Ok(match format {
            FileFormat::Safetensors => {
                Box::new(Arrays::new(SafetensorsWriter::new(out, layout, self.tensors)?, layout))
            }
            FileFormat::Npz => Box::new(Arrays::new(NpzWriter::new(out), layout)),
            FileFormat::Npy => Box::new(Arrays::new(NpyWriter::new(out), layout)),
            FileFormat::Onnx => Box::new(OnnxWriter::new(out, path, layout, external_data, self.tensors)?),
            FileFormat::Gguf => Box::new(GgufWriter::new(out, layout, self.tensors)?),
            FileFormat::Tflite => Box::new(TfliteWriter::new(out, layout, self.tensors.len())?),
            FileFormat::CHeader => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                Box::new(Arrays::new(CHeaderWriter::new(out, &name, activations), layout))
            }
            FileFormat::Qsz => Box::new(QszWriter::new(out, layout)?),
        })
    }

    /// What compressed-tensors has to be told, in a file beside the weights.
    fn config(&self) -> Result<Option<Companion>, Stop> {
        let scheme = self.scheme.borrow();
        let (Layout::CompressedTensors, Some(scheme)) = (self.target.layout, scheme.as_ref()) else { return Ok(None) };
        let ignored = |export: &TensorExport<'_>| {
            let layer = export.tensor.name.strip_suffix(".weight")?;
            let plain = matches!(export.content, Content::AsItIs) && export.tensor.shape.len() == 2;
            plain.then(|| layer.to_owned())
        };
        let ignored: Vec<String> = self.tensors.iter().filter_map(ignored).collect();
        let config = compressed::config(scheme, &ignored).map_err(|reason| self.fail(reason))?;
        let Some(path) = self.target.second_file() else { return Ok(None) };
        let written = Companion::create(&path, |out| writeln!(out, "{config:#}"));
        Ok(Some(written.map_err(|error| Error::new(&path, format!("cannot be written: {}", reason(&error))))?))
    }

    /// The codes of a tensor.
    fn quantized(&self, tensor: &Tensor, quantize: &Quantize<'_>) -> Result<Quantized, Stop> {
        let place = |problem: String| self.fail(about(tensor, &problem));
        let quantized = quantize()?.map_err(place)?;
        self.scheme.borrow_mut().get_or_insert_with(|| quantized.scheme.clone());
        if quantized.shape != tensor.shape {
            return Err(place(format!("codes of shape {:?} for one of {:?}", quantized.shape, tensor.shape)).into());
        }
        Ok(quantized)
    }

    fn read_back(&self, temporary: &Path, written: &[Written], companion: Option<&Companion>) -> Result<Model, Error> {
        match self.target.format {
            FileFormat::Onnx => onnx::read_back(temporary, written, companion),
            FileFormat::Gguf => gguf::read_back(temporary),
            FileFormat::Tflite => tflite_read::read_back(temporary),
            FileFormat::CHeader => c_header::read_back(temporary),
            FileFormat::Npy => {
                let mut model = super::open(temporary)?;
                // The name of the only array is the file's, and that is still to come.
                if let (Some(tensor), [export]) = (model.tensors.first_mut(), self.tensors) {
                    tensor.name = export.tensor.name.clone();
                }
                Ok(model)
            }
            _ => super::open(temporary),
        }
    }

    /// Opens what was written as anybody would, and compares every array.
    fn verify(&self, temporary: &Path, written: &[Written], companion: Option<&Companion>) -> Result<(), Stop> {
        let fail = |problem: &str| self.fail(format!("was not saved, reading it back failed: {problem}"));
        let model = self.read_back(temporary, written, companion).map_err(|error| fail(error.problem()))?;
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

/// A problem with one tensor.
fn about(tensor: &Tensor, problem: &str) -> String {
    format!("tensor `{}`: {problem}", printable(&tensor.name))
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
