//! What others found that bits cost: AlexNet of Deep Compression, and Jacob et al. Shown as references, never as measured here.

use super::chart::{Kind, Series, Tone};
use super::format;
use super::grid::{Cell, Grid};

/// A curve: its name, and top-1 accuracy at 1 to 8 bits, in percent.
type Curve = (&'static str, [f64; 8]);

/// AlexNet on ImageNet, pruned and quantized: top-1 accuracy in percent by bits, read off figure 7 of Han et al. 2016; the other kind of layers stays
/// in float32.
const ALEXNET: [Curve; 2] = [
    ("AlexNet convolution", [0.0, 0.5, 25.0, 53.0, 57.0, 57.2, 57.2, 57.2]),
    ("AlexNet fully connected", [0.0, 56.0, 57.0, 57.2, 57.2, 57.2, 57.2, 57.2]),
];

/// The lecture's figure of accuracy by bits, as it was published.
pub fn alexnet() -> Vec<Series> {
    let series = |(name, accuracy): Curve| {
        let points = accuracy.into_iter().enumerate().map(|(place, accuracy)| (place as f64 + 1.0, accuracy));
        Series::new(name, Kind::Line, points).tone(Tone::Muted).published().with_markers()
    };
    ALEXNET.into_iter().map(series).collect()
}

/// A row of table 6 of Han et al. 2016: AlexNet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlexNetRow {
    /// Bits of convolutions and of fully connected layers.
    pub bits: (u32, u32),
    /// Top-1 and top-5 error, %.
    pub error: (f64, f64),
    /// What both rise by, points; `None` for the reference itself.
    pub rise: Option<(f64, f64)>,
}

/// Table 6 of Han et al. 2016.
pub const ALEXNET_BITS: [AlexNetRow; 4] = [
    AlexNetRow { bits: (32, 32), error: (42.78, 19.73), rise: None },
    AlexNetRow { bits: (8, 5), error: (42.78, 19.70), rise: Some((0.00, -0.03)) },
    AlexNetRow { bits: (8, 4), error: (42.79, 19.73), rise: Some((0.01, 0.00)) },
    AlexNetRow { bits: (4, 2), error: (44.77, 22.33), rise: Some((1.99, 2.60)) },
];

impl AlexNetRow {
    /// The row's cells: bits, top-1 error, top-5 error, both rises.
    pub fn cells(&self) -> [String; 4] {
        let rise = |rise: f64| if rise < 0.0 { format::fixed(rise, 2) } else { format!("+{}", format::fixed(rise, 2)) };
        [
            format!("{} / {}", self.bits.0, self.bits.1),
            format::fixed(self.error.0, 2),
            format::fixed(self.error.1, 2),
            self.rise.map_or_else(|| format::NONE.to_owned(), |(top1, top5)| format!("{}, {}", rise(top1), rise(top5))),
        ]
    }
}

/// Jacob et al. 2018: what a task loses (relative, %) by bits of weights (rows, 8 to 4) and of activations (columns, 8 to 4).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JacobTable {
    /// What was measured, and where it stands.
    pub title: &'static str,
    /// Row by row.
    pub values: [[f64; 5]; 5],
}

/// Tables 4.7 and 4.8 of Jacob et al. 2018 (arXiv 1712.05877).
pub const JACOB_BITS: [JacobTable; 2] = [
    JacobTable {
        title: "face attributes, table 4.7",
        values: [
            [-0.9, -0.3, -0.4, -1.3, -3.5],
            [-1.3, -0.5, -1.2, -1.0, -2.6],
            [-1.1, -1.2, -1.6, -1.6, -3.1],
            [-3.1, -3.7, -3.4, -3.4, -4.8],
            [-11.4, -13.6, -10.8, -13.1, -14.0],
        ],
    },
    JacobTable {
        title: "age, table 4.8",
        values: [
            [-1.3, -1.6, -3.2, -6.0, -9.8],
            [-1.8, -1.2, -4.6, -7.0, -9.9],
            [-2.1, -4.9, -2.6, -7.3, -9.6],
            [-3.1, -6.1, -7.8, -4.4, -10.0],
            [-10.6, -20.8, -17.9, -19.0, -19.5],
        ],
    },
];

impl JacobTable {
    /// Weight bits by activation bits.
    pub fn grid(&self) -> Grid {
        let bits: Vec<String> = (4..=8).rev().map(|bits| bits.to_string()).collect();
        let cells = self.values.iter().enumerate().flat_map(|(row, values)| {
            values.iter().enumerate().map(move |(column, value)| {
                let words = format!(
                    "{} weight bits, {} activation bits: {} %, published",
                    8 - row,
                    8 - column,
                    format::fixed(*value, 1)
                );
                let share = (-value / 20.0).clamp(0.0, 1.0).sqrt() as f32;
                Some(Cell { value: *value, text: format::fixed(*value, 1), share, words })
            })
        });
        Grid {
            title: format!("Jacob et al. 2018, {}, published", self.title),
            unit: "relative change, %".to_owned(),
            row_name: "weight bits".to_owned(),
            column_name: "activation bits".to_owned(),
            cells: cells.collect(),
            rows: bits.clone(),
            columns: bits,
            marked: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_numbers_hang_together() {
        for row in &ALEXNET_BITS[1..] {
            let (top1, top5) = row.rise.unwrap();
            let rise = |own: f64, reference: f64| ((own - reference) * 100.0).round() / 100.0;
            assert_eq!((rise(row.error.0, 42.78), rise(row.error.1, 19.73)), (top1, top5), "{:?}", row.bits);
        }
        assert_eq!(ALEXNET_BITS[3].cells(), ["4 / 2", "44.77", "22.33", "+1.99, +2.60"]);
        for series in alexnet() {
            assert!(series.published && series.points.windows(2).all(|pair| pair[0].y <= pair[1].y));
        }
        let grid = JACOB_BITS[0].grid();
        assert_eq!(grid.cell(24).unwrap().words, "4 weight bits, 4 activation bits: \u{2212}14.0 %, published");
        assert_eq!((grid.rows.len(), grid.columns.len(), grid.cells.len()), (5, 5, 25));
    }
}
