//! Scratch: drives the window by a script and takes pictures.
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::settings::ThemeChoice;
use quantscope::app::{App, Options, pages};

fn start(args: &str) -> Harness<'static, App> {
    let mut options = Options { inline_jobs: true, ..Options::default() };
    let mut size = [1280.0, 720.0];
    let mut ppp = 1.0;
    for arg in args.split('|').map(str::trim).filter(|arg| !arg.is_empty()) {
        let (name, value) = arg.split_once('=').unwrap();
        match name {
            "page" => options.page = Some(pages::find(value).unwrap().name),
            "setting" => options.setting = Some(value.to_owned()),
            "theme" => options.theme = Some(if value == "dark" { ThemeChoice::Dark } else { ThemeChoice::Light }),
            "size" => {
                let (w, h) = value.split_once('x').unwrap();
                size = [w.parse().unwrap(), h.parse().unwrap()];
            }
            "zoom" => ppp = value.parse().unwrap(),
            "present" => options.present = true,
            "file" => options.files.push(value.into()),
            "inline" => options.inline_jobs = value == "1",
            "tensor" => options.tensor = Some(value.to_owned()),
            _ => panic!("{name}"),
        }
    }
    if options.theme.is_none() {
        options.theme = Some(ThemeChoice::Light);
    }
    let mut harness = Harness::builder()
        .with_size([size[0] / ppp, size[1] / ppp])
        .with_pixels_per_point(ppp)
        .with_max_steps(64)
        .build_eframe(move |cc| App::new(cc, options).expect("starts"));
    harness.run_steps(8);
    harness
}

#[test]
fn look() {
    let Ok(path) = std::env::var("LOOK") else { return };
    let script = std::fs::read_to_string(path).unwrap();
    let mut harness: Option<Harness<'static, App>> = None;
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        if command == "start" {
            harness = Some(start(rest));
            continue;
        }
        let h = harness.as_mut().unwrap();
        let find = |h: &Harness<'static, App>, label: &str| {
            let found = h.query_all_by_label_contains(label).next().map(|node| node.rect().center());
            if found.is_none() {
                eprintln!("NOT FOUND: {label}");
            }
            found
        };
        match command {
            "click" => {
                if let Some(node) = h.query_all_by_label_contains(rest).next() {
                    node.click();
                } else {
                    eprintln!("NOT FOUND {rest}");
                }
                h.run_steps(4);
            }
            "exact" => {
                if let Some(node) = h.query_all_by_label(rest).next() {
                    node.click();
                } else {
                    eprintln!("NOT FOUND {rest}");
                }
                h.run_steps(4);
            }
            "rclick" => {
                if let Some(at) = find(h, rest) {
                    h.hover_at(at);
                    h.run_steps(2);
                    for pressed in [true, false] {
                        h.event(egui::Event::PointerButton {
                            pos: at,
                            button: egui::PointerButton::Secondary,
                            pressed,
                            modifiers: Modifiers::NONE,
                        });
                        h.step();
                    }
                }
                h.run_steps(4);
            }
            "hover" => {
                if let Some(at) = find(h, rest) {
                    h.hover_at(at);
                }
                h.run_steps(3);
            }
            "key" => {
                let mut modifiers = Modifiers::NONE;
                let mut key = rest;
                while let Some((m, k)) = key.split_once('+') {
                    match m {
                        "Ctrl" => modifiers |= Modifiers::COMMAND,
                        "Shift" => modifiers |= Modifiers::SHIFT,
                        _ => modifiers |= Modifiers::ALT,
                    }
                    key = k;
                }
                h.key_press_modifiers(modifiers, Key::from_name(key).unwrap());
                h.run_steps(4);
            }
            "type" => {
                h.event(egui::Event::Text(rest.to_owned()));
                h.run_steps(3);
            }
            "paste" => {
                h.event(egui::Event::Paste(rest.replace("\\n", "\n").replace("\\t", "\t")));
                h.run_steps(5);
            }
            "steps" => h.run_steps(rest.parse().unwrap()),
            "wait" => {
                let until = std::time::Instant::now() + std::time::Duration::from_millis(rest.parse().unwrap());
                while std::time::Instant::now() < until {
                    h.step();
                    std::thread::sleep(std::time::Duration::from_millis(50));
                }
            }
            "labels" => {
                for node in h.query_all_by_label_contains(rest) {
                    eprintln!(
                        "{:?} {:?} {:?}",
                        node.accesskit_node().role(),
                        node.accesskit_node().label().or(node.accesskit_node().value()),
                        node.rect()
                    );
                }
            }
            "shot" => {
                h.render().unwrap().save(rest).unwrap();
            }
            other => panic!("{other}"),
        }
    }
}
