//! The components as a person meets them: by pointer, by keys, by a screen reader's actions. No GPU is needed.

mod gallery;

use egui::accesskit::Toggled;
use egui::{Event, Key, Modifiers, Role, Ui};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::widgets::bits_slider::{bits_number, bits_slider};
use quantscope::app::widgets::field::{number_field, text_field};
use quantscope::app::widgets::formula::{Part, formula};
use quantscope::app::widgets::metric_tile::{Delta, Metric, metric_tile_vs_pinned};
use quantscope::app::widgets::scheme_chip::SchemeChip;
use quantscope::app::widgets::segmented::segmented;
use quantscope::app::widgets::select::select;
use quantscope::app::widgets::toast::{Kind, Toasts};
use quantscope::app::widgets::{button, job_strip};
use quantscope::app::{fonts, theme};

/// A window around one component.
fn window<'a, S: 'a>(state: S, ui: impl FnMut(&mut Ui, &mut S) + 'a) -> Harness<'a, S> {
    let mut harness =
        Harness::builder().with_size([640.0, 360.0]).with_context_setup(install).build_ui_state(ui, state);
    harness.run();
    harness
}

fn install(ctx: &egui::Context) {
    fonts::install(ctx);
    theme::apply(ctx);
}

fn press<S>(harness: &mut Harness<'_, S>, key: Key) {
    harness.key_press(key);
    harness.run();
}

#[derive(Default)]
struct Slider {
    bits: u32,
    enabled: bool,
    changes: u32,
    drags: [u32; 2],
}

fn slider(bits: u32, enabled: bool) -> Harness<'static, Slider> {
    window(Slider { bits, enabled, ..Default::default() }, |ui, state| {
        let response = bits_slider(ui, &mut state.bits, state.enabled);
        state.changes += u32::from(response.changed());
        state.drags[0] += u32::from(response.drag_started());
        state.drags[1] += u32::from(response.drag_stopped());
    })
}

#[test]
fn bits_follow_the_keys() {
    let mut harness = slider(4, true);
    harness.get_by_role(Role::Slider).focus();
    harness.run();
    for (key, bits) in [
        (Key::ArrowRight, 5),
        (Key::ArrowLeft, 4),
        (Key::End, 8),
        (Key::ArrowRight, 8),
        (Key::Home, 1),
        (Key::ArrowLeft, 1),
        (Key::Num6, 6),
    ] {
        press(&mut harness, key);
        assert_eq!(harness.state().bits, bits, "after {key:?}");
    }
    assert_eq!(harness.state().changes, 5, "at its ends the slider changes nothing");
    assert!(harness.get_by_role(Role::Slider).is_focused(), "the arrows stay with the slider");
}

#[test]
fn keys_without_the_focus_are_somebody_elses() {
    let mut harness = slider(4, true);
    press(&mut harness, Key::ArrowRight);
    press(&mut harness, Key::Num7);
    assert_eq!(harness.state().bits, 4);
}

#[test]
fn bits_follow_a_screen_reader() {
    let mut harness = slider(4, true);
    let node = harness.get_by_role_and_label(Role::Slider, "Bits");
    assert_eq!(node.accesskit_node().numeric_value(), Some(4.0));
    assert_eq!(node.accesskit_node().min_numeric_value(), Some(1.0));
    assert_eq!(node.accesskit_node().max_numeric_value(), Some(8.0));
    node.set_value_accesskit(7.0);
    harness.run();
    assert_eq!(harness.state().bits, 7);
    harness.get_by_role(Role::Slider).increment_accesskit();
    harness.run();
    harness.get_by_role(Role::Slider).increment_accesskit();
    harness.run();
    assert_eq!(harness.state().bits, 8);
    harness.get_by_role(Role::Slider).decrement_accesskit();
    harness.run();
    assert_eq!(harness.state().bits, 7);
    harness.get_by_role(Role::Slider).set_value_accesskit(-3.0);
    harness.run();
    assert_eq!(harness.state().bits, 1);
    assert_eq!(harness.get_by_role(Role::Slider).accesskit_node().numeric_value(), Some(1.0));
}

#[test]
fn a_drag_is_one_step_and_a_click_on_a_number_goes_there() {
    let mut harness = slider(4, true);
    let rect = harness.get_by_role(Role::Slider).rect();
    // The stops lie 12 inside the hit area.
    let x = |bits: f32| rect.left() + 12.0 + (bits - 1.0) / 7.0 * (rect.width() - 24.0);
    harness.drag_at(egui::pos2(x(4.0), rect.top() + 13.0));
    harness.run();
    for bits in [4.6, 5.2, 6.1, 40.0] {
        harness.hover_at(egui::pos2(x(bits), rect.top() + 13.0));
        harness.run();
    }
    assert_eq!(harness.state().bits, 8);
    harness.drop_at(egui::pos2(x(6.1), rect.top() + 13.0));
    harness.run();
    assert_eq!(harness.state().bits, 6, "the last place counts");
    assert_eq!(harness.state().drags, [1, 1]);
    let number = egui::pos2(x(2.0), rect.bottom() - 8.0);
    harness.drag_at(number);
    harness.drop_at(number);
    harness.run();
    assert_eq!(harness.state().bits, 2);
    assert!(harness.get_by_role(Role::Slider).is_focused());
}

#[test]
fn a_disabled_slider_stands_still() {
    let mut harness = slider(3, false);
    harness.get_by_role(Role::Slider).set_value_accesskit(7.0);
    harness.run();
    harness.get_by_role(Role::Slider).click();
    harness.run();
    press(&mut harness, Key::End);
    assert_eq!((harness.state().bits, harness.state().changes), (3, 0));
    assert!(harness.get_by_role(Role::Slider).accesskit_node().is_disabled());
}

#[test]
fn the_number_alone_takes_the_same_keys() {
    let mut harness = window(12, |ui, bits| drop(bits_number(ui, bits, true)));
    harness.get_by_role_and_label(Role::Slider, "Bits").focus();
    harness.run();
    press(&mut harness, Key::ArrowLeft);
    assert_eq!(*harness.state(), 8, "from beyond the stops to the last");
    press(&mut harness, Key::Num3);
    assert_eq!(*harness.state(), 3);
}

#[test]
fn segments_are_one_tab_stop_with_arrows_inside() {
    let options = [(1, "K-means"), (2, "Linear"), (3, "Cast")];
    let mut harness = window((1, 0), move |ui, (choice, changes)| {
        *changes += u32::from(segmented(ui, "Family", choice, &options).changed());
        button::plain(ui, "After");
    });
    let selected = |harness: &Harness<'_, (i32, u32)>, label: &str| {
        harness.get_by_role_and_label(Role::RadioButton, label).accesskit_node().toggled() == Some(Toggled::True)
    };
    assert!(selected(&harness, "K-means") && !selected(&harness, "Linear"));
    press(&mut harness, Key::Tab);
    assert!(harness.get_by_label("K-means").is_focused());
    press(&mut harness, Key::ArrowRight);
    assert_eq!(harness.state().0, 2, "one press, one step");
    assert!(harness.get_by_label("Linear").is_focused() && selected(&harness, "Linear"));
    press(&mut harness, Key::ArrowRight);
    press(&mut harness, Key::ArrowRight);
    assert_eq!(*harness.state(), (3, 2));
    press(&mut harness, Key::ArrowLeft);
    assert_eq!(harness.state().0, 2);
    press(&mut harness, Key::Tab);
    assert!(harness.get_by_label("After").is_focused(), "the other segments are no Tab stops");
    harness.get_by_label("K-means").click();
    harness.run();
    assert_eq!(*harness.state(), (1, 4));
}

fn drop_down() -> Harness<'static, (u8, u32)> {
    let options = || [(0, "Linear".to_owned(), "Even"), (1, "Random".to_owned(), ""), (2, "k-means++".to_owned(), "")];
    window((1, 0), move |ui, (choice, changes): &mut (u8, u32)| {
        *changes += u32::from(select(ui, "Start", choice, &options()).changed());
    })
}

#[test]
fn a_drop_down_opens_and_chooses() {
    let mut harness = drop_down();
    assert!(harness.query_by_label("k-means++").is_none());
    harness.get_by_role_and_label(Role::ComboBox, "Start").click();
    harness.run();
    harness.get_by_label("k-means++").click();
    harness.run();
    assert_eq!(*harness.state(), (2, 1));
    assert!(harness.query_by_label("k-means++").is_none(), "it closed");
    harness.get_by_role(Role::ComboBox).click();
    harness.run();
    harness.get_by_label("k-means++").click();
    harness.run();
    assert_eq!(*harness.state(), (2, 1), "the same choice again is no change");
}

#[test]
fn a_drop_down_works_by_keys() {
    let mut harness = drop_down();
    press(&mut harness, Key::Tab);
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::ArrowDown);
    assert_eq!(*harness.state(), (2, 1), "closed, the arrows step and stop at the end");
    press(&mut harness, Key::Enter);
    assert!(harness.get_by_label("k-means++").is_focused(), "open, the keys go on from the current choice");
    press(&mut harness, Key::ArrowUp);
    press(&mut harness, Key::Enter);
    assert_eq!(harness.state().0, 1);
    assert!(harness.get_by_role(Role::ComboBox).is_focused());
}

#[derive(Default)]
struct Chip {
    chip: SchemeChip,
    scheme: u32,
    copied: u32,
}

fn chip() -> Harness<'static, Chip> {
    window(Chip { scheme: 4, ..Default::default() }, |ui, state| {
        let parse = |text: &str| match text.strip_prefix("kmeans:bits=").map(str::parse) {
            Some(Ok(bits @ 1..=16)) => Ok(bits),
            _ => Err("bits is 1 to 16".to_owned()),
        };
        let outcome = state.chip.ui(ui, &format!("kmeans:bits={}", state.scheme), parse);
        state.copied += u32::from(outcome.copied);
        if let Some(scheme) = outcome.edited {
            state.scheme = scheme;
        }
    })
}

fn edit(harness: &mut Harness<'_, Chip>, text: &str) {
    harness.get_by_label("Scheme kmeans:bits=4").focus();
    harness.run();
    press(harness, Key::F2);
    type_over(harness, "Scheme", text);
}

/// Replaces what stands in a field.
fn type_over<S>(harness: &mut Harness<'_, S>, name: &str, text: &str) {
    assert!(harness.get_by_role_and_label(Role::TextInput, name).is_focused());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(Event::Text(text.to_owned()));
    harness.run();
}

#[test]
fn a_click_on_the_chip_copies_and_a_double_click_edits() {
    let mut harness = chip();
    harness.get_by_label("Scheme kmeans:bits=4").click();
    harness.run();
    assert_eq!(harness.state().copied, 1);
    assert!(harness.query_by_role(Role::TextInput).is_none());
    // Two clicks within one frame: the harness's steps are too far apart for a double click.
    let pos = harness.get_by_label("Scheme kmeans:bits=4").rect().center();
    for pressed in [true, false, true, false] {
        let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
        harness.input_mut().events.push(Event::PointerButton { pos, button, pressed, modifiers });
    }
    harness.run();
    assert_eq!(harness.state().copied, 1, "the double click is for editing");
    assert!(harness.get_by_role_and_label(Role::TextInput, "Scheme").is_focused());
}

#[test]
fn the_chip_takes_a_good_scheme() {
    let mut harness = chip();
    edit(&mut harness, "kmeans:bits=6");
    assert_eq!(harness.state().scheme, 4, "not before Enter");
    press(&mut harness, Key::Enter);
    assert_eq!(harness.state().scheme, 6);
    assert!(harness.query_by_role(Role::TextInput).is_none());
    assert!(harness.query_by_label("Scheme kmeans:bits=6").is_some());
}

#[test]
fn a_bad_scheme_says_why_and_the_last_good_one_stays() {
    let mut harness = chip();
    edit(&mut harness, "kmeans:bits=40");
    assert!(harness.query_by_label_contains("bits is 1 to 16").is_some());
    press(&mut harness, Key::Enter);
    assert_eq!(harness.state().scheme, 4);
    let field = harness.get_by_role_and_label(Role::TextInput, "Scheme");
    assert_eq!(field.value().as_deref(), Some("kmeans:bits=40"), "what was typed stays to be mended");
    press(&mut harness, Key::Escape);
    assert!(harness.query_by_role(Role::TextInput).is_none());
    assert!(harness.query_by_label("Scheme kmeans:bits=4").is_some());
}

fn group_size() -> Harness<'static, (u64, u32)> {
    let mut harness = window((128, 0), |ui, (size, changes): &mut (u64, u32)| {
        *changes += u32::from(number_field(ui, "size", size, 1, 1024).changed());
        button::plain(ui, "After");
    });
    harness.get_by_role_and_label(Role::TextInput, "size").focus();
    harness.run();
    harness
}

#[test]
fn a_number_counts_on_enter_and_on_leaving() {
    let mut harness = group_size();
    type_over(&mut harness, "size", "64");
    assert_eq!(*harness.state(), (128, 0), "not while it is typed");
    press(&mut harness, Key::Enter);
    assert_eq!(*harness.state(), (64, 1));
    harness.get_by_role(Role::TextInput).focus();
    harness.run();
    type_over(&mut harness, "size", "32");
    press(&mut harness, Key::Tab);
    assert_eq!(*harness.state(), (32, 2));
    assert!(harness.get_by_label("After").is_focused());
}

#[test]
fn escape_restores_the_number() {
    let mut harness = group_size();
    type_over(&mut harness, "size", "64");
    press(&mut harness, Key::Escape);
    assert_eq!(*harness.state(), (128, 0));
    assert_eq!(harness.get_by_role(Role::TextInput).value().as_deref(), Some("128"));
}

#[test]
fn a_wrong_number_says_why_and_the_last_good_one_stays() {
    let mut harness = group_size();
    type_over(&mut harness, "size", "9999");
    assert!(harness.query_by_label("size is 1 to 1024; still 128").is_some());
    press(&mut harness, Key::Enter);
    assert!(harness.get_by_role(Role::TextInput).is_focused());
    press(&mut harness, Key::Tab);
    assert_eq!(*harness.state(), (128, 0));
    assert!(harness.query_by_label("size is 1 to 1024; still 128").is_some(), "it is said until it is mended");
    harness.get_by_role(Role::TextInput).focus();
    harness.run();
    press(&mut harness, Key::Escape);
    assert!(harness.query_by_label_contains("still").is_none());
}

#[test]
fn a_text_field_changes_as_it_is_typed() {
    let mut harness = window(String::new(), |ui, text| drop(text_field(ui, "Filter", text, "Filter by name", 200.0)));
    harness.get_by_role_and_label(Role::TextInput, "Filter").focus();
    harness.run();
    type_over(&mut harness, "Filter", "conv");
    assert_eq!(harness.state(), "conv");
}

#[test]
fn toasts_go_when_their_time_is_over_and_errors_stay() {
    let mut harness = toasts();
    harness.state_mut().0.push(Kind::Good, "Saved", "32,832 B");
    harness.state_mut().0.push(Kind::Warn, "Clipped", "65 weights");
    harness.state_mut().0.push(Kind::Error, "Not opened", "Header claims 9.1 GB");
    let mut seen = Vec::new();
    // A step of the harness is a quarter of a second.
    for step in 0..60 {
        harness.step();
        let there = |title: &str| harness.query_by_label_contains(title).is_some();
        seen.push((f64::from(step) / 4.0, ["Saved", "Clipped", "Not opened"].map(there)));
    }
    let at = |time: f64| seen.iter().find(|(step, _)| *step >= time).map(|(_, there)| *there).unwrap();
    assert_eq!(at(3.0), [true, true, true]);
    assert_eq!(at(5.0), [false, true, true]);
    assert_eq!(at(7.0), [false, true, true]);
    assert_eq!(at(9.0), [false, false, true]);
    assert_eq!(at(14.0), [false, false, true]);
    harness.get_by_label("Copy details").click();
    harness.run();
    assert_eq!(harness.state().1.as_deref(), Some("Not opened\nHeader claims 9.1 GB"));
    harness.get_by_label("Close the message").click();
    harness.run();
    assert!(harness.query_by_label_contains("Not opened").is_none());
}

fn toasts() -> Harness<'static, (Toasts, Option<String>)> {
    window((Toasts::default(), None), |ui, (toasts, copied)| *copied = toasts.ui(ui).or(copied.take()))
}

#[test]
fn three_toasts_at_most_and_an_error_outlives_the_rest() {
    let mut harness = toasts();
    harness.state_mut().0.push(Kind::Error, "First", "");
    for title in ["Second", "Third", "Fourth"] {
        harness.state_mut().0.push(Kind::Good, title, "");
    }
    harness.run();
    let there = ["First", "Second", "Third", "Fourth"].map(|title| harness.query_by_label_contains(title).is_some());
    assert_eq!(there, [true, false, true, true]);
}

#[test]
fn a_toasts_button_says_that_it_was_pressed() {
    let mut harness = toasts();
    harness.state_mut().0.push_with_action(Kind::Good, "Saved", "weights.npz", None, "Show file");
    harness.run();
    assert_eq!(harness.state_mut().0.take_action(), None);
    harness.get_by_label("Show file").click();
    harness.run();
    assert_eq!(harness.state_mut().0.take_action().as_deref(), Some("Show file"));
    assert!(harness.query_by_label_contains("Saved").is_none(), "it did its work");
}

#[test]
fn a_job_can_be_cancelled_and_says_how_far_it_is() {
    let mut harness = window(0, |ui, cancelled| {
        *cancelled += u32::from(job_strip::job_strip(ui, "Exact pass", 1, 4));
    });
    let bar = harness.get_by_role_and_label(Role::ProgressIndicator, "Exact pass");
    assert_eq!(bar.accesskit_node().numeric_value(), Some(25.0));
    harness.get_by_label("Cancel the job").click();
    harness.run();
    assert_eq!(*harness.state(), 1);
}

#[test]
fn a_disabled_button_gives_its_reason_and_does_nothing() {
    let mut harness = window(0, |ui, clicks| {
        *clicks += u32::from(button::disabled(ui, "Export", "Open a file first").clicked());
    });
    harness.get_by_label("Export").click();
    harness.run();
    assert_eq!(*harness.state(), 0);
    harness.get_by_label("Export").hover();
    harness.run_steps(8);
    assert!(harness.query_by_label_contains("Open a file first").is_some());
}

#[test]
fn tiles_and_formulas_have_words() {
    let metric = Metric { name: "SQNR", value: "18.60".to_owned(), unit: "dB", hint: "" };
    let delta = Delta { amount: "6.56".to_owned(), up: true, better: true };
    let parts = vec![
        Part::Symbol("S = ".to_owned()),
        Part::Fraction(vec![Part::Symbol("r − q".to_owned())], vec![Part::Number("3".to_owned(), theme::LIGHT.accent)]),
        Part::Symbol(" = ".to_owned()),
        Part::Result("1.07".to_owned()),
    ];
    let mut harness = window((), move |ui, ()| {
        let rect = egui::Rect::from_min_size(egui::pos2(300.0, 20.0), egui::vec2(150.0, theme::TILE));
        metric_tile_vs_pinned(ui, rect, &metric, false, &delta);
        formula(ui, 18.0, &parts);
    });
    assert!(harness.query_by_label("SQNR 18.60 dB, +6.56 against the pinned scheme, better").is_some());
    harness.get_by_label("S = (r − q) / (3) = 1.07").click();
    harness.step();
    let copied = |command: &egui::OutputCommand| matches!(command, egui::OutputCommand::CopyText(text) if text.ends_with("1.07"));
    assert!(harness.output().platform_output.commands.iter().any(copied));
}
