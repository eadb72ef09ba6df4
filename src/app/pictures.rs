//! What the page of pictures has computed for it: the picture in front, its reduction, its measures, its file, and the curve.

use std::sync::Arc;

use super::context::PageContext;
use super::derived::Derived;
use super::document::DocumentId;
use super::setup::pictures::CurveMethod;
use super::view::colour_space::Cloud;
use crate::engine::Cancelled;
use crate::engine::media::picture::{
    self, CurvePoint, Dither, Histogram, Measures, PREVIEW, Picture, Points, Recipe, Reduced, SAMPLE, Space,
};
use crate::jobs::Handle;
use crate::{builtin, io};

/// A larger picture is shown from a part of its pixels first.
const LARGE: usize = 1 << 19;

/// The picture that the page shows.
#[derive(Clone)]
pub struct Subject {
    /// The picture, or why there is none.
    pub picture: Result<Arc<Picture>, String>,
    /// What was done to it as it was read, rule by rule.
    pub rules: Vec<String>,
}

/// A reduced picture with everything that is said of it.
pub struct Answer {
    /// The original.
    pub original: Arc<Picture>,
    /// Palette and indices.
    pub reduced: Reduced,
    /// Errors; of a preview those of its pixels.
    pub measures: Measures,
    /// Pixels by value before and after.
    pub histograms: (Histogram, Histogram),
    /// The palette PNG, read back; or why there is none. None while there is only a preview.
    pub file: Option<Result<Arc<Vec<u8>>, String>>,
}

/// A curve a method that was chosen.
pub type Curves = Vec<(CurveMethod, Vec<CurvePoint>)>;

/// What the page draws.
pub struct Study {
    /// What it is called: the document's name, or that it is the built-in picture.
    pub name: String,
    /// The picture, once it is read.
    pub subject: Option<Arc<Subject>>,
    /// The newest answer; a preview is marked by having no file.
    pub answer: Option<Derived<Answer>>,
    /// Error over the number of colours.
    pub curves: Option<Derived<Curves>>,
    /// The colours of the picture in the recipe's space.
    pub cloud: Option<Derived<Cloud>>,
}

/// Whether the document in front holds a picture, and which one it is.
pub fn shown(ctx: &PageContext<'_>) -> Option<DocumentId> {
    let document = ctx.document()?;
    let names: Vec<&str> = document.model.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    let is_picture = matches!(names.as_slice(), ["grey"] | ["grey", "alpha"] | ["red", "green", "blue"])
        || names == ["red", "green", "blue", "alpha"];
    is_picture.then_some(document.id)
}

/// What the picture in front is called, which document it is of (none for the built-in one), and the picture, once it is read.
pub fn subject(ctx: &mut PageContext<'_>) -> (String, Option<DocumentId>, Option<Arc<Subject>>) {
    let document = shown(ctx);
    let model = ctx.document().filter(|found| Some(found.id) == document).map(|found| Arc::clone(&found.model));
    let name = model.as_ref().map_or_else(|| "Built-in picture".to_owned(), |model| model.name.clone());
    let subject = ctx.derive("pictures/subject", "Reading the picture", document, move |_, _| {
        let picture = match &model {
            Some(model) => Picture::of_model(model).unwrap_or_else(|| Err("these tensors are no picture".to_owned())),
            None => builtin::picture(),
        };
        let rules = model.as_deref().map_or_else(Vec::new, io::picture_rules);
        Ok(Subject { picture: picture.map(Arc::new), rules })
    });
    let subject = subject.filter(|subject| !subject.stale).map(|subject| subject.value);
    (name, document, subject)
}

/// Asks for everything that the current setting needs, and gives what there is.
pub fn study(ctx: &mut PageContext<'_>) -> Study {
    let (name, document, subject) = subject(ctx);
    let mut study = Study { name, subject, answer: None, curves: None, cloud: None };
    let Some(Ok(picture)) = study.subject.as_ref().map(|subject| subject.picture.clone()) else { return study };
    let recipe = ctx.setup().pictures.recipe.clone();
    let key = (document, recipe.clone());
    let first = (picture.pixels.len() > LARGE).then(|| {
        let picture = Arc::clone(&picture);
        ctx.derive("pictures/preview", "Preview", key.clone(), move |(_, recipe), handle| {
            answer(&Arc::new(picture.sampled(PREVIEW)), recipe, false, handle)
        })
    });
    let original = Arc::clone(&picture);
    let exact = ctx.derive("pictures/exact", "Reducing the picture", key, move |(_, recipe), handle| {
        answer(&original, recipe, true, handle)
    });
    let current = |derived: &Derived<Answer>| !derived.stale;
    study.answer = match first.flatten() {
        Some(first) if current(&first) && !exact.as_ref().is_some_and(current) => Some(first),
        first => exact.or(first),
    };
    let space = recipe.space;
    let original = Arc::clone(&picture);
    study.cloud =
        ctx.derive("pictures/cloud", "Colours of the picture", (document, space), move |(_, space), handle| {
            Ok(Cloud::of(&Points::of(&original.sampled(PREVIEW), *space, handle)?))
        });
    let methods = ctx.setup().pictures.curves.clone();
    study.curves = ctx.derive(
        "pictures/curve",
        "Error by colours",
        (document, space, methods),
        move |(_, space, methods), handle| curves(&picture, *space, methods, handle),
    );
    study
}

fn answer(original: &Arc<Picture>, recipe: &Recipe, whole: bool, handle: &Handle) -> Result<Answer, Cancelled> {
    let reduced = picture::reduce(original, recipe, handle)?;
    let measures = picture::measure(original, &reduced, handle)?;
    let histograms = picture::histograms(original, &reduced);
    let file = whole.then(|| io::encode_indexed(&reduced).map(Arc::new));
    Ok(Answer { original: Arc::clone(original), reduced, measures, histograms, file })
}

fn curves(picture: &Picture, space: Space, methods: &[CurveMethod], handle: &Handle) -> Result<Curves, Cancelled> {
    let sample = picture.sampled(SAMPLE);
    let recipe = Recipe { space, dither: Dither::None, ..Recipe::default() };
    let curve = |method: &CurveMethod| {
        picture::curve(&sample, picture.pixels.len(), &method.method(), &recipe, handle).map(|points| (*method, points))
    };
    methods.iter().map(curve).collect()
}

/// A palette as GPL.
pub fn gpl(name: &str, reduced: &Reduced) -> String {
    io::gpl(name, &reduced.palette, &reduced.counts)
}

/// A palette as JSON.
pub fn json(name: &str, reduced: &Reduced) -> String {
    io::palette_json(name, &reduced.palette, &reduced.counts)
}
