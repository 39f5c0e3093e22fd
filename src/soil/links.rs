//! Links between notes: from what a person wrote to the note that it means.
//!
//! In: notes with raw targets. Out: the same notes with resolved links, and a notice that counts those that lead
//! nowhere. A target is compared without case, composed (NFC), with or without `.md`, in this order: id, path as seen
//! from the linking note's folder, last part of the id, title, alias. Among several, a note in the same folder wins,
//! then the shortest id, then the first.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::note::Note;

/// Fills in [`Note::links`].
pub(super) fn resolve(notes: &mut [Note], warnings: &mut Vec<String>) {
    if notes.iter().all(|note| note.targets.is_empty()) {
        return;
    }
    let index = Index::new(notes);
    let mut dangling = Vec::new();
    for source in 0..notes.len() {
        let mut links = Vec::new();
        for target in &notes[source].targets {
            match index.find(notes, source, target) {
                Some(note) if note != source => links.push(note),
                Some(_) => {}
                None => dangling.push((source, target.clone())),
            }
        }
        links.sort_unstable();
        links.dedup();
        notes[source].links = links;
    }
    if let Some((source, target)) = dangling.first() {
        let (verb, plural) = if dangling.len() == 1 { ("leads", "") } else { ("lead", "s") };
        let count = dangling.len();
        let help = if target.contains(',') { " (several links in one text are divided by semicolons)" } else { "" };
        let note = &notes[*source].id;
        warnings.push(format!("{count} link{plural} {verb} nowhere; the first is `{target}` in `{note}`{help}"));
    }
}

/// The kinds of names, the strongest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Id,
    LastPart,
    Title,
    Alias,
}

/// Every name of every note.
struct Index {
    notes: BTreeMap<(Name, String), Vec<usize>>,
}

impl Index {
    fn new(notes: &[Note]) -> Self {
        let mut index = Self { notes: BTreeMap::new() };
        for (number, note) in notes.iter().enumerate() {
            let id = fold(&note.id);
            index.add(Name::LastPart, last_part(&id).to_owned(), number);
            index.add(Name::Id, id, number);
            index.add(Name::Title, fold(&note.title), number);
            for alias in &note.aliases {
                index.add(Name::Alias, fold(alias), number);
            }
        }
        index
    }

    fn add(&mut self, kind: Name, name: String, note: usize) {
        self.notes.entry((kind, name)).or_default().push(note);
    }

    fn find(&self, notes: &[Note], source: usize, target: &str) -> Option<usize> {
        let folder = folder(&notes[source].id);
        let name = fold(target);
        let from_folder = join(&fold(folder), &name);
        let is_path = name.contains('/');
        let candidates = [(Name::Id, name.clone()), (Name::Id, from_folder)].into_iter().chain(
            [Name::LastPart, Name::Title, Name::Alias].map(|kind| match kind {
                Name::LastPart => (kind, last_part(&name).to_owned()),
                _ => (kind, name.clone()),
            }),
        );
        for (kind, key) in candidates {
            let Some(found) = self.notes.get(&(kind, key)) else { continue };
            // `sub/note` names `a/sub/note`, but not `b/note`.
            let fits =
                |note: usize| kind != Name::LastPart || !is_path || ends_with_path(&fold(&notes[note].id), &name);
            let rank = |note: usize| (self::folder(&notes[note].id) != folder, notes[note].id.len(), note);
            if let Some(best) = found.iter().copied().filter(|&note| fits(note)).min_by_key(|&note| rank(note)) {
                return Some(best);
            }
        }
        None
    }
}

/// The form in which names are compared.
fn fold(name: &str) -> String {
    let name: String = name.trim().nfc().collect::<String>().to_lowercase().nfc().collect();
    let name = name.strip_suffix(".md").unwrap_or(&name);
    name.trim_start_matches('/').to_owned()
}

fn last_part(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

fn folder(id: &str) -> &str {
    id.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn ends_with_path(id: &str, path: &str) -> bool {
    id.strip_suffix(path.trim_start_matches("./")).is_some_and(|head| head.is_empty() || head.ends_with('/'))
}

/// `folder` and then `path`, with `.` and `..` worked out.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(id: &str, targets: &[&str]) -> Note {
        Note {
            id: id.into(),
            title: id.into(),
            targets: targets.iter().map(|&target| target.into()).collect(),
            ..Note::default()
        }
    }

    #[test]
    fn names_are_found_by_path_case_composition_title_and_alias() {
        let mut notes = [
            note("a/Йод", &["B/yod", "../b/yod", "заметка", "nowhere", "a/йод"]),
            note("b/yod", &["Йод", "И\u{306}ОД.md"]),
            Note { title: "Заметка".into(), aliases: vec!["Other".into()], ..note("c", &["other", "YOD"]) },
        ];
        let mut warnings = Vec::new();
        resolve(&mut notes, &mut warnings);
        assert_eq!(notes[0].links, [1, 2]);
        assert_eq!(notes[1].links, [0]);
        assert_eq!(notes[2].links, [1]);
        assert_eq!(warnings, ["1 link leads nowhere; the first is `nowhere` in `a/Йод`"]);
    }

    #[test]
    fn the_same_folder_then_the_shortest_id_wins() {
        let mut notes =
            [note("deep/er/x", &[]), note("far/x", &[]), note("deep/er/y", &["x"]), note("z", &["x", "far/x"])];
        resolve(&mut notes, &mut Vec::new());
        assert_eq!(notes[2].links, [0]);
        assert_eq!(notes[3].links, [1]);
    }
}
