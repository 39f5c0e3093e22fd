//! Encoder folders, held against vectors computed elsewhere: static models by model2vec 0.10, BERT by NumPy.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use safetensors::tensor::{Dtype, TensorView};
use semafield::soil::{Progress, Soil, SoilOptions};
use serde_json::{Value, json};

const TEXTS: [&str; 4] = ["The salty sea", "ships, ships and bread", "zzz", "Oven"];

/// The numbers of tensor k: any, but everywhere the same.
fn number(k: u64, i: u64) -> f64 {
    ((i * 7919 + k * 104_729) % 1009) as f64 / 1009.0 - 0.5
}

#[expect(clippy::cast_possible_truncation, reason = "weights are f32")]
fn floats(count: u64, value: impl Fn(u64) -> f64) -> Vec<u8> {
    (0..count).flat_map(|i| (value(i) as f32).to_le_bytes()).collect()
}

/// A tensor by name, type, shape and bytes.
type Tensor = (String, Dtype, Vec<usize>, Vec<u8>);

fn write_folder(folder: &Path, config: &Value, tensors: &[Tensor]) {
    let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "sea", "salt", "##y", "ship", "bread", "oven", "the", "##s"];
    let vocabulary: serde_json::Map<String, Value> =
        words.iter().zip(0..).map(|(w, id)| ((*w).into(), json!(id))).collect();
    let special = |token: &str, id: u32| json!({ "id": token, "ids": [id], "tokens": [token] });
    let piece = |token: &str| json!({ "SpecialToken": { "id": token, "type_id": 0 } });
    let sequence = |name: &str, kind: u32| json!({ "Sequence": { "id": name, "type_id": kind } });
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "decoder": null,
        "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": { "type": "TemplateProcessing",
            "single": [piece("[CLS]"), sequence("A", 0), piece("[SEP]")],
            "pair": [sequence("A", 0), sequence("B", 1)],
            "special_tokens": { "[CLS]": special("[CLS]", 2), "[SEP]": special("[SEP]", 3) } },
        "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary },
    });
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let views = tensors.iter().map(|(name, kind, shape, bytes)| {
        (name.clone(), TensorView::new(*kind, shape.clone(), bytes).expect("bytes fit the shape"))
    });
    fs::write(folder.join("model.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
}

fn write_notes(path: &Path, texts: &[&str]) {
    let lines: String = texts.iter().map(|text| format!("{}\n", json!({ "text": text }))).collect();
    fs::write(path, lines).unwrap();
}

/// Hears how many notes were encoded.
#[derive(Default)]
struct Encoded(AtomicU64);

impl Progress for Encoded {
    fn stage(&self, name: &str, total: u64) {
        if name == "encoding notes" {
            self.0.fetch_add(total, Ordering::Relaxed);
        }
    }
    fn advance(&self, _: u64) {}
}

fn grow(folder: &Path, progress: &dyn Progress) -> Soil {
    let options = SoilOptions {
        encoder: folder.join("model").to_string_lossy().into_owned(),
        cache: Some(folder.join("cache")),
        ..SoilOptions::default()
    };
    Soil::grow(&folder.join("notes.jsonl"), &options, progress).unwrap()
}

fn assert_rows(soil: &Soil, expected: &[(usize, &[f64])]) {
    for &(row, expected) in expected {
        for (found, expected) in soil.vectors.row(row).iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 2e-6, "{row}: {:?}", soil.vectors.row(row));
        }
    }
}

fn static_config() -> Value {
    json!({ "model_type": "model2vec", "normalize": true })
}

#[test]
fn a_static_model_gives_the_vectors_of_model2vec() {
    let folder = tempfile::tempdir().unwrap();
    write_notes(&folder.path().join("notes.jsonl"), &TEXTS);
    let embeddings = ("embeddings".into(), Dtype::F32, vec![12, 4], floats(48, |i| number(1, i)));
    write_folder(&folder.path().join("model"), &static_config(), &[embeddings]);
    let soil = grow(folder.path(), &Encoded::default());
    assert_rows(
        &soil,
        &[
            (0, &[0.024_279_3, -0.904_404_8, -0.301_974_1, 0.300_456_6]),
            (1, &[-0.179_604_6, 0.864_685_8, 0.227_110_2, -0.410_465_3]),
            (3, &[-0.234_290_3, -0.450_884_9, -0.667_479_6, 0.544_317_9]),
        ],
    );
    assert!(
        soil.warnings.iter().any(|warning| warning.contains("hold no word that the encoder knows: 1, such as `2`"))
    );
}

#[test]
fn weights_and_mapping_of_a_static_model_are_used() {
    let folder = tempfile::tempdir().unwrap();
    write_notes(&folder.path().join("notes.jsonl"), &TEXTS);
    let mapping = (0..12_i64).flat_map(|token| (token % 6).to_le_bytes()).collect();
    let tensors = [
        ("embeddings".into(), Dtype::F32, vec![6, 4], floats(24, |i| number(1, i))),
        ("weights".into(), Dtype::F32, vec![12], floats(12, |i| 1.0 + number(2, i))),
        ("mapping".into(), Dtype::I64, vec![12], mapping),
    ];
    write_folder(&folder.path().join("model"), &static_config(), &tensors);
    assert_rows(
        &grow(folder.path(), &Encoded::default()),
        &[
            (0, &[0.369_341, -0.229_958_5, -0.829_258_1, 0.350_766_5]),
            (1, &[0.184_745_8, -0.734_437_2, 0.504_437_4, -0.414_745_6]),
            (3, &[0.791_46, 0.538_919, 0.286_378_1, 0.033_837_2]),
        ],
    );
}

#[test]
fn a_second_run_encodes_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.jsonl");
    write_notes(&notes, &TEXTS);
    let embeddings = |k: u64| ("embeddings".into(), Dtype::F32, vec![12, 4], floats(48, move |i| number(k, i)));
    write_folder(&folder.path().join("model"), &static_config(), &[embeddings(1)]);
    let count = |progress: &Encoded| progress.0.load(Ordering::Relaxed);
    let first = Encoded::default();
    let before = grow(folder.path(), &first);
    assert_eq!(count(&first), 4);
    write_notes(&notes, &[TEXTS[0], "bread", TEXTS[3]]);
    let second = Encoded::default();
    let after = grow(folder.path(), &second);
    assert_eq!(count(&second), 1);
    assert_eq!((after.vectors.row(0), after.vectors.row(2)), (before.vectors.row(0), before.vectors.row(3)));
    // Another model under the same name knows nothing.
    write_folder(&folder.path().join("model"), &static_config(), &[embeddings(5)]);
    let third = Encoded::default();
    let other = grow(folder.path(), &third);
    assert_eq!(count(&third), 3);
    assert_ne!(other.hash, after.hash);
}

#[test]
fn a_wrong_folder_is_told_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    write_notes(&folder.path().join("notes.jsonl"), &TEXTS);
    let said = |encoder: &Path| {
        let options = SoilOptions { encoder: encoder.to_string_lossy().into_owned(), ..SoilOptions::default() };
        Soil::grow(&folder.path().join("notes.jsonl"), &options, &Encoded::default()).unwrap_err().to_string()
    };
    assert!(said(Path::new("no-such-encoder")).contains("`lsa` is built in; else give a folder"));
    let model = folder.path().join("model");
    fs::create_dir(&model).unwrap();
    assert!(said(&model).contains("config.json"));
    let short = ("embeddings".into(), Dtype::F32, vec![3, 4], floats(12, |i| number(1, i)));
    write_folder(&model, &static_config(), &[short]);
    assert!(said(&model).contains("the model has no row for it"), "{}", said(&model));
}

#[cfg(feature = "bert")]
mod bert {
    use super::*;

    const WIDTH: usize = 8;
    const INNER: usize = 16;

    /// Weights of a tiny BERT in the order in which they are counted.
    fn weights() -> Vec<Tensor> {
        let mut names: Vec<(String, Vec<usize>, f64)> = vec![
            ("embeddings.word_embeddings.weight".into(), vec![12, WIDTH], 0.0),
            ("embeddings.position_embeddings.weight".into(), vec![12, WIDTH], 0.0),
            ("embeddings.token_type_embeddings.weight".into(), vec![2, WIDTH], 0.0),
        ];
        let norm = |names: &mut Vec<_>, name: String| {
            names.push((format!("{name}.weight"), vec![WIDTH], 1.0));
            names.push((format!("{name}.bias"), vec![WIDTH], 0.0));
        };
        let linear = |names: &mut Vec<_>, name: String, out: usize, into: usize| {
            names.push((format!("{name}.weight"), vec![out, into], 0.0));
            names.push((format!("{name}.bias"), vec![out], 0.0));
        };
        norm(&mut names, "embeddings.LayerNorm".into());
        for layer in 0..2 {
            let name = |part: &str| format!("encoder.layer.{layer}.{part}");
            for part in ["query", "key", "value"] {
                linear(&mut names, name(&format!("attention.self.{part}")), WIDTH, WIDTH);
            }
            linear(&mut names, name("attention.output.dense"), WIDTH, WIDTH);
            norm(&mut names, name("attention.output.LayerNorm"));
            linear(&mut names, name("intermediate.dense"), INNER, WIDTH);
            linear(&mut names, name("output.dense"), WIDTH, INNER);
            norm(&mut names, name("output.LayerNorm"));
        }
        let fill = |((name, shape, middle), k): ((String, Vec<usize>, f64), u64)| {
            let count = shape.iter().product::<usize>() as u64;
            (name, Dtype::F32, shape, floats(count, |i| middle + 0.8 * number(k, i)))
        };
        names.into_iter().zip(11..).map(fill).collect()
    }

    fn config() -> Value {
        json!({ "model_type": "bert", "vocab_size": 12, "hidden_size": WIDTH, "num_hidden_layers": 2,
            "num_attention_heads": 2, "intermediate_size": INNER, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
            "max_position_embeddings": 12, "type_vocab_size": 2, "initializer_range": 0.02,
            "layer_norm_eps": 1e-12, "pad_token_id": 0 })
    }

    #[test]
    fn a_sentence_transformer_gives_the_vectors_of_its_formulas() {
        let folder = tempfile::tempdir().unwrap();
        let long = "the sea the sea the sea the sea the sea the sea";
        write_notes(&folder.path().join("notes.jsonl"), &[TEXTS[0], TEXTS[1], TEXTS[2], TEXTS[3], long]);
        let model = folder.path().join("model");
        write_folder(&model, &config(), &weights());
        fs::write(model.join("sentence_bert_config.json"), r#"{"max_seq_length": 10, "do_lower_case": false}"#)
            .unwrap();
        let soil = grow(folder.path(), &Encoded::default());
        assert_rows(
            &soil,
            &[
                (
                    0,
                    &[
                        0.096_888_3,
                        -0.393_616_4,
                        -0.267_302_4,
                        0.151_410_2,
                        0.528_288_5,
                        -0.120_774_6,
                        -0.492_342_8,
                        0.453_019_3,
                    ],
                ),
                (
                    1,
                    &[
                        0.192_271_6,
                        -0.476_246_5,
                        -0.128_060_9,
                        0.050_366_4,
                        0.569_829_6,
                        -0.089_042,
                        -0.499_418_1,
                        0.367_738_8,
                    ],
                ),
                (
                    2,
                    &[
                        0.183_643,
                        -0.406_341_9,
                        -0.191_179_7,
                        -0.088_106_5,
                        0.671_833_2,
                        -0.076_194_6,
                        -0.383_577_9,
                        0.390_578_5,
                    ],
                ),
                (
                    3,
                    &[
                        0.147_827_3,
                        -0.367_819_7,
                        -0.269_248_8,
                        0.085_245_9,
                        0.596_153_4,
                        -0.166_657,
                        -0.455_807_1,
                        0.414_922_2,
                    ],
                ),
                (
                    4,
                    &[
                        0.237_644_2,
                        -0.346_059_2,
                        -0.299_324_5,
                        0.127_309_1,
                        0.443_035,
                        -0.181_068,
                        -0.516_348_8,
                        0.471_469_8,
                    ],
                ),
            ],
        );
    }

    #[test]
    fn what_would_change_the_vectors_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        write_notes(&folder.path().join("notes.jsonl"), &TEXTS);
        let model = folder.path().join("model");
        write_folder(&model, &config(), &weights());
        fs::create_dir(model.join("1_Pooling")).unwrap();
        let pooling = r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#;
        fs::write(model.join("1_Pooling/config.json"), pooling).unwrap();
        let options = SoilOptions { encoder: model.to_string_lossy().into_owned(), ..SoilOptions::default() };
        let said =
            || Soil::grow(&folder.path().join("notes.jsonl"), &options, &Encoded::default()).unwrap_err().to_string();
        assert!(said().contains("pooling_mode_cls_token is asked for"), "{}", said());
        fs::remove_dir_all(model.join("1_Pooling")).unwrap();
        fs::write(model.join("modules.json"), r#"[{"type": "sentence_transformers.models.Dense"}]"#).unwrap();
        assert!(said().contains("a module `Dense`"), "{}", said());
    }
}
