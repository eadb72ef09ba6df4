//! What the network pages have computed beside the frame.

use std::sync::Arc;

use super::context::PageContext;
use super::derived::Derived;
use crate::engine::Cancelled;
use crate::engine::network::quantized::{CALIBRATION, Prepared};
use crate::engine::network::{Layers, Measured, Subject, WidthPoint};
use crate::engine::quantize::{QuantizeError, Scheme};
use crate::sources::Choice;

/// Pictures of the first answer, which has to follow a slider.
pub const QUICK: usize = 2000;
/// Pictures of the full answer.
pub const ALL: usize = 10_000;
/// Widths of the curve.
const WIDTHS: std::ops::RangeInclusive<u32> = 1..=8;

/// What a measurement is made of.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    choice: Choice,
    scheme: Scheme,
    layers: Layers,
    /// Widths of the layers, where each has its own.
    widths: Option<Vec<Option<u32>>>,
    pictures: usize,
}

impl Key {
    /// The scheme of every layer of the subject.
    fn schemes(&self, subject: &Subject) -> Result<Vec<Option<Scheme>>, QuantizeError> {
        let Some(widths) = &self.widths else { return Ok(self.layers.schemes(&subject.network, &self.scheme)) };
        let at = |bits: u32| self.scheme.with_bits(bits).map_err(|error| QuantizeError::Unfit(error.to_string()));
        widths.iter().map(|bits| bits.map(at).transpose()).collect()
    }
}

/// Why there is no result, as one line.
pub type Outcome<T> = Result<T, String>;

/// What the accuracy page shows, as far as it is there.
pub struct Study {
    /// The network, its pictures and its answers in float32.
    pub subject: Option<Arc<Outcome<Subject>>>,
    /// The newest measurement; stale while a newer one is at work.
    pub measured: Option<Derived<Outcome<Measured>>>,
    /// Accuracy at every width.
    pub curve: Option<Derived<Outcome<Vec<WidthPoint>>>>,
    /// Of how many pictures the curve is, at most.
    pub curve_of: usize,
}

/// Asks for everything that the page shows of the current setup: the float network once, the first pictures at every change, all
/// pictures and the curve as soon as those are there.
pub fn study(ctx: &mut PageContext<'_>) -> Study {
    let (scheme, setup) = (ctx.scheme().clone(), ctx.setup().network.clone());
    let Some(subject) = subject_of(ctx) else {
        return Study { subject: None, measured: None, curve: None, curve_of: QUICK };
    };
    if subject.is_err() {
        return Study { subject: Some(subject), measured: None, curve: None, curve_of: QUICK };
    }
    let key = Key {
        choice: setup.choice.clone(),
        scheme,
        layers: setup.layers,
        widths: setup.widths().map(<[_]>::to_vec),
        pictures: QUICK,
    };
    let work = |subject: &Arc<Outcome<Subject>>| {
        let subject = Arc::clone(subject);
        move |key: &Key, handle: &crate::jobs::Handle| {
            with(&subject, |subject| subject.measure_each(&key.schemes(subject)?, key.pictures, handle))
        }
    };
    let quick = ctx.derive("accuracy/quick", format!("Accuracy on {QUICK} pictures"), key.clone(), work(&subject));
    let quick = quick.filter(|_| is_of(ctx, "accuracy/quick", &key.choice));
    let mut study = Study { subject: Some(Arc::clone(&subject)), measured: quick, curve: None, curve_of: QUICK };
    let settled = study.measured.as_ref().is_some_and(|quick| !quick.stale && quick.value.is_ok());
    if !settled {
        return study;
    }
    let all = Key { pictures: ALL, ..key.clone() };
    let full = ctx.derive("accuracy/all", format!("Accuracy on {ALL} pictures"), all, work(&subject));
    if let Some(full) = full.filter(|full| !full.stale) {
        study.measured = Some(full);
    }
    // The curve is of one scheme at every width: the width that is set now does not belong to its key.
    if key.widths.is_some() {
        return study;
    }
    let any_width = key.scheme.with_bits(8).unwrap_or(key.scheme.clone());
    let title = "Accuracy at every width";
    let choice = key.choice.clone();
    let key = Key { scheme: any_width, ..key };
    let sweep = |subject: &Arc<Outcome<Subject>>| {
        let subject = Arc::clone(subject);
        move |key: &Key, handle: &crate::jobs::Handle| {
            with(&subject, |subject| subject.sweep(&key.scheme, key.layers, WIDTHS, key.pictures, handle))
        }
    };
    let curve = ctx.derive("accuracy/curve", title, key.clone(), sweep(&subject));
    study.curve = curve.filter(|_| is_of(ctx, "accuracy/curve", &choice));
    let settled = study.curve.as_ref().is_some_and(|curve| !curve.stale && curve.value.is_ok());
    // A graph from a file may take minutes for all of them.
    let more = subject.as_ref().as_ref().is_ok_and(|it| it.data.len() > QUICK && !it.network.is_foreign());
    if settled && more {
        let all = Key { pictures: ALL, ..key };
        let curve = ctx.derive("accuracy/curve/all", format!("{title}, {ALL} pictures"), all, sweep(&subject));
        if let Some(curve) = curve.filter(|curve| !curve.stale && is_of(ctx, "accuracy/curve/all", &choice)) {
            (study.curve, study.curve_of) = (Some(curve), ALL);
        }
    }
    study
}

/// Of how many pictures a quick measurement speaks: `2,000 pictures`, or as many as there are.
pub fn quick_words(subject: &Subject) -> String {
    format!("{} pictures", crate::app::view::format::count(subject.data.len().min(QUICK) as u64))
}

/// Whether the newest result of a slot belongs to the network and the pictures that are chosen: one of others has other labels.
fn is_of(ctx: &PageContext<'_>, slot: &str, choice: &Choice) -> bool {
    ctx.made_from::<Key>(slot).is_some_and(|key| key.choice == *choice)
}

/// The network and the pictures that are chosen, with the answers in float32 to at most [`ALL`] pictures; the same for every page of
/// the group. `None` until they are there.
pub fn subject_of(ctx: &mut PageContext<'_>) -> Option<Arc<Outcome<Subject>>> {
    let choice = ctx.setup().network.choice.clone();
    let title = format!("{} in float32", choice.network.title());
    let subject = ctx.derive("networks/subject", title, choice, |choice, handle| choice.subject(ALL, handle));
    subject.filter(|subject| !subject.stale).map(|subject| subject.value)
}

/// Asks for the network of the setup without batch normalization, with the ranges of its activations on training pictures; `None`
/// until it is there.
pub fn prepared_of(ctx: &mut PageContext<'_>, subject: &Arc<Outcome<Subject>>) -> Option<Arc<Outcome<Prepared>>> {
    let choice = ctx.setup().network.choice.clone();
    let title = format!("{}: ranges of activations", choice.network.title());
    let subject = Arc::clone(subject);
    let prepared = ctx.derive("networks/prepared", title, choice, move |choice, handle| {
        with(&subject, |subject| {
            let ranges = choice.train(&subject.network, CALIBRATION).map_err(QuantizeError::Unfit)?;
            Prepared::new(&subject.network, subject.normalization, &ranges, handle)
        })
    });
    prepared.filter(|prepared| !prepared.stale).map(|prepared| prepared.value)
}

/// A withdrawal ends the job; every other refusal is a result.
pub fn with<T>(
    subject: &Outcome<Subject>,
    work: impl FnOnce(&Subject) -> Result<T, QuantizeError>,
) -> Result<Outcome<T>, Cancelled> {
    let subject = match subject {
        Ok(subject) => subject,
        Err(reason) => return Ok(Err(reason.clone())),
    };
    match work(subject) {
        Ok(result) => Ok(Ok(result)),
        Err(QuantizeError::Cancelled(cancelled)) => Err(cancelled),
        Err(QuantizeError::Unfit(reason)) => Ok(Err(reason)),
    }
}
