//! Reading npy: magic, a Python literal, data in any byte order and either axis order.

use std::borrow::Cow;
use std::ops::Range;

use npyz::{DType, Endianness, NpyHeader, Order, TypeChar, TypeStr};

use super::blob::Blob;
use super::decode::decode;
use super::error::{Error, printable, size};
use super::stored::Stored;
use crate::engine::tensor::{Bytes, Dtype, Model, Source, SourceError, Tensor, Values};

/// The first bytes of every npy file.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// The longest header that is read. NumPy itself stops at 10,000 characters.
pub(super) const LONGEST_HEADER: usize = 1 << 16;

/// The deepest nesting of a header that is parsed: the parser recurses, and no dtype that can be shown nests at all.
const DEEPEST: usize = 8;

/// What an npy header says.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Numbers of this type, or text.
    pub element: Element,
    /// Whether the bytes of an element are in big-endian order.
    pub big_endian: bool,
    /// Whether the first axis varies fastest.
    pub fortran: bool,
    /// Sizes of the axes.
    pub shape: Vec<usize>,
    /// Where the data starts.
    pub data_start: usize,
    /// Bytes that shape and type need.
    pub data_bytes: u64,
}

/// Type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// A number.
    Number(Dtype),
    /// A string of up to so many characters of four bytes.
    Text(u64),
}

/// Opens a file with one array; it is named after the file.
pub(super) fn open(blob: &Blob, name: String) -> Result<Model, Error> {
    let fail = |problem: String| Error::new(blob.label(), problem);
    let bytes = blob.all();
    let layout = parse(bytes).map_err(fail)?;
    let Element::Number(dtype) = layout.element else {
        return Err(fail("an array of text, expected numbers".to_owned()));
    };
    check_length(&layout, (bytes.len() - layout.data_start) as u64).map_err(fail)?;
    let range = layout.data_start..bytes.len();
    let stem = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
    let shape = layout.shape.clone();
    let tensor = if layout.big_endian || layout.fortran {
        Tensor::new(stem, shape, dtype, Converted { blob: blob.clone(), range, layout, dtype })
    } else {
        Tensor::new(stem, shape, dtype, Stored { blob: blob.clone(), range, dtype })
    };
    Ok(Model { name, tensors: vec![tensor], metadata: Vec::new() })
}

/// Whether the data is as long as the header says.
pub(super) fn check_length(layout: &Layout, found: u64) -> Result<(), String> {
    let (shape, needed) = (&layout.shape, layout.data_bytes);
    match found.cmp(&needed) {
        std::cmp::Ordering::Less => Err(format!(
            "truncated: {} of data ({found} bytes) where the shape {shape:?} needs {needed} bytes",
            size(found)
        )),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(format!(
            "{found} bytes of data where the shape {shape:?} needs only {needed}; the header lies, or arrays follow each other"
        )),
    }
}

/// Reads the header at the start of `bytes`, which may end anywhere after it.
pub(super) fn parse(bytes: &[u8]) -> Result<Layout, String> {
    let text = header_text(bytes)?;
    let depth = text.iter().try_fold(0_usize, |depth, byte| match byte {
        b'(' | b'[' | b'{' => Some(depth + 1).filter(|&depth| depth <= DEEPEST),
        b')' | b']' | b'}' => Some(depth.saturating_sub(1)),
        _ => Some(depth),
    });
    if depth.is_none() {
        return Err(format!("npy header: nested deeper than {DEEPEST} brackets"));
    }
    let header_end = text.as_ptr_range().end as usize - bytes.as_ptr() as usize;
    let header = NpyHeader::from_reader(&bytes[..header_end]).map_err(|error| explain(text, &error))?;
    let (element, big_endian) = match header.dtype() {
        DType::Plain(kind) => (element(&kind)?, kind.endianness() == Endianness::Big),
        other => {
            let descr = printable(&other.descr());
            return Err(format!(
                "dtype {descr} is structured, expected an array of plain numbers; save its fields one by one"
            ));
        }
    };
    let shape = header.shape();
    let overflow = || format!("npy header: the shape {shape:?} overflows 64 bits");
    let element_bytes = match element {
        Element::Number(dtype) => u64::from(dtype.bits()) / 8,
        Element::Text(characters) => characters.checked_mul(4).ok_or_else(overflow)?,
    };
    let nonzero = shape.iter().filter(|&&axis| axis != 0);
    let of_others = nonzero.copied().try_fold(element_bytes, u64::checked_mul).ok_or_else(overflow)?;
    let data_bytes = if shape.contains(&0) { 0 } else { of_others };
    let lengths: Result<Vec<usize>, _> = shape.iter().map(|&axis| usize::try_from(axis)).collect();
    let shape = lengths.map_err(|_| overflow())?;
    let fortran = header.order() == Order::Fortran && shape.len() > 1;
    Ok(Layout { element, big_endian, fortran, shape, data_start: header_end, data_bytes })
}

/// The Python literal between the fixed part and the data.
fn header_text(bytes: &[u8]) -> Result<&[u8], String> {
    let truncated = || format!("truncated: {} bytes end within the npy header", bytes.len());
    if !bytes.starts_with(MAGIC) {
        return Err("does not start with the npy magic \\x93NUMPY".to_owned());
    }
    let (start, length) = match *bytes.get(6..8).ok_or_else(truncated)? {
        [1, _] => (10, bytes.get(8..10).map(|b| usize::from(u16::from_le_bytes([b[0], b[1]])))),
        [2 | 3, _] => (12, bytes.get(8..12).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)),
        [major, minor] => return Err(format!("npy version {major}.{minor} is unknown, expected 1.0 to 3.0")),
        _ => return Err(truncated()),
    };
    let length = length.ok_or_else(truncated)?;
    if length > LONGEST_HEADER {
        return Err(format!("npy header claims {}, the limit is {}", size(length as u64), size(LONGEST_HEADER as u64)));
    }
    bytes.get(start..start + length).ok_or_else(truncated)
}

/// A parser's complaint, or what is known about the dtype that it choked on.
fn explain(text: &[u8], error: &std::io::Error) -> String {
    if text.windows(4).any(|window| window == b"<f1'" || window == b"|f1'" || window == b">f1'") {
        return "dtype <f1 is ml_dtypes' float8_e5m2, which npy cannot name; save `a.view(numpy.uint8)`, or use safetensors".to_owned();
    }
    format!("npy header: {}", printable(&error.to_string()))
}

fn element(kind: &TypeStr) -> Result<Element, String> {
    let dtype = match (kind.type_char(), kind.size_field()) {
        (TypeChar::Float, 8) => Dtype::F64,
        (TypeChar::Float, 4) => Dtype::F32,
        (TypeChar::Float, 2) => Dtype::F16,
        (TypeChar::Int, 8) => Dtype::I64,
        (TypeChar::Int, 4) => Dtype::I32,
        (TypeChar::Int, 2) => Dtype::I16,
        (TypeChar::Int, 1) => Dtype::I8,
        (TypeChar::Uint, 8) => Dtype::U64,
        (TypeChar::Uint, 4) => Dtype::U32,
        (TypeChar::Uint, 2) => Dtype::U16,
        (TypeChar::Uint, 1) => Dtype::U8,
        (TypeChar::Bool, 1) => Dtype::Bool,
        (TypeChar::UnicodeStr, characters) => return Ok(Element::Text(characters)),
        (TypeChar::Object, _) => {
            return Err("dtype object: a pickle, which could execute anything; expected numbers".to_owned());
        }
        (TypeChar::RawData, bytes @ (1 | 2)) => {
            let candidates = if bytes == 1 {
                "float8_e4m3fn, float8_e8m0fnu, float6, float4_e2m1fn, int4 or uint4"
            } else {
                "bfloat16"
            };
            return Err(format!(
                "dtype {kind} has no type: it may be ml_dtypes' {candidates}, which npy cannot name; save `a.view(numpy.uint{})`, or use safetensors",
                8 * bytes
            ));
        }
        _ => return Err(format!("dtype {kind} cannot be shown, expected floats up to 64 bits, integers or bool")),
    };
    Ok(Element::Number(dtype))
}

impl Layout {
    /// The data in row-major, little-endian order.
    pub fn canonical<'a>(&self, data: Cow<'a, [u8]>, dtype: Dtype) -> Cow<'a, [u8]> {
        let width = (dtype.bits() / 8).max(1) as usize;
        let mut data = data;
        if self.big_endian && width > 1 {
            data.to_mut().chunks_exact_mut(width).for_each(<[u8]>::reverse);
        }
        if !self.fortran || data.is_empty() {
            return data;
        }
        Cow::Owned(match width {
            1 => transpose::<1>(&data, &self.shape),
            2 => transpose::<2>(&data, &self.shape),
            4 => transpose::<4>(&data, &self.shape),
            _ => transpose::<8>(&data, &self.shape),
        })
    }
}

/// From first axis fastest to last axis fastest. `shape` has two or more axes, none of them 0.
fn transpose<const WIDTH: usize>(data: &[u8], shape: &[usize]) -> Vec<u8> {
    let elements = data.as_chunks::<WIDTH>().0;
    let mut strides = vec![1; shape.len()];
    for axis in 1..shape.len() {
        strides[axis] = strides[axis - 1] * shape[axis - 1];
    }
    let (row, outer) = (shape[shape.len() - 1], &shape[..shape.len() - 1]);
    let row_stride = strides[shape.len() - 1];
    let mut index = vec![0; outer.len()];
    let mut start = 0;
    let mut out = Vec::with_capacity(data.len());
    for _ in 0..elements.len() / row {
        out.extend((0..row).flat_map(|column| elements[start + column * row_stride]));
        // One step of an odometer over the outer axes, the last of them fastest.
        for axis in (0..outer.len()).rev() {
            index[axis] += 1;
            start += strides[axis];
            if index[axis] < outer[axis] {
                break;
            }
            start -= strides[axis] * outer[axis];
            index[axis] = 0;
        }
    }
    out
}

/// An array that is big-endian or in Fortran order.
struct Converted {
    blob: Blob,
    range: Range<usize>,
    layout: Layout,
    dtype: Dtype,
}

impl Source for Converted {
    fn read(&self) -> Result<Values, SourceError> {
        let bytes = self.stored()?;
        Ok(Values::from(decode(self.dtype, &bytes, bytes.len() * 8 / self.dtype.bits() as usize)))
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        let region = self.blob.region(self.range.clone())?;
        Ok(Bytes::new(self.layout.canonical(Cow::Borrowed(region.as_ref()), self.dtype).into_owned()))
    }
}
