//! The bias of an integer layer: S_b = S_W · S_X, Z_b = 0, q_b in int32 (Jacob et al. 2018, section 2.4).

use super::IntegerError;

/// In how many bits the bias is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BiasWidth {
    /// int32 in units of S_W · S_X: added to the accumulator as it is.
    #[default]
    Int32,
    /// int8 with a scale of its own, |b|max / 127, for comparison: its error is a systematic offset on every output.
    Int8,
}

/// The bias of one output channel, step by step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bias {
    /// b.
    pub real: f32,
    /// S_b = S_W · S_X, exact in double precision.
    pub scale: f64,
    /// b as an int8 code and that code's scale, where the bias has 8 bits.
    pub narrow: Option<(i32, f64)>,
    /// q_b: what the accumulator gets, in units of S_b.
    pub code: i32,
    /// S_b · q_b − b: added to every output of the channel.
    pub offset: f64,
}

impl Bias {
    /// Quantizes the biases of all channels; `scales` holds S_W · S_X, channel by channel. q_b is rounded half to even.
    ///
    /// # Errors
    /// Numbers of biases and scales that differ; NaN or an infinity; q_b beyond int32.
    pub fn quantize(biases: &[f32], scales: &[f64], width: BiasWidth) -> Result<Vec<Self>, IntegerError> {
        if biases.len() != scales.len() {
            return Err(IntegerError::Shape(format!("{} biases for {} outputs", biases.len(), scales.len())));
        }
        if let Some(index) = biases.iter().position(|bias| !bias.is_finite()) {
            return Err(IntegerError::NotFinite(format!("bias {index}")));
        }
        let largest = biases.iter().fold(0.0_f64, |largest, bias| largest.max(f64::from(*bias).abs()));
        let step = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let quantize = |(index, (&real, &scale)): (usize, (&f32, &f64))| {
            let narrow = (width == BiasWidth::Int8).then(|| ((f64::from(real) / step).round_ties_even() as i32, step));
            let kept = narrow.map_or(f64::from(real), |(code, step)| f64::from(code) * step);
            let code = (kept / scale).round_ties_even();
            if code.abs() > f64::from(i32::MAX) {
                return Err(IntegerError::Scale(format!(
                    "bias {index} is {real}, which is {code} steps of S_W S_X = {scale:e} and does not fit int32"
                )));
            }
            Ok(Self { real, scale, narrow, code: code as i32, offset: code * scale - f64::from(real) })
        };
        biases.iter().zip(scales).enumerate().map(quantize).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bias_of_eight_bits_is_coarser() {
        let (biases, scales) = ([0.5, -1.9, 0.003], [1e-4; 3]);
        let wide = Bias::quantize(&biases, &scales, BiasWidth::Int32).unwrap();
        let narrow = Bias::quantize(&biases, &scales, BiasWidth::Int8).unwrap();
        assert_eq!(wide.iter().map(|bias| bias.code).collect::<Vec<_>>(), [5000, -19_000, 30]);
        assert_eq!(narrow.iter().map(|bias| bias.narrow.unwrap().0).collect::<Vec<_>>(), [33, -127, 0]);
        assert_eq!(narrow[2].code, 0, "small biases vanish in 8 bits");
        assert!(wide.iter().all(|bias| bias.offset.abs() <= 0.5e-4 + 1e-9));
        assert!(narrow[0].offset.abs() > 1e-3);
    }

    #[test]
    fn biases_that_do_not_fit_are_refused() {
        let refused =
            |biases: &[f32], scale: f64| Bias::quantize(biases, &[scale], BiasWidth::Int32).unwrap_err().to_string();
        assert!(refused(&[1e9], 1e-6).contains("int32"));
        assert!(refused(&[f32::NAN], 1.0).contains("bias 0"));
        assert!(refused(&[1.0, 2.0], 1.0).contains("2 biases for 1"));
    }
}
