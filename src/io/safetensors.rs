//! safetensors: a JSON header with names, dtypes, shapes and offsets, then the bytes of all tensors.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype as FileDtype, Metadata, SafeTensorError};

use super::Error;
use super::bytes::MappedFile;
use super::decode::decode;
use crate::engine::tensor::{Dtype, Model, Source, SourceError, Tensor, Values};

/// Bytes before the header: its length as a little-endian u64.
const PREFIX: usize = 8;

/// A tensor in a mapped file.
struct FileTensor {
    file: Arc<MappedFile>,
    dtype: Dtype,
    range: Range<usize>,
    count: usize,
}

impl Source for FileTensor {
    fn read(&self) -> Result<Values, SourceError> {
        if self.dtype == Dtype::F32
            && let Some(values) = self.file.floats(&self.range)?
        {
            return Ok(values);
        }
        Ok(decode(self.dtype, false, self.file.range(&self.range)?, self.count).into())
    }

    fn bytes(&self) -> Option<Result<Vec<u8>, SourceError>> {
        Some(self.file.range(&self.range).map(<[u8]>::to_vec))
    }
}

/// Opens a safetensors file.
///
/// # Errors
/// A header that lies about lengths, offsets that overlap, leave gaps or leave the file, shapes whose product overflows, unknown
/// dtypes. Complex tensors are listed in the metadata and left out: there is no one number to show for each element.
pub fn open(path: &Path) -> Result<Model, Error> {
    let file = MappedFile::open(path)?;
    let bytes = file.bytes();
    let length = bytes.len();
    let header = bytes.first_chunk::<PREFIX>().map(|prefix| u64::from_le_bytes(*prefix)).ok_or_else(|| {
        Error::new(path, format!("has {length} B; a safetensors file begins with 8 B that give its header's length"))
    })?;
    if header > (length - PREFIX) as u64 {
        let what = format!("the header claims {}, the file has {}", size(header), size(length as u64));
        return Err(Error::new(path, what));
    }
    let (header, metadata) =
        SafeTensors::read_metadata(bytes).map_err(|error| Error::new(path, explain(&error, bytes)))?;
    model(path, &file, PREFIX + header, &metadata)
}

fn model(path: &Path, file: &Arc<MappedFile>, start: usize, metadata: &Metadata) -> Result<Model, Error> {
    let mut model = Model::default();
    let mut free_text: Vec<(String, String)> =
        metadata.metadata().iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
    free_text.sort();
    for name in metadata.offset_keys() {
        let Some(info) = metadata.info(&name) else { continue };
        let Some(dtype) = dtype(info.dtype) else {
            free_text.push((name.clone(), format!("left out: dtype {:?} has no single value to show", info.dtype)));
            continue;
        };
        let (from, to) = info.data_offsets;
        let range = start + from..start + to;
        let count: usize = info.shape.iter().product();
        if range.end > file.bytes().len() || dtype.bytes(count as u64) != (to - from) as u64 {
            let what =
                format!("tensor {name}: bytes {from}..{to} do not hold {:?} of shape {:?}", info.dtype, info.shape);
            return Err(Error::new(path, what));
        }
        let source = FileTensor { file: Arc::clone(file), dtype, range, count };
        model.tensors.push(Tensor::new(name, info.shape.clone(), dtype, source));
    }
    model.metadata = free_text;
    Ok(model)
}

fn dtype(dtype: FileDtype) -> Option<Dtype> {
    Some(match dtype {
        FileDtype::F64 => Dtype::F64,
        FileDtype::F32 => Dtype::F32,
        FileDtype::F16 => Dtype::F16,
        FileDtype::BF16 => Dtype::BF16,
        FileDtype::F8_E4M3 => Dtype::F8E4M3Fn,
        FileDtype::F8_E5M2 => Dtype::F8E5M2,
        FileDtype::F8_E4M3FNUZ => Dtype::F8E4M3Fnuz,
        FileDtype::F8_E5M2FNUZ => Dtype::F8E5M2Fnuz,
        FileDtype::F8_E8M0 => Dtype::F8E8M0,
        FileDtype::F6_E2M3 => Dtype::F6E2M3,
        FileDtype::F6_E3M2 => Dtype::F6E3M2,
        FileDtype::F4 => Dtype::F4E2M1,
        FileDtype::I64 => Dtype::I64,
        FileDtype::I32 => Dtype::I32,
        FileDtype::I16 => Dtype::I16,
        FileDtype::I8 => Dtype::I8,
        FileDtype::U64 => Dtype::U64,
        FileDtype::U32 => Dtype::U32,
        FileDtype::U16 => Dtype::U16,
        FileDtype::U8 => Dtype::U8,
        FileDtype::BOOL => Dtype::Bool,
        _ => return None,
    })
}

/// The name of a dtype in the header.
pub fn dtype_name(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::F64 => "F64",
        Dtype::F32 => "F32",
        Dtype::F16 => "F16",
        Dtype::BF16 => "BF16",
        Dtype::F8E4M3Fn => "F8_E4M3",
        Dtype::F8E5M2 => "F8_E5M2",
        Dtype::F8E4M3Fnuz => "F8_E4M3FNUZ",
        Dtype::F8E5M2Fnuz => "F8_E5M2FNUZ",
        Dtype::F8E8M0 => "F8_E8M0",
        Dtype::F6E2M3 => "F6_E2M3",
        Dtype::F6E3M2 => "F6_E3M2",
        Dtype::F4E2M1 => "F4",
        Dtype::I64 => "I64",
        Dtype::I32 => "I32",
        Dtype::I16 => "I16",
        Dtype::I8 => "I8",
        Dtype::U64 => "U64",
        Dtype::U32 => "U32",
        Dtype::U16 => "U16",
        Dtype::U8 => "U8",
        Dtype::Bool => "BOOL",
    }
}

/// The library's error as a sentence with a place.
fn explain(error: &SafeTensorError, bytes: &[u8]) -> String {
    let data = bytes.len() - PREFIX;
    match error {
        SafeTensorError::InvalidHeader(error) => format!("the header is not UTF-8: {error}"),
        SafeTensorError::InvalidHeaderDeserialization(error) | SafeTensorError::JsonError(error) => {
            format!("the header is not what safetensors defines: {error}")
        }
        SafeTensorError::HeaderTooLarge => "the header is larger than 100 MB, the format's limit".to_owned(),
        SafeTensorError::HeaderTooSmall => "is too short for a header".to_owned(),
        SafeTensorError::InvalidHeaderLength => "the header's length leads outside the file".to_owned(),
        SafeTensorError::InvalidOffset(name) => {
            format!("tensor {name}: its offsets overlap another tensor, leave a gap or run backwards")
        }
        SafeTensorError::TensorInvalidInfo => {
            "a tensor's offsets do not hold as many bytes as its shape and dtype need".to_owned()
        }
        SafeTensorError::ValidationOverflow => "a tensor's shape overflows when its sizes are multiplied".to_owned(),
        SafeTensorError::MetadataIncompleteBuffer => {
            format!("the tensors' offsets do not end where the file ends ({data} B after the length field)")
        }
        other => format!("{other:?}"),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
