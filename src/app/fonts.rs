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

/// The families and their faces.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
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
    for (name, bytes, family) in faces {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        let faces = fonts.families.entry(family).or_default();
        faces.insert(0, name.to_owned());
        if !faces.iter().any(|face| face == "Hack") {
            faces.push("Hack".to_owned());
        }
    }
    fonts
}
