//! Processes that do nothing but compute, so that samples have a busy machine.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio, exit};
use std::{hint, thread};

/// Names the busy process on the program's command line. It is not for people, so `--help` does not
/// list it.
pub const COMMAND: &str = "busy-loop";

/// Busy processes that end when this is dropped.
///
/// The standard input of each is a pipe that only this process can write to. However this process
/// ends, the system closes the pipe, and a busy process whose pipe is closed exits.
pub struct BusyProcesses(Vec<Child>);

impl BusyProcesses {
    /// Starts so many of them and returns when all are computing. `program` is this program.
    ///
    /// # Errors
    ///
    /// Fails if one does not start.
    pub fn start(program: &Path, number: usize) -> io::Result<Self> {
        // From the first on they are in what ends them when it is dropped, also by an error below.
        let mut processes = Self(Vec::new());
        for _ in 0..number {
            let mut command = Command::new(program);
            command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped());
            // In a process group of its own it does not meet a terminal's Ctrl-C, after which a
            // round may still end.
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
        // All pipes are closed before the first process is waited for, so that they end at the same
        // time.
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
