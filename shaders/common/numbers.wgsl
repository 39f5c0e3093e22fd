// The numbers that are the same for all cells during one step. Needs NUMBER_BLOCKS of the generated header.

struct Numbers {
    // The number of the step.
    step_low: u32,
    step_high: u32,
    // The run's random seed: key of all that is drawn.
    key_low: u32,
    key_high: u32,
    // Parameters and times, four to a block, in the order of the program's uniforms.
    values: array<vec4<f32>, NUMBER_BLOCKS>,
}
