//! Steps that are nothing but sweeps: kernels over all cells of a grid, one after the other.
//!
//! In: a Program. Out: what a back end has to know to make several such steps in one pass through memory: the kernels,
//! the buffers that one step hands on to the next, and where their new values may go while the old ones are still read.
//! Invariant: buffers are named as they are when a step begins; what is carried from any step to the next is the same.

use std::collections::BTreeSet;

use super::{Buffer, BufferId, Extent, KernelId, Op, Pass, Program, Role, Slot};

impl Program {
    /// The kernels of a step, in order, if it has nothing that sees the whole grid at once. Its draws are those that are
    /// skipped as long as what they are multiplied by is 0: the caller sees to that.
    pub fn sweeps(&self) -> Option<Vec<KernelId>> {
        let mut kernels = Vec::new();
        for pass in &self.step {
            match pass {
                Pass::Run(id) if self.kernel(*id).extent == Extent::Cells => kernels.push(*id),
                Pass::Swap(a, b) if exchangeable(self.buffer(*a), self.buffer(*b)) => {}
                Pass::Normal { zero_when, .. } if !zero_when.is_empty() => {}
                Pass::Run(_)
                | Pass::Swap(..)
                | Pass::Normal { .. }
                | Pass::Reduce { .. }
                | Pass::Fourier { .. }
                | Pass::Gather { .. } => return None,
            }
        }
        (!kernels.is_empty() && self.grid.graph().is_none()).then_some(kernels)
    }

    /// The buffers that the kernels and the exchanges of a step change.
    pub fn swept(&self) -> BTreeSet<BufferId> {
        let changed = |pass: &Pass| match *pass {
            Pass::Run(id) => self.kernel(id).stores.iter().map(|store| store.slot.buffer).collect(),
            Pass::Swap(a, b) => vec![a, b],
            Pass::Normal { .. } | Pass::Reduce { .. } | Pass::Fourier { .. } | Pass::Gather { .. } => vec![],
        };
        self.step.iter().flat_map(changed).collect()
    }

    /// Those of them whose values at the end of a step somebody needs: fields, and what a later step reads.
    pub fn carried(&self) -> BTreeSet<BufferId> {
        let swept = self.swept();
        let mut carried: BTreeSet<BufferId> =
            swept.iter().copied().filter(|&id| self.buffer(id).role == Role::State).collect();
        // What the buffers hold now, by the name that it had at first, and which slots, so named, have been stored to since.
        let mut holds: Vec<BufferId> = (0..).map(BufferId).take(self.buffers.len()).collect();
        let mut stored = BTreeSet::new();
        // Once buffers hold what they held before and nothing was stored to in between, exchanges have led everywhere.
        let mut known = BTreeSet::new();
        while known.len() <= swept.len() && known.insert((stored.len(), holds.clone())) {
            for pass in &self.step {
                match *pass {
                    Pass::Run(id) => {
                        let kernel = self.kernel(id);
                        let at_first = |slot: Slot| Slot { buffer: holds[slot.buffer.0 as usize], ..slot };
                        let read = kernel.ops.iter().filter_map(Op::slot).filter(|slot| swept.contains(&slot.buffer));
                        let unstored = read.map(at_first).filter(|slot| !stored.contains(slot));
                        carried.extend(unstored.map(|slot| slot.buffer));
                        stored.extend(kernel.stores.iter().map(|store| at_first(store.slot)));
                    }
                    Pass::Swap(a, b) => holds.swap(a.0 as usize, b.0 as usize),
                    Pass::Normal { .. } | Pass::Reduce { .. } | Pass::Fourier { .. } | Pass::Gather { .. } => {}
                }
            }
        }
        carried
    }

    /// Every carried buffer with another of its shape whose values nobody needs at the end of a step, or `None` where
    /// there are too few: where the new values of several steps may go while neighbours still read the old ones.
    pub fn spares(&self) -> Option<Vec<(BufferId, BufferId)>> {
        self.sweeps()?;
        let carried = self.carried();
        let mut free: Vec<BufferId> = self.swept().difference(&carried).copied().collect();
        let mut spare = |&own: &BufferId| {
            let fits = |&other: &BufferId| self.buffer(other).components == self.buffer(own).components;
            let position = free.iter().position(fits)?;
            Some((own, free.remove(position)))
        };
        carried.iter().map(&mut spare).collect()
    }
}

fn exchangeable(a: &Buffer, b: &Buffer) -> bool {
    a.extent == Extent::Cells && a.ghosts == b.ghosts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Kind;
    use crate::grid::{Grid, Topology};
    use crate::math::arithmetic::Precision;
    use crate::program::{Ghost, KernelBuilder};

    /// A Program whose kernels copy: from, displaced or not, and to.
    fn copies(roles: &[Role], kernels: &[(u32, i8, u32)], swaps: &[(u32, u32)]) -> Program {
        let buffer = |(number, &role): (usize, &Role)| Buffer {
            name: number.to_string(),
            role,
            kind: Kind::Real,
            components: 1,
            extent: Extent::Cells,
            ghosts: [[Ghost::Mirror; 2]; 3],
        };
        let slot = |id| Slot { buffer: BufferId(id), component: 0 };
        let copy = |&(from, displaced, to): &(u32, i8, u32)| {
            let mut kernel = KernelBuilder::new(Precision::F32, Extent::Cells);
            let value = kernel.load(slot(from), [displaced, 0, 0]);
            kernel.store(slot(to), value);
            kernel.finish(format!("from_{from}_to_{to}"))
        };
        let runs = (0..).map(KernelId).take(kernels.len()).map(Pass::Run);
        let exchanges = swaps.iter().map(|&(a, b)| Pass::Swap(BufferId(a), BufferId(b)));
        Program {
            grid: Grid::new(&[8], &[8.0], &[Topology::Periodic]),
            precision: Precision::F32,
            dt: 1.0,
            rng_seed: 0,
            buffers: roles.iter().enumerate().map(buffer).collect(),
            uniforms: vec![],
            kernels: kernels.iter().map(copy).collect(),
            prepare: vec![],
            step: runs.chain(exchanges).collect(),
        }
    }

    fn ids<const N: usize>(numbers: [u32; N]) -> BTreeSet<BufferId> {
        numbers.map(BufferId).into()
    }

    #[test]
    fn a_stage_is_not_carried_and_is_a_spare() {
        let euler = copies(&[Role::State, Role::Work], &[(0, 1, 1)], &[(0, 1)]);
        let heun = copies(&[Role::State, Role::Work], &[(0, 1, 1), (1, -1, 0)], &[]);
        for program in [euler, heun] {
            program.validate().unwrap();
            assert_eq!((program.swept(), program.carried()), (ids([0, 1]), ids([0])));
            assert_eq!(program.spares(), Some(vec![(BufferId(0), BufferId(1))]));
        }
    }

    #[test]
    fn what_a_later_step_reads_is_carried() {
        // What 1 holds is read once it is called 0.
        let rotating = copies(&[Role::State, Role::Work, Role::Work], &[(0, 1, 2)], &[(0, 1), (1, 2)]);
        assert_eq!(rotating.carried(), ids([0, 1]));
        assert_eq!(rotating.spares(), None, "only one is free");
        let in_place = copies(&[Role::State], &[(0, 0, 0)], &[]);
        assert_eq!((in_place.carried(), in_place.spares()), (ids([0]), None));
    }

    #[test]
    fn what_is_drawn_or_reduced_is_no_sweep() {
        let mut program = copies(&[Role::State, Role::Work, Role::Work], &[(0, 1, 1)], &[(0, 1)]);
        let draw = |zero_when| Pass::Normal { buffer: BufferId(2), first_stream: 0, zero_when };
        program.step.push(draw(vec![crate::program::UniformId(0)]));
        assert_eq!(program.sweeps(), Some(vec![KernelId(0)]), "it may be skipped");
        program.step.push(draw(vec![]));
        assert_eq!(program.sweeps(), None);
    }
}
