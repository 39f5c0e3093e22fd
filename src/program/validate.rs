//! What every Program promises. In: a Program, from anywhere. Out: nothing, or the first promise it breaks.
//!
//! The back ends generate code from a valid Program without further checks: a violation is a bug of semafield, not of
//! a seed.

use std::collections::BTreeSet;

use super::{
    Buffer, BufferId, Extent, Ghost, Kernel, KernelId, Op, Part, Pass, Program, Role, Share, Side, Slot, Uniform,
    UniformId, incidence,
};
use crate::grid::Axis;
use crate::math::arithmetic::Precision;
use crate::math::fft;

type Outcome = Result<(), String>;

fn check(holds: bool, message: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(message()) }
}

impl Program {
    /// Checks all invariants of a Program; the message names the place of the first violation.
    pub fn validate(&self) -> Result<(), String> {
        check(self.dt.is_finite(), || format!("dt is {}", self.dt))?;
        unique(self.buffers.iter().map(|buffer| buffer.name.as_str()), "buffer")?;
        unique(self.kernels.iter().map(|kernel| kernel.name.as_str()), "kernel")?;
        for buffer in &self.buffers {
            self.validate_buffer(buffer).map_err(|why| format!("buffer `{}`: {why}", buffer.name))?;
        }
        self.validate_uniforms()?;
        for kernel in &self.kernels {
            self.validate_kernel(kernel).map_err(|why| format!("kernel `{}`: {why}", kernel.name))?;
        }
        for (schedule, passes) in [("prepare", &self.prepare), ("step", &self.step)] {
            for (position, pass) in passes.iter().enumerate() {
                self.validate_pass(pass).map_err(|why| format!("{schedule}[{position}]: {why}"))?;
            }
        }
        let only_kernels = self.prepare.iter().all(|pass| matches!(pass, Pass::Run(_)));
        check(only_kernels, || "prepare: may only run kernels".into())
    }

    fn validate_buffer(&self, buffer: &Buffer) -> Outcome {
        check(buffer.components > 0, || "has no components".into())?;
        self.validate_extent(buffer.extent)?;
        if let Extent::Wall(axis, _) = buffer.extent {
            return check(self.grid.bounded(axis), || format!("lies on a wall, but {} has none", axis.name()));
        }
        for &axis in self.grid.axis_list().iter().filter(|&&axis| self.grid.bounded(axis)) {
            for (side, ghost) in [Side::Low, Side::High].into_iter().zip(buffer.ghosts[axis.index()]) {
                if let Ghost::Affine(wall) = ghost {
                    let wall = self.buffers.get(wall.0 as usize).ok_or_else(|| format!("no wall buffer {}", wall.0))?;
                    check(wall.extent == Extent::Wall(axis, side), || format!("`{}` is another wall", wall.name))?;
                    check(wall.components > buffer.components, || format!("`{}` has too few components", wall.name))?;
                }
            }
        }
        Ok(())
    }

    /// Edges and triangles are those of a graph.
    fn validate_extent(&self, extent: Extent) -> Outcome {
        let known = match extent {
            Extent::Cells | Extent::Wall(..) => true,
            Extent::Edges => self.grid.graph().is_some(),
            Extent::Triangles => self.grid.graph().is_some_and(|graph| graph.triangles().is_some()),
        };
        check(known, || "lies on what the domain does not have".into())
    }

    fn validate_uniforms(&self) -> Outcome {
        let parameters = self.uniforms.iter().filter_map(|uniform| match uniform {
            Uniform::Parameter { name, .. } => Some(name.as_str()),
            _ => None,
        });
        unique(parameters, "parameter")?;
        for (id, uniform) in (0..).zip(&self.uniforms) {
            match uniform {
                Uniform::Parameter { .. } => {}
                Uniform::Time { fraction } => {
                    check((0.0..=1.0).contains(fraction), || format!("uniform {id}: fraction {fraction} of a step"))?;
                }
                Uniform::Held { name } => {
                    let writes = |pass: &&Pass| matches!(pass, Pass::Reduce { target, .. } if target.0 == id);
                    let reductions = self.step.iter().filter(writes).count();
                    check(reductions == 1, || format!("held `{name}`: {reductions} reductions write it"))?;
                }
            }
        }
        Ok(())
    }

    fn validate_kernel(&self, kernel: &Kernel) -> Outcome {
        check(is_identifier(&kernel.name), || "its name is not an identifier".into())?;
        if let Extent::Wall(axis, _) = kernel.extent {
            check(self.grid.bounded(axis), || format!("runs over a wall, but {} has none", axis.name()))?;
        }
        self.validate_extent(kernel.extent)?;
        check(self.extent_cells(kernel.extent) > 0, || "runs over nothing".into())?;
        for (position, op) in kernel.ops.iter().enumerate() {
            self.validate_op(kernel, position, op).map_err(|why| format!("%{position}: {why}"))?;
        }
        let labelled = kernel.labels.keys().all(|&position| (position as usize) < kernel.ops.len());
        check(labelled, || "a label has no operation".into())?;
        let mut written = BTreeSet::new();
        for store in &kernel.stores {
            self.validate_slot(kernel, store.slot)?;
            let op = kernel.ops.get(store.value.0 as usize).ok_or("stores a value that does not exist")?;
            check(!op.is_truth(), || "stores a truth value".into())?;
            check(written.insert(store.slot), || format!("stores `{}` twice", self.slot_name(store.slot)))?;
        }
        Ok(())
    }

    fn validate_op(&self, kernel: &Kernel, position: usize, op: &Op) -> Outcome {
        for operand in op.operands() {
            check((operand.0 as usize) < position, || format!("uses %{} before it is there", operand.0))?;
        }
        let truths: Vec<bool> = op.operands().iter().map(|operand| kernel.ops[operand.0 as usize].is_truth()).collect();
        let wanted = match op {
            Op::And(..) | Op::Or(..) => vec![true, true],
            Op::Not(_) => vec![true],
            Op::Select(..) => vec![true, false, false],
            _ => vec![false; truths.len()],
        };
        check(truths == wanted, || "mixes up truth values and real numbers".into())?;
        match *op {
            Op::Const(value) => check(self.is_rounded(value), || format!("{value:?} is not rounded")),
            Op::Uniform(id) => self.validate_uniform(id),
            Op::Load { slot, offset } => self.validate_load(kernel, slot, offset),
            Op::Fetch { slot, part } => self.validate_fetch(kernel, slot, part),
            _ => Ok(()),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked about")]
    fn is_rounded(&self, value: f64) -> bool {
        match self.precision {
            Precision::F32 => f64::from(value as f32) == value || value.is_nan(),
            Precision::F64 => true,
        }
    }

    fn validate_uniform(&self, id: UniformId) -> Outcome {
        check((id.0 as usize) < self.uniforms.len(), || format!("no uniform {}", id.0))
    }

    fn validate_load(&self, kernel: &Kernel, slot: Slot, offset: [i8; 3]) -> Outcome {
        self.validate_slot(kernel, slot)?;
        let on_wall = matches!(kernel.extent, Extent::Wall(..));
        for (axis, cells) in Axis::ALL.into_iter().zip(offset) {
            check((-1..=1).contains(&cells), || format!("reaches {cells} cells along {}", axis.name()))?;
            let reachable = axis.index() < self.grid.axes() && !on_wall;
            check(cells == 0 || reachable, || format!("there are no neighbours along {}", axis.name()))?;
        }
        let mut writes = kernel.stores.iter().filter(|store| store.slot.buffer == slot.buffer).peekable();
        let in_place = writes.peek().is_none() || (offset == [0; 3] && writes.any(|store| store.slot == slot));
        check(in_place, || format!("loads `{}`, of a buffer that it writes elsewhere", self.slot_name(slot)))
    }

    fn validate_fetch(&self, kernel: &Kernel, slot: Slot, part: Part) -> Outcome {
        self.validate_component(slot)?;
        let known = self.grid.graph().is_some_and(|graph| part.indices(graph).is_some());
        check(known, || format!("there is no {}", part.name()))?;
        let fits = kernel.extent == part.whole() && self.buffer(slot.buffer).extent == part.own();
        check(fits, || format!("`{}` has another extent than {}", self.slot_name(slot), part.name()))?;
        let written = kernel.stores.iter().any(|store| store.slot.buffer == slot.buffer);
        check(!written, || format!("fetches `{}`, of a buffer that it writes", self.slot_name(slot)))
    }

    /// A slot that a kernel loads or stores.
    fn validate_slot(&self, kernel: &Kernel, slot: Slot) -> Outcome {
        self.validate_component(slot)?;
        let same = self.buffer(slot.buffer).extent == kernel.extent;
        check(same, || format!("`{}` has another extent", self.slot_name(slot)))
    }

    fn validate_component(&self, slot: Slot) -> Outcome {
        self.validate_buffer_id(slot.buffer)?;
        let exists = slot.component < self.buffer(slot.buffer).components;
        check(exists, || format!("`{}` does not exist", self.slot_name(slot)))
    }

    fn validate_buffer_id(&self, id: BufferId) -> Outcome {
        check((id.0 as usize) < self.buffers.len(), || format!("no buffer {}", id.0))
    }

    fn slot_name(&self, slot: Slot) -> String {
        format!("{}.{}", self.buffer(slot.buffer).name, slot.component)
    }

    fn validate_pass(&self, pass: &Pass) -> Outcome {
        match pass {
            Pass::Run(KernelId(id)) => check((*id as usize) < self.kernels.len(), || format!("no kernel {id}")),
            Pass::Swap(a, b) => {
                self.validate_buffer_id(*a)?;
                self.validate_buffer_id(*b)?;
                let shape = |id| (self.buffer(id).extent, self.buffer(id).components);
                check(shape(*a) == shape(*b), || "swaps buffers of different shapes".into())
            }
            Pass::Normal { buffer, first_stream, zero_when } => {
                self.validate_buffer_id(*buffer)?;
                let streams = first_stream.checked_add(self.buffer(*buffer).components);
                check(streams.is_some(), || "streams beyond 2^32".into())?;
                let parameter =
                    |id: &UniformId| matches!(self.uniforms.get(id.0 as usize), Some(Uniform::Parameter { .. }));
                check(zero_when.iter().all(parameter), || "a factor of the noise is not a parameter".into())
            }
            Pass::Reduce { source, mask, target, .. } => {
                for slot in [Some(*source), *mask].into_iter().flatten() {
                    self.validate_component(slot)?;
                    let whole = !matches!(self.buffer(slot.buffer).extent, Extent::Wall(..));
                    check(whole, || format!("`{}` is on a wall", self.slot_name(slot)))?;
                }
                let held = matches!(self.uniforms.get(target.0 as usize), Some(Uniform::Held { .. }));
                check(held, || format!("uniform {} does not hold a reduction", target.0))
            }
            Pass::Fourier { buffer, scratch, .. } => self.validate_fourier(*buffer, *scratch),
            Pass::Gather { from, to, share } => self.validate_gather(*from, *to, *share),
        }
    }

    fn validate_gather(&self, from: BufferId, to: BufferId, share: Share) -> Outcome {
        self.validate_buffer_id(from)?;
        self.validate_buffer_id(to)?;
        let (from, to) = (self.buffer(from), self.buffer(to));
        let table = self.grid.graph().and_then(|graph| incidence(graph, from.extent, to.extent));
        check(table.is_some(), || format!("`{}` does not surround `{}`", from.name, to.name))?;
        check(share != Share::Own || from.extent == Extent::Edges, || "triangles share alike".into())?;
        let work = from.role == Role::Work && to.role == Role::Work;
        check(work, || format!("`{}` or `{}` is no work buffer", from.name, to.name))?;
        let each = if share == Share::Own { 2 } else { 1 };
        check(from.components == each * to.components, || format!("`{}` gives other components", from.name))
    }

    fn validate_fourier(&self, buffer: BufferId, scratch: BufferId) -> Outcome {
        check(buffer != scratch, || "transforms a buffer through itself".into())?;
        for id in [buffer, scratch] {
            self.validate_buffer_id(id)?;
            let Buffer { name, role, components, extent, .. } = self.buffer(id);
            let fits = *extent == Extent::Cells && *components == 2 && *role == Role::Work;
            check(fits, || format!("`{name}` is not a complex work buffer on cells"))?;
        }
        for cells in self.grid.axis_list().iter().map(|&axis| self.grid.cells_along(axis)) {
            fft::check_size(cells).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

fn unique<'a>(names: impl Iterator<Item = &'a str>, what: &str) -> Outcome {
    let mut seen = BTreeSet::new();
    for name in names {
        check(!name.is_empty(), || format!("a {what} has no name"))?;
        check(seen.insert(name), || format!("two {what}s are called `{name}`"))?;
    }
    Ok(())
}

fn is_identifier(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit())
}
