//! Who may be among the nearest of a note, as long as not all others were looked at.
//!
//! In: fast products of the notes of a panel with others, tile by tile, in any order. Out: the k nearest by the exact
//! product, equal ones by index. A list grows until it is full; then it keeps what may still be among the nearest of all,
//! whose fast product is above a floor. Invariant: a note that is among the k nearest of those proposed so far is on the
//! list, for a fast product is off by the margin at most; so the answer does not depend on the order of the tiles.

use std::ops::Range;

use super::product;
use super::vectors::{Vectors, dots};

/// Products that are compared at once.
const BLOCK: usize = 16;
/// Room on a list beyond twice the wanted number; a list has no more than it was given ([`super::growth`]).
const SPARE: usize = 8;

/// The lists of the notes of a panel.
pub(super) struct Shortlists<'v> {
    vectors: &'v Vectors,
    notes: Range<usize>,
    k: usize,
    margin: f32,
    /// By note of the panel: what a product must reach.
    floors: Vec<f32>,
    lists: Vec<Vec<Candidate>>,
}

/// A note, and how near it is.
#[derive(Clone, Copy)]
struct Candidate {
    product: f32,
    note: u32,
}

impl<'v> Shortlists<'v> {
    /// Empty lists for the `k` nearest of some notes, `k` at least 1.
    pub(super) fn new(vectors: &'v Vectors, notes: &Range<usize>, k: usize) -> Self {
        let margin = product::margin(vectors.dims());
        let lists = notes.clone().map(|_| Vec::with_capacity((2 * k + SPARE).min(vectors.len()))).collect();
        Self { vectors, notes: notes.clone(), k, margin, floors: vec![f32::NEG_INFINITY; notes.len()], lists }
    }

    /// The `k` nearest of every note of the panel with their distances.
    pub(super) fn nearest(mut self) -> Vec<(u32, f64)> {
        let mut nearest = Vec::with_capacity(self.lists.len() * self.k);
        for (position, list) in std::mem::take(&mut self.lists).into_iter().enumerate() {
            let ranked = self.ranked(position, &list);
            nearest.extend(ranked.into_iter().take(self.k).map(|(note, product)| (note, (1.0 - product).max(0.0))));
        }
        nearest
    }

    fn push(&mut self, position: usize, candidate: Candidate) {
        if self.lists[position].len() == 2 * self.k + SPARE {
            self.shorten(position);
        }
        // The floor may have risen.
        if candidate.product >= self.floors[position] {
            self.lists[position].push(candidate);
        }
    }

    /// Drops what can't be among the nearest any more.
    fn shorten(&mut self, position: usize) {
        let (k, margin) = (self.k, self.margin);
        let mut list = std::mem::take(&mut self.lists[position]);
        let (_, last, _) = list.select_nth_unstable_by(k - 1, |a, b| b.product.total_cmp(&a.product));
        // Both the last of the nearest and a candidate may be off by the margin.
        let mut floor = last.product - 2.0 * margin;
        list.retain(|candidate| candidate.product >= floor);
        if list.len() > k + k / 2 {
            // Many are as near as each other: only exact products tell. Those are off by less than the margin in f32.
            let ranked = self.ranked(position, &list);
            #[expect(clippy::cast_possible_truncation, reason = "rounded to f32")]
            let rounded = |(note, product)| Candidate { product: product as f32, note };
            list.clear();
            list.extend(ranked.into_iter().take(k).map(rounded));
            floor = list.last().map_or(floor, |last| last.product - 2.0 * margin);
        }
        self.floors[position] = floor;
        self.lists[position] = list;
    }

    /// Candidates with their exact products, nearest first.
    fn ranked(&self, position: usize, list: &[Candidate]) -> Vec<(u32, f64)> {
        let own = self.vectors.row(self.notes.start + position);
        let others: Vec<&[f32]> = list.iter().map(|candidate| self.vectors.row(candidate.note as usize)).collect();
        let notes = list.iter().map(|candidate| candidate.note);
        let mut ranked: Vec<(u32, f64)> = notes.zip(dots(own, &others)).collect();
        ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked
    }

    fn note(&self, position: usize) -> u32 {
        u32::try_from(self.notes.start + position).expect("notes are numbered by u32")
    }
}

/// Proposes the notes of two panels to each other: `products` has a row for each of the first.
pub(super) fn propose(rows: &mut Shortlists<'_>, columns: &mut Shortlists<'_>, products: &[f32]) {
    let width = columns.notes.len();
    for (row, of_row) in products.chunks_exact(width).enumerate() {
        for start in (0..width).step_by(BLOCK) {
            let block = start..(start + BLOCK).min(width);
            if !any_reaches(&of_row[block.clone()], rows.floors[row], &columns.floors[block.clone()]) {
                continue;
            }
            for column in block {
                let product = of_row[column];
                if product >= rows.floors[row] {
                    rows.push(row, Candidate { product, note: columns.note(column) });
                }
                if product >= columns.floors[column] {
                    columns.push(column, Candidate { product, note: rows.note(row) });
                }
            }
        }
    }
}

/// Proposes the notes of a panel to each other.
pub(super) fn propose_among(panel: &mut Shortlists<'_>, products: &[f32]) {
    let width = panel.notes.len();
    for (row, of_row) in products.chunks_exact(width).enumerate() {
        for (column, &product) in of_row.iter().enumerate() {
            if column != row && product >= panel.floors[row] {
                panel.push(row, Candidate { product, note: panel.note(column) });
            }
        }
    }
}

/// Whether a product reaches the floor of its row or that of its column.
fn any_reaches(products: &[f32], floor: f32, floors: &[f32]) -> bool {
    let reached = products.iter().zip(floors).map(|(product, own)| u32::from((*product >= floor) | (*product >= *own)));
    reached.sum::<u32>() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Far more notes than a list holds, most of them equal to others, or nearly so: what is left is what brute force
    /// finds, whatever comes first.
    #[test]
    fn lists_keep_the_nearest_in_any_order_of_tiles() {
        let (count, dims, k) = (240_u32, 5, 4);
        let number =
            |i: u32| f64::from(i % 23 * 7919 % 101) + if i.is_multiple_of(3) { 1e-6 * f64::from(i) } else { 0.0 };
        let rows = (0..count).flat_map(|note| (0..5).map(move |dim| number(note % 60 * 5 + dim) - 50.0));
        let vectors = Vectors::normalized(dims, rows.collect()).unwrap();
        let panels = [0..100, 100..130, 130..240];
        let mut orders = [vec![[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]], vec![]];
        orders[1] = orders[0].iter().rev().copied().collect();
        let found = orders.map(|tiles| {
            let mut lists = panels.each_ref().map(|notes| Shortlists::new(&vectors, notes, k));
            let mut products = Vec::new();
            for [row, column] in tiles {
                product::products(&vectors, &panels[row], &panels[column], &mut products);
                match lists.get_disjoint_mut([row, column]) {
                    Ok([rows, columns]) => propose(rows, columns, &products),
                    Err(_) => propose_among(&mut lists[row], &products),
                }
            }
            lists.into_iter().flat_map(Shortlists::nearest).collect::<Vec<_>>()
        });
        let expected = (0..vectors.len()).flat_map(|note| {
            let others = (0..vectors.len()).filter(|&other| other != note);
            let mut all: Vec<(u32, f64)> =
                others.map(|other| (u32::try_from(other).unwrap(), vectors.cosine(note, other))).collect();
            all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            all.into_iter().take(k).map(|(other, cosine)| (other, (1.0 - cosine).max(0.0)))
        });
        let expected: Vec<_> = expected.collect();
        assert_eq!(found[0], expected);
        assert_eq!(found[1], expected);
    }
}
