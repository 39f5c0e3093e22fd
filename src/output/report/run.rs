//! The head of the page, and what was run: parameters, back end, speed, digests, the seed itself.

use std::fmt::Write as _;

use super::html::{count, duration, escape, number, paragraphs, prefixed};
use super::{ReportInput, summary};
use crate::output::manifest::Manifest;

/// Warnings shown openly; more are folded.
const MOST_OPEN: usize = 4;

/// The title of the run, never empty.
pub(super) fn title(manifest: &Manifest) -> String {
    if manifest.title.trim().is_empty() { "A grown field".to_owned() } else { manifest.title.clone() }
}

/// Title, summary, the main figures, warnings.
pub(super) fn header(input: &ReportInput) -> String {
    let manifest = &input.manifest;
    let text = if input.summary.trim().is_empty() { summary::summary(input) } else { input.summary.clone() };
    let mut figures =
        vec![("time reached", number(manifest.time)), ("cells", shape(manifest)), ("steps", count(manifest.steps))];
    if manifest.wall_seconds > 0.0 {
        figures.push(("took", duration(manifest.wall_seconds)));
    }
    if !input.notes.is_empty() {
        figures.insert(0, ("notes", count(input.notes.len() as u64)));
    }
    let figures: String =
        figures.into_iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>")).collect();
    format!(
        "<header>\n<p class=\"kicker\">semafield <span>report of a run</span></p>\n<h1 dir=\"auto\">{}</h1>\n\
         {}<dl class=\"figures\">{figures}</dl>\n{}{}</header>\n",
        escape(&title(manifest)),
        paragraphs(&text, "lead"),
        remarks("Warnings", "warning", &manifest.warnings),
        remarks("Notices", "notice", &manifest.notices),
    )
}

/// A list of remarks, folded if long.
fn remarks(name: &str, class: &str, texts: &[String]) -> String {
    if texts.is_empty() {
        return String::new();
    }
    let items: String = texts.iter().map(|text| format!("<li dir=\"auto\">{}</li>\n", escape(text))).collect();
    let open = if texts.len() <= MOST_OPEN && class == "warning" { " open" } else { "" };
    format!(
        "<details class=\"remarks {class}\"{open}><summary>{name} <span>{}</span></summary><ul>\n{items}</ul></details>\n",
        texts.len()
    )
}

fn shape(manifest: &Manifest) -> String {
    if manifest.shape.len() > 1 {
        manifest.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ")
    } else {
        count(manifest.cells)
    }
}

/// What was run.
pub(super) fn section(input: &ReportInput) -> String {
    let manifest = &input.manifest;
    let mut out =
        String::from("<section id=\"run\">\n<h2>What was run</h2>\n<div class=\"ledger\">\n<dl class=\"facts\">\n");
    for (name, value) in facts(manifest) {
        if !value.is_empty() {
            let _ = writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value));
        }
    }
    out += "</dl>\n";
    out += &parameters(input);
    out += "</div>\n";
    if !input.seed_text.is_empty() {
        let seed = escape(&input.seed_text);
        let _ = writeln!(
            out,
            "<details><summary>The seed</summary>\n<p class=\"note\">All that is needed to grow this field again.</p>\n\
             <pre tabindex=\"0\"><code>{seed}</code></pre></details>"
        );
    }
    out + &digests(manifest) + "</section>\n"
}

fn facts(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let threads = if manifest.threads > 1 { format!(", {} threads", manifest.threads) } else { String::new() };
    let (speed, traffic) = (manifest.cell_updates_per_second, manifest.bytes_per_cell_step);
    let known = |value: f64, text: String| if value > 0.0 { text } else { String::new() };
    let place = format!("{}, {}{threads}", manifest.backend, manifest.precision);
    let mut facts = vec![
        ("Back end", if manifest.backend.is_empty() { String::new() } else { place }),
        ("Adapter", manifest.adapter.clone()),
        ("Driver", manifest.driver.clone()),
        ("Grid", if manifest.cells > 0 { format!("{} cells", shape(manifest)) } else { String::new() }),
        ("Steps", known(manifest.dt, format!("{} of {}", count(manifest.steps), number(manifest.dt)))),
        ("Speed", known(speed, format!("{}cell updates/s", prefixed(speed)))),
        ("Traffic", known(traffic, format!("{} bytes per cell and step", number(traffic)))),
        ("Wall time", known(manifest.wall_seconds, duration(manifest.wall_seconds))),
    ];
    let parts = manifest.seconds.iter().map(|(part, &seconds)| format!("{part} {}", duration(seconds)));
    facts.push(("Spent on", parts.collect::<Vec<_>>().join(", ")));
    if let Some(layout) = manifest.layout {
        let quality = format!(
            "trustworthiness {}, neighbour recall {} (k = {}, {} notes)",
            number(layout.trustworthiness),
            number(layout.neighbor_recall),
            layout.neighbors,
            layout.notes
        );
        facts.push(("Layout", quality));
    }
    facts.push(("semafield", manifest.version.clone()));
    facts.push(("Seed hash", manifest.seed_hash.chars().take(16).collect()));
    facts.push(("Soil hash", manifest.soil_hash.iter().flat_map(|hash| hash.chars()).take(16).collect()));
    facts
}

fn parameters(input: &ReportInput) -> String {
    if input.manifest.parameters.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<table class=\"parameters\"><caption>Parameters</caption><thead class=\"quiet\"><tr><th scope=\"col\">Name\
         </th><th scope=\"col\">Value</th><th scope=\"col\">Meaning</th></tr></thead><tbody>\n",
    );
    for (name, &value) in &input.manifest.parameters {
        let meaning = input.parameter_docs.get(name).map_or_else(String::new, |doc| escape(doc));
        let name = escape(name);
        let _ = writeln!(out, "<tr><td><code>{name}</code></td><td>{}</td><td>{meaning}</td></tr>", number(value));
    }
    out + "</tbody></table>\n"
}

/// The last digests, by which a repetition can be compared; all of them are in the manifest.
fn digests(manifest: &Manifest) -> String {
    let Some(last) = manifest.digests.last() else { return String::new() };
    let mut out = format!(
        "<details><summary>Digests after step {}</summary>\n<p class=\"note\">BLAKE3 of the fields' bytes. The same \
         seed gives the same digests on the CPU, whatever the machine and the number of threads.</p>\n\
         <dl class=\"facts hashes\">\n",
        count(last.step)
    );
    for (field, hash) in &last.fields {
        let _ = writeln!(out, "<div><dt>{}</dt><dd><code>{}</code></dd></div>", escape(field), escape(hash));
    }
    out + "</dl></details>\n"
}

/// The last line of the page.
pub(super) fn footer(manifest: &Manifest) -> String {
    let version = if manifest.version.is_empty() { String::new() } else { format!(" {}", escape(&manifest.version)) };
    format!(
        "<footer><p>Made by semafield{version}. Arrays, tables and full pictures lie beside this page; an observation \
         can be read, not loaded back: the seed re-grows the field.</p></footer>\n"
    )
}
