//! Evenly spaced levels, r = S(q − Z), with codes computed in float32 as ONNX QuantizeLinear does.
//!
//! Stated rules: a range is widened to hold 0 unless the scheme says `zero=lab`, and even then where it has no width (a constant
//! group); a range of nothing but 0 has S = 1 and Z = 0. A scale that underflows float32 is its smallest positive number, one
//! that overflows its largest.

use rayon::prelude::*;

use super::answer::answer;
use super::encode::{Code, Encoder, encode};
use super::levels::levels_of;
use super::{Clip, Decoder, Fitted, Linear, Partition, Preview, QuantizeError, Quantized, Range, Scheme, Zero};
use crate::engine::measure::Tally;
use crate::engine::tensor::Summary;
use crate::engine::{Cancelled, Progress};

/// How S and Z of one group come about (lecture, slides 50 to 59), step by step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Derivation {
    /// Lower end of the range that the codes cover.
    pub r_min: f32,
    /// Upper end.
    pub r_max: f32,
    /// Smallest code.
    pub q_min: i32,
    /// Largest code.
    pub q_max: i32,
    /// S, as stored.
    pub scale: f32,
    /// q_min − r_min / S, before rounding; 0 for symmetric ranges.
    pub exact_zero_point: f64,
    /// Z: the exact one rounded half to even, and clamped into the codes.
    pub zero_point: i32,
}

/// S and Z for weights from `low` to `high`.
pub fn derive(low: f32, high: f32, linear: &Linear) -> Derivation {
    let (q_min, q_max) = linear.codes();
    let (mut r_min, mut r_max) = (low, high);
    if linear.range.is_symmetric() {
        r_max = low.abs().max(high.abs());
        r_min = -r_max;
    } else if linear.zero == Zero::Extend || low >= high {
        (r_min, r_max) = (low.min(0.0), high.max(0.0));
    }
    if r_min == r_max {
        return Derivation { r_min, r_max, q_min, q_max, scale: 1.0, exact_zero_point: 0.0, zero_point: 0 };
    }
    let steps = f64::from(1_u32 << (linear.bits - 1));
    let (low, high) = (f64::from(r_min), f64::from(r_max));
    let exact = match linear.range {
        Range::Affine => (high - low) / f64::from(q_max - q_min),
        Range::Restricted | Range::FullClamped => high / (steps - 1.0),
        Range::Full => high / steps,
        Range::FullHalf => high / (steps - 0.5),
    };
    let scale = (exact as f32).clamp(f32::from_bits(1), f32::MAX);
    let exact_zero_point = match linear.range {
        Range::Affine => f64::from(q_min) - low / f64::from(scale),
        _ => 0.0,
    };
    let zero_point = exact_zero_point.round_ties_even().clamp(f64::from(q_min), f64::from(q_max)) as i32;
    Derivation { r_min, r_max, q_min, q_max, scale, exact_zero_point, zero_point }
}

/// Whether the settings go together; text forms are checked when read, schemes built by hand here.
fn check(linear: &Linear) -> Result<(), QuantizeError> {
    let problem = match linear {
        Linear { bits, .. } if !(1..=16).contains(bits) => format!("bits is 1 to 16, not {bits}"),
        Linear { bits: 1, range, .. } if range.needs_two_bits() => {
            format!("range={} needs at least 2 bits", range.name())
        }
        Linear { signed: false, range, .. } if range.is_symmetric() => {
            format!("range={} is for signed codes; signed=false goes with range=affine", range.name())
        }
        Linear { clip: Clip::Fixed { low, high }, .. } if !(low < high && low.is_finite() && high.is_finite()) => {
            format!("clip={low}..{high} is no range")
        }
        _ => return Ok(()),
    };
    Err(QuantizeError::Unfit(problem))
}

/// One group's parameters, ready for the kernel; in codes from 0, which the clamping leaves exact.
#[derive(Clone, Copy)]
struct Parameters {
    scale: f32,
    /// Z − q_min: the code of 0, if there is one.
    offset: f32,
    /// q_max − q_min.
    span: f32,
}

impl Parameters {
    /// The code of a weight that is not NaN.
    fn code(self, weight: f32) -> f32 {
        ((weight / self.scale).round_ties_even() + self.offset).clamp(0.0, self.span)
    }

    fn encode(self, weights: &[f32], codes: &mut [impl Code], tally: &mut Tally) {
        for (&weight, code) in weights.iter().zip(codes) {
            // NaN takes the level nearest to zero.
            let place = if weight.is_nan() { self.offset.clamp(0.0, self.span) } else { self.code(weight) };
            *code = Code::of(place as usize);
            tally.add(weight, self.scale * (place - self.offset));
        }
    }
}

struct Kernel {
    scale: Vec<f32>,
    zero_point: Vec<i32>,
    codes: (i32, i32),
}

impl Kernel {
    fn parameters(&self, group: usize) -> Parameters {
        let (q_min, q_max) = self.codes;
        let zero_point = self.zero_point.get(group).copied().unwrap_or(0);
        Parameters { scale: self.scale[group], offset: (zero_point - q_min) as f32, span: (q_max - q_min) as f32 }
    }
}

impl Encoder for Kernel {
    fn encode<C: Code>(&self, group: usize, weights: &[f32], codes: &mut [C], tally: &mut Tally) {
        let parameters = self.parameters(group);
        let scalar = |weights: &[f32], codes: &mut [C], tally: &mut Tally| parameters.encode(weights, codes, tally);
        #[cfg(target_arch = "x86_64")]
        return super::encode::pieces(weights, codes, tally, scalar, |weights, codes| {
            let Parameters { scale, offset, span } = parameters;
            // SAFETY: `pieces` calls this only where there is AVX2.
            unsafe { super::avx2::linear(weights, codes, [scale, offset, span]) }
        });
        #[cfg(not(target_arch = "x86_64"))]
        scalar(weights, codes, tally);
    }
}

fn method(linear: &Linear) -> String {
    match linear.clip {
        Clip::MinMax if linear.range.is_symmetric() => "rule: largest magnitude".to_owned(),
        Clip::MinMax => "rule: min–max".to_owned(),
        Clip::Fixed { low, high } => format!("rule: range {low} to {high} by hand"),
    }
}

fn decoder(linear: &Linear, ranges: impl Iterator<Item = (f32, f32)>) -> Decoder {
    let (code_min, code_max) = linear.codes();
    let (scale, zero_point): (Vec<f32>, Vec<i32>) = ranges
        .map(|(low, high)| {
            let derivation = derive(low, high, linear);
            (derivation.scale, derivation.zero_point)
        })
        .unzip();
    let zero_point = if linear.range.is_symmetric() { Vec::new() } else { zero_point };
    Decoder::Affine { scale, zero_point, code_min, code_max }
}

/// Fits S and Z to every group and encodes all weights.
pub(super) fn fit(
    values: &[f32],
    shape: &[usize],
    linear: &Linear,
    summary: Option<&Summary>,
    progress: &dyn Progress,
) -> Result<Fitted, QuantizeError> {
    check(linear)?;
    let partition = Partition::new(linear.per, shape).map_err(QuantizeError::Unfit)?;
    let decoder = match (linear.clip, summary) {
        (Clip::Fixed { low, high }, _) => decoder(linear, (0..partition.groups()).map(|_| (low, high))),
        (Clip::MinMax, Some(Summary { moments, .. })) if partition.groups() == 1 => {
            decoder(linear, std::iter::once((moments.min, moments.max)))
        }
        (Clip::MinMax, _) => decoder(linear, ranges(values, &partition, progress)?.into_iter()),
    };
    let Decoder::Affine { scale, zero_point, code_min, code_max } = &decoder else { unreachable!("made above") };
    let kernel = Kernel { scale: scale.clone(), zero_point: zero_point.clone(), codes: (*code_min, *code_max) };
    let bits = u32::from(linear.bits);
    let (codes, report) = encode(values, bits, &partition, &decoder, &kernel, progress)?;
    let scheme = Scheme::Linear(linear.clone());
    let quantized =
        Quantized { scheme, shape: shape.to_vec(), bits, partition, codes, decoder, method: method(linear) };
    Ok(Fitted { quantized, report })
}

/// Smallest and largest finite weight of every group; (0, 0) where there is none.
fn ranges(values: &[f32], partition: &Partition, progress: &dyn Progress) -> Result<Vec<(f32, f32)>, Cancelled> {
    const BLOCK: usize = 1 << 18;
    let blocks: Vec<Vec<(usize, (f32, f32))>> = (0..values.len().div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            let range = block * BLOCK..values.len().min((block + 1) * BLOCK);
            progress.tick(range.start as u64, 2 * values.len() as u64)?;
            Ok(partition.runs_in(range).map(|(group, run)| (group, extent(&values[run]))).collect())
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut ranges = vec![(f32::INFINITY, f32::NEG_INFINITY); partition.groups()];
    for (group, (low, high)) in blocks.into_iter().flatten() {
        ranges[group] = (ranges[group].0.min(low), ranges[group].1.max(high));
    }
    Ok(ranges.into_iter().map(|(low, high)| if low <= high { (low, high) } else { (0.0, 0.0) }).collect())
}

/// Smallest and largest finite weight, in lanes that compilers make vectors of; (∞, −∞) where there is none.
fn extent(values: &[f32]) -> (f32, f32) {
    let (mut low, mut high) = ([f32::INFINITY; 16], [f32::NEG_INFINITY; 16]);
    let mut visit = |values: &[f32]| {
        for ((low, high), &value) in low.iter_mut().zip(&mut high).zip(values) {
            *low = if value < *low && value > f32::NEG_INFINITY { value } else { *low };
            *high = if value > *high && value < f32::INFINITY { value } else { *high };
        }
    };
    let (groups, rest) = values.as_chunks::<16>();
    groups.iter().for_each(|group| visit(group));
    visit(rest);
    (low.into_iter().fold(f32::INFINITY, f32::min), high.into_iter().fold(f32::NEG_INFINITY, f32::max))
}

/// Answers from the bins.
pub(super) fn preview(summary: &Summary, shape: &[usize], linear: &Linear) -> Option<Preview> {
    check(linear).ok()?;
    if Partition::new(linear.per, shape).ok()?.groups() != 1 {
        return None;
    }
    let range = match linear.clip {
        Clip::MinMax => (summary.moments.min, summary.moments.max),
        Clip::Fixed { low, high } => (low, high),
    };
    let decoder = decoder(linear, std::iter::once(range));
    let Decoder::Affine { scale, zero_point, .. } = &decoder else { unreachable!("made above") };
    let kernel = Kernel { scale: scale.clone(), zero_point: zero_point.clone(), codes: linear.codes() };
    let parameters = kernel.parameters(0);
    let table = decoder.table(0);
    let answered = answer(summary, &table, |weight| parameters.code(weight) as usize);
    let mut levels = levels_of(&decoder, 0);
    // Levels whose values coincide (a scale at the end of float32) are one; the counts follow the values.
    for (value, count) in table.iter().zip(&answered.counts) {
        if let Ok(level) = levels.values.binary_search_by(|level| level.total_cmp(&(value + 0.0))) {
            levels.counts[level] += count;
        }
    }
    let (report, errors, method, exact) = (answered.report, answered.errors, method(linear), summary.distinct);
    Some(Preview { decoder, levels, report, errors, method, exact })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lecture_derives_its_scale_and_zero_point() {
        let Scheme::Linear(linear) = "linear:bits=2".parse().unwrap() else { panic!() };
        let steps = derive(-1.08, 2.12, &linear);
        assert_eq!((steps.q_min, steps.q_max, steps.zero_point), (-2, 1, -1));
        assert!((f64::from(steps.scale) - 3.2 / 3.0).abs() < 1e-7);
        assert!((steps.exact_zero_point + 0.9875).abs() < 1e-6);
    }

    #[test]
    fn a_range_without_width_holds_zero() {
        for text in ["linear:bits=4", "linear:bits=4,zero=lab", "linear:bits=4,range=restricted"] {
            let Scheme::Linear(linear) = text.parse().unwrap() else { panic!() };
            let empty = derive(0.0, 0.0, &linear);
            assert_eq!((empty.scale, empty.zero_point), (1.0, 0), "{text}");
            let constant = derive(3.0, 3.0, &linear);
            assert!(constant.r_max == 3.0 && constant.r_min <= 0.0, "{text}");
        }
    }
}
