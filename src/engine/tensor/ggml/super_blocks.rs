//! Blocks of 256 weights: groups of 16 or 32 with small scales of their own, scaled in turn by one float16 for all.

use super::blocks::NON_LINEAR;
use super::half;

/// Weight by weight, the field of `width` bits: in pieces of `span` bytes, all first fields, then all second ones, and so on.
fn field(bytes: &[u8], span: usize, width: usize, index: usize) -> u8 {
    let fields = 8 / width;
    let (piece, rest) = (index / (span * fields), index % (span * fields));
    bytes[piece * span + rest % span] >> (width * (rest / span)) & ((1 << width) - 1)
}

/// scales: 16 × (4 bits scale, 4 bits minimum), 64 bytes of 2-bit codes, d, dmin.
pub(super) fn q2_k(block: &[u8], values: &mut [f32]) {
    let (scales, codes) = (&block[..16], &block[16..80]);
    let (d, dmin) = (half(&block[80..]), half(&block[82..]));
    for (index, value) in values.iter_mut().enumerate() {
        let scale = scales[index / 16];
        let (dl, ml) = (d * f32::from(scale & 0xF), dmin * f32::from(scale >> 4));
        *value = dl * f32::from(field(codes, 32, 2, index)) - ml;
    }
}

/// 32 bytes of third bits (inverted), 64 bytes of 2-bit codes, 12 bytes of sixteen 6-bit scales, d.
pub(super) fn q3_k(block: &[u8], values: &mut [f32]) {
    let (mask, codes, packed) = (&block[..32], &block[32..96], &block[96..108]);
    let d = half(&block[108..]);
    let scale = |group: usize| {
        let low = packed[group % 8] >> (4 * (group / 8)) & 0xF;
        let high = packed[8 + group % 4] >> (2 * (group / 4)) & 3;
        f32::from((low | high << 4) as i8 - 32)
    };
    for (index, value) in values.iter_mut().enumerate() {
        let missing = 4 * (1 - (mask[index % 32] >> (index / 32) & 1));
        let q = field(codes, 32, 2, index) as i8 - missing as i8;
        *value = d * scale(index / 16) * f32::from(q);
    }
}

/// The 6-bit scale and minimum of one of eight groups in 12 bytes.
fn scale_and_minimum(packed: &[u8], group: usize) -> (f32, f32) {
    let at = group % 4;
    let (scale, minimum, both) = (packed[at], packed[4 + at], packed[8 + at]);
    let (scale, minimum) = if group < 4 {
        (scale & 0x3F, minimum & 0x3F)
    } else {
        ((both & 0xF) | (scale >> 2 & 0x30), (both >> 4) | (minimum >> 2 & 0x30))
    };
    (f32::from(scale), f32::from(minimum))
}

/// d, dmin, eight 6-bit scales and minima in 12 bytes, 128 bytes of 4-bit codes.
pub(super) fn q4_k(block: &[u8], values: &mut [f32]) {
    let (d, dmin) = (half(block), half(&block[2..]));
    let (packed, codes) = (&block[4..16], &block[16..]);
    for (index, value) in values.iter_mut().enumerate() {
        let (scale, minimum) = scale_and_minimum(packed, index / 32);
        *value = d * scale * f32::from(field(codes, 32, 4, index)) - dmin * minimum;
    }
}

/// d, dmin, eight 6-bit scales and minima in 12 bytes, 32 bytes of fifth bits, 128 bytes of 4-bit codes.
pub(super) fn q5_k(block: &[u8], values: &mut [f32]) {
    let (d, dmin) = (half(block), half(&block[2..]));
    let (packed, high, codes) = (&block[4..16], &block[16..48], &block[48..]);
    for (index, value) in values.iter_mut().enumerate() {
        let (scale, minimum) = scale_and_minimum(packed, index / 32);
        let q = field(codes, 32, 4, index) | (high[index % 32] >> (index / 32) & 1) << 4;
        *value = d * scale * f32::from(q) - dmin * minimum;
    }
}

/// 128 bytes of low 4 bits, 64 bytes of high 2 bits, sixteen int8 scales, d.
pub(super) fn q6_k(block: &[u8], values: &mut [f32]) {
    let (low, high, scales) = (&block[..128], &block[128..192], &block[192..208]);
    let d = half(&block[208..]);
    for (index, value) in values.iter_mut().enumerate() {
        let q = (field(low, 64, 4, index) | field(high, 32, 2, index) << 4) as i8 - 32;
        *value = d * f32::from(scales[index / 16] as i8) * f32::from(q);
    }
}

/// d: float32, 256 int8, sixteen int16 sums of codes, which decoding has no need of.
pub(super) fn q8_k(block: &[u8], values: &mut [f32]) {
    let d = f32::from_le_bytes([block[0], block[1], block[2], block[3]]);
    for (value, &q) in values.iter_mut().zip(&block[4..260]) {
        *value = d * f32::from(q as i8);
    }
}

/// d, eight 6-bit scales (high bits in two bytes, low ones in four), 128 bytes of 4-bit codes of [`NON_LINEAR`].
pub(super) fn iq4_xs(block: &[u8], values: &mut [f32]) {
    let d = half(block);
    let high = u16::from_le_bytes([block[2], block[3]]);
    let (low, codes) = (&block[4..8], &block[8..]);
    for (index, value) in values.iter_mut().enumerate() {
        let group = index / 32;
        let low = low[group / 2] >> (4 * (group % 2)) & 0xF;
        let scale = (low | ((high >> (2 * group) & 3) as u8) << 4) as i8 - 32;
        let code = field(codes, 16, 4, index);
        *value = d * f32::from(scale) * f32::from(NON_LINEAR[usize::from(code)]);
    }
}

/// 48 bytes of five base-3 digits, 4 bytes of four, d; d · (digit − 1).
pub(super) fn tq1_0(block: &[u8], values: &mut [f32]) {
    const POWERS: [u8; 5] = [1, 3, 9, 27, 81];
    let d = half(&block[52..]);
    for (index, value) in values.iter_mut().enumerate() {
        let (byte, digit) = match index {
            0..160 => (block[index % 32], index / 32),
            160..240 => (block[32 + (index - 160) % 16], (index - 160) / 16),
            _ => (block[48 + (index - 240) % 4], (index - 240) / 4),
        };
        // A byte is the fraction of 243 that its digits make, in 256ths: multiplied up, the digit is what passes over the top.
        let shifted = byte.wrapping_mul(POWERS[digit]);
        *value = d * (f32::from((u16::from(shifted) * 3) >> 8) - 1.0);
    }
}

/// 64 bytes of 2-bit codes, d; d · (q − 1).
pub(super) fn tq2_0(block: &[u8], values: &mut [f32]) {
    let d = half(&block[64..]);
    for (index, value) in values.iter_mut().enumerate() {
        *value = d * (f32::from(field(block, 32, 2, index)) - 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lie_one_above_the_other() {
        let mut bytes = [0_u8; 64];
        bytes[0] = 0b11_10_01_00;
        bytes[33] = 0b01_00_00_10;
        assert_eq!([0, 32, 64, 96].map(|index| field(&bytes, 32, 2, index)), [0, 1, 2, 3]);
        assert_eq!([129, 161, 225].map(|index| field(&bytes, 32, 2, index)), [2, 0, 1]);
    }

    #[test]
    fn the_upper_groups_take_their_top_bits_from_the_lower_ones() {
        let packed: [u8; 12] = [0b01_000001, 0, 0, 0, 0b10_000010, 0, 0, 0, 0x43, 0, 0, 0];
        assert_eq!(scale_and_minimum(&packed, 0), (1.0, 2.0));
        assert_eq!(scale_and_minimum(&packed, 4), (f32::from(0x13_u8), f32::from(0x24_u8)));
    }
}
