//! Rounding to a number format, with or without a scale.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::encode::{LevelCodes, Nearest};
use super::{Cast, CastScale, Overflow, QuantizeError};
use crate::engine::number::{self, Format};

/// A format of up to 16 bits, ready for casting.
#[derive(Debug)]
pub struct CastFormat {
    /// The value of every code.
    pub values: Arc<[f32]>,
    /// Largest finite value.
    pub max: f32,
    /// Finite values, strictly ascending.
    finite: Vec<f32>,
    /// Code of each finite value.
    codes: Vec<u16>,
    nan: Option<u16>,
    infinities: Option<(u16, u16)>,
    negative_zero: Option<u16>,
}

/// The format of a cast. Tables are made once.
///
/// # Errors
/// A format that the catalogue lacks or that has more than 16 bits.
pub fn format(cast: &Cast) -> Result<Arc<CastFormat>, QuantizeError> {
    static TABLES: LazyLock<Mutex<HashMap<&'static str, Arc<CastFormat>>>> = LazyLock::new(Mutex::default);
    let entry = number::find(&cast.format)
        .filter(|entry| entry.format.bits() <= 16)
        .ok_or_else(|| QuantizeError::Unfit(format!("{} is no format of up to 16 bits", cast.format)))?;
    let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Arc::clone(tables.entry(entry.name).or_insert_with(|| Arc::new(CastFormat::new(entry.format)))))
}

impl CastFormat {
    fn new(format: Format) -> Self {
        let codes = 0..1_u32 << format.bits();
        let values: Arc<[f32]> = codes.clone().map(|code| format.decode(u64::from(code)) as f32).collect();
        let code_of =
            |wanted: &dyn Fn(f32) -> bool| values.iter().position(|&value| wanted(value)).map(|code| code as u16);
        let mut ranked: Vec<(f32, u16)> =
            codes.map(|code| (values[code as usize], code as u16)).filter(|(value, _)| value.is_finite()).collect();
        let negative_zero = code_of(&|value| value == 0.0 && value.is_sign_negative());
        ranked.retain(|(_, code)| Some(*code) != negative_zero);
        ranked.sort_by(|left, right| left.0.total_cmp(&right.0));
        let infinity = |sign: f32| code_of(&|value| value == sign * f32::INFINITY);
        Self {
            max: ranked.last().map_or(0.0, |(value, _)| *value),
            finite: ranked.iter().map(|(value, _)| *value).collect(),
            codes: ranked.iter().map(|(_, code)| *code).collect(),
            nan: code_of(&f32::is_nan),
            infinities: infinity(-1.0).zip(infinity(1.0)),
            negative_zero,
            values,
        }
    }
}

/// The divisor of a group whose largest magnitude is `max_abs`: 1 without scaling and for groups of zeros.
///
/// # Errors
/// See [`format`].
pub fn scale(cast: &Cast, max_abs: f32) -> Result<f32, QuantizeError> {
    let format = format(cast)?;
    let scale = max_abs / format.max;
    Ok(if cast.scale == CastScale::AbsMax && scale > 0.0 && scale.is_finite() { scale } else { 1.0 })
}

/// The encoder of a group: nearest value, ties to the even code, one rounding from float32.
///
/// Beyond the largest finite value the policy decides. Nearest-even overflow starts half a step above that value (for E4M3FN the
/// tie at 464 belongs to 448, whose code is even). NaN takes the format's NaN, or +0 where it has none.
///
/// # Errors
/// See [`format`]; a policy that the format cannot follow.
pub fn encoder(cast: &Cast, scale: f32) -> Result<LevelCodes, QuantizeError> {
    let format = format(cast)?;
    let (mut levels, mut codes) = (format.finite.clone(), format.codes.clone());
    let mut boundaries: Vec<f32> =
        (1..levels.len()).map(|rank| tie_boundary(levels[rank - 1], levels[rank], codes[rank] & 1 == 0)).collect();
    let refused = |what: &str| QuantizeError::Unfit(format!("{} has no {what}; use overflow=saturate", cast.format));
    let outer = match cast.overflow {
        Overflow::Saturate => None,
        Overflow::Default => format.infinities,
        Overflow::Infinity => Some(format.infinities.ok_or_else(|| refused("infinities"))?),
        Overflow::Nan => {
            let nan = format.nan.ok_or_else(|| refused("NaN"))?;
            Some((nan, nan))
        }
    };
    if let (Some((below, above)), [low, .., high]) = (outer, format.finite.as_slice()) {
        // The value that would follow if the format went on: the tie is half a step beyond the last value.
        let step = f64::from(*high) - f64::from(format.finite[format.finite.len() - 2]);
        let tie = (f64::from(*high) + step / 2.0) as f32;
        let even = codes.last().is_some_and(|code| code & 1 == 0);
        // ±∞ are encoded apart below every finite weight: the outer levels catch them as well.
        boundaries.push(if even { tie } else { tie.next_down() });
        let low_tie = (f64::from(*low) - step / 2.0) as f32;
        boundaries.insert(0, if even { low_tie.next_down() } else { low_tie });
        codes.push(above);
        codes.insert(0, below);
        levels.push(f32::INFINITY);
        levels.insert(0, f32::NEG_INFINITY);
    }
    let zero = codes.iter().position(|&code| code == 0).unwrap_or(0);
    Ok(LevelCodes {
        nearest: Nearest::with_boundaries(boundaries, zero as u32),
        nan: format.nan.unwrap_or(0),
        codes,
        scale,
        negative_zero: format.negative_zero,
    })
}

/// The largest float32 that goes to the lower of two values; a tie goes to the upper one where its code is even.
fn tie_boundary(low: f32, high: f32, upper_is_even: bool) -> f32 {
    let boundary = super::encode::boundary(low, high);
    let is_tie = f64::from(boundary) == f64::midpoint(f64::from(low), f64::from(high));
    if is_tie && upper_is_even { boundary.next_down() } else { boundary }
}

/// How the values come about, in words for the status bar.
pub fn method(cast: &Cast) -> String {
    let title = number::find(&cast.format).map_or(cast.format.as_str(), |entry| entry.title);
    match cast.scale {
        CastScale::None => format!("cast to {title}, nearest even"),
        CastScale::AbsMax => format!("cast to {title}, nearest even, largest weight to largest value"),
    }
}
