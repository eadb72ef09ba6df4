//! Colour maps: sequential for magnitudes, codes and counts; diverging for weights and errors.

use std::sync::LazyLock;

use egui::Color32;

use super::tokens::rgb;
use super::{DARK, LIGHT, Pair, Tokens, text_on};

/// Viridis, in both themes.
const SEQUENTIAL: [Color32; 10] = [
    rgb(0x44_0154),
    rgb(0x48_2878),
    rgb(0x3E_4989),
    rgb(0x31_688E),
    rgb(0x26_828E),
    rgb(0x1F_9E89),
    rgb(0x35_B779),
    rgb(0x6D_CD59),
    rgb(0xB4_DE2C),
    rgb(0xFD_E725),
];

/// A colour map in 256 steps, for filling textures.
pub type Lut = [Color32; 256];

/// Colour of a magnitude, 0…1.
pub fn sequential(share: f32) -> Color32 {
    between(&SEQUENTIAL, share)
}

/// Text on a sequential colour, by the better contrast.
pub fn on_sequential(share: f32) -> Color32 {
    text_on(sequential(share))
}

/// The sequential map as a table.
pub fn sequential_lut() -> &'static Lut {
    static LUT: LazyLock<Lut> = LazyLock::new(|| std::array::from_fn(|step| sequential(step as f32 / 255.0)));
    &LUT
}

/// The diverging map as a table: most negative first, zero between steps 127 and 128.
pub fn diverging_lut(dark: bool) -> &'static Lut {
    fn lut(tokens: &Tokens) -> Lut {
        std::array::from_fn(|step| tokens.diverging(step as f32 / 127.5 - 1.0))
    }
    static IN_LIGHT: LazyLock<Lut> = LazyLock::new(|| lut(&LIGHT));
    static IN_DARK: LazyLock<Lut> = LazyLock::new(|| lut(&DARK));
    if dark { &IN_DARK } else { &IN_LIGHT }
}

impl Tokens {
    /// Colour of a signed value, −1…1; zero recedes into the card.
    pub fn diverging(&self, value: f32) -> Color32 {
        between(&self.diverging, (value + 1.0) / 2.0)
    }

    /// Fill and text of a level by rank: clusters up to 8 levels, else the sequential ramp.
    pub fn level(&self, rank: usize, levels: usize) -> Pair {
        if levels <= self.clusters.len() {
            let hue = self.clusters[rank.min(self.clusters.len() - 1)];
            return Pair { fill: hue.fill, text: hue.text };
        }
        let share = rank as f32 / (levels - 1) as f32;
        Pair { fill: sequential(share), text: on_sequential(share) }
    }
}

/// Straight between evenly spaced stops; a share that is not a number takes the first.
fn between(stops: &[Color32], share: f32) -> Color32 {
    let place = share.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
    let index = (place as usize).min(stops.len() - 2);
    if place.is_nan() {
        return stops[0];
    }
    stops[index].lerp_to_gamma(stops[index + 1], place - index as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::theme::contrast;

    #[test]
    fn maps_hit_their_ends_and_zero() {
        assert_eq!(sequential(0.0), SEQUENTIAL[0]);
        assert_eq!(sequential(1.0), SEQUENTIAL[9]);
        assert_eq!(sequential(f32::NAN), SEQUENTIAL[0]);
        for tokens in [&LIGHT, &DARK] {
            assert_eq!(tokens.diverging(0.0), tokens.diverging[3]);
            assert_eq!(tokens.diverging(-7.0), tokens.diverging[0]);
            assert_eq!(tokens.diverging(1.0), tokens.diverging[6]);
        }
    }

    #[test]
    fn tables_agree_with_the_maps() {
        for step in [0_u8, 1, 127, 128, 255] {
            let place = f32::from(step) / 127.5;
            assert_eq!(sequential_lut()[usize::from(step)], sequential(place / 2.0));
            assert_eq!(diverging_lut(true)[usize::from(step)], DARK.diverging(place - 1.0));
            assert_eq!(diverging_lut(false)[usize::from(step)], LIGHT.diverging(place - 1.0));
        }
        assert_ne!(diverging_lut(true)[0], diverging_lut(false)[0]);
    }

    #[test]
    fn text_reads_on_every_step() {
        for lut in [sequential_lut(), diverging_lut(false), diverging_lut(true)] {
            for fill in lut {
                assert!(contrast(text_on(*fill), *fill) >= 4.2, "{fill:?}");
            }
        }
    }
}
