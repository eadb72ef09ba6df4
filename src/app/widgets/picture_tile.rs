//! A reduced picture in a tile, or the map of its error; tiles of one picture share zoom and place.

use egui::{Color32, ColorImage, Rect, Response, Sense, TextureHandle, TextureOptions, Ui, pos2};

use super::{figure, plot};
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::view::palettes::{Compared, ERROR_END};
use crate::app::view::picture::{Window, distance, index_at, palette_table, render};
use crate::engine::media::picture::{Picture, Rgb};

/// The tiles of one picture.
#[derive(Default)]
pub struct Tiles {
    /// Whether the error is shown.
    pub error: bool,
    /// The part that is in view; none shows everything.
    window: Option<Window>,
    textures: Vec<Option<(Key, TextureHandle)>>,
}

/// What a texture was made from: the pictures' addresses, the window, its dots, and how it is coloured.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    pictures: [usize; 2],
    window: Window,
    dots: [usize; 2],
    error: bool,
    dark: bool,
}

impl Tiles {
    /// Shows everything again.
    pub fn fit(&mut self) {
        self.window = None;
    }

    /// Whether a part was chosen.
    pub fn is_fit(&self) -> bool {
        self.window.is_none()
    }

    /// Draws the tile of that place into `rect`. Scrolling zooms all tiles about the pointer, dragging moves them.
    pub fn show(&mut self, ui: &Ui, rect: Rect, place: usize, original: &Picture, one: &Compared) -> Response {
        let recording = figure::record(ui);
        let response = ui.interact(rect, ui.scope_id().with(("tile", place)), Sense::click_and_drag());
        let density = ui.pixels_per_point();
        let dots = [rect.width(), rect.height()].map(|side| (side * density).round().max(1.0) as usize);
        let sides = [original.width, original.height];
        let now = self.window.unwrap_or_else(|| Window::fit(sides, dots));
        let mut next = now;
        if response.dragged() {
            let drag = response.drag_delta() * density;
            next = Window { left: next.left - drag.x / next.scale, top: next.top - drag.y / next.scale, ..next };
        }
        if let Some(pointer) = response.hover_pos() {
            let at = (pointer - rect.min) * density;
            let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
            let factor = pinch * (scroll.y / 200.0).exp();
            if factor != 1.0 {
                next = next.zoomed(factor, [at.x, at.y]);
            }
        }
        if next != now {
            next = next.centred(sides, dots);
            self.window = Some(next);
        }
        if self.textures.len() <= place {
            self.textures.resize_with(place + 1, || None);
        }
        self.prepare(ui, (place, next, dots), original, one);
        if let Some((_, texture)) = &self.textures[place] {
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture.id(), rect, whole, Color32::WHITE);
        }
        let pictures = || {
            let held = self.textures[place].iter();
            held.map(|(key, texture)| (texture.id(), image(*key, original, one, tokens(ui).inset))).collect()
        };
        let title = format!("Picture by {}", one.reduced.recipe);
        figure::menu_with_pictures(ui, &response, recording, rect, &title, || palette_table(&one.reduced), pictures);
        let psnr = format::decibels(Some(one.measures.psnr()));
        let what = if self.error { "Error of" } else { "Picture by" };
        plot::describe(&response, || format!("{what} {}: PSNR {psnr} dB", one.reduced.recipe));
        response
    }

    fn prepare(
        &mut self,
        ui: &Ui,
        (place, window, dots): (usize, Window, [usize; 2]),
        original: &Picture,
        one: &Compared,
    ) {
        let reduced = &one.reduced;
        let pictures = [original.pixels.as_ptr() as usize, reduced.indices.as_ptr() as usize];
        let key = Key { pictures, window, dots, error: self.error, dark: tokens(ui).dark };
        if self.textures[place].as_ref().is_some_and(|(held, _)| *held == key) {
            return;
        }
        let image = image(key, original, one, tokens(ui).inset);
        match &mut self.textures[place] {
            Some((held, texture)) => {
                texture.set(image, TextureOptions::NEAREST);
                *held = key;
            }
            empty => {
                let name = format!("tile {place}");
                *empty = Some((key, ui.ctx().load_texture(name, image, TextureOptions::NEAREST)));
            }
        }
    }
}

/// The pixels of a tile; `ground` where the picture is not.
fn image(key: Key, original: &Picture, one: &Compared, ground: Color32) -> ColorImage {
    let Key { window, dots, error, .. } = key;
    let reduced = &one.reduced;
    let sides = [original.width, original.height];
    let after = |x: usize, y: usize| reduced.palette[usize::from(index_at(reduced, sides, x, y))];
    let pixels: Vec<Option<Rgb>> = if error {
        let lut = theme::sequential_lut();
        render(window, dots, sides, |x, y| {
            let far = distance(original.pixels[y * sides[0] + x], after(x, y));
            let color = lut[(far / ERROR_END as f32 * 255.0).min(255.0) as usize];
            [color.r(), color.g(), color.b()]
        })
    } else {
        render(window, dots, sides, after)
    };
    ColorImage::new(dots, pixels.into_iter().map(|pixel| pixel.map_or(ground, theme::pixel)).collect())
}
