//! `semafield evaluate`

use semafield::answers::{Evaluation, evaluate as score};
use semafield::error::Error;

use super::notes;
use crate::cli;
use crate::progress::Bars;

pub(crate) fn evaluate(arguments: &cli::Evaluate) -> anyhow::Result<()> {
    let (soil, rng_seed) = notes::grow(&arguments.notes)?;
    let bars = Bars::new(arguments.notes.form.json);
    let scores = score(&soil, arguments.top as usize, rng_seed, &bars);
    bars.finish();
    if scores.links.is_none() && scores.groups.is_none() {
        let why = "the notes have too few links to hide any, and no tags: there is nothing to hold answers against";
        return Err(Error::Input(why.into()).into());
    }
    if scores.links.is_none() {
        super::say("note: there are too few links to hide any, so links are not judged");
    }
    if scores.groups.is_none() {
        super::say("note: no note has a tag, so groups are not judged");
    }
    super::answer(arguments.notes.form, &scores, || table(&scores, arguments.top))
}

fn table(scores: &Evaluation, top: u32) -> String {
    let mut lines = Vec::new();
    if let Some(links) = &scores.links {
        lines.push(format!("recall@{top} of a fifth of the links, hidden"));
        let rows = [
            ("semafield: what `links` answers", links.semafield),
            ("cosine", links.cosine),
            ("PageRank on links", links.pagerank),
            ("PageRank on links and neighbours", links.pagerank_neighbors),
            ("Adamic-Adar", links.adamic_adar),
        ];
        lines.extend(rows.map(|(name, value)| format!("  {value:.4}  {name}")));
        let rivals = [links.cosine, links.pagerank, links.pagerank_neighbors, links.adamic_adar];
        if rivals.into_iter().any(|rival| rival > links.semafield) {
            lines.push("  another method finds more of your links: don't rely on `links` here".to_owned());
        }
    }
    if let Some(groups) = &scores.groups {
        lines.push("agreement of groups with first tags (normalised mutual information)".to_owned());
        let rows =
            [("semafield: locking", groups.semafield), ("k-means, 20", groups.kmeans), ("HDBSCAN", groups.hdbscan)];
        lines.extend(rows.map(|(name, value)| format!("  {value:.4}  {name}")));
        if groups.kmeans.max(groups.hdbscan) > groups.semafield {
            lines.push("  another method agrees better with your tags: don't rely on groups here".to_owned());
        }
    }
    lines.join("\n") + "\n"
}
