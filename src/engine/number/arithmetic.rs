//! A small bench for arithmetic in a format: every operation is exact, then rounded once.

use super::{Format, Number, Overflow, Rational, Rounding, Value};

/// An operation on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// a + b.
    Add,
    /// a − b.
    Subtract,
    /// a · b.
    Multiply,
    /// a / b.
    Divide,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 4] = [Self::Add, Self::Subtract, Self::Multiply, Self::Divide];

    /// Its sign.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "−",
            Self::Multiply => "×",
            Self::Divide => "÷",
        }
    }
}

/// The result of one operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
    /// The exact result; `None` where it is an infinity or NaN.
    pub exact: Option<Rational>,
    /// The code of the result.
    pub code: u64,
    /// Its value.
    pub value: Value,
    /// value − exact; `None` where either is not finite.
    pub error: Option<Rational>,
}

/// In which order a sum is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// First to last.
    #[default]
    Forward,
    /// Last to first.
    Backward,
    /// Small magnitudes before large ones.
    Ascending,
    /// First to last, with what each addition loses added back to the next term (Kahan 1965).
    Compensated,
}

impl Order {
    /// Every order, the default first.
    pub const ALL: [Self; 4] = [Self::Forward, Self::Backward, Self::Ascending, Self::Compensated];

    /// The name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Backward => "backward",
            Self::Ascending => "ascending",
            Self::Compensated => "compensated",
        }
    }
}

/// How a dot product is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DotSettings {
    /// The format of the factors.
    pub input: Format,
    /// The format of the products; `None` keeps them exact, as in a fused multiply-add.
    pub product: Option<Format>,
    /// The format of the running sum.
    pub accumulator: Format,
    /// The rounding of everything. Stochastic rounding draws anew at each step.
    pub rounding: Rounding,
    /// Overflow of everything.
    pub overflow: Overflow,
    /// The order of the sum.
    pub order: Order,
}

/// One step of a dot product.
#[derive(Clone, Debug, PartialEq)]
pub struct DotStep {
    /// Which pair of factors.
    pub index: usize,
    /// The stored factors.
    pub factors: (Value, Value),
    /// Their product, as it goes into the sum.
    pub product: Value,
    /// The sum afterwards.
    pub sum: u64,
    /// Its value.
    pub sum_value: Value,
    /// Whether a product other than 0 left the sum as it was.
    pub swamped: bool,
}

/// A dot product, step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// The steps, in the order of the sum.
    pub steps: Vec<DotStep>,
    /// The code of the result in the accumulator's format.
    pub code: u64,
    /// Its value.
    pub value: Value,
    /// The exact dot product of the stored factors; `None` where one is not finite.
    pub exact: Option<Rational>,
    /// value − exact.
    pub error: Option<Rational>,
    /// How many products were lost entirely.
    pub swamped: usize,
}

/// The exact result of an operation on values, infinities and NaN by the rules of IEEE 754; zeros are +0 except where both
/// operands say otherwise.
fn exactly(operation: Operation, left: &Number, right: &Number) -> Number {
    let (Some(a), Some(b)) = (left.rational(), right.rational()) else {
        // With an infinity or NaN among the operands doubles give the right special value.
        let double = |number: &Number| match number {
            Number::Finite { .. } => {
                number.rational().map_or(0.0, |exact| match (exact.is_zero(), number.is_negative()) {
                    (true, true) => -0.0,
                    (true, false) => 0.0,
                    (false, true) => -1.0,
                    (false, false) => 1.0,
                })
            }
            Number::Infinite { negative: true } => f64::NEG_INFINITY,
            Number::Infinite { negative: false } => f64::INFINITY,
            Number::Nan => f64::NAN,
        };
        return Number::from(apply(operation, double(left), double(right)));
    };
    let minus = left.is_negative() != right.is_negative();
    let exact = match operation {
        Operation::Add => a + b,
        Operation::Subtract => a - b,
        Operation::Multiply => a * b,
        Operation::Divide => match a.checked_div(&b) {
            Some(quotient) => quotient,
            None if a.is_zero() => return Number::Nan,
            None => return Number::Infinite { negative: minus },
        },
    };
    let zero_sign = match operation {
        Operation::Multiply | Operation::Divide => minus,
        Operation::Add => left.is_negative() && right.is_negative(),
        Operation::Subtract => left.is_negative() && !right.is_negative(),
    };
    match Number::from(&exact) {
        Number::Finite { numerator, denominator, negative } => {
            Number::Finite { negative: if exact.is_zero() { zero_sign } else { negative }, numerator, denominator }
        }
        other => other,
    }
}

fn apply(operation: Operation, a: f64, b: f64) -> f64 {
    match operation {
        Operation::Add => a + b,
        Operation::Subtract => a - b,
        Operation::Multiply => a * b,
        Operation::Divide => a / b,
    }
}

/// An operation on two values, rounded once into a format.
pub fn compute(
    operation: Operation,
    left: Value,
    right: Value,
    format: Format,
    rounding: Rounding,
    overflow: Overflow,
) -> Computed {
    let result = exactly(operation, &Number::from(left), &Number::from(right));
    let code = format.encode_number(&result, rounding, overflow);
    let value = format.value(code);
    let exact = result.rational();
    let error = exact.clone().zip(finite(value)).map(|(exact, value)| value - exact);
    Computed { exact, code, value, error }
}

fn finite(value: Value) -> Option<Rational> {
    match value {
        Value::Finite(value) => Some(value.into()),
        Value::Infinite { .. } | Value::Nan => None,
    }
}

/// The dot product of two lists, of the length of the shorter one, each number stored in the input format first.
pub fn dot(left: &[Number], right: &[Number], settings: &DotSettings) -> Dot {
    let DotSettings { input, product, accumulator, rounding, overflow, order } = *settings;
    let store = |number: &Number| input.value(input.encode_number(number, rounding, overflow));
    let factors: Vec<(Value, Value)> = left.iter().zip(right).map(|(a, b)| (store(a), store(b))).collect();
    let multiplied = |&(a, b): &(Value, Value)| exactly(Operation::Multiply, &Number::from(a), &Number::from(b));
    let exact_products: Vec<Number> = factors.iter().map(multiplied).collect();
    let exact = exact_products.iter().map(Number::rational).try_fold(Rational::zero(), |sum, term| Some(sum + term?));
    let mut indices: Vec<usize> = (0..factors.len()).collect();
    match order {
        Order::Forward | Order::Compensated => {}
        Order::Backward => indices.reverse(),
        Order::Ascending => {
            let size = |index: &usize| exact_products[*index].rational().map(|product| product.abs());
            // Infinities and NaN come last.
            indices.sort_by(|a, b| match (size(a), size(b)) {
                (Some(a), Some(b)) => a.cmp(&b),
                (a, b) => a.is_none().cmp(&b.is_none()),
            });
        }
    }
    let mut draws = 0;
    let mut rule = || {
        draws += 1;
        rounding.at(draws)
    };
    let mut sum = accumulator.encode(0.0, Rounding::NearestEven, Overflow::Default);
    let mut lost = Number::from(0.0);
    let mut steps = Vec::with_capacity(indices.len());
    for index in indices {
        let term = match product {
            Some(format) => {
                let code = format.encode_number(&exact_products[index], rule(), overflow);
                Number::from(format.value(code))
            }
            None => exact_products[index].clone(),
        };
        let mut round = |number: &Number| accumulator.encode_number(number, rule(), overflow);
        let value = |code: u64| Number::from(accumulator.value(code));
        let before = value(sum);
        let code = if order == Order::Compensated {
            // y = term − lost; t = sum + y; lost = (t − sum) − y, each rounded.
            let y = value(round(&exactly(Operation::Subtract, &term, &lost)));
            let t = round(&exactly(Operation::Add, &before, &y));
            let gained = value(round(&exactly(Operation::Subtract, &value(t), &before)));
            lost = value(round(&exactly(Operation::Subtract, &gained, &y)));
            t
        } else {
            round(&exactly(Operation::Add, &before, &term))
        };
        let swamped =
            accumulator.value(code) == accumulator.value(sum) && term.rational().is_some_and(|t| !t.is_zero());
        sum = code;
        let shown = shown(&term);
        steps.push(DotStep {
            index,
            factors: factors[index],
            product: shown,
            sum,
            sum_value: accumulator.value(sum),
            swamped,
        });
    }
    let value = accumulator.value(sum);
    let error = exact.clone().zip(finite(value)).map(|(exact, value)| value - exact);
    let swamped = steps.iter().filter(|step| step.swamped).count();
    Dot { steps, code: sum, value, exact, error, swamped }
}

/// A term as a value: exact wherever the product of two significands has up to 64 bits, else the nearest double.
fn shown(term: &Number) -> Value {
    let Some(exact) = term.rational() else {
        return match term {
            Number::Infinite { negative } => Value::Infinite { negative: *negative },
            Number::Finite { .. } | Number::Nan => Value::Nan,
        };
    };
    let wide = Format::Float(super::FloatFormat::new(15, 48, 16_383, super::Kind::Ieee));
    wide.value(wide.encode_rational(&exact, Rounding::NearestEven, Overflow::Default))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    fn format(name: &str) -> Format {
        find(name).unwrap().format
    }

    fn numbers(values: &[f64]) -> Vec<Number> {
        values.iter().map(|&value| Number::from(value)).collect()
    }

    fn sum(accumulator: &str, order: Order, values: &[f64]) -> Dot {
        let settings = DotSettings {
            input: format("fp32"),
            product: None,
            accumulator: format(accumulator),
            rounding: Rounding::NearestEven,
            overflow: Overflow::Default,
            order,
        };
        dot(&numbers(values), &numbers(&vec![1.0; values.len()]), &settings)
    }

    #[test]
    fn one_is_lost_beside_256_in_bf16() {
        let add = |name: &str| {
            let stored = |x: f64| format(name).value(format(name).encode(x, Rounding::NearestEven, Overflow::Default));
            compute(Operation::Add, stored(256.0), stored(1.0), format(name), Rounding::NearestEven, Overflow::Default)
        };
        assert_eq!(add("bf16").value.to_f64(), 256.0);
        assert_eq!(add("bf16").error.unwrap().to_f64(), -1.0);
        assert_eq!(add("fp16").value.to_f64(), 257.0);
        let swamped = sum("bf16", Order::Forward, &[256.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!((swamped.value.to_f64(), swamped.swamped), (256.0, 4));
        assert_eq!(swamped.exact.unwrap().to_f64(), 260.0);
        assert_eq!(sum("bf16", Order::Ascending, &[256.0, 1.0, 1.0, 1.0, 1.0]).value.to_f64(), 260.0);
        assert_eq!(sum("bf16", Order::Compensated, &[256.0, 1.0, 1.0, 1.0, 1.0]).value.to_f64(), 260.0);
        assert_eq!(sum("fp32", Order::Backward, &[256.0, 1.0, 1.0]).error.unwrap(), Rational::zero());
    }

    #[test]
    fn operations_agree_with_the_hardware() {
        let values = [0.0, -0.0, 1.0, -1.5, 0.1, 3e38, -3e38, 1e-40, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        let single = format("fp32");
        for a in values {
            for b in values {
                for operation in Operation::ALL {
                    let stored = |x: f64| single.value(u64::from((x as f32).to_bits()));
                    let found =
                        compute(operation, stored(a), stored(b), single, Rounding::NearestEven, Overflow::Default);
                    let (x, y) = (a as f32, b as f32);
                    let expected = match operation {
                        Operation::Add => x + y,
                        Operation::Subtract => x - y,
                        Operation::Multiply => x * y,
                        Operation::Divide => x / y,
                    };
                    let found = f32::from_bits(found.code as u32);
                    let same = found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
                    assert!(same, "{x} {operation:?} {y}: {found} {expected}");
                }
            }
        }
    }

    #[test]
    fn products_may_have_a_format_of_their_own() {
        let settings = DotSettings {
            input: format("e4m3fn"),
            product: Some(format("e4m3fn")),
            accumulator: format("fp32"),
            rounding: Rounding::NearestEven,
            overflow: Overflow::Default,
            order: Order::Forward,
        };
        let (a, b) = (numbers(&[1.125, 2.0]), numbers(&[1.125, 3.0]));
        let found = dot(&a, &b, &settings);
        assert_eq!(found.value.to_f64(), 7.25);
        assert_eq!(found.exact.as_ref().unwrap().to_f64(), 7.265_625);
        let exact = dot(&a, &b, &DotSettings { product: None, ..settings });
        assert_eq!(exact.error, Some(Rational::zero()));
        assert_eq!(exact.steps[0].product.to_f64(), 1.265_625);
        let special =
            dot(&numbers(&[f64::INFINITY]), &numbers(&[0.0]), &DotSettings { input: format("fp16"), ..settings });
        assert_eq!((special.value, special.exact), (Value::Nan, None));
    }
}
