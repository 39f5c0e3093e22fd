//! "Did you mean": the known word nearest to an unknown one.
//!
//! In: the word as written and the words that would do. Out: at most one of them. A word is near when about a third of
//! its letters or fewer have to change (Damerau-Levenshtein: a swap of neighbours counts once); ties go to the first.

/// The candidate that `word` was probably meant to be.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    suggest_with(word, candidates, &[])
}

/// The same, with words that people use instead: pairs of a synonym and the word that is right here.
pub fn suggest_with<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    synonyms: &[(&str, &str)],
) -> Option<String> {
    let lower = word.to_lowercase();
    if let Some((_, right)) = synonyms.iter().find(|(synonym, _)| *synonym == lower) {
        return Some((*right).to_owned());
    }
    let length = lower.chars().count();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let lower_candidate = candidate.to_lowercase();
        let candidate_length = lower_candidate.chars().count();
        let reach = (length.max(candidate_length) + 1) / 3;
        // Cheap bound first: the distance needs a table of both lengths.
        if length.abs_diff(candidate_length) > reach || candidate == word {
            continue;
        }
        let distance = strsim::damerau_levenshtein(&lower, &lower_candidate);
        if distance <= reach && distance < length && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let names = ["alpha", "beta", "kappa", "laplacian", "A"];
        assert_eq!(suggest("betta", names).as_deref(), Some("beta"));
        assert_eq!(suggest("alfa", names).as_deref(), Some("alpha"));
        assert_eq!(suggest("laplacain", names).as_deref(), Some("laplacian"));
        assert_eq!(suggest("Alpha", names).as_deref(), Some("alpha"));
        assert_eq!(suggest("a", names).as_deref(), Some("A"));
        assert_eq!(suggest("gamma", names), None);
        assert_eq!(suggest("B", names), None);
        assert_eq!(suggest("", names), None);
        assert_eq!(suggest(&"x".repeat(100_000), names), None);
    }

    #[test]
    fn synonyms_come_first() {
        assert_eq!(suggest_with("ln", ["log", "min"], &[("ln", "log")]).as_deref(), Some("log"));
    }
}
