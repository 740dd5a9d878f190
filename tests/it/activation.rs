//! Socket activation: a socket that outlives its server, so that a restart loses nobody.

use crate::client::Response;
use crate::get;
use crate::server::{Server, command};
use crate::visitors::{Manner, Visitors};
use nix::sys::signal::Signal::SIGTERM;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

/// The program, handed a listening socket as service managers do: as descriptor 3, by two
/// variables.
fn activated(socket: &TcpListener) -> Command {
    handed_over(socket, &[env!("CARGO_BIN_EXE_hello")])
}

/// Any program, likewise.
pub(crate) fn handed_over(socket: &TcpListener, program: &[&str]) -> Command {
    const HAND_OVER: &str = "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"";
    let mut command = command("sh");
    command.args(["-c", HAND_OVER, "sh"]).args(program);
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

#[test]
fn restarts_under_load_cost_no_request() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut server = Server::spawn(&mut activated(&socket));
    let visitors = Visitors::start(socket.local_addr().unwrap(), [Manner::Once("/"); 8]);
    for _ in 0..5 {
        visitors.see_answered(200);
        server.signal(SIGTERM);
        assert!(server.wait().0.success());
        server = Server::spawn(&mut activated(&socket));
    }
    visitors.see_answered(200);
    let (_, failed) = visitors.leave();
    assert!(failed.is_empty(), "{failed:?}");
    drop(server);
}
