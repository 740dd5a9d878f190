//! The log: one access line a response, in which control characters are escaped. No state of
//! stderr disturbs the server.

use crate::support::client::get;
use crate::support::server::{Server, program};
use crate::support::wait::TIMEOUT;
use std::net::Ipv4Addr;

/// Returns the access line of the only response whose request line contains `mark`, from the
/// address on.
fn access_line(server: &Server, mark: &str) -> String {
    let log = server.wait_for_log(mark);
    let line = log.lines().find(|line| line.contains(mark)).unwrap();
    let (_, line) = line.split_at(line.find("127.0.0.1").expect("an access line names the client"));
    line.to_owned()
}

/// Returns the line without its time and its duration, which must have the format of these.
fn without_times(line: &str) -> String {
    let (before, rest) = line.split_once('[').unwrap();
    let (time, after) = rest.split_once(']').unwrap();
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let month = &time[3..6];
    assert_eq!(shape.replace(month, "Mon"), "00/Mon/0000:00:00:00 +0000", "{time}");
    assert!("JanFebMarAprMayJunJulAugSepOctNovDec".contains(month), "{time}");
    let (after, duration) = after.rsplit_once(' ').unwrap();
    let seconds: f64 = duration.parse().expect("the line ends with a duration");
    assert!((0.0..TIMEOUT.as_secs_f64()).contains(&seconds), "{duration}");
    format!("{before}[]{after}")
}

#[test]
fn each_response_is_one_combined_log_line() {
    let server = Server::start(&[]);
    let fields = "Host: a\r\nConnection: close\r\nReferer: http://a/\r\nUser-Agent: tester/1.0";
    let length = server.ask(format!("GET /one?q HTTP/1.1\r\n{fields}\r\n\r\n")).body.len();
    server.ask(format!("HEAD /two HTTP/1.0\r\n{fields}\r\n\r\n"));
    let error_length =
        server.ask("POST /three HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").body.len();
    let quoted = "\"http://a/\" \"tester/1.0\"";
    let line = |mark| without_times(&access_line(&server, mark));
    assert_eq!(
        line("/one"),
        format!("{} - - [] \"GET /one?q HTTP/1.1\" 404 {length} {quoted}", Ipv4Addr::LOCALHOST)
    );
    assert_eq!(
        line("/two"),
        format!("{} - - [] \"HEAD /two HTTP/1.0\" 404 0 {quoted}", Ipv4Addr::LOCALHOST)
    );
    assert_eq!(
        line("/three"),
        format!(
            "{} - - [] \"POST /three HTTP/1.1\" 405 {error_length} \"-\" \"-\"",
            Ipv4Addr::LOCALHOST
        )
    );
}

#[test]
fn client_bytes_are_escaped_in_the_log() {
    let server = Server::start(&[]);
    server.ask(b"GET /hostile HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: \"\\ \t\xc2\x9b31m\xff\r\nReferer: \" 200\r\n\r\n");
    let line = access_line(&server, "/hostile");
    assert!(line.contains(r#" "\" 200" "\"\\ \x09\xc2\x9b31m\xff" 0."#), "{line}");

    server.ask(b"GET /forged\x1b[2J\x07\r127.0.0.1 HTTP/1.1\r\n\r\n");
    let line = access_line(&server, "/forged");
    assert!(line.contains(r#""GET /forged\x1b[2J\x07\x0d127.0.0.1 HTTP/1.1" 400 "#), "{line}");

    let harmless = |c: char| c == '\n' || (' '..='~').contains(&c);
    assert!(server.log().chars().all(harmless), "{:?}", server.log());
}

#[test]
fn log_level_decides_what_is_logged() {
    let server = Server::start(&[]);
    server.ask(get("/first"));
    let log = server.wait_for_log("/first");
    assert!(!log.contains("got a job"), "the pool's lines are at debug:\n{log}");
    let server = Server::spawn(
        program().args(["--addr", "127.0.0.1:0"]).env("RUST_LOG", "info,hello::pool=debug"),
    );
    server.ask(get("/second"));
    assert!(server.wait_for_log("/second").contains("got a job"));
}

#[test]
fn access_line_contains_the_duration() {
    let server = Server::start(&["--sleep-seconds", "0.2"]);
    server.ask(get("/sleep"));
    let line = access_line(&server, "/sleep");
    let (_, duration) = line.rsplit_once(' ').unwrap();
    assert!(duration.parse::<f64>().unwrap() >= 0.2, "{line}");
}

#[cfg(unix)]
fn ends_on_sigterm(server: Server) {
    server.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
#[cfg(unix)]
fn server_outlives_the_reader_of_its_log() {
    let mut server = Server::start(&["--workers", "1", "--log", "debug"]);
    drop(server.stop_reading_log());
    for _ in 0..5 {
        server.ask(get("/")).check_last(200);
    }
    ends_on_sigterm(server);
}

#[test]
#[cfg(unix)]
fn unread_log_does_not_stop_the_server() {
    for level in ["info", "debug"] {
        let mut server = Server::start(&["--workers", "1", "--log", level]);
        let _unread = server.fill_log();
        server.ask(get("/")).check_last(200);
        ends_on_sigterm(server);
    }
}

#[cfg(target_os = "linux")]
mod stderr {
    use crate::support::activation::with_socket;
    use crate::support::client::Client;
    use crate::support::server::{Server, program};
    use crate::support::wait::wait_for;
    use std::io::Write;
    use std::net::TcpListener;
    use std::thread;

    #[test]
    fn closed_or_full_stderr_stops_nothing() {
        for redirection in ["2>&-", "2>/dev/full"] {
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            let script = format!("exec \"$0\" {redirection}");
            let program = program();
            let program = program.get_program().to_str().unwrap();
            let mut child = with_socket(&socket, &["sh", "-c", &script, program]).spawn().unwrap();
            let mut client = Client::new(Server::connect_to(socket.local_addr().unwrap()));
            for _ in 0..5 {
                assert_eq!(client.get("/").status, 200, "{redirection}");
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    #[test]
    fn error_ends_the_program_though_stderr_is_full() {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut filler = writer.try_clone().unwrap();
        // The end of the program, which waits for the log for a second at most, must not wait for this.
        thread::spawn(move || while filler.write_all(&[b'x'; 4096]).is_ok() {});
        let mut command = program();
        let mut child = command.args(["--addr", "203.0.113.1:1"]).stderr(writer).spawn().unwrap();
        let status = wait_for("ending", || child.try_wait().unwrap().ok_or("it runs"));
        assert_eq!(status.code(), Some(1));
        drop(reader);
    }
}
