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
