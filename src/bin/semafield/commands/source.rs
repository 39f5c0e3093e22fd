//! Where a seed's text comes from: a file, a trace, or the demo inside the program.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use semafield::engine::Backend;
use semafield::error::Error;
use semafield::math::arithmetic::Precision;
use semafield::simulation::Options;

use crate::cli::{self, Where};

static SEEDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/seeds");
static VAULT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/vaults/demo");

/// A seed's text and where it stood.
pub(crate) struct Source {
    pub(crate) text: String,
    /// For messages.
    pub(crate) file: String,
    /// What its paths are relative to.
    pub(crate) folder: PathBuf,
}

impl Source {
    /// The seed in a file, or the bundled demo.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Error> {
        match path {
            Some(path) => Self::read(path),
            None => Self::demo(),
        }
    }

    fn read(path: &Path) -> Result<Self, Error> {
        let problem = |why: String| Error::Input(format!("{}: {why}", path.display()));
        let length = std::fs::metadata(path).map_err(|why| problem(why.to_string()))?.len();
        if length > semafield::seed::MAX_BYTES as u64 {
            return Err(problem(format!(
                "{length} bytes are too many for a seed (at most {})",
                semafield::seed::MAX_BYTES
            )));
        }
        let bytes = std::fs::read(path).map_err(|why| problem(why.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|why| problem(format!("not UTF-8 text: {why}")))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self { text, file: path.display().to_string(), folder: folder.to_owned() })
    }

    /// The twin over the demo vault. Its notes are unpacked into the temporary folder, where its paths find them.
    fn demo() -> Result<Self, Error> {
        let home = std::env::temp_dir().join(concat!("semafield-demo-", env!("CARGO_PKG_VERSION")));
        let (seeds, vault) = (home.join("seeds"), home.join("vaults/demo"));
        for (dir, folder) in [(&SEEDS, &seeds), (&VAULT, &vault)] {
            std::fs::create_dir_all(folder).map_err(|source| Error::file(folder, source))?;
            dir.extract(folder).map_err(|source| Error::file(folder, source))?;
        }
        let text = SEEDS.get_file("twin.toml").and_then(|file| file.contents_utf8());
        Ok(Self { text: text.expect("the demo is bundled").to_owned(), file: "twin.toml".into(), folder: seeds })
    }
}

/// Where to grow, as the library takes it.
pub(crate) fn place(place: &Where, folder: &Path) -> Result<Options, Error> {
    let backend = match place.backend {
        cli::Backend::Auto => None,
        cli::Backend::Cpu => Some(Backend::Cpu),
        cli::Backend::Gpu => Some(Backend::Gpu),
    };
    let precision = match place.precision {
        cli::Precision::F32 => Precision::F32,
        cli::Precision::F64 => Precision::F64,
    };
    semafield::run::check_place(backend, precision)?;
    let threads = place.threads.map_or_else(available, usize::from);
    Ok(Options { backend, adapter: place.adapter.clone(), threads, precision, folder: folder.to_owned() })
}

/// Processors of this machine.
pub(crate) fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
