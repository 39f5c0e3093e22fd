//! Light stemming by cutting endings: what inflection adds to a word in English and Russian.
//!
//! In: a word in lower case. Out: its stem; other scripts are left alone. It is crude on purpose: a wrong meeting of two
//! words is one feature among many, and no dictionary has to be trusted.

/// Endings of Russian nouns, adjectives and verbs, the longest first.
const CYRILLIC: [&str; 61] = [
    "иями", "ами", "ями", "ого", "его", "ому", "ему", "ыми", "ими", "ией", "иям", "иях", "ешь", "ишь", "ете", "ите",
    "ают", "яют", "ает", "яет", "ить", "ать", "еть", "ыть", "ала", "ила", "али", "или", "ало", "ило", "ся", "сь", "ая",
    "яя", "ое", "ее", "ые", "ие", "ый", "ий", "ой", "ей", "ую", "юю", "ом", "ем", "ам", "ям", "ах", "ях", "ов", "ев",
    "ью", "ия", "ию", "ии", "ут", "ют", "ет", "ит", "ат",
];
/// Single letters that end a Russian word form.
const CYRILLIC_LETTERS: &str = "аеиоуыэюяйь";
/// Endings of English words, the longest first, with what takes their place.
const LATIN: [(&str, &str); 12] = [
    ("fulness", ""),
    ("iness", "i"),
    ("ingly", ""),
    ("ation", ""),
    ("ness", ""),
    ("ies", "y"),
    ("ing", ""),
    ("ied", "y"),
    ("es", ""),
    ("ed", ""),
    ("ly", ""),
    ("s", ""),
];
/// A stem keeps this many letters.
const SHORTEST: usize = 3;

/// The stem of a word in lower case.
pub fn stem(word: &str) -> String {
    match word.chars().next() {
        Some('\u{400}'..='\u{4ff}') => cyrillic(&word.replace('ё', "е")),
        Some(first) if first.is_ascii_alphabetic() => latin(word),
        _ => word.to_owned(),
    }
}

fn cyrillic(word: &str) -> String {
    let long_enough = |stem: &str| stem.chars().count() >= SHORTEST;
    let mut stem =
        CYRILLIC.iter().find_map(|ending| word.strip_suffix(ending).filter(|stem| long_enough(stem))).unwrap_or(word);
    while let Some(shorter) = stem.strip_suffix(|last| CYRILLIC_LETTERS.contains(last)).filter(|stem| long_enough(stem))
    {
        stem = shorter;
    }
    stem.to_owned()
}

fn latin(word: &str) -> String {
    let word = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word);
    for (ending, instead) in LATIN {
        if ending == "s" && word.ends_with("ss") {
            continue;
        }
        if let Some(stem) = word.strip_suffix(ending).filter(|stem| stem.len() >= SHORTEST) {
            return undouble(&format!("{stem}{instead}"));
        }
    }
    undouble(word)
}

/// A silent e, and a consonant doubled before an ending, go: `planned`, `plan` and `plane` meet.
fn undouble(stem: &str) -> String {
    let stem = stem.strip_suffix('e').filter(|stem| stem.len() >= SHORTEST).unwrap_or(stem);
    let bytes = stem.as_bytes();
    match bytes {
        [.., a, b] if a == b && b.is_ascii_alphabetic() && bytes.len() > SHORTEST => stem[..stem.len() - 1].to_owned(),
        _ => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn forms_of_one_word_have_one_stem() {
        for forms in [
            ["garden", "gardens", "gardening"],
            ["memory", "memories", "memory's"],
            ["plan", "plans", "planned"],
            ["сад", "сада", "садами"],
            ["ошибка", "ошибки", "ошибкой"],
            ["память", "памяти", "памятью"],
        ] {
            assert!(forms.iter().all(|form| stem(form) == stem(forms[0])), "{forms:?}");
        }
    }

    #[test]
    fn short_words_and_other_scripts_stay() {
        assert_eq!(stem("это"), "это");
        assert_eq!(stem("is"), "is");
        assert_eq!(stem("日本"), "日本");
    }
}
