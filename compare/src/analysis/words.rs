//! Names and numbers in sentences.

use super::stats::Interval;
use crate::data::{Measurement, Metric, number};

/// Returns the name of a measurement in a sentence.
pub fn name(measurement: &Measurement) -> String {
    let Measurement { workload, workers, metric, condition, .. } = measurement;
    let metric = if *metric == Metric::Time { String::new() } else { format!(" {metric}") };
    let condition = if condition.is_quiet() { String::new() } else { format!(", {condition}") };
    format!("{workload}{metric}, {}{condition}", counted(*workers, "worker"))
}

/// Writes a number with its noun, in the plural if it is not 1.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Writes a ratio.
pub fn times(ratio: f64) -> String {
    format!("{}×", number(ratio))
}

/// Writes a ratio with its interval.
pub fn bracketed(ratio: &Interval) -> String {
    format!("{} [{}, {}]", times(ratio.middle), number(ratio.low), number(ratio.high))
}

/// Writes a share in per cent, without digits behind the point.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// Writes alternatives, with "or" before the last.
pub fn either(names: &[String]) -> String {
    joined(names, "or")
}

/// Writes names, with "and" before the last.
pub fn both(names: &[String]) -> String {
    joined(names, "and")
}

fn joined(names: &[String], word: &str) -> String {
    match names {
        [before @ .., last] if !before.is_empty() => {
            format!("{} {word} {last}", before.join(", "))
        }
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_as_many_digits_as_matter() {
        let ratio = Interval { low: 0.944, middle: 1.0, high: 31.4, coverage: 0.96 };
        assert_eq!(bracketed(&ratio), "1.00× [0.94, 31]");
        assert_eq!(times(0.000_62), "0.0006×");
    }

    #[test]
    fn alternatives_have_an_or_before_the_last() {
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(either(&names), "a, b or c");
        assert_eq!(both(&names), "a, b and c");
        assert_eq!((either(&names[..1]), either(&[])), ("a".to_owned(), String::new()));
    }
}
