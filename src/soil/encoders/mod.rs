//! Encoders: from texts to vectors.
//!
//! In: notes, and the name of the built-in encoder or a local folder. Out: one unit vector per note. A folder holds
//! `config.json`, `tokenizer.json` and `model.safetensors`, of a static model (one vector per token, [`tokens`]) or, with the
//! feature `bert`, of a sentence transformer (`transformer`). Nothing is fetched. What a folder encoded is remembered by the
//! content of each text ([`memory`]), so that a second run encodes what is new. Invariant: the vector of a note from
//! a folder depends on its own text and the folder's files alone.

pub(super) mod lsa;
mod memory;
mod tokens;
#[cfg(feature = "bert")]
mod transformer;

use std::path::{Path, PathBuf};

use super::note::Note;
use super::vectors::Vectors;
use super::{Progress, SoilError, SoilOptions};
use memory::Memory;

/// Name of the built-in encoder.
pub const BUILT_IN: &str = "lsa";

/// What else says how a sentence transformer is used, if it is there.
const OTHERS: [&str; 3] = ["modules.json", "1_Pooling/config.json", "sentence_bert_config.json"];

/// Texts that are encoded and remembered at once.
const BATCH: usize = 1024;

/// A model that gives each text a vector of its own.
trait Model: Sync {
    /// Numbers per vector.
    fn dims(&self) -> usize;
    /// The vectors of some texts, one after the other; of a text without a known token, zeros.
    fn encode(&self, texts: &[&str]) -> Result<Vec<f32>, String>;
}

/// Encodes all notes.
pub(super) fn encode(
    notes: &[Note],
    options: &SoilOptions,
    progress: &dyn Progress,
    warnings: &mut Vec<String>,
) -> Result<Vectors, SoilError> {
    if options.encoder == BUILT_IN {
        return Ok(lsa::encode(notes, options.rng_seed, progress, warnings));
    }
    let folder = Folder::open(&options.encoder)?;
    let texts: Vec<String> = notes.iter().map(text).collect();
    let mut memory = Memory::open(options.cache.as_deref(), &folder.digest);
    let new = memory.unknown(&texts);
    if !new.is_empty() {
        let model = folder.load()?;
        progress.stage("encoding notes", new.len() as u64);
        for batch in new.chunks(BATCH) {
            let vectors = model.encode(batch).map_err(|why| folder.wrong(why))?;
            memory.learn(batch, model.dims(), &vectors);
            progress.advance(batch.len() as u64);
        }
        memory.store();
    }
    let (dims, mut rows) = memory.recall(&texts);
    lsa::give_directions(&mut rows, dims, notes, "hold no word that the encoder knows", warnings);
    Ok(Vectors::normalized(dims, rows).expect("every row has been given a direction"))
}

/// What identifies an encoder beside its name: a digest of a folder's files; nothing for what is built in or not there.
pub(super) fn identity(options: &SoilOptions) -> String {
    if options.encoder == BUILT_IN {
        return String::new();
    }
    Folder::open(&options.encoder).map_or_else(|_| String::new(), |folder| folder.digest)
}

/// What is encoded of a note: its title, unless that is only its id, and its text.
fn text(note: &Note) -> String {
    match (note.title == note.id, note.text.is_empty()) {
        (true, false) => note.text.clone(),
        (_, true) => note.title.clone(),
        (false, false) => format!("{}\n\n{}", note.title, note.text),
    }
}

/// An encoder's folder.
struct Folder {
    path: PathBuf,
    config: serde_json::Value,
    tokenizer: Vec<u8>,
    weights: Vec<u8>,
    /// Digest of all files that matter.
    digest: String,
}

impl Folder {
    fn open(name: &str) -> Result<Self, SoilError> {
        let path = Path::new(name);
        if !path.is_dir() {
            return Err(SoilError::Encoder { name: name.to_owned() });
        }
        let read = |file: &str| {
            std::fs::read(path.join(file)).map_err(|source| SoilError::Read { path: path.join(file), source })
        };
        let (config, tokenizer, weights) = (read("config.json")?, read("tokenizer.json")?, read("model.safetensors")?);
        let others = OTHERS.map(|file| std::fs::read(path.join(file)).unwrap_or_default());
        let mut hasher = blake3::Hasher::new();
        for part in [&config, &tokenizer, &weights].into_iter().chain(&others) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let digest = hasher.finalize().to_hex().to_string();
        let config = serde_json::from_slice(&config).map_err(|why| wrong(path, format!("config.json: {why}")))?;
        Ok(Self { path: path.to_path_buf(), config, tokenizer, weights, digest })
    }

    fn wrong(&self, message: String) -> SoilError {
        wrong(&self.path, message)
    }

    /// Reads the model that the folder holds.
    fn load(&self) -> Result<Box<dyn Model>, SoilError> {
        if tokens::is_static(&self.weights) {
            let model = tokens::TokenVectors::read(self).map_err(|why| self.wrong(why))?;
            return Ok(Box::new(model));
        }
        self.transformer()
    }

    #[cfg(feature = "bert")]
    fn transformer(&self) -> Result<Box<dyn Model>, SoilError> {
        let model = transformer::Transformer::read(self).map_err(|why| self.wrong(why))?;
        Ok(Box::new(model))
    }

    #[cfg(not(feature = "bert"))]
    fn transformer(&self) -> Result<Box<dyn Model>, SoilError> {
        let why = "it holds no static model (no array `embeddings`); sentence transformers need a semafield built with \
            `--features bert`";
        Err(self.wrong(why.into()))
    }

    /// Another of the folder's JSON files, if it is there.
    #[cfg(feature = "bert")]
    fn other(&self, file: &str) -> Result<Option<serde_json::Value>, String> {
        debug_assert!(OTHERS.contains(&file), "the digest covers what is read");
        let Ok(bytes) = std::fs::read(self.path.join(file)) else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|why| format!("{file}: {why}"))
    }

    /// A whole number of the configuration.
    fn count(&self, key: &str) -> Option<usize> {
        usize::try_from(self.config.get(key)?.as_u64()?).ok()
    }

    /// The tokenizer, cut to a number of tokens, without padding.
    fn tokenizer(&self, most: usize) -> Result<tokenizers::Tokenizer, String> {
        let mut tokenizer =
            tokenizers::Tokenizer::from_bytes(&self.tokenizer).map_err(|why| format!("tokenizer.json: {why}"))?;
        tokenizer.with_padding(None);
        let cut = tokenizers::TruncationParams { max_length: most, ..Default::default() };
        tokenizer.with_truncation(Some(cut)).map_err(|why| format!("tokenizer.json: {why}"))?;
        Ok(tokenizer)
    }
}

fn wrong(path: &Path, message: String) -> SoilError {
    SoilError::Format { path: path.to_path_buf(), kind: "an encoder", message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_that_is_only_an_id_is_not_encoded() {
        let note = |id: &str, title: &str, body: &str| Note {
            id: id.into(),
            title: title.into(),
            text: body.into(),
            ..Note::default()
        };
        assert_eq!(text(&note("7", "7", "body")), "body");
        assert_eq!(text(&note("7", "Seven", "body")), "Seven\n\nbody");
        assert_eq!(text(&note("7", "7", "")), "7");
    }
}
