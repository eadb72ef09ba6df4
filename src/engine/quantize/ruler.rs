//! Tables that lead from a weight to its level: equal cells that know the boundaries within them.

/// What a cell with at most one boundary knows.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// The boundary in the cell, infinite where there is none.
    pub boundary: f32,
    /// The number of the level below it.
    pub below: u32,
    /// The level below it.
    pub lower: f32,
    /// The level above it.
    pub upper: f32,
}

/// Equal cells none of which holds more than one boundary: one comparison gives the level.
#[derive(Clone, Debug)]
pub(super) struct Ruler {
    pub scale: Scale,
    /// As many as the scale has.
    pub cells: Vec<Cell>,
}

/// Equal cells with the boundaries before each, for levels that are too close for a [`Ruler`].
#[derive(Clone, Debug)]
pub(super) struct Coarse {
    scale: Scale,
    /// Number of boundaries in earlier cells; one longer than there are cells.
    before: Vec<u32>,
}

/// Where a weight's cell is. The same float32 operations for weights and boundaries, each of them monotone: a boundary in an earlier
/// cell lies below the weight, one in a later cell above it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub low: f32,
    pub per_unit: f32,
    pub last: f32,
}

impl Scale {
    /// `count` cells over the boundaries, the first and the last of which hold everything outside; one where the range is too wide
    /// or too narrow for float32.
    fn new(boundaries: &[f32], count: usize) -> Self {
        let whole = Self { low: 0.0, per_unit: 0.0, last: 0.0 };
        let (Some(&first), Some(&last)) = (boundaries.first(), boundaries.last()) else { return whole };
        let per_unit = (count - 2) as f32 / (last - first);
        let low = first - 1.0 / per_unit;
        if per_unit.is_normal() && low.is_finite() { Self { low, per_unit, last: (count - 1) as f32 } } else { whole }
    }

    /// The cell of a weight; that of NaN is the first.
    #[inline(always)]
    fn cell(self, value: f32) -> usize {
        let place = (value - self.low) * self.per_unit;
        let place = if place > 0.0 { place } else { 0.0 };
        (if place < self.last { place } else { self.last }) as usize
    }
}

impl Ruler {
    /// A ruler for sorted levels and the boundaries between them; `None` where two boundaries are too close.
    pub fn new(levels: &[f32], boundaries: &[f32]) -> Option<Self> {
        // As few cells as do, for the first-level cache.
        [1024, 2048, 4096, 8192, 16_384].into_iter().find_map(|count| Self::with_cells(levels, boundaries, count))
    }

    fn with_cells(levels: &[f32], boundaries: &[f32], count: usize) -> Option<Self> {
        let mut ruler = Self { scale: Scale::new(boundaries, count), cells: Vec::with_capacity(count) };
        let mut below = 0;
        for cell in 0..=ruler.scale.last as usize {
            let lower = levels[below];
            match boundaries.get(below) {
                Some(&boundary) if ruler.scale.cell(boundary) == cell => {
                    ruler.cells.push(Cell { boundary, below: below as u32, lower, upper: levels[below + 1] });
                    below += 1;
                }
                _ => ruler.cells.push(Cell { boundary: f32::INFINITY, below: below as u32, lower, upper: lower }),
            }
        }
        // A second boundary in a cell was passed by, and with it all that follow.
        (below == boundaries.len()).then_some(ruler)
    }

    /// The level of a weight that is not NaN.
    #[inline(always)]
    pub fn level(&self, value: f32) -> u32 {
        let cell = self.cells[self.scale.cell(value)];
        cell.below + u32::from(value > cell.boundary)
    }
}

impl Coarse {
    /// As many cells as fit the second-level cache.
    const CELLS: usize = 1 << 16;

    /// A table for sorted boundaries.
    pub fn new(boundaries: &[f32]) -> Self {
        let scale = Scale::new(boundaries, Self::CELLS);
        let mut before = vec![0; scale.last as usize + 2];
        for &boundary in boundaries {
            before[scale.cell(boundary) + 1] += 1;
        }
        for cell in 1..before.len() {
            before[cell] += before[cell - 1];
        }
        Self { scale, before }
    }

    /// The level of a weight that is not NaN.
    #[inline(always)]
    pub fn level(&self, boundaries: &[f32], value: f32) -> u32 {
        let cell = self.scale.cell(value);
        let (first, end) = (self.before[cell], self.before[cell + 1]);
        let within = &boundaries[first as usize..end as usize];
        first + within.partition_point(|&boundary| boundary < value) as u32
    }
}
