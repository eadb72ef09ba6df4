//! How big a file will be, before it is written.

use super::format::{FileFormat, Layout};
use crate::engine::quantize::{Linear, Partition, Quantizer, Scales, Scheme};
use crate::engine::tensor::Tensor;
use crate::io::error::size;

/// A flatbuffer's offsets have 31 bits.
const LARGEST_TFLITE: u64 = (1 << 31) - 1;

/// Why a format has no room for so much; `None` where it has. Tensors come with whether they are quantized.
pub fn too_large<'a>(
    format: FileFormat,
    layout: Layout,
    scheme: &Scheme,
    tensors: impl IntoIterator<Item = (&'a Tensor, bool)>,
) -> Option<String> {
    if format != FileFormat::Tflite {
        return None;
    }
    let bytes = |(tensor, quantized): (&Tensor, bool)| {
        if quantized { estimate(format, layout, scheme, &tensor.shape) } else { tensor.bytes() }
    };
    let total = tensors.into_iter().map(bytes).fold(0_u64, u64::saturating_add);
    (total > LARGEST_TFLITE).then(|| {
        format!(
            "a TFLite file ends at 2 GiB, this would take {}; write one tensor, or safetensors or ONNX",
            size(total)
        )
    })
}

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

/// [`estimate`] where the file's version has no narrower type than bytes: an ONNX graph cannot always be lifted to the version of its
/// operators that has one.
pub fn widest_estimate(format: FileFormat, layout: Layout, scheme: &Scheme, shape: &[usize]) -> u64 {
    let like_bytes = if format == FileFormat::Onnx { FileFormat::Npz } else { format };
    estimate(like_bytes, layout, scheme, shape)
}

/// ` -12,`
const CHARACTERS_OF_A_CODE: u64 = 5;
/// ` 1.2345678e-2f,`
const CHARACTERS_OF_A_FLOAT: u64 = 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tflite_has_no_room_for_is_known_beforehand() {
        // Without elements, for it is the shape that counts: 4 GiB of floats.
        let mut tensor = Tensor::in_memory("w", vec![0], Vec::new());
        tensor.shape = vec![1 << 30, 1];
        let large = vec![tensor; 3];
        let refusal = |format, layout, scheme: &str, count: usize| {
            let scheme = scheme.parse().unwrap();
            too_large(format, layout, &scheme, large[..count].iter().map(|tensor| (tensor, true)))
        };
        let (codes, floats) = (Layout::Codes, Layout::Dequantized);
        assert_eq!(refusal(FileFormat::Tflite, codes, "linear:bits=8", 1), None);
        assert_eq!(refusal(FileFormat::Tflite, codes, "linear:bits=4,range=full", 3), None);
        let said = refusal(FileFormat::Tflite, codes, "linear:bits=8", 2).unwrap();
        assert!(said.contains("ends at 2 GiB, this would take 2.1 GB"), "{said}");
        assert!(refusal(FileFormat::Tflite, floats, "linear:bits=4", 1).is_some());
        assert_eq!(refusal(FileFormat::Onnx, floats, "linear:bits=4", 3), None);
    }
}
