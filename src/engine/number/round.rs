//! Rounding: the one place where an exact magnitude becomes a whole number of quanta.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

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
    /// Away from zero with a probability that is the distance from the neighbour nearer to zero, in units of 2^−bits and rounded
    /// down: right on average up to that grid. The distance plus a random number of that many bits goes up where it carries.
    Stochastic {
        /// Random bits, 1…32.
        bits: u32,
        /// The draw: equal seeds draw equal numbers. [`Rounding::at`] gives each value of an array its own.
        seed: u64,
    },
}

impl Rounding {
    /// Every rule without chance, the default first.
    pub const ALL: [Self; 6] =
        [Self::NearestEven, Self::NearestAway, Self::TowardZero, Self::Up, Self::Down, Self::Odd];

    /// Most random bits of stochastic rounding.
    pub const MOST_BITS: u32 = 32;

    /// The name in texts; [`fmt::Display`] adds the settings of stochastic rounding.
    pub fn name(self) -> &'static str {
        match self {
            Self::NearestEven => "nearest-even",
            Self::NearestAway => "nearest-away",
            Self::TowardZero => "toward-zero",
            Self::Up => "up",
            Self::Down => "down",
            Self::Odd => "odd",
            Self::Stochastic { .. } => "stochastic",
        }
    }

    /// The rule for element `index` of an array: every element draws on its own, whatever order they are computed in.
    #[must_use]
    pub fn at(self, index: u64) -> Self {
        match self {
            Self::Stochastic { bits, seed } => {
                Self::Stochastic { bits, seed: seed.wrapping_add(index.wrapping_mul(GOLDEN)) }
            }
            rule => rule,
        }
    }

    /// The random bits that the rule draws, and how many; `None` for rules without chance.
    pub fn random(self) -> Option<(u32, u64)> {
        let Self::Stochastic { bits, seed } = self else { return None };
        Some((bits, mix(seed) >> (64 - bits.clamp(1, 64))))
    }

    /// Whether a value between two neighbours goes to the one away from zero: `half` is how its distance from the nearer to zero
    /// compares with half the gap, `odd` tells whether that neighbour's code is odd.
    pub(super) fn goes_up(self, exact: bool, half: Ordering, odd: bool, negative: bool, draw: Draw) -> bool {
        !exact
            && match self {
                Self::NearestEven => half.is_gt() || (half.is_eq() && odd),
                Self::NearestAway => half.is_ge(),
                Self::TowardZero => false,
                Self::Up => !negative,
                Self::Down => negative,
                Self::Odd => !odd,
                Self::Stochastic { .. } => {
                    self.random().is_some_and(|(bits, random)| draw.0.saturating_add(random) >= 1 << bits)
                }
            }
    }

    /// Whether a finite value beyond the largest one comes back to it, because the rule points into the range. To odd belongs
    /// here: in the IEEE formats, which it is for, the largest finite code is odd.
    pub(super) fn stays_inside(self, negative: bool) -> bool {
        match self {
            Self::NearestEven | Self::NearestAway | Self::Stochastic { .. } => false,
            Self::TowardZero | Self::Odd => true,
            Self::Up => negative,
            Self::Down => !negative,
        }
    }
}

/// The increment of SplitMix64.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The output of SplitMix64 (Steele, Lea, Flood 2014) in that state.
fn mix(state: u64) -> u64 {
    let mut mixed = state.wrapping_add(GOLDEN);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stochastic { bits, seed } => write!(f, "stochastic:{bits}:{seed}"),
            rule => f.write_str(rule.name()),
        }
    }
}

impl FromStr for Rounding {
    type Err = String;

    /// A rule's name; `stochastic:BITS:SEED`, where the seed may be left out (0), and the bits too (8).
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(rule) = Self::ALL.into_iter().find(|rule| rule.name() == text) {
            return Ok(rule);
        }
        let mut parts = text.split(':');
        if parts.next() != Some("stochastic") {
            let names = Self::ALL.map(Self::name).join(", ");
            return Err(format!("rounding {text:?} is unknown; expected one of {names}, stochastic:BITS:SEED"));
        }
        let (bits, seed) = (parts.next().unwrap_or("8"), parts.next().unwrap_or("0"));
        let bits = bits.parse().ok().filter(|bits| (1..=Self::MOST_BITS).contains(bits));
        match (bits, seed.parse(), parts.next()) {
            (Some(bits), Ok(seed), None) => Ok(Self::Stochastic { bits, seed }),
            _ => Err(format!(
                "rounding {text:?}: expected stochastic:BITS:SEED with 1 to {} random bits and a whole seed, as in stochastic:8:0",
                Self::MOST_BITS
            )),
        }
    }
}

/// Where a value lies between two neighbours, for [`Rounding::Stochastic`]: its distance from the one nearer to zero in units
/// of 2^−bits of the gap, rounded down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw(pub u64);

impl Draw {
    /// For rules without chance.
    pub const NONE: Self = Self(0);

    /// From a whole number below 2^32.
    pub fn fraction(units: num_bigint::BigUint) -> Self {
        Self(units.iter_u64_digits().next().unwrap_or(0))
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
    /// The low bits of the integer stay, as in processors; for integers and fixed point. Infinities become 0.
    Wrap,
}

impl Overflow {
    /// Every choice, the default first.
    pub const ALL: [Self; 5] = [Self::Default, Self::Saturate, Self::Infinity, Self::Nan, Self::Wrap];

    /// The name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Saturate => "saturate",
            Self::Infinity => "infinity",
            Self::Nan => "nan",
            Self::Wrap => "wrap",
        }
    }
}

impl FromStr for Overflow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|choice| choice.name() == text);
        found.ok_or_else(|| format!("overflow {text:?} is unknown; expected one of {}", names()))
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

    /// Compares with a finite value's magnitude, exactly for values of fewer than 100 significant bits.
    pub fn compare(self, value: Dyadic) -> Ordering {
        let other = Self::from(value);
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        let aligned = |magnitude: Self| magnitude.significand << magnitude.significand.leading_zeros();
        let rest = if self.sticky { Ordering::Greater } else { Ordering::Equal };
        self.log2().cmp(&other.log2()).then(aligned(self).cmp(&aligned(other))).then(rest)
    }

    /// The magnitude in units of 2^quantum, rounded once. `odd_offset` says that codes differ in parity from the whole numbers,
    /// which happens where there is no mantissa and the code counts exponents.
    ///
    /// The quantum is within 126 binary places below the magnitude's leading bit.
    pub fn round(self, quantum: i64, rounding: Rounding, negative: bool, odd_offset: bool) -> u128 {
        let places = quantum - self.exponent;
        if places <= 0 {
            return self.significand << -places;
        }
        // A significand has fewer than 126 bits: from there on it lies below half a quantum however far it is shifted.
        let shift = places.min(127);
        let floor = self.significand >> shift;
        let (rest, half) = (self.significand - (floor << shift), 1_u128 << (shift - 1));
        let exact = rest == 0 && !self.sticky;
        let half = rest.cmp(&half).then(if self.sticky { Ordering::Greater } else { Ordering::Equal });
        let odd = (floor & 1 == 1) != odd_offset;
        let draw = rounding.random().map_or(Draw::NONE, |(bits, _)| {
            let beyond = places - i64::from(bits);
            Draw(match beyond {
                ..=0 => (rest << -beyond) as u64,
                1..=127 => (rest >> beyond) as u64,
                _ => 0,
            })
        });
        let up = rounding.goes_up(exact, half, odd, negative, draw);
        floor + u128::from(up)
    }
}

impl From<Dyadic> for Magnitude {
    fn from(value: Dyadic) -> Self {
        Self { significand: u128::from(value.significand), exponent: i64::from(value.exponent), sticky: false }
    }
}
