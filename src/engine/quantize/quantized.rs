//! Codes and the parameters that turn them back into values; nothing else.

use super::{Partition, ScaleFormat, Scheme};

/// One code a weight, in the tensor's order.
///
/// A code is a level's index: for linear schemes q − q_min, for a codebook the index of the centroid (centroids are sorted), for a
/// cast the bit pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum Codes {
    /// Codes of up to 8 bits.
    Narrow(Vec<u8>),
    /// Codes of 9 to 16 bits.
    Wide(Vec<u16>),
    /// No codes: the weights themselves, where nothing quantizes them.
    Floats(Vec<f32>),
}

impl Codes {
    /// Number of codes.
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(codes) => codes.len(),
            Self::Wide(codes) => codes.len(),
            Self::Floats(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code of one weight; 0 where weights have none.
    pub fn get(&self, index: usize) -> u16 {
        match self {
            Self::Narrow(codes) => u16::from(codes[index]),
            Self::Wide(codes) => codes[index],
            Self::Floats(_) => 0,
        }
    }
}

/// How codes become values; one set of parameters a group of the [`Partition`].
#[derive(Clone, Debug, PartialEq)]
pub enum Decoder {
    /// value = books\[group\]\[code\]. A book has at most k entries, sorted; fewer where the group has fewer distinct weights.
    Codebook {
        /// The centroids, group by group.
        books: Vec<Vec<f32>>,
    },
    /// value = scale\[group\] · (code + code_min − zero_point\[group\]), in float32.
    Affine {
        /// S, group by group.
        scale: Vec<f32>,
        /// Z, group by group; empty where Z is always 0 and therefore not stored.
        zero_point: Vec<i32>,
        /// q of code 0.
        code_min: i32,
        /// q of the largest code.
        code_max: i32,
        /// In which format the scales are stored.
        stored: ScaleFormat,
    },
    /// value = scale\[group\] · code + minimum\[group\], in float32.
    Offset {
        /// Distance of levels, group by group.
        scale: Vec<f32>,
        /// Value of code 0, group by group.
        minimum: Vec<f32>,
        /// The largest code.
        code_max: i32,
        /// In which format scales and minima are stored.
        stored: ScaleFormat,
    },
    /// value = decode(code) · scale\[group\], in float32; without scales decode(code).
    Table {
        /// Value of every bit pattern of the format, indexed by code.
        values: std::sync::Arc<[f32]>,
        /// Scales, group by group; empty where there is none.
        scale: Vec<f32>,
    },
    /// value = ±scale by the sign of the code's level, and 0 between where there are three levels.
    Signs {
        /// Scales, group by group: none where the levels are ±1, one a group, or two: the negative level's, then the positive one's.
        scale: Vec<f32>,
        /// Scales a group: 0, 1 or 2.
        scales: u8,
        /// Whether there is a level 0: codes 0, 1, 2 mean −, 0, +. Else 0 and 1 mean − and +.
        zero: bool,
        /// Magnitudes up to which a negative and a positive weight became 0, group by group; empty where nothing does, and where
        /// they are not known, because nothing stores them.
        threshold: Vec<f32>,
    },
    /// Weights that are stored as they are ([`Codes::Floats`]): there is no code to decode.
    Floats,
}

/// A quantized tensor.
#[derive(Clone, Debug)]
pub struct Quantized {
    /// What made it.
    pub scheme: Scheme,
    /// Sizes of the axes.
    pub shape: Vec<usize>,
    /// Bits of one code; 32 where the weights stay float32.
    pub bits: u32,
    /// Which weights share parameters.
    pub partition: Partition,
    /// One code a weight.
    pub codes: Codes,
    /// How codes become values.
    pub decoder: Decoder,
    /// How the parameters came about, for the status bar: "exact optimum", "Lloyd, 12 steps", "rule: min–max".
    pub method: String,
}

impl Decoder {
    /// The value of one code of one group; NaN where there are no codes.
    pub fn value(&self, group: usize, code: u16) -> f32 {
        match self {
            Self::Codebook { books } => books[group][usize::from(code)],
            Self::Affine { scale, zero_point, code_min, .. } => {
                let zero_point = zero_point.get(group).copied().unwrap_or(0);
                scale[group] * (i32::from(code) + code_min - zero_point) as f32
            }
            Self::Offset { scale, minimum, .. } => scale[group] * f32::from(code) + minimum[group],
            Self::Table { values, scale } => {
                let value = values[usize::from(code)];
                scale.get(group).map_or(value, |scale| value * scale)
            }
            Self::Signs { scale, scales, zero, .. } => {
                let upper = code > u16::from(*zero);
                if *zero && code == 1 {
                    return 0.0;
                }
                let magnitude = match scales {
                    0 => 1.0,
                    1 => scale[group],
                    _ => scale[2 * group + usize::from(upper)],
                };
                if upper { magnitude } else { -magnitude }
            }
            Self::Floats => f32::NAN,
        }
    }

    /// The code that means 0 in one group; `None` where none does. Of +0 and −0 it is +0.
    pub fn zero_code(&self, group: usize) -> Option<u16> {
        let found = match self {
            Self::Codebook { books } => books[group].iter().position(|&centroid| centroid == 0.0),
            Self::Affine { zero_point, code_min, code_max, .. } => {
                let zero = zero_point.get(group).copied().unwrap_or(0);
                (*code_min..=*code_max).contains(&zero).then(|| (zero - code_min) as usize)
            }
            Self::Offset { code_max, .. } => {
                (0..=*code_max as usize).find(|&code| self.value(group, code as u16) == 0.0)
            }
            Self::Table { values, .. } => values.iter().position(|value| value.to_bits() == 0),
            Self::Signs { zero, .. } => zero.then_some(1),
            Self::Floats => None,
        };
        found.map(|code| code as u16)
    }

    /// The values of all codes of one group, indexed by code.
    pub fn table(&self, group: usize) -> Vec<f32> {
        let codes = match self {
            Self::Codebook { books } => books[group].len(),
            Self::Affine { code_min, code_max, .. } => (code_max - code_min + 1) as usize,
            Self::Offset { code_max, .. } => (code_max + 1) as usize,
            Self::Table { values, .. } => values.len(),
            Self::Signs { zero, .. } => 2 + usize::from(*zero),
            Self::Floats => 0,
        };
        (0..codes).map(|code| self.value(group, code as u16)).collect()
    }
}

impl Quantized {
    /// The reconstruction of one weight.
    pub fn value(&self, index: usize) -> f32 {
        match &self.codes {
            Codes::Floats(values) => values[index],
            codes => self.decoder.value(self.partition.group_of(index), codes.get(index)),
        }
    }

    /// The bits of one code as they are stored: the two's complement (or unsigned) q for a linear scheme, a float's own bits where
    /// nothing quantizes, else the code itself.
    pub fn stored_code(&self, index: usize) -> u32 {
        if let Codes::Floats(values) = &self.codes {
            return values[index].to_bits();
        }
        let code = self.codes.get(index);
        match self.decoder {
            Decoder::Affine { code_min, .. } => (i32::from(code) + code_min) as u32 & ((1_u32 << self.bits) - 1),
            _ => u32::from(code),
        }
    }

    /// All reconstructed weights, in the tensor's order.
    pub fn reconstruct(&self) -> Vec<f32> {
        if let Codes::Floats(values) = &self.codes {
            return values.clone();
        }
        let mut values = vec![0.0; self.codes.len()];
        if self.partition.groups() == 1 {
            let table = self.decoder.table(0);
            for (index, value) in values.iter_mut().enumerate() {
                *value = table[usize::from(self.codes.get(index))];
            }
            return values;
        }
        for (group, run) in self.partition.runs() {
            for index in run {
                values[index] = self.decoder.value(group, self.codes.get(index));
            }
        }
        values
    }

    /// The same codes with the codebooks that these values have: one value a weight, the same for all weights of a centroid (the first one
    /// counts). Books are sorted again where centroids have passed each other; a centroid without weights keeps its value. `None` without
    /// codebooks or for another number of values.
    pub fn with_values(&self, values: &[f32]) -> Option<Self> {
        let Decoder::Codebook { books } = &self.decoder else { return None };
        if values.len() != self.codes.len() {
            return None;
        }
        let mut moved: Vec<Vec<Option<f32>>> = books.iter().map(|book| vec![None; book.len()]).collect();
        for (group, run) in self.partition.runs() {
            for place in run {
                moved[group][usize::from(self.codes.get(place))].get_or_insert(values[place]);
            }
        }
        let (mut sorted, mut ranks) = (Vec::new(), Vec::new());
        for (moved, book) in moved.into_iter().zip(books) {
            let book: Vec<f32> = moved.into_iter().zip(book).map(|(moved, old)| moved.unwrap_or(*old)).collect();
            let mut order: Vec<usize> = (0..book.len()).collect();
            order.sort_by(|&a, &b| book[a].total_cmp(&book[b]));
            let mut rank = vec![0_u16; book.len()];
            order.iter().enumerate().for_each(|(place, &code)| rank[code] = place as u16);
            sorted.push(order.into_iter().map(|code| book[code]).collect());
            ranks.push(rank);
        }
        let mut recoded = self.clone();
        for (group, run) in self.partition.runs() {
            for place in run {
                let code = ranks[group][usize::from(self.codes.get(place))];
                match &mut recoded.codes {
                    Codes::Narrow(codes) => codes[place] = code as u8,
                    Codes::Wide(codes) => codes[place] = code,
                    Codes::Floats(_) => {}
                }
            }
        }
        recoded.decoder = Decoder::Codebook { books: sorted };
        Some(recoded)
    }
}
