//! The choice of the network, which every page of the group has.

use egui::Ui;

use crate::app::context::PageContext;
use crate::app::theme::{self, tokens};
use crate::app::widgets::select::select;
use crate::engine::network::zoo;

/// A caption before a control.
pub(in crate::app::pages) fn label(ui: &mut Ui, text: &str) {
    ui.label(egui::RichText::new(text).font(theme::control()).color(tokens(ui.ctx()).muted));
}

/// The choice of the network.
pub(in crate::app::pages) fn network_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let options: Vec<(String, String, &str)> = crate::builtin::names()
        .filter_map(zoo::find)
        .map(|row| (row.name.to_owned(), row.title.to_owned(), row.summary))
        .collect();
    let mut name = ctx.setup().network.name.clone();
    if select(ui, "Network", &mut name, &options).changed() {
        let title = zoo::find(&name).map_or(name.as_str(), |row| row.title).to_owned();
        ctx.edit(format!("Network {title}"), None, move |setup| setup.network.name.clone_from(&name));
    }
}
