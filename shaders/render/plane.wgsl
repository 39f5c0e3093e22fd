// The domain seen from above: one pass over all pixels for colour, contours and what lies outside.
//
// In: `screen.wgsl`, `values.wgsl`. Out: opaque colours.

struct Covered {
    @builtin(position) clip: vec4<f32>,
    @location(0) pixel: vec2<f32>,
}

@vertex
fn cover(@builtin(vertex_index) vertex: u32) -> Covered {
    // One triangle that is larger than the tile.
    let pixel = screen.origin + 2.0 * screen.size * vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u));
    return Covered(clip_position(pixel), pixel);
}

@fragment
fn paint(in: Covered) -> @location(0) vec4<f32> {
    let at = plane.first + in.pixel * plane.step;
    // Pixels to the nearest edge of the domain: inside positive.
    let edge = min(at, vec2<f32>(plane.cells) - at) / abs(plane.step) + 0.5;
    var alive = clamp(min(edge.x, edge.y), 0.0, 1.0);
    if alive == 0.0 {
        return written(plane.background.xyz, 1.0);
    }
    let value = value_at(clamp(at, vec2<f32>(0.0), vec2<f32>(plane.cells)));
    // The border of live cells lies where half of the weight is live.
    alive *= clamp((value.alive - 0.5) / max(abs(plane.step.x), 0.02) + 0.5, 0.0, 1.0);
    return written(mix(plane.background.xyz, field_color(value), alive), 1.0);
}
