//! Blocks of 32 weights. Low nibbles are weights 0 to 15, high nibbles 16 to 31.

use super::half;

/// The values of IQ4_NL and IQ4_XS, to be scaled (`kvalues_iq4nl`); 0 is none of them.
pub(super) const NON_LINEAR: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/// Twice the values of E2M1 (`kvalues_mxfp4`); the scale is halved for it.
const E2M1: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

/// Weight by weight: the nibble's code, with a fifth bit from `high` where there is one.
fn nibbles(quants: &[u8], high: u32, values: &mut [f32], value: impl Fn(u8) -> f32) {
    for (index, out) in values.iter_mut().enumerate() {
        let nibble = quants[index % 16] >> (4 * (index / 16)) & 0xF;
        *out = value(nibble | ((high >> index & 1) as u8) << 4);
    }
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// d: float16, 16 bytes of codes; d · (q − 8).
pub(super) fn q4_0(block: &[u8], values: &mut [f32]) {
    let d = half(block);
    nibbles(&block[2..], 0, values, |q| d * (f32::from(q) - 8.0));
}

/// d and m: float16, 16 bytes of codes; d · q + m.
pub(super) fn q4_1(block: &[u8], values: &mut [f32]) {
    let (d, m) = (half(block), half(&block[2..]));
    nibbles(&block[4..], 0, values, |q| d * f32::from(q) + m);
}

/// d: float16, 32 fifth bits, 16 bytes of codes; d · (q − 16).
pub(super) fn q5_0(block: &[u8], values: &mut [f32]) {
    let d = half(block);
    nibbles(&block[6..], word(&block[2..]), values, |q| d * (f32::from(q) - 16.0));
}

/// d and m: float16, 32 fifth bits, 16 bytes of codes; d · q + m.
pub(super) fn q5_1(block: &[u8], values: &mut [f32]) {
    let (d, m) = (half(block), half(&block[2..]));
    nibbles(&block[8..], word(&block[4..]), values, |q| d * f32::from(q) + m);
}

/// d: float16, 32 int8; d · q.
pub(super) fn q8_0(block: &[u8], values: &mut [f32]) {
    let d = half(block);
    for (value, &q) in values.iter_mut().zip(&block[2..]) {
        *value = f32::from(q as i8) * d;
    }
}

/// d: float16, 16 bytes of codes; d · table\[q\].
pub(super) fn iq4_nl(block: &[u8], values: &mut [f32]) {
    let d = half(block);
    nibbles(&block[2..], 0, values, |q| d * f32::from(NON_LINEAR[usize::from(q)]));
}

/// e: E8M0, 16 bytes of E2M1 codes; 2^(e − 127) · value. An e of 255 is 2^128 here and no NaN, as in the reference.
pub(super) fn mxfp4(block: &[u8], values: &mut [f32]) {
    let e = u32::from(block[0]);
    // Half of 2^(e − 127), subnormal for the two smallest.
    let d = f32::from_bits(if e < 2 { 0x0020_0000 << e } else { (e - 1) << 23 });
    nibbles(&block[1..], 0, values, |q| d * f32::from(E2M1[usize::from(q)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A float16 of 0.5.
    const HALF: [u8; 2] = [0x00, 0x38];

    #[test]
    fn low_nibbles_come_first_and_fifth_bits_follow_the_weights() {
        let mut codes = [0_u8; 16];
        codes[0] = 0x9F;
        codes[1] = 0x08;
        let mut values = [0.0; 32];
        q4_0(&[&HALF[..], &codes].concat(), &mut values);
        assert_eq!((values[0], values[1], values[16], values[2]), (3.5, 0.0, 0.5, -4.0));
        q4_1(&[&HALF[..], &HALF, &codes].concat(), &mut values);
        assert_eq!((values[0], values[16], values[2]), (8.0, 5.0, 0.5));
        let high = (1_u32 | 1 << 16).to_le_bytes();
        q5_0(&[&HALF[..], &high, &codes].concat(), &mut values);
        assert_eq!((values[0], values[1], values[16], values[17]), (7.5, -4.0, 4.5, -8.0));
        q5_1(&[&HALF[..], &HALF, &high, &codes].concat(), &mut values);
        assert_eq!((values[0], values[16], values[17]), (16.0, 13.0, 0.5));
    }

    #[test]
    fn an_mxfp4_block_has_its_scale_first() {
        let mut values = [0.0; 32];
        let block = [&[127][..], &[0xF7; 16]].concat();
        mxfp4(&block, &mut values);
        assert_eq!((values[0], values[16]), (6.0, -6.0));
        mxfp4(&[&[0][..], &[0x01; 16]].concat(), &mut values);
        assert_eq!(values[0], f32::from_bits(0x0020_0000), "2^−128");
    }
}
