//! From strokes to a picture: bent, turned, drawn with a pen, littered, noisy.

use super::SIZE;
use super::glyphs::{Point, Stroke};
use crate::engine::rng::Rng;

/// A smooth displacement: a few slow waves in random directions.
struct Bend([[f64; 4]; 3]);

impl Bend {
    fn new(rng: &mut Rng, strength: f64) -> Self {
        Self(std::array::from_fn(|_| {
            let frequency = 3.0 + 5.0 * rng.uniform();
            let direction = std::f64::consts::TAU * rng.uniform();
            let phase = std::f64::consts::TAU * rng.uniform();
            [frequency * direction.cos(), frequency * direction.sin(), phase, strength * rng.normal()]
        }))
    }

    fn at(&self, [x, y]: Point) -> f64 {
        self.0.iter().map(|[a, b, phase, height]| height * (a * x + b * y + phase).sin()).sum()
    }
}

/// Turn, shear, scale and shift about the middle.
struct Affine {
    matrix: [Point; 2],
    shift: Point,
}

impl Affine {
    fn new(rng: &mut Rng, haste: f64) -> Self {
        let turn = 0.15 * haste.sqrt() * rng.normal();
        let shear = 0.17 * haste.sqrt() * rng.normal();
        let scale = 0.74 * (1.0 + 0.1 * rng.normal()).clamp(0.7, 1.25);
        let ratio = 1.0 + 0.1 * rng.normal();
        let (sine, cosine) = turn.sin_cos();
        let matrix = [
            [scale * ratio * cosine, scale * (shear * cosine - sine)],
            [scale * ratio * sine, scale * (shear * sine + cosine)],
        ];
        Self { matrix, shift: [0.035 * rng.normal(), 0.035 * rng.normal()] }
    }

    fn apply(&self, [x, y]: Point) -> Point {
        let (x, y) = (x - 0.5, y - 0.5);
        std::array::from_fn(|axis| 0.5 + self.matrix[axis][0] * x + self.matrix[axis][1] * y + self.shift[axis])
    }
}

/// Draws the strokes as bytes, row by row: paper dark, ink bright, as in MNIST. The hastier the hand, the more they are bent.
pub fn render(mut strokes: Vec<Stroke>, beside: Option<Vec<Stroke>>, haste: f64, rng: &mut Rng) -> Vec<u8> {
    let affine = Affine::new(rng, haste);
    let bends = [Bend::new(rng, 0.02 * haste), Bend::new(rng, 0.02 * haste)];
    let place = |strokes: &mut [Stroke], [x, y]: Point| {
        for point in strokes.iter_mut().flatten() {
            let bent = affine.apply([point[0] + bends[0].at(*point), point[1] + bends[1].at(*point)]);
            *point = [bent[0] + x, bent[1] + y];
        }
    };
    place(&mut strokes, [0.0; 2]);
    let mut ink = vec![0.0_f64; SIZE * SIZE];
    let pen = 0.035 + 0.05 * rng.uniform();
    let strength = 0.7 + 0.3 * rng.uniform();
    strokes.iter().for_each(|stroke| draw(stroke, pen, strength, &mut ink));
    if let Some(mut beside) = beside {
        let side = if rng.uniform() < 0.5 { -1.0 } else { 1.0 };
        place(&mut beside, [side * (0.62 + 0.2 * rng.uniform()), 0.1 * rng.normal()]);
        beside.iter().for_each(|stroke| draw(stroke, pen, strength, &mut ink));
    }
    litter(rng, &mut ink);
    let noise = 0.02 + 0.12 * rng.uniform().powi(2);
    let paper = 0.12 * rng.uniform();
    ink.iter()
        .map(|ink| {
            let value = paper + (1.0 - paper) * ink + noise * rng.normal();
            (value.clamp(0.0, 1.0) * 255.0).round() as u8
        })
        .collect()
}

/// Short strokes of other pens, a few of them, and now and then a gap rubbed out.
fn litter(rng: &mut Rng, ink: &mut [f64]) {
    for _ in 0..rng.below(3) {
        let start = [rng.uniform(), rng.uniform()];
        let (angle, length) = (std::f64::consts::TAU * rng.uniform(), 0.08 + 0.2 * rng.uniform());
        let end = [start[0] + length * angle.cos(), start[1] + length * angle.sin()];
        let (pen, strength) = (0.025 + 0.03 * rng.uniform(), 0.3 + 0.6 * rng.uniform());
        draw(&[start, end], pen, strength, ink);
    }
    if rng.uniform() < 0.2 {
        let (center, radius) = ([0.25 + 0.5 * rng.uniform(), 0.25 + 0.5 * rng.uniform()], 0.05 + 0.06 * rng.uniform());
        for (place, value) in ink.iter_mut().enumerate() {
            let [x, y] = pixel(place);
            if (x - center[0]).hypot(y - center[1]) < radius {
                *value *= 0.15;
            }
        }
    }
}

/// The middle of a pixel in the unit square.
fn pixel(place: usize) -> Point {
    let size = SIZE as f64;
    [((place % SIZE) as f64 + 0.5) / size, ((place / SIZE) as f64 + 0.5) / size]
}

/// Draws a stroke with a round pen of that radius and an edge one pixel soft; ink on ink stays as dark as the darker.
fn draw(stroke: &[Point], pen: f64, strength: f64, ink: &mut [f64]) {
    let size = SIZE as f64;
    for ends in stroke.windows(2) {
        let reach = pen + 0.5 / size;
        let bounds = |axis: usize| {
            let low = ends[0][axis].min(ends[1][axis]) - reach;
            let high = ends[0][axis].max(ends[1][axis]) + reach;
            ((low * size).floor().clamp(0.0, size) as usize, (high * size).ceil().clamp(0.0, size) as usize)
        };
        let ((left, right), (top, bottom)) = (bounds(0), bounds(1));
        for row in top..bottom {
            for column in left..right {
                let place = row * SIZE + column;
                let distance = square_distance(pixel(place), ends[0], ends[1]);
                if distance >= reach * reach {
                    continue;
                }
                let covered = ((pen - distance.sqrt()) * size + 0.5).clamp(0.0, 1.0);
                ink[place] = ink[place].max(strength * covered);
            }
        }
    }
}

/// From a point to a segment, squared.
fn square_distance(point: Point, from: Point, to: Point) -> f64 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let offset = [point[0] - from[0], point[1] - from[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    let share =
        if length > 0.0 { ((offset[0] * along[0] + offset[1] * along[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    (offset[0] - share * along[0]).powi(2) + (offset[1] - share * along[1]).powi(2)
}
