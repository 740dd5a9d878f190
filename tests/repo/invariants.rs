//! The invariants I1 to I8: defined in one wording, and cited where they matter.

use crate::files::{files, read, words};

/// Returns the definitions of the invariants in a file, each on one line.
fn invariants(path: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut is_inside = false;
    for line in read(path).lines().map(|line| line.trim_start_matches("//! ")) {
        if line.starts_with("- **I") {
            found.push(line.to_owned());
            is_inside = true;
        } else if is_inside && line.starts_with("  ") {
            let last = found.last_mut().expect("a definition has begun");
            *last = format!("{last} {}", line.trim_start());
        } else {
            is_inside = false;
        }
    }
    found
}

#[test]
fn every_invariant_is_defined_once_and_cited() {
    let defined = invariants("src/pool.rs");
    assert_eq!(
        invariants("ARCHITECTURE.md"),
        defined,
        "ARCHITECTURE.md and src/pool.rs define the same invariants"
    );
    assert_eq!(defined.len(), 8, "I1 to I8");
    let mut cited = [const { Vec::new() }; 2];
    for path in files(".rs") {
        let part = usize::from(path.starts_with("tests/"));
        let text = read(&path);
        let text = text.lines().filter(|line| !line.contains("- **I"));
        cited[part].extend(text.flat_map(words).map(str::to_owned).collect::<Vec<_>>());
    }
    for (number, definition) in (1..).zip(&defined) {
        assert!(definition.starts_with(&format!("- **I{number}** ")), "out of order: {definition}");
        let [code, tests] = &cited;
        let (name, suffix) = (format!("I{number}"), format!("_i{number}"));
        assert!(code.contains(&name), "no code cites {name}");
        assert!(
            tests.iter().any(|word| *word == name || word.ends_with(&suffix)),
            "no test cites {name}"
        );
    }
}
