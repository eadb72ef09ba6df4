//! Everything that has a name: one table feeds the menus, the shortcuts and the palette.

use egui::{Key, KeyboardShortcut, Modifiers};

/// A command without arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Ask for a file with the system's dialog.
    Open,
    /// Ask for a file by a typed path.
    OpenPath,
    /// Ask for a network for the pages of the group Networks.
    OpenNetwork,
    /// Ask for a data set in a file.
    OpenData,
    /// Ask for a data set in a folder.
    OpenDataFolder,
    /// Ask for a palette for the page of pictures.
    OpenPalette,
    /// Write quantized tensors to a file.
    Export,
    /// Write all pictures and tables of the page to a folder.
    SaveFigures,
    /// Read the active document's file again.
    Reload,
    /// Close the active document.
    CloseDocument,
    /// Leave the program.
    Quit,
    /// One step back.
    Undo,
    /// One step forward again.
    Redo,
    /// Open the numbers on the clipboard.
    Paste,
    /// Copy the scheme's text form.
    CopyScheme,
    /// Copy the command line that does the same.
    CopyCommandLine,
    /// Back to the family's defaults.
    ResetScheme,
    /// Compare with the current scheme.
    Pin,
    /// Find commands by name.
    Palette,
    /// The slides' view of the page.
    Present,
    /// The window over the whole screen.
    Fullscreen,
    /// Larger.
    ZoomIn,
    /// Smaller.
    ZoomOut,
    /// Size as designed.
    ZoomReset,
    /// Follow the system's theme.
    ThemeSystem,
    /// Light theme.
    ThemeLight,
    /// Dark theme.
    ThemeDark,
    /// Counts on a logarithmic or a linear axis.
    ToggleLogCounts,
    /// Draw the synthetic weights anew.
    NextSeed,
    /// The next document's tab.
    NextDocument,
    /// The next tensor in the table's order.
    NextTensor,
    /// The previous tensor in the table's order.
    PreviousTensor,
    /// What the keys do.
    Shortcuts,
    /// Versions and licences.
    About,
    /// Forget window layout, recent files and preferences.
    ResetSettings,
}

/// A command's row: what the menus, the palette and the shortcut list show.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The command.
    pub command: Command,
    /// Its name, in sentence case.
    pub text: &'static str,
    /// What it does, for the palette and hover texts.
    pub hint: &'static str,
    /// The keys that run it.
    pub keys: &'static [KeyboardShortcut],
    /// The menu it stands in.
    pub menu: Menu,
}

/// Where a command stands in the menu bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// Files in and out.
    File,
    /// Undo and copies.
    Edit,
    /// How it looks.
    View,
    /// Help.
    Help,
}

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const ALT: Modifiers = Modifiers::ALT;

const fn keys(modifiers: Modifiers, key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(modifiers, key)
}

const fn entry(
    menu: Menu,
    command: Command,
    text: &'static str,
    hint: &'static str,
    keys: &'static [KeyboardShortcut],
) -> Entry {
    Entry { command, text, hint, keys, menu }
}

/// Every command, in menu and palette order.
pub static COMMANDS: &[Entry] = {
    use Command as C;
    use Menu::{Edit, File, Help, View};
    &[
        entry(File, C::Open, "Open…", "Weights, a picture or sound, by the system's dialog", &[keys(CTRL, Key::O)]),
        entry(File, C::OpenPath, "Open by path…", "Type where the file is", &[keys(CTRL_SHIFT, Key::O)]),
        entry(File, C::OpenNetwork, "Open network…", "A network with its layers, for the pages of Networks", &[]),
        entry(File, C::OpenData, "Open data set…", "Labelled pictures in a file: IDX, CIFAR, npz", &[]),
        entry(
            File,
            C::OpenDataFolder,
            "Open data set folder…",
            "A folder of IDX or CIFAR files, or of class folders",
            &[],
        ),
        entry(File, C::OpenPalette, "Open palette…", "Colours for pictures: GPL, JSON, a palette PNG", &[]),
        entry(
            File,
            C::Export,
            "Export…",
            "The quantized tensor or model as safetensors, ONNX, GGUF, TFLite, npz, C header and more",
            &[keys(CTRL, Key::E)],
        ),
        entry(
            File,
            C::SaveFigures,
            "Save all figures of this page…",
            "Every picture as PNG, SVG and CSV, every table as CSV, Markdown and LaTeX, into a new folder",
            &[],
        ),
        entry(File, C::Reload, "Reload", "Read the active file again, as it is now", &[keys(NONE, Key::F5)]),
        entry(File, C::CloseDocument, "Close document", "Close the active tab", &[keys(CTRL, Key::W)]),
        entry(File, C::Quit, "Quit", "Leave the program", &[keys(CTRL, Key::Q)]),
        entry(Edit, C::Undo, "Undo", "Take back the last change of the scheme", &[keys(CTRL, Key::Z)]),
        entry(Edit, C::Redo, "Redo", "Make the change again", &[keys(CTRL_SHIFT, Key::Z), keys(CTRL, Key::Y)]),
        entry(
            Edit,
            C::Paste,
            "Paste numbers",
            "A tensor from the clipboard: rows from a spreadsheet, a CSV file, Python or NumPy",
            &[keys(CTRL, Key::V)],
        ),
        entry(Edit, C::CopyScheme, "Copy scheme", "The scheme's text form", &[keys(CTRL_SHIFT, Key::C)]),
        entry(Edit, C::CopyCommandLine, "Copy command line", "The same quantization as a shell command", &[]),
        entry(
            Edit,
            C::ResetScheme,
            "Reset scheme",
            "Back to the defaults of this kind of quantizer",
            &[keys(NONE, Key::R)],
        ),
        entry(
            Edit,
            C::Pin,
            "Pin to compare",
            "The tiles show what later schemes do better or worse; again to stop",
            &[keys(NONE, Key::C)],
        ),
        entry(View, C::Palette, "Command palette…", "Find any command by name", &[keys(CTRL, Key::P)]),
        entry(View, C::Present, "Present", "Large, light and without menus, for a projector", &[keys(NONE, Key::F9)]),
        entry(View, C::Fullscreen, "Full screen", "The window over the whole screen", &[keys(NONE, Key::F11)]),
        entry(View, C::ZoomIn, "Zoom in", "Everything larger", &[keys(CTRL, Key::Plus), keys(CTRL, Key::Equals)]),
        entry(View, C::ZoomOut, "Zoom out", "Everything smaller", &[keys(CTRL, Key::Minus)]),
        entry(View, C::ZoomReset, "Zoom 100 %", "Size as designed", &[keys(CTRL, Key::Num0)]),
        entry(View, C::ThemeSystem, "Theme: system", "Light or dark as the system says", &[]),
        entry(View, C::ThemeLight, "Theme: light", "Dark on white, for projectors", &[]),
        entry(View, C::ThemeDark, "Theme: dark", "Light on black", &[]),
        entry(View, C::ToggleLogCounts, "Log or linear counts", "The histogram's vertical axis", &[keys(NONE, Key::L)]),
        entry(
            Edit,
            C::NextSeed,
            "Draw again from the next seed",
            "Other synthetic weights of the same kind",
            &[keys(NONE, Key::N)],
        ),
        entry(View, C::NextDocument, "Next document", "The next tab", &[keys(CTRL, Key::Tab)]),
        entry(View, C::NextTensor, "Next tensor", "Down in the tensor table", &[keys(ALT, Key::ArrowDown)]),
        entry(View, C::PreviousTensor, "Previous tensor", "Up in the tensor table", &[keys(ALT, Key::ArrowUp)]),
        entry(
            Help,
            C::Shortcuts,
            "Keyboard shortcuts",
            "What the keys do",
            &[keys(NONE, Key::Questionmark), keys(NONE, Key::F1)],
        ),
        entry(Help, C::About, "About Quantscope", "Versions and licences", &[]),
        entry(Help, C::ResetSettings, "Reset settings", "Forget preferences and recent files", &[]),
    ]
};

impl Command {
    /// The command's row.
    pub fn entry(self) -> &'static Entry {
        let row = COMMANDS.iter().find(|entry| entry.command == self);
        row.expect("every command has a row: held by a test")
    }

    /// The command whose keys were pressed, taken from the input. Shortcuts that would edit text are left to a focused text field.
    ///
    /// egui matches `Ctrl+Shift+Z` for `Ctrl+Z` too, so the longest combination is asked first.
    pub fn pressed(ctx: &egui::Context) -> Option<Self> {
        let typing = ctx.text_edit_focused();
        let mut all: Vec<(KeyboardShortcut, Self)> =
            COMMANDS.iter().flat_map(|entry| entry.keys.iter().map(|keys| (*keys, entry.command))).collect();
        all.sort_by_key(|(keys, _)| {
            let modifiers = keys.modifiers;
            std::cmp::Reverse(
                [modifiers.command, modifiers.shift, modifiers.alt].into_iter().filter(|&held| held).count(),
            )
        });
        ctx.input_mut(|input| {
            all.into_iter().find_map(|(keys, command)| {
                let edits_text = keys.conflicts_with_text_editing() || matches!(command, Self::Undo | Self::Redo);
                let belongs_to_text = typing && edits_text;
                (!belongs_to_text && input.consume_shortcut(&keys)).then_some(command)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn rows_are_unique_and_keys_belong_to_one_command() {
        let mut commands = HashSet::new();
        let mut shortcuts = HashSet::new();
        for entry in COMMANDS {
            assert!(commands.insert(entry.command), "{:?} stands twice", entry.command);
            assert_eq!(entry.command.entry().text, entry.text);
            for keys in entry.keys {
                assert!(shortcuts.insert(*keys), "{keys:?} of {:?} is taken", entry.command);
            }
        }
    }
}
