// Marks of constant size: notes, rings, phase defects. Discs by signed distance, one instance each.
//
// In: `screen.wgsl`; centre, radius and line width in pixels, two colours, a sign. Out: premultiplied colours.

// Signs; twins of `Sign` in glyph.rs.
const PLUS: u32 = 1u;
const MINUS: u32 = 2u;

struct Glyph {
    @location(0) center: vec2<f32>,
    @location(1) radius: f32,
    @location(2) line: f32,
    @location(3) fill: vec4<f32>,
    @location(4) stroke: vec4<f32>,
    @location(5) sign: u32,
}

struct Covered {
    @builtin(position) clip: vec4<f32>,
    @location(0) offset: vec2<f32>,
    @location(1) @interpolate(flat) radii: vec2<f32>,
    @location(2) @interpolate(flat) fill: vec4<f32>,
    @location(3) @interpolate(flat) stroke: vec4<f32>,
    @location(4) @interpolate(flat) sign: u32,
}

@vertex
fn place(@builtin(vertex_index) vertex: u32, glyph: Glyph) -> Covered {
    let offset = (2.0 * corner_of(vertex) - 1.0) * (glyph.radius + glyph.line + 0.6);
    let radii = vec2<f32>(glyph.radius, glyph.radius + glyph.line);
    return Covered(clip_position(glyph.center + offset), offset, radii, glyph.fill, glyph.stroke, glyph.sign);
}

@fragment
fn paint(in: Covered) -> @location(0) vec4<f32> {
    let distance = length(in.offset);
    let inner = clamp(in.radii.x - distance + 0.5, 0.0, 1.0);
    let outer = clamp(in.radii.y - distance + 0.5, 0.0, 1.0);
    var stroke = 1.0 - inner;
    if in.sign != 0u {
        // Bars of a plus or a minus in the colour of the line.
        let reach = 0.58 * in.radii.x;
        let half_width = max(0.17 * in.radii.x, 0.8);
        let p = abs(in.offset);
        let level = min(reach - p.x, half_width - p.y) + 0.5;
        let upright = select(-1.0, min(reach - p.y, half_width - p.x) + 0.5, in.sign == PLUS);
        stroke = max(stroke, clamp(max(level, upright), 0.0, 1.0));
    }
    let opacity = outer * mix(in.fill.w, in.stroke.w, stroke);
    let color = mix(in.fill.xyz * in.fill.w, in.stroke.xyz * in.stroke.w, stroke) / max(mix(in.fill.w, in.stroke.w, stroke), 1e-4);
    return written(color, opacity);
}
