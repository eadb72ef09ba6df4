//! Labelled pictures from disk: IDX pairs, CIFAR batches, class folders, npz arrays; one file a kind.
//!
//! A path is a folder or one file, and holds up to two parts, for training and for measuring. Pictures become bytes of one shape;
//! where they differ in shape from each other they are refused unless [`Fit::To`] says what to make of them.

mod arrays;
mod cifar;
mod fit;
mod folder;
mod pair;

use std::path::{Path, PathBuf};

use super::error::{Error, clean, label, size};
use crate::engine::network::{Dataset, digits::Split};

pub use fit::Fit;

/// What a data set may take in memory, in bytes.
const LARGEST: u64 = 4 << 30;

/// What can be read, for messages.
const EXPECTED: &str = "expected IDX files (*-images-idx3-ubyte with *-labels-idx1-ubyte, plain or .gz), CIFAR batches (*.bin), \
                        folders of pictures named after their classes, or npz with x and y";

/// Which part of a data set was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The part for training.
    Train,
    /// The part for measuring.
    Test,
    /// There is only one, and nothing says what it is for.
    Whole,
}

impl Part {
    /// Its name in reports.
    fn word(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
            Self::Whole => "all",
        }
    }

    /// Whether it is the part for that split.
    fn is(self, split: Split) -> bool {
        matches!((self, split), (Self::Train, Split::Train) | (Self::Test, Split::Test))
    }
}

/// Reads the pictures and labels of a split as they are. Where there is only one part, that part is read, and its name says which
/// it is.
///
/// # Errors
/// As [`open_part`].
pub fn open_dataset(path: &Path, wanted: Split) -> Result<Dataset, Error> {
    open_part(path, wanted, Fit::AsTheyAre).map(|(data, _)| data)
}

/// Reads the pictures and labels of a split, or of the only part that there is, and says which it was.
///
/// # Errors
/// Nothing that could be read at this path; files that are damaged, contradict each other or hold labels out of range; pictures of
/// different shapes without a rule for them. The message names file and place.
pub fn open_part(path: &Path, wanted: Split, fit: Fit) -> Result<(Dataset, Part), Error> {
    let (found, part) = find(path, wanted)?;
    let data = match found {
        Found::Pair(file) => pair::read(&file, part),
        Found::Cifar(folder, files, kind) => cifar::read(&folder, &files, kind, part),
        Found::Folder(root) => folder::read(path, &root, part, fit),
        Found::Arrays => arrays::read(path, wanted),
    }?;
    if data.is_empty() {
        return Err(Error::new(path, "holds no pictures"));
    }
    Ok((fit.apply(data).map_err(|problem| Error::new(path, problem))?, part))
}

/// Which part [`open_part`] would read for a split, without reading the pictures.
///
/// # Errors
/// Nothing that could be read at this path.
pub fn part_at(path: &Path, wanted: Split) -> Result<Part, Error> {
    find(path, wanted).map(|(_, part)| part)
}

/// Where the pictures of a part are.
enum Found {
    /// A file of pictures with its labels beside it.
    Pair(PathBuf),
    /// Batches, with the folder that names their classes.
    Cifar(PathBuf, Vec<PathBuf>, cifar::Kind),
    /// A folder of class folders.
    Folder(PathBuf),
    /// The file itself.
    Arrays,
}

fn find(path: &Path, wanted: Split) -> Result<(Found, Part), Error> {
    if path.is_dir() {
        if let Some((file, part)) = pair::find(path, wanted) {
            return Ok((Found::Pair(file), part));
        }
        if let Some((files, kind, part)) = cifar::find(path, wanted) {
            return Ok((Found::Cifar(path.to_owned(), files, kind), part));
        }
        let none = || Error::new(path, format!("holds no labelled pictures, {EXPECTED}"));
        return folder::find(path, wanted)?.map(|(root, part)| (Found::Folder(root), part)).ok_or_else(none);
    }
    if !path.exists() {
        return Err(Error::new(path, "no such file or folder, expected labelled pictures"));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    if let Some(part) = pair::part_of(&name) {
        return Ok((Found::Pair(path.to_owned()), part));
    }
    if name.ends_with(".bin") {
        let (kind, part) = cifar::kind_of(path)?;
        let folder = path.parent().unwrap_or(path).to_owned();
        return Ok((Found::Cifar(folder, vec![path.to_owned()], kind), part));
    }
    if name.ends_with(".npz") {
        return Ok((Found::Arrays, arrays::part_at(path, wanted)?));
    }
    Err(Error::new(path, format!("is no set of labelled pictures that can be read, {EXPECTED}")))
}

/// What reports call a part of the data set at this path.
fn title(path: &Path, part: Part) -> String {
    let name = path.file_name().map_or_else(|| label(path), |name| clean(&name.to_string_lossy()));
    format!("{name}, {}", part.word())
}

/// Holds a claim against what may be allocated.
fn check_size(path: &Path, pictures: usize, shape: [usize; 3]) -> Result<(), Error> {
    let bytes = shape.iter().try_fold(pictures as u64, |bytes, axis| bytes.checked_mul(*axis as u64));
    match bytes {
        Some(bytes) if bytes <= LARGEST => Ok(()),
        _ => {
            let [channels, height, width] = shape;
            let problem =
                format!("{pictures} pictures of {channels}×{height}×{width} need more than {}", size(LARGEST));
            Err(Error::new(path, problem))
        }
    }
}

/// The classes in turn, each in its own order, so that the first pictures of a set are a fair sample of it.
fn in_turn(labels: &[u16], classes: usize) -> Vec<usize> {
    let mut of: Vec<std::collections::VecDeque<usize>> = vec![std::collections::VecDeque::new(); classes];
    for (place, label) in labels.iter().enumerate() {
        of[usize::from(*label)].push_back(place);
    }
    let mut order = Vec::with_capacity(labels.len());
    while order.len() < labels.len() {
        order.extend(of.iter_mut().filter_map(std::collections::VecDeque::pop_front));
    }
    order
}

#[cfg(test)]
mod tests;
