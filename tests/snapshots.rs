//! UI snapshots: every page of the catalogue, light and dark, on a software renderer.
//!
//! Built only with the feature `snapshots`; without a renderer these tests fail, they never skip.

use egui_kittest::{Harness, SnapshotResults};
use quantscope::app::settings::ThemeChoice;
use quantscope::app::setup::Setup;
use quantscope::app::{App, Options, pages};

fn harness(page: &'static str, setting: Option<&str>, theme: ThemeChoice, present: bool) -> Harness<'static, App> {
    let options = Options {
        page: Some(page),
        setting: setting.map(str::to_owned),
        theme: Some(theme),
        present,
        inline_jobs: true,
        ..Options::default()
    };
    let size = if present { [853.0, 480.0] } else { [1280.0, 720.0] };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(64)
        .build_eframe(move |cc| App::new(cc, options).expect("the application starts"));
    harness.run();
    harness
}

#[test]
fn every_page_in_both_themes() {
    let mut results = SnapshotResults::new();
    // Float against integer shows times of the wall clock, which differ from run to run; tests/ui/integer_network.rs holds that page.
    for page in pages::PAGES.iter().filter(|page| page.name != "float-integer") {
        for (theme, name) in [(ThemeChoice::Light, "light"), (ThemeChoice::Dark, "dark")] {
            // A page with a setting of its own shows its worked example.
            let mut setup = Setup::new("kmeans:bits=2".parse().expect("a scheme"));
            let scheme = "kmeans:bits=2";
            let setting = page.link.set(&mut setup, scheme).is_ok().then_some(scheme);
            let mut harness = harness(page.name, setting, theme, false);
            results.add(harness.try_snapshot(format!("{}-{name}", page.name)));
        }
    }
    let mut presenting = harness("tensor", Some("linear:bits=2"), ThemeChoice::Light, true);
    results.add(presenting.try_snapshot("tensor-present"));
}
