//! `semafield frames`

use semafield::error::Error;
use semafield::soil::connection::{Connection, Frustration, Null};
use serde::Serialize;

use super::notes;
use crate::cli;
use crate::progress::Bars;

/// What is known of the frames of some notes.
#[derive(Serialize)]
struct Summary {
    notes: usize,
    edges: usize,
    unsatisfied: usize,
    /// Median over notes of `(lambda_2 - lambda_3) / lambda_2` of the local PCA.
    median_gap: f64,
    median_confidence: f64,
    triangles: usize,
    /// Mean over triangles of the flux's size, in radians.
    mean_abs_flux: f64,
    frustration: Frustration,
    /// Whether the frames agree better than both nulls.
    meaningful: bool,
}

pub(crate) fn frames(arguments: &cli::Frames) -> anyhow::Result<()> {
    let (soil, rng_seed) = notes::grow(&arguments.notes)?;
    let planes = soil.tangent_planes();
    let connection = Connection::of(&planes, &soil.neighbors);
    let bars = Bars::new(arguments.notes.form.json);
    let found = soil.frustration(&connection, arguments.shuffles as usize, rng_seed, &bars);
    bars.finish();
    let frustration = found.ok_or_else(|| {
        let help = "bring more notes, with vectors of at least three numbers and some that are alike";
        Error::Input(format!("no two notes have tangent planes that can be compared\n  = help: {help}"))
    })?;
    let triangles = connection.triangles();
    let fluxes: Vec<f64> = triangles.iter().filter_map(|&corners| connection.flux(corners)).map(f64::abs).collect();
    let summary = Summary {
        notes: connection.count,
        edges: connection.edges.len(),
        unsatisfied: connection.unsatisfied,
        median_gap: median(planes.gaps),
        median_confidence: median(connection.edges.iter().map(|edge| edge.confidence).collect()),
        triangles: triangles.len(),
        mean_abs_flux: fluxes.iter().sum::<f64>() / fluxes.len().max(1) as f64,
        meaningful: frustration.is_meaningful(),
        frustration,
    };
    super::answer(arguments.notes.form, &summary, || table(&summary, arguments.shuffles))
}

/// The middle of some numbers; 0 of none.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}

fn table(summary: &Summary, shuffles: u32) -> String {
    let Summary { notes, edges, unsatisfied, triangles, frustration, .. } = summary;
    let Frustration { least, shuffled, unstructured, random, parallel, onset, .. } = frustration;
    let share = 100.0 * *unsatisfied as f64 / *edges as f64;
    let verdict = match (summary.meaningful, shuffled.z < -3.0) {
        (true, _) => "these frames agree better than chance: they carry meaning",
        (false, true) => {
            "these frames agree no better than those of random vectors: their neighbourhoods overlap, that is all"
        }
        (false, false) => "these frames agree no better than chance: read nothing into them",
    };
    let line =
        |null: &Null, what: &str| format!("  {:.6} +- {:.6}  {what}, z = {:.1}\n", null.mean, null.deviation, null.z);
    format!(
        "{notes} notes, {edges} edges, {triangles} triangles\n\
         planes: median gap {:.3} (1: a surface, 0: any other plane would do), median confidence {:.3}\n\
         edges that can't be oriented: {unsatisfied} ({share:.1} %)\n\
         mean |flux| of a triangle: {:.3}\n\
         frustration, the least eigenvalue of the normalised connection Laplacian ({} notes, {} edges)\n  \
         {least:.6}              these frames\n{}{}{}  \
         {parallel:.6}              no rotation\n\
         {verdict}\n\
         a field on this graph begins to cohere at a gain of {onset:.6}\n",
        summary.median_gap,
        summary.median_confidence,
        summary.mean_abs_flux,
        frustration.notes,
        frustration.edges,
        line(shuffled, &format!("their rotations shuffled ({shuffles} times)")),
        line(unstructured, "frames of random vectors on this graph"),
        line(random, "random rotations"),
    )
}
