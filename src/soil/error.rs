//! What can be wrong with a source, in words that a person can act on: what, where, what to do.

use std::path::PathBuf;

/// How a person says which column has a role.
fn choice(role: &str) -> String {
    format!(": `semafield plant --column {role}=NAME`, or columns = {{{role} = \"NAME\"}} in [soil] of a seed")
}

/// Why a soil can't be grown.
#[derive(Debug, thiserror::Error)]
pub enum SoilError {
    /// Nothing is there.
    #[error("there is no soil source at {}; paths in a seed are relative to the seed's folder", path.display())]
    Missing {
        /// The source.
        path: PathBuf,
    },
    /// A file of a kind that has no reader.
    #[error("{} is not a soil source: give a folder of .md or .txt notes, a table (.parquet, .jsonl, .csv, .tsv), or an \
        array (.npy, .npz, .safetensors)", path.display())]
    Unsupported {
        /// The source.
        path: PathBuf,
    },
    /// No notes, no rows.
    #[error("{} holds no notes: a folder needs at least one .md or .txt file that has words in it, a table at least one row",
        path.display())]
    Empty {
        /// The source.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("can't read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A damaged or unexpected file.
    #[error("{} can't be read as {kind}: {message}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it should have been.
        kind: &'static str,
        /// What is wrong with it, and what to do.
        message: String,
    },
    /// No column of float lists, and none of texts.
    #[error("{} has no vector column and no texts; name a column of float lists `vector`, or one of texts `text`, or \
        choose one{} (columns here: {columns}); numbers in columns of their own are read from an array (.npy)",
        path.display(), choice("text"))]
    NoVectors {
        /// The table.
        path: PathBuf,
        /// Names and types of its columns.
        columns: String,
    },
    /// More than one column could be the vectors.
    #[error("{} has several columns that could be the vectors: {candidates}; name the right one `vector`, or \
        choose it{}", path.display(), choice("vector"))]
    ManyVectors {
        /// The table.
        path: PathBuf,
        /// Names of the columns.
        candidates: String,
    },
    /// More than one column could be the texts.
    #[error("{} has no vectors and several columns that could be the texts: {candidates}; name the right one `text`, \
        or choose it{}", path.display(), choice("text"))]
    ManyTexts {
        /// The table.
        path: PathBuf,
        /// Names of the columns.
        candidates: String,
    },
    /// The seed chose a column that is not there.
    #[error("{} has no column `{column}`, which is chosen as `{role}` (columns here: {columns})",
        path.display())]
    NoColumn {
        /// The source.
        path: PathBuf,
        /// What it was chosen for.
        role: String,
        /// The name chosen.
        column: String,
        /// What there is.
        columns: String,
    },
    /// A column whose name says vectors and that holds something else.
    #[error("column `{column}` of {} is of type {described}, and vectors are lists of numbers: write it as such, or rename it if \
        it is something else", path.display())]
    NotVectors {
        /// The table.
        path: PathBuf,
        /// Its name.
        column: String,
        /// Its type.
        described: String,
    },
    /// Two columns of one name.
    #[error("{} has two columns named `{column}`; rename one of them", path.display())]
    SameName {
        /// The table.
        path: PathBuf,
        /// The name.
        column: String,
    },
    /// A vector of no numbers.
    #[error("row {row} of {} has an empty vector; remove the row or compute its vector (rows count from 0)",
        path.display())]
    EmptyVector {
        /// The table.
        path: PathBuf,
        /// The first such row.
        row: usize,
    },
    /// Rows of different dimension.
    #[error("row {row} of {} has a vector of {found} numbers where the first row has {expected}; all vectors must be \
        of one length (rows count from 0)", path.display())]
    UnequalLength {
        /// The table.
        path: PathBuf,
        /// The first row that differs.
        row: usize,
        /// Its length.
        found: usize,
        /// The length of row 0.
        expected: usize,
    },
    /// A null where a vector is due.
    #[error("row {row} of {} has no vector (null); remove the row or compute its vector (rows count from 0)",
        path.display())]
    NullVector {
        /// The table.
        path: PathBuf,
        /// The first such row.
        row: usize,
    },
    /// NaN or infinity.
    #[error("row {row} of {} has {value} at position {position} of its vector; every number must be finite (both \
        count from 0)", path.display())]
    NotFinite {
        /// The source.
        path: PathBuf,
        /// The row.
        row: usize,
        /// The position within the vector.
        position: usize,
        /// The number.
        value: f64,
    },
    /// A vector without a direction.
    #[error("the vector of note `{id}` (row {row}) of {} is zero and so has no direction; remove the row or compute \
        its vector anew (rows count from 0)", path.display())]
    ZeroVector {
        /// The source.
        path: PathBuf,
        /// The row.
        row: usize,
        /// The note's id.
        id: String,
    },
    /// Less memory than is needed.
    #[error("{what} need {} of memory at once, and the system refuses so much: take fewer notes, or a machine (or a \
        limit, see ulimit -v) with more", gigabytes(*bytes))]
    Memory {
        /// What needs it, in the plural.
        what: String,
        /// How much, in bytes.
        bytes: usize,
    },
    /// Two notes with one name.
    #[error("{} has the id `{id}` twice, in rows {first} and {second}; ids must be unique (rows count from 0)",
        path.display())]
    DuplicateId {
        /// The source.
        path: PathBuf,
        /// The id.
        id: String,
        /// Where it is first.
        first: usize,
        /// Where it is again.
        second: usize,
    },
    /// `layout = "given"` without columns x and y.
    #[error(
        "layout = \"given\" needs finite numbers in columns `x` and `y`, and note `{id}` has none; add them, or \
        use layout = \"neighbor\""
    )]
    NoGivenLayout {
        /// The first note without a position.
        id: String,
    },
    /// No such encoder.
    #[error(
        "there is no encoder `{name}`: `lsa` is built in; else give a folder, relative to the seed, that holds \
        config.json, tokenizer.json and model.safetensors of a static model (model2vec), or of a sentence transformer"
    )]
    Encoder {
        /// What the seed asked for.
        name: String,
    },
    /// Soil maps on a grid of three axes.
    #[error(
        "soil maps lie on grids of one or two axes, and this grid has three; leave out the third axis or do \
        without `soil.` maps"
    )]
    ThreeAxes,
    /// A sentence among notes that have no texts.
    #[error(
        "a sentence has no place among these notes: no two of them share a word; bring a source with a `text` or \
        `title` column, or a folder of notes"
    )]
    NoTexts,
    /// A sentence of words that no two notes share.
    #[error(
        "none of the words in \"{sentence}\" occurs in two notes or more, so nothing says where it belongs: use \
        other words"
    )]
    UnknownWords {
        /// The sentence, shortened.
        sentence: String,
    },
}

/// Bytes as a person reads them.
fn gigabytes(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let bytes = bytes as f64;
    if bytes < 1e9 { format!("{:.0} MB", bytes / 1e6) } else { format!("{:.1} GB", bytes / 1e9) }
}
