//! (being written)
use super::Diagnostic;
/// The messages as text in the manner of rustc.
pub fn render(_diagnostics: &[Diagnostic], _file_name: &str, _text: &str) -> String {
    String::new()
}
