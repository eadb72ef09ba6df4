//! Class folders: a folder a class, named after it, with PNG or JPEG pictures; two such sets may lie in `train` and `test` (or `val`).

use std::path::{Path, PathBuf};

use super::{Error, Fit, Part, check_size, in_turn, title};
use crate::engine::network::{Dataset, digits::Split};
use crate::io::error::reason;
use crate::io::picture;

/// The folders of the parts.
const PARTS: [(&str, Part); 7] = [
    ("train", Part::Train),
    ("training", Part::Train),
    ("test", Part::Test),
    ("testing", Part::Test),
    ("val", Part::Test),
    ("valid", Part::Test),
    ("validation", Part::Test),
];

/// The folder of that split, or the only one that there is: `None` where there are no class folders at all.
pub(super) fn find(path: &Path, wanted: Split) -> Result<Option<(PathBuf, Part)>, Error> {
    let folders = entries(path)?.into_iter().filter(|entry| entry.is_dir()).collect::<Vec<_>>();
    let named = |name: &str| folders.iter().find(|folder| folder.file_name().is_some_and(|found| found == name));
    let parts: Vec<_> = PARTS.iter().filter_map(|(name, part)| Some((named(name)?.clone(), *part))).collect();
    if let Some(found) = parts.iter().find(|(_, part)| part.is(wanted)).or(parts.first()) {
        return Ok(Some(found.clone()));
    }
    Ok((!folders.is_empty()).then(|| (path.to_owned(), Part::Whole)))
}

/// What lies in a folder, by name, without hidden files.
fn entries(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |error: std::io::Error| Error::new(path, reason(&error));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Reads every picture: the classes in turn, each in the order of its file names, so that the first pictures are a fair sample.
pub(super) fn read(path: &Path, root: &Path, part: Part, fit: Fit) -> Result<Dataset, Error> {
    let (mut files, mut labels, mut classes) = (Vec::new(), Vec::new(), Vec::new());
    for folder in entries(root)?.into_iter().filter(|entry| entry.is_dir()) {
        let before = files.len();
        files.extend(entries(&folder)?.into_iter().filter(|file| file.is_file() && is_picture(file)));
        if files.len() == before {
            let problem = "is a class without a picture, expected PNG or JPEG files in every class folder";
            return Err(Error::new(&folder, problem));
        }
        let Ok(class) = u16::try_from(classes.len()) else {
            return Err(Error::new(root, "holds more than 65,536 class folders"));
        };
        labels.resize(files.len(), class);
        classes.push(folder.file_name().map(|name| super::clean(&name.to_string_lossy())).unwrap_or_default());
    }
    if classes.is_empty() {
        return Err(Error::new(root, "holds no class folders"));
    }
    let order = in_turn(&labels, classes.len());
    let mut first: Option<([usize; 3], &PathBuf)> = None;
    let mut pixels = Vec::new();
    for place in &order {
        let file = &files[*place];
        let (shape, planes) = picture::planes(file)?;
        let (shape, planes) = fit.picture(planes, shape).map_err(|problem| Error::new(file, problem))?;
        match first {
            None => {
                check_size(root, files.len(), shape)?;
                pixels.reserve(files.len() * planes.len());
                first = Some((shape, file));
            }
            Some((expected, other)) if expected != shape => {
                let ([a, b, c], [d, e, f]) = (shape, expected);
                let other = super::label(other);
                let problem = format!(
                    "is {a}×{b}×{c} (channels, height, width), but {other} is {d}×{e}×{f}; all must have one shape, or be resized to the network's"
                );
                return Err(Error::new(file, problem));
            }
            Some(_) => {}
        }
        pixels.extend(planes);
    }
    let shape = first.map_or([0; 3], |(shape, _)| shape);
    let labels = order.iter().map(|place| labels[*place]).collect();
    Dataset::new(title(path, part), shape, pixels, labels, classes).map_err(|error| Error::new(root, error.to_string()))
}

fn is_picture(file: &Path) -> bool {
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    matches!(extension.as_deref(), Some("png" | "jpg" | "jpeg"))
}
