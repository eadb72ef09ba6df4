//! A change of scheme as a sentence, for the status bar and the foot of a presentation.

use super::view::format;
use crate::engine::quantize::{
    Amount, CastScale, Clip, Per, Prune, Quantizer, Range, Scales, Scheme, Scope, SignScale, Storage, Threshold, Zero,
};

/// `Bits 5 → 4`, `K-means → Linear`, `Per tensor → channel`: what an edit did, in a few words.
pub fn change(before: &Scheme, after: &Scheme) -> String {
    if before.family().name != after.family().name {
        return format!("{} → {}", before.family().title, after.family().title);
    }
    if before.prune != after.prune {
        return pruning(after.prune.as_ref());
    }
    if before.storage != after.storage {
        return storage(&before.storage, &after.storage);
    }
    match (&before.quantizer, &after.quantizer) {
        (Some(Quantizer::KMeans(old)), Some(Quantizer::KMeans(new))) => {
            if old.k != new.k {
                let whole = old.k.is_power_of_two() && new.k.is_power_of_two();
                return if whole {
                    format!("Bits {} → {}", old.bits(), new.bits())
                } else {
                    format!("Centroids {} → {}", old.k, new.k)
                };
            }
            if old.init != new.init {
                return format!("Start {} → {}", old.init.name(), new.init.name());
            }
            if old.seed != new.seed {
                return format!("Seed {} → {}", old.seed, new.seed);
            }
        }
        (Some(Quantizer::Linear(old)), Some(Quantizer::Linear(new))) => {
            if old.bits != new.bits {
                return format!("Bits {} → {}", old.bits, new.bits);
            }
            if old.range != new.range {
                return format!("Range {} → {}", range(old.range), range(new.range));
            }
            if old.signed != new.signed {
                return format!("Codes {}", if new.signed { "signed" } else { "unsigned" });
            }
            if old.clip != new.clip {
                return match new.clip {
                    Clip::MinMax => "Clip at minimum and maximum".to_owned(),
                    Clip::Percentile(percent) => format!("Clip to {percent} % of the weights"),
                    Clip::Mse => "Clip for the least squared error".to_owned(),
                    Clip::Kl => "Clip for the least divergence".to_owned(),
                    Clip::Fixed { low, high } => format!("Clip at {low} … {high}").replace('-', "−"),
                };
            }
            if old.rounding != new.rounding {
                return format!("Rounding {}", new.rounding);
            }
            if old.scale != new.scale {
                return format!("Scale as {}", new.scale.name());
            }
            if old.zero != new.zero {
                return match new.zero {
                    Zero::Extend => "Range widened to hold 0".to_owned(),
                    Zero::Lab => "Range as it is, Z clamped".to_owned(),
                };
            }
        }
        (Some(Quantizer::Cast(old)), Some(Quantizer::Cast(new))) => {
            if old.format != new.format {
                return format!("Format {} → {}", format_title(&old.format), format_title(&new.format));
            }
            if old.scale != new.scale {
                return match new.scale {
                    CastScale::None => "No scale".to_owned(),
                    CastScale::AbsMax => "Scaled to the format's range".to_owned(),
                };
            }
            if old.rounding != new.rounding {
                return format!("Rounding {} → {}", old.rounding, new.rounding);
            }
            if old.overflow != new.overflow {
                return format!("Overflow {} → {}", old.overflow.name(), new.overflow.name());
            }
        }
        (Some(Quantizer::Binary(old)), Some(Quantizer::Binary(new))) if old.scale != new.scale => {
            return match new.scale {
                SignScale::Mean => "Signs times mean |W|".to_owned(),
                SignScale::None => "Signs alone".to_owned(),
            };
        }
        (Some(Quantizer::Ternary(old)), Some(Quantizer::Ternary(new))) => {
            if old.threshold != new.threshold {
                return match new.threshold {
                    Threshold::Twn => "Zero up to 0.7 mean |W|".to_owned(),
                    Threshold::Optimal => "Zero up to the best threshold".to_owned(),
                    Threshold::AbsMean => "Zero up to mean |W| / 2".to_owned(),
                    Threshold::Share(share) => format!("Zero up to {share} max |W|"),
                    Threshold::Fixed(threshold) => format!("Zero up to {threshold}"),
                };
            }
            if old.scales != new.scales {
                return if new.scales == Scales::Two { "A scale for each sign" } else { "One scale" }.to_owned();
            }
        }
        (Some(Quantizer::Ggml(old)), Some(Quantizer::Ggml(new))) if old != new => {
            return format!("Type {} → {}", old.name(), new.name());
        }
        _ => {}
    }
    if before.per() == after.per() {
        after.to_string()
    } else {
        format!("Per {} → {}", per(before.per()), per(after.per()))
    }
}

/// A stage of pruning, as what it does now.
fn pruning(prune: Option<&Prune>) -> String {
    let Some(prune) = prune else { return "No pruning".to_owned() };
    match (prune.amount, prune.scope) {
        (Amount::Share(share), Scope::Tensor) => format!("Prune {}", format::percent(share)),
        (Amount::Share(share), Scope::Global) => format!("Prune {} of the whole model", format::percent(share)),
        (Amount::Threshold(threshold), _) => format!("Prune below {}", format::number(f64::from(threshold))),
    }
}

/// What an edit did to the way codes are stored.
fn storage(before: &Storage, after: &Storage) -> String {
    match (before.sparse, after.sparse) {
        (Some(old), Some(new)) if old != new => return format!("Index bits {} → {}", old.index, new.index),
        (None, Some(new)) => return format!("Sparse storage, {} index bits", new.index),
        (Some(_), None) => return "Dense storage".to_owned(),
        _ => {}
    }
    if after.huffman { "Huffman coding on".to_owned() } else { "Huffman coding off".to_owned() }
}

/// The words for a range on screen.
pub fn range(range: Range) -> &'static str {
    match range {
        Range::Affine => "asymmetric",
        Range::Restricted => "symmetric, restricted",
        Range::Full => "symmetric, full",
        Range::FullClamped => "symmetric, full, clamped",
        Range::FullHalf => "symmetric, half codes",
    }
}

/// The words for a granularity on screen.
pub fn per(per: Per) -> String {
    match per {
        Per::Tensor => "tensor".to_owned(),
        Per::Channel(0) => "channel".to_owned(),
        Per::Channel(axis) => format!("channel of axis {axis}"),
        Per::Group(size) => format!("group of {size}"),
    }
}

/// A format's name on screen.
pub fn format_title(name: &str) -> String {
    crate::engine::number::named(name).map_or_else(|_| name.to_owned(), |named| named.title.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_told_in_a_few_words() {
        let cases = [
            ("kmeans:bits=5", "kmeans:bits=4", "Bits 5 → 4"),
            ("kmeans:k=3", "kmeans:bits=2", "Centroids 3 → 4"),
            ("kmeans:bits=4", "kmeans:bits=4,init=linear", "Start optimal → linear"),
            ("kmeans:bits=4,init=forgy", "kmeans:bits=4,init=forgy,seed=2", "Seed 0 → 2"),
            ("kmeans:bits=4", "linear:bits=4", "K-means → Linear"),
            ("linear:bits=8", "linear:bits=8,per=group:32", "Per tensor → group of 32"),
            ("linear:bits=8", "linear:bits=8,range=full", "Range asymmetric → symmetric, full"),
            ("linear:bits=8", "linear:bits=8,clip=-1..1", "Clip at −1 … 1"),
            ("prune:share=0.5", "prune:share=0.9", "Prune 90.0 %"),
            ("prune:share=0.5", "prune:share=0.5,scope=global", "Prune 50.0 % of the whole model"),
            ("kmeans:bits=4", "prune:threshold=0.25|kmeans:bits=4", "Prune below 0.25"),
            ("prune:share=0.5|kmeans:bits=4", "kmeans:bits=4", "No pruning"),
            ("linear:bits=4|sparse:index=4", "linear:bits=4|sparse:index=5", "Index bits 4 → 5"),
            ("linear:bits=4", "linear:bits=4|sparse:index=5", "Sparse storage, 5 index bits"),
            ("linear:bits=4|sparse:index=5", "linear:bits=4", "Dense storage"),
            ("kmeans:bits=4", "kmeans:bits=4|huffman", "Huffman coding on"),
            ("float:e4m3fn", "float:e4m3fn,scale=absmax", "Scaled to the format's range"),
            ("binary", "binary:scale=none", "Signs alone"),
            ("ternary", "ternary:threshold=optimal", "Zero up to the best threshold"),
            ("ternary", "ternary:scales=two", "A scale for each sign"),
        ];
        for (before, after, expected) in cases {
            assert_eq!(change(&before.parse().unwrap(), &after.parse().unwrap()), expected);
        }
    }
}
