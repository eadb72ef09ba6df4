//! Nothing is half-written: a file appears under its name only when it is complete and has been looked at.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::error::{Error, reason};

/// Writes a file beside its final name, flushes it to the disk, lets `check` look at it there, and then renames it.
///
/// Until the rename, and after any error, whatever was at `path` stays as it was and nothing else is left behind.
pub(super) fn write<T, E: From<Error>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> Result<T, E>,
    check: impl FnOnce(&Path, &T) -> Result<(), E>,
) -> Result<T, E> {
    let failed = |error: &std::io::Error| E::from(Error::new(path, format!("cannot be written: {}", reason(error))));
    if path.is_dir() {
        return Err(E::from(Error::new(path, "is a folder, not a file")));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".quantscope-").suffix(".part");
    #[cfg(unix)]
    {
        // Temporary files are private by default; a saved file has the permissions that the user's mask leaves.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = builder.tempfile_in(folder).map_err(|error| failed(&error))?;
    let mut writer = BufWriter::with_capacity(1 << 20, temporary.as_file());
    let written = write(&mut writer)?;
    writer.flush().map_err(|error| failed(&error))?;
    drop(writer);
    temporary.as_file().sync_all().map_err(|error| failed(&error))?;
    check(temporary.path(), &written)?;
    temporary.persist(path).map_err(|error| failed(&error.error))?;
    Ok(written)
}
