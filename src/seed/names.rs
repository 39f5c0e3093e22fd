//! Names: which ones a seed may give, and that each is given once.
//!
//! In: the keys of `[parameters]`, `[fields]`, `[derived]` and `[maps]`. Out: mistakes. Invariant: a seed without
//! mistakes has no two names alike and none that the equation language uses itself.

use std::collections::BTreeMap;

use super::reader::Reader;
use super::text::Text;
use crate::diagnostic::{Diagnostic, excerpt};

/// The words of the equation language: constants, coordinates, functions, operators and statistics.
#[rustfmt::skip]
pub const RESERVED: &[&str] = &[
    // Constants, coordinates, soil maps, the donor's fields
    "i", "pi", "t", "x", "y", "z", "soil", "donor",
    // Functions
    "re", "im", "abs", "abs2", "arg", "conj", "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh",
    "atan2", "min", "max", "floor", "sign", "pow", "clamp", "step", "select",
    // Links and faces
    "link", "laplacian", "div_grad", "tension", "current", "curvature", "cocurl", "grad", "div", "curl", "dx", "dy",
    "dz", "at_cells", "winding",
    // Statistics of the whole domain
    "mean", "sum", "min_of", "max_of", "std", "defects",
    // Beside another field
    "nudge", "distance", "lyapunov",
    // Random numbers
    "normal", "uniform", "noise",
];

/// True for `[A-Za-z_][A-Za-z0-9_]*`.
pub fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first == b'_' || first.is_ascii_alphabetic())
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

/// Finds the mistakes in names that expressions can use; each comes with what it is the name of.
pub(super) fn check<'n>(reader: &mut Reader<'_>, names: impl Iterator<Item = (&'n Text, &'static str)>) {
    let mut names: Vec<(&Text, &str)> = names.collect();
    // Sections may come in any order: of two names alike, the later in the text is the one at fault.
    names.sort_by_key(|(name, _)| name.span);

    let mut given: BTreeMap<&str, (&Text, &str)> = BTreeMap::new();
    for (name, what) in names {
        if let Some(mistake) = unusable(name, what) {
            reader.refuse(mistake);
        } else if let Some((first, first_what)) = given.get(name.value.as_str()) {
            reader.refuse(
                Diagnostic::error(format!("the name `{}` is given twice", excerpt(&name.value)))
                    .at(name.span, format!("a {what}"))
                    .and(first.span, format!("already a {first_what}"))
                    .note("expressions use maps, parameters, fields and derived fields by name: rename one of them"),
            );
        } else {
            given.insert(&name.value, (name, what));
        }
    }
}

/// Says why a name cannot stand in an expression.
fn unusable(name: &Text, what: &str) -> Option<Diagnostic> {
    let shown = excerpt(&name.value);
    let refused = |why: &str, advice: String| {
        Diagnostic::error(format!("`{shown}` cannot be the name of a {what}")).at(name.span, why).note(advice)
    };
    if !is_identifier(&name.value) {
        let rule = "names are a letter or `_`, then letters, digits and `_` (a-z, A-Z, 0-9)";
        return Some(refused("not a name that an expression can use", rule.to_owned()));
    }
    let reserved = RESERVED.contains(&name.value.as_str());
    reserved.then(|| refused("a word of the equation language", format!("choose another name, such as `{shown}_0`")))
}
