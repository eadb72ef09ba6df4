//! The built-in picture: a scene on which every artefact of few colours shows. Smooth sky (bands), spheres in tones of skin and in full colours
//! (bands on curves, lost hues), water and wood (texture), a card with small writing, a grey ramp, a hue ramp and rings of rising frequency.

use super::letters::ink;
use super::{Picture, Rgb};

/// Pixels in a row.
pub const WIDTH: usize = 768;
/// Rows.
pub const HEIGHT: usize = 512;

type Light = [f64; 3];

/// Where water and table begin.
const SHORE: f64 = 262.0;
const TABLE: f64 = 344.0;

/// The sun's place.
const SUN: [f64; 2] = [612.0, 196.0];

/// Left, top, right and bottom of the standing card.
const CARD: [f64; 4] = [44.0, 92.0, 286.0, 392.0];

struct Sphere {
    at: [f64; 2],
    radius: f64,
    color: Light,
}

const fn sphere(x: f64, y: f64, radius: f64, color: Light) -> Sphere {
    Sphere { at: [x, y], radius, color }
}

/// Four tones of skin, then full colours, from back to front.
const SPHERES: [Sphere; 8] = [
    sphere(372.0, 378.0, 52.0, [0.89, 0.67, 0.53]),
    sphere(484.0, 384.0, 52.0, [0.71, 0.46, 0.31]),
    sphere(594.0, 380.0, 52.0, [0.97, 0.81, 0.70]),
    sphere(700.0, 386.0, 50.0, [0.42, 0.26, 0.18]),
    sphere(340.0, 456.0, 30.0, [0.84, 0.10, 0.13]),
    sphere(430.0, 468.0, 30.0, [0.98, 0.80, 0.08]),
    sphere(540.0, 464.0, 30.0, [0.07, 0.55, 0.25]),
    sphere(650.0, 470.0, 30.0, [0.11, 0.24, 0.80]),
];

/// Draws the picture; every run gives the same, but for what `sin` and `exp` of the machine do to a last bit.
pub fn draw() -> Picture {
    let pixels = (0..WIDTH * HEIGHT).map(|at| {
        let (x, y) = ((at % WIDTH) as f64, (at / WIDTH) as f64);
        let mut sum = [0.0; 3];
        for (dx, dy) in [(0.125, 0.375), (0.375, 0.875), (0.625, 0.125), (0.875, 0.625)] {
            let color = scene(x + dx, y + dy);
            sum.iter_mut().zip(color).for_each(|(sum, value)| *sum += value.clamp(0.0, 1.0) / 4.0);
        }
        sum.map(|value| (value * 255.0).round() as u8)
    });
    let pixels: Vec<Rgb> = pixels.collect();
    Picture::new(WIDTH, HEIGHT, pixels)
}

fn mix(a: Light, b: Light, share: f64) -> Light {
    let share = share.clamp(0.0, 1.0);
    std::array::from_fn(|k| a[k] + (b[k] - a[k]) * share)
}

fn smooth(low: f64, high: f64, value: f64) -> f64 {
    let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// A number of 0…1 for a place of the whole-numbered grid.
fn hash(x: i64, y: i64, layer: u64) -> f64 {
    let mut bits = (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    bits = (bits ^ layer.wrapping_mul(0x1656_67B1_9E37_79F9)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits ^= bits >> 29;
    bits = bits.wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 32)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Smooth noise of 0…1.
fn noise(x: f64, y: f64, layer: u64) -> f64 {
    let (left, top) = (x.floor(), y.floor());
    let (u, v) = (smooth(0.0, 1.0, x - left), smooth(0.0, 1.0, y - top));
    let corner = |dx: i64, dy: i64| hash(left as i64 + dx, top as i64 + dy, layer);
    let upper = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * u;
    let lower = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * u;
    upper + (lower - upper) * v
}

/// Noise over five octaves, 0…1.
fn clouds(x: f64, y: f64, layer: u64) -> f64 {
    (0..5)
        .map(|octave| {
            noise(x * f64::from(1 << octave), y * f64::from(1 << octave), layer + octave) / f64::from(2 << octave)
        })
        .sum()
}

fn scene(x: f64, y: f64) -> Light {
    for sphere in SPHERES.iter().rev() {
        let (dx, dy) = ((x - sphere.at[0]) / sphere.radius, (y - sphere.at[1]) / sphere.radius);
        if dx * dx + dy * dy < 1.0 {
            return ball(sphere.color, dx, dy);
        }
    }
    let [left, top, right, bottom] = CARD;
    if (left..right).contains(&x) && (top..bottom).contains(&y) {
        return card(x - left, y - top);
    }
    let ground = if y >= TABLE { table(x, y) } else { land(x, y) };
    // The card throws a soft shadow to its right.
    let beside = smooth(right + 14.0, right, x) * smooth(left, left + 20.0, x) * smooth(top, top + 30.0, y);
    let shadow = if y < bottom + 6.0 { 0.35 * beside } else { 0.0 };
    mix(ground, [0.02, 0.02, 0.05], shadow)
}

fn land(x: f64, y: f64) -> Light {
    // Far ranges are paler than near ones.
    for (layer, (base, height, color)) in
        [(226.0, 74.0, [0.20, 0.22, 0.36]), (206.0, 84.0, [0.40, 0.36, 0.50]), (190.0, 60.0, [0.63, 0.52, 0.60])]
            .into_iter()
            .enumerate()
    {
        let scale = 0.009 + 0.004 * layer as f64;
        let ridge = base - height * (clouds(x * scale + 7.0 * layer as f64, 3.5, 20 + 10 * layer as u64) - 0.32);
        if y < SHORE && y > ridge {
            let haze = smooth(ridge, SHORE, y) * 0.55;
            let rough = 0.06 * (clouds(x * 0.05, y * 0.05, 90) - 0.5);
            return mix(color, [0.90, 0.66, 0.55], haze).map(|value| value + rough);
        }
    }
    if y < SHORE {
        return sky(x, y);
    }
    // Water mirrors the sky in waves that flatten towards the shore.
    let depth = (y - SHORE) / (TABLE - SHORE);
    let wave = (clouds(x * 0.035 / (0.25 + depth), y * 0.55 / (0.25 + depth), 120) - 0.5) * (10.0 + 60.0 * depth);
    let mirrored = sky(x + wave, (SHORE - 34.0 - 1.9 * (y - SHORE) + wave).max(0.0));
    let glint = smooth(0.64, 0.74, clouds(x * 0.06, y * 0.8, 140)) * (-((x - SUN[0]) / 70.0).powi(2)).exp();
    let water = mix(mirrored, [0.05, 0.16, 0.27], 0.38 + 0.25 * depth);
    mix(water, [1.0, 0.93, 0.74], glint)
}

fn sky(x: f64, y: f64) -> Light {
    let share = y / SHORE;
    let base = if share < 0.55 {
        mix([0.13, 0.29, 0.60], [0.55, 0.66, 0.82], share / 0.55)
    } else {
        mix([0.55, 0.66, 0.82], [0.99, 0.73, 0.50], (share - 0.55) / 0.45)
    };
    let far = ((x - SUN[0]).powi(2) + (y - SUN[1]).powi(2)).sqrt();
    let glow = mix(base, [1.0, 0.86, 0.58], 0.85 * (-far / 95.0).exp());
    let puff = smooth(0.50, 0.78, clouds(x * 0.008 + 2.0, y * 0.021, 40));
    let lit = mix([0.83, 0.80, 0.86], [1.0, 0.90, 0.80], smooth(40.0, 210.0, y));
    let clouded = mix(glow, lit, 0.72 * puff);
    mix(clouded, [1.0, 0.97, 0.86], smooth(25.0, 23.0, far))
}

fn table(x: f64, y: f64) -> Light {
    let depth = (y - TABLE) / (HEIGHT as f64 - TABLE);
    let grain = clouds(x * 0.006 + 9.0, y * 0.11, 60);
    let rings = (grain * 46.0 + x * 0.01).sin() * 0.5 + 0.5;
    let fibre = clouds(x * 0.03, y * 0.9, 70) - 0.5;
    let wood = mix([0.47, 0.28, 0.15], [0.68, 0.45, 0.26], 0.65 * rings + 0.5 * fibre + 0.1);
    let lit = mix(wood, [0.98, 0.80, 0.58], 0.20 * (-((x - SUN[0]) / 210.0).powi(2)).exp() * (1.0 - depth));
    let mut shade = 0.28 * depth;
    for sphere in &SPHERES {
        // A soft ellipse under each sphere, to the left of it: the sun stands at the right.
        let dx = (x - sphere.at[0] + 0.45 * sphere.radius) / (1.35 * sphere.radius);
        let dy = (y - sphere.at[1] - 0.80 * sphere.radius) / (0.42 * sphere.radius);
        shade += 0.75 * smooth(1.25, 0.25, (dx * dx + dy * dy).sqrt());
    }
    let under = smooth(CARD[0] - 6.0, CARD[0] + 10.0, x) * smooth(CARD[2] + 22.0, CARD[2] - 6.0, x);
    shade += 0.6 * under * smooth(CARD[3] + 26.0, CARD[3], y);
    mix(lit, [0.07, 0.03, 0.02], shade.min(0.88))
}

/// A sphere with light from the upper right, some of it through the surface, and a highlight.
fn ball(color: Light, dx: f64, dy: f64) -> Light {
    let dz = (1.0 - dx * dx - dy * dy).max(0.0).sqrt();
    let toward = 0.48 * dx - 0.58 * dy + 0.66 * dz;
    let light = 0.16 + 0.84 * smooth(-0.35, 1.0, toward);
    let rim = (1.0 - dz).powi(3);
    let shine = toward.max(0.0).powi(42);
    let warm = smooth(-0.5, 0.35, toward) * smooth(0.8, 0.1, toward) * 0.10;
    let lit = std::array::from_fn(|k| color[k] * light + [0.9, 0.25, 0.12][k] * warm * color[k]);
    mix(mix(lit, [0.55, 0.60, 0.72], 0.30 * rim), [1.0; 3], 0.62 * shine)
}

/// The standing card, in pixels from its top left.
fn card(x: f64, y: f64) -> Light {
    let (width, height) = (CARD[2] - CARD[0], CARD[3] - CARD[1]);
    let paper = mix([0.985, 0.975, 0.95], [0.90, 0.885, 0.86], y / height + 0.15 * x / width);
    let black = [0.08, 0.08, 0.10];
    let lines = [
        ("QUANTIZE", 18.0, 16.0, 4.2, black),
        ("16 COLOURS", 18.0, 56.0, 2.0, [0.69, 0.07, 0.30]),
        ("THE SMALL PRINT IS", 18.0, 80.0, 1.0, black),
        ("THE FIRST TO BLUR", 18.0, 91.0, 1.0, [0.45, 0.45, 0.48]),
    ];
    for (text, left, top, size, color) in lines {
        if ink(text, (x - left) / size, (y - top) / size) {
            return color;
        }
    }
    // Thin lines of one pixel, one and a half, and two.
    for (place, thick) in [(0.0, 1.0), (1.0, 1.5), (2.0, 2.0)] {
        let top = 60.0 + 12.0 * place;
        if (154.0..226.0).contains(&x) && (top..top + thick).contains(&y) {
            return [0.0, 0.35, 0.65];
        }
    }
    if (18.0..226.0).contains(&x) {
        let share = (x - 18.0) / 208.0;
        if (110.0..128.0).contains(&y) {
            return [share; 3];
        }
        if (132.0..150.0).contains(&y) {
            return [0.0, 2.0, 4.0].map(|turn| {
                let place = (share * 6.0 + turn) % 6.0;
                ((place - 3.0).abs() - 1.0).clamp(0.0, 1.0)
            });
        }
        if (154.0..166.0).contains(&y) {
            return mix([0.97, 0.84, 0.74], [0.30, 0.17, 0.11], share);
        }
    }
    // Rings whose frequency rises outwards, up to a pixel and a half a ring.
    let (dx, dy) = (x - 69.0, y - 228.0);
    let far = dx * dx + dy * dy;
    if far < 51.0_f64.powi(2) {
        return [0.5 + 0.45 * (far * 0.0205).cos(); 3];
    }
    // Two discs of red on green and green on red, equally light: only hue parts them.
    let (dx, dy) = (x - 176.0, y - 228.0);
    if dx.abs() < 50.0 && dy.abs() < 51.0 {
        let inside = dx * dx + dy * dy < 34.0_f64.powi(2);
        let checks = clouds(x * 0.12, y * 0.12, 160) - 0.5;
        let (red, green) = ([0.80, 0.36, 0.33], [0.30, 0.58, 0.36]);
        return if inside { red } else { green }.map(|value| value + 0.16 * checks);
    }
    paper
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn it_has_colours_of_every_kind() {
        let picture = draw();
        assert_eq!((picture.width, picture.height), (WIDTH, HEIGHT));
        let distinct: HashSet<Rgb> = picture.pixels.iter().copied().collect();
        assert!(distinct.len() > 40_000, "{}", distinct.len());
        for wanted in [[214_i32, 30, 35], [248, 206, 178], [70, 43, 30], [28, 60, 200], [20, 20, 25]] {
            let near = |pixel: &Rgb| pixel.iter().zip(wanted).all(|(&a, b)| (i32::from(a) - b).abs() < 30);
            assert!(distinct.iter().any(near), "{wanted:?}");
        }
    }
}
