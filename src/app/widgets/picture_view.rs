//! Original and quantized picture, locked in zoom and place: split by a line that is dragged, side by side, or the map of the error.

use egui::{
    Align2, Color32, ColorImage, CursorIcon, Key, Rect, Response, Sense, Stroke, StrokeKind, TextureHandle,
    TextureOptions, Ui, Vec2, pos2, vec2,
};

use super::figure;
use super::focus::{lock_arrows, pressed, steps};
use super::plot::{self, PlotLook};
use crate::app::theme::{self, Tokens, tokens};
use crate::app::view::picture::{Window, distance, index_at, inspected, pixel_table, render};
use crate::engine::media::picture::{Picture, Reduced, Rgb};

/// What is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The original at the left of a line, the quantized picture at its right.
    #[default]
    Split,
    /// Both.
    Pair,
    /// How far each pixel is from the original.
    Error,
}

/// Across the grip of the line.
const GRIP: f32 = 24.0;

/// What is kept between frames.
pub struct PictureView {
    /// What is seen.
    pub look: Look,
    /// Where the line is, 0 to 1 across the view.
    pub split: f32,
    /// The part that is in view; none shows everything.
    window: Option<Window>,
    textures: [Option<(Key3, TextureHandle)>; 2],
    line_has_focus: bool,
    /// The pixel that the pointer chose last.
    pixel: Option<[usize; 2]>,
}

/// What a texture was made from: the pictures' addresses, the window, its dots, and what it shows.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key3 {
    pictures: [usize; 2],
    window: Window,
    dots: [usize; 2],
    layer: Layer,
    dark: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Original,
    Quantized,
    Error,
}

impl Default for PictureView {
    fn default() -> Self {
        Self { look: Look::Split, split: 0.5, window: None, textures: [None, None], line_has_focus: false, pixel: None }
    }
}

impl PictureView {
    /// Shows everything again.
    pub fn fit(&mut self) {
        self.window = None;
    }

    /// Whether a part was chosen.
    pub fn is_fit(&self) -> bool {
        self.window.is_none()
    }

    /// Draws into the space that is left. The pixel under the pointer is read out below by whoever asks [`PictureView::words`].
    pub fn show(
        &mut self,
        ui: &mut Ui,
        original: &Picture,
        reduced: &Reduced,
        stale: bool,
        look: &PlotLook,
    ) -> Response {
        let recording = figure::record(ui);
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let sides = [original.width, original.height];
        let density = ui.pixels_per_point();
        let panes = self.panes(rect);
        let dots = [
            (panes[0].width() * density).round().max(1.0) as usize,
            (rect.height() * density).round().max(1.0) as usize,
        ];
        self.split_by_hand(ui, rect);
        self.navigate(ui, &response, &panes, sides, dots, density);
        let window = self.window.unwrap_or_else(|| Window::fit(sides, dots));
        let layers = match self.look {
            Look::Error => [Layer::Error, Layer::Error],
            Look::Split | Look::Pair => [Layer::Original, Layer::Quantized],
        };
        for (slot, layer) in layers.into_iter().enumerate().take(if self.look == Look::Error { 1 } else { 2 }) {
            self.prepare(ui, slot, layer, window, dots, original, reduced);
        }
        self.paint(ui, rect, &panes, stale, look);
        let pictures = || {
            let held = self.textures.iter().flatten();
            held.map(|(key, texture)| (texture.id(), image(*key, original, reduced, tokens(ui)))).collect()
        };
        let table = || pixel_table(original, reduced, window.part(sides, dots));
        figure::menu_with_pictures(ui, &response, recording, rect, "Picture", table, pictures);
        if response.has_focus() {
            ui.painter().rect_stroke(rect, 0.0, Stroke::new(theme::FOCUS_LINE, tokens(ui).focus), StrokeKind::Inside);
        }
        let words = || {
            let size = format!("{} × {} pixels, shown at {}", sides[0], sides[1], window.words());
            match self.pixel {
                Some(pixel) => format!("Picture: {size}; {}", inspected(original, reduced, pixel)),
                None => format!("Picture: {size}"),
            }
        };
        plot::describe(&response, words);
        response
    }

    /// What is said below the view: the pixel that was pointed at last, or how to look closer.
    pub fn words(&self, original: &Picture, reduced: &Reduced) -> String {
        match self.pixel.filter(|[x, y]| *x < original.width && *y < original.height) {
            Some(pixel) => inspected(original, reduced, pixel),
            None => "Point at a pixel to read it; scroll to zoom, drag to move".to_owned(),
        }
    }

    fn panes(&self, rect: Rect) -> [Rect; 2] {
        if self.look != Look::Pair {
            return [rect, rect];
        }
        let half = ((rect.width() - theme::GAP) / 2.0).floor();
        [rect.with_max_x(rect.left() + half), rect.with_min_x(rect.right() - half)]
    }

    /// The line takes the pointer before the picture does, and the arrow keys when it has the focus.
    fn split_by_hand(&mut self, ui: &Ui, rect: Rect) {
        if self.look != Look::Split {
            return;
        }
        let x = rect.left() + self.split * rect.width();
        let grip = Rect::from_center_size(pos2(x, rect.center().y), vec2(GRIP, rect.height()));
        let line = ui.interact(grip, ui.scope_id().with("split"), Sense::click_and_drag());
        if let Some(pointer) = line.interact_pointer_pos().filter(|_| line.dragged()) {
            self.split = ((pointer.x - rect.left()) / rect.width()).clamp(0.0, 1.0);
        }
        if line.drag_started() || line.clicked() {
            line.request_focus();
        }
        if line.has_focus() {
            lock_arrows(ui, &line, true, false);
            let stride = if ui.input(|input| input.modifiers.shift) { 0.1 } else { 0.01 };
            self.split = (self.split + stride * steps(ui, Key::ArrowLeft, Key::ArrowRight) as f32).clamp(0.0, 1.0);
        }
        let at = f64::from(self.split);
        line.widget_info(|| egui::WidgetInfo::slider(true, at, "Line between original and quantized"));
        if line.hovered() || line.dragged() {
            ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
        }
        self.line_has_focus = line.has_focus();
    }

    fn navigate(
        &mut self,
        ui: &Ui,
        response: &Response,
        panes: &[Rect; 2],
        sides: [usize; 2],
        dots: [usize; 2],
        density: f32,
    ) {
        let now = self.window.unwrap_or_else(|| Window::fit(sides, dots));
        let mut next = now;
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        let drag = response.drag_delta() * density;
        if response.dragged() {
            next = Window { left: next.left - drag.x / next.scale, top: next.top - drag.y / next.scale, ..next };
        }
        if let Some(pointer) = response.hover_pos() {
            let pane = if panes[1].contains(pointer) { panes[1] } else { panes[0] };
            let at = (pointer - pane.min) * density;
            let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
            let factor = pinch * (scroll.y / 200.0).exp();
            if factor != 1.0 {
                next = next.zoomed(factor, [at.x, at.y]);
            }
            self.pixel = next.pixel([at.x, at.y], sides).or(self.pixel);
        }
        if response.has_focus() {
            lock_arrows(ui, response, true, true);
            let far = 40.0 * density / next.scale;
            next.left += far * steps(ui, Key::ArrowLeft, Key::ArrowRight) as f32;
            next.top += far * steps(ui, Key::ArrowUp, Key::ArrowDown) as f32;
            let middle = [dots[0] as f32 / 2.0, dots[1] as f32 / 2.0];
            if pressed(ui, Key::Plus) || pressed(ui, Key::Equals) {
                next = next.zoomed(1.25, middle);
            }
            if pressed(ui, Key::Minus) {
                next = next.zoomed(0.8, middle);
            }
        }
        if next != now {
            self.window = Some(next.centred(sides, dots));
        }
    }

    /// Zooms about the middle, as the buttons do; `exact` shows a pixel as a dot.
    pub fn zoom(&mut self, factor: f32, exact: bool, sides: [usize; 2]) {
        let Some((key, _)) = &self.textures[0] else { return };
        let middle = [key.dots[0] as f32 / 2.0, key.dots[1] as f32 / 2.0];
        let factor = if exact { 1.0 / key.window.scale } else { factor };
        self.window = Some(key.window.zoomed(factor, middle).centred(sides, key.dots));
    }

    #[expect(clippy::too_many_arguments, reason = "everything that a texture depends on")]
    fn prepare(
        &mut self,
        ui: &Ui,
        slot: usize,
        layer: Layer,
        window: Window,
        dots: [usize; 2],
        original: &Picture,
        reduced: &Reduced,
    ) {
        let pictures = [original.pixels.as_ptr() as usize, reduced.indices.as_ptr() as usize];
        let key = Key3 { pictures, window, dots, layer, dark: tokens(ui).dark };
        if self.textures[slot].as_ref().is_some_and(|(held, _)| *held == key) {
            return;
        }
        let image = image(key, original, reduced, tokens(ui));
        match &mut self.textures[slot] {
            Some((held, texture)) => {
                texture.set(image, TextureOptions::NEAREST);
                *held = key;
            }
            empty => {
                *empty =
                    Some((key, ui.ctx().load_texture(["picture", "picture 2"][slot], image, TextureOptions::NEAREST)))
            }
        }
    }

    fn paint(&self, ui: &Ui, rect: Rect, panes: &[Rect; 2], stale: bool, look: &PlotLook) {
        let (tokens, painter) = (tokens(ui), ui.painter().with_clip_rect(rect.expand(1.0)));
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        let tint = if stale { Color32::WHITE.gamma_multiply(theme::STALE) } else { Color32::WHITE };
        let texture = |slot: usize| self.textures[slot].as_ref().map(|(_, texture)| texture.id());
        let tag = |at: Rect, text: &str, right: bool| {
            let galley = painter.layout_no_wrap(text.to_owned(), look.strong.clone(), tokens.on_ink_bar);
            let size = galley.size() + vec2(16.0, 8.0);
            let left = if right { at.right() - size.x - 8.0 } else { at.left() + 8.0 };
            if size.x + 16.0 > at.width() {
                return;
            }
            let place = Rect::from_min_size(pos2(left, at.top() + 8.0), size);
            painter.rect_filled(place, theme::RADIUS_BIT, tokens.ink_bar);
            painter.galley(place.min + vec2(8.0, 4.0), galley, tokens.on_ink_bar);
        };
        match self.look {
            Look::Error => {
                if let Some(id) = texture(0) {
                    painter.image(id, rect, whole, tint);
                }
                tag(rect, "Error", false);
            }
            Look::Pair => {
                for (slot, (pane, text)) in panes.iter().zip(["Original", "Quantized"]).enumerate() {
                    if let Some(id) = texture(slot) {
                        painter.image(id, *pane, whole, if slot == 1 { tint } else { Color32::WHITE });
                    }
                    tag(*pane, text, slot == 1);
                }
            }
            Look::Split => {
                let x = painter.round_to_pixel_center(rect.left() + self.split * rect.width());
                let halves = [rect.with_max_x(x), rect.with_min_x(x)];
                let parts = [whole.with_max_x(self.split), whole.with_min_x(self.split)];
                for (slot, (half, part)) in halves.into_iter().zip(parts).enumerate() {
                    if let Some(id) = texture(slot) {
                        painter.image(id, half, part, if slot == 1 { tint } else { Color32::WHITE });
                    }
                    tag(half, ["Original", "Quantized"][slot], slot == 1);
                }
                let color = if self.line_has_focus { tokens.focus } else { tokens.ink_bar };
                painter.vline(x, rect.y_range(), Stroke::new(4.0, tokens.on_ink_bar));
                painter.vline(x, rect.y_range(), Stroke::new(2.0, color));
                let middle = pos2(x, rect.center().y);
                painter.circle(middle, 11.0, tokens.on_ink_bar, Stroke::new(2.0, color));
                for side in [-1.0, 1.0] {
                    let tip = middle + vec2(6.5 * side, 0.0);
                    let back = vec2(-4.0 * side, 0.0);
                    let up = Vec2::new(0.0, 4.0);
                    let arrow = vec![tip, tip + back - up, tip + back + up];
                    painter.add(egui::Shape::convex_polygon(arrow, color, Stroke::NONE));
                }
            }
        }
        if self.look == Look::Error {
            let scale = format!("0 to {ERROR_TOP:.0} and more, length of the difference in sRGB values");
            let galley = painter.layout_no_wrap(scale, look.caption.clone(), tokens.on_ink_bar);
            let size = galley.size() + vec2(140.0, 10.0);
            let place = Rect::from_min_size(pos2(rect.left() + 8.0, rect.bottom() - size.y - 8.0), size);
            painter.rect_filled(place, theme::RADIUS_BIT, tokens.ink_bar);
            for step in 0..100_u8 {
                let bar = Rect::from_min_size(place.min + vec2(8.0 + f32::from(step), 6.0), vec2(1.5, size.y - 12.0));
                painter.rect_filled(bar, 0.0, theme::sequential(f32::from(step) / 99.0));
            }
            painter.text(
                place.left_center() + vec2(118.0, 0.0),
                Align2::LEFT_CENTER,
                galley.text(),
                look.caption.clone(),
                tokens.on_ink_bar,
            );
        }
    }
}

/// The pixels of a texture.
fn image(key: Key3, original: &Picture, reduced: &Reduced, tokens: &Tokens) -> ColorImage {
    let Key3 { window, dots, layer, .. } = key;
    let sides = [original.width, original.height];
    let before = |x: usize, y: usize| original.pixels[y * sides[0] + x];
    let after = |x: usize, y: usize| reduced.palette[usize::from(index_at(reduced, sides, x, y))];
    let pixels: Vec<Option<Rgb>> = match layer {
        Layer::Original => render(window, dots, sides, before),
        Layer::Quantized => render(window, dots, sides, after),
        Layer::Error => {
            // A distance of 64 of 255 a channel takes the last colour.
            let lut = theme::sequential_lut();
            render(window, dots, sides, |x, y| {
                let step = (distance(before(x, y), after(x, y)) / ERROR_TOP * 255.0).min(255.0) as usize;
                let color = lut[step];
                [color.r(), color.g(), color.b()]
            })
        }
    };
    let ground = tokens.inset;
    ColorImage::new(dots, pixels.into_iter().map(|pixel| pixel.map_or(ground, theme::pixel)).collect())
}

/// The error that takes the last colour of the map.
const ERROR_TOP: f32 = 64.0;
