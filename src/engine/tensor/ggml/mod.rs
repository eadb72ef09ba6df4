//! The types of ggml, the library under llama.cpp: how a block of weights lies in a GGUF file and what it decodes to.
//!
//! Sizes, fields and formulas are those of `ggml-common.h` and `ggml-quants.c`; every decoder does its float32 operations in the
//! order of the reference (the Python package `gguf`), so that equal bytes give equal bits.

mod blocks;
mod super_blocks;

use super::Dtype;

/// One type of ggml.
#[derive(Debug)]
pub struct Ggml {
    /// Its number in files (`enum ggml_type`).
    pub id: u32,
    /// Its name there.
    pub name: &'static str,
    /// Weights in a block; rows are a multiple of it.
    pub weights: usize,
    /// Bytes of a block.
    pub bytes: usize,
    /// What its bytes are.
    pub coding: Coding,
}

/// What the bytes of a block are.
#[derive(Clone, Copy, Debug)]
pub enum Coding {
    /// Elements of an ordinary type, one a block.
    Plain(Dtype),
    /// Codes with parameters; the function decodes one block, given its bytes and room for its weights.
    Block(fn(&[u8], &mut [f32])),
    /// Known by name and size only.
    Opaque,
}

const fn row(id: u32, name: &'static str, weights: usize, bytes: usize, coding: Coding) -> Ggml {
    Ggml { id, name, weights, bytes, coding }
}

/// Every type that files of 2026 have, by number; numbers that were given up long ago (4, 5, 31 to 33, 36 to 38) are left out.
pub static TYPES: &[Ggml] = {
    use Coding::{Block, Opaque, Plain};
    &[
        row(0, "F32", 1, 4, Plain(Dtype::F32)),
        row(1, "F16", 1, 2, Plain(Dtype::F16)),
        row(2, "Q4_0", 32, 18, Block(blocks::q4_0)),
        row(3, "Q4_1", 32, 20, Block(blocks::q4_1)),
        row(6, "Q5_0", 32, 22, Block(blocks::q5_0)),
        row(7, "Q5_1", 32, 24, Block(blocks::q5_1)),
        row(8, "Q8_0", 32, 34, Block(blocks::q8_0)),
        row(9, "Q8_1", 32, 36, Opaque),
        row(10, "Q2_K", 256, 84, Block(super_blocks::q2_k)),
        row(11, "Q3_K", 256, 110, Block(super_blocks::q3_k)),
        row(12, "Q4_K", 256, 144, Block(super_blocks::q4_k)),
        row(13, "Q5_K", 256, 176, Block(super_blocks::q5_k)),
        row(14, "Q6_K", 256, 210, Block(super_blocks::q6_k)),
        row(15, "Q8_K", 256, 292, Block(super_blocks::q8_k)),
        row(16, "IQ2_XXS", 256, 66, Opaque),
        row(17, "IQ2_XS", 256, 74, Opaque),
        row(18, "IQ3_XXS", 256, 98, Opaque),
        row(19, "IQ1_S", 256, 50, Opaque),
        row(20, "IQ4_NL", 32, 18, Block(blocks::iq4_nl)),
        row(21, "IQ3_S", 256, 110, Opaque),
        row(22, "IQ2_S", 256, 82, Opaque),
        row(23, "IQ4_XS", 256, 136, Block(super_blocks::iq4_xs)),
        row(24, "I8", 1, 1, Plain(Dtype::I8)),
        row(25, "I16", 1, 2, Plain(Dtype::I16)),
        row(26, "I32", 1, 4, Plain(Dtype::I32)),
        row(27, "I64", 1, 8, Plain(Dtype::I64)),
        row(28, "F64", 1, 8, Plain(Dtype::F64)),
        row(29, "IQ1_M", 256, 56, Opaque),
        row(30, "BF16", 1, 2, Plain(Dtype::BF16)),
        row(34, "TQ1_0", 256, 54, Block(super_blocks::tq1_0)),
        row(35, "TQ2_0", 256, 66, Block(super_blocks::tq2_0)),
        row(39, "MXFP4", 32, 17, Block(blocks::mxfp4)),
        // Its scale of the whole tensor lies in a tensor of its own.
        row(40, "NVFP4", 64, 36, Opaque),
        row(41, "Q1_0", 128, 18, Opaque),
        row(42, "Q2_0", 64, 18, Opaque),
    ]
};

/// The type of a number in a file.
pub fn find(id: u32) -> Option<&'static Ggml> {
    TYPES.iter().find(|row| row.id == id)
}

/// The type of that name.
pub fn named(name: &str) -> Option<&'static Ggml> {
    TYPES.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// A little-endian float16 as float32.
fn half(bytes: &[u8]) -> f32 {
    half::f16::from_le_bytes([bytes[0], bytes[1]]).to_f32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_the_bits_a_weight_that_are_published() {
        let published = [
            ("Q4_0", 4.5),
            ("Q4_1", 5.0),
            ("Q5_0", 5.5),
            ("Q5_1", 6.0),
            ("Q8_0", 8.5),
            ("Q2_K", 2.625),
            ("Q3_K", 3.4375),
            ("Q4_K", 4.5),
            ("Q5_K", 5.5),
            ("Q6_K", 6.5625),
            ("IQ4_XS", 4.25),
            ("TQ1_0", 1.6875),
            ("TQ2_0", 2.0625),
            ("MXFP4", 4.25),
            ("NVFP4", 4.5),
            ("Q1_0", 1.125),
        ];
        for (name, bits) in published {
            let found = named(name).unwrap();
            assert_eq!(found.bytes as f64 * 8.0 / found.weights as f64, bits, "{name}");
        }
    }

    #[test]
    fn numbers_are_unique_and_every_decoder_fills_its_block() {
        for (index, row) in TYPES.iter().enumerate() {
            assert!(TYPES[..index].iter().all(|other| other.id < row.id && other.name != row.name), "{}", row.name);
            if let Coding::Block(decode) = row.coding {
                let mut values = vec![f32::NAN; row.weights];
                // All bytes 1: no scale is NaN then.
                decode(&vec![1; row.bytes], &mut values);
                assert!(values.iter().all(|value| value.is_finite()), "{}", row.name);
            }
        }
    }
}
