//! Results of others, float against 8 bits: shown as references, never as measured here.

use super::chart::{AxisSpec, Chart, Kind, Series, Tone};
use super::figure::{Cell, Table};

/// One network, float against int8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracy {
    /// The network.
    pub network: &'static str,
    /// ImageNet top-1 in float, %.
    pub float: f64,
    /// With 8-bit weights and activations, %.
    pub int8: f64,
    /// Whether the lecture's slide shows it.
    pub on_slide: bool,
}

/// Jacob et al. 2018 (arXiv 1712.05877), tables 4.1 and 4.3.
pub const JACOB: [Accuracy; 4] = [
    Accuracy { network: "ResNet-50", float: 76.4, int8: 74.9, on_slide: true },
    Accuracy { network: "ResNet-100", float: 78.0, int8: 76.6, on_slide: false },
    Accuracy { network: "ResNet-150", float: 78.8, int8: 76.7, on_slide: false },
    Accuracy { network: "Inception-v3", float: 78.4, int8: 75.4, on_slide: true },
];

/// MobileNets on a Snapdragon 835 big core: latency in ms and ImageNet top-1 in %, read off the slide's figure of Jacob et al. 2018.
const FLOAT: [(f64, f64); 12] = [
    (6.3, 41.3),
    (9.2, 46.0),
    (13.0, 49.0),
    (17.3, 50.4),
    (19.5, 56.2),
    (28.5, 59.9),
    (38.5, 62.1),
    (50.0, 63.6),
    (58.0, 64.1),
    (87.0, 67.2),
    (124.0, 69.3),
    (168.0, 70.4),
];

/// The same networks in 8 bits.
const INT8: [(f64, f64); 13] = [
    (4.2, 40.3),
    (5.7, 50.0),
    (6.3, 44.4),
    (9.4, 54.9),
    (10.0, 46.7),
    (12.0, 48.9),
    (14.5, 58.4),
    (22.7, 60.2),
    (26.7, 61.8),
    (27.5, 61.3),
    (41.0, 65.8),
    (64.5, 67.9),
    (75.0, 69.2),
];

/// [`JACOB`] as a table.
pub fn table() -> Table {
    let mut table = Table::new("ImageNet top-1, published by Jacob et al. 2018", &["network", "float, %", "int8, %"]);
    let row = |row: Accuracy| vec![Cell::Text(row.network.to_owned()), Cell::Number(row.float), Cell::Number(row.int8)];
    table.rows = JACOB.map(row).to_vec();
    table
}

/// Accuracy by latency: at equal accuracy 8 bits are the faster ones.
pub fn mobilenets() -> Chart {
    Chart::new(
        "MobileNets on a Snapdragon 835, Jacob et al. 2018",
        AxisSpec::new("latency on a Snapdragon 835, ms").log().between(3.0, 200.0),
        AxisSpec::new("ImageNet top-1, %").between(38.0, 72.0),
    )
    .with(Series::new("float", Kind::Line, FLOAT).tone(Tone::Real).published())
    .with(Series::new("8-bit", Kind::Points, INT8).tone(Tone::Accent).published())
}

/// AlexNet on ImageNet: size in percent of float32 and change of top-1 accuracy in points, read off figure 6 of Han et al. 2016.
const ALEXNET: [(&str, &[(f64, f64)]); 3] = [
    (
        "AlexNet, pruned + quantized",
        &[
            (2.8, -1.85),
            (2.85, -1.45),
            (2.95, -0.6),
            (3.2, -0.25),
            (3.35, -0.1),
            (3.7, 0.0),
            (4.3, 0.0),
            (5.0, 0.05),
            (5.7, 0.05),
            (6.4, 0.05),
            (7.4, 0.05),
        ],
    ),
    (
        "AlexNet, pruned",
        &[
            (4.3, -4.2),
            (5.3, -2.0),
            (6.25, -1.05),
            (7.15, -0.6),
            (8.35, -0.35),
            (10.0, -0.1),
            (11.1, 0.0),
            (12.5, 0.05),
        ],
    ),
    (
        "AlexNet, quantized",
        &[
            (6.5, -3.65),
            (6.6, -2.2),
            (7.15, -1.0),
            (8.05, -0.55),
            (9.85, -0.3),
            (13.0, -0.15),
            (16.1, -0.1),
            (19.3, 0.0),
        ],
    ),
];

/// The lecture's figure of accuracy against size, as it was published.
pub fn alexnet() -> Vec<Series> {
    let series = |(name, points): (&str, &[(f64, f64)])| {
        Series::new(name, Kind::Line, points.iter().copied()).tone(Tone::Muted).published().with_markers()
    };
    ALEXNET.into_iter().map(series).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bits_lose_a_little_and_are_faster() {
        for row in JACOB {
            assert!(row.float > row.int8 && row.float - row.int8 <= 3.0, "{}", row.network);
        }
        let chart = mobilenets();
        assert!(chart.series.iter().all(|series| series.published), "they are not ours");
    }
}
