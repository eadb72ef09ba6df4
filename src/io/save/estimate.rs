//! How big a file will be, before it is written.

use super::format::{FileFormat, Layout};
use crate::engine::quantize::{Linear, Partition, Quantizer, Scales, Scheme};

/// About how many bytes a tensor takes: its codes and parameters, without headers; what sparse indices and Huffman codes save
/// is known only afterwards.
pub fn estimate(format: FileFormat, layout: Layout, scheme: &Scheme, shape: &[usize]) -> u64 {
    let count: u64 = shape.iter().map(|&axis| axis as u64).product();
    let groups = Partition::new(scheme.per(), shape).map_or(1, |partition| partition.groups() as u64);
    let bits = scheme.quantizer.as_ref().and_then(Quantizer::bits).map_or(32, u64::from);
    let packed = |bits: u64| (count * bits).div_ceil(8);
    if layout == Layout::Dequantized || bits == 32 {
        return if format == FileFormat::CHeader { count * CHARACTERS_OF_A_FLOAT } else { packed(32) };
    }
    let parameters = groups
        * match &scheme.quantizer {
            Some(Quantizer::Ggml(kind)) => {
                if kind.has_minimum() {
                    4
                } else {
                    2
                }
            }
            Some(Quantizer::KMeans(kmeans)) => 4 * u64::from(kmeans.k),
            Some(Quantizer::Linear(linear)) if !linear.range.is_symmetric() => 8,
            Some(Quantizer::Ternary(ternary)) if ternary.scales == Scales::Two => 8,
            Some(quantizer) if !quantizer.has_parameters() => 0,
            _ => 4,
        };
    let whole_bytes = packed(if bits > 8 { 16 } else { 8 });
    match (format, layout) {
        (FileFormat::Qsz | FileFormat::Gguf, _) | (_, Layout::CompressedTensors) => packed(bits) + parameters,
        (FileFormat::Onnx, _) => packed(bits.next_power_of_two().max(2)) + parameters,
        (FileFormat::Tflite, _) => {
            let narrow = matches!(&scheme.quantizer, Some(Quantizer::Linear(Linear { bits: 2 | 4, range, .. })) if range.is_symmetric());
            (if narrow { packed(bits) } else { whole_bytes }) + groups * 12
        }
        (FileFormat::CHeader, _) => count * CHARACTERS_OF_A_CODE + groups * CHARACTERS_OF_A_FLOAT,
        _ => whole_bytes + parameters,
    }
}

/// ` -12,`
const CHARACTERS_OF_A_CODE: u64 = 5;
/// ` 1.2345678e-2f,`
const CHARACTERS_OF_A_FLOAT: u64 = 15;
