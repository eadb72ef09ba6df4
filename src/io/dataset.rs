//! Labelled pictures from disk: a folder with an IDX pair, or one of its two files.

use std::path::{Path, PathBuf};

use super::error::{Error, clean};
use super::idx;
use crate::engine::network::{Dataset, digits::Split};

/// How the picture file of a split begins, with its name in reports.
const SPLITS: [(Split, &str, &str); 2] = [(Split::Train, "train", "train"), (Split::Test, "t10k", "test")];

/// Reads the pictures and labels of a split. Where a folder has only one pair, that pair is read, and its name says which split it
/// is. A pictures file may be named itself: its labels lie beside it.
///
/// # Errors
/// No pair where it is looked for, or files that do not fit each other.
pub fn open_dataset(path: &Path, wanted: Split) -> Result<Dataset, Error> {
    if path.is_dir() {
        let pairs: Vec<_> =
            SPLITS.iter().filter_map(|(split, prefix, name)| Some((*split, pictures(path, prefix)?, *name))).collect();
        let pair = pairs.iter().find(|(split, ..)| *split == wanted).or(pairs.first());
        let (_, file, name) = pair.ok_or_else(|| {
            Error::new(
                path,
                "holds no labelled pictures, expected *-images-idx3-ubyte with *-labels-idx1-ubyte, or both with .gz",
            )
        })?;
        return pair_of(file, name);
    }
    if !path.exists() {
        return Err(Error::new(path, "no such file or folder, expected labelled pictures"));
    }
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = SPLITS.iter().find(|(_, prefix, _)| file_name.starts_with(prefix)).map_or("all", |(.., name)| name);
    pair_of(path, name)
}

fn pictures(folder: &Path, prefix: &str) -> Option<PathBuf> {
    ["", ".gz"].iter().map(|end| folder.join(format!("{prefix}-images-idx3-ubyte{end}"))).find(|file| file.is_file())
}

fn pair_of(pictures: &Path, split: &str) -> Result<Dataset, Error> {
    let name = pictures.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !name.contains("images-idx3") {
        let expected = "expected a folder, or a file *-images-idx3-ubyte[.gz] with its labels beside it";
        return Err(Error::new(pictures, format!("is no set of labelled pictures that can be read; {expected}")));
    }
    let beside = name.replace("images-idx3", "labels-idx1");
    let plain = beside.trim_end_matches(".gz");
    let candidates = [beside.clone(), plain.to_owned(), format!("{plain}.gz")];
    let labels = candidates.iter().map(|name| pictures.with_file_name(name)).find(|file| file.is_file());
    let labels = labels.ok_or_else(|| Error::new(pictures, format!("its labels `{beside}` are not beside it")))?;
    let images = idx::read(pictures)?;
    let [_, height, width] = *images.shape.as_slice() else {
        return Err(Error::new(
            pictures,
            format!("has {} axes, expected 3: pictures, rows, columns", images.shape.len()),
        ));
    };
    let marks = idx::read(&labels)?;
    if marks.shape.len() != 1 || marks.shape[0] != images.shape[0] {
        let problem =
            format!("has shape {:?}, expected one label for each of {} pictures", marks.shape, images.shape[0]);
        return Err(Error::new(&labels, problem));
    }
    let classes = marks.bytes.iter().max().map_or(10, |largest| usize::from(*largest) + 1).max(10);
    let folder = pictures.parent().and_then(Path::file_name).map(|name| clean(&name.to_string_lossy()));
    Dataset::new(
        format!("{}, {split}", folder.as_deref().unwrap_or("pictures")),
        [1, height, width],
        images.bytes,
        marks.bytes.into_iter().map(u16::from).collect(),
        (0..classes).map(|class| class.to_string()).collect(),
    )
    .map_err(|error| Error::new(pictures, error.to_string()))
}
