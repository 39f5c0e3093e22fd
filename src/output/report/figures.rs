//! Pictures on the page: encoded within its size limit, each with its key, caption and reading; films as strips.

use std::fmt::Write as _;

use ::image::RgbaImage;

use super::html::{data_uri, escape, number, paragraphs};
use super::{Film, Key, Picture, ReportInput};
use crate::output::colormap::Palette;
use crate::output::image::{Limits, png, shrink};

/// Bytes of PNG on one page; a third more as text.
const BUDGET: usize = 5_200_000;
/// Longest side of a frame of a film, in pixels.
pub const LONGEST_FRAME: u32 = 256;
/// Longest sides in pixels: the first picture, the others, the frames of films.
const SIDES: [u32; 3] = [1024, 640, LONGEST_FRAME];
/// Most pictures and most frames of a film that are shown.
const MOST_PICTURES: usize = 16;
const MOST_FRAMES: usize = 12;
/// Pictures with fewer cells across are shown with hard edges: their cells are what there is to see.
const HARD_EDGES: u32 = 160;

/// The pictures of a page, encoded.
pub(super) struct Album<'a> {
    /// In order of the input; without those that have no pixel.
    pub(super) pictures: Vec<(&'a Picture, String)>,
    films: Vec<(&'a Film, Vec<(f64, String)>)>,
}

impl<'a> Album<'a> {
    /// Encodes all pictures, smaller and smaller until they fit the page.
    pub(super) fn encode(input: &'a ReportInput) -> Self {
        let mut sides = SIDES;
        loop {
            let (album, bytes) = Self::with_sides(input, sides);
            if bytes <= BUDGET || sides[2] <= 32 {
                return album;
            }
            sides = sides.map(|side| side * 3 / 4);
        }
    }

    fn with_sides(input: &'a ReportInput, sides: [u32; 3]) -> (Self, usize) {
        let mut bytes = 0;
        let mut uri = |image: &RgbaImage, side: u32| {
            let encoded = png(&shrink(image, side)).ok()?;
            bytes += encoded.len();
            Some(data_uri(&encoded))
        };
        let pictures = input.pictures.iter().take(MOST_PICTURES).enumerate();
        let pictures = pictures
            .filter_map(|(k, picture)| Some((picture, uri(&picture.image, sides[usize::from(k > 0)])?)))
            .collect();
        let films = input
            .films
            .iter()
            .take(MOST_PICTURES)
            .map(|film| {
                (film, spread(&film.frames).filter_map(|(t, image)| Some((*t, uri(image, sides[2])?))).collect())
            })
            .collect();
        (Self { pictures, films }, bytes)
    }
}

/// At most [`MOST_FRAMES`] frames, evenly, the first and the last included.
fn spread(frames: &[(f64, RgbaImage)]) -> impl Iterator<Item = &(f64, RgbaImage)> {
    let shown = frames.len().min(MOST_FRAMES);
    (0..shown).map(move |k| &frames[if shown > 1 { k * (frames.len() - 1) / (shown - 1) } else { 0 }])
}

/// The image element of a picture, for one who sees and for one who does not.
pub(super) fn image(picture: &Picture, uri: &str, id: &str) -> String {
    let crisp = if picture.image.width() < HARD_EDGES { " class=\"crisp\"" } else { "" };
    let alt = format!("{} at time {}. {}", picture.caption, number(picture.time), key_text(&picture.key));
    format!(
        "<img{crisp}{id} src=\"{uri}\" alt=\"{}\" style=\"aspect-ratio:{:.4}\">",
        escape(&alt),
        sane(picture.aspect),
        id = if id.is_empty() { String::new() } else { format!(" id=\"{id}\"") },
    )
}

/// Width over height that a page can show.
pub(super) fn sane(aspect: f64) -> f64 {
    if aspect.is_finite() && aspect > 0.0 { aspect.clamp(0.4, 8.0) } else { 1.0 }
}

/// All pictures but the first, which the map shows.
pub(super) fn gallery(input: &ReportInput, album: &Album<'_>) -> String {
    let Some((_, rest)) = album.pictures.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return String::new();
    };
    let mut out = String::from("<section id=\"pictures\">\n<h2>The field at the end</h2>\n<div class=\"gallery\">\n");
    for (picture, uri) in rest {
        let _ = writeln!(
            out,
            "<figure class=\"picture\">\n{}\n<figcaption>{}{}{}</figcaption>\n</figure>",
            image(picture, uri, ""),
            heading(picture),
            key(&picture.key),
            paragraphs(&picture.reading, "note"),
        );
    }
    out.push_str("</div>\n");
    let hidden = input.pictures.len().saturating_sub(MOST_PICTURES);
    if hidden > 0 {
        let _ = writeln!(out, "<p class=\"note\">{hidden} more lie in the folder <code>images</code>.</p>");
    }
    out + "</section>\n"
}

/// Caption, the expression it shows, and the time.
pub(super) fn heading(picture: &Picture) -> String {
    let code = if picture.name == picture.caption {
        String::new()
    } else {
        format!("<code>{}</code> ", escape(&picture.name))
    };
    let caption = escape(&picture.caption);
    format!("<h3>{caption}</h3><p class=\"what\">{code}<span>t = {}</span></p>", number(picture.time))
}

/// Films as strips of frames, each with its time.
pub(super) fn films(album: &Album<'_>) -> String {
    let mut out = String::new();
    for (film, frames) in album.films.iter().filter(|(_, frames)| frames.len() > 1) {
        let caption = escape(&film.caption);
        let _ = writeln!(out, "<h3>{caption} <code>{}</code></h3>", escape(&film.name));
        let _ = writeln!(out, "<ol class=\"strip\" aria-label=\"{caption} over time\">");
        for (time, uri) in frames {
            let time = number(*time);
            let _ = writeln!(
                out,
                "<li><img src=\"{uri}\" alt=\"{caption} at time {time}\" style=\"aspect-ratio:{:.4}\">\
                 <span>t = {time}</span></li>",
                sane(film.aspect),
            );
        }
        out.push_str("</ol>\n");
    }
    if out.is_empty() {
        return out;
    }
    format!(
        "<section id=\"films\">\n<h2>How it grew</h2>\n<p class=\"reading\">The same field from the first picture to \
         the last. Look for when the large shapes appear, and whether they still move at the end.</p>\n{out}</section>\n"
    )
}

/// The key of a picture: a bar with numbers, or a wheel.
pub(super) fn key(key: &Key) -> String {
    match key {
        Key::None => String::new(),
        Key::Scale(palette, limits) => scale(*palette, limits),
        Key::Curve(limits) => {
            format!("<p class=\"key\">From {} to {}, upwards.</p>\n", number(limits.low), number(limits.high))
        }
        Key::Phase => wheel("", "phase"),
        Key::Complex(full) => wheel(" dark", &format!("phase; rim: magnitude {}", number(*full))),
    }
}

fn scale(palette: Palette, limits: &Limits) -> String {
    let table = palette.table();
    let colors: Vec<String> = (0..=16).map(|k| hex(table[(k * 16).min(255)])).collect();
    let (below, above) = if limits.clipped { ("≤ ", "≥ ") } else { ("", "") };
    format!(
        "<div class=\"key\"><div class=\"bar\" style=\"background:linear-gradient(to right,{})\"></div>\
         <div class=\"ends\"><span>{below}{}</span><span>{}</span><span>{above}{}</span></div></div>\n",
        colors.join(","),
        number(limits.low),
        number(f64::midpoint(limits.low, limits.high)),
        number(limits.high),
    )
}

/// Phases counter-clockwise from the right, as in the plane of complex numbers.
fn wheel(class: &str, name: &str) -> String {
    let table = Palette::Wheel.table();
    let colors: Vec<String> = (0..=32).map(|k| hex(table[(512 - k * 8) % 256])).collect();
    format!(
        "<div class=\"key wheel{class}\"><div class=\"dial\"><div class=\"disc\" style=\"background:conic-gradient(from 90deg,{})\"><i></i>\
         </div><span class=\"e\">0</span><span class=\"n\">π/2</span><span class=\"w\">±π</span>\
         <span class=\"s\">−π/2</span></div><span class=\"name\">{}</span></div>\n",
        colors.join(","),
        escape(name),
    )
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn key_text(key: &Key) -> String {
    match key {
        Key::Scale(_, limits) => format!("Colours from {} to {}.", number(limits.low), number(limits.high)),
        Key::Curve(limits) => format!("A curve between {} and {}.", number(limits.low), number(limits.high)),
        Key::Phase => "Colours are phases.".to_owned(),
        Key::Complex(_) => "Hue is the phase, brightness the magnitude.".to_owned(),
        Key::None => String::new(),
    }
}
