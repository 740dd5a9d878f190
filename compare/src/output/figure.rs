//! A drawing with its words and its numbers.

use super::svg::escape;
use crate::analysis::compare::{Comparison, Estimate, Standing};
use crate::analysis::words::{counted, times};
use crate::data::Metric;
use std::fmt::Write;

/// A figure.
pub(super) struct Figure {
    /// The drawing.
    pub(super) svg: String,
    /// The title.
    pub(super) title: String,
    /// How to read it, or what it shows.
    pub(super) text: String,
    /// The numbers, as an HTML table.
    pub(super) data: String,
}

impl Figure {
    /// Writes the figure as HTML.
    pub(super) fn html(&self) -> String {
        let Self { svg, title, text, data } = self;
        let (title, text) = (escape(title), escape(text));
        format!("<figure>{svg}<figcaption><b>{title}</b> {text}</figcaption>{data}</figure>\n")
    }

    /// Adds styles and a background: a document shows the figure as an image, which does not
    /// inherit the document's colours. `css` has the styles of this figure alone.
    pub(super) fn standalone(&self, css: &str) -> Standalone {
        let common = include_str!("figure.css");
        let style = format!("<style>{common}{css}svg{{font-family:Charter,Georgia,serif}}</style>");
        let words =
            format!("<title>{}</title><desc>{}</desc>", escape(&self.title), escape(&self.text));
        let paper = r#"<rect class="paper" width="100%" height="100%"/>"#;
        let start = self.svg.find('>').map_or(0, |end| end + 1);
        let (open, rest) = self.svg.split_at(start);
        let natural = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {}", natural_size(open));
        let open = open.replacen("<svg ", &natural, 1);
        Standalone {
            svg: format!("{open}{words}{style}{paper}{rest}\n"),
            alt: format!("{} {}", self.title, self.text).replace(['[', ']', '\n'], " "),
        }
    }
}

/// How much larger than drawn a document shows a figure if it has the room.
const NATURAL: f64 = 1.4;

/// Returns the natural size of a figure, as attributes.
fn natural_size(open: &str) -> String {
    let numbers = open.split("viewBox=\"0 0 ").nth(1).and_then(|rest| rest.split('"').next());
    let numbers = numbers.and_then(|numbers| numbers.split_once(' '));
    let size = numbers.and_then(|(width, height)| {
        Some((width.parse::<f64>().ok()?, height.parse::<f64>().ok()?))
    });
    size.map_or_else(String::new, |(width, height)| {
        format!(r#"width="{:.0}" height="{:.0}" "#, NATURAL * width, NATURAL * height)
    })
}

/// A figure as a file.
pub(super) struct Standalone {
    /// The text of the file.
    pub(super) svg: String,
    /// The text alternative.
    pub(super) alt: String,
}

/// Writes figures in a frame of a CSS class; nothing if there are no figures.
pub(super) fn framed(class: &str, figures: &[Figure]) -> String {
    if figures.is_empty() {
        return String::new();
    }
    let figures: String = figures.iter().map(Figure::html).collect();
    format!("<div class=\"{class}\">\n{figures}</div>\n")
}

/// Writes HTML that opens on demand, and is open in print; nothing if there is none.
pub(super) fn on_demand(title: &str, html: &str) -> String {
    if html.is_empty() {
        return String::new();
    }
    format!("<details class=\"more\"><summary>{}</summary>\n{html}</details>\n", escape(title))
}

/// Writes a number of workers.
pub(super) fn workers(number: usize) -> String {
    counted(number, "worker")
}

/// Writes a table that opens on demand.
pub(super) fn data_table(head: &[String], rows: &[Vec<String>]) -> String {
    format!("<details><summary>Data</summary>{}</details>", table(head, rows))
}

/// Writes a table.
pub(super) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let mut html = String::from("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
    for cell in head {
        let _ = write!(html, "<th scope=\"col\">{}</th>", escape(cell));
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        html.push_str("<tr>");
        for (index, cell) in row.iter().enumerate() {
            let cell = escape(cell);
            let _ = if index == 0 {
                write!(html, "<th scope=\"row\">{cell}</th>")
            } else {
                write!(html, "<td>{cell}</td>")
            };
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
    html
}

/// Writes the table of the comparisons in a figure.
pub(super) fn comparisons_table(comparisons: &[&Comparison<'_>], rows: &[String]) -> String {
    let mut head = vec!["strategy".to_owned()];
    for one in comparisons {
        let metric = one.measurement.metric;
        let workers = workers(one.measurement.workers);
        if metric.has_ratio() {
            head.push(format!("ratio, {workers}"));
        }
        head.push(format!("{metric}, {workers}"));
        head.push("quartiles".to_owned());
    }
    let rows: Vec<Vec<String>> = rows
        .iter()
        .filter(|name| comparisons.iter().any(|one| one.of(name).is_some()))
        .map(|name| {
            let cells = comparisons.iter().flat_map(|one| {
                let metric = one.measurement.metric;
                one.of(name).map_or_else(
                    || vec!["–".to_owned(); if metric.has_ratio() { 3 } else { 2 }],
                    |estimate| cells(metric, estimate),
                )
            });
            std::iter::once(name.clone()).chain(cells).collect()
        })
        .collect();
    data_table(&head, &rows)
}

fn cells(metric: Metric, estimate: &Estimate) -> Vec<String> {
    let mut cells = Vec::new();
    if metric.has_ratio() {
        cells.push(estimate.ratio.map_or("–".to_owned(), |ratio| {
            let mark = mark(estimate.standing);
            format!("{} [{:.2}, {:.2}]{mark}", times(ratio.middle), ratio.low, ratio.high)
        }));
    }
    let (low, high) = estimate.quartiles;
    cells.push(metric.figure(estimate.figure));
    cells.push(format!("{} to {}", metric.figure(low), metric.figure(high)));
    cells
}

/// Returns the word for a standing, after a space.
pub(super) fn mark(standing: Standing) -> &'static str {
    match standing {
        Standing::Best => " best",
        Standing::Equivalent => " equivalent",
        Standing::Undecided => " undecided",
        Standing::Worse | Standing::Unranked => "",
    }
}
