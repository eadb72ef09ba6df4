//! Ways to few colours side by side: rows that are sorted and filtered, error against size with the Pareto front, errors on one axis.

use std::sync::Arc;

use super::chart::{AxisSpec, Chart, Kind, Series, Tone};
use super::figure::{Cell, Table};
use super::format;
use super::picture::distance;
use super::schemes::Rows;
use crate::engine::compress::front;
use crate::engine::media::picture::{Measures, Picture, Recipe, Reduced};

/// Bars of the histogram of errors, and the error that its last one begins at.
const BARS: usize = 32;
/// Where the axis of errors ends; what is larger is counted in the last bar.
pub const ERROR_END: f64 = 64.0;

/// A reduced picture with everything that is drawn and said of it.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Palette and indices.
    pub reduced: Reduced,
    /// Errors over all pixels.
    pub measures: Measures,
    /// Bits a pixel: packed indices and palette, everything counted.
    pub bits: f64,
    /// Bytes of the palette PNG, read back; or why there is none.
    pub file: Result<u64, String>,
    /// Pixels by how far their colour is from the original's, [`ERROR_END`] in bars of one width.
    pub errors: Vec<u64>,
}

impl Compared {
    /// Of a reduced picture.
    pub fn new(original: &Picture, reduced: Reduced, measures: Measures, file: Result<u64, String>) -> Self {
        let mut errors = vec![0; BARS];
        for (pixel, index) in original.pixels.iter().zip(&reduced.indices) {
            let far = f64::from(distance(*pixel, reduced.palette[usize::from(*index)]));
            errors[((far / ERROR_END * BARS as f64) as usize).min(BARS - 1)] += 1;
        }
        let bits = reduced.ledger().bits() as f64 / original.pixels.len() as f64;
        Self { reduced, measures, bits, file, errors }
    }
}

/// A method at a number of colours, from a part of the pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldPoint {
    /// What it is.
    pub recipe: Recipe,
    /// PSNR in dB; infinite where every colour was kept.
    pub psnr: f64,
    /// Bits a pixel of the whole picture, indices and palette counted.
    pub bits: f64,
}

/// A column of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// Place among those side by side.
    #[default]
    Place,
    /// The recipe's text.
    Recipe,
    /// Colours of the palette.
    Colours,
    /// Bits a pixel, everything counted.
    Bits,
    /// Peak signal-to-noise ratio.
    Psnr,
    /// Structural similarity.
    Ssim,
    /// Mean colour difference.
    Difference,
    /// Bytes of the PNG.
    Png,
}

impl Column {
    /// All, in the order of the table.
    pub const ALL: [Self; 8] =
        [Self::Place, Self::Recipe, Self::Colours, Self::Bits, Self::Psnr, Self::Ssim, Self::Difference, Self::Png];

    /// What its head says.
    pub fn title(self) -> &'static str {
        match self {
            Self::Place => "#",
            Self::Recipe => "palette",
            Self::Colours => "colours",
            Self::Bits => "bit/pixel",
            Self::Psnr => "PSNR, dB",
            Self::Ssim => "SSIM",
            Self::Difference => "ΔE OK",
            Self::Png => "PNG, B",
        }
    }

    /// Its number; `None` for words and for what is unknown.
    pub fn value(self, row: &Row) -> Option<f64> {
        let compared = row.compared.as_deref();
        match self {
            Self::Place | Self::Recipe => None,
            Self::Colours => Some(row.colours as f64),
            Self::Bits => Some(row.bits),
            Self::Psnr => Some(row.psnr),
            Self::Ssim => compared.map(|one| one.measures.ssim),
            Self::Difference => compared.map(|one| one.measures.difference),
            Self::Png => compared.and_then(|one| one.file.as_ref().ok()).map(|bytes| *bytes as f64),
        }
    }

    /// Its number as the table says it.
    pub fn words(self, row: &Row) -> String {
        let value = self.value(row);
        let fixed = |digits| value.map_or_else(|| format::NONE.to_owned(), |value| format::fixed(value, digits));
        match self {
            Self::Place => row.place.map_or_else(String::new, |place| (place + 1).to_string()),
            Self::Recipe => row.recipe.to_string(),
            Self::Psnr => format::decibels(value),
            Self::Bits => fixed(3),
            Self::Ssim => fixed(4),
            Self::Difference => fixed(3),
            Self::Colours | Self::Png => {
                value.map_or_else(|| format::NONE.to_owned(), |value| format::count(value as u64))
            }
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place among those side by side, if it stands there.
    pub place: Option<usize>,
    /// The recipe.
    pub recipe: Recipe,
    /// Colours of the palette; of a method that is not side by side those that were asked for.
    pub colours: usize,
    /// Bits a pixel.
    pub bits: f64,
    /// PSNR in dB.
    pub psnr: f64,
    /// Everything else, of those side by side.
    pub compared: Option<Arc<Compared>>,
    /// Whether no other is as good at the same size.
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

/// All rows: those side by side first, then every other point of the field.
pub fn rows(found: &[Arc<Compared>], field: &[FieldPoint]) -> Vec<Row> {
    let own = found.iter().enumerate().map(|(place, one)| Row {
        place: Some(place),
        recipe: one.reduced.recipe.clone(),
        colours: one.reduced.palette.len(),
        bits: one.bits,
        psnr: one.measures.psnr(),
        compared: Some(Arc::clone(one)),
        on_front: false,
    });
    let stands = |point: &&FieldPoint| !found.iter().any(|one| one.reduced.recipe == point.recipe);
    let others = field.iter().filter(stands).map(|point| Row {
        place: None,
        recipe: point.recipe.clone(),
        colours: point.recipe.count(),
        bits: point.bits,
        psnr: point.psnr,
        compared: None,
        on_front: false,
    });
    let mut rows: Vec<Row> = own.chain(others).collect();
    let points: Vec<(f64, f64)> = rows.iter().map(|row| (row.bits, row.psnr)).collect();
    for place in front(&points) {
        rows[place].on_front = true;
    }
    rows
}

/// The places of the rows that are shown, in order: every word of the filter is part of the recipe's text.
pub fn shown(rows: &[Row], which: Rows, filter: &str, sort: Sort) -> Vec<usize> {
    let matches = |row: &Row| {
        let text = row.recipe.to_string();
        filter.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
    };
    let taken = |row: &Row| match which {
        Rows::Compared => row.place.is_some(),
        Rows::All => true,
        Rows::Front => row.on_front,
    };
    let mut places: Vec<usize> =
        (0..rows.len()).filter(|place| taken(&rows[*place]) && matches(&rows[*place])).collect();
    places.sort_by(|a, b| {
        let (left, right) = (&rows[*a], &rows[*b]);
        let order = match sort.column {
            Column::Place => a.cmp(b),
            Column::Recipe => left.recipe.to_string().cmp(&right.recipe.to_string()),
            column => match (column.value(left), column.value(right)) {
                (Some(left), Some(right)) => left.total_cmp(&right),
                // What is unknown goes last both ways.
                (left, right) => return left.is_none().cmp(&right.is_none()),
            },
        };
        if sort.descending { order.reverse() } else { order }
    });
    places
}

/// The rows as they stand, for other programs.
pub fn table(picture: &str, rows: &[Row], places: &[usize]) -> Table {
    let columns =
        ["palette", "colours", "bits per pixel", "PSNR, dB", "SSIM", "mean ΔE OK", "PNG, bytes", "Pareto front"];
    let mut table = Table::new(format!("Palettes of {picture}"), &columns);
    table.rows = places
        .iter()
        .map(|&place| {
            let row = &rows[place];
            let numbers = Column::ALL[2..].iter().map(|column| Cell::optional(column.value(row)));
            let front = Cell::Text(if row.on_front { "yes" } else { "no" }.to_owned());
            std::iter::once(Cell::Text(row.recipe.to_string())).chain(numbers).chain([front]).collect()
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

/// The rate-distortion plot: every method, the front, and those side by side with their numbers.
pub fn plot(rows: &[Row], filter: &str) -> Plot {
    let matching = shown(rows, Rows::All, filter, Sort::default());
    // Without error there is no finite PSNR.
    let drawn: Vec<usize> = (0..rows.len()).filter(|place| rows[*place].psnr.is_finite()).collect();
    let point = |place: &usize| (rows[*place].bits, rows[*place].psnr);
    let mut groups: Vec<(Series, Vec<usize>)> = Vec::new();
    let mut add = |name: String, kind: Kind, tone: Tone, places: Vec<usize>| {
        let notes = places.iter().map(|place| rows[*place].recipe.to_string()).collect();
        let series = Series::new(name, kind, places.iter().map(point)).tone(tone).with_notes(notes);
        groups.push((series, places));
    };
    let (with, without): (Vec<usize>, Vec<usize>) =
        drawn.iter().copied().filter(|place| rows[*place].place.is_none()).partition(|place| matching.contains(place));
    add("left out by the filter".to_owned(), Kind::Points, Tone::Muted, without);
    add("every method".to_owned(), Kind::Points, Tone::Real, with);
    let mut on: Vec<usize> = drawn.iter().copied().filter(|place| rows[*place].on_front).collect();
    on.sort_by(|a, b| rows[*a].bits.total_cmp(&rows[*b].bits));
    add("Pareto front".to_owned(), Kind::Line, Tone::Good, on);
    for &place in &drawn {
        if let Some(number) = rows[place].place {
            add((number + 1).to_string(), Kind::Points, Tone::Hue(number), vec![place]);
        }
    }
    let axes = (AxisSpec::new("bits per pixel, palette counted").from_zero(), AxisSpec::new("PSNR, dB"));
    let (series, places): (Vec<Series>, Vec<Vec<usize>>) = groups.into_iter().unzip();
    Plot { chart: Chart { series, ..Chart::new("Error against size", axes.0, axes.1) }, places }
}

/// How far pixels are from the original's, on axes that all share; `most` is the most pixels in a bar of any.
pub fn errors(one: &Compared, place: usize, most: u64) -> Chart {
    let width = ERROR_END / BARS as f64;
    let bars = one.errors.iter().enumerate().filter(|(_, count)| **count > 0);
    let bars = bars.map(|(bar, &count)| ((bar as f64 + 0.5) * width, count as f64));
    Chart::new(
        format!("Errors of {}", one.reduced.recipe),
        AxisSpec::new("error").between(0.0, ERROR_END),
        AxisSpec::new("pixels").log().between(0.6, most.max(2) as f64 * 1.3),
    )
    .with(Series::new("", Kind::Bars(width), bars).tone(Tone::Hue(place)))
}

/// The most pixels in a bar of any.
pub fn most(found: &[Arc<Compared>]) -> u64 {
    found.iter().flat_map(|one| one.errors.iter().copied()).max().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::setup::palettes::of;
    use crate::engine::Silent;
    use crate::engine::media::picture::{measure, reduce};

    fn all() -> Vec<Row> {
        let pixels = (0..64_u32).map(|at| [(at * 4) as u8, (at * at % 251) as u8, (255 - at * 3) as u8]).collect();
        let picture = Picture::new(8, 8, pixels);
        let compared = |recipe: &Recipe| {
            let reduced = reduce(&picture, recipe, &Silent).unwrap();
            let measures = measure(&picture, &reduced, &Silent).unwrap();
            Arc::new(Compared::new(&picture, reduced, measures, Ok(100 + recipe.colours as u64)))
        };
        let found: Vec<Arc<Compared>> =
            of(&["kmeans:colours=8", "octree:colours=16", "fixed:grey,colours=4"]).iter().map(compared).collect();
        assert!(found.iter().all(|one| one.errors.iter().sum::<u64>() == 64));
        assert_eq!(errors(&found[0], 0, most(&found)).x.range, errors(&found[2], 2, most(&found)).x.range);
        let field = of(&["kmeans:colours=8", "median-cut:colours=8", "kmeans:colours=64"]);
        let field: Vec<FieldPoint> = field
            .into_iter()
            .zip([30.0, 20.0, f64::INFINITY])
            .map(|(recipe, psnr)| FieldPoint { bits: f64::from(recipe.colours.ilog2()) + 3.0, recipe, psnr })
            .collect();
        rows(&found, &field)
    }

    #[test]
    fn rows_are_sorted_filtered_and_copied() {
        let rows = all();
        assert_eq!(rows.len(), 5, "what stands side by side is not listed twice");
        // 64 pixels of 3 bits and 8 colours of 24.
        assert_eq!(rows[0].bits, 3.0 + 3.0);
        let by = |column, descending| shown(&rows, Rows::All, "", Sort { column, descending });
        assert_eq!(by(Column::Colours, false)[0], 2);
        assert_eq!(by(Column::Ssim, true)[3..], [3, 4], "what is unknown stays last");
        assert_eq!(shown(&rows, Rows::All, "KMEANS", Sort::default()), [0, 4]);
        assert_eq!(shown(&rows, Rows::Compared, "", Sort::default()), [0, 1, 2]);
        assert!(shown(&rows, Rows::Front, "", Sort::default()).contains(&4), "nothing is better than no error");
        let table = table("a", &rows, &[0, 3]);
        let csv = table.csv();
        let lines: Vec<&str> = csv.lines().collect();
        assert!(lines[1].starts_with("kmeans:colours=8,8,6,") && lines[1].contains(",108,"), "{csv}");
        assert!(lines[2].starts_with("median-cut:colours=8,8,6,20,,,,"), "{csv}");
        let sort = Sort::default().clicked(Column::Psnr);
        assert_eq!(sort.clicked(Column::Psnr).clicked(Column::Psnr), Sort::default());
    }

    #[test]
    fn every_finite_row_is_a_point_and_the_front_rises() {
        let rows = all();
        let plot = plot(&rows, "median");
        assert_eq!(plot.chart.series.len(), plot.places.len());
        assert_eq!((plot.places[0].len(), plot.places[1].as_slice()), (0, &[3][..]));
        let front = &plot.chart.series[2];
        assert!(front.points.windows(2).all(|pair| pair[0].x < pair[1].x && pair[0].y < pair[1].y), "{front:?}");
        assert_eq!(plot.chart.series[3].name, "1");
    }
}
