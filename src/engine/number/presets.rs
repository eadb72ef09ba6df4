//! What well-known libraries and specifications do, as policies; and who stores what.
//!
//! Observed with ml_dtypes 0.6, PyTorch 2.15 on a CPU and onnx 1.23, and read in the specifications.

use super::policy::{InfinityRule, NanRule, Policy, ScaleRule};
use super::{FloatFormat, Format, IntegerEncoding, Kind, Named, Number, Overflow, Rounding, Value, find};

/// A library or a specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    /// OCP OFP8 and MX, saturating conversion.
    OcpSaturating,
    /// OCP OFP8 and MX, non-saturating conversion.
    OcpNonSaturating,
    /// PyTorch 2.12 and later.
    PyTorch,
    /// PyTorch 2.11 and earlier.
    PyTorch211,
    /// ml_dtypes, arrays; NumPy for its own types.
    MlDtypes,
    /// ONNX Cast with saturate = 1, the default.
    OnnxSaturate,
    /// ONNX Cast with saturate = 0.
    OnnxNoSaturate,
    /// The cvt instructions of NVIDIA PTX.
    Ptx,
}

impl std::str::FromStr for Preset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|preset| preset.name() == text);
        found.ok_or_else(|| {
            format!("preset {text:?} is unknown; expected one of {}", Self::ALL.map(Self::name).join(", "))
        })
    }
}

/// What one of them makes of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stored {
    /// A code and its value.
    Code {
        /// The code.
        code: u64,
        /// Its value.
        value: Value,
    },
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// One row of the matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opinion {
    /// Who.
    pub preset: Preset,
    /// What they store.
    pub stored: Stored,
    /// What to know about it.
    pub note: Option<&'static str>,
}

const VIA_F32: &str = "from float64, the number passes through float32 first";

impl Preset {
    /// Every one, in the order of the matrix.
    pub const ALL: [Self; 8] = [
        Self::OcpSaturating,
        Self::OcpNonSaturating,
        Self::PyTorch,
        Self::PyTorch211,
        Self::MlDtypes,
        Self::OnnxSaturate,
        Self::OnnxNoSaturate,
        Self::Ptx,
    ];

    /// The name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::OcpSaturating => "ocp-sat",
            Self::OcpNonSaturating => "ocp-nonsat",
            Self::PyTorch => "pytorch",
            Self::PyTorch211 => "pytorch-2.11",
            Self::MlDtypes => "ml_dtypes",
            Self::OnnxSaturate => "onnx-saturate-1",
            Self::OnnxNoSaturate => "onnx-saturate-0",
            Self::Ptx => "ptx",
        }
    }

    /// The name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::OcpSaturating => "OCP saturating",
            Self::OcpNonSaturating => "OCP non-saturating",
            Self::PyTorch => "PyTorch ≥ 2.12",
            Self::PyTorch211 => "PyTorch ≤ 2.11",
            Self::MlDtypes => "ml_dtypes",
            Self::OnnxSaturate => "ONNX saturate=1",
            Self::OnnxNoSaturate => "ONNX saturate=0",
            Self::Ptx => "NVIDIA PTX",
        }
    }

    /// What they do when they store numbers in a format.
    ///
    /// # Errors
    /// Why there is no answer: they lack the format, or leave open what happens.
    pub fn policy(self, format: Format) -> Result<Policy, &'static str> {
        let named = Named::of(format);
        if !self.has(&named) {
            return Err(match self {
                Self::OcpSaturating | Self::OcpNonSaturating => "OCP does not define the format",
                Self::PyTorch | Self::PyTorch211 => "PyTorch does not convert to the format",
                Self::MlDtypes => "neither ml_dtypes nor NumPy has the format",
                Self::OnnxSaturate | Self::OnnxNoSaturate => "ONNX does not have the format",
                Self::Ptx => "PTX does not convert to the format",
            });
        }
        match format {
            Format::Float(float) if float.kind == Kind::Scale => self.scale(),
            Format::Float(float) => Ok(self.float(float, &named)),
            Format::Integer(integer) => Ok(self.integer(integer.bits)),
            Format::Fixed(_) | Format::Posit(_) | Format::Table(_) => Err("the format is no float and no integer"),
        }
    }

    /// What to know about the policy.
    pub fn note(self, format: Format) -> Option<&'static str> {
        let policy = self.policy(format).ok()?;
        let fnuz = matches!(format, Format::Float(float) if float.kind == Kind::Fnuz);
        let small = matches!(format, Format::Float(float) if float.kind == Kind::Finite);
        match self {
            Self::OnnxSaturate if fnuz => {
                Some("the specification says NaN for infinities; both implementations saturate")
            }
            Self::OnnxSaturate | Self::OnnxNoSaturate if small => {
                Some("NaN becomes the largest value in the specification, −0 in the reference")
            }
            Self::OcpSaturating | Self::OcpNonSaturating if small => Some("NaN is left to the implementation"),
            Self::Ptx if matches!(format, Format::Float(float) if float.kind == Kind::Scale) => {
                Some("the hardware rounds up or toward zero, never to nearest")
            }
            Self::PyTorch | Self::PyTorch211 | Self::MlDtypes if matches!(format, Format::Integer(_)) => {
                Some("beyond the range the result is undefined in C; this is x86-64")
            }
            _ if policy.via.is_some() => Some(VIA_F32),
            _ => None,
        }
    }

    fn has(self, named: &Named) -> bool {
        let name = named.name.as_ref();
        let containers = find(name).map(|entry| entry.containers());
        match self {
            Self::OcpSaturating | Self::OcpNonSaturating => {
                ["e4m3fn", "e5m2", "e2m3fn", "e3m2fn", "e2m1fn", "e8m0"].contains(&name)
            }
            // The packed FP4 of PyTorch can be stored, not converted to.
            Self::PyTorch | Self::PyTorch211 => {
                containers.is_some_and(|row| row.torch.is_some_and(|torch| !torch.ends_with("_x2")))
            }
            Self::MlDtypes => containers.is_some_and(|row| row.ml_dtypes.is_some()),
            Self::OnnxSaturate | Self::OnnxNoSaturate => containers.is_some_and(|row| row.onnx.is_some()),
            Self::Ptx => match named.format {
                Format::Integer(integer) => {
                    let known = matches!(integer.encoding, IntegerEncoding::Unsigned | IntegerEncoding::TwosComplement);
                    known && [8, 16, 32, 64].contains(&integer.bits)
                }
                _ => ["e4m3fn", "e5m2", "e2m3fn", "e3m2fn", "e2m1fn", "e8m0", "tf32", "fp16", "bf16", "fp32", "fp64"]
                    .contains(&name),
            },
        }
    }

    fn float(self, float: FloatFormat, named: &Named) -> Policy {
        let narrow = float.bits() <= 8;
        let single = Format::Float(FloatFormat::new(8, 23, 127, Kind::Ieee));
        let wide = float.bits() >= 32;
        let overflow = match (self, float.kind) {
            // FP6 and FP4 have nowhere else to go.
            (_, Kind::Finite) => Overflow::Saturate,
            _ if !narrow => Overflow::Infinity,
            (Self::OcpSaturating | Self::OnnxSaturate | Self::Ptx, _) => Overflow::Saturate,
            (Self::PyTorch, Kind::Fn) => Overflow::Saturate,
            (_, Kind::Ieee) => Overflow::Infinity,
            _ => Overflow::Nan,
        };
        let nan = match self {
            Self::MlDtypes => NanRule::MinusZero,
            Self::OcpSaturating | Self::OcpNonSaturating => NanRule::Refuse,
            _ => NanRule::Largest,
        };
        let direct = match self {
            Self::OcpSaturating | Self::OcpNonSaturating => true,
            // NumPy and the ONNX reference round float64 to float16 once.
            Self::MlDtypes | Self::OnnxSaturate | Self::OnnxNoSaturate => named.name == "fp16",
            Self::PyTorch | Self::PyTorch211 | Self::Ptx => false,
        };
        let via = (!direct && !wide).then_some(single);
        Policy { overflow, nan, via, ..Policy::default() }
    }

    fn scale(self) -> Result<Policy, &'static str> {
        let via = Some(Format::Float(FloatFormat::new(8, 23, 127, Kind::Ieee)));
        // Everything ties up, which is away from zero; where nothing saturates there is NaN.
        let to_nan = Policy {
            rounding: Rounding::NearestAway,
            overflow: Overflow::Nan,
            scale_zero: ScaleRule::Nan,
            scale_negative: ScaleRule::Nan,
            via,
            ..Policy::default()
        };
        match self {
            Self::OcpSaturating | Self::OcpNonSaturating => Err("OCP leaves open how a number becomes a scale"),
            Self::MlDtypes => Ok(to_nan),
            Self::PyTorch | Self::PyTorch211 => {
                Ok(Policy { scale_zero: ScaleRule::Smallest, scale_negative: ScaleRule::Magnitude, ..to_nan })
            }
            Self::OnnxSaturate => Ok(Policy {
                rounding: Rounding::Up,
                overflow: Overflow::Saturate,
                scale_zero: ScaleRule::Smallest,
                scale_negative: ScaleRule::Smallest,
                ..to_nan
            }),
            Self::OnnxNoSaturate => Ok(Policy { rounding: Rounding::Up, scale_underflow: ScaleRule::Nan, ..to_nan }),
            Self::Ptx => Ok(Policy {
                rounding: Rounding::Up,
                overflow: Overflow::Saturate,
                scale_zero: ScaleRule::Smallest,
                scale_negative: ScaleRule::Smallest,
                ..to_nan
            }),
        }
    }

    fn integer(self, bits: u32) -> Policy {
        let wrapping = Policy {
            rounding: Rounding::TowardZero,
            overflow: Overflow::Wrap,
            infinity: InfinityRule::Zero,
            ..Policy::default()
        };
        match self {
            // The specification of Cast for 2 and 4 bits; elsewhere it is a C cast.
            Self::OnnxSaturate | Self::OnnxNoSaturate if bits <= 4 => {
                Policy { rounding: Rounding::NearestEven, ..wrapping }
            }
            // cvt.rni clamps, and NaN becomes 0.
            Self::Ptx => Policy::new(Rounding::NearestEven, Overflow::Saturate),
            _ => wrapping,
        }
    }
}

/// What everyone makes of a number.
pub fn who_stores(format: Format, number: &Number) -> Vec<Opinion> {
    let opinion = |preset: Preset| {
        let stored = match preset.policy(format) {
            Err(why) => Stored::Nothing(why),
            Ok(policy) => match policy.encode(format, number) {
                Err(_) => Stored::Nothing("left to the implementation"),
                Ok(code) => Stored::Code { code, value: format.value(code) },
            },
        };
        Opinion { preset, stored, note: preset.note(format) }
    };
    Preset::ALL.map(opinion).to_vec()
}

/// Whether those who store something store different values; all NaN count as one, and −0 is not +0.
pub fn disagree(opinions: &[Opinion]) -> bool {
    let bits = |value: Value| if value == Value::Nan { f64::NAN.to_bits() } else { value.to_f64().to_bits() };
    let mut stored = opinions.iter().filter_map(|opinion| match opinion.stored {
        Stored::Code { value, .. } => Some(bits(value)),
        Stored::Nothing(_) => None,
    });
    stored.next().is_some_and(|first| stored.any(|other| other != first))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What everyone stores, as text; "·" for nothing.
    fn row(name: &str, number: &str) -> Vec<String> {
        let format = find(name).unwrap().format;
        let opinions = who_stores(format, &number.parse().unwrap());
        let text = |opinion: &Opinion| match opinion.stored {
            Stored::Code { value: Value::Finite(value), .. } if value.significand > 0 => {
                super::super::Rational::from(value).to_digits(5)
            }
            Stored::Code { value, .. } => value.to_decimal(),
            Stored::Nothing(_) => "·".to_owned(),
        };
        opinions.iter().map(text).collect()
    }

    #[test]
    fn who_stores_what_of_the_specials() {
        // OCP sat, OCP nonsat, PyTorch ≥ 2.12, ≤ 2.11, ml_dtypes, ONNX 1, ONNX 0, PTX: formats.md 2.1 to 2.5.
        let rows = [
            ("e4m3fn", "464", "448 448 448 448 448 448 448 448"),
            ("e4m3fn", "465", "448 nan 448 nan nan 448 nan 448"),
            ("e4m3fn", "-1e30", "-448 nan -448 nan nan -448 nan -448"),
            ("e4m3fn", "inf", "448 nan 448 nan nan 448 nan 448"),
            ("e4m3fn", "-0", "-0 -0 -0 -0 -0 -0 -0 -0"),
            ("e4m3fn", "nan", "nan nan nan nan nan nan nan nan"),
            ("e4m3fn", "0x1.1000000001p0", "1.125 1.125 1 1 1 1 1 1"),
            ("e5m2", "61440", "57344 inf inf inf inf 57344 inf 57344"),
            ("e5m2", "-inf", "-57344 -inf -inf -inf -inf -57344 -inf -57344"),
            ("e4m3fnuz", "1000", "· · nan nan nan 240 nan ·"),
            ("e4m3fnuz", "inf", "· · nan nan nan 240 nan ·"),
            ("e4m3fnuz", "-0", "· · 0 0 0 0 0 ·"),
            ("e4m3", "1000", "· · · · inf · · ·"),
            ("e4m3b11fnuz", "31", "· · · · nan · · ·"),
            ("e2m1fn", "nan", "· · · · -0 6 6 6"),
            ("e2m1fn", "inf", "6 6 · · 6 6 6 6"),
            ("e2m1fn", "5", "4 4 · · 4 4 4 4"),
            ("e8m0", "0.75", "· · 1 1 1 1 1 1"),
            ("e8m0", "3", "· · 4 4 4 4 4 4"),
            ("e8m0", "4.1", "· · 4 4 4 8 8 8"),
            ("e8m0", "-1", "· · 1 1 nan 5.8775e-39 nan 5.8775e-39"),
            ("e8m0", "0", "· · 5.8775e-39 5.8775e-39 nan 5.8775e-39 nan 5.8775e-39"),
            ("e8m0", "1e-45", "· · 5.8775e-39 5.8775e-39 5.8775e-39 5.8775e-39 nan 5.8775e-39"),
            ("e8m0", "3e38", "· · nan nan nan 1.7014e38 nan 1.7014e38"),
            ("e8m0", "inf", "· · nan nan nan 1.7014e38 nan 1.7014e38"),
            ("fp16", "70000", "· · inf inf inf inf inf inf"),
            ("int8", "200", "· · -56 -56 -56 -56 -56 127"),
            ("int8", "-2.7", "· · -2 -2 -2 -2 -2 -3"),
            ("int8", "nan", "· · 0 0 0 0 0 0"),
            ("int4", "8", "· · · · -8 -8 -8 ·"),
            ("int4", "2.5", "· · · · 2 2 2 ·"),
            ("int4", "3.5", "· · · · 3 4 4 ·"),
        ];
        for (name, number, expected) in rows {
            assert_eq!(row(name, number).join(" "), expected, "{name} {number}");
        }
    }

    #[test]
    fn disagreement_is_seen() {
        let format = find("e4m3fn").unwrap().format;
        let disagrees = |text: &str| disagree(&who_stores(format, &text.parse().unwrap()));
        assert!(disagrees("500") && !disagrees("448") && !disagrees("nan"));
        let fp4 = find("e2m1fn").unwrap().format;
        assert!(disagree(&who_stores(fp4, &Number::Nan)));
    }
}
