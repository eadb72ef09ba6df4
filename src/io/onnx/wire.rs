//! Protocol buffers on the wire, read in place. (The format: protobuf.dev/programming-guides/encoding.)

use std::ops::Range;

use crate::io::paged::Paged;

/// What a message lies in: bytes in memory, or a file that is read page by page.
pub(in crate::io) trait Input {
    /// How many bytes there are.
    fn length(&self) -> usize;

    /// Fills a buffer with the bytes from `start` on; those up to the length can be had.
    fn fill(&self, start: usize, buffer: &mut [u8]) -> Result<(), String>;

    /// The bytes of a range. Ranges that came from the wire are no longer than the input.
    fn read(&self, range: Range<usize>) -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; range.len()];
        self.fill(range.start, &mut bytes)?;
        Ok(bytes)
    }
}

impl Input for [u8] {
    fn length(&self) -> usize {
        self.len()
    }

    fn fill(&self, start: usize, buffer: &mut [u8]) -> Result<(), String> {
        buffer.copy_from_slice(&self[start..start + buffer.len()]);
        Ok(())
    }
}

impl Input for Paged<'_> {
    fn length(&self) -> usize {
        Paged::length(self)
    }

    fn fill(&self, start: usize, buffer: &mut [u8]) -> Result<(), String> {
        Paged::fill(self, start, buffer)
    }
}

/// A message: some of the input's bytes.
pub(in crate::io) struct Message<'a, I: ?Sized = [u8]> {
    file: &'a I,
    start: usize,
    end: usize,
}

/// One field of a message.
#[derive(Clone, Debug)]
pub(in crate::io) struct Field {
    /// Its number in the message's definition.
    pub number: u32,
    /// What it holds.
    pub value: Value,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::io) enum Value {
    /// A number, and where its bytes lie.
    Varint(u64, Range<usize>),
    /// Text, bytes, a message or packed numbers.
    Bytes(Range<usize>),
    /// Four or eight bytes.
    Fixed(Range<usize>),
}

impl<'a, I: Input + ?Sized> Message<'a, I> {
    /// The message in these bytes of a file.
    ///
    /// # Panics
    /// If the range is not within the file.
    pub fn new(file: &'a I, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= file.length(), "{range:?} of {} bytes", file.length());
        Self { file, start: range.start, end: range.end }
    }

    /// The fields in file order.
    pub fn fields(self) -> Fields<'a, I> {
        Fields { at: self.start, message: self }
    }
}

/// Iterates over a message's fields; ends after an error.
pub(in crate::io) struct Fields<'a, I: ?Sized = [u8]> {
    message: Message<'a, I>,
    at: usize,
}

impl<I: Input + ?Sized> Fields<'_, I> {
    /// Where the next field begins.
    pub fn position(&self) -> usize {
        self.at
    }

    fn field(&mut self) -> Result<Field, String> {
        let start = self.at;
        let (tag, _) = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| (1..1 << 29).contains(number));
        let number = number.ok_or_else(|| format!("byte {start}: {} is no field number", tag >> 3))?;
        let value = match tag & 7 {
            0 => {
                let (value, range) = self.varint()?;
                Value::Varint(value, range)
            }
            1 => Value::Fixed(self.take(8)?),
            2 => {
                let (length, _) = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Fixed(self.take(4)?),
            kind => return Err(format!("byte {start}: wire type {kind} of field {number} is not known")),
        };
        Ok(Field { number, value })
    }

    fn take(&mut self, length: u64) -> Result<Range<usize>, String> {
        let left = (self.message.end - self.at) as u64;
        if length > left {
            return Err(format!("byte {}: a field claims {length} bytes where {left} are left", self.at));
        }
        let range = self.at..self.at + length as usize;
        self.at = range.end;
        Ok(range)
    }

    fn varint(&mut self) -> Result<(u64, Range<usize>), String> {
        let start = self.at;
        let mut bytes = [0; LONGEST];
        let bytes = &mut bytes[..LONGEST.min(self.message.end - start)];
        self.message.file.fill(start, bytes)?;
        let (value, length) = varint(bytes).ok_or_else(|| format!("byte {start}: a number does not end"))?;
        self.at += length;
        Ok((value, start..self.at))
    }
}

impl<I: Input + ?Sized> Iterator for Fields<'_, I> {
    type Item = Result<Field, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.message.end {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.at = self.message.end;
        }
        Some(field)
    }
}

/// Text of a field.
pub(in crate::io) fn text<I: Input + ?Sized>(file: &I, range: &Range<usize>) -> Result<String, String> {
    Ok(String::from_utf8_lossy(&file.read(range.clone())?).into_owned())
}

/// Bytes of the longest number.
const LONGEST: usize = 10;

/// The number at the start of `bytes` and its length; `None` where it does not end within ten bytes.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(LONGEST).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * index);
        if byte < 0x80 {
            return Some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_where_they_lie() {
        // 300 in field 1, "abc" in field 5, four bytes in field 4.
        let bytes = [0x08, 0xAC, 0x02, 0x2A, 3, b'a', b'b', b'c', 0x25, 1, 2, 3, 4];
        let fields: Vec<_> = Message::new(&bytes[..], 0..bytes.len()).fields().map(Result::unwrap).collect();
        let found: Vec<_> = fields.into_iter().map(|field| (field.number, field.value)).collect();
        let expected = [(1, Value::Varint(300, 1..3)), (5, Value::Bytes(5..8)), (4, Value::Fixed(9..13))];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_does_not_end_is_refused() {
        for (bytes, expected) in [
            (&[0x08, 0x80][..], "byte 1: a number does not end"),
            (&[0x0A, 0x05, 1], "byte 2: a field claims 5 bytes where 1 are left"),
            (&[0x0B, 0x05], "byte 0: wire type 3 of field 1 is not known"),
            (&[0x00, 0x05], "byte 0: 0 is no field number"),
            (&[0x09, 1, 2], "byte 1: a field claims 8 bytes where 2 are left"),
            (&[0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1], "byte 1: a number does not end"),
        ] {
            let error = Message::new(bytes, 0..bytes.len()).fields().find_map(Result::err);
            assert_eq!(error.as_deref(), Some(expected));
        }
    }
}
