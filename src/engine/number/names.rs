//! Formats by name: those of the catalogue, and any other by its parameters.
//!
//! ```text
//! name     = a catalogue name or alias | float | p3109 | integer | fixed | posit | codebook      in any case
//! float    = ["u"] "e" E "m" M ["b" BIAS] [kind] ["nosub"]        "-" may part them; "u": no sign bit
//! kind     = "ieee" | "fn" | "fnuz" | "finite" | "ext" | "scale"  left out: ieee (finite without exponent bits)
//! p3109    = "binary" WIDTH "p" PRECISION ("s" | "u") ("e" | "f") signed or not, extended or finite
//! integer  = ("int" | "uint" | "sm" | "oc" | "offset") WIDTH      two's complement, unsigned, sign-magnitude, one's complement, offset
//! fixed    = [sign] "fixed" WIDTH "." FRACTION                    the lecture's fixed<WIDTH,FRACTION>
//!          | [sign] "armq" m "." n | [sign] "tiq" m "." n         Qm.n where m counts the sign bit (ARM) or does not (TI)
//! sign     = "u" | "sm" | "oc" | "offset"                         as of an integer; left out: two's complement
//! posit    = "posit" WIDTH ["es" ES]                              es is 2 where left out
//! codebook = "codebook[" VALUE { ";" VALUE } "]"                  2 to 16 values, code 0 first
//! ```
//!
//! The catalogue comes first: `e2m1fn` is the OCP format in which every code is finite, as all libraries call it.

use std::borrow::Cow;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::{
    CATALOGUE, Entry, FixedFormat, FloatFormat, Format, IntegerEncoding, IntegerFormat, Kind, Number, PositFormat,
    TableFormat, find,
};

/// A format and its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The canonical name: reads back as the format.
    pub name: Cow<'static, str>,
    /// The name on screen.
    pub title: Cow<'static, str>,
    /// The format.
    pub format: Format,
    /// Where the parameters come from.
    pub source: &'static str,
}

/// Why a text names no format; says what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(String);

const CUSTOM: &str = "custom parameters";

/// The format of that name; the module's documentation has the grammar.
///
/// # Errors
/// Says what is wrong with the name or which parameter is outside what is allowed.
pub fn named(name: &str) -> Result<Named, NameError> {
    let text = name.trim();
    if let Some(entry) = find(text) {
        return Ok(entry.into());
    }
    let lower = text.to_ascii_lowercase();
    let parsers: [fn(&str) -> Parsed; 6] = [codebook, integer, fixed, posit, p3109, float];
    for parser in parsers {
        if let Some(found) = parser(&lower) {
            return found.map(Named::of).map_err(|why| NameError(format!("format {text:?}: {why}")));
        }
    }
    Err(NameError(format!(
        "unknown format {text:?}; expected a name that `quantscope formats` lists, or parameters such as e5m9b15ieee, sm8, \
         fixed8.4, posit16es2 or codebook[-1;0;1]"
    )))
}

impl From<&Entry> for Named {
    fn from(entry: &Entry) -> Self {
        Self { name: entry.name.into(), title: entry.title.into(), format: entry.format, source: entry.source }
    }
}

impl Named {
    /// The names of a format: the catalogue's where it is there, else those of its parameters.
    pub fn of(format: Format) -> Self {
        if let Some(entry) = CATALOGUE.iter().find(|entry| entry.format == format) {
            return entry.into();
        }
        let (name, title) = match format {
            Format::Float(float) => (float_name(float), float_title(float)),
            Format::Integer(integer) => (
                format!("{}{}", integer.encoding.prefix(), integer.bits),
                format!("{}-bit {}", integer.bits, integer.encoding.title()),
            ),
            Format::Fixed(fixed) => (fixed_name(fixed), fixed_title(fixed)),
            Format::Posit(posit) => {
                let es = if posit.exponent_bits == 2 { String::new() } else { format!("es{}", posit.exponent_bits) };
                let title = match posit.exponent_bits {
                    2 => format!("Posit{}", posit.bits),
                    es => format!("Posit{} (es = {es}, not the standard's 2)", posit.bits),
                };
                (format!("posit{}{es}", posit.bits), title)
            }
            Format::Table(table) => {
                let values: Vec<String> = table.values().iter().map(f32::to_string).collect();
                (format!("codebook[{}]", values.join(";")), format!("Codebook of {}", values.len()))
            }
        };
        Self { name: name.into(), title: title.into(), format, source: CUSTOM }
    }
}

/// `None` where the text is of another family.
type Parsed = Option<Result<Format, String>>;

fn whole<T: FromStr + PartialOrd + Display>(what: &str, text: &str, allowed: RangeInclusive<T>) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| format!("{what} is {} to {}, not {text}", allowed.start(), allowed.end()))
}

/// The number at the start of a text, and the rest.
fn leading(text: &str) -> Option<(&str, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| text.split_at(digits))
}

fn integer(text: &str) -> Parsed {
    // "int" would also match "uint", but the text starts with one or the other.
    let (encoding, width) = IntegerEncoding::ALL.into_iter().find_map(|encoding| {
        let rest = text.strip_prefix(encoding.prefix())?;
        rest.bytes().all(|byte| byte.is_ascii_digit()).then_some((encoding, rest))
    })?;
    Some(whole("the width", width, 1..=64).map(|bits| Format::Integer(IntegerFormat { bits, encoding })))
}

fn fixed(text: &str) -> Parsed {
    let encoding = IntegerEncoding::ALL.into_iter().find(|encoding| {
        let rest = text.strip_prefix(fixed_prefix(*encoding)).unwrap_or("");
        ["fixed", "armq", "tiq", "q"].iter().any(|start| rest.starts_with(start))
    })?;
    let rest = &text[fixed_prefix(encoding).len()..];
    let sign = i32::from(encoding != IntegerEncoding::Unsigned);
    let bare = rest.strip_prefix('q').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let (numbers, extra) = match (rest.strip_prefix("armq"), rest.strip_prefix("tiq"), rest.strip_prefix("fixed")) {
        (Some(numbers), ..) => (numbers, Some(0)),
        (_, Some(numbers), _) => (numbers, Some(sign)),
        (.., Some(numbers)) => (numbers, None),
        _ if bare.is_some() => {
            let numbers = bare.unwrap_or_default();
            return Some(Err(format!(
                "Q{numbers} has two meanings; write armq{numbers} where the integer bits count the sign bit (ARM), or \
                 tiq{numbers} where they do not (TI)"
            )));
        }
        _ => return None,
    };
    Some((|| {
        let (first, fraction) = numbers.split_once('.').ok_or("expected two numbers with a point, as in fixed8.4")?;
        let range = FixedFormat::FEWEST..=FixedFormat::MOST;
        let fraction_bits = whole("the number of fraction bits", fraction, range.clone())?;
        let bits = match extra {
            None => whole("the width", first, 1..=64)?,
            Some(extra) => {
                let bits = whole("the number of integer bits", first, range)? + fraction_bits + extra;
                whole("the width", &bits.to_string(), 1..=64)?
            }
        };
        Ok(Format::Fixed(FixedFormat { integer: IntegerFormat { bits, encoding }, fraction_bits }))
    })())
}

/// What stands before the name of a fixed-point format.
fn fixed_prefix(encoding: IntegerEncoding) -> &'static str {
    match encoding {
        IntegerEncoding::Unsigned => "u",
        IntegerEncoding::TwosComplement => "",
        other => other.prefix(),
    }
}

fn fixed_name(fixed: FixedFormat) -> String {
    format!("{}fixed{}.{}", fixed_prefix(fixed.integer.encoding), fixed.integer.bits, fixed.fraction_bits)
}

fn fixed_title(fixed: FixedFormat) -> String {
    let FixedFormat { integer, fraction_bits } = fixed;
    if integer.encoding == IntegerEncoding::Unsigned {
        return format!("unsigned fixed<{},{fraction_bits}>: {}, {0} bits", integer.bits, fixed.arm_name());
    }
    let (arm, ti) = (fixed.arm_name(), fixed.ti_name());
    let encoding = match integer.encoding {
        IntegerEncoding::TwosComplement => String::new(),
        other => format!("{} ", other.title()),
    };
    format!("{encoding}fixed<{},{fraction_bits}>: ARM {arm}, TI {ti}, {0} bits", integer.bits)
}

fn posit(text: &str) -> Parsed {
    let rest = text.strip_prefix("posit")?;
    Some((|| {
        let (width, es) = rest.split_once("es").unwrap_or((rest, "2"));
        let bits = whole("the width", width, PositFormat::NARROWEST..=PositFormat::WIDEST)?;
        let exponent_bits = whole("the number of exponent bits", es, 0..=4)?;
        Ok(Format::Posit(PositFormat { bits, exponent_bits }))
    })())
}

fn p3109(text: &str) -> Parsed {
    let rest = text.strip_prefix("binary").filter(|rest| rest.contains('p'))?;
    Some((|| {
        let shape = "expected binary, a width, p, a precision, s or u, e or f, as in binary8p4se";
        let (width, rest) = leading(rest).ok_or(shape)?;
        let (precision, flags) = rest.strip_prefix('p').and_then(leading).ok_or(shape)?;
        let (signed, extended) = match flags {
            "se" => (true, true),
            "sf" => (true, false),
            "ue" => (false, true),
            "uf" => (false, false),
            _ => return Err(shape.to_owned()),
        };
        let width: u32 = whole("the width", width, 3..=15)?;
        let precision = whole("the precision", precision, 1..=width - 1)?;
        let (mantissa_bits, exponent_bits) = (precision - 1, width - precision + u32::from(!signed));
        let kind = match (signed, extended) {
            (_, true) => Kind::Extended,
            (true, false) => Kind::Fnuz,
            (false, false) => Kind::Fn,
        };
        let bias = FloatFormat::usual_bias(exponent_bits, Kind::Extended);
        let float = FloatFormat { signed, ..FloatFormat::new(exponent_bits, mantissa_bits, bias, kind) };
        float.check().map(Format::Float)
    })())
}

const KINDS: [(Kind, &str); 6] = [
    (Kind::Ieee, "ieee"),
    (Kind::Fnuz, "fnuz"),
    (Kind::Fn, "fn"),
    (Kind::Finite, "finite"),
    (Kind::Extended, "ext"),
    (Kind::Scale, "scale"),
];

fn float(text: &str) -> Parsed {
    let (unsigned, rest) = text.strip_prefix('u').map_or((false, text), |rest| (true, rest));
    let (exponent, rest) = rest.strip_prefix('e').and_then(leading)?;
    let (mantissa, rest) = rest.strip_prefix('m').and_then(leading)?;
    Some((|| {
        let exponent_bits = whole("the number of exponent bits", exponent, 0..=FloatFormat::MOST_EXPONENT_BITS)?;
        let mantissa_bits = whole("the number of mantissa bits", mantissa, 0..=FloatFormat::MOST_MANTISSA_BITS)?;
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let (bias, rest) = match rest.strip_prefix('b') {
            Some(after) => {
                let minus = usize::from(after.starts_with('-'));
                let (digits, rest) = leading(&after[minus..]).ok_or("b needs a bias, as in e5m10b15")?;
                let bias = &after[..minus + digits.len()];
                let range = -FloatFormat::LARGEST_BIAS..=FloatFormat::LARGEST_BIAS;
                (Some(whole("the bias", bias, range)?), rest)
            }
            None => (None, rest),
        };
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let (rest, subnormals) = match rest.strip_suffix("nosub") {
            Some(rest) => (rest.strip_suffix('-').unwrap_or(rest), false),
            None => (rest, true),
        };
        let usual = if exponent_bits == 0 { Kind::Finite } else { Kind::Ieee };
        let kind = if rest.is_empty() {
            usual
        } else {
            let found = KINDS.into_iter().find(|(_, word)| *word == rest);
            found.map(|(kind, _)| kind).ok_or_else(|| {
                format!("{rest:?} is no kind; expected ieee, fn, fnuz, finite, ext or scale, and nosub after it")
            })?
        };
        let bias = bias.unwrap_or_else(|| FloatFormat::usual_bias(exponent_bits, kind));
        let signed = !unsigned && kind != Kind::Scale;
        FloatFormat { signed, exponent_bits, mantissa_bits, bias, kind, subnormals }.check().map(Format::Float)
    })())
}

fn float_name(float: FloatFormat) -> String {
    let FloatFormat { signed, exponent_bits, mantissa_bits, bias, kind, subnormals } = float;
    let unsigned = if signed || kind == Kind::Scale { "" } else { "u" };
    let word = KINDS.into_iter().find(|(each, _)| *each == kind).map_or("", |(_, word)| word);
    let end = if subnormals { "" } else { "-nosub" };
    format!("{unsigned}e{exponent_bits}m{mantissa_bits}b{bias}{word}{end}")
}

fn float_title(float: FloatFormat) -> String {
    let FloatFormat { signed, exponent_bits, mantissa_bits, bias, kind, subnormals } = float;
    let unsigned = if signed || kind == Kind::Scale { "" } else { "U" };
    let word = match kind {
        Kind::Ieee => "IEEE-style",
        Kind::Fn => "FN",
        Kind::Fnuz => "FNUZ",
        Kind::Finite => "all finite",
        Kind::Extended => "P3109 extended",
        Kind::Scale => "scale",
    };
    let end = if subnormals { "" } else { ", no subnormals" };
    let minus = if bias < 0 { "−" } else { "" };
    format!("{unsigned}E{exponent_bits}M{mantissa_bits} ({word}, bias {minus}{}{end})", bias.unsigned_abs())
}

fn codebook(text: &str) -> Parsed {
    let rest = text.strip_prefix("codebook")?;
    Some((|| {
        let inner = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let inner = inner.ok_or("expected values in brackets, as in codebook[-1;0;1]")?;
        let parts = inner.split(|c: char| c == ';' || c.is_whitespace()).filter(|part| !part.is_empty());
        let single = Format::Float(FloatFormat::new(8, 23, 127, Kind::Ieee));
        let value = |part: &str| {
            let number: Number = part.parse().map_err(|error: super::NumberError| error.to_string())?;
            // Rounded once from the text.
            let code = single.encode_number(&number, super::Rounding::NearestEven, super::Overflow::Default);
            Ok(f32::from_bits(code as u32))
        };
        let values = parts.map(value).collect::<Result<Vec<f32>, String>>()?;
        TableFormat::new(&values).map(Format::Table)
    })())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_canonical_name_reads_back() {
        for entry in CATALOGUE {
            assert_eq!(named(entry.name).unwrap(), Named::from(entry));
            let by_parameters = match entry.format {
                Format::Float(float) => float_name(float),
                Format::Fixed(fixed) => fixed_name(fixed),
                _ => continue,
            };
            // The name by parameters always means those parameters, too.
            assert_eq!(named(&by_parameters).unwrap().format, entry.format, "{by_parameters}");
        }
        for name in [
            "e5m9b15ieee",
            "ue4m4b7fn",
            "e3m2b3fn",
            "e6m9b31ieee-nosub",
            "e4m2b-3finite",
            "e0m7b0finite",
            "e4m0b7scale",
            "e5m1b16ext",
            "sm5",
            "oc64",
            "offset12",
            "ufixed8.3",
            "fixed8.-2",
            "smfixed8.4",
            "ocfixed12.12",
            "offsetfixed64.-3",
            "posit10",
            "posit8es0",
            "codebook[-1;0;0.5;1]",
        ] {
            let found = named(name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(found.name, name);
            assert_eq!(Named::of(found.format), found);
            assert!(!found.title.is_empty());
        }
    }

    #[test]
    fn names_may_be_written_in_more_than_one_way() {
        let same = [
            ("E5M10B15", "fp16"),
            ("e8m7", "bf16"),
            ("e4m3b7fn", "e4m3fn"),
            ("e4m3-b7-fn", "e4m3fn"),
            ("e4m3b8fnuz", "e4m3fnuz"),
            ("e2m1b1finite", "e2m1fn"),
            ("e8m0b127scale", "e8m0"),
            ("binary8p4sf", "e4m3fnuz"),
            ("binary8p3se", "binary8p3se"),
            ("armq4.4", "fixed8.4"),
            ("tiq3.4", "fixed8.4"),
            ("armq8.8", "fixed16.8"),
            ("tiq7.8", "fixed16.8"),
            ("uarmq4.4", "ufixed8.4"),
            ("utiq4.4", "ufixed8.4"),
            ("smtiq3.4", "smfixed8.4"),
            ("posit16es2", "posit16"),
            ("e5m9b15ieee-nosub", "e5m9nosub"),
            ("codebook[-1 0 1]", "codebook[-1;0;1]"),
        ];
        for (name, other) in same {
            let format = |name: &str| named(name).unwrap_or_else(|error| panic!("{error}")).format;
            assert_eq!(format(name), format(other), "{name}");
        }
    }

    #[test]
    fn what_names_no_format_is_told_what_would() {
        for (name, hint) in [
            ("", "unknown format"),
            ("frob", "expected a name"),
            ("e16m3", "exponent bits is 0 to 15, not 16"),
            ("e4m61", "mantissa bits is 0 to 60, not 61"),
            ("e15m60", "up to 64 bits"),
            ("e0m0", "needs an exponent or a mantissa bit"),
            ("e0m4ieee", "the kind is finite"),
            ("ue4m3fnuz", "is signed"),
            ("e4m3scale", "neither sign nor mantissa"),
            ("e4m3b99999", "bias is -32767 to 32767"),
            ("e4m3b", "b needs a bias"),
            ("e4m3frob", "is no kind"),
            ("int0", "width is 1 to 64, not 0"),
            ("sm65", "width is 1 to 64, not 65"),
            ("q4.4", "two meanings"),
            ("fixed8", "two numbers"),
            ("fixed8.200", "fraction bits is -64 to 128"),
            ("armq40.40", "width is 1 to 64, not 80"),
            ("posit1", "width is 2 to 63"),
            ("posit8es9", "exponent bits is 0 to 4"),
            ("binary8p4xx", "as in binary8p4se"),
            ("binary8p9se", "precision is 1 to 7"),
            ("codebook[1]", "2 to 16 values"),
            ("codebook[1;1]", "two different values"),
            ("codebook[1;x]", "is no number"),
            ("codebook[1;inf]", "finite"),
        ] {
            let error = named(name).unwrap_err().to_string();
            assert!(error.contains(hint), "{name}: {error}");
        }
    }
}
