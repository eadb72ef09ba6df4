//! Error against bits, as series of points.

use crate::engine::quantize::CurvePoint;

/// What is measured upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// SQNR in dB; more is better.
    #[default]
    Sqnr,
    /// Mean squared error; on a logarithmic axis.
    Mse,
}

/// What is measured to the right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rate {
    /// Width of a code.
    #[default]
    Bits,
    /// Bits per weight with everything counted.
    BitsPerWeight,
}

/// One scheme at one width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatePoint {
    /// Width of a code: what a click selects.
    pub bits: u32,
    /// To the right.
    pub x: f64,
    /// Upwards; infinite SQNR where nothing is lost.
    pub y: f64,
}

/// One scheme at all its widths.
#[derive(Clone, Debug, PartialEq)]
pub struct RateSeries {
    /// What stands at its end.
    pub name: String,
    /// Ascending in bits.
    pub points: Vec<RatePoint>,
}

impl RateSeries {
    /// The points of a curve at which the measure is defined.
    pub fn new(name: impl Into<String>, curve: &[CurvePoint], rate: Rate, measure: Measure) -> Self {
        let point = |point: &CurvePoint| {
            let y = match measure {
                Measure::Sqnr => point.report.sqnr_db()?,
                Measure::Mse => point.report.mse()?,
            };
            let x = match rate {
                Rate::Bits => f64::from(point.bits),
                Rate::BitsPerWeight => point.bits_per_weight,
            };
            Some(RatePoint { bits: point.bits, x, y })
        };
        let mut points: Vec<_> = curve.iter().filter_map(point).collect();
        points.sort_by_key(|point| point.bits);
        Self { name: name.into(), points }
    }

    /// The point of a width.
    pub fn at(&self, bits: u32) -> Option<&RatePoint> {
        self.points.iter().find(|point| point.bits == bits)
    }
}

impl Measure {
    /// For the card's subtitle.
    pub fn label(self) -> &'static str {
        match self {
            Self::Sqnr => "SQNR, dB",
            Self::Mse => "MSE",
        }
    }
}

/// Places labels of one `height` as near to where they are `wanted` as they fit between `top` and `bottom` without overlapping.
pub fn spread(wanted: &[f32], height: f32, top: f32, bottom: f32) -> Vec<f32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    // Labels that touch move as one block, whose middle is where its labels want to be on average.
    let mut blocks: Vec<(f32, usize)> = Vec::new();
    let start = |(center, count): (f32, usize)| {
        let half = height * count as f32 / 2.0;
        (center - half).min(bottom + height / 2.0 - half * 2.0).max(top - height / 2.0)
    };
    for &index in &order {
        let mut block = (wanted[index], 1);
        while let Some(&above) = blocks.last() {
            if start(above) + height * above.1 as f32 <= start(block) {
                break;
            }
            let count = above.1 + block.1;
            block = ((above.0 * above.1 as f32 + block.0 * block.1 as f32) / count as f32, count);
            blocks.pop();
        }
        blocks.push(block);
    }
    let mut placed = vec![0.0; wanted.len()];
    let mut places = blocks.iter().flat_map(|&block| {
        let first = start(block) + height / 2.0;
        (0..block.1).map(move |place| first + place as f32 * height)
    });
    for &index in &order {
        placed[index] = places.next().unwrap_or(top);
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::measure::ErrorReport;

    fn point(bits: u32, sse: f64, signal: f64) -> CurvePoint {
        let report = ErrorReport { count: 10, sse, signal, ..ErrorReport::default() };
        CurvePoint { bits, bits_per_weight: f64::from(bits) + 0.5, report }
    }

    #[test]
    fn points_are_sorted_and_undefined_ones_left_out() {
        let curve = [point(2, 0.0, 1.0), point(1, 0.1, 1.0), point(3, 0.0, 0.0)];
        let series = RateSeries::new("k-means", &curve, Rate::BitsPerWeight, Measure::Sqnr);
        assert_eq!(
            series.points.iter().map(|point| (point.bits, point.x, point.y)).collect::<Vec<_>>(),
            [(1, 1.5, 10.0), (2, 2.5, f64::INFINITY)]
        );
        let mse = RateSeries::new("k-means", &curve, Rate::Bits, Measure::Mse);
        assert_eq!(mse.at(1).unwrap().y, 0.01);
        assert_eq!(mse.at(7), None);
    }

    #[test]
    fn labels_never_overlap_and_stay_inside() {
        for wanted in [&[50.0, 52.0, 51.0][..], &[0.0, 1.0, 99.0, 100.0], &[100.0, 100.0], &[10.0, 60.0], &[]] {
            let mut placed = spread(wanted, 16.0, 0.0, 100.0);
            if wanted == [10.0, 60.0] {
                assert_eq!(placed, wanted, "labels with room stay where they are");
            }
            placed.sort_by(f32::total_cmp);
            assert!(placed.iter().all(|y| (0.0..=100.0).contains(y)), "{wanted:?} {placed:?}");
            assert!(placed.windows(2).all(|pair| pair[1] - pair[0] > 15.99), "{wanted:?} {placed:?}");
        }
        let placed = spread(&[52.0, 50.0], 16.0, 0.0, 100.0);
        assert!(placed[0] > placed[1], "the order of the lines is the order of the labels");
    }
}
