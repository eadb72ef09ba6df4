//! Why subnormals have the exponent 1 − bias.

use crate::engine::number::{Class, FloatFormat, Rational, Value};

/// The border between subnormal and normal numbers, as it is and as it would be with 0 − bias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnormalRule {
    /// The bias.
    pub bias: i32,
    /// 2^(1 − bias − M): the spacing of the subnormals and of the first normal binade.
    pub step: Rational,
    /// The largest subnormal, (1 − 2^−M) · 2^(1−bias).
    pub largest: Rational,
    /// The smallest normal number, 2^(1−bias).
    pub smallest_normal: Rational,
    /// Their distance: one step, so that the spacing goes on across the border.
    pub gap: Rational,
    /// What the largest subnormal would be with 0 − bias: half as large.
    pub wrong_largest: Rational,
    /// What the spacing of the subnormals would be then: half a step.
    pub wrong_step: Rational,
    /// The gap that would then lie below the smallest normal number.
    pub wrong_gap: Rational,
    /// That gap in those spacings: 2^M + 1.
    pub wrong_gap_steps: u64,
}

/// The rule at the border of a format; `None` where there are no subnormals or no normal numbers.
pub fn subnormal_rule(format: FloatFormat) -> Option<SubnormalRule> {
    let border = 1 << format.mantissa_bits;
    if border > format.top() || format.class(1) != Class::Subnormal || format.class(border) != Class::Normal {
        return None;
    }
    let value = |code: u64| match format.value(code) {
        Value::Finite(value) => Some(Rational::from(value)),
        Value::Infinite { .. } | Value::Nan => None,
    };
    let (step, largest, smallest_normal) = (value(1)?, value(border - 1)?, value(border)?);
    let (wrong_largest, wrong_step) = (largest.half(), step.half());
    Some(SubnormalRule {
        bias: format.bias,
        gap: smallest_normal.clone() - largest.clone(),
        wrong_gap: smallest_normal.clone() - wrong_largest.clone(),
        wrong_gap_steps: border + 1,
        step,
        largest,
        smallest_normal,
        wrong_largest,
        wrong_step,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::{CATALOGUE, Format};

    #[test]
    fn the_spacing_goes_on_across_the_border() {
        let mut checked = 0;
        for entry in CATALOGUE {
            let Format::Float(float) = entry.format else { continue };
            let Some(rule) = subnormal_rule(float) else { continue };
            assert_eq!(rule.gap, rule.step, "{}", entry.name);
            let steps = rule.wrong_gap.checked_div(&rule.wrong_step).unwrap();
            assert_eq!(steps, Rational::from(i128::from(rule.wrong_gap_steps)), "{}", entry.name);
            checked += 1;
        }
        assert!(checked > 12);
    }

    #[test]
    fn the_lectures_border() {
        let rule = subnormal_rule(FloatFormat::new(8, 23, 127, crate::engine::number::Kind::Ieee)).unwrap();
        assert_eq!(rule.step, Rational::power_of_two(-149));
        assert_eq!(rule.largest, Rational::power_of_two(-126) - Rational::power_of_two(-149));
        assert_eq!(rule.smallest_normal, Rational::power_of_two(-126));
    }
}
