//! The worked examples, one click each: which built-in model, which tensor, which scheme, which page.

use super::setup::Setup;
use crate::engine::quantize::Scheme;
use crate::engine::tensor::{Model, examples};

mod kmeans;
mod linear;
mod networks;
mod numbers;
mod pictures;
mod signals;
mod signs;
mod weights;
mod why;

/// One row of the Examples menu.
#[derive(Debug)]
pub struct Example {
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
    title: &'static str,
    summary: &'static str,
    model: &'static str,
    tensor: &'static str,
    scheme: &'static str,
) -> Example {
    Example { title, summary, model, tensor, scheme, page: "tensor", setup: |_| {} }
}

impl Example {
    /// The same on another page, with that page's own controls prepared.
    const fn on(self, page: &'static str, setup: fn(&mut Setup)) -> Self {
        Self { page, setup, ..self }
    }
}

/// A worked example of a page with settings of its own; the document in front stays.
const fn page(title: &'static str, summary: &'static str, page: &'static str, setup: fn(&mut Setup)) -> Example {
    Example { title, summary, model: "", tensor: "", scheme: "", page, setup }
}

impl Example {
    /// The same by a scheme, whatever was set before.
    const fn by(self, scheme: &'static str) -> Self {
        Self { scheme, ..self }
    }
}

/// A part of the lecture.
#[derive(Debug)]
pub struct Section {
    /// The heading of its submenu.
    pub title: &'static str,
    /// Its examples, in the lecture's order.
    pub rows: &'static [&'static [Example]],
}

/// Every worked example of the pages that are built, in the lecture's order; what belongs to no part of the lecture comes last.
pub static SECTIONS: &[Section] = &[
    Section { title: "I. Why quantize", rows: &[why::ROWS] },
    Section { title: "II. Data types", rows: &[numbers::ROWS] },
    Section { title: "III. What quantization is", rows: &[signals::ROWS, pictures::ROWS] },
    Section { title: "IV. K-means-based quantization", rows: &[kmeans::ROWS] },
    Section { title: "V. Linear quantization", rows: &[linear::ROWS] },
    Section { title: "Lecture 6. Binary and ternary", rows: &[signs::ROWS] },
    Section { title: "IV. Accuracy, measured", rows: &[networks::ROWS] },
    Section { title: "Synthetic weights", rows: &[weights::ROWS] },
];

impl Section {
    /// Its examples.
    pub fn examples(&self) -> impl Iterator<Item = &'static Example> {
        self.rows.iter().copied().flatten()
    }
}

/// What the window opens with when nothing else is asked for: k-means on the 4×4 matrix.
pub fn first() -> &'static Example {
    &kmeans::ROWS[0]
}

/// All examples: the scenes of a presentation.
pub fn all() -> impl Iterator<Item = &'static Example> {
    SECTIONS.iter().flat_map(Section::examples)
}

/// The scene `step` places after the one that shows `example`; without one, the first or the last.
pub fn scene_after(example: Option<&'static Example>, step: isize) -> &'static Example {
    let scenes: Vec<&Example> = all().collect();
    let last = scenes.len() - 1;
    let now = example.and_then(|example| scenes.iter().position(|scene| scene.title == example.title));
    let place = match now {
        Some(place) => place.saturating_add_signed(step).min(last),
        None if step > 0 => 0,
        None => last,
    };
    scenes[place]
}

/// `5 / 12`: where a scene is among all; a dash where the window shows something else.
pub fn scene_words(example: Option<&'static Example>) -> String {
    let scenes: Vec<&Example> = all().collect();
    let now = example.and_then(|example| scenes.iter().position(|scene| scene.title == example.title));
    let now = now.map_or_else(|| "–".to_owned(), |place| (place + 1).to_string());
    format!("{now} / {}", scenes.len())
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
        for example in numbers::ROWS {
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
        let scenes: Vec<&Example> = all().collect();
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
        for example in all() {
            if !example.model.is_empty() {
                let model = example.make_model();
                assert!(model.tensor(example.tensor).is_some(), "{}: no tensor {}", example.title, example.tensor);
            }
            assert!(example.scheme.is_empty() || example.scheme().is_some(), "{}: {}", example.title, example.scheme);
            assert!(pages::find(example.page).is_some(), "{}: no page {}", example.title, example.page);
        }
    }
}
