//! What the program says about mistakes, in the language of the interface.
//!
//! In: a message as the library writes it, in English. Out: the same in a [`Language`]: by a table of phrases, if it knows
//! every part of the message, else the English as it is. Invariant: no sentence is half in one language: what stands in
//! the place of `{}` is a name, a number or a piece of a seed; what stands in the place of `{~}` is a phrase by itself.

use super::Language;
use super::phrasebook::PHRASES;

/// A message in a language, if it is known there in whole; its parts are set apart by lines and semicolons.
pub fn phrase(message: &str, language: Language) -> Option<String> {
    match language {
        Language::English => Some(message.to_owned()),
        Language::Russian => text(message),
    }
}

/// A message in a language, or in English where it is not known.
pub fn said(message: &str, language: Language) -> String {
    phrase(message, language).unwrap_or_else(|| message.to_owned())
}

/// A picture of a mistake in a seed, as the compiler's diagnostics draw it: what is said in words is said, the rest stays.
fn picture(message: &str) -> Option<String> {
    let line = |line: &str| -> Option<String> {
        let spoken = |before: &str, after: &str, into: &str| Some(format!("{before}{into}{}", text(after)?));
        if let Some(rest) = line.strip_prefix("error: ") {
            return spoken("", rest, "ошибка: ");
        }
        if let Some((gutter, help)) = line.split_once(" = help: ") {
            return spoken(gutter, help, " = совет: ");
        }
        let marks =
            line.trim_start().strip_prefix("| ").map(str::trim_start).filter(|marks| marks.starts_with(['^', '-']));
        match marks.and_then(|marks| marks.split_once(' ')) {
            Some((_, label)) => spoken(line.strip_suffix(label)?, label, ""),
            None => Some(line.to_owned()),
        }
    };
    message.lines().map(line).collect::<Option<Vec<String>>>().map(|lines| lines.join("\n"))
}

/// Lines, and parts of a line that semicolons set apart; a phrase may have semicolons of its own.
fn text(message: &str) -> Option<String> {
    if message.contains("--> ") {
        return picture(message);
    }
    if let Some(whole) = one(message) {
        return Some(whole);
    }
    for (between, into) in [("\n  = help: ", "\n"), ("\n", "\n"), ("; ", "; ")] {
        let mut from = 0;
        while let Some(at) = message[from..].find(between) {
            let (head, rest) = (&message[..from + at], &message[from + at + between.len()..]);
            if let Some((head, rest)) = text(head).zip(text(rest)) {
                return Some(format!("{head}{into}{rest}"));
            }
            from += at + between.len();
        }
    }
    None
}

/// One phrase of the table.
fn one(message: &str) -> Option<String> {
    PHRASES.iter().find_map(|(english, russian)| {
        let found = matched(english, message)?;
        let mut filled = String::new();
        let mut rest = *russian;
        let mut next = found.into_iter();
        while let Some((before, after)) = rest.split_once("{}") {
            filled.push_str(before);
            filled.push_str(&next.next()?);
            rest = after;
        }
        Some(filled + rest)
    })
}

/// What stands in the places of a pattern.
fn matched(pattern: &str, message: &str) -> Option<Vec<String>> {
    let Some((before, place, after)) = first_place(pattern) else { return (pattern == message).then(Vec::new) };
    let rest = message.strip_prefix(before)?;
    let next = first_place(after).map_or(after, |(next, ..)| next);
    let ends = |end: usize| -> Option<Vec<String>> {
        let held = &rest[..end];
        let held = if place { one(held)? } else { is_name(held).then(|| held.to_owned())? };
        let mut found = vec![held];
        found.extend(matched(after, &rest[end..])?);
        Some(found)
    };
    if after.is_empty() {
        return ends(rest.len());
    }
    // The shortest that fits: what is held seldom has the words of the pattern in it.
    let mut from = 0;
    while let Some(at) = rest[from..].find(next).filter(|_| !next.is_empty()) {
        if let Some(found) = ends(from + at) {
            return Some(found);
        }
        from += at + rest[from + at..].chars().next().map_or(1, char::len_utf8);
    }
    None
}

/// The text before the first place, whether a phrase stands there, and the text behind.
fn first_place(pattern: &str) -> Option<(&str, bool, &str)> {
    let at = pattern.find('{')?;
    let (before, rest) = pattern.split_at(at);
    match rest.strip_prefix("{~}") {
        Some(after) => Some((before, true, after)),
        None => rest.strip_prefix("{}").map(|after| (before, false, after)),
    }
}

/// Whether a text says nothing by itself: a name, a number, a path, a list of such; no sentence.
fn is_name(text: &str) -> bool {
    !text.contains("; ") && !text.contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_said_in_whole_or_not_at_all() {
        let russian = |message: &str| phrase(message, Language::Russian);
        assert_eq!(russian("unknown name `B`; did you mean `A`?").unwrap(), "имя `B` неизвестно; может быть, `A`?");
        let mixed = "unknown name `B`; something that nobody has put into another language";
        assert_eq!(russian(mixed), None);
        assert_eq!(said(mixed, Language::Russian), mixed);
        let nested = "a real cell value is due here, this is a complex cell value";
        assert_eq!(
            russian(nested).unwrap(),
            "здесь нужно вещественное значение в ячейке, а стоит комплексное значение в ячейке"
        );
        let drawn = "error: unknown name `B`\n --> a.toml:7:3\n  |\n7 | A = \"B\"\n  |      ^\n  |\n  = help: did you mean `A`?\n";
        let shown = russian(drawn).unwrap();
        assert!(shown.starts_with("ошибка: имя `B` неизвестно\n --> a.toml:7:3\n"), "{shown}");
        assert!(shown.ends_with("  = совет: может быть, `A`?"), "{shown}");
        let help = "note `a; b` is pinned to its place: let it go first";
        assert_eq!(phrase(help, Language::English).unwrap(), help);
    }

    #[test]
    fn every_phrase_keeps_its_places() {
        for (english, russian) in PHRASES {
            let places = english.matches("{}").count() + english.matches("{~}").count();
            assert_eq!(places, russian.matches("{}").count(), "{english}");
            assert!(russian.chars().any(|letter| ('\u{400}'..='\u{4ff}').contains(&letter)), "{russian}");
        }
    }
}
