//! Weights of `MatMulNBits`, onnxruntime's product with a matrix of a few bits: how language models come as ONNX.
//!
//! The matrix is `[N, K]`; each row is cut into blocks of `block_size` codes. Codes are unsigned, `bits` wide, in `[N, blocks, bytes of a
//! block]` bytes, the first code in the lowest bits; x̂ = (q − zero point) · scale with one scale a block. Zero points are packed the
//! same way, each row filled up to a byte, or floats; without them they are 2^(bits−1). Where `g_idx` is given, it names the group whose scale
//! and zero point belong to a column, in place of the block that its codes lie in. (onnxruntime, `ContribOperators.md`.)

use std::sync::Arc;

use super::dequantize::Stored;
use super::graph::{Blocks, Contents};
use super::source::{OnnxPlace, OnnxSource};
use crate::engine::tensor::{Dtype, Origin, Packing, Source, SourceError, Tensor, Values};

/// The weights of a node, as they are read.
struct Decoded {
    codes: Arc<OnnxSource>,
    scale: Arc<OnnxSource>,
    zero_point: Option<Arc<OnnxSource>>,
    /// The group of each column, where that is not the block.
    order: Option<Arc<OnnxSource>>,
    shape: Shape,
    place: Arc<OnnxPlace>,
}

#[derive(Clone, Copy)]
struct Shape {
    n: usize,
    k: usize,
    bits: usize,
    /// Codes of a block.
    size: usize,
    /// Blocks of a row.
    along: usize,
}

impl Shape {
    fn of(node: &Blocks) -> Option<Self> {
        let whole = |number: i64| usize::try_from(number).ok().filter(|&number| number > 0);
        let (n, k, bits, size) = (whole(node.n)?, whole(node.k)?, whole(node.bits)?, whole(node.size)?);
        (bits <= 8).then_some(Self { n, k, bits, size, along: k.div_ceil(size) })
    }

    /// Blocks, where their number does not overflow.
    fn blocks(self) -> Option<usize> {
        self.n.checked_mul(self.along)
    }

    /// Bytes of a block's codes.
    fn block_bytes(self) -> Option<usize> {
        Some(self.size.checked_mul(self.bits)?.div_ceil(8))
    }

    /// Bytes of a row's zero points.
    fn zero_bytes(self) -> Option<usize> {
        Some(self.along.checked_mul(self.bits)?.div_ceil(8))
    }
}

/// What the weights are called: the node has no name for them.
pub(super) fn label(node: &Blocks) -> String {
    format!("{} dequantized", node.inputs.first().map_or("", String::as_str))
}

/// The tensor of a node, where everything that it takes is stored and fits together; still without a name.
pub(super) fn tensor(
    node: &Blocks,
    contents: &Contents,
    stored: &Stored<'_>,
    sources: &[Arc<OnnxSource>],
) -> Option<Tensor> {
    let shape = Shape::of(node)?;
    let find = |place: usize| stored.find(node.inputs.get(place)?, node.graph);
    let (codes, scale) = (find(0)?, find(1)?);
    let optional = |place: usize| match node.inputs.get(place).filter(|name| !name.is_empty()) {
        Some(_) => find(place).map(Some),
        None => Some(None),
    };
    let (zero_point, order) = (optional(2)?, optional(3)?);
    let proto = |index: usize| &contents.tensors[index].proto;
    let count = |index: usize| proto(index).shape.iter().product::<usize>();
    let blocks = shape.blocks()?;
    let zeros = |index: usize| match proto(index).dtype {
        Dtype::U8 => shape.n.checked_mul(shape.zero_bytes()?),
        dtype => dtype.is_float().then_some(blocks),
    };
    let fits = proto(codes).dtype == Dtype::U8
        && Some(count(codes)) == blocks.checked_mul(shape.block_bytes()?)
        && proto(scale).dtype.is_float()
        && count(scale) == blocks
        && zero_point.is_none_or(|index| zeros(index) == Some(count(index)))
        && order.is_none_or(|index| proto(index).dtype == Dtype::I32 && count(index) >= shape.k);
    if !fits {
        return None;
    }
    let bits = |index: usize| count(index) as u64 * u64::from(proto(index).dtype.bits());
    let mut parts = vec![("codes".to_owned(), bits(codes)), ("scales".to_owned(), bits(scale))];
    parts.extend(zero_point.map(|zero| ("zero points".to_owned(), bits(zero))));
    parts.extend(order.map(|order| ("groups of columns".to_owned(), bits(order))));
    let packing = Packing {
        scheme: format!("ONNX MatMulNBits of {} bits, blocks of {}", shape.bits, shape.size),
        bytes: parts.iter().map(|(_, bits)| bits.div_ceil(8)).sum(),
        parts,
        dtype: Dtype::F32,
    };
    let file = Arc::clone(&sources[codes].place.file);
    let name = label(node);
    let source = Decoded {
        codes: Arc::clone(&sources[codes]),
        scale: Arc::clone(&sources[scale]),
        zero_point: zero_point.map(|zero| Arc::clone(&sources[zero])),
        order: order.map(|order| Arc::clone(&sources[order])),
        shape,
        place: Arc::new(OnnxPlace { file, graph: node.graph, name, computed: true }),
    };
    Some(Tensor::new("", vec![shape.n, shape.k], Dtype::F32, source).with_packing(packing))
}

/// A code of so many bits, the first in the lowest.
fn code(bytes: &[u8], index: usize, bits: usize) -> u8 {
    let (byte, shift) = (index * bits / 8, index * bits % 8);
    let pair = u16::from(bytes[byte]) | bytes.get(byte + 1).map_or(0, |&next| u16::from(next) << 8);
    (pair >> shift & ((1 << bits) - 1)) as u8
}

impl Decoded {
    /// The group of each column, where the node says it.
    fn groups(&self) -> Result<Option<Vec<usize>>, SourceError> {
        let Some(order) = &self.order else { return Ok(None) };
        let (order, along) = (order.read()?, self.shape.along);
        let group = |(column, group): (usize, &f32)| {
            let index = (*group >= 0.0 && *group < along as f32).then_some(*group as usize);
            index.ok_or_else(|| {
                let name = crate::io::error::printable(&self.place.name);
                SourceError(format!("{name}: column {column} is of group {group}, expected 0 to {}", along - 1))
            })
        };
        order.iter().take(self.shape.k).enumerate().map(group).collect::<Result<_, _>>().map(Some)
    }
}

impl Source for Decoded {
    fn read(&self) -> Result<Values, SourceError> {
        let Shape { n, k, bits, size, along } = self.shape;
        let (codes, scale) = (self.codes.stored()?, self.scale.read()?);
        let block_bytes = (size * bits).div_ceil(8);
        let packed = self.zero_point.as_ref().filter(|zero| zero.dtype == Dtype::U8);
        let packed = packed.map(|zero| zero.stored()).transpose()?;
        let floats = self.zero_point.as_ref().filter(|zero| zero.dtype != Dtype::U8);
        let floats = floats.map(|zero| zero.read()).transpose()?;
        let zero_bytes = (along * bits).div_ceil(8);
        let groups = self.groups()?;
        let mut values = Vec::with_capacity(n * k);
        for row in 0..n {
            for column in 0..k {
                let (block, inside) = (row * along + column / size, column % size);
                let group = groups.as_ref().map_or(column / size, |groups| groups[column]);
                let zero = match (&packed, &floats) {
                    (Some(packed), _) => f32::from(code(&packed[row * zero_bytes..], group, bits)),
                    (_, Some(floats)) => floats[row * along + group],
                    _ => f32::from(1_u16 << (bits - 1)),
                };
                let code = f32::from(code(&codes[block * block_bytes..(block + 1) * block_bytes], inside, bits));
                values.push((code - zero) * scale[row * along + group]);
            }
        }
        Ok(Values::from(values))
    }

    fn origin(&self) -> Option<Origin> {
        Some(Arc::clone(&self.place) as Origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_start_at_the_lowest_bit_and_cross_bytes() {
        // 3 bits each: 5, 2, 7, 1.
        let bytes = [0xD5, 0x03];
        assert_eq!([0, 1, 2, 3].map(|index| code(&bytes, index, 3)), [5, 2, 7, 1]);
        assert_eq!([0, 1].map(|index| code(&[0xA3], index, 4)), [3, 10]);
        assert_eq!(code(&[0xA3], 0, 8), 0xA3);
    }
}
