//! Settings of the page about S and Z. Its quantizer is the scheme that all pages share.

use crate::engine::quantize::{self, Quantizer, Scheme, SchemeError};

/// What the lower card of the page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Study {
    /// Every weight from value to code and back, beside k-means.
    #[default]
    Cells,
    /// The largest weight dragged outward, and where to clip.
    Clip,
    /// One scale for all, one a channel, one a group.
    Granularity,
}

/// Settings of the page about S and Z.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine {
    /// What the lower card shows.
    pub study: Study,
    /// What the weight of the largest magnitude is replaced by: an outlier.
    pub outlier: Option<f32>,
    /// Weights that share a scale where groups do.
    pub group: usize,
}

impl Default for Affine {
    fn default() -> Self {
        Self { study: Study::default(), outlier: None, group: 2 }
    }
}

/// The linear quantizer that the pages of the group show: the shared scheme, or one of its width where that is no linear one.
pub fn quantizer(scheme: &Scheme) -> quantize::Linear {
    match &scheme.quantizer {
        Some(Quantizer::Linear(linear)) => linear.clone(),
        _ => plain(scheme.bits().unwrap_or(2)),
    }
}

/// The asymmetric quantizer of that width.
///
/// # Panics
/// If the text form of a linear quantizer does not read back: a defect that the tests would find.
pub fn plain(bits: u32) -> quantize::Linear {
    parse(&format!("linear:bits={}", bits.clamp(1, 16))).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads a linear quantizer from its text.
///
/// # Errors
/// A text that is no scheme, or one of another family.
pub fn parse(text: &str) -> Result<quantize::Linear, String> {
    let scheme: Scheme = text.parse().map_err(|error: SchemeError| error.to_string())?;
    match scheme.quantizer {
        Some(Quantizer::Linear(linear)) => Ok(linear),
        _ => Err(format!("{text} is not linear; this page takes linear:bits=…")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_family_lends_its_width() {
        let of = |text: &str| Quantizer::Linear(quantizer(&text.parse().unwrap())).to_string();
        assert_eq!(of("kmeans:bits=3"), "linear:bits=3");
        assert_eq!(of("linear:bits=4,range=full"), "linear:bits=4,range=full");
        assert!(parse("kmeans:bits=2").unwrap_err().contains("linear:bits="));
        assert!(parse("nonsense").is_err());
    }
}
