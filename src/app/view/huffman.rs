//! A Huffman tree laid out, and a coded string as cells.

use super::figure::{Cell, Table};
use crate::engine::coding::huffman::{Code, Tree};

/// Where a node of the tree lies: leaves from left to right, each as far down as its code is long.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spot {
    /// From 0 at the first leaf to 1 at the last.
    pub across: f32,
    /// Edges from the root.
    pub depth: u32,
}

/// The place of every node of a tree.
pub fn layout(tree: &Tree) -> Vec<Spot> {
    let mut spots = vec![Spot::default(); tree.nodes.len()];
    let Some(root) = tree.nodes.len().checked_sub(1) else { return spots };
    let leaves = tree.leaves();
    let mut next = 0;
    // Down the tree, left before right; a pair lies halfway between its two once both are placed.
    let mut open = vec![(root, 0, false)];
    while let Some((node, depth, done)) = open.pop() {
        match tree.nodes[node].children {
            None => {
                let across = if leaves > 1 { next as f32 / (leaves - 1) as f32 } else { 0.5 };
                spots[node] = Spot { across, depth };
                next += 1;
            }
            Some((left, right)) if done => {
                spots[node] = Spot { across: f32::midpoint(spots[left].across, spots[right].across), depth };
            }
            Some((left, right)) => {
                open.push((node, depth, true));
                open.push((right, depth + 1, false));
                open.push((left, depth + 1, false));
            }
        }
    }
    spots
}

/// One bit of a coded string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitCell {
    /// The bit as it is sent, after the flip.
    pub bit: bool,
    /// Whether it was flipped.
    pub flipped: bool,
    /// The symbol that it belongs to as sent, by place in the string.
    pub owner: usize,
}

/// A string of symbols coded, one bit of it flipped, and decoded again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transmission {
    /// The symbols.
    pub sent: Vec<u16>,
    /// The bits on their way.
    pub bits: Vec<BitCell>,
    /// What is decoded: the symbol, its first bit, one beyond its last.
    pub received: Vec<(u16, usize, usize)>,
    /// Whether each received symbol stands where it was sent: same symbol, same bits.
    pub right: Vec<bool>,
    /// Bits at the end that make no code any more.
    pub rest: usize,
}

impl Transmission {
    /// Sends symbols; those without a code are left out.
    pub fn new(code: &Code, symbols: &[u16], flipped: Option<usize>) -> Self {
        let has_code = |symbol: &&u16| code.lengths.get(usize::from(**symbol)).is_some_and(|length| *length > 0);
        let sent: Vec<u16> = symbols.iter().filter(has_code).copied().collect();
        let mut bits = code.encode_bits(&sent);
        let clean = code.decode_bits(&bits);
        let owners: Vec<usize> = clean
            .iter()
            .enumerate()
            .flat_map(|(place, symbol)| std::iter::repeat_n(place, symbol.end - symbol.start))
            .collect();
        if let Some(bit) = flipped.and_then(|place| bits.get_mut(place)) {
            *bit = !*bit;
        }
        let decoded = code.decode_bits(&bits);
        let received: Vec<(u16, usize, usize)> =
            decoded.iter().map(|symbol| (symbol.symbol, symbol.start, symbol.end)).collect();
        let right = received
            .iter()
            .map(|&(symbol, start, end)| {
                clean.iter().any(|other| (other.symbol, other.start, other.end) == (symbol, start, end))
            })
            .collect();
        let rest = bits.len() - received.last().map_or(0, |&(_, _, end)| end);
        let cell =
            |(place, (bit, owner)): (usize, (bool, usize))| BitCell { bit, owner, flipped: flipped == Some(place) };
        let bits = bits.into_iter().zip(owners).enumerate().map(cell).collect();
        Self { sent, bits, received, right, rest }
    }

    /// A row a bit: what it belongs to as sent, and as received.
    pub fn table(&self) -> Table {
        let mut table = Table::new("Coded indices", &["bit", "value", "flipped", "index sent", "index received"]);
        table.rows = self
            .bits
            .iter()
            .enumerate()
            .map(|(place, bit)| {
                let sent = self.sent.get(bit.owner).map(|symbol| f64::from(*symbol));
                let received = self.received.iter().find(|(_, start, end)| (*start..*end).contains(&place));
                let received = received.map(|(symbol, ..)| f64::from(*symbol));
                let [place, value] = [place as u64, bit.bit.into()].map(Cell::count);
                let flipped = Cell::Text(if bit.flipped { "yes" } else { "no" }.to_owned());
                vec![place, value, flipped, Cell::optional(sent), Cell::optional(received)]
            })
            .collect();
        table
    }

    /// What became of it, in a sentence.
    pub fn words(&self, fixed_bits: u32) -> String {
        let size = format!(
            "{} symbols: {} bit instead of {}",
            self.sent.len(),
            self.bits.len(),
            self.sent.len() as u32 * fixed_bits
        );
        let wrong = self.right.iter().filter(|right| !**right).count();
        if !self.bits.iter().any(|bit| bit.flipped) {
            return format!("{size}; click a bit to flip it");
        }
        let symbols =
            if wrong == 1 { "1 received symbol is".to_owned() } else { format!("{wrong} received symbols are") };
        // Codes often find back into step by themselves: then the end is right again.
        let found = match self.right.iter().rposition(|right| !right) {
            None => "no symbol is wrong".to_owned(),
            Some(last) if last + 1 < self.right.len() && self.rest == 0 => {
                format!("{symbols} wrong, then decoding is in step again")
            }
            Some(_) => format!("{symbols} wrong, to the end"),
        };
        let count = match self.received.len() as i64 - self.sent.len() as i64 {
            0 => String::new(),
            more if more > 0 => format!(", {more} too many"),
            fewer => format!(", {} missing", -fewer),
        };
        format!("One bit flipped: {found}{count}")
    }
}

/// The indices in a typed text; an error names what is none.
///
/// # Errors
/// The first word that is no index of a symbol with a code.
pub fn parse_symbols(text: &str, code: &Code) -> Result<Vec<u16>, String> {
    let words = text.split(|letter: char| letter.is_whitespace() || letter == ',').filter(|word| !word.is_empty());
    words
        .map(|word| match word.parse::<u16>() {
            Ok(symbol) if code.lengths.get(usize::from(symbol)).is_some_and(|length| *length > 0) => Ok(symbol),
            Ok(symbol) => Err(format!("index {symbol} does not occur and has no code")),
            Err(_) => Err(format!("{word} is no index")),
        })
        .collect()
}

/// Every index that occurs with its code, the most frequent first.
pub fn code_table(counts: &[u64], code: &Code) -> Table {
    let words = code.words();
    let mut order: Vec<usize> = (0..counts.len()).filter(|&symbol| counts[symbol] > 0).collect();
    order.sort_by_key(|&symbol| (std::cmp::Reverse(counts[symbol]), symbol));
    let mut table = Table::new("Huffman code", &["index", "count", "code", "bits"]);
    table.rows = order
        .into_iter()
        .map(|symbol| {
            let word = &words[symbol];
            let [index, count, bits] = [symbol as u64, counts[symbol], word.length.into()].map(Cell::count);
            vec![index, count, Cell::Text(word.text()), bits]
        })
        .collect();
    table
}

/// Every node of a tree, leaves first: what it stands for, how often that occurs, where it hangs.
pub fn tree_table(tree: &Tree) -> Table {
    let mut table = Table::new("Huffman tree", &["node", "index", "count", "parent"]);
    table.rows = tree
        .nodes
        .iter()
        .enumerate()
        .map(|(place, node)| {
            let symbol = node.symbol.map(f64::from);
            let parent = node.parent.map(|parent| parent as f64);
            vec![Cell::count(place as u64), Cell::optional(symbol), Cell::count(node.count), Cell::optional(parent)]
        })
        .collect();
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::coding::huffman::entropy;
    use crate::engine::coding::published::FC8_COUNTS;

    #[test]
    fn leaves_stand_side_by_side_at_the_depth_of_their_codes() {
        let counts = [5, 1, 1, 2];
        let tree = Tree::of(&counts);
        let spots = layout(&tree);
        let lengths = tree.lengths(4);
        let mut across: Vec<f32> = Vec::new();
        for (node, spot) in tree.nodes.iter().zip(&spots) {
            if let Some(symbol) = node.symbol {
                assert_eq!(spot.depth, u32::from(lengths[usize::from(symbol)]));
                across.push(spot.across);
            }
        }
        across.sort_by(f32::total_cmp);
        assert_eq!(across, [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]);
        assert!(layout(&Tree::of(&[])).is_empty());
        assert_eq!(layout(&Tree::of(&[7]))[0].across, 0.5);
    }

    #[test]
    fn a_flipped_bit_costs_more_than_one_symbol() {
        let code = Code::of_counts(&[8, 4, 2, 1], 2);
        let symbols = [0, 1, 2, 3, 0, 0, 1];
        let clean = Transmission::new(&code, &symbols, None);
        assert!(clean.right.iter().all(|right| *right) && clean.rest == 0);
        assert_eq!(clean.words(2), "7 symbols: 13 bit instead of 14; click a bit to flip it");
        let broken = Transmission::new(&code, &symbols, Some(0));
        assert!(broken.bits[0].flipped && broken.right.iter().any(|right| !right));
        assert!(broken.words(2).starts_with("One bit flipped: "));
    }

    #[test]
    fn indices_are_read_and_others_refused() {
        let code = Code::of_counts(&[4, 5, 0, 4], 2);
        assert_eq!(parse_symbols("0 1, 3", &code), Ok(vec![0, 1, 3]));
        assert!(parse_symbols("2", &code).unwrap_err().contains("has no code"));
        assert!(parse_symbols("x", &code).unwrap_err().contains("no index"));
    }

    #[test]
    fn the_published_histogram_comes_to_four_bits() {
        let code = Code::of_counts(&FC8_COUNTS, 5);
        assert!((entropy(&FC8_COUNTS) - 3.9593).abs() < 5e-5);
        assert!((code.average(&FC8_COUNTS) - 3.9972).abs() < 5e-5);
    }
}
