//! `semafield sweep` as a person meets it: tables, interruptions, mistakes, verdicts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use semafield::experiment::measures::{Measure, What};
use semafield::experiment::{Axis, Experiment, Sweep, SweepOptions, from_file};
use semafield::math::arithmetic::Precision;
use semafield::soil::Silent;
use semafield::source::Source;

use crate::common::grown::options;
use crate::common::tables::{but_for_clocks, numbers, table, texts};

/// Decay at a rate that is swept: u = e^{-rate t}, exactly known.
const DECAY: &str = r#"semafield = 1
title = "Decay"
rng_seed = 5

[domain]
kind = "grid"
shape = [16, 12]
size = [8.0, 6.0]

[parameters]
rate = 0.5

[fields]
u = {type = "real", initial = "1 + 0.01*normal()"}

[equations]
u = "-rate*u"

[time]
scheme = "rk4"
dt = 0.05
stop = 2.0

[observe]
every = 0.1
series = {size = "mean(u)"}
images = ["u"]
"#;

/// Defects that live: small enough for a test.
const LIVING: &str = r#"semafield = 1
rng_seed = 2
[domain]
kind = "grid"
shape = [40, 40]
size = [30.0, 30.0]
[parameters]
beta = -1.2
[fields]
A = {type = "complex", initial = "0.1*(normal() + i*normal())"}
[equations]
A = "(1 + i*beta)*(1 - abs2(A))*A + (1 + 2*i)*laplacian(A)"
[time]
dt = 0.04
stop = 24.0
[observe]
every = 0.8
series = {count = "defects(A, 0)"}
images = ["arg(A)"]
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// Runs `semafield sweep` here.
    fn sweep(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_semafield"));
        command.arg("sweep").args(arguments).current_dir(self.0.path()).output().unwrap()
    }

    /// The same, and it has to work.
    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.sweep(&[arguments, &["--json", "--backend", "cpu"]].concat());
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_grid_of_values_becomes_tidy_tables() {
    let folder = Folder::new();
    folder.write("decay.toml", DECAY);
    let json =
        folder.json(&["decay.toml", "--set", "rate=0.5:1.5:3", "--set", "time.scheme=heun,rk4", "--repeats", "2"]);
    assert_eq!((json["runs"].as_u64(), json["done"].as_u64()), (Some(12), Some(12)));
    let out = folder.path("out/decay-sweep");
    let runs = table(&out.join("runs.parquet"));
    assert_eq!(numbers(&runs, "rate"), [0.5, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0, 1.5, 1.5, 1.5, 1.5]);
    assert_eq!(texts(&runs, "time.scheme")[..4], ["heun", "heun", "rk4", "rk4"]);
    assert_eq!(numbers(&runs, "repeat")[..4], [0.0, 1.0, 0.0, 1.0]);
    assert_eq!(numbers(&runs, "rng_seed")[..4], [5.0, 6.0, 5.0, 6.0]);
    assert!(texts(&runs, "status").iter().all(|status| status == "done"));
    assert!(numbers(&runs, "steps").iter().all(|&steps| steps == 40.0));
    let (rates, finals) = (numbers(&runs, "rate"), numbers(&runs, "size_final"));
    for (rate, last) in rates.iter().zip(finals) {
        assert!((last / (-2.0 * rate).exp() - 1.0).abs() < 0.01, "{rate}: {last}");
    }
    let digests = texts(&runs, "digest_u");
    assert!(digests.iter().all(|digest| digest.len() == 64) && digests[0] != digests[1]);
    let summary = table(&out.join("summary.parquet"));
    assert_eq!(numbers(&summary, "runs"), [2.0; 6]);
    let (all, mean, error) =
        (numbers(&runs, "size_mean"), numbers(&summary, "size_mean"), numbers(&summary, "size_mean_se"));
    for (at, pair) in all.chunks(2).enumerate() {
        assert!((mean[at] - (pair[0] + pair[1]) / 2.0).abs() < 1e-12);
        assert!((error[at] - (pair[0] - pair[1]).abs() / 2.0).abs() < 1e-12);
    }
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    for due in ["How to run it again", "semafield sweep decay.toml", "class=\"square\"", "data:image/png"] {
        assert!(report.contains(due), "the report has no {due}");
    }
}

#[test]
fn a_run_of_a_sweep_is_the_run_of_its_text() {
    let folder = Folder::new();
    folder.write("living.toml", &LIVING.replace("stop = 24.0", "stop = 1.6"));
    folder.json(&["living.toml", "--set", "beta=-0.5,-1.2", "--repeats", "2", "--out", "s"]);
    let runs = table(&folder.path("s/runs.parquet"));
    let output = Command::new(env!("CARGO_BIN_EXE_semafield"))
        .args([
            "run",
            "living.toml",
            "--set",
            "beta=-1.2",
            "--set",
            "rng_seed=3",
            "--out",
            "r",
            "--backend",
            "cpu",
            "-q",
        ])
        .current_dir(folder.0.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path("r/manifest.json")).unwrap()).unwrap();
    let last = manifest["digests"].as_array().unwrap().last().unwrap();
    assert_eq!(texts(&runs, "digest_A")[3], last["fields"]["A"].as_str().unwrap());
}

/// A sweep through the library.
fn sweep(experiment: &Experiment, out: &Path, jobs: usize) -> semafield::experiment::Outcome {
    let place = options(Precision::F32, Path::new("."));
    let options = SweepOptions { out: out.to_owned(), place, jobs, batch: None };
    Sweep::prepare(experiment.clone(), options, &Silent).unwrap().run(&Silent).unwrap()
}

fn of_text(text: &str, axes: &[&str], repeats: u64) -> Experiment {
    let seed = Source { text: text.into(), file: "seed.toml".into(), folder: ".".into() };
    let mut experiment = Experiment { repeats, ..Experiment::of_seed(seed) };
    axes.iter().for_each(|axis| experiment.vary(Axis::parse(axis).unwrap()));
    experiment
}

#[test]
fn tables_do_not_depend_on_jobs_or_interruptions() {
    let folder = Folder::new();
    let experiment = of_text(DECAY, &["rate=0.1:0.9:5"], 2);
    let [one, many, torn] = ["one", "many", "torn"].map(|name| folder.path(name));
    assert_eq!(sweep(&experiment, &one, 1).grown, 10);
    assert_eq!(sweep(&experiment, &many, 3).grown, 10);
    let due = but_for_clocks(&table(&one.join("runs.parquet")));
    assert_eq!(but_for_clocks(&table(&many.join("runs.parquet"))), due);
    // What a kill leaves: some runs finished, one torn, one half written beside.
    fs::create_dir_all(torn.join("runs")).unwrap();
    let mut files: Vec<PathBuf> = fs::read_dir(one.join("runs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in &files[..4] {
        fs::copy(file, torn.join("runs").join(file.file_name().unwrap())).unwrap();
    }
    let text = fs::read(&files[4]).unwrap();
    fs::write(torn.join("runs").join(files[4].file_name().unwrap()), &text[..text.len() / 3]).unwrap();
    fs::write(torn.join("runs/abc.part"), &text[..9]).unwrap();
    let resumed = sweep(&experiment, &torn, 2);
    assert_eq!((resumed.grown, resumed.kept), (6, 4));
    assert_eq!(but_for_clocks(&table(&torn.join("runs.parquet"))), due);
    assert_eq!(sweep(&experiment, &torn, 2).grown, 0);
    // Only what is new is run.
    let more = of_text(DECAY, &["rate=0.1,0.3,0.35"], 2);
    let outcome = sweep(&more, &torn, 2);
    assert_eq!((outcome.grown, outcome.kept), (2, 4));
    // A number that TOML does not know as one.
    let bare = sweep(&of_text(DECAY, &["rate=.3,.35"], 2), &torn, 1);
    assert_eq!((bare.grown, bare.kept), (0, 4));
    let longer = Experiment { until: Some(2.5), ..more };
    assert_eq!(sweep(&longer, &torn, 1).grown, 6);
}

#[test]
fn a_run_that_diverges_is_a_row() {
    let folder = Folder::new();
    let blow_up = DECAY.replace("-rate*u", "rate*u^2").replace("stop = 2.0", "stop = 4.0");
    let outcome = sweep(&of_text(&blow_up, &["rate=0.1,0.5"], 1), &folder.path("out"), 1);
    assert_eq!((outcome.grown, outcome.diverged, outcome.failed.len()), (2, 1, 0));
    let runs = table(&folder.path("out/runs.parquet"));
    assert_eq!(texts(&runs, "status"), ["done", "diverged"]);
    assert!(texts(&runs, "message")[1].contains("not finite at step"), "{:?}", texts(&runs, "message"));
    assert!(numbers(&runs, "size_mean")[0].is_finite() && numbers(&runs, "size_mean")[1].is_nan());
    assert_eq!(numbers(&table(&folder.path("out/summary.parquet")), "diverged"), [0.0, 1.0]);
    let report = fs::read_to_string(folder.path("out/report.html")).unwrap();
    assert!(report.contains("not finite at step"));
}

const EXPERIMENT: &str = r#"semafield_experiment = 1
title = "Does decay follow its rate?"
seed = "decay.toml"
repeats = 3

[axes]
rate = "0.4:1.2:3"

[measures]
spread = "std(u)"
line = {kind = "spectrum", of = "u"}
length = {kind = "correlation", of = "u"}

[hypothesis]
question = "Does the field shrink as e^(-2 rate)?"
null = "It does."
prediction = "It does, within one per cent."
predicted = "kept"

[[tests]]
kind = "equal"
measure = "size_final"
to = "exp(-2*rate)"
tolerance = 0.01
level = 0.05

[sizes.minutes]
repeats = 2
axes = {rate = [0.5, 1.0]}
set = {domain.shape = [8, 6]}
"#;

fn experiment(folder: &Folder, text: &str, size: Option<&str>) -> Experiment {
    folder.write("decay.toml", DECAY);
    let path = folder.write("experiment.toml", text);
    from_file(&Source::open(Some(&path)).unwrap(), size).unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn an_experiment_says_what_was_asked_and_what_came_out() {
    let folder = Folder::new();
    let asked = experiment(&folder, EXPERIMENT, None);
    let outcome = sweep(&asked, &folder.path("out"), 2);
    assert!(
        outcome.verdict.contains("not rejected") && outcome.verdict.contains("This was predicted"),
        "{}",
        outcome.verdict
    );
    let runs = table(&folder.path("out/runs.parquet"));
    assert_eq!(runs.num_rows(), 9);
    for column in ["spread_mean", "line_peak", "line_wavenumber", "length"] {
        assert!(runs.column_by_name(column).is_some(), "{column}");
    }
    let spectra = table(&folder.path("out/spectra.parquet"));
    assert_eq!(numbers(&spectra, "wavenumber")[1], std::f64::consts::TAU / 8.0);
    let report = fs::read_to_string(folder.path("out/report.html")).unwrap();
    for due in ["Null hypothesis", "It does, within one per cent.", "What came out", "not rejected", "The experiment"] {
        assert!(report.contains(due), "the report has no {due}");
    }
    let wrong = experiment(&folder, &EXPERIMENT.replace("exp(-2*rate)", "exp(-rate)"), None);
    let outcome = sweep(&wrong, &folder.path("wrong"), 2);
    assert!(
        outcome.verdict.contains("is rejected") && outcome.verdict.contains("not what was predicted"),
        "{}",
        outcome.verdict
    );
}

#[test]
fn slopes_differences_and_baselines_decide() {
    let folder = Folder::new();
    let tests = |tests: &str| {
        let start = EXPERIMENT.find("[[tests]]").unwrap();
        let end = EXPERIMENT.find("[sizes.minutes]").unwrap();
        format!("{}{tests}\n{}", &EXPERIMENT[..start], &EXPERIMENT[end..])
    };
    let outcomes = |text: &str, name: &str| -> Vec<String> {
        let outcome = sweep(&experiment(&folder, &tests(text), None), &folder.path(name), 2);
        let tests = outcome.results["tests"].as_array().unwrap().clone();
        tests.iter().map(|test| test["outcome"].as_str().unwrap().to_owned()).collect()
    };
    let found = outcomes(
        r#"
[[tests]]
kind = "slope"
measure = "size_final"
along = "rate"
[[tests]]
kind = "difference"
measure = "size_final"
between = [{rate = 0.4}, {rate = 1.20}]
by = "permutation"
level = 0.9
[[tests]]
kind = "difference"
measure = "time"
between = [{rate = 0.4}, {rate = 1.2}]
[[tests]]
kind = "equal"
measure = "size_final"
baseline = {rate = 0.4}
to = "baseline*exp(-2*(rate - 0.4))"
tolerance = 0.02
"#
        .replace("measure = \"time\"", "measure = \"length\"")
        .as_str(),
        "many",
    );
    assert_eq!(found, ["changes", "differs", "no difference found", "equal"]);
    let alone = tests("[[tests]]\nkind = \"slope\"\nmeasure = \"size_final\"\nalong = \"rate\"");
    let few = Experiment {
        repeats: 1,
        axes: vec![Axis::parse("rate=0.4,0.8").unwrap()],
        ..experiment(&folder, &alone, None)
    };
    assert!(sweep(&few, &folder.path("few"), 1).verdict.starts_with("Undecided"));
}

#[test]
fn one_group_is_set_beside_the_spread_of_another() {
    let folder = Folder::new();
    let text = r#"semafield_experiment = 1
seed = "decay.toml"
repeats = 6
[axes]
rate = [0.0, 1e-6, 1.0]
[hypothesis]
null = "as many of the others are"
[[tests]]
kind = "outlier"
measure = "size_final"
of = {rate = 1.0}
among = {rate = 0.0}
[[tests]]
kind = "outlier"
measure = "size_final"
of = {rate = 1e-6}
among = {rate = 0.0}
[[tests]]
kind = "equal"
measure = "size_final"
to = "size_max*exp(-2*rate)"
tolerance = 1e-3
"#;
    let asked = experiment(&folder, text, None);
    let outcome = |asked: &Experiment, name: &str| {
        let outcome = sweep(asked, &folder.path(name), 2);
        let tests = outcome.results["tests"].as_array().unwrap().clone();
        tests.iter().map(|test| test["outcome"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(outcome(&asked, "out"), ["outside", "inside", "equal"], "a formula may use what a run measured");
    let few = Experiment { repeats: 3, ..asked };
    assert_eq!(outcome(&few, "few")[0], "undecided");
}

#[test]
fn the_onset_of_coherence_is_told_from_the_frames_of_a_graph() {
    let folder = Folder::new();
    // A ring of twelve, whose frames come back half a turn round: science.md, V15.
    let edges: String = (0..12).map(|i| format!("{i},{},1,{}\n", (i + 1) % 12, std::f64::consts::PI / 12.0)).collect();
    folder.write("ring.csv", &format!("source,target,weight,angle\n{edges}"));
    folder.write(
        "ring.toml",
        r#"semafield = 1
domain = {kind = "graph", edges = "ring.csv"}
parameters = {mu = 0.1}
fields = {A = {type = "complex", initial = "0.1*normal()"}}
equations = {A = "mu*A - abs2(A)*A + laplacian(A, soil.frame)"}
time = {dt = 0.25, stop = 2000.0}
observe = {series = {alive = "step(mean(abs2(A)) - 1e-6)"}}
"#,
    );
    let text = r#"semafield_experiment = 1
seed = "ring.toml"
repeats = 2
axes = {mu = [0.02, 0.06, 0.08, 0.2]}
measures = {onset = {kind = "onset", frames = "soil.frame"}}
[[tests]]
kind = "equal"
measure = "alive_final"
to = "step(mu - onset)"
tolerance = 0.01
"#;
    let path = folder.write("experiment.toml", text);
    let asked = from_file(&Source::open(Some(&path)).unwrap(), None).unwrap();
    let place = options(Precision::F32, &folder.path(""));
    let options = SweepOptions { out: folder.path("out"), place, jobs: 1, batch: None };
    let outcome = Sweep::prepare(asked, options, &Silent).unwrap().run(&Silent).unwrap();
    assert!(outcome.verdict.contains("not rejected"), "{}", outcome.verdict);
    let onset = numbers(&table(&folder.path("out/runs.parquet")), "onset");
    assert!(onset.iter().all(|onset| (onset - 0.068_148_347_4).abs() < 1e-9), "{onset:?}");
}

#[test]
fn sizes_override_what_stands_above_them() {
    let folder = Folder::new();
    let small = experiment(&folder, EXPERIMENT, Some("minutes"));
    assert_eq!(small.repeats, 2);
    assert_eq!(small.axes, [Axis::parse("rate=0.5,1.0").unwrap()]);
    assert_eq!(small.set, [("domain.shape".to_owned(), "[8, 6]".to_owned())]);
}

#[test]
fn mistakes_in_experiments_get_a_message_to_act_on() {
    let folder = Folder::new();
    let change = |from: &str, to: &str| {
        assert!(EXPERIMENT.contains(from), "{from}");
        EXPERIMENT.replace(from, to)
    };
    let cases = [
        (change("repeats = 3", "repeats = 0"), "out of range", "experiment.toml:4"),
        (change("[axes]", "[axis]"), "unknown key `axis`", "did you mean `axes`"),
        (change("seed = \"decay.toml\"", "seed = \"dekay.toml\""), "there is no seed `dekay.toml`", "bundled are"),
        (change("seed = \"decay.toml\"\n", ""), "the key `seed` is missing", "seed = \"seed.toml\""),
        (change("kind = \"equal\"", "kind = \"equl\""), "no value for `tests[0].kind`", "did you mean `equal`"),
        (change("\"size_final\"", "\"size_finale\""), "no run has a column `size_finale`", "did you mean `size_final`"),
        (change("exp(-2*rate)", "exp(-2*rat)"), "rat", "did you mean `rate`"),
        (change("rate = \"0.4:1.2:3\"", "rate = \"0.4:1.2\""), "three parts", "FROM:TO:COUNT"),
        (change("rate = \"0.4:1.2:3\"", "rote = \"0.4:1.2:3\""), "rote", "did you mean"),
        (change("spread = \"std(u)\"", "spread = \"std(v)\""), "`v`", "std(v)"),
        (change("spread = \"std(u)\"", "size = \"std(u)\""), "has `observe.series.size` already", "measure `size`"),
        (change("kind = \"spectrum\", of", "kind = \"spectrum\", off"), "off", "did you mean `of`"),
        (change("predicted = \"kept\"", "predicted = \"yes\""), "no value for `hypothesis.predicted`", "`rejected`"),
    ];
    folder.write("decay.toml", DECAY);
    for (text, what, help) in cases {
        folder.write("experiment.toml", &text);
        let output = folder.sweep(&["experiment.toml", "--backend", "cpu"]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{what}: {said}");
        assert!(said.contains(what) && said.contains(help), "{what} | {help}: {said}");
    }
    folder.write("experiment.toml", EXPERIMENT);
    let flags: [(&[&str], &str); 8] = [
        (&["decay.toml", "--set", "rate=0:1"], "FROM:TO:COUNT"),
        (&["decay.toml", "--set", "rat=0:1:3"], "did you mean `rate`"),
        (&["decay.toml", "--set", "rate=1,1.0"], "twice"),
        (&["decay.toml", "--set", "rng_seed=1,2", "--repeats", "2"], "varied and repeated"),
        (&["decay.toml", "--set", "rate=0:1:1001", "--set", "time.dt=0.01:0.05:2000"], "more runs than one sweep"),
        (&["decay.toml", "--size", "minutes"], "is a seed, not an experiment"),
        (&["experiment.toml", "--size", "minuets"], "did you mean `minutes`"),
        (&["decay.toml", "--set", "rate=a,b"], "must be a number"),
    ];
    for (arguments, due) in flags {
        let output = folder.sweep(&[arguments, &["--backend", "cpu"]].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(due), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn defects_energy_and_event_logs_are_measured() {
    let folder = Folder::new();
    folder.write("living.toml", LIVING);
    let text = r#"semafield_experiment = 1
seed = "living.toml"
[axes]
beta = [-1.2, -0.6]
[measures]
vortices = {kind = "defects"}
story = {kind = "events", to = {beta = -1.2}, squares = 4}
energy = {kind = "energy", field = "A", gain = "1"}
"#;
    let path = folder.write("experiment.toml", text);
    let asked = from_file(&Source::open(Some(&path)).unwrap(), None).unwrap_or_else(|why| panic!("{why}"));
    sweep(&asked, &folder.path("out"), 2);
    let runs = table(&folder.path("out/runs.parquet"));
    let (count, density) = (numbers(&runs, "count_mean"), numbers(&runs, "vortices_density"));
    for (count, density) in count.iter().zip(density) {
        // The same plaquettes, counted by another part of the program; the ends of the window weigh differently.
        assert!((density * 900.0 - count).abs() < 0.15 * count.max(1.0), "{count} {density}");
    }
    let distances = numbers(&runs, "story");
    assert!(distances[0] == 0.0 && distances[1] > 0.1 && distances[1] <= 1.0, "{distances:?}");
    let total = numbers(&runs, "energy_total_final");
    let parts = ["energy_local_final", "energy_tension_final"].map(|name| numbers(&runs, name));
    assert!((parts[0][0] + parts[1][0] - total[0]).abs() < 1e-9 * total[0].abs());
}

#[test]
fn the_energy_of_a_gradient_flow_only_falls() {
    let folder = Folder::new();
    let flow = LIVING
        .replace("(1 + i*beta)*(1 - abs2(A))*A + (1 + 2*i)*laplacian(A)", "(1 - abs2(A))*A + laplacian(A)")
        .replace("stop = 24.0", "stop = 8.0");
    folder.write("flow.toml", &flow);
    let text = "semafield_experiment = 1\nseed = \"flow.toml\"\n[measures]\nE = {kind = \"energy\", field = \"A\", gain = \"1\"}\n";
    let path = folder.write("experiment.toml", text);
    let asked = from_file(&Source::open(Some(&path)).unwrap(), None).unwrap();
    sweep(&asked, &folder.path("out"), 1);
    let runs = table(&folder.path("out/runs.parquet"));
    // Nothing is lower than the uniform state: -1/4 per unit of area, as the sum over cells.
    let (last, most, least) =
        (numbers(&runs, "E_total_final")[0], numbers(&runs, "E_total_max")[0], numbers(&runs, "E_total_min")[0]);
    assert!(last == least && last < most && last > -0.25 * 1600.0, "{last} {most} {least}");
}

#[test]
fn one_soil_serves_all_repeats() {
    let folder = Folder::new();
    for (name, text) in [("a", "red apples"), ("b", "green apples"), ("c", "salt and sea"), ("d", "sea and wind")] {
        fs::create_dir_all(folder.path("notes")).unwrap();
        fs::write(folder.path("notes").join(format!("{name}.md")), text).unwrap();
    }
    let seed = LIVING
        .replace("[parameters]", "[soil]\nsource = \"notes\"\n[parameters]")
        .replace("(1 - abs2(A))*A", "(soil.gain - abs2(A))*A")
        .replace("stop = 24.0", "stop = 1.6");
    let seed = Source { text: seed, file: "seed.toml".into(), folder: folder.path("") };
    let stay = Measure { name: "stay".into(), what: What::Groups };
    let asked = Experiment { repeats: 3, measures: vec![stay], ..Experiment::of_seed(seed) };
    let place = options(Precision::F32, &folder.path(""));
    let options = SweepOptions { out: folder.path("out"), place, jobs: 1, batch: None };
    let outcome = Sweep::prepare(asked, options, &Silent).unwrap().run(&Silent).unwrap();
    assert_eq!(outcome.results["soil_hashes"].as_array().unwrap().len(), 1);
    let runs = table(&folder.path("out/runs.parquet"));
    let stay = numbers(&runs, "stay");
    assert!(stay.iter().all(|index| index.is_nan() || (-1.0..=1.0).contains(index)), "{stay:?}");
    let digests = texts(&runs, "digest_A");
    assert!(digests[0] != digests[1] && digests[1] != digests[2]);
}

#[test]
fn every_experiment_reads_in_every_size_and_has_its_results() {
    /// How many there are: a file that is lost must not pass for a file that is right.
    const EXPERIMENTS: usize = 4;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/experiments");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    assert_eq!(files.len(), EXPERIMENTS);
    for path in files {
        let source = Source::open(Some(&path)).unwrap();
        let sizes = [None, Some("minutes"), Some("overnight")].map(|size| {
            let asked = from_file(&source, size).unwrap_or_else(|why| panic!("{why}"));
            assert!(!asked.hypothesis.null.is_empty() && !asked.hypothesis.prediction.is_empty(), "{}", source.file);
            assert!(!asked.tests.is_empty() && asked.hypothesis.predicted.is_some(), "{}", source.file);
            asked.check().unwrap_or_else(|why| panic!("{why}"))
        });
        assert!(sizes[1] < sizes[2], "{}: {sizes:?}", source.file);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let results = fs::read_to_string(folder.join(format!("results/{name}-minutes.md"))).unwrap();
        assert!(results.contains(&format!("semafield sweep {name}.toml --size minutes")), "{name}");
    }
}
