//! A record as its figures see it: compared, in order, and with a look for each strategy.

use super::svg::at;
use crate::analysis::compare::{Comparison, compare};
use crate::analysis::scores::row_order;
use crate::data::{Group, Record, ServerRun};

/// A record under one condition, and what its figures share.
pub(super) struct View<'a> {
    /// The record.
    pub(super) record: &'a Record,
    /// Its comparisons.
    pub(super) comparisons: Vec<Comparison<'a>>,
    /// The names of all strategies: the fastest first, those that are not ranked last.
    pub(super) order: Vec<String>,
    /// The looks of the strategies.
    pub(super) palette: Palette,
}

impl<'a> View<'a> {
    /// Compares the strategies of a record.
    pub(super) fn new(record: &'a Record) -> Self {
        let comparisons = compare(record);
        let order = row_order(record, &comparisons);
        let baseline = &record.settings.baseline;
        let of_group = |group| record.strategies.iter().find(move |one| one.group == group);
        let ours = of_group(Group::Ours).map(|one| &*one.name);
        let study = of_group(Group::Study).map(|one| &*one.name);
        let ranked = order.iter().filter(|name| record.group(name) != Group::Reference);
        let names = ours.into_iter().chain([baseline.as_str()]).chain(study);
        let palette = Palette::new(names.chain(ranked.map(String::as_str)));
        Self { record, comparisons, palette, order }
    }

    /// Returns the names of the pools, the fastest first. References would compress the scale of a
    /// figure.
    pub(super) fn pools(&self) -> Vec<&str> {
        let names = self.order.iter().map(String::as_str);
        names.filter(|name| self.record.group(name) != Group::Reference).collect()
    }
}

/// Which strategies have a colour, a dash and a shape of their own. The eye tells no more apart: the
/// others are thin and grey.
pub(super) struct Palette(Vec<String>);

impl Palette {
    /// The number of looks; `figure.css` has a colour and a dash for each.
    const LOOKS: usize = 7;

    /// Gives looks to the first names.
    fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut chosen: Vec<String> = Vec::new();
        for name in names {
            if chosen.len() < Self::LOOKS && !chosen.iter().any(|one| one == name) {
                chosen.push(name.to_owned());
            }
        }
        Self(chosen)
    }

    /// Gives looks to our server, to the baseline, and to peers.
    pub(super) fn of_servers(run: &ServerRun) -> Self {
        let of = |group| run.servers.iter().filter(move |one| one.group == group);
        let (ours, peers) = (of(Group::Ours), of(Group::Peer).map(|one| one.name.as_str()));
        let first = ours.map(|one| one.name.as_str()).chain([run.baseline.as_str()]);
        Self::new(first.chain(peers))
    }

    fn look(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|one| one == name)
    }

    /// Returns the CSS class of a strategy.
    pub(super) fn class(&self, name: &str) -> String {
        self.look(name).map_or_else(|| "rest".to_owned(), |look| format!("s{look}"))
    }

    /// Draws the mark of a strategy at a place: a shape of its own, or a small dot.
    pub(super) fn mark(&self, name: &str, (x, y): (f64, f64)) -> String {
        let outline = match self.look(name) {
            Some(1) => "m-4 -4h8v8h-8z",
            Some(2) => "m0 -5l5 9h-10z",
            Some(3) => "m0 -5.5l5 5.5l-5 5.5l-5 -5.5z",
            Some(4) => "m0 5l5 -9h-10z",
            Some(5) => "m-2 -5h4v3h3v4h-3v3h-4v-3h-3v-4h3z",
            Some(6) => "m-5 -3h10v6h-10z",
            Some(_) => "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
            None => "m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0z",
        };
        format!(r#"<path class="mark" d="M{} {}{outline}"/>"#, at(x), at(y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::{record, servers};

    #[test]
    fn ours_and_baseline_have_the_first_looks() {
        let record = record();
        let view = View::new(&record);
        let looks = ["condvar", "mpsc", "one-thread"].map(|name| view.palette.class(name));
        assert_eq!(looks, ["s0", "s1", "rest"]);
        let palette = Palette::of_servers(&servers());
        assert_eq!(palette.class("hello"), "s0");
    }

    #[test]
    fn looks_are_few_and_never_shared() {
        let names = ["a", "b", "a", "c", "d", "e", "f", "g", "h"];
        let palette = Palette::new(names.into_iter());
        let classes = ["a", "b", "c", "g", "h"].map(|name| palette.class(name));
        assert_eq!(classes, ["s0", "s1", "s2", "s6", "rest"]);
        let marks: std::collections::BTreeSet<_> =
            palette.0.iter().map(|name| palette.mark(name, (0.0, 0.0))).collect();
        assert_eq!(marks.len(), Palette::LOOKS);
    }
}
