//! The colours of a picture in their space, turned and projected.

use super::figure::{Cell, Table};
use super::picture::hex;
use crate::engine::media::picture::{Points, Reduced, Rgb, Space};

/// The most dots that are drawn.
const MOST: usize = 2500;

/// Colours with their places, at most a few thousand, the heaviest.
#[derive(Clone, Debug, PartialEq)]
pub struct Cloud {
    /// Where the coordinates are taken.
    pub space: Space,
    /// Place in the space, colour, share of all pixels.
    pub dots: Vec<([f32; 3], Rgb, f32)>,
    /// Colours or cells of colours that there are.
    pub all: usize,
}

impl Cloud {
    /// Of weighted colours. Where there are too many to draw, an even part of them.
    pub fn of(points: &Points) -> Self {
        let total: f64 = points.weight.iter().map(|&weight| f64::from(weight)).sum();
        let step = points.len().div_ceil(MOST).max(1);
        let dot = |at: usize| (points.at[at], points.rgb[at], (f64::from(points.weight[at]) / total) as f32);
        Self { space: points.space, dots: (0..points.len()).step_by(step).map(dot).collect(), all: points.len() }
    }

    /// The dots and the palette with their places; the share of a palette colour is that of the pixels which take it.
    pub fn table(&self, reduced: &Reduced) -> Table {
        let [first, second, third] = self.space.axes();
        let mut table = Table::new("Colour space", &["of", "colour", first, second, third, "share of the pixels"]);
        let row = |of: &str, rgb: Rgb, at: [f32; 3], share: f64| {
            let mut cells = vec![Cell::Text(of.to_owned()), Cell::Text(hex(rgb))];
            cells.extend(at.map(|coordinate| Cell::Number(coordinate.into())));
            cells.push(Cell::Number(share));
            cells
        };
        let pixels = reduced.counts.iter().sum::<u64>().max(1) as f64;
        let dots = self.dots.iter().map(|&(at, rgb, share)| row("picture", rgb, at, share.into()));
        let palette = reduced.palette.iter().zip(&reduced.counts);
        let palette = palette.map(|(&rgb, &count)| row("palette", rgb, self.space.of(rgb), count as f64 / pixels));
        table.rows = dots.chain(palette).collect();
        table
    }
}

/// How the space is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// About the upright axis, in radians.
    pub yaw: f32,
    /// Up or down, −π/2…π/2.
    pub pitch: f32,
}

impl Default for Turn {
    fn default() -> Self {
        Self { yaw: 0.65, pitch: 0.42 }
    }
}

impl Turn {
    /// The same after a drag by so many points.
    pub fn dragged(self, x: f32, y: f32) -> Self {
        let quarter = std::f32::consts::FRAC_PI_2;
        Self { yaw: self.yaw + x * 0.01, pitch: (self.pitch + y * 0.01).clamp(-quarter, quarter) }
    }

    /// Where a place of the space is on screen and how far in front: right, down and towards the eye, each −0.87…0.87 within the space's box.
    ///
    /// Upright stands lightness in Oklab and green in the RGB spaces.
    pub fn project(self, space: Space, at: [f32; 3]) -> [f32; 3] {
        let range = space.range();
        let longest = range.iter().map(|[low, high]| high - low).fold(0.0, f32::max);
        let centred: [f32; 3] =
            std::array::from_fn(|axis| (at[axis] - (range[axis][0] + range[axis][1]) / 2.0) / longest);
        let [x, y, z] = match space {
            Space::Oklab => [centred[1], centred[0], centred[2]],
            _ => centred,
        };
        let ((sin, cos), (up, level)) = (self.yaw.sin_cos(), self.pitch.sin_cos());
        let (right, away) = (x * cos + z * sin, z * cos - x * sin);
        [right, -(y * level - away * up), -(y * up + away * level)]
    }
}

/// The edges of the space's box.
pub fn edges(space: Space) -> [[[f32; 3]; 2]; 12] {
    let range = space.range();
    let corner = |code: usize| std::array::from_fn(|axis| range[axis][code >> axis & 1]);
    let mut edges = [[[0.0; 3]; 2]; 12];
    let pairs = (0..8).flat_map(|code| (0..3).filter(move |axis| code >> axis & 1 == 0).map(move |axis| (code, axis)));
    for (edge, (code, axis)) in edges.iter_mut().zip(pairs) {
        *edge = [corner(code), corner(code | 1 << axis)];
    }
    edges
}

/// Where the names of the axes stand: at the far end of each, from the corner where all are least.
pub fn ends(space: Space) -> [([f32; 3], &'static str); 3] {
    let range = space.range();
    std::array::from_fn(|axis| {
        let at = std::array::from_fn(|other| if other == axis { range[other][1] } else { range[other][0] });
        (at, space.axes()[axis])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_keeps_distances_and_the_box_has_twelve_edges() {
        for (space, _) in Space::ALL {
            let lengths: Vec<f32> = [Turn::default(), Turn { yaw: 2.0, pitch: -0.7 }]
                .into_iter()
                .flat_map(|turn| {
                    edges(space).map(|[a, b]| {
                        let (a, b) = (turn.project(space, a), turn.project(space, b));
                        (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f32>().sqrt()
                    })
                })
                .collect();
            assert!(lengths.iter().all(|length| *length > 0.4 && *length < 1.001));
            assert!(lengths[..12].iter().zip(&lengths[12..]).all(|(a, b)| (a - b).abs() < 1e-4));
        }
        let flat = Turn { yaw: 0.0, pitch: 0.0 };
        let [x, y, z] = flat.project(Space::Srgb, [255.0, 255.0, 0.0]);
        assert!(
            (x - 0.5).abs() < 1e-6 && (y + 0.5).abs() < 1e-6 && (z - 0.5).abs() < 1e-6,
            "green is up, red to the right"
        );
    }
}
