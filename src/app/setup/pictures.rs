//! What the page of pictures holds.

use std::path::Path;

use crate::engine::media::picture::{Recipe, Rgb};
use crate::io;

/// Settings of the page of pictures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pictures {
    /// Palette, space and dithering.
    pub recipe: Recipe,
}

impl Pictures {
    /// Takes a text such as `kmeans:colours=16,dither=floyd-steinberg`; what it does not name is at its default.
    ///
    /// # Errors
    /// What was expected; for a palette file, why it cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { recipe: Recipe::parse(text, palette)? })
    }
}

/// The colours in a palette file.
///
/// # Errors
/// Why it cannot be read, as one line.
pub fn palette(name: &str) -> Result<Vec<Rgb>, String> {
    io::open_palette(Path::new(name)).map_err(|error| error.to_string())
}
