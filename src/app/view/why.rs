//! Energy and storage as bars, curves and words.

use super::chart::{AxisSpec, Chart, Kind, Mark, Series, Tone};
use super::figure::{Cell, Table};
use super::format;
use super::ticks::Ticks;
use crate::engine::measure::{ENERGIES, Energy, KNOWN, Operation};

/// A bar of the energies.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What is done: `int8 add`.
    pub name: String,
    /// What it costs.
    pub energy: Energy,
    /// Whether it is the width that is set.
    pub current: bool,
}

/// What an operation on so many bits is called.
pub fn operation_name(operation: Operation, bits: u32) -> String {
    match operation {
        Operation::Add => format!("int{bits} add"),
        Operation::Multiply => format!("int{bits} multiply"),
        Operation::FloatAdd => format!("float{bits} add"),
        Operation::FloatMultiply => format!("float{bits} multiply"),
        Operation::Sram => "32 bits from SRAM".to_owned(),
        Operation::Dram => "32 bits from DRAM".to_owned(),
    }
}

/// The table's rows with the integer operations of the width that is set among them, by kind and width.
pub fn bars(bits: u32) -> Vec<Bar> {
    let kinds = [
        Operation::Add,
        Operation::FloatAdd,
        Operation::Multiply,
        Operation::FloatMultiply,
        Operation::Sram,
        Operation::Dram,
    ];
    let mut bars = Vec::new();
    for kind in kinds {
        let mut widths: Vec<u32> = ENERGIES.iter().filter(|row| row.operation == kind).map(|row| row.bits).collect();
        let has_own = matches!(kind, Operation::Add | Operation::Multiply);
        if has_own && !widths.contains(&bits) {
            widths.push(bits);
            widths.sort_unstable();
        }
        bars.extend(widths.into_iter().map(|width| Bar {
            name: operation_name(kind, width),
            energy: kind.energy(width),
            current: has_own && width == bits,
        }));
    }
    bars
}

/// `0.03 pJ, published`.
pub fn energy_words(energy: Energy) -> String {
    let source = if energy.published { "published" } else { "estimated" };
    format!("{} pJ, {source}", picojoules(energy.picojoules))
}

/// Picojoules as the table writes them.
pub fn picojoules(value: f64) -> String {
    format::significant(value, 2)
}

/// How far along a logarithmic axis from 0.001 to 1,000 pJ an energy lies.
pub fn share(energy: Energy) -> f32 {
    ((energy.picojoules.log10() + 3.0) / 6.0).clamp(0.0, 1.0) as f32
}

/// The bars' energies.
pub fn energy_table(bars: &[Bar]) -> Table {
    let mut table = Table::new("Energy of one operation at 45 nm", &["operation", "energy, pJ", "origin"]);
    let row = |bar: &Bar| {
        let origin = if bar.energy.published { "published" } else { "estimated" };
        vec![Cell::Text(bar.name.clone()), Cell::Number(bar.energy.picojoules), Cell::Text(origin.to_owned())]
    };
    table.rows = bars.iter().map(row).collect();
    table
}

/// Bytes of networks that people know, in float32 and at a width.
pub fn storage_table(bits: u32) -> Table {
    let narrow = format!("{bits} bits, B");
    let heads = ["network", "weights", "float32, B", narrow.as_str(), "source"];
    let mut table = Table::new(format!("Weights of networks at {bits} bits"), &heads);
    table.rows = KNOWN
        .iter()
        .map(|known| {
            let [name, source] = [known.name, known.source].map(|text| Cell::Text(text.to_owned()));
            let [weights, float, narrow] = [known.weights, known.bytes(32), known.bytes(bits)].map(Cell::count);
            vec![name, weights, float, narrow, source]
        })
        .collect();
    table
}

/// Energy by width, as a share of the same operation on 32 bits.
pub fn width_chart(bits: u32) -> Chart {
    let share =
        |operation: Operation, bits: u32| operation.energy(bits).picojoules / operation.energy(32).picojoules * 100.0;
    let line = |name: &str, operation: Operation| {
        let points = (1..=32).map(|bits| (f64::from(bits), share(operation, bits)));
        let note = |bits: u32| energy_words(operation.energy(bits));
        Series::new(name, Kind::Line, points).with_notes((1..=32).map(note).collect())
    };
    let published = |operation: Operation| {
        let rows = ENERGIES.iter().filter(move |row| row.operation == operation);
        rows.map(move |row| (f64::from(row.bits), share(operation, row.bits)))
    };
    let table = published(Operation::Add).chain(published(Operation::Multiply));
    let ticks = [1, 4, 8, 16, 24, 32_u32];
    let ticks = Ticks { values: ticks.map(f64::from).to_vec(), labels: ticks.map(|bits| bits.to_string()).to_vec() };
    let chart = Chart::new(
        "Energy by width",
        AxisSpec::new("width, bits").between(0.0, 33.0).with_ticks(ticks),
        AxisSpec::new("energy, % of 32 bits").between(0.0, 108.0),
    )
    .with(line("add", Operation::Add).tone(Tone::Hue(0)))
    .with(line("multiply", Operation::Multiply).tone(Tone::Hue(4)).main())
    .with(Series::new("table", Kind::Points, table).published())
    .mark_x(f64::from(bits), format!("{bits}"), Tone::Accent);
    // In a presentation, which has no slider, it is dragged here.
    let held = |mark: Mark| Mark { handle: Some("Width on the plot".to_owned()), ..mark };
    Chart { marks: chart.marks.into_iter().map(held).collect(), ..chart }
}

/// What the width that is set does, in a sentence each for addition, multiplication and memory.
pub fn sentences(bits: u32) -> [String; 3] {
    let less = |operation: Operation| operation.energy(32).picojoules / operation.energy(bits).picojoules;
    let [float, int8] = [Operation::FloatAdd.energy(32), Operation::Add.energy(8)].map(|energy| energy.picojoules);
    let dram = Operation::Dram.energy(32).picojoules / Operation::FloatMultiply.energy(32).picojoules;
    [
        format!(
            "32 → {bits} bits: an addition costs {}× less, a multiplication {}×",
            format::significant(less(Operation::Add), 3),
            format::significant(less(Operation::Multiply), 3)
        ),
        format!("An addition of int8 costs {}× less than one of float32", format::significant(float / int8, 2)),
        format!("One read of 32 bits from DRAM costs as much as {} float32 multiplications", format::fixed(dram, 0)),
    ]
}

/// `61 M`.
pub fn weights_words(weights: u64) -> String {
    let (value, unit) = match weights {
        few if few < 1_000_000 => (few as f64 / 1e3, "K"),
        some if some < 1_000_000_000 => (some as f64 / 1e6, "M"),
        many => (many as f64 / 1e9, "B"),
    };
    let digits = usize::from(value < 100.0 && value.fract() != 0.0);
    format!("{} {unit}", format::fixed(value, digits))
}

/// Bytes in the powers of ten that the published sizes use: `244 MB`.
pub fn size_words(bytes: u64) -> String {
    let (value, unit) = match bytes {
        few if few < 1_000_000 => (few as f64 / 1e3, "kB"),
        some if some < 1_000_000_000 => (some as f64 / 1e6, "MB"),
        many => (many as f64 / 1e9, "GB"),
    };
    format!("{} {unit}", format::significant(value, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bars_hold_the_table_and_the_width_that_is_set() {
        let eight = bars(8);
        assert_eq!(eight.len(), ENERGIES.len());
        assert_eq!(eight.iter().filter(|bar| bar.current).count(), 2);
        assert!(eight.iter().all(|bar| bar.energy.published));
        let four = bars(4);
        assert_eq!(four.len(), ENERGIES.len() + 2);
        assert_eq!(four[0].name, "int4 add");
        assert_eq!(energy_words(four[0].energy), "0.015 pJ, estimated");
        assert_eq!(energy_words(eight[0].energy), "0.03 pJ, published");
    }

    #[test]
    fn words_have_the_numbers_of_the_lecture() {
        let [width, float, memory] = sentences(8);
        assert_eq!(width, "32 → 8 bits: an addition costs 3.33× less, a multiplication 15.5×");
        assert_eq!(float, "An addition of int8 costs 30× less than one of float32");
        assert!(memory.contains("173 float32"), "{memory}");
        assert_eq!(weights_words(61_000_000), "61 M");
        assert_eq!(weights_words(266_000), "266 K");
        assert_eq!(weights_words(11_150_000), "11.2 M");
        assert_eq!(weights_words(7_000_000_000), "7 B");
        assert_eq!(size_words(244_000_000), "244 MB");
        assert_eq!(size_words(133_000), "133 kB");
    }
}
