//! What the page that compares palettes holds.

use super::pictures::palette;
use crate::engine::media::picture::Recipe;

/// Most recipes side by side.
pub const MOST: usize = 6;

/// The ways to few colours that are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Palettes {
    /// At most [`MOST`], in the order in which they stand.
    pub compared: Vec<Recipe>,
}

impl Default for Palettes {
    /// Sixteen colours by every method.
    fn default() -> Self {
        Self {
            compared: of(&[
                "kmeans:colours=16",
                "kmeans:colours=16,space=linear",
                "kmeans:colours=16,space=oklab",
                "median-cut:colours=16",
                "octree:colours=16",
                "uniform:colours=16",
            ]),
        }
    }
}

/// Recipes from texts; what does not parse is left out.
pub fn of(texts: &[&str]) -> Vec<Recipe> {
    texts.iter().filter_map(|text| Recipe::parse(text, palette).ok()).collect()
}

impl Palettes {
    /// All recipes on one line: `kmeans:colours=16 + octree:colours=16`.
    pub fn text(&self) -> String {
        self.compared.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
    }

    /// Takes what [`Self::text`] writes.
    ///
    /// # Errors
    /// Which recipe is wrong, and what was expected; the setting stays as it was.
    pub fn parse(&mut self, text: &str) -> Result<(), String> {
        let parts = text.split(" + ").map(str::trim).filter(|part| !part.is_empty());
        let compared: Vec<Recipe> = parts.map(|part| Recipe::parse(part, palette)).collect::<Result<_, String>>()?;
        if compared.len() > MOST {
            return Err(format!("{} recipes: expected at most {MOST}, joined by +", compared.len()));
        }
        self.compared = compared;
        Ok(())
    }

    /// The same with another recipe: at the end, or in the place of the last where there is no room. One that stands there already is
    /// not added again.
    pub fn with(&self, recipe: Recipe) -> Self {
        let mut compared = self.compared.clone();
        if !compared.contains(&recipe) {
            compared.truncate(MOST - 1);
            compared.push(recipe);
        }
        Self { compared }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_have_a_text_that_reads_back() {
        let mut palettes = Palettes::default();
        assert_eq!(palettes.compared.len(), MOST, "every default parses");
        let text = palettes.text();
        palettes.parse("octree").unwrap();
        assert_eq!(palettes.text(), "octree:colours=16");
        palettes.parse(&text).unwrap();
        assert_eq!(palettes, Palettes::default());
        for (text, hint) in [
            ("kmeans:colours=1", "expected 2 to 4096"),
            ("octree + nonsense", "there is no such method"),
            (&["octree"; 7].join(" + "), "at most 6"),
        ] {
            let error = palettes.parse(text).unwrap_err();
            assert!(error.contains(hint), "{text}: {error}");
            assert_eq!(palettes, Palettes::default());
        }
    }

    #[test]
    fn a_seventh_takes_the_place_of_the_sixth() {
        let grey = of(&["fixed:grey,colours=4"]).remove(0);
        let palettes = Palettes::default().with(grey.clone());
        assert_eq!((palettes.compared.len(), palettes.compared.last()), (MOST, Some(&grey)));
        assert_eq!(palettes.with(grey), palettes);
    }
}
