//! The shape in which codes are stored so that what a group shares broadcasts over it, and the way back.

use super::opset::Scales;
use crate::engine::quantize::{Per, Quantized};

/// Codes as they are stored. Groups that run along rows become the rows of a matrix; a shorter last one of a row is filled up.
pub(super) struct Frame {
    /// Shape of the codes.
    pub stored: Vec<usize>,
    /// Shape of one value a group, in order.
    pub shared: Vec<usize>,
    /// Elements of a row of the tensor, and of as many whole groups as hold it; where groups are rows.
    rows: Option<(usize, usize)>,
}

impl Frame {
    /// The tensor as it is, or with groups as its rows.
    pub fn of(quantized: &Quantized, scales: Scales) -> Self {
        let shape = &quantized.shape;
        match scales {
            Scales::One => Self { stored: shape.clone(), shared: Vec::new(), rows: None },
            Scales::Axis => {
                let axis = if let Per::Channel(axis) = quantized.scheme.per() { axis } else { 0 };
                let along = |index| if index == axis { shape[axis] } else { 1 };
                Self { stored: shape.clone(), shared: (0..shape.len()).map(along).collect(), rows: None }
            }
            Scales::Blocks => {
                let groups = quantized.partition.groups();
                let row = row(quantized);
                let size = if let Per::Group(size) = quantized.scheme.per() { size.min(row) } else { row };
                let whole = row.next_multiple_of(size.max(1));
                Self { stored: vec![groups, size], shared: vec![groups, 1], rows: Some((row, whole)) }
            }
        }
    }

    /// What a function makes of the codes, in the order in which they are stored; what fills a row up is the code 0.
    pub fn codes<'a>(
        &self,
        quantized: &'a Quantized,
        number: impl Fn(u16) -> u32 + 'a,
    ) -> Box<dyn Iterator<Item = u32> + 'a> {
        let count = quantized.codes.len();
        match self.rows {
            Some((row, whole)) if row < whole => {
                let rows = count.checked_div(row).unwrap_or(0);
                let place = move |index: usize| (index % whole < row).then_some(index / whole * row + index % whole);
                let code = move |place: Option<usize>| place.map_or(0, |place| quantized.codes.get(place));
                Box::new((0..rows * whole).map(move |index| number(code(place(index)))))
            }
            _ => Box::new((0..count).map(move |index| number(quantized.codes.get(index)))),
        }
    }

    /// Row length and filled-up row length, where they differ.
    pub fn cut(&self) -> Option<(usize, usize)> {
        self.rows.filter(|(row, whole)| row < whole)
    }
}

/// Elements of a row: all axes after the first, flattened.
pub(super) fn row(quantized: &Quantized) -> usize {
    let shape = &quantized.shape;
    if shape.len() > 1 { shape[1..].iter().product() } else { quantized.codes.len() }
}
