//! How the pages of numbers draw what they show.

use crate::app::view::code_map::MapColor;
use crate::app::view::code_table::Order;
use crate::app::view::value_line::LineScale;

/// What the card under the map shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// The classes with their codes: the legend of the map.
    #[default]
    Classes,
    /// Buttons for special codes.
    Specials,
    /// The code in every notation.
    Notations,
}

/// What the chart of spacing measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// The distance to the next value.
    #[default]
    Step,
    /// Half of it over the value: the largest relative error of rounding.
    Relative,
}

/// How the pages draw; the defaults are left out of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The colour of the map of all codes.
    pub map: MapColor,
    /// The card under it.
    pub side: Side,
    /// The order of the table of all codes.
    pub order: Order,
    /// The scale of the line of a custom float.
    pub scale: LineScale,
    /// The scale of the lines of two formats.
    pub line: LineScale,
    /// The chart of spacing.
    pub measure: Measure,
    /// Whether the sliders of a custom float keep the sum of its widths.
    pub keep_sum: bool,
}

impl Default for Drawn {
    fn default() -> Self {
        Self {
            map: MapColor::default(),
            side: Side::default(),
            order: Order::default(),
            scale: LineScale::Linear,
            line: LineScale::Log,
            measure: Measure::default(),
            keep_sum: false,
        }
    }
}

// The choices with their words in a link.
const MAPS: [(&str, MapColor); 2] = [("value", MapColor::Value), ("class", MapColor::Class)];
const SIDES: [(&str, Side); 3] =
    [("classes", Side::Classes), ("specials", Side::Specials), ("notations", Side::Notations)];
const ORDERS: [(&str, Order); 2] = [("code", Order::Code), ("value", Order::Value)];
const SCALES: [(&str, LineScale); 3] =
    [("linear", LineScale::Linear), ("log", LineScale::Log), ("symlog", LineScale::Symlog)];
const MEASURES: [(&str, Measure); 2] = [("step", Measure::Step), ("relative", Measure::Relative)];
const SWITCH: [(&str, bool); 2] = [("true", true), ("false", false)];

/// The word of a choice.
fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|row| row.1 == *value).map_or("", |row| row.0)
}

/// The choice that a word means.
pub(super) fn choice<T: Copy>(key: &str, words: &[(&'static str, T)], word: &str) -> Result<T, String> {
    let names = || words.iter().map(|row| row.0).collect::<Vec<_>>().join(", ");
    words
        .iter()
        .find(|row| row.0 == word)
        .map(|row| row.1)
        .ok_or_else(|| format!("{key}={word}: expected one of {}", names()))
}

impl Drawn {
    /// The keys in a link.
    pub(super) const KEYS: [&'static str; 7] = ["map", "side", "order", "scale", "line", "measure", "keep-sum"];

    /// Those of the `keys` that are not the default, as `key=word`.
    pub(super) fn parts(&self, keys: &[&str]) -> Vec<String> {
        let usual = Self::default();
        let all = [
            ("map", word(&MAPS, &self.map), word(&MAPS, &usual.map)),
            ("side", word(&SIDES, &self.side), word(&SIDES, &usual.side)),
            ("order", word(&ORDERS, &self.order), word(&ORDERS, &usual.order)),
            ("scale", word(&SCALES, &self.scale), word(&SCALES, &usual.scale)),
            ("line", word(&SCALES, &self.line), word(&SCALES, &usual.line)),
            ("measure", word(&MEASURES, &self.measure), word(&MEASURES, &usual.measure)),
            ("keep-sum", word(&SWITCH, &self.keep_sum), word(&SWITCH, &usual.keep_sum)),
        ];
        let other = all.into_iter().filter(|(key, now, usual)| keys.contains(key) && now != usual);
        other.map(|(key, now, _)| format!("{key}={now}")).collect()
    }

    /// Takes one of [`Drawn::KEYS`].
    ///
    /// # Errors
    /// What was expected.
    pub(super) fn set(&mut self, key: &str, setting: &str) -> Result<(), String> {
        match key {
            "map" => self.map = choice(key, &MAPS, setting)?,
            "side" => self.side = choice(key, &SIDES, setting)?,
            "order" => self.order = choice(key, &ORDERS, setting)?,
            "scale" => self.scale = choice(key, &SCALES, setting)?,
            "line" => self.line = choice(key, &SCALES, setting)?,
            "measure" => self.measure = choice(key, &MEASURES, setting)?,
            _ => self.keep_sum = choice(key, &SWITCH, setting)?,
        }
        Ok(())
    }
}
