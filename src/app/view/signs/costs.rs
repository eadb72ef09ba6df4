//! What a layer costs in float and in signs, as a table, with the lecture's three products of one row.

use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;
use crate::engine::integer::sign_layer::{Arithmetic, LayerCost};
use crate::engine::integer::xnor::SignRow;

/// The lecture's row of weights, of inputs, and of inputs as signs.
const WEIGHTS: [f32; 4] = [8.0, -3.0, 5.0, -1.0];
const INPUTS: [f32; 4] = [5.0, 2.0, 0.0, 1.0];
const INPUT_SIGNS: [f32; 4] = [1.0, 1.0, -1.0, 1.0];

/// Heads of the columns.
pub const COLUMNS: [&str; 7] = ["weights · inputs", "×", "+ −", "XNOR, count", "weights", "memory", "operations"];

/// One way to compute a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct CostRow {
    /// `float · float`.
    pub name: &'static str,
    /// The lecture's product this way: `[8 −3 5 −1] · [5 2 0 1] = 33`.
    pub product: String,
    /// What it costs.
    pub cost: LayerCost,
    /// Times less memory than in float.
    pub memory: f64,
    /// Times fewer operations than in float.
    pub work: f64,
}

/// The three ways on `outputs` rows of `inputs` weights.
pub fn rows(outputs: u64, inputs: u64) -> [CostRow; 3] {
    let float = Arithmetic::Float.cost(outputs, inputs);
    Arithmetic::ALL.map(|arithmetic| {
        let cost = arithmetic.cost(outputs, inputs);
        let ratio = |float: u64, own: u64| float as f64 / own.max(1) as f64;
        CostRow {
            name: match arithmetic {
                Arithmetic::Float => "float · float",
                Arithmetic::SignWeights => "sign · float",
                Arithmetic::Signs => "sign · sign",
            },
            product: product(arithmetic),
            memory: ratio(float.bits, cost.bits),
            work: ratio(float.operations(), cost.operations()),
            cost,
        }
    })
}

/// The lecture's product, computed.
fn product(arithmetic: Arithmetic) -> String {
    let signs = WEIGHTS.map(|weight| if weight < 0.0 { -1.0 } else { 1.0 });
    let dot = |left: [f32; 4], right: [f32; 4]| left.iter().zip(right).map(|(left, right)| left * right).sum::<f32>();
    let (left, right, result) = match arithmetic {
        Arithmetic::Float => (WEIGHTS, INPUTS, dot(WEIGHTS, INPUTS)),
        Arithmetic::SignWeights => (signs, INPUTS, dot(signs, INPUTS)),
        Arithmetic::Signs => (signs, INPUT_SIGNS, SignRow::of(&signs).dot(&SignRow::of(&INPUT_SIGNS)) as f32),
    };
    let row = |row: [f32; 4]| row.map(|value| format::number(value.into())).join(" ");
    format!("[{}] · [{}] = {}", row(left), row(right), format::number(result.into()))
}

impl CostRow {
    /// The cells of its line, in the order of [`COLUMNS`].
    pub fn cells(&self) -> [String; 7] {
        let count = |value: u64| if value == 0 { format::NONE.to_owned() } else { format::count(value) };
        let ratio = |value: f64| format!("{}×", format::significant(value, 3));
        [
            self.name.to_owned(),
            count(self.cost.multiplications),
            count(self.cost.additions),
            count(self.cost.words),
            format::bytes_short(self.cost.bytes()),
            ratio(self.memory),
            ratio(self.work),
        ]
    }
}

/// For other programs.
pub fn table(rows: &[CostRow]) -> Table {
    let columns = [
        "weights and inputs",
        "multiplications",
        "additions",
        "XNOR words",
        "bytes",
        "times less memory",
        "times fewer operations",
    ];
    let mut table = Table::new("What a layer costs", &columns);
    let row = |row: &CostRow| {
        let counts = [row.cost.multiplications, row.cost.additions, row.cost.words, row.cost.bytes()].map(Cell::count);
        let name = [Cell::Text(row.name.to_owned())].into_iter();
        name.chain(counts).chain([row.memory, row.work].map(Cell::Number)).collect()
    };
    table.rows = rows.iter().map(row).collect();
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lectures_three_products() {
        let products = rows(1, 4).map(|row| row.product);
        assert_eq!(
            products,
            ["[8 −3 5 −1] · [5 2 0 1] = 33", "[1 −1 1 −1] · [5 2 0 1] = 2", "[1 −1 1 −1] · [1 1 −1 1] = −2"]
        );
        let [float, weights, signs] = rows(256, 2304);
        assert_eq!((float.memory, float.work), (1.0, 1.0));
        assert!(weights.memory > 31.0 && (weights.work - 2.0).abs() < 0.01 && signs.work > 40.0);
        assert_eq!(float.cells()[3], "–", "no XNOR in float");
        assert_eq!(table(&rows(2, 3)).rows.len(), 3);
    }
}
