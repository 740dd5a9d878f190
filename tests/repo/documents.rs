//! Documents: their links lead somewhere, they quote exactly, and what they name exists.

use crate::files::{files, read, root};
use crate::help::help;
use std::path::Path;

/// Names in ARCHITECTURE.md of things outside the project.
const FOREIGN: [&str; 3] = ["SO_REUSEPORT", "io_uring", "tcp_migrate_req"];

/// Returns the text of a document without its blocks of code.
fn prose(path: &str) -> String {
    read(path).split("```").step_by(2).collect()
}

/// Returns what a text has between two marks, for each occurrence.
fn all_between<'a>(
    text: &'a str,
    before: &'a str,
    after: &'a str,
) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).filter_map(move |rest| Some(rest.split_once(after)?.0))
}

/// Returns the anchors of a document's headings, made as GitHub makes them.
fn anchors(path: &str) -> Vec<String> {
    let anchor = |heading: &str| -> String {
        let kept = heading.chars().filter(|&c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
    };
    prose(path)
        .lines()
        .filter_map(|line| Some(anchor(line.strip_prefix('#')?.trim_start_matches('#').trim())))
        .collect()
}

#[test]
fn internal_links_lead_somewhere() {
    for document in files(".md") {
        let folder = Path::new(&document).parent().unwrap().to_str().unwrap().to_owned();
        for link in all_between(&prose(&document), "](", ")").filter(|link| !link.contains("://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target =
                if path.is_empty() { document.clone() } else { format!("{folder}/{path}") };
            let target = target.trim_start_matches('/');
            assert!(
                root().join(target).exists(),
                "{document} leads to {link}, which does not exist"
            );
            let found = anchor.is_empty() || anchors(target).iter().any(|known| known == anchor);
            assert!(found, "{document} leads to {link}, but no heading makes that anchor");
        }
    }
}

/// Returns the words of a text, without line breaks, comment marks and fences of code.
fn unbroken(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("```"));
    let lines = lines.map(|line| line.trim_start_matches("//!"));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[test]
fn quotations_match_their_files() {
    let mut found = 0;
    for document in files(".md") {
        for quotation in all_between(&read(&document), "<!-- from ", "<!-- /from -->") {
            let (source, text) =
                quotation.split_once("-->").expect("the marker ends before the text");
            let (path, _) =
                source.split_once(": ").expect("a marker names a file and a part of it");
            let text = unbroken(text);
            assert!(!text.is_empty(), "{document} quotes nothing from {path}");
            assert!(
                unbroken(&read(path)).contains(&text),
                "{document} quotes from {path} what is not there"
            );
            found += 1;
        }
    }
    assert!(found > 0, "no document quotes a file");
}

/// Returns all code and every manifest, without comments.
fn code() -> String {
    let lines = |path: String| {
        let text = read(path);
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.map(|line| line.to_owned() + "\n").collect::<String>()
    };
    // These files contain names that need not exist.
    let paths = files(".rs").into_iter().filter(|path| !path.starts_with("tests/repo/"));
    paths.chain(files("Cargo.toml")).map(lines).collect()
}

/// Returns whether a text contains this name, not merely as a part of another.
fn names(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(start, _)| {
        let end = start + name.len();
        !text[..start].ends_with(part) && !text[end..].starts_with(part)
    })
}

#[test]
fn names_in_the_architecture_exist() {
    let (document, code) = (prose("ARCHITECTURE.md"), code());
    let options: Vec<String> = help().into_iter().map(|(option, _)| option.option).collect();
    let spans: Vec<&str> = document.split('`').skip(1).step_by(2).collect();
    assert!(spans.len() > 100, "it names only {spans:?}");
    for name in spans {
        let is_quote = name.contains(' ');
        let exists = if is_quote || FOREIGN.contains(&name) || name.starts_with('/') {
            true
        } else if name.starts_with("--") {
            options.iter().any(|option| option.split(' ').next() == Some(name))
        } else if name.contains('/') {
            root().join(name).exists()
        } else {
            name.trim_end_matches([';', '(', ')', '.']).split("::").all(|part| names(&code, part))
        };
        assert!(exists, "ARCHITECTURE.md names `{name}`, which does not exist");
    }
}
