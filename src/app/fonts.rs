//! The program's own typefaces, so that every machine and every screenshot shows the same glyphs.

use std::sync::Arc;

use egui::{Context, FontData, FontDefinitions, FontFamily};

/// Family of Inter SemiBold: egui knows no bold.
pub const SEMIBOLD: &str = "semibold";
/// Family of JetBrains Mono SemiBold.
pub const MONO_SEMIBOLD: &str = "mono-semibold";

/// Installs the fonts. Hack, which comes with egui, is the last resort of every family: it has the arrows.
pub fn install(ctx: &Context) {
    ctx.set_fonts(definitions());
}

/// The families and their faces; of egui's own only Hack.
fn definitions() -> FontDefinitions {
    const FALLBACK: &str = "Hack";
    let faces: [(&str, &'static [u8], FontFamily); 4] = [
        ("Inter", include_bytes!("../../assets/fonts/Inter-Regular.otf"), FontFamily::Proportional),
        ("Inter SemiBold", include_bytes!("../../assets/fonts/Inter-SemiBold.otf"), FontFamily::Name(SEMIBOLD.into())),
        ("JetBrains Mono", include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf"), FontFamily::Monospace),
        (
            "JetBrains Mono SemiBold",
            include_bytes!("../../assets/fonts/JetBrainsMono-SemiBold.ttf"),
            FontFamily::Name(MONO_SEMIBOLD.into()),
        ),
    ];
    let mut fonts = FontDefinitions::default();
    fonts.font_data.retain(|name, _| name == FALLBACK);
    fonts.families.clear();
    for (name, bytes, family) in faces {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        fonts.families.insert(family, vec![name.to_owned(), FALLBACK.to_owned()]);
    }
    fonts
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::epaint::text::{Fonts, TextOptions};
    use egui::{Color32, FontId};

    /// What labels, numbers and formulas are written with, beyond ASCII.
    const EVERYWHERE: &str = "−×·…≤≥≠≈∞√∑Σσ∆Δδµμ±→←↑↓▲▼●■□²³¹⁰₀₁₂°∈–—’“”éñü⁻‖⌘";
    /// What only running text and formulas need.
    const PROPORTIONAL: &str = "αβλπθ⁴⁵⁶⁷⁸⁹∂∕\u{2009}\u{a0}";

    #[test]
    fn every_symbol_has_a_glyph() {
        let mut fonts = Fonts::new(TextOptions::default(), definitions());
        let mut missing = Vec::new();
        for (family, symbols) in [
            (FontFamily::Proportional, [EVERYWHERE, PROPORTIONAL]),
            (FontFamily::Name(SEMIBOLD.into()), [EVERYWHERE, PROPORTIONAL]),
            (FontFamily::Monospace, [EVERYWHERE, ""]),
            (FontFamily::Name(MONO_SEMIBOLD.into()), [EVERYWHERE, ""]),
        ] {
            let font = FontId::new(14.0, family);
            let absent = symbols.concat().chars().filter(|&symbol| !fonts.has_glyph(&font, symbol)).collect::<String>();
            if !absent.is_empty() {
                missing.push((font.family, absent));
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
        assert!(!fonts.has_glyph(&FontId::proportional(14.0), '⏵'), "a symbol that no face has must be missed");
    }

    /// Ligatures would turn a code's `->` into an arrow.
    #[test]
    fn characters_of_a_code_stay_apart() {
        let mut fonts = Fonts::new(TextOptions::default(), definitions());
        let mut view = fonts.with_pixels_per_point(1.0);
        for pair in ["->", "!=", "<=", "=="] {
            let galley = view.layout_no_wrap(pair.to_owned(), FontId::monospace(13.0), Color32::BLACK);
            let glyphs: Vec<char> = galley.rows[0].glyphs.iter().map(|glyph| glyph.chr).collect();
            assert_eq!(glyphs, pair.chars().collect::<Vec<_>>());
            assert!(galley.rows[0].glyphs.iter().all(|glyph| glyph.advance_width > 6.0), "{pair}");
        }
    }
}
