//! Palettes that do not depend on the picture.

use std::sync::Arc;

use super::Rgb;

/// A given palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// The 216 colours with channels of 0, 51, … 255, safe on displays of 256 colours in the 1990s.
    WebSafe,
    /// As many greys as colours are asked for, evenly from black to white.
    Grey,
    /// From a file, by the text that names it.
    File {
        /// What a scheme's text calls it: the file's path.
        name: String,
        /// Its colours, without repetitions; 1 to 256 of them.
        colours: Arc<[Rgb]>,
    },
}

impl Fixed {
    /// Its colours; `count` is how many greys.
    pub fn colours(&self, count: usize) -> Vec<Rgb> {
        match self {
            Self::WebSafe => (0..216_u8).map(|code| [code / 36 * 51, code / 6 % 6 * 51, code % 6 * 51]).collect(),
            Self::Grey => {
                let last = count.max(2) - 1;
                (0..=last).map(|step| [((255 * step * 2 + last) / (2 * last)) as u8; 3]).collect()
            }
            Self::File { colours, .. } => colours.to_vec(),
        }
    }
}

/// Bits a channel for that many colours: the largest power of two that is not more, spread over green, red and blue in turn.
pub fn split(count: usize) -> [u32; 3] {
    let bits = count.max(2).ilog2();
    [(bits + 1) / 3, bits.div_ceil(3), bits / 3]
}

/// The colours of a uniform quantizer with so many bits a channel: 2^bits values evenly from 0 to 255; a channel of no bits is 128.
pub fn uniform(bits: [u32; 3]) -> Vec<Rgb> {
    let levels = bits.map(levels);
    let mut colours = Vec::new();
    for &red in &levels[0] {
        for &green in &levels[1] {
            colours.extend(levels[2].iter().map(|&blue| [red, green, blue]));
        }
    }
    colours
}

fn levels(bits: u32) -> Vec<u8> {
    if bits == 0 {
        return vec![128];
    }
    let last = (1_u32 << bits) - 1;
    (0..=last).map(|step| ((255 * step * 2 + last) / (2 * last)) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_palettes_are_what_they_are_called() {
        let web = Fixed::WebSafe.colours(0);
        assert_eq!((web.len(), web[0], web[215], web[7]), (216, [0; 3], [255; 3], [0, 51, 51]));
        assert_eq!(Fixed::Grey.colours(4), [[0; 3], [85; 3], [170; 3], [255; 3]]);
        assert_eq!(Fixed::Grey.colours(2), [[0; 3], [255; 3]]);
        assert_eq!(uniform([3, 3, 2]).len(), 256);
        assert_eq!(uniform([1, 0, 1]), [[0, 128, 0], [0, 128, 255], [255, 128, 0], [255, 128, 255]]);
        let cases =
            [(2, [0, 1, 0]), (4, [1, 1, 0]), (8, [1, 1, 1]), (16, [1, 2, 1]), (255, [2, 3, 2]), (256, [3, 3, 2])];
        for (count, bits) in cases {
            assert_eq!(split(count), bits, "{count}");
            assert!(1 << bits.iter().sum::<u32>() <= count);
        }
        assert_eq!(split(4096), [4, 4, 4]);
    }
}
