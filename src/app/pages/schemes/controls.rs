//! Which schemes stand side by side: typed, taken from the current one, or whole sets.

use egui::{Key, Rect, Ui};

use super::add;
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{remark, row_in};
use crate::app::pictures;
use crate::app::session::Action;
use crate::app::setup::schemes::{MOST, of};
use crate::app::theme::tokens;
use crate::app::widgets::button;
use crate::app::widgets::card;
use crate::app::widgets::field::text_field;
use crate::engine::quantize::{Scheme, SchemeError};

/// Height of the card.
pub(super) const HEIGHT: f32 = 52.0;

/// Sets to start from, by name.
const SETS: [(&str, &[&str]); 4] = [
    ("Few bits", &["binary", "ternary", "linear:bits=2,range=restricted", "linear:bits=2", "kmeans:bits=2"]),
    (
        "4 bits",
        &[
            "linear:bits=4",
            "linear:bits=4,per=channel",
            "linear:bits=4,range=restricted,scale=f16,per=group:32",
            "float:e2m1fn,scale=absmax",
            "gguf:q4_0",
            "kmeans:bits=4",
        ],
    ),
    (
        "8 bits",
        &[
            "linear:bits=8",
            "linear:bits=8,per=channel",
            "float:e4m3fn,scale=absmax",
            "float:e5m2,scale=absmax",
            "gguf:q8_0",
            "kmeans:bits=8",
        ],
    ),
    (
        "Stored smaller",
        &[
            "kmeans:bits=4",
            "kmeans:bits=4|huffman",
            "linear:bits=4",
            "linear:bits=4|huffman",
            "prune:share=0.5|kmeans:bits=4,zero=pinned|sparse:index=3|huffman",
        ],
    ),
];

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let current = ctx.scheme().clone();
    let is_picture = pictures::shown(ctx).is_some();
    let (mut draft, mut error) = (ctx.state.schemes.draft.clone(), ctx.state.schemes.error.clone());
    let (mut added, mut set) = (None, None);
    card::plain(ui, rect, "controls", |ui| {
        let area = ui.max_rect();
        let mut row = row_in(ui, "schemes", area);
        row.spacing_mut().item_spacing.x = 8.0;
        let width = (area.width() * 0.3).clamp(150.0, 340.0);
        let field = text_field(&mut row, "Scheme to add", &mut draft, "kmeans:bits=3", width);
        if field.changed() {
            error.clear();
        }
        let entered = field.lost_focus() && row.input(|input| input.key_pressed(Key::Enter));
        if button::filled(&mut row, "Add").clicked() || entered {
            match draft.parse().map_err(|error: SchemeError| error.to_string()) {
                Ok(scheme) => {
                    added = Some(scheme);
                    draft.clear();
                    error.clear();
                }
                Err(reason) => error = reason,
            }
        }
        if !error.is_empty() {
            let color = tokens(&row).error;
            return remark(&mut row, &error, color);
        }
        let there = ctx.setup().schemes.compared.contains(&current);
        if there {
            button::disabled(&mut row, "Add current", "The current scheme stands there already");
        } else {
            let response = button::plain(&mut row, "Add current");
            if response.clicked() {
                added = Some(current.clone());
            }
            response.on_hover_text(current.to_string());
        }
        if is_picture {
            let response = button::plain(&mut row, "Compare palettes");
            if response.clicked() {
                ctx.act(Action::ShowPage("palettes"));
            }
            response.on_hover_text("The picture as a whole by up to six palettes");
        }
        for (name, texts) in SETS {
            if row.available_width() < 90.0 {
                break;
            }
            let response = button::plain(&mut row, name);
            if response.clicked() {
                set = Some((name, texts));
            }
            response.on_hover_text(texts.join("\n"));
        }
    });
    ctx.state.schemes.draft = draft;
    ctx.state.schemes.error = error;
    if let Some(scheme) = added {
        add(ctx, scheme);
    }
    if let Some((name, texts)) = set {
        let compared: Vec<Scheme> = of(texts);
        debug_assert!(compared.len() == texts.len() && texts.len() <= MOST, "every set parses and fits");
        ctx.edit(format!("Compares {name}"), None, move |setup| setup.schemes.compared.clone_from(&compared));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_parses_and_fits() {
        for (name, texts) in SETS {
            assert_eq!(of(texts).len(), texts.len(), "{name}");
            assert!(texts.len() <= MOST, "{name}");
        }
    }
}
