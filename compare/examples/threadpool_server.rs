//! The chapter's server on the `threadpool` crate, to read beside `src/main.rs`. Parsing and
//! answering are this project's, so that only the pool differs.
//!
//! What `threadpool` 1.8 and `hello` do differently, by their sources:
//!
//! | | `threadpool` | `hello` |
//! |---|---|---|
//! | queue | `mpsc::channel` behind a `Mutex`, unbounded | any `JobQueue`; in a bounded one `execute` waits for room and `try_execute` gives the job back |
//! | dropping the pool | does not wait; what is queued still runs, if the process lives on | waits until every accepted job has run and every worker has ended |
//! | a job that panics | ends its thread; another is spawned by the destructor of the first, which aborts the process if it cannot | is caught; the thread goes on |
//! | a job's result | needs a channel of one's own | comes through the handle that `spawn` returns |
//! | `join` | waits until idle | also with a deadline: `join_timeout` |
//! | no thread to be had | `new` and `build` panic | `build` returns an error |
//! | number of workers | `set_num_threads` changes it; those too many leave when, between two jobs, they find enough others busy | is fixed |
//! | a second handle | `Clone`; when the last is dropped the threads end | an `Arc` around the pool |
//!
//! And what the chapter's manner costs, whichever the pool: a worker waits for its client. As many
//! silent clients as there are workers stop this server until their time is up; those behind them
//! wait in a queue that nothing bounds.
//!
//! `cargo run --release -p compare --example threadpool_server`, then open <http://127.0.0.1:7879>.
#![forbid(unsafe_code)]

use hello::http::{Persistence, Response, Status, parse_head};
use hello::server::Pages;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{env, thread};
use threadpool::ThreadPool;

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:7879".to_owned());
    let listener = TcpListener::bind(address)?;
    let pool = ThreadPool::default();
    let pages = Arc::new(Pages::default());
    eprintln!("listening on http://{} with {} workers", listener.local_addr()?, pool.max_count());
    for stream in listener.incoming() {
        let (Ok(stream), pages) = (stream, Arc::clone(&pages)) else { continue };
        pool.execute(move || {
            if let Err(error) = handle_connection(stream, &pages) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

/// Answers one request, as the chapter does, and waits for it on the worker, as the chapter does.
fn handle_connection(mut stream: TcpStream, pages: &Pages) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    let (response, head_only) = loop {
        match parse_head(&bytes) {
            Ok(Some(request)) => {
                let (status, page) = match request.path {
                    "/" => (Status::Ok, &pages.hello),
                    "/sleep" => {
                        thread::sleep(Duration::from_secs(5));
                        (Status::Ok, &pages.hello)
                    }
                    _ => (Status::NotFound, &pages.not_found),
                };
                break (Response::page(status, page), request.head_only);
            }
            // `parse_head` refuses what gets too long, so this ends.
            Ok(None) => match stream.read(&mut chunk)? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                length => bytes.extend_from_slice(&chunk[..length]),
            },
            Err(refusal) => break (Response::error(refusal, &pages.error), false),
        }
    };
    let mut answer = Vec::new();
    response.write_head(
        &mut answer,
        httpdate::fmt_http_date(SystemTime::now()).as_bytes(),
        Persistence::Close,
    );
    answer.extend_from_slice(response.body(head_only));
    stream.write_all(&answer)
}
