//! Zip archives, held against what could be wrong with them before anything of them is read.

use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::blob::{Blob, Reader};
use super::error::{printable, size};

/// What all members of an archive may inflate to, in bytes; members that are stored as they are take no more than the file.
const LARGEST: u64 = 16 << 30;

/// Deflate yields at most 258 bytes from 2 bits.
const DEFLATE_RATIO: u64 = 1032;

pub(super) type Archive = ZipArchive<Reader>;

/// The archive in a file.
pub(super) fn open_archive(blob: &Blob) -> Result<Archive, String> {
    ZipArchive::new(blob.reader()).map_err(|error| zip_problem(&error))
}

/// The bounds on the archive as a whole.
pub(super) fn check_archive(archive: &mut Archive, file_length: u64) -> Result<(), String> {
    if archive.has_duplicate_names() {
        return Err("two members of the archive have the same name".to_owned());
    }
    let mut total = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(|error| zip_problem(&error))?;
        let place = format!("member `{}`", printable(&String::from_utf8_lossy(entry.name_raw())));
        if entry.encrypted() {
            return Err(format!("{place}: encrypted, expected plain zip"));
        }
        let (packed, unpacked) = (entry.compressed_size(), entry.size());
        if packed > file_length {
            return Err(format!("{place}: claims {} compressed, the file has {}", size(packed), size(file_length)));
        }
        let reachable = match entry.compression() {
            CompressionMethod::Stored => packed,
            CompressionMethod::Deflated => packed.saturating_mul(DEFLATE_RATIO),
            other => return Err(format!("{place}: compressed by {other}, expected stored or deflated")),
        };
        if unpacked > reachable {
            let (packed, unpacked) = (size(packed), size(unpacked));
            return Err(format!("{place}: claims to inflate from {packed} to {unpacked}, which is impossible"));
        }
        if entry.compression() != CompressionMethod::Stored {
            total = total.saturating_add(unpacked);
        }
    }
    if total > LARGEST {
        return Err(format!("claims to inflate to {}, the limit is {}", size(total), size(LARGEST)));
    }
    if archive.has_overlapping_entries().map_err(|error| zip_problem(&error))? {
        return Err("members of the archive overlap, as in a zip bomb".to_owned());
    }
    Ok(())
}

/// What is wrong, in the words of this program.
pub(super) fn zip_problem(error: &ZipError) -> String {
    match error {
        ZipError::InvalidArchive(what) => format!("damaged zip archive: {}", printable(what)),
        ZipError::Io(error) => format!("damaged zip archive: {}", printable(&error.to_string())),
        other => format!("zip archive: {}", printable(&other.to_string())),
    }
}
