//! `cast`: a float32 array through a format and back.

use std::path::Path;

use super::Failure;
use super::args::Policy;
use super::numbers::{check, entry};
use crate::engine::number::{Format, Rounding, decode_table, encode_slice};
use crate::engine::tensor::Dtype;
use crate::io;

/// Reads `input`, casts every value and writes the values or the codes to `output`.
pub(super) fn cast(format: &str, input: &Path, output: &Path, codes: bool, policy: Policy) -> Result<String, Failure> {
    let entry = entry(format)?;
    check(entry, policy.overflow)?;
    let bits = entry.format.bits();
    if bits > 16 {
        return Err(Failure::new(format!("{} has {bits} bits; cast takes formats of up to 16", entry.name)));
    }
    let (shape, values) = io::read_npy(input)?;
    let encoded = encode(entry.format, &values, policy);
    let (dtype, bytes) = if !codes {
        let table = decode_table(entry.format);
        (Dtype::F32, encoded.iter().flat_map(|&code| table[usize::from(code)].to_le_bytes()).collect())
    } else if bits <= 8 {
        (Dtype::U8, encoded.iter().map(|&code| code as u8).collect::<Vec<u8>>())
    } else {
        (Dtype::U16, encoded.iter().flat_map(|code| code.to_le_bytes()).collect())
    };
    io::write_npy(output, dtype, &shape, &bytes)?;
    Ok(String::new())
}

fn encode(format: Format, values: &[f32], policy: Policy) -> Vec<u16> {
    if policy.rounding == Rounding::NearestEven {
        let mut codes = vec![0_u16; values.len()];
        encode_slice(format, policy.overflow, values, &mut codes);
        return codes;
    }
    let code = |&value: &f32| format.encode(f64::from(value), policy.rounding, policy.overflow) as u16;
    values.iter().map(code).collect()
}
