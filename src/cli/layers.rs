//! Values for every layer of a network in one argument.

use super::Failure;
use crate::engine::network::Network;

/// The names of the layers with weights, in order: `ip1` of `ip1.weight`.
pub(super) fn names(network: &Network) -> Vec<&str> {
    let weights = network.parameters.iter().filter(|parameter| parameter.is_weight());
    weights.map(|parameter| parameter.name.strip_suffix(".weight").unwrap_or(&parameter.name)).collect()
}

/// Reads a value for all layers, `0.9`, or for some by name, `ip1=0.9,ip2=0.8`. `set` takes the layer's place and its value, and says whether the
/// value is one that is expected.
pub(super) fn each<T: std::str::FromStr + Copy>(
    network: &Network,
    argument: &str,
    text: &str,
    expected: &str,
    mut set: impl FnMut(usize, T) -> bool,
) -> Result<(), Failure> {
    let names = names(network);
    for part in text.split(',') {
        let (name, value) = part.split_once('=').map_or((None, part), |(name, value)| (Some(name.trim()), value));
        if let Some(name) = name.filter(|name| !names.contains(name)) {
            let known = names.join(", ");
            return Err(Failure::new(format!("{argument} {name}: there is no such layer; expected one of {known}")));
        }
        let wrong = || Failure::new(format!("{argument} {part}: expected {expected}"));
        let value: T = value.trim().parse().map_err(|_| wrong())?;
        for (place, layer) in names.iter().enumerate() {
            if name.is_none_or(|name| name == *layer) && !set(place, value) {
                return Err(wrong());
            }
        }
    }
    Ok(())
}
