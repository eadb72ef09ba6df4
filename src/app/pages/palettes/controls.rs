//! Which palettes stand side by side: typed, taken from the page of pictures, or whole sets.

use egui::{Key, Rect, Ui};

use super::add;
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{remark, row_in};
use crate::app::setup::palettes::{MOST, of};
use crate::app::setup::pictures::palette;
use crate::app::theme::tokens;
use crate::app::widgets::button;
use crate::app::widgets::card;
use crate::app::widgets::field::text_field;
use crate::app::widgets::segmented::segmented;
use crate::engine::media::picture::Recipe;

/// Height of the card.
pub(super) const HEIGHT: f32 = 52.0;

/// Sets to start from, by name.
const SETS: [(&str, &[&str]); 4] = [
    (
        "16 colours",
        &[
            "kmeans:colours=16",
            "kmeans:colours=16,space=linear",
            "kmeans:colours=16,space=oklab",
            "median-cut:colours=16",
            "octree:colours=16",
            "uniform:colours=16",
        ],
    ),
    (
        "256 colours",
        &[
            "kmeans:colours=256",
            "median-cut:colours=256",
            "octree:colours=256",
            "uniform:bits=3-3-2",
            "fixed:web-safe",
            "fixed:grey,colours=256",
        ],
    ),
    (
        "Dithering",
        &[
            "kmeans:colours=16",
            "kmeans:colours=16,dither=bayer:8",
            "kmeans:colours=16,dither=blue-noise",
            "kmeans:colours=16,dither=floyd-steinberg",
            "kmeans:colours=16,dither=atkinson",
            "kmeans:colours=16,dither=sierra",
        ],
    ),
    (
        "2 to 64",
        &[
            "kmeans:colours=2",
            "kmeans:colours=4",
            "kmeans:colours=8",
            "kmeans:colours=16",
            "kmeans:colours=32",
            "kmeans:colours=64",
        ],
    ),
];

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let current = ctx.setup().pictures.recipe.clone();
    let there = ctx.setup().palettes.compared.contains(&current);
    let page = &mut ctx.state.palettes;
    let (mut added, mut set) = (None, None);
    card::plain(ui, rect, "controls", |ui| {
        let area = ui.max_rect();
        let mut row = row_in(ui, "palettes", area);
        row.spacing_mut().item_spacing.x = 8.0;
        let width = (area.width() * 0.26).clamp(150.0, 300.0);
        let field = text_field(&mut row, "Palette to add", &mut page.draft, "kmeans:colours=32,space=oklab", width);
        if field.changed() {
            page.error.clear();
        }
        let entered = field.lost_focus() && row.input(|input| input.key_pressed(Key::Enter));
        if button::filled(&mut row, "Add").clicked() || entered {
            match Recipe::parse(&page.draft, palette) {
                Ok(recipe) => {
                    added = Some(recipe);
                    page.draft.clear();
                    page.error.clear();
                }
                Err(reason) => page.error = reason,
            }
        }
        if !page.error.is_empty() {
            let color = tokens(&row).error;
            return remark(&mut row, &page.error, color);
        }
        if there {
            button::disabled(&mut row, "Add current", "The palette of the page Pictures stands there already");
        } else {
            let response = button::plain(&mut row, "Add current");
            if response.clicked() {
                added = Some(current.clone());
            }
            response.on_hover_text(format!("That of the page Pictures: {current}"));
        }
        for (name, texts) in SETS {
            if row.available_width() < 300.0 {
                break;
            }
            let response = button::plain(&mut row, name);
            if response.clicked() {
                set = Some((name, texts));
            }
            response.on_hover_text(texts.join("\n"));
        }
        segmented(&mut row, "Tiles show", &mut page.tiles.error, &[(false, "Picture"), (true, "Error")]);
        let fit = row.add_enabled_ui(!page.tiles.is_fit(), |ui| button::plain(ui, "Fit")).inner;
        if fit.clicked() {
            page.tiles.fit();
        }
    });
    if let Some(recipe) = added {
        add(ctx, recipe);
    }
    if let Some((name, texts)) = set {
        let compared = of(texts);
        debug_assert!(compared.len() == texts.len() && texts.len() <= MOST, "every set parses and fits");
        ctx.edit(format!("Compares {name}"), None, move |setup| setup.palettes.compared.clone_from(&compared));
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
