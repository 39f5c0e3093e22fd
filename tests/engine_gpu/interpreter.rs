//! A Program run by the book, one cell and one operation at a time: slow, obvious, independent of both back ends.

use semafield::grid::Axis;
use semafield::math::arithmetic::{Arithmetic, Scalar};
use semafield::math::rng::{Draw, fill_normal_f32};
use semafield::program::{
    BufferId, Extent, Ghost, Kernel, Op, Pass, Program, Reduction, Role, Side, Slot, Uniform, UniformId, Value,
};

/// The values of all buffers of a Program.
pub(crate) struct Interpreter {
    pub(crate) program: Program,
    pub(crate) buffers: Vec<Vec<f32>>,
    pub(crate) parameters: Vec<f64>,
    /// Pairs (for this step, for the next); none until the first step.
    pub(crate) held: Option<Vec<(f64, f64)>>,
    /// What the step under way has reduced, by uniform, and whether it saw the state at the step's end.
    fresh: Vec<Option<(f64, bool)>>,
    pub(crate) prepare_due: bool,
}

#[derive(Clone, Copy)]
enum Number {
    Real(f32),
    Truth(bool),
}

impl Number {
    fn real(self) -> f32 {
        if let Self::Real(value) = self { value } else { panic!("a truth value where a number belongs") }
    }

    fn truth(self) -> bool {
        if let Self::Truth(value) = self { value } else { panic!("a number where a truth value belongs") }
    }
}

impl Interpreter {
    pub(crate) fn new(program: &Program) -> Self {
        let length = |b: &semafield::program::Buffer| program.extent_cells(b.extent) * b.components as usize;
        let parameter = |u: &Uniform| if let Uniform::Parameter { value, .. } = u { *value } else { 0.0 };
        Self {
            buffers: program.buffers.iter().map(|b| vec![0.0; length(b)]).collect(),
            parameters: program.uniforms.iter().map(parameter).collect(),
            held: None,
            fresh: vec![None; program.uniforms.len()],
            prepare_due: true,
            program: program.clone(),
        }
    }

    pub(crate) fn advance(&mut self, first: u64, steps: u64) {
        if self.prepare_due {
            for pass in self.program.prepare.clone() {
                self.pass(&pass, first);
            }
            self.prepare_due = false;
        }
        if self.held.is_none() {
            self.reduce_initial(first);
        }
        for step in first..first + steps {
            for position in 0..self.program.step.len() {
                let pass = self.program.step[position].clone();
                self.pass(&pass, step);
                if let Pass::Reduce { source, reduction, mask, target } = pass {
                    let late = self.program.step[..position].iter().any(|pass| self.changes_state(pass));
                    self.fresh[target.0 as usize] = Some((self.reduce(source, reduction, mask), late));
                }
            }
            for (pair, fresh) in self.held.as_mut().unwrap().iter_mut().zip(&self.fresh) {
                if let Some((value, late)) = *fresh {
                    *pair = (if late { pair.1 } else { value }, value);
                }
            }
        }
    }

    /// Until nothing changes any more, so that reductions of reductions come right.
    fn reduce_initial(&mut self, first: u64) {
        self.held = Some(vec![(0.0, 0.0); self.program.uniforms.len()]);
        for _ in 0..=self.program.step.len() {
            for pass in self.program.step.clone() {
                match pass {
                    Pass::Reduce { source, reduction, mask, target } => {
                        let value = self.reduce(source, reduction, mask);
                        self.held.as_mut().unwrap()[target.0 as usize] = (value, value);
                    }
                    Pass::Run(_) if !self.changes_state(&pass) => self.pass(&pass, first),
                    _ => {}
                }
            }
        }
    }

    fn changes_state(&self, pass: &Pass) -> bool {
        let is_state = |buffer: BufferId| self.program.buffer(buffer).role == Role::State;
        match pass {
            Pass::Run(kernel) => self.program.kernel(*kernel).stores.iter().any(|store| is_state(store.slot.buffer)),
            Pass::Swap(a, b) => is_state(*a) || is_state(*b),
            Pass::Normal { .. } | Pass::Reduce { .. } | Pass::Fourier { .. } | Pass::Gather { .. } => false,
        }
    }

    fn pass(&mut self, pass: &Pass, step: u64) {
        match pass {
            Pass::Run(kernel) => self.run(&self.program.kernel(*kernel).clone(), step),
            Pass::Swap(a, b) => self.buffers.swap(a.0 as usize, b.0 as usize),
            Pass::Normal { buffer, first_stream, .. } => {
                let cells = self.program.grid.cells();
                for (stream, plane) in (*first_stream..).zip(self.buffers[buffer.0 as usize].chunks_mut(cells)) {
                    fill_normal_f32(plane, 0, Draw { rng_seed: self.program.rng_seed, stream, step });
                }
            }
            Pass::Reduce { .. } => {}
            Pass::Fourier { .. } => panic!("transforms are compared with the definition in `etd`"),
            Pass::Gather { .. } => panic!("graphs are compared with the CPU in `graph`"),
        }
    }

    fn run(&mut self, kernel: &Kernel, step: u64) {
        let cells = self.program.extent_cells(kernel.extent);
        let mut stored = Vec::new();
        for cell in 0..cells {
            let numbers = self.cell(kernel, cell, step);
            for store in &kernel.stores {
                stored.push((store.slot, cell, numbers[store.value.0 as usize].real()));
            }
        }
        for (slot, cell, value) in stored {
            self.buffers[slot.buffer.0 as usize][slot.component as usize * cells + cell] = value;
        }
    }

    fn cell(&self, kernel: &Kernel, cell: usize, step: u64) -> Vec<Number> {
        let mut s = Scalar::<f32>::default();
        let [nx, ny, _] = self.program.extent_shape(kernel.extent);
        let at = [cell % nx, cell / nx % ny, cell / (nx * ny)];
        let mut numbers: Vec<Number> = Vec::new();
        for op in &kernel.ops {
            let r = |v: Value| numbers[v.0 as usize].real();
            let t = |v: Value| numbers[v.0 as usize].truth();
            numbers.push(match *op {
                Op::Less(a, b) => Number::Truth(s.less(r(a), r(b))),
                Op::LessEqual(a, b) => Number::Truth(s.less_equal(r(a), r(b))),
                Op::Equal(a, b) => Number::Truth(s.equal(r(a), r(b))),
                Op::And(a, b) => Number::Truth(t(a) && t(b)),
                Op::Or(a, b) => Number::Truth(t(a) || t(b)),
                Op::Not(a) => Number::Truth(!t(a)),
                Op::Const(value) => Number::Real(s.constant(value)),
                Op::Uniform(id) => Number::Real(s.constant(self.uniform(id, step))),
                Op::Index(axis) => Number::Real(at[axis.index()] as f32),
                Op::Load { slot, offset } if kernel.extent == Extent::Cells => {
                    Number::Real(self.load(slot, at, offset))
                }
                Op::Load { slot, .. } => {
                    let cells = self.program.extent_cells(kernel.extent);
                    Number::Real(self.buffers[slot.buffer.0 as usize][slot.component as usize * cells + cell])
                }
                Op::Fetch { .. } => panic!("graphs are compared with the CPU in `graph`"),
                Op::Neg(a) => Number::Real(s.neg(r(a))),
                Op::Abs(a) => Number::Real(s.abs(r(a))),
                Op::Sqrt(a) => Number::Real(s.sqrt(r(a))),
                Op::Floor(a) => Number::Real(s.floor(r(a))),
                Op::Power2(a) => Number::Real(s.power2(r(a))),
                Op::Exponent(a) => Number::Real(s.exponent(r(a))),
                Op::Significand(a) => Number::Real(s.significand(r(a))),
                Op::Add(a, b) => Number::Real(s.add(r(a), r(b))),
                Op::Sub(a, b) => Number::Real(s.sub(r(a), r(b))),
                Op::Mul(a, b) => Number::Real(s.mul(r(a), r(b))),
                Op::Div(a, b) => Number::Real(s.div(r(a), r(b))),
                Op::Min(a, b) => Number::Real(s.min(r(a), r(b))),
                Op::Max(a, b) => Number::Real(s.max(r(a), r(b))),
                Op::Select(c, a, b) => Number::Real(s.select(t(c), r(a), r(b))),
            });
        }
        numbers
    }

    fn uniform(&self, id: UniformId, step: u64) -> f64 {
        match self.program.uniforms[id.0 as usize] {
            Uniform::Parameter { .. } => self.parameters[id.0 as usize],
            Uniform::Time { fraction } => (step as f64 + fraction) * self.program.dt,
            Uniform::Held { .. } => self.held.as_ref().unwrap()[id.0 as usize].0,
        }
    }

    /// Axis by axis, the latest first: the value beyond a wall of a later axis is made of the value beside it, which
    /// may itself be a ghost of an earlier axis.
    fn load(&self, slot: Slot, at: [usize; 3], offset: [i8; 3]) -> f32 {
        let grid = &self.program.grid;
        for axis in Axis::ALL.into_iter().rev() {
            let (i, cells) = (axis.index(), grid.cells_along(axis));
            let low = offset[i] < 0 && at[i] == 0;
            if !(low || offset[i] > 0 && at[i] + 1 == cells) {
                continue;
            }
            let (mut inner, mut near) = (offset, at);
            inner[i] = 0;
            if !grid.bounded(axis) {
                near[i] = if low { cells - 1 } else { 0 };
                return self.load(slot, near, inner);
            }
            let side = if low { Side::Low } else { Side::High };
            let ghost = self.program.buffer(slot.buffer).ghosts[i][side as usize];
            let u = self.load(slot, at, inner);
            return match ghost {
                Ghost::Mirror => u,
                Ghost::Zero => 0.0,
                Ghost::Affine(wall) => {
                    let coefficient = |component| self.coefficient(wall, axis, component, slot, at, offset);
                    coefficient(0) * u + coefficient(1 + slot.component)
                }
            };
        }
        let moved: Vec<usize> = at.iter().zip(offset).map(|(&a, o)| a.wrapping_add_signed(o.into())).collect();
        self.buffers[slot.buffer.0 as usize]
            [slot.component as usize * grid.cells() + grid.index([moved[0], moved[1], moved[2]])]
    }

    /// A coefficient of a wall, which goes on linearly beyond an x wall with a condition of its own.
    fn coefficient(
        &self,
        wall: BufferId,
        axis: Axis,
        component: u32,
        slot: Slot,
        at: [usize; 3],
        offset: [i8; 3],
    ) -> f32 {
        let grid = &self.program.grid;
        let (low, high) = (offset[0] < 0 && at[0] == 0, offset[0] > 0 && at[0] + 1 == grid.shape()[0]);
        let ghosts = self.program.buffer(slot.buffer).ghosts[0];
        let own = matches!(ghosts[usize::from(high)], Ghost::Affine(_)) && grid.bounded(Axis::X) && grid.shape()[0] > 1;
        let near = self.wall(wall, axis, component, at, offset);
        if axis == Axis::X || !own || !(low || high) {
            return near;
        }
        let inner = [if low { 1 } else { at[0] - 1 }, at[1], at[2]];
        2.0 * near - self.wall(wall, axis, component, inner, [0, offset[1], offset[2]])
    }

    /// A coefficient of a wall beside a displaced cell; beyond the ends of a bounded wall, that of its last cell.
    fn wall(&self, wall: BufferId, axis: Axis, component: u32, at: [usize; 3], offset: [i8; 3]) -> f32 {
        let extent = self.program.buffer(wall).extent;
        let shape = self.program.extent_shape(extent);
        let along = |i: usize| {
            // One more than where it is, so that it is never negative.
            let (cells, moved) = (shape[i], (at[i] + 1).wrapping_add_signed(offset[i].into()));
            let bounded = self.program.grid.bounded(Axis::ALL[i]);
            if i == axis.index() {
                0
            } else if bounded {
                moved.clamp(1, cells) - 1
            } else {
                (moved + cells - 1) % cells
            }
        };
        let index = (along(2) * shape[1] + along(1)) * shape[0] + along(0);
        self.buffers[wall.0 as usize][component as usize * self.program.extent_cells(extent) + index]
    }

    fn reduce(&self, source: Slot, reduction: Reduction, mask: Option<Slot>) -> f64 {
        let cells = self.program.grid.cells();
        let plane = |slot: Slot| &self.buffers[slot.buffer.0 as usize][slot.component as usize * cells..][..cells];
        let active = |i: usize| mask.is_none_or(|mask| plane(mask)[i] != 0.0);
        let values: Vec<f64> = (0..cells).filter(|&i| active(i)).map(|i| f64::from(plane(source)[i])).collect();
        let (sum, count) = (values.iter().sum::<f64>(), values.len() as f64);
        match reduction {
            Reduction::Sum => sum,
            Reduction::Mean => sum / count,
            Reduction::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
            Reduction::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Reduction::Std => (values.iter().map(|v| (v - sum / count).powi(2)).sum::<f64>() / count).sqrt(),
        }
    }
}
