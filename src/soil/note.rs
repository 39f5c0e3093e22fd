//! A note: one point of the embedding space, with what a person knows it by.

/// One note, or one row of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Note {
    /// Unique name: a table's `id` or row number; in a vault the path without `.md`, with `/` between folders.
    pub id: String,
    /// What a person calls it.
    pub title: String,
    /// The text without markup; empty where the source has none.
    pub text: String,
    /// Tags without `#`, in order of appearance; the first is *the* tag.
    pub tags: Vec<String>,
    /// Other names that links may use.
    pub aliases: Vec<String>,
    /// Where its links point, as written.
    pub targets: Vec<String>,
    /// The notes that its links lead to (indices, ascending, without itself and without repeats).
    pub links: Vec<usize>,
    /// The position given by columns `x` and `y`, if the source has them.
    pub position: Option<[f64; 2]>,
}
