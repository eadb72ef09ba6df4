//! Fine-tuning a codebook: gradients of weights that share a centroid are reduced to one, and the centroid takes the step
//! (Han et al. 2016, section 3.3; slides 29 and 30). Which centroid a weight has stays as it is.

/// How the gradients of a centroid's weights become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduce {
    /// Their sum, ∂L/∂C_k = Σ ∂L/∂W_ij · 1(I_ij = k): the chain rule (equation 3 of the paper).
    #[default]
    Sum,
    /// Their mean: a step that does not grow with the number of weights.
    Mean,
}

impl Reduce {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Sum, Self::Mean];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Mean => "mean",
        }
    }
}

/// What happens to one centroid.
#[derive(Clone, Debug, PartialEq)]
pub struct CentroidStep {
    /// Its index.
    pub code: u16,
    /// Where it was.
    pub before: f64,
    /// The weights that share it, as positions in the tensor, each with its gradient; in order.
    pub members: Vec<(usize, f64)>,
    /// Their gradients as one; 0 without members.
    pub reduced: f64,
    /// learning rate × reduced gradient: what is subtracted. 0 where the centroid is pinned.
    pub step: f64,
    /// before − step.
    pub after: f64,
    /// Whether it is held in its place.
    pub pinned: bool,
}

/// One step for every centroid of a codebook, in the order of the codes.
///
/// `codes` and `gradients` are one for each weight; what either lacks is left out, as is a code beyond the codebook. `pinned` is a centroid
/// that stays, as the 0 of pruned weights does.
pub fn step(
    codes: &[u16],
    centroids: &[f64],
    gradients: &[f64],
    rate: f64,
    reduce: Reduce,
    pinned: Option<u16>,
) -> Vec<CentroidStep> {
    let mut members = vec![Vec::new(); centroids.len()];
    for (index, (&code, &gradient)) in codes.iter().zip(gradients).enumerate() {
        if let Some(members) = members.get_mut(usize::from(code)) {
            members.push((index, gradient));
        }
    }
    let mut steps = Vec::with_capacity(centroids.len());
    for (code, (&before, members)) in centroids.iter().zip(members).enumerate() {
        let sum: f64 = members.iter().map(|(_, gradient)| gradient).sum();
        let reduced = match reduce {
            Reduce::Sum => sum,
            Reduce::Mean => sum / members.len().max(1) as f64,
        };
        let code = code as u16;
        let pinned = pinned == Some(code);
        let step = if pinned { 0.0 } else { rate * reduced };
        steps.push(CentroidStep { code, before, members, reduced, step, after: before - step, pinned });
    }
    steps
}

/// The reduced gradients alone, one for each centroid: the step of [`step`] without its record, for whole tensors.
pub fn reduced_gradients(
    codes: impl Iterator<Item = u16>,
    centroids: usize,
    gradients: &[f32],
    reduce: Reduce,
) -> Vec<f64> {
    let mut sums = vec![(0.0_f64, 0_u64); centroids];
    for (code, &gradient) in codes.zip(gradients) {
        if let Some((sum, count)) = sums.get_mut(usize::from(code)) {
            *sum += f64::from(gradient);
            *count += 1;
        }
    }
    let one = |(sum, count): (f64, u64)| match reduce {
        Reduce::Sum => sum,
        Reduce::Mean => sum / count.max(1) as f64,
    };
    sums.into_iter().map(one).collect()
}

/// The gradient matrix of slide 30.
pub const LECTURE_GRADIENTS: [f64; 16] =
    [-0.03, -0.01, 0.03, 0.02, -0.01, 0.01, -0.02, 0.12, -0.01, 0.02, 0.04, 0.01, -0.07, -0.02, 0.01, -0.02];

#[cfg(test)]
mod tests {
    use super::*;

    /// The index matrix of slide 28.
    const CODES: [u16; 16] = [3, 0, 2, 1, 1, 1, 0, 3, 0, 3, 1, 0, 3, 1, 2, 2];
    const CENTROIDS: [f64; 4] = [-1.0, 0.0, 1.5, 2.0];

    fn close(found: impl Iterator<Item = f64>, expected: [f64; 4]) {
        let found: Vec<f64> = found.collect();
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{found:?}");
    }

    #[test]
    fn the_lectures_centroids_move() {
        let steps = step(&CODES, &CENTROIDS, &LECTURE_GRADIENTS, 1.0, Reduce::Sum, None);
        close(steps.iter().map(|step| step.reduced), [-0.03, 0.04, 0.02, 0.04]);
        close(steps.iter().map(|step| step.after), [-0.97, -0.04, 1.48, 1.96]);
        let blue: Vec<f64> = steps[3].members.iter().map(|(_, gradient)| *gradient).collect();
        assert_eq!(blue, [-0.03, 0.12, 0.02, -0.07]);
        assert_eq!(steps[1].members.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [3, 4, 5, 10, 13]);
    }

    #[test]
    fn the_mean_is_the_smaller_step() {
        let steps = step(&CODES, &CENTROIDS, &LECTURE_GRADIENTS, 1.0, Reduce::Mean, None);
        close(steps.iter().map(|step| step.reduced), [-0.0075, 0.008, 0.02 / 3.0, 0.01]);
        let gradients = LECTURE_GRADIENTS.map(|gradient| gradient as f32);
        let bulk = reduced_gradients(CODES.into_iter(), 4, &gradients, Reduce::Mean);
        assert!(bulk.iter().zip(&steps).all(|(bulk, step)| (bulk - step.reduced).abs() < 1e-8));
    }

    #[test]
    fn a_pinned_centroid_and_one_without_weights_stay() {
        let steps = step(&CODES, &[-1.0, 0.0, 1.5, 2.0, 9.0], &LECTURE_GRADIENTS, 0.5, Reduce::Mean, Some(1));
        assert_eq!((steps[1].after, steps[1].pinned, steps[4].after), (0.0, true, 9.0));
        assert!((steps[1].reduced - 0.008).abs() < 1e-12, "the gradient is there, the step is not");
    }
}
