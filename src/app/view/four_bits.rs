//! The lecture's four 4-bit formats side by side, and their contest on a sample.

use super::chart::{AxisSpec, Chart, Kind, Series, Tone};
use super::figure::{Cell, Table};
use crate::app::setup::numbers::Spread;
use crate::app::theme::{Hue, Tokens};
use crate::engine::number::{Format, IntegerFormat, find, sample, sweep};

/// One of the four.
pub struct FourBitRow {
    /// The name in the catalogue.
    pub name: &'static str,
    /// The name on the slide.
    pub title: &'static str,
    /// What is to be said of it.
    pub note: &'static str,
    /// Whether the note is about what the slide says.
    pub of_slide: bool,
}

/// The formats in the slide's order.
pub const ROWS: [FourBitRow; 4] = [
    FourBitRow { name: "int4", title: "INT4", note: "even steps", of_slide: false },
    FourBitRow { name: "e1m2", title: "FP4 E1M2", note: "INT4 × 0.5, bias 0", of_slide: false },
    FourBitRow { name: "e2m1fn", title: "FP4 E2M1", note: "0111 = 1 there, a typo", of_slide: true },
    FourBitRow { name: "e3m0", title: "FP4 E3M0", note: "powers of two", of_slide: false },
];

/// Values in the sample.
pub const SAMPLE: usize = 50_000;

/// Scales that are tried.
const STEPS: usize = 96;

/// Seed of the sample.
const SEED: u64 = 1;

impl FourBitRow {
    /// The format.
    pub fn format(&self) -> Format {
        find(self.name).map_or(Format::Integer(IntegerFormat::signed(4)), |row| row.format)
    }
}

/// The colour of a row's bars and lines, by its place in [`ROWS`].
pub fn hue(tokens: &Tokens, place: usize) -> Hue {
    tokens.clusters[place]
}

/// One competitor.
#[derive(Clone, Debug, PartialEq)]
pub struct ContestRow {
    /// Its place in [`ROWS`].
    pub place: usize,
    /// Its name.
    pub title: &'static str,
    /// The signal-to-noise ratio at its best scale, in dB.
    pub sqnr: f64,
    /// What its largest value stands for then.
    pub reach: f64,
}

/// All four on one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Contest {
    /// The best first.
    pub rows: Vec<ContestRow>,
    /// Signal-to-noise ratio by scale.
    pub chart: Chart,
}

impl Contest {
    /// The best scales as a table.
    pub fn table(&self) -> Table {
        let mut table = Table::new("Who stores a sample best", &["format", "SQNR, dB", "largest value stands for"]);
        let row =
            |row: &ContestRow| vec![Cell::Text(row.title.to_owned()), Cell::Number(row.sqnr), Cell::Number(row.reach)];
        table.rows = self.rows.iter().map(row).collect();
        table
    }

    /// Tries every scale of every format.
    pub fn new(spread: Spread) -> Self {
        let values = sample(spread, SAMPLE, SEED);
        let most = f64::from(values.iter().fold(0.0_f32, |most, x| most.max(x.abs())));
        let mut rows = Vec::new();
        let mut chart = Chart {
            title: "SQNR by scale".to_owned(),
            x: AxisSpec::new("Reach, % of the largest magnitude"),
            y: AxisSpec::new("SQNR, dB"),
            ..Chart::default()
        };
        for (place, row) in ROWS.iter().enumerate() {
            let (curve, best) = sweep(row.format(), &values, STEPS);
            rows.push(ContestRow { place, title: row.title, sqnr: best.sqnr, reach: best.reach });
            let points = curve.iter().map(|point| (point.reach / most * 100.0, point.sqnr));
            let name = row.title.trim_start_matches("FP4 ");
            chart.series.push(Series::new(name, Kind::Line, points).tone(Tone::Hue(place)));
        }
        rows.sort_by(|a, b| b.sqnr.total_cmp(&a.sqnr));
        Self { rows, chart }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_of_integers_depends_on_the_sample() {
        let lead = |spread| {
            let rows = Contest::new(spread).rows;
            let of = |place| rows.iter().find(|row| row.place == place).map_or(f64::NAN, |row| row.sqnr);
            of(0) - of(2)
        };
        assert!(lead(Spread::Uniform) > 2.0);
        assert!(lead(Spread::Gaussian) < 0.7);
    }

    #[test]
    fn the_four_lists_of_the_slide() {
        let expected: [&[f64]; 4] = [
            &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
            &[0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5],
            &[0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0],
            &[0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0],
        ];
        for (row, values) in ROWS.iter().zip(expected) {
            let found: Vec<f64> = (0..8).map(|code| row.format().decode(code)).collect();
            assert_eq!(found, values, "{}", row.title);
        }
    }
}
