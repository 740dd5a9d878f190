//! What a person sees while a run goes on: a line on stderr, or nothing if that is no terminal.

use crate::run::Step;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// The line.
pub struct Progress(ProgressBar);

impl Progress {
    /// Draws nothing yet. `rounds` are those that were asked for.
    pub fn start() -> Self {
        // A bar without a length draws on stderr, and only if that is a terminal.
        let style = ProgressStyle::with_template("{bar:24} {msg}").expect("the template is valid");
        Self(ProgressBar::new(1).with_style(style))
    }

    /// Shows how far the run is.
    pub fn show(&self, step: &Step<'_>, rounds: usize) {
        self.0.set_length(step.all as u64);
        self.0.set_position(step.done as u64);
        let when = match step.left {
            None => "warming up".to_owned(),
            Some(left) => format!("round {} of {rounds}, {} left", step.round, spoken(left)),
        };
        let condition =
            if step.condition.is_quiet() { String::new() } else { format!(", {}", step.condition) };
        self.0.set_message(format!("{when}: {}, {}{condition}", step.workload, step.contender));
    }

    /// Clears the line.
    pub fn finish(self) {
        self.0.finish_and_clear();
    }
}

/// A duration as somebody who waits wants to hear it.
fn spoken(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds < 90 => format!("{seconds} s"),
        seconds => format!("{} min", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_said_in_seconds_and_then_in_minutes() {
        assert_eq!(spoken(Duration::from_millis(8_900)), "8 s");
        assert_eq!(spoken(Duration::from_secs(119)), "2 min");
    }
}
