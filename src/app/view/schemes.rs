//! Schemes on one tensor side by side: rows that are sorted and filtered, error against size with the Pareto front, shared axes.

use std::cmp::Ordering;

use super::chart::{AxisSpec, Chart, Kind, Series, Tone};
use super::figure::{Cell, Table};
use super::format;
use crate::engine::compress::{Rated, front};
use crate::engine::measure::{ErrorHistogram, ErrorReport};
use crate::engine::quantize::{Levels, QuantizeError, Scheme, error_histogram, levels, quantize};
use crate::engine::tensor::Summary;
use crate::engine::{Cancelled, Progress};

/// Bars of the histograms.
const BARS: usize = 41;

/// A scheme that is compared, with everything that is drawn of it.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Error and size.
    pub rated: Rated,
    /// Levels of the first group.
    pub levels: Levels,
    /// Groups with parameters of their own.
    pub groups: usize,
    /// Errors, over the same range for all.
    pub errors: ErrorHistogram,
}

/// Quantizes a tensor by every scheme; one that does not fit says why.
///
/// # Errors
/// When cancelled.
pub fn compare(
    (values, shape): (&[f32], &[usize]),
    summary: &Summary,
    schemes: &[Scheme],
    progress: &dyn Progress,
) -> Result<Vec<Result<Compared, String>>, Cancelled> {
    let mut fitted = Vec::new();
    for scheme in schemes {
        fitted.push(match quantize(values, shape, scheme, Some(summary), progress) {
            Ok(fitted) => Ok(fitted),
            Err(QuantizeError::Cancelled(cancelled)) => return Err(cancelled),
            Err(QuantizeError::Unfit(reason)) => Err(reason),
        });
    }
    let most = fitted.iter().flatten().map(|fitted| fitted.report.max_error).fold(0.0, f64::max);
    let compared = fitted.into_iter().map(|fitted| match fitted {
        Err(reason) => Ok(Err(reason)),
        Ok(fitted) => {
            let shared = ErrorReport { max_error: most, ..fitted.report };
            Ok(Ok(Compared {
                errors: error_histogram(values, &fitted.quantized, &shared, BARS, progress)?,
                levels: levels(&fitted.quantized, 0),
                groups: fitted.quantized.partition.groups(),
                rated: Rated::of(&fitted.quantized, fitted.report),
            }))
        }
    });
    compared.collect()
}

/// What the table is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// The schemes side by side.
    #[default]
    Compared,
    /// Every scheme that fits.
    All,
    /// Those that no other beats.
    Front,
}

/// A column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// The order in which they were added.
    #[default]
    Place,
    /// The scheme's text.
    Scheme,
    /// Bits per weight, everything counted.
    BitsPerWeight,
    /// Sum of squared errors.
    Sse,
    /// In dB.
    Sqnr,
    /// Largest error.
    MaxError,
    /// How many times smaller than float32.
    Ratio,
}

impl Column {
    /// In the order of the table.
    pub const ALL: [Self; 7] =
        [Self::Place, Self::Scheme, Self::BitsPerWeight, Self::Sse, Self::Sqnr, Self::MaxError, Self::Ratio];

    /// Its head.
    pub fn title(self) -> &'static str {
        match self {
            Self::Place => "#",
            Self::Scheme => "Scheme",
            Self::BitsPerWeight => "bits/weight",
            Self::Sse => "SSE",
            Self::Sqnr => "SQNR, dB",
            Self::MaxError => "max error",
            Self::Ratio => "ratio",
        }
    }

    /// Its number; `None` for words and for what is undefined.
    pub fn value(self, row: &Row) -> Option<f64> {
        let rated = row.rated.as_ref().ok()?;
        match self {
            Self::Place | Self::Scheme => None,
            Self::BitsPerWeight => rated.bits_per_weight(),
            Self::Sse => Some(rated.report.sse),
            Self::Sqnr => rated.report.sqnr_db(),
            Self::MaxError => Some(rated.report.max_error),
            Self::Ratio => rated.ratio(),
        }
    }

    /// Its number as the table says it.
    pub fn words(self, row: &Row) -> String {
        let value = self.value(row);
        match self {
            Self::Place => row.place.map_or_else(String::new, |place| (place + 1).to_string()),
            Self::Scheme => row.scheme.to_string(),
            Self::Sqnr => format::decibels(value),
            Self::BitsPerWeight => value.map_or_else(|| format::NONE.to_owned(), |value| format::fixed(value, 3)),
            Self::Ratio => value.map_or_else(|| format::NONE.to_owned(), format::ratio),
            Self::Sse | Self::MaxError => format::optional(value),
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place among those side by side, if it stands there.
    pub place: Option<usize>,
    /// The scheme.
    pub scheme: Scheme,
    /// What it makes of the tensor, or why it does not fit.
    pub rated: Result<Rated, String>,
    /// Whether no other scheme is as good at the same size.
    pub on_front: bool,
}

/// How the rows are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub column: Column,
    /// Largest first.
    pub descending: bool,
}

impl Sort {
    /// What a click on a head does: ascending, descending, back to the order in which they stand.
    pub fn clicked(self, column: Column) -> Self {
        match (self.column == column, self.descending) {
            (false, _) => Self { column, descending: false },
            (true, false) => Self { column, descending: true },
            (true, true) => Self::default(),
        }
    }
}

/// All rows: those side by side first, then every other scheme of the field.
pub fn rows(compared: &[Scheme], found: &[Result<Compared, String>], field: &[Rated]) -> Vec<Row> {
    let own = compared.iter().zip(found).enumerate().map(|(place, (scheme, found))| Row {
        place: Some(place),
        scheme: scheme.clone(),
        rated: found.as_ref().map(|found| found.rated.clone()).map_err(Clone::clone),
        on_front: false,
    });
    let others = field.iter().filter(|rated| !compared.contains(&rated.scheme)).map(|rated| Row {
        place: None,
        scheme: rated.scheme.clone(),
        rated: Ok(rated.clone()),
        on_front: false,
    });
    let mut rows: Vec<Row> = own.chain(others).collect();
    let points: Vec<(f64, f64)> = rows.iter().map(point).collect();
    for place in front(&points) {
        rows[place].on_front = true;
    }
    rows
}

/// Bits per weight and SQNR; not a number where one is undefined.
fn point(row: &Row) -> (f64, f64) {
    let value = |column: Column| column.value(row).unwrap_or(f64::NAN);
    (value(Column::BitsPerWeight), value(Column::Sqnr))
}

/// The places of the rows that are shown, in order: every word of the filter is part of the scheme's text.
pub fn shown(rows: &[Row], which: Rows, filter: &str, sort: Sort) -> Vec<usize> {
    let matches = |row: &Row| {
        let text = row.scheme.to_string();
        filter.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
    };
    let taken = |row: &Row| match which {
        Rows::Compared => row.place.is_some(),
        Rows::All => true,
        Rows::Front => row.on_front,
    };
    let mut places: Vec<usize> =
        (0..rows.len()).filter(|place| taken(&rows[*place]) && matches(&rows[*place])).collect();
    let order = |a: &usize, b: &usize| -> Ordering {
        let (left, right) = (&rows[*a], &rows[*b]);
        let order = match sort.column {
            Column::Place => a.cmp(b),
            Column::Scheme => left.scheme.to_string().cmp(&right.scheme.to_string()),
            column => match (column.value(left), column.value(right)) {
                (Some(left), Some(right)) => left.total_cmp(&right),
                // What is unknown goes last both ways.
                (left, right) => return left.is_none().cmp(&right.is_none()),
            },
        };
        if sort.descending { order.reverse() } else { order }
    };
    places.sort_by(order);
    places
}

/// The rows as they stand, for other programs.
pub fn table(tensor: &str, rows: &[Row], places: &[usize]) -> Table {
    let columns = ["scheme", "bits per weight", "SSE", "SQNR, dB", "max error", "ratio", "Pareto front"];
    let mut table = Table::new(format!("Schemes on {tensor}"), &columns);
    table.rows = places
        .iter()
        .map(|&place| {
            let row = &rows[place];
            let numbers = Column::ALL[2..].iter().map(|column| Cell::optional(column.value(row)));
            let front = Cell::Text(if row.on_front { "yes" } else { "no" }.to_owned());
            std::iter::once(Cell::Text(row.scheme.to_string())).chain(numbers).chain([front]).collect()
        })
        .collect();
    table
}

/// Error against size of all rows; which row each point of each series is.
#[derive(Clone, Debug)]
pub struct Plot {
    /// To draw.
    pub chart: Chart,
    /// Rows by series and point.
    pub places: Vec<Vec<usize>>,
}

/// The rate-distortion plot: every scheme, the front, and those side by side with their numbers. What the filter leaves out is pale.
pub fn plot(rows: &[Row], filter: &str) -> Plot {
    let matching = shown(rows, Rows::All, filter, Sort::default());
    let drawn: Vec<usize> = (0..rows.len()).filter(|place| point(&rows[*place]).0.is_finite()).collect();
    let mut groups: Vec<(Series, Vec<usize>)> = Vec::new();
    let mut add = |series: Series, places: Vec<usize>| groups.push((series, places));
    let points = |places: &[usize]| -> Vec<(f64, f64)> { places.iter().map(|place| point(&rows[*place])).collect() };
    let notes = |places: &[usize]| places.iter().map(|place| rows[*place].scheme.to_string()).collect();
    let (with, without): (Vec<usize>, Vec<usize>) =
        drawn.iter().copied().filter(|place| rows[*place].place.is_none()).partition(|place| matching.contains(place));
    for (name, places, tone) in [("left out by the filter", without, Tone::Muted), ("every scheme", with, Tone::Real)] {
        let series = Series::new(name, Kind::Points, points(&places)).tone(tone).with_notes(notes(&places));
        add(series, places);
    }
    let mut on: Vec<usize> = drawn.iter().copied().filter(|place| rows[*place].on_front).collect();
    on.sort_by(|a, b| point(&rows[*a]).0.total_cmp(&point(&rows[*b]).0));
    // Without error there is no finite SQNR: the line ends before.
    let finite: Vec<usize> = on.into_iter().filter(|place| point(&rows[*place]).1.is_finite()).collect();
    add(Series::new("Pareto front", Kind::Line, points(&finite)).tone(Tone::Good).with_notes(notes(&finite)), finite);
    for &place in drawn.iter().filter(|place| rows[**place].place.is_some()) {
        let number = rows[place].place.unwrap_or(0);
        let series = Series::new((number + 1).to_string(), Kind::Points, points(&[place]));
        add(series.tone(Tone::Hue(number)).with_notes(notes(&[place])), vec![place]);
    }
    let axes = (AxisSpec::new("bits per weight, everything counted").from_zero(), AxisSpec::new("SQNR, dB"));
    let (series, places): (Vec<Series>, Vec<Vec<usize>>) = groups.into_iter().unzip();
    Plot { chart: Chart { series, ..Chart::new("Error against size", axes.0, axes.1) }, places }
}

/// The axes that all schemes side by side share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shared {
    /// Range of the weights and levels.
    values: (f64, f64),
    /// Most weights in a bar or on a level.
    weights: f64,
    /// Most errors in a bar.
    errors: f64,
}

impl Shared {
    /// Axes that hold every histogram.
    pub fn of(summary: &Summary, found: &[Result<Compared, String>]) -> Self {
        let (low, high) = summary.quantiles(0.000_5).unwrap_or((-1.0, 1.0));
        // Levels that lie near are in view; a far one must not squeeze the others.
        let reach = (high - low) * 0.5;
        let near = found.iter().flatten().flat_map(|one| one.levels.values.iter().map(|value| f64::from(*value)));
        let (low, high) = near
            .filter(|value| (low - reach..=high + reach).contains(value))
            .fold((low, high), |(low, high), value| (low.min(value), high.max(value)));
        let room = ((high - low) * 0.06).max(f64::MIN_POSITIVE);
        let values = if high > low { (low - room, high + room) } else { (low - 1.0, high + 1.0) };
        let all = || found.iter().flatten();
        let most = |counts: &mut dyn Iterator<Item = u64>| counts.max().unwrap_or(1).max(1) as f64;
        let bars = summary.bars(values.0, (values.1 - values.0) / BARS as f64, BARS);
        let on_levels = &mut all().filter(|one| one.groups == 1).flat_map(|one| one.levels.counts.iter().copied());
        Self {
            values,
            weights: most(&mut bars.into_iter().chain(on_levels)),
            errors: most(&mut all().flat_map(|one| one.errors.counts.iter().copied())),
        }
    }

    /// The weights with the levels of one scheme on them; of several groups, the first one's levels without their counts.
    pub fn weights(&self, summary: &Summary, one: &Compared, place: usize) -> Chart {
        let width = (self.values.1 - self.values.0) / BARS as f64;
        let counts = summary.bars(self.values.0, width, BARS);
        let bars = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let bars = bars.map(|(bar, &count)| (self.values.0 + (bar as f64 + 0.5) * width, count as f64));
        let inside = |value: f32| (self.values.0..=self.values.1).contains(&value.into());
        let levels =
            one.levels.values.iter().zip(&one.levels.counts).filter(|(value, count)| inside(**value) && **count > 0);
        let levels = levels.map(|(value, count)| (f64::from(*value), *count as f64));
        Chart::new(
            format!("Weights and levels of {}", one.rated.scheme),
            AxisSpec::new("").between(self.values.0, self.values.1),
            AxisSpec::new("weights").log().between(0.6, self.weights.max(2.0) * 1.3),
        )
        .with(Series::new("", Kind::Bars(width), bars).tone(Tone::Real))
        .with(Series::new("", Kind::Stems, levels).tone(Tone::Hue(place)))
    }

    /// The errors of one scheme.
    pub fn errors(&self, one: &Compared, place: usize) -> Chart {
        let errors = &one.errors;
        let width = (errors.high - errors.low) / errors.counts.len().max(1) as f64;
        let bars = errors.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let bars = bars.map(|(bar, &count)| (errors.low + (bar as f64 + 0.5) * width, count as f64));
        Chart::new(
            format!("Errors of {}", one.rated.scheme),
            AxisSpec::new("error").between(errors.low, errors.high),
            AxisSpec::new("weights").log().between(0.6, self.errors.max(2.0) * 1.3),
        )
        .with(Series::new("", Kind::Bars(width), bars).tone(Tone::Hue(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::setup::schemes::of;
    use crate::engine::Silent;
    use crate::engine::compress::field;
    use crate::engine::tensor::examples;

    fn all() -> (Vec<Row>, Vec<Result<Compared, String>>, Summary) {
        let model = (examples::find("lecture-4x4").unwrap().make)();
        let values = model.tensors[0].values().unwrap();
        let summary = Summary::of(&values, &Silent).unwrap();
        let schemes = of(&["kmeans:bits=2", "gguf:q4_0", "ternary", "linear:bits=2"]);
        let found = compare((&values, &[4, 4]), &summary, &schemes, &Silent).unwrap();
        let field = field(&values, &[4, 4], &summary, &Silent).unwrap();
        (rows(&schemes, &found, &field), found, summary)
    }

    #[test]
    fn rows_are_sorted_filtered_and_copied() {
        let (rows, ..) = all();
        let compared = shown(&rows, Rows::Compared, "", Sort::default());
        assert_eq!(compared, [0, 1, 2, 3]);
        assert!(rows[1].rated.is_err(), "blocks of 32 do not fit rows of 4");
        let by = |column, descending| shown(&rows, Rows::Compared, "", Sort { column, descending });
        assert_eq!(by(Column::Sse, false), [0, 3, 2, 1]);
        assert_eq!(by(Column::Sse, true), [2, 3, 0, 1], "what does not fit stays last");
        assert_eq!(shown(&rows, Rows::All, "KMEANS huffman bits=3", Sort::default()).len(), 2);
        assert!(shown(&rows, Rows::Front, "", Sort::default()).iter().all(|place| rows[*place].on_front));
        let table = table("weight", &rows, &compared);
        assert!(table.csv().starts_with("scheme,bits per weight,SSE"), "{}", table.csv());
        assert!(table.markdown().contains("| kmeans:bits=2 | 10 | 0.09320 |"), "{}", table.markdown());
        let sort = Sort::default().clicked(Column::Sse);
        assert_eq!(sort.clicked(Column::Sse).clicked(Column::Sse), Sort::default());
    }

    #[test]
    fn every_scheme_is_a_point_and_the_front_rises() {
        let (rows, ..) = all();
        let plot = plot(&rows, "kmeans");
        assert_eq!(plot.chart.series.len(), plot.places.len());
        let front = &plot.chart.series[2];
        assert!(front.points.len() > 2);
        assert!(front.points.windows(2).all(|pair| pair[0].x < pair[1].x && pair[0].y < pair[1].y), "{front:?}");
        let others: usize = plot.places[0].len() + plot.places[1].len();
        assert_eq!(others + 3, rows.iter().filter(|row| row.rated.is_ok()).count());
        assert!(plot.places[1].iter().all(|place| rows[*place].scheme.to_string().contains("kmeans")));
        assert_eq!(plot.chart.series[3].name, "1");
    }

    #[test]
    fn all_share_their_axes() {
        let (_, found, summary) = all();
        let shared = Shared::of(&summary, &found);
        let one = |place: usize| found[place].as_ref().unwrap();
        let (first, last) = (shared.weights(&summary, one(0), 0), shared.weights(&summary, one(3), 3));
        assert_eq!((first.x.range, first.y.range), (last.x.range, last.y.range));
        assert_eq!(shared.errors(one(0), 0).x.range, shared.errors(one(2), 2).x.range);
        let on: f64 = first.series[1].points.iter().map(|point| point.y).sum();
        assert_eq!(on, 16.0);
        assert_eq!(shared.weights(&summary, one(2), 2).series[1].points.len(), 3, "−1.5 is in view beyond −1.08");
        let errors: u64 = one(2).errors.counts.iter().sum();
        assert_eq!(errors, 16);
        assert!(first.axes([0.0, 100.0], [100.0, 0.0]).is_some());
    }
}
