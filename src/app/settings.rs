//! What the window remembers from one day to the next: recent files, language, theme. Nothing of the field.
//!
//! In and out: `settings.json` in the user's configuration folder, or in that of `SEMAFIELD_CONFIG` (empty: nowhere).
//! Invariant: a missing, old or broken file is the same as none; the window never fails because of it.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

use crate::app::state::State;
use crate::app::words::Language;

/// The variable that moves the folder.
pub const FOLDER: &str = "SEMAFIELD_CONFIG";

/// The most files that are remembered.
const MOST: usize = 12;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Recently opened, newest first.
    pub recent: Vec<PathBuf>,
    /// `en` or `ru`; `None` for the system's.
    pub language: Option<String>,
    /// Light or dark; `None` for the system's.
    pub dark: Option<bool>,
}

impl Settings {
    /// What was remembered last.
    pub fn read() -> Self {
        let text = file().and_then(|file| std::fs::read_to_string(file).ok());
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// What a window's state has to say.
    pub fn of(state: &State) -> Self {
        let language = match state.language {
            Language::English => "en",
            Language::Russian => "ru",
        };
        Self { recent: state.recent.clone(), language: Some(language.to_owned()), dark: Some(state.dark) }
    }

    /// Keeps it, if there is a place to keep it.
    pub fn write(&self) {
        let Some(file) = file() else { return };
        let text = serde_json::to_string_pretty(self).expect("settings are plain data");
        if let Some(folder) = file.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        let _ = std::fs::write(file, text);
    }

    /// A language by its code.
    pub fn language(&self) -> Option<Language> {
        match self.language.as_deref() {
            Some("en") => Some(Language::English),
            Some("ru") => Some(Language::Russian),
            _ => None,
        }
    }
}

/// A file that was opened comes first; each stands there once.
pub fn remember(recent: &mut Vec<PathBuf>, opened: &Path) {
    let full = opened.canonicalize().unwrap_or_else(|_| opened.to_owned());
    recent.retain(|known| *known != full);
    recent.insert(0, full);
    recent.truncate(MOST);
}

fn file() -> Option<PathBuf> {
    let folder = match std::env::var_os(FOLDER) {
        Some(folder) if folder.is_empty() => return None,
        Some(folder) => PathBuf::from(folder),
        None => etcetera::choose_base_strategy().ok()?.config_dir().join("semafield"),
    };
    Some(folder.join("settings.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_opened_is_first_and_none_stands_twice() {
        let mut recent = vec![];
        for name in ["a", "b", "a", "c"] {
            remember(&mut recent, Path::new(name));
        }
        assert_eq!(recent, ["c", "a", "b"].map(PathBuf::from));
        (0..20).for_each(|number| remember(&mut recent, Path::new(&format!("n{number}"))));
        assert_eq!(recent.len(), MOST);
    }
}
