//! The commands and options of design.md section 4.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use semafield::seed::ROLES;

/// A living field over your notes: plant, run, replay.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Grow a seed without a window and write pictures, tables, arrays and a report
    Run(Run),
    /// Open the window: watch the field, touch it, and keep every touch
    #[cfg(feature = "app")]
    Open(Open),
    /// Write a ready seed for a folder of notes, a table or an array of vectors
    Plant(Plant),
    /// Validate a seed; print what it means, what it costs, and how small waves grow
    Check(Check),
    /// Print the shader or the program that a seed becomes
    Emit(Emit),
    /// Critical points, persistence pairs and defects of one array
    Topology(Topology),
    /// Check every back end of this machine against exact answers
    Verify(Verify),
    /// Measure how fast fields step here, and how fast topology and soil are
    Bench(Bench),
    /// Many runs of one seed: every combination of values, side by side; or an experiment's file with its tests
    Sweep(Sweep),
    /// Can a field be carried over? Five ways, each with its prediction and its test
    Transfer(Transfer),
    /// Pairs of notes that answer each other strongly and are not linked
    Links(Links),
    /// Who answers when one note is pushed
    Influence(Influence),
    /// Whether the tangent frames of the notes carry meaning, beside frames that carry none
    Frames(Frames),
    /// How well links and groups predict links that were hidden and tags, beside other methods
    Evaluate(Evaluate),
    /// List the back ends and adapters of this machine, with their limits
    Devices(Devices),
}

/// Where and how a seed is grown.
#[derive(Debug, Args)]
pub(crate) struct Where {
    /// auto: a hardware GPU, else the CPU
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) backend: Backend,
    /// Part of the name of a GPU adapter, which is then taken
    #[arg(long, value_name = "NAME")]
    pub(crate) adapter: Option<String>,
    /// Threads of the CPU back end [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// f64 is for the CPU back end [default: f32]
    #[arg(long, value_enum)]
    pub(crate) precision: Option<Precision>,
}

/// How a result is printed: for people, unless asked otherwise.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Form {
    /// One JSON object and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    Auto,
    Cpu,
    Gpu,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Precision {
    F32,
    F64,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The seed; without it the bundled demo
    pub(crate) seed: Option<PathBuf>,
    /// The folder to write [default: out/<seed name>]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Stop at this time instead of the seed's (with --trace: where the run stopped, or at the last line if that is later)
    #[arg(long, value_name = "T")]
    pub(crate) until: Option<f64>,
    /// Change a parameter, or a dotted key such as time.dt
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    #[command(flatten)]
    pub(crate) place: Where,
    /// Live a trace again, all acts of the window included; SEED may be left out, and so may where and how it was lived
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// Replay a trace although something differs; the manifest says so
    #[arg(long, requires = "trace")]
    pub(crate) anyway: bool,
    /// Let the report hold the notes' text
    #[arg(long)]
    pub(crate) with_text: bool,
    /// No progress bar and no summary
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[cfg(feature = "app")]
#[derive(Debug, Args)]
pub(crate) struct Open {
    /// A seed, notes, vectors or a trace; without it the bundled demo
    pub(crate) seed: Option<PathBuf>,
    /// The folder for traces, pictures and tables [default: out]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Keep times between pictures and delays from a touch to its picture in this JSON file, written anew every second
    #[arg(long, value_name = "FILE")]
    pub(crate) measure: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// A role and the name of the column that plays it.
fn role(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((role, name)) if ROLES.contains(&role) && !name.is_empty() => Ok((role.to_owned(), name.to_owned())),
        _ => Err(format!("give ROLE=NAME, such as text=body; roles are {}", ROLES.join(", "))),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Plant {
    /// A folder of .md or .txt notes, a table (.parquet, .jsonl, .csv, .tsv) or an array (.npy, .npz, .safetensors)
    #[arg(required_unless_present = "update")]
    pub(crate) source: Option<PathBuf>,
    /// The seed to write [default: NAME.toml here]; never overwritten
    #[arg(long, value_name = "SEED.toml", conflicts_with = "update")]
    pub(crate) out: Option<PathBuf>,
    /// What a column of a table is, or an array of an archive: vector, id, title, text, tags, links, x or y
    #[arg(long = "column", value_name = "ROLE=NAME", value_parser = role, conflicts_with = "update")]
    pub(crate) columns: Vec<(String, String)>,
    /// Place the new and changed notes of a seed on its map; the others stay where they are. SOURCE: where the notes are now
    #[arg(long, value_name = "SEED.toml")]
    pub(crate) update: Option<PathBuf>,
    /// Keep the map on which a trace left the notes: where they were pulled to, and where it settled
    #[arg(long, value_name = "TRACE", requires = "update", conflicts_with = "source")]
    pub(crate) map: Option<PathBuf>,
    /// No progress bar
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The seed; without it the bundled demo
    pub(crate) seed: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Emit {
    /// The seed; without it the bundled demo
    pub(crate) seed: Option<PathBuf>,
    /// The WGSL modules of the GPU back end (default)
    #[arg(long, conflicts_with = "program")]
    pub(crate) wgsl: bool,
    /// The program that both back ends are generated from
    #[arg(long)]
    pub(crate) program: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// One back end only [default: all here; software GPUs run the short checks]
    #[arg(long, value_enum)]
    pub(crate) backend: Option<Backend>,
    /// One precision only [default: both]
    #[arg(long, value_enum)]
    pub(crate) precision: Option<Precision>,
    /// Also the checks that take minutes
    #[arg(long)]
    pub(crate) long: bool,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Transfer {
    /// A seed with a complex field and without a donor; left out, a small bundled turbulence (minutes)
    pub(crate) seed: Option<PathBuf>,
    /// The folder to write [default: out/transfer-<seed name>]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Donors, each with a twin in every arm
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) repeats: u32,
    /// Time for which each pair is followed after the seed's own stop [default: until an f64 copy is lost]
    #[arg(long, value_name = "T")]
    pub(crate) until: Option<f64>,
    /// Sides of blocks over which a twin hears its donor, separated by commas [default: about pi xi]
    #[arg(long, value_name = "H", value_delimiter = ',')]
    pub(crate) block: Vec<f64>,
    /// Gains of what it hears, separated by commas [default: about the growth rates]
    #[arg(long, value_name = "G", value_delimiter = ',')]
    pub(crate) gain: Vec<f64>,
    /// Change a parameter, or a dotted key such as domain.shape
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Growths at a time [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Whose notes are asked about.
#[derive(Debug, Args)]
pub(crate) struct Notes {
    /// The seed that names the notes; without it the bundled demo
    pub(crate) seed: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Links {
    #[command(flatten)]
    pub(crate) notes: Notes,
    /// So many pairs
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) top: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Influence {
    #[command(flatten)]
    pub(crate) notes: Notes,
    /// The note that is pushed: its id, or its title if no other note has it
    #[arg(long, value_name = "ID")]
    pub(crate) note: String,
    /// So many answers
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) top: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Frames {
    #[command(flatten)]
    pub(crate) notes: Notes,
    /// So many times the rotations are shuffled
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) shuffles: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    #[command(flatten)]
    pub(crate) notes: Notes,
    /// So many candidates per note count
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) top: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// cgle, gray-scott, twin, heat3d, defects, persistence, neighbors or layout [default: all]
    pub(crate) case: Option<String>,
    /// Where fields step
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) backend: Backend,
    /// Part of the name of a GPU adapter
    #[arg(long, value_name = "NAME")]
    pub(crate) adapter: Option<String>,
    /// Threads [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Cells along each axis, or notes [default: several]
    #[arg(long, value_name = "N")]
    pub(crate) size: Option<usize>,
    /// Steps, or calls, per round [default: as many as fill a fraction of a second]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) steps: Option<u64>,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Sweep {
    /// A seed, or an experiment's file
    #[arg(value_name = "SEED|EXPERIMENT.toml")]
    pub(crate) seed: PathBuf,
    /// Vary a parameter or a dotted key: a range FROM:TO:COUNT or a list V1,V2,...; every combination is run
    #[arg(long, value_name = "NAME=VALUES", allow_hyphen_values = true)]
    pub(crate) set: Vec<String>,
    /// Runs of each combination, with random seeds of their own [default: 1, or the experiment's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) repeats: Option<u64>,
    /// Runs at the same time [default: as many as there are processors; on a GPU, where they share each submission, as many
    /// as together have 2^26 cell updates in 64 steps, at most 64]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// Stop at this time instead of the seed's
    #[arg(long, value_name = "T")]
    pub(crate) until: Option<f64>,
    /// One of the experiment's sizes
    #[arg(long, value_name = "NAME")]
    pub(crate) size: Option<String>,
    /// The folder to write; what is finished there is kept [default: out/NAME-sweep or out/NAME-SIZE]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) form: Form,
    /// No progress bar and no summary
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Devices {
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Topology {
    /// An array of two axes (y, x): real, integer or complex
    pub(crate) field: PathBuf,
    /// What lies beyond its ends
    #[arg(long, value_enum, default_value = "box")]
    pub(crate) boundary: Boundary,
    /// 4: values on vertices, 8: on top cells of the cubical complex, 6: Freudenthal's triangulation
    #[arg(long, value_name = "4|6|8", default_value = "6", value_parser = ["4", "6", "8"])]
    pub(crate) connectivity: String,
    /// From the highest value downwards
    #[arg(long)]
    pub(crate) superlevel: bool,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Boundary {
    Periodic,
    Box,
}
