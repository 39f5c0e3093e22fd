//! What an encoder's folder has encoded before, by content.
//!
//! In: texts. Out: their vectors, where the same model met the same text. One file per model in the cache's folder: the
//! number of dimensions, then digest and numbers of each text, ascending by digest, and a digest of all that. A file
//! that is damaged is as good as none; what can't be written is not kept. Invariant: holds the texts of the last run only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use blake3::OUT_LEN;

type Digest = [u8; OUT_LEN];

/// Vectors by the digest of their texts.
pub(super) struct Memory {
    path: Option<PathBuf>,
    dims: usize,
    known: BTreeMap<Digest, Vec<f32>>,
    /// The texts of this run, which alone are kept.
    asked: Vec<Digest>,
}

impl Memory {
    /// Remembers what a model encoded, or nothing where there is no cache.
    pub(super) fn open(cache: Option<&Path>, model: &str) -> Self {
        let path = cache.map(|folder| folder.join(format!("{model}.vectors")));
        let (dims, known) = path.as_deref().and_then(load).unwrap_or_default();
        Self { path, dims, known, asked: Vec::new() }
    }

    /// The texts that are not known, each once, in their order.
    pub(super) fn unknown<'a>(&mut self, texts: &'a [String]) -> Vec<&'a str> {
        self.asked = texts.iter().map(|text| digest(text)).collect();
        let mut seen = std::collections::BTreeSet::new();
        let new = texts.iter().zip(&self.asked).filter(|(_, digest)| !self.known.contains_key(*digest));
        new.filter(|(_, digest)| seen.insert(**digest)).map(|(text, _)| text.as_str()).collect()
    }

    /// Takes in the vectors of some texts.
    pub(super) fn learn(&mut self, texts: &[&str], dims: usize, vectors: &[f32]) {
        self.dims = dims;
        for (text, vector) in texts.iter().zip(vectors.chunks_exact(dims)) {
            self.known.insert(digest(text), vector.to_vec());
        }
    }

    /// The vectors of texts that are all known, row by row, and their dimension.
    pub(super) fn recall(&self, texts: &[String]) -> (usize, Vec<f64>) {
        let vector = |text: &String| self.known[&digest(text)].iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        (self.dims, texts.iter().flat_map(vector).collect())
    }

    /// Keeps what was asked for in this run, whole or not at all.
    pub(super) fn store(&self) {
        let Some(path) = &self.path else { return };
        let mut body = (self.dims as u64).to_le_bytes().to_vec();
        let mut asked = self.asked.clone();
        asked.sort_unstable();
        asked.dedup();
        for digest in asked {
            body.extend(digest);
            self.known[&digest].iter().for_each(|x| body.extend(x.to_le_bytes()));
        }
        let bytes = [blake3::hash(&body).as_bytes(), body.as_slice()].concat();
        let draft = path.with_extension(format!("{}.draft", std::process::id()));
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = folder.and_then(|()| std::fs::write(&draft, bytes)).and_then(|()| std::fs::rename(&draft, path));
        if written.is_err() {
            let _ = std::fs::remove_file(&draft);
        }
    }
}

fn digest(text: &str) -> Digest {
    *blake3::hash(text.as_bytes()).as_bytes()
}

/// Reads a file back; `None` if it is not whole.
fn load(path: &Path) -> Option<(usize, BTreeMap<Digest, Vec<f32>>)> {
    let bytes = std::fs::read(path).ok()?;
    let (seal, body) = bytes.split_first_chunk::<OUT_LEN>()?;
    if seal != blake3::hash(body).as_bytes() {
        return None;
    }
    let (dims, entries) = body.split_first_chunk::<8>()?;
    let dims = usize::try_from(u64::from_le_bytes(*dims)).ok()?;
    let entry = |bytes: &[u8]| {
        let (digest, numbers) = bytes.split_first_chunk::<OUT_LEN>()?;
        let numbers = numbers.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Some((*digest, numbers))
    };
    let size = dims.checked_mul(4)?.checked_add(OUT_LEN)?;
    Some((dims, entries.chunks_exact(size).filter_map(entry).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_unknown_and_only_what_is_asked_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Memory::open(Some(folder.path()), "m");
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let first = texts(&["a", "b", "a"]);
        let mut memory = open();
        assert_eq!(memory.unknown(&first), ["a", "b"]);
        memory.learn(&["a", "b"], 2, &[1.0, 2.0, 3.0, 4.0]);
        memory.store();
        let second = texts(&["b", "c"]);
        let mut memory = open();
        assert_eq!(memory.unknown(&second), ["c"]);
        memory.learn(&["c"], 2, &[5.0, 6.0]);
        assert_eq!(memory.recall(&second), (2, vec![3.0, 4.0, 5.0, 6.0]));
        memory.store();
        assert_eq!(open().unknown(&first), ["a"]);
        // A damaged file is none.
        let path = folder.path().join("m.vectors");
        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(open().unknown(&second), ["b", "c"]);
    }
}
