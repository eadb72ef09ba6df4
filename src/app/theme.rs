//! Every colour, size and weight of the program; pages and widgets name tokens, never values.

use std::sync::Arc;

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Galley, Rect, Response, Shadow, Stroke, StrokeKind, Theme, Ui,
};

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

/// A fill and the text on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Background.
    pub fill: Color32,
    /// Text on it.
    pub text: Color32,
}

/// The colours of a cluster or a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hue {
    /// Cells and dots.
    pub fill: Color32,
    /// Text on the fill.
    pub text: Color32,
    /// Lines and text on a card.
    pub mark: Color32,
}

/// The colours of one theme, by what they are for.
#[derive(Clone, Copy, Debug)]
pub struct Tokens {
    /// Whether this is the dark theme.
    pub dark: bool,
    /// Behind cards.
    pub canvas: Color32,
    /// Bars and rail.
    pub panel: Color32,
    /// Cards and plots.
    pub card: Color32,
    /// Formula strips, segmented controls, chips.
    pub inset: Color32,
    /// Borders of cards and buttons.
    pub hair: Color32,
    /// Plot grid, table rules.
    pub grid: Color32,
    /// Axes, borders of fields, decision boundaries.
    pub axis: Color32,
    /// Unfilled slider, disabled icon.
    pub off: Color32,
    /// Text.
    pub text: Color32,
    /// Filled button.
    pub ink: Color32,
    /// Text on `ink`.
    pub on_ink: Color32,
    /// The foot of a presentation: ink in both themes' sense of a dark bar.
    pub ink_bar: Color32,
    /// Text on `ink_bar`.
    pub on_ink_bar: Color32,
    /// Captions, ticks.
    pub muted: Color32,
    /// Quantized: levels, codes, current setting.
    pub accent: Color32,
    /// Intervals of the quantized.
    pub accent_soft: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// Real values: axis, outline, text.
    pub real: Color32,
    /// Histogram fill, float bar.
    pub real_soft: Color32,
    /// Selected row, tab, rail item.
    pub select: Color32,
    /// Hovered row or button.
    pub hover: Color32,
    /// Focus ring.
    pub focus: Color32,
    /// Exact, verified.
    pub good: Color32,
    /// Behind `good`.
    pub good_soft: Color32,
    /// Clipped, estimated.
    pub warn: Color32,
    /// Behind `warn`.
    pub warn_soft: Color32,
    /// Failed.
    pub error: Color32,
    /// Behind `error`.
    pub error_soft: Color32,
    /// Clusters and series, in a fixed order.
    pub clusters: [Hue; 8],
    /// Diverging map, most negative first.
    pub diverging: [Color32; 7],
    /// Shadow of what floats.
    pub shadow: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const fn hue(fill: u32, text: u32, mark: u32) -> Hue {
    Hue { fill: rgb(fill), text: rgb(text), mark: rgb(mark) }
}

/// The light theme.
pub const LIGHT: Tokens = Tokens {
    dark: false,
    canvas: rgb(0xF1_F3F6),
    panel: rgb(0xFF_FFFF),
    card: rgb(0xFF_FFFF),
    inset: rgb(0xF6_F8FA),
    hair: rgb(0xD6_DCE3),
    grid: rgb(0xE8_ECF0),
    axis: rgb(0x7C_8794),
    off: rgb(0xB4_BEC8),
    text: rgb(0x12_181F),
    ink: rgb(0x1B_232C),
    on_ink: rgb(0xFF_FFFF),
    ink_bar: rgb(0x1B_232C),
    on_ink_bar: rgb(0xFF_FFFF),
    muted: rgb(0x51_5C68),
    accent: rgb(0xB0_134D),
    accent_soft: rgb(0xFB_E6EE),
    on_accent: rgb(0xFF_FFFF),
    real: rgb(0x00_72B2),
    real_soft: rgb(0xA9_CDE4),
    select: rgb(0xE4_EBF3),
    hover: rgb(0xED_F1F5),
    focus: rgb(0x15_66D6),
    good: rgb(0x0B_6E4F),
    good_soft: rgb(0xDD_F1E9),
    warn: rgb(0x8A_5A00),
    warn_soft: rgb(0xFF_F0CC),
    error: rgb(0xA8_321A),
    error_soft: rgb(0xFB_E3DC),
    clusters: [
        hue(0x00_9E73, 0x04_120D, 0x00_8461),
        hue(0xE6_9F00, 0x1A_1200, 0xA8_7100),
        hue(0xCC_79A7, 0x1F_0A17, 0xB4_588C),
        hue(0x00_72B2, 0xFF_FFFF, 0x00_72B2),
        hue(0xD5_5E00, 0x14_0800, 0xC6_5600),
        hue(0x56_B4E9, 0x04_131C, 0x25_80B4),
        hue(0xF0_E442, 0x1A_1800, 0x85_7C00),
        hue(0x8A_929B, 0x0B_0E11, 0x5F_6871),
    ],
    diverging: [
        rgb(0x08_406E),
        rgb(0x2B_7BBA),
        rgb(0x8D_BFE0),
        rgb(0xF7_F7F5),
        rgb(0xF5_BE7A),
        rgb(0xD9_781A),
        rgb(0x8A_3F00),
    ],
    shadow: Color32::from_black_alpha(46),
};

/// The dark theme.
pub const DARK: Tokens = Tokens {
    dark: true,
    canvas: rgb(0x0E_1217),
    panel: rgb(0x14_1A21),
    card: rgb(0x1A_2129),
    inset: rgb(0x14_1A21),
    hair: rgb(0x30_3A45),
    grid: rgb(0x25_2D36),
    axis: rgb(0x77_838F),
    off: rgb(0x4A_5561),
    text: rgb(0xE9_EDF1),
    ink: rgb(0xE9_EDF1),
    on_ink: rgb(0x12_181F),
    ink_bar: rgb(0x14_1A21),
    on_ink_bar: rgb(0xE9_EDF1),
    muted: rgb(0xA6_B1BC),
    accent: rgb(0xFF_86AC),
    accent_soft: rgb(0x43_202E),
    on_accent: rgb(0x1C_0610),
    real: rgb(0x6C_B8EA),
    real_soft: rgb(0x2E_5B80),
    select: rgb(0x27_3340),
    hover: rgb(0x21_2A33),
    focus: rgb(0x7D_B5FF),
    good: rgb(0x5A_D1A6),
    good_soft: rgb(0x16_3A2E),
    warn: rgb(0xF2_BE52),
    warn_soft: rgb(0x40_331A),
    error: rgb(0xFF_9478),
    error_soft: rgb(0x47_231B),
    clusters: [
        hue(0x2F_C79B, 0x04_120D, 0x2F_C79B),
        hue(0xF3_B63A, 0x1A_1200, 0xF3_B63A),
        hue(0xE5_9CC6, 0x1F_0A17, 0xE5_9CC6),
        hue(0x5A_B0EC, 0x04_121C, 0x5A_B0EC),
        hue(0xFF_8F52, 0x14_0800, 0xFF_8F52),
        hue(0xA5_DAFA, 0x04_131C, 0xA5_DAFA),
        hue(0xF4_EA6B, 0x1A_1800, 0xF4_EA6B),
        hue(0xAE_B7C0, 0x0B_0E11, 0xAE_B7C0),
    ],
    diverging: [
        rgb(0x9A_D4FA),
        rgb(0x4A_9FDB),
        rgb(0x27_5877),
        rgb(0x20_272F),
        rgb(0x7A_4A18),
        rgb(0xDB_8A33),
        rgb(0xFF_CF94),
    ],
    shadow: Color32::from_black_alpha(128),
};

/// Viridis, for magnitudes, codes and counts, in both themes.
const SEQUENTIAL: [Color32; 10] = [
    rgb(0x44_0154),
    rgb(0x48_2878),
    rgb(0x3E_4989),
    rgb(0x31_688E),
    rgb(0x26_828E),
    rgb(0x1F_9E89),
    rgb(0x35_B779),
    rgb(0x6D_CD59),
    rgb(0xB4_DE2C),
    rgb(0xFD_E725),
];

/// The tokens of the active theme.
pub fn tokens(ctx: &Context) -> &'static Tokens {
    match ctx.theme() {
        Theme::Light => &LIGHT,
        Theme::Dark => &DARK,
    }
}

/// Colour of a magnitude, 0…1.
pub fn sequential(share: f32) -> Color32 {
    between(&SEQUENTIAL, share)
}

/// Text on a sequential colour, by the better contrast.
pub fn on_sequential(share: f32) -> Color32 {
    let fill = sequential(share);
    let (dark, light) = (LIGHT.text, LIGHT.on_ink);
    if contrast(fill, dark) > contrast(fill, light) { dark } else { light }
}

impl Tokens {
    /// Colour of a signed value, −1…1; zero recedes into the card.
    pub fn diverging(&self, value: f32) -> Color32 {
        between(&self.diverging, (value + 1.0) / 2.0)
    }

    /// Fill and text of a level by rank: clusters up to 8 levels, else the sequential ramp.
    pub fn level(&self, rank: usize, levels: usize) -> Pair {
        if levels <= self.clusters.len() {
            let hue = self.clusters[rank.min(self.clusters.len() - 1)];
            return Pair { fill: hue.fill, text: hue.text };
        }
        let share = rank as f32 / (levels - 1) as f32;
        Pair { fill: sequential(share), text: on_sequential(share) }
    }
}

fn between(stops: &[Color32], share: f32) -> Color32 {
    let place = share.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
    let index = (place as usize).min(stops.len() - 2);
    stops[index].lerp_to_gamma(stops[index + 1], place - index as f32)
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

fn family(name: &str) -> FontFamily {
    FontFamily::Name(name.into())
}

/// Inter SemiBold.
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, family(super::fonts::SEMIBOLD))
}

/// Inter Regular.
pub fn regular(size: f32) -> FontId {
    FontId::proportional(size)
}

/// The bits number, the ratio of a page's main card.
pub fn display() -> FontId {
    semibold(38.0)
}

/// Metric tiles.
pub fn metric() -> FontId {
    semibold(22.0)
}

/// Formula lines.
pub fn formula() -> FontId {
    regular(16.0)
}

/// Card titles, the active page.
pub fn title() -> FontId {
    semibold(15.0)
}

/// Text.
pub fn body() -> FontId {
    regular(14.0)
}

/// Buttons, menus, table rows.
pub fn control() -> FontId {
    regular(13.0)
}

/// A control that is on.
pub fn control_semibold() -> FontId {
    semibold(13.0)
}

/// Captions, legends, ticks.
pub fn small() -> FontId {
    regular(12.5)
}

/// A caption that is on.
pub fn small_semibold() -> FontId {
    semibold(12.5)
}

/// Numbers in columns, schemes, commands.
pub fn mono() -> FontId {
    FontId::monospace(13.0)
}

/// Numbers in cells.
pub fn cell(size: f32) -> FontId {
    FontId::new(size, family(super::fonts::MONO_SEMIBOLD))
}

/// A text laid out on one line, its end cut to an ellipsis where it would be wider than `width`.
pub fn truncated(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

/// The ring around whatever takes the keys: 2 wide, 2 outside the shape.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let color = tokens(ui.ctx()).focus;
        ui.painter().rect_stroke(rect.expand(2.0), RADIUS_CONTROL, Stroke::new(2.0, color), StrokeKind::Outside);
    }
}

/// Installs both themes for egui's own widgets too.
pub fn apply(ctx: &Context) {
    for (theme, tokens) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| restyle(style, tokens));
    }
}

fn restyle(style: &mut egui::Style, tokens: &Tokens) {
    use egui::TextStyle;
    style.text_styles = [
        (TextStyle::Heading, title()),
        (TextStyle::Body, body()),
        (TextStyle::Button, control()),
        (TextStyle::Small, small()),
        (TextStyle::Monospace, mono()),
    ]
    .into();
    style.spacing.item_spacing = egui::vec2(8.0, 6.0);
    style.spacing.button_padding = egui::vec2(12.0, 5.0);
    style.spacing.interact_size = egui::vec2(36.0, CONTROL);
    style.spacing.menu_margin = egui::Margin::same(6);
    style.animation_time = 0.1;
    let visuals = &mut style.visuals;
    visuals.dark_mode = tokens.dark;
    visuals.override_text_color = None;
    visuals.panel_fill = tokens.panel;
    visuals.window_fill = tokens.card;
    visuals.extreme_bg_color = tokens.card;
    visuals.faint_bg_color = tokens.inset;
    visuals.code_bg_color = tokens.inset;
    visuals.hyperlink_color = tokens.real;
    visuals.warn_fg_color = tokens.warn;
    visuals.error_fg_color = tokens.error;
    visuals.weak_text_color = Some(tokens.muted);
    visuals.window_corner_radius = RADIUS_CARD;
    visuals.menu_corner_radius = RADIUS_CARD;
    visuals.window_stroke = Stroke::new(HAIRLINE, tokens.hair);
    let shadow = Shadow { offset: [0, 4], blur: 16, spread: 0, color: tokens.shadow };
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    visuals.selection.bg_fill = tokens.select;
    visuals.selection.stroke = Stroke::new(HAIRLINE, tokens.text);
    let corner_radius = RADIUS_CONTROL;
    let widget = |fill: Color32, border: Color32, text: Color32| egui::style::WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(HAIRLINE, border),
        corner_radius,
        fg_stroke: Stroke::new(HAIRLINE, text),
        expansion: 0.0,
    };
    visuals.widgets.noninteractive = widget(tokens.card, tokens.hair, tokens.text);
    visuals.widgets.inactive = widget(tokens.card, tokens.hair, tokens.text);
    visuals.widgets.hovered = widget(tokens.hover, tokens.hair, tokens.text);
    visuals.widgets.active = widget(tokens.select, tokens.axis, tokens.text);
    visuals.widgets.open = widget(tokens.hover, tokens.hair, tokens.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_marks_stand_out_from_every_background() {
        for tokens in [&LIGHT, &DARK] {
            let backgrounds = [tokens.card, tokens.panel, tokens.canvas, tokens.inset];
            let texts = [
                ("text", tokens.text),
                ("muted", tokens.muted),
                ("accent", tokens.accent),
                ("real", tokens.real),
                ("good", tokens.good),
                ("warn", tokens.warn),
                ("error", tokens.error),
            ];
            for background in backgrounds {
                for (name, color) in texts {
                    let ratio = contrast(color, background);
                    assert!(ratio >= 4.5, "{name} on {background:?}: {ratio:.2}");
                }
                for (name, color) in [("axis", tokens.axis), ("focus", tokens.focus)] {
                    let ratio = contrast(color, background);
                    assert!(ratio >= 3.0, "{name} on {background:?}: {ratio:.2}");
                }
            }
            for (name, text, soft) in [
                ("good", tokens.good, tokens.good_soft),
                ("warn", tokens.warn, tokens.warn_soft),
                ("error", tokens.error, tokens.error_soft),
                ("filled button", tokens.on_ink, tokens.ink),
                ("accent", tokens.on_accent, tokens.accent),
            ] {
                assert!(contrast(text, soft) >= 4.5, "{name} on its soft colour");
            }
            assert!(contrast(tokens.accent, tokens.real_soft) >= 3.0, "stems on the histogram");
            for (index, cluster) in tokens.clusters.iter().enumerate() {
                assert!(contrast(cluster.text, cluster.fill) >= 4.5, "text on cluster {index}");
                assert!(contrast(cluster.mark, tokens.card) >= 3.0, "mark of cluster {index}");
            }
        }
    }

    #[test]
    fn the_tables_of_ratios_are_these_colours() {
        let close = |left: f32, right: f32| (left - right).abs() < 0.06;
        assert!(close(contrast(LIGHT.text, LIGHT.card), 17.9));
        assert!(close(contrast(LIGHT.accent, LIGHT.card), 6.9));
        assert!(close(contrast(DARK.muted, DARK.card), 7.4));
    }

    #[test]
    fn maps_hit_their_ends_and_zero() {
        assert_eq!(sequential(0.0), SEQUENTIAL[0]);
        assert_eq!(sequential(1.0), SEQUENTIAL[9]);
        assert_eq!(LIGHT.diverging(0.0), LIGHT.diverging[3]);
        assert_eq!(LIGHT.diverging(-7.0), LIGHT.diverging[0]);
        for step in 0..=20 {
            let share = step as f32 / 20.0;
            assert!(contrast(on_sequential(share), sequential(share)) >= 4.2, "{share}");
        }
    }
}
