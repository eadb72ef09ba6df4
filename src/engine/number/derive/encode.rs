//! A typed number to its code: normalise, cut, look at what was cut, decide.

use num_bigint::{BigInt, BigUint};

use crate::engine::number::{Class, Format, Kind, Number, Overflow, Rational, Rounding, Value};

/// What became of a typed number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The format holds it as it is; infinities and NaN included.
    Exact,
    /// It became a neighbouring value.
    Rounded,
    /// It is not zero and became 0.
    Underflow,
    /// It lies beyond the range and became an end of it; so does an infinity where there is none.
    Saturated,
    /// It is finite and became an infinity.
    Infinity,
    /// It is a number, or an infinity, and became NaN.
    Nan,
    /// It lies beyond the range and came in again at the other end.
    Wrapped,
    /// It is NaN and became a number, because the format has no NaN.
    NanLost,
}

/// Why a number between two neighbours went where it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing was cut off.
    Exact,
    /// Nearer to the neighbour at the side of zero.
    BelowHalf,
    /// Nearer to the neighbour away from zero.
    AboveHalf,
    /// Half-way: the even code.
    TieToEven,
    /// Half-way: away from zero.
    TieAway,
    /// The rule points at zero.
    TowardZero,
    /// The rule points up.
    Up,
    /// The rule points down.
    Down,
    /// The rule picks the odd code.
    ToOdd,
    /// Distance plus a random number carried over, or not.
    Stochastic {
        /// Random bits.
        bits: u32,
        /// Distance from the neighbour at the side of zero, in units of 2^−bits of the gap, rounded down.
        distance: u64,
        /// The random number, below 2^bits: the number goes away from zero if distance + random reaches 2^bits.
        random: u64,
    },
    /// A posit that is not zero never becomes zero.
    NeverZero,
}

impl Reason {
    /// Why, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Exact => "nothing is cut off",
            Self::BelowHalf => "less than half is cut off: toward zero",
            Self::AboveHalf => "more than half is cut off: away from zero",
            Self::TieToEven => "a tie: to the even code",
            Self::TieAway => "a tie: away from zero",
            Self::TowardZero => "the rule points toward zero",
            Self::Up => "the rule points up",
            Self::Down => "the rule points down",
            Self::ToOdd => "the rule picks the odd code",
            Self::Stochastic { .. } => "distance plus a random number decides",
            Self::NeverZero => "a posit rounds to zero only from zero",
        }
    }
}

/// The number as ±significand · 2^exponent, cut at the last place that the format has there. Floats, integers and fixed point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Whether the number is negative.
    pub negative: bool,
    /// ⌊log2|x|⌋.
    pub exponent: i64,
    /// |x| / 2^exponent, at least 1 and below 2.
    pub significand: Rational,
    /// The smallest exponent of the format, 1 − bias; `None` for integers and fixed point.
    pub least_exponent: Option<i64>,
    /// Whether the exponent is below that, so that leading zeros take the place of the implicit 1.
    pub subnormal: bool,
    /// Exponent of the last place that is kept: the number is counted in units of 2^quantum.
    pub quantum: i64,
    /// The units that are certain, ⌊|x| / 2^quantum⌋.
    pub kept: BigUint,
    /// The first bit that is cut off, worth half a unit.
    pub guard: bool,
    /// The second one.
    pub round: bool,
    /// Whether any bit after those is 1.
    pub sticky: bool,
    /// The units after rounding.
    pub rounded: BigUint,
    /// Whether rounding carried into the next power of two.
    pub carried: bool,
}

/// How a typed number became a code.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundSteps {
    /// The steps of a finite number other than 0, for floats with subnormals, integers and fixed point.
    pub steps: Option<Steps>,
    /// The largest value that is not above the number; its code, or `None` for what would come next beyond the range. `None` too
    /// where the number is farther out than that, an infinity or NaN.
    pub low: Option<(Option<u64>, Rational)>,
    /// The smallest value that is not below the number, likewise.
    pub high: Option<(Option<u64>, Rational)>,
    /// Where between the two nearest rounding changes; `None` where the number is one of them.
    pub boundary: Option<Rational>,
    /// Why it went where it went; `None` for infinities, NaN and numbers far beyond the range.
    pub reason: Option<Reason>,
    /// What became of it.
    pub outcome: Outcome,
    /// The code.
    pub code: u64,
    /// Its value.
    pub value: Value,
}

/// How a typed number becomes a code. The code is that of [`Format::encode_number`].
pub fn encode(format: Format, number: &Number, rounding: Rounding, overflow: Overflow) -> RoundSteps {
    let code = format.encode_number(number, rounding, overflow);
    let value = format.value(code);
    let outcome = outcome(format, number, code, overflow);
    let Some(exact) = number.rational() else {
        return RoundSteps { steps: None, low: None, high: None, boundary: None, reason: None, outcome, code, value };
    };
    let (low, high, boundary) = neighbours(format, &exact);
    let reason = reason(format, &exact, rounding, low.as_ref(), high.as_ref(), boundary.as_ref());
    RoundSteps { steps: steps(format, &exact, rounding), low, high, boundary, reason, outcome, code, value }
}

fn outcome(format: Format, number: &Number, code: u64, overflow: Overflow) -> Outcome {
    let value = format.value(code);
    let Some(exact) = number.rational() else {
        return match (number, value) {
            (Number::Nan, Value::Nan) => Outcome::Exact,
            (Number::Nan, _) => Outcome::NanLost,
            (_, Value::Infinite { .. }) => Outcome::Exact,
            (_, Value::Nan) => Outcome::Nan,
            (_, Value::Finite(_)) if overflow == Overflow::Wrap => Outcome::Wrapped,
            (_, Value::Finite(_)) => Outcome::Saturated,
        };
    };
    let stored = match value {
        Value::Finite(stored) => Rational::from(stored),
        Value::Infinite { .. } => return Outcome::Infinity,
        Value::Nan => return Outcome::Nan,
    };
    if stored == exact {
        return Outcome::Exact;
    }
    let (first, last) = format.finite_ranks();
    let beyond = |rank: i128, above: bool| {
        format.value_at(rank).is_some_and(|end| if above { exact > end } else { exact < end })
    };
    if beyond(last, true) || beyond(first, false) {
        // Wrapping may by chance come out at an end.
        return if overflow == Overflow::Wrap { Outcome::Wrapped } else { Outcome::Saturated };
    }
    if stored.is_zero() { Outcome::Underflow } else { Outcome::Rounded }
}

type Side = Option<(Option<u64>, Rational)>;

/// The values on both sides, and where nearest rounding changes between them.
fn neighbours(format: Format, exact: &Rational) -> (Side, Side, Option<Rational>) {
    let below = format.encode_rational(exact, Rounding::Down, Overflow::Saturate);
    let (first, last) = format.finite_ranks();
    let Some(mut rank) = format.rank(below) else { return (None, None, None) };
    // Below the range saturating gave its lower end.
    if format.value_at(rank).is_some_and(|value| value > *exact) {
        rank -= 1;
    }
    let at = |rank: i128| {
        let inside = (first..=last).contains(&rank);
        let code = if inside { format.code_at(rank) } else { None };
        format.value_beyond(rank).map(|value| (code, value))
    };
    let low = at(rank);
    if low.as_ref().is_some_and(|(_, value)| value == exact) {
        return (low.clone(), low, None);
    }
    let high = at(rank + 1);
    let outside =
        low.as_ref().is_some_and(|(_, value)| value > exact) || high.as_ref().is_some_and(|(_, value)| value < exact);
    if outside || low.is_none() || high.is_none() {
        return (None, None, None);
    }
    (low, high, format.boundary_above(rank))
}

fn reason(
    format: Format,
    exact: &Rational,
    rounding: Rounding,
    low: Option<&(Option<u64>, Rational)>,
    high: Option<&(Option<u64>, Rational)>,
    boundary: Option<&Rational>,
) -> Option<Reason> {
    let ((_, low), (_, high)) = (low?, high?);
    if low == exact {
        return Some(Reason::Exact);
    }
    let boundary = boundary?;
    let never_zero = matches!(format, Format::Posit(_)) && (low.is_zero() || high.is_zero());
    let nearest = || {
        let half = exact.abs().cmp(&boundary.abs());
        if half.is_lt() { Reason::BelowHalf } else { Reason::AboveHalf }
    };
    Some(match rounding {
        Rounding::TowardZero => Reason::TowardZero,
        Rounding::Up => Reason::Up,
        Rounding::Down => Reason::Down,
        _ if never_zero => Reason::NeverZero,
        Rounding::NearestEven if exact == boundary => Reason::TieToEven,
        Rounding::NearestAway if exact == boundary => Reason::TieAway,
        Rounding::NearestEven | Rounding::NearestAway => nearest(),
        Rounding::Odd => Reason::ToOdd,
        Rounding::Stochastic { bits, .. } => {
            let (_, random) = rounding.random()?;
            // Tables count from the lower value, everything else from the side of zero.
            let from_high = exact.is_negative() && !matches!(format, Format::Table(_));
            let start = if from_high { high } else { low };
            let place = (exact.clone() - start.clone()).abs().checked_div(&(high.clone() - low.clone()))?;
            let units = (place * Rational::power_of_two(bits.into())).round(Rounding::TowardZero);
            Reason::Stochastic { bits, distance: u64::try_from(units).ok()?, random }
        }
    })
}

fn steps(format: Format, exact: &Rational, rounding: Rounding) -> Option<Steps> {
    let exponent = exact.log2()?;
    let (least_exponent, mantissa_bits) = match format {
        Format::Float(float) if float.kind == Kind::Scale => (Some(i64::from(-float.bias)), 0),
        Format::Float(float) if !float.has_subnormals() => return None,
        Format::Float(float) => (Some(i64::from(1 - float.bias)), i64::from(float.mantissa_bits)),
        Format::Integer(_) | Format::Fixed(_) => (None, 0),
        Format::Posit(_) | Format::Table(_) => return None,
    };
    let used = least_exponent.map_or(exponent, |least| exponent.max(least));
    let quantum = match format {
        Format::Integer(_) => 0,
        Format::Fixed(fixed) => i64::from(-fixed.fraction_bits),
        _ => used - mantissa_bits,
    };
    let units = exact.abs() * Rational::power_of_two(-quantum);
    let floor = |number: &Rational| number.round(Rounding::TowardZero);
    let kept = floor(&units);
    // Two bits more, and what is left.
    let finer = units.clone() * Rational::power_of_two(2);
    let two = floor(&finer);
    let cut = u64::try_from(&two - (&kept << 2_u32)).unwrap_or(0);
    let (guard, round) = (cut & 2 != 0, cut & 1 != 0);
    let sticky = finer != Rational::from(two);
    let signed = if exact.is_negative() { -units } else { units };
    let rounded = round_units(format, &signed, used, rounding);
    Some(Steps {
        negative: exact.is_negative(),
        exponent,
        significand: exact.abs() * Rational::power_of_two(-exponent),
        least_exponent,
        subnormal: least_exponent.is_some_and(|least| exponent < least),
        quantum,
        carried: rounded.bits() > kept.bits() && kept.bits() > 0,
        kept: kept.magnitude().clone(),
        guard,
        round,
        sticky,
        rounded,
    })
}

/// The magnitude in whole units. Without a mantissa the code counts exponents, and even is the even code.
fn round_units(format: Format, units: &Rational, used: i64, rounding: Rounding) -> BigUint {
    let flips = match format {
        Format::Float(float) if float.mantissa_bits == 0 => {
            let field = used + i64::from(float.bias);
            let scale = float.kind == Kind::Scale;
            // Kept is 1, an odd number, where the code is the field.
            (if scale { field } else { field.max(1) }) & 1 == 0
        }
        _ => false,
    };
    let one = if units.is_negative() { BigInt::from(-1) } else { BigInt::from(1) };
    let rounded = if flips && units.abs() >= Rational::power_of_two(0) {
        // One unit less turns even into odd, and is put back.
        (units.clone() - Rational::from(one.clone())).round(rounding) + one
    } else {
        units.round(rounding)
    };
    rounded.magnitude().clone()
}

/// Whether a class is a number.
pub(super) fn is_finite(class: Class) -> bool {
    matches!(class, Class::Zero | Class::Subnormal | Class::Normal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::{CATALOGUE, find};

    fn derive(name: &str, text: &str, rounding: Rounding) -> RoundSteps {
        encode(find(name).unwrap().format, &text.parse().unwrap(), rounding, Overflow::Default)
    }

    #[test]
    fn the_lectures_number_is_normalised() {
        let found = derive("fp32", "0.265625", Rounding::NearestEven);
        let steps = found.steps.unwrap();
        assert_eq!((steps.exponent, steps.significand.to_decimal().unwrap().as_str()), (-2, "1.0625"));
        assert_eq!((steps.quantum, steps.subnormal, steps.carried), (-25, false, false));
        assert_eq!((steps.guard, steps.round, steps.sticky), (false, false, false));
        assert_eq!((found.reason, found.outcome, found.code), (Some(Reason::Exact), Outcome::Exact, 0x3e88_0000));
    }

    #[test]
    fn guard_round_and_sticky_tell_which_way() {
        // Name, text, kept, guard, round, sticky, reason, outcome, code.
        let cases = [
            ("e4m3fn", "1.0625", 8, (true, false, false), Reason::TieToEven, Outcome::Rounded, 0x38),
            ("e4m3fn", "1.1875", 9, (true, false, false), Reason::TieToEven, Outcome::Rounded, 0x3a),
            ("e4m3fn", "1.0625000001", 8, (true, false, true), Reason::AboveHalf, Outcome::Rounded, 0x39),
            ("e4m3fn", "1.04", 8, (false, true, true), Reason::BelowHalf, Outcome::Rounded, 0x38),
            ("e4m3fn", "1.99", 15, (true, true, true), Reason::AboveHalf, Outcome::Rounded, 0x40),
            ("e4m3fn", "0.0009765625", 0, (true, false, false), Reason::TieToEven, Outcome::Underflow, 0),
            ("e4m3fn", "464", 14, (true, false, false), Reason::TieToEven, Outcome::Saturated, 0x7e),
            ("fp16", "65520", 2047, (true, false, false), Reason::TieToEven, Outcome::Infinity, 0x7c00),
            ("int8", "-2.5", 2, (true, false, false), Reason::TieToEven, Outcome::Rounded, 0xfe),
        ];
        for (name, text, kept, bits, reason, outcome, code) in cases {
            let found = derive(name, text, Rounding::NearestEven);
            let steps = found.steps.unwrap();
            assert_eq!(steps.kept, BigUint::from(kept as u32), "{name} {text}");
            assert_eq!((steps.guard, steps.round, steps.sticky), bits, "{name} {text}");
            assert_eq!((found.reason, found.outcome, found.code), (Some(reason), outcome, code), "{name} {text}");
        }
        assert!(derive("e4m3fn", "1.99", Rounding::NearestEven).steps.unwrap().carried);
        let tiny = derive("fp16", "1e-7", Rounding::NearestEven).steps.unwrap();
        assert!(tiny.subnormal && tiny.quantum == -24 && tiny.least_exponent == Some(-14));
    }

    #[test]
    fn far_beyond_the_range_there_are_no_neighbours() {
        let far = derive("fp16", "70000", Rounding::NearestEven);
        assert_eq!((far.low, far.high, far.reason, far.outcome), (None, None, None, Outcome::Infinity));
        let near = derive("fp16", "65519", Rounding::NearestEven);
        assert_eq!(near.high, Some((None, Rational::from(65536))));
        assert_eq!(near.code, 0x7bff);
        assert_eq!(derive("e2m1fn", "nan", Rounding::NearestEven).outcome, Outcome::NanLost);
        assert_eq!(derive("e2m1fn", "-inf", Rounding::NearestEven).outcome, Outcome::Saturated);
        assert_eq!(derive("fp16", "-inf", Rounding::NearestEven).outcome, Outcome::Exact);
    }

    #[test]
    fn the_units_are_the_code_for_every_rule() {
        // Kept bits, guard, round and sticky must lead to the very code that the codec finds.
        for entry in CATALOGUE.iter().filter(|entry| entry.format.bits() <= 8) {
            let Format::Float(float) = entry.format else { continue };
            for numerator in (-4000_i128..4000).step_by(7) {
                let exact = Rational::from(numerator) * Rational::power_of_two(-9);
                for rounding in Rounding::ALL.into_iter().chain([Rounding::Stochastic { bits: 3, seed: 5 }]) {
                    let found = encode(entry.format, &Number::from(&exact), rounding, Overflow::Default);
                    let Some(steps) = &found.steps else { continue };
                    let units =
                        Rational::from(BigInt::from(steps.rounded.clone())) * Rational::power_of_two(steps.quantum);
                    let inside = Rational::from(entry.format.properties().max_finite);
                    let reachable = float.signed || numerator > 0;
                    let scale_floor = float.kind == Kind::Scale && steps.subnormal;
                    if units <= inside && reachable && !scale_floor {
                        let stored = Rational::from(match found.value {
                            Value::Finite(value) => value,
                            other => panic!("{} {} {other:?}", entry.name, exact.to_fraction()),
                        });
                        assert_eq!(stored.abs(), units, "{} {} {rounding}", entry.name, exact.to_fraction());
                    }
                }
            }
        }
    }
}
