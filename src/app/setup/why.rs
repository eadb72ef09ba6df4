//! What the page on energy and storage holds.

/// Fewest and most bits.
pub const BITS: (u32, u32) = (1, 32);

/// Settings of the page on energy and storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// The width of the operations and of the weights.
    pub bits: u32,
}

impl Default for Why {
    fn default() -> Self {
        Self { bits: 8 }
    }
}

impl Why {
    /// Reads `why:bits=8`; the name alone is the default.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim().strip_prefix("why") {
            Some("") => Ok(Self::default()),
            Some(rest) if rest.starts_with(":bits=") => Ok(Self { bits: bits(&rest[6..])? }),
            _ => Err(format!("this page takes why:bits=…, not {}", text.trim())),
        }
    }
}

/// A number of bits.
///
/// # Errors
/// What was expected.
pub fn bits(text: &str) -> Result<u32, String> {
    let read = text.trim().parse().ok().filter(|bits| (BITS.0..=BITS.1).contains(bits));
    read.ok_or_else(|| format!("expected {} to {} bits, not {}", BITS.0, BITS.1, text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_or_refused() {
        assert_eq!(Why::parse("why:bits=32"), Ok(Why { bits: 32 }));
        assert_eq!(Why::parse("why"), Ok(Why::default()));
        assert!(Why::parse("why:bits=33").unwrap_err().contains("1 to 32"));
        assert!(Why::parse("linear:bits=3").unwrap_err().contains("why:bits="));
    }
}
