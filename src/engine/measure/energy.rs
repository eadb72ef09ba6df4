//! What a layer costs in operations, bytes and energy: an estimate from the 45 nm table (Horowitz, ISSCC 2014, 0.9 V).

/// A number format of multiplications, with the format that its products are summed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// float32 products, float32 sums.
    Float32,
    /// float16 products, float16 sums.
    Float16,
    /// int8 products, int32 sums.
    Int8,
}

impl Precision {
    /// Every precision, the widest first.
    pub const ALL: [Self; 3] = [Self::Float32, Self::Float16, Self::Int8];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float16 => "float16",
            Self::Int8 => "int8",
        }
    }

    /// Bytes of a weight or an activation.
    pub fn bytes(self) -> u64 {
        match self {
            Self::Float32 => 4,
            Self::Float16 => 2,
            Self::Int8 => 1,
        }
    }

    /// Energy of a multiplication, in pJ.
    pub fn multiply(self) -> f64 {
        match self {
            Self::Float32 => 3.7,
            Self::Float16 => 1.1,
            Self::Int8 => 0.2,
        }
    }

    /// Energy of an addition into the sum, in pJ: int8 products are summed in int32.
    pub fn add(self) -> f64 {
        match self {
            Self::Float32 => 0.9,
            Self::Float16 => 0.4,
            Self::Int8 => 0.1,
        }
    }
}

/// Energy of reading 32 bits from DRAM, in pJ.
pub const DRAM_32: f64 = 640.0;

/// How much a layer has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Multiplications with an addition each.
    pub macs: u64,
    /// Weights that are read.
    pub weights: u64,
    /// Activations that are read and written.
    pub activations: u64,
}

/// What that costs in one precision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Energy of the multiplications, in pJ.
    pub multiply: f64,
    /// Energy of the additions, in pJ.
    pub add: f64,
    /// Bytes of weights and activations.
    pub bytes: u64,
    /// Energy of moving each of these bytes once between DRAM and chip, in pJ.
    pub dram: f64,
}

impl Work {
    /// A convolution with one square kernel: `inputs` → `outputs` channels in `groups`, `side` × `side` outputs, stride 1.
    pub fn convolution(inputs: u64, outputs: u64, groups: u64, kernel: u64, side: u64) -> Self {
        let weights = outputs * (inputs / groups.max(1)) * kernel * kernel;
        let plane = side * side;
        Self { macs: weights * plane, weights, activations: (inputs + outputs) * plane }
    }

    /// A fully connected layer on `batch` samples.
    pub fn connected(inputs: u64, outputs: u64, batch: u64) -> Self {
        Self { macs: inputs * outputs * batch, weights: inputs * outputs, activations: (inputs + outputs) * batch }
    }

    /// What the work costs in one precision.
    pub fn cost(&self, precision: Precision) -> Cost {
        let bytes = (self.weights + self.activations) * precision.bytes();
        Cost {
            multiply: self.macs as f64 * precision.multiply(),
            add: self.macs as f64 * precision.add(),
            bytes,
            dram: bytes as f64 / 4.0 * DRAM_32,
        }
    }
}

impl Cost {
    /// Arithmetic, in pJ.
    pub fn arithmetic(&self) -> f64 {
        self.multiply + self.add
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_ratios() {
        let work = Work::connected(100, 100, 1);
        let [float, half, int] = Precision::ALL.map(|precision| work.cost(precision));
        assert!((float.multiply / int.multiply - 18.5).abs() < 1e-9);
        assert!((float.arithmetic() - 46_000.0).abs() < 1e-6 && (int.arithmetic() - 3_000.0).abs() < 1e-6);
        assert_eq!((float.bytes, half.bytes, int.bytes), (40_800, 20_400, 10_200));
        // A 32-bit read from DRAM costs as much as 173 multiplications in float32.
        assert_eq!((DRAM_32 / Precision::Float32.multiply()).round(), 173.0);
        assert!(float.dram > 100.0 * float.arithmetic());
    }

    #[test]
    fn layers_by_their_sizes() {
        let layer = Work::convolution(256, 256, 1, 3, 14);
        assert_eq!((layer.weights, layer.macs, layer.activations), (589_824, 115_605_504, 100_352));
        let depthwise = Work::convolution(512, 512, 512, 3, 14);
        assert_eq!((depthwise.weights, depthwise.macs), (4_608, 903_168));
    }
}
