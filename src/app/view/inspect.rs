//! One weight, from its value to its bits and back.

use super::format;
use crate::engine::quantize::{Decoder, Quantized};

/// What a piece of a formula stands for: it takes the colour of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A name, an operator, a bracket.
    Symbol,
    /// A real number: scale, value.
    Real,
    /// A quantized thing: code, level.
    Code,
    /// What comes out.
    Result,
}

/// One weight of a quantized tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// Its row.
    pub row: usize,
    /// Its column.
    pub column: usize,
    /// The weight.
    pub value: f32,
    /// Its code as people name it: q for a linear scheme, else the index or bit pattern.
    pub code: i32,
    /// The bits that are stored, most significant first.
    pub bits: String,
    /// What comes back.
    pub reconstruction: f32,
    /// Value − reconstruction; `None` where one of them is not finite.
    pub error: Option<f64>,
    /// |error| as a share of the distance between the levels on either side of the weight.
    pub gap_share: Option<f64>,
    /// Where its bits are.
    pub place: String,
    /// How the reconstruction comes about.
    pub formula: Vec<(String, Role)>,
}

impl Inspection {
    /// The weight at a row and a column of a matrix `columns` wide; `None` beyond its end.
    pub fn new(values: &[f32], quantized: &Quantized, columns: usize, row: usize, column: usize) -> Option<Self> {
        let index = row * columns + column;
        let value = *values.get(index).filter(|_| column < columns && index < quantized.codes.len())?;
        let group = quantized.partition.group_of(index);
        let reconstruction = quantized.value(index);
        let error = f64::from(value) - f64::from(reconstruction);
        let code = i32::from(quantized.codes.get(index));
        let code = match quantized.decoder {
            Decoder::Affine { code_min, .. } => code + code_min,
            Decoder::Signs { zero: true, .. } => code - 1,
            Decoder::Signs { .. } => 2 * code - 1,
            _ => code,
        };
        let gap = gap(&quantized.decoder.table(group), value);
        Some(Self {
            row,
            column,
            value,
            code,
            bits: format!("{:0width$b}", quantized.stored_code(index), width = quantized.bits as usize),
            reconstruction,
            error: error.is_finite().then_some(error),
            gap_share: gap.map(|gap| error.abs() / gap).filter(|share| share.is_finite()),
            place: place(index, quantized.bits),
            formula: formula(quantized, group, code, reconstruction),
        })
    }

    /// Value, reconstruction and error as a column: aligned at the point.
    pub fn column_of_values(&self) -> [String; 3] {
        let numbers = [self.value.into(), self.reconstruction.into(), self.error.unwrap_or(f64::NAN)];
        let decimals = format::common_decimals(&numbers, 6);
        let error = self.error.map_or_else(|| format::NONE.to_owned(), |error| format::fixed(error, decimals));
        [format::fixed(numbers[0], decimals), format::fixed(numbers[1], decimals), error]
    }

    /// The whole way in one line, for the status bar.
    pub fn line(&self) -> String {
        let numbers = [self.value.into(), self.reconstruction.into(), self.error.unwrap_or(f64::NAN)];
        let decimals = format::common_decimals(&numbers, 4);
        let [value, reconstruction, error] = numbers.map(|number| format::fixed(number, decimals));
        let (row, column, code, bits) = (self.row, self.column, whole(self.code), &self.bits);
        let error = self.error.map_or_else(String::new, |_| format!(", error {error}"));
        format!("[{row}, {column}]  {value} → code {code} = {bits} → {reconstruction}{error}")
    }

    /// The code as it is written on screen.
    pub fn code_text(&self) -> String {
        whole(self.code)
    }
}

fn whole(number: i32) -> String {
    format::fixed(f64::from(number), 0)
}

/// Distance between the levels on either side of a value; beyond the last level, that of the last two.
fn gap(table: &[f32], value: f32) -> Option<f64> {
    let mut levels: Vec<f32> = table.iter().copied().filter(|level| level.is_finite()).collect();
    levels.sort_by(f32::total_cmp);
    levels.dedup();
    if levels.len() < 2 || !value.is_finite() {
        return None;
    }
    let above = levels.partition_point(|level| *level < value).clamp(1, levels.len() - 1);
    Some(f64::from(levels[above]) - f64::from(levels[above - 1]))
}

/// Where the bits of a code are: codes are packed without gaps, the first in the lowest bits.
fn place(index: usize, bits: u32) -> String {
    let first = index as u64 * u64::from(bits);
    let last = first + u64::from(bits) - 1;
    let (byte, last_byte) = (first / 8, last / 8);
    let name = |byte| format::count(byte);
    if byte != last_byte {
        let start = first % 8;
        let from = if start == 0 { String::new() } else { format!(", from bit {start}") };
        return format!("bytes {}–{} of the codes{from}", name(byte), name(last_byte));
    }
    let byte = name(byte);
    match (bits, first % 8) {
        (8, _) => format!("byte {byte} of the codes"),
        (4, 0) => format!("byte {byte} of the codes, low half"),
        (4, _) => format!("byte {byte} of the codes, high half"),
        (1, bit) => format!("byte {byte} of the codes, bit {bit}"),
        (_, bit) => format!("byte {byte} of the codes, bits {bit}–{}", last % 8),
    }
}

fn formula(quantized: &Quantized, group: usize, code: i32, reconstruction: f32) -> Vec<(String, Role)> {
    let symbol = |text: &str| (text.to_owned(), Role::Symbol);
    let real = |value: f32| (format::significant(value.into(), 6), Role::Real);
    let groups = quantized.partition.groups() > 1;
    let mut pieces = vec![symbol("w ≈ ")];
    match &quantized.decoder {
        Decoder::Codebook { .. } => {
            pieces.push(symbol(&if groups { format!("codebook {group}[") } else { "codebook[".to_owned() }));
            pieces.extend([(whole(code), Role::Code), symbol("]")]);
        }
        Decoder::Affine { scale, zero_point, .. } => {
            let zero_point = zero_point.get(group).copied().unwrap_or(0);
            let bracket = |number: i32| if number < 0 { format!("({})", whole(number)) } else { whole(number) };
            pieces.extend([symbol("S(q − Z) = "), real(scale[group]), symbol(" × (")]);
            pieces.extend([(whole(code), Role::Code), symbol(" − "), (bracket(zero_point), Role::Code), symbol(")")]);
        }
        Decoder::Offset { scale, minimum, .. } => {
            pieces.extend([symbol("d·q + m = "), real(scale[group]), symbol(" × "), (whole(code), Role::Code)]);
            pieces.extend([symbol(" + "), real(minimum[group])]);
        }
        Decoder::Table { values, scale } => {
            let value = usize::try_from(code).ok().and_then(|code| values.get(code)).copied().unwrap_or(f32::NAN);
            pieces.extend([symbol("decode("), (whole(code), Role::Code), symbol(")")]);
            if let Some(&scale) = scale.get(group) {
                pieces.extend([symbol(" × scale = "), real(value), symbol(" × "), real(scale)]);
            }
        }
        Decoder::Signs { scale, scales, .. } => {
            let place = if *scales == 2 { 2 * group + usize::from(code > 0) } else { group };
            match scale.get(place) {
                Some(&scale) => pieces.extend([symbol("α q = "), real(scale), symbol(" × ")]),
                None => pieces.push(symbol("q = ")),
            }
            pieces.push((if code < 0 { format!("({})", whole(code)) } else { whole(code) }, Role::Code));
        }
        Decoder::Floats => {}
    }
    if quantized.decoder == Decoder::Floats {
        return vec![symbol("w = "), (format::significant(reconstruction.into(), 9), Role::Result)];
    }
    pieces.extend([symbol(" = "), (format::significant(reconstruction.into(), 6), Role::Result)]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::quantize::{Codes, Partition, Per, ScaleFormat};

    fn quantized(decoder: Decoder, bits: u32, codes: Vec<u8>, shape: &[usize]) -> Quantized {
        Quantized {
            scheme: "linear:bits=2".parse().unwrap(),
            shape: shape.to_vec(),
            bits,
            partition: Partition::new(Per::Tensor, shape).unwrap(),
            codes: Codes::Narrow(codes),
            decoder,
            method: String::new(),
        }
    }

    fn text(formula: &[(String, Role)]) -> String {
        formula.iter().map(|(text, _)| text.as_str()).collect()
    }

    #[test]
    fn a_codebook_weight() {
        let decoder = Decoder::Codebook { books: vec![vec![-1.0, 0.0, 1.5, 2.0]] };
        let quantized = quantized(decoder, 2, vec![3, 0, 2, 1, 3, 3], &[2, 3]);
        let values = [2.09, -0.98, 1.48, 0.09, 2.12, f32::NAN];
        let weight = Inspection::new(&values, &quantized, 3, 0, 0).unwrap();
        assert_eq!((weight.code, weight.bits.as_str(), weight.reconstruction), (3, "11", 2.0));
        assert_eq!(weight.column_of_values(), ["2.09000", "2.00000", "0.09000"]);
        assert!((weight.gap_share.unwrap() - 0.18).abs() < 1e-6, "0.09 of the gap 1.5…2");
        assert_eq!(weight.line(), "[0, 0]  2.090 → code 3 = 11 → 2.000, error 0.090");
        assert_eq!(text(&weight.formula), "w ≈ codebook[3] = 2");
        assert_eq!(weight.place, "byte 0 of the codes, bits 0–1");
        let nan = Inspection::new(&values, &quantized, 3, 1, 2).unwrap();
        assert_eq!((nan.error, nan.gap_share), (None, None));
        assert!(!nan.line().contains("error"));
        assert_eq!(nan.column_of_values()[0], "NaN");
        assert_eq!(Inspection::new(&values, &quantized, 3, 2, 0), None);
        assert_eq!(Inspection::new(&values, &quantized, 3, 0, 3), None);
    }

    #[test]
    fn a_linear_weight_shows_q_and_stored_bits() {
        let decoder = Decoder::Affine {
            scale: vec![1.066_666_7],
            zero_point: vec![-1],
            code_min: -2,
            code_max: 1,
            stored: ScaleFormat::F32,
        };
        let quantized = quantized(decoder, 2, vec![3, 0], &[2]);
        let weight = Inspection::new(&[2.09, -1.0], &quantized, 2, 0, 1).unwrap();
        assert_eq!((weight.code, weight.bits.as_str()), (-2, "10"));
        assert_eq!(text(&weight.formula), "w ≈ S(q − Z) = 1.06667 × (−2 − (−1)) = −1.06667");
        assert_eq!(weight.code_text(), "−2");
    }

    #[test]
    fn places_of_packed_codes() {
        assert_eq!(place(1556, 4), "byte 778 of the codes, low half");
        assert_eq!(place(1557, 4), "byte 778 of the codes, high half");
        assert_eq!(place(5, 8), "byte 5 of the codes");
        assert_eq!(place(9, 1), "byte 1 of the codes, bit 1");
        assert_eq!(place(2, 3), "bytes 0–1 of the codes, from bit 6");
        assert_eq!(place(2, 16), "bytes 4–5 of the codes");
    }
}
