//! What is remembered from one run to the next: small, saved by eframe's storage, never anybody's work.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Recent files remembered.
const RECENT: usize = 10;

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// As the system says.
    #[default]
    System,
    /// Dark on white.
    Light,
    /// Light on black.
    Dark,
}

impl ThemeChoice {
    /// As egui calls it.
    pub fn preference(self) -> egui::ThemePreference {
        match self {
            Self::System => egui::ThemePreference::System,
            Self::Light => egui::ThemePreference::Light,
            Self::Dark => egui::ThemePreference::Dark,
        }
    }
}

/// Preferences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Theme.
    pub theme: ThemeChoice,
    /// Size of everything; 1 is as designed.
    pub zoom: f32,
    /// Files opened last, newest first.
    pub recent: Vec<PathBuf>,
    /// Whether the histogram counts on a logarithmic axis.
    pub log_counts: bool,
    /// Where the last file dialog was.
    pub directory: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { theme: ThemeChoice::default(), zoom: 1.0, recent: Vec::new(), log_counts: true, directory: None }
    }
}

impl Settings {
    /// Puts a file on top of the recent ones.
    pub fn remember(&mut self, path: &Path) {
        self.recent.retain(|recent| recent != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(RECENT);
        self.directory = path.parent().map(Path::to_owned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_recent_once_and_on_top() {
        let mut settings = Settings::default();
        for index in 0..RECENT + 2 {
            settings.remember(Path::new(&format!("dir/{index}.npy")));
        }
        settings.remember(Path::new("dir/5.npy"));
        assert_eq!(settings.recent.len(), RECENT);
        assert_eq!(settings.recent[0], Path::new("dir/5.npy"));
        assert_eq!(settings.recent.iter().filter(|path| path.ends_with("5.npy")).count(), 1);
    }
}
