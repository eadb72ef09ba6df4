//! The search for the largest ratio that is still inside the float network's interval, from where Deep Compression ended.

use std::sync::Arc;

use egui::Ui;

use super::deep_compression::{Asked, Result};
use crate::app::board::{Board, Phase};
use crate::app::context::PageContext;
use crate::app::study::Outcome;
use crate::app::widgets::button;
use crate::engine::compress::CompressError;
use crate::engine::compress::bits::{Attempt, Search, largest};
use crate::engine::network::Subject;

/// What is remembered of the search.
#[derive(Default)]
pub(super) struct LargestSearch {
    /// The run whose result is pruned further, and which search that is.
    of: Option<(Asked, u64)>,
    attempts: Board<Attempt>,
}

impl LargestSearch {
    /// What was tried from the result of this run, and whether more is to come.
    pub fn read(&self, asked: Option<&Asked>) -> (Vec<Attempt>, bool) {
        if asked.is_none() || self.of.as_ref().map(|(of, _)| of) != asked {
            return (Vec::new(), false);
        }
        let (attempts, phase) = self.attempts.read();
        (attempts, phase == Phase::Running)
    }

    /// Ends the search.
    pub fn stop(&self) {
        self.attempts.stop();
    }
}

/// Asks for the search for the largest ratio that was started; why it was refused, if it was.
pub(super) fn search(
    ctx: &mut PageContext<'_>,
    subject: &Arc<Outcome<Subject>>,
    result: Option<&Result>,
) -> Option<String> {
    let page = &ctx.state.networks.deep;
    let asked = page.largest.of.clone().filter(|(asked, _)| Some(asked) == page.asked.as_ref())?;
    let start = Arc::clone(&result.filter(|result| !result.stale)?.value);
    let (board, subject) = (page.largest.attempts.clone(), Arc::clone(subject));
    let made = ctx.derive("networks/largest", "Largest ratio", asked, move |(asked, _), handle| {
        board.run(handle, |progress| {
            let (Ok(subject), Ok(start)) = (subject.as_ref(), start.as_ref()) else { return Ok(None) };
            let train = match asked.choice.train(&subject.network, asked.recipe.pictures) {
                Ok(train) => train,
                Err(reason) => return Ok(Some(reason)),
            };
            let from = (&asked.recipe, start);
            match largest(subject, &train, from, Search::default(), progress, &mut |it| board.add(it.clone())) {
                Ok(_) => Ok(None),
                Err(CompressError::Cancelled(cancelled)) => Err(cancelled),
                Err(CompressError::Unfit(reason)) => Ok(Some(reason)),
            }
        })
    });
    made.filter(|made| !made.stale).and_then(|made| made.value.as_ref().clone())
}

/// The button beside the stages that starts the search, or ends it.
pub(super) fn search_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let page = &mut ctx.state.networks.deep;
    if page.largest.attempts.read().1 == Phase::Running {
        if button::plain(ui, "Stop the search").clicked() {
            page.largest.stop();
        }
    } else if button::plain(ui, "Find the largest ratio").clicked()
        && let Some(asked) = page.asked.clone()
    {
        page.runs += 1;
        page.largest = LargestSearch { of: Some((asked, page.runs)), attempts: Board::running() };
    }
}
