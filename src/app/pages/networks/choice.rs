//! Which network, which pictures, and what is done to a picture: the controls that all pages of the group share.

use egui::{Align, Layout, Popup, PopupCloseBehavior, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use crate::app::command::Command;
use crate::app::context::{PageContext, Request};
use crate::app::theme::{self, GAP, tokens};
use crate::app::view::format;
use crate::app::widgets::button;
use crate::app::widgets::card;
use crate::app::widgets::field::value_field;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::network::Normalization;
use crate::sources::{DataSource, NetworkSource};

/// A caption before a control.
pub(in crate::app::pages) fn label(ui: &mut Ui, text: &str) {
    let color = tokens(ui.ctx()).muted;
    let width = ui.painter().layout_no_wrap(text.to_owned(), theme::control(), color).size().x;
    // As high as what it stands before, so that it lies on one line with it where rows wrap.
    ui.add_sized(
        vec2(width, theme::CONTROL),
        egui::Label::new(RichText::new(text).font(theme::control()).color(color)),
    );
}

/// An entry of a selector: something to choose, or a command that opens more.
#[derive(Clone, Debug, PartialEq)]
enum Entry<T> {
    Choose(T),
    Run(Command),
}

/// The selector of networks, with a way to open another one.
pub(in crate::app::pages) fn network_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let current = ctx.setup().network.choice.network.clone();
    let known = offered(&ctx.session.library.networks, &current);
    let hints: Vec<String> = known.iter().map(NetworkSource::hint).collect();
    let rows =
        known.iter().zip(&hints).map(|(source, hint)| (Entry::Choose(source.clone()), source.title(), hint.as_str()));
    if let Some(network) = choose(ctx, ui, "Network", current, rows.collect(), &[Command::OpenNetwork]) {
        ctx.edit(format!("Network {}", network.title()), None, move |setup| {
            setup.network.choice.network = network.clone();
            setup.network.choice.normalization = None;
        });
    }
}

/// The selector of data sets, with ways to open another one.
pub(in crate::app::pages) fn data_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let current = ctx.setup().network.choice.data.clone();
    let known = offered(&ctx.session.library.data, &current);
    let hints: Vec<String> = known.iter().map(DataSource::hint).collect();
    let rows =
        known.iter().zip(&hints).map(|(source, hint)| (Entry::Choose(source.clone()), source.title(), hint.as_str()));
    let commands = [Command::OpenData, Command::OpenDataFolder];
    if let Some(data) = choose(ctx, ui, "Data set", current, rows.collect(), &commands) {
        ctx.edit(format!("Data {}", data.title()), None, move |setup| {
            setup.network.choice.data = data.clone();
            setup.network.choice.hold = None;
        });
    }
}

/// What there is to choose from: what is known and what is chosen, which an undo may have brought back.
fn offered<T: Clone + PartialEq>(known: &[T], current: &T) -> Vec<T> {
    let mut all = known.to_vec();
    if !all.contains(current) {
        all.push(current.clone());
    }
    all
}

fn choose<T: Clone + PartialEq>(
    ctx: &mut PageContext<'_>,
    ui: &mut Ui,
    name: &str,
    current: T,
    mut rows: Vec<(Entry<T>, String, &str)>,
    commands: &[Command],
) -> Option<T> {
    for command in commands {
        let entry = command.entry();
        rows.push((Entry::Run(*command), entry.text.to_owned(), entry.hint));
    }
    let mut entry = Entry::Choose(current);
    if !select(ui, name, &mut entry, &rows).changed() {
        return None;
    }
    match entry {
        Entry::Choose(chosen) => Some(chosen),
        Entry::Run(command) => {
            ctx.requests.push(Request::Run(command));
            None
        }
    }
}

/// A page whose network and pictures do not go together: why, under the controls that are the way out of it.
pub(in crate::app::pages) fn refused_ui(ctx: &mut PageContext<'_>, reason: &str, canvas: Rect, ui: &mut Ui) {
    let controls = Rect::from_min_size(canvas.min, vec2(canvas.width(), 52.0));
    card::plain(ui, controls, "controls", |ui| {
        let builder = UiBuilder::new().max_rect(ui.max_rect()).layout(Layout::left_to_right(Align::Center));
        let mut row = ui.new_child(builder);
        row.spacing_mut().item_spacing.x = 10.0;
        network_ui(ctx, &mut row);
        data_ui(ctx, &mut row);
        preprocessing_ui(ctx, None, &mut row);
    });
    let rest = Rect::from_min_max(pos2(canvas.left(), controls.bottom() + GAP), canvas.max);
    card::plain(ui, rest, "refused", |ui| card::nothing(ui, reason));
}

/// A button that says what is done to a picture, and opens the fields to change it. `trained` is what the network was trained with,
/// once it is known.
pub(in crate::app::pages) fn preprocessing_ui(ctx: &mut PageContext<'_>, trained: Option<Normalization>, ui: &mut Ui) {
    let choice = &ctx.setup().network.choice;
    let normalization = choice.normalization.or(trained);
    let words = match normalization {
        Some(normalization) => words(normalization),
        None => "As trained".to_owned(),
    };
    let words = if choice.resize { format!("{words}, resized") } else { words };
    let words = match choice.hold {
        Some(held) => format!("{words}, last {} held back", format::count(held as u64)),
        None => words,
    };
    let hint = "What the network takes of a pixel from 0 to 255, and what is done to pictures of another size";
    let response = button::plain(ui, &words).on_hover_text(hint);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Preprocessing: {words}")));
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(330.0);
        ui.spacing_mut().item_spacing.y = 8.0;
        fields_ui(ctx, normalization.unwrap_or_default(), ui);
    });
}

/// `x / 255`, or `(x / 255 − 0.1307) / 0.3081`.
fn words(normalization: Normalization) -> String {
    let Normalization { mean, deviation } = normalization;
    match (mean == 0.0, deviation == 1.0) {
        (true, true) => "x / 255".to_owned(),
        (false, true) => format!("x / 255 − {mean}"),
        (true, false) => format!("x / 255 / {deviation}"),
        (false, false) => format!("(x / 255 − {mean}) / {deviation}"),
    }
}

fn fields_ui(ctx: &mut PageContext<'_>, shown: Normalization, ui: &mut Ui) {
    label(ui, "The network takes (x / 255 − mean) / deviation of a pixel x");
    let (mut mean, mut deviation) = (shown.mean, shown.deviation);
    ui.horizontal(|ui| {
        label(ui, "Mean");
        value_field(ui, "Mean", &mut mean, 90.0, |text| finite(text).ok_or("a finite number".to_owned()));
        label(ui, "Deviation");
        value_field(ui, "Deviation", &mut deviation, 90.0, |text| {
            finite(text).filter(|value| *value > 0.0).ok_or("a number above 0".to_owned())
        });
    });
    let edited = Normalization { mean, deviation };
    if edited != shown {
        ctx.edit(format!("Normalization {}", words(edited)), None, move |setup| {
            setup.network.choice.normalization = Some(edited);
        });
    }
    let mut resize = ctx.setup().network.choice.resize;
    label(ui, "Pictures of another size");
    if segmented(ui, "Pictures of another size", &mut resize, &[(false, "Refuse"), (true, "Cut and resize")]).changed()
    {
        let what = if resize { "Pictures resized to the network's input" } else { "Pictures of another size refused" };
        ctx.edit(what, None, move |setup| setup.network.choice.resize = resize);
    }
    hold_ui(ctx, ui);
    if ctx.setup().network.choice.normalization.is_some() && button::plain(ui, "As the network was trained").clicked() {
        ctx.edit("Normalization as trained", None, |setup| setup.network.choice.normalization = None);
    }
}

/// The field for pictures that are held back; drawn digits have a part for each use.
fn hold_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let choice = &ctx.setup().network.choice;
    if choice.data == DataSource::Digits {
        return;
    }
    label(ui, "Held back from training to measure on");
    let mut held = choice.hold.unwrap_or(0);
    ui.horizontal(|ui| {
        label(ui, "Last");
        value_field(ui, "Held back", &mut held, 90.0, |text| {
            text.trim().parse().map_err(|_| "a number of pictures; 0 for the data set's own test part".to_owned())
        });
        label(ui, "pictures; 0: the set's own test part");
    });
    let held = (held > 0).then_some(held);
    if held != choice.hold {
        let what = match held {
            Some(held) => format!("The last {} pictures held back", format::count(held as u64)),
            None => "Measured on the data set's own test part".to_owned(),
        };
        ctx.edit(what, None, move |setup| setup.network.choice.hold = held);
    }
}

fn finite(text: &str) -> Option<f32> {
    text.trim().replace(',', ".").parse().ok().filter(|value: &f32| value.is_finite())
}
