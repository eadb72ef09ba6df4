//! Stored elements → float32.

use half::{bf16, f16};
use rayon::prelude::*;

use crate::engine::number;
use crate::engine::tensor::Dtype;

/// Elements that one task decodes.
const TASK: usize = 1 << 16;

/// Decodes `count` elements. `bytes` must hold them; 6- and 4-bit elements are packed, the first in the low bits.
pub fn decode(dtype: Dtype, big_endian: bool, bytes: &[u8], count: usize) -> Vec<f32> {
    macro_rules! wide {
        ($size:literal, $type:ty, $convert:expr) => {
            each::<$size>(bytes, count, |raw| {
                let convert: fn($type) -> f32 = $convert;
                convert(if big_endian { <$type>::from_be_bytes(raw) } else { <$type>::from_le_bytes(raw) })
            })
        };
    }
    match dtype {
        Dtype::F64 => wide!(8, f64, |value| value as f32),
        Dtype::F32 => wide!(4, f32, |value| value),
        Dtype::F16 => wide!(2, u16, |bits| f16::from_bits(bits).to_f32()),
        Dtype::BF16 => wide!(2, u16, |bits| bf16::from_bits(bits).to_f32()),
        Dtype::I64 => wide!(8, i64, |value| value as f32),
        Dtype::I32 => wide!(4, i32, |value| value as f32),
        Dtype::I16 => wide!(2, i16, f32::from),
        Dtype::I8 => wide!(1, i8, f32::from),
        Dtype::U64 => wide!(8, u64, |value| value as f32),
        Dtype::U32 => wide!(4, u32, |value| value as f32),
        Dtype::U16 => wide!(2, u16, f32::from),
        Dtype::U8 => wide!(1, u8, f32::from),
        Dtype::Bool => wide!(1, u8, |value| f32::from(u8::from(value != 0))),
        Dtype::F8E4M3Fn => table("e4m3fn", bytes, count),
        Dtype::F8E5M2 => table("e5m2", bytes, count),
        Dtype::F8E4M3Fnuz => table("e4m3fnuz", bytes, count),
        Dtype::F8E5M2Fnuz => table("e5m2fnuz", bytes, count),
        Dtype::F8E8M0 => table("e8m0", bytes, count),
        Dtype::F6E2M3 => packed("e2m3fn", 6, bytes, count),
        Dtype::F6E3M2 => packed("e3m2fn", 6, bytes, count),
        Dtype::F4E2M1 => packed("e2m1fn", 4, bytes, count),
    }
}

/// Elements of whole bytes.
fn each<const SIZE: usize>(bytes: &[u8], count: usize, convert: impl Fn([u8; SIZE]) -> f32 + Sync) -> Vec<f32> {
    let (elements, _) = bytes.as_chunks::<SIZE>();
    let mut values = vec![0.0; count];
    values.par_chunks_mut(TASK).zip(elements.par_chunks(TASK)).for_each(|(values, elements)| {
        for (value, element) in values.iter_mut().zip(elements) {
            *value = convert(*element);
        }
    });
    values
}

/// The values of every code of a format of up to 8 bits.
fn values_of(format: &str) -> [f32; 256] {
    let mut values = [f32::NAN; 256];
    if let Some(entry) = number::find(format) {
        for (code, value) in values.iter_mut().enumerate().take(1 << entry.format.bits()) {
            *value = entry.format.decode(code as u64) as f32;
        }
    }
    values
}

fn table(format: &str, bytes: &[u8], count: usize) -> Vec<f32> {
    let values = values_of(format);
    each::<1>(bytes, count, |[code]| values[usize::from(code)])
}

fn packed(format: &str, bits: usize, bytes: &[u8], count: usize) -> Vec<f32> {
    let values = values_of(format);
    let code = |index: usize| {
        let (byte, shift) = (index * bits / 8, index * bits % 8);
        let pair = u16::from(bytes[byte]) | u16::from(bytes.get(byte + 1).copied().unwrap_or(0)) << 8;
        usize::from((pair >> shift) & ((1 << bits) - 1))
    };
    (0..count).into_par_iter().map(|index| values[code(index)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_every_width() {
        assert_eq!(decode(Dtype::F16, false, &[0x40, 0x34], 1), [0.265_625]);
        assert_eq!(decode(Dtype::BF16, true, &[0x40, 0x20], 1), [2.5]);
        assert_eq!(decode(Dtype::I16, true, &[0xFF, 0xFE], 1), [-2.0]);
        assert_eq!(decode(Dtype::F8E4M3Fn, false, &[0x7E, 0xB8], 2), [448.0, -1.0]);
        assert_eq!(decode(Dtype::F8E8M0, false, &[127, 130], 2), [1.0, 8.0]);
        assert_eq!(decode(Dtype::F4E2M1, false, &[0x72, 0x0F], 3), [1.0, 6.0, -6.0]);
        // Codes 1, 2, 3, 31 (7.5) of six bits in three bytes.
        let word = 1_u32 | 2 << 6 | 3 << 12 | 31 << 18;
        assert_eq!(decode(Dtype::F6E2M3, false, &word.to_le_bytes()[..3], 4), [0.125, 0.25, 0.375, 7.5]);
        assert_eq!(decode(Dtype::Bool, false, &[0, 1, 2], 3), [0.0, 1.0, 1.0]);
    }
}
