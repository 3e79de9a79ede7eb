//! The page of `report`: one HTML file that asks nobody for anything, and in which no name of a package is more than text.
//!
//! It has no script, its style is in it, and a browser is told to load nothing. Names are escaped; what would turn text
//! around or is not shown at all is written out.

mod findings;
mod plan;
mod summary;
mod versus;

use maud::{DOCTYPE, Escaper, Markup, PreEscaped, Render, html};
use std::fmt::Write;

use crate::commands::report::Report;

const STYLE: &str = include_str!("page/style.css");
/// Nothing is loaded, and nothing runs.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/// Of longer lists the rest is counted.
const ROWS_MAX: usize = 5000;
/// Longer lists are folded.
const OPEN_MAX: usize = 40;

/// A text of the package: characters that are not shown, or turn text around, are written out.
struct Text<'a>(&'a str);

impl Render for Text<'_> {
    fn render_to(&self, buffer: &mut String) {
        let mut escaper = Escaper::new(buffer);
        for c in self.0.chars() {
            let written = match is_hidden(c) {
                true => write!(escaper, "{}", c.escape_default()),
                false => escaper.write_char(c),
            };
            // A text in memory takes everything.
            let _ = written;
        }
    }
}

/// Is a character not shown, or does it turn text around?
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Returns the page.
pub fn html(report: &Report) -> String {
    let title = &report.sheet.heading;
    let parts = parts(report);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(concat!("msikit ", env!("CARGO_PKG_VERSION")));
                title { (Text(title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (summary::header(report))
                (contents(&parts))
                main {
                    @for part in &parts {
                        section id=(part.id) {
                            h2 { (part.title) @if !part.sum.is_empty() { " " span.sum { (part.sum) } } }
                            (part.body)
                        }
                    }
                }
                footer {
                    "Made by msikit " (env!("CARGO_PKG_VERSION")) " from " (Text(&report.package))
                    ". Nothing of the package was run."
                }
            }
        }
    };
    page.into_string()
}

/// A part of the page.
struct Part {
    /// What links to it say.
    id: &'static str,
    title: &'static str,
    /// What it comes to.
    sum: String,
    body: Markup,
}

impl Part {
    fn new(id: &'static str, title: &'static str, sum: impl Into<String>, body: Markup) -> Part {
        let sum = sum.into();
        Part {
            id,
            title,
            sum,
            body,
        }
    }
}

fn parts(report: &Report) -> Vec<Part> {
    let mut parts = vec![findings::remarks(report)];
    parts.extend(report.against.as_ref().map(versus::changes));
    parts.push(summary::facts(report));
    parts.push(plan::plan(report));
    parts.push(findings::custom_actions(report));
    parts.extend(findings::surface(report));
    parts.push(findings::signature(report));
    parts.push(findings::validation(report));
    parts
}

fn contents(parts: &[Part]) -> Markup {
    html! {
        nav aria-label="Contents" {
            @for part in parts {
                a href=(format!("#{}", part.id)) { (part.title) }
            }
        }
    }
}

/// A list that is folded where it is long, with what it is.
fn folded(title: &str, sum: &str, count: usize, body: Markup) -> Markup {
    html! {
        details open[count <= OPEN_MAX] {
            summary { (title) " " span.sum { (sum) } }
            (body)
        }
    }
}

/// What is said of rows that are not shown.
fn left_out(count: usize) -> Markup {
    html! {
        @if count > ROWS_MAX {
            p.note { "and " (count - ROWS_MAX) " more" }
        }
    }
}

/// A mark as a word for those who do not see colours, and as a sign for the others.
fn sign(mark: char) -> Markup {
    let (class, word) = match mark {
        '+' => ("new", "new"),
        '-' => ("gone", "goes"),
        '~' => ("other", "changes"),
        _ => ("same", ""),
    };
    let shown = if mark == '-' { '\u{2212}' } else { mark };
    html! { span class=(format!("sign {class}")) title=(word) { (shown) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text_and_nothing_else() {
        let rows = [
            ("plain Ünïcode", "plain Ünïcode"),
            (
                "</style><script>alert(1)</script>",
                "&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("\" onload=\"x' &amp;", "&quot; onload=&quot;x' &amp;amp;"),
            (
                "gpj.\u{202e}exe\u{0}\u{200b}",
                "gpj.\\u{202e}exe\\u{0}\\u{200b}",
            ),
        ];
        for (name, expected) in rows {
            assert_eq!(Text(name).render().into_string(), expected);
        }
    }
}
