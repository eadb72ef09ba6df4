//! A training as charts and words: loss, accuracy, weights that move, gradients over the grids of small formats.

use super::chart::{AxisSpec, Chart, Kind, Point, Series, Tone};
use super::format;
use crate::app::training::{Log, Look, Mark, Phase};
use crate::engine::network::tuning::{Done, GRIDS, Octaves, Shares, Stage, limits, shares};
use crate::engine::network::{Evaluation, Network};
use crate::engine::number;

/// Points of the loss curve at most; each covers a stretch of steps.
const STRETCHES: usize = 120;
/// Bins of a histogram of weights.
const BINS: usize = 80;
/// Levels of a layer that are drawn one by one; where there are more, the seen weights are a histogram as well.
const MOST_LEVELS: usize = 64;

/// Loss over the steps: the mean of every stretch, between its lowest and its highest step.
pub fn loss(log: &Log) -> Chart {
    let stretch = log.steps.div_ceil(STRETCHES).max(1);
    let points = log.told.chunks(stretch).enumerate().map(|(place, told)| {
        let losses = || told.iter().map(|told| told.loss);
        let mean = losses().sum::<f64>() / told.len() as f64;
        let (low, high) = (losses().fold(f64::INFINITY, f64::min), losses().fold(0.0, f64::max));
        Point::with_interval((place * stretch + told.len()) as f64, mean, low, high)
    });
    let series =
        Series { name: "training".to_owned(), kind: Kind::Band, points: points.collect(), ..Series::default() };
    let chart = Chart::new("Loss", steps_axis(log), AxisSpec::new("cross-entropy").from_zero());
    epochs(chart.with(series.tone(Tone::Accent).main()), log, true)
}

/// Accuracy over the steps: on the training pictures of every stretch, and on pictures that no training sees.
pub fn accuracy(log: &Log, float: &Evaluation) -> Chart {
    let stretch = log.steps.div_ceil(STRETCHES).max(1);
    let trained = log.told.chunks(stretch).enumerate().map(|(place, told)| {
        let mean = told.iter().map(|told| told.accuracy).sum::<f64>() / told.len() as f64;
        ((place * stretch + told.len()) as f64, 100.0 * mean)
    });
    let trained = Series::new("training", Kind::Line, trained).tone(Tone::Muted);
    let measured = log.marks.iter().map(|mark| (mark.step as f64, 100.0 * mark.accuracy));
    let measured = Series::new("test", Kind::Line, measured).tone(Tone::Accent).with_markers().main();
    let mut chart = Chart::new("Accuracy", steps_axis(log), AxisSpec::new("right answers, %"));
    // The chart of the loss names the lines: here the curves come close to the top.
    chart = epochs(chart.with(trained).with(measured), log, false);
    match float.accuracy() {
        Some(accuracy) => chart.mark_y(100.0 * accuracy, "float32", Tone::Real),
        None => chart,
    }
}

fn steps_axis(log: &Log) -> AxisSpec {
    AxisSpec::new("step").between(0.0, log.steps.max(1) as f64)
}

/// Stages that are named on the chart; of more only the lines are drawn.
const NAMED: usize = 6;

/// A line where a stage begins, or without stages where an epoch ends, as long as these are few; with their names or without.
fn epochs(chart: Chart, log: &Log, named: bool) -> Chart {
    if log.stages.len() > 1 {
        return log.stages.iter().fold(chart, |chart, stage| {
            let text = if named && log.stages.len() <= NAMED { mark_words(&stage.done) } else { String::new() };
            chart.mark_x(stage.begins as f64, &text, Tone::Muted)
        });
    }
    let ends = log.steps.checked_div(log.epoch).unwrap_or(0);
    let marked = if ends <= 12 { 1..ends.max(1) } else { 1..1 };
    marked.fold(chart, |chart, epoch| {
        let text = if named && epoch == 1 { "epoch 1" } else { "" };
        chart.mark_x((epoch * log.epoch) as f64, text, Tone::Muted)
    })
}

/// What was done, as short as a line on a chart has room for.
fn mark_words(done: &Done) -> String {
    match done {
        Done::All => "all".to_owned(),
        Done::Layer(name) => name.clone(),
        Done::Pruned { sparsity, .. } => format::percent(*sparsity),
    }
}

/// Where the training is: `step 312 of 939, epoch 1 of 3`; with what was done last where that is done in stages.
pub fn place(log: &Log) -> String {
    let done = log.told.len();
    let step = format!("step {} of {}", format::count(done as u64), format::count(log.steps as u64));
    let epochs = log.steps.checked_div(log.epoch).unwrap_or(0);
    let epoch = (done.saturating_sub(1)).checked_div(log.epoch).unwrap_or(0) + 1;
    let stage = match log.stages.last() {
        Some(Stage { done, .. }) if *done != Done::All => format!(", {done}"),
        _ => String::new(),
    };
    let place = format!("{step}, epoch {} of {epochs}{stage}", epoch.min(epochs));
    match &log.phase {
        Phase::Preparing => "reads the pictures and prepares the weights".to_owned(),
        Phase::Running => place,
        Phase::Paused => format!("paused at {place}"),
        Phase::Done => format!("{step}: done, {} pictures{stage}", format::count(log.pictures as u64)),
        Phase::Failed(reason) if done == 0 => reason.clone(),
        Phase::Failed(reason) => format!("stopped: {reason}"),
    }
}

/// What it brought: `41.20 → 96.35 % right (float32 98.40 %), 2,000 pictures`.
pub fn outcome(log: &Log, float: &Evaluation, all: &Evaluation) -> String {
    let percent = |share: f64| format::fixed(100.0 * share, 2);
    let (Some(first), Some(last)) = (log.marks.first(), log.marks.last()) else {
        return "not measured yet".to_owned();
    };
    let reference = |evaluation: &Evaluation| evaluation.accuracy().map_or_else(String::new, percent);
    if let Some(end) = &log.end {
        let (after, total) = (reference(end), format::count(end.total() as u64));
        return format!("{after} % of all {total} right (float32 {} %)", reference(all));
    }
    let words = |mark: &Mark| percent(mark.accuracy);
    let total = format::count(float.total() as u64);
    format!("{} → {} % right (float32 {} %), {total} pictures", words(first), words(last), reference(float))
}

/// What is shown of a layer: the weights, and the gradients over the grids.
pub struct LayerFigures {
    /// The steps before it.
    pub step: usize,
    /// Weights before, as the optimizer steps them, and as the passes see them.
    pub weights: Chart,
    /// What the picture of the weights leaves to say: `4 values; moved by 0.0031 on average`.
    pub moved: String,
    /// How the magnitudes of the gradients lie; `None` before the first step.
    pub octaves: Option<Octaves>,
    /// What each of [`GRIDS`] makes of the gradients times 2^`exponent`; empty before the first step.
    pub shares: Vec<Shares>,
    /// The exponent of the scale.
    pub exponent: i32,
}

/// The layers that can be shown: weights of the network, without their ending.
pub fn layers(network: &Network) -> Vec<String> {
    let weights = network.parameters.iter().filter(|parameter| parameter.is_weight());
    weights.map(|parameter| parameter.name.strip_suffix(".weight").unwrap_or(&parameter.name).to_owned()).collect()
}

impl LayerFigures {
    /// Of the `layer`-th layer with weights; `None` where there is none.
    pub fn of(before: &Network, look: &Look, layer: usize, exponent: i32) -> Option<Self> {
        let weights = before.parameters.iter().enumerate().filter(|(_, parameter)| parameter.is_weight());
        let (place, parameter) = weights.clone().nth(layer)?;
        let values = |network: &Network| network.parameters.get(place).map(|parameter| parameter.values.clone());
        let (latent, seen) = (values(&look.latent)?, values(&look.seen)?);
        let (weights, moved) = weights_chart(&parameter.values, &latent, &seen);
        let gradients = look.gradients.get(place).filter(|gradients| !gradients.is_empty());
        Some(Self {
            step: look.step,
            weights,
            moved,
            octaves: gradients.map(|gradients| Octaves::of(gradients)),
            shares: gradients.map_or_else(Vec::new, |gradients| {
                GRIDS.iter().filter_map(|grid| shares(gradients, grid, exponent)).collect()
            }),
            exponent,
        })
    }

    /// The magnitudes of the gradients by octave, with what the grid loses at both ends.
    pub fn gradients(&self, grid: usize) -> Option<Chart> {
        let octaves = self.octaves.as_ref()?;
        let total: u64 = octaves.counts.iter().sum::<u64>() + octaves.zeros;
        let share = |count: u64| 100.0 * count as f64 / total.max(1) as f64;
        let at = |place: usize| f64::from(octaves.lowest + place as i32 + self.exponent) + 0.5;
        let bars = octaves.counts.iter().enumerate().map(|(place, count)| (at(place), share(*count)));
        let used: Vec<(f64, f64)> = bars.filter(|(_, share)| *share > 0.0).collect();
        let (flushed, saturated) = limits(GRIDS.get(grid)?)?;
        let (flushed, saturated) = (flushed.log2(), saturated.log2());
        let ends = used.iter().map(|(x, _)| *x).chain([flushed, saturated]);
        let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let (low, high) = ((low - 2.0).floor(), (high + 2.0).ceil());
        let x = AxisSpec::new("log2 of the scaled magnitude").between(low, high);
        let chart = Chart::new("Gradients", x, AxisSpec::new("share of the gradients, %").from_zero());
        let series = Series::new("gradients", Kind::Bars(0.86), used).tone(Tone::Real);
        Some(
            chart
                .shade(low, flushed, "becomes 0", Tone::Warn)
                .shade(saturated, high, "too large", Tone::Warn)
                .with(series),
        )
    }

    /// `E4M3FN: 63.2 % become 0, 0 % too large`.
    pub fn grid_words(&self, grid: usize) -> Option<[String; 3]> {
        let shares = self.shares.get(grid)?;
        let part = |count: u64| format::percent(count as f64 / shares.total.max(1) as f64);
        Some([grid_title(grid).to_owned(), part(shares.flushed), part(shares.saturated)])
    }

    /// The share that is 0 already.
    pub fn zeros(&self) -> Option<String> {
        let shares = self.shares.first()?;
        (shares.zeros > 0).then(|| format::percent(shares.zeros as f64 / shares.total.max(1) as f64))
    }
}

/// What a grid is called.
pub fn grid_title(grid: usize) -> &'static str {
    GRIDS.get(grid).and_then(|name| number::find(name)).map_or("", |entry| entry.title)
}

fn weights_chart(before: &[f32], latent: &[f32], seen: &[f32]) -> (Chart, String) {
    let largest = |values: &[f32]| values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let end = f64::from(largest(before).max(largest(latent)).max(largest(seen))).max(f64::MIN_POSITIVE);
    let zeros = seen.iter().filter(|value| **value == 0.0).count();
    let levels = levels(seen);
    let mut chart = Chart::new(
        "Weights",
        AxisSpec::new("weight").between(-end, end),
        AxisSpec::new("share of the weights, %").from_zero(),
    );
    chart = chart.with(histogram("before", before, end).tone(Tone::Muted));
    let behind = latent != seen;
    if behind {
        chart = chart.with(histogram("latent", latent, end).tone(Tone::Real));
    }
    let mut words = Vec::new();
    match &levels {
        Some(levels) => {
            let share = |count: u64| 100.0 * count as f64 / seen.len().max(1) as f64;
            let stems = levels.iter().filter(|(value, _)| *value != 0.0).map(|(value, count)| (*value, share(*count)));
            let name = if behind { "seen" } else { "now" };
            chart = chart.with(Series::new(name, Kind::Stems, stems).tone(Tone::Accent).main());
            words.push(if levels.len() == 1 { "1 value".to_owned() } else { format!("{} values", levels.len()) });
        }
        None => {
            let name = if behind { "seen" } else { "now" };
            chart = chart.with(histogram(name, seen, end).tone(Tone::Accent).main());
        }
    }
    if zeros > 0 {
        words.push(format!("{} are 0", format::percent(zeros as f64 / seen.len().max(1) as f64)));
    }
    let far = before.iter().zip(latent).map(|(before, after)| f64::from((after - before).abs())).sum::<f64>();
    words.push(format!("moved by {} on average", format::significant(far / before.len().max(1) as f64, 2)));
    (chart, words.join("; "))
}

/// The distinct values with their numbers, from below; `None` where there are more than can be told apart.
fn levels(values: &[f32]) -> Option<Vec<(f64, u64)>> {
    let mut found = std::collections::BTreeMap::<u32, u64>::new();
    for value in values {
        // −0 is 0.
        *found.entry((value + 0.0).to_bits()).or_default() += 1;
        if found.len() > MOST_LEVELS {
            return None;
        }
    }
    let mut levels: Vec<(f64, u64)> =
        found.into_iter().map(|(bits, count)| (f64::from(f32::from_bits(bits)), count)).collect();
    levels.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(levels)
}

/// Shares of the weights in equal bins between −end and end; exact zeros are left out.
fn histogram(name: &str, values: &[f32], end: f64) -> Series {
    let mut counts = [0_u64; BINS];
    let width = 2.0 * end / BINS as f64;
    for value in values.iter().filter(|value| **value != 0.0) {
        let bin = ((f64::from(*value) + end) / width) as usize;
        counts[bin.min(BINS - 1)] += 1;
    }
    let share = |count: u64| 100.0 * count as f64 / values.len().max(1) as f64;
    let points = counts.iter().enumerate().map(|(bin, count)| (-end + bin as f64 * width, share(*count)));
    Series::new(name, Kind::Steps, points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::training::Told;
    use crate::engine::network::zoo;

    fn log(steps: usize, told: usize) -> Log {
        let step = |place: usize| Told { loss: 1.0 / (place + 1) as f64, accuracy: 0.5, rate: 0.01 };
        Log { steps, epoch: steps / 2, told: (0..told).map(step).collect(), ..Log::default() }
    }

    #[test]
    fn a_long_training_is_drawn_in_stretches_that_hold_their_extremes() {
        let chart = loss(&log(1200, 25));
        let points = &chart.series[0].points;
        assert_eq!(points.iter().map(|point| point.x).collect::<Vec<_>>(), [10.0, 20.0, 25.0]);
        assert_eq!((points[0].high, points[0].low), (1.0, 0.1));
        assert!((points[0].y - 0.2929).abs() < 1e-4, "the mean of 1, 1/2, …, 1/10");
        assert_eq!(chart.marks.len(), 1, "one line between two epochs");
    }

    #[test]
    fn the_place_is_a_sentence_in_every_phase() {
        let mut log = log(10, 5);
        let cases = [
            (Phase::Running, "step 5 of 10, epoch 1 of 2"),
            (Phase::Paused, "paused at step 5 of 10, epoch 1 of 2"),
            (Phase::Failed("it is none".to_owned()), "stopped: it is none"),
        ];
        for (phase, expected) in cases {
            log.phase = phase;
            assert_eq!(place(&log), expected);
        }
        log.told.push(log.told[0]);
        log.phase = Phase::Running;
        assert_eq!(place(&log), "step 6 of 10, epoch 2 of 2");
    }

    #[test]
    fn stages_are_lines_with_what_was_done() {
        let mut log = log(10, 6);
        let pruned = |round, sparsity| Done::Pruned { round, rounds: 2, sparsity };
        log.stages = vec![Stage { begins: 0, done: pruned(1, 0.5) }, Stage { begins: 5, done: pruned(2, 0.75) }];
        log.phase = Phase::Running;
        assert_eq!(place(&log), "step 6 of 10, epoch 2 of 2, round 2 of 2: 75.0 % of the weights are 0");
        let marks = loss(&log).marks;
        assert_eq!(marks.len(), 2);
        let layers = ["conv1", "ip2"].map(|name| Done::Layer(name.to_owned()));
        assert_eq!(layers.map(|done| mark_words(&done)), ["conv1", "ip2"]);
    }

    #[test]
    fn levels_stand_beside_the_histogram_they_came_from() {
        let before = [0.1, 0.2, -0.3, 0.0];
        let seen = [0.15, 0.15, -0.3, -0.0];
        let (chart, words) = weights_chart(&before, &seen, &seen);
        assert_eq!(words, "3 values; 25.0 % are 0; moved by 0.025 on average");
        let names: Vec<&str> = chart.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, ["before", "now"]);
        let stems: Vec<(f64, f64)> = chart.series[1].points.iter().map(|point| (point.x, point.y)).collect();
        assert_eq!(stems.iter().map(|stem| stem.1).collect::<Vec<_>>(), [25.0, 50.0]);
        let shares: f64 = chart.series[0].points.iter().map(|point| point.y).sum();
        assert_eq!(shares, 75.0, "the zero is left out");
        let (chart, _) = weights_chart(&before, &before, &seen);
        assert_eq!(chart.series[1].name, "latent");
    }

    #[test]
    fn a_scale_moves_gradients_into_the_grid() {
        let network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        let mut gradients: Vec<Vec<f32>> = network.parameters.iter().map(|p| vec![0.0; p.values.len()]).collect();
        // Half of the first layer: 2⁻¹², below half of the smallest subnormal of E4M3FN, 2⁻¹⁰.
        let half = gradients[0].len() / 2;
        gradients[0][..half].fill(2f32.powi(-12));
        let network = std::sync::Arc::new(network);
        let look = Look { step: 1, seen: network.clone(), latent: network.clone(), gradients: gradients.into() };
        let words = |exponent| LayerFigures::of(&network, &look, 0, exponent).unwrap().grid_words(0).unwrap();
        assert_eq!(words(0), ["FP8 E4M3FN", "50.0 %", "0 %"]);
        assert_eq!(words(3)[1], "0 %");
        assert_eq!(words(21)[2], "50.0 %", "2⁹ is beyond 448");
        let figures = LayerFigures::of(&network, &look, 0, 3).unwrap();
        assert_eq!(figures.zeros().as_deref(), Some("50.0 %"));
        let bars = figures.gradients(0).unwrap().series[0].points.clone();
        assert_eq!(bars.iter().map(|bar| (bar.x, bar.y)).collect::<Vec<_>>(), [(-8.5, 50.0)]);
        assert!(LayerFigures::of(&network, &look, 3, 0).is_none());
        assert_eq!(layers(&network), ["ip1", "ip2", "ip3"]);
    }
}
