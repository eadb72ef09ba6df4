//! The levels of a quantized tensor as a histogram shows them: sorted, with counts and boundaries.

use super::encode;
use super::exact::count_codes;
use super::{Codes, Decoder, Levels, Quantized, Quantizer, Rounding};

/// Levels with boundaries but without counts. `used` says which codes must be there (all where the format is small).
pub fn levels_of(decoder: &Decoder, group: usize) -> Levels {
    let mut ranked: Vec<(f32, u16)> = decoder
        .table(group)
        .into_iter()
        .enumerate()
        .filter(|(_, value)| value.is_finite())
        .map(|(code, value)| (value + 0.0, code as u16))
        .collect();
    // Of two codes with one value (±0) the smaller one comes first and stays.
    ranked.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
    ranked.dedup_by(|later, kept| later.0 == kept.0);
    let values: Vec<f32> = ranked.iter().map(|(value, _)| *value).collect();
    let mut boundaries: Vec<f32> = values.windows(2).map(|pair| encode::boundary(pair[0], pair[1])).collect();
    if let Decoder::Signs { threshold, .. } = decoder
        && let ([low, high], Some(known)) = (boundaries.as_mut_slice(), threshold.get(2 * group..2 * group + 2))
    {
        (*low, *high) = ((-known[0]).next_down(), known[1]);
    }
    Levels {
        group,
        codes: ranked.iter().map(|(_, code)| *code).collect(),
        counts: vec![0; values.len()],
        boundaries,
        values,
    }
}

impl Levels {
    /// Moves the boundaries of evenly spaced levels to where a rounding rule has them.
    pub(super) fn rounded(&mut self, rounding: Rounding, scale: f32) {
        self.rounded_by(rounding, |value, _| (value / scale).round() % 2.0 != 0.0);
    }

    /// Moves the boundaries to where a rounding rule has them: on the levels for a directed rule, in the middle where chance decides.
    /// `is_odd` tells whether a level, by its value and code, is one that rounding to odd prefers.
    pub(super) fn rounded_by(&mut self, rounding: Rounding, is_odd: impl Fn(f32, u16) -> bool) {
        let pairs = self.values.windows(2).zip(&self.codes);
        for (boundary, (pair, &code)) in self.boundaries.iter_mut().zip(pairs) {
            let (low, below_high) = (pair[0], pair[1].next_down());
            let odd = is_odd(pair[0], code);
            *boundary = match rounding {
                Rounding::Up => low,
                Rounding::Down => below_high,
                Rounding::TowardZero => {
                    if pair[1].abs() > low.abs() {
                        below_high
                    } else {
                        low
                    }
                }
                Rounding::Odd => {
                    if odd {
                        below_high
                    } else {
                        low
                    }
                }
                _ => continue,
            };
        }
    }
}

/// The levels of one group with the exact number of weights on each.
pub fn levels(quantized: &Quantized, group: usize) -> Levels {
    if group >= quantized.partition.groups() {
        // A divided tensor without weights has no group at all.
        return Levels::default();
    }
    let mut levels = levels_of(&quantized.decoder, group);
    if let (Some(Quantizer::Linear(linear)), Decoder::Affine { scale, .. }) =
        (&quantized.scheme.quantizer, &quantized.decoder)
    {
        levels.rounded(linear.rounding, scale[group]);
    }
    if let Some(Quantizer::Cast(cast)) = &quantized.scheme.quantizer
        && let Ok(entry) = super::cast::entry(cast)
    {
        levels.rounded_by(cast.rounding, |_, code| super::cast::is_odd(entry.format, code));
    }
    let counts = if quantized.partition.groups() == 1 {
        match &quantized.codes {
            Codes::Narrow(codes) => count_codes(codes),
            Codes::Wide(codes) => count_codes(codes),
            Codes::Floats(_) => return Levels::default(),
        }
    } else {
        let mut counts = vec![0; 1 << quantized.bits.max(8)];
        for run in quantized.partition.runs_of(group) {
            for index in run {
                counts[usize::from(quantized.codes.get(index))] += 1;
            }
        }
        counts
    };
    let table = quantized.decoder.table(group);
    for (code, &value) in table.iter().enumerate() {
        if counts[code] > 0
            && let Ok(rank) = levels.values.binary_search_by(|level| level.total_cmp(&(value + 0.0)))
        {
            levels.counts[rank] += counts[code];
        }
    }
    levels
}
