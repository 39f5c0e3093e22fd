//! The section `[donor]`: another field that is grown alongside, and how this one looks at it.
//!
//! In: its table. Out: a [`Donor`]. Every key may be left out: an empty section is the same seed once more, seen cell
//! by cell at every step. What the keys ask of the two grids is checked where both are known (`model::donor`).

use super::Donor;
use super::reader::{Reader, Value};
use super::text::{Spanned, Text};

pub(super) fn donor<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<Donor> {
    let mut table = reader.table(value)?;
    let donor = Donor {
        span: value.span,
        seed: table.optional("seed").and_then(|value| reader.text(&value)),
        rng_seed: table.optional("rng_seed").and_then(|value| reader.whole(&value)),
        parameters: table.optional("parameters").map_or_else(Vec::new, |value| parameters(reader, &value)),
        block: table.optional("block").and_then(|value| reader.positive(&value)),
        every: table.optional("every").and_then(|value| reader.positive(&value)),
        delay: table.optional("delay").and_then(|value| reader.not_negative(&value)),
        noise: table.optional("noise").and_then(|value| reader.not_negative(&value)),
        mutual: table.optional("mutual").and_then(|value| reader.truth(&value)),
    };
    let synonyms = [
        ("source", "seed"),
        ("file", "seed"),
        ("side", "block"),
        ("blocks", "block"),
        ("interval", "every"),
        ("sampling", "every"),
        ("lag", "delay"),
        ("sigma", "noise"),
        ("two_way", "mutual"),
    ];
    reader.finish(table, &synonyms);
    Some(donor)
}

/// Parameters that the donor has at other values.
fn parameters<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Vec<(Text, Spanned<f64>)> {
    let Some(table) = reader.table(value) else { return Vec::new() };
    let entry = |(name, value)| Some((name, reader.number(&value)?));
    table.into_entries().into_iter().filter_map(entry).collect()
}
