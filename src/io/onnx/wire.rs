//! Protocol buffers on the wire, read in place. (The format: protobuf.dev/programming-guides/encoding.)

use std::ops::Range;

/// A message: some of the file's bytes.
#[derive(Clone, Copy)]
pub(in crate::io) struct Message<'a> {
    file: &'a [u8],
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

impl<'a> Message<'a> {
    /// The message in these bytes of a file.
    ///
    /// # Panics
    /// If the range is not within the file.
    pub fn new(file: &'a [u8], range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= file.len(), "{range:?} of {} bytes", file.len());
        Self { file, start: range.start, end: range.end }
    }

    /// The fields in file order.
    pub fn fields(self) -> Fields<'a> {
        Fields { message: self, at: self.start }
    }
}

/// Iterates over a message's fields; ends after an error.
pub(in crate::io) struct Fields<'a> {
    message: Message<'a>,
    at: usize,
}

impl Fields<'_> {
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
        let bytes = &self.message.file[start..self.message.end];
        let (value, length) = varint(bytes).ok_or_else(|| format!("byte {start}: a number does not end"))?;
        self.at += length;
        Ok((value, start..self.at))
    }
}

impl Iterator for Fields<'_> {
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

/// The number at the start of `bytes` and its length; `None` where it does not end within ten bytes.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(10).enumerate() {
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
        let fields: Vec<_> = Message::new(&bytes, 0..bytes.len()).fields().map(Result::unwrap).collect();
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
