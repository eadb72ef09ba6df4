//! The windows of a convolution as a right operand that is packed without being written out.

use super::COLS;
use super::blocked::Source;
use crate::engine::integer::Geometry;

/// One group of channels of a batch of images. A step is a tap of the kernel and a channel (or four channels together), channels
/// innermost; a column is an output cell.
pub(super) struct Windows<'a, T> {
    /// \[images, channels, height · width\].
    pub image: &'a [T],
    /// Channels of the whole image, in steps.
    pub channels: usize,
    /// The group's channels, in steps.
    pub group: std::ops::Range<usize>,
    /// Height and width.
    pub size: [usize; 2],
    /// Height and width of the output.
    pub output: [usize; 2],
    /// Kernel, steps and borders.
    pub geometry: Geometry,
    /// What the border holds.
    pub pad: T,
}

/// A stretch of columns within one output row.
#[derive(Clone, Copy)]
pub(super) struct Stretch {
    image: usize,
    y: usize,
    x: usize,
    count: usize,
}

impl<T: Copy + Send + Sync> Source<T> for Windows<'_, T> {
    type Panel = Vec<Stretch>;

    fn panel(&self, first: usize, count: usize) -> Vec<Stretch> {
        let [height, width] = self.output;
        let (mut at, end) = (first, first + count);
        let mut stretches = Vec::new();
        while at < end {
            let x = at % width;
            let count = (width - x).min(end - at);
            stretches.push(Stretch { image: at / (height * width), y: at / width % height, x, count });
            at += count;
        }
        stretches
    }

    fn fill(&self, panel: &Vec<Stretch>, step: usize, out: &mut [T; COLS]) {
        let (tap, channel) = (step / self.group.len(), self.group.start + step % self.group.len());
        let Geometry { kernel, stride, padding, dilation, .. } = self.geometry;
        let [height, width] = self.size;
        let (down, across) = (tap / kernel[1] * dilation[0], tap % kernel[1] * dilation[1]);
        let mut out = &mut out[..];
        for stretch in panel {
            let (cells, rest) = std::mem::take(&mut out).split_at_mut(stretch.count);
            out = rest;
            let Some(y) = (stretch.y * stride[0] + down).checked_sub(padding[0]).filter(|&y| y < height) else {
                cells.fill(self.pad);
                continue;
            };
            let row = ((stretch.image * self.channels + channel) * height + y) * width;
            let row = &self.image[row..row + width];
            // The place of the first cell in a row that has the border in front of it.
            let start = stretch.x * stride[1] + across;
            let before = padding[1].saturating_sub(start).div_ceil(stride[1]).min(cells.len());
            let (border, cells) = cells.split_at_mut(before);
            border.fill(self.pad);
            let start = (start + before * stride[1]).saturating_sub(padding[1]);
            let inside = width.saturating_sub(start).div_ceil(stride[1]).min(cells.len());
            let (cells, border) = cells.split_at_mut(inside);
            border.fill(self.pad);
            // Beyond the right end nothing is left of the row.
            let row = row.get(start..).unwrap_or_default();
            if stride[1] == 1 {
                cells.copy_from_slice(&row[..inside]);
            } else {
                cells.iter_mut().zip(row.iter().step_by(stride[1])).for_each(|(cell, &value)| *cell = value);
            }
        }
    }
}
