//! The spaces in which means and distances of colours are taken.

use std::sync::OnceLock;

use super::Rgb;

/// Where a colour's three coordinates come from; a distance is Euclidean in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Space {
    /// The stored values, 0…255: what MSE and PSNR count.
    #[default]
    Srgb,
    /// Light: the stored values through the sRGB transfer function (IEC 61966-2-1), 0…1. Means are those of mixed light.
    Linear,
    /// Oklab (Ottosson 2020): lightness 0…1 and two opponent axes; a distance is about what an eye sees.
    Oklab,
}

impl Space {
    /// Every space with its name in text.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Srgb, "srgb"), (Self::Linear, "linear"), (Self::Oklab, "oklab")];

    /// Its name in text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Srgb => "srgb",
            Self::Linear => "linear",
            Self::Oklab => "oklab",
        }
    }

    /// What the coordinates are called.
    pub fn axes(self) -> [&'static str; 3] {
        match self {
            Self::Srgb | Self::Linear => ["R", "G", "B"],
            Self::Oklab => ["L", "a", "b"],
        }
    }

    /// The least and the largest value of each coordinate over all colours, rounded outwards.
    pub fn range(self) -> [[f32; 2]; 3] {
        match self {
            Self::Srgb => [[0.0, 255.0]; 3],
            Self::Linear => [[0.0, 1.0]; 3],
            Self::Oklab => [[0.0, 1.0], [-0.24, 0.28], [-0.32, 0.2]],
        }
    }

    /// A stored colour's coordinates.
    #[inline]
    pub fn of(self, rgb: Rgb) -> [f32; 3] {
        match self {
            Self::Srgb => rgb.map(f32::from),
            Self::Linear => linear(rgb),
            Self::Oklab => oklab(linear(rgb)),
        }
    }

    /// The stored colour nearest to these coordinates, each channel rounded; what lies outside sRGB is clipped channel by channel.
    pub fn stored(self, at: [f32; 3]) -> Rgb {
        match self {
            Self::Srgb => at.map(|value| value.round().clamp(0.0, 255.0) as u8),
            Self::Linear => at.map(|value| (transfer(value.clamp(0.0, 1.0)) * 255.0).round() as u8),
            Self::Oklab => Self::Linear.stored(from_oklab(at)),
        }
    }

    /// Least and largest coordinates of all colours whose channels lie between `low` and `high`: the smallest box in the RGB spaces, one
    /// that holds them all in Oklab.
    pub(super) fn bounds(self, low: Rgb, high: Rgb) -> [[f32; 2]; 3] {
        let (bottom, top) = match self {
            Self::Srgb => (low.map(f32::from), high.map(f32::from)),
            Self::Linear => (linear(low), linear(high)),
            Self::Oklab => {
                // Cone responses grow with every channel; each Oklab coordinate is a weighted sum of their cube roots.
                let (less, more) = (cones(linear(low)), cones(linear(high)));
                return OPPONENT.map(|row| {
                    let term = |at: usize, low: bool| {
                        let (weight, grows) = (row[at], row[at] > 0.0);
                        weight * if low == grows { less[at] } else { more[at] }
                    };
                    let sum = |low: bool| term(0, low) + term(1, low) + term(2, low);
                    // Room for what rounding may do to a colour at the edge.
                    [sum(true) - 1e-5, sum(false) + 1e-5]
                });
            }
        };
        std::array::from_fn(|axis| [bottom[axis], top[axis]])
    }
}

/// Ottosson's matrix from linear sRGB to cone responses.
const CONES: [[f32; 3]; 3] = [
    [0.412_221_46, 0.536_332_55, 0.051_445_995],
    [0.211_903_5, 0.680_699_5, 0.107_396_96],
    [0.088_302_46, 0.281_718_85, 0.629_978_7],
];

/// From the cube roots of cone responses to lightness and the two opponent axes.
const OPPONENT: [[f32; 3]; 3] = [
    [0.210_454_26, 0.793_617_8, -0.004_072_047],
    [1.977_998_5, -2.428_592_2, 0.450_593_7],
    [0.025_904_037, 0.782_771_77, -0.808_675_77],
];

fn dot(row: [f32; 3], at: [f32; 3]) -> f32 {
    row[0] * at[0] + row[1] * at[1] + row[2] * at[2]
}

fn cones(linear: [f32; 3]) -> [f32; 3] {
    CONES.map(|row| dot(row, linear).cbrt())
}

fn oklab(linear: [f32; 3]) -> [f32; 3] {
    let roots = cones(linear);
    OPPONENT.map(|row| dot(row, roots))
}

/// The inverse, by Ottosson's published matrices; linear sRGB, perhaps outside 0…1.
fn from_oklab([l, a, b]: [f32; 3]) -> [f32; 3] {
    let cubes = [
        l + 0.396_337_78 * a + 0.215_803_76 * b,
        l - 0.105_561_346 * a - 0.063_854_17 * b,
        l - 0.089_484_18 * a - 1.291_485_5 * b,
    ]
    .map(|root| root * root * root);
    [
        dot([4.076_741_7, -3.307_711_6, 0.230_969_94], cubes),
        dot([-1.268_438, 2.609_757_4, -0.341_319_4], cubes),
        dot([-0.004_196_086_3, -0.703_418_6, 1.707_614_7], cubes),
    ]
}

/// From light to the stored value, both 0…1.
fn transfer(light: f32) -> f32 {
    if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// A stored colour as light, 0…1.
fn linear(rgb: Rgb) -> [f32; 3] {
    static TABLE: OnceLock<[f32; 256]> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        std::array::from_fn(|byte| {
            let value = byte as f64 / 255.0;
            (if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }) as f32
        })
    });
    rgb.map(|value| table[usize::from(value)])
}

/// How far apart two colours look: the Euclidean distance in Oklab times 100 (CSS Color 4 calls the distance ΔEOK).
pub fn difference(a: [f32; 3], b: [f32; 3]) -> f32 {
    squared(a, b).sqrt() * 100.0
}

/// Squared Euclidean distance.
#[inline]
pub fn squared(a: [f32; 3], b: [f32; 3]) -> f32 {
    let [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    x * x + y * y + z * z
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: [f32; 3], expected: [f32; 3]) {
        assert!(squared(found, expected).sqrt() < 2e-4, "{found:?} instead of {expected:?}");
    }

    #[test]
    fn the_published_colours() {
        // CSS Color 4's sample values of the sRGB primaries and white.
        near(Space::Oklab.of([255, 0, 0]), [0.62796, 0.22486, 0.12585]);
        near(Space::Oklab.of([0, 255, 0]), [0.86644, -0.23389, 0.17950]);
        near(Space::Oklab.of([0, 0, 255]), [0.45201, -0.03246, -0.31153]);
        near(Space::Oklab.of([255; 3]), [1.0, 0.0, 0.0]);
        near(Space::Linear.of([188, 128, 10]), [0.50289, 0.21586, 0.00304]);
    }

    #[test]
    fn every_colour_comes_back_and_lies_in_its_bounds() {
        for (space, _) in Space::ALL {
            for code in (0..1 << 24).step_by(10_007) {
                let rgb = [(code >> 16) as u8, (code >> 8) as u8, code as u8];
                let at = space.of(rgb);
                assert_eq!(space.stored(at), rgb, "{space:?}");
                let (low, high) = (rgb.map(|value| value & 0xF8), rgb.map(|value| value | 7));
                for (value, [least, most]) in at.into_iter().zip(space.bounds(low, high)) {
                    assert!((least..=most).contains(&value), "{space:?} {rgb:?}");
                }
                for (value, [least, most]) in at.into_iter().zip(space.range()) {
                    assert!((least - 1e-5..=most + 1e-5).contains(&value), "{space:?} {rgb:?} {at:?}");
                }
            }
        }
    }
}
