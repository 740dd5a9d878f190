//! Figures of the page as files of their own, for documents that cannot hold a drawing.

use super::{figures, timeline};
use crate::judge::judge;
use crate::record::Record;
use crate::verdict::ranking;

/// Draws the figure of that name, with what it needs to be read in light and dark.
///
/// # Errors
///
/// Says which figures there are.
pub(crate) fn standalone(record: &Record, name: &str) -> Result<String, String> {
    let svg = match name.split_once('-') {
        _ if name == "ranking" => {
            let judged = judge(record);
            figures::standing(record, &judged, &ranking(record, &judged))
        }
        Some(("timeline", contender)) => {
            let found = record.timelines.iter().find(|one| one.contender == contender);
            let one = found.ok_or_else(|| format!("the run has no timeline of `{contender}`"))?;
            let end = one.spans.iter().map(|span| span.end).max().unwrap_or(1);
            timeline::svg(one, end, &format!("One slow job among fast ones: {contender}"))
        }
        _ => return Err(format!("there is no figure `{name}`, only `ranking` and `timeline-STRATEGY`")),
    };
    let style = concat!("<style>", include_str!("style.css"), "svg{font-family:Charter,Georgia,serif}</style>");
    let start = svg.find('>').map_or(0, |end| end + 1);
    let (open, rest) = svg.split_at(start);
    Ok(format!("{}{style}{rest}\n", open.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1)))
}
