//! The tensors that a pickle tells of: names, shapes, strides, and in which storage they lie.

use std::collections::HashSet;

use super::pickle::{Id, Node, Pickle};
use crate::engine::tensor::Dtype;

/// A tensor of the archive.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    pub name: String,
    pub dtype: Dtype,
    /// The name of its storage.
    pub storage: String,
    /// First element, in elements of the storage.
    pub offset: u64,
    pub shape: Vec<u64>,
    /// Steps between neighbours along each axis, in elements.
    pub strides: Vec<u64>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub views: Vec<View>,
    /// Tensors that cannot be shown: name and why.
    pub skipped: Vec<(String, String)>,
}

/// Names of storages and of dtypes.
const TYPES: [(&str, &str, Dtype); 9] = [
    ("DoubleStorage", "float64", Dtype::F64),
    ("FloatStorage", "float32", Dtype::F32),
    ("HalfStorage", "float16", Dtype::F16),
    ("BFloat16Storage", "bfloat16", Dtype::BF16),
    ("LongStorage", "int64", Dtype::I64),
    ("IntStorage", "int32", Dtype::I32),
    ("ShortStorage", "int16", Dtype::I16),
    ("CharStorage", "int8", Dtype::I8),
    ("ByteStorage", "uint8", Dtype::U8),
];

/// Dtypes without a storage of their own.
const MORE: [(&str, Dtype); 8] = [
    ("float8_e4m3fn", Dtype::F8E4M3Fn),
    ("float8_e5m2", Dtype::F8E5M2),
    ("float8_e4m3fnuz", Dtype::F8E4M3Fnuz),
    ("float8_e5m2fnuz", Dtype::F8E5M2Fnuz),
    ("float8_e8m0fnu", Dtype::F8E8M0),
    ("uint16", Dtype::U16),
    ("uint32", Dtype::U32),
    ("uint64", Dtype::U64),
];

/// Attributes of a module that hold its parts and are no part of a parameter's name.
const CONTAINERS: [&str; 3] = ["_parameters", "_buffers", "_modules"];
/// An attribute of recurrent layers that lists their parameters once more.
const REPEATED: &str = "_flat_weights";
/// Containers within containers.
const DEEPEST: usize = 64;

pub(super) fn dtype(name: &str) -> Option<Dtype> {
    let name = name.strip_prefix("torch.")?;
    let name = name.strip_prefix("storage.").unwrap_or(name);
    let stored = TYPES.iter().find(|(storage, dtype, _)| *storage == name || *dtype == name).map(|(.., dtype)| *dtype);
    let more = || MORE.iter().find(|(known, _)| *known == name).map(|(_, dtype)| *dtype);
    stored.or_else(more).or_else(|| matches!(name, "BoolStorage" | "bool").then_some(Dtype::Bool))
}

/// Walks through a pickle's value.
pub(super) fn find(pickle: &Pickle) -> Found {
    let mut walk = Walk { pickle, seen: HashSet::new(), found: Found::default() };
    walk.visit(pickle.root, "", 0);
    walk.found
}

struct Walk<'a> {
    pickle: &'a Pickle,
    /// Containers that have been looked through: they may contain each other.
    seen: HashSet<Id>,
    found: Found,
}

impl Walk<'_> {
    fn visit(&mut self, id: Id, name: &str, depth: usize) {
        if depth == DEEPEST {
            return;
        }
        let pickle = self.pickle;
        match &pickle.nodes[id] {
            Node::Dict(items) if self.seen.insert(id) => {
                for &(key, value) in items {
                    let key = match &pickle.nodes[key] {
                        Node::Text(text) => text.clone(),
                        Node::Int(number) => number.to_string(),
                        _ => continue,
                    };
                    if key == REPEATED {
                        continue;
                    }
                    let inner = match (name.is_empty(), CONTAINERS.contains(&key.as_str())) {
                        (_, true) => name.to_owned(),
                        (true, false) => key,
                        (false, false) => format!("{name}.{key}"),
                    };
                    self.visit(value, &inner, depth + 1);
                }
            }
            Node::List(items) if self.seen.insert(id) => {
                for (index, &value) in items.iter().enumerate() {
                    let inner = if name.is_empty() { index.to_string() } else { format!("{name}.{index}") };
                    self.visit(value, &inner, depth + 1);
                }
            }
            Node::Call { function, arguments, state } => {
                let called = pickle.global(*function).unwrap_or_default();
                match called {
                    "torch._utils._rebuild_parameter" | "torch._utils._rebuild_parameter_with_state" => {
                        if let Some(&tensor) = pickle.list(*arguments).and_then(<[Id]>::first) {
                            self.visit(tensor, name, depth + 1);
                        }
                    }
                    _ if called.starts_with("torch._utils._rebuild_") => match self.tensor(called, *arguments, name) {
                        Ok(view) => self.found.views.push(view),
                        Err(problem) => self.found.skipped.push((name.to_owned(), problem)),
                    },
                    _ => {
                        if let Some(state) = state {
                            self.visit(*state, name, depth + 1);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn tensor(&self, function: &str, arguments: Id, name: &str) -> Result<View, String> {
        let function = function.trim_start_matches("torch._utils.");
        let pickle = self.pickle;
        let typed = function == "_rebuild_tensor_v3";
        if !typed && !matches!(function, "_rebuild_tensor" | "_rebuild_tensor_v2") {
            return Err(format!("{} is not read", function.trim_start_matches("_rebuild_")));
        }
        let unclear = || "its arguments are not those of a tensor".to_owned();
        let items = pickle.list(arguments).ok_or_else(unclear)?;
        let item = |index: usize| items.get(index).copied().ok_or_else(unclear);
        let numbers = |index: usize| -> Result<Vec<u64>, String> {
            let list = pickle.list(item(index)?).ok_or_else(unclear)?;
            list.iter().map(|&id| pickle.number(id)).collect::<Option<_>>().ok_or_else(unclear)
        };
        let Node::Persistent(key) = pickle.nodes[item(0)?] else { return Err(unclear()) };
        // ('storage', type, key, where it was, number of elements)
        let place = pickle.list(key).ok_or_else(unclear)?;
        let storage = place.get(2).and_then(|&id| pickle.text(id)).ok_or_else(unclear)?.to_owned();
        let kind = if typed { item(6)? } else { place.get(1).copied().ok_or_else(unclear)? };
        let kind = pickle.global(kind).ok_or_else(unclear)?;
        let dtype = dtype(kind).ok_or_else(|| format!("elements of {kind} cannot be shown"))?;
        let (shape, strides) = (numbers(2)?, numbers(3)?);
        if shape.len() != strides.len() {
            return Err(unclear());
        }
        // What a view does to its elements as they are read: negate them, or conjugate them.
        let bits = items.get(if typed { 7 } else { 6 }).copied();
        if let Some(bit) = ["neg", "conj"].into_iter().find(|bit| bits.is_some_and(|id| pickle.item(id, bit).is_some()))
        {
            return Err(format!("a lazily changed view ({bit}) is not read; save its clone()"));
        }
        let offset = pickle.number(item(1)?).ok_or_else(unclear)?;
        let name = if name.is_empty() { "tensor" } else { name };
        Ok(View { name: name.to_owned(), dtype, storage, offset, shape, strides })
    }
}
