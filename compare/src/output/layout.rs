//! Lines for a terminal of eighty columns.

use crate::analysis::stats::Interval;
use crate::data::number;

/// The width of a line.
pub(super) const WIDTH: usize = 80;

/// Colours, for those who see them: each says what a mark or a heading says as well.
#[derive(Clone, Copy, Debug)]
pub(super) enum Paint {
    Bold,
    Best,
    Green,
    Red,
    Dim,
}

impl Paint {
    /// Paints a text if there are colours.
    pub(super) fn on(self, text: &str, colour: bool) -> String {
        let code = match self {
            Self::Bold => "1",
            Self::Best => "1;32",
            Self::Green => "32",
            Self::Red => "31",
            Self::Dim => "2",
        };
        if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Breaks a paragraph into lines with the indent of the first.
pub(super) fn wrapped(paragraph: &str) -> String {
    labelled("", paragraph, paragraph.len() - paragraph.trim_start().len())
}

/// Breaks a paragraph into lines that begin at a column; before the first there is a label.
pub(crate) fn labelled(label: &str, paragraph: &str, column: usize) -> String {
    let gap = usize::from(!label.is_empty() && width(label) >= column);
    let mut lines = vec![format!("{label:column$}{:gap$}", "")];
    let mut is_empty = true;
    for piece in pieces(paragraph) {
        let line = lines.last_mut().expect("there is one");
        if !is_empty && width(line) + 1 + width(&piece) > WIDTH {
            lines.push(format!("{:column$}{piece}", ""));
        } else {
            line.push_str(if is_empty { "" } else { " " });
            line.push_str(&piece);
        }
        is_empty = false;
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Splits a paragraph where a line may end: not before a unit, nor inside or before an interval.
fn pieces(paragraph: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in paragraph.split_whitespace() {
        let unit = word.trim_end_matches(['.', ',', ';', ':', ')']);
        let is_unit = ["%", "ns", "µs", "ms", "s", "B"].contains(&unit);
        let is_open = |piece: &String| piece.contains('[') && !piece.contains(']');
        match pieces.last_mut().filter(|last| is_unit || word.starts_with('[') || is_open(last)) {
            Some(last) => *last += &format!(" {word}"),
            None => pieces.push(word.to_owned()),
        }
    }
    pieces
}

/// Returns the number of columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Writes rows in columns, each as wide as its widest cell. The first columns are aligned left, all
/// others right. `paint` gets each padded cell with the indices of its row and column.
///
/// Rows that would be too wide get narrower gaps, and then a narrower first column.
pub(super) fn columns(
    left: usize,
    rows: &[Vec<String>],
    paint: impl Fn(usize, usize, String) -> String,
) -> String {
    let number = rows.iter().map(Vec::len).max().unwrap_or_default();
    let cells_of = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let mut widths: Vec<_> =
        (0..number).map(|one| cells_of(one).map(|cell| width(cell)).max().unwrap_or(0)).collect();
    let (cells, gaps) = (widths.iter().sum::<usize>(), number.saturating_sub(1));
    let gap = if cells + 2 * gaps <= WIDTH { 2 } else { 1 };
    if let Some(first) = widths.first_mut() {
        *first = first.saturating_sub((cells + gap * gaps).saturating_sub(WIDTH));
    }
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let padded = row.iter().zip(&widths).enumerate().map(|(column, (cell, &wide))| {
            let cell = if column == 0 { clipped(cell, wide) } else { cell.clone() };
            let is_last = column + 1 == row.len();
            let cell = match column < left {
                true if is_last => cell,
                true => format!("{cell:wide$}"),
                false => format!("{cell:>wide$}"),
            };
            paint(index, column, cell)
        });
        text += padded.collect::<Vec<_>>().join(&" ".repeat(gap)).trim_end();
        text.push('\n');
    }
    text
}

/// Paints nothing.
pub(super) fn plain(_row: usize, _column: usize, cell: String) -> String {
    cell
}

/// Shortens a text that is wider than a number of columns.
pub(super) fn clipped(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    text.chars().take(columns.saturating_sub(1)).chain(['…']).collect()
}

/// Writes a ratio with its interval, so that ratios below each other are aligned.
pub(super) fn aligned(ratio: &Interval) -> String {
    let [low, middle, high] = [ratio.low, ratio.middle, ratio.high].map(number);
    format!("{middle:>4}× [{low}, {high}]")
}

/// Writes half the width of an interval relative to its middle; nothing if that is zero.
///
/// A single value has no interval.
pub(super) fn plus_minus(interval: &Interval) -> String {
    if interval.middle == 0.0 {
        return String::new();
    }
    let half = (interval.high - interval.low) / 2.0 / interval.middle;
    match 100.0 * half {
        _ if interval.coverage == 0.0 => "±?".to_owned(),
        small if 0.0 < small && small < 0.95 => format!("±{:.1}%", small.max(0.1)),
        large if large >= 999.5 => format!("±{half:.0}×"),
        other => format!("±{other:.0}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(low: f64, middle: f64, high: f64) -> Interval {
        Interval { low, middle, high, coverage: 0.96 }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let text = wrapped(&format!("  {}", "twelve chars ".repeat(40)));
        assert!(text.lines().all(|line| width(line) <= WIDTH && line.starts_with("  t")), "{text}");
        assert!(text.lines().count() < 9, "{text}");
    }

    #[test]
    fn units_and_intervals_stay_on_their_line() {
        for last in ["12.5 %.", "1.00 µs,", "0.51× [0.44, 0.63]"] {
            for indent in 50..WIDTH {
                let text = wrapped(&format!("{} {last}", "x".repeat(indent)));
                assert!(text.lines().any(|line| line.ends_with(last)), "{text}");
            }
        }
    }

    #[test]
    fn label_is_beside_the_first_line() {
        let text = labelled("  ab", &"word ".repeat(30), 9);
        assert!(text.starts_with("  ab     word"), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("         word")), "{text}");
        assert_eq!(labelled("long-name", "word", 4), "long-name word\n");
    }

    #[test]
    fn half_widths_are_relative_to_the_middle() {
        assert_eq!(plus_minus(&of(0.9, 1.0, 1.2)), "±15%");
        assert_eq!(plus_minus(&of(1.99, 2.0, 2.01)), "±0.5%");
        assert_eq!(plus_minus(&of(2.0, 2.0, 2.0)), "±0%");
        assert_eq!(plus_minus(&of(1.0, 1.0, 31.0)), "±15×");
        assert_eq!(plus_minus(&Interval { coverage: 0.0, ..of(1.0, 1.0, 1.0) }), "±?");
    }

    fn rows<const N: usize>(rows: &[[&str; N]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect()
    }

    #[test]
    fn columns_are_aligned() {
        let text = columns(2, &rows(&[["a", "b", "1"], ["long", "c", "12"]]), plain);
        assert_eq!(text, "a     b   1\nlong  c  12\n");
    }

    #[test]
    fn columns_fit_the_terminal() {
        for long in [55, 57, 90] {
            let (name, other) = ("a".repeat(long), "b".repeat(20));
            let text = columns(1, &rows(&[[&name, &other, "1"]]), plain);
            let line = text.trim_end();
            assert_eq!(width(line), WIDTH, "{line}");
            assert_eq!(line.contains('…'), long == 90, "{line}");
        }
    }

    #[test]
    fn wide_texts_are_shortened() {
        assert_eq!(clipped("rusty-pool", 10), "rusty-pool");
        assert_eq!(clipped("thread-per-job", 10), "thread-pe…");
    }
}
