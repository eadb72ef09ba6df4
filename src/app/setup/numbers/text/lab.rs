//! The setting of the rounding lab as text.

use super::{format_text, parse_format, value_text};
use crate::app::setup::numbers::Numbers;
use crate::app::setup::numbers::lab::{LabView, Numbers as List};
use crate::engine::number::arithmetic::{Operation, Order};
use crate::engine::number::{Format, InfinityRule, Input, NanRule, Policy, ScaleRule, Subnormals};

/// The setting of the rounding lab: what its view shows.
pub fn rounding(numbers: &Numbers) -> String {
    let lab = &numbers.lab;
    let name = LabView::ALL.iter().find(|row| row.0 == lab.view).map_or("rules", |row| row.2);
    let mut parts = vec![format!("view={name}")];
    parts.push(format!("format={}", format_text(numbers.format)));
    parts.push(format!("value={}", value_text(numbers)));
    match lab.view {
        LabView::Rules => {
            parts.push(policy_text(&lab.policy));
            parts.push(format!("bits={},seed={}", lab.bits, lab.seed));
        }
        LabView::Who => {}
        LabView::Double => {
            let path: Vec<String> = lab.path.iter().map(|format| format_text(*format)).collect();
            parts.push(format!("path={},seed={}", path.join("+"), lab.seed));
        }
        LabView::Stochastic => parts.push(format!("bits={},seed={}", lab.bits, lab.seed)),
        LabView::Arithmetic => {
            let second = match &lab.second {
                Input::Number { text, .. } => text.clone(),
                Input::Code(code) => format!("{code:#x}"),
            };
            let operation = OPERATIONS.iter().find(|row| row.1 == lab.operation).map_or("add", |row| row.0);
            parts.push(format!("operation={operation},second={second},left={},right={}", lab.left, lab.right));
            parts.push(format!("accumulator={},order={}", format_text(lab.accumulator), lab.order.name()));
            parts.push(policy_text(&lab.policy));
        }
    }
    parts.join(",")
}

/// A policy as text: rounding and overflow, and of the rest what is not the default.
fn policy_text(policy: &Policy) -> String {
    let usual = Policy::default();
    let mut parts = vec![format!("rounding={},overflow={}", policy.rounding, policy.overflow.name())];
    let settings = [
        ("infinity", policy.infinity.name(), usual.infinity.name()),
        ("nan", policy.nan.name(), usual.nan.name()),
        ("subnormals", policy.subnormals.name(), usual.subnormals.name()),
        ("scale-zero", policy.scale_zero.name(), usual.scale_zero.name()),
        ("scale-negative", policy.scale_negative.name(), usual.scale_negative.name()),
        ("scale-underflow", policy.scale_underflow.name(), usual.scale_underflow.name()),
    ];
    parts.extend(settings.iter().filter(|(_, now, usual)| now != usual).map(|(key, now, _)| format!("{key}={now}")));
    if let Some(via) = policy.via {
        parts.push(format!("via={}", format_text(via)));
    }
    parts.join(",")
}

/// The keys of a policy.
const POLICY_KEYS: [&str; 9] =
    ["rounding", "overflow", "infinity", "nan", "subnormals", "scale-zero", "scale-negative", "scale-underflow", "via"];

/// One of a few rules by its name.
fn rule<R: Copy>(key: &str, setting: &str, all: &[R], name: fn(R) -> &'static str) -> Result<R, String> {
    let names = || all.iter().map(|rule| name(*rule)).collect::<Vec<_>>().join(", ");
    let found = all.iter().copied().find(|rule| name(*rule) == setting);
    found.ok_or_else(|| format!("{key}={setting}: expected one of {}", names()))
}

fn set_policy(policy: &mut Policy, key: &str, setting: &str) -> Result<(), String> {
    match key {
        "rounding" => policy.rounding = setting.parse()?,
        "overflow" => policy.overflow = setting.parse()?,
        "infinity" => policy.infinity = rule(key, setting, &InfinityRule::ALL, InfinityRule::name)?,
        "nan" => policy.nan = rule(key, setting, &NanRule::ALL, NanRule::name)?,
        "subnormals" => policy.subnormals = rule(key, setting, &Subnormals::ALL, Subnormals::name)?,
        "scale-zero" => policy.scale_zero = rule(key, setting, &ScaleRule::ALL, ScaleRule::name)?,
        "scale-negative" => policy.scale_negative = rule(key, setting, &ScaleRule::ALL, ScaleRule::name)?,
        "scale-underflow" => policy.scale_underflow = rule(key, setting, &ScaleRule::ALL, ScaleRule::name)?,
        _ => policy.via = Some(parse_format(setting)?),
    }
    Ok(())
}

/// The operations by the words of a text.
const OPERATIONS: [(&str, Operation); 4] = [
    ("add", Operation::Add),
    ("subtract", Operation::Subtract),
    ("multiply", Operation::Multiply),
    ("divide", Operation::Divide),
];

/// Takes a text for the rounding lab; what it does not name stays, but a policy of which a part is named is named as a whole: its
/// other parts are the default.
///
/// # Errors
/// Which part is wrong, and what was expected.
pub fn parse_rounding(numbers: &mut Numbers, text: &str) -> Result<(), String> {
    let mut changed = numbers.clone();
    let (mut value, mut second) = (None, None);
    let mut policy: Option<Policy> = None;
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (key, setting) = part.split_once('=').unwrap_or(("format", part));
        let lab = &mut changed.lab;
        match key {
            "view" => {
                let names = || LabView::ALL.map(|row| row.2).join(", ");
                let row = LabView::ALL.iter().find(|row| row.2 == setting);
                lab.view = row.ok_or_else(|| format!("view {setting:?}: expected one of {}", names()))?.0;
            }
            "format" => changed.set_format(parse_format(setting)?),
            "value" => value = Some(setting),
            "second" => second = Some(setting),
            key if POLICY_KEYS.contains(&key) => set_policy(policy.get_or_insert_default(), key, setting)?,
            "path" => {
                let path: Vec<Format> = setting.split('+').map(parse_format).collect::<Result<_, _>>()?;
                if path.len() > 4 {
                    return Err(format!("path={setting}: expected up to 4 formats"));
                }
                lab.path = path;
            }
            "bits" => {
                let bits = setting.parse().ok().filter(|bits: &u32| (1..=16).contains(bits));
                lab.bits = bits.ok_or_else(|| format!("bits={setting}: expected 1 to 16"))?;
            }
            "seed" => lab.seed = setting.parse().map_err(|_| format!("seed={setting}: expected a whole number"))?,
            "operation" => {
                let row = OPERATIONS.iter().find(|row| row.0 == setting);
                lab.operation =
                    row.ok_or_else(|| format!("operation={setting}: expected add, subtract, multiply or divide"))?.1;
            }
            "left" => lab.left = List::parse(setting)?,
            "right" => lab.right = List::parse(setting)?,
            "accumulator" => lab.accumulator = parse_format(setting)?,
            "order" => {
                let names = || Order::ALL.map(Order::name).join(", ");
                let order = Order::ALL.into_iter().find(|order| order.name() == setting);
                lab.order = order.ok_or_else(|| format!("order={setting}: expected one of {}", names()))?;
            }
            _ => {
                return Err(format!(
                    "{key:?} is no setting here; expected view, format, value, path, bits, seed, operation, second, \
                     left, right, accumulator, order or, of the policy, {}",
                    POLICY_KEYS.join(", ")
                ));
            }
        }
    }
    if let Some(policy) = policy {
        changed.lab.policy = policy;
    }
    if let Some(value) = value {
        changed.value = Input::parse(value, changed.format)?;
    }
    if let Some(second) = second {
        changed.lab.second = Input::parse(second, changed.format)?;
    }
    *numbers = changed;
    Ok(())
}
