//! Socket activation: a program is started with a listening socket that is open already.

use super::server::command;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

/// Returns a program that gets the socket as service managers pass it: as descriptor 3, with two
/// environment variables.
pub(crate) fn with_socket(socket: &TcpListener, program: &[&str]) -> Command {
    const PASS_ON: &str = "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"";
    let mut command = command("sh");
    command.args(["-c", PASS_ON, "sh"]).args(program);
    command.stdin(Stdio::from(OwnedFd::from(socket.try_clone().unwrap())));
    command
}
