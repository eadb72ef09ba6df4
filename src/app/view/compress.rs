//! The stages of Deep Compression as boxes, and its outcome as a sentence.

use super::format;
use crate::engine::coding::published::{self, NETWORKS};
use crate::engine::compress::bits::Attempt;
use crate::engine::compress::{News, Recipe, Stage, StageKind};
use crate::engine::network::{Epoch, Evaluation, Subject, zoo};

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not begun.
    Waiting,
    /// At work.
    Running,
    /// Measured.
    Done,
}

/// One box of the pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct StageBox {
    /// `Prune, retrain`.
    pub title: &'static str,
    /// How far it is.
    pub state: State,
    /// `9.8×`; empty before it is measured.
    pub ratio: String,
    /// `98.31 %`.
    pub accuracy: String,
    /// `108,826 B`.
    pub bytes: String,
    /// What it does, or where it is: `round 2 of 4, walk 1 of 2, loss 0.027`.
    pub note: String,
    /// Turns of its loop: taken, and all of them; `(0, 0)` where it has none.
    pub turns: (usize, usize),
}

fn title(kind: StageKind) -> &'static str {
    match kind {
        StageKind::Float => "Float32",
        StageKind::Pruned => "Prune, retrain",
        StageKind::Shared => "Share weights",
        StageKind::Tuned => "Tune centroids",
        StageKind::Coded => "Huffman",
    }
}

/// What was told, read from its end.
fn stage_of(news: &[News], kind: StageKind) -> Option<&Stage> {
    news.iter().find_map(|news| match news {
        News::Stage(stage) if stage.kind == kind => Some(stage),
        _ => None,
    })
}

fn last_round(news: &[News]) -> Option<(usize, f64)> {
    news.iter().rev().find_map(|news| match news {
        News::Round { number, kept } => Some((*number, *kept)),
        _ => None,
    })
}

/// The walk that ended last on the way to a stage, since the last pruning.
fn last_walk(news: &[News], kind: StageKind) -> Option<&Epoch> {
    let told = news.iter().rev().take_while(|news| !matches!(news, News::Round { .. }));
    told.into_iter().find_map(|news| match news {
        News::Walk(of, epoch) if *of == kind => Some(epoch),
        _ => None,
    })
}

/// Every stage, as far as the news go; `running` says whether more is to come.
pub fn boxes(news: &[News], recipe: &Recipe, running: bool) -> Vec<StageBox> {
    let mut before_done = true;
    StageKind::ALL
        .into_iter()
        .filter(|kind| *kind != StageKind::Tuned || recipe.tune > 0)
        .map(|kind| {
            let stage = stage_of(news, kind);
            let state = match stage {
                Some(_) => State::Done,
                None if running && before_done => State::Running,
                None => State::Waiting,
            };
            before_done = stage.is_some();
            let text = |of: &dyn Fn(&Stage) -> String| stage.map(of).unwrap_or_default();
            StageBox {
                title: title(kind),
                state,
                ratio: text(&|stage| ratio(stage.ratio)),
                accuracy: text(&|stage| accuracy(stage)),
                bytes: text(&|stage| format::bytes_exact(stage.size.bytes)),
                note: note(news, recipe, kind, state),
                turns: turns(news, recipe, kind),
            }
        })
        .collect()
}

/// The box after the last stage: the largest ratio that is still inside the float network's interval, as far as it was looked for.
pub fn largest_box(attempts: &[Attempt], running: bool) -> StageBox {
    let best = largest(attempts);
    let tried = match attempts.len() {
        1 => "1 network".to_owned(),
        count => format!("{count} networks"),
    };
    let (state, note) = match (running, best, attempts.last()) {
        (true, Some(best), Some(last)) => {
            let place = if last.inside { "inside" } else { "below" };
            let (best, last) = (ratio(best.ratio), ratio(last.ratio));
            (State::Running, format!("{tried} so far, {best} inside; the last, {last}, is {place}"))
        }
        (true, ..) => (State::Running, "prunes what is left further".to_owned()),
        (false, Some(best), _) => (State::Done, format!("of {tried}; {} of the weights left", share_left(best))),
        (false, None, Some(_)) => (State::Waiting, "the recipe itself is below the interval".to_owned()),
        (false, None, None) => (
            State::Waiting,
            "prunes further and shares by fewer values, while accuracy is inside the interval".to_owned(),
        ),
    };
    let text = |of: &dyn Fn(&Attempt) -> String| best.map(of).unwrap_or_default();
    StageBox {
        title: "Largest inside",
        state,
        ratio: text(&|attempt| ratio(attempt.ratio)),
        accuracy: text(&|attempt| accuracy_of(&attempt.evaluation)),
        bytes: text(&|attempt| format::bytes_exact(attempt.size.bytes)),
        note,
        turns: (0, 0),
    }
}

/// The smallest of the networks that are inside the interval.
pub fn largest(attempts: &[Attempt]) -> Option<&Attempt> {
    attempts.iter().filter(|attempt| attempt.inside).max_by(|a, b| a.ratio.total_cmp(&b.ratio))
}

/// What a recipe keeps of its weakest pruned layer to its strongest: `1.8 to 6.7 %`.
fn share_left(attempt: &Attempt) -> String {
    let keep = attempt.layers.iter().map(|layer| layer.keep);
    let (low, high) = (keep.clone().fold(1.0, f64::min), keep.fold(0.0, f64::max));
    let low = format::significant(100.0 * low, 2);
    format!("{low} to {} %", format::significant(100.0 * high, 2))
}

fn turns(news: &[News], recipe: &Recipe, kind: StageKind) -> (usize, usize) {
    let done = stage_of(news, kind).is_some();
    match kind {
        StageKind::Pruned => {
            let begun = last_round(news).map_or(0, |(round, _)| round);
            (if done { recipe.rounds } else { begun.saturating_sub(1) }, recipe.rounds)
        }
        StageKind::Tuned => (last_walk(news, kind).map_or(0, |epoch| epoch.number), recipe.tune),
        _ => (0, 0),
    }
}

fn note(news: &[News], recipe: &Recipe, kind: StageKind, state: State) -> String {
    match (kind, state) {
        (StageKind::Float, _) => "as trained".to_owned(),
        (StageKind::Pruned, State::Running) => {
            let Some((round, kept)) = last_round(news) else { return "finding small weights".to_owned() };
            let walks = if round == recipe.rounds { recipe.last } else { recipe.epochs };
            let walk = last_walk(news, kind);
            let loss = walk.map_or_else(String::new, |epoch| format!(", loss {}", format::significant(epoch.loss, 2)));
            let walk = (walk.map_or(0, |epoch| epoch.number) + 1).min(walks);
            format!("round {round} of {}: {} left; walk {walk} of {walks}{loss}", recipe.rounds, format::percent(kept))
        }
        (StageKind::Pruned, State::Done) => {
            let kept = last_round(news).map_or(1.0, |(_, kept)| kept);
            format!("{} of the weights left", format::percent(kept))
        }
        (StageKind::Pruned, State::Waiting) => match recipe.rounds {
            1 => "1 round".to_owned(),
            rounds => format!("{rounds} rounds"),
        },
        (StageKind::Shared, _) => {
            let bits = recipe.layers.iter().map(|layer| layer.bits);
            match (bits.clone().min(), bits.max()) {
                (Some(low), Some(high)) if low == high => format!("codes of {low} bit"),
                (Some(low), Some(high)) => format!("codes of {low} to {high} bit"),
                _ => String::new(),
            }
        }
        (StageKind::Tuned, State::Running) => match last_walk(news, kind) {
            None => format!("walk 1 of {}", recipe.tune),
            Some(epoch) => {
                let walk = (epoch.number + 1).min(recipe.tune);
                format!("walk {walk} of {}, loss {}", recipe.tune, format::significant(epoch.loss, 2))
            }
        },
        (StageKind::Tuned, _) => match recipe.tune {
            1 => "1 walk".to_owned(),
            walks => format!("{walks} walks"),
        },
        (StageKind::Coded, _) => "lossless".to_owned(),
    }
}

/// `41.2×`.
fn ratio(ratio: f64) -> String {
    format!("{}×", format::fixed(ratio, 1))
}

fn accuracy(stage: &Stage) -> String {
    accuracy_of(&stage.evaluation)
}

fn accuracy_of(evaluation: &Evaluation) -> String {
    evaluation.accuracy().map_or_else(String::new, |share| format!("{} %", format::fixed(100.0 * share, 2)))
}

/// What came out: `41.2× smaller, 0.09 points lost, within the 95 % interval of float32 (98.02 to 98.53 %)`. `None` before the last stage.
pub fn outcome(news: &[News], subject: &Subject) -> Option<(String, bool)> {
    let last = stage_of(news, StageKind::Coded)?;
    let (now, before) = (last.evaluation.accuracy()?, subject.float.accuracy()?);
    let interval = subject.float.interval()?;
    let points = 100.0 * (before - now);
    let change = match points {
        points if points > 0.0 => format!("{} points lost", format::fixed(points, 2)),
        points if points < 0.0 => format!("{} points won", format::fixed(-points, 2)),
        _ => "no point lost".to_owned(),
    };
    let inside = now >= interval.low;
    let place = if inside { "within" } else { "below" };
    let (low, high) = (format::fixed(100.0 * interval.low, 2), format::fixed(100.0 * interval.high, 2));
    let smaller = ratio(last.ratio);
    Some((format!("{smaller} smaller, {change}, {place} the 95 % interval of float32 ({low} to {high} %)"), inside))
}

/// The paper's network of that name.
pub fn published(name: &str) -> Option<&'static published::Network> {
    let title = zoo::find(name)?.title;
    NETWORKS.iter().find(|network| network.name == title)
}

/// What the paper reached, in a line: `published: 1070 KB → 27 KB, 40×, 98.36 → 98.42 % on MNIST`.
pub fn published_line(network: &published::Network) -> String {
    let (before, after) = network.top1_error;
    let data = if network.top5_error.is_some() { "ImageNet" } else { "MNIST" };
    format!(
        "{}: {} → {}, {}×, {} → {} % on {data}",
        published::MARK,
        network.size,
        network.compressed,
        network.ratio,
        format::fixed(100.0 - before, 2),
        format::fixed(100.0 - after, 2)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::compress::NetworkSize;
    use crate::engine::network::zoo;

    fn stage(kind: StageKind, bytes: u64, ratio: f64) -> News {
        let size = NetworkSize { bytes, ..NetworkSize::default() };
        News::Stage(Stage { kind, size, ratio, evaluation: Evaluation::new(vec![0, 1], &[0, 0]) })
    }

    #[test]
    fn boxes_follow_the_news() {
        let recipe = Recipe::of(&zoo::find("lenet-300-100").unwrap().network().unwrap());
        let states = |news: &[News]| boxes(news, &recipe, true).iter().map(|stage| stage.state).collect::<Vec<_>>();
        use State::{Done, Running, Waiting};
        assert_eq!(states(&[]), [Running, Waiting, Waiting, Waiting, Waiting]);
        let mut news = vec![stage(StageKind::Float, 1_066_440, 1.0), News::Round { number: 2, kept: 0.27 }];
        assert_eq!(states(&news), [Done, Running, Waiting, Waiting, Waiting]);
        let walk = |number| News::Walk(StageKind::Pruned, Epoch { number, loss: 0.0271, accuracy: 0.99 });
        news.push(walk(1));
        let pruned = &boxes(&news, &recipe, true)[1];
        assert_eq!(pruned.note, "round 2 of 4: 27.0 % left; walk 2 of 2, loss 0.027");
        assert_eq!(pruned.turns, (1, 4));
        news.push(stage(StageKind::Pruned, 108_826, 9.8));
        let all = boxes(&news, &recipe, false);
        assert_eq!((all[1].ratio.as_str(), all[1].accuracy.as_str()), ("9.8×", "50.00 %"));
        assert_eq!((all[1].bytes.as_str(), all[2].state), ("108,826 B", Waiting));
    }

    #[test]
    fn the_largest_box_follows_the_search() {
        let attempt = |ratio: f64, inside: bool| Attempt {
            layers: Recipe::of(&zoo::find("lenet-300-100").unwrap().network().unwrap()).layers,
            size: NetworkSize { bytes: 20_000, ..NetworkSize::default() },
            ratio,
            evaluation: Evaluation::new(vec![0, 1], &[0, 0]),
            inside,
        };
        let waiting = largest_box(&[], false);
        assert_eq!((waiting.state, waiting.ratio.as_str()), (State::Waiting, ""));
        let attempts = [attempt(41.2, true), attempt(55.0, true), attempt(70.0, false)];
        let running = largest_box(&attempts, true);
        assert_eq!(running.note, "3 networks so far, 55.0× inside; the last, 70.0×, is below");
        let done = largest_box(&attempts, false);
        assert_eq!((done.ratio.as_str(), done.state), ("55.0×", State::Done));
        assert_eq!(done.note, "of 3 networks; 7.0 to 26 % of the weights left");
        let none = largest_box(&attempts[2..], false);
        assert_eq!((none.state, none.note.as_str()), (State::Waiting, "the recipe itself is below the interval"));
    }

    #[test]
    fn the_paper_stands_beside_its_own_networks() {
        let line = published_line(published("lenet-300-100").unwrap());
        assert_eq!(line, "published: 1070 KB → 27 KB, 40×, 98.36 → 98.42 % on MNIST");
        assert!(published("lenet-5").is_some() && published("vgg-small").is_none());
    }
}
