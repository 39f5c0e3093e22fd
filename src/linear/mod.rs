//! placeholder
use crate::field::Field;
use crate::model::Model;
use crate::seed::Scheme;
pub struct Base;
impl Base {
    pub fn largest(_m: &Model, _maps: &[Option<Field>], _f: &[Field]) -> Self {
        Self
    }
}
pub fn stability_bound(_m: &Model, _b: &Base, _s: Scheme) -> Option<f64> {
    None
}
