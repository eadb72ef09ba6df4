//! Reading pickles without running them: a machine for the opcodes that build data. (The opcodes: CPython's `pickletools.py`.)
//!
//! What a pickle calls is written down and never called: a function and its arguments become a [`Node::Call`], which
//! [`super::tensors`] understands where it is one of the few that rebuild tensors, and nobody otherwise.

/// Where a value is in [`Pickle::nodes`].
pub(super) type Id = usize;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    None,
    Bool(bool),
    Int(i64),
    /// Text; bytes are of no use here.
    Text(String),
    /// A number with a fraction, an integer beyond 64 bits, bytes.
    Other,
    /// Lists, tuples and sets.
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// `module.name`.
    Global(String),
    /// A function with its arguments, or a class with those of its constructor; and the state that it was given later.
    Call {
        function: Id,
        arguments: Id,
        state: Option<Id>,
    },
    /// What lies elsewhere: the arguments say where.
    Persistent(Id),
}

/// A pickle that has been read.
#[derive(Debug)]
pub(super) struct Pickle {
    pub nodes: Vec<Node>,
    /// What it stands for.
    pub root: Id,
    /// Its length, in bytes.
    pub end: usize,
}

impl Pickle {
    /// Reads a pickle: at most as many values as it has bytes.
    ///
    /// # Errors
    /// Where it ends too early, names an opcode that is not known, or takes what is not there.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut machine =
            Machine { bytes, at: 0, nodes: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: Vec::new() };
        loop {
            let start = machine.at;
            match machine.step() {
                Ok(None) => {}
                Ok(Some(root)) => return Ok(Self { nodes: machine.nodes, root, end: machine.at }),
                Err(problem) => return Err(format!("byte {start} of the pickle: {problem}")),
            }
        }
    }

    /// The elements of a list or tuple.
    pub fn list(&self, id: Id) -> Option<&[Id]> {
        match &self.nodes[id] {
            Node::List(items) => Some(items),
            _ => None,
        }
    }

    /// What a dictionary at the root has under a key.
    pub fn entry(&self, key: &str) -> Option<Id> {
        self.item(self.root, key)
    }

    /// What a dictionary has under a key.
    pub fn item(&self, dictionary: Id, key: &str) -> Option<Id> {
        let Node::Dict(items) = &self.nodes[dictionary] else { return None };
        items.iter().find(|(name, _)| self.text(*name) == Some(key)).map(|(_, value)| *value)
    }

    /// The text of a value.
    pub fn text(&self, id: Id) -> Option<&str> {
        match &self.nodes[id] {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name of a function or class.
    pub fn global(&self, id: Id) -> Option<&str> {
        match &self.nodes[id] {
            Node::Global(name) => Some(name),
            _ => None,
        }
    }

    /// A number that is not negative.
    pub fn number(&self, id: Id) -> Option<u64> {
        match self.nodes[id] {
            Node::Int(number) => u64::try_from(number).ok(),
            _ => None,
        }
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: Vec<Option<Id>>,
}

impl Machine<'_> {
    /// One opcode; the result at the end.
    fn step(&mut self) -> Result<Option<Id>, String> {
        let opcode = self.take(1)?[0];
        match opcode {
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'.' => return self.pop().map(Some),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.marked()?),
            b'2' => {
                let top = *self.stack.last().ok_or(EMPTY)?;
                self.stack.push(top);
            }
            b'N' => self.push(Node::None),
            0x88 => self.push(Node::Bool(true)),
            0x89 => self.push(Node::Bool(false)),
            b'J' => {
                let number = i32::from_le_bytes(self.take(4)?.try_into().expect("four bytes"));
                self.push(Node::Int(number.into()));
            }
            b'K' => {
                let number = self.take(1)?[0];
                self.push(Node::Int(number.into()));
            }
            b'M' => {
                let number = self.length(2)?;
                self.push(Node::Int(number as i64));
            }
            0x8A | 0x8B => {
                let length = self.length(if opcode == 0x8A { 1 } else { 4 })?;
                let number = long(self.take(length)?);
                self.push(number);
            }
            b'I' | b'L' => {
                let node = match self.line()?.trim_end_matches('L') {
                    "00" => Node::Bool(false),
                    "01" => Node::Bool(true),
                    number => number.parse().map_or(Node::Other, Node::Int),
                };
                self.push(node);
            }
            b'F' => {
                self.line()?;
                self.push(Node::Other);
            }
            b'G' => {
                self.take(8)?;
                self.push(Node::Other);
            }
            b'V' | b'S' => {
                let text = self.line()?.trim_matches(['\'', '"']).to_owned();
                self.push(Node::Text(text));
            }
            b'X' | b'T' => self.text(4)?,
            0x8C | b'U' => self.text(1)?,
            0x8D => self.text(8)?,
            b'B' | 0x8E | 0x96 | b'C' => {
                let width = if opcode == b'B' {
                    4
                } else if opcode == b'C' {
                    1
                } else {
                    8
                };
                let length = self.length(width)?;
                self.take(length)?;
                self.push(Node::Other);
            }
            b']' | b')' | 0x8F => self.push(Node::List(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            b't' | b'l' | 0x91 => {
                let items = self.marked()?;
                self.push(Node::List(items));
            }
            b'd' => {
                let items = pairs(self.marked()?)?;
                self.push(Node::Dict(items));
            }
            0x85..=0x87 => {
                let first = self.stack.len().checked_sub(usize::from(opcode - 0x84)).ok_or(EMPTY)?;
                let items = self.stack.split_off(first);
                self.push(Node::List(items));
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item])?;
            }
            b'e' | 0x90 => {
                let items = self.marked()?;
                self.extend(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.insert(vec![(key, value)])?;
            }
            b'u' => {
                let items = pairs(self.marked()?)?;
                self.insert(items)?;
            }
            b'c' => {
                let (module, name) = (self.line()?.to_owned(), self.line()?.to_owned());
                self.push(Node::Global(format!("{module}.{name}")));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let part = |id: Id| match &self.nodes[id] {
                    Node::Text(text) => Ok(text.clone()),
                    _ => Err("a name that is no text"),
                };
                let name = format!("{}.{}", part(module)?, part(name)?);
                self.push(Node::Global(name));
            }
            b'R' | 0x81 => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.push(Node::Call { function, arguments, state: None });
            }
            0x92 => {
                let (_, arguments, function) = (self.pop()?, self.pop()?, self.pop()?);
                self.push(Node::Call { function, arguments, state: None });
            }
            b'b' => {
                let new = self.pop()?;
                let object = *self.stack.last().ok_or(EMPTY)?;
                // What a dictionary was filled with is more than the attributes that it is given later.
                if let Node::Call { state, .. } = &mut self.nodes[object] {
                    state.get_or_insert(new);
                }
            }
            b'Q' => {
                let id = self.pop()?;
                self.push(Node::Persistent(id));
            }
            b'q' | b'r' => {
                let place = self.length(if opcode == b'q' { 1 } else { 4 })?;
                self.remember(place)?;
            }
            b'p' => {
                let place = self.line()?.parse().map_err(|_| "a place that is no number")?;
                self.remember(place)?;
            }
            0x94 => {
                let place = self.memo.len();
                self.remember(place)?;
            }
            b'h' | b'j' => {
                let place = self.length(if opcode == b'h' { 1 } else { 4 })?;
                self.recall(place)?;
            }
            b'g' => {
                let place = self.line()?.parse().map_err(|_| "a place that is no number")?;
                self.recall(place)?;
            }
            _ => return Err(format!("opcode 0x{opcode:02x} builds no data that is read here")),
        }
        Ok(None)
    }

    fn push(&mut self, node: Node) {
        self.stack.push(self.nodes.len());
        self.nodes.push(node);
    }

    fn pop(&mut self) -> Result<Id, String> {
        // What lies below a mark is not there for opcodes that take one value.
        if self.marks.last().is_some_and(|&mark| mark >= self.stack.len()) {
            return Err(EMPTY.to_owned());
        }
        self.stack.pop().ok_or_else(|| EMPTY.to_owned())
    }

    /// What lies above the last mark.
    fn marked(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or("no mark to go back to")?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn extend(&mut self, items: Vec<Id>) -> Result<(), String> {
        let list = *self.stack.last().ok_or(EMPTY)?;
        if let Node::List(list) = &mut self.nodes[list] {
            list.extend(items);
        }
        Ok(())
    }

    fn insert(&mut self, items: Vec<(Id, Id)>) -> Result<(), String> {
        let mut object = *self.stack.last().ok_or(EMPTY)?;
        let fresh = self.nodes.len();
        // An ordered dictionary is made by a call, and filled.
        if let Node::Call { state, .. } = &mut self.nodes[object] {
            object = *state.get_or_insert(fresh);
            if object == fresh {
                self.nodes.push(Node::Dict(Vec::new()));
            }
        }
        if let Node::Dict(dict) = &mut self.nodes[object] {
            dict.extend(items);
        }
        Ok(())
    }

    fn remember(&mut self, place: usize) -> Result<(), String> {
        // Places are numbered one after the other; one far beyond would only take memory.
        if place > self.bytes.len() {
            return Err(format!("place {place} is beyond what a pickle of {} bytes needs", self.bytes.len()));
        }
        let top = *self.stack.last().ok_or(EMPTY)?;
        if self.memo.len() <= place {
            self.memo.resize(place + 1, None);
        }
        self.memo[place] = Some(top);
        Ok(())
    }

    fn recall(&mut self, place: usize) -> Result<(), String> {
        let id = self.memo.get(place).copied().flatten().ok_or_else(|| format!("nothing is kept at place {place}"))?;
        self.stack.push(id);
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<&[u8], String> {
        let left = self.bytes.len() - self.at;
        if length > left {
            return Err(format!("{length} bytes are claimed where {left} are left"));
        }
        self.at += length;
        Ok(&self.bytes[self.at - length..self.at])
    }

    /// A little-endian number of so many bytes.
    fn length(&mut self, width: usize) -> Result<usize, String> {
        let number = self.take(width)?.iter().rev().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
        usize::try_from(number).map_err(|_| format!("{number} is too long for this machine"))
    }

    fn text(&mut self, width: usize) -> Result<(), String> {
        let length = self.length(width)?;
        let text = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.push(Node::Text(text));
        Ok(())
    }

    fn line(&mut self) -> Result<&str, String> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or("a line that does not end")?;
        self.at += end + 1;
        std::str::from_utf8(&rest[..end]).map_err(|_| "a line that is not UTF-8".to_owned())
    }
}

const EMPTY: &str = "takes a value where there is none";

fn pairs(items: Vec<Id>) -> Result<Vec<(Id, Id)>, String> {
    let (pairs, rest) = items.as_chunks::<2>();
    if rest.is_empty() {
        Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
    } else {
        Err("a key without a value".to_owned())
    }
}

/// An integer of any length in two's complement.
fn long(bytes: &[u8]) -> Node {
    if bytes.len() > 8 {
        return Node::Other;
    }
    let negative = bytes.last().is_some_and(|&byte| byte >= 0x80);
    let mut wide = [if negative { 0xFF } else { 0 }; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    Node::Int(i64::from_le_bytes(wide))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pickle_calls_is_written_down_and_not_called() {
        // os.system("true"), the classic.
        let pickle = Pickle::read(b"cos\nsystem\n(S'true'\ntR.").unwrap();
        let Node::Call { function, arguments, state: None } = pickle.nodes[pickle.root] else { panic!("a call") };
        assert_eq!(pickle.global(function), Some("os.system"));
        let [argument] = pickle.list(arguments).unwrap() else { panic!("one argument") };
        assert_eq!(pickle.text(*argument), Some("true"));
    }

    #[test]
    fn numbers_of_every_length() {
        for (bytes, expected) in [
            (&b"J\xFE\xFF\xFF\xFF."[..], Node::Int(-2)),
            (b"K\x05.", Node::Int(5)),
            (b"M\x00\x01.", Node::Int(256)),
            (b"\x8A\x01\xFF.", Node::Int(-1)),
            (b"\x8A\x00.", Node::Int(0)),
            (b"\x8A\x09\0\0\0\0\0\0\0\0\x01.", Node::Other),
            (b"I01\n.", Node::Bool(true)),
            (b"L12L\n.", Node::Int(12)),
        ] {
            let pickle = Pickle::read(bytes).unwrap();
            assert_eq!(pickle.nodes[pickle.root], expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_taken() {
        for (bytes, expected) in [
            (&b""[..], "byte 0 of the pickle: 1 bytes are claimed where 0 are left"),
            (b".", "where there is none"),
            (b"(.", "where there is none"),
            (b"N(R.", "where there is none"),
            (b"t.", "no mark to go back to"),
            (b"}(K\x01u.", "a key without a value"),
            (b"X\xFF\xFF\xFF\xFFa", "4294967295 bytes are claimed where 1 are left"),
            (b"Nr\xFF\xFF\xFF\x7F.", "beyond what a pickle"),
            (b"h\x07.", "nothing is kept at place 7"),
            (b"\x82\x01.", "opcode 0x82"),
            (b"cos", "does not end"),
        ] {
            let error = Pickle::read(bytes).unwrap_err();
            assert!(error.contains(expected), "{bytes:?}: {error}");
        }
    }
}
