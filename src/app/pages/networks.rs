//! The pages of the group Networks that train: what compression costs when the network may learn around it.

mod bits;
pub(super) mod choice;
mod deep_compression;
mod float_integer;
mod largest;
mod stages;
mod trade_off;
mod train;

use super::{Link, Page};
use crate::app::session::Session;
use crate::app::study::{ALL, QUICK};
use crate::app::view::format;
use crate::engine::network::quantized::{IntegerScheme, IntegerSchemeError};
use crate::engine::network::tuning;

/// What the eye needs of these pages.
#[derive(Default)]
pub struct NetworksPages {
    bits: bits::Bits,
    deep: deep_compression::DeepCompression,
    float_integer: float_integer::FloatInteger,
    trade_off: trade_off::TradeOff,
    train: train::Train,
}

/// The recipe of Deep Compression as text.
const RECIPE: Link = Link {
    text: |setup| match &setup.network.recipe {
        Some((network, recipe)) if *network == setup.network.choice.network => recipe.to_string(),
        _ => DEFAULT.to_owned(),
    },
    parse: |setup, text| {
        setup.network.recipe = match text.trim() {
            DEFAULT => None,
            text => {
                let recipe = text.parse().map_err(|error: crate::engine::compress::RecipeError| error.to_string())?;
                Some((setup.network.choice.network.clone(), recipe))
            }
        };
        Ok(())
    },
    defaults: |setup| setup.network.recipe = None,
    bits: |_| None,
    take_bits: |setup, bits| {
        let Some((_, recipe)) = &mut setup.network.recipe else { return false };
        recipe.layers.iter_mut().for_each(|layer| layer.bits = bits as u8);
        true
    },
};

/// The text of the program's own recipe.
const DEFAULT: &str = "deep-compression";

/// The page Trade-off.
pub(super) const TRADE_OFF: Page = Page {
    name: "trade-off",
    title: "Trade-off",
    group: 6,
    question: "How small before accuracy falls?",
    link: Link::SCHEME,
    needs_document: false,
    status: |session, _| subject_words(session, QUICK),
    ui: trade_off::ui,
};

/// The page Bits.
pub(super) const BITS: Page = Page {
    name: "bits",
    title: "Bits",
    group: 6,
    question: "Where do bits matter most?",
    link: Link::SCHEME,
    needs_document: false,
    status: |session, _| subject_words(session, QUICK),
    ui: bits::ui,
};

/// The page Deep Compression.
pub(super) const DEEP_COMPRESSION: Page = Page {
    name: "deep-compression",
    title: "Deep Compression",
    group: 6,
    question: "How small can it get before it errs?",
    link: RECIPE,
    needs_document: false,
    status: |session, _| subject_words(session, ALL),
    ui: deep_compression::ui,
};

/// The widths of an integer network and how its ranges are found, as text.
const INTEGER: Link = Link {
    text: |setup| setup.network.integer.to_string(),
    parse: |setup, text| {
        setup.network.integer = text.parse().map_err(|error: IntegerSchemeError| error.to_string())?;
        Ok(())
    },
    defaults: |setup| setup.network.integer = IntegerScheme::default(),
    bits: |setup| Some(u32::from(setup.network.integer.weights)),
    take_bits: |setup, bits| {
        let bits = bits as u8;
        let integer = &mut setup.network.integer;
        if IntegerScheme::ACTIVATIONS.contains(&bits) {
            (integer.weights, integer.activations) = (bits.max(*IntegerScheme::WEIGHTS.start()), bits);
        }
        IntegerScheme::ACTIVATIONS.contains(&bits)
    },
};

/// The page Float against integer.
pub(super) const FLOAT_INTEGER: Page = Page {
    name: "float-integer",
    title: "Float against integer",
    group: 6,
    question: "What is lost when no float is left?",
    link: INTEGER,
    needs_document: false,
    status: |session, _| subject_words(session, ALL),
    ui: float_integer::ui,
};

/// The recipe of a training as text.
const TRAINING: Link = Link {
    text: |setup| setup.network.training.to_string(),
    parse: |setup, text| {
        setup.network.training = text.parse()?;
        Ok(())
    },
    defaults: |setup| setup.network.training = tuning::Recipe::default(),
    bits: |setup| setup.network.training.regime.bits(),
    take_bits: |setup, bits| {
        let tuning::Regime::Scheme(scheme) = &setup.network.training.regime else { return false };
        let Ok(scheme) = scheme.with_bits(bits) else { return false };
        setup.network.training.regime = tuning::Regime::Scheme(scheme);
        true
    },
};

/// The page Train.
pub(super) const TRAIN: Page = Page {
    name: "train",
    title: "Train",
    group: 6,
    question: "Can the network learn to live with it?",
    link: TRAINING,
    needs_document: false,
    status: |session, _| subject_words(session, ALL),
    ui: train::ui,
};

/// The network and the pictures.
fn subject_words(session: &Session, pictures: usize) -> Vec<String> {
    let choice = &session.setup().network.choice;
    let (pictures, data) = (format::count(pictures as u64), choice.data.title());
    let parts = match choice.hold {
        Some(held) => format!("trained on all but its last {}, measured on them", format::count(held as u64)),
        None => "trained on the train split, measured on the test split".to_owned(),
    };
    vec![choice.network.title(), format!("{data}: {parts}, at most {pictures}")]
}
