//! From means to stored colours, and to exactly as many of them as were asked for.

use std::collections::HashSet;

use rayon::prelude::*;

use super::map::Sites;
use super::points::Points;
use super::{Rgb, Space};

/// The means as stored colours. Where rounding made some of them equal, or there are too few, the points with the largest weighted error
/// join, one at a time, until there are `count` different colours or every point is one.
pub(super) fn stored(points: &Points, means: &[[f32; 3]], count: usize) -> Vec<Rgb> {
    let mut seen = HashSet::new();
    let rounded = means.iter().map(|&mean| points.space.stored(mean));
    let mut palette: Vec<Rgb> = rounded.filter(|colour| seen.insert(*colour)).collect();
    while palette.len() < count {
        let sites = Sites::new(palette.iter().map(|&colour| points.space.of(colour)).collect());
        let errors: Vec<f64> = points
            .at
            .par_iter()
            .zip(&points.weight)
            .map(|(&at, &weight)| f64::from(sites.nearest(at).first) * f64::from(weight))
            .collect();
        let mut order: Vec<usize> = (0..points.len()).filter(|&point| !seen.contains(&points.rgb[point])).collect();
        if order.is_empty() {
            break;
        }
        order.sort_by(|&a, &b| errors[b].total_cmp(&errors[a]));
        // Half of what is missing at a time: far points first, then those that the new colours left.
        for &point in order.iter().take((count - palette.len()).div_ceil(2)) {
            if seen.insert(points.rgb[point]) {
                palette.push(points.rgb[point]);
            }
        }
    }
    palette
}

/// The order from dark to light, by Oklab's lightness; equal ones by their stored values.
pub(super) fn by_lightness(palette: &[Rgb]) -> Vec<usize> {
    let lightness: Vec<f32> = palette.iter().map(|&colour| Space::Oklab.of(colour)[0]).collect();
    let mut order: Vec<usize> = (0..palette.len()).collect();
    order.sort_by(|&a, &b| lightness[a].total_cmp(&lightness[b]).then(palette[a].cmp(&palette[b])));
    order
}
