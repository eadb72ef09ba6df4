//! The grid of a quantized value, r = S(q − Z), and the clamp that an activation fuses into it.

use super::IntegerError;
use crate::engine::quantize::Linear;
use crate::engine::quantize::encode::{Affine, Encoder};
use crate::engine::quantize::linear::{self, Derivation};

/// S, Z and the codes of one quantized operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// S, positive and finite.
    pub scale: f32,
    /// Z: the code of 0.
    pub zero_point: i32,
    /// Smallest code.
    pub q_min: i32,
    /// Largest code.
    pub q_max: i32,
}

impl Grid {
    /// A grid with a scale that can be divided by and codes in order.
    ///
    /// # Errors
    /// A scale that is not positive and finite; q_min above q_max; a zero point outside the codes.
    pub fn new(scale: f32, zero_point: i32, q_min: i32, q_max: i32) -> Result<Self, IntegerError> {
        if !(scale.is_finite() && scale > 0.0) {
            return Err(IntegerError::Scale(format!("the scale is {scale}; it must be positive and finite")));
        }
        if q_min > q_max {
            return Err(IntegerError::Scale(format!("the smallest code {q_min} is above the largest, {q_max}")));
        }
        if !(q_min..=q_max).contains(&zero_point) {
            return Err(IntegerError::Scale(format!(
                "the zero point {zero_point} is outside the codes {q_min} to {q_max}"
            )));
        }
        Ok(Self { scale, zero_point, q_min, q_max })
    }

    /// The grid that a linear quantizer finds for these values; NaN and infinities are left out.
    pub fn of(linear: &Linear, values: &[f32]) -> Self {
        Self::from(&linear::derive_from(linear, values))
    }

    /// q = clamp(round(r / S) + Z) in float32, half to even: ONNX's `QuantizeLinear`.
    pub fn quantize(&self, value: f32) -> i32 {
        self.encoder().code(value)
    }

    /// Every value becomes the nearest one that the codes have: S(q − Z).
    pub fn round(&self, values: &mut [f32]) {
        let mut codes = [0_u16; 1024];
        for values in values.chunks_mut(codes.len()) {
            let codes = &mut codes[..values.len()];
            Encoder::Affine(self.encoder()).encode(values, codes);
            self.encoder().decode(codes, values);
        }
    }

    /// r = S(q − Z).
    pub fn dequantize(&self, code: i32) -> f32 {
        self.scale * (code - self.zero_point) as f32
    }

    fn encoder(&self) -> Affine {
        Affine { scale: self.scale, zero_point: self.zero_point, code_min: self.q_min, code_max: self.q_max }
    }
}

impl From<&Derivation> for Grid {
    fn from(derived: &Derivation) -> Self {
        Self { scale: derived.scale, zero_point: derived.zero_point, q_min: derived.q_min, q_max: derived.q_max }
    }
}

/// What a layer's output goes through; it costs nothing, since it only narrows the final clamp (Jacob et al. 2018, section 2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// max(0, y): the lower clamp is Z_Y.
    Relu,
    /// min(max(0, y), 6): the upper clamp is the code of 6.
    Relu6,
}

impl Activation {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::None, Self::Relu, Self::Relu6];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Relu => "ReLU",
            Self::Relu6 => "ReLU6",
        }
    }

    /// The smallest and largest code that the output may have.
    pub fn clamp(self, grid: &Grid) -> (i32, i32) {
        match self {
            Self::None => (grid.q_min, grid.q_max),
            Self::Relu => (grid.zero_point, grid.q_max),
            Self::Relu6 => (grid.zero_point, grid.quantize(6.0)),
        }
    }

    /// The same on real numbers.
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Self::None => value,
            Self::Relu => value.max(0.0),
            Self::Relu6 => value.clamp(0.0, 6.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activations_narrow_the_codes() {
        let grid = Grid::new(0.1, -28, -128, 127).unwrap();
        assert_eq!(Activation::None.clamp(&grid), (-128, 127));
        assert_eq!(Activation::Relu.clamp(&grid), (-28, 127));
        assert_eq!(Activation::Relu6.clamp(&grid), (-28, 32));
        let post_relu = Grid::new(0.02, -128, -128, 127).unwrap();
        assert_eq!(Activation::Relu.clamp(&post_relu), (-128, 127), "with Z = q_min the clamp is already the ReLU");
    }

    #[test]
    fn rounding_is_quantizing_and_back() {
        let grid = Grid::new(0.03, -7, -128, 127).unwrap();
        let mut rng = crate::engine::rng::Rng::new(8);
        let values: Vec<f32> = (0..2500).map(|_| (3.0 * rng.normal()) as f32).chain([f32::NAN, 1e9, -1e9]).collect();
        let mut rounded = values.clone();
        grid.round(&mut rounded);
        for (value, rounded) in values.iter().zip(&rounded) {
            assert_eq!(*rounded, grid.dequantize(grid.quantize(*value)), "{value}");
        }
    }

    #[test]
    fn grids_that_cannot_work_are_refused() {
        for (scale, zero, low, high, hint) in [
            (0.0, 0, -8, 7, "positive"),
            (f32::NAN, 0, -8, 7, "positive"),
            (-1.0, 0, -8, 7, "positive"),
            (1.0, 0, 7, -8, "above"),
            (1.0, 9, -8, 7, "outside"),
        ] {
            assert!(Grid::new(scale, zero, low, high).unwrap_err().to_string().contains(hint));
        }
    }
}
