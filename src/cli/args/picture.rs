//! What `picture` takes.

use std::path::PathBuf;

use clap::Args;

/// What `picture` takes.
#[derive(Args, Debug)]
pub(in crate::cli) struct PictureArgs {
    /// PNG, JPEG, WebP, GIF, BMP or TIFF; `builtin:picture` for the built-in one
    pub file: PathBuf,
    /// Colours of the palette, 2 to 256; palettes with a number of their own need none
    #[arg(long, alias = "colours", value_name = "N", value_parser = colors)]
    pub colors: Option<usize>,
    /// kmeans, median-cut, octree, uniform, uniform:bits=R-G-B, fixed:web-safe, fixed:grey or fixed:FILE (a palette: GPL, JSON or a palette PNG)
    #[arg(long, default_value = "kmeans")]
    pub method: String,
    /// Where means and distances are taken: srgb (stored values), linear (light) or oklab
    #[arg(long, default_value = "srgb")]
    pub space: String,
    /// none, bayer:2, bayer:4, bayer:8, bayer:16, blue-noise, floyd-steinberg, atkinson or sierra
    #[arg(long, default_value = "none")]
    pub dither: String,
    /// How much dithering, 0 to 1
    #[arg(long, default_value = "1")]
    pub amount: String,
    /// The PNG file to write
    #[arg(long)]
    pub out: PathBuf,
    /// A file for the palette, too: JSON by its ending, else GPL
    #[arg(long, value_name = "FILE")]
    pub palette: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

fn colors(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (2..=256).contains(number));
    number.ok_or_else(|| "expected 2 to 256 colours".to_owned())
}
