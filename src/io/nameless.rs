//! Types that npy does not name: NumPy saves those of ml_dtypes as `V1`, `V2` or `f1`, so that somebody has to say what they are.

use std::fmt;
use std::str::FromStr;

use super::decode::{decode, pack_bits};
use crate::engine::tensor::Dtype;

/// What `V1` may be. (ml_dtypes 0.6; its float8_e3m4, float8_e4m3, float8_e4m3b11fnuz and integers of one bit are no [`Dtype`].)
const ONE_BYTE: &[Dtype] = &[
    Dtype::F8E4M3Fn,
    Dtype::F8E8M0,
    Dtype::F8E4M3Fnuz,
    Dtype::F8E5M2Fnuz,
    Dtype::F6E2M3,
    Dtype::F6E3M2,
    Dtype::F4E2M1,
    Dtype::I4,
    Dtype::U4,
    Dtype::I2,
    Dtype::U2,
];
/// What `f1` may be: ml_dtypes counts float8_e5m2 alone among the floats.
const FLOAT: &[Dtype] = &[Dtype::F8E5M2, Dtype::F8E4M3Fn, Dtype::F8E4M3Fnuz, Dtype::F8E5M2Fnuz];
/// What `V2` may be.
const TWO_BYTES: &[Dtype] = &[Dtype::BF16, Dtype::F16];
/// Elements in a [`Question::sample`].
const SAMPLE: usize = 5;

/// What elements of one and of two bytes are taken for where an npy header does not name their type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nameless {
    one: Option<Dtype>,
    two: Option<Dtype>,
}

impl Nameless {
    /// The same, and this type for elements of its width: one byte, also where its codes are shorter, or two.
    pub fn with(self, dtype: Dtype) -> Self {
        if dtype.bits() > 8 { Self { two: Some(dtype), ..self } } else { Self { one: Some(dtype), ..self } }
    }

    /// The type of a nameless `kind`, such as `V1`; `None` for any other kind.
    pub(super) fn resolve(self, kind: &str) -> Option<Result<Dtype, &'static [Dtype]>> {
        let (answer, candidates) = match kind {
            "V1" => (self.one, ONE_BYTE),
            "f1" => (self.one, FLOAT),
            "V2" => (self.two, TWO_BYTES),
            _ => return None,
        };
        Some(answer.ok_or(candidates))
    }
}

impl FromStr for Nameless {
    type Err = String;

    /// Types by name, separated by commas: `float8_e4m3fn,bfloat16`.
    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).try_fold(Self::default(), |all, name| {
            let mut known = ONE_BYTE.iter().chain(FLOAT).chain(TWO_BYTES);
            let dtype = known.clone().find(|dtype| dtype.name() == name).copied();
            dtype.map(|dtype| all.with(dtype)).ok_or_else(|| {
                let mut names: Vec<&str> = Vec::new();
                known.by_ref().filter(|dtype| **dtype != Dtype::F16).for_each(|dtype| {
                    if !names.contains(&dtype.name()) {
                        names.push(dtype.name());
                    }
                });
                format!("{name:?} is no type that npy cannot name, expected {} or float16", names.join(", "))
            })
        })
    }
}

impl fmt::Display for Nameless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.one.iter().chain(&self.two).map(|dtype| dtype.name()).collect();
        f.write_str(&names.join(","))
    }
}

/// What a person is asked before a file can be opened: which type its elements are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The type as the file has it, such as `<V1`.
    pub descr: String,
    /// What it may be, the likeliest first.
    pub candidates: &'static [Dtype],
    /// The first elements as they lie in the file; empty where they could not be seen.
    sample: Vec<u8>,
    /// Whether [`Self::sample`] is big-endian.
    big_endian: bool,
}

impl Question {
    /// The question for an array whose data begins with `data`.
    pub(super) fn new(descr: &str, candidates: &'static [Dtype], data: &[u8], big_endian: bool) -> Self {
        let width = candidates[0].bits() as usize / 8;
        let sample = data[..data.len().min(SAMPLE * width) / width * width].to_vec();
        Self { descr: descr.to_owned(), candidates, sample, big_endian }
    }

    /// The first elements, were they of this type.
    pub fn preview(&self, dtype: Dtype) -> Vec<f32> {
        let mut bytes = self.sample.clone();
        if dtype.bits() < 8 {
            let count = bytes.len();
            return decode(dtype, &packed(&bytes, dtype), count);
        }
        if self.big_endian && dtype.bits() == 16 {
            bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|element| element.reverse());
        }
        let count = bytes.len() * 8 / dtype.bits() as usize;
        decode(dtype, &bytes, count)
    }
}

/// Codes that lie one a byte, as ml_dtypes keeps them, packed as [`decode`] wants them.
pub(super) fn packed(bytes: &[u8], dtype: Dtype) -> Vec<u8> {
    pack_bits(bytes.iter().map(|&byte| u32::from(byte)), dtype.bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_by_width() {
        let answers: Nameless = "float8_e4m3fn, bfloat16".parse().unwrap();
        assert_eq!(answers, Nameless::default().with(Dtype::BF16).with(Dtype::F8E4M3Fn));
        assert_eq!(answers.to_string(), "float8_e4m3fn,bfloat16");
        for (kind, expected) in [("V1", Dtype::F8E4M3Fn), ("f1", Dtype::F8E4M3Fn), ("V2", Dtype::BF16)] {
            assert_eq!(answers.resolve(kind), Some(Ok(expected)));
            assert!(Nameless::default().resolve(kind).unwrap().is_err_and(|candidates| candidates.contains(&expected)));
        }
        assert_eq!(answers.resolve("f4"), None);
        let error = "float32".parse::<Nameless>().unwrap_err();
        assert!(error.starts_with("\"float32\" is no type that npy cannot name, expected float8_e4m3fn, "), "{error}");
    }

    #[test]
    fn a_preview_reads_the_elements_as_a_type() {
        let question = Question::new("<V1", ONE_BYTE, &[0x38, 0xB8, 0x02, 0, 0, 9, 9], false);
        assert_eq!(question.preview(Dtype::F8E4M3Fn)[..2], [1.0, -1.0]);
        // The lowest bits of each byte count.
        assert_eq!(question.preview(Dtype::F4E2M1), [-0.0, -0.0, 1.0, 0.0, 0.0]);
        let question = Question::new(">V2", TWO_BYTES, &[0x3F, 0x80, 0xC0, 0, 1], true);
        assert_eq!(question.preview(Dtype::BF16), [1.0, -2.0]);
    }
}
