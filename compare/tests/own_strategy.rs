//! The example with a strategy of its own, run as the whole program.

use std::process::{Command, Output};

/// Runs the example by cargo, which builds it if a filter of tests has left it out.
fn own_strategy(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", "compare", "--example", "own_strategy", "--"]);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(words).output().expect("cargo runs")
}

#[test]
fn own_strategy_is_listed_among_the_others() {
    let output = own_strategy(&["--list"]);
    let list = String::from_utf8_lossy(&output.stdout);
    for name in ["stack", "condvar", "rayon"] {
        assert!(list.contains(&format!("\n  {name} ")), "{output:?}");
    }
}

/// Its samples are taken in subprocesses, which must know it, too.
#[test]
fn own_strategy_is_measured_beside_the_others() {
    let words = ["--quick", "--full", "--rounds", "1", "--strategies", "stack", "--workers", "1"];
    let output = own_strategy(
        &[&words[..], &["--workloads", "drop", "--conditions", "quiet,busy"]].concat(),
    );
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let parts: Vec<_> = text.split("Condition ").skip(1).collect();
    assert_eq!(parts.len(), 2, "{text}");
    assert!(parts.iter().all(|part| part.contains("\nstack ")), "{text}");
}
