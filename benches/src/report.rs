//! The page: one file that needs no other, reads without script, and says first what it found.

mod across;
mod curves;
mod data;
mod dots;
mod embedded;
mod facts;
mod figure;
mod lines;
mod plots;
mod servers;
mod standing;
mod svg;
mod timeline;
mod wakes;

use crate::condition::Condition;
use crate::judge::judge;
use crate::record::Record;
use crate::verdict::sentences;
pub(crate) use embedded::{Standalone, standalone};
use std::fmt::Write;
use svg::escape;

/// A part of the page.
struct Section {
    /// Where links to it lead.
    id: &'static str,
    /// Its heading.
    title: &'static str,
    /// How to read what follows.
    intro: String,
    /// The rest, as HTML.
    body: String,
}

/// The whole page.
pub fn page(whole: &Record) -> String {
    let conditions = whole.conditions();
    let (first, others) = conditions.split_first().unwrap_or((&Condition::Quiet, &[]));
    let record = &whole.under(*first);
    let judged = judge(record);
    let said = sentences(record, &judged);
    let (verdict, rest) = said.split_first().expect("something is always said");
    let mut page = String::from(concat!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Who feeds a pool best?</title>\n",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
        "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<style>\n",
        include_str!("report/figure.css"),
        include_str!("report/style.css"),
        "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#verdict\">To the verdict</a>\n",
    ));
    let _ = write!(
        page,
        r#"<header><h1>Who feeds a pool best?</h1>
<p class="lead">{}</p>
<svg class="thread" width="160" height="52" aria-hidden="true"><path d="M-3000 51H10C70 51 100 37 98 19 97 8 87 3 78 4 64 6 58 19 64 31 71 45 96 51 132 51H5000"/></svg>
</header>
<main>
"#,
        lead(record),
    );
    let _ = write!(
        page,
        "<section id=\"verdict\"><h2>Verdict</h2>\n<div class=\"split\"><div>\n<p class=\"verdict\">{}</p>\n<p>{}</p>\n{}</div>\n{}</div></section>\n",
        escape(verdict),
        escape(&rest.join(" ")),
        facts::warnings(record),
        standing::standing(record, &judged).map_or(String::new(), |figure| figure.html()),
    );
    let mut sections = vec![plots::topics(record, &judged)];
    sections.extend(
        others.iter().map(|condition| plots::condition(&whole.under(*condition), *condition)),
    );
    sections.extend([
        curves::section(record),
        across::workers_section(record, &judged),
        across::length_section(record, &judged),
        timeline::section(record),
        plots::counts(record, &judged),
        servers::section(record),
        facts::contenders(record),
        facts::method(record),
        facts::environment(record),
    ]);
    let sections: Vec<_> =
        sections.into_iter().filter(|section| !section.body.is_empty()).collect();
    page.push_str("<nav aria-label=\"Contents\"><ol>\n");
    for Section { id, title, .. } in &sections {
        let _ = writeln!(page, "<li><a href=\"#{id}\">{}</a></li>", escape(title));
    }
    page.push_str("</ol></nav>\n");
    for Section { id, title, intro, body } in &sections {
        let _ = writeln!(
            page,
            "<section id=\"{id}\"><h2>{}</h2>\n<p>{intro}</p>\n{body}</section>",
            escape(title)
        );
    }
    // Inside a script only its own end needs care.
    let json = whole.to_json().replace("</", "<\\/");
    let _ = write!(
        page,
        "</main>\n<script type=\"application/json\" id=\"record\">\n{json}</script>\n</body>\n</html>\n"
    );
    page
}

/// What the page is about, in a line.
fn lead(record: &Record) -> String {
    let environment = &record.environment;
    let what = match record.contenders.len() {
        0 => "Nobody was asked, but for web servers,".to_owned(),
        many => format!(
            "{many} ways to hand jobs to worker threads, side by side, in {} rounds,",
            record.settings.rounds_done
        ),
    };
    let cores =
        format!("on {} core{}", environment.cores, if environment.cores == 1 { "" } else { "s" });
    let date = escape(environment.date.split('T').next().unwrap_or_default());
    format!("{what} {cores}, <span class=\"nobr\">{date}</span>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{record, servers};

    #[test]
    fn the_page_needs_no_other_file() {
        let page = page(&record());
        for asset in
            ["src=", "http://", "https://", "url(", "@import", "<iframe", "<link rel=\"stylesheet"]
        {
            assert!(!page.contains(asset), "{asset}");
        }
    }

    #[test]
    fn what_was_recorded_is_escaped() {
        let page = page(&record());
        let text = page.split("<script").next().expect("there is text before the record");
        assert!(text.contains("A &lt;fine&gt; processor") && !text.contains("<fine>"));
    }

    #[test]
    fn the_record_can_be_taken_out_of_the_page() {
        let page = page(&record());
        let start = page.find("id=\"record\">").expect("it is there") + "id=\"record\">".len();
        let json = &page[start..start + page[start..].find("</script>").expect("it ends")];
        let again: Record = serde_json::from_str(json).expect("it is whole");
        assert_eq!(again.questions, record().questions);
    }

    #[test]
    fn every_figure_says_what_it_is_and_has_its_data_as_a_table() {
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
    fn another_condition_has_a_section_of_its_own() {
        let page = page(&record().and_busy(record()));
        assert!(
            page.contains("<section id=\"busy\"><h2>Beside as many busy processes as cores</h2>")
        );
        assert_eq!(page.matches("empty-1, time per job.").count(), 2);
    }

    #[test]
    fn servers_have_a_section_of_their_own_with_or_without_pools() {
        let beside = page(&Record { http: Some(servers()), ..record() });
        let alone =
            page(&Record { http: Some(servers()), ..Record::without_pools(record().environment) });
        for page in [&beside, &alone] {
            assert!(
                page.contains("<section id=\"http\">")
                    && page.contains("Requests per second, keep-alive.")
            );
        }
        assert!(!page(&record()).contains("<section id=\"http\">"));
    }

    #[test]
    fn every_element_that_is_opened_is_closed() {
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
