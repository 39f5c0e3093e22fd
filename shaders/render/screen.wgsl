// What all pictures share. In: positions in pixels of the whole picture, x right and y down. Out: positions in clip space
// of the tile that is being drawn, and colours as the target wants them. No entry point: it stands before every other
// file of this folder.

struct Screen {
    // The tile's first pixel and its size, in pixels of the whole picture.
    origin: vec2<f32>,
    size: vec2<f32>,
    // 1 if the target encodes colours itself (a format whose name ends in Srgb).
    encodes: u32,
    // Pixels per point.
    scale: f32,
}

@group(0) @binding(0) var<uniform> screen: Screen;

// False in pipelines whose target does not encode: a software driver then computes no powers.
override made_to_encode: bool = true;

fn clip_position(pixel: vec2<f32>) -> vec4<f32> {
    let share = (pixel - screen.origin) / screen.size;
    return vec4<f32>(2.0 * share.x - 1.0, 1.0 - 2.0 * share.y, 0.0, 1.0);
}

// Corners of the unit square as a strip of two triangles.
fn corner_of(vertex: u32) -> vec2<f32> {
    return vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u));
}

// From an sRGB colour with its opacity to what is written: premultiplied, in the target's own light.
fn written(color: vec3<f32>, opacity: f32) -> vec4<f32> {
    if !made_to_encode || screen.encodes == 0u {
        return vec4<f32>(color * opacity, opacity);
    }
    let low = color / 12.92;
    let high = pow((color + 0.055) / 1.055, vec3<f32>(2.4));
    return vec4<f32>(select(high, low, color <= vec3<f32>(0.04045)) * opacity, opacity);
}
