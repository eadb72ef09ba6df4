//! What comes with the program: networks, trained by `quantscope train` from seed 0 on drawn digits, and a picture, drawn by
//! `assets/draw_picture.rs`.

use crate::engine::media::picture::Picture;
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
    Row { name: "vgg-small", bytes: include_bytes!("../assets/networks/vgg-small.safetensors") },
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

/// The built-in picture's name.
pub const PICTURE: &str = "picture";

/// The built-in picture.
///
/// # Errors
/// Where the program's own file is damaged.
pub fn picture() -> Result<Picture, String> {
    let bytes = include_bytes!("../assets/picture.png").to_vec();
    let model = io::open_bytes("picture.png", bytes).map_err(|error| error.to_string())?;
    Picture::of_model(&model).ok_or("picture.png: no picture")?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::media::picture::card;
    use crate::engine::network::digits::{Split, draw};
    use crate::engine::network::evaluate;
    use crate::engine::network::quantized::{IntegerNetwork, IntegerScheme, Prepared};

    #[test]
    fn networks_are_as_right_as_recorded_and_integers_keep_up() {
        // Right answers in float32 to the first 400 drawn digits of the test split.
        let data = draw(Split::Test, 0, 400);
        for (name, right) in [("lenet-300-100", 387), ("lenet-5", 393), ("vgg-small", 395)] {
            let (network, description) = network(name).unwrap();
            let float = evaluate(&network, &data, description.normalization, &Silent).unwrap().unwrap();
            // Another machine's last bits may move a picture that lies on the edge.
            assert!(float.correct.abs_diff(right) <= 1, "{name}: {}", float.correct);
            let ranges = draw(Split::Train, 0, 64);
            let prepared = Prepared::new(&network, description.normalization, &ranges, &Silent).unwrap();
            let integer = IntegerNetwork::new(&prepared, &IntegerScheme::default(), &Silent).unwrap();
            let answers = integer.evaluate(&data, &Silent).unwrap();
            assert!(answers.correct.abs_diff(float.correct) <= 4, "{name}: {} in integers", answers.correct);
        }
    }

    #[test]
    fn the_picture_is_what_the_code_draws() {
        let (kept, drawn) = (picture().unwrap(), card::draw());
        assert_eq!((kept.width, kept.height), (drawn.width, drawn.height));
        // Another machine's sine may differ in its last bit.
        let near = |(a, b): (&[u8; 3], &[u8; 3])| a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 1);
        let same = kept.pixels.iter().zip(&drawn.pixels).filter(|&pair| near(pair)).count();
        assert!(same >= kept.pixels.len() - 50, "{same}");
    }
}
