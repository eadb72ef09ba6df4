//! A part of a picture at some size, and what is said of a reduced picture.

use super::chart::{AxisSpec, Chart, Kind, Series, Tone};
use super::figure::{Cell, Table};
use super::format;
use super::ledger::LedgerView;
use super::ticks::Ticks;
use crate::app::pictures::{Answer, Curves};
use crate::app::setup::pictures::CurveMethod;
use crate::engine::media::picture::{CURVE_COLOURS, Dither, Histogram, Method, Picture, Recipe, Reduced, Rgb, Space};

/// Samples a side that a dot of the screen takes of the pixels below it.
const SAMPLES: usize = 3;

/// The part of a picture that is in view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The picture's place at the left and upper edge, in its pixels.
    pub left: f32,
    /// As `left`.
    pub top: f32,
    /// Dots of the screen for a pixel of the picture.
    pub scale: f32,
}

impl Window {
    /// The whole picture in so many dots, never enlarged by anything but a whole number.
    pub fn fit([width, height]: [usize; 2], [across, down]: [usize; 2]) -> Self {
        let scale = (across as f32 / width as f32).min(down as f32 / height as f32);
        let scale = if scale >= 1.0 { scale.floor() } else { scale };
        Self { left: 0.0, top: 0.0, scale }.centred([width, height], [across, down])
    }

    /// The same within bounds: a side that is smaller than the view lies in its middle, a larger one fills it.
    pub fn centred(self, [width, height]: [usize; 2], [across, down]: [usize; 2]) -> Self {
        let place = |at: f32, side: usize, dots: usize| {
            let (side, seen) = (side as f32, dots as f32 / self.scale);
            if seen >= side { (side - seen) / 2.0 } else { at.clamp(0.0, side - seen) }
        };
        Self { left: place(self.left, width, across), top: place(self.top, height, down), ..self }
    }

    /// Enlarged by `factor` about a dot that stays on its pixel.
    pub fn zoomed(self, factor: f32, [x, y]: [f32; 2]) -> Self {
        let scale = (self.scale * factor).clamp(0.02, 64.0);
        Self { left: self.left + x / self.scale - x / scale, top: self.top + y / self.scale - y / scale, scale }
    }

    /// The pixel under a dot, if there is one.
    pub fn pixel(self, [x, y]: [f32; 2], [width, height]: [usize; 2]) -> Option<[usize; 2]> {
        let (column, row) = (self.left + x / self.scale, self.top + y / self.scale);
        let inside = column >= 0.0 && row >= 0.0 && column < width as f32 && row < height as f32;
        inside.then_some([column as usize, row as usize])
    }

    /// The pixels in view: the first column and row, and one beyond the last.
    pub fn part(self, [width, height]: [usize; 2], [across, down]: [usize; 2]) -> [[usize; 2]; 2] {
        let ends = |at: f32, side: usize, dots: usize| {
            let first = (at.max(0.0) as usize).min(side);
            [first, ((at + dots as f32 / self.scale).ceil().max(0.0) as usize).clamp(first, side)]
        };
        let ([left, right], [top, bottom]) = (ends(self.left, width, across), ends(self.top, height, down));
        [[left, top], [right, bottom]]
    }

    /// `74 %`, `4 ×`.
    pub fn words(self) -> String {
        if self.scale >= 1.0 {
            format!("{} ×", format::number(f64::from(self.scale)))
        } else {
            format::percent(f64::from(self.scale))
        }
    }
}

/// The dots of a view: each pixel as it is where they are enlarged, the mean of up to nine below each dot where they are not. None where the
/// picture does not reach. `at` gives the pixel of a column and a row.
pub fn render(
    window: Window,
    [across, down]: [usize; 2],
    sides: [usize; 2],
    at: impl Fn(usize, usize) -> Rgb,
) -> Vec<Option<Rgb>> {
    let samples = if window.scale >= 1.0 { 1 } else { ((1.0 / window.scale).ceil() as usize).clamp(2, SAMPLES) };
    let mut dots = Vec::with_capacity(across * down);
    for y in 0..down {
        for x in 0..across {
            let mut sum = [0_u32; 3];
            let mut count = 0;
            for sample in 0..samples * samples {
                let offset = |step: usize| (step as f32 + 0.5) / samples as f32;
                let place = [x as f32 + offset(sample % samples), y as f32 + offset(sample / samples)];
                if let Some([column, row]) = window.pixel(place, sides) {
                    sum.iter_mut().zip(at(column, row)).for_each(|(sum, value)| *sum += u32::from(value));
                    count += 1;
                }
            }
            dots.push((count > 0).then(|| sum.map(|sum| ((sum + count / 2) / count) as u8)));
        }
    }
    dots
}

/// The index of the reduced picture at a place of the original; a preview has fewer pixels.
pub fn index_at(reduced: &Reduced, sides: [usize; 2], column: usize, row: usize) -> u16 {
    let x = if reduced.width == sides[0] { column } else { column * reduced.width / sides[0] };
    let y = if reduced.height == sides[1] { row } else { row * reduced.height / sides[1] };
    reduced.indices[y.min(reduced.height - 1) * reduced.width + x.min(reduced.width - 1)]
}

/// How far two colours are apart: the length of their difference, 0…442.
pub fn distance(a: Rgb, b: Rgb) -> f32 {
    let square = |(a, b): (u8, u8)| f32::from(a.abs_diff(b)).powi(2);
    a.into_iter().zip(b).map(square).sum::<f32>().sqrt()
}

/// `#b0134d`.
pub fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The pixels of a part, row by row: what they were, the colour that they take, and how far that is.
pub fn pixel_table(original: &Picture, reduced: &Reduced, [[left, top], [right, bottom]]: [[usize; 2]; 2]) -> Table {
    let mut table = Table::new("Picture", &["x", "y", "original", "index", "quantized", "distance"]);
    let sides = [original.width, original.height];
    table.rows = (top..bottom)
        .flat_map(|y| (left..right).map(move |x| (x, y)))
        .map(|(x, y)| {
            let (before, index) = (original.pixels[y * sides[0] + x], index_at(reduced, sides, x, y));
            let after = reduced.palette[usize::from(index)];
            let [column, row, index] = [x as u64, y as u64, index.into()].map(Cell::count);
            let [from, to] = [before, after].map(|rgb| Cell::Text(hex(rgb)));
            vec![column, row, from, index, to, Cell::Number(distance(before, after).into())]
        })
        .collect();
    table
}

/// A row for each palette colour: what it is and how many pixels take it.
pub fn palette_table(reduced: &Reduced) -> Table {
    let pixels = reduced.counts.iter().sum::<u64>().max(1) as f64;
    let mut table = Table::new("Palette", &["index", "colour", "R", "G", "B", "pixels", "share"]);
    table.rows = reduced
        .palette
        .iter()
        .zip(&reduced.counts)
        .enumerate()
        .map(|(index, (&rgb, &count))| {
            let mut cells = vec![Cell::count(index as u64), Cell::Text(hex(rgb))];
            cells.extend(rgb.map(|channel| Cell::count(channel.into())));
            cells.extend([Cell::count(count), Cell::Number(count as f64 / pixels)]);
            cells
        })
        .collect();
    table
}

/// A pixel in words: `x 120, y 45: #a1b2c3 becomes #a0b0c8 (7), 5.4 away`.
pub fn inspected(original: &Picture, reduced: &Reduced, [column, row]: [usize; 2]) -> String {
    let before = original.pixels[row * original.width + column];
    let index = index_at(reduced, [original.width, original.height], column, row);
    let after = reduced.palette[usize::from(index)];
    let far = f64::from(distance(before, after));
    format!("x {column}, y {row}: {} becomes {} ({index}), error {}", hex(before), hex(after), format::number(far))
}

/// What the method is called.
pub fn method_name(recipe: &Recipe) -> &'static str {
    use crate::engine::media::picture::Fixed;
    match &recipe.method {
        Method::KMeans => "K-means",
        Method::MedianCut => "Median cut",
        Method::Octree => "Octree",
        Method::Uniform(_) => "Bits per channel",
        Method::Fixed(Fixed::WebSafe) => "Web-safe",
        Method::Fixed(Fixed::Grey) => "Greys",
        Method::Fixed(Fixed::File { .. }) => "Palette file",
    }
}

/// A recipe in a few words: `K-means 16, oklab, floyd-steinberg`, the number of colours only where it is wanted.
pub fn short_name(recipe: &Recipe, with_colours: bool) -> String {
    let mut words = method_name(recipe).to_owned();
    if with_colours && recipe.takes_colours() {
        words = format!("{words} {}", format::count(recipe.colours as u64));
    }
    if recipe.space != Space::default() {
        words = format!("{words}, {}", recipe.space.name());
    }
    if recipe.dither != Dither::None {
        words = format!("{words}, {}", recipe.dither.name());
    }
    words
}

/// The size of the picture: raw, and packed.
pub fn ledger(answer: &Answer) -> LedgerView {
    LedgerView::new(&answer.reduced.ledger(), "raw, 3 B a pixel", answer.original.raw_bytes())
}

/// PSNR over the number of colours, a curve a method; `now` is the current setting's.
pub fn curve_chart(curves: &Curves, now: Option<(usize, f64)>) -> Chart {
    let ticks = Ticks {
        values: CURVE_COLOURS.iter().map(|&colours| colours as f64).collect(),
        labels: CURVE_COLOURS.iter().map(usize::to_string).collect(),
    };
    let mut x = AxisSpec::new("colours").log();
    x.ticks = Some(ticks);
    let mut chart = Chart::new("PSNR by colours", x, AxisSpec::new("PSNR, dB"));
    for (method, points) in curves {
        let place = CurveMethod::ALL.iter().position(|(one, _)| one == method).unwrap_or(0);
        let mut series =
            Series::new(method.name(), Kind::Line, points.iter().map(|point| (point.colours as f64, point.psnr)))
                .with_markers();
        series.notes = points.iter().map(|point| format!("{} bit a pixel", format::number(point.bits))).collect();
        series.tone = Tone::Hue(place);
        chart = chart.with(series);
    }
    match now {
        Some((colours, psnr)) if psnr.is_finite() => {
            let mut series = Series::new("", Kind::Points, [(colours as f64, psnr)]);
            series.tone = Tone::Accent;
            series.notes = vec!["the current setting, all pixels".to_owned()];
            chart.current = Some((chart.series.len(), 0));
            chart.with(series)
        }
        _ => chart,
    }
}

/// The histograms of one channel: pixels by value before, and stems at the values that are left.
pub fn channel_chart(name: &'static str, channel: usize, (before, after): &(Histogram, Histogram)) -> Chart {
    // Four values a bar: 64 bars fit any card.
    let bars = before[channel]
        .chunks(4)
        .enumerate()
        .map(|(bar, counts)| (bar as f64 * 4.0 + 1.5, counts.iter().sum::<u64>() as f64));
    let levels = after[channel].iter().enumerate().filter(|(_, count)| **count > 0);
    let stems = levels.map(|(value, &count)| (value as f64, count as f64));
    let mut x = AxisSpec::new(format!("{name}, stored value"));
    x.range = Some((-0.5, 255.5));
    let mut original = Series::new("original, 4 values a bar", Kind::Bars(4.0), bars);
    original.tone = Tone::Real;
    let mut left = Series::new("quantized", Kind::Stems, stems);
    left.tone = Tone::Accent;
    Chart::new(format!("{name} before and after"), x, AxisSpec::new("pixels")).with(original).with(left)
}

/// How far k-means came: its iterations, and by which share they lowered the squared error of their start.
pub fn course_words(reduced: &Reduced) -> String {
    let Some(course) = &reduced.course else { return String::new() };
    let (first, last) = (course.steps.first(), course.steps.last());
    let (Some(first), Some(last)) = (first, last) else { return String::new() };
    let fall = if first.sse > 0.0 { 1.0 - last.sse / first.sse } else { 0.0 };
    format!("{} iterations, error down by {}", course.steps.len(), format::percent(fall))
}

/// What the space is, in words.
pub fn space_words(space: Space) -> &'static str {
    match space {
        Space::Srgb => "sRGB: distances and means of the stored values",
        Space::Linear => "Linear RGB: distances and means of light",
        Space::Oklab => "Oklab: distances as the eye judges them",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_show_whole_pixels_or_means() {
        let checks = |column: usize, row: usize| if (column + row).is_multiple_of(2) { [0; 3] } else { [255; 3] };
        let window = Window::fit([4, 4], [9, 8]);
        assert_eq!((window.scale, window.left), (2.0, -0.25));
        let dots = render(window, [9, 8], [4, 4], checks);
        assert_eq!((dots[0], dots[1], dots[8]), (Some([0; 3]), Some([0; 3]), None));
        let small = Window::fit([4, 4], [2, 2]);
        assert_eq!(render(small, [2, 2], [4, 4], checks), [Some([128; 3]); 4]);
        assert_eq!(small.words(), "50.0 %");
    }

    #[test]
    fn zooming_keeps_the_pixel_under_the_pointer_and_panning_ends_at_the_edge() {
        let window = Window { left: 10.0, top: 20.0, scale: 1.0 }.zoomed(2.0, [30.0, 40.0]);
        assert_eq!(window.pixel([30.0, 40.0], [100, 100]), Some([40, 60]));
        let moved = Window { left: 500.0, ..window }.centred([100, 100], [50, 50]);
        assert_eq!(moved.left, 75.0);
        assert_eq!(window.pixel([-100.0, 0.0], [100, 100]), None);
    }
}
