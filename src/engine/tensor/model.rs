//! A model is a list of named tensors; a tensor is a shape and a way to get at its values.

use std::sync::Arc;

use super::{Bytes, Dtype, Origin, Source, SourceError, Values};

/// A named array. Its values are read when they are needed.
#[derive(Clone)]
pub struct Tensor {
    /// The name in the file, unique within its model.
    pub name: String,
    /// Sizes of the axes, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// How the file stores the elements.
    pub dtype: Dtype,
    /// How the file packs it, where it does: its values are what comes back.
    pub packing: Option<Arc<Packing>>,
    source: Arc<dyn Source>,
}

/// How a file packs a quantized tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Packing {
    /// Text of the scheme that made it.
    pub scheme: String,
    /// What the bits of the payload are for, in file order.
    pub parts: Vec<(String, u64)>,
    /// Bytes of the payload.
    pub bytes: u64,
    /// What the weights were stored as before.
    pub dtype: Dtype,
}

impl Tensor {
    /// A tensor whose values `source` delivers; `shape` must multiply to their number.
    pub fn new(name: impl Into<String>, shape: Vec<usize>, dtype: Dtype, source: impl Source + 'static) -> Self {
        Self { name: name.into(), shape, dtype, packing: None, source: Arc::new(source) }
    }

    /// The same tensor with a word on how its file packs it.
    pub fn with_packing(self, packing: Packing) -> Self {
        Self { packing: Some(Arc::new(packing)), ..self }
    }

    /// A float32 tensor that is already in memory.
    ///
    /// # Panics
    /// If `shape` does not multiply to the number of values.
    pub fn in_memory(name: impl Into<String>, shape: Vec<usize>, values: Vec<f32>) -> Self {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "shape and values differ");
        Self::new(name, shape, Dtype::F32, Values::from(values))
    }

    /// Number of elements.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Bytes in the file.
    pub fn bytes(&self) -> u64 {
        self.dtype.bytes(self.count() as u64)
    }

    /// The values as float32; may be slow. A source that delivers another number than the shape says is an error.
    pub fn values(&self) -> Result<Values, SourceError> {
        let values = self.source.read()?;
        if values.len() == self.count() {
            Ok(values)
        } else {
            let (name, found, expected) = (&self.name, values.len(), self.count());
            Err(SourceError(format!("{name}: {found} values where the shape needs {expected}")))
        }
    }

    /// The elements as the file stores them, converted to row-major order and little-endian: [`Tensor::bytes`] of them.
    ///
    /// # Errors
    /// As [`Tensor::values`].
    pub fn stored(&self) -> Result<Bytes, SourceError> {
        let bytes = self.source.stored()?;
        if bytes.len() as u64 == self.bytes() {
            Ok(bytes)
        } else {
            let (name, found, expected) = (&self.name, bytes.len(), self.bytes());
            Err(SourceError(format!("{name}: {found} bytes where {} of this shape needs {expected}", self.dtype)))
        }
    }

    /// As [`Source::origin`].
    pub fn origin(&self) -> Option<Origin> {
        self.source.origin()
    }

    /// Rows and columns as the pages draw a tensor: the first axis against all others, flattened; one axis is one row.
    pub fn matrix_shape(&self) -> (usize, usize) {
        match *self.shape.as_slice() {
            [] => (1, 1),
            [n] => (1, n),
            [rows, ref rest @ ..] => (rows, rest.iter().product()),
        }
    }
}

impl std::fmt::Debug for Tensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tensor({} {:?} {})", self.name, self.shape, self.dtype)
    }
}

/// The tensors of one file or one built-in example, in file order.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// What tabs and reports call it: a file's name, an example's title.
    pub name: String,
    /// In file order.
    pub tensors: Vec<Tensor>,
    /// Free text that came with the file, key by key.
    pub metadata: Vec<(String, String)>,
}

impl Model {
    /// The tensor of that name.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// Number of elements of all tensors.
    pub fn count(&self) -> u64 {
        self.tensors.iter().map(|tensor| tensor.count() as u64).sum()
    }

    /// Bytes of all tensors in the file.
    pub fn bytes(&self) -> u64 {
        self.tensors.iter().map(Tensor::bytes).sum()
    }

    /// What a quantizer takes by default: every float tensor with two or more axes; where there is none, every float tensor.
    pub fn default_selection(&self) -> Vec<usize> {
        let floats = |least_axes| {
            let chosen = |(index, tensor): (usize, &Tensor)| {
                (tensor.dtype.is_float() && tensor.shape.len() >= least_axes).then_some(index)
            };
            self.tensors.iter().enumerate().filter_map(chosen).collect::<Vec<_>>()
        };
        let matrices = floats(2);
        if matrices.is_empty() { floats(0) } else { matrices }
    }
}
