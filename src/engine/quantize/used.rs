//! Which codes occur, and how many values that makes.

use super::Decoder;
use super::encode::Code;

/// Which codes occur, a bit each.
#[derive(Clone)]
pub(super) struct Used {
    bits: Vec<u64>,
    /// A run of codes that have all occurred; most codes lie in it, and only others need a look one by one.
    run: Option<(usize, usize)>,
}

impl Used {
    /// None of the codes of a width.
    pub fn none<C: Code>() -> Self {
        Self { bits: vec![0; (1 << C::BITS) / 64], run: None }
    }

    fn has(&self, code: usize) -> bool {
        self.bits[code / 64] >> (code % 64) & 1 == 1
    }

    /// Forgets all codes.
    pub fn clear(&mut self) {
        self.bits.fill(0);
        self.run = None;
    }

    /// Marks codes.
    pub fn add<C: Code>(&mut self, codes: &[C]) {
        if self.run == Some((0, self.bits.len() * 64 - 1)) {
            return;
        }
        for piece in codes.chunks(64) {
            let (first, last) = self.run.unwrap_or((piece[0].index(), piece[0].index()));
            if C::any_outside(piece, first, last) || self.run.is_none() {
                for code in piece {
                    self.bits[code.index() / 64] |= 1 << (code.index() % 64);
                }
                self.run = Some(self.widened(first, last));
            }
        }
    }

    fn widened(&self, mut first: usize, mut last: usize) -> (usize, usize) {
        while first > 0 && self.has(first - 1) {
            first -= 1;
        }
        while last + 1 < self.bits.len() * 64 && self.has(last + 1) {
            last += 1;
        }
        (first, last)
    }

    /// Marks what another part of the tensor has.
    pub fn merge(&mut self, other: &Self) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(used, more)| *used |= more);
        self.run = self.run.or(other.run).map(|(first, last)| self.widened(first, last));
    }

    /// The finite values of the codes, with +0 for both zeros; values occur twice where codes share them.
    pub fn values<'a>(&'a self, decoder: &'a Decoder, group: usize) -> impl Iterator<Item = f32> + 'a {
        let codes =
            self.bits.iter().enumerate().flat_map(|(word, &bits)| {
                (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit)
            });
        codes.map(move |code| decoder.value(group, code as u16) + 0.0).filter(|value| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn every_code_is_found_however_late_it_comes() {
        let mut rng = Rng::new(1);
        let mut codes: Vec<u8> = (0..5000).map(|_| (100.0 + 9.0 * rng.normal()) as u8).collect();
        codes[4990] = 255;
        codes[4991] = 0;
        let decoder = Decoder::Affine {
            scale: vec![1.0],
            zero_point: Vec::new(),
            code_min: 0,
            code_max: 255,
            stored: Default::default(),
        };
        let (mut all, mut second) = (Used::none::<u8>(), Used::none::<u8>());
        all.add(&codes[..3000]);
        second.add(&codes[3000..]);
        all.merge(&second);
        let mut expected: Vec<f32> = codes.iter().map(|&code| f32::from(code)).collect();
        expected.sort_unstable_by(f32::total_cmp);
        expected.dedup();
        assert_eq!(all.values(&decoder, 0).collect::<Vec<_>>(), expected);
    }
}
