//! The house's rules: which room may know which.

use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust file below a folder of `src`.
fn sources(room: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room);
    let mut folders = vec![root];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    assert!(!files.is_empty(), "no sources in {room}: has it moved?");
    files
}

/// Lines of code that contain one of the words, comments left out.
fn offences(room: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in sources(room) {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if let Some(word) = words.iter().find(|word| code.contains(**word)) {
                found.push(format!("{}:{}: {word}", file.display(), number + 1));
            }
        }
    }
    found
}

#[test]
fn imports_go_one_way() {
    let rules: [(&str, &[&str]); 10] = [
        (
            "engine",
            &[
                "egui",
                "eframe",
                "rfd",
                "std::fs",
                "std::thread",
                "crate::io",
                "crate::jobs",
                "crate::app",
                "crate::cli",
            ],
        ),
        ("io", &["egui", "eframe", "rfd", "crate::jobs", "crate::app", "crate::cli"]),
        ("jobs", &["egui", "eframe", "rfd", "crate::app", "crate::cli"]),
        ("cli", &["egui", "eframe", "rfd"]),
        ("engine/tensor", &["engine::quantize", "engine::coding", "engine::measure"]),
        ("engine/number", &["engine::quantize", "engine::coding", "engine::measure", "engine::tensor"]),
        ("engine/measure", &["engine::coding"]),
        ("app/view", &["egui::Ui", "std::fs", "crate::io"]),
        ("app/pages", &["std::fs", "crate::io", "Summary::of", "quantize::quantize(", "quantize::preview("]),
        ("app/widgets", &["std::fs", "crate::io", "Summary::of", "quantize::quantize(", "quantize::preview("]),
    ];
    let found: Vec<String> = rules.iter().flat_map(|(room, words)| offences(room, words)).collect();
    assert!(found.is_empty(), "the house's lines are crossed:\n{}", found.join("\n"));
}

#[test]
fn colours_live_in_the_theme() {
    let found: Vec<String> = ["app/pages", "app/widgets", "app/shell", "app/view"]
        .iter()
        .flat_map(|room| offences(room, &["from_rgb(", "from_rgba", "hex_color!"]))
        .collect();
    assert!(found.is_empty(), "colours outside app/theme.rs:\n{}", found.join("\n"));
}

#[test]
fn a_crossed_line_would_be_seen() {
    assert!(!offences("app", &["egui"]).is_empty(), "the search finds nothing where there is something");
}
