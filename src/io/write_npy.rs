//! Writing npy: the header that NumPy writes, and the elements in C order.

use std::io::Write;
use std::path::Path;

use super::atomic;
use super::error::{Error, reason};
use crate::engine::tensor::Dtype;

/// Writes one array of little-endian elements in C order; nothing is half-written.
///
/// # Errors
/// A dtype that NumPy lacks (bfloat16 and the floats of 8 bits and less), bytes that do not match the shape, or a path that
/// cannot be written.
pub fn write(path: &Path, dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Result<(), Error> {
    let Some(descr) = descr(dtype) else {
        return Err(Error::new(path, format!("cannot be written: npy has no {dtype}")));
    };
    let needed = dtype.bytes(shape.iter().product::<usize>() as u64);
    if bytes.len() as u64 != needed {
        let found = bytes.len();
        return Err(Error::new(
            path,
            format!("cannot be written: {found} bytes where {dtype} {shape:?} needs {needed}"),
        ));
    }
    let failed = |error: std::io::Error| Error::new(path, format!("cannot be written: {}", reason(&error)));
    atomic::write(
        path,
        |out| {
            let header = header(descr, &shape_text(shape));
            out.write_all(&header).and_then(|()| out.write_all(bytes)).map_err(failed)
        },
        |_, ()| Ok(()),
    )
}

/// NumPy's name of a dtype that it has.
pub(super) fn descr(dtype: Dtype) -> Option<&'static str> {
    Some(match dtype {
        Dtype::F64 => "<f8",
        Dtype::F32 => "<f4",
        Dtype::F16 => "<f2",
        Dtype::I64 => "<i8",
        Dtype::I32 => "<i4",
        Dtype::I16 => "<i2",
        Dtype::I8 => "|i1",
        Dtype::U64 => "<u8",
        Dtype::U32 => "<u4",
        Dtype::U16 => "<u2",
        Dtype::U8 => "|u1",
        Dtype::Bool => "|b1",
        _ => return None,
    })
}

/// A Python tuple.
pub(super) fn shape_text(shape: &[usize]) -> String {
    let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
    if let [only] = axes.as_slice() { format!("({only},)") } else { format!("({})", axes.join(", ")) }
}

/// An npy header, padded so that the data starts at a multiple of 64. Version 2.0 where 1.0 has no room.
pub(super) fn header(descr: &str, shape: &str) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let wide = text.len() + 64 > usize::from(u16::MAX);
    let fixed = if wide { 12 } else { 10 };
    let length = (fixed + text.len() + 1).next_multiple_of(64) - fixed;
    let mut header = b"\x93NUMPY".to_vec();
    if wide {
        header.extend([2, 0]);
        header.extend((length as u32).to_le_bytes());
    } else {
        header.extend([1, 0]);
        header.extend((length as u16).to_le_bytes());
    }
    header.extend(format!("{text:<width$}\n", width = length - 1).bytes());
    header
}
