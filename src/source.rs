//! Where a seed's text comes from: a file, a person's notes, a trace, or what is bundled with the program.
//!
//! In: a path, or a name. Out: a [`Source`]: text, its name, and the folder that its paths are relative to. Invariant:
//! nothing is written but the bundle, into the temporary folder, where the paths of bundled seeds find it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::error::Error;
use crate::seed;

static SEEDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/seeds");
static VAULT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/vaults/demo");

/// The twin: the demo, and the template for other people's notes.
const TWIN: &str = include_str!("../assets/seeds/twin.toml");

/// Up to this many notes the map of the template is large enough; above, it has twice the cells along each axis.
const FEW: usize = 300;

/// A seed's text and where it stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The text.
    pub text: String,
    /// The file's name, for messages.
    pub file: String,
    /// What its paths are relative to.
    pub folder: PathBuf,
}

/// A bundled seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundled {
    /// The file's name.
    pub file: String,
    /// The seed's title.
    pub title: String,
    /// What it is and what to look for: the comment at its head.
    pub about: String,
}

impl Source {
    /// The seed in a file, or the bundled demo.
    pub fn open(path: Option<&Path>) -> Result<Self, Error> {
        match path {
            Some(path) => Self::read(path),
            None => Self::bundled("twin.toml"),
        }
    }

    fn read(path: &Path) -> Result<Self, Error> {
        let problem = |why: String| Error::Input(format!("{}: {why}", path.display()));
        // Not the whole file: a stream has no length and may have no end.
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(seed::MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
        if read.map_err(|why| problem(why.to_string()))? > seed::MAX_BYTES {
            return Err(problem(format!("it is too long for a seed, which has {} bytes at most", seed::MAX_BYTES)));
        }
        let text = String::from_utf8(bytes).map_err(|why| problem(format!("not UTF-8 text: {why}")))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self { text, file: path.display().to_string(), folder: folder.to_owned() })
    }

    /// A seed of the bundle by its file's name; the notes that it grows on are unpacked.
    pub fn bundled(file: &str) -> Result<Self, Error> {
        let text = SEEDS.get_file(file).and_then(|file| file.contents_utf8());
        let text = text.ok_or_else(|| {
            let names: Vec<String> = bundle().into_iter().map(|seed| seed.file).collect();
            Error::Input(format!("no seed named `{file}` is bundled; there are {}", names.join(", ")))
        })?;
        let home = std::env::temp_dir().join(concat!("semafield-demo-", env!("CARGO_PKG_VERSION")));
        let (seeds, vault) = (home.join("seeds"), home.join("vaults/demo"));
        for (dir, folder) in [(&SEEDS, &seeds), (&VAULT, &vault)] {
            std::fs::create_dir_all(folder).map_err(|source| Error::file(folder, source))?;
            dir.extract(folder).map_err(|source| Error::file(folder, source))?;
        }
        Ok(Self { text: text.to_owned(), file: file.to_owned(), folder: seeds })
    }

    /// The twin over someone's own notes or vectors: the template with another title, soil and size. A source below
    /// `folder` is named from there, another by its full path.
    pub fn of_notes(source: &Path, folder: &Path, notes: usize) -> Result<Self, Error> {
        let name = name_of(source);
        let mut text = TWIN.to_owned();
        let quoted = |value: &str| toml::Value::String(value.to_owned()).to_string();
        let mut edits = vec![("title", quoted(&name)), ("soil.source", quoted(&relative(source, folder)?))];
        if notes > FEW {
            edits.push(("domain.shape", "[512, 512]".into()));
            edits.push(("domain.size", "[384.0, 384.0]".into()));
        }
        for (key, value) in edits {
            text = seed::set(&text, key, &value)
                .map_err(|why| Error::Input(format!("the template can't take {key} = {value}: {}", why.message)))?;
        }
        Ok(Self { text, file: format!("{name}.toml"), folder: folder.to_owned() })
    }
}

/// The bundled seeds, the twin first.
pub fn bundle() -> Vec<Bundled> {
    let mut seeds: Vec<Bundled> = SEEDS
        .files()
        .filter_map(|file| {
            let (name, text) = (file.path().to_str()?.to_owned(), file.contents_utf8()?);
            let title = seed::Seed::parse(text).ok()?.title_or(&name);
            let head = text.lines().take_while(|line| line.starts_with('#'));
            let about = head.map(|line| line.trim_start_matches('#').trim()).collect::<Vec<_>>().join(" ");
            Some(Bundled { file: name, title, about })
        })
        .collect();
    seeds.sort_by_key(|seed| (seed.file != "twin.toml", seed.file.clone()));
    seeds
}

/// What a person calls their notes: the folder's or file's name.
pub fn name_of(source: &Path) -> String {
    let full = source.canonicalize().unwrap_or_else(|_| source.to_owned());
    let stem = if full.is_dir() { full.file_name() } else { full.file_stem() };
    stem.map_or_else(|| "notes".into(), |stem| stem.to_string_lossy().into_owned())
}

/// The source as seen from a folder, if it lies below it; else its full path.
pub(crate) fn relative(source: &Path, folder: &Path) -> Result<String, Error> {
    let full = |path: &Path| path.canonicalize().map_err(|why| Error::Input(format!("{}: {why}", path.display())));
    let (source, folder) = (full(source)?, full(folder)?);
    let shown = source.strip_prefix(&folder).unwrap_or(&source);
    shown
        .to_str()
        .map(|path| path.replace('\\', "/"))
        .ok_or_else(|| Error::Input(format!("{}: the path is not UTF-8 and can't stand in a seed", source.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_seed_has_a_title_and_says_what_to_look_for() {
        let seeds = bundle();
        assert_eq!(seeds[0].file, "twin.toml");
        assert_eq!(seeds.len(), SEEDS.files().count());
        assert!(seeds.iter().all(|seed| seed.about.len() > 40 && !seed.title.is_empty()));
    }
}
