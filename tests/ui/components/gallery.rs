//! Every component in one window, in both themes and at two scales. Names and glyphs are checked on every run (the harness panics
//! where one is missing); with `QUANTSCOPE_GALLERY=<folder>` the pictures are kept there, to be looked at.

use egui::{Align, Color32, Layout, Rect, Theme, Ui, UiBuilder, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use quantscope::app::icons::Icon;
use quantscope::app::theme::{self, tokens};
use quantscope::app::widgets::badge::{Badge, badge};
use quantscope::app::widgets::bit_cells::bit_cells;
use quantscope::app::widgets::bits_slider::{bits_number, bits_slider};
use quantscope::app::widgets::button;
use quantscope::app::widgets::card::{self, Card};
use quantscope::app::widgets::empty_state::empty_state;
use quantscope::app::widgets::field::{number_field, text_field, value_field};
use quantscope::app::widgets::formula::{Part, formula};
use quantscope::app::widgets::job_strip::job_strip;
use quantscope::app::widgets::metric_tile::{Delta, Metric, metric_tile, metric_tile_vs_pinned};
use quantscope::app::widgets::scheme_chip::SchemeChip;
use quantscope::app::widgets::segmented::segmented;
use quantscope::app::widgets::select::select;
use quantscope::app::widgets::toast::{Kind, Toasts};

const ICONS: [Icon; 24] = [
    Icon::Weights,
    Icon::Numbers,
    Icon::Signals,
    Icon::KMeans,
    Icon::Linear,
    Icon::Binary,
    Icon::Networks,
    Icon::Copy,
    Icon::Close,
    Icon::Plus,
    Icon::Undo,
    Icon::Redo,
    Icon::Play,
    Icon::Open,
    Icon::Export,
    Icon::Chevron,
    Icon::Check,
    Icon::Good,
    Icon::Warning,
    Icon::Error,
    Icon::Info,
    Icon::Menu,
    Icon::Search,
    Icon::Pin,
];

struct State {
    bits: u32,
    family: u8,
    log: bool,
    start: u8,
    size: u64,
    scheme: String,
    filter: String,
    chip: SchemeChip,
    long_chip: SchemeChip,
    toasts: Toasts,
}

#[test]
fn every_component_draws_in_both_themes_and_scales() {
    for (theme, name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        for scale in [1.0, 1.5] {
            let mut harness = gallery(theme, scale);
            harness.get_by_role_and_label(egui::Role::ComboBox, "Start").click();
            harness.run();
            assert!(harness.query_by_label("k-means++").is_some(), "the drop-down stands open for the picture");
            harness.get_by_role_and_label(egui::Role::TextInput, "Scheme text").focus();
            harness.run();
            if let Some(folder) = std::env::var_os("QUANTSCOPE_GALLERY") {
                let image = harness.render().expect("a software renderer");
                image.save(std::path::Path::new(&folder).join(format!("components-{name}-{scale}.png"))).unwrap();
            }
        }
    }
}

fn gallery(theme: Theme, scale: f32) -> Harness<'static, State> {
    let mut toasts = Toasts::default();
    toasts.push_with_action(
        Kind::Good,
        "Saved, read back and equal",
        "weight_hh codes and codebook, 32,832 B",
        None,
        "Show file",
    );
    toasts.push(Kind::Warn, "Group size 96 does not divide 128", "The last group of each row has 32");
    toasts.push(Kind::Error, "weights.safetensors not opened", "Header claims 9.1 GB, file has 1.2 MB");
    let state = State {
        bits: 4,
        family: 0,
        log: true,
        start: 1,
        size: 128,
        scheme: "kmeans:bits=4".to_owned(),
        filter: String::new(),
        chip: SchemeChip::default(),
        long_chip: SchemeChip::default(),
        toasts,
    };
    let mut harness = Harness::builder()
        .with_size([1280.0, 720.0])
        .with_pixels_per_point(scale)
        .with_theme(theme)
        .with_context_setup(super::install)
        .build_ui_state(ui, state);
    harness.run();
    harness
}

fn ui(ui: &mut Ui, state: &mut State) {
    let canvas = ui.content_rect();
    ui.painter().rect_filled(canvas, 0.0, tokens(ui).canvas);
    let at = |x: f32, y: f32, width: f32, height: f32| Rect::from_min_size(pos2(x, y), vec2(width, height));
    card::card(ui, at(12.0, 12.0, 620.0, 264.0), "Controls", "", |ui| controls_ui(ui, state));
    card::card(ui, at(12.0, 288.0, 620.0, 196.0), "Weight [12, 20]", "one weight and how it was rebuilt", |ui| {
        numbers_ui(ui);
    });
    Card::new("Icons")
        .subtitle("at 18 and at 24")
        .trailing(|ui| {
            segmented(ui, "Scale", &mut state.log, &[(true, "Log"), (false, "Linear")]);
        })
        .show(ui, at(12.0, 496.0, 620.0, 212.0), icons_ui);
    let mut empty = ui.new_child(UiBuilder::new().max_rect(at(644.0, 12.0, 624.0, 300.0)));
    empty_state(&mut empty, &["silero_vad_16k.safetensors".to_owned(), "Gaussian with outliers, seed 7".to_owned()]);
    card::card(ui, at(644.0, 324.0, 624.0, 150.0), "Running job and stale result", "", |ui| {
        let row = vec2(ui.available_width(), 26.0);
        ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
            job_strip(ui, "Exact pass, weight_hh", 42_300, 65_536)
        });
    });
    tiles_ui(ui);
    state.toasts.ui(ui);
}

fn controls_ui(ui: &mut Ui, state: &mut State) {
    ui.horizontal(|ui| {
        button::plain(ui, "Rest");
        button::filled(ui, "Filled");
        button::disabled(ui, "Disabled", "Nothing is open");
        ui.add_enabled_ui(false, |ui| button::filled(ui, "Cannot"));
        button::icon_button(ui, Icon::Undo, "Undo");
        ui.add_enabled_ui(false, |ui| button::icon_button(ui, Icon::Redo, "Redo"));
        segmented(ui, "Family", &mut state.family, &[(0, "K-means"), (1, "Linear"), (2, "Cast")]);
    });
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        label(ui, "Start");
        let starts = [(0, "Linear".to_owned(), ""), (1, "Density".to_owned(), "")];
        select(ui, "Lloyd's start", &mut state.start, &starts);
        label(ui, "size");
        number_field(ui, "size", &mut state.size, 1, 1024);
        state.chip.ui(ui, "kmeans:bits=4", |_| Ok(()));
        button::filled_with_icon(ui, Icon::Play, "Present");
    });
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let long = "linear:bits=4,range=restricted,per=group,group=128,zero=affine,clip=0.9995";
        state.long_chip.ui(ui, long, |_| Ok(()));
        bits_number(ui, &mut state.bits, true);
    });
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        value_field(ui, "Scheme text", &mut state.scheme, 200.0, |text| Ok(text.to_owned()));
        text_field(ui, "Filter", &mut state.filter, "Filter by name, shape, dtype…", 230.0);
        ui.button("Stock").on_hover_text("egui's own");
        ui.add_enabled_ui(false, |ui| ui.button("Stock, off"));
    });
    ui.add_space(8.0);
    bits_slider(ui, &mut state.bits, true);
}

fn label(ui: &mut Ui, text: &str) {
    ui.label(egui::RichText::new(text).font(theme::control()).color(tokens(ui).muted));
}

fn numbers_ui(ui: &mut Ui) {
    let t = tokens(ui);
    bit_cells(ui, 0b1001, 4);
    let symbol = |text: &str| Part::Symbol(text.to_owned());
    let number = |text: &str, color: Color32| Part::Number(text.to_owned(), color);
    let steps =
        [number("49", t.accent), symbol(" × 2"), Part::Exponent("−4".to_owned()), symbol("  =  49 × 0.0625  =  ")];
    formula(ui, 18.0, &[steps.as_slice(), &[Part::Result("3.0625".to_owned())]].concat());
    let over = vec![number("2.12", t.real), symbol(" − "), number("−1.08", t.real)];
    let parts = [symbol("S = "), Part::Fraction(over, vec![number("3", t.accent)]), symbol(" = ")];
    formula(ui, 18.0, &[parts.as_slice(), &[Part::Result("1.0667".to_owned())]].concat());
    ui.horizontal(|ui| {
        for kind in [Badge::Exact, Badge::Preview, Badge::Updating, Badge::Estimated, Badge::Published] {
            badge(ui, kind);
        }
    });
}

fn icons_ui(ui: &mut Ui) {
    let mut start = 1;
    let starts =
        ["Optimal", "Linear", "k-means++"].iter().zip(0..).map(|(name, start)| (start, (*name).to_owned(), ""));
    let starts: Vec<_> = starts.collect();
    let color = tokens(ui).muted;
    for side in [18.0, 24.0] {
        ui.horizontal(|ui| {
            for icon in ICONS {
                let (rect, _) = ui.allocate_exact_size(vec2(side, side), egui::Sense::hover());
                icon.paint(ui.painter(), rect, color);
            }
        });
    }
    select(ui, "Start", &mut start, &starts);
    for lut in [theme::sequential_lut(), theme::diverging_lut(tokens(ui).dark)] {
        let (rect, _) = ui.allocate_exact_size(vec2(256.0, 16.0), egui::Sense::hover());
        for (step, color) in lut.iter().enumerate() {
            let min = rect.min + vec2(step as f32, 0.0);
            ui.painter().rect_filled(Rect::from_min_size(min, vec2(1.0, rect.height())), 0.0, *color);
        }
    }
}

fn tiles_ui(ui: &Ui) {
    let metric =
        |name: &'static str, value: &str, unit: &'static str| Metric { name, value: value.to_owned(), unit, hint: "" };
    let rect = |index: f32| Rect::from_min_size(pos2(660.0 + index * 148.0, 402.0), vec2(138.0, theme::TILE));
    metric_tile(ui, rect(0.0), &metric("SQNR", "18.60", "dB"), false);
    metric_tile(ui, rect(1.0), &metric("RMSE", "0.0431", ""), true);
    let delta = |up: bool, better: bool| Delta { amount: "6.56".to_owned(), up, better };
    metric_tile_vs_pinned(ui, rect(2.0), &metric("SQNR 4 bit", "18.60", ""), false, &delta(true, true));
    metric_tile_vs_pinned(ui, rect(3.0), &metric("Max |error|", "1.000e−12", ""), false, &delta(true, false));
}
