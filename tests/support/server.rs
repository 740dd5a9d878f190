//! A server under test: a child process, its address and its log.

use super::client::{self, Client, Response};
use super::wait::TIMEOUT;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A running server. It is killed when dropped.
pub(crate) struct Server {
    child: Child,
    addr: SocketAddr,
    log: Arc<Log>,
    /// Returns what it has read from, if it stops before the end.
    reader: Option<JoinHandle<BufReader<ChildStderr>>>,
}

/// What the server has logged so far.
#[derive(Default)]
struct Log {
    text: Mutex<String>,
    changed: Condvar,
    ended: AtomicBool,
    /// Set to stop reading after the next line.
    is_stopping: AtomicBool,
}

/// Returns the program without what could change its behaviour in our own environment, and without
/// a status page, whose address many servers at once would compete for.
pub(crate) fn program() -> Command {
    command(env!("CARGO_BIN_EXE_hello"))
}

/// Returns any program, likewise.
pub(crate) fn command(program: &str) -> Command {
    let mut command = clean(Command::new(program));
    command.env("HELLO_STATUS", "off");
    command
}

fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HELLO_") {
            command.env_remove(name);
        }
    }
    command.env_remove("RUST_LOG").env_remove("RUST_BACKTRACE").stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    wait(&mut child);
    child.wait_with_output().expect("its output can be read")
}

/// Waits for the end of a child, and kills it if that takes too long.
fn wait(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("the program does not end");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

impl Server {
    /// Starts a server with these flags on a port of its own.
    pub(crate) fn start(flags: &[&str]) -> Self {
        Self::spawn(program().args(["--addr", "127.0.0.1:0"]).args(flags))
    }

    /// Starts a server as the command says, and waits until it listens.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let log = Arc::new(Log::default());
        let reader = thread::spawn({
            let log = Arc::clone(&log);
            move || log.collect(stderr)
        });
        let nowhere = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0);
        let mut server = Self { child, addr: nowhere, log, reader: Some(reader) };
        server.addr = server.wait_for_address();
        server
    }

    fn wait_for_address(&self) -> SocketAddr {
        let log = self.wait_for_log(" workers");
        let (_, rest) = log.split_once("listening on http://").expect("the log names the address");
        let addr: SocketAddr =
            rest.split(' ').next().unwrap_or_default().parse().expect("the address is one");
        let ip = match addr.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, addr.port())
    }

    /// Returns the address of the server.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Opens a connection to the server.
    pub(crate) fn connect(&self) -> TcpStream {
        Self::connect_to(self.addr)
    }

    /// Opens a connection to any address.
    pub(crate) fn connect_to(addr: SocketAddr) -> TcpStream {
        client::connect(addr).expect("the server accepts clients")
    }

    /// Opens a connection and sends these bytes.
    pub(crate) fn send(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).expect("the server reads the request");
        stream
    }

    /// Opens a connection for several requests.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.connect())
    }

    /// Opens a connection that has had a response and is kept open.
    pub(crate) fn idle_client(&self) -> Client {
        let mut client = self.client();
        assert_eq!(client.get("/").status, 200);
        client
    }

    /// Sends these bytes and reads the response to the end of its connection.
    pub(crate) fn ask(&self, bytes: impl AsRef<[u8]>) -> Response {
        Response::read(self.send(bytes))
    }

    /// Returns what was logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.text.lock().unwrap().clone()
    }

    /// Waits until the log contains `text`, and returns it.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, text: &str) -> String {
        self.wait_for_log_times(text, 1)
    }

    /// Waits until the log contains `text` so many times, and returns it.
    #[track_caller]
    pub(crate) fn wait_for_log_times(&self, text: &str, times: usize) -> String {
        self.wait_until_log(&format!("log `{text}` {times} times"), |log| {
            log.matches(text).count() >= times
        })
    }

    /// Waits until the log meets a condition, and returns it.
    #[track_caller]
    pub(crate) fn wait_until_log(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let waiting = |log: &mut String| !condition(log) && !self.log.ended.load(Ordering::SeqCst);
        let guard = self.log.text.lock().unwrap();
        let (guard, _) = self.log.changed.wait_timeout_while(guard, TIMEOUT, waiting).unwrap();
        let log = guard.clone();
        // A panic must not poison it, or `drop` could not show the log.
        drop(guard);
        let is_met = condition(&log);
        assert!(is_met, "the server did not {what}:\n{log}");
        log
    }

    /// Stops reading the log, and returns the reading end of its pipe.
    #[cfg(unix)]
    pub(crate) fn stop_reading_log(&mut self) -> impl Sized + use<> {
        self.log.is_stopping.store(true, Ordering::SeqCst);
        // This writes one more line, after which the reader stops.
        assert_eq!(self.ask(client::get("/")).status, 200);
        self.reader.take().expect("the log is read").join().unwrap()
    }

    /// Stops reading the log, and has the server log more than the pipe holds. Returns the reading
    /// end of the pipe.
    #[cfg(unix)]
    pub(crate) fn fill_log(&mut self) -> impl Sized + use<> {
        let unread = self.stop_reading_log();
        let mut client = self.client();
        let long_path = "/x".repeat(1000);
        for _ in 0..100 {
            assert_eq!(client.get(&long_path).status, 404);
        }
        unread
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: nix::sys::signal::Signal) {
        let id = nix::unistd::Pid::from_raw(self.child.id().try_into().unwrap());
        nix::sys::signal::kill(id, signal).expect("the server runs");
    }

    /// Waits until the server has ended, and returns its exit status and its log.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let status = wait(&mut self.child);
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        (status, self.log())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only if the child has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}

impl Log {
    fn collect(&self, stderr: ChildStderr) -> BufReader<ChildStderr> {
        let mut stderr = BufReader::new(stderr);
        let mut line = Vec::new();
        while !self.is_stopping.load(Ordering::SeqCst)
            && stderr.read_until(b'\n', &mut line).is_ok_and(|length| length > 0)
        {
            self.text.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
            self.changed.notify_all();
            line.clear();
        }
        let text = self.text.lock();
        self.ended.store(true, Ordering::SeqCst);
        self.changed.notify_all();
        drop(text);
        stderr
    }
}
