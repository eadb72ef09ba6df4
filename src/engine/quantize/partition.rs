//! Which weights share a scale, a zero point or a codebook.

/// The granularity of a scheme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Per {
    /// All weights of the tensor.
    #[default]
    Tensor,
    /// The weights with the same index along this axis. On a tensor of one axis the same as `Tensor`.
    Channel(usize),
    /// Runs of this many weights along a row (all axes after the first, flattened); the last of a row may be shorter.
    Group(usize),
}

/// A [`Per`] applied to a shape: every element belongs to one of `groups()` groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    count: usize,
    groups: usize,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// One group.
    Whole,
    /// Runs of `inner` neighbours; the group is the run's number modulo the number of groups.
    Cyclic { inner: usize },
    /// Rows of `row` elements, each cut into groups of `size` and a shorter last one.
    Rows { row: usize, size: usize },
}

impl Partition {
    /// Applies `per` to `shape`.
    ///
    /// # Errors
    /// An axis that the shape lacks, or a group size of 0, as a sentence.
    pub fn new(per: Per, shape: &[usize]) -> Result<Self, String> {
        let count = shape.iter().product::<usize>();
        let whole = Self { count, groups: 1, kind: Kind::Whole };
        match per {
            Per::Tensor => Ok(whole),
            Per::Group(0) => Err("a group has at least 1 weight".to_owned()),
            Per::Group(size) => {
                let row = if shape.len() > 1 { shape[1..].iter().product() } else { count };
                let rows = count.checked_div(row).unwrap_or(0);
                Ok(Self { count, groups: rows * row.div_ceil(size), kind: Kind::Rows { row, size } })
            }
            Per::Channel(_) if shape.len() < 2 => Ok(whole),
            Per::Channel(axis) if axis >= shape.len() => {
                Err(format!("axis {axis} does not exist: the shape {shape:?} has axes 0 to {}", shape.len() - 1))
            }
            Per::Channel(axis) => {
                let inner = shape[axis + 1..].iter().product();
                Ok(Self { count, groups: if count == 0 { 0 } else { shape[axis] }, kind: Kind::Cyclic { inner } })
            }
        }
    }

    /// Number of groups; 0 where a divided tensor is empty.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Length of a run of neighbours in one group; the last of a row may be shorter.
    pub fn run_length(&self) -> usize {
        match self.kind {
            Kind::Whole => self.count,
            Kind::Cyclic { inner } => inner,
            Kind::Rows { row, size } => size.min(row),
        }
    }

    /// The group of an element by its flat index.
    pub fn group_of(&self, index: usize) -> usize {
        match self.kind {
            Kind::Whole => 0,
            Kind::Cyclic { inner } => (index / inner) % self.groups,
            Kind::Rows { row, size } => (index / row) * row.div_ceil(size) + (index % row) / size,
        }
    }

    /// The runs of neighbouring elements of one group: `(group, start..end)`, in element order.
    pub fn runs(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + '_ {
        self.runs_in(0..self.count)
    }

    /// What of [`Partition::runs`] lies within `range`.
    pub fn runs_in(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + '_ {
        let std::ops::Range { mut start, end: last } = range;
        std::iter::from_fn(move || {
            (start < last).then(|| {
                let end = match self.kind {
                    Kind::Whole => self.count,
                    Kind::Cyclic { inner } => start - start % inner + inner,
                    Kind::Rows { row, size } => {
                        let (before, column) = (start - start % row, start % row);
                        (before + column - column % size + size).min(before + row)
                    }
                };
                let run = (self.group_of(start), start..end.min(last));
                start = run.1.end;
                run
            })
        })
    }

    /// The runs of one group, in element order.
    pub fn runs_of(&self, group: usize) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let (first, length, stride) = match self.kind {
            Kind::Whole => (0, self.count, self.count.max(1)),
            Kind::Cyclic { inner } => (group * inner, inner, inner * self.groups),
            Kind::Rows { row, size } => {
                let per_row = row.div_ceil(size).max(1);
                let start = (group / per_row) * row + (group % per_row) * size;
                (start, size.min(row - (group % per_row) * size), self.count.max(1))
            }
        };
        let inside = group < self.groups && length > 0;
        let starts = (first..if inside { self.count } else { first }).step_by(stride);
        starts.map(move |start| start..start + length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(per: Per, shape: &[usize], expected: &[usize]) {
        let partition = Partition::new(per, shape).unwrap();
        let groups: Vec<_> = (0..expected.len()).map(|index| partition.group_of(index)).collect();
        assert_eq!(groups, expected, "{per:?} of {shape:?}");
        let mut from_runs = vec![usize::MAX; expected.len()];
        // In two parts, whose border may lie within a run.
        let middle = expected.len() / 2;
        for (group, run) in partition.runs_in(0..middle).chain(partition.runs_in(middle..expected.len())) {
            from_runs[run].fill(group);
        }
        assert_eq!(from_runs, expected, "runs, {per:?} of {shape:?}");
        let mut from_groups = vec![usize::MAX; expected.len()];
        for group in 0..partition.groups() {
            for run in partition.runs_of(group) {
                from_groups[run].fill(group);
            }
        }
        assert_eq!(from_groups, expected, "runs of groups, {per:?} of {shape:?}");
    }

    #[test]
    fn every_element_has_the_group_of_the_rule() {
        check(Per::Tensor, &[2, 3], &[0; 6]);
        check(Per::Channel(0), &[2, 3], &[0, 0, 0, 1, 1, 1]);
        check(Per::Channel(1), &[2, 3], &[0, 1, 2, 0, 1, 2]);
        check(Per::Channel(1), &[2, 2, 2], &[0, 0, 1, 1, 0, 0, 1, 1]);
        check(Per::Channel(0), &[4], &[0; 4]);
        check(Per::Group(2), &[2, 3], &[0, 0, 1, 2, 2, 3]);
        check(Per::Group(2), &[5], &[0, 0, 1, 1, 2]);
        check(Per::Group(8), &[2, 3], &[0, 0, 0, 1, 1, 1]);
        check(Per::Group(2), &[0], &[]);
        check(Per::Channel(0), &[0, 3], &[]);
        check(Per::Channel(1), &[3, 0], &[]);
        check(Per::Tensor, &[], &[0]);
    }

    #[test]
    fn an_axis_that_is_not_there_is_refused() {
        assert!(Partition::new(Per::Channel(2), &[2, 3]).unwrap_err().contains("axes 0 to 1"));
        assert!(Partition::new(Per::Group(0), &[2, 3]).is_err());
    }
}
