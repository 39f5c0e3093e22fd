//! The experiment as a file: `experiment.toml`.
//!
//! In: its text. Out: an [`Experiment`], or all mistakes at once with their places, as for seeds. Keys are taken out of
//! their tables one by one; what is left is unknown. `[sizes.NAME]` overrides what stands above it, and is chosen by
//! name. A key of the seed may be written with dots (`domain.shape`) or in quotes.

mod measures;
mod tests;

use super::axis::Axis;
use super::plan::{Experiment, Hypothesis};
use super::test::Selection;
use crate::diagnostic::{Diagnostic, Span, excerpt, suggest};
use crate::error::Error;
use crate::seed::Text;
use crate::seed::document::{find, read};
use crate::seed::reader::{Reader, Table, Value};
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
