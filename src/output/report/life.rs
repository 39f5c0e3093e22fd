//! What the field makes of the notes: groups, bridges, fault lines, drift, microconflicts, and whether it still lives.
//!
//! In: readings of a run. Out: a section of the page, in words for someone who knows the notes and not the equations.
//! A group is called after the note at its strongest place.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::ReportInput;
use super::html::{count, escape, number, plural, shorten, significant};
use crate::topology::readings::{Bridge, Conflicts, FaultLine, Group, NoteReading, Pace};

/// Rows of each table.
const MOST: usize = 12;
/// Notes named in a row.
const NAMED: usize = 4;

/// Readings of a run; positions of notes are those of [`ReportInput::notes`].
#[derive(Clone, Debug)]
pub struct Life {
    /// What the groups are regions of: an expression of the seed.
    pub strength: String,
    /// Whether it still lived at the end.
    pub pace: Pace,
    /// Every note.
    pub notes: Vec<NoteReading>,
    /// What defects have done at every note; empty if the field has none.
    pub conflicts: Vec<Conflicts>,
    /// Those of most notes first.
    pub groups: Vec<Group>,
    /// The strongest first.
    pub bridges: Vec<Bridge>,
    /// The most strained first.
    pub fault_lines: Vec<FaultLine>,
    /// How often what happened, by the kind of event.
    pub happened: BTreeMap<String, usize>,
    /// How near something must come to a note to concern it, in units of length.
    pub reach: f64,
}

/// The section; empty without readings.
pub(super) fn section(input: &ReportInput) -> String {
    let Some(life) = &input.life else { return String::new() };
    let page = Page { input, life };
    let parts = [page.groups(), page.bridges(), page.fault_lines(), page.drift(), page.conflicts()];
    format!(
        "<section id=\"life\">\n<h2>What the field makes of it</h2>\n<p class=\"reading\">{} {}</p>\n{}</section>\n",
        page.pace(),
        page.story(),
        if input.notes.is_empty() { String::new() } else { parts.concat() }
    )
}

struct Page<'a> {
    input: &'a ReportInput,
    life: &'a Life,
}

impl Page<'_> {
    fn name(&self, note: usize) -> String {
        self.input.notes.get(note).map_or_else(String::new, |note| format!("“{}”", escape(&shorten(note.name(), 60))))
    }

    fn names(&self, notes: &[usize]) -> String {
        let named: Vec<String> = notes.iter().take(NAMED).map(|&note| self.name(note)).collect();
        let rest = notes.len().saturating_sub(NAMED);
        if rest == 0 { named.join(" · ") } else { format!("{} and {rest} more", named.join(" · ")) }
    }

    /// A group by its strongest note.
    fn group(&self, id: u64) -> String {
        self.group_beside(id, None)
    }

    /// A group by its strongest note but one.
    fn group_beside(&self, id: u64, one: Option<usize>) -> String {
        let notes = self.life.groups.iter().find(|group| group.id == id).map_or(&[][..], |group| &group.notes);
        match notes.iter().find(|&&note| Some(note) != one) {
            Some(&note) => self.name(note),
            None if notes.is_empty() => "a region without notes".into(),
            None => "itself alone".into(),
        }
    }

    fn pace(&self) -> String {
        match self.life.pace {
            Pace::Living => "The field was still changing at the end.".into(),
            Pace::Frozen { since } => format!(
                "The field has been frozen since t ≈ {}: nothing but a common rotation has moved since then.",
                number(since)
            ),
            Pace::Looping { period } => format!(
                "The field goes round in a loop: after every {} units of time it is back where it was.",
                number(period)
            ),
        }
    }

    /// What became of regions.
    fn story(&self) -> String {
        let happened = |kind: &str| self.life.happened.get(kind).copied().unwrap_or(0);
        let told = [
            ("appear", "appeared", "appeared"),
            ("vanish", "vanished", "vanished"),
            ("split", "split off", "split off"),
            ("merge", "was absorbed by a neighbour", "were absorbed by neighbours"),
        ];
        let told: Vec<String> = told
            .into_iter()
            .filter(|(kind, ..)| happened(kind) > 0)
            .map(|(kind, one, many)| plural(happened(kind), one, many))
            .collect();
        let strength = escape(&self.life.strength);
        let hills = format!("the hills of <code>{strength}</code> that stand out by a tenth of its span,");
        if told.is_empty() {
            format!("Its regions, {hills} stayed the same.")
        } else {
            format!("Of its regions, {hills} {}.", told.join(", "))
        }
    }

    fn groups(&self) -> String {
        let bound: usize = self.life.groups.iter().map(|group| group.notes.len()).sum();
        let loose = self.input.notes.len().saturating_sub(bound);
        let loose = match loose {
            0 => String::new(),
            count => {
                format!(" {} outside: the field is too weak there to bind.", plural(count, "note lies", "notes lie"))
            }
        };
        let has_conflicts = !self.life.conflicts.is_empty();
        let rows = self.life.groups.iter().map(|group| {
            let mut cells =
                vec![self.names(&group.notes), count(group.notes.len() as u64), format!("t = {}", number(group.since))];
            if has_conflicts {
                cells.push(count(group.conflicts.passed as u64));
            }
            cells
        });
        let headings = ["Group, its strongest notes first", "Notes", "Together since", "Defects that came in"];
        self.table(
            "Groups",
            &format!("Notes that one region of the field holds together: between them it nowhere falls off.{loose}"),
            &headings[..if has_conflicts { 4 } else { 3 }],
            rows.collect(),
        )
    }

    fn bridges(&self) -> String {
        let rows = self.life.bridges.iter();
        // A bridge may be the strongest note of a group; then another one tells which group that is.
        let rows = rows.map(|b| {
            let [one, other] = b.groups.map(|group| self.group_beside(group, Some(b.note)));
            vec![self.name(b.note), one, other]
        });
        self.table(
            "Bridges",
            "Notes at the pass between two groups: the place where the field holds the two together best. To go from \
             one subject to the other, start here.",
            &["Note", "Between the group of", "and that of"],
            rows.collect(),
        )
    }

    fn fault_lines(&self) -> String {
        let inhabited = |id: &u64| self.life.groups.iter().any(|group| group.id == *id);
        let lines = self.life.fault_lines.iter().filter(|line| line.groups.iter().all(inhabited));
        let lines = lines.filter(|line| line.notes.iter().any(|side| !side.is_empty()));
        let rows = lines.map(|line| {
            let [one, other] = &line.notes;
            let side = |notes: &[usize], group: u64| {
                if notes.is_empty() { format!("(group of {})", self.group(group)) } else { self.names(notes) }
            };
            vec![side(one, line.groups[0]), side(other, line.groups[1]), format!("{} ×", significant(line.strain, 2))]
        });
        self.table(
            "Fault lines",
            "Borders under strain: both sides hold together, but not with each other. The notes along one may \
             contradict those across, or speak of the same in other words.",
            &["On one side", "On the other", "Strain, of the mean"],
            rows.collect(),
        )
    }

    fn drift(&self) -> String {
        let mut drifted: Vec<usize> = (0..self.life.notes.len()).filter(|&n| self.life.notes[n].drifts > 0).collect();
        drifted.sort_by_key(|&note| (std::cmp::Reverse(self.life.notes[note].drifts), note));
        let rows = drifted.into_iter().map(|index| {
            let note = self.life.notes[index];
            let group = note.group.map_or_else(|| "no group".into(), |group| self.group(group));
            vec![self.name(index), count(note.drifts as u64), group, format!("t = {}", number(note.group_since))]
        });
        self.table(
            "Drift",
            "Notes that went over from one group to another while both lived on.",
            &["Note", "Changes", "Now with", "since"],
            rows.collect(),
        )
    }

    fn conflicts(&self) -> String {
        let conflicts = &self.life.conflicts;
        let mut visited: Vec<usize> = (0..conflicts.len()).filter(|&note| conflicts[note].passed > 0).collect();
        visited.sort_by_key(|&note| (std::cmp::Reverse(conflicts[note].passed), note));
        let rows = visited.into_iter().map(|note| {
            let last = conflicts[note].last.map_or_else(String::new, |time| format!("t = {}", number(time)));
            vec![self.name(note), count(conflicts[note].passed as u64), last]
        });
        let reading = format!(
            "How often a phase defect came within {} of a note, and when one was last there. Where they pass often, \
             the field never makes up its mind.",
            number(self.life.reach)
        );
        self.table("Microconflicts", &reading, &["Note", "Defects", "Last there"], rows.collect())
    }

    /// A table under a heading; cells are escaped already. Nothing without rows.
    fn table(&self, title: &str, reading: &str, headings: &[&str], rows: Vec<Vec<String>>) -> String {
        if rows.is_empty() {
            return String::new();
        }
        let headings: String = headings.iter().map(|name| format!("<th scope=\"col\">{name}</th>")).collect();
        let mut out = format!(
            "<h3>{title}</h3>\n<p class=\"reading\">{reading}</p>\n<div class=\"scroll\"><table class=\"all life\">\
             <thead><tr>{headings}</tr></thead><tbody>\n"
        );
        for row in rows.iter().take(MOST) {
            let cells: String = row.iter().map(|cell| format!("<td dir=\"auto\">{cell}</td>")).collect();
            let _ = writeln!(out, "<tr>{cells}</tr>");
        }
        out += "</tbody></table></div>\n";
        if rows.len() > MOST {
            let _ =
                writeln!(out, "<p class=\"note\">{} more; see <code>documents.parquet</code>.</p>", rows.len() - MOST);
        }
        out
    }
}
