//! Drawn digits: a labelled data set made in code, so that accuracy can be measured without any file.
//!
//! A digit is a few strokes in the unit square; each picture bends, turns, shears and scales them at random, draws them with a pen
//! of random width, and adds clutter and noise. As among people, most hands are careful and a few are hasty: one number a picture, with
//! a heavy tail, says how much corners are cut, ends fall short, strokes break, run into each other and bend, and how often the next
//! digit of the sheet reaches in. So most digits are easy, and a good convolutional network still errs on nearly one in a hundred.
//! Picture `i` of a split depends on seed, split and `i` alone.

mod glyphs;
mod hand;
mod render;

use rayon::prelude::*;

use self::hand::Hand;
use super::data::Dataset;
use crate::engine::rng::Rng;

/// Height and width of a picture.
pub const SIZE: usize = 28;

/// Which pictures of a seed: the splits draw from different sequences and never share a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// For training.
    Train,
    /// For measuring.
    Test,
}

/// The first `count` pictures of a split, classes in turn.
pub fn draw(split: Split, seed: u64, count: usize) -> Dataset {
    let name = match split {
        Split::Train => "drawn digits, train",
        Split::Test => "drawn digits, test",
    };
    let label = |index: usize| (index % 10) as u16;
    let pixels: Vec<u8> = (0..count)
        .into_par_iter()
        .flat_map_iter(|index| picture(label(index), &mut stream(split, seed, index)))
        .collect();
    Dataset {
        name: name.to_owned(),
        shape: [1, SIZE, SIZE],
        pixels: pixels.into(),
        labels: (0..count).map(label).collect(),
        classes: (0..10).map(|digit| digit.to_string()).collect(),
    }
}

/// The random numbers of one picture.
fn stream(split: Split, seed: u64, index: usize) -> Rng {
    let split = match split {
        Split::Train => 0x7261_696E,
        Split::Test => 0x7465_7374,
    };
    let mut mix = Rng::new(seed ^ (split << 32));
    let start = mix.bits();
    Rng::new(start ^ Rng::new(index as u64).bits())
}

/// One picture of a digit.
fn picture(digit: u16, rng: &mut Rng) -> Vec<u8> {
    let hand = Hand::new(rng);
    let strokes = hand.write(glyphs::strokes(digit, rng), rng);
    // What stands beside it on the sheet now and then reaches into the picture.
    let beside = (rng.uniform() < 0.04 * hand.haste).then(|| glyphs::strokes(rng.below(10) as u16, rng));
    render::render(strokes, beside, hand.haste, rng)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_picture_depends_on_seed_split_and_place_alone() {
        let long = draw(Split::Train, 1, 40);
        assert_eq!(long.first(20).pixels, draw(Split::Train, 1, 20).pixels);
        assert_ne!(long.pixels, draw(Split::Train, 2, 40).pixels);
        assert_eq!(long.labels[..12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    }

    #[test]
    fn the_splits_share_no_picture() {
        let (train, test) = (draw(Split::Train, 0, 3000), draw(Split::Test, 0, 3000));
        let seen: HashSet<&[u8]> = (0..train.len()).map(|index| train.picture(index)).collect();
        assert_eq!(seen.len(), train.len(), "no picture twice");
        assert!((0..test.len()).all(|index| !seen.contains(test.picture(index))));
    }

    #[test]
    fn every_picture_has_ink_and_paper() {
        let data = draw(Split::Test, 3, 500);
        for index in 0..data.len() {
            let picture = data.picture(index);
            let dark = picture.iter().filter(|pixel| **pixel < 80).count();
            let bright = picture.iter().filter(|pixel| **pixel > 120).count();
            assert!(dark > 300 && bright > 12, "picture {index}: {dark} dark, {bright} bright");
        }
    }
}
