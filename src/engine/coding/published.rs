//! Published figures to compare with: Han, Mao and Dally, "Deep Compression", ICLR 2016, tables 1 to 5, as printed.
//!
//! Some printed figures contradict each other (the total of LeNet-300-100 takes more bits a weight than any of its layers, `ip2` of LeNet-5
//! more after Huffman coding than before). They are kept as they are printed.

/// One network of the paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Network {
    /// Its name.
    pub name: &'static str,
    /// The table of its layers in the paper.
    pub table: u8,
    /// Its size as float32, as printed.
    pub size: &'static str,
    /// Its size after pruning, quantization and Huffman coding, as printed.
    pub compressed: &'static str,
    /// How many times smaller, as printed.
    pub ratio: u16,
    /// Top-1 error in percent, of the reference and of the compressed network.
    pub top1_error: (f64, f64),
    /// Top-5 error in percent, where there are that many classes.
    pub top5_error: Option<(f64, f64)>,
    /// Its layers; the last row is the total.
    pub layers: &'static [Layer],
}

/// One row of tables 2 to 5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// The layer's name, or `total`.
    pub name: &'static str,
    /// Number of weights as printed, e.g. `235K`.
    pub weights: &'static str,
    /// Weights left by pruning, in percent.
    pub kept: f64,
    /// Bits of a weight after pruning and quantization, and after Huffman coding.
    pub weight_bits: (f64, f64),
    /// Bits of an index after pruning and quantization, and after Huffman coding.
    pub index_bits: (f64, f64),
    /// Size in percent of float32 after pruning and quantization, and after Huffman coding.
    pub rate: (f64, f64),
}

/// The words that mark these figures.
pub const MARK: &str = "published";

/// Where they are from.
pub const SOURCE: &str = "Han, Mao and Dally, Deep Compression, ICLR 2016, tables 1 to 5";

const fn row(
    name: &'static str,
    weights: &'static str,
    kept: f64,
    weight_bits: (f64, f64),
    index_bits: (f64, f64),
    rate: (f64, f64),
) -> Layer {
    Layer { name, weights, kept, weight_bits, index_bits, rate }
}

/// LeNet-300-100, LeNet-5, AlexNet and VGG-16.
#[rustfmt::skip]
pub const NETWORKS: [Network; 4] = [
    Network {
        name: "LeNet-300-100", table: 2, size: "1070 KB", compressed: "27 KB", ratio: 40,
        top1_error: (1.64, 1.58), top5_error: None,
        layers: &[
            row("ip1", "235K", 8.0, (6.0, 4.4), (5.0, 3.7), (3.1, 2.32)),
            row("ip2", "30K", 9.0, (6.0, 4.4), (5.0, 4.3), (3.8, 3.04)),
            row("ip3", "1K", 26.0, (6.0, 4.3), (5.0, 3.2), (15.7, 12.70)),
            row("total", "266K", 8.0, (6.0, 5.1), (5.0, 3.7), (3.1, 2.49)),
        ],
    },
    Network {
        name: "LeNet-5", table: 3, size: "1720 KB", compressed: "44 KB", ratio: 39,
        top1_error: (0.80, 0.74), top5_error: None,
        layers: &[
            row("conv1", "0.5K", 66.0, (8.0, 7.2), (5.0, 1.5), (78.5, 67.45)),
            row("conv2", "25K", 12.0, (8.0, 7.2), (5.0, 3.9), (6.0, 5.28)),
            row("ip1", "400K", 8.0, (5.0, 4.5), (5.0, 4.5), (2.7, 2.45)),
            row("ip2", "5K", 19.0, (5.0, 5.2), (5.0, 3.7), (6.9, 6.13)),
            row("total", "431K", 8.0, (5.3, 4.1), (5.0, 4.4), (3.05, 2.55)),
        ],
    },
    Network {
        name: "AlexNet", table: 4, size: "240 MB", compressed: "6.9 MB", ratio: 35,
        top1_error: (42.78, 42.78), top5_error: Some((19.73, 19.70)),
        layers: &[
            row("conv1", "35K", 84.0, (8.0, 6.3), (4.0, 1.2), (32.6, 20.53)),
            row("conv2", "307K", 38.0, (8.0, 5.5), (4.0, 2.3), (14.5, 9.43)),
            row("conv3", "885K", 35.0, (8.0, 5.1), (4.0, 2.6), (13.1, 8.44)),
            row("conv4", "663K", 37.0, (8.0, 5.2), (4.0, 2.5), (14.1, 9.11)),
            row("conv5", "442K", 37.0, (8.0, 5.6), (4.0, 2.5), (14.0, 9.43)),
            row("fc6", "38M", 9.0, (5.0, 3.9), (4.0, 3.2), (3.0, 2.39)),
            row("fc7", "17M", 9.0, (5.0, 3.6), (4.0, 3.7), (3.0, 2.46)),
            row("fc8", "4M", 25.0, (5.0, 4.0), (4.0, 3.2), (7.3, 5.85)),
            row("total", "61M", 11.0, (5.4, 4.0), (4.0, 3.2), (3.7, 2.88)),
        ],
    },
    Network {
        name: "VGG-16", table: 5, size: "552 MB", compressed: "11.3 MB", ratio: 49,
        top1_error: (31.50, 31.17), top5_error: Some((11.32, 10.91)),
        layers: &[
            row("conv1_1", "2K", 58.0, (8.0, 6.8), (5.0, 1.7), (40.0, 29.97)),
            row("conv1_2", "37K", 22.0, (8.0, 6.5), (5.0, 2.6), (9.8, 6.99)),
            row("conv2_1", "74K", 34.0, (8.0, 5.6), (5.0, 2.4), (14.3, 8.91)),
            row("conv2_2", "148K", 36.0, (8.0, 5.9), (5.0, 2.3), (14.7, 9.31)),
            row("conv3_1", "295K", 53.0, (8.0, 4.8), (5.0, 1.8), (21.7, 11.15)),
            row("conv3_2", "590K", 24.0, (8.0, 4.6), (5.0, 2.9), (9.7, 5.67)),
            row("conv3_3", "590K", 42.0, (8.0, 4.6), (5.0, 2.2), (17.0, 8.96)),
            row("conv4_1", "1M", 32.0, (8.0, 4.6), (5.0, 2.6), (13.1, 7.29)),
            row("conv4_2", "2M", 27.0, (8.0, 4.2), (5.0, 2.9), (10.9, 5.93)),
            row("conv4_3", "2M", 34.0, (8.0, 4.4), (5.0, 2.5), (14.0, 7.47)),
            row("conv5_1", "2M", 35.0, (8.0, 4.7), (5.0, 2.5), (14.3, 8.00)),
            row("conv5_2", "2M", 29.0, (8.0, 4.6), (5.0, 2.7), (11.7, 6.52)),
            row("conv5_3", "2M", 36.0, (8.0, 4.6), (5.0, 2.3), (14.8, 7.79)),
            row("fc6", "103M", 4.0, (5.0, 3.6), (5.0, 3.5), (1.6, 1.10)),
            row("fc7", "17M", 4.0, (5.0, 4.0), (5.0, 4.3), (1.5, 1.25)),
            row("fc8", "4M", 23.0, (5.0, 4.0), (5.0, 3.4), (7.1, 5.24)),
            row("total", "138M", 7.5, (6.4, 4.1), (5.0, 3.1), (3.2, 2.05)),
        ],
    },
];

/// Indices of the last layer of AlexNet (fc8) with how often each occurs, measured from the bars of the paper's figure 5; 300 where a bar
/// is too small to read. A built-in histogram for Huffman coding: 5 bits become 4.00.
pub const FC8_COUNTS: [u64; 32] = [
    300, 300, 300, 300, 1900, 6500, 16800, 36100, 63900, 90300, 91600, 59400, 23900, 5200, 8400, 32300, 64500, 91000,
    98700, 85800, 63200, 39400, 21300, 9700, 3900, 1300, 300, 300, 300, 300, 300, 300,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_totals_are_the_sizes_of_the_first_table() {
        for (network, float_kilobytes, kilobytes) in NETWORKS
            .iter()
            .zip([1070.0, 1720.0, 240_000.0, 552_000.0])
            .zip([27.0, 44.0, 6_900.0, 11_300.0])
            .map(|((a, b), c)| (a, b, c))
        {
            let total = network.layers.last().unwrap();
            assert_eq!(total.name, "total");
            let found: f64 = float_kilobytes * total.rate.1 / 100.0;
            assert!((found / kilobytes - 1.0).abs() < 0.02, "{}: {found}", network.name);
        }
        assert_eq!(NETWORKS.map(|network| network.layers.len()), [4, 5, 9, 17]);
    }
}
