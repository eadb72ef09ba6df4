//! The pages of the group 1–2 bits.

mod costs;
mod ladder;
mod matrices;
mod measured;
mod networks;
mod published;
mod threshold;
mod training;
mod xnor;

use egui::{Rect, Ui, pos2, vec2};

use super::linear::parts::scrolled;
use super::{Link, Page};
use crate::app::context::PageContext;
use crate::app::derived::Derived;
use crate::app::results::Loaded;
use crate::app::session::Session;
use crate::app::theme::GAP;
use crate::app::view::signs::{Corner, Study};
use crate::app::widgets::card;
use crate::app::widgets::segmented::segmented;
use crate::engine::quantize::{Per, Quantizer, Scales, Ternary, Threshold};

/// The page Binary and ternary.
pub(super) const BINARY_TERNARY: Page = Page {
    name: "binary-ternary",
    title: "Binary and ternary",
    group: 5,
    question: "What is left of a weight but its sign?",
    link: Link {
        defaults: |setup| setup.scheme = setup.scheme.with_quantizer(Quantizer::Ternary(TWN)),
        ..Link::SCHEME
    },
    needs_document: true,
    status: |session, _| vec![Quantizer::Ternary(ternary_of(session)).to_string()],
    ui,
};

/// The page Networks of signs.
pub(super) const SIGN_NETWORKS: Page = Page {
    name: "sign-networks",
    title: "Networks of signs",
    group: 5,
    question: "What do signs save, and what do they cost?",
    link: Link {
        text: |setup| setup.signs.text(),
        parse: |setup, text| setup.signs.parse(text),
        defaults: |setup| setup.signs = Default::default(),
        bits: |_| None,
        take_bits: |_, _| false,
    },
    needs_document: false,
    status: networks::status,
    ui: networks::ui,
};

/// Height of the matrices where the canvas is narrow.
const MATRICES: f32 = 400.0;

/// Ternary weight networks.
const TWN: Ternary = Ternary { threshold: Threshold::Twn, scales: Scales::One, per: Per::Tensor };

/// What the matrices show of a quantized weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shown {
    /// q.
    #[default]
    Codes,
    /// Whether it is kept or becomes 0.
    Kept,
    /// Its reconstruction.
    Values,
    /// What is lost.
    Errors,
}

/// What stands beside the matrices in a lecture hall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Beside {
    #[default]
    Ladder,
    Threshold,
}

impl Beside {
    /// The choice, on the line of the card's title.
    fn ui(&mut self, ui: &mut Ui) {
        segmented(ui, "Beside the matrices", self, &[(Self::Ladder, "Ladder"), (Self::Threshold, "Threshold")]);
    }
}

/// What the eye needs of the pages.
#[derive(Default)]
pub struct SignsPage {
    /// The cell under the pointer, shared by the matrices of one tensor.
    linked: Option<usize>,
    /// The same for the rows of signs.
    linked_sign: Option<usize>,
    shown: Shown,
    beside: Beside,
    /// The published table in view, by its place.
    table: usize,
    /// The layer whose cost is counted.
    layer: costs::Layer,
    /// What networks won back by training.
    trainings: training::Trainings,
    /// Epochs of a row's training; 0 is what is offered first.
    epochs: usize,
}

/// The ternary quantizer of the scheme, for the whole tensor; TWN's where the scheme is another one.
fn ternary_of(session: &Session) -> Ternary {
    match &session.scheme().quantizer {
        Some(Quantizer::Ternary(ternary)) => Ternary { per: Per::Tensor, ..ternary.clone() },
        _ => TWN,
    }
}

/// Which weights the matrices show: the upper left part of at most 4 × 4, so that five matrices fit side by side.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    places: Vec<usize>,
    columns: usize,
    whole: bool,
}

impl Part {
    fn of(shape: &[usize]) -> Self {
        let count: usize = shape.iter().product();
        let width = if shape.len() > 1 { shape[1..].iter().product() } else { count };
        let rows = count.checked_div(width).unwrap_or(0);
        let (tall, columns) = (rows.min(4), width.min(4));
        let places = (0..tall).flat_map(|row| (0..columns).map(move |column| row * width + column)).collect();
        Self { places, columns, whole: tall == rows && columns == width }
    }
}

/// What the page was given to draw.
struct Given {
    study: Derived<Study>,
    /// The ternary scheme that is set, on the part that the matrices show.
    current: Option<Derived<Option<Corner>>>,
    ternary: Ternary,
    part: Part,
    /// The weights of that part.
    weights: Vec<f32>,
}

/// Asks for what the page shows of a tensor.
fn given(ctx: &mut PageContext<'_>, loaded: &Loaded) -> Option<Given> {
    let (ternary, part) = (ternary_of(ctx.session), Part::of(&loaded.shape));
    let of = || (loaded.values.clone(), loaded.shape.clone(), part.places.clone());
    let (values, shape, places) = of();
    let study = ctx.derive("signs/study", "One and two bits", loaded.key, move |_, handle| {
        Study::new(&values, &shape, &places, handle)
    });
    let (values, shape, places) = of();
    let current =
        ctx.derive("signs/current", "Ternary weights", (loaded.key, ternary.clone()), move |(_, ternary), handle| {
            Corner::of(ternary, (&values, &shape), &places, handle)
        });
    // Matrices of another tensor would stand beside the weights of this one.
    let study = study.filter(|study| !study.stale)?;
    let weights = part.places.iter().map(|&place| loaded.values[place]).collect();
    Some(Given { study, current, ternary, part, weights })
}

/// Draws the page Binary and ternary.
fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (narrow, presenting) = (ui.max_rect().width() < 1000.0, ctx.presenting);
    let least = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, false) => 580.0,
        (false, true) => MATRICES + 360.0 + 320.0 + 2.0 * GAP,
    };
    scrolled(ui, "signs page", presenting, least, |ui, page| {
        let nothing = |ui: &mut Ui, why: &str| card::plain(ui, page, "nothing", |ui| card::nothing(ui, why));
        let Some(loaded) = ctx.loaded().cloned() else {
            let waiting = ctx.waiting().to_owned();
            return nothing(ui, &waiting);
        };
        let Some(given) = given(ctx, &loaded) else { return nothing(ui, "Quantizing all weights") };
        let (width, height) = (page.width(), page.height());
        let row = |top: f32, height: f32| Rect::from_min_size(page.min + vec2(0.0, top), vec2(width, height));
        if narrow && !presenting {
            matrices::ui(ctx, &given, row(0.0, MATRICES), ui);
            threshold::ui(ctx, &given, row(MATRICES + GAP, 360.0), ui);
            return ladder::ui(ctx, &given.study.value, row(MATRICES + 360.0 + 2.0 * GAP, 320.0), ui);
        }
        if presenting {
            let split = page.left() + (width * 0.5).round();
            matrices::ui(ctx, &given, Rect::from_min_max(page.min, pos2(split, page.bottom())), ui);
            let right = Rect::from_min_max(pos2(split + GAP, page.top()), page.max);
            return match ctx.state.signs.beside {
                Beside::Ladder => ladder::ui(ctx, &given.study.value, right, ui),
                Beside::Threshold => threshold::ui(ctx, &given, right, ui),
            };
        }
        let first = (height * 0.42).clamp(246.0, 330.0);
        matrices::ui(ctx, &given, row(0.0, first), ui);
        let rest = row(first + GAP, height - first - GAP);
        let split = rest.left() + ((width - GAP) * 0.58).round();
        threshold::ui(ctx, &given, Rect::from_min_max(rest.min, pos2(split, rest.bottom())), ui);
        ladder::ui(ctx, &given.study.value, Rect::from_min_max(pos2(split + GAP, rest.top()), rest.max), ui);
    });
}
