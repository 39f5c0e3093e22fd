//! The same as the page in a few lines of Markdown: to be kept beside an experiment, or sent to somebody.
//!
//! In: a [`SweepPage`]. Out: text: what was asked, the verdict, the table of combinations, the command. No pictures.

use std::fmt::Write as _;

use super::SweepPage;

/// The text.
pub fn markdown(page: &SweepPage) -> String {
    let mut out = format!("# {}\n\n{}\n", one_line(&page.title), page.lead);
    if !page.asked.is_empty() {
        out += "\n## What was asked\n\n";
        for (heading, text) in &page.asked {
            let _ = writeln!(out, "- **{heading}.** {}", one_line(text));
        }
    }
    if !page.verdict.is_empty() {
        let _ =
            writeln!(out, "\n## What came out\n\n{}\n\n| tested | outcome | numbers |\n|---|---|---|", page.verdict);
        for verdict in &page.verdicts {
            let _ = writeln!(out, "{}", row([&verdict.claim, &verdict.outcome, &verdict.detail].into_iter()));
        }
    }
    if !page.rows.is_empty() {
        out += "\n## The numbers\n\nMeans over the repeats with their standard errors.\n\n";
        let _ = writeln!(out, "{}\n|{}", row(page.headings.iter()), "---|".repeat(page.headings.len()));
        page.rows.iter().for_each(|cells| {
            let _ = writeln!(out, "{}", row(cells.iter()));
        });
    }
    if !page.readings.is_empty() {
        out += "\n";
        for (name, reading) in &page.readings {
            let _ = writeln!(out, "- `{name}`: {}", one_line(reading));
        }
    }
    for warning in &page.warnings {
        let _ = writeln!(out, "\nWarning: {}", one_line(warning));
    }
    let _ = writeln!(out, "\n## How to run it again\n\n```sh\n{}\n```\n\nsemafield {}", page.again, page.version);
    out
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn row<'a>(cells: impl Iterator<Item = &'a String>) -> String {
    cells.fold("|".to_owned(), |row, cell| format!("{row} {} |", one_line(cell).replace('|', "\\|")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_in_their_rows() {
        let rows = vec![vec!["a|b".to_owned(), "two\nlines".to_owned()]];
        let headings = vec!["x".to_owned(), "y".to_owned()];
        let text =
            markdown(&SweepPage { rows, headings, again: "semafield sweep a.toml".into(), ..SweepPage::default() });
        assert!(text.contains("| x | y |\n|---|---|\n| a\\|b | two lines |\n"), "{text}");
        assert!(text.contains("```sh\nsemafield sweep a.toml\n```"));
    }
}
