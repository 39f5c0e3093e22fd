//! Static models: one vector per token, as model2vec writes them.
//!
//! In: a folder whose `model.safetensors` holds `embeddings` (one row per token) and, if wanted, `weights` (one number per
//! token) and `mapping` (the row of each token). Out: the mean of the rows of a text's known tokens, each times its
//! weight. As in model2vec, a text is cut to so many tokens of the median length before, and to so many tokens after it
//! is split; unknown tokens are left out. Sums run in token order, in f64.

use rayon::prelude::*;
use safetensors::{Dtype, SafeTensors};
use tokenizers::Tokenizer;

use super::{Folder, Model};
use crate::soil::archive::number_of;

/// Most tokens of a text, unless the configuration says otherwise.
const MOST_TOKENS: usize = 512;

/// A static model.
pub(super) struct TokenVectors {
    tokenizer: Tokenizer,
    /// The token that stands for all unknown ones.
    unknown: Option<u32>,
    most_characters: usize,
    dims: usize,
    rows: Vec<f32>,
    weights: Option<Vec<f64>>,
    mapping: Option<Vec<usize>>,
}

/// Whether weights are those of a static model.
pub(super) fn is_static(weights: &[u8]) -> bool {
    SafeTensors::deserialize(weights).is_ok_and(|tensors| tensors.tensor("embeddings").is_ok())
}

impl TokenVectors {
    pub(super) fn read(folder: &Folder) -> Result<Self, String> {
        let damaged = |why: String| format!("model.safetensors: {why}");
        let tensors = SafeTensors::deserialize(&folder.weights).map_err(|why| damaged(why.to_string()))?;
        let numbers = |name: &str| match tensors.tensor(name) {
            Err(_) => Ok::<_, String>(None),
            Ok(tensor) => {
                let (size, number) = number_of(tensor.dtype()).map_err(|why| damaged(format!("`{name}` {why}")))?;
                Ok(Some(tensor.data().chunks_exact(size).map(number).collect::<Vec<f64>>()))
            }
        };
        let embeddings = tensors.tensor("embeddings").map_err(|why| damaged(why.to_string()))?;
        let &[count, dims] = embeddings.shape() else {
            return Err(damaged(format!("`embeddings` has {} axes, two are due", embeddings.shape().len())));
        };
        if count == 0 || dims == 0 {
            return Err(damaged("`embeddings` is empty".into()));
        }
        let rows = numbers("embeddings")?.unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "rows are kept in f32")]
        let rows: Vec<f32> = rows.into_iter().map(|x| x as f32).collect();
        if rows.iter().any(|x| !x.is_finite()) {
            return Err(damaged("`embeddings` holds numbers that are not finite".into()));
        }
        let weights = numbers("weights")?;
        let mapping =
            tensors.tensor("mapping").ok().map(|tensor| indices(&tensor, count).map_err(damaged)).transpose()?;
        let most = folder.count("max_length").unwrap_or(MOST_TOKENS).max(1);
        let tokenizer = folder.tokenizer(most)?;
        let unknown = unknown_token(&folder.tokenizer, &tokenizer);
        let most_characters = most.saturating_mul(median_length(&tokenizer));
        Ok(Self { tokenizer, unknown, most_characters, dims, rows, weights, mapping })
    }

    /// The mean of a text's rows.
    fn vector(&self, text: &str) -> Result<Vec<f32>, String> {
        let cut = text.char_indices().nth(self.most_characters).map_or(text, |(end, _)| &text[..end]);
        let encoding = self.tokenizer.encode_fast(cut, false).map_err(|why| why.to_string())?;
        let mut sum = vec![0.0_f64; self.dims];
        let mut count = 0.0;
        for &token in encoding.get_ids().iter().filter(|token| Some(**token) != self.unknown) {
            let token = token as usize;
            let row = self.mapping.as_ref().map_or(Some(token), |mapping| mapping.get(token).copied());
            let row = row.and_then(|row| self.rows.chunks_exact(self.dims).nth(row));
            let row = row.ok_or_else(|| format!("the tokenizer knows token {token}, the model has no row for it"))?;
            let weight = self.weights.as_ref().map_or(1.0, |weights| weights.get(token).copied().unwrap_or(1.0));
            sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += weight * f64::from(x));
            count += 1.0;
        }
        #[expect(clippy::cast_possible_truncation, reason = "vectors are kept in f32")]
        let mean = sum.into_iter().map(|x| if count > 0.0 { (x / count) as f32 } else { 0.0 }).collect();
        Ok(mean)
    }
}

impl Model for TokenVectors {
    fn dims(&self) -> usize {
        self.dims
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<f32>, String> {
        let vectors: Vec<Vec<f32>> = texts.par_iter().map(|text| self.vector(text)).collect::<Result<_, _>>()?;
        Ok(vectors.concat())
    }
}

/// The token for what is unknown: named by most kinds of tokenizer, numbered by Unigram.
fn unknown_token(json: &[u8], tokenizer: &Tokenizer) -> Option<u32> {
    let json: serde_json::Value = serde_json::from_slice(json).ok()?;
    let model = json.get("model")?;
    match model.get("unk_token").and_then(|token| token.as_str()) {
        Some(token) => tokenizer.token_to_id(token),
        None => u32::try_from(model.get("unk_id")?.as_u64()?).ok(),
    }
}

/// The median number of characters of a token, rounded down; of an even number of tokens the mean of the middle two.
fn median_length(tokenizer: &Tokenizer) -> usize {
    let mut lengths: Vec<usize> = tokenizer.get_vocab(true).into_keys().map(|token| token.chars().count()).collect();
    lengths.sort_unstable();
    match lengths.len() {
        0 => 1,
        count if count.is_multiple_of(2) => (lengths[count / 2 - 1] + lengths[count / 2]) / 2,
        count => lengths[count / 2],
    }
    .max(1)
}

/// Whole numbers below a count.
fn indices(tensor: &safetensors::tensor::TensorView<'_>, count: usize) -> Result<Vec<usize>, String> {
    let wrong = |what: String| format!("`mapping` {what}");
    let numbers: Vec<i64> = match tensor.dtype() {
        Dtype::I64 => tensor.data().as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect(),
        Dtype::I32 => tensor.data().as_chunks().0.iter().map(|bytes| i32::from_le_bytes(*bytes).into()).collect(),
        Dtype::U32 => tensor.data().as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes).into()).collect(),
        other => return Err(wrong(format!("holds numbers of type {other:?}; whole numbers are due"))),
    };
    let row = |number: i64| usize::try_from(number).ok().filter(|row| *row < count);
    numbers
        .into_iter()
        .map(|number| row(number).ok_or_else(|| wrong(format!("names row {number} of {count}"))))
        .collect()
}
