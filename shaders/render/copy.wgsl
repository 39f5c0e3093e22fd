// A picture that was drawn before, laid over the tile pixel by pixel.
//
// In: `screen.wgsl`, a texture of the tile's size. Out: its colours.

@group(1) @binding(0) var drawn: texture_2d<f32>;

struct Covered {
    @builtin(position) clip: vec4<f32>,
    @location(0) pixel: vec2<f32>,
}

@vertex
fn cover(@builtin(vertex_index) vertex: u32) -> Covered {
    let pixel = 2.0 * screen.size * vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u));
    return Covered(clip_position(screen.origin + pixel), pixel);
}

@fragment
fn paint(in: Covered) -> @location(0) vec4<f32> {
    return vec4<f32>(textureLoad(drawn, vec2<i32>(in.pixel), 0).xyz, 1.0);
}
