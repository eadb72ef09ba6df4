//! How scale and threshold come about, as formula lines.

use crate::app::view::affine::Step;
use crate::app::view::format;
use crate::app::view::inspect::Role;
use crate::engine::quantize::signs::{Magnitudes, ThresholdPoint};
use crate::engine::quantize::{Scales, Ternary, Threshold};

fn symbol(text: &str) -> Step {
    Step::Text(text.to_owned(), Role::Symbol)
}

/// Up to `most` significant digits, without zeros at the end.
pub fn trimmed(value: f64, most: usize) -> String {
    let text = format::significant(value, most);
    match text.contains('.') && !text.contains('e') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn digits(value: f64) -> String {
    trimmed(value, 6)
}

fn real(value: f64) -> Step {
    Step::Text(digits(value), Role::Real)
}

fn count(value: u64) -> Step {
    Step::Text(format::count(value), Role::Symbol)
}

fn result(value: f64) -> Step {
    Step::Text(digits(value), Role::Result)
}

/// Σ|W| / n of the weights.
fn mean(all: &Magnitudes) -> Step {
    Step::Fraction(vec![real(all.sum())], vec![count(all.count())])
}

/// α = Σ|W| / n.
pub fn alpha(all: &Magnitudes) -> Vec<Step> {
    let over = vec![symbol("Σ |W|")];
    vec![
        symbol("α = "),
        Step::Fraction(over, vec![symbol("n")]),
        symbol(" = "),
        mean(all),
        symbol(" = "),
        result(all.mean()),
    ]
}

/// Δ by the rule of the scheme.
pub fn threshold(ternary: &Ternary, all: &Magnitudes, threshold: f64) -> Vec<Step> {
    let rule = match ternary.threshold {
        Threshold::Twn => vec![symbol("0.7 · "), mean(all)],
        Threshold::AbsMean => vec![Step::Fraction(vec![symbol("1")], vec![symbol("2")]), symbol(" · "), mean(all)],
        Threshold::Share(share) => vec![real(share.into()), symbol(" · "), real(all.largest())],
        Threshold::Fixed(_) | Threshold::Optimal => return vec![symbol("Δ = "), result(threshold)],
    };
    [vec![symbol("Δ = ")], rule, vec![symbol(" = "), result(threshold)]].concat()
}

/// The scale of the weights that are kept: their mean magnitude. `None` where the scale is another one or where there are two.
pub fn scale(ternary: &Ternary, all: &Magnitudes, point: &ThresholdPoint) -> Option<Vec<Step>> {
    match (ternary.threshold, ternary.scales) {
        (_, Scales::Two) => None,
        (Threshold::AbsMean, _) => Some(vec![symbol("scale = "), mean(all), symbol(" = "), result(all.mean())]),
        _ => {
            let kept = Step::Fraction(vec![real(point.sum)], vec![count(point.kept)]);
            Some(vec![symbol("scale = "), kept, symbol(" = "), result(point.scale())])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{study, ternary};
    use super::*;
    use crate::app::view::affine::plain;

    #[test]
    fn the_lectures_numbers_stand_in_the_formulas() {
        let study = study();
        assert_eq!(plain(&alpha(&study.all)), "α = (Σ |W|) / (n) = (16.78) / (16) = 1.04875");
        let twn = ternary("ternary");
        let at = study.threshold(&twn);
        assert_eq!(plain(&threshold(&twn, &study.all, at)), "Δ = 0.7 · (16.78) / (16) = 0.734125");
        let point = study.at(Scales::One, at);
        assert_eq!(plain(&scale(&twn, &study.all, &point).unwrap()), "scale = (16.5) / (11) = 1.5");
        let bitnet = ternary("ternary:threshold=absmean");
        assert_eq!(plain(&threshold(&bitnet, &study.all, 0.524_375)), "Δ = (1) / (2) · (16.78) / (16) = 0.524375");
        assert_eq!(plain(&scale(&bitnet, &study.all, &point).unwrap()), "scale = (16.78) / (16) = 1.04875");
        let two = ternary("ternary:threshold=max:0.05,scales=two");
        assert_eq!(scale(&two, &study.all, &point), None);
        assert_eq!(plain(&threshold(&two, &study.all, 0.106)), "Δ = 0.05 · 2.12 = 0.106");
    }
}
