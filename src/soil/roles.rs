//! Which column of a table is what.
//!
//! In: names and kinds of the columns, and what the seed chose (`[soil] columns = {text = "body"}`). Out: [`Roles`]. A
//! role's column is the chosen one, else the one of that name, in whatever case. Vectors are `vector` or `embedding`, else the only column
//! of number lists; where there are none, texts are encoded: `text`, else the only column of strings without a role.

use std::path::Path;

use super::SoilError;

/// What a column can be for a note beside its vector.
pub(super) const PARTS: [&str; 7] = ["id", "title", "text", "tags", "links", "x", "y"];

/// Names under which vectors are found without being chosen.
pub(super) const VECTOR_NAMES: [&str; 2] = ["vector", "embedding"];

/// What a column holds, as far as roles depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Lists of numbers.
    Vectors,
    /// Strings.
    Words,
    /// Anything else.
    Other,
}

/// A column of a source.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Its type, for messages.
    pub(super) described: String,
}

/// The columns to read.
#[derive(Clone, Debug, Default)]
pub(super) struct Roles {
    /// Absent: texts are encoded.
    pub(super) vector: Option<String>,
    /// The column of each part, in the order of [`PARTS`].
    parts: [Option<String>; PARTS.len()],
}

impl Roles {
    /// Gives roles to columns.
    pub(super) fn assign(path: &Path, columns: &[Column], chosen: &[(String, String)]) -> Result<Self, SoilError> {
        let here =
            || columns.iter().map(|c| format!("`{}` ({})", short(&c.name), c.described)).collect::<Vec<_>>().join(", ");
        let exists = |name: &str| columns.iter().any(|column| column.name == name);
        let choice = |role: &str| chosen.iter().find(|(own, _)| own == role).map(|(_, column)| column.clone());
        for (role, column) in chosen {
            if !exists(column) {
                let (role, column, columns) = (role.clone(), column.clone(), here());
                return Err(SoilError::NoColumn { path: path.to_path_buf(), role, column, columns });
            }
        }
        let mut roles = Self { vector: None, parts: PARTS.map(|part| choice(part).or_else(|| named(columns, part))) };
        roles.vector = match choice("vector") {
            Some(column) => Some(column),
            None => roles.find_vectors(path, columns)?,
        };
        if roles.vector.is_none() && roles.column("text").is_none() {
            roles.parts[2] = roles.find_texts(path, columns)?;
            if roles.column("text").is_none() {
                return Err(SoilError::NoVectors { path: path.to_path_buf(), columns: here() });
            }
        }
        Ok(roles)
    }

    /// The column of a part, by its name in [`PARTS`].
    pub(super) fn column(&self, part: &str) -> Option<&str> {
        PARTS.iter().position(|own| *own == part).and_then(|at| self.parts[at].as_deref())
    }

    /// Whether a column is read.
    pub(super) fn uses(&self, name: &str) -> bool {
        self.vector.as_deref() == Some(name) || self.parts.iter().flatten().any(|part| part == name)
    }

    fn find_vectors(&self, path: &Path, columns: &[Column]) -> Result<Option<String>, SoilError> {
        let candidates = self.free(columns, Kind::Vectors);
        let named: Vec<&String> = candidates.iter().filter(|name| VECTOR_NAMES.contains(&name.as_str())).collect();
        match (named.as_slice(), candidates.as_slice()) {
            ([name], _) => Ok(Some((*name).clone())),
            ([], [name]) => Ok(Some(name.clone())),
            ([], []) => match columns.iter().find(|column| VECTOR_NAMES.contains(&column.name.as_str())) {
                Some(Column { name, described, .. }) if !self.uses(name) => {
                    let (column, described) = (name.clone(), described.clone());
                    Err(SoilError::NotVectors { path: path.to_path_buf(), column, described })
                }
                _ => Ok(None),
            },
            _ => Err(SoilError::ManyVectors { path: path.to_path_buf(), candidates: quoted(&candidates) }),
        }
    }

    fn find_texts(&self, path: &Path, columns: &[Column]) -> Result<Option<String>, SoilError> {
        match self.free(columns, Kind::Words).as_slice() {
            [] => Ok(None),
            [name] => Ok(Some(name.clone())),
            many => Err(SoilError::ManyTexts { path: path.to_path_buf(), candidates: quoted(many) }),
        }
    }

    /// Columns of a kind that have no role yet.
    fn free(&self, columns: &[Column], kind: Kind) -> Vec<String> {
        let free = columns.iter().filter(|column| column.kind == kind && !self.uses(&column.name));
        free.map(|column| column.name.clone()).collect()
    }
}

/// The column that is called like a part: exactly so, or the only one that differs in case alone. Not so of places, which
/// other things are often called by.
fn named(columns: &[Column], part: &str) -> Option<String> {
    let like = |column: &&Column| column.name.eq_ignore_ascii_case(part);
    let mut alike = columns.iter().filter(like);
    let exact = columns.iter().find(|column| column.name == part);
    let found = exact.or_else(|| match (alike.next(), alike.next()) {
        (Some(only), None) if part.len() > 1 => Some(only),
        _ => None,
    });
    found.map(|column| column.name.clone())
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{}`", short(name))).collect::<Vec<_>>().join(", ")
}

/// A name that a message has room for: where a table has no header, the first row's texts are taken for names.
fn short(name: &str) -> String {
    const LONGEST: usize = 40;
    if name.chars().count() <= LONGEST { name.to_owned() } else { name.chars().take(LONGEST).chain(['…']).collect() }
}
