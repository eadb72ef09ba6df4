//! Numbers in the cells of a matrix: all with the same decimals, and no more than they have.

use super::format;

/// Most decimals in a cell.
const MOST: usize = 4;

/// The fewest decimals that show every one of these weights as it is, up to four; two at least, as on the slides.
pub fn decimals(values: &[f32]) -> usize {
    let as_it_is = |value: f32, decimals: usize| format!("{value:.decimals$}").parse() == Ok(value);
    (2..MOST)
        .find(|&decimals| values.iter().filter(|value| value.is_finite()).all(|&value| as_it_is(value, decimals)))
        .unwrap_or(MOST)
}

/// A number in a cell: `2.09`, `−0.14`, and `0` for what rounds to it.
pub fn cell(value: f64, decimals: usize) -> String {
    let text = format::fixed(value, decimals);
    if text.bytes().any(|byte| matches!(byte, b'1'..=b'9')) || !value.is_finite() { text } else { "0".to_owned() }
}

/// An SSE as the lecture gives it: four decimals; three significant digits where that would be less.
pub fn sse(value: f64) -> String {
    if value >= 5e-3 || value == 0.0 { format::fixed(value, 4) } else { format::significant(value, 3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_has_the_decimals_of_its_weights() {
        assert_eq!(decimals(&[2.09, -0.98, 0.0, 1.5]), 2);
        assert_eq!(decimals(&[-0.3747, 0.0874]), 4);
        assert_eq!(decimals(&[0.123_456]), 4);
        assert_eq!(decimals(&[f32::NAN, 1.0]), 2);
    }

    #[test]
    fn cells_read_as_on_the_slide() {
        for (value, text) in [(2.09, "2.09"), (-0.14, "−0.14"), (0.0, "0"), (-0.001, "0"), (1.5, "1.50")] {
            assert_eq!(cell(value, 2), text);
        }
        assert_eq!(cell(f64::NAN, 2), "NaN");
        for (value, text) in [(0.093_2, "0.0932"), (22.327_6, "22.3276"), (0.521_8, "0.5218"), (1.234e-5, "1.23e−5")]
        {
            assert_eq!(sse(value), text);
        }
    }
}
