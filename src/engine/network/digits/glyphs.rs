//! The strokes of each digit in the unit square, x to the right, y down, in the variants that people write.

use crate::engine::rng::Rng;

/// A point.
pub type Point = [f64; 2];

/// A line through points.
pub type Stroke = Vec<Point>;

/// Points of an arc; degrees, 0 to the right, 90 down.
fn arc([x, y]: Point, [rx, ry]: Point, from: f64, to: f64) -> Stroke {
    let steps = ((to - from).abs() / 20.0).ceil().max(2.0) as usize;
    let at = |step: usize| {
        let angle = (from + (to - from) * step as f64 / steps as f64).to_radians();
        [x + rx * angle.cos(), y + ry * angle.sin()]
    };
    (0..=steps).map(at).collect()
}

/// Points of a quadratic Bézier curve.
fn curve(a: Point, b: Point, c: Point) -> Stroke {
    let at = |step: usize| {
        let t = step as f64 / 8.0;
        let mix = |axis: usize| (1.0 - t).powi(2) * a[axis] + 2.0 * t * (1.0 - t) * b[axis] + t * t * c[axis];
        [mix(0), mix(1)]
    };
    (0..=8).map(at).collect()
}

/// One stroke after the other without lifting the pen.
fn joined(parts: impl IntoIterator<Item = Stroke>) -> Stroke {
    parts.into_iter().flatten().collect()
}

/// The strokes of a digit in one of its variants, proportions at random.
pub fn strokes(digit: u16, rng: &mut Rng) -> Vec<Stroke> {
    // A proportion around its usual value.
    let mut about = |value: f64, spread: f64| value + spread * (2.0 * rng.uniform() - 1.0);
    match digit {
        0 => {
            let (wide, start) = (about(0.26, 0.08), about(-90.0, 40.0));
            vec![arc([0.5, 0.5], [wide, about(0.39, 0.04)], start, start + about(362.0, 14.0))]
        }
        1 => one(&mut about),
        2 => {
            let (x, radius) = (about(0.49, 0.03), about(0.25, 0.05));
            let foot = about(0.88, 0.03);
            let mut end = vec![[about(0.77, 0.06), foot + about(0.0, 0.05)]];
            if about(0.0, 1.0) > 0.3 {
                // A loop at the foot.
                end = joined([curve([0.25, foot], [0.35, foot - 0.2], [0.48, foot - 0.02]), end]);
            }
            let top = arc([x, 0.33], [radius, about(0.22, 0.03)], about(-170.0, 20.0), about(35.0, 15.0));
            vec![joined([top, vec![[about(0.26, 0.05), foot]], end])]
        }
        3 => {
            let (upper, lower) = (about(0.23, 0.05), about(0.27, 0.05));
            let waist = about(0.47, 0.04);
            let top = if about(0.0, 1.0) > 0.5 {
                vec![[about(0.27, 0.04), 0.12], [about(0.7, 0.05), 0.12], [0.48, waist]]
            } else {
                arc([0.46, waist / 2.0 + 0.05], [upper, waist / 2.0 - 0.05], about(-150.0, 20.0), 85.0)
            };
            let bottom = arc([0.46, waist / 2.0 + 0.45], [lower, 0.45 - waist / 2.0], -88.0, about(150.0, 20.0));
            vec![joined([top, bottom])]
        }
        4 => {
            let (bar, stem) = (about(0.6, 0.06), about(0.63, 0.05));
            let right = [about(0.8, 0.06), bar + about(0.0, 0.03)];
            if about(0.0, 1.0) > 0.0 {
                vec![
                    vec![[stem - about(0.03, 0.03), 0.12], [about(0.22, 0.05), bar], right],
                    vec![[stem, about(0.16, 0.06)], [stem + about(-0.02, 0.03), about(0.9, 0.03)]],
                ]
            } else {
                vec![
                    vec![[about(0.32, 0.05), about(0.14, 0.04)], [about(0.27, 0.04), bar], right],
                    vec![[stem + 0.03, about(0.16, 0.06)], [stem, about(0.9, 0.03)]],
                ]
            }
        }
        5 => {
            let (left, neck) = (about(0.33, 0.04), about(0.45, 0.04));
            let belly =
                arc([about(0.47, 0.03), 0.66], [about(0.26, 0.05), about(0.22, 0.03)], -110.0, about(150.0, 18.0));
            vec![joined([vec![[about(0.73, 0.05), about(0.13, 0.04)], [left, 0.13], [left - 0.02, neck]], belly])]
        }
        6 => {
            let (x, radius) = (about(0.51, 0.03), about(0.22, 0.05));
            let back = curve([about(0.64, 0.08), about(0.11, 0.03)], [about(0.3, 0.06), 0.28], [x - radius, 0.67]);
            vec![joined([back, arc([x, 0.68], [radius, about(0.2, 0.03)], 180.0, -182.0)])]
        }
        7 => {
            let (top, foot) = (about(0.13, 0.03), [about(0.42, 0.08), about(0.9, 0.03)]);
            let right = [about(0.75, 0.05), top + about(0.0, 0.03)];
            let mut strokes =
                vec![joined([vec![[about(0.25, 0.05), top]], curve(right, [right[0] - about(0.15, 0.1), 0.5], foot)])];
            if about(0.0, 1.0) > 0.3 {
                strokes.push(vec![[about(0.38, 0.05), about(0.52, 0.04)], [about(0.7, 0.05), about(0.5, 0.04)]]);
            }
            strokes
        }
        8 => {
            let (upper, lower) = (about(0.19, 0.04), about(0.24, 0.05));
            let waist = about(0.48, 0.04);
            let top = arc([0.5, waist / 2.0 + 0.05], [upper, waist / 2.0 - 0.05], 90.0, about(450.0, 6.0));
            let bottom = arc([0.5, waist / 2.0 + 0.45], [lower, 0.45 - waist / 2.0], -90.0, about(270.0, 6.0));
            vec![joined([top, bottom])]
        }
        _ => {
            let (x, radius) = (about(0.49, 0.03), about(0.22, 0.05));
            let y = about(0.33, 0.03);
            let loop_ = arc([x, y], [radius, about(0.2, 0.03)], 0.0, -360.0);
            let tail = if about(0.0, 1.0) > 0.0 {
                vec![[x + radius, y], [x + radius - about(0.04, 0.05), about(0.9, 0.03)]]
            } else {
                curve([x + radius, y], [x + radius, 0.85], [about(0.34, 0.06), about(0.88, 0.03)])
            };
            vec![joined([loop_, tail])]
        }
    }
}

/// A bare line, with a flag, or with flag and foot.
fn one(about: &mut impl FnMut(f64, f64) -> f64) -> Vec<Stroke> {
    let x = about(0.52, 0.03);
    let (top, foot) = (about(0.11, 0.03), about(0.9, 0.03));
    let stem = vec![[x, top], [x + about(0.0, 0.03), foot]];
    let variant = about(0.0, 1.0);
    if variant > 0.3 {
        return vec![stem];
    }
    let mut strokes = vec![joined([vec![[x - about(0.17, 0.06), top + about(0.18, 0.06)]], stem])];
    if variant < -0.4 {
        strokes.push(vec![[x - about(0.18, 0.05), foot], [x + about(0.18, 0.05), foot]]);
    }
    strokes
}
