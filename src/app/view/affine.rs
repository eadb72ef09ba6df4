//! The affine map r = S(q − Z) as two axes: where every code lies, what it stands for, and how S and Z came about.

use super::figure::{Cell, Table};
use super::format;
use super::inspect::Role;
use crate::engine::quantize::linear::Derivation;
use crate::engine::quantize::{Linear, Range};
use crate::engine::tensor::{Moments, Summary};

/// Codes that are marked on the axis at most; of more, every 2ⁿ-th is.
pub const MARKS: usize = 256;

/// One code on the axis of q.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// q.
    pub code: i32,
    /// Its place among all codes, from 0.
    pub rank: usize,
    /// S(q − Z).
    pub value: f64,
    /// The real values that become q: halfway to the neighbours, or to the end of the range.
    pub region: [f64; 2],
    /// q in binary, two's complement.
    pub binary: String,
}

/// Both axes.
#[derive(Clone, Debug, PartialEq)]
pub struct AffineMap {
    /// How S and Z came about.
    pub derivation: Derivation,
    /// Number of codes.
    pub codes: usize,
    /// Bits of a code.
    pub bits: u32,
    /// The codes that are marked, ascending.
    pub marks: Vec<Mark>,
    /// The ends of the axis of r: everything that is drawn on it, with a margin.
    pub axis: [f64; 2],
}

impl AffineMap {
    /// The map of a derivation for weights between `min` and `max`.
    pub fn new(derivation: Derivation, bits: u32, min: f64, max: f64) -> Self {
        let Derivation { q_min, q_max, zero_point, .. } = derivation;
        let codes = (q_max - q_min) as usize + 1;
        let stride = codes.div_ceil(MARKS).next_power_of_two();
        let scale = f64::from(derivation.scale);
        let value = |code: i32| scale * f64::from(code - zero_point);
        let mark = |code: i32| Mark {
            code,
            rank: (code - q_min) as usize,
            value: value(code),
            region: [value(code) - scale / 2.0, value(code) + scale / 2.0],
            binary: binary(code, bits),
        };
        let mut marked: Vec<i32> = (q_min..=q_max).step_by(stride).collect();
        if marked.last() != Some(&q_max) {
            marked.push(q_max);
        }
        let marks = marked.into_iter().map(mark).collect();
        let low = min.min(derivation.r_min).min(value(q_min)).min(0.0);
        let high = max.max(derivation.r_max).max(value(q_max)).max(0.0);
        let margin = ((high - low) * 0.06).max(f64::MIN_POSITIVE);
        Self { derivation, codes, bits, marks, axis: [low - margin, high + margin] }
    }

    /// The real values that fall on a code without being clipped: half a step beyond the outer levels.
    pub fn covered(&self) -> [f64; 2] {
        let Derivation { q_min, q_max, zero_point, scale, .. } = self.derivation;
        let edge = |code: i32, half: f64| f64::from(scale) * (f64::from(code - zero_point) + half);
        [edge(q_min, -0.5), edge(q_max, 0.5)]
    }

    /// Weights that are clipped, below and above; from bins of one value each, or where the means of wider bins lie.
    pub fn clipped(&self, summary: &Summary) -> [u64; 2] {
        let [low, high] = self.covered();
        let mut counts = [0, 0];
        for bin in &summary.bins {
            let mean = bin.sum / bin.count as f64;
            counts[0] += if mean < low { bin.count } else { 0 };
            counts[1] += if mean > high { bin.count } else { 0 };
        }
        counts
    }

    /// q of a real value, and what comes back.
    pub fn quantize(&self, value: f32) -> (i32, f32) {
        let code = self.derivation.encoder().code(value);
        (code, self.derivation.scale * (code - self.derivation.zero_point) as f32)
    }

    /// The share of the axis of r at which a value lies.
    pub fn share(&self, value: f64) -> f32 {
        ((value - self.axis[0]) / (self.axis[1] - self.axis[0])) as f32
    }

    /// A row for each marked code: what it stands for, what becomes it, and how many weights did where that is known.
    pub fn table(&self, counts: Option<&[u64]>) -> Table {
        let mut table = Table::new("Affine map", &["q", "binary", "r = S(q - Z)", "from r", "to r", "weights"]);
        table.rows = self
            .marks
            .iter()
            .map(|mark| {
                let count = counts.and_then(|counts| counts.get(mark.rank)).map(|count| *count as f64);
                vec![
                    Cell::Number(mark.code.into()),
                    Cell::Text(mark.binary.clone()),
                    Cell::Number(mark.value),
                    Cell::Number(mark.region[0]),
                    Cell::Number(mark.region[1]),
                    Cell::optional(count),
                ]
            })
            .collect();
        table
    }

    /// What a screen reader is told.
    pub fn summary(&self) -> String {
        let Derivation { q_min, q_max, zero_point, scale, .. } = self.derivation;
        let covered = [q_min, q_max].map(|code| format::number(f64::from(scale) * f64::from(code - zero_point)));
        format!(
            "Affine map: codes {} to {}, scale {}, zero point {}, levels {} to {}",
            whole(q_min),
            whole(q_max),
            format::number(f64::from(scale)),
            whole(zero_point),
            covered[0],
            covered[1],
        )
    }
}

/// A code in two's complement.
pub fn binary(code: i32, bits: u32) -> String {
    let mask = (1_u32 << bits) - 1;
    format!("{:0width$b}", code as u32 & mask, width = bits as usize)
}

/// A whole number with the screen's minus.
pub fn whole(value: impl Into<i64>) -> String {
    value.into().to_string().replace('-', "\u{2212}")
}

/// A real number as it was typed where that is short, else with five digits.
pub fn real(value: f32) -> String {
    let typed = value.to_string();
    if typed.len() <= 7 { typed.replace('-', "\u{2212}") } else { format::significant(f64::from(value), 5) }
}

/// A real number in a field to type in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Real(pub f32);

impl std::fmt::Display for Real {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&real(self.0))
    }
}

/// Reads a number as people type it, with either minus.
///
/// # Errors
/// What is no finite number.
pub fn parse_real(text: &str) -> Result<f32, String> {
    let text = text.trim().replace('\u{2212}', "-").replace(',', ".");
    match text.parse::<f32>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err("a number such as −1.08".to_owned()),
    }
}

/// A line of a derivation.
pub type Steps = Vec<Step>;

/// A piece of a derivation: text with a role, or a fraction of two.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Letters, signs, numbers.
    Text(String, Role),
    /// An exponent of what stands before it.
    Power(String),
    /// One row above another.
    Fraction(Vec<Step>, Vec<Step>),
}

/// Text that is no number.
pub fn symbol(text: &str) -> Step {
    Step::Text(text.to_owned(), Role::Symbol)
}

fn text(text: String, role: Role) -> Step {
    Step::Text(text, role)
}

/// a − b with the numbers in place: `2.12 + 1.08` where b is negative.
fn difference(a: String, b: String, role: Role) -> Vec<Step> {
    let (sign, b) = b.strip_prefix('\u{2212}').map_or((" − ", b.as_str()), |rest| (" + ", rest));
    vec![text(a, role), symbol(sign), text(b.to_owned(), role)]
}

/// S step by step: the symbols with the numbers in place, and what comes out.
pub fn scale_steps(linear: &Linear, derivation: &Derivation) -> Steps {
    let Derivation { r_min, r_max, q_min, q_max, exact_scale, .. } = *derivation;
    let result = text(format::significant(exact_scale, 5), Role::Result);
    let [low, high] = [r_min, r_max].map(|end| real(end as f32));
    let (symbols, numbers) = if linear.range.is_symmetric() {
        let half = f64::from(1_u32 << (linear.bits - 1));
        let power = |exponent: &str| Step::Power(exponent.to_owned());
        let (steps, count) = match linear.range {
            Range::Full => (vec![symbol("2"), power("N−1")], half),
            Range::FullHalf => (vec![symbol("(2"), power("N"), symbol(" − 1) / 2")], half - 0.5),
            _ => (vec![symbol("2"), power("N−1"), symbol(" − 1")], half - 1.0),
        };
        let count = format::number(count);
        (
            Step::Fraction(vec![symbol("|r|max")], steps),
            Step::Fraction(vec![text(high, Role::Real)], vec![text(count, Role::Code)]),
        )
    } else {
        (
            Step::Fraction(vec![symbol("r_max − r_min")], vec![symbol("q_max − q_min")]),
            Step::Fraction(difference(high, low, Role::Real), difference(whole(q_max), whole(q_min), Role::Code)),
        )
    };
    vec![symbol("S = "), symbols, symbol(" = "), numbers, symbol(" = "), result]
}

/// Z step by step, in two lines; for symmetric ranges there is nothing to compute.
pub fn zero_point_steps(linear: &Linear, derivation: &Derivation) -> [Steps; 2] {
    let Derivation { r_min, q_min, q_max, exact_scale, exact_zero_point, zero_point, .. } = *derivation;
    if linear.range.is_symmetric() {
        let first = vec![symbol("Z = "), text("0".to_owned(), Role::Result)];
        return [first, vec![symbol("by symmetry: r = S q, and 0 stays 0")]];
    }
    let first = vec![symbol("Z = round(q_min − r_min / S)")];
    let mut second = vec![symbol("= round("), text(whole(q_min), Role::Code)];
    let low = real(r_min as f32);
    let (sign, low) = low.strip_prefix('\u{2212}').map_or((" − ", low.as_str()), |rest| (" + ", rest));
    second.extend([
        symbol(sign),
        text(low.to_owned(), Role::Real),
        symbol(" / "),
        symbol(&format::significant(exact_scale, 5)),
        symbol(") = round("),
        symbol(&rounded(exact_zero_point)),
        symbol(") = "),
    ]);
    let free = exact_zero_point.round_ties_even();
    if free != f64::from(zero_point) {
        let [low, high] = [q_min, q_max].map(whole);
        second.push(symbol(&format!("{}, outside {low} … {high}, clamped to ", rounded(free))));
    }
    second.push(text(whole(zero_point), Role::Result));
    [first, second]
}

/// Four decimals, fewer where they are zero.
fn rounded(value: f64) -> String {
    let text = format::fixed(value, 4);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// One weight there and back: `2.09 → round(2.09 / 1.0667) + (−1) = 1 → 2.13`.
pub fn weight_steps(map: &AffineMap, value: f32) -> Steps {
    let derivation = &map.derivation;
    let (code, back) = map.quantize(value);
    let scale = format::significant(f64::from(derivation.scale), 5);
    let zero = match derivation.zero_point {
        0 => String::new(),
        zero if zero < 0 => format!(" + ({})", whole(zero)),
        zero => format!(" + {zero}"),
    };
    let quotient = f64::from(value) / f64::from(derivation.scale) + f64::from(derivation.zero_point);
    let clipped = quotient.round_ties_even() != f64::from(code);
    let bound = if clipped { "clamped to " } else { "" };
    vec![
        text(real(value), Role::Real),
        symbol(&format!(" → round({} / {scale}){zero} = {bound}", real(value))),
        text(whole(code), Role::Code),
        symbol(" → "),
        text(format::fixed(f64::from(back), 2), Role::Result),
    ]
}

/// What a slide goes on with: S rounded to two decimals, and all that follows from it. The lecture's example, slides 47 and 52.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slide {
    /// S with two decimals.
    pub scale: f64,
    /// Summed squared error of all weights.
    pub sse: f64,
}

impl Slide {
    /// Of all weights that share a map.
    pub fn of(map: &AffineMap, weights: &[f32]) -> Self {
        let slide = Self { scale: (f64::from(map.derivation.scale) * 100.0).round() / 100.0, sse: 0.0 };
        let error = |weight: &f32| slide.error(map, *weight);
        Self { sse: weights.iter().map(error).map(|error| error * error).sum(), ..slide }
    }

    /// What comes back for a weight.
    pub fn restored(&self, map: &AffineMap, weight: f32) -> f64 {
        self.scale * f64::from(map.quantize(weight).0 - map.derivation.zero_point)
    }

    fn error(&self, map: &AffineMap, weight: f32) -> f64 {
        f64::from(weight) - self.restored(map, weight)
    }

    /// `S = 1.07 → 2.14, error −0.05, SSE 0.7459`.
    pub fn words(&self, map: &AffineMap, weight: f32) -> String {
        let [scale, back, error] =
            [self.scale, self.restored(map, weight), self.error(map, weight)].map(|value| format::fixed(value, 2));
        let sse = format::fixed(self.sse, 4);
        format!("S = {scale} → {back}, error {error}, SSE {sse}")
    }
}

/// The pieces as one line of text.
pub fn plain(steps: &[Step]) -> String {
    steps
        .iter()
        .map(|step| match step {
            Step::Text(text, _) => text.clone(),
            Step::Power(text) => format!("^({text})"),
            Step::Fraction(over, under) => format!("({}) / ({})", plain(over), plain(under)),
        })
        .collect()
}

/// What is odd about the weights of a range, as sentences: weights that are left out, a range without width.
pub fn oddities(moments: &Moments, derivation: &Derivation) -> Vec<String> {
    let mut said = Vec::new();
    let counted = [(moments.nan, "NaN"), (moments.infinite, "infinite")];
    let left_out: Vec<String> = counted
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{} {name}", format::count(count)))
        .collect();
    if !left_out.is_empty() {
        said.push(format!("left out of the range and of the error: {}", left_out.join(", ")));
    }
    if derivation.r_max <= derivation.r_min {
        said.push(format!(
            "every weight is {}: a range without width has no scale, S is set to 1",
            real(derivation.r_min as f32)
        ));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::setup::linear::affine;
    use crate::engine::quantize::linear;
    use crate::engine::tensor::examples;

    #[test]
    fn the_slide_goes_on_with_two_decimals() {
        let weights = examples::find("lecture-4x4").unwrap();
        let weights = (weights.make)().tensors[0].values().unwrap().to_vec();
        let (settings, derivation) = derived("linear:bits=2", -1.08, 2.12);
        let map = AffineMap::new(derivation, u32::from(settings.bits), -1.08, 2.12);
        let slide = Slide::of(&map, &weights);
        assert_eq!(slide.words(&map, 2.09), "S = 1.07 → 2.14, error \u{2212}0.05, SSE 0.7459");
        assert_eq!(slide.words(&map, 1.87), "S = 1.07 → 2.14, error \u{2212}0.27, SSE 0.7459");
    }

    fn derived(scheme: &str, min: f32, max: f32) -> (Linear, Derivation) {
        let settings = affine::parse(scheme).unwrap();
        (settings.clone(), linear::derive_range(&settings, f64::from(min), f64::from(max)))
    }

    #[test]
    fn the_lectures_derivation_reads_as_on_the_slide() {
        let (settings, derivation) = derived("linear:bits=2", -1.08, 2.12);
        assert_eq!(
            plain(&scale_steps(&settings, &derivation)),
            "S = (r_max − r_min) / (q_max − q_min) = (2.12 + 1.08) / (1 + 2) = 1.0667"
        );
        let [symbols, numbers] = zero_point_steps(&settings, &derivation).map(|line| plain(&line));
        assert_eq!(symbols, "Z = round(q_min − r_min / S)");
        assert_eq!(numbers, "= round(−2 + 1.08 / 1.0667) = round(−0.9875) = −1");
        let map = AffineMap::new(derivation, 2, -1.08, 2.12);
        assert_eq!(plain(&weight_steps(&map, 2.09)), "2.09 → round(2.09 / 1.0667) + (−1) = 1 → 2.13");
    }

    #[test]
    fn the_lab_formula_says_that_it_clamps_z() {
        let (settings, derivation) = derived("linear:bits=2,zero=lab", 5.0, 6.0);
        let [_, numbers] = zero_point_steps(&settings, &derivation).map(|line| plain(&line));
        assert!(numbers.ends_with("−17, outside −2 … 1, clamped to −2"), "{numbers}");
    }

    #[test]
    fn symmetric_scales_say_what_they_divide_by() {
        for (range, divisor, scale) in [
            ("restricted", "(2^(N−1) − 1) = (2.12) / (1)", "2.12"),
            ("full", "(2^(N−1)) = (2.12) / (2)", "1.06"),
            ("full-half", "((2^(N) − 1) / 2) = (2.12) / (1.5)", "1.4133"),
        ] {
            let (settings, derivation) = derived(&format!("linear:bits=2,range={range}"), -1.08, 2.12);
            let line = plain(&scale_steps(&settings, &derivation));
            assert!(line.contains(divisor) && line.contains(&format!("= {scale}")), "{line}");
        }
    }

    #[test]
    fn marks_have_binary_codes_and_regions_that_touch() {
        let (_, derivation) = derived("linear:bits=2", -1.08, 2.12);
        let map = AffineMap::new(derivation, 2, -1.08, 2.12);
        let codes: Vec<(i32, &str)> = map.marks.iter().map(|mark| (mark.code, mark.binary.as_str())).collect();
        assert_eq!(codes, [(-2, "10"), (-1, "11"), (0, "00"), (1, "01")]);
        for pair in map.marks.windows(2) {
            assert!((pair[0].region[1] - pair[1].region[0]).abs() < 1e-6);
        }
        assert_eq!(map.quantize(0.0), (-1, 0.0), "0 stays exactly 0");
        assert!((map.covered()[1] - 2.6667).abs() < 1e-3);
    }

    #[test]
    fn wide_codes_are_thinned_but_keep_their_ends() {
        for bits in [8, 9, 12, 16] {
            let (_, derivation) = derived(&format!("linear:bits={bits}"), -1.0, 1.0);
            let map = AffineMap::new(derivation, bits, -1.0, 1.0);
            assert!(map.marks.len() <= MARKS + 1, "{bits}: {}", map.marks.len());
            assert_eq!(map.codes, 1 << bits);
            assert_eq!(map.marks.first().map(|mark| mark.code), Some(derivation.q_min));
            assert_eq!(map.marks.last().map(|mark| mark.code), Some(derivation.q_max));
        }
    }

    #[test]
    fn typed_numbers() {
        assert_eq!(parse_real("−1.08"), Ok(-1.08));
        assert_eq!(parse_real(" 2,12 "), Ok(2.12));
        assert!(parse_real("x").is_err() && parse_real("inf").is_err() && parse_real("NaN").is_err());
        assert_eq!(real(-1.08), "−1.08");
        assert_eq!(real(1.0 / 3.0), "0.33333");
    }

    #[test]
    fn what_is_odd_about_the_weights_is_said() {
        let settings = affine::parse("linear:bits=4").unwrap();
        let of = |values: &[f32]| {
            let summary = Summary::of_group(values.iter().copied());
            oddities(&summary.moments, &linear::derive_summary(&settings, &summary))
        };
        assert_eq!(of(&[1.0, -2.0]), Vec::<String>::new());
        assert_eq!(of(&[1.0, f32::NAN, f32::INFINITY]), ["left out of the range and of the error: 1 NaN, 1 infinite"]);
        assert!(of(&[0.0, 0.0])[0].contains("every weight is 0: a range without width"));
    }
}
