//! Settings of the page about the integer product.

use super::text::{choice, name, settings, whole};
use crate::engine::integer::{BiasWidth, Matrix, RealLayer, Recipe, lab_layer};
use crate::engine::quantize::Zero;

/// Where the matrices come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The lab's fully connected layer, 8 × 8, batch of 4.
    #[default]
    Lab,
    /// The lecture's 4 × 4 weights with the first four inputs of the lab.
    Lecture,
    /// The upper left 8 × 8 of the tensor that was open, with the lab's inputs.
    Slice,
}

/// What the last card shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Check {
    /// The float layer and the difference.
    #[default]
    Float,
    /// How many bits the accumulator needs.
    Range,
    /// The bias in int32 and in int8.
    Bias,
}

/// Settings of the page about the integer product.
#[derive(Clone, Debug, PartialEq)]
pub struct Matmul {
    /// Where the matrices came from.
    pub source: Source,
    /// W, X and b in real numbers, as they were edited.
    pub layer: RealLayer,
    /// Bits of weights, inputs and outputs.
    pub bits: u8,
    /// Whether Z_W is 0.
    pub symmetric: bool,
    /// Whether every row of W has a scale of its own.
    pub per_channel: bool,
    /// How ranges that do not hold 0 are treated.
    pub zero: Zero,
    /// Whether there is a bias.
    pub bias: bool,
    /// In how many bits it is kept.
    pub bias_width: BiasWidth,
    /// Which of the four terms are added.
    pub terms: [bool; 4],
    /// Bits of M₀.
    pub multiplier_bits: u32,
    /// How M is applied.
    pub recipe: Recipe,
    /// What the last card shows.
    pub check: Check,
    /// The accumulator and the multiplier of the rounding trial.
    pub trial: (i32, f64),
}

impl Default for Matmul {
    fn default() -> Self {
        Self {
            source: Source::Lab,
            layer: lab_layer(),
            bits: 2,
            symmetric: true,
            per_channel: true,
            zero: Zero::Lab,
            bias: true,
            bias_width: BiasWidth::Int32,
            terms: [true; 4],
            multiplier_bits: 32,
            recipe: Recipe::default(),
            check: Check::default(),
            trial: (12_345, 0.25),
        }
    }
}

const SOURCES: [(Source, &str); 3] = [(Source::Lab, "lab"), (Source::Lecture, "lecture"), (Source::Slice, "slice")];
const WEIGHTS: [(bool, &str); 2] = [(true, "symmetric"), (false, "affine")];
const PER: [(bool, &str); 2] = [(true, "channel"), (false, "tensor")];
const ZEROS: [(Zero, &str); 2] = [(Zero::Lab, "lab"), (Zero::Extend, "extend")];
const BIASES: [((bool, BiasWidth), &str); 3] =
    [((true, BiasWidth::Int32), "int32"), ((true, BiasWidth::Int8), "int8"), ((false, BiasWidth::Int32), "none")];
const RECIPES: [(Recipe, &str); 3] = [(Recipe::Double, "double"), (Recipe::Single, "single"), (Recipe::Float, "float")];
const CHECKS: [(Check, &str); 3] = [(Check::Float, "float"), (Check::Range, "range"), (Check::Bias, "bias")];

impl Matmul {
    /// The lecture's weights with the first inputs of the lab's batch.
    pub fn with_weights(&mut self, source: Source, weights: Matrix<f32>) {
        let lab = lab_layer();
        let (rows, depth) = (weights.rows().min(8), weights.cols().min(8));
        self.layer = RealLayer {
            weights: Matrix::from_fn(rows, depth, |row, col| weights[(row, col)]),
            inputs: Matrix::from_fn(depth, 4, |row, col| lab.inputs[(row, col)]),
            bias: lab.bias[..rows].to_vec(),
        };
        self.source = source;
        self.zero = Zero::Extend;
    }

    /// Back to the lab's layer.
    pub fn with_lab(&mut self) {
        self.layer = lab_layer();
        self.source = Source::Lab;
        self.zero = Zero::Lab;
    }

    /// The settings as text; matrices that were edited are not in it.
    pub fn text(&self) -> String {
        let default = Self::default();
        let mut pieces = vec![format!("bits={}", self.bits)];
        let mut push = |key: &str, value: &str, is_default: bool| {
            if !is_default {
                pieces.push(format!("{key}={value}"));
            }
        };
        push("layer", name(&self.source, &SOURCES), self.source == default.source);
        push("weights", name(&self.symmetric, &WEIGHTS), self.symmetric);
        push("per", name(&self.per_channel, &PER), self.per_channel);
        push("zero", name(&self.zero, &ZEROS), self.zero == default.zero);
        push("bias", name(&(self.bias, self.bias_width), &BIASES), self.bias && self.bias_width == default.bias_width);
        let terms: String = self.terms.iter().map(|on| if *on { '1' } else { '0' }).collect();
        push("terms", &terms, self.terms == default.terms);
        push("multiplier", &self.multiplier_bits.to_string(), self.multiplier_bits == default.multiplier_bits);
        push("recipe", name(&self.recipe, &RECIPES), self.recipe == default.recipe);
        push("check", name(&self.check, &CHECKS), self.check == default.check);
        format!("matmul:{}", pieces.join(","))
    }

    /// Takes a text; what it does not name is at its default. The lecture's weights are handed in, as they live elsewhere.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(&self, text: &str, lecture: &Matrix<f32>) -> Result<Self, String> {
        let mut parsed = Self { trial: self.trial, ..Self::default() };
        let settings = settings("matmul", text)?;
        // The layer comes first: it decides how ranges are treated where nothing is said.
        for (key, value) in settings.iter().filter(|(key, _)| *key == "layer") {
            match choice(key, value, &SOURCES)? {
                Source::Lab => parsed.with_lab(),
                Source::Lecture => parsed.with_weights(Source::Lecture, lecture.clone()),
                // The slice that is there stays; without one the tensor has to be chosen on the page.
                Source::Slice if self.source == Source::Slice => {
                    (parsed.layer, parsed.source, parsed.zero) = (self.layer.clone(), self.source, Zero::Extend);
                }
                Source::Slice => return Err("layer=slice: choose “Open tensor” on the page first".to_owned()),
            }
        }
        for (key, value) in settings {
            match key {
                "layer" => {}
                "bits" => parsed.bits = whole(key, value, 2, 8)? as u8,
                "weights" => parsed.symmetric = choice(key, value, &WEIGHTS)?,
                "per" => parsed.per_channel = choice(key, value, &PER)?,
                "zero" => parsed.zero = choice(key, value, &ZEROS)?,
                "bias" => (parsed.bias, parsed.bias_width) = choice(key, value, &BIASES)?,
                "recipe" => parsed.recipe = choice(key, value, &RECIPES)?,
                "check" => parsed.check = choice(key, value, &CHECKS)?,
                "multiplier" => parsed.multiplier_bits = choice(key, value, &[(32, "32"), (16, "16"), (8, "8")])?,
                "terms" => {
                    let bits: Vec<bool> = value.chars().map(|bit| bit == '1').collect();
                    let valid = value.chars().all(|bit| bit == '0' || bit == '1');
                    parsed.terms = bits
                        .try_into()
                        .ok()
                        .filter(|_| valid)
                        .ok_or_else(|| format!("terms is four of 0 and 1, not {value}"))?;
                }
                _ => return Err(format!("matmul has no setting {key}")),
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
        let lecture = Matrix::from_fn(4, 4, |row, col| (row + col) as f32);
        let base = Matmul::default();
        for text in [
            "matmul:bits=2",
            "matmul:bits=8,weights=affine,per=tensor,terms=1011",
            "matmul:bits=4,layer=lecture,zero=extend,bias=int8,multiplier=8,recipe=double,check=bias",
            "matmul:bits=3,zero=extend,bias=none",
        ] {
            assert_eq!(base.parse(text, &lecture).unwrap().text(), text);
        }
        for (text, hint) in [
            ("matmul:bits=1", "2 to 8"),
            ("matmul:terms=11", "four"),
            ("matmul:layer=slice", "Open tensor"),
            ("matmul:colour=red", "no setting"),
            ("linear:bits=2", "matmul:"),
        ] {
            assert!(base.parse(text, &lecture).unwrap_err().contains(hint), "{text}");
        }
    }
}
