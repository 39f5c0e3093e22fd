//! Sentence transformers of the BERT family, run by candle on the CPU.
//!
//! In: a folder as sentence-transformers writes it: weights and configuration of a BERT, and, if there, `modules.json`,
//! `1_Pooling/config.json` and `sentence_bert_config.json`. Out: the mean of a text's token states. Texts of equal length
//! go through the model together, so nothing is padded and no mask is needed. What another model would need (another
//! pooling, a dense layer on top) is refused, not ignored.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use serde_json::Value;
use tokenizers::Tokenizer;

use super::{Folder, Model};

/// Texts that go through the model together.
const TOGETHER: usize = 16;

/// A BERT and its tokenizer.
pub(super) struct Transformer {
    tokenizer: Tokenizer,
    bert: BertModel,
    dims: usize,
}

impl Transformer {
    pub(super) fn read(folder: &Folder) -> Result<Self, String> {
        let kind = folder.config.get("model_type").and_then(Value::as_str).unwrap_or("bert");
        if kind != "bert" {
            return Err(format!("config.json: a model of type `{kind}`; the BERT family is due (`bert`)"));
        }
        refuse_other_modules(folder)?;
        let config: Config =
            serde_json::from_value(folder.config.clone()).map_err(|why| format!("config.json: {why}"))?;
        let own = folder.other("sentence_bert_config.json")?;
        let cut = own.as_ref().and_then(|own| own.get("max_seq_length")).and_then(Value::as_u64);
        let most = cut.and_then(|most| usize::try_from(most).ok()).unwrap_or(config.max_position_embeddings);
        let tokenizer = folder.tokenizer(most.clamp(3, config.max_position_embeddings.max(3)))?;
        let damaged = |why: candle_core::Error| format!("model.safetensors: {why}");
        let weights = VarBuilder::from_slice_safetensors(&folder.weights, DType::F32, &Device::Cpu).map_err(damaged)?;
        let bert = BertModel::load(weights, &config).map_err(damaged)?;
        Ok(Self { tokenizer, bert, dims: config.hidden_size })
    }

    /// The vectors of token lists of one length.
    fn states(&self, lists: &[&[u32]]) -> candle_core::Result<Vec<Vec<f32>>> {
        let length = lists[0].len();
        let tokens = Tensor::from_vec(lists.concat(), (lists.len(), length), &Device::Cpu)?;
        let kinds = tokens.zeros_like()?;
        self.bert.forward(&tokens, &kinds, None)?.mean(1)?.to_vec2()
    }
}

impl Model for Transformer {
    fn dims(&self) -> usize {
        self.dims
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<f32>, String> {
        let encodings = self.tokenizer.encode_batch_fast(texts.to_vec(), true).map_err(|why| why.to_string())?;
        let tokens: Vec<&[u32]> = encodings.iter().map(tokenizers::Encoding::get_ids).collect();
        let mut order: Vec<usize> = (0..texts.len()).filter(|&text| !tokens[text].is_empty()).collect();
        order.sort_by_key(|&text| (tokens[text].len(), text));
        let mut vectors = vec![0.0; texts.len() * self.dims];
        for same in order.chunk_by(|&a, &b| tokens[a].len() == tokens[b].len()) {
            for batch in same.chunks(TOGETHER) {
                let lists: Vec<&[u32]> = batch.iter().map(|&text| tokens[text]).collect();
                let states = self.states(&lists).map_err(|why| why.to_string())?;
                for (&text, state) in batch.iter().zip(&states) {
                    vectors[text * self.dims..][..self.dims].copy_from_slice(state);
                }
            }
        }
        Ok(vectors)
    }
}

/// Refuses what would change the vectors and is not done here.
fn refuse_other_modules(folder: &Folder) -> Result<(), String> {
    let modules = folder.other("modules.json")?;
    let kinds = modules.iter().flat_map(|modules| modules.as_array().into_iter().flatten());
    for kind in kinds.filter_map(|module| module.get("type").and_then(Value::as_str)) {
        let name = kind.rsplit('.').next().unwrap_or(kind);
        if !["Transformer", "Pooling", "Normalize"].contains(&name) {
            return Err(format!("modules.json: a module `{name}`; only Transformer, Pooling and Normalize are known"));
        }
    }
    let Some(pooling) = folder.other("1_Pooling/config.json")? else { return Ok(()) };
    let chosen: Vec<&str> = pooling
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, value)| key.starts_with("pooling_mode_") && value.as_bool() == Some(true))
        .map(|(key, _)| key.as_str())
        .collect();
    if chosen == ["pooling_mode_mean_tokens"] {
        return Ok(());
    }
    Err(format!("1_Pooling/config.json: {} is asked for; only pooling_mode_mean_tokens is known", chosen.join(" and ")))
}
