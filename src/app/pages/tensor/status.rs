//! What the status bar says of the selected tensor: the inspected weight, and whether the numbers are exact.

use crate::app::session::{Freshness, Session};
use crate::app::state::UiState;
use crate::app::view::{format, inspect::Inspection};

/// The inspected weight in one line, then how the levels came about and from how many weights.
pub fn status(session: &Session, _state: &UiState) -> Vec<String> {
    let mut pieces = Vec::new();
    let Some(document) = session.document() else { return pieces };
    let key = document.key();
    let (Some(loaded), Some(analysis)) = (session.results.loaded(key), session.results.analysis(key)) else {
        return pieces;
    };
    let columns = document.selected().map_or(1, |tensor| tensor.matrix_shape().1).max(1);
    let (row, column) = (document.weight / columns, document.weight % columns);
    let quantized = analysis.quantized.as_ref();
    let current = session.freshness() == Freshness::Current;
    let weight = quantized
        .filter(|_| current)
        .and_then(|quantized| Inspection::new(&loaded.values, quantized, columns, row, column));
    pieces.extend(weight.map(|weight| weight.line()));
    let weights = format::count(loaded.values.len() as u64);
    pieces.push(match session.freshness() {
        Freshness::Refused => "this scheme does not fit the tensor".to_owned(),
        Freshness::Updating => "updating".to_owned(),
        Freshness::Withdrawn => format!("cancelled, shows {}", analysis.scheme),
        Freshness::Current if analysis.is_exact() => format!("{}, all {weights} weights", analysis.method),
        Freshness::Current => format!("{}, preview", analysis.method),
    });
    pieces.extend(session.pinned().map(|pinned| format!("compared with {}", pinned.scheme)));
    pieces
}
