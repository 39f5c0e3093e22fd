//! The uniform blocks of `shaders/render`, byte for byte.
//!
//! In: numbers. Out: bytes for the device. Invariant: every member lies where naga finds it in the shader, which the
//! test below holds.

use bytemuck::{Pod, Zeroable};

/// `Screen` of screen.wgsl: the tile of the picture that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Screen {
    pub(super) origin: [f32; 2],
    pub(super) size: [f32; 2],
    pub(super) encodes: u32,
    pub(super) scale: f32,
}

/// `Plane` of values.wgsl: how the coloured field is read.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Plane {
    pub(super) first: [f32; 2],
    pub(super) step: [f32; 2],
    pub(super) cells: [i32; 2],
    pub(super) periodic: [u32; 2],
    pub(super) low: f32,
    pub(super) per_range: f32,
    pub(super) form: u32,
    pub(super) contours: f32,
    pub(super) line: f32,
    pub(super) sharpness: f32,
    pub(super) holes: u32,
    pub(super) rows: f32,
    pub(super) background: [f32; 4],
}

/// `Landscape` of landscape.wgsl: how a scalar becomes a surface.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Landscape {
    pub(super) clip_from_world: [[f32; 4]; 4],
    pub(super) light: [f32; 4],
    pub(super) size: [f32; 2],
    pub(super) vertices: [u32; 2],
    pub(super) height: f32,
    pub(super) padding: [f32; 3],
}

/// How values become colour; the constants of values.wgsl.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub(super) enum Form {
    /// A number, by a palette.
    Scalar = 0,
    /// The modulus of a complex number, by a palette.
    Modulus = 1,
    /// The angle of a complex number.
    Phase = 2,
    /// Angle and modulus.
    Domain = 3,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::view::shaders;
    use std::mem::{offset_of, size_of};

    /// Name and offset of each member of a struct in a shader, and its size.
    fn members(source: &str, name: &str) -> (Vec<(String, usize)>, usize) {
        let module =
            naga::front::wgsl::parse_str(source).unwrap_or_else(|why| panic!("{}", why.emit_to_string(source)));
        let found = module.types.iter().find(|(_, own)| own.name.as_deref() == Some(name)).unwrap().1;
        let naga::TypeInner::Struct { members, span } = &found.inner else { panic!("{name} is no struct") };
        let of = |member: &naga::StructMember| (member.name.clone().unwrap(), member.offset as usize);
        (members.iter().map(of).collect(), *span as usize)
    }

    macro_rules! assert_layout {
        ($source:expr, $own:ident { $($member:ident),* }) => {{
            let (found, span) = members($source, stringify!($own));
            assert_eq!(found, [$((stringify!($member).to_owned(), offset_of!($own, $member))),*]);
            // A uniform block may end with padding of which the host writes nothing.
            assert!(span.next_multiple_of(16) == size_of::<$own>().next_multiple_of(16), "{span}");
        }};
    }

    #[test]
    fn members_lie_where_the_shaders_have_them() {
        assert_layout!(shaders::GLYPHS, Screen { origin, size, encodes, scale });
        assert_layout!(
            shaders::PLANE,
            Plane {
                first,
                step,
                cells,
                periodic,
                low,
                per_range,
                form,
                contours,
                line,
                sharpness,
                holes,
                rows,
                background
            }
        );
        assert_layout!(shaders::LANDSCAPE, Landscape { clip_from_world, light, size, vertices, height });
    }

    #[test]
    fn every_shader_needs_nothing_beyond_plain_wgsl() {
        for source in [
            shaders::PLANE,
            shaders::FILTERED_PLANE,
            shaders::GLYPHS,
            shaders::LINES,
            shaders::LANDSCAPE,
            shaders::COPY,
            shaders::INK,
        ] {
            let module =
                naga::front::wgsl::parse_str(source).unwrap_or_else(|why| panic!("{}", why.emit_to_string(source)));
            let flags = naga::valid::ValidationFlags::all();
            naga::valid::Validator::new(flags, crate::shader::CAPABILITIES).validate(&module).unwrap();
        }
    }
}
