//! Documents that quote a record: the text between two markers is generated.
//!
//! ```text
//! <!-- compare: verdict -->
//! <!-- compare: summary -->
//! <!-- compare: environment -->
//! <!-- compare: agreement results/other.json -->
//! <!-- compare: table empty-1,round-trip-park -->
//! <!-- compare: table empty-1,open-loop:p99,bursts:wakes mpsc,condvar -->
//! <!-- compare: figure ranking results/ranking.svg -->
//! <!-- compare: http cpu -->
//! <!-- compare: http open-loop -->
//! <!-- compare: http environment -->
//! <!-- compare: ablation empty-1/8,open-loop:p99/8 in results/ablation.json -->
//! ```
//!
//! Each ends at the next `<!-- /compare -->`. The condition is quiet, unless the first word names
//! another, as in `summary@busy` and `table@one-core`. `in FILE`, as the last words, names a record
//! beside the document, in place of the one on the command line. A figure is a file beside the document, as
//! few programs that show Markdown show SVG inside it.

use super::figure::{Figure, Standalone};
use super::summary::{losses_markdown, markdown, total_markdown, verdict_markdown};
use super::view::View;
use super::{ablation, agreement, families, line_plots, pareto, server_plots, servers, timeline};
use crate::analysis::agreement::agreement as agree;
use crate::analysis::compare::{Comparison, compare};
use crate::analysis::scores::row_order;
use crate::analysis::summary::summary;
use crate::analysis::words::{counted, times};
use crate::data::{Condition, Environment, Mode, Record, Run, split_metric};
use clap::ValueEnum;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const OPEN: &str = "<!-- compare: ";
const OPEN_END: &str = " -->";
const CLOSE: &str = "<!-- /compare -->";

/// The names of the figures in an error message.
const FIGURES: &str = "`ranking`, `pareto`, `workers`, `length-WORKERS`, `delays-WORKLOAD-WORKERS`, `wakes-WORKLOAD-WORKERS`, \
                       `timelines`, `timeline-STRATEGY`, `http-close` and `http-keep-alive`";

/// A file and its expected text.
type File = (PathBuf, String);

/// Generates the marked parts of documents, or only checks them.
///
/// # Errors
///
/// Fails if a document cannot be read or written, if a marker is wrong, and with `check` if a
/// document is stale.
pub fn documents(record: &Record, documents: &[PathBuf], check: bool) -> Result<ExitCode, String> {
    let mut stale = Vec::new();
    for document in documents {
        let about = |error: &dyn std::fmt::Display| format!("{}: {error}", document.display());
        let text = fs::read_to_string(document).map_err(|error| about(&error))?;
        for (path, wanted) in generated(record, document, &text).map_err(|error| about(&error))? {
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

/// Returns the figures of a document and the document itself.
fn generated(record: &Record, document: &Path, text: &str) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    let mut generated = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        let marker_at = start + OPEN.len();
        let marker_end =
            rest[marker_at..].find(OPEN_END).ok_or("a marker does not end")? + marker_at;
        let marker = &rest[marker_at..marker_end];
        let body_at = marker_end + OPEN_END.len();
        let body_end = rest[body_at..]
            .find(CLOSE)
            .map(|end| end + body_at)
            .filter(|end| !rest[body_at..*end].contains(OPEN))
            .ok_or_else(|| format!("`{marker}` is not closed by {CLOSE}"))?;
        generated += &rest[..body_at];
        let body = body(record, document, marker, &mut files)?;
        let _ = write!(generated, "\n{}\n", body.trim_end());
        rest = &rest[body_end..];
    }
    generated += rest;
    files.push((document.to_owned(), generated));
    Ok(files)
}

/// Returns the text for a marker, and adds the file of a figure.
fn body(
    record: &Record,
    document: &Path,
    marker: &str,
    files: &mut Vec<File>,
) -> Result<String, String> {
    let mut words: Vec<&str> = marker.split_whitespace().collect();
    let beside = |path: &str| document.parent().unwrap_or(Path::new("")).join(path);
    if let [.., "in", file] = words.as_slice() {
        let other = Record::read(&beside(file)).map_err(|error| error.to_string())?;
        return body(&other, document, &words[..words.len() - 2].join(" "), files);
    }
    let first = words.first().copied().unwrap_or_default();
    let (what, condition) = condition_of(first)?;
    words.first_mut().into_iter().for_each(|first| *first = what);
    let whole = record;
    if what.len() < first.len() && !whole.conditions().contains(&condition) {
        return Err(format!("the run has no measurements under `{condition}`"));
    }
    let record = &whole.under(condition);
    match words.as_slice() {
        ["summary"] => Ok(markdown(record, &summary(record, &compare(record)))),
        ["losses"] => Ok(losses_markdown(record, &summary(record, &compare(record)))),
        ["total"] => Ok(total_markdown(record, &summary(record, &compare(record)))),
        ["ablation", columns] => ablation::markdown(whole, columns),
        ["verdict"] => Ok(verdict_markdown(whole)),
        ["environment"] => Ok(environment(record)),
        ["table", columns] => table(record, columns, row_order(record, &compare(record))),
        ["table", columns, rows] => {
            table(record, columns, rows.split(',').map(str::to_owned).collect())
        }
        ["figure", name, path] => {
            let Standalone { svg, alt } = standalone(record, name)?;
            files.push((beside(path), svg));
            Ok(format!("![{alt}]({path})"))
        }
        ["http", what] => http(record, what),
        ["agreement", path] => {
            let other = Record::read(&beside(path)).map_err(|error| error.to_string())?;
            Ok(agreement::text(&agree(whole, &other)?, &whole.settings.baseline))
        }
        _ => Err(format!(
            "`{marker}` is none of `verdict`, `summary`, `losses`, `total`, `environment`, `agreement RECORD.json`, `table WORKLOADS [STRATEGIES]`, `ablation WORKLOADS`, `figure NAME FILE.svg`, `http WHAT`"
        )),
    }
}

/// Returns the text for a marker about web servers.
fn http(record: &Record, what: &str) -> Result<String, String> {
    let run = record.http.as_ref();
    let text = match what {
        "cpu" => run.and_then(servers::cpu_table),
        "open-loop" => run.and_then(servers::open_loop_table),
        "environment" => run.map(|run| {
            let words = run_words(&run.environment, run.rounds as usize);
            format!("{}, {words}", machine(&run.environment))
        }),
        _ => return Err(format!("`http {what}` is none of `cpu`, `open-loop` and `environment`")),
    };
    text.ok_or_else(|| {
        format!(
            "the run has not measured what `http {what}` shows: `compare http --json FILE` adds it"
        )
    })
}

/// Returns the first word of a marker without its condition, and the condition.
fn condition_of(word: &str) -> Result<(&str, Condition), String> {
    let Some((what, condition)) = word.split_once('@') else { return Ok((word, Condition::Quiet)) };
    let unknown =
        |_| format!("`{word}` names no condition: there are `quiet`, `busy` and `one-core`");
    Ok((what, Condition::from_str(condition, false).map_err(unknown)?))
}

/// Writes the machine and the build, and for each run its rounds, its date and its command.
pub(super) fn environment(record: &Record) -> String {
    let machine = machine(&record.environment);
    let words = |run: &Run| run_words(&run.environment, run.settings.rounds_done);
    match record.runs().as_slice() {
        [run] => format!("{machine}, {}", words(run)),
        runs => {
            let runs: String = runs.iter().map(|run| format!("- {}\n", words(run))).collect();
            format!("{machine}, several runs merged:\n\n{runs}")
        }
    }
}

fn machine(environment: &Environment) -> String {
    let Environment { cpu, cores, rustc, .. } = environment;
    format!("{}, {cores} cores, {rustc}", cpu.as_deref().unwrap_or("an unknown processor"))
}

fn run_words(environment: &Environment, rounds: usize) -> String {
    let Environment { date, command, .. } = environment;
    let date = date.split('T').next().unwrap_or_default();
    format!("{}, {date}: `{command}`", counted(rounds, "round"))
}

/// Writes a Markdown table with a row for each strategy and a column for each measurement. A
/// workload may name a metric behind a colon; otherwise its first metric is shown.
fn table(record: &Record, columns: &str, rows: Vec<String>) -> Result<String, String> {
    let comparisons = compare(record);
    let columns: Vec<_> = columns
        .split(',')
        .map(|column| comparisons_of(&comparisons, column))
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    let is_unknown = |name: &&String| columns.iter().all(|(one, _)| one.of(name).is_none());
    if let Some(unknown) = rows.iter().find(is_unknown) {
        return Err(format!("the run has no strategy `{unknown}`"));
    }
    let mut text = "|".to_owned();
    for (one, metric) in &columns {
        let (workload, workers) = (&one.measurement.workload, one.measurement.workers);
        let _ = write!(text, " | {workload}{metric}, {workers} w");
    }
    let _ = write!(text, " |\n|---{}|\n", "|--:".repeat(columns.len()));
    for name in rows {
        let cells = columns.iter().map(|(one, _)| format!(" | {}", cell(one, &name)));
        let _ = writeln!(text, "| {name}{} |", cells.collect::<String>());
    }
    let baseline = &record.settings.baseline;
    let _ = write!(
        text,
        "\nMedians, each with the median of the ratios to {baseline} within rounds, which is not the quotient of two medians; \
         best, or equivalent to the best, in bold."
    );
    Ok(text)
}

pub(super) fn cell(one: &Comparison<'_>, name: &str) -> String {
    let Some(estimate) = one.of(name) else {
        let jobs = one.too_few_jobs_of(name);
        return jobs.map_or_else(|| "–".to_owned(), |jobs| format!("– ({})", counted(jobs, "job")));
    };
    let mark = if one.is_first(estimate) { "**" } else { "" };
    let ratio = estimate.ratio.map_or(String::new(), |ratio| format!(" ({})", times(ratio.middle)));
    format!("{mark}{}{mark}{ratio}", one.measurement.metric.figure(estimate.figure))
}

/// Returns the comparisons of a column, each with the metric in its head.
fn comparisons_of<'a>(
    comparisons: &'a [Comparison<'a>],
    column: &str,
) -> Result<Vec<(&'a Comparison<'a>, String)>, String> {
    let (workload, metric) = split_metric(column);
    let mut of_it =
        comparisons.iter().filter(|one| one.measurement.workload == workload).peekable();
    let first = of_it.peek().ok_or_else(|| format!("the run has no workload `{workload}`"))?;
    let first = first.measurement.metric;
    let found: Vec<_> = match metric {
        None => of_it
            .filter(|one| one.measurement.metric == first)
            .map(|one| (one, String::new()))
            .collect(),
        Some(metric) => of_it
            .filter(|one| one.measurement.metric.short() == metric)
            .map(|one| (one, format!(" {metric}")))
            .collect(),
    };
    if found.is_empty() {
        Err(format!("`{workload}` has no `{}`", metric.unwrap_or_default()))
    } else {
        Ok(found)
    }
}

/// Draws a figure by its name, with its styles for light and dark.
fn standalone(record: &Record, name: &str) -> Result<Standalone, String> {
    let figure = figure(record, name)
        .ok_or_else(|| format!("there is no figure `{name}`, only {FIGURES}"))?;
    figure
        .map(|figure| figure.standalone(""))
        .ok_or_else(|| format!("the run has not measured what figure `{name}` shows"))
}

/// Returns the figure with a name. The outer `None` is for an unknown name, the inner one for a
/// figure without data.
fn figure(record: &Record, name: &str) -> Option<Option<Figure>> {
    let view = View::new(record);
    let (kind, of) = name.split_once('-').unwrap_or((name, ""));
    let of_workload = || {
        of.rsplit_once('-').and_then(|(workload, workers)| Some((workload, workers.parse().ok()?)))
    };
    Some(match kind {
        "ranking" => families::ranking(&view),
        "pareto" => pareto::figure(&view),
        "workers" => line_plots::by_workers(&view),
        "length" => line_plots::by_length(&view, of.parse().ok()?),
        "delays" => {
            let (workload, workers) = of_workload()?;
            line_plots::delays(&view, workload, workers)
        }
        "wakes" => {
            let (workload, workers) = of_workload()?;
            families::wakes(&view, workload, workers)
        }
        "timelines" => timeline::together(record),
        "timeline" => timeline::alone(record, of),
        "http" => {
            let mode = Mode::from_str(of, false).ok()?;
            record.http.as_ref().and_then(|run| server_plots::rates(run, mode))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::merge::merge;
    use crate::data::fixture::{ablation as ablation_record, record, record_where, servers};

    const TEXT: &str = "# A\n<!-- compare: summary -->\nold\n<!-- /compare -->\nkept\n\
                        <!-- compare: table empty-1,drop --><!-- /compare -->\n\
                        <!-- compare: figure ranking r.svg -->\n<!-- /compare -->\nend\n";

    fn document(record: &Record, text: &str) -> Result<String, String> {
        generated(record, Path::new("doc.md"), text)
            .map(|files| files.into_iter().last().expect("the document is last").1)
    }

    #[test]
    fn only_text_between_markers_is_replaced() {
        let text = document(&record(), TEXT).expect("it is valid");
        assert!(
            text.starts_with("# A\n<!-- compare: summary -->\n")
                && text.ends_with("<!-- /compare -->\nend\n")
        );
        assert!(!text.contains("\nold\n") && text.contains("\nkept\n"));
        assert!(text.contains("| mpsc | ") && text.contains("](r.svg)"), "{text}");
    }

    #[test]
    fn table_may_choose_strategies_and_a_metric() {
        let marker = "<!-- compare: table empty-1:cpu condvar,mpsc --><!-- /compare -->";
        let text = document(&record(), marker).expect("it is valid");
        let rows: Vec<_> =
            text.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()).collect();
        assert_eq!(rows, ["|", "condvar", "mpsc"], "{text}");
        assert!(text.contains("empty-1 cpu, "), "{text}");
    }

    #[test]
    fn environment_lists_each_merged_run() {
        let marker = "<!-- compare: environment -->\n<!-- /compare -->";
        let alone = document(&record(), marker).expect("it is valid");
        assert!(alone.contains("15 rounds, 20") && !alone.contains("\n- "), "{alone}");
        let mut runs = vec![record(), record_where(2, |_, _| 1.0)];
        runs[1].environment.command = "cargo compare --seed 2".to_owned();
        let merged = merge(runs).expect("they are of the same kind");
        let both = document(&merged, marker).expect("it is valid");
        assert_eq!(both.matches("\n- 15 rounds, 20").count(), 2, "{both}");
        assert!(both.contains(": `cargo compare --seed 2`\n"), "{both}");
    }

    #[test]
    fn marker_without_a_condition_is_quiet() {
        let slow = record_where(1, |name, _| if name == "condvar" { 9.0 } else { 1.0 });
        let both = record().and_busy(slow);
        let quiet = document(&record(), TEXT).expect("it is valid");
        assert_eq!(document(&both, TEXT), Ok(quiet));
        let marker = "<!-- compare: table@busy drop condvar,mpsc --><!-- /compare -->";
        let busy = document(&both, marker).expect("it is valid");
        assert!(busy.contains("| condvar | 4.") && busy.contains("(4.5"), "{busy}");
    }

    #[test]
    fn marker_may_name_another_record() {
        let path = std::env::temp_dir().join(format!("embed-{}.json", std::process::id()));
        fs::write(&path, ablation_record().to_json()).expect("the folder is writable");
        let marker = |file: &Path| {
            let file = file.display();
            format!("<!-- compare: ablation empty-1/8 in {file} --><!-- /compare -->")
        };
        let text = document(&record(), &marker(&path));
        fs::remove_file(&path).expect("it was written");
        assert!(text.as_ref().is_ok_and(|text| text.contains("| `spin` |")), "{text:?}");
        assert!(document(&record(), &marker(&path)).unwrap_err().contains("embed-"));
    }

    #[test]
    fn equal_records_generate_equal_documents() {
        let once = document(&record(), TEXT).expect("it is valid");
        assert_eq!(document(&record(), &once), Ok(once.clone()));
        let other = record_where(1, |name, _| if name == "condvar" { 3.0 } else { 1.0 });
        assert_ne!(document(&other, &once), Ok(once), "another record makes it stale");
    }

    #[test]
    fn wrong_markers_are_named() {
        for (text, words) in [
            ("<!-- compare: summary -->", "`summary` is not closed"),
            (
                "<!-- compare: summary --><!-- compare: summary --><!-- /compare -->",
                "`summary` is not closed",
            ),
            ("<!-- compare: poem --><!-- /compare -->", "`poem` is none of"),
            (
                "<!-- compare: table@noisy drop --><!-- /compare -->",
                "`table@noisy` names no condition",
            ),
            (
                "<!-- compare: summary@one-core --><!-- /compare -->",
                "no measurements under `one-core`",
            ),
            ("<!-- compare: table nosuch --><!-- /compare -->", "no workload `nosuch`"),
            (
                "<!-- compare: table empty-1:nosuch --><!-- /compare -->",
                "`empty-1` has no `nosuch`",
            ),
            ("<!-- compare: table empty-1 nosuch --><!-- /compare -->", "no strategy `nosuch`"),
            ("<!-- compare: figure nosuch a.svg --><!-- /compare -->", "no figure `nosuch`"),
        ] {
            let error = document(&record(), text).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn markers_of_servers_need_a_run_of_servers() {
        let measured = Record { http: Some(servers()), ..record() };
        for (what, words) in
            [("cpu", "| nginx | 8.00"), ("open-loop", "per second |"), ("environment", "7 rounds")]
        {
            let marker = format!("<!-- compare: http {what} --><!-- /compare -->");
            let text = document(&measured, &marker).expect("it was measured");
            assert!(text.contains(words), "{text}");
            let error = document(&record(), &marker).unwrap_err();
            assert!(
                error.contains("has not measured") && error.contains("compare http"),
                "{error}"
            );
        }
        let unknown = "<!-- compare: http memory --><!-- /compare -->";
        assert!(document(&measured, unknown).unwrap_err().contains("`http memory` is none of"));
    }

    #[test]
    fn every_figure_stands_alone() {
        let record = Record { http: Some(servers()), ..record() };
        let names = [
            "ranking",
            "pareto",
            "length-2",
            "delays-open-loop-8",
            "wakes-empty-1-2",
            "timelines",
            "timeline-mpsc",
            "http-close",
        ];
        for name in names {
            let Standalone { svg, alt } =
                standalone(&record, name).unwrap_or_else(|error| panic!("{error}"));
            assert!(
                svg.starts_with("<svg xmlns=") && svg.contains("<title>") && svg.contains("<desc>"),
                "{name}: {svg}"
            );
            assert!(
                svg.contains("prefers-color-scheme: dark") && svg.contains("class=\"paper\""),
                "{name}"
            );
            assert!(!alt.is_empty());
        }
    }

    #[test]
    fn unknown_figures_and_figures_without_data_differ() {
        let error = |name| standalone(&record(), name).err().expect("there is none");
        for name in ["nosuch", "length-many", "delays-8", "http-open"] {
            assert!(error(name).contains("only `ranking`"), "{}", error(name));
        }
        for name in ["length-3", "delays-nosuch-2", "timeline-rayon", "http-close"] {
            assert!(error(name).contains("has not measured"), "{}", error(name));
        }
    }
}
