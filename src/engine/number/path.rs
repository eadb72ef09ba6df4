//! Double rounding: a number on its way through several formats.

use super::derive::{self, RoundSteps};
use super::{Class, Format, Interval, Number, Overflow, Rational, Rounding};
use crate::engine::rng::Rng;

/// One format on the way, and how numbers are stored in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stage {
    /// The format.
    pub format: Format,
    /// Between two neighbours.
    pub rounding: Rounding,
    /// Beyond the largest value.
    pub overflow: Overflow,
}

impl Stage {
    /// The usual way: nearest even, overflow by default.
    pub fn nearest(format: Format) -> Self {
        Self { format, rounding: Rounding::NearestEven, overflow: Overflow::Default }
    }

    fn code(&self, number: &Number) -> u64 {
        self.format.encode_number(number, self.rounding, self.overflow)
    }
}

/// A number at one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct PathStep {
    /// Where it is.
    pub stage: Stage,
    /// What comes in.
    pub input: Number,
    /// How it is stored.
    pub rounded: RoundSteps,
    /// The numbers that are stored like it; `None` for infinities and NaN.
    pub interval: Option<Interval>,
}

/// A number on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The stages, in order.
    pub steps: Vec<PathStep>,
    /// The code that the last stage gives the number itself.
    pub direct: u64,
    /// The code at the end of the way.
    pub code: u64,
    /// How many values of the last format lie from the direct one to the one at the end; `None` where one is NaN.
    pub off_by: Option<i128>,
}

impl Path {
    /// Whether the way changed the result.
    pub fn is_wrong(&self) -> bool {
        let format = self.steps.last().map(|step| step.stage.format);
        format.is_some_and(|format| differ(format, self.direct, self.code))
    }
}

/// A number that the way gets wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct CounterExample {
    /// The number, exactly.
    pub number: Rational,
    /// Its way.
    pub path: Path,
}

/// How often the way is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Numbers tried.
    pub tried: u64,
    /// Of those, how many ended differently than directly.
    pub wrong: u64,
}

impl Measured {
    /// wrong / tried.
    pub fn share(self) -> f64 {
        self.wrong as f64 / self.tried as f64
    }

    /// Standard error of that share.
    pub fn standard_error(self) -> f64 {
        let share = self.share();
        (share * (1.0 - share) / self.tried as f64).sqrt()
    }
}

fn differ(format: Format, left: u64, right: u64) -> bool {
    let both_nan = format.class(left) == Class::Nan && format.class(right) == Class::Nan;
    left != right && !both_nan
}

/// The code at the end of the way.
fn through(stages: &[Stage], number: &Number) -> Option<u64> {
    let (last, before) = stages.split_last()?;
    let mut at = number.clone();
    for stage in before {
        at = Number::from(stage.format.value(stage.code(&at)));
    }
    Some(last.code(&at))
}

/// A number through all stages, and what the last one would have made of it at once. `None` without stages.
pub fn follow(stages: &[Stage], number: &Number) -> Option<Path> {
    let last = stages.last()?;
    let mut input = number.clone();
    let mut steps = Vec::new();
    for &stage in stages {
        let Stage { format, rounding, overflow } = stage;
        let rounded = derive::encode(format, &input, rounding, overflow);
        let saturates = overflow == Overflow::Saturate || format.refusal(Overflow::Infinity).is_some();
        let interval = format.rounding_interval(rounded.code, rounding, saturates && overflow != Overflow::Nan);
        let next = Number::from(rounded.value);
        steps.push(PathStep { stage, input, rounded, interval });
        input = next;
    }
    let (direct, code) = (last.code(number), steps.last()?.rounded.code);
    let ranks = last.format.rank(direct).zip(last.format.rank(code));
    Some(Path { steps, direct, code, off_by: ranks.map(|(direct, code)| code - direct) })
}

/// A number that the way gets wrong, as short a binary number as there is beside a boundary of the last format: the boundaries of up
/// to `most` values from 1 upwards and downwards are tried. `None` where none of them is wrong, or where `stopped` said so before.
pub fn counter_example(stages: &[Stage], most: u32, stopped: impl Fn() -> bool) -> Option<CounterExample> {
    let last = *stages.last()?;
    let (_, top) = last.format.finite_ranks();
    let one = last.format.encode(1.0, Rounding::NearestEven, Overflow::Saturate);
    let start = last.format.rank(one)?.clamp(0, top);
    let ranks = (0..i128::from(most)).flat_map(|away| [start + away, start - 1 - away]);
    for rank in ranks.filter(|rank| (0..top).contains(rank)) {
        if stopped() {
            return None;
        }
        let Some(boundary) = last.format.boundary_above(rank) else { continue };
        let Some(exponent) = boundary.log2() else { continue };
        // Ever closer to the boundary, until the format before cannot tell the number from it; 2^−70 is beyond all of them.
        for places in 2..70 {
            let offset = Rational::power_of_two(exponent - places);
            for exact in [boundary.clone() + offset.clone(), boundary.clone() - offset] {
                let number = Number::from(&exact);
                if differ(last.format, through(stages, &number)?, last.code(&number)) {
                    let path = follow(stages, &number)?;
                    return Some(CounterExample { number: exact, path });
                }
            }
        }
    }
    None
}

/// How often the way is wrong for doubles that are uniform between two magnitudes. Equal seeds draw equal numbers.
///
/// `stopped` is asked every few hundred numbers; what was measured until then is returned.
pub fn measure(
    stages: &[Stage],
    (low, high): (f64, f64),
    count: u64,
    seed: u64,
    stopped: impl Fn() -> bool,
) -> Measured {
    let mut rng = Rng::new(seed);
    let mut measured = Measured { tried: 0, wrong: 0 };
    let Some((last, before)) = stages.split_last() else { return measured };
    for index in 0..count {
        if index % 512 == 0 && stopped() {
            break;
        }
        let x = low + (high - low) * rng.uniform();
        let mut at = x;
        for stage in before {
            // Each value on the way is exact in a double, or this falls back to text's precision.
            let code = stage.format.encode(at, stage.rounding.at(index), stage.overflow);
            at = stage.format.decode(code);
        }
        let encode = |x: f64| last.format.encode(x, last.rounding.at(index), last.overflow);
        measured.tried += 1;
        measured.wrong += u64::from(differ(last.format, encode(x), encode(at)));
    }
    measured
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    fn stages(names: &[&str]) -> Vec<Stage> {
        names.iter().map(|name| Stage::nearest(find(name).unwrap().format)).collect()
    }

    #[test]
    fn the_smallest_demonstration_is_followed_step_by_step() {
        let stages = stages(&["fp32", "e4m3fn"]);
        let path = follow(&stages, &"0x1.1000000001p0".parse().unwrap()).unwrap();
        assert!(path.is_wrong());
        assert_eq!((path.direct, path.code, path.off_by), (0x39, 0x38, Some(-1)));
        let [first, second] = path.steps.as_slice() else { panic!("two steps") };
        assert_eq!(first.rounded.value.to_f64(), 1.0625);
        assert_eq!(second.rounded.reason, Some(derive::Reason::TieToEven));
        assert!(first.interval.as_ref().unwrap().contains(&first.input.rational().unwrap()));
        // The value on the way is not in the interval that the number itself belongs to.
        let right = stages[1].format.rounding_interval(path.direct, Rounding::NearestEven, false).unwrap();
        assert!(right.contains(&first.input.rational().unwrap()) && !right.contains(&second.input.rational().unwrap()));
        assert!(!follow(&stages, &"1.1".parse().unwrap()).unwrap().is_wrong());
        assert!(follow(&[], &Number::Nan).is_none());
    }

    #[test]
    fn counter_examples_are_found_where_there_are_any() {
        for names in [
            &["fp32", "e4m3fn"][..],
            &["fp32", "fp16"],
            &["bf16", "e5m2"],
            &["fp16", "e2m1fn"],
            &["e4m3fn", "e2m1fn"],
            &["fp64", "fp32", "bf16"],
            &["fp16", "posit8"],
            &["fp16", "int8"],
        ] {
            let found = counter_example(&stages(names), 64, || false).unwrap_or_else(|| panic!("{names:?}"));
            assert!(found.path.is_wrong() && found.path.off_by.unwrap().abs() == 1, "{names:?}");
        }
        // One rounding alone is never wrong; to odd with two bits more on the way neither (Boldo and Melquiond 2005).
        assert_eq!(counter_example(&stages(&["e4m3fn"]), 200, || false), None);
        let mut odd = stages(&["bf16", "e4m3fn"]);
        odd[0].rounding = Rounding::Odd;
        assert_eq!(counter_example(&odd, 200, || false), None);
    }

    #[test]
    fn the_shares_are_those_of_the_theory() {
        // Half the spacing of the format on the way, times the boundaries in a binade: 2^M_last · 2^−(M_way + 1).
        for (names, theory) in [
            (&["bf16", "e4m3fn"][..], 1.0 / 32.0),
            (&["bf16", "e5m2"], 1.0 / 64.0),
            (&["bf16", "e2m1fn"], 1.0 / 128.0),
            (&["fp16", "e4m3fn"], 1.0 / 256.0),
            (&["e4m3fn", "e2m1fn"], 1.0 / 8.0),
        ] {
            let measured = measure(&stages(names), (1.0, 2.0), 20_000, 1, || false);
            assert_eq!(measured.tried, 20_000);
            let off = (measured.share() - theory).abs();
            assert!(off < 5.0 * measured.standard_error(), "{names:?} {} {theory}", measured.share());
        }
        assert_eq!(measure(&stages(&["e4m3fn"]), (0.0, 400.0), 2000, 1, || false).wrong, 0);
        assert_eq!(measure(&stages(&["e4m3fn"]), (0.0, 400.0), 2000, 1, || true).tried, 0);
    }
}
