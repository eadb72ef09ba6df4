//! The rows of the tensor table: what they say, which are shown, in which order.

use std::cmp::Ordering;

use super::figure::{Cell, Table};
use super::format;
use crate::engine::tensor::{Dtype, Moments, Sparkline, Tensor};

/// One tensor as the table shows it. Statistics arrive later than names.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// The name in the file.
    pub name: String,
    /// Sizes of the axes, written out.
    pub shape: String,
    /// How it is stored.
    pub dtype: Dtype,
    /// Number of weights.
    pub count: u64,
    /// Counts and moments; `None` until they are known.
    pub moments: Option<Moments>,
    /// The small histogram; `None` until it is known.
    pub sparkline: Option<Sparkline>,
    /// The metric that the caller chose, such as SQNR; `None` where it is unknown or undefined.
    pub metric: Option<f64>,
    /// What the filter looks at, in lower case.
    search: String,
}

/// What a table can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Column {
    /// The order in the file.
    #[default]
    File,
    /// Name, with numbers in it by value.
    Name,
    /// Number of weights, as the shape says.
    Shape,
    /// Name of the dtype.
    Dtype,
    /// Number of weights.
    Count,
    /// Smallest weight.
    Min,
    /// Largest weight.
    Max,
    /// Mean.
    Mean,
    /// Standard deviation.
    Std,
    /// Share of zeros.
    Zeros,
    /// The chosen metric.
    Metric,
}

/// The rows in this order with everything that is known of them; the last column is the chosen metric.
pub fn table<'a>(rows: impl Iterator<Item = &'a TableRow>, metric: &str) -> Table {
    let columns = || Column::WIDE.into_iter().chain([Column::Metric]);
    let titles = columns().map(|column| if column == Column::Metric { metric } else { column.title() }.to_owned());
    let rows = rows.map(|row| columns().map(|column| row.exact(column)).collect());
    Table { title: "Tensors".to_owned(), columns: titles.collect(), rows: rows.collect() }
}

/// A column and a direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sort {
    /// What by.
    pub column: Column,
    /// Largest first.
    pub descending: bool,
}

/// The rows that are shown, in order; computed once per change.
#[derive(Clone, Debug, Default)]
pub struct Order {
    key: Option<(u64, String, Sort)>,
    rows: Vec<usize>,
}

impl TableRow {
    /// A row without statistics.
    pub fn new(tensor: &Tensor) -> Self {
        let shape = format::shape(&tensor.shape);
        let search = format!("{} {} {}", tensor.name, plain(&shape), tensor.dtype).to_lowercase();
        let (name, dtype, count) = (tensor.name.clone(), tensor.dtype, tensor.count() as u64);
        Self { name, shape, dtype, count, moments: None, sparkline: None, metric: None, search }
    }

    /// Whether every word of the filter is part of the name, the shape or the dtype.
    pub fn matches(&self, filter: &str) -> bool {
        plain(filter).split_whitespace().all(|word| self.search.contains(&word.to_lowercase()))
    }

    /// What a column of the wide table says.
    pub fn cell(&self, column: Column) -> String {
        let number = |value: &dyn Fn(&Moments) -> Option<f64>| format::optional(self.moments.as_ref().and_then(value));
        let finite = |moments: &Moments| moments.finite() > 0;
        match column {
            Column::File => String::new(),
            Column::Name => self.name.clone(),
            Column::Shape => self.shape.clone(),
            Column::Dtype => self.dtype.to_string(),
            Column::Count => format::count(self.count),
            Column::Min => number(&|moments| finite(moments).then(|| moments.min.into())),
            Column::Max => number(&|moments| finite(moments).then(|| moments.max.into())),
            Column::Mean => number(&Moments::mean),
            Column::Std => number(&Moments::std),
            Column::Zeros => {
                self.moments.as_ref().and_then(Moments::zero_share).map_or_else(|| format::NONE.into(), format::percent)
            }
            Column::Metric => format::optional(self.metric),
        }
    }

    /// A cell as it leaves the program.
    fn exact(&self, column: Column) -> Cell {
        match column {
            Column::Name | Column::Shape | Column::Dtype => Cell::Text(self.cell(column)),
            column => Cell::optional(self.sort_value(column)),
        }
    }

    /// What a column is sorted by; `None`, like NaN, goes last in both directions.
    fn sort_value(&self, column: Column) -> Option<f64> {
        let moments = self.moments.as_ref().filter(|moments| moments.finite() > 0);
        let value = match column {
            Column::Count | Column::Shape => Some(self.count as f64),
            Column::Min => moments.map(|moments| moments.min.into()),
            Column::Max => moments.map(|moments| moments.max.into()),
            Column::Mean => moments.and_then(Moments::mean),
            Column::Std => moments.and_then(Moments::std),
            Column::Zeros => self.moments.as_ref().and_then(Moments::zero_share),
            Column::Metric => self.metric,
            Column::File | Column::Name | Column::Dtype => None,
        };
        value.filter(|value| !value.is_nan())
    }
}

impl Column {
    /// The columns of the wide table; the histogram stands after the name.
    pub const WIDE: [Self; 9] =
        [Self::Name, Self::Shape, Self::Dtype, Self::Count, Self::Min, Self::Max, Self::Mean, Self::Std, Self::Zeros];

    /// The column's head.
    pub fn title(self) -> &'static str {
        match self {
            Self::File => "file order",
            Self::Name => "Name",
            Self::Shape => "Shape",
            Self::Dtype => "Dtype",
            Self::Count => "Weights",
            Self::Min => "Min",
            Self::Max => "Max",
            Self::Mean => "Mean",
            Self::Std => "Std",
            Self::Zeros => "Zeros",
            Self::Metric => "Metric",
        }
    }

    /// Whether the cells are text, and therefore aligned left and sorted from a to z at first.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Name | Self::Shape | Self::Dtype)
    }
}

impl Sort {
    /// What a click on a head does: its natural direction first, then the other, then back to the file's order.
    pub fn clicked(self, column: Column) -> Self {
        let first = !column.is_text();
        if self.column != column {
            Self { column, descending: first }
        } else if self.descending == first {
            Self { column, descending: !first }
        } else {
            Self::default()
        }
    }

    /// `file order`, `by SQNR 4 bit, largest first`.
    pub fn words(self, metric: &str) -> String {
        let title = if self.column == Column::Metric { metric } else { self.column.title() };
        let direction = match (self.column.is_text() && self.column != Column::Shape, self.descending) {
            (true, false) => "a to z",
            (true, true) => "z to a",
            (false, false) => "smallest first",
            (false, true) => "largest first",
        };
        if self.column == Column::File { title.to_owned() } else { format!("by {title}, {direction}") }
    }
}

impl Order {
    /// The rows that match, sorted; computed anew only when `revision` (of the rows), filter or sort have changed.
    pub fn update(&mut self, revision: u64, rows: &[TableRow], filter: &str, sort: Sort) -> &[usize] {
        let same = self.key.as_ref().is_some_and(|(r, f, s)| *r == revision && f == filter && *s == sort);
        if !same {
            self.rows = (0..rows.len()).filter(|row| rows[*row].matches(filter)).collect();
            // The sort is stable: equal rows stay in file order.
            match sort.column {
                Column::File => {}
                _ => self.rows.sort_by(|a, b| compare(&rows[*a], &rows[*b], sort)),
            }
            self.key = Some((revision, filter.to_owned(), sort));
        }
        &self.rows
    }

    /// The rows of the last update.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// The row `by` places further on from `row`, clamped to the ends; the first row where `row` is not shown.
    pub fn step(&self, row: usize, by: isize) -> Option<usize> {
        let last = self.rows.len().checked_sub(1)?;
        let place = self.rows.iter().position(|shown| *shown == row);
        let place = place.map_or(0, |place| place.saturating_add_signed(by).min(last));
        self.rows.get(place).copied()
    }
}

/// A shape as it is typed: `2 × 3` and `2x3` are the same word.
fn plain(text: &str) -> String {
    text.replace(" × ", "x").replace('×', "x")
}

fn compare(a: &TableRow, b: &TableRow, sort: Sort) -> Ordering {
    let directed = |ordering: Ordering| if sort.descending { ordering.reverse() } else { ordering };
    match sort.column {
        Column::Name => directed(natural(&a.name, &b.name)),
        Column::Dtype => directed(a.dtype.name().cmp(b.dtype.name())),
        column => match (a.sort_value(column), b.sort_value(column)) {
            (Some(a), Some(b)) => directed(a.total_cmp(&b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
    }
}

/// Text order in which runs of digits compare by value: `conv2` before `conv10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (digits_a, digits_b) = (digits(a), digits(b));
        if digits_a > 0 && digits_b > 0 {
            let (left, right) = (a[..digits_a].trim_start_matches('0'), b[..digits_b].trim_start_matches('0'));
            let by_value = left.len().cmp(&right.len()).then_with(|| left.cmp(right));
            if by_value != Ordering::Equal {
                return by_value;
            }
            (a, b) = (&a[digits_a..], &b[digits_b..]);
        } else {
            let (mut rest_a, mut rest_b) = (a.chars(), b.chars());
            match (rest_a.next(), rest_b.next()) {
                (Some(left), Some(right)) if left == right => (a, b) = (rest_a.as_str(), rest_b.as_str()),
                (left, right) => return left.cmp(&right),
            }
        }
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, shape: &[usize], metric: Option<f64>) -> TableRow {
        let values = vec![0.5; shape.iter().product()];
        TableRow { metric, ..TableRow::new(&Tensor::in_memory(name, shape.to_vec(), values)) }
    }

    fn rows() -> Vec<TableRow> {
        vec![
            row("conv10.weight", &[2, 3], Some(3.0)),
            row("conv2.weight", &[3, 2, 2], None),
            row("conv2.bias", &[3], Some(f64::NAN)),
            row("Lstm.weight_hh", &[4, 8], Some(-7.0)),
        ]
    }

    #[test]
    fn all_words_must_match_somewhere() {
        let rows = rows();
        let shown = |filter: &str| Order::default().update(0, &rows, filter, Sort::default()).to_vec();
        assert_eq!(shown(""), [0, 1, 2, 3]);
        assert_eq!(shown("conv weight"), [0, 1]);
        assert_eq!(shown("2x3"), [0]);
        assert_eq!(shown("2 × 3"), [0]);
        assert_eq!(shown("LSTM FLOAT32"), [3]);
        assert_eq!(shown("conv9"), [0_usize; 0]);
    }

    #[test]
    fn unknown_values_go_last_both_ways() {
        let rows = rows();
        let sorted = |column, descending| Order::default().update(0, &rows, "", Sort { column, descending }).to_vec();
        assert_eq!(sorted(Column::Metric, false), [3, 0, 1, 2]);
        assert_eq!(sorted(Column::Metric, true), [0, 3, 1, 2]);
        assert_eq!(sorted(Column::Name, false), [3, 2, 1, 0]);
        assert_eq!(sorted(Column::Count, true), [3, 1, 0, 2]);
        assert_eq!(sorted(Column::Dtype, true), [0, 1, 2, 3]);
    }

    #[test]
    fn clicks_cycle_through_directions() {
        let sort = Sort::default().clicked(Column::Std);
        assert_eq!(sort, Sort { column: Column::Std, descending: true });
        assert_eq!(sort.clicked(Column::Std), Sort { column: Column::Std, descending: false });
        assert_eq!(sort.clicked(Column::Std).clicked(Column::Std), Sort::default());
        assert!(!sort.clicked(Column::Name).descending);
        assert_eq!(sort.words(""), "by Std, largest first");
    }

    #[test]
    fn the_order_is_computed_once_per_change() {
        let mut order = Order::default();
        let mut rows = rows();
        order.update(1, &rows, "", Sort { column: Column::Metric, descending: true });
        rows[3].metric = Some(99.0);
        let sort = Sort { column: Column::Metric, descending: true };
        assert_eq!(order.update(1, &rows, "", sort)[0], 0, "same revision, same order");
        assert_eq!(order.update(2, &rows, "", sort)[0], 3);
        assert_eq!(order.step(3, 1), Some(0));
        assert_eq!(order.step(3, -1), Some(3));
        assert_eq!(order.step(77, 1), Some(3));
        assert_eq!(Order::default().step(0, 1), None);
    }

    #[test]
    fn numbers_in_names_compare_by_value() {
        assert_eq!(natural("conv2", "conv10"), Ordering::Less);
        assert_eq!(natural("a1b2", "a1b10"), Ordering::Less);
        assert_eq!(natural("a", "a1"), Ordering::Less);
        assert_eq!(natural("same3", "same3"), Ordering::Equal);
    }
}
