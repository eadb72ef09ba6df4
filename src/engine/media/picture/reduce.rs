//! A picture and a recipe give a palette and an index a pixel.

use super::dither::dithered;
use super::exact::{by_lightness, stored};
use super::kmeans::{Course, lloyd};
use super::map::{Mapper, Sites, occupied};
use super::points::Points;
use super::space::squared;
use super::{Dither, Method, Picture, Recipe, Rgb, Space, cut, fixed, octree};
use crate::engine::coding::{Ledger, Part, pack};
use crate::engine::{Cancelled, Progress};

/// Exact Lloyd steps over all pixels after the iterations over cells of colours.
const EXACT_STEPS: usize = 2;

/// Where median cut comes this close to k-means, the two are compared pixel by pixel.
const CLOSE: f64 = 0.9;

/// A picture as indices into a palette.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduced {
    /// What was asked for.
    pub recipe: Recipe,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Its colours from dark to light; a given palette in its own order.
    pub palette: Vec<Rgb>,
    /// Row by row, one a pixel.
    pub indices: Vec<u16>,
    /// Pixels of each palette colour.
    pub counts: Vec<u64>,
    /// Distinct colours of the original.
    pub distinct: usize,
    /// The run of k-means that led to the palette; none for other methods, and where every colour was kept.
    pub course: Option<Course>,
    /// How many weighted points that run had, and whether each of them is one colour.
    pub points: (usize, bool),
}

impl Reduced {
    /// The picture in its new colours.
    pub fn picture(&self) -> Picture {
        let pixels = self.indices.iter().map(|&index| self.palette[usize::from(index)]).collect();
        Picture { width: self.width, height: self.height, pixels }
    }

    /// Bits of an index: the least that tell all palette colours apart, and 1 at least.
    pub fn index_bits(&self) -> u32 {
        self.palette.len().max(2).next_power_of_two().ilog2()
    }

    /// What every bit of [`Reduced::packed`] is for.
    pub fn ledger(&self) -> Ledger {
        let (pixels, bits) = (self.indices.len() as u64, self.index_bits());
        let colours = self.palette.len() as u64;
        let codes = pixels * u64::from(bits);
        let padding = codes.next_multiple_of(8) - codes;
        let part = |name, count: u64, bits: u64| Part {
            name,
            arithmetic: format!("{} × {bits} bit", thousands(count)),
            bits: count * bits,
        };
        let mut parts = vec![part("codes", pixels, u64::from(bits)), part("codebook", colours, 24)];
        if padding > 0 {
            parts.push(part("padding", padding, 1));
        }
        Ledger { parts }
    }

    /// The indices, packed without gaps, and the palette, three bytes a colour.
    pub fn packed(&self) -> Vec<u8> {
        let mut bytes = pack::pack(self.indices.iter().copied(), self.index_bits());
        bytes.extend(self.palette.iter().flatten());
        bytes
    }
}

/// `1,234,567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let grouped: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).unwrap_or("")).collect();
    grouped.join(",")
}

/// Finds the palette and maps every pixel.
///
/// # Errors
/// When cancelled.
pub fn reduce(picture: &Picture, recipe: &Recipe, progress: &dyn Progress) -> Result<Reduced, Cancelled> {
    let space = recipe.space;
    let points = Points::of(picture, space, progress)?;
    let count = recipe.count();
    let cells = occupied(&points.rgb);
    let mut course = None;
    let palette = match &recipe.method {
        Method::Fixed(given) => given.colours(recipe.colours),
        Method::Uniform(bits) => fixed::uniform(bits.unwrap_or_else(|| fixed::split(recipe.colours))),
        _ if points.exact && points.distinct <= count => sorted(points.rgb.clone()),
        Method::MedianCut => sorted(stored(&points, &cut::median(&points, count), count)),
        Method::Octree => sorted(stored(&points, &octree::octree(&points, count), count)),
        Method::KMeans => {
            let (palette, run) = kmeans(picture, &points, count, &cells, progress)?;
            course = Some(run);
            palette
        }
    };
    let at: Vec<[f32; 3]> = palette.iter().map(|&colour| space.of(colour)).collect();
    let indices = if recipe.dither == Dither::None || recipe.amount == 0.0 {
        Mapper::new(space, at, &cells).map(picture, progress)?
    } else {
        dithered(picture, space, at, recipe.dither, recipe.amount, progress)?
    };
    let mut counts = vec![0; palette.len()];
    indices.iter().for_each(|&index| counts[usize::from(index)] += 1);
    Ok(Reduced {
        recipe: recipe.clone(),
        width: picture.width,
        height: picture.height,
        palette,
        indices,
        counts,
        distinct: points.distinct,
        course,
        points: (points.len(), points.exact),
    })
}

fn sorted(palette: Vec<Rgb>) -> Vec<Rgb> {
    by_lightness(&palette).into_iter().map(|place| palette[place]).collect()
}

/// K-means: never worse than median cut, which is looked at for that.
fn kmeans(
    picture: &Picture,
    points: &Points,
    count: usize,
    cells: &[bool],
    progress: &dyn Progress,
) -> Result<(Vec<Rgb>, Course), Cancelled> {
    let cuts = cut::median(points, count);
    let mut course = lloyd(points, cut::variance(points, count), progress)?;
    let (found, known) = (weighted(points, &course.centroids), weighted(points, &cuts));
    let close = found > CLOSE * known;
    if close {
        let other = lloyd(points, cuts.clone(), progress)?;
        if weighted(points, &other.centroids) < found {
            course = other;
        }
    }
    if !points.exact {
        for _ in 0..EXACT_STEPS {
            let mapper = Mapper::new(points.space, course.centroids.clone(), cells);
            for (centroid, (mean, pixels)) in course.centroids.iter_mut().zip(mapper.means(picture, progress)?) {
                if pixels > 0 {
                    *centroid = mean.map(|value| value as f32);
                }
            }
        }
    }
    let mut palette = stored(points, &course.centroids, count);
    // Rounding to stored colours may cost more than the iterations won.
    if close || points.exact {
        let cuts = stored(points, &cuts, count);
        let exact = |palette: &[Rgb]| {
            let at: Vec<[f32; 3]> = palette.iter().map(|&colour| points.space.of(colour)).collect();
            if points.exact { Ok(weighted(points, &at)) } else { total(picture, points.space, &at, cells, progress) }
        };
        if exact(&cuts)? < exact(&palette)? {
            palette = cuts;
        }
    }
    let order = by_lightness(&palette);
    if palette.len() == course.centroids.len() {
        let reorder =
            |centroids: &mut Vec<[f32; 3]>| *centroids = order.iter().map(|&place| centroids[place]).collect();
        reorder(&mut course.centroids);
        course.steps.iter_mut().for_each(|step| reorder(&mut step.centroids));
    }
    Ok((order.into_iter().map(|place| palette[place]).collect(), course))
}

/// Weighted sum of squared distances of the points to the nearest of these.
fn weighted(points: &Points, at: &[[f32; 3]]) -> f64 {
    use rayon::prelude::*;
    let sites = Sites::new(at.to_vec());
    let parts: Vec<f64> = points
        .at
        .par_chunks(4096)
        .zip(points.weight.par_chunks(4096))
        .map(|(at, weights)| {
            at.iter().zip(weights).map(|(&at, &n)| f64::from(sites.nearest(at).first) * f64::from(n)).sum()
        })
        .collect();
    parts.iter().sum()
}

fn total(
    picture: &Picture,
    space: Space,
    palette: &[[f32; 3]],
    cells: &[bool],
    progress: &dyn Progress,
) -> Result<f64, Cancelled> {
    let indices = Mapper::new(space, palette.to_vec(), cells).map(picture, progress)?;
    let far = |(&pixel, index): (&Rgb, u16)| f64::from(squared(space.of(pixel), palette[usize::from(index)]));
    Ok(picture.pixels.iter().zip(indices).map(far).sum())
}

/// Sum of squared distances of all pixels to their new colours, in the recipe's space.
pub fn sse(picture: &Picture, reduced: &Reduced) -> f64 {
    let space = reduced.recipe.space;
    let at: Vec<[f32; 3]> = reduced.palette.iter().map(|&colour| space.of(colour)).collect();
    let far = |(&pixel, &index): (&Rgb, &u16)| f64::from(squared(space.of(pixel), at[usize::from(index)]));
    picture.pixels.iter().zip(&reduced.indices).map(far).sum()
}
