//! Traces of a window, lived again by `semafield run --trace` and on the GPU.

use std::path::Path;
use std::process::{Command, Output};

use semafield::math::arithmetic::Precision;
use semafield::simulation::act::Act;
use semafield::simulation::life::Life;
use semafield::simulation::trace::{Line, Trace};
use semafield::soil::Silent;

use super::life::all_acts;
use super::{PLANE, options, seed, write};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_semafield")).args(arguments).current_dir(folder).output();
    command.expect("the binary starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_was_lived_in_a_window_is_regrown_headless() {
    let folder = tempfile::tempdir().unwrap();
    let options = semafield::simulation::Options { folder: folder.path().into(), ..options(Precision::F32, 1) };
    let path = folder.path().join("life.jsonl");
    let mut life = Life::begin(&seed(PLANE, "heun"), "seed.toml", &options, &Silent, &path).unwrap();
    let mut acts = all_acts(&life);
    acts.push(Act::Rewrite {
        key: "observe.series".into(),
        value: "{calm = \"std(T)\", strength = \"mean(abs2(A))\"}".into(),
    });
    acts.push(Act::Rewrite { key: "observe.images".into(), value: "[\"T\"]".into() });
    for act in acts {
        life.act(act).unwrap();
        life.advance(3).unwrap();
    }
    life.finish().unwrap();
    let last = life.simulation().step();
    let digests = life.simulation_mut().digests().unwrap();
    for threads in ["1", "2", "7"] {
        let output = run(
            folder.path(),
            &["run", "--trace", "life.jsonl", "--backend", "cpu", "--threads", threads, "--out", "out", "--quiet"],
        );
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        // The whole trace is lived: it ends later than the seed's stop.
        let own = Trace::read(&folder.path().join("out/trace.jsonl")).unwrap();
        let acts = |lines: &[Line]| lines.iter().filter(|line| matches!(line, Line::Act { .. })).count();
        assert_eq!(acts(&own.lines), acts(&Trace::read(&path).unwrap().lines));
        let Some(Line::Digest { step, digests: end }) = own.lines.last() else { panic!("a digest at the end") };
        assert!(*step >= last);
        if *step == last {
            assert_eq!(*end, digests);
        }
        let at_end = own.lines.iter().find_map(|line| match line {
            Line::Digest { step, digests } if *step == last => Some(digests.clone()),
            _ => None,
        });
        assert_eq!(at_end, Some(digests.clone()));
    }
    // `--until` wins.
    let output = run(
        folder.path(),
        &["run", "--trace", "life.jsonl", "--backend", "cpu", "--until", "0.2", "--out", "short", "--quiet"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(Trace::read(&folder.path().join("short/trace.jsonl")).unwrap().last_step(), 4);
}

#[test]
fn malformed_acts_end_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let options = semafield::simulation::Options { folder: folder.path().into(), ..options(Precision::F32, 1) };
    let path = folder.path().join("life.jsonl");
    let mut life = Life::begin(&seed(PLANE, "heun"), "seed.toml", &options, &Silent, &path).unwrap();
    life.advance(2).unwrap();
    drop(life);
    let header = std::fs::read_to_string(&path).unwrap().lines().next().unwrap().to_owned();
    let disc = r#""brush": {"shape": "disc", "at": [1.0, 1.0], "radius": 1.0}"#;
    let wrong = [
        (r#"{"step": 1, "kind": "dance"}"#.to_owned(), "line 2"),
        (r#"{"step": 1, "kind": "retune", "name": "beta"}"#.into(), "line 2"),
        (r#"{"step": -1, "kind": "retune", "name": "beta", "value": 1}"#.into(), "line 2"),
        (r#"{"step": 1, "kind": "retune", "name": "bet", "value": 1}"#.into(), "`retune` at step 1"),
        (format!(r#"{{"step": 1, "kind": "stir", "field": "A", {disc}, "strength": 1e999}}"#), "line 2"),
        (format!(r#"{{"step": 1, "kind": "erase", "field": "B", {disc}, "strength": 1}}"#), "no field `B`"),
        (format!(r#"{{"step": 1, "kind": "push", "field": "A", {disc}, "by": []}}"#), "one per axis"),
        (r#"{"step": 1, "kind": "cut", "brush": {"shape": "star"}}"#.into(), "line 2"),
        (
            format!(
                r#"{{"step": 1, "kind": "paint", "field": "A", "mode": "set", "value": "A +", {disc}, "strength": 1}}"#
            ),
            "expression",
        ),
        (r#"{"step": 1, "kind": "rewrite", "key": "equations.A", "value": "B"}"#.into(), "unknown name `B`"),
        (r#"{"step": 1, "kind": "pull", "note": "x", "to": [1, 1]}"#.into(), "[soil]"),
        ("[1, 2]".into(), "line 2"),
    ];
    for (line, what) in wrong {
        write(folder.path(), "wrong.jsonl", &format!("{header}\n{line}\n"));
        let output =
            run(folder.path(), &["run", "--trace", "wrong.jsonl", "--backend", "cpu", "--out", "x", "--quiet"]);
        let message = said(&output);
        assert_eq!(output.status.code(), Some(2), "{line}: {message}");
        assert!(message.contains(what) && !message.contains("panicked"), "{line} should say `{what}`: {message}");
    }
}

#[cfg(feature = "gpu")]
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn a_life_on_a_gpu_is_lived_again_there() {
    use semafield::engine::{Backend, EngineError};
    use semafield::error::Error;
    let folder = tempfile::tempdir().unwrap();
    let options = semafield::simulation::Options { backend: Some(Backend::Gpu), ..options(Precision::F32, 1) };
    let mut life = match Life::begin(&seed(PLANE, "heun"), "seed.toml", &options, &Silent, folder.path()) {
        Ok(life) => life,
        Err(Error::Engine(EngineError::NoAdapter(why))) if std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none() => {
            eprintln!("skipped: {why}");
            return;
        }
        Err(why) => panic!("{why}"),
    };
    for act in all_acts(&life) {
        life.act(act).unwrap();
        life.advance(2).unwrap();
    }
    life.finish().unwrap();
    let digests = life.simulation_mut().digests().unwrap();
    let path = life.path().to_owned();
    drop(life);
    let going = std::sync::atomic::AtomicBool::new(false);
    let mut again = Life::open(&path, &options, false, &Silent, &going).unwrap().unwrap();
    assert_eq!(again.simulation_mut().digests().unwrap(), digests);
}
