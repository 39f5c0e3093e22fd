// The coloured field: the colour of a value and its contour lines. No entry point: it stands before `plane.wgsl` and
// `landscape.wgsl`, with one of `loaded.wgsl` and `filtered.wgsl`, which read the value between cells.
//
// In: a texture of values (one number, or a complex number as two), a table of colours.

// How values become colour; twins of `Form` in uniform.rs.
const SCALAR: u32 = 0u;
const MODULUS: u32 = 1u;
const PHASE: u32 = 2u;
const DOMAIN: u32 = 3u;

// What a pipeline is made for. A software driver computes both sides of every choice: what is known when the pipeline is
// made is not chosen for each pixel. TOLD: the uniform block says which form it is.
const TOLD: u32 = 4u;
override made_for_form: u32 = 4u;
override made_for_contours: bool = true;
override made_for_holes: bool = true;

const TAU: f32 = 6.283185307179586;

struct Plane {
    // A pixel's position in cells: first + pixel * step.
    first: vec2<f32>,
    step: vec2<f32>,
    // Cells of the texture, and which axes close on themselves (1).
    cells: vec2<i32>,
    periodic: vec2<u32>,
    // The lower end of the range of colours, and one over its length.
    low: f32,
    per_range: f32,
    form: u32,
    // Contour lines over the range; 0 for none.
    contours: f32,
    // Half the width of a contour line in pixels.
    line: f32,
    // How much steeper than bilinear the weights are: from 1 to the size of a cell in pixels.
    sharpness: f32,
    // 1 if some cells are inert.
    holes: u32,
    // Rows of the table of colours.
    rows: f32,
    // Behind everything, and where there is nothing.
    background: vec4<f32>,
}

@group(1) @binding(0) var<uniform> plane: Plane;
@group(1) @binding(1) var values: texture_2d<f32>;
@group(1) @binding(2) var table: texture_2d<f32>;
@group(1) @binding(3) var smooth_table: sampler;

struct Value {
    // The value for colours.
    shown: vec2<f32>,
    // The bilinear value, and its change per cell in x and y: for contours.
    smooth_value: vec2<f32>,
    along_x: vec2<f32>,
    along_y: vec2<f32>,
    // Share of live cells: 1 inside, 0 where there is nothing.
    alive: f32,
}

fn form() -> u32 {
    return select(made_for_form, plane.form, made_for_form == TOLD);
}

// The angle as a share of a turn, in [-1/2, 1/2]: the arc tangent in the first eighth by a polynomial (error below 2e-6
// of a turn, a hundredth of what the table resolves), the rest by reflection. Several times as fast as atan2 in software.
fn angle_share(z: vec2<f32>) -> f32 {
    let size = abs(z);
    let t = min(size.x, size.y) / max(max(size.x, size.y), 1e-30);
    let s = t * t;
    var turn = t * (0.1591337 + s * (-0.0525696 + s * (0.0286732 + s * (-0.0135530 + s * 0.0033176))));
    turn = select(turn, 0.25 - turn, size.y > size.x);
    turn = select(turn, 0.5 - turn, z.x < 0.0);
    return select(turn, -turn, z.y < 0.0);
}

fn color_of(z: vec2<f32>) -> vec3<f32> {
    // Centres of the first and the last colour of an open palette; a closed one goes round.
    var at = vec2<f32>(0.0, 0.5);
    switch form() {
        case PHASE: { at.x = angle_share(z) + 0.5 / 256.0; }
        case DOMAIN: {
            let share = min(length(z) * plane.per_range, 1.0);
            at = vec2<f32>(angle_share(z) + 0.5 / 256.0, (share * (plane.rows - 1.0) + 0.5) / plane.rows);
        }
        default: {
            let amount = select(z.x, length(z), form() == MODULUS);
            at.x = (0.5 + 255.0 * clamp((amount - plane.low) * plane.per_range, 0.0, 1.0)) / 256.0;
        }
    }
    return textureSampleLevel(table, smooth_table, at, 0.0).xyz;
}

// Opacity of the nearest contour line. Lines lie at (k + 1/2) / contours of the range, lines of constant phase at
// multiples of a turn's share. Their width is constant on the screen: distance = distance in levels / levels per pixel.
fn contour(value: Value) -> f32 {
    let z = value.smooth_value;
    var level = 0.0;
    var rise = vec2<f32>(0.0);
    var last = plane.contours;
    switch form() {
        case PHASE: {
            let turn = vec2<f32>(z.x * value.along_x.y - z.y * value.along_x.x, z.x * value.along_y.y - z.y * value.along_y.x);
            level = angle_share(z) * plane.contours;
            rise = turn / max(dot(z, z), 1e-30) / TAU * plane.contours;
            last = 1e9;
        }
        case SCALAR: {
            level = (z.x - plane.low) * plane.per_range * plane.contours + 0.5;
            rise = vec2<f32>(value.along_x.x, value.along_y.x) * plane.per_range * plane.contours;
        }
        default: {
            let size = length(z);
            level = (size - plane.low) * plane.per_range * plane.contours + 0.5;
            rise = vec2<f32>(dot(z, value.along_x), dot(z, value.along_y)) / max(size, 1e-30) * plane.per_range * plane.contours;
        }
    }
    let steep = length(rise * plane.step);
    let nearest = round(level);
    let outside = form() != PHASE && (nearest < 0.5 || nearest > last + 0.5);
    if steep < 1e-7 || outside {
        return 0.0;
    }
    let distance = abs(level - nearest) / steep;
    // Where lines would run together they fade.
    return (1.0 - smoothstep(plane.line - 0.5, plane.line + 0.5, distance)) * (1.0 - smoothstep(0.18, 0.4, steep));
}

// The colour of the field with its contours.
fn field_color(value: Value) -> vec3<f32> {
    let color = color_of(value.shown);
    if !made_for_contours || plane.contours == 0.0 {
        return color;
    }
    let pale = dot(color, vec3<f32>(0.2126, 0.7152, 0.0722)) > 0.5;
    let ink = select(vec3<f32>(1.0), vec3<f32>(0.03, 0.04, 0.07), pale);
    return mix(color, ink, 0.5 * contour(value));
}
