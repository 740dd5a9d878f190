//! Clients that ask again and again while something is done to the server, and note every request
//! that fails.

use crate::server::TIMEOUT;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

/// What every visitor must be answered: both `/` and `/sleep` have this page.
const PAGE: &[u8] = include_bytes!("../../html/hello.html");

/// How a visitor asks.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// Each request on a connection of its own.
    Once(&'static str),
    /// All on one connection, as long as the server lets it.
    Kept(&'static str),
}

/// Some visitors, each on a thread of its own, until they are told to leave.
pub(crate) struct Visitors {
    tally: Arc<Tally>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Tally {
    count: Mutex<Count>,
    grown: Condvar,
}

#[derive(Default)]
struct Count {
    answered: usize,
    /// What went wrong, request by request.
    failed: Vec<String>,
    leaving: bool,
}

impl Visitors {
    pub(crate) fn start(addr: SocketAddr, manners: impl IntoIterator<Item = Manner>) -> Self {
        let tally = Arc::new(Tally::default());
        let threads = manners.into_iter().map(|manner| {
            let tally = Arc::clone(&tally);
            thread::spawn(move || visit(addr, manner, &tally))
        });
        Self { threads: threads.collect(), tally }
    }

    /// Waits until so many more requests are answered.
    #[track_caller]
    pub(crate) fn see_answered(&self, more: usize) {
        let count = self.tally.count.lock().unwrap();
        let enough = count.answered + more;
        let (count, _) = self
            .tally
            .grown
            .wait_timeout_while(count, TIMEOUT, |count| count.answered < enough)
            .unwrap();
        let (answered, failed) = (count.answered, format!("{:?}", count.failed));
        drop(count);
        assert!(
            answered >= enough,
            "only {answered} of {enough} requests were answered; failed: {failed}"
        );
    }

    /// What has failed since this was last asked.
    pub(crate) fn take_failed(&self) -> Vec<String> {
        std::mem::take(&mut self.tally.count.lock().unwrap().failed)
    }

    /// Lets everybody finish. Answers how many requests were answered, and what has failed since
    /// that was last asked.
    pub(crate) fn leave(self) -> (usize, Vec<String>) {
        self.tally.count.lock().unwrap().leaving = true;
        for thread in self.threads {
            thread.join().unwrap();
        }
        let mut count = self.tally.count.lock().unwrap();
        (count.answered, std::mem::take(&mut count.failed))
    }
}

fn visit(addr: SocketAddr, manner: Manner, tally: &Tally) {
    let mut kept = None;
    loop {
        let outcome = ask(addr, manner, &mut kept);
        let mut count = tally.count.lock().unwrap();
        match outcome {
            Ok(()) => count.answered += 1,
            Err(error) => count.failed.push(error.to_string()),
        }
        tally.grown.notify_all();
        if count.leaving {
            return;
        }
    }
}

/// Makes one request, on the connection that was kept or on a new one, and checks the answer to its
/// last byte.
fn ask(addr: SocketAddr, manner: Manner, kept: &mut Option<TcpStream>) -> io::Result<()> {
    let mut stream = match kept.take() {
        Some(stream) => stream,
        None => connect(addr)?,
    };
    let request = match manner {
        Manner::Once(path) => crate::get(path),
        Manner::Kept(path) => crate::keep(path),
    };
    stream.write_all(request.as_bytes())?;
    let last = read(&mut stream)?;
    if matches!(manner, Manner::Kept(_)) && !last {
        *kept = Some(stream);
    }
    Ok(())
}

fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&addr, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads a response, which must be the page and nothing else. Tells whether it is the last of its
/// connection.
fn read(stream: &mut TcpStream) -> io::Result<bool> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        let length = stream.read(&mut chunk)?;
        bytes.extend_from_slice(&chunk[..length]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            if !head.starts_with("http/1.1 200 ") || !PAGE.starts_with(&bytes[end + 4..]) {
                return Err(io::Error::new(ErrorKind::InvalidData, head));
            }
            if bytes.len() == end + 4 + PAGE.len() {
                return Ok(head.contains("\r\nconnection: close"));
            }
        }
        if length == 0 {
            let message = format!("closed after {} bytes", bytes.len());
            return Err(io::Error::new(ErrorKind::UnexpectedEof, message));
        }
    }
}
