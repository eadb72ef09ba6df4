//! Writing flatbuffers forwards: tables first, what they point to behind them.
//!
//! Every offset of the format points forward, so a table can be written as soon as its shape is known and its offsets filled in
//! when their targets have a place. Little-endian; the layout is that of FlatBuffers' "internals" page.

/// Bytes of a flatbuffer from some position of the file on.
pub(super) struct Flat {
    /// Position of the first byte in the file.
    base: u64,
    bytes: Vec<u8>,
}

/// One field of a table, by its number in the schema.
pub(super) enum Field {
    /// A 32-bit scalar.
    Word(u32),
    /// An 8-bit scalar.
    Byte(u8),
    /// A place for an offset, filled in later.
    Offset,
}

/// Where an offset stands that has no target yet: a position in the file.
pub(super) type Slot = u64;

impl Flat {
    /// Nothing yet; `base` is a multiple of 16.
    pub fn new(base: u64) -> Self {
        Self { base, bytes: Vec::new() }
    }

    /// What has been written.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the next byte goes.
    pub fn position(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// Zeros up to a multiple of `unit`.
    pub fn align(&mut self, unit: u64) {
        let padding = self.position().next_multiple_of(unit) - self.position();
        self.bytes.resize(self.bytes.len() + padding as usize, 0);
    }

    /// A place for an offset.
    pub fn slot(&mut self) -> Slot {
        let slot = self.position();
        self.word(0);
        slot
    }

    /// Lets an offset point here.
    ///
    /// # Errors
    /// A distance beyond 32 bits.
    pub fn point(&mut self, slot: Slot, target: u64) -> std::io::Result<()> {
        let distance = distance(slot, target)?;
        let place = (slot - self.base) as usize;
        self.bytes[place..place + 4].copy_from_slice(&distance.to_le_bytes());
        Ok(())
    }

    fn word(&mut self, word: u32) {
        self.bytes.extend_from_slice(&word.to_le_bytes());
    }

    /// A table with these fields; returns its position and the slots of its offsets, in order.
    pub fn table(&mut self, fields: &[(u16, Field)]) -> (u64, Vec<Slot>) {
        let size = |field: &Field| if matches!(field, Field::Byte(_)) { 1 } else { 4 };
        // Wide fields first, so that none needs padding.
        let mut order: Vec<&(u16, Field)> = fields.iter().collect();
        order.sort_by_key(|(_, field)| std::cmp::Reverse(size(field)));
        let numbers = fields.iter().map(|(number, _)| number + 1).max().unwrap_or(0);
        let mut places = vec![0_u16; usize::from(numbers)];
        let mut length = 4;
        for (number, field) in order.iter().copied() {
            places[usize::from(*number)] = length;
            length += size(field);
        }
        self.align(4);
        let vtable = self.position();
        self.bytes.extend_from_slice(&(4 + 2 * numbers).to_le_bytes());
        self.bytes.extend_from_slice(&length.to_le_bytes());
        for place in places {
            self.bytes.extend_from_slice(&place.to_le_bytes());
        }
        self.align(4);
        let table = self.position();
        self.word((table - vtable) as u32);
        let mut slots = Vec::new();
        for (number, field) in order {
            match field {
                Field::Word(word) => self.word(*word),
                Field::Byte(byte) => self.bytes.push(*byte),
                Field::Offset => slots.push((*number, self.slot())),
            }
        }
        slots.sort_unstable();
        (table, slots.into_iter().map(|(_, slot)| slot).collect())
    }

    /// A vector of 32-bit numbers; returns its position.
    pub fn words(&mut self, words: impl ExactSizeIterator<Item = u32>) -> u64 {
        self.align(4);
        let position = self.position();
        self.word(words.len() as u32);
        words.for_each(|word| self.word(word));
        position
    }

    /// A vector of 64-bit numbers.
    pub fn longs(&mut self, longs: impl ExactSizeIterator<Item = i64>) -> u64 {
        // The numbers, not the length before them, are aligned.
        while !(self.position() + 4).is_multiple_of(8) {
            self.bytes.push(0);
        }
        let position = self.position();
        self.word(longs.len() as u32);
        longs.for_each(|long| self.bytes.extend_from_slice(&long.to_le_bytes()));
        position
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> u64 {
        self.align(4);
        let position = self.position();
        self.word(text.len() as u32);
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(0);
        position
    }

    /// A vector of offsets; returns its position and the slots.
    pub fn offsets(&mut self, count: usize) -> (u64, Vec<Slot>) {
        self.align(4);
        let position = self.position();
        self.word(count as u32);
        (position, (0..count).map(|_| self.slot()).collect())
    }
}

/// The offset from a slot to its target.
///
/// # Errors
/// A distance beyond 31 bits: flatbuffers end at 2 GiB.
pub(super) fn distance(slot: Slot, target: u64) -> std::io::Result<u32> {
    u32::try_from(target - slot)
        .ok()
        .filter(|&distance| distance < 1 << 31)
        .ok_or_else(|| std::io::Error::other("a TFLite file ends at 2 GiB; write fewer tensors into one"))
}
