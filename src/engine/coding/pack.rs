//! Packing codes of 1 to 16 bits: element 0 in the lowest bits of the first byte, no gaps.

/// Collects bits into bytes, the first ones lowest.
#[derive(Clone, Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    filled: u32,
}

impl BitWriter {
    /// Appends the lowest `bits` (up to 32) of `value`.
    pub fn put(&mut self, value: u32, bits: u32) {
        let mask = (1_u64 << bits) - 1;
        self.pending |= (u64::from(value) & mask) << self.filled;
        self.filled += bits;
        while self.filled >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.filled -= 8;
        }
    }

    /// The bytes; a last partial one is filled up with zeros.
    pub fn finish(mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.bytes
    }
}

/// Takes bits from bytes in the order in which [`BitWriter`] put them; beyond the end there are zeros.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    pending: u64,
    filled: u32,
}

impl<'a> BitReader<'a> {
    /// From the lowest bit of the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, pending: 0, filled: 0 }
    }

    /// The next `bits` (up to 32).
    pub fn take(&mut self, bits: u32) -> u32 {
        while self.filled < bits {
            let (first, rest) = self.bytes.split_first().map_or((0, self.bytes), |(first, rest)| (*first, rest));
            self.bytes = rest;
            self.pending |= u64::from(first) << self.filled;
            self.filled += 8;
        }
        let value = self.pending & ((1_u64 << bits) - 1);
        self.pending >>= bits;
        self.filled -= bits;
        value as u32
    }
}

/// Packs codes of `bits` bits.
pub fn pack(codes: impl IntoIterator<Item = u16>, bits: u32) -> Vec<u8> {
    let mut writer = BitWriter::default();
    codes.into_iter().for_each(|code| writer.put(u32::from(code), bits));
    writer.finish()
}

/// Unpacks `count` codes of `bits` bits; where the bytes end early the rest is 0.
pub fn unpack(bytes: &[u8], bits: u32, count: usize) -> impl Iterator<Item = u16> + '_ {
    let mut reader = BitReader::new(bytes);
    (0..count).map(move |_| reader.take(bits) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn element_0_lies_in_the_low_bits() {
        assert_eq!(pack([3, 0, 2, 1], 2), [0b01_10_00_11]);
        assert_eq!(pack([1, 2, 3], 4), [0x21, 0x03]);
        assert_eq!(pack([0x123, 0x456], 12), [0x23, 0x61, 0x45]);
    }

    #[test]
    fn every_width_comes_back() {
        for bits in 1..=16 {
            let codes: Vec<u16> = (0..1000_u32).map(|index| ((index * 40_503) & ((1 << bits) - 1)) as u16).collect();
            let bytes = pack(codes.iter().copied(), bits);
            assert_eq!(bytes.len(), (1000 * bits as usize).div_ceil(8));
            assert_eq!(unpack(&bytes, bits, 1000).collect::<Vec<_>>(), codes);
        }
    }
}
