//! Networks that differ in their weights alone, on the same pictures: what they have in common is computed once.

use super::data::{Dataset, DatasetError, Normalization};
use super::evaluate::{Evaluation, check, check_scores, evaluate, shards, winners};
use super::graph::{Network, Node, Parameter};
use super::run::{Mode, Tape};
use crate::engine::{Cancelled, Progress, Span};

/// How many nodes all networks begin with that have the same parameters.
fn common(networks: &[&Network]) -> usize {
    let Some((first, others)) = networks.split_first() else { return 0 };
    let differs = |node: &Node| {
        let of_node = |name: &str| name.rsplit_once('.').is_some_and(|(owner, _)| owner == node.name);
        let differs = |(index, parameter): (usize, &Parameter)| {
            of_node(&parameter.name) && others.iter().any(|other| other.parameters[index].values != parameter.values)
        };
        first.parameters.iter().enumerate().any(differs)
    };
    first.nodes.iter().position(differs).unwrap_or(first.nodes.len())
}

/// Runs all pictures through networks of one architecture; every one answers as by [`evaluate`].
///
/// # Errors
/// As [`evaluate`].
pub(super) fn evaluate_siblings(
    networks: &[&Network],
    data: &Dataset,
    normalization: Normalization,
    progress: &dyn Progress,
) -> Result<Result<Vec<Evaluation>, Cancelled>, DatasetError> {
    if networks.iter().any(|network| network.is_foreign()) {
        // A graph from a file runs as a whole.
        let of = |(before, network): (usize, &&Network)| {
            let span = Span { outer: progress, before: before as u64, units: 1, total: networks.len() as u64 };
            evaluate(network, data, normalization, &span)
        };
        return networks.iter().enumerate().map(of).collect();
    }
    for network in networks {
        check(network, data)?;
    }
    let common = common(networks);
    let of = |places: &[usize]| {
        let input = data.shard(places, normalization);
        let mut tape = Tape::default();
        let answer = |network: &&Network| {
            tape.rewind(common);
            tape.go_on(network, &input, Mode::Evaluate, network.nodes.len(), |_, _| {});
            check_scores(tape.scores())?;
            Ok(winners(tape.scores()))
        };
        networks.iter().map(answer).collect::<Result<Vec<_>, String>>()
    };
    let results = match shards(data, progress, of) {
        Ok(results) => results.into_iter().collect::<Result<Vec<_>, String>>(),
        Err(cancelled) => return Ok(Err(cancelled)),
    };
    let results = results.map_err(|reason| {
        let name = networks.first().map_or("", |network| network.name.as_str());
        DatasetError(format!("{name}: {reason}"))
    })?;
    let of_one = |place: usize| results.iter().flat_map(|shard| &shard[place]).copied().collect();
    Ok(Ok((0..networks.len()).map(|place| Evaluation::new(of_one(place), &data.labels)).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::digits::{Split, draw};
    use super::super::{Layers, initialize, quantize_weights, zoo};
    use super::*;
    use crate::engine::Silent;

    #[test]
    fn every_one_answers_as_by_itself() {
        let mut network = zoo::find("lenet-5").unwrap().network().unwrap();
        initialize(&mut network, 3);
        let data = draw(Split::Test, 0, 70);
        let run = |networks: &[&Network]| {
            evaluate_siblings(networks, &data, Normalization::default(), &Silent).unwrap().unwrap()
        };
        for (layers, expected) in [(Layers::All, "conv1"), (Layers::FullyConnected, "ip1")] {
            let quantized = [1, 2, 3].map(|bits| {
                let scheme = format!("linear:bits={bits}").parse().unwrap();
                let of = |parameter: &Parameter| layers.take(parameter).then(|| Clone::clone(&scheme));
                quantize_weights(&network, of, &Silent).unwrap().network
            });
            let networks: Vec<&Network> = quantized.iter().collect();
            assert_eq!(network.nodes[common(&networks)].name, expected);
            let alone =
                |network: &Network| evaluate(network, &data, Normalization::default(), &Silent).unwrap().unwrap();
            assert_eq!(run(&networks), quantized.iter().map(alone).collect::<Vec<_>>());
        }
        assert_eq!(common(&[&network, &network]), network.nodes.len());
        let twice = run(&[&network, &network]);
        assert_eq!(twice[0], twice[1]);
        assert!(run(&[]).is_empty());
    }

    #[test]
    fn scores_that_are_no_numbers_are_told() {
        let mut network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        initialize(&mut network, 1);
        let mut broken = network.clone();
        broken.parameters[0].values[0] = f32::NAN;
        let data = draw(Split::Test, 0, 8);
        let error = evaluate_siblings(&[&network, &broken], &data, Normalization::default(), &Silent).unwrap_err();
        assert!(error.to_string().starts_with("lenet-300-100: "), "{error}");
    }
}
