//! What a WGSL text needs from its host, and whether it is valid.
//!
//! In: a composed text. Out: its bindings and entry points, as naga found them, so that none is typed twice.
//! Invariant: what passes here passes when the pipeline is made, because the capabilities are those that the engine
//! requests (none).

use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, StorageAccess};

use super::ShaderError;

/// What an engine may use beyond plain WGSL: nothing, so that every adapter will do.
pub const CAPABILITIES: Capabilities = Capabilities::empty();

/// How a binding is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A uniform buffer of so many bytes.
    Uniform(u32),
    /// A storage buffer that is only read.
    Read,
    /// A storage buffer that is read and written.
    ReadWrite,
}

/// One resource of group 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The name in the text.
    pub name: String,
    /// The number within the group.
    pub number: u32,
    /// How it is used.
    pub access: Access,
}

/// A validated text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// What it is for: the kernel's name, or the pass and the buffer.
    pub name: String,
    /// The text.
    pub source: String,
    /// The resources, by number.
    pub bindings: Vec<Binding>,
    /// The names of the compute entry points, in the order of the text.
    pub entry_points: Vec<String>,
}

/// Parses and validates a text.
pub(super) fn validate(name: &str, source: String) -> Result<Module, ShaderError> {
    let refused = |message| ShaderError { module: name.to_owned(), message };
    let module = naga::front::wgsl::parse_str(&source).map_err(|error| refused(error.emit_to_string(&source)))?;
    Validator::new(ValidationFlags::all(), CAPABILITIES)
        .validate(&module)
        .map_err(|error| refused(error.emit_to_string(&source)))?;
    let mut bindings = Vec::new();
    for (_, variable) in module.global_variables.iter() {
        let (Some(binding), Some(own)) = (&variable.binding, &variable.name) else { continue };
        let access = match variable.space {
            AddressSpace::Uniform => Access::Uniform(module.types[variable.ty].inner.size(module.to_ctx())),
            AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => Access::ReadWrite,
            AddressSpace::Storage { .. } => Access::Read,
            _ => return Err(refused(format!("`{own}` is neither a uniform nor a storage buffer"))),
        };
        bindings.push(Binding { name: own.clone(), number: binding.binding, access });
    }
    bindings.sort_by_key(|binding| binding.number);
    let entry_points = module.entry_points.iter().map(|entry| entry.name.clone()).collect();
    Ok(Module { name: name.to_owned(), source, bindings, entry_points })
}
