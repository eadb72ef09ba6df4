//! A tensor in the new model: its data inside, or in a file beside where the model is too large for one file.
//!
//! External data: ONNX, `docs/ExternalData.md`. One file holds all of it, under the model's name and `.data`; places of large tensors are
//! multiples of a memory page, so that runtimes can map them.

use super::message::{Data, Rope, bytes, number, text, varint};

/// Tensors below this many bytes stay inside, as the onnx package keeps them.
const SMALL: u64 = 1024;
/// What places in the file beside are multiples of.
const PAGE: u64 = 4096;

/// A `TensorProto`.
#[derive(Clone)]
pub(super) struct Tensor {
    /// Its fields but those that hold data or say where it is.
    pub head: Rope,
    /// Its raw data.
    pub data: Data,
}

/// The file beside the model, as it is put together.
pub(super) struct Outside {
    /// Its name.
    pub location: String,
    /// Everything in it.
    pub content: Rope,
}

impl Outside {
    pub fn new(location: String) -> Self {
        Self { location, content: Rope::default() }
    }

    /// Appends data; where it lies.
    fn place(&mut self, data: Data) -> u64 {
        let start = self.content.length().next_multiple_of(PAGE);
        let padding = start - self.content.length();
        if padding > 0 {
            self.content.push(vec![0; padding as usize]);
        }
        self.content.push_data(data);
        start
    }
}

impl Tensor {
    /// A tensor with a name, a type's number in `TensorProto.DataType`, a shape and its data.
    pub fn new(name: &str, kind: u32, shape: &[usize], data: Data) -> Self {
        let mut head: Vec<u8> = shape.iter().flat_map(|&axis| number(1, axis as u64)).collect();
        head.extend(number(2, kind.into()));
        head.extend(text(8, name));
        Self { head: Rope::of(head), data }
    }

    /// The message. With a file beside, all that is not small goes there.
    pub fn into_message(self, outside: Option<&mut Outside>) -> Rope {
        let Self { head: mut message, data } = self;
        let length = data.length();
        match outside {
            Some(outside) if length >= SMALL => {
                let offset = outside.place(data);
                let (offset, length) = (offset.to_string(), length.to_string());
                for (key, value) in [("location", outside.location.as_str()), ("offset", &offset), ("length", &length)]
                {
                    message.push(bytes(13, &[text(1, key), text(2, value)].concat()));
                }
                message.push(number(14, 1));
            }
            _ => {
                message.push([varint(9 << 3 | 2), varint(length)].concat());
                message.push_data(data);
            }
        }
        message
    }
}
