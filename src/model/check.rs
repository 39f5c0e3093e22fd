//! Names and types: from what was written to typed expressions.
//!
//! In: the syntax tree of one expression and the names that may stand in it. Out: a handle into the arena, or
//! diagnostics. Invariant: an expression that passes has a meaning on every grid the model describes, and nothing is
//! reported twice.

mod calls;
mod donor;

use std::ops::Range;

use super::Map;
use super::expr::{Arena, Binary, Draw, Expr, Node, Number, Place, Type, Unary};
use super::functions::{FUNCTIONS, SYNONYMS, function};
use super::parse::parse;
use super::syntax::{BinarySign, Form, Syntax, UnarySign};
use crate::diagnostic::{Diagnostic, Span, suggest};
use crate::grid::Axis;
use crate::math::arithmetic::Precision;
use crate::seed::Text;

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

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    Parameter(u32),
    Field(u32, Type),
    Map(u32, Type),
    /// 1 everywhere.
    One,
    Derived(usize),
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

fn describe(ty: Type) -> String {
    let number = match ty.number {
        Number::Truth => "a truth value (the outcome of a comparison)",
        Number::Real => match ty.place {
            Place::Uniform => "a real number",
            Place::Anywhere => "a real function of position",
            Place::Cell => "a real cell value",
            Place::Link => "a real link value",
            Place::Face => "a real face value",
        },
        Number::Complex => match ty.place {
            Place::Uniform => "a complex number",
            Place::Anywhere => "a complex function of position",
            Place::Cell => "a complex cell value",
            Place::Link => "a complex link value",
            Place::Face => "a complex face value",
        },
    };
    number.to_owned()
}

fn remedy(found: Type, due: Type) -> Option<String> {
    if found.number == Number::Truth {
        return Some("turn a truth value into a number with `select(condition, 1, 0)`".into());
    }
    if found.number == Number::Complex && due.number == Number::Real {
        return Some("take a real part of it: `re(...)`, `im(...)`, `abs(...)`, `abs2(...)` or `arg(...)`".into());
    }
    match (found.place, due.place) {
        (Place::Link | Place::Face, Place::Cell | Place::Anywhere) => {
            Some("`at_cells(...)` gives the mean of the links or faces round a cell, `div(...)` the divergence".into())
        }
        (Place::Cell, Place::Link) => Some("`grad(...)` of a cell value is a link value".into()),
        (Place::Link, Place::Face) => Some("`curvature(...)` and `curl(...)` of a link value are face values".into()),
        (Place::Face, Place::Link) => Some("`cocurl(...)` of a face value is a link value".into()),
        (_, Place::Uniform) => Some("combine it over the domain: `mean(...)`, `sum(...)`, `max_of(...)`".into()),
        _ => None,
    }
}

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

    fn name(&mut self, name: &str, range: &Range<usize>) -> Checked {
        match name {
            "i" => return self.add(Node::ImaginaryUnit, Number::Complex, Place::Uniform, range),
            "pi" => return Some(self.checker.arena.literal(std::f64::consts::PI)),
            "t" => {
                self.allowed(self.context != Context::Mask, "time", name, range)?;
                return self.add(Node::Time, Number::Real, Place::Uniform, range);
            }
            "x" | "y" | "z" => return self.coordinate(name, range),
            _ => {}
        }
        let meaning = self.checker.names.iter().find(|(own, _)| own == name).map(|(_, meaning)| meaning.clone());
        match meaning {
            Some(Meaning::Parameter(index)) => self.add(Node::Parameter(index), Number::Real, Place::Uniform, range),
            Some(Meaning::Field(index, ty)) => {
                self.allowed(self.context.sees_fields(), "a field", name, range)?;
                self.add(Node::Field(index), ty.number, ty.place, range)
            }
            Some(Meaning::Map(index, ty)) => {
                self.allowed(self.context.sees_maps(), "a map", name, range)?;
                self.shown(index, name, range)?;
                self.add(Node::Map(index), ty.number, ty.place, range)
            }
            Some(Meaning::One) => {
                self.allowed(self.context.sees_maps(), "a map", name, range)?;
                Some(self.checker.arena.literal(1.0))
            }
            Some(Meaning::Derived(index)) => {
                self.allowed(self.context.sees_fields(), "a derived field", name, range)?;
                let cyclic = matches!(self.checker.derived[index], Derived::Reading);
                let expr = self.checker.derived(index);
                if cyclic {
                    return self.report(
                        format!("`{name}` is defined by itself"),
                        range,
                        "a circle of derived fields",
                        None,
                    );
                }
                expr
            }
            None => self.unknown_name(name, range),
        }
    }

    fn allowed(&mut self, yes: bool, what: &str, name: &str, range: &Range<usize>) -> Checked<()> {
        if yes {
            return Some(());
        }
        let note = match self.context {
            Context::Wall => "walls see x, y, z, t and the parameters",
            Context::Mask => "a mask sees x, y, z, the parameters and the maps",
            _ => "initial values see x, y, z, the parameters and the maps; a field has no value yet",
        };
        self.report(format!("`{name}` can't stand in {}", self.context.name()), range, what, Some(note.into()))
    }

    fn coordinate(&mut self, name: &str, range: &Range<usize>) -> Checked {
        let axis = Axis::ALL.into_iter().find(|axis| axis.name() == name).expect("x, y or z");
        if axis.index() >= self.checker.axes && self.checker.graph {
            return self.report("there is no `z`: the map of a graph is flat".into(), range, "", None);
        }
        if axis.index() >= self.checker.axes {
            return self.report(
                format!(
                    "there is no `{name}`: the grid has {} {}",
                    self.checker.axes,
                    plural(self.checker.axes, "axis", "axes")
                ),
                range,
                "",
                None,
            );
        }
        self.add(Node::Coordinate(axis), Number::Real, Place::Anywhere, range)
    }

    fn unknown_name(&mut self, name: &str, range: &Range<usize>) -> Checked {
        if let Some((_, _, _, _, usage)) = function(name) {
            return self.report(format!("`{name}` is a function"), range, "", Some(format!("write `{usage}`")));
        }
        if name.starts_with("soil.") && !self.checker.names.iter().any(|(own, _)| own.starts_with("soil.")) {
            let note = "add a section [soil] with `source = \"...\"`".into();
            return self.report(format!("`{name}` needs a soil"), range, "this seed has no [soil]", Some(note));
        }
        if name.starts_with("donor.") && !self.checker.donor {
            return self.lacks_donor(name, range);
        }
        let note = self.suggestion(name);
        self.report(format!("unknown name `{name}`"), range, "", Some(note))
    }

    fn suggestion(&self, name: &str) -> String {
        if let Some((_, own)) = SYNONYMS.iter().find(|(other, _)| *other == name) {
            return format!("did you mean `{own}`?");
        }
        let known = self.checker.names.iter().map(|(own, _)| own.as_str());
        let words = ["i", "pi", "t", "x", "y", "z"].into_iter().chain(FUNCTIONS.iter().map(|row| row.0));
        match suggest(name, known.clone().chain(words)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let names: Vec<_> = known.map(|own| format!("`{own}`")).collect();
                format!("known here: {}, and i, pi, t, x, y, z and the functions", names.join(", "))
            }
        }
    }

    fn sign(&mut self, sign: UnarySign, operand: &Syntax, range: &Range<usize>) -> Checked {
        let inner = self.expression(operand)?;
        let Type { number, place } = self.ty(inner);
        match sign {
            UnarySign::Not => {
                self.truth(inner, &operand.range)?;
                self.add(Node::Unary(Unary::Not, inner), Number::Truth, place, range)
            }
            UnarySign::Plus => {
                self.not_truth(inner, &operand.range)?;
                Some(inner)
            }
            UnarySign::Minus => {
                self.not_truth(inner, &operand.range)?;
                if let Node::Literal(value) = *self.checker.arena.node(inner) {
                    return Some(self.checker.arena.literal(-value));
                }
                self.add(Node::Unary(Unary::Neg, inner), number, place, range)
            }
        }
    }

    fn truth(&mut self, expr: Expr, range: &Range<usize>) -> Checked<()> {
        if self.ty(expr).number == Number::Truth {
            return Some(());
        }
        let found = describe(self.ty(expr));
        self.report(format!("a condition is due here, this is {found}"), range, "", Some("compare it: `a > 0`".into()))
    }

    fn not_truth(&mut self, expr: Expr, range: &Range<usize>) -> Checked<()> {
        if self.ty(expr).number != Number::Truth {
            return Some(());
        }
        let note = "turn it into a number with `select(condition, 1, 0)`".into();
        self.report("a number is due here, this is a comparison".into(), range, "", Some(note))
    }

    fn real(&mut self, expr: Expr, range: &Range<usize>, what: &str) -> Checked<()> {
        self.not_truth(expr, range)?;
        if self.ty(expr).number == Number::Real {
            return Some(());
        }
        let due = Type { number: Number::Real, place: self.ty(expr).place };
        let note = remedy(self.ty(expr), due);
        self.report(format!("{what} needs a real number, this is complex"), range, "complex", note)
    }

    fn meet(&mut self, a: (Expr, &Syntax), b: (Expr, &Syntax)) -> Checked<Place> {
        let (first, second) = (self.ty(a.0), self.ty(b.0));
        if let Some(place) = first.place.meet(second.place) {
            return Some(place);
        }
        let message = format!("{} and {} don't meet", first.place.name(), second.place.name());
        let due = Type { number: second.number, place: first.place };
        self.report(message, &b.1.range, second.place.name(), remedy(second, due))
    }

    fn between(&mut self, sign: BinarySign, a: (Expr, &Syntax), b: (Expr, &Syntax), range: &Range<usize>) -> Checked {
        let place = self.meet(a, b)?;
        if matches!(sign, BinarySign::And | BinarySign::Or) {
            self.truth(a.0, &a.1.range)?;
            self.truth(b.0, &b.1.range)?;
            let operation = if sign == BinarySign::And { Binary::And } else { Binary::Or };
            return self.add(Node::Binary(operation, a.0, b.0), Number::Truth, place, range);
        }
        self.not_truth(a.0, &a.1.range)?;
        self.not_truth(b.0, &b.1.range)?;
        let number = self.ty(a.0).number.max(self.ty(b.0).number);
        if sign.is_comparison() && !matches!(sign, BinarySign::Equal | BinarySign::NotEqual) {
            self.real(a.0, &a.1.range, "a comparison")?;
            self.real(b.0, &b.1.range, "a comparison")?;
        }
        let truth = |operation, x, y| (Node::Binary(operation, x, y), Number::Truth);
        let (node, number) = match sign {
            BinarySign::Add => (Node::Binary(Binary::Add, a.0, b.0), number),
            BinarySign::Sub => (Node::Binary(Binary::Sub, a.0, b.0), number),
            BinarySign::Mul => (Node::Binary(Binary::Mul, a.0, b.0), number),
            BinarySign::Div => (Node::Binary(Binary::Div, a.0, b.0), number),
            BinarySign::Power => return self.power(a, b, place, range),
            BinarySign::Less => truth(Binary::Less, a.0, b.0),
            BinarySign::LessEqual => truth(Binary::LessEqual, a.0, b.0),
            BinarySign::Greater => truth(Binary::Less, b.0, a.0),
            BinarySign::GreaterEqual => truth(Binary::LessEqual, b.0, a.0),
            BinarySign::Equal => truth(Binary::Equal, a.0, b.0),
            BinarySign::NotEqual => {
                let equal = self.add(Node::Binary(Binary::Equal, a.0, b.0), Number::Truth, place, range)?;
                (Node::Unary(Unary::Not, equal), Number::Truth)
            }
            BinarySign::And | BinarySign::Or => unreachable!("handled above"),
        };
        self.add(node, number, place, range)
    }

    /// A constant integer exponent is repeated multiplication of any base, else the base is real and positive.
    fn power(&mut self, a: (Expr, &Syntax), b: (Expr, &Syntax), place: Place, range: &Range<usize>) -> Checked {
        if let Some(exponent) = self.literal(b.0).filter(|value| value.fract() == 0.0) {
            if exponent.abs() > 1024.0 {
                let message = format!("the exponent {exponent} is beyond 1024");
                return self.report(message, &b.1.range, "", Some("`exp(n*log(x))` has no such limit".into()));
            }
            #[expect(clippy::cast_possible_truncation, reason = "integral and at most 1024")]
            let node = Node::Power(a.0, exponent as i32);
            let number = self.ty(a.0).number;
            return self.add(node, number, place, range);
        }
        self.real(a.0, &a.1.range, "a power with an exponent that is not a constant integer")?;
        self.real(b.0, &b.1.range, "an exponent")?;
        self.add(Node::Binary(Binary::Pow, a.0, b.0), Number::Real, place, range)
    }

    /// The value of an expression made of literals.
    fn literal(&self, expr: Expr) -> Option<f64> {
        match *self.checker.arena.node(expr) {
            Node::Literal(value) => Some(value),
            Node::Unary(Unary::Neg, a) => Some(-self.literal(a)?),
            Node::Binary(Binary::Add, a, b) => Some(self.literal(a)? + self.literal(b)?),
            Node::Binary(Binary::Sub, a, b) => Some(self.literal(a)? - self.literal(b)?),
            Node::Binary(Binary::Mul, a, b) => Some(self.literal(a)? * self.literal(b)?),
            Node::Binary(Binary::Div, a, b) => Some(self.literal(a)? / self.literal(b)?),
            _ => None,
        }
    }
}

fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}
