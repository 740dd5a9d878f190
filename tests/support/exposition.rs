//! A strict reader of the Prometheus text format, version 0.0.4.

use std::collections::BTreeMap;

/// Samples by name and labels, as they were written.
#[derive(Debug)]
pub(crate) struct Exposition(BTreeMap<String, f64>);

impl Exposition {
    /// Parses a page, and fails on anything that the format or its conventions forbid.
    #[track_caller]
    pub(crate) fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line ends");
        let mut samples = BTreeMap::new();
        let mut families: Vec<(&str, &str)> = Vec::new();
        let mut helped = "";
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').expect("a help line has a text");
                assert!(is_name(name) && words.ends_with('.'), "{line}");
                helped = name;
            } else if let Some(family) = line.strip_prefix("# TYPE ") {
                let (name, kind) = family.split_once(' ').expect("a type has a name");
                assert_eq!(name, helped, "the help comes first");
                assert!(families.iter().all(|(other, _)| *other != name), "{name} occurs once");
                assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                families.push((name, kind));
            } else {
                let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
                let (family, kind) = *families.last().expect("a sample belongs to a family");
                check_series(series, family, kind);
                let value = value.parse::<f64>().unwrap_or_else(|_| panic!("{line}"));
                assert!(value.is_finite() && value >= 0.0, "{line}");
                assert_eq!(samples.insert(series.to_owned(), value), None, "{series} occurs once");
            }
        }
        let page = Self(samples);
        for (name, _) in families.into_iter().filter(|(_, kind)| *kind == "histogram") {
            page.check_histogram(text, name);
        }
        page
    }

    /// Returns the value of a sample, which must exist.
    #[track_caller]
    pub(crate) fn value(&self, series: &str) -> f64 {
        *self.0.get(series).unwrap_or_else(|| panic!("no {series} in {self:?}"))
    }

    /// Returns every sample of this name, whatever its labels.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = f64> {
        self.0
            .iter()
            .filter(move |(series, _)| series.split('{').next() == Some(name))
            .map(|(_, value)| *value)
    }

    /// Checks that buckets are in the order of their bounds, never fall, and end with the total.
    #[track_caller]
    fn check_histogram(&self, text: &str, name: &str) {
        let prefix = format!("{name}_bucket{{le=\"");
        let buckets: Vec<(f64, f64)> = text
            .lines()
            .filter_map(|line| line.strip_prefix(&prefix)?.split_once("\"} "))
            .map(|(bound, count)| {
                (bound.parse().expect("a bound is a number"), count.parse().unwrap())
            })
            .collect();
        assert!(
            buckets.len() > 2 && buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1),
            "{name}: {buckets:?}"
        );
        let last = *buckets.last().unwrap();
        assert_eq!(last, (f64::INFINITY, self.value(&format!("{name}_count"))), "{name}");
        self.value(&format!("{name}_sum"));
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with("hello_") && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[track_caller]
fn check_series(series: &str, family: &str, kind: &str) {
    let (name, labels) =
        series.split_once('{').map_or((series, None), |(name, labels)| (name, Some(labels)));
    let suffix =
        name.strip_prefix(family).unwrap_or_else(|| panic!("{series} stands under {family}"));
    let suffixes: &[&str] =
        if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
    assert!(suffixes.contains(&suffix), "{series}");
    if let Some(labels) = labels {
        let labels = labels.strip_suffix("\"}").unwrap_or_else(|| panic!("{series}"));
        for label in labels.split("\",") {
            let (key, value) = label.split_once("=\"").unwrap_or_else(|| panic!("{series}"));
            assert!(key.bytes().all(|byte| byte.is_ascii_lowercase()), "{series}");
            assert!(
                value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(&byte)),
                "{series}"
            );
        }
    }
}
