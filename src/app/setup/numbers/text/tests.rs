//! Links read back, and say everything.

use super::*;
use crate::app::setup::numbers::lab::LabView;
use crate::app::setup::numbers::{DataView, Spread};
use crate::engine::number::{IntegerEncoding, MOST_ADDEND, Policy};

#[test]
fn every_view_has_a_text_that_reads_back() {
    for (view, ..) in DataView::ALL {
        let numbers = Numbers { view, ..Numbers::default() };
        let text = data_types(&numbers);
        let mut read = Numbers::default();
        parse_data_types(&mut read, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read, numbers, "{text}");
    }
    assert_eq!(data_types(&Numbers::default()), "view=bits,format=fp16,value=0.265625,beside=e4m3fn");
}

/// Settings that are all unlike the defaults.
fn unusual() -> Numbers {
    let mut numbers = Numbers { wrong_bias: true, spread: Spread::Uniform, ..Numbers::default() };
    for text in [
        "format=bf16,value=0x4020,beside=e3m0",
        "view=integers,bits=5,code=0b10110,add=-3,reading=oc",
        "view=fixed,bits=40,point=-2,code=0x8000000001,other=0b000111,reading=sm",
        "custom=e6m5b-3fn",
        "map=class,side=notations,order=code,scale=symlog,line=linear,measure=relative,keep-sum=true",
    ] {
        parse_data_types(&mut numbers, text).unwrap();
    }
    parse_compare(&mut numbers, "formats=posit16+nf4+e8m0+int3").unwrap();
    let lab = "bits=9,seed=77,path=fp16+e5m2+e2m1fn,operation=divide,second=0x4040,left=1 2,right=3 4,\
               accumulator=fp16,order=compensated,rounding=stochastic:5:3,overflow=saturate,infinity=keep,\
               nan=largest,subnormals=flush-after,scale-zero=nan,scale-negative=magnitude,scale-underflow=nan,via=tf32";
    parse_rounding(&mut numbers, lab).unwrap();
    numbers
}

#[test]
fn a_link_says_everything_that_its_view_shows() {
    let unusual = unusual();
    // What another view shows is no part of a link, so both sides lose it: the text of the text is the text.
    for (view, ..) in DataView::ALL {
        let text = data_types(&Numbers { view, ..unusual.clone() });
        let mut read = Numbers::default();
        parse_data_types(&mut read, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(data_types(&read), text);
        let (drawn, expected) = (read.drawn, unusual.drawn);
        match view {
            DataView::Bits | DataView::Codes | DataView::Spacing => {
                let value = |numbers: &Numbers| (numbers.format, numbers.code(), numbers.beside);
                assert_eq!(value(&read), value(&unusual));
            }
            DataView::Integers => assert_eq!(read.integers, unusual.integers),
            DataView::Fixed => assert_eq!(read.fixed, unusual.fixed),
            DataView::FourBits => assert_eq!(read.spread, unusual.spread),
            DataView::Custom => assert_eq!((read.custom, read.wrong_bias), (unusual.custom, unusual.wrong_bias)),
        }
        match view {
            DataView::Bits => assert_eq!((drawn.map, drawn.side), (expected.map, expected.side)),
            DataView::Codes => assert_eq!((drawn.map, drawn.order), (expected.map, expected.order)),
            DataView::Custom => assert_eq!((drawn.scale, drawn.keep_sum), (expected.scale, expected.keep_sum)),
            DataView::Spacing => assert_eq!((drawn.line, drawn.measure), (expected.line, expected.measure)),
            DataView::Integers | DataView::Fixed | DataView::FourBits => {}
        }
    }
    for (view, ..) in LabView::ALL {
        let mut shown = unusual.clone();
        shown.lab.view = view;
        let text = rounding(&shown);
        // From the defaults as from any other setting.
        for mut read in [Numbers::default(), unusual.clone()] {
            parse_rounding(&mut read, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(rounding(&read), text);
            assert_eq!((read.format, read.code()), (shown.format, shown.code()), "{text}");
            let (found, lab) = (&read.lab, &shown.lab);
            match view {
                LabView::Rules => {
                    assert_eq!((found.policy, found.bits, found.seed), (lab.policy, lab.bits, lab.seed));
                }
                LabView::Who => {}
                LabView::Double => assert_eq!((&found.path, found.seed), (&lab.path, lab.seed)),
                LabView::Stochastic => assert_eq!((found.bits, found.seed), (lab.bits, lab.seed)),
                LabView::Arithmetic => {
                    assert_eq!((found.operation, found.order, found.policy), (lab.operation, lab.order, lab.policy));
                    assert_eq!((&found.left, &found.right), (&lab.left, &lab.right));
                    assert_eq!((&found.second, found.accumulator), (&lab.second, lab.accumulator));
                }
            }
        }
    }
    let text = compare(&unusual);
    let mut read = Numbers::default();
    parse_compare(&mut read, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!((compare(&read), &read.compared), (text, &unusual.compared));
}

#[test]
fn a_link_opens_the_same_page_from_anywhere() {
    let plain = Numbers::default();
    for (view, ..) in DataView::ALL {
        let shown = Numbers { view, ..plain.clone() };
        let mut read = unusual();
        parse_data_types(&mut read, &data_types(&shown)).unwrap();
        assert_eq!((read.view, data_types(&read)), (view, data_types(&shown)));
        assert_eq!(read.drawn, shown.drawn, "{view:?}");
    }
    // A part of a link leaves the rest alone.
    let mut read = unusual();
    parse_data_types(&mut read, "value=3").unwrap();
    assert_eq!(read.drawn, unusual().drawn);
}

#[test]
fn a_narrower_integer_keeps_the_bits_that_fit() {
    let mut numbers = Numbers::default();
    parse_data_types(&mut numbers, "view=integers,bits=4").unwrap();
    assert_eq!((numbers.integers.code, numbers.integers.format().integer(numbers.integers.code)), (0b0001, 1));
    parse_data_types(&mut numbers, "bits=64,code=0xFFFFFFFFFFFFFFFF,reading=uint").unwrap();
    let integers = numbers.integers;
    assert_eq!(integers.format().integer(integers.code), i128::from(u64::MAX));
    assert_eq!(integers.encoding, IntegerEncoding::Unsigned);
    parse_data_types(&mut numbers, &format!("add={}", -MOST_ADDEND)).unwrap();
    assert_eq!(numbers.integers.addend, -MOST_ADDEND);
}

#[test]
fn part_of_a_policy_names_it_whole() {
    let mut numbers = unusual();
    parse_rounding(&mut numbers, "overflow=wrap").unwrap();
    assert_eq!(numbers.lab.policy, Policy { overflow: crate::engine::number::Overflow::Wrap, ..Policy::default() });
    let before = unusual().lab.policy;
    let mut numbers = unusual();
    parse_rounding(&mut numbers, "value=1").unwrap();
    assert_eq!(numbers.lab.policy, before);
}

#[test]
fn every_view_of_the_lab_reads_back() {
    for (view, ..) in LabView::ALL {
        let mut numbers = Numbers::default();
        numbers.lab.view = view;
        numbers.lab.bits = 7;
        let text = rounding(&numbers);
        let mut read = Numbers::default();
        read.lab.bits = 7;
        parse_rounding(&mut read, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read, numbers, "{text}");
    }
    for (text, hint) in [
        ("rounding=sideways", "rounding"),
        ("infinity=gone", "expected one of overflow, keep"),
        ("nan=1", "expected one of zero"),
        ("subnormals=off", "expected one of keep, flush-before"),
        ("scale-zero=one", "expected one of smallest"),
        ("via=fp17", "unknown format"),
        ("seed=x", "expected a whole number"),
        ("path=fp32+nothing", "unknown format"),
        ("order=random", "expected one of"),
        ("left=a b", "is no number"),
        ("bits=40", "expected 1 to 16"),
        ("operation=power", "expected add"),
    ] {
        let error = parse_rounding(&mut Numbers::default(), text).unwrap_err();
        assert!(error.contains(hint), "{text}: {error}");
    }
}

#[test]
fn a_comparison_reads_back() {
    let mut numbers = Numbers::default();
    parse_compare(&mut numbers, "value=70000,formats=fp16+bf16+e5m2").unwrap();
    assert_eq!(compare(&numbers), "value=70000,formats=fp16+bf16+e5m2");
    assert!(parse_compare(&mut numbers, "formats=fp16+fp17").unwrap_err().contains("fp17"));
    assert_eq!(numbers.compared.len(), 3);
}

#[test]
fn custom_formats_read_back() {
    use crate::engine::number::{FloatFormat, Kind};
    let mut float = FloatFormat::new(6, 5, -3, Kind::Fn);
    float.subnormals = false;
    for float in [float, FloatFormat::new(15, 48, 16383, Kind::Ieee), FloatFormat { signed: false, ..float }] {
        let text = format_text(Format::Float(float));
        assert_eq!(parse_format(&text), Ok(Format::Float(float)), "{text}");
    }
}

#[test]
fn wrong_texts_say_what_was_expected() {
    for (text, hint) in [
        ("format=fp17", "unknown format"),
        ("format=e99m5b1ieee", "exponent bits"),
        ("value=1e", "is no number"),
        ("value=0x12345", "too long for 16 bits"),
        ("view=nowhere", "expected one of bits"),
        ("view=integers,bits=99", "expected 1 to 64"),
        ("view=integers,bits=0", "expected 1 to 64"),
        ("view=integers,add=1.5", "a whole number from"),
        ("view=integers,add=99999999999999999999999", "a whole number from"),
        ("view=integers,code=7", "expected a code"),
        ("view=fixed,reading=bcd", "expected one of int, uint"),
        ("view=fixed,point=129", "expected -64 to 128"),
        ("view=fixed,point=99999999999", "expected -64 to 128"),
        ("map=red", "expected one of value, class"),
        ("scale=sqrt", "expected one of linear"),
        ("sample=cauchy", "expected one of uniform"),
        ("custom=int8", "expected a float"),
        ("view=fixed,code=0b111111111", "too long for 8 bits"),
        ("zero-bias=maybe", "expected one of true, false"),
        ("colour=red", "is no setting here"),
    ] {
        let mut numbers = Numbers::default();
        let error = parse_data_types(&mut numbers, text).unwrap_err();
        assert!(error.contains(hint), "{text}: {error}");
        assert_eq!(numbers, Numbers::default(), "{text} changes nothing");
    }
}
