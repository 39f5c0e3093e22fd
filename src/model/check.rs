//! Names and types: from what was written to typed expressions.
//!
//! In: the syntax tree of one expression and the names that may stand in it. Out: a handle into the arena, or
//! diagnostics. Invariant: an expression that passes has a meaning on every grid the model describes, and nothing is
//! reported twice.

mod calls;
mod donor;
mod lookup;
mod signs;
mod types;

use std::ops::Range;

use super::Map;
use super::expr::{Arena, Draw, Expr, Node, Number, Place, Type};
use super::names::Meaning;
use super::parse::parse;
use super::syntax::{Form, Syntax};
use crate::diagnostic::{Diagnostic, Span};
use crate::math::arithmetic::Precision;
use crate::seed::Text;
use types::{describe, remedy};

/// The deepest nesting after derived fields have been put in.
const DEEPEST: u32 = 1200;

/// Where an expression stands, which decides what it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    Initial,
    Equation,
    Derived,
    Wall,
    Mask,
    Series,
    Picture,
}

impl Context {
    const fn name(self) -> &'static str {
        match self {
            Self::Initial => "an initial value",
            Self::Equation => "an equation",
            Self::Derived => "a derived field",
            Self::Wall => "a wall",
            Self::Mask => "a mask",
            Self::Series => "a series",
            Self::Picture => "a picture",
        }
    }

    const fn sees_fields(self) -> bool {
        matches!(self, Self::Equation | Self::Derived | Self::Series | Self::Picture)
    }

    const fn sees_maps(self) -> bool {
        !matches!(self, Self::Wall)
    }

    const fn sees_draw(self, draw: Draw) -> bool {
        match draw {
            Draw::Normal | Draw::Uniform => matches!(self, Self::Initial),
            Draw::Noise => matches!(self, Self::Equation),
        }
    }
}

/// A derived field on its way to an expression.
#[derive(Clone, Debug)]
pub(super) enum Derived {
    Unread(Text),
    Reading,
    Read(Expr),
    Wrong,
}

/// Checks the expressions of one model.
pub(super) struct Checker {
    pub(super) arena: Arena,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) names: Vec<(String, Meaning)>,
    pub(super) derived: Vec<Derived>,
    /// Given fields; a `nudge` adds its own.
    pub(super) maps: Vec<Map>,
    /// Whether the seed has a donor.
    pub(super) donor: bool,
    pub(super) axes: usize,
    /// Whether the domain is a graph, on whose map `x` and `y` are.
    pub(super) graph: bool,
    pub(super) draws: u32,
    /// Nesting of what is being read, derived fields included: bounds the stack.
    pub(super) nesting: u32,
    /// Literals that binary32 does not hold.
    pub(super) wide: Vec<Span>,
}

/// A computation that stops at the first mistake, which has been reported.
type Checked<T = Expr> = Option<T>;

impl Checker {
    /// Reads a whole expression.
    pub(super) fn read(&mut self, text: &Text, context: Context) -> Checked {
        match parse(&text.value) {
            Ok(tree) => Reader { checker: self, text, context }.expression(&tree),
            Err(bad) => {
                let range = visible(bad.range, text.value.len());
                let mut diagnostic = Diagnostic::error(bad.message).at(text.locate(range), "");
                if let Some(help) = bad.help {
                    diagnostic = diagnostic.note(help);
                }
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    /// Reads an expression that must have a type: real is promoted to complex, a number to a value anywhere.
    pub(super) fn read_as(&mut self, text: &Text, context: Context, due: Type) -> Checked {
        let expr = self.read(text, context)?;
        let ty = self.arena.ty(expr);
        let number = ty.number == due.number || (ty.number == Number::Real && due.number == Number::Complex);
        let place = ty.place.meet(due.place) == Some(due.place);
        if number && place {
            return Some(expr);
        }
        let diagnostic = Diagnostic::error(format!("{} is due here, this is {}", describe(due), describe(ty)))
            .at(text.locate(0..text.value.len()), describe(ty));
        self.diagnostics.push(diagnostic.maybe_note(remedy(ty, due)));
        None
    }

    /// The expression of a derived field.
    pub(super) fn derived(&mut self, index: usize) -> Checked {
        match std::mem::replace(&mut self.derived[index], Derived::Reading) {
            Derived::Read(expr) => {
                self.derived[index] = Derived::Read(expr);
                Some(expr)
            }
            Derived::Unread(text) => {
                let read = self.read(&text, Context::Derived);
                let cyclic = matches!(self.derived[index], Derived::Wrong);
                self.derived[index] = match read {
                    Some(expr) if !cyclic => Derived::Read(expr),
                    _ => Derived::Wrong,
                };
                read
            }
            Derived::Wrong => {
                self.derived[index] = Derived::Wrong;
                None
            }
            Derived::Reading => {
                self.derived[index] = Derived::Wrong;
                None
            }
        }
    }
}

/// At least one character wide, inside the text where possible.
fn visible(range: Range<usize>, length: usize) -> Range<usize> {
    if range.is_empty() && range.start >= length && length > 0 { length - 1..length } else { range }
}

/// Reads one expression of the seed.
struct Reader<'a> {
    checker: &'a mut Checker,
    text: &'a Text,
    context: Context,
}

impl Reader<'_> {
    fn report<T>(&mut self, message: String, range: &Range<usize>, label: &str, note: Option<String>) -> Checked<T> {
        let span = self.text.locate(range.clone());
        self.checker.diagnostics.push(Diagnostic::error(message).at(span, label).maybe_note(note));
        None
    }

    fn ty(&self, expr: Expr) -> Type {
        self.checker.arena.ty(expr)
    }

    fn add(&mut self, node: Node, number: Number, place: Place, range: &Range<usize>) -> Checked {
        let expr = self.checker.arena.add(node, Type { number, place });
        if self.checker.arena.depth(expr) > DEEPEST { self.too_deep(range) } else { Some(expr) }
    }

    fn too_deep(&mut self, range: &Range<usize>) -> Checked {
        self.report(
            format!("nested more than {DEEPEST} deep, derived fields included"),
            range,
            "",
            Some("use fewer derived fields of derived fields".into()),
        )
    }

    fn expression(&mut self, tree: &Syntax) -> Checked {
        if self.checker.nesting == DEEPEST {
            return self.too_deep(&tree.range);
        }
        self.checker.nesting += 1;
        let read = self.form(tree);
        self.checker.nesting -= 1;
        read
    }

    fn form(&mut self, tree: &Syntax) -> Checked {
        match &tree.form {
            Form::Number(value) => {
                if *value > Precision::F32.largest() {
                    self.checker.wide.push(self.text.locate(tree.range.clone()));
                }
                Some(self.checker.arena.literal(*value))
            }
            Form::Name(name) => self.name(name, &tree.range),
            Form::Unary(sign, operand) => self.sign(*sign, operand, &tree.range),
            Form::Binary(sign, left, right) => {
                // Both sides are read even if the first is wrong: all mistakes at once.
                let (a, b) = (self.expression(left), self.expression(right));
                self.between(*sign, (a?, left), (b?, right), &tree.range)
            }
            Form::Call { name, name_range, arguments } => self.call(name, name_range, arguments, &tree.range),
        }
    }
}

fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}
