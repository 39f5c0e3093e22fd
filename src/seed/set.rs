//! (being written)
use crate::diagnostic::Diagnostic;
/// Edits one value of a seed's text: `key` is a parameter's name or a dotted key such as `time.dt`. Comments and
/// formatting stay.
pub fn set(_text: &str, _key: &str, _value: &str) -> Result<String, Diagnostic> {
    Err(Diagnostic::error("being written"))
}
