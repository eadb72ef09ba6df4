//! The number formats, proved against independent arithmetic, published digests and the lecture's values.

use quantscope::engine::number::{
    CATALOGUE, CodeWord, Entry, FloatFormat, Format, IntegerEncoding, IntegerFormat, Kind, Number, Overflow, Rounding,
    Value, decode_table, encode_slice, find, named,
};
use sha2::{Digest, Sha256};

fn format(name: &str) -> Format {
    find(name).unwrap_or_else(|| panic!("{name} is not in the catalogue")).format
}

/// Floats of up to 16 bits.
fn small_floats() -> impl Iterator<Item = (&'static Entry, FloatFormat)> {
    CATALOGUE.iter().filter_map(|entry| match entry.format {
        Format::Float(float) if float.bits() <= 16 => Some((entry, float)),
        _ => None,
    })
}

fn small_formats() -> impl Iterator<Item = &'static Entry> {
    CATALOGUE.iter().filter(|entry| entry.format.bits() <= 16)
}

/// The formula of each kind in double arithmetic: every step of it is exact for formats of up to 16 bits.
fn by_formula(float: FloatFormat, code: u64) -> f64 {
    let (e_bits, m_bits) = (float.exponent_bits, float.mantissa_bits);
    let e = (code >> m_bits) & ((1 << e_bits) - 1);
    let m = code & ((1 << m_bits) - 1);
    let s = if float.signed { code >> (e_bits + m_bits) } else { 0 };
    let ones = e == (1 << e_bits) - 1;
    let sign = if s == 1 { -1.0 } else { 1.0 };
    let fraction = m as f64 / f64::from(1_u32 << m_bits);
    match float.kind {
        Kind::Ieee if ones && m == 0 => return sign * f64::INFINITY,
        Kind::Ieee if ones => return f64::NAN,
        Kind::Fn | Kind::Scale if ones && m == (1 << m_bits) - 1 => return f64::NAN,
        Kind::Fnuz | Kind::Extended if s == 1 && e == 0 && m == 0 => return f64::NAN,
        Kind::Extended => {
            let outermost = (1 << (e_bits + m_bits)) - 1 - (e << m_bits | m);
            match (float.signed, outermost) {
                (true, 0) => return sign * f64::INFINITY,
                (false, 0) => return f64::NAN,
                (false, 1) => return f64::INFINITY,
                _ => {}
            }
        }
        Kind::Scale => return 2_f64.powi(e as i32 - float.bias),
        _ => {}
    }
    if e == 0 {
        sign * 2_f64.powi(1 - float.bias) * fraction
    } else {
        sign * 2_f64.powi(e as i32 - float.bias) * (1.0 + fraction)
    }
}

/// Same number, sign of zero included, or both NaN.
fn same(left: f64, right: f64) -> bool {
    left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan())
}

#[test]
fn every_code_of_every_small_format_decodes_by_the_formula() {
    for (entry, float) in small_floats() {
        let table = decode_table(entry.format);
        assert_eq!(table.len(), 1 << float.bits());
        for code in 0..=entry.format.last_code() {
            let expected = by_formula(float, code);
            assert!(same(entry.format.decode(code), expected), "{} {code:#x}", entry.name);
            assert!(same(f64::from(table[code as usize]), expected), "table of {} {code:#x}", entry.name);
        }
    }
    for bits in 1..=16 {
        for code in 0..1_u64 << bits {
            assert_eq!(format(&format!("uint{bits}")).decode(code), code as f64);
            let signed = (code << (64 - bits)) as i64 >> (64 - bits);
            assert_eq!(format(&format!("int{bits}")).decode(code), signed as f64);
        }
    }
}

#[test]
fn decode_tables_have_the_digests_of_the_references() {
    let digests = [
        ("e4m3fn", "98959cdf4be234fd"),
        ("e5m2", "0ebeb4cd681ba45c"),
        ("e4m3", "7f62eb713ead2676"),
        ("e3m4", "46b25061b2275ab3"),
        ("e4m3fnuz", "10ad41a5ddbd0da6"),
        ("e5m2fnuz", "0480d2f04b2d4dad"),
        ("e4m3b11fnuz", "7278e386589420fc"),
        ("e8m0", "a3dfaeaa54eb87b7"),
        ("e2m3fn", "2cad943ffd993823"),
        ("e3m2fn", "fe6ecfe7e41d29e0"),
        ("e2m1fn", "bafb8c3b8a81bdda"),
        ("bf16", "6a00f29e7303e153"),
        ("posit8", "d21ad6ec84ed8d0c"),
        ("posit16", "0e68714c4fdffefa"),
        ("fp16", "ecc18b9b372011f0"),
        ("e1m2", "1af9758a7b424f1b"),
        ("e3m0", "608f2e08f07901b3"),
    ];
    for (name, expected) in digests {
        let mut hash = Sha256::new();
        for code in 0..=format(name).last_code() {
            let value = format(name).decode(code);
            let bits = if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
            hash.update(bits.to_le_bytes());
        }
        let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(&digest[..16], expected, "{name}");
    }
}

/// Magnitude codes of four points between a code and the next: the value, the midpoint, just above it, just below it.
fn expected(rounding: Rounding, code: u64, negative: bool) -> [u64; 4] {
    let (c, next) = (code, code + 1);
    let even = if c & 1 == 0 { c } else { next };
    let odd = if c & 1 == 1 { c } else { next };
    match rounding {
        Rounding::NearestEven => [c, even, next, c],
        Rounding::NearestAway => [c, next, next, c],
        Rounding::Odd => [c, odd, odd, odd],
        Rounding::Up if !negative => [c, next, next, next],
        Rounding::Down if negative => [c, next, next, next],
        Rounding::TowardZero | Rounding::Up | Rounding::Down => [c, c, c, c],
        Rounding::Stochastic { .. } => unreachable!("only rules without chance"),
    }
}

/// The value one code beyond the top, as if the exponents went on.
fn beyond_top(float: FloatFormat) -> f64 {
    let kind = if float.kind == Kind::Scale { Kind::Scale } else { Kind::Finite };
    FloatFormat { kind, exponent_bits: float.exponent_bits + 1, ..float }.value(float.top() + 1).to_f64()
}

/// The points of formats.md 3.2: the right code is known by construction.
#[test]
fn encoding_is_right_by_construction_for_every_small_float_and_rule() {
    for (entry, float) in small_floats() {
        let top = float.top();
        for code in 0..=top {
            let value = entry.format.decode(code);
            let next = if code < top { entry.format.decode(code + 1) } else { beyond_top(float) };
            let middle = value + (next - value) / 2.0;
            let points = [value, middle, middle.next_up(), middle.next_down()];
            for negative in [false, true].into_iter().filter(|&negative| float.signed || !negative) {
                for rounding in Rounding::ALL {
                    for (point, code) in points.into_iter().zip(expected(rounding, code, negative)) {
                        let last = if float.has_infinity() && rounding != Rounding::Odd { top + 1 } else { top };
                        let magnitude = code.min(last);
                        let minus = negative && !(float.has_unsigned_zero() && magnitude == 0);
                        let expected = magnitude | if minus { 1 << (float.bits() - 1) } else { 0 };
                        let x = if negative { -point } else { point };
                        let found = entry.format.encode(x, rounding, Overflow::Default);
                        assert_eq!(found, expected, "{} {x:e} {}", entry.name, rounding.name());
                    }
                }
            }
        }
    }
}

/// The same for integers in every encoding and for fixed point: between two neighbours the rule alone decides.
#[test]
fn encoding_is_right_by_construction_for_every_small_integer_and_fixed_point_format() {
    let integers = (1..=16)
        .flat_map(|bits| IntegerEncoding::ALL.map(|encoding| (Format::Integer(IntegerFormat { bits, encoding }), 1.0)));
    let fixed = ["fixed4.2", "fixed8.4", "fixed8.8", "fixed16.7"].map(|name| {
        let Ok(Format::Fixed(fixed)) = named(name).map(|named| named.format) else {
            panic!("{name} is no fixed point")
        };
        (Format::Fixed(fixed), 0.5_f64.powi(fixed.fraction_bits))
    });
    for (format, unit) in integers.chain(fixed) {
        let mut values: Vec<f64> = (0..=format.last_code()).map(|code| format.decode(code) + 0.0).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        for pair in values.windows(2) {
            let [low, high] = [pair[0], pair[1]];
            assert_eq!(high - low, unit, "{format:?}: steps are even");
            let middle = low + unit / 2.0;
            for x in [low, low + unit / 4.0, middle, high - unit / 4.0] {
                for rounding in Rounding::ALL {
                    let even = if (low / unit) % 2.0 == 0.0 { low } else { high };
                    let odd = low + high - even;
                    let away = if x < 0.0 { low } else { high };
                    let nearest = |tie: f64| {
                        if x < middle {
                            low
                        } else if x > middle {
                            high
                        } else {
                            tie
                        }
                    };
                    let expected = match rounding {
                        _ if x == low => low,
                        Rounding::NearestEven => nearest(even),
                        Rounding::NearestAway => nearest(away),
                        Rounding::Odd => odd,
                        Rounding::Up => high,
                        Rounding::Down => low,
                        Rounding::TowardZero => low + high - away,
                        Rounding::Stochastic { .. } => unreachable!("only rules without chance"),
                    };
                    for x in [x, f64::from(x as f32)] {
                        let found = format.decode(format.encode(x, rounding, Overflow::Saturate));
                        assert_eq!(found, expected, "{format:?} {x} {}", rounding.name());
                    }
                }
            }
        }
    }
}

#[test]
fn overflow_starts_at_the_tie_and_follows_the_policy() {
    // The last value that stays, the first that leaves: formats.md 3.3.
    let leaves_at = |tie: f64| (tie.next_down(), tie);
    let stays_at = |tie: f64| (tie, tie.next_up());
    let ties = [
        ("e4m3fn", stays_at(464.0)),
        ("e4m3", leaves_at(248.0)),
        ("e4m3fnuz", leaves_at(248.0)),
        ("e4m3b11fnuz", leaves_at(31.0)),
        ("e5m2", leaves_at(61440.0)),
        ("e5m2fnuz", leaves_at(61440.0)),
        ("e3m4", leaves_at(15.75)),
        ("fp16", leaves_at(65520.0)),
        ("bf16", leaves_at(3.39617752923046e38)),
        ("fp32", leaves_at(3.4028235677973366e38)),
        ("e8m0", stays_at(1.5 * 2_f64.powi(127))),
    ];
    for (name, (stays, leaves)) in ties {
        let Format::Float(float) = format(name) else { unreachable!("{name} is a float") };
        let encode = |x: f64, overflow| float.encode(x, Rounding::NearestEven, overflow);
        assert_eq!(encode(stays, Overflow::Nan), float.top(), "{name}");
        assert_eq!(encode(leaves, Overflow::Nan), float.nan_code().unwrap(), "{name}");
        assert_eq!(encode(leaves, Overflow::Saturate), float.top(), "{name}");
        assert_eq!(encode(f64::INFINITY, Overflow::Saturate), float.top(), "{name}");
        let past = if float.has_infinity() { float.top() + 1 } else { float.top() };
        assert_eq!(encode(leaves, Overflow::Default), past, "{name}");
        assert_eq!(encode(f64::INFINITY, Overflow::Default), past, "{name}");
        assert_eq!(format(name).refusal(Overflow::Infinity).is_none(), float.has_infinity(), "{name}");
        assert_eq!(float.encode(1e300, Rounding::TowardZero, Overflow::Nan), float.top(), "{name}");
        if float.signed {
            assert_eq!(encode(-leaves, Overflow::Default), past | 1 << (float.bits() - 1), "{name}");
            assert_eq!(encode(-1e300, Overflow::Saturate), float.top() | 1 << (float.bits() - 1), "{name}");
        }
    }
    for name in ["e2m3fn", "e3m2fn", "e2m1fn", "e1m2", "e3m0", "int8", "uint4"] {
        assert!(format(name).refusal(Overflow::Nan).is_some() && format(name).refusal(Overflow::Infinity).is_some());
        let saturated = format(name).encode(f64::INFINITY, Rounding::NearestEven, Overflow::Default);
        assert_eq!(format(name).value(saturated), Value::Finite(format(name).properties().max_finite), "{name}");
        assert_eq!(format(name).encode(f64::NAN, Rounding::NearestEven, Overflow::Default), 0, "{name}");
    }
}

#[test]
fn scales_have_no_zero_and_tie_to_the_even_code() {
    let encode = |x: f64, overflow| format("e8m0").encode(x, Rounding::NearestEven, overflow);
    for (x, code) in [(0.75, 126), (1.5, 128), (3.0, 128), (6.0, 130), (0.0, 0), (-1.0, 0), (1e-45, 0), (1e39, 254)] {
        assert_eq!(encode(x, Overflow::Default), code, "{x}");
    }
    for x in [0.0, -0.0, -1.0, f64::NEG_INFINITY, f64::INFINITY, 1e39, f64::NAN] {
        assert_eq!(encode(x, Overflow::Nan), 255, "{x}");
    }
    assert_eq!(encode(1e-45, Overflow::Nan), 0);
}

#[test]
fn integers_round_to_even_and_saturate() {
    let encode = |name: &str, x: f64| format(name).encode(x, Rounding::NearestEven, Overflow::Default);
    for (name, x, code) in [
        ("int8", -1.5, 0xfe),
        ("int8", 2.5, 2),
        ("int8", 127.5, 0x7f),
        ("int8", -128.5, 0x80),
        ("int8", 1e30, 0x7f),
        ("int8", f64::NEG_INFINITY, 0x80),
        ("int1", 1.0, 0),
        ("int1", -0.5, 0),
        ("int1", -0.6, 1),
        ("uint4", 15.5, 15),
        ("uint4", -3.0, 0),
        ("uint64", 1e30, u64::MAX),
        ("uint64", 18_446_744_073_709_549_568.0, u64::MAX - 2047),
        ("int64", -9_223_372_036_854_775_808.0, 1 << 63),
    ] {
        assert_eq!(encode(name, x), code, "{name} {x}");
    }
}

#[test]
fn typed_numbers_are_rounded_once() {
    let code = |name: &str, text: &str| {
        let number: Number = text.parse().unwrap();
        format(name).encode_number(&number, Rounding::NearestEven, Overflow::Default)
    };
    // A tie in the format plus less than a double can see: through a double these would fall to the even side.
    assert_eq!(code("e4m3fn", "1.06250000000000000000000000000001"), 0x39);
    assert_eq!(code("e4m3fn", "1.0625"), 0x38);
    assert_eq!(code("bf16", "1.00390625000000000000000000000000000000000001"), 0x3f81);
    assert_eq!(code("fp16", "0x1p-25"), 0);
    assert_eq!(code("fp16", "0x1.0000000000000000000001p-25"), 1);
    assert_eq!(code("uint64", "18446744073709551614.5"), u64::MAX - 1);
    assert_eq!(code("uint64", "18446744073709551614.50000000000000000000000000001"), u64::MAX);
    assert_eq!(code("int64", "-9007199254740993"), 9_007_199_254_740_993_u64.wrapping_neg());
    assert_eq!(code("e4m3fn", "464.0000000000000000000001"), 0x7e);
    assert_eq!(code("fp32", "1/3"), 0x3eaa_aaab);
    assert_eq!(code("fp64", "0.1"), 0.1_f64.to_bits());
    assert_eq!(code("fp32", "1e-50"), 0);
    assert_eq!(code("fp32", "-1e-50"), 0x8000_0000);
    // These go wrong through float32: formats.md 2.2.
    let nearest = |name: &str, x: f64| format(name).encode(x, Rounding::NearestEven, Overflow::Default);
    assert_eq!(format("e4m3fn").decode(code("e4m3fn", "-431.99999999999994")), -416.0);
    assert_eq!(format("e4m3fn").decode(nearest("e4m3fn", 1.0625 + 2_f64.powi(-40))), 1.125);
    assert_eq!(nearest("fp16", 1.0 + 2_f64.powi(-11) + 2_f64.powi(-40)), 0x3c01);
    assert_eq!(nearest("e4m3fn", 0.0009765625000000002), 1);
}

#[test]
fn the_lectures_values() {
    let code = |name: &str, x: f64| format(name).encode(x, Rounding::NearestEven, Overflow::Default);
    assert_eq!(code("fp32", 0.265625), 0x3e88_0000);
    assert_eq!(code("fp16", 0.265625), 0x3440);
    assert_eq!(code("fp16", -7.0), 0xc700);
    assert_eq!(code("bf16", 2.5), 0x4020);
    assert_eq!(code("int8", 49.0), 0b0011_0001);
    assert_eq!(code("int8", -49.0), 0b1100_1111);
    let properties = |name: &str| format(name).properties();
    assert_eq!(properties("fp32").min_subnormal.unwrap().to_f64(), 2_f64.powi(-149));
    assert_eq!(properties("fp32").max_finite.to_f64(), (2.0 - 2_f64.powi(-23)) * 2_f64.powi(127));
    assert_eq!(properties("e4m3fn").max_finite.to_f64(), 448.0);
    assert_eq!(properties("e5m2").max_finite.to_f64(), 57344.0);
    let positive = |name: &str| (0..8).map(|code| format(name).decode(code)).collect::<Vec<_>>();
    assert_eq!(positive("e2m1fn"), [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]);
    assert_eq!(positive("e1m2"), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]);
    assert_eq!(positive("e3m0"), [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0]);
    assert_eq!(positive("int4"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
}

#[test]
fn properties_are_those_of_the_specifications() {
    let p = |n: i32| 2_f64.powi(n);
    // Name, infinities, NaN codes, max, min normal, min subnormal, distinct values: formats.md 1.2.
    let rows = [
        ("fp64", 2, (1 << 53) - 2, f64::MAX, p(-1022), Some(f64::from_bits(1)), 18_437_736_874_454_810_623),
        ("fp32", 2, 16_777_214, f64::from(f32::MAX), p(-126), Some(p(-149)), 4_278_190_079),
        ("tf32", 2, 2046, 3.4011621342146535e38, p(-126), Some(p(-136)), 522_239),
        ("fp16", 2, 2046, 65504.0, p(-14), Some(p(-24)), 63_487),
        ("bf16", 2, 254, 3.3895313892515355e38, p(-126), Some(p(-133)), 65_279),
        ("e5m2", 2, 6, 57344.0, p(-14), Some(p(-16)), 247),
        ("e4m3fn", 0, 2, 448.0, p(-6), Some(p(-9)), 253),
        ("e4m3", 2, 14, 240.0, p(-6), Some(p(-9)), 239),
        ("e3m4", 2, 30, 15.5, p(-2), Some(p(-6)), 223),
        ("e4m3fnuz", 0, 1, 240.0, p(-7), Some(p(-10)), 255),
        ("e5m2fnuz", 0, 1, 57344.0, p(-15), Some(p(-17)), 255),
        ("e4m3b11fnuz", 0, 1, 30.0, p(-10), Some(p(-13)), 255),
        ("e8m0", 0, 1, p(127), p(-127), None, 255),
        ("e2m3fn", 0, 0, 7.5, 1.0, Some(0.125), 63),
        ("e3m2fn", 0, 0, 28.0, 0.25, Some(0.0625), 63),
        ("e2m1fn", 0, 0, 6.0, 1.0, Some(0.5), 15),
        ("e1m2", 0, 0, 3.5, 2.0, Some(0.5), 15),
        ("e3m0", 0, 0, 16.0, 0.25, None, 15),
        ("int8", 0, 0, 127.0, 1.0, None, 256),
        ("uint64", 0, 0, 18_446_744_073_709_551_615.0, 1.0, None, 1 << 64),
    ];
    for (name, infinities, nan_codes, max, min_normal, min_subnormal, distinct) in rows {
        let found = format(name).properties();
        assert_eq!((found.infinities, found.nan_codes), (infinities, nan_codes), "{name}");
        assert_eq!(found.max_finite.to_f64(), max, "{name}");
        assert_eq!(found.min_normal.map(|value| value.to_f64()), Some(min_normal), "{name}");
        assert_eq!(found.min_subnormal.map(|value| value.to_f64()), min_subnormal, "{name}");
        assert_eq!(found.distinct, distinct, "{name}");
    }
}

#[test]
fn properties_agree_with_a_count_over_all_codes() {
    for entry in small_formats() {
        let properties = entry.format.properties();
        let mut values: Vec<f64> = (0..=entry.format.last_code()).map(|code| entry.format.decode(code)).collect();
        assert_eq!(values.iter().filter(|value| value.is_nan()).count() as u64, properties.nan_codes, "{}", entry.name);
        assert_eq!(values.iter().filter(|value| value.is_infinite()).count() as u32, properties.infinities);
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        values.dedup();
        assert_eq!(values.len() as u128, properties.distinct, "{}", entry.name);
        assert_eq!(values[0], properties.min_finite.to_f64(), "{}", entry.name);
        assert_eq!(*values.last().unwrap(), properties.max_finite.to_f64(), "{}", entry.name);
    }
}

#[test]
fn what_a_code_means_encodes_to_that_code() {
    for entry in small_formats() {
        for code in 0..=entry.format.last_code() {
            let value = entry.format.decode(code);
            if !value.is_nan() {
                for rounding in Rounding::ALL.into_iter().chain([Rounding::Stochastic { bits: 8, seed: code }]) {
                    let back = entry.format.encode(value, rounding, Overflow::Default);
                    // The FP4 of bitsandbytes has two codes for +0.
                    let twin = matches!(entry.format, Format::Table(_)) && same(entry.format.decode(back), value);
                    assert!(back == code || twin, "{} {code:#x} {back:#x}", entry.name);
                }
            }
        }
    }
}

/// Every value, midpoint and neighbour in float32, and a walk over float32 with its ends.
fn float32_points(format: Format) -> Vec<f32> {
    let mut points =
        vec![0.0, f32::MIN_POSITIVE, f32::from_bits(1), f32::from_bits(0x7f_ffff), f32::MAX, f32::INFINITY];
    let mut values: Vec<f32> = decode_table(format).iter().copied().filter(|value| value.is_finite()).collect();
    values.sort_by(f32::total_cmp);
    for pair in values.windows(2) {
        let middle = ((f64::from(pair[0]) + f64::from(pair[1])) / 2.0) as f32;
        points.extend([pair[1], pair[1].next_up(), pair[1].next_down(), middle, middle.next_up(), middle.next_down()]);
    }
    points.extend((0..0x7f80_0000).step_by(0x3_1337).map(f32::from_bits));
    let mirrored: Vec<f32> = points.iter().map(|x| -x).collect();
    points.extend(mirrored);
    points.extend([f32::NAN, -f32::NAN, f32::from_bits(0x7f80_0001)]);
    points
}

fn check_bulk<C: CodeWord + Default + Into<u64>>(entry: &Entry) {
    let points = float32_points(entry.format);
    for overflow in Overflow::ALL {
        let mut codes = vec![C::default(); points.len()];
        encode_slice(entry.format, overflow, &points, &mut codes);
        for (&x, code) in points.iter().zip(codes) {
            let expected = entry.format.encode(f64::from(x), Rounding::NearestEven, overflow);
            assert_eq!(code.into(), expected, "{} {x:e} ({:#x}) {}", entry.name, x.to_bits(), overflow.name());
        }
    }
}

#[test]
fn bulk_encoding_equals_the_scalar_codec() {
    for entry in small_formats() {
        if entry.format.bits() <= 8 {
            check_bulk::<u8>(entry);
        }
        check_bulk::<u16>(entry);
    }
}
