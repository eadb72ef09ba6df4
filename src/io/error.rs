//! What went wrong with a file, in one line that names the file, the place and what was expected.

use std::path::Path;

use super::nameless::Question;

/// Why a file could not be read or written: the file, then the place, what was found and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct Error {
    file: String,
    problem: String,
    question: Option<Box<Question>>,
}

impl Error {
    /// An error about this file.
    pub(super) fn new(path: &Path, problem: impl Into<String>) -> Self {
        Self::labelled(&label(path), problem)
    }

    /// An error about the file of this [`label`].
    pub(super) fn labelled(file: &str, problem: impl Into<String>) -> Self {
        Self { file: file.to_owned(), problem: problem.into(), question: None }
    }

    /// The same, with what a person could answer to have the file read.
    pub(super) fn asking(self, question: Option<Question>) -> Self {
        Self { question: question.map(Box::new), ..self }
    }

    /// What a person could answer to have the file read; `None` where nothing would help.
    pub fn question(&self) -> Option<&Question> {
        self.question.as_deref()
    }

    /// What is wrong, without the file's name.
    pub(super) fn problem(&self) -> &str {
        &self.problem
    }
}

/// A path as messages show it.
pub(super) fn label(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// An operating system's error without its number.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => printable(&error.to_string()),
    }
}

/// Text from a file as lists show it: control characters and the like are escaped, so that a name stays on its line and
/// cannot drive a terminal.
pub(super) fn clean(text: &str) -> String {
    if !text.contains(is_confusing) {
        return text.to_owned();
    }
    let mut shown = String::new();
    for character in text.chars() {
        if is_confusing(character) { shown.extend(character.escape_unicode()) } else { shown.push(character) }
    }
    shown
}

/// Text from a file as messages show it: [`clean`], and cut after 200 characters.
pub(super) fn printable(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut shown = clean(text);
    if let Some((end, _)) = shown.char_indices().nth(LONGEST) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// Control characters, line separators and the marks that turn the writing direction around.
fn is_confusing(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A number of bytes as people read it: `1.2 MB`, powers of ten.
pub(super) fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        let cases =
            [(0, "0 bytes"), (999, "999 bytes"), (1_234_567, "1.2 MB"), (999_999, "1.0 MB"), (u64::MAX, "18.4 EB")];
        for (bytes, expected) in cases {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn text_from_files_stays_on_one_line() {
        assert_eq!(printable("a\nb\u{202E}c"), "a\\u{a}b\\u{202e}c");
        assert_eq!(printable(&"x".repeat(500)).chars().count(), 201);
    }
}
