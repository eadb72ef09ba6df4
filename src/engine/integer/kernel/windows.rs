//! The windows of a convolution as a right operand that is packed without being written out.

use std::ops::Range;

use super::COLS;
use super::blocked::Source;
use crate::engine::integer::Geometry;

/// One group of channels of one image. A step is a tap of the kernel and a channel (or four channels together), channels innermost; a
/// column is an output cell.
pub(super) struct Windows<'a, T> {
    /// \[the group's channels, height · width\].
    pub planes: &'a [T],
    /// Height and width.
    pub size: [usize; 2],
    /// Width of the output.
    pub output_width: usize,
    /// Kernel, steps and borders.
    pub geometry: Geometry,
    /// What the border holds.
    pub pad: T,
}

/// A stretch of columns within one output row.
struct Stretch {
    /// Columns of the panel.
    columns: Range<usize>,
    y: usize,
    x: usize,
}

/// Columns of the panel that a tap finds in the image, and where in a channel's plane.
struct Piece {
    columns: Range<usize>,
    from: usize,
}

impl<T: Copy> Windows<'_, T> {
    fn stretches(&self, first: usize, count: usize) -> Vec<Stretch> {
        let mut stretches = Vec::new();
        let mut done = 0;
        while done < count {
            let (y, x) = ((first + done) / self.output_width, (first + done) % self.output_width);
            let end = (done + self.output_width - x).min(count);
            stretches.push(Stretch { columns: done..end, y, x });
            done = end;
        }
        stretches
    }

    /// The part of a stretch that lies within the image under a tap; what is left and right of it is border.
    fn piece(&self, stretch: &Stretch, tap: usize) -> Option<Piece> {
        let Geometry { kernel, stride, padding, dilation, .. } = self.geometry;
        let [height, width] = self.size;
        let (down, across) = (tap / kernel[1] * dilation[0], tap % kernel[1] * dilation[1]);
        let y = (stretch.y * stride[0] + down).checked_sub(padding[0]).filter(|&y| y < height)?;
        // Places are counted from the left end of the border.
        let place = stretch.x * stride[1] + across;
        let before = padding[1].saturating_sub(place).div_ceil(stride[1]);
        let x = (place + before * stride[1]).checked_sub(padding[1])?;
        let inside = width.saturating_sub(x).div_ceil(stride[1]);
        let start = stretch.columns.start + before;
        let columns = start..(start + inside).min(stretch.columns.end);
        (columns.start < columns.end).then_some(Piece { columns, from: y * width + x })
    }
}

impl<T: Copy + Send + Sync> Source<T> for Windows<'_, T> {
    fn pack(&self, first: usize, count: usize, steps: Range<usize>, out: &mut [[T; COLS]]) {
        let plane = self.size[0] * self.size[1];
        let channels = self.planes.len() / plane;
        let stretches = self.stretches(first, count);
        let mut pieces = Vec::with_capacity(stretches.len());
        let (mut step, mut out) = (steps.start, out);
        while step < steps.end {
            let (tap, channel) = (step / channels, step % channels);
            let run = (channels - channel).min(steps.end - step);
            pieces.clear();
            pieces.extend(stretches.iter().filter_map(|stretch| self.piece(stretch, tap)));
            let whole = pieces.iter().map(|piece| piece.columns.len()).sum::<usize>() == count;
            let (cells, rest) = out.split_at_mut(run);
            for (cells, plane) in cells.iter_mut().zip(self.planes[channel * plane..].chunks_exact(plane)) {
                if !whole {
                    cells.fill(self.pad);
                }
                for piece in &pieces {
                    let (cells, from) = (&mut cells[piece.columns.clone()], &plane[piece.from..]);
                    match self.geometry.stride[1] {
                        1 => cells.copy_from_slice(&from[..cells.len()]),
                        stride => {
                            cells.iter_mut().zip(from.iter().step_by(stride)).for_each(|(cell, &value)| *cell = value)
                        }
                    }
                }
            }
            (step, out) = (step + run, rest);
        }
    }
}
