//! Walking through the head of a GGUF file: every length is held against what is left before it is used.

use std::ops::Range;

use crate::io::error::{clean, printable};

/// A place in a file of which the beginning has been read.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    /// Length of the file, which claims are held against.
    length: u64,
    at: usize,
    /// Whether more than the beginning was asked for, so that it is too short, and not the file.
    short: bool,
}

/// Elements of an array that are shown.
const SHOWN: u64 = 8;
/// Characters of a text that are shown.
const LONGEST: usize = 4000;
/// Arrays within arrays.
const DEEPEST: u32 = 8;

/// Value types by their number: what they are called and how many bytes they take; 0 for text and arrays.
const VALUES: [(&str, usize); 13] = [
    ("uint8", 1),
    ("int8", 1),
    ("uint16", 2),
    ("int16", 2),
    ("uint32", 4),
    ("int32", 4),
    ("float32", 4),
    ("bool", 1),
    ("string", 0),
    ("array", 0),
    ("uint64", 8),
    ("int64", 8),
    ("float64", 8),
];
const STRING: u32 = 8;
const ARRAY: u32 = 9;

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8], length: u64, at: usize) -> Self {
        Self { bytes, length, at, short: false }
    }

    /// Whether an error came of too short a beginning.
    pub fn is_short(&self) -> bool {
        self.short
    }

    pub fn position(&self) -> usize {
        self.at
    }

    pub fn left(&self) -> u64 {
        self.length - self.at as u64
    }

    pub fn take(&mut self, length: u64) -> Result<&'a [u8], String> {
        if length > self.left() {
            return Err(format!("byte {}: {length} bytes are claimed where {} are left", self.at, self.left()));
        }
        let range = self.at..self.at + length as usize;
        if range.end > self.bytes.len() {
            self.short = true;
            return Err("more of the file has to be read".to_owned());
        }
        self.at = range.end;
        Ok(&self.bytes[range])
    }

    pub fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().expect("four bytes")))
    }

    pub fn u64(&mut self) -> Result<u64, String> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().expect("eight bytes")))
    }

    /// Text with its length before it.
    pub fn text(&mut self) -> Result<&'a str, String> {
        let start = self.at;
        let length = self.u64()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| format!("byte {start}: text that is not UTF-8"))
    }

    /// A number of things of at least `least` bytes each.
    pub fn count(&mut self, what: &str, least: u64) -> Result<u64, String> {
        let start = self.at;
        let count = self.u64()?;
        if count > self.left() / least {
            return Err(format!("byte {start}: {count} {what} are claimed where {} bytes are left", self.left()));
        }
        Ok(count)
    }

    /// Passes over a value, type and all; what it says, cut short where it is long, and where it lies without its type.
    pub fn value(&mut self) -> Result<Value, String> {
        let kind = self.u32()?;
        let start = self.at;
        let shown = self.of_type(kind, 0)?;
        Ok(Value { kind, shown, range: start..self.at })
    }

    fn of_type(&mut self, kind: u32, depth: u32) -> Result<String, String> {
        match kind {
            STRING => {
                let text = clean(self.text()?);
                let cut = text.char_indices().nth(LONGEST).map(|(end, _)| end);
                Ok(cut.map_or_else(|| text.clone(), |end| format!("{}… ({} bytes)", &text[..end], text.len())))
            }
            ARRAY => self.array(depth),
            _ => {
                let start = self.at;
                let (_, size) = VALUES
                    .get(kind as usize)
                    .ok_or_else(|| format!("byte {start}: value type {kind} is not known, expected 0 to 12"))?;
                let bytes = self.take(*size as u64)?;
                Ok(number(kind, bytes))
            }
        }
    }

    fn array(&mut self, depth: u32) -> Result<String, String> {
        let start = self.at;
        if depth == DEEPEST {
            return Err(format!("byte {start}: arrays are nested more than {DEEPEST} deep"));
        }
        let kind = self.u32()?;
        let (name, size) = VALUES
            .get(kind as usize)
            .ok_or_else(|| format!("byte {start}: an array of value type {kind}, expected 0 to 12"))?;
        let least = match kind {
            STRING => 8,
            ARRAY => 12,
            _ => *size as u64,
        };
        let count = self.count(&format!("elements of {name}"), least)?;
        let mut parts = Vec::new();
        for _ in 0..count.min(SHOWN) {
            parts.push(printable(&self.of_type(kind, depth + 1)?));
        }
        let rest = count - parts.len() as u64;
        if *size > 0 {
            self.take(rest * *size as u64)?;
        } else {
            for _ in 0..rest {
                self.skip(kind, depth + 1)?;
            }
        }
        let shown = parts.join(", ");
        Ok(if rest > 0 { format!("[{shown}, …] ({count} of {name})") } else { format!("[{shown}]") })
    }

    /// Passes over text or an array without saying what it holds.
    fn skip(&mut self, kind: u32, depth: u32) -> Result<(), String> {
        if kind == STRING {
            let length = self.u64()?;
            return self.take(length).map(|_| ());
        }
        self.array(depth).map(|_| ())
    }
}

/// A value of the metadata.
pub(super) struct Value {
    /// Its type, by number.
    pub kind: u32,
    /// What it says.
    pub shown: String,
    /// Its bytes, without the type.
    pub range: Range<usize>,
}

fn number(kind: u32, bytes: &[u8]) -> String {
    macro_rules! read {
        ($number:ty) => {
            <$number>::from_le_bytes(bytes.try_into().expect("as many bytes as the table says")).to_string()
        };
    }
    match kind {
        0 => read!(u8),
        1 => read!(i8),
        2 => read!(u16),
        3 => read!(i16),
        4 => read!(u32),
        5 => read!(i32),
        6 => read!(f32),
        7 => (bytes[0] != 0).to_string(),
        10 => read!(u64),
        11 => read!(i64),
        _ => read!(f64),
    }
}
