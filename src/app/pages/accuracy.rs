//! The accuracy page: what quantized weights cost a network, measured while the slider moves.

mod cards;
mod controls;

use egui::{Rect, Ui, pos2, vec2};

use super::Link;
use crate::app::context::PageContext;
use crate::app::memo::Memo;
use crate::app::session::Session;
use crate::app::setup::Widths;
use crate::app::state::UiState;
use crate::app::study;
use crate::app::theme::GAP;
use crate::app::view::accuracy::Confusion;
use crate::app::widgets::pictures::Wall;
use crate::engine::network::Change;
use crate::sources::Choice;

/// The quantizer as text, followed by a width for every layer where each has its own: `kmeans:bits=4@4/3/float`.
pub(super) const LINK: Link = Link {
    text: |setup| {
        let scheme = setup.scheme.to_string();
        let Some(widths) = setup.network.widths() else { return scheme };
        let widths = widths.iter().map(|bits| bits.map_or("float".to_owned(), |bits| bits.to_string()));
        format!("{scheme}@{}", widths.collect::<Vec<_>>().join("/"))
    },
    parse: |setup, text| {
        let (scheme, widths) = text.split_once('@').map_or((text, None), |(scheme, widths)| (scheme, Some(widths)));
        let widths = widths.map(|text| widths_of(&setup.network.choice, text)).transpose()?;
        (Link::SCHEME.parse)(setup, scheme)?;
        setup.network.each = widths;
        Ok(())
    },
    defaults: |setup| {
        (Link::SCHEME.defaults)(setup);
        setup.network.each = None;
    },
    bits: |setup| match setup.network.widths() {
        None => setup.scheme.bits(),
        Some([first, rest @ ..]) if rest.iter().all(|bits| bits == first) => *first,
        Some(_) => None,
    },
    take_bits: |setup, bits| {
        let Ok(scheme) = setup.scheme.with_bits(bits) else { return false };
        setup.scheme = scheme;
        if let Some(each) = setup.network.each.as_mut().filter(|each| each.network == setup.network.choice.network) {
            each.bits.fill(Some(bits));
        }
        true
    },
};

/// Widths from text, one a layer of the network.
fn widths_of(choice: &Choice, text: &str) -> Result<Widths, String> {
    let width = |part: &str| match part.trim() {
        "float" => Ok(None),
        part => match part.parse().ok().filter(|bits| (1..=16).contains(bits)) {
            Some(bits) => Ok(Some(bits)),
            None => {
                Err(format!("{part}: expected a width of 1 to 16, or float, for every layer, as in kmeans@4/3/float"))
            }
        },
    };
    let bits: Vec<Option<u32>> = text.split('/').map(width).collect::<Result<_, _>>()?;
    let layers = choice.network()?.0.parameters.iter().filter(|parameter| parameter.is_weight()).count();
    if bits.len() != layers {
        return Err(format!("{} widths for the {layers} layers of {}", bits.len(), choice.network.title()));
    }
    Ok(Widths { network: choice.network.clone(), bits })
}

/// Height of the card with the controls, in two lines and in three.
const CONTROLS: [f32; 2] = [90.0, 126.0];
/// A narrower page needs three.
const THREE_LINES: f32 = 1060.0;
/// Width of the column at the right.
const SIDE: f32 = 330.0;
/// Least heights where the page scrolls: accuracy, pictures, confusion, layers.
const LEAST: [f32; 4] = [270.0, 190.0, 340.0, 170.0];

/// What the eye needs of this page.
#[derive(Default)]
pub struct AccuracyPage {
    changes: Memo<usize, Vec<Change>>,
    confusion: Memo<usize, Confusion>,
    wall: Wall,
    wall_of: Option<usize>,
}

/// Where the cards lie.
struct Areas {
    controls: Option<Rect>,
    accuracy: Rect,
    pictures: Option<Rect>,
    confusion: Option<Rect>,
    layers: Option<Rect>,
    height: f32,
}

impl Areas {
    fn new(canvas: Rect, presenting: bool, layers: usize) -> Self {
        if presenting {
            let split = canvas.top() + (canvas.height() * 0.62).round();
            return Self {
                controls: None,
                accuracy: Rect::from_min_max(canvas.min, pos2(canvas.right(), split)),
                pictures: Some(Rect::from_min_max(pos2(canvas.left(), split + GAP), canvas.max)),
                confusion: None,
                layers: None,
                height: canvas.height(),
            };
        }
        let row = |top: f32, height: f32, left: f32, right: f32| {
            Rect::from_min_max(pos2(left, top), pos2(right, top + height))
        };
        let (left, right) = (canvas.left(), canvas.right());
        let narrow = canvas.width() < 1000.0;
        let controls = row(canvas.top(), CONTROLS[usize::from(canvas.width() < THREE_LINES)], left, right);
        let top = controls.bottom() + GAP;
        let table = 74.0 + 23.0 * layers as f32;
        if !narrow {
            let least = controls.height() + LEAST[0] + LEAST[1] + 2.0 * GAP;
            let bottom = canvas.top() + canvas.height().max(least);
            let middle = right - SIDE;
            let split = top + ((bottom - top) * 0.6).round();
            // A long table scrolls.
            let table = table.clamp(110.0, ((bottom - top) * 0.45).max(110.0));
            let split_right = (bottom - table - GAP).min(top + SIDE + 40.0);
            return Self {
                controls: Some(controls),
                accuracy: Rect::from_min_max(pos2(left, top), pos2(middle - GAP, split)),
                pictures: Some(Rect::from_min_max(pos2(left, split + GAP), pos2(middle - GAP, bottom))),
                confusion: Some(Rect::from_min_max(pos2(middle, top), pos2(right, split_right))),
                layers: Some(Rect::from_min_max(pos2(middle, split_right + GAP), pos2(right, bottom))),
                height: bottom - canvas.top(),
            };
        }
        let accuracy = row(top, (canvas.bottom() - top).max(LEAST[0]), left, right);
        let pictures = row(accuracy.bottom() + GAP, LEAST[1], left, right);
        let half = left + ((right - left - GAP) * 0.5).round();
        let below = pictures.bottom() + GAP;
        Self {
            controls: Some(controls),
            accuracy,
            pictures: Some(pictures),
            confusion: Some(row(below, LEAST[2], left, half)),
            layers: Some(row(below, LEAST[2], half + GAP, right)),
            height: below + LEAST[2] - canvas.top(),
        }
    }
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let study = study::study(ctx);
    let layers = study.subject.as_ref().and_then(|subject| subject.as_ref().as_ref().ok());
    let layers = layers.map_or(3, |subject| subject.network.parameters.iter().filter(|p| p.is_weight()).count());
    let canvas = ui.max_rect();
    let rows = if ctx.setup().network.widths().is_some() { (layers * 32).div_ceil(22) } else { layers };
    let areas = Areas::new(canvas, ctx.presenting, rows);
    if areas.height > canvas.height() {
        egui::ScrollArea::vertical().id_salt("accuracy page").auto_shrink(false).show(ui, |ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), areas.height), egui::Sense::hover());
            let page = Rect::from_min_size(rect.min, vec2(rect.width(), canvas.height()));
            let areas = Areas::new(page, ctx.presenting, rows);
            all(ctx, &study, &areas, ui);
        });
    } else {
        all(ctx, &study, &areas, ui);
    }
}

fn all(ctx: &mut PageContext<'_>, study: &study::Study, areas: &Areas, ui: &mut Ui) {
    if let Some(rect) = areas.controls {
        let trained = study.subject.as_ref().and_then(|subject| subject.as_ref().as_ref().ok());
        controls::ui(ctx, trained.map(|subject| subject.normalization), rect, ui);
    }
    cards::accuracy_ui(ctx, study, areas.accuracy, ui);
    if let Some(rect) = areas.pictures {
        cards::pictures_ui(ctx, study, rect, ui);
    }
    if let Some(rect) = areas.confusion {
        cards::confusion_ui(ctx, study, rect, ui);
    }
    if let Some(rect) = areas.layers {
        cards::layers_ui(ctx, study, rect, ui);
    }
}

/// The network and the pictures.
pub fn status(session: &Session, _state: &UiState) -> Vec<String> {
    let choice = &session.setup().network.choice;
    vec![choice.network.title(), format!("{}, measured by {}", choice.data.title(), choice.network.runs_in())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::setup::Setup;

    #[test]
    fn a_link_holds_a_width_for_every_layer() {
        let mut setup = Setup::new("kmeans:bits=2".parse().unwrap());
        for text in ["linear:bits=5", "kmeans:bits=4@4/3/float", "kmeans:bits=4@8/8/8"] {
            LINK.set(&mut setup, text).unwrap();
            assert_eq!(LINK.get(&setup), text);
        }
        assert_eq!(LINK.bits(&setup), Some(8));
        assert!((LINK.take_bits)(&mut setup, 3));
        assert_eq!(LINK.get(&setup), "kmeans:bits=3@3/3/3");
        LINK.set(&mut setup, "kmeans:bits=4@4/3/float").unwrap();
        assert_eq!(LINK.bits(&setup), None);
        let wrong = [
            ("kmeans@4/3", "2 widths for the 3 layers of LeNet-300-100"),
            ("kmeans@4/x/3", "x: expected a width of 1 to 16, or float"),
            ("kmeans@4/17/3", "17: expected a width"),
            ("kmeens@4/3/2", "kmeens"),
        ];
        for (text, expected) in wrong {
            let found = LINK.set(&mut setup, text).unwrap_err();
            assert!(found.contains(expected), "{text}: {found}");
        }
        assert_eq!(LINK.get(&setup), "kmeans:bits=4@4/3/float", "what is refused changes nothing");
        LINK.reset(&mut setup);
        assert!(setup.network.each.is_none());
    }
}
