//! The options, as `--help` tells them, and everywhere else they are told.

use super::read;
use crate::server::{program, run};

/// An option, as one of its tellings has it.
#[derive(Debug, PartialEq)]
pub(super) struct Told {
    /// With what is to be put for its value.
    pub(super) option: String,
    variable: String,
    default: String,
}

/// What `--help` says of each option but itself and the version, and the values from which some of
/// them choose.
pub(super) fn help() -> Vec<(Told, Vec<String>)> {
    // A variable that is set would be told with its value.
    let output = run(program().arg("--help").env_remove("HELLO_STATUS"));
    let help = String::from_utf8(output.stdout).unwrap();
    let (_, options) = help.split_once("\nOptions:").expect("there are options");
    let (options, _) = options.split_once("\nExamples:\n").expect("examples come last");
    // Lines are broken to fit a terminal.
    let options = options.replace("\n          ", " ");
    let options = options.split("\n      --").filter(|option| option.contains(" [env: "));
    let told = options.map(|option| {
        let (name, rest) = option.split_once(" <").expect("a value follows the name");
        let (value, _) = rest.split_once('>').expect("its name is in brackets");
        let told = Told {
            option: format!("--{name} {value}"),
            variable: between(option, "[env: ", "=]").unwrap_or_default(),
            default: between(option, "[default: ", "]").unwrap_or("none".to_owned()),
        };
        let values = option.split(" - ").skip(1);
        (told, values.filter_map(|value| Some(value.split_once(':')?.0.to_owned())).collect())
    });
    told.collect()
}

fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0.to_owned())
}

/// What a row of the README's table says: the option, and the whole row.
fn row(line: &str) -> Option<(Told, &str)> {
    let cells: Vec<String> = line
        .replace("\\|", "\0")
        .split('|')
        .map(|cell| cell.trim().replace('`', "").replace('\0', "|"))
        .collect();
    let [_, option, variable, default, ..] = &cells[..] else { return None };
    let told =
        Told { option: option.clone(), variable: variable.clone(), default: default.clone() };
    option.strip_prefix("--")?.starts_with(char::is_alphabetic).then_some((told, line))
}

#[test]
fn the_readme_tells_the_options_as_help_does() {
    let readme = read("README.md");
    let rows: Vec<_> = readme.lines().filter_map(row).collect();
    let help = help();
    assert!(!help.is_empty(), "--help tells of no option");
    for ((told, row), (said, values)) in rows.iter().zip(&help) {
        assert_eq!(told, said, "README.md, then --help");
        for value in values {
            assert!(
                row.contains(&format!("`{value}`")),
                "README.md does not say that {} may be {value}",
                said.option
            );
        }
    }
    assert_eq!(
        rows.len(),
        help.len(),
        "README.md and --help tell the same options, in the same order"
    );
}

#[test]
fn the_changelog_mentions_every_option_and_this_version() {
    let changelog = read("CHANGELOG.md");
    let (_, latest) = changelog.split_once("\n## ").expect("there is an entry");
    let this = format!("[{}]", env!("CARGO_PKG_VERSION"));
    assert!(
        latest.starts_with("[Unreleased]") || latest.starts_with(&this),
        "its first entry is neither Unreleased nor {this}"
    );
    for (told, _) in help() {
        let (option, _) = told.option.split_once(' ').expect("every option has a value");
        assert!(
            changelog.contains(&format!("`{option}`")),
            "CHANGELOG.md does not mention {option}"
        );
    }
}
