//! One page each; the catalogue drives navigation, `--page`, the palette, the tests and the screenshots.

mod accuracy;
mod kmeans;
mod linear;
mod link;
mod model;
mod networks;
mod numbers;
mod palettes;
mod pictures;
mod schemes;
mod signals;
mod signs;
mod tensor;
mod why;

use super::context::PageContext;
use super::icons::Icon;
use super::session::Session;
use super::state::UiState;

pub use accuracy::AccuracyPage;
pub use kmeans::KMeansPage;
pub use linear::LinearPages;
pub use link::Link;
pub use networks::NetworksPages;
pub use numbers::NumbersPage;
pub use palettes::PalettesPage;
pub use pictures::PicturesPage;
pub use schemes::SchemesPage;
pub use signals::SignalsPage;
pub use signs::SignsPage;
pub use tensor::TensorPage;

/// A group of the rail, in the lecture's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name under the icon.
    pub title: &'static str,
    /// What it is about, with the lecture's section.
    pub hint: &'static str,
    /// Its icon.
    pub icon: Icon,
}

/// Every group; the rail shows those that have a page.
pub const GROUPS: [Group; 7] = [
    Group { title: "Weights", hint: "Any tensor, any scheme", icon: Icon::Weights },
    Group { title: "Numbers", hint: "II. Data types", icon: Icon::Numbers },
    Group { title: "Signals", hint: "III. What quantization is", icon: Icon::Signals },
    Group { title: "K-means", hint: "IV. K-means-based quantization", icon: Icon::KMeans },
    Group { title: "Linear", hint: "V. Linear quantization", icon: Icon::Linear },
    Group { title: "1–2 bits", hint: "Binary and ternary weights", icon: Icon::Binary },
    Group { title: "Networks", hint: "Accuracy, measured", icon: Icon::Networks },
];

/// The group Networks in [`GROUPS`].
const NETWORKS: usize = 6;

/// One row of the page catalogue.
pub struct Page {
    /// The name that `--page` takes.
    pub name: &'static str,
    /// The name on its tab.
    pub title: &'static str,
    /// Its group's place in [`GROUPS`].
    pub group: usize,
    /// The question that the page answers, in a student's words; `{bits}` stands for the current width.
    pub question: &'static str,
    /// Its setting as a line of text.
    pub link: Link,
    /// Whether it shows nothing without an open document.
    pub needs_document: bool,
    /// What the status bar says beside the last action, piece by piece.
    pub status: fn(&Session, &UiState) -> Vec<String>,
    /// Draws it.
    pub ui: fn(&mut PageContext<'_>, &mut egui::Ui),
}

/// Every page that is built, in tab order.
pub static PAGES: &[Page] = &[
    Page {
        name: "tensor",
        title: "Tensor",
        group: 0,
        question: "What do {bits} bits do to this layer?",
        link: Link::SCHEME,
        needs_document: true,
        status: tensor::status,
        ui: tensor::ui,
    },
    Page {
        name: "model",
        title: "Model",
        group: 0,
        question: "Which layers are hard to quantize?",
        link: Link::SCHEME,
        needs_document: true,
        status: tensor::status,
        ui: model::ui,
    },
    schemes::SCHEMES,
    Page {
        name: "codebook",
        title: "Codebook",
        group: 3,
        question: "How do a few shared values replace all weights?",
        link: kmeans::KMEANS,
        needs_document: true,
        status: kmeans::status,
        ui: kmeans::codebook::ui,
    },
    Page {
        name: "fine-tune",
        title: "Fine-tune",
        group: 3,
        question: "How does a codebook learn?",
        link: kmeans::KMEANS,
        needs_document: true,
        status: kmeans::status,
        ui: kmeans::fine_tune::ui,
    },
    Page {
        name: "pruning",
        title: "Pruning",
        group: 3,
        question: "What does it cost to say where the weights are?",
        link: kmeans::PRUNE,
        needs_document: true,
        status: kmeans::status,
        ui: kmeans::prune::ui,
    },
    Page {
        name: "huffman",
        title: "Huffman",
        group: 3,
        question: "Why are frequent indices short?",
        link: kmeans::HUFFMAN,
        needs_document: false,
        status: kmeans::status,
        ui: kmeans::huffman::ui,
    },
    Page {
        name: "pipeline",
        title: "Pipeline",
        group: 3,
        question: "Where do the bytes go, stage by stage?",
        link: kmeans::PIPELINE,
        needs_document: true,
        status: kmeans::status,
        ui: kmeans::pipeline::ui,
    },
    Page {
        name: "decode",
        title: "Decode",
        group: 3,
        question: "Does a smaller file compute faster?",
        link: kmeans::KMEANS,
        needs_document: true,
        status: kmeans::status,
        ui: kmeans::decode::ui,
    },
    Page {
        name: "data-types",
        title: "Data types",
        group: 1,
        question: "Exponent sets the range, fraction the precision",
        link: numbers::DATA_TYPES,
        needs_document: false,
        status: numbers::status,
        ui: numbers::data_types_ui,
    },
    Page {
        name: "compare-formats",
        title: "Compare",
        group: 1,
        question: "What becomes of one number in every format?",
        link: numbers::COMPARE,
        needs_document: false,
        status: numbers::silent,
        ui: numbers::compare_ui,
    },
    Page {
        name: "rounding",
        title: "Rounding lab",
        group: 1,
        question: "Who decides what is stored?",
        link: numbers::ROUNDING,
        needs_document: false,
        status: numbers::silent,
        ui: numbers::rounding_ui,
    },
    Page {
        name: "why",
        title: "Why quantize",
        group: 2,
        question: "What do fewer bits save?",
        link: why::LINK,
        needs_document: false,
        status: why::status,
        ui: why::ui,
    },
    Page {
        name: "signals",
        title: "Signals",
        group: 2,
        question: "What does rounding to a few levels do to a wave?",
        link: signals::LINK,
        needs_document: false,
        status: signals::status,
        ui: signals::ui,
    },
    Page {
        name: "pictures",
        title: "Pictures",
        group: 2,
        question: "What do a few colours do to a picture?",
        link: pictures::LINK,
        needs_document: false,
        status: pictures::status,
        ui: pictures::ui,
    },
    palettes::PALETTES,
    linear::AFFINE,
    linear::SYMMETRIC,
    linear::MATMUL,
    linear::CONVOLUTION,
    linear::DIAGRAM,
    signs::BINARY_TERNARY,
    signs::SIGN_NETWORKS,
    Page {
        name: "accuracy",
        title: "Accuracy",
        group: 6,
        question: "What do {bits} bits cost in accuracy?",
        link: accuracy::LINK,
        needs_document: false,
        status: accuracy::status,
        ui: accuracy::ui,
    },
    networks::TRADE_OFF,
    networks::BITS,
    networks::DEEP_COMPRESSION,
    networks::FLOAT_INTEGER,
    networks::TRAIN,
];

/// The page of that name.
pub fn find(name: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.name == name)
}

/// Whether the page of that name belongs to the group Networks.
pub fn is_of_networks(name: &str) -> bool {
    find(name).is_some_and(|page| page.group == NETWORKS)
}

/// Whether the page of that name shows pictures with few colours.
pub fn is_of_pictures(name: &str) -> bool {
    name == "pictures" || name == "palettes"
}

/// How the setting of the page of that name becomes text; the scheme's where there is no such page.
pub fn link(name: &str) -> Link {
    find(name).map_or(Link::SCHEME, |page| page.link)
}

/// The question with the numbers in place.
pub fn question(page: &Page, bits: Option<u32>) -> String {
    match bits {
        Some(1) => page.question.replace("do {bits} bits", "does 1 bit"),
        Some(bits) => page.question.replace("{bits}", &bits.to_string()),
        None => page.question.replace("{bits} bits", "fewer bits"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_page_has_its_group() {
        for (index, page) in PAGES.iter().enumerate() {
            assert!(page.group < GROUPS.len(), "{}", page.name);
            assert!(PAGES[..index].iter().all(|earlier| earlier.name != page.name), "{} stands twice", page.name);
            assert_eq!(find(page.name).map(|found| found.title), Some(page.title));
        }
        assert!(find("nowhere").is_none());
    }

    #[test]
    fn the_names_that_scripts_rely_on_are_there() {
        let names = "why tensor compare data-types compare-formats rounding signals pictures codebook fine-tune pruning huffman pipeline \
                     decode affine symmetric matmul convolution diagram binary-ternary accuracy trade-off bits deep-compression \
                     float-integer train";
        for name in names.split_whitespace() {
            assert!(find(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_question_is_a_sentence_at_every_width() {
        let page = find("tensor").unwrap();
        assert_eq!(question(page, Some(4)), "What do 4 bits do to this layer?");
        assert_eq!(question(page, Some(1)), "What does 1 bit do to this layer?");
    }
}
