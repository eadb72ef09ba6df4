//! Settings of the page about the integer convolution.

use super::text::{choice, name, settings, whole};
use crate::engine::integer::{Activation, BatchNorm, PadCode};

/// Rows and columns of the picture.
pub const SIDE: usize = 6;

/// A bright corner on a dark ground, brighter than 0 everywhere: what pads it matters.
#[rustfmt::skip]
const PICTURE: [f32; SIDE * SIDE] = [
    0.10, 0.12, 0.15, 0.20, 0.22, 0.25,
    0.12, 0.80, 0.85, 0.90, 0.95, 0.30,
    0.15, 0.82, 0.40, 0.35, 0.30, 0.28,
    0.18, 0.88, 0.38, 0.20, 0.18, 0.22,
    0.20, 0.92, 0.33, 0.18, 0.15, 0.18,
    0.24, 0.30, 0.28, 0.22, 0.18, 1.00,
];

/// A kernel to try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernel {
    /// Left against right.
    #[default]
    Edge,
    /// The mean of nine.
    Blur,
    /// The middle against its neighbours.
    Sharpen,
}

impl Kernel {
    /// Every kernel with its name on screen.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Edge, "Edge"), (Self::Blur, "Blur"), (Self::Sharpen, "Sharpen")];

    /// Its weights, row by row.
    pub fn weights(self) -> [f32; 9] {
        match self {
            Self::Edge => [0.25, 0.0, -0.25, 0.5, 0.0, -0.5, 0.25, 0.0, -0.25],
            Self::Blur => [0.1111; 9],
            Self::Sharpen => [0.0, -0.5, 0.0, -0.5, 3.0, -0.5, 0.0, -0.5, 0.0],
        }
    }
}

/// Settings of the page about the integer convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    /// X, [`SIDE`] × [`SIDE`], as it was edited.
    pub picture: Vec<f32>,
    /// Where the kernel came from.
    pub kernel: Kernel,
    /// W, 3 × 3, as it was edited.
    pub weights: Vec<f32>,
    /// Bits of weights, inputs and outputs.
    pub bits: u8,
    /// Cells of border on every side.
    pub padding: usize,
    /// What the border holds.
    pub pad: PadCode,
    /// Steps between windows.
    pub stride: usize,
    /// Distance of the kernel's taps.
    pub dilation: usize,
    /// Whether a batch normalization follows, folded into the weights.
    pub normalized: bool,
    /// γ, β, μ, σ².
    pub norm: [f32; 4],
    /// What follows.
    pub activation: Activation,
}

impl Default for Convolution {
    fn default() -> Self {
        Self {
            picture: PICTURE.to_vec(),
            kernel: Kernel::Edge,
            weights: Kernel::Edge.weights().to_vec(),
            bits: 4,
            padding: 1,
            pad: PadCode::ZeroPoint,
            stride: 1,
            dilation: 1,
            normalized: true,
            norm: [1.5, 0.2, 0.1, 0.36],
            activation: Activation::Relu,
        }
    }
}

const KERNELS: [(Kernel, &str); 3] = [(Kernel::Edge, "edge"), (Kernel::Blur, "blur"), (Kernel::Sharpen, "sharpen")];
const PADS: [(PadCode, &str); 2] = [(PadCode::ZeroPoint, "zero-point"), (PadCode::Zero, "zero")];
const NORMS: [(bool, &str); 2] = [(true, "folded"), (false, "none")];
const ACTIVATIONS: [(Activation, &str); 3] =
    [(Activation::Relu, "relu"), (Activation::Relu6, "relu6"), (Activation::None, "none")];

impl Convolution {
    /// The normalization as the engine takes it.
    pub fn batch_norm(&self) -> BatchNorm {
        let [gamma, beta, mean, variance] = self.norm.map(|value| vec![value]);
        BatchNorm { gamma, beta, mean, variance, epsilon: 1e-5 }
    }

    /// The settings as text; numbers that were edited are not in it.
    pub fn text(&self) -> String {
        let default = Self::default();
        let mut pieces = vec![format!("bits={}", self.bits)];
        let mut push = |key: &str, value: &str, is_default: bool| {
            if !is_default {
                pieces.push(format!("{key}={value}"));
            }
        };
        push("kernel", name(&self.kernel, &KERNELS), self.kernel == default.kernel);
        push("padding", &self.padding.to_string(), self.padding == default.padding);
        push("pad", name(&self.pad, &PADS), self.pad == default.pad);
        push("stride", &self.stride.to_string(), self.stride == 1);
        push("dilation", &self.dilation.to_string(), self.dilation == 1);
        push("norm", name(&self.normalized, &NORMS), self.normalized);
        push("activation", name(&self.activation, &ACTIVATIONS), self.activation == default.activation);
        format!("conv:{}", pieces.join(","))
    }

    /// Takes a text; what it does not name is at its default.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parsed = Self::default();
        for (key, value) in settings("conv", text)? {
            match key {
                "bits" => parsed.bits = whole(key, value, 2, 8)? as u8,
                "kernel" => {
                    parsed.kernel = choice(key, value, &KERNELS)?;
                    parsed.weights = parsed.kernel.weights().to_vec();
                }
                "padding" => parsed.padding = whole(key, value, 0, 2)? as usize,
                "pad" => parsed.pad = choice(key, value, &PADS)?,
                "stride" => parsed.stride = whole(key, value, 1, 2)? as usize,
                "dilation" => parsed.dilation = whole(key, value, 1, 2)? as usize,
                "norm" => parsed.normalized = choice(key, value, &NORMS)?,
                "activation" => parsed.activation = choice(key, value, &ACTIVATIONS)?,
                _ => return Err(format!("conv has no setting {key}")),
            }
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_reads_back() {
        for text in [
            "conv:bits=4",
            "conv:bits=8,kernel=blur,padding=2,pad=zero,stride=2,dilation=2,norm=none,activation=none",
            "conv:bits=2,activation=relu6",
        ] {
            assert_eq!(Convolution::parse(text).unwrap().text(), text);
        }
        for (text, hint) in
            [("conv:stride=3", "1 to 2"), ("conv:pad=one", "zero-point or zero"), ("conv:x=1", "no setting")]
        {
            assert!(Convolution::parse(text).unwrap_err().contains(hint), "{text}");
        }
    }
}
