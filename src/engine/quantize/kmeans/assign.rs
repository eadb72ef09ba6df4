//! Weights to the nearest centroid.

use crate::engine::measure::Tally;
#[cfg(target_arch = "x86_64")]
use crate::engine::quantize::avx2::{Ruler, SAFE, ruled, search16};
#[cfg(target_arch = "x86_64")]
use crate::engine::quantize::encode::pieces;
use crate::engine::quantize::encode::{Code, Encoder};
use crate::engine::quantize::levels::boundary;

/// Sorted centroids and the boundaries between them.
struct Group {
    centroids: Vec<f32>,
    boundaries: Vec<f32>,
    /// The level nearest to zero.
    nan: usize,
    #[cfg(target_arch = "x86_64")]
    search: Search,
}

/// Tables of the kernel that fits the number of levels.
#[cfg(target_arch = "x86_64")]
enum Search {
    Registers { boundaries: [f32; 15], levels: [f32; 16] },
    Ruled(Ruler),
    Scalar,
}

/// Assigns weights to the centroids of their group.
pub(super) struct Kernel(Vec<Group>);

impl Kernel {
    pub(super) fn new(books: &[Vec<f32>]) -> Self {
        // Tables of thousands of cells pay where many weights share them.
        let few = books.len() <= 16;
        Self(books.iter().map(|book| Group::new(book, few)).collect())
    }
}

impl Group {
    fn new(centroids: &[f32], large: bool) -> Self {
        let boundaries: Vec<f32> = centroids.windows(2).map(|pair| boundary(pair[0], pair[1])).collect();
        let nan = boundaries.partition_point(|&boundary| boundary < 0.0);
        #[cfg(target_arch = "x86_64")]
        let search = Search::new(centroids, &boundaries, large);
        Self {
            centroids: centroids.to_vec(),
            boundaries,
            nan,
            #[cfg(target_arch = "x86_64")]
            search,
        }
    }

    fn scalar<C: Code>(&self, weights: &[f32], codes: &mut [C], tally: &mut Tally) {
        for (&weight, code) in weights.iter().zip(codes) {
            let index =
                if weight.is_nan() { self.nan } else { self.boundaries.partition_point(|&boundary| boundary < weight) };
            *code = C::of(index);
            tally.add(weight, self.centroids[index]);
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Search {
    fn new(centroids: &[f32], boundaries: &[f32], large: bool) -> Self {
        fn padded<const N: usize>(values: &[f32], fill: f32) -> [f32; N] {
            std::array::from_fn(|index| values.get(index).copied().unwrap_or(fill))
        }
        let size = centroids.iter().fold(0.0_f32, |size, level| size.max(level.abs()));
        match centroids.len() {
            _ if !SAFE.contains(&size) => Self::Scalar,
            0..=16 => Self::Registers { boundaries: padded(boundaries, f32::INFINITY), levels: padded(centroids, 0.0) },
            17..=65_536 if large => Ruler::new(centroids, boundaries).map_or(Self::Scalar, Self::Ruled),
            _ => Self::Scalar,
        }
    }
}

impl Encoder for Kernel {
    fn encode<C: Code>(&self, group: usize, weights: &[f32], codes: &mut [C], tally: &mut Tally) {
        let group = &self.0[group];
        let scalar = |weights: &[f32], codes: &mut [C], tally: &mut Tally| group.scalar(weights, codes, tally);
        #[cfg(target_arch = "x86_64")]
        match &group.search {
            Search::Registers { boundaries, levels } => {
                return pieces(weights, codes, tally, scalar, |weights, codes| {
                    // SAFETY: `pieces` calls this only where there is AVX2.
                    unsafe { search16(weights, codes, boundaries, levels) }
                });
            }
            Search::Ruled(ruler) => {
                return pieces(weights, codes, tally, scalar, |weights, codes| {
                    // SAFETY: `pieces` calls this only where there is AVX2.
                    unsafe { ruled(weights, codes, ruler) }
                });
            }
            Search::Scalar => {}
        }
        scalar(weights, codes, tally);
    }
}
