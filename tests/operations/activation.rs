//! Socket activation: the socket outlives the server, so a restart fails no request.

use crate::support::activation::with_socket;
use crate::support::client::{Response, get};
use crate::support::load_generator::{LoadGenerator, Mode};
use crate::support::server::Server;
use nix::sys::signal::Signal::SIGTERM;
use std::io::Write;
use std::net::{TcpListener, TcpStream};

/// Starts a server that gets the socket.
fn start(socket: &TcpListener) -> Server {
    Server::spawn(&mut with_socket(socket, &[env!("CARGO_BIN_EXE_hello")]))
}

#[test]
fn inherited_socket_is_served() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = start(&socket);
    assert_eq!(server.addr(), socket.local_addr().unwrap());
    assert_eq!(server.ask(get("/")).status, 200);
}

#[test]
fn client_between_two_servers_waits_for_the_second() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let first = start(&socket);
    assert_eq!(first.ask(get("/")).status, 200);
    first.signal(SIGTERM);
    assert!(first.wait().0.success());

    let mut waiting = TcpStream::connect(socket.local_addr().unwrap()).unwrap();
    waiting.write_all(get("/between").as_bytes()).unwrap();
    let second = start(&socket);
    assert_eq!(Response::read(waiting).status, 404);
    assert_eq!(second.ask(get("/")).status, 200);
}

#[test]
fn restarts_under_load_fail_no_request() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut server = start(&socket);
    let load = LoadGenerator::start(socket.local_addr().unwrap(), [Mode::NewConnection("/"); 8]);
    for _ in 0..5 {
        load.wait_for_answers(200);
        server.signal(SIGTERM);
        assert!(server.wait().0.success());
        server = start(&socket);
    }
    load.wait_for_answers(200);
    let (_, errors) = load.stop();
    assert!(errors.is_empty(), "{errors:?}");
    drop(server);
}
