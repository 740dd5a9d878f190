//! The registry of servers: how each is started, checked and stopped.

use super::peers::PEERS;
use super::process::{Usage, usage};
use super::{PAGE, nginx};
use crate::data::{CONTROL, Group, Mode};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, io, thread};

/// Time limit for the start and the end of a server.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Number of attempts to start a server, as another process may take the port that was free.
const STARTS: usize = 3;

/// The queue strategies of `hello`, its default first.
const STRATEGIES: &[&str] = &["condvar", "textbook", "std-condvar", "mpsc", "while-let"];

/// A server.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Its name in tables and on the command line.
    pub name: String,
    /// Its mechanism, in one line.
    pub mechanism: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// Our server: the program, and the strategy of its queue.
    Hello(PathBuf, &'static str),
    /// A peer in this program, and the modes it supports.
    Peer { modes: &'static [Mode] },
    /// nginx.
    Nginx,
}

/// Returns all servers, installed or not.
fn all() -> Result<Vec<Server>, String> {
    let hello = env::current_exe()
        .map_err(|error| format!("cannot tell where this program is: {error}"))?;
    let hello = hello.with_file_name(format!("hello{}", env::consts::EXE_SUFFIX));
    let ours = STRATEGIES.iter().enumerate().map(|(index, strategy)| Server {
        name: if index == 0 { "hello".to_owned() } else { format!("hello-{strategy}") },
        mechanism: format!("ours, on the {strategy} queue"),
        kind: Kind::Hello(hello.clone(), strategy),
    });
    let peers = PEERS.iter().map(|peer| Server {
        name: peer.name.to_owned(),
        mechanism: peer.mechanism.to_owned(),
        kind: Kind::Peer { modes: peer.modes },
    });
    let nginx = Server {
        name: "nginx".to_owned(),
        mechanism: "an event loop for each worker process".to_owned(),
        kind: Kind::Nginx,
    };
    Ok(ours.chain([nginx]).chain(peers).collect())
}

/// Returns the named servers, or those that take part by default, and the other builds of `hello`.
///
/// # Errors
///
/// Fails if a name is unknown or taken twice, a program is missing, or the baseline is not among
/// them.
pub fn chosen(
    names: &[String],
    other_hellos: &[Server],
    baseline: &str,
) -> Result<Vec<Server>, String> {
    let all = all()?;
    let mut chosen = Vec::new();
    for name in names {
        let found = all.iter().find(|one| one.name == *name);
        chosen.push(found.cloned().ok_or_else(|| {
            let known: Vec<_> = all.iter().map(|one| one.name.as_str()).collect();
            format!("no server is called `{name}`; there are {}", known.join(", "))
        })?);
    }
    if names.is_empty() {
        chosen = all.into_iter().filter(Server::is_default).collect();
    }
    chosen.extend_from_slice(other_hellos);
    if chosen.iter().any(|one| one.kind == Kind::Nginx) && !nginx::is_installed() {
        eprintln!("compare: nginx is not installed, so it is left out");
        chosen.retain(|one| one.kind != Kind::Nginx);
    }
    for (index, one) in chosen.iter().enumerate() {
        if chosen[..index].iter().any(|other| other.name == one.name) {
            return Err(format!("two servers are called `{}`", one.name));
        }
        if one.name == CONTROL {
            return Err(format!("`{CONTROL}` is the name of the baseline's second measurement"));
        }
        if let Kind::Hello(file, _) = &one.kind
            && !file.is_file()
        {
            return Err(format!(
                "{} does not exist; build it with `cargo build --release`",
                file.display()
            ));
        }
    }
    if chosen.iter().all(|one| one.name != baseline) {
        return Err(format!("the baseline `{baseline}` is not among the servers"));
    }
    Ok(chosen)
}

/// Parses `NAME=PATH`, another build of our server.
///
/// # Errors
///
/// Fails if a part is empty or the `=` is missing.
pub fn another_hello(text: &str) -> Result<Server, String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok(Server {
            name: name.to_owned(),
            mechanism: format!("ours, from {path}"),
            kind: Kind::Hello(Path::new(path).to_owned(), STRATEGIES[0]),
        }),
        _ => Err("expected a name, `=` and the path of a `hello`".to_owned()),
    }
}

impl Server {
    /// Returns its group: our server by default, our server with another queue or of another build,
    /// or a peer.
    pub fn group(&self) -> Group {
        match self.kind {
            Kind::Hello(..) if self.name == "hello" => Group::Ours,
            Kind::Hello(..) => Group::Study,
            Kind::Peer { .. } | Kind::Nginx => Group::Peer,
        }
    }

    /// Returns whether it takes part if no server is named. Our server with another queue differs
    /// little, which `compare` measures better, and rouille is tiny_http with a pool.
    fn is_default(&self) -> bool {
        self.group() != Group::Study && self.name != "rouille"
    }

    /// Returns whether it supports a mode.
    pub fn can(&self, mode: Mode) -> bool {
        match self.kind {
            Kind::Peer { modes } => modes.contains(&mode),
            Kind::Hello(..) | Kind::Nginx => true,
        }
    }

    /// Starts it on a free loopback port and waits until it accepts connections.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be started, ends at once, or accepts no connection.
    pub fn start(&self) -> Result<Running, String> {
        let mut problem = String::new();
        for _ in 0..STARTS {
            match self.try_start() {
                Ok(running) => return Ok(running),
                Err(error) => problem = error,
            }
        }
        Err(format!("{}: {problem}", self.name))
    }

    fn try_start(&self) -> Result<Running, String> {
        let address = free_address().map_err(|error| format!("no port is free: {error}"))?;
        let mut running =
            self.spawn(address).map_err(|error| format!("cannot be started: {error}"))?;
        let deadline = Instant::now() + TIMEOUT;
        while TcpStream::connect(address).is_err() {
            if let Ok(Some(status)) = running.child.try_wait() {
                return Err(format!("ended before it accepted a connection ({status})"));
            }
            if Instant::now() > deadline {
                return Err(format!("accepted no connection within {TIMEOUT:?}"));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(running)
    }

    fn spawn(&self, address: SocketAddr) -> io::Result<Running> {
        let mut command = match &self.kind {
            Kind::Nginx => {
                let (child, home) = nginx::start(address, num_cpus())?;
                return Ok(Running { address, child, nginx: Some(home) });
            }
            Kind::Hello(file, strategy) => {
                let mut command = Command::new(file);
                // As many requests on a connection as the other servers allow.
                command.args(["--queue", strategy, "--log", "warn", "--requests", "1000000000"]);
                command.arg("--addr").arg(address.to_string()).stdin(Stdio::null());
                // As a variable, which builds without a status page ignore.
                command.env("HELLO_STATUS", "off");
                command
            }
            Kind::Peer { .. } => {
                let mut command = Command::new(env::current_exe()?);
                // A peer ends when its stdin is closed, so it never outlives this process.
                command.args(["serve", &self.name, &address.to_string()]).stdin(Stdio::piped());
                command
            }
        };
        // Stdout is for the result; stderr stays visible.
        let child = command.stdout(Stdio::null()).spawn()?;
        Ok(Running { address, child, nginx: None })
    }
}

fn num_cpus() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Returns a free loopback address. Another process may take it before the server does, but systems
/// seldom assign the same port twice in a row.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// A running server; ends when dropped.
#[derive(Debug)]
pub struct Running {
    /// The address it listens on.
    pub address: SocketAddr,
    child: Child,
    nginx: Option<nginx::Home>,
}

impl Running {
    /// Returns its CPU time and memory.
    ///
    /// # Errors
    ///
    /// Fails if it has ended.
    pub fn usage(&self) -> Result<Usage, String> {
        usage(self.child.id())
    }

    /// Requests the page as the load will: once, or twice on one connection.
    ///
    /// # Errors
    ///
    /// Fails if an answer is wrong, or if the connection stays open but should not.
    pub fn check(&self, mode: Mode) -> Result<(), String> {
        check(self.address, mode)
    }

    /// Requests the page for a while, so that the server has started its threads and touched its
    /// memory.
    ///
    /// # Errors
    ///
    /// Fails as [`check`](Self::check) does.
    pub fn warm_up(&self, mode: Mode) -> Result<(), String> {
        let deadline = Instant::now() + WARM_UP;
        while Instant::now() < deadline {
            self.check(mode)?;
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(home) = &self.nginx {
            home.stop();
            let deadline = Instant::now() + TIMEOUT;
            while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
                thread::sleep(Duration::from_millis(5));
            }
        }
        // Without effect if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long a server is requested before a sample.
pub const WARM_UP: Duration = Duration::from_millis(100);

/// Time limit for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

fn check(address: SocketAddr, mode: Mode) -> Result<(), String> {
    let connection = TcpStream::connect(address)
        .map_err(|error| format!("does not accept a connection: {error}"))?;
    let timeouts = connection
        .set_read_timeout(Some(ANSWER_TIMEOUT))
        .and_then(|()| connection.set_write_timeout(Some(ANSWER_TIMEOUT)));
    timeouts.map_err(|error| error.to_string())?;
    let mut from_server = BufReader::new(&connection);
    let (times, field) = match mode {
        Mode::Close => (1, "Connection: close\r\n"),
        Mode::KeepAlive => (2, ""),
    };
    for time in 1..=times {
        let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\n{field}\r\n");
        (&connection)
            .write_all(request.as_bytes())
            .map_err(|error| format!("does not accept a request: {error}"))?;
        answer(&mut from_server)
            .map_err(|error| format!("answers request {time} of {times} wrongly: {error}"))?;
    }
    if mode == Mode::Close && !has_ended(&mut from_server) {
        return Err("leaves a connection open that the request closes".to_owned());
    }
    Ok(())
}

/// Returns whether the server closes or resets the connection without a further byte.
fn has_ended(from_server: &mut impl BufRead) -> bool {
    match from_server.fill_buf() {
        Ok(rest) => rest.is_empty(),
        Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
    }
}

/// Reads a response and checks its status, its type, and every byte of the page.
fn answer(from_server: &mut impl BufRead) -> Result<(), String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        match from_server.read_line(&mut head) {
            Ok(0) => return Err(format!("it ends within its head: {head:?}")),
            Ok(_) => {}
            Err(error) => return Err(format!("its head does not arrive: {error}")),
        }
    }
    let mut lines = head.lines();
    if !lines.next().is_some_and(|line| line.starts_with("HTTP/1.1 200 ")) {
        return Err(format!("not a 200: {head:?}"));
    }
    let field = |wanted: &str| {
        let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    if !field("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        return Err(format!("its Content-Type is not HTML: {head:?}"));
    }
    // Our own server fills in the addresses in the second half of the page.
    let length = field("content-length").and_then(|length| length.parse().ok());
    let length = length
        .filter(|length| PAGE.len().abs_diff(*length) < 100)
        .ok_or_else(|| format!("its Content-Length is not some {}: {head:?}", PAGE.len()))?;
    let mut body = vec![0; length];
    from_server
        .read_exact(&mut body)
        .map_err(|error| format!("its body does not arrive: {error}"))?;
    let is_page = body.starts_with(&PAGE[..PAGE.len() / 2])
        && body.ends_with(&PAGE[PAGE.len() - PAGE.len() / 32..]);
    if is_page { Ok(()) } else { Err("its body is another page".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_build_needs_a_name_and_a_path() {
        let old = another_hello("old=/tmp/hello=old").unwrap();
        assert_eq!(
            (old.name.as_str(), old.kind),
            ("old", Kind::Hello("/tmp/hello=old".into(), "condvar"))
        );
        for wrong in ["", "old", "=path", "old="] {
            assert!(another_hello(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn unknown_names_are_refused() {
        let names = ["chapter".to_owned()];
        assert_eq!(chosen(&names, &[], "chapter").unwrap()[0].name, "chapter");
        assert!(chosen(&names, &[], "hello").unwrap_err().contains("baseline"));
        assert!(chosen(&["nosuch".to_owned()], &[], "nosuch").unwrap_err().contains("tiny_http"));
    }

    #[test]
    fn default_servers_are_ours_and_the_peers() {
        let all = all().unwrap();
        let default = |name: &str| all.iter().any(|one| one.name == name && one.is_default());
        assert!(default("hello") && default("nginx") && default("ntex"));
        assert!(!default("hello-mpsc") && !default("rouille"));
    }

    #[test]
    fn each_peer_has_its_modes() {
        let all = all().unwrap();
        let can = |name: &str| {
            let server = all.iter().find(|one| one.name == name).expect("it is known");
            [Mode::Close, Mode::KeepAlive].map(|mode| server.can(mode))
        };
        assert_eq!(can("chapter"), [true, false]);
        assert_eq!(can("may_minihttp"), [false, true]);
        assert_eq!([can("hello"), can("nginx"), can("ntex")], [[true; 2]; 3]);
    }

    #[test]
    fn connection_that_goes_on_has_not_ended() {
        assert!(has_ended(&mut &b""[..]) && !has_ended(&mut &b"HTTP/1.1"[..]));
    }

    fn response(head: &str, body: &[u8]) -> Vec<u8> {
        [format!("{head}\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    }

    #[test]
    fn header_names_are_case_insensitive() {
        let right = response("HTTP/1.1 200 OK\r\ncontent-TYPE: text/html; charset=utf-8", PAGE);
        assert_eq!(answer(&mut &right[..]), Ok(()));
    }

    #[test]
    fn wrong_responses_are_refused() {
        let mut spoilt = PAGE.to_vec();
        *spoilt.last_mut().unwrap() ^= 1;
        let html = "Content-Type: text/html";
        for wrong in [
            response(&format!("HTTP/1.1 404 Not Found\r\n{html}"), PAGE),
            response("HTTP/1.1 200 OK", PAGE),
            response(&format!("HTTP/1.1 200 OK\r\n{html}"), &PAGE[1..]),
            response(&format!("HTTP/1.1 200 OK\r\n{html}"), &spoilt),
            b"HTTP/1.1 200 OK\r\n".to_vec(),
            Vec::new(),
        ] {
            assert!(answer(&mut &wrong[..]).is_err(), "{:?}", String::from_utf8_lossy(&wrong));
        }
    }
}
