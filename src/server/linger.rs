//! Closing in stages, so that no client loses its response to a reset.
//!
//! A socket closed while bytes lie unread in it answers with a reset, and a reset overtakes what was sent before: the
//! client may never see its response. So the server closes its own side first, then reads and forgets what still comes
//! until the client closes too, and only then lets go (RFC 9112, section 9.6). One thread does this for everybody, so
//! that no worker waits for a client to leave.

use super::connection::{retry, time_left};
use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How many bytes are read and forgotten before the client is cut off all the same.
const MAX_FORGOTTEN: usize = 64 * 1024 * 1024;

/// How many, once its time is up: a client that sends without a pause must not keep those waiting who come after it.
const MAX_LATE: usize = 1024 * 1024;

/// How many streams may wait to be seen off. Past that they are closed at once: by then most of the open files belong
/// to clients that do not leave.
const MAX_WAITING: usize = 512;

/// The thread that sees connections off.
pub(super) struct Linger {
    /// `None` once the thread is to end.
    streams: Option<SyncSender<(TcpStream, Instant)>>,
    thread: Option<JoinHandle<()>>,
    patience: Duration,
}

impl Linger {
    pub(super) fn start(patience: Duration) -> io::Result<Self> {
        let (streams, waiting) = sync_channel(MAX_WAITING);
        let thread = thread::Builder::new().name("linger".to_owned()).spawn(move || see_all_off(&waiting))?;
        Ok(Self { streams: Some(streams), thread: Some(thread), patience })
    }

    /// Takes a stream whose writing side is shut down, and closes it when its client has closed too.
    pub(super) fn see_off(&self, stream: TcpStream) {
        if let Some(streams) = &self.streams {
            // A stream that finds no place is dropped here, and so closed.
            let _ = streams.try_send((stream, Instant::now() + self.patience));
        }
    }
}

impl Drop for Linger {
    /// Sees off whoever is still here.
    fn drop(&mut self) {
        self.streams = None;
        if let Some(thread) = self.thread.take() {
            // The thread cannot panic; if it has, there is nobody left to wait for.
            let _ = thread.join();
        }
    }
}

/// Takes the streams in turn. Their deadlines come in the same order, so waiting for one costs no other its due time.
fn see_all_off(waiting: &Receiver<(TcpStream, Instant)>) {
    for (stream, deadline) in waiting {
        // Whichever way it ends, the stream is closed now.
        let _ = drain(stream, deadline);
    }
}

/// Reads and forgets until the client closes, the deadline passes or it has sent too much.
fn drain(mut stream: TcpStream, deadline: Instant) -> io::Result<()> {
    let mut forgotten = 0;
    let mut chunk = [0; 16 * 1024];
    loop {
        let limit = match time_left(deadline) {
            Ok(left) => {
                stream.set_read_timeout(Some(left))?;
                MAX_FORGOTTEN
            }
            // Late already: what has arrived is still taken, so that closing does not reset.
            Err(_) => {
                stream.set_nonblocking(true)?;
                MAX_LATE
            }
        };
        if forgotten >= limit {
            return Err(ErrorKind::FileTooLarge.into());
        }
        match retry(|| stream.read(&mut chunk))? {
            0 => return Ok(()),
            length => forgotten += length,
        }
    }
}
