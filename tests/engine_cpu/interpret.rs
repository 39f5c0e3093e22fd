//! The semantics of a Program, as slowly and plainly as possible: what the CPU back end is compared with.
//!
//! In: a Program and unpadded values. Out: the values after its passes. Ghosts are worked out by recursion over the
//! axes whenever a load meets one; nothing is stored for them.

use semafield::math::arithmetic::{Arithmetic, Precision};
use semafield::program::{BufferId, Extent, Ghost, Kernel, Op, Pass, Program, Slot, Uniform};

/// Values of all buffers of a program, planar, without ghosts.
pub(super) struct Interpreter<'a, A: Arithmetic> {
    program: &'a Program,
    arithmetic: A,
    pub(super) buffers: Vec<Vec<A::Real>>,
}

/// A zero of the same sign for a subnormal number, else the number.
fn flushed<A: Arithmetic<Truth = bool>>(a: &mut A, x: A::Real) -> A::Real {
    let smallest = match a.precision() {
        Precision::F32 => f64::from(f32::MIN_POSITIVE),
        Precision::F64 => f64::MIN_POSITIVE,
    };
    let (size, smallest, zero) = (a.abs(x), a.constant(smallest), a.constant(0.0));
    if a.less(size, smallest) { a.mul(x, zero) } else { x }
}

#[derive(Clone, Copy)]
enum Outcome<R> {
    Real(R),
    Truth(bool),
}

impl<'a, A: Arithmetic<Truth = bool>> Interpreter<'a, A> {
    pub(super) fn new(program: &'a Program, mut arithmetic: A) -> Self {
        let zero = arithmetic.constant(0.0);
        let cells = |extent| program.extent_cells(extent);
        let buffers = program.buffers.iter().map(|b| vec![zero; cells(b.extent) * b.components as usize]).collect();
        Self { program, arithmetic, buffers }
    }

    /// Runs `prepare` and then some steps from step 0 on. Handles kernels and swaps.
    pub(super) fn run(&mut self, steps: u32) {
        for pass in &self.program.prepare {
            self.pass(pass, 0);
        }
        for step in 0..steps {
            for pass in &self.program.step {
                self.pass(pass, step);
            }
        }
    }

    fn pass(&mut self, pass: &Pass, step: u32) {
        match pass {
            Pass::Run(id) => self.kernel(self.program.kernel(*id), step),
            Pass::Swap(a, b) => self.buffers.swap(a.0 as usize, b.0 as usize),
            _ => panic!("only kernels and swaps are interpreted"),
        }
    }

    fn kernel(&mut self, kernel: &Kernel, step: u32) {
        let [nx, ny, nz] = self.program.extent_shape(kernel.extent);
        let mut results = Vec::new();
        for z in 0..nz {
            for y in 0..ny {
                for x in 0..nx {
                    let cell = [x, y, z].map(|i| i64::try_from(i).unwrap());
                    let values = self.cell(kernel, cell, step);
                    for store in &kernel.stores {
                        let Outcome::Real(value) = values[store.value.0 as usize] else { panic!("stores a truth") };
                        results.push((store.slot, cell, value));
                    }
                }
            }
        }
        for (slot, cell, value) in results {
            let index = self.index(slot, cell);
            self.buffers[slot.buffer.0 as usize][index] = value;
        }
    }

    fn cell(&mut self, kernel: &Kernel, cell: [i64; 3], step: u32) -> Vec<Outcome<A::Real>> {
        let mut values: Vec<Outcome<A::Real>> = Vec::new();
        for op in &kernel.ops {
            let real = |v: semafield::program::Value| match values[v.0 as usize] {
                Outcome::Real(value) => value,
                Outcome::Truth(_) => panic!("a truth value where a real is due"),
            };
            let truth = |v: semafield::program::Value| match values[v.0 as usize] {
                Outcome::Truth(value) => value,
                Outcome::Real(_) => panic!("a real where a truth value is due"),
            };
            let a = &mut self.arithmetic;
            // Arithmetic reads subnormal numbers as zero and gives none; moving a number keeps its bits.
            let read = |a: &mut A, v: semafield::program::Value| flushed(a, real(v));
            let outcome = match *op {
                Op::Const(literal) => Outcome::Real(a.constant(literal)),
                Op::Uniform(id) => Outcome::Real(match &self.program.uniforms[id.0 as usize] {
                    Uniform::Parameter { value, .. } => a.constant(*value),
                    Uniform::Time { fraction } => a.constant((f64::from(step) + fraction) * self.program.dt),
                    Uniform::Held { .. } => panic!("reductions are not interpreted"),
                }),
                #[expect(clippy::cast_precision_loss, reason = "small")]
                Op::Index(axis) => Outcome::Real(a.constant(cell[axis.index()] as f64)),
                Op::Load { slot, offset } => {
                    let place = [0, 1, 2].map(|axis| cell[axis] + i64::from(offset[axis]));
                    Outcome::Real(self.value(slot, place))
                }
                Op::Fetch { .. } => panic!("graphs are compared with the definitions in `graph`"),
                Op::Neg(x) => Outcome::Real(a.neg(real(x))),
                Op::Abs(x) => Outcome::Real(a.abs(real(x))),
                Op::Sqrt(x) => {
                    let x = read(a, x);
                    Outcome::Real(a.sqrt(x))
                }
                Op::Floor(x) => {
                    let x = read(a, x);
                    Outcome::Real(a.floor(x))
                }
                Op::Power2(x) => Outcome::Real(a.power2(real(x))),
                Op::Exponent(x) => Outcome::Real(a.exponent(real(x))),
                Op::Significand(x) => Outcome::Real(a.significand(real(x))),
                Op::Add(x, y) => {
                    let (x, y) = (read(a, x), read(a, y));
                    let result = a.add(x, y);
                    Outcome::Real(flushed(a, result))
                }
                Op::Sub(x, y) => {
                    let (x, y) = (read(a, x), read(a, y));
                    let result = a.sub(x, y);
                    Outcome::Real(flushed(a, result))
                }
                Op::Mul(x, y) => {
                    let (x, y) = (read(a, x), read(a, y));
                    let result = a.mul(x, y);
                    Outcome::Real(flushed(a, result))
                }
                Op::Div(x, y) => {
                    let (x, y) = (read(a, x), read(a, y));
                    let result = a.div(x, y);
                    Outcome::Real(flushed(a, result))
                }
                Op::Min(x, y) => Outcome::Real(a.min(real(x), real(y))),
                Op::Max(x, y) => Outcome::Real(a.max(real(x), real(y))),
                Op::Less(x, y) => {
                    let (x, y) = (read(a, x), read(a, y));
                    Outcome::Truth(a.less(x, y))
                }
                Op::LessEqual(x, y) => {
                    let (x, y) = (read(a, x), read(a, y));
                    Outcome::Truth(a.less_equal(x, y))
                }
                Op::Equal(x, y) => {
                    let (x, y) = (read(a, x), read(a, y));
                    Outcome::Truth(a.equal(x, y))
                }
                Op::And(x, y) => Outcome::Truth(a.and(truth(x), truth(y))),
                Op::Or(x, y) => Outcome::Truth(a.or(truth(x), truth(y))),
                Op::Not(x) => Outcome::Truth(a.not(truth(x))),
                Op::Select(c, x, y) => Outcome::Real(a.select(truth(c), real(x), real(y))),
            };
            values.push(outcome);
        }
        values
    }

    /// The value at a place, which may be one cell beyond any axis.
    fn value(&mut self, slot: Slot, place: [i64; 3]) -> A::Real {
        let grid = &self.program.grid;
        let shape = self.program.extent_shape(self.program.buffer(slot.buffer).extent);
        let cells = shape.map(|n| i64::try_from(n).unwrap());
        // The latest axis decides first.
        for axis in semafield::grid::Axis::ALL.into_iter().rev() {
            let i = axis.index();
            if (0..cells[i]).contains(&place[i]) {
                continue;
            }
            let mut inside = place;
            if !grid.bounded(axis) {
                inside[i] = place[i].rem_euclid(cells[i]);
                return self.value(slot, inside);
            }
            inside[i] = place[i].clamp(0, cells[i] - 1);
            let ghost = self.program.buffer(slot.buffer).ghosts[i][usize::from(place[i] > 0)];
            return match ghost {
                Ghost::Mirror => self.value(slot, inside),
                Ghost::Zero => self.arithmetic.constant(0.0),
                Ghost::Affine(wall) => {
                    let u = self.value(slot, inside);
                    let p = self.wall_value(wall, 0, axis, slot, place);
                    let q = self.wall_value(wall, 1 + slot.component, axis, slot, place);
                    let scaled = self.arithmetic.mul(p, u);
                    self.arithmetic.add(scaled, q)
                }
            };
        }
        let index = self.index(slot, place);
        self.buffers[slot.buffer.0 as usize][index]
    }

    fn wall_value(
        &mut self,
        buffer: BufferId,
        component: u32,
        across: semafield::grid::Axis,
        slot: Slot,
        place: [i64; 3],
    ) -> A::Real {
        let grid = &self.program.grid;
        let last = i64::try_from(grid.shape()[0]).unwrap() - 1;
        let outside = if place[0] < 0 { Some((0, 1)) } else { (place[0] > last).then_some((last, last - 1)) };
        let own = |side: usize| matches!(self.program.buffer(slot.buffer).ghosts[0][side], Ghost::Affine(_));
        if let Some((near, next)) = outside.filter(|_| across != semafield::grid::Axis::X && last > 0)
            && grid.bounded(semafield::grid::Axis::X)
            && own(usize::from(place[0] > 0))
        {
            let [a, b] =
                [near, next].map(|x| self.wall_value(buffer, component, across, slot, [x, place[1], place[2]]));
            let two = self.arithmetic.constant(2.0);
            let twice = self.arithmetic.mul(two, a);
            return self.arithmetic.sub(twice, b);
        }
        let mut inside = place;
        inside[across.index()] = 0;
        for &axis in semafield::grid::Axis::ALL.iter().filter(|&&axis| axis != across) {
            let cells = i64::try_from(grid.cells_along(axis)).unwrap();
            let i = axis.index();
            inside[i] = if grid.bounded(axis) { place[i].clamp(0, cells - 1) } else { place[i].rem_euclid(cells) };
        }
        let index = self.index(Slot { buffer, component }, inside);
        self.buffers[buffer.0 as usize][index]
    }

    fn index(&self, slot: Slot, cell: [i64; 3]) -> usize {
        let extent: Extent = self.program.buffer(slot.buffer).extent;
        let [nx, ny, nz] = self.program.extent_shape(extent);
        let [x, y, z] = cell.map(|i| usize::try_from(i).unwrap());
        ((slot.component as usize * nz + z) * ny + y) * nx + x
    }
}
