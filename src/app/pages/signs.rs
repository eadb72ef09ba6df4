//! The pages of the group 1–2 bits.

mod cards;

use egui::{Rect, Ui, pos2, vec2};

use super::Link;
use super::linear::parts::scrolled;
use crate::app::context::PageContext;
use crate::app::derived::Derived;
use crate::app::session::Session;
use crate::app::state::UiState;
use crate::app::theme::GAP;
use crate::app::view::signs::Study;
use crate::app::widgets::card;
use crate::engine::quantize::{Per, Quantizer, Scales, Ternary, Threshold};

/// The page's setting as text: the scheme.
pub const LINK: Link = Link {
    defaults: |setup| {
        setup.signs = Default::default();
        setup.scheme = setup.scheme.with_quantizer(Quantizer::Ternary(TWN));
    },
    ..Link::SCHEME
};

/// Ternary weight networks.
const TWN: Ternary = Ternary { threshold: Threshold::Twn, scales: Scales::One, per: Per::Tensor };

/// What the eye needs of the page.
#[derive(Default)]
pub struct SignsPage {
    /// The cell under the pointer, shared by the matrices of one tensor.
    linked: Option<usize>,
    /// The same for the rows of signs.
    linked_sign: Option<usize>,
}

/// The ternary quantizer of the scheme, without its granularity; TWN's where the scheme is another one.
fn ternary_of(session: &Session) -> Ternary {
    match &session.scheme().quantizer {
        Some(Quantizer::Ternary(ternary)) => Ternary { per: Per::Tensor, ..ternary.clone() },
        _ => TWN,
    }
}

/// Which weights the matrices show: the upper left corner of at most 4 × 6.
struct Corner {
    places: Vec<usize>,
    columns: usize,
    whole: bool,
}

impl Corner {
    fn of(shape: &[usize]) -> Self {
        let count: usize = shape.iter().product();
        let width = if shape.len() > 1 { shape[1..].iter().product() } else { count };
        let rows = count.checked_div(width).unwrap_or(0);
        let (tall, columns) = (rows.min(4), width.min(6));
        let places = (0..tall).flat_map(|row| (0..columns).map(move |column| row * width + column)).collect();
        Self { places, columns, whole: tall == rows && columns == width }
    }
}

/// What the status bar says.
pub fn status(session: &Session, _state: &UiState) -> Vec<String> {
    vec![Quantizer::Ternary(ternary_of(session)).to_string()]
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let (narrow, presenting) = (ui.max_rect().width() < 1000.0, ctx.presenting);
    let least = match (presenting, narrow) {
        (true, _) => 0.0,
        (false, false) => 600.0,
        (false, true) => 240.0 + 2.0 * 230.0 + 2.0 * 250.0 + 4.0 * GAP,
    };
    scrolled(ui, "signs page", presenting, least, |ui, page| {
        let Some(loaded) = ctx.loaded().cloned() else {
            let waiting = ctx.waiting().to_owned();
            return card::plain(ui, page, "nothing", |ui| card::nothing(ui, &waiting));
        };
        let ternary = ternary_of(ctx.session);
        let corner = Corner::of(&loaded.shape);
        let (values, shape, places) = (loaded.values.clone(), loaded.shape.clone(), corner.places.clone());
        let result: Option<Derived<Study>> = ctx.derive(
            "signs/study",
            "One and two bits",
            (loaded.key, ternary.clone()),
            move |(_, ternary), handle| Study::new(&values, &shape, ternary, &places, handle),
        );
        let Some(result) = result else {
            return card::plain(ui, page, "nothing", |ui| card::nothing(ui, "Quantizing all weights"));
        };
        let originals: Vec<f32> = corner.places.iter().map(|&place| loaded.values[place]).collect();
        let study = &result.value;
        let at = |left: f32, top: f32, width: f32, height: f32| {
            Rect::from_min_size(page.min + vec2(left, top), vec2(width, height))
        };
        let (width, height) = (page.width(), page.height());
        if narrow && !presenting {
            let mut top = 0.0;
            let mut row = |height: f32| {
                let rect = at(0.0, top, width, height);
                top += height + GAP;
                rect
            };
            cards::matrices_ui(ctx, study, &corner, &originals, row(240.0), ui);
            cards::threshold_ui(ctx, study, &ternary, row(230.0), ui);
            cards::xnor_ui(ctx, row(250.0), ui);
            cards::ladder_ui(ctx, study, row(230.0), ui);
            return cards::published_ui(ctx, row(250.0), ui);
        }
        let first = if presenting { (height * 0.42).round() } else { (height * 0.36).clamp(216.0, 300.0) };
        let half = ((width - GAP) / 2.0).round();
        cards::matrices_ui(ctx, study, &corner, &originals, at(0.0, 0.0, width, first), ui);
        if presenting {
            let rest = height - first - GAP;
            cards::threshold_ui(ctx, study, &ternary, at(0.0, first + GAP, half, rest), ui);
            return cards::xnor_ui(ctx, at(half + GAP, first + GAP, width - half - GAP, rest), ui);
        }
        let second = ((height - first - 2.0 * GAP) * 0.5).round();
        let (top, low) = (first + GAP, first + second + 2.0 * GAP);
        let third = height - low;
        cards::threshold_ui(ctx, study, &ternary, at(0.0, top, half, second), ui);
        cards::ladder_ui(ctx, study, at(half + GAP, top, width - half - GAP, second), ui);
        cards::xnor_ui(ctx, at(0.0, low, half, third), ui);
        let rect = Rect::from_min_max(page.min + vec2(half + GAP, low), pos2(page.right(), page.bottom()));
        cards::published_ui(ctx, rect, ui);
    });
}
