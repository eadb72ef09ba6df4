//! The menu bar, drawn from the command table and the example catalogue.

use egui::{Button, MenuBar, Ui};

use crate::app::command::{COMMANDS, Command, Menu};
use crate::app::context::Request;
use crate::app::examples;
use crate::app::session::{Action, Session, file_name};
use crate::app::settings::Settings;

/// Narrowest menu.
const WIDTH: f32 = 260.0;

/// The menus side by side, or folded into one button.
pub fn ui(folded: bool, session: &Session, settings: &mut Settings, requests: &mut Vec<Request>, ui: &mut Ui) {
    MenuBar::new().ui(ui, |ui| {
        if folded {
            ui.menu_button("Menu", |ui| {
                ui.set_min_width(WIDTH);
                all(session, settings, requests, ui);
            });
        } else {
            all(session, settings, requests, ui);
        }
    });
}

fn all(session: &Session, settings: &mut Settings, requests: &mut Vec<Request>, ui: &mut Ui) {
    ui.menu_button("File", |ui| {
        ui.set_min_width(WIDTH);
        commands(Menu::File, &[Command::Open, Command::OpenPath], session, requests, ui);
        recent(settings, requests, ui);
        ui.separator();
        let networks = [Command::OpenNetwork, Command::OpenData, Command::OpenDataFolder, Command::OpenPalette];
        commands(Menu::File, &networks, session, requests, ui);
        ui.separator();
        commands(Menu::File, &[Command::Export, Command::SaveFigures], session, requests, ui);
        ui.separator();
        commands(Menu::File, &[Command::Reload, Command::CloseDocument, Command::Quit], session, requests, ui);
    });
    ui.menu_button("Edit", |ui| {
        ui.set_min_width(WIDTH);
        whole_menu(Menu::Edit, session, requests, ui);
    });
    ui.menu_button("View", |ui| {
        ui.set_min_width(WIDTH);
        whole_menu(Menu::View, session, requests, ui);
    });
    ui.menu_button("Examples", |ui| {
        ui.set_min_width(WIDTH);
        example_list(requests, ui);
    });
    ui.menu_button("Help", |ui| {
        ui.set_min_width(WIDTH);
        whole_menu(Menu::Help, session, requests, ui);
    });
}

fn whole_menu(menu: Menu, session: &Session, requests: &mut Vec<Request>, ui: &mut Ui) {
    let commands_of: Vec<Command> =
        COMMANDS.iter().filter(|entry| entry.menu == menu).map(|entry| entry.command).collect();
    commands(menu, &commands_of, session, requests, ui);
}

fn commands(menu: Menu, list: &[Command], session: &Session, requests: &mut Vec<Request>, ui: &mut Ui) {
    for entry in COMMANDS.iter().filter(|entry| entry.menu == menu && list.contains(&entry.command)) {
        let keys = entry.keys.first().map(|keys| ui.ctx().format_shortcut(keys)).unwrap_or_default();
        let button = Button::new(entry.text).shortcut_text(keys);
        let response = ui.add_enabled(super::is_possible(entry.command, session), button).on_hover_text(entry.hint);
        if response.clicked() {
            requests.push(Request::Run(entry.command));
            ui.close();
        }
    }
}

fn recent(settings: &Settings, requests: &mut Vec<Request>, ui: &mut Ui) {
    ui.add_enabled_ui(!settings.recent.is_empty(), |ui| {
        ui.menu_button("Open recent", |ui| {
            for path in &settings.recent {
                let button = ui.button(file_name(path)).on_hover_text(path.display().to_string());
                if button.clicked() {
                    requests.push(Request::Act(Action::OpenFile(path.clone())));
                    ui.close();
                }
            }
        });
    });
}

/// One submenu a section, in the lecture's order: together they would be taller than any screen.
fn example_list(requests: &mut Vec<Request>, ui: &mut Ui) {
    for section in examples::SECTIONS {
        ui.menu_button(section.title, |ui| {
            ui.set_min_width(WIDTH);
            for example in section.examples() {
                if ui.button(example.title).on_hover_text(example.summary).clicked() {
                    requests.push(Request::Act(Action::OpenExample(example)));
                    ui.close();
                }
            }
        });
    }
}
