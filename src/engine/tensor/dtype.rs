//! How a tensor's elements are stored in its file.

use serde::{Deserialize, Serialize};

/// Storage type of a tensor's elements, in the vocabulary of safetensors, NumPy and (for integers below 8 bits) ONNX.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the formats'")]
pub enum Dtype {
    F64,
    F32,
    F16,
    BF16,
    F8E4M3Fn,
    F8E5M2,
    F8E4M3Fnuz,
    F8E5M2Fnuz,
    F8E8M0,
    F6E2M3,
    F6E3M2,
    F4E2M1,
    I64,
    I32,
    I16,
    I8,
    I4,
    I2,
    U64,
    U32,
    U16,
    U8,
    U4,
    U2,
    Bool,
}

impl Dtype {
    /// Every dtype, floats first, wide before narrow.
    pub const ALL: [Self; 25] = [
        Self::F64,
        Self::F32,
        Self::F16,
        Self::BF16,
        Self::F8E4M3Fn,
        Self::F8E5M2,
        Self::F8E4M3Fnuz,
        Self::F8E5M2Fnuz,
        Self::F8E8M0,
        Self::F6E2M3,
        Self::F6E3M2,
        Self::F4E2M1,
        Self::I64,
        Self::I32,
        Self::I16,
        Self::I8,
        Self::I4,
        Self::I2,
        Self::U64,
        Self::U32,
        Self::U16,
        Self::U8,
        Self::U4,
        Self::U2,
        Self::Bool,
    ];

    /// The name on screen and in JSON: NumPy's, with ml_dtypes' for what NumPy lacks.
    pub fn name(self) -> &'static str {
        match self {
            Self::F64 => "float64",
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::BF16 => "bfloat16",
            Self::F8E4M3Fn => "float8_e4m3fn",
            Self::F8E5M2 => "float8_e5m2",
            Self::F8E4M3Fnuz => "float8_e4m3fnuz",
            Self::F8E5M2Fnuz => "float8_e5m2fnuz",
            Self::F8E8M0 => "float8_e8m0fnu",
            Self::F6E2M3 => "float6_e2m3fn",
            Self::F6E3M2 => "float6_e3m2fn",
            Self::F4E2M1 => "float4_e2m1fn",
            Self::I64 => "int64",
            Self::I32 => "int32",
            Self::I16 => "int16",
            Self::I8 => "int8",
            Self::I4 => "int4",
            Self::I2 => "int2",
            Self::U64 => "uint64",
            Self::U32 => "uint32",
            Self::U16 => "uint16",
            Self::U8 => "uint8",
            Self::U4 => "uint4",
            Self::U2 => "uint2",
            Self::Bool => "bool",
        }
    }

    /// Bits of one element in the file.
    pub fn bits(self) -> u32 {
        match self {
            Self::F64 | Self::I64 | Self::U64 => 64,
            Self::F32 | Self::I32 | Self::U32 => 32,
            Self::F16 | Self::BF16 | Self::I16 | Self::U16 => 16,
            Self::F6E2M3 | Self::F6E3M2 => 6,
            Self::F4E2M1 | Self::I4 | Self::U4 => 4,
            Self::I2 | Self::U2 => 2,
            _ => 8,
        }
    }

    /// Whether the elements are floating point: what a quantizer selects by default.
    pub fn is_float(self) -> bool {
        self <= Self::F4E2M1
    }

    /// Bytes of `count` elements, the last one filled up.
    pub fn bytes(self, count: u64) -> u64 {
        (count * u64::from(self.bits())).div_ceil(8)
    }
}

impl std::fmt::Display for Dtype {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_what_is_named_float() {
        for dtype in Dtype::ALL {
            let named_float = dtype.name().contains("float");
            assert_eq!(dtype.is_float(), named_float, "{dtype}");
        }
    }

    #[test]
    fn a_last_partial_byte_counts() {
        assert_eq!(Dtype::F4E2M1.bytes(3), 2);
        assert_eq!(Dtype::F6E2M3.bytes(4), 3);
        assert_eq!(Dtype::F32.bytes(16), 64);
    }
}
