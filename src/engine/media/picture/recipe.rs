//! What is asked for, as plain data and as one line of text.

use std::fmt;
use std::sync::Arc;

use super::{Dither, Fixed, Rgb, Space, fixed};

/// The most colours of a palette. More than 256 do not fit a palette PNG: they are for the curve.
pub const MOST_COLOURS: usize = 4096;

/// How the palette comes about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// Lloyd's k-means from a start by variance.
    KMeans,
    /// Heckbert's median cut.
    MedianCut,
    /// Gervautz and Purgathofer's octree.
    Octree,
    /// So many bits a channel, red, green and blue; where there are none given, as the number of colours allows.
    Uniform(Option<[u32; 3]>),
    /// A given palette.
    Fixed(Fixed),
}

impl Method {
    /// Its name in text, without settings.
    pub fn name(&self) -> &'static str {
        match self {
            Self::KMeans => "kmeans",
            Self::MedianCut => "median-cut",
            Self::Octree => "octree",
            Self::Uniform(_) => "uniform",
            Self::Fixed(_) => "fixed",
        }
    }
}

/// A palette and how pixels take its colours.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// How the palette comes about.
    pub method: Method,
    /// Colours, 2 to [`MOST_COLOURS`]; for methods with a number of their own it says nothing.
    pub colours: usize,
    /// Where means and distances are taken.
    pub space: Space,
    /// How the error is spread.
    pub dither: Dither,
    /// How much of it, 0 to 1.
    pub amount: f32,
}

impl Default for Recipe {
    /// The lecture's: 16 colours by k-means.
    fn default() -> Self {
        Self { method: Method::KMeans, colours: 16, space: Space::Srgb, dither: Dither::None, amount: 1.0 }
    }
}

impl Recipe {
    /// The colours that the palette will have, as long as the picture has as many.
    pub fn count(&self) -> usize {
        match &self.method {
            Method::KMeans | Method::MedianCut | Method::Octree => self.colours,
            Method::Uniform(bits) => 1 << bits.unwrap_or_else(|| fixed::split(self.colours)).iter().sum::<u32>(),
            Method::Fixed(Fixed::Grey) => self.colours,
            Method::Fixed(fixed) => fixed.colours(self.colours).len(),
        }
    }

    /// Whether the number of colours can be chosen.
    pub fn takes_colours(&self) -> bool {
        !matches!(self.method, Method::Uniform(Some(_)) | Method::Fixed(Fixed::WebSafe | Fixed::File { .. }))
    }

    /// Reads a text such as `kmeans:colours=16,space=oklab,dither=floyd-steinberg,amount=0.8`, `uniform:bits=3-3-2`, `fixed:web-safe` or
    /// `fixed:PATH`; `load` reads a palette file. What is left out is at its default.
    ///
    /// # Errors
    /// What was expected, in one line.
    pub fn parse(text: &str, load: impl Fn(&str) -> Result<Vec<Rgb>, String>) -> Result<Self, String> {
        let text = text.trim();
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let mut recipe = Self { method: method(name)?, ..Self::default() };
        for (place, piece) in rest.split(',').map(str::trim).filter(|piece| !piece.is_empty()).enumerate() {
            if name == "fixed" && place == 0 {
                recipe.method = Method::Fixed(given(piece, &load)?);
                continue;
            }
            let (key, value) =
                piece.split_once('=').ok_or_else(|| format!("{piece}: expected key=value, as in colours=16"))?;
            match key {
                "bits" if name == "uniform" => recipe.method = Method::Uniform(Some(mix(value)?)),
                "colours" | "colors" | "k" => recipe.colours = colours(value)?,
                "bits" => {
                    let bits: Option<u32> = value.parse().ok().filter(|bits| (1..=12).contains(bits));
                    recipe.colours = 1_usize << bits.ok_or_else(|| format!("bits is 1 to 12, not {value}"))?;
                }
                "space" => recipe.space = choice("space", value, &Space::ALL)?,
                "dither" => recipe.dither = dither(value)?,
                "amount" => recipe.amount = amount(value)?,
                _ => {
                    return Err(format!(
                        "a picture has no setting {key}; expected colours, bits, space, dither or amount"
                    ));
                }
            }
        }
        if matches!(&recipe.method, Method::Fixed(Fixed::File { name, .. }) if name.is_empty()) {
            return Err("fixed: expected web-safe, grey or a palette file, as in fixed:web-safe".to_owned());
        }
        Ok(recipe)
    }
}

/// The method of that name, with its defaults; a fixed palette is still to be named.
///
/// # Errors
/// Another name.
fn method(name: &str) -> Result<Method, String> {
    match name {
        "kmeans" => Ok(Method::KMeans),
        "median-cut" => Ok(Method::MedianCut),
        "octree" => Ok(Method::Octree),
        "uniform" => Ok(Method::Uniform(None)),
        "fixed" => Ok(Method::Fixed(Fixed::File { name: String::new(), colours: Arc::from([]) })),
        _ => {
            Err(format!("{name}: there is no such method; expected kmeans, median-cut, octree, uniform or fixed:NAME"))
        }
    }
}

fn given(name: &str, load: impl Fn(&str) -> Result<Vec<Rgb>, String>) -> Result<Fixed, String> {
    match name {
        "web-safe" => Ok(Fixed::WebSafe),
        "grey" | "gray" => Ok(Fixed::Grey),
        _ => Ok(Fixed::File { name: name.to_owned(), colours: load(name)?.into() }),
    }
}

fn mix(text: &str) -> Result<[u32; 3], String> {
    let parts: Vec<u32> = text.split('-').filter_map(|part| part.parse().ok()).collect();
    match *parts.as_slice() {
        [r, g, b] if parts.iter().all(|&bits| bits <= 8) && (1..=12).contains(&(r + g + b)) => Ok([r, g, b]),
        _ => Err(format!("{text}: expected bits of red-green-blue, 1 to 12 in all, as in 3-3-2")),
    }
}

/// A number of colours from text.
///
/// # Errors
/// No number, or one that no palette has.
pub(super) fn colours(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (2..=MOST_COLOURS).contains(number));
    number.ok_or_else(|| format!("{text}: expected 2 to {MOST_COLOURS} colours"))
}

fn amount(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| format!("{text}: expected an amount of 0 to 1"))
}

fn dither(text: &str) -> Result<Dither, String> {
    choice("dither", if text == "bayer" { "bayer:8" } else { text }, &Dither::ALL)
}

fn choice<T: Copy>(key: &str, value: &str, choices: &[(T, &str)]) -> Result<T, String> {
    choices.iter().find(|(_, name)| *name == value).map(|(choice, _)| *choice).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(_, name)| *name).collect();
        format!("{key} is {}, not {value}", names.join(" or "))
    })
}

impl fmt::Display for Recipe {
    /// The canonical text: defaults are left out, but for the number of colours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut settings = Vec::new();
        match &self.method {
            Method::Fixed(Fixed::WebSafe) => settings.push("web-safe".to_owned()),
            Method::Fixed(Fixed::Grey) => settings.push("grey".to_owned()),
            Method::Fixed(Fixed::File { name, .. }) => settings.push(name.clone()),
            Method::Uniform(Some([r, g, b])) => settings.push(format!("bits={r}-{g}-{b}")),
            _ => {}
        }
        if self.takes_colours() {
            settings.push(format!("colours={}", self.colours));
        }
        if self.space != Space::default() {
            settings.push(format!("space={}", self.space.name()));
        }
        if self.dither != Dither::None {
            settings.push(format!("dither={}", self.dither.name()));
            if self.amount != 1.0 {
                settings.push(format!("amount={}", self.amount));
            }
        }
        write!(f, "{}:{}", self.method.name(), settings.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Recipe, String> {
        Recipe::parse(text, |path| match path {
            "a.gpl" => Ok(vec![[1, 2, 3], [4, 5, 6]]),
            _ => Err(format!("{path}: no such file")),
        })
    }

    #[test]
    fn texts_read_back_or_say_what_was_expected() {
        let canonical = [
            "kmeans:colours=16",
            "kmeans:colours=256,space=oklab,dither=floyd-steinberg,amount=0.75",
            "median-cut:colours=7,space=linear",
            "octree:colours=64,dither=bayer:4",
            "uniform:bits=3-3-2",
            "uniform:colours=16,dither=blue-noise",
            "fixed:web-safe,dither=atkinson",
            "fixed:grey,colours=4",
            "fixed:a.gpl,dither=sierra",
        ];
        for text in canonical {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        for (text, canonical) in [
            ("kmeans", "kmeans:colours=16"),
            ("kmeans:bits=4", "kmeans:colours=16"),
            ("kmeans:k=9, dither=bayer", "kmeans:colours=9,dither=bayer:8"),
            ("fixed:gray,colors=2", "fixed:grey,colours=2"),
            ("kmeans:amount=0.5", "kmeans:colours=16"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), canonical, "{text}");
        }
        for (text, expected) in [
            ("linear:bits=4", "kmeans, median-cut"),
            ("kmeans:colours=1", "2 to 4096"),
            ("kmeans:colours=many", "2 to 4096"),
            ("kmeans:bits=13", "1 to 12"),
            ("uniform:bits=8-8-8", "3-3-2"),
            ("kmeans:space=lab", "oklab"),
            ("kmeans:dither=bayer:3", "bayer:16"),
            ("kmeans:amount=2", "0 to 1"),
            ("kmeans:amount=NaN", "0 to 1"),
            ("kmeans:speed=9", "no setting speed"),
            ("kmeans:16", "key=value"),
            ("fixed", "web-safe"),
            ("fixed:b.gpl", "no such file"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn the_number_of_colours_follows_the_method() {
        let count = |text: &str| parse(text).unwrap().count();
        assert_eq!(count("kmeans:colours=7"), 7);
        assert_eq!(count("uniform:colours=255"), 128);
        assert_eq!(count("uniform:bits=3-3-2"), 256);
        assert_eq!(count("fixed:web-safe"), 216);
        assert_eq!(count("fixed:a.gpl"), 2);
        assert_eq!(count("fixed:grey,colours=5"), 5);
    }
}
