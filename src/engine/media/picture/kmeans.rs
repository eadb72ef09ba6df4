//! Lloyd's k-means in three dimensions over weighted colours, with every iteration kept.
//!
//! Hamerly's bounds (2010) skip the points whose nearest centroid cannot have changed; they are rounded outwards, so that every iteration is
//! the one that comparing everything gives.

use rayon::prelude::*;

use super::map::Sites;
use super::points::Points;
use super::space::squared;
use crate::engine::{Cancelled, Progress};

/// The most iterations; the last ones move centroids by less than a stored step.
const MOST_ITERATIONS: usize = 60;

/// The most iterations for more colours than a file holds: each takes long, and most of the gain comes first.
const MOST_ITERATIONS_OF_MANY: usize = 4;

/// An iteration that lowers the sum by a smaller share than this is the last one.
const LEAST_GAIN: f64 = 2e-5;

/// One iteration.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The centroids that the points were assigned to, in the points' space.
    pub centroids: Vec<[f32; 3]>,
    /// Weighted sum of squared distances to them, in units of the space.
    pub sse: f64,
    /// Points whose nearest centroid is another one than before; all of them in the first iteration.
    pub moved: usize,
}

/// A run from its start to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Iterations in order; the first one's centroids are the start.
    pub steps: Vec<Step>,
    /// The means of the last assignment.
    pub centroids: Vec<[f32; 3]>,
    /// Whether it ended because nothing moved any more, and not by the limit on gain or iterations.
    pub settled: bool,
}

/// What is known of one point.
#[derive(Clone, Copy)]
struct State {
    nearest: u32,
    /// The distance to the nearest centroid is not larger.
    upper: f32,
    /// The distance to every other centroid is not smaller.
    lower: f32,
}

/// Rounding may have made a bound too tight by this share.
const SLACK: f32 = 4e-6;

/// What one chunk of points adds to an iteration.
struct Gathered {
    sums: Vec<([f64; 3], f64)>,
    moved: usize,
    sse: f64,
    /// The heaviest error of a point, and the point.
    worst: (f64, usize),
}

/// Points of a chunk, a number that no machine changes: sums come out alike everywhere.
const CHUNK: usize = 4096;

/// Runs Lloyd's iterations from `start`.
///
/// An empty cluster is moved to the point with the largest weighted squared error.
///
/// # Errors
/// When cancelled.
pub fn lloyd(points: &Points, start: Vec<[f32; 3]>, progress: &dyn Progress) -> Result<Course, Cancelled> {
    let mut sites = Sites::new(start);
    let mut states = vec![State { nearest: u32::MAX, upper: f32::INFINITY, lower: 0.0 }; points.len()];
    let most = if sites.at().len() <= 256 { MOST_ITERATIONS } else { MOST_ITERATIONS_OF_MANY };
    let mut course = Course { steps: Vec::new(), centroids: Vec::new(), settled: false };
    loop {
        progress.check()?;
        let gathered = iterate(points, &sites, &mut states);
        let before = sites.at().to_vec();
        let (means, refilled) = means(points, &gathered, &before);
        let last = course.steps.last().map(|step: &Step| step.sse);
        course.steps.push(Step { centroids: before.clone(), sse: gathered.sse, moved: gathered.moved });
        course.settled = gathered.moved == 0 && !refilled;
        let gained = last.is_none_or(|last| last - gathered.sse > LEAST_GAIN * last);
        if course.settled || (!gained && !refilled) || course.steps.len() == most {
            course.centroids = means;
            return Ok(course);
        }
        loosen(&mut states, &before, &means);
        sites = Sites::new(means);
    }
}

fn iterate(points: &Points, sites: &Sites, states: &mut [State]) -> Gathered {
    let count = sites.at().len();
    let halves: Vec<f32> = sites.gaps().into_iter().map(|gap| gap * 0.5 * (1.0 - SLACK)).collect();
    let parts: Vec<Gathered> = states
        .par_chunks_mut(CHUNK)
        .zip(points.at.par_chunks(CHUNK))
        .zip(points.weight.par_chunks(CHUNK))
        .enumerate()
        .map(|(chunk, ((states, at), weights))| {
            let mut part =
                Gathered { sums: vec![([0.0; 3], 0.0); count], moved: 0, sse: 0.0, worst: (0.0, chunk * CHUNK) };
            for (place, ((state, &at), &weight)) in states.iter_mut().zip(at).zip(weights).enumerate() {
                let mut far = None;
                let bound = |state: &State| state.lower.max(halves[state.nearest as usize]);
                if state.nearest == u32::MAX || state.upper >= bound(state) {
                    if state.nearest != u32::MAX {
                        let exact = squared(at, sites.at()[state.nearest as usize]);
                        state.upper = exact.sqrt() * (1.0 + SLACK);
                        far = Some(exact);
                    }
                    if state.nearest == u32::MAX || state.upper >= bound(state) {
                        let found = sites.nearest(at);
                        part.moved += usize::from(found.index != state.nearest);
                        *state = State {
                            nearest: found.index,
                            upper: found.first.sqrt() * (1.0 + SLACK),
                            lower: found.second.sqrt() * (1.0 - SLACK),
                        };
                        far = Some(found.first);
                    }
                }
                let far = far.unwrap_or_else(|| squared(at, sites.at()[state.nearest as usize]));
                let weight = f64::from(weight);
                let error = weight * f64::from(far);
                part.sse += error;
                if error > part.worst.0 {
                    part.worst = (error, chunk * CHUNK + place);
                }
                let (sum, total) = &mut part.sums[state.nearest as usize];
                *total += weight;
                sum.iter_mut().zip(at).for_each(|(sum, value)| *sum += weight * f64::from(value));
            }
            part
        })
        .collect();
    let mut parts = parts.into_iter();
    let mut all = parts.next().expect("a picture has colours");
    for part in parts {
        all.moved += part.moved;
        all.sse += part.sse;
        if part.worst.0 > all.worst.0 {
            all.worst = part.worst;
        }
        for ((sum, total), (other, more)) in all.sums.iter_mut().zip(part.sums) {
            sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
            *total += more;
        }
    }
    all
}

/// The clusters' means; an empty one goes to the point with the worst error, one an iteration. Whether that happened.
fn means(points: &Points, gathered: &Gathered, before: &[[f32; 3]]) -> (Vec<[f32; 3]>, bool) {
    let mut free = (gathered.worst.0 > 0.0).then_some(gathered.worst.1);
    let mut refilled = false;
    let mean = |(at, (sum, total)): (usize, &([f64; 3], f64))| {
        if *total > 0.0 {
            return sum.map(|sum| (sum / total) as f32);
        }
        match free.take() {
            Some(point) => {
                refilled = true;
                points.at[point]
            }
            None => before[at],
        }
    };
    (gathered.sums.iter().enumerate().map(mean).collect(), refilled)
}

/// Widens the bounds by what the centroids moved.
fn loosen(states: &mut [State], before: &[[f32; 3]], after: &[[f32; 3]]) {
    let drifts: Vec<f32> =
        before.iter().zip(after).map(|(&from, &to)| squared(from, to).sqrt() * (1.0 + SLACK)).collect();
    let mut largest = (0.0, u32::MAX);
    let mut next = 0.0;
    for (index, &drift) in drifts.iter().enumerate() {
        if drift > largest.0 {
            next = largest.0;
            largest = (drift, index as u32);
        } else if drift > next {
            next = drift;
        }
    }
    for state in states {
        state.upper = (state.upper + drifts[state.nearest as usize]) * (1.0 + SLACK);
        let others = if state.nearest == largest.1 { next } else { largest.0 };
        state.lower = ((state.lower - others) * (1.0 - SLACK)).max(0.0);
    }
}

/// One iteration by comparing every point with every centroid: the means, and the weighted sum of squared distances before. What [`lloyd`] is
/// held against.
pub fn plain_step(points: &Points, centroids: &[[f32; 3]]) -> (Vec<[f32; 3]>, f64) {
    let mut sums = vec![([0.0_f64; 3], 0.0_f64); centroids.len()];
    let mut sse = 0.0;
    for (&at, &weight) in points.at.iter().zip(&points.weight) {
        let mut best = (f32::INFINITY, 0);
        for (index, &centroid) in centroids.iter().enumerate() {
            let far = squared(at, centroid);
            if far < best.0 {
                best = (far, index);
            }
        }
        let weight = f64::from(weight);
        sse += weight * f64::from(best.0);
        let (sum, total) = &mut sums[best.1];
        *total += weight;
        sum.iter_mut().zip(at).for_each(|(sum, value)| *sum += weight * f64::from(value));
    }
    let mean = |((sum, total), &before): (&([f64; 3], f64), &[f32; 3])| {
        if *total > 0.0 { sum.map(|sum| (sum / total) as f32) } else { before }
    };
    (sums.iter().zip(centroids).map(mean).collect(), sse)
}
