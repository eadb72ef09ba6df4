//! The best ways to give every layer one of its choices: a multiple-choice knapsack, solved by dynamic programming over the layers.

/// One way to store a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Its size.
    pub bytes: u64,
    /// What it costs, in any unit that adds up over the layers. What is no number costs more than everything.
    pub cost: f64,
}

/// One way to store all layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// For every layer the place of its choice.
    pub choices: Vec<usize>,
    /// The sum of the sizes.
    pub bytes: u64,
    /// The sum of the costs.
    pub cost: f64,
}

/// Partial allocations that are kept after a layer. Up to so many the result is exact; beyond, the cheapest of each of so many equal
/// ranges of bytes is kept, so a size target is missed by at most (layers − 1) / `MOST` of the largest size.
const MOST: usize = 1 << 15;

/// A partial allocation.
#[derive(Clone, Copy)]
struct State {
    bytes: u64,
    cost: f64,
    /// The last layer's choice.
    choice: u32,
    /// The place of what it extends, among the states before.
    before: u32,
}

/// Every allocation that no other beats in both size and cost, from the smallest to the cheapest: sizes rise, costs fall. Empty where a
/// layer has no choice, or there is no layer.
///
/// Costs are taken to add up over layers (as the increase of the loss nearly does, while it is small). The dynamic program extends
/// the front of the first n layers by the choices of the next and keeps what is not beaten; since sizes and costs only add up, no
/// part of an unbeaten allocation is beaten itself (the principle of optimality).
pub fn front(layers: &[Vec<Choice>]) -> Vec<Allocation> {
    let mut steps: Vec<Vec<State>> = Vec::with_capacity(layers.len());
    for choices in layers {
        let start = [State { bytes: 0, cost: 0.0, choice: 0, before: 0 }];
        let before: &[State] = steps.last().map_or(&start, Vec::as_slice);
        let mut states = Vec::with_capacity(before.len() * choices.len());
        for (place, state) in before.iter().enumerate() {
            for (choice, Choice { bytes, cost }) in choices.iter().enumerate() {
                let cost = state.cost + if cost.is_nan() { f64::INFINITY } else { *cost };
                let bytes = state.bytes + bytes;
                states.push(State { bytes, cost, choice: choice as u32, before: place as u32 });
            }
        }
        steps.push(thinned(unbeaten(states)));
    }
    let Some(last) = steps.last() else { return Vec::new() };
    last.iter().map(|state| allocation(state, &steps)).collect()
}

/// The allocation of the least cost that takes at most so many bytes.
pub fn within(front: &[Allocation], bytes: u64) -> Option<&Allocation> {
    front.iter().rev().find(|allocation| allocation.bytes <= bytes)
}

/// Sorted by size, each cheaper than all that are smaller.
fn unbeaten(mut states: Vec<State>) -> Vec<State> {
    states.sort_by(|a, b| a.bytes.cmp(&b.bytes).then(a.cost.total_cmp(&b.cost)));
    let mut least: Option<f64> = None;
    states.retain(|state| {
        let better = least.is_none_or(|least| state.cost < least);
        if better {
            least = Some(state.cost);
        }
        better
    });
    states
}

/// At most [`MOST`]: of every range of bytes the cheapest, which is its last.
fn thinned(states: Vec<State>) -> Vec<State> {
    let (Some(first), Some(last)) = (states.first(), states.last()) else { return states };
    if states.len() <= MOST {
        return states;
    }
    let (low, width) = (first.bytes, (last.bytes - first.bytes).div_ceil(MOST as u64).max(1));
    let mut kept: Vec<State> = Vec::with_capacity(MOST + 1);
    for state in &states {
        let range = |state: &State| (state.bytes - low) / width;
        match kept.last_mut() {
            // The smallest of all stays: without it the tightest target could not be met.
            Some(last) if last.bytes > low && range(last) == range(state) => *last = *state,
            _ => kept.push(*state),
        }
    }
    kept
}

fn allocation(state: &State, steps: &[Vec<State>]) -> Allocation {
    let mut choices = Vec::with_capacity(steps.len());
    let mut at = *state;
    for step in (0..steps.len()).rev() {
        choices.push(at.choice as usize);
        if step > 0 {
            at = steps[step - 1][at.before as usize];
        }
    }
    choices.reverse();
    Allocation { choices, bytes: state.bytes, cost: state.cost }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every allocation there is.
    fn all(layers: &[Vec<Choice>]) -> Vec<Allocation> {
        let mut all = vec![Allocation { choices: Vec::new(), bytes: 0, cost: 0.0 }];
        for choices in layers {
            all = all
                .into_iter()
                .flat_map(|before| {
                    choices.iter().enumerate().map(move |(place, choice)| {
                        let mut choices = before.choices.clone();
                        choices.push(place);
                        Allocation { choices, bytes: before.bytes + choice.bytes, cost: before.cost + choice.cost }
                    })
                })
                .collect();
        }
        all
    }

    fn layers() -> impl Strategy<Value = Vec<Vec<Choice>>> {
        // Costs in sixteenths add up exactly, negative ones are possible: quantizing may happen to help.
        let choice = (0_u64..40, -8_i32..200).prop_map(|(bytes, cost)| Choice { bytes, cost: f64::from(cost) / 16.0 });
        prop::collection::vec(prop::collection::vec(choice, 1..5), 1..6)
    }

    proptest! {
        #[test]
        fn no_target_is_met_better_by_trying_everything(layers in layers(), limit in 0_u64..200) {
            let front = front(&layers);
            let best = all(&layers)
                .into_iter()
                .filter(|allocation| allocation.bytes <= limit)
                .min_by(|a, b| a.cost.total_cmp(&b.cost));
            let found = within(&front, limit);
            prop_assert_eq!(found.map(|found| found.cost), best.map(|best| best.cost));
        }

        #[test]
        fn the_front_rises_in_size_and_falls_in_cost_and_adds_up(layers in layers()) {
            let front = front(&layers);
            prop_assert!(!front.is_empty());
            for pair in front.windows(2) {
                prop_assert!(pair[0].bytes < pair[1].bytes && pair[0].cost > pair[1].cost);
            }
            for allocation in &front {
                let chosen = || allocation.choices.iter().zip(&layers).map(|(place, choices)| choices[*place]);
                prop_assert_eq!(chosen().map(|choice| choice.bytes).sum::<u64>(), allocation.bytes);
                prop_assert_eq!(chosen().map(|choice| choice.cost).sum::<f64>(), allocation.cost);
            }
            let least = |of: fn(&Choice) -> f64| -> f64 {
                layers.iter().map(|choices| choices.iter().map(of).fold(f64::INFINITY, f64::min)).sum()
            };
            prop_assert_eq!(front[0].bytes as f64, least(|choice| choice.bytes as f64));
            prop_assert_eq!(front[front.len() - 1].cost, least(|choice| choice.cost));
        }
    }

    #[test]
    fn what_is_no_number_is_chosen_last() {
        let choice = |bytes, cost| Choice { bytes, cost };
        let front = front(&[vec![choice(1, f64::NAN), choice(9, 2.0)], vec![choice(2, 0.5)]]);
        let found: Vec<(u64, f64)> = front.iter().map(|allocation| (allocation.bytes, allocation.cost)).collect();
        assert_eq!(found, [(3, f64::INFINITY), (11, 2.5)]);
        assert_eq!(within(&front, 10).map(|allocation| &allocation.choices), Some(&vec![0, 0]));
        assert_eq!(within(&front, 2), None);
        assert!(super::front(&[]).is_empty() && super::front(&[Vec::new()]).is_empty());
    }

    #[test]
    fn many_layers_stay_within_bounds() {
        // Sizes and costs without pattern, so that next to nothing is beaten by chance.
        let mut rng = crate::engine::rng::Rng::new(1);
        let mut layer = || -> Vec<Choice> {
            let mut cost = 1e6;
            let mut bytes = 0;
            (0..8)
                .map(|_| {
                    bytes += 1 + rng.below(1_000_003);
                    cost *= 0.2 + 0.5 * (rng.below(1000) as f64 / 1000.0);
                    Choice { bytes, cost }
                })
                .collect()
        };
        let layers: Vec<Vec<Choice>> = (0..12).map(|_| layer()).collect();
        let front = front(&layers);
        assert!(front.len() <= MOST + 1, "{}", front.len());
        let smallest: u64 = layers.iter().map(|choices| choices[0].bytes).sum();
        let cheapest: f64 = layers.iter().map(|choices| choices[7].cost).sum();
        assert_eq!(front[0].bytes, smallest);
        assert!((front[front.len() - 1].cost - cheapest).abs() < 1e-6 * cheapest);
    }
}
