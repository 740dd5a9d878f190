//! The words of the field instead of private ones, so that a name that is found here can be looked
//! up in the literature.

use crate::files::{files, root};
use std::fs;

/// Words and phrases that must not occur, also in the plural and as a part of a name, and what to
/// write instead.
const WORDS: &[(&str, &str)] = &[
    // The queue.
    ("lookout", "searching worker"),
    ("patience", "spin budget"),
    ("glance", "spin"),
    ("overdue", "timed out"),
    ("storm", "thundering herd"),
    ("rung", "ablation"),
    ("throng", "lock convoy"),
    ("swift", "backoff"),
    ("step aside", "back off"),
    ("stepping aside", "backoff"),
    ("courtesy", "yield"),
    ("give way", "yield"),
    ("giving way", "yield"),
    ("restraint", "cooldown"),
    ("wary", "cooldown"),
    // The server.
    ("attendant", "reactor thread"),
    ("rouse", "wake"),
    ("look away", "deregister"),
    ("farewell", "lingering close"),
    ("see off", "linger"),
    ("saw off", "linger"),
    ("seen off", "linger"),
    ("leave word", "respond on drop"),
    ("left word", "respond on drop"),
    ("heir", "successor"),
    ("inbox", "read buffer"),
    ("tally", "histogram"),
    ("desk", "routes"),
    ("visitor", "client"),
    ("door", "listener"),
    ("doorbell", "wake socket"),
    ("bell", "wake socket"),
    ("fulfil", "complete"),
    // The comparison.
    ("contender", "strategy"),
    ("contestant", "pool"),
    ("entrant", "server"),
    ("crowd", "oversubscribed"),
    ("trip looking", "round-trip-spin"),
    ("trip asleep", "round-trip-park"),
    // Sentences.
    ("whoever", "the thread, client or connection that"),
    ("in its stead", "in place of it"),
];

/// Names that must not occur in code, though some are English words, and their replacements.
const NAMES: &[(&str, &str)] = &[
    ("OwnLine", "CachePadded"),
    ("Apart", "CachePadded"),
    ("Unwelcome", "Rejected"),
    ("KeepAliveSaid", "ExplicitKeepAlive"),
    ("Refusal", "ErrorResponse"),
    ("SWEEP", "EXPIRY_INTERVAL"),
    ("GATHER", "FLUSH_INTERVAL"),
];

/// What may contain any word: a list of what was renamed, the text of others, and the lists above.
const EXEMPT: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "LICENSE-",
    "compare/results/first-design.sh",
    "tests/repo/vocabulary.rs",
];

/// Returns the words of a text in lower case, each with the number of its line. A name such as
/// `wake_parked` or `JobQueue` is two words.
fn spelled_out(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for name in line.split(|c: char| !c.is_alphanumeric()) {
            let mut word = String::new();
            for c in name.chars() {
                if c.is_uppercase() && word.ends_with(char::is_lowercase) {
                    found.push((number, std::mem::take(&mut word)));
                }
                word.push(c);
            }
            found.push((number, word));
        }
    }
    found.retain(|(_, word)| !word.is_empty());
    found.iter_mut().for_each(|(_, word)| word.make_ascii_lowercase());
    found
}

/// Returns where a phrase occurs among the words of a text, also in the plural.
fn lines_with(phrase: &str, text: &[(usize, String)]) -> Vec<usize> {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    let is_same = |(_, word): &(usize, String), wanted: &str| {
        word == wanted || word.strip_suffix('s') == Some(wanted)
    };
    let windows = text.windows(phrase.len());
    let found = windows.filter(|words| words.iter().zip(&phrase).all(|(a, b)| is_same(a, b)));
    found.map(|words| words[0].0).collect()
}

#[test]
fn words_are_those_of_the_field() {
    let mut found = Vec::new();
    let is_exempt = |path: &String| EXEMPT.iter().any(|exempt| path.starts_with(exempt));
    for path in files("").into_iter().filter(|path| !is_exempt(path)) {
        // Pictures, and requests that are no text, have no words.
        let Ok(text) = String::from_utf8(fs::read(root().join(&path)).unwrap()) else { continue };
        let words = spelled_out(&text);
        for (phrase, replacement) in WORDS {
            for line in lines_with(phrase, &words) {
                found.push(format!("{path}:{line}: {phrase}: write {replacement}"));
            }
        }
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for (name, replacement) in NAMES.iter().filter(|_| path.ends_with(".rs")) {
            if code.clone().flat_map(crate::files::words).any(|word| word == *name) {
                found.push(format!("{path}: {name}: write {replacement}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
