//! The report: what was asked, what was predicted, what came out, and how to do it again.
//!
//! In: what is known so far; before the arms have run, the page ends with the predictions. Out: HTML for a person who
//! has read nothing else.

use super::prediction::ONE;
use super::subject::Subject;
use super::verdict::{self, Holding, Test};
use super::{Run, Transfer, arms, chronicle, dialogue};
use crate::error::Error;
use crate::math::elementary::scalar64::log;
use crate::output::report::Panel;
use crate::output::report::essay::{Essay, Section, Table, render};
use crate::output::report::sweep::{with_error, written};

pub(super) fn compose(transfer: &Transfer, subject: &Subject) -> Result<String, Error> {
    let mut sections = vec![question(transfer), predicted(transfer)];
    if transfer.runs.is_empty() {
        sections.push(Section {
            title: "What came out".into(),
            text: "The arms are running. This page was written before the first of them began.".into(),
            ..Section::default()
        });
    } else {
        sections.push(came_out(transfer));
        sections.extend((0..=4).map(|arm| arm_section(transfer, arm)));
    }
    sections.push(again(transfer, subject)?);
    Ok(render(&Essay {
        kicker: "Can it be carried over?".into(),
        title: transfer.title.clone(),
        lead: lead(transfer),
        sections,
        version: transfer.version.to_owned(),
    }))
}

fn lead(transfer: &Transfer) -> String {
    let count = |outcome: Holding| transfer.tests.iter().filter(|test| test.outcome == outcome).count();
    if transfer.tests.is_empty() {
        return "A living field is said to be carried over by living with it, not by copying it. Five ways of carrying it \
                over are tried on this seed; what is expected of each is written below."
            .into();
    }
    format!(
        "A living field is said to be carried over by living with it, not by copying it. Five ways of carrying it over \
         were tried on this seed: {} of the predictions held, {} failed. {}",
        count(Holding::Holds),
        count(Holding::Fails),
        verdict::in_short(&transfer.tests)
    )
}

fn question(transfer: &Transfer) -> Section {
    let Transfer { field, scales, .. } = transfer;
    let text = format!(
        "The idea behind this program says: such a process can't be exported as a file, only grown again: by its \
         architecture (the same seed), by its function (the same answers), or by living interaction. That can be wrong, \
         so it is put to the test.\n\nA donor grows until it has settled. Then a twin is made of it in five ways, and \
         the two are followed side by side. What is compared is the complex field {field}, by the distance\n\nD = min over \
         p of |{field}_donor - e^(ip) {field}_twin| / |{field}_donor|,\n\nin which a turn of all phases at once counts as \
         nothing: 0 is the same state, about 1.4 are two strangers. Where the field lies on a plane, also its story is \
         compared: phase defects (points round which the phase winds once) are born, annihilate each other and exchange \
         partners, and these events are put into {} bins of time and {squares} x {squares} squares of the domain. The \
         distance of two event logs is the least number of edits that turns one into the other, over the length of the \
         longer one (0: the same story; 1: nothing in common), for the last eighth of the time. \n\nTwo things about this field were measured \
         beforehand, on growths that no arm uses. Small differences grow as e^(lambda t) with lambda = {:.4} ± {:.4} (the \
         largest Lyapunov exponent{}). Small values grow from rest at the rate mu = {:.3}, and {}.",
        chronicle::BINS,
        scales.lambda,
        scales.lambda_error,
        if scales.is_chaotic() { "; the field is chaotic" } else { "; the field is not chaotic" },
        scales.mu,
        match scales.xi {
            Some(xi) => format!("spreading balances that at the length xi = {xi:.3}"),
            None => "no length follows from that".into(),
        },
        squares = chronicle::SQUARES
    );
    Section { title: "What was asked".into(), text, ..Section::default() }
}

fn predicted(transfer: &Transfer) -> Section {
    let rows = transfer.predictions.iter().map(|prediction| {
        vec![prediction.arm.to_string(), prediction.deed.clone(), prediction.expected.clone(), prediction.test.clone()]
    });
    Section {
        title: "What was predicted".into(),
        text: "Written to the disk before the first arm was run.".into(),
        table: Some(Table {
            heads: ["Arm", "What is done to the twin", "What is expected", "The test"].map(str::to_owned).to_vec(),
            rows: rows.collect(),
        }),
        ..Section::default()
    }
}

fn came_out(transfer: &Transfer) -> Section {
    Section {
        title: "What came out".into(),
        text: transfer.conclusion.join("\n\n"),
        table: Some(tests_table(&transfer.tests.iter().collect::<Vec<_>>())),
        ..Section::default()
    }
}

fn tests_table(tests: &[&Test]) -> Table {
    let rows = tests.iter().map(|test| {
        let error = if test.error > 0.0 { test.error } else { f64::NAN };
        let outcome = match test.outcome {
            Holding::Holds => "holds",
            Holding::Fails => "FAILS",
            Holding::Open => "–",
        };
        vec![
            test.arm.to_string(),
            test.what.clone(),
            written(test.expected),
            with_error(test.measured, error),
            test.rule.clone(),
            outcome.to_owned(),
        ]
    });
    let heads = ["Arm", "What", "Expected", "Measured", "Rule", ""];
    Table { heads: heads.map(str::to_owned).to_vec(), rows: rows.collect() }
}

const TITLES: [&str; 5] = [
    "Arm 0: the same bits, the same place",
    "Arm 1: the same bits, another environment",
    "Arm 2: the same architecture",
    "Arm 3: the same answers",
    "Arm 4: living interaction",
];

const READINGS: [&str; 5] = [
    "A copy of all bits on the same back end.",
    "Look for straight lines: a constant rate of growth, the same for all copies, until they are lost. Where a line \
     begins is what the change did at once; f32 begins nine orders of magnitude higher and is lost that much earlier.",
    "Strangers: the distance is that of two independent states from the beginning. What is equal are the statistics.",
    "The chosen twin answered the probes (bumps at nine places, and what became of them) more like the donor than the \
     other candidates did. Its line should be no lower than theirs.",
    "Each line is a twin that hears how far the donor's averages over blocks are ahead of its own. A line that falls \
     steadily to 1e-15 is a twin that has become its donor; a level line is one that has not.",
];

fn arm_section(transfer: &Transfer, arm: u8) -> Section {
    let runs: Vec<&Run> = transfer.runs.iter().filter(|run| run.arm == arm && run.repeat == 0).collect();
    let at = usize::from(arm);
    let panels = match arm {
        0 => vec![],
        4 => blocks_of(&runs).into_iter().map(|block| block_panel(&runs, block)).collect(),
        _ => vec![panel("Distance, first donor", &runs, |run| run.variant.clone())],
    };
    Section {
        title: TITLES[at].into(),
        text: READINGS[at].into(),
        table: table_of(transfer, arm),
        panels,
        code: vec![],
    }
}

fn blocks_of(runs: &[&Run]) -> Vec<f64> {
    let mut blocks: Vec<f64> = runs.iter().filter_map(|run| run.block).collect();
    blocks.dedup();
    blocks
}

fn block_panel(runs: &[&Run], block: f64) -> Panel {
    let own: Vec<&Run> = runs.iter().copied().filter(|run| run.block == Some(block)).collect();
    panel(&format!("Blocks of {block}, first donor"), &own, |run| format!("gain {}", run.gain.unwrap_or_default()))
}

/// Distances as powers of ten; of many lines of one name the first is drawn.
fn panel(title: &str, runs: &[&Run], name: impl Fn(&Run) -> String) -> Panel {
    const LN_10: f64 = std::f64::consts::LN_10;
    let longest = runs.iter().max_by_key(|run| run.times.len());
    let times = longest.map_or_else(Vec::new, |run| run.times.clone());
    let mut lines: Vec<(String, Vec<f64>)> = Vec::new();
    for run in runs {
        let name = name(run);
        if lines.iter().all(|(known, _)| *known != name) {
            let power = |&distance: &f64| if distance > 0.0 { log(distance) / LN_10 } else { f64::NAN };
            let mut values: Vec<f64> = run.distances.iter().map(power).collect();
            values.resize(times.len(), f64::NAN);
            lines.push((name, values));
        }
    }
    Panel { title: format!("{title}: log10 D over time"), reading: String::new(), times, lines }
}

/// The pairs of an arm.
fn table_of(transfer: &Transfer, arm: u8) -> Option<Table> {
    let option = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), written);
    let runs = transfer.runs.iter().filter(|run| run.arm == arm);
    let heads: &[&str] = match arm {
        0 => return None,
        1 => &["Donor", "Change", "Growth rate", "D after the change", "Lost at", "Late D", "Event logs"],
        2 => &["Donor", "Twin", "Late D", "Event logs"],
        3 => &["Donor", "Twin", "Mismatch of answers", "Late D", "Event logs"],
        _ => &["Donor", "Block", "Gain", "Rate of approach", "Last D", "Event logs", "Became the donor"],
    };
    let rows = runs.map(|run| {
        let donor = run.donor_rng_seed.to_string();
        match arm {
            1 => vec![
                donor,
                run.variant.clone(),
                option(run.rate),
                option(run.start_distance),
                option(run.horizon),
                written(run.late_distance),
                option(run.log_distance),
            ],
            2 => vec![donor, run.rng_seed.to_string(), written(run.late_distance), option(run.log_distance)],
            3 => vec![
                donor,
                format!("{} ({})", run.rng_seed, run.variant),
                option(run.mismatch),
                written(run.late_distance),
                option(run.log_distance),
            ],
            _ => vec![
                donor,
                option(run.block),
                option(run.gain),
                option(run.rate),
                written(run.last_distance),
                option(run.log_distance),
                if run.last_distance < ONE { "yes" } else { "no" }.to_owned(),
            ],
        }
    });
    Some(Table { heads: heads.iter().map(|&head| head.to_owned()).collect(), rows: rows.collect() })
}

fn again(transfer: &Transfer, subject: &Subject) -> Result<Section, Error> {
    let mut code = vec![("The command".to_owned(), transfer.command.clone())];
    code.push(("The seed".to_owned(), subject.text.clone()));
    if let (Some(run), false) = (transfer.runs.iter().find(|run| run.arm == 4), transfer.runs.is_empty()) {
        let (block, gain) = (run.block.unwrap_or_default(), run.gain.unwrap_or_default());
        let text = dialogue::text(subject, run.repeat, block, gain)?;
        code.push((format!("The seed of a twin in dialogue (blocks of {block}, gain {gain})"), text));
    }
    let text = format!(
        "All growths are on the CPU and give the same bits on every machine, but for those on a GPU. Donors have the \
         random numbers of the seed ({}) and multiples of 1000 above; the twins of a donor count on from there. Each pair \
         was sampled {} times. The tables `runs.parquet` (a row per pair) and `distances.parquet` (a row per sample) and \
         `transfer.json` lie beside this page.",
        arms::donor_seed(subject, 0),
        arms::SAMPLES
    );
    Ok(Section { title: "How to run it again".into(), text, code, ..Section::default() })
}
