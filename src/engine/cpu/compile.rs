//! Kernels to machine code. In: a validated Program. Out: one function per kernel that runs it over a
//! [`Segment`](super::native::Segment); by [`wide`] where the processor has wide vectors and nothing is fetched along a
//! graph, else by cranelift, whose vectors have 128 bits. Invariant: instructions stay in the order of
//! [`plan`](super::plan); cranelift's mid-end is off: it would move all loads to the front and spill them.

use cranelift_codegen::ir::{AbiParam, types};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Linkage, Module, default_libcall_names};

use super::function::KernelCode;
use super::native::Code;
use super::wide;
use super::width::Width;
use crate::engine::EngineError;
use crate::program::{Op, Program};

/// Where a function begins, and its constants with it.
const ALIGNMENT: u64 = 64;

/// Compiles all kernels of a program.
pub(super) fn compile(program: &Program, width: Width) -> Result<Code, EngineError> {
    let refuse = |kernel: &str, message: String| EngineError::Compile { kernel: kernel.into(), message };
    let isa = host_isa().map_err(|message| refuse("(all)", message))?;
    let mut module = JITModule::new(JITBuilder::with_isa(isa, default_libcall_names()));
    let mut context = module.make_context();
    let mut builder_context = FunctionBuilderContext::new();
    let mut functions = Vec::with_capacity(program.kernels.len());
    for (position, kernel) in program.kernels.iter().enumerate() {
        let mut signature = module.make_signature();
        signature.params.push(AbiParam::new(types::I64));
        let function = module
            .declare_function(&format!("kernel{position}"), Linkage::Local, &signature)
            .map_err(|error| refuse(&kernel.name, error.to_string()))?;
        functions.push(function);
        let wide = width != Width::Bits128 && !kernel.ops.iter().any(|op| matches!(op, Op::Fetch { .. }));
        let bytes = wide.then(|| wide::assemble(program, kernel, width)).flatten();
        if let Some(bytes) = bytes {
            let defined = module.define_function_bytes(function, ALIGNMENT, &bytes, &[]);
            defined.map_err(|error| refuse(&kernel.name, error.to_string()))?;
            continue;
        }
        context.func.signature = signature;
        let mut code = FunctionBuilder::new(&mut context.func, &mut builder_context);
        KernelCode::new(program, kernel, &mut code).emit();
        code.seal_all_blocks();
        code.finalize(module.target_config());
        module.define_function(function, &mut context).map_err(|error| refuse(&kernel.name, format!("{error:?}")))?;
        module.clear_context(&mut context);
    }
    module.finalize_definitions().map_err(|error| refuse("(all)", error.to_string()))?;
    Ok(Code::new(module, &functions))
}

/// This processor, with all its extensions.
fn host_isa() -> Result<OwnedTargetIsa, String> {
    if cfg!(target_pointer_width = "32") || cfg!(target_endian = "big") {
        return Err("the CPU back end needs a 64-bit little-endian processor".into());
    }
    #[cfg(target_arch = "x86_64")]
    if !std::arch::is_x86_feature_detected!("sse4.1") {
        return Err("the CPU back end needs a processor with SSE4.1".into());
    }
    let mut flags = settings::builder();
    let verify = if cfg!(debug_assertions) { "true" } else { "false" };
    for (name, value) in [
        ("opt_level", "none"),
        ("regalloc_algorithm", "backtracking"),
        ("enable_verifier", verify),
        ("is_pic", "false"),
    ] {
        flags.set(name, value).map_err(|error| error.to_string())?;
    }
    let builder = cranelift_native::builder()?;
    builder.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())
}
