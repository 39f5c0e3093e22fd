//! What a Program need not do: kernels and passes over nothing, such as the triangles of a graph that has none.
//!
//! In: a Program. Out: the same with what runs over an extent without cells left out. Invariant: every number that
//! there is has the value it had; sums over nothing stay, for they are 0 and somebody may read that.

use super::{KernelId, Pass, Program};

impl Program {
    /// The same without what runs over nothing.
    #[must_use]
    pub fn without_idle(mut self) -> Self {
        let busy: Vec<bool> = self.kernels.iter().map(|kernel| self.extent_cells(kernel.extent) > 0).collect();
        let holds: Vec<bool> = self.buffers.iter().map(|buffer| self.extent_cells(buffer.extent) > 0).collect();
        let mut left = 0..;
        let names: Vec<Option<KernelId>> =
            busy.iter().map(|&busy| if busy { left.next().map(KernelId) } else { None }).collect();
        let works = |pass: Pass| match pass {
            Pass::Run(kernel) => names[kernel.0 as usize].map(Pass::Run),
            Pass::Swap(buffer, _) | Pass::Normal { buffer, .. } | Pass::Gather { to: buffer, .. } => {
                holds[buffer.0 as usize].then_some(pass)
            }
            Pass::Reduce { .. } | Pass::Fourier { .. } => Some(pass),
        };
        self.prepare = self.prepare.into_iter().filter_map(works).collect();
        self.step = self.step.into_iter().filter_map(works).collect();
        let mut busy = busy.into_iter();
        self.kernels.retain(|_| busy.next().expect("one answer per kernel"));
        self
    }
}
