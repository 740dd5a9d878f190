//! A drawing with its words, for the page and for documents.

use super::svg::escape;
use crate::contender::Side;
use crate::judge::Judged;
use crate::record::Record;
use crate::table::row_order;

/// A drawing, and what it needs to be read.
pub(crate) struct Figure {
    /// The drawing.
    pub(crate) svg: String,
    /// What it is of.
    pub(crate) title: String,
    /// How to read it, or what it shows.
    pub(crate) text: String,
    /// Its numbers, as an HTML table.
    pub(crate) data: String,
}

impl Figure {
    /// As it stands in the page.
    pub(crate) fn html(&self) -> String {
        let Self { svg, title, text, data } = self;
        let (title, text) = (escape(title), escape(text));
        format!("<figure>{svg}<figcaption><b>{title}</b> {text}</figcaption>{data}</figure>\n")
    }
}

/// Figures beside each other, as the class of their frame says; nothing if there are none.
pub(crate) fn framed(class: &str, figures: &[Figure]) -> String {
    if figures.is_empty() {
        return String::new();
    }
    format!(
        "<div class=\"{class}\">\n{}</div>\n",
        figures.iter().map(Figure::html).collect::<String>()
    )
}

/// The pools, for figures: what is no pool is so far away that nothing else could be seen.
pub(crate) fn pools(record: &Record, judged: &[Judged<'_>]) -> Vec<String> {
    row_order(record, judged).into_iter().filter(|name| record.side(name) != Side::Model).collect()
}

/// A number of workers, in words.
pub(crate) fn workers(number: usize) -> String {
    format!("{number} worker{}", if number == 1 { "" } else { "s" })
}
