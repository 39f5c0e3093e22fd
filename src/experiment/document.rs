//! The experiment as a file: `experiment.toml`.
//!
//! In: its text. Out: an [`Experiment`], or all mistakes at once with their places, as for seeds. Keys are taken out of their
//! tables one by one; what is left is unknown. `[sizes.NAME]` overrides what stands above it, and is chosen by name.
//! A key of the seed may be written with dots (`domain.shape`) or in quotes.

use super::axis::Axis;
use super::measures::{Measure, What, energy};
use super::plan::{Experiment, Hypothesis};
use super::verdict::{Selection, Test, TestKind};
use crate::diagnostic::{Diagnostic, Span, excerpt, suggest};
use crate::error::Error;
use crate::seed::document::{find, read};
use crate::seed::reader::{Reader, Table, Value};
use crate::seed::{Text, is_identifier};
use crate::source::Source;

/// The format that this version reads: the value of the key `semafield_experiment`.
const VERSION: u64 = 1;

/// Whether a text is an experiment rather than a seed.
pub fn is_experiment(text: &str) -> bool {
    read("experiment", text).is_ok_and(|(root, _)| find(&root, &["semafield_experiment"]).is_some())
}

/// Reads an experiment in one of its sizes.
pub fn from_file(source: &Source, size: Option<&str>) -> Result<Experiment, Error> {
    let refused = |diagnostics: Vec<Diagnostic>| Error::Seed {
        file: source.file.clone(),
        text: source.text.clone(),
        diagnostics,
    };
    let (root, mut diagnostics) = read("experiment", &source.text).map_err(refused)?;
    let mut reader = Reader::new("the experiment", &source.text, &mut diagnostics);
    let top = reader.top(&root);
    let parsed = Document { reader: &mut reader, text: &source.text }.experiment(top, size);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    let (mut experiment, seed) = parsed.filter(|_| diagnostics.is_empty()).ok_or_else(|| refused(diagnostics))?;
    experiment.seed = open_seed(source, &seed)?;
    experiment.document = Some(source.clone());
    Ok(experiment)
}

/// The seed beside the experiment, else the bundled one of that name.
fn open_seed(source: &Source, seed: &Text) -> Result<Source, Error> {
    let path = source.folder.join(&seed.value);
    if path.is_file() {
        return Source::open(Some(&path));
    }
    let name = if seed.value.ends_with(".toml") { seed.value.clone() } else { format!("{}.toml", seed.value) };
    Source::bundled(&name).map_err(|_| {
        let names: Vec<String> = crate::source::bundle().into_iter().map(|seed| seed.file).collect();
        let diagnostic = Diagnostic::error(format!("there is no seed `{}`", excerpt(&seed.value)))
            .at(seed.span, "neither a file here nor bundled")
            .note("a path is relative to the experiment's folder")
            .note(format!("bundled are {}", names.join(", ")));
        Error::Seed { file: source.file.clone(), text: source.text.clone(), diagnostics: vec![diagnostic] }
    })
}

/// Reads the sections.
struct Document<'r, 'a> {
    reader: &'r mut Reader<'a>,
    text: &'a str,
}

/// What a size can override.
#[derive(Default)]
struct Extent {
    repeats: Option<u64>,
    until: Option<f64>,
    set: Vec<(String, String)>,
    axes: Vec<Axis>,
}

impl<'a> Document<'_, 'a> {
    fn experiment(mut self, mut top: Table<'a>, size: Option<&str>) -> Option<(Experiment, Text)> {
        self.version(&mut top);
        let title = top.optional("title").and_then(|value| self.reader.text(&value));
        let example = "seed = \"seed.toml\": the seed that is varied";
        let seed = self.reader.required(&mut top, "seed", example).and_then(|value| self.reader.text(&value));
        let extent = self.extent(&mut top);
        let measures = top.optional("measures").map_or_else(Vec::new, |value| self.measures(&value));
        let hypothesis = top.optional("hypothesis").map_or_else(Hypothesis::default, |value| self.hypothesis(&value));
        let tests = top.optional("tests").map_or_else(Vec::new, |value| self.tests(&value));
        let readings = top.optional("readings").map_or_else(Vec::new, |value| self.selection(&value));
        let sizes = top.optional("sizes").map_or_else(Vec::new, |value| self.sizes(&value));
        let synonyms = [
            ("test", "tests"),
            ("size", "sizes"),
            ("axis", "axes"),
            ("measure", "measures"),
            ("vary", "axes"),
            ("reading", "readings"),
            ("semafield", "semafield_experiment"),
        ];
        self.reader.finish(top, &synonyms);
        let mut experiment = Experiment {
            title: title.map_or_else(String::new, |title| title.value),
            repeats: 1,
            measures,
            hypothesis,
            tests,
            readings,
            ..Experiment::default()
        };
        extent.apply(&mut experiment);
        if let Some(wanted) = size {
            let names: Vec<String> = sizes.iter().map(|(name, _)| name.clone()).collect();
            match sizes.into_iter().find(|(name, _)| name == wanted) {
                Some((_, extent)) => extent.apply(&mut experiment),
                None => self.no_size(wanted, &names),
            }
        }
        seed.filter(|_| self.reader.complete()).map(|seed| (experiment, seed))
    }

    fn no_size(&mut self, wanted: &str, names: &[String]) {
        let meant = suggest(wanted, names.iter().map(String::as_str));
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if names.is_empty() => "it has no [sizes.NAME]: leave --size out".to_owned(),
            None => format!("its sizes are {}", names.join(", ")),
        };
        let message = format!("the experiment has no size `{}`", excerpt(wanted));
        self.reader.refuse(Diagnostic::error(message).note(help));
    }

    fn version(&mut self, top: &mut Table<'a>) {
        let example = "semafield_experiment = 1 as the first line: the version of the format";
        let Some(value) = self.reader.required(top, "semafield_experiment", example) else { return };
        if let Some(number) = self.reader.whole(&value).filter(|number| number.value != VERSION) {
            self.reader.refuse(
                Diagnostic::error(format!("format version {} is not known", number.value))
                    .at(number.span, format!("this semafield reads version {VERSION}")),
            );
        }
    }

    /// The keys that a size can override.
    fn extent(&mut self, table: &mut Table<'a>) -> Extent {
        let repeats = table.optional("repeats").and_then(|value| self.reader.count(&value));
        let until = table.optional("until").and_then(|value| self.reader.positive(&value));
        let set = table.optional("set").map_or_else(Vec::new, |value| self.selection(&value));
        let axes = table.optional("axes").map_or_else(Vec::new, |value| self.axes(&value));
        Extent {
            repeats: repeats.map(|repeats| repeats.value as u64),
            until: until.map(|until| until.value),
            set,
            axes,
        }
    }

    fn sizes(&mut self, value: &Value<'a>) -> Vec<(String, Extent)> {
        let Some(table) = self.reader.table(value) else { return vec![] };
        let mut sizes = Vec::new();
        for (name, value) in table.into_entries() {
            let Some(mut table) = self.reader.table(&value) else { continue };
            let extent = self.extent(&mut table);
            self.reader.finish(table, &[("repeat", "repeats"), ("stop", "until"), ("axis", "axes")]);
            sizes.push((name.value, extent));
        }
        sizes
    }

    /// The entries of a table, tables inside it opened: `domain.shape` is one key.
    fn flat(&mut self, value: &Value<'a>, above: &str, found: &mut Vec<(String, Span, Value<'a>)>) {
        let Some(table) = self.reader.table(value) else { return };
        for (name, value) in table.into_entries() {
            let key = if above.is_empty() { name.value.clone() } else { format!("{above}.{}", name.value) };
            if value.is_table() {
                self.flat(&value, &key, found);
            } else {
                found.push((key, name.span, value));
            }
        }
    }

    /// A value as `seed::set` takes it: texts decoded, all else as written.
    fn raw(&mut self, value: &Value<'a>) -> Option<String> {
        if value.is_text() {
            return self.reader.text(value).map(|text| text.value);
        }
        self.text.get(value.span.start..value.span.end).map(str::to_owned)
    }

    /// Keys and values.
    fn selection(&mut self, value: &Value<'a>) -> Selection {
        let mut entries = Vec::new();
        self.flat(value, "", &mut entries);
        entries.into_iter().filter_map(|(key, _, value)| Some((key, self.raw(&value)?))).collect()
    }

    fn axes(&mut self, value: &Value<'a>) -> Vec<Axis> {
        let mut entries = Vec::new();
        self.flat(value, "", &mut entries);
        let mut axes = Vec::new();
        for (key, span, value) in entries {
            let axis = if value.is_text() {
                self.reader.text(&value).map(|text| Axis::new(&key, text.value.trim()))
            } else if let Some(items) = value.is_list().then(|| self.reader.list(&value, "values")).flatten() {
                let values: Option<Vec<String>> = items.iter().map(|item| self.raw(item)).collect();
                values.filter(|values| !values.is_empty()).map(|values| Axis::of(&key, values))
            } else {
                self.raw(&value).map(|value| Axis::of(&key, vec![value]))
            };
            match axis {
                Some(Ok(axis)) => axes.push(axis),
                Some(Err(wrong)) => self.reader.refuse(wrong.at(value.span, "")),
                None => self.reader.refuse(Diagnostic::error("an axis without values").at(span, "needs a value")),
            }
        }
        axes
    }

    fn hypothesis(&mut self, value: &Value<'a>) -> Hypothesis {
        let Some(mut table) = self.reader.table(value) else { return Hypothesis::default() };
        let mut text = |reader: &mut Reader<'a>, key| {
            let text = table.optional(key).and_then(|value| reader.text(&value));
            text.map_or_else(String::new, |text| text.value.trim().to_owned())
        };
        let question = text(self.reader, "question");
        let null = text(self.reader, "null");
        let prediction = text(self.reader, "prediction");
        let words = [("rejected", true), ("kept", false)];
        let predicted = table.optional("predicted").and_then(|value| self.reader.word(&value, &words));
        self.reader.finish(table, &[("h0", "null"), ("expected", "prediction"), ("asks", "question")]);
        Hypothesis { question, null, prediction, predicted: predicted.map(|word| word.value) }
    }

    fn measures(&mut self, value: &Value<'a>) -> Vec<Measure> {
        let Some(table) = self.reader.table(value) else { return vec![] };
        let mut measures = Vec::new();
        for (name, value) in table.into_entries() {
            if !is_identifier(&name.value) {
                let message = format!("`{}` cannot be the name of a measure", excerpt(&name.value));
                let help = "names are a letter or `_`, then letters, digits and `_`";
                self.reader.refuse(Diagnostic::error(message).at(name.span, "not a name").note(help));
            } else if let Some(what) = self.measure(&value) {
                measures.push(Measure { name: name.value, what });
            }
        }
        measures
    }

    fn measure(&mut self, value: &Value<'a>) -> Option<What> {
        if !value.is_table() {
            return self.reader.text(value).map(|text| What::Series(text.value));
        }
        let mut table = self.reader.table(value)?;
        let example = "kind = \"spectrum\", and of = \"A\"";
        let kind = self.reader.required(&mut table, "kind", example)?;
        let kinds = [
            ("energy", Of::Energy),
            ("defects", Of::Defects),
            ("groups", Of::Groups),
            ("spectrum", Of::Spectrum),
            ("correlation", Of::Correlation),
            ("onset", Of::Onset),
            ("events", Of::Events),
        ];
        let what = match self.reader.word(&kind, &kinds)?.value {
            Of::Energy => self.energy(&mut table).map(What::Energy),
            Of::Defects => Some(What::Defects),
            Of::Groups => Some(What::Groups),
            Of::Spectrum => self.due(&mut table, "of", "of = \"A\"").map(What::Spectrum),
            Of::Correlation => self.due(&mut table, "of", "of = \"A\"").map(What::Correlation),
            Of::Onset => self.due(&mut table, "frames", "frames = \"soil.frame\"").map(What::Onset),
            Of::Events => self.events(&mut table),
        };
        self.reader.finish(table, &[("field", "of"), ("bins", "squares")]);
        what
    }

    fn due(&mut self, table: &mut Table<'a>, key: &'static str, example: &str) -> Option<String> {
        let value = self.reader.required(table, key, example)?;
        self.reader.text(&value).map(|text| text.value)
    }

    fn events(&mut self, table: &mut Table<'a>) -> Option<What> {
        const SQUARES: usize = 8;
        let time = table.optional("time").and_then(|value| self.reader.positive(&value)).map(|time| time.value);
        let squares = table.optional("squares").and_then(|value| self.reader.count(&value));
        let to = self.reader.required(table, "to", "to = {alpha = 0.0}: the values to compare with")?;
        let to = self.selection(&to);
        Some(What::Events { time, squares: squares.map_or(SQUARES, |squares| squares.value.min(1000)), to })
    }

    fn energy(&mut self, table: &mut Table<'a>) -> Option<energy::Parts> {
        let field = self.due(table, "field", "field = \"A\"");
        let gain = self.due(table, "gain", "gain = \"1\"");
        let mut given = |reader: &mut Reader<'a>, key| {
            table.optional(key).and_then(|value| reader.text(&value)).map(|text| text.value)
        };
        let coupling = given(self.reader, "coupling").unwrap_or_else(|| "1".into());
        let frames = given(self.reader, "frames");
        let memory = given(self.reader, "memory").zip(given(self.reader, "kappa")).map(|(a, b)| [a, b]);
        let anchor = given(self.reader, "anchor").zip(given(self.reader, "k_F")).map(|(a, b)| [a, b]);
        let curvature = given(self.reader, "lam");
        Some(energy::Parts { field: field?, gain: gain?, coupling, frames, memory, anchor, curvature })
    }

    fn tests(&mut self, value: &Value<'a>) -> Vec<Test> {
        let items = self.reader.list(value, "tests").unwrap_or_default();
        items.iter().filter_map(|item| self.test(item)).collect()
    }

    fn test(&mut self, value: &Value<'a>) -> Option<Test> {
        const LEVEL: f64 = 0.05;
        let mut table = self.reader.table(value)?;
        let example = "kind = \"slope\", \"difference\", \"outlier\" or \"equal\"";
        let kind = self.reader.required(&mut table, "kind", example);
        let measure = self.due(&mut table, "measure", "measure = \"NAME_mean\": a column of runs.parquet");
        let only = table.optional("where").map_or_else(Vec::new, |value| self.selection(&value));
        let level = table.optional("level").and_then(|value| self.reader.positive(&value));
        let level = level.map_or(LEVEL, |level| level.value);
        let kinds = [
            ("slope", Kind::Slope),
            ("difference", Kind::Difference),
            ("outlier", Kind::Outlier),
            ("equal", Kind::Equal),
        ];
        let kind = kind.and_then(|kind| self.reader.word(&kind, &kinds)).and_then(|kind| match kind.value {
            Kind::Slope => {
                let along = self.due(&mut table, "along", "along = \"KEY\": a numeric axis");
                along.map(|along| TestKind::Slope { along })
            }
            Kind::Difference => self.difference(&mut table),
            Kind::Outlier => self.outlier(&mut table),
            Kind::Equal => self.equal(&mut table),
        });
        if level >= 1.0 {
            let wrong = Diagnostic::error("`level` is out of range").at(value.span, "in this test");
            self.reader.refuse(wrong.note("a level is a probability, such as 0.05"));
        }
        self.reader.finish(table, &[("alpha", "level"), ("column", "measure"), ("only", "where"), ("axis", "along")]);
        Some(Test { measure: measure?, only, kind: kind?, level, span: value.span })
    }

    fn difference(&mut self, table: &mut Table<'a>) -> Option<TestKind> {
        let example = "between = [{eps = 0.0}, {eps = 0.5}]: two groups of runs";
        let value = self.reader.required(table, "between", example)?;
        let groups = self.reader.list(&value, "two groups of runs")?;
        let by = [("welch", false), ("permutation", true)];
        let by = table.optional("by").map_or(Some(false), |value| self.reader.word(&value, &by).map(|word| word.value));
        let [first, second] = &groups[..] else {
            let wrong = Diagnostic::error("`between` needs two groups of runs").at(value.span, "");
            self.reader.refuse(wrong.note(format!("write {example}")));
            return None;
        };
        let between = [self.selection(first), self.selection(second)];
        Some(TestKind::Difference { between, by_permutation: by? })
    }

    fn outlier(&mut self, table: &mut Table<'a>) -> Option<TestKind> {
        const DEVIATIONS: f64 = 3.0;
        let example = "of = {soil.frames = \"data\"}: the runs that are looked at";
        let of = self.reader.required(table, "of", example).map(|value| self.selection(&value));
        let example = "among = {soil.frames = \"shuffled\"}: the runs that they are set beside";
        let among = self.reader.required(table, "among", example).map(|value| self.selection(&value));
        let deviations = table.optional("deviations").and_then(|value| self.reader.positive(&value));
        let deviations = deviations.map_or(DEVIATIONS, |deviations| deviations.value);
        Some(TestKind::Outlier { of: of?, among: among?, deviations })
    }

    fn equal(&mut self, table: &mut Table<'a>) -> Option<TestKind> {
        let example = "to = \"baseline*(1 - kappa)\": a formula of the keys";
        let to = self.reader.required(table, "to", example).and_then(|value| self.reader.text(&value));
        let example = "tolerance = 0.05: the relative difference that counts as equal";
        let tolerance = self.reader.required(table, "tolerance", example);
        let tolerance = tolerance.and_then(|value| self.reader.positive(&value));
        let baseline = table.optional("baseline").map(|value| self.selection(&value));
        Some(TestKind::Equal { to: to?, tolerance: tolerance?.value, baseline })
    }
}

/// Kinds of measures.
#[derive(Clone, Copy)]
enum Of {
    Energy,
    Defects,
    Groups,
    Spectrum,
    Correlation,
    Onset,
    Events,
}

/// Kinds of tests.
#[derive(Clone, Copy)]
enum Kind {
    Slope,
    Difference,
    Outlier,
    Equal,
}

impl Extent {
    /// Overrides what is given.
    fn apply(self, experiment: &mut Experiment) {
        experiment.repeats = self.repeats.unwrap_or(experiment.repeats);
        experiment.until = self.until.or(experiment.until);
        for (key, value) in self.set {
            experiment.set.retain(|(own, _)| *own != key);
            experiment.set.push((key, value));
        }
        self.axes.into_iter().for_each(|axis| experiment.vary(axis));
    }
}
