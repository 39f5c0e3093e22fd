//! A Program as text, for `semafield emit --program` and for snapshots: a pure function of the Program.
//!
//! In: a Program, valid or not. Out: its grid, storage, kernels (one operation per line, source terms as comments) and
//! schedules. Invariant: equal Programs give equal text, and numbers are written so that they can be read back exactly.

use std::fmt;

use super::{Axis, Buffer, BufferId, Extent, Ghost, Kernel, Op, Part, Pass, Program, Side, Slot, Uniform, UniformId};

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_grid(f)?;
        writeln!(f, "\nbuffers")?;
        for buffer in &self.buffers {
            self.write_buffer(f, buffer)?;
        }
        writeln!(f, "\nuniforms")?;
        for (id, uniform) in (0..).zip(&self.uniforms) {
            write!(f, "  {} = ", self.uniform_name(UniformId(id)))?;
            match uniform {
                Uniform::Parameter { value, .. } => writeln!(f, "parameter, {value:?}")?,
                Uniform::Time { fraction } => writeln!(f, "(step + {fraction:?}) * dt")?,
                Uniform::Held { .. } => writeln!(f, "held reduction")?,
            }
        }
        for kernel in &self.kernels {
            self.write_kernel(f, kernel)?;
        }
        for (name, passes) in [("prepare", &self.prepare), ("step", &self.step)] {
            writeln!(f, "\n{name}")?;
            for pass in passes {
                self.write_pass(f, pass)?;
            }
        }
        Ok(())
    }
}

impl Program {
    fn write_grid(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "program {} dt={:?} rng_seed={}", self.precision.name(), self.dt, self.rng_seed)?;
        if let Some(graph) = self.grid.graph() {
            write!(f, "\ngraph\n  {} nodes, {} edges", graph.nodes(), graph.edges())?;
            return match graph.triangles() {
                Some(triangles) => writeln!(f, ", {} triangles", triangles.len()),
                None => writeln!(f),
            };
        }
        writeln!(f, "\ngrid")?;
        for &axis in self.grid.axis_list() {
            let (cells, size) = (self.grid.cells_along(axis), self.grid.size_along(axis));
            let ends = if self.grid.bounded(axis) { "bounded" } else { "periodic" };
            writeln!(f, "  {}: {cells} cells, size {size:?}, {ends}", axis.name())?;
        }
        Ok(())
    }

    fn write_buffer(&self, f: &mut fmt::Formatter<'_>, buffer: &Buffer) -> fmt::Result {
        let role = format!("{:?}", buffer.role).to_lowercase();
        write!(f, "  {}: {role}, {}, {} components", buffer.name, buffer.kind.name(), buffer.components)?;
        write!(f, ", {}", ExtentName(buffer.extent))?;
        if buffer.extent == Extent::Cells {
            for &axis in self.grid.axis_list().iter().filter(|&&axis| self.grid.bounded(axis)) {
                for (side, ghost) in [Side::Low, Side::High].into_iter().zip(buffer.ghosts[axis.index()]) {
                    write!(f, ", {} ", ExtentName(Extent::Wall(axis, side)))?;
                    match ghost {
                        Ghost::Mirror => write!(f, "mirror")?,
                        Ghost::Zero => write!(f, "zero")?,
                        Ghost::Affine(wall) => write!(f, "affine {}", self.buffer_name(wall))?,
                    }
                }
            }
        }
        writeln!(f)
    }

    fn write_kernel(&self, f: &mut fmt::Formatter<'_>, kernel: &Kernel) -> fmt::Result {
        writeln!(f, "\nkernel {} over {}", kernel.name, ExtentName(kernel.extent))?;
        for (position, op) in (0_u32..).zip(&kernel.ops) {
            let line = format!("  %{position} = {}", self.op_text(op));
            match kernel.labels.get(&position) {
                // A label may come from a seed: it must not break the line.
                Some(label) => writeln!(f, "{line:<48} // {}", label.escape_debug())?,
                None => writeln!(f, "{line}")?,
            }
        }
        for store in &kernel.stores {
            writeln!(f, "  {} = %{}", self.slot_text(store.slot, [0; 3]), store.value.0)?;
        }
        Ok(())
    }

    fn op_text(&self, op: &Op) -> String {
        let name = match op {
            Op::Const(value) => return format!("{value:?}"),
            Op::Uniform(id) => return self.uniform_name(*id),
            Op::Index(axis) => return format!("index {}", axis.name()),
            Op::Load { slot, offset } => return self.slot_text(*slot, *offset),
            Op::Fetch { slot, part } => return self.part_text(*slot, *part),
            Op::Neg(_) => "neg",
            Op::Abs(_) => "abs",
            Op::Sqrt(_) => "sqrt",
            Op::Floor(_) => "floor",
            Op::Power2(_) => "power2",
            Op::Exponent(_) => "exponent",
            Op::Significand(_) => "significand",
            Op::Add(..) => "add",
            Op::Sub(..) => "sub",
            Op::Mul(..) => "mul",
            Op::Div(..) => "div",
            Op::Min(..) => "min",
            Op::Max(..) => "max",
            Op::Less(..) => "less",
            Op::LessEqual(..) => "less_equal",
            Op::Equal(..) => "equal",
            Op::And(..) => "and",
            Op::Or(..) => "or",
            Op::Not(_) => "not",
            Op::Select(..) => "select",
        };
        op.operands().iter().fold(name.to_owned(), |text, operand| format!("{text} %{}", operand.0))
    }

    fn slot_text(&self, slot: Slot, offset: [i8; 3]) -> String {
        let offset: String = Axis::ALL
            .into_iter()
            .zip(offset)
            .filter(|(_, cells)| *cells != 0)
            .map(|(axis, cells)| format!("{}{cells:+}", axis.name()))
            .collect();
        format!("{}.{}[{offset}]", self.buffer_name(slot.buffer), slot.component)
    }

    fn part_text(&self, slot: Slot, part: Part) -> String {
        format!("{}.{}[{}]", self.buffer_name(slot.buffer), slot.component, part.name())
    }

    fn write_pass(&self, f: &mut fmt::Formatter<'_>, pass: &Pass) -> fmt::Result {
        match pass {
            Pass::Run(id) => {
                let name = self.kernels.get(id.0 as usize).map_or("?", |kernel| &kernel.name);
                writeln!(f, "  run {name}")
            }
            Pass::Swap(a, b) => writeln!(f, "  swap {} {}", self.buffer_name(*a), self.buffer_name(*b)),
            Pass::Normal { buffer, first_stream, zero_when } => {
                write!(f, "  normal {} from stream {first_stream}", self.buffer_name(*buffer))?;
                for id in zero_when {
                    write!(f, ", unless {} is 0", self.uniform_name(*id))?;
                }
                writeln!(f)
            }
            Pass::Fourier { buffer, scratch, inverse } => {
                let name = if *inverse { "inverse_fourier" } else { "fourier" };
                writeln!(f, "  {name} {} through {}", self.buffer_name(*buffer), self.buffer_name(*scratch))
            }
            Pass::Gather { from, to, share } => {
                let share = format!("{share:?}").to_lowercase();
                writeln!(f, "  gather {} into {}, {share}", self.buffer_name(*from), self.buffer_name(*to))
            }
            Pass::Reduce { source, reduction, mask, target } => {
                let reduction = format!("{reduction:?}").to_lowercase();
                write!(f, "  {} = {reduction} {}", self.uniform_name(*target), self.slot_text(*source, [0; 3]))?;
                if let Some(mask) = mask {
                    write!(f, " where {}", self.slot_text(*mask, [0; 3]))?;
                }
                writeln!(f)
            }
        }
    }

    fn buffer_name(&self, id: BufferId) -> &str {
        self.buffers.get(id.0 as usize).map_or("?", |buffer| &buffer.name)
    }

    fn uniform_name(&self, id: UniformId) -> String {
        match self.uniforms.get(id.0 as usize) {
            Some(Uniform::Parameter { name, .. }) => format!("${name}"),
            Some(Uniform::Time { .. }) => format!("$time.{}", id.0),
            Some(Uniform::Held { name }) => format!("$held.{name}"),
            None => "?".into(),
        }
    }
}

/// `cells`, or a wall such as `x.low`.
struct ExtentName(Extent);

impl fmt::Display for ExtentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Extent::Cells => f.write_str("cells"),
            Extent::Edges => f.write_str("edges"),
            Extent::Triangles => f.write_str("triangles"),
            Extent::Wall(axis, Side::Low) => write!(f, "{}.low", axis.name()),
            Extent::Wall(axis, Side::High) => write!(f, "{}.high", axis.name()),
        }
    }
}
