//! Signals and pictures: what the lecture quantizes first, because eyes and ears judge the error.

pub mod picture;
pub mod signal;
