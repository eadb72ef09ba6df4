//! Writing `.qsz`, one tensor at a time; its layout is in [`super::qsz`].

use std::io::{Error, Result, Write};

use super::format::Layout;
use super::layout::{self, Part};
use super::writer::{Refusal, Tick, Writer, Written, write_all};
use crate::engine::coding;
use crate::engine::quantize::Quantized;
use crate::engine::tensor::{Dtype, Tensor};
use crate::io::atomic::Companion;
use crate::io::qsz::{END, Entry, Index, MAGIC, Packed, VERSION};
use crate::io::safetensors::DTYPES;

pub(super) struct QszWriter<W> {
    out: W,
    position: u64,
    entries: Vec<Entry>,
    layout: Layout,
}

impl<W: Write> QszWriter<W> {
    /// A file without tensors.
    pub fn new(mut out: W, layout: Layout) -> Result<Self> {
        out.write_all(&start())?;
        Ok(Self { out, position: start().len() as u64, entries: Vec::new(), layout })
    }

    /// Appends a tensor as it is.
    fn add(&mut self, part: Part, tick: &mut Tick<'_>) -> Result<Vec<Written>> {
        self.append(part.name.clone(), &part.shape, part.dtype, &part.bytes, None, tick)?;
        Ok(vec![Written::new(part.name, part.dtype, part.shape, &part.bytes)])
    }

    /// Appends a tensor that was quantized, packed.
    fn add_packed(&mut self, tensor: &Tensor, quantized: &Quantized, tick: &mut Tick<'_>) -> Result<()> {
        let layout = coding::Layout::of(quantized);
        let header = coding::Header::of(quantized, &layout);
        let ledger = layout.ledger();
        let payload = layout.write(quantized);
        if ledger.bits() != payload.len() as u64 * 8 {
            return Err(Error::other("the payload is not what its ledger says"));
        }
        let packed = Packed {
            scheme: header.scheme.to_string(),
            books: runs(&header.books),
            entries: header.entries,
            ledger: ledger.parts.iter().map(|part| (part.name.to_owned(), part.bits)).collect(),
        };
        self.append(tensor.name.clone(), &tensor.shape, tensor.dtype, &payload, Some(packed), tick)
    }

    fn append(
        &mut self,
        name: String,
        shape: &[usize],
        dtype: Dtype,
        payload: &[u8],
        packed: Option<Packed>,
        tick: &mut Tick<'_>,
    ) -> Result<()> {
        let dtype = DTYPES.iter().find(|(_, known)| *known == dtype).map_or("", |(name, _)| name).to_owned();
        let (bytes, crc32) = (payload.len() as u64, crc32fast::hash(payload));
        let shape = shape.iter().map(|&axis| axis as u64).collect();
        self.entries.push(Entry { name, shape, dtype, bytes, crc32, packed });
        self.position += bytes;
        write_all(&mut self.out, payload, tick)
    }
}

impl<W: Write> Writer for QszWriter<W> {
    fn plain(&mut self, tensor: &Tensor, tick: &mut Tick<'_>) -> std::result::Result<Vec<Written>, Refusal> {
        Ok(self.add(layout::plain(tensor)?, tick)?)
    }

    fn quantized(
        &mut self,
        tensor: &Tensor,
        quantized: &Quantized,
        tick: &mut Tick<'_>,
    ) -> std::result::Result<Vec<Written>, Refusal> {
        if self.layout == Layout::Dequantized {
            let mut written = Vec::new();
            for part in layout::parts(tensor, quantized, self.layout) {
                written.extend(self.add(part, tick)?);
            }
            return Ok(written);
        }
        self.add_packed(tensor, quantized, tick)?;
        Ok(vec![Written::floats(tensor.name.clone(), quantized.shape.clone(), &quantized.reconstruct())])
    }

    /// Writes the index and the end.
    fn finish(mut self: Box<Self>, _tick: &mut Tick<'_>) -> Result<Option<Companion>> {
        let program = concat!("quantscope ", env!("CARGO_PKG_VERSION")).to_owned();
        let index = serde_json::to_vec(&Index { program, tensors: std::mem::take(&mut self.entries) })?;
        let mut footer = Vec::new();
        footer.extend_from_slice(&self.position.to_le_bytes());
        footer.extend_from_slice(&(index.len() as u64).to_le_bytes());
        footer.extend_from_slice(&crc32fast::hash(&index).to_le_bytes());
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&start());
        hasher.update(&footer);
        footer.extend_from_slice(&hasher.finalize().to_le_bytes());
        footer.extend_from_slice(END);
        self.out.write_all(&index)?;
        self.out.write_all(&footer).map(|()| None)
    }
}

/// The bytes before the first payload.
fn start() -> [u8; 8] {
    let mut start = [0; 8];
    start[..4].copy_from_slice(MAGIC);
    start[4..].copy_from_slice(&VERSION.to_le_bytes());
    start
}

/// Equal neighbours taken together: how many, and what.
fn runs(numbers: &[u32]) -> Vec<(u64, u32)> {
    let mut runs: Vec<(u64, u32)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((count, same)) if *same == number => *count += 1,
            _ => runs.push((1, number)),
        }
    }
    runs
}
