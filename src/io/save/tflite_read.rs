//! Reads the constants of a TFLite file that this program wrote, to compare them with what was meant.

use std::ops::Range;
use std::path::Path;

use crate::engine::tensor::{Bytes, Dtype, Model, Source, SourceError, Tensor, Values};
use crate::io::blob::Blob;
use crate::io::error::Error;
use crate::io::paged::Paged;

/// A flatbuffer with every access checked.
struct View<'a> {
    file: Paged<'a>,
}

impl View<'_> {
    fn take<const N: usize>(&self, place: usize) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.file.fill(place, &mut bytes).ok()?;
        Some(bytes)
    }

    /// Where a vector's elements are, once it is known that the file holds them.
    fn elements(&self, start: usize, width: usize) -> Option<Range<usize>> {
        let first = start.checked_add(4)?;
        let end = first.checked_add((self.word(start)? as usize).checked_mul(width)?)?;
        (end <= self.file.length()).then_some(first..end)
    }

    fn word(&self, place: usize) -> Option<u32> {
        self.take(place).map(u32::from_le_bytes)
    }

    /// Where an offset points.
    fn follow(&self, place: usize) -> Option<usize> {
        place.checked_add(self.word(place)? as usize)
    }

    /// The place of a field of a table.
    fn field(&self, table: usize, number: usize) -> Option<usize> {
        let back = self.take(table).map(i32::from_le_bytes)?;
        let vtable = usize::try_from(table as i64 - i64::from(back)).ok()?;
        let size = usize::from(self.take(vtable).map(u16::from_le_bytes)?);
        let entry = 4 + 2 * number;
        if entry + 2 > size {
            return None;
        }
        let place = usize::from(self.take(vtable + entry).map(u16::from_le_bytes)?);
        (place != 0).then(|| table + place)
    }

    /// The places of a vector's elements.
    fn vector(
        &self,
        table: usize,
        number: usize,
        width: usize,
    ) -> Option<impl ExactSizeIterator<Item = usize> + use<>> {
        let elements = self.elements(self.follow(self.field(table, number)?)?, width)?;
        Some(elements.step_by(width))
    }

    fn text(&self, table: usize, number: usize) -> Option<String> {
        let place = self.elements(self.follow(self.field(table, number)?)?, 1)?;
        let mut bytes = vec![0; place.len()];
        self.file.fill(place.start, &mut bytes).ok()?;
        String::from_utf8(bytes).ok()
    }
}

/// The tensors that have data, in file order; codes of fewer than 8 bits one a byte.
///
/// # Errors
/// A file that is not as it was written.
pub(super) fn read_back(path: &Path) -> Result<Model, Error> {
    let blob = Blob::open(path)?;
    let tensors = tensors(&View { file: Paged::new(&blob) }, &blob)
        .ok_or_else(|| Error::new(path, "the flatbuffer contradicts itself"))?;
    Ok(Model { name: String::new(), tensors, metadata: Vec::new() })
}

fn tensors(view: &View<'_>, blob: &Blob) -> Option<Vec<Tensor>> {
    let model = view.follow(0)?;
    let buffers: Vec<usize> = view.vector(model, 4, 4)?.map(|place| view.follow(place)).collect::<Option<_>>()?;
    let graph = view.follow(view.vector(model, 2, 4)?.next()?)?;
    let mut tensors = Vec::new();
    for place in view.vector(graph, 0, 4)? {
        let table = view.follow(place)?;
        let buffer = view.word(view.field(table, 2)?)? as usize;
        let Some(data) = view.field(*buffers.get(buffer)?, 0) else { continue };
        let range = view.elements(view.follow(data)?, 1)?;
        let shape: Vec<usize> =
            view.vector(table, 0, 4)?.map(|place| view.word(place).map(|axis| axis as usize)).collect::<Option<_>>()?;
        let count: usize = shape.iter().try_fold(1_usize, |count, &axis| count.checked_mul(axis))?;
        let (dtype, bits) = match view.take::<1>(view.field(table, 1)?)?[0] {
            0 => (Dtype::F32, 32),
            1 => (Dtype::F16, 16),
            2 => (Dtype::I32, 32),
            3 => (Dtype::U8, 8),
            4 => (Dtype::I64, 64),
            6 => (Dtype::Bool, 8),
            7 => (Dtype::I16, 16),
            9 => (Dtype::I8, 8),
            10 => (Dtype::F64, 64),
            12 => (Dtype::U64, 64),
            15 => (Dtype::U32, 32),
            16 => (Dtype::U16, 16),
            17 => (Dtype::I8, 4),
            18 => (Dtype::BF16, 16),
            19 => (Dtype::I8, 2),
            _ => return None,
        };
        let name = view.text(table, 3)?;
        tensors.push(Tensor::new(name, shape, dtype, Constant { blob: blob.clone(), range, bits, count }));
    }
    Some(tensors)
}

/// Two's complement codes of `bits` bits, the first in the lowest bits, one a byte.
fn unpack(bytes: &[u8], bits: u32, count: usize) -> Option<Vec<u8>> {
    let per_byte = 8 / bits as usize;
    let code = |index: usize| {
        let code = bytes.get(index / per_byte)? >> (index % per_byte * bits as usize);
        // Up to the top and back: the sign is filled in.
        Some(((code << (8 - bits)) as i8 >> (8 - bits)) as u8)
    };
    (0..count).map(code).collect()
}

/// The elements of a constant.
struct Constant {
    blob: Blob,
    range: Range<usize>,
    bits: u32,
    count: usize,
}

impl Source for Constant {
    fn read(&self) -> Result<Values, SourceError> {
        Err(SourceError("read back as bytes only".to_owned()))
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        let bytes = self.blob.bytes(self.range.clone())?;
        if self.bits >= 8 {
            return Ok(Bytes::new(bytes));
        }
        let codes =
            unpack(&bytes, self.bits, self.count).ok_or_else(|| self.blob.fault("fewer codes than elements"))?;
        Ok(Bytes::new(codes))
    }
}
