//! Reading npy: magic, a Python literal, data in any byte order and either axis order.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use super::blob::Blob;
use super::decode::decode;
use super::error::{Error, printable, size};
use super::literal;
use super::nameless::{Nameless, Question, packed};
use super::stored::Stored;
use crate::engine::tensor::{Bytes, Dtype, Model, Source, SourceError, Tensor, Values};

/// The first bytes of every npy file.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// The longest header that is read. NumPy itself stops at 10,000 characters.
pub(super) const LONGEST_HEADER: usize = 1 << 16;

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

/// Why a header was not read, and what a person could answer to have it read.
#[derive(Debug)]
pub(super) struct Refusal {
    pub problem: String,
    pub question: Option<Question>,
}

impl From<String> for Refusal {
    fn from(problem: String) -> Self {
        Self { problem, question: None }
    }
}

/// Opens a file with one array; it is named after the file.
pub(super) fn open(blob: &Blob, name: String, nameless: Nameless) -> Result<Model, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    // The fixed part of a header is 12 bytes at most.
    let layout = parse(&blob.start(LONGEST_HEADER + 12)?, nameless);
    let layout = layout.map_err(|refusal| fail(refusal.problem).asking(refusal.question))?;
    let Element::Number(dtype) = layout.element else {
        return Err(fail("an array of text, expected numbers".to_owned()));
    };
    check_length(&layout, blob.length() - layout.data_start as u64).map_err(fail)?;
    let range = layout.data_start..layout.data_start + layout.data_bytes as usize;
    let stem = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
    let shape = layout.shape.clone();
    let tensor = if layout.big_endian || layout.fortran || dtype.bits() < 8 {
        Tensor::new(stem, shape, dtype, Converted { blob: blob.clone(), range, layout, dtype })
    } else {
        Tensor::new(stem, shape, dtype, Stored { blob: blob.clone(), range, dtype })
    };
    Ok(Model { name, tensors: vec![tensor], metadata: Vec::new() })
}

/// The float32 values and the shape of the array in an npy file.
///
/// # Errors
/// As [`super::open`]; or a file that holds another number of tensors than one.
pub fn read(path: &Path) -> Result<(Vec<usize>, Values), Error> {
    let model = super::open(path)?;
    let [tensor] = model.tensors.as_slice() else {
        return Err(Error::new(path, format!("holds {} tensors, expected an npy file of one", model.tensors.len())));
    };
    let values = tensor.values().map_err(|error| Error::new(path, error.to_string()))?;
    Ok((tensor.shape.clone(), values))
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
pub(super) fn parse(bytes: &[u8], nameless: Nameless) -> Result<Layout, Refusal> {
    let (text, data_start) = header_text(bytes)?;
    let literal = literal::parse(text).map_err(|problem| format!("npy header: {problem}"))?;
    let Some(descr) = literal.descr else {
        return Err("a structured dtype, expected an array of plain numbers; save its fields one by one"
            .to_owned()
            .into());
    };
    let big_endian = descr.starts_with('>');
    let element = match nameless.resolve(descr.get(1..).unwrap_or_default()) {
        Some(Ok(dtype)) => Element::Number(dtype),
        Some(Err(candidates)) => {
            let names = candidates.iter().map(|dtype| dtype.name()).collect::<Vec<_>>().join(", ");
            let bits = candidates[0].bits();
            return Err(Refusal {
                problem: format!(
                    "dtype {descr} may be ml_dtypes' {names}, which npy does not name; say which (--npy-dtype), save `a.view(numpy.uint{bits})`, or use safetensors"
                ),
                question: Some(Question::new(&descr, candidates, &bytes[data_start..], big_endian)),
            });
        }
        None => element(&descr)?,
    };
    let shape = literal.shape;
    let overflow = || format!("npy header: the shape {} overflows 64 bits", printable(&format!("{shape:?}")));
    let element_bytes = match element {
        // Codes of fewer bits lie one a byte.
        Element::Number(dtype) => u64::from(dtype.bits()).div_ceil(8),
        Element::Text(characters) => characters.checked_mul(4).ok_or_else(overflow)?,
    };
    // Multiplied without the zeros too: a shape such as [0, 2^63, 2] must not overflow whoever multiplies in another order.
    let nonzero = shape.iter().filter(|&&axis| axis != 0);
    let of_others = nonzero.copied().try_fold(element_bytes, u64::checked_mul).ok_or_else(overflow)?;
    let data_bytes = if shape.contains(&0) { 0 } else { of_others };
    let lengths: Result<Vec<usize>, _> = shape.iter().map(|&axis| usize::try_from(axis)).collect();
    let shape = lengths.map_err(|_| overflow())?;
    let fortran = literal.fortran && shape.len() > 1;
    Ok(Layout { element, big_endian, fortran, shape, data_start, data_bytes })
}

/// The Python literal between the fixed part and the data, and where the data starts.
fn header_text(bytes: &[u8]) -> Result<(&str, usize), String> {
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
    let text = bytes.get(start..start + length).ok_or_else(truncated)?;
    let text = std::str::from_utf8(text).map_err(|error| format!("npy header is not UTF-8: {error}"))?;
    Ok((text, start + length))
}

/// What a dtype such as `<f4` means.
fn element(descr: &str) -> Result<Element, String> {
    let (order, kind) = descr.split_at_checked(1).unwrap_or_default();
    let number = |dtype| Ok(Element::Number(dtype));
    let known_order = matches!(order, "<" | ">" | "|" | "=");
    match if known_order { kind } else { "" } {
        "f8" => number(Dtype::F64),
        "f4" => number(Dtype::F32),
        "f2" => number(Dtype::F16),
        "i8" => number(Dtype::I64),
        "i4" => number(Dtype::I32),
        "i2" => number(Dtype::I16),
        "i1" => number(Dtype::I8),
        "u8" => number(Dtype::U64),
        "u4" => number(Dtype::U32),
        "u2" => number(Dtype::U16),
        "u1" => number(Dtype::U8),
        "b1" => number(Dtype::Bool),
        "O" => Err("dtype object: a pickle, which could execute anything; expected numbers".to_owned()),
        other => match other.strip_prefix('U').and_then(|characters| characters.parse().ok()) {
            Some(characters) => Ok(Element::Text(characters)),
            None => {
                let descr = printable(descr);
                Err(format!("dtype {descr} cannot be shown, expected floats up to 64 bits, integers or bool"))
            }
        },
    }
}

impl Layout {
    /// The data in row-major, little-endian order, codes of fewer than 8 bits packed.
    pub fn canonical<'a>(&self, data: Cow<'a, [u8]>, dtype: Dtype) -> Cow<'a, [u8]> {
        let width = (dtype.bits() / 8).max(1) as usize;
        let mut data = data;
        if self.big_endian && width > 1 {
            data.to_mut().chunks_exact_mut(width).for_each(<[u8]>::reverse);
        }
        if self.fortran && !data.is_empty() {
            data = Cow::Owned(self.transposed(&data, width));
        }
        match self.element {
            Element::Number(dtype) if dtype.bits() < 8 => Cow::Owned(packed(&data, dtype)),
            _ => data,
        }
    }

    fn transposed(&self, data: &[u8], width: usize) -> Vec<u8> {
        match width {
            1 => transpose::<1>(data, &self.shape),
            2 => transpose::<2>(data, &self.shape),
            4 => transpose::<4>(data, &self.shape),
            _ => transpose::<8>(data, &self.shape),
        }
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

/// An array that is big-endian, in Fortran order, or has codes of fewer than 8 bits.
struct Converted {
    blob: Blob,
    range: Range<usize>,
    layout: Layout,
    dtype: Dtype,
}

impl Source for Converted {
    fn read(&self) -> Result<Values, SourceError> {
        let bytes = self.stored()?;
        Ok(Values::from(decode(self.dtype, &bytes, self.layout.shape.iter().product())))
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        let bytes = self.blob.bytes(self.range.clone())?;
        Ok(Bytes::new(self.layout.canonical(Cow::Owned(bytes), self.dtype).into_owned()))
    }
}
