//! The page: one HTML file without other files, with the summary first. A short script highlights a
//! strategy in all figures; without it the page lacks nothing else.

use super::figure::{Figure, on_demand};
use super::summary::{sections_html, total_html};
use super::svg::escape;
use super::view::View;
use super::{families, line_plots, machine, pareto, server_plots, timeline};
use crate::analysis::sections::SECTIONS;
use crate::analysis::summary::{Summary, summary};
use crate::analysis::words::counted;
use crate::data::{Condition, Disturbance, Environment, Group, MachineMetric, Record};
use std::fmt::Write;

/// A part of the page.
pub(super) struct Part {
    /// The target of links.
    pub(super) id: &'static str,
    /// The heading.
    pub(super) title: &'static str,
    /// How to read the body.
    pub(super) intro: String,
    /// The rest, as HTML.
    pub(super) body: String,
}

/// Writes the page of a record.
pub fn page(whole: &Record) -> String {
    let conditions = whole.conditions();
    let (first, others) = conditions.split_first().unwrap_or((&Condition::Quiet, &[]));
    let record = &whole.under(*first);
    let view = &View::new(record);
    let summary = &summary(record, &view.comparisons);
    let mut page = head(record) + &legend(view) + &first_part(view, summary);
    let parts = parts(whole, view, summary, others);
    page.push_str("<nav aria-label=\"Contents\"><ol>\n");
    for Part { id, title, .. } in &parts {
        let _ = writeln!(page, "<li><a href=\"#{id}\">{}</a></li>", escape(title));
    }
    page.push_str("</ol></nav>\n");
    for Part { id, title, intro, body } in &parts {
        let _ = writeln!(
            page,
            "<section id=\"{id}\"><h2>{}</h2>\n<p>{intro}</p>\n{body}</section>",
            escape(title)
        );
    }
    // In a script element, only `</` needs an escape.
    let json = whole.to_json().replace("</", "<\\/");
    let script = include_str!("page.js");
    let _ = write!(
        page,
        "</main>\n<script>\n{script}</script>\n<script type=\"application/json\" id=\"record\">\n{json}</script>\n\
         </body>\n</html>\n"
    );
    page
}

/// Writes everything before the summary.
fn head(record: &Record) -> String {
    let mut head = String::from(concat!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Thread pool strategies compared</title>\n",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
        "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<style>\n",
        include_str!("figure.css"),
        include_str!("page.css"),
        "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#summary\">To the summary</a>\n",
    ));
    let _ = write!(
        head,
        r#"<header><h1>Thread pool strategies compared</h1>
<p class="lead">{}</p>
<svg class="thread" width="160" height="52" aria-hidden="true"><path d="M-3000 51H10C70 51 100 37 98 19 97 8 87 3 78 4 64 6 58 19 64 31 71 45 96 51 132 51H5000"/></svg>
</header>
<main>
"#,
        lead(record),
    );
    head
}

/// Writes what was compared, in one line.
fn lead(record: &Record) -> String {
    let environment = &record.environment;
    let what = match record.strategies.len() {
        0 => "Web servers".to_owned(),
        number => format!("{number} strategies in {}", record.rounds()),
    };
    let cores = counted(environment.cores, "core");
    let date = escape(environment.date.split('T').next().unwrap_or_default());
    format!("{what} on {cores}, <span class=\"nobr\">{date}</span>")
}

/// Writes the strategies with their marks and mechanisms, before their names appear elsewhere.
fn legend(view: &View<'_>) -> String {
    let strategy = |name: &String| {
        let mechanism = view.record.strategies.iter().find(|one| one.name == *name)?;
        let (class, name) = (view.palette.class(name), escape(name));
        let mark = view.palette.mark(&name, (22.0, 8.0));
        Some(format!(
            "<li class=\"{class}\"><button type=\"button\" disabled aria-pressed=\"false\" data-s=\"{name}\">\
             <svg width=\"44\" height=\"16\" aria-hidden=\"true\"><g class=\"line {class}\"><path d=\"M2 8H42\"/>{mark}</g></svg>\
             {name}</button> {}</li>\n",
            escape(&mechanism.mechanism)
        ))
    };
    let items: String = view.order.iter().filter_map(strategy).collect();
    if items.is_empty() {
        return items;
    }
    let is_reference = |name: &&String| view.record.group(name) == Group::Reference;
    let references: Vec<_> = view.order.iter().filter(is_reference).cloned().collect();
    let references = match references.as_slice() {
        [] => String::new(),
        names => format!(" Not pools, and so not ranked: {}.", escape(&names.join(", "))),
    };
    format!(
        "<section id=\"strategies\"><h2>The strategies</h2>\n<p>How each hands a job to a worker, the fastest first.{references} \
         <span class=\"scripted\" hidden>Choose one to highlight it in all figures and tables; the arrow keys move on.</span></p>\n\
         <ul class=\"legend\">\n{items}</ul>\n</section>\n"
    )
}

/// Writes the summary, with the ranking and the Pareto plot beside it.
fn first_part(view: &View<'_>, summary: &Summary) -> String {
    let (record, figures) = (view.record, [families::ranking(view), pareto::figure(view)]);
    let (sections, total) = (sections_html(record, summary), total_html(record, summary));
    let figures: String = figures.iter().flatten().map(Figure::html).collect();
    format!(
        "<section id=\"summary\"><h2>Summary</h2>\n{sections}<div class=\"split\"><div>\n{total}{}</div>\n<div>\n{figures}\
         </div></div></section>\n",
        warnings(record)
    )
}

/// Returns the parts that are not empty.
fn parts(whole: &Record, view: &View<'_>, first: &Summary, others: &[Condition]) -> Vec<Part> {
    let record = view.record;
    let mut parts = vec![families::part(view, first)];
    parts.extend(others.iter().map(|condition| {
        let record = whole.under(*condition);
        let view = View::new(&record);
        families::condition(&view, &summary(&record, &view.comparisons), *condition)
    }));
    parts.extend([
        line_plots::delays_part(view),
        line_plots::scaling_part(view),
        timeline::part(record),
        families::costs_part(view, first),
        server_plots::part(record),
        method(record),
        machine::part(record),
        environment(record),
    ]);
    parts.retain(|part| !part.body.is_empty());
    parts
}

/// Writes the warnings of the record.
fn warnings(record: &Record) -> String {
    if record.warnings.is_empty() {
        return String::new();
    }
    let items = record.warnings.iter().map(|warning| format!("<li>{}</li>", escape(warning)));
    format!(
        "<aside aria-label=\"Warnings\"><h3>Warnings</h3><ul>{}</ul></aside>\n",
        items.collect::<String>()
    )
}

fn method(record: &Record) -> Part {
    let settings = &record.settings;
    let workloads = record.workloads.iter().map(|one| {
        let section = SECTIONS.iter().find(|section| section.workloads.contains(&&*one.name));
        let section = section.map_or(String::new(), |section| format!(" ({})", section.title));
        (one.name.clone(), format!("{}{section}", one.description))
    });
    let intro = format!(
        "After a warm-up round, each strategy was measured under each workload once in each of {}, in an order shuffled \
         anew from seed {}. Each sample is a new pool, and fails unless every job ran exactly once. A ratio is taken to {} within \
         a round, in which both met the same machine; shown are the median of these ratios and its exact 95 % confidence interval. \
         A strategy is better or worse if the whole interval is outside the margin of equivalence, equivalent if it is inside, and \
         otherwise undecided. The margin is 5 %, or wider if a second measurement of the default strategy, the control, shows \
         more. No sample is discarded.",
        record.rounds(),
        settings.seed,
        escape(&settings.baseline)
    );
    Part {
        id: "method",
        title: "Method and workloads",
        intro,
        body: on_demand("The workloads", &list(workloads)),
    }
}

fn environment(record: &Record) -> Part {
    let environment = &record.environment;
    let disturbance: Disturbance = record.disturbances.iter().copied().sum();
    let unknown = || "unknown".to_owned();
    let number = |value: Option<f64>| value.map_or_else(unknown, |value| format!("{value:.2}"));
    let runs = record.runs();
    let of_each = |fact: &dyn Fn(&Environment) -> String| {
        runs.iter().map(|run| fact(&run.environment)).collect::<Vec<_>>().join("; ")
    };
    let versions: Vec<_> =
        environment.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let machine = match environment.virtual_machine {
        Some(true) => "virtual",
        Some(false) => "physical (no hypervisor reported)",
        None => "unknown",
    };
    let steal = disturbance.steal_share().map(|share| MachineMetric::Steal.figure(share));
    let switches = disturbance.involuntary_switches.map(|switches| switches.to_string());
    let kernel = environment.kernel.clone().unwrap_or_else(unknown);
    let load = |one: &Environment| {
        format!("{} before, {} after", number(one.load_before), number(one.load_after))
    };
    let compiler = format!("{}, optimisation level {}", environment.rustc, environment.opt_level);
    let facts = [
        ("Processor", environment.cpu.clone().unwrap_or_else(unknown)),
        ("Cores", environment.cores.to_string()),
        ("Machine", machine.to_owned()),
        ("System", format!("{}, {kernel}", environment.system)),
        ("Busy cores", of_each(&|one| format!("{} before", number(one.busy_before)))),
        ("Load", of_each(&load)),
        ("Steal time", steal.unwrap_or_else(unknown)),
        ("Involuntary switches", switches.unwrap_or_else(unknown)),
        ("Compiler", compiler),
        ("Commit", of_each(&|one| one.commit.clone().unwrap_or_else(unknown))),
        ("Packages", versions.join(", ")),
        ("Date", of_each(&|one| one.date.clone())),
        ("Command", of_each(&|one| one.command.clone())),
    ];
    Part {
        id: "environment",
        title: "Environment",
        intro: "The whole record with every sample is the JSON at the end of this page’s source."
            .to_owned(),
        body: on_demand(
            "The machine, the build and the command",
            &list(facts.into_iter().map(|(name, value)| (name.to_owned(), value))),
        ),
    }
}

/// Writes a list of names and texts; nothing if it is empty.
pub(super) fn list(items: impl Iterator<Item = (String, String)>) -> String {
    let items: String = items
        .map(|(name, text)| {
            format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(&name), escape(&text))
        })
        .collect();
    if items.is_empty() { items } else { format!("<dl>\n{items}</dl>\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::{record, servers};

    #[test]
    fn page_needs_no_other_file() {
        let page = page(&record());
        for asset in
            ["src=", "http://", "https://", "url(", "@import", "<iframe", "<link rel=\"stylesheet"]
        {
            assert!(!page.contains(asset), "{asset}");
        }
    }

    #[test]
    fn text_of_the_record_is_escaped() {
        let page = page(&record());
        let text = page.split("<script").next().expect("there is text before the record");
        assert!(text.contains("A &lt;fine&gt; processor") && !text.contains("<fine>"));
    }

    #[test]
    fn page_contains_the_record() {
        let page = page(&record());
        let start = page.find("id=\"record\">").expect("it is there") + "id=\"record\">".len();
        let json = &page[start..start + page[start..].find("</script>").expect("it ends")];
        let again: Record = serde_json::from_str(json).expect("it is complete");
        assert_eq!(again.measurements, record().measurements);
    }

    #[test]
    fn every_figure_has_a_label_and_a_table() {
        let page = page(&record());
        let figures: Vec<_> = page
            .split("<figure")
            .skip(1)
            .map(|rest| rest.split("</figure>").next().unwrap_or(rest))
            .collect();
        assert!(figures.len() > 10);
        for figure in figures {
            assert!(
                figure.contains("role=\"img\" aria-label=\"") && figure.contains("<figcaption>"),
                "{figure}"
            );
            assert!(figure.contains("<details>") && figure.contains("<table>"), "{figure}");
        }
    }

    #[test]
    fn each_further_condition_has_a_section() {
        let page = page(&record().and_busy(record()));
        assert!(
            page.contains("<section id=\"busy\"><h2>Beside as many busy processes as cores</h2>")
        );
        assert_eq!(page.matches("empty-1, time per job.").count(), 2);
    }

    #[test]
    fn servers_have_a_section_with_or_without_strategies() {
        let beside = page(&Record { http: Some(servers()), ..record() });
        let alone = page(&Record {
            http: Some(servers()),
            ..Record::without_strategies(record().environment)
        });
        for page in [&beside, &alone] {
            assert!(
                page.contains("<section id=\"http\">")
                    && page.contains("Requests per second, keep-alive.")
            );
        }
        assert!(!page(&record()).contains("<section id=\"http\">"));
    }

    #[test]
    fn every_opened_element_is_closed() {
        let page = page(&Record { http: Some(servers()), ..record() });
        for element in
            ["svg", "figure", "table", "details", "section", "g", "tr", "text", "p", "ol", "dl"]
        {
            let opened = page.matches(&format!("<{element}>")).count()
                + page.matches(&format!("<{element} ")).count();
            assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
        }
    }
}
