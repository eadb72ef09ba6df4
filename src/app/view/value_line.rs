//! Value lines: where the values of a format stand on a line, and what is written there.

use super::figure::{Cell, Table};
use super::numerals;
use crate::engine::number::{Class, Format, Overflow, Rounding};

/// How a line spaces its values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineScale {
    /// Evenly.
    #[default]
    Linear,
    /// By the logarithm of positive values.
    Log,
    /// By the logarithm on both sides of zero, evenly across the subnormal zone.
    Symlog,
}

/// A stretch of a line on screen. Places are what is evenly spaced: values, or their logarithms to base 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineAxis {
    /// How values are spaced.
    pub scale: LineScale,
    /// Where the even part of [`LineScale::Symlog`] ends; a positive value.
    pub knee: f64,
    /// The place at `start`.
    pub low: f64,
    /// The place at `end`.
    pub high: f64,
    /// The pixel of `low`.
    pub start: f32,
    /// The pixel of `high`.
    pub end: f32,
}

impl LineAxis {
    /// Where a value stands on the endless line; `None` for what a logarithm cannot show.
    pub fn place(&self, value: f64) -> Option<f64> {
        let place = match self.scale {
            LineScale::Linear => value,
            LineScale::Log if value <= 0.0 => return None,
            LineScale::Log => value.log2(),
            LineScale::Symlog => {
                let share = value.abs() / self.knee;
                (if share <= 1.0 { share } else { 1.0 + share.log2() }).copysign(value)
            }
        };
        place.is_finite().then_some(place)
    }

    /// The value at a place.
    pub fn value_at(&self, place: f64) -> f64 {
        match self.scale {
            LineScale::Linear => place,
            LineScale::Log => place.exp2(),
            LineScale::Symlog => {
                let share = place.abs();
                (self.knee * if share <= 1.0 { share } else { (share - 1.0).exp2() }).copysign(place)
            }
        }
    }

    /// The pixel of a value.
    pub fn pixel(&self, value: f64) -> Option<f32> {
        let share = (self.place(value)? - self.low) / (self.high - self.low);
        let share = share.clamp(-1e3, 1e3);
        (!share.is_nan()).then_some(self.start + share as f32 * (self.end - self.start))
    }

    /// The place at a pixel.
    pub fn place_of_pixel(&self, pixel: f32) -> f64 {
        self.low + f64::from((pixel - self.start) / (self.end - self.start)) * (self.high - self.low)
    }

    /// The values at both ends.
    pub fn range(&self) -> (f64, f64) {
        (self.value_at(self.low), self.value_at(self.high))
    }
}

/// How high a tick is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TickKind {
    /// Any value.
    Plain,
    /// Zero, or a power of two.
    Power,
}

/// One value on the line.
#[derive(Clone, Debug, PartialEq)]
pub struct LineTick {
    /// The value.
    pub value: f64,
    /// How high it is drawn.
    pub kind: TickKind,
}

/// The values in view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineTicks {
    /// Ascending.
    pub ticks: Vec<LineTick>,
    /// Whether every value in view is there; else only powers of two are.
    pub complete: bool,
}

/// The values of a format that lie in view; where there are more than `most`, only zero and the powers of two among them.
pub fn ticks(format: Format, axis: &LineAxis, most: usize) -> LineTicks {
    let (low, high) = axis.range();
    let low = if axis.scale == LineScale::Log { low.max(f64::MIN_POSITIVE) } else { low };
    let Some((first, last)) = ranks_between(format, low, high) else {
        return LineTicks { ticks: Vec::new(), complete: true };
    };
    let complete = last - first < most as i128;
    let ticks = if complete {
        (first..=last).filter_map(|rank| format.code_at(rank)).map(|code| tick(format.decode(code))).collect()
    } else {
        powers(format, low, high)
    };
    LineTicks { ticks, complete }
}

/// [`ticks`] where the subnormals of a format, all below `border`, were half as large: what 0 − bias would make of them.
pub fn ticks_with_wrong_bias(format: Format, border: f64, axis: &LineAxis, most: usize) -> LineTicks {
    // A stretch twice as wide holds the subnormals that end up in view.
    let (low, high) = axis.range();
    let place = |value: f64| axis.place(value);
    let wide = match (place(low.min(low * 2.0)), place(high.max((high * 2.0).min(border)))) {
        (Some(low), Some(high)) => LineAxis { low, high, ..*axis },
        _ => *axis,
    };
    let all = ticks(format, &wide, 2 * most);
    let moved = |value: f64| if value.abs() < border { value / 2.0 } else { value };
    let shown = all.ticks.iter().map(|tick| self::tick(moved(tick.value)));
    let in_view = shown.filter(|tick| (low..=high).contains(&tick.value));
    LineTicks { ticks: in_view.collect(), complete: all.complete }
}

fn tick(value: f64) -> LineTick {
    let kind = if value == 0.0 || numerals::is_power_of_two(value) { TickKind::Power } else { TickKind::Plain };
    LineTick { value, kind }
}

/// Zero and the powers of two of a format in `low..=high`.
fn powers(format: Format, low: f64, high: f64) -> Vec<LineTick> {
    let properties = format.properties();
    let least = properties.min_subnormal.or(properties.min_normal).map_or(1.0, |value| value.to_f64().max(1e-300));
    let most = properties.max_finite.to_f64().max(-properties.min_finite.to_f64());
    let exponents = least.log2().floor() as i32..=most.log2().floor().min(1023.0) as i32;
    let is_value = |value: &f64| {
        let code = format.encode(*value, Default::default(), Default::default());
        format.decode(code) == *value
    };
    let negative = exponents.clone().rev().map(|exponent| -f64::from(exponent).exp2());
    let positive = exponents.map(|exponent| f64::from(exponent).exp2());
    let all = negative.chain([0.0]).chain(positive);
    all.filter(|value| (low..=high).contains(value)).filter(is_value).map(tick).collect()
}

/// The ranks of the finite values in `low..=high`, first and last; `None` where none lies there.
fn ranks_between(format: Format, low: f64, high: f64) -> Option<(i128, i128)> {
    let ends = format.finite_ranks();
    let end = |rank: i128| format.code_at(rank).map(|code| format.decode(code));
    let (least, most) = (end(ends.0)?, end(ends.1)?);
    if high < least || low > most {
        return None;
    }
    let rank = |x: f64, rounding| format.rank(format.encode(x.clamp(least, most), rounding, Overflow::Saturate));
    let (first, last) = (rank(low, Rounding::Up)?, rank(high, Rounding::Down)?);
    let inside = |rank: i128| end(rank).is_some_and(|value| (low..=high).contains(&value));
    (first <= last && inside(first)).then_some((first, last))
}

/// The numbers that round to the nearest value of this code; at the ends of the range as far as `beyond` on that side. `None` for
/// what is no number.
pub fn interval(format: Format, code: u64, beyond: (f64, f64)) -> Option<(f64, f64)> {
    let interval = format.rounding_interval(code, Rounding::NearestEven, false)?;
    let low = interval.low.map_or(beyond.0, |bound| bound.value.to_f64());
    let high = interval.high.map_or(beyond.1, |bound| bound.value.to_f64());
    Some((low, high))
}

/// The values in view as a table; then what was typed and what is stored, with the ends of what rounds to it.
pub fn table(
    title: &str,
    ticks: &LineTicks,
    stored: Option<f64>,
    typed: Option<f64>,
    interval: Option<(f64, f64)>,
) -> Table {
    let mut table = Table::new(title, &["what", "value", "rounds from", "to"]);
    let row = |what: &str, value: f64, [low, high]: [Cell; 2]| {
        vec![Cell::Text(what.to_owned()), Cell::Number(value), low, high]
    };
    let nothing = || [Cell::Empty, Cell::Empty];
    table.rows = ticks.ticks.iter().map(|tick| row("value", tick.value, nothing())).collect();
    table.rows.extend(typed.map(|value| row("typed", value, nothing())));
    let ends = interval.map_or_else(nothing, |(low, high)| [Cell::Number(low), Cell::Number(high)]);
    table.rows.extend(stored.map(|value| row("stored", value, ends)));
    table
}

/// Where the subnormal zone ends, on the positive side.
pub fn subnormal_end(format: Format) -> Option<f64> {
    let Format::Float(float) = format else { return None };
    let first_normal = format.properties().min_normal?;
    (float.mantissa_bits > 0 && format.class(1) == Class::Subnormal).then(|| first_normal.to_f64())
}

/// A stretch that shows a value with about `values` neighbours on each side.
pub fn around(format: Format, code: u64, values: i128) -> Option<(f64, f64)> {
    let rank = format.rank(code)?;
    let (low, high) = format.finite_ranks();
    let at = |rank: i128| format.code_at(rank.clamp(low, high)).map(|code| format.decode(code));
    let (below, above) = (at(rank - values)?, at(rank + values)?);
    let margin = (above - below) * 0.06;
    (above > below).then_some((below - margin, above + margin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    fn format(name: &str) -> Format {
        find(name).unwrap().format
    }

    #[test]
    fn places_and_values_are_inverse() {
        for scale in [LineScale::Linear, LineScale::Log, LineScale::Symlog] {
            let axis = LineAxis { scale, knee: 0.25, low: 0.0, high: 1.0, start: 0.0, end: 100.0 };
            for value in [0.01, 0.2, 0.25, 0.3, 4.0] {
                let back = axis.value_at(axis.place(value).unwrap());
                assert!((back - value).abs() < 1e-12, "{scale:?} {value} {back}");
                if scale != LineScale::Log {
                    assert!((axis.value_at(axis.place(-value).unwrap()) + value).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn the_mockups_neighbours_of_a_quarter() {
        let e4m3 = format("e4m3fn");
        let code = e4m3.encode(0.25, Default::default(), Default::default());
        assert_eq!(interval(e4m3, code, (0.0, 1.0)), Some((0.242_187_5, 0.265_625)));
        let axis = LineAxis { scale: LineScale::Linear, knee: 1.0, low: 0.21, high: 0.32, start: 0.0, end: 728.0 };
        let found: Vec<f64> = ticks(e4m3, &axis, 100).ticks.iter().map(|tick| tick.value).collect();
        assert_eq!(found, [0.218_75, 0.234_375, 0.25, 0.281_25, 0.3125]);
    }

    #[test]
    fn a_line_leaves_as_its_values() {
        let e2m1 = format("e2m1fn");
        let axis = LineAxis { scale: LineScale::Linear, knee: 1.0, low: 0.0, high: 2.0, start: 0.0, end: 100.0 };
        let table = table("Neighbourhood", &ticks(e2m1, &axis, 100), Some(1.5), Some(1.4), Some((1.25, 1.75)));
        let text = table.csv();
        assert!(text.starts_with("what,value,rounds from,to\r\nvalue,0,,\r\nvalue,0.5,,\r\n"), "{text}");
        assert!(text.ends_with("typed,1.4,,\r\nstored,1.5,1.25,1.75\r\n"), "{text}");
    }

    #[test]
    fn too_many_values_leave_the_powers_of_two() {
        let axis = LineAxis { scale: LineScale::Log, knee: 1.0, low: -3.0, high: 3.0, start: 0.0, end: 700.0 };
        let found = ticks(format("fp32"), &axis, 1000);
        assert!(!found.complete);
        assert_eq!(
            found.ticks.iter().map(|tick| tick.value).collect::<Vec<_>>(),
            [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0]
        );
    }

    #[test]
    fn the_ends_of_the_range_have_intervals_too() {
        let e2m1 = format("e2m1fn");
        assert_eq!(interval(e2m1, 7, (-9.0, 9.0)).map(|ends| ends.0), Some(5.0));
        assert_eq!(interval(format("fp16"), 0x7BFF, (0.0, 0.0)), Some((65488.0, 65520.0)));
        assert_eq!(interval(format("fp16"), 0x7C00, (0.0, 0.0)), None);
        assert_eq!(subnormal_end(e2m1), Some(1.0));
        assert_eq!(subnormal_end(format("int8")), None);
    }
}
