//! Bit packing: codes of 1 to 16 bits (and fields of up to 32) one after the other, least significant bit first, without gaps.

/// Bits in order, least significant first.
#[derive(Clone, Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    buffer: u64,
    filled: u32,
}

impl BitWriter {
    /// Appends the lower `width` bits of a value; `width` is at most 32.
    #[inline]
    pub fn put(&mut self, value: u32, width: u32) {
        self.buffer |= (u64::from(value) & ((1 << width) - 1)) << self.filled;
        self.filled += width;
        if self.filled >= 32 {
            self.bytes.extend_from_slice(&(self.buffer as u32).to_le_bytes());
            self.buffer >>= 32;
            self.filled -= 32;
        }
    }

    /// Bits so far.
    pub fn position(&self) -> u64 {
        self.bytes.len() as u64 * 8 + u64::from(self.filled)
    }

    /// Zeros up to a whole byte.
    pub fn align(&mut self) {
        while self.filled > 0 {
            self.bytes.push(self.buffer as u8);
            self.buffer >>= 8;
            self.filled = self.filled.saturating_sub(8);
        }
    }

    /// Appends whole bytes, after [`BitWriter::align`].
    pub fn extend(&mut self, bytes: &[u8]) {
        self.align();
        self.bytes.extend_from_slice(bytes);
    }

    /// The bytes, with zeros up to a whole one.
    pub fn finish(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }
}

/// Reads what [`BitWriter`] wrote.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    position: u64,
}

impl<'a> BitReader<'a> {
    /// From the first bit of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Bits read so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Bits that are left.
    pub fn left(&self) -> u64 {
        self.bytes.len() as u64 * 8 - self.position
    }

    /// The next `width` bits, at most 32; `None` beyond the end.
    #[inline]
    pub fn get(&mut self, width: u32) -> Option<u32> {
        if u64::from(width) > self.left() {
            return None;
        }
        let first = (self.position / 8) as usize;
        let window = match self.bytes.get(first..first + 8) {
            Some(window) => u64::from_le_bytes(window.try_into().expect("eight bytes")),
            None => {
                let mut window = [0; 8];
                let rest = &self.bytes[first.min(self.bytes.len())..];
                window[..rest.len()].copy_from_slice(rest);
                u64::from_le_bytes(window)
            }
        };
        let value = (window >> (self.position % 8)) & ((1 << width) - 1);
        self.position += u64::from(width);
        Some(value as u32)
    }

    /// Skips to a whole byte; `None` where the skipped bits are not zeros.
    pub fn align(&mut self) -> Option<()> {
        let width = (self.position.next_multiple_of(8) - self.position) as u32;
        (self.get(width)? == 0).then_some(())
    }

    /// The bytes from here on, after [`BitReader::align`].
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[(self.position / 8) as usize..]
    }

    /// Moves on by whole bytes of [`BitReader::rest`].
    pub fn skip(&mut self, bytes: usize) {
        self.position += bytes as u64 * 8;
    }
}

/// Codes of `width` bits as bytes, the last one filled up with zeros.
pub fn pack(codes: impl IntoIterator<Item = u16>, width: u32) -> Vec<u8> {
    let mut writer = BitWriter::default();
    codes.into_iter().for_each(|code| writer.put(u32::from(code), width));
    writer.finish()
}

/// The first `count` codes of `width` bits; `None` where there are fewer.
pub fn unpack(bytes: &[u8], width: u32, count: usize) -> Option<Vec<u16>> {
    let bits = u64::from(width).checked_mul(count as u64)?;
    let mut reader = BitReader::new(bytes);
    if bits > reader.left() {
        return None;
    }
    (0..count).map(|_| reader.get(width).map(|code| code as u16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn codes_of_every_width_come_back(codes in prop::collection::vec(any::<u16>(), 0..300), width in 1_u32..=16) {
            let codes: Vec<u16> = codes.into_iter().map(|code| (u32::from(code) & ((1 << width) - 1)) as u16).collect();
            let bytes = pack(codes.iter().copied(), width);
            prop_assert_eq!(bytes.len(), (codes.len() * width as usize).div_ceil(8));
            prop_assert_eq!(unpack(&bytes, width, codes.len()), Some(codes.clone()));
            let room = bytes.len() * 8 / width as usize;
            prop_assert_eq!(unpack(&bytes, width, room + 1), None);
        }
    }

    #[test]
    fn fields_of_all_widths_stand_side_by_side() {
        let mut writer = BitWriter::default();
        let fields = [(1, 1), (0xFFFF_FFFF, 32), (5, 3), (0x1234, 16), (0, 7), (1, 32)];
        fields.iter().for_each(|&(value, width)| writer.put(value, width));
        assert_eq!(writer.position(), 91);
        writer.extend(&[7, 8]);
        let bytes = writer.finish();
        let mut reader = BitReader::new(&bytes);
        for (value, width) in fields {
            assert_eq!(reader.get(width), Some(value));
        }
        assert_eq!((reader.align(), reader.rest()), (Some(()), &[7, 8][..]));
        reader.skip(2);
        assert_eq!((reader.get(1), reader.get(0)), (None, Some(0)));
    }
}
