//! What is said of two fields: `nudge(A)`, `distance(A)`, `donor.A`, and the exponent `lyapunov()`.
//!
//! In: a call. Out: a typed node. A nudge is a map of its own that no seed can name; the distance is put together from
//! sums. Invariants: equations see the donor through `nudge` alone; measures of two whole fields stand in series (and
//! `donor.A` in pictures and arrays), where both have been read at the same step.

use std::ops::Range;

use super::{Checked, Context, Reader};
use crate::field::Kind;
use crate::model::donor::{Frames, Nudge};
use crate::model::expr::{Binary, Expr, Node, Number, Place, Total, Type, Unary};
use crate::model::names::Meaning;
use crate::model::syntax::Syntax;
use crate::model::{Map, MapSource};

impl Reader<'_> {
    /// Whether a map may be seen here: the donor's own fields are shown, not used.
    pub(super) fn shown(&mut self, map: u32, name: &str, range: &Range<usize>) -> Checked<()> {
        let of_donor = matches!(self.checker.maps[map as usize].source, MapSource::Donor(_));
        if !of_donor || matches!(self.context, Context::Series | Context::Picture) {
            return Some(());
        }
        let note = "equations see a donor through `nudge(...)`; series, pictures and arrays see its fields";
        self.report(format!("`{name}` can't stand in {}", self.context.name()), range, "", Some(note.into()))
    }

    pub(super) fn lacks_donor(&mut self, what: &str, range: &Range<usize>) -> Checked {
        let note = "add a section [donor]: with nothing but `rng_seed = 2` it is this seed with other random numbers";
        self.report(format!("`{what}` needs a donor"), range, "this seed has no [donor]", Some(note.into()))
    }

    /// `nudge(A)`, `nudge(A, theta)`
    pub(super) fn nudge(&mut self, given: &[(Expr, &Syntax)], range: &Range<usize>) -> Checked {
        if !self.checker.donor {
            return self.lacks_donor("nudge", range);
        }
        if !self.context.sees_fields() {
            let message = format!("`nudge` can't stand in {}", self.context.name());
            return self.report(message, range, "", Some("it stands in equations, derived fields and pictures".into()));
        }
        let field = self.field(given[0], "nudge")?;
        self.lives(given[0], Place::Cell, "the field that is nudged")?;
        let frames = match given.get(1) {
            Some(&theta) => self.carriers(given[0], theta)?,
            None => None,
        };
        let nudge = Nudge { field, frames, span: self.text.locate(range.clone()) };
        let Type { number, place } = self.ty(given[0].0);
        let map = self.map_of(nudge, if number == Number::Complex { Kind::Complex } else { Kind::Real });
        self.add(Node::Map(map), number, place, range)
    }

    /// The position of a nudge's map; equal ones share it. Its name is the nudge as it is written.
    fn map_of(&mut self, nudge: Nudge, kind: Kind) -> u32 {
        let same = |map: &Map| match map.source {
            MapSource::Nudge(other) => (other.field, other.frames) == (nudge.field, nudge.frames),
            _ => false,
        };
        let maps = &mut self.checker.maps;
        let position = maps.iter().position(same).unwrap_or_else(|| {
            let named = |wanted: &dyn Fn(&Meaning) -> bool| {
                let found = self.checker.names.iter().find(|(_, meaning)| wanted(meaning));
                found.map_or_else(String::new, |(name, _)| name.clone())
            };
            let field = named(&|own| matches!(own, Meaning::Field(at, _) if *at == nudge.field));
            let name = match nudge.frames {
                None => format!("nudge({field})"),
                Some(Frames::Field(frames)) => {
                    let frames = named(&|own| matches!(own, Meaning::Field(at, _) if *at == frames));
                    format!("nudge({field}, {frames})")
                }
                Some(Frames::Map(frames)) => format!("nudge({field}, {})", maps[frames as usize].name),
            };
            maps.push(Map { name, kind, source: MapSource::Nudge(nudge) });
            maps.len() - 1
        });
        u32::try_from(position).expect("a seed has fewer than 2^32 maps")
    }

    /// Frames through which a complex field is carried: a link field or a link map, none for 0.
    fn carriers(&mut self, u: (Expr, &Syntax), theta: (Expr, &Syntax)) -> Checked<Option<Frames>> {
        self.frames(u.0, Some(&theta))?;
        let frames = match *self.checker.arena.node(theta.0) {
            _ if self.checker.arena.is_zero(theta.0) => return Some(None),
            Node::Field(index) => Frames::Field(index),
            Node::Map(index) => Frames::Map(index),
            _ => {
                let note = "name a link field, or a link map such as `soil.frame`".to_owned();
                return self.report("these frames have no name".into(), &theta.1.range, "an expression", Some(note));
            }
        };
        if self.ty(u.0).number != Number::Complex {
            return self.report("frames carry complex fields".into(), &u.1.range, "real", None);
        }
        Some(Some(frames))
    }

    /// The position of a field that is named.
    fn field(&mut self, (expr, syntax): (Expr, &Syntax), function: &str) -> Checked<u32> {
        match *self.checker.arena.node(expr) {
            Node::Field(index) => Some(index),
            _ => {
                let message = format!("`{function}` is about a field");
                self.report(message, &syntax.range, "an expression", Some("name a field of this seed".into()))
            }
        }
    }

    /// `distance(A)`: min over p of |A - e^(ip) B| / |A|, with B the donor's field. The minimum is where e^(ip) turns
    /// sum(conj(B) A) into a positive number; a field that is not complex has no phase.
    pub(super) fn distance(&mut self, given: (Expr, &Syntax), range: &Range<usize>) -> Checked {
        if !self.checker.donor {
            return self.lacks_donor("distance", range);
        }
        if self.context != Context::Series {
            let message = format!("`distance` can't stand in {}", self.context.name());
            return self.report(message, range, "", Some("it is a series".into()));
        }
        let index = self.field(given, "distance")?;
        let donor = self.checker.maps.iter().position(|map| matches!(map.source, MapSource::Donor(at) if at == index));
        let donor = u32::try_from(donor.expect("every field has its donor's")).expect("few maps");
        let (a, ty) = (given.0, self.ty(given.0));
        let b = self.add(Node::Map(donor), ty.number, ty.place, range)?;
        let turned = if ty.number == Number::Complex {
            let turn = self.turn_onto(a, b, range)?;
            self.pointwise(Binary::Mul, turn, b, range)?
        } else {
            b
        };
        let apart = self.pointwise(Binary::Sub, a, turned, range)?;
        let (apart, size) = (self.sum_of_squares(apart, range)?, self.sum_of_squares(a, range)?);
        let ratio = self.pointwise(Binary::Div, apart, size, range)?;
        self.add(Node::Unary(Unary::Sqrt, ratio), Number::Real, Place::Uniform, range)
    }

    /// e^(ip) of the smallest distance; 1 where none is smaller than others.
    fn turn_onto(&mut self, a: Expr, b: Expr, range: &Range<usize>) -> Checked {
        let conjugate = self.add(Node::Unary(Unary::Conj, b), Number::Complex, Place::Cell, range)?;
        let product = self.pointwise(Binary::Mul, conjugate, a, range)?;
        let overlap = self.add(Node::Total(Total::Sum, product), Number::Complex, Place::Uniform, range)?;
        let size = self.add(Node::Unary(Unary::Abs, overlap), Number::Real, Place::Uniform, range)?;
        let (zero, one) = (self.checker.arena.literal(0.0), self.checker.arena.literal(1.0));
        let some = self.add(Node::Binary(Binary::Less, zero, size), Number::Truth, Place::Uniform, range)?;
        let turn = self.pointwise(Binary::Div, overlap, size, range)?;
        self.add(Node::Select(some, turn, one), Number::Complex, Place::Uniform, range)
    }

    fn sum_of_squares(&mut self, a: Expr, range: &Range<usize>) -> Checked {
        let place = self.ty(a).place;
        let squares = self.add(Node::Unary(Unary::Abs2, a), Number::Real, place, range)?;
        self.add(Node::Total(Total::Sum, squares), Number::Real, Place::Uniform, range)
    }

    fn pointwise(&mut self, function: Binary, a: Expr, b: Expr, range: &Range<usize>) -> Checked {
        let (first, second) = (self.ty(a), self.ty(b));
        let place = first.place.meet(second.place).expect("both live where the field does");
        self.add(Node::Binary(function, a, b), first.number.max(second.number), place, range)
    }

    /// `lyapunov()`
    pub(super) fn lyapunov(&mut self, range: &Range<usize>) -> Checked {
        if self.context != Context::Series {
            let message = format!("`lyapunov` can't stand in {}", self.context.name());
            return self.report(message, range, "", Some("it is a series".into()));
        }
        self.add(Node::Lyapunov, Number::Real, Place::Uniform, range)
    }
}
