//! CIFAR-10 and CIFAR-100 in their binary version (A. Krizhevsky): records of one or two label bytes and 3 × 32 × 32 pixels, channel
//! by channel; <https://www.cs.toronto.edu/~kriz/cifar.html>.

use std::path::{Path, PathBuf};

use super::{Error, Part, title};
use crate::engine::network::{Dataset, digits::Split};
use crate::io::blob::Blob;

/// Channels, height, width.
const SHAPE: [usize; 3] = [3, 32, 32];
/// Bytes of a picture.
const PIXELS: usize = 3 * 32 * 32;

/// Which of the two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Ten classes, one label a record.
    Ten,
    /// A hundred classes; a record has its coarse label before the fine one, which counts here.
    Hundred,
}

/// The names of CIFAR-10's classes, where `batches.meta.txt` is missing.
const TEN: [&str; 10] = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Ten => "CIFAR-10",
            Self::Hundred => "CIFAR-100",
        }
    }

    fn classes(self) -> usize {
        match self {
            Self::Ten => 10,
            Self::Hundred => 100,
        }
    }

    /// Bytes of a record.
    fn record(self) -> usize {
        PIXELS
            + match self {
                Self::Ten => 1,
                Self::Hundred => 2,
            }
    }

    /// The classes' names: from the file that comes with the pictures, or as the set's page lists them, or numbers.
    fn names(self, folder: &Path) -> Vec<String> {
        let file = match self {
            Self::Ten => "batches.meta.txt",
            Self::Hundred => "fine_label_names.txt",
        };
        let text = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        let names: Vec<String> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(super::clean).collect();
        if names.len() == self.classes() {
            return names;
        }
        match self {
            Self::Ten => TEN.map(str::to_owned).to_vec(),
            Self::Hundred => (0..100).map(|class| class.to_string()).collect(),
        }
    }
}

/// The batches of that split in a folder, or of the only part that there is.
pub(super) fn find(folder: &Path, wanted: Split) -> Option<(Vec<PathBuf>, Kind, Part)> {
    let there = |names: &[&str]| -> Vec<PathBuf> {
        names.iter().map(|name| folder.join(name)).filter(|file| file.is_file()).collect()
    };
    let train = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];
    let sets = [
        (there(&train), Kind::Ten, Part::Train),
        (there(&["test_batch.bin"]), Kind::Ten, Part::Test),
        (there(&["train.bin"]), Kind::Hundred, Part::Train),
        (there(&["test.bin"]), Kind::Hundred, Part::Test),
    ];
    let sets: Vec<_> = sets.into_iter().filter(|(files, ..)| !files.is_empty()).collect();
    sets.iter().find(|(.., part)| part.is(wanted)).or(sets.first()).cloned()
}

/// Which set a single file belongs to: by its name, and else by its length.
pub(super) fn kind_of(path: &Path) -> Result<(Kind, Part), Error> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    match name.as_str() {
        "test_batch.bin" => return Ok((Kind::Ten, Part::Test)),
        "train.bin" => return Ok((Kind::Hundred, Part::Train)),
        "test.bin" => return Ok((Kind::Hundred, Part::Test)),
        _ if name.starts_with("data_batch") => return Ok((Kind::Ten, Part::Train)),
        _ => {}
    }
    let length = Blob::open(path)?.length() as usize;
    let fits = |kind: Kind| length > 0 && length.is_multiple_of(kind.record());
    match (fits(Kind::Ten), fits(Kind::Hundred)) {
        (true, false) => Ok((Kind::Ten, Part::Whole)),
        (false, true) => Ok((Kind::Hundred, Part::Whole)),
        (true, true) => Err(Error::new(
            path,
            format!(
                "its {length} bytes are whole records of CIFAR-10 and of CIFAR-100; name it data_batch_1.bin or train.bin"
            ),
        )),
        (false, false) => Err(Error::new(
            path,
            format!(
                "its {length} bytes are no whole number of records, expected {} bytes each for CIFAR-10 or {} for CIFAR-100",
                Kind::Ten.record(),
                Kind::Hundred.record()
            ),
        )),
    }
}

/// Reads batches behind each other.
pub(super) fn read(folder: &Path, files: &[PathBuf], kind: Kind, part: Part) -> Result<Dataset, Error> {
    let (record, classes) = (kind.record(), kind.classes());
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for file in files {
        let blob = Blob::open(file)?;
        let bytes = blob.all()?;
        let rest = bytes.len() % record;
        if rest != 0 || bytes.is_empty() {
            let (whole, length) = (bytes.len() / record, bytes.len());
            let problem = format!(
                "holds {length} bytes: {whole} records of {} with {record} bytes each and {rest} bytes more",
                kind.name()
            );
            return Err(Error::new(file, problem));
        }
        pixels.reserve(bytes.len() / record * PIXELS);
        for (place, record_bytes) in bytes.chunks_exact(record).enumerate() {
            let label = record_bytes[record - PIXELS - 1];
            if usize::from(label) >= classes {
                let problem = format!(
                    "record {place} (byte {}) has label {label}; {} has labels 0 to {}",
                    place * record,
                    kind.name(),
                    classes - 1
                );
                return Err(Error::new(file, problem));
            }
            labels.push(u16::from(label));
            pixels.extend_from_slice(&record_bytes[record - PIXELS..]);
        }
    }
    Dataset::new(title(folder, part), SHAPE, pixels, labels, kind.names(folder))
        .map_err(|error| Error::new(folder, error.to_string()))
}
