//! The settings of the pages of numbers as one line of text: `format=fp16,value=0.265625`.

mod lab;

pub use self::lab::{parse_rounding, rounding};
use super::{DataView, Fixed, Integers, Numbers, Spread};
use crate::engine::number::{FixedFormat, Format, Input, IntegerFormat, Named, named};

/// A format as text: its name, or its parameters as a name.
pub fn format_text(format: Format) -> String {
    Named::of(format).name.into_owned()
}

/// Reads what [`format_text`] writes.
///
/// # Errors
/// What was expected.
pub fn parse_format(text: &str) -> Result<Format, String> {
    named(text).map(|named| named.format).map_err(|error| error.to_string())
}

/// A value as text: as it was typed, or the code.
fn value_text(numbers: &Numbers) -> String {
    match &numbers.value {
        Input::Number { text, .. } => text.clone(),
        Input::Code(code) => format!("{code:#x}"),
    }
}

/// The setting of the page Data types: what its view shows.
pub fn data_types(numbers: &Numbers) -> String {
    let mut parts = Vec::new();
    if numbers.view != DataView::Bits {
        let name = DataView::ALL.iter().find(|row| row.0 == numbers.view).map_or("bits", |row| row.2);
        parts.push(format!("view={name}"));
    }
    match numbers.view {
        DataView::Bits | DataView::Codes | DataView::Spacing => {
            parts.push(format!("format={}", format_text(numbers.format)));
            parts.push(format!("value={}", value_text(numbers)));
            parts.push(format!("beside={}", format_text(numbers.beside)));
        }
        DataView::Integers => {
            let Integers { bits, code, addend, signed } = numbers.integers;
            let width = bits as usize + 2;
            parts.push(format!("bits={bits},code={code:#0width$b},add={addend},signed={signed}"));
        }
        DataView::Fixed => {
            let Fixed { format, code, other } = numbers.fixed;
            let (bits, point) = (format.integer.bits, format.fraction_bits);
            let width = bits as usize + 2;
            parts.push(format!("bits={bits},point={point},code={code:#0width$b},other={other:#0width$b}"));
        }
        DataView::FourBits => parts.push(format!(
            "sample={}",
            match numbers.spread {
                Spread::Uniform => "uniform",
                Spread::Gaussian => "gaussian",
            }
        )),
        DataView::Custom => {
            let wrong = numbers.wrong_bias;
            parts.push(format!("custom={},zero-bias={wrong}", format_text(Format::Float(numbers.custom))));
        }
    }
    parts.join(",")
}

/// Takes a text for the page Data types; what it does not name stays.
///
/// # Errors
/// Which part is wrong, and what was expected.
pub fn parse_data_types(numbers: &mut Numbers, text: &str) -> Result<(), String> {
    let mut changed = numbers.clone();
    // The value is read in the format that the text names, wherever it stands.
    let mut value = None;
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (key, setting) = part.split_once('=').unwrap_or(("format", part));
        match key {
            "view" => {
                let names = || DataView::ALL.map(|row| row.2).join(", ");
                let row = DataView::ALL.iter().find(|row| row.2 == setting);
                changed.view = row.ok_or_else(|| format!("view {setting:?}: expected one of {}", names()))?.0;
            }
            "format" => changed.set_format(parse_format(setting)?),
            "value" => value = Some(setting),
            "beside" => changed.beside = parse_format(setting)?,
            "bits" => set_bits(&mut changed, setting)?,
            "code" | "other" => set_code(&mut changed, key, setting)?,
            "add" => {
                let addend = setting.parse().ok().filter(|addend: &i64| addend.abs() <= 1 << 16);
                changed.integers.addend = addend.ok_or_else(|| format!("add={setting}: expected −65536 to 65536"))?;
            }
            "signed" => {
                let signed = setting.parse().map_err(|_| format!("signed={setting}: expected true or false"))?;
                changed.integers.signed = signed;
            }
            "point" => {
                let point = setting.parse().ok().filter(|point: &i32| (0..=64).contains(point));
                changed.fixed.format.fraction_bits =
                    point.ok_or_else(|| format!("point={setting}: expected 0 to 64"))?;
            }
            "sample" => {
                changed.spread = match setting {
                    "uniform" => Spread::Uniform,
                    "gaussian" => Spread::Gaussian,
                    _ => return Err(format!("sample={setting}: expected uniform or gaussian")),
                }
            }
            "zero-bias" => {
                let wrong = setting.parse().map_err(|_| format!("zero-bias={setting}: expected true or false"))?;
                changed.wrong_bias = wrong;
            }
            "custom" => match parse_format(setting)? {
                Format::Float(float) => changed.custom = float,
                _ => return Err(format!("custom={setting}: expected a float, as in e4m3b7ieee")),
            },
            _ => {
                return Err(format!(
                    "{key:?} is no setting here; expected view, format, value, beside, bits, code, add, signed, point, \
                     other, sample, custom or zero-bias"
                ));
            }
        }
    }
    if let Some(value) = value {
        changed.value = Input::parse(value, changed.format)?;
    }
    *numbers = changed;
    Ok(())
}

/// The setting of the page Compare: the value and the formats.
pub fn compare(numbers: &Numbers) -> String {
    let formats: Vec<String> = numbers.compared.iter().map(|format| format_text(*format)).collect();
    let value = match &numbers.value {
        Input::Number { text, .. } => text.clone(),
        // Elsewhere the code may be another format's.
        Input::Code(code) => numbers.format.value(*code).to_decimal(),
    };
    format!("value={value},formats={}", formats.join("+"))
}

/// Takes a text for the page Compare; what it does not name stays.
///
/// # Errors
/// Which part is wrong, and what was expected.
pub fn parse_compare(numbers: &mut Numbers, text: &str) -> Result<(), String> {
    let mut changed = numbers.clone();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=').unwrap_or(("value", part)) {
            ("value", setting) => changed.value = Input::parse(setting, changed.format)?,
            ("formats", setting) => {
                let names = setting.split('+').filter(|name| !name.is_empty());
                changed.compared = names.map(parse_format).collect::<Result<_, _>>()?;
            }
            (key, _) => return Err(format!("{key:?} is no setting here; expected value or formats")),
        }
    }
    *numbers = changed;
    Ok(())
}

fn set_bits(numbers: &mut Numbers, setting: &str) -> Result<(), String> {
    let bits = setting.parse().ok().filter(|bits: &u32| (2..=16).contains(bits));
    let bits = bits.ok_or_else(|| format!("bits={setting}: expected 2 to 16"))?;
    if numbers.view == DataView::Fixed {
        numbers.fixed.format = FixedFormat { integer: IntegerFormat::signed(bits), ..numbers.fixed.format };
    } else {
        numbers.integers.bits = bits;
    }
    Ok(())
}

fn set_code(numbers: &mut Numbers, key: &str, setting: &str) -> Result<(), String> {
    let fixed = numbers.view == DataView::Fixed;
    let format = if fixed {
        Format::Fixed(numbers.fixed.format)
    } else {
        Format::Integer(IntegerFormat::signed(numbers.integers.bits))
    };
    let Input::Code(code) = Input::parse(setting, format)? else {
        return Err(format!("{key}={setting}: expected a code, as in 0b0011 or 0x3"));
    };
    match (fixed, key) {
        (true, "other") => numbers.fixed.other = code,
        (true, _) => numbers.fixed.code = code,
        (false, _) => numbers.integers.code = code,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::setup::numbers::lab::LabView;
    use crate::engine::number::Policy;

    #[test]
    fn every_view_has_a_text_that_reads_back() {
        for (view, ..) in DataView::ALL {
            let numbers = Numbers { view, ..Numbers::default() };
            let text = data_types(&numbers);
            let mut read = Numbers::default();
            parse_data_types(&mut read, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(read, numbers, "{text}");
        }
        assert_eq!(data_types(&Numbers::default()), "format=fp16,value=0.265625,beside=e4m3fn");
    }

    /// Settings that are all unlike the defaults.
    fn unusual() -> Numbers {
        let mut numbers = Numbers { wrong_bias: true, spread: Spread::Uniform, ..Numbers::default() };
        for text in [
            "format=bf16,value=0x4020,beside=e3m0",
            "view=integers,bits=5,code=0b10110,add=-3,signed=false",
            "view=fixed,bits=6,point=2,code=0b100101,other=0b000111",
            "custom=e6m5b-3fn",
        ] {
            parse_data_types(&mut numbers, text).unwrap();
        }
        parse_compare(&mut numbers, "formats=posit16+nf4+e8m0+int3").unwrap();
        let lab = "bits=9,seed=77,path=fp16+e5m2+e2m1fn,operation=divide,second=0x4040,left=1 2,right=3 4,\
                   accumulator=fp16,order=compensated,rounding=stochastic:5:3,overflow=saturate,infinity=keep,\
                   nan=largest,subnormals=flush-after,scale-zero=nan,scale-negative=magnitude,scale-underflow=nan,via=tf32";
        parse_rounding(&mut numbers, lab).unwrap();
        numbers
    }

    #[test]
    fn a_link_says_everything_that_its_view_shows() {
        let unusual = unusual();
        // What another view shows is no part of a link, so both sides lose it: the text of the text is the text.
        for (view, ..) in DataView::ALL {
            let text = data_types(&Numbers { view, ..unusual.clone() });
            let mut read = Numbers::default();
            parse_data_types(&mut read, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(data_types(&read), text);
            match view {
                DataView::Bits | DataView::Codes | DataView::Spacing => {
                    assert_eq!(
                        (read.format, read.code(), read.beside),
                        (unusual.format, unusual.code(), unusual.beside)
                    );
                }
                DataView::Integers => assert_eq!(read.integers, unusual.integers),
                DataView::Fixed => assert_eq!(read.fixed, unusual.fixed),
                DataView::FourBits => assert_eq!(read.spread, unusual.spread),
                DataView::Custom => assert_eq!((read.custom, read.wrong_bias), (unusual.custom, unusual.wrong_bias)),
            }
        }
        for (view, ..) in LabView::ALL {
            let mut shown = unusual.clone();
            shown.lab.view = view;
            let text = rounding(&shown);
            // From the defaults as from any other setting.
            for mut read in [Numbers::default(), unusual.clone()] {
                parse_rounding(&mut read, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(rounding(&read), text);
                assert_eq!((read.format, read.code()), (shown.format, shown.code()), "{text}");
                let (found, lab) = (&read.lab, &shown.lab);
                match view {
                    LabView::Rules => {
                        assert_eq!((found.policy, found.bits, found.seed), (lab.policy, lab.bits, lab.seed));
                    }
                    LabView::Who => {}
                    LabView::Double => assert_eq!((&found.path, found.seed), (&lab.path, lab.seed)),
                    LabView::Stochastic => assert_eq!((found.bits, found.seed), (lab.bits, lab.seed)),
                    LabView::Arithmetic => {
                        assert_eq!(
                            (found.operation, found.order, found.policy),
                            (lab.operation, lab.order, lab.policy)
                        );
                        assert_eq!((&found.left, &found.right), (&lab.left, &lab.right));
                        assert_eq!((&found.second, found.accumulator), (&lab.second, lab.accumulator));
                    }
                }
            }
        }
        let text = compare(&unusual);
        let mut read = Numbers::default();
        parse_compare(&mut read, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((compare(&read), &read.compared), (text, &unusual.compared));
    }

    #[test]
    fn part_of_a_policy_names_it_whole() {
        let mut numbers = unusual();
        parse_rounding(&mut numbers, "overflow=wrap").unwrap();
        assert_eq!(numbers.lab.policy, Policy { overflow: crate::engine::number::Overflow::Wrap, ..Policy::default() });
        let before = unusual().lab.policy;
        let mut numbers = unusual();
        parse_rounding(&mut numbers, "value=1").unwrap();
        assert_eq!(numbers.lab.policy, before);
    }

    #[test]
    fn every_view_of_the_lab_reads_back() {
        for (view, ..) in LabView::ALL {
            let mut numbers = Numbers::default();
            numbers.lab.view = view;
            numbers.lab.bits = 7;
            let text = rounding(&numbers);
            let mut read = Numbers::default();
            read.lab.bits = 7;
            parse_rounding(&mut read, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(read, numbers, "{text}");
        }
        for (text, hint) in [
            ("rounding=sideways", "rounding"),
            ("infinity=gone", "expected one of overflow, keep"),
            ("nan=1", "expected one of zero"),
            ("subnormals=off", "expected one of keep, flush-before"),
            ("scale-zero=one", "expected one of smallest"),
            ("via=fp17", "unknown format"),
            ("seed=x", "expected a whole number"),
            ("path=fp32+nothing", "unknown format"),
            ("order=random", "expected one of"),
            ("left=a b", "is no number"),
            ("bits=40", "expected 1 to 16"),
            ("operation=power", "expected add"),
        ] {
            let error = parse_rounding(&mut Numbers::default(), text).unwrap_err();
            assert!(error.contains(hint), "{text}: {error}");
        }
    }

    #[test]
    fn a_comparison_reads_back() {
        let mut numbers = Numbers::default();
        parse_compare(&mut numbers, "value=70000,formats=fp16+bf16+e5m2").unwrap();
        assert_eq!(compare(&numbers), "value=70000,formats=fp16+bf16+e5m2");
        assert!(parse_compare(&mut numbers, "formats=fp16+fp17").unwrap_err().contains("fp17"));
        assert_eq!(numbers.compared.len(), 3);
    }

    #[test]
    fn custom_formats_read_back() {
        use crate::engine::number::{FloatFormat, Kind};
        let mut float = FloatFormat::new(6, 5, -3, Kind::Fn);
        float.subnormals = false;
        for float in [float, FloatFormat::new(15, 48, 16383, Kind::Ieee), FloatFormat { signed: false, ..float }] {
            let text = format_text(Format::Float(float));
            assert_eq!(parse_format(&text), Ok(Format::Float(float)), "{text}");
        }
    }

    #[test]
    fn wrong_texts_say_what_was_expected() {
        for (text, hint) in [
            ("format=fp17", "unknown format"),
            ("format=e99m5b1ieee", "exponent bits"),
            ("value=1e", "is no number"),
            ("value=0x12345", "too long for 16 bits"),
            ("view=nowhere", "expected one of bits"),
            ("view=integers,bits=99", "expected 2 to 16"),
            ("view=fixed,code=0b111111111", "too long for 8 bits"),
            ("zero-bias=maybe", "expected true or false"),
            ("colour=red", "is no setting here"),
        ] {
            let mut numbers = Numbers::default();
            let error = parse_data_types(&mut numbers, text).unwrap_err();
            assert!(error.contains(hint), "{text}: {error}");
            assert_eq!(numbers, Numbers::default(), "{text} changes nothing");
        }
    }
}
