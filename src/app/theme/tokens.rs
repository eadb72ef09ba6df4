//! The colours themselves, for the light and the dark theme.

use egui::{Color32, Shadow};

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
    /// Sign bit; `mark` is the field's colour as text in a formula.
    pub sign: Hue,
    /// Exponent bits.
    pub exponent: Hue,
    /// Mantissa or fraction bits.
    pub mantissa: Hue,
    /// Integer bits, magnitude.
    pub integer: Hue,
    /// Bits of a code that has no fields.
    pub code: Hue,
    /// Clusters and series, in a fixed order.
    pub clusters: [Hue; 8],
    /// Diverging map, most negative first.
    pub diverging: [Color32; 7],
    /// Shadow of what floats.
    pub shadow: Color32,
}

/// The light theme.
pub static LIGHT: Tokens = Tokens {
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
    sign: hue(0x00_9E73, 0x04_120D, 0x00_724F),
    exponent: hue(0x00_72B2, 0xFF_FFFF, 0x00_72B2),
    mantissa: hue(0xE6_9F00, 0x1A_1200, 0x8A_5A00),
    // The design names no text colour for integer bits: this is its sky blue, darkened until it reads.
    integer: hue(0x56_B4E9, 0x04_131C, 0x1F_6F9E),
    code: hue(0xB0_134D, 0xFF_FFFF, 0xB0_134D),
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
pub static DARK: Tokens = Tokens {
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
    sign: hue(0x2F_C79B, 0x04_120D, 0x2F_C79B),
    exponent: hue(0x5A_B0EC, 0x04_121C, 0x5A_B0EC),
    mantissa: hue(0xF3_B63A, 0x1A_1200, 0xF3_B63A),
    integer: hue(0x8F_D0F7, 0x04_131C, 0x8F_D0F7),
    code: hue(0xFF_86AC, 0x1C_0610, 0xFF_86AC),
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

impl Tokens {
    /// The colour of the `index`-th series of a plot; they repeat after eight.
    pub fn series(&self, index: usize) -> Color32 {
        self.clusters[index % self.clusters.len()].mark
    }

    /// The shadow of menus, popups, dialogs and toasts.
    pub fn shadow(&self) -> Shadow {
        Shadow { offset: [0, 4], blur: 16, spread: 0, color: self.shadow }
    }
}

/// A colour from its `RR_GGBB` number.
pub(super) const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const fn hue(fill: u32, text: u32, mark: u32) -> Hue {
    Hue { fill: rgb(fill), text: rgb(text), mark: rgb(mark) }
}
