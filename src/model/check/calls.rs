//! Function calls: number of arguments, types, and where the outcome lives.
//!
//! In: a name, the syntax of its arguments. Out: a typed node, or a diagnostic with the function's usage. Invariant:
//! each operator of the language's table is checked against its row here, and nowhere else; arguments that were left
//! out are the literals 0 (frames) and 1 (coefficients).

use super::{Checked, Reader, plural};
use crate::model::expr::{Binary, Draw, Expr, Node, Number, Operator, Place, Total, Type, Unary};
use crate::model::functions::{Function, function};
use crate::model::syntax::Syntax;
use std::ops::Range;

impl Reader<'_> {
    pub(super) fn call(
        &mut self,
        name: &str,
        name_range: &Range<usize>,
        arguments: &[Syntax],
        range: &Range<usize>,
    ) -> Checked {
        let read: Vec<Checked> = arguments.iter().map(|argument| self.expression(argument)).collect();
        let Some((_, meaning, least, most, usage)) = function(name) else {
            let known = self.checker.names.iter().any(|(own, _)| own == name)
                || ["i", "pi", "t", "x", "y", "z"].contains(&name);
            let note =
                if known { format!("multiplication needs its sign: `{name}*(...)`") } else { self.suggestion(name) };
            return self.report(format!("`{name}` is not a function"), name_range, "", Some(note));
        };
        if !(*least..=*most).contains(&arguments.len()) {
            let due = if least == most { least.to_string() } else { format!("{least} to {most}") };
            let message =
                format!("`{name}` takes {due} {}, not {}", plural(*most, "argument", "arguments"), arguments.len());
            return self.report(message, range, "", Some(format!("usage: `{usage}`")));
        }
        let read: Vec<Expr> = read.into_iter().collect::<Option<_>>()?;
        let given: Vec<(Expr, &Syntax)> = read.into_iter().zip(arguments).collect();
        match *meaning {
            Function::Unary(unary) => self.unary(unary, name, given[0], range),
            Function::Binary(Binary::Pow) => {
                let place = self.meet(given[0], given[1])?;
                self.not_truth(given[0].0, &given[0].1.range)?;
                self.not_truth(given[1].0, &given[1].1.range)?;
                self.power(given[0], given[1], place, range)
            }
            Function::Binary(binary) => {
                let place = self.meet(given[0], given[1])?;
                self.real(given[0].0, &given[0].1.range, name)?;
                self.real(given[1].0, &given[1].1.range, name)?;
                self.add(Node::Binary(binary, given[0].0, given[1].0), Number::Real, place, range)
            }
            Function::Clamp => self.clamp(&given, range),
            Function::Select => self.select(&given, range),
            Function::Link => self.components(&given, range),
            Function::Operator(operator) => self.operator(operator, name, &given, range),
            Function::Defects => self.defects(&given, range),
            Function::Total(total) => self.total(total, given[0], range),
            Function::Draw(draw) => self.draw(draw, name, range),
            Function::Nudge => self.nudge(&given, range),
            Function::Distance => self.distance(given[0], range),
            Function::Lyapunov => self.lyapunov(range),
        }
    }

    fn unary(&mut self, unary: Unary, name: &str, (a, syntax): (Expr, &Syntax), range: &Range<usize>) -> Checked {
        self.not_truth(a, &syntax.range)?;
        let Type { number, place } = self.ty(a);
        let result = match unary {
            Unary::Re | Unary::Im | Unary::Abs | Unary::Abs2 | Unary::Arg => Number::Real,
            Unary::Floor | Unary::Sign | Unary::Step => {
                self.real(a, &syntax.range, name)?;
                Number::Real
            }
            Unary::Neg
            | Unary::Conj
            | Unary::Exp
            | Unary::Log
            | Unary::Sqrt
            | Unary::Sin
            | Unary::Cos
            | Unary::Tan
            | Unary::Sinh
            | Unary::Cosh
            | Unary::Tanh => number,
            Unary::Not => Number::Truth,
        };
        self.add(Node::Unary(unary, a), result, place, range)
    }

    fn clamp(&mut self, given: &[(Expr, &Syntax)], range: &Range<usize>) -> Checked {
        for (expr, syntax) in given {
            self.real(*expr, &syntax.range, "clamp")?;
        }
        let place = self.meet(given[0], given[1])?;
        let raised = self.add(Node::Binary(Binary::Max, given[0].0, given[1].0), Number::Real, place, range)?;
        let place = self.meet((raised, given[0].1), given[2])?;
        self.add(Node::Binary(Binary::Min, raised, given[2].0), Number::Real, place, range)
    }

    fn select(&mut self, given: &[(Expr, &Syntax)], range: &Range<usize>) -> Checked {
        let [condition, a, b] = given else { unreachable!("three arguments") };
        self.truth(condition.0, &condition.1.range)?;
        self.not_truth(a.0, &a.1.range)?;
        self.not_truth(b.0, &b.1.range)?;
        let values = self.meet(*a, *b)?;
        let Some(place) = values.meet(self.ty(condition.0).place) else {
            let message = "the condition lives elsewhere than the values".to_owned();
            return self.report(message, &condition.1.range, self.ty(condition.0).place.name(), None);
        };
        let number = self.ty(a.0).number.max(self.ty(b.0).number);
        self.add(Node::Select(condition.0, a.0, b.0), number, place, range)
    }

    fn components(&mut self, given: &[(Expr, &Syntax)], range: &Range<usize>) -> Checked {
        let axes = self.checker.axes;
        if self.checker.graph {
            let note = "a function of position is evaluated in the middle of each edge".to_owned();
            return self.report("the edges of a graph have no axes".into(), range, "", Some(note));
        }
        if given.len() != axes {
            let message = format!("`link` takes one expression per axis: {axes}, not {}", given.len());
            return self.report(message, range, "", None);
        }
        for (expr, syntax) in given {
            self.real(*expr, &syntax.range, "link")?;
            let place = self.ty(*expr).place;
            if place.meet(Place::Link).is_none() {
                return self.report(
                    format!("`link` takes numbers, functions of position and link values, this is {}", place.name()),
                    &syntax.range,
                    place.name(),
                    None,
                );
            }
        }
        let all = given.iter().map(|(expr, _)| *expr).collect();
        self.add(Node::Components(all), Number::Real, Place::Link, range)
    }

    fn operator(&mut self, operator: Operator, name: &str, given: &[(Expr, &Syntax)], range: &Range<usize>) -> Checked {
        let axes = self.checker.axes;
        let needs = match operator {
            Operator::Curvature | Operator::Cocurl | Operator::Curl => 2,
            Operator::Derivative(axis) => axis.index() + 1,
            _ => 1,
        };
        let alien = match operator {
            Operator::Derivative(_) => {
                Some("a derivative along an axis, and a graph has none: `grad(u)` is that along each edge")
            }
            Operator::Curl => {
                Some("a circulation per area, and a triangle of a graph has none: `curvature(v)` is the sum round it")
            }
            _ => None,
        };
        if let Some(why) = alien.filter(|_| self.checker.graph) {
            return self.report(format!("`{name}` has no meaning on a graph"), range, "", Some(format!("it is {why}")));
        }
        if axes < needs {
            return self.report(format!("`{name}` needs {needs} axes; the grid has {axes}"), range, "", None);
        }
        let zero = self.checker.arena.literal(0.0);
        let one = self.checker.arena.literal(1.0);
        let optional = |index: usize, absent: Expr| given.get(index).map_or(absent, |argument| argument.0);
        match operator {
            Operator::Laplacian => {
                self.lives(given[0], Place::Cell, "the argument of the Laplacian")?;
                let number = self.frames(given[0].0, given.get(1))?;
                let all = vec![given[0].0, optional(1, zero)];
                self.add(Node::Operator(operator, all), number, Place::Cell, range)
            }
            Operator::DivGrad => {
                self.real_at(given[0], Place::Cell, "the coefficient D")?;
                self.lives(given[1], Place::Cell, "the second argument of div_grad")?;
                let number = self.frames(given[1].0, given.get(2))?;
                let all = vec![given[0].0, given[1].0, optional(2, zero)];
                self.add(Node::Operator(operator, all), number, Place::Cell, range)
            }
            Operator::Tension | Operator::Current => {
                self.lives(given[0], Place::Cell, "the first argument")?;
                self.frames(given[0].0, given.get(1))?;
                if let Some(&weight) = given.get(2) {
                    self.real_at(weight, Place::Cell, "the coefficient D")?;
                }
                let place = if operator == Operator::Tension { Place::Cell } else { Place::Link };
                let all = vec![given[0].0, optional(1, zero), optional(2, one)];
                self.add(Node::Operator(operator, all), Number::Real, place, range)
            }
            Operator::Curvature => {
                self.real_at(given[0], Place::Link, "the argument of curvature")?;
                self.add(Node::Operator(operator, vec![given[0].0]), Number::Real, Place::Face, range)
            }
            Operator::Cocurl => {
                self.lives(given[0], Place::Face, "the argument of cocurl")?;
                let number = self.ty(given[0].0).number;
                self.add(Node::Operator(operator, vec![given[0].0]), number, Place::Link, range)
            }
            Operator::Grad | Operator::Derivative(_) => {
                self.lives(given[0], Place::Cell, &format!("the argument of {name}"))?;
                let place = if operator == Operator::Grad { Place::Link } else { Place::Cell };
                let number = self.ty(given[0].0).number;
                self.add(Node::Operator(operator, vec![given[0].0]), number, place, range)
            }
            Operator::Div | Operator::Curl => {
                self.lives(given[0], Place::Link, &format!("the argument of {name}"))?;
                let place = if operator == Operator::Div { Place::Cell } else { Place::Face };
                let number = self.ty(given[0].0).number;
                self.add(Node::Operator(operator, vec![given[0].0]), number, place, range)
            }
            Operator::AtCells => {
                let ty = self.ty(given[0].0);
                self.not_truth(given[0].0, &given[0].1.range)?;
                if !matches!(ty.place, Place::Link | Place::Face) {
                    let message = format!("`at_cells` takes a link or face value, this is {}", ty.place.name());
                    return self.report(message, &given[0].1.range, ty.place.name(), None);
                }
                self.add(Node::Operator(operator, vec![given[0].0]), ty.number, Place::Cell, range)
            }
            Operator::Winding => unreachable!("not a function name"),
        }
    }

    /// Checks the frames argument; the number type of what is carried through them.
    pub(super) fn frames(&mut self, u: Expr, theta: Option<&(Expr, &Syntax)>) -> Checked<Number> {
        let number = self.ty(u).number;
        let Some(&theta) = theta else { return Some(number) };
        self.real_at(theta, Place::Link, "the frame field")?;
        Some(if self.checker.arena.is_zero(theta.0) { number } else { Number::Complex })
    }

    fn defects(&mut self, given: &[(Expr, &Syntax)], range: &Range<usize>) -> Checked {
        if self.checker.axes < 2 {
            return self.report("`defects` needs 2 axes; the grid has 1".into(), range, "", None);
        }
        self.lives(given[0], Place::Cell, "the first argument of defects")?;
        if self.ty(given[0].0).number != Number::Complex {
            return self.report("defects are those of a complex field".into(), &given[0].1.range, "real", None);
        }
        self.frames(given[0].0, given.get(1))?;
        let zero = self.checker.arena.literal(0.0);
        let theta = given.get(1).map_or(zero, |theta| theta.0);
        let node = Node::Operator(Operator::Winding, vec![given[0].0, theta]);
        let winding = self.add(node, Number::Real, Place::Face, range)?;
        // Each plaquette counts once, whatever its charge.
        let zero_winding = self.add(Node::Binary(Binary::Equal, winding, zero), Number::Truth, Place::Face, range)?;
        let one = self.checker.arena.literal(1.0);
        let counted = self.add(Node::Select(zero_winding, zero, one), Number::Real, Place::Face, range)?;
        self.add(Node::Total(Total::Sum, counted), Number::Real, Place::Uniform, range)
    }

    fn total(&mut self, total: Total, (a, syntax): (Expr, &Syntax), range: &Range<usize>) -> Checked {
        self.not_truth(a, &syntax.range)?;
        if !self.context.sees_fields() {
            let message = format!("the whole domain can't be combined in {}", self.context.name());
            return self.report(message, range, "", None);
        }
        let Type { number, place } = self.ty(a);
        if self.checker.arena.draws(a) {
            return self.report("noise can't be combined over the domain".into(), &syntax.range, "", None);
        }
        if !matches!(total, Total::Mean | Total::Sum) {
            self.real(a, &syntax.range, "an extreme or a spread")?;
        }
        if total == Total::Std && matches!(place, Place::Link | Place::Face) {
            let message = "`std` is that of a cell value".to_owned();
            let note = "of links and faces: `sqrt(mean((f - mean(f))^2))`; `at_cells(f)` is a cell value".to_owned();
            return self.report(message, &syntax.range, place.name(), Some(note));
        }
        self.add(Node::Total(total, a), number, Place::Uniform, range)
    }

    fn draw(&mut self, draw: Draw, name: &str, range: &Range<usize>) -> Checked {
        if !self.context.sees_draw(draw) {
            let note = match draw {
                Draw::Noise => "`noise()` is a term of an equation",
                Draw::Normal | Draw::Uniform => {
                    "`normal()` and `uniform()` stand in initial values; in equations there is `noise()`"
                }
            };
            let message = format!("`{name}()` can't stand in {}", self.context.name());
            return self.report(message, range, "", Some(note.into()));
        }
        let stream = self.checker.draws;
        self.checker.draws += 1;
        self.add(Node::Draw(draw, stream), Number::Real, Place::Anywhere, range)
    }
}
