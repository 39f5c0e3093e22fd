//! One Markdown note in the dialect of Obsidian.
//!
//! In: the text of a file. Out: title, plain text, tags, aliases and link targets. Front matter is cut off by hand and
//! read as YAML; the body goes through pulldown-cmark. Wiki-links, embeds and links to `.md` files are links; `#tags`
//! are tags, nested and in any script; in code, neither is. A front matter that is no YAML is read as text.

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::front_matter::{self, FrontMatter};

/// What a note says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Document {
    /// From the front matter, else the first heading of level 1.
    pub(super) title: Option<String>,
    /// The body without markup.
    pub(super) text: String,
    /// Without `#`, no two alike.
    pub(super) tags: Vec<String>,
    /// Other names.
    pub(super) aliases: Vec<String>,
    /// Link targets as written, without heading and label.
    pub(super) targets: Vec<String>,
    /// What is wrong with the front matter.
    pub(super) problem: Option<String>,
}

/// Reads a note.
pub(super) fn parse(source: &str) -> Document {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let (front, body, problem) = match front_matter::split(source) {
        None => (FrontMatter::default(), source, None),
        Some((yaml, body)) => match front_matter::parse(yaml) {
            Ok(front) => (front, body, None),
            Err(problem) => (FrontMatter::default(), source, Some(problem)),
        },
    };
    let mut reader = Reader::default();
    front.tags.iter().for_each(|tag| reader.add_tag(tag));
    front.targets.iter().for_each(|target| reader.add_target(target));
    let options = Options::ENABLE_WIKILINKS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        match event {
            Event::Text(text) if !reader.in_code => reader.gather(&text, body[..range.start].ends_with('\\')),
            other => {
                reader.prose();
                reader.read(other);
            }
        }
    }
    reader.prose();
    let Reader { text, tags, targets, heading, .. } = reader;
    let heading = heading.map(|heading| heading.trim().to_owned()).filter(|heading| !heading.is_empty());
    let title = front.title.or(heading);
    Document { title, text: text.trim().to_owned(), tags, aliases: front.aliases, targets, problem }
}

/// Collects text, tags and targets from the events of the body.
#[derive(Default)]
struct Reader {
    text: String,
    /// Prose since the last event that was none; the parser cuts it at every sign that might have meant something.
    pending: String,
    /// Positions in `pending` of characters after a backslash.
    escaped: Vec<usize>,
    tags: Vec<String>,
    targets: Vec<String>,
    /// The first heading of level 1.
    heading: Option<String>,
    in_first_heading: bool,
    in_code: bool,
    /// Inside an embed without label: its text is a file name, not prose.
    in_bare_embed: bool,
}

impl Reader {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.push(&text)
            }
            Event::SoftBreak | Event::HardBreak | Event::Rule => self.text.push('\n'),
            Event::Html(_) | Event::InlineHtml(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::CodeBlock(_) => self.in_code = true,
            Tag::Heading { level: pulldown_cmark::HeadingLevel::H1, .. } if self.heading.is_none() => {
                self.heading = Some(String::new());
                self.in_first_heading = true;
            }
            Tag::Link { link_type, dest_url, .. } => self.link(*link_type, dest_url),
            Tag::Image { link_type, dest_url, .. } => {
                self.link(*link_type, dest_url);
                self.in_bare_embed = matches!(link_type, LinkType::WikiLink { has_pothole: false });
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::CodeBlock => self.in_code = false,
            TagEnd::Heading(_) => self.in_first_heading = false,
            TagEnd::Image => self.in_bare_embed = false,
            TagEnd::Link | TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => return,
            _ => {}
        }
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn link(&mut self, link_type: LinkType, destination: &str) {
        match link_type {
            LinkType::WikiLink { .. } => self.add_target(destination),
            LinkType::Autolink | LinkType::Email => {}
            _ => {
                let path = destination.split('#').next().unwrap_or_default();
                if !destination.contains("://") && path.to_lowercase().ends_with(".md") {
                    self.add_target(&percent_decode(path));
                }
            }
        }
    }

    /// Keeps the note that a target names: no heading, no block, no attachment.
    fn add_target(&mut self, target: &str) {
        let target = target.split(['#', '|', '^']).next().unwrap_or_default().trim().trim_end_matches('\\');
        let extension = target.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
        if !target.is_empty() && !extension.is_some_and(|extension| ATTACHMENTS.contains(&extension.as_str())) {
            self.targets.push(target.to_owned());
        }
    }

    fn push(&mut self, text: &str) {
        if self.in_bare_embed {
            return;
        }
        self.text.push_str(text);
        if let (true, Some(heading)) = (self.in_first_heading, &mut self.heading) {
            heading.push_str(text);
        }
    }

    fn gather(&mut self, text: &str, escaped: bool) {
        if escaped {
            self.escaped.push(self.pending.len());
        }
        self.pending.push_str(text);
    }

    /// Text outside code: `#` begins a tag at the start or after a space; `[!note]` marks a callout.
    fn prose(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let escaped = std::mem::take(&mut self.escaped);
        let mut previous = self.text.chars().next_back();
        let cut = callout_length(&pending, previous);
        for (at, character) in pending.char_indices() {
            if character == '#' && previous.is_none_or(char::is_whitespace) && !escaped.contains(&at) {
                let tag: String = pending[at + 1..].chars().take_while(|&c| in_tag(c)).collect();
                self.add_tag(&tag);
            }
            previous = Some(character);
        }
        self.push(&pending[cut..]);
    }

    /// Keeps a tag that Obsidian would: not only digits, and not the same as an earlier one but for case.
    fn add_tag(&mut self, tag: &str) {
        let tag = tag.trim().trim_start_matches('#').trim_matches('/');
        let known = self.tags.iter().any(|known| known.to_lowercase() == tag.to_lowercase());
        if !known && tag.chars().any(|c| !c.is_ascii_digit()) {
            self.tags.push(tag.to_owned());
        }
    }
}

/// Kinds of files that notes show or link to and that are no notes.
const ATTACHMENTS: [&str; 28] = [
    "png",
    "jpg",
    "jpeg",
    "gif",
    "bmp",
    "svg",
    "webp",
    "avif",
    "tif",
    "tiff",
    "pdf",
    "mp3",
    "wav",
    "m4a",
    "ogg",
    "flac",
    "mp4",
    "mov",
    "mkv",
    "webm",
    "canvas",
    "base",
    "csv",
    "zip",
    "html",
    "docx",
    "xlsx",
    "excalidraw",
];

/// Letters and digits of any script, `_ - /`, and symbols such as emoji with what joins them.
fn in_tag(character: char) -> bool {
    match character {
        '_' | '-' | '/' => true,
        '\u{200d}' | '\u{fe0f}' => true,
        '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{ff00}'..='\u{ff0f}' => false,
        _ if character.is_ascii() => character.is_ascii_alphanumeric(),
        _ => !character.is_whitespace() && !matches!(character, '«' | '»' | '·' | '…' | '—' | '§' | '¶'),
    }
}

/// Length of `[!kind]` with its fold mark at the start of a block; kinds that are no CommonMark alerts come as text.
fn callout_length(text: &str, previous: Option<char>) -> usize {
    let Some(end) = text.find(']').filter(|_| text.starts_with("[!") && previous.is_none_or(|c| c == '\n')) else {
        return 0;
    };
    if end == 2 || text[..end].contains(char::is_whitespace) {
        return 0;
    }
    text.len() - text[end + 1..].trim_start_matches(['+', '-']).trim_start().len()
}

/// `%20` and its like; what is not valid stays as it is.
fn percent_decode(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = path.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) if bytes[at] == b'%' => {
                decoded.push(code);
                at += 3;
            }
            _ => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_every_kind() {
        let document = parse(
            "See [[Alpha]], [[folder/Beta|the *label*]], [[Гамма#Глава]], ![[Delta]], ![[picture.png]], \
             [md](sub/Epsilon%20one.md#x), [web](https://a.b/c.md), [[#here]], `[[code]]`\n\n```\n[[fenced]] #no\n```\n\n\
             | a | b |\n|---|---|\n| [[Zeta\\|z]] | x |\n",
        );
        assert_eq!(document.targets, ["Alpha", "folder/Beta", "Гамма", "Delta", "sub/Epsilon one.md", "Zeta"]);
        assert!(document.text.contains("the label") && !document.text.contains("picture"));
    }

    #[test]
    fn tags_of_any_script() {
        let document = parse(
            "#one #two/three, #сад/весна #日本語 #🌙 a#no #123 #y2024 (#no) #One\n\n# Heading\n\n`#code` \\#escaped [x](#anchor)",
        );
        assert_eq!(document.tags, ["one", "two/three", "сад/весна", "日本語", "🌙", "y2024"]);
        assert_eq!(document.title.as_deref(), Some("Heading"));
    }

    #[test]
    fn front_matter_gives_title_tags_aliases_and_links() {
        let document = parse(
            "---\ntitle: \"A: b\"\ntags: [x, '#y']\naliases:\n  - Other\nup: \"[[Root|r]]\"\nsee: [[Leaf]]\n---\n# Not it\nbody #z\n",
        );
        assert_eq!(document.title.as_deref(), Some("A: b"));
        assert_eq!(document.tags, ["x", "y", "z"]);
        assert_eq!(document.aliases, ["Other"]);
        assert_eq!(document.targets, ["Root", "Leaf"]);
        assert_eq!(document.text, "Not it\nbody #z");
        assert_eq!(document.problem, None);
    }

    #[test]
    fn a_broken_front_matter_is_read_as_text() {
        for yaml in ["a: [1, 2", "a: b: c", "a: &a [*a, *a]\nb: *nowhere"] {
            let document = parse(&format!("---\n{yaml}\n---\nwords\n"));
            assert!(document.problem.is_some(), "{yaml}");
            assert!(document.text.contains("words"), "{yaml}");
        }
        assert_eq!(parse("---\njust a rule above").problem, None);
    }

    #[test]
    fn callouts_and_footnotes_keep_their_words() {
        let document =
            parse("> [!warning]- Mind the gap\n> inside\n\nA claim[^1].\n\n[^1]: The proof, see [[Book]].\n");
        assert_eq!(document.targets, ["Book"]);
        assert_eq!(document.text, "Mind the gap\ninside\nA claim.\nThe proof, see Book.");
    }

    #[test]
    fn any_sequence_of_signs_is_read() {
        const SIGNS: [&str; 24] = [
            "[[", "]]", "|", "#", "![[", "\\", "`", "```\n", "---\n", "\n", " ", "> ", "[!x]", "a", "й", "🌙", ":",
            "- ", "*a", "&a ", "%20.md", "](", "[", "^",
        ];
        let draw = crate::math::rng::Draw { rng_seed: 5, stream: 0, step: 0 };
        for text in 0..3000 {
            let sign = |at: u64| SIGNS[draw.bits(text * 40 + at) as usize % SIGNS.len()];
            let front = if text % 2 == 0 { "---\n" } else { "" };
            let source: String = std::iter::once(front).chain((0..40).map(sign)).collect();
            assert!(parse(&source).text.len() <= source.len() + 40, "{source}");
        }
    }

    #[test]
    fn hostile_text_is_only_text() {
        parse(&"[".repeat(50_000));
        parse(&"> ".repeat(20_000));
        parse(&format!("---\n{}\n---\n", "- ".repeat(7_000)));
        parse(&format!("---\na: {}\n---\n", "[".repeat(15_000)));
        parse(&"[[".repeat(20_000));
    }
}
