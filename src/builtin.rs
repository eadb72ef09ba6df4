//! The networks that come with the program, trained by `quantscope train` from seed 0 on drawn digits.

use crate::engine::network::{Description, Network};
use crate::io;

/// One built-in network.
struct Row {
    name: &'static str,
    bytes: &'static [u8],
}

const ROWS: &[Row] = &[
    Row { name: "lenet-300-100", bytes: include_bytes!("../assets/networks/lenet-300-100.safetensors") },
    Row { name: "lenet-5", bytes: include_bytes!("../assets/networks/lenet-5.safetensors") },
];

/// The names of all built-in networks.
pub fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}

/// A built-in network by its name.
///
/// # Errors
/// A name that there is not, with those that there are.
pub fn network(name: &str) -> Result<(Network, Description), String> {
    let row = ROWS.iter().find(|row| row.name == name).ok_or_else(|| {
        let names: Vec<&str> = names().collect();
        format!("builtin:{name}: there is no such network; expected one of {}", names.join(", "))
    })?;
    io::open_network_bytes(row.name, row.bytes.to_vec()).map_err(|error| error.to_string())
}
