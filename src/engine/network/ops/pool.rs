//! Maximum and average over windows.

use super::super::Activations;
use super::super::infer::windows;
use super::{flat, flat_mut};

/// The geometry of a pool. Sizes are `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Size of the window.
    pub kernel: [usize; 2],
    /// Step from window to window.
    pub stride: [usize; 2],
    /// Padding around the input.
    pub padding: [usize; 2],
    /// Whether a last, incomplete window counts.
    pub ceil: bool,
}

/// Calls back with every output place and the input places of its window that lie inside the picture: the first of every row and
/// how many.
fn walk(
    geometry: Geometry,
    (channels, images, height, width): (usize, usize, usize, usize),
    mut visit: impl FnMut(usize, &mut dyn Iterator<Item = usize>),
) -> [usize; 2] {
    let along = |axis: usize, size| {
        windows(size, geometry.kernel[axis], geometry.stride[axis], geometry.padding[axis], 1, geometry.ceil)
            .unwrap_or(0)
    };
    let out = [along(0, height), along(1, width)];
    let range = |place: usize, axis: usize, size: usize| {
        let start = place * geometry.stride[axis];
        let end = (start + geometry.kernel[axis]).saturating_sub(geometry.padding[axis]).min(size);
        start.saturating_sub(geometry.padding[axis])..end
    };
    let mut target = 0;
    for plane in 0..channels * images {
        let origin = plane * height * width;
        for y in 0..out[0] {
            let rows = range(y, 0, height);
            for x in 0..out[1] {
                let columns = range(x, 1, width);
                let mut places =
                    rows.clone().flat_map(|row| columns.clone().map(move |column| origin + row * width + column));
                visit(target, &mut places);
                target += 1;
            }
        }
    }
    out
}

fn output_of(geometry: Geometry, input: &Activations) -> Activations {
    let (channels, images, ..) = input.dim();
    let [height, width] = walk(geometry, (0, 0, input.dim().2, input.dim().3), |_, _| {});
    Activations::zeros((channels, images, height, width))
}

/// The largest of each window; NaN wins, so that a diverging run shows.
pub fn max(geometry: Geometry, input: &Activations) -> Activations {
    let mut output = output_of(geometry, input);
    let (from, to) = (flat(input), flat_mut(&mut output));
    if geometry == (Geometry { kernel: [2, 2], stride: [2, 2], padding: [0, 0], ceil: geometry.ceil })
        && input.dim().2.is_multiple_of(2)
        && input.dim().3.is_multiple_of(2)
    {
        quarter(from, to, input.dim().3);
        return output;
    }
    walk(geometry, input.dim(), |target, places| {
        to[target] = places.map(|place| from[place]).fold(f32::NEG_INFINITY, larger);
    });
    output
}

fn larger(left: f32, right: f32) -> f32 {
    if left >= right || left.is_nan() { left } else { right }
}

/// The usual pool, 2×2 by steps of 2 on even sizes, two rows at a time.
fn quarter(from: &[f32], to: &mut [f32], width: usize) {
    for (rows, out) in from.chunks_exact(2 * width).zip(to.chunks_exact_mut(width / 2)) {
        let (upper, lower) = rows.split_at(width);
        let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
        for (out, ([a, b], [c, d])) in out.iter_mut().zip(pairs) {
            *out = larger(larger(*a, *b), larger(*c, *d));
        }
    }
}

/// The gradient goes to the first largest of each window.
pub fn max_backward(geometry: Geometry, input: &Activations, above: &Activations) -> Activations {
    let mut below = Activations::zeros(input.dim());
    let (from, above, to) = (flat(input), flat(above), flat_mut(&mut below));
    walk(geometry, input.dim(), |target, places| {
        let largest = places.fold(None, |best: Option<usize>, place| match best {
            Some(best) if larger(from[best], from[place]).to_bits() == from[best].to_bits() => Some(best),
            _ => Some(place),
        });
        if let Some(place) = largest {
            to[place] += above[target];
        }
    });
    below
}

/// The mean of each window, over what lies inside the picture.
pub fn mean(geometry: Geometry, input: &Activations) -> Activations {
    let mut output = output_of(geometry, input);
    let (from, to) = (flat(input), flat_mut(&mut output));
    walk(geometry, input.dim(), |target, places| {
        let (sum, count) = places.fold((0.0, 0_u32), |(sum, count), place| (sum + from[place], count + 1));
        to[target] = sum / count.max(1) as f32;
    });
    output
}

/// The gradient is shared among the window's places.
pub fn mean_backward(geometry: Geometry, input: &Activations, above: &Activations) -> Activations {
    let mut below = Activations::zeros(input.dim());
    let (above, to) = (flat(above), flat_mut(&mut below));
    walk(geometry, input.dim(), |target, places| {
        let places: Vec<usize> = places.collect();
        let share = above[target] / places.len().max(1) as f32;
        places.into_iter().for_each(|place| to[place] += share);
    });
    below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_may_hang_over_the_edge() {
        let input = Activations::from_shape_fn((1, 1, 3, 3), |(_, _, y, x)| (3 * y + x) as f32);
        let pool = |kernel, stride, padding, ceil| Geometry {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 2],
            ceil,
        };
        assert_eq!(flat(&max(pool(2, 2, 0, false), &input)), [4.0]);
        assert_eq!(flat(&max(pool(2, 2, 0, true), &input)), [4.0, 5.0, 7.0, 8.0]);
        assert_eq!(flat(&mean(pool(2, 2, 0, true), &input)), [2.0, 3.5, 6.5, 8.0]);
        assert_eq!(flat(&max(pool(3, 2, 1, false), &input)), [4.0, 5.0, 7.0, 8.0]);
        assert_eq!(flat(&mean(pool(3, 3, 0, false), &input)), [4.0]);
    }

    #[test]
    fn the_short_way_gives_what_the_long_way_gives() {
        let input =
            Activations::from_shape_fn((3, 2, 4, 6), |(c, n, y, x)| ((c * 31 + n * 17 + y * 7 + x * 3) % 11) as f32);
        let geometry = Geometry { kernel: [2, 2], stride: [2, 2], padding: [0, 0], ceil: false };
        let mut long = output_of(geometry, &input);
        let to = flat_mut(&mut long);
        walk(geometry, input.dim(), |target, places| {
            to[target] = places.map(|place| flat(&input)[place]).fold(f32::NEG_INFINITY, larger);
        });
        assert_eq!(max(geometry, &input), long);
    }
}
