//! The linearised equations of a model, and what follows from them: growth of small waves, a bound on the step, the
//! part that exponential time differencing integrates exactly.
//!
//! In: a [`Model`] and a uniform state ([`Base`]). Out: for each wavevector the matrix of d/dt of the fields' real
//! components, with the operators' discrete symbols. Every field is split into real components (complex: re, im; link:
//! one per axis), of which each is disturbed by its own complex amplitude times `e^{i k x}`; real fields make the
//! matrix at `-k` the conjugate of that at `k`. Walls, masks and noise play no part. A graph has no plane waves: its
//! equations are looked at on a chain that stands for it.

mod base;
mod dual;
mod evaluate;
mod exponential;
mod number;
mod operators;
mod stability;
mod symbol;
mod waves;

pub use exponential::phi;
pub use stability::stability_bound;
pub use symbol::{Symbol, Turns, mode_turns};
pub use waves::{Dispersion, Wave, small_waves};

use std::borrow::Cow;

use crate::field::Kind;
use crate::grid::{Grid, Topology};
use crate::math::complex::Complex;
use crate::math::eigen::eigenvalues;
use crate::math::elementary::scalar64;
use crate::model::{Expr, Model};
pub use crate::model::{FieldSplit, Term, split};
use evaluate::{Evaluator, columns, first_column, order};

/// The most real components of all fields together whose eigenvalues are looked for: they take n^3 steps at each of some
/// hundred wavevectors.
pub const MOST_COMPONENTS: usize = 128;

/// Whether the eigenvalues of a model are looked for; where not, there is neither a bound on the step nor a wave.
pub fn is_looked_at(model: &Model) -> bool {
    columns(model) <= MOST_COMPONENTS
}

/// A uniform state, about which a model is linearised.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    /// One number per real component, fields in the model's order (complex: re, im; link: one per axis).
    pub fields: Vec<f64>,
    /// One number per component of each map, maps in the model's order.
    pub maps: Vec<Vec<f64>>,
    /// One number per parameter, in the model's order.
    pub parameters: Vec<f64>,
    /// What `x`, `y`, `z` stand for, in units of length.
    pub position: [f64; 3],
    /// What `t` stands for.
    pub time: f64,
}

impl Base {
    /// All fields and maps 0, the parameters as in the seed, at the domain's centre and t = 0.
    pub fn rest(model: &Model) -> Self {
        let mut position = [0.0; 3];
        for &axis in model.grid.axis_list() {
            position[axis.index()] = 0.5 * model.grid.size_along(axis);
        }
        Self {
            fields: vec![0.0; columns(model)],
            maps: model.maps.iter().map(|map| vec![0.0; map.kind.components(&model.grid)]).collect(),
            parameters: model.parameters.iter().map(|parameter| parameter.value).collect(),
            position,
            time: 0.0,
        }
    }
}

/// The model itself, or for a graph the same equations on a chain of the graph's largest weighted degree d: the chain's
/// Laplacian has the eigenvalues 0 to 2 d, which bound those of the graph (Gershgorin).
fn on_grid(model: &Model) -> Cow<'_, Model> {
    const CELLS: u16 = 64;
    let Some(graph) = model.grid.graph() else { return Cow::Borrowed(model) };
    let degree = graph.degrees().into_iter().fold(f64::MIN_POSITIVE, f64::max);
    let size = f64::from(CELLS) * (2.0 / degree).sqrt();
    let grid = Grid::new(&[usize::from(CELLS)], &[size], &[Topology::Periodic]);
    let mut chain = model.clone();
    chain.grid = grid;
    Cow::Owned(chain)
}

/// The equations of a model, linearised about a uniform state.
#[derive(Clone, Debug)]
pub struct Linearization<'m> {
    model: &'m Model,
    base: Base,
    order: Vec<Expr>,
    rotation: f64,
}

impl<'m> Linearization<'m> {
    /// Linearises about a state.
    ///
    /// # Panics
    /// If the state does not have the model's number of components, maps or parameters.
    pub fn new(model: &'m Model, base: &Base) -> Self {
        assert_eq!(base.fields.len(), columns(model), "one number per component");
        assert_eq!(base.maps.len(), model.maps.len(), "the model's maps");
        assert_eq!(base.parameters.len(), model.parameters.len(), "the model's parameters");
        let order = order(model, model.fields.iter().map(|field| field.equation));
        let mut linearization = Self { model, base: base.clone(), order, rotation: 0.0 };
        linearization.rotation = linearization.common_rotation();
        linearization
    }

    /// The number n of real components.
    pub fn components(&self) -> usize {
        self.base.fields.len()
    }

    /// d/dt of the state itself, per component: 0 at a fixed point.
    pub fn rate(&self) -> Vec<f64> {
        self.rows([0.0; 3]).into_iter().map(|row| row.value).collect()
    }

    /// The angular velocity at which the state turns, all complex fields alike, if that is all it does and if the
    /// equations don't mind (gauge symmetry of the first kind); else 0.
    pub fn rotation(&self) -> f64 {
        self.rotation
    }

    /// d/dt of the components' disturbances by those disturbances, n x n by rows; `k` in radians per unit of length.
    pub fn matrix(&self, k: [f64; 3]) -> Vec<Complex> {
        let n = self.components();
        self.rows(k).iter().flat_map(|row| (0..n).map(|column| row.slope(column))).collect()
    }

    /// Growth rates (real parts) and frequencies (imaginary parts) of the n modes at a wavevector, the fastest growing
    /// first. If the state turns uniformly ([`Self::rotation`]), as seen in the frame that turns with it.
    pub fn growth(&self, k: [f64; 3]) -> Vec<Complex> {
        let n = self.components();
        let mut matrix = self.matrix(k);
        for re in self.complex_fields() {
            // u -> e^{-i w t} u adds -i w u.
            matrix[re * n + re + 1] += Complex::from(self.rotation);
            matrix[(re + 1) * n + re] -= Complex::from(self.rotation);
        }
        eigenvalues(&matrix, n)
    }

    /// One row per component of the right-hand sides.
    fn rows(&self, k: [f64; 3]) -> Vec<dual::Dual> {
        let evaluator = Evaluator::new(self.model, &self.base, k, &self.order);
        let mut rows = Vec::with_capacity(self.components());
        for field in &self.model.fields {
            match field.kind {
                Kind::Complex => {
                    let (re, im) = evaluator.component(field.equation, 0).parts();
                    rows.extend([re, im]);
                }
                kind @ (Kind::Real | Kind::Link | Kind::Face) => {
                    let components = 0..kind.components(&self.model.grid);
                    rows.extend(components.map(|c| evaluator.component(field.equation, c).real().clone()));
                }
            }
        }
        rows
    }

    /// The columns of the complex fields' real parts.
    fn complex_fields(&self) -> impl Iterator<Item = usize> {
        let model = self.model;
        let complex = model.fields.iter().enumerate().filter(|(_, field)| field.kind == Kind::Complex);
        complex.map(move |(index, _)| first_column(model, index))
    }

    /// See [`Self::rotation`].
    fn common_rotation(&self) -> f64 {
        const TOLERANCE: f64 = 1e-9;
        let (state, rate) = (&self.base.fields, self.rate());
        let (mut turning, mut size) = (0.0, 0.0);
        let mut rest = rate.clone();
        for re in self.complex_fields() {
            turning += state[re] * rate[re + 1] - state[re + 1] * rate[re];
            size += state[re] * state[re] + state[re + 1] * state[re + 1];
        }
        let rotation = turning / size;
        if size == 0.0 || !rotation.is_finite() {
            return 0.0;
        }
        for re in self.complex_fields() {
            rest[re] += rotation * state[re + 1];
            rest[re + 1] -= rotation * state[re];
        }
        let scale = rotation.abs() * size.sqrt();
        let only_turns = rest.iter().all(|rest| rest.abs() <= TOLERANCE * scale);
        if only_turns && self.symmetric(TOLERANCE) { rotation } else { 0.0 }
    }

    /// Whether the linearisation about the turned state is the turned linearisation, at a generic angle and wave.
    fn symmetric(&self, tolerance: f64) -> bool {
        let (sin, cos) = scalar64::sin_cos(1.0);
        let mut turned = self.clone();
        for re in self.complex_fields() {
            let (x, y) = (self.base.fields[re], self.base.fields[re + 1]);
            turned.base.fields[re] = cos * x - sin * y;
            turned.base.fields[re + 1] = sin * x + cos * y;
        }
        let n = self.components();
        let wave = [0.3, 0.5, 0.7];
        let (mut left, mut right) = (self.matrix(wave), turned.matrix(wave));
        for re in self.complex_fields() {
            // left = R J, right = J' R
            for other in 0..n {
                let (x, y) = (left[re * n + other], left[(re + 1) * n + other]);
                left[re * n + other] = x.scale(cos) - y.scale(sin);
                left[(re + 1) * n + other] = x.scale(sin) + y.scale(cos);
                let (x, y) = (right[other * n + re], right[other * n + re + 1]);
                right[other * n + re] = x.scale(cos) + y.scale(sin);
                right[other * n + re + 1] = y.scale(cos) - x.scale(sin);
            }
        }
        let largest = left.iter().map(|z| z.abs()).fold(0.0, f64::max);
        left.iter().zip(&right).all(|(&a, &b)| (a - b).abs() <= tolerance * largest)
    }
}
