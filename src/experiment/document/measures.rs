//! The section `[measures]`: what is measured of every run.
//!
//! In: names, each with an expression or a table that says its kind. Out: [`Measure`]s, or the mistakes.

use super::Document;
use crate::diagnostic::{Diagnostic, excerpt};
use crate::experiment::measures::{Measure, What, energy};
use crate::seed::is_identifier;
use crate::seed::reader::{Reader, Table, Value};

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

impl<'a> Document<'_, 'a> {
    pub(super) fn measures(&mut self, value: &Value<'a>) -> Vec<Measure> {
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

    pub(super) fn due(&mut self, table: &mut Table<'a>, key: &'static str, example: &str) -> Option<String> {
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
}
