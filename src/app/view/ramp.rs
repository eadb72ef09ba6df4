//! From a number to a colour along a row of colours.

use egui::Color32;

/// A row of colours, looked up in 256 steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ramp(Vec<Color32>);

impl Ramp {
    /// Evenly spaced `stops`, joined straight. Without stops everything is transparent.
    pub fn new(stops: &[Color32]) -> Self {
        let color = |step: usize| {
            let place = step as f32 / 255.0 * (stops.len().saturating_sub(1)) as f32;
            let left = place.floor() as usize;
            let from = stops.get(left).copied().unwrap_or_default();
            let to = stops.get(left + 1).copied().unwrap_or(from);
            from.lerp_to_gamma(to, place.fract())
        };
        Self((0..256).map(color).collect())
    }

    /// The colour at a share of the way, clamped to its ends; NaN takes the first.
    pub fn at(&self, share: f32) -> Color32 {
        self.0[(share.clamp(0.0, 1.0) * 255.0).round() as usize]
    }

    /// The colour of a signed value on a scale from −`limit` to `limit`.
    pub fn signed(&self, value: f32, limit: f32) -> Color32 {
        self.at(value / limit.max(f32::MIN_POSITIVE) * 0.5 + 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_middle_and_beyond() {
        let ramp = Ramp::new(&[Color32::BLUE, Color32::WHITE, Color32::RED]);
        assert_eq!(ramp.at(0.0), Color32::BLUE);
        assert_eq!(ramp.at(7.0), Color32::RED);
        assert_eq!(ramp.signed(-5.0, 1.0), Color32::BLUE);
        assert_eq!(ramp.signed(f32::INFINITY, 1.0), Color32::RED);
        let middle = ramp.signed(0.0, 1.0);
        assert!(middle.r() > 250 && middle.g() > 250 && middle.b() > 250, "{middle:?}");
        assert_eq!(ramp.at(f32::NAN), Color32::BLUE);
        assert_eq!(Ramp::new(&[]).at(0.5), Color32::TRANSPARENT);
    }
}
