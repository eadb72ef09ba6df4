//! Which tensors a command works on.

use super::Failure;
use crate::engine::tensor::{Model, Tensor};

/// Positions of the selected tensors, in file order: those whose whole name matches one of the globs; without globs the default
/// selection. `file` is for messages.
pub(super) fn select(model: &Model, globs: &[String], file: &str) -> Result<Vec<usize>, Failure> {
    if globs.is_empty() {
        let selected = model.default_selection();
        return if selected.is_empty() {
            Err(Failure::new(format!("{file}: has no float tensor; --tensor selects others by name")))
        } else {
            Ok(selected)
        };
    }
    if let Some(glob) = globs.iter().find(|glob| !model.tensors.iter().any(|tensor| matches(glob, &tensor.name))) {
        return Err(Failure::new(format!("--tensor {glob:?} matches no tensor of {file}; it has {}", names(model))));
    }
    let is_selected = |tensor: &Tensor| globs.iter().any(|glob| matches(glob, &tensor.name));
    Ok((0..model.tensors.len()).filter(|&index| is_selected(&model.tensors[index])).collect())
}

/// The first few names.
fn names(model: &Model) -> String {
    const SHOWN: usize = 5;
    let mut names: Vec<&str> = model.tensors.iter().take(SHOWN).map(|tensor| tensor.name.as_str()).collect();
    if model.tensors.len() > SHOWN {
        names.push("…");
    }
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Whether the whole name is as the glob says; `*` stands for any text, slashes and dots included, and `\*` for a star.
fn matches(glob: &str, name: &str) -> bool {
    let mut pieces = pieces(glob);
    let last = pieces.pop().unwrap_or_default();
    let Some((first, between)) = pieces.split_first() else { return last == name };
    let Some(mut name) = name.strip_prefix(first.as_str()) else { return false };
    for piece in between {
        let Some(start) = name.find(piece) else { return false };
        name = &name[start + piece.len()..];
    }
    name.ends_with(&last)
}

/// What stands between the stars.
fn pieces(glob: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut characters = glob.chars().peekable();
    while let Some(character) = characters.next() {
        let character = match character {
            '*' => {
                pieces.push(String::new());
                continue;
            }
            '\\' => characters.next_if_eq(&'*').unwrap_or('\\'),
            other => other,
        };
        pieces.last_mut().expect("one at least").push(character);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (glob, name, expected) in [
            ("conv1.weight", "conv1.weight", true),
            ("conv1", "conv1.weight", false),
            ("*", "a/b.c", true),
            ("*", "", true),
            ("conv*.weight", "conv1.block/2.weight", true),
            ("conv*.weight", "conv1.bias", false),
            ("*.weight", "conv1.weight", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("**x", "x", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"a\*b*", "a*bc", true),
            (r"a\b", r"a\b", true),
        ] {
            assert_eq!(matches(glob, name), expected, "{glob} {name}");
        }
    }

    #[test]
    fn the_selection_is_in_file_order() {
        let tensor = |name: &str, shape: &[usize]| {
            Tensor::in_memory(name, shape.to_vec(), vec![0.0; shape.iter().product::<usize>()])
        };
        let tensors = vec![tensor("a.weight", &[2, 2]), tensor("a.bias", &[2]), tensor("b.weight", &[1, 2])];
        let model = Model { tensors, ..Model::default() };
        let globs = |globs: &[&str]| globs.iter().map(|&glob| glob.to_owned()).collect::<Vec<_>>();
        assert_eq!(select(&model, &[], "f").unwrap(), [0, 2]);
        assert_eq!(select(&model, &globs(&["b*", "a.b*"]), "f").unwrap(), [1, 2]);
        assert!(select(&model, &globs(&["a*", "c*"]), "f").unwrap_err().0.contains("\"c*\" matches no tensor"));
    }
}
