//! Rounding: the one place where an exact magnitude becomes a whole number of quanta.

use super::Dyadic;

/// What happens to a value between two neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the nearer neighbour; a tie goes to the neighbour with the even code (IEEE 754 roundTiesToEven).
    #[default]
    NearestEven,
    /// To the nearer neighbour; a tie goes away from zero.
    NearestAway,
    /// To the neighbour nearer to zero.
    TowardZero,
    /// To the larger neighbour.
    Up,
    /// To the smaller neighbour.
    Down,
    /// To the neighbour with the odd code: keeps what a second rounding needs to know.
    Odd,
}

impl Rounding {
    /// Every rule, the default first.
    pub const ALL: [Self; 6] =
        [Self::NearestEven, Self::NearestAway, Self::TowardZero, Self::Up, Self::Down, Self::Odd];

    /// The name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::NearestEven => "nearest-even",
            Self::NearestAway => "nearest-away",
            Self::TowardZero => "toward-zero",
            Self::Up => "up",
            Self::Down => "down",
            Self::Odd => "odd",
        }
    }

    /// Whether a finite value beyond the largest one comes back to it, because the rule points into the range. To odd belongs
    /// here: in the IEEE formats, which it is for, the largest finite code is odd.
    pub(super) fn stays_inside(self, negative: bool) -> bool {
        match self {
            Self::NearestEven | Self::NearestAway => false,
            Self::TowardZero | Self::Odd => true,
            Self::Up => negative,
            Self::Down => !negative,
        }
    }
}

/// What becomes of values beyond the largest finite one. An incoming infinity is such a value too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overflow {
    /// To infinity where the format has one, else to the largest finite value.
    #[default]
    Default,
    /// To the largest finite value.
    Saturate,
    /// To infinity; formats without one are refused.
    Infinity,
    /// To NaN; formats without one are refused.
    Nan,
}

impl Overflow {
    /// Every choice, the default first.
    pub const ALL: [Self; 4] = [Self::Default, Self::Saturate, Self::Infinity, Self::Nan];

    /// The name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Saturate => "saturate",
            Self::Infinity => "infinity",
            Self::Nan => "nan",
        }
    }
}

/// A non-negative real: (significand + ε)·2^exponent, where ε is 0, or somewhere strictly between 0 and 1 if `sticky`.
///
/// A sticky magnitude has at least 100 significant bits, more than any format, so that ε never reaches a rounding boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Magnitude {
    pub significand: u128,
    pub exponent: i64,
    pub sticky: bool,
}

impl Magnitude {
    pub fn is_zero(self) -> bool {
        self.significand == 0
    }

    /// ⌊log2⌋; the magnitude is not zero.
    pub fn log2(self) -> i64 {
        i64::from(self.significand.ilog2()) + self.exponent
    }

    /// The magnitude in units of 2^quantum, rounded once. `odd_offset` says that codes differ in parity from the whole numbers,
    /// which happens where there is no mantissa and the code counts exponents.
    ///
    /// The quantum is within 126 binary places below the magnitude's leading bit.
    pub fn round(self, quantum: i64, rounding: Rounding, negative: bool, odd_offset: bool) -> u128 {
        let shift = quantum - self.exponent;
        if shift <= 0 {
            return self.significand << -shift;
        }
        // A significand has fewer than 126 bits: from there on it lies below half a quantum however far it is shifted.
        let shift = shift.min(127);
        let floor = self.significand >> shift;
        let (rest, half) = (self.significand - (floor << shift), 1_u128 << (shift - 1));
        let exact = rest == 0 && !self.sticky;
        let tie = rest == half && !self.sticky;
        let above_half = rest > half || (rest == half && self.sticky);
        let odd = (floor & 1 == 1) != odd_offset;
        let up = !exact
            && match rounding {
                Rounding::NearestEven => above_half || (tie && odd),
                Rounding::NearestAway => above_half || tie,
                Rounding::TowardZero => false,
                Rounding::Up => !negative,
                Rounding::Down => negative,
                Rounding::Odd => !odd,
            };
        floor + u128::from(up)
    }
}

impl From<Dyadic> for Magnitude {
    fn from(value: Dyadic) -> Self {
        Self { significand: u128::from(value.significand), exponent: i64::from(value.exponent), sticky: false }
    }
}
