// A scalar as a surface: cell centres (or fewer, evenly spread) lifted by their value, lit from one side.
//
// In: `screen.wgsl`, `values.wgsl`, a matrix. Out: opaque colours and depth. The normal is that of the displaced surface:
// (-dh/dx, -dh/dy, 1) by central differences over one spacing of the mesh.

struct Landscape {
    clip_from_world: mat4x4<f32>,
    // Direction to the light.
    light: vec4<f32>,
    // The domain's size in the world, whose longer side is 1.
    size: vec2<f32>,
    // Vertices along x and y.
    vertices: vec2<u32>,
    // Height of the upper end of the range.
    height: f32,
}

@group(2) @binding(0) var<uniform> landscape: Landscape;

struct Lifted {
    @builtin(position) clip: vec4<f32>,
    @location(0) cell: vec2<f32>,
    @location(1) normal: vec3<f32>,
}

fn height_at(share: vec2<f32>) -> f32 {
    let value = value_at(clamp(share, vec2<f32>(0.0), vec2<f32>(1.0)) * vec2<f32>(plane.cells)).smooth_value;
    let amount = select(value.x, length(value), plane.form != SCALAR);
    return landscape.height * clamp((amount - plane.low) * plane.per_range, 0.0, 1.0);
}

@vertex
fn lift(@builtin(vertex_index) vertex: u32) -> Lifted {
    let column = vertex % landscape.vertices.x;
    let row = vertex / landscape.vertices.x;
    let last = vec2<f32>(landscape.vertices - 1u);
    let share = vec2<f32>(f32(column), f32(row)) / last;
    let d = 1.0 / last;
    let rise = vec2<f32>(
        height_at(share + vec2<f32>(d.x, 0.0)) - height_at(share - vec2<f32>(d.x, 0.0)),
        height_at(share + vec2<f32>(0.0, d.y)) - height_at(share - vec2<f32>(0.0, d.y)),
    ) / (2.0 * d * landscape.size);
    let world = vec3<f32>((share - 0.5) * landscape.size, height_at(share));
    let cell = share * vec2<f32>(plane.cells);
    return Lifted(landscape.clip_from_world * vec4<f32>(world, 1.0), cell, vec3<f32>(-rise, 1.0));
}

@fragment
fn paint(in: Lifted) -> @location(0) vec4<f32> {
    let value = value_at(in.cell);
    if value.alive < 0.5 {
        discard;
    }
    let lit = max(dot(normalize(in.normal), landscape.light.xyz), 0.0);
    let color = field_color(value) * (0.6 + 0.5 * lit);
    return written(min(color, vec3<f32>(1.0)), 1.0);
}
