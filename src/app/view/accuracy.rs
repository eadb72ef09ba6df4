//! Measured accuracy as words, a chart, a table and a list of pictures.

use super::chart::{AxisSpec, Chart, Kind, Point, Series, Tone};
use super::figure::{Cell, Table};
use super::format;
use super::ticks::Ticks;
use crate::engine::network::{Change, Evaluation, Measured, Subject, WidthPoint};

/// The numbers of the main card.
#[derive(Clone, Debug, PartialEq)]
pub struct Headline {
    /// `96.34 %`.
    pub accuracy: String,
    /// `95.95 … 96.69 %, 95 % interval, measured on 10,000 pictures`.
    pub interval: String,
    /// `0.83 points below float32 (97.17 %)`.
    pub loss: String,
    /// Whether the loss is more than the pictures can tell from chance.
    pub is_loss: bool,
    /// `10.50×`.
    pub ratio: String,
    /// `1,066,440 B → 101,560 B`.
    pub bytes: String,
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// The numbers of a measurement beside those of float32 on the same pictures.
pub fn headline(subject: &Subject, measured: &Measured) -> Option<Headline> {
    let evaluation = &measured.evaluation;
    let (accuracy, interval) = evaluation.accuracy().zip(evaluation.interval())?;
    let float = subject.float_on(evaluation.total()).accuracy()?;
    let points = 100.0 * (float - accuracy);
    let loss = if points > 0.0 {
        format!("{points:.2} points below float32 ({})", percent(float))
    } else if points < 0.0 {
        format!("{:.2} points above float32 ({})", -points, percent(float))
    } else {
        format!("the same as float32 ({})", percent(float))
    };
    let (low, high) = (100.0 * interval.low, 100.0 * interval.high);
    let pictures = format::count(evaluation.total() as u64);
    Some(Headline {
        accuracy: percent(accuracy),
        interval: format!("{low:.2} … {high:.2} %, the 95 % interval, measured on {pictures} pictures"),
        loss,
        is_loss: interval.high < float,
        ratio: format!("{:.2}×", measured.quantized.ratio()),
        bytes: format!(
            "{} → {}",
            format::bytes_exact(measured.quantized.float_bytes),
            format::bytes_exact(measured.quantized.bytes)
        ),
    })
}

/// Accuracy at every width, with float32 as a reference.
pub fn chart(subject: &Subject, points: &[WidthPoint], pictures: usize, bits: Option<u32>) -> Chart {
    let float = subject.float_on(pictures).accuracy().unwrap_or(0.0);
    let lowest = points.iter().map(|point| 100.0 * point.interval.low).fold(100.0 * float, f64::min);
    let widths: Vec<f64> = (1..=8).map(f64::from).collect();
    let ticks = Ticks { labels: widths.iter().map(|bits| bits.to_string()).collect(), values: widths };
    let x = AxisSpec::new("bits").between(0.7, 8.3).with_ticks(ticks);
    let of = format::count(pictures.min(subject.data.len()) as u64);
    let y = AxisSpec::new(format!("right, % of {of} pictures")).between((lowest - 2.0).max(0.0), 100.0);
    let points_of = |point: &WidthPoint| {
        let (low, high) = (100.0 * point.interval.low, 100.0 * point.interval.high);
        Point::with_interval(f64::from(point.bits), 100.0 * point.accuracy, low, high)
    };
    let notes = points
        .iter()
        .map(|point| format!("{} of {of} pictures, {:.2} times smaller", percent(point.accuracy), point.ratio))
        .collect();
    let series = Series {
        points: points.iter().map(points_of).collect(),
        notes,
        ..Series::new("quantized", Kind::Line, []).tone(Tone::Accent).with_markers().main()
    };
    let current = points.iter().position(|point| Some(point.bits) == bits).map(|place| (0, place));
    let chart = Chart::new("Accuracy by bits", x, y).with(series);
    Chart { current, ..chart.mark_y(100.0 * float, "float32", Tone::Real) }
}

/// One row of the table of layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerRow {
    /// `ip1`.
    pub name: String,
    /// `235,200`.
    pub weights: String,
    /// SQNR of its weights, `18.60`; `float32` where the layer stays as it is.
    pub sqnr: String,
    /// SQNR of its activations, `17.25`: of its output behind normalization and rectifier.
    pub activations: String,
    /// `7.98×`.
    pub ratio: String,
}

/// Every layer with weights, quantized or not.
pub fn layers(subject: &Subject, measured: &Measured) -> Vec<LayerRow> {
    let row = |parameter: &crate::engine::network::Parameter| {
        let layer = measured.quantized.layers.iter().find(|layer| layer.name == parameter.name);
        let name = parameter.name.trim_end_matches(".weight");
        let noise = measured.noise.iter().find(|layer| layer.name == name);
        LayerRow {
            name: name.to_owned(),
            activations: format::decibels(noise.and_then(|layer| layer.sqnr_db)),
            weights: format::count(parameter.values.len() as u64),
            sqnr: layer.map_or_else(|| "float32".to_owned(), |layer| format::decibels(layer.report.sqnr_db())),
            ratio: layer.map_or_else(
                || "1×".to_owned(),
                |layer| format!("{:.2}×", 4.0 * layer.weights as f64 / layer.ledger.bytes().max(1) as f64),
            ),
        }
    };
    subject.network.parameters.iter().filter(|parameter| parameter.is_weight()).map(row).collect()
}

/// The layers as a table; signal-to-noise ratios in dB.
pub fn layers_table(rows: &[LayerRow]) -> Table {
    let heads = ["layer", "weights", "SQNR of weights, dB", "SQNR of activations, dB", "smaller"];
    let cells =
        rows.iter().map(|row| [&row.name, &row.weights, &row.sqnr, &row.activations, &row.ratio].map(String::clone));
    Table::read("Layers", heads, cells)
}

/// The pictures whose class changed.
pub fn changes_table(title: &str, changes: &[Change], classes: &[String]) -> Table {
    let mut table = Table::new(title, &["picture", "class", "float32", "quantized"]);
    let class = |index: u16| classes.get(usize::from(index)).map_or(Cell::Empty, |class| Cell::Text(class.clone()));
    let row = |change: &Change| {
        let [label, float, quantized] = [change.label, change.float, change.quantized].map(class);
        vec![Cell::count(change.picture as u64), label, float, quantized]
    };
    table.rows = changes.iter().map(row).collect();
    table
}

/// `213 became wrong, 20 became right, 14 wrong in another way`.
pub fn change_words(changes: &[Change]) -> String {
    let wrong = changes.iter().filter(|change| change.became_wrong()).count();
    let right = changes.iter().filter(|change| change.became_right()).count();
    let other = changes.len() - wrong - right;
    if changes.is_empty() {
        return "every answer is as in float32".to_owned();
    }
    let mut text =
        format!("{} became wrong, {} became right", format::count(wrong as u64), format::count(right as u64));
    if other > 0 {
        text += &format!(", {} wrong in another way", format::count(other as u64));
    }
    text
}

/// What the column of answers is called that no picture's class is.
const OTHER: &str = "other";

/// Pictures by class and answer, with what is needed to draw and read them.
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    /// The classes, which are rows.
    pub classes: Vec<String>,
    /// What the columns are called: the classes, and one more where the network gave answers beyond them.
    pub answers: Vec<String>,
    /// Counts, row by row.
    pub counts: Vec<u32>,
    /// Pictures of each class.
    totals: Vec<u32>,
}

impl Confusion {
    /// Of an evaluation of the first pictures of the subject.
    pub fn new(subject: &Subject, evaluation: &Evaluation) -> Self {
        Self::of(&subject.data.classes, &subject.data.labels, &evaluation.answers)
    }

    /// Of labels and answers; a network may know more classes than there are labels.
    fn of(classes: &[String], labels: &[u16], answers: &[u16]) -> Self {
        let size = classes.len();
        let beyond = answers.iter().any(|answer| usize::from(*answer) >= size);
        let mut names = classes.to_vec();
        names.extend(beyond.then(|| OTHER.to_owned()));
        let mut counts = vec![0; size * names.len()];
        let mut totals = vec![0; size];
        for (label, answer) in labels.iter().zip(answers) {
            let (row, column) = (usize::from(*label), usize::from(*answer).min(size));
            counts[row * names.len() + column] += 1;
            totals[row] += 1;
        }
        Self { classes: classes.to_vec(), answers: names, counts, totals }
    }

    /// The share of its row that a cell has.
    pub fn share(&self, cell: usize) -> f32 {
        let row = self.totals[cell / self.answers.len()];
        self.counts[cell] as f32 / row.max(1) as f32
    }

    /// What a cell says: `24 of 1,000 pictures of a 4 were taken for a 9`.
    pub fn words(&self, cell: usize) -> String {
        let (row, column) = (cell / self.answers.len(), cell % self.answers.len());
        let (count, all) = (format::count(u64::from(self.counts[cell])), format::count(u64::from(self.totals[row])));
        let class = &self.classes[row];
        match self.classes.get(column) {
            Some(answer) => format!("{count} of {all} pictures of a {class} were taken for a {answer}"),
            None => format!("{count} of {all} pictures of a {class} were taken for something else"),
        }
    }

    /// A row for each pair of a class and an answer.
    pub fn table(&self) -> Table {
        let columns = self.answers.len();
        let mut table = Table::new("Classes by answers", &["class", "answer", "pictures", "share of the class"]);
        table.rows = (0..self.counts.len())
            .map(|cell| {
                let share = f64::from(self.share(cell));
                let names = [&self.classes[cell / columns], &self.answers[cell % columns]];
                let [class, answer] = names.map(|name| Cell::Text(name.clone()));
                vec![class, answer, Cell::count(self.counts[cell].into()), Cell::Number(share)]
            })
            .collect();
        table
    }

    /// The most frequent error in words.
    pub fn summary(&self) -> String {
        let columns = self.answers.len().max(1);
        let errors = (0..self.counts.len()).filter(|cell| cell / columns != cell % columns);
        match errors
            .max_by_key(|cell| (self.counts[*cell], std::cmp::Reverse(*cell)))
            .filter(|cell| self.counts[*cell] > 0)
        {
            Some(worst) => format!("Classes by answers; most frequent error: {}", self.words(worst)),
            None => "Classes by answers; no error".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_by_row() {
        let classes = ["0".to_owned(), "1".to_owned()];
        let labels: Vec<u16> = (0..20).map(|picture| picture / 10).collect();
        let answers: Vec<u16> = (0..20).map(|picture| u16::from(picture == 9 || picture >= 13)).collect();
        let confusion = Confusion::of(&classes, &labels, &answers);
        assert_eq!((confusion.answers.len(), confusion.counts.as_slice()), (2, &[9, 1, 3, 7][..]));
        assert_eq!(confusion.words(2), "3 of 10 pictures of a 1 were taken for a 0");
        assert!((confusion.share(1) - 0.1).abs() < 1e-6);
        assert_eq!(
            confusion.summary(),
            "Classes by answers; most frequent error: 3 of 10 pictures of a 1 were taken for a 0"
        );
    }

    #[test]
    fn answers_beyond_the_classes_of_the_pictures_have_a_column() {
        let classes = ["cat".to_owned(), "dog".to_owned(), "owl".to_owned()];
        let confusion = Confusion::of(&classes, &[0, 1, 2, 2], &[0, 9, 2, 411]);
        assert_eq!(confusion.answers, ["cat", "dog", "owl", "other"]);
        assert_eq!(confusion.counts, [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1]);
        assert_eq!(confusion.words(7), "1 of 1 pictures of a dog were taken for something else");
        assert!((confusion.share(11) - 0.5).abs() < 1e-6);
        assert_eq!(confusion.table().rows.len(), 12);
    }

    #[test]
    fn changes_are_counted_by_kind() {
        let change = |label, float, quantized| Change { picture: 0, label, float, quantized };
        assert_eq!(change_words(&[]), "every answer is as in float32");
        let changes = [change(4, 4, 9), change(7, 7, 1), change(3, 5, 3), change(8, 3, 5)];
        assert_eq!(change_words(&changes), "2 became wrong, 1 became right, 1 wrong in another way");
    }
}
