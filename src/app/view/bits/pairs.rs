//! Accuracy at every pair of widths, of weights and of activations.

use super::super::format;
use super::super::grid::{Cell as GridCell, Grid};
use super::percent;
use crate::engine::network::quantized::WidthCell;

/// Widths of rows and columns, from many bits to few; `None` is float32.
pub const WIDTHS: [Option<u32>; 9] = [None, Some(8), Some(7), Some(6), Some(5), Some(4), Some(3), Some(2), Some(1)];

/// Bits of weights by bits of activations, as far as they are measured; `float` is the accuracy of the network in float32.
pub fn grid(cells: &[WidthCell], float: f64) -> Grid {
    let name = |bits: &Option<u32>| bits.map_or("float32".to_owned(), |bits| bits.to_string());
    let of = |weights: Option<u32>, activations: Option<u32>| {
        let is_it = |cell: &&WidthCell| cell.weight_bits == weights && cell.activation_bits == activations;
        cells.iter().find(is_it)
    };
    let entry = |weights: Option<u32>, activations: Option<u32>| {
        let accuracy = of(weights, activations)?.evaluation.accuracy()?;
        let lost = 100.0 * (float - accuracy);
        let words = format!(
            "weights {}, activations {}: {} right, {}",
            words(weights),
            words(activations),
            percent(accuracy),
            match lost {
                lost if lost > 0.0 => format!("{} points lost", format::fixed(lost, 2)),
                lost if lost < 0.0 => format!("{} points won", format::fixed(-lost, 2)),
                _ => "no point lost".to_owned(),
            }
        );
        // The root lets a lost point show beside fifty.
        let share = (lost / 60.0).clamp(0.0, 1.0).sqrt() as f32;
        Some(GridCell { value: lost, text: format::fixed(100.0 * accuracy, 1), share, words })
    };
    let cells = WIDTHS.iter().flat_map(|weights| WIDTHS.iter().map(move |activations| (*weights, *activations)));
    Grid {
        title: "Accuracy by bits of weights and activations".to_owned(),
        unit: "right, %; darker is nearer to float32".to_owned(),
        row_name: "weight bits".to_owned(),
        column_name: "activation bits".to_owned(),
        cells: cells.map(|(weights, activations)| entry(weights, activations)).collect(),
        rows: WIDTHS.iter().map(name).collect(),
        columns: WIDTHS.iter().map(name).collect(),
        marked: Vec::new(),
    }
}

/// `in 4 bits`, `in float32`.
fn words(bits: Option<u32>) -> String {
    match bits {
        None => "in float32".to_owned(),
        Some(1) => "in 1 bit".to_owned(),
        Some(bits) => format!("in {bits} bits"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::network::Evaluation;

    #[test]
    fn pairs_lie_where_their_widths_are() {
        let cell = |weight_bits, activation_bits, right: usize| {
            let answers = (0..10).map(|place| u16::from(place >= right)).collect();
            WidthCell { weight_bits, activation_bits, evaluation: Evaluation::new(answers, &[0; 10]) }
        };
        let grid = grid(&[cell(None, None, 10), cell(Some(2), Some(8), 4)], 1.0);
        assert_eq!((grid.rows.len(), grid.columns.len(), grid.cells.iter().flatten().count()), (9, 9, 2));
        assert_eq!(grid.cell(0).unwrap().share, 0.0);
        let found = grid.cell(7 * 9 + 1).unwrap();
        assert_eq!(found.words, "weights in 2 bits, activations in 8 bits: 40.00 % right, 60.00 points lost");
        assert_eq!((found.text.as_str(), found.share), ("40.0", 1.0));
    }
}
