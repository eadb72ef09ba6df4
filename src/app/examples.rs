//! The worked examples, one click each: which built-in model, which tensor, which scheme, which page.

use super::setup::codebook::{Coding, Source};
use super::setup::linear::matmul::Check;
use super::setup::linear::{Convolution, Diagram, Matmul, Study};
use super::setup::{Codebook, Network, Setup, numbers};
use crate::engine::integer::{BiasWidth, PadCode, Recipe};
use crate::engine::quantize::Scheme;
use crate::engine::tensor::{Model, examples};

/// One row of the Examples menu.
#[derive(Debug)]
pub struct Example {
    /// Where it belongs in the lecture; rows of one section stand together.
    pub section: &'static str,
    /// What the menu calls it.
    pub title: &'static str,
    /// What it shows, with the numbers to look for.
    pub summary: &'static str,
    /// The built-in model's catalogue name; empty keeps the document in front.
    pub model: &'static str,
    /// The tensor to show.
    pub tensor: &'static str,
    /// The scheme's text form; empty keeps the current one.
    pub scheme: &'static str,
    /// The page's catalogue name.
    pub page: &'static str,
    /// What the page's own controls show.
    pub setup: fn(&mut Setup),
}

const fn row(
    section: &'static str,
    title: &'static str,
    summary: &'static str,
    model: &'static str,
    tensor: &'static str,
    scheme: &'static str,
) -> Example {
    Example { section, title, summary, model, tensor, scheme, page: "tensor", setup: |_| {} }
}

impl Example {
    /// The same on another page, with that page's own controls prepared.
    const fn on(self, page: &'static str, setup: fn(&mut Setup)) -> Self {
        Self { page, setup, ..self }
    }
}

/// A worked example of a page with settings of its own; the document in front stays.
const fn page(
    section: &'static str,
    title: &'static str,
    summary: &'static str,
    page: &'static str,
    setup: fn(&mut Setup),
) -> Example {
    Example { section, title, summary, model: "", tensor: "", scheme: "", page, setup }
}

/// A row about the built-in network.
const fn network(title: &'static str, summary: &'static str, scheme: &'static str) -> Example {
    let setup = |setup: &mut Setup| setup.network = Network::default();
    Example { section: "Networks", title, summary, model: "", tensor: "", scheme, page: "accuracy", setup }
}

/// Compares a number in the lecture's formats.
fn compare(setup: &mut Setup, value: &str) {
    let text = format!("value={value},formats=fp32+fp16+bf16+e4m3fn+e5m2+e2m1fn+int8");
    let _ = numbers::text::parse_compare(&mut setup.numbers, &text);
}

/// Puts a link's text into the rounding lab.
fn lab(setup: &mut Setup, text: &str) {
    let _ = numbers::text::parse_rounding(&mut setup.numbers, text);
}

/// Puts a link's text into the page of data types.
fn data_types(setup: &mut Setup, text: &str) {
    // The texts below are constants that a test reads.
    let _ = numbers::text::parse_data_types(&mut setup.numbers, text);
}

/// Every worked example of the pages that are built, in the lecture's order.
pub static EXAMPLES: &[Example] = &[
    row(
        "K-means",
        "K-means, 2 bits, on the 4×4 matrix",
        "Codebook −1, 0, 1.5, 2; SSE 0.0932; 64 B become 20 B",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2",
    ),
    row(
        "K-means",
        "K-means step by step on the 4×4 matrix",
        "From a linear start: assign, update, SSE 0.7758 → 0.0932",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2,init=linear",
    )
    .on("codebook", |setup| setup.codebook = Codebook { at: Some(0), ..Codebook::default() }),
    row(
        "K-means",
        "K-means stuck at SSE 2.27",
        "Lloyd from four random weights ends in a local optimum; the global one is 0.0932",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2,init=forgy,seed=12",
    )
    .on("codebook", |setup| setup.codebook = Codebook::default()),
    row(
        "K-means",
        "K-means, 4 bits, on 16 weights",
        "The codebook costs more than it saves: 72 B instead of 64 B",
        "lecture-4x4",
        "weight",
        "kmeans:bits=4,init=linear",
    )
    .on("codebook", |setup| setup.codebook = Codebook::default()),
    row(
        "K-means",
        "Fine-tuning the four centroids",
        "Gradients summed by index, learning rate 1: 1.96, 1.48, −0.04, −0.97",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2",
    )
    .on("fine-tune", |setup| setup.codebook = Codebook::default()),
    page(
        "K-means",
        "Huffman coding of AlexNet's last layer",
        "Entropy 3.9593 bit; 5 bits become 3.9972, 20 % less",
        "huffman",
        |setup| setup.codebook.coding = Coding { source: Source::Fc8, ..Coding::default() },
    ),
    page(
        "K-means",
        "Huffman coding of the 4×4 indices",
        "Counts 4, 5, 3, 4: every code takes 2 bits, no gain",
        "huffman",
        |setup| setup.codebook.coding = Coding { source: Source::Matrix, ..Coding::default() },
    ),
    row(
        "K-means",
        "Pruned weights as relative indices",
        "A tenth of the weights is kept; long gaps need fillers",
        "synthetic",
        "gaussian",
        "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=3",
    )
    .on("pruning", |setup| setup.codebook = Codebook::default()),
    row(
        "K-means",
        "The Deep Compression pipeline",
        "Prune, share, Huffman-code, beside the published tables",
        "synthetic",
        "gaussian",
        "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=4|huffman",
    )
    .on("pipeline", |setup| setup.codebook = Codebook::default()),
    row(
        "K-means",
        "Computing with a codebook",
        "Index → codebook → float multiply-accumulate: as many as before, 3.2 times less to read",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2",
    )
    .on("decode", |setup| setup.codebook = Codebook::default()),
    row(
        "K-means",
        "K-means, 2 bits, on the lab's 5×5 tensor",
        "25 distinct values become 4; SSE 0.0792",
        "lab-kmeans",
        "weight",
        "kmeans:bits=2",
    ),
    Example {
        page: "affine",
        ..row(
            "Linear",
            "Linear, 2 bits, on the 4×4 matrix",
            "S = 3.2/3 = 1.07, Z = −1, SSE 0.7454: eight times the error of k-means",
            "lecture-4x4",
            "weight",
            "linear:bits=2",
        )
    },
    Example {
        page: "affine",
        setup: |setup| {
            setup.linear.affine.outlier = Some(10.0);
            setup.linear.affine.study = Study::Clip;
        },
        ..row(
            "Linear",
            "Linear with an outlier of 10",
            "The grid coarsens until almost all weights share a code; where to clip",
            "lecture-4x4",
            "weight",
            "linear:bits=4",
        )
    },
    Example {
        page: "affine",
        setup: |setup| {
            setup.linear.affine.outlier = None;
            setup.linear.affine.study = Study::Granularity;
        },
        ..row(
            "Linear",
            "One scale, one a row, one a group",
            "SSE 5.2192, 4.3245 and less: the finer the scales, the smaller the error",
            "lecture-4x4",
            "weight",
            "linear:bits=2,range=restricted",
        )
    },
    Example {
        page: "affine",
        ..row(
            "Linear",
            "All weights between 5 and 6",
            "By the lab's formula Z = −17 is no 2-bit code; widen the range to 0",
            "all-positive",
            "weight",
            "linear:bits=2,zero=lab",
        )
    },
    Example {
        page: "symmetric",
        ..row(
            "Linear",
            "Symmetric, restricted range",
            "S = 2.12, SSE 5.2192: the code −2 is never used",
            "lecture-4x4",
            "weight",
            "linear:bits=2,range=restricted",
        )
    },
    Example {
        page: "symmetric",
        ..row(
            "Linear",
            "Symmetric, full range",
            "S = 1.06, SSE 4.2228: the largest weight is clipped",
            "lecture-4x4",
            "weight",
            "linear:bits=2,range=full",
        )
    },
    row(
        "Linear",
        "Symmetric, a scale for each row",
        "SSE 4.3245 instead of 5.2192",
        "lecture-4x4",
        "weight",
        "linear:bits=2,range=restricted,per=channel",
    ),
    Example {
        page: "affine",
        ..row(
            "Linear",
            "Linear, 2 bits, on the lab's 5×5 tensor",
            "S = 1/3, Z = −1, SSE 0.1988",
            "lab-linear",
            "weight",
            "linear:bits=2",
        )
    },
    Example {
        page: "matmul",
        setup: |setup| setup.linear.matmul = Matmul::default(),
        ..row(
            "Linear",
            "The lab's layer, 8 × 8, in 2 bits",
            "q_W, q_X, accumulator and q_Y cell by cell; MSE 0.0651 against float",
            "",
            "",
            "",
        )
    },
    Example {
        page: "matmul",
        setup: |setup| setup.linear.matmul = Matmul { bits: 8, ..Matmul::default() },
        ..row(
            "Linear",
            "The lab's layer in 8 bits",
            "S_X = 0.00331, Z_X = −128; the largest error falls to 0.006",
            "",
            "",
            "",
        )
    },
    Example {
        page: "matmul",
        setup: |setup| setup.linear.matmul = Matmul { symmetric: false, ..Matmul::default() },
        ..row(
            "Linear",
            "Four terms, and what Z_W = 0 removes",
            "Asymmetric weights: two more terms, one of them at run time",
            "",
            "",
            "",
        )
    },
    Example {
        page: "matmul",
        setup: |setup| setup.linear.matmul = Matmul { bits: 8, check: Check::Range, ..Matmul::default() },
        ..row(
            "Linear",
            "How wide the accumulator is",
            "int8 times int8 needs 19 bits for 8 inputs: too wide for int16",
            "",
            "",
            "",
        )
    },
    Example {
        page: "matmul",
        setup: |setup| setup.linear.matmul = Matmul { recipe: Recipe::Double, ..Matmul::default() },
        ..row(
            "Linear",
            "Rounded twice: 12345 × 0.25",
            "3086.25 becomes 3087 by gemmlowp's recipe, 3086 rounded once",
            "",
            "",
            "",
        )
    },
    Example {
        page: "matmul",
        setup: |setup| {
            setup.linear.matmul =
                Matmul { bits: 8, bias_width: BiasWidth::Int8, check: Check::Bias, ..Matmul::default() }
        },
        ..row(
            "Linear",
            "A bias of int8 shifts its outputs",
            "Offsets of the bias in int32, in units of S_W · S_X, and in int8",
            "",
            "",
            "",
        )
    },
    Example {
        page: "convolution",
        setup: |setup| setup.linear.convolution = Convolution { pad: PadCode::Zero, ..Convolution::default() },
        ..row(
            "Linear",
            "A border of 0 instead of Z_X",
            "The code 0 stands for 0.55: every window at the border errs",
            "",
            "",
            "",
        )
    },
    Example {
        page: "convolution",
        setup: |setup| setup.linear.convolution = Convolution { bits: 8, ..Convolution::default() },
        ..row(
            "Linear",
            "Batch normalization folded, ReLU by the clamp",
            "Three steps in float and one in integers end with the same code",
            "",
            "",
            "",
        )
    },
    Example {
        page: "diagram",
        setup: |setup| setup.linear.diagram = Diagram::default(),
        ..row(
            "Linear",
            "What int8 saves",
            "Widths on every arrow; arithmetic 15 times and bytes 4 times less than float32",
            "",
            "",
            "",
        )
    },
    network(
        "Accuracy at 2 bits, measured",
        "LeNet-300-100 on 10,000 drawn digits by k-means; move the slider",
        "kmeans:bits=2",
    ),
    network("Linear at 2 bits costs far more", "The same network and size, evenly spaced levels", "linear:bits=2"),
    row("Weights", "Gaussian weights", "The usual shape of a trained layer", "synthetic", "gaussian", ""),
    row("Weights", "Laplace weights", "Sharper peak, heavier tails", "synthetic", "laplace", ""),
    row("Weights", "Bimodal weights, as after pruning", "Nothing left near zero", "synthetic", "bimodal_pruned", ""),
    row("Weights", "Uniform weights", "Where linear levels are as good as any", "synthetic", "uniform", ""),
    row(
        "Weights",
        "Gaussian weights with outliers",
        "A few large weights stretch the grid of a linear quantizer",
        "synthetic",
        "gaussian_outliers",
        "",
    ),
    page(
        "Numbers",
        "0.265625 in FP32",
        "1.0625 × 2⁻²: exponent field 125, fraction 0.0625; 0x3E880000",
        "data-types",
        |setup| data_types(setup, "view=bits,format=fp32,value=0.265625,beside=fp16"),
    ),
    page(
        "Numbers",
        "0.265625 in FP16 and in FP8",
        "FP16 0x3440 holds it; in E4M3FN it is a tie and becomes 0.25",
        "data-types",
        |setup| data_types(setup, "view=bits,format=fp16,value=0.265625,beside=e4m3fn"),
    ),
    page(
        "Numbers",
        "The smallest FP32 number",
        "2⁻¹⁴⁹: exponent field 0, so no implicit 1, and the exponent is 1 − 127",
        "data-types",
        |setup| data_types(setup, "view=bits,format=fp32,value=0x00000001,beside=fp16"),
    ),
    page("Numbers", "The largest FP32 number", "(2 − 2⁻²³) × 2¹²⁷, about 3.403e38", "data-types", |setup| {
        data_types(setup, "view=bits,format=fp32,value=0x7F7FFFFF,beside=bf16")
    }),
    page("Numbers", "Exercise: 0xC700 in FP16", "1 10001 1100000000 is −7", "data-types", |setup| {
        data_types(setup, "view=bits,format=fp16,value=0xC700,beside=bf16");
    }),
    page("Numbers", "Exercise: 2.5 in BF16", "0 10000000 0100000, 0x4020", "data-types", |setup| {
        data_types(setup, "view=bits,format=bf16,value=2.5,beside=fp16");
    }),
    page(
        "Numbers",
        "10110001 as an integer",
        "Unsigned 177, sign-magnitude −49, two's complement −79",
        "data-types",
        |setup| {
            data_types(setup, "view=integers,bits=8,code=0b10110001,add=1");
        },
    ),
    page("Numbers", "11001111 is −49", "Two's complement: −128 + 64 + 8 + 4 + 2 + 1", "data-types", |setup| {
        data_types(setup, "view=integers,bits=8,code=0b11001111,add=1");
    }),
    page("Numbers", "127 + 1 in eight bits", "Wraps to −128, or saturates at 127", "data-types", |setup| {
        data_types(setup, "view=integers,bits=8,code=0b01111111,add=1");
    }),
    page("Numbers", "0011.0001 in fixed point", "3.0625 by weights, and 49 × 2⁻⁴", "data-types", |setup| {
        data_types(setup, "view=fixed,bits=8,point=4,code=0b00110001");
    }),
    page(
        "Numbers",
        "Why the exponent is 1 − bias",
        "With 0 − bias a gap would open below 2⁻⁶",
        "data-types",
        |setup| {
            data_types(setup, "view=custom,custom=e4m3fn");
        },
    ),
    page("Numbers", "All 256 codes of E4M3FN", "A map by value and class, and a table", "data-types", |setup| {
        data_types(setup, "view=codes,format=e4m3fn,value=0.25");
    }),
    page("Numbers", "70000 in every format", "FP16 ∞, BF16 70144", "compare-formats", |setup| {
        compare(setup, "70000")
    }),
    page("Numbers", "1.001 in every format", "BF16 rounds it to 1", "compare-formats", |setup| compare(setup, "1.001")),
    page("Numbers", "1e−6 in every format", "E4M3FN has nothing that small: 0", "compare-formats", |setup| {
        compare(setup, "1e-6");
    }),
    page("Numbers", "FP8 E4M3FN ends at 448", "S.1111.110; one code further is NaN", "data-types", |setup| {
        data_types(setup, "view=bits,format=e4m3fn,value=448,beside=e5m2");
    }),
    page("Numbers", "FP8 E5M2 ends at 57344", "S.11110.11; then infinity and three NaN", "data-types", |setup| {
        data_types(setup, "view=bits,format=e5m2,value=57344,beside=e4m3fn");
    }),
    page(
        "Numbers",
        "INT4 and FP4 side by side",
        "E1M2, E2M1 and E3M0 beside INT4; 0111 in E2M1 is 6",
        "data-types",
        |setup| {
            data_types(setup, "view=four-bits,sample=gaussian");
        },
    ),
    page(
        "Numbers",
        "FP4 against INT4",
        "On even values INT4 wins clearly; on Gaussian ones they come close",
        "data-types",
        |setup| {
            data_types(setup, "view=four-bits,sample=uniform");
        },
    ),
    page(
        "Numbers",
        "FP16 or BF16: range against precision",
        "Three bits of range for three of precision",
        "data-types",
        |setup| {
            data_types(setup, "view=spacing,format=fp16,value=1");
            data_types(setup, "beside=bf16");
        },
    ),
    page("Numbers", "256 + 1 in BF16", "The 1 is lost: 8 significant bits end at 256", "rounding", |setup| {
        lab(setup, "view=arithmetic,format=bf16,value=256,operation=add,second=1");
    }),
    page("Numbers", "What libraries make of 465", "E4M3FN: 448 or NaN, by library and version", "rounding", |setup| {
        lab(setup, "view=who,format=e4m3fn,value=465");
    }),
    page(
        "Numbers",
        "Rounded twice, wrong once",
        "Through BF16, 1.0634765625 ends one ulp off in E4M3FN",
        "rounding",
        |setup| {
            lab(setup, "view=double,format=e4m3fn,value=1.0634765625,path=bf16+e4m3fn");
        },
    ),
    page("Numbers", "Rounding by chance", "The mean of many roundings comes to the number", "rounding", |setup| {
        lab(setup, "view=stochastic,format=e4m3fn,value=0.27,bits=8");
    }),
];

/// The sections in the lecture's order; what belongs to no part of the lecture comes last.
const SECTIONS: [&str; 6] = ["Numbers", "Signals", "K-means", "Linear", "1–2 bits", "Networks"];

/// The examples as scenes of a presentation, in the lecture's order.
pub fn scenes() -> Vec<&'static Example> {
    let mut scenes: Vec<&'static Example> = EXAMPLES.iter().collect();
    let rank =
        |example: &Example| SECTIONS.iter().position(|section| *section == example.section).unwrap_or(SECTIONS.len());
    // Stable: within a section the catalogue's order is the lecture's.
    scenes.sort_by_key(|example| rank(example));
    scenes
}

/// The scene `step` places after the one that shows `example`; without one, the first or the last.
pub fn scene_after(example: Option<&'static Example>, step: isize) -> &'static Example {
    let scenes = scenes();
    let last = scenes.len() - 1;
    let now = example.and_then(|example| scenes.iter().position(|scene| std::ptr::eq(*scene, example)));
    let place = match now {
        Some(place) => place.saturating_add_signed(step).min(last),
        None if step > 0 => 0,
        None => last,
    };
    scenes[place]
}

/// `5 / 12`: where a scene is among all; a dash where the window shows something else.
pub fn scene_words(example: Option<&'static Example>) -> String {
    let scenes = scenes();
    let now = example.and_then(|example| scenes.iter().position(|scene| std::ptr::eq(*scene, example)));
    let now = now.map_or_else(|| "–".to_owned(), |place| (place + 1).to_string());
    format!("{now} / {}", scenes.len())
}

/// The heading of a section of the menu.
pub fn section_title(section: &str) -> &str {
    match section {
        "Numbers" => "II. Data types",
        "K-means" => "IV. K-means-based quantization",
        "Linear" => "V. Linear quantization",
        "Networks" => "IV. Accuracy, measured",
        _ => "Synthetic weights",
    }
}

impl Example {
    /// The scheme, if the example has one of its own.
    pub fn scheme(&self) -> Option<Scheme> {
        self.scheme.parse().ok()
    }

    /// The built-in model.
    pub fn make_model(&self) -> Model {
        let example = examples::find(self.model);
        example.map(|example| (example.make)()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::pages;

    #[test]
    fn every_example_of_a_page_changes_or_keeps_its_setup() {
        let scheme: Scheme = "kmeans:bits=2".parse().unwrap();
        for example in EXAMPLES.iter().filter(|example| example.section == "Numbers") {
            let mut setup = Setup::new(scheme.clone());
            setup.numbers.wrong_bias = true;
            (example.setup)(&mut setup);
            let link = pages::link(example.page);
            let mut read = Setup::new(scheme.clone());
            read.numbers.wrong_bias = true;
            link.set(&mut read, &link.get(&setup)).unwrap();
            assert_eq!(link.get(&read), link.get(&setup), "{}", example.title);
        }
    }

    #[test]
    fn scenes_follow_the_lecture_and_end_at_its_ends() {
        let scenes = scenes();
        assert_eq!(scenes.len(), EXAMPLES.len());
        let parts: Vec<&str> = scenes.iter().map(|scene| scene.section).collect();
        let place = |section: &str| parts.iter().position(|part| *part == section).unwrap();
        assert!(place("Numbers") < place("K-means") && place("K-means") < place("Linear"));
        let first = scene_after(None, 1);
        assert_eq!(scene_words(Some(first)), format!("1 / {}", scenes.len()));
        assert!(std::ptr::eq(scene_after(Some(first), -1), first));
        let mut last = first;
        for _ in 0..scenes.len() + 3 {
            last = scene_after(Some(last), 1);
        }
        assert!(std::ptr::eq(last, scene_after(None, -1)));
        assert_eq!(scene_words(None), format!("– / {}", scenes.len()));
    }

    #[test]
    fn every_example_names_what_exists() {
        for example in EXAMPLES {
            if !example.model.is_empty() {
                let model = example.make_model();
                assert!(model.tensor(example.tensor).is_some(), "{}: no tensor {}", example.title, example.tensor);
            }
            assert!(example.scheme.is_empty() || example.scheme().is_some(), "{}: {}", example.title, example.scheme);
            assert!(pages::find(example.page).is_some(), "{}: no page {}", example.title, example.page);
        }
    }
}
