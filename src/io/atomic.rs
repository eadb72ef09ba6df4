//! Nothing is half-written: a file appears under its name only when it is complete.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use super::Error;

/// Writes beside the final name, flushes to the disk, then renames. On any error, and on cancel, nothing is left behind.
///
/// # Errors
/// What `write` returns, or the operating system's refusal.
pub fn write_atomically<E: From<Error>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let system = |error: &std::io::Error| Error::system(path, "writing", error);
    let mut builder = tempfile::Builder::new();
    // A temporary file is private by default; what is renamed into place should have the usual permissions.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let temporary = builder.prefix(".quantscope-").tempfile_in(directory).map_err(|error| system(&error))?;
    let (file, temporary) = temporary.into_parts();
    let mut writer = BufWriter::with_capacity(1 << 20, file);
    write(&mut writer)?;
    writer.flush().map_err(|error| system(&error))?;
    writer.get_ref().sync_all().map_err(|error| system(&error))?;
    temporary.persist(path).map_err(|error| system(&error.error))?;
    Ok(())
}
