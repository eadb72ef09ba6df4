//! Jobs: what is started, what becomes of it, and what was asked for already.

use std::sync::Arc;

use super::super::curves;
use super::super::derived::Task;
use super::super::document::{Document, Origin, TensorKey};
use super::super::export::{self, ExportRequest};
use super::super::library::Opened;
use super::super::pages;
use super::super::results::{Analysis, Loaded};
use super::super::view::format;
use super::{Action, Copy, FileQuestion, Freshness, Notice, Outcome, Session, Severity, Slot, file_name};
use crate::engine::quantize::Scheme;
use crate::io;
use crate::jobs::Ended;

/// What was asked for last, so that nothing is asked for twice.
#[derive(Default)]
pub(super) struct Wanted {
    pub load: Option<TensorKey>,
    pub exact: Option<(TensorKey, Scheme)>,
    /// Whether that exact pass was cancelled by hand.
    pub withdrawn: bool,
    pub curves: Option<TensorKey>,
}

impl Session {
    /// Starts a page's own computation; a newer one of the same slot replaces it.
    pub fn compute(&mut self, task: Task) {
        self.derived.want(&task);
        let (slot, title) = (Slot::Page(task.slot), task.title.clone());
        let job = task.into_job();
        self.jobs.start(slot, title, move |handle| job(handle).map_or(Outcome::Nothing, Outcome::Derived));
    }

    /// Cancels a job by hand; it is not started again until something changes or somebody asks.
    pub(super) fn withdraw(&mut self, slot: &Slot) {
        if *slot == Slot::Exact && self.jobs.is_running(slot) {
            self.wanted.withdrawn = true;
            let exact = "Exact pass cancelled";
            let detail = match self.freshness() {
                Freshness::Current => "The numbers are a preview from the summary",
                _ => "The page shows what was computed before",
            };
            self.notices.push(Notice::new(Severity::Warn, exact, detail).with_action("Compute", Action::Compute));
        }
        self.jobs.cancel(slot);
    }

    pub(super) fn start_export(&mut self, request: ExportRequest) {
        if self.jobs.is_running(&Slot::Export) {
            let detail = "One file is written at a time: wait for it, or cancel it in the status bar";
            self.notices.push(Notice::new(Severity::Warn, "An export is still running", detail));
            return;
        }
        let Some(document) = self.document() else { return };
        let (model, tensor, scheme) = (document.model.clone(), document.tensor, self.scheme().clone());
        let title = format!("Writing {}", file_name(&request.path));
        self.jobs.start(Slot::Export, title, move |handle| {
            match export::write(&model, tensor, &scheme, &request, handle) {
                Ok(result) => Outcome::Exported(result),
                Err(_cancelled) => Outcome::Nothing,
            }
        });
    }

    /// Takes in finished jobs and starts what the selected tensor and the current scheme still lack.
    pub fn advance(&mut self) {
        while let Some((slot, ended)) = self.jobs.poll() {
            match ended {
                Ended::Done(outcome) => self.take_in(outcome),
                Ended::Cancelled if slot == Slot::Export => {
                    self.notices.push(Notice::new(Severity::Warn, "Export cancelled", "No file was written"));
                }
                Ended::Cancelled => {}
                Ended::Panicked(text) => {
                    let title = "A computation stopped by a defect of this program";
                    self.notices.push(Notice::new(Severity::Error, title, format!("{slot:?}: {text}")));
                    match (slot, self.key()) {
                        (Slot::Exact, Some(key)) => self.results.keep_refusal(key, self.scheme().clone(), text),
                        (Slot::Load, Some(key)) => self.results.keep_failure(key, text),
                        _ => {}
                    }
                }
            }
        }
        self.request_what_is_missing();
    }

    fn take_in(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Opened(path, nameless, Ok(model)) => {
                let open = self.documents.iter().position(|document| document.path() == Some(&*path));
                match open {
                    Some(place) => self.replace(place, model),
                    None => {
                        self.add(Origin::File(path.clone()), model);
                        self.example = None;
                    }
                }
                if let Some(document) = self.documents.iter_mut().find(|document| document.path() == Some(&*path)) {
                    document.nameless = nameless;
                }
                if let Some(document) = self.documents.iter().find(|document| document.path() == Some(&*path))
                    && let Some(note) = io::misnamed(&document.model)
                {
                    let title = format!("{} by its content", file_name(&path));
                    self.notices.push(Notice::new(Severity::Warn, title, note.to_owned()));
                }
                self.opened.push(path);
            }
            Outcome::Opened(path, nameless, Err(error)) => {
                let problem = error.to_string();
                if let Some(question) = error.question().cloned() {
                    self.questions.push_back(FileQuestion { path, nameless, question, problem });
                    return;
                }
                self.notices.push(Notice::new(Severity::Error, format!("{} not opened", file_name(&path)), problem));
            }
            Outcome::Loaded(key, Ok(loaded)) if self.documents.iter().any(|document| document.id == key.document) => {
                self.results.keep_loaded(loaded);
            }
            Outcome::Loaded(key, Err(reason)) => {
                let notice = Notice::new(Severity::Error, "A tensor could not be read", reason.clone());
                let of_file = self.documents.iter().any(|d| d.id == key.document && d.path().is_some());
                let reload = Action::Reload(key.document);
                self.notices.push(if of_file { notice.with_action("Reload", reload) } else { notice });
                self.results.keep_failure(key, reason);
            }
            Outcome::Exact(key, scheme, result) => {
                if self.key() == Some(key) && *self.scheme() == scheme {
                    match result {
                        Ok(analysis) => self.results.keep_analysis(*analysis),
                        Err(reason) => self.results.keep_refusal(key, scheme, reason),
                    }
                }
            }
            Outcome::Curves(key, curves) => self.results.keep_curves(key, curves),
            Outcome::Exported(Ok(exported)) => {
                self.last_action = format!("Exported {}", file_name(&exported.path));
                let detail = exported.sentence();
                let copy = Copy { button: "Copy Python", what: "the line of Python", text: exported.python };
                self.notices.push(Notice::new(Severity::Good, "Saved, read back and equal", detail).with_copy(copy));
            }
            Outcome::Exported(Err(reason)) => {
                self.notices.push(Notice::new(Severity::Error, "Not exported", reason));
            }
            Outcome::Figure(path, Ok(bytes)) => {
                self.last_action = format!("Saved {}", file_name(&path));
                let detail = format!("{} in {}", format::bytes_exact(bytes), path.display());
                self.notices.push(Notice::new(Severity::Good, "Saved", detail));
            }
            Outcome::Figures(folder, Ok((files, bytes))) => {
                self.last_action = format!("Saved {files} figures");
                let detail = format!("{files} files, {} in {}", format::bytes_exact(bytes), folder.display());
                self.notices.push(Notice::new(Severity::Good, "Saved", detail));
            }
            Outcome::Figure(_, Err(reason)) | Outcome::Figures(_, Err(reason)) => {
                self.notices.push(Notice::new(Severity::Error, "Not saved", reason));
            }
            Outcome::Chosen(path, Ok(opened)) => {
                let is_palette = matches!(opened, Opened::Palette(_));
                let edit = self.library.take(&path, opened);
                self.edit(&edit);
                if is_palette {
                    self.page = "pictures";
                } else if !pages::is_of_networks(self.page) {
                    self.page = "accuracy";
                }
            }
            Outcome::Chosen(path, Err(reason)) => {
                self.notices.push(Notice::new(Severity::Error, format!("{} not opened", file_name(&path)), reason));
            }
            Outcome::Derived(made) => self.derived.keep(made),
            Outcome::Loaded(..) | Outcome::Statistics | Outcome::Nothing => {}
        }
    }

    /// Starts each missing piece once: what was cancelled by hand or failed is not tried again until something else was selected.
    fn request_what_is_missing(&mut self) {
        let Some(document) = self.document() else { return };
        let (key, shares) = (document.key(), Arc::clone(&document.shares));
        let Some(tensor) = document.selected().cloned() else { return };
        // Results of a tensor that went out of sight are dropped when they arrive: they must be asked for again.
        self.wanted.exact = self.wanted.exact.take().filter(|(wanted, _)| *wanted == key);
        self.wanted.curves = self.wanted.curves.filter(|wanted| *wanted == key);
        let Some(loaded) = self.results.loaded(key).cloned() else {
            if self.wanted.load != Some(key) {
                self.wanted.load = Some(key);
                self.jobs.start(Slot::Load, format!("Reading {}", tensor.name), move |handle| {
                    Loaded::read(key, &tensor, handle).map_or(Outcome::Nothing, |result| Outcome::Loaded(key, result))
                });
            }
            return;
        };
        self.wanted.load = None;
        self.results.touch(key);
        self.follow_group(key, &loaded);
        let scheme = self.scheme().clone();
        if self.wanted.exact.as_ref() != Some(&(key, scheme.clone())) {
            self.wanted.exact = Some((key, scheme.clone()));
            self.wanted.withdrawn = false;
            if let Some(preview) = Analysis::preview(&loaded, &scheme, shares.estimate(&scheme)) {
                self.results.keep_analysis(preview);
            }
            let loaded = loaded.clone();
            let weights = self.document().map(Document::weights).unwrap_or_default();
            self.jobs.start(Slot::Exact, format!("Exact pass, {}", tensor.name), move |handle| {
                let exact = shares
                    .threshold(&weights, &scheme, handle)
                    .and_then(|threshold| Analysis::exact(&loaded, &scheme, threshold, handle));
                match exact {
                    Ok(result) => Outcome::Exact(key, scheme, result.map(Box::new)),
                    Err(_cancelled) => Outcome::Nothing,
                }
            });
        }
        if self.results.curves(key).is_none() && self.wanted.curves != Some(key) {
            self.wanted.curves = Some(key);
            self.jobs.start(Slot::Curves, format!("Error by bits, {}", tensor.name), move |_| {
                Outcome::Curves(key, curves::of(&loaded.summary, &loaded.shape))
            });
        }
    }

    /// Where groups have levels of their own, those of the inspected weight's group are shown.
    fn follow_group(&mut self, key: TensorKey, loaded: &Loaded) {
        let Some(weight) = self.document().map(|document| document.weight) else { return };
        let Some(analysis) = self.results.analysis(key).filter(|analysis| analysis.partition.groups() > 1) else {
            return;
        };
        let group = analysis.partition.group_of(weight);
        if group != analysis.levels.group
            && let Some(other) = analysis.with_group(loaded, group)
        {
            self.results.keep_analysis(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::super::super::examples;
    use super::super::super::export::Scope;
    use super::super::super::setup::Setup;
    use super::*;
    use crate::io::Layout;
    use crate::jobs::Jobs;

    /// A session on the first example, computed.
    fn session() -> Session {
        let jobs = Jobs::new(Arc::new(|| {})).unwrap();
        let mut session = Session::new(jobs, Setup::new("kmeans:bits=2".parse().unwrap()), "tensor");
        session.open_first(examples::first());
        advance_until(&mut session, |session| session.freshness() == Freshness::Current && session.is_settled());
        session
    }

    fn advance_until(session: &mut Session, done: impl Fn(&Session) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !done(session) {
            assert!(Instant::now() < deadline, "{:?}", session.notices);
            std::thread::sleep(Duration::from_millis(1));
            session.advance();
        }
    }

    /// Puts a job into a slot that ends only when it is withdrawn.
    fn occupy(session: &mut Session, slot: Slot) {
        session.jobs.start(slot, "never ends", |handle| {
            while !handle.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
            Outcome::Nothing
        });
    }

    fn told(title: &str) -> impl Fn(&Session) -> bool {
        move |session| session.notices.iter().any(|notice| notice.title == title)
    }

    #[test]
    fn a_changed_file_is_read_anew_when_it_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.npy");
        let save = |weights: usize| {
            let bytes = vec![0; 4 * weights];
            crate::io::write_npy(&path, crate::engine::tensor::Dtype::F32, &[weights], &bytes).unwrap();
        };
        let weights = |session: &Session| session.document().and_then(|d| d.path().map(|_| d.model.count()));
        let mut session = session();
        save(3);
        session.act(Action::OpenFile(path.clone()));
        advance_until(&mut session, |session| weights(session) == Some(3));
        let (documents, id) = (session.documents.len(), session.active);
        session.act(Action::OpenFile(path.clone()));
        advance_until(&mut session, Session::is_settled);
        assert_eq!(session.active, id, "an unchanged file is only brought to the front");
        save(5);
        session.look_for_changed_files();
        session.look_for_changed_files();
        assert_eq!(session.notices.iter().filter(|notice| notice.title.ends_with("was saved again")).count(), 1);
        session.act(Action::OpenFile(path.clone()));
        advance_until(&mut session, |session| weights(session) == Some(5));
        assert_eq!(session.documents.len(), documents);
    }

    #[test]
    fn a_second_export_waits_until_the_first_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.npz");
        let request = || {
            Action::Export(ExportRequest {
                path: path.clone(),
                scope: Scope::Tensor,
                layout: Layout::Codes,
                activations: None,
                external_data: false,
            })
        };
        let mut session = session();
        occupy(&mut session, Slot::Export);
        session.act(request());
        assert!(told("An export is still running")(&session));
        session.act(Action::Cancel(Slot::Export));
        advance_until(&mut session, told("Export cancelled"));
        assert!(!path.exists());
        session.act(request());
        advance_until(&mut session, told("Saved, read back and equal"));
        assert!(path.exists());
    }

    #[test]
    fn a_pass_that_was_cancelled_is_told_and_comes_back_when_asked_for() {
        let mut session = session();
        let scheme: Scheme = "linear:bits=3,per=channel".parse().unwrap();
        session.act(Action::SetScheme { scheme: scheme.clone(), gesture: None });
        assert_eq!(session.freshness(), Freshness::Updating, "the numbers are of the scheme before");
        // The pass is at work.
        session.wanted.exact = session.key().map(|key| (key, scheme.clone()));
        occupy(&mut session, Slot::Exact);
        session.advance();
        assert_eq!(session.freshness(), Freshness::Updating);
        session.act(Action::Cancel(Slot::Exact));
        assert_eq!(session.freshness(), Freshness::Withdrawn);
        advance_until(&mut session, Session::is_settled);
        assert_eq!(session.freshness(), Freshness::Withdrawn, "it does not start again by itself");
        let notice = session.notices.pop().unwrap();
        assert_eq!(notice.title, "Exact pass cancelled");
        let (name, compute) = notice.action.unwrap();
        assert_eq!(name, "Compute");
        session.act(compute);
        advance_until(&mut session, |session| session.freshness() == Freshness::Current);
        let analysis = session.key().and_then(|key| session.results.analysis(key)).unwrap();
        assert!(analysis.is_exact() && analysis.scheme == scheme);
    }
}
