//! Things with their number: "1 note", "5 notes", "1 заметка", "3 заметки", "5 заметок".
//!
//! Russian has three forms: for numbers that end in 1 (but not 11), in 2 to 4 (but not 12 to 14), and all others.

use super::Language;

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Notes.
    Notes,
    /// Steps.
    Steps,
    /// Acts.
    Acts,
    /// Events.
    Events,
    /// Pictures.
    Pictures,
    /// Cells.
    Cells,
    /// Threads.
    Threads,
}

/// `count` of them, said in a language.
pub fn counted(count: usize, what: Counted, language: Language) -> String {
    let form = match language {
        Language::English => {
            let (one, many) = english(what);
            if count == 1 { one } else { many }
        }
        Language::Russian => russian(what)[russian_form(count)],
    };
    format!("{count} {form}")
}

const fn english(what: Counted) -> (&'static str, &'static str) {
    match what {
        Counted::Notes => ("note", "notes"),
        Counted::Steps => ("step", "steps"),
        Counted::Acts => ("act", "acts"),
        Counted::Events => ("event", "events"),
        Counted::Pictures => ("picture", "pictures"),
        Counted::Cells => ("cell", "cells"),
        Counted::Threads => ("thread", "threads"),
    }
}

const fn russian(what: Counted) -> [&'static str; 3] {
    match what {
        Counted::Notes => ["заметка", "заметки", "заметок"],
        Counted::Steps => ["шаг", "шага", "шагов"],
        Counted::Acts => ["действие", "действия", "действий"],
        Counted::Events => ["событие", "события", "событий"],
        Counted::Pictures => ["снимок", "снимка", "снимков"],
        Counted::Cells => ["ячейка", "ячейки", "ячеек"],
        Counted::Threads => ["поток", "потока", "потоков"],
    }
}

const fn russian_form(count: usize) -> usize {
    match (count % 10, count % 100) {
        (_, 11..=14) => 2,
        (1, _) => 0,
        (2..=4, _) => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_their_forms() {
        let said = |count, language| counted(count, Counted::Notes, language);
        assert_eq!(said(1, Language::English), "1 note");
        assert_eq!(said(0, Language::English), "0 notes");
        for (count, expected) in [
            (1, "1 заметка"),
            (2, "2 заметки"),
            (5, "5 заметок"),
            (11, "11 заметок"),
            (12, "12 заметок"),
            (21, "21 заметка"),
            (104, "104 заметки"),
            (111, "111 заметок"),
            (0, "0 заметок"),
        ] {
            assert_eq!(said(count, Language::Russian), expected);
        }
    }
}
