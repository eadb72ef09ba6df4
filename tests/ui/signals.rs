//! The page of signals, worked by label, key and pointer.

use std::io::Cursor;

use egui::accesskit::Role;
use egui::{Key, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options};

use crate::window_of;

fn start_with(options: Options, size: [f32; 2]) -> Harness<'static, App> {
    let options = Options { page: Some("signals"), ..options };
    window_of(options, size)
}

fn start(setting: &str) -> Harness<'static, App> {
    start_with(Options { setting: Some(setting.to_owned()), ..Options::default() }, [1280.0, 720.0])
}

fn setting(harness: &Harness<'_, App>) -> String {
    harness.state().session().setup().signals.text()
}

/// The number that a tile shows.
fn metric(harness: &Harness<'_, App>, name: &str) -> f64 {
    let start = format!("{name} ");
    let nodes: Vec<String> = harness
        .get_all_by_role(Role::Label)
        .filter_map(|node| node.accesskit_node().value().or_else(|| node.accesskit_node().label()))
        .collect();
    let said = nodes.iter().find_map(|said| said.strip_prefix(&start)).unwrap_or_else(|| panic!("no tile {name}"));
    said.split(' ').next().and_then(|number| number.replace(',', "").parse().ok()).unwrap_or_else(|| panic!("{said}"))
}

#[test]
fn the_slides_figure_and_the_rule_of_six_decibels() {
    let mut harness = start("sine:levels=5");
    harness.get_by_label_contains("Signal on its levels: samples");
    harness.get_by_label_contains("Error over time");
    harness.get_by_label_contains("Few levels");
    harness.key_press(Key::Num8);
    harness.run();
    assert_eq!(setting(&harness), "sine:levels=256");
    assert!((metric(&harness, "SQNR") - metric(&harness, "Rule")).abs() < 0.1);
    assert!((metric(&harness, "Rule") - (6.0206 * 8.0 + 1.7609)).abs() < 0.01);
    harness.get_by_label("Within 0.1 dB of the rule");
    harness.get_by_role_and_label(Role::Slider, "Number of levels").focus();
    harness.run();
    harness.key_press(Key::ArrowLeft);
    harness.run();
    assert_eq!(setting(&harness), "sine:levels=255");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(setting(&harness), "sine:levels=5");
}

#[test]
fn the_model_holds_for_an_even_signal_and_fails_with_its_reason() {
    let harness = start("triangle:levels=8,grid=mid-rise");
    assert!((metric(&harness, "Error power / (S²/12)") - 1.0).abs() < 0.02);
    drop(harness);
    for (text, reason) in [
        ("sine:levels=256,amplitude=1.5", "Clipping"),
        ("sine:levels=256,amplitude=0.05", "Signal power"),
        ("sine:levels=64,grid=mid-rise", "Ends  the outer levels"),
        ("sine:levels=256,frequency=100", "Few values"),
        ("sine:levels=256,law=mu", "Uneven levels"),
        ("sine:levels=256,shaping=first", "Noise shaping  twice"),
    ] {
        let harness = start(text);
        harness.get_by_label_contains(reason);
        assert_eq!(setting(&harness), text);
    }
}

#[test]
fn tabs_show_errors_spectrum_and_the_curve() {
    let mut harness = start("sine:levels=16,dither=triangular");
    harness.get_by_role_and_label(Role::RadioButton, "Errors").click();
    harness.run();
    harness.get_by_label_contains("How often each error occurs: measured");
    harness.get_by_role_and_label(Role::RadioButton, "Spectrum").click();
    harness.run();
    harness.get_by_label_contains("Spectrum of signal and error: signal");
    harness.get_by_role_and_label(Role::RadioButton, "SQNR by bits").click();
    harness.run();
    harness.get_by_label_contains("SQNR by bits: rule");
    harness.get_by_role_and_label(Role::RadioButton, "Mid-rise").click();
    harness.run();
    harness.get_by_role_and_label(Role::CheckBox, "Noise shaping").click();
    harness.run();
    assert_eq!(setting(&harness), "sine:levels=16,grid=mid-rise,dither=triangular,shaping=first");
}

#[test]
fn a_signal_is_drawn_by_pointer_and_by_key() {
    let mut harness = start("drawn:levels=8");
    let area = harness.get_by_role_and_label(Role::Slider, "Drawn signal").rect();
    let before = setting(&harness);
    harness.drag_at(area.left_center());
    harness.run();
    for share in [0.1, 0.2, 0.3] {
        harness.hover_at(pos2(area.left() + share * area.width(), area.center().y));
        harness.run();
    }
    harness.drop_at(pos2(area.left() + 0.3 * area.width(), area.center().y));
    harness.run();
    let drawn = setting(&harness);
    assert_ne!(drawn, before);
    let points = harness.state().session().setup().signals.points.clone();
    assert!(points[..19].iter().all(|value| value.abs() < 0.05), "the line was drawn along 0: {points:?}");
    harness.get_by_role_and_label(Role::Slider, "Drawn signal").focus();
    harness.run();
    harness.key_press(Key::ArrowUp);
    harness.run();
    assert_ne!(setting(&harness), drawn);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(setting(&harness), before, "a stroke is one step");
}

/// A stereo file of 16 bits: a ramp on the left, silence on the right.
fn stereo() -> Vec<u8> {
    let spec =
        hound::WavSpec { channels: 2, sample_rate: 8000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut bytes = Vec::new();
    let mut writer = hound::WavWriter::new(Cursor::new(&mut bytes), spec).unwrap();
    for at in -1000..1000_i16 {
        writer.write_sample(at * 32).unwrap();
        writer.write_sample(0_i16).unwrap();
    }
    writer.finalize().unwrap();
    bytes
}

#[test]
fn a_wav_file_is_shown_at_once_channel_by_channel() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ramp.wav");
    std::fs::write(&path, stereo()).unwrap();
    let mut harness = start_with(Options { files: vec![path], ..Options::default() }, [1280.0, 720.0]);
    assert_eq!(setting(&harness), "recording:levels=5,rate=8000");
    assert_eq!(metric(&harness, "Clipped"), 0.0);
    assert!(metric(&harness, "SQNR") > 10.0);
    harness.get_by_role_and_label(Role::ComboBox, "Channel").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItemRadio, "right").click();
    harness.run();
    harness.get_by_label("There is no signal");
}

#[test]
fn without_sound_a_recording_says_what_to_do() {
    let harness = start("recording:levels=5");
    harness.get_by_label_contains("open a WAV file");
}

#[test]
fn every_size_has_its_cards() {
    for size in [[1920.0, 1080.0], [853.0, 480.0], [800.0, 480.0]] {
        let options = Options { setting: Some("chirp:levels=16".to_owned()), ..Options::default() };
        let harness = start_with(options, size);
        harness.get_by_label_contains("Signal on its levels: samples");
        harness.get_by_label_contains("Error over time");
        if size[0] > 1500.0 {
            for part in ["How often each error", "Spectrum of signal", "SQNR by bits: rule"] {
                harness.get_by_label_contains(part);
            }
        }
    }
}

#[test]
fn signal_and_error_are_in_view_at_once_in_a_small_window() {
    // 1280 × 720 at zoom 1.5.
    let options = Options { setting: Some("sine:levels=5".to_owned()), ..Options::default() };
    let harness = start_with(options, [853.0, 480.0]);
    for part in ["Signal on its levels: samples", "Error over time"] {
        let rect = harness.get_by_label_contains(part).rect();
        assert!(rect.top() > 0.0 && rect.bottom() < 480.0, "{part}: {rect:?}");
    }
    for control in ["Number of levels", "Frequency, typed", "Dither", "Noise shaping"] {
        let rect = harness.get_by_label(control).rect();
        assert!(rect.right() < 853.0 && rect.bottom() < 230.0, "{control}: {rect:?}");
    }
}
