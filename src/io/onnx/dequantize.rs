//! `DequantizeLinear` of stored tensors: the weights that a quantized graph computes with.
//!
//! x̂ = (q − zero point) · scale, with one scale a tensor, one along an axis, or one a block along an axis, rounded to the type that comes
//! out: the scale's, or that of `output_dtype` (ONNX operators, DequantizeLinear 10 to 25).

use std::collections::HashMap;
use std::sync::Arc;

use half::{bf16, f16};

use super::graph::{Contents, Dequantize, Found};
use super::proto::DTYPES;
use super::source::{OnnxPlace, OnnxSource};
use crate::engine::tensor::{Bytes, Dtype, Origin, Packing, Source, SourceError, Tensor, Values};

/// The weights of a pair, as they are read.
struct Dequantized {
    codes: Arc<OnnxSource>,
    scale: Arc<OnnxSource>,
    zero_point: Option<Arc<OnnxSource>>,
    layout: Layout,
    /// float32, or a shorter type that the values are rounded to.
    dtype: Dtype,
    place: Arc<OnnxPlace>,
}

/// Which scale belongs to which element. `inner` elements lie between neighbours along the axis of size `axis`.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// One scale for all.
    Whole,
    /// One for each index of the axis.
    Axis { inner: usize, axis: usize },
    /// One for each block of neighbours along the axis, for every index of the others.
    Blocks { inner: usize, axis: usize, block: usize },
}

impl Layout {
    /// The number of the scale of an element.
    fn scale_of(self, index: usize) -> usize {
        match self {
            Self::Whole => 0,
            Self::Axis { inner, axis } => index / inner % axis,
            Self::Blocks { inner, axis, block } => {
                let (outer, along, inside) = (index / (axis * inner), index / inner % axis, index % inner);
                (outer * axis.div_ceil(block) + along / block) * inner + inside
            }
        }
    }
}

/// The tensor that a node computes, where everything that it takes is stored and fits together; still without a name.
pub(super) fn tensor(
    node: &Dequantize,
    contents: &Contents,
    stored: &Stored<'_>,
    sources: &[Arc<OnnxSource>],
) -> Option<Tensor> {
    let find = |name: &String| stored.find(name, node.graph);
    let (codes, scale) = (find(node.inputs.first()?)?, find(node.inputs.get(1)?)?);
    let zero_point = match node.inputs.get(2).filter(|name| !name.is_empty()) {
        Some(name) => Some(find(name)?),
        None => None,
    };
    let proto = |index: usize| &contents.tensors[index].proto;
    let count = |index: usize| proto(index).shape.iter().product::<usize>();
    let (shape, scales) = (&proto(codes).shape, count(scale));
    let axis = usize::try_from(if node.axis < 0 { node.axis + shape.len() as i64 } else { node.axis }).ok();
    let axis = axis.filter(|axis| *axis < shape.len());
    let inner = |axis: usize| shape[axis + 1..].iter().product::<usize>();
    let (layout, per) = match axis {
        Some(axis) if node.block_size > 0 => {
            let block = usize::try_from(node.block_size).ok()?;
            let (inner, size) = (inner(axis), shape[axis]);
            let outer = count(codes).checked_div(size * inner)?;
            if scales != outer * size.div_ceil(block) * inner {
                return None;
            }
            (Layout::Blocks { inner, axis: size, block }, format!(", blocks of {block} along axis {axis}"))
        }
        _ if scales == 1 && node.block_size == 0 => (Layout::Whole, String::new()),
        Some(axis) if scales == shape[axis] && node.block_size == 0 => {
            (Layout::Axis { inner: inner(axis), axis: scales }, format!(", one scale for each index of axis {axis}"))
        }
        _ => return None,
    };
    let zero_fits = zero_point.is_none_or(|zero| count(zero) == scales);
    let are_codes = !matches!(proto(codes).dtype, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16);
    if !(zero_fits && are_codes && proto(scale).dtype.is_float()) {
        return None;
    }
    let bits = |index: usize| count(index) as u64 * u64::from(proto(index).dtype.bits());
    let mut parts = vec![("codes".to_owned(), bits(codes)), ("scales".to_owned(), bits(scale))];
    parts.extend(zero_point.map(|zero| ("zero points".to_owned(), bits(zero))));
    let said = node.gives.and_then(|gives| DTYPES.iter().find(|(number, _)| *number as i64 == gives));
    let dtype = match said.map_or(proto(scale).dtype, |(_, dtype)| *dtype) {
        short @ (Dtype::F16 | Dtype::BF16) => short,
        _ => Dtype::F32,
    };
    let packing = Packing {
        scheme: format!("ONNX {} of {}{per}", node.operator, proto(codes).dtype),
        bytes: parts.iter().map(|(_, bits)| bits.div_ceil(8)).sum(),
        parts,
        dtype,
    };
    let source = Dequantized {
        codes: Arc::clone(&sources[codes]),
        scale: Arc::clone(&sources[scale]),
        zero_point: zero_point.map(|zero| Arc::clone(&sources[zero])),
        layout,
        dtype,
        place: Arc::new(OnnxPlace {
            file: Arc::clone(&sources[codes].place.file),
            graph: node.graph,
            name: node.output.clone(),
            computed: true,
        }),
    };
    Some(Tensor::new("", shape.clone(), dtype, source).with_packing(packing))
}

/// The stored tensors by graph and name.
pub(super) struct Stored<'a> {
    places: HashMap<(usize, &'a str), usize>,
    parents: &'a [Option<usize>],
}

impl<'a> Stored<'a> {
    /// All of them.
    pub fn of(contents: &'a Contents) -> Self {
        let place = |(index, found): (usize, &'a Found)| ((found.graph, found.name.as_str()), index);
        Self { places: contents.tensors.iter().enumerate().map(place).collect(), parents: &contents.parents }
    }

    /// The tensor that a name means in a graph: its own, or that of the nearest graph around it.
    pub fn find(&self, name: &str, graph: usize) -> Option<usize> {
        let around = std::iter::successors(Some(graph), |graph| self.parents[*graph]);
        around.map(|graph| self.places.get(&(graph, name))).find_map(Option::<&usize>::copied)
    }
}

impl Source for Dequantized {
    fn read(&self) -> Result<Values, SourceError> {
        let (codes, scale) = (self.codes.read()?, self.scale.read()?);
        let zero_point = self.zero_point.as_ref().map(|zero| zero.read()).transpose()?;
        let value = |(index, code): (usize, &f32)| {
            let group = self.layout.scale_of(index);
            let product = (code - zero_point.as_ref().map_or(0.0, |zero| zero[group])) * scale[group];
            match self.dtype {
                Dtype::F16 => f16::from_f32(product).to_f32(),
                Dtype::BF16 => bf16::from_f32(product).to_f32(),
                _ => product,
            }
        };
        Ok(Values::from(codes.iter().enumerate().map(value).collect::<Vec<f32>>()))
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        let values = self.read()?;
        let bytes: Vec<u8> = match self.dtype {
            Dtype::F16 => values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
            Dtype::BF16 => values.iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect(),
            _ => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        };
        Ok(Bytes::new(bytes))
    }

    fn origin(&self) -> Option<Origin> {
        Some(Arc::clone(&self.place) as Origin)
    }
}
