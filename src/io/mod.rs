//! Every file that comes in or goes out; one file a format; errors that say where and why.
//!
//! Input is recognised by content, not by its name. Nothing here computes: values are decoded, codes are written as they are.

mod atomic;
mod bytes;
mod decode;
mod error;
mod export;
mod npy;
mod npz;
mod picture;
mod safetensors;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

pub use atomic::write_atomically;
pub use error::Error;
pub use export::{Content, FileFormat, Layout, Saved, TensorExport, save};
pub use npy::write as write_npy;

use crate::engine::tensor::Model;

/// Opens weights or a picture: safetensors, npy, npz, PNG, JPEG.
///
/// Values are read when they are asked for; a safetensors file and an npy file are memory-mapped. A mapped file that another program
/// cuts short while it is open is noticed before each read.
///
/// # Errors
/// A file that cannot be read, that no format here claims, or whose content contradicts itself; the message names the file, the
/// place and what was expected.
pub fn open(path: &Path) -> Result<Model, Error> {
    let fail = |what: String| Error::new(path, what);
    let metadata = std::fs::metadata(path).map_err(|error| Error::system(path, "opening", &error))?;
    if metadata.is_dir() {
        return Err(fail("is a folder; expected a file".to_owned()));
    }
    let mut file = File::open(path).map_err(|error| Error::system(path, "opening", &error))?;
    let mut start = [0_u8; 16];
    let length = read_start(&mut file, &mut start).map_err(|error| Error::system(path, "reading", &error))?;
    let name = path.file_name().map_or_else(|| "unnamed".to_owned(), |name| name.to_string_lossy().into_owned());
    let model = match &start[..length] {
        [] => return Err(fail("is empty; expected safetensors, npy, npz, PNG or JPEG".to_owned())),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => npy::open(path)?,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => npz::open(path)?,
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] => picture::open(path)?,
        start if looks_like_safetensors(start, path) => safetensors::open(path)?,
        _ => {
            let expected = "is none of the formats that can be opened: safetensors, npy, npz, PNG, JPEG";
            return Err(fail(expected.to_owned()));
        }
    };
    Ok(Model { name, ..model })
}

fn read_start(file: &mut File, start: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while length < start.len() {
        match file.read(&mut start[length..])? {
            0 => break,
            read => length += read,
        }
    }
    Ok(length)
}

/// A safetensors file begins with the length of its JSON header; a truncated one is known by its name.
fn looks_like_safetensors(start: &[u8], path: &Path) -> bool {
    let named = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("safetensors"));
    named || start.get(8) == Some(&b'{')
}
