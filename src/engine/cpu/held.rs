//! Reductions that equations use. In: the value of each reduction as the schedule computes it. Out: the value that
//! step n sees, that at the start of step n - 1 (of the initial field at steps 0 and 1).
//!
//! A `Reduce` that comes before the step has changed any state sees the start of step n and so serves step n + 1; one
//! that comes after sees the start of step n + 1 and serves step n + 2.

use crate::program::{BufferId, Pass, Program, Role, Uniform, UniformId};

/// One held uniform.
#[derive(Clone, Copy, Debug)]
struct Entry {
    target: UniformId,
    /// Whether its `Reduce` comes after a change of state.
    late: bool,
    /// What the step under way sees.
    now: f64,
    /// What the step after it will see.
    next: f64,
    /// What the step under way has computed.
    fresh: f64,
}

/// Whether the values are there, and where from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// To be reduced from the fields as they are.
    Unknown,
    /// Reduced from the initial fields; no step was made yet.
    Initial,
    /// Put back from outside, or stepped.
    Running,
}

/// All held uniforms of a program, in the order of `Program::uniforms`.
#[derive(Clone, Debug)]
pub(super) struct Held {
    entries: Vec<Entry>,
    origin: Origin,
}

impl Held {
    /// Nothing reduced yet.
    pub(super) fn new(program: &Program) -> Self {
        let held = (0..).zip(&program.uniforms).filter(|(_, uniform)| matches!(uniform, Uniform::Held { .. }));
        let entries = held
            .map(|(id, _)| {
                let target = UniformId(id);
                Entry { target, late: is_late(program, target), now: 0.0, next: 0.0, fresh: 0.0 }
            })
            .collect();
        Self { entries, origin: Origin::Unknown }
    }

    /// Whether the initial fields are still to be reduced.
    pub(super) fn unknown(&self) -> bool {
        self.origin == Origin::Unknown && !self.entries.is_empty()
    }

    /// A reduction of the initial fields.
    pub(super) fn set_initial(&mut self, target: UniformId, value: f64) {
        for entry in self.entries.iter_mut().filter(|entry| entry.target == target) {
            (entry.now, entry.next, entry.fresh) = (value, value, value);
        }
        self.origin = Origin::Initial;
    }

    /// A reduction made by the step under way.
    pub(super) fn set_fresh(&mut self, target: UniformId, value: f64) {
        for entry in self.entries.iter_mut().filter(|entry| entry.target == target) {
            entry.fresh = value;
        }
    }

    /// The step under way has ended.
    pub(super) fn end_step(&mut self) {
        for entry in &mut self.entries {
            entry.now = if entry.late { entry.next } else { entry.fresh };
            entry.next = entry.fresh;
        }
        self.origin = Origin::Running;
    }

    /// A field was overwritten: before the first step, that changes what is initial.
    pub(super) fn fields_changed(&mut self) {
        if self.origin == Origin::Initial {
            self.origin = Origin::Unknown;
        }
    }

    /// What the step under way sees.
    pub(super) fn values(&self) -> impl Iterator<Item = (UniformId, f64)> {
        self.entries.iter().map(|entry| (entry.target, entry.now))
    }

    /// Pairs (for step n, for step n + 1).
    pub(super) fn pairs(&self) -> Vec<(f64, f64)> {
        self.entries.iter().map(|entry| (entry.now, entry.next)).collect()
    }

    /// Puts back what [`Held::pairs`] gave.
    pub(super) fn set_pairs(&mut self, pairs: &[(f64, f64)]) {
        for (entry, &(now, next)) in self.entries.iter_mut().zip(pairs) {
            (entry.now, entry.next, entry.fresh) = (now, next, next);
        }
        self.origin = Origin::Running;
    }
}

/// Whether a pass of the step changes state before the `Reduce` into a uniform.
fn is_late(program: &Program, wanted: UniformId) -> bool {
    let reduce = |pass: &Pass| matches!(pass, Pass::Reduce { target, .. } if *target == wanted);
    program.step.iter().take_while(|pass| !reduce(pass)).any(|pass| changes_state(program, pass))
}

/// Whether a pass changes a buffer that lives from step to step.
pub(super) fn changes_state(program: &Program, pass: &Pass) -> bool {
    let state = |buffer: BufferId| program.buffer(buffer).role == Role::State;
    match pass {
        Pass::Run(kernel) => program.kernel(*kernel).stores.iter().any(|store| state(store.slot.buffer)),
        Pass::Swap(a, b) => state(*a) || state(*b),
        Pass::Normal { buffer, .. } | Pass::Fourier { buffer, .. } => state(*buffer),
        Pass::Gather { to, .. } => state(*to),
        Pass::Reduce { .. } => false,
    }
}
