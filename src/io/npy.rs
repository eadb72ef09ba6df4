//! npy: one array, a text header with dtype, order and shape, then the elements.

use std::io::{Cursor, Read, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};

use super::Error;
use super::bytes::MappedFile;
use super::decode::decode;
use crate::engine::tensor::{Dtype, Model, Source, SourceError, Tensor, Values};

/// A header that we can read the elements of.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Storage type of the elements.
    pub dtype: Dtype,
    /// Whether the elements' bytes run from the most significant one.
    pub big_endian: bool,
    /// Whether the first axis runs fastest.
    pub fortran: bool,
    /// Sizes of the axes.
    pub shape: Vec<usize>,
}

impl Header {
    /// Reads a header; the reader then stands at the first element. The error is a clause without the file's name.
    pub fn read(reader: &mut impl Read) -> Result<Self, String> {
        let header = NpyHeader::from_reader(reader).map_err(|error| format!("the npy header is damaged: {error}"))?;
        let DType::Plain(text) = header.dtype() else {
            return Err("holds structured elements; expected plain numbers".to_owned());
        };
        if header.uses_pickled_array() {
            return Err(
                "holds Python objects (dtype object), which only Python can load; expected plain numbers".to_owned()
            );
        }
        let width = text.size_field();
        let dtype = match (text.type_char(), width) {
            (TypeChar::Bool, 1) => Dtype::Bool,
            (TypeChar::Float, 2) => Dtype::F16,
            (TypeChar::Float, 4) => Dtype::F32,
            (TypeChar::Float, 8) => Dtype::F64,
            (TypeChar::Int, 1) => Dtype::I8,
            (TypeChar::Int, 2) => Dtype::I16,
            (TypeChar::Int, 4) => Dtype::I32,
            (TypeChar::Int, 8) => Dtype::I64,
            (TypeChar::Uint, 1) => Dtype::U8,
            (TypeChar::Uint, 2) => Dtype::U16,
            (TypeChar::Uint, 4) => Dtype::U32,
            (TypeChar::Uint, 8) => Dtype::U64,
            (TypeChar::RawData | TypeChar::Float, 1 | 2) => {
                return Err(format!(
                    "has dtype {text}: npy has lost which ml_dtypes type its {width}-byte elements were (bfloat16, float8 …); \
                     save it as safetensors or convert to float32 first"
                ));
            }
            _ => return Err(format!("has dtype {text}; expected bool, an integer or a float of up to 64 bits")),
        };
        let sizes = header.shape().iter().map(|&size| usize::try_from(size)).collect::<Result<Vec<_>, _>>();
        let shape = sizes.map_err(|_| format!("claims the shape {:?}", header.shape()))?;
        let count = shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size));
        if count.and_then(|count| count.checked_mul(8)).is_none() {
            return Err(format!("claims the shape {shape:?}, whose product overflows"));
        }
        let big_endian = text.endianness() == Endianness::Big;
        Ok(Self { dtype, big_endian, fortran: header.order() == Order::Fortran && shape.len() > 1, shape })
    }

    /// Number of elements.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Bytes of all elements.
    pub fn data_bytes(&self) -> u64 {
        self.dtype.bytes(self.count() as u64)
    }

    /// The elements as float32 in C order.
    pub fn values(&self, bytes: &[u8]) -> Vec<f32> {
        let values = decode(self.dtype, self.big_endian, bytes, self.count());
        if self.fortran { transposed(&values, &self.shape) } else { values }
    }

    /// The elements as stored, but little-endian and in C order.
    pub fn stored(&self, bytes: &[u8]) -> Vec<u8> {
        let width = (self.dtype.bits() / 8) as usize;
        let mut elements: Vec<Vec<u8>> = bytes.chunks_exact(width).map(<[u8]>::to_vec).collect();
        if self.big_endian {
            elements.iter_mut().for_each(|element| element.reverse());
        }
        if self.fortran { transposed(&elements, &self.shape).concat() } else { elements.concat() }
    }
}

/// Elements in Fortran order → C order.
fn transposed<T: Clone>(elements: &[T], shape: &[usize]) -> Vec<T> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for &size in shape {
        strides.push(stride);
        stride *= size;
    }
    let mut index = vec![0; shape.len()];
    let mut place = 0;
    let mut ordered = Vec::with_capacity(elements.len());
    for _ in 0..elements.len() {
        ordered.push(elements[place].clone());
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            place += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            place -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    ordered
}

/// An array in a mapped file.
struct FileArray {
    file: Arc<MappedFile>,
    header: Header,
    range: Range<usize>,
}

impl Source for FileArray {
    fn read(&self) -> Result<Values, SourceError> {
        let plain = self.header.dtype == Dtype::F32 && !self.header.big_endian && !self.header.fortran;
        if plain && let Some(values) = self.file.floats(&self.range)? {
            return Ok(values);
        }
        Ok(self.header.values(self.file.range(&self.range)?).into())
    }

    fn bytes(&self) -> Option<Result<Vec<u8>, SourceError>> {
        Some(self.file.range(&self.range).map(|bytes| self.header.stored(bytes)))
    }
}

/// Opens an npy file as a model of one tensor, named after the file.
pub fn open(path: &Path) -> Result<Model, Error> {
    let file = MappedFile::open(path)?;
    let mut cursor = Cursor::new(file.bytes());
    let header = Header::read(&mut cursor).map_err(|what| Error::new(path, what))?;
    let start = cursor.position() as usize;
    let present = (file.bytes().len() - start.min(file.bytes().len())) as u64;
    if present < header.data_bytes() {
        let (needed, shape, dtype) = (header.data_bytes(), &header.shape, header.dtype);
        let what =
            format!("is cut short: {dtype} of shape {shape:?} needs {needed} B after the header, there are {present}");
        return Err(Error::new(path, what));
    }
    let range = start..start + header.data_bytes() as usize;
    let name = path.file_stem().map_or_else(|| "array".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let (shape, dtype) = (header.shape.clone(), header.dtype);
    let tensor = Tensor::new(name, shape, dtype, FileArray { file, header, range });
    Ok(Model { tensors: vec![tensor], ..Model::default() })
}

/// Writes an npy header for elements in C order; `dtype` must be one that NumPy has.
pub fn write_header(writer: &mut impl Write, dtype: &str, shape: &[usize]) -> std::io::Result<()> {
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let shape = if shape.len() == 1 { format!("({},)", sizes[0]) } else { format!("({})", sizes.join(", ")) };
    let mut text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}");
    // The elements shall begin at a multiple of 64, as NumPy writes them; the text ends with a newline.
    const BEFORE_TEXT: usize = 10;
    let length = (BEFORE_TEXT + text.len() + 1).next_multiple_of(64) - BEFORE_TEXT;
    text.extend(std::iter::repeat_n(' ', length - 1 - text.len()));
    text.push('\n');
    let length = u16::try_from(length).map_err(|_| std::io::Error::other("the shape has too many axes for npy"))?;
    writer.write_all(b"\x93NUMPY\x01\x00")?;
    writer.write_all(&length.to_le_bytes())?;
    writer.write_all(text.as_bytes())
}

/// NumPy's name of a dtype; the narrow floats that NumPy lacks are stored as unsigned integers of their width.
pub fn type_text(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::F64 => "<f8",
        Dtype::F32 => "<f4",
        Dtype::F16 => "<f2",
        Dtype::BF16 | Dtype::U16 => "<u2",
        Dtype::I64 => "<i8",
        Dtype::I32 => "<i4",
        Dtype::I16 => "<i2",
        Dtype::I8 => "|i1",
        Dtype::U64 => "<u8",
        Dtype::U32 => "<u4",
        Dtype::Bool => "|b1",
        _ => "|u1",
    }
}

/// Writes an npy file of elements that are little-endian and in C order.
///
/// # Errors
/// The operating system's refusal; nothing is left behind.
pub fn write(path: &Path, dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Result<(), Error> {
    super::write_atomically(path, |writer| {
        let written = write_header(writer, type_text(dtype), shape).and_then(|()| writer.write_all(bytes));
        written.map_err(|error| Error::system(path, "writing", &error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fortran_order_becomes_c_order() {
        assert_eq!(transposed(&[1, 4, 2, 5, 3, 6], &[2, 3]), [1, 2, 3, 4, 5, 6]);
        assert_eq!(transposed(&[0, 4, 2, 6, 1, 5, 3, 7], &[2, 2, 2]), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(transposed::<u8>(&[], &[0, 3]).is_empty());
    }

    #[test]
    fn our_headers_are_read_as_they_were_meant() {
        for shape in [&[][..], &[3], &[2, 3], &[0, 7, 1]] {
            let mut bytes = Vec::new();
            write_header(&mut bytes, "<f4", shape).unwrap();
            assert_eq!(bytes.len() % 64, 0);
            let header = Header::read(&mut bytes.as_slice()).unwrap();
            assert_eq!(header, Header { dtype: Dtype::F32, big_endian: false, fortran: false, shape: shape.to_vec() });
        }
    }
}
