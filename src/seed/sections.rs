//! (being written)
use super::Seed;
use crate::diagnostic::Diagnostic;
pub(super) fn seed(_text: &str, _root: &super::document::Root, _diagnostics: &mut Vec<Diagnostic>) -> Option<Seed> {
    None
}
