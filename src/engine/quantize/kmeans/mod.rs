//! Codebooks fitted by one-dimensional k-means.
//!
//! Up to k = 256 the optimum is found by dynamic programming: over the distinct weights where that takes less than about a second,
//! else over the fine bins of the summary, grouped, and refined by Lloyd steps (within 0.1 % of the optimum). Beyond 256 the result
//! is an approximation and says so. A weight exactly on the midpoint of two centroids goes to the lower one. A group without
//! finite weights has the codebook {0}.

mod assign;
mod book;
mod lloyd;
mod optimum;
mod points;
mod random;

use rayon::prelude::*;

use self::assign::Kernel;
use self::book::{Book, Effort, book, books};
use super::answer::answer;
use super::encode::encode;
use super::levels::levels_of;
use super::{Decoder, Fitted, KMeans, Partition, Preview, QuantizeError, Quantized, Scheme};
use crate::engine::tensor::Summary;
use crate::engine::{Cancelled, Progress, Silent};

fn check(kmeans: &KMeans) -> Result<(), QuantizeError> {
    if (2..=65_536).contains(&kmeans.k) {
        Ok(())
    } else {
        Err(QuantizeError::Unfit(format!("k is 2 to 65536, not {}", kmeans.k)))
    }
}

/// Fits a codebook to every group and encodes all weights.
pub(super) fn fit(
    values: &[f32],
    shape: &[usize],
    kmeans: &KMeans,
    summary: Option<&Summary>,
    progress: &dyn Progress,
) -> Result<Fitted, QuantizeError> {
    check(kmeans)?;
    let partition = Partition::new(kmeans.per, shape).map_err(QuantizeError::Unfit)?;
    let (books, method) = match summary {
        _ if partition.groups() != 1 => grouped(values, &partition, kmeans, progress)?,
        Some(summary) => single(summary, kmeans),
        None => single(&Summary::of(values, progress)?, kmeans),
    };
    let kernel = Kernel::new(&books);
    let decoder = Decoder::Codebook { books };
    let bits = kmeans.bits();
    let (codes, report) = encode(values, bits, &partition, &decoder, &kernel, progress)?;
    let scheme = Scheme::KMeans(kmeans.clone());
    let quantized = Quantized { scheme, shape: shape.to_vec(), bits, partition, codes, decoder, method };
    Ok(Fitted { quantized, report })
}

fn single(summary: &Summary, kmeans: &KMeans) -> (Vec<Vec<f32>>, String) {
    let Book { centroids, method } = book(&summary.bins, summary.distinct, kmeans, Effort::SECOND);
    (vec![centroids], method)
}

fn grouped(
    values: &[f32],
    partition: &Partition,
    kmeans: &KMeans,
    progress: &dyn Progress,
) -> Result<(Vec<Vec<f32>>, String), Cancelled> {
    let groups = partition.groups();
    let effort = Effort((Effort::SECOND.0 / groups.max(1) as u64).max(Effort::FRAME.0));
    let total = 2 * values.len() as u64;
    let fitted: Vec<Book> = (0..groups)
        .into_par_iter()
        .map(|group| {
            let mut weights = Vec::new();
            partition.runs_of(group).for_each(|run| weights.extend_from_slice(&values[run]));
            if group % 256 == 0 {
                progress.tick(values.len() as u64 * group as u64 / groups as u64, total)?;
            }
            let summary = Summary::of(&weights, &Silent)?;
            Ok(book(&summary.bins, summary.distinct, kmeans, effort))
        })
        .collect::<Result<_, Cancelled>>()?;
    let first = fitted.first().map_or("no weights", |book| &book.method).to_owned();
    let alike = fitted.iter().filter(|book| book.method == first).count();
    let method = if alike == groups { first } else { format!("{first} in {alike} of {groups} groups") };
    Ok((fitted.into_iter().map(|book| book.centroids).collect(), method))
}

/// Answers from the bins.
pub(super) fn preview(summary: &Summary, shape: &[usize], kmeans: &KMeans) -> Option<Preview> {
    check(kmeans).ok()?;
    if Partition::new(kmeans.per, shape).ok()?.groups() != 1 {
        return None;
    }
    let Book { centroids, method } = book(&summary.bins, summary.distinct, kmeans, Effort::FRAME);
    Some(preview_of(summary, centroids, method))
}

/// Previews for several k from one table of optima.
pub(super) fn previews(summary: &Summary, ks: &[usize]) -> Vec<Preview> {
    let books = books(&summary.bins, summary.distinct, ks, Effort::CURVE);
    books.into_iter().map(|centroids| preview_of(summary, centroids, String::new())).collect()
}

fn preview_of(summary: &Summary, centroids: Vec<f32>, method: String) -> Preview {
    let decoder = Decoder::Codebook { books: vec![centroids] };
    let mut levels = levels_of(&decoder, 0);
    let mut level = 0;
    let answered = answer(summary, &levels.values, |weight| {
        // The bins ascend, and so do their levels.
        while levels.boundaries.get(level).is_some_and(|&boundary| weight > boundary) {
            level += 1;
        }
        level
    });
    levels.counts = answered.counts;
    let (report, errors) = (answered.report, answered.errors);
    Preview { decoder, levels, report, errors, method, exact: summary.distinct }
}
