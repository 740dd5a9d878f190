//! The files that are made from the command line's definition: shell completions and the manual
//! page.

use super::args::{Args, EXAMPLES};
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use std::io::{self, Write};
use std::process;

/// Prints the completions for a shell, and exits.
pub(super) fn print_completions(shell: Shell) -> ! {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), env!("CARGO_BIN_NAME"), &mut script);
    print(&script)
}

/// Prints the manual page, and exits.
///
/// The examples are a table, whose lines the page would fill, so they get a section of their own.
pub(super) fn print_manual() -> ! {
    let command = Args::command().after_help(None::<&str>);
    let mut page = Vec::new();
    Man::new(command).render(&mut page).expect("a vector takes all that is written to it");
    let examples = EXAMPLES.trim_start_matches("Examples:\n").replace('-', "\\-");
    page.extend_from_slice(format!(".SH EXAMPLES\n.nf\n{examples}\n.fi\n").as_bytes());
    print(&page)
}

fn print(file: &[u8]) -> ! {
    let mut stdout = io::stdout();
    match stdout.write_all(file).and_then(|()| stdout.flush()) {
        Ok(()) => process::exit(0),
        Err(error) => {
            eprintln!("hello: {error}");
            process::exit(1)
        }
    }
}
