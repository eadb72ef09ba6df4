//! The look in one place: every colour, size, line and text style; pages and widgets name tokens, never values.

mod colormap;
mod style;
mod text;
mod tokens;

use std::sync::Arc;

use egui::{Color32, Context, CornerRadius, FontId, Galley, Pos2, Rect, Response, Stroke, StrokeKind, Theme, Ui};

pub use colormap::{Lut, diverging_lut, on_sequential, sequential, sequential_lut};
pub use style::apply;
pub use text::{
    body, cell, control, control_semibold, display, formula, formula_semibold, metric, mono, regular, semibold, small,
    small_semibold, title,
};
pub use tokens::{DARK, Hue, LIGHT, Pair, Tokens};

/// Width of a hairline.
pub const HAIRLINE: f32 = 1.0;
/// Width of an axis.
pub const AXIS: f32 = 1.2;
/// Width of a line of data.
pub const DATA_LINE: f32 = 2.2;
/// Width of a level's stem.
pub const STEM: f32 = 2.5;
/// Between cards, and from the edge of the canvas.
pub const GAP: f32 = 12.0;
/// From a card's edge to its content.
pub const PADDING: f32 = 16.0;
/// Corner of a card.
pub const RADIUS_CARD: CornerRadius = CornerRadius::same(8);
/// Corner of a control or a chip.
pub const RADIUS_CONTROL: CornerRadius = CornerRadius::same(6);
/// Corner of a bit cell.
pub const RADIUS_BIT: CornerRadius = CornerRadius::same(4);
/// Corner of a bar.
pub const RADIUS_BAR: CornerRadius = CornerRadius::same(2);
/// Height of a control.
pub const CONTROL: f32 = 28.0;
/// Height of a metric tile.
pub const TILE: f32 = 62.0;
/// Corner of the focus ring, two outside a control.
pub const RADIUS_FOCUS: CornerRadius = CornerRadius::same(8);
/// Baseline of a card's title, below the card's top.
pub const TITLE_BASELINE: f32 = 26.0;
/// Where a card's content starts, below the card's top.
pub const CONTENT_TOP: f32 = 40.0;
/// Between a label and its value or control.
pub const LABEL_GAP: f32 = 8.0;
/// Smallest side of anything that takes the pointer.
pub const HIT: f32 = 24.0;
/// Across the thumb of a slider.
pub const THUMB: f32 = 18.0;
/// Width of the focus ring, and its distance from the shape.
pub const FOCUS_LINE: f32 = 2.0;
/// Width of the line that a plot is about.
pub const MAIN_LINE: f32 = 3.0;
/// Width of the outline of a selected cell.
pub const SELECTED_LINE: f32 = 2.5;
/// Width of decision boundaries.
pub const BOUNDARY_LINE: f32 = 1.2;
/// Dash and gap of decision boundaries.
pub const BOUNDARY_DASH: [f32; 2] = [4.0, 3.0];
/// Width of reference and published lines.
pub const REFERENCE_LINE: f32 = 1.6;
/// Dot and gap of reference and published lines.
pub const REFERENCE_DASH: [f32; 2] = [2.0, 5.0];
/// Dash and gap of the second series of a plot.
pub const SECOND_DASH: [f32; 2] = [5.0, 4.0];
/// Across a data marker.
pub const MARKER: f32 = 10.0;
/// Across the marker of the current setting.
pub const MARKER_CURRENT: f32 = 13.0;
/// Width of the ring, in card colour, that parts a marker from its line.
pub const MARKER_RING: f32 = 1.5;
/// Opacity of a result that a newer one is about to replace, and of what is disabled.
pub const STALE: f32 = 0.6;

/// The tokens of the active theme.
pub fn tokens(ctx: &Context) -> &'static Tokens {
    match ctx.theme() {
        Theme::Light => &LIGHT,
        Theme::Dark => &DARK,
    }
}

/// Text on an arbitrary fill: the dark or the light ink, whichever reads better.
pub fn text_on(fill: Color32) -> Color32 {
    let (dark, light) = (LIGHT.text, LIGHT.on_ink);
    if contrast(fill, dark) > contrast(fill, light) { dark } else { light }
}

/// A pixel of a picture, as it is: data, not a colour of the design.
pub fn pixel([red, green, blue]: [u8; 3]) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// Relative luminance by WCAG 2.
fn luminance(color: Color32) -> f32 {
    let channel = |value: u8| {
        let value = f32::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(color.r()) + 0.7152 * channel(color.g()) + 0.0722 * channel(color.b())
}

/// Contrast ratio by WCAG 2, 1…21.
pub fn contrast(left: Color32, right: Color32) -> f32 {
    let (left, right) = (luminance(left) + 0.05, luminance(right) + 0.05);
    left.max(right) / left.min(right)
}

/// A text laid out on one line, its end cut to an ellipsis where it would be wider than `width`.
pub fn truncated(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

/// A name laid out on one line, its middle cut to an ellipsis where it would be wider than `width`: names of tensors begin alike and
/// differ at their ends.
pub fn truncated_middle(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let whole = ui.painter().layout_no_wrap(text.to_owned(), font.clone(), color);
    let ellipsis = font.size;
    let (Some(row), true) = (whole.rows.first(), whole.size().x > width && width > 4.0 * ellipsis) else {
        return if whole.size().x > width { truncated(ui, text, font, color, width) } else { whole };
    };
    // A third for the beginning.
    let room = width - ellipsis;
    let head = row.glyphs.iter().take_while(|glyph| glyph.max_x() <= room / 3.0).count();
    let reached = head.checked_sub(1).map_or(0.0, |last| row.glyphs[last].max_x());
    let from = whole.size().x - (room - reached);
    let tail = row.glyphs.iter().rev().take_while(|glyph| glyph.pos.x >= from).count();
    let characters: Vec<char> = text.chars().collect();
    let (head, tail) =
        (&characters[..head.min(characters.len())], &characters[characters.len().saturating_sub(tail)..]);
    let cut: String = head.iter().chain(&['…']).chain(tail).collect();
    truncated(ui, &cut, font, color, width)
}

/// The ring around whatever takes the keys: 2 wide, 2 outside the shape.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let color = tokens(ui.ctx()).focus;
        ui.painter().rect_stroke(
            rect.expand(FOCUS_LINE),
            RADIUS_FOCUS,
            Stroke::new(FOCUS_LINE, color),
            StrokeKind::Outside,
        );
    }
}

/// Where to put a galley so that the baseline of its first row lies on `y`: text of different sizes lines up.
pub fn on_baseline(galley: &Galley, left: f32, y: f32) -> Pos2 {
    let ascent = galley.rows.first().and_then(|row| row.glyphs.first().map(|glyph| row.pos.y + glyph.pos.y));
    egui::pos2(left, y - ascent.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One decimal, as the tables of the design print ratios.
    fn ratio(a: Color32, b: Color32) -> f32 {
        (contrast(a, b) * 10.0).round() / 10.0
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert_eq!(ratio(Color32::BLACK, Color32::WHITE), 21.0);
        // 4.54:1 is the published ratio of the greyest text on white that passes.
        assert_eq!((contrast(Color32::from_gray(0x76), Color32::WHITE) * 100.0).round(), 454.0);
    }

    #[test]
    fn the_printed_ratios_hold_on_card() {
        for (name, t, expected) in [
            ("light", &LIGHT, [17.9, 6.8, 6.9, 5.2, 5.4, 6.3, 5.9, 6.7, 3.7, 1.9, 1.4]),
            ("dark", &DARK, [13.8, 7.4, 7.2, 7.5, 7.7, 8.6, 9.5, 7.5, 4.2, 2.1, 1.4]),
        ] {
            let marks = [t.text, t.muted, t.accent, t.real, t.focus, t.good, t.warn, t.error, t.axis, t.off, t.hair];
            for (i, (mark, expected)) in marks.into_iter().zip(expected).enumerate() {
                assert_eq!(ratio(mark, t.card), expected, "{name}, token {i}");
            }
        }
    }

    #[test]
    fn text_reads_on_every_ground() {
        for t in [&LIGHT, &DARK] {
            for ground in [t.card, t.panel, t.canvas, t.inset] {
                for text in [t.text, t.ink, t.muted, t.accent, t.real, t.good, t.warn, t.error, t.focus] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}: {}", contrast(text, ground));
                }
                assert!(contrast(t.axis, ground) >= 3.0, "axis on {ground:?}");
            }
            for (ink, soft) in [(t.good, t.good_soft), (t.warn, t.warn_soft), (t.error, t.error_soft)] {
                assert!(contrast(ink, soft) >= if t.dark { 6.15 } else { 5.15 }, "{ink:?} on its soft colour");
            }
            assert!(contrast(t.on_ink, t.ink) >= 15.0);
            assert!(contrast(t.on_ink_bar, t.ink_bar) >= 13.0);
            assert!(contrast(t.accent, t.real_soft) >= 3.0, "stems on the histogram");
            assert!(contrast(t.on_accent, t.accent) >= 6.85);
            for text in [t.text, t.muted] {
                assert!(contrast(text, t.select) >= 4.5 && contrast(text, t.hover) >= 4.5);
            }
        }
    }

    #[test]
    fn fields_and_clusters_read() {
        for t in [&LIGHT, &DARK] {
            for field in [t.sign, t.exponent, t.mantissa, t.integer, t.code] {
                assert!(contrast(field.text, field.fill) >= 4.5, "{field:?}");
                assert!(contrast(field.mark, t.card) >= 4.5, "{field:?}");
                assert!(contrast(field.mark, t.inset) >= 4.5, "{field:?}");
            }
            for cluster in t.clusters {
                assert!(contrast(cluster.text, cluster.fill) >= 4.5, "{cluster:?}");
                assert!(contrast(cluster.mark, t.card) >= 3.0, "{cluster:?}");
            }
        }
        let printed = |t: &Tokens| t.clusters.map(|c| (ratio(c.text, c.fill), ratio(c.mark, t.card)));
        assert_eq!(
            printed(&LIGHT),
            [(5.6, 4.7), (8.2, 4.2), (6.2, 4.5), (5.2, 5.2), (5.1, 4.4), (8.2, 4.4), (13.5, 4.3), (6.1, 5.7)]
        );
        assert_eq!(
            printed(&DARK),
            [(8.9, 7.5), (10.2, 8.9), (8.9, 7.7), (8.0, 6.8), (8.7, 7.2), (12.6, 10.8), (14.3, 13.0), (9.5, 8.0)]
        );
    }
}
