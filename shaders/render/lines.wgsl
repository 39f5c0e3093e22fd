// Straight lines of constant width: links, streaks of tracers, frames. One instance each.
//
// In: `screen.wgsl`; two ends in pixels, a width, and a colour at each end. Out: premultiplied colours.

struct Line {
    @location(0) from_pixel: vec2<f32>,
    @location(1) to_pixel: vec2<f32>,
    @location(2) from_color: vec4<f32>,
    @location(3) to_color: vec4<f32>,
    @location(4) width: f32,
}

struct Covered {
    @builtin(position) clip: vec4<f32>,
    // Position along the line from 0 to its length, and across from its middle, in pixels.
    @location(0) along: f32,
    @location(1) across: f32,
    @location(2) @interpolate(flat) shape: vec2<f32>,
    @location(3) color: vec4<f32>,
}

@vertex
fn place(@builtin(vertex_index) vertex: u32, line: Line) -> Covered {
    let corner = corner_of(vertex);
    let span = line.to_pixel - line.from_pixel;
    let extent = length(span);
    let forward = select(vec2<f32>(1.0, 0.0), span / extent, extent > 1e-6);
    let reach = 0.5 * line.width + 1.0;
    let along = mix(-reach, extent + reach, corner.x);
    let across = mix(-reach, reach, corner.y);
    let pixel = line.from_pixel + along * forward + across * vec2<f32>(-forward.y, forward.x);
    let color = mix(line.from_color, line.to_color, corner.x);
    return Covered(clip_position(pixel), along, across, vec2<f32>(extent, line.width), color);
}

@fragment
fn paint(in: Covered) -> @location(0) vec4<f32> {
    // Distance to the segment: its ends are round.
    let beyond = max(max(-in.along, in.along - in.shape.x), 0.0);
    let distance = length(vec2<f32>(beyond, in.across));
    // A line thinner than a pixel is a fainter line of one pixel.
    let width = max(in.shape.y, 1.0);
    let cover = clamp(0.5 * width + 0.5 - distance, 0.0, 1.0) * min(in.shape.y, 1.0);
    return written(in.color.xyz, in.color.w * cover);
}
