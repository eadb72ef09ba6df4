//! Values in their order: the rank of a code, its neighbours, and where rounding changes its mind.

use super::exact::Rational;
use super::float::mask;
use super::{Class, Format, Kind, Rounding, Value};

impl Format {
    /// The place of a code among the values of its format: neighbouring values differ by one, equal values (±0) share a rank, and
    /// infinities follow the largest finite values. Ties go to the even rank. `None` for NaN.
    ///
    /// Floats and posits count from 0, integers and fixed point by their integer, scales and tables from the smallest value.
    pub fn rank(self, code: u64) -> Option<i128> {
        let code = code & mask(self.bits());
        if self.class(code) == Class::Nan {
            return None;
        }
        Some(match self {
            Self::Float(float) => {
                let magnitude = i128::from(code & mask(float.exponent_bits + float.mantissa_bits));
                if float.is_negative(code) { -magnitude } else { magnitude }
            }
            Self::Integer(integer) => integer.integer(code),
            Self::Fixed(fixed) => fixed.integer.integer(code),
            Self::Posit(posit) => {
                let magnitude = i128::from(posit.magnitude(code));
                if posit.is_negative(code) { -magnitude } else { magnitude }
            }
            Self::Table(table) => {
                let value = table.values()[code as usize];
                (0..table.order().len()).find(|&place| table.nth(place) == value)? as i128
            }
        })
    }

    /// The code of a rank: +0 of the zeros, the lowest of equal ones in a table. `None` beyond the ranks.
    pub fn code_at(self, rank: i128) -> Option<u64> {
        let magnitude = u64::try_from(rank.unsigned_abs()).ok()?;
        match self {
            Self::Float(float) => {
                let last = float.top() + u64::from(float.has_infinity());
                let below = rank < 0 && !float.signed;
                (magnitude <= last && !below).then(|| float.signed_code(magnitude, rank < 0))
            }
            Self::Integer(integer) | Self::Fixed(super::FixedFormat { integer, .. }) => {
                let (low, high) = integer.range();
                (low..=high).contains(&rank).then(|| integer.code(rank))
            }
            Self::Posit(posit) => {
                let code = if rank < 0 { magnitude.wrapping_neg() & mask(posit.bits) } else { magnitude };
                (magnitude <= posit.top()).then_some(code)
            }
            Self::Table(table) => {
                usize::try_from(rank).ok().and_then(|place| table.order().get(place).map(|&code| code.into()))
            }
        }
    }

    /// Ranks of the smallest and the largest finite value.
    pub fn finite_ranks(self) -> (i128, i128) {
        match self {
            Self::Float(float) => {
                let top = i128::from(float.top());
                (if float.signed { -top } else { 0 }, top)
            }
            Self::Integer(integer) | Self::Fixed(super::FixedFormat { integer, .. }) => integer.range(),
            Self::Posit(posit) => (-i128::from(posit.top()), i128::from(posit.top())),
            Self::Table(table) => (0, table.order().len() as i128 - 1),
        }
    }

    /// The next larger value's code; after the largest finite one comes infinity where there is one. `None` at the end and for NaN.
    pub fn next_up(self, code: u64) -> Option<u64> {
        self.code_at(self.rank(code)? + 1)
    }

    /// The next smaller value's code, likewise.
    pub fn next_down(self, code: u64) -> Option<u64> {
        self.code_at(self.rank(code)? - 1)
    }

    /// The value of a finite rank, exactly.
    pub fn value_at(self, rank: i128) -> Option<Rational> {
        match self.value(self.code_at(rank)?) {
            Value::Finite(value) => Some(value.into()),
            Value::Infinite { .. } | Value::Nan => None,
        }
    }

    /// The value of a rank, where the ranks just outside the finite ones have the value that would come next if the range went on.
    pub(super) fn value_beyond(self, rank: i128) -> Option<Rational> {
        let (low, high) = self.finite_ranks();
        if (low..=high).contains(&rank) {
            return self.value_at(rank);
        }
        let end = if rank > high { high } else { low };
        if (rank - end).abs() > 1 {
            return None;
        }
        match self {
            Self::Posit(_) | Self::Table(_) => None,
            Self::Integer(_) => Some(rank.into()),
            Self::Fixed(fixed) => Some(Rational::from(rank) * Rational::power_of_two((-fixed.fraction_bits).into())),
            Self::Float(float) if !float.signed && rank < 0 => match float.kind {
                // Half of the smallest scale would come next; below 0 nothing does.
                Kind::Scale => self.value_at(low).map(|value| value.half()),
                _ => None,
            },
            Self::Float(float) => {
                let beyond = Rational::from(float.magnitude_value(float.top() + 1));
                Some(if rank < 0 { -beyond } else { beyond })
            }
        }
    }

    /// Where nearest rounding changes from the value of a rank to that of the next: half-way, except for posits, which decide on
    /// the bit string. At the ends of a float it lies between the largest value and what would come next. `None` elsewhere.
    pub fn boundary_above(self, rank: i128) -> Option<Rational> {
        if let Self::Posit(posit) = self {
            let (low, high) = self.finite_ranks();
            if rank < low || rank >= high || rank == 0 || rank == -1 {
                // Nothing but 0 becomes 0.
                return (rank == 0 || rank == -1).then(Rational::zero);
            }
            let negative = rank < 0;
            let floor = if negative { -rank - 1 } else { rank } as u64;
            let Value::Finite(boundary) = posit.boundary(floor) else { return None };
            let boundary = Rational::from(boundary);
            return Some(if negative { -boundary } else { boundary });
        }
        Some((self.value_beyond(rank)? + self.value_beyond(rank + 1)?).half())
    }

    /// The values that become this code's value; `None` for infinities and NaN.
    ///
    /// At the ends of the range the interval runs to infinity where values beyond saturate by `saturates`, or because the rule points
    /// inward; else it ends where overflow starts. Stochastic rounding gives the values that may become this one.
    pub fn rounding_interval(self, code: u64, rounding: Rounding, saturates: bool) -> Option<Interval> {
        let rank = self.rank(code)?;
        let value = self.value_at(rank)?;
        let (low, high) = self.finite_ranks();
        let end = |upper: bool| {
            let neighbour = if upper { rank + 1 } else { rank - 1 };
            let outside = neighbour < low || neighbour > high;
            let boundary = || self.boundary_above(if upper { rank } else { rank - 1 });
            let next = || self.value_beyond(neighbour);
            // Whether the neighbour is farther from zero than this value.
            let away = match (self, next()) {
                // A table's ranks count from its smallest value; of two equal magnitudes the lower one counts as farther.
                (Self::Table(_), Some(next)) if upper => next.abs() > value.abs(),
                (Self::Table(_), Some(next)) => next.abs() >= value.abs(),
                _ => rank == 0 || (rank > 0) == upper,
            };
            let (bound, closed) = match rounding {
                // Only 0 becomes the zero of a posit.
                Rounding::NearestEven | Rounding::NearestAway
                    if matches!(self, Self::Posit(_)) && boundary().is_some_and(|boundary| boundary.is_zero()) =>
                {
                    (boundary(), rank == 0)
                }
                Rounding::NearestEven => (boundary(), rank & 1 == 0),
                Rounding::NearestAway => (boundary(), !away),
                Rounding::TowardZero if away => (next(), false),
                Rounding::Up if !upper => (next(), false),
                Rounding::Down if upper => (next(), false),
                Rounding::TowardZero | Rounding::Up | Rounding::Down => (Some(value.clone()), true),
                Rounding::Odd if rank & 1 == 1 => (next(), false),
                Rounding::Odd => (Some(value.clone()), true),
                Rounding::Stochastic { .. } => (next(), false),
            };
            let inward = rounding.stays_inside(!upper) && rounding != Rounding::Odd;
            let endless = outside && (saturates || inward || bound.is_none() || !matches!(self, Self::Float(_)));
            if endless { None } else { bound.map(|value| Bound { value, closed }) }
        };
        Some(Interval { low: end(false), high: end(true) })
    }
}

/// One end of an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Where it is.
    pub value: Rational,
    /// Whether it belongs to the interval.
    pub closed: bool,
}

/// A stretch of the number line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The lower end; `None` for −∞.
    pub low: Option<Bound>,
    /// The upper end; `None` for +∞.
    pub high: Option<Bound>,
}

impl Interval {
    /// Whether a number is inside.
    pub fn contains(&self, number: &Rational) -> bool {
        let above = self.low.as_ref().is_none_or(|low| *number > low.value || (low.closed && *number == low.value));
        let below =
            self.high.as_ref().is_none_or(|high| *number < high.value || (high.closed && *number == high.value));
        above && below
    }
}
