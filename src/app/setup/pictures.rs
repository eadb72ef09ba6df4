//! What the page of pictures holds.

use std::path::Path;

use crate::engine::media::picture::{Fixed, Method, Recipe, Rgb};
use crate::io;

/// Settings of the page of pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Pictures {
    /// Palette, space and dithering.
    pub recipe: Recipe,
    /// The methods whose error over the number of colours is drawn, in the order of [`CurveMethod::ALL`].
    pub curves: Vec<CurveMethod>,
}

/// A method that takes a number of colours, for the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveMethod {
    /// K-means, in the space of the page.
    KMeans,
    /// Median cut.
    MedianCut,
    /// Octree.
    Octree,
    /// Bits per channel, as the number of colours allows.
    Uniform,
    /// Evenly spaced greys.
    Grey,
}

impl CurveMethod {
    /// All, with what they are called.
    pub const ALL: [(Self, &str); 5] = [
        (Self::KMeans, "k-means"),
        (Self::MedianCut, "median cut"),
        (Self::Octree, "octree"),
        (Self::Uniform, "bits per channel"),
        (Self::Grey, "greys"),
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(one, _)| *one == self).map_or("", |(_, name)| name)
    }

    /// The method, at any number of colours.
    pub fn method(self) -> Method {
        match self {
            Self::KMeans => Method::KMeans,
            Self::MedianCut => Method::MedianCut,
            Self::Octree => Method::Octree,
            Self::Uniform => Method::Uniform(None),
            Self::Grey => Method::Fixed(Fixed::Grey),
        }
    }
}

impl Default for Pictures {
    /// The lecture's 16 colours, with the curves of the methods that look at the picture, and of the one that does not.
    fn default() -> Self {
        let all = CurveMethod::ALL.iter().map(|(method, _)| *method);
        Self { recipe: Recipe::default(), curves: all.filter(|method| *method != CurveMethod::Grey).collect() }
    }
}

impl Pictures {
    /// Takes a text such as `kmeans:colours=16,dither=floyd-steinberg`; what it does not name is at its default.
    ///
    /// # Errors
    /// What was expected; for a palette file, why it cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { recipe: Recipe::parse(text, palette)?, ..Self::default() })
    }

    /// Draws the curve of a method, or draws it no more.
    pub fn toggle_curve(&mut self, method: CurveMethod) {
        let on = |one: CurveMethod| self.curves.contains(&one) != (one == method);
        self.curves = CurveMethod::ALL.iter().map(|(one, _)| *one).filter(|one| on(*one)).collect();
    }
}

/// The colours in a palette file.
///
/// # Errors
/// Why it cannot be read, as one line.
pub fn palette(name: &str) -> Result<Vec<Rgb>, String> {
    io::open_palette(Path::new(name)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_switched_and_keep_their_order() {
        let mut pictures = Pictures::default();
        pictures.toggle_curve(CurveMethod::KMeans);
        pictures.toggle_curve(CurveMethod::Grey);
        let names: Vec<&str> = pictures.curves.iter().map(|method| method.name()).collect();
        assert_eq!(names, ["median cut", "octree", "bits per channel", "greys"]);
        pictures.toggle_curve(CurveMethod::KMeans);
        assert_eq!(pictures.curves[0], CurveMethod::KMeans);
        for (method, name) in CurveMethod::ALL {
            let recipe = Recipe { method: method.method(), ..Recipe::default() };
            assert!(recipe.takes_colours(), "{name}");
        }
    }
}
