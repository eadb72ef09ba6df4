//! The training that wins back what signs lose: every way of the page in turn, beside the frame.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::app::board::{Board, Phase};
use crate::app::context::PageContext;
use crate::app::study::{Outcome, QUICK};
use crate::app::view::signs::losses::{After, News, PICTURES, WAYS, Way, after};
use crate::engine::network::tuning::Tuning;
use crate::engine::network::{Dataset, Evaluation, Subject};
use crate::engine::quantize::QuantizeError;
use crate::engine::{Cancelled, Progress, Quiet};
use crate::sources::Choice;

/// The slot of the job.
const SLOT: &str = "signs/training";

/// How often within a row's training something is told.
const LOOKS: u64 = 20;

/// What a run is about: the network with its pictures, and the epochs of a row.
type Subjects = (Choice, usize);

/// What was told of every network so far; results stay while the program runs.
#[derive(Default)]
pub(super) struct Trainings {
    told: Vec<(Subjects, Board<News>)>,
    asked: Option<Asked>,
    runs: u64,
}

/// The run that was asked for last.
#[derive(Clone)]
struct Asked {
    of: Subjects,
    run: u64,
    subject: Arc<Outcome<Subject>>,
    board: Board<News>,
}

impl Trainings {
    /// How far each way is for this network, these pictures and so many epochs, and whether more is to come.
    pub(super) fn read(&self, choice: &Choice, epochs: usize) -> (Vec<After>, bool) {
        let Some((_, board)) = self.told.iter().find(|((of, walks), _)| of == choice && *walks == epochs) else {
            return (vec![After::Not; WAYS.len()], false);
        };
        let (news, phase) = board.read();
        let running = phase == Phase::Running;
        (after(&news, running), running)
    }

    /// Asks for the ways that have no result yet, after whatever else was asked for is withdrawn.
    pub(super) fn start(&mut self, of: Subjects, subject: Arc<Outcome<Subject>>) {
        self.stop();
        let board = Board::running();
        if let Some(place) = self.told.iter().position(|(found, _)| *found == of) {
            let (news, _) = self.told.remove(place).1.read();
            news.into_iter().filter(|told| matches!(told, News::Done(_, Ok(_)))).for_each(|told| board.add(told));
        }
        self.told.push((of.clone(), board.clone()));
        self.runs += 1;
        self.asked = Some(Asked { of, run: self.runs, subject, board });
    }

    /// Withdraws the run; what is at its end stays.
    pub(super) fn stop(&mut self) {
        if let Some(asked) = &self.asked
            && asked.board.read().1 == Phase::Running
        {
            asked.board.stop();
        }
    }
}

/// Asks for the job of the run that was started last.
pub(super) fn go_on(ctx: &mut PageContext<'_>) {
    let Some(asked) = ctx.state.signs.trainings.asked.clone() else { return };
    let Asked { of, run, subject, board } = asked;
    ctx.derive(SLOT, "Training signs", run, move |_, handle| {
        board.run(handle, |progress| {
            let Ok(subject) = subject.as_ref() else { return Ok(()) };
            train(subject, &of, &board, progress)
        })
    });
}

fn train(
    subject: &Subject,
    (choice, epochs): &Subjects,
    board: &Board<News>,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let done = after(&board.read().0, false);
    let left: Vec<usize> = (0..WAYS.len()).filter(|row| done[*row] == After::Not).collect();
    let data = choice.train(&subject.network, PICTURES);
    for (place, &row) in left.iter().enumerate() {
        let within =
            Row { progress, board, row, before: place as u64, rows: left.len() as u64, told: AtomicU64::new(0) };
        let outcome = match &data {
            Ok(data) => trained(subject, data, (&WAYS[row], *epochs), &within),
            Err(reason) => Err(QuantizeError::Unfit(reason.clone())),
        };
        board.add(News::Done(
            row,
            match outcome {
                Ok(evaluation) => Ok(evaluation),
                Err(QuantizeError::Cancelled(cancelled)) => return Err(cancelled),
                Err(QuantizeError::Unfit(reason)) => Err(reason),
            },
        ));
    }
    Ok(())
}

/// Trains the network under one way and measures it on the pictures that the untrained one was measured on.
fn trained(
    subject: &Subject,
    data: &Dataset,
    (way, epochs): (&Way, usize),
    progress: &Row<'_>,
) -> Result<Evaluation, QuantizeError> {
    let (network, normalization) = (subject.network.clone(), subject.normalization);
    let quiet = Quiet(progress.progress);
    let mut tuning = Tuning::new(network, data.clone(), normalization, &way.recipe(epochs), |_| true, &quiet)?;
    tuning.finish(progress)?;
    tuning.measure(&subject.data.first(QUICK), &quiet)
}

/// The progress of a row: a part of the whole, told on the board.
struct Row<'a> {
    progress: &'a dyn Progress,
    board: &'a Board<News>,
    row: usize,
    /// Rows before it, and all rows.
    before: u64,
    rows: u64,
    /// Looks that were told.
    told: AtomicU64,
}

impl Progress for Row<'_> {
    fn tick(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        let look = (done * LOOKS).checked_div(total).unwrap_or(0) + 1;
        if self.told.swap(look, Ordering::Relaxed) != look {
            self.board.add(News::At(self.row, (look - 1) as f64 / LOOKS as f64));
        }
        self.progress.tick(self.before * total + done, self.rows * total)
    }

    fn check(&self) -> Result<(), Cancelled> {
        self.progress.check()
    }
}
