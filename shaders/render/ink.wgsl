// What egui lays out: triangles with a colour and a picture, of letters above all.
//
// In: `screen.wgsl`; corners in points, a place in the picture, premultiplied sRGB colours. Out: their product,
// premultiplied. egui's own shader can also blend texels by hand, which a software driver computes for every pixel
// whether it is wanted or not: it took most of the time of a picture.

@group(1) @binding(0) var sheet: texture_2d<f32>;
@group(1) @binding(1) var smooth_sheet: sampler;

struct Inked {
    @builtin(position) clip: vec4<f32>,
    @location(0) at: vec2<f32>,
    @location(1) color: vec4<f32>,
}

@vertex
fn place(@location(0) point: vec2<f32>, @location(1) at: vec2<f32>, @location(2) color: vec4<f32>) -> Inked {
    return Inked(clip_position(point * screen.scale), at, color);
}

@fragment
fn paint(in: Inked) -> @location(0) vec4<f32> {
    let color = in.color * textureSampleLevel(sheet, smooth_sheet, in.at, 0.0);
    if !made_to_encode {
        return color;
    }
    return written(color.xyz / max(color.w, 1e-4), color.w);
}
