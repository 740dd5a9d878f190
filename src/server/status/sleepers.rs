//! Requests for `/sleep` that the status page sends to its server, so that the queue backs up.
//!
//! The browser cannot send them: it opens six connections to a server at most, and there may be
//! more workers.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// The requests, and what became of them.
pub(super) struct Sleepers {
    /// The address of the server.
    address: SocketAddr,
    count: usize,
    /// Sends the requests and returns a sentence about the responses.
    thread: Option<JoinHandle<String>>,
    message: String,
}

impl Sleepers {
    /// Creates them for a server with so many workers: two requests more have to wait.
    pub(super) fn new(address: SocketAddr, workers: usize) -> Self {
        Self { address, count: workers + 2, thread: None, message: String::new() }
    }

    /// Returns how many requests are sent at once.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Sends the requests, unless those before are unanswered.
    pub(super) fn send(&mut self) {
        self.update();
        if self.thread.is_some() {
            return;
        }
        let (address, count) = (self.address, self.count);
        let sender = thread::Builder::new().name("sleepers".to_owned());
        (self.message, self.thread) = match sender.spawn(move || send(address, count)) {
            Ok(thread) => (format!("{count} requests are sent."), Some(thread)),
            Err(error) => (format!("The requests cannot be sent: {error}."), None),
        };
    }

    /// Returns a sentence about the requests that were sent last.
    pub(super) fn message(&mut self) -> &str {
        self.update();
        &self.message
    }

    /// Takes the result of the thread if it has ended.
    fn update(&mut self) {
        if let Some(thread) = self.thread.take_if(|thread| thread.is_finished()) {
            self.message = thread.join().unwrap_or_else(|_| "The requests failed.".to_owned());
        }
    }
}

/// Sends so many requests and waits for the responses.
fn send(address: SocketAddr, count: usize) -> String {
    let began = Instant::now();
    // All are sent before the first response is awaited.
    let sent: Vec<_> = (0..count).map(|_| send_one(address)).collect();
    let answered = sent.into_iter().filter_map(|stream| is_ok(stream.ok()?).ok());
    let answered = answered.filter(|is_ok| *is_ok).count();
    let seconds = began.elapsed().as_secs_f64();
    if answered == count {
        format!("All {count} were answered after {seconds:.1} s.")
    } else {
        format!("{answered} of {count} were answered after {seconds:.1} s.")
    }
}

fn send_one(address: SocketAddr) -> io::Result<TcpStream> {
    let request = format!(
        "GET /sleep HTTP/1.1\r\nHost: {address}\r\nUser-Agent: hello-status\r\n\
         Connection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    Ok(stream)
}

/// Reads a response, and returns whether it has the status 200.
fn is_ok(mut stream: TcpStream) -> io::Result<bool> {
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    Ok(response.starts_with(b"HTTP/1.1 200 "))
}
