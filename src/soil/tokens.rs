//! From text to the features that the encoder counts.
//!
//! In: text in any script. Out: 64-bit FNV-1a hashes of features: stems of words, their first letters (so that
//! inflected forms meet where the stemmer fails), pairs of neighbouring stems, and for scripts without spaces single
//! characters and pairs of them. Words are bounded by Unicode rules (UAX 29); emoji are words.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::stem::stem;

/// How many first letters of a long word stand for all its forms.
const PREFIX_LETTERS: usize = 5;
/// A word this much longer than its prefix or more has a prefix feature of its own.
const LONG_WORD: usize = 6;

/// Calls `emit(feature, weight)` for every feature of a text, in order.
pub(super) fn features(text: &str, mut emit: impl FnMut(u64, f64)) {
    let text: String = text.nfc().collect::<String>().to_lowercase();
    let mut previous: Option<String> = None;
    let mut previous_ideograph: Option<char> = None;
    for word in text.split_word_bounds() {
        let Some(first) = word.chars().find(|&c| c.is_alphanumeric() || is_symbol(c)) else {
            if !word.trim().is_empty() {
                previous = None;
                previous_ideograph = None;
            }
            continue;
        };
        if is_unspaced(first) {
            for character in word.chars() {
                emit(hash('c', &[character.encode_utf8(&mut [0; 4])]), 0.5);
                if let Some(before) = previous_ideograph {
                    emit(hash('c', &[before.encode_utf8(&mut [0; 4]), character.encode_utf8(&mut [0; 4])]), 1.0);
                }
                previous_ideograph = Some(character);
            }
            previous = None;
            continue;
        }
        previous_ideograph = None;
        let stem = stem(word);
        emit(hash('w', &[&stem]), 1.0);
        if word.chars().count() >= LONG_WORD && first.is_alphabetic() {
            let prefix: String = word.chars().take(PREFIX_LETTERS).collect();
            emit(hash('p', &[&prefix]), 0.5);
        }
        if let Some(previous) = &previous {
            emit(hash('b', &[previous, &stem]), 0.5);
        }
        previous = Some(stem);
    }
}

/// Scripts that do not put spaces between words: Han, kana, Thai, Lao, Khmer, Myanmar.
fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}' | '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}')
}

/// Pictures: emoji, arrows and other symbols with a meaning of their own.
fn is_symbol(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}')
}

/// FNV-1a over a kind and parts that are kept apart.
fn hash(kind: char, parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    kind.encode_utf8(&mut [0; 4]).bytes().for_each(&mut add);
    for part in parts {
        part.bytes().for_each(&mut add);
        add(0xff);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> std::collections::BTreeSet<u64> {
        let mut set = std::collections::BTreeSet::new();
        features(text, |feature, _| {
            set.insert(feature);
        });
        set
    }

    #[test]
    fn inflected_forms_meet() {
        for (a, b) in [
            ("memory", "memories"),
            ("память", "памятью"),
            ("сад", "садами"),
            ("gardens", "gardening"),
            ("Ёлка", "елки"),
        ] {
            assert!(!set(a).is_disjoint(&set(b)), "{a} and {b}");
        }
        assert!(set("garden").is_disjoint(&set("memory")));
    }

    #[test]
    fn every_script_has_features() {
        for text in ["日本語の本", "ไทย", "한국어", "🌙", "42", "naïve", "शब्द", "עברית"]
        {
            assert!(!set(text).is_empty(), "{text}");
        }
        assert!(!set("東京都").is_disjoint(&set("東京")));
        assert!(set(" .,;!?—\n").is_empty());
    }

    #[test]
    fn composition_and_case_do_not_matter() {
        assert_eq!(set("Йод É"), set("и\u{306}од e\u{301}"));
    }
}
