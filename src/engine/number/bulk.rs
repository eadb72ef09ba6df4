//! Arrays through a format: the table of all values, float32 slices to codes, and codes to float32.
//!
//! Floats and two's complement integers go through arithmetic without branches, compiled for wide registers as well; other formats of up
//! to 16 bits are decoded by their table and encoded number by number. The functions that start with `par_` cut slices into blocks for
//! the caller's rayon pool.

mod decode;
mod encode;

use std::sync::Arc;

use rayon::prelude::*;

use super::{Format, Overflow, Rounding};

/// Numbers in one block of a parallel conversion: small enough for every thread to get some, large enough to be worth the hand-over.
const BLOCK: usize = 1 << 16;

/// Where codes are stored: a byte for up to 8 bits, else two.
pub trait CodeWord: Copy + Send + Sync {
    /// Bits that fit.
    const BITS: u32;

    /// The low bits of `code`.
    fn truncate(code: u32) -> Self;

    /// The stored bits.
    fn widen(self) -> u32;
}

macro_rules! code_word {
    ($word:ty) => {
        impl CodeWord for $word {
            const BITS: u32 = <$word>::BITS;

            #[inline(always)]
            fn truncate(code: u32) -> Self {
                code as Self
            }

            #[inline(always)]
            fn widen(self) -> u32 {
                u32::from(self)
            }
        }
    };
}

code_word!(u8);
code_word!(u16);

/// The value of every code of a format of up to 16 bits, indexed by code; rounded to float32 where a custom format exceeds it.
///
/// # Panics
/// If the format has more than 16 bits.
pub fn decode_table(format: Format) -> Arc<[f32]> {
    assert!(format.bits() <= 16, "tables are for up to 16 bits");
    (0..=format.last_code()).map(|code| format.decode(code) as f32).collect()
}

/// How a format's numbers are encoded.
#[derive(Clone, Copy)]
enum Encode {
    Floats(encode::FloatPlan),
    Integers(encode::IntegerPlan),
    Each(Format, Overflow),
}

impl Encode {
    fn new<C: CodeWord>(format: Format, overflow: Overflow) -> Self {
        assert!(format.bits() <= C::BITS, "codes of {} bits need a wider word", format.bits());
        let planned = match format {
            Format::Float(float) => encode::FloatPlan::new(float, overflow).map(Self::Floats),
            Format::Integer(integer) => encode::IntegerPlan::new(integer, overflow).map(Self::Integers),
            _ => None,
        };
        planned.unwrap_or(Self::Each(format, overflow))
    }

    fn run<C: CodeWord>(self, values: &[f32], codes: &mut [C]) {
        match self {
            Self::Floats(plan) => encode::floats(plan, values, codes),
            Self::Integers(plan) => encode::integers(plan, values, codes),
            Self::Each(format, overflow) => {
                for (code, &value) in codes.iter_mut().zip(values) {
                    *code = C::truncate(format.encode(f64::from(value), Rounding::NearestEven, overflow) as u32);
                }
            }
        }
    }
}

/// How a format's codes are decoded.
enum Decode {
    Floats(decode::FloatPlan),
    Integers(decode::IntegerPlan),
    Table(Arc<[f32]>),
}

impl Decode {
    fn new<C: CodeWord>(format: Format) -> Self {
        assert!(format.bits() <= C::BITS, "codes of {} bits need a wider word", format.bits());
        let planned = match format {
            Format::Float(float) => decode::FloatPlan::new(float).map(Self::Floats),
            Format::Integer(integer) => decode::IntegerPlan::new(integer).map(Self::Integers),
            _ => None,
        };
        planned.unwrap_or_else(|| Self::Table(decode_table(format)))
    }

    fn run<C: CodeWord>(&self, codes: &[C], values: &mut [f32]) {
        match self {
            Self::Floats(plan) => decode::floats(*plan, codes, values),
            Self::Integers(plan) => decode::integers(*plan, codes, values),
            Self::Table(table) => {
                // The table's length is a power of two.
                let mask = table.len() - 1;
                for (value, &code) in values.iter_mut().zip(codes) {
                    *value = table[code.widen() as usize & mask];
                }
            }
        }
    }
}

/// The code of every value, rounded once to nearest even by the rules of [`Format::encode`].
///
/// # Panics
/// If the slices differ in length, or a code does not fit its word.
pub fn encode_slice<C: CodeWord>(format: Format, overflow: Overflow, values: &[f32], codes: &mut [C]) {
    assert_eq!(values.len(), codes.len(), "one code a value");
    Encode::new::<C>(format, overflow).run(values, codes);
}

/// [`encode_slice`] on all threads of the caller's rayon pool.
///
/// # Panics
/// If the slices differ in length, or a code does not fit its word.
pub fn par_encode_slice<C: CodeWord>(format: Format, overflow: Overflow, values: &[f32], codes: &mut [C]) {
    assert_eq!(values.len(), codes.len(), "one code a value");
    let encode = Encode::new::<C>(format, overflow);
    values.par_chunks(BLOCK).zip(codes.par_chunks_mut(BLOCK)).for_each(|(values, codes)| encode.run(values, codes));
}

/// The value of every code as in [`decode_table`]; bits above the width of the format are ignored.
///
/// # Panics
/// If the slices differ in length, or the format does not fit the word.
pub fn decode_slice<C: CodeWord>(format: Format, codes: &[C], values: &mut [f32]) {
    assert_eq!(values.len(), codes.len(), "one code a value");
    Decode::new::<C>(format).run(codes, values);
}

/// [`decode_slice`] on all threads of the caller's rayon pool.
///
/// # Panics
/// If the slices differ in length, or the format does not fit the word.
pub fn par_decode_slice<C: CodeWord>(format: Format, codes: &[C], values: &mut [f32]) {
    assert_eq!(values.len(), codes.len(), "one code a value");
    let decode = Decode::new::<C>(format);
    codes.par_chunks(BLOCK).zip(values.par_chunks_mut(BLOCK)).for_each(|(codes, values)| decode.run(codes, values));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::CATALOGUE;
    use crate::engine::rng::Rng;

    fn check_decode<C: CodeWord>(format: Format, name: &str) {
        let table = decode_table(format);
        // Every code, with every kind of bits above its width, and a rest that fills no register.
        let codes: Vec<C> = (0..(1_u32 << C::BITS) + 5).map(C::truncate).collect();
        let mut values = vec![0.0; codes.len()];
        decode_slice(format, &codes, &mut values);
        for (code, value) in codes.iter().zip(&values) {
            let expected = table[code.widen() as usize & (table.len() - 1)];
            assert_eq!(value.to_bits(), expected.to_bits(), "{name} {:#x}: {value} {expected}", code.widen());
        }
        let mut parallel = vec![0.0; codes.len()];
        par_decode_slice(format, &codes, &mut parallel);
        assert!(parallel.iter().zip(&values).all(|(a, b)| a.to_bits() == b.to_bits()), "{name}");
    }

    #[test]
    fn decoding_equals_the_table() {
        for entry in CATALOGUE.iter().filter(|entry| entry.format.bits() <= 16) {
            if entry.format.bits() <= 8 {
                check_decode::<u8>(entry.format, entry.name);
            }
            check_decode::<u16>(entry.format, entry.name);
        }
    }

    #[test]
    fn encoding_any_bits_equals_the_scalar_codec() {
        let mut rng = Rng::new(8);
        let mut values: Vec<f32> = (0..3001).map(|_| f32::from_bits(rng.bits() as u32)).collect();
        values.extend((0..3001).map(|_| rng.normal() as f32));
        for entry in CATALOGUE.iter().filter(|entry| entry.format.bits() <= 16) {
            let mut codes = vec![0_u16; values.len()];
            par_encode_slice(entry.format, Overflow::Default, &values, &mut codes);
            for (value, code) in values.iter().zip(codes) {
                let expected = entry.format.encode(f64::from(*value), Rounding::NearestEven, Overflow::Default);
                assert_eq!(u64::from(code), expected, "{} {value:e}", entry.name);
            }
        }
    }
}
