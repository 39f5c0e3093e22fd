//! A number from a formula: the seed's language over named numbers.
//!
//! In: text such as `0.193*(1 - kappa)`, and numbers by name. Out: its value in f64, or what is wrong, with its place in the
//! document that holds the formula. The formula is read as the series of a seed that has these numbers as parameters, so
//! that it means what it would mean there.

use crate::diagnostic::{Diagnostic, Severity};
use crate::discretize::{Given, constant};
use crate::model::{Model, Node};
use crate::seed::{Entry, Observe, Parameter, Seed, Spanned, Text, is_identifier};

/// A seed with a field that no formula mentions.
const BARE: &str = r#"
semafield = 1
domain = {kind = "grid", shape = [1], size = [1.0]}
fields = {_ = {type = "real", initial = "0"}}
equations = {_ = "0"}
time = {dt = 1.0, stop = 1.0}
"#;

/// The value of a formula; numbers whose names can't stand in an expression are left out.
pub(super) fn value(formula: &Text, numbers: &[(String, f64)]) -> Result<f64, Vec<Diagnostic>> {
    let mut seed = Seed::parse(BARE).expect("a bare seed is a seed");
    let text = |value: &str| Text::from_literal(value.to_owned(), value, 0);
    seed.parameters = numbers
        .iter()
        .filter(|(name, _)| is_identifier(name))
        .map(|(name, value)| Parameter {
            name: text(name),
            value: Spanned::new(*value, formula.span),
            min: None,
            max: None,
            doc: None,
        })
        .collect();
    seed.observe =
        Observe { series: vec![Entry { name: text("formula"), text: formula.clone() }], ..Observe::default() };
    let mut found = Vec::new();
    let model = Model::from_seed(&seed, &mut found);
    found.retain(|diagnostic| diagnostic.severity == Severity::Error);
    let Some(model) = model.filter(|_| found.is_empty()) else { return Err(found) };
    let expr = model.observe.series[0].expr;
    let not_a_number = |why: &str| {
        vec![Diagnostic::error(why).at(formula.span, "").note("use the names of axes, `baseline`, and plain functions")]
    };
    if model.arena.any(expr, &|node| matches!(node, Node::Total(..) | Node::Lyapunov)) {
        return Err(not_a_number("a prediction has no field to take a mean or a sum of"));
    }
    let values: Vec<f64> = model.parameters.iter().map(|parameter| parameter.value).collect();
    let given = Given { time: 0.0, parameters: &values, lyapunov: f64::NAN };
    constant(&model, expr, given, &|_| (0.0, 0.0)).ok_or_else(|| not_a_number("a prediction is one real number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<f64, Vec<Diagnostic>> {
        let numbers = [("kappa".to_owned(), 0.25), ("baseline".to_owned(), 8.0), ("time.dt".to_owned(), 1.0)];
        value(&Text::from_literal(text.to_owned(), text, 0), &numbers)
    }

    #[test]
    fn formulas_are_the_language_of_seeds() {
        assert_eq!(of("baseline*(1 - kappa)").unwrap(), 6.0);
        assert_eq!(of("-2^2 + max(kappa, 1)").unwrap(), -3.0);
        assert_eq!(of("3").unwrap(), 3.0);
    }

    #[test]
    fn what_is_no_number_is_said_with_its_place() {
        let unknown = of("baseline*(1 - kapa)").unwrap_err();
        assert_eq!(unknown[0].span.map(|span| (span.start, span.end)), Some((14, 18)), "{unknown:?}");
        assert!(unknown[0].notes.iter().any(|note| note.contains("kappa")), "{unknown:?}");
        for wrong in ["mean(kappa)", "i*kappa", "x", "kappa >", "t < 1"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
