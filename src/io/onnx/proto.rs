//! A tensor as ONNX describes it: type, shape, and where its elements lie.

use std::ops::Range;

use super::wire::{Field, Input as _, Message, Value, text};
use crate::engine::tensor::Dtype;
use crate::io::error::printable;
use crate::io::paged::Paged;

/// Data types by their number in `TensorProto.DataType`.
pub(in crate::io) const DTYPES: [(u64, Dtype); 25] = [
    (1, Dtype::F32),
    (2, Dtype::U8),
    (3, Dtype::I8),
    (4, Dtype::U16),
    (5, Dtype::I16),
    (6, Dtype::I32),
    (7, Dtype::I64),
    (9, Dtype::Bool),
    (10, Dtype::F16),
    (11, Dtype::F64),
    (12, Dtype::U32),
    (13, Dtype::U64),
    (16, Dtype::BF16),
    (17, Dtype::F8E4M3Fn),
    (18, Dtype::F8E4M3Fnuz),
    (19, Dtype::F8E5M2),
    (20, Dtype::F8E5M2Fnuz),
    (21, Dtype::U4),
    (22, Dtype::I4),
    (23, Dtype::F4E2M1),
    (24, Dtype::F8E8M0),
    (25, Dtype::U2),
    (26, Dtype::I2),
    (27, Dtype::F6E2M3),
    (28, Dtype::F6E3M2),
];

/// What is no number that can be shown.
const OTHERS: [(u64, &str); 3] = [(8, "text"), (14, "complex64"), (15, "complex128")];

/// A `TensorProto`.
#[derive(Debug)]
pub(super) struct Proto {
    pub name: String,
    pub shape: Vec<usize>,
    pub dtype: Dtype,
    pub data: Data,
}

/// Where the elements are.
#[derive(Clone, Debug)]
pub(super) enum Data {
    /// Little-endian, packed, in these bytes of the file.
    Raw(Range<usize>),
    /// One of the typed fields, whose pieces follow each other.
    Typed(Coding, Vec<Range<usize>>),
    /// In another file.
    External(External),
}

/// How a typed field holds elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// As they are, little-endian.
    Plain,
    /// A varint for each element, or for each byte of packed elements.
    Varint,
}

/// Which part of which file.
#[derive(Clone, Debug, Default)]
pub(super) struct External {
    pub location: String,
    pub offset: u64,
    pub length: Option<u64>,
}

/// A tensor, or what kind of data it has that cannot be shown.
pub(super) enum Parsed {
    Tensor(Proto),
    Skipped { name: String, what: &'static str },
}

/// Parses a `TensorProto`; nothing is read of its data but where it is, and whether there is enough of it.
pub(super) fn parse(file: &Paged<'_>, range: Range<usize>) -> Result<Parsed, String> {
    let (mut name, mut kind, mut dims) = (String::new(), 0, Vec::new());
    let (mut raw, mut typed, mut external) = (None, Vec::new(), Vec::new());
    let (mut is_external, mut segmented) = (false, false);
    for field in Message::new(file, range).fields() {
        let Field { number, value } = field?;
        match (number, value) {
            (1, Value::Varint(axis, _)) => dims.push(axis),
            (1, Value::Bytes(packed)) => dims.extend(varints(&file.read(packed)?)?),
            (2, Value::Varint(number, _)) => kind = number,
            (3, _) => segmented = true,
            (8, Value::Bytes(range)) => name = text(file, &range)?,
            (9, Value::Bytes(range)) => raw = Some(range),
            (4 | 5 | 7 | 10 | 11, Value::Bytes(range) | Value::Fixed(range) | Value::Varint(_, range)) => {
                typed.push((number, range));
            }
            (13, Value::Bytes(range)) => external.push(entry(file, range)?),
            (14, Value::Varint(location, _)) => is_external = location == 1,
            _ => {}
        }
    }
    let place = |problem: String| format!("tensor `{}`: {problem}", printable(&name));
    if segmented {
        return Err(place("its data is in segments, which no version of ONNX has used".to_owned()));
    }
    if let Some((_, what)) = OTHERS.iter().find(|(number, _)| *number == kind) {
        return Ok(Parsed::Skipped { name, what });
    }
    let dtype = DTYPES.iter().find(|(number, _)| *number == kind).map(|(_, dtype)| *dtype);
    let dtype = dtype.ok_or_else(|| place(format!("data type {kind} is not known, expected 1 to 28")))?;
    let (shape, bytes) = shape(&dims, dtype).map_err(place)?;
    let data = if is_external {
        Data::External(external_of(&external).map_err(place)?)
    } else if let Some(range) = raw {
        Data::Raw(range)
    } else {
        typed_data(file, dtype, typed).map_err(place)?
    };
    let found = match &data {
        Data::Raw(range) => range.len() as u64,
        Data::Typed(Coding::Plain, pieces) => pieces.iter().map(|piece| piece.len() as u64).sum(),
        // Every varint has a byte or more; their number is known when they are read.
        Data::Typed(Coding::Varint, pieces) => {
            let available: u64 = pieces.iter().map(|piece| piece.len() as u64).sum();
            let elements = if dtype.bits() < 8 { bytes } else { bytes / u64::from(dtype.bits() / 8) };
            if elements > available {
                return Err(place(format!(
                    "{available} bytes of data where the shape {shape:?} needs {elements} numbers"
                )));
            }
            bytes
        }
        Data::External(external) => external.length.unwrap_or(bytes),
    };
    if found != bytes {
        let name = dtype.name();
        return Err(place(format!("{found} bytes of data where the shape {shape:?} of {name} needs {bytes}")));
    }
    Ok(Parsed::Tensor(Proto { name, shape, dtype, data }))
}

/// Sizes of the axes, and the bytes that they need.
fn shape(dims: &[u64], dtype: Dtype) -> Result<(Vec<usize>, u64), String> {
    let shown = || printable(&format!("{:?}", dims.iter().map(|&axis| axis as i64).collect::<Vec<_>>()));
    if dims.iter().any(|&axis| axis > i64::MAX as u64) {
        return Err(format!("the shape {} has a negative size", shown()));
    }
    let overflow = || format!("the shape {} of {} overflows 64 bits", shown(), dtype.name());
    // Multiplied without the zeros too, so that nobody who multiplies in another order overflows.
    let mut others = dims.iter().filter(|&&axis| axis != 0);
    let others =
        others.try_fold(u64::from(dtype.bits()), |product, &axis| product.checked_mul(axis)).ok_or_else(overflow)?;
    let bits = if dims.contains(&0) { 0 } else { others };
    let shape = dims.iter().map(|&axis| usize::try_from(axis)).collect::<Result<_, _>>().map_err(|_| overflow())?;
    Ok((shape, bits.div_ceil(8)))
}

/// Where a typed field's elements lie, once it is known that the field is the one for the data type.
fn typed_data(file: &Paged<'_>, dtype: Dtype, typed: Vec<(u32, Range<usize>)>) -> Result<Data, String> {
    let expected = match dtype {
        Dtype::F32 => 4,
        Dtype::F64 => 10,
        Dtype::I64 => 7,
        Dtype::U64 | Dtype::U32 => 11,
        _ => 5,
    };
    let coding = if matches!(expected, 4 | 10) { Coding::Plain } else { Coding::Varint };
    if coding == Coding::Varint && matches!(dtype, Dtype::F6E2M3 | Dtype::F6E3M2) && !typed.is_empty() {
        return Err(format!("{} as int32_data is not read, expected raw_data", dtype.name()));
    }
    let mut pieces = Vec::with_capacity(typed.len());
    for (number, range) in typed {
        if number != expected {
            return Err(format!("field {number} holds data of another type than {}", dtype.name()));
        }
        debug_assert!(range.end <= file.length());
        pieces.push(range);
    }
    Ok(match pieces.as_slice() {
        [only] if coding == Coding::Plain => Data::Raw(only.clone()),
        [] => Data::Raw(0..0),
        _ => Data::Typed(coding, pieces),
    })
}

/// All numbers of a packed field.
pub(super) fn varints(mut bytes: &[u8]) -> Result<Vec<u64>, String> {
    let mut numbers = Vec::new();
    while !bytes.is_empty() {
        let (value, length) = super::wire::varint(bytes).ok_or("a number does not end")?;
        numbers.push(value);
        bytes = &bytes[length..];
    }
    Ok(numbers)
}

/// A `StringStringEntryProto`.
pub(super) fn entry(file: &Paged<'_>, range: Range<usize>) -> Result<(String, String), String> {
    let (mut key, mut value) = (String::new(), String::new());
    for field in Message::new(file, range).fields() {
        let field = field?;
        match (field.number, field.value) {
            (1, Value::Bytes(range)) => key = text(file, &range)?,
            (2, Value::Bytes(range)) => value = text(file, &range)?,
            _ => {}
        }
    }
    Ok((key, value))
}

fn external_of(entries: &[(String, String)]) -> Result<External, String> {
    let mut external = External::default();
    for (key, value) in entries {
        let number =
            || value.parse::<u64>().map_err(|_| format!("external data: {key} `{}` is no number", printable(value)));
        match key.as_str() {
            "location" => external.location.clone_from(value),
            "offset" => external.offset = number()?,
            "length" => external.length = Some(number()?),
            _ => {}
        }
    }
    if external.location.is_empty() {
        return Err("its data is in another file, which it does not name".to_owned());
    }
    Ok(external)
}
