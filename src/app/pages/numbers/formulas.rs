//! Derivation steps as formula lines: symbols, live numbers in the colour of what they are, the result.

use crate::app::theme::{Hue, Tokens};
use crate::app::view::numerals;
use crate::app::view::stored::figure;
use crate::app::widgets::formula::Part;
use crate::engine::number::derive::{
    Bit, Derivation, Field, FixedSteps, FloatSteps, IntegerSteps, PositSteps, Role, TableSteps, fields,
};
use crate::engine::number::{Class, Dyadic, Format, IntegerEncoding, Rational, Value};

/// Longest decimal that a formula holds in full.
const LONGEST: usize = 14;

/// Most summands that a sum is written out with.
const MOST_TERMS: usize = 8;

/// The colour of a field.
pub fn hue(tokens: &Tokens, role: Role) -> Hue {
    match role {
        Role::Sign => tokens.sign,
        Role::Exponent => tokens.exponent,
        Role::Mantissa | Role::Fraction => tokens.mantissa,
        Role::Integer => tokens.integer,
        Role::Regime => tokens.clusters[2],
        Role::Index => tokens.code,
    }
}

fn symbol(text: impl Into<String>) -> Part {
    Part::Symbol(text.into())
}

fn number(tokens: &Tokens, role: Role, text: impl Into<String>) -> Part {
    Part::Number(text.into(), hue(tokens, role).mark)
}

/// A number in a formula, and whether all its digits are there.
fn digits(value: Dyadic) -> (String, bool) {
    if value.exponent.abs() < 64 {
        let text = numerals::exact(Value::Finite(value));
        if text.chars().count() <= LONGEST {
            return (text, true);
        }
    }
    if value.significand.is_power_of_two() {
        return (numerals::with_power(value), true);
    }
    (crate::app::view::format::significant(value.to_f64(), 9), false)
}

fn equals(exact: bool) -> Part {
    symbol(if exact { "  =  " } else { "  ≈  " })
}

fn result(value: Value) -> [Part; 2] {
    let (text, exact) = match value {
        Value::Finite(value) if value.significand == 0 => (if value.negative { "−0" } else { "0" }.to_owned(), true),
        Value::Finite(value) => digits(value),
        other => (numerals::exact(other), true),
    };
    [equals(exact), Part::Result(text)]
}

/// The main line of a code.
pub fn main_line(tokens: &Tokens, derivation: &Derivation) -> Vec<Part> {
    match derivation {
        Derivation::Float(steps) => float_line(tokens, steps),
        Derivation::Integer(steps) => integer_line(tokens, steps),
        Derivation::Fixed(steps) => fixed_line(tokens, steps),
        Derivation::Posit(steps) => posit_line(tokens, steps),
        Derivation::Table(steps) => table_line(tokens, steps),
    }
}

fn sign(tokens: &Tokens, negative: bool) -> [Part; 2] {
    let bit = if negative { "1" } else { "0" };
    [symbol("(−1)"), Part::Raised(vec![number(tokens, Role::Sign, bit)])]
}

fn float_line(tokens: &Tokens, steps: &FloatSteps) -> Vec<Part> {
    let mut parts = Vec::new();
    match steps.class {
        Class::Infinite => {
            let why = if steps.format.mantissa_bits == 0 { "all ones" } else { "exponent all ones, mantissa 0" };
            parts.push(symbol(why));
            parts.extend(result(steps.value));
            return parts;
        }
        Class::Nan => {
            parts.push(symbol(nan_reason(steps)));
            parts.extend(result(steps.value));
            return parts;
        }
        Class::Zero | Class::Subnormal | Class::Normal => {}
    }
    if steps.format.signed {
        parts.extend(sign(tokens, steps.negative));
        parts.push(symbol("  ×  "));
    }
    let (fraction, _) = digits(steps.fraction);
    if steps.format.mantissa_bits > 0 {
        parts.push(symbol(format!("({} + ", steps.leading)));
        parts.push(number(tokens, Role::Mantissa, fraction));
        parts.push(symbol(")  ×  "));
    } else if steps.leading == 0 {
        parts.push(symbol("0  ×  "));
    }
    parts.push(symbol("2"));
    let field = steps.effective_field.to_string();
    // A field of 0 counts as 1: the 1 is the rule's, not the field's.
    let field = if steps.effective_field == steps.exponent_field {
        number(tokens, Role::Exponent, field)
    } else {
        symbol(field)
    };
    let bias = steps.format.bias;
    let minus = if bias < 0 { format!(" + {}", -i64::from(bias)) } else { format!(" − {bias}") };
    parts.push(Part::Raised(vec![field, symbol(minus)]));
    if steps.class != Class::Zero && steps.format.mantissa_bits > 0 {
        let (significand, exact) = digits(steps.significand);
        parts.push(equals(exact));
        parts.push(symbol(format!("{}{significand} × 2", if steps.negative { "−" } else { "" })));
        parts.push(Part::Exponent(numerals::screen(&steps.exponent.to_string())));
    }
    parts.extend(result(steps.value));
    parts
}

fn nan_reason(steps: &FloatSteps) -> &'static str {
    use crate::engine::number::Kind;
    match steps.format.kind {
        Kind::Ieee => "exponent all ones, mantissa not 0",
        Kind::Fn | Kind::Scale => "all bits ones: the only NaN of this pattern",
        Kind::Fnuz => "the code of −0 is NaN here",
        _ => "a code without a number",
    }
}

/// Summands that are written out: the first ones, and how many more there are.
fn sum(terms: Vec<Vec<Part>>) -> Vec<Part> {
    let more = terms.len().saturating_sub(MOST_TERMS);
    let mut parts = Vec::new();
    for (index, term) in terms.into_iter().take(MOST_TERMS).enumerate() {
        if index > 0 {
            parts.push(symbol(" + "));
        }
        parts.extend(term);
    }
    if more > 0 {
        parts.push(symbol(format!(" + {more} more")));
    }
    parts
}

fn integer_line(tokens: &Tokens, steps: &IntegerSteps) -> Vec<Part> {
    let mut parts = Vec::new();
    let is_signed = steps.format.encoding == IntegerEncoding::SignMagnitude;
    if is_signed {
        parts.extend(sign(tokens, steps.negated));
        parts.push(symbol("  ×  ("));
    }
    let set: Vec<_> = steps.terms.iter().filter(|term| term.set).collect();
    if set.is_empty() {
        parts.push(number(tokens, Role::Integer, "0"));
    }
    let terms = set.iter().map(|term| vec![number(tokens, Role::Integer, numerals::short_integer(term.weight))]);
    parts.extend(sum(terms.collect()));
    if is_signed {
        parts.push(symbol(")"));
    }
    if steps.offset != 0 {
        parts.push(symbol(format!("  −  {}", numerals::short_integer(steps.offset))));
    }
    let text = if steps.minus_zero { "−0".to_owned() } else { numerals::screen(&steps.value.to_string()) };
    parts.extend([equals(true), Part::Result(text)]);
    parts
}

fn fixed_line(tokens: &Tokens, steps: &FixedSteps) -> Vec<Part> {
    let mut parts = vec![
        number(tokens, Role::Integer, numerals::screen(&steps.integer.value.to_string())),
        symbol("  ×  2"),
        Part::Raised(vec![
            symbol(if steps.format.fraction_bits < 0 { "" } else { "−" }),
            number(tokens, Role::Mantissa, steps.format.fraction_bits.unsigned_abs().to_string()),
        ]),
    ];
    parts.extend(result(Value::Finite(steps.value)));
    parts
}

fn posit_line(tokens: &Tokens, steps: &PositSteps) -> Vec<Part> {
    let Some(fields) = steps.parts else {
        let mut parts = vec![symbol(if steps.value == Value::Nan { "1 and zeros: not a real" } else { "all bits 0" })];
        parts.extend(result(steps.value));
        return parts;
    };
    let mut parts = Vec::new();
    if steps.negative {
        parts.push(symbol("two's complement "));
        parts.extend(complement(tokens, steps));
        parts.push(symbol(":  "));
    }
    parts.extend(sign(tokens, steps.negative));
    parts.push(symbol("  ×  2"));
    parts.push(Part::Raised(vec![
        symbol(format!("{} · ", steps.regime_weight)),
        number(tokens, Role::Regime, numerals::screen(&fields.regime.to_string())),
        symbol(" + "),
        number(tokens, Role::Exponent, fields.exponent.to_string()),
    ]));
    parts.push(symbol("  ×  (1 + "));
    parts.push(number(tokens, Role::Mantissa, digits(steps.fraction).0));
    parts.push(symbol(")"));
    parts.extend(result(steps.value));
    parts
}

/// The bits of the magnitude of a negative posit in the colours of their fields; in hexadecimal where they are many.
fn complement(tokens: &Tokens, steps: &PositSteps) -> Vec<Part> {
    let format = Format::Posit(steps.format);
    if steps.format.bits > 16 {
        return vec![symbol(numerals::hex(steps.magnitude, steps.format.bits))];
    }
    let fields = fields(format, steps.magnitude);
    let bits = |field: &Field| format!("{:0width$b}", field.value, width = field.width as usize);
    fields.iter().map(|field| number(tokens, field.role, bits(field))).collect()
}

fn table_line(tokens: &Tokens, steps: &TableSteps) -> Vec<Part> {
    let mut parts =
        vec![symbol("place "), number(tokens, Role::Index, steps.index.to_string()), symbol(" of the table")];
    parts.extend(result(steps.value));
    parts
}

/// What stands under one field: its sum.
pub fn field_line(tokens: &Tokens, role: Role, bits: &[Bit], derivation: &Derivation) -> Vec<Part> {
    let of_role: Vec<&Bit> = bits.iter().filter(|bit| bit.role == role).collect();
    let set: Vec<&&Bit> = of_role.iter().filter(|bit| bit.set).collect();
    match (role, derivation) {
        (Role::Sign, _) => {
            let negative = !set.is_empty();
            let raised = if negative { "1" } else { "0" };
            vec![number(tokens, role, "(−1)"), Part::Raised(vec![number(tokens, role, raised)])]
        }
        (Role::Exponent, Derivation::Float(steps)) => {
            let mut parts = written_out(&set, false);
            if set.len() != 1 || parts.is_empty() {
                if !parts.is_empty() {
                    parts.push(symbol(" = "));
                }
                parts.push(number(tokens, role, steps.exponent_field.to_string()));
            } else {
                parts = vec![number(tokens, role, steps.exponent_field.to_string())];
            }
            parts
        }
        (Role::Mantissa, Derivation::Float(steps)) => {
            let mut parts = written_out(&set, true);
            if parts.is_empty() && steps.mantissa_field != 0 {
                parts.push(symbol(format!(
                    "{} / {}",
                    steps.mantissa_field,
                    numerals::power(i64::from(steps.format.mantissa_bits))
                )));
            }
            let (text, exact) = digits(steps.fraction);
            if !parts.is_empty() {
                parts.push(symbol(if exact { " = " } else { " ≈ " }));
            }
            parts.push(number(tokens, role, text));
            parts
        }
        (Role::Regime, Derivation::Posit(PositSteps { parts: Some(fields), .. })) => vec![
            symbol(format!("run of {}: ", fields.run)),
            number(tokens, role, numerals::screen(&fields.regime.to_string())),
        ],
        (Role::Exponent, Derivation::Posit(PositSteps { parts: Some(fields), .. })) => {
            vec![number(tokens, role, fields.exponent.to_string())]
        }
        (Role::Mantissa, Derivation::Posit(steps)) => vec![number(tokens, role, digits(steps.fraction).0)],
        _ => Vec::new(),
    }
}

/// The weights of the bits that are set; empty where there are too many to read.
fn written_out(set: &[&&Bit], as_powers: bool) -> Vec<Part> {
    if set.is_empty() || set.len() > 4 {
        return Vec::new();
    }
    let terms = set.iter().filter_map(|bit| bit.weight).map(|weight| {
        let text = if as_powers { numerals::power(weight.exponent.into()) } else { weight.to_decimal() };
        vec![symbol(text)]
    });
    sum(terms.collect())
}
/// Fixed point by the weights of its bits.
pub fn weights_line(tokens: &Tokens, steps: &FixedSteps) -> Vec<Part> {
    let set: Vec<_> = steps.weights.iter().filter(|(term, _)| term.set).collect();
    let mut parts = Vec::new();
    if steps.integer.negated {
        parts.push(symbol("−("));
    }
    if set.is_empty() {
        parts.push(symbol("0"));
    }
    let terms = set.iter().map(|(_, weight)| {
        let role = if weight.exponent < 0 { Role::Fraction } else { Role::Integer };
        // Short decimals as on the slide, longer ones as powers: a sum has many terms.
        let decimal = numerals::exact(Value::Finite(*weight));
        let text = if !weight.significand.is_power_of_two() {
            numerals::short_sum(*weight)
        } else if decimal.chars().count() <= 7 {
            decimal
        } else {
            let sign = if weight.negative { "−" } else { "" };
            format!("{sign}{}", numerals::power(i64::from(weight.exponent) + i64::from(weight.significand.ilog2())))
        };
        vec![number(tokens, role, text)]
    });
    parts.extend(sum(terms.collect()));
    if steps.integer.negated {
        parts.push(symbol(")"));
    }
    if steps.integer.offset != 0 {
        let offset =
            Rational::from(steps.integer.offset) * Rational::power_of_two((-steps.format.fraction_bits).into());
        parts.push(symbol(format!("  −  {}", figure(&offset))));
    }
    parts.extend(result(Value::Finite(steps.value)));
    parts
}
