//! The codes worth a button.

use super::encode::is_finite;
use crate::engine::number::{Class, Format, Overflow, Rational, Rounding, Value};

/// A code with a name, or a run of NaN codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Special {
    /// What it is called: `+0`, `min subnormal`, `1 + ε`, `NaN`….
    pub name: &'static str,
    /// The code, or the first of a run.
    pub code: u64,
    /// The last of a run; equals `code` elsewhere.
    pub last: u64,
    /// The value of the code.
    pub value: Value,
}

/// The codes worth a button, in the order of a tour: zeros, subnormals, normals, one, the ends, infinities, NaN. Those that the
/// format lacks are left out.
pub fn specials(format: Format) -> Vec<Special> {
    let mut found: Vec<Special> = Vec::new();
    let mut add = |name: &'static str, code: Option<u64>| {
        if let Some(code) = code {
            found.push(Special { name, code, last: code, value: format.value(code) });
        }
    };
    let zero = format.rank_of_zero().and_then(|rank| format.code_at(rank));
    add("+0", zero);
    add("−0", minus_zero(format));
    if let Format::Float(float) = format {
        let border = 1_u64 << float.mantissa_bits;
        let of = |code: u64, class: Class| (float.class(code) == class && code <= float.top()).then_some(code);
        let largest_subnormal = border.saturating_sub(1).min(float.top());
        add("min subnormal", of(1, Class::Subnormal));
        add("max subnormal", of(largest_subnormal, Class::Subnormal));
        let first_normal = [0, 1, border].into_iter().find(|&code| of(code, Class::Normal).is_some());
        add("min normal", first_normal);
    } else if !matches!(format, Format::Integer(_)) {
        add("min positive", format.smallest_positive());
    }
    let one = exactly(format, &Rational::power_of_two(0));
    add("1", one);
    if !matches!(format, Format::Integer(_)) {
        add("next after 1", one.and_then(|one| format.next_up(one)).filter(|&code| is_finite(format.class(code))));
    }
    let (first, last) = format.finite_ranks();
    add("max", format.code_at(last));
    add("min", format.code_at(first));
    if let Format::Float(float) = format
        && float.has_infinity()
    {
        let code = |negative| float.overflow_code(negative, Overflow::Infinity);
        add("+inf", Some(code(false)));
        add("−inf", float.signed.then(|| code(true)));
    }
    found.extend(nan_runs(format));
    found
}

/// The code of −0.
fn minus_zero(format: Format) -> Option<u64> {
    let code = match format {
        Format::Float(_) | Format::Integer(_) | Format::Fixed(_) => {
            format.encode(-0.0, Rounding::NearestEven, Overflow::Default)
        }
        Format::Posit(_) | Format::Table(_) => return None,
    };
    matches!(format.value(code), Value::Finite(value) if value.significand == 0 && value.negative).then_some(code)
}

/// The code of a number, if the format has it.
fn exactly(format: Format, number: &Rational) -> Option<u64> {
    let code = format.encode_rational(number, Rounding::NearestEven, Overflow::Saturate);
    (format.value_at(format.rank(code)?)? == *number).then_some(code)
}

/// The runs of NaN codes.
fn nan_runs(format: Format) -> Vec<Special> {
    let run = |code: u64, last: u64| {
        (code <= last && format.class(code) == Class::Nan).then(|| {
            let name = if matches!(format, Format::Posit(_)) { "NaR" } else { "NaN" };
            Special { name, code, last, value: Value::Nan }
        })
    };
    let runs = match format {
        Format::Float(float) => {
            let magnitudes = if float.signed { format.last_code() >> 1 } else { format.last_code() };
            let first = float.top() + if float.has_infinity() { 2 } else { 1 };
            let sign = if float.signed { Some(magnitudes + 1) } else { None };
            if float.has_unsigned_zero() && float.signed {
                vec![run(magnitudes + 1, magnitudes + 1)]
            } else if first > magnitudes {
                Vec::new()
            } else {
                vec![run(first, magnitudes), sign.and_then(|sign| run(sign | first, sign | magnitudes))]
            }
        }
        Format::Posit(posit) => vec![run(posit.nar(), posit.nar())],
        Format::Table(table) => vec![run(table.values().len() as u64, format.last_code())],
        Format::Integer(_) | Format::Fixed(_) => Vec::new(),
    };
    runs.into_iter().flatten().collect()
}

impl Format {
    /// The rank of 0; `None` where there is no zero.
    fn rank_of_zero(self) -> Option<i128> {
        match self {
            Self::Float(float) if float.class(0) != Class::Zero => None,
            Self::Table(table) => {
                (0..table.order().len()).find(|&place| table.nth(place) == 0.0).map(|place| place as i128)
            }
            _ => Some(0),
        }
    }

    /// The code of the smallest positive value.
    fn smallest_positive(self) -> Option<u64> {
        let code = self.encode_rational(&Rational::zero(), Rounding::Up, Overflow::Saturate);
        let rank = self.rank(code)?;
        let positive = |rank: i128| self.value_at(rank).is_some_and(|value| !value.is_zero() && !value.is_negative());
        [rank, rank + 1].into_iter().find(|&rank| positive(rank)).and_then(|rank| self.code_at(rank))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::{CATALOGUE, find};

    fn names(name: &str) -> Vec<(&'static str, u64, u64)> {
        let found = specials(find(name).unwrap().format);
        found.into_iter().map(|special| (special.name, special.code, special.last)).collect()
    }

    #[test]
    fn the_specials_of_fp16_and_its_kin() {
        assert_eq!(
            names("fp16"),
            [
                ("+0", 0, 0),
                ("−0", 0x8000, 0x8000),
                ("min subnormal", 1, 1),
                ("max subnormal", 0x3ff, 0x3ff),
                ("min normal", 0x400, 0x400),
                ("1", 0x3c00, 0x3c00),
                ("next after 1", 0x3c01, 0x3c01),
                ("max", 0x7bff, 0x7bff),
                ("min", 0xfbff, 0xfbff),
                ("+inf", 0x7c00, 0x7c00),
                ("−inf", 0xfc00, 0xfc00),
                ("NaN", 0x7c01, 0x7fff),
                ("NaN", 0xfc01, 0xffff),
            ]
        );
        assert_eq!(names("e4m3fn").last(), Some(&("NaN", 0xff, 0xff)));
        assert_eq!(names("e4m3fnuz").last(), Some(&("NaN", 0x80, 0x80)));
        assert!(names("e4m3fnuz").iter().all(|(name, ..)| *name != "−0"));
        assert_eq!(names("e8m0").first(), Some(&("min normal", 0, 0)));
        assert_eq!(names("int4"), [("+0", 0, 0), ("1", 1, 1), ("max", 7, 7), ("min", 8, 8)]);
    }

    #[test]
    fn every_nan_code_is_in_a_run() {
        for entry in CATALOGUE.iter().filter(|entry| entry.format.bits() <= 16) {
            let runs: Vec<Special> = specials(entry.format).into_iter().filter(|s| s.value == Value::Nan).collect();
            let counted: u64 = runs.iter().map(|run| run.last - run.code + 1).sum();
            assert_eq!(counted, entry.format.properties().nan_codes, "{}", entry.name);
        }
    }
}
