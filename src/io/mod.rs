//! Every file that comes in or goes out: one file a format, errors that say where and why.
//!
//! [`open`] recognises a file by its content before its extension and reads headers only; a tensor's data is decoded when it is
//! looked at. Nothing is allocated by a number that a file claims before that number has been held against the file's size.

mod archive;
mod atomic;
mod beside;
mod blob;
mod dataset;
mod decode;
mod error;
mod gguf;
mod header;
mod idx;
mod indexed;
mod inputs;
mod leftovers;
mod literal;
mod nameless;
mod names;
mod network;
mod npy;
mod npz;
mod onnx;
mod paged;
mod palette;
mod picture;
mod qsz;
mod safetensors;
mod save;
mod shards;
mod stored;
mod text;
mod torch;
mod wav;
mod write_npy;

use std::path::Path;

pub use atomic::check_place;
use blob::Blob;
pub use dataset::{Fit, Part, open_dataset, open_part, part_at};
pub use error::Error;
use error::{clean, label, printable};
pub use indexed::encode as encode_indexed;
pub use inputs::keep_inputs;
pub use leftovers::clean_up_on_signals;
pub use nameless::{Nameless, Question};
pub use network::{network_bytes, open_network, open_network_bytes, save_network};
pub use npy::read as read_npy;
pub use palette::{gpl, json as palette_json, open as open_palette};
pub use picture::{check_png_place, misnamed, picture_rules};
pub use save::{
    Content, FileFormat, Layout, Saved, Target, TensorExport, WRITABLE, Writable, endings, estimate, has_graph, save,
    too_large, widest_estimate,
};
pub use text::{Numbers, numbers};
pub use wav::encode as encode_wav;
pub use write_npy::write as write_npy;

use crate::engine::tensor::Model;

/// Opens a file of weights, a picture or sound.
///
/// A file that is written in place while it is open is reported by the next read of a tensor; one that is replaced by renaming
/// stays what it was.
///
/// # Errors
/// What cannot be opened, is of no known format, or contradicts itself: file, place, finding and expectation in one line.
pub fn open(path: &Path) -> Result<Model, Error> {
    open_as(path, Nameless::default())
}

/// The same, with an answer to what elements are whose type an npy header does not name.
///
/// # Errors
/// As [`open`]; where the answer is missing, [`Error::question`] asks for it.
pub fn open_as(path: &Path, nameless: Nameless) -> Result<Model, Error> {
    recognise(&Blob::open(path)?, path, path.parent(), nameless)
}

/// Opens a file that is already in memory, such as one dropped from another program; `name` is what messages and tabs call it.
///
/// # Errors
/// As [`open`].
pub fn open_bytes(name: &str, bytes: Vec<u8>) -> Result<Model, Error> {
    let path = Path::new(name);
    recognise(&Blob::from_vec(label(path), bytes), path, None, Nameless::default())
}

/// Writes a small file, such as a figure or a table, whole or not at all, and reads it back.
///
/// # Errors
/// A place that cannot be written, or what is read back differs.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    use std::io::Write as _;
    let failed = |error: &std::io::Error| Error::new(path, format!("cannot be written: {}", error::reason(error)));
    atomic::write(
        path,
        |out| out.write_all(bytes).map_err(|error| failed(&error)),
        |written, ()| match std::fs::read(written) {
            Ok(read) if read == bytes => Ok(()),
            Ok(_) => Err(Error::new(path, "what was written reads back differently".to_owned())),
            Err(error) => Err(failed(&error)),
        },
    )
}

/// Bytes by which a file is recognised.
const START: usize = 4096;

/// `folder` is where files beside this one may be read.
fn recognise(blob: &Blob, path: &Path, folder: Option<&Path>, nameless: Nameless) -> Result<Model, Error> {
    let bytes = &*blob.start(START)?;
    let folder = folder.map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let name = clean(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy());
    let has_extension = |extension| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
    if bytes.is_empty() {
        return Err(Error::labelled(blob.label(), format!("the file is empty, expected {READABLE}")));
    }
    if bytes.starts_with(qsz::MAGIC) || has_extension("qsz") {
        return qsz::open(blob, name);
    }
    if bytes.starts_with(npy::MAGIC) {
        return npy::open(blob, name, nameless);
    }
    if npz::MAGICS.iter().any(|magic| bytes.starts_with(magic)) {
        return if torch::is_it(blob) { torch::open(blob, name) } else { npz::open(blob, name, nameless) };
    }
    if bytes.starts_with(torch::LEGACY) {
        return torch::open_legacy(blob, name);
    }
    if bytes.starts_with(gguf::MAGIC) {
        return gguf::open(blob, name);
    }
    if let Some(format) = picture::format(bytes) {
        return picture::open(blob, name, format);
    }
    if wav::is_it(bytes) {
        return wav::open(blob, name);
    }
    if bytes.starts_with(LFS_POINTER) {
        return Err(foreign(blob, bytes));
    }
    if has_extension("json") && bytes.first() == Some(&b'{') {
        return shards::open(blob, name, folder);
    }
    if has_extension("csv") || has_extension("tsv") {
        return text::open(blob, name);
    }
    if safetensors::is_it(bytes) || has_extension("safetensors") {
        return safetensors::open(blob, name);
    }
    // A protocol buffer has no magic: a plausible beginning will do, after everything that has one.
    if is_onnx(blob, path, bytes) {
        return onnx::open(blob, name, folder);
    }
    Err(foreign(blob, bytes))
}

/// Whether a file that has no other format's beginning is a model in ONNX.
fn is_onnx(blob: &Blob, path: &Path, start: &[u8]) -> bool {
    onnx::is_it(start, blob.length()) || path.extension().is_some_and(|found| found.eq_ignore_ascii_case("onnx"))
}

/// What can be opened, for messages and dialogs.
pub const READABLE: &str = "safetensors (or the index of a sharded one), GGUF, npy, npz, PyTorch, ONNX, qsz, CSV, TSV, a picture (PNG, JPEG, WebP, GIF, BMP, TIFF), or WAV sound";

/// What stands in a repository for a large file that was not fetched, whatever its name.
const LFS_POINTER: &[u8] = b"version https://git-lfs";

/// A bare pickle, by any program.
const PICKLE: &str = "a pickle, which could execute anything; save tensors with torch.save or safetensors";

/// Formats that people have but that are not read, by their first bytes.
const FOREIGN: [(&[u8], &str); 7] = [
    (b"\x1F\x8B", "gzip-compressed; unpack it first"),
    (b"\x80\x02", PICKLE),
    (b"\x80\x03", PICKLE),
    (b"\x80\x04", PICKLE),
    (b"\x80\x05", PICKLE),
    (b"\x89HDF", "an HDF5 file"),
    (LFS_POINTER, "a Git LFS pointer, not the file itself; fetch it with `git lfs pull`"),
];

fn foreign(blob: &Blob, bytes: &[u8]) -> Error {
    let problem = match FOREIGN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        Some((_, what)) => format!("is {what}; expected {READABLE}"),
        // The mark of tar stands behind its first header.
        None if bytes.get(257..262) == Some(b"ustar") => {
            format!("is a tar archive; unpack it first; expected {READABLE}")
        }
        None => {
            let start = printable(&bytes[..bytes.len().min(8)].escape_ascii().to_string());
            format!("is no file that can be read (it starts with \"{start}\"), expected {READABLE}")
        }
    };
    Error::labelled(blob.label(), problem)
}
