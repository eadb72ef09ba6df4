//! Pools on codes.

use super::super::super::infer::windows;
use super::super::super::ops::pool::Geometry;
use crate::engine::integer::kernel::Rescale;

/// Calls back with the codes of every window that lie inside the plane, window by window.
fn walk(geometry: Geometry, (planes, height, width): (usize, usize, usize), mut visit: impl FnMut(&[usize])) {
    let range = |place: usize, axis: usize, size: usize| {
        let start = place * geometry.stride[axis];
        let end = (start + geometry.kernel[axis]).saturating_sub(geometry.padding[axis]).min(size);
        start.saturating_sub(geometry.padding[axis])..end
    };
    let count = |axis: usize, size| {
        windows(size, geometry.kernel[axis], geometry.stride[axis], geometry.padding[axis], 1, geometry.ceil)
            .unwrap_or(0)
    };
    let (rows, columns) = (count(0, height), count(1, width));
    let mut places = Vec::with_capacity(geometry.kernel[0] * geometry.kernel[1]);
    for plane in 0..planes {
        for y in 0..rows {
            for x in 0..columns {
                places.clear();
                for row in range(y, 0, height) {
                    places.extend(range(x, 1, width).map(|column| (plane * height + row) * width + column));
                }
                visit(&places);
            }
        }
    }
}

/// The largest code of each window: the code of the largest value.
pub fn largest(geometry: Geometry, codes: &[i8], size: (usize, usize, usize)) -> Vec<i8> {
    let (_, height, width) = size;
    if geometry == (Geometry { kernel: [2, 2], stride: [2, 2], padding: [0, 0], ceil: geometry.ceil })
        && height.is_multiple_of(2)
        && width.is_multiple_of(2)
        && width > 0
    {
        return quarter(codes, width);
    }
    let mut out = Vec::new();
    walk(geometry, size, |places| out.push(places.iter().map(|place| codes[*place]).max().unwrap_or(i8::MIN)));
    out
}

/// The usual pool, 2×2 by steps of 2 on even sizes, two rows at a time.
fn quarter(codes: &[i8], width: usize) -> Vec<i8> {
    let mut out = vec![0; codes.len() / 4];
    for (rows, out) in codes.chunks_exact(2 * width).zip(out.chunks_exact_mut(width / 2)) {
        let (upper, lower) = rows.split_at(width);
        let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
        for (out, ([a, b], [c, d])) in out.iter_mut().zip(pairs) {
            *out = *a.max(b).max(c).max(d);
        }
    }
    out
}

/// The mean of each window as M Σ (q − Z_X) + Z_Y, with M = S_X / (n S_Y) for n codes.
pub fn mean(
    geometry: Geometry,
    codes: &[i8],
    size: (usize, usize, usize),
    zero_point: i32,
    by_count: &[Rescale],
) -> Vec<i8> {
    let mut out = Vec::new();
    walk(geometry, size, |places| {
        let sum: i32 = places.iter().map(|place| i32::from(codes[*place]) - zero_point).sum();
        let mut code = [0];
        if let Some(stage) = places.len().checked_sub(1).and_then(|place| by_count.get(place)) {
            stage.apply(&[sum], &mut code);
        }
        out.push(code[0]);
    });
    out
}
