//! Uniform states that stand for a state that varies: its largest values, or its means.
//!
//! In: a model, the values of its maps and fields. Out: a [`Base`]. Components that a map does not have (a map that
//! nothing uses) are 0.

use super::Base;
use crate::field::Field;
use crate::math::sum::pairwise;
use crate::model::Model;

impl Base {
    /// Coefficients and fields by the value of largest magnitude: for a bound on the step.
    pub fn largest(model: &Model, maps: &[Option<Field>], fields: &[Field]) -> Self {
        let largest = |values: Vec<f64>| {
            values.into_iter().fold(0.0, |most: f64, value| if most.abs() < value.abs() { value } else { most })
        };
        Self::of(model, maps, fields, largest)
    }

    /// Coefficients and fields by their means: for the fate of small waves.
    pub fn mean(model: &Model, maps: &[Option<Field>], fields: &[Field]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "cells are far below 2^52")]
        let mean = |values: Vec<f64>| pairwise(&values) / values.len() as f64;
        Self::of(model, maps, fields, mean)
    }

    fn of(model: &Model, maps: &[Option<Field>], fields: &[Field], summary: impl Fn(Vec<f64>) -> f64) -> Self {
        let mut base = Self::rest(model);
        let components = |field: &Field| -> Vec<f64> {
            let count = field.kind.components(&field.grid);
            (0..count).map(|component| summary(field.component(component))).collect()
        };
        for (values, map) in base.maps.iter_mut().zip(maps) {
            if let Some(map) = map {
                *values = components(map);
            }
        }
        if !fields.is_empty() {
            base.fields = fields.iter().flat_map(components).collect();
        }
        base
    }
}
