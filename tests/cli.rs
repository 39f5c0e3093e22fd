//! The built binary, as a person meets it: exit codes, messages, files, and runs that repeat bit for bit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use arrow_array::builder::{Float32Builder, ListBuilder};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use semafield::field::{Field, Kind, Values};
use semafield::grid::{Grid, Topology};
use semafield::output::npy;

pub(super) const SEED: &str = r#"semafield = 1
title = "Small"
rng_seed = 3

[domain]
kind = "grid"
shape = [24, 20]
size = [18.0, 15.0]

[parameters]
beta = -1.2

[fields]
A = {type = "complex", initial = "0.1*(normal() + i*normal())"}

[equations]
A = "A - (1 + i*beta)*abs2(A)*A + (1 + 2*i)*laplacian(A) + 0.05*noise()"

[time]
dt = 0.02
stop = 1.0

[observe]
every = 0.1
series = {mean_abs2 = "mean(abs2(A))", defects = "defects(A)"}
images = ["abs(A)", "arg(A)"]
image_every = 0.5
arrays = ["A"]
"#;

pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, text).expect("a file");
        path
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_semafield"))
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .expect("the binary starts")
    }
}

pub(super) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(super) fn with(change: &str, to: &str) -> String {
    assert!(SEED.contains(change), "the seed has no `{change}`");
    SEED.replace(change, to)
}

#[test]
fn seeds_with_one_mistake_get_a_message_to_act_on() {
    let cases = [
        ("unknown key", with("stop = 1.0", "stop = 1.0\nstopp = 2"), "stopp", "did you mean `stop`"),
        ("unknown name", with("i*beta", "i*bta"), "unknown name `bta`", "did you mean `beta`"),
        ("type clash", with("type = \"complex\"", "type = \"real\""), "complex", "re(...)"),
        ("missing equation", with("A = \"A - ", "B = \"A - "), "no equation", "[equations]"),
        ("wrong shape", with("[24, 20]", "[24, -20]"), "shape", ""),
        ("axes that disagree", with("[18.0, 15.0]", "[18.0]"), "size", ""),
        ("negative dt", with("dt = 0.02", "dt = -0.02"), "dt", "greater than 0"),
        ("too large", with("[24, 20]", "[1000000, 1000000]"), "bytes", ""),
        ("missing soil", format!("{SEED}\n[soil]\nsource = \"nowhere\"\n"), "nowhere", "relative to the seed"),
        ("missing map", format!("{SEED}\n[maps]\nground = \"ground.npy\"\n"), "ground.npy", "beside the seed"),
        ("a map elsewhere", format!("{SEED}\n[maps]\nground = \"../../x.npy\"\n"), "outside", "seed's folder"),
        ("deep nesting", with("A - (1", &format!("{}A{} - (1", "(".repeat(10_000), ")".repeat(10_000))), "nested", ""),
        ("a number beyond f64", with("0.05", "1e999"), "too large", ""),
        ("not TOML", "semafield = = 1".to_owned(), "", ""),
        ("empty", String::new(), "semafield", ""),
    ];
    let folder = Folder::new();
    for (name, text, what, advice) in cases {
        folder.write("seed.toml", &text);
        let output = folder.run(&["run", "seed.toml", "--quiet", "--backend", "cpu"]);
        let message = said(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {message}");
        assert!(message.contains("error"), "{name}: {message}");
        assert!(message.contains(what), "{name} should say `{what}`: {message}");
        assert!(message.contains(advice), "{name} should advise `{advice}`: {message}");
        assert!(!message.contains("panicked"), "{name}: {message}");
    }
}

#[test]
fn numbers_beyond_f32_are_refused_alike_by_all_commands() {
    let folder = Folder::new();
    for (name, text) in
        [("equation", with("0.05*noise()", "1e39*A")), ("parameter", with("beta = -1.2", "beta = 1e39"))]
    {
        folder.write("seed.toml", &text);
        let messages = [&["run", "--quiet", "--backend", "cpu"][..], &["check"], &["emit"]].map(|command| {
            let output = folder.run(&[command, &["seed.toml"]].concat());
            assert_eq!(output.status.code(), Some(2), "{name}, {command:?}: {}", said(&output));
            said(&output)
        });
        assert!(messages[0].contains("seed.toml") && messages[0].contains("1e39") && messages[0].contains('^'));
        assert!(messages.iter().all(|message| *message == messages[0]), "{name}: {messages:#?}");
    }
    let grid = Grid::new(&[24, 20], &[18.0, 15.0], &[Topology::Periodic; 2]);
    let values = Values::F64((0..480).map(|cell| if cell == 25 { 1e39 } else { 0.5 }).collect());
    let ground = Field { name: "ground".into(), kind: Kind::Real, grid, values };
    npy::write(&folder.path("ground.npy"), &ground, None).expect("a map");
    folder.write("seed.toml", &(with("0.05*noise()", "ground*A") + "\n[maps]\nground = \"ground.npy\"\n"));
    for command in ["run", "check"] {
        let output = folder.run(&[command, "seed.toml", "--backend", "cpu"]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("ground.npy") && said(&output).contains("[1, 1]"), "{}", said(&output));
    }
}

#[test]
fn of_many_fields_the_eigenvalues_are_left_out_and_that_is_said() {
    let folder = Folder::new();
    let chain = |count: usize| {
        let fields: String = (0..count).map(|i| format!("u{i} = {{type = \"real\", initial = \"{i}\"}}\n")).collect();
        let equations: String = (0..count).map(|i| format!("u{i} = \"u{} - u{i}\"\n", (i + 1) % count)).collect();
        let domain = "[domain]\nkind = \"grid\"\nshape = [4]\nsize = [4.0]";
        format!("semafield = 1\n{domain}\n[fields]\n{fields}[equations]\n{equations}[time]\ndt = 0.01\nstop = 0.1\n")
    };
    for (count, known) in [(8, true), (129, false)] {
        folder.write("seed.toml", &chain(count));
        let output = folder.run(&["check", "seed.toml", "--backend", "cpu"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(text.contains("linear stability bound on dt:"), known, "{text}");
        assert_eq!(text.contains("more than 128 real components"), !known, "{text}");
    }
    folder.write("seed.toml", &chain(129).replace("dt = 0.01", "dt = \"auto\""));
    let output = folder.run(&["run", "seed.toml", "--quiet", "--backend", "cpu"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("give dt a number"), "{}", said(&output));
}

#[test]
fn bytes_that_are_no_seed_end_with_a_message() {
    let folder = Folder::new();
    let path = folder.path("seed.toml");
    let mut state = 12345_u64;
    for length in [1, 7, 64, 1000] {
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        };
        fs::write(&path, (0..length).map(|_| next()).collect::<Vec<u8>>()).expect("a file");
        let output = folder.run(&["check", "seed.toml"]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(!said(&output).contains("panicked"), "{}", said(&output));
    }
    let missing = folder.run(&["run", "no-such-seed.toml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(said(&missing).contains("no-such-seed.toml"));
}

#[test]
fn a_step_above_the_bound_warns_and_divergence_keeps_what_was_measured() {
    let folder = Folder::new();
    folder.write("seed.toml", &with("dt = 0.02", "dt = 0.5").replace("stop = 1.0", "stop = 100.0"));
    let output = folder.run(&["run", "seed.toml", "--backend", "cpu"]);
    let message = said(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("`A` is not finite at step"), "{message}");
    assert!(message.contains("stability bound") && message.contains("try dt"), "{message}");
    let manifest = fs::read_to_string(folder.path("out/seed/manifest.json")).expect("written all the same");
    assert!(manifest.contains("\"completed\": false"));
    assert!(folder.path("out/seed/series.parquet").exists() && folder.path("out/seed/report.html").exists());
}

#[test]
fn a_run_writes_its_folder_and_repeats_bit_for_bit() {
    let folder = Folder::new();
    folder.write("seed.toml", SEED);
    for threads in ["1", "2", "7"] {
        let out = format!("out/{threads}");
        let output = folder.run(&["run", "seed.toml", "--backend", "cpu", "--threads", threads, "--out", &out]);
        assert!(output.status.success(), "{}", said(&output));
    }
    let array = |run: &str| fs::read(folder.path(run).join("arrays/A.npy")).expect("an array");
    assert_eq!(array("out/1"), array("out/2"));
    assert_eq!(array("out/1"), array("out/7"));
    for file in ["manifest.json", "series.parquet", "events.parquet", "trace.jsonl", "seed.toml", "report.html"] {
        assert!(folder.path("out/1").join(file).metadata().is_ok_and(|file| file.len() > 0), "{file}");
    }
    for picture in ["abs_A-0.png", "abs_A-25.png", "abs_A-50.png", "arg_A-50.png"] {
        assert!(folder.path("out/1/images").join(picture).exists(), "{picture}");
    }
    assert_eq!(fs::read_to_string(folder.path("out/1/seed.toml")).expect("the seed"), SEED);

    // Lived again from the trace alone, then in two halves.
    let again = folder.run(&["run", "--trace", "out/1/trace.jsonl", "--backend", "cpu", "--out", "again", "--quiet"]);
    assert!(again.status.success(), "{}", said(&again));
    assert_eq!(array("out/1"), array("again"));
    let half = ["run", "seed.toml", "--until", "0.5", "--backend", "cpu", "--out", "half", "--quiet"];
    assert!(folder.run(&half).status.success());
    let rest =
        ["run", "--trace", "half/trace.jsonl", "--until", "1.0", "--backend", "cpu", "--out", "whole", "--quiet"];
    assert!(folder.run(&rest).status.success());
    assert_eq!(array("out/1"), array("whole"));
}

#[test]
fn a_replay_that_differs_is_refused_unless_told_otherwise() {
    let folder = Folder::new();
    folder.write("seed.toml", SEED);
    assert!(folder.run(&["run", "seed.toml", "--backend", "cpu", "--quiet"]).status.success());
    let trace = "out/seed/trace.jsonl";
    let text = fs::read_to_string(folder.path(trace)).expect("a trace");
    let other =
        folder.run(&["run", "--trace", trace, "--precision", "f64", "--backend", "cpu", "--out", "x", "--quiet"]);
    assert_eq!(other.status.code(), Some(2), "{}", said(&other));
    assert!(said(&other).contains("--anyway"), "{}", said(&other));
    // A replay into the trace's own folder would overwrite the trace.
    let own = folder.run(&["run", "--trace", trace, "--backend", "cpu", "--out", "out/seed", "--quiet"]);
    assert_eq!(own.status.code(), Some(2), "{}", said(&own));
    assert!(said(&own).contains("--out"), "{}", said(&own));
    assert_eq!(fs::read_to_string(folder.path(trace)).expect("the trace"), text);
    // A digest that the replay does not reach.
    let last = text.rfind("\"A\":\"").expect("a digest") + 5;
    let mut wrong = text.clone();
    wrong.replace_range(last..last + 4, "0000");
    folder.write("wrong.jsonl", &wrong);
    let output = folder.run(&["run", "--trace", "wrong.jsonl", "--backend", "cpu", "--out", "y", "--quiet"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("`A`"), "{}", said(&output));
    // A torn last line is dropped with a notice.
    folder.write("torn.jsonl", &text[..text.len() - 20]);
    let torn = folder.run(&["run", "--trace", "torn.jsonl", "--backend", "cpu", "--out", "z"]);
    assert!(torn.status.success() && said(&torn).contains("torn"), "{}", said(&torn));
}

fn vault(folder: &Folder, notes: usize) {
    for index in 0..notes {
        let text =
            format!("---\ntags: [t{}]\n---\nnote {index} about gardens, water and stone number {index}\n", index % 3);
        folder.write(&format!("vault/n{index}.md"), &text);
    }
}

#[test]
fn a_vault_is_planted_and_grown() {
    let folder = Folder::new();
    vault(&folder, 12);
    folder.write("vault/broken.md", "---\ntags: [a\n: :\n---\na broken front matter, read as text\n");
    let planted = folder.run(&["plant", "vault"]);
    assert!(planted.status.success(), "{}", said(&planted));
    assert!(said(&planted).contains("broken"), "{}", said(&planted));
    assert!(String::from_utf8_lossy(&planted.stdout).contains("trustworthiness"));
    assert_eq!(folder.run(&["plant", "vault"]).status.code(), Some(2), "a seed is never overwritten");
    let grown = folder.run(&[
        "run",
        "vault.toml",
        "--backend",
        "cpu",
        "--until",
        "0.2",
        "--set",
        "domain.shape=[48, 48]",
        "--set",
        "domain.size=[36.0, 36.0]",
        "--set",
        "sigma=0.1",
    ]);
    assert!(grown.status.success(), "{}", said(&grown));
    assert!(folder.path("out/vault/documents.parquet").exists());
    let page = fs::read_to_string(folder.path("out/vault/report.html")).expect("a report");
    assert!(page.contains("n3") && !page.contains("about gardens"), "titles, not texts");
    let wrong = folder.run(&["run", "vault.toml", "--set", "alhpa=1"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said(&wrong).contains("alpha"), "{}", said(&wrong));
}

#[test]
fn a_seed_that_somebody_wrote_is_not_replaced_by_a_changed_one() {
    let folder = Folder::new();
    let seed = "semafield = 1\n[domain]\nkind = \"grid\"\nshape = [8, 8]\nsize = [8.0, 8.0]\n[parameters]\nb = 1.2\n[fields]\n\
                u = {type = \"real\", initial = \"b\"}\n[equations]\nu = \"-b*u\"\n[time]\ndt = 0.1\nstop = 0.2\n";
    folder.write("own/seed.toml", seed);
    let changed = folder.run(&["run", "own/seed.toml", "--set", "b=9.9", "--out", "own"]);
    assert_eq!(changed.status.code(), Some(2));
    assert!(said(&changed).contains("would be overwritten"), "{}", said(&changed));
    let same = folder.run(&["run", "own/seed.toml", "--out", "own"]);
    assert!(same.status.success(), "{}", said(&same));
    assert_eq!(fs::read_to_string(folder.path("own/seed.toml")).expect("the seed"), seed);
}

fn table(path: &Path, ids: &[&str], rows: &[Vec<f32>]) {
    let mut vectors = ListBuilder::new(Float32Builder::new());
    for row in rows {
        vectors.values().append_slice(row);
        vectors.append(true);
    }
    let columns: Vec<(&str, ArrayRef)> =
        vec![("id", Arc::new(StringArray::from(ids.to_vec()))), ("vector", Arc::new(vectors.finish()))];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let file = fs::File::create(path).expect("a file");
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a table");
}

#[test]
fn vectors_with_one_mistake_get_a_message_to_act_on() {
    let folder = Folder::new();
    let good = vec![vec![1.0, 0.0, 0.5], vec![0.0, 1.0, 0.2], vec![0.3, 0.3, 1.0]];
    let change = |row: usize, vector: Vec<f32>| {
        let mut rows = good.clone();
        rows[row] = vector;
        rows
    };
    let cases = [
        ("unequal length", vec!["a", "b", "c"], change(1, vec![1.0, 2.0]), "row 1"),
        ("NaN", vec!["a", "b", "c"], change(2, vec![1.0, f32::NAN, 2.0]), "row 2"),
        ("zero vector", vec!["a", "b", "c"], change(0, vec![0.0; 3]), "`a`"),
        ("duplicate ids", vec!["a", "b", "a"], good.clone(), "`a`"),
    ];
    for (name, ids, rows, what) in cases {
        table(&folder.path("t.parquet"), &ids, &rows);
        let output = folder.run(&["plant", "t.parquet", "--out", "t.toml", "--quiet"]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", said(&output));
        assert!(said(&output).contains(what), "{name} should say `{what}`: {}", said(&output));
    }
    fs::create_dir(folder.path("empty")).expect("a folder");
    let empty = folder.run(&["plant", "empty"]);
    assert_eq!(empty.status.code(), Some(2));
    assert!(said(&empty).contains("no notes"), "{}", said(&empty));
    vault(&folder, 1);
    let single = folder.run(&["plant", "vault"]);
    assert!(single.status.success(), "one note grows: {}", said(&single));
}

#[test]
fn the_other_commands_answer() {
    let folder = Folder::new();
    folder.write("seed.toml", SEED);
    let checked = folder.run(&["check", "seed.toml", "--json"]);
    assert!(checked.status.success(), "{}", said(&checked));
    let value: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("one JSON object");
    assert!(value["stability_bound"].as_f64().is_some_and(|bound| (0.05..0.2).contains(&bound)), "{value}");
    assert_eq!(value["steps"], 50);
    let emitted = folder.run(&["emit", "seed.toml"]);
    assert!(String::from_utf8_lossy(&emitted.stdout).contains("@compute"));
    let program = folder.run(&["emit", "seed.toml", "--program"]);
    assert!(String::from_utf8_lossy(&program.stdout).contains("predict"));
    assert!(folder.run(&["devices"]).status.success());
    let wave: Vec<f32> = (0..64).map(|i| if (i / 8 + i) % 5 == 0 { 1.0 } else { 0.0 }).collect();
    let mut bytes = Vec::new();
    let mut writer = {
        use npyz::WriterBuilder;
        npyz::WriteOptions::new().default_dtype().shape(&[8, 8]).writer(&mut bytes).begin_nd().expect("a writer")
    };
    writer.extend(wave).expect("values");
    writer.finish().expect("an array");
    fs::write(folder.path("f.npy"), bytes).expect("a file");
    let topology = folder.run(&["topology", "f.npy", "--boundary", "periodic", "--json"]);
    assert!(topology.status.success(), "{}", said(&topology));
    let value: serde_json::Value = serde_json::from_slice(&topology.stdout).expect("one JSON object");
    assert!(value["pairs"]["H2"][0][1].is_null(), "{value}");
}
