//! The options, as `--help` lists them, and the other places that list them.

use crate::files::read;
use crate::help::{Described, help};

/// Parses a row of the README's table. Returns the option and the whole row.
fn row(line: &str) -> Option<(Described, &str)> {
    let cells: Vec<String> = line
        .replace("\\|", "\0")
        .split('|')
        .map(|cell| cell.trim().replace('`', "").replace('\0', "|"))
        .collect();
    let [_, option, variable, default, ..] = &cells[..] else { return None };
    let described =
        Described { option: option.clone(), variable: variable.clone(), default: default.clone() };
    option.strip_prefix("--")?.starts_with(char::is_alphabetic).then_some((described, line))
}

#[test]
fn readme_lists_the_options_as_help_does() {
    let readme = read("README.md");
    let rows: Vec<_> = readme.lines().filter_map(row).collect();
    let help = help();
    assert!(!help.is_empty(), "--help lists no option");
    for ((described, row), (in_help, values)) in rows.iter().zip(&help) {
        assert_eq!(described, in_help, "README.md, then --help");
        for value in values {
            assert!(
                row.contains(&format!("`{value}`")),
                "README.md does not say that {} may be {value}",
                in_help.option
            );
        }
    }
    assert_eq!(rows.len(), help.len(), "README.md and --help list different numbers of options");
}

#[test]
fn changelog_mentions_every_option_and_this_version() {
    let changelog = read("CHANGELOG.md");
    let (_, latest) = changelog.split_once("\n## ").expect("there is an entry");
    let this = format!("[{}]", env!("CARGO_PKG_VERSION"));
    assert!(
        latest.starts_with("[Unreleased]") || latest.starts_with(&this),
        "its first entry is neither Unreleased nor {this}"
    );
    for (described, _) in help() {
        let (option, _) = described.option.split_once(' ').expect("every option has a value");
        assert!(
            changelog.contains(&format!("`{option}`")),
            "CHANGELOG.md does not mention {option}"
        );
    }
}
