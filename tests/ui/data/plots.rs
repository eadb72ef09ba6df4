//! The histogram and the rate-distortion plot.

use egui::{Modifiers, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::view::axis::Spacing;
use quantscope::app::view::format;
use quantscope::app::view::rate::{Measure, Rate, RateSeries};
use quantscope::app::widgets::histogram::{Histogram, HistogramState};
use quantscope::app::widgets::plot::PlotLook;
use quantscope::app::widgets::rate_plot::RatePlot;
use quantscope::engine::Silent;
use quantscope::engine::quantize::{self, Levels};
use quantscope::engine::tensor::Summary;

use super::{bell, click, fit, harness};

#[test]
fn a_click_on_a_point_of_the_curve_returns_its_bits() {
    let values = bell(20_000);
    let summary = Summary::of(&values, &Silent).unwrap();
    let curve = |scheme: &str| quantize::curve(&summary, &[20_000], &scheme.parse().unwrap());
    let series = [
        RateSeries::new("k-means", &curve("kmeans:bits=4"), Rate::Bits, Measure::Sqnr),
        RateSeries::new("linear", &curve("linear:bits=4"), Rate::Bits, Measure::Sqnr),
    ];
    let current = (0_usize, 4_u32);
    let ui = move |ui: &mut egui::Ui, state: &mut (usize, u32)| {
        let plot = RatePlot {
            series: &series,
            measure: Measure::Sqnr,
            rate: Rate::Bits,
            current: Some(*state),
            look: PlotLook::default(),
        };
        if let Some(clicked) = plot.show(ui).clicked {
            *state = clicked;
        }
    };
    let mut harness = harness(vec2(276.0, 190.0), ui, current);
    harness.run();
    let plot = harness.get_by_role(egui::Role::Image).rect();
    // Scan for the points instead of computing their places a second time: every one of the 16 must be reachable.
    let mut found = std::collections::BTreeSet::new();
    for x in 0..(plot.width() / 7.0) as usize {
        for y in 0..(plot.height() / 7.0) as usize {
            harness.state_mut().0 = 0;
            click(&mut harness, plot.min + vec2(x as f32 * 7.0, y as f32 * 7.0));
            found.insert(*harness.state());
        }
    }
    let all: Vec<(usize, u32)> = (0..2).flat_map(|place| (1..=8).map(move |bits| (place, bits))).collect();
    let missing: Vec<_> = all.iter().filter(|point| !found.contains(point)).collect();
    assert!(missing.is_empty(), "{missing:?} cannot be clicked");
}

/// A histogram with the levels of a scheme.
struct Plot {
    summary: Summary,
    levels: Levels,
    state: HistogramState,
    hovered: Option<usize>,
}

impl Plot {
    fn new(values: &[f32], scheme: &str) -> Self {
        let (summary, _, levels) = fit(values, &[values.len()], scheme);
        Self { summary, levels, state: HistogramState::default(), hovered: None }
    }

    fn ui(ui: &mut egui::Ui, state: &mut Self) {
        let histogram = Histogram {
            summary: &state.summary,
            levels: &state.levels,
            tensor: 1,
            revision: 1,
            spacing: Spacing::Log,
            code_offset: 0,
            clip: None,
            look: PlotLook::default(),
        };
        state.hovered = histogram.show(ui, &mut state.state).hovered_level;
    }
}

#[test]
fn unused_levels_are_counted_and_outliers_are_one_click_away() {
    let mut values = bell(65_536);
    values.push(30.0);
    let mut harness = harness(vec2(520.0, 280.0), Plot::ui, Plot::new(&values, "linear:bits=6"));
    harness.run();
    let unused = harness.state().levels.counts.iter().filter(|count| **count == 0).count();
    assert!(unused > 50, "one outlier leaves most levels of a linear scheme unused, here {unused}");
    harness.get_by_label_contains(&format!("64 levels, {unused} unused"));
    let outside = harness.get_by_role(egui::Role::Button).accesskit_node().label().unwrap();
    assert!(outside.ends_with(" outside"), "{outside}");
    harness.get_by_label(&outside).click();
    harness.run();
    harness.get_by_label_contains(", 0 outside the view");
    harness.get_by_label("Reset view").click();
    harness.run();
    harness.get_by_label(&outside);
}

#[test]
fn the_pointer_reads_the_interval_that_it_is_in() {
    let mut harness = harness(vec2(520.0, 280.0), Plot::ui, Plot::new(&bell(65_536), "kmeans:bits=2"));
    harness.run();
    let plot = harness.get_by_role(egui::Role::Image).rect();
    let mut seen = Vec::new();
    for x in (56..515).step_by(6) {
        harness.hover_at(pos2(plot.left() + x as f32, plot.center().y));
        harness.run();
        seen.extend(harness.state().hovered);
    }
    seen.dedup();
    assert_eq!(seen, [0, 1, 2, 3], "from left to right every level once");
    // Tooltips wait until the pointer rests.
    harness.hover_at(plot.right_center() - vec2(20.0, 0.0));
    harness.run_steps(20);
    harness.get_by_label_contains(&format!("code 3, {} weights", format::count(harness.state().levels.counts[3])));
}

#[test]
fn the_wheel_zooms_and_a_double_click_resets() {
    let mut harness = harness(vec2(520.0, 280.0), Plot::ui, Plot::new(&bell(65_536), "kmeans:bits=3"));
    harness.run();
    let plot = harness.get_by_role(egui::Role::Image).rect();
    harness.hover_at(plot.center());
    harness.run();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 200.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Trackpad,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(8);
    let zoomed = harness.state().state.window().unwrap();
    assert!(zoomed.width() < 1.4, "{zoomed:?}");
    click(&mut harness, plot.center());
    click(&mut harness, plot.center());
    assert_eq!(harness.state().state.window(), None);
}
