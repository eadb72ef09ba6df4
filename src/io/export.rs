//! Quantized tensors out: safetensors and npz in the generic layout, or reconstructed as float32; read back before it counts as saved.
//!
//! Generic layout: `NAME.codes` (one element a code, in the tensor's shape: int8 or int16 for signed linear codes, uint8 or uint16
//! otherwise), `NAME.scale`, `NAME.zero_point`, `NAME.codebook`, whichever exist. One group's parameters are a vector of the
//! group count; codebooks are stacked, group by group, a shorter one filled up with its last entry. Tensors that were not
//! selected keep their name, dtype and bytes. Each tensor's scheme is recorded under its name: in safetensors in
//! `__metadata__`, in npz in the 0-d string array `meta_json`.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use super::Error;
use super::npy;
use crate::engine::quantize::{Codes, Decoder, Quantized};
use crate::engine::tensor::{Dtype, Tensor};
use crate::engine::{Cancelled, Progress};

/// The npz member that holds the schemes.
pub(super) const META_NAME: &str = "meta_json";

/// What is written for a quantized tensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Codes and parameters.
    #[default]
    Codes,
    /// The reconstruction as float32 under the tensor's own name.
    Dequantized,
}

/// The file formats that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// `.safetensors`
    Safetensors,
    /// `.npz`
    Npz,
}

impl FileFormat {
    /// Every format with its ending.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Safetensors, "safetensors"), (Self::Npz, "npz")];

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
            Error::new(path, "the ending names no format that can be written; expected .safetensors or .npz")
        })
    }
}

/// One tensor of an export, made when its turn comes so that a large model does not lie in memory twice.
pub struct TensorExport<'a> {
    /// The tensor.
    pub tensor: &'a Tensor,
    /// Quantizes it, where it was selected.
    pub content: Content<'a>,
}

/// What is written of a tensor.
pub enum Content<'a> {
    /// Its stored bytes.
    AsItIs,
    /// What this returns; it is called at most twice, once for writing and once for reading back, and must return the same.
    Quantized(Box<dyn Fn() -> Result<Result<Quantized, String>, Cancelled> + 'a>),
}

/// A file that was written, read back and found equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its size.
    pub file_bytes: u64,
    /// Arrays in it.
    pub arrays: usize,
}

/// An array as it stands in the file.
#[derive(Clone, Debug, PartialEq)]
struct Array {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
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

/// Writes the tensors, reads the file back and compares every array.
///
/// # Errors
/// A refusal of the operating system, a tensor that cannot be read or quantized, two arrays of one name, or a file that did not read
/// back equal (it is removed again). Cancelled: nothing is left behind.
pub fn save(
    path: &Path,
    format: FileFormat,
    layout: Layout,
    tensors: &[TensorExport<'_>],
    progress: &dyn Progress,
) -> Result<Result<Saved, Error>, Cancelled> {
    match save_checked(path, format, layout, tensors, progress) {
        Ok(saved) => Ok(Ok(saved)),
        Err(Stop::Failed(error)) => Ok(Err(error)),
        Err(Stop::Cancelled(cancelled)) => Err(cancelled),
    }
}

fn save_checked(
    path: &Path,
    format: FileFormat,
    layout: Layout,
    tensors: &[TensorExport<'_>],
    progress: &dyn Progress,
) -> Result<Saved, Stop> {
    let total: u64 = tensors.iter().map(|export| export.tensor.count() as u64).sum::<u64>().max(1);
    let mut digests = Vec::new();
    super::write_atomically(path, |writer| {
        let mut sink: Box<dyn Sink> = match format {
            FileFormat::Safetensors => Box::new(SafetensorsSink::new(writer)?),
            FileFormat::Npz => Box::new(NpzSink::new(writer)),
        };
        let (mut done, mut schemes) = (0, serde_json::Map::new());
        for export in tensors {
            progress.tick(done, 2 * total)?;
            let (arrays, scheme) = arrays(path, export, layout)?;
            for array in arrays {
                if digests.iter().any(|digest: &Digest| digest.name == array.name) {
                    return Err(Error::new(path, format!("two arrays would be called {}", array.name)).into());
                }
                digests.push(Digest::of(&array.name, array.dtype, &array.shape, &array.bytes));
                sink.put(&array).map_err(|error| Error::system(path, "writing", &error))?;
            }
            if let Some(scheme) = scheme {
                schemes.insert(export.tensor.name.clone(), scheme);
            }
            done += export.tensor.count() as u64;
        }
        sink.finish(&schemes).map_err(|error| Error::system(path, "writing", &error))?;
        Ok::<(), Stop>(())
    })?;
    let checked = read_back(path, &digests, progress, total);
    if !matches!(checked, Ok(())) {
        // A file that differs from what was meant must not stay under its final name.
        let _ = std::fs::remove_file(path);
    }
    checked?;
    let file_bytes = std::fs::metadata(path).map_err(|error| Error::system(path, "reading back", &error))?.len();
    Ok(Saved { file_bytes, arrays: digests.len() })
}

/// What must be found again.
struct Digest {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    hash: u64,
}

impl Digest {
    fn of(name: &str, dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), dtype, shape: shape.to_vec(), hash: hash(bytes) }
    }
}

/// FNV-1a over 8-byte words (Fowler, Noll, Vo): enough to notice that bytes differ.
fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(23);
    let hash = words.iter().fold(0xCBF2_9CE4_8422_2325, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, &byte| mix(hash, u64::from(byte)))
}

fn read_back(path: &Path, digests: &[Digest], progress: &dyn Progress, total: u64) -> Result<(), Stop> {
    let model = super::open(path)?;
    let differs = |what: String| Stop::Failed(Error::new(path, format!("did not read back as it was written: {what}")));
    if model.tensors.len() != digests.len() {
        return Err(differs(format!("{} arrays instead of {}", model.tensors.len(), digests.len())));
    }
    for (index, digest) in digests.iter().enumerate() {
        progress.tick(total + index as u64 * total / digests.len() as u64, 2 * total)?;
        let tensor = model.tensor(&digest.name).ok_or_else(|| differs(format!("{} is missing", digest.name)))?;
        let (dtype, bytes) = tensor.stored().map_err(|error| Error::new(path, error.to_string()))?;
        // npy stores the narrow floats that NumPy lacks as integers of the same width.
        if dtype.bits() != digest.dtype.bits() || tensor.shape != digest.shape || hash(&bytes) != digest.hash {
            return Err(differs(format!("{} differs", digest.name)));
        }
    }
    Ok(())
}

/// The arrays of one tensor, and its record where it was quantized.
fn arrays(path: &Path, export: &TensorExport<'_>, layout: Layout) -> Result<(Vec<Array>, Option<Value>), Stop> {
    let tensor = export.tensor;
    let Content::Quantized(quantize) = &export.content else {
        let (dtype, bytes) = tensor.stored().map_err(|error| Error::new(path, format!("not written: {error}")))?;
        return Ok((vec![Array { name: tensor.name.clone(), dtype, shape: tensor.shape.clone(), bytes }], None));
    };
    let quantized =
        quantize()?.map_err(|reason| Error::new(path, format!("not written: {}: {reason}", tensor.name)))?;
    let record = json!({
        "scheme": quantized.scheme.to_string(),
        "bits": quantized.bits,
        "dtype": tensor.dtype.name(),
        "layout": match layout { Layout::Codes => "generic", Layout::Dequantized => "dequantized" },
    });
    let arrays = match layout {
        Layout::Codes => generic(&tensor.name, &quantized),
        Layout::Dequantized => vec![floats(tensor.name.clone(), tensor.shape.clone(), &quantized.reconstruct())],
    };
    Ok((arrays, Some(record)))
}

fn floats(name: String, shape: Vec<usize>, values: &[f32]) -> Array {
    Array { name, dtype: Dtype::F32, shape, bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect() }
}

fn generic(name: &str, quantized: &Quantized) -> Vec<Array> {
    let offset = match quantized.decoder {
        Decoder::Affine { code_min, .. } => code_min,
        _ => 0,
    };
    let signed = offset < 0;
    let q = |code: u16| i32::from(code) + offset;
    let shape = quantized.shape.clone();
    let (dtype, bytes) = match &quantized.codes {
        Codes::Narrow(codes) => {
            let dtype = if signed { Dtype::I8 } else { Dtype::U8 };
            (dtype, codes.iter().map(|&code| q(u16::from(code)) as u8).collect())
        }
        Codes::Wide(codes) => {
            let dtype = if signed { Dtype::I16 } else { Dtype::U16 };
            (dtype, codes.iter().flat_map(|&code| (q(code) as u16).to_le_bytes()).collect())
        }
    };
    let mut arrays = vec![Array { name: format!("{name}.codes"), dtype, shape, bytes }];
    match &quantized.decoder {
        Decoder::Codebook { books } => {
            let longest = books.iter().map(Vec::len).max().unwrap_or(0);
            let entry = |book: &Vec<f32>, index: usize| book.get(index).or(book.last()).copied().unwrap_or(0.0);
            let values: Vec<f32> =
                books.iter().flat_map(|book| (0..longest).map(move |index| entry(book, index))).collect();
            let shape = if books.len() == 1 { vec![longest] } else { vec![books.len(), longest] };
            arrays.push(floats(format!("{name}.codebook"), shape, &values));
        }
        Decoder::Affine { scale, zero_point, .. } => {
            arrays.push(floats(format!("{name}.scale"), vec![scale.len()], scale));
            if !zero_point.is_empty() {
                let bytes = zero_point.iter().flat_map(|&zero_point| match quantized.codes {
                    Codes::Narrow(_) => vec![zero_point as u8],
                    Codes::Wide(_) => (zero_point as u16).to_le_bytes().to_vec(),
                });
                let (name, shape) = (format!("{name}.zero_point"), vec![zero_point.len()]);
                arrays.push(Array { name, dtype, shape, bytes: bytes.collect() });
            }
        }
        Decoder::Table { scale, .. } if !scale.is_empty() => {
            arrays.push(floats(format!("{name}.scale"), vec![scale.len()], scale));
        }
        Decoder::Table { .. } => {}
    }
    arrays
}

/// Where arrays go, one after the other.
trait Sink {
    fn put(&mut self, array: &Array) -> std::io::Result<()>;
    fn finish(&mut self, schemes: &serde_json::Map<String, Value>) -> std::io::Result<()>;
}

/// The header of a safetensors file comes first but is known last: the bytes wait in an unnamed temporary file.
struct SafetensorsSink<'a> {
    writer: &'a mut BufWriter<File>,
    data: BufWriter<File>,
    entries: serde_json::Map<String, Value>,
    offset: u64,
}

impl<'a> SafetensorsSink<'a> {
    fn new(writer: &'a mut BufWriter<File>) -> Result<Self, Error> {
        let data =
            tempfile::tempfile().map_err(|error| Error::system(Path::new("temporary file"), "making", &error))?;
        Ok(Self { writer, data: BufWriter::new(data), entries: serde_json::Map::new(), offset: 0 })
    }
}

impl Sink for SafetensorsSink<'_> {
    fn put(&mut self, array: &Array) -> std::io::Result<()> {
        self.data.write_all(&array.bytes)?;
        let end = self.offset + array.bytes.len() as u64;
        let entry = json!({
            "dtype": super::safetensors::dtype_name(array.dtype),
            "shape": array.shape,
            "data_offsets": [self.offset, end],
        });
        self.entries.insert(array.name.clone(), entry);
        self.offset = end;
        Ok(())
    }

    fn finish(&mut self, schemes: &serde_json::Map<String, Value>) -> std::io::Result<()> {
        let mut metadata = serde_json::Map::new();
        metadata.insert("format".to_owned(), json!("quantscope"));
        for (name, record) in schemes {
            metadata.insert(format!("quantscope.{name}"), json!(record.to_string()));
        }
        let mut header = std::mem::take(&mut self.entries);
        header.insert("__metadata__".to_owned(), Value::Object(metadata));
        let mut text = Value::Object(header).to_string().into_bytes();
        // The data begins at a multiple of 8, so that float32 tensors can be used where they lie in a mapped file.
        text.resize(text.len().next_multiple_of(8), b' ');
        self.writer.write_all(&(text.len() as u64).to_le_bytes())?;
        self.writer.write_all(&text)?;
        self.data.flush()?;
        let data = self.data.get_mut();
        data.rewind()?;
        std::io::copy(data, self.writer)?;
        Ok(())
    }
}

struct NpzSink<'a> {
    archive: Option<zip::ZipWriter<&'a mut BufWriter<File>>>,
}

impl<'a> NpzSink<'a> {
    fn new(writer: &'a mut BufWriter<File>) -> Self {
        Self { archive: Some(zip::ZipWriter::new(writer)) }
    }

    fn member(&mut self, name: &str, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
        let archive = self.archive.as_mut().ok_or_else(|| std::io::Error::other("the archive is finished"))?;
        // Stored, as NumPy's savez does: codes hardly shrink, and the members can be read in place.
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored).large_file(true);
        archive.start_file(format!("{name}.npy"), options).map_err(std::io::Error::other)?;
        write(archive)
    }
}

impl Sink for NpzSink<'_> {
    fn put(&mut self, array: &Array) -> std::io::Result<()> {
        // Elements of less than a byte are packed; npy has no such dtype, so the array is its bytes.
        let packed = array.dtype.bits() < 8;
        let shape = if packed { vec![array.bytes.len()] } else { array.shape.clone() };
        self.member(&array.name, |mut writer| {
            npy::write_header(&mut writer, npy::type_text(array.dtype), &shape)?;
            writer.write_all(&array.bytes)
        })
    }

    fn finish(&mut self, schemes: &serde_json::Map<String, Value>) -> std::io::Result<()> {
        let text = json!({ "format": "quantscope", "tensors": schemes }).to_string();
        self.member(META_NAME, |mut writer| {
            npy::write_header(&mut writer, &format!("<U{}", text.chars().count()), &[])?;
            text.chars().try_for_each(|character| writer.write_all(&u32::from(character).to_le_bytes()))
        })?;
        if let Some(archive) = self.archive.take() {
            archive.finish().map_err(std::io::Error::other)?;
        }
        Ok(())
    }
}
