//! A training that goes on beside the window: what a page sees of it, and how it pauses and goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::study::{Outcome, QUICK};
use crate::engine::network::tuning::{Recipe, Stage, Tuning};
use crate::engine::network::{Description, Evaluation, Gradients, Interval, Network, Normalization, Subject};
use crate::engine::quantize::QuantizeError;
use crate::engine::{Cancelled, Progress, Quiet};
use crate::sources::Choice;

/// How often the network is measured and its weights are shown, over the whole training.
const LOOKS: usize = 40;

/// What a training is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The network and the pictures.
    pub choice: Choice,
    /// How it is trained.
    pub recipe: Recipe,
}

/// How far a training is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// The pictures are read, and the weights put where they must be.
    #[default]
    Preparing,
    /// Steps are made.
    Running,
    /// It can go on.
    Paused,
    /// Every step was made.
    Done,
    /// It cannot go on, and why; what came before is there.
    Failed(String),
}

/// Accuracy on the pictures that no training sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Steps before it.
    pub step: usize,
    /// Share of right answers to the first [`QUICK`] pictures.
    pub accuracy: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

/// A look at the network between two steps.
#[derive(Clone, Debug)]
pub struct Look {
    /// Steps before it.
    pub step: usize,
    /// As the passes see it.
    pub seen: Arc<Network>,
    /// As the optimizer steps it.
    pub latent: Arc<Network>,
    /// Of the last step, by what the passes saw; empty before the first.
    pub gradients: Arc<Gradients>,
}

/// What a step told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// Mean loss of its pictures.
    pub loss: f64,
    /// Share of its pictures that were answered right.
    pub accuracy: f64,
    /// Its learning rate.
    pub rate: f64,
}

/// What a training has told so far.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// How far it is.
    pub phase: Phase,
    /// Steps of the whole training; 0 while it is prepared.
    pub steps: usize,
    /// Steps of an epoch.
    pub epoch: usize,
    /// When which weights were put where they must be, so far.
    pub stages: Vec<Stage>,
    /// Pictures that are trained on.
    pub pictures: usize,
    /// What every step told, in order.
    pub told: Vec<Told>,
    /// The measured network, the first before any step.
    pub marks: Vec<Mark>,
    /// The network before anything was done to it.
    pub before: Option<Arc<Network>>,
    /// The newest look.
    pub look: Option<Look>,
    /// The answers to all pictures, once every step was made.
    pub end: Option<Arc<Evaluation>>,
}

/// One training; clones are the same one.
#[derive(Clone)]
pub struct Run(Arc<Inner>);

struct Inner {
    plan: Plan,
    subject: Arc<Outcome<Subject>>,
    tuning: Mutex<Option<Tuning>>,
    log: Mutex<Log>,
    pause: AtomicBool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run {
    /// A training that has not begun, of a network with the pictures that measure it.
    pub fn new(plan: Plan, subject: Arc<Outcome<Subject>>) -> Self {
        let inner = Inner {
            plan,
            subject,
            tuning: Mutex::new(None),
            log: Mutex::new(Log::default()),
            pause: AtomicBool::new(false),
        };
        Self(Arc::new(inner))
    }

    /// What it is made of.
    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    /// What the network takes of a byte.
    pub fn normalization(&self) -> Normalization {
        self.0.subject.as_ref().as_ref().map(|subject| subject.normalization).unwrap_or_default()
    }

    /// What it has told so far.
    pub fn log(&self) -> Log {
        locked(&self.0.log).clone()
    }

    /// How far it is.
    pub fn phase(&self) -> Phase {
        locked(&self.0.log).phase.clone()
    }

    /// Asks it to pause after the step that it is at.
    pub fn pause(&self) {
        self.0.pause.store(true, Ordering::Relaxed);
    }

    /// Takes a pause back, before [`Run::go_on`] is called again.
    pub fn resume(&self) {
        self.0.pause.store(false, Ordering::Relaxed);
    }

    /// Makes steps until the last, a pause, or the reason why there can be no more; a withdrawal pauses it, too.
    ///
    /// # Errors
    /// Cancelled.
    pub fn go_on(&self, progress: &dyn Progress) -> Result<(), Cancelled> {
        let mut tuning = locked(&self.0.tuning);
        let ended = match self.steps(&mut tuning, progress) {
            Ok(phase) => Ok(phase),
            Err(QuantizeError::Unfit(reason)) => Ok(Phase::Failed(reason)),
            Err(QuantizeError::Cancelled(cancelled)) => Err(cancelled),
        };
        self.note(|log| {
            log.phase = match &ended {
                Ok(phase) => phase.clone(),
                Err(Cancelled) => Phase::Paused,
            }
        });
        ended.map(|_| ())
    }

    fn note(&self, change: impl FnOnce(&mut Log)) {
        change(&mut locked(&self.0.log));
    }

    fn steps(&self, kept: &mut Option<Tuning>, progress: &dyn Progress) -> Result<Phase, QuantizeError> {
        let subject = match self.0.subject.as_ref() {
            Ok(subject) => subject,
            Err(reason) => return Ok(Phase::Failed(reason.clone())),
        };
        let tuning = match kept {
            Some(tuning) => tuning,
            None => kept.insert(self.prepared(subject, progress)?),
        };
        let steps = tuning.steps();
        if locked(&self.0.log).look.is_none() {
            self.look(tuning, subject, progress)?;
        }
        self.note(|log| log.phase = Phase::Running);
        let every = steps.div_ceil(LOOKS).max(1);
        while !tuning.is_over() {
            if self.0.pause.load(Ordering::Relaxed) {
                self.look(tuning, subject, progress)?;
                return Ok(Phase::Paused);
            }
            progress.tick(tuning.done() as u64, steps as u64)?;
            let step = match tuning.step() {
                Ok(step) => step,
                Err(stopped) => return Ok(Phase::Failed(stopped.to_string())),
            };
            self.note(|log| {
                log.told.push(Told { loss: step.loss, accuracy: step.accuracy, rate: step.rate });
                log.stages.extend_from_slice(&tuning.stages()[log.stages.len()..]);
            });
            if step.number.is_multiple_of(every) {
                self.look(tuning, subject, progress)?;
            }
        }
        self.look(tuning, subject, progress)?;
        let end = tuning.measure(&subject.data, &Quiet(progress))?;
        self.note(|log| log.end = Some(Arc::new(end)));
        Ok(Phase::Done)
    }

    fn prepared(&self, subject: &Subject, progress: &dyn Progress) -> Result<Tuning, QuantizeError> {
        let Plan { choice, recipe } = &self.0.plan;
        let network = subject.network.clone();
        let data = choice.train(&network, recipe.pictures).map_err(QuantizeError::Unfit)?;
        let (before, pictures) = (Arc::new(network.clone()), data.len());
        let tuning = Tuning::new(network, data, subject.normalization, recipe, |_| true, progress)?;
        self.note(|log| {
            log.before = Some(before);
            log.pictures = pictures;
            log.steps = tuning.steps();
            log.epoch = tuning.epoch();
            log.stages = tuning.stages().to_vec();
        });
        Ok(tuning)
    }

    /// Measures and shows the network as it is now, once a step.
    fn look(&self, tuning: &Tuning, subject: &Subject, progress: &dyn Progress) -> Result<(), QuantizeError> {
        let step = tuning.done();
        if locked(&self.0.log).look.as_ref().is_some_and(|look| look.step == step) {
            return Ok(());
        }
        let look = Look {
            step,
            seen: Arc::new(tuning.seen()),
            latent: Arc::new(tuning.latent().clone()),
            gradients: Arc::new(tuning.gradients().clone()),
        };
        let evaluation = tuning.measure(&subject.data.first(QUICK), &Quiet(progress))?;
        let mark = evaluation.accuracy().zip(evaluation.interval());
        self.note(|log| {
            log.marks.extend(mark.map(|(accuracy, interval)| Mark { step, accuracy, interval }));
            log.look = Some(look);
        });
        Ok(())
    }
}

/// The bytes of a safetensors file with a network and its layers.
///
/// # Errors
/// A network that the format cannot hold, as a sentence.
pub fn file_of(network: &Network, normalization: Normalization) -> Result<Vec<u8>, String> {
    crate::io::network_bytes(network, &Description::new(network, normalization))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;

    fn run(recipe: &str) -> Run {
        let choice = Choice::default();
        let subject = Arc::new(choice.subject(40, &Silent).unwrap());
        Run::new(Plan { choice, recipe: recipe.parse().unwrap() }, subject)
    }

    /// Steps of two walks over 192 pictures, 64 at a time.
    const STEPS: u64 = 6;

    /// Pauses or withdraws at a step.
    struct At<'a>(u64, &'a (dyn Fn() -> Result<(), Cancelled> + Sync));

    impl Progress for At<'_> {
        fn tick(&self, done: u64, total: u64) -> Result<(), Cancelled> {
            // Fits and measurements pass through here too.
            if done == self.0 && total == STEPS { (self.1)() } else { Ok(()) }
        }

        fn check(&self) -> Result<(), Cancelled> {
            Ok(())
        }
    }

    #[test]
    fn it_pauses_goes_on_and_ends_as_if_it_had_not() {
        let recipe = "kmeans:bits=2; epochs=2; pictures=192; rate=0.001";
        let (whole, parted) = (run(recipe), run(recipe));
        whole.go_on(&Silent).unwrap();
        assert_eq!(whole.phase(), Phase::Done);
        let pause = || {
            parted.pause();
            Ok(())
        };
        parted.go_on(&At(2, &pause)).unwrap();
        assert_eq!((parted.phase(), parted.log().told.len()), (Phase::Paused, 3));
        parted.resume();
        assert_eq!(parted.go_on(&At(4, &|| Err(Cancelled))), Err(Cancelled));
        assert_eq!((parted.phase(), parted.log().told.len()), (Phase::Paused, 4));
        parted.go_on(&Silent).unwrap();
        let (whole, parted) = (whole.log(), parted.log());
        let counts = (parted.steps, parted.told.len(), parted.pictures);
        assert_eq!((&parted.phase, counts), (&Phase::Done, (6, 6, 192)));
        assert_eq!(parted.told, whole.told);
        let file = |log: &Log| file_of(&log.look.as_ref().unwrap().seen, Normalization::default()).unwrap();
        assert_eq!(file(&parted), file(&whole), "the same file, byte by byte");
        assert_eq!(whole.end.unwrap().total(), 40);
        assert_eq!(whole.marks.iter().map(|mark| mark.step).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn rounds_are_told_as_they_come_and_a_pause_between_them_changes_nothing() {
        let recipe = "prune:share=0.75; epochs=1; pictures=192; rate=0.01; rounds=2";
        let (whole, parted) = (run(recipe), run(recipe));
        whole.go_on(&Silent).unwrap();
        let pause = || {
            parted.pause();
            Ok(())
        };
        parted.go_on(&At(2, &pause)).unwrap();
        let log = parted.log();
        assert_eq!((log.told.len(), log.stages.len(), log.steps, log.epoch), (3, 1, 6, 3));
        parted.resume();
        parted.go_on(&Silent).unwrap();
        let (whole, parted) = (whole.log(), parted.log());
        let words: Vec<String> = parted.stages.iter().map(|stage| stage.done.to_string()).collect();
        assert_eq!(words, ["round 1 of 2: 50.0 % of the weights are 0", "round 2 of 2: 75.0 % of the weights are 0"]);
        assert_eq!((parted.stages[1].begins, &parted.told), (3, &whole.told));
        let file = |log: &Log| file_of(&log.look.as_ref().unwrap().seen, Normalization::default()).unwrap();
        assert_eq!(file(&parted), file(&whole), "the same file, byte by byte");
    }

    #[test]
    fn what_cannot_go_on_says_why() {
        let diverging = run("float32; epochs=1; pictures=640; rate=1000000");
        diverging.go_on(&Silent).unwrap();
        let Phase::Failed(reason) = diverging.phase() else { panic!("{:?}", diverging.phase()) };
        assert!(reason.contains("diverged at step") && reason.contains("smaller learning rate"), "{reason}");
        assert!(diverging.log().look.is_some(), "what came before is there");
        let unfit = run("kmeans:bits=2; fresh");
        unfit.go_on(&Silent).unwrap();
        assert!(matches!(unfit.phase(), Phase::Failed(reason) if reason.contains("from trained weights")));
    }
}
