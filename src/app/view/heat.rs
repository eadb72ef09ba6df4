//! A window of a matrix as an image of one texel a cell.

use egui::{Color32, ColorImage};

use super::{format, ticks::nice_limit};

/// How large a cell is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zoom {
    /// This many pixels of the screen to one weight.
    Pixels(u32),
    /// One pixel to the mean of n×n weights: an overview, and labelled as one.
    Mean(u32),
}

/// The part of a matrix that is in view. For [`Zoom::Mean`] rows and columns still count weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    /// First row.
    pub row: usize,
    /// First column.
    pub column: usize,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// Size of a cell.
    pub zoom: Zoom,
}

/// A picture of a [`Frame`].
#[derive(Clone, Debug, PartialEq)]
pub struct HeatImage {
    /// One texel a cell.
    pub image: ColorImage,
    /// Cells beyond the limits.
    pub clipped: usize,
    /// Cells that are not numbers, as (row, column) of the image.
    pub nan: Vec<(usize, usize)>,
}

impl Zoom {
    /// Pixels of the screen along one side of a texel.
    pub fn pixels(self) -> u32 {
        match self {
            Self::Pixels(pixels) => pixels.max(1),
            Self::Mean(_) => 1,
        }
    }

    /// Weights along one side of a texel.
    pub fn weights(self) -> usize {
        match self {
            Self::Pixels(_) => 1,
            Self::Mean(side) => side.max(1) as usize,
        }
    }

    /// The largest whole cell, of at most `most` pixels, at which the matrix fits; at least `least`.
    pub fn fitting(matrix: (usize, usize), pixels: (usize, usize), least: u32, most: u32) -> Self {
        let fit = (pixels.0 / matrix.0.max(1)).min(pixels.1 / matrix.1.max(1)) as u32;
        Self::Pixels(fit.clamp(least, most))
    }

    /// The overview in which the whole matrix fits.
    pub fn overview(matrix: (usize, usize), pixels: (usize, usize)) -> Self {
        let side = matrix.0.div_ceil(pixels.0.max(1)).max(matrix.1.div_ceil(pixels.1.max(1)));
        if side <= 1 { Self::fitting(matrix, pixels, 1, 8) } else { Self::Mean(side as u32) }
    }
}

impl Frame {
    /// As much of a matrix of (rows, columns) as fits on (height, width) pixels, from `row`, `column` or as near as its edge allows.
    pub fn new(matrix: (usize, usize), pixels: (usize, usize), zoom: Zoom, row: usize, column: usize) -> Self {
        let fit = |available: usize| available / zoom.pixels() as usize * zoom.weights();
        let (rows, columns) = (fit(pixels.0).min(matrix.0), fit(pixels.1).min(matrix.1));
        Self { row: row.min(matrix.0 - rows), column: column.min(matrix.1 - columns), rows, columns, zoom }
    }

    /// Rows and columns of the image.
    pub fn texels(&self) -> (usize, usize) {
        (self.rows.div_ceil(self.zoom.weights()), self.columns.div_ceil(self.zoom.weights()))
    }

    /// The same size, moved no more than needed so that the cell is in view.
    pub fn revealing(mut self, row: usize, column: usize) -> Self {
        self.row = self.row.clamp((row + 1).saturating_sub(self.rows), row);
        self.column = self.column.clamp((column + 1).saturating_sub(self.columns), column);
        self
    }

    /// Whether the cell is in view.
    pub fn contains(&self, row: usize, column: usize) -> bool {
        (self.row..self.row + self.rows).contains(&row) && (self.column..self.column + self.columns).contains(&column)
    }

    /// What is in view, in words.
    pub fn words(&self, matrix: (usize, usize)) -> String {
        let range = |name: &str, first: usize, count: usize, all: usize| {
            let total = format::count(all as u64);
            match count {
                _ if count == all => format!("{name}s 0–{} of {total}", all.saturating_sub(1)),
                1 => format!("{name} {first} of {total}"),
                _ => format!("{name}s {first}–{} of {total}", (first + count).saturating_sub(1)),
            }
        };
        let rows = range("row", self.row, self.rows, matrix.0);
        let columns = range("column", self.column, self.columns, matrix.1);
        match self.zoom {
            Zoom::Mean(side) => format!("mean of {side}×{side}, {rows}, {columns}"),
            Zoom::Pixels(_) => format!("{rows}, {columns}"),
        }
    }

    /// The same with half the words: `[0–63, 16–95] of 512×512`.
    pub fn short_words(&self, matrix: (usize, usize)) -> String {
        let range = |first: usize, count: usize| match count {
            1 => first.to_string(),
            _ => format!("{first}–{}", (first + count).saturating_sub(1)),
        };
        let part = format!("[{}, {}]", range(self.row, self.rows), range(self.column, self.columns));
        let part = if (self.rows, self.columns) == matrix { String::new() } else { format!("{part} of ") };
        let mean = match self.zoom {
            Zoom::Mean(side) => format!("mean of {side}×{side}, "),
            Zoom::Pixels(_) => String::new(),
        };
        format!("{mean}{part}{}×{}", matrix.0, matrix.1)
    }

    /// The picture of the values that `value` gives for flat indices of a matrix `stride` wide; `color` is that of a share −1…1 of
    /// `limit`, `nan` that of what is not a number.
    pub fn image(
        &self,
        stride: usize,
        value: impl Fn(usize) -> f32,
        limit: f32,
        color: impl Fn(f32) -> Color32,
        nan: Color32,
    ) -> HeatImage {
        let (rows, columns) = self.texels();
        let mut clipped = 0;
        let mut holes = Vec::new();
        let mut texels = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            for column in 0..columns {
                let value = self.texel(row, column, stride, &value);
                if value.is_nan() {
                    holes.push((row, column));
                    texels.push(nan);
                } else {
                    clipped += usize::from(value.abs() > limit);
                    texels.push(color((value / limit.max(f32::MIN_POSITIVE)).clamp(-1.0, 1.0)));
                }
            }
        }
        HeatImage { image: ColorImage::new([columns, rows], texels), clipped, nan: holes }
    }

    /// A weight, or the mean of the finite weights of a block.
    fn texel(&self, row: usize, column: usize, stride: usize, value: &impl Fn(usize) -> f32) -> f32 {
        let side = self.zoom.weights();
        let (row, column) = (self.row + row * side, self.column + column * side);
        if side == 1 {
            return value(row * stride + column);
        }
        let (mut sum, mut count) = (0.0, 0_u32);
        for row in row..(row + side).min(self.row + self.rows) {
            for column in column..(column + side).min(self.column + self.columns) {
                let value = value(row * stride + column);
                if value.is_finite() {
                    sum += f64::from(value);
                    count += 1;
                }
            }
        }
        (sum / f64::from(count)) as f32
    }
}

/// The limit of a colour scale for values of this root mean square and largest magnitude: round, and not wasted on outliers.
pub fn limit(root_mean_square: f64, largest: f64) -> f32 {
    let central = nice_limit(root_mean_square * 3.4);
    let limit = if largest > 0.0 { central.min(nice_limit(largest)) } else { central };
    limit as f32
}

/// The limits and what lies beyond, for under a map: `±1.5, 3 clipped`.
pub fn limit_words(limit: f32, clipped: usize, nan: usize) -> String {
    // Through its shortest decimals: 0.15 in float32 is not 0.15000000596.
    let limit = limit.to_string().parse().unwrap_or(f64::from(limit));
    let mut words = format!("±{}", format::significant(limit, 3));
    if clipped > 0 {
        words += &format!(", {} clipped", format::count(clipped as u64));
    }
    if nan > 0 {
        words += &format!(", {} NaN", format::count(nan as u64));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(share: f32) -> Color32 {
        match share {
            -1.0 => Color32::BLUE,
            1.0 => Color32::RED,
            _ => Color32::WHITE,
        }
    }

    #[test]
    fn one_texel_is_one_weight_of_the_right_place() {
        let frame = Frame::new((512, 128), (36 * 3 + 2, 45 * 3 + 1), Zoom::Pixels(3), 4, 7);
        assert_eq!((frame.rows, frame.columns), (36, 45));
        assert_eq!(frame.words((512, 128)), "rows 4–39 of 512, columns 7–51 of 128");
        assert_eq!(frame.short_words((512, 128)), "[4–39, 7–51] of 512×128");
        let marked = (4 + 2) * 128 + 7 + 5;
        let value = |index| if index == marked { 1.0 } else { -1.0 };
        let picture = frame.image(128, value, 1.0, color, Color32::GREEN);
        assert_eq!(picture.image.size, [45, 36]);
        let red: Vec<_> = (0..36 * 45).filter(|place| picture.image.pixels[*place] == Color32::RED).collect();
        assert_eq!(red, [2 * 45 + 5]);
    }

    #[test]
    fn a_frame_stays_in_the_matrix() {
        let frame = Frame::new((10, 200), (100, 100), Zoom::Pixels(2), 50, 190);
        assert_eq!((frame.row, frame.rows, frame.column, frame.columns), (0, 10, 150, 50));
        assert_eq!(frame.revealing(3, 149).column, 149);
        assert_eq!(frame.revealing(3, 20).column, 20);
        let left = Frame { column: 0, ..frame };
        assert_eq!(left.revealing(0, 60).column, 11);
        assert!(left.revealing(0, 60).contains(0, 60));
    }

    #[test]
    fn clipped_cells_and_holes_are_counted() {
        let values = [0.0, 2.0, f32::NAN, f32::NEG_INFINITY];
        let frame = Frame::new((1, 4), (8, 32), Zoom::Pixels(8), 0, 0);
        let picture = frame.image(4, |index| values[index], 1.0, color, Color32::GREEN);
        assert_eq!((picture.clipped, picture.nan.as_slice()), (2, &[(0, 2)][..]));
        assert_eq!(picture.image.pixels[1..], [Color32::RED, Color32::GREEN, Color32::BLUE]);
        assert_eq!(limit_words(1.5, 2, 1), "±1.5, 2 clipped, 1 NaN");
        assert_eq!(limit_words(0.15, 0, 0), "±0.15");
        assert_eq!(limit_words(20.0, 0, 0), "±20");
    }

    #[test]
    fn an_overview_says_that_it_is_one() {
        let zoom = Zoom::overview((512, 128), (128, 128));
        assert_eq!(zoom, Zoom::Mean(4));
        let frame = Frame::new((512, 128), (128, 128), zoom, 0, 0);
        assert_eq!(frame.texels(), (128, 32));
        assert!(frame.words((512, 128)).starts_with("mean of 4×4, "));
        assert!(frame.short_words((512, 128)).starts_with("mean of 4×4, "));
        let picture = frame.image(128, |index| if index < 128 * 4 { 1.0 } else { 0.0 }, 1.0, color, Color32::GREEN);
        assert_eq!(picture.image.pixels[0], Color32::RED);
        assert_ne!(picture.image.pixels[32], Color32::RED);
        assert_eq!(Zoom::overview((4, 4), (128, 128)), Zoom::Pixels(8));
    }

    #[test]
    fn scales_are_round_and_not_led_by_outliers() {
        assert_eq!(limit(0.367, 2.45), 1.5);
        assert_eq!(limit(0.0431, 0.986), 0.15);
        assert_eq!(limit(0.5, 0.5), 0.5);
        assert_eq!(limit(0.0, 0.0), 1.0);
    }
}
