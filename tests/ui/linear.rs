//! The pages of the group Linear, by label and key: what a lecturer does live, in at most three actions each.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options};

use crate::{scheme, window};

/// The program on a page, with a text for the page's chip.
fn on(page: &'static str, setting: &str) -> Harness<'static, App> {
    let setting = (!setting.is_empty()).then(|| setting.to_owned());
    window(Options { page: Some(page), setting, ..Options::default() })
}

/// Opens an example by its title, through the palette.
fn example(harness: &mut Harness<'_, App>, title: &str) {
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::P);
    harness.run();
    harness.get_by_label("Find a command").type_text(title);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
}

fn said(harness: &Harness<'_, App>) -> String {
    harness.state().session().last_action.clone()
}

#[test]
fn the_worked_example_stands_there_step_by_step() {
    let harness = on("affine", "linear:bits=2");
    harness.get_by_label("S = (r_max − r_min) / (q_max − q_min) = (2.12 + 1.08) / (1 + 2) = 1.0667");
    harness.get_by_label("= round(−2 + 1.08 / 1.0667) = round(−0.9875) = −1");
    harness.get_by_label("2.09 → round(2.09 / 1.0667) + (−1) = 1 → 2.13");
    harness.get_by_label_contains("Codes, 4 × 4: 1 −2 0 −1; −1 −1 −2 1; −2 1 −1 −2; 1 −1 0 0");
    harness.get_by_label_contains("Binary, 4 × 4: 01 10 00 11");
    harness.get_by_label("0.7454");
    harness.get_by_label("0.09320");
    harness.get_by_label("8.0× lower");
    // What the slide goes on with, rounded.
    harness.get_by_label("slide");
    harness.get_by_label("S = 1.07 → 2.14, error −0.05, SSE 0.7459");
}

#[test]
fn the_selected_weight_has_the_scale_of_its_own_row() {
    let mut harness = on("affine", "linear:bits=2,per=channel");
    // Of 2.09, −0.98, 1.48, 0.09; the slide's figures are not of this.
    harness.get_by_label("S = (r_max − r_min) / (q_max − q_min) = (2.09 + 0.98) / (1 + 2) = 1.0233");
    harness.get_by_label("2.09 → round(2.09 / 1.0233) + (−1) = 1 → 2.05");
    assert!(harness.query_by_label("slide").is_none());
    harness.get_by_label_contains("Weights W, 4 × 4").focus();
    harness.run();
    harness.key_press(Key::ArrowDown);
    harness.run();
    // Of 0.05, −0.14, −1.08, 2.12.
    harness.get_by_label("S = (r_max − r_min) / (q_max − q_min) = (2.12 + 1.08) / (1 + 2) = 1.0667");
    harness.key_press(Key::ArrowDown);
    harness.run();
    // Of −0.91, 1.92, 0, −1.03.
    harness.get_by_label("S = (r_max − r_min) / (q_max − q_min) = (1.92 + 1.03) / (1 + 2) = 0.98333");
}

#[test]
fn the_range_is_dragged_by_key_typed_and_undone() {
    let mut harness = on("affine", "linear:bits=2");
    harness.get_by_role_and_label(Role::Slider, "Drag r_max").focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(said(&harness), "r_max 2.12 → 2.13");
    assert!(scheme(&harness).starts_with("linear:bits=2,clip=-1.08..2.13"), "{}", scheme(&harness));
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(scheme(&harness), "linear:bits=2");
    let field = harness.get_by_role_and_label(Role::TextInput, "r_min");
    field.focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::TextInput, "r_min").type_text("-2");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(said(&harness), "r_min −1.08 → −2");
    harness.get_by_role_and_label(Role::ComboBox, "Clip").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItemRadio, "Min–max").click();
    harness.run();
    assert_eq!(scheme(&harness), "linear:bits=2");
}

#[test]
fn ends_that_make_no_range_are_refused_beneath_the_field() {
    for (setting, typed, reason) in [
        ("linear:bits=2", "3", "r_min 3 is above r_max 2.12; exchange them"),
        ("linear:bits=2,zero=lab", "2.12", "both 2.12: a range without width has no scale"),
        ("linear:bits=2", "nan", "a number such as −1.08"),
    ] {
        let mut harness = on("affine", setting);
        harness.get_by_role_and_label(Role::TextInput, "r_min").focus();
        harness.run();
        harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        harness.get_by_role_and_label(Role::TextInput, "r_min").type_text(typed);
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        harness.get_by_label_contains(reason);
        harness.get_by_label_contains("still −1.08");
        assert_eq!(scheme(&harness), setting);
    }
}

#[test]
fn three_bits_are_one_key() {
    let mut harness = on("affine", "linear:bits=2");
    harness.key_press(Key::Num3);
    harness.run();
    assert_eq!(scheme(&harness), "linear:bits=3");
    harness.get_by_label("0.2022");
}

#[test]
fn a_range_away_from_zero_breaks_the_lab_formula() {
    let mut harness = on("affine", "");
    // What an example before it left behind does not count.
    example(&mut harness, "Linear with an outlier of 10");
    example(&mut harness, "All weights between 5 and 6");
    harness.get_by_label_contains("= −17, outside −2 … 1, clamped to −2");
    harness.get_by_role_and_label(Role::RadioButton, "Extended").click();
    harness.run();
    assert_eq!(scheme(&harness), "linear:bits=2");
    harness.get_by_label("range 5 … 6 widened to hold 0");
}

#[test]
fn finer_scales_have_less_error() {
    let mut harness = on("affine", "");
    example(&mut harness, "One scale, one a row");
    for sse in ["5.219", "4.324"] {
        harness.get_all_by_label_contains(sse).next().expect("the error");
    }
    harness.get_by_label("lowest");
    assert!(harness.get_by_label_contains("Per tensor: error, 4 × 4").accesskit_node().role() == Role::Image);
}

#[test]
fn an_outlier_coarsens_the_grid_and_the_best_clip_is_one_click() {
    let mut harness = on("affine", "");
    example(&mut harness, "Linear with an outlier of 10");
    harness.get_by_role_and_label(Role::Slider, "Drag the outlier");
    harness.get_by_label("Clip at the best").click();
    harness.run();
    assert!(scheme(&harness).contains("clip="), "{}", scheme(&harness));
    assert!(said(&harness).starts_with("Clip at the best"), "{}", said(&harness));
}

#[test]
fn after_a_relu_the_symmetric_range_leaves_codes_unused() {
    let harness = on("symmetric", "linear:bits=2,range=restricted");
    harness.get_by_label_contains("Restricted: S 2.1200, codes −1 … 1, 3 of 4 used, 0 clipped, SSE 5.2192");
    harness.get_by_label_contains("Full: S 1.0600, codes −2 … 1, 3 of 4 used, 4 clipped, SSE 4.2228");
    harness.get_by_label_contains("Full, half codes: S 1.4133");
}

#[test]
fn a_convention_is_one_click() {
    let mut harness = on("symmetric", "linear:bits=2,range=restricted");
    harness.get_by_role_and_label(Role::RadioButton, "Full").click();
    harness.run();
    assert_eq!(scheme(&harness), "linear:bits=2,range=full");
    assert_eq!(said(&harness), "Range: full, as in PyTorch, ONNX");
}

#[test]
fn asymmetric_is_one_click_beside_the_conventions() {
    let mut harness = on("symmetric", "linear:bits=2,range=restricted");
    harness.get_by_role_and_label(Role::RadioButton, "Asymmetric").click();
    harness.run();
    assert_eq!(scheme(&harness), "linear:bits=2");
}

#[test]
fn the_labs_layer_shows_every_matrix_and_its_four_terms() {
    let harness = on("matmul", "");
    harness.get_by_label_contains("q_W, 8 × 8: 1 −1 0 1 0 −1 −1 −1; 1 −1 0 0 0 0 0 1");
    harness.get_by_label_contains("q_bias, 8 × 1: −1; 0; −3; −1; −3; 0; 2; −4");
    harness.get_by_label_contains("accumulator, 8 × 4: −2 3 0 −3; −2 0 −1 1");
    harness.get_by_label_contains("q_Y, 8 × 4: 0 0 0 0; −1 0 0 0");
    harness.get_by_label("Σ q_W q_X = −1, run time, on");
    harness.get_by_label("− Z_W Σ q_X = 0, Z_W = 0, on");
    harness.get_by_label("− Z_X Σ q_W = −4, precomputed, on");
    harness.get_by_label_contains("max |error| 0.54");
}

#[test]
fn a_term_is_switched_off_and_two_terms_come_with_a_zero_point() {
    let mut harness = on("matmul", "");
    harness.get_by_label("− Z_X Σ q_W = −4, precomputed, on").click();
    harness.run();
    assert_eq!(said(&harness), "− Z_X Σ q_W left out");
    assert!(harness.state().session().setup().linear.matmul.text().ends_with("terms=1101"));
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run();
    harness.get_by_role_and_label(Role::RadioButton, "Asymmetric W").click();
    harness.run();
    harness.get_by_label_contains("− Z_W Σ q_X = ");
    assert!(harness.query_by_label_contains(", Z_W = 0, on").is_none(), "both terms are at work");
}

#[test]
fn rounding_twice_shows_in_the_trial_and_int8_biases_shift_outputs() {
    let mut harness = on("matmul", "");
    harness.get_by_label_contains("twice 6173 → 3087, once 3086, float 3086");
    harness.get_by_role_and_label(Role::RadioButton, "Bias").click();
    harness.run();
    harness.get_by_label_contains("Largest offset: int32");
    harness.get_by_role_and_label(Role::RadioButton, "Range").click();
    harness.run();
    harness.get_by_label_contains("this product, every partial sum");
}

#[test]
fn a_border_of_zeros_lights_up() {
    let mut harness = on("convolution", "conv:bits=8");
    harness.get_by_label_contains("stands for 0");
    harness.get_by_role_and_label(Role::RadioButton, "0").click();
    harness.run();
    assert_eq!(said(&harness), "Border of the code 0");
    harness.get_by_label_contains("border code 0 stands for 0.5");
    harness.get_by_label_contains("largest error at the border");
}

#[test]
fn the_window_steps_and_plays() {
    let mut harness = on("convolution", "");
    harness.get_by_label("Step").click();
    harness.run();
    let middle = "Float, step by step: Conv 0.3800";
    assert!(harness.query_by_label(middle).is_none(), "the window has moved on");
    harness.get_by_label("Back").click();
    harness.run();
    harness.get_by_label(middle);
    harness.get_by_label("Play").click();
    harness.run_steps(4);
    harness.get_by_label("Pause").click();
    harness.run();
    harness.get_by_label("Play");
    harness.get_by_label("Back").click();
    harness.key_press(Key::P);
    harness.run_steps(2);
    harness.key_press(Key::P);
    harness.run();
    harness.get_by_label("Play");
}

#[test]
fn the_diagram_says_what_flows_and_what_it_costs() {
    let harness = on("diagram", "");
    harness.get_by_label_contains("Conv gives ");
    harness.get_by_label_contains("+ q_bias gives ");
    harness.get_by_label("Arithmetic, int8: 34.7 µJ  15.3× less");
    harness.get_by_label_contains("ResNet-50: float 76.4 %, int8 74.9 %, published");
}

#[test]
fn bad_texts_are_refused_with_what_was_expected() {
    for (page, text, hint) in [
        ("affine", "kmeans:bits=2", "linear:bits="),
        ("matmul", "matmul:bits=1", "2 to 8"),
        ("convolution", "conv:pad=one", "zero-point or zero"),
        ("diagram", "diagram:layer=vgg", "fc-4096"),
    ] {
        let page = quantscope::app::pages::find(page).expect("a page");
        let mut setup = quantscope::app::setup::Setup::new("linear:bits=2".parse().unwrap());
        let before = setup.clone();
        let error = page.link.set(&mut setup, text).unwrap_err();
        assert!(error.contains(hint), "{error}");
        assert!(setup == before, "{text} changed something");
    }
}

#[test]
fn rounding_and_the_scales_format_are_two_clicks_each() {
    for page in ["affine", "symmetric"] {
        let mut harness = on(page, "linear:bits=2");
        for (name, choice, expected, words) in [
            ("Rounding", "toward zero", "linear:bits=2,rounding=toward-zero", "Rounding: toward zero"),
            ("Scale kept as", "E8M0", "linear:bits=2,rounding=toward-zero,scale=e8m0", "S kept as E8M0"),
        ] {
            harness.get_by_role_and_label(Role::ComboBox, name).click();
            harness.run();
            harness.get_by_role_and_label(Role::MenuItemRadio, choice).click();
            harness.run();
            assert_eq!(scheme(&harness), expected, "{page}");
            assert_eq!(said(&harness), words, "{page}");
        }
    }
}

#[test]
fn a_power_of_two_as_scale_is_derived_in_steps() {
    let harness = on("affine", "linear:bits=2,scale=pow2");
    // 3.2 / 3 is above 1: the next power of two covers the range.
    harness.get_by_label_contains("S as pow2: 1.06667 → 2");
}

#[test]
fn a_range_that_is_none_is_refused_where_it_is_typed() {
    for (typed, hint) in [("9", "r_min 9 is above r_max 2.12; exchange them"), ("nan", "number"), ("1e", "number")] {
        let mut harness = on("affine", "linear:bits=2");
        harness.get_by_role_and_label(Role::TextInput, "r_min").focus();
        harness.run();
        harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        harness.get_by_role_and_label(Role::TextInput, "r_min").type_text(typed);
        harness.run();
        assert!(harness.query_all_by_label_contains(hint).next().is_some(), "{typed}");
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(scheme(&harness), "linear:bits=2", "{typed} changed something");
    }
}
