//! How often each error occurs, beside what an error spread evenly over one step would do.

/// Bars of the histogram.
const BARS: usize = 24;

/// Shares of the samples by their error.
#[derive(Clone, Debug, PartialEq)]
pub struct Errors {
    /// Left edge of the first bar.
    pub low: f64,
    /// Width of a bar.
    pub width: f64,
    /// Share of the samples in each bar; together 1.
    pub shares: Vec<f64>,
}

impl Errors {
    /// The histogram of sample − level; with a step, bars end at ±S/2 and the histogram is as wide as a whole number of half steps.
    pub fn of(samples: &[f64], values: &[f64], step: Option<f64>) -> Self {
        let errors = || samples.iter().zip(values).map(|(sample, value)| sample - value);
        let largest = errors().fold(0.0_f64, |largest, error| largest.max(error.abs()));
        let half = match step {
            // The slack is for what rounding adds to half a step.
            Some(step) => (largest / step * 2.0 - 1e-6).ceil().max(1.0) * step / 2.0,
            None if largest > 0.0 => largest,
            None => 1.0,
        };
        // The edges ±S/2 lie between bars.
        let halves = step.map_or(1, |step| (half / step * 2.0).round() as usize);
        let bars = if halves > BARS / 2 { BARS } else { 2 * halves * (BARS / 2 / halves).max(1) };
        let width = 2.0 * half / bars as f64;
        let mut counts = vec![0_u64; bars];
        for error in errors() {
            let at = ((error + half) / width).floor().max(0.0) as usize;
            counts[at.min(bars - 1)] += 1;
        }
        let all = samples.len().max(1) as f64;
        Self { low: -half, width, shares: counts.into_iter().map(|count| count as f64 / all).collect() }
    }

    /// The middle of a bar.
    pub fn middle(&self, bar: usize) -> f64 {
        self.low + (bar as f64 + 0.5) * self.width
    }
}
