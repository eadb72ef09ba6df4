//! `formats`, `decode`, `encode`, `table`: number formats in and out.

use serde_json::{Value as Json, json};

use super::Failure;
use super::args::Policy as PolicyArgs;
use super::print::{columns, document, number};
use crate::engine::number::{
    CATALOGUE, Containers, Dyadic, Format, Named, Number, Policy, Properties, Value, derive, named,
};

/// The format of that name.
pub(super) fn entry(name: &str) -> Result<Named, Failure> {
    named(name).map_err(Failure::new)
}

/// The policy that the arguments ask for; refuses what the format cannot follow.
pub(super) fn policy(entry: &Named, asked: PolicyArgs) -> Result<Policy, Failure> {
    if let Some(preset) = asked.preset {
        let why = |why| Failure::new(format!("--preset {}: {}: {why}", preset.name(), entry.name));
        return preset.policy(entry.format).map_err(why);
    }
    match entry.format.refusal(asked.overflow) {
        Some(why) => Err(Failure::new(format!("--overflow {}: {} {why}", asked.overflow.name(), entry.name))),
        None => Ok(Policy::new(asked.rounding, asked.overflow)),
    }
}

/// A value as a JSON number that reads back exactly. Integers of more than 53 bits are written as integers.
fn value_json(format: Format, code: u64) -> Json {
    match format {
        Format::Integer(integer) if !integer.is_minus_zero(code) => match i64::try_from(integer.integer(code)) {
            Ok(small) => json!(small),
            Err(_) => json!(integer.integer(code) as u64),
        },
        _ => exactly(format.value(code)),
    }
}

/// A value as short text that reads back exactly.
fn value_text(format: Format, code: u64) -> String {
    text_of(&value_json(format, code))
}

fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The bits of a code, the first field first.
fn bits(format: Format, code: u64) -> String {
    format!("{code:0width$b}", width = format.bits() as usize)
}

/// The bits of a code with a space between the fields; a posit's are those of the code itself, not of its magnitude.
fn fields(format: Format, code: u64) -> String {
    let bits = bits(format, code);
    let mut rest = bits.as_str();
    let mut parts = Vec::new();
    for field in derive::fields(format, code) {
        let (part, after) = rest.split_at(field.width as usize);
        parts.push(part);
        rest = after;
    }
    parts.join(" ")
}

fn hex(format: Format, code: u64) -> String {
    format!("0x{code:0width$x}", width = format.bits().div_ceil(4) as usize)
}

/// What every listing of codes says about one.
fn code_json(format: Format, code: u64) -> Json {
    json!({
        "code": code,
        "bits": bits(format, code),
        "value": value_json(format, code),
        "class": format.class(code).name(),
    })
}

/// A code: 0x…, 0b… or decimal, `_` between digits.
fn parse_code(text: &str, entry: &Named) -> Result<u64, Failure> {
    let lower = text.trim().to_ascii_lowercase().replace('_', "");
    let (digits, radix) = match (lower.strip_prefix("0x"), lower.strip_prefix("0b")) {
        (Some(hex), _) => (hex, 16),
        (_, Some(binary)) => (binary, 2),
        _ => (lower.as_str(), 10),
    };
    let plain = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    // Digits that overflow u64 are a code that is too large for every format.
    let code = plain.then(|| u64::from_str_radix(digits, radix).ok());
    let last = entry.format.last_code();
    match code {
        None => Err(Failure::new(format!("code {text:?}: expected 0x…, 0b… or a decimal whole number"))),
        Some(Some(code)) if code <= last => Ok(code),
        Some(_) => Err(Failure::new(format!(
            "code {text:?} is too large: {} has {} bits, codes go up to {}",
            entry.name,
            entry.format.bits(),
            hex(entry.format, last)
        ))),
    }
}

/// `quantscope decode`
pub(super) fn decode(name: &str, codes: &[String], as_json: bool) -> Result<String, Failure> {
    let entry = entry(name)?;
    let format = entry.format;
    let codes = codes.iter().map(|text| parse_code(text, &entry)).collect::<Result<Vec<_>, _>>()?;
    let decimal = |code: u64| format.value(code).to_decimal();
    if as_json {
        let each = codes.into_iter().map(|code| {
            let mut item = code_json(format, code);
            item["decimal"] = json!(decimal(code));
            item
        });
        return Ok(document(&each.collect()));
    }
    let row = |code: u64| {
        let class = format.class(code).name().to_owned();
        [hex(format, code), fields(format, code), value_text(format, code), class, decimal(code)]
    };
    Ok(columns(["code", "bits", ">value", "class", "exactly"], &codes.into_iter().map(row).collect::<Vec<_>>()))
}

/// `quantscope encode`
pub(super) fn encode(name: &str, values: &[String], asked: PolicyArgs, as_json: bool) -> Result<String, Failure> {
    let entry = entry(name)?;
    let format = entry.format;
    let policy = policy(&entry, asked)?;
    let encoded = (0..).zip(values).map(|(index, text)| {
        let number: Number = text.parse().map_err(Failure::new)?;
        let code = policy.at(index).encode(format, &number);
        Ok((text, code.map_err(|why| Failure::new(format!("{text}: {}: {why}", entry.name)))?))
    });
    let encoded = encoded.collect::<Result<Vec<_>, Failure>>()?;
    if as_json {
        let each = encoded.into_iter().map(|(text, code)| {
            let mut item = code_json(format, code);
            item["input"] = json!(text);
            item
        });
        return Ok(document(&each.collect()));
    }
    let row = |(text, code): (&String, u64)| {
        let class = format.class(code).name().to_owned();
        [text.clone(), hex(format, code), fields(format, code), value_text(format, code), class]
    };
    Ok(columns(["input", "code", "bits", ">value", "class"], &encoded.into_iter().map(row).collect::<Vec<_>>()))
}

/// `quantscope table`
pub(super) fn table(name: &str, as_json: bool) -> Result<String, Failure> {
    let entry = entry(name)?;
    let format = entry.format;
    if format.bits() > 16 {
        let bits = format.bits();
        return Err(Failure::new(format!("{} has {bits} bits; expected a format of up to 16 bits", entry.name)));
    }
    let codes = 0..=format.last_code();
    if as_json {
        return Ok(document(&codes.map(|code| code_json(format, code)).collect()));
    }
    let row = |code: u64| {
        let class = format.class(code).name().to_owned();
        [hex(format, code), fields(format, code), value_text(format, code), class]
    };
    Ok(columns(["code", "bits", ">value", "class"], &codes.map(row).collect::<Vec<_>>()))
}

/// A finite value; integers as integers, because a double would round the large ones.
fn finite_json(format: Format, value: Dyadic) -> Json {
    match format {
        Format::Integer(_) if value.negative => json!((value.significand as i64).wrapping_neg()),
        Format::Integer(_) => json!(value.significand),
        _ => exactly(Value::Finite(value)),
    }
}

/// A value as a JSON number, or as text with all digits where a double would not read back exactly.
fn exactly(value: Value) -> Json {
    let double = value.to_f64();
    let exact = match value {
        Value::Finite(finite) => Dyadic::from_f64(double).is_some_and(|double| double.compare(finite).is_eq()),
        Value::Infinite { .. } | Value::Nan => true,
    };
    if exact { number(double) } else { json!(derive::hex_float(value)) }
}

fn count_json(count: u128) -> Json {
    // Only 2^64 does not fit, and that is a double.
    u64::try_from(count).map_or_else(|_| json!(count as f64), |count| json!(count))
}

/// The properties of a format as JSON.
fn format_json(format: &Named, aliases: &[&str], containers: Containers) -> Json {
    let properties = format.format.properties();
    let finite = |value: Dyadic| finite_json(format.format, value);
    json!({
        "name": format.name,
        "title": format.title,
        "aliases": aliases,
        "bits": format.format.bits(),
        "sign_bits": properties.sign_bits,
        "exponent_bits": properties.exponent_bits,
        "mantissa_bits": properties.mantissa_bits,
        "bias": properties.bias,
        "infinities": properties.infinities,
        "nan_codes": properties.nan_codes,
        "max_finite": finite(properties.max_finite),
        "min_finite": finite(properties.min_finite),
        "min_normal": properties.min_normal.map(finite),
        "min_subnormal": properties.min_subnormal.map(finite),
        "distinct_values": count_json(properties.distinct),
        "ml_dtypes": containers.ml_dtypes,
        "torch": containers.torch,
        "onnx": containers.onnx,
        "safetensors": containers.safetensors,
        "gguf": containers.gguf,
        "source": format.source,
    })
}

/// `quantscope formats`: the catalogue, or the formats of these names.
pub(super) fn formats(names: &[String], as_json: bool) -> Result<String, Failure> {
    let catalogue = || CATALOGUE.iter().map(|entry| (Named::from(entry), entry.aliases, entry.containers()));
    let rows: Vec<(Named, &[&str], Containers)> = if names.is_empty() {
        catalogue().collect()
    } else {
        let one = |name: &String| {
            let found = entry(name)?;
            let listed = catalogue().find(|(named, ..)| *named == found);
            Ok(listed.unwrap_or((found, &[], Containers::NONE)))
        };
        names.iter().map(one).collect::<Result<_, Failure>>()?
    };
    if as_json {
        let each = rows.iter().map(|(named, aliases, containers)| format_json(named, aliases, *containers));
        return Ok(document(&each.collect()));
    }
    let row = |(entry, aliases, _): &(Named, &[&str], Containers)| {
        let Properties { sign_bits, exponent_bits, mantissa_bits, bias, .. } = entry.format.properties();
        let properties = entry.format.properties();
        let finite = |value: Dyadic| text_of(&finite_json(entry.format, value));
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        [
            entry.name.to_string(),
            entry.format.bits().to_string(),
            format!("{sign_bits}/{exponent_bits}/{mantissa_bits}"),
            or_dash(bias.map(|bias| bias.to_string())),
            properties.infinities.to_string(),
            properties.nan_codes.to_string(),
            finite(properties.max_finite),
            or_dash(properties.min_normal.map(finite)),
            or_dash(properties.min_subnormal.map(finite)),
            properties.distinct.to_string(),
            aliases.join(" "),
            entry.source.to_owned(),
        ]
    };
    let heading = [
        "name",
        ">bits",
        "S/E/M",
        ">bias",
        ">inf",
        ">NaN",
        ">max finite",
        ">min normal",
        ">min subnormal",
        ">distinct",
        "aliases",
        "source",
    ];
    Ok(columns(heading, &rows.iter().map(row).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_so_that_they_read_back() {
        for entry in CATALOGUE.iter().filter(|entry| entry.format.bits() <= 8) {
            for code in 0..=entry.format.last_code() {
                let text = value_text(entry.format, code);
                let number: Number = text.parse().unwrap();
                let back = entry.format.encode_number(&number, Default::default(), Default::default());
                // The FP4 of bitsandbytes has two codes for 0; everywhere else the code comes back.
                assert_eq!(entry.format.rank(back), entry.format.rank(code), "{} {text}", entry.name);
                let twins = matches!(entry.format, Format::Table(_)) || entry.format.value(code) == Value::Nan;
                assert!(back == code || twins, "{} {text}", entry.name);
            }
        }
    }
}
