//! The section `[[tests]]`: what decides on the null hypothesis.
//!
//! In: a list of tables, each with its kind. Out: [`Test`]s, or the mistakes. Whether the runs will have what a test
//! asks for is checked elsewhere, when the model is known.

use super::Document;
use crate::diagnostic::Diagnostic;
use crate::experiment::test::{Test, TestKind};
use crate::seed::reader::{Table, Value};

/// Kinds of tests.
#[derive(Clone, Copy)]
enum Kind {
    Slope,
    Difference,
    Outlier,
    Equal,
}

impl<'a> Document<'_, 'a> {
    pub(super) fn tests(&mut self, value: &Value<'a>) -> Vec<Test> {
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
