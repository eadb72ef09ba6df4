//! A course in k-means as sentences and points.

use super::figure::{Cell, Table};
use super::{cells, format};
use crate::engine::quantize::course::{Course, Ending};
use crate::engine::quantize::stepwise::{Moment, Phase};

/// What the next half-step is called on its button.
pub fn next_step(moment: &Moment) -> &'static str {
    match moment.phase {
        Phase::Start | Phase::Updated => "Assign",
        Phase::Assigned => "Update",
    }
}

/// What a half-step did, as the status bar says it.
pub fn sentence(before: &Moment, after: &Moment) -> String {
    let from_to = format!("SSE {} → {}", cells::sse(before.sse), cells::sse(after.sse));
    match after.phase {
        Phase::Start => format!("Start: {} centroids placed, SSE {}", after.clusters.len(), cells::sse(after.sse)),
        Phase::Assigned if after.changed == 0.0 => {
            format!("Assign: no weight changes its centroid, SSE {}", cells::sse(after.sse))
        }
        Phase::Assigned => {
            let changed = format::count(after.changed as u64);
            let word = if after.changed == 1.0 { "weight goes" } else { "weights go" };
            format!("Assign: {changed} {word} to the nearest centroid, {from_to}")
        }
        Phase::Updated if after.clusters.iter().all(|cluster| cluster.shift == 0.0) => {
            format!("Update: nothing moves, the end at SSE {}", cells::sse(after.sse))
        }
        Phase::Updated => format!("Update: each centroid moves to the mean of its weights, {from_to}"),
    }
}

/// Where in the run this is, and how good it is.
pub fn status(course: &Course, index: usize) -> Vec<String> {
    let (_, moment) = course.at(Some(index));
    let last = course.moments.len() - 1;
    let end = match (index == last, course.converged) {
        (true, true) => ", converged",
        (true, false) => ", still moving",
        _ => "",
    };
    let step = format!("Half-step {index} of {last}{end}");
    let optimum = match (course.approximate, course.exact) {
        (true, _) => "best known",
        (false, true) => "global optimum",
        (false, false) => "optimum over groups",
    };
    let quality = if course.is_optimal(moment.sse) {
        format!("{optimum} reached")
    } else if index == last && course.converged {
        format!("stuck at SSE {}, {optimum} {}", cells::sse(moment.sse), cells::sse(course.optimum))
    } else {
        format!("{optimum} SSE {}", cells::sse(course.optimum))
    };
    vec![step, quality]
}

/// SSE over iterations: an update ends an iteration, the assignment after it lies halfway to the next.
pub fn curve(course: &Course) -> Vec<(f64, f64)> {
    course
        .moments
        .iter()
        .enumerate()
        .filter(|(index, moment)| *index != 1 || moment.phase != Phase::Assigned)
        .map(|(_, moment)| (place(moment), moment.sse))
        .collect()
}

/// Where a moment lies on the iterations' axis.
pub fn place(moment: &Moment) -> f64 {
    let halfway = if moment.phase == Phase::Assigned && moment.iteration > 0 { 0.5 } else { 0.0 };
    moment.iteration as f64 + halfway
}

/// The share of starts that end somewhere.
pub fn share(ending: &Ending, endings: &[Ending]) -> f64 {
    ending.starts as f64 / endings.iter().map(|ending| ending.starts).sum::<usize>().max(1) as f64
}

/// The centroids' ways: for each centroid of the last moment its values at every update, the start first. Centroids that change their
/// order by a repair change ways there.
pub fn trails(course: &Course) -> Vec<Vec<f64>> {
    let stops: Vec<&Moment> = course.moments.iter().filter(|moment| moment.phase != Phase::Assigned).collect();
    let number = stops.first().map_or(0, |moment| moment.clusters.len());
    (0..number).map(|rank| stops.iter().map(|moment| moment.clusters[rank].centroid).collect()).collect()
}

/// Centroids as somebody types them: `-1 0 1.5 2`. Two lists that read alike are the same.
#[derive(Clone, Debug)]
pub struct CentroidList(pub Vec<f64>);

impl PartialEq for CentroidList {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl CentroidList {
    /// Reads numbers between blanks, commas or semicolons, and sorts them.
    ///
    /// # Errors
    /// What is no finite number, none at all, or more than `most`, as a sentence.
    pub fn parse(text: &str, most: usize) -> Result<Self, String> {
        let pieces = text.split([' ', ',', ';', '\t']).filter(|piece| !piece.is_empty());
        let number = |piece: &str| {
            let value = piece.replace('\u{2212}', "-").parse::<f64>().ok().filter(|value| value.is_finite());
            value.ok_or_else(|| format!("{piece} is no number; type centroids as in −1 0 1.5 2"))
        };
        let mut centroids = pieces.map(number).collect::<Result<Vec<f64>, String>>()?;
        if centroids.is_empty() || centroids.len() > most {
            return Err(format!("1 to {most} centroids, as in −1 0 1.5 2"));
        }
        centroids.sort_unstable_by(f64::total_cmp);
        Ok(Self(centroids))
    }
}

impl std::fmt::Display for CentroidList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |centroid: &f64| {
            let text = format::significant(*centroid, 5);
            // A mean of float32 weights is a hair beside the number that is meant.
            let trims = text.contains('.') && !text.contains('e');
            if trims { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        };
        let texts: Vec<String> = self.0.iter().map(text).collect();
        f.write_str(&texts.join(" "))
    }
}

/// The centroids of a moment with the weights that share each.
pub fn codebook_table(moment: &Moment) -> Table {
    let mut table = Table::new("Codebook", &["index", "centroid", "weights"]);
    table.rows = moment
        .clusters
        .iter()
        .enumerate()
        .map(|(rank, cluster)| {
            vec![Cell::count(rank as u64), Cell::Number(cluster.centroid), Cell::Number(cluster.weight)]
        })
        .collect();
    table
}

/// Where random starts end, and how many of them.
pub fn endings_table(endings: &[Ending]) -> Table {
    let mut table = Table::new("Where random starts end", &["SSE", "starts", "share", "a seed of them"]);
    table.rows = endings
        .iter()
        .map(|ending| {
            let starts = Cell::count(ending.starts as u64);
            vec![Cell::Number(ending.sse), starts, Cell::Number(share(ending, endings)), Cell::count(ending.seed)]
        })
        .collect();
    table
}

/// The least SSE of 1, 2, 3… centroids.
pub fn sizes_table(least: &[f64]) -> Table {
    let mut table = Table::new("Least SSE of k centroids", &["k", "SSE"]);
    let rows = least.iter().enumerate();
    table.rows = rows.map(|(index, sse)| vec![Cell::count(index as u64 + 1), Cell::Number(*sse)]).collect();
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::quantize::Init;
    use crate::engine::quantize::course::Plan;
    use crate::engine::quantize::points::Points;
    use crate::engine::quantize::stepwise::Empty;

    fn lecture(init: Init, seed: u64) -> Course {
        let values =
            [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49];
        let plan = Plan { k: 4, init, seed, placed: None, pinned: false, empty: Empty::Stays };
        Course::run(Points::of_values(&values), true, &plan, &Silent).unwrap()
    }

    #[test]
    fn the_lectures_run_in_words() {
        let course = lecture(Init::Linear, 0);
        let said: Vec<String> = course.moments.windows(2).map(|pair| sentence(&pair[0], &pair[1])).collect();
        assert_eq!(
            said,
            [
                "Assign: 16 weights go to the nearest centroid, SSE 0.7758 → 0.7758",
                "Update: each centroid moves to the mean of its weights, SSE 0.7758 → 0.0932",
                "Assign: no weight changes its centroid, SSE 0.0932",
                "Update: nothing moves, the end at SSE 0.0932",
            ]
        );
        assert_eq!(status(&course, 4), ["Half-step 4 of 4, converged", "global optimum reached"]);
        assert_eq!(status(&course, 0), ["Half-step 0 of 4", "global optimum SSE 0.0932"]);
        assert_eq!((next_step(&course.moments[0]), next_step(&course.moments[1])), ("Assign", "Update"));
    }

    #[test]
    fn centroids_are_typed_as_a_list() {
        let list = CentroidList::parse("2, -1;0 \u{2212}0.5", 16).unwrap();
        assert_eq!(list.0, [-1.0, -0.5, 0.0, 2.0]);
        assert_eq!(list.to_string(), "−1 −0.5 0 2");
        assert_eq!(CentroidList::parse(&list.to_string(), 16), Ok(list));
        assert_eq!(CentroidList(vec![-0.999_999_99, 1.5]).to_string(), "−1 1.5");
        for (text, reason) in [("1 x", "x is no number"), ("inf", "no number"), (" ", "1 to 16"), ("1 2 3", "1 to 2")] {
            let most = if text == "1 2 3" { 2 } else { 16 };
            assert!(CentroidList::parse(text, most).unwrap_err().contains(reason), "{text}");
        }
    }

    #[test]
    fn the_curve_has_one_point_a_half_step_and_never_climbs() {
        let course = lecture(Init::Forgy, 3);
        let curve = curve(&course);
        assert_eq!(curve.len(), course.moments.len() - 1);
        assert!(curve.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 >= pair[1].1));
        let trails = trails(&course);
        assert_eq!(trails.len(), 4);
        assert_eq!(trails[0].len(), course.moments.iter().filter(|m| m.phase != Phase::Assigned).count());
    }
}
