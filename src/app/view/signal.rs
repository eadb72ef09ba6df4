//! Charts and words of a quantized signal.

use super::affine::Step;
use super::chart::{AxisSpec, Chart, Kind, Series, Tone};
use super::format;
use super::inspect::Role;
use super::ticks::Ticks;
use crate::app::setup::signals::FULL_SCALE;
use crate::app::signals::{Answer, Curve};
use crate::engine::media::signal::{Deviation, Grid, Law};

/// More samples than this in view are drawn as a line and not as stems.
const MOST_STEMS: usize = 400;

/// The most points of a line: more are thinned to the least and the largest of each stretch.
const MOST_POINTS: usize = 1600;

/// More levels than this are not drawn as lines.
const MOST_LINES: usize = 33;

/// The least power on the plot of the spectrum, in dB of a full-scale sine.
const FLOOR: f64 = -160.0;

/// Points of at most [`MOST_POINTS`]: where there are more, the least and the largest of each stretch, in their order.
fn thinned(points: impl ExactSizeIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let stretch = (points.len() * 2).div_ceil(MOST_POINTS);
    let all: Vec<(f64, f64)> = points.collect();
    if stretch <= 2 {
        return all;
    }
    let ends = |part: &[(f64, f64)]| {
        let place = |wanted: fn(&f64, &f64) -> std::cmp::Ordering| {
            (0..part.len()).max_by(|left, right| wanted(&part[*left].1, &part[*right].1)).unwrap_or(0)
        };
        let (largest, least) = (place(f64::total_cmp), place(|left, right| right.total_cmp(left)));
        [part[largest.min(least)], part[largest.max(least)]]
    };
    all.chunks(stretch).flat_map(ends).collect()
}

/// The places of samples from one time to another, both in seconds and included.
fn places(rate: f64, count: usize, [from, to]: [f64; 2]) -> std::ops::Range<usize> {
    let first = (from * rate - 1e-6).ceil().max(0.0) as usize;
    let end = ((to * rate + 1e-6).floor() as usize + 1).min(count);
    first.min(end)..end
}

/// Peak that the plot of the signal shows: full scale and a little room, or the signal's own.
pub fn reach(answer: &Answer) -> f64 {
    let peak = answer.samples.iter().fold(0.0_f64, |peak, sample| peak.max(sample.abs()));
    (peak * 1.08).max(FULL_SCALE * 1.15)
}

/// Times on an axis in milliseconds.
fn time_axis([from, to]: [f64; 2]) -> AxisSpec {
    AxisSpec::new("time, ms").between(from * 1e3, to * 1e3)
}

/// The signal, and its samples on their levels as stems: the slide's figure. `window` is in seconds.
pub fn wave_chart(answer: &Answer, window: [f64; 2]) -> Chart {
    let reach = reach(answer);
    let values = [-1.0, -0.5, 0.0, 0.5, 1.0].map(|share| share * FULL_SCALE);
    let ticks = Ticks { values: values.to_vec(), labels: values.map(|value| format::fixed(value, 2)).to_vec() };
    let y = AxisSpec::new("signal, A").between(-reach, reach).with_ticks(ticks);
    let mut chart = Chart::new("Signal on its levels", time_axis(window), y);
    if answer.levels.values.len() <= MOST_LINES {
        for level in &answer.levels.values {
            chart = chart.mark_y(*level, "", Tone::Muted);
        }
    }
    let base = &answer.base;
    let seen = places(base.rate, base.samples.len(), window);
    // One more on each side, so that the line goes from edge to edge.
    let seen = seen.start.saturating_sub(1)..(seen.end + 1).min(base.samples.len());
    let curve = thinned(seen.map(|at| (at as f64 / base.rate * 1e3, base.samples[at])));
    let seen = places(answer.rate, answer.samples.len(), window);
    let kind = if seen.len() <= MOST_STEMS { Kind::Stems } else { Kind::Line };
    let note = |at: usize| {
        let (sample, code) = (answer.samples[at], answer.quantized.codes[at]);
        format!("sample {} → level {code} of {}", format::number(sample), answer.levels.values.len())
    };
    let notes = if kind == Kind::Stems { seen.clone().map(note).collect() } else { Vec::new() };
    let snapped = seen.map(|at| (at as f64 / answer.rate * 1e3, answer.quantized.values[at]));
    let snapped = if kind == Kind::Stems { snapped.collect() } else { thinned(snapped) };
    chart
        .with(Series::new("samples on their levels", kind, snapped).tone(Tone::Accent).with_notes(notes))
        .with(Series::new("signal", Kind::Line, curve).tone(Tone::Real))
}

/// The error of every sample over time: in steps S where there are steps. `bare` leaves the words at the axes out, where there is no room
/// for them.
pub fn error_chart(answer: &Answer, window: [f64; 2], bare: bool) -> Chart {
    let step = answer.levels.step;
    let unit = step.unwrap_or(1.0);
    let largest = (answer.quality.largest / unit).max(if step.is_some() { 0.5 } else { 1e-9 });
    let y = AxisSpec::new(if step.is_some() { "error, S" } else { "error, A" });
    let y = y.between(-largest * 1.12, largest * 1.12);
    let y = if largest <= 2.0 && step.is_some() {
        let values: Vec<f64> = if largest < 0.75 { vec![-0.5, 0.0, 0.5] } else { vec![-1.0, 0.0, 1.0] };
        let labels = values.iter().map(|value| format::fixed(*value, 2)).collect();
        y.with_ticks(Ticks { values, labels })
    } else {
        y
    };
    let mut x = time_axis(window);
    let mut y = y;
    if bare {
        x.label.clear();
        y.label.clear();
    }
    let mut chart = Chart::new("Error over time", x, y);
    let seen = places(answer.rate, answer.samples.len(), window);
    let kind = if seen.len() <= MOST_STEMS { Kind::Stems } else { Kind::Line };
    let error = |at: usize| (answer.samples[at] - answer.quantized.values[at]) / unit;
    let errors = seen.map(|at| (at as f64 / answer.rate * 1e3, error(at)));
    let errors = if kind == Kind::Stems { errors.collect() } else { thinned(errors) };
    if step.is_some() {
        chart = chart.mark_y(-0.5, "", Tone::Muted).mark_y(0.5, "", Tone::Muted);
    }
    chart.with(Series::new("", kind, errors).tone(Tone::Hue(4)))
}

/// How often each error occurs, and the model: evenly within half a step.
pub fn errors_chart(answer: &Answer) -> Chart {
    let step = answer.levels.step;
    let unit = step.unwrap_or(1.0);
    let x = AxisSpec::new(if step.is_some() { "error, S" } else { "error, A" });
    let errors = &answer.errors;
    let bars = errors.shares.iter().enumerate().map(|(bar, share)| (errors.middle(bar) / unit, share * 100.0));
    let mut chart = Chart::new("How often each error occurs", x, AxisSpec::new("samples, %").from_zero())
        .with(Series::new("measured", Kind::Bars(errors.width / unit), bars).tone(Tone::Accent));
    if let Some(step) = step {
        let height = errors.width / step * 100.0;
        let model = [(-0.5, 0.0), (-0.5, height), (0.5, height), (0.5, 0.0)];
        chart = chart.with(Series::new("model: even within ±S/2", Kind::Line, model).tone(Tone::Real).dashed());
    }
    chart
}

/// Power of signal and error by frequency, in dB of a full-scale sine; `None` where there are too few samples.
pub fn spectrum_chart(answer: &Answer) -> Option<Chart> {
    let [signal, error] = answer.spectra.as_ref()?;
    let decibels = |power: f64| (10.0 * (2.0 * power / (FULL_SCALE * FULL_SCALE)).log10()).max(FLOOR);
    let line = |spectrum: &crate::engine::media::signal::Spectrum| {
        let point = |at: usize| (at as f64 * spectrum.step / 1e3, decibels(spectrum.power[at]));
        thinned((0..spectrum.power.len()).map(point))
    };
    let mut chart = Chart::new(
        "Spectrum of signal and error",
        AxisSpec::new("frequency, kHz"),
        AxisSpec::new("power, dB of a full-scale sine"),
    )
    .with(Series::new("signal", Kind::Line, line(signal)).tone(Tone::Real))
    .with(Series::new("error", Kind::Line, line(error)).tone(Tone::Accent));
    if let Some(model) = answer.quality.model {
        let share = decibels(model / (error.power.len() - 1) as f64);
        chart = chart.mark_y(share, "S²/12, spread evenly", Tone::Muted);
    }
    Some(chart)
}

/// SQNR over the bits beside the rule. `now` is the present number of levels with its SQNR.
pub fn curve_chart(curve: &Curve, now: Option<(usize, f64)>) -> Chart {
    let last = curve.last().map_or(8, |(bits, _)| *bits).max(2);
    let rule = |bits: f64| (bits, 20.0 * bits * 2.0_f64.log10() + 10.0 * 1.5_f64.log10());
    let points = curve.iter().map(|(bits, sqnr)| (f64::from(*bits), *sqnr));
    let mut chart = Chart::new("SQNR by bits", AxisSpec::new("width, bits"), AxisSpec::new("SQNR, dB"))
        .with(Series::new("rule", Kind::Line, [rule(1.0), rule(f64::from(last))]).tone(Tone::Real).dashed())
        .with(Series::new("measured", Kind::Line, points).tone(Tone::Accent).with_markers().main());
    if let Some((levels, sqnr)) = now {
        let bits = (levels as f64).log2();
        if bits <= f64::from(last) {
            chart = chart.with(Series::new("", Kind::Points, [(bits, sqnr)]).tone(Tone::Accent));
            chart.current = Some((2, 0));
        }
    }
    chart
}

fn symbol(text: impl Into<String>) -> Step {
    Step::Text(text.into(), Role::Symbol)
}

fn real(value: impl Into<String>) -> Step {
    Step::Text(value.into(), Role::Real)
}

fn code(value: impl Into<String>) -> Step {
    Step::Text(value.into(), Role::Code)
}

fn result(value: impl Into<String>) -> Step {
    Step::Text(value.into(), Role::Result)
}

/// The step, the rule and what was measured: one line of symbols and numbers each.
pub fn rule_steps(answer: &Answer) -> Vec<Vec<Step>> {
    let quality = &answer.quality;
    let levels = answer.levels.values.len();
    let mut lines = Vec::new();
    if let Some(step) = answer.levels.step {
        let number = format::number(step);
        let under = if answer.setup.grid == Grid::Inclusive {
            (vec![symbol("L − 1")], vec![code(format::count(levels as u64 - 1))])
        } else {
            (vec![symbol("L")], vec![code(format::count(levels as u64))])
        };
        lines.push(vec![
            symbol("S = "),
            Step::Fraction(vec![symbol("2A")], under.0),
            symbol(" = "),
            Step::Fraction(vec![real(format::number(2.0 * FULL_SCALE))], under.1),
            symbol(" = "),
            result(number),
        ]);
    }
    let bits = (levels as f64).log2();
    let bits = if bits.fract() == 0.0 { format::number(bits) } else { format::fixed(bits, 2) };
    lines.push(vec![
        symbol("rule = 6.02 · N + 1.76"),
        symbol(" = 6.02 · "),
        code(bits),
        symbol(" + 1.76"),
        // With all digits of both constants, as the deviation from it is.
        symbol(" ≈ "),
        result(format::fixed(quality.rule, 2)),
        symbol(" dB"),
    ]);
    if let Some(sqnr) = quality.sqnr() {
        lines.push(vec![
            symbol("measured = 10 log₁₀ ("),
            real(format::number(quality.signal)),
            symbol(" / "),
            code(format::number(quality.noise)),
            symbol(") = "),
            result(format::fixed(sqnr, 2)),
            symbol(" dB"),
        ]);
    }
    if let Some(model) = quality.model {
        lines.push(vec![
            symbol("error / (S² / 12) = "),
            code(format::number(quality.noise)),
            symbol(" / "),
            real(format::number(model)),
            symbol(" = "),
            result(format::fixed(quality.noise / model, 3)),
        ]);
    }
    lines
}

/// The difference between what was measured and the rule, in a few words.
pub fn verdict(answer: &Answer) -> String {
    let quality = &answer.quality;
    let Some(sqnr) = quality.sqnr() else {
        let quiet = quality.signal == 0.0;
        return if quiet {
            "There is no signal".to_owned()
        } else {
            "No error at all: every sample is a level".to_owned()
        };
    };
    let difference = sqnr - quality.rule;
    if difference.abs() <= 0.1 {
        return "Within 0.1 dB of the rule".to_owned();
    }
    let side = if difference < 0.0 { "below" } else { "above" };
    format!("{} dB {side} the rule", format::fixed(difference.abs(), 2))
}

/// Why the rule says something else: a reason in a word or two, and what it does.
pub fn reason(deviation: &Deviation, answer: &Answer) -> (&'static str, String) {
    let all = format::count(answer.samples.len() as u64);
    let decibels = |value: f64| format::fixed(value.abs(), 2);
    match deviation {
        Deviation::Clipping(count) => (
            "Clipping",
            format!(
                "{} of {all} samples are beyond the outer levels; S/2 no longer bounds their error",
                format::count(*count as u64)
            ),
        ),
        Deviation::Power(power) => {
            let side = if *power < 0.0 { "below" } else { "above" };
            (
                "Signal power",
                format!("{} dB {side} a full-scale sine, while the steps stay as they are", decibels(*power)),
            )
        }
        Deviation::FewLevels(count) => {
            ("Few levels", format!("with {count} the error follows the signal and is not spread evenly over a step"))
        }
        Deviation::FewValues(count) => (
            "Few values",
            format!("only {} different samples: the error cannot take all sizes", format::count(*count as u64)),
        ),
        Deviation::Dither(power) => (
            "Dither",
            format!("its own noise adds {} dB; in return the error no longer follows the signal", decibels(*power)),
        ),
        Deviation::Shaping => {
            ("Noise shaping", "twice the noise, 3.01 dB, most of it moved to high frequencies".to_owned())
        }
        Deviation::Uneven => ("Uneven levels", "there is no one step S, so S²/12 does not hold".to_owned()),
        Deviation::Ends => {
            let what = match answer.setup.grid {
                Grid::MidTread => "the highest level is missing",
                Grid::Inclusive | Grid::MidRise => "the outer levels lie S/2 within ±A",
            };
            ("Ends", format!("{what}: a sine dwells at its peaks, where the error is then up to S/2"))
        }
    }
}

/// How levels are spread, for menus.
pub fn law_words(law: Law) -> (&'static str, &'static str) {
    match law {
        Law::Uniform => ("Uniform", "Every step is as wide as any other"),
        Law::Mu => ("μ-law", "Fine steps for small values, coarse for large: G.711, μ = 255"),
        Law::A => ("A-law", "Fine steps for small values, coarse for large: G.711, A = 87.6"),
        Law::LloydMax => (
            "Lloyd–Max",
            "Where this signal's squared error is least, or with more than 256 levels close to it: k-means of its samples",
        ),
    }
}

/// A hand-drawn signal after the pointer went from one place to another; places are shares of the time, values are bounded by ±2.
pub fn draw(points: &[f64], from: (f64, f64), to: (f64, f64)) -> Vec<f64> {
    let last = points.len().saturating_sub(1) as f64;
    let (left, right) = if from.0 <= to.0 { (from, to) } else { (to, from) };
    let mut drawn = points.to_vec();
    let ends = [left.0, right.0].map(|place| (place.clamp(0.0, 1.0) * last).round() as usize);
    for (at, value) in drawn.iter_mut().enumerate().take(ends[1] + 1).skip(ends[0]) {
        let share =
            if right.0 > left.0 { ((at as f64 / last - left.0) / (right.0 - left.0)).clamp(0.0, 1.0) } else { 1.0 };
        let wanted = left.1 + (right.1 - left.1) * share;
        *value = (wanted.clamp(-2.0, 2.0) * 100.0).round() / 100.0;
    }
    drawn
}

/// A hand-drawn signal as densely as it is drawn: `count` points on the same straight lines.
pub fn refined(points: &[f64], count: usize) -> Vec<f64> {
    let source = crate::engine::media::signal::Source::Drawn(points.to_vec());
    if points.len() == count { points.to_vec() } else { source.samples(1.0, count) }
}
