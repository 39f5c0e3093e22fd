//! Where labels go on the map, so that none lies on another. In: points in pixels and an order of importance. Out:
//! rectangles.
//!
//! Greedy: each label in turn takes, among eight places round its point, the one that hides the fewest points, if that
//! place is inside the frame and free of labels and of labelled points; else it is not shown. The widths of texts are
//! estimates from above, since the reader's font is unknown.

use super::html::shorten;

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

/// A label in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Position of its point among the spots.
    pub spot: usize,
    /// The text shown, cut to at most 30 characters.
    pub text: String,
    /// What it covers.
    pub rect: Rect,
    /// `start`, `middle` or `end`: which part of the text is at the rectangle's left, centre or right.
    pub anchor: &'static str,
}

/// Most characters of a label.
const LONGEST: usize = 30;

/// Labels for at most `most` spots, taken in `order`; `font` is the size of the letters in pixels.
pub fn place(spots: &[Spot], titles: &[&str], order: &[usize], frame: [f64; 2], font: f64, most: usize) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    // Beyond some multiple of what fits, notes are too dense for the search to be worth its time.
    for &spot in order.iter().take(40 * most) {
        if labels.len() == most {
            break;
        }
        let text = shorten(titles[spot], LONGEST);
        if text.is_empty() {
            continue;
        }
        let free = |rect: &Rect| {
            rect.inside(frame)
                && labels.iter().all(|l| !l.rect.overlaps(rect) && !spots[l.spot].bounds().overlaps(rect))
                && labels.iter().all(|l| !l.rect.overlaps(&spots[spot].bounds()))
        };
        let hidden = |rect: &Rect| spots.iter().filter(|other| other.bounds().overlaps(rect)).count();
        let best = candidates(&spots[spot], text_width(&text, font), font)
            .into_iter()
            .filter(|(rect, _)| free(rect))
            .min_by_key(|(rect, _)| hidden(rect));
        if let Some((rect, anchor)) = best {
            labels.push(Label { spot, text, rect, anchor });
        }
    }
    labels
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
pub(super) fn text_width(text: &str, font: f64) -> f64 {
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
