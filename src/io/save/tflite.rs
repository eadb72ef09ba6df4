//! Writing TFLite: each weight a constant, each quantized one with an explicit DEQUANTIZE behind it.
//!
//! A graph of constants alone is refused by LiteRT's default delegate. So the graph has one input `x` of one element, every weight
//! that is float in the end has `x` added to it, and the sum is an output under the weight's name: with x = 0 it is the weight.
//! Constants are called `NAME_quantized`, or `NAME_constant` where they are float32 already; what no float comes of keeps its name.
//!
//! The file is laid out so that it can be written one tensor at a time: the model's table and one `Buffer` table a tensor first,
//! then the data (each vector aligned to 16 bytes), last the subgraph that names everything. Numbers of fields and enumerators
//! are those of TensorFlow Lite's `schema.fbs`, version 3.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};

use super::flatbuffer::{Field, Flat, Slot, distance};
use super::format::Layout;
use super::grid::{Grid, float_bytes};
use super::layout;
use super::writer::{Refusal, Tick, Writer, Written, write_all};
use crate::engine::quantize::{Cast, CastScale, Codes, Per, Quantized, Quantizer, Scheme};
use crate::engine::tensor::{Dtype, Tensor};
use crate::io::atomic::Companion;
use crate::io::decode::pack_bits;

/// `BuiltinOperator`.
const ADD: u8 = 0;
const DEQUANTIZE: u8 = 6;
/// `BuiltinOptions.AddOptions`.
const ADD_OPTIONS: u8 = 11;

/// `TensorType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Float32 = 0,
    Float16 = 1,
    Int32 = 2,
    UInt8 = 3,
    Int64 = 4,
    Bool = 6,
    Int16 = 7,
    Int8 = 9,
    Float64 = 10,
    UInt64 = 12,
    UInt32 = 15,
    UInt16 = 16,
    Int4 = 17,
    BFloat16 = 18,
    Int2 = 19,
}

impl Type {
    fn of(dtype: Dtype) -> Option<Self> {
        Some(match dtype {
            Dtype::F64 => Self::Float64,
            Dtype::F32 => Self::Float32,
            Dtype::F16 => Self::Float16,
            Dtype::BF16 => Self::BFloat16,
            Dtype::I64 => Self::Int64,
            Dtype::I32 => Self::Int32,
            Dtype::I16 => Self::Int16,
            Dtype::I8 => Self::Int8,
            Dtype::U64 => Self::UInt64,
            Dtype::U32 => Self::UInt32,
            Dtype::U16 => Self::UInt16,
            Dtype::U8 => Self::UInt8,
            Dtype::Bool => Self::Bool,
            _ => return None,
        })
    }
}

/// A tensor whose data lies in the file.
struct Constant {
    name: String,
    shape: Vec<usize>,
    kind: Type,
    /// Scale and zero point of each channel, and the channel's axis.
    grid: Option<(Vec<f32>, Vec<i64>, usize)>,
    /// Whether a DEQUANTIZE follows.
    dequantized: bool,
}

impl Constant {
    /// Whether it is a float32 tensor in the end, and so an output.
    fn is_output(&self) -> bool {
        self.dequantized || self.kind == Type::Float32
    }

    /// Whether an infinity is among the floats that it comes to.
    fn has_infinities(&self, bytes: &[u8]) -> bool {
        match self.kind {
            Type::Float32 => bytes.as_chunks().0.iter().any(|&word| f32::from_le_bytes(word).is_infinite()),
            Type::Float16 if self.dequantized => {
                bytes.as_chunks().0.iter().any(|&word| half::f16::from_le_bytes(word).is_infinite())
            }
            _ => false,
        }
    }

    /// The name of the constant itself.
    fn stored_name(&self) -> String {
        match (self.dequantized, self.is_output()) {
            (true, _) => format!("{}_quantized", self.name),
            (false, true) => format!("{}_constant", self.name),
            (false, false) => self.name.clone(),
        }
    }
}

pub(super) struct TfliteWriter<'a, 'f> {
    out: &'a mut BufWriter<&'f File>,
    layout: Layout,
    /// Where the next byte goes.
    position: u64,
    /// Offsets of the model's table: operator codes, subgraphs, description.
    model: [Slot; 3],
    /// Offset of the data of each buffer, one a tensor.
    data: Vec<Slot>,
    constants: Vec<Constant>,
    notes: BTreeSet<&'static str>,
}

/// Why TFLite cannot hold a scheme, as far as one sees without the weights.
pub(super) fn refuses(scheme: &Scheme) -> Option<String> {
    if scheme.prune.is_some() && scheme.quantizer.is_none() {
        return None;
    }
    if scheme.storage != Default::default() {
        return Some("TFLite has no sparse indices and no Huffman codes; leave those stages out".to_owned());
    }
    match &scheme.quantizer {
        Some(Quantizer::Linear(linear)) if linear.bits > 8 => {
            Some(format!("TFLite's constants have 2, 4 or 8 bits here, not {}", linear.bits))
        }
        Some(Quantizer::Linear(linear)) => match linear.per {
            Per::Group(_) => Some("TFLite has a scale for the tensor or for each channel, not for groups".to_owned()),
            Per::Tensor | Per::Channel(_) => None,
        },
        Some(Quantizer::Cast(Cast { format, scale: CastScale::None, .. })) if format == "fp16" => None,
        None => None,
        Some(_) => Some(
            "TFLite holds linear codes of up to 8 bits and float:fp16; choose --layout dequantized for others".into(),
        ),
    }
}

impl<'a, 'f> TfliteWriter<'a, 'f> {
    /// Writes the tables for `count` tensors, without what is not yet known.
    pub fn new(out: &'a mut BufWriter<&'f File>, layout: Layout, count: usize) -> std::io::Result<Self> {
        let mut flat = Flat::new(0);
        let root = flat.slot();
        let identifier = u32::from_le_bytes(*b"TFL3");
        let mut start = flat.bytes().to_vec();
        start.extend_from_slice(&identifier.to_le_bytes());
        let mut flat = Flat::new(start.len() as u64);
        let fields =
            [(0, Field::Word(3)), (1, Field::Offset), (2, Field::Offset), (3, Field::Offset), (4, Field::Offset)];
        let (model, slots) = flat.table(&fields);
        start[..4].copy_from_slice(&distance(root, model)?.to_le_bytes());
        // Buffer 0 is always empty: tensors without data use it.
        let (buffers, places) = flat.offsets(count + 1);
        flat.point(slots[3], buffers)?;
        let mut data = Vec::new();
        for (index, place) in places.into_iter().enumerate() {
            let (table, slots) = if index == 0 { flat.table(&[]) } else { flat.table(&[(0, Field::Offset)]) };
            flat.point(place, table)?;
            data.extend(slots);
        }
        out.write_all(&start)?;
        out.write_all(flat.bytes())?;
        let position = flat.position();
        Ok(Self {
            out,
            layout,
            position,
            model: [slots[0], slots[1], slots[2]],
            data,
            constants: Vec::new(),
            notes: BTreeSet::new(),
        })
    }

    /// Appends a constant's data.
    fn append(&mut self, constant: Constant, bytes: &[u8], tick: &mut Tick<'_>) -> Result<(), Refusal> {
        if constant.is_output() && constant.shape.is_empty() {
            self.notes.insert("scalars come out of the graph with the shape [1]");
        }
        if constant.has_infinities(bytes) {
            self.notes
                .insert("infinite weights come out of the graph as ±3.403e38: LiteRT's ADD ends at the largest float");
        }
        let length = u32::try_from(bytes.len()).map_err(|_| "a TFLite file ends at 2 GiB".to_owned())?;
        if constant.shape.iter().any(|&axis| i32::try_from(axis).is_err()) {
            return Err(Refusal::Unfit(format!("TFLite's axes end at 2³¹ − 1, the shape is {:?}", constant.shape)));
        }
        // The data, not the length before it, is aligned.
        let start = (self.position + 4).next_multiple_of(16) - 4;
        self.out.write_all(&vec![0; (start - self.position) as usize])?;
        let slot = self.data[self.constants.len()];
        let offset = distance(slot, start)?;
        self.out.write_all(&length.to_le_bytes())?;
        write_all(&mut self.out, bytes, tick)?;
        self.position = start + 4 + bytes.len() as u64;
        self.patch(slot, offset)?;
        self.constants.push(constant);
        Ok(())
    }

    /// Fills in an offset that was left open.
    fn patch(&mut self, slot: Slot, offset: u32) -> std::io::Result<()> {
        self.out.seek(SeekFrom::Start(slot))?;
        self.out.write_all(&offset.to_le_bytes())?;
        self.out.seek(SeekFrom::Start(self.position))?;
        Ok(())
    }

    /// A linear scheme as a constant: its type, packed bytes and codes one a byte.
    fn constant(
        tensor: &Tensor,
        quantized: &Quantized,
        grid: &Grid<'_>,
    ) -> Result<(Constant, Vec<u8>, Vec<u8>), String> {
        let codes = grid.bytes().ok_or("TFLite's constants have at most 8 bits here")?;
        let packed = |bits| pack_bits(codes.iter().map(|&code| u32::from(code)), bits);
        let flat = !grid.has_zero_points();
        let (kind, bytes) = match (quantized.bits, grid.is_signed()) {
            (2, true) if flat => (Type::Int2, packed(2)),
            (4, true) if flat => (Type::Int4, packed(4)),
            (_, true) => (Type::Int8, codes.clone()),
            (_, false) => (Type::UInt8, codes.clone()),
        };
        let axis = match quantized.scheme.per() {
            Per::Channel(axis) if quantized.shape.len() > 1 => axis,
            _ => 0,
        };
        let zeros = if grid.zero_point.is_empty() {
            vec![0; grid.scale.len()]
        } else {
            grid.zero_point.iter().map(|&zero| i64::from(zero)).collect()
        };
        let constant = Constant {
            name: tensor.name.clone(),
            shape: quantized.shape.clone(),
            kind,
            grid: Some((grid.scale.to_vec(), zeros, axis)),
            dequantized: true,
        };
        Ok((constant, bytes, codes))
    }
}

impl Writer for TfliteWriter<'_, '_> {
    fn plain(&mut self, tensor: &Tensor, tick: &mut Tick<'_>) -> Result<Vec<Written>, Refusal> {
        let part = layout::plain(tensor)?;
        let kind = Type::of(part.dtype).ok_or_else(|| format!("TFLite has no {}", part.dtype))?;
        let constant = Constant { name: part.name, shape: part.shape.clone(), kind, grid: None, dequantized: false };
        let name = constant.stored_name();
        self.append(constant, &part.bytes, tick)?;
        Ok(vec![Written::new(name, part.dtype, part.shape, &part.bytes)])
    }

    fn quantized(
        &mut self,
        tensor: &Tensor,
        quantized: &Quantized,
        tick: &mut Tick<'_>,
    ) -> Result<Vec<Written>, Refusal> {
        let (name, shape) = (tensor.name.clone(), quantized.shape.clone());
        if self.layout == Layout::Dequantized || matches!(quantized.codes, Codes::Floats(_)) {
            let values = quantized.reconstruct();
            let constant = Constant { name, shape: shape.clone(), kind: Type::Float32, grid: None, dequantized: false };
            let name = constant.stored_name();
            self.append(constant, &float_bytes(&values), tick)?;
            return Ok(vec![Written::floats(name, shape, &values)]);
        }
        if let Some(reason) = refuses(&quantized.scheme) {
            return Err(reason.into());
        }
        if let Some(grid) = Grid::of(quantized) {
            let (constant, bytes, codes) = Self::constant(tensor, quantized, &grid)?;
            let dtype = if grid.is_signed() { Dtype::I8 } else { Dtype::U8 };
            let name = constant.stored_name();
            self.append(constant, &bytes, tick)?;
            return Ok(vec![Written::new(name, dtype, shape, &codes)]);
        }
        let Codes::Wide(codes) = &quantized.codes else {
            return Err("TFLite holds float:fp16 as 16-bit codes".to_owned().into());
        };
        let bytes: Vec<u8> = codes.iter().flat_map(|code| code.to_le_bytes()).collect();
        let constant = Constant { name, shape: shape.clone(), kind: Type::Float16, grid: None, dequantized: true };
        let name = constant.stored_name();
        self.append(constant, &bytes, tick)?;
        Ok(vec![Written::new(name, Dtype::F16, shape, &bytes)])
    }

    fn notes(&self) -> Vec<String> {
        self.notes.iter().map(|&note| note.to_owned()).collect()
    }

    fn finish(self: Box<Self>, _tick: &mut Tick<'_>) -> std::io::Result<Option<Companion>> {
        let Self { out, position, model: [codes_slot, graphs_slot, description_slot], constants, .. } = *self;
        let start = position.next_multiple_of(16);
        out.write_all(&vec![0; (start - position) as usize])?;
        let mut flat = Flat::new(start);
        let (codes, places) = flat.offsets(2);
        for (place, (operator, version)) in places.into_iter().zip([(DEQUANTIZE, version(&constants)), (ADD, 1)]) {
            let fields = [(0, Field::Byte(operator)), (2, Field::Word(version)), (3, Field::Word(u32::from(operator)))];
            let (code, _) = flat.table(&fields);
            flat.point(place, code)?;
        }
        let description = flat.text(concat!("Quantscope ", env!("CARGO_PKG_VERSION")));
        let (graphs, places) = flat.offsets(1);
        let fields =
            [(0, Field::Offset), (1, Field::Offset), (2, Field::Offset), (3, Field::Offset), (4, Field::Offset)];
        let (graph, slots) = flat.table(&fields);
        flat.point(places[0], graph)?;
        subgraph(&mut flat, &slots, &constants)?;
        out.write_all(flat.bytes())?;
        for (slot, target) in [(codes_slot, codes), (graphs_slot, graphs), (description_slot, description)] {
            out.seek(SeekFrom::Start(slot))?;
            out.write_all(&distance(slot, target)?.to_le_bytes())?;
        }
        out.seek(SeekFrom::End(0))?;
        Ok(None)
    }
}

/// The version of DEQUANTIZE that the constants need (`register.cc`): 2 for int8, 3 for float16, 5 by channel, 6 for int4.
fn version(constants: &[Constant]) -> u32 {
    let needs = |constant: &Constant| match (constant.kind, &constant.grid) {
        (Type::Int4 | Type::Int2, _) => 6,
        (_, Some((scale, ..))) if scale.len() > 1 => 5,
        (Type::Float16, _) => 3,
        _ => 2,
    };
    constants.iter().filter(|constant| constant.dequantized).map(needs).max().unwrap_or(2)
}

/// One operator of the graph: its number among the operator codes, inputs and output by tensor.
struct Step {
    code: u32,
    inputs: Vec<u32>,
    output: u32,
}

/// Tensors, inputs, outputs and operators behind the subgraph's slots.
fn subgraph(flat: &mut Flat, slots: &[Slot], constants: &[Constant]) -> std::io::Result<()> {
    let floats = constants.iter().filter(|constant| constant.is_output()).count();
    let dequantized = constants.iter().filter(|constant| constant.dequantized).count();
    let (tensors, places) = flat.offsets(constants.len() + 1 + dequantized + floats);
    flat.point(slots[0], tensors)?;
    let mut places = places.into_iter();
    let mut place = || places.next().unwrap_or_default();
    for (index, constant) in constants.iter().enumerate() {
        let (name, grid) = (constant.stored_name(), constant.grid.as_ref());
        tensor(flat, place(), &name, &constant.shape, constant.kind, index as u32 + 1, grid)?;
    }
    let x = constants.len() as u32;
    tensor(flat, place(), "x", &[1], Type::Float32, 0, None)?;
    let (mut steps, mut outputs, mut next) = (Vec::new(), Vec::new(), x + 1);
    for (index, constant) in constants.iter().enumerate().filter(|(_, constant)| constant.is_output()) {
        let mut value = index as u32;
        let mut add = |flat: &mut Flat, name: &str, code: u32, inputs: Vec<u32>| -> std::io::Result<u32> {
            tensor(flat, place(), name, &constant.shape, Type::Float32, 0, None)?;
            steps.push(Step { code, inputs, output: next });
            next += 1;
            Ok(next - 1)
        };
        if constant.dequantized {
            value = add(flat, &format!("{}_dequantized", constant.name), 0, vec![value])?;
        }
        outputs.push(add(flat, &constant.name, 1, vec![value, x])?);
    }
    let inputs = flat.words([x].into_iter());
    flat.point(slots[1], inputs)?;
    let outputs = flat.words(outputs.into_iter());
    flat.point(slots[2], outputs)?;
    let (operators, places) = flat.offsets(steps.len());
    flat.point(slots[3], operators)?;
    for (Step { code, inputs, output }, place) in steps.into_iter().zip(places) {
        let mut fields = vec![(0, Field::Word(code)), (1, Field::Offset), (2, Field::Offset)];
        if code == 1 {
            fields.extend([(3, Field::Byte(ADD_OPTIONS)), (4, Field::Offset)]);
        }
        let (operator, slots) = flat.table(&fields);
        flat.point(place, operator)?;
        let inputs = flat.words(inputs.into_iter());
        flat.point(slots[0], inputs)?;
        let outputs = flat.words([output].into_iter());
        flat.point(slots[1], outputs)?;
        if let Some(&options) = slots.get(2) {
            let (table, _) = flat.table(&[]);
            flat.point(options, table)?;
        }
    }
    let name = flat.text("main");
    flat.point(slots[4], name)
}

fn tensor(
    flat: &mut Flat,
    place: Slot,
    name: &str,
    shape: &[usize],
    kind: Type,
    buffer: u32,
    grid: Option<&(Vec<f32>, Vec<i64>, usize)>,
) -> std::io::Result<()> {
    let mut fields =
        vec![(0, Field::Offset), (1, Field::Byte(kind as u8)), (2, Field::Word(buffer)), (3, Field::Offset)];
    if grid.is_some() {
        fields.push((4, Field::Offset));
    }
    let (table, slots) = flat.table(&fields);
    flat.point(place, table)?;
    let shape = flat.words(shape.iter().map(|&axis| axis as u32));
    flat.point(slots[0], shape)?;
    let name = flat.text(name);
    flat.point(slots[1], name)?;
    let Some((scale, zeros, axis)) = grid else { return Ok(()) };
    let (table, parts) = flat.table(&[(2, Field::Offset), (3, Field::Offset), (6, Field::Word(*axis as u32))]);
    flat.point(slots[2], table)?;
    let scale = flat.words(scale.iter().map(|scale| scale.to_bits()));
    flat.point(parts[0], scale)?;
    let zeros = flat.longs(zeros.iter().copied());
    flat.point(parts[1], zeros)
}
