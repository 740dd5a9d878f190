//! The server with which the Book's last chapter ends (Listings 21-20 to 21-25), but for what a
//! comparison needs: the page is in memory, has a Content-Type, and what the chapter unwraps in a
//! worker does not kill it here, or the server would be dead after as many odd connections as it
//! has workers.

use super::{CONTENT_TYPE, Outcome};
use crate::http::PAGE;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

type Job = Box<dyn FnOnce() + Send + 'static>;

pub(super) fn serve(address: SocketAddr, workers: usize) -> Outcome {
    let listener = TcpListener::bind(address)?;
    let (sender, receiver) = mpsc::channel::<Job>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..workers {
        let receiver = Arc::clone(&receiver);
        thread::spawn(move || {
            loop {
                let message = receiver.lock().expect("no worker panics with the lock").recv();
                match message {
                    Ok(job) => job(),
                    Err(_) => break,
                }
            }
        });
    }
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        let job = Box::new(move || {
            // A client that is gone misses nothing.
            let _ = handle_connection(stream);
        });
        sender.send(job).expect("the workers stay");
    }
    Ok(())
}

/// Reads the first line only and closes at once, as the chapter does.
fn handle_connection(mut stream: TcpStream) -> io::Result<()> {
    let Some(request_line) = BufReader::new(&stream).lines().next().transpose()? else {
        return Ok(());
    };
    let (status_line, contents) = match &request_line[..] {
        "GET / HTTP/1.1" => ("HTTP/1.1 200 OK", PAGE),
        _ => ("HTTP/1.1 404 NOT FOUND", &b""[..]),
    };
    let length = contents.len();
    let head = format!(
        "{status_line}\r\nContent-Length: {length}\r\nContent-Type: {CONTENT_TYPE}\r\n\r\n"
    );
    // In one piece, as the chapter's `format!` makes it.
    stream.write_all(&[head.as_bytes(), contents].concat())
}
