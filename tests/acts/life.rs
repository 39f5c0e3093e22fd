//! Lives: what is lived is in the trace, and is lived again bit for bit, whole, torn, branched and undone.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use semafield::math::arithmetic::Precision;
use semafield::simulation::act::{Act, Brush, Paint};
use semafield::simulation::life::Life;
use semafield::simulation::trace::{Line, Trace};
use semafield::soil::Silent;

use super::{PLANE, brush, options, refusal, seed, strokes};

static GOING: AtomicBool = AtomicBool::new(false);

fn begin(folder: &Path, threads: usize) -> Life {
    Life::begin(&seed(PLANE, "heun"), "seed.toml", &options(Precision::F32, threads), &Silent, folder).unwrap()
}

fn open(path: &Path, threads: usize) -> Life {
    let life = Life::open(path, &options(Precision::F32, threads), false, &Silent, &GOING);
    life.unwrap_or_else(|why| panic!("{why}")).expect("nobody cancels")
}

/// One act of every kind that needs no notes.
pub(super) fn all_acts(life: &Life) -> Vec<Act> {
    let brush = brush(life.simulation());
    let disc = |x, y| Brush::Disc { at: vec![x, y], radius: 1.0 };
    let mut acts = strokes("A", &brush, 0.6, 2);
    acts.extend(strokes("theta", &brush, 0.3, 2));
    acts.extend([
        Act::Retune { name: "beta".into(), value: -0.7 },
        Act::Cut { brush: disc(5.0, 5.0) },
        Act::Pin { field: "T".into(), brush: disc(8.0, 3.0), value: "abs(A)".into(), steps: 30 },
        Act::Warm { field: "A".into(), brush: brush.clone(), strength: 0.4 },
        Act::Rewrite { key: "equations.T".into(), value: "0.2*laplacian(T) - T + abs2(A) + 0.1*mean(T)".into() },
        Act::Cool { field: "A".into(), brush: disc(1.0, 1.0), strength: 0.2 },
        Act::Rewrite { key: "time.dt".into(), value: "0.03".into() },
        Act::Heal { brush: disc(5.5, 5.0) },
        Act::Reseed { rng_seed: 99 },
        Act::Release { brush: disc(8.0, 3.0) },
        Act::Say {
            text: "слово".into(), field: "A".into(), at: [3.0, 3.0], radius: 1.0, strength: 0.2, against: true
        },
    ]);
    acts
}

/// A life of many acts, and the digests at its end.
fn lived(folder: &Path) -> (std::path::PathBuf, u64, std::collections::BTreeMap<String, String>) {
    let mut life = begin(folder, 1);
    for (index, act) in all_acts(&life).into_iter().enumerate() {
        life.act(act).unwrap();
        life.advance(index as u64 % 4 * 3).unwrap();
        if index % 5 == 0 {
            life.digest().unwrap();
        }
    }
    life.advance(20).unwrap();
    life.finish().unwrap();
    let digests = life.simulation_mut().digests().unwrap();
    (life.path().to_owned(), life.simulation().step(), digests)
}

#[test]
fn a_life_is_lived_again_bit_for_bit_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (path, step, digests) = lived(folder.path());
    assert_eq!(path.file_name().unwrap(), "0001.jsonl");
    let bytes = std::fs::read(&path).unwrap();
    for threads in [1, 2, 7] {
        let mut again = open(&path, threads);
        assert_eq!(again.simulation().step(), step);
        assert_eq!(again.simulation_mut().digests().unwrap(), digests, "{threads} threads");
        again.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "nothing new was lived");
    }
    // It goes on in the same file.
    let mut longer = open(&path, 2);
    longer.act(Act::Retune { name: "beta".into(), value: 0.5 }).unwrap();
    longer.advance(7).unwrap();
    longer.finish().unwrap();
    let end = longer.simulation_mut().digests().unwrap();
    assert_eq!(open(&path, 1).simulation_mut().digests().unwrap(), end);
    assert!(std::fs::read(&path).unwrap().starts_with(&bytes));
}

#[test]
fn a_trace_cut_off_at_any_byte_of_its_tail_loses_the_torn_line_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut life = begin(folder.path(), 1);
    for value in [0.1, 0.2, 0.3] {
        life.act(Act::Retune { name: "beta".into(), value }).unwrap();
        life.advance(2).unwrap();
    }
    life.act(all_acts(&life).pop().unwrap()).unwrap();
    life.finish().unwrap();
    let bytes = std::fs::read(life.path()).unwrap();
    let whole = Trace::read(life.path()).unwrap();
    let header = bytes.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let tail = header.max(bytes.len() - 700);
    let cut = folder.path().join("cut.jsonl");
    for end in tail..bytes.len() {
        std::fs::write(&cut, &bytes[..end]).unwrap();
        let kept = bytes[..end].iter().filter(|&&byte| byte == b'\n').count() - 1;
        let trace = Trace::read(&cut).unwrap_or_else(|why| panic!("cut at {end}: {why}"));
        assert_eq!(trace.lines, whole.lines[..kept], "cut at {end}");
        assert_eq!(trace.notice.is_some(), bytes[end - 1] != b'\n');
        if end % 50 == 0 {
            let mut again = open(&cut, 1);
            again.act(Act::Retune { name: "beta".into(), value: 0.9 }).unwrap();
            drop(again);
            assert_eq!(Trace::read(&cut).unwrap().lines.len(), kept + 1, "cut at {end}");
        }
    }
}

#[test]
fn undo_gives_the_state_before_the_act() {
    let folder = tempfile::tempdir().unwrap();
    let mut life = begin(folder.path(), 2);
    let acts = all_acts(&life);
    let mut states = Vec::new();
    for act in acts.iter().take(12) {
        states.push((life.simulation().step(), life.simulation_mut().digests().unwrap()));
        life.act(act.clone()).unwrap();
        life.advance(3).unwrap();
    }
    while let Some((step, digests)) = states.pop() {
        assert!(life.undo(&Silent, &GOING).unwrap());
        assert_eq!(life.simulation().step(), step);
        assert_eq!(life.simulation_mut().digests().unwrap(), digests);
        assert_eq!(life.acts().count(), states.len());
        assert_eq!(life.header().branched_at, Some(step));
    }
    let refused = life.undo(&Silent, &GOING).map(|_| ());
    assert!(refusal(refused).contains("undone"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 13, "each undo begins a branch");
}

#[test]
fn going_back_and_forth_gives_every_state_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut life = begin(folder.path(), 1);
    let mut states = Vec::new();
    for act in all_acts(&life) {
        life.act(act).unwrap();
        life.advance(46).unwrap();
        states.push((life.simulation().step(), life.simulation_mut().digests().unwrap()));
        life.advance(1).unwrap();
    }
    let count = states.len();
    for visit in 0..count {
        let (step, digests) = &states[visit * 7 % count];
        assert!(life.regrow(*step, &Silent, &GOING).unwrap());
        assert_eq!(&life.simulation_mut().digests().unwrap(), digests, "at step {step}");
    }
    // From the middle on by steps: what is held, pinned and rewritten came back too.
    let (middle, _) = states[count / 2];
    assert!(life.regrow(middle, &Silent, &GOING).unwrap());
    for (step, digests) in &states[count / 2..] {
        life.advance(step - life.simulation().step()).unwrap();
        assert_eq!(&life.simulation_mut().digests().unwrap(), digests, "at step {step}");
    }
    // Another life branches off: states of the one that was left are not on its way.
    let (early, _) = states[2];
    assert!(life.branch(early, &Silent, &GOING).unwrap());
    life.act(Act::Retune { name: "beta".into(), value: 0.4 }).unwrap();
    life.advance(200).unwrap();
    let there = life.simulation_mut().digests().unwrap();
    let end = life.simulation().step();
    assert!(life.regrow(early, &Silent, &GOING).unwrap());
    assert!(life.regrow(end, &Silent, &GOING).unwrap());
    assert_eq!(life.simulation_mut().digests().unwrap(), there);
}

#[test]
fn the_future_is_lived_again_unless_it_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let (path, end, digests) = lived(folder.path());
    let mut life = open(&path, 1);
    let acts = life.acts().count();
    assert!(life.regrow(10, &Silent, &GOING).unwrap());
    assert_eq!(life.simulation().step(), 10);
    assert_eq!(life.acts().count() + life.future().count(), acts);
    assert!(life.future().all(|(step, _)| step > 10));
    let middle = life.simulation_mut().digests().unwrap();
    // Nothing done: on to the same end, in the same file.
    life.advance(end - 10).unwrap();
    assert_eq!(life.simulation_mut().digests().unwrap(), digests);
    assert_eq!((life.path(), life.future().count()), (path.as_path(), 0));

    // An act in the past begins a branch, which replays alone.
    assert!(life.regrow(10, &Silent, &GOING).unwrap());
    assert_eq!(life.simulation_mut().digests().unwrap(), middle);
    let brush = brush(life.simulation());
    life.act(Act::Paint { field: "A".into(), mode: Paint::Add, value: "1".into(), brush, strength: 1.0 }).unwrap();
    assert_eq!(life.future().count(), 0);
    life.advance(6).unwrap();
    life.finish().unwrap();
    let branch = life.path().to_owned();
    assert_ne!(branch, path);
    let parent = life.header().parent.clone().expect("it names its parent");
    assert_eq!((parent.path, life.header().branched_at), (path.canonicalize().unwrap(), Some(10)));
    let changed = life.simulation_mut().digests().unwrap();
    std::fs::remove_file(&path).unwrap();
    let mut alone = open(&branch, 7);
    assert_eq!(alone.simulation_mut().digests().unwrap(), changed);
    // A branch without an act.
    assert!(alone.branch(4, &Silent, &GOING).unwrap());
    assert_eq!((alone.simulation().step(), alone.future().count()), (4, 0));
    assert!(Trace::read(alone.path()).unwrap().lines.iter().all(|line| line.step() <= 4));
}

#[test]
fn growing_again_can_be_cancelled_and_a_refused_act_is_not_in_the_trace() {
    let folder = tempfile::tempdir().unwrap();
    let mut life = begin(folder.path(), 1);
    life.advance(5).unwrap();
    let before = life.simulation_mut().digests().unwrap();
    let lines = std::fs::read(life.path()).unwrap();
    assert!(!life.regrow(3, &Silent, &AtomicBool::new(true)).unwrap());
    assert_eq!((life.simulation().step(), life.simulation_mut().digests().unwrap()), (5, before));
    refusal(life.act(Act::Retune { name: "gamma".into(), value: 1.0 }));
    assert_eq!(std::fs::read(life.path()).unwrap(), lines);
}

#[test]
fn digests_are_written_on_the_way_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let mut life = begin(folder.path(), 1);
    life.advance(2500).unwrap();
    life.finish().unwrap();
    let trace = Trace::read(life.path()).unwrap();
    let steps: Vec<u64> = trace.lines.iter().map(Line::step).collect();
    assert!([1000, 2000, 2500].iter().all(|step| steps.contains(step)), "{steps:?}");
    let text = std::fs::read_to_string(life.path()).unwrap();
    let digests = trace.lines.iter().find_map(|line| match line {
        Line::Digest { step: 2000, digests } => Some(digests),
        _ => None,
    });
    let digests = digests.expect("a digest");
    let wrong = folder.path().join("wrong.jsonl");
    std::fs::write(&wrong, text.replacen(&digests["A"], &"0".repeat(64), 1)).unwrap();
    let error = Life::open(&wrong, &options(Precision::F32, 1), false, &Silent, &GOING).map(|_| ()).unwrap_err();
    assert_eq!(error.exit_code(), 1);
    assert!(error.to_string().contains("step 2000: `A`"), "{error}");
}
