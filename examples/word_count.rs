//! Counts words in texts with jobs that borrow the texts: map on the workers, reduce at the end.
//!
//! `cargo run --example word_count` counts this project's own documents;
//! `cargo run --example word_count -- FILE…` counts yours.

#![forbid(unsafe_code)]

use hello::current_worker;
use std::collections::HashMap;
use std::sync::Mutex;
use std::{env, fs, io};

const WORKERS: usize = 4;

type Counts<'a> = HashMap<&'a str, usize>;

fn main() -> io::Result<()> {
    let mut files: Vec<String> = env::args().skip(1).collect();
    if files.is_empty() {
        let root = env!("CARGO_MANIFEST_DIR");
        files = ["README.md", "ARCHITECTURE.md"].map(|name| format!("{root}/{name}")).into();
    }
    let texts = files.iter().map(fs::read_to_string).collect::<io::Result<Vec<_>>>()?;

    let counts = count(&texts);
    let mut words: Vec<_> = counts.iter().filter(|(word, _)| word.len() > 5).collect();
    words.sort_unstable_by_key(|&(word, count)| (std::cmp::Reverse(count), word));
    for (word, count) in words.iter().take(10) {
        println!("{count:5} {word}");
    }

    let total: usize = texts.iter().map(|text| split(text).count()).sum();
    assert_eq!(counts.values().sum::<usize>(), total);
    Ok(())
}

/// Counts the words of all texts. The words in the result are slices of the texts: not a letter is
/// copied, since the jobs of a scope may borrow.
fn count(texts: &[String]) -> Counts<'_> {
    // A map for each worker, so that no job waits for another's lock. A `Mutex` is still needed, as
    // the compiler cannot know that a worker runs one job at a time.
    let maps: [Mutex<Counts<'_>>; WORKERS] = Default::default();
    hello::scope(WORKERS, |scope| {
        for line in texts.iter().flat_map(|text| text.lines()) {
            let maps = &maps;
            scope.execute(move || {
                let worker = current_worker().expect("a job runs on a worker");
                let mut counts = maps[worker].lock().expect("counting does not panic");
                split(line).for_each(|word| *counts.entry(word).or_default() += 1);
            });
        }
    }); // Every job has run.

    let mut total = Counts::new();
    for counts in maps.into_iter().filter_map(|map| map.into_inner().ok()) {
        for (word, count) in counts {
            *total.entry(word).or_default() += count;
        }
    }
    total
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}
