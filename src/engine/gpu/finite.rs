//! The search for infinities in a buffer, on the device.
//!
//! In: a buffer. Out: whether it holds a number that is none. Invariant: nothing but a word of verdict comes back.

use super::pipeline::Entries;
use super::schedule::{Compiler, refused};
use super::{GpuEngine, NUMBER, readback};
use crate::engine::EngineError;
use crate::program::{BufferId, Role};
use crate::shader;

impl GpuEngine {
    /// Whether a buffer holds an infinity or a NaN. Waits for the device.
    pub(super) fn search_infinities(&mut self, buffer: BufferId) -> Result<bool, EngineError> {
        self.batch.make_way(self.member)?;
        let (arena, offset, length) = self.range(buffer);
        self.compile_search(arena)?;
        let words =
            [offset / NUMBER, length / NUMBER].map(|count| u32::try_from(count).expect("arenas are below 2^32"));
        self.device.queue.write_buffer(&self.tables.range, 0, bytemuck::cast_slice(&words));
        let mut encoder = self.device.raw.create_command_encoder(&Default::default());
        encoder.clear_buffer(&self.tables.verdict, 0, None);
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            self.searches[&arena].dispatch(&mut pass, &self.tables, Entries { names: 0, step: 0 });
        }
        self.device.queue.submit([encoder.finish()]);
        let verdict = readback::read(&self.device, &self.tables.verdict, 0, NUMBER)?;
        Ok(verdict.iter().any(|byte| *byte != 0))
    }

    /// The search in an arena, compiled when first asked for.
    fn compile_search(&mut self, arena: Role) -> Result<(), EngineError> {
        if self.searches.contains_key(&arena) {
            return Ok(());
        }
        let placement = self.placement();
        let compiler = Compiler {
            device: &self.device,
            placement: &placement,
            arenas: &self.arenas,
            tables: &self.tables,
            names: &self.names,
        };
        let module = shader::finite_module(&placement, arena).map_err(refused)?;
        let groups = [shader::reduce_groups(usize::MAX), 1];
        let search = compiler.pipeline(&module, "finite", groups, Some([arena; 2]))?;
        self.searches.insert(arena, search);
        Ok(())
    }
}
