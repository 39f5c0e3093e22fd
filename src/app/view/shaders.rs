//! The texts of `shaders/render`, each with what it stands on.

/// The domain from above.
pub(super) const PLANE: &str = concat!(
    include_str!("../../../shaders/render/screen.wgsl"),
    include_str!("../../../shaders/render/values.wgsl"),
    include_str!("../../../shaders/render/loaded.wgsl"),
    include_str!("../../../shaders/render/plane.wgsl"),
);

/// The domain from above, its values blended by a sampler.
pub(super) const FILTERED_PLANE: &str = concat!(
    include_str!("../../../shaders/render/screen.wgsl"),
    include_str!("../../../shaders/render/values.wgsl"),
    include_str!("../../../shaders/render/filtered.wgsl"),
    include_str!("../../../shaders/render/plane.wgsl"),
);

/// The domain as a surface.
pub(super) const LANDSCAPE: &str = concat!(
    include_str!("../../../shaders/render/screen.wgsl"),
    include_str!("../../../shaders/render/values.wgsl"),
    include_str!("../../../shaders/render/loaded.wgsl"),
    include_str!("../../../shaders/render/landscape.wgsl"),
);

/// Discs, rings and signs.
pub(super) const GLYPHS: &str =
    concat!(include_str!("../../../shaders/render/screen.wgsl"), include_str!("../../../shaders/render/glyphs.wgsl"));

/// Links, streaks and frames.
pub(super) const LINES: &str =
    concat!(include_str!("../../../shaders/render/screen.wgsl"), include_str!("../../../shaders/render/lines.wgsl"));

/// A picture drawn before, laid over the tile.
pub(super) const COPY: &str =
    concat!(include_str!("../../../shaders/render/screen.wgsl"), include_str!("../../../shaders/render/copy.wgsl"));

/// What egui lays out.
pub(super) const INK: &str =
    concat!(include_str!("../../../shaders/render/screen.wgsl"), include_str!("../../../shaders/render/ink.wgsl"));
