//! The controls of a scheme: family, settings, bits.

use egui::{Align, Layout, Rect, RichText, Sense, Ui, UiBuilder, vec2};

use crate::app::context::PageContext;
use crate::app::describe;
use crate::app::export;
use crate::app::icons::Icon;
use crate::app::session::Action;
use crate::app::theme::{self, tokens};
use crate::app::widgets::bits_slider::bits_slider;
use crate::app::widgets::card;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::{select, width as select_width};
use crate::engine::number::CATALOGUE;
use crate::engine::quantize::{Cast, CastScale, FAMILIES, Ggml, Init, KMeans, Linear, Per, Quantizer, Range, Scheme};

/// Least width of the slider with its number.
const SLIDER: f32 = 260.0;

/// How far controls may reach into the margin of the card.
const SLACK: f32 = 8.0;

/// What the choice of who shares parameters takes beside another control.
const PER: f32 = 150.0;

/// Draws the card; with the table folded, the tensor is chosen here too.
pub fn ui(ctx: &mut PageContext<'_>, rect: Rect, folded: bool, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let slider_width = (inner.width() * 0.34).max(SLIDER).min(inner.width());
        let left = Rect::from_min_max(inner.min, inner.max - vec2(slider_width + 12.0, 0.0));
        let slider = Rect::from_min_max(egui::pos2(inner.right() - slider_width, inner.top()), inner.max);
        let mut row = ui.new_child(UiBuilder::new().max_rect(left).layout(Layout::top_down(Align::Min)));
        row.set_clip_rect(left.expand2(vec2(SLACK, 1.5 * SLACK)).intersect(ui.clip_rect()));
        row.spacing_mut().item_spacing.y = 4.0;
        if folded {
            // No room for one line: the tensor and who shares parameters take the place of the command line.
            row.horizontal(|ui| family_ui(ctx, ui));
            row.horizontal(|ui| {
                ui.scope(|ui| {
                    ui.set_max_width(ui.available_width() - PER);
                    tensor_ui(ctx, ui);
                });
                per_ui(ctx, ui);
            });
        } else {
            let mut has_room = true;
            row.horizontal(|ui| {
                family_ui(ctx, ui);
                has_room = ui.available_width() + SLACK >= per_width(ctx, ui);
                if has_room {
                    per_ui(ctx, ui);
                }
            });
            if !has_room {
                // A line with a control in it is higher than one of text.
                row.add_space(-SLACK / 2.0);
            }
            row.horizontal(|ui| {
                if !has_room {
                    per_ui(ctx, ui);
                }
                command_line_ui(ctx, ui);
            });
        }
        let mut right = ui.new_child(UiBuilder::new().max_rect(slider));
        bits_ui(ctx, &mut right);
    });
}

fn tensor_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    if let Some(tensor) = tensor_choice(ctx, ui) {
        ctx.act(Action::SelectTensor(tensor));
    }
}

/// The tensor, to be chosen where the file holds several; the one that was chosen, for [`Action::SelectTensor`].
pub fn tensor_choice(ctx: &PageContext<'_>, ui: &mut Ui) -> Option<usize> {
    let document = ctx.document()?;
    let mut tensor = document.tensor;
    let names: Vec<(usize, String, &str)> =
        document.model.tensors.iter().enumerate().map(|(index, tensor)| (index, tensor.name.clone(), "")).collect();
    (names.len() > 1 && select(ui, "Tensor", &mut tensor, &names).changed()).then_some(tensor)
}

/// The quantizer and its settings.
pub fn family_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let scheme = ctx.scheme();
    // One- and two-bit schemes come from the examples and from the text of the scheme; they have no segment of their own.
    let offered = FAMILIES.iter().filter(|family| !["binary", "ternary"].contains(&family.name));
    let families: Vec<(&str, &str)> = offered.map(|family| (family.name, family.title)).collect();
    let mut family = scheme.family().name;
    if segmented(ui, "Quantizer", &mut family, &families).changed() {
        ctx.set_scheme(other_family(scheme, family));
        return;
    }
    let edited = match &scheme.quantizer {
        None => None,
        Some(Quantizer::KMeans(kmeans)) => kmeans_ui(ctx, kmeans, ui).map(Quantizer::KMeans),
        Some(Quantizer::Linear(linear)) => linear_ui(linear, ui).map(Quantizer::Linear),
        Some(Quantizer::Cast(cast)) => cast_ui(cast, ui).map(Quantizer::Cast),
        Some(signs @ (Quantizer::Binary(_) | Quantizer::Ternary(_))) => signs_ui(signs, ui),
        Some(Quantizer::Ggml(kind)) => ggml_ui(*kind, ui).map(Quantizer::Ggml),
    };
    if let Some(quantizer) = edited {
        ctx.set_scheme(scheme.with_quantizer(quantizer));
    }
}

/// Another family at its defaults, keeping what both have: bits and granularity.
fn other_family(scheme: &Scheme, family: &str) -> Scheme {
    let fresh = FAMILIES.iter().find(|row| row.name == family).and_then(|row| row.example.parse().ok());
    let Some(fresh): Option<Quantizer> = fresh else { return scheme.clone() };
    let fresh = scheme.bits().and_then(|bits| fresh.with_bits(bits.min(8)).ok()).unwrap_or(fresh);
    let fresh = if matches!(fresh, Quantizer::Cast(_)) { fresh } else { fresh.with_per(scheme.per()) };
    scheme.with_quantizer(fresh)
}

fn label(ui: &mut Ui, text: &str) {
    let color = tokens(ui.ctx()).muted;
    ui.add_space(4.0);
    ui.label(RichText::new(text).font(theme::control()).color(color));
}

/// The room that [`label`] takes with the gap behind it.
fn caption_width(ui: &Ui, text: &str) -> f32 {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::control(), tokens(ui).muted);
    4.0 + galley.size().x + ui.spacing().item_spacing.x
}

fn kmeans_ui(ctx: &mut PageContext<'_>, kmeans: &KMeans, ui: &mut Ui) -> Option<KMeans> {
    let starts = [
        (Init::Optimal, "Optimal", "The global optimum, by dynamic programming"),
        (Init::Linear, "Linear", "Lloyd from evenly spaced centroids"),
        (Init::Density, "Quantiles", "Lloyd from equal shares of the weights"),
        (Init::Forgy, "Random", "Lloyd from random weights (Forgy)"),
        (Init::PlusPlus, "K-means++", "Lloyd from weights far apart"),
    ];
    let options: Vec<(Init, String, &str)> = starts.map(|(init, name, hint)| (init, name.to_owned(), hint)).to_vec();
    let mut edited = kmeans.clone();
    label(ui, "Start");
    let changed = select(ui, "Start", &mut edited.init, &options).changed();
    if kmeans.init.is_random() {
        label(ui, "Seed");
        let seed = egui::DragValue::new(&mut edited.seed).speed(0.1);
        let response = ui.add(seed).accessible_name("Seed");
        if response.changed() {
            // A drag is one undo step, as on the slider.
            let gesture = ctx.state.gestures.of(&response);
            let scheme = ctx.scheme().with_quantizer(Quantizer::KMeans(edited));
            ctx.act(Action::SetScheme { scheme, gesture });
            return None;
        }
        ctx.state.gestures.of(&response);
    }
    changed.then_some(edited)
}

fn linear_ui(linear: &Linear, ui: &mut Ui) -> Option<Linear> {
    let hints = [
        "S from minimum to maximum, with a zero point",
        "S = |r|max / (2^(N−1) − 1): TensorFlow, TensorRT",
        "S = |r|max / 2^(N−1): PyTorch, ONNX",
        "Restricted scale, all codes: the course's lab",
        "S = |r|max / ((2^N − 1) / 2): Distiller",
    ];
    let possible = |range: &Range| linear.bits > 1 || !range.needs_two_bits();
    let name = |range: Range| {
        let text = describe::range(range);
        let mut letters = text.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    let options: Vec<(Range, String, &str)> = Range::ALL
        .into_iter()
        .zip(hints)
        .filter(|(range, _)| possible(range))
        .map(|(range, hint)| (range, name(range), hint))
        .collect();
    let mut edited = linear.clone();
    label(ui, "Range");
    select(ui, "Range", &mut edited.range, &options).changed().then(|| {
        edited.signed |= edited.range.is_symmetric();
        edited
    })
}

fn cast_ui(cast: &Cast, ui: &mut Ui) -> Option<Cast> {
    let mut edited = cast.clone();
    let narrow = |bits: u32| bits <= 16;
    let common = ["fp16", "bf16", "e4m3fn", "e5m2", "e2m3fn", "e3m2fn", "e2m1fn", "int8", "int4"];
    let mut options: Vec<(String, String, &str)> = CATALOGUE
        .iter()
        .filter(|entry| common.contains(&entry.name) && narrow(entry.format.bits()))
        .map(|entry| (entry.name.to_owned(), entry.title.to_owned(), entry.source))
        .collect();
    if !options.iter().any(|(name, ..)| *name == cast.format) {
        options.push((cast.format.clone(), describe::format_title(&cast.format), ""));
    }
    // Beside a narrow slider both choices have room, their names not.
    if ui.available_width() > 330.0 {
        label(ui, "Format");
    }
    let mut changed = select(ui, "Format", &mut edited.format, &options).changed();
    label(ui, "Scale");
    let scales = [
        (CastScale::None, "None".to_owned(), "Weights go in as they are"),
        (CastScale::AbsMax, "|r| max".to_owned(), "The largest weight goes to the format's largest value"),
    ];
    if select(ui, "Scale", &mut edited.scale, &scales).changed() {
        changed = true;
        if edited.scale == CastScale::None {
            edited.per = Per::Tensor;
        }
    }
    changed.then_some(edited)
}

/// One- and two-bit quantizers, each with the name of who uses it; with other settings, by its text.
fn signs_ui(now: &Quantizer, ui: &mut Ui) -> Option<Quantizer> {
    const PRESETS: [(&str, &str, &str); 7] = [
        ("binary:scale=none", "sign(W)", "BinaryConnect"),
        ("binary", "α sign(W)", "BWN, XNOR-Net: α = mean |W|"),
        ("ternary", "Ternary, 0.7 mean |W|", "Ternary weight networks"),
        ("ternary:threshold=optimal", "Ternary, optimal", "The least squared error of all thresholds"),
        ("ternary:threshold=absmean", "Ternary, mean |W| / 2", "BitNet b1.58"),
        ("ternary:threshold=max:0.05,scales=two", "Ternary, two scales", "TTQ: Δ = 0.05 max |W|"),
        ("ternary:threshold=optimal,scales=two", "Two scales, optimal", "A threshold and a scale for each sign"),
    ];
    let mut options: Vec<(Quantizer, String, &str)> = PRESETS
        .iter()
        .filter_map(|(text, name, hint)| Some((text.parse::<Quantizer>().ok()?, (*name).to_owned(), *hint)))
        .collect();
    let mut edited = now.with_per(Per::Tensor);
    if !options.iter().any(|(quantizer, ..)| *quantizer == edited) {
        options.push((edited.clone(), edited.to_string(), ""));
    }
    label(ui, "Signs");
    select(ui, "Signs", &mut edited, &options).changed().then(|| edited.with_per(now.per()))
}

fn ggml_ui(kind: Ggml, ui: &mut Ui) -> Option<Ggml> {
    let options = Ggml::ALL.map(|kind| {
        let hint = match kind {
            Ggml::Q4_0 | Ggml::Q5_0 => "d(q − half): the largest magnitude goes to the lowest code",
            Ggml::Q4_1 | Ggml::Q5_1 => "d·q + m: a minimum beside the scale",
            Ggml::Q8_0 => "d·q: the largest magnitude goes to ±127",
        };
        (kind, kind.name().to_uppercase(), hint)
    });
    let mut edited = kind;
    label(ui, "Type");
    select(ui, "Type", &mut edited, &options).changed().then_some(edited)
}

/// The least room of [`per_ui`]: the choice without the word before it.
fn per_width(ctx: &PageContext<'_>, ui: &Ui) -> f32 {
    let scheme = ctx.scheme();
    let is_there = scheme.quantizer.as_ref().is_some_and(Quantizer::has_parameters);
    if is_there { select_width(ui, &per_words(scheme.per())) } else { 0.0 }
}

/// Which weights share parameters; a cast without a scale has none to share, and a block type has its blocks.
fn per_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let scheme = ctx.scheme();
    if !scheme.quantizer.as_ref().is_some_and(Quantizer::has_parameters) {
        return;
    }
    let mut per = scheme.per();
    let options = per_options(ctx, &[32, 64, 128], per);
    // What is chosen is worth more than the word before it, where both have no room.
    let chosen = options.iter().find(|(value, ..)| *value == per).map_or("", |(_, text, _)| text);
    let taken = caption_width(ui, "Per") + select_width(ui, chosen);
    if taken <= ui.available_width() {
        label(ui, "Per");
    }
    if select(ui, "Per", &mut per, &options).changed() {
        ctx.set_scheme(scheme.with_per(per));
    }
}

/// Who may share parameters on this tensor, with groups of those sizes and what is chosen `now`.
pub fn per_options(ctx: &PageContext<'_>, groups: &[usize], now: Per) -> Vec<(Per, String, &'static str)> {
    let axes = ctx.tensor().map_or(0, |tensor| tensor.shape.len());
    let mut choices = vec![Per::Tensor];
    if axes > 1 {
        choices.extend([Per::Channel(0), Per::Channel(1)]);
    }
    choices.extend(groups.iter().copied().map(Per::Group));
    if !choices.contains(&now) {
        choices.push(now);
    }
    choices.into_iter().map(|per| (per, per_words(per), "")).collect()
}

/// Who shares parameters, as the choices say it.
pub fn per_words(per: Per) -> String {
    match per {
        Per::Tensor => "Tensor".to_owned(),
        Per::Channel(0) => "Channel".to_owned(),
        Per::Channel(axis) => format!("Axis {axis}"),
        Per::Group(size) => format!("Group {size}"),
    }
}

/// The slider of the bits.
pub fn bits_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let scheme = ctx.scheme();
    let Some(now) = scheme.bits() else { return };
    let mut bits = now;
    let free = !scheme.quantizer.as_ref().is_some_and(Quantizer::has_fixed_width);
    let response = bits_slider(ui, &mut bits, free);
    let gesture = ctx.state.gestures.of(&response);
    if bits != now
        && let Ok(scheme) = scheme.with_bits(bits)
    {
        ctx.act(Action::SetScheme { scheme, gesture });
    }
    if !free {
        response.on_hover_text(
            "This quantizer has one width: a cast or a GGUF type that of its format, binary 1 bit, ternary 2",
        );
    }
}

/// The same quantization as a shell command; a click copies it.
fn command_line_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let Some(line) = export::command_line(ctx.session) else { return };
    let tokens = tokens(ui.ctx());
    let room = ui.available_width() - 22.0;
    let galley = theme::truncated(ui, &line, egui::FontId::monospace(12.0), tokens.muted, room);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(22.0, 0.0), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Copy the command line"));
    let color = if response.hovered() { tokens.text } else { tokens.muted };
    let icon = Rect::from_center_size(rect.left_center() + vec2(7.0, 0.0), vec2(12.0, 12.0));
    Icon::Copy.paint(ui.painter(), icon, color);
    ui.painter().galley_with_override_text_color(rect.min + vec2(20.0, 0.0), galley, color);
    theme::focus_ring(ui, &response, rect);
    if response.clicked() {
        ctx.copy("the command line", line.clone());
    }
    response.on_hover_text(format!("{line}\nClick copies"));
}
