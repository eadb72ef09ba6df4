//! A change of scheme as a sentence, for the status bar and the foot of a presentation.

use crate::engine::quantize::{CastScale, Clip, Per, Quantizer, Range, Scales, Scheme, SignScale, Threshold, Zero};

/// `Bits 5 → 4`, `K-means → Linear`, `Per tensor → channel`: what an edit did, in a few words.
pub fn change(before: &Scheme, after: &Scheme) -> String {
    if before.family().name != after.family().name {
        return format!("{} → {}", before.family().title, after.family().title);
    }
    if before.prune != after.prune || before.storage != after.storage {
        return after.to_string();
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
