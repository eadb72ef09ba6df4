//! Stored elements → float32, whatever the dtype.

use rayon::prelude::*;

use crate::engine::memory::zeroed;
use crate::engine::number;
use crate::engine::tensor::Dtype;

/// Elements per parallel piece: a multiple of 4, so that packed 6-bit and 4-bit codes start on whole bytes.
const PIECE: usize = 1 << 16;

/// Decodes little-endian, packed elements; `bytes` holds exactly `dtype.bytes(count)` of them.
///
/// Packed codes start at the lowest bit: the first float4 of a byte is its low nibble, four float6 fill three bytes.
pub(super) fn decode(dtype: Dtype, bytes: &[u8], count: usize) -> Vec<f32> {
    let mut values = zeroed(count);
    let bits = dtype.bits() as usize;
    let table = table(dtype);
    values.par_chunks_mut(PIECE).enumerate().for_each(|(piece, values)| {
        let start = piece * PIECE * bits / 8;
        let end = start + (values.len() * bits).div_ceil(8);
        decode_piece(dtype, &table, &bytes[start..end], values);
    });
    values
}

/// [`decode`] of bytes that come piece by piece: `fill` puts those from a place on into a buffer. Besides the values a piece a thread
/// is in memory.
pub(super) fn decode_from<E: Send>(
    dtype: Dtype,
    count: usize,
    fill: impl Fn(usize, &mut [u8]) -> Result<(), E> + Sync,
) -> Result<Vec<f32>, E> {
    let mut values: Vec<f32> = zeroed(count);
    let bits = dtype.bits() as usize;
    let table = table(dtype);
    let as_they_are = dtype == Dtype::F32 && cfg!(target_endian = "little");
    values.par_chunks_mut(PIECE).enumerate().try_for_each_init(Vec::new, |buffer, (piece, values)| {
        let start = piece * PIECE * bits / 8;
        if as_they_are {
            return fill(start, bytemuck::cast_slice_mut(values));
        }
        buffer.resize((values.len() * bits).div_ceil(8), 0);
        fill(start, buffer)?;
        decode_piece(dtype, &table, buffer, values);
        Ok(())
    })?;
    Ok(values)
}

fn decode_piece(dtype: Dtype, table: &[f32], bytes: &[u8], values: &mut [f32]) {
    match dtype {
        Dtype::F64 => each(bytes, values, |b| f64::from_le_bytes(b) as f32),
        Dtype::F32 => each(bytes, values, f32::from_le_bytes),
        Dtype::F16 => each(bytes, values, |b| half::f16::from_le_bytes(b).to_f32()),
        Dtype::BF16 => each(bytes, values, |b| half::bf16::from_le_bytes(b).to_f32()),
        Dtype::I64 => each(bytes, values, |b| i64::from_le_bytes(b) as f32),
        Dtype::I32 => each(bytes, values, |b| i32::from_le_bytes(b) as f32),
        Dtype::I16 => each(bytes, values, |b| f32::from(i16::from_le_bytes(b))),
        Dtype::I8 => each(bytes, values, |b| f32::from(i8::from_le_bytes(b))),
        Dtype::U64 => each(bytes, values, |b| u64::from_le_bytes(b) as f32),
        Dtype::U32 => each(bytes, values, |b| u32::from_le_bytes(b) as f32),
        Dtype::U16 => each(bytes, values, |b| f32::from(u16::from_le_bytes(b))),
        Dtype::U8 => each(bytes, values, |[b]| f32::from(b)),
        Dtype::Bool => each(bytes, values, |[b]| f32::from(u8::from(b != 0))),
        Dtype::F8E4M3Fn | Dtype::F8E5M2 | Dtype::F8E4M3Fnuz | Dtype::F8E5M2Fnuz | Dtype::F8E8M0 => {
            each(bytes, values, |[b]| table[usize::from(b)]);
        }
        Dtype::F6E2M3 | Dtype::F6E3M2 => {
            for (bytes, values) in bytes.chunks(3).zip(values.chunks_mut(4)) {
                let word = bytes.iter().rev().fold(0, |word, &byte| word << 8 | usize::from(byte));
                for (index, value) in values.iter_mut().enumerate() {
                    *value = table[word >> (6 * index) & 0x3F];
                }
            }
        }
        Dtype::F4E2M1 => fields::<4>(bytes, values, |code| table[usize::from(code)]),
        Dtype::I4 => fields::<4>(bytes, values, signed::<4>),
        Dtype::U4 => fields::<4>(bytes, values, f32::from),
        Dtype::I2 => fields::<2>(bytes, values, signed::<2>),
        Dtype::U2 => fields::<2>(bytes, values, f32::from),
    }
}

/// Codes of 4 or 2 bits, the first in the lowest bits of a byte.
fn fields<const BITS: usize>(bytes: &[u8], values: &mut [f32], decode: impl Fn(u8) -> f32) {
    for (&byte, values) in bytes.iter().zip(values.chunks_mut(8 / BITS)) {
        for (index, value) in values.iter_mut().enumerate() {
            *value = decode(byte >> (BITS * index) & ((1 << BITS) - 1));
        }
    }
}

/// A two's complement code of fewer than 8 bits.
fn signed<const BITS: usize>(code: u8) -> f32 {
    f32::from((code << (8 - BITS)) as i8 >> (8 - BITS))
}

/// Integers below 8 bits, one a byte: for files that have no name for the packed ones.
pub(super) fn widened(dtype: Dtype, bytes: &[u8], count: usize) -> Option<(Dtype, Vec<u8>)> {
    let wide = match dtype {
        Dtype::I4 | Dtype::I2 => Dtype::I8,
        Dtype::U4 | Dtype::U2 => Dtype::U8,
        _ => return None,
    };
    let values = decode(dtype, bytes, count);
    Some((wide, values.into_iter().map(|value| value as i16 as u8).collect()))
}

/// Packs codes of `bits` bits densely, the first in the lowest bits, the last byte padded with zeros.
pub(super) fn pack_bits(codes: impl Iterator<Item = u32>, bits: u32) -> Vec<u8> {
    let (mut bytes, mut word, mut filled) = (Vec::new(), 0_u64, 0);
    for code in codes {
        word |= u64::from(code & ((1 << bits) - 1)) << filled;
        filled += bits;
        while filled >= 8 {
            bytes.push(word as u8);
            word >>= 8;
            filled -= 8;
        }
    }
    if filled > 0 {
        bytes.push(word as u8);
    }
    bytes
}

fn each<const N: usize>(bytes: &[u8], values: &mut [f32], decode: impl Fn([u8; N]) -> f32) {
    for (&bytes, value) in bytes.as_chunks::<N>().0.iter().zip(values) {
        *value = decode(bytes);
    }
}

/// The value of every code of a float of up to 8 bits; empty for the other dtypes, which need none.
fn table(dtype: Dtype) -> Vec<f32> {
    let entry = number::find(dtype.name()).filter(|_| dtype.is_float() && dtype.bits() <= 8);
    entry.map_or_else(Vec::new, |entry| (0..1 << dtype.bits()).map(|code| entry.format.decode(code) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_narrow_float_has_a_table() {
        for dtype in Dtype::ALL {
            let expected = if dtype.is_float() && dtype.bits() <= 8 { 1 << dtype.bits() } else { 0 };
            assert_eq!(table(dtype).len(), expected, "{dtype}");
        }
    }

    #[test]
    fn packed_codes_start_at_the_lowest_bit() {
        // Codes 1, 2, 3, 4 of 6 bits as one little-endian number of 24 bits.
        let word = 1_u32 | 2 << 6 | 3 << 12 | 4 << 18;
        assert_eq!(decode(Dtype::F6E2M3, &word.to_le_bytes()[..3], 4), [0.125, 0.25, 0.375, 0.5]);
        assert_eq!(decode(Dtype::F6E3M2, &word.to_le_bytes()[..3], 4), [0.0625, 0.125, 0.1875, 0.25]);
        assert_eq!(decode(Dtype::F4E2M1, &[0x21, 0xF7], 4), [0.5, 1.0, 6.0, -6.0]);
        assert_eq!(decode(Dtype::I4, &[0x21, 0xF8], 3), [1.0, 2.0, -8.0]);
        assert_eq!(decode(Dtype::U4, &[0x21, 0xF8], 4), [1.0, 2.0, 8.0, 15.0]);
        assert_eq!(decode(Dtype::I2, &[0b11_10_01_00], 4), [0.0, 1.0, -2.0, -1.0]);
        assert_eq!(decode(Dtype::U2, &[0b11_10_01_00, 2], 5), [0.0, 1.0, 2.0, 3.0, 2.0]);
    }

    #[test]
    fn codes_are_packed_from_the_lowest_bit() {
        assert_eq!(pack_bits([1, 2, 3, 0, 1].into_iter(), 2), [0b00_11_10_01, 1]);
        assert_eq!(pack_bits([0b101, 0b010, 0b111].into_iter(), 3), [0b11_010_101, 0b1]);
        assert_eq!(pack_bits([0x1F].into_iter(), 4), [0x0F]);
        assert!(pack_bits(std::iter::empty(), 4).is_empty());
    }

    #[test]
    fn narrow_integers_widen_to_bytes() {
        assert_eq!(widened(Dtype::I4, &[0x21, 0xF8], 3), Some((Dtype::I8, vec![1, 2, 0xF8])));
        assert_eq!(widened(Dtype::U2, &[0b11_10_01_00], 4), Some((Dtype::U8, vec![0, 1, 2, 3])));
        assert_eq!(widened(Dtype::I8, &[1], 1), None);
    }

    #[test]
    fn pieces_join_without_a_seam() {
        let count = 3 * PIECE + 8;
        let bytes: Vec<u8> = (0..count * 6 / 8).map(|index| (index * 37 % 251) as u8).collect();
        let values = decode(Dtype::F6E3M2, &bytes, count);
        let fill = |start: usize, buffer: &mut [u8]| {
            buffer.copy_from_slice(&bytes[start..start + buffer.len()]);
            Ok::<(), ()>(())
        };
        assert_eq!(decode_from(Dtype::F6E3M2, count, fill).unwrap(), values);
        assert_eq!(
            decode_from(Dtype::F32, bytes.len() / 4, fill).unwrap(),
            decode(Dtype::F32, &bytes, bytes.len() / 4)
        );
        assert_eq!(decode_from(Dtype::I8, 5, |_, _| Err("no bytes")), Err("no bytes"));
        for (index, &value) in values.iter().enumerate() {
            let bit = index * 6;
            let pair = u16::from(bytes[bit / 8]) | u16::from(*bytes.get(bit / 8 + 1).unwrap_or(&0)) << 8;
            let code = (pair >> (bit % 8) & 0x3F) as u8;
            let word = [code, 0, 0];
            assert_eq!(value, decode(Dtype::F6E3M2, &word, 4)[0], "{index}");
        }
    }

    #[test]
    fn wide_numbers_round_to_nearest_even() {
        assert_eq!(decode(Dtype::I64, &16_777_217_i64.to_le_bytes(), 1), [16_777_216.0]);
        assert_eq!(decode(Dtype::U64, &u64::MAX.to_le_bytes(), 1), [18_446_744_073_709_551_616.0]);
        assert_eq!(decode(Dtype::F64, &1e300_f64.to_le_bytes(), 1), [f32::INFINITY]);
        assert_eq!(decode(Dtype::Bool, &[0, 1, 2], 3), [0.0, 1.0, 1.0]);
    }
}
