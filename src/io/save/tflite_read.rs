//! Reads the constants of a TFLite file that this program wrote, to compare them with what was meant.

use std::path::Path;

use crate::engine::tensor::{Bytes, Dtype, Model, Source, SourceError, Tensor, Values};
use crate::io::error::{Error, reason};

/// A flatbuffer with every access checked.
struct View<'a> {
    bytes: &'a [u8],
}

impl<'a> View<'a> {
    fn take<const N: usize>(&self, place: usize) -> Option<[u8; N]> {
        self.bytes.get(place..place.checked_add(N)?)?.try_into().ok()
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
        let start = self.follow(self.field(table, number)?)?;
        let count = self.word(start)? as usize;
        self.bytes.get(start + 4..(start + 4).checked_add(count.checked_mul(width)?)?)?;
        Some((0..count).map(move |index| start + 4 + index * width))
    }

    fn text(&self, table: usize, number: usize) -> Option<&'a str> {
        let start = self.follow(self.field(table, number)?)?;
        let count = self.word(start)? as usize;
        std::str::from_utf8(self.bytes.get(start + 4..(start + 4).checked_add(count)?)?).ok()
    }
}

/// The tensors that have data, in file order; codes of fewer than 8 bits one a byte.
///
/// # Errors
/// A file that is not as it was written.
pub(super) fn read_back(path: &Path) -> Result<Model, Error> {
    let bytes = std::fs::read(path).map_err(|error| Error::new(path, reason(&error)))?;
    let tensors =
        tensors(&View { bytes: &bytes }).ok_or_else(|| Error::new(path, "the flatbuffer contradicts itself"))?;
    Ok(Model { name: String::new(), tensors, metadata: Vec::new() })
}

fn tensors(view: &View<'_>) -> Option<Vec<Tensor>> {
    let model = view.follow(0)?;
    let buffers: Vec<usize> = view.vector(model, 4, 4)?.map(|place| view.follow(place)).collect::<Option<_>>()?;
    let graph = view.follow(view.vector(model, 2, 4)?.next()?)?;
    let mut tensors = Vec::new();
    for place in view.vector(graph, 0, 4)? {
        let table = view.follow(place)?;
        let buffer = view.word(view.field(table, 2)?)? as usize;
        let Some(mut data) = view.vector(*buffers.get(buffer)?, 0, 1) else { continue };
        let shape: Vec<usize> =
            view.vector(table, 0, 4)?.map(|place| view.word(place).map(|axis| axis as usize)).collect::<Option<_>>()?;
        let count: usize = shape.iter().try_fold(1_usize, |count, &axis| count.checked_mul(axis))?;
        let start = data.next().unwrap_or(0);
        let bytes = &view.bytes[start..start + data.len() + usize::from(start > 0)];
        let (dtype, bytes) = match view.take::<1>(view.field(table, 1)?)?[0] {
            0 => (Dtype::F32, bytes.to_vec()),
            1 => (Dtype::F16, bytes.to_vec()),
            2 => (Dtype::I32, bytes.to_vec()),
            3 => (Dtype::U8, bytes.to_vec()),
            4 => (Dtype::I64, bytes.to_vec()),
            6 => (Dtype::Bool, bytes.to_vec()),
            7 => (Dtype::I16, bytes.to_vec()),
            9 => (Dtype::I8, bytes.to_vec()),
            10 => (Dtype::F64, bytes.to_vec()),
            12 => (Dtype::U64, bytes.to_vec()),
            15 => (Dtype::U32, bytes.to_vec()),
            16 => (Dtype::U16, bytes.to_vec()),
            17 => (Dtype::I8, unpack(bytes, 4, count)?),
            18 => (Dtype::BF16, bytes.to_vec()),
            19 => (Dtype::I8, unpack(bytes, 2, count)?),
            _ => return None,
        };
        let name = view.text(table, 3)?;
        tensors.push(Tensor::new(name, shape, dtype, Stored(Bytes::new(bytes))));
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

/// Elements that were read back.
pub(super) struct Stored(pub Bytes);

impl Source for Stored {
    fn read(&self) -> Result<Values, SourceError> {
        Err(SourceError("read back as bytes only".to_owned()))
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        Ok(self.0.clone())
    }
}
