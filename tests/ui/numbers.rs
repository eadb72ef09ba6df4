//! The pages of numbers as their users work them: by label, by key, by what a screen reader reads.

use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::setup::Numbers;
use quantscope::app::{App, Options};

use crate::window;

fn start(page: &'static str, setting: &str) -> Harness<'static, App> {
    let setting = (!setting.is_empty()).then(|| setting.to_owned());
    let options = Options { page: Some(page), setting, ..Options::default() };
    window(options)
}

fn numbers<'a>(harness: &'a Harness<'_, App>) -> &'a Numbers {
    &harness.state().session().setup().numbers
}

fn value(harness: &Harness<'_, App>) -> f64 {
    let numbers = numbers(harness);
    numbers.format.decode(numbers.code())
}

fn press(harness: &mut Harness<'_, App>, label: &str) {
    harness.get_by_label(label).click();
    harness.run();
}

/// Types a text into the field of the value and confirms it.
fn enter(harness: &mut Harness<'_, App>, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, "Value").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::TextInput, "Value").type_text(text);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
}

#[test]
fn the_worked_example_is_on_screen_step_by_step() {
    let harness = start("data-types", "");
    harness.get_by_label("(−1)^(0)  ×  (1 + 0.0625)  ×  2^(13 − 15)  =  1.0625 × 2^−2  =  0.265625");
    harness.get_by_label("Bits of FP16: 0 01101 0001000000");
    harness.get_by_label("8 + 4 + 1 = 13");
    harness.get_by_label("Copy the code");
    harness.get_by_label_contains("Neighbourhood");
    harness.get_by_label_contains("stored 0.25, typed 0.265625");
    harness.get_by_label("subnormal: 0x01 – 0x07, 2⁻⁹ … 7 × 2⁻⁹");
}

#[test]
fn a_bit_toggles_and_undo_brings_it_back() {
    let mut harness = start("data-types", "");
    press(&mut harness, "Bits of FP16, bit 15");
    assert_eq!(value(&harness), -0.265_625);
    assert_eq!(harness.state().session().last_action, "Value 0.265625 → −0.265625");
    let sign = harness.get_by_label("Bits of FP16, bit 15");
    assert_eq!(sign.accesskit_node().toggled(), Some(Toggled::True));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(value(&harness), 0.265_625);
}

#[test]
fn keys_move_set_and_step_in_the_row_of_bits() {
    let mut harness = start("data-types", "");
    harness.get_by_label("Bits of FP16: 0 01101 0001000000").focus();
    harness.run();
    for (key, expected) in [
        (Key::Space, -0.265_625),
        (Key::Space, 0.265_625),
        (Key::ArrowUp, 0.265_869_140_625),
        (Key::ArrowDown, 0.265_625),
        (Key::Num1, -0.265_625),
        (Key::Num1, -17408.0),
    ] {
        harness.key_press(key);
        harness.run();
        assert_eq!(value(&harness), expected, "after {key:?}");
    }
}

#[test]
fn the_same_number_goes_into_every_format() {
    let mut harness = start("data-types", "");
    for (chip, expected) in [("FP32", 0x3E88_0000), ("BF16", 0x3E88), ("E4M3FN", 0x28), ("FP16", 0x3440)] {
        press(&mut harness, chip);
        assert_eq!(numbers(&harness).code(), expected, "{chip}");
    }
}

#[test]
fn every_notation_is_read_and_a_wrong_one_keeps_the_last_value() {
    let mut harness = start("data-types", "");
    for (text, code) in [("-7", 0xC700), ("0xC700", 0xC700), ("0x1.8p-1", 0x3A00), ("17/64", 0x3440), ("inf", 0x7C00)] {
        enter(&mut harness, text);
        assert_eq!(numbers(&harness).code(), code, "{text}");
    }
    for (text, message) in [("0x12345", "too long for 16 bits"), ("1e", "is no number"), ("nan(0x400)", "0x1 to 0x3FF")]
    {
        enter(&mut harness, text);
        harness.get_by_label_contains(message);
        assert_eq!(numbers(&harness).code(), 0x7C00, "{text}");
    }
}

/// A page, its setting, a field, and wrong texts with a part of what is said under it.
type Case<'a> = (&'static str, &'a str, &'a str, &'a [(&'a str, &'a str)]);

const WRONG: [Case; 16] = [
    (
        "data-types",
        "",
        "Value",
        &[
            ("", "is no number"),
            ("1e", "is no number"),
            ("0b2", "is no code"),
            ("0x", "is no code"),
            ("0x12345", "too long for 16 bits"),
            ("1//2", "is no number"),
            ("1/0", "divides by zero"),
            ("nan(0x999)", "0x1 to 0x3FF"),
            ("nan(", "is no number"),
            ("1e999999999", "beyond ±100000"),
            ("0x1p99999999999999999999", "beyond ±100000"),
            ("1e-99999999999999999999", "beyond ±100000"),
        ],
    ),
    ("data-types", "view=custom", "Bias", &[("x", "the bias is"), ("99999999", "the bias is"), ("", "the bias is")]),
    (
        "data-types",
        "view=integers",
        "Added",
        &[("1.5", "a whole number from"), ("", "a whole number from"), ("99999999999999999999999", "a whole number")],
    ),
    (
        "data-types",
        "view=integers",
        "Integer",
        &[
            ("128", "−128 to 127"),
            ("1e", "is no number"),
            ("0x100", "too long"),
            ("0.5", "no whole number"),
            ("nan", "−128"),
        ],
    ),
    ("data-types", "view=integers", "Width", &[("0", "1 to 64"), ("65", "1 to 64"), ("x", "1 to 64"), ("", "1 to 64")]),
    ("data-types", "view=fixed", "Width", &[("65", "1 to 64"), ("-1", "1 to 64")]),
    (
        "data-types",
        "view=fixed",
        "Fixed value",
        &[("8", "−8 to 7.9375"), ("0b2", "is no code"), ("1e999999999", "beyond ±100000"), ("nan", "has no nan")],
    ),
    ("data-types", "view=fixed", "Second value", &[("inf", "fixed point has no inf"), ("1//2", "is no number")]),
    (
        "data-types",
        "view=fixed",
        "Fraction bits",
        &[("129", "-64 to 128"), ("4.5", "a whole number"), ("", "a whole number")],
    ),
    (
        "data-types",
        "view=fixed",
        "ARM name",
        &[("Q4", "expected Qm.n"), ("Q60.60", "120 bits"), ("x", "expected Qm.n")],
    ),
    ("data-types", "view=fixed", "TI name", &[("Q32.32", "65 bits"), ("Q3.400", "404 bits")]),
    ("compare-formats", "", "Value", &[("1e", "is no number"), ("0x", "is no code"), ("nan(0x999)", "0x1 to 0x3FF")]),
    (
        "data-types",
        "",
        "Format name",
        &[
            ("fp17", "unknown format"),
            ("e16m3", "exponent bits is 0 to 15"),
            ("q4.4", "two meanings"),
            ("int65", "1 to 64"),
        ],
    ),
    ("rounding", "view=stochastic", "Seed", &[("x", "Seed"), ("-1", "Seed")]),
    ("rounding", "view=arithmetic", "Second operand", &[("1e", "is no number"), ("0x12345", "too long for 16 bits")]),
    ("rounding", "view=arithmetic", "Left factors", &[("1 x", "is no number"), ("99999999*1", "expected 1 to")]),
];

/// Puts a text into a field in place of what is there, and confirms it.
fn replace(harness: &mut Harness<'_, App>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    if text.is_empty() {
        harness.key_press(Key::Backspace);
    } else {
        harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
    }
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
}

#[test]
fn wrong_text_says_what_is_allowed_and_the_last_value_stays() {
    for (page, setting, field, texts) in WRONG {
        let mut harness = start(page, setting);
        let before = numbers(&harness).clone();
        for (text, message) in texts {
            replace(&mut harness, field, text);
            let said = harness.query_all_by_label_contains(message).next().is_some();
            assert!(said, "{page} {setting} {field} {text}: {message}");
            assert!(harness.query_all_by_label_contains("; still ").next().is_some(), "{field} {text}");
            assert_eq!(*numbers(&harness), before, "{page} {setting} {field} {text}");
            harness.key_press(Key::Escape);
            harness.run();
        }
    }
}

#[test]
fn a_text_of_fifty_thousand_digits_is_refused_in_no_time() {
    let mut harness = start("data-types", "");
    let before = numbers(&harness).clone();
    replace(&mut harness, "Value", &"9".repeat(50_001));
    harness.get_by_label_contains("at most 50000 characters");
    assert_eq!(*numbers(&harness), before);
}

#[test]
fn an_integer_is_typed_in_every_encoding_and_width() {
    let mut harness = start("data-types", "view=integers,bits=8,code=0b0,add=1,reading=int");
    for (encoding, text, code) in [
        ("two's complement", "-49", 0b1100_1111),
        ("sign-magnitude", "-49", 0b1011_0001),
        ("one's complement", "-49", 0b1100_1110),
        ("offset binary", "-49", 0b0100_1111),
        ("unsigned", "177", 0b1011_0001),
    ] {
        // By its name: in the middle of the row is the formula, which a click copies.
        harness.get_by_role_and_label(Role::RadioButton, encoding).click_accesskit();
        harness.run();
        replace(&mut harness, "Integer", text);
        assert_eq!(numbers(&harness).integers.code, code, "{encoding}");
    }
    replace(&mut harness, "Width", "64");
    replace(&mut harness, "Integer", "18446744073709551615");
    assert_eq!(numbers(&harness).integers.code, u64::MAX);
    harness.get_by_label_contains("Number circle: 2^64 codes, at 18446744073709551615");
    harness.get_by_label("0x0000000000000000  =  0");
    replace(&mut harness, "Width", "1");
    assert_eq!(numbers(&harness).integers.code, 1);
    harness.get_by_label_contains("Number circle: 2^1 codes");
    for _ in 0..2 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        harness.run();
    }
    assert_eq!(numbers(&harness).integers.bits, 64);
}

#[test]
fn fixed_point_has_both_names_every_width_and_encoding() {
    let mut harness = start("data-types", "view=fixed,bits=8,point=4,code=0b00110001,reading=int");
    harness.get_by_label("ARM Q4.4 counts the sign bit, TI Q3.4 does not");
    replace(&mut harness, "TI name", "Q0.15");
    let format = numbers(&harness).fixed.format;
    assert_eq!((format.integer.bits, format.fraction_bits), (16, 15));
    replace(&mut harness, "ARM name", "UQ5.3");
    harness.get_by_label("UQ5.3 for ARM and for TI: no sign bit to count");
    // The lecture's unsigned fixed<8,3>.
    replace(&mut harness, "Fixed value", "0b00010110");
    harness.get_by_label("22  ×  2^(−3)  =  2.75");
    replace(&mut harness, "Width", "64");
    replace(&mut harness, "Fraction bits", "-2");
    replace(&mut harness, "Fixed value", "0xFFFFFFFFFFFFFFFF");
    assert_eq!(numbers(&harness).fixed.code, u64::MAX);
    replace(&mut harness, "Second value", "0xFFFFFFFFFFFFFFFF");
    harness.get_by_label_contains("beyond the range");
    press(&mut harness, "Show its bits");
    assert_eq!(numbers(&harness).view, quantscope::app::setup::numbers::DataView::Bits);
    assert_eq!(numbers(&harness).code(), u64::MAX);
}

#[test]
fn any_format_is_shown_and_compared_by_its_name() {
    let mut harness = start("data-types", "");
    replace(&mut harness, "Format name", "codebook[-1;0;0.25;1]");
    assert_eq!(value(&harness), 0.25);
    replace(&mut harness, "Format name", "smfixed12.6");
    assert_eq!(value(&harness), 0.265_625);
    let mut harness = start("compare-formats", "value=0.1,formats=fp16");
    replace(&mut harness, "Format to add", "e5m9b15ieee");
    replace(&mut harness, "Format to add", "offset6");
    assert_eq!(numbers(&harness).compared.len(), 3);
    replace(&mut harness, "Format to add", "frob");
    harness.get_by_label_contains("unknown format");
    assert_eq!(numbers(&harness).compared.len(), 3);
}

#[test]
fn the_list_of_formats_stays_inside_the_window() {
    let mut harness = start("data-types", "");
    harness.get_by_label("Other format").click();
    harness.run();
    let first = harness.get_by_role_and_label(Role::MenuItemRadio, "FP64").rect();
    assert!(first.top() >= 0.0 && first.bottom() <= 720.0, "{first:?}");
    // The list is higher than the window; the wheel brings its end into view.
    let end = |harness: &Harness<'_, App>| {
        let items = harness.query_all_by_role(Role::MenuItemRadio);
        items.map(|item| item.rect().bottom()).fold(0.0, f32::max)
    };
    assert!(end(&harness) > 720.0);
    harness.hover_at(first.center());
    for _ in 0..40 {
        harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, -200.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        });
        harness.run();
    }
    assert!(end(&harness) <= 720.0, "{}", end(&harness));
}

#[test]
fn how_a_view_is_drawn_is_undone_and_linked() {
    use quantscope::app::setup::numbers::text::data_types;
    for (setting, control, link) in [
        ("view=codes,format=e4m3fn,value=1,beside=e5m2", "Class", "map=class"),
        ("view=codes,format=e4m3fn,value=1,beside=e5m2", "By code", "order=code"),
        ("view=bits,format=e4m3fn,value=1,beside=e5m2", "Notations", "side=notations"),
        ("view=custom,custom=e4m3,zero-bias=false", "Symlog", "scale=symlog"),
        ("view=custom,custom=e4m3,zero-bias=false", "Keep E + M = 7", "keep-sum=true"),
        ("view=spacing,format=fp16,value=1,beside=bf16", "Symlog", "line=symlog"),
        ("view=spacing,format=fp16,value=1,beside=bf16", "Relative error", "measure=relative"),
    ] {
        let mut harness = start("data-types", setting);
        assert_eq!(data_types(numbers(&harness)), setting);
        press(&mut harness, control);
        assert_eq!(data_types(numbers(&harness)), format!("{setting},{link}"));
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        harness.run();
        assert_eq!(data_types(numbers(&harness)), setting, "{control}");
    }
}

#[test]
fn a_negative_posit_shows_its_twos_complement_and_its_bits_flip_the_code() {
    let mut harness = start("data-types", "format=posit8,value=0x9B");
    let line = "two's complement 01100101:  (−1)^(1)  ×  2^(4 · 1 + 1)  ×  (1 + 0.25)  =  −40";
    harness.get_by_label(line);
    harness.get_by_label("Bits of Posit8: 1 001 10 11");
    press(&mut harness, "Bits of Posit8, bit 0");
    assert_eq!(numbers(&harness).code(), 0x9A);
    harness.get_by_label_contains("two's complement 01100110:");
    press(&mut harness, "Bits of Posit8, bit 7");
    assert_eq!(numbers(&harness).code(), 0x1A);
    assert!(harness.query_by_label_contains("two's complement 0").is_none());
}

#[test]
fn what_the_slide_says_has_its_badge() {
    let harness = start("data-types", "view=four-bits,sample=gaussian");
    harness.get_by_label("slide");
}

#[test]
fn every_plot_of_numbers_has_the_menu() {
    for (setting, plot) in [
        ("view=bits", "Neighbourhood"),
        ("view=bits", "All values"),
        ("view=bits", "All 256 codes"),
        ("view=integers", "Number circle"),
        ("view=custom", "Every value"),
    ] {
        let mut harness = start("data-types", setting);
        harness.get_by_label_contains(plot).click_secondary();
        harness.run();
        for entry in ["Copy data", "Save CSV…", "Save SVG…", "Save PNG…"] {
            assert!(harness.query_by_label(entry).is_some(), "{setting} {plot}: {entry}");
        }
    }
}

#[test]
fn exercises_of_the_lecture_take_one_setting() {
    let harness = start("data-types", "format=fp16,value=0xC700");
    harness.get_by_label("(−1)^(1)  ×  (1 + 0.75)  ×  2^(17 − 15)  =  −1.75 × 2^2  =  −7");
    let harness = start("data-types", "format=bf16,value=2.5");
    harness.get_by_label("Bits of BF16: 0 10000000 0100000");
    let harness = start("data-types", "format=fp32,value=0x1");
    harness.get_by_label_contains("2^(1 − 127)");
}

#[test]
fn one_pattern_reads_as_the_lecture_says() {
    let harness = start("data-types", "view=integers,bits=8,code=0b10110001,add=1");
    harness.get_by_label("128 + 32 + 16 + 1  =  177");
    harness.get_by_label("−128 + 32 + 16 + 1  =  −79");
    harness.get_by_label("(−1)^(1)  ×  (32 + 16 + 1)  =  −49");
    let harness = start("data-types", "view=integers,bits=8,code=0b01111111,add=1");
    harness.get_by_label("10000000  =  −128");
    harness.get_by_label("01111111  =  127");
}

#[test]
fn fixed_point_both_ways_and_the_point_moves_by_key() {
    let mut harness = start("data-types", "view=fixed,bits=8,point=4,code=0b00110001");
    harness.get_by_label("2 + 1 + 0.0625  =  3.0625");
    harness.get_by_label("49  ×  2^(−4)  =  3.0625");
    harness.get_by_label("Binary point").focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(numbers(&harness).fixed.format.fraction_bits, 3);
    harness.get_by_label("49  ×  2^(−3)  =  6.125");
}

#[test]
fn the_gap_of_the_wrong_bias_is_one_click_away() {
    let mut harness = start("data-types", "view=custom,custom=e4m3fn");
    press(&mut harness, "0 − bias instead");
    harness.get_by_label_contains("a gap of 9 steps");
}

#[test]
fn one_number_in_every_format() {
    let mut harness = start("compare-formats", "value=70000");
    harness.get_by_label_contains("FP16: stored ∞");
    harness.get_by_label_contains("BF16: stored 70144");
    press(&mut harness, "1.001");
    harness.get_by_label_contains("BF16: stored 1,");
    press(&mut harness, "1e−6");
    harness.get_by_label_contains("E4M3FN: stored 0,");
}

#[test]
fn libraries_disagree_on_465() {
    let mut harness = start("rounding", "view=who,format=e4m3fn,value=1");
    press(&mut harness, "465");
    harness.get_by_label("OCP saturating, E4M3FN: 448");
    harness.get_by_label("OCP non-saturating, E4M3FN: NaN");
}

#[test]
fn a_counter_example_of_double_rounding_is_found() {
    let mut harness = start("rounding", "view=double,format=e4m3fn,value=1.5,path=bf16+e4m3fn");
    harness.get_by_label("right");
    press(&mut harness, "Find a counter-example");
    harness.get_by_label("wrong");
}

#[test]
fn a_small_term_is_lost_in_bf16() {
    let harness = start("rounding", "view=arithmetic,format=bf16,value=256,operation=add,second=1");
    harness.get_by_label("256  +  1  =  257   stored   256");
    harness.get_by_label("Step 2: 1 × 1, sum 256 lost");
}
