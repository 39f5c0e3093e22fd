//! Answers about notes: what is planted is found, nothing depends on threads, and commands say it in the agreed form.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use semafield::answers::{MissingLinks, Near, Riddle, evaluate, groups, hide, influence, known_links, missing_links};
use semafield::soil::{Silent, Soil, SoilOptions};
use serde_json::{Value, json};

const CLUSTERS: usize = 6;
const COUNT: usize = 240;

/// Clusters of notes about axes; a note links to those 1, 2 and 4 further in its cluster.
fn write_notes(path: &Path, linked: bool, tagged: bool) -> PathBuf {
    let wave = |note: usize, axis: usize| ((note * 37 + axis * 101 + note * note * axis) % 97) as f64 / 97.0 - 0.5;
    let line = |note: usize| {
        let cluster = note % CLUSTERS;
        let vector: Vec<f64> = (0..16).map(|axis| wave(note, axis) + f64::from(u8::from(axis == cluster))).collect();
        let links: Vec<usize> =
            [1, 2, 4].iter().map(|step| (note + step * CLUSTERS) % COUNT).filter(|_| linked).collect();
        let text = format!("common words and {} there", ["sea", "hill", "town", "wood", "lake", "moor"][cluster]);
        let tags: Vec<String> = (0..usize::from(tagged)).map(|_| format!("tag{cluster}")).collect();
        let value = json!({ "id": note, "title": format!("Note {note}"), "text": text, "vector": vector,
            "links": links, "tags": tags });
        format!("{value}\n")
    };
    std::fs::write(path, (0..COUNT).map(line).collect::<String>()).unwrap();
    path.to_path_buf()
}

fn soil(linked: bool) -> Soil {
    let folder = tempfile::tempdir().unwrap();
    let source = write_notes(&folder.path().join("notes.jsonl"), linked, true);
    Soil::grow(&source, &SoilOptions::default(), &Silent).unwrap()
}

#[test]
fn hidden_links_and_tags_are_found_better_than_by_cosine() {
    let soil = soil(true);
    let scores = evaluate(&soil, 10, 1, &Silent);
    let (links, groups) = (scores.links.unwrap(), scores.groups.unwrap());
    assert!(links.semafield > links.cosine.max(links.pagerank_neighbors) + 0.05, "{links:?}");
    assert!(groups.semafield > 0.8, "{groups:?}");
    for score in [links.cosine, links.pagerank, links.pagerank_neighbors, groups.kmeans, groups.hdbscan] {
        assert!((0.0..=1.0).contains(&score));
    }
    // Asked of as many candidates as there are, every method finds all.
    let all = evaluate(&soil, COUNT, 1, &Silent).links.unwrap();
    assert_eq!([all.semafield, all.cosine, all.pagerank, all.adamic_adar], [1.0; 4]);
}

#[test]
fn without_links_or_tags_there_is_no_score() {
    let folder = tempfile::tempdir().unwrap();
    let source = write_notes(&folder.path().join("notes.jsonl"), false, false);
    let soil = Soil::grow(&source, &SoilOptions::default(), &Silent).unwrap();
    let scores = evaluate(&soil, 10, 1, &Silent);
    assert_eq!((scores.links, scores.groups), (None, None));
    assert!(missing_links(&soil, 5, 0).pairs.iter().all(|link| link.strength > 0.0));
}

#[test]
fn a_pair_that_lost_its_link_is_put_forward() {
    let mut soil = soil(true);
    let links = known_links(&soil);
    let (_, hidden) = hide(&links, 3);
    for &[a, b] in &hidden {
        soil.notes[a].links.retain(|&other| other != b);
        soil.notes[b].links.retain(|&other| other != a);
    }
    let MissingLinks { pairs: found, by_cosine, .. } = missing_links(&soil, hidden.len(), 0);
    assert!(!by_cosine);
    assert_eq!(found.len(), hidden.len());
    assert!(found.is_sorted_by(|a, b| a.strength >= b.strength));
    let known = known_links(&soil);
    assert!(found.iter().all(|link| link.notes[0] < link.notes[1] && !known.contains(&link.notes)));
    let hits = found.iter().filter(|link| hidden.contains(&link.notes)).count();
    // By chance it would be one in two hundred.
    assert!(20 * hits > found.len(), "{hits} of {}", found.len());
}

/// Pairs of notes on a ring, each the only neighbour of the other. A note links to one in the next pair, which only the
/// cosine can know, and to some at random, which lead astray.
fn write_ring(path: &Path) {
    const NOTES: usize = 400;
    let line = |note: usize| {
        let angle = std::f64::consts::TAU * ((note / 2) as f64 + 0.1 * (note % 2) as f64) / (NOTES / 2) as f64;
        let random = (0..4).map(|turn| (note * 7919 + turn * 104_729 + note * note * (turn + 3) * 31) % NOTES);
        let next = (note / 2 * 2 + 2 + note / 3 % 2) % NOTES;
        let links: Vec<usize> = random.filter(|&other| other != note).chain([next]).collect();
        format!("{}\n", json!({ "id": note, "vector": [angle.cos(), angle.sin()], "links": links }))
    };
    std::fs::write(path, (0..NOTES).map(line).collect::<String>()).unwrap();
}

#[test]
fn a_method_that_loses_to_the_cosine_is_not_offered() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write_ring(&at.join("ring.jsonl"));
    let soil =
        Soil::grow(&at.join("ring.jsonl"), &SoilOptions { neighbors: 1, ..SoilOptions::default() }, &Silent).unwrap();
    let found = missing_links(&soil, 30, 0);
    let [response, cosine] = found.recalls.expect("there are links enough to ask");
    assert!(found.by_cosine && cosine > response, "{response} {cosine}");
    assert!(found.pairs.iter().all(|link| link.strength == link.cosine));
    let scores = evaluate(&soil, 10, 3, &Silent).links.unwrap();
    assert_eq!(scores.semafield, scores.cosine, "what is scored is what is offered");

    assert!(semafield(at, &["plant", "ring.jsonl", "--quiet"]).status.success());
    let seed = std::fs::read_to_string(at.join("ring.toml")).unwrap();
    let seed: String = seed
        .lines()
        .map(|line| if line.starts_with("neighbors") { "neighbors = 1\n".into() } else { format!("{line}\n") })
        .collect();
    std::fs::write(at.join("ring.toml"), seed).unwrap();
    let said = semafield(at, &["links", "ring.toml", "--json"]);
    assert_eq!(json_of(&said)["ranked_by"], "cosine");
    assert!(String::from_utf8_lossy(&said.stderr).contains("so pairs are ranked by cosine"));
}

#[test]
fn a_push_is_answered_by_the_linked_and_the_near() {
    let soil = soil(true);
    let answers = influence(&soil, 7, COUNT, 0);
    assert_eq!(answers.len(), COUNT - 1);
    assert!(answers.iter().map(|answer| answer.share).sum::<f64>() < 1.0);
    assert!(answers.is_sorted_by(|a, b| a.share >= b.share));
    assert!(answers[..6].iter().all(|answer| answer.linked), "{:?}", &answers[..8]);
    assert_eq!(answers.iter().filter(|answer| answer.linked).count(), 6);
    assert!((answers[0].cosine - soil.vectors.cosine(7, answers[0].note)).abs() < 1e-15);
}

#[test]
fn groups_are_named_by_what_they_are_about() {
    let soil = soil(true);
    let found = groups(&soil, 0);
    assert_eq!(found.of.len(), COUNT);
    assert_eq!(found.groups.iter().map(|group| group.notes.len()).sum::<usize>(), COUNT);
    for (number, group) in found.groups.iter().enumerate() {
        assert!(group.notes.iter().all(|&note| found.of[note] == number));
        assert!(group.coherence > 0.5 && group.coherence <= 1.0 + 1e-6, "{}", group.coherence);
        assert!(!group.name.contains("common"), "{}", group.name);
    }
    assert!(found.bridges.iter().all(|bridge| (0.0..1.0).contains(bridge)));
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let soil = soil(true);
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (evaluate(&soil, 10, 5, &Silent), groups(&soil, 5), missing_links(&soil, 30, 5)))
    };
    let one = with_threads(1);
    assert_eq!(one, with_threads(2));
    assert_eq!(one, with_threads(5));
}

#[test]
fn a_riddle_of_no_links_has_no_answer() {
    let soil = soil(true);
    let response = semafield::answers::Response::new(
        &semafield::answers::Web::joined(&Near::of(&soil.neighbors, COUNT), 2.0, &known_links(&soil)),
        1.0,
    );
    assert_eq!(Riddle::new(COUNT, &known_links(&soil), &[]).recall(&response, 10), None);
}

fn semafield(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_semafield"))
        .args(arguments)
        .current_dir(folder)
        .env("SEMAFIELD_CACHE", folder.join("cache"))
        .output()
        .unwrap()
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn commands_answer_in_json_and_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write_notes(&at.join("notes.jsonl"), true, true);
    assert!(semafield(at, &["plant", "notes.jsonl", "--quiet"]).status.success());
    assert!(std::fs::read_dir(at.join("cache")).unwrap().count() == 1, "planting keeps what running needs");

    let scores = json_of(&semafield(at, &["evaluate", "notes.toml", "--json"]));
    assert_eq!(keys(&scores), ["groups", "links"]);
    let mut names = keys(&scores["links"]);
    names.sort_unstable();
    assert_eq!(names, ["adamic_adar", "cosine", "pagerank", "pagerank_neighbors", "semafield"]);
    let mut names = keys(&scores["groups"]);
    names.sort_unstable();
    assert_eq!(names, ["hdbscan", "kmeans", "semafield"]);

    let links = json_of(&semafield(at, &["links", "notes.toml", "--top", "7", "--json"]));
    assert_eq!(links["links"].as_array().unwrap().len(), 7);
    assert_eq!(links["ranked_by"], "response");
    let answers = json_of(&semafield(at, &["influence", "notes.toml", "--note", "Note 7", "--top", "3", "--json"]));
    assert_eq!((answers["note"].as_str(), answers["answers"].as_array().unwrap().len()), (Some("7"), 3));

    let words = semafield(at, &["evaluate", "notes.toml", "--top", "5"]);
    assert!(String::from_utf8_lossy(&words.stdout).contains("recall@5"));
    let words = semafield(at, &["links", "notes.toml"]);
    assert_eq!(String::from_utf8_lossy(&words.stdout).lines().count(), 21);
    let unknown = semafield(at, &["influence", "notes.toml", "--note", "nobody"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("`nobody`"));
}

#[test]
fn notes_without_links_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write_notes(&at.join("notes.jsonl"), false, false);
    assert!(semafield(at, &["plant", "notes.jsonl", "--quiet"]).status.success());
    for command in ["links", "evaluate"] {
        let refused = semafield(at, &[command, "notes.toml", "--json"]);
        assert_eq!(refused.status.code(), Some(2), "{command}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("link"), "{command}");
        assert!(refused.stdout.is_empty());
    }
}
