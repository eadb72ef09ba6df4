//! A wall of small pictures, each with a line below it, from one texture.

use egui::{
    Align2, Color32, ColorImage, Rect, Response, Sense, StrokeKind, TextureHandle, TextureOptions, Ui, pos2, vec2,
};

use super::figure;
use super::plot::{self, PlotLook};
use crate::app::theme::{self, tokens};
use crate::app::view::figure::Table;

/// Pictures beside each other in the texture.
const COLUMNS: usize = 16;
/// Smallest and largest side of a picture.
const SIDES: (f32, f32) = (44.0, 84.0);
/// Most pictures of a wall: more than fit any card.
pub const MOST: usize = 160;

/// One picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// `4 → 9`.
    pub caption: String,
    /// Whether the caption tells an error.
    pub wrong: bool,
    /// Said where it is pointed at.
    pub words: String,
    /// Grey values, row by row.
    pub pixels: Vec<u8>,
}

/// The pictures with their texture.
#[derive(Default)]
pub struct Wall {
    pictures: Vec<Picture>,
    texture: Option<TextureHandle>,
    /// What is in the texture, for pictures that leave the window.
    image: ColorImage,
}

impl Wall {
    /// Takes other pictures, of this height and width; at most [`MOST`] of them.
    pub fn set(&mut self, ui: &Ui, mut pictures: Vec<Picture>, [height, width]: [usize; 2]) {
        pictures.truncate(MOST);
        let rows = pictures.len().div_ceil(COLUMNS).max(1);
        let size = [COLUMNS * width, rows * height];
        let mut pixels = vec![Color32::BLACK; size[0] * size[1]];
        for (index, picture) in pictures.iter().enumerate() {
            let corner = index / COLUMNS * height * size[0] + index % COLUMNS * width;
            for (place, grey) in picture.pixels.iter().enumerate().take(height * width) {
                pixels[corner + place / width * size[0] + place % width] = Color32::from_gray(*grey);
            }
        }
        let image = ColorImage::new(size, pixels);
        self.texture = Some(ui.ctx().load_texture("wall of pictures", image.clone(), TextureOptions::NEAREST));
        self.image = image;
        self.pictures = pictures;
    }

    /// Draws as many pictures as fit; `all` is how many there would be. `summary` is read out; `table` gives what is known of all.
    pub fn show(
        &self,
        ui: &mut Ui,
        all: usize,
        [title, summary]: [&str; 2],
        look: &PlotLook,
        table: impl Fn() -> Table,
    ) -> Response {
        let tokens = tokens(ui);
        let recording = figure::record(ui);
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::CLICK);
        plot::describe(&response, || summary.to_owned());
        let Some(texture) = &self.texture else { return response };
        let line = look.caption.size + 6.0;
        // As many rows as fit at the least size, then as large as those rows allow.
        let fitting = ((rect.height() + 6.0) / (SIDES.0 + line + 6.0)).floor().max(1.0);
        let side = ((rect.height() + 6.0) / fitting - line - 6.0).clamp(SIDES.0, SIDES.1).floor();
        let step = vec2(side + 12.0, side + line + 6.0);
        let columns = ((rect.width() + 12.0) / step.x).floor().max(1.0) as usize;
        let rows = ((rect.height() + 6.0) / step.y).floor().max(1.0) as usize;
        // The last place says how many more there are.
        let places = columns * rows;
        let shown = if all > places { places.saturating_sub(1) } else { all }.min(self.pictures.len());
        let rows_in_texture = self.pictures.len().div_ceil(COLUMNS).max(1) as f32;
        let at = |index: usize| {
            let offset = vec2((index % columns) as f32 * step.x, (index / columns) as f32 * step.y);
            Rect::from_min_size(rect.min + offset, vec2(side, side))
        };
        let painter = ui.painter().with_clip_rect(rect.expand(1.0));
        let mut pointed = None;
        for (index, picture) in self.pictures.iter().enumerate().take(shown) {
            let place = at(index);
            let part = vec2(1.0 / COLUMNS as f32, 1.0 / rows_in_texture);
            let corner = vec2((index % COLUMNS) as f32 * part.x, (index / COLUMNS) as f32 * part.y);
            let uv = Rect::from_min_size(pos2(corner.x, corner.y), part);
            painter.image(texture.id(), place, uv, Color32::WHITE);
            painter.rect_stroke(place, 0.0, (theme::HAIRLINE, tokens.hair), StrokeKind::Outside);
            let color = if picture.wrong { tokens.error } else { tokens.good };
            let below = pos2(place.center().x, place.bottom() + 3.0);
            painter.text(below, Align2::CENTER_TOP, &picture.caption, look.strong.clone(), color);
            if response.hover_pos().is_some_and(|pointer| place.contains(pointer)) {
                pointed = Some(picture.words.as_str());
            }
        }
        if all > shown {
            let more = format!("+{}", all - shown);
            painter.text(at(shown).center(), Align2::CENTER_CENTER, more, theme::title(), tokens.muted);
        }
        let pictures = || vec![(texture.id(), self.image.clone())];
        figure::menu_with_pictures(ui, &response, recording, rect, title, table, pictures);
        match pointed {
            Some(words) => response.on_hover_text_at_pointer(words),
            None => response,
        }
    }
}
