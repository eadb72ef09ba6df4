//! Everything on the pages can be taken away: pictures as PNG, SVG and CSV, tables as CSV, Markdown and LaTeX.
//!
//! Figures and cards note themselves while they are drawn, so that a page with a picture that nobody can save fails here.

use egui::accesskit::Role;
use egui::{Color32, ColorImage, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::figure::png;
use quantscope::app::view::figure::Table;
use quantscope::app::widgets::figure::shown::{self, Content, Kind, Shown};
use quantscope::app::{App, Options, examples, pages};
use quick_xml::events::Event;

use crate::window_of;

/// Cards that hold controls, words and derivations: those are no figures.
const WITHOUT: [&str; 10] = [
    "controls",
    "formula",
    "steps",
    "output",
    "Output [",
    "Policy",
    "Multiplier",
    "Against the rule",
    "Scale and zero point",
    "One window",
];

const SIZE: [f32; 2] = [1920.0, 1080.0];

fn start(options: Options, size: [f32; 2]) -> Harness<'static, App> {
    window_of(options, size)
}

/// What is wrong with what the window shows.
fn problems(harness: &mut Harness<'_, App>, place: &str) -> Vec<String> {
    shown::ask(&harness.ctx);
    harness.step();
    harness.step();
    let figures = shown::take(&harness.ctx).expect("a pass has drawn");
    let window = harness.ctx.content_rect();
    let mut found: Vec<String> = figures
        .iter()
        .filter_map(|figure| wrong(figure, window).map(|what| format!("{place}: {:?} {what}", figure.title)))
        .collect();
    for card in shown::cards(&harness.ctx) {
        let has = figures.iter().any(|figure| card.rect.intersect(figure.rect).is_positive());
        if !has && !card.empty && card.rect.is_positive() && !WITHOUT.iter().any(|title| card.title.starts_with(title))
        {
            found.push(format!("{place}: nothing to take away from the card {:?}", card.title));
        }
    }
    for node in harness.query_all_by_role(Role::Image) {
        let rect = node.rect().intersect(window);
        let covers = |figure: &Shown| {
            let least = 0.5 * rect.area().min(figure.rect.area());
            figure.kind == Kind::Picture && figure.rect.intersect(rect).area() > least
        };
        if rect.is_positive() && !figures.iter().any(covers) {
            found.push(format!("{place}: no menu at {:?}", node.accesskit_node().label()));
        }
    }
    found
}

/// What is wrong with a figure, if anything is.
fn wrong(figure: &Shown, window: Rect) -> Option<String> {
    let Some(Content { table, svg }) = &figure.content else { return Some("has no content".to_owned()) };
    if let Some(what) = wrong_table(table) {
        return Some(what);
    }
    if figure.kind == Kind::Table {
        let lines = table.rows.len();
        let (markdown, latex) = (table.markdown(), table.latex());
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        let heads = bars(markdown.lines().next().unwrap_or_default());
        if markdown.lines().count() != lines + 2 || markdown.lines().any(|line| bars(line) != heads) {
            return Some("has a Markdown table that is none".to_owned());
        }
        let ends = latex.lines().filter(|line| line.ends_with("\\\\")).count();
        return (ends != lines + 1).then(|| "has a LaTeX table that is none".to_owned());
    }
    // What is scrolled out of sight has no picture.
    if !figure.rect.is_positive() {
        return None;
    }
    if let Some(what) = wrong_svg(svg.as_deref().unwrap_or_default()) {
        return Some(what);
    }
    wrong_png(figure.rect, window)
}

fn wrong_table(table: &Table) -> Option<String> {
    let csv = table.csv();
    let rows = rows_of_csv(&csv);
    let head = rows.first()?;
    if table.title.is_empty() || head.iter().any(String::is_empty) || head.is_empty() {
        return Some(format!("has heads without names: {head:?}"));
    }
    if rows.len() < 2 {
        return Some("has an empty table".to_owned());
    }
    let odd = rows.iter().find(|row| row.len() != head.len())?;
    Some(format!("has {} cells under {} heads: {odd:?}", odd.len(), head.len()))
}

/// Fields of RFC 4180, row by row.
fn rows_of_csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            other => field.push(other),
        }
    }
    assert!(!quoted && field.is_empty() && row.is_empty(), "CSV ends with a line: {text}");
    rows
}

fn wrong_svg(svg: &str) -> Option<String> {
    let mut reader = quick_xml::Reader::from_str(svg);
    let mut drawn = 0;
    loop {
        match reader.read_event() {
            Err(error) => return Some(format!("has an SVG that is no XML: {error}")),
            Ok(Event::Eof) => break,
            Ok(Event::Start(element) | Event::Empty(element)) => {
                drawn +=
                    usize::from(!matches!(element.name().as_ref(), b"svg" | b"defs" | b"g" | b"clipPath" | b"title"));
                for attribute in element.attributes() {
                    let value = match attribute {
                        Err(error) => return Some(format!("has an SVG with a wrong attribute: {error}")),
                        Ok(attribute) => String::from_utf8_lossy(&attribute.value).into_owned(),
                    };
                    let number = |word: &str| word.contains("NaN") || word.contains("inf");
                    // The letters of a picture's bytes are no numbers.
                    if !value.starts_with("data:") && value.split([' ', ',']).any(number) {
                        return Some(format!("has an SVG with {value}"));
                    }
                }
            }
            Ok(_) => {}
        }
    }
    // The ground alone is no picture.
    (drawn < 2).then(|| "has an empty SVG".to_owned())
}

fn wrong_png(rect: Rect, window: Rect) -> Option<String> {
    let whole = ColorImage::filled([window.width() as usize, window.height() as usize], Color32::WHITE);
    let part = png::image_of(&png::cropped(&whole, rect, 1.0))?;
    let asked = (rect.width(), rect.height());
    let near = |got: u32, asked: f32| (got as f32 - asked).abs() <= 1.0;
    let (width, height) = part.dimensions();
    (!near(width, asked.0) || !near(height, asked.1))
        .then(|| format!("has a PNG of {width} × {height} instead of {asked:?}"))
}

/// Pages whose choices measure networks on thousands of pictures, or make a picture again: only what they open with is looked at.
fn is_heavy(page: &pages::Page) -> bool {
    pages::is_of_networks(page.name) || ["sign-networks", "pictures"].contains(&page.name)
}

fn all_right(found: &[String]) {
    assert!(found.is_empty(), "{} problems\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_page_and_all_its_views() {
    let mut found = Vec::new();
    for page in pages::PAGES {
        let mut harness = start(Options { page: Some(page.name), ..Options::default() }, SIZE);
        found.extend(problems(&mut harness, page.name));
        let views: Vec<String> = match is_heavy(page) {
            true => Vec::new(),
            false => {
                harness.query_all_by_role(Role::RadioButton).filter_map(|node| node.accesskit_node().label()).collect()
            }
        };
        for view in views {
            let Some(node) = harness.query_all_by_role_and_label(Role::RadioButton, &view).next() else { continue };
            node.click();
            harness.run_steps(4);
            found.extend(problems(&mut harness, &format!("{}, {view}", page.name)));
        }
    }
    all_right(&found);
}

#[test]
fn every_page_in_a_presentation() {
    let mut found = Vec::new();
    for page in pages::PAGES.iter().filter(|page| !is_heavy(page)) {
        let options = Options { page: Some(page.name), present: true, ..Options::default() };
        let mut harness = start(options, [853.0, 480.0]);
        found.extend(problems(&mut harness, &format!("{}, presenting", page.name)));
    }
    all_right(&found);
}

#[test]
fn every_worked_example_is_two_clicks_away_and_tells_no_error() {
    let mut found = Vec::new();
    let mut harness = start(Options::default(), SIZE);
    for section in examples::SECTIONS {
        for example in section.examples() {
            for label in ["Examples", section.title, example.title] {
                // A page may say the same words; the menu is drawn after it.
                let entry = harness.query_all_by_role_and_label(Role::Button, label).last();
                entry.unwrap_or_else(|| panic!("{label} stands in the menu")).click();
                harness.run_steps(4);
            }
            let session = harness.state().session();
            if session.page != example.page || session.example.map(|open| open.title) != Some(example.title) {
                found.push(format!("{}: shows {} instead of {}", example.title, session.page, example.page));
            }
            found.extend(
                harness
                    .query_all_by_role(Role::Alert)
                    .map(|toast| format!("{}: {}", example.title, toast.accesskit_node().label().unwrap_or_default())),
            );
        }
    }
    all_right(&found);
}

/// A right click in the middle of what is labelled so.
fn ask(harness: &mut Harness<'_, App>, label: &str) {
    let at =
        harness.query_all_by_label_contains(label).next().unwrap_or_else(|| panic!("{label} is shown")).rect().center();
    harness.hover_at(at);
    harness.run_steps(2);
    for pressed in [true, false] {
        harness.event(egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Secondary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        });
        harness.step();
    }
    harness.run_steps(3);
}

/// Types over what a field holds.
fn type_into(harness: &mut Harness<'_, App>, label: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, label).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.event(egui::Event::Text(text.to_owned()));
    harness.run_steps(2);
}

#[test]
fn a_table_whose_rows_take_clicks_has_its_menu_on_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = start(Options { page: Some("matmul"), ..Options::default() }, [1280.0, 720.0]);
    ask(&mut harness, "q_W q_X = ");
    for entry in ["Copy data", "Copy as Markdown", "Copy as LaTeX", "Save CSV…", "Save Markdown…"] {
        harness.get_by_label(entry);
    }
    harness.get_by_label("Save LaTeX…").click();
    harness.run_steps(3);
    let path = folder.path().join("terms.tex");
    type_into(&mut harness, "File", &path.display().to_string());
    harness.get_by_label("Save file").click();
    harness.run_steps(4);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\\begin{tabular}{lrll}") && text.contains("precomputed"), "{text}");
    harness.get_by_label_contains("Saved: ");
}

#[test]
fn what_a_page_paints_by_hand_has_the_menu_of_a_picture() {
    let mut harness = start(Options { page: Some("pipeline"), ..Options::default() }, [1280.0, 720.0]);
    ask(&mut harness, "Float32: ");
    for entry in ["Copy data", "Save CSV…", "Save SVG…", "Save PNG…"] {
        harness.get_by_label(entry);
    }
    assert!(harness.query_by_label("Save LaTeX…").is_none(), "one menu at a time");
}

#[test]
fn all_figures_of_a_page_go_into_a_new_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = start(Options { page: Some("compare"), ..Options::default() }, [1280.0, 720.0]);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::P);
    harness.run_steps(3);
    harness.get_by_label("Find a command").type_text("save all figures");
    harness.run_steps(3);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    type_into(&mut harness, "Folder", &folder.path().display().to_string());
    harness.get_by_label_contains("exists: type the name of a new folder");
    let album = folder.path().join("album");
    type_into(&mut harness, "Folder", &album.display().to_string());
    harness.get_by_label("Save files").click();
    // Without a renderer the window gives no picture of itself, which is waited for.
    for _ in 0..140 {
        harness.step();
    }
    let names: Vec<String> =
        std::fs::read_dir(&album).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for name in ["Schemes.csv", "Schemes.md", "Schemes.tex"] {
        assert!(names.iter().any(|found| found == name), "{name} is missing among {names:?}");
    }
}
