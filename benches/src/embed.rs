//! Documents that quote a run: what stands between two markers is made from its record.
//!
//! ```text
//! <!-- compare: verdict -->
//! <!-- compare: environment -->
//! <!-- compare: table empty-1,round-trip -->
//! <!-- compare: table empty-1,open-loop:p99,bursts:wakes mpsc,condvar -->
//! <!-- compare: figure ranking results/ranking.svg -->
//! ```
//!
//! Each is about the condition quiet, unless its first word names another: `verdict@busy`,
//! `table@one-core`.
//!
//! Each reaches to the next `<!-- /compare -->`. A figure is a file of its own, beside the
//! document, as few places that show Markdown show a drawing inside it.

use crate::condition::Condition;
use crate::judge::{Judged, Standing, judge};
use crate::record::Record;
use crate::report::{Standalone, standalone};
use crate::table::row_order;
use crate::verdict::{sentences, times};
use clap::ValueEnum;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const OPEN: &str = "<!-- compare: ";
const OPEN_END: &str = " -->";
const CLOSE: &str = "<!-- /compare -->";

/// A file and what it must say.
type File = (PathBuf, String);

/// Makes documents anew, or only says whether that is needed.
///
/// # Errors
///
/// Says which document cannot be read, written, or understood; with `check`, also which are stale.
pub fn documents(record: &Record, documents: &[PathBuf], check: bool) -> Result<ExitCode, String> {
    let mut stale = Vec::new();
    for document in documents {
        let about = |error: &dyn std::fmt::Display| format!("{}: {error}", document.display());
        let text = fs::read_to_string(document).map_err(|error| about(&error))?;
        for (path, wanted) in made(record, document, &text).map_err(|error| about(&error))? {
            if fs::read_to_string(&path).is_ok_and(|is| is == wanted) {
                continue;
            }
            if check {
                stale.push(path.display().to_string());
            } else {
                fs::write(&path, wanted).map_err(|error| format!("{}: {error}", path.display()))?;
            }
        }
    }
    if stale.is_empty() {
        Ok(ExitCode::SUCCESS)
    } else {
        Err(format!("stale: {}", stale.join(", ")))
    }
}

/// The document and its figures, as they must be.
fn made(record: &Record, document: &Path, text: &str) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    let mut made = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        let order_at = start + OPEN.len();
        let order_end = rest[order_at..].find(OPEN_END).ok_or("a marker does not end")? + order_at;
        let order = &rest[order_at..order_end];
        let body_at = order_end + OPEN_END.len();
        let body_end = rest[body_at..]
            .find(CLOSE)
            .ok_or_else(|| format!("`{order}` is not closed by {CLOSE}"))?
            + body_at;
        if rest[body_at..body_end].contains(OPEN) {
            return Err(format!("`{order}` is not closed by {CLOSE}"));
        }
        made += &rest[..body_at];
        let _ = write!(made, "\n{}\n", quoted(record, document, order, &mut files)?.trim_end());
        rest = &rest[body_end..];
    }
    made += rest;
    files.push((document.to_owned(), made));
    Ok(files)
}

fn quoted(
    record: &Record,
    document: &Path,
    order: &str,
    files: &mut Vec<File>,
) -> Result<String, String> {
    let mut words: Vec<&str> = order.split_whitespace().collect();
    let (what, condition) = condition_of(words.first().copied().unwrap_or_default())?;
    words.first_mut().into_iter().for_each(|first| *first = what);
    let record = &record.under(condition);
    match words.as_slice() {
        ["verdict"] => Ok(sentences(record, &judge(record)).join(" ")),
        ["environment"] => {
            let environment = &record.environment;
            let cpu = environment.cpu.as_deref().unwrap_or("an unknown processor");
            let (cores, rounds) = (environment.cores, record.settings.rounds_done);
            let date = environment.date.split('T').next().unwrap_or_default();
            Ok(format!(
                "{cpu}, {cores} cores, {}, {rounds} rounds, {date}: `{}`",
                environment.rustc, environment.command
            ))
        }
        ["table", columns] => table(record, columns, row_order(record, &judge(record))),
        ["table", columns, rows] => {
            table(record, columns, rows.split(',').map(str::to_owned).collect())
        }
        ["figure", name, path] => {
            let place = document.parent().unwrap_or(Path::new("")).join(path);
            let Standalone { svg, alt } = standalone(record, name)?;
            files.push((place, svg));
            Ok(format!("![{alt}]({path})"))
        }
        _ => Err(format!(
            "`{order}` is none of `verdict`, `environment`, `table WORKLOADS [STRATEGIES]`, `figure NAME FILE.svg`"
        )),
    }
}

/// What a marker's first word asks for, and under which condition.
fn condition_of(word: &str) -> Result<(&str, Condition), String> {
    let Some((what, condition)) = word.split_once('@') else { return Ok((word, Condition::Quiet)) };
    let unknown =
        |_| format!("`{word}` names no condition: there are `quiet`, `busy` and `one-core`");
    Ok((what, Condition::from_str(condition, false).map_err(unknown)?))
}

/// A Markdown table: a row a contender, a column a question. A workload may name the metric that is
/// meant, after a colon; otherwise it is the first it has.
fn table(record: &Record, columns: &str, rows: Vec<String>) -> Result<String, String> {
    let judged = judge(record);
    let columns: Vec<_> = columns
        .split(',')
        .map(|column| questions(&judged, column))
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    if let Some(unknown) =
        rows.iter().find(|name| columns.iter().all(|(one, _)| one.of(name).is_none()))
    {
        return Err(format!("the run has no strategy `{unknown}`"));
    }
    let mut text = "|".to_owned();
    for (one, metric) in &columns {
        let _ = write!(text, " | {}{metric}, {} w", one.question.workload, one.question.workers);
    }
    let _ = write!(text, " |\n|---{}|\n", "|--:".repeat(columns.len()));
    for name in rows {
        let _ = write!(text, "| {name}");
        for (one, _) in &columns {
            let _ = match one.of(&name) {
                None => write!(text, " | –"),
                Some(estimate) => {
                    let mark = if estimate.standing == Standing::Behind { "" } else { "**" };
                    let ratio = estimate
                        .ratio
                        .map_or(String::new(), |ratio| format!(" ({})", times(ratio.middle)));
                    write!(
                        text,
                        " | {mark}{}{mark}{ratio}",
                        one.question.metric.figure(estimate.figure)
                    )
                }
            };
        }
        text += " |\n";
    }
    let baseline = &record.settings.baseline;
    let _ =
        write!(text, "\nMedians, with the ratio to {baseline}; best, or tied for best, in bold.");
    Ok(text)
}

/// The questions of a column, with the metric to be named in its head.
fn questions<'a>(
    judged: &'a [Judged<'a>],
    column: &str,
) -> Result<Vec<(&'a Judged<'a>, String)>, String> {
    let (workload, metric) =
        column.split_once(':').map_or((column, None), |(name, metric)| (name, Some(metric)));
    let mut of_it = judged.iter().filter(|one| one.question.workload == workload).peekable();
    let first = of_it
        .peek()
        .ok_or_else(|| format!("the run has no workload `{workload}`"))?
        .question
        .metric;
    let short =
        |one: &Judged<'_>| one.question.metric.to_string().trim_end_matches("/job").to_owned();
    let found: Vec<_> = match metric {
        None => of_it
            .filter(|one| one.question.metric == first)
            .map(|one| (one, String::new()))
            .collect(),
        Some(metric) => of_it
            .filter(|one| short(one) == metric)
            .map(|one| (one, format!(" {metric}")))
            .collect(),
    };
    if found.is_empty() {
        Err(format!("`{workload}` has no `{}`", metric.unwrap_or_default()))
    } else {
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{record, record_where};

    const TEXT: &str = "# A\n<!-- compare: verdict -->\nold\n<!-- /compare -->\nkept\n\
                        <!-- compare: table empty-1,drop --><!-- /compare -->\n\
                        <!-- compare: figure ranking r.svg -->\n<!-- /compare -->\nend\n";

    fn remade(record: &Record, text: &str) -> Result<String, String> {
        made(record, Path::new("doc.md"), text)
            .map(|files| files.into_iter().last().expect("the document is last").1)
    }

    #[test]
    fn what_stands_between_markers_is_made_anew_and_the_rest_is_kept() {
        let text = remade(&record(), TEXT).expect("it is sound");
        assert!(
            text.starts_with("# A\n<!-- compare: verdict -->\n")
                && text.ends_with("<!-- /compare -->\nend\n")
        );
        assert!(!text.contains("\nold\n") && text.contains("\nkept\n"));
        assert!(text.contains("| mpsc | ") && text.contains("](r.svg)"), "{text}");
    }

    #[test]
    fn a_table_may_be_of_some_strategies_and_of_another_metric() {
        let text =
            remade(&record(), "<!-- compare: table empty-1:cpu condvar,mpsc --><!-- /compare -->")
                .unwrap();
        let rows: Vec<_> =
            text.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()).collect();
        assert_eq!(rows, ["|", "condvar", "mpsc"], "{text}");
        assert!(text.contains("empty-1 cpu, "), "{text}");
    }

    #[test]
    fn a_marker_is_quiet_unless_it_names_a_condition() {
        let slow = record_where(1, |name, _| if name == "condvar" { 9.0 } else { 1.0 });
        let both = record().and_busy(slow);
        let quiet = remade(&record(), TEXT).expect("it is sound");
        assert_eq!(remade(&both, TEXT), Ok(quiet));
        let busy = remade(&both, "<!-- compare: table@busy drop condvar,mpsc --><!-- /compare -->")
            .expect("it is sound");
        assert!(busy.contains("| condvar | 4.") && busy.contains("(4.5"), "{busy}");
    }

    #[test]
    fn what_is_made_from_the_same_record_is_the_same() {
        let once = remade(&record(), TEXT).expect("it is sound");
        assert_eq!(remade(&record(), &once), Ok(once.clone()));
        let other = record_where(1, |name, _| if name == "condvar" { 3.0 } else { 1.0 });
        assert_ne!(remade(&other, &once), Ok(once), "another record makes it stale");
    }

    #[test]
    fn a_marker_that_is_wrong_is_named() {
        for (text, said) in [
            ("<!-- compare: verdict -->", "`verdict` is not closed"),
            (
                "<!-- compare: verdict --><!-- compare: verdict --><!-- /compare -->",
                "`verdict` is not closed",
            ),
            ("<!-- compare: poem --><!-- /compare -->", "`poem` is none of"),
            (
                "<!-- compare: table@noisy drop --><!-- /compare -->",
                "`table@noisy` names no condition",
            ),
            ("<!-- compare: table@one-core drop --><!-- /compare -->", "no workload `drop`"),
            ("<!-- compare: table nosuch --><!-- /compare -->", "no workload `nosuch`"),
            (
                "<!-- compare: table empty-1:nosuch --><!-- /compare -->",
                "`empty-1` has no `nosuch`",
            ),
            ("<!-- compare: table empty-1 nosuch --><!-- /compare -->", "no strategy `nosuch`"),
            ("<!-- compare: figure nosuch a.svg --><!-- /compare -->", "no figure `nosuch`"),
        ] {
            let error = remade(&record(), text).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
