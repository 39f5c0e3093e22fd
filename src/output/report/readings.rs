//! What a picture or a plot is and what to look for in it, in plain language, for those that carry no text of their
//! own. Chosen by what the expression looks like.

use super::Key;

const COHERENCE: &str = "How strongly the field holds together at each place. Pale regions have settled on a common \
    rhythm and keep it; dark ones are quiet, or torn between neighbours that disagree. Small dark dots inside a pale \
    region are the cores of phase defects.";
const PHASE: &str = "Where in its cycle each place is. One colour over a whole region means that it moves as one; the \
    borders between colours are where regions disagree. A point round which all colours occur is a phase defect: walk \
    round it once and the phase has turned by a full circle.";
const TENSION: &str = "The strain between neighbours: high where two places that are tied together do not agree, even \
    after their frames are compared. Bright lines are walls between regions that cohere; bright spots sit on phase \
    defects.";
const MEMORY: &str = "A slow trace of the field. Where it differs from the field itself, something has changed \
    lately; where both agree, the place has been at rest for a while.";
const COMPLEX: &str = "The complex field at one glance: the hue is its phase, the brightness its magnitude. Even \
    colour is order; dark points with all hues around them are phase defects.";
const SIGNED: &str = "A quantity with a sign: blue is negative, rust positive, the pale middle is zero. Look for where \
    the sign changes, and whether those borders are sharp.";
const CURVE: &str = "The field along its only axis; the grey line is zero. Look for fronts, for waves and their length, \
    and for stretches that lie flat.";
const AMOUNT: &str = "Dark is little, pale is much. Look for whether the pale places are spots, stripes or regions, \
    and how sharp their rims are.";

/// A reading for a picture of `expression` with a key.
pub fn reading_of(expression: &str, key: &Key) -> &'static str {
    let text = expression.trim();
    match key {
        Key::Curve(_) => CURVE,
        Key::Phase => PHASE,
        Key::Complex(_) => COMPLEX,
        Key::Scale(palette, _) if palette.diverging() => SIGNED,
        _ if text.contains("tension") || text.contains("strain") || text == "T" => TENSION,
        _ if text.starts_with("abs(M") || text.starts_with("abs2(M") || text == "M" => MEMORY,
        _ if text.starts_with("abs(") || text.starts_with("abs2(") => COHERENCE,
        _ => AMOUNT,
    }
}

/// A reading for a series, empty where its name says nothing.
pub(super) fn of_series(name: &str) -> &'static str {
    if name.contains("defect") {
        "Phase defects in the field. They are born and vanish in pairs; a number that stays is frozen disorder."
    } else if name.contains("tension") || name.contains("strain") {
        "Strain over the whole domain. A slow fall is relaxation; jumps are walls that gave way."
    } else if name.contains("abs2") || name.contains("coherence") {
        "Strength of the field, averaged. A plateau means that it has filled what the ground allows."
    } else if name.contains("order") || name.contains("sync") {
        "0 is full disorder, 1 is one common phase."
    } else {
        ""
    }
}
