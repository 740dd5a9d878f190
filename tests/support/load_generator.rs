//! Clients that send one request after the other while something is done to the server, and note
//! every request that fails.

use super::client::{connect, get, keep_alive};
use super::wait::TIMEOUT;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

/// The body of every response: both `/` and `/sleep` have this page.
const PAGE: &[u8] = include_bytes!("../../html/hello.html");

/// How much of the page is the same for every server, since its placeholders come later.
const PAGE_START: usize = 4096;

/// How a client requests a path.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    /// On a new connection each time.
    NewConnection(&'static str),
    /// On one connection until the server closes it, then on another.
    KeepAlive(&'static str),
}

/// Some clients, each on a thread of its own, until they are stopped.
pub(crate) struct LoadGenerator {
    results: Arc<Results>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Results {
    counts: Mutex<Counts>,
    changed: Condvar,
}

#[derive(Default)]
struct Counts {
    answered: usize,
    /// One error for each request that failed.
    errors: Vec<String>,
    is_stopping: bool,
}

impl LoadGenerator {
    /// Starts a client for each mode.
    pub(crate) fn start(addr: SocketAddr, modes: impl IntoIterator<Item = Mode>) -> Self {
        let results = Arc::new(Results::default());
        let threads = modes.into_iter().map(|mode| {
            let results = Arc::clone(&results);
            thread::spawn(move || send_requests(addr, mode, &results))
        });
        Self { threads: threads.collect(), results }
    }

    /// Waits until so many more requests are answered.
    #[track_caller]
    pub(crate) fn wait_for_answers(&self, more: usize) {
        let counts = self.results.counts.lock().unwrap();
        let enough = counts.answered + more;
        let (counts, _) = self
            .results
            .changed
            .wait_timeout_while(counts, TIMEOUT, |counts| counts.answered < enough)
            .unwrap();
        let (answered, errors) = (counts.answered, format!("{:?}", counts.errors));
        drop(counts);
        assert!(
            answered >= enough,
            "only {answered} of {enough} requests were answered; errors: {errors}"
        );
    }

    /// Returns the errors since the last call.
    pub(crate) fn take_errors(&self) -> Vec<String> {
        std::mem::take(&mut self.results.counts.lock().unwrap().errors)
    }

    /// Lets each client finish its request. Returns how many requests were answered, and the errors
    /// since they were last taken.
    pub(crate) fn stop(self) -> (usize, Vec<String>) {
        self.results.counts.lock().unwrap().is_stopping = true;
        for thread in self.threads {
            thread.join().unwrap();
        }
        let mut counts = self.results.counts.lock().unwrap();
        (counts.answered, std::mem::take(&mut counts.errors))
    }
}

fn send_requests(addr: SocketAddr, mode: Mode, results: &Results) {
    let mut open = None;
    loop {
        let result = send_request(addr, mode, &mut open);
        let mut counts = results.counts.lock().unwrap();
        match result {
            Ok(()) => counts.answered += 1,
            Err(error) => counts.errors.push(error.to_string()),
        }
        results.changed.notify_all();
        if counts.is_stopping {
            return;
        }
    }
}

/// Sends one request, on the open connection or on a new one, and checks the whole response.
fn send_request(addr: SocketAddr, mode: Mode, open: &mut Option<TcpStream>) -> io::Result<()> {
    let mut stream = match open.take() {
        Some(stream) => stream,
        None => connect(addr)?,
    };
    let request = match mode {
        Mode::NewConnection(path) => get(path),
        Mode::KeepAlive(path) => keep_alive(path),
    };
    stream.write_all(request.as_bytes())?;
    let is_last = read(&mut stream)?;
    if matches!(mode, Mode::KeepAlive(_)) && !is_last {
        *open = Some(stream);
    }
    Ok(())
}

/// Reads a response, which must be the page, whose end depends on the server. Returns whether it is the last of its
/// connection.
fn read(stream: &mut TcpStream) -> io::Result<bool> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        let length = stream.read(&mut chunk)?;
        bytes.extend_from_slice(&chunk[..length]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let body = &bytes[end + 4..];
            let start = &PAGE[..body.len().min(PAGE_START)];
            let length = head
                .split_once("\r\ncontent-length: ")
                .and_then(|(_, rest)| rest.split("\r\n").next()?.parse::<usize>().ok());
            let is_right = head.starts_with("http/1.1 200 ") && body.starts_with(start);
            match length.filter(|length| is_right && body.len() <= *length) {
                None => return Err(io::Error::new(ErrorKind::InvalidData, head)),
                Some(length) if body.len() == length => {
                    return Ok(head.contains("\r\nconnection: close"));
                }
                Some(_) => {}
            }
        }
        if length == 0 {
            let message = format!("closed after {} bytes", bytes.len());
            return Err(io::Error::new(ErrorKind::UnexpectedEof, message));
        }
    }
}
