//! What a hand makes of the strokes it means to write: most write with care, a few in great haste.

use super::glyphs::{Point, Stroke};
use crate::engine::rng::Rng;

/// How far a pen moves between two points of a stroke, at most.
const STEP: f64 = 0.07;

/// How one picture's writer writes.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    /// 1 is the middle one; log-normal, so that a few are far more careless than all others.
    pub haste: f64,
}

impl Hand {
    pub fn new(rng: &mut Rng) -> Self {
        Self { haste: (0.55 * rng.normal() - 0.1).exp().clamp(0.3, 4.0) }
    }

    /// Corners cut, ends short or drawn over, pens not lifted between strokes or lifted within one.
    pub fn write(self, strokes: Vec<Stroke>, rng: &mut Rng) -> Vec<Stroke> {
        let mut written: Vec<Stroke> = Vec::with_capacity(strokes.len() + 1);
        for stroke in strokes {
            // The pen stays on the paper on its way to the next stroke.
            match written.last_mut() {
                Some(last) if rng.uniform() < 0.05 * self.haste => last.extend(stroke),
                _ => written.push(stroke),
            }
        }
        let mut done = Vec::with_capacity(written.len() + 1);
        for stroke in written {
            let ends = [self.end(rng), self.end(rng)];
            let points = shorten(lengthen(even(&stroke), ends), ends);
            // How far the way is smoothed, in steps.
            let cut = (0.5 * self.haste * rng.normal().abs()).round().min(3.0) as usize;
            let points = smooth(&points, cut);
            if rng.uniform() < 0.03 * self.haste && points.len() > 10 {
                let gap = 1 + rng.below(1 + self.haste as u64) as usize;
                let at = 2 + rng.below((points.len() - gap - 4) as u64) as usize;
                done.push(points[..at].to_vec());
                done.push(points[at + gap..].to_vec());
            } else {
                done.push(points);
            }
        }
        done
    }

    /// How far an end is drawn over; below 0 how far it falls short.
    fn end(self, rng: &mut Rng) -> f64 {
        (0.02 * self.haste * self.haste * rng.normal()).clamp(-0.25, 0.15)
    }
}

/// The same way in steps of at most [`STEP`].
fn even(stroke: &[Point]) -> Stroke {
    let mut points: Stroke = stroke.first().copied().into_iter().collect();
    for ends in stroke.windows(2) {
        let steps = (distance(ends[0], ends[1]) / STEP).ceil().max(1.0);
        for step in 1..=steps as usize {
            points.push(between(ends[0], ends[1], step as f64 / steps));
        }
    }
    points
}

/// Ends drawn over, straight on; start first.
fn lengthen(mut points: Stroke, over: [f64; 2]) -> Stroke {
    for over in over {
        if let [first, second, ..] = points[..] {
            let length = distance(first, second);
            if over > 0.0 && length > 0.0 {
                points.insert(0, between(first, second, -over / length));
            }
        }
        points.reverse();
    }
    points
}

/// Ends that fall short, start first; at least two points stay.
fn shorten(mut points: Stroke, over: [f64; 2]) -> Stroke {
    for over in over {
        let mut left = -over;
        while left > 0.0 && points.len() > 2 {
            let length = distance(points[0], points[1]);
            if length > left {
                points[0] = between(points[0], points[1], left / length);
                break;
            }
            left -= length;
            points.remove(0);
        }
        points.reverse();
    }
    points
}

/// Every point becomes the mean of itself and so many on either side, fewer towards the ends.
fn smooth(points: &[Point], reach: usize) -> Stroke {
    let mean = |place: usize| {
        let reach = reach.min(place).min(points.len() - 1 - place);
        let near = &points[place - reach..=place + reach];
        std::array::from_fn(|axis| near.iter().map(|point| point[axis]).sum::<f64>() / near.len() as f64)
    };
    (0..points.len()).map(mean).collect()
}

fn between(from: Point, to: Point, share: f64) -> Point {
    std::array::from_fn(|axis| from[axis] + share * (to[axis] - from[axis]))
}

fn distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(stroke: &[Point]) -> f64 {
        stroke.windows(2).map(|ends| distance(ends[0], ends[1])).sum()
    }

    #[test]
    fn most_write_with_care_and_a_few_in_haste() {
        let mut rng = Rng::new(5);
        let mut hastes: Vec<f64> = (0..10_000).map(|_| Hand::new(&mut rng).haste).collect();
        hastes.sort_by(f64::total_cmp);
        assert!((hastes[5000] - 0.905).abs() < 0.03, "the median is e to the -0.1: {}", hastes[5000]);
        let hasty = hastes.iter().filter(|haste| **haste > 2.5).count();
        assert!((200..500).contains(&hasty), "{hasty} of 10,000 above 2.5");
        assert!(hastes[0] >= 0.3 && hastes[9999] <= 4.0);
    }

    #[test]
    fn a_hand_without_haste_goes_the_way_it_means_to() {
        let model = vec![vec![[0.2, 0.1], [0.8, 0.1], [0.4, 0.9]], vec![[0.3, 0.5], [0.7, 0.5]]];
        let written = Hand { haste: 0.0 }.write(model.clone(), &mut Rng::new(1));
        assert_eq!(written.len(), 2);
        for (written, model) in written.iter().zip(&model) {
            assert!((length(written) - length(model)).abs() < 1e-12);
            assert!(model.iter().all(|point| written.iter().any(|other| distance(*point, *other) < 1e-12)));
            assert!(written.windows(2).all(|ends| distance(ends[0], ends[1]) <= STEP + 1e-12));
        }
    }

    #[test]
    fn haste_breaks_joins_and_bends_strokes() {
        let model = || vec![vec![[0.1, 0.1], [0.9, 0.1], [0.1, 0.9]], vec![[0.3, 0.5], [0.9, 0.5]]];
        let mut rng = Rng::new(2);
        let written: Vec<Vec<Stroke>> = (0..400).map(|_| Hand { haste: 3.0 }.write(model(), &mut rng)).collect();
        for strokes in [1, 2, 3] {
            assert!(written.iter().any(|written| written.len() == strokes), "{strokes} strokes");
        }
        // The corner at the upper right is cut.
        let corner = |written: &[Stroke]| written.iter().flatten().all(|point| distance(*point, [0.9, 0.1]) > 0.02);
        assert!(written.iter().filter(|written| corner(written)).count() > 200);
        assert!(written.iter().flatten().all(|stroke| stroke.len() >= 2));
    }

    #[test]
    fn ends_are_drawn_over_or_fall_short_straight_on() {
        let line = even(&[[0.0, 0.5], [1.0, 0.5]]);
        for (ends, expected) in [
            ([0.1, 0.0], [-0.1, 1.0]),
            ([0.0, 0.2], [0.0, 1.2]),
            ([-0.25, 0.1], [0.25, 1.1]),
            ([-0.1, -0.3], [0.1, 0.7]),
        ] {
            let written = shorten(lengthen(line.clone(), ends), ends);
            let found = [written[0][0], written[written.len() - 1][0]];
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{ends:?}: {found:?}");
            assert!(written.iter().all(|point| point[1] == 0.5));
        }
        let short = shorten(line, [-9.0, -9.0]);
        assert!(short.len() >= 2, "two points stay");
    }
}
