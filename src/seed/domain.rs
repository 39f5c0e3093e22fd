//! The section `[domain]`.
//!
//! In: its table. Out: a [`Domain`] whose shape and size agree with each other and whose number of cells is bounded; a
//! graph has neither shape nor walls.

use super::boundary;
use super::reader::{Reader, Value};
use super::sections::is_array_file;
use super::text::{Spanned, Text};
use super::{Domain, DomainKind, MAX_CELLS, Mask, Stencil};
use crate::diagnostic::{Diagnostic, Span};

/// Relative difference up to which two spacings count as equal.
const EQUAL_SPACINGS: f64 = 1e-9;

pub(super) fn domain<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<Domain> {
    let before = reader.mistakes();
    let mut table = reader.table(value)?;
    let kind = reader
        .required(&mut table, "kind", "kind = \"grid\"")
        .and_then(|value| reader.word(&value, &[("grid", DomainKind::Grid), ("graph", DomainKind::Graph)]));
    let is_graph = kind.is_some_and(|kind| kind.value == DomainKind::Graph);
    let mut array = |reader: &mut Reader<'a>, key, example| {
        if is_graph { table.optional(key) } else { reader.required(&mut table, key, example) }
    };
    let shape = array(reader, "shape", "shape = [256, 256]: cells along x, y")
        .map(|value| (value.span, numbers(reader, &value, "whole numbers", Reader::count)));
    let size = array(reader, "size", "size = [256.0, 256.0]: lengths along x, y")
        .map(|value| (value.span, numbers(reader, &value, "numbers", Reader::positive)));
    let boundary = table.optional("boundary");
    let stencil = table.optional("stencil");
    let mask = table.optional("mask");
    let edges = table.optional("edges");
    let links = table.optional("links");
    let alien: [(&str, Option<&Value<'a>>); 3] = if is_graph {
        [("boundary", boundary.as_ref()), ("stencil", stencil.as_ref()), ("mask", mask.as_ref())]
    } else {
        [("edges", edges.as_ref()), ("links", links.as_ref()), ("", None)]
    };
    refuse_alien(reader, is_graph, shape.as_ref().filter(|_| is_graph).map(|(span, _)| *span), &alien);
    let stencil = stencil.map_or_else(
        || Some(Spanned::new(Stencil::Five, Span::new(value.span.end, value.span.end))),
        |value| self::stencil(reader, &value),
    );
    let mask = mask.and_then(|value| reader.text(&value)).map(self::mask);
    let edges = edges.and_then(|value| reader.text(&value));
    let links = links.and_then(|value| reader.not_negative(&value));
    let synonyms = [
        ("type", "kind"),
        ("resolution", "shape"),
        ("cells", "shape"),
        ("dims", "shape"),
        ("length", "size"),
        ("lengths", "size"),
        ("extent", "size"),
        ("bc", "boundary"),
        ("walls", "boundary"),
    ];
    reader.finish(table, &synonyms);

    if !is_graph && (shape.is_none() || size.is_none()) {
        return None;
    }
    let (shape_span, shape) = unzip(shape)?;
    let (size_span, size) = unzip(size)?;
    if is_graph && !matches!(size.len(), 0 | 2) {
        let message = "the size of a graph is the width and height of its map";
        reader.refuse(Diagnostic::error(message).at(size_span, format!("{} here", axes(size.len()))));
    }
    if !is_graph && shape.len() != size.len() {
        reader.refuse(
            Diagnostic::error("`shape` and `size` have different numbers of axes")
                .at(size_span, format!("{} here", axes(size.len())))
                .and(shape_span, format!("{} here", axes(shape.len()))),
        );
    }
    let domain = Domain {
        span: value.span,
        kind: kind?,
        boundary: boundary::read(reader, boundary.as_ref(), shape.len(), value.span),
        shape,
        size,
        stencil: stencil?,
        mask,
        edges,
        links,
    };
    check_cells(reader, &domain, shape_span);
    // Spacings of numbers that stand in for wrong ones would say nothing.
    if reader.mistakes() == before {
        check_stencil(reader, &domain);
    }
    Some(domain)
}

/// Refuses the keys of the other kind of domain.
fn refuse_alien(reader: &mut Reader<'_>, is_graph: bool, shape: Option<Span>, alien: &[(&str, Option<&Value<'_>>)]) {
    let (kind, note) = if is_graph {
        (
            "graph",
            "its nodes are the notes, or those of `edges`; its neighbours are given by edges, and it has no walls",
        )
    } else {
        ("grid", "they belong to `kind = \"graph\"`")
    };
    let shape = shape.map(|span| ("shape", span));
    let given = alien.iter().filter_map(|(key, value)| Some((*key, value.as_ref()?.span)));
    for (key, span) in shape.into_iter().chain(given) {
        reader.refuse(Diagnostic::error(format!("a {kind} has no `{key}`")).at(span, "leave it out").note(note));
    }
}

/// A list that a graph does without.
fn unzip<T>(list: Option<(Span, Option<Vec<T>>)>) -> Option<(Span, Vec<T>)> {
    list.map_or_else(|| Some((Span::default(), Vec::new())), |(span, list)| list.map(|list| (span, list)))
}

fn axes(count: usize) -> String {
    if count == 1 { "1 axis".to_owned() } else { format!("{count} axes") }
}

/// One number per axis.
fn numbers<'a, T>(
    reader: &mut Reader<'a>,
    value: &Value<'a>,
    what: &str,
    read: fn(&mut Reader<'a>, &Value<'a>) -> Option<Spanned<T>>,
) -> Option<Vec<Spanned<T>>> {
    let items = reader.list(value, what)?;
    if !(1..=3).contains(&items.len()) {
        reader.refuse(
            Diagnostic::error(format!("`{}` has {} numbers", value.path, items.len()))
                .at(value.span, "must have one number per axis: 1, 2 or 3"),
        );
        return None;
    }
    let numbers: Vec<Spanned<T>> = items.iter().filter_map(|item| read(reader, item)).collect();
    (numbers.len() == items.len()).then_some(numbers)
}

fn stencil<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<Spanned<Stencil>> {
    let points = reader.whole(value)?;
    let stencil = match points.value {
        5 => Stencil::Five,
        9 => Stencil::Nine,
        _ => {
            reader.report(
                Diagnostic::error("unknown stencil")
                    .at(points.span, "must be 5 or 9")
                    .note("it counts the points of the Laplacian in two dimensions; 1-D has 3, 3-D has 7"),
            );
            Stencil::Five
        }
    };
    Some(Spanned::new(stencil, points.span))
}

fn mask(text: Text) -> Mask {
    if is_array_file(&text.value) { Mask::File(text) } else { Mask::Expression(text) }
}

fn check_cells(reader: &mut Reader<'_>, domain: &Domain, place: Span) {
    // Three factors below 2^64 can exceed 2^128: a product that does not fit saturates, and is refused all the same.
    let cells = domain.shape.iter().fold(1_u128, |product, cells| product.saturating_mul(cells.value as u128));
    if cells > MAX_CELLS {
        reader.refuse(
            Diagnostic::error("the grid has too many cells")
                .at(place, format!("{cells} cells; the limit is {MAX_CELLS}"))
                .note("make the shape smaller: a million cells are 1000 by 1000"),
        );
    }
}

fn check_stencil(reader: &mut Reader<'_>, domain: &Domain) {
    if domain.stencil.value != Stencil::Nine {
        return;
    }
    let spacing: Vec<f64> =
        domain.shape.iter().zip(&domain.size).map(|(cells, length)| spacing(cells, length)).collect();
    let advice = match spacing[..] {
        [hx, hy] if (hx - hy).abs() <= EQUAL_SPACINGS * hx.max(hy) => return,
        [hx, hy] => format!("the spacings size / shape are {hx} and {hy}: make them equal, or use stencil = 5"),
        _ => "leave the stencil out".to_owned(),
    };
    reader.report(
        Diagnostic::error("the 9-point stencil needs two axes with equal spacings")
            .at(domain.stencil.span, "")
            .note(advice),
    );
}

#[expect(clippy::cast_precision_loss, reason = "a cell count above 2^53 has been refused by then")]
fn spacing(cells: &Spanned<usize>, length: &Spanned<f64>) -> f64 {
    length.value / cells.value as f64
}
