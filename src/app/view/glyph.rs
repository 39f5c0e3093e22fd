//! Marks and lines, as their shaders read them.
//!
//! In: pixels of the whole picture and colours. Out: instances. The attributes of a vertex buffer are listed beside each
//! struct, in the order of its members.

use bytemuck::{Pod, Zeroable};

use super::eye::Sight;
use super::theme::{Rgba, Theme};

/// What a mark says; the constants of glyphs.wgsl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Sign {
    /// Nothing.
    None = 0,
    /// A plus.
    Plus = 1,
    /// A minus.
    Minus = 2,
}

/// A disc with a line round it.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Glyph {
    pub(super) center: [f32; 2],
    pub(super) radius: f32,
    pub(super) line: f32,
    pub(super) fill: Rgba,
    pub(super) stroke: Rgba,
    pub(super) sign: u32,
}

const GLYPH: [wgpu::VertexAttribute; 6] = wgpu::vertex_attr_array![
    0 => Float32x2, 1 => Float32, 2 => Float32, 3 => Unorm8x4, 4 => Unorm8x4, 5 => Uint32];

impl Glyph {
    /// The vertex buffer.
    pub(super) const fn layout() -> wgpu::VertexBufferLayout<'static> {
        wgpu::VertexBufferLayout {
            array_stride: size_of::<Self>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &GLYPH,
        }
    }

    /// A filled disc with a rim.
    pub(super) const fn disc(center: [f32; 2], radius: f32, fill: Rgba, line: f32, stroke: Rgba) -> Self {
        Self { center, radius, line, fill, stroke, sign: Sign::None as u32 }
    }

    /// A ring of a width round a place.
    pub(super) const fn ring(center: [f32; 2], radius: f32, width: f32, color: Rgba) -> Self {
        Self::disc(center, radius, [0; 4], width, color)
    }

    /// Appends the mark of a defect: an amber disc with a dark plus, or a dark disc with a blue rim and minus; a halo
    /// sets both off from any colour. Where they are small both are left out: full is plus, hollow is minus.
    pub(super) fn defect(center: [f32; 2], radius: f32, positive: bool, opacity: f32, marks: &mut Vec<Self>) {
        let (plus, minus, dark) = ([255, 196, 106, 255], [132, 204, 255, 255], [16, 20, 27, 255]);
        let [plus, minus, ink] = [plus, minus, dark].map(|color| Theme::faded(color, opacity));
        let halo = Theme::faded(dark, 0.55 * opacity);
        let signed = radius > 4.0;
        if signed {
            marks.push(Self::disc(center, radius + 0.14 * radius, halo, 0.1 * radius + 0.5, halo));
        }
        let sign = |sign: Sign| if signed { sign } else { Sign::None } as u32;
        if positive {
            marks.push(Self { center, radius, line: 0.0, fill: plus, stroke: ink, sign: sign(Sign::Plus) });
        } else {
            let line = 0.22 * radius;
            let fill = Theme::faded(dark, 0.85 * opacity);
            marks.push(Self { center, radius: radius - line, line, fill, stroke: minus, sign: sign(Sign::Minus) });
        }
    }
}

/// The marks of phase defects: smaller and fainter where there are many, faint where there is nearly no field to turn.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "pixels")]
pub(super) fn defects(sight: &Sight<'_>, glyphs: &mut Vec<Glyph>) {
    let flat = sight.eye.projection();
    let area = flat.size[0] * flat.size[1] * flat.scale * flat.scale;
    let room = (area / sight.frame.defects.len().max(1) as f64).sqrt() as f32;
    let radius = (0.2 * room).clamp(2.0 * sight.scale, 6.5 * sight.scale);
    // A crowd is a texture, not a set of things to look at; who comes nearer sees its members.
    let crowd = ((room / sight.scale - 8.0) / 16.0).clamp(0.0, 1.0);
    if crowd <= 0.0 {
        return;
    }
    for mark in &sight.frame.defects {
        let Some(pixel) = sight.eye.pixel(mark.at) else { continue };
        let radius = if mark.charge.abs() > 1 { 1.35 * radius } else { radius };
        if mark.charge != 0 && sight.eye.sees(pixel, 2.0 * radius) {
            // Full from a third of the greatest strength on; in an empty sea a trace of it.
            let opacity = crowd * (3.0 * mark.strength).clamp(0.12, 1.0);
            let radius = if opacity < 0.4 * crowd { 0.6 * radius } else { radius };
            Glyph::defect(pixel, radius, mark.charge > 0, opacity, glyphs);
        }
    }
}

/// A line with a colour at either end.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Line {
    pub(super) from: [f32; 2],
    pub(super) to: [f32; 2],
    pub(super) from_color: Rgba,
    pub(super) to_color: Rgba,
    pub(super) width: f32,
}

const LINE: [wgpu::VertexAttribute; 5] = wgpu::vertex_attr_array![
    0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4, 3 => Unorm8x4, 4 => Float32];

impl Line {
    /// The vertex buffer.
    pub(super) const fn layout() -> wgpu::VertexBufferLayout<'static> {
        wgpu::VertexBufferLayout {
            array_stride: size_of::<Self>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &LINE,
        }
    }
}
