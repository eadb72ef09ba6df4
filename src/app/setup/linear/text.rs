//! A page's settings as one line: `name:key=value,key=value`.

/// The settings of a text that starts with `name:`; the name alone has none.
///
/// # Errors
/// Another name, or a piece that is no `key=value`.
pub fn settings<'a>(name: &str, text: &'a str) -> Result<Vec<(&'a str, &'a str)>, String> {
    let text = text.trim();
    let rest = match text.strip_prefix(name) {
        Some("") => return Ok(Vec::new()),
        Some(rest) => rest.strip_prefix(':'),
        None => None,
    };
    let rest = rest.ok_or_else(|| format!("this page takes {name}:…, not {text}"))?;
    let pair = |piece: &'a str| piece.split_once('=').ok_or_else(|| format!("{piece}: expected key=value"));
    rest.split(',').map(str::trim).filter(|piece| !piece.is_empty()).map(pair).collect()
}

/// The choice of that name.
///
/// # Errors
/// Another name; the text lists what there is.
pub fn choice<T: Copy>(key: &str, value: &str, choices: &[(T, &str)]) -> Result<T, String> {
    let found = choices.iter().find(|(_, name)| *name == value).map(|(choice, _)| *choice);
    found.ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(_, name)| *name).collect();
        format!("{key} is {}, not {value}", names.join(" or "))
    })
}

/// The name of a choice.
pub fn name<T: PartialEq>(value: &T, choices: &[(T, &'static str)]) -> &'static str {
    choices.iter().find(|(choice, _)| choice == value).map_or("", |(_, name)| *name)
}

/// A whole number between two ends.
///
/// # Errors
/// No number, or one outside.
pub fn whole(key: &str, value: &str, low: u32, high: u32) -> Result<u32, String> {
    match value.parse() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        _ => Err(format!("{key} is {low} to {high}, not {value}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_or_refused_with_what_was_expected() {
        assert_eq!(settings("matmul", "matmul:bits=2, terms=1111"), Ok(vec![("bits", "2"), ("terms", "1111")]));
        assert_eq!(settings("matmul", "matmul"), Ok(Vec::new()));
        assert!(settings("matmul", "linear:bits=2").unwrap_err().contains("matmul:"));
        assert!(settings("matmul", "matmul:bits").unwrap_err().contains("key=value"));
        assert!(choice("bias", "x", &[(1, "int8"), (2, "int32")]).unwrap_err().contains("int8 or int32"));
        assert!(whole("bits", "9", 2, 8).unwrap_err().contains("2 to 8"));
    }
}
