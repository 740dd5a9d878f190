//! Figures of the page as files of their own, for documents that cannot hold a drawing.

use super::figure::Figure;
use super::svg::escape;
use super::{across, curves, servers, standing, timeline, wakes};
use crate::judge::judge;
use crate::record::Record;
use crate::servers::Mode;
use clap::ValueEnum;

/// The figures there are, by the names that documents ask for.
const NAMES: &str = "`ranking`, `workers`, `length-WORKERS`, `delays-WORKLOAD-WORKERS`, `wakes-WORKLOAD-WORKERS`, \
                     `timelines`, `timeline-STRATEGY`, `http-close` and `http-keep-alive`";

/// A drawing in a file of its own.
pub(crate) struct Standalone {
    /// The file's text.
    pub(crate) svg: String,
    /// What it is, for whoever does not see it.
    pub(crate) alt: String,
}

/// Draws the figure of that name, with what it needs to be read in light and dark.
///
/// # Errors
///
/// Says which figures there are, or that the run did not measure what this one shows.
pub(crate) fn standalone(record: &Record, name: &str) -> Result<Standalone, String> {
    let figure =
        found(record, name).ok_or_else(|| format!("there is no figure `{name}`, only {NAMES}"))?;
    figure
        .map(|figure| stand(&figure))
        .ok_or_else(|| format!("the run has not measured what figure `{name}` shows"))
}

/// The outer `None` is for a name that means nothing, the inner one for a figure that would be
/// empty.
fn found(record: &Record, name: &str) -> Option<Option<Figure>> {
    let judged = judge(record);
    let (kind, of) = name.split_once('-').unwrap_or((name, ""));
    let of_workload = || {
        of.rsplit_once('-').and_then(|(workload, workers)| Some((workload, workers.parse().ok()?)))
    };
    Some(match kind {
        "ranking" => standing::standing(record, &judged),
        "workers" => across::by_workers(record, &judged),
        "length" => across::by_length(record, &judged, of.parse().ok()?),
        "delays" => {
            of_workload().map(|(workload, workers)| curves::curves(record, workload, workers))?
        }
        "wakes" => of_workload()
            .map(|(workload, workers)| wakes::wakes(record, &judged, workload, workers))?,
        "timelines" => timeline::together(record),
        "timeline" => timeline::alone(record, of),
        "http" => {
            let mode = Mode::from_str(of, false).ok()?;
            record.http.as_ref().and_then(|http| servers::rates(http, mode))
        }
        _ => return None,
    })
}

/// A document shows it as an image: it knows nothing of the document's colours, and so brings its
/// paper along.
fn stand(figure: &Figure) -> Standalone {
    let style = concat!(
        "<style>",
        include_str!("figure.css"),
        "svg{font-family:Charter,Georgia,serif}</style>"
    );
    let words =
        format!("<title>{}</title><desc>{}</desc>", escape(&figure.title), escape(&figure.text));
    let paper = r#"<rect class="paper" width="100%" height="100%"/>"#;
    let start = figure.svg.find('>').map_or(0, |end| end + 1);
    let (open, rest) = figure.svg.split_at(start);
    let open = open.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
    Standalone {
        svg: format!("{open}{words}{style}{paper}{rest}\n"),
        alt: format!("{} {}", figure.title, figure.text).replace(['[', ']', '\n'], " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{record, servers};

    #[test]
    fn every_figure_stands_alone_in_light_and_dark_and_says_what_it_is() {
        let record = Record { http: Some(servers()), ..record() };
        let names = [
            "ranking",
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
    fn a_name_that_means_nothing_and_a_run_that_measured_nothing_are_told_apart() {
        let error = |name| standalone(&record(), name).err().expect("there is none");
        for name in ["nosuch", "length-many", "delays-8", "http-open"] {
            assert!(error(name).contains("only `ranking`"), "{}", error(name));
        }
        for name in ["length-3", "delays-nosuch-2", "timeline-rayon", "http-close"] {
            assert!(error(name).contains("has not measured"), "{}", error(name));
        }
    }
}
