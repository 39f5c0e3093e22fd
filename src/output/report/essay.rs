//! A page of sections: text, a table, plots, listings. In: an [`Essay`]. Out: HTML in the style of all pages.
//!
//! For experiments, whose reports argue; a run's report shows. All texts are escaped; empty lines part paragraphs.

use std::fmt::Write as _;

use super::html::{escape, paragraphs};
use super::{Panel, page, plot};

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Essay {
    /// A few words above the title.
    pub kicker: String,
    /// The title.
    pub title: String,
    /// What a person should know who reads nothing else.
    pub lead: String,
    /// The sections, in order.
    pub sections: Vec<Section>,
    /// Version of semafield.
    pub version: String,
}

/// A section; parts that are empty are left out.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// Paragraphs.
    pub text: String,
    /// A table.
    pub table: Option<Table>,
    /// Plots.
    pub panels: Vec<Panel>,
    /// Listings: what each is, and its text.
    pub code: Vec<(String, String)>,
}

/// A table of texts.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Headings of the columns.
    pub heads: Vec<String>,
    /// Rows, as long as there are headings.
    pub rows: Vec<Vec<String>>,
}

/// The page.
pub fn render(essay: &Essay) -> String {
    let header = format!(
        "<header>\n<p class=\"kicker\">{}</p>\n<h1>{}</h1>\n{}</header>\n",
        escape(&essay.kicker),
        escape(&essay.title),
        paragraphs(&essay.lead, "lead")
    );
    let sections: String = essay.sections.iter().map(section).collect();
    let footer = format!("<footer><p>Made by semafield {}.</p></footer>\n", escape(&essay.version));
    let title = format!("{}: {}", essay.kicker, essay.title);
    page(&escape(&title), include_str!("essay.css"), &(header + &sections), &footer)
}

fn section(section: &Section) -> String {
    let mut out = format!("<section>\n<h2>{}</h2>\n{}", escape(&section.title), paragraphs(&section.text, "prose"));
    out += &section.table.as_ref().map_or_else(String::new, table);
    out += &plot::panels(&section.panels);
    for (what, text) in &section.code {
        let (what, text) = (escape(what), escape(text));
        let _ = writeln!(out, "<h3>{what}</h3>\n<pre tabindex=\"0\"><code>{text}</code></pre>");
    }
    out + "</section>\n"
}

fn table(table: &Table) -> String {
    let cells = |row: &[String], tag: &str| {
        row.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect::<String>()
    };
    let mut out = String::from("<div class=\"scroll whole\"><table class=\"essay\"><thead><tr>");
    out += &table.heads.iter().map(|head| format!("<th scope=\"col\">{}</th>", escape(head))).collect::<String>();
    out += "</tr></thead><tbody>\n";
    for row in &table.rows {
        let _ = writeln!(out, "<tr>{}</tr>", cells(row, "td"));
    }
    out + "</tbody></table></div>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_strangers_is_escaped() {
        let evil = "<script>alert(1)</script>".to_owned();
        let section = Section {
            title: evil.clone(),
            text: evil.clone(),
            table: Some(Table { heads: vec![evil.clone()], rows: vec![vec![evil.clone()]] }),
            code: vec![(evil.clone(), evil.clone())],
            panels: vec![],
        };
        let page = render(&Essay { title: evil.clone(), sections: vec![section], ..Essay::default() });
        assert!(!page.contains(&evil));
    }
}
