//! Acts and events as a person reads them: "Stir A", "alpha = 1.5".
//!
//! In: an [`Act`], or the word of an event. Out: a short line. Names of fields, parameters and notes stay as they are.

use super::Language;
use crate::simulation::act::Act;

/// What an act did, in a few words.
pub fn act(act: &Act, language: Language) -> String {
    let verb = verb(act.kind(), language);
    match act {
        Act::Retune { name, value } => format!("{verb}: {name} = {value}"),
        Act::Rewrite { key, .. } => format!("{verb}: {key}"),
        Act::Reseed { rng_seed } => format!("{verb}: {rng_seed}"),
        Act::Paint { field, value, .. } if !value.is_empty() => format!("{verb}: {field}, {value}"),
        Act::Paint { field, .. }
        | Act::Erase { field, .. }
        | Act::Stir { field, .. }
        | Act::Push { field, .. }
        | Act::Pulse { field, .. }
        | Act::Pin { field, .. }
        | Act::Cool { field, .. }
        | Act::Warm { field, .. } => format!("{verb}: {field}"),
        Act::Release { .. } | Act::Cut { .. } | Act::Heal { .. } => verb.to_owned(),
        Act::Pull { note, .. } | Act::PinNote { note, .. } => format!("{verb}: {note}"),
        Act::Settle { iterations } => format!("{verb}: {iterations}"),
        Act::Link { from, to } | Act::Unlink { from, to } => format!("{verb}: {from} - {to}"),
        Act::Say { text, .. } => format!("{verb}: {text}"),
    }
}

/// The word of the trace, as a person says it; a word that is not known stays as it is.
fn verb(kind: &'static str, language: Language) -> &'static str {
    let (english, russian) = match kind {
        "retune" => ("Retuned", "Настроено"),
        "rewrite" => ("Rewritten", "Переписано"),
        "reseed" => ("Reseeded", "Новое семя случая"),
        "paint" => ("Painted", "Закрашено"),
        "erase" => ("Erased", "Стёрто"),
        "stir" => ("Stirred", "Вихрь"),
        "push" => ("Pushed", "Сдвинуто"),
        "pulse" => ("Pulse", "Импульс"),
        "pin" => ("Pinned", "Закреплено"),
        "release" => ("Let go", "Отпущено"),
        "cut" => ("Wall", "Стена"),
        "heal" => ("Wall taken away", "Стена убрана"),
        "cool" => ("Cooled", "Охлаждено"),
        "warm" => ("Warmed", "Нагрето"),
        "pull" => ("Note moved", "Заметка передвинута"),
        "pin-note" => ("Note pinned or let go", "Заметка закреплена или отпущена"),
        "settle" => ("Map settled", "Карта улеглась"),
        "link" => ("Linked", "Связано"),
        "unlink" => ("Unlinked", "Связь снята"),
        "say" => ("Said", "Сказано"),
        other => (other, other),
    };
    match language {
        Language::English => english,
        Language::Russian => russian,
    }
}

/// The word of an event, as a person says it; a word that is not known stays as it is.
pub fn event(kind: &'static str, language: Language) -> &'static str {
    let (english, russian) = match kind {
        "birth" => ("Birth", "Рождение"),
        "annihilation" => ("Annihilation", "Аннигиляция"),
        "exchange" => ("Exchange", "Обмен"),
        "enter" => ("Entry", "Вход"),
        "exit" => ("Exit", "Выход"),
        "appear" => ("Appearance", "Появление"),
        "vanish" => ("End", "Исчезновение"),
        "merge" => ("Merger", "Слияние"),
        "split" => ("Split", "Распад"),
        other => (other, other),
    };
    match language {
        Language::English => english,
        Language::Russian => russian,
    }
}
