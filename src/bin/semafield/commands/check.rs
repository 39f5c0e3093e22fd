//! `semafield check`

use semafield::linear::MOST_COMPONENTS;
use semafield::run::examine::{DonorLine, Examination, GraphLine, WaveLine, bytes, examine, extent};
use semafield::source::Source;

use super::place::place;
use crate::cli;
use crate::progress::Bars;

pub(crate) fn check(arguments: &cli::Check) -> anyhow::Result<()> {
    let source = Source::open(arguments.seed.as_deref())?;
    let place = place(&arguments.place, &source.folder, None)?;
    let bars = Bars::new(arguments.form.json);
    let examined = examine(&source.text, &source.file, &place, &bars);
    bars.finish();
    let examined = examined?;
    if arguments.form.json {
        return super::print(&format!("{}\n", serde_json::to_string(&examined)?));
    }
    for warning in &examined.warnings {
        super::warn(warning);
    }
    super::print(&text(&examined))
}

fn text(examined: &Examination) -> String {
    let domain = match &examined.graph {
        Some(graph) => on_graph(examined.shape[0], graph),
        None => extent(&examined.shape, &examined.spacing),
    };
    let mut lines = vec![format!("{}: {domain}", examined.title)];
    if let Some(notes) = examined.notes {
        lines.push(format!("  over {notes} notes"));
    }
    lines.push("\nequations".into());
    for field in &examined.fields {
        lines.push(format!("  d{}/dt = {}    ({})", field.name, field.equation, field.kind));
    }
    if examined.graph.is_none() {
        lines.push("\nwalls".into());
    }
    for field in examined.fields.iter().filter(|_| examined.graph.is_none()) {
        let sides: Vec<String> = (examined.walls.iter().filter(|wall| wall.field == field.name))
            .map(|wall| format!("{}: {}", wall.side, wall.condition))
            .collect();
        lines.push(format!("  {:<8} {}", field.name, sides.join("; ")));
    }
    lines.extend(examined.donor.iter().map(donor));
    lines.push(format!(
        "\nsteps\n  {} steps of {}{} ({})",
        examined.steps,
        examined.dt,
        if examined.dt_auto { " (auto)" } else { "" },
        examined.scheme
    ));
    lines.push(match examined.stability_bound {
        Some(bound) => format!("  linear stability bound on dt: {bound:.5}"),
        None if !examined.linearized => format!(
            "  no linear stability bound, no small waves: the fields have more than {MOST_COMPONENTS} real components"
        ),
        None => "  nothing in the linearised equations bounds dt".into(),
    });
    if examined.graph.is_none() && examined.linearized {
        lines.push("\nsmall waves about the mean initial state (maps at their largest)".into());
        lines.push(match &examined.small_waves.fastest {
            Some(wave) => format!("  fastest growing: {}", describe(*wave)),
            None => "  none grows".into(),
        });
    }
    lines.extend(examined.small_waves.sample.iter().map(|&wave| format!("  {}", describe(wave))));
    lines.push(format!(
        "\ncost\n  memory {}, {} bytes per cell and step\n  about {} to look at what it holds, several times that where a \
         field is rough\n  about {} of stepping on the {} back end",
        bytes(examined.memory_bytes),
        examined.bytes_per_cell_step,
        bytes(examined.observing_bytes),
        duration(examined.seconds_to_grow),
        examined.backend
    ));
    lines.join("\n") + "\n"
}

fn donor(donor: &DonorLine) -> String {
    let seed = donor.seed.as_ref().map_or("this seed once more", |seed| seed);
    let numbers = |list: &[f64]| list.iter().map(|length| format!("{length}")).collect::<Vec<_>>().join(" x ");
    let cells: Vec<String> = donor.shape.iter().map(ToString::to_string).collect();
    let heard = if donor.nudges.is_empty() {
        "nothing is heard of it".to_owned()
    } else {
        format!(
            "{} over blocks of {}, every {}, {} later, noise {}{}",
            donor.nudges.join(", "),
            numbers(&donor.block),
            donor.every,
            donor.delay,
            donor.noise,
            if donor.mutual { "; both ways" } else { "" }
        )
    };
    format!("\ndonor\n  {seed}, rng_seed {}, {} cells\n  {heard}", donor.rng_seed, cells.join(" x "))
}

fn on_graph(nodes: usize, graph: &GraphLine) -> String {
    let triangles = graph.triangles.map_or(String::new(), |triangles| format!(", {triangles} triangles"));
    format!("{nodes} nodes, {} edges{triangles}; weighted degree up to {:.4}", graph.edges, graph.largest_degree)
}

fn describe(wave: WaveLine) -> String {
    let length = if wave.wavenumber == 0.0 {
        "uniform".to_owned()
    } else {
        format!("wavelength {:.4}", std::f64::consts::TAU / wave.wavenumber)
    };
    format!("{length:<22} rate {:+.6}, frequency {:.6}", wave.rate, wave.frequency)
}

/// Seconds as a person says them.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "less than a second".into(),
        s if s < 120.0 => format!("{s:.0} seconds"),
        s if s < 7200.0 => format!("{:.0} minutes", s / 60.0),
        s => format!("{:.1} hours", s / 3600.0),
    }
}
