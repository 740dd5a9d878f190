//! The numbers under a figure.

use super::svg::escape;
use crate::judge::{Judged, Standing};
use crate::verdict::times;
use std::fmt::Write;

/// A table that opens on demand.
pub(crate) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let mut html = String::from(
        "<details><summary>Data</summary><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>",
    );
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
    html.push_str("</tbody></table></div></details>");
    html
}

/// The table of some questions that one figure shows.
pub(crate) fn of_questions(questions: &[&Judged<'_>], rows: &[String]) -> String {
    let mut head = vec!["strategy".to_owned()];
    for one in questions {
        let question = one.question;
        let workers =
            format!("{} worker{}", question.workers, if question.workers == 1 { "" } else { "s" });
        if question.metric.has_ratio() {
            head.push(format!("ratio, {workers}"));
        }
        head.push(format!("{}, {workers}", question.metric));
        head.push("middle half".to_owned());
    }
    let rows: Vec<Vec<String>> = rows
        .iter()
        .filter(|name| questions.iter().any(|one| one.of(name).is_some()))
        .map(|name| {
            let mut row = vec![name.clone()];
            for one in questions {
                let metric = one.question.metric;
                let Some(estimate) = one.of(name) else {
                    row.extend(vec!["–".to_owned(); if metric.has_ratio() { 3 } else { 2 }]);
                    continue;
                };
                let mark = match estimate.standing {
                    Standing::Best => " best",
                    Standing::Tied => " tied",
                    Standing::Behind => "",
                };
                if metric.has_ratio() {
                    row.push(estimate.ratio.map_or("–".to_owned(), |ratio| {
                        format!(
                            "{} [{:.2}, {:.2}]{mark}",
                            times(ratio.middle),
                            ratio.low,
                            ratio.high
                        )
                    }));
                }
                row.push(metric.figure(estimate.figure));
                let (low, high) = estimate.quartiles;
                row.push(format!("{} to {}", metric.figure(low), metric.figure(high)));
            }
            row
        })
        .collect();
    table(&head, &rows)
}
