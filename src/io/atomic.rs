//! Nothing is half-written: a file appears under its name only when it is complete and has been looked at.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::{Error, reason};
use super::{inputs, leftovers};

/// A second file that belongs to the one that is written: complete, not yet under its name.
pub(super) struct Companion {
    temporary: NamedTempFile,
    path: PathBuf,
    /// Where links lead to from there.
    end: PathBuf,
}

impl Companion {
    /// Writes it beside its final name.
    pub fn create(
        path: &Path,
        write: impl FnOnce(&mut BufWriter<&File>) -> std::io::Result<()>,
    ) -> std::io::Result<Self> {
        let end = end_of(path)?;
        let temporary = begun(&end)?;
        let mut writer = BufWriter::with_capacity(1 << 20, temporary.as_file());
        write(&mut writer)?;
        writer.flush()?;
        drop(writer);
        temporary.as_file().sync_all()?;
        Ok(Self { temporary, path: path.to_owned(), end })
    }

    /// Where it is now.
    pub fn temporary(&self) -> &Path {
        self.temporary.path()
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its name there.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Where links lead to from a path: a link stays one, and what it points to is written anew.
pub(super) fn end_of(path: &Path) -> std::io::Result<PathBuf> {
    const MOST: usize = 40;
    let mut end = path.to_owned();
    for _ in 0..MOST {
        match std::fs::read_link(&end) {
            Ok(target) => end = folder_of(&end).join(target),
            Err(_) => return Ok(end),
        }
    }
    Err(std::io::Error::other("its links go round in circles"))
}

/// A file beside a path, for what is not complete.
fn part(path: &Path) -> std::io::Result<NamedTempFile> {
    if let Ok(there) = std::fs::metadata(path) {
        // Renaming would put a file in the place of a pipe or a device.
        if !there.is_file() {
            return Err(std::io::Error::other("it is no regular file"));
        }
        if there.permissions().readonly() {
            return Err(std::io::Error::other("it is read-only"));
        }
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".quantscope-").suffix(".part");
    #[cfg(unix)]
    {
        // Temporary files are private by default; a saved file has the permissions that the user's mask leaves.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder_of(path))
}

/// The same for what a signal takes away.
fn begun(path: &Path) -> std::io::Result<NamedTempFile> {
    let file = part(path)?;
    leftovers::note(file.path());
    Ok(file)
}

/// Whether a file can be put at a path, as far as one sees before it is written: for work that takes long until then.
///
/// # Errors
/// A folder of that name; a folder that is not there or cannot be written to, by the path.
pub fn check_place(path: &Path) -> Result<(), Error> {
    beside(path).map(drop)
}

/// Puts a complete file in its place, with the permissions of what was there. Not before: they may forbid to read it back.
fn place(temporary: NamedTempFile, path: &Path) -> std::io::Result<()> {
    if let Ok(there) = std::fs::metadata(path) {
        temporary.as_file().set_permissions(there.permissions())?;
    }
    temporary.persist(path).map(drop).map_err(|error| error.error)
}

/// The file that is written in the place of a path until it is complete, and where it goes then.
fn beside(path: &Path) -> Result<(NamedTempFile, PathBuf), Error> {
    if path.is_dir() {
        return Err(Error::new(path, "is a folder, not a file"));
    }
    inputs::check(path)?;
    let both = end_of(path).and_then(|end| Ok((begun(&end)?, end)));
    both.map_err(|error| Error::new(path, format!("cannot be written: {}", reason(&error))))
}

/// Writes a file beside its final name, flushes it to the disk, lets `check` look at it there, and then renames it.
///
/// Until the rename, and after any error, whatever was at `path` stays as it was and nothing else is left behind.
pub(super) fn write<T, E: From<Error>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> Result<T, E>,
    check: impl FnOnce(&Path, &T) -> Result<(), E>,
) -> Result<T, E> {
    write_both(path, |out| Ok((write(out)?, None)), |temporary, value, _| check(temporary, value))
}

/// The same for a file that may have a companion. Both appear together: where the second rename fails, the first is taken back.
pub(super) fn write_both<T, E: From<Error>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> Result<(T, Option<Companion>), E>,
    check: impl FnOnce(&Path, &T, Option<&Companion>) -> Result<(), E>,
) -> Result<T, E> {
    let failed = |error: &std::io::Error| E::from(Error::new(path, format!("cannot be written: {}", reason(error))));
    let (temporary, end) = beside(path)?;
    let mut writer = BufWriter::with_capacity(1 << 20, temporary.as_file());
    let (written, companion) = write(&mut writer)?;
    writer.flush().map_err(|error| failed(&error))?;
    drop(writer);
    temporary.as_file().sync_all().map_err(|error| failed(&error))?;
    check(temporary.path(), &written, companion.as_ref())?;
    match companion {
        Some(companion) => persist_both(temporary, &end, companion).map_err(|error| failed(&error))?,
        None => place(temporary, &end).map_err(|error| failed(&error))?,
    }
    Ok(written)
}

/// Renames both. What was under the companion's name is kept until the file itself is in its place.
fn persist_both(temporary: NamedTempFile, path: &Path, companion: Companion) -> std::io::Result<()> {
    let Companion { temporary: second, end: second_path, .. } = companion;
    let _renaming = leftovers::undisturbed();
    let before = if let Ok(there) = std::fs::metadata(&second_path) {
        second.as_file().set_permissions(there.permissions())?;
        let kept = part(&second_path)?.into_temp_path();
        std::fs::rename(&second_path, &kept)?;
        Some(kept)
    } else {
        None
    };
    let placed = second.persist(&second_path).map_err(|error| error.error);
    let placed = placed.and_then(|_| place(temporary, path));
    if let Err(error) = placed {
        match before {
            Some(kept) => kept.persist(&second_path).map_err(|error| error.error)?,
            None if second_path.exists() => std::fs::remove_file(&second_path)?,
            None => {}
        }
        return Err(error);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(path: &Path, content: &[u8], beside: &[u8]) -> Result<(), Error> {
        let fail = |error: std::io::Error| Error::new(path, reason(&error));
        write_both(
            path,
            |out| {
                out.write_all(content).map_err(fail)?;
                let companion = Companion::create(&path.with_extension("data"), |out| out.write_all(beside));
                Ok(((), Some(companion.map_err(fail)?)))
            },
            |temporary, (), companion| {
                assert_eq!(std::fs::read(temporary).unwrap(), content);
                assert_eq!(std::fs::read(companion.unwrap().temporary()).unwrap(), beside);
                Ok(())
            },
        )
    }

    #[test]
    fn two_files_appear_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (path, data) = (folder.path().join("model"), folder.path().join("model.data"));
        both(&path, b"one", b"first").unwrap();
        both(&path, b"two", b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read(&data).unwrap(), b"second");
        assert_eq!(folder.path().read_dir().unwrap().count(), 2, "nothing else is left behind");

        // A folder that comes into the way of the second rename.
        let late = folder.path().join("late");
        let blocked = write_both(
            &late,
            |out| {
                out.write_all(b"x").unwrap();
                let companion = Companion::create(&data, |out| out.write_all(b"third")).unwrap();
                Ok::<_, Error>(((), Some(companion)))
            },
            |_, (), _| {
                std::fs::create_dir_all(late.join("inside")).unwrap();
                Ok(())
            },
        );
        assert!(blocked.is_err());
        assert_eq!(std::fs::read(&data).unwrap(), b"second", "the companion is as it was");
        assert_eq!(folder.path().read_dir().unwrap().count(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay_and_what_is_no_file_is_not_replaced() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &Path| crate::io::write_bytes(path, b"new").map_err(|error| error.to_string());
        let (file, link, dangling) =
            (folder.path().join("file"), folder.path().join("link"), folder.path().join("dangling"));
        std::fs::write(&file, b"old").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        symlink("later", &dangling).unwrap();
        write(&link).unwrap();
        write(&dangling).unwrap();
        assert!(link.is_symlink() && dangling.is_symlink());
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert_eq!(std::fs::read(folder.path().join("later")).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);

        // What may only be written is not read back through its permissions.
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o222)).unwrap();
        write(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o222);

        symlink("round", folder.path().join("round")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o440)).unwrap();
        for (path, problem) in [
            (folder.path().join("round"), "cannot be written: its links go round in circles"),
            (file, "cannot be written: it is read-only"),
            (PathBuf::from("/dev/null"), "cannot be written: it is no regular file"),
            (folder.path().to_owned(), "is a folder, not a file"),
        ] {
            let error = write(&path).unwrap_err();
            assert!(error.ends_with(problem), "{error}");
        }
    }
}
