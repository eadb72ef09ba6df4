//! Sparse storage: what is not 0, each with the step from the one before (Han et al. 2016, section 2).
//!
//! A step of b bits is 1…2^b and stored as step − 1. The first one counts from before the first weight. Where a gap is longer than 2^b,
//! a filler with the value 0 is stored 2^b further on, and the rest of the gap is counted from there. Zeros after the last weight
//! that is stored take nothing.

/// One stored weight or filler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies in the tensor, from 0.
    pub position: usize,
    /// Distance from the entry before, 1…2^b.
    pub step: u32,
    /// Whether it only bridges a gap.
    pub filler: bool,
}

/// The entries of weights at these positions (ascending) with steps of `index` bits, fillers included.
pub fn entries(positions: impl IntoIterator<Item = usize>, index: u8) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut walk = Walk::new(index);
    for position in positions {
        let fillers = walk.to(position);
        let before = position + 1 - fillers.last_step as usize - (fillers.number << index);
        for filler in 0..fillers.number {
            let position = before + ((filler + 1) << index) - 1;
            entries.push(Entry { position, step: 1 << index, filler: true });
        }
        entries.push(Entry { position, step: fillers.last_step, filler: false });
    }
    entries
}

/// Steps from position to position.
pub(super) struct Walk {
    index: u8,
    /// First position that no entry has passed.
    next: usize,
}

/// How a gap is crossed.
pub(super) struct Gap {
    /// Fillers on the way.
    pub number: usize,
    /// Step of the entry itself.
    pub last_step: u32,
}

impl Walk {
    pub fn new(index: u8) -> Self {
        Self { index, next: 0 }
    }

    /// Moves on to a position that has not been passed.
    #[inline]
    pub fn to(&mut self, position: usize) -> Gap {
        let gap = position - self.next;
        self.next = position + 1;
        Gap { number: gap >> self.index, last_step: (gap & ((1 << self.index) - 1)) as u32 + 1 }
    }
}

/// What a width of the steps costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    /// Bits of a step.
    pub index: u8,
    /// Fillers that it needs.
    pub fillers: u64,
    /// Bits of all entries: (kept + fillers) · (index + value).
    pub bits: u64,
}

/// The cost of every width from 1 to 16 for weights at these positions (ascending), with values of `value_bits` bits each.
pub fn widths(positions: impl IntoIterator<Item = usize>, value_bits: u32) -> Vec<Width> {
    let mut fillers = [0_u64; 17];
    let (mut next, mut kept) = (0, 0_u64);
    for position in positions {
        let gap = position - next;
        // Most gaps are short: only widths that they exceed need looking at.
        for index in (1..=16_usize).take_while(|index| gap >> index > 0) {
            fillers[index] += (gap >> index) as u64;
        }
        (next, kept) = (position + 1, kept + 1);
    }
    let cost = |index: u8| {
        let fillers = fillers[usize::from(index)];
        Width { index, fillers, bits: (kept + fillers) * u64::from(u32::from(index) + value_bits) }
    };
    (1..=16).map(cost).collect()
}

/// The cheapest of [`widths`]; the narrowest of several.
pub fn best_width(widths: &[Width]) -> Option<Width> {
    widths.iter().copied().min_by_key(|width| (width.bits, width.index))
}

/// What compressed sparse rows would take, for comparison: a values, a column numbers and a pointer for each row and the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Csr {
    /// Rows n.
    pub rows: u64,
    /// Columns.
    pub columns: u64,
    /// Weights that are not 0, a.
    pub kept: u64,
}

impl Csr {
    /// 2a + n + 1.
    pub fn numbers(&self) -> u64 {
        2 * self.kept + self.rows + 1
    }

    /// With values of `value_bits` and all other numbers of 32 bits, as libraries store them.
    pub fn bits(&self, value_bits: u32) -> u64 {
        self.kept * u64::from(value_bits) + 32 * (self.kept + self.rows + 1)
    }

    /// With column numbers and pointers as narrow as they can be.
    pub fn narrow_bits(&self, value_bits: u32) -> u64 {
        let width = |largest: u64| u64::from(64 - largest.leading_zeros());
        let columns = self.kept * width(self.columns.saturating_sub(1));
        self.kept * u64::from(value_bits) + columns + (self.rows + 1) * width(self.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_figure_of_the_paper() {
        // Values at the 1st, 4th and 15th place, steps of 3 bits: 1, 3, a filler at 8, 3.
        let found = entries([0, 3, 14], 3);
        let steps: Vec<(u32, bool)> = found.iter().map(|entry| (entry.step, entry.filler)).collect();
        assert_eq!(steps, [(1, false), (3, false), (8, true), (3, false)]);
        assert_eq!(found.iter().map(|entry| entry.position + 1).collect::<Vec<_>>(), [1, 4, 12, 15]);
    }

    #[test]
    fn a_gap_that_just_fits_needs_no_filler() {
        assert_eq!(entries([7], 3), [Entry { position: 7, step: 8, filler: false }]);
        let longer = entries([8], 3);
        assert_eq!((longer[0].position, longer[0].filler, longer[1].step), (7, true, 1));
        assert!(entries([], 4).is_empty());
    }

    #[test]
    fn the_best_width_weighs_fillers_against_bits() {
        let every_tenth = || (0..1000).map(|place| place * 10 + 9);
        let all = widths(every_tenth(), 4);
        assert_eq!(all[2], Width { index: 3, fillers: 1000, bits: 2000 * 7 });
        assert_eq!(best_width(&all), Some(Width { index: 4, fillers: 0, bits: 8000 }));
        assert_eq!(best_width(&widths([], 4)).map(|width| width.bits), Some(0));
    }

    #[test]
    fn csr_counts_as_the_paper_does() {
        let csr = Csr { rows: 100, columns: 300, kept: 2400 };
        assert_eq!((csr.numbers(), csr.bits(32)), (4901, 4901 * 32));
        assert_eq!(csr.narrow_bits(4), 2400 * (4 + 9) + 101 * 12);
        assert_eq!(Csr { rows: 0, columns: 0, kept: 0 }.narrow_bits(4), 0);
    }

    proptest! {
        #[test]
        fn steps_lead_to_every_position(mask in prop::collection::vec(prop::bool::weighted(0.1), 0..600), index in 1_u8..=9) {
            let positions: Vec<usize> = (0..mask.len()).filter(|&place| mask[place]).collect();
            let found = entries(positions.iter().copied(), index);
            let mut at = -1_i64;
            for entry in &found {
                prop_assert!((1..=1 << index).contains(&entry.step));
                at += i64::from(entry.step);
                prop_assert_eq!(at, entry.position as i64);
            }
            let kept: Vec<usize> = found.iter().filter(|entry| !entry.filler).map(|entry| entry.position).collect();
            prop_assert_eq!(&kept, &positions);
            let width = widths(positions, 5)[usize::from(index) - 1];
            prop_assert_eq!(width.fillers, found.iter().filter(|entry| entry.filler).count() as u64);
            prop_assert_eq!(width.bits, found.len() as u64 * u64::from(index + 5));
        }
    }
}
