//! Networks and data sets by name or place: what the selectors of the pages offer and `--model` and `--data` take.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use crate::engine::network::digits::{self, Split};
use crate::engine::network::{Dataset, Description, Network, Normalization, Subject, check, zoo};
use crate::engine::{Cancelled, Progress};
use crate::{builtin, io};

/// What a text form of a built-in thing begins with.
const BUILT_IN: &str = "builtin:";

/// Drawn pictures for training and for measuring.
const DRAWN: (usize, usize) = (60_000, 10_000);

/// Where a network comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkSource {
    /// One that comes with the program, by its name.
    BuiltIn(String),
    /// A file.
    File(PathBuf),
    /// One that was trained in this run.
    Trained(Trained),
}

/// A network that was trained in this run; equal to itself and its clones alone.
#[derive(Clone, Debug)]
pub struct Trained {
    /// What it is called.
    pub name: String,
    made: Arc<(Network, Normalization)>,
}

impl Trained {
    /// A network with what it takes of a byte.
    pub fn new(name: impl Into<String>, network: Network, normalization: Normalization) -> Self {
        Self { name: name.into(), made: Arc::new((network, normalization)) }
    }
}

impl PartialEq for Trained {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.made, &other.made)
    }
}

/// Where labelled pictures come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum DataSource {
    /// Digits drawn in code.
    #[default]
    Digits,
    /// A folder or a file.
    Path(PathBuf),
}

/// A network, pictures for it, and what is done to a picture before the network takes it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Choice {
    /// The network.
    pub network: NetworkSource,
    /// The pictures.
    pub data: DataSource,
    /// What the network takes of a byte, where it is not what its file says.
    pub normalization: Option<Normalization>,
    /// Whether pictures of another shape are fitted to the network's input ([`io::Fit::To`]) or refused.
    pub resize: bool,
    /// How many of the last pictures are held back from training, to measure on; `None` where the data set has a part for each.
    pub hold: Option<usize>,
    /// How often something was opened: what is opened again is read again.
    pub opened: u32,
}

impl Choice {
    /// The network with what it takes of a byte here.
    ///
    /// # Errors
    /// As [`NetworkSource::open`].
    pub fn network(&self) -> Result<(Network, Normalization), String> {
        let (network, description) = self.network.open()?;
        Ok((network, self.normalization.unwrap_or(description.normalization)))
    }

    /// How the pictures are read for that network.
    fn reading(&self, network: &Network) -> Reading {
        let fit = if self.resize { io::Fit::To(network.input) } else { io::Fit::AsTheyAre };
        Reading { fit, hold: self.hold, seed: 0 }
    }

    /// Pictures to train that network on, at most so many: none of those that it is measured on.
    ///
    /// # Errors
    /// What cannot be read, by file and place, or does not fit; a data set with only one part of which nothing is held back.
    pub fn train(&self, network: &Network, limit: usize) -> Result<Dataset, String> {
        let data = self.data.training(&self.reading(network), Some(limit))?;
        check(network, &data).map_err(|error| self.unfit(&error.to_string()))?;
        Ok(data)
    }

    /// The network with the pictures to measure on, at most so many, and its answers in float32.
    ///
    /// # Errors
    /// What cannot be read, by file and place, or does not fit, as the inner result; the outer one when cancelled.
    pub fn subject(&self, limit: usize, progress: &dyn Progress) -> Result<Result<Subject, String>, Cancelled> {
        let opened = self.network().and_then(|(network, normalization)| {
            let data = self.data.part(Split::Test, &self.reading(&network), Some(limit))?;
            Ok((network, normalization, data))
        });
        let (network, normalization, data) = match opened {
            Ok(opened) => opened,
            Err(reason) => return Ok(Err(reason)),
        };
        match Subject::new(network, normalization, data, progress) {
            Ok(subject) => subject.map(Ok),
            Err(error) => Ok(Err(self.unfit(&error.to_string()))),
        }
    }

    /// Why the pictures do not fit, with what can be done.
    fn unfit(&self, problem: &str) -> String {
        let hint = if self.resize { "" } else { "; pictures can be resized to the network's input" };
        let place =
            if let DataSource::Path(path) = &self.data { format!("{}: ", path.display()) } else { String::new() };
        format!("{place}{problem}{}", if problem.contains("takes pictures of") { hint } else { "" })
    }
}

impl Default for NetworkSource {
    fn default() -> Self {
        Self::BuiltIn("lenet-300-100".to_owned())
    }
}

impl NetworkSource {
    /// The one of that name among those that come with the program.
    pub fn built_in(name: &str) -> Self {
        Self::BuiltIn(name.to_owned())
    }

    /// What selectors and sentences call it.
    pub fn title(&self) -> String {
        match self {
            Self::BuiltIn(name) => zoo::find(name).map_or(name.as_str(), |row| row.title).to_owned(),
            Self::File(path) => file_name(path),
            Self::Trained(trained) => trained.name.clone(),
        }
    }

    /// More about it, for hover texts.
    pub fn hint(&self) -> String {
        match self {
            Self::Trained(_) => "Trained in this run; it is gone with the window unless it is saved".to_owned(),
            Self::BuiltIn(name) => zoo::find(name).map_or("", |row| row.summary).to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// What computes its answers.
    pub fn runs_in(&self) -> &'static str {
        match self {
            Self::File(path) if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx")) => {
                "the graph of its file in rten"
            }
            _ => "this program's own engine",
        }
    }

    /// The network with what it takes of a byte; a file is read anew.
    ///
    /// # Errors
    /// A name that there is not; a file that cannot be read, by file and place.
    pub fn open(&self) -> Result<(Network, Description), String> {
        match self {
            Self::BuiltIn(name) => builtin::network(name),
            Self::File(path) => io::open_network(path).map_err(|error| error.to_string()),
            Self::Trained(trained) => {
                let (network, normalization) = trained.made.as_ref();
                Ok((network.clone(), Description::new(network, *normalization)))
            }
        }
    }
}

impl DataSource {
    /// What selectors and sentences call it.
    pub fn title(&self) -> String {
        match self {
            Self::Digits => "Drawn digits".to_owned(),
            Self::Path(path) => file_name(path),
        }
    }

    /// More about it, for hover texts.
    pub fn hint(&self) -> String {
        match self {
            Self::Digits => "A generator in code: 60,000 pictures to train on, 10,000 others to measure on".to_owned(),
            Self::Path(path) => path.display().to_string(),
        }
    }

    /// The pictures of a split, or of the only part that there is, at most so many. Where pictures are held back, both splits come from
    /// the part for training: the last ones measure, the others train. 60,000 digits are drawn to train on and 10,000 others to measure
    /// on where there is no limit.
    ///
    /// # Errors
    /// What cannot be read, by file and place; fewer pictures than are held back.
    pub fn part(&self, split: Split, reading: &Reading, limit: Option<usize>) -> Result<Dataset, String> {
        let path = match self {
            Self::Digits => {
                let all = if split == Split::Train { DRAWN.0 } else { DRAWN.1 };
                return Ok(digits::draw(split, reading.seed, limit.map_or(all, |limit| limit.min(all))));
            }
            Self::Path(path) => path,
        };
        let wanted = if reading.hold.is_some() { Split::Train } else { split };
        let (data, _) = io::open_part(path, wanted, reading.fit).map_err(|error| error.to_string())?;
        Ok(limited(reading.held(data, split).map_err(|reason| format!("{}: {reason}", path.display()))?, limit))
    }

    /// Pictures to train on, at most so many, of which none is measured on.
    ///
    /// # Errors
    /// As [`DataSource::part`]; and where there is only one part and nothing of it is held back.
    pub fn training(&self, reading: &Reading, limit: Option<usize>) -> Result<Dataset, String> {
        if let (Self::Path(path), None) = (self, reading.hold) {
            let found = |split| io::part_at(path, split).map_err(|error| error.to_string());
            if found(Split::Train)? == found(Split::Test)? {
                return Err(format!(
                    "{}: has only one part, expected one to train on and another to measure on; hold its last pictures back to \
                     measure on them",
                    path.display()
                ));
            }
        }
        self.part(Split::Train, reading, limit)
    }
}

/// How pictures are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What is done to pictures of another shape.
    pub fit: io::Fit,
    /// How many of the last pictures are held back from training.
    pub hold: Option<usize>,
    /// Seed of drawn pictures.
    pub seed: u64,
}

impl Reading {
    /// A part of pictures of which the last are held back; all of them where none are.
    fn held(&self, data: Dataset, split: Split) -> Result<Dataset, String> {
        let Some(held) = self.hold else { return Ok(data) };
        let count = data.len();
        if held == 0 || held >= count {
            return Err(format!(
                "holds {count} pictures, expected to hold back at least 1 and fewer than all, not {held}"
            ));
        }
        let (range, words) = match split {
            Split::Train => (0..count - held, "first"),
            Split::Test => (count - held..count, "last"),
        };
        let name = format!("{}, {words} {}", data.name, range.len());
        Ok(data.range(range, &name))
    }
}

fn limited(data: Dataset, limit: Option<usize>) -> Dataset {
    match limit {
        Some(limit) if limit < data.len() => data.first(limit),
        _ => data,
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

impl fmt::Display for NetworkSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(name) => write!(f, "{BUILT_IN}{name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Trained(trained) => f.write_str(&trained.name),
        }
    }
}

impl FromStr for NetworkSource {
    type Err = String;

    /// `builtin:NAME`, or the path of a file.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix(BUILT_IN) {
            Some(name) if builtin::names().any(|known| known == name) => Ok(Self::built_in(name)),
            Some(name) => {
                let names: Vec<&str> = builtin::names().collect();
                Err(format!("builtin:{name}: there is no such network; expected one of {}", names.join(", ")))
            }
            None => Ok(Self::File(PathBuf::from(text))),
        }
    }
}

impl fmt::Display for DataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digits => write!(f, "{BUILT_IN}digits"),
            Self::Path(path) => write!(f, "{}", path.display()),
        }
    }
}

impl FromStr for DataSource {
    type Err = String;

    /// `builtin:digits`, or the path of a folder or a file.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix(BUILT_IN) {
            Some("digits") => Ok(Self::Digits),
            Some(name) => Err(format!("builtin:{name}: there is no such data set; expected builtin:digits")),
            None => Ok(Self::Path(PathBuf::from(text))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_back_is_not_trained_on() {
        let folder = tempfile::tempdir().unwrap();
        let (path, array) = (folder.path().join("set.npz"), |name: &str, shape: &[usize], bytes: Vec<u8>| {
            let path = folder.path().join(name);
            io::write_npy(&path, crate::engine::tensor::Dtype::U8, shape, &bytes).unwrap();
            (name.to_owned(), std::fs::read(path).unwrap())
        });
        let x = array("x.npy", &[5, 1, 2], (0..10).collect());
        let y = array("y.npy", &[5], vec![0, 1, 0, 1, 2]);
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, bytes) in [x, y] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, &bytes).unwrap();
        }
        zip.finish().unwrap();
        let source = DataSource::Path(path);
        let hold = |hold| Reading { hold, ..Reading::default() };
        let train = source.training(&hold(Some(2)), None).unwrap();
        let test = source.part(Split::Test, &hold(Some(2)), Some(1)).unwrap();
        assert_eq!((train.name.as_str(), &*train.pixels), ("set.npz, all, first 3", &[0, 1, 2, 3, 4, 5][..]));
        assert_eq!((test.name.as_str(), &*test.pixels), ("set.npz, all, last 2", &[6, 7][..]));
        for (held, expected) in [(None, "has only one part"), (Some(5), "fewer than all"), (Some(0), "at least 1")] {
            let refused = source.training(&hold(held), None).unwrap_err();
            assert!(refused.contains(expected), "{held:?}: {refused}");
        }
    }

    #[test]
    fn text_forms_name_what_there_is() {
        let network: NetworkSource = "builtin:lenet-5".parse().unwrap();
        assert_eq!((network.title().as_str(), network.to_string().as_str()), ("LeNet-5", "builtin:lenet-5"));
        assert!("builtin:lenet".parse::<NetworkSource>().unwrap_err().contains("lenet-300-100, lenet-5"));
        assert_eq!("nets/a.safetensors".parse::<NetworkSource>().unwrap().title(), "a.safetensors");
        assert_eq!("builtin:digits".parse::<DataSource>(), Ok(DataSource::Digits));
        assert!("builtin:letters".parse::<DataSource>().unwrap_err().contains("expected builtin:digits"));
        assert_eq!("data/pets".parse::<DataSource>().unwrap().title(), "pets");
    }
}
