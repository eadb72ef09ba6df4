//! A number line with weights as dots: where dots stack, which labels find room, where centroids may go.

use super::ticks::nice_step;

/// The part of the real axis that shows these values with a little air on both sides; −1…1 where there is none.
pub fn window(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return (-1.0, 1.0);
    }
    let air = match high - low {
        width if width > 0.0 => width * 0.08,
        _ => (low.abs() * 0.5).max(1.0),
    };
    (low - air, high + air)
}

/// For every dot, in the order given, how many dots lie below it: dots rise where they would be nearer than `apart` to a neighbour.
pub fn stack(places: &[f32], apart: f32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&left, &right| places[left].total_cmp(&places[right]));
    // The right end of every row so far; a dot takes the lowest row that is free.
    let mut rows: Vec<f32> = Vec::new();
    let mut heights = vec![0; places.len()];
    for index in order {
        let place = places[index];
        let row = rows.iter().position(|last| place - last >= apart).unwrap_or(rows.len());
        if row == rows.len() {
            rows.push(place);
        } else {
            rows[row] = place;
        }
        heights[index] = row;
    }
    heights
}

/// Which of the labels are written, from left to right: those that overlap none before them. `extents` are the left and right ends.
pub fn without_overlap(extents: &[(f32, f32)], gap: f32) -> Vec<bool> {
    let mut free_from = f32::NEG_INFINITY;
    extents
        .iter()
        .map(|&(left, right)| {
            let fits = left >= free_from;
            if fits {
                free_from = right + gap;
            }
            fits
        })
        .collect()
}

/// Where a centroid may be dragged to: between its neighbours, so that the centroids keep their order and their colours.
pub fn between_neighbours(centroids: &[f64], index: usize, value: f64, (low, high): (f64, f64)) -> f64 {
    let hair = (high - low) * 1e-3;
    let least = index.checked_sub(1).and_then(|left| centroids.get(left)).map_or(low, |left| left + hair);
    let most = centroids.get(index + 1).map_or(high, |right| right - hair);
    if least > most { f64::midpoint(least, most) } else { value.clamp(least, most) }
}

/// How far an arrow key moves something: a hundredth of what is in view, as a round number.
pub fn key_step((low, high): (f64, f64)) -> f64 {
    nice_step((high - low) / 200.0)
}

/// A dragged value, rounded to what a pixel can tell apart: a round fraction of the view, so that the lecture's digits stay short.
pub fn rounded(value: f64, (low, high): (f64, f64)) -> f64 {
    let step = nice_step((high - low) / 500.0);
    // Division by a whole number keeps 0.13 what it is; multiplication by 0.01 would not.
    if step < 1.0 {
        let parts = (1.0 / step).round();
        (value * parts).round() / parts
    } else {
        (value / step).round() * step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_holds_everything_with_air() {
        let (low, high) = window([-1.08, 2.12].into_iter());
        assert!(low < -1.08 && high > 2.12 && high - low < 4.0);
        assert_eq!(window(std::iter::empty()), (-1.0, 1.0));
        assert_eq!(window([f64::NAN].into_iter()), (-1.0, 1.0));
        let (low, high) = window([3.0].into_iter());
        assert!(low < 3.0 && high > 3.0);
    }

    #[test]
    fn dots_rise_where_they_would_cover() {
        assert_eq!(stack(&[0.0, 4.0, 30.0, 8.0, 12.0], 10.0), [0, 1, 0, 2, 0]);
        assert_eq!(stack(&[5.0, 5.0, 5.0], 10.0), [0, 1, 2]);
        assert!(stack(&[], 10.0).is_empty());
    }

    #[test]
    fn labels_give_way_from_left_to_right() {
        assert_eq!(without_overlap(&[(0.0, 20.0), (18.0, 40.0), (30.0, 50.0)], 4.0), [true, false, true]);
    }

    #[test]
    fn centroids_keep_their_order() {
        let centroids = [-1.0, 0.0, 1.5];
        let view = (-2.0, 3.0);
        assert_eq!(between_neighbours(&centroids, 1, 0.7, view), 0.7);
        assert!(between_neighbours(&centroids, 1, 9.0, view) < 1.5);
        assert!(between_neighbours(&centroids, 1, -9.0, view) > -1.0);
        assert_eq!(between_neighbours(&centroids, 0, -9.0, view), -2.0);
        assert_eq!(between_neighbours(&[0.0, 0.0, 0.0], 1, 5.0, view), 0.0);
    }

    #[test]
    fn drags_give_short_numbers() {
        assert_eq!(rounded(0.123_456, (-1.3, 2.4)), 0.12);
        assert_eq!(rounded(2.119_9, (-1.3, 2.4)), 2.12);
        assert_eq!(rounded(12_345.0, (0.0, 100_000.0)), 12_400.0);
        assert_eq!(key_step((-1.3, 2.4)), 0.02);
    }
}
