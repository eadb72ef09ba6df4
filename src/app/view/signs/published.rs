//! What others measured with one and two bits: shown as references, never as measured here.

use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;

/// A table of a paper, or a row of the lecture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// Its name in the choice.
    pub name: &'static str,
    /// What is measured, and where it stands.
    pub source: &'static str,
    /// Heads of the columns of numbers.
    pub columns: &'static [&'static str],
    /// Rows: network and method, bits of weights and activations, a number a column; NaN where none was published.
    pub rows: &'static [(&'static str, &'static str, &'static [f64])],
}

/// Every table. The rows called `full` are what the rows below them are compared with.
pub const TABLES: [Published; 7] = [
    Published {
        name: "AlexNet",
        source: "ImageNet accuracy, %. Rastegari et al. 2016 (XNOR-Net), table 1",
        columns: &["top-1", "top-5"],
        rows: &[
            ("full precision", "32, 32", &[56.6, 80.2]),
            ("BinaryConnect", "1, 32", &[35.4, 61.0]),
            ("BWN", "1, 32", &[56.8, 79.4]),
            ("BNN", "1, 1", &[27.9, 50.42]),
            ("XNOR-Net", "1, 1", &[44.2, 69.2]),
        ],
    },
    Published {
        name: "ResNet-18 and GoogLeNet",
        source: "ImageNet accuracy, %. Rastegari et al. 2016 (XNOR-Net), table 2",
        columns: &["top-1", "top-5"],
        rows: &[
            ("ResNet-18, full precision", "32, 32", &[69.3, 89.2]),
            ("ResNet-18, BWN", "1, 32", &[60.8, 83.0]),
            ("ResNet-18, XNOR-Net", "1, 1", &[51.2, 73.2]),
            ("GoogLeNet variant, full precision", "32, 32", &[71.3, 90.0]),
            ("GoogLeNet variant, BWN", "1, 32", &[65.5, 86.1]),
        ],
    },
    Published {
        name: "What matters in XNOR-Net",
        source: "AlexNet, ImageNet accuracy, %. Rastegari et al. 2016, table 3",
        columns: &["top-1", "top-5"],
        rows: &[
            ("BWN, full precision", "32, 32", &[56.6, 80.2]),
            ("BWN, α = mean |W|", "1, 32", &[56.8, 79.4]),
            ("BWN, α learned by a layer", "1, 32", &[46.2, 69.5]),
            ("XNOR-Net, C-B-A-P", "1, 1", &[30.3, 57.5]),
            ("XNOR-Net, B-A-C-P", "1, 1", &[44.2, 69.2]),
        ],
    },
    Published {
        name: "TWN",
        source: "ImageNet accuracy, %. Li et al. 2016 (Ternary Weight Networks)",
        columns: &["ResNet-18 top-1", "top-5", "ResNet-18B top-1", "top-5"],
        rows: &[
            ("full precision", "32, 32", &[65.4, 86.76, 67.6, 88.0]),
            ("binary (BPWN)", "1, 32", &[57.5, 81.2, 61.6, 83.9]),
            ("ternary (TWN)", "2, 32", &[61.8, 84.2, 65.3, 86.2]),
        ],
    },
    Published {
        name: "TWN on small pictures",
        source: "Accuracy, %. Li et al. 2016 (Ternary Weight Networks)",
        columns: &["MNIST", "CIFAR-10"],
        rows: &[
            ("full precision", "32, 32", &[99.41, 92.88]),
            ("binary (BPWN)", "1, 32", &[99.05, 90.18]),
            ("ternary (TWN)", "2, 32", &[99.35, 92.56]),
        ],
    },
    Published {
        name: "TTQ",
        source: "ImageNet error, %: less is better. Zhu et al. 2017 (Trained Ternary Quantization)",
        columns: &["AlexNet top-1", "top-5", "ResNet-18B top-1", "top-5"],
        rows: &[
            ("full precision", "32, 32", &[42.8, 19.7, 30.4, 10.8]),
            ("binary (DoReFa-Net)", "1, 32", &[46.1, 23.7, 39.2, 17.0]),
            ("ternary (TWN)", "2, 32", &[45.5, 23.2, 34.7, 13.8]),
            ("ternary (TTQ)", "2, 32", &[42.5, 20.3, 33.4, 12.8]),
        ],
    },
    Published {
        name: "TTQ on CIFAR-10",
        source: "CIFAR-10 error, %: less is better. Zhu et al. 2017 (Trained Ternary Quantization)",
        columns: &["ResNet-20", "ResNet-32", "ResNet-44", "ResNet-56"],
        rows: &[
            ("full precision", "32, 32", &[8.23, 7.67, 7.18, 6.80]),
            ("ternary (TTQ)", "2, 32", &[8.87, 7.63, 7.02, 6.44]),
        ],
    },
];

/// ResNet-18 on ImageNet, top-1 in %, as the lecture's slide puts the four side by side.
pub const SLIDE: [(&str, f64); 4] = [("full", 69.6), ("BWN", 60.8), ("TWN", 65.3), ("TTQ", 66.6)];

impl Published {
    /// The row that this one is compared with: the nearest full precision above it; `None` for those rows themselves.
    fn reference(&self, row: usize) -> Option<usize> {
        let is_full = |row: &usize| self.rows[*row].1 == "32, 32";
        if is_full(&row) { None } else { (0..row).rev().find(is_full) }
    }

    /// A number against full precision, as the slides give it: `−21.2`.
    pub fn change(&self, row: usize, column: usize) -> Option<String> {
        let change = self.rows[row].2[column] - self.rows[self.reference(row)?].2[column];
        let text = format::fixed(change, 1);
        Some(if change >= 0.05 { format!("+{text}") } else { text })
    }

    /// For other programs.
    pub fn table(&self) -> Table {
        let mut table = Table::new(format!("{}, published", self.name), &["method", "bits of weights, activations"]);
        table.columns.extend(self.columns.iter().map(|column| (*column).to_owned()));
        let row = |(name, bits, numbers): &(&str, &str, &[f64])| {
            let words = [*name, *bits].map(|text| Cell::Text(text.to_owned()));
            words.into_iter().chain(numbers.iter().map(|number| Cell::Number(*number))).collect()
        };
        table.rows = self.rows.iter().map(row).collect();
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_columns_and_its_reference() {
        for table in TABLES {
            for (row, (name, _, numbers)) in table.rows.iter().enumerate() {
                assert_eq!(numbers.len(), table.columns.len(), "{}: {name}", table.name);
                assert!(row == 0 || table.rows[row].1 == "32, 32" || table.change(row, 0).is_some());
            }
            assert_eq!(table.table().rows.len(), table.rows.len());
        }
    }

    #[test]
    fn the_lectures_differences() {
        let changes: Vec<String> = (1..5).filter_map(|row| TABLES[0].change(row, 0)).collect();
        assert_eq!(changes, ["−21.2", "+0.2", "−28.7", "−12.4"]);
        assert_eq!(TABLES[1].change(1, 0).unwrap(), "−8.5");
        assert_eq!(TABLES[1].change(2, 0).unwrap(), "−18.1");
        assert_eq!(TABLES[1].change(4, 0).unwrap(), "−5.8");
        assert_eq!(TABLES[5].change(3, 0).unwrap(), "−0.3", "TTQ's error is lower than in float");
    }
}
