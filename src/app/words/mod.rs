//! The interface's words in English and Russian.
//!
//! In: a [`Word`], or a thing to be named with its number. Out: text in a [`Language`]. Invariant: every word stands in
//! one table, `table.rs`, with both languages side by side, so that neither can lack one.

mod acts;
mod number;
mod phrasebook;
mod phrases;
mod table;

pub use acts::{act, event};
pub use number::{Counted, counted};
pub use phrases::{phrase, said};
pub use table::Word;

/// A language of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Russian.
    Russian,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Russian];

    /// The language of the person's environment: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that says anything.
    pub fn of_environment() -> Self {
        let said = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
        Self::of_locale(&said.into_iter().find(|locale| !locale.is_empty()).unwrap_or_default())
    }

    /// The language of a locale such as `ru_RU.UTF-8`; English if it is neither.
    pub fn of_locale(locale: &str) -> Self {
        if locale.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("ru")) {
            Self::Russian
        } else {
            Self::English
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::English => Self::Russian,
            Self::Russian => Self::English,
        }
    }

    /// Its own name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Russian => "Русский",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_chooses_the_language() {
        for (locale, language) in [
            ("ru_RU.UTF-8", Language::Russian),
            ("RU", Language::Russian),
            ("en_US.UTF-8", Language::English),
            ("C", Language::English),
            ("", Language::English),
            ("я", Language::English),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn every_word_is_said_in_both_languages() {
        for word in Word::ALL {
            let (english, russian) = (word.text(Language::English), word.text(Language::Russian));
            assert!(!english.is_empty() && !russian.is_empty(), "{word:?}");
            assert!(english.is_ascii() || !english.chars().any(cyrillic), "{word:?}: {english}");
            assert!(russian.chars().any(cyrillic) || !russian.chars().any(char::is_alphabetic), "{word:?}: {russian}");
        }
    }

    fn cyrillic(letter: char) -> bool {
        ('\u{400}'..='\u{4ff}').contains(&letter)
    }
}
