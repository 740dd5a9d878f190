//! The options as `--help` lists them.

use crate::support::server::{program, run};

/// An option as a document describes it.
#[derive(Debug, PartialEq)]
pub(crate) struct Described {
    /// Its name and the placeholder of its value.
    pub(crate) option: String,
    pub(crate) variable: String,
    pub(crate) default: String,
}

/// Returns what `--help` says of each option that has a value, and the possible values it lists.
pub(crate) fn help() -> Vec<(Described, Vec<String>)> {
    // The help of a variable that is set includes its value.
    let output = run(program().arg("--help").env_remove("HELLO_STATUS"));
    let help = String::from_utf8(output.stdout).unwrap();
    let (_, options) = help.split_once("\nOptions:").expect("there are options");
    let (options, _) = options.split_once("\nExamples:\n").expect("examples come last");
    // Lines are broken to fit a terminal.
    let options = options.replace("\n          ", " ");
    let options = options.split("\n      --").filter(|option| option.contains(" [env: "));
    let described = options.map(|option| {
        let (name, rest) = option.split_once(" <").expect("a value follows the name");
        let (value, _) = rest.split_once('>').expect("its name is in brackets");
        let described = Described {
            option: format!("--{name} {value}"),
            variable: between(option, "[env: ", "=]").unwrap_or_default(),
            default: between(option, "[default: ", "]").unwrap_or("none".to_owned()),
        };
        let values = option.split(" - ").skip(1);
        (described, values.filter_map(|value| Some(value.split_once(':')?.0.to_owned())).collect())
    });
    described.collect()
}

fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0.to_owned())
}
