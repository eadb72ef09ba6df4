//! `cast`: a float32 array through a format and back.

use std::path::Path;

use super::Failure;
use super::args::Policy as PolicyArgs;
use super::numbers::{entry, policy};
use crate::engine::number::{Format, Policy, Refused, decode_table, encode_slice};
use crate::engine::tensor::Dtype;
use crate::io;

/// Reads `input`, casts every value and writes the values or the codes to `output`.
pub(super) fn cast(
    format: &str,
    input: &Path,
    output: &Path,
    codes: bool,
    asked: PolicyArgs,
) -> Result<String, Failure> {
    let entry = entry(format)?;
    let policy = policy(&entry, asked)?;
    let model = io::open(input)?;
    let [tensor] = model.tensors.as_slice() else {
        let found = model.tensors.len();
        return Err(Failure::new(format!("{}: holds {found} arrays, expected one of float32", input.display())));
    };
    // A wider source would be rounded twice, the first time out of sight.
    if tensor.dtype != Dtype::F32 {
        return Err(Failure::new(format!("{}: is {}, expected float32", input.display(), tensor.dtype)));
    }
    io::check_place(output)?;
    let values = tensor.values().map_err(|error| Failure::new(format!("{}: {error}", input.display())))?;
    let shape = &tensor.shape;
    let encoded = encode(entry.format, &values, policy);
    let encoded = encoded.map_err(|why| Failure::new(format!("{}: {}: {why}", input.display(), entry.name)))?;
    if !codes {
        let decode = decoder(entry.format);
        let bytes: Vec<u8> = encoded.into_iter().flat_map(|code| decode(code).to_le_bytes()).collect();
        io::write_npy(output, Dtype::F32, shape, &bytes)?;
        return Ok(String::new());
    }
    let (dtype, width) = match entry.format.bits() {
        0..=8 => (Dtype::U8, 1),
        9..=16 => (Dtype::U16, 2),
        17..=32 => (Dtype::U32, 4),
        _ => (Dtype::U64, 8),
    };
    let bytes: Vec<u8> = encoded.into_iter().flat_map(|code| code.to_le_bytes().into_iter().take(width)).collect();
    io::write_npy(output, dtype, shape, &bytes)?;
    Ok(String::new())
}

/// Codes to values; through a table where the format is small.
fn decoder(format: Format) -> Box<dyn Fn(u64) -> f32> {
    if format.bits() <= 16 {
        let table = decode_table(format);
        return Box::new(move |code| table[code as usize]);
    }
    // The code came from a float32, so that rounding here can only meet the ends of wide integers.
    Box::new(move |code| format.decode(code) as f32)
}

fn encode(format: Format, values: &[f32], policy: Policy) -> Result<Vec<u64>, Refused> {
    if policy == Policy::new(Default::default(), policy.overflow) && format.bits() <= 16 {
        let mut codes = vec![0_u16; values.len()];
        encode_slice(format, policy.overflow, values, &mut codes);
        return Ok(codes.into_iter().map(u64::from).collect());
    }
    let code = |(index, &value): (u64, &f32)| policy.at(index).encode_f64(format, f64::from(value));
    (0..).zip(values).map(code).collect()
}
