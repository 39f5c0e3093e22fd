//! Where labels go on a map, so that none lies on another. In: points in pixels and labels in the order of importance.
//! Out: rectangles.
//!
//! Greedy: each label in turn takes, among eight places round its point, the one that hides the fewest points, if that
//! place is inside the frame and free of labels and of labelled points; else it is not shown. A label that stood
//! somewhere before stays there if it can. Points are found by squares of the frame, so many of them cost little.

/// A rectangle in pixels, y down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// Whether two rectangles share a point.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }

    fn inside(&self, [width, height]: [f64; 2]) -> bool {
        self.x >= 0.0 && self.y >= 0.0 && self.x + self.width <= width && self.y + self.height <= height
    }
}

/// A point on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Pixels from the left.
    pub x: f64,
    /// Pixels from the top.
    pub y: f64,
    /// Pixels.
    pub radius: f64,
}

impl Spot {
    fn bounds(&self) -> Rect {
        let side = 2.0 * self.radius;
        Rect { x: self.x - self.radius, y: self.y - self.radius, width: side, height: side }
    }
}

/// A label that wants a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Position of its point among the spots.
    pub spot: usize,
    /// The text; an empty one is not shown.
    pub text: String,
    /// Width of the text in pixels.
    pub width: f64,
    /// The place that it had, if it was shown before; see [`Label::place`].
    pub before: Option<usize>,
}

/// A label in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Position of its point among the spots.
    pub spot: usize,
    /// The text shown.
    pub text: String,
    /// What it covers.
    pub rect: Rect,
    /// `start`, `middle` or `end`: which part of the text is at the rectangle's left, centre or right.
    pub anchor: &'static str,
    /// Which of the eight places round its point it took.
    pub place: usize,
}

/// Labels for at most `most` of the `wanted`, taken in order, none of them on what is `taken`; `font` is the size of the
/// letters in pixels.
pub fn place(
    spots: &[Spot],
    wanted: impl IntoIterator<Item = Wanted>,
    frame: [f64; 2],
    taken: &[Rect],
    font: f64,
    most: usize,
) -> Vec<Label> {
    let crowd = Crowd::new(spots, frame);
    let mut labels: Vec<Label> = Vec::new();
    // Beyond some multiple of what fits, notes are too dense for the search to be worth its time.
    for Wanted { spot, text, width, before } in wanted.into_iter().take(40 * most) {
        if labels.len() == most {
            break;
        }
        if text.is_empty() {
            continue;
        }
        let free = |rect: &Rect| {
            rect.inside(frame)
                && !taken.iter().any(|other| other.overlaps(rect))
                && labels.iter().all(|l| !l.rect.overlaps(rect) && !spots[l.spot].bounds().overlaps(rect))
                && labels.iter().all(|l| !l.rect.overlaps(&spots[spot].bounds()))
        };
        let places = candidates(&spots[spot], width, font);
        let stays = before.filter(|&place| places.get(place).is_some_and(|(rect, _)| free(rect)));
        let best = stays.or_else(|| {
            let free = (0..places.len()).filter(|&place| free(&places[place].0));
            free.min_by_key(|&place| crowd.hidden(spots, &places[place].0))
        });
        if let Some(place) = best {
            let (rect, anchor) = places[place];
            labels.push(Label { spot, text, rect, anchor, place });
        }
    }
    labels
}

/// Spots by squares of the frame.
struct Crowd {
    count: [usize; 2],
    squares: Vec<Vec<u32>>,
    /// The largest radius: how far a spot reaches beyond its square.
    reach: f64,
}

impl Crowd {
    const SIDE: f64 = 32.0;

    fn new(spots: &[Spot], frame: [f64; 2]) -> Self {
        let count = frame.map(|side| Self::square(side, usize::MAX) + 1);
        let mut crowd = Self { count, squares: vec![Vec::new(); count[0] * count[1]], reach: 0.0 };
        for (spot, number) in spots.iter().zip(0_u32..) {
            crowd.reach = crowd.reach.max(spot.radius);
            let at = Self::square(spot.y, count[1]) * count[0] + Self::square(spot.x, count[0]);
            crowd.squares[at].push(number);
        }
        crowd
    }

    /// How many spots a rectangle hides.
    fn hidden(&self, spots: &[Spot], rect: &Rect) -> usize {
        let columns = self.span(rect.x, rect.width, self.count[0]);
        let rows = self.span(rect.y, rect.height, self.count[1]);
        let squares = rows.flat_map(|row| columns.clone().map(move |column| row * self.count[0] + column));
        let near = squares.flat_map(|square| &self.squares[square]);
        near.filter(|&&spot| spots[spot as usize].bounds().overlaps(rect)).count()
    }

    fn span(&self, from: f64, length: f64, count: usize) -> std::ops::RangeInclusive<usize> {
        Self::square(from - self.reach, count)..=Self::square(from + length + self.reach, count)
    }

    /// The square of a coordinate, among `count`; those outside belong to the nearest.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the frame")]
    fn square(at: f64, count: usize) -> usize {
        ((at / Self::SIDE).max(0.0) as usize).min(count - 1)
    }
}

/// The first `most` graphemes of a text on one line, with an ellipsis if that cuts it.
pub fn shorten(text: &str, most: usize) -> String {
    use unicode_segmentation::UnicodeSegmentation as _;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.grapheme_indices(true).nth(most) {
        None => line,
        Some(_) => {
            let kept: String = line.graphemes(true).take(most.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

/// Eight places round a spot, the best first.
fn candidates(spot: &Spot, width: f64, font: f64) -> [(Rect, &'static str); 8] {
    let height = 1.45 * font;
    let gap = spot.radius + 0.3 * font;
    let slant = 0.7 * gap;
    let (right, left, center) = (spot.x + gap, spot.x - gap - width, spot.x - width / 2.0);
    let (over, under, level) = (spot.y - gap - height, spot.y + gap, spot.y - height / 2.0);
    let at = |x, y, anchor| (Rect { x, y, width, height }, anchor);
    [
        at(right, level, "start"),
        at(left, level, "end"),
        at(center, over, "middle"),
        at(center, under, "middle"),
        at(spot.x + slant, spot.y - slant - height, "start"),
        at(spot.x + slant, spot.y + slant, "start"),
        at(spot.x - slant - width, spot.y - slant - height, "end"),
        at(spot.x - slant - width, spot.y + slant, "end"),
    ]
}

/// Width of a text in a common sans-serif font, estimated from above.
pub fn text_width(text: &str, font: f64) -> f64 {
    text.chars().map(char_width).sum::<f64>() * font
}

/// Width of a character in ems.
fn char_width(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.32,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' | '"' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '…' | '—' => 1.0,
        'ж' | 'ш' | 'щ' | 'ю' | 'ы' | 'ф' | 'Ж' | 'Ш' | 'Щ' | 'Ю' | 'Ы' | 'Ф' | 'М' | 'м' => 0.95,
        c if c.is_ascii_uppercase() => 0.72,
        c if c.is_ascii() => 0.6,
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        '\u{80}'..='\u{24f}' => 0.66,
        c if ('\u{370}'..='\u{52f}').contains(&c) => {
            if c.is_uppercase() {
                0.76
            } else {
                0.64
            }
        }
        '\u{590}'..='\u{10ff}' | '\u{2010}'..='\u{20cf}' => 0.75,
        _ => 1.2,
    }
}
