//! Section I: why fewer bits.

use super::{Example, page};

pub const ROWS: &[Example] = &[
    page(
        "Energy at 8 bits",
        "The 45 nm table: from float32 to int8 an addition costs 30 times less, and DRAM dwarfs both",
        "why",
        |setup| setup.why.bits = 8,
    ),
    page("Energy at 4 bits", "Additions fall with the width, multiplications with its square", "why", |setup| {
        setup.why.bits = 4;
    }),
];
