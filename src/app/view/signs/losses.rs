//! What networks lose when their weights become signs, and what they win back by training: as rows and as a table.

use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;
use crate::engine::network::Evaluation;
use crate::engine::network::tuning::{Recipe, Regime};
use crate::engine::quantize::Scheme;

/// Why there is no result, as one line.
type Outcome<T> = Result<T, String>;

/// Walks through the pictures that a row can be trained for; the first is what is offered.
pub const EPOCHS: [usize; 3] = [3, 1, 10];
/// Pictures that it is trained on.
pub const PICTURES: usize = 10_000;

/// One way to make weights signs: what it is called, the scheme without training, and the regime of training, both as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// What it is called.
    pub name: &'static str,
    scheme: &'static str,
    regime: &'static str,
    /// Whether a lecture hall sees it, which has room for half as many.
    pub main: bool,
}

const fn way(name: &'static str, scheme: &'static str, regime: &'static str, main: bool) -> Way {
    Way { name, scheme, regime, main }
}

/// Every way of the page. The regimes of BWN, TWN and TTQ are those of their papers; under the others the scheme is fitted anew at every
/// step and the gradient passes straight through.
pub const WAYS: [Way; 8] = [
    way("sign", "binary:scale=none", "binary:scale=none", true),
    way("α · sign", "binary", "binary", false),
    way("α · sign, per filter", "binary:per=channel", "bwn", true),
    way("ternary, TWN", "ternary", "twn", true),
    way("ternary, BitNet", "ternary:threshold=absmean", "ternary:threshold=absmean", false),
    way("ternary, optimal", "ternary:threshold=optimal", "ternary:threshold=optimal", false),
    way("optimal, per filter", "ternary:threshold=optimal,per=channel", "ternary:threshold=optimal,per=channel", false),
    way("ternary, TTQ", "ternary:threshold=max:0.05,scales=two", "ttq", true),
];

impl Way {
    /// The scheme that the trained float32 weights go through.
    pub fn scheme(&self) -> Scheme {
        self.scheme.parse().expect("the page's schemes are constants, held by a test")
    }

    /// So many epochs from the trained float32 weights under the regime.
    pub fn recipe(&self, epochs: usize) -> Recipe {
        let regime: Regime = self.regime.parse().expect("the page's regimes are constants, held by a test");
        Recipe { epochs, pictures: PICTURES, ..Recipe::of(regime) }
    }
}

/// How far the training of a row is.
#[derive(Clone, Debug, PartialEq)]
pub enum After {
    /// It has not begun.
    Not,
    /// Part of its steps, 0 to 1.
    Running(f64),
    /// At its end, measured; or why not.
    Done(Outcome<Evaluation>),
}

impl After {
    /// The answers, once they are there.
    pub fn evaluation(&self) -> Option<&Evaluation> {
        if let Self::Done(Ok(evaluation)) = self { Some(evaluation) } else { None }
    }
}

/// What a training tells.
#[derive(Clone, Debug)]
pub enum News {
    /// The row's training has come so far, 0 to 1.
    At(usize, f64),
    /// The row's training is at its end.
    Done(usize, Outcome<Evaluation>),
}

/// How far each row is by what was told. A run that is over leaves nothing half done.
pub fn after(news: &[News], running: bool) -> Vec<After> {
    let mut rows = vec![After::Not; WAYS.len()];
    for told in news {
        match told {
            News::At(row, share) if running => rows[*row] = After::Running(*share),
            News::At(..) => {}
            News::Done(row, outcome) => rows[*row] = After::Done(outcome.clone()),
        }
    }
    rows
}

/// A way with what the network answers under it before and after training.
#[derive(Clone, Debug)]
pub struct Row {
    /// The way.
    pub way: Way,
    /// Without training.
    pub before: Outcome<Evaluation>,
    /// After training.
    pub after: After,
}

/// Accuracy in per cent.
pub fn accuracy(evaluation: &Evaluation) -> f64 {
    100.0 * evaluation.accuracy().unwrap_or(f64::NAN)
}

/// `1,880 of 2,000 right`.
pub fn right(evaluation: &Evaluation) -> String {
    let count = |count: usize| format::count(count as u64);
    format!("{} of {} right", count(evaluation.correct), count(evaluation.total()))
}

impl Row {
    /// The row as a sentence: `ternary, TWN: 94.0 %, 1,880 of 2,000 right; trained 98.1 %, 1,962 of 2,000 right`.
    pub fn words(&self) -> String {
        let name = self.way.name;
        let before = match &self.before {
            Err(reason) => return format!("{name}: {reason}"),
            Ok(evaluation) => format!("{name}: {} %, {}", format::fixed(accuracy(evaluation), 1), right(evaluation)),
        };
        match &self.after {
            After::Not => before,
            After::Running(share) => format!("{before}; training, {} done", format::percent(*share)),
            After::Done(Err(reason)) => format!("{before}; training stopped: {reason}"),
            After::Done(Ok(evaluation)) => {
                format!("{before}; trained {} %, {}", format::fixed(accuracy(evaluation), 1), right(evaluation))
            }
        }
    }
}

/// The rows for other programs, trained for so many epochs.
pub fn table(float: &Evaluation, rows: &[Row], epochs: usize) -> Table {
    let columns = ["weights", "scheme", "right", "pictures", "accuracy, %", "regime", "right trained", "trained, %"];
    let mut table = Table::new("What a network loses and wins back", &columns);
    let count = |value: Option<usize>| Cell::optional(value.map(|value| value as f64));
    let row = |name: &str, [scheme, regime]: [&str; 2], before: Option<&Evaluation>, after: Option<&Evaluation>| {
        vec![
            Cell::Text(name.to_owned()),
            Cell::Text(scheme.to_owned()),
            count(before.map(|found| found.correct)),
            count(before.map(Evaluation::total)),
            Cell::optional(before.map(accuracy)),
            Cell::Text(regime.to_owned()),
            count(after.map(|found| found.correct)),
            Cell::optional(after.map(accuracy)),
        ]
    };
    table.rows.push(row("float32", ["", ""], Some(float), None));
    for found in rows {
        let recipe = if found.after == After::Not { String::new() } else { found.way.recipe(epochs).to_string() };
        let texts = [found.way.scheme, recipe.as_str()];
        table.rows.push(row(found.way.name, texts, found.before.as_ref().ok(), found.after.evaluation()));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluation(right: usize) -> Evaluation {
        let answers = (0..10).map(|place| u16::from(place >= right)).collect();
        Evaluation::new(answers, &[0; 10])
    }

    #[test]
    fn every_way_has_its_scheme_and_its_regime() {
        for way in WAYS {
            assert!(way.scheme().quantizer.is_some(), "{}", way.name);
            let recipe = way.recipe(EPOCHS[0]);
            assert!(!recipe.fresh && !recipe.regime.shares() && recipe.epochs == 3, "{}", way.name);
        }
        assert!(WAYS.iter().filter(|way| way.main).count() == 4);
    }

    #[test]
    fn news_become_rows_and_rows_become_words() {
        let news = [
            News::At(0, 0.5),
            News::Done(0, Ok(evaluation(9))),
            News::Done(1, Err("diverged".to_owned())),
            News::At(2, 0.25),
        ];
        let rows = after(&news, true);
        assert_eq!(rows[0].evaluation().map(|found| found.correct), Some(9));
        assert_eq!((&rows[2], &rows[3]), (&After::Running(0.25), &After::Not));
        assert_eq!(after(&news, false)[2], After::Not, "a stopped training has no result");
        let row = |place: usize| Row { way: WAYS[3], before: Ok(evaluation(4)), after: rows[place].clone() };
        assert_eq!(row(0).words(), "ternary, TWN: 40.0 %, 4 of 10 right; trained 90.0 %, 9 of 10 right");
        assert_eq!(row(1).words(), "ternary, TWN: 40.0 %, 4 of 10 right; training stopped: diverged");
        assert_eq!(row(2).words(), "ternary, TWN: 40.0 %, 4 of 10 right; training, 25.0 % done");
        let text = table(&evaluation(10), &[row(0), row(3)], 3).csv();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "float32,,10,10,100,,,");
        assert!(lines[2].starts_with("\"ternary, TWN\",ternary,4,10,40,twn; epochs=3"), "{text}");
        assert!(lines[2].ends_with(",9,90"), "{text}");
        assert!(lines[3].ends_with(",40,,,"), "{text}");
    }
}
