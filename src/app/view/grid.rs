//! Numbers by two names, layers by bits for example: what stands in each cell, how strong its colour is, and how it reads.

use super::figure::{Cell as Datum, Table};

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The number behind it.
    pub value: f64,
    /// The number as it stands there.
    pub text: String,
    /// Its place on the colour scale, 0 to 1.
    pub share: f32,
    /// All of it, for whoever points at it.
    pub words: String,
}

/// A table whose cells are coloured by their number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// What it is of, for readers and file names.
    pub title: String,
    /// What the numbers are, with their unit.
    pub unit: String,
    /// What a row is: `layer`.
    pub row_name: String,
    /// What a column is: `bits`.
    pub column_name: String,
    /// Names of the rows.
    pub rows: Vec<String>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Row by row; `None` where nothing is known yet.
    pub cells: Vec<Option<Cell>>,
    /// Places of cells that stand out: the current choice.
    pub marked: Vec<usize>,
}

impl Grid {
    /// The cell at a place, where it is known.
    pub fn cell(&self, place: usize) -> Option<&Cell> {
        self.cells.get(place)?.as_ref()
    }

    /// The whole table in a sentence: how much is known, and its largest number.
    pub fn summary(&self) -> String {
        let known = self.cells.iter().flatten().count();
        let all = self.rows.len() * self.columns.len();
        let largest = self.cells.iter().flatten().max_by(|a, b| a.value.total_cmp(&b.value));
        match largest {
            Some(cell) if known == all => format!("{}, {all} cells; largest: {}", self.title, cell.words),
            Some(cell) => format!("{}, {known} of {all} cells; largest: {}", self.title, cell.words),
            None => format!("{}: nothing yet", self.title),
        }
    }

    /// The numbers, a row a row.
    pub fn table(&self) -> Table {
        let mut columns = vec![self.row_name.clone()];
        columns.extend(self.columns.iter().map(|column| format!("{} {column}", self.column_name)));
        let width = self.columns.len();
        let row = |(place, name): (usize, &String)| {
            let cells =
                (0..width).map(|column| Datum::optional(self.cell(place * width + column).map(|cell| cell.value)));
            std::iter::once(Datum::Text(name.clone())).chain(cells).collect()
        };
        Table { title: self.title.clone(), columns, rows: self.rows.iter().enumerate().map(row).collect() }
    }
}

/// Where a number lies between two others on a logarithmic scale, 0 to 1; what is not above the lower one lies there.
pub fn log_share(value: f64, low: f64, high: f64) -> f32 {
    if value.is_nan() || value == f64::INFINITY {
        return 1.0;
    }
    if value <= low || high <= low {
        return 0.0;
    }
    ((value / low).ln() / (high / low).ln()).clamp(0.0, 1.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_reads_as_a_sentence_and_as_a_table() {
        let cell = |value: f64, words: &str| {
            Some(Cell { value, text: value.to_string(), share: 0.5, words: words.to_owned() })
        };
        let mut grid = Grid {
            title: "Added loss".to_owned(),
            row_name: "layer".to_owned(),
            column_name: "bits".to_owned(),
            rows: vec!["ip1".to_owned(), "ip2".to_owned()],
            columns: vec!["1".to_owned(), "2".to_owned()],
            cells: vec![cell(0.5, "ip1 at 1 bit adds 0.5"), cell(0.1, ""), cell(0.2, ""), None],
            ..Grid::default()
        };
        assert_eq!(grid.summary(), "Added loss, 3 of 4 cells; largest: ip1 at 1 bit adds 0.5");
        assert_eq!(grid.table().csv(), "layer,bits 1,bits 2\r\nip1,0.5,0.1\r\nip2,0.2,\r\n");
        grid.cells = vec![None; 4];
        assert_eq!(grid.summary(), "Added loss: nothing yet");
    }

    #[test]
    fn a_logarithmic_share_has_its_ends() {
        let of = |value| log_share(value, 1e-4, 1.0);
        assert_eq!((of(-3.0), of(1e-4), of(1.0), of(7.0)), (0.0, 0.0, 1.0, 1.0));
        assert!((of(1e-2) - 0.5).abs() < 1e-6);
        assert_eq!((of(f64::NAN), of(f64::INFINITY), log_share(2.0, 1.0, 1.0)), (1.0, 1.0, 0.0));
    }
}
