//! The weights that the pages of this group show, and the run of k-means on them.

use std::sync::Arc;

use super::part::Part;
use crate::app::context::PageContext;
use crate::app::session::Action;
use crate::app::setup::codebook::{Edited, Group, Placed, Shared, kmeans_of};
use crate::app::setup::{Codebook, Setup};
use crate::app::view::{cells, course as words};
use crate::engine::Silent;
use crate::engine::quantize::course::{self, Course, Ending, Plan};
use crate::engine::quantize::points::Points;
use crate::engine::quantize::stepwise::Moment;
use crate::engine::quantize::{Init, Quantizer};
use crate::engine::tensor::Summary;

/// Most rows and columns of a matrix that is shown cell by cell.
const SMALL: usize = 8;

/// Starts that are tried to see where random ones end.
const STARTS: u64 = 500;

/// The weights that share a codebook, with the run that the controls ask for.
pub struct Lesson {
    /// Whose weights they are.
    pub of: Shared,
    /// The channel or group, where the tensor has several with a codebook each.
    pub part: Option<Part>,
    /// Number of weights of the whole tensor.
    pub whole: usize,
    /// Rows and columns.
    pub matrix: (usize, usize),
    /// The weights, where there are few enough to show each.
    pub cells: Option<Vec<f32>>,
    /// Their summary before any change by hand.
    pub summary: Arc<Summary>,
    /// Number of weights.
    pub count: usize,
    /// What is run.
    pub plan: Plan,
    /// The run.
    pub course: Arc<Course>,
    /// The half-step that is shown.
    pub index: usize,
    /// Whether the run is of an older setting than the controls show.
    pub stale: bool,
}

impl Lesson {
    /// The lesson of the selected tensor; the text says why there is none yet.
    pub fn of(ctx: &mut PageContext<'_>) -> Result<Self, String> {
        let tensor = ctx.tensor().ok_or("This file holds no tensors")?;
        let key = ctx.session.key().ok_or("No tensor is selected")?;
        let Some(loaded) = ctx.loaded().cloned() else {
            let failure = ctx.session.results.failure(key).map(str::to_owned);
            return Err(failure.unwrap_or_else(|| "Reading the weights".to_owned()));
        };
        let (shape, whole) = (tensor.matrix_shape(), loaded.values.len());
        let setup = ctx.setup();
        let of = setup.codebook.shared(&setup.scheme, key);
        let part = ctx.state.kmeans.part.get(&of, |of| Part::of(of.group, &loaded.shape)).clone()?;
        let setup = ctx.setup();
        let of = Shared { group: Group { index: part.as_ref().map_or(0, |part| part.index), ..of.group }, ..of };
        let plan = setup.codebook.plan(&setup.scheme, of);
        let matrix = part.as_ref().map_or(shape, |part| part.matrix);
        let count = matrix.0 * matrix.1;
        let small = matrix.0 <= SMALL && matrix.1 <= SMALL;
        let cells = small.then(|| {
            let edited = setup.codebook.edited_for(of).filter(|values| values.len() == count);
            edited.map_or_else(|| gathered(&loaded.values, part.as_ref()), <[f32]>::to_vec)
        });
        let summary = match &part {
            None => Arc::clone(&loaded.summary),
            Some(part) => {
                let (places, values) = (Arc::clone(&part.places), loaded.values.clone());
                let derived = ctx.derive("kmeans/group", "The weights of a group", of, move |of, handle| {
                    course::summary_of(&values, &places, handle).map(|summary| (*of, Arc::new(summary)))
                });
                let derived = derived.filter(|derived| derived.value.0 == of).ok_or("Reading the group")?;
                Arc::clone(&derived.value.1)
            }
        };
        let (course, stale) = match &cells {
            Some(values) => {
                let run = |(values, plan): &(Vec<f32>, Plan)| {
                    Arc::new(
                        Course::run(Points::of_values(values), true, plan, &Silent)
                            .unwrap_or_else(|_| unreachable!("nothing cancels a run without a handle")),
                    )
                };
                (Arc::clone(ctx.state.kmeans.course.get(&(values.clone(), plan.clone()), run)), false)
            }
            None => {
                let summary = Arc::clone(&summary);
                let derived = ctx.derive("kmeans/course", "K-means step by step", (of, plan.clone()), {
                    move |(_, plan): &(Shared, Plan), handle: &crate::jobs::Handle| {
                        Course::run(Points::of(&summary), summary.distinct, plan, handle)
                            .map(|course| (of, Arc::new(course)))
                    }
                });
                // The run of other weights is no older version of this one.
                let derived = derived.filter(|derived| derived.value.0 == of).ok_or("Running k-means")?;
                (Arc::clone(&derived.value.1), derived.stale)
            }
        };
        let (index, _) = course.at(ctx.setup().codebook.at);
        Ok(Self { of, part, whole, matrix, cells, summary, count, plan, course, index, stale })
    }

    /// Where a weight of the page is in the tensor.
    pub fn place_of(&self, position: usize) -> usize {
        self.part.as_ref().map_or(position, |part| part.places[position])
    }

    /// The upper left corner of at most so many rows and columns: how many it has, and its weights.
    pub fn corner(&self, ctx: &PageContext<'_>, most: usize) -> Option<(usize, usize, Vec<f32>)> {
        let (rows, columns) = (self.matrix.0.min(most), self.matrix.1.min(most));
        let values = &ctx.loaded()?.values;
        let weight = |place: usize| {
            let position = place / columns * self.matrix.1 + place % columns;
            self.cells.as_ref().map_or_else(|| values[self.place_of(position)], |cells| cells[position])
        };
        Some((rows, columns, (0..rows * columns).map(weight).collect()))
    }

    /// The selected weight of the tensor, as the position on the page; `None` where it is not among those shown.
    pub fn selected(&self, ctx: &PageContext<'_>) -> Option<usize> {
        let weight = ctx.document()?.weight;
        match &self.part {
            Some(part) if self.cells.is_some() => part.places.iter().position(|place| *place == weight),
            Some(_) => None,
            None => (weight < self.count).then_some(weight),
        }
    }

    /// Goes to a weight of the page.
    pub fn select(&self, ctx: &mut PageContext<'_>, position: usize) {
        ctx.act(Action::SelectWeight(self.place_of(position)));
    }

    /// What a card adds to its title where the weights are but a part of the tensor's.
    pub fn titled(&self, title: &str) -> String {
        match &self.part {
            Some(part) => format!("{title}, {}", part.words()),
            None => title.to_owned(),
        }
    }

    /// The state that is shown.
    pub fn moment(&self) -> &Moment {
        &self.course.moments[self.index]
    }

    /// The centroid of each weight, where there are few enough to show each.
    pub fn owners(&self) -> Vec<Option<usize>> {
        let Some(values) = &self.cells else { return Vec::new() };
        self.moment().assignments(&self.course.points, values).into_iter().map(|code| code.map(usize::from)).collect()
    }

    /// Decimals of weights and centroids.
    pub fn decimals(&self) -> usize {
        self.cells.as_deref().map_or(4, cells::decimals)
    }

    /// Bits of an index: those of the centroids that were asked for, as in the file.
    pub fn bits(&self) -> u32 {
        self.plan.k.max(self.moment().clusters.len()).max(2).next_power_of_two().ilog2()
    }

    /// Where random starts end, the best first. `None` while that is being found out.
    pub fn endings(&self, ctx: &mut PageContext<'_>) -> Option<Arc<Vec<Ending>>> {
        // With one centroid there is one end; with one held in its place the others have the rest.
        let k = self.plan.k;
        match &self.cells {
            Some(values) => {
                let find = |(values, k): &(Vec<f32>, usize)| {
                    let points = Points::of_values(values);
                    Arc::new(course::endings(&points, *k, Init::Forgy, STARTS, &Silent).unwrap_or_default())
                };
                Some(Arc::clone(ctx.state.kmeans.endings.get(&(values.clone(), k), find)))
            }
            None => {
                let summary = Arc::clone(&self.summary);
                let derived =
                    ctx.derive("kmeans/endings", "Where random starts end", (self.of, k), move |&(of, k), handle| {
                        course::endings(&Points::of(&summary), k, Init::Forgy, STARTS, handle)
                            .map(|endings| (of, Arc::new(endings)))
                    })?;
                (derived.value.0 == self.of && !derived.stale).then(|| Arc::clone(&derived.value.1))
            }
        }
    }

    /// Goes to a half-step.
    pub fn go(&self, ctx: &mut PageContext<'_>, index: usize) {
        let last = self.course.moments.len() - 1;
        let index = index.min(last);
        let moments = &self.course.moments;
        let what = match index.checked_sub(1) {
            Some(before) => words::sentence(&moments[before], &moments[index]),
            None => words::sentence(&moments[0], &moments[0]),
        };
        let at = Some(index).filter(|&index| index < last);
        ctx.edit(what, None, move |setup| setup.codebook.at = at);
    }

    /// Starts from other random weights: those of the next seed.
    pub fn start_anew(&self, ctx: &mut PageContext<'_>) {
        let (init, seed) = match self.plan.init {
            init if init.is_random() && self.plan.placed.is_none() => (init, self.plan.seed + 1),
            _ => (Init::Forgy, self.plan.seed),
        };
        self.start(ctx, init, seed, Some(0));
    }

    /// Starts again from another start.
    pub fn start(&self, ctx: &mut PageContext<'_>, init: Init, seed: u64, at: Option<usize>) {
        let name = match init {
            Init::Optimal => "optimal".to_owned(),
            Init::Linear => "linear".to_owned(),
            Init::Density => "quantiles".to_owned(),
            Init::Forgy => format!("random weights, seed {seed}"),
            Init::PlusPlus => format!("k-means++, seed {seed}"),
        };
        ctx.edit(format!("Start: {name}"), None, move |setup| {
            change(setup, |kmeans| (kmeans.init, kmeans.seed) = (init, seed));
            setup.codebook.at = at;
        });
    }

    /// Another number of centroids. One alone is placed at the mean by hand: a scheme has at least two.
    pub fn choose_k(&self, ctx: &mut PageContext<'_>, k: usize, gesture: Option<u64>) {
        let what = format!("Centroids {} → {k}", self.plan.k);
        if k < 2 {
            let points = &self.course.points;
            return self.place(ctx, vec![points.mean(0, points.len())], None, what, gesture);
        }
        ctx.edit(what, gesture, move |setup| {
            change(setup, |kmeans| kmeans.k = k as u32);
            setup.codebook.at = None;
        });
    }

    /// Places the centroids by hand.
    pub fn place(
        &self,
        ctx: &mut PageContext<'_>,
        centroids: Vec<f64>,
        at: Option<usize>,
        what: String,
        gesture: Option<u64>,
    ) {
        let of = self.of;
        ctx.edit(what, gesture, move |setup| {
            let k = kmeans_of(&setup.scheme).k;
            setup.codebook.placed = Some(Placed { of, k, centroids: centroids.clone() });
            setup.codebook.at = at;
        });
    }

    /// Moves a centroid; the run starts anew from where the centroids are now.
    pub fn move_centroid(&self, ctx: &mut PageContext<'_>, index: usize, value: f64, gesture: Option<u64>) {
        let mut centroids = self.moment().centroids();
        let decimals = self.decimals();
        let before = cells::cell(centroids[index], decimals);
        centroids[index] = value;
        let what = format!("Centroid {index}: {before} → {}", cells::cell(value, decimals));
        self.place(ctx, centroids, Some(0), what, gesture);
    }

    /// Changes a weight; the centroids stay where they are, so that its index can be seen to change.
    pub fn move_weight(&self, ctx: &mut PageContext<'_>, index: usize, value: f32, gesture: Option<u64>) {
        let Some(mut values) = self.cells.clone() else { return };
        let (of, centroids) = (self.of, self.moment().centroids());
        let nearest = |value: f32| {
            // As the assignment does it: halfway between two, the lower one.
            let wide = f64::from(value);
            centroids.windows(2).filter(|pair| wide > f64::midpoint(pair[0], pair[1])).count()
        };
        let (before, after) = (nearest(values[index]), nearest(value));
        let decimals = self.decimals().max(cells::decimals(&[value]));
        let number = |value: f32| cells::cell(f64::from(value), decimals);
        let flip = if before == after { format!("index {after}") } else { format!("index {before} → {after}") };
        let what = format!("Weight {} → {}, {flip}", number(values[index]), number(value));
        values[index] = value;
        ctx.edit(what, gesture, move |setup| {
            let k = kmeans_of(&setup.scheme).k;
            setup.codebook.edited = Some(Edited { of, values: values.clone() });
            setup.codebook.placed = Some(Placed { of, k, centroids: centroids.clone() });
            setup.codebook.at = Some(1);
        });
    }

    /// Back to the tensor's own weights.
    pub fn restore_weights(&self, ctx: &mut PageContext<'_>) {
        ctx.edit("The weights as they were", None, |setup| {
            setup.codebook = Codebook { edited: None, placed: None, at: None, ..setup.codebook.clone() };
        });
    }
}

/// The weights of the group, or all.
fn gathered(values: &[f32], part: Option<&Part>) -> Vec<f32> {
    match part {
        Some(part) => part.places.iter().map(|&place| values[place]).collect(),
        None => values.to_vec(),
    }
}

/// Changes the k-means settings of the scheme; hand-placed centroids give way.
pub fn change(setup: &mut Setup, change: impl FnOnce(&mut crate::engine::quantize::KMeans)) {
    let mut kmeans = kmeans_of(&setup.scheme);
    change(&mut kmeans);
    setup.scheme = setup.scheme.with_quantizer(Quantizer::KMeans(kmeans));
    setup.codebook.placed = None;
}
