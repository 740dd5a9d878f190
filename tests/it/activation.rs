//! Socket activation: a socket that outlives its server, so that a restart loses nobody.

use crate::client::Response;
use crate::get;
use crate::server::{Server, command};
use nix::sys::signal::Signal::SIGTERM;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

/// The program, handed a listening socket as service managers do: as descriptor 3, by two variables.
fn activated(socket: &TcpListener) -> Command {
    const HAND_OVER: &str = "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\"";
    let mut command = command("sh");
    command.args(["-c", HAND_OVER, env!("CARGO_BIN_EXE_hello")]);
    command.stdin(Stdio::from(OwnedFd::from(socket.try_clone().unwrap())));
    command
}

#[test]
fn a_socket_that_is_handed_over_is_served() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::spawn(&mut activated(&socket));
    assert_eq!(server.addr(), socket.local_addr().unwrap());
    assert_eq!(server.ask(get("/")).status, 200);
}

#[test]
fn who_comes_between_two_servers_waits_for_the_second() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let first = Server::spawn(&mut activated(&socket));
    assert_eq!(first.ask(get("/")).status, 200);
    first.signal(SIGTERM);
    assert!(first.wait().0.success());

    let mut waiting = TcpStream::connect(socket.local_addr().unwrap()).unwrap();
    waiting.write_all(get("/between").as_bytes()).unwrap();
    let second = Server::spawn(&mut activated(&socket));
    assert_eq!(Response::read(waiting).status, 404);
    assert_eq!(second.ask(get("/")).status, 200);
}
