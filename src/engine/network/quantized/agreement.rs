//! Integer arithmetic against fake quantization, layer by layer.
//!
//! Both compute the same sum, once the biases are those that int32 holds ([`FakeQuantized::of_integers`]): at two bits S_W S_X is so wide
//! that biases in float32 would move up to a tenth of the codes. Fake quantization takes S_W S_X (Σ q_W (q_X − Z_X) + q_b) in float32 to the
//! grid of the output; integers alone take the sum exactly, times an M of 31 bits. What still differs is the rounding of M (2⁻³¹ of
//! it), of the float32 sums (some 2⁻²⁴ of their largest part), and which way a value goes that lies in the middle between two codes (to
//! the even one, or up). All of that is a small part of a step of the output's grid: *with the same inputs* two codes differ only where the
//! float32 value lies within [`TOLERANCE`] of the middle between them, and then by one.

use super::super::Activations;
use super::super::data::Dataset;
use super::super::evaluate::winners;
use super::super::ops::flat_mut;
use super::super::run::{Mode, forward};
use super::calibration::Prepared;
use super::{FakeQuantized, IntegerNetwork, IntegerScheme};
use crate::engine::Progress;
use crate::engine::quantize::QuantizeError;

/// How far from the middle between two codes both ways of computing may disagree, in steps of the output's grid.
pub const TOLERANCE: f64 = 1e-3;

/// What the entry of the chosen classes is called.
const CLASS: &str = "class";

/// How the codes of a layer agree, given the same inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    /// The node, or the rectifier that is fused to it.
    pub name: String,
    /// Codes that were compared.
    pub codes: u64,
    /// Those that differ by one step.
    pub apart: u64,
    /// Those that differ by more.
    pub further: u64,
    /// Of those that differ, the largest distance of the float32 value from the middle between the two codes, in steps.
    pub from_middle: f64,
}

/// Compares every layer that has a grid on these pictures; each takes the codes that the integer network made before it, so that
/// nothing adds up. The last entry, `class`, compares the class that is chosen by the same inputs of the last layer; classes whose scores
/// are equal count as the same.
///
/// # Errors
/// Pictures or a scheme that do not fit; or cancelled.
pub fn agreement(
    prepared: &Prepared,
    scheme: &IntegerScheme,
    data: &Dataset,
    progress: &dyn Progress,
) -> Result<Vec<Agreement>, QuantizeError> {
    let activations = scheme.activation_linear();
    let fake = FakeQuantized::of_integers(prepared, scheme, progress)?;
    let integer = IntegerNetwork::new(prepared, scheme, progress)?;
    let grids = prepared.grids(&activations);
    let mut found: Vec<Agreement> = Vec::new();
    let places: Vec<usize> = (0..data.len()).collect();
    for (shard, places) in places.chunks(super::super::SHARD).enumerate() {
        progress.tick((shard * super::super::SHARD) as u64, data.len() as u64)?;
        let mut input = data.shard(places, prepared.normalization);
        grids.input.round(flat_mut(&mut input));
        let run = integer.codes(data, places)?;
        let mut next = 0;
        let mut told = |agreement: Agreement| {
            match found.get_mut(next) {
                Some(sum) => sum.add(&agreement),
                None => found.push(agreement),
            }
            next += 1;
        };
        let tape = forward(fake.network(), &input, Mode::Evaluate, |place, output| {
            let name = &prepared.network.nodes[place].name;
            let (Some(grid), Some(codes)) = (grids.outputs[place], run.of(name)) else { return };
            // A pool by maximum gives codes of its input: there is nothing to compare.
            let has_grid = prepared.roles[place].has_grid();
            let mut agreement = Agreement { name: name.clone(), ..Agreement::default() };
            each(output, codes, |value, code| {
                let code = i32::from(code);
                if has_grid {
                    agreement.compare(
                        f64::from(*value / grid.scale) + f64::from(grid.zero_point),
                        grid.quantize(*value),
                        code,
                    );
                }
                *value = grid.dequantize(code);
            });
            if has_grid {
                told(agreement);
            }
        });
        let answers = winners(tape.scores());
        let apart = run.wins(&answers).filter(|wins| !wins).count() as u64;
        told(Agreement { name: CLASS.to_owned(), codes: answers.len() as u64, apart, ..Agreement::default() });
    }
    Ok(found)
}

impl Agreement {
    /// Takes a float32 value in steps of the grid, the code that it is rounded to, and the code of integer arithmetic.
    fn compare(&mut self, value: f64, rounded: i32, code: i32) {
        self.codes += 1;
        match (rounded - code).abs() {
            0 => return,
            1 => self.apart += 1,
            _ => self.further += 1,
        }
        let middle = f64::from(rounded + code) / 2.0;
        self.from_middle = self.from_middle.max((value - middle).abs());
    }

    fn add(&mut self, other: &Self) {
        self.codes += other.codes;
        self.apart += other.apart;
        self.further += other.further;
        self.from_middle = self.from_middle.max(other.from_middle);
    }
}

/// Calls back with every value of a shard `[channels, images, height, width]` and its code from `[images][channels · height · width]`.
fn each(output: &mut Activations, codes: &[i8], mut visit: impl FnMut(&mut f32, i8)) {
    let (channels, images, height, width) = output.dim();
    let plane = height * width;
    for (run, values) in flat_mut(output).chunks_exact_mut(plane.max(1)).enumerate() {
        let (channel, image) = (run / images, run % images);
        let start = (image * channels + channel) * plane;
        values.iter_mut().zip(&codes[start..start + plane]).for_each(|(value, code)| visit(value, *code));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::digits::{Split, draw};
    use super::super::super::{initialize, zoo};
    use super::*;
    use crate::engine::Silent;

    #[test]
    fn biases_of_float32_would_differ_by_far_more() {
        let mut network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        initialize(&mut network, 5);
        for bias in network.parameters.iter_mut().filter(|parameter| !parameter.is_weight()) {
            bias.values.iter_mut().enumerate().for_each(|(place, value)| *value = 0.01 * (place % 7) as f32);
        }
        let prepared = Prepared::quietly(&network, &draw(Split::Train, 0, 64));
        let (data, scheme) = (draw(Split::Test, 1, 32), "w2a2".parse::<IntegerScheme>().unwrap());
        let apart = |biases: bool| {
            let found = agreement(&prepared, &scheme, &data, &Silent).unwrap();
            let sum = |found: &[Agreement]| found.iter().map(|layer| layer.apart + layer.further).sum::<u64>();
            if !biases {
                return sum(&found);
            }
            let activations = scheme.activation_linear();
            let float = FakeQuantized::new(&prepared, |_| Some(scheme.weight_scheme()), Some(&activations), &Silent);
            let (float, integers) = (float.unwrap(), FakeQuantized::of_integers(&prepared, &scheme, &Silent).unwrap());
            let places: Vec<usize> = (0..data.len()).collect();
            let input = data.shard(&places, prepared.normalization);
            let (float, integers) = (float.run(&input), integers.run(&input));
            let pairs = float.outputs[2].iter().zip(&integers.outputs[2]);
            pairs.filter(|(float, integers)| float != integers).count() as u64
        };
        assert!(apart(false) == 0 && apart(true) > 20, "{} apart, {} by the biases", apart(false), apart(true));
    }
}
