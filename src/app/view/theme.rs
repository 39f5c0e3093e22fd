//! The colours of the picture: of everything that is not the field itself. sRGB bytes.

/// A colour with its opacity, not premultiplied.
pub type Rgba = [u8; 4];

/// The colours of the picture's furniture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Behind everything.
    pub background: Rgba,
    /// Letters and notes.
    pub ink: Rgba,
    /// Round letters and marks, so that they are read on any colour.
    pub halo: Rgba,
    /// What is pointed at or selected.
    pub accent: Rgba,
    /// Links between notes.
    pub link: Rgba,
    /// Thin frames.
    pub rule: Rgba,
    /// Under the colour bar.
    pub card: Rgba,
    /// Words on the card.
    pub words: Rgba,
}

impl Theme {
    /// The stage: dark whatever the theme of the window, for fields are darkest where nothing is.
    pub const STAGE: Self = Self {
        background: [15, 17, 21, 255],
        ink: [255, 255, 255, 255],
        halo: [16, 20, 27, 208],
        accent: [255, 210, 74, 255],
        link: [255, 255, 255, 60],
        rule: [231, 228, 221, 70],
        card: [20, 22, 26, 222],
        words: [231, 228, 221, 255],
    };

    /// With another opacity, as a share of its own.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a byte")]
    pub fn faded([r, g, b, a]: Rgba, share: f32) -> Rgba {
        [r, g, b, (f32::from(a) * share.clamp(0.0, 1.0)) as u8]
    }
}

/// Colours for categories, told apart on the field and from one another; used again from the ninth category on.
pub const CATEGORIES: [[u8; 3]; 8] = [
    [127, 201, 206],
    [232, 148, 104],
    [181, 163, 232],
    [190, 203, 106],
    [236, 134, 164],
    [118, 176, 240],
    [236, 200, 110],
    [140, 208, 150],
];
