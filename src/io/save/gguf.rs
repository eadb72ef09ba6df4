//! Writing GGUF version 3: a container of tensors, with the metadata of the file that they come from where that was GGUF.
//!
//! The types of the tensors are known only as they are quantized, so that the head is written with room for them and filled in at
//! the end.

use std::fs::File;
use std::io::{BufWriter, Result, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use super::TensorExport;
use super::format::Layout;
use super::grid::float_bytes;
use super::writer::{Refusal, Tick, Writer, Written, write_all};
use crate::engine::quantize::{Cast, CastScale, Codes, Decoder, Per, Quantized, Quantizer, ScaleFormat, Scheme};
use crate::engine::tensor::ggml::{self, Coding, Ggml};
use crate::engine::tensor::{Bytes, Dtype, Model, Tensor};
use crate::io::atomic::Companion;
use crate::io::blob::Blob;
use crate::io::error::Error;
use crate::io::gguf::{ALIGNMENT, MAGIC, MOST_AXES, Place, open_raw};

/// Keys that this writer sets itself.
const OWN: [&str; 4] =
    ["general.alignment", "general.file_type", "general.quantization_version", "general.quantized_by"];
/// `GGML_QNT_VERSION`.
const QUANTIZATION_VERSION: u32 = 2;
/// A name has fewer bytes than this.
const LONGEST_NAME: usize = 64;
/// Weights of a block of the types that are written.
const BLOCK: usize = 32;

const UINT32: u32 = 4;
const STRING: u32 = 8;

pub(super) struct GgufWriter<'a, 'f> {
    out: &'a mut BufWriter<&'f File>,
    layout: Layout,
    /// Where the type of each tensor goes, its offset behind it.
    slots: Vec<u64>,
    file_type: u64,
    /// What `general.file_type` said in the file that the tensors come from.
    type_before: u32,
    data_start: u64,
    position: u64,
    /// Type and number of weights of what has been written.
    written: Vec<(&'static Ggml, usize)>,
}

/// Why GGUF cannot hold a scheme, as far as one sees without the weights.
pub(super) fn refuses(scheme: &Scheme) -> Option<String> {
    if scheme.storage != Default::default() {
        return Some("GGUF has no sparse indices and no Huffman codes; leave those stages out".to_owned());
    }
    match &scheme.quantizer {
        None | Some(Quantizer::Ggml(_)) => None,
        Some(Quantizer::Cast(Cast { format, scale: CastScale::None, .. })) if matches!(&**format, "fp16" | "bf16") => {
            None
        }
        // The same grid as Q4_0, Q5_0 and Q8_0.
        Some(Quantizer::Linear(linear)) if linear.range.is_symmetric() && matches!(linear.bits, 4 | 5 | 8) => {
            match (linear.per, linear.scale) {
                (Per::Group(BLOCK), ScaleFormat::F16) => None,
                _ => Some("GGUF's even grids have a float16 scale for 32 weights; add scale=f16,per=group:32".to_owned()),
            }
        }
        Some(_) => Some(
            "GGUF holds gguf:q4_0, q4_1, q5_0, q5_1 and q8_0, float:fp16 and float:bf16; choose --layout dequantized for others"
                .to_owned(),
        ),
    }
}

/// Opens what was written, every tensor as its bytes.
pub(super) fn read_back(path: &Path) -> std::result::Result<Model, Error> {
    open_raw(&Blob::open(path)?)
}

fn place(tensor: &Tensor) -> Option<Arc<Place>> {
    tensor.origin()?.downcast::<Place>().ok()
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

impl<'a, 'f> GgufWriter<'a, 'f> {
    /// Writes the head, without what is not yet known.
    pub fn new(out: &'a mut BufWriter<&'f File>, layout: Layout, tensors: &[TensorExport<'_>]) -> Result<Self> {
        let source = tensors.iter().find_map(|export| place(export.tensor)).map(|place| Arc::clone(&place.file));
        let mut carried = match &source {
            Some(file) => file.keys().map_err(std::io::Error::other)?,
            None => Vec::new(),
        };
        let type_before = carried.iter().find(|(key, _)| *key == "general.file_type");
        let type_before =
            type_before.and_then(|(_, value)| Some(u32::from_le_bytes(value.get(4..8)?.try_into().ok()?)));
        carried.retain(|(key, _)| !OWN.contains(key));
        let named = carried.iter().any(|(key, _)| *key == "general.architecture");

        let mut head = MAGIC.to_vec();
        head.extend(3_u32.to_le_bytes());
        head.extend((tensors.len() as u64).to_le_bytes());
        head.extend((carried.len() as u64 + 4 + u64::from(!named)).to_le_bytes());
        if !named {
            text(&mut head, "general.architecture");
            head.extend(STRING.to_le_bytes());
            text(&mut head, "quantscope");
        }
        for (key, value) in carried {
            text(&mut head, key);
            head.extend(value);
        }
        text(&mut head, "general.quantized_by");
        head.extend(STRING.to_le_bytes());
        text(&mut head, concat!("Quantscope ", env!("CARGO_PKG_VERSION")));
        for (key, value) in [
            ("general.alignment", ALIGNMENT as u32),
            ("general.quantization_version", QUANTIZATION_VERSION),
            ("general.file_type", 0),
        ] {
            text(&mut head, key);
            head.extend(UINT32.to_le_bytes());
            head.extend(value.to_le_bytes());
        }
        let file_type = head.len() as u64 - 4;
        let mut slots = Vec::new();
        for TensorExport { tensor, .. } in tensors {
            text(&mut head, &tensor.name);
            let scalar = [1];
            let shape = if tensor.shape.is_empty() { &scalar[..] } else { &tensor.shape };
            head.extend((shape.len() as u32).to_le_bytes());
            shape.iter().rev().for_each(|&axis| head.extend((axis as u64).to_le_bytes()));
            slots.push(head.len() as u64);
            head.extend([0; 12]);
        }
        head.resize(head.len().next_multiple_of(ALIGNMENT as usize), 0);
        out.write_all(&head)?;
        let data_start = head.len() as u64;
        let type_before = type_before.unwrap_or(0);
        let written = Vec::new();
        Ok(Self { out, layout, slots, file_type, type_before, data_start, position: data_start, written })
    }

    /// Appends a tensor's data.
    fn append(
        &mut self,
        tensor: &Tensor,
        name: &'static str,
        bytes: &[u8],
        tick: &mut Tick<'_>,
    ) -> std::result::Result<Vec<Written>, Refusal> {
        let kind = ggml::named(name).ok_or_else(|| format!("GGUF has no {name}"))?;
        if tensor.name.len() >= LONGEST_NAME {
            return Err(
                format!("its name has {} bytes; GGUF has room for {}", tensor.name.len(), LONGEST_NAME - 1).into()
            );
        }
        if tensor.shape.len() > MOST_AXES {
            return Err(format!("{} axes; GGUF has at most {MOST_AXES}", tensor.shape.len()).into());
        }
        let row = tensor.shape.last().copied().unwrap_or(1);
        if row % kind.weights != 0 {
            return Err(format!(
                "GGUF's blocks of {} run along the last axis, which has {row} weights here",
                kind.weights
            )
            .into());
        }
        let mut slot = kind.id.to_le_bytes().to_vec();
        slot.extend((self.position - self.data_start).to_le_bytes());
        write_all(self.out, bytes, tick)?;
        let padding = (bytes.len() as u64).next_multiple_of(ALIGNMENT) - bytes.len() as u64;
        self.out.write_all(&vec![0; padding as usize])?;
        self.position += bytes.len() as u64 + padding;
        self.patch(self.slots[self.written.len()], &slot)?;
        self.written.push((kind, tensor.count()));
        Ok(vec![Written::new(tensor.name.clone(), Dtype::U8, vec![bytes.len()], bytes)])
    }

    fn patch(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        self.out.seek(SeekFrom::Start(at))?;
        self.out.write_all(bytes)?;
        self.out.seek(SeekFrom::Start(self.position))?;
        Ok(())
    }
}

impl Writer for GgufWriter<'_, '_> {
    fn plain(&mut self, tensor: &Tensor, tick: &mut Tick<'_>) -> std::result::Result<Vec<Written>, Refusal> {
        if let Some(place) = place(tensor)
            && let Ok(kind) = place.kind
        {
            // Blocks are copied, decoded or not.
            let bytes = place.blob.bytes(place.range.clone())?;
            return self.append(tensor, kind.name, &bytes, tick);
        }
        let is_it = |row: &&Ggml| matches!(row.coding, Coding::Plain(dtype) if dtype == tensor.dtype);
        let kind = ggml::TYPES.iter().find(is_it);
        let kind = kind.ok_or_else(|| format!("GGUF has no {}; quantize it, or leave it out", tensor.dtype))?;
        let bytes: Bytes = tensor.stored()?;
        self.append(tensor, kind.name, &bytes, tick)
    }

    fn quantized(
        &mut self,
        tensor: &Tensor,
        quantized: &Quantized,
        tick: &mut Tick<'_>,
    ) -> std::result::Result<Vec<Written>, Refusal> {
        if self.layout == Layout::Dequantized || matches!(quantized.codes, Codes::Floats(_)) {
            return self.append(tensor, "F32", &float_bytes(&quantized.reconstruct()), tick);
        }
        if let Some(reason) = refuses(&quantized.scheme) {
            return Err(reason.into());
        }
        let (name, bytes) = match (&quantized.decoder, &quantized.codes) {
            (Decoder::Affine { scale, code_min, .. }, _) => {
                let zero = (1 << (quantized.bits - 1)) + code_min;
                let name = match quantized.bits {
                    4 => "Q4_0",
                    5 => "Q5_0",
                    _ => "Q8_0",
                };
                (name, blocks(quantized, zero, |block| vec![scale[block]]))
            }
            (Decoder::Offset { scale, minimum, .. }, _) => {
                let name = if quantized.bits == 4 { "Q4_1" } else { "Q5_1" };
                (name, blocks(quantized, 0, |block| vec![scale[block], minimum[block]]))
            }
            (_, Codes::Wide(codes)) => {
                let half = matches!(&quantized.scheme.quantizer, Some(Quantizer::Cast(cast)) if cast.format == "fp16");
                let bytes = codes.iter().flat_map(|code| code.to_le_bytes()).collect();
                (if half { "F16" } else { "BF16" }, bytes)
            }
            _ => return Err("GGUF has no type for these codes".to_owned().into()),
        };
        self.append(tensor, name, &bytes, tick)
    }

    fn finish(mut self: Box<Self>, _tick: &mut Tick<'_>) -> Result<Option<Companion>> {
        let file_type = file_type(&self.written).unwrap_or(self.type_before);
        let at = self.file_type;
        self.patch(at, &file_type.to_le_bytes()).map(|()| None)
    }
}

/// Blocks of 32 codes: parameters, fifth bits, nibbles or bytes. `zero` is added to what the codes index.
fn blocks(quantized: &Quantized, zero: i32, parameters: impl Fn(usize) -> Vec<f32>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for block in 0..quantized.codes.len() / BLOCK {
        for parameter in parameters(block) {
            bytes.extend(half::f16::from_f32(parameter).to_le_bytes());
        }
        let code = |index: usize| (i32::from(quantized.codes.get(block * BLOCK + index)) + zero) as u8;
        match quantized.bits {
            // Two's complement: the lowest code is −128.
            8 => bytes.extend((0..BLOCK).map(|index| code(index) ^ 0x80)),
            bits => {
                if bits == 5 {
                    let high = (0..BLOCK).fold(0_u32, |high, index| high | u32::from(code(index) >> 4) << index);
                    bytes.extend(high.to_le_bytes());
                }
                bytes.extend((0..BLOCK / 2).map(|index| (code(index) & 0xF) | code(index + BLOCK / 2) << 4));
            }
        }
    }
    bytes
}

/// `general.file_type` (`enum llama_ftype`) of the type that most weights have; `None` for one that this writer does not make.
fn file_type(written: &[(&'static Ggml, usize)]) -> Option<u32> {
    let weights =
        |name: &str| written.iter().filter(|(kind, _)| kind.name == name).map(|(_, count)| count).sum::<usize>();
    let most = written.iter().map(|(kind, _)| kind.name).max_by_key(|name| weights(name))?;
    Some(match most {
        "F32" => 0,
        "F16" => 1,
        "Q4_0" => 2,
        "Q4_1" => 3,
        "Q8_0" => 7,
        "Q5_0" => 8,
        "Q5_1" => 9,
        "BF16" => 32,
        _ => return None,
    })
}
