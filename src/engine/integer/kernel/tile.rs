//! The innermost loops: one tile of sums, in three versions that return the same bits.

use super::{COLS, ROWS};

/// The sums of a tile, row by row.
pub(super) type Tile<T> = [T; ROWS * COLS];

/// Which version this processor runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// AVX-512 with VNNI: four products and their sum in one instruction.
    Vnni,
    /// AVX2 and FMA.
    Avx2,
    /// Plain Rust.
    Scalar,
}

impl Version {
    /// The fastest that this processor has.
    pub fn best() -> Self {
        Self::available()[0]
    }

    /// All that this processor has, the fastest first.
    pub fn available() -> Vec<Self> {
        let mut versions = vec![Self::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") {
                versions.insert(0, Self::Avx2);
            }
            if has!("avx512f") && has!("avx512bw") && has!("avx512vnni") {
                versions.insert(0, Self::Vnni);
            }
        }
        versions
    }
}

/// Σ a · b of bytes, four along the inner dimension at a step: panels are \[steps\]\[ROWS\] and \[steps\]\[COLS\]. Sums wrap modulo 2³²: the
/// caller sees to it that the final ones fit.
///
/// # Panics
/// If a panel is no whole number of steps, or they differ in depth.
pub(super) fn bytes(version: Version, a: &[[i8; 4]], b: &[[u8; 4]], tile: &mut Tile<i32>) {
    let groups = a.len() / ROWS;
    assert!(a.len() == groups * ROWS && b.len() == groups * COLS, "panels of {} and {}", a.len(), b.len());
    let (a, b) = (a.as_flattened(), b.as_flattened());
    match version {
        // SAFETY: the version was found by asking the processor, and the panels have been measured.
        #[cfg(target_arch = "x86_64")]
        Version::Vnni => unsafe { x86::bytes_vnni(groups, a, b, tile) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Version::Avx2 => unsafe { x86::bytes_avx2(groups, a, b, tile) },
        _ => bytes_scalar(a, b, tile),
    }
}

fn bytes_scalar(a: &[i8], b: &[u8], tile: &mut Tile<i32>) {
    tile.fill(0);
    for (a, b) in a.as_chunks::<{ 4 * ROWS }>().0.iter().zip(b.as_chunks::<{ 4 * COLS }>().0) {
        for (row, sums) in tile.as_chunks_mut::<COLS>().0.iter_mut().enumerate() {
            for (col, sum) in sums.iter_mut().enumerate() {
                for k in 0..4 {
                    *sum = sum.wrapping_add(i32::from(a[4 * row + k]) * i32::from(b[4 * col + k]));
                }
            }
        }
    }
}

/// Σ a · b of floats, fused, from the first inner index to the last. Panels are \[depth\]\[ROWS\] and \[depth\]\[COLS\].
///
/// # Panics
/// If a panel is no whole number of steps, or they differ in depth.
pub(super) fn floats(version: Version, a: &[f32], b: &[f32], tile: &mut Tile<f32>) {
    let depth = a.len() / ROWS;
    assert!(a.len() == depth * ROWS && b.len() == depth * COLS, "panels of {} and {}", a.len(), b.len());
    match version {
        // SAFETY: the version was found by asking the processor, and the panels have been measured.
        #[cfg(target_arch = "x86_64")]
        Version::Vnni => unsafe { x86::floats_avx512(depth, a, b, tile) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Version::Avx2 => unsafe { x86::floats_avx2(depth, a, b, tile) },
        _ => floats_scalar(a, b, tile),
    }
}

fn floats_scalar(a: &[f32], b: &[f32], tile: &mut Tile<f32>) {
    tile.fill(0.0);
    for (a, b) in a.as_chunks::<ROWS>().0.iter().zip(b.as_chunks::<COLS>().0) {
        for (sums, &a) in tile.as_chunks_mut::<COLS>().0.iter_mut().zip(a) {
            for (sum, &b) in sums.iter_mut().zip(b) {
                *sum = a.mul_add(b, *sum);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{COLS, ROWS, Tile};

    /// Registers of 16 sums beside each other.
    const WIDE: usize = COLS / 16;

    /// # Safety
    /// The processor has AVX-512F, BW and VNNI; `a` has 4 · ROWS · groups bytes, `b` 4 · COLS · groups.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub unsafe fn bytes_vnni(groups: usize, a: &[i8], b: &[u8], tile: &mut Tile<i32>) {
        let mut sums = [[_mm512_setzero_si512(); WIDE]; ROWS];
        let (mut a, mut b) = (a.as_ptr(), b.as_ptr());
        for _ in 0..groups {
            // SAFETY: the caller's promise: a group is left in both panels.
            unsafe {
                let columns: [__m512i; WIDE] = std::array::from_fn(|wide| _mm512_loadu_si512(b.add(64 * wide).cast()));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let weight = _mm512_set1_epi32(a.add(4 * row).cast::<i32>().read_unaligned());
                    for wide in 0..WIDE {
                        sums[wide] = _mm512_dpbusd_epi32(sums[wide], columns[wide], weight);
                    }
                }
                a = a.add(4 * ROWS);
                b = b.add(4 * COLS);
            }
        }
        for (sums, out) in sums.iter().zip(tile.as_chunks_mut::<COLS>().0) {
            for (wide, sum) in sums.iter().enumerate() {
                // SAFETY: 16 sums from 16 · wide on are within the row's COLS.
                unsafe { _mm512_storeu_si512(out.as_mut_ptr().add(16 * wide).cast(), *sum) };
            }
        }
    }

    /// # Safety
    /// The processor has AVX2; `a` has 4 · ROWS · groups bytes, `b` 4 · COLS · groups.
    #[target_feature(enable = "avx2")]
    pub unsafe fn bytes_avx2(groups: usize, a: &[i8], b: &[u8], tile: &mut Tile<i32>) {
        // Four rows and sixteen columns at a time fill the sixteen registers.
        for top in (0..ROWS).step_by(4) {
            for left in (0..COLS).step_by(16) {
                let mut sums = [[_mm256_setzero_si256(); 2]; 4];
                for group in 0..groups {
                    // SAFETY: the caller's promise: both panels have this group.
                    unsafe {
                        let columns = b.as_ptr().add(4 * (group * COLS + left));
                        let low_byte = _mm256_set1_epi16(0xFF);
                        let columns: [__m256i; 2] =
                            std::array::from_fn(|half| _mm256_loadu_si256(columns.add(32 * half).cast()));
                        // Bytes 0 and 2 of a group, and 1 and 3: as 16-bit numbers their products and pairs are exact.
                        let even = columns.map(|bytes| _mm256_and_si256(bytes, low_byte));
                        let odd = columns.map(|bytes| _mm256_srli_epi16::<8>(bytes));
                        for (row, sums) in sums.iter_mut().enumerate() {
                            let weight = a.as_ptr().add(4 * (group * ROWS + top + row)).cast::<i32>().read_unaligned();
                            let weight = _mm256_set1_epi32(weight);
                            let weight_even = _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(weight));
                            let weight_odd = _mm256_srai_epi16::<8>(weight);
                            for half in 0..2 {
                                let pairs = _mm256_add_epi32(
                                    _mm256_madd_epi16(even[half], weight_even),
                                    _mm256_madd_epi16(odd[half], weight_odd),
                                );
                                sums[half] = _mm256_add_epi32(sums[half], pairs);
                            }
                        }
                    }
                }
                for (row, sums) in sums.iter().enumerate() {
                    for (half, sum) in sums.iter().enumerate() {
                        let place = (top + row) * COLS + left + 8 * half;
                        // SAFETY: eight sums from there on are within the tile.
                        unsafe { _mm256_storeu_si256(tile.as_mut_ptr().add(place).cast(), *sum) };
                    }
                }
            }
        }
    }

    /// # Safety
    /// The processor has AVX-512F; `a` has ROWS · depth floats, `b` COLS · depth.
    #[target_feature(enable = "avx512f")]
    pub unsafe fn floats_avx512(depth: usize, a: &[f32], b: &[f32], tile: &mut Tile<f32>) {
        let mut sums = [[_mm512_setzero_ps(); WIDE]; ROWS];
        let (mut a, mut b) = (a.as_ptr(), b.as_ptr());
        for _ in 0..depth {
            // SAFETY: the caller's promise: a step is left in both panels.
            unsafe {
                let columns: [__m512; WIDE] = std::array::from_fn(|wide| _mm512_loadu_ps(b.add(16 * wide)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let weight = _mm512_set1_ps(*a.add(row));
                    for wide in 0..WIDE {
                        sums[wide] = _mm512_fmadd_ps(weight, columns[wide], sums[wide]);
                    }
                }
                a = a.add(ROWS);
                b = b.add(COLS);
            }
        }
        for (sums, out) in sums.iter().zip(tile.as_chunks_mut::<COLS>().0) {
            for (wide, sum) in sums.iter().enumerate() {
                // SAFETY: 16 sums from 16 · wide on are within the row's COLS.
                unsafe { _mm512_storeu_ps(out.as_mut_ptr().add(16 * wide), *sum) };
            }
        }
    }

    /// # Safety
    /// The processor has AVX2 and FMA; `a` has ROWS · depth floats, `b` COLS · depth.
    #[target_feature(enable = "avx2,fma")]
    pub unsafe fn floats_avx2(depth: usize, a: &[f32], b: &[f32], tile: &mut Tile<f32>) {
        for top in (0..ROWS).step_by(4) {
            for left in (0..COLS).step_by(24) {
                let mut sums = [[_mm256_setzero_ps(); 3]; 4];
                for k in 0..depth {
                    // SAFETY: the caller's promise: both panels have this step.
                    unsafe {
                        let columns = b.as_ptr().add(k * COLS + left);
                        let columns: [__m256; 3] = std::array::from_fn(|part| _mm256_loadu_ps(columns.add(8 * part)));
                        for (row, sums) in sums.iter_mut().enumerate() {
                            let weight = _mm256_set1_ps(*a.as_ptr().add(k * ROWS + top + row));
                            for part in 0..3 {
                                sums[part] = _mm256_fmadd_ps(weight, columns[part], sums[part]);
                            }
                        }
                    }
                }
                for (row, sums) in sums.iter().enumerate() {
                    for (part, sum) in sums.iter().enumerate() {
                        let place = (top + row) * COLS + left + 8 * part;
                        // SAFETY: eight sums from there on are within the tile.
                        unsafe { _mm256_storeu_ps(tile.as_mut_ptr().add(place), *sum) };
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn all_versions_give_the_same_bits() {
        let mut rng = Rng::new(6);
        for depth in [4, 8, 60, 512] {
            // The extremes too: 255 · −128 in every place overflows the 16-bit sums of a careless kernel.
            for extreme in [false, true] {
                let mut byte = |end: u8| if extreme { end } else { rng.bits() as u8 };
                let a: Vec<i8> = (0..depth * ROWS).map(|_| byte(128) as i8).collect();
                let b: Vec<u8> = (0..depth * COLS).map(|_| byte(255)).collect();
                let mut expected = [0; ROWS * COLS];
                bytes_scalar(&a, &b, &mut expected);
                for version in Version::available() {
                    let mut tile = [1; ROWS * COLS];
                    bytes(version, a.as_chunks().0, b.as_chunks().0, &mut tile);
                    assert_eq!(tile, expected, "{version:?}, depth {depth}");
                }
            }
            let a: Vec<f32> = (0..depth * ROWS).map(|_| rng.normal() as f32).collect();
            let b: Vec<f32> = (0..depth * COLS).map(|_| rng.normal() as f32).collect();
            let mut expected = [0.0; ROWS * COLS];
            floats_scalar(&a, &b, &mut expected);
            for version in Version::available() {
                let mut tile = [1.0; ROWS * COLS];
                floats(version, &a, &b, &mut tile);
                assert_eq!(tile.map(f32::to_bits), expected.map(f32::to_bits), "{version:?}, depth {depth}");
            }
        }
    }
}
