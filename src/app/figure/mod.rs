//! Pictures that leave the program: what was painted on screen as SVG, a part of the window as PNG, and the files they go to.

pub mod files;
pub mod png;
pub mod svg;
