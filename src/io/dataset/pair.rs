//! IDX: a file of pictures with a file of labels beside it.

use std::path::{Path, PathBuf};

use super::{Error, Part, title};
use crate::engine::network::{Dataset, digits::Split};
use crate::io::idx;

/// How the picture file of a part begins.
const PARTS: [(Part, &str); 2] = [(Part::Train, "train"), (Part::Test, "t10k")];

/// How the two kinds of files end; some mirrors write a point for the hyphen.
const ENDS: [&str; 2] = ["-images-idx3-ubyte", "-images.idx3-ubyte"];

/// The picture file of that split in a folder, or of the only part that there is.
pub(super) fn find(folder: &Path, wanted: Split) -> Option<(PathBuf, Part)> {
    let pairs: Vec<_> = PARTS.iter().filter_map(|(part, prefix)| Some((pictures(folder, prefix)?, *part))).collect();
    pairs.iter().find(|(_, part)| part.is(wanted)).or(pairs.first()).cloned()
}

fn pictures(folder: &Path, prefix: &str) -> Option<PathBuf> {
    let names = ENDS.iter().flat_map(|end| ["", ".gz"].map(|packed| format!("{prefix}{end}{packed}")));
    names.map(|name| folder.join(name)).find(|file| file.is_file())
}

/// Which part a file of pictures is, by its name in lower case; `None` where it is no such file.
pub(super) fn part_of(name: &str) -> Option<Part> {
    let is_pictures = name.contains("images-idx3") || name.contains("images.idx3");
    let part = PARTS.iter().find(|(_, prefix)| name.starts_with(prefix)).map_or(Part::Whole, |(part, _)| *part);
    is_pictures.then_some(part)
}

/// Reads pictures and labels.
pub(super) fn read(pictures: &Path, part: Part) -> Result<Dataset, Error> {
    let name = pictures.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = name.replace("images-idx3", "labels-idx1").replace("images.idx3", "labels.idx1");
    let plain = beside.trim_end_matches(".gz");
    let candidates = [beside.clone(), plain.to_owned(), format!("{plain}.gz")];
    let labels = candidates.iter().map(|name| pictures.with_file_name(name)).find(|file| file.is_file());
    let labels = labels.ok_or_else(|| Error::new(pictures, format!("its labels `{beside}` are not beside it")))?;
    let images = idx::read(pictures)?;
    let [_, height, width] = *images.shape.as_slice() else {
        let problem = format!("has {} axes, expected 3: pictures, rows, columns", images.shape.len());
        return Err(Error::new(pictures, problem));
    };
    let marks = idx::read(&labels)?;
    if marks.shape.len() != 1 || marks.shape[0] != images.shape[0] {
        let (found, expected) = (&marks.shape, images.shape[0]);
        let problem = format!("has shape {found:?}, expected one label for each of {expected} pictures");
        return Err(Error::new(&labels, problem));
    }
    let classes = marks.bytes.iter().max().map_or(10, |largest| usize::from(*largest) + 1).max(10);
    Dataset::new(
        title(pictures.parent().unwrap_or(pictures), part),
        [1, height, width],
        images.bytes,
        marks.bytes.into_iter().map(u16::from).collect(),
        (0..classes).map(|class| class.to_string()).collect(),
    )
    .map_err(|error| Error::new(pictures, error.to_string()))
}
