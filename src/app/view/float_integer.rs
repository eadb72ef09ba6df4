//! Three ways to compute a network, as a table and sentences.

use super::figure::{Cell, Table};
use super::format;
use crate::engine::network::Evaluation;
use crate::engine::network::quantized::{Comparison, LayerNoise, Run};

/// The three ways.
pub const NAMES: [&str; 3] = ["float32", "fake-quantized", "integers alone"];

/// How far the numbers of a row can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Measured or counted here.
    Measured,
    /// From the 45 nm table.
    Estimated,
}

/// One quantity, in all three.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub hint: &'static str,
    /// Where it comes from.
    pub origin: Origin,
    /// Its values, in the order of [`NAMES`].
    pub values: [Value; 3],
}

/// One value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// `267,442 B`.
    pub text: String,
    /// How it compares with float32, `3.99× less`; may be empty.
    pub note: String,
}

/// The numbers of one way that stand out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// `97.17 %`.
    pub accuracy: String,
    /// `96.83 … 97.48 %`.
    pub interval: String,
}

/// Accuracy of each way.
pub fn heads(comparison: &Comparison) -> [Head; 3] {
    runs(comparison).map(|run| head(&run.evaluation))
}

fn runs(comparison: &Comparison) -> [&Run; 3] {
    [&comparison.float, &comparison.fake, &comparison.integer]
}

fn head(evaluation: &Evaluation) -> Head {
    let percent = |share: f64| format!("{:.2}", 100.0 * share);
    let interval = evaluation.interval().map(|interval| (percent(interval.low), percent(interval.high)));
    Head {
        accuracy: evaluation
            .accuracy()
            .map_or_else(|| format::NONE.to_owned(), |share| format!("{} %", percent(share))),
        interval: interval.map_or_else(String::new, |(low, high)| format!("{low} … {high} %")),
    }
}

/// The other numbers.
pub fn rows(comparison: &Comparison) -> Vec<Row> {
    let runs = runs(comparison);
    let row = |name, hint, origin, value: &dyn Fn(&Run) -> Value| Row { name, hint, origin, values: runs.map(value) };
    let (float, fake) = (&comparison.float, &comparison.fake);
    let plain = |text: String| Value { text, note: String::new() };
    let against = |of: &Run, run: &Run| match Comparison::mismatches(&of.evaluation, &run.evaluation) {
        _ if std::ptr::eq(of, run) => plain(format::NONE.to_owned()),
        count => plain(format::count(count as u64)),
    };
    let energy = |of: &dyn Fn(&Run) -> f64, run: &Run| Value {
        text: format::energy(of(run)),
        note: times(of(float) / of(run).max(f64::MIN_POSITIVE), ["less", "more"]),
    };
    vec![
        row("Unlike float32", "Pictures that get another class than in float32", Origin::Measured, &|run| {
            against(float, run)
        }),
        row(
            "Unlike fake-quantized",
            "Fixed point and float32 may round a value in the middle of two codes to either side",
            Origin::Measured,
            &|run| if std::ptr::eq(run, float) { plain(format::NONE.to_owned()) } else { against(fake, run) },
        ),
        row("Weights and biases", "As they are stored, scales counted", Origin::Measured, &|run| Value {
            text: format::bytes_exact(run.parameters),
            note: times(float.parameters as f64 / run.parameters.max(1) as f64, ["less", "more"]),
        }),
        row("Multiply-adds", "For one picture, in float32 or in int8 with int32 sums", Origin::Measured, &|run| {
            Value {
                text: format::count(run.operations.macs),
                note: if std::ptr::eq(run, &comparison.integer) { "int8" } else { "float32" }.to_owned(),
            }
        }),
        row(
            "Sums rescaled to codes",
            "For one picture, an int32 multiplication and a shift each",
            Origin::Measured,
            &|run| match run.operations.rescalings {
                0 => plain(format::NONE.to_owned()),
                count => plain(format::count(count)),
            },
        ),
        row(
            "Compute energy",
            "For one picture, from the 45 nm table (Horowitz 2014): int8 0.3 pJ, float32 4.6 pJ, a rescaling 3.2 pJ",
            Origin::Estimated,
            &|run| energy(&|run| run.cost.arithmetic, run),
        ),
        row(
            "Memory energy",
            "Parameters and activations of one picture moved once from or to DRAM, 640 pJ for 32 bits",
            Origin::Estimated,
            &|run| energy(&|run| run.cost.dram, run),
        ),
        row("Time for a picture", "Wall clock on this machine, all pictures in a row", Origin::Measured, &|run| {
            Value {
                text: format!("{} µs", format::significant(1e6 * run.seconds_each(), 3)),
                note: times(float.seconds_each() / run.seconds_each().max(f64::MIN_POSITIVE), ["faster", "slower"]),
            }
        }),
    ]
}

/// `3.99× less`; nothing where the ratio is 1.
fn times(ratio: f64, [less, more]: [&str; 2]) -> String {
    if (ratio - 1.0).abs() < 5e-3 || !ratio.is_finite() || ratio <= 0.0 {
        String::new()
    } else if ratio > 1.0 {
        format!("{}× {less}", format::significant(ratio, 3))
    } else {
        format!("{}× {more}", format::significant(1.0 / ratio, 3))
    }
}

/// The conclusion in one sentence.
pub fn verdict(comparison: &Comparison) -> String {
    let (float, integer) = (&comparison.float.evaluation, &comparison.integer.evaluation);
    let (Some(before), Some(after)) = (float.accuracy(), integer.accuracy()) else { return String::new() };
    let points = 100.0 * (after - before);
    let change = match points {
        same if same.abs() < 5e-3 => "as right as float32".to_owned(),
        lost if lost < 0.0 => format!("{:.2} points below float32", -lost),
        won => format!("{won:.2} points above float32"),
    };
    let chance = match (float.interval(), integer.interval()) {
        (Some(a), Some(b)) if a.low <= b.high && b.low <= a.high => "the intervals overlap",
        _ => "more than chance",
    };
    format!("Integers alone: {change}; {chance}")
}

/// What the numbers were measured on.
pub fn basis(comparison: &Comparison, calibration: usize) -> String {
    let pictures = format::count(comparison.float.evaluation.total() as u64);
    format!(
        "on {pictures} pictures; ranges of activations from {} training pictures",
        format::count(calibration as u64)
    )
}

/// `10,000 pictures`.
pub fn pictures(comparison: &Comparison) -> String {
    format!("{} pictures", format::count(comparison.float.evaluation.total() as u64))
}

/// One row of the table of layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// `ip1`.
    pub name: String,
    /// SQNR of its weights.
    pub weights: String,
    /// SQNR of its activations.
    pub activations: String,
}

/// Every layer with weights.
pub fn layers(comparison: &Comparison) -> Vec<Layer> {
    let layer = |weights: &LayerNoise| Layer {
        name: weights.name.clone(),
        weights: format::decibels(weights.sqnr_db),
        activations: format::decibels(
            comparison.noise.iter().find(|noise| noise.name == weights.name).and_then(|noise| noise.sqnr_db),
        ),
    };
    comparison.weights.iter().map(layer).collect()
}

/// Everything that the page says of the three ways, a row a quantity.
pub fn table(comparison: &Comparison) -> Table {
    let [float, fake, integer] = NAMES;
    let text = |text: &str| Cell::Text(text.to_owned());
    let mut table = Table::new("One network, computed three ways", &["quantity", float, fake, integer, "origin"]);
    let heads = heads(comparison);
    let mut line = |name: &str, values: [&str; 3], origin: &str| {
        let mut row = vec![text(name)];
        row.extend(values.map(Cell::read));
        row.push(text(origin));
        table.rows.push(row);
    };
    line("right answers", heads.each_ref().map(|head| head.accuracy.as_str()), "measured");
    line("95 % interval", heads.each_ref().map(|head| head.interval.as_str()), "measured");
    for row in rows(comparison) {
        let origin = if row.origin == Origin::Estimated { "estimated" } else { "measured" };
        line(row.name, row.values.each_ref().map(|value| value.text.as_str()), origin);
    }
    table
}

/// The layers' signal-to-noise ratios in dB.
pub fn layers_table(rows: &[Layer]) -> Table {
    let cells = rows.iter().map(|row| [row.name.clone(), row.weights.clone(), row.activations.clone()]);
    Table::read("Layers in integers", ["layer", "SQNR of weights, dB", "SQNR of activations, dB"], cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::network::digits::{Split, draw};
    use crate::engine::network::quantized::{IntegerScheme, Prepared, compare};
    use crate::engine::network::{Normalization, Subject, initialize, zoo};

    fn comparison() -> Comparison {
        let mut network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        initialize(&mut network, 4);
        let subject =
            Subject::new(network, Normalization::default(), draw(Split::Test, 0, 60), &Silent).unwrap().unwrap();
        let ranges = draw(Split::Train, 0, 32);
        let prepared = Prepared::new(&subject.network, subject.normalization, &ranges, &Silent).unwrap();
        compare(&subject, &prepared, &IntegerScheme::default(), 50, &Silent).unwrap()
    }

    #[test]
    fn rows_say_what_is_less_and_what_is_estimated() {
        let comparison = comparison();
        let rows = rows(&comparison);
        let row = |name: &str| rows.iter().find(|row| row.name == name).unwrap();
        assert_eq!(row("Unlike float32").values[0].text, format::NONE);
        let bytes = &row("Weights and biases").values;
        assert_eq!(bytes[0].text, "1,066,440 B");
        assert!(bytes[2].note.starts_with("3.9") && bytes[2].note.ends_with("× less"), "{:?}", bytes[2]);
        assert_eq!(bytes[0].note, "");
        let rescaled = &row("Sums rescaled to codes").values;
        assert_eq!([&rescaled[0].text, &rescaled[2].text], [format::NONE, "410"]);
        let energy = row("Compute energy");
        assert_eq!(energy.origin, Origin::Estimated);
        // 266,200 times 4.6 pJ, and 266,200 times 0.3 pJ with 410 rescalings of 3.2 pJ.
        assert_eq!([&energy.values[0].text, &energy.values[2].text], ["1.22 µJ", "81.2 nJ"]);
        assert!(row("Time for a picture").values.iter().all(|value| value.text.ends_with("µs")));
    }

    #[test]
    fn the_verdict_minds_the_interval() {
        let mut comparison = comparison();
        let labels = vec![0; 100];
        let right = |count: usize| Evaluation::new((0..100).map(|place| u16::from(place >= count)).collect(), &labels);
        comparison.float.evaluation = right(98);
        for (count, expected) in [
            (98, "Integers alone: as right as float32; the intervals overlap"),
            (97, "Integers alone: 1.00 points below float32; the intervals overlap"),
            (99, "Integers alone: 1.00 points above float32; the intervals overlap"),
            (50, "Integers alone: 48.00 points below float32; more than chance"),
        ] {
            comparison.integer.evaluation = right(count);
            assert_eq!(verdict(&comparison), expected);
        }
        assert_eq!(basis(&comparison, 256), "on 100 pictures; ranges of activations from 256 training pictures");
        assert_eq!(layers(&comparison).len(), 3);
    }
}
