//! What the program can measure, by name.

use super::REPRESENTATIVE;
use crate::analysis::sections::SECTIONS;
use crate::data::Condition;
use crate::output::layout::labelled;
use crate::strategies::{OPTIONAL, STRATEGIES, Strategy};
use crate::trace::SCENES;
use crate::workloads::WORKLOADS;
use clap::ValueEnum;

/// Lists the strategies, workloads, their families, the conditions, and the scenes.
pub fn list(own: &[Strategy]) -> String {
    let strategies = |list: &[Strategy]| {
        list.iter().map(|one| line(one.name, one.mechanism)).collect::<String>()
    };
    let representative = line(REPRESENTATIVE, "one or two of each family, as --quick has them");
    let workloads = WORKLOADS.iter().map(|one| line(one.name, one.description));
    let conditions =
        Condition::value_variants().iter().map(|one| line(&one.to_string(), one.words()));
    let families = SECTIONS.iter().filter(|section| section.has_vote());
    let scenes = SCENES.iter().map(|one| line(one.name, one.description));
    let parts: [(&str, String); 6] = [
        ("Strategies", strategies(STRATEGIES) + &strategies(own)),
        ("Optional strategies, which take part if they are named", strategies(OPTIONAL)),
        ("Workloads", workloads.chain([representative]).collect()),
        ("Families of workloads", families.map(|one| line(one.short, one.explanation)).collect()),
        ("Conditions", conditions.collect()),
        ("Scenes, which `trace` records", scenes.collect()),
    ];
    parts.map(|(title, lines)| format!("{title}:\n{lines}")).join("\n")
}

fn line(name: &str, words: &str) -> String {
    labelled(&format!("  {name}"), words, 21)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_fits_a_terminal() {
        for line in list(&[]).lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
