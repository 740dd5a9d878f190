//! Whether two runs agree, as Markdown for a document and for a terminal.

use crate::analysis::agreement::{Agreement, Shared, VERDICTS};
use crate::analysis::words::percent;
use std::fmt::Write;

/// Number of disagreements of a kind that are listed.
const LISTED: usize = 10;

/// Writes on what two runs agree, and on what not.
pub fn text(agreement: &Agreement, baseline: &str) -> String {
    let mut text = String::new();
    text += &first_places(&agreement.families, "families under a condition");
    text += &first_places(&agreement.first_places, "measurements");
    let share = agreement.ratios_outside as f64 / agreement.ratios as f64;
    let _ = writeln!(
        text,
        "Of {} ratios to {baseline}, {} ({}) lie outside each other's 95 % interval.\n",
        agreement.ratios,
        agreement.ratios_outside,
        percent(share)
    );
    let pairs: usize = agreement.verdicts.iter().flatten().sum();
    let _ = writeln!(
        text,
        "Verdicts on {pairs} pairs of a strategy with {baseline} or with the best peer; a row is a verdict of the first run, a \
         column one of the second:\n\n{}",
        matrix(agreement)
    );
    let contradictions = &agreement.contradictions;
    let _ = match contradictions.len() {
        0 => writeln!(text, "No pair is better in one run and worse in the other."),
        number => writeln!(
            text,
            "In {number} of {pairs} pairs, a strategy is better in one run and worse in the other{}",
            list(contradictions)
        ),
    };
    text
}

fn first_places(shared: &Shared, what: &str) -> String {
    let Shared { compared, disagreements } = shared;
    let same = compared - disagreements.len();
    format!(
        "In {same} of {compared} {what}, the first of each run is not worse than the first of the other{}\n",
        list(disagreements)
    )
}

fn matrix(agreement: &Agreement) -> String {
    let heads = VERDICTS.map(|verdict| format!(" {:>10} |", verdict.word())).concat();
    let mut text = format!("| {:10} |{heads}\n|---{}|\n", "", "|--:".repeat(4));
    for (verdict, row) in VERDICTS.iter().zip(agreement.verdicts) {
        let cells = row.map(|number| format!(" {number:>10} |")).concat();
        let _ = writeln!(text, "| {:10} |{cells}", verdict.word());
    }
    text
}

/// Writes the first of a list, and says how many more there are.
fn list(lines: &[String]) -> String {
    if lines.is_empty() {
        return ".\n".to_owned();
    }
    let mut text = ":\n\n".to_owned();
    text.extend(lines.iter().take(LISTED).map(|line| format!("- {line}\n")));
    if lines.len() > LISTED {
        let _ = writeln!(text, "- and {} more", lines.len() - LISTED);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::agreement::agreement;
    use crate::data::fixture::{record, record_where};

    #[test]
    fn agreement_has_a_matrix_of_verdicts() {
        let same = agreement(&record(), &record()).expect("they have the same measurements");
        let text = text(&same, "mpsc");
        assert!(text.starts_with("In 4 of 4 families under a condition, "), "{text}");
        assert!(text.contains("ratios to mpsc, 0 (0 %) lie outside"), "{text}");
        assert!(text.contains("\n| worse      |          0 |"), "{text}");
        assert!(text.ends_with("No pair is better in one run and worse in the other.\n"), "{text}");
    }

    #[test]
    fn only_the_first_contradictions_are_listed() {
        let reversed = record_where(2, |name, _| if name == "flume" { 0.1 } else { 1.0 });
        let other = agreement(&record(), &reversed).expect("they have the same measurements");
        let text = text(&other, "mpsc");
        let number = other.contradictions.len();
        assert!(text.contains(&format!("In {number} of ")), "{text}");
        assert!(text.ends_with(&format!("- and {} more\n\n", number - LISTED)), "{text}");
    }
}
