//! Section III: what quantization does to a picture.

use super::{Example, page};
use crate::app::setup::{Pictures, Setup};

fn recipe(setup: &mut Setup, text: &str) {
    setup.pictures = Pictures::parse(text).unwrap_or_default();
}

pub const ROWS: &[Example] = &[
    page(
        "A picture with 16 colours",
        "The slide's second figure: 16 colours by k-means, their palette and their places among all colours",
        "pictures",
        |setup| recipe(setup, "kmeans:colours=16"),
    ),
    page(
        "16 colours, dithered",
        "Floyd and Steinberg hand the error on: a larger squared error, and smoother to the eye",
        "pictures",
        |setup| recipe(setup, "kmeans:colours=16,dither=floyd-steinberg"),
    ),
    page(
        "8 bits of colour, 3-3-2",
        "256 colours that never saw the picture: compare with 256 by k-means",
        "pictures",
        |setup| recipe(setup, "uniform:bits=3-3-2"),
    ),
    page("Two colours, blue noise", "One bit a pixel, as printers do it", "pictures", |setup| {
        recipe(setup, "fixed:grey,colours=2,dither=blue-noise")
    }),
    page(
        "Palettes side by side",
        "Sixteen colours by k-means in three spaces, median cut, octree and bits per channel: error, size, the Pareto front",
        "palettes",
        |setup| setup.palettes = Default::default(),
    ),
];
