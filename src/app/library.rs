//! Networks and data sets that the pages of the group Networks can choose from.

use std::path::Path;
use std::sync::Arc;

use super::session::file_name;
use super::setup::Edit;
use crate::builtin;
use crate::engine::media::picture::{Fixed, Method, Rgb};
use crate::engine::network::digits::Split;
use crate::io;
use crate::sources::{DataSource, NetworkSource, Trained};

/// What the selectors offer: what comes with the program, then what was opened in this run.
#[derive(Clone, Debug)]
pub struct Library {
    /// Networks, in the order of the selector.
    pub networks: Vec<NetworkSource>,
    /// Data sets, in the order of the selector.
    pub data: Vec<DataSource>,
}

/// What a path is opened as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A document of tensors.
    Weights,
    /// A network with its layers.
    Network,
    /// Labelled pictures.
    Data,
}

/// What was found at a path, as far as the last action says it.
#[derive(Clone, Debug)]
pub enum Opened {
    /// A network of that name.
    Network(String),
    /// So many pictures of so many classes.
    Data(usize, usize),
    /// The colours of a palette.
    Palette(Vec<Rgb>),
}

impl Default for Library {
    fn default() -> Self {
        Self { networks: builtin::names().map(NetworkSource::built_in).collect(), data: vec![DataSource::Digits] }
    }
}

impl Library {
    /// Offers a network, once.
    fn add_network(&mut self, source: NetworkSource) {
        if !self.networks.contains(&source) {
            self.networks.push(source);
        }
    }

    /// Offers a data set, once.
    fn add_data(&mut self, source: DataSource) {
        if !self.data.contains(&source) {
            self.data.push(source);
        }
    }

    /// Offers a network that was trained in this run; the edit chooses it.
    pub fn take_trained(&mut self, trained: Trained) -> Edit {
        let what = format!("Network {}", trained.name);
        let source = NetworkSource::Trained(trained);
        self.add_network(source.clone());
        Edit::new(what, None, move |setup| setup.network.choice.network = source.clone())
    }

    /// Offers what was opened; the edit chooses it.
    pub fn take(&mut self, path: &Path, opened: Opened) -> Edit {
        let name = file_name(path);
        match opened {
            Opened::Network(network) => {
                let source = NetworkSource::File(path.to_owned());
                self.add_network(source.clone());
                Edit::new(format!("Network {name}: {network}"), None, move |setup| {
                    let choice = &mut setup.network.choice;
                    choice.network = source.clone();
                    choice.normalization = None;
                    choice.opened += 1;
                })
            }
            Opened::Palette(colours) => {
                let what = format!("Palette {name}: {} colours", colours.len());
                let (path, colours): (String, Arc<[Rgb]>) = (path.to_string_lossy().into_owned(), colours.into());
                Edit::new(what, None, move |setup| {
                    let fixed = Fixed::File { name: path.clone(), colours: Arc::clone(&colours) };
                    setup.pictures.recipe.method = Method::Fixed(fixed);
                })
            }
            Opened::Data(pictures, classes) => {
                let source = DataSource::Path(path.to_owned());
                self.add_data(source.clone());
                Edit::new(format!("Data {name}: {pictures} pictures of {classes} classes"), None, move |setup| {
                    let choice = &mut setup.network.choice;
                    choice.data = source.clone();
                    choice.hold = None;
                    choice.opened += 1;
                })
            }
        }
    }
}

impl Opened {
    /// Reads a network.
    ///
    /// # Errors
    /// Why not, by file and place.
    pub fn network(path: &Path) -> Result<Self, String> {
        let (network, _) = NetworkSource::File(path.to_owned()).open()?;
        Ok(Self::Network(network.name))
    }

    /// Reads a data set. Pictures of several shapes are taken: whether they are fitted to a network is chosen beside it.
    ///
    /// # Errors
    /// Why not, by file and place.
    pub fn data(path: &Path) -> Result<Self, String> {
        let (data, _) = io::open_part(path, Split::Test, io::Fit::To([1, 8, 8])).map_err(|error| error.to_string())?;
        Ok(Self::Data(data.len(), data.classes.len()))
    }

    /// Reads a palette.
    ///
    /// # Errors
    /// Why not, by file and line.
    pub fn palette(path: &Path) -> Result<Self, String> {
        io::open_palette(path).map(Self::Palette).map_err(|error| error.to_string())
    }

    /// Whether a dropped path is a palette: GPL anywhere, JSON on the pages of pictures. A PNG is a picture there, whatever it holds.
    pub fn is_palette(path: &Path, on_pictures: bool) -> bool {
        let is = |ending: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
        is("gpl") || on_pictures && is("json")
    }

    /// What a dropped path is: a folder is a data set. On a page of the group Networks (`on_networks`), safetensors and
    /// ONNX files are networks and npz files data sets; elsewhere these are weights.
    pub fn kind(path: &Path, on_networks: bool) -> Kind {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let ends = |ending: &str| name.ends_with(ending);
        if path.is_dir() || name.contains("idx3-ubyte") || ends(".bin") || on_networks && ends(".npz") {
            Kind::Data
        } else if on_networks && (ends(".safetensors") || ends(".onnx")) {
            Kind::Network
        } else {
            Kind::Weights
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn palettes_are_known_by_their_names() {
        for (name, on_pictures, expected) in [
            ("a.gpl", false, true),
            ("A.GPL", true, true),
            ("a.json", true, true),
            ("a.json", false, false),
            ("a.png", true, false),
        ] {
            assert_eq!(Opened::is_palette(Path::new(name), on_pictures), expected, "{name}");
        }
    }

    #[test]
    fn a_dropped_path_is_what_the_page_can_use() {
        let cases = [
            ("a.safetensors", true, Kind::Network),
            ("a.safetensors", false, Kind::Weights),
            ("a.onnx", true, Kind::Network),
            ("a.onnx", false, Kind::Weights),
            ("A.NPZ", true, Kind::Data),
            ("a.npz", false, Kind::Weights),
            ("t10k-images-idx3-ubyte.gz", false, Kind::Data),
            ("test_batch.bin", false, Kind::Data),
            ("a.png", true, Kind::Weights),
        ];
        for (name, on_networks, expected) in cases {
            assert_eq!(Opened::kind(Path::new(name), on_networks), expected, "{name}");
        }
        assert_eq!(Opened::kind(Path::new(env!("CARGO_MANIFEST_DIR")), false), Kind::Data);
    }

    #[test]
    fn what_is_opened_twice_is_offered_once_and_read_again() {
        let mut library = Library::default();
        let before = library.data.len();
        let mut setup = crate::app::setup::Setup::new("kmeans:bits=4".parse().unwrap());
        for times in 1..=2 {
            library.take(Path::new("pets"), Opened::Data(4, 2)).apply(&mut setup);
            assert_eq!((library.data.len(), setup.network.choice.opened), (before + 1, times));
        }
        assert_eq!(setup.network.choice.data.title(), "pets");
    }
}
