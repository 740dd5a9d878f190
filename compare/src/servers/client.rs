//! The programs that load a server.

use std::io::{ErrorKind, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How much longer than its duration a run may take.
const GRACE: Duration = Duration::from_secs(20);

/// Returns whether a program is on the PATH.
///
/// # Errors
///
/// Fails if it is, but cannot be run.
pub fn is_installed(program: &str, flag: &str) -> Result<bool, String> {
    // Its exit code may not be 0; that it runs is enough.
    match Command::new(program).arg(flag).stdin(Stdio::null()).output() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(format!("cannot run `{program}`: {error}")),
    }
}

/// Returns the version of a program: the second word of what it prints.
pub fn version(program: &str, flag: &str) -> Option<String> {
    let output = Command::new(program).arg(flag).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).split_whitespace().nth(1)?.to_owned())
}

/// Runs a program that loads a server for a number of seconds, and returns what it prints.
///
/// # Errors
///
/// Fails if the program fails or does not end in time.
pub fn output(mut command: Command, seconds: u64) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot run `{name}`: {error}"))?;
    let deadline = Instant::now() + Duration::from_secs(seconds) + GRACE;
    let status = wait(&mut child, deadline).map_err(|error| format!("`{name}` {error}"))?;
    // Its output fits into the pipe, so it never waits for a reader.
    let mut text = String::new();
    if let (Some(mut stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) {
        let read = stdout.read_to_string(&mut text).and_then(|_| stderr.read_to_string(&mut text));
        read.map_err(|error| format!("cannot read the output of `{name}`: {error}"))?;
    }
    if status.success() {
        Ok(text)
    } else {
        Err(format!("`{name}` failed ({status}): {}", text.trim()))
    }
}

/// Waits for a program until a deadline, and then kills it.
fn wait(child: &mut Child, deadline: Instant) -> Result<ExitStatus, String> {
    let error = loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(20)),
            Ok(None) => break format!("did not end within {GRACE:?} after its duration"),
            Err(error) => break format!("cannot be waited for: {error}"),
        }
    };
    // It may have ended in between, which is no error.
    let _ = child.kill();
    let _ = child.wait();
    Err(error)
}
