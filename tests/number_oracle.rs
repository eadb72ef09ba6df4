//! The codec over its whole parameter space, against arithmetic with whole numbers that shares nothing with it.

use num_bigint::{BigInt, BigUint, Sign};
use proptest::prelude::*;
use quantscope::engine::number::{
    CATALOGUE, Class, FloatFormat, Format, Kind, Number, Overflow, PositFormat, Rational, Rounding, TableFormat, Value,
    named,
};

/// Everything of a format is counted in units of 2^−shift, far below its smallest value.
fn shift(float: FloatFormat) -> i64 {
    1400.max(i64::from(float.bias) + 200)
}

/// The magnitude of a code by the textbook, in those units. `m` may be one beyond the fields.
fn units(float: FloatFormat, m: u128) -> BigUint {
    let width = float.mantissa_bits;
    let (field, mantissa) = ((m >> width) as i64, (m & ((1 << width) - 1)) as u64);
    let implicit = BigUint::from(1_u32) << width;
    let (significand, exponent) = match float.kind {
        Kind::Scale => (BigUint::from(1_u32), field - i64::from(float.bias)),
        _ if m == 0 => return BigUint::ZERO,
        _ if field == 0 && (float.subnormals || width == 0) => (BigUint::from(mantissa), 1 - i64::from(float.bias)),
        _ => (implicit + mantissa, field - i64::from(float.bias)),
    };
    significand << (exponent - i64::from(width) + shift(float)) as u64
}

/// The largest finite magnitude code, counted from what the kind sets apart.
fn top(float: FloatFormat) -> u128 {
    let all = 1_u128 << (float.exponent_bits + float.mantissa_bits);
    match float.kind {
        Kind::Ieee => all - (1 << float.mantissa_bits) - 1,
        Kind::Fn | Kind::Scale => all - 2,
        Kind::Fnuz | Kind::Finite => all - 1,
        Kind::Extended if float.signed => all - 2,
        Kind::Extended => all - 3,
    }
}

/// The code that ±above/below (in units) must get.
fn oracle(float: FloatFormat, negative: bool, above: &BigUint, below: &BigUint, rule: Rounding, over: Overflow) -> u64 {
    let top = top(float);
    let sign = |m: u128| {
        let unsigned_zero = m == 0 && matches!(float.kind, Kind::Fnuz | Kind::Extended);
        let minus = negative && float.signed && !unsigned_zero;
        (m | if minus { 1 << (float.exponent_bits + float.mantissa_bits) } else { 0 }) as u64
    };
    // The last code that is not above; a scale has nothing below its first.
    let (mut low, mut high) = (0_u128, top + 2);
    let not_above = |m: u128| units(float, m) * below <= *above;
    if !not_above(0) {
        return 0;
    }
    while high - low > 1 {
        let middle = (low + high) / 2;
        if not_above(middle) { low = middle } else { high = middle }
    }
    let beyond = || {
        let infinity = matches!(float.kind, Kind::Ieee | Kind::Extended);
        let nan = match float.kind {
            Kind::Ieee if float.mantissa_bits == 0 => None,
            Kind::Ieee => Some(((top + 1) | (1 << (float.mantissa_bits - 1))) as u64),
            Kind::Finite => None,
            Kind::Fnuz => Some(1 << (float.exponent_bits + float.mantissa_bits)),
            Kind::Extended if float.signed => Some(1 << (float.exponent_bits + float.mantissa_bits)),
            _ => Some(((1_u128 << (float.exponent_bits + float.mantissa_bits)) - 1) as u64),
        };
        match over {
            Overflow::Default | Overflow::Infinity if infinity => sign(top + 1),
            Overflow::Nan => nan.unwrap_or(sign(top)),
            _ => sign(top),
        }
    };
    let exact = units(float, low) * below == *above;
    if low > top {
        // Only the value one beyond the top, or more.
        return match rule {
            Rounding::TowardZero | Rounding::Odd => sign(top),
            Rounding::Up if negative => sign(top),
            Rounding::Down if !negative => sign(top),
            _ => beyond(),
        };
    }
    if exact {
        return sign(low);
    }
    let half = (above * 2_u32).cmp(&((units(float, low) + units(float, low + 1)) * below));
    let up = match rule {
        Rounding::NearestEven => half.is_gt() || (half.is_eq() && low & 1 == 1),
        Rounding::NearestAway => half.is_ge(),
        Rounding::TowardZero => false,
        Rounding::Up => !negative,
        Rounding::Down => negative,
        Rounding::Odd => low & 1 == 0,
        Rounding::Stochastic { .. } => unreachable!("only rules without chance"),
    };
    match (up, low == top) {
        (false, _) => sign(low),
        (true, false) => sign(low + 1),
        // To odd stays inside wherever it would leave.
        (true, true) if rule == Rounding::Odd => sign(top),
        (true, true) => beyond(),
    }
}

/// Formats near those in use.
fn floats() -> impl Strategy<Value = FloatFormat> {
    floats_of(0..=10, 40)
}

/// Formats of the whole parameter space.
fn all_floats() -> impl Strategy<Value = FloatFormat> {
    floats_of(0..=15, 16_000)
}

fn floats_of(exponents: std::ops::RangeInclusive<u32>, off: i32) -> impl Strategy<Value = FloatFormat> {
    let kinds = prop_oneof![
        Just(Kind::Ieee),
        Just(Kind::Fn),
        Just(Kind::Fnuz),
        Just(Kind::Finite),
        Just(Kind::Extended),
        Just(Kind::Scale)
    ];
    let parameters = (exponents, 0_u32..=60, -off..=off, kinds, any::<bool>(), any::<bool>());
    parameters.prop_filter_map("no format", |(exponent_bits, mantissa_bits, off, kind, signed, subnormals)| {
        let scale = kind == Kind::Scale;
        let kind = if exponent_bits == 0 { Kind::Finite } else { kind };
        let mantissa_bits = if scale && exponent_bits > 0 { 0 } else { mantissa_bits };
        let bias = FloatFormat::usual_bias(exponent_bits, kind) + off;
        let signed = (signed || kind == Kind::Fnuz) && kind != Kind::Scale;
        let subnormals = subnormals || exponent_bits == 0;
        FloatFormat { signed, exponent_bits, mantissa_bits, bias, kind, subnormals }.check().ok()
    })
}

/// A number at or beside a value or a midpoint of the format: a magnitude code, and where between it and the next.
fn numbers() -> impl Strategy<Value = (u64, u32, i32)> {
    (any::<u64>(), 0_u32..=4, -2_i32..=2)
}

fn number(float: FloatFormat, negative: bool, above: &BigUint, below: &BigUint) -> Number {
    Number::Finite { negative, numerator: above.clone(), denominator: below << shift(float) as u64 }
}

fn rounds_as_the_textbook_says(
    float: FloatFormat,
    (pick, quarter, nudge): (u64, u32, i32),
    negative: bool,
    thirds: bool,
) -> Result<(), TestCaseError> {
    // One in eight at the top end, where overflow is decided.
    let m = if pick % 8 == 0 { top(float) } else { u128::from(pick) % (top(float) + 1) };
    let (low, high) = (units(float, m), units(float, m + 1));
    // Quarters of the gap, and beside them by less than anything a double would see.
    let mut below = BigUint::from(4_u32) << 90_u32;
    let mut above = ((low.clone() * 4_u32) + (high - low) * quarter) << 90_u32;
    let by = BigUint::from(nudge.unsigned_abs());
    // Below zero is the other sign's affair.
    above = if nudge < 0 && above >= by { above - by } else { above + by };
    if thirds {
        above *= 3_u32;
        above += 1_u32;
        below *= 3_u32;
    }
    let negative = negative && float.signed;
    let typed = number(float, negative, &above, &below);
    for rule in Rounding::ALL {
        for over in Overflow::ALL {
            let found = Format::Float(float).encode_number(&typed, rule, over);
            let expected = oracle(float, negative, &above, &below, rule, over);
            prop_assert_eq!(found, expected, "{:?} {} {}", float, rule, over.name());
        }
    }
    Ok(())
}

fn decodes_and_comes_back(float: FloatFormat, pick: u64, negative: bool) -> Result<(), TestCaseError> {
    let m = u128::from(pick) % (top(float) + 1);
    let format = Format::Float(float);
    let code = format.code_at(if negative && float.signed { -(m as i128) } else { m as i128 }).unwrap();
    let Value::Finite(value) = format.value(code) else { panic!("{code:#x} of {float:?} is finite") };
    let found = Rational::from(value);
    let expected = Rational::new(BigInt::from(units(float, m)), BigUint::from(1_u32) << shift(float) as u64).unwrap();
    prop_assert_eq!(found.abs(), expected);
    for rule in Rounding::ALL {
        prop_assert_eq!(format.encode_number(&Number::from(Value::Finite(value)), rule, Overflow::Default), code);
    }
    if let Some(next) = format.next_up(code).filter(|&next| format.class(next) != Class::Infinite) {
        prop_assert!(format.value_at(format.rank(next).unwrap()).unwrap() > found);
    }
    Ok(())
}

proptest! {
    // Exponents of 15 bits make numbers of tens of thousands of bits: fewer of them.
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn the_widest_formats_round_and_decode_as_the_textbook_says(
        float in all_floats(), (pick, quarter, nudge) in numbers(), negative in any::<bool>(), thirds in any::<bool>(),
    ) {
        rounds_as_the_textbook_says(float, (pick, quarter, nudge), negative, thirds)?;
        decodes_and_comes_back(float, pick, negative)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn every_format_rounds_as_the_textbook_says(
        float in floats(), (pick, quarter, nudge) in numbers(), negative in any::<bool>(), thirds in any::<bool>(),
    ) {
        rounds_as_the_textbook_says(float, (pick, quarter, nudge), negative, thirds)?;
    }

    #[test]
    fn codes_decode_as_the_textbook_says_and_come_back(float in floats(), pick in any::<u64>(), negative in any::<bool>()) {
        decodes_and_comes_back(float, pick, negative)?;
    }

    #[test]
    fn doubles_and_their_text_become_the_same_code(bits in any::<u64>(), float in floats()) {
        let x = f64::from_bits(bits);
        prop_assume!(x.is_finite());
        let format = Format::Float(float);
        for rule in Rounding::ALL {
            let from_text = format.encode_number(&format!("{x:e}").parse::<Number>().unwrap(), rule, Overflow::Saturate);
            let exact = format.encode_number(&Number::from(x), rule, Overflow::Saturate);
            prop_assert_eq!(format.encode(x, rule, Overflow::Saturate), exact);
            // The shortest decimal is another number, unless that is exact; both are the double, or beside it.
            let (a, b) = (format.rank(from_text).unwrap(), format.rank(exact).unwrap());
            prop_assert!((a - b).abs() <= 1 || float.mantissa_bits > 50);
        }
    }

    #[test]
    fn rounding_is_monotone_symmetric_and_within_half_a_gap(float in floats(), a in any::<i64>(), b in any::<i64>(), scale in -70_i64..30) {
        let format = Format::Float(float);
        let exact = |n: i64| Rational::from(i128::from(n)) * Rational::power_of_two(scale);
        let (low, high) = (exact(a.min(b)), exact(a.max(b)));
        let rank = |x: &Rational, rule| format.rank(format.encode_rational(x, rule, Overflow::Saturate)).unwrap();
        for rule in [Rounding::NearestEven, Rounding::NearestAway, Rounding::TowardZero, Rounding::Up, Rounding::Down] {
            prop_assert!(rank(&low, rule) <= rank(&high, rule));
        }
        if float.signed {
            prop_assert_eq!(rank(&low, Rounding::NearestEven), -rank(&-low.clone(), Rounding::NearestEven));
        }
        let toward_zero = format.encode_rational(&high, Rounding::TowardZero, Overflow::Saturate);
        if float.kind != Kind::Scale && (float.signed || !high.is_negative()) {
            prop_assert!(format.value_at(format.rank(toward_zero).unwrap()).unwrap().abs() <= high.abs());
        }
    }

    #[test]
    fn integers_in_every_encoding_saturate_or_wrap(bits in 1_u32..=64, which in 0_usize..5, n in any::<i128>(), eighths in -8_i64..8) {
        use quantscope::engine::number::{IntegerEncoding, IntegerFormat};
        let integer = IntegerFormat { bits, encoding: IntegerEncoding::ALL[which] };
        let format = Format::Integer(integer);
        let n = n >> (n as u128 % 120) as u32;
        let (low, high) = integer.range();
        let x = Rational::from(n) + Rational::from(i128::from(eighths)) * Rational::power_of_two(-3);
        for rule in Rounding::ALL {
            let whole = x.round(rule);
            let clamped = whole.clone().clamp(BigInt::from(low), BigInt::from(high));
            let saturated = format.encode_rational(&x, rule, Overflow::Saturate);
            prop_assert_eq!(BigInt::from(integer.integer(saturated)), clamped);
            let wrapped = BigInt::from(integer.integer(format.encode_rational(&x, rule, Overflow::Wrap)));
            if whole >= BigInt::from(low) && whole <= BigInt::from(high) {
                prop_assert_eq!(&wrapped, &whole);
            }
            let modulus = match integer.encoding {
                IntegerEncoding::OnesComplement => (BigInt::from(1) << bits) - 1,
                // The sign stays, and the magnitude loses its high bits.
                IntegerEncoding::SignMagnitude => BigInt::from(1) << (bits - 1),
                _ => BigInt::from(1) << bits,
            };
            prop_assert_eq!((whole - wrapped) % modulus, BigInt::ZERO);
        }
    }

    #[test]
    fn names_of_parameters_read_back(float in floats()) {
        let format = Format::Float(float);
        let name = quantscope::engine::number::Named::of(format).name;
        prop_assert_eq!(named(&name).unwrap().format, format, "{}", name);
    }
}

/// The points where anything can change: values, boundaries, and beside both by next to nothing.
fn points(format: Format) -> Vec<Rational> {
    let (low, high) = format.finite_ranks();
    let mut points = Vec::new();
    for rank in low..=high {
        points.extend(format.value_at(rank));
        points.extend(format.boundary_above(rank));
    }
    points.extend(format.boundary_above(low - 1));
    let tiny = Rational::power_of_two(-90);
    let beside: Vec<Rational> =
        points.iter().flat_map(|point| [point.clone() - tiny.clone(), point.clone() + tiny.clone()]).collect();
    points.extend(beside);
    points.push(Rational::from(1 << 100));
    points.push(-Rational::from(1 << 100));
    points
}

#[test]
fn rounding_intervals_hold_what_becomes_their_value_and_nothing_else() {
    for name in [
        "e2m1fn",
        "e3m0",
        "e1m2",
        "e2m3fn",
        "e3m2ieee",
        "e3m2nosub",
        "e3m2b3fn",
        "e3m2fnuz",
        "e2m2ext",
        "ue3m2fn",
        "e4m0scale",
        "int4",
        "sm4",
        "oc4",
        "offset3",
        "uint3",
        "fixed5.2",
        "posit6",
        "posit5es1",
        "nf4",
        "fp4-bnb",
        "codebook[3;-1;0.25]",
    ] {
        let format = named(name).unwrap_or_else(|error| panic!("{error}")).format;
        let points = points(format);
        for rule in Rounding::ALL {
            let codes: Vec<u64> = points.iter().map(|x| format.encode_rational(x, rule, Overflow::Saturate)).collect();
            for code in (0..=format.last_code()).filter(|&code| format.rank(code).is_some()) {
                let Some(interval) = format.rounding_interval(code, rule, true) else { continue };
                for (x, &found) in points.iter().zip(&codes) {
                    let inside = format.rank(found) == format.rank(code);
                    // An unsigned format saturates below zero; no interval reaches there.
                    let reachable = format.properties().min_finite.to_f64() < 0.0 || !x.is_negative();
                    if reachable {
                        assert_eq!(interval.contains(x), inside, "{name} {code:#x} {rule} {}", x.to_f64());
                    }
                }
            }
        }
    }
}

#[test]
fn posits_round_on_the_bit_string() {
    for posit in [
        PositFormat { bits: 8, exponent_bits: 2 },
        PositFormat { bits: 8, exponent_bits: 0 },
        PositFormat { bits: 6, exponent_bits: 3 },
        PositFormat { bits: 16, exponent_bits: 2 },
    ] {
        let longer = PositFormat { bits: posit.bits + 1, ..posit };
        let mut off_centre = 0;
        for code in 1..posit.top() {
            let value = |posit: PositFormat, code: u64| posit.value(code).to_f64();
            let (low, high, boundary) = (value(posit, code), value(posit, code + 1), value(longer, 2 * code + 1));
            assert!(low < boundary && boundary < high);
            off_centre += u32::from(boundary != (low + high) / 2.0);
            let encode = |x: f64| posit.encode(x, Rounding::NearestEven, Overflow::Default);
            let even = if code & 1 == 0 { code } else { code + 1 };
            let found = [low, boundary.next_down(), boundary, boundary.next_up()].map(encode);
            assert_eq!(found, [code, code, even, code + 1], "{posit:?} {code:#x}");
            let minus = |code: u64| code.wrapping_neg() & (2 * posit.nar() - 1);
            assert_eq!(encode(-boundary), minus(even), "{posit:?} {code:#x}");
            let rules = [Rounding::TowardZero, Rounding::Up, Rounding::Down, Rounding::NearestAway];
            let directed = rules.map(|rule| posit.encode(boundary, rule, Overflow::Default));
            assert_eq!(directed, [code, code + 1, code, code + 1]);
        }
        if posit == (PositFormat { bits: 8, exponent_bits: 2 }) {
            assert_eq!(off_centre, 6);
        }
    }
}

#[test]
fn posits_are_those_of_the_standard() {
    let posit = |name: &str| named(name).unwrap().format;
    for (name, power) in [("posit8", 24), ("posit16", 56), ("posit32", 120), ("posit8es0", 6), ("posit16es1", 28)] {
        let format = posit(name);
        let properties = format.properties();
        assert_eq!(properties.max_finite.to_f64(), 2_f64.powi(power), "{name}");
        assert_eq!(properties.min_normal.unwrap().to_f64(), 2_f64.powi(-power), "{name}");
        assert_eq!(properties.distinct, (1 << format.bits()) - 1);
        let encode = |x: f64| format.encode(x, Rounding::NearestEven, Overflow::Default);
        let (top, nar) = (format.last_code() >> 1, format.last_code() / 2 + 1);
        assert_eq!([1e300, 1e-300, -1e300, -1e-300].map(encode), [top, 1, nar + 1, format.last_code()], "{name}");
        assert_eq!([f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(encode), [nar; 3], "{name}");
        assert_eq!(encode(0.0), 0);
    }
    for (name, above, below) in [("posit8", -3, -4), ("posit16", -11, -12), ("posit32", -27, -28)] {
        let format = posit(name);
        let one = format.encode(1.0, Rounding::NearestEven, Overflow::Default);
        let step = |code: Option<u64>| (format.decode(code.unwrap()) - 1.0).abs();
        assert_eq!(step(format.next_up(one)), 2_f64.powi(above), "{name}");
        assert_eq!(step(format.next_down(one)), 2_f64.powi(below), "{name}");
    }
}

#[test]
fn code_tables_are_the_published_ones() {
    let values = |name: &str| {
        let Format::Table(table) = named(name).unwrap().format else { panic!("{name} is a table") };
        table.values().to_vec()
    };
    let nf4 = values("nf4");
    assert_eq!((nf4[0], nf4[7], nf4[15], nf4[8]), (-1.0, 0.0, 1.0, 0.079_580_3));
    assert!(nf4.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(
        values("fp4-bnb").iter().map(|x| (x * 192.0).round() / 16.0).collect::<Vec<f32>>()[..8],
        [0.0, 0.0625, 8.0, 12.0, 4.0, 6.0, 2.0, 3.0]
    );
    assert_eq!(values("iq4_nl")[..9], [-127.0, -104.0, -83.0, -65.0, -49.0, -35.0, -22.0, -10.0, 1.0]);
    assert!(values("af4").windows(2).all(|pair| pair[0] > pair[1]));
    let encode = |name: &str, x: f64| named(name).unwrap().format.encode(x, Rounding::NearestEven, Overflow::Default);
    assert_eq!(
        [encode("fp4-bnb", 0.0), encode("fp4-bnb", 0.6), encode("fp4-bnb", -0.6), encode("fp4-bnb", 9.0)],
        [0, 2, 10, 3]
    );
    assert_eq!([encode("nf4", f64::NAN), encode("nf4", f64::NEG_INFINITY), encode("iq4_nl", 0.0)], [7, 0, 8]);
    // A double beside the middle of two values of very different size.
    let lopsided = Format::Table(TableFormat::new(&[1.0, 1e-30]).unwrap());
    let encode = |x: f64| lopsided.encode(x, Rounding::NearestEven, Overflow::Default);
    assert_eq!([encode(0.5), encode(0.5_f64.next_up())], [1, 0]);
}

#[test]
fn typed_wrapping_keeps_the_low_bits_of_any_number() {
    let encode = |name: &str, text: &str| {
        named(name).unwrap().format.encode_number(&text.parse().unwrap(), Rounding::TowardZero, Overflow::Wrap)
    };
    // As NumPy, PyTorch and ml_dtypes wrap on x86-64: formats.md 2.5.
    for (name, text, code) in [
        ("int8", "200", 200),
        ("int8", "300", 44),
        ("int4", "8", 8),
        ("int4", "-9", 7),
        ("uint8", "-1", 255),
        ("offset8", "128", 0),
        ("sm8", "-129", 0x81),
        ("oc8", "128", 0x80),
        ("fixed8.4", "8.0625", 0x81),
        ("int8", "inf", 0),
        ("int8", "nan", 0),
        // 2^200 + 5: far more digits than a significand keeps.
        ("uint8", "1606938044258990275541962092341162602522202993782792835301381", 5),
    ] {
        assert_eq!(encode(name, text), code, "{name} {text}");
    }
}

#[test]
fn every_format_of_the_catalogue_keeps_its_order() {
    for entry in CATALOGUE.iter().filter(|entry| entry.format.bits() <= 8) {
        let format = entry.format;
        let (low, high) = format.finite_ranks();
        let values: Vec<Rational> = (low..=high).map(|rank| format.value_at(rank).unwrap()).collect();
        assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{}", entry.name);
        assert_eq!(values.len() as u128, format.properties().distinct, "{}", entry.name);
        let sign = |value: &Rational| value.numerator().sign();
        assert!(values.iter().filter(|value| sign(value) == Sign::NoSign).count() <= 1);
        for code in 0..=format.last_code() {
            let rank = format.rank(code);
            assert_eq!(rank.is_none(), format.class(code) == Class::Nan, "{} {code:#x}", entry.name);
            if let Some(rank) = rank.filter(|rank| (low..=high).contains(rank)) {
                let back = format.code_at(rank).unwrap();
                assert_eq!(format.rank(back), Some(rank), "{} {code:#x}", entry.name);
            }
        }
    }
}

#[test]
fn arrays_in_custom_formats_equal_the_scalar_codec() {
    use quantscope::engine::number::encode_slice;
    let mut values = vec![0.0, f32::MAX, f32::INFINITY, f32::NAN, f32::MIN_POSITIVE, f32::from_bits(1)];
    values.extend((0..0x7f80_0000).step_by(0x5_1337).map(f32::from_bits));
    let mirrored: Vec<f32> = values.iter().map(|x| -x).collect();
    values.extend(mirrored);
    for name in [
        "e9m3b127ieee",
        "e9m3b127finite",
        "e5m5b-60fn",
        "e8m6b120ieee",
        "e8m6b135ext",
        "e4m3nosub",
        "ue5m3ieee",
        "e0m7b3finite",
        "e5m0ieee",
        "e8m7b127finite",
        "sm7",
        "oc5",
        "offset9",
        "fixed12.7",
        "ufixed6.-2",
        "posit9",
        "posit12es1",
        "iq4_nl",
    ] {
        let format = named(name).unwrap_or_else(|error| panic!("{error}")).format;
        for overflow in Overflow::ALL.into_iter().filter(|&overflow| format.refusal(overflow).is_none()) {
            let mut codes = vec![0_u16; values.len()];
            encode_slice(format, overflow, &values, &mut codes);
            for (&x, code) in values.iter().zip(codes) {
                let expected = format.encode(f64::from(x), Rounding::NearestEven, overflow);
                assert_eq!(u64::from(code), expected, "{name} {x:e} {}", overflow.name());
            }
        }
    }
}
