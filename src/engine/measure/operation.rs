//! What one operation and one read from memory cost in energy: the 45 nm table, and estimates for the widths between its own.
//!
//! Horowitz, "Computing's energy problem", ISSCC 2014: 45 nm, 0.9 V.

use super::energy::DRAM_32;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// An integer addition.
    Add,
    /// An integer multiplication.
    Multiply,
    /// A float addition.
    FloatAdd,
    /// A float multiplication.
    FloatMultiply,
    /// A read of 32 bits from a memory of 8 KB on the chip.
    Sram,
    /// A read of 32 bits from memory beside the chip.
    Dram,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// What is done.
    pub operation: Operation,
    /// On so many bits.
    pub bits: u32,
    /// For so many pJ.
    pub picojoules: f64,
}

const fn row(operation: Operation, bits: u32, picojoules: f64) -> Published {
    Published { operation, bits, picojoules }
}

/// The table.
pub const ENERGIES: [Published; 11] = [
    row(Operation::Add, 8, 0.03),
    row(Operation::Add, 16, 0.05),
    row(Operation::Add, 32, 0.1),
    row(Operation::FloatAdd, 16, 0.4),
    row(Operation::FloatAdd, 32, 0.9),
    row(Operation::Multiply, 8, 0.2),
    row(Operation::Multiply, 32, 3.1),
    row(Operation::FloatMultiply, 16, 1.1),
    row(Operation::FloatMultiply, 32, 3.7),
    row(Operation::Sram, 32, SRAM_32),
    row(Operation::Dram, 32, DRAM_32),
];

/// Energy of reading 32 bits from a memory of 8 KB on the chip, in pJ.
pub const SRAM_32: f64 = 5.0;

/// An energy, and whether somebody measured it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Energy {
    /// In pJ.
    pub picojoules: f64,
    /// Whether it stands in the table; otherwise it is an estimate between or beyond its rows.
    pub published: bool,
}

impl Operation {
    /// What the operation costs on `bits` bits (1…64).
    ///
    /// Additions follow straight lines through the table's rows and 0, reads are shared evenly by their bits. Multiplications follow the
    /// power of the width that goes through the two rows of the table: for integers bits^1.98, all but a square.
    pub fn energy(self, bits: u32) -> Energy {
        let rows = || ENERGIES.iter().filter(move |row| row.operation == self);
        if let Some(row) = rows().find(|row| row.bits == bits) {
            return Energy { picojoules: row.picojoules, published: true };
        }
        let width = f64::from(bits);
        let picojoules = match self {
            Self::Multiply | Self::FloatMultiply => {
                let ends = rows().next().zip(rows().next_back());
                ends.map_or(0.0, |(narrow, wide)| {
                    let (low, high) = (f64::from(narrow.bits), f64::from(wide.bits));
                    let power = (wide.picojoules / narrow.picojoules).ln() / (high / low).ln();
                    wide.picojoules * (width / high).powf(power)
                })
            }
            Self::Add | Self::FloatAdd | Self::Sram | Self::Dram => {
                let (mut below, mut above) = ((0.0, 0.0), (0.0, 0.0));
                for row in rows() {
                    let here = (f64::from(row.bits), row.picojoules);
                    if here.0 < width {
                        below = here;
                    }
                    if above.0 <= width {
                        above = if here.0 > width || here.0 > above.0 { here } else { above };
                    }
                }
                // Beyond the last row the line from 0 through it goes on.
                if above.0 < width {
                    below = (0.0, 0.0);
                }
                below.1 + (above.1 - below.1) * (width - below.0) / (above.0 - below.0)
            }
        };
        Energy { picojoules, published: false }
    }
}

/// A network that people know, by the number of its weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// What it is called.
    pub name: &'static str,
    /// How many weights were published.
    pub weights: u64,
    /// Where.
    pub source: &'static str,
}

/// Where the sizes of the lecture's table come from.
const BY_SIZE: &str = "published as its size in float32, four bytes a weight";

/// Networks from small to large. What was published as a size in float32 is a quarter of its bytes.
pub const KNOWN: [Known; 7] = [
    Known { name: "LeNet-300-100", weights: 266_000, source: "Han et al. 2016, table 2" },
    Known { name: "SqueezeNet", weights: 1_200_000, source: BY_SIZE },
    Known { name: "GoogLeNet", weights: 7_000_000, source: BY_SIZE },
    Known { name: "ResNet-18", weights: 11_150_000, source: BY_SIZE },
    Known { name: "AlexNet", weights: 61_000_000, source: "Han et al. 2016, table 4" },
    Known { name: "VGG-16", weights: 138_000_000, source: "Han et al. 2016, table 5" },
    Known { name: "7 B language model", weights: 7_000_000_000, source: "the lecture: 14 GB in float16" },
];

impl Known {
    /// Bytes of its weights at `bits` a weight, without anything else.
    pub fn bytes(&self, bits: u32) -> u64 {
        (self.weights * u64::from(bits)).div_ceil(8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_kept_and_its_gaps_are_estimates() {
        for row in ENERGIES {
            assert_eq!(row.operation.energy(row.bits), Energy { picojoules: row.picojoules, published: true });
        }
        // The slide's gaps: 30 times from an int8 to a float32 addition, 15.5 from int8 to int32 multiplication.
        let of = |operation: Operation, bits| operation.energy(bits).picojoules;
        assert!((of(Operation::FloatAdd, 32) / of(Operation::Add, 8) - 30.0).abs() < 1e-9);
        assert!((of(Operation::Multiply, 32) / of(Operation::Multiply, 8) - 15.5).abs() < 1e-9);
        let close = |operation: Operation, bits, expected: f64| {
            let energy = operation.energy(bits);
            assert!(
                !energy.published && (energy.picojoules - expected).abs() < 1e-9,
                "{operation:?} {bits}: {energy:?}"
            );
        };
        close(Operation::Add, 4, 0.015);
        close(Operation::Add, 12, 0.04);
        close(Operation::Add, 24, 0.075);
        close(Operation::Add, 64, 0.2);
        close(Operation::Dram, 8, 160.0);
        close(Operation::Sram, 16, 2.5);
    }

    #[test]
    fn half_the_bits_halve_an_addition_and_quarter_a_multiplication() {
        for bits in [4, 8, 16] {
            let share =
                |operation: Operation| operation.energy(bits).picojoules / operation.energy(2 * bits).picojoules;
            assert!((share(Operation::Multiply) - 0.254).abs() < 0.001, "{}", share(Operation::Multiply));
            assert!((0.49..0.61).contains(&share(Operation::Add)), "{}", share(Operation::Add));
        }
    }

    #[test]
    fn storage_is_weights_times_bits() {
        let known = |name: &str| KNOWN.iter().find(|known| known.name == name).unwrap();
        assert_eq!(known("AlexNet").bytes(32), 244_000_000);
        assert_eq!(known("VGG-16").bytes(4), 69_000_000);
        assert_eq!(known("7 B language model").bytes(16), 14_000_000_000);
        assert_eq!(known("SqueezeNet").bytes(32), 4_800_000);
    }
}
