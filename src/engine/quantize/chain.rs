//! A scheme: the stages that a tensor goes through, from left to right.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text::{Setting, once, split, stage, unknown, whole};
use super::{Amount, FAMILIES, Family, Per, Prune, Quantizer, SchemeError, Scope};

/// What happens to a tensor: pruning, then a quantizer, then a way to store its codes; each may be absent, not all of them.
///
/// The text form ([`Display`], [`FromStr`]) is one line such as `kmeans:bits=4,init=linear` or
/// `prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=5|huffman`; settings at their defaults are left out. Serialization uses
/// the text form. It is what the controls edit, undo restores, files record and the command line takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scheme {
    /// Small weights that become 0.
    pub prune: Option<Prune>,
    /// How weights become codes; without one they stay float32.
    pub quantizer: Option<Quantizer>,
    /// How the codes, or the weights that stay, are stored.
    pub storage: Storage,
}

/// How codes are stored: densely at their width where nothing else is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Storage {
    /// Only what is not 0 is stored, with its position.
    pub sparse: Option<Sparse>,
    /// Codes and positions are Huffman-coded, each with a table of its own.
    pub huffman: bool,
}

/// Positions as relative indices (Han et al. 2016, section 2): the step from one stored weight to the next, 1…2^index. Where a gap is
/// longer, a filler with the value 0 is stored in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sparse {
    /// Bits of a step, 1…16.
    pub index: u8,
}

/// What [`Scheme::family`] says where no quantizer follows.
const UNQUANTIZED: Family = Family {
    name: "none",
    title: "No quantizer",
    example: "prune:share=0.5",
    summary: "Weights stay float32; small ones may become 0",
};

impl Storage {
    /// One code after the other at its width, each weight's.
    pub fn is_dense(&self) -> bool {
        *self == Self::default()
    }
}

impl From<Quantizer> for Scheme {
    fn from(quantizer: Quantizer) -> Self {
        Self { prune: None, quantizer: Some(quantizer), storage: Storage::default() }
    }
}

impl Scheme {
    /// The row of the quantizer in [`FAMILIES`]; a row of its own, which is not in that table, where there is none.
    pub fn family(&self) -> &'static Family {
        self.quantizer.as_ref().map_or(&UNQUANTIZED, Quantizer::family)
    }

    /// Width of one code in bits; `None` without a quantizer, and for a cast to a format that the catalogue lacks.
    pub fn bits(&self) -> Option<u32> {
        self.quantizer.as_ref().and_then(Quantizer::bits)
    }

    /// Which weights share parameters.
    pub fn per(&self) -> Per {
        self.quantizer.as_ref().map_or(Per::Tensor, Quantizer::per)
    }

    /// Whether it is a quantizer alone, its codes stored densely.
    pub fn is_plain(&self) -> bool {
        self.prune.is_none() && self.quantizer.is_some() && self.storage.is_dense()
    }

    /// The same chain at another code width.
    ///
    /// # Errors
    /// A quantizer whose width is fixed or that does not go down to it; no quantizer.
    pub fn with_bits(&self, bits: u32) -> Result<Self, SchemeError> {
        match &self.quantizer {
            Some(quantizer) => Ok(self.with_quantizer(quantizer.with_bits(bits)?)),
            None => Err(SchemeError::new("without a quantizer there is no width to change")),
        }
    }

    /// The same chain with its parameters shared by other weights.
    pub fn with_per(&self, per: Per) -> Self {
        let quantizer = self.quantizer.as_ref().map(|quantizer| quantizer.with_per(per));
        Self { quantizer, ..self.clone() }
    }

    /// The same chain with another quantizer. A sparse storage that this one has no filler for is dropped.
    pub fn with_quantizer(&self, quantizer: Quantizer) -> Self {
        let mut scheme = Self { quantizer: Some(quantizer), ..self.clone() };
        if scheme.check().is_err() {
            scheme.storage.sparse = None;
        }
        scheme
    }

    /// What no chain can be.
    fn check(&self) -> Result<(), SchemeError> {
        let sparse = self.storage.sparse.is_some();
        match &self.quantizer {
            None if self.storage.huffman && !sparse => Err(SchemeError::new(
                "huffman codes what a stage before it made; put a quantizer or sparse before it, as in kmeans:bits=4|huffman",
            )),
            Some(Quantizer::KMeans(kmeans)) if sparse && !kmeans.pinned => {
                Err(SchemeError::new("sparse needs a code that means 0 for its fillers; add zero=pinned to kmeans"))
            }
            Some(Quantizer::Binary(_)) if sparse => {
                Err(SchemeError::new("sparse needs a code that means 0 for its fillers; binary has none, ternary has"))
            }
            _ => Ok(()),
        }
    }
}

/// The order of stages, for messages.
const ORDER: &str = "prune, one quantizer, sparse, huffman";

impl FromStr for Scheme {
    type Err = SchemeError;

    fn from_str(text: &str) -> Result<Self, SchemeError> {
        if text.trim().is_empty() {
            let names = FAMILIES.iter().map(|family| family.name).collect::<Vec<_>>().join(", ");
            return Err(SchemeError::new(format!("a scheme starts with one of prune, {names}")));
        }
        let mut scheme = Self { prune: None, quantizer: None, storage: Storage::default() };
        for text in text.split('|') {
            let (name, settings) = stage(text);
            once(name, &settings)?;
            let early = |earlier: bool, later: &str| {
                if earlier {
                    Ok(())
                } else {
                    Err(SchemeError::new(format!(
                        "{name} cannot follow {later}; stages come in the order {ORDER}, each at most once"
                    )))
                }
            };
            let Storage { sparse, huffman } = scheme.storage;
            early(!huffman, "huffman")?;
            match name {
                "" => return Err(SchemeError::new(format!("a stage is missing beside a |; stages are {ORDER}"))),
                "prune" => {
                    early(sparse.is_none(), "sparse")?;
                    early(scheme.quantizer.is_none(), scheme.family().name)?;
                    early(scheme.prune.is_none(), "prune")?;
                    scheme.prune = Some(prune(&settings)?);
                }
                "sparse" => {
                    early(sparse.is_none(), "sparse")?;
                    scheme.storage.sparse = Some(sparse_of(&settings)?);
                }
                "huffman" => match settings.first() {
                    Some(setting) => return Err(SchemeError::new(format!("huffman has no settings, found {setting}"))),
                    None => scheme.storage.huffman = true,
                },
                _ => {
                    let quantizer = text.parse()?;
                    early(sparse.is_none(), "sparse")?;
                    early(scheme.quantizer.is_none(), scheme.family().name)?;
                    scheme.quantizer = Some(quantizer);
                }
            }
        }
        scheme.check()?;
        Ok(scheme)
    }
}

fn prune(settings: &[&str]) -> Result<Prune, SchemeError> {
    let (mut amount, mut scope) = (None, Scope::default());
    for text in settings {
        let Setting { key, value } = split(text)?;
        let number = || value.parse::<f64>().ok().filter(|number| number.is_finite());
        match key {
            "share" | "threshold" if amount.is_some() => {
                return Err(SchemeError::new("prune takes one of share and threshold, not both"));
            }
            "share" => match number().filter(|share| (0.0..=1.0).contains(share)) {
                Some(share) => amount = Some(Amount::Share(share)),
                None => return Err(SchemeError::new(format!("share is 0 to 1, not {value}"))),
            },
            "threshold" => match value.parse::<f32>().ok().filter(|limit| limit.is_finite() && *limit >= 0.0) {
                Some(threshold) => amount = Some(Amount::Threshold(threshold)),
                None => return Err(SchemeError::new(format!("threshold is a magnitude of 0 or more, not {value}"))),
            },
            "scope" => scope = super::text::choice("scope", value, Scope::ALL, Scope::name)?,
            _ => return Err(unknown("prune", key, "share, threshold, scope")),
        }
    }
    match amount {
        Some(Amount::Threshold(_)) if scope == Scope::Global => {
            Err(SchemeError::new("a threshold is the same for every tensor; scope=global goes with share"))
        }
        Some(amount) => Ok(Prune { amount, scope }),
        None => Err(SchemeError::new("prune needs share=0..1 or threshold=, as in prune:share=0.9")),
    }
}

fn sparse_of(settings: &[&str]) -> Result<Sparse, SchemeError> {
    let mut index = None;
    for text in settings {
        let Setting { key, value } = split(text)?;
        match key {
            "index" => index = Some(whole::<u8>("index", value, 1, 16)?),
            _ => return Err(unknown("sparse", key, "index")),
        }
    }
    index
        .map(|index| Sparse { index })
        .ok_or_else(|| SchemeError::new("sparse needs the bits of a step, as in sparse:index=5"))
}

impl Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut stages = Vec::new();
        if let Some(prune) = &self.prune {
            let amount = match prune.amount {
                Amount::Share(share) => format!("share={share}"),
                Amount::Threshold(threshold) => format!("threshold={threshold}"),
            };
            let scope = if prune.scope == Scope::Global { ",scope=global" } else { "" };
            stages.push(format!("prune:{amount}{scope}"));
        }
        stages.extend(self.quantizer.as_ref().map(Quantizer::to_string));
        stages.extend(self.storage.sparse.map(|sparse| format!("sparse:index={}", sparse.index)));
        if self.storage.huffman {
            stages.push("huffman".to_owned());
        }
        f.write_str(&stages.join("|"))
    }
}

impl TryFrom<String> for Scheme {
    type Error = SchemeError;

    fn try_from(text: String) -> Result<Self, SchemeError> {
        text.parse()
    }
}

impl From<Scheme> for String {
    fn from(scheme: Scheme) -> Self {
        scheme.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_parse_and_print_in_canonical_form() {
        let same = |text: &'static str| (text, Ok(text));
        let becomes = |text: &'static str, canonical: &'static str| (text, Ok(canonical));
        let fails = |text: &'static str, hint: &'static str| (text, Err(hint));
        let cases: Vec<(&str, Result<&str, &str>)> = vec![
            same("kmeans:bits=4"),
            same("prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=5|huffman"),
            same("prune:share=0.9,scope=global|kmeans:k=17,zero=pinned"),
            same("prune:threshold=0.015"),
            same("prune:share=0.5|sparse:index=4"),
            same("prune:share=0.5|sparse:index=4|huffman"),
            same("sparse:index=16"),
            same("kmeans:bits=4|huffman"),
            same("linear:bits=8,range=restricted|sparse:index=8"),
            becomes(
                " prune : share = 0.90 , scope = tensor | kmeans | huffman ",
                "prune:share=0.9|kmeans:bits=4|huffman",
            ),
            fails("", "starts with"),
            fails("kmean:bits=4", "unknown scheme kmean"),
            fails("kmeans:bits=4|", "a stage is missing"),
            fails("kmeans:bits=4|linear:bits=4", "linear cannot follow kmeans"),
            fails("kmeans:bits=4|prune:share=0.5", "prune cannot follow kmeans"),
            fails("prune:share=0.5|prune:share=0.6", "prune cannot follow prune"),
            fails("huffman|kmeans:bits=4", "kmeans cannot follow huffman"),
            fails("kmeans:bits=4|huffman|sparse:index=4", "sparse cannot follow huffman"),
            fails("sparse:index=4|kmeans:bits=4", "kmeans cannot follow sparse"),
            fails("huffman", "put a quantizer or sparse before it"),
            fails("prune:share=0.5|huffman", "put a quantizer or sparse before it"),
            fails("kmeans:bits=4|sparse:index=4", "zero=pinned"),
            fails("kmeans:bits=4|huffman:streams=4", "no settings"),
            fails("sparse", "sparse:index=5"),
            fails("sparse:index=17", "index is 1 to 16"),
            fails("prune", "share=0..1"),
            fails("prune:share=1.5", "share is 0 to 1"),
            fails("prune:share=NaN", "share is 0 to 1"),
            fails("prune:threshold=-1", "magnitude"),
            fails("prune:share=0.5,threshold=1", "not both"),
            fails("prune:threshold=1,scope=global", "goes with share"),
            fails("prune:share=0.5,scope=layer", "scope is one of"),
            fails("prune:rate=0.5", "no setting rate"),
        ];
        for (text, expected) in cases {
            match (text.parse::<Scheme>(), expected) {
                (Ok(scheme), Ok(canonical)) => {
                    assert_eq!(scheme.to_string(), canonical, "{text}");
                    assert_eq!(canonical.parse::<Scheme>().unwrap(), scheme, "{text}");
                }
                (Err(error), Err(hint)) => assert!(error.to_string().contains(hint), "{text}: {error}"),
                (found, expected) => panic!("{text}: {found:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn edits_keep_the_other_stages() {
        let chain: Scheme = "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=5|huffman".parse().unwrap();
        let text = |scheme: Scheme| scheme.to_string();
        assert_eq!(
            text(chain.with_bits(3).unwrap()),
            "prune:share=0.9|kmeans:bits=3,zero=pinned|sparse:index=5|huffman"
        );
        let other: Quantizer = "kmeans:bits=2".parse().unwrap();
        assert_eq!(text(chain.with_quantizer(other)), "prune:share=0.9|kmeans:bits=2|huffman");
        let pruned: Scheme = "prune:share=0.9".parse().unwrap();
        assert_eq!((pruned.bits(), pruned.family().name, pruned.is_plain()), (None, "none", false));
        assert!(pruned.with_bits(4).is_err());
    }
}
