//! The parts of the page that are words: what to beware of, who took part, how, and on what.

use super::Section;
use super::svg::escape;
use crate::record::Record;
use crate::topics::TOPICS;
use std::fmt::Write;

/// What makes the figures doubtful.
pub(super) fn warnings(record: &Record) -> String {
    if record.warnings.is_empty() {
        return String::new();
    }
    let items = record.warnings.iter().map(|warning| format!("<li>{}</li>", escape(warning)));
    format!(
        "<aside aria-label=\"Warnings\"><h3>Read with care</h3><ul>{}</ul></aside>\n",
        items.collect::<String>()
    )
}

/// Who took part.
pub(super) fn contenders(record: &Record) -> Section {
    let items = record.contenders.iter().map(|one| (one.name.clone(), one.mechanism.clone()));
    let intro = "One line each on how it hands a job to a worker. What is no pool is there for the scale of things.";
    Section {
        id: "strategies",
        title: "The strategies",
        intro: intro.to_owned(),
        body: list(items),
    }
}

/// How it was done.
pub(super) fn method(record: &Record) -> Section {
    let settings = &record.settings;
    let rounds = settings.rounds_done;
    let baseline = escape(&settings.baseline);
    let asked = record.workloads.iter().map(|one| {
        let topic = TOPICS.iter().find(|topic| topic.workloads.contains(&one.name.as_str()));
        let of = topic.map_or(String::new(), |topic| {
            format!(" ({})", topic.title.trim_end_matches('?').to_lowercase())
        });
        (one.name.clone(), format!("{}{of}", one.question))
    });
    let intro = format!(
        "After a round to warm up, every strategy met every workload once in each of {rounds} rounds, in an order shuffled \
         anew from seed {}. Each sample is a new pool, and fails unless every job ran exactly once. A ratio is taken to \
         {baseline} within a round, where both met the same machine; shown is the median of those ratios and between what \
         it lies with 95 % confidence, by bootstrap. “Tied” means that the rounds do not tell two strategies apart. No \
         sample is thrown away.",
        settings.seed
    );
    Section { id: "method", title: "How it was measured", intro, body: list(asked) }
}

/// On what it was done.
pub(super) fn environment(record: &Record) -> Section {
    let environment = &record.environment;
    let unknown = || "unknown".to_owned();
    let number = |value: Option<f64>| value.map_or_else(unknown, |value| format!("{value:.2}"));
    let versions: Vec<_> =
        environment.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let machine = match environment.virtual_machine {
        Some(true) => "virtual",
        Some(false) => "real, as far as it shows",
        None => "unknown",
    };
    let facts = [
        ("Processor", environment.cpu.clone().unwrap_or_else(unknown)),
        ("Cores", environment.cores.to_string()),
        ("Machine", machine.to_owned()),
        (
            "System",
            format!(
                "{}, {}",
                environment.system,
                environment.kernel.clone().unwrap_or_else(unknown)
            ),
        ),
        (
            "Load",
            format!(
                "{} before, {} after",
                number(environment.load_before),
                number(environment.load_after)
            ),
        ),
        (
            "Compiler",
            format!("{}, optimisation level {}", environment.rustc, environment.opt_level),
        ),
        ("Commit", environment.commit.clone().unwrap_or_else(unknown)),
        ("Packages", versions.join(", ")),
        ("Date", environment.date.clone()),
        ("Command", environment.command.clone()),
    ];
    let intro = "To repeat it. The whole record, every sample in it, is the JSON at the end of this page’s source.";
    let facts = facts.map(|(name, value)| (name.to_owned(), value));
    Section {
        id: "environment",
        title: "On what",
        intro: intro.to_owned(),
        body: list(facts.into_iter()),
    }
}

/// Nothing if there are none: a section without a body is left out.
fn list(items: impl Iterator<Item = (String, String)>) -> String {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return String::new();
    }
    let mut html = String::from("<dl>\n");
    for (name, text) in items {
        let _ = writeln!(html, "<div><dt>{}</dt><dd>{}</dd></div>", escape(&name), escape(&text));
    }
    html.push_str("</dl>\n");
    html
}
