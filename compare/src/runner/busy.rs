//! Processes that only compute, for the condition busy.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio, exit};
use std::{hint, thread};

/// The argument of a busy process. `--help` does not list it.
pub const COMMAND: &str = "busy-loop";

/// Busy processes that end when this is dropped.
///
/// The standard input of each is a pipe that only this process can write to. However this process
/// ends, the system closes the pipe, and a busy process whose pipe is closed exits.
#[derive(Debug)]
pub struct BusyProcesses(Vec<Child>);

impl BusyProcesses {
    /// Starts a number of them and returns when all compute. `program` is this program.
    ///
    /// # Errors
    ///
    /// Fails if one does not start.
    pub fn start(program: &Path, number: usize) -> io::Result<Self> {
        // An error below drops `processes`, which ends those that have started.
        let mut processes = Self(Vec::new());
        for _ in 0..number {
            let mut command = Command::new(program);
            command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped());
            // In its own process group it does not receive a terminal's Ctrl-C, so that it lasts
            // until the end of the round.
            #[cfg(unix)]
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
            processes.0.push(command.spawn()?);
        }
        for process in &mut processes.0 {
            let started =
                BufReader::new(process.stdout.take().expect("it was piped")).lines().next();
            started.unwrap_or_else(|| Err(io::Error::other("a busy process ended at once")))?;
        }
        Ok(processes)
    }

    /// Returns their process ids.
    pub fn ids(&self) -> Vec<u32> {
        self.0.iter().map(Child::id).collect()
    }
}

impl Drop for BusyProcesses {
    fn drop(&mut self) {
        // Closes all pipes first, so that the processes end at the same time.
        self.0.iter_mut().for_each(|process| drop(process.stdin.take()));
        for process in &mut self.0 {
            let _ = process.wait();
        }
    }
}

/// Computes until standard input ends, and then exits.
pub fn run() -> ! {
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        exit(0);
    });
    let _ = writeln!(io::stdout(), "busy");
    loop {
        hint::black_box(());
    }
}
