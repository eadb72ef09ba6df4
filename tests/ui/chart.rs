//! A chart as a person meets it: read by pointer and keys, changed by its handles, taken away by its menu.

use egui::{Key, Modifiers, Role, Ui};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use quantscope::app::view::chart::{AxisSpec, Chart, Kind, Series, Tone};
use quantscope::app::widgets::chart::chart;
use quantscope::app::widgets::figure::{Wish, take};
use quantscope::app::widgets::plot::PlotLook;
use quantscope::app::{fonts, theme};

#[derive(Default)]
struct Seen {
    clicked: Option<(usize, usize)>,
    limit: f64,
    wishes: Vec<Wish>,
}

fn sample(limit: f64) -> Chart {
    let curve = |slope: f64| (1..=8).map(move |bits| (f64::from(bits), slope * f64::from(bits)));
    Chart::new("SQNR by bits", AxisSpec::new("width, bits"), AxisSpec::new("SQNR, dB").from_zero())
        .with(Series::new("k-means", Kind::Line, curve(6.0)).with_markers())
        .with(Series::new("linear", Kind::Line, curve(5.0)).with_markers())
        .handle(limit, "limit", "Clip limit", Tone::Accent)
}

fn window() -> Harness<'static, Seen> {
    let ui = |ui: &mut Ui, seen: &mut Seen| {
        let shown = chart(ui, &sample(seen.limit), &PlotLook::default());
        seen.clicked = shown.clicked.or(seen.clicked);
        if let Some(moved) = shown.moved {
            seen.limit = moved.x;
        }
        seen.wishes.extend(take(ui.ctx()));
    };
    let install = |ctx: &egui::Context| {
        fonts::install(ctx);
        theme::apply(ctx);
    };
    let seen = Seen { limit: 4.0, ..Seen::default() };
    let mut harness = Harness::builder().with_size([560.0, 320.0]).with_context_setup(install).build_ui_state(ui, seen);
    harness.run();
    harness
}

#[test]
fn it_reads_out_and_the_keys_walk_from_point_to_point() {
    let mut harness = window();
    harness.get_by_label_contains("k-means, width 1 bits: SQNR 6 dB").focus();
    harness.run();
    for key in [Key::ArrowRight, Key::ArrowRight, Key::ArrowDown] {
        harness.key_press(key);
        harness.run();
    }
    harness.get_by_label_contains("; at linear, width 2 bits: SQNR 10 dB");
    harness.key_press(Key::End);
    harness.run();
    harness.get_by_label_contains("; at linear, width 8 bits: SQNR 40 dB");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().clicked, Some((1, 7)));
}

#[test]
fn a_handle_moves_by_drag_and_by_keys_and_stays_on_the_axis() {
    let mut harness = window();
    harness.get_by_role_and_label(Role::Slider, "Clip limit").focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    let one = harness.state().limit;
    assert!(one > 4.0 && one < 4.2, "{one}");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowLeft);
    harness.run();
    assert!(harness.state().limit < 3.7, "{}", harness.state().limit);

    let grip = harness.get_by_role_and_label(Role::Slider, "Clip limit").rect().center();
    harness.drag_at(grip);
    harness.hover_at(grip + egui::vec2(2_000.0, 0.0));
    harness.run();
    harness.drop_at(grip + egui::vec2(2_000.0, 0.0));
    harness.run();
    let end = harness.state().limit;
    assert!((8.0..9.0).contains(&end), "{end}");
}

fn choose(harness: &mut Harness<'_, Seen>, entry: &str) -> Wish {
    harness.get_by_label_contains("SQNR by bits").click_secondary();
    harness.run();
    harness.get_by_label(entry).click();
    harness.run();
    harness.state_mut().wishes.pop().expect("the menu wishes something")
}

#[test]
fn the_menu_gives_numbers_and_pictures() {
    let mut harness = window();
    let Wish::Copy { what, text } = choose(&mut harness, "Copy data") else { panic!("copied") };
    assert_eq!(what, "the data of SQNR by bits");
    assert!(text.starts_with("series\twidth, bits\tSQNR, dB\nk-means\t1\t6\n"), "{text}");

    let Wish::SaveText { title, extension, text } = choose(&mut harness, "Save CSV…") else { panic!("a text") };
    assert_eq!((title.as_str(), extension), ("SQNR by bits", "csv"));
    assert_eq!(text.lines().count(), 17);

    let Wish::SaveText { extension, text, .. } = choose(&mut harness, "Save SVG…") else { panic!("a text") };
    assert_eq!(extension, "svg");
    assert!(text.contains("<title>SQNR by bits</title>"));
    for word in ["k-means", "linear", "limit", "width, bits", "SQNR, dB"] {
        assert!(text.contains(&format!(">{word}</text>")), "{word} is written in the picture");
    }
    assert!(text.matches("<polyline").count() >= 1, "the main line is one line");
    assert!(text.matches("<circle").count() >= 8, "the first series has round markers");
    assert!(!text.contains("NaN") && !text.contains("Save CSV"), "the menu is not in the picture");

    let Wish::SavePng { rect, .. } = choose(&mut harness, "Save PNG…") else { panic!("a picture") };
    assert!(rect.width() > 500.0 && rect.height() > 250.0);
}
