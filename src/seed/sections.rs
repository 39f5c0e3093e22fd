//! The sections of a seed, one function each.
//!
//! In: the tree of the document. Out: the parts of a [`Seed`]. Each function asks for the keys that its section has, in
//! the order of the contract, then reports the others. A part is `None` when what it needs is missing or mistyped.

use toml::de::DeTable;

use super::domain::domain;
use super::donor::donor;
use super::names;
use super::reader::{Reader, Table, Value};
use super::text::{Spanned, Text};
use super::{
    Entry, Field, FieldKind, Frames, Initial, Layout, Noise, Observe, Parameter, Scheme, Seed, Soil, Time, TimeStep,
    VERSION,
};
use crate::diagnostic::{Diagnostic, Span, excerpt};

#[expect(clippy::cast_precision_loss, reason = "a power of two")]
const MAX_STEPS: f64 = super::MAX_STEPS as f64;

/// Reads a whole seed; none when a mistake leaves a name or a type uncertain.
pub(super) fn seed(text: &str, root: &DeTable<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Seed> {
    let mut reader = Reader::new("the seed", text, diagnostics);
    top(&mut reader, root).filter(|_| reader.complete())
}

fn top<'a>(reader: &mut Reader<'a>, root: &'a DeTable<'a>) -> Option<Seed> {
    let mut top = reader.top(root);
    version(reader, &mut top);
    let title = top.optional("title").and_then(|value| reader.text(&value));
    let rng_seed = top.optional("rng_seed").and_then(|value| reader.whole(&value)).map_or(0, |number| number.value);

    let example = "[domain] with kind = \"grid\", shape = [256, 256] and size = [256.0, 256.0]";
    let domain = reader.required(&mut top, "domain", example).and_then(|value| domain(reader, &value));
    let maps = top.optional("maps").map_or_else(Vec::new, |value| maps(reader, &value));
    let soil = top.optional("soil").and_then(|value| soil(reader, &value));
    let parameters = top.optional("parameters").map_or_else(Vec::new, |value| parameters(reader, &value));

    let example = "[fields] with a line such as A = {type = \"complex\", initial = \"1\"}";
    let fields = reader.required(&mut top, "fields", example).and_then(|value| fields(reader, &value));
    let example = "[equations] with the right-hand side of d/dt for each field, such as A = \"-A\"";
    let equations = reader.required(&mut top, "equations", example).map(|value| entries(reader, &value));
    let derived = top.optional("derived").map_or_else(Vec::new, |value| entries(reader, &value));
    let donor = top.optional("donor").and_then(|value| donor(reader, &value));
    let example = "[time] with dt = 0.02 and stop = 100.0";
    let time = reader.required(&mut top, "time", example).and_then(|value| time(reader, &value));
    let observe = top.optional("observe").and_then(|value| observe(reader, &value)).unwrap_or_default();

    let maps_named = maps.iter().map(|map| (&map.name, "map"));
    let parameters_named = parameters.iter().map(|parameter| (&parameter.name, "parameter"));
    let fields_named = fields.iter().flatten().map(|field| (&field.name, "field"));
    let derived_named = derived.iter().map(|derived| (&derived.name, "derived field"));
    names::check(reader, maps_named.chain(parameters_named).chain(fields_named).chain(derived_named));

    reader.finish(top, &[("seed", "rng_seed"), ("name", "title"), ("params", "parameters"), ("version", "semafield")]);
    Some(Seed {
        title,
        rng_seed,
        domain: domain?,
        maps,
        soil,
        parameters,
        fields: fields?,
        equations: equations?,
        derived,
        donor,
        time: time?,
        observe,
    })
}

fn version<'a>(reader: &mut Reader<'a>, top: &mut Table<'a>) {
    let Some(value) = reader.required(top, "semafield", "semafield = 1 as the first line: the version of the format")
    else {
        return;
    };
    if let Some(number) = reader.whole(&value).filter(|number| number.value != VERSION) {
        reader.refuse(
            Diagnostic::error(format!("format version {} is not known", number.value))
                .at(number.span, format!("this semafield reads version {VERSION}"))
                .note("if the seed was written for a newer semafield, update the program"),
        );
    }
}

/// A table of the author's own names, each with text.
pub(super) fn entries<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Vec<Entry> {
    let Some(table) = reader.table(value) else { return Vec::new() };
    let entry = |(name, value)| reader.text(&value).map(|text| Entry { name, text });
    table.into_entries().into_iter().filter_map(entry).collect()
}

/// Names of files that hold an array of the domain's shape.
fn maps<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Vec<Entry> {
    let maps = entries(reader, value);
    for map in maps.iter().filter(|map| !is_array_file(&map.text.value)) {
        reader.refuse(
            Diagnostic::error(format!("the map `{}` is neither .npy nor .png", excerpt(&map.name.value)))
                .at(map.text.span, "must be the name of a .npy or .png file"),
        );
    }
    maps
}

/// True for the names of files that maps and masks are read from.
pub(super) fn is_array_file(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".npy") || name.ends_with(".png")
}

fn texts<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Vec<Text> {
    let items = reader.list(value, "texts").unwrap_or_default();
    items.iter().filter_map(|item| reader.text(item)).collect()
}

fn soil<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<Soil> {
    let mut table = reader.table(value)?;
    let source = reader.required(&mut table, "source", "source = \"folder or file\"");
    let source = source.and_then(|value| reader.text(&value));
    let encoder = table.optional("encoder").and_then(|value| reader.text(&value));
    let neighbors = table.optional("neighbors").and_then(|value| reader.count(&value));
    let layout = table.optional("layout").and_then(|value| {
        let words = [("neighbor", Layout::Neighbor), ("pca", Layout::Pca), ("given", Layout::Given)];
        reader.word(&value, &words)
    });
    let places = table.optional("places").and_then(|value| reader.text(&value));
    let frames = table.optional("frames").and_then(|value| {
        let words = [
            ("data", Frames::Data),
            ("shuffled", Frames::Shuffled),
            ("random", Frames::Random),
            ("none", Frames::None),
        ];
        reader.word(&value, &words)
    });
    let columns = table.optional("columns").map_or_else(Vec::new, |value| columns(reader, &value));
    let rng_seed = table.optional("rng_seed").and_then(|value| reader.whole(&value));
    let synonyms = [("neighbours", "neighbors"), ("k", "neighbors"), ("path", "source"), ("file", "source")];
    reader.finish(table, &synonyms);
    Some(Soil { span: value.span, source: source?, encoder, neighbors, layout, places, frames, columns, rng_seed })
}

/// Roles that a column of a table can have for notes.
pub const ROLES: [&str; 8] = ["vector", "id", "title", "text", "tags", "links", "x", "y"];

fn columns<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Vec<Entry> {
    let Some(mut table) = reader.table(value) else { return Vec::new() };
    let mut given = Vec::new();
    for role in ROLES {
        if let Some((name, value)) = table.named(role) {
            given.extend(reader.text(&value).map(|text| Entry { name, text }));
        }
    }
    reader.finish(table, &[("embedding", "vector"), ("tag", "tags"), ("name", "title")]);
    given
}

fn parameters<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Vec<Parameter> {
    let Some(table) = reader.table(value) else { return Vec::new() };
    table.into_entries().into_iter().filter_map(|(name, value)| parameter(reader, name, &value)).collect()
}

fn parameter<'a>(reader: &mut Reader<'a>, name: Text, value: &Value<'a>) -> Option<Parameter> {
    if !value.is_table() {
        return Some(Parameter { name, value: reader.number(value)?, min: None, max: None, doc: None });
    }
    let mut table = reader.table(value)?;
    let number = reader.required(&mut table, "value", "value = 1.0");
    let min = table.optional("min").and_then(|value| reader.number(&value));
    let max = table.optional("max").and_then(|value| reader.number(&value));
    let doc = table.optional("doc").and_then(|value| reader.text(&value));
    reader.finish(table, &[("default", "value"), ("description", "doc"), ("help", "doc")]);
    let parameter = Parameter { name, value: number.and_then(|value| reader.number(&value))?, min, max, doc };
    check_range(reader, &parameter);
    Some(parameter)
}

fn check_range(reader: &mut Reader<'_>, parameter: &Parameter) {
    let name = excerpt(&parameter.name.value);
    if let (Some(min), Some(max)) = (parameter.min, parameter.max)
        && min.value > max.value
    {
        return reader.report(
            Diagnostic::error(format!("the range of `{name}` is empty"))
                .at(max.span, "max is less than min")
                .and(min.span, "min"),
        );
    }
    let value = parameter.value.value;
    let outside = [parameter.min.filter(|min| value < min.value), parameter.max.filter(|max| value > max.value)];
    for bound in outside.into_iter().flatten() {
        reader.report(
            Diagnostic::warning(format!("`{name}` is outside its range"))
                .at(parameter.value.span, "the value")
                .and(bound.span, "the bound"),
        );
    }
}

fn fields<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<Vec<Field>> {
    let table = reader.table(value)?;
    if table.is_empty() {
        reader.refuse(
            Diagnostic::error("there is no field")
                .at(table.span, "empty")
                .note("add a line such as A = {type = \"complex\", initial = \"1\"}"),
        );
    }
    Some(table.into_entries().into_iter().filter_map(|(name, value)| field(reader, name, &value)).collect())
}

fn field<'a>(reader: &mut Reader<'a>, name: Text, value: &Value<'a>) -> Option<Field> {
    let mut table = reader.table(value)?;
    let kind = reader.required(&mut table, "type", "type = \"real\", \"complex\" or \"link\"").and_then(|value| {
        let words = [("real", FieldKind::Real), ("complex", FieldKind::Complex), ("link", FieldKind::Link)];
        reader.word(&value, &words)
    });
    let initial = reader.required(&mut table, "initial", "initial = \"0\"").and_then(|value| initial(reader, &value));
    reader.finish(table, &[("kind", "type"), ("init", "initial"), ("value", "initial"), ("start", "initial")]);
    let field = Field { name, kind: kind?, initial: initial? };
    if let Initial::Components { span, .. } = &field.initial
        && field.kind.value != FieldKind::Link
    {
        reader.refuse(
            Diagnostic::error(format!("`{}` has one initial value per axis", excerpt(&field.name.value)))
                .at(*span, "a table is for links")
                .and(field.kind.span, "this field lives on cells")
                .note("write one expression: initial = \"...\""),
        );
    }
    Some(field)
}

fn initial<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<Initial> {
    if !value.is_table() {
        return reader.text(value).map(Initial::Expression);
    }
    let mut table = reader.table(value)?;
    if table.is_empty() {
        reader.refuse(Diagnostic::error("there is no initial value").at(value.span, "needs x, y or z"));
    }
    let axes = ["x", "y", "z"].map(|axis| table.optional(axis).and_then(|value| reader.text(&value)));
    reader.finish(table, &[]);
    Some(Initial::Components { span: value.span, axes })
}

fn time<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<Time> {
    let mut table = reader.table(value)?;
    let absent = Span::new(value.span.end, value.span.end);
    let scheme = table.optional("scheme").map_or(Some(Spanned::new(Scheme::Heun, absent)), |value| {
        let words = [("euler", Scheme::Euler), ("heun", Scheme::Heun), ("rk4", Scheme::Rk4), ("etd2", Scheme::Etd2)];
        reader.word(&value, &words)
    });
    let dt = reader.required(&mut table, "dt", "dt = 0.02, or dt = \"auto\"").and_then(|value| step(reader, &value));
    let stop = reader.required(&mut table, "stop", "stop = 100.0").and_then(|value| reader.not_negative(&value));
    let noise = table.optional("noise").map_or(Some(Spanned::new(Noise::Ito, absent)), |value| {
        reader.word(&value, &[("ito", Noise::Ito), ("stratonovich", Noise::Stratonovich)])
    });
    let synonyms = [
        ("step", "dt"),
        ("timestep", "dt"),
        ("end", "stop"),
        ("until", "stop"),
        ("duration", "stop"),
        ("t_end", "stop"),
        ("method", "scheme"),
        ("integrator", "scheme"),
    ];
    reader.finish(table, &synonyms);
    let time = Time { span: value.span, scheme: scheme?, dt: dt?, stop: stop?, noise: noise? };
    if let TimeStep::Fixed(dt) = time.dt
        && time.stop.value / dt.value > MAX_STEPS
    {
        reader.report(
            Diagnostic::error("the run would take more steps than can be counted")
                .at(dt.span, "the step")
                .and(time.stop.span, "the duration")
                .note("make dt larger or stop smaller"),
        );
    }
    Some(time)
}

fn step<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<TimeStep> {
    if value.is_text() {
        return reader.word(value, &[("auto", ())]).map(|auto| TimeStep::Auto(auto.span));
    }
    reader.positive(value).map(TimeStep::Fixed)
}

fn observe<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<Observe> {
    let mut table = reader.table(value)?;
    let observe = Observe {
        every: table.optional("every").and_then(|value| reader.positive(&value)),
        series: table.optional("series").map_or_else(Vec::new, |value| series(reader, &value)),
        images: table.optional("images").map_or_else(Vec::new, |value| texts(reader, &value)),
        image_every: table.optional("image_every").and_then(|value| reader.positive(&value)),
        arrays: table.optional("arrays").map_or_else(Vec::new, |value| texts(reader, &value)),
    };
    reader.finish(table, &[("interval", "every"), ("pictures", "images"), ("images_every", "image_every")]);
    Some(observe)
}

/// Series become columns of a table that has `step` and `time` already.
fn series<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Vec<Entry> {
    let series = entries(reader, value);
    for Entry { name, .. } in &series {
        let taken = matches!(name.value.as_str(), "step" | "time");
        if taken || !super::is_identifier(&name.value) {
            let why = if taken { "the table has this column already" } else { "not a name" };
            reader.refuse(
                Diagnostic::error(format!("`{}` cannot be the name of a series", excerpt(&name.value)))
                    .at(name.span, why)
                    .note("names are a letter or `_`, then letters, digits and `_`, but not `step` or `time`"),
            );
        }
    }
    series
}
