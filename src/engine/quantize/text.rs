//! The one-line text form of a quantizer: `name[:setting[,setting]…]`, defaults left out. A chain of stages is in `chain`.

use std::fmt::{self, Display, Write as _};
use std::str::FromStr;

use super::{
    Cast, CastScale, Clip, FAMILIES, Ggml, Init, KMeans, Linear, Per, Quantizer, Range, ScaleFormat, Zero, signs,
};
use crate::engine::number::{self, Overflow, Rounding};

/// A scheme text that says nothing we can do; the message says what would be allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SchemeError(String);

impl SchemeError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// Bits where the text names none.
const DEFAULT_BITS: u8 = 4;

/// Stages of the scheme language whose quantizers are still to come; refused by name, so that nobody hunts for a typing error.
const LATER: [&str; 5] = ["nf4", "af4", "fp4-bnb", "mx", "nvfp4"];

/// One `key=value`, or a bare word.
pub(super) struct Setting<'a> {
    pub key: &'a str,
    pub value: &'a str,
}

/// A stage's name and its settings.
pub(super) fn stage(text: &str) -> (&str, Vec<&str>) {
    let (name, rest) = text.split_once(':').unwrap_or((text, ""));
    (name.trim(), rest.split(',').map(str::trim).filter(|part| !part.is_empty()).collect())
}

impl FromStr for Quantizer {
    type Err = SchemeError;

    fn from_str(text: &str) -> Result<Self, SchemeError> {
        let (name, settings) = stage(text);
        once(name, &settings)?;
        match name {
            "kmeans" => kmeans(&settings),
            "linear" => linear(&settings),
            "float" => cast(&settings),
            "binary" => signs::binary(&settings),
            "ternary" => signs::ternary(&settings),
            "gguf" => ggml(&settings),
            later if LATER.contains(&later) => {
                Err(SchemeError::new(format!("{later} is not available yet; this version has {}", families())))
            }
            "" => Err(SchemeError::new(format!("a scheme starts with one of {}", families()))),
            other => Err(SchemeError::new(format!("unknown scheme {other}; expected one of {}", families()))),
        }
    }
}

/// Settings that say the same of a stage, each at most one of them.
const SAME: [(&str, [&str; 2]); 2] = [("kmeans", ["bits", "k"]), ("prune", ["share", "threshold"])];

/// Whether every setting of a stage is there once: which of two would count, nobody could see.
pub(super) fn once(name: &str, settings: &[&str]) -> Result<(), SchemeError> {
    let keys: Vec<&str> = settings.iter().map(|text| text.split('=').next().unwrap_or_default().trim()).collect();
    if let Some(twice) = keys.iter().enumerate().find(|(place, key)| keys[..*place].contains(key)) {
        return Err(SchemeError::new(format!("{name} has {} twice", twice.1)));
    }
    match SAME.iter().find(|(stage, pair)| *stage == name && pair.iter().all(|key| keys.contains(key))) {
        Some((_, [one, other])) => Err(SchemeError::new(format!("{name} takes {one} or {other}, not both"))),
        None => Ok(()),
    }
}

fn families() -> String {
    let quantizers = FAMILIES.iter().map(|family| family.name);
    quantizers.chain(["prune", "sparse", "huffman"]).collect::<Vec<_>>().join(", ")
}

pub(super) fn split<'a>(text: &'a str) -> Result<Setting<'a>, SchemeError> {
    let (key, value) =
        text.split_once('=').ok_or_else(|| SchemeError::new(format!("expected setting=value, found {text}")))?;
    Ok(Setting { key: key.trim(), value: value.trim() })
}

fn kmeans(settings: &[&str]) -> Result<Quantizer, SchemeError> {
    let mut scheme =
        KMeans { k: 1 << DEFAULT_BITS, init: Init::default(), seed: 0, pinned: false, per: Per::default() };
    for text in settings {
        let Setting { key, value } = split(text)?;
        match key {
            "bits" => scheme.k = 1 << whole::<u32>("bits", value, 1, 16)?,
            "k" => scheme.k = whole("k", value, 2, 65_536)?,
            "init" => scheme.init = choice("init", value, Init::ALL, Init::name)?,
            "seed" => scheme.seed = whole("seed", value, 0, u64::MAX)?,
            "per" => scheme.per = per(value)?,
            "zero" if value == "pinned" => scheme.pinned = true,
            "zero" => return Err(SchemeError::new(format!("zero is pinned or left out, not {value}"))),
            _ => return Err(unknown("kmeans", key, "bits, k, init, seed, zero, per")),
        }
    }
    Ok(Quantizer::KMeans(scheme))
}

fn linear(settings: &[&str]) -> Result<Quantizer, SchemeError> {
    let mut scheme = Linear {
        bits: DEFAULT_BITS,
        range: Range::default(),
        signed: true,
        clip: Clip::default(),
        zero: Zero::default(),
        rounding: Rounding::default(),
        scale: ScaleFormat::default(),
        per: Per::default(),
    };
    for text in settings {
        let Setting { key, value } = split(text)?;
        match key {
            "bits" => scheme.bits = whole("bits", value, 1, 16)?,
            "range" => scheme.range = choice("range", value, Range::ALL, Range::name)?,
            "signed" => {
                scheme.signed = choice("signed", value, [true, false], |signed| if signed { "true" } else { "false" })?
            }
            "clip" => scheme.clip = clip(value)?,
            "zero" => {
                scheme.zero = choice("zero", value, [Zero::Extend, Zero::Lab], |zero| match zero {
                    Zero::Extend => "extend",
                    Zero::Lab => "lab",
                })?;
            }
            "per" => scheme.per = per(value)?,
            "rounding" => scheme.rounding = value.parse().map_err(|error: String| SchemeError::new(error))?,
            "scale" => scheme.scale = choice("scale", value, ScaleFormat::ALL, ScaleFormat::name)?,
            _ => return Err(unknown("linear", key, "bits, range, signed, clip, zero, rounding, scale, per")),
        }
    }
    if scheme.bits == 1 && scheme.range.needs_two_bits() {
        return Err(SchemeError::new(format!("range={} needs at least 2 bits", scheme.range.name())));
    }
    if !scheme.signed && scheme.range.is_symmetric() {
        return Err(SchemeError::new(format!(
            "range={} is for signed codes; signed=false goes with range=affine",
            scheme.range.name()
        )));
    }
    Ok(Quantizer::Linear(scheme))
}

fn cast(settings: &[&str]) -> Result<Quantizer, SchemeError> {
    let mut scheme = Cast {
        format: String::new(),
        scale: CastScale::default(),
        rounding: Rounding::default(),
        overflow: Overflow::default(),
        per: Per::default(),
    };
    for (index, text) in settings.iter().enumerate() {
        if index == 0 && !text.contains('=') {
            let entry = number::named(text).map_err(|error| SchemeError::new(error.to_string()))?;
            if entry.format.bits() > 16 {
                return Err(SchemeError::new(format!(
                    "float takes formats of up to 16 bits, {} has {}",
                    entry.name,
                    entry.format.bits()
                )));
            }
            scheme.format = entry.name.into_owned();
            continue;
        }
        let Setting { key, value } = split(text)?;
        match key {
            "scale" if value == "mse" => return Err(SchemeError::new("scale=mse is not available yet")),
            "scale" => {
                scheme.scale = choice("scale", value, [CastScale::None, CastScale::AbsMax], |scale| match scale {
                    CastScale::None => "none",
                    CastScale::AbsMax => "absmax",
                })?;
            }
            "overflow" => scheme.overflow = choice("overflow", value, Overflow::ALL, Overflow::name)?,
            "per" => scheme.per = per(value)?,
            "rounding" => scheme.rounding = value.parse().map_err(|error: String| SchemeError::new(error))?,
            _ => return Err(unknown("float", key, "scale, rounding, overflow, per")),
        }
    }
    if scheme.format.is_empty() {
        return Err(SchemeError::new("float needs a format first, as in float:e4m3fn"));
    }
    if scheme.scale == CastScale::None && scheme.per != Per::Tensor {
        return Err(SchemeError::new("per= needs a scale to share; add scale=absmax"));
    }
    Ok(Quantizer::Cast(scheme))
}

fn ggml(settings: &[&str]) -> Result<Quantizer, SchemeError> {
    let names = || Ggml::ALL.map(Ggml::name).join(", ");
    match settings {
        [name] if !name.contains('=') => {
            let kind = Ggml::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name));
            kind.map(Quantizer::Ggml)
                .ok_or_else(|| SchemeError::new(format!("gguf quantizes to one of {}, not {name}", names())))
        }
        [] => Err(SchemeError::new(format!("gguf needs a type, one of {}", names()))),
        [.., last] => Err(SchemeError::new(format!("gguf takes one type and no settings, found {last}"))),
    }
}

pub(super) fn unknown(stage: &str, key: &str, allowed: &str) -> SchemeError {
    SchemeError::new(format!("{stage} has no setting {key}; expected {allowed}"))
}

pub(super) fn whole<T: FromStr + PartialOrd + Display>(
    key: &str,
    value: &str,
    low: T,
    high: T,
) -> Result<T, SchemeError> {
    match value.parse::<T>() {
        Ok(number) if number >= low && number <= high => Ok(number),
        _ => Err(SchemeError::new(format!("{key} is {low} to {high}, not {value}"))),
    }
}

pub(super) fn choice<T: Copy, const N: usize>(
    key: &str,
    value: &str,
    all: [T; N],
    name: impl Fn(T) -> &'static str,
) -> Result<T, SchemeError> {
    all.into_iter().find(|&candidate| name(candidate) == value).ok_or_else(|| {
        let names = all.into_iter().map(name).collect::<Vec<_>>().join(", ");
        SchemeError::new(format!("{key} is one of {names}, not {value}"))
    })
}

pub(super) fn per(value: &str) -> Result<Per, SchemeError> {
    let (name, argument) = value.split_once(':').map_or((value, None), |(name, argument)| (name, Some(argument)));
    match (name, argument) {
        ("tensor", None) => Ok(Per::Tensor),
        ("channel", None) => Ok(Per::Channel(0)),
        ("channel", Some(axis)) => Ok(Per::Channel(whole("channel axis", axis, 0, 63)?)),
        ("group", Some(size)) => Ok(Per::Group(whole("group size", size, 1, 1 << 30)?)),
        _ => Err(SchemeError::new(format!("per is tensor, channel, channel:AXIS or group:SIZE, not {value}"))),
    }
}

fn clip(value: &str) -> Result<Clip, SchemeError> {
    const CHOICES: &str = "clip is minmax, percentile:P, mse, kl or LOW..HIGH";
    match value {
        "minmax" => return Ok(Clip::MinMax),
        "mse" => return Ok(Clip::Mse),
        "kl" => return Ok(Clip::Kl),
        _ => {}
    }
    if let Some(percent) = value.strip_prefix("percentile:") {
        return match percent.parse::<f32>() {
            Ok(percent) if percent > 50.0 && percent <= 100.0 => Ok(Clip::Percentile(percent)),
            _ => Err(SchemeError::new(format!("a percentile is above 50 and at most 100, as in 99.9, not {percent}"))),
        };
    }
    let ends =
        value.split_once("..").and_then(|(low, high)| Some((low.parse::<f32>().ok()?, high.parse::<f32>().ok()?)));
    match ends {
        Some((low, high)) if low.is_finite() && high.is_finite() && low < high => Ok(Clip::Fixed { low, high }),
        Some((low, high)) => {
            Err(SchemeError::new(format!("clip needs two finite ends, the lower first, not {low}..{high}")))
        }
        None => Err(SchemeError::new(format!("{CHOICES}, not {value}"))),
    }
}

impl Display for Quantizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut settings = Vec::new();
        match self {
            Self::KMeans(scheme) => {
                let width = if scheme.k.is_power_of_two() { ("bits", scheme.bits()) } else { ("k", scheme.k) };
                settings.push(format!("{}={}", width.0, width.1));
                if scheme.init != Init::default() {
                    settings.push(format!("init={}", scheme.init.name()));
                }
                if scheme.seed != 0 {
                    settings.push(format!("seed={}", scheme.seed));
                }
                if scheme.pinned {
                    settings.push("zero=pinned".to_owned());
                }
            }
            Self::Linear(scheme) => {
                settings.push(format!("bits={}", scheme.bits));
                if scheme.range != Range::default() {
                    settings.push(format!("range={}", scheme.range.name()));
                }
                if !scheme.signed {
                    settings.push("signed=false".to_owned());
                }
                match scheme.clip {
                    Clip::MinMax => {}
                    Clip::Percentile(percent) => settings.push(format!("clip=percentile:{percent}")),
                    Clip::Mse => settings.push("clip=mse".to_owned()),
                    Clip::Kl => settings.push("clip=kl".to_owned()),
                    Clip::Fixed { low, high } => settings.push(format!("clip={low}..{high}")),
                }
                if scheme.zero == Zero::Lab {
                    settings.push("zero=lab".to_owned());
                }
                if scheme.rounding != Rounding::default() {
                    settings.push(format!("rounding={}", scheme.rounding));
                }
                if scheme.scale != ScaleFormat::default() {
                    settings.push(format!("scale={}", scheme.scale.name()));
                }
            }
            Self::Cast(scheme) => {
                settings.push(scheme.format.clone());
                if scheme.scale == CastScale::AbsMax {
                    settings.push("scale=absmax".to_owned());
                }
                if scheme.rounding != Rounding::default() {
                    settings.push(format!("rounding={}", scheme.rounding));
                }
                if scheme.overflow != Overflow::default() {
                    settings.push(format!("overflow={}", scheme.overflow.name()));
                }
            }
            Self::Binary(scheme) => settings = signs::settings_of_binary(scheme),
            Self::Ternary(scheme) => settings = signs::settings_of_ternary(scheme),
            Self::Ggml(kind) => settings.push(kind.name().to_owned()),
        }
        match self.per() {
            _ if matches!(self, Self::Ggml(_)) => {}
            Per::Tensor => {}
            Per::Channel(0) => settings.push("per=channel".to_owned()),
            Per::Channel(axis) => settings.push(format!("per=channel:{axis}")),
            Per::Group(size) => settings.push(format!("per=group:{size}")),
        }
        f.write_str(self.family().name)?;
        if settings.is_empty() {
            return Ok(());
        }
        f.write_char(':')?;
        f.write_str(&settings.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_parse_and_print_in_canonical_form() {
        let same = |text: &str| (text.to_owned(), Ok(text.to_owned()));
        let becomes = |text: &str, canonical: &str| (text.to_owned(), Ok(canonical.to_owned()));
        let fails = |text: &str, hint: &'static str| (text.to_owned(), Err(hint));
        let cases: Vec<(String, Result<String, &str>)> = vec![
            same("kmeans:bits=4"),
            same("kmeans:bits=2,init=linear"),
            same("kmeans:k=3,init=kmeans++,seed=7,per=channel"),
            same("kmeans:bits=4,init=linear,zero=pinned"),
            fails("kmeans:zero=0", "pinned or left out"),
            becomes("kmeans:k=16", "kmeans:bits=4"),
            becomes("kmeans", "kmeans:bits=4"),
            becomes(" kmeans : bits = 3 , init=optimal ", "kmeans:bits=3"),
            same("linear:bits=8,range=restricted,per=channel"),
            same("linear:bits=2,range=full-half"),
            same("linear:bits=8,signed=false,clip=-1.5..2"),
            same("linear:bits=2,zero=lab"),
            same("linear:bits=4,per=group:32"),
            same("linear:bits=4,per=channel:1"),
            becomes(
                "linear:bits=8,range=affine,clip=minmax,rounding=nearest-even,scale=f32,per=tensor",
                "linear:bits=8",
            ),
            same("float:e4m3fn"),
            becomes("float:float8_e4m3fn,overflow=saturate", "float:e4m3fn,overflow=saturate"),
            same("float:int8,scale=absmax,per=channel"),
            fails("", "starts with"),
            fails("kmean:bits=4", "unknown scheme kmean"),
            fails("kmeans:bits=40", "bits is 1 to 16"),
            fails("kmeans:k=1", "k is 2 to 65536"),
            fails("kmeans:bits", "setting=value"),
            fails("kmeans:init=best", "init is one of optimal"),
            fails("linear:bits=1,range=restricted", "at least 2 bits"),
            fails("linear:range=full,signed=false", "signed codes"),
            fails("linear:clip=2..1", "lower first"),
            same("linear:bits=4,clip=mse"),
            same("linear:bits=4,range=full,clip=percentile:99.9,rounding=toward-zero,scale=e8m0,per=group:64"),
            becomes("linear:bits=4,clip=percentile:99.50,scale=pow2", "linear:bits=4,clip=percentile:99.5,scale=pow2"),
            same("linear:bits=8,clip=kl,scale=f16"),
            fails("linear:clip=percentile:40", "above 50"),
            fails("linear:clip=percentile:NaN", "above 50"),
            fails("linear:clip=best", "minmax, percentile:P, mse, kl or LOW..HIGH"),
            fails("linear:clip=nan..1", "two finite ends"),
            fails("linear:scale=f8", "scale is one of f32, f16, bf16, e8m0, pow2"),
            same("linear:bits=4,rounding=stochastic:8:42"),
            same("float:e4m3fn,rounding=toward-zero"),
            same("float:e5m9b15ieee-nosub,scale=absmax,rounding=stochastic:8:3"),
            same("float:int8,overflow=wrap"),
            fails("float:e4m3fn,rounding=best", "expected one of nearest-even"),
            fails("float:q4.4", "two meanings"),
            becomes("linear:bits=4,rounding=stochastic", "linear:bits=4,rounding=stochastic:8:0"),
            fails("linear:rounding=best", "expected one of nearest-even"),
            fails("linear:rounding=stochastic:99:1", "random bits"),
            fails("linear:per=group:0", "group size"),
            fails("linear:per=row", "per is tensor"),
            fails("float", "needs a format"),
            fails("float:e4m3x", "is no kind"),
            fails("float:fp32", "up to 16 bits"),
            fails("float:e4m3fn,per=channel", "scale to share"),
            fails("nf4:block=64", "not available yet"),
            becomes("binary:scale=mean", "binary"),
            same("binary:scale=none,stochastic=7"),
            same("binary:per=channel"),
            becomes("ternary:threshold=twn,scales=one", "ternary"),
            same("ternary:threshold=optimal,scales=two,per=group:64"),
            same("ternary:threshold=absmean"),
            same("ternary:threshold=max:0.05,scales=two"),
            same("ternary:threshold=0.734"),
            fails("binary:scale=max", "scale is one of mean, none"),
            fails("binary:scale=none,per=channel", "scale to share"),
            fails("binary:bits=1", "no setting bits"),
            fails("ternary:threshold=-1", "magnitude of 0 or more"),
            fails("ternary:threshold=max:1", "below 1"),
            fails("ternary:scales=three", "scales is one of one, two"),
            same("gguf:q4_0"),
            becomes("gguf:Q8_0", "gguf:q8_0"),
            fails("gguf", "needs a type"),
            fails("gguf:q4_k", "one of q4_0, q4_1, q5_0, q5_1, q8_0"),
            fails("gguf:q4_0,per=channel", "no settings"),
        ];
        for (text, expected) in cases {
            match (text.parse::<Quantizer>(), expected) {
                (Ok(scheme), Ok(canonical)) => {
                    assert_eq!(scheme.to_string(), canonical, "{text}");
                    assert_eq!(canonical.parse::<Quantizer>().unwrap(), scheme, "{text}");
                }
                (Err(error), Err(hint)) => assert!(error.to_string().contains(hint), "{text}: {error}"),
                (found, expected) => panic!("{text}: {found:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn every_family_starts_from_its_example() {
        for family in FAMILIES {
            let scheme: Quantizer = family.example.parse().unwrap();
            assert_eq!(scheme.family().name, family.name);
            assert_eq!(scheme.to_string(), family.example);
        }
    }

    #[test]
    fn bits_change_only_the_width() {
        let scheme: Quantizer = "kmeans:k=3,init=linear".parse().unwrap();
        assert_eq!(scheme.bits(), Some(2));
        assert_eq!(scheme.with_bits(8).unwrap().to_string(), "kmeans:bits=8,init=linear");
        let restricted: Quantizer = "linear:bits=4,range=restricted".parse().unwrap();
        assert!(restricted.with_bits(1).is_err());
        assert!(restricted.with_bits(17).is_err());
        assert!("float:e4m3fn".parse::<Quantizer>().unwrap().with_bits(4).is_err());
        let ternary: Quantizer = "ternary:scales=two".parse().unwrap();
        assert_eq!((ternary.with_bits(2).unwrap(), ternary.bits()), (ternary.clone(), Some(2)));
        assert!(ternary.with_bits(4).is_err());
        let blocks: Quantizer = "gguf:q4_1".parse().unwrap();
        assert_eq!(blocks.with_bits(5).unwrap().to_string(), "gguf:q5_1");
        assert!(blocks.with_bits(8).is_err());
    }
}
