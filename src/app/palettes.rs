//! What the page that compares palettes has computed for it: every recipe on the picture in front, and the curves of all methods.

use std::sync::{Arc, Mutex, PoisonError};

use super::context::PageContext;
use super::derived::Derived;
use super::document::DocumentId;
use super::pictures::{self, Subject};
use super::setup::pictures::CurveMethod;
use super::view::palettes::{Compared, FieldPoint};
use crate::engine::media::picture::{self, Dither, Picture, Recipe, SAMPLE, Space};
use crate::engine::{Cancelled, Progress, Quiet};
use crate::io;
use crate::jobs::Handle;

/// Results that are kept: adding one recipe must not compute the others again.
const KEPT: usize = 12;

/// Results by picture and recipe, the newest last.
#[derive(Clone, Default)]
pub struct Cache(Arc<Mutex<Vec<Kept>>>);

/// A result with what it is of.
type Kept = ((Option<DocumentId>, Recipe), Arc<Compared>);

impl Cache {
    fn get(&self, key: &(Option<DocumentId>, Recipe)) -> Option<Arc<Compared>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(of, _)| of == key).map(|(_, one)| Arc::clone(one))
    }

    fn keep(&self, key: (Option<DocumentId>, Recipe), one: &Arc<Compared>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, Arc::clone(one)));
    }
}

/// What there is to draw.
pub struct Study {
    /// What the picture is called.
    pub name: String,
    /// The picture, once it is read.
    pub subject: Option<Arc<Subject>>,
    /// Every recipe side by side, in order; none while they are computed.
    pub found: Option<Derived<Vec<Arc<Compared>>>>,
    /// Every method at every number of colours of the curve.
    pub field: Option<Derived<Vec<FieldPoint>>>,
}

/// Asks for everything that the page shows.
pub fn study(ctx: &mut PageContext<'_>) -> Study {
    let (name, document, subject) = pictures::subject(ctx);
    let mut study = Study { name, subject, found: None, field: None };
    let Some(Ok(picture)) = study.subject.as_ref().map(|subject| subject.picture.clone()) else { return study };
    let recipes = ctx.setup().palettes.compared.clone();
    let (original, cache) = (Arc::clone(&picture), ctx.state.palettes.cache.clone());
    let found =
        ctx.derive("palettes/compared", "Palettes side by side", (document, recipes), move |(of, recipes), handle| {
            let total = recipes.len() as u64;
            let one = |(place, recipe): (usize, &Recipe)| {
                handle.tick(place as u64, total)?;
                let key = (*of, recipe.clone());
                if let Some(one) = cache.get(&key) {
                    return Ok(one);
                }
                let one = Arc::new(compared(&original, recipe, &Quiet(handle))?);
                cache.keep(key, &one);
                Ok(one)
            };
            recipes.iter().enumerate().map(one).collect::<Result<Vec<_>, Cancelled>>()
        });
    // Results of another picture or of other recipes would stand in the wrong places.
    study.found = found.filter(|found| !found.stale);
    let field = ctx.derive("palettes/field", "Every method at every number of colours", document, move |_, handle| {
        field(&picture, handle)
    });
    study.field = field.filter(|field| !field.stale);
    study
}

fn compared(original: &Picture, recipe: &Recipe, progress: &dyn Progress) -> Result<Compared, Cancelled> {
    let reduced = picture::reduce(original, recipe, progress)?;
    let measures = picture::measure(original, &reduced, progress)?;
    let file = io::encode_indexed(&reduced).map(|bytes| bytes.len() as u64);
    Ok(Compared::new(original, reduced, measures, file))
}

/// Every method, k-means in every space, at every number of colours.
fn field(original: &Picture, handle: &Handle) -> Result<Vec<FieldPoint>, Cancelled> {
    let sample = original.sampled(SAMPLE);
    let spaces = Space::ALL.iter().map(|(space, _)| (CurveMethod::KMeans, *space));
    let others = CurveMethod::ALL.iter().map(|(method, _)| *method).filter(|method| *method != CurveMethod::KMeans);
    let all: Vec<(CurveMethod, Space)> = spaces.chain(others.map(|method| (method, Space::default()))).collect();
    let mut points = Vec::new();
    for (place, (method, space)) in all.iter().enumerate() {
        handle.tick(place as u64, all.len() as u64)?;
        let base = Recipe { method: method.method(), space: *space, dither: Dither::None, ..Recipe::default() };
        for point in picture::curve(&sample, original.pixels.len(), &base.method, &base, &Quiet(handle))? {
            let recipe = Recipe { colours: point.colours, ..base.clone() };
            points.push(FieldPoint { recipe, psnr: point.psnr, bits: point.bits });
        }
    }
    Ok(points)
}
