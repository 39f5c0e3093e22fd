//! What is kept between runs because it is slow to make again.
//!
//! In: a key, a hash of everything that a result depends on; a result as bytes. Out: the bytes, if they were kept.
//! Invariant: nothing here can fail a run or change what it makes: a file that is damaged, lost or of another key is as
//! good as none, and what can't be written is not kept.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use blake3::Hasher;

/// The environment variable that moves the folder, or, when empty, does without it.
const VARIABLE: &str = "SEMAFIELD_CACHE";
/// Files kept of each kind; beyond, the oldest go.
const MOST: usize = 16;
const HASH: usize = blake3::OUT_LEN;

/// The folder for what is kept: `$SEMAFIELD_CACHE`, else the user's cache folder; `None` to do without.
pub fn cache_folder() -> Option<PathBuf> {
    match std::env::var_os(VARIABLE) {
        Some(folder) => (!folder.is_empty()).then(|| folder.into()),
        None => {
            use etcetera::BaseStrategy as _;
            etcetera::choose_base_strategy().ok().map(|user| user.cache_dir().join("semafield"))
        }
    }
}

/// Where one result is kept.
pub(crate) struct Slot {
    path: PathBuf,
    key: [u8; HASH],
}

impl Slot {
    /// The slot of a key; `kind` is how its file's name ends.
    pub(crate) fn new(folder: &Path, key: blake3::Hash, kind: &str) -> Self {
        Self { path: folder.join(format!("{}.{kind}", key.to_hex())), key: *key.as_bytes() }
    }

    /// What is kept, or `None` if it is damaged or another's.
    pub(crate) fn load(&self) -> Option<Vec<u8>> {
        let mut bytes = std::fs::read(&self.path).ok()?;
        let (head, body) = bytes.split_at_checked(2 * HASH)?;
        let whole = head[..HASH] == self.key && head[HASH..] == *blake3::hash(body).as_bytes();
        bytes.drain(..2 * HASH);
        whole.then_some(bytes)
    }

    /// Keeps what `body` writes, whole or not at all. It is asked twice, for the hash comes first, and must write the same.
    pub(crate) fn store(&self, body: impl Fn(&mut Out<'_>) -> std::io::Result<()>) {
        let Some(folder) = self.path.parent() else { return };
        let draft = self.path.with_extension(format!("{}.draft", std::process::id()));
        let write = || {
            let mut hasher = Hasher::new();
            in_pieces(&mut hasher, &body)?;
            std::fs::create_dir_all(folder)?;
            let mut file = File::create(&draft)?;
            file.write_all(&self.key)?;
            file.write_all(hasher.finalize().as_bytes())?;
            in_pieces(&mut file, &body)?;
            std::fs::rename(&draft, &self.path)
        };
        let written: std::io::Result<()> = write();
        if written.is_err() {
            let _ = std::fs::remove_file(&draft);
        }
        prune(folder, &self.path);
    }
}

/// Where a result is written to.
pub(crate) type Out<'a> = BufWriter<&'a mut dyn Write>;

fn in_pieces(to: &mut dyn Write, body: &impl Fn(&mut Out<'_>) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, to);
    body(&mut out)?;
    out.flush()
}

/// Removes the oldest files of one's kind beyond [`MOST`].
fn prune(folder: &Path, kind: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let kept = entries.filter_map(Result::ok).map(|entry| entry.path());
    let kept = kept.filter(|path| path.extension() == kind.extension());
    let mut aged: Vec<_> =
        kept.filter_map(|path| Some((std::fs::metadata(&path).ok()?.modified().ok()?, path))).collect();
    aged.sort();
    let surplus = aged.len().saturating_sub(MOST);
    aged.iter().take(surplus).for_each(|(_, path)| drop(std::fs::remove_file(path)));
}
