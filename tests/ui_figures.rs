//! Everything on the pages can be taken away: pictures as PNG, SVG and CSV, tables as CSV, Markdown and LaTeX.

use egui::Rect;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::widgets::figure::shown::{self, Content, Kind, Shown};
use quantscope::app::{App, Options, pages};

/// Cards that hold controls, numbers and words, which leave by the clipboard or not at all.
const WITHOUT: [&str; 2] = ["controls", "settings"];

fn start(page: &'static str) -> Harness<'static, App> {
    let options = Options { inline_jobs: true, page: Some(page), ..Options::default() };
    let mut harness = Harness::builder()
        .with_size([1920.0, 1080.0])
        .with_max_steps(64)
        .build_eframe(move |cc| App::new(cc, options).expect("the application starts"));
    harness.run();
    harness
}

/// What is wrong with what the window shows.
fn problems(harness: &mut Harness<'_, App>, place: &str) -> Vec<String> {
    shown::ask(&harness.ctx);
    harness.step();
    harness.step();
    let figures = shown::take(&harness.ctx).expect("a pass has drawn");
    let mut found = Vec::new();
    for figure in &figures {
        found.extend(wrong(figure).map(|what| format!("{place}: {} {what}", figure.title)));
    }
    for card in shown::cards(&harness.ctx) {
        let has = figures.iter().any(|figure| card.rect.intersect(figure.rect).area() > 100.0);
        if !has && card.rect.is_positive() && !WITHOUT.contains(&card.title.as_str()) {
            found.push(format!("{place}: nothing to take away from the card {:?}", card.title));
        }
    }
    for node in harness.query_all_by_role(Role::Image) {
        let rect = node.rect();
        if !figures.iter().any(|figure| {
            figure.kind == Kind::Picture
                && figure.rect.intersect(rect).area() > 0.5 * rect.area().min(figure.rect.area())
        }) {
            found.push(format!("{place}: no menu at {:?} {:?}", node.accesskit_node().label(), rect));
        }
    }
    found
}

fn wrong(figure: &Shown) -> Option<String> {
    let Some(Content { table, svg }) = &figure.content else { return Some("has no content".to_owned()) };
    if table.columns.is_empty() || table.rows.is_empty() {
        return Some("has an empty table".to_owned());
    }
    if let Some(row) = table.rows.iter().find(|row| row.len() != table.columns.len()) {
        return Some(format!("has a row of {} cells under {} heads", row.len(), table.columns.len()));
    }
    None
}

#[test]
fn every_page() {
    let mut found = Vec::new();
    for page in pages::PAGES {
        let start_at = std::time::Instant::now();
        let mut harness = start(page.name);
        found.extend(problems(&mut harness, page.name));
        eprintln!("{} {:?}", page.name, start_at.elapsed());
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
